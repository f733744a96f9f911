"""Whose side is played, and which member of the ensemble is the truth.

The only place that simulates the true member. What leaves it has gone through `fog`, except
`happened`, which is for scoring forecasts of days gone by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sinews.campaign import agenda, fog
from sinews.campaign.log import Turn
from sinews.campaign.staff import Simulate, Staff, nearest, trigger_measures, weeks_until
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

    from sinews.analysis.measures import Measure

_SEEDS = 2**32
# Members before this one serve forecasts, those from it on may be the truth.
_FIRST_TRUE = 10**6


@dataclass(frozen=True)
class Side:
    """The side that is played in a campaign."""

    power: str
    seed: int
    member: int = field(repr=False)
    """The true one: hidden from the player."""
    members: int
    """How many others the staff looks at."""
    simulate: Simulate = field(repr=False)

    def seen(self, scenario: Scenario, on: date) -> dict[str, xr.DataArray]:
        """What it has seen of every week up to a day."""
        return fog.visible(self._truth(scenario, [], on), scenario, self.power)

    def staff(self, scenario: Scenario, on: date) -> Staff:
        """Those who forecast for it on a day."""
        return self._staff(scenario, on, self._truth(scenario, [], on))

    def begun(self, scenario: Scenario, played: Sequence[Turn], on: date) -> dict[str, Any]:
        """What the log says of a turn that begins: its day, the items whose trigger is met, and
        a fingerprint of what has been seen."""
        may_rise = agenda.waiting(scenario, played, on)
        truth = self._truth(scenario, trigger_measures(may_rise, scenario, on), on)
        seen = fog.visible(truth, scenario, self.power)
        raised: list[str] = []
        if may_rise:
            staff = self._staff(scenario, on, truth)
            raised = [
                item.name
                for item in may_rise
                if item.trigger and staff.met(item.trigger, truth, self.power)
            ]
        print_ = fog.fingerprint(seen, week_of(scenario, on))
        return {"on": on.isoformat(), "raised": raised, "print": print_}

    def happened(self, scenario: Scenario, measures: Sequence[Measure], on: date) -> list[float]:
        """The true values of measures whose day has come."""
        truth = self._truth(scenario, measures, on)
        names, chosen = list(truth["pick"].values), truth["chosen"].values
        return [float(chosen[names.index(m.name)][0]) for m in measures]

    def _truth(self, scenario: Scenario, measures: Sequence[Measure], on: date) -> xr.Dataset:
        only = range(self.member, self.member + 1)
        weeks = weeks_until(scenario, on)
        return self.simulate(scenario, measures, only, weeks, self.seed, keep=True)

    def _staff(self, scenario: Scenario, on: date, truth: xr.Dataset) -> Staff:
        members = range(self.members)
        near = nearest(
            self.simulate,
            scenario,
            self.power,
            truth,
            week_of(scenario, on),
            self.seed,
            members,
        )
        return Staff(self.simulate, scenario, on, self.seed, members, near)


def week_of(scenario: Scenario, on: date) -> int:
    """The last week that is over on a day."""
    return (on - scenario.start).days // 7


def chosen_side(
    scenario: Scenario,
    power: str | None,
    seed: int,
    member: int | None,
    members: int,
    simulate: Simulate,
) -> Side:
    """The side of a new campaign. Raises ScenarioError for what cannot be played."""
    player = _player(scenario, power)
    within(scenario, "seed", seed, 0, _SEEDS - 1)
    within(scenario, "members", members, 1, _FIRST_TRUE)
    member = _true_member(seed) if member is None else member
    within(scenario, "member", member, _FIRST_TRUE, _SEEDS - 1)
    return Side(player, seed, member, members, simulate)


def _player(scenario: Scenario, power: str | None) -> str:
    """Whose side is played."""
    player = power or scenario.player
    mistake = None
    if player is None:
        remedy = suggestion("", scenario.powers)
        mistake = Mistake("power", "the scenario does not say whose side is played", "", remedy)
    elif player not in scenario.powers:
        remedy = suggestion(player, scenario.powers)
        mistake = Mistake("power", "no power has that name", "", remedy, shown(player))
    elif scenario.player not in (None, player):
        remedy = f'leave it out, or write "{scenario.player}"'
        mistake = Mistake("power", "the agenda is another power's", "", remedy, shown(player))
    if mistake is not None or player is None:
        raise ScenarioError(scenario.name, [mistake] if mistake else [])
    return player


def within(scenario: Scenario, name: str, value: int, low: int, high: int) -> int:
    """The value, if it lies within bounds; a ScenarioError that names it if not."""
    if not isinstance(value, int) or not low <= value <= high:
        expected = f"it must be a whole number from {low:,} to {high:,}"
        mistake = Mistake(name, "is out of bounds", expected, value=shown(value))
        raise ScenarioError(scenario.name, [mistake])
    return value


def _true_member(seed: int) -> int:
    """The member that is the truth of a seed's campaign."""
    digest = int(sha256(f"true member of {seed}".encode()).hexdigest(), 16)
    return _FIRST_TRUE + digest % 10**9
