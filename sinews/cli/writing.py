"""The command that writes a campaign down as a book: chronicle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinews.cli.words import (
    Json,
    Options,
    Seed,
    StorePlace,
    print_json,
    print_line,
    progress,
    usual_store,
)
from sinews.errors import Mistake, ScenarioError, shown

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign


def chronicle(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="What to play by rules alone; not with --resume."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write: .epub, .html or .md.", metavar="FILE"),
    ] = None,
    option: Options = None,
    seed: Seed = 1,
    weeks: Annotated[int, typer.Option(help="Weeks in a chapter, of a campaign by rules.")] = 4,
    resume: Annotated[
        int | None, typer.Option(help="A campaign that was played.", metavar="NUMBER")
    ] = None,
    branch: Annotated[
        int | None,
        typer.Option(help="Which branch of it.", show_default="the newest", metavar="NUMBER"),
    ] = None,
    power: Annotated[
        str | None, typer.Option(help="Whose seat in it.", show_default="the first")
    ] = None,
    store: StorePlace = None,
    as_json: Json = False,
) -> None:
    """Write a campaign down as a book: one that was played, or a scenario left to its rules."""
    from sinews.analysis.place import put
    from sinews.campaign.chronicle import book, place
    from sinews.campaign.chronicle.bound import bound

    if (out is None) == (not as_json):
        remedy = "write --out book.epub, --out book.html, --out book.md or --json"
        problem = "goes with one of the two" if out else "is not given"
        raise ScenarioError("chronicle", [Mistake("--out", problem, "", remedy)])
    file = place.file_of(out) if out else None
    game = _game(scenario, option or (), seed, weeks, resume, branch, power, store)
    if file is None:
        print_json(bound(game, drawn=False).plain())
        return
    with progress(game.turn, "chapters") as step:
        put(file, book.made(game, place.form_of(file), lambda *_: step(1)))
    print_line(f"{file}: {game.turn} chapters of {game.title}")


def _game(
    scenario: str | None,
    options: list[str] | tuple[str, ...],
    seed: int,
    weeks: int,
    resume: int | None,
    branch: int | None,
    power: str | None,
    store: str | None,
) -> Campaign:
    """The campaign to be told: opened, or played by rules to its end."""
    from sinews.campaign.played import Campaign
    from sinews.scenario import load

    if resume is not None:
        if scenario is not None:
            remedy = "leave one of the two out"
            mistake = Mistake("SCENARIO", "cannot go with --resume", "", remedy, shown(scenario))
            raise ScenarioError("chronicle", [mistake])
        game = Campaign.open(store or usual_store(), resume, branch, power=power)
        game.keep()
        return game
    if scenario is None:
        remedy = "write a scenario to tell, or --resume NUMBER for a campaign that was played"
        raise ScenarioError("chronicle", [Mistake("SCENARIO", "is not given", "", remedy)])
    mistakes = [
        Mistake(name, "goes with --resume alone", "", "leave it out", shown(value))
        for name, value in (("--branch", branch), ("--power", power), ("--store", store))
        if value is not None
    ]
    if mistakes:
        raise ScenarioError("chronicle", mistakes)
    found = load(scenario, options)
    if not 1 <= weeks <= found.weeks:
        expected = f"it must be from 1 to {found.weeks}"
        mistake = Mistake("--weeks", "is out of bounds", expected, value=shown(weeks))
        raise ScenarioError(found.name, [mistake])
    game = Campaign.start(found, seed, rules=True)
    total = -(-(found.end - found.council).days // 7)
    with progress(total, "weeks") as step:
        while not game.over:
            left = -(-(found.end - game.date).days // 7)
            game.advance(min(weeks, left))
            step(min(weeks, left))
    return game
