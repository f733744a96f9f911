"""Scores of a forecast that is given by draws, against what happened: lower is better.

All are proper: whoever forecasts what he believes does best by them. Source: Gneiting and Raftery,
"Strictly proper scoring rules, prediction, and estimation", JASA 102 (2007).
"""

import numpy as np
from numpy.typing import ArrayLike


def crps(draws: ArrayLike, truth: float) -> float:
    """Continuous ranked probability score of draws [member], in their unit.

    E|X - y| - E|X - X'| / 2, X and X' any two members; Gneiting and Raftery, equation 21. Of one
    member it is the absolute error. In logs it is a relative error: 0.1 is about 10 %.

    >>> crps([0.0, 2.0], 1.0), crps([5.0], 3.0)
    (0.5, 2.0)
    """
    ordered = np.sort(np.asarray(draws, float))
    n = len(ordered)
    ranks = 2.0 * np.arange(1, n + 1) - n - 1
    apart = 2.0 * float(ranks @ ordered) / n**2
    return float(np.abs(ordered - truth).mean()) - apart / 2


def energy(draws: ArrayLike, truth: ArrayLike) -> float:
    """Energy score of draws [quantity member] of several quantities at once, in their unit.

    E||X - y|| - E||X - X'|| / 2, Euclidean: of one quantity the CRPS. It tells what goes together
    from what does not.

    >>> energy([[0.0, 2.0]], [1.0])
    0.5
    """
    x = np.asarray(draws, float)
    away = np.linalg.norm(x - np.asarray(truth, float)[:, None], axis=0)
    apart = np.sqrt(sum((row[:, None] - row) ** 2 for row in x))
    return float(away.mean() - apart.mean() / 2)


def brier(chance: float, truth: float) -> float:
    """Brier score of a chance, (p - y)^2, y being 1 or 0; 1/4 for who says even odds.

    >>> brier(0.5, 1.0), brier(0.0, 0.0)
    (0.25, 0.0)
    """
    return (chance - truth) ** 2


def pit(draws: ArrayLike, truth: float) -> float:
    """Probability integral transform: share of the draws below what happened, ties by half. Over
    many forecasts of a calibrated forecaster it is uniform from 0 to 1.

    >>> pit([1.0, 2.0, 3.0, 4.0], 3.0)
    0.625
    """
    x = np.asarray(draws, float)
    return float(np.mean(x < truth) + np.mean(x == truth) / 2)


def interval(draws: ArrayLike, share: float) -> tuple[float, float]:
    """The central interval that holds a share of the draws.

    >>> interval([0.0, 1.0, 2.0, 3.0, 4.0], 0.5)
    (1.0, 3.0)
    """
    low, high = np.quantile(np.asarray(draws, float), (0.5 - share / 2, 0.5 + share / 2))
    return float(low), float(high)


def skill(score: float, rival: float) -> float:
    """Skill over a rival: 1 is perfect, 0 no better, below 0 worse.

    >>> skill(0.5, 1.0), skill(2.0, 1.0)
    (0.5, -1.0)
    """
    return 1.0 - score / rival if rival else 0.0 if score == rival else -np.inf
