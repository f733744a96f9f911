"""Simple forecasts that any model must beat: the last rate, the same season, a walk, what stays.

Each is given by draws, from the rows of the record up to an origin alone. What is counted is
forecast in logs, by its rate a week, what stands at a date in logs, a front in km. Spreads are
those of past changes, about no change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sinews.analysis.measures import Expectation, Measure
from sinews.scenario import Scenario
from sinews.scenario.schema import Place
from sinews.series import SERIES

Floats = NDArray[np.float64]

DRAWS = 1000
_YEAR = timedelta(days=365)
_LEAST = 1.0  # of what is compared in logs
_FLOWS = ("made", "lost")


@dataclass(frozen=True)
class Fact:
    """What one row of the record says: an amount, or what was counted over a time."""

    measure: Measure
    since: date
    until: date
    value: float

    @property
    def weeks(self) -> float:
        """How long it is counted."""
        return max((self.until - self.since).days / 7, 1 / 7)

    @property
    def middle(self) -> date:
        """The middle of the time for which it stands."""
        return self.since + (self.until - self.since) / 2

    @property
    def rate(self) -> float:
        """A week's share of what is counted; the amount itself where nothing is."""
        return self.value / self.weeks if SERIES[self.measure.series].counts else self.value


def fact(row: Expectation, start: date) -> Fact:
    """A row with the time for which it stands; what is counted counts from the scenario's start."""
    m = row.measure
    counts = bool(SERIES[m.series].counts)
    return Fact(m, (m.since or start) if counts else m.at, m.at, row.record)


def rivals(target: Fact, history: Sequence[Fact], scenario: Scenario) -> dict[str, Floats]:
    """The baselines of one row, by name, from rows that were known [draw]; of what is or is not,
    the draws are 0 and 1. A baseline that lacks its rows is left out."""
    m = target.measure
    same = _alike(history, m)
    if m.series == "front":
        return _fronts(target, history)
    if m.either:
        return _places(target, history, scenario)
    if SERIES[m.series].counts:
        return _counted(target, same)
    return _stocks(target, same, history)


def chain(rows: Sequence[Fact]) -> list[Fact]:
    """Rows that follow on one another without overlap, back from the last; of those that end on one
    day the longest: the last campaign, not its last quarter."""
    out: list[Fact] = []
    for row in sorted(rows, key=lambda k: (k.until, k.weeks), reverse=True):
        if not out or row.until <= out[-1].since:
            out.append(row)
    return out[::-1]


def _counted(target: Fact, same: Sequence[Fact]) -> dict[str, Floats]:
    """Of what is counted: the last rate, last year's, and a walk from the last."""
    past = chain(same)
    if len(past) < 2:
        return {}
    fixed, drift = _spreads(past)
    last, name = past[-1], target.measure.name
    ahead = _weeks(last.middle, target.middle)
    out = {
        "last rate": _about(name, last.rate * target.weeks, fixed),
        "walk": _about(name, last.rate * target.weeks, drift * ahead**0.5),
    }
    season = max(same, key=lambda k: _shared(k, target))
    if _shared(season, target) > timedelta():
        out["same season"] = _about(name, season.rate * target.weeks, fixed)
    return out


def _stocks(target: Fact, same: Sequence[Fact], history: Sequence[Fact]) -> dict[str, Floats]:
    """Of what stands at a date: that it stays, that it walks, and what comes in and wears out."""
    past = chain(same)
    if len(past) < 2:
        return {}
    fixed, drift = _spreads(past)
    last, name = past[-1], target.measure.name
    ahead = _weeks(last.until, target.until)
    out = {
        "stays": _about(name, last.value, fixed),
        "walk": _about(name, last.value, drift * ahead**0.5),
    }
    comes, goes = (chain(_alike(history, replace(target.measure, series=n))) for n in _FLOWS)
    if comes and goes:
        usual = (past[-2].value + last.value) / 2
        then = stock_identity(last.value, usual, comes[-1].rate, goes[-1].rate, ahead)
        out["stock identity"] = _about(name, then, drift * ahead**0.5)
    return out


def stock_identity(now: float, usual: float, comes: float, goes: float, weeks: float) -> float:
    """A stock `weeks` on, of which `comes` a week come in and of which a constant share is lost:
    that of `goes` a week when it was `usual`.

    dS/dt = comes - wear * S, wear = goes / usual.

    >>> round(stock_identity(100.0, 100.0, 10.0, 10.0, 50.0), 6)
    100.0
    >>> round(stock_identity(0.0, 100.0, 10.0, 10.0, 1e4), 6)
    100.0
    """
    wear = goes / usual
    rest = comes / wear
    return float(rest + (now - rest) * np.exp(-wear * weeks))


def _fronts(target: Fact, history: Sequence[Fact]) -> dict[str, Floats]:
    """Of a front: that it stays, give or take a walk by the moves of all axes, those of the last
    half year or all of them."""
    axes: dict[tuple[str, ...], list[Fact]] = {}
    for row in history:
        if row.measure.series == "front":
            axes.setdefault(row.measure.labels, []).append(row)
    moves = [pair for rows in axes.values() for pair in pairwise(chain(rows))]
    if target.measure.labels not in axes or not moves:
        return {}
    last = chain(axes[target.measure.labels])[-1]
    recent = max(b.until for _, b in moves) - _YEAR / 2
    late = [(a, b) for a, b in moves if a.until > recent]
    out: dict[str, Floats] = {}
    for name, pairs in (("stays", late), ("stays, all moves", moves)):
        if pairs:
            drift = _root([(b.value - a.value) / _weeks(a.until, b.until) ** 0.5 for a, b in pairs])
            wide = drift * _weeks(last.until, target.until) ** 0.5
            out[name] = last.value + wide * _normal(target.measure.name)
    return out


def _places(target: Fact, history: Sequence[Fact], scenario: Scenario) -> dict[str, Floats]:
    """Of what is or is not: even odds, that it stays so, and of a place whether a front that stays
    leaves it behind."""
    m = target.measure
    out: dict[str, Floats] = {"even odds": np.repeat([0.0, 1.0], DRAWS // 2)}
    same = _alike(history, m)
    if same:
        out["stays so"] = np.full(DRAWS, chain(same)[-1].value)
    for axis, place in _on_axes(scenario):
        if m.series == "held" and place.name == m.label("place") and place.km is not None:
            front = replace(m, series="front", labels=(axis,))
            east = place.power in scenario.theatres[axis].east
            for name, draws in _fronts(Fact(front, m.at, m.at, 0.0), history).items():
                out[f"front {name}"] = ((draws < place.km.middle) == east).astype(float)
    return out


def _on_axes(scenario: Scenario) -> Iterator[tuple[str, Place]]:
    return ((n, place) for n, x in scenario.theatres.items() if x.axis for place in x.place)


def _alike(rows: Sequence[Fact], measure: Measure) -> list[Fact]:
    """The rows of the same thing."""
    what = (measure.series, measure.labels)
    return [row for row in rows if (row.measure.series, row.measure.labels) == what]


def _spreads(past: Sequence[Fact]) -> tuple[float, float]:
    """Of past changes in logs: their root mean square, and that a root week."""
    steps = [(_log(b.rate) - _log(a.rate), _weeks(a.middle, b.middle)) for a, b in pairwise(past)]
    return _root([x for x, _ in steps]), _root([x / weeks**0.5 for x, weeks in steps])


def _root(steps: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(steps))))


def _log(value: float) -> float:
    return float(np.log(max(value, _LEAST)))


def _weeks(since: date, until: date) -> float:
    return (until - since).days / 7


def _shared(row: Fact, target: Fact) -> timedelta:
    """How much of a row lies in the target's time a year before."""
    return min(row.until, target.until - _YEAR) - max(row.since, target.since - _YEAR)


def _normal(name: str) -> Floats:
    """Standard normal draws, evenly spread, in an order of the name's own."""
    even: Floats = ndtri((np.arange(DRAWS) + 0.5) / DRAWS)
    return np.random.default_rng(crc32(name.encode())).permutation(even)


def _about(name: str, middle: float, spread: float) -> Floats:
    return np.asarray(np.exp(_log(middle) + spread * _normal(name)))
