"""The command line. Each command imports what it needs when it runs: `sinews --help` is quick."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer

from sinews import __version__
from sinews.cli.council import advice, border, brief, curve, estimate, plan, replace, when, worth
from sinews.cli.playing import orders, play
from sinews.cli.reading import doubts, show, sources, week
from sinews.cli.reckoning import reckoning
from sinews.cli.running import calibrate, check, compare, replay, run
from sinews.cli.scoring import assimilate, scorecard
from sinews.cli.serving import serve
from sinews.cli.words import AllAtOnce, app
from sinews.cli.writing import chronicle, convert
from sinews.engine.settings import alone
from sinews.errors import ModelError, ScenarioError

__all__ = ["app", "main"]

_INTERRUPTED = 130  # the status that Typer gives Ctrl-C

COMMANDS = (
    *(brief, curve, advice, plan, worth, border, replace, when, estimate),
    *(run, compare, check, show, week, doubts, sources, replay, calibrate, play, serve, chronicle),
    *(convert, scorecard, assimilate, reckoning, orders),
)
for command in COMMANDS:
    app.command(cls=AllAtOnce)(command)


def _told(version: bool) -> None:
    if version:
        print(f"sinews {__version__}")
        raise typer.Exit


@app.callback()
def sinews(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", is_eager=True, callback=_told),
    ] = False,
) -> None:
    """What is asked of no command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake ends it with status 2, a fault of ours with 1."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no dashes gets question marks, not a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    alone()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="sinews")
    except SystemExit as ending:
        if ending.code == _INTERRUPTED:
            print("interrupted: nothing was left half-written", file=sys.stderr)
        raise
    except ScenarioError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except ModelError as error:
        print(f"ModelError: {error}", file=sys.stderr)
        sys.exit(1)
