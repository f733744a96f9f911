"""What members draw, and the scores in which draws are moved: shares of ranges, read as normal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sinews.scenario.compile import Compiled

Floats = NDArray[np.float64]

FEWEST = 16
"""Members of which a covariance, by which numbers are moved, is one (judged)."""

# Nearest that a share of a range comes to its end: its score is finite.
_EDGE = 1e-6


@dataclass(frozen=True)
class Unknown:
    """One number to fit, with the range it may lie in."""

    name: str
    low: float
    high: float


def unknowns(compiled: Compiled) -> list[Unknown]:
    """What members draw: coefficients the scenario leaves open, and its ranges."""
    out = [
        Unknown(name, c.low, c.high)
        for name, c in compiled.scenario.known.items()
        if name not in compiled.coefficients
    ]
    ranged = [*compiled.ranges, *(n for n in compiled.coefficients.values() if n.uncertain)]
    return out + [Unknown(n.path, n.low or 0.0, n.high or 0.0) for n in ranged]


def spread(unknown: list[Unknown], scores: Floats) -> Floats:
    """Values [unknown member] of standard normal scores, each inside its range."""
    from scipy.special import ndtr  # not where nobody asks: it is slow to load

    low, wide = _ranges(unknown)
    return low + wide * ndtr(scores)


def scores_of(unknown: list[Unknown], values: Floats) -> Floats:
    """The scores [unknown member] of values: what `spread` gives has those that it was of."""
    from scipy.special import ndtri

    low, wide = _ranges(unknown)
    shares = (values - low) / np.where(wide > 0, wide, 1.0)
    return ndtri(np.clip(shares, _EDGE, 1.0 - _EDGE))


def _ranges(unknown: list[Unknown]) -> tuple[Floats, Floats]:
    """Where each range begins and how wide it is [unknown 1]."""
    low, high = np.array([(u.low, u.high) for u in unknown]).reshape(-1, 2).T[..., None]
    return low, high - low


def jittered(scores: Floats, draws: NDArray[np.integer], kept: float) -> Floats:
    """Scores [unknown member] of members that have `draws` [3 member] of an ensemble of scores
    [unknown draw]: the first drawn in to the mean and pushed apart as much, x -> mean + a (x -
    mean) + sqrt((1 - a^2) / 2) (y - z), a being what is `kept`, y and z the other two, by luck, so
    that mean and covariance stay. The kernel of Liu and West (Combined parameter and state
    estimation in simulation-based filtering, 2001), its normal draws replaced by differences (ter
    Braak, A Markov chain Monte Carlo version of the genetic algorithm, 2006).
    """
    own, one, other = draws
    mean = scores.mean(axis=1, keepdims=True)
    push = np.sqrt((1.0 - kept**2) / 2.0) * (scores[:, one] - scores[:, other])
    return mean + kept * (scores[:, own] - mean) + push
