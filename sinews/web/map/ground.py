"""Where a scenario's theatres lie on the picture: on a sheet of the atlas, or as a diagram.

A scenario whose axes have no coordinates is shown as strips, one an axis, to one scale in km;
what is drawn over the ground is the same on both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sinews.scenario import Scenario
from sinews.scenario.schema import Place, Theatre
from sinews.web.map.geography import Point, Sheet, along, heading, sheet_of
from sinews.web.map.labels import Box

WIDE = 1000.0  # of every picture; a unit is about a pixel
_LEAST, _MOST = 460.0, 640.0  # how high one may be
_STRIP, _TOP, _ROW = 120.0, 40.0, 64.0
_SIDE = 90.0  # left free beside the ends of a strip


@dataclass(frozen=True)
class MapGround:
    """Where everything lies, in the picture's units."""

    high: float
    sheet: str | None
    """Which coasts; None for a diagram."""
    scale: float
    """Units a km."""
    origin: Point
    """What lies at the upper left corner, in km of the sheet."""
    lines: dict[str, list[tuple[float, Point]]]
    """By axis: (km, point) of its places, from west to east."""
    spots: dict[str, Point]
    """By theatre behind the front."""
    places: dict[str, Point]
    """By name."""
    beyond: tuple[str, ...]
    """Theatres that lie off the picture."""

    @property
    def room(self) -> Box:
        """The picture, less a narrow margin."""
        return Box(4.0, 4.0, WIDE - 8.0, self.high - 8.0)

    def seen(self, point: Point) -> bool:
        """Whether a point lies in the picture."""
        return Box(point[0], point[1], 0.0, 0.0).inside(self.room)

    def front(self, axis: str, km: float) -> Point:
        """Where the front of an axis stands."""
        return along(self.lines[axis], km)

    def across(self, axis: str, km: float) -> tuple[Point, Point]:
        """The ways in which an axis runs there: forward, and across, to its right."""
        x, y = heading(self.lines[axis], km)
        return (x, y), (-y, x)


def views(scenario: Scenario, war: Iterable[str]) -> dict[str, str]:
    """The parts of the map that can be looked at, with their titles: all, where there is war, the
    borders at peace, and each axis."""
    axes = {name: t.title or name for name, t in scenario.theatres.items() if t.axis}
    fought = set(war)
    out = {"all": "Everything"}
    if fought and len(fought) < len(axes):
        out |= {"war": "Where there is war", "peace": "Borders at peace"}
    return out | (axes if len(axes) > 1 else {})


def ground(scenario: Scenario, view: str, war: Iterable[str]) -> MapGround:
    """The ground of a view."""
    axes = [name for name, t in scenario.theatres.items() if t.axis]
    fought = set(war)
    groups = {
        "all": axes,
        "war": [a for a in axes if a in fought],
        "peace": [a for a in axes if a not in fought],
    }
    shown = groups.get(view, [view])
    if not axes or not all(_charted(scenario.theatres[axis]) for axis in axes):
        return _diagram(scenario, shown if view != "all" else axes, whole=view == "all")
    return _map(scenario, shown, whole=view == "all")


def _charted(theatre: Theatre) -> bool:
    return sum(place.at is not None for place in theatre.place) > 1


def _at(place: Place) -> Point:
    assert place.at is not None
    return (place.at[0], place.at[1])


def _map(scenario: Scenario, shown: list[str], whole: bool) -> MapGround:
    theatres = scenario.theatres
    must = [_at(p) for axis in shown for p in theatres[axis].place if p.at]
    fighting = {p for axis in shown for p in (*theatres[axis].west, *theatres[axis].east)}
    inner = {
        name: _at(next(p for p in t.place if p.at))
        for name, t in theatres.items()
        if not t.axis and any(p.at for p in t.place)
    }
    sheet = sheet_of(must)
    homes = [
        at for name, at in inner.items() if theatres[name].power in fighting and sheet.holds(at)
    ]
    points = [sheet.at(at) for at in [*must, *(homes if whole else [])]]
    left, top, scale, high = _frame(points, sheet)

    def put(at: Point) -> Point:
        x, y = sheet.at(at)
        return (round((x - left) * scale, 1), round((y - top) * scale, 1))

    made = MapGround(high, sheet.name, scale, (left, top), {}, {}, {}, ())
    lines = {
        name: [(p.km.middle, put(_at(p))) for p in t.place if p.km is not None and p.at]
        for name, t in theatres.items()
        if t.axis
    }
    places = {p.name: put(_at(p)) for t in theatres.values() for p in t.place if p.at}
    spots = {name: put(at) for name, at in inner.items()}
    near = {n: p for n, p in spots.items() if sheet.holds(inner[n]) and made.seen(p)}
    beyond = tuple(name for name in inner if name not in near)
    if not whole:
        lines = {n: line for n, line in lines.items() if any(made.seen(p) for _, p in line)}
    return MapGround(high, sheet.name, scale, (left, top), lines, near, places, beyond)


def _frame(points: list[Point], sheet: Sheet) -> tuple[float, float, float, float]:
    """Left and top in km, units a km, and how high the picture is."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide, tall = max(max(xs) - min(xs), 300.0), max(max(ys) - min(ys), 200.0)
    # Room for what stands beside the outermost places.
    wide, tall = 1.16 * wide, 1.26 * tall
    high = min(max(WIDE * tall / wide, _LEAST), _MOST)
    scale = min(WIDE / wide, high / tall)
    left = (min(xs) + max(xs)) / 2 - WIDE / scale / 2
    top = (min(ys) + max(ys)) / 2 - high / scale / 2
    # Coasts are drawn as far as the frame of the sheet and a margin, and no farther.
    west, north, east, south = sheet.frame(380.0)
    left = max(west, min(left, east - WIDE / scale))
    top = max(north, min(top, south - high / scale))
    return left, top, scale, round(high)


def _diagram(scenario: Scenario, axes: list[str], whole: bool) -> MapGround:
    """Axes as strips, one below another, to one scale; districts behind them in rows below."""
    theatres = scenario.theatres
    kms = [p.km.middle for axis in axes for p in theatres[axis].place if p.km is not None]
    kms += [front.middle for axis in axes if (front := theatres[axis].front) is not None]
    low, high_ = min(kms, default=0.0), max(kms, default=0.0)
    scale = (WIDE - 2 * _SIDE) / max(high_ - low, 1.0)
    lines: dict[str, list[tuple[float, Point]]] = {}
    places: dict[str, Point] = {}
    for row, axis in enumerate(axes):
        y = _TOP + _STRIP * row + _STRIP / 2
        for place in theatres[axis].place:
            if place.km is not None:
                x = round(_SIDE + (place.km.middle - low) * scale, 1)
                places[place.name] = (x, y)
                lines.setdefault(axis, []).append((place.km.middle, (x, y)))
        lines.setdefault(axis, [])
        if len(lines[axis]) < 2:  # an axis needs a direction
            ends = [(low, (_SIDE, y)), (high_, (WIDE - _SIDE, y))]
            lines[axis] = sorted({*lines[axis], *ends})
    inner = [name for name, t in theatres.items() if not t.axis] if whole else []
    below = _TOP + _STRIP * len(axes) + _ROW / 2
    spots: dict[str, Point] = {}
    across = max(1, min(5, len(inner)))
    for i, name in enumerate(inner):
        x = round(WIDE * (i % across + 0.5) / across, 1)
        spots[name] = (x, below + _ROW * (i // across))
        for place in theatres[name].place:
            places[place.name] = spots[name]
    rows = -(-len(inner) // across)
    high = _TOP + _STRIP * len(axes) + _ROW * rows + 20.0
    return MapGround(high, None, scale, (0.0, 0.0), lines, spots, places, ())
