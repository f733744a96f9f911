"""Ceilings on men that treaties set: what is allowed in a theatre on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sinews.scenario import Scenario
from sinews.scenario.treaties import Ceiling

DRAFT, SIGNED, IN_FORCE, OVER = "draft", "signed", "in force", "over"


@dataclass(frozen=True)
class Zone:
    """The most men that an agreement lets a power have in a theatre."""

    agreement: str
    state: str
    """draft, signed, in force or over."""
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


def state_of(scenario: Scenario, agreement: str, in_force: float, broken: float, on: date) -> str:
    """What state an agreement is in, by what the record says of it."""
    about = scenario.agreements[agreement]
    if in_force >= 0.5:
        return IN_FORCE
    if broken >= 0.5 or (about.until is not None and about.until <= on):
        return OVER
    return DRAFT if about.signed is None else SIGNED
