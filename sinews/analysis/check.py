"""Checking a scenario against its records."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.measures import by_word, expectations
from sinews.analysis.run import Row, record_rows, samples_of
from sinews.errors import ScenarioError, name_list, shown
from sinews.scenario import Scenario
from sinews.scenario.feasible import infeasible, load_feasible


def check(
    scenario: str | Path,
    options: Iterable[str] = (),
    members: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> list[Row]:
    """A line for each `[[expect]]` row: the record, the model's odds, and whether it holds.

    A record holds if it lies in the model's 5-95 % and, where the row says `within`, if the
    median is that close to it. Mistakes in any option of the file are found too, and what can never
    come about.
    """
    names = name_list(options, "options", str(scenario))
    return checked(load_feasible(scenario, names), members, seed, progress)


def checked(
    scenario: Scenario, members: int = 1000, seed: int = 1, progress: Progress | None = None
) -> list[Row]:
    """The lines of a loaded scenario."""
    within_bounds(scenario, members, None, seed)
    _known(scenario)
    if vain := infeasible(scenario):
        raise ScenarioError(scenario.path.name, vain)
    measures = [e.measure for e in expectations(scenario)]
    if not measures:
        return []
    days = max((measure.at - scenario.start).days for measure in measures)
    weeks = max(1, -(-days // 7))
    return record_rows(scenario, samples_of(scenario, measures, members, weeks, seed, progress))


def _known(scenario: Scenario) -> None:
    """Whether every measure that the council's tables name is one: only the engine knows which
    series there are."""
    places = {shown(word): place for place, word in _words(scenario)}
    try:
        by_word([word for _, word in _words(scenario)], scenario, scenario.weeks)
    except ScenarioError as error:
        mistakes = [replace(m, path=places[m.value]) for m in error.mistakes]
        raise ScenarioError(scenario.path.name, mistakes) from None


def _words(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """The measures of the council's tables, each with its place in the file."""
    for name, power in scenario.powers.items():
        yield from ((f"power.{name}.aims", word) for word in power.aims)
    for name, minister in scenario.ministers.items():
        yield from ((f"minister.{name}.portfolio", word) for word in minister.portfolio)
    for number, item in enumerate(scenario.agenda, 1):
        at = f"agenda[{number}]"
        yield from ((f"{at}.measures", word) for word in item.measures)
        yield from ((f"{at}.estimates", word) for word in item.estimates)
        if item.trigger is not None:
            yield f"{at}.trigger.measure", item.trigger.measure
        for place, ask in enumerate(item.ask, 1):
            if ask.measure is not None:
                yield f"{at}.ask[{place}].measure", ask.measure
