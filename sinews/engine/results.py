"""Results: blocks of members gathered into a labelled Dataset.

By default quantiles over members of every series, and the chosen numbers of each member, are
kept, so that memory does not grow with the ensemble; `keep=True` keeps every trajectory. Up to
EXACT members quantiles are exact; beyond, members are counted into BINS bins a series, laid
over the range of the first EXACT, and a quantile is right to one bin. Counting does not depend
on the order of members.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sinews.engine.posterior import Posterior
from sinews.engine.probes import Probe, axes_of, places_of
from sinews.engine.samples import Sampling, about
from sinews.engine.simulate import Block, Week, blocks
from sinews.scenario.compile import Compiled
from sinews.series import SERIES

Floats = NDArray[np.float32]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
EXACT, BINS = 1024, 1024
# Bins reach beyond the first members' range by this share of it, on each side.
_MARGIN = 0.1


class _Quantiles:
    """Quantiles of every number over members, in memory that does not grow with them."""

    def __init__(self) -> None:
        self.first: list[Floats] = []
        self.seen = 0
        self.low = self.scale = np.zeros(0, np.float32)
        self.counts = np.zeros(0, np.int64)

    def add(self, rows: Floats) -> None:
        """Take in a block [week number member]."""
        if self.seen < EXACT:
            head = rows[:, :, : EXACT - self.seen]
            self.first.append(head)
            self.seen += head.shape[2]
            rows = rows[:, :, head.shape[2] :]
        if rows.shape[2]:
            if not self.counts.size:
                self._lay()
            self._count(rows)

    def _lay(self) -> None:
        """Lay the bins over the range of the first members, and count those."""
        kept = np.concatenate(self.first, axis=2)
        low, high = kept.min(axis=2), kept.max(axis=2)
        width = np.maximum(high - low, 1e-6 * np.maximum(np.abs(high), 1.0))
        self.low = low - _MARGIN * width
        self.scale = BINS / ((1.0 + 2.0 * _MARGIN) * width)
        self.counts = np.zeros(low.size * BINS, np.int64)
        self.first = []
        self._count(kept)

    def _count(self, rows: Floats) -> None:
        places = (rows - self.low[..., None]) * self.scale[..., None]
        bins = np.clip(places, 0, BINS - 1, out=places).astype(np.int32)
        offsets = np.arange(self.low.size, dtype=np.int32).reshape(self.low.shape) * BINS
        bins += offsets[..., None]
        self.counts += np.bincount(bins.ravel(), minlength=self.counts.size)

    def read(self) -> Floats:
        """The quantiles [quantile week number]."""
        if not self.counts.size:
            kept = np.concatenate(self.first, axis=2)
            parts = np.array_split(kept, os.cpu_count() or 1)

            def of(part: Floats) -> Any:
                return np.quantile(part, QUANTILES, axis=2)

            with ThreadPoolExecutor(len(parts)) as pool:
                return np.concatenate(list(pool.map(of, parts)), axis=1).astype(np.float32)
        counts = self.counts.reshape(*self.low.shape, BINS)
        total = np.cumsum(counts, axis=-1)
        out = np.empty((len(QUANTILES), *self.low.shape), np.float32)
        for i, q in enumerate(QUANTILES):
            target = q * total[..., -1:]
            at = np.argmax(total >= target, axis=-1)[..., None]
            inside = np.take_along_axis(counts, at, -1)
            before = np.take_along_axis(total, at, -1) - inside
            part = (target - before) / np.maximum(inside, 1)
            out[i] = self.low + ((at + part) / self.scale[..., None])[..., 0]
        return out


def ensemble(
    compiled: Compiled,
    posterior: Posterior,
    members: int | range,
    weeks: int,
    seed: int,
    probes: Sequence[Probe] = (),
    keep: bool = False,
    chunks: int = 1,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
    week: Week | None = None,
) -> xr.Dataset:
    """Run an ensemble and label it.

    Variables: every series of SERIES, with dims quantile, week and its own axes (with `keep`:
    member, week and its own axes); `chosen` [pick member], one row a pick; `imbalance_worst`
    [law], the worst breach in any week of any member. `members` may be a range of member numbers;
    `chunks` splits it into runs one after another, which changes no bit; `progress` is told of
    members as they finish; `week` is run in place of the scenario's own.
    """
    span = members if isinstance(members, range) else range(members)
    quantiles, kept = _Quantiles(), list[Floats]()
    sampling = Sampling(compiled, probes)
    edges = np.linspace(span.start, span.stop, chunks + 1).round().astype(int)
    for first, last in pairwise(edges):
        part = range(int(first), int(last))
        runs = blocks(compiled, posterior, part, weeks, seed, None, workers, week=week)
        for block in runs:
            _take(block, keep, kept, quantiles)
            sampling.add(block)
            if progress:
                progress(len(block.members))
    rows = np.concatenate(kept, axis=2).transpose(2, 0, 1) if keep else quantiles.read()
    dataset = _labelled(compiled, rows, "member" if keep else "quantile", span)
    dataset["chosen"] = (("pick", "member"), sampling.values)
    dataset = dataset.assign_coords(
        pick=("pick", np.array([p.name for p in probes], object)),
        member=("member", np.arange(span.start, span.stop)),
    )
    dataset["imbalance_worst"] = ("law", sampling.worst, {"units": "1"})
    dataset.attrs = about(compiled, posterior, len(span), weeks, seed)
    return dataset


def _take(block: Block, keep: bool, kept: list[Floats], quantiles: _Quantiles) -> None:
    if keep:
        kept.append(block.rows)
    else:
        quantiles.add(block.rows)


def _labelled(compiled: Compiled, rows: Floats, lead: str, span: range) -> xr.Dataset:
    """Rows [lead week number] as one variable a series."""
    axes = axes_of(compiled)
    variables: dict[str, Any] = {}
    for name, (at, shape) in places_of(compiled).items():
        about = SERIES[name]
        values = rows[:, :, at : at + int(np.prod(shape))].reshape(*rows.shape[:2], *shape)
        attributes = {"units": about.unit, "long_name": about.meaning}
        variables[name] = ((lead, "week", *about.axes), values, attributes)
    used = {a for series in SERIES.values() for a in series.axes}
    start = np.datetime64(compiled.scenario.start, "ns")
    coordinates: Mapping[str, Any] = {
        **{a: np.array(axes[a], object) for a in sorted(used)},
        "week": np.arange(rows.shape[1]),
        "date": ("week", start + np.arange(rows.shape[1]) * np.timedelta64(timedelta(days=7))),
        lead: np.arange(span.start, span.stop) if lead == "member" else np.array(QUANTILES),
    }
    return xr.Dataset(variables, coordinates)
