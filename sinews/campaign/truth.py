"""Which member of the ensemble is the truth, and who forecasts it for those who play.

The only place that simulates the true member. What leaves it is a whole record, of which `fog`
says what a power knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.campaign import agenda, fog
from sinews.campaign.engine import SERVE, Ahead, Simulate, Truth
from sinews.campaign.log import Turn, standing_acts
from sinews.campaign.record import Record
from sinews.campaign.seats import known, own_items
from sinews.campaign.snapshot import with_decisions
from sinews.campaign.staff import Progress, Staff, Told, weeks_until
from sinews.errors import Mistake, ScenarioError, shown, whole_number
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.analysis.measures import Measure

_SEEDS = 2**32
# Members before this one serve forecasts, those from it on may be the truth.
_FIRST_TRUE = 10**6


@dataclass(frozen=True)
class Players:
    """Those who play a campaign: its seats, its truth and their staffs."""

    powers: tuple[str, ...]
    seed: int
    member: int = field(repr=False)
    """The true one: hidden from the players."""
    members: int
    """How many others a staff looks at."""
    simulate: Simulate | None = field(repr=False)
    """None where nothing may be simulated."""

    def truth(self, plain: Scenario, played: Sequence[Turn], on: date) -> Record:
        """Every week up to a day as it happened, of every power; `plain` is the scenario with
        nothing decided, in which some turns were played."""
        true = self._true(plain, played)
        weeks = weeks_until(plain, on)
        return self._simulate(plain).record(true, weeks).until(week_of(plain, on))

    def staff(
        self,
        plain: Scenario,
        before: Sequence[Turn],
        scenario: Scenario,
        power: str,
        on: date,
        told: Told,
    ) -> Staff:
        """Those who forecast for a power on a day to which some turns have led. `scenario` has what
        it knows to be decided."""
        simulate, true, week = self._simulate(plain), self._true(plain, before), week_of(plain, on)
        # By what was decided before: an evening's decisions do not change where it begins.
        then = known_to(plain, power, before, on)

        def drawn() -> Ahead:
            return simulate.ahead(true, then, power, week, self.members, told.add)

        return Staff(drawn, scenario, power, on, self.seed, told)

    def ensemble(
        self,
        plain: Scenario,
        played: Sequence[Turn],
        measures: Sequence[Measure],
        on: date,
        members: int,
        told: Told,
    ) -> NDArray[np.float64]:
        """Measures [measure member] of so many members to whom the same was decided from their
        first week on, run until a day. The true one is none of them."""
        scenario, weeks = self._true(plain, played).scenario, weeks_until(plain, on)
        how = (scenario, measures, members, weeks, self.seed, told.add)
        return self._simulate(plain).ensemble(*how)

    def _true(self, plain: Scenario, played: Sequence[Turn]) -> Truth:
        made = standing_acts(played)
        scenario = with_decisions(plain, [each.word for each in made])
        return Truth(scenario, self.member, self.seed)

    def closed(
        self, plain: Scenario, played: Sequence[Turn], progress: Progress | None = None
    ) -> dict[str, Any]:
        """What the log says of the last of some turns as it is closed: what is forecast of each
        power's decisions together, if it heard forecasts before it took them."""
        turn, joint = played[-1], dict[str, Any]()
        for power in self.powers:
            heard = [d for d in turn.decisions if d.power == power and d.forecasts is not None]
            if heard:
                told = Told(progress, self.members + min(SERVE, self.members), "Looking ahead")
                scenario = known_to(plain, power, played, turn.on)
                staff = self.staff(plain, played[:-1], scenario, power, turn.on, told)
                joint[power] = staff.joint({d.item: d.choice for d in heard})
        return {"joint": joint}

    def begun(
        self,
        plain: Scenario,
        played: Sequence[Turn],
        on: date,
        truth: Record,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """What the log says of a turn that begins: its day, the items whose trigger is met, and a
        fingerprint of what has been seen. `plain` is the scenario with nothing decided."""
        raised: list[str] = []
        for power in self.powers:
            own = own_items(plain, power)
            may_rise = agenda.waiting(plain, [t.of(power, own) for t in played], power, on)
            if may_rise:
                scenario = known_to(plain, power, played, on)
                told = Told(progress, self.members, "Looking for what has come up")
                staff = self.staff(plain, played, scenario, power, on, told)
                raised += [x.name for x in may_rise if x.trigger and staff.met(x.trigger, truth)]
        print_ = fog.fingerprint(truth, plain, self.powers, week_of(plain, on))
        return {"on": on.isoformat(), "raised": raised, "print": print_}

    def _simulate(self, scenario: Scenario) -> Simulate:
        if self.simulate is None:
            problem = "is not worked out yet, and this program simulates nothing"
            remedy = "Campaign.keep() in a program that does makes up for it"
            raise ScenarioError(scenario.name, [Mistake("record", problem, "", remedy)])
        return self.simulate


def known_to(plain: Scenario, power: str, played: Sequence[Turn], on: date) -> Scenario:
    """The scenario with what a power knows to be decided and ordered, on a day or in a turn that
    begins on it."""
    options = known(plain, played, power, on)
    return with_decisions(plain, [made.word for made in options])


def week_of(scenario: Scenario, on: date) -> int:
    """The last week that is over on a day."""
    return (on - scenario.start).days // 7


def side_of(
    scenario: Scenario,
    powers: tuple[str, ...],
    seed: int,
    member: int | None,
    members: int,
    simulate: Simulate,
) -> Players:
    """Those who play a new campaign. Raises ScenarioError for what cannot be played."""
    seed = within_limits(scenario, "seed", seed, 0, _SEEDS - 1)
    members = enough_members(scenario, members)
    member = true_member(seed) if member is None else member
    member = within_limits(scenario, "member", member, _FIRST_TRUE, _SEEDS - 1)
    return Players(powers, seed, member, members, simulate)


def enough_members(scenario: Scenario, members: object) -> int:
    """So many members, if so many can serve to forecast. Raises ScenarioError."""
    return within_limits(scenario, "members", members, 1, _FIRST_TRUE)


def within_limits(scenario: Scenario, name: str, value: object, low: int, high: int) -> int:
    """The value, if it lies within bounds; a ScenarioError that names it if not."""
    if not whole_number(value, low, high):
        expected = f"it must be a whole number from {low:,} to {high:,}"
        mistake = Mistake(name, "is out of bounds", expected, value=shown(value))
        raise ScenarioError(scenario.name, [mistake])
    return int(value)  # pyright: ignore[reportArgumentType]


def true_member(seed: int) -> int:
    """The member that is the truth of a seed's campaign."""
    digest = int(sha256(f"true member of {seed}".encode()).hexdigest(), 16)
    return _FIRST_TRUE + digest % 10**9
