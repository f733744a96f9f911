"""Members that have told what happened: where a forecast of a campaign under way begins.

Rows say what happened, with the errors that calibration gives records. Of each row's likelihood a
part moves members' numbers, their coefficients and ranges, before they start: an ensemble smoother
that is run several times (ES-MDA), to which luck is spread that no number explains. The rest is a
particle filter's: members run from one date of the rows to the next, are weighed by what they told,
and drawn again by weight, so that those that told it go on, some of them several times, each with
luck of its own from there on. Neither does alone: the smoother moves no front to where it was seen
and leaves what luck did to chance, the filter loses all but a few members where many rows are far
from most, and is then sure of what is wrong.

What remains: members' common past is told by fewer and fewer of them the further back it lies. A
number moves at the smoother's hand as if all were linear and Gaussian in the score of its range.

Sources: Gordon, Salmond and Smith, Novel approach to nonlinear/non-Gaussian Bayesian state
estimation (1993), the filter; Kitagawa, Monte Carlo filter and smoother (1996), drawing by even
steps; Liu and West, Combined parameter and state estimation in simulation-based filtering (2001),
numbers that move a little at each drawing; Emerick and Reynolds, Ensemble smoother with multiple
data assimilation (2013); Frei and Kuensch, Bridging the ensemble Kalman and particle filters
(2013), the two in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import LARGEST_SEED, Progress
from sinews.analysis.branching import SharedPast, grown, some_of
from sinews.analysis.calibrate import compared
from sinews.analysis.measures import Expectation, Measure
from sinews.engine.posterior import Posterior, no_posterior
from sinews.engine.simulate import BLOCK, own_draws, regrouped
from sinews.engine.unknowns import Unknown, moved, scores_of, spread, unknowns
from sinews.scenario import Scenario
from sinews.scenario.compile import compile

Floats = NDArray[np.float64]

# Share of each likelihood that moves numbers before the start, and in how many rounds (judged; with
# these, bands hold what they should: tools/assimilation.py). What is or is not moves none.
_SMOOTHED, _ROUNDS = 0.5, 4
# Chance that what is said to be or not to be is mistaken (judged).
_WRONG = 0.01
# Share of the members that must count lest they be drawn again, and at the least: likelihoods are
# taken to the power at which so many do.
_FEW, _LEAST = 1 / 2, 1 / 32
# How much of its distance from the mean a number keeps as it is moved (Liu and West: 0.97 to 0.99).
_KEPT = 0.99
# Members that run at a time where nothing but some measures is kept.
_BATCH = 8 * BLOCK


@dataclass(frozen=True)
class Window:
    """A week at whose end members were weighed."""

    week: int
    rows: tuple[Expectation, ...]
    effective: float
    """How many members of equal weight would tell as much (Kong 1992)."""
    power: float
    """To which likelihoods were taken: 1, or less where too few members would be left."""
    nearest: Floats
    """How many standard errors the nearest member was from each row [row]."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        names = [row.measure.name for row in self.rows]
        about = {"week": self.week, "effective": self.effective, "power": self.power}
        return about | {"rows": names}


def filtered(
    scenario: Scenario,
    rows: Sequence[Expectation],
    weeks: int,
    members: int,
    seed: int = 1,
    posterior: Posterior | None = None,
    progress: Progress | None = None,
) -> tuple[SharedPast, tuple[Window, ...]]:
    """So many members of a scenario, `weeks` after its start, that have told some rows of until
    then, and how they came to. All weigh the same.

    Their numbers begin from a posterior, which must not have known the rows, or from their ranges.
    A campaign goes on from them by `grown`, a brief by `past`, as from any common past.
    """
    compiled = compile(scenario)
    numbers = unknowns(compiled)
    names = [number.name for number in numbers]
    own = own_draws(compiled, posterior or no_posterior(), names, seed, members)
    trunk = SharedPast(scenario, compiled, own, range(members), seed, ())
    trunk = _smoothed(trunk, rows, numbers, progress)
    windows: list[Window] = []
    even = weights = np.full(members, 1.0 / members)
    for week, group in groupby(sorted(rows, key=week_due), key=week_due):
        trunk, due = grown(trunk, scenario, week, progress, compiled), tuple(group)
        away = distances(trunk.values([row.measure for row in due]), due)
        left = np.array([1.0 if row.measure.either else 1.0 - _SMOOTHED for row in due])
        weights, power = _weighed(weights, -0.5 * (left[:, None] * away**2).sum(axis=0))
        windows.append(Window(week, due, _effective(weights), power, np.abs(away).min(axis=1)))
        if _effective(weights) < _FEW * members:
            trunk, weights = _drawn_again(trunk, weights, numbers), even
    trunk = grown(trunk, scenario, weeks, progress, compiled)
    if weights is not even:
        trunk = _drawn_again(trunk, weights, numbers)
    return trunk, tuple(windows)


def week_due(row: Expectation) -> int:
    """The first week at whose end a row's date has come."""
    return ceil(row.probe.at)


def values_ahead(
    past: SharedPast, measures: Sequence[Measure], weeks: int, progress: Progress | None = None
) -> Floats:
    """Measures [measure member] of members that go on to `weeks` since the start; some at a time,
    so that no more is kept."""
    parts: list[Floats] = []
    for first in range(0, len(past.members), _BATCH):
        part = range(first, min(first + _BATCH, len(past.members)))
        some = some_of(past, part) if past.paused else replace(past, members=part)
        run = grown(some, past.scenario, weeks, progress, past.compiled)
        parts.append(run.values(list(measures)))
    return np.concatenate(parts, axis=1)


def distances(values: Floats, rows: Sequence[Expectation]) -> Floats:
    """By how many standard errors values [row member] are off the rows [row member]; what is and
    should not be, or the reverse, by as many as are as likely as that the row is mistaken."""
    rows = list(rows)
    record = np.array([[row.record] for row in rows])
    either = np.array([[row.measure.either] for row in rows])
    wrong = (np.abs(values - record) > 0.5) * np.sqrt(-2.0 * np.log(_WRONG))
    return np.where(either, wrong, compared(values, rows) - compared(record, rows))


def _smoothed(
    seedling: SharedPast,
    rows: Sequence[Expectation],
    numbers: list[Unknown],
    progress: Progress | None,
) -> SharedPast:
    """Members yet to start, their numbers moved towards the rows by a part of each likelihood."""
    known = [row for row in rows if not row.measure.either]
    if not known:
        return seedling
    record = compared(np.array([[row.record] for row in known]), known)
    for turn in range(_ROUNDS):
        # Luck of its own in each round: numbers must not learn what luck did.
        lucky = replace(seedling, seed=(seedling.seed + 1 + turn) % (LARGEST_SEED + 1))
        measures, last = [row.measure for row in known], max(map(week_due, known))
        off = record - compared(values_ahead(lucky, measures, last, progress), known)
        scores = scores_of(numbers, seedling.posterior.draws.T.astype(float))
        nearer = _nearer(scores, off, np.random.default_rng((seedling.seed, turn)))
        draws = spread(numbers, nearer).T.astype(np.float32)
        seedling = replace(seedling, posterior=replace(seedling.posterior, draws=draws))
    return seedling


def _nearer(scores: Floats, off: Floats, chance: np.random.Generator) -> Floats:
    """Scores [unknown member] moved by what their members are off [row member], in standard errors:
    x -> x + cov(x, y) (cov(y) + a)^-1 (off + sqrt(a) e), a being how much each round inflates the
    variance of errors, e a standard normal draw. Source: Emerick and Reynolds 2013, equation 8."""
    inflated = _ROUNDS / _SMOOTHED
    apart, away = (x - x.mean(axis=1, keepdims=True) for x in (off, scores))
    covariance = apart @ apart.T / off.shape[1] + inflated * np.eye(len(off))
    noisy = off + np.sqrt(inflated) * chance.standard_normal(off.shape)
    gain = np.linalg.solve(covariance, -apart @ away.T / off.shape[1]).T
    return scores + gain @ noisy


def _weighed(weights: Floats, logs: Floats) -> tuple[Floats, float]:
    """Weights [member] that add up to 1, taken times likelihoods of which the logs are given, and
    the power to which these were taken: the highest at which enough members count."""

    def weighed(power: float) -> Floats:
        product = weights * np.exp(power * (logs - logs.max()))
        return product / product.sum()

    least, low, high = _LEAST * len(logs), 0.0, 1.0
    if _effective(weighed(1.0)) >= least:
        return weighed(1.0), 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _effective(weighed(middle)) >= least else (low, middle)
    return weighed(low), low


def _effective(weights: Floats) -> float:
    return float(1.0 / (weights @ weights))


def _drawn_again(trunk: SharedPast, weights: Floats, numbers: list[Unknown]) -> SharedPast:
    """As many members drawn by weight, their numbers moved; each goes on with its place's luck."""
    count, chance = len(weights), np.random.default_rng((trunk.seed, _ROUNDS + trunk.week))
    total = np.cumsum(weights)
    steps = (np.arange(count) + chance.random()) / count * total[-1]
    parents = np.minimum(np.searchsorted(total, steps), count - 1)
    places = zip(regrouped(trunk.paused, parents.tolist()), trunk.paused, strict=True)
    paused = tuple(replace(new, members=old.members, keys=old.keys) for new, old in places)
    scores = scores_of(numbers, trunk.posterior.draws[parents].T.astype(float))
    own = np.stack([np.arange(count), *chance.integers(count, size=(2, count))])
    apart = moved(scores, own, _KEPT)
    draws = spread(numbers, apart).T.astype(np.float32)
    posterior = replace(trunk.posterior, draws=draws, parents=parents)
    return replace(trunk, posterior=posterior, paused=paused)
