"""The same campaigns under rival theories of combat: answers side by side, and weights by fit.

Each theory runs with its own fit and the same luck. Weights are those of the mixture that would
have told the records best (stacking of predictive densities; Yao, Vehtari, Simpson and Gelman
2018): unlike Bayes factors they ask which mixture forecasts, not which theory is true, and theories
that say the same share a weight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.calibrate import fitted_rows, left_out
from sinews.analysis.compare import wanted_measures
from sinews.analysis.fit import FittedRecord, log_density
from sinews.analysis.measures import Measure, expectations
from sinews.analysis.odds import LEVELS
from sinews.analysis.run import Row, row, samples_of
from sinews.analysis.weighed import keep, kept
from sinews.engine.posterior import read_posterior
from sinews.errors import Mistake, Together, name_list
from sinews.model.coefficients import THEORIES
from sinews.scenario import Scenario, load

Floats = NDArray[np.float64]

_STEPS = 3000  # of the search for weights; each costs microseconds


@dataclass(frozen=True)
class RivalSpread:
    """What members say of a measure: mean, 5 %, median and 95 %."""

    mean: float
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> "RivalSpread":
        """Of `values` with such `weights`, both [member]."""
        kept = weights > 0.0  # (a quantile asks for it)
        values, weights = values[kept], weights[kept]
        ends = np.quantile(values, LEVELS, weights=weights, method="inverted_cdf")
        return cls(float(np.average(values, weights=weights)), *map(float, ends))

    def plain(self) -> dict[str, float]:
        """As plain data, for JSON."""
        return {n: getattr(self, n) for n in ("mean", "low", "median", "high")}


@dataclass(frozen=True)
class RivalAnswer:
    """What each theory says of a measure, and what all say together."""

    measure: Measure
    theories: dict[str, RivalSpread]
    mixture: RivalSpread
    """With the theories' weights."""
    within: float
    """Mean variance of the theories' own answers, by weight."""
    between: float
    """Variance of their means, by weight: what is not known for want of a theory."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "name": self.measure.name,
            "unit": self.measure.unit,
            "theories": {name: each.plain() for name, each in self.theories.items()},
            "mixture": self.mixture.plain(),
            "variance_within": self.within,
            "variance_between": self.between,
        }


@dataclass(frozen=True)
class Rivalry:
    """A scenario under several theories."""

    scenario: Scenario = field(repr=False)
    theories: tuple[str, ...]
    fits: tuple[str, ...]
    """Whether each was fitted to the scenario: as `Posterior.state`."""
    measures: tuple[Measure, ...]
    values: Floats
    """[theory measure member]"""
    records: tuple[tuple[Row, ...], ...]
    """The scenario's records as each theory has them, options applied [theory record]."""
    densities: Floats
    """Log density of each record that fits use, as the theory foretells it, on the scale on which a
    fit compares them [theory record]."""
    scored: str
    """The scenario whose records those are: this one, or the one that it extends."""
    held_out: bool
    """Whether by fits to other records (`weigh`), without options; else by the members run."""
    doubt: str
    """Why what is kept of such fits is not used, in a sentence; empty if it is, or none is kept."""
    weeks: int
    seed: int

    @property
    def members(self) -> int:
        """Of each theory."""
        return self.values.shape[2]

    @cached_property
    def weights(self) -> Floats:
        """Of the theories [theory]; equal where there are no records."""
        return stacked(self.densities)

    def holds(self) -> list[int]:
        """How many records hold under each theory."""
        return [sum(r.verdict == "holds" for r in rows) for rows in self.records]

    def remark(self) -> str:
        """Of which records, and by whom, the scores and weights are; in sentences."""
        under = f" under {', '.join(o)}" if (o := self.scenario.applied) else ""
        if self.held_out:
            by = f"by fits to the others{', without options' if under else ''}"
        elif {*self.fits} == {"none"}:
            by = f"by members{under}; no theory was fitted, they go by ranges"
        else:
            by = f"by members{under} whose fits know them"
        holds = f"Records that hold are those of {self.scenario.name}{under}. "
        if not self.densities.shape[1]:
            return f"{holds}No fit may use any of them: all theories weigh alike."
        scores = f"Log scores and weights are of {self.densities.shape[1]} records of {self.scored}"
        doubt = f" {self.doubt}" if self.doubt else ""
        return f"{holds}{scores}, {by}; weights of the mixture that tells them best.{doubt}"

    def answers(self) -> Iterator[RivalAnswer]:
        """What is said of each measure."""
        even, weights = np.ones(self.members), np.repeat(self.weights, self.members)
        for at, measure in enumerate(self.measures):
            each = self.values[:, at]
            means = each.mean(axis=1)
            mean = float(self.weights @ means)
            yield RivalAnswer(
                measure,
                {n: RivalSpread.of(x, even) for n, x in zip(self.theories, each, strict=True)},
                RivalSpread.of(each.ravel(), weights),
                float(self.weights @ each.var(axis=1)),
                float(self.weights @ (means - mean) ** 2),
            )

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        told = zip(
            self.theories, self.fits, self.weights, self.holds(), self.densities, strict=True
        )
        return {
            "scenario": self.scenario.name,
            "options": list(self.scenario.applied),
            "members": self.members,
            "weeks": self.weeks,
            "seed": self.seed,
            "records": len(self.records[0]),
            "scored": self.scored,
            "held_out": self.held_out,
            "doubt": self.doubt,
            "theories": [
                {
                    "name": name,
                    "fit": fit,
                    "weight": float(weight),
                    "records_that_hold": holds,
                    "log_score": float(density.sum()),
                }
                for name, fit, weight, holds, density in told
            ],
            "answers": [answer.plain() for answer in self.answers()],
        }


def rivalry(
    scenario: str | Path | Scenario,
    theories: Sequence[str] = tuple(THEORIES),
    options: Sequence[str] = (),
    measures: Sequence[str] = (),
    members: int = 1000,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> Rivalry:
    """The headlines of a scenario, or the measures that are named, under rival theories of combat.

    A theory that was not fitted to the scenario goes on from the ranges of its numbers. Raises
    ScenarioError for a theory of no such name, and for a fit or log densities that are kept for it
    and cannot be read.
    """
    plain = load(scenario, options)
    names = tuple(dict.fromkeys(name_list(theories, "theories", plain.path.name)))
    told = Together(plain.name)
    if not names:
        remedy = f"write one or more of: {', '.join(THEORIES)}"
        told.mistakes.append(Mistake("theories", "no theory is named", remedy=remedy))
    weeks = told.look(partial(within_bounds, plain, members, weeks, seed), plain.weeks)
    variants = [told.look(partial(plain.with_theory, name), plain) for name in names]
    wanted = told.look(partial(wanted_measures, plain, measures, weeks), [])
    told.tell()
    fits = tuple(read_posterior(variant).state(variant) for variant in variants)
    weighed = kept(plain, names)
    found = expectations(plain, weeks)
    fitted = [e for e in fitted_rows(plain) if e in found]
    values, records, densities = [], [], []
    for variant in variants:
        asks = [*wanted, *(e.measure for e in found)]
        samples = samples_of(variant, asks, members, weeks, seed, progress)
        values.append([samples.values[m.name] for m in wanted])
        records.append(tuple(row(samples, e.measure, e) for e in found))
        told_of = [samples.values[e.measure.name] for e in fitted]
        densities.append(log_density(np.array(told_of, float).reshape(-1, members), fitted))
    return Rivalry(
        plain,
        names,
        fits,
        tuple(wanted),
        np.array(values, float).reshape(len(names), len(wanted), members),
        tuple(records),
        np.array(densities) if weighed.densities is None else weighed.densities,
        weighed.scored,
        weighed.densities is not None,
        weighed.doubt,
        weeks,
        seed,
    )


def weigh(
    scenario: str | Path | Scenario,
    theories: Sequence[str] = tuple(THEORIES),
    members: int = 512,
    rounds: int = 3,
    folds: int = 4,
    seed: int = 1,
) -> dict[str, list[FittedRecord]]:
    """What each theory says of each record by a fit that does not know it (`left_out`), kept beside
    the scenario for the weights of `rivalry`; smaller fits than those whose posterior is kept."""
    plain = load(scenario)
    found = {
        n: left_out(plain.with_theory(n), members, rounds, seed, None, folds) for n in theories
    }
    keep(plain, found)
    return found


def stacked(densities: Floats) -> Floats:
    """Weights [theory] that make the mixture's mean log density of the records greatest, by
    expectation and maximisation, from the theories' log densities [theory record].

    >>> told = np.log([[0.9, 0.9, 0.1], [0.1, 0.1, 0.9], [0.1, 0.1, 0.1]])
    >>> stacked(told).round(2).tolist()
    [0.71, 0.29, 0.0]
    """
    weights = np.full(len(densities), 1.0 / len(densities))
    if densities.shape[1] == 0:
        return weights
    likely = np.exp(densities - densities.max(axis=0))
    for _ in range(_STEPS):
        parts = weights[:, None] * likely
        weights = (parts / parts.sum(axis=0)).mean(axis=1)
    return weights
