"""Events that frame a chapter: how a story opens, what a council decided, what it was like, how it
ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.fighting import MOVES, whereabouts
from sinews.campaign.chronicle.names import Names
from sinews.campaign.chronicle.span import Span, ToldNumber
from sinews.campaign.chronicle.words import clean, dated, listed, month, weeks

if TYPE_CHECKING:
    from sinews.campaign.log import Decision
    from sinews.scenario.council import AgendaItem

Facts = dict[str, Any]


def opening(span: Span, names: Names) -> Iterator[Event]:
    """How the story opens: who stands where."""
    scenario = span.scenario
    facts: Facts = {
        "title": clean(scenario.title),
        "on": dated(scenario.start, year=True),
        "summary": clean(scenario.summary),
    }
    yield Event("opening", scenario.name, 50.0, "council", facts)
    wars = [a for (a,) in span.labels("hostile") if span.past("hostile", a)[0] >= 0.5]
    if wars:
        facts = {
            "fronts": listed([names.theatre(a) for a in wars]),
            "west": names.sides(wars, west=True),
            "east": names.sides(wars, west=False),
        }
        yield Event("lines", wars[0], 40.0, "council", facts)
    told = [p for p in sorted(span.own, key=lambda p: -_men(span, p)) if _men(span, p) >= 1e4]
    for power in told[:3]:
        yield _array(span, names, power)


def _array(span: Span, names: Names, power: str) -> Event:
    """What a power began with."""
    cells = [(span.before("force", *x), x) for x in span.labels("force") if x[0] == power]
    rows = [x for men, x in sorted(cells, reverse=True) if men >= 1e4]
    parts = [span.then_word("force", *x) for men, x in cells if men > 0]
    kinds = [n for n, i in span.scenario.items.items() if i.armour.middle > 0]
    item = max(kinds, key=lambda i: span.before("equipment", power, i), default="")
    armour = bool(item) and span.before("equipment", power, item) >= 20
    facts = {
        "power": names.power(power),
        "all": span.made("together", "men", *parts) if len(rows) > 1 else None,
        "rows": [
            {"n": span.stood("men", "force", *x), "where": names.upon(x[1])} for x in rows[:3]
        ],
        "more": len(rows) > 3,
        "armour": span.stood("items", "equipment", power, item) if armour else None,
        "items": names.item(item) if armour else "",
        "gold": span.stood("t", "gold", power) if span.before("gold", power) >= 2 else None,
    }
    return Event("array", power, 38.0, "array", facts)


def _men(span: Span, power: str) -> float:
    return sum(span.before("force", *x) for x in span.labels("force") if x[0] == power)


def decision_events(span: Span, made: Sequence[Decision]) -> Iterator[Event]:
    """What the council had decided as these weeks began."""
    if not made:
        return
    agenda = {item.name: item for item in span.scenario.agenda}
    rows = [_decided(span, each, agenda[each.item]) for each in made]
    facts = {
        "on": dated(made[0].on),
        "by": clean(made[0].by),
        "rows": rows,
        "first": rows[0]["item"],
        "chosen": rows[0]["option"],
    }
    yield Event("decided", made[0].item, 46.0, "council", facts)


def _decided(span: Span, made: Decision, item: AgendaItem) -> Facts:
    """One decision, and how it stood to the advice."""
    advice = made.advice or {}
    ministers = span.scenario.ministers
    against = [
        f"the {clean(ministers[m].title or m)}"
        for m, option in advice.items()
        if option not in (made.option, made.choice)
    ]
    return {
        "item": clean(item.title or item.name),
        "option": clean(made.title(span.scenario)),
        "against": listed(against[:3]) if against else None,
        "agreed": bool(advice) and not against,
        "alone": len(advice) == len(against) > 1,
    }


def tone(span: Span, names: Names) -> Iterator[Event]:
    """What the weeks were like, in a sentence."""
    fought = [a for (a,) in span.labels("hostile") if span.fought(a)]
    moves = [span.change("front", a) for a in fought]
    going = [m for m in moves if abs(m) >= MOVES]
    kind = "calm"
    if fought and not going:
        kind = "standing"
    elif going and all(m > 0 for m in going):
        kind = "eastward"
    elif going and all(m < 0 for m in going):
        kind = "westward"
    elif going:
        kind = "mixed"
    facts = {
        "span": weeks(span.weeks),
        "plural": span.weeks > 2,
        "until": dated(span.until, year=True),
        "all": len(going) == len(fought) > 1,
        "one": len(fought) == 1,
        "some": len(going) == 1 < len(fought),
        "front": names.theatre(fought[0]) if len(fought) == 1 else None,
        "month": month(span.until),
        "place": None,
    }
    if kind == "standing":
        chief = max(fought, key=lambda a: span.scenario.theatres[a].value.middle)
        facts |= {"chief": names.theatre(chief), **whereabouts(span, names, chief)}
    yield Event(kind, "", 30.0, "tone", facts)


def agenda_events(span: Span, raised: Sequence[str]) -> Iterator[Event]:
    """What now waits for the council."""
    titles = {item.name: clean(item.title or item.name) for item in span.scenario.agenda}
    if raised:
        facts = {
            "items": listed([f"“{titles[name]}”" for name in raised]),
            "one": len(raised) == 1,
        }
        yield Event("raised", raised[0], 30.0, "end", facts)


def last_words(span: Span, names: Names) -> Iterator[Event]:
    """What it all came to, once the last week is over."""
    rows: list[dict[str, str | ToldNumber]] = [
        {
            "power": names.power(power),
            "n": span.stand("men", "casualties", power),
            "gone": span.stand("men", "irrecoverable", power),
        }
        for power in sorted(span.own, key=lambda p: -span.at("casualties", p))[:3]
        if span.at("irrecoverable", power) >= 100
    ]
    fronts = [
        {"front": names.theatre(a), **whereabouts(span, names, a)}
        for (a,) in span.labels("hostile")
        if span.at("hostile", a) >= 0.5
    ]
    facts = {
        "on": dated(span.until, year=True),
        "rows": rows,
        "fronts": [each for each in fronts if each["place"]][:3],
    }
    yield Event("closing", "", 44.0, "end", facts)
