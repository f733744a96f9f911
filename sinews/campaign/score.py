"""How good forecasts were: their distance from what happened, and how often bands held it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sinews.analysis.scores import crps, interval, pit

BANDS = {"50": 0.5, "90": 0.9}
_ROUNDED = 1e-6  # of a value: forecasts are kept to seven digits
_ALIKE = 1e-4  # of a value: members that differ by less say the same in every table


def nominal_band(values: Sequence[float], name: str) -> tuple[float, float]:
    """The band of an ensemble that holds so many of a hundred members, in the middle of it.

    >>> nominal_band([0.0, 1.0, 2.0, 3.0, 4.0], "50")
    (1.0, 3.0)
    """
    return interval(values, BANDS[name])


def scored(values: Sequence[float], happened: float) -> dict[str, Any]:
    """What became of one forecast: its score, and whether each band held what happened."""
    held = {name: nominal_band(values, name) for name in BANDS}
    return {
        "happened": happened,
        "median": float(np.median(values)),
        "mean": float(np.mean(values)),
        "crps": crps(values, happened),
        "rank": pit(values, happened),
        **{f"band{name}": list(edges) for name, edges in held.items()},
        **{f"in{name}": _holds(edges, happened) for name, edges in held.items()},
    }


def _holds(edges: tuple[float, float], happened: float) -> bool:
    """Whether a band holds what happened, to the digits that are kept of forecasts."""
    low, high = edges
    spare = _ROUNDED * max(abs(low), abs(high))
    return low - spare <= happened <= high + spare


def certain(values: Sequence[float], happened: float) -> bool:
    """Whether all members said what happened, as far as tables tell: a certainty that came true is
    no test of a band; one that did not is.

    >>> certain([1.0, 1.0], 1.0), certain([1.0, 1.0], 0.0), certain([1.0, 2.0], 1.0)
    (True, False, False)
    >>> certain([1100.0, 1100.002], 1100.001), certain([1100.0, 1101.0], 1100.5)
    (True, False)
    """
    low, high = min(values), max(values)
    return max(high, happened) - min(low, happened) <= _ALIKE * max(abs(low), abs(high))


def counting(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The scored forecasts that count: none that does not know what was decided since, and of one
    on which several decisions of a turn were taken, one."""
    return list({(r["turn"], r["measure"]): r for r in rows if not r["since"]}.values())


def coverage(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The share of forecasts whose band held what happened, by band; none without forecasts.

    >>> coverage([{"in50": True, "in90": True}, {"in50": False, "in90": True}])
    {'50': 0.5, '90': 1.0}
    """
    return {name: sum(row[f"in{name}"] for row in rows) / len(rows) for name in BANDS if rows}
