"""An item's paper as its page shows it: numbers as words, options side by side, advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sinews.analysis.council.advice import wish
from sinews.analysis.numerals import amount, band, day, signed
from sinews.series import SERIES
from sinews.web.charts import Bars, Stretch, bars

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class ItemRow:
    """An option in one measure: cells of a table."""

    order: int
    title: str
    middle: str
    band: str
    difference: str
    apart: str


@dataclass(frozen=True)
class Facet:
    """A measure under every option that can be had: a chart of what each leads to, one of how
    that differs from the first, and the same as a table."""

    head: str
    unit: str
    levels: Bars
    differences: Bars | None
    rows: tuple[ItemRow, ...]
    front: bool
    """Whether it is where a front stands."""
    same: bool
    """Whether no option changes it."""


@dataclass(frozen=True)
class Estimate:
    """What the staff believes: cells of a table."""

    title: str
    when: str
    unit: str
    middle: str
    band: str


@dataclass(frozen=True)
class VoiceView:
    """What a minister would have, and by how far."""

    who: str
    standing: str
    wish: str
    lead: str
    dissents: bool


def facets(page: Plain) -> list[Facet]:
    """A page's measures, one after another; none while nothing is forecast."""
    had = [(i, option) for i, option in enumerate(page["options"]) if option["forecasts"]]
    if not had:
        return []
    return [_facet(had, at) for at in range(len(had[0][1]["forecasts"]))]


def _facet(had: Sequence[tuple[int, Plain]], at: int) -> Facet:
    first = had[0][1]["forecasts"][at]
    unit, either = first["unit"], first["either"]
    levels = [
        (order, _span(option["title"], option["forecasts"][at], "", unit, either))
        for order, option in had
    ]
    # The first is drawn too, at nothing, so that an option stands on one line in both charts.
    apart = [
        (order, _span(option["title"], option["differences"][at], "difference_", unit, either))
        if option["differences"]
        else (order, Stretch(option["title"], "", (0.0, 0.0, 0.0, 0.0, 0.0)))
        for order, option in had
    ]
    return Facet(
        ", ".join(x for x in (first["title"], _when(first)) if x),
        unit_of(first),
        bars(levels, zero=False, within=(0.0, 100.0) if either else ()),
        bars(apart, zero=True) if len(apart) > 1 else None,
        tuple(_row(order, option, at) for order, option in had),
        first["name"].startswith("front:"),
        all(not any(span.ends) for _, span in apart),
    )


def _span(words: str, row: Plain, before: str, unit: str, either: bool) -> Stretch:
    low, lower, middle, upper, high = (
        float(row[before + end]) for end in ("low", "lower_half", "median", "upper_half", "high")
    )
    if either:
        middle = 100.0 * row[f"{before}mean"]
        low = lower = min(middle, 0.0)
        high = upper = max(middle, 0.0)
    number = _apart(middle, unit, either) if before else _amount(middle, unit, either)
    return Stretch(words, number, (low, lower, middle, upper, high))


def _amount(value: float, unit: str, either: bool = False) -> str:
    # Shares are quoted as whole numbers of a hundred campaigns.
    return amount(value, "items" if either else unit) if value else "0"


def _apart(value: float, unit: str, either: bool = False) -> str:
    return signed(value, "items" if either else unit) if value else "0"


def _band(low: float, high: float, unit: str, either: bool = False) -> str:
    """A band; empty where there is none."""
    return "" if either or low == high else band(low, high, unit)


def _row(order: int, option: Plain, at: int) -> ItemRow:
    f = option["forecasts"][at]
    unit, either = f["unit"], f["either"]
    middle = _amount(100.0 * f["mean"] if either else f["median"], unit, either)
    cells = (order, option["title"], middle, _band(f["low"], f["high"], unit, either))
    if not option["differences"]:
        return ItemRow(*cells, "", "")
    d = option["differences"][at]
    low, high = d["difference_low"], d["difference_high"]
    difference = 100.0 * d["difference_mean"] if either else d["difference_median"]
    if not (difference or low or high):
        return ItemRow(*cells, "same", "")
    return ItemRow(*cells, _apart(difference, unit, either), _band(low, high, unit, either))


def _when(row: Plain) -> str:
    """The day or days of a forecast."""
    at = day(date.fromisoformat(row["at"]))
    return f"{day(date.fromisoformat(row['from']))} to {at}" if row["from"] else at


def unit_of(row: Plain) -> str:
    """A forecast's unit as a page says it."""
    return "% of campaigns" if row["either"] else "" if row["unit"] == "1" else row["unit"]


def estimates(page: Plain) -> list[Estimate]:
    """The staff's estimates."""
    return [
        Estimate(
            row["title"],
            _when(row),
            unit_of(row),
            _amount(
                100.0 * row["mean"] if row["either"] else row["median"], row["unit"], row["either"]
            ),
            _band(row["low"], row["high"], row["unit"], row["either"]),
        )
        for row in page["estimates"]
    ]


def voices(page: Plain) -> list[VoiceView]:
    """The ministers, as they stand in the advice; none where nobody has a say."""
    advice = page["advice"]
    if not advice:
        return []
    titles = {option["name"]: option["title"] for option in page["options"]}
    out: list[VoiceView] = []
    for each in advice["ministers"]:
        # Pages of earlier versions name one option, and no error.
        wants, lead = each.get("wants", [each["prefers"]]), each.get("lead")
        out.append(
            VoiceView(
                f"{each['name']}, {each['office']}" if each["name"] else each["office"],
                f"{100 * each['standing']:.0f} %",
                wish(titles, wants),
                lead["words"] if lead else "",
                bool(each["prefers"]) and each["prefers"] not in _advised(advice),
            )
        )
    return out


def _advised(advice: Plain) -> Sequence[str]:
    """The options that the advice comes to: one, unless it is a tie."""
    return advice.get("advised", [advice["choice"]])


def costs(page: Plain, power: str | None) -> dict[str, list[str]]:
    """What each option takes from or brings to the power's own stocks against the first option,
    in words, by the option's name."""
    out: dict[str, list[str]] = {}
    for option in page["options"]:
        titles = {f["name"]: f for f in option["forecasts"]}
        out[option["name"]] = [
            f"{_own(titles[d['name']]['title'])} {signed(d['difference_median'], d['unit'])} "
            f"{d['unit']} by {_when(titles[d['name']])}"
            for d in option["differences"]
            if _purse(d["name"], power) and signed(d["difference_median"], d["unit"]) != "0"
        ]
    return out


def _purse(measure: str, power: str | None) -> bool:
    """Whether it is a stock of the power itself, which is spent or earned."""
    name, _, labels = measure.partition("@")[0].partition(":")
    series = SERIES[name]
    return bool(series.law) and not series.counts and labels.partition(":")[0] == power


def _own(title: str) -> str:
    """A measure's title without the power's name before it."""
    return title.partition(", ")[2] or title
