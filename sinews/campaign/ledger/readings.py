"""What a seat knows at a turn, number by number: now, at the turn before, and week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from sinews.campaign.record import Record


@dataclass(frozen=True)
class Readings:
    """A record up to a turn's day, read by the names of its columns."""

    record: Record
    start: date
    week: int
    """The last week that is over."""
    before: int
    """The one that was over at the turn before; at the first turn, the scenario's first."""

    @classmethod
    def at(cls, record: Record, start: date, turn: date, before: date | None) -> Readings:
        """The readings of a turn's day. `before` is the day of the turn before."""
        week, then = ((day - start).days // 7 if day else record.first for day in (turn, before))
        return cls(record.until(week), start, min(week, record.last), max(then, record.first))

    @property
    def day(self) -> date:
        """The day of which these are."""
        return self.day_of(self.week)

    @property
    def day_before(self) -> date:
        """The day with which these are compared."""
        return self.day_of(self.before)

    def day_of(self, week: int) -> date:
        """The day on which a week is over."""
        return self.start + timedelta(days=7 * week)

    def knows(self, name: str) -> bool:
        """Whether a number is there to be seen."""
        return name in self._names

    def now(self, name: str) -> float | None:
        """A number today; None if it is not to be seen."""
        return self.record.at(name, self.week) if self.knows(name) else None

    def then(self, name: str) -> float | None:
        """A number at the turn before."""
        return self.record.at(name, self.before) if self.knows(name) else None

    def change(self, name: str) -> float | None:
        """What became different since the turn before."""
        if not self.knows(name):
            return None
        return self.record.at(name, self.week) - self.record.at(name, self.before)

    def weekly(self, name: str) -> list[float]:
        """A number, week by week; empty if it is not to be seen."""
        return self.record.of(name).tolist() if self.knows(name) else []

    def steps(self, name: str) -> list[float]:
        """By how much a number changed in each week."""
        return [after - before for before, after in pairwise(self.weekly(name))]

    def unit(self, name: str) -> str:
        """Of a number."""
        return self.record.unit(name)

    def labels(self, series: str) -> Sequence[tuple[str, ...]]:
        """What a series is to be seen of."""
        return self.record.labels(series)

    def stood(self, name: str) -> str:
        """A number of today as a measure."""
        return f"{name}@{self.day}"

    def changed(self, name: str) -> str:
        """A number's change since the turn before as a measure; the number itself if no time has
        gone by since."""
        since = f"{self.day_before}.." if self.before < self.week else ""
        return f"{name}@{since}{self.day}"

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.record.names)
