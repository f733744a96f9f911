"""Calibration: the joint posterior of a scenario's coefficients and ranges, given its record.

Ensemble smoother with multiple data assimilation (ES-MDA; Emerick and Reynolds 2013), by the
library pyesmda: an ensemble of coefficient vectors is simulated, each with its own luck, and
moved towards the `[[expect]]` rows in several tempered steps. It needs no gradients, takes all
coefficients at once, and treats luck as what it is: spread that no coefficient explains. What
it does not give is a posterior of any shape: it is Gaussian in the shares of each range, read
through the normal quantile; hence the check on a fresh ensemble afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import not_whole, within_bounds
from sinews.analysis.fit import Fit, FittedRecord, compared, log_density
from sinews.analysis.measures import Expectation, expectations
from sinews.engine.posterior import Posterior, no_posterior, posterior_path, write_posterior
from sinews.engine.probes import Probe, probed
from sinews.engine.simulate import BLOCK, Draws, blocks
from sinews.engine.unknowns import FEWEST, Unknown, spread, unknowns
from sinews.errors import Mistake, ScenarioError, Together, require
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile

Floats = NDArray[np.float64]

# Draws kept.
_KEPT = 512

_MUTE = Mistake(
    "expect",
    "is met or missed by all members alike, so that no number can be fitted to it",
    "members that differ",
    "give ranges to what bears on it, or take more members",
)
# What did not happen while the records run, so that they say nothing of it: nobody broke, and no
# border at peace was attacked. In the fit nobody breaks; members draw these from their ranges.
_UNSEEN = (
    "reliance", "blame_absent", "captivity", "demobilise", "onset", "busy", "pledge", "warning",
    "gather", "calm_sickness", *(name for name in COEFFICIENTS if name.startswith("break_")),
)  # fmt: skip
_UNBROKEN = {"break_rate": 0.0}


def fitted_rows(scenario: Scenario) -> list[Expectation]:
    """The records that a fit uses: all but what is kept for checking, and what is or is not."""
    return [r for r in expectations(scenario) if r.row.fit and not r.measure.either]


def calibrate(
    scenario: str | Path | Scenario,
    members: int = 4096,
    rounds: int = 6,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Fit a scenario to its `[[expect]]` rows and keep the posterior beside it.

    `progress` is told (rounds done, rounds in all), the last of them for what the fitted members
    say. Returns what was found, the posterior written among it. Raises ScenarioError if there is
    no record that it may use, or without the extra `fit`.
    """
    scenario = load(scenario)
    ask = _asked(scenario, members, rounds, seed)

    def step(done: int) -> None:
        if progress:
            progress(done, rounds + 1)

    first, scores, told = _smoothed(ask, np.ones(len(ask.rows), bool), members, rounds, seed, step)
    draws = spread(ask.fitted, _few(scores)).T.astype(np.float32)
    to = "" if scenario.applied else scenario.substance[0]
    posterior = Posterior(ask.names, draws, to, theory=scenario.theory)
    records = f"{len(ask.rows)} records to week {ask.weeks}"
    fit = f"ES-MDA, {rounds} rounds, seed {seed}, fitted to {records}."
    under = f" under {scenario.theory}" if scenario.theory else ""
    kept = f"{len(draws):,} draws of {members:,},"
    head = [f"Joint posterior of {scenario.name}{under}: {kept}", fit]
    write_posterior(posterior_path(scenario), posterior, [*head, "Made by: sinews calibrate"])
    off = [np.median(compared(x, ask.rows), axis=1) - ask.truth for x in told]
    return Fit(
        posterior,
        tuple((u.low, u.high) for u in ask.fitted),
        tuple(ask.rows),
        spread(ask.fitted, first),
        told[0],
        told[-1],
        tuple(float(np.sqrt(np.mean(x**2))) for x in off),
        members,
    )


def _few(scores: Floats) -> Floats:
    """So many of the scores [number member] as are kept, with the mean and covariance of all: what
    follows from them is as sure as if all were kept."""
    few = scores[:, :_KEPT]
    if few.shape == scores.shape:
        return few
    own, (one, other) = few.mean(axis=1, keepdims=True), (_root(x) for x in (scores, few))
    return scores.mean(axis=1, keepdims=True) + one @ np.linalg.solve(other, few - own)


def _root(scores: Floats) -> Floats:
    """A root of the covariance of scores [number member], with a trifle where nothing varies."""
    root = np.linalg.cholesky(np.cov(scores) + 1e-9 * np.eye(len(scores)))
    return np.asarray(root, float)


def left_out(
    scenario: str | Path | Scenario,
    members: int = 1024,
    rounds: int = 4,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
    folds: int | None = None,
) -> list[FittedRecord]:
    """What members fitted to all other records say of each record; nothing is kept.

    `before` is what they say with their numbers drawn from the ranges. Smaller fits than
    `calibrate`, one for each record; or so many `folds`, each without every so-manieth record.
    `progress` is told (fits done, fits in all). Raises ScenarioError if there are fewer than two
    records, or without the extra `fit`.
    """
    scenario = load(scenario)
    ask = _asked(scenario, members, rounds, seed)
    if len(ask.rows) < 2:
        problem, remedy = "there is one record alone", "write more [[expect]] rows"
        raise ScenarioError(scenario.path.name, [Mistake("expect", problem, remedy)])
    count = len(ask.rows)
    folds = count if folds is None else min(folds, count)
    found: dict[int, FittedRecord] = {}
    for fold in range(folds):
        out = np.arange(count) % folds == fold
        told = _smoothed(ask, ~out, members, rounds, seed, lambda _: None)[2]
        densities = log_density(told[-1], ask.rows)
        for i in np.flatnonzero(out).tolist():
            found[i] = FittedRecord.of(ask.rows[i], told[0][i], told[-1][i], densities[i])
        if progress:
            progress(fold + 1, folds)
    return [found[i] for i in range(count)]


@dataclass(frozen=True)
class _Asked:
    """What a fit is asked: which numbers, to meet which records."""

    compiled: Compiled
    fitted: list[Unknown]
    rows: list[Expectation]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(u.name for u in self.fitted)

    @property
    def probes(self) -> list[Probe]:
        return [row.probe for row in self.rows]

    @property
    def weeks(self) -> int:
        return int(np.ceil(max(p.at for p in self.probes)))

    @property
    def truth(self) -> Floats:
        """The records [row] as they are `compared`."""
        return compared(np.array([row.record for row in self.rows])[:, None], self.rows)[:, 0]


def _asked(scenario: Scenario, members: int, rounds: int, seed: int) -> _Asked:
    require("fit")
    told = Together(scenario.name)
    told.look(partial(within_bounds, scenario, members, None, seed), 0)
    told.mistakes += not_whole("rounds", rounds, 1)
    told.tell()
    rows = fitted_rows(scenario)
    if members < (least := max(FEWEST, 2 * len(rows))):
        problem = f"are too few to fit to {len(rows)} records"
        expected = f"it must be {least} or more"
        mistake = Mistake("members", problem, expected, "take more", str(members))
        raise ScenarioError(scenario.name, [mistake])
    if not rows:
        problem, remedy = "there is no record to fit to", "write [[expect]] rows"
        raise ScenarioError(scenario.path.name, [Mistake("expect", problem, remedy)])
    compiled = compile(scenario)
    fitted = [u for u in unknowns(compiled) if u.name not in _UNSEEN]
    return _Asked(compiled, fitted, rows)


def _smoothed(
    ask: _Asked,
    used: NDArray[np.bool_],
    members: int,
    rounds: int,
    seed: int,
    step: Callable[[int], None],
) -> tuple[Floats, Floats, list[Floats]]:
    """Scores [number member] before and after a fit to the records that are `used` [row], and what
    members said of all records [row member] before each round and at last."""
    from covmats import CovViaDiagonal
    from pyesmda import ESMDA

    told: list[Floats] = []

    def forward(scores: Floats) -> Floats:
        values = spread(ask.fitted, scores)
        luck = seed + len(told)
        told.append(simulated_rows(ask.compiled, ask.names, values, ask.probes, ask.weeks, luck))
        step(len(told))
        asked = compared(told[-1], ask.rows)[used]
        if not np.ptp(asked, axis=1).any():
            raise ScenarioError(ask.compiled.scenario.path.name, [_MUTE])
        return asked

    first = np.random.default_rng(seed).standard_normal((len(ask.fitted), members))
    smoother = ESMDA(
        ask.truth[used],
        first.copy(),
        CovViaDiagonal(np.ones(int(used.sum()))),
        forward,
        n_assimilations=rounds,
        random_state=seed,
        is_parallel_analyse_step=False,
        is_forecast_for_last_assimilation=False,
    )
    smoother.solve()
    scores = np.asarray(smoother.m_posterior, float)
    forward(scores)
    return first, scores, told


def simulated_rows(
    compiled: Compiled,
    names: tuple[str, ...],
    values: Floats,
    probes: list[Probe],
    weeks: int,
    seed: int,
) -> Floats:
    """The probes [probe member] of members that hold the values [name member] proposed for them."""

    def draw(numbers: NDArray[np.uint32]) -> Draws:
        mine = np.minimum(numbers, values.shape[1] - 1)
        table = dict(zip(names, values[:, mine].astype(np.float32), strict=True))
        ranges = np.array([table[n.path] for n in compiled.ranges], np.float32)
        ranges = ranges.reshape(len(compiled.ranges), BLOCK)
        return Draws(
            {
                n: table.get(n, table.get(f"coefficient.{n}", _fixed(compiled, n)))
                for n in compiled.scenario.known
            },
            {name: compiled.drawn(name, ranges) for name in compiled.terms},
        )

    runs = blocks(compiled, no_posterior(), range(values.shape[1]), weeks, seed, draw)
    return np.concatenate([probed(compiled, probes, b.rows) for b in runs], axis=1).astype(float)


def _fixed(compiled: Compiled, name: str) -> NDArray[np.float32]:
    number = compiled.coefficients.get(name)
    usual = _UNBROKEN.get(name, compiled.scenario.known[name].default)
    value = usual if number is None else number.middle
    return np.full(BLOCK, value, np.float32)
