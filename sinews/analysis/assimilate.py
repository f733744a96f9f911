"""Assimilation: forecasts by members that have told what happened, beside a free run.

`filtering` makes the members. What they say of each row shows whether the model can tell it at all;
what they say of later rows, which nobody was told, is scored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.baselines import fact
from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.branching import SharedPast, some_of
from sinews.analysis.calibrate import fitted_rows
from sinews.analysis.filtering import (
    Window,
    distances,
    filtered,
    too_few,
    values_ahead,
    week_due,
)
from sinews.analysis.measures import Expectation, Measure, asked, expectations, headlines, nothing
from sinews.analysis.odds import LEVELS
from sinews.analysis.paired import Past
from sinews.analysis.run import samples_of
from sinews.analysis.scorecard import Line
from sinews.analysis.scores import interval
from sinews.analysis.tables import full_title
from sinews.analysis.truth import looked, read_truth
from sinews.engine.posterior import Posterior, read_posterior
from sinews.errors import Mistake, ScenarioError, Together, shown
from sinews.scenario import Scenario, load

Floats = NDArray[np.float64]

MEMBERS = 8192
AHEAD = 26
"""Weeks that are forecast where nobody says how many."""
POOL = 4
"""Of so many members that are weighed one serves a brief."""
ASTRAY = 4.0
"""Standard errors by which the middle of members may miss a row they were told without a caution
(judged)."""
FAR = 2.0
"""Standard errors beyond which a record is told by no member."""


@dataclass(frozen=True)
class Beside:
    """One measure in members that have told what happened, and in as many of the free run, which
    were told nothing [member]; with the row of what happened, where there is one."""

    measure: Measure
    told: Floats
    free: Floats
    row: Expectation | None = None
    nearest: float = 0.0
    """How many standard errors the nearest member was from the row, having told those before it."""

    @property
    def record(self) -> Expectation:
        """The row."""
        assert self.row is not None
        return self.row

    @property
    def away(self) -> float:
        """By how many standard errors the median of the members that told it is off the row."""
        return float(distances(np.array([[np.median(self.told)]]), [self.record])[0, 0])

    @property
    def untold(self) -> bool:
        """Whether no member of the free run comes near the row either."""
        return bool(np.abs(distances(self.free[None], [self.record])).min() > FAR)

    @property
    def width(self) -> float | None:
        """How wide the 90 % interval is, as a share of that of the free run; None if that has none,
        and of what is or is not."""
        low, high = interval(self.free, 0.9)
        a, b = interval(self.told, 0.9)
        return (b - a) / (high - low) if high > low and not self.measure.either else None

    @property
    def lines(self) -> tuple[Line, Line]:
        """How the row was forecast with what was told and without it, to be scored."""
        return Line(self.record, "", self.told, {}), Line(self.record, "", self.free, {})

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""

        def spread(values: Floats) -> dict[str, float]:
            if self.measure.either:
                return {"share": float(np.mean(values))}
            found = np.quantile(values, LEVELS).tolist()
            return dict(zip(("low", "median", "high"), found, strict=True))

        about = {"name": self.measure.name, "unit": self.measure.unit, "width": self.width}
        return about | {"told": spread(self.told), "free": spread(self.free)}

    def plain_row(self) -> dict[str, Any]:
        """The same, with the row and what source it has."""
        row = {"record": self.record.record, "source": self.record.row.value.source}
        return self.plain() | row


@dataclass(frozen=True)
class Assimilation:
    """What members forecast that have told what happened, beside a free run."""

    scenario: Scenario
    until: date
    weeks: int
    """From the start to the end of the forecast."""
    seed: int
    windows: tuple[Window, ...]
    told: tuple[Beside, ...]
    """Each row until the day."""
    ahead: tuple[Beside, ...]
    """What is forecast."""
    later: tuple[Beside, ...]
    """Each row after the day, of which members were told nothing."""
    past: SharedPast = field(repr=False)
    """The members where they stand, to go on from."""

    def verdict(self) -> list[str]:
        """In sentences: what no member tells, what the model misses, and how many count."""
        members = len(self.past.members)
        out = [
            f"No member of {members:,} came within {FAR:g} standard errors of what happened "
            f"({full_title(self.scenario, each.measure)}, {each.measure.when}: the nearest is "
            f"{each.nearest:.1f} off): "
            + ("the model does not tell it." if each.untold else "not after the rows before it.")
            for each in self.told
            if each.nearest > FAR
        ]
        if missed := self._missed():
            kinds = ", ".join(f"{name} {times:.1f}" for name, times in missed.items())
            out.append(
                f"The model misses rows by more than their errors, taken so many times: {kinds}."
            )
        least = min(self.windows, key=lambda window: window.effective)
        flat = sum(window.power < 1 for window in self.windows)
        count = f"Of {members:,} members as many as {least.effective:,.0f} count"
        return [
            *out,
            f"{count} at the least, in week {least.week}; weights were flattened in {flat} of "
            f"{len(self.windows)} weeks with rows.",
        ]

    def _missed(self) -> dict[str, float]:
        """The kinds of rows of which errors were taken larger, and how many times."""
        pairs = [pair for w in self.windows for pair in zip(w.rows, w.errors.tolist(), strict=True)]
        return {
            "fronts" if row.measure.unit == "km" else full_title(self.scenario, row.measure): times
            for row, times in pairs
            if times > 1.0
        }

    def gains(self) -> list[tuple[str, int, float, float]]:
        """Of later rows, by scale: its name, how many, their mean score and the free run's."""
        out: list[tuple[str, int, float, float]] = []
        for scale in ("CRPS, km", "log-CRPS", "Brier"):
            pairs = [each.lines for each in self.later if _scale(each.measure) == scale]
            if pairs:
                told, free = np.mean([[x.score(x.draws) for x in pair] for pair in pairs], axis=0)
                out.append((scale, len(pairs), float(told), float(free)))
        return out

    def caution(self) -> str:
        """Why the forecast is to be taken with care, in a sentence; nothing if nothing says so."""
        worse = [scale for scale, _, told, free in self.gains() if told > free]
        astray = sum(abs(each.away) > ASTRAY for each in self.told)
        reasons = [f"told members score worse than the free run ({', '.join(worse)})"] * bool(worse)
        if astray:
            rows = "1 row told is" if astray == 1 else f"{astray} rows told are"
            reasons.append(f"{rows} more than {ASTRAY:g} errors off")
        return f"Caution: {', and '.join(reasons)}." if reasons else ""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        misfit = [x.plain_row() | {"away": x.away, "nearest": x.nearest} for x in self.told]
        scores = [[line.score(line.draws) for line in x.lines] for x in self.later]
        later = [
            x.plain_row() | {"score": one, "score_free": free, "pit": x.lines[0].pit}
            for x, (one, free) in zip(self.later, scores, strict=True)
        ]
        return {
            "scenario": self.scenario.name,
            "options": list(self.scenario.applied),
            "until": self.until.isoformat(),
            "members": len(self.past.members),
            "weeks": self.weeks,
            "seed": self.seed,
            "verdict": self.verdict(),
            "caution": self.caution(),
            "windows": [window.plain() for window in self.windows],
            "told": misfit,
            "forecast": [each.plain() for each in self.ahead],
            "later": later,
        }


def _scale(measure: Measure) -> str:
    return "Brier" if measure.either else "CRPS, km" if measure.unit == "km" else "log-CRPS"


def assimilate(
    scenario: str | Path | Scenario,
    until: date | str,
    truth: str | Path | Iterable[str | Path] = (),
    options: Iterable[str] = (),
    members: int = MEMBERS,
    weeks: int | None = None,
    seed: int = 1,
    measures: Iterable[str] = (),
    progress: Progress | None = None,
) -> Assimilation:
    """Have members tell what happened until a day, and forecast to `weeks` from the start.

    What happened are the scenario's own records or, in their place, the rows of the files and
    folders of `truth`; those that end after the day are told to nobody and score the forecast.
    `measures` are forecast beside those that `run` prints. Raises ScenarioError for what cannot be
    asked.
    """
    scenario = load(scenario, options)
    places = [Path(each) for each in ([truth] if isinstance(truth, str | Path) else truth)]
    look = Together(scenario.name)
    on = look.look(partial(_day, scenario, until), scenario.start)
    look.look(partial(within_bounds, scenario, members, weeks, seed), 0)
    look.tell()
    look.mistakes += too_few(members)
    look.tell()
    found = {place: read_truth(place, scenario) for place in places}
    rows = [row for each in found.values() for row in each] if places else expectations(scenario)
    rows = [*{row.measure: row for row in rows}.values()]
    end = look.look(partial(_end, scenario, on, rows, weeks), scenario.weeks)
    wanted = look.look(partial(asked, measures, scenario, end), [])
    look.tell()
    known = [row for row in rows if row.measure.at <= on]
    later = [row for row in rows if _after(row, scenario, on) and week_due(row) <= end]
    asked_for = [*dict.fromkeys([*wanted, *headlines(scenario, end)])]
    every = [*asked_for, *(row.measure for row in (*known, *later))]
    free = samples_of(scenario, every, members, end, seed, progress).values
    past, windows = filtered(
        scenario, known, _weeks(scenario, on), members, seed, _before(scenario, known), progress
    )
    told = dict(zip(every, values_ahead(past, every, end, progress), strict=True))
    near = {r.measure: float(x) for w in windows for r, x in zip(w.rows, w.nearest, strict=True)}

    def beside(m: Measure, row: Expectation | None = None) -> Beside:
        return Beside(m, told[m], free[m.name].astype(float), row, near.get(m, 0.0))

    for place, those in found.items():
        if seen := [row.measure for row in those if row in later]:
            looked(place, scenario, seen)
    ahead = [beside(m) for m in asked_for]
    ahead = [x for x in ahead if x.measure in wanted or not _empty(x)]
    rows_told, rows_later = ([beside(r.measure, r) for r in those] for those in (known, later))
    return Assimilation(
        scenario, on, end, seed, windows, tuple(rows_told), tuple(ahead), tuple(rows_later), past
    )


def told_past(
    scenario: Scenario, on: date, members: int, seed: int = 1, progress: Progress | None = None
) -> Past:
    """Members on the day of a council that have told the scenario's records until then: what a
    brief takes as `past`. They are run when first asked for. Raises ScenarioError if there is no
    record to tell.
    """
    known = [row for row in expectations(scenario) if row.measure.at <= on]
    few = too_few(members, POOL)
    if mistakes := few if known else [_untold(on), *few]:
        raise ScenarioError(scenario.name, mistakes)

    @cache
    def whole() -> SharedPast:
        weeks, begin = _weeks(scenario, on), _before(scenario, known)
        return filtered(scenario, known, weeks, POOL * members, seed, begin, progress)[0]

    # Members drawn from one parent stand side by side.
    return lambda batch: some_of(whole(), [POOL * member for member in batch])


def _empty(each: Beside) -> bool:
    return nothing(each.measure.series, float(each.told.any()), float(each.free.any()))


def _after(row: Expectation, scenario: Scenario, on: date) -> bool:
    """Whether a row ends after a day, and more than half of it lies after it."""
    return row.measure.at > on and fact(row, scenario.start).middle > on


def _before(scenario: Scenario, known: Sequence[Expectation]) -> Posterior | None:
    """The posterior, unless its fit knew rows of this campaign: they would be told twice, and later
    ones beforehand."""
    fitted = {row.measure for row in fitted_rows(scenario)}
    return None if any(row.measure in fitted for row in known) else read_posterior(scenario)


def _day(scenario: Scenario, until: date | str) -> date:
    """The day until which it is told. Raises ScenarioError for what is no day of the scenario."""
    expected = f"write a date from {scenario.start} to {scenario.end}"
    try:
        found = date.fromisoformat(str(until))
    except ValueError:
        problem = "is no date"
    else:
        if scenario.start <= found <= scenario.end:
            return found
        problem = "lies outside the scenario"
    raise ScenarioError(scenario.name, [Mistake("until", problem, expected, "", shown(str(until)))])


def _end(scenario: Scenario, on: date, rows: Sequence[Expectation], weeks: int | None) -> int:
    """Weeks from the start to the end of the forecast: those asked for or, else, AHEAD after the
    day and as many as it takes to the last row. Raises ScenarioError where there is nothing to
    tell, or to forecast."""
    today, mistakes = _weeks(scenario, on), list[Mistake]()
    if all(row.measure.at > on for row in rows):
        mistakes.append(_untold(on))
    usual = min(max([today + AHEAD, *map(week_due, rows)]), scenario.weeks)
    end = usual if weeks is None else weeks
    if end <= today:
        problem = f"nothing is left to forecast: {on} lies in week {today}"
        remedy = f"write from {today + 1} to {scenario.weeks}" if today < scenario.weeks else ""
        mistakes.append(Mistake("weeks", problem, "", remedy or "name an earlier day", str(end)))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return end


def _untold(on: date) -> Mistake:
    remedy = "name a later day, or write [[expect]] rows"
    return Mistake("until", "no record is dated on it or before", "", remedy, str(on))


def _weeks(scenario: Scenario, on: date) -> int:
    return ceil((on - scenario.start).days / 7)
