"""Conditions: that a measure of a campaign lies beyond a bound, in words and member by member."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sinews import units
from sinews.analysis.branching import SharedPast
from sinews.analysis.measures import Measure, by_word
from sinews.analysis.numerals import amount, day, nearest
from sinews.analysis.tables import full_title
from sinews.errors import Mistake, ScenarioError, name_list, shown
from sinews.scenario import Scenario

# Series that are 1 or 0 (or the share of a week): what they say above a bound, and below it.
_STATES = {
    "hostile": ("is at war", "is at peace"),
    "in_force": ("is in force", "is not in force"),
    "broken": ("has been broken", "has not been broken"),
}
_WRITTEN = 'write it as in "held:Kiev@1941-09-28 below 0.5"'


@dataclass(frozen=True)
class Condition:
    """That a measure lies above a bound, below one, or between the two."""

    measure: Measure
    above: float | None
    below: float | None

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether it comes about, of the measure's `values` [member].

        >>> from datetime import date
        >>> fallen = Condition(Measure("held", ("Kiev",), date(1941, 9, 28)), None, 0.5)
        >>> fallen.holds(np.array([0.0, 1.0])).tolist()
        [True, False]
        """
        low = -np.inf if self.above is None else self.above
        high = np.inf if self.below is None else self.below
        return (values > low) & (values < high)

    def words(self, scenario: Scenario) -> str:
        """What comes about, as in "Kiev is lost by 28 Sep 1941"."""
        what, joint = self.event(scenario)
        return f"{what} {joint} {day(self.measure.at)}"

    def event(self, scenario: Scenario) -> tuple[str, str]:
        """What comes about, and the word before its date, as in "Kiev is lost", "by"."""
        m = self.measure
        bounds = [
            f"{word} {amount(bound, m.unit)}{'' if m.unit == '1' else f' {m.unit}'}"
            for word, bound in (("above", self.above), ("below", self.below))
            if bound is not None
        ]
        bound = self.above if self.above is not None else self.below
        assert bound is not None
        if m.series == "held" and len(bounds) == 1:
            held = ("holds", "to") if self.above is not None else ("is lost", "by")
            return f"{m.labels[0]} {held[0]}", held[1]
        if m.series in _STATES and len(bounds) == 1 and 0.0 <= bound < 1.0:
            yes, no = _STATES[m.series]
            what = full_title(scenario, m).rpartition(", ")[0]
            return f"{what} {yes if self.above is not None else no}", "on"
        if m.series == "front" and len(bounds) == 1:
            theatre = scenario.theatres[m.labels[0]]
            where = nearest(bound, theatre.place)
            side = "east" if self.above is not None else "west"
            text = f"the front of {theatre.title or m.labels[0]} is {side} of {amount(bound, 'km')}"
            return f"{text} km ({where})", "on"
        return f"{full_title(scenario, m)} is {' and '.join(bounds)}", "on"


def with_date(word: str, when: date) -> str:
    """A measure's word with a date: its own, or else this.

    >>> with_date("held:Kiev", date(1941, 9, 28)), with_date("gold:china@1942-03-08", date.today())
    ('held:Kiev@1941-09-28', 'gold:china@1942-03-08')
    """
    return word if "@" in word else f"{word}@{when}"


def fulfilled(given: Sequence[Condition], trunk: SharedPast) -> NDArray[np.bool_]:
    """Whether all conditions hold in the members of a trunk that was run far enough [member]."""
    met = np.ones(len(trunk.members), bool)
    for condition in given:
        met &= condition.holds(trunk.values([condition.measure])[0])
    return met


def conditions(
    scenario: Scenario, texts: Sequence[str], weeks: int, word_for: str = "if"
) -> tuple[Condition, ...]:
    """What texts such as "held:Kiev@1941-09-28 below 0.5" mean, in a run of so many weeks.

    Raises ScenarioError, with all mistakes, for what is no condition; `word_for` is what a user
    knows them by.
    """
    mistakes: list[Mistake] = []
    found: list[Condition] = []
    for text in name_list(texts, "given", scenario.name):
        word, _, rest = text.strip().partition(" ")
        side, _, number = rest.strip().partition(" ")
        try:
            measures = by_word([word], scenario, weeks)[word]
            if side not in ("above", "below") or not number:
                raise ValueError("is no condition", _WRITTEN)
            if len(measures) > 1:
                raise ValueError(f"names {len(measures)} measures", "name one")
            bound = units.read(number.strip(), measures[0].unit)
            if measures[0].either and not 0.0 < bound < 1.0:
                problem = "has a bound that does not part yes (1) from no (0)"
                raise ValueError(problem, "it must lie between 0 and 1", f"write {word} {side} 0.5")
        except ScenarioError as error:
            mistakes += error.mistakes
        except ValueError as error:
            mistakes.append(Mistake(word_for, *error.args, value=shown(text)))
        else:
            above, below = (bound if side == each else None for each in ("above", "below"))
            found.append(Condition(measures[0], above, below))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return tuple(found)
