"""Men on the map: the reader's own, what is believed of others, and transfers."""

from __future__ import annotations

from itertools import product
from math import hypot, sqrt

from sinews.analysis.numerals import amount, signed
from sinews.campaign.ledger.transfers import transfers
from sinews.web.map.canvas import Canvas
from sinews.web.map.geography import Point
from sinews.web.map.labels import around
from sinews.web.map.shapes import ForceMark, arc, bow, moved_by
from sinews.web.map.symbols import symbol

_FEW = 500.0  # men; fewer are not drawn
# Where a side's men may stand: so far behind their front and to a side of it, near it first.
_BACK = (0.0, 14.0, 30.0, 50.0, 76.0, 110.0, 150.0, 190.0)
_ASIDE = (0.0, 20.0, -20.0, 40.0, -40.0, 62.0, -62.0, 86.0, -86.0, 112.0, -112.0)
_STANDS = sorted(product(_BACK, _ASIDE), key=lambda each: (hypot(*each), -each[1]))


def draw_forces(canvas: Canvas) -> None:
    """Symbols on both sides of each front and in the districts behind, and arrows of transfers."""
    _arrows(canvas)
    for axis in canvas.axes:
        theatre = canvas.scenario.theatres[axis]
        for side, powers in (("west", theatre.west), ("east", theatre.east)):
            own = [p for p in canvas.seats if p in powers]
            for power in own:
                _own(canvas, axis, power, side)
            if not own and canvas.power:
                _believed(canvas, axis, side, powers)
    for theatre, at in canvas.ground.spots.items():
        for power in canvas.seats:
            _behind(canvas, theatre, power, at)


def supplied(days: float) -> str:
    """How good so many days of supply are, as a class.

    >>> supplied(20.0), supplied(8.0), supplied(1.5)
    ('good', 'fair', 'bad')
    """
    return "good" if days >= 12.0 else "fair" if days >= 6.0 else "bad"


def _own(canvas: Canvas, axis: str, power: str, side: str) -> None:
    men = canvas.number(f"force:{power}:{axis}")
    if men < _FEW:
        return
    lines = [("men", amount(men, "men"))]
    days = canvas.known.now(f"days:{power}:{axis}")
    if days is not None:
        lines.append((supplied(days), f"{days:.0f} days"))
    stance = "friend" if canvas.power or side == "west" else "hostile"
    words = f"{canvas.title(power)}, {canvas.title(axis)}: {amount(men, 'men')} men"
    if days is not None:
        words += f", {days:.0f} days of supply"
    limit, told = _ceiling(canvas, power, axis, men)
    lines += limit
    kind = canvas.kind(power, side)
    made = ForceMark(kind, symbol(stance, men), tuple(lines), axis, words + told)
    canvas.force(made, canvas.front(axis), _places(canvas, axis, side), 900.0)


def _believed(canvas: Canvas, axis: str, side: str, powers: list[str]) -> None:
    """What the reader believes of a side that he faces, here or (having nobody here) elsewhere."""
    theatre = canvas.scenario.theatres[axis]
    assert canvas.power is not None
    if not set(powers) & set(canvas.scenario.faced(canvas.power)):
        return
    seen = canvas.number(f"strength_seen:{canvas.power}:{axis}")
    if seen < _FEW:
        return
    fights = canvas.power in (*theatre.west, *theatre.east)
    stance = "hostile" if fights and canvas.hostile(axis) else "neutral"
    lines = [("men", f"\N{ALMOST EQUAL TO} {amount(seen, 'men')}"), ("soft", "believed")]
    words = (
        f"{', '.join(map(canvas.title, powers))}, {canvas.title(axis)}: believed strength "
        f"{amount(seen, 'men')} men of quality 1"
    )
    for power in powers:
        limit, told = _ceiling(canvas, power, axis, None)
        lines += limit
        words += told
    made = ForceMark(f"{side} believed", symbol(stance, seen), tuple(lines), axis, words)
    canvas.force(made, canvas.front(axis), _places(canvas, axis, side), 880.0)


def _behind(canvas: Canvas, theatre: str, power: str, at: Point) -> None:
    men = canvas.number(f"force:{power}:{theatre}")
    if men < _FEW:
        return
    west = canvas.scenario.end_of(power) == "west"
    shown = symbol("friend" if canvas.power or west else "hostile", men)
    words = f"{canvas.title(power)}, {canvas.title(theatre)}: {amount(men, 'men')} men"
    limit, told = _ceiling(canvas, power, theatre, men)
    lines = (("men", amount(men, "men")), *limit)
    made = ForceMark(canvas.kind(power), shown, lines, theatre, words + told)
    # `around` gives corners; a force is asked for by its middle.
    places = tuple(p for gap in (32.0, 46.0, 64.0, 90.0) for p in around(at, 0.0, 0.0, gap))
    canvas.force(made, at, places, 700.0)


def _ceiling(
    canvas: Canvas, power: str, theatre: str, men: float | None
) -> tuple[list[tuple[str, str]], str]:
    """What treaties in force or on the table allow: a line of the symbol, and in words."""
    for zone in canvas.zones:
        if (zone.power, zone.theatre) != (power, theatre) or zone.state == "over":
            continue
        allowed = zone.least if zone.allowed is None else zone.allowed
        over = men is not None and zone.state == "in force" and men > 1.02 * allowed
        kind = "over" if over else "ceiling" if zone.state == "in force" else "proposed"
        words = f"; at most {amount(allowed, 'men')} men by {canvas.title(zone.agreement)}"
        if zone.state != "in force":
            words += f" ({zone.state})"
        return [(kind, f"\N{LESS-THAN OR EQUAL TO} {amount(allowed, 'men')}")], words
    return [], ""


def _places(canvas: Canvas, axis: str, side: str) -> tuple[Point, ...]:
    """Where a side's men may stand behind a front: near it first."""
    at, (forward, across) = canvas.front(axis), canvas.ground.across(axis, canvas.km(axis))
    away = -1.0 if side == "west" else 1.0
    return tuple(
        moved_by(moved_by(at, forward, away * (52.0 + back)), across, aside)
        for back, aside in _STANDS
    )


def _arrows(canvas: Canvas) -> None:
    for each in transfers(canvas.scenario, canvas.power, canvas.known):
        ends = canvas.spot(each.source), canvas.spot(each.target)
        if not (ends[0] and ends[1]):
            continue
        weight = min(2.0 + sqrt(each.men / 12e3), 8.0)
        source, target = canvas.title(each.source), canvas.title(each.target)
        men = amount(each.men, "men")
        words = f"{canvas.title(each.power)}: {men} men from {source} to {target}"
        along = [bow(ends[0], ends[1], i / 40) for i in range(1, 40)]
        path = arc(ends[0], ends[1], short=4.0 * weight)
        canvas.line(f"move {canvas.kind(each.power)}", path, words, weight, clear=along)
        middle = bow(ends[0], ends[1])
        canvas.word("moved", middle, signed(each.men, "men"), 600.0, gap=weight + 7.0)
