"""Options by their points, and how sure their order is.

How far one option is ahead of another is known to a standard error, that of the mean over members
and that of the judgement of who gives points. Within two of them the options tie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.odds import mean_error

Floats = NDArray[np.float64]
Draws = NDArray[np.int64]

TIE = 2.0
"""Standard errors within which options tie: equals seem further apart once in twenty councils."""
STAKE = 3.0
"""Standard errors by which a measure must differ to touch a minister: more than for a tie, since
every measure of the portfolio is tried on every pair of options."""

# A measure's spread is at least this share of what all options together span, so that one which
# luck hardly moves does not drown every other.
_FLOOR = 0.5


@dataclass(frozen=True)
class Lead:
    """How far one option is ahead of another, in points."""

    option: str
    over: str
    ahead: float
    sampling: float
    """Standard error of it that more members would lower."""
    judging: float
    """Standard error of it that they would not: of judgement."""

    @property
    def error(self) -> float:
        """Standard error of it."""
        return float(np.hypot(self.sampling, self.judging))

    @property
    def ties(self) -> bool:
        """Whether it cannot be told from nothing."""
        return self.ahead <= TIE * self.error

    @property
    def words(self) -> str:
        """The lead and its standard error."""
        error = f"{self.error:.2f}" if np.isfinite(self.error) else "unknown"
        return f"{self.ahead:.2f} \N{PLUS-MINUS SIGN} {error}"

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "option": self.option,
            "over": self.over,
            "points": self.ahead,
            "standard_error": self.error if np.isfinite(self.error) else None,
            "words": self.words,
        }


@dataclass(frozen=True)
class Ranking:
    """Options by their points, and how sure their order is."""

    points: dict[str, float]
    sampling: tuple[tuple[float, ...], ...]
    """Standard error of the difference of two options' points, from the members [option other]."""
    judging: float
    """The same from judgement, of any two options."""

    @property
    def best(self) -> str:
        """The option of most points; the first named of equals."""
        return max(self.points, key=self.points.__getitem__)

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The best option's over each other, the closest for its error first."""
        names, best = list(self.points), self.best
        found = [
            Lead(best, other, self.points[best] - self.points[other], error, self.judging)
            for other, error in zip(names, self.sampling[names.index(best)], strict=True)
            if other != best
        ]
        return tuple(sorted(found, key=lambda lead: lead.ahead - TIE * lead.error))

    @property
    def lead(self) -> Lead:
        """The best option's over its closest rival."""
        return self.leads[0]

    @property
    def tied(self) -> tuple[str, ...]:
        """The best option and all that tie with it."""
        return (self.best, *(lead.over for lead in self.leads if lead.ties))


def ranked(
    options: Sequence[str], scores: Floats, accuracy: float = 0.0, draw: Draws | None = None
) -> Ranking:
    """The ranking that points [option member] make, if each option is judged with an error of sd
    `accuracy`; `draw` [member] is from which each member was drawn.

    >>> found = ranked(["keep", "sell"], np.array([[0.0, 0.0], [1.0, 2.0]]))
    >>> found.best, (found.lead.ahead, found.lead.error), found.tied
    ('sell', (1.5, 0.5), ('sell',))
    """
    points = dict(zip(options, scores.mean(axis=1).tolist(), strict=True))
    sampling = tuple(tuple(_error(one - other, draw) for other in scores) for one in scores)
    return Ranking(points, sampling, float(np.sqrt(2.0)) * accuracy)


def gains(values: Floats) -> Floats:
    """How much more of a measure each option brings than the first, in usual spreads, `values` and
    gains [option member]; the spread is that of the members under the first option.

    Their mean is the mean difference over the spread, its standard error that of this ratio: what a
    member adds to the spread counts too (the delta method).

    >>> gains(np.array([[1.0, 3.0], [2.0, 4.0]])).tolist()
    [[0.0, 0.0], [1.0, 1.0]]
    >>> gains(np.array([[1.0, 3.0], [1.0, 3.0]])).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    pool, share = values[:1], 1.0
    if pool.std() < _FLOOR * values.std():
        pool, share = values, _FLOOR
    apart = ((pool - pool.mean()) ** 2).mean(axis=0)
    variance = float(apart.mean())
    if not variance:
        return np.zeros_like(values)
    gain = (values - values[0]) / (share * np.sqrt(variance))
    return gain - gain.mean(axis=1, keepdims=True) * (apart / variance - 1.0) / 2.0


def touches(scores: Floats, least: float = 0.0, draw: Draws | None = None) -> bool:
    """Whether two options differ in points [option member] beyond chance, and by over `least`.

    >>> touches(np.array([[0.0, 0.0], [0.1, 0.1]])), touches(np.array([[0.0, 0.0], [-1.0, 1.5]]))
    (True, False)
    """
    apart = (one - other for one, other in combinations(scores, 2))
    return any(abs(x.mean()) > max(least, STAKE * _error(x, draw)) for x in apart)


def _error(values: Floats, draw: Draws | None) -> float:
    """Standard error of the mean; without end if nothing tells it."""
    error = mean_error(values, draw)
    return float("inf") if error is None else error
