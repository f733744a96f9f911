"""An item's options side by side on shared axes, as SVG text."""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

from sinews.analysis.council.curve import TermCurve
from sinews.analysis.council.paper import Forecast, Paper
from sinews.analysis.plots import COLOURS, HEIGHT, WIDTH, Drawing, Picture, chart_of, svg
from sinews.scenario.negotiable import DAY, plain_value


def _bars(rows: Sequence[dict[str, Any]], name: str, title: str, zero: bool) -> Any:
    """One measure under several options: 5-95 % as a bar, the middle as a tick, on one axis."""
    colours = [COLOURS[row["at"] % len(COLOURS)] for row in rows]
    scale = alt.Scale(domain=[row["words"] for row in rows], range=colours)
    base = chart_of(name).encode(
        y=alt.Y("at:O", axis=None), color=alt.Color("words:N", scale=scale, legend=None)
    )
    ends = {row[end] for row in rows for end in ("low", "high")} | ({0.0} if zero else set())
    # Nothing differs: a scale of its own would make much of the last digit.
    flat = alt.Scale(domain=[min(ends) - 1.0, max(ends) + 1.0]) if len(ends) == 1 else None
    x = flat or alt.Scale(zero=zero, nice=True)
    axis = alt.Axis(format="~s" if max(map(abs, ends)) >= 1e4 else ",.4~g", tickCount=5)
    bars = base.mark_rule(strokeWidth=7, opacity=0.45, strokeCap="butt").encode(
        x=alt.X("low:Q", scale=x, axis=axis, title=None),
        x2="high:Q",
    )
    ticks = base.mark_tick(thickness=2.5, size=13).encode(x=alt.X("middle:Q", scale=x))
    words = base.mark_text(align="left", baseline="middle", fontSize=10.5, dy=-14, x=0).encode(
        text="words:N", color=alt.value("currentColor")
    )
    layers: list[Any] = [bars, ticks, words]
    if zero:
        rule = chart_of(f"{name} zero").mark_rule(stroke="currentColor", opacity=0.7)
        layers.insert(0, rule.encode(x=alt.X("x:Q", scale=x)))
    heading = alt.TitleParams(
        textwrap.wrap(title, 46), anchor="start", fontSize=11.5, color="currentColor"
    )
    return alt.layer(*layers).properties(width=WIDTH, height={"step": 30}, title=heading)


def option_pictures(paper: Paper, number: int) -> list[Picture]:
    """An item's options side by side, measure by measure: what they lead to, and how that differs
    from the first, with 5-95 % of the members."""
    titles = [side.title for side in paper.options]
    charts: list[Any] = []
    apart: list[Any] = []
    data: dict[str, list[dict[str, Any]]] = {}
    for i, first in enumerate(paper.options[0].forecasts):
        name, heading = f"measure {i}", first.head
        data[name] = [
            {"at": at, "words": title, **_span(first, f.low, f.median, f.high, f.mean)}
            for at, (title, f) in enumerate(zip(titles, _column(paper, i), strict=True))
        ]
        charts.append(_bars(data[name], name, heading, zero=False))
        contrasts = [side.differences[i].contrast for side in paper.options[1:]]
        name = f"difference {i}"
        data[name] = [
            {"at": at, "words": title, **_span(first, c.low, c.mean, c.high, c.mean)}
            for at, (title, c) in enumerate(zip(titles[1:], contrasts, strict=True), 1)
        ]
        data[f"{name} zero"] = [{"x": 0}]
        apart.append(_bars(data[name], name, heading, zero=True))
    if not charts:
        return []
    shown = {"What each option leads to": charts, f"Difference to “{paper.against}”": apart}
    return [
        Picture(title, svg(Drawing(alt.vconcat(*each, spacing=18), data), 2 * number + i))
        for i, (title, each) in enumerate(shown.items())
    ]


def curve_picture(curve: TermCurve) -> str:
    """What a term does to each measure, as SVG text: a line with the band that holds the mean 90
    times in 100, and what was tried as dots."""
    data: dict[str, list[dict[str, Any]]] = {}
    charts: list[Any] = []
    kind = "T" if curve.term.unit == DAY else "Q"
    axis = ", ".join(filter(None, (curve.term.name, curve.term.written_unit)))
    for i, line in enumerate(curve.lines):
        times = 100.0 if line.either else 1.0
        for name, points in ((f"curve {i}", line.smooth), (f"tried {i}", line.tried)):
            data[name] = [
                {
                    "value": plain_value(point.value),
                    "mean": times * point.mean,
                    **{e: times * x for e, x in zip(("low", "high"), point.band, strict=True)},
                }
                for point in points
            ]
        x = alt.X(f"value:{kind}", title=axis, scale=alt.Scale(zero=False))
        y = alt.Y("mean:Q", title=None, scale=alt.Scale(zero=False))
        colour = COLOURS[i % len(COLOURS)]
        smooth = chart_of(f"curve {i}")
        heading = ", ".join((line.title, line.measure.when, line.unit))
        layers = (
            smooth.mark_area(opacity=0.25, color=colour).encode(
                x=x, y=alt.Y("low:Q", title=None, scale=alt.Scale(zero=False)), y2="high:Q"
            ),
            smooth.mark_line(color=colour).encode(x=x, y=y),
            chart_of(f"tried {i}").mark_circle(color=colour, size=30).encode(x=x, y=y),
        )
        title = alt.TitleParams(
            textwrap.wrap(heading, 46), anchor="start", fontSize=11.5, color="currentColor"
        )
        charts.append(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, title=title))
    return svg(Drawing(alt.vconcat(*charts, spacing=18), data), 0)


def _span(of: Forecast, low: float, middle: float, high: float, mean: float) -> dict[str, float]:
    """The ends of a bar and its tick; of what is one thing or the other, how often it is."""
    if of.either:
        return {"low": 0.0, "middle": 100 * mean, "high": 100 * mean}
    return {"low": low, "middle": middle, "high": high}


def _column(paper: Paper, at: int) -> list[Forecast]:
    return [side.forecasts[at] for side in paper.options]
