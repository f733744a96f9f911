"""Where labels stand on the map: none over another, none out of the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]

# A letter is about so wide, as a share of the size of the type; bold is a little wider.
_LETTER, _BOLD = 0.54, 0.6
_WIDE, _NARROW = frozenset("mwMW@%—"), frozenset("iljtfrI.,:;'|()[] 1")


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture, from its upper left corner."""

    x: float
    y: float
    wide: float
    high: float

    def meets(self, other: Box) -> bool:
        """Whether it overlaps another."""
        return (
            self.x < other.x + other.wide
            and other.x < self.x + self.wide
            and self.y < other.y + other.high
            and other.y < self.y + self.high
        )

    def inside(self, room: Box) -> bool:
        """Whether it lies wholly in another."""
        return (
            room.x <= self.x
            and room.y <= self.y
            and self.x + self.wide <= room.x + room.wide
            and self.y + self.high <= room.y + room.high
        )


@dataclass(frozen=True)
class Label:
    """Something to place: how large it is and where it would stand, best place first."""

    key: str
    wide: float
    high: float
    places: tuple[Point, ...]
    """Upper left corners."""
    rank: float
    """Those of a higher rank are placed first."""


def width(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text is drawn.

    >>> width("Leningrad", 10.0) < width("Leningrad", 10.0, bold=True) < 62.0
    True
    """
    letters = sum(1.5 if c in _WIDE else 0.62 if c in _NARROW else 1.0 for c in text)
    return letters * size * (_BOLD if bold else _LETTER)


def around(anchor: Point, wide: float, high: float, gap: float) -> tuple[Point, ...]:
    """Eight places about a point: right, left, above, below, then the corners."""
    x, y = anchor
    right, left, middle = x + gap, x - gap - wide, x - wide / 2
    above, below, level = y - gap - high, y + gap, y - high / 2
    near = gap * 0.7
    return (
        (right, level),
        (left, level),
        (middle, above),
        (middle, below),
        (x + near, y - near - high),
        (x + near, y + near),
        (x - near - wide, y - near - high),
        (x - near - wide, y + near),
    )


def placed(
    labels: Sequence[Label], taken: Iterable[Box], room: Box, gap: float = 2.0
) -> dict[str, Box]:
    """Where each label stands that finds a place: no two overlap, and all lie in the room.

    >>> two = [Label("a", 10, 5, ((0, 0), (20, 0)), 1), Label("b", 10, 5, ((5, 0), (40, 0)), 2)]
    >>> found = placed(two, [], Box(0, 0, 100, 10))
    >>> found["b"].x, found["a"].x
    (5, 20)
    """
    out: dict[str, Box] = {}
    full = np.array([_edges(box) for box in taken]).reshape(-1, 4)
    for label in sorted(labels, key=lambda each: (-each.rank, each.key)):
        x, y = np.array(label.places).T
        right, foot = x + label.wide, y + label.high
        inside = (x >= room.x) & (right <= room.x + room.wide)
        inside &= (y >= room.y) & (foot <= room.y + room.high)
        # By place and box.
        left, top, end, low = full.T
        meets = (x[:, None] - gap < end) & (left < right[:, None] + gap)
        meets &= (y[:, None] - gap < low) & (top < foot[:, None] + gap)
        free = np.flatnonzero(inside & ~np.any(meets, axis=-1))
        if free.size:
            box = Box(*label.places[free[0]], wide=label.wide, high=label.high)
            out[label.key] = box
            full = np.vstack([full, _edges(box)])
    return out


def _edges(box: Box) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    return box.x, box.y, box.x + box.wide, box.y + box.high
