"""Which items of the agenda are open in a turn, and why others are not.

`played` are turns as one power knows them: items of another power's council are none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sinews.campaign.log import Decision, Turn, standing_decisions
from sinews.campaign.seats import own_items
from sinews.errors import Mistake, shown, suggestion
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.scenario.council import AgendaItem


def in_season(item: AgendaItem, scenario: Scenario, on: date) -> bool:
    """Whether an item may come up on a day, its trigger apart."""
    first = item.from_ or scenario.council
    return first <= on and (item.until is None or on < item.until)


def waiting(scenario: Scenario, played: Sequence[Turn], power: str, on: date) -> list[AgendaItem]:
    """The items of a power that come up on a day if their trigger is met."""
    raised = {name for turn in played for name in turn.raised}
    return [
        item
        for item in heard(scenario, power)
        if item.trigger and item.name not in raised and in_season(item, scenario, on)
    ]


def heard(scenario: Scenario, power: str | None) -> list[AgendaItem]:
    """The items that a power's council decides; none where nobody plays."""
    own = own_items(scenario, power)
    return [item for item in scenario.agenda if item.name in own]


def open_items(scenario: Scenario, played: Sequence[Turn], power: str | None) -> list[AgendaItem]:
    """The items that a power may decide in the open turn."""
    return [x for x in heard(scenario, power) if _closed(x, scenario, played) is None]


def absent(
    scenario: Scenario, played: Sequence[Turn], power: str | None, item: str
) -> Mistake | None:
    """Why an item cannot be heard or decided in the open turn; None if it can."""
    if played[-1].on >= scenario.end:
        return Mistake(item, "cannot be decided: the campaign is over")
    found = next((x for x in heard(scenario, power) if x.name == item), None)
    if found is not None:
        return _closed(found, scenario, played)
    remedy = suggestion(item, [x.name for x in open_items(scenario, played, power)])
    problem = "no item of the agenda has that name"
    return Mistake("item", problem, "", remedy, shown(item))


def unknown(scenario: Scenario, power: str | None, item: str, option: str) -> Mistake | None:
    """Why a power's council never decides that item by that option; None if it may."""
    found = next((x for x in heard(scenario, power) if x.name == item), None)
    if found is None:
        remedy = suggestion(item, [x.name for x in heard(scenario, power)])
        problem = "no item of the agenda has that name"
        return Mistake("item", problem, "", remedy, shown(item))
    if option in found.options:
        return None
    problem, remedy = "has no option of that name", suggestion(option, found.options)
    return Mistake(item, problem, "", remedy, shown(option))


def refused(
    scenario: Scenario, played: Sequence[Turn], power: str | None, item: str, option: str
) -> Mistake | None:
    """Why that option cannot be chosen for that item now; None if it can."""
    return absent(scenario, played, power, item) or unknown(scenario, power, item, option)


def _closed(item: AgendaItem, scenario: Scenario, played: Sequence[Turn]) -> Mistake | None:
    """Why an item cannot be decided in the open turn; None if it is open."""
    now = played[-1]
    before = next((d for d in standing_decisions(played) if d.item == item.name), None)
    if before is not None:
        return _decided(before, now)
    first = item.from_ or scenario.council
    if now.on < first:
        return Mistake(item.name, "has not come up yet", "", f"it comes up on {first}")
    if item.until is not None and now.on >= item.until:
        problem = f"is closed: it had to be decided before {item.until}"
        return Mistake(item.name, problem, "", "a branch of an earlier turn could still decide it")
    if item.trigger and not any(item.name in turn.raised for turn in played):
        return Mistake(item.name, "has not come up yet", "", "what it waits for is not known to be")
    return None


def _decided(before: Decision, now: Turn) -> Mistake:
    chosen = f'"{before.choice}"'
    if before.turn == now.number:
        problem = f"is already decided this turn: {chosen}, by {before.by}"
        return Mistake(before.item, problem, "", "undo that first, to decide otherwise")
    problem = f"is closed: it was decided on {before.on}: {chosen}"
    remedy = f"branch at turn {before.turn} to decide otherwise"
    return Mistake(before.item, problem, "", remedy)
