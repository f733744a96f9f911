"""The sheets of the atlas: where a place lies on a flat map, in kilometres east and south.

Each sheet is an equal-area conic (Albers) about its own meridian, so that north is up in its middle
and a front of 300 km is as long in Siberia as in Poland. `world` is Miller's cylindrical, for
scenarios that no other sheet holds. tools/basemap.py draws the coasts of each with the same
functions into static/land-NAME.svg.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import asinh, cos, hypot, radians, sin, sqrt, tan

RADIUS = 6371.0  # km

Point = tuple[float, float]


@dataclass(frozen=True)
class Sheet:
    """A sheet: the part of the world that it holds, in degrees, and how it lays it flat."""

    name: str
    west: float
    east: float
    south: float
    north: float
    parallels: tuple[float, float] | None
    """Where an equal-area cone cuts the globe; None for Miller's cylinder."""

    @property
    def meridian(self) -> float:
        """The one that runs straight up."""
        return (self.west + self.east) / 2

    def holds(self, place: Point) -> bool:
        """Whether a place (latitude, longitude) lies on it."""
        latitude, longitude = place
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east

    def at(self, place: Point) -> Point:
        """Where a place (latitude, longitude) lies, in km east and south of the sheet's origin.

        >>> x, y = SHEETS["europe"].at((55.75, 37.62))  # Moscow
        >>> other = SHEETS["europe"].at((52.52, 13.40))  # Berlin, 1,610 km away on the globe
        >>> round(hypot(x - other[0], y - other[1]), -1)
        1580.0
        """
        latitude, longitude = place
        around = (longitude - self.meridian + 180) % 360 - 180
        if self.parallels is None:
            return _miller(latitude, around)
        return _conic(latitude, around, self.parallels)

    def frame(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """The rectangle about all that it holds: left, top, right, bottom in km."""
        steps = [i / 24 for i in range(25)]
        high, wide = self.north - self.south, self.east - self.west
        edge = [
            self.at((self.south + high * v, self.west + wide * u)) for u in steps for v in steps
        ]
        xs, ys = [x for x, _ in edge], [y for _, y in edge]
        return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def _conic(latitude: float, around: float, parallels: tuple[float, float]) -> Point:
    """Albers' equal-area conic: Snyder (1987), Map Projections, p. 100."""
    south, north = (radians(p) for p in parallels)
    cone = (sin(south) + sin(north)) / 2
    constant = cos(south) ** 2 + 2 * cone * sin(south)
    reach = RADIUS * sqrt(max(constant - 2 * cone * sin(radians(latitude)), 0.0)) / cone
    turn = cone * radians(around)
    return reach * sin(turn), reach * cos(turn)


def _miller(latitude: float, around: float) -> Point:
    """Miller's cylindrical: Snyder (1987), p. 88."""
    return RADIUS * radians(around), -RADIUS * 1.25 * asinh(tan(0.8 * radians(latitude)))


# The smallest that holds a scenario's axes serves it, so they stand from small to large.
SHEETS: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet("europe", -11.0, 63.0, 34.0, 70.0, (40.0, 62.0)),
        Sheet("east-asia", 66.0, 148.0, 18.0, 60.0, (27.0, 52.0)),
        Sheet("eurasia", -11.0, 147.0, 15.0, 70.0, (30.0, 60.0)),
        Sheet("world", -180.0, 180.0, -58.0, 78.0, None),
    )
}


def sheet_of(places: Iterable[Point]) -> Sheet:
    """The smallest sheet that holds all the places."""
    found = list(places)
    return next(s for s in SHEETS.values() if s.name == "world" or all(map(s.holds, found)))


def part_way(first: Point, second: Point, share: float) -> Point:
    """The point a share of the way from one to the other.

    >>> part_way((0.0, 0.0), (10.0, 20.0), 0.25)
    (2.5, 5.0)
    """
    return (first[0] + (second[0] - first[0]) * share, first[1] + (second[1] - first[1]) * share)


def along(line: list[tuple[float, Point]], km: float) -> Point:
    """The point of an axis at a distance, between the places before and behind it; the axis goes
    on straight beyond its last ones. `line` holds (km, point), from west to east.

    >>> along([(0.0, (0.0, 0.0)), (100.0, (50.0, 0.0)), (200.0, (50.0, 80.0))], 150.0)
    (50.0, 40.0)
    """
    if len(line) == 1:
        return line[0][1]
    (before, first), (after, second) = _span(line, km)
    return part_way(first, second, (km - before) / (after - before))


def heading(line: list[tuple[float, Point]], km: float) -> Point:
    """The direction in which an axis runs at a distance, as a step of length 1.

    Smoothed over the neighbouring places, so that a front does not swing at each of them."""
    if len(line) == 1:
        return (1.0, 0.0)
    reach = (line[-1][0] - line[0][0]) / 6
    first, second = along(line, km - reach), along(line, km + reach)
    length = hypot(second[0] - first[0], second[1] - first[1]) or 1.0
    return ((second[0] - first[0]) / length, (second[1] - first[1]) / length)


def _span(
    line: list[tuple[float, Point]], km: float
) -> tuple[tuple[float, Point], tuple[float, Point]]:
    for first, second in pairwise(line):
        if km <= second[0]:
            return first, second
    return line[-2], line[-1]


def degrees_apart(step: float, low: float, high: float) -> list[float]:
    """The multiples of a step from one bound to the other."""
    first = -(-low // step) * step
    return [first + i * step for i in range(int((high - first) // step) + 1)]
