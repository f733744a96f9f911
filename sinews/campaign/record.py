"""What happened in a campaign, week by week: the numbers of its true member, as they are kept.

A record is kept for each turn: the weeks since the turn before, all powers. What a power may know
of it is `fog`'s to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Axes:
    """What the columns of a record are: each series' axes, unit and meaning, and every label."""

    series: Mapping[str, tuple[tuple[str, ...], str, str]]
    labels: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order in which they are kept."""
        return tuple(
            ":".join((name, *cell))
            for name, (axes, _, _) in self.series.items()
            for cell in product(*(self.labels[axis] for axis in axes))
        )


@dataclass(frozen=True)
class Record:
    """Some weeks of a campaign: a row a week, a column a number."""

    first: int
    """The week of the first row, counted from the scenario's start."""
    names: tuple[str, ...]
    """The columns, as measures are written but without a date: "front:moscow"."""
    values: Floats = field(repr=False)
    """[week name]"""
    units: Mapping[str, str]
    """By series: "front" is in "km"."""
    meanings: Mapping[str, str] = field(repr=False)
    """By series."""

    @property
    def last(self) -> int:
        """The week of the last row."""
        return self.first + len(self.values) - 1

    def of(self, name: str) -> Floats:
        """A column [week]. Raises KeyError if the record has none of that name."""
        return self.values[:, self._places[name]]

    def at(self, name: str, week: int = -1) -> float:
        """A number in a week, counted from the scenario's start; -1 is the last."""
        row = len(self.values) - 1 if week == -1 else week - self.first
        if not 0 <= row < len(self.values):
            raise IndexError(f"week {week} is not in weeks {self.first} to {self.last}")
        return float(self.values[row, self._places[name]])

    def unit(self, name: str) -> str:
        """The unit of a column."""
        return self.units[name.partition(":")[0]]

    def labels(self, series: str) -> list[tuple[str, ...]]:
        """What a series has columns of: [("moscow",), ("ukraine",)] for "front"."""
        return [labels for _, labels in columns(self.names, series)]

    def series(self) -> list[str]:
        """The series that it has columns of, in order."""
        return list(_columns(self.names))

    def until(self, week: int) -> Record:
        """The rows up to a week."""
        return replace(self, values=self.values[: week + 1 - self.first])

    def since(self, week: int) -> Record:
        """The rows from a week on."""
        return replace(self, first=week, values=self.values[week - self.first :])

    def only(self, places: Sequence[int]) -> Record:
        """The columns at some places."""
        if list(places) == list(range(len(self.names))):
            return self
        names = tuple(self.names[i] for i in places)
        return replace(self, names=names, values=self.values[:, list(places)])

    def value(self, measure: str, start: date) -> float:
        """A measure with its date: "front:moscow@1941-10-20", or with two what came between them.

        Between whole weeks it is interpolated, as in an ensemble.
        """
        name, _, when = measure.partition("@")
        days = [date.fromisoformat(text) for text in when.split("..")]
        column = self.of(name)

        def on(day: date) -> float:
            week = (day - start).days / 7 - self.first
            low = min(int(week), len(column) - 1)
            high = min(low + 1, len(column) - 1)
            return float(column[low] + (week - low) * (column[high] - column[low]))

        return on(days[-1]) - (on(days[0]) if len(days) == 2 and days[0] > start else 0.0)

    @cached_property
    def _places(self) -> dict[str, int]:
        return _numbered(self.names)


@lru_cache(32)
def _numbered(names: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


@lru_cache(32)
def _columns(names: tuple[str, ...]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """By series: the places of its columns, and what each is of."""
    out: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for i, name in enumerate(names):
        series, *labels = name.split(":")
        out.setdefault(series, []).append((i, tuple(labels)))
    return out


def columns(names: tuple[str, ...], series: str) -> list[tuple[int, tuple[str, ...]]]:
    """The places of a series among columns, and what each is of."""
    return _columns(names).get(series, [])


def joined(records: Iterable[Record]) -> Record:
    """Records of weeks that follow each other, as one."""
    parts = list(records)
    return replace(parts[0], values=np.concatenate([part.values for part in parts]))


# How a simulated member becomes a record, and a record bytes.


def axes_of_series(dataset: xr.Dataset) -> Axes:
    """The columns that every week of every member of a Dataset has."""
    series: dict[str, tuple[tuple[str, ...], str, str]] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for name, x in dataset.data_vars.items():
        if x.dims[:2] == ("member", "week"):
            of = tuple(str(axis) for axis in x.dims[2:])
            series[str(name)] = of, x.attrs.get("units", ""), x.attrs.get("long_name", "")
            labels |= {axis: tuple(map(str, x[axis].values)) for axis in of}
    return Axes(series, labels)


def rows_of(dataset: xr.Dataset, axes: Axes, weeks: Sequence[int], only: Sequence[int]) -> Floats:
    """Columns at some places, in that order, in some weeks of every member of a Dataset [member
    week number]."""
    wanted, at = np.asarray(only, int), 0
    out = np.empty((dataset.sizes["member"], len(weeks), len(wanted)))
    for name in axes.series:
        values = dataset[name].values
        cells = int(np.prod(values.shape[2:]))
        own = (wanted >= at) & (wanted < at + cells)
        flat = values.reshape(*values.shape[:2], cells)
        out[:, :, own] = flat[:, list(weeks)][:, :, wanted[own] - at]
        at += cells
    return out


def recorded(dataset: xr.Dataset) -> Record:
    """The record of a Dataset's first member, every week of it."""
    axes = axes_of_series(dataset)
    names = axes.names
    values = rows_of(
        dataset.isel(member=[0]), axes, range(dataset.sizes["week"]), range(len(names))
    )
    return Record(0, names, values[0], *_about(axes.series))


def packed(record: Record, notes: Mapping[str, Any]) -> bytes:
    """A record as bytes, with notes on it."""
    series = {s: [record.units[s], record.meanings[s]] for s in record.series()}
    head = json.dumps({"names": record.names, "series": series}, ensure_ascii=False)
    first = json.dumps({"first": record.first, **notes}, ensure_ascii=False)
    numbers = record.values.astype("<f4").tobytes()
    return b"\n".join((first.encode(), head.encode(), numbers))


def unpacked(content: bytes) -> tuple[Record, dict[str, Any]]:
    """A record and the notes on it, from its bytes."""
    first, head, numbers = content.split(b"\n", 2)
    notes = json.loads(first)
    names, units, meanings = _head(head)
    values = np.frombuffer(numbers, "<f4").reshape(-1, len(names)).astype(float)
    return Record(notes.pop("first"), names, values, units, meanings), notes


@lru_cache(32)
def _head(head: bytes) -> tuple[tuple[str, ...], dict[str, str], dict[str, str]]:
    # Every turn of a campaign has the same: read once, its names are one object.
    words = json.loads(head)
    about = words["series"]
    units, meanings = ({s: both[i] for s, both in about.items()} for i in (0, 1))
    return tuple(words["names"]), units, meanings


def _about(
    series: Mapping[str, tuple[tuple[str, ...], str, str]],
) -> tuple[dict[str, str], dict[str, str]]:
    """Units and meanings by series."""
    return {s: of[1] for s, of in series.items()}, {s: of[2] for s, of in series.items()}
