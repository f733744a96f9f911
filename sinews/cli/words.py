"""What commands have in common: the app, its words for arguments, how they are read, and how output
looks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

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


class AllAtOnce(TyperCommand):
    """A command that tells at once all that is wrong with its words and with the scenario."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words that are left; ends the command where any of them cannot be read."""
        problems = self._problems(ctx, args)
        if problems:
            amiss = _amiss(ctx.params.get("scenario"), ctx.params.get("option"))
            print(printable(amiss), end="", file=sys.stderr)
        if len(problems) > 1:
            ctx.fail("\n".join(problems))
        ctx.params.clear()
        return super().parse_args(ctx, args)

    def _problems(self, ctx: Any, args: list[str]) -> list[str]:
        """What is wrong with each word; what can be read stands in the context after."""
        words, found = list(args), list[str]()
        while True:
            try:
                read, left, _ = self.make_parser(ctx).parse_args(args=list(words))
                break
            except TyperException as error:
                found.append(_said(error))
                name = getattr(error, "option_name", "")
                wrong = [n for n, word in enumerate(words) if word.partition("=")[0] == name]
                if not wrong:
                    return found
                del words[wrong[0]]
        # The value of an option that is unknown cannot be told from an argument too many.
        if left and not found:
            found.append(f"Got unexpected extra argument(s) ({' '.join(left)})")
        for param in sorted(self.get_params(ctx), key=lambda param: not param.is_eager):
            try:
                param.handle_parse_result(ctx, read, left)
            except TyperException as error:
                found.append(_said(error))
        return found


def _said(error: Any) -> str:
    return error.format_message()


def _amiss(scenario: object, options: Sequence[str] | None) -> str:
    """What is wrong with a scenario under some options; nothing if nothing is, or none is named."""
    from sinews.scenario import load

    if not isinstance(scenario, str):
        return ""
    try:
        load(scenario, options or ())
    except ScenarioError as error:
        return f"{error}\n"
    return ""


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
BranchPlayed = Annotated[
    int | None,
    typer.Option(help="Which branch of it.", show_default="the newest", metavar="NUMBER"),
]
SeatPlayed = Annotated[str | None, typer.Option(help="Whose seat in it.", show_default="the first")]
OwnTerms = Annotated[
    list[str] | None,
    typer.Option(
        "--term",
        help='A term of one\'s own, as in "soviet-goods.price=80 t"; may be given again.',
        metavar="TERM=VALUE",
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="The option on which the other terms stand.",
        show_default="the item's first that signs what the terms are of",
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


def own_terms(words: Iterable[str] | None) -> list[tuple[str, object]] | None:
    """Terms as a command is given them, in pairs; None if it is given none."""
    parts = (word.partition("=") for word in words or ())
    return [(name.strip(), value.strip()) for name, _, value in parts] or None


def warn_if_stale(found: Scenario) -> None:
    """Say, beside the output, when a scenario's posterior was fitted to something else, or lent by
    another scenario."""
    from sinews.engine.posterior import borrows, read_posterior

    posterior = read_posterior(found)
    if posterior.state(found) == "stale":
        print(printable(posterior.remark(found)), file=sys.stderr)
    # (A campaign keeps the fit that was lent beside its own copy of the scenario.)
    if borrows(found) or (found.fit_of and posterior.fitted_to == found.lent):
        words = f"The coefficients are those fitted to {found.fit_of}, not to this scenario: "
        words += f"`sinews check {found.name}` says which of its records they miss."
        print(printable(words), file=sys.stderr)


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
