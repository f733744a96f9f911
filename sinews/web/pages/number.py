"""A number: what it is, week by week, how it balances, and what it starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinews.analysis.numerals import amount, day
from sinews.analysis.titles import measure_title, thing_title
from sinews.campaign.ledger.balance import BalanceTerm, Reckoning, account, law_of, stated_numbers
from sinews.campaign.ledger.readings import Readings
from sinews.errors import suggestion
from sinews.scenario import Scenario
from sinews.scenario.number import KINDS, Number
from sinews.series import KNOWN, SERIES
from sinews.web.charts import Curve, plot
from sinews.web.context import Context, context_of
from sinews.web.error_pages import Lost, Refused
from sinews.web.render import page
from sinews.web.turn_view import TurnView, turn_view

LAWS = "imbalance"  # the series of breaches; no seat sees it while it plays


@dataclass(frozen=True)
class AskedNumber:
    """A measure as an address writes it."""

    name: str
    series: str
    labels: tuple[str, ...]
    on: date
    since: date | None


@dataclass(frozen=True)
class BalanceLine:
    """A term of a balance as it is shown."""

    sign: str
    words: str
    measure: str
    value: float | None


@dataclass(frozen=True)
class Source:
    """A number that the scenario states."""

    path: str
    value: str
    unit: str
    kind: str
    source: str
    note: str


def opened(request: Request) -> Response:
    """The page of a number."""
    at = context_of(request)
    now = turn_view(at)
    if now is None:
        return page(request, "unwritten.html.j2", 202, desk=at, job=at.under_way("keep"))
    asked = _asked(at, now, request.path_params["measure"])
    known = _between(now.known, asked)
    record, unit = known.record, now.known.unit(asked.name)
    dates = f"{asked.since}..{asked.on}" if asked.since else f"{asked.on}"
    value = now.known.record.value(f"{asked.name}@{dates}", known.start)
    weekly = record.of(asked.name).tolist()
    days = [known.day_of(record.first + i) for i in range(len(weekly))]
    balance = account(now.scenario, known, asked.series, asked.labels)
    law = law_of(asked.series)
    breach = f"{LAWS}:{law.law}" if law else ""
    last = at.game.turn
    return page(
        request,
        "number.html.j2",
        desk=at,
        at=at.at,
        title=measure_title(now.scenario, asked.series, asked.labels),
        word=f"{asked.name}@{dates}",
        when=_when(asked),
        value=value,
        change=asked.since is not None,
        exact=exact(value),
        unit=unit,
        meaning=record.meanings[asked.series],
        flow=SERIES[asked.series].counts == "sum",
        labels=[thing_title(now.scenario, label) for label in asked.labels],
        sight=SERIES[asked.series].seen,
        power=thing_title(now.scenario, now.power) if now.power else "",
        chart=plot([], [Curve("seen", "seen", days, weekly)]) if len(weekly) > 1 else None,
        weeks=_weeks(asked, days, weekly),
        balance=balance,
        then=known.day_before,
        now=known.day,
        lines=_lines(now.scenario, balance) if balance else [],
        law=law,
        law_series=_recorded(law.stocks, law.gains, law.losses) if law else [],
        breach=now.known.now(breach) if law else None,
        sources=[
            _source(now.scenario, n)
            for n in stated_numbers(now.scenario, asked.series, asked.labels)
        ],
        before=_there(at, asked, at.at - 1) if at.at > 1 else "",
        after=_there(at, asked, at.at + 1) if at.at < last else "",
    )


def _asked(at: Context, now: TurnView, word: str) -> AskedNumber:
    """The measure that an address names. Raises Lost if there is none, Refused if the seat may not
    know it."""
    name, _, when = word.partition("@")
    series, *labels = name.split(":")
    book = [(at.url("ledger", at=at.at), "To the ledger")]
    shown = word[:80]
    if series not in SERIES:
        raise Lost(f"There is no number {shown}.", suggestion(series, KNOWN), book)
    if not now.known.knows(name):
        if (labels and all(_named(now.scenario, label) for label in labels)) or series == LAWS:
            raise Refused(
                404,
                "That is hidden from you",
                f"{measure_title(now.scenario, series, labels)}: your side does not know this.",
                "It can be read once the campaign is over.",
                book,
            )
        wrong = next((x for x in labels if not _named(now.scenario, x)), "")
        remedy = suggestion(wrong, _names(now.scenario)) if wrong else "Say what it is of."
        raise Lost(f"There is no number {shown}.", remedy, book)
    words = when.split("..") if when else [now.day.isoformat()]
    try:
        dates = [date.fromisoformat(text) for text in words]
    except ValueError:
        remedy = f"Write a day as in {now.day}."
        raise Lost(f"{shown} has no such day.", remedy, book) from None
    inside = all(now.known.start <= each <= now.day for each in dates)
    if len(dates) > 2 or not inside or (len(dates) == 2 and dates[0] >= dates[1]):
        remedy = f"Days lie from {now.known.start} to {now.day}, the earlier first."
        raise Lost(f"{shown} has no such days.", remedy, book)
    since = dates[0] if len(dates) == 2 else None
    return AskedNumber(name, series, tuple(labels), dates[-1], since)


def _named(scenario: Scenario, name: str) -> bool:
    return name in _names(scenario)


def _names(scenario: Scenario) -> set[str]:
    """What a measure may be of."""
    tables = (scenario.powers, scenario.theatres, scenario.items, scenario.agreements)
    names = {name for table in tables for name in table}
    names |= {*scenario.sectors, *scenario.materials}
    names |= {place.name for t in scenario.theatres.values() for place in t.place}
    return names | {f"{c} {good}" for c, x in scenario.contracts.items() for good in x.goods}


def _between(known: Readings, asked: AskedNumber) -> Readings:
    """The readings of the days that a measure names: of one day alone, since the turn before it, or
    since the start."""
    week = min((asked.on - known.start).days // 7, known.week)
    if asked.since is not None:
        before = (asked.since - known.start).days // 7
    else:
        before = known.before if week == known.week else known.record.first
    return replace(known, record=known.record.until(week), week=week, before=min(before, week))


def _when(asked: AskedNumber) -> str:
    if asked.since is None:
        return day(asked.on)
    return f"from {day(asked.since)} to {day(asked.on)}"


def exact(value: float) -> str:
    """A number as it is recorded, every digit.

    >>> exact(1234567.25), exact(-0.1)
    ('1,234,567.2', '−0.1')
    """  # noqa: RUF002
    whole = np.format_float_positional(np.float32(value), trim="-")
    head, dot, tail = whole.lstrip("-").partition(".")
    minus = "\N{MINUS SIGN}" if value < 0 and whole.strip("-0.") else ""
    return f"{minus}{int(head or 0):,}{dot if tail else ''}{tail}"


def _weeks(
    asked: AskedNumber, days: list[date], weekly: list[float]
) -> list[tuple[date, float, float | None, str, str]]:
    """Day, value, change in the week, and their measures; the newest first."""
    out: list[tuple[date, float, float | None, str, str]] = []
    for i, (on, value) in enumerate(zip(days, weekly, strict=True)):
        gone = value - weekly[i - 1] if i else None
        since = f"{asked.name}@{days[i - 1]}..{on}" if i else ""
        out.append((on, value, gone, f"{asked.name}@{on}", since))
    return out[::-1]


def _lines(scenario: Scenario, found: Reckoning) -> list[BalanceLine]:
    """The terms of a balance, in words."""
    return [
        BalanceLine(
            "\N{MINUS SIGN}" if t.sign < 0 else "+", _words(scenario, t), t.measure, t.value
        )
        for t in found.terms
    ]


def _words(scenario: Scenario, term: BalanceTerm) -> str:
    series, *labels = term.words.split(":")
    if labels:
        return measure_title(scenario, series, labels)
    return SERIES[series].title if series in SERIES else term.words


def _recorded(*parts: dict[str, str] | object) -> list[tuple[str, list[str]]]:
    """A law's stocks, gains and losses, each as it is recorded or why it is not."""
    out: list[tuple[str, list[str]]] = []
    for title, part in zip(("stocks", "gains", "losses"), parts, strict=True):
        assert isinstance(part, dict)
        words = dict.fromkeys(
            SERIES[x].title if x in SERIES else f"{x} (not recorded)" for x in part.values()
        )
        out.append((title, list(words)))
    return out


def _source(scenario: Scenario, number: Number) -> Source:
    if number.value is not None:
        value = amount(number.value, number.unit)
    else:
        value = (
            f"{amount(number.low or 0.0, number.unit)} to {amount(number.high or 0.0, number.unit)}"
        )
    kind = f"{number.kind}: {KINDS.get(number.kind, '')}".removesuffix(": ")
    source = scenario.sources.get(number.source, number.source)
    return Source(number.path, value, number.unit, kind, source, number.note)


def _there(at: Context, asked: AskedNumber, turn: int) -> str:
    """The same number on the day of another turn."""
    return at.url(f"number/{asked.name}", at=turn)


ROUTES = [Route("/c/{campaign:int}/{branch:int}/number/{measure:path}", opened)]
