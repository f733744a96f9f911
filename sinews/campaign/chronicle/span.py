"""The weeks of a chapter as numbers, each with the measures that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.campaign import fog
from sinews.campaign.chronicle.words import spoken
from sinews.scenario import Scenario
from sinews.series import SERIES

if TYPE_CHECKING:
    from sinews.campaign.record import Record

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Derivation:
    """A way to make one number of others."""

    words: str
    of: Callable[..., float]


# How a number in the text comes from measures and constants, in their order.
FORMS: dict[str, Derivation] = {
    "at": Derivation("as it stands on that day", lambda x: x),
    "moved": Derivation(
        "how much it changed between the two days, without its sign", lambda x: abs(x)
    ),
    "together": Derivation("the sum of these", lambda *x: sum(x)),
    "apart": Derivation("the distance between the two", lambda a, b: abs(a - b)),
    "percent": Derivation("in hundredths", lambda x: 100 * x),
    "lost percent": Derivation("what is lacking to one, in hundredths", lambda x: 100 * (1 - x)),
    "share": Derivation("the first in hundredths of the second", lambda a, b: 100 * a / b),
    "pace": Derivation(
        "the distance between the first two, by the weeks", lambda a, b, c: abs(a - b) / c
    ),
    "weeks": Derivation("the first over the second, times the weeks", lambda a, b, c: a / b * c),
}


@dataclass(frozen=True)
class ToldNumber:
    """A number in the text and where it comes from."""

    text: str
    value: float
    unit: str
    parts: tuple[str | float, ...]
    """The measures that it is made of, each with its date or dates, and constants."""
    how: str
    """What is made of them: a name in FORMS."""

    @property
    def measure(self) -> str:
        """The measure that it shows, or the first of those that it is made of."""
        return next(part for part in self.parts if isinstance(part, str))

    @property
    def formed(self) -> str:
        """How it is made of its parts, in words."""
        return FORMS[self.how].words

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "text": self.text,
            "value": self.value,
            "unit": self.unit,
            "parts": list(self.parts),
            "how": self.formed,
        }


class Span:
    """The weeks from one turn's day to the next, and all before them, as one side saw them."""

    def __init__(
        self, scenario: Scenario, record: Record, power: str | None, since: date, until: date
    ) -> None:
        self.scenario, self.power = scenario, power
        self._start, self._record = scenario.start, record
        self._told: dict[str, dict[tuple[str, ...], None]] = {}
        self.then = max(self._week(since), record.first)
        """The week of its first day."""
        self.now = min(self._week(until), record.last)
        self.since, self.until = self.day(self.then), self.day(self.now)

    def _week(self, on: date) -> int:
        return (on - self._start).days // 7

    def day(self, week: int) -> date:
        """The day on which a week is over."""
        return self._start + timedelta(days=7 * week)

    @property
    def weeks(self) -> int:
        """How many it spans."""
        return self.now - self.then

    # Whose it is.

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The powers whose own affairs may be told: the seat's, or all to a historian."""
        return tuple(self.scenario.powers) if self.power is None else (self.power,)

    @cached_property
    def _signed(self) -> dict[str, set[str]]:
        if self.power is None:
            return {}
        return {k: set(v) for k, v in fog.parties(self.scenario, self.power).items()}

    def _seen(self, series: str, labels: tuple[str, ...]) -> bool:
        """Whether it may be told now, whatever is known once the campaign is over."""
        if self.power is None:
            return True
        rule = SERIES[series].seen if series in SERIES else ""
        if rule == "party":
            return any(labels[0] in names for names in self._signed.values())
        return rule == "open" or (rule == "own" and labels[0] == self.power)

    def labels(self, series: str) -> list[tuple[str, ...]]:
        """What a series is told of."""
        return list(self._known(series))

    def _known(self, series: str) -> dict[tuple[str, ...], None]:
        if series not in self._told:
            every = self._record.labels(series)
            self._told[series] = dict.fromkeys(x for x in every if self._seen(series, x))
        return self._told[series]

    def cells(self, series: str, least: float = 0.0) -> Iterator[tuple[str, ...]]:
        """What a series is told of, where it changed by more than `least` in these weeks."""
        for labels in self.labels(series):
            if abs(self.change(series, *labels)) > least:
                yield labels

    def has(self, series: str, *labels: str) -> bool:
        """Whether a series is told of these."""
        return labels in self._known(series)

    # Bare values.

    def past(self, series: str, *labels: str) -> Floats:
        """Every week so far; 0 of what is not told."""
        weeks = self.now - self._record.first + 1
        if not self.has(series, *labels):
            return np.zeros(weeks)
        return self._record.of(":".join((series, *labels)))[:weeks]

    def track(self, series: str, *labels: str) -> Floats:
        """These weeks, the one before them included."""
        return self.past(series, *labels)[self.then - self._record.first :]

    def at(self, series: str, *labels: str) -> float:
        """As these weeks end."""
        return float(self.past(series, *labels)[-1])

    def before(self, series: str, *labels: str) -> float:
        """As these weeks begin."""
        return float(self.track(series, *labels)[0])

    def change(self, series: str, *labels: str) -> float:
        """What became of it in these weeks."""
        return self.at(series, *labels) - self.before(series, *labels)

    def fought(self, axis: str) -> bool:
        """Whether there was war on an axis in any of these weeks, or as they began."""
        return bool(self.track("hostile", axis).max() >= 0.5)

    def earlier(self, series: str, *labels: str) -> float | None:
        """The greatest change in as many weeks as these at any time before them; None if there
        were not as many."""
        past = self.past(series, *labels)[: self.then - self._record.first + 1]
        if len(past) <= self.weeks or not self.weeks:
            return None
        return float((past[self.weeks :] - past[: -self.weeks]).max())

    def steady(self, series: str, *labels: str) -> bool:
        """Whether as much came of it in as many weeks just before these: no news."""
        past = self.past(series, *labels)
        first = len(past) - 1 - 2 * self.weeks
        if first < 0 or not self.weeks:
            return False
        then = float(past[first + self.weeks] - past[first])
        return abs(self.change(series, *labels) - then) <= 0.08 * abs(then)

    def turned(self, series: str, labels: Sequence[str], bound: float) -> date | None:
        """The first day by which it had come over to the other side of a bound."""
        track = self.track(series, *labels)
        over = track >= bound
        if over[0] == over[-1]:
            return None
        return self.day(self.then + int(np.argmax(over == over[-1])))

    # Numbers for the text.

    def made(self, how: str, unit: str, *parts: str | float) -> ToldNumber:
        """A number made of measures and constants."""
        value = FORMS[how].of(*(self.value(p) if isinstance(p, str) else p for p in parts))
        return ToldNumber(spoken(value, unit), float(value), unit, parts, how)

    def value(self, measure: str) -> float:
        """The value of a measure with its date or dates."""
        return self._record.value(measure, self._start)

    def word(self, series: str, *labels: str) -> str:
        """A measure as these weeks end."""
        return ":".join((series, *labels)) + f"@{self.until}"

    def then_word(self, series: str, *labels: str) -> str:
        """A measure as these weeks begin."""
        return ":".join((series, *labels)) + f"@{self.since}"

    def flow(self, series: str, *labels: str) -> str:
        """A measure's change over these weeks."""
        return ":".join((series, *labels)) + f"@{self.since}..{self.until}"

    def stand(self, unit: str, series: str, *labels: str) -> ToldNumber:
        """How much there is as these weeks end."""
        return self.made("at", unit, self.word(series, *labels))

    def stood(self, unit: str, series: str, *labels: str) -> ToldNumber:
        """How much there was as these weeks began."""
        return self.made("at", unit, self.then_word(series, *labels))

    def moved(self, unit: str, series: str, *labels: str) -> ToldNumber:
        """By how much it changed in these weeks."""
        if self.since <= self._start:
            # From the start on, a measure with two dates counts all that there is.
            now, then = self.word(series, *labels), self.then_word(series, *labels)
            return self.made("apart", unit, now, then)
        return self.made("moved", unit, self.flow(series, *labels))
