"""Standing orders of a seat: whether they can be given, what stands, and what else would be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sinews.campaign.journal import Journal
from sinews.campaign.log import Decision
from sinews.campaign.record import Record
from sinews.campaign.seats import known
from sinews.campaign.snapshot import with_decisions
from sinews.campaign.truth import known_to
from sinews.errors import Mistake, ScenarioError, shown, whole_number
from sinews.scenario import Scenario
from sinews.scenario.schema import Order, Power
from sinews.scenario.standing import Ordered, impossible, in_words, order_word, orders_on

Plain = dict[str, Any]

LOOK_AHEAD = 26
"""Weeks that the odds of an order look ahead, unless asked otherwise."""


def order_as_kept(journal: Journal, words: Mapping[str, object]) -> Plain:
    """The words of an order as they are kept. Raises ScenarioError for what cannot be."""

    def plain(value: object) -> Any:
        if isinstance(value, Mapping):
            return {str(key): plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        if isinstance(value, date):
            return value.isoformat()
        if not isinstance(value, str | int | float | None):
            expected = 'write it as in a script: {"attack": ["border"], "draft": 0.5}'
            journal.refuse(Mistake("order", "cannot be kept", expected, "", shown(value)))
        return value

    if not isinstance(words, Mapping) or not words:
        expected = 'write it as in a script: {"attack": ["border"], "draft": 0.5}'
        journal.refuse(Mistake("order", "orders nothing", expected, "", shown(words)))
    return plain(words)


def why_no_order(journal: Journal, words: Plain, seen: Record) -> list[Mistake]:
    """All that keeps a seat from giving an order, as far as the seat sees."""
    nobody = Mistake("order", "nobody plays: the campaign follows rules alone")
    whole = [nobody if journal.power is None else None, journal.ended("order"), journal.silent()]
    if (found := [mistake for mistake in whole if mistake]) or journal.power is None:
        return found
    power = journal.power
    scenario = known_to(journal.plain, power, journal.whole, journal.on)
    found = impossible(scenario, words, _men(scenario.powers[power], power, scenario, seen))
    if "power" in words:
        problem, remedy = "a seat orders its own power", "leave it out"
        found.append(Mistake("order.power", problem, "", remedy, shown(words["power"])))
    try:
        own = {key: value for key, value in words.items() if key != "power"}
        with_decisions(scenario, [f"{order_word(power, own)}@{journal.on}"])
    except ScenarioError as error:
        found = [*error.mistakes, *found]
    return found


CAN = ("axes", "links", "items", "contracts")
"""What there is to give orders to."""


def _men(about: Power, power: str, scenario: Scenario, seen: Record) -> dict[str, float]:
    """The men whom a power has in theatres, and those who are ready to form units there."""
    series = ((name, f"force:{power}:{name}") for name in scenario.theatres)
    men = {name: seen.at(column) for name, column in series if column in seen.names}
    for name in men.keys() & {about.reserve_theatre, *about.districts}:
        men[name] += seen.at(f"ready:{power}") if f"ready:{power}" in seen.names else 0.0
    return men


def orders_of(journal: Journal) -> Plain:
    """What a seat has ordered that stands today, what would be done otherwise, and what it may give
    orders to."""
    power, on = journal.power, journal.on
    if power is None:
        return {"power": None, "date": on.isoformat(), "standing": [], **dict.fromkeys(CAN, ())}
    scenario = known_to(journal.plain, power, journal.whole, on)
    acts = known(journal.plain, journal.whole, power, on)
    decided = [act.word for act in acts if isinstance(act, Decision)]
    without = with_decisions(journal.plain, decided).powers[power]
    return {
        "power": power,
        "date": on.isoformat(),
        "standing": [_row(x, without, on) for x in orders_on(scenario.orders, power, on)],
        "axes": [n for n, theatre in scenario.theatres.items() if theatre.across(power)],
        "links": [link.name for link in scenario.links if link.power == power],
        "items": [n for n, item in scenario.items.items() if item.sector in without.industry],
        "contracts": [n for n, c in scenario.contracts.items() if c.seller == power and c.signed],
    }


def _row(each: Ordered, without: Power, on: date) -> Plain:
    return {
        "name": each.name,
        "order": each.key,
        "of": each.of,
        "value": each.value,
        "since": each.since.isoformat(),
        "until": each.until.isoformat() if each.until else None,
        "otherwise": unordered(without, each.key, each.of, on),
    }


def unordered(power: Power, key: str, of: str, on: date) -> str:
    """What a power does on a day where nothing is ordered: by its script, or by its policy."""
    for row in reversed(power.script):
        if row.from_ <= on < row.until and (said := _said(row, key, of)) is not None:
            return f"{said}, by the script"
    plain = {
        "hours": "as its programme has it",
        "suspend": "as contracts have it",
        "resume": "as contracts have it",
        "gold_floor": f"{power.gold_floor.middle:g} t",
    }
    return plain.get(key, f"as the policy {power.policy} decides")


def _said(row: Order, key: str, of: str) -> str | None:
    """What a row of a script says of something; None if nothing."""
    for pair in (("attack", "halt"), ("suspend", "resume")):
        for word in pair if key in pair else ():
            if of in getattr(row, word):
                return word
    found = getattr(row, key)
    if isinstance(found, list):
        return key if of in found else None
    if key == "hours":
        return in_words({key: {n: f"{x.middle:g}" for n, x in found.items()}}) if found else None
    number = found.get(of) if isinstance(found, dict) else found
    return None if number is None else f"{number.middle:g} {number.unit}".removesuffix(" 1")


def judged_by(scenario: Scenario, power: str) -> list[str]:
    """By what an order is judged unless asked otherwise: the power's aims and its fronts."""
    from sinews.analysis.aims import aims_of

    aims = [aim.measure.name.partition("@")[0] for aim in aims_of(scenario, power)]
    fronts = [f"front:{n}" for n, theatre in scenario.theatres.items() if theatre.across(power)]
    return list(dict.fromkeys((*aims, *fronts)))


def weeks_ahead(journal: Journal, weeks: int) -> int:
    """So many weeks, or as many as there are, if they can be looked ahead. Raises ScenarioError."""
    if not whole_number(weeks, 1):
        expected = "it must be a whole number from 1"
        journal.refuse(Mistake("weeks", "is out of bounds", expected, value=shown(weeks)))
    return min(weeks, journal.plain.weeks)
