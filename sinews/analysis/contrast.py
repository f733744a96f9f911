"""One option against another on common luck, member by member."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.measures import UNWELCOME, Measure

Floats = NDArray[np.floating[Any]]


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


def contrast(measure: Measure, option: str, against: str, one: Floats, other: Floats) -> Contrast:
    """The contrast of a measure's values [member] under one option with those under another."""
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
