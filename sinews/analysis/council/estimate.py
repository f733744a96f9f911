"""Estimates: what the staff expects of the campaign as it stands and, if something comes about, of
the campaigns in which it does.

A conditional estimate weighs members by 1 where the condition holds and by 0 elsewhere. It says
what goes together in campaigns, not what one thing makes of another: where Kiev falls early, much
else has gone wrong too. What a decision changes is asked of an option, on common luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import Progress, within_bounds
from sinews.analysis.branching import started
from sinews.analysis.council.conditions import Condition, conditions, fulfilled
from sinews.analysis.measures import Measure, asked
from sinews.analysis.numerals import amount, band, margin
from sinews.analysis.odds import LEVELS, mean_error, share_error
from sinews.analysis.tables import full_title
from sinews.errors import Together
from sinews.scenario import Scenario, load
from sinews.series import SERIES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """A measure over some members: 5, 50 and 95 %, the mean and its standard error."""

    members: int
    low: float
    median: float
    high: float
    mean: float
    error: float | None

    @classmethod
    def of(cls, values: Floats, draw: NDArray[np.int64]) -> "Spread | None":
        """That of `values` [member], which have a `draw` of the posterior [member]; None of none.

        >>> Spread.of(np.array([1.0, 2.0, 3.0]), np.arange(3)).median
        2.0
        """
        if not len(values):
            return None
        low, median, high = map(float, np.quantile(values, LEVELS))
        return cls(len(values), low, median, high, float(values.mean()), mean_error(values, draw))


@dataclass(frozen=True)
class ConditionalEstimate:
    """Measures over the members in which conditions hold, and over those in which they do not."""

    scenario: Scenario = field(repr=False)
    measures: tuple[Measure, ...]
    given: tuple[Condition, ...]
    values: Floats = field(repr=False)
    """[measure member]"""
    met: NDArray[np.bool_] = field(repr=False)
    """Whether all conditions hold [member]."""
    draw: NDArray[np.int64] = field(repr=False)
    """From which each member was drawn [member]."""

    @property
    def share(self) -> float:
        """Share of members in which the conditions hold."""
        return float(self.met.mean())

    @property
    def words(self) -> str:
        """The conditions, in words."""
        return " and ".join(each.words(self.scenario) for each in self.given)

    def spread(self, index: int, met: bool = True) -> Spread | None:
        """A measure where the conditions hold, or where they do not; None if that is nowhere."""
        where = self.met == met
        return Spread.of(self.values[index, where], self.draw[where])

    def difference(self, index: int) -> tuple[float, float | None] | None:
        """How much more its mean is where the conditions hold than where they do not, and the
        standard error of that; None if one of the two is nowhere."""
        one, other = self.spread(index), self.spread(index, False)
        if one is None or other is None:
            return None
        if one.error is None or other.error is None:
            return one.mean - other.mean, None
        return one.mean - other.mean, hypot(one.error, other.error)

    def sentence(self) -> str:
        """The answer, of a hundred campaigns."""
        if not self.given:
            return " ".join(f"{self._said(i, self.spread(i))}." for i in range(len(self.measures)))
        many = len(self.met)
        if not self.met.any():
            return f"In none of {many:,} campaigns it comes about that {self.words}: ask for more."
        error = 100 * share_error(self.met, self.draw)
        often = f"in {100 * self.share:.0f} \N{PLUS-MINUS SIGN} {error:.1f} of 100 campaigns"
        if self.met.all():
            often = f"as in all of {many:,} campaigns"
        text = f"If {self.words} ({often}): "
        return text + "; ".join(self._if_so(i) for i in range(len(self.measures))) + "."

    def _if_so(self, index: int) -> str:
        text, apart = self._said(index, self.spread(index)), self.difference(index)
        if apart is None:
            return text
        otherwise, m = self.spread(index, False), self.measures[index]
        assert otherwise is not None
        difference = self._margin(index, *apart)
        if SERIES[m.series].either:
            return f"{text}, else in {100 * otherwise.mean:.0f} (difference {difference})"
        return f"{text}, else {amount(otherwise.median, m.unit)} (mean difference {difference})"

    def _said(self, index: int, spread: Spread | None) -> str:
        m = self.measures[index]
        assert spread is not None
        head = f"{full_title(self.scenario, m)}, {m.when}"
        if SERIES[m.series].either:
            return f"{head}: in {100 * spread.mean:.0f} of 100 campaigns"
        unit = "" if m.unit == "1" else f" {m.unit}"
        ends = band(spread.low, spread.high, m.unit)
        return f"{head}: {amount(spread.median, m.unit)}{unit} ({ends})"

    @property
    def heads(self) -> tuple[str, ...]:
        """Of the columns of `lines`; one whose head ends in ">" holds numbers."""
        if not self.given:
            return ("measure", "unit", "middle>", "5-95 %>")
        return ("measure", "unit", "if so>", "5-95 %>", "else>", "5-95 %>", "mean difference>")

    def lines(self) -> list[list[str]]:
        """A line of a table for each measure; of what is one thing or the other, how often."""
        out: list[list[str]] = []
        for index, m in enumerate(self.measures):
            either, apart = SERIES[m.series].either, self.difference(index)
            line = [m.name, "% of campaigns" if either else m.unit]
            for met in (True, False) if self.given else (True,):
                spread = self.spread(index, met)
                if spread is None:
                    line += ["", ""]
                elif either:
                    line += [f"{100 * spread.mean:.0f}", ""]
                else:
                    ends = band(spread.low, spread.high, m.unit)
                    line += [amount(spread.median, m.unit), ends]
            if self.given:
                line.append("" if apart is None else self._margin(index, *apart))
            out.append(line)
        return out

    def _margin(self, index: int, mean: float, error: float | None) -> str:
        m = self.measures[index]
        if SERIES[m.series].either:
            return margin(100 * mean, None if error is None else 100 * error)
        return margin(mean, error, m.unit)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        rows: list[dict[str, Any]] = []
        for index, m in enumerate(self.measures):
            apart = self.difference(index)
            pair = {"if": self.spread(index), "else": self.spread(index, False)}
            rows.append(
                {
                    "name": m.name,
                    "unit": m.unit,
                    **{key: None if x is None else vars(x) for key, x in pair.items()},
                    "difference": apart and apart[0],
                    "difference_standard_error": apart and apart[1],
                }
            )
        return {
            "answer": self.sentence(),
            "given": [
                {"name": c.measure.name, "above": c.above, "below": c.below} for c in self.given
            ],
            "members": len(self.met),
            "share": self.share,
            "standard_error": share_error(self.met, self.draw),
            "estimates": rows,
        }


def estimate(
    scenario: str | Path | Scenario,
    measures: Sequence[str],
    given: Sequence[str] = (),
    options: Sequence[str] = (),
    members: int = 512,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> ConditionalEstimate:
    """What is expected of `measures` with `options` in force: in the members in which all of
    `given` hold, such as "held:Kiev@1941-09-28 below 0.5", and in the others.

    Raises ScenarioError for what is no measure or condition of the scenario.
    """
    found = load(scenario, options)
    told = Together(found.name)
    weeks = told.look(partial(within_bounds, found, members, weeks, seed), found.weeks)
    wanted = told.look(partial(asked, measures, found, weeks), [])
    holding = told.look(partial(conditions, found, given, weeks), ())
    told.tell()
    trunk = started(found, range(members), seed, weeks)
    if progress:
        progress(members)
    met = fulfilled(holding, trunk)
    return ConditionalEstimate(found, tuple(wanted), holding, trunk.values(wanted), met, trunk.draw)
