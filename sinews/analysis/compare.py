"""Comparing options on common luck: the same members, with and without each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sinews.analysis.measures import UNWELCOME, Measure, asked, headlines
from sinews.analysis.run import Progress, measured, within_bounds
from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario, load

PLAIN = "as it stands"


def compare(
    scenario: str | Path,
    options: Sequence[str],
    measures: Sequence[str] = (),
    members: int = 1000,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Measures of each member under each option, and as the scenario stands: `chosen`
    [option pick member], the first option first. Member 17 has the same luck under all."""
    plain, variants = variants_of(scenario, options)
    weeks = within_bounds(plain, members, weeks, seed)
    wanted = wanted_measures(plain, measures, weeks)
    runs = [
        measured(variant, wanted, members, weeks, seed, progress=progress)["chosen"]
        for variant in variants.values()
    ]
    together = xr.concat(runs, xr.Variable("option", np.array(list(variants), object)))
    dataset = together.to_dataset(name="chosen")
    dataset["units"] = ("pick", np.array([m.unit for m in wanted], object))
    dataset.attrs = {"scenario": plain.name, "members": members, "weeks": weeks, "seed": seed}
    return dataset


def variants_of(
    scenario: str | Path, options: Sequence[str]
) -> tuple[Scenario, dict[str, Scenario]]:
    """The scenario as it stands, and what is compared: the options in order, then that."""
    plain = load(scenario)
    names = list(dict.fromkeys(name for name in options if name))
    if not names:
        remedy = f"write one or more of: {', '.join(plain.options)}" if plain.options else ""
        raise ScenarioError(plain.name, [Mistake("options", "no option is named", remedy=remedy)])
    mistakes: list[Mistake] = []
    variants: dict[str, Scenario] = {}
    for name in names:
        try:
            variants[name] = load(scenario, (name,))
        except ScenarioError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise ScenarioError(plain.name, mistakes)
    return plain, variants | {PLAIN: plain}


def wanted_measures(plain: Scenario, words: Sequence[str], weeks: int) -> list[Measure]:
    """The measures that are named; the headlines if none is."""
    return asked(words, plain, weeks) if words else headlines(plain, weeks)


@dataclass(frozen=True)
class Contrast:
    """One measure under one option less the same under another, member by member."""

    measure: Measure
    option: str
    against: str
    medians: tuple[float, float]
    low: float
    median: float
    high: float
    mean: float
    error: float | None  # standard error of the mean; none of a single member
    higher: float  # share of members
    lower: float

    @property
    def better(self) -> float:
        """Share of members in which the option is better for the power whose measure it is
        (a front: for the west); equals count for neither."""
        return self.lower if self.measure.series in UNWELCOME else self.higher

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        m = self.measure
        return {
            "name": m.name,
            "measure": m.series,
            "unit": m.unit,
            "option": self.option,
            "against": self.against,
            "median_option": self.medians[0],
            "median_against": self.medians[1],
            "difference_median": self.median,
            "difference_low": self.low,
            "difference_high": self.high,
            "difference_mean": self.mean,
            "standard_error": self.error,
            "share_higher": self.higher,
            "share_lower": self.lower,
            "share_better": self.better,
            "better_for": m.label("power") or "west",
        }


def contrasts(dataset: xr.Dataset, measures: Sequence[Measure]) -> list[Contrast]:
    """The first option against every other line of a comparison, measure by measure."""
    first, *others = [str(name) for name in dataset["option"].values]
    values = dataset["chosen"].values.astype(float)
    picks = list(dataset["pick"].values)
    return [
        _contrast(m, first, other, values[0, picks.index(m.name)], values[i, picks.index(m.name)])
        for i, other in enumerate(others, 1)
        for m in measures
    ]


def _contrast(measure: Measure, option: str, against: str, one: Any, other: Any) -> Contrast:
    difference = one - other
    low, median, high = map(float, np.quantile(difference, (0.05, 0.5, 0.95)))
    count = len(difference)
    error = float(difference.std(ddof=1)) / count**0.5 if count > 1 else None
    return Contrast(
        measure,
        option,
        against,
        (float(np.median(one)), float(np.median(other))),
        low,
        median,
        high,
        float(difference.mean()),
        error,
        float((difference > 0).mean()),
        float((difference < 0).mean()),
    )
