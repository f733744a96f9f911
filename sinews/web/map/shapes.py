"""What the map is made of: lines, dots, words and forces, in the picture's units.

Classes are for the style sheet; map.svg.j2 writes the shapes down and escapes all words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot

from sinews.web.map.geography import Point, part_way
from sinews.web.map.ground import MapGround
from sinews.web.map.labels import Box
from sinews.web.map.symbols import Symbol

NOWHERE = Box(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Shape:
    """A line or an area."""

    kind: str
    path: str
    words: str = ""
    weight: float = 0.0


@dataclass(frozen=True)
class Dot:
    """A circle."""

    kind: str
    at: Point
    size: float
    words: str


@dataclass(frozen=True)
class Words:
    """A line of text and the box that it fills; a link, if it names a theatre."""

    kind: str
    text: str
    theatre: str = ""
    box: Box = NOWHERE


@dataclass(frozen=True)
class ForceMark:
    """A symbol with what is known of the force, in a theatre."""

    kind: str
    symbol: Symbol
    lines: tuple[tuple[str, str], ...]
    """Beside the symbol: (class, text)."""
    theatre: str
    words: str
    box: Box = NOWHERE
    lead: str = ""
    """A thin line to where it belongs, if it stands apart."""


@dataclass
class MapPicture:
    """All that is drawn."""

    ground: MapGround
    shades: list[Shape] = field(default_factory=list)
    lines: list[Shape] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    forces: list[ForceMark] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    summary: str = ""
    aim: int = 5
    """Where a reader looks first, in tenths of the way across."""

    @property
    def boxes(self) -> list[Box]:
        """What may not overlap."""
        return [each.box for each in (*self.forces, *self.words)]


def apart(one: Point, other: Point) -> float:
    """How far two points lie from each other."""
    return hypot(one[0] - other[0], one[1] - other[1])


def moved_by(at: Point, way: Point, by: float) -> Point:
    """A point moved along a direction."""
    return (at[0] + way[0] * by, at[1] + way[1] * by)


def line(points: Sequence[Point]) -> str:
    """A path from point to point.

    >>> line([(0.0, 0.0), (3.25, 4.0)])
    'M0.0 0.0L3.2 4.0'
    """
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def curve_through(points: Sequence[Point]) -> str:
    """A smooth path through points: Catmull and Rom's spline, as Bezier curves."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for i in range(len(points) - 1):
        before, one = points[max(i - 1, 0)], points[i]
        two, after = points[i + 1], points[min(i + 2, len(points) - 1)]
        first = (one[0] + (two[0] - before[0]) / 6, one[1] + (two[1] - before[1]) / 6)
        second = (two[0] - (after[0] - one[0]) / 6, two[1] - (after[1] - one[1]) / 6)
        path += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in (first, second, two))
    return path


_BEND = 0.18  # of an arc, to its left, as a share of its length


def arc(one: Point, two: Point, short: float = 0.0) -> str:
    """A bent path from one point to another, which ends `short` of it."""
    bend = _bend(one, two)
    length = apart(bend, two) or 1.0
    end = part_way(two, bend, min(short / length, 0.5))
    ends = " ".join(f"{x:.1f} {y:.1f}" for x, y in (bend, end))
    return f"M{one[0]:.1f} {one[1]:.1f}Q{ends}"


def bow(one: Point, two: Point, share: float = 0.5) -> Point:
    """A point of that arc, a share of the way along."""
    bend = _bend(one, two)
    return part_way(part_way(one, bend, share), part_way(bend, two, share), share)


def _bend(one: Point, two: Point) -> Point:
    x, y = part_way(one, two, 0.5)
    return (x + (two[1] - one[1]) * _BEND, y - (two[0] - one[0]) * _BEND)
