"""Measures: which numbers of a campaign are reported, and how they are named.

A measure is written `SERIES:LABEL...@DATE`, as in `lost:ussr:tank@1941-12-31`, or with two dates
for what happened between them: `irrecoverable:ussr@1941-09-30..1941-12-31`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, product

from sinews.analysis.numerals import day
from sinews.engine.probes import Probe
from sinews.errors import Mistake, ScenarioError, name_list, shown, suggestion
from sinews.scenario.builder import Builder
from sinews.scenario.schema import Expect, Scenario
from sinews.series import KNOWN, SERIES

_HEADLINES = [name for name, s in SERIES.items() if s.headline]

# Axes whose labels say what a measure is of, beside power, theatre and item.
_NAMED = ("lot", "agreement", "other", "sector", "place", "material")


@dataclass(frozen=True)
class Measure:
    """One number of each member: a cell of a series at a date, or its change since another."""

    series: str
    labels: tuple[str, ...]
    at: date
    since: date | None = None

    @property
    def name(self) -> str:
        """How a user writes it."""
        dates = f"{self.since}..{self.at}" if self.since else f"{self.at}"
        return ":".join((self.series, *self.labels)) + f"@{dates}"

    @property
    def either(self) -> bool:
        """Whether it either is or is not."""
        return SERIES[self.series].either

    @property
    def unit(self) -> str:
        """Of the number."""
        return SERIES[self.series].unit

    def label(self, axis: str) -> str | None:
        """Its label on an axis; theatre and axis are one to the user."""
        axes = ["theatre" if a == "axis" else a for a in SERIES[self.series].axes]
        return self.labels[axes.index(axis)] if axis in axes else None

    def title(self, scenario: Scenario) -> str:
        """What it is, in words, less whose it is."""
        item, theatre = self.label("item"), self.label("theatre")
        words = SERIES[self.series].title
        if item is not None:
            thing = scenario.items[item].title or item
            words = f"{thing}, {words}"
        elif self.series == "materials":
            words = f"{self.labels[1]}, in stock"
        else:
            other = [_titled(scenario, axis, n) for axis in _NAMED if (n := self.label(axis))]
            words = ", ".join([*other, words])
        if theatre is not None:
            words = f"{scenario.theatres[theatre].title or theatre}, {words}"
        return words

    def whose(self, scenario: Scenario) -> str:
        """The title of the power it belongs to; empty for a front."""
        power = self.label("power")
        return (scenario.powers[power].title or power) if power else ""

    def whole_title(self, scenario: Scenario) -> str:
        """Whose it is, and what, as a played campaign names it."""
        return ", ".join(filter(None, (self.whose(scenario), self.title(scenario))))

    @property
    def when(self) -> str:
        """Its date, or the two dates between which it is counted."""
        if self.since is None:
            return day(self.at)
        first = day(self.since)
        if self.since.year == self.at.year:
            first = first.removesuffix(f" {self.at.year}")
        return f"{first} \N{EN DASH} {day(self.at)}"

    def probe(self, scenario: Scenario) -> Probe:
        """What the engine is to write down."""
        start = scenario.start
        since = (self.since - start).days / 7 if self.since and self.since > start else None
        return Probe(self.name, self.series, self.labels, (self.at - start).days / 7, since)


def _titled(scenario: Scenario, axis: str, label: str) -> str:
    """What bears a label on an axis, by its title where it has one."""
    if axis == "agreement":
        return scenario.agreements[label].title or label
    if axis == "other":
        return scenario.powers[label].title or label
    if axis == "lot":
        contract = next(c for c in scenario.contracts if label.startswith(f"{c} "))
        good = label.removeprefix(f"{contract} ")
        return f"{scenario.contracts[contract].title or contract}: {good}"
    return label


def nothing(series: str, *values: float) -> bool:
    """Whether numbers of a series are not worth a line of their own: all 0, where 0 is no place.

    >>> nothing("lost", 0.0, 0.0), nothing("front", 0.0, 0.0), nothing("lost", 0.0, 1.0)
    (True, False, False)
    """
    return series != "front" and not any(values)


@dataclass(frozen=True)
class Expectation:
    """An `[[expect]]` row and the measure that it is about."""

    row: Expect
    measure: Measure
    probe: Probe

    @property
    def record(self) -> float:
        """What the sources say it was."""
        return self.row.value.middle


def expectations(scenario: Scenario, weeks: int | None = None) -> list[Expectation]:
    """The scenario's records, or those that lie within its first weeks."""
    end = scenario.start + timedelta(days=7 * (scenario.weeks if weeks is None else weeks))
    found = [(row, _expected(row, scenario)) for row in scenario.expect]
    return [Expectation(row, m, m.probe(scenario)) for row, m in found if m.at <= end]


def _expected(row: Expect, scenario: Scenario) -> Measure:
    at = row.at or row.until
    assert at is not None  # the reader of scenarios saw to it
    labels = {n: getattr(row, n) for n in ("power", "theatre", "item", "place")}
    labels["axis"] = row.theatre
    names = (labels[axis] for axis in SERIES[row.measure].axes)
    since = row.from_ if row.from_ and row.from_ > scenario.start else None
    return Measure(row.measure, tuple(n for n in names if n), at, since)


def headlines(scenario: Scenario, weeks: int) -> list[Measure]:
    """What a run is reported by: for each power its losses, men, armour and gold; each front."""
    at = scenario.start + timedelta(days=7 * weeks)
    armour = [name for name, item in scenario.items.items() if item.armour.middle > 0]

    def of_power(power: str) -> Iterator[Measure]:
        for of_items, names in groupby(_HEADLINES, lambda name: "item" in SERIES[name].axes):
            labels = [(power, item) for item in armour] if of_items else [(power,)]
            yield from (Measure(n, each, at) for each, n in product(labels, list(names)))

    fronts = [Measure("front", (name,), at) for name, t in scenario.theatres.items() if t.axis]
    return [measure for power in scenario.powers for measure in of_power(power)] + fronts


def asked(words: Iterable[str], scenario: Scenario, weeks: int) -> list[Measure]:
    """The measures a user names; labels left out mean every one, a date left out the last day."""
    found = by_word(words, scenario, weeks).values()
    return list(dict.fromkeys(measure for each in found for measure in each))


def by_word(words: Iterable[str], scenario: Scenario, weeks: int) -> dict[str, list[Measure]]:
    """The measures that each word names, as for `asked`."""
    found: dict[str, list[Measure]] = {}
    mistakes: list[Mistake] = []
    axes = Builder(scenario).axes
    for word in name_list(words, "measures", scenario.path.name):
        try:
            found[word] = _asked(word, scenario, weeks, axes)
        except _Unclear as error:
            for problem, remedy in error.args:
                mistakes.append(Mistake("measure", problem, remedy=remedy, value=shown(word)))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return found


class _Unclear(Exception):
    """All that is wrong with a measure as written, and what to do."""


def _asked(
    word: str, scenario: Scenario, weeks: int, names: Mapping[str, Sequence[str]]
) -> list[Measure]:
    what, _, when = word.partition("@")
    series, *labels = what.split(":")
    amiss: list[tuple[str, str]] = []
    axes = SERIES[series].axes if series in KNOWN else ()
    if series not in KNOWN:
        amiss.append(("no measure has that name", suggestion(series, KNOWN)))
    elif len(labels) > len(axes):
        shape = ":".join((series, *(a.upper() for a in axes)))
        amiss.append((f"{series} has no more names than {len(axes)}", f"write {shape}"))
    wanted: list[list[str]] = []
    for i, axis in enumerate(axes):
        label = labels[i] if i < len(labels) else ""
        if label and label not in names[axis]:
            amiss.append((f'"{label}" is no {axis} here', suggestion(label, names[axis])))
        wanted.append([label] if label else list(names[axis]))
    end = scenario.start + timedelta(days=7 * weeks)
    days = [_day(text, scenario.start, end, amiss) for text in when.split("..")] if when else [end]
    if len(days) > 2 or (len(days) == 2 and days[0] >= days[1]):
        remedy = "write an earlier date, two dots, a later one"
        amiss.append(("its dates are not in order", remedy))
    if amiss:
        raise _Unclear(*amiss)
    since = days[0] if len(days) == 2 else None
    return [Measure(series, cell, days[-1], since) for cell in product(*wanted)]


def _day(text: str, start: date, end: date, amiss: list[tuple[str, str]]) -> date:
    """The day that a text names; the last, and what is wrong noted, if it is none of the run."""
    try:
        when = date.fromisoformat(text)
    except ValueError:
        amiss.append((f'"{text}" is no date', "write it as in 1941-12-31"))
        return end
    if not start <= when <= end:
        amiss.append((f"{when} lies outside the run", f"write one from {start} to {end}"))
    return when
