"""Ceilings on men that treaties set: what is allowed in a theatre on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sinews.campaign.ledger.readings import Readings
from sinews.scenario import Scenario
from sinews.scenario.treaties import Ceiling

DRAFT, SIGNED, IN_FORCE, OVER = "draft", "signed", "in force", "over"
OVERTAKEN = "overtaken by war"


@dataclass(frozen=True)
class Zone:
    """The most men that an agreement lets a power have in a theatre."""

    agreement: str
    state: str
    """draft, signed, in force, over or overtaken by war."""
    power: str
    theatre: str
    allowed: float | None
    """Men today; None before the ceiling's first day."""
    least: float
    """Men allowed in the end."""
    full: date
    """The day on which it is down in full."""


def zones(scenario: Scenario, on: date, states: dict[str, str]) -> list[Zone]:
    """Every ceiling of the agreements, by what state each agreement is in."""
    out: list[Zone] = []
    for name, agreement in scenario.agreements.items():
        rows: dict[tuple[str, str], list[Ceiling]] = {}
        for row in agreement.ceiling:
            rows.setdefault((row.power, row.theatre), []).append(row)
        for (power, theatre), own in rows.items():
            own.sort(key=lambda row: row.from_)
            allowed = _allowed(scenario, power, theatre, own, on)
            state = states.get(name, DRAFT)
            last = own[-1]
            out.append(Zone(name, state, power, theatre, allowed, last.men.middle, last.until))
    return out


def _allowed(
    scenario: Scenario, power: str, theatre: str, rows: list[Ceiling], on: date
) -> float | None:
    """What the rows of one zone allow on a day, as `scenario.bargains` lays it over the weeks."""
    there = (power, theatre)
    level = sum(f.men.middle for f in scenario.forces if (f.power, f.theatre) == there)
    week = _week(scenario, on)
    allowed: float | None = None
    for row in rows:
        first, last = _week(scenario, row.from_), _week(scenario, row.until)
        level = max(level, row.men.middle)
        if week < first:
            break
        gone = row.steps * (week - first) // (last - first) if week < last else row.steps
        allowed = level + (row.men.middle - level) * gone / row.steps
        level = row.men.middle
    return allowed


def _week(scenario: Scenario, day: date) -> int:
    return round((day - scenario.start).days / 7)


def state_of(scenario: Scenario, agreement: str, known: Readings) -> str:
    """What state an agreement is in, by what a seat knows of it today. One that stays in force
    while its parties are at war with each other is overtaken: it binds nobody."""
    about = scenario.agreements[agreement]
    if (known.now(f"in_force:{agreement}") or 0.0) >= 0.5:
        pairs = combinations(about.parties, 2)
        fight = any((known.now(":".join(("war", *pair))) or 0.0) >= 0.5 for pair in pairs)
        return OVERTAKEN if fight and (about.truce.middle > 0 or about.peace) else IN_FORCE
    broken = (known.now(f"broken:{agreement}") or 0.0) >= 0.5
    if broken or (about.until is not None and about.until <= known.day):
        return OVER
    return DRAFT if about.signed is None else SIGNED
