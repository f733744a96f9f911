"""Who plays a campaign, and what each may know of what the others decided.

A seat is a power with decisions to take. What another seat decides stays hidden until the campaign
is over; only of agreements and contracts that it signed itself does a power know, once the turn in
which they were decided is past.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sinews.campaign.log import Act, Decision, Turn, standing_acts
from sinews.errors import Mistake, ScenarioError, misnamed, shown, suggestion
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.scenario.council import AgendaItem


def owner(scenario: Scenario, item: AgendaItem) -> str:
    """The power whose council decides an item: its minister's."""
    return scenario.ministers[item.minister].power


def own_items(scenario: Scenario, power: str | None) -> frozenset[str]:
    """The names of the items that a power's council decides."""
    return frozenset(x.name for x in scenario.agenda if owner(scenario, x) == power)


def may_play(scenario: Scenario) -> list[str]:
    """The powers that can have a seat."""
    if scenario.player is None:
        return list(scenario.powers)
    heard = {scenario.player, *(owner(scenario, item) for item in scenario.agenda)}
    return [power for power in scenario.powers if power in heard]


def seats_of(
    scenario: Scenario, powers: Sequence[str] | None, power: str | None
) -> tuple[str, ...]:
    """The seats of a new campaign. Raises ScenarioError for what cannot be played."""
    if odd := misnamed(power=power) if power is not None else []:
        raise ScenarioError(scenario.name, odd)
    seats = list(powers) if powers is not None else [x for x in (power or scenario.player,) if x]
    mistakes: list[Mistake] = []
    if not seats:
        remedy = suggestion("", scenario.powers)
        mistakes.append(
            Mistake("power", "the scenario does not say whose side is played", "", remedy)
        )
    for place, each in enumerate(seats):
        if each not in scenario.powers:
            remedy = suggestion(each, scenario.powers)
            mistakes.append(Mistake("power", "no power has that name", "", remedy, shown(each)))
        elif each not in may_play(scenario):
            remedy = f'leave it out, or write "{scenario.player}"'
            problem = "the agenda is another power's"
            mistakes.append(Mistake("power", problem, "", remedy, shown(each)))
        elif each in seats[:place]:
            mistakes.append(
                Mistake("power", "has a seat already", "", "leave one out", shown(each))
            )
    if not mistakes and power is not None and power not in seats:
        mistakes.append(Mistake("power", "has no seat", "", suggestion(power, seats), shown(power)))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return tuple(seats)


def seat(place: str, powers: Sequence[str], power: str | None) -> str | None:
    """The seat that is meant: the first, if none is named; None where nobody plays."""
    if power is None:
        return powers[0] if powers else None
    if power in powers:
        return power
    problem = "has no seat in this campaign"
    remedy = suggestion(power, powers) if powers else "it is played by rules alone: leave it out"
    raise ScenarioError(place, [Mistake("power", problem, "", remedy, shown(power))])


def known(scenario: Scenario, played: Sequence[Turn], power: str, on: date) -> list[Act]:
    """The decisions and orders that a power knows of on a day: its own, and of the decisions that
    others took before it, what does nothing but sign or change what the power is a party to."""

    def signed(act: Act) -> bool:
        return isinstance(act, Decision) and _is_party(scenario, act.option, power)

    return [a for a in standing_acts(played) if a.power == power or (a.on < on and signed(a))]


def _is_party(scenario: Scenario, option: str, power: str) -> bool:
    """Whether an option sets nothing but agreements and contracts of a power's."""
    patch = scenario.options[option].set
    if scenario.options[option].unset or not patch or not patch.keys() <= {"agreement", "contract"}:
        return False
    agreements = [scenario.agreements.get(name) for name in patch.get("agreement", ())]
    contracts = [scenario.contracts.get(name) for name in patch.get("contract", ())]
    return all(a is not None and power in a.parties for a in agreements) and all(
        c is not None and power in (c.seller, c.buyer) for c in contracts
    )
