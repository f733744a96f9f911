"""How a book is filled: who looks, what a column takes, a table of names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sinews.analysis.titles import thing_title
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.tables import Cell, Column, LedgerRow, Section, total
from sinews.scenario import Scenario


@dataclass(frozen=True)
class Reader:
    """Whose ledger it is, what is known and what is agreed."""

    scenario: Scenario
    power: str
    known: Readings

    def title(self, name: str) -> str:
        """What something is called."""
        return thing_title(self.scenario, name)

    def has(self, series: str) -> list[str]:
        """What the power has a series of, where it was ever anything but nothing."""
        found = (labels[1] for labels in self.known.labels(series) if labels[0] == self.power)
        return [name for name in found if any(self.known.weekly(f"{series}:{self.power}:{name}"))]


@dataclass(frozen=True)
class CellOf:
    """How a column is filled: a series today, its change, or what it came to in the turn."""

    column: Column
    series: str
    how: str = "now"  # or "change"


def column(key: str, title: str, unit: str, signed: bool = False) -> Column:
    """A column of numbers."""
    return Column(key, title, unit, signed=signed)


def filled_table(
    look: Reader,
    key: str,
    title: str,
    names: Iterable[str],
    takes: Sequence[CellOf],
    trend: Callable[[str], Sequence[float]],
    trend_words: str,
    summed: bool = False,
    note: str = "",
) -> Section:
    """A table with a row for each name and a column for each take."""
    rows = tuple(
        LedgerRow(
            name,
            look.title(name),
            tuple(_cell(look, take, f"{take.series}:{look.power}:{name}") for take in takes),
            tuple(trend(name)),
        )
        for name in names
    )
    columns = tuple(take.column for take in takes)
    return Section(
        key, title, columns, rows, total(columns, rows) if summed else None, trend_words, note
    )


def _cell(look: Reader, take: CellOf, name: str) -> Cell | None:
    known = look.known
    value = known.now(name) if take.how == "now" else known.change(name)
    if value is None:
        return None
    measure = known.stood(name) if take.how == "now" else known.changed(name)
    return Cell(value, known.unit(name), measure)
