"""Ensembles that branch: run together to a date, then on under one option or another.

What is decided at a date changes the world from that date. The members of every branch have the
same past and the same luck, so that options differ by what they do and by nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import Progress
from sinews.analysis.measures import Measure
from sinews.engine.posterior import Posterior, read_posterior
from sinews.engine.probes import numbers_of, places_of, probed
from sinews.engine.simulate import Paused, blocks, regrouped
from sinews.errors import Mistake, ModelError, ScenarioError, shown
from sinews.scenario import Scenario
from sinews.scenario.compile import Compiled, compile
from sinews.series import SERIES

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SharedPast:
    """Members of an ensemble where they stand after some weeks."""

    scenario: Scenario
    """Whose world they were last in."""
    compiled: Compiled
    posterior: Posterior
    members: range
    """Their numbers, or places where they are some of another trunk's."""
    seed: int
    paused: tuple[Paused, ...]

    @property
    def week(self) -> int:
        """Weeks since the start."""
        return self.paused[0].week

    @property
    def rows(self) -> Floats:
        """Every series of every week so far [week number member]."""
        whole = np.concatenate([p.rows for p in self.paused], axis=2)
        return whole[:, :, : len(self.members)]

    @property
    def draw(self) -> NDArray[np.int64]:
        """From which member each was drawn last [member]; its own number, where none was."""
        numbers = np.concatenate([p.members for p in self.paused])[: len(self.members)]
        parents = self.posterior.parents
        return numbers.astype(np.int64) if parents is None else parents[numbers]

    def values(self, measures: list[Measure]) -> NDArray[np.float64]:
        """Measures of each member [measure member]."""
        probes = [m.probe(self.scenario) for m in measures]
        blocks = [probed(self.compiled, probes, p.rows) for p in self.paused]
        return np.concatenate(blocks, axis=1)[:, : len(self.members)].astype(float)

    def series(self, name: str, *labels: str) -> NDArray[np.float64]:
        """One series by week [week member], or all its cells [week cell member] without labels."""
        part = numbers_of(self.compiled, name)
        blocks = [p.rows[:, part] for p in self.paused]
        cells = np.concatenate(blocks, axis=2)[:, :, : len(self.members)].astype(float)
        if not labels:
            return cells
        axes = self.compiled.axes
        index = [axes[a].index(x) for a, x in zip(SERIES[name].axes, labels, strict=True)]
        _, shape = places_of(self.compiled)[name]
        return cells[:, int(np.ravel_multi_index(index, shape))]

    @property
    def imbalance(self) -> float:
        """The worst breach of a law in any week of any member."""
        return float(self.series("imbalance")[-1].max(initial=0.0))


def started(scenario: Scenario, members: range, seed: int = 1, weeks: int = 0) -> SharedPast:
    """Members from the start to `weeks` after it."""
    seedling = SharedPast(scenario, compile(scenario), read_posterior(scenario), members, seed, ())
    return _ran(seedling, weeks, None)


def side_by_side(trunks: Sequence[SharedPast]) -> SharedPast:
    """The members of some pasts side by side; those of all but the last fill their blocks."""
    whole = tuple(block for trunk in trunks for block in trunk.paused)
    return replace(trunks[0], members=range(sum(len(t.members) for t in trunks)), paused=whole)


def some_of(trunk: SharedPast, places: Sequence[int]) -> SharedPast:
    """Some members of a trunk, by their places in it: the same as there, and no others."""
    return replace(trunk, members=range(len(places)), paused=regrouped(trunk.paused, places))


def grown(
    trunk: SharedPast,
    scenario: Scenario,
    weeks: int,
    progress: Progress | None = None,
    compiled: Compiled | None = None,
) -> SharedPast:
    """The trunk's members run on to `weeks` since the start, in the world of `scenario`.

    `compiled` may be given in its place, where a table of it was changed by hand. Raises
    ScenarioError where there are other things in that world than in the trunk's, or where the
    trunk's members have been run further.
    """
    if trunk.paused and weeks < trunk.week:
        problem, expected = "lies behind its members", f"write {trunk.week} or more"
        raise ScenarioError(
            scenario.name, [Mistake("weeks", problem, expected, value=shown(weeks))]
        )
    compiled = compiled or compile(scenario)
    _of_one_kind(trunk, scenario, compiled)
    return _ran(replace(trunk, scenario=scenario, compiled=compiled), weeks, progress)


def _of_one_kind(trunk: SharedPast, scenario: Scenario, compiled: Compiled) -> None:
    """Check that a world has the same powers, theatres, links and so on as the trunk's."""
    mistakes = [
        Mistake(
            "option",
            f"changes which {axis}s there are: {', '.join(sorted({*names} ^ {*was})[:4])}",
            "what is decided during a campaign can change numbers and dates",
            f"let the scenario have the {axis} from the start, closed or with nothing in it",
            ", ".join(name for name in scenario.applied if name not in trunk.scenario.applied),
        )
        for axis, names in compiled.axes.items()
        if {*names} != {*(was := trunk.compiled.axes[axis])}
    ]
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)


def _ran(trunk: SharedPast, weeks: int, progress: Progress | None) -> SharedPast:
    paused: list[Paused] = []
    for block in blocks(
        trunk.compiled, trunk.posterior, trunk.members, weeks, trunk.seed, after=trunk.paused
    ):
        if not np.isfinite([block.rows.min(), block.rows.max()]).all():
            bad = ~np.isfinite(block.rows).all(axis=(0, 1))
            member = int(block.members[bad][0])
            raise ModelError("results are not numbers", f"member {member} of seed {trunk.seed}")
        paused.append(block.paused)
        if progress:
            progress(len(block.members))
    return replace(trunk, paused=tuple(paused))
