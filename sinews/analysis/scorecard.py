"""Forecasts held against what happened later, and against the best of simple baselines.

From each origin the model forecasts the rows of the truth that lie after it; baselines see the
rows that ended before it, and nothing else. Totals and stocks are compared in logs, fronts in km,
what is or is not by its chance. A kind is one measure of one power, all fronts, or all places.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.baselines import Fact, fact, rivals
from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.calibrate import fitted_rows
from sinews.analysis.filtering import filtered, too_few, values_ahead
from sinews.analysis.measures import Expectation
from sinews.analysis.run import samples_of
from sinews.analysis.scores import brier, crps, energy, interval, pit, skill
from sinews.analysis.tables import full_title
from sinews.analysis.truth import Viewing, looked, model_digest, read_truth
from sinews.engine.posterior import read_posterior
from sinews.errors import Mistake, ScenarioError, shown
from sinews.scenario import Scenario, load

Floats = NDArray[np.float64]

FREE, TOLD = "free run", "assimilated to the origin"
"""A forecast of members that know of the campaign what the fit did, or, without the fit, what
happened until then."""

_DAY, _YEAR = timedelta(days=1), timedelta(days=365)
_TOGETHER = {"front": "fronts", "held": "places in their own hands"}
_LATER = "name an earlier origin, or a folder with later rows"

Rows = Sequence[tuple[Expectation, Fact]]
Values = Mapping[str, NDArray[np.floating[Any]]]
"""Of each measure by its name [member]."""


@dataclass(frozen=True)
class Line:
    """One row of the truth, the draws that a forecast gives for it and those of its baselines."""

    row: Expectation
    kind: str
    draws: Floats
    rivals: Mapping[str, Floats]

    @property
    def unit(self) -> str:
        """Of the truth and of the draws; "1" of what is or is not."""
        return self.row.measure.unit

    @property
    def logs(self) -> bool:
        """Whether it is compared in logs."""
        return self.unit != "km" and not self.row.measure.either

    def scaled(self, values: Any) -> Floats:
        """Values on the scale on which they are compared: of less than one, one."""
        values = np.asarray(values, float)
        return np.log(np.maximum(values, 1.0)) if self.logs else values

    def score(self, draws: Floats) -> float:
        """Of some draws: CRPS in logs or km; of what is or is not, the Brier score."""
        if self.row.measure.either:
            return brier(float(np.mean(draws)), self.row.record)
        return crps(self.scaled(draws), float(self.scaled(self.row.record)))

    @property
    def median(self) -> float:
        """Of the draws."""
        return float(np.median(self.draws))

    @property
    def pit(self) -> float:
        """Share of the draws below what happened."""
        return pit(self.draws, self.row.record)

    def interval(self, share: float) -> tuple[float, float]:
        """The central interval that has a share of the draws."""
        return interval(self.draws, share)

    def holds(self, share: float) -> bool:
        """Whether that interval has what happened."""
        low, high = self.interval(share)
        return low <= self.row.record <= high

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        low, high = self.interval(0.9)
        band = {"low": low, "high": high, "pit": self.pit, "in50": self.holds(0.5)}
        return {
            "name": self.row.measure.name,
            "kind": self.kind,
            "unit": self.unit,
            "truth": self.row.record,
            "source": self.row.row.value.source,
            "median": self.median,
            "mean": float(np.mean(self.draws)),
            "score": self.score(self.draws),
            "baselines": {name: self.score(draws) for name, draws in self.rivals.items()},
            **({} if self.row.measure.either else {**band, "in90": self.holds(0.9)}),
        }


@dataclass(frozen=True)
class Group:
    """The lines of one kind under one forecast, and their score together."""

    name: str
    lines: Sequence[Line]

    @cached_property
    def score(self) -> float:
        """Mean over its lines; of fronts the mean energy score of the days."""
        return self._mean([line.draws for line in self.lines])

    @cached_property
    def baselines(self) -> dict[str, float]:
        """The score of each baseline that has draws for every line."""
        names = [n for n in self.lines[0].rivals if all(n in line.rivals for line in self.lines)]
        return {n: self._mean([line.rivals[n] for line in self.lines]) for n in names}

    @property
    def best(self) -> str:
        """The baseline that did best, known afterwards; empty if there is none."""
        return min(self.baselines, key=self.baselines.__getitem__, default="")

    @property
    def skill(self) -> float | None:
        """Over the best baseline."""
        return skill(self.score, self.baselines[self.best]) if self.best else None

    @property
    def bands(self) -> bool:
        """Whether it has intervals."""
        return not self.lines[0].row.measure.either

    @property
    def logs(self) -> bool:
        """Whether it is compared in logs."""
        return self.lines[0].logs

    @property
    def scale(self) -> str:
        """In what it is scored."""
        return "log-CRPS" if self.logs else "energy, km" if self.bands else "Brier"

    @property
    def width(self) -> float:
        """Sharpness: the mean width of 90 % intervals, in km or as a factor."""
        pairs = [interval(line.scaled(line.draws), 0.9) for line in self.lines]
        mean = float(np.mean([high - low for low, high in pairs]))
        return float(np.exp(mean)) if self.logs else mean

    def within(self, share: float) -> int:
        """How many of its lines are in the interval that should have a share of them."""
        return sum(line.holds(share) for line in self.lines)

    def _mean(self, draws: Sequence[Floats]) -> float:
        pairs = list(zip(self.lines, draws, strict=True))
        if self.lines[0].row.measure.series != "front":
            return float(np.mean([line.score(each) for line, each in pairs]))
        days = [list(same) for _, same in groupby(pairs, lambda pair: pair[0].row.measure.at)]
        fronts = [
            energy(np.stack([x for _, x in day]), np.array([line.row.record for line, _ in day]))
            for day in days
        ]
        return float(np.mean(fronts))

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        bands = {"in50": self.within(0.5), "in90": self.within(0.9), "width": self.width}
        return {
            "kind": self.name,
            "rows": len(self.lines),
            "scale": self.scale,
            "score": self.score,
            "baselines": self.baselines,
            "best": self.best,
            "skill": self.skill if np.isfinite(self.skill or 0.0) else None,
            **(bands if self.bands else {}),
        }


@dataclass(frozen=True)
class Card:
    """A forecast from an origin, over the rows of the truth from there until a day."""

    origin: date
    until: date
    forecast: str
    lines: Sequence[Line]

    @cached_property
    def kinds(self) -> list[Group]:
        """Its kinds, in the order in which they first come."""
        names = dict.fromkeys(line.kind for line in self.lines)
        return [Group(n, [line for line in self.lines if line.kind == n]) for n in names]

    def summary(self) -> str:
        """One sentence, which shows none of the truth."""
        banded = [line for line in self.lines if not line.row.measure.either]
        rated = [kind for kind in self.kinds if kind.skill is not None]
        ahead = sum((kind.skill or 0.0) > 0.0 for kind in rated)
        skills = ", ".join(f"{kind.name} {kind.skill:+.2f}" for kind in rated)
        within = "; ".join(
            f"{100 * share:.0f} % bands hold {sum(x.holds(share) for x in banded)} of {len(banded)}"
            for share in (0.5, 0.9)
        )
        return (
            f"{self.forecast} from {self.origin} to {self.until}: {len(self.lines)} rows; better "
            f"than the best baseline in {ahead} of {len(rated)} kinds; {within}; skill: {skills}"
        )

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "origin": self.origin.isoformat(),
            "until": self.until.isoformat(),
            "forecast": self.forecast,
            "summary": self.summary(),
            "kinds": [kind.plain() for kind in self.kinds],
            "rows": [line.plain() for line in self.lines],
        }


@dataclass(frozen=True)
class Scorecard:
    """All that was scored, what the model had seen, and how often the truth was looked at."""

    scenario: Scenario
    members: int
    seed: int
    fitted: Sequence[Expectation]
    """The records that the posterior was fitted to."""
    cards: Sequence[Card]
    looks: Mapping[str, Sequence[Viewing]]
    """At each folder of the truth."""

    def seen(self) -> str:
        """What the model had seen of what happened, and how often the truth was looked at."""
        last = last_fitted(self.fitted, self.scenario)
        state = {"stale": ", of another state of the file", "unknown": ", which it does not say"}
        how = state.get(read_posterior(self.scenario).state(self.scenario), "")
        fit = f"fitted to {len(self.fitted)} records, the last of {last}{how}"
        counts = ", ".join(f"{len(looks)} at {folder}" for folder, looks in self.looks.items())
        return (
            f"{self.scenario.title}: {self.members:,} members, seed {self.seed}; "
            f"{fit if self.fitted else 'not fitted'}; model {model_digest(self.scenario)}; "
            f"looks at the truth: {counts}"
        )

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "scenario": self.scenario.name,
            "members": self.members,
            "seed": self.seed,
            "posterior": read_posterior(self.scenario).state(self.scenario),
            "fitted_until": last_fitted(self.fitted, self.scenario).isoformat(),
            "fitted": [row.measure.name for row in self.fitted],
            "model": model_digest(self.scenario),
            "looks": {folder: len(looks) for folder, looks in self.looks.items()},
            "cards": [card.plain() for card in self.cards],
        }


def last_fitted(fitted: Iterable[Expectation], scenario: Scenario) -> date:
    """The last day of which the fit knew; the day before the first where nothing was fitted."""
    return max((row.measure.at for row in fitted), default=scenario.start - _DAY)


def scorecard(
    scenario: str | Path | Scenario,
    truth: str | Path | Iterable[str | Path],
    origins: Iterable[date | str] = (),
    members: int = 2048,
    seed: int = 1,
    assimilate: bool = False,
    progress: Progress | None = None,
) -> Scorecard:
    """Score a scenario's forecasts from each origin, or from the last record of its fit, against
    the rows of one or several folders; to the next origin and, where rows go on, to a year later.

    `assimilate` scores members that have told what happened until each origin too.

    Raises ScenarioError for what cannot be scored: an origin that the fit knows more than, or
    folders in which nothing lies after it. The look is noted in the folders.
    """
    scenario = load(scenario)
    folders = [Path(each) for each in ([truth] if isinstance(truth, str | Path) else truth)]
    within_bounds(scenario, members, None, seed)
    if few := too_few(members) if assimilate else []:
        raise ScenarioError(scenario.name, few)
    posterior = read_posterior(scenario)
    fitted = fitted_rows(scenario) if posterior.names else []
    seen = last_fitted(fitted, scenario)
    asked = _days(scenario, origins, seen) or [seen]
    found = {folder: read_truth(folder, scenario) for folder in folders}
    told = {(row.measure.name, row.record): row for each in found.values() for row in each}
    ordered = sorted(told.values(), key=lambda row: row.measure.at)
    rows = [(row, fact(row, scenario.start)) for row in ordered]
    spans = [*_spans(asked)]
    ahead = [pair for span in spans for pair in _between(rows, *span)]
    if not ahead:
        mistake = Mistake("--truth", f"no row lies after {asked[0]}", "", _LATER)
        raise ScenarioError(scenario.path.name, [mistake])
    measures = [row.measure for row, _ in ahead]
    last = max(_week(scenario, what.until) for _, what in ahead)
    free = samples_of(scenario, measures, members, last, seed, progress)

    def forecasts(origin: date) -> dict[str, Values]:
        past = [row for row, what in rows if _over(what, origin)]
        if not assimilate or not past:
            return {FREE: free.values}
        now = _week(scenario, origin + _DAY)
        told, _ = filtered(scenario, past, now, members, seed, None, progress)
        there = values_ahead(told, measures, last, progress)
        names = [measure.name for measure in measures]
        return {FREE: free.values, TOLD: dict(zip(names, there, strict=True))}

    cards = [*_cards(scenario, rows, spans, cache(forecasts))]
    viewed = {f: [r.measure for r in found[f] if r.measure in measures] for f in folders}
    noted = {str(f): looked(f, scenario, those) for f, those in viewed.items() if those}
    return Scorecard(scenario, members, seed, fitted, cards, noted)


def _week(scenario: Scenario, day: date) -> int:
    """The first whole week by which a day has come; one at least."""
    return max(ceil((day - scenario.start).days / 7), 1)


def _spans(origins: Sequence[date]) -> Iterator[tuple[date, date]]:
    """From each origin to the next, and to a year later."""
    for origin, following in zip(origins, [*origins[1:], None], strict=True):
        for until in dict.fromkeys((following or origin + _YEAR, origin + _YEAR)):
            yield origin, until


def _cards(
    scenario: Scenario,
    rows: Rows,
    spans: Iterable[tuple[date, date]],
    forecasts: Callable[[date], Mapping[str, Values]],
) -> Iterator[Card]:
    """A card for each forecast and span from an origin that has rows, and other ones than the span
    before from there."""
    before: tuple[date, int] | None = None
    for origin, until in spans:
        chosen = _between(rows, origin, until)
        if not chosen or before == (origin, len(chosen)):
            continue
        before = origin, len(chosen)
        history = [what for _, what in rows if _over(what, origin)]
        beside = [rivals(what, history, scenario) for _, what in chosen]
        for forecast, values in forecasts(origin).items():
            lines = [
                Line(row, _kind(row, scenario), values[row.measure.name].astype(float), simple)
                for (row, _), simple in zip(chosen, beside, strict=True)
            ]
            yield Card(origin, max(what.until for _, what in chosen), forecast, lines)


def _days(scenario: Scenario, origins: Iterable[date | str], seen: date) -> list[date]:
    """Origins in their order; refused outside the scenario, and where the fit knows more."""
    mistakes: list[Mistake] = []
    days: list[date] = []
    for origin in origins:
        problem, expected = "", f"write a day from {scenario.start} to {scenario.end}"
        try:
            day = date.fromisoformat(str(origin))
        except ValueError:
            problem, day = "is no date", scenario.end
        if not problem and not scenario.start - _DAY <= day <= scenario.end:
            problem = "lies outside the scenario"
        elif not problem and day + _DAY < seen:
            problem = f"is before {seen}, the last record that its posterior was fitted to"
            expected = f"write a day from {seen} on"
        if problem:
            mistakes.append(Mistake("--origin", problem, expected, "", shown(str(origin))))
        days.append(day)
    if mistakes:
        raise ScenarioError(scenario.path.name, mistakes)
    return sorted(set(days))


def _between(rows: Rows, origin: date, until: date) -> list[tuple[Expectation, Fact]]:
    """The rows of which more than half lies after an origin, and nothing after a day."""
    return [(row, x) for row, x in rows if x.middle > origin and x.until <= until + _DAY]


def _over(row: Fact, origin: date) -> bool:
    """Whether it was known on the evening of an origin."""
    return row.until <= origin + _DAY


def _kind(row: Expectation, scenario: Scenario) -> str:
    return _TOGETHER.get(row.measure.series) or full_title(scenario, row.measure)
