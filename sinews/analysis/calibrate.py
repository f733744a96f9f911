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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sinews.analysis.bounds import within_bounds
from sinews.analysis.fit import Fit
from sinews.analysis.measures import Expectation, expectations
from sinews.engine.posterior import Posterior, no_posterior, posterior_path, write_posterior
from sinews.engine.probes import Probe, probed
from sinews.engine.simulate import BLOCK, Draws, blocks
from sinews.errors import Mistake, ScenarioError, require
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile

Floats = NDArray[np.float64]

# Error of a record and of the model together, as a share, where a row says how close its median
# must be (a third of that) and where it does not (judged).
_SHARE, _LOOSE = 0.3, 0.10
# Draws kept.
_KEPT = 512

# What did not happen while the records run, so that they say nothing of it: nobody broke, and no
# border at peace was attacked. In the fit nobody breaks; members draw these from their ranges.
_UNSEEN = (
    "reliance", "blame_absent", "captivity", "demobilise", "onset", "busy", "pledge", "warning",
    "gather", "calm_sickness", *(name for name in COEFFICIENTS if name.startswith("break_")),
)  # fmt: skip
_UNBROKEN = {"break_rate": 0.0}


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
        for name, c in COEFFICIENTS.items()
        if name not in compiled.coefficients and name not in _UNSEEN
    ]
    ranged = [*compiled.ranges, *(n for n in compiled.coefficients.values() if n.uncertain)]
    return out + [Unknown(n.path, n.low or 0.0, n.high or 0.0) for n in ranged]


def spread(unknown: list[Unknown], scores: Floats) -> Floats:
    """Values [unknown member] of standard normal scores, each inside its range."""
    low = np.array([u.low for u in unknown])[:, None]
    high = np.array([u.high for u in unknown])[:, None]
    return low + (high - low) * ndtr(scores)


def compared(values: Floats, rows: list[Expectation]) -> Floats:
    """Simulated or recorded numbers [row member] on the scale on which they are compared, per
    unit error: places as they are, totals in logs."""
    asked = [r.row.within for r in rows]
    errors = np.array([_LOOSE if w is None else _SHARE * w.middle for w in asked])[:, None]
    records = np.array([r.record for r in rows])[:, None]
    fronts = np.array([r.measure.unit == "km" for r in rows])[:, None]
    return np.where(fronts, values / records, np.log(np.maximum(values, 1.0))) / errors


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
    require("fit")
    from covmats import CovViaDiagonal
    from pyesmda import ESMDA

    scenario = load(scenario)
    within_bounds(scenario, members, None, seed)
    compiled = compile(scenario)
    fitted = unknowns(compiled)
    names = tuple(u.name for u in fitted)
    rows = fitted_rows(scenario)
    if not rows:
        problem, remedy = "there is no record to fit to", "write [[expect]] rows"
        raise ScenarioError(scenario.path.name, [Mistake("expect", problem, remedy)])
    probes = [row.probe for row in rows]
    record = np.array([row.record for row in rows])[:, None]
    weeks = int(np.ceil(max(p.at for p in probes)))
    told: list[Floats] = []

    def forward(scores: Floats) -> Floats:
        values = spread(fitted, scores)
        told.append(simulated_rows(compiled, names, values, probes, weeks, seed + len(told)))
        if progress:
            progress(len(told), rounds + 1)
        return compared(told[-1], rows)

    chance = np.random.default_rng(seed)
    first = chance.standard_normal((len(fitted), members))
    smoother = ESMDA(
        compared(record, rows)[:, 0],
        first.copy(),
        CovViaDiagonal(np.ones(len(probes))),
        forward,
        n_assimilations=rounds,
        random_state=seed,
        is_parallel_analyse_step=False,
        is_forecast_for_last_assimilation=False,
    )
    smoother.solve()
    scores = np.asarray(smoother.m_posterior, float)
    forward(scores)
    draws = spread(fitted, scores)[:, :_KEPT].T.astype(np.float32)
    to = "" if scenario.applied else scenario.substance[0]
    posterior = Posterior(names, draws, to)
    fit = f"ES-MDA, {rounds} rounds, seed {seed}, fitted to {len(probes)} records to week {weeks}."
    head = [f"Joint posterior of {scenario.name}: {_KEPT} draws of {members},", fit]
    write_posterior(posterior_path(scenario), posterior, [*head, "Made by: sinews calibrate"])
    off = [np.median(compared(x, rows), axis=1) - compared(record, rows)[:, 0] for x in told]
    return Fit(
        posterior,
        tuple((u.low, u.high) for u in fitted),
        tuple(rows),
        spread(fitted, first),
        told[0],
        told[-1],
        tuple(float(np.sqrt(np.mean(x**2))) for x in off),
        members,
    )


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
                for n in COEFFICIENTS
            },
            {name: compiled.drawn(name, ranges) for name in compiled.terms},
        )

    runs = blocks(compiled, no_posterior(), range(values.shape[1]), weeks, seed, draw)
    return np.concatenate([probed(compiled, probes, b.rows) for b in runs], axis=1).astype(float)


def _fixed(compiled: Compiled, name: str) -> NDArray[np.float32]:
    number = compiled.coefficients.get(name)
    usual = _UNBROKEN.get(name, COEFFICIENTS[name].default)
    value = usual if number is None else number.middle
    return np.full(BLOCK, value, np.float32)
