"""The commands that write a file: chronicle, convert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinews.cli.words import (
    BranchPlayed,
    Json,
    Options,
    SeatPlayed,
    Seed,
    StorePlace,
    print_json,
    print_line,
    progress,
    usual_store,
    warn_if_stale,
)
from sinews.errors import Mistake, ScenarioError, shown

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign
    from sinews.scenario import Scenario


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario's file.")],
) -> None:
    """Rewrite a scenario's file in the latest format of the language, its comments kept."""
    from sinews.analysis.place import put
    from sinews.scenario.formats import FORMAT
    from sinews.scenario.load import in_latest_format

    text = in_latest_format(file)
    if text.encode() == file.read_bytes():
        print_line(f"{file} is of format {FORMAT} already")
        return
    put(file, text.encode())
    print_line(f"{file} is of format {FORMAT} now")


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
    weeks: Annotated[
        list[int] | None,
        typer.Option(
            help="Weeks in a chapter, of a campaign by rules; given again, in those that follow.",
            show_default="4",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            help="The day on which it is told, of a campaign by rules.",
            metavar="DATE",
            show_default="its last",
        ),
    ] = None,
    resume: Annotated[
        int | None, typer.Option(help="A campaign that was played.", metavar="NUMBER")
    ] = None,
    branch: BranchPlayed = None,
    power: SeatPlayed = None,
    store: StorePlace = None,
    as_json: Json = False,
) -> None:
    """Write a campaign down as a book: one that was played, or a scenario left to its rules."""
    from sinews.analysis.place import put
    from sinews.campaign.chronicle import book, place
    from sinews.campaign.chronicle.bound import bind

    if (out is None) == (not as_json):
        remedy = "write --out book.epub, --out book.html, --out book.md or --json"
        problem = "goes with one of the two" if out else "is not given"
        raise ScenarioError("chronicle", [Mistake("--out", problem, "", remedy)])
    file = place.book_file(out) if out else None
    if resume is not None:
        game = _opened(scenario, resume, branch, power, store)
    else:
        game = _lived(scenario, option or (), seed, weeks or [4], until, branch, power, store)
    if file is None:
        print_json(bind(game, drawn=False).plain())
        return
    with progress(game.turn, "chapters") as step:
        put(file, book.made(game, place.form_of(file), lambda *_: step(1)))
    print_line(f"{file}: {game.turn} chapters of {game.title}")


def _opened(
    scenario: str | None,
    resume: int,
    branch: int | None,
    power: str | None,
    store: str | None,
) -> Campaign:
    """The campaign to be told, that was played."""
    from sinews.campaign.played import Campaign

    if scenario is not None:
        remedy = "leave one of the two out"
        mistake = Mistake("SCENARIO", "cannot go with --resume", "", remedy, shown(scenario))
        raise ScenarioError("chronicle", [mistake])
    game = Campaign.open(store or usual_store(), resume, branch, power=power)
    game.keep()
    return game


def _lived(
    scenario: str | None,
    options: Sequence[str],
    seed: int,
    weeks: Sequence[int],
    until: str | None,
    branch: int | None,
    power: str | None,
    store: str | None,
) -> Campaign:
    """The campaign to be told, lived by rules to its end or until a day."""
    from sinews.campaign.played import Campaign
    from sinews.scenario import load

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
    warn_if_stale(found)
    end = _end(found, weeks, until)
    game = Campaign.start(found, seed, rules=True)
    lengths = chain(weeks, repeat(weeks[-1]))
    with progress(_weeks_between(found.council, end), "weeks") as step:
        while game.date < end:
            length = min(next(lengths), _weeks_between(game.date, end))
            game.advance(length)
            step(length)
    return game


def _end(found: Scenario, weeks: Sequence[int], until: str | None) -> date:
    """The day on which it is told. Raises ScenarioError for lengths or a day that cannot be."""
    expected = f"it must be from 1 to {found.weeks}"
    mistakes = [
        Mistake("--weeks", "is out of bounds", expected, value=shown(each))
        for each in weeks
        if not 1 <= each <= found.weeks
    ]
    end = found.end
    if until is not None:
        expected = f"it must be a date from {found.council} to {found.end}, whole weeks on"
        try:
            end = date.fromisoformat(until)
            whole = end == found.end or (end - found.council).days % 7 == 0
            if not (found.council <= end <= found.end and whole):
                raise ValueError
        except ValueError:
            mistakes.append(Mistake("--until", "cannot be", expected, value=shown(until)))
    if mistakes:
        raise ScenarioError(found.name, mistakes)
    return end


def _weeks_between(first: date, last: date) -> int:
    return -(-(last - first).days // 7)
