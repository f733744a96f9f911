"""How sure means and odds are that were taken over members.

Members that were drawn from one, for they told what happened (assimilation), are not independent:
errors count them as a cluster. `draw` [member] is from which each was drawn; None where none was.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Draws = NDArray[np.int64]

LEVELS = (0.05, 0.5, 0.95)
"""Shares of the members at which what is forecast is told."""


def mean_error(values: ArrayLike, draw: Draws | None = None) -> float | None:
    """Standard error of the mean of `values` [member]; None if all were drawn from one.

    Of n members in k clusters: sqrt(k / (k - 1) * sum over clusters of (sum of x - mean) ** 2) / n,
    which is the usual sd / sqrt(n) where each member is its own cluster. Source: Liang and Zeger,
    Longitudinal data analysis using generalized linear models (1986), with the correction for few
    clusters of Cameron and Miller, A practitioner's guide to cluster-robust inference (2015).

    >>> x = [0.0, 1.0, 2.0, 3.0]
    >>> mean_error(x) == float(np.std(x, ddof=1)) / 2
    True
    >>> round(mean_error(x, np.array([0, 0, 1, 1])), 3)  # from two, 0.5 and 2.5
    1.0
    """
    x = np.asarray(values, float)
    totals = np.bincount(_clusters(len(x), draw), x - x.mean())
    k = len(totals)
    return float(np.sqrt(k / (k - 1) * (totals @ totals)) / len(x)) if k > 1 else None


def share_error(passes: ArrayLike, draw: Draws | None = None) -> float:
    """Standard error of the share of members that pass [member]; by Laplace's rule, so that "none"
    is not sure. Members count as as many as would err as much if each were its own (Kish, Survey
    Sampling, 1965: the effective size of a sample).

    >>> half = np.arange(100) < 50
    >>> round(share_error(half), 3), round(share_error(np.zeros(98)), 3)
    (0.05, 0.01)
    >>> round(share_error(half, np.arange(100) // 10), 2)  # from ten, each wholly one or other
    0.17
    """
    x = np.asarray(passes, float)
    one, error = mean_error(x), mean_error(x, draw)
    sizes: NDArray[Any] = np.bincount(_clusters(len(x), draw))
    many = len(x) ** 2 / float(sizes @ sizes)  # of clusters, where nothing tells how alike they are
    if one and error:
        many = min(len(x) * (one / error) ** 2, len(x))
    guess = (float(x.mean()) * many + 1.0) / (many + 2.0)
    return (guess * (1.0 - guess) / many) ** 0.5


def weeks_at_levels(weeks: NDArray[Any]) -> NDArray[Any]:
    """Weeks that some member has [level], at LEVELS of `weeks` [member]."""
    return np.quantile(weeks, LEVELS, method="inverted_cdf")


def weeks_reached(found: NDArray[Any], weeks: int) -> tuple[int | None, ...]:
    """The same of weeks in which something comes about, `weeks` where it does not; None for those.

    >>> weeks_reached(np.array([3, 4, 9, 9, 9]), 9)
    (3, None, None)
    """
    return tuple(int(week) if week < weeks else None for week in weeks_at_levels(found))


def _clusters(members: int, draw: Draws | None) -> NDArray[np.intp]:
    """The number of each member's cluster, counted from 0."""
    if draw is None:
        return np.arange(members)
    return np.unique(draw, return_inverse=True)[1]
