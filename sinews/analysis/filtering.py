"""Members that have told what happened: where a forecast of a campaign under way begins.

Rows say what happened, with the errors that calibration gives records, or larger ones where what
members say of rows of a kind shows that the model misses them by more. Of each row's likelihood a
part moves members' numbers, their coefficients and ranges, before they start: an ensemble smoother
that is run several times (ES-MDA), which takes for an error of the row what luck spreads. The rest
is a particle filter's: members run from one date of the rows to the next, are weighed by what they
told, and drawn again by weight, so that those that told it go on, some of them several times, each
with luck of its own from there on. Neither does alone: the smoother moves no front to where it was
seen and leaves what luck did to chance, the filter loses all but a few members where many rows are
far from most, and is then sure of what is wrong. So only the last row of a kind is the filter's, in
part: what is to come depends on where things stand, and by which way they came is told by numbers.

What remains: members' common past is told by fewer and fewer of them the further back it lies. A
number moves at the smoother's hand as if all were linear and Gaussian in the score of its range.

Sources: Gordon, Salmond and Smith, Novel approach to nonlinear/non-Gaussian Bayesian state
estimation (1993), the filter; Kitagawa, Monte Carlo filter and smoother (1996), drawing by even
steps; Liu and West, Combined parameter and state estimation in simulation-based filtering (2001),
numbers that move a little at each drawing; Emerick and Reynolds, Ensemble smoother with multiple
data assimilation (2013); Frei and Kuensch, Bridging the ensemble Kalman and particle filters
(2013), the two in one; Dee, On-line estimation of error covariance parameters for atmospheric data
assimilation (1995), and Stroud, Katzfuss and Wikle, A Bayesian adaptive ensemble Kalman filter for
sequential state and parameter estimation (2018), errors by how likely they make the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from sinews.analysis.bounds import LARGEST_SEED, Progress
from sinews.analysis.branching import SharedPast, grown, some_of
from sinews.analysis.fit import compared
from sinews.analysis.measures import Expectation, Measure
from sinews.engine.posterior import Posterior, no_posterior
from sinews.engine.simulate import BLOCK, own_draws, regrouped
from sinews.engine.unknowns import FEWEST, Unknown, jittered, scores_of, spread, unknowns
from sinews.errors import Mistake
from sinews.scenario import Scenario
from sinews.scenario.compile import compile

Floats = NDArray[np.float64]

# Share of the likelihood of a last row that moves numbers before the start, and in how many rounds
# (judged; with these, bands hold what they should: tools/assimilation.py).
_SMOOTHED, _ROUNDS = 0.5, 4
# One in so many members runs each round twice, which tells luck from numbers.
_TWICE = 4
# How many times its own error a row's may be, and how many rows met with their own error each kind
# is taken to have had before (judged): few rows say little of errors.
_TIMES, _MET = np.geomspace(1.0, 16.0, 41), 4
# Chance that what is said to be or not to be is mistaken (judged).
_WRONG = 0.01
# Share of the members that must count lest they be drawn again, and at the least: likelihoods are
# taken to the power at which so many do.
_FEW, _LEAST = 1 / 2, 1 / 4
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
    errors: Floats
    """How many times its own error each row's was taken [row]: 1, or more where the model misses
    rows of its kind by more."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        names = [row.measure.name for row in self.rows]
        about = {"week": self.week, "effective": self.effective, "power": self.power}
        return about | {"rows": names, "errors": self.errors.tolist()}


def too_few(members: int, each: int = 1) -> list[Mistake]:
    """What is wrong with so many members, for `each` of which so many are weighed.

    >>> too_few(16), too_few(4, each=4), too_few(3, each=4)[0].expected
    ([], [], 'it must be 4 or more')
    """
    if each * members >= FEWEST:
        return []
    expected = f"it must be {ceil(FEWEST / each)} or more"
    problem = "are too few to tell what happened"
    return [Mistake("members", problem, expected, "take more", str(members))]


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
    trunk = yet_to_start(scenario, members, seed, posterior or no_posterior())
    compiled, numbers = trunk.compiled, unknowns(trunk.compiled)
    parts = {row.measure: _smoothed_part(row, rows) for row in rows}
    trunk, times = _smoothed(trunk, rows, parts, numbers, progress)
    windows: list[Window] = []
    even = weights = np.full(members, 1.0 / members)
    for week, group in groupby(sorted(rows, key=week_due), key=week_due):
        trunk, due = grown(trunk, scenario, week, progress, compiled), tuple(group)
        away = distances(trunk.values([row.measure for row in due]), due)
        left = np.array([1.0 - parts[row.measure] for row in due])
        errors = np.array([times.get(_kind(row), 1.0) for row in due])
        logs = -0.5 * ((left / errors**2)[:, None] * away**2).sum(axis=0)
        weights, power = tempered(weights, logs, _LEAST)
        nearest = np.abs(away).min(axis=1)
        windows.append(Window(week, due, effective(weights), power, nearest, errors))
        if effective(weights) < _FEW * members:
            trunk, weights = drawn_again(trunk, weights, numbers), even
    trunk = grown(trunk, scenario, weeks, progress, compiled)
    if weights is not even:
        trunk = drawn_again(trunk, weights, numbers)
    return trunk, tuple(windows)


def yet_to_start(scenario: Scenario, members: int, seed: int, posterior: Posterior) -> SharedPast:
    """So many members before the start, each with numbers of its own, which can be moved."""
    compiled = compile(scenario)
    names = [number.name for number in unknowns(compiled)]
    own = own_draws(compiled, posterior, names, seed, members)
    return SharedPast(scenario, compiled, own, range(members), seed, ())


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


def _kind(row: Expectation) -> tuple[str, ...]:
    """One measure of one power; all fronts are of one kind."""
    m = row.measure
    return (m.series,) if m.unit == "km" else (m.series, *m.labels)


def _smoothed_part(row: Expectation, rows: Sequence[Expectation]) -> float:
    """The part of its likelihood that moves numbers: all if a later row says the same thing anew,
    none of what is or is not."""
    m, others = row.measure, (each.measure for each in rows)
    if m.either:
        return 0.0
    same = (x for x in others if (x.series, x.labels) == (m.series, m.labels))
    return 1.0 if any(x.at > m.at for x in same) else _SMOOTHED


def _smoothed(
    seedling: SharedPast,
    rows: Sequence[Expectation],
    parts: Mapping[Measure, float],
    numbers: list[Unknown],
    progress: Progress | None,
) -> tuple[SharedPast, dict[tuple[str, ...], float]]:
    """Members yet to start, their numbers moved towards the rows by a part of each likelihood; and
    by kind how many times their own error the rows' are."""
    known = [row for row in rows if not row.measure.either]
    kinds, times = [_kind(row) for row in known], dict[tuple[str, ...], float]()
    if not known:
        return seedling, times
    record = compared(np.array([[row.record] for row in known]), known)
    measures, last = [row.measure for row in known], max(map(week_due, known))
    members = len(seedling.members)
    twice = min(max(members // _TWICE, BLOCK), members)

    def off(count: int, turn: int) -> Floats:
        # Luck of its own in each round: numbers must not learn what luck did.
        luck = (seedling.seed + 1 + turn) % (LARGEST_SEED + 1)
        some = replace(seedling, members=range(count), seed=luck)
        return record - compared(values_ahead(some, measures, last, progress), known)

    for turn in range(_ROUNDS):
        away = off(members, turn)
        luck = np.cov(away[:, :twice] - off(twice, _ROUNDS + turn)).reshape(len(known), -1) / 2.0
        times = _errors(away, kinds)
        errors = [
            times[kind] ** 2 / parts[row.measure] for kind, row in zip(kinds, known, strict=True)
        ]
        scores = scores_of(numbers, seedling.posterior.draws.T.astype(float))
        chance = np.random.default_rng((seedling.seed, turn))
        nearer = _nearer(scores, away, np.diag(errors), luck, chance)
        draws = spread(numbers, nearer).T.astype(np.float32)
        seedling = replace(seedling, posterior=replace(seedling.posterior, draws=draws))
    return seedling, times


def _errors(off: Floats, kinds: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """By kind of row, how many times their own error makes the rows likeliest, of which members are
    `off` [row member] so many of these: sum of log mean over members of a normal density at `off`
    with that sd, and as many rows again that were met with their own error. 1 at the least: the
    model is not better than the record."""
    logs = np.stack([logsumexp(-0.5 * (off / x) ** 2, axis=1) - np.log(x) for x in _TIMES], axis=1)
    # What is given at the start says nothing of the model.
    logs[np.ptp(off, axis=1) == 0.0] = 0.0
    before = -_MET * (np.log(_TIMES) + 0.5 / _TIMES**2)
    found = dict[tuple[str, ...], float]()
    for kind in dict.fromkeys(kinds):
        own = logs[[each == kind for each in kinds]].sum(axis=0)
        found[kind] = float(_TIMES[np.argmax(own + before)])
    return found


def _nearer(
    scores: Floats, off: Floats, errors: Floats, luck: Floats, chance: np.random.Generator
) -> Floats:
    """Scores [unknown member] moved by what their members are off [row member], given what no
    number explains, the covariances of errors and of luck [row row]: x -> x + cov(x, y) (cov(y) +
    a)^-1 (off + a^(1/2) e), e standard normal draws. With as many rounds r, a = r errors + (r - 1)
    luck, since luck is in `off` already: so all rounds together tell each row once. Source: Emerick
    and Reynolds 2013, equation 8, whose models have no luck."""
    added = _ROUNDS * errors + (_ROUNDS - 1) * luck
    apart, away = (x - x.mean(axis=1, keepdims=True) for x in (off, scores))
    covariance = apart @ apart.T / off.shape[1] + added
    noisy = off + np.linalg.cholesky(added) @ chance.standard_normal(off.shape)
    gain = np.linalg.solve(covariance, -apart @ away.T / off.shape[1]).T
    return scores + gain @ noisy


def tempered(weights: Floats, logs: Floats, share: float) -> tuple[Floats, float]:
    """Weights [member] that add up to 1, taken times likelihoods of which the logs are given, and
    the power to which these were taken: the highest at which this share of the members count."""

    def weighed(power: float) -> Floats:
        product = weights * np.exp(power * (logs - logs.max()))
        return product / product.sum()

    least, low, high = share * len(logs), 0.0, 1.0
    if effective(weighed(1.0)) >= least:
        return weighed(1.0), 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(weighed(middle)) >= least else (low, middle)
    return weighed(low), low


def effective(weights: Floats) -> float:
    """How many members of equal weight would tell as much as some that weigh so [member], adding up
    to 1 (Kong 1992).

    >>> effective(np.array([0.5, 0.5, 0.0]))
    2.0
    """
    return float(1.0 / (weights @ weights))


def drawn_again(
    trunk: SharedPast, weights: Floats, numbers: list[Unknown], count: int | None = None
) -> SharedPast:
    """As many members, or fewer, drawn by weight, their numbers moved; each goes on with its
    place's luck."""
    count = len(weights) if count is None else count
    chance = np.random.default_rng((trunk.seed, _ROUNDS + trunk.week))
    total = np.cumsum(weights)
    steps = (np.arange(count) + chance.random()) / count * total[-1]
    parents = np.minimum(np.searchsorted(total, steps), len(weights) - 1)
    drawn = regrouped(trunk.paused, parents.tolist())
    places = zip(drawn, trunk.paused[: len(drawn)], strict=True)
    paused = tuple(replace(new, members=old.members, keys=old.keys) for new, old in places)
    scores = scores_of(numbers, trunk.posterior.draws[parents].T.astype(float))
    own = np.stack([np.arange(count), *chance.integers(count, size=(2, count))])
    apart = jittered(scores, own, _KEPT)
    draws = spread(numbers, apart).T.astype(np.float32)
    posterior = replace(trunk.posterior, draws=draws, parents=parents)
    return replace(trunk, posterior=posterior, members=range(count), paused=paused)
