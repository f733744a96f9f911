"""When a measure first passes a bound: shells that last two weeks, a front east of a town.

Asked of any series, week by week from a day on: the first week in which it is so, be it for a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sinews.analysis.branching import SharedPast
from sinews.analysis.council.conditions import Condition
from sinews.analysis.numerals import day
from sinews.analysis.odds import Draws, share_error, weeks_reached
from sinews.scenario import Scenario


@dataclass(frozen=True)
class FirstDate:
    """The answer to "when does it first come about?"."""

    scenario: Scenario = field(repr=False)
    condition: Condition
    members: int
    first: tuple[int | None, ...]
    """Weeks since the start, at LEVELS of the members; None: not by the measure's date."""
    share: float
    """Share of the members in which it does by then."""
    error: float
    """Standard error of that share."""
    given: str = ""
    """What comes about in all these members, in words; nothing if they are all that were run."""

    def on(self, week: int | None) -> date | None:
        """The date that ends a week."""
        return None if week is None else self.scenario.start + timedelta(days=7 * week)

    def sentence(self) -> str:
        """The answer, with its odds."""
        what, end = self.condition.event(self.scenario)[0], day(self.condition.measure.at)
        often = f"by {end} in {100 * self.share:.0f} \N{PLUS-MINUS SIGN} {100 * self.error:.1f}"
        low, middle, high = (self.on(week) for week in self.first)
        if not self.share:
            text = f"in none of {self.members:,} campaigns {what} by {end}."
        elif middle is None:
            text = f"{what} {often} of 100 campaigns"
            text += f", from about {day(low)} at the earliest." if low else "."
        else:
            latest = f"{day(high)}" if high else f"after {end}"
            text = f"{what} first about {day(middle)} ({day(low or middle)} to {latest} in 90 of "
            text += f"100 campaigns; {often} of 100)."
        if self.given:
            return f"If {self.given} ({self.members:,} campaigns): {text}"
        return text[:1].upper() + text[1:]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        days = [self.on(week) for week in self.first]
        named = zip(("low", "median", "high"), days, strict=True)
        return {
            "answer": self.sentence(),
            "name": self.condition.measure.name,
            "unit": self.condition.measure.unit,
            "above": self.condition.above,
            "below": self.condition.below,
            "members": self.members,
            "given": self.given,
            "first": {name: when.isoformat() if when else None for name, when in named},
            "share": self.share,
            "standard_error": self.error,
        }


def first_date(
    values: ArrayLike,
    condition: Condition,
    scenario: Scenario,
    since: int = 0,
    draw: Draws | None = None,
    given: str = "",
) -> FirstDate:
    """When `values` [week member], from the start on, first meet a condition: in the week `since`
    or later, by the date of its measure. `draw` [member] is from which each was drawn.
    """
    weeks = (condition.measure.at - scenario.start).days // 7 + 1
    meets = condition.holds(np.asarray(values, float)[since:weeks])
    ever = np.asarray(meets.any(axis=0))
    first = np.where(ever, since + meets.argmax(axis=0), weeks)
    levels = weeks_reached(first, weeks)
    how_sure = float(ever.mean()), share_error(ever, draw)
    return FirstDate(scenario, condition, len(ever), levels, *how_sure, given)


def first_date_of(
    trunks: Sequence[SharedPast], condition: Condition, since: int = 0, given: str = ""
) -> FirstDate:
    """The same, over members that were run as far or further."""
    m = condition.measure
    rows = slice((m.at - trunks[0].scenario.start).days // 7 + 1)
    values = np.concatenate([t.series(m.series, *m.labels)[rows] for t in trunks], axis=1)
    draw = np.concatenate([t.draw for t in trunks])
    return first_date(values, condition, trunks[0].scenario, since, draw, given)
