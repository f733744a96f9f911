"""What commands have in common: the app, its words for arguments, and how output looks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinews.engine.programs.ahead import foresee
from sinews.errors import Mistake, ScenarioError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sinews.scenario import Scenario

app = typer.Typer(
    help="Campaigns and war economies, week by week, with odds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario, or the path of a file.")
]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", help="An option of the scenario; may be given again."),
]
Members = Annotated[int, typer.Option(help="How many members the ensemble has.")]
Weeks = Annotated[
    int | None,
    typer.Option(help="Weeks to run.", show_default="52, or the scenario's length if shorter"),
]
Seed = Annotated[int, typer.Option(help="What all luck follows from.")]
StorePlace = Annotated[
    str | None,
    typer.Option(
        help="File to keep campaigns in, or a database's URL.",
        metavar="FILE",
        show_default="in your data folder",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

# Without a terminal there is no width to fit: tables are as wide as they need.
_UNBOUND = 200


def console() -> Console:
    """Where tables go."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _UNBOUND, highlight=False)


def print_json(data: Any) -> None:
    """Data for another program."""
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; a column whose head ends in ">" is set to the right. A row of one is a heading."""
    from rich import box
    from rich.table import Table

    table = Table(
        title=cell(title) if title else None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for head in heads:
        right = head.endswith(">")
        # On a narrow terminal words are broken into lines, numbers never.
        table.add_column(
            head.removesuffix(">"),
            justify="right" if right else "left",
            no_wrap=right or head == "unit",
        )
    for row in rows:
        if len(row) == 1:
            _heading(table, row[0])
        else:
            table.add_row(*map(cell, row))
    console().print(table)


def _heading(table: Table, words: str) -> None:
    from rich.text import Text

    if table.row_count:
        table.add_section()
    table.add_row(Text(printable(words), style="bold"))


def cell(words: str) -> Any:
    """Words from a file, as they are: no markup in them counts, no control code gets out."""
    from rich.text import Text

    return Text(printable(words), style="red" if words.startswith("misses") else "")


def printable(words: str) -> str:
    """Words without characters that drive a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in words)


def print_line(words: str) -> None:
    """A line of text, wrapped by the terminal and not by us."""
    console().print(cell(words), soft_wrap=True)


def scenario_for(command: str, scenario: str, option: Sequence[str] | None) -> Scenario:
    """The scenario of a command under some options, its programs looked for meanwhile; with a word
    if its posterior is stale."""
    foresee(command, scenario)
    from sinews.scenario import load

    found = load(scenario, option or ())
    warn_if_stale(found)
    return found


def warn_if_stale(found: Scenario) -> None:
    """Say, beside the output, when a scenario's posterior was fitted to something else."""
    from sinews.engine.posterior import read_posterior

    posterior = read_posterior(found)
    if posterior.state(found) == "stale":
        print(printable(posterior.remark(found)), file=sys.stderr)


def usual_store() -> str:
    """The file that campaigns are kept in if none is named."""
    from pathlib import Path

    from platformdirs import user_data_dir

    folder = Path(user_data_dir("sinews", appauthor=False))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mistake = Mistake("--store", f"cannot be kept there: {error.strerror}", "", "name a file")
        raise ScenarioError(str(folder), [mistake]) from None
    return str(folder / "campaigns.sqlite")


@contextmanager
def progress(total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, told of each step's size; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)
