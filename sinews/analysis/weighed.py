"""What rival theories say of records by fits that do not know them: NAME.theories.csv.

A table with a line for each record and a column for each theory, beside the scenario that they
were fitted to. Lines that begin with # say to what: the digests of the scenario's numbers and
records, and of each theory's posterior, as they then were.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.calibrate import fitted_rows
from sinews.analysis.fit import FittedRecord
from sinews.analysis.place import put
from sinews.engine.posterior import read_posterior
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.model.coefficients import THEORIES
from sinews.scenario import Scenario, load
from sinews.scenario.load import find, load_text

Floats = NDArray[np.float64]

_TO, _FIT = "# Fitted to: ", "# Fit of "
_REMEDY = "remove it, or make it anew by `sinews.analysis.rivals.weigh`"


@dataclass(frozen=True)
class Weighed:
    """What is kept of the theories that are compared, or why that is of no use."""

    scored: str
    """The scenario whose records they are."""
    densities: Floats | None = None
    """Log density of each record by fits to others [theory record]; None where of no use."""
    doubt: str = ""
    """Why they are of no use, in a sentence; empty if they are, or if nothing is kept."""


def keep(scenario: Scenario, found: Mapping[str, Sequence[FittedRecord]]) -> None:
    """Keep what fits that left them out say of the records, by theory."""
    names = [record.measure.name for record in next(iter(found.values()))]
    columns = zip(*([f"{r.density:.4f}" for r in each] for each in found.values()), strict=True)
    lines = [
        "# Log density of each record by fits that leave it out.",
        "# Made by: sinews.analysis.rivals.weigh",
        _TO + scenario.substance[0],
        *(f"{_FIT}{name}: {_digest(scenario, name)}" for name in found),
        ",".join(("record", *found)),
        *(",".join((name, *cells)) for name, cells in zip(names, columns, strict=True)),
    ]
    put(_path(scenario.path), ("\n".join(lines) + "\n").encode())


def kept(scenario: Scenario, theories: Sequence[str]) -> Weighed:
    """What is kept for a scenario, or for the one that it extends, of such theories.

    Raises ScenarioError for a file that is no such table.
    """
    home = load_text(scenario.content, str(scenario.path)) if scenario.applied else scenario
    if scenario.extends and not _path(home.path).is_file():
        home = load(find(scenario.extends))
    file = _path(home.path)
    if not file.is_file():
        return Weighed(scenario.name)
    said, head, rows = _lines(file)
    if mistakes := [*_amiss(said, head, rows)]:
        raise ScenarioError(str(file), mistakes)
    if doubt := _doubt(scenario, theories, said):
        again = "`sinews.analysis.rivals.weigh` makes it anew"
        return Weighed(scenario.name, None, f"{file.name} is not used: {doubt}; {again}.")
    if mistakes := [*_unmet(list(rows), [r.measure.name for r in fitted_rows(home)])]:
        raise ScenarioError(str(file), mistakes)
    at = [head.index(name) for name in theories]
    return Weighed(home.name, np.array([[float(row[i]) for row in rows.values()] for i in at]))


def _path(scenario: Path) -> Path:
    """NAME.theories.csv beside NAME.toml."""
    return scenario.with_suffix(".theories.csv")


def _digest(scenario: Scenario, theory: str) -> str:
    return read_posterior(scenario.with_theory(theory)).digest


def _lines(file: Path) -> tuple[dict[str, str], list[str], dict[str, list[str]]]:
    """What a file says that it was fitted to, by theory ("": the scenario); its head; and its rows,
    by record. Raises ScenarioError where it is no table at all, or a record stands there twice."""
    try:
        lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        lines = []
    said = {"": next((x.removeprefix(_TO) for x in lines if x.startswith(_TO)), "")}
    parts = [line.removeprefix(_FIT).partition(": ") for line in lines if line.startswith(_FIT)]
    said |= {name: digest for name, _, digest in parts}
    table = [line.split(",") for line in lines if not line.startswith("#")]
    if len(table) < 2 or table[0][0] != "record":
        expected = "a line `record,THEORY,...`, then a line for each record, with commas between"
        mistake = Mistake("", "is no table of log densities", expected, _REMEDY)
        raise ScenarioError(str(file), [mistake])
    rows = {row[0]: row for row in table[1:]}
    if len(rows) < len(table) - 1:
        mistake = Mistake("record", "one stands there twice", "each record once", _REMEDY)
        raise ScenarioError(str(file), [mistake])
    return said, table[0], rows


def _amiss(
    said: Mapping[str, str], head: Sequence[str], rows: Mapping[str, Sequence[str]]
) -> Iterator[Mistake]:
    """What is wrong with a table by itself."""
    for at, name in enumerate(head[1:], 1):
        if name not in THEORIES:
            remedy = f"{suggestion(name, THEORIES)}, or {_REMEDY}"
            yield Mistake("record", "no theory has that name", "", remedy, shown(name))
        elif name in head[:at]:
            yield Mistake(name, "has two columns", "one", _REMEDY)
    for name in said:
        if name and name not in head:
            yield Mistake(name, "has no column", "one for each theory that was fitted", _REMEDY)
    for record, row in rows.items():
        if len(row) != len(head):
            expected = f"{len(head) - 1}, one for each theory"
            yield Mistake(record, f"has {len(row) - 1} numbers", expected, _REMEDY)
            continue
        for name, cell in zip(head[1:], row[1:], strict=True):
            if not _number(cell):
                where = f"{record}, {name}"
                yield Mistake(where, "is no number", "a log density", _REMEDY, shown(cell))


def _number(cell: str) -> bool:
    try:
        return isfinite(float(cell))
    except ValueError:
        return False


def _doubt(scenario: Scenario, theories: Sequence[str], said: Mapping[str, str]) -> str:
    """Why a table that is whole says nothing of these theories as they are now."""
    if said.get("") not in scenario.substance:
        return "it was made for other numbers or records than this file has"
    if missing := [name for name in theories if name not in said]:
        return f"it does not weigh {', '.join(missing)}"
    refit = [name for name in theories if said[name] != _digest(scenario, name)]
    return f"it was made for another fit of {', '.join(refit)}" if refit else ""


def _unmet(rows: Sequence[str], records: Sequence[str]) -> Iterator[Mistake]:
    """Records that a table knows and the scenario does not, and the other way round."""
    for name in rows:
        if name not in records:
            yield Mistake(name, "no record is called so", suggestion(name, records), _REMEDY)
    for name in records:
        if name not in rows:
            yield Mistake(name, "this record has no line", "a line for each record", _REMEDY)
