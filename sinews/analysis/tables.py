"""Lines of tables as text: the same words on a terminal and in a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from sinews.analysis.measures import Measure, nothing
from sinews.analysis.numerals import amount, band, day, nearest, signed
from sinews.analysis.odds import LEVELS
from sinews.analysis.paired import Contrast
from sinews.scenario import Scenario
from sinews.series import SERIES

if TYPE_CHECKING:
    from sinews.analysis.assimilate import Beside
    from sinews.analysis.filtering import Window
    from sinews.analysis.fit import FittedNumber, FittedRecord
    from sinews.analysis.rivals import Rivalry, RivalSpread
    from sinews.analysis.run import Row
    from sinews.analysis.scorecard import Group, Line

# A column whose head ends in ">" holds numbers.
HEADLINE = ("measure", "unit", "median>", "5-95 %>", "record>", "")
ASKED = ("measure", "when", "unit", "median>", "5-95 %>", "breadth>")
KIND = (
    "kind", "rows>", "score", "model>", "best baseline>", "which", "skill>", "in 50 %>", "in 90 %>",
    "90 % width>",
)  # fmt: skip
SCORED = (
    "measure", "when", "truth>", "", "median>", "5-95 %>", "below truth>", "in 90 %", "score>",
    "best baseline>",
)  # fmt: skip
FITTED_RECORD = (
    "measure", "when", "unit", "record>", "before>", "5-95 %>", "fitted>", "5-95 %>",
)  # fmt: skip
FITTED_NUMBER = ("number", "range>", "mean>", "sd>", "known>", "")
TOLD = (
    "measure", "when", "unit", "record>", "told: median>", "5-95 %>", "free run: median>",
    "5-95 %>", "errors off>", "nearest>",
)  # fmt: skip
WEIGHED = ("week>", "until", "rows>", "members that count>", "weights to the power>")
AHEAD = (
    "measure", "when", "unit", "told: median>", "5-95 %>", "free run: median>", "5-95 %>", "width>",
)  # fmt: skip
LATER = (
    "measure", "when", "unit", "truth>", "told: median>", "5-95 %>", "free run: median>", "5-95 %>",
    "score>", "free run's>",
)  # fmt: skip
THEORY = ("theory", "fit", "records that hold>", "log score>", "weight>")
RIVAL = ("under", "median>", "5-95 %>", "variance>")
RECORD = ("measure", "when", "unit", "record>", "median>", "5-95 %>", "breadth>", "verdict")


# Beyond this factor a band tells no more than that in some members there is nothing.
_WIDEST = 1000


def headline_line(scenario: Scenario, row: Row) -> list[str]:
    """A line of HEADLINE; the last cell says where a front stands."""
    m, theatre = row.measure, row.measure.label("theatre")
    return [
        m.title(scenario),
        m.unit,
        amount(row.median, m.unit),
        band(row.low, row.high, m.unit),
        "" if row.record is None else amount(row.record, m.unit),
        nearest(row.median, scenario.theatres[theatre].place) if theatre else "",
    ]


def by_owner(scenario: Scenario, rows: Sequence[Row]) -> list[tuple[str, list[list[str]]]]:
    """Headline lines by the power they belong to; the fronts, which are nobody's, by themselves."""
    return [
        (whose or "The fronts", [headline_line(scenario, row) for row in group])
        for whose, group in groupby(rows, lambda row: row.measure.whose(scenario))
    ]


def asked_line(scenario: Scenario, row: Row) -> list[str]:
    """A line of ASKED."""
    m = row.measure
    # Totals of losses: how wide their bands are tells whether the odds say anything.
    about = SERIES[m.series]
    wide = row.breadth if about.counts and about.better < 0 else None
    return [
        full_title(scenario, m),
        m.when,
        m.unit,
        amount(row.median, m.unit),
        band(row.low, row.high, m.unit),
        "" if wide is None else f"\N{MULTIPLICATION SIGN}{wide:.1f}",
    ]


def record_line(scenario: Scenario, row: Row) -> list[str]:
    """A line of RECORD; of what is or is not, in how many campaigns it is."""
    line, record = asked_line(scenario, row), row.record or 0.0
    verdict = ": ".join(x for x in (row.verdict, ", ".join(row.faults)) if x)
    if row.measure.either:
        share = abs(record - row.differ)
        return [
            *line[:2],
            "% of campaigns",
            f"{100 * record:.0f}",
            f"{100 * share:.0f}",
            "",
            "",
            verdict,
        ]
    return [*line[:3], amount(record, row.measure.unit), *line[3:], verdict]


def kind_line(kind: Group) -> list[str]:
    """A line of KIND: of bands how many of its rows they hold, and how wide they are on average, in
    km or as a factor."""
    best = f"{kind.baselines[kind.best]:.3g}" if kind.best else ""
    line = [kind.name, str(len(kind.lines)), kind.scale, f"{kind.score:.3g}", best, kind.best]
    line.append("" if kind.skill is None else f"{kind.skill:+.2f}")
    if not kind.bands:
        return [*line, "", "", ""]
    width = f"{kind.width:,.0f} km"
    if kind.logs:
        times = "\N{MULTIPLICATION SIGN}"
        width = f"{times}{kind.width:.1f}" if kind.width < _WIDEST else f"over {times}{_WIDEST}"
    return [*line, str(kind.within(0.5)), str(kind.within(0.9)), width]


def scored_line(scenario: Scenario, line: Line, best: str) -> list[str]:
    """A line of SCORED, beside the baseline that did best; (R) behind what was recalled. Of what is
    or is not, the share of campaigns in which it is."""
    m, truth = line.row.measure, line.row.record
    recalled = "(R)" if "(R)" in line.row.row.value.source else ""
    rival = f"{line.score(line.rivals[best]):.3g}" if best in line.rivals else ""
    scores = [f"{line.score(line.draws):.3g}", rival]
    head = [full_title(scenario, m), m.when]
    if m.either:
        share = f"{100 * float(line.draws.mean()):.0f} %"
        return [*head, "yes" if truth else "no", recalled, share, "", "", "", *scores]
    low, high = line.interval(0.9)
    return [
        *head,
        amount(truth, m.unit),
        recalled,
        amount(line.median, m.unit),
        band(low, high, m.unit),
        f"{100 * line.pit:.0f} %",
        "yes" if line.holds(0.9) else "no",
        *scores,
    ]


def _spreads(each: Beside) -> list[str]:
    """Median and 5-95 % with what was told, and of the free run; of what is or is not, in how many
    campaigns it is."""
    m, out = each.measure, list[str]()
    for values in (each.told, each.free):
        if m.either:
            out += [f"{100 * float(values.mean()):.0f} %", ""]
        else:
            low, median, high = map(float, np.quantile(values, LEVELS))
            out += [amount(median, m.unit), band(low, high, m.unit)]
    return out


def _head(scenario: Scenario, each: Beside) -> list[str]:
    m = each.measure
    head = [full_title(scenario, m), m.when, m.unit]
    if each.row is None:
        return head
    yes = "yes" if each.record.record else "no"
    return [*head, yes if m.either else amount(each.record.record, m.unit)]


def misfit_line(scenario: Scenario, each: Beside) -> list[str]:
    """A line of TOLD."""
    off = [f"{each.away:+.1f}", f"{each.nearest:.1f}"]
    return [*_head(scenario, each), *_spreads(each), *off]


def weighed_line(scenario: Scenario, window: Window) -> list[str]:
    """A line of WEIGHED."""
    until = day(scenario.start + timedelta(days=7 * window.week))
    counts = [str(len(window.rows)), f"{window.effective:,.0f}", f"{window.power:.2g}"]
    return [str(window.week), until, *counts]


def ahead_line(scenario: Scenario, each: Beside) -> list[str]:
    """A line of AHEAD."""
    width = "" if each.width is None else f"{100 * each.width:.0f} %"
    return [*_head(scenario, each), *_spreads(each), width]


def later_line(scenario: Scenario, each: Beside) -> list[str]:
    """A line of LATER."""
    scores = [f"{line.score(line.draws):.3g}" for line in each.lines]
    return [*_head(scenario, each), *_spreads(each), *scores]


_FITS = {"none": "none: from ranges", "stale": "to another state of the file"}


def theory_lines(found: Rivalry) -> list[list[str]]:
    """Lines of THEORY."""
    told = zip(
        found.theories, found.fits, found.holds(), found.densities, found.weights, strict=True
    )
    of = len(found.records[0])
    return [
        [
            name,
            _FITS.get(fit, fit),
            f"{holds} of {of}",
            f"{score.sum():.1f}",
            f"{100 * weight:.0f} %",
        ]
        for name, fit, holds, score, weight in told
    ]


def rival_lines(found: Rivalry) -> list[tuple[str, list[list[str]]]]:
    """For each measure its heading and lines of RIVAL: each theory's answer and the mixture's, and
    how much of that variance is between theories. What is nothing under all is left out."""
    out: list[tuple[str, list[list[str]]]] = []
    for answer in found.answers():
        m, each = answer.measure, {**answer.theories, "their mixture": answer.mixture}
        if nothing(m.series, *(x for s in each.values() for x in (s.low, s.high, s.mean))):
            continue
        lines = [[name, *_told(m, spread), ""] for name, spread in each.items()]
        whole = answer.within + answer.between
        lines[-1][-1] = f"{100 * answer.between / whole:.0f} % between" if whole else ""
        unit = "% of campaigns" if m.either else "" if m.unit == "1" else m.unit
        out.append(
            (", ".join(x for x in (full_title(found.scenario, m), m.when, unit) if x), lines)
        )
    return out


def _told(measure: Measure, spread: RivalSpread) -> list[str]:
    if measure.either:
        return [f"{100 * spread.mean:.0f}", ""]
    ends = band(spread.low, spread.high, measure.unit)
    return [amount(spread.median, measure.unit), ends]


def contrast_heads(option: str, against: str) -> list[str]:
    """The heads of one option against another."""
    return [
        "measure",
        "when",
        "unit",
        f"{option}>",
        f"{against}>",
        "difference>",
        "5-95 %>",
        "mean \N{PLUS-MINUS SIGN} s.e.>",
        "better>",
    ]


def contrast_line(scenario: Scenario, each: Contrast) -> list[str]:
    """A line of one option against another; "same" where no member differs."""
    m, unit = each.measure, each.measure.unit
    line = [full_title(scenario, m), m.when, unit, *(amount(x, unit) for x in each.medians)]
    if each.higher == each.lower == 0:
        return [*line, "same", "", "", ""]
    error = "" if each.error is None else f" \N{PLUS-MINUS SIGN} {amount(each.error, unit)}"
    return [
        *line,
        signed(each.median, unit),
        band(each.low, each.high, unit),
        signed(each.mean, unit) + error,
        f"{100 * each.better:.0f} %",
    ]


def full_title(scenario: Scenario, measure: Measure) -> str:
    """Whose it is, and what."""
    return ": ".join(x for x in (measure.whose(scenario), measure.title(scenario)) if x)


def told_line(scenario: Scenario, told: FittedRecord) -> list[str]:
    """A line of FITTED_RECORD."""
    m, bands = told.measure, (told.before, told.after)
    cells = [(amount(mid, m.unit), band(low, high, m.unit)) for low, mid, high in bands]
    return [full_title(scenario, m), m.when, m.unit, amount(told.record, m.unit), *sum(cells, ())]


def number_line(number: FittedNumber) -> list[str]:
    """A line of FITTED_NUMBER: how much of the variance of its range the records took, and the end
    of it that it leans on."""
    return [
        number.name,
        f"{number.low:g} to {number.high:g}",
        f"{number.mean:.3g}",
        f"{number.sd:.2g}",
        f"{100 * number.contraction:.0f} %",
        f"leans on the {number.leans} end" if number.leans else "",
    ]
