"""What a fit found: the records before and after, and what they said of each number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sinews.analysis.measures import Expectation, Measure
from sinews.analysis.odds import LEVELS
from sinews.analysis.place import put
from sinews.engine.posterior import INFORMED, Posterior, contraction

Floats = NDArray[np.float64]

# Error of a record and of the model together, as a share, where a row says how close its median
# must be (a third of that) and where it does not (judged).
_SHARE, _LOOSE = 0.3, 0.10
# Km from its origin within which a front is known no better than there (judged).
_NEAR = 100.0
# It leans on an end of its range where its mean lies within this part of it.
_EDGE = 0.1


def compared(values: Floats, rows: Sequence[Expectation]) -> Floats:
    """Simulated or recorded numbers [row member] on the scale on which they are compared, per
    unit error: places as they are, totals in logs."""
    asked = [r.row.within for r in rows]
    errors = np.array([_LOOSE if w is None else _SHARE * w.middle for w in asked])[:, None]
    records = np.array([r.record for r in rows])[:, None]
    fronts = np.array([r.measure.unit == "km" for r in rows])[:, None]
    far = np.maximum(np.abs(records), _NEAR)
    return np.where(fronts, values / far, np.log(np.maximum(values, 1.0))) / errors


def log_density(values: Floats, rows: Sequence[Expectation]) -> Floats:
    """Log predictive density of records [row] by `values` [row member] of them: the mean over the
    members of a normal density about each, with the error of record and model that a fit allows."""
    if not rows:
        return np.zeros(0)
    records = np.array([[e.record] for e in rows])
    off = compared(values, rows) - compared(records, rows)
    return np.logaddexp.reduce(-0.5 * off**2, axis=1) - np.log(off.shape[1] * np.sqrt(2 * np.pi))


@dataclass(frozen=True)
class FittedNumber:
    """A number and what the records said of it."""

    name: str
    low: float
    high: float
    mean: float
    sd: float

    @property
    def contraction(self) -> float:
        """Share of the variance of its range that the records took."""
        return contraction(self.sd, self.low, self.high)

    @property
    def informed(self) -> bool:
        """Whether the records say anything of it."""
        return self.contraction >= INFORMED

    @property
    def leans(self) -> str:
        """The end of its range that it leans on, "low" or "high"; empty if none."""
        share = (self.mean - self.low) / (self.high - self.low)
        return "low" if share < _EDGE else "high" if share > 1.0 - _EDGE else ""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        own = ("name", "low", "high", "mean", "sd", "contraction", "informed", "leans")
        return {name: getattr(self, name) for name in own}


@dataclass(frozen=True)
class FittedRecord:
    """A record and what the model said of it before the fit and after: 5 %, median and 95 %."""

    measure: Measure
    record: float
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    density: float
    """Log density of the record as the fitted members foretell it (`log_density`)."""

    @classmethod
    def of(cls, row: Expectation, before: Floats, after: Floats, density: float) -> "FittedRecord":
        """Of what members [member] say of a record."""
        return cls(row.measure, row.record, _band(before), _band(after), float(density))

    @property
    def holds(self) -> bool:
        """Whether the record lies in the 5-95 % of the fitted members."""
        return self.after[0] <= self.record <= self.after[2]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        levels = ("low", "median", "high")
        told = {when: dict(zip(levels, getattr(self, when), strict=True)) for when in _TOLD}
        says = {"record": self.record, "holds": self.holds, "log_density": self.density}
        return {"name": self.measure.name} | says | told


_TOLD = ("before", "after")


@dataclass(frozen=True)
class Fit:
    """What a calibration found."""

    posterior: Posterior
    ranges: tuple[tuple[float, float], ...]
    """Of each number of the posterior."""
    rows: tuple[Expectation, ...]
    """The records that were fitted to."""
    prior: Floats
    """Numbers as they were first drawn [number member]."""
    before: Floats
    """What those members say of the records [row member]."""
    after: Floats
    """What members with fitted numbers say, with luck of their own [row member]."""
    misfits: tuple[float, ...]
    """How far members' medians are from the records before each round and at last, in standard
    errors of record and model, root mean square over the records."""
    members: int

    @cached_property
    def numbers(self) -> list[FittedNumber]:
        """Every number, the best known first."""
        draws = self.posterior.draws.astype(float)
        told = zip(self.posterior.names, self.ranges, draws.mean(axis=0), draws.std(0), strict=True)
        found = [FittedNumber(n, *ends, float(m), float(sd)) for n, ends, m, sd in told]
        return sorted(found, key=lambda n: -n.contraction)

    @property
    def records(self) -> list[FittedRecord]:
        """Every record that was fitted to."""
        densities = log_density(self.after, self.rows)
        told = zip(self.rows, self.before, self.after, densities, strict=True)
        return [FittedRecord.of(*each) for each in told]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "fitted_to": self.posterior.fitted_to,
            "members": self.members,
            "draws": len(self.posterior.draws),
            "misfits": list(self.misfits),
            "records": [r.plain() for r in self.records],
            "numbers": [n.plain() for n in self.numbers],
        }

    def tree(self) -> xr.DataTree:
        """The fit as ArviZ has it: groups `prior`, `posterior`, `prior_predictive`,
        `posterior_predictive` and `observed_data`, with dimensions chain, draw and row."""
        names, rows = list(self.posterior.names), [r.measure.name for r in self.rows]
        posterior = self.posterior.draws.T.astype(float)
        groups = {
            "prior": _sampled(names, self.prior),
            "posterior": _sampled(names, posterior),
            "prior_predictive": _sampled(["record"], self.before[None], rows),
            "posterior_predictive": _sampled(["record"], self.after[None], rows),
            "observed_data": xr.Dataset(
                {"record": ("row", np.array([r.record for r in self.rows]))}, {"row": rows}
            ),
        }
        return xr.DataTree.from_dict({f"/{name}": each for name, each in groups.items()})

    def export(self, file: Path) -> None:
        """Write `tree` as NetCDF, which `arviz.from_netcdf` reads; whole or not at all."""
        put(file, bytes(self.tree().to_netcdf(engine="h5netcdf")))


def _band(values: Floats) -> tuple[float, float, float]:
    low, median, high = map(float, np.quantile(values, LEVELS))
    return low, median, high


def _sampled(names: Sequence[str], values: Floats, rows: Sequence[str] | None = None) -> xr.Dataset:
    """Variables [chain draw] or [chain draw row] of `values` [name draw] or [name row draw]: one
    chain, since the members of a smoother are no chain."""
    dims = ("chain", "draw") if rows is None else ("chain", "draw", "row")
    turned = values if rows is None else values.transpose(0, 2, 1)
    arrays = {n: (dims, x[None]) for n, x in zip(names, turned, strict=True)}
    where = {"chain": [0], "draw": np.arange(turned.shape[1])}
    return xr.Dataset(arrays, where if rows is None else where | {"row": list(rows)})
