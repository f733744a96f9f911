"""What a power wants: measures, each with what one more of it counts for that power.

Its scenario says so (`[power.NAME] aims`). A power of which it says nothing has a plain default,
told as one: as few of its own people and men as can be under the enemy or gone for good, and as
many as can be of the people of those whom it fights as the scenario begins. All are counted by
head, one for one, so that nothing in it is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.measures import Measure, by_word
from sinews.scenario import Scenario


@dataclass(frozen=True)
class Aim:
    """One measure that a power wants more of, or less."""

    measure: Measure
    """On the scenario's last day."""
    counts: float
    """For one more of it, or if it is so; below 0 where the power wants less."""
    given: bool
    """Whether the scenario says so; if not it is the default."""

    def on(self, day: date) -> Measure:
        """The measure on a day."""
        return replace(self.measure, at=day)

    def title(self, scenario: Scenario) -> str:
        """What it is, in words."""
        return self.measure.whole_title(scenario)

    @property
    def each(self) -> str:
        """For what it counts: a unit, or "if so"."""
        return "if so" if self.measure.either else self.measure.unit

    def plain(self, scenario: Scenario) -> dict[str, Any]:
        """As plain data."""
        return {
            "measure": self.measure.name.partition("@")[0],
            "title": self.title(scenario),
            "unit": self.measure.unit,
            "each": self.each,
            "counts": self.counts,
            "given": self.given,
        }


def aims_of(scenario: Scenario, power: str) -> list[Aim]:
    """A power's aims, one for each number that its words name; the default if it has none.

    >>> from sinews.scenario import load
    >>> beijing = load("beijing-1941")
    >>> [(aim.title(beijing), aim.counts, aim.each) for aim in aims_of(beijing, "china")[:2]]
    [('China, gold', 1.0, 't'), ('Far East border, at war', -400.0, 'if so')]
    """
    stated = {word: number.middle for word, number in scenario.powers[power].aims.items()}
    counts = stated or _default(scenario, power)
    found = by_word(counts, scenario, scenario.weeks)
    return [Aim(m, counts[word], bool(stated)) for word, each in found.items() for m in each]


def _default(scenario: Scenario, power: str) -> dict[str, float]:
    """What a power wants whose scenario does not say."""
    fights = [theatre.fights for theatre in scenario.theatres.values()]
    fought = {
        x
        for west, east in fights
        for x in (east if power in west else west if power in east else ())
    }
    theirs = {f"occupied:{name}": 1.0 for name in scenario.powers if name in fought}
    return {f"irrecoverable:{power}": -1.0, f"occupied:{power}": -1.0, **theirs}


def valued(aims: Sequence[Aim], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What measures [aim ...] count in all [...]."""
    return np.array([aim.counts for aim in aims]) @ values
