"""Events of war and peace between powers: outbreaks, calls, armistices, and powers that break."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations, product
from typing import Any

import numpy as np

from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.names import Names
from sinews.campaign.chronicle.span import Span
from sinews.campaign.chronicle.words import dated, listed

Facts = dict[str, Any]


def war_events(span: Span, names: Names) -> Iterator[Event]:
    """Who went to war with whom, who came and who stayed away, who made peace, who broke."""
    yield from _axes(span, names)
    yield from _pairs(span, names)
    yield from _answers(span, names)
    yield from _collapses(span, names)


def _axes(span: Span, names: Names) -> Iterator[Event]:
    """War and peace where armies face each other."""
    for (axis,) in span.labels("hostile"):
        on = span.turned("hostile", (axis,), 0.5)
        if on is None:
            continue
        begun = span.at("hostile", axis) >= 0.5
        pairs = list(product(*span.scenario.theatres[axis].sides))
        facts = {
            "where": names.upon(axis),
            "west": names.side(axis, True),
            "east": names.side(axis, False),
            "on": dated(on),
        } | (_cause(span, names, pairs) if begun else _end(span, names, pairs))
        yield Event("war" if begun else "ceasefire", axis, 120.0, "head", facts)


def _pairs(span: Span, names: Names) -> Iterator[Event]:
    """Powers that went to war, or made peace, and of whom no axis tells."""
    told = {
        frozenset(pair)
        for (axis,) in span.labels("hostile")
        if span.turned("hostile", (axis,), 0.5)
        for pair in product(*span.scenario.theatres[axis].sides)
    }
    for pair in combinations(span.scenario.powers, 2):
        on = span.turned("war", pair, 0.5)
        if on is None or frozenset(pair) in told:
            continue
        begun = span.at("war", *pair) >= 0.5
        facts = {"powers": listed([names.power(p) for p in pair]), "on": dated(on)}
        facts |= _cause(span, names, [pair]) if begun else _end(span, names, [pair])
        kind = "outbreak" if begun else "peace"
        yield Event(kind, " ".join(pair), 105.0, "head", facts)


def _cause(span: Span, names: Names, pairs: list[tuple[str, str]]) -> Facts:
    """Why war began: a promise of peace was broken, or a dated order declared it; else unsaid."""
    began = [pair for pair in pairs if span.turned("war", pair, 0.5)]
    for (name,) in span.labels("broken"):
        about = span.scenario.agreements[name]
        if span.turned("broken", (name,), 0.5) and about.peace:
            if any({*pair} <= {*about.parties} for pair in began):
                return {"breach": names.agreement(name), "declarer": None}
    for one, other in (both for pair in began for both in (pair, pair[::-1])):
        for order in span.scenario.powers[one].script:
            if other in order.declare and order.from_ < span.until and order.until > span.since:
                return {"breach": None, "declarer": names.power(one)}
    return {"breach": None, "declarer": None}


def _end(span: Span, names: Names, pairs: list[tuple[str, str]]) -> Facts:
    """Why war ended: an armistice, or a power that broke; else unsaid."""
    for (name,) in span.labels("in_force"):
        about = span.scenario.agreements[name]
        signed = span.turned("in_force", (name,), 0.5) and span.at("in_force", name) >= 0.5
        if signed and armistice(span, name):
            if any({*pair} <= {*about.parties} for pair in pairs):
                return {"treaty": names.agreement(name), "fallen": None}
    for power in dict.fromkeys(p for pair in pairs for p in pair):
        if span.turned("collapsed", (power,), 0.5):
            return {"treaty": None, "fallen": names.power(power)}
    return {"treaty": None, "fallen": None}


def armistice(span: Span, name: str) -> bool:
    """Whether an agreement ends war among its parties, and there was any that is over."""
    about = span.scenario.agreements[name]
    pairs = combinations(about.parties, 2)
    wars = [span.track("war", *pair) >= 0.5 for pair in pairs]
    return about.truce.middle > 0 and any(war.any() and not war[-1] for war in wars)


def _answers(span: Span, names: Names) -> Iterator[Event]:
    """Allies who were called to a war: those who came, and those who stayed away."""
    for power, enemy in span.labels("answer"):
        weeks = span.track("answer", power, enemy)[1:]
        called = np.flatnonzero(np.abs(weeks) >= 0.5)
        if not len(called) or power == enemy:
            continue
        came = weeks[called[-1]] > 0
        facts = {
            "power": names.power(power),
            "enemy": names.power(enemy),
            "on": dated(span.day(span.then + 1 + int(called[-1]))),
        } | _bond(span, names, power, enemy)
        kind = "ally" if came else "absent"
        yield Event(kind, f"{power} {enemy}", 100.0, "head", facts)


def _bond(span: Span, names: Names, power: str, enemy: str) -> Facts:
    """The alliance by which a power was called, and whose war it was; unsaid to who sees none."""
    for (name,) in span.labels("in_force"):
        about = span.scenario.agreements[name]
        bound = max(span.at("in_force", name), span.before("in_force", name)) >= 0.5
        if about.defence and bound and power in about.parties:
            others = [p for p in about.parties if p not in (power, enemy)]
            fought = [p for p in others if span.at("war", p, enemy) >= 0.5]
            if fought:
                return {"treaty": names.agreement(name), "friend": names.power(fought[0])}
    return {"treaty": None, "friend": None}


_BROKE: dict[str, str] = {
    "people": "so many of its people were behind the enemy's front",
    "capital": "its capital was lost",
    "army": "its army had been too small for too long",
    "losses": "its army had lost more men than it could bear",
    "need": "its people had gone too long without what they could not do without",
}


def _collapses(span: Span, names: Names) -> Iterator[Event]:
    for (power,) in span.labels("collapsed"):
        on: date | None = span.turned("collapsed", (power,), 0.5)
        if on is None or span.at("collapsed", power) < 0.5:
            continue
        strain = {name: span.at("strain", power, name) for name in _BROKE}
        worst = max(strain, key=lambda name: strain[name])
        why = _BROKE[worst] if strain[worst] > 0 else None
        facts = {"power": names.power(power), "on": dated(on), "why": why}
        yield Event("collapse", power, 130.0, "head", facts)
