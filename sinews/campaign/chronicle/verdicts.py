"""Verdicts: what was decided, who advised it, and where what happened fell in its forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sinews.campaign.chronicle.span import Span, ToldNumber
from sinews.campaign.chronicle.words import between, clean, dated, spoken
from sinews.campaign.score import scored
from sinews.scenario.negotiable import preset_of
from sinews.series import HALF, SERIES

if TYPE_CHECKING:
    from sinews.campaign.log import Decision

_MIDDLE = (45, 55)  # percentiles that are called the middle


@dataclass(frozen=True)
class Voice:
    """What a minister advised."""

    minister: str
    option: str
    followed: bool


@dataclass(frozen=True)
class Outcome:
    """A forecast whose day has come."""

    title: str
    unit: str
    on: str
    """Its day, in words."""
    median: str
    half: str
    """The middle half of the forecast."""
    most: str
    """Nine tenths of it."""
    happened: ToldNumber
    percentile: int
    held50: bool
    held90: bool
    estimate: bool
    """Of how things stood on the day of the decision, whatever was decided."""

    sure: bool
    """Whether every member forecast the same, and it came about."""
    chance: int | None
    """Of what either is or is not: in how many of a hundred members it was as it came about."""

    @property
    def placed(self) -> bool:
        """Whether it has a place in its forecast worth telling."""
        return not self.sure and self.chance is None

    @property
    def sentence(self) -> str:
        """What was foreseen, and where what happened fell in it."""
        if self.chance is not None:
            return f"Foreseen so in {self.chance} of 100 campaigns."
        if self.sure:
            return "Foreseen exactly so."
        unit = "" if self.unit in ("1", "") else f" {self.unit}"
        return (
            f"Foreseen {self.median}{unit}; nine times in ten {self.most}. It fell at {self.words}."
        )

    @property
    def words(self) -> str:
        """Where what happened fell."""
        if self.percentile in (0, 100):
            beyond = "below" if self.percentile == 0 else "above"
            return f"the {ordinal(self.percentile)} percentile: {beyond} every forecast"
        where = "at the middle"
        if self.percentile < _MIDDLE[0]:
            where = "below the middle"
        elif self.percentile > _MIDDLE[1]:
            where = "above the middle"
        if self.held50:
            band = "inside the 50 % band"
        elif self.held90:
            band = "outside the 50 % band, inside the 90 % band"
        else:
            band = "outside the 90 % band"
        return f"the {ordinal(self.percentile)} percentile: {where}, {band}"

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        fields = ("title", "unit", "on", "median", "half", "most", "percentile", "sentence")
        return {name: getattr(self, name) for name in fields} | {
            "happened": self.happened.plain(),
            "estimate": self.estimate,
        }


@dataclass(frozen=True)
class Verdict:
    """A decision and what became of it in these weeks."""

    turn: int
    item: str
    option: str
    by: str
    on: str
    fresh: bool
    """Whether it was taken as these weeks began, and not earlier."""
    voices: tuple[Voice, ...]
    outcomes: tuple[Outcome, ...]
    waiting: int
    """How many of its forecasts have yet to come due."""

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "turn": self.turn,
            "item": self.item,
            "option": self.option,
            "by": self.by,
            "date": self.on,
            "advice": [
                {"minister": v.minister, "option": v.option, "followed": v.followed}
                for v in self.voices
            ],
            "forecasts": [outcome.plain() for outcome in self.outcomes],
            "waiting": self.waiting,
        }


def verdicts(span: Span, number: int, made: Sequence[Decision]) -> list[Verdict]:
    """The decisions of the turn before, and earlier ones of which a forecast came due."""
    out = [_verdict(span, number, each) for each in made if each.turn < number]
    told = [v for v in out if v.fresh or v.outcomes]
    return sorted(told, key=lambda v: -v.turn)


def _verdict(span: Span, number: int, made: Decision) -> Verdict:
    scenario = span.scenario
    item = scenario.agenda_item(made.item)
    outcomes: list[Outcome] = []
    waiting = 0
    for row in made.forecasts or ():
        on = date.fromisoformat(row["at"])
        if row["option"] not in ("", made.choice) or not _visible(span, row["measure"]):
            continue
        # What stood on the day of the decision is due in the chapter after it.
        first = span.since if row["option"] else min(span.since, made.on)
        if on > span.until:
            waiting += 1
        elif on > first or (row["option"] == "" and made.turn == number - 1):
            outcomes.append(_outcome(span, row, on))
    voices = tuple(
        Voice(
            clean(scenario.ministers[minister].title or minister),
            _option(span, option),
            option in (made.option, made.choice),
        )
        for minister, option in (made.advice or {}).items()
    )
    return Verdict(
        made.turn,
        clean(item.title or item.name),
        clean(made.title(scenario)),
        clean(made.by),
        dated(made.on, year=True),
        made.turn == number - 1,
        voices,
        tuple(sorted(outcomes, key=lambda each: each.sure)),
        waiting,
    )


def _visible(span: Span, measure: str) -> bool:
    series, *labels = measure.partition("@")[0].split(":")
    return span.has(series, *labels)


def _option(span: Span, name: str) -> str:
    return clean(span.scenario.options[preset_of(name)].title or name)


def _outcome(span: Span, row: dict[str, Any], on: date) -> Outcome:
    unit, value = row["unit"], span.value(row["measure"])
    found = scored(row["values"], value)
    # Rounding in float32 is neither a spread nor a miss.
    apart = max(abs(x - value) for x in row["values"])
    sure = apart <= 1e-4 * max(abs(value), 1e-6)
    said, chance = spoken(value, unit), None
    if SERIES[row["measure"].partition(":")[0]].either:
        so = [(x >= HALF) == (value >= HALF) for x in row["values"]]
        said, chance = "yes" if value >= HALF else "no", round(100 * sum(so) / len(so))
    return Outcome(
        clean(row["title"]),
        unit,
        dated(on, year=True),
        spoken(found["median"], unit),
        _between(found["band50"], unit),
        _between(found["band90"], unit),
        ToldNumber(said, value, unit, (row["measure"],), "at"),
        50 if sure else round(100 * found["rank"]),
        sure or found["in50"],
        sure or found["in90"],
        row["option"] == "",
        sure,
        chance,
    )


def _between(edges: Sequence[float], unit: str) -> str:
    low, high = edges
    return between(low, high, unit)


def ordinal(n: int) -> str:
    """A place in an order.

    >>> ordinal(1), ordinal(12), ordinal(23), ordinal(100)
    ('1st', '12th', '23rd', '100th')
    """
    ending = "th" if n // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
