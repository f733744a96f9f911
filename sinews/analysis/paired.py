"""Options held against each other on common luck, member by member.

Members run to the day of a council and then on under each option (`PairedStart`). They come in
batches: those of every option have the same past and the same luck, so that what differs between
options is their doing. Results do not depend on how many batches were run.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import Progress
from sinews.analysis.branching import SharedPast, grown, started
from sinews.analysis.measures import Measure
from sinews.analysis.odds import mean_error
from sinews.scenario import Scenario
from sinews.scenario.negotiable import preset_of
from sinews.series import SERIES

Floats = NDArray[np.float64]

BATCH = 256
"""Members that are added at a time: two blocks, one a core."""

Past = Callable[[range], SharedPast]
"""What gives members as they stand on the day of the council."""


@dataclass
class PairedStart:
    """Members of a scenario on the day of its council, and what becomes of them."""

    scenario: Scenario
    """With the options already in force."""
    on: date
    members: int
    """The most that are run."""
    seed: int = 1
    past: Past | None = None
    progress: Progress | None = None
    _trunks: dict[range, SharedPast] = field(default_factory=dict[range, SharedPast])
    _as_it_stands: dict[range, SharedPast] = field(default_factory=dict[range, SharedPast])
    _waiting: Lock = field(default_factory=Lock)
    _alone: Lock = field(default_factory=Lock)
    _variants: dict[str, Future[Scenario]] = field(default_factory=dict[str, Future[Scenario]])

    @property
    def week(self) -> int:
        """Weeks from the start to the council."""
        return round((self.on - self.scenario.start).days / 7)

    def weeks_to(self, day: date) -> int:
        """Weeks to run so that a day is in them."""
        return min(ceil((day - self.scenario.start).days / 7), self.scenario.weeks)

    def batches(self) -> Iterator[range]:
        """The members, batch by batch."""
        for first in range(0, self.members, BATCH):
            yield range(first, min(first + BATCH, self.members))

    def today(self, batch: range) -> SharedPast:
        """Members on the day of the council."""
        with self._waiting:  # items that are heard side by side have one past
            if batch not in self._trunks:
                run = self.past or self._started
                self._trunks[batch] = run(batch)
            return self._trunks[batch]

    def _started(self, batch: range) -> SharedPast:
        return started(self.scenario, batch, self.seed, self.week)

    def prepare(self, options: Iterable[str], pool: Executor) -> None:
        """Have scenarios with these options read beforehand."""
        self._variants |= {
            option: pool.submit(self._decided, option)
            for option in options
            if option not in self._variants
        }

    def variant(self, option: str) -> Scenario:
        """The scenario with an option decided on the day of the council."""
        if option not in self._variants:
            self._variants[option] = Future()
            self._variants[option].set_result(self._decided(option))
        return self._variants[option].result()

    def _decided(self, option: str) -> Scenario:
        decided = self.scenario.with_options([f"{option}@{self.on}"])
        return decided if self.scenario.options[preset_of(option)].acts else self.scenario

    def draw(self, batches: Iterable[range]) -> NDArray[np.int64]:
        """From which each member of some batches was drawn [member]."""
        return np.concatenate([self.today(batch).draw for batch in batches])

    def as_it_stands(self, weeks: int, batch: range) -> SharedPast:
        """A batch run on to `weeks` since the start, or further, if nothing is decided."""
        # Options that change nothing share this one, and items that look further lengthen it.
        with self._alone:
            sofar = self._as_it_stands.get(batch) or self.today(batch)
            weeks = min(weeks, self.scenario.weeks)
            if sofar.week < weeks:
                sofar = grown(sofar, self.scenario, weeks, self.progress)
                self._as_it_stands[batch] = sofar
            return sofar

    def values(self, option: str | None, measures: Sequence[Measure], batch: range) -> Floats:
        """Measures of a batch under an option, or if nothing is decided [measure member]."""
        last = max((self.weeks_to(m.at) for m in measures), default=self.week)
        scenario = self.scenario if option is None else self.variant(option)
        if scenario is self.scenario:
            return self.as_it_stands(last, batch).values(list(measures))
        trunk = self.today(batch)
        return grown(trunk, scenario, max(last, self.week), self.progress).values(list(measures))


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
        return self.lower if SERIES[self.measure.series].better < 0 else self.higher

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


def contrast(
    measure: Measure,
    option: str,
    against: str,
    one: Floats,
    other: Floats,
    draw: NDArray[np.int64] | None = None,
) -> Contrast:
    """The contrast of a measure's values [member] under one option with those under another;
    `draw` [member] is from which each member was drawn, None if none was."""
    difference = one - other
    low, median, high = map(float, np.quantile(difference, (0.05, 0.5, 0.95)))
    return Contrast(
        measure,
        option,
        against,
        (float(np.median(one)), float(np.median(other))),
        low,
        median,
        high,
        float(difference.mean()),
        mean_error(difference, draw),
        float((difference > 0).mean()),
        float((difference < 0).mean()),
    )
