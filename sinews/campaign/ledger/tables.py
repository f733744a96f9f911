"""A book of the ledger as tables: columns, rows and cells, sorted, summed and written as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True)
class Column:
    """A column of numbers or of words."""

    key: str
    title: str
    unit: str = ""
    words: bool = False
    signed: bool = False


@dataclass(frozen=True)
class Cell:
    """A number of the ledger and the measure that it is; none if it is the scenario's own."""

    value: float
    unit: str
    measure: str = ""


Entry = Cell | str | date | None


@dataclass(frozen=True)
class LedgerRow:
    """A line of the ledger."""

    key: str
    title: str
    cells: tuple[Entry, ...]
    trend: tuple[float, ...] = ()


@dataclass(frozen=True)
class Section:
    """A table of a book."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[LedgerRow, ...]
    total: LedgerRow | None = None
    trend: str = ""
    """What the small curves show."""
    note: str = ""


def sorted_by(section: Section, column: str, down: bool) -> Section:
    """A table with its rows in the order of a column; as it is if there is no such column."""
    keys = [each.key for each in section.columns]
    if column != "name" and column not in keys:
        return section

    def rank(row: LedgerRow) -> tuple[bool, float, str]:
        """What is not known comes last."""
        match row.title if column == "name" else row.cells[keys.index(column)]:
            case Cell(value=value):
                return (False, value, "")
            case None:
                return (True, 0.0, "")
            case words:
                return (False, 0.0, str(words).casefold())

    there = [row for row in section.rows if not rank(row)[0]]
    rest = [row for row in section.rows if rank(row)[0]]
    rows = (*sorted(there, key=rank, reverse=down), *rest)
    return replace(section, rows=rows)


def total(columns: Sequence[Column], rows: Sequence[LedgerRow]) -> LedgerRow | None:
    """The sum of every column of numbers."""
    if len(rows) < 2:
        return None
    cells: list[Entry] = []
    for i, column in enumerate(columns):
        own = [c for row in rows if isinstance(c := row.cells[i], Cell)]
        cells.append(None if column.words else Cell(sum(c.value for c in own), column.unit))
    pairs = zip(*(row.trend for row in rows), strict=False)
    return LedgerRow("total", "Together", tuple(cells), tuple(sum(values) for values in pairs))


def as_csv(sections: Sequence[Section], day: str) -> str:
    """The numbers of a book as CSV, one a line, in full precision.

    A text that a spreadsheet would take for a formula is written with an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("day", "table", "row", "column", "measure", "unit", "value"))
    for section in sections:
        for row in section.rows:
            for column, cell in zip(section.columns, row.cells, strict=True):
                if isinstance(cell, Cell):
                    words = (section.title, row.title, column.title, cell.measure, cell.unit)
                    writer.writerow((day, *map(_plain, words), repr(cell.value)))
                elif cell:
                    words = (section.title, row.title, column.title, "", "", str(cell))
                    writer.writerow((day, *map(_plain, words)))
    return out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
