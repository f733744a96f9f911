"""The numbers that were picked of each member, and how they were made: a run without its series.

Where only these are asked for, no quantile is worked out and no labelled Dataset is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.engine.picks import Pick, picked, places_of
from sinews.engine.posterior import Posterior
from sinews.engine.simulate import Block, blocks
from sinews.model.laws import LAWS
from sinews.scenario.compile import Compiled

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Chosen:
    """What was picked of a run's members."""

    values: dict[str, NDArray[np.float32]]
    """By name of the pick [member]."""
    laws: dict[str, float]
    """The worst breach of each law in any week of any member."""
    about: dict[str, Any]
    """How it was made: the attributes of a Dataset."""

    @classmethod
    def of(cls, dataset: xr.Dataset) -> Chosen:
        """What a Dataset has of it."""
        worst = dataset["imbalance_worst"]
        values = dict(zip(dataset["pick"].values.tolist(), dataset["chosen"].values, strict=True))
        laws = dict(zip(worst["law"].values.tolist(), map(float, worst.values), strict=True))
        return cls(values, laws, dataset.attrs)


class Choosing:
    """Takes in blocks, one after another."""

    def __init__(self, compiled: Compiled, picks: Sequence[Pick]) -> None:
        self._compiled, self._picks = compiled, picks
        self._parts: list[NDArray[np.float32]] = []
        self.worst = np.zeros(len(LAWS), np.float32)

    def add(self, block: Block) -> None:
        """Take in a block."""
        self._parts.append(picked(self._compiled, self._picks, block.rows))
        start, shape = places_of(self._compiled)["imbalance"]
        breach = block.rows[-1, start : start + shape[0]]
        self.worst = np.maximum(self.worst, breach.max(axis=1, initial=0.0))

    @property
    def values(self) -> NDArray[np.float32]:
        """What was picked so far [pick member]."""
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


def chosen(
    compiled: Compiled,
    posterior: Posterior,
    members: int,
    weeks: int,
    seed: int,
    picks: Sequence[Pick],
    progress: Callable[[int], None] | None = None,
) -> Chosen:
    """Run an ensemble for the picks alone."""
    choosing = Choosing(compiled, picks)
    for block in blocks(compiled, posterior, range(members), weeks, seed):
        choosing.add(block)
        if progress:
            progress(len(block.members))
    values = dict(zip((p.name for p in picks), choosing.values, strict=True))
    laws = dict(zip(LAWS, map(float, choosing.worst), strict=True))
    return Chosen(values, laws, about(compiled, posterior, members, weeks, seed))
