"""The command that serves campaigns to a browser: serve."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sinews.cli.words import StorePlace, print_line, usual_store
from sinews.errors import require


def serve(
    store: StorePlace = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen at; 0 for any that is free.")
    ] = 8000,
    login: Annotated[
        bool, typer.Option("--login", help="Have readers log in, each with seats of their own.")
    ] = False,
    workers: Annotated[int, typer.Option(help="How many processes simulate.")] = 1,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name that the server is known by; may be given again."),
    ] = None,
    open_: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open",
            help="Open a browser.",
            show_default="if started at a terminal",
        ),
    ] = None,
) -> None:
    """Serve the council room and the chronicle to a browser, at this machine unless told else."""
    require("serve")
    from sinews.web.serve import serve as serve_web

    place = usual_store() if store is None else store
    opened = sys.stdout.isatty() if open_ is None else open_
    serve_web(place, host, port, login, workers, allow_host or (), opened, print_line)
    print_line("Stopped. Everything is kept.")
