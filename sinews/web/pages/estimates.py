"""Estimates: what a staff expects of the weeks to come, what an earlier day expected of these, and
how good its forecasts have been."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.analysis.numerals import amount, band
from sinews.campaign.score import counting
from sinews.series import SERIES
from sinews.web.charts import Curve, FanChart, Plot, plot
from sinews.web.context import Context, context_of
from sinews.web.error_pages import Lost, Refused
from sinews.web.render import page

Plain = Mapping[str, Any]

_BACK = 26  # weeks of what was seen before the day
_STEPS = (2, 6, 13, 26)  # weeks ahead that the table tells of
_SURE = 0.95


@dataclass(frozen=True)
class Chart:
    """A quantity: what was seen of it and what is expected."""

    title: str
    unit: str
    section: str
    plot: Plot
    seen: str
    ahead: list[tuple[str, str]]
    """Middle and band, by steps ahead."""
    then: tuple[str, str, str] | None
    """What an earlier day expected of this one: middle, band, and whether it held."""


@dataclass(frozen=True)
class Held:
    """How often bands held what happened."""

    title: str
    count: int
    cells: list[tuple[str, str, bool]]
    """By band: how often it did, how often a true one would, and whether it is in that range."""
    crps: str
    """Mean, where the unit is one; empty elsewhere."""


def estimates(request: Request) -> Response:
    """The fans of a turn, and the staff's record up to today."""
    at = context_of(request)
    if request.method == "POST":
        return _done(at)
    game = at.game
    then = _then(request, at)
    found = game.estimates(at.at) if game.power else None
    before = game.estimates(then) if then and game.power else None
    job = None
    if game.power and found is None:
        job = at.under_way("estimates", turn=at.at)
    elif then and before is None:
        job = at.under_way("estimates", turn=then)
    paths = request.query_params.get("paths") == "1"
    scores = game.scores() if game.power and game.records() is not None else None
    rows = scores["rows"] if scores else []
    return page(
        request,
        "estimates.html.j2",
        desk=at,
        at=at.at,
        day_of=game.turns[at.at - 1].on,
        found=found,
        charts=_sections(at, found, before, paths) if found else {},
        steps=[step for step in _STEPS if found and step < len(found["weeks"])],
        then=then,
        then_day=game.turns[then - 1].on if then else None,
        compared=bool(before),
        turns=[(t.number, t.on) for t in game.turns[: at.at - 1]],
        paths=paths,
        job=job,
        scores=scores,
        rows=[_scored(game, row) for row in reversed(rows)],
        held=_record(game, rows),
        either=sum(_either(row) for row in rows if not row["since"]),
        before=at.url("estimates", at=at.at - 1) if at.at > 1 else "",
        after=at.url("estimates", at=at.at + 1) if at.at < game.turn else "",
    )


def _then(request: Request, at: Context) -> int | None:
    """The earlier turn that the day is held against."""
    words = request.query_params.get("then", "")
    if not words:
        return None
    if words.isdecimal() and len(words) < 10 and 1 <= int(words) < at.at:
        return int(words)
    links = [(at.url("estimates", at=at.at), "The estimates of that day")]
    raise Lost(f"There is no turn {words[:20]} before turn {at.at}.", "", links)


def _done(at: Context) -> Response:
    form = at.form
    turn = form.get("turn")
    match form.get("do"):
        case "cancel":
            job = at.own_job(form.get("job"))
            if job is not None:
                at.store.jobs.cancel(job.id)
        case "ask" if turn.isdecimal() and len(turn) < 10 and 1 <= int(turn) <= at.game.turn:
            at.ask("estimates", turn=int(turn))
        case _:
            links = [(at.url("estimates"), "To the estimates")]
            raise Refused(400, "That cannot be done", "The form makes no sense here.", "", links)
    return RedirectResponse(at.url("estimates", at=at.at if at.past else None), 303)


def _sections(
    at: Context, found: Plain, before: Plain | None, paths: bool
) -> dict[str, list[Chart]]:
    """The charts of a day, by what they are of."""
    old = {row["name"]: row for row in before["series"]} if before else {}
    headings = dict.fromkeys(s.forecast for s in SERIES.values() if s.forecast)
    out: dict[str, list[Chart]] = {title: [] for title in headings}
    for row in found["series"]:
        chart = _chart(at, found, row, before, old.get(row["name"]), paths)
        out[chart.section].append(chart)
    return {title: charts for title, charts in out.items() if charts}


def _chart(
    at: Context, found: Plain, row: Plain, before: Plain | None, old: Plain | None, paths: bool
) -> Chart:
    start, now, unit = at.game.scenario.start, found["week"], row["unit"]
    fans = [_fan("now", found, row)]
    first = max(0, now - _BACK)
    if before is not None and old is not None:
        fans.append(_fan("then", before, old))
        first = min(first, before["week"])
    weeks = range(first, now + 1)
    seen = Curve(
        "seen", "seen", [start + timedelta(weeks=w) for w in weeks], [row["seen"][w] for w in weeks]
    )
    days = _days(found)
    luck = [Curve("path", "path", days, path) for path in row["paths"]] if paths else []
    ahead = [
        (amount(row["middle"][step], unit), band(row["low"][step], row["high"][step], unit))
        for step in _STEPS
        if step < len(found["weeks"])
    ]
    return Chart(
        row["title"],
        "" if unit == "1" else unit,
        SERIES[row["name"].partition(":")[0]].forecast,
        plot(fans, [*luck, seen], now=date.fromisoformat(found["date"])),
        amount(row["seen"][now], unit),
        ahead,
        _against(row["seen"][now], now, before, old, unit) if before and old else None,
    )


def _fan(name: str, found: Plain, row: Plain) -> FanChart:
    ends = (row[end] for end in ("low", "lower", "middle", "upper", "high"))
    return FanChart(name, _days(found), *ends)


def _days(found: Plain) -> list[date]:
    return [date.fromisoformat(day) for day in found["dates"]]


def _against(
    value: float, week: int, before: Plain, old: Plain, unit: str
) -> tuple[str, str, str] | None:
    """What an earlier day expected of a week, and whether its 90 % band held what was seen."""
    if week not in before["weeks"]:
        return None
    at = before["weeks"].index(week)
    low, high = old["low"][at], old["high"][at]
    return amount(old["middle"][at], unit), band(low, high, unit), _held_by(low, value, high)


# The staff's record.


def _either(row: Plain) -> bool:
    return SERIES[row["measure"].partition(":")[0]].either


def _record(game: Any, rows: Sequence[Plain]) -> list[Held]:
    """How often bands held what happened: in all, and by item."""
    counted = [row for row in rows if not _either(row) and not row["since"]]
    if not counted:
        return []
    titles = {x.name: x.title or x.name for x in game.scenario.agenda}
    items = dict.fromkeys(row["item"] for row in counted)
    return [
        _held("All", counting(counted)),
        *(_held(titles[name], [r for r in counted if r["item"] == name]) for name in items),
    ]


def _held(title: str, rows: Sequence[Plain]) -> Held:
    cells: list[tuple[str, str, bool]] = []
    for name, share in (("50", 0.5), ("90", 0.9)):
        inside = sum(bool(row[f"in{name}"]) for row in rows)
        low, high = usual(len(rows), share)
        ends = f"{low} to {high}" if low < high else str(low)
        cells.append((f"{inside} of {len(rows)}", ends, low <= inside <= high))
    units = {row["unit"] for row in rows}
    mean = sum(row["crps"] for row in rows) / len(rows)
    crps = f"{amount(mean, rows[0]['unit'])} {rows[0]['unit']}" if len(units) == 1 else ""
    return Held(title, len(rows), cells, crps)


def usual(count: int, share: float) -> tuple[int, int]:
    """Of so many forecasts, how many a band of such a share holds in 95 of 100 cases, if it is true
    and each forecast has luck of its own: the ends, each tail at most 2.5 %.

    >>> usual(20, 0.9), usual(1, 0.5)
    ((15, 20), (0, 1))
    """
    chances = [
        math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1)
    ]
    tail = (1 - _SURE) / 2
    low = high = 0
    below = 0.0
    for k, chance in enumerate(chances):
        if below + chance > tail:
            low = k
            break
        below += chance
    above = 0.0
    for k in range(count, -1, -1):
        if above + chances[k] > tail:
            high = k
            break
        above += chances[k]
    return low, high


def _scored(game: Any, row: Plain) -> dict[str, Any]:
    """A forecast whose day has come: cells of a table."""
    unit, happened = row["unit"], row["happened"]
    titles = {x.name: x.title or x.name for x in game.scenario.agenda}
    cells = {
        "turn": row["turn"],
        "item": row["item"],
        "title": titles[row["item"]],
        "since": "; ".join(titles[name] for name in row["since"]),
        "measure": row["title"],
        "at": date.fromisoformat(row["at"]),
        "crps": amount(row["crps"], unit),
    }
    if _either(row):
        said = {"unit": "% of campaigns", "median": f"{100 * row['mean']:.0f}", "band": ""}
        return cells | said | {"happened": "yes" if happened else "no", "held": ""}
    low, high = row["band90"]
    held = "yes" if row["in90"] else _held_by(low, happened, high)
    words = {"median": row["median"], "happened": happened}
    told = {name: amount(value, unit) for name, value in words.items()}
    told["band"] = band(low, high, unit)
    if held != "yes" and told["happened"] in (amount(low, unit), amount(high, unit)):
        told = _closely(row["median"], low, happened, high)
    return cells | told | {"unit": "" if unit == "1" else unit, "held": held}


def _closely(median: float, low: float, happened: float, high: float) -> dict[str, str]:
    """A forecast and what happened, with digits enough to see by how little it was missed."""
    missed = min(abs(happened - low), abs(happened - high))
    digits = min(max(0, 1 - math.floor(math.log10(missed))), 6)
    return {
        "median": f"{median:,.{digits}f}",
        "happened": f"{happened:,.{digits}f}",
        "band": f"{low:,.{digits}f}\N{EN DASH}{high:,.{digits}f}",
    }


def _held_by(low: float, value: float, high: float) -> str:
    """Whether a band holds a value, or on which side of it the value lies."""
    return "yes" if low <= value <= high else "above" if value > high else "below"


ROUTES = [Route("/c/{campaign:int}/{branch:int}/estimates", estimates, methods=["GET", "POST"])]
