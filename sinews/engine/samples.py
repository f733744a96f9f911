"""The numbers that were sampled of each member, and how they were made: a run without its series.

Where only these are asked for, no quantile is worked out and no labelled Dataset is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.engine.posterior import Posterior
from sinews.engine.probes import Probe, places_of, probed
from sinews.engine.simulate import Block, blocks
from sinews.model.laws import LAWS
from sinews.scenario.compile import Compiled

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Samples:
    """What was sampled of a run's members."""

    values: dict[str, NDArray[np.float32]]
    """By name of the probe [member]."""
    laws: dict[str, float]
    """The worst breach of each law in any week of any member."""
    about: dict[str, Any]
    """How it was made: the attributes of a Dataset."""

    @classmethod
    def of(cls, dataset: xr.Dataset) -> Samples:
        """What a Dataset has of it."""
        worst = dataset["imbalance_worst"]
        values = dict(zip(dataset["pick"].values.tolist(), dataset["chosen"].values, strict=True))
        laws = dict(zip(worst["law"].values.tolist(), map(float, worst.values), strict=True))
        return cls(values, laws, dataset.attrs)


class Sampling:
    """Takes in blocks, one after another."""

    def __init__(self, compiled: Compiled, probes: Sequence[Probe]) -> None:
        self._compiled, self._probes = compiled, probes
        self._parts: list[NDArray[np.float32]] = []
        self.worst = np.zeros(len(LAWS), np.float32)

    def add(self, block: Block) -> None:
        """Take in a block."""
        self._parts.append(probed(self._compiled, self._probes, block.rows))
        start, shape = places_of(self._compiled)["imbalance"]
        breach = block.rows[-1, start : start + shape[0]]
        self.worst = np.maximum(self.worst, breach.max(axis=1, initial=0.0))

    @property
    def values(self) -> NDArray[np.float32]:
        """What was sampled so far [probe member]."""
        return np.concatenate(self._parts, axis=1)


def about(
    compiled: Compiled, posterior: Posterior, members: int, weeks: int, seed: int
) -> dict[str, Any]:
    """How a run was made."""
    scenario = compiled.scenario
    return {
        "title": scenario.title,
        "scenario": scenario.name,
        "scenario_text": scenario.text,
        "options": ", ".join(scenario.applied),
        "members": members,
        "weeks": weeks,
        "seed": seed,
        "fitted": ", ".join(posterior.used(scenario)),
        "posterior": posterior.state(scenario),
    }


def sampled(
    compiled: Compiled,
    posterior: Posterior,
    members: int,
    weeks: int,
    seed: int,
    probes: Sequence[Probe],
    progress: Callable[[int], None] | None = None,
) -> Samples:
    """Run an ensemble for the probes alone."""
    sampling = Sampling(compiled, probes)
    for block in blocks(compiled, posterior, range(members), weeks, seed):
        sampling.add(block)
        if progress:
            progress(len(block.members))
    values = dict(zip((p.name for p in probes), sampling.values, strict=True))
    laws = dict(zip(LAWS, map(float, sampling.worst), strict=True))
    return Samples(values, laws, about(compiled, posterior, members, weeks, seed))
