"""Charts as shapes: where every bar, line and word of a picture stands, for charts.html.j2 to draw.

Only where things stand is worked out here: words of scenarios and players go into the page, and
are escaped, by the template. Nothing is simulated and no library draws, so a chart costs its page
a few milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

# A chart's own units; one is about a pixel where a telephone shows it at its own width.
WIDE, HIGH = 320.0, 176.0
_LEFT, _RIGHT, _TOP, _FOOT = 44.0, 8.0, 8.0, 22.0
_EDGE, _PITCH = 6.0, 30.0
_SCALES = ((1e9, " bn"), (1e6, " M"), (1e4, " k"))
_WORDS = 46  # characters that fit over a bar
# A small curve's own units, and its points: more cannot be told apart.
_SPARK_WIDE, _SPARK_HIGH, _SPARK_EDGE = 100.0, 24.0, 2.0
_SPARK_MOST = 120


@dataclass(frozen=True)
class Mark:
    """A value of an axis: where it stands and how it is written."""

    at: float
    words: str


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high`, laid over a picture from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value stands.

        >>> Scale(0.0, 10.0, 100.0, 200.0).at(2.5)
        125.0
        """
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def marks(self, count: int = 5) -> list[Mark]:
        """Round values within it, at most about so many."""
        values = rounds(self.low, self.high, count)
        return [Mark(self.at(v), w) for v, w in zip(values, marks_written(values), strict=True)]


def rounds(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from one to another: multiples of 1, 2 or 5 times a power of ten.

    >>> rounds(0.0, 92.0), rounds(-3.0, 3.5)
    ([0.0, 20.0, 40.0, 60.0, 80.0], [-2.0, 0.0, 2.0])
    """
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def marks_written(values: Sequence[float]) -> list[str]:
    """Round numbers of one axis as they are written on it.

    >>> marks_written([0.0, 5000.0, 10000.0]), marks_written([-0.5, 0.0, 0.5])
    (['0', '5 k', '10 k'], ['−0.5', '0', '0.5'])
    """  # noqa: RUF002
    most = max(map(abs, values), default=0.0)
    divisor, suffix = next(((d, s) for d, s in _SCALES if most >= d * 0.9999), (1.0, ""))
    divisor = 1e3 if suffix == " k" else divisor
    step = min((b - a for a, b in pairwise(values)), default=divisor) / divisor
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    out: list[str] = []
    for value in values:
        if abs(value) < 1e-9 * most:
            out.append("0")
        else:
            words = f"{value / divisor:,.{decimals}f}{suffix}"
            out.append(words.replace("-", "\N{MINUS SIGN}"))
    return out


def scale(values: Iterable[float], start: float, end: float, zero: bool = False) -> Scale:
    """A scale that holds all values, and a little more; 0 too if `zero`. Where all are equal it is
    wide enough not to make much of the last digit."""
    known = [*values, *([0.0] if zero else [])]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        wide = max(1.0, 0.05 * abs(high))
        return Scale(low - wide, high + wide, start, end)
    spare = 0.04 * (high - low)
    low = 0.0 if low == 0.0 else low - spare
    high = 0.0 if high == 0.0 else high + spare
    return Scale(low, high, start, end)


# Options side by side.


@dataclass(frozen=True)
class Stretch:
    """What one option leads to: the middle, and the ends of two bands; equal ends are no band."""

    words: str
    number: str
    """The middle, as it is written beside the words."""
    ends: tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Bar:
    """A span as it is drawn."""

    words: str
    number: str
    order: int
    """Of the option among its item's: its colour."""
    top: float
    low: float
    lower: float
    middle: float
    upper: float
    high: float


@dataclass(frozen=True)
class Bars:
    """Options over one axis."""

    tall: float
    foot: float
    bars: list[Bar]
    marks: list[Mark]
    zero: float | None
    """Where nothing differs; None of what is no difference."""


def bars(spans: Sequence[tuple[int, Stretch]], zero: bool, within: tuple[float, ...] = ()) -> Bars:
    """Spans of options, by their place in the item, on one axis that holds `within` too."""
    along = scale(
        [*within, *(end for _, span in spans for end in span.ends)], _EDGE, WIDE - _EDGE, zero
    )
    foot = _TOP + _PITCH * len(spans)
    return Bars(
        foot + _FOOT,
        foot,
        [
            Bar(_short(s.words), s.number, order, _TOP + _PITCH * i, *map(along.at, s.ends))
            for i, (order, s) in enumerate(spans)
        ],
        along.marks(),
        along.at(0.0) if zero else None,
    )


def _short(words: str) -> str:
    return (
        words if len(words) <= _WORDS else words[: _WORDS - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    )


# Quantities over time.


@dataclass(frozen=True)
class FanChart:
    """A forecast over time: on each day the ends of two bands and the middle between them."""

    name: str
    days: Sequence[date]
    low: Sequence[float]
    lower: Sequence[float]
    median: Sequence[float]
    upper: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class Curve:
    """Values over time, drawn as one line of a kind: "seen", "path", "one", "other"."""

    name: str
    kind: str
    days: Sequence[date]
    values: Sequence[float]


@dataclass(frozen=True)
class Stroke:
    """A line or an area as it is drawn: corners, in SVG's words."""

    kind: str
    points: str


@dataclass(frozen=True)
class Plot:
    """Quantities over time as they are drawn."""

    left: float
    right: float
    top: float
    foot: float
    areas: list[Stroke]
    lines: list[Stroke]
    dots: list[tuple[str, float, float]]
    """Kind and place."""
    marks: list[Mark]
    dates: list[Mark]
    zero: float | None
    now: float | None


def plot(
    fans: Sequence[FanChart],
    curves: Sequence[Curve],
    zero: bool = False,
    share: bool = False,
    now: date | None = None,
) -> Plot:
    """Fans and lines over common days; from 0 to 100 if they are a `share`; `now` is marked."""
    days = [d for each in (*fans, *curves) for d in each.days]
    values = [x for f in fans for line in (f.low, f.high) for x in line]
    values += [x for c in curves for x in c.values]
    if share:
        values += [0.0, 100.0]
    first, last = min(days, default=date.min), max(days, default=date.min)
    across = Scale(0.0, max((last - first).days, 7), _LEFT, WIDE - _RIGHT)
    up = scale(values, HIGH - _FOOT, _TOP, zero)

    def place(when: date, value: float) -> tuple[float, float]:
        return across.at((when - first).days), up.at(value)

    def line(days: Iterable[date], values: Iterable[float]) -> list[tuple[float, float]]:
        return [place(d, v) for d, v in zip(days, values, strict=True)]

    areas: list[Stroke] = []
    lines: list[Stroke] = []
    dots: list[tuple[str, float, float]] = []
    for i, fan in enumerate(fans):
        for kind, low, high in (("wide", fan.low, fan.high), ("narrow", fan.lower, fan.upper)):
            corners = line(fan.days, low) + line(fan.days, high)[::-1]
            areas.append(Stroke(f"{kind} f{i}", _corners(corners)))
        lines.append(Stroke(f"middle f{i}", _corners(line(fan.days, fan.median))))
    for curve in curves:
        corners = line(curve.days, curve.values)
        lines.append(Stroke(curve.kind, _corners(corners)))
        if corners and curve.kind != "path":
            dots.append((curve.kind, *corners[-1]))
    inside = up.low <= 0.0 <= up.high
    return Plot(
        _LEFT,
        WIDE - _RIGHT,
        _TOP,
        HIGH - _FOOT,
        areas,
        lines,
        dots,
        up.marks(4),
        [Mark(across.at((d - first).days), w) for d, w in months(first, last)],
        up.at(0.0) if zero and inside else None,
        across.at((now - first).days) if now and first <= now <= last else None,
    )


def months(first: date, last: date, count: int = 5) -> list[tuple[date, str]]:
    """First days of months between two days, at most so many, and how an axis names them; where
    there is none, the first day itself.

    >>> [words for _, words in months(date(1941, 9, 7), date(1942, 3, 8))]
    ['Nov 41', 'Jan 42', 'Mar']
    """
    found: list[date] = []
    at = first.replace(day=1)
    while at <= last:
        if at >= first:
            found.append(at)
        at = (at + timedelta(days=32)).replace(day=1)
    each = next(n for n in (1, 2, 3, 6, 12, 24, 60, 10**6) if len(found) <= n * count)
    kept = [d for d in found if (d.year * 12 + d.month - 1) % each == 0] or found[:1]
    if not kept:
        return [(first, f"{first.day} {first:%b %y}")]
    years = [None, *(d.year for d in kept)]
    return [
        (d, f"{d:%b %y}" if d.year != before else f"{d:%b}")
        for d, before in zip(kept, years, strict=False)
    ]


def _corners(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def spark(values: Sequence[float]) -> str:
    """The points of a curve through values; empty if there are fewer than two.

    >>> spark([0.0, 5.0, 10.0])
    '0,22 50,12 100,2'
    >>> spark([3.0, 3.0])
    '0,12 100,12'
    """
    if len(values) < 2:
        return ""
    step = -(-len(values) // _SPARK_MOST)
    kept = [*values[:-1:step], values[-1]]
    low, high = min(kept), max(kept)
    tall = _SPARK_HIGH - 2 * _SPARK_EDGE

    def up(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(_SPARK_HIGH - _SPARK_EDGE - tall * share, 1)

    last = len(kept) - 1
    return " ".join(f"{round(_SPARK_WIDE * i / last, 1):g},{up(v):g}" for i, v in enumerate(kept))
