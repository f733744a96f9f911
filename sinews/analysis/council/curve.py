"""What one term of a draft does between its bounds: the measures of an item, along that term.

The term is spread evenly: the same members, on the same luck, run on under each of LEVELS values of
it, so that what differs along a curve is the term's doing. Means at these values are smoothed by a
smoothing spline (scipy), whose stiffness is chosen by generalised cross-validation; its errors are
those of the members, each smoothed alike. Source: Craven and Wahba, Smoothing noisy data with
spline functions (1979). It fails where a cliff lies between two values: it leans there. Values at
which a deal cannot be had (its buyer refuses, it cannot be paid or carried) are left out, and told.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline

from sinews.analysis.bounds import Progress
from sinews.analysis.branching import side_by_side
from sinews.analysis.council.brief import convened
from sinews.analysis.council.conditions import with_date
from sinews.analysis.council.questions import worth
from sinews.analysis.measures import Measure, by_word
from sinews.analysis.numerals import amount, margin
from sinews.analysis.odds import mean_error
from sinews.analysis.paired import PairedStart, Past
from sinews.analysis.tables import full_title
from sinews.errors import Mistake, ScenarioError, shown
from sinews.scenario import Scenario
from sinews.scenario.council import AgendaItem
from sinews.scenario.feasible import beyond_premium
from sinews.scenario.negotiable import (
    Negotiable,
    Value,
    as_number,
    in_parts,
    plain_value,
    worded,
)
from sinews.scenario.presets import Given, chosen_option, compared_by, open_terms
from sinews.series import SERIES

Floats = NDArray[np.float64]

LEVELS = 9
"""Values of a term at which members are run."""
MEMBERS = 128
"""Members at each of them, unless told otherwise: one block."""
_POINTS = 33  # of a smoothed curve
_FEWEST = 5  # values that a spline can be smoothed over
_STIFF = 10.0 ** np.arange(-7.0, 3.5, 0.5)  # tried by cross-validation, for a term from 0 to 1
_NOISE = 1e-6  # of a number: its last bits
_BAND = 1.645  # standard errors to either end of a band that holds the mean 90 times in 100


@dataclass(frozen=True)
class CurvePoint:
    """The mean of a measure at a value of the term, and its standard error (None of one member)."""

    value: Value
    mean: float
    error: float | None

    @property
    def band(self) -> tuple[float, float]:
        """Where the mean lies 90 times in 100."""
        off = _BAND * (self.error or 0.0)
        return self.mean - off, self.mean + off


@dataclass(frozen=True)
class Traced:
    """One measure along the term."""

    measure: Measure
    title: str
    tried: tuple[CurvePoint, ...]
    """Where members were run."""
    smooth: tuple[CurvePoint, ...]
    rise: float
    """From the first value that was tried to the last."""
    error: float | None
    """Its standard error, on common luck."""

    @property
    def either(self) -> bool:
        """Whether it is one thing or the other, so that its mean is how often."""
        return SERIES[self.measure.series].either

    @property
    def unit(self) -> str:
        """That in which its mean is told."""
        return "in 100 campaigns" if self.either else self.measure.unit

    def at(self, value: Value) -> CurvePoint:
        """The smoothed measure at a value between those that were tried."""
        x = [as_number(point.value) for point in self.smooth]
        there = as_number(value)
        mean = float(np.interp(there, x, [point.mean for point in self.smooth]))
        errors = [point.error or 0.0 for point in self.smooth]
        known = self.smooth[0].error is not None
        return CurvePoint(value, mean, float(np.interp(there, x, errors)) if known else None)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        m = self.measure
        return {
            "name": m.name,
            "title": self.title,
            "unit": m.unit,
            "either": self.either,
            "tried": [_plain(point) for point in self.tried],
            "curve": [
                _plain(point) | dict(zip(("low", "high"), point.band, strict=True))
                for point in self.smooth
            ],
            "rise": self.rise,
            "rise_error": self.error,
        }


def _plain(point: CurvePoint) -> dict[str, Any]:
    return {"value": plain_value(point.value), "mean": point.mean, "error": point.error}


@dataclass(frozen=True)
class TermCurve:
    """What one term of an option does between its bounds."""

    scenario: Scenario = field(repr=False)
    item: str
    option: str
    """The preset, with the other terms that were chosen."""
    term: Negotiable
    preset: Value
    """What the preset sets it to."""
    members: int
    """At each value."""
    lines: tuple[Traced, ...]
    refused: tuple[tuple[Value, str], ...]
    """Values at which the deal cannot be had, and why."""
    worth: str = ""
    """Of gold paid at signature, what the agreement is worth to both sides; they sign at any."""

    def line(self, name: str) -> Traced:
        """The measure of that name, as in "gold:china" or with its date."""
        named = (x for x in self.lines if name in (x.measure.name, x.measure.name.split("@")[0]))
        return next(named)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "scenario": self.scenario.name,
            "item": self.item,
            "option": self.option,
            "term": self.term.name,
            "unit": self.term.unit,
            "low": plain_value(self.term.low),
            "high": plain_value(self.term.high),
            "preset": plain_value(self.preset),
            "members": self.members,
            "answer": self.sentence(),
            "measures": [line.plain() for line in self.lines],
            "refused": [{"value": plain_value(value), "why": why} for value, why in self.refused],
        }

    def table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        """Heads, of which those of numbers end in ">", and a line for each measure."""
        if not self.lines:
            return ("measure",), []
        values = [point.value for point in self.lines[0].tried]
        told = [values[0], values[len(values) // 2], values[-1]]
        heads = ("measure", "unit", *(f"{self.term.text(value)}>" for value in told), "change>")
        return heads, [
            [
                f"{line.title}, {line.measure.when}",
                line.unit,
                *(_figure(line, line.at(value)) for value in told),
                change(line),
            ]
            for line in self.lines
        ]

    def sure(self) -> str:
        """How many members were run, and what a change is."""
        values = len(self.lines[0].tried) if self.lines else 0
        return (
            f"{self.members} campaigns at each of {values} values, the same luck at all; change: "
            "from the first to the last, and its standard error."
        )

    def sentence(self) -> str:
        """What the first measure that the term moves does along it; the first, if it moves none."""
        if not self.lines:
            return "The item compares its options by nothing."
        line = next((line for line in self.lines if moves(line)), self.lines[0])
        first, last = line.smooth[0], line.smooth[-1]
        ends = f"{_figure(line, first)} to {_figure(line, last)} {line.unit}".removesuffix(" 1")
        return (
            f"{self.term.name} from {self.term.text(first.value)} to {self.term.text(last.value)}: "
            f"{line.title}, {line.measure.when}, from {ends} ({change(line)}).{self.worth}"
        )


def _figure(line: Traced, point: CurvePoint) -> str:
    """A point of a curve; of what is one thing or the other how often, in hundredths."""
    return f"{100 * point.mean:.0f}" if line.either else amount(point.mean, line.measure.unit)


def moves(line: Traced) -> bool:
    """Whether a measure is another at the one end of its curve than at the other."""
    return abs(line.rise) > _NOISE * abs(line.smooth[0].mean)


def change(line: Traced) -> str:
    """What a measure does from one end of its curve to the other, with its standard error."""
    if not moves(line):
        return "stays as it is"
    if line.either:
        return margin(100 * line.rise, None if line.error is None else 100 * line.error)
    return margin(line.rise, line.error, line.measure.unit)


def curve(
    scenario: str | Path | Scenario,
    item: str,
    term: str,
    preset: str | None = None,
    terms: Given | None = None,
    options: Sequence[str] = (),
    members: int = MEMBERS,
    seed: int = 1,
    on: date | None = None,
    progress: Progress | None = None,
    past: Past | None = None,
    power: str | None = None,
) -> TermCurve:
    """What a `term` does to the measures of an agenda's `item` between its bounds, with other
    `terms` as given and the rest as in `preset` (the first option that signs what they are of).

    `members` are run at each of LEVELS values. Raises ScenarioError for a term that the option
    does not have, or where the deal cannot be had at two values.
    """
    meeting = convened(scenario, options, members, seed, on, [item], progress, past, power=power)
    found, fork, heard = meeting.scenario, meeting.fork, meeting.items[0]
    known = found.terms.get(term)
    others = [*(terms.items() if isinstance(terms, Mapping) else terms or ())]
    if term in [pair[0] for pair in others if isinstance(pair, tuple)]:
        problem, remedy = "is what varies along the curve", "leave it out of the other terms"
        raise ScenarioError(found.name, [Mistake(f"terms.{term}", problem, "", remedy)])
    # At its drafted value it can be told with the others what is wrong with its name.
    drafted = known.drafted if known else 0.0
    given = [*others, (term, max(drafted, fork.on) if isinstance(drafted, date) else drafted)]
    word = chosen_option(found, heard, preset, given, fork.on)
    assert known is not None  # it was chosen just now
    option, chosen, _ = in_parts(word)
    kept = {name: value for name, value in chosen if name != term}
    words, refused = _had(fork, option, kept, known)
    measures = _measures(found, heard, known)
    values, draw = _run(fork, list(words.values()), measures)
    levels = list(words)
    return TermCurve(
        found,
        item,
        worded(option, kept),
        known,
        open_terms(found, option, fork.on)[term],
        values.shape[2],
        tuple(_traced(found, known, levels, m, values[:, i], draw) for i, m in enumerate(measures)),
        refused,
        _worth(fork, words[levels[0]], known, heard.horizon) if known.in_gold else "",
    )


def _worth(fork: PairedStart, word: str, term: Negotiable, horizon: int) -> str:
    """What an agreement is worth on the other terms of an option, by the members of a curve;
    nothing where a party aims at nothing."""
    found, draft = fork.scenario, term.draft
    signed = fork.variant(word).agreements[draft].model_copy(update={"gold": {}})
    if not all(found.powers[party].aims for party in signed.parties):
        return ""
    found = replace(found, agreements={**found.agreements, draft: signed})
    trunk = side_by_side([fork.today(batch) for batch in fork.batches()])
    how = ((0,), len(trunk.members), horizon, fork.seed, None, trunk)
    told = worth(found, draft, None, None, *how).sentence()
    return f" {told} Whatever is paid, the curve has it signed."


def _measures(scenario: Scenario, item: AgendaItem, term: Negotiable) -> list[Measure]:
    horizon = min(scenario.council + timedelta(weeks=item.horizon), scenario.end)
    words = compared_by(scenario, item, [term.name])
    found = by_word([with_date(w, horizon) for w in words], scenario, scenario.weeks)
    return [measure for each in found.values() for measure in each]


def _had(
    fork: PairedStart, option: str, kept: Mapping[str, object], term: Negotiable
) -> tuple[dict[Value, str], tuple[tuple[Value, str], ...]]:
    """The option at evenly spread values of a term, as words, where it can be had; and the values
    at which it cannot, with the reason."""
    words, refused = dict[Value, str](), list[tuple[Value, str]]()
    for value in term.spread(LEVELS):
        word = worded(option, {**kept, term.name: value})
        try:
            own = fork.variant(word)
        except ScenarioError as error:
            refused.append((value, "; ".join(f"{m.path} {m.problem}" for m in error.mistakes)))
            continue
        drafts = (c for n, c in own.contracts.items() if n == term.draft and c.signed)
        if any(beyond_premium(own, contract) for contract in drafts):
            refused.append((value, "its buyer refuses: that is beyond its premium"))
        else:
            words[value] = word
    if len(words) < 2:
        problem = "cannot be had at two values between its bounds"
        reasons = "; ".join(dict.fromkeys(why for _, why in refused))
        mistake = Mistake("term", problem, reasons, "change other terms too", shown(term.name))
        raise ScenarioError(fork.scenario.name, [mistake])
    return words, tuple(refused)


def _run(
    fork: PairedStart, words: Sequence[str], measures: Sequence[Measure]
) -> tuple[Floats, NDArray[np.int64]]:
    """Measures at each value of the term [value measure member], and from which each member was
    drawn."""
    parts: list[Floats] = []
    batches = list(fork.batches())
    with ThreadPoolExecutor(2) as pool:
        for batch in batches:
            fork.today(batch)
            runs = [pool.submit(fork.values, word, measures, batch) for word in words]
            parts.append(np.stack([run.result() for run in runs]))
    return np.concatenate(parts, axis=2), fork.draw(batches)


def _traced(
    scenario: Scenario,
    term: Negotiable,
    levels: Sequence[Value],
    measure: Measure,
    values: Floats,
    draw: NDArray[np.int64],
) -> Traced:
    """A measure along a term, of its `values` [level member]."""
    values = SERIES[measure.series].counted(values)
    ends = as_number(levels[0]), as_number(levels[-1])
    inside = [v for v in term.spread(_POINTS) if ends[0] <= as_number(v) <= ends[1]]
    points = sorted({*levels, *inside}, key=as_number)
    x, there = (_share(each, *ends) for each in (levels, points))
    each = smoother(x, values.mean(axis=1))(there) @ values
    still = np.ptp(values, axis=0) == 0.0  # of whom smoothing would leave the noise of its sums
    each[:, still] = values[0, still]
    bounds = (0.0, 1.0) if SERIES[measure.series].either else (-np.inf, np.inf)
    rise = each[-1] - each[0]
    return Traced(
        measure,
        full_title(scenario, measure),
        tuple(_point(*pair, draw) for pair in zip(levels, values, strict=True)),
        tuple(_point(*pair, draw, bounds) for pair in zip(points, each, strict=True)),
        float(rise.mean()),
        mean_error(rise, draw),
    )


def _share(values: Sequence[Value], low: float, high: float) -> Floats:
    """How far from one end to the other values of a term lie [value]."""
    return (np.array([as_number(value) for value in values]) - low) / (high - low)


def _point(
    value: Value,
    members: Floats,
    draw: NDArray[np.int64],
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> CurvePoint:
    return CurvePoint(value, float(np.clip(members.mean(), *bounds)), mean_error(members, draw))


def smoother(x: Floats, y: Floats) -> Callable[[Floats], Floats]:
    """What smooths values at `x`, from 0 to 1, as suits `y` there: for points [point] the weights
    [point x] of those values. Fewer than five are joined by straight lines.

    >>> x = np.linspace(0.0, 1.0, 9)
    >>> y = 1.0 + x**2
    >>> [round(float(w @ y), 1) for w in smoother(x, y)(np.array([0.0, 0.6, 1.0]))]
    [1.0, 1.4, 2.0]
    """
    eye = np.eye(len(x))
    if len(x) < _FEWEST:
        return lambda points: np.stack([np.interp(points, x, row) for row in eye], axis=1)

    def score(stiff: float) -> float:
        hat = make_smoothing_spline(x, eye, lam=stiff)(x)
        left = y - hat @ y
        return float(left @ left) / (1.0 - float(np.trace(hat)) / len(x)) ** 2

    return make_smoothing_spline(x, eye, lam=min(_STIFF, key=score))
