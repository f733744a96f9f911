"""Checking a scenario against its records."""

from collections.abc import Iterable
from pathlib import Path

from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.measures import expectations
from sinews.analysis.run import Row, measured, record_rows
from sinews.scenario import Scenario, load, load_all


def check(
    scenario: str | Path,
    options: Iterable[str] = (),
    members: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> list[Row]:
    """A line for each `[[expect]]` row: the record, the model's odds, and whether it holds.

    A record holds if it lies in the model's 5-95 % and, where the row says `within`, if the
    median is that close to it. Mistakes in any option of the file are found too.
    """
    names = tuple(options)
    plain = load_all(scenario)[""]
    chosen = load(scenario, names) if names else plain
    return checked(chosen, members, seed, progress)


def checked(
    scenario: Scenario, members: int = 1000, seed: int = 1, progress: Progress | None = None
) -> list[Row]:
    """The lines of a loaded scenario."""
    within_bounds(scenario, members, None, seed)
    measures = [e.measure for e in expectations(scenario)]
    if not measures:
        return []
    days = max((measure.at - scenario.start).days for measure in measures)
    weeks = max(1, -(-days // 7))
    return record_rows(
        scenario, measured(scenario, measures, members, weeks, seed, progress=progress)
    )
