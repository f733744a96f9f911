"""Events away from the front: treaties, trade, men on the move, what is believed of others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.names import Names
from sinews.campaign.chronicle.span import Span
from sinews.campaign.chronicle.wars import armistice
from sinews.campaign.chronicle.words import clean, dated, listed, month, season

Facts = dict[str, Any]

_MOST = 2  # of a kind of lesser news in a chapter


def affairs(span: Span, names: Names) -> Iterator[Event]:
    """All that happened away from the front."""
    yield from _agreements(span, names)
    yield from _marked(span, names)
    yield from _contracts(span, names)
    yield from _gold(span, names)
    yield from _transfers(span, names)
    yield from _called(span, names)
    yield from _works(span, names)
    yield from _plant(span, names)
    yield from _belief(span, names)
    yield from _trust(span, names)
    yield from _season(span)


def _agreements(span: Span, names: Names) -> Iterator[Event]:
    for (name,) in span.labels("in_force"):
        on = span.turned("in_force", (name,), 0.5)
        broken = span.turned("broken", (name,), 0.5)
        day = broken or on
        if day is None:
            continue
        parties = span.scenario.agreements[name].parties
        facts: Facts = {
            "title": names.agreement(name),
            "parties": listed([names.power(p) for p in parties]),
            "on": dated(day),
            "armistice": armistice(span, name),
            "handed": _handed(span, names, name),
        }
        if broken:
            yield Event("broken", name, 115.0, "head", facts)
        elif span.at("in_force", name) >= 0.5:
            yield Event("agreed", name, 95.0, "head", facts)
        else:
            yield Event("ended", name, 80.0, "head", facts)
    yield from _overrun(span, names)


def _overrun(span: Span, names: Names) -> Iterator[Event]:
    """Armistices that stand on paper while their parties fight again."""
    for (name,) in span.labels("in_force"):
        about = span.scenario.agreements[name]
        if about.truce.middle <= 0 or min(span.track("in_force", name)) < 0.5:
            continue
        for pair in combinations(about.parties, 2):
            on = span.turned("war", pair, 0.5)
            if on is not None and span.at("war", *pair) >= 0.5:
                facts = {
                    "title": names.agreement(name),
                    "parties": listed([names.power(p) for p in pair]),
                    "on": dated(on),
                }
                yield Event("overrun", name, 112.0, "head", facts)
                break


def _handed(span: Span, names: Names, agreement: str) -> str | None:
    """The places that changed hands by an agreement in these weeks, and to whom they went."""
    got: dict[str, list[str]] = {}
    for place, power in span.scenario.agreements[agreement].places.items():
        if span.turned("ceded", (place,), 0.5):
            got.setdefault(power, []).append(place)
    went = [f"{listed(p)} to {names.power(power)}" for power, p in got.items()]
    return listed(went) if went else None


def _marked(span: Span, names: Names) -> Iterator[Event]:
    for (name,) in span.cells("demarcated", 5.0):
        facts = {
            "title": names.agreement(name),
            "km": span.moved("km", "demarcated", name),
            "all": span.stand("km", "demarcated", name)
            if span.before("demarcated", name)
            else None,
        }
        yield Event("marked", name, 15.0, "talks", facts)


def _contracts(span: Span, names: Names) -> Iterator[Event]:
    lots = span.labels("delivered")
    routine: list[str] = []
    for name, contract in span.scenario.contracts.items():
        goods = [good for good in contract.goods if (f"{name} {good}",) in lots]
        if not goods:
            continue
        given = {g: span.change("delivered", f"{name} {g}") for g in goods}
        total = sum(span.change("paid", f"{name} {g}") for g in goods)
        in_kind = [material for material in contract.price if material != "gold"]
        late = {g: span.at("late", f"{name} {g}") for g in goods}
        lapsed = _ended(span, name, goods, "lapsed")
        at_all = any(span.at("delivered", f"{name} {g}") >= 2 for g in goods)
        facts: Facts = {
            "title": names.contract(name),
            "seller": names.power(contract.seller),
            "buyer": names.power(contract.buyer),
            "goods": [_lot(span, names, name, g, "delivered") for g in goods if given[g] >= 2],
            "late": [_lot(span, names, name, g, "late") for g in goods if late[g] >= 2],
            "paid": _paid(span, names, [name]),
            "in_kind": bool(in_kind),
            "begun": at_all,
            "first": not any(span.before("delivered", f"{name} {g}") >= 2 for g in goods),
        }
        ours = 6.0 if span.power in (contract.seller, contract.buyer) else 0.0
        if facts["goods"] and not (lapsed or facts["late"] or facts["first"]):
            if total < 3 and not in_kind:
                routine.append(name)
                continue
        if lapsed:
            yield Event("lapsed", name, 62.0, "trade", facts | {"why": _why(span, name, goods)})
        elif facts["goods"]:
            yield Event("delivered", name, 14 + ours + min(total / 2, 10), "trade", facts)
        elif facts["paid"]:
            yield Event("advance", name, 22 + ours, "trade", facts)
        elif facts["late"]:
            yield Event("overdue", name, 15 + ours, "trade", facts)

    if brought := _paid(span, names, routine):
        facts = {
            "titles": listed([f"“{names.contract(name)}”" for name in routine]),
            "one": len(routine) == 1,
            "paid": brought,
        }
        yield Event("routine", routine[0], 8.0, "trade", facts)


def _paid(span: Span, names: Names, contracts: list[str]) -> list[Facts]:
    """What was paid under contracts in these weeks: gold, and the materials that prices are in."""
    if span.since <= span.scenario.start:
        return []  # before it nothing is dated
    known = {name: span.scenario.contracts[name] for name in contracts}
    lots = [f"{name} {good}" for name, contract in known.items() for good in contract.goods]
    materials = dict.fromkeys(m for c in known.values() for m in c.price if m != "gold")
    kinds = (("paid", 0.1, ["gold"]), ("paid_in_kind", 1.0, [*materials]))
    return [
        {
            "n": span.made("together", "t", *(span.flow(series, lot) for lot in lots)),
            "what": f"t of {listed(what)}",
        }
        for series, least, what in kinds
        if what and sum(span.change(series, lot) for lot in lots) >= least
    ]


def _ended(span: Span, contract: str, goods: list[str], series: str) -> bool:
    return any(span.turned(series, (f"{contract} {good}",), 0.5) for good in goods)


def _why(span: Span, contract: str, goods: list[str]) -> str:
    """Why a contract was given up: war, default, or that nothing could come of it any more; empty
    where the record, of an older sinews, does not say."""
    for why, series in (("war", "void"), ("default", "defaulted")):
        if _ended(span, contract, goods, series):
            return why
    return "spent" if span.has("void", f"{contract} {goods[0]}") else ""


def _lot(span: Span, names: Names, contract: str, good: str, series: str) -> Facts:
    """How much of a good was handed over in these weeks, or is late."""
    unit = "items" if good in span.scenario.items else "t"
    lot = f"{contract} {good}"
    n = span.moved(unit, series, lot) if series == "delivered" else span.stand(unit, series, lot)
    return {"n": n, "what": names.good(good)}


def _gold(span: Span, names: Names) -> Iterator[Event]:
    found = sorted(span.own, key=lambda p: -abs(span.change("gold", p)))
    for power in found[:_MOST]:
        change, now = span.change("gold", power), span.at("gold", power)
        if abs(change) < max(2.0, 0.02 * now):
            continue
        facts = {
            "power": names.power(power),
            "up": change > 0,
            "n": span.moved("t", "gold", power),
            "all": span.stand("t", "gold", power),
        }
        yield Event("gold", power, 12 + min(abs(change) / 4, 12), "trade", facts)


def _transfers(span: Span, names: Names) -> Iterator[Event]:
    """Men who came to theatres, or left them, where nobody fights."""
    calm = {
        theatre
        for theatre, about in span.scenario.theatres.items()
        if not about.axis or not span.fought(theatre)
    }
    events: list[Event] = []
    least = 15e3 if span.power else 4e4
    for power in span.own:
        moves = [
            (span.change("force", power, theatre), theatre)
            for theatre in calm
            if span.has("force", power, theatre)
        ]
        told = sorted(
            (m for m in moves if abs(m[0]) >= max(least, 0.03 * span.at("force", power, m[1]))),
            key=lambda m: (-abs(m[0]), m[1]),
        )[:3]
        if not told:
            continue
        rows = [
            {
                "where": names.upon(theatre),
                "up": change > 0,
                "n": span.moved("men", "force", power, theatre),
                "now": span.stand("men", "force", power, theatre),
            }
            for change, theatre in told
        ]
        facts = {
            "power": names.power(power),
            "less": [row for row in rows if not row["up"]],
            "more": [row for row in rows if row["up"]],
            "treaty": _ceiling(span, names, power, [t for change, t in told if change < 0]),
        }
        weight = 14 + min(abs(told[0][0]) / 2e4, 14)
        events.append(Event("transfer", power, weight, "force", facts))
    yield from sorted(events, key=lambda e: -e.weight)[:_MOST]


def _ceiling(span: Span, names: Names, power: str, fell: list[str]) -> str | None:
    """The agreement in force that holds a power's men down where they became fewer."""
    for (name,) in span.labels("in_force"):
        if span.at("in_force", name) >= 0.5:
            for row in span.scenario.agreements[name].ceiling:
                if row.power == power and row.theatre in fell and row.from_ < span.until:
                    return names.agreement(name)
    return None


def _called(span: Span, names: Names) -> Iterator[Event]:
    found = sorted(span.own, key=lambda p: -span.change("formed", p))
    for power in found[:1]:
        formed, pool = span.change("formed", power), span.change("untrained", power)
        if formed < 2e4 or span.steady("formed", power):
            continue
        facts = {
            "power": names.power(power),
            "formed": span.moved("men", "formed", power),
            "ready": span.stand("men", "ready", power) if span.at("ready", power) >= 1e3 else None,
            "pool": span.stand("men", "untrained", power)
            if pool < -0.05 * span.at("untrained", power)
            else None,
        }
        yield Event("called", power, 11 + min(formed / 3e4, 9), "force", facts)


def _works(span: Span, names: Names) -> Iterator[Event]:
    """What works made, beside armour: one's own or, to a historian, those that lost most."""
    powers = span.own
    if span.power is None:
        powers = sorted(span.own, key=lambda p: -span.change("casualties", p))[:2]
    for power in powers:
        made = [
            (item, span.change("made", power, item))
            for item, about in span.scenario.items.items()
            if about.armour.middle <= 0 and not span.steady("made", power, item)
        ]
        told = [item for item, n in sorted(made, key=lambda x: (-x[1], x[0])) if n >= 10][:3]
        if told:
            goods = [
                {"n": span.moved("items", "made", power, item), "what": names.item(item)}
                for item in told
            ]
            facts = {"power": names.power(power), "goods": goods}
            yield Event("works", power, 9.0, "trade", facts)


def _plant(span: Span, names: Names) -> Iterator[Event]:
    fallen: list[tuple[float, str, str]] = []
    for power, sector in span.labels("capacity"):
        before = span.before("capacity", power, sector)
        if power in span.own and before > 0:
            share = span.at("capacity", power, sector) / before
            if share < 0.94:
                fallen.append((share, power, sector))
    for share, power, sector in sorted(fallen)[:1]:
        now = span.word("capacity", power, sector)
        facts = {
            "power": names.power(power),
            "sector": clean(span.scenario.sectors[sector].title or sector.replace("-", " ")),
            "left": span.made("share", "%", now, span.then_word("capacity", power, sector)),
        }
        yield Event("plant", power, 17 + 30 * (1 - share), "loss", facts)


def _belief(span: Span, names: Names) -> Iterator[Event]:
    if span.power is None:
        return  # beside the truth there is no need of beliefs
    found: list[tuple[float, str, str]] = []
    for power, axis in span.labels("strength_seen"):
        about = span.scenario.theatres[axis]
        now, change = (f("strength_seen", power, axis) for f in (span.at, span.change))
        if power in (*about.west, *about.east) and now >= 3e4 and abs(change) >= 0.06 * now:
            found.append((abs(change) / now, power, axis))
    for share, power, axis in sorted(found, reverse=True)[:_MOST]:
        west = power in span.scenario.theatres[axis].west
        facts = {
            "power": names.power(power),
            "where": names.upon(axis),
            "enemy": names.side(axis, not west),
            "up": span.change("strength_seen", power, axis) > 0,
            "now": span.stand("men", "strength_seen", power, axis),
            "then": span.stood("men", "strength_seen", power, axis)
            if span.before("strength_seen", power, axis) >= 1e3
            else None,
        }
        yield Event("belief", axis, 10 + min(20 * share, 10), "talks", facts)


def _trust(span: Span, names: Names) -> Iterator[Event]:
    found = sorted(span.labels("trust"), key=lambda x: (-abs(span.change("trust", *x)), x))
    for power, other in found[:_MOST]:
        change = span.change("trust", power, other)
        if power == other or abs(change) < 0.02:
            continue
        now, then = span.word("trust", power, other), span.then_word("trust", power, other)
        facts = {
            "power": names.power(power),
            "other": names.power(other),
            "up": change > 0,
            "now": span.made("percent", "%", now),
            "then": span.made("percent", "%", then),
        }
        yield Event("trust", f"{power} {other}", 10 + min(60 * abs(change), 14), "talks", facts)


def _season(span: Span) -> Iterator[Event]:
    now, then = (span.scenario.season_on(d) for d in (span.until, span.since))
    if now == then or not span.weeks:
        return
    days = (span.since + timedelta(days=n) for n in range(7 * span.weeks + 1))
    on = next(day for day in days if span.scenario.season_on(day) == now)
    facts = {
        "season": season(now.name) if now else None,
        "gone": season(then.name) if then else None,
        "on": dated(on),
        "month": month(span.until),
    }
    yield Event("season", now.name if now else "dry", 13.0, "front", facts)
