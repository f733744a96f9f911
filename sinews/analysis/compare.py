"""Comparing options on common luck: the same members, with and without each."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.measures import Measure, asked, headlines
from sinews.analysis.paired import Contrast, contrast
from sinews.analysis.run import measured
from sinews.errors import Mistake, ScenarioError, Together, name_list
from sinews.scenario import Scenario, load

PLAIN = "as it stands"


def compare(
    scenario: str | Path | Scenario,
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
    told = Together(plain.name)
    weeks = told.look(partial(within_bounds, plain, members, weeks, seed), plain.weeks)
    wanted = told.look(partial(wanted_measures, plain, measures, weeks), [])
    told.tell()
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
    scenario: str | Path | Scenario, options: Sequence[str]
) -> tuple[Scenario, dict[str, Scenario]]:
    """The scenario as it stands, and what is compared: the options in order, then that."""
    plain = load(scenario)
    options = name_list(options, "options", plain.path.name)
    names = list(dict.fromkeys(name for name in options if name))
    if not names:
        remedy = f"write one or more of: {', '.join(plain.options)}" if plain.options else ""
        raise ScenarioError(plain.name, [Mistake("options", "no option is named", remedy=remedy)])
    mistakes: list[Mistake] = []
    variants: dict[str, Scenario] = {}
    for name in names:
        try:
            variants[name] = plain.with_options((name,))
        except ScenarioError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise ScenarioError(plain.name, mistakes)
    return plain, variants | {PLAIN: plain}


def wanted_measures(plain: Scenario, words: Sequence[str], weeks: int) -> list[Measure]:
    """The measures that are named; the headlines if none is."""
    return asked(words, plain, weeks) if words else headlines(plain, weeks)


def contrasts(dataset: xr.Dataset, measures: Sequence[Measure]) -> list[Contrast]:
    """The first option against every other line of a comparison, measure by measure."""
    first, *others = [str(name) for name in dataset["option"].values]
    values = dataset["chosen"].values.astype(float)
    picks = list(dataset["pick"].values)
    at = {m: picks.index(m.name) for m in measures}
    return [
        contrast(m, first, other, values[0, at[m]], values[i, at[m]])
        for i, other in enumerate(others, 1)
        for m in measures
    ]
