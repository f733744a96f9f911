"""One member alone, week by week."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import xarray as xr

from sinews.analysis.bounds import MOST_MEMBERS, within_bounds
from sinews.analysis.measures import nothing
from sinews.analysis.numerals import amount, day
from sinews.analysis.run import measured
from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario
from sinews.series import SERIES


@dataclass(frozen=True)
class ReplayTable:
    """A table of numbers, each line with its words and its unit."""

    title: str
    heads: list[str]
    lines: list[tuple[tuple[str, ...], str | tuple[str, ...], list[float]]]

    def written(self) -> Iterator[list[str]]:
        """The lines as text."""
        for words, unit, values in self.lines:
            units = [unit] * len(values) if isinstance(unit, str) else unit
            numbers = [
                f"{v:.1e}" if u == "share of the whole" else amount(v, u)
                for v, u in zip(values, units, strict=True)
            ]
            yield [*words, *numbers]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        heads = [head.removesuffix(">") for head in self.heads]
        rows = [dict(zip(heads, (*words, *values), strict=True)) for words, _, values in self.lines]
        return {"title": self.title, "rows": rows}


def replay(
    scenario: Scenario, member: int, seed: int, weeks: int | None, week: int | None = None
) -> xr.Dataset:
    """The trajectory of one member, the same to the bit as in an ensemble that holds it."""
    weeks = within_bounds(scenario, 1, max(weeks, 1) if weeks is not None else None, seed)
    mistakes = [
        Mistake(name, "is out of bounds", f"it must be from 0 to {high:,}", value=str(value))
        for name, value, high in (("member", member, MOST_MEMBERS - 1), ("week", week or 0, weeks))
        if not 0 <= value <= high
    ]
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return measured(scenario, (), range(member, member + 1), weeks, seed, keep=True)


def weeks_table(scenario: Scenario, dataset: xr.Dataset) -> ReplayTable:
    """Every week in brief: each front, and each power's men at the fronts and losses."""
    one = dataset.isel(member=0)
    columns: list[tuple[str, str, Any]] = [
        (f"{scenario.theatres[name].title or name}, km", "km", one["front"].sel(axis=name).values)
        for name in one["axis"].values
    ]
    for name in one["power"].values:
        whose = scenario.powers[name].title or name
        for series, words in (("field_strength", "men"), ("irrecoverable", "lost men")):
            columns.append((f"{whose}, {words}", "men", one[series].sel(power=name).values))
    columns.append(("imbalance", "share of the whole", one["imbalance"].max("law").values))
    units = tuple(unit for _, unit, _ in columns)
    lines: list[tuple[tuple[str, ...], str | tuple[str, ...], list[float]]] = [
        ((str(w), day(date)), units, [float(values[w]) for _, _, values in columns])
        for w, date in enumerate(_dates(one))
    ]
    return ReplayTable("", ["week>", "date", *(f"{head}>" for head, _, _ in columns)], lines)


def week_tables(dataset: xr.Dataset, week: int) -> list[ReplayTable]:
    """Every series in one week; lines of nothing are left out."""
    now = dataset.isel(member=0, week=week)
    title = f"On {day(_dates(dataset)[week])}"
    tables: dict[str, ReplayTable] = {}
    for name, about in SERIES.items():
        values = now[name]
        if not values.size:
            continue  # no contracts or agreements here
        across, *down = about.axes
        heads = [str(label) for label in values[across].values]
        table = tables.setdefault(
            across, ReplayTable(title, ["series", "of", "unit", *(f"{h}>" for h in heads)], [])
        )
        unit = "share of the whole" if across == "law" else about.unit
        words = about.title
        labels = [str(label) for label in values[down[0]].values] if down else [""]
        cells = values.values.reshape(len(heads), -1).T
        for label, line in zip(labels, cells, strict=True):
            if across == "law" or not nothing(name, *line):
                table.lines.append(((words, label, about.unit), unit, line.astype(float).tolist()))
    return list(tables.values())


def _dates(dataset: xr.Dataset) -> list[Any]:
    return list(dataset["date"].values.astype("datetime64[D]").astype(object))
