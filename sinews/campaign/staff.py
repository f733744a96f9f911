"""What the player's staff forecasts: members of an ensemble that look like what is seen.

The true member is never one of them. A forecast keeps each member's value, so that it can be
scored when its day has come.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sinews.campaign import fog
from sinews.errors import ScenarioError
from sinews.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

    from sinews.analysis.measures import Measure
    from sinews.scenario.council import AgendaItem, Trigger

MEMBERS, NEAR = 512, 64
_LOOK_BACK = 4  # every so many weeks are members held against what was seen


class Simulate(Protocol):
    """How a campaign is simulated: `measured` of analysis, unless a test has its own."""

    def __call__(
        self,
        scenario: Scenario,
        measures: Sequence[Measure],
        members: range,
        weeks: int,
        seed: int,
        keep: bool = False,
    ) -> xr.Dataset: ...


def simulated(
    scenario: Scenario,
    measures: Sequence[Measure],
    members: range,
    weeks: int,
    seed: int,
    keep: bool = False,
) -> xr.Dataset:
    """An ensemble, by the engine: every trajectory with `keep`, else the measures alone."""
    from sinews.analysis.run import measured

    if keep:
        return measured(scenario, measures, members, weeks, seed, keep)
    import xarray as xr

    from sinews.analysis.trunk import started

    # Not `measured`, which would work out quantiles of every series.
    values = started(scenario, members, seed, weeks).values(list(measures))
    coords = {"pick": [m.name for m in measures], "member": list(members)}
    return xr.Dataset({"chosen": (("pick", "member"), values)}, coords)


@dataclass(frozen=True)
class Staff:
    """What a forecast is made with: whose, when, and the members that look like the truth."""

    simulate: Simulate
    scenario: Scenario
    """With the options decided so far."""
    on: date
    seed: int
    members: range
    near: tuple[int, ...]
    """Which of `members` serve."""

    def values(self, scenario: Scenario, measures: Sequence[Measure]) -> list[list[float]]:
        """Each measure's value in every member that serves."""
        if not measures:
            return []
        weeks = weeks_until(scenario, max(m.at for m in measures))
        dataset = self.simulate(scenario, measures, self.members, weeks, self.seed)
        # Picks are numbers of a table: their place in it is quicker than xarray's own selection.
        names, chosen = list(dataset["pick"].values), dataset["chosen"].values
        rows = [chosen[names.index(m.name)][list(self.near)] for m in measures]
        return [[_short(x) for x in row] for row in rows]

    def forecasts(self, item: AgendaItem) -> list[dict[str, Any]]:
        """An item's forecasts: each measure under each option, and the staff's estimates (of no
        option)."""
        estimates = _measures(item.estimates, self.scenario, self.on)
        out = self._rows("", estimates, self.scenario)
        horizon = min(self.on + timedelta(days=7 * item.horizon), self.scenario.end)
        measures = _measures(item.measures, self.scenario, horizon)
        barred = self.barred(item)
        for option in item.options:
            if option not in barred:
                out += self._rows(option, measures, self._with(option))
        return out

    def barred(self, item: AgendaItem) -> dict[str, str]:
        """The options that cannot be had any more on this day, and why: goods that would be due
        before they are ordered, or a conflict with what is decided."""
        out: dict[str, str] = {}
        for option in item.options:
            try:
                self._with(option)
            except ScenarioError as error:
                out[option] = _reason(error)
        return out

    def paper(self, item: AgendaItem, standing: Mapping[str, float]) -> dict[str, Any]:
        """What the council is handed on an item: answers to its questions and advice of ministers
        of such `standing`, by all members and not only by those that serve. Nothing of a campaign
        that no engine simulates, and in the scenario's last week, of which there is nothing to
        ask."""
        if self.simulate is not simulated or self.on > self.scenario.end - timedelta(days=7):
            return {}
        from sinews.analysis.brief import brief

        most = max(len(self.members), 2)
        try:
            found = brief(
                self.scenario, (), most, self.seed, self.on, [item.name], standing=standing
            )
        except ScenarioError as error:
            # The campaign's scenario cannot be mended any more; the item can still be decided.
            return {"answer": f"None can be given: {_reason(error)}."}
        return found.agenda[0].plain()

    def _with(self, option: str) -> Scenario:
        return self.scenario.with_options([f"{option}@{self.on}"])

    def _rows(
        self, option: str, measures: Sequence[Measure], scenario: Scenario
    ) -> list[dict[str, Any]]:
        return [
            {
                "option": option,
                "measure": m.name,
                "title": ", ".join(filter(None, (m.whose(scenario), m.title(scenario)))),
                "unit": m.unit,
                "from": m.since.isoformat() if m.since else None,
                "at": m.at.isoformat(),
                "values": values,
            }
            for m, values in zip(measures, self.values(scenario, measures), strict=True)
        ]

    def met(self, trigger: Trigger, known: xr.Dataset, power: str) -> bool:
        """Whether a measure has crossed its bound: as the power sees it; if it does not, as most
        of the members that serve have it."""
        measures = _measures([trigger.measure], self.scenario, self.on)
        names, chosen = list(known["pick"].values), known["chosen"].values
        for m in measures:
            if fog.may_see(m, self.scenario, power):
                value = float(chosen[names.index(m.name)][0])
            else:
                value = float(np.median(self.values(self.scenario, [m])[0]))
            if trigger.crossed(value):
                return True
        return False


def nearest(
    simulate: Simulate,
    scenario: Scenario,
    power: str,
    truth: xr.Dataset,
    week: int,
    seed: int,
    members: range,
) -> tuple[int, ...]:
    """Which of `members` forecast a campaign that looks like `truth` to a power."""
    if week == 0:
        return tuple(range(len(members))[:NEAR])
    weeks = range(week % _LOOK_BACK, week + 1, _LOOK_BACK)
    dataset = simulate(scenario, [], members, week, seed, keep=True)
    ensemble = fog.numbers(fog.visible(dataset, scenario, power), weeks)
    seen = fog.numbers(fog.visible(truth, scenario, power), weeks)[0]
    return tuple(map(int, fog.weights(ensemble, seen, NEAR)))


def trigger_measures(items: Sequence[AgendaItem], scenario: Scenario, on: date) -> list[Measure]:
    """The measures that items wait for, on a day."""
    return _measures([item.trigger.measure for item in items if item.trigger], scenario, on)


def weeks_until(scenario: Scenario, day: date) -> int:
    """Weeks to simulate so that a day is in them."""
    return min(max(math.ceil((day - scenario.start).days / 7), 1), scenario.weeks)


def _measures(words: Sequence[str], scenario: Scenario, day: date) -> list[Measure]:
    """Measures as an item names them; those without a date are of that day."""
    if not words:
        return []
    from sinews.analysis.measures import asked

    return asked((w if "@" in w else f"{w}@{day}" for w in words), scenario, scenario.weeks)


def _reason(error: ScenarioError) -> str:
    return "; ".join(f"{m.path} {m.problem}" for m in error.mistakes)


def _short(value: Any) -> float:
    """A number with the digits that float32 has, so that the log is not full of noise."""
    return float(f"{float(value):.7g}")
