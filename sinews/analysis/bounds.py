"""What can be asked of a run, and whom it tells how far it is."""

from collections.abc import Callable
from numbers import Integral

from sinews.errors import Mistake, ScenarioError, shown
from sinews.scenario import Scenario

MOST_MEMBERS = 10_000_000
LARGEST_SEED = 2**32 - 1
USUAL_WEEKS = 52

Progress = Callable[[int], None]


def within_bounds(
    scenario: Scenario, members: int, weeks: int | None, seed: int, chunks: int = 1
) -> int:
    """The number of weeks to run, once all that a run is asked for is found possible."""
    weeks = min(USUAL_WEEKS, scenario.weeks) if weeks is None else weeks
    whole = isinstance(members, Integral)
    asked = {
        "members": (members, 1, MOST_MEMBERS),
        "weeks": (weeks, 1, scenario.weeks),
        "seed": (seed, 0, LARGEST_SEED),
        "chunks": (chunks, 1, max(members, 1) if whole else MOST_MEMBERS),
    }
    mistakes: list[Mistake] = []
    for name, (value, low, high) in asked.items():
        expected = f"it must be from {low:,} to {high:,}"
        if isinstance(value, bool) or not isinstance(value, Integral):
            mistakes.append(Mistake(name, "is no whole number", expected, value=shown(value)))
        elif not low <= value <= high:
            mistakes.append(Mistake(name, "is out of bounds", expected, value=shown(value)))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return int(weeks)
