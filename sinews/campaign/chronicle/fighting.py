"""Events of war: fronts, places, men and what they fight with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.names import Names, kilometre
from sinews.campaign.chronicle.span import Span, ToldNumber
from sinews.campaign.chronicle.wars import war_events
from sinews.campaign.chronicle.words import dated, listed, month, weeks
from sinews.scenario.schema import Place

Facts = dict[str, Any]

MOVES = 8.0  # km below which a front is said to stand still
_FAST = 35.0  # km a week
_NEAR = 250.0  # km within which a place says where a front is
_LOW = 4.0  # days of supply
_ABROAD = ("received", "bought")  # what comes from elsewhere than one's own works


def field_events(span: Span, names: Names) -> Iterator[Event]:
    """All that happened in the field."""
    yield from war_events(span, names)
    fought = [a for (a,) in span.labels("front") if span.fought(a)]
    fought.sort(key=lambda a: -abs(span.change("front", a)))
    yield from _fronts(span, names, fought)
    yield from _facing(span, names, fought)
    yield from _occupied(span, names)
    yield from _losses(span, names)
    for power in _belligerents(span)[:2]:
        yield from _haul(span, names, power)
        yield from _armour(span, names, power)
        yield from _strength(span, names, power)
    yield from _supply(span, names, fought)


def _belligerents(span: Span) -> list[str]:
    """The powers told of that lost men in these weeks, those that lost most first."""
    lost = {p: span.change("casualties", p) for p in span.own}
    return [p for p in sorted(lost, key=lambda p: -lost[p]) if lost[p] >= 500]


def _fronts(span: Span, names: Names, fought: list[str]) -> Iterator[Event]:
    still: list[str] = []
    for axis in fought:
        km = span.change("front", axis)
        if _handed_over(span, names, axis):
            continue  # it withdrew behind them by terms, which are told with the treaty
        if abs(km) < MOVES:
            still.append(axis)
            yield from _places(span, names, axis)
            continue
        east = km > 0
        before = _pace_before(span, axis)
        pace = abs(km) / span.weeks
        manner = "on"
        if before is not None and before * km < 0 and abs(before) >= MOVES:
            manner = "turned"
        elif before is not None and abs(km) <= 0.45 * abs(before):
            manner = "slowed"
        elif pace >= _FAST:
            manner = "fast"
        facts: Facts = {
            "where": names.upon(axis),
            "front": names.theatre(axis),
            "km": span.moved("km", "front", axis),
            "pace": _pace(span, axis),
            "way": "east" if east else "west",
            "gains": names.side(axis, east),
            "yields": names.side(axis, not east),
            "manner": manner,
            "month": month(span.until),
            "before": _moved_before(span, axis) if manner == "slowed" else None,
            **whereabouts(span, names, axis),
        }
        yield Event("front", axis, 18 + min(abs(km) / 8, 25), "front", facts)
        yield from _places(span, names, axis, said=True)
    if 0 < len(still) < len(fought):
        facts = {"fronts": listed([names.theatre(a) for a in still])}
        yield Event("still", still[0], 14.0, "front", facts)


def _handed_over(span: Span, names: Names, axis: str) -> list[Place]:
    """The places of an axis that terms handed over in these weeks."""
    return [p for p in names.places(axis) if span.turned("ceded", (p.name,), 0.5)]


def _pace_before(span: Span, axis: str) -> float | None:
    """How far a front moved in as many weeks before these; None if there were not as many."""
    past = span.past("front", axis)
    first = len(past) - 1 - 2 * span.weeks
    return float(past[first + span.weeks] - past[first]) if first >= 0 else None


def _pace(span: Span, axis: str) -> ToldNumber:
    now, then = span.word("front", axis), span.then_word("front", axis)
    return span.made("pace", "km", now, then, float(span.weeks))


def _facing(span: Span, names: Names, fought: list[str]) -> Iterator[Event]:
    """Who faces whom where most men stand, if both sides' may be told."""
    if span.power is not None or not fought:
        return

    def men(axis: str, west: bool) -> list[str]:
        about = span.scenario.theatres[axis]
        powers = about.west if west else about.east
        return [p for p in powers if span.at("force", p, axis) >= 1e4]

    def sum_of(axis: str) -> float:
        return sum(span.at("force", p, axis) for west in (True, False) for p in men(axis, west))

    axis = max(fought, key=sum_of)
    west, east = men(axis, True), men(axis, False)
    if not west or not east:
        return
    sides = [
        {
            "who": listed([names.power(p) for p in powers]),
            "n": span.made("together", "men", *(span.word("force", p, axis) for p in powers)),
            "days": span.stand("days", "days", powers[0], axis)
            if span.at("days", powers[0], axis) >= 0.5
            else None,
        }
        for powers in (west, east)
    ]
    facts = {"where": names.upon(axis), "west": sides[0], "east": sides[1]}
    yield Event("facing", axis, 13.0, "front", facts)


def _moved_before(span: Span, axis: str) -> ToldNumber:
    then = span.day(span.then - span.weeks)
    now, old = span.then_word("front", axis), f"front:{axis}@{then}"
    return span.made("apart", "km", now, old)


def whereabouts(span: Span, names: Names, axis: str) -> Facts:
    """Where a front stands, by the place nearest to it."""
    km = span.at("front", axis)
    places = names.places(axis)
    near = min(places, key=lambda p: abs(kilometre(p) - km), default=None)
    if near is None or abs(kilometre(near) - km) > _NEAR:
        return {"place": None}
    off = kilometre(near) - km
    away = span.made("apart", "km", span.word("front", axis), kilometre(near))
    return {
        "place": near.name,
        "away": away if abs(off) >= 6 else None,
        "side": "west" if off > 0 else "east",
    }


def _places(span: Span, names: Names, axis: str, said: bool = False) -> Iterator[Event]:
    """The places of an axis that came into other hands; `said` where the axis was just named."""
    gone: list[tuple[date, Place]] = []
    back: list[tuple[date, Place]] = []
    for place in names.places(axis):
        on = span.turned("held", (place.name,), 0.5) if span.has("held", place.name) else None
        # What terms handed over is told with them.
        if on is not None and not span.turned("ceded", (place.name,), 0.5):
            (gone if span.at("held", place.name) < 0.5 else back).append((on, place))
    for kind, found in (("taken", gone), ("regained", back)):
        if found:
            found.sort(key=lambda each: each[0])
            yield _changed_hands(span, names, axis, kind, found, said)


def _changed_hands(
    span: Span,
    names: Names,
    axis: str,
    kind: str,
    found: list[tuple[date, Place]],
    said: bool,
) -> Event:
    greatest = max((p for _, p in found), key=_weight)
    home = greatest.power or ""
    west = home in span.scenario.theatres[axis].west
    facts = {
        "where": "" if said else names.upon(axis),
        "places": [{"name": p.name, "on": dated(on)} for on, p in found[:4]],
        "greatest": greatest.name,
        "several": len(found) > 1,
        "home": names.power(home) if home else "nobody",
        # A place is lost to the other side of its axis, and regained from it.
        "other": names.side(axis, not west),
    }
    weight = 48 + min(greatest.people.middle / 2e5, 30)
    return Event(kind, axis, weight, "front", facts)


def _weight(place: Place) -> float:
    """How much a place matters: by its people, and by whether it was worth works."""
    return place.people.middle * place.fort.middle


def _occupied(span: Span, names: Names) -> Iterator[Event]:
    for power in span.own:
        change = span.change("occupied", power)
        if abs(change) < 2e5:
            continue
        ceded = [p for (axis,) in span.labels("front") for p in _handed_over(span, names, axis)]
        # People of a place handed over live behind no front: they are another's.
        freed = sum((1 - span.before("held", p.name)) * p.people.middle for p in ceded)
        if change < 0 and 2 * freed >= -change:
            continue
        lost = [
            (span.change("held", p.name) * p.people.middle, p.name)
            for (axis,) in span.labels("front")
            for p in names.places(axis)
            if p.power == power and p not in ceded and span.has("held", p.name)
        ]
        towns = [name for moved, name in sorted(lost) if moved < -1e5][:3]
        facts = {
            "power": names.power(power),
            "more": change > 0,
            "n": span.moved("people", "occupied", power),
            "all": span.stand("people", "occupied", power)
            if span.before("occupied", power) >= 1e5
            else None,
            "towns": listed(towns) if towns and change > 0 else None,
        }
        yield Event("occupied", power, 16 + min(abs(change) / 1e6, 14), "front", facts)


def _losses(span: Span, names: Names) -> Iterator[Event]:
    told = [p for p in _belligerents(span) if span.change("irrecoverable", p) >= 500]
    rows: list[Facts] = []
    for power in told[:3]:
        earlier = span.earlier("casualties", power)
        rows.append(
            {
                "power": names.power(power),
                "gone": span.moved("men", "irrecoverable", power),
                "hurt": span.moved("men", "sick_wounded", power),
                "all": span.moved("men", "casualties", power),
                "sum": span.stand("men", "casualties", power),
                "worst": earlier is not None and span.change("casualties", power) > earlier,
            }
        )
    if rows:
        all_ = sum(span.change("casualties", p) for p in told)
        facts = {"rows": rows, "worst": rows[0]["worst"], "month": month(span.until)}
        yield Event("losses", told[0], 16 + min(all_ / 5e4, 22), "loss", facts)


def _haul(span: Span, names: Names, power: str) -> Iterator[Event]:
    taken = span.change("captured_men", power)
    rose = span.change("largest_haul", power)
    if taken < 2e4 or rose < 1e3:
        return
    facts = {
        "power": names.power(power),
        "n": span.stand("men", "largest_haul", power),
        "all": span.moved("men", "captured_men", power)
        if taken > 1.05 * span.at("largest_haul", power)
        else None,
    }
    yield Event("haul", power, 26 + min(taken / 1.5e4, 24), "loss", facts)


def _armour(span: Span, names: Names, power: str) -> Iterator[Event]:
    """The arsenals' question: does what is made make up for what is lost?"""
    kinds = [n for n, i in span.scenario.items.items() if i.armour.middle > 0]
    lost = {item: span.change("lost", power, item) for item in kinds}
    item = max(lost, key=lambda each: lost[each], default="")
    if not item or lost[item] < 20:
        return
    made, come = span.change("made", power, item), sum(span.change(s, power, item) for s in _ABROAD)
    before = _flows_before(span, power, item)
    facts = {
        "power": names.power(power),
        "items": names.item(item),
        "month": month(span.until),
        "lost": span.moved("items", "lost", power, item),
        "made": span.moved("items", "made", power, item) if made >= 2 else None,
        "come": _come(span, power, item) if come >= 2 else None,
        "owned": span.stand("items", "equipment", power, item),
        "ahead": made + come > lost[item],
        "turn": before is not None and (before[1] > before[0]) != (made + come > lost[item]),
        "weeks": None,
        "span": "a week" if span.weeks == 1 else "the " + weeks(span.weeks),
    }
    if made >= 2 > come and 1.25 * made < lost[item] < 60 * made:
        flows = (span.flow("lost", power, item), span.flow("made", power, item))
        if span.since > span.scenario.start:
            facts["weeks"] = span.made("weeks", "weeks", *flows, float(span.weeks))
    yield Event("armour", power, 20 + min(lost[item] / 120, 16), "loss", facts)


def _flows_before(span: Span, power: str, item: str) -> tuple[float, float] | None:
    """What was lost, and what made or come from abroad, in as many weeks before these."""
    lost = span.past("lost", power, item)
    made, received, bought = (span.past(s, power, item) for s in ("made", *_ABROAD))
    gained = made + received + bought
    first = len(lost) - 1 - 2 * span.weeks
    if first < 0:
        return None
    last = first + span.weeks
    return float(lost[last] - lost[first]), float(gained[last] - gained[first])


def _come(span: Span, power: str, item: str) -> ToldNumber:
    """What has come from abroad in these weeks."""
    when = span.flow if span.since > span.scenario.start else span.word
    return span.made("together", "items", *(when(series, power, item) for series in _ABROAD))


def _strength(span: Span, names: Names, power: str) -> Iterator[Event]:
    now, change = span.at("field_strength", power), span.change("field_strength", power)
    if abs(change) < max(2e4, 0.04 * now):
        return
    facts = {
        "power": names.power(power),
        "up": change > 0,
        "month": month(span.until),
        "now": span.stand("men", "field_strength", power),
        "then": span.stood("men", "field_strength", power),
        "formed": _formed(span, power),
    }
    yield Event("strength", power, 13 + min(abs(change) / 4e4, 8), "loss", facts)


def _formed(span: Span, power: str) -> ToldNumber | None:
    return span.moved("men", "formed", power) if span.change("formed", power) >= 5e3 else None


def _supply(span: Span, names: Names, fought: list[str]) -> Iterator[Event]:
    for power in span.own:
        short: list[tuple[float, str]] = []
        for axis in fought:
            if span.at("force", power, axis) >= 2e4 and span.has("days", power, axis):
                short.append((span.at("days", power, axis), axis))
        if not short or min(short)[0] > _LOW:
            continue
        days, axis = min(short)
        facts = {
            "power": names.power(power),
            "where": names.upon(axis),
            "days": span.stand("days", "days", power, axis) if days >= 0.5 else None,
            "month": month(span.until),
            "then": span.stood("days", "days", power, axis)
            if span.before("days", power, axis) > days + 3
            else None,
        }
        yield Event("supply", power, 15.0, "front", facts)
