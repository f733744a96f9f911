"""The map of a turn: ground, fronts, a layer and names, and where all of it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from sinews.analysis.numerals import amount, nearest, signed
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.zones import Zone
from sinews.scenario import Scenario
from sinews.web.map import forces, fronts, layers
from sinews.web.map.canvas import LINE, Canvas
from sinews.web.map.geography import Point
from sinews.web.map.ground import WIDE
from sinews.web.map.labels import Box, around
from sinews.web.map.shapes import MapPicture, apart, moved_by


@dataclass(frozen=True)
class Layer:
    """Something laid over the ground and the fronts."""

    title: str
    about: str
    draw: Callable[[Canvas], None]


LAYERS: dict[str, Layer] = {
    "forces": Layer(
        "Forces",
        "Men and days of supply; dashed is what is believed, in men of quality 1; "
        "\N{LESS-THAN OR EQUAL TO} is what a treaty allows.",
        forces.draw_forces,
    ),
    "supply": Layer("Supply", "Days of supply at the fronts.", layers.supply),
    "rail": Layer("Railways", "Trains a day that the scenario's railways carry.", layers.rail),
    "industry": Layer(
        "Industry",
        "Share of its power's plant in each place as the scenario has it at the start; "
        "hollow where the place has fallen.",
        layers.industry,
    ),
    "opinion": Layer("Trust", "How far one power trusts another's word, 0 to 1.", layers.opinion),
}


def draw_map(
    scenario: Scenario,
    power: str | None,
    known: Readings,
    zones: Sequence[Zone],
    view: str = "all",
    layer: str = "forces",
) -> MapPicture:
    """The map of a turn for a power, or for those who look on."""
    canvas = Canvas.blank(scenario, power, known, zones, view)
    fronts.draw_fronts(canvas)
    _places(canvas)
    LAYERS[layer].draw(canvas)
    _titles(canvas)
    _districts(canvas, layer)
    canvas.settle()
    canvas.out.summary, canvas.out.aim = _summary(canvas), _aim(canvas)
    return canvas.out


def _places(canvas: Canvas) -> None:
    stands = [canvas.front(axis) for axis in canvas.axes]
    for theatre in canvas.scenario.theatres.values():
        for place in theatre.place:
            at = canvas.ground.places.get(place.name)
            if at is None or not canvas.ground.seen(at):
                continue
            power = place.power or theatre.power or ""
            kind, words = canvas.kind(power), f"{place.name}, {canvas.title(power)}"
            held = canvas.known.now(f"held:{place.name}")
            if held is not None and held < 0.5:
                kind, words = f"{kind} fallen", f"{words}: in the enemy's hands"
            elif held is not None and held < 0.95:
                words += f": {100 * held:.0f} % in its own hands"
            people = place.people.middle
            canvas.dot(f"place {kind}", at, 2.0 + min(sqrt(people / 4e6), 2.2), words)
            canvas.full.append(Box(at[0] - 3.5, at[1] - 3.5, 7.0, 7.0))
            close = any(apart(at, there) < 70.0 for there in stands)
            rank = 100.0 + min(people / 1e6, 40.0) + 60.0 * close
            kind = "town" if people >= 10e6 or close else "village"
            canvas.word(kind, at, place.name, rank, places=_near(canvas, kind, place.name, at))


def _near(canvas: Canvas, kind: str, text: str, at: Point) -> tuple[Point, ...]:
    """Where a name may stand about its place: close by, or a little off."""
    wide, high = canvas.size(kind, text)
    return around(at, wide, high, 6.0) + around(at, wide, high, 13.0)


def _titles(canvas: Canvas) -> None:
    """The names of axes, at the ends of their fronts."""
    for axis in canvas.axes:
        at, (_, across) = canvas.front(axis), canvas.ground.across(axis, canvas.km(axis))
        title = canvas.title(axis)
        wide, high = canvas.size("title", title)
        ends = [moved_by(at, across, sign * (fronts.half(canvas) + 6.0)) for sign in (-1.0, 1.0)]
        places = tuple(
            corner
            for gap in (4.0, 12.0, 22.0, 34.0, 48.0, 66.0, 90.0, 120.0)
            for end in (*ends, at)
            for corner in around(end, wide, high, gap)
        )
        canvas.word("title", at, title, 850.0, theatre=axis, places=places)


def _districts(canvas: Canvas, layer: str) -> None:
    """The names of theatres behind the front, and those that lie beyond the picture."""
    if layer != "industry":
        for theatre, at in canvas.ground.spots.items():
            title = canvas.title(theatre)
            near = _near(canvas, "district", title, at)
            canvas.word("district", at, title, 200.0, theatre=theatre, places=near)
    if canvas.view != "all":
        return
    rows = [("Beyond the map:", "")] if canvas.ground.beyond else []
    for theatre in canvas.ground.beyond:
        men = sum(canvas.number(f"force:{p}:{theatre}") for p in canvas.seats)
        text = canvas.title(theatre) + (f", {amount(men, 'men')} men" if men >= 500.0 else "")
        rows.append((text, theatre))
    for i, (text, theatre) in enumerate(reversed(rows)):
        corner = (10.0, canvas.ground.high - 24.0 - (LINE + 4.0) * i)
        kind = "beyond" if theatre else "soft"
        canvas.word(kind, corner, text, 990.0, theatre=theatre, places=(corner,))


def _aim(canvas: Canvas) -> int:
    """Tenths of the way across to the fronts at war or, in peace, to the borders."""
    war = [axis for axis in canvas.axes if canvas.hostile(axis)] or canvas.axes
    across = sum(canvas.front(axis)[0] for axis in war) / max(len(war), 1) / WIDE
    return min(max(round(10.0 * across), 1), 9) if war else 5


def _summary(canvas: Canvas) -> str:
    """The picture in words."""
    parts: list[str] = []
    for axis in canvas.axes:
        if canvas.hostile(axis):
            there = nearest(canvas.km(axis), canvas.scenario.theatres[axis].place)
            gone = canvas.known.change(f"front:{axis}") or 0.0
            way = "" if abs(gone) < 5.0 else f", {signed(gone, 'km')} km since the turn before"
            parts.append(f"{canvas.title(axis)}: the front is {there}{way}.")
    calm = [canvas.title(axis) for axis in canvas.axes if not canvas.hostile(axis)]
    if calm:
        parts.append(f"At peace: {', '.join(calm)}.")
    return " ".join(parts) or "No front is in this view."
