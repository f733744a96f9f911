"""What can be asked of a run, and whom it tells how far it is."""

from collections.abc import Callable
from math import inf
from numbers import Integral, Real

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
    if mistakes := [m for name, each in asked.items() for m in not_whole(name, *each)]:
        raise ScenarioError(scenario.name, mistakes)
    return int(weeks)


def not_whole(name: str, value: object, low: int, high: int | None = None) -> list[Mistake]:
    """What is wrong with a whole number that is to lie between bounds, or from one on."""
    expected = (
        f"it must be {low:,} or more" if high is None else f"it must be from {low:,} to {high:,}"
    )
    if isinstance(value, bool) or not isinstance(value, Integral):
        return [Mistake(name, "is no whole number", expected, value=shown(value))]
    if int(value) < low or (high is not None and int(value) > high):
        return [Mistake(name, "is out of bounds", expected, value=shown(value))]
    return []


def no_number(name: str, value: object, expected: str) -> list[Mistake]:
    """What is wrong with a number of 0 or more, `expected` saying which."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return [Mistake(name, "is no number", expected, value=shown(value))]
    if not 0.0 <= float(value) < inf:
        return [Mistake(name, "must be 0 or more", expected, value=shown(value))]
    return []
