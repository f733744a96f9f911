"""Running a scenario: from its name, options and numbers to a labelled Dataset, or to the rows of a
table alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import warn

import numpy as np

from sinews.analysis.again import again
from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.measures import Expectation, Measure, asked, expectations, headlines, nothing
from sinews.engine.posterior import read_posterior
from sinews.engine.probes import places_of
from sinews.engine.samples import Samples, sampled
from sinews.engine.simulate import BLOCK, Given, Week, blocks, scenario_week
from sinews.errors import Mistake, ModelError, ScenarioError, Together
from sinews.model.council import Policy
from sinews.model.week import WEEK
from sinews.policies import POLICIES
from sinews.scenario import Scenario, load
from sinews.scenario.compile import compile

if TYPE_CHECKING:
    import xarray as xr


def simulate(
    scenario: str | Path | Scenario,
    options: Iterable[str] = (),
    members: int = 1000,
    weeks: int | None = None,
    seed: int = 1,
    keep: bool = False,
    chunks: int = 1,
    progress: Progress | None = None,
    measures: Iterable[str] = (),
    week: Given | None = None,
    policies: Mapping[str, Policy | str] | None = None,
) -> xr.Dataset:
    """An ensemble of a scenario: quantiles of every series, and each member's headline measures.

    `measures` adds others, as in "irrecoverable:ussr@1942-05-01..1942-11-19".

    `weeks` is 52 or the scenario's length, if that is shorter. `keep` keeps every member's
    trajectory. `chunks` runs the ensemble in so many parts, which changes no result. `progress`
    is told of members as they finish.

    A rival theory is another step: `week={"combat": mine.step}`, None to leave it out. `policies`
    has, by power, what decides in place of the policy that the scenario names, or its name:
    `{"ussr": mine.decide, "germany": "cautious"}`. Raises ScenarioError for what cannot be run, and
    where what is given makes no numbers or gives orders out of range; warns where it breaks a law.
    """
    scenario = load(scenario, options)
    weeks, wanted = _possible(scenario, members, weeks, seed, measures, chunks)
    ours = scenario_week(scenario, week, policies)
    given = [f"week.{n}" for n in {**scenario.week, **(week or {})} if ours.get(n) != WEEK.get(n)]
    deciding = {n: p.policy for n, p in scenario.powers.items()} | dict(policies or {})
    given += [f"policies.{n}" for n, p in deciding.items() if p not in POLICIES]
    run = (scenario, members, weeks, seed, ours)
    try:
        dataset = measured(scenario, wanted, members, weeks, seed, keep, chunks, progress, ours)
    except ModelError:
        if not given:
            raise
        what = "a result is no number, or an order is out of its range"
        mistakes = [Mistake(path, f"{what}{_first_week(*run)}", _EXPECTED) for path in given]
        raise ScenarioError(scenario.name, mistakes) from None
    worst = dataset["imbalance_worst"]
    broken = [str(law) for law in worst["law"].values[worst.values > UNBALANCED]]
    if given and broken:
        what = f"laws of conservation are broken{_first_week(*run)}: {', '.join(broken)}"
        warn(f"{' or '.join(given)}: {what}. {_EXPECTED}", stacklevel=2)
    return dataset


_EXPECTED = "sinews.testing.check_step and check_policy say more of one step or policy"
UNBALANCED = 1e-3
"""Above this share of the whole, a law is broken by more than rounding."""


def _first_week(scenario: Scenario, members: int, weeks: int, seed: int, week: Week) -> str:
    """In which week something first is no number or breaks a law, in words; nothing where the first
    block of members does not show it."""
    compiled = compile(scenario)
    first = range(min(members, BLOCK))
    (block,) = blocks(compiled, read_posterior(scenario), first, weeks, seed, week=week)
    start, (laws,) = places_of(compiled)["imbalance"]
    unsound = ~np.isfinite(block.rows)
    unsound[:, start : start + laws] |= block.rows[:, start : start + laws] > UNBALANCED
    bad = np.flatnonzero(np.any(unsound, axis=(1, 2)))
    return f" in week {bad[0]}" if len(bad) else ""


def outlined(
    scenario: Scenario,
    members: int = 1000,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    measures: Iterable[str] = (),
) -> Samples:
    """The measures alone that `simulate` writes down of each member: sooner, for want of series."""
    weeks, wanted = _possible(scenario, members, weeks, seed, measures)
    return samples_of(scenario, wanted, members, weeks, seed, progress)


def _possible(
    scenario: Scenario,
    members: int,
    weeks: int | None,
    seed: int,
    measures: Iterable[str],
    chunks: int = 1,
) -> tuple[int, list[Measure]]:
    """How many weeks are run, and what is written down, once all that is asked for is possible."""
    told = Together(scenario.name)
    weeks = told.look(
        partial(within_bounds, scenario, members, weeks, seed, chunks), scenario.weeks
    )
    more = told.look(partial(asked, measures, scenario, weeks), [])
    told.tell()
    found = [e.measure for e in expectations(scenario, weeks)] + headlines(scenario, weeks)
    return weeks, found + more


def samples_of(
    scenario: Scenario,
    measures: Sequence[Measure],
    members: int,
    weeks: int,
    seed: int,
    progress: Progress | None = None,
) -> Samples:
    """The measures of each member."""
    probes = [m.probe(scenario) for m in dict.fromkeys(measures)]
    posterior = read_posterior(scenario)
    found = sampled(compile(scenario), posterior, members, weeks, seed, probes, progress)
    _sound(scenario, [name for name, x in found.values.items() if not np.isfinite(x).all()], found)
    return found


def measured(
    scenario: Scenario,
    measures: Sequence[Measure],
    members: int | range,
    weeks: int,
    seed: int,
    keep: bool = False,
    chunks: int = 1,
    progress: Progress | None = None,
    week: Week | None = None,
) -> xr.Dataset:
    """An ensemble that writes down the measures of each member."""
    from sinews.engine.results import ensemble

    probes = [m.probe(scenario) for m in dict.fromkeys(measures)]
    posterior = read_posterior(scenario)
    compiled = compile(scenario)
    dataset = ensemble(
        compiled, posterior, members, weeks, seed, probes, keep, chunks, progress, week=week
    )
    broken = [str(name) for name, x in dataset.items() if not np.isfinite(x.values).all()]
    _sound(scenario, broken, Samples.of(dataset), dataset["member"].values.tolist())
    return dataset


def _sound(
    scenario: Scenario, broken: Sequence[str], found: Samples, members: Sequence[int] | None = None
) -> None:
    """Refuse results that are no numbers."""
    if not broken:
        return
    where, rerun = "", ""
    bad = ~np.isfinite(np.stack(list(found.values.values()))).all(axis=0)
    if bad.any():
        place = int(bad.argmax())
        member, seed = members[place] if members else place, found.about["seed"]
        where = f"member {member} of seed {seed}"
        rerun = again("replay", scenario, member=member, seed=seed)
    raise ModelError(f"results are not numbers: {', '.join(broken)}", where, rerun)


@dataclass(frozen=True)
class Row:
    """A line of a table: a measure over the members, and the record beside it."""

    measure: Measure
    low: float
    median: float
    high: float
    record: float | None = None
    within: float | None = None
    source: str = ""
    differ: float = 0.0
    """Share of the members in which what is or is not is otherwise than the record."""

    @property
    def faults(self) -> list[str]:
        """In which ways it misses the record; none when it holds."""
        if self.record is None:
            return []
        if self.measure.either:
            allowed = 0.5 if self.within is None else self.within
            most = f"{100 * self.differ:.0f} in 100 differ"
            return [most] if self.differ > allowed else []
        out: list[str] = []
        if not self.low <= self.record <= self.high:
            out.append(f"{'below' if self.record < self.low else 'above'} 5-95 %")
        if self.within is not None and abs(self.median - self.record) > self.within * self.record:
            # A record of nothing has no share to be off by.
            share = abs(self.median / self.record - 1) if self.record else 1.0
            out.append(f"median {100 * share:.0f} % off")
        return out

    @property
    def verdict(self) -> str:
        """ "holds" or "misses"; empty without a record."""
        return "" if self.record is None else "misses" if self.faults else "holds"

    @property
    def breadth(self) -> float | None:
        """How many times its 5 % its 95 % is."""
        return self.high / self.low if self.low > 0 else None

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        m = self.measure
        return {
            "name": m.name,
            "measure": m.series,
            **{
                axis: m.label(axis)
                for axis in ("power", "theatre", "item", "place")
                if m.label(axis)
            },
            **({"from": m.since.isoformat()} if m.since else {}),
            "until" if m.since else "at": m.at.isoformat(),
            "unit": m.unit,
            "median": self.median,
            "low": self.low,
            "high": self.high,
            "breadth": self.breadth,
            **(
                {
                    "record": self.record,
                    "within": self.within,
                    "source": self.source,
                    **({"differ": self.differ} if m.either else {}),
                    "verdict": self.verdict,
                    "faults": self.faults,
                }
                if self.record is not None
                else {}
            ),
        }


def row(samples: Samples, measure: Measure, expected: Expectation | None = None) -> Row:
    """A measure's line: median and 5-95 % over the members."""
    values = np.quantile(samples.values[measure.name].astype(float), (0.05, 0.5, 0.95))
    low, median, high = map(float, values)
    if expected is None:
        return Row(measure, low, median, high)
    within, number = expected.row.within, expected.row.value
    share = None if within is None else within.middle
    differ = np.abs(samples.values[measure.name] - expected.record) > 0.5
    odds = float(np.mean(differ))
    return Row(measure, low, median, high, expected.record, share, number.source, odds)


def headline_rows(scenario: Scenario, samples: Samples) -> list[Row]:
    """The lines of a run's table at its last day; those that are nothing in every member are left
    out, and a record of the same measure within three days stands beside it."""
    weeks = samples.about["weeks"]
    beside = {
        (e.measure.series, e.measure.labels): e
        for e in expectations(scenario, weeks)
        if e.measure.since is None
    }
    out: list[Row] = []
    for measure in headlines(scenario, weeks):
        other = beside.get((measure.series, measure.labels))
        near = other is not None and abs(measure.at - other.measure.at) <= timedelta(days=3)
        line = row(samples, measure, other if near else None)
        if not nothing(measure.series, line.low, line.high):
            out.append(line)
    return out


def asked_rows(scenario: Scenario, samples: Samples, words: Iterable[str]) -> list[Row]:
    """The lines of the measures a user named."""
    return [row(samples, m) for m in asked(words, scenario, samples.about["weeks"])]


def record_rows(scenario: Scenario, samples: Samples) -> list[Row]:
    """The lines of a run's records."""
    found = expectations(scenario, samples.about["weeks"])
    return [row(samples, e.measure, e) for e in found]
