"""Which numbers of a row are which: single cells of series, read from what blocks wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sinews.model.laws import LAWS
from sinews.scenario.compile import Compiled
from sinews.series import SERIES

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Probe:
    """One number of each member: a series' cell at a date, or its change between two dates.

    Dates are weeks since the start and need not be whole: values are interpolated.
    """

    name: str
    series: str
    labels: tuple[str, ...]  # a label for each axis of the series
    at: float
    since: float | None = None  # None: the value itself, not a change


def axes_of(compiled: Compiled) -> dict[str, tuple[str, ...]]:
    """The labels of every axis a series may have. Gold is no "material" there: it has series of its
    own."""
    return dict(compiled.axes) | {"law": tuple(LAWS), "material": compiled.scenario.materials}


def places_of(compiled: Compiled) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Where each series begins in a row of numbers, and its shape."""
    axes, at, out = axes_of(compiled), 0, {}
    for name, series in SERIES.items():
        shape = tuple(len(axes[a]) for a in series.axes)
        out[name] = (at, shape)
        at += int(np.prod(shape))
    return out


def numbers_of(compiled: Compiled, name: str) -> slice:
    """Which numbers of a row are a series'."""
    start, shape = places_of(compiled)[name]
    return slice(start, start + int(np.prod(shape)))


def names_of(compiled: Compiled) -> tuple[str, ...]:
    """What each number of a row is, as measures are written but without a date: "front:moscow"."""
    axes = axes_of(compiled)
    return tuple(
        ":".join((name, *cell))
        for name, series in SERIES.items()
        for cell in product(*(axes[axis] for axis in series.axes))
    )


def width_of(compiled: Compiled) -> int:
    """Numbers in a row: all cells of all series."""
    return sum(int(np.prod(shape)) for _, shape in places_of(compiled).values())


def probed(compiled: Compiled, probes: Sequence[Probe], rows: Floats) -> Floats:
    """The probes' values [probe member] from rows [week number member]."""
    axes, where = axes_of(compiled), places_of(compiled)

    def value(cell: int, week: float) -> Floats:
        low = min(int(week), len(rows) - 1)
        high = min(low + 1, len(rows) - 1)
        share = np.float32(week - low)
        return rows[low, cell] + share * (rows[high, cell] - rows[low, cell])

    out: list[Floats] = []
    for probe in probes:
        start, shape = where[probe.series]
        index = [
            axes[a].index(n) for a, n in zip(SERIES[probe.series].axes, probe.labels, strict=True)
        ]
        cell = start + int(np.ravel_multi_index(index, shape)) if shape else start
        now = value(cell, probe.at)
        out.append(now if probe.since is None else now - value(cell, probe.since))
    return np.stack(out) if out else np.zeros((0, rows.shape[2]), np.float32)
