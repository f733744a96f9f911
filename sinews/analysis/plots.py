"""Pictures of a run as SVG text: fans of quantiles over time, with the record drawn in."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

import altair as alt
import vl_convert
import xarray as xr

from sinews.analysis.measures import expectations
from sinews.analysis.numerals import day
from sinews.analysis.run import Row
from sinews.engine.results import QUANTILES
from sinews.scenario import Scenario

# Middle tones, which read on white and on black; a power has its colour in every picture.
COLOURS = ("#4c86c6", "#8d99a6", "#d1495b", "#2a9d8f", "#e09f3e", "#8e6bbf")
HOLDS, MISSES = "#2a9d8f", "#d1495b"
# Narrow, so that text stays readable where a telephone shows it at its own width.
WIDTH, HEIGHT = 300, 190
_FRONT = (215, 330)
_GRID = "#8888884d"
_LEGEND = alt.Legend(title=None, orient="top", symbolOpacity=1, symbolStrokeWidth=3)
# Two names beside each other are as wide as a picture.
_BESIDE = alt.Legend(title=None, orient="top", symbolOpacity=1, symbolStrokeWidth=3, columns=2)


@dataclass
class Picture:
    """A figure of the report."""

    title: str
    svg: str


@dataclass
class Drawing:
    """A chart, and its data by name: kept apart, because Altair copies a chart at every turn."""

    chart: Any
    data: dict[str, list[dict[str, Any]]]

    @property
    def spec(self) -> dict[str, Any]:
        """In the language of Vega-Lite. Checking it against its schema takes most of the time."""
        return self.chart.to_dict(validate=False) | {"datasets": self.data}


def chart_of(name: str) -> alt.Chart:
    """A chart of the data of that name."""
    return alt.Chart(alt.NamedData(name=name))


@dataclass
class Fan:
    """One quantity over the weeks: five quantiles a week, and its records."""

    name: str
    colour: str
    weeks: list[dict[str, Any]]
    points: list[tuple[date, float]] = field(default_factory=list[tuple[date, float]])


def _weekly(dataset: xr.Dataset, series: str, cell: dict[str, str]) -> list[dict[str, Any]]:
    values = dataset[series].sel(cell)
    if "member" in values.dims:
        values = values.quantile(QUANTILES, "member")
    table = values.transpose("week", "quantile").values.tolist()
    dates = dataset["date"].values.astype("datetime64[D]").astype(str)
    names = ("low", "lower", "median", "upper", "high")
    return [
        {"date": str(when), **dict(zip(names, row, strict=True))}
        for when, row in zip(dates, table, strict=True)
    ]


def _recorded(
    scenario: Scenario, weeks: int, series: str, cell: dict[str, str]
) -> list[tuple[date, float]]:
    """Records of a quantity by date. What happened between two dates is added to the record at
    the first of them, if there is one."""
    labels = tuple(cell.values())
    known: dict[date, float] = {scenario.start: 0.0}
    points: list[tuple[date, float]] = []
    for expected in expectations(scenario, weeks):
        measure = expected.measure
        if (measure.series, measure.labels) != (series, labels):
            continue
        before = known.get(measure.since or scenario.start)
        if before is not None:
            known.setdefault(measure.at, before + expected.record)
            points.append((measure.at, before + expected.record))
    return points


def _fan(
    scenario: Scenario, dataset: xr.Dataset, series: str, cell: dict[str, str], name: str, at: int
) -> Fan | None:
    """The fan of a cell; None where there is nothing in any week."""
    weeks = _weekly(dataset, series, cell)
    if not any(row["low"] or row["high"] for row in weeks):
        return None
    points = _recorded(scenario, dataset.attrs["weeks"], series, cell)
    return Fan(name, COLOURS[at % len(COLOURS)], weeks, points)


def _by_power(scenario: Scenario, dataset: xr.Dataset, series: str, **other: str) -> list[Fan]:
    fans = [
        _fan(scenario, dataset, series, {"power": name, **other}, power.title or name, i)
        for i, (name, power) in enumerate(scenario.powers.items())
    ]
    return [fan for fan in fans if fan is not None]


def _chart(
    fans: Sequence[Fan],
    size: tuple[int, int] = (WIDTH, HEIGHT),
    zero: bool = True,
    km: bool = False,
) -> Drawing:
    rows = [{**row, "of": fan.name} for fan in fans for row in fan.weeks]
    points = [
        {"date": str(when), "value": value, "of": fan.name}
        for fan in fans
        for when, value in fan.points
    ]
    names, colours = [fan.name for fan in fans], [fan.colour for fan in fans]
    legend = _LEGEND if len(fans) > 1 else None
    colour = alt.Color("of:N", scale=alt.Scale(domain=names, range=colours), legend=legend)
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%b %y", tickCount=5, labelOverlap=True))
    scale = alt.Scale(zero=zero, nice=True)
    axis = alt.Axis(format=",d" if km else "~s", tickCount=5)
    base = chart_of("fans").encode(x=x, color=colour)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=None, scale=scale, axis=axis)

    layers: list[Any] = [
        base.mark_area(opacity=0.16).encode(y=y("low"), y2="high:Q"),
        base.mark_area(opacity=0.28).encode(y=y("lower"), y2="upper:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=y("median")),
    ]
    if points:
        dots = chart_of("points").encode(x=x, y=y("value"), color=colour)
        ring = dots.mark_point(
            filled=True, size=46, opacity=1, stroke="currentColor", strokeWidth=1.3
        )
        layers.append(ring)
    chart = alt.layer(*layers).properties(width=size[0], height=size[1])
    return Drawing(chart, {"fans": rows, "points": points})


def svg(drawing: Drawing, number: int) -> str:
    """A drawing as SVG text; `number` tells its names from those of others on the page."""
    chart = drawing.chart.configure(
        background="transparent",
        font="system-ui, sans-serif",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor="currentColor",
            titleColor="currentColor",
            domainColor=_GRID,
            tickColor=_GRID,
            gridColor=_GRID,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
        ),
        legend=alt.LegendConfig(labelColor="currentColor", labelFontSize=11, symbolType="stroke"),
    )
    svg = vl_convert.vegalite_to_svg(Drawing(chart, drawing.data).spec)
    # Several pictures stand in one page, so the names within each are made its own.
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>p{number}-", svg)


def front_picture(scenario: Scenario, dataset: xr.Dataset, axis: str) -> Drawing:
    """A front over time, with the places of its axis as lines across."""
    theatre = scenario.theatres[axis]
    fan = Fan(
        "front",
        COLOURS[0],
        _weekly(dataset, "front", {"axis": axis}),
        _recorded(scenario, dataset.attrs["weeks"], "front", {"axis": axis}),
    )
    values = [row[q] for row in fan.weeks for q in ("low", "high")]
    values += [value for _, value in fan.points]
    low, high = min(values) - 60, max(values) + 60
    places = [
        {"km": place.km.middle, "name": place.name}
        for place in theatre.place
        if place.km is not None and low <= place.km.middle <= high
    ]
    lines = chart_of("places")
    rules = lines.mark_rule(strokeDash=[3, 3], opacity=0.45, stroke="currentColor").encode(y="km:Q")
    # To the right of the picture, where no fan runs through them.
    words = lines.mark_text(align="left", baseline="middle", fontSize=10.5).encode(
        x=alt.value(_FRONT[0] + 5), y="km:Q", text="name:N", color=alt.value("currentColor")
    )
    fans = _chart([fan], _FRONT, zero=False, km=True)
    return Drawing(alt.layer(fans.chart, rules, words), fans.data | {"places": places})


def _words(scenario: Scenario, line: Row) -> str:
    m = line.measure
    whole = ": ".join(x for x in (m.whose(scenario), m.title(scenario)) if x)
    return f"{whole}, {day(m.at)}"


def record_picture(scenario: Scenario, rows: Iterable[Row]) -> str:
    """The model as a multiple of each record: 5-95 % as a bar, the median as a tick."""
    lines = [
        {
            "at": i,
            "words": _words(scenario, line),
            "verdict": line.verdict,
            **{
                q: max(getattr(line, q) / (line.record or 1), 0.1)
                for q in ("low", "median", "high")
            },
        }
        for i, line in enumerate(row for row in rows if row.record and row.record > 0)
    ]
    base = chart_of("lines").encode(
        y=alt.Y("at:O", axis=None),
        color=alt.Color(
            "verdict:N",
            scale=alt.Scale(domain=["holds", "misses"], range=[HOLDS, MISSES]),
            legend=_LEGEND,
        ),
    )
    x = alt.Scale(type="log", nice=False)
    values = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]
    axis = alt.Axis(values=values, format="~g", labelExpr="'×' + datum.label")  # noqa: RUF001
    bars = base.mark_rule(strokeWidth=7, opacity=0.45, strokeCap="butt").encode(
        x=alt.X("low:Q", scale=x, axis=axis, title="model / record"), x2="high:Q"
    )
    ticks = base.mark_tick(thickness=2.5, size=13).encode(x="median:Q")
    words = base.mark_text(align="left", baseline="middle", fontSize=10.5, dy=-14, x=0).encode(
        text="words:N", color=alt.value("currentColor")
    )
    one = chart_of("one").mark_rule(stroke="currentColor", opacity=0.7)
    layers = alt.layer(one.encode(x=alt.X("x:Q", scale=x)), bars, ticks, words)
    chart = layers.properties(width=WIDTH + 30, height={"step": 30})
    return svg(Drawing(chart, {"lines": lines, "one": [{"x": 1}]}), 0)


def pictures(scenario: Scenario, dataset: xr.Dataset) -> dict[str, list[Picture]]:
    """The report's fans by section."""
    axes = {n: t.title or n for n, t in scenario.theatres.items() if t.axis}
    armour = {n: i.title or n for n, i in scenario.items.items() if i.armour.middle > 0}
    found: dict[str, list[tuple[str, Drawing]]] = {
        "The fronts": [
            (f"{title}, km", front_picture(scenario, dataset, axis)) for axis, title in axes.items()
        ]
    }

    def add(section: str, title: str, series: str, zero: bool = True, **other: str) -> None:
        fans = _by_power(scenario, dataset, series, **other)
        if fans:
            title = title[:1].upper() + title[1:]
            found.setdefault(section, []).append((title, _chart(fans, zero=zero)))

    add("Men", "Killed, missing and captured so far, men", "irrecoverable")
    add("Men", "Sick and wounded so far, men", "sick_wounded")
    add("Men", "Casualties so far, men", "casualties")
    add("Men", "Men at the fronts", "field_strength")
    add("Men", "Mean quality of men at the fronts", "quality", zero=False)
    for item, title in armour.items():
        add("Armour", f"{title}, owned", "equipment", item=item)
        add("Armour", f"{title}, lost so far", "lost", item=item)
        add("Armour", f"{title}, made so far", "made", item=item)
    for axis, title in axes.items():
        add("Supply", f"{title}, days of supply", "days", axis=axis)
    for material in scenario.materials:
        add("Materials", f"{material} in stock, t", "materials", material=material)
    add("Materials", "Gold, t", "gold")
    numbers = count(1)
    return {
        section: [Picture(title, svg(chart, next(numbers))) for title, chart in charts]
        for section, charts in found.items()
    }


def weeks_picture(
    rows: Sequence[dict[str, Any]],
    places: Sequence[dict[str, Any]],
    between: tuple[str, str],
    zero: bool,
    number: int,
) -> str:
    """Lines by week, `of` what, on a ground that marks the days between two; places lie across."""
    names = list(dict.fromkeys(row["of"] for row in rows))
    colour = alt.Color(
        "of:N",
        scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])),
        legend=_BESIDE if len(names) > 1 else None,
    )
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%b %y", tickCount=5, labelOverlap=True))
    scale = alt.Scale(zero=zero, nice=True)
    largest = max(abs(row["value"]) for row in rows)
    axis = alt.Axis(format="~s" if largest >= 1e4 else ",.4~g", tickCount=5)
    y = alt.Y("value:Q", title=None, scale=scale, axis=axis)
    ground = chart_of("between").mark_rect(color=_GRID, opacity=0.45)
    chart = alt.layer(
        ground.encode(x=alt.X("since:T", title=None), x2="until:T"),
        chart_of("rows").mark_line(strokeWidth=1.8).encode(x=x, y=y, color=colour),
    )
    if places:
        rules = chart_of("places").mark_rule(strokeDash=[3, 3], opacity=0.45, stroke="currentColor")
        words = chart_of("places").mark_text(align="left", baseline="middle", fontSize=10.5)
        chart = alt.layer(
            chart,
            rules.encode(y="km:Q"),
            words.encode(
                x=alt.value(WIDTH + 5),
                y="km:Q",
                text="name:N",
                color=alt.value("currentColor"),
            ),
        )
    data = {
        "rows": list(rows),
        "places": list(places),
        "between": [{"since": between[0], "until": between[1]}],
    }
    return svg(Drawing(chart.properties(width=WIDTH, height=HEIGHT), data), number)
