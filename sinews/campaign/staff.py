"""What the player's staff forecasts, by members that begin where its power stands.

The true member is never one of them. A forecast keeps each member's value, so that it can be
scored when its day has come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.campaign import fog
from sinews.campaign.engine import SERVE, Ahead
from sinews.campaign.record import Record
from sinews.campaign.snapshot import with_decisions
from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.analysis.measures import Measure
    from sinews.scenario.council import AgendaItem, Trigger
    from sinews.scenario.presets import Given

MEMBERS = 512
CURVE = 128  # members at the most that are run at each value of a term
TURN = 2  # weeks, unless `advance` is told otherwise

Progress = Callable[[int, int, str], object]
"""Is told how much of how much is done, and of what: (512, 3072, "The order for lorries"). What it
raises stops the work, of which nothing is kept."""


@dataclass
class Told:
    """Work being done, and whom it is told to."""

    progress: Progress | None
    total: int
    words: str = ""
    done: int = 0

    def add(self, count: int) -> None:
        """So much more is done."""
        self.reach(self.done + count)

    def reach(self, done: int) -> None:
        """So much is done in all."""
        self.done = min(done, self.total)
        if self.progress:
            self.progress(self.done, self.total, self.words)


@dataclass(frozen=True)
class Staff:
    """What a forecast is made with: for whom, when, and the members that begin where it stands."""

    drawn: Callable[[], Ahead] = field(repr=False)
    scenario: Scenario
    """With the options that the power knows to be decided."""
    power: str
    on: date
    seed: int
    told: Told = field(repr=False)

    @cached_property
    def ahead(self) -> Ahead:
        """The members that serve: drawn when they are first asked, for not every question is put to
        them."""
        return self.drawn()

    @property
    def count(self) -> int:
        """How many members serve."""
        return len(self.ahead.draw)

    def values(self, scenario: Scenario, measures: Sequence[Measure]) -> NDArray[np.float64]:
        """Each measure's value in every member that serves [measure member]."""
        if not measures:
            return np.zeros((0, self.count))
        weeks = weeks_until(scenario, max(m.at for m in measures))
        return self.ahead.values(scenario, measures, weeks, self.told.add)

    def forecasts(self, item: AgendaItem) -> list[dict[str, Any]]:
        """An item's forecasts: each measure under each option at the horizon and, marked `soon`,
        when the next turn ends; and the staff's estimates (of no option)."""
        estimates = _measures(item.estimates, self.scenario, self.on)
        out = self._rows("", self.scenario, estimates)
        measures, soon = self._asked(item)
        barred = self.barred(item)
        for option in item.options:
            if option not in barred:
                out += self._rows(option, self._with(option), measures, soon)
        return out

    def joint(self, made: Mapping[str, str]) -> list[dict[str, Any]]:
        """What all that is decided leads to together: the forecasts of the options that were chosen
        for items, by their names, each with its item."""
        asked = {x.name: self._asked(x) for x in self.scenario.agenda if x.name in made}
        every = list(dict.fromkeys(m for both in asked.values() for some in both for m in some))
        values = dict(zip(every, self.values(self.scenario, every), strict=True))
        return [
            self._row(made[name], self.scenario, m, values[m], soon) | {"item": name}
            for name, both in asked.items()
            for soon, some in zip((False, True), both, strict=True)
            for m in some
        ]

    def _asked(self, item: AgendaItem) -> tuple[list[Measure], list[Measure]]:
        """An item's measures at its horizon, and those of when the next turn ends."""
        horizon = min(self.on + timedelta(days=7 * item.horizon), self.scenario.end)
        measures = _measures(item.measures, self.scenario, horizon)
        next_turn = min(self.on + timedelta(days=7 * TURN), self.scenario.end)
        words = [word for word in item.measures if ".." not in word]
        soon = _measures([w.partition("@")[0] for w in words], self.scenario, next_turn)
        return measures, [m for m in soon if m not in measures]

    def barred(self, item: AgendaItem) -> dict[str, str]:
        """The options that cannot be had any more on this day, and why: goods that would be due
        before they are ordered, or a conflict with what is decided."""
        out: dict[str, str] = {}
        for option in item.options:
            try:
                self._with(option)
            except ScenarioError as error:
                out[option] = reason(error)
        return out

    def paper(self, item: AgendaItem, standing: Mapping[str, float]) -> dict[str, Any]:
        """What the council is handed on an item: answers to its questions and advice of ministers
        of such `standing`, by the members that serve. Nothing of a campaign that no engine
        simulates, and in the scenario's last week, of which there is nothing to ask."""
        past = self.ahead.past
        if past is None or self.on > self.scenario.end - timedelta(days=7):
            return {}
        from sinews.analysis.branching import some_of
        from sinews.analysis.council.brief import brief

        try:
            found = brief(
                self.scenario,
                (),
                None,
                self.seed,
                self.on,
                [item.name],
                self.told.add,
                past=lambda batch: some_of(past, batch),
                standing=standing,
                power=self.power,
                most=self.count,
            )
        except ScenarioError as error:
            # The campaign's scenario cannot be mended any more; the item can still be decided.
            return {"answer": f"None can be given: {reason(error)}."}
        return found.agenda[0].plain()

    def curve(
        self, item: AgendaItem, term: str, terms: Given, option: str | None
    ) -> dict[str, Any]:
        """What a term does to an item's measures between its bounds, by the members that serve."""
        past = self.ahead.past
        if past is None:
            problem, remedy = "nothing is simulated here", "ask where the engine runs"
            raise ScenarioError(self.scenario.name, [Mistake("curve", problem, "", remedy)])
        from sinews.analysis.branching import some_of
        from sinews.analysis.council.curve import curve

        few = min(self.count, CURVE)
        words = (item.name, term, option, terms, (), few, self.seed, self.on, self.told.add)
        given = (self.scenario, *words, lambda batch: some_of(past, batch), self.power)
        return curve(*given).plain()

    def _with(self, option: str) -> Scenario:
        return with_decisions(self.scenario, [f"{option}@{self.on}"])

    def _rows(
        self,
        option: str,
        scenario: Scenario,
        measures: Sequence[Measure],
        soon: Sequence[Measure] = (),
    ) -> list[dict[str, Any]]:
        every = [*measures, *soon]
        found = zip(every, self.values(scenario, every), strict=True)
        return [
            self._row(option, scenario, m, values, place >= len(measures))
            for place, (m, values) in enumerate(found)
        ]

    def _row(
        self, option: str, scenario: Scenario, m: Measure, values: NDArray[np.float64], soon: bool
    ) -> dict[str, Any]:
        """A forecast, as it is kept."""
        return {
            "option": option,
            "measure": m.name,
            "title": m.whole_title(scenario),
            "unit": m.unit,
            "from": m.since.isoformat() if m.since else None,
            "at": m.at.isoformat(),
            "soon": soon,
            "values": [short(x) for x in values],
        }

    def met(self, trigger: Trigger, known: Record) -> bool:
        """Whether a measure has crossed its bound: as the power sees it in what is `known` to it;
        if it does not, as most of the members that serve have it."""
        measures = _measures([trigger.measure], self.scenario, self.on)
        for m in measures:
            if fog.may_see(m, self.scenario, self.power):
                value = known.value(m.name, self.scenario.start)
            else:
                value = float(np.median(self.values(self.scenario, [m])[0]))
            if trigger.crossed(value):
                return True
        return False


def runs_needed(item: AgendaItem, members: int) -> int:
    """The most members that are run for an item, each option's counted apart, by a staff of so many
    members: for its forecasts, and for the paper beside them."""
    options = len(item.options)
    return (2 * options + bool(item.estimates) + 1) * min(SERVE, members)


def weeks_until(scenario: Scenario, day: date) -> int:
    """Weeks to simulate so that a day is in them."""
    return min(max(math.ceil((day - scenario.start).days / 7), 1), scenario.weeks)


def _measures(words: Sequence[str], scenario: Scenario, day: date) -> list[Measure]:
    """Measures as an item names them; those without a date are of that day."""
    if not words:
        return []
    from sinews.analysis.measures import asked

    return asked((w if "@" in w else f"{w}@{day}" for w in words), scenario, scenario.weeks)


def reason(error: ScenarioError) -> str:
    """What was wrong with a scenario, in one line."""
    return "; ".join(f"{m.path} {m.problem}" for m in error.mistakes)


def short(value: Any) -> float:
    """A number with the digits that float32 has, so that the log is not full of noise."""
    return float(f"{float(value):.7g}")
