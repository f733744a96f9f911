"""What the player's side may know, in one place, and forecasts that know no more.

`SEEN` is the whole list: a series that is not in it is hidden. The player's campaign is one member
of an ensemble that never serves to forecast it; forecasts come from those other members that look
most like it in what the player's side sees (`weights`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

    from sinews.analysis.measures import Measure

OWN, OPEN, PARTY = "own", "open", "party"

SEEN: dict[str, str] = {
    # a power's own, and what it believes of others
    **dict.fromkeys(
        "irrecoverable sick_wounded casualties killed captured_men largest_haul field_strength "
        "force quality strength days formed ready untrained occupied equipment lost made received "
        "bought sold produced capacity materials gold strength_seen trust".split(),
        OWN,
    ),
    # known to all
    **dict.fromkeys("front hostile held".split(), OPEN),
    # known to those who signed
    **dict.fromkeys("in_force broken demarcated delivered late paid lapsed".split(), PARTY),
}


def parties(scenario: Scenario, power: str) -> dict[str, list[str]]:
    """The agreements that a power is party to and the lots that it buys or sells."""
    return {
        "agreement": [name for name, a in scenario.agreements.items() if power in a.parties],
        "lot": [
            f"{name} {good}"
            for name, c in scenario.contracts.items()
            if power in (c.seller, c.buyer)
            for good in c.goods
        ],
    }


def may_see(measure: Measure, scenario: Scenario, power: str) -> bool:
    """Whether a power knows a measure of the true campaign."""
    match SEEN.get(measure.series):
        case "own":
            return measure.labels[0] == power
        case "party":
            return measure.labels[0] in {
                x for own in parties(scenario, power).values() for x in own
            }
        case rule:
            return rule == OPEN


def visible(dataset: xr.Dataset, scenario: Scenario, power: str) -> dict[str, xr.DataArray]:
    """The series of a Dataset with every trajectory, as far as a power may see them."""
    signed = parties(scenario, power)
    out: dict[str, Any] = {}
    for name, rule in SEEN.items():
        if name not in dataset:
            continue
        series = dataset[name]
        if rule == OWN:
            series = series.sel(power=power)
        elif rule == PARTY:
            axis = next(axis for axis in signed if axis in series.dims)
            there = set(series[axis].values)
            series = series.sel({axis: [x for x in signed[axis] if x in there]})
        out[name] = series
    return out


def numbers(series: Mapping[str, xr.DataArray], weeks: Iterable[int]) -> NDArray[np.float64]:
    """Visible series at those weeks, side by side [member number]."""
    at = list(weeks)
    parts = [
        x.sel(week=at).values.astype(float).reshape(x.sizes["member"], -1) for x in series.values()
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((0, 0))


def fingerprint(series: Mapping[str, xr.DataArray], week: int) -> str:
    """The bits of what one member's side had seen before a week (whose own decisions may show at
    once)."""
    found = numbers(series, range(week)).astype(np.float32)
    return sha256(found.tobytes()).hexdigest()


def weights(
    ensemble: NDArray[np.float64], truth: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Which rows of an ensemble [member number] come nearest to the truth [number], ascending.

    Distance is the root mean square over numbers of (member - truth) / standard deviation of the
    members; numbers that are the same in every member tell nothing and are left out. Of members
    equally near, the first are taken.

    >>> weights(np.array([[0.0, 5.0], [2.0, 5.0], [9.0, 5.0]]), np.array([3.0, 7.0]), 2).tolist()
    [0, 1]
    """
    spread = ensemble.std(axis=0)
    # Rounding in float32 is not a difference between members.
    telling = spread > 1e-5 * np.maximum(np.abs(ensemble).max(axis=0, initial=0.0), 1e-9)
    apart = (ensemble[:, telling] - truth[telling]) / spread[telling]
    distance = np.sqrt((apart**2).mean(axis=1)) if telling.any() else np.zeros(len(ensemble))
    return np.sort(np.argsort(distance, kind="stable")[:count])


def plain(series: Mapping[str, xr.DataArray], week: int) -> dict[str, Any]:
    """Visible series of one member in a week, as plain data: unit, meaning and value by label."""
    return {
        name: {
            "unit": x.attrs.get("units", ""),
            "meaning": x.attrs.get("long_name", ""),
            "value": _value(x.isel(member=0).sel(week=week)),
        }
        for name, x in series.items()
    }


def changes(series: Mapping[str, xr.DataArray], before: int, after: int) -> list[dict[str, Any]]:
    """What became different in a member between two weeks: series, labels, from what to what."""
    out: list[dict[str, Any]] = []
    for name, x in series.items():
        then, now = (x.isel(member=0).sel(week=week) for week in (before, after))
        for at in np.argwhere(np.atleast_1d(then.values != now.values)):
            cell = dict(zip(then.dims, map(int, at), strict=False))
            one, other = float(then.isel(cell)), float(now.isel(cell))
            if abs(other - one) > 1e-6 * abs(one):
                labels = [str(then[axis].values[i]) for axis, i in cell.items()]
                unit = x.attrs.get("units", "")
                row = {"series": name, "labels": labels, "unit": unit, "from": one, "to": other}
                out.append(row)
    return out


def _value(x: xr.DataArray) -> Any:
    if not x.dims:
        return float(x)
    return {
        str(label): _value(x.isel({x.dims[0]: i})) for i, label in enumerate(x[x.dims[0]].values)
    }
