"""Commands that hold the model against what happened: scorecard, assimilate."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinews.cli.running import Measures
from sinews.cli.words import (
    Json,
    Options,
    ScenarioName,
    Seed,
    print_json,
    print_line,
    print_table,
    progress,
    scenario_for,
)

if TYPE_CHECKING:
    from sinews.analysis.assimilate import Assimilation


def scorecard(
    scenario: ScenarioName,
    truth: Annotated[
        list[Path],
        typer.Option(
            help="File with `expect` rows of what happened, or a folder of such files; may be "
            "given again.",
            metavar="FILE|DIR",
        ),
    ],
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="The last day that a forecast knows; may be given again.",
            metavar="DATE",
            show_default="that of the last record that was fitted",
        ),
    ] = None,
    option: Options = None,
    members: Annotated[int, typer.Option(help="How many members the ensemble has.")] = 2048,
    seed: Seed = 1,
    assimilate: Annotated[
        bool,
        typer.Option("--assimilate", help="Score members that have told what happened before too."),
    ] = False,
    json: Json = False,
) -> None:
    """Score forecasts against what happened after their origins, beside simple baselines."""
    found = scenario_for("scorecard", scenario, option)
    from sinews.analysis import scorecard as scoring
    from sinews.analysis.tables import KIND, SCORED, kind_line, scored_line

    with progress(members, "members") as step:
        card = scoring.scorecard(found, truth, origin or (), members, seed, assimilate, step)
    if json:
        print_json(card.plain())
        return
    print_line(card.seen())
    for each in card.cards:
        title = f"{each.forecast}, from {each.origin} to {each.until}"
        print_table(title, KIND, [kind_line(kind) for kind in each.kinds])
        rows = [scored_line(found, x, kind.best) for kind in each.kinds for x in kind.lines]
        print_table("", SCORED, rows)
    for each in card.cards:
        print_line(each.summary())


def assimilate(
    scenario: ScenarioName,
    until: Annotated[
        str, typer.Option(help="The last day of which members are told.", metavar="DATE")
    ],
    truth: Annotated[
        list[Path] | None,
        typer.Option(
            help="File with `expect` rows of what happened, or a folder of such files; may be "
            "given again.",
            metavar="FILE|DIR",
            show_default="the scenario's records",
        ),
    ] = None,
    option: Options = None,
    members: Annotated[
        int, typer.Option(help="How many members the ensemble has, 16 or more.")
    ] = 8192,
    weeks: Annotated[
        int | None,
        typer.Option(
            help="Weeks from the start to the end of the forecast.",
            show_default="26 after DATE, or to the last row",
        ),
    ] = None,
    seed: Seed = 1,
    measure: Measures = None,
    json: Json = False,
) -> None:
    """Take in what happened until a day, say if the model can tell it, and forecast the rest."""
    found = scenario_for("assimilate", scenario, option)
    from sinews.analysis import assimilate as home

    began = time.perf_counter()
    with progress(None, "members") as step:
        got = home.assimilate(
            found, until, truth or (), (), members, weeks, seed, measure or (), step
        )
    seconds = time.perf_counter() - began
    if json:
        print_json(got.plain() | {"seconds": round(seconds, 3)})
        return
    _print_assimilation(got, seconds)


def _print_assimilation(got: Assimilation, seconds: float) -> None:
    from sinews.analysis import tables
    from sinews.analysis.numerals import day

    found, members = got.scenario, len(got.past.members)
    rows = "1 row" if len(got.told) == 1 else f"{len(got.told)} rows"
    print_line(f"{found.title}: told {rows} until {day(got.until)}, forecast to week {got.weeks}")
    print_line(f"{members:,} members, seed {got.seed}; {seconds:.1f} s")
    told = [tables.misfit_line(found, each) for each in got.told]
    print_table("What happened, and what members tell", tables.TOLD, told)
    weighed = [tables.weighed_line(found, each) for each in got.windows]
    print_table("Members that count", tables.WEIGHED, weighed)
    for sentence in got.verdict():
        print_line(sentence)
    ahead = [tables.ahead_line(found, each) for each in got.ahead]
    print_table("Forecast", tables.AHEAD, ahead)
    if got.later:
        later = [tables.later_line(found, each) for each in got.later]
        print_table("Held against later rows", tables.LATER, later)
    for scale, count, one, free in got.gains():
        print_line(f"{scale} of {count}: {one:.3g}, of the free run {free:.3g}")
    if caution := got.caution():
        print_line(caution)
