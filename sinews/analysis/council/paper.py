"""What a council is handed: the brief, and in it a paper for each item of its agenda."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.council.advice import Advice, quoted, wish
from sinews.analysis.council.follow_up import Report
from sinews.analysis.council.questions import Answer, of_campaigns
from sinews.analysis.measures import Measure
from sinews.analysis.numerals import amount, band, margin, within
from sinews.analysis.odds import LEVELS
from sinews.analysis.paired import Contrast
from sinews.analysis.tables import full_title
from sinews.scenario import Scenario
from sinews.scenario.council import AgendaItem
from sinews.scenario.feasible import refusals
from sinews.scenario.load import as_written
from sinews.scenario.negotiable import preset_of
from sinews.scenario.options import clashes
from sinews.series import SERIES

Floats = NDArray[np.float64]


# A column whose head ends in ">" holds numbers.
COMPARED = ("option", "forecast>", "5-95 %>", "difference>", "5-95 %>", "better>")
ESTIMATED = ("the staff's estimate", "when", "unit", "middle>", "5-95 %>")
STOPPED = {
    "clear": "no more were needed",
    "limit": "the limit was reached",
    "asked": "as many as were asked for",
}
"""Why no more members were run."""
COUNSEL = ("minister", "standing>", "would have", "ahead by>")


@dataclass(frozen=True)
class Forecast:
    """A measure over the members: the median and 5-95 %."""

    measure: Measure
    title: str
    low: float
    median: float
    high: float
    mean: float

    @classmethod
    def of(cls, scenario: Scenario, measure: Measure, values: Floats) -> "Forecast":
        """The forecast that a measure's `values` [member] make."""
        values = SERIES[measure.series].counted(values)
        low, median, high = map(float, np.quantile(values, LEVELS))
        return cls(measure, full_title(scenario, measure), low, median, high, float(values.mean()))

    @property
    def either(self) -> bool:
        """Whether it is one thing or the other, so that only how often can be said."""
        return SERIES[self.measure.series].either

    @property
    def head(self) -> str:
        """What it is, when, in which unit."""
        m = self.measure
        unit = "% of campaigns" if self.either else "" if m.unit == "1" else m.unit
        return ", ".join(x for x in (self.title, m.when, unit) if x)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        m = self.measure
        since = {"from": m.since.isoformat()} if m.since else {}
        return {
            "name": m.name,
            "title": self.title,
            "unit": m.unit,
            **since,
            "until" if since else "at": m.at.isoformat(),
            "median": self.median,
            "low": self.low,
            "high": self.high,
            "mean": self.mean,
        }


@dataclass(frozen=True)
class Difference:
    """An option against the first, of one measure."""

    contrast: Contrast
    apart: float | None
    """What the standard error of the mean would be if each option had luck of its own."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return self.contrast.plain() | {"standard_error_independent": self.apart}


@dataclass(frozen=True)
class Excluded:
    """Something that an option rules out or leaves undone."""

    kind: str
    name: str
    title: str

    @property
    def words(self) -> str:
        """As a page says it."""
        why = "its buyer refuses" if self.kind == "refused" else "not signed"
        return quoted(self.title) if self.kind == "option" else f"{self.title} ({why})"

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"kind": self.kind, "name": self.name, "title": self.title}


@dataclass(frozen=True)
class Side:
    """One option of an item: what it leads to."""

    name: str
    title: str
    summary: str
    does: str
    """What its patch does, in words made from it."""
    forecasts: tuple[Forecast, ...]
    differences: tuple[Difference, ...]
    """To the item's first option; the first has none."""
    excludes: tuple[Excluded, ...]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "does": self.does,
            "forecasts": [f.plain() for f in self.forecasts],
            "differences": [d.plain() for d in self.differences],
            "excludes": [e.plain() for e in self.excludes],
        }


@dataclass(frozen=True)
class Paper:
    """An item of the agenda as it is laid before the council."""

    name: str
    title: str
    question: str
    report: str
    minister: str
    who: str
    """Who reports: name and office."""
    rule: str
    follow_up: str
    horizon: date
    estimates: tuple[Forecast, ...]
    options: tuple[Side, ...]
    against: str
    """The title of the first option, to which the others are compared."""
    advice: Advice
    answers: tuple[Answer, ...]
    members: int
    stopped: str
    """Why no more members were run: "clear" or "limit"."""
    error: float | None
    """The largest standard error of the options' mean differences of the first measure."""
    error_apart: float | None
    """What it would be if each option had luck of its own."""

    @property
    def sentences(self) -> list[str]:
        """The staff's answers; if it was asked nothing, what the first measure says."""
        return [answer.sentence for answer in self.answers] or [self._best()]

    @property
    def answer(self) -> str:
        """The staff's answer to the item's question, with its odds."""
        return " ".join(self.sentences)

    def _best(self) -> str:
        """What the first measure says: of own terms or, where the item is heard on none, of the
        option that does most for it."""
        first = [(side, side.differences[0]) for side in self.options if side.differences]
        if not first:
            return ""
        first = [each for each in first if preset_of(each[0].name) != each[0].name] or first
        sign = -1.0 if SERIES[first[0][1].contrast.measure.series].better < 0 else 1.0
        side, best = max(first, key=lambda each: sign * each[1].contrast.mean)
        c, m = best.contrast, best.contrast.measure
        what = side.forecasts[0].head
        if not any(_moves(side.differences[0]) for side in self.options if side.differences):
            return f"No option changes this: {what}, as under {quoted(self.against)}."
        if not _moves(best):
            refused = [each.words for each in side.excludes if each.kind == "refused"]
            why = f" {', '.join(refused)}." if refused else ""
            text = f"{quoted(side.title)} does not change this: {what}, as under "
            return f"{text}{quoted(self.against)}.{why}"
        text = f"{quoted(side.title)} against {quoted(self.against)}: {_mean(best)}, {what} "
        return f"{text}({_range(best, m)}better in {of_campaigns(c.better)})."

    def compared(self) -> list[tuple[str, list[list[str]]]]:
        """The options side by side: for each measure its heading, and lines of COMPARED."""
        return [
            (first.head, [_compared(side, i) for side in self.options])
            for i, first in enumerate(self.options[0].forecasts)
        ]

    def estimated(self) -> list[list[str]]:
        """Lines of ESTIMATED."""
        return [
            [e.title, m.when, m.unit, amount(e.median, m.unit), band(e.low, e.high, m.unit)]
            for e in self.estimates
            for m in (e.measure,)
        ]

    def counsel(self) -> list[list[str]]:
        """Lines of COUNSEL."""
        titles = self.advice.titles
        return [
            [
                j.who,
                f"{100 * j.standing:.0f} %",
                wish(titles, j.wants),
                "" if j.silent else j.ranking.lead.words,
            ]
            for j in self.advice.judgements
        ]

    def sure(self) -> str:
        """How many members were run, why no more, and how sure the first measure is."""
        text = f"{self.members:,} campaigns under each option, the same luck under all; "
        text += STOPPED[self.stopped]
        if self.error is None or self.error_apart is None:
            return f"{text}."
        f = self.options[0].forecasts[0]
        times, unit = (100.0, "") if f.either else (1.0, f.measure.unit)
        error, apart = (within(times * e, unit) for e in (self.error, self.error_apart))
        text += f". The mean difference of the first measure ({f.head}) has a standard error of "
        return f"{text}{error}; with luck of its own for each option it would be {apart}."

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "answer": self.answer,
            "report": self.report,
            "minister": self.minister,
            "rule": self.rule,
            "follow_up": self.follow_up,
            "horizon": self.horizon.isoformat(),
            "estimates": [e.plain() | {"estimate": True} for e in self.estimates],
            "options": [side.plain() for side in self.options],
            "advice": self.advice.plain(),
            "answers": [answer.plain() for answer in self.answers],
            "members": self.members,
            "stopped": self.stopped,
            "standard_error": self.error,
            "standard_error_independent": self.error_apart,
        }


def _compared(side: Side, at: int) -> list[str]:
    f = side.forecasts[at]
    unit = f.measure.unit
    line = [side.title, amount(f.median, unit), band(f.low, f.high, unit)]
    if f.either:
        line = [side.title, f"{100 * f.mean:.0f}", ""]
    if not side.differences:
        return [*line, "", "", ""]
    c = side.differences[at].contrast
    if not _moves(side.differences[at]):
        return [*line, "same", "", ""]
    ends = "" if f.either else band(c.low, c.high, unit)
    return [*line, _mean(side.differences[at]), ends, f"{100 * c.better:.0f} %"]


def _moves(difference: Difference) -> bool:
    """Whether an option changes a measure in any member."""
    return difference.contrast.higher > 0.0 or difference.contrast.lower > 0.0


def _mean(difference: Difference) -> str:
    """The mean difference and its standard error."""
    c, unit = difference.contrast, difference.contrast.measure.unit
    if SERIES[c.measure.series].either:
        return margin(100 * c.mean, None if c.error is None else 100 * c.error)
    return margin(c.mean, c.error, unit)


def _range(difference: Difference, measure: Measure) -> str:
    c = difference.contrast
    if SERIES[measure.series].either:
        return ""
    return f"from {band(c.low, c.high, measure.unit)} in 90 of 100 campaigns; "


@dataclass(frozen=True)
class Brief:
    """The brief of one council."""

    scenario: str
    title: str
    on: date
    power: str
    power_title: str
    options: tuple[str, ...]
    """In force already."""
    members: int
    seed: int
    seconds: float
    agenda: tuple[Paper, ...]
    waiting: dict[str, str]
    """Items that are not on the agenda, and why."""
    reports: tuple[Report, ...] = ()
    """What ministers report on what was decided before."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "scenario": self.scenario,
            "title": self.title,
            "date": self.on.isoformat(),
            "power": self.power,
            "options": list(self.options),
            "members": self.members,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "agenda": [paper.plain() for paper in self.agenda],
            "waiting": [{"name": name, "why": why} for name, why in self.waiting.items()],
            "reports": [report.plain() for report in self.reports],
        }


def excluded(
    scenario: Scenario,
    item: AgendaItem,
    option: str,
    conflicts: Mapping[str, Iterable[str]],
    variant: Callable[[str], Scenario],
) -> tuple[Excluded, ...]:
    """What an option excludes: options that cannot go with it, beside those of its own item, what
    these sign and it does not, and what it offers and the buyer refuses. `variant` gives the
    scenario with an option."""
    out = [
        Excluded("option", name, scenario.options[name].title or name)
        for name in conflicts.get(option, ())
        if name not in item.options
    ]
    own = variant(option)
    for kind in ("agreement", "contract"):
        for name, draft in getattr(own, f"{kind}s").items():
            others = (getattr(variant(other), f"{kind}s")[name] for other in item.options)
            if draft.signed is None and any(other.signed is not None for other in others):
                out.append(Excluded(kind, name, draft.title or name))
    for name, _ in refusals(scenario, own):
        out.append(Excluded("refused", name, own.contracts[name].title or name))
    return tuple(out)


def conflicts(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Which options of a scenario cannot be applied together, by option."""
    found = clashes(as_written(scenario), scenario.options, list(scenario.options))
    pairs = {(c.first, c.second) for c in found} | {(c.second, c.first) for c in found}
    return {
        name: tuple(other for other in scenario.options if (name, other) in pairs)
        for name in scenario.options
    }
