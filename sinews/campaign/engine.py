"""How a campaign is simulated: its true member, and those others from whom its staffs forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sinews.campaign import fog
from sinews.campaign.record import Record, recorded
from sinews.campaign.snapshot import known_by
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.analysis.branching import SharedPast
    from sinews.analysis.measures import Measure
    from sinews.engine.simulate import Paused
    from sinews.engine.situation import Situation

SERVE = 256
"""So many members serve to forecast, at the most: two blocks, one a core."""

Done = Callable[[int], None]
"""Is told that so many members more were run."""


@dataclass(frozen=True)
class Truth:
    """The true member, of whom no staff is told more than what its power may know."""

    scenario: Scenario
    """With all that is decided."""
    member: int = field(repr=False)
    seed: int


class Ahead(Protocol):
    """Members that begin where a campaign stands on a day, as a power knows it."""

    @property
    def draw(self) -> tuple[int, ...]:
        """Which members of the ensemble they were drawn from, some several times."""
        ...

    @property
    def past(self) -> SharedPast | None:
        """Where an engine has them."""
        ...

    def values(
        self, scenario: Scenario, measures: Sequence[Measure], weeks: int, done: Done
    ) -> NDArray[np.float64]:
        """Measures [measure member] as they run on, to `weeks` since the start."""
        ...


class Simulate(Protocol):
    """What simulates a campaign: the engine, unless a test has its own."""

    def record(self, truth: Truth, weeks: int) -> Record:
        """Every week of the true member."""
        ...

    def ahead(
        self, truth: Truth, scenario: Scenario, power: str, week: int, members: int, done: Done
    ) -> Ahead:
        """Who forecasts for a power after some weeks, of so many members of `scenario`, which has
        what the power knew to be decided before."""
        ...

    def ensemble(
        self,
        scenario: Scenario,
        measures: Sequence[Measure],
        members: int,
        weeks: int,
        seed: int,
        done: Done,
    ) -> NDArray[np.float64]:
        """Measures [measure member] of members from 0 on, run from the first week."""
        ...


@dataclass(frozen=True)
class FromToday:
    """Members of the engine that begin where a campaign stands."""

    past: SharedPast

    @property
    def draw(self) -> tuple[int, ...]:
        """Which members of the ensemble they were drawn from."""
        return tuple(self.past.draw.tolist())

    def values(
        self, scenario: Scenario, measures: Sequence[Measure], weeks: int, done: Done
    ) -> NDArray[np.float64]:
        """Measures [measure member] as they run on, to `weeks` since the start."""
        from sinews.analysis.branching import grown

        run = grown(self.past, scenario, max(weeks, self.past.week), done)
        return run.values(list(measures))


class Engine:
    """The week, compiled. Who forecasts on a day is at hand for as long as the days before are no
    others: an evening's papers, estimates and reckonings are of one past."""

    def __init__(self) -> None:
        self._last: tuple[Any, FromToday] | None = None

    def record(self, truth: Truth, weeks: int) -> Record:
        """Every week of the true member."""
        from sinews.analysis.run import measured

        only = range(truth.member, truth.member + 1)
        return recorded(measured(truth.scenario, [], only, weeks, truth.seed, True))

    def ahead(
        self, truth: Truth, scenario: Scenario, power: str, week: int, members: int, done: Done
    ) -> FromToday:
        """Members drawn to begin where the campaign stands, as the power knows it."""
        whose = power, week, members, truth.member, truth.seed
        key = *known_by(truth.scenario), *known_by(scenario), *whose
        held = self._last
        if held is None or held[0] != key:
            held = key, self._drawn(truth, scenario, power, week, members, done)
            self._last = held
        else:
            done(members)
        return held[1]

    def _drawn(
        self, truth: Truth, scenario: Scenario, power: str, week: int, members: int, done: Done
    ) -> FromToday:
        from sinews.analysis.branching import grown
        from sinews.analysis.filtering import yet_to_start
        from sinews.analysis.today import from_today
        from sinews.engine.posterior import read_posterior

        seedling = yet_to_start(scenario, members, truth.seed, read_posterior(scenario))
        trunk = grown(seedling, scenario, week, done, seedling.compiled)
        place = trunk.compiled.axes["power"].index(power)
        there = self.situation(truth, trunk, power)
        return FromToday(from_today(trunk, there, place, min(SERVE, members)))

    def ensemble(
        self,
        scenario: Scenario,
        measures: Sequence[Measure],
        members: int,
        weeks: int,
        seed: int,
        done: Done,
    ) -> NDArray[np.float64]:
        """Measures [measure member] of members from 0 on, run from the first week."""
        from sinews.analysis.run import samples_of

        found = samples_of(scenario, measures, members, weeks, seed, done).values
        return np.stack([found[m.name] for m in measures]).astype(float)

    def situation(self, truth: Truth, trunk: SharedPast, power: str) -> Situation:
        """What a power knows of the true member on a trunk's day, being party to what it is in the
        trunk's world."""
        from sinews.engine.probes import names_of
        from sinews.engine.simulate import world_of
        from sinews.engine.situation import situation_of

        names = names_of(trunk.compiled)
        columns = np.zeros(len(names), bool)
        columns[fog.visible(names, trunk.scenario, power)] = True
        place = trunk.compiled.axes["power"].index(power)
        block = self.true(truth, trunk.week)
        return situation_of(block, world_of(trunk.compiled), place, columns)

    def true(self, truth: Truth, week: int) -> Paused:
        """The true member after some weeks, whole."""
        from sinews.analysis.branching import started

        only = range(truth.member, truth.member + 1)
        return started(truth.scenario, only, truth.seed, week).paused[0]


simulated = Engine()
