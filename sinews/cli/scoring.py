"""The command that holds forecasts against what happened: scorecard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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


def scorecard(
    scenario: ScenarioName,
    truth: Annotated[
        list[Path],
        typer.Option(
            help="Folder of files with [[expect]] rows: what happened; may be given again.",
            metavar="DIR",
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
    json: Json = False,
) -> None:
    """Score forecasts against what happened after their origins, beside simple baselines."""
    found = scenario_for("scorecard", scenario, option)
    from sinews.analysis import scorecard as scoring
    from sinews.analysis.tables import KIND, SCORED, kind_line, scored_line

    with progress(members, "members") as step:
        card = scoring.scorecard(found, truth, origin or (), members, seed, step)
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
