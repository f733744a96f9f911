"""The sheet of a theatre: who stands there, the front, supply, what came, went and is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinews.analysis.titles import thing_title
from sinews.campaign.ledger.transfers import transfers, war_at
from sinews.campaign.ledger.zones import state_of
from sinews.errors import suggestion
from sinews.web.charts import Curve, FanChart, Plot, plot, spark
from sinews.web.context import context_of
from sinews.web.error_pages import Lost
from sinews.web.pages.map import Men, forces, fronts
from sinews.web.render import page
from sinews.web.turn_view import TurnView, turn_view


@dataclass(frozen=True)
class Town:
    """A place on the axis."""

    name: str
    whose: str
    km: float | None
    off: float | None
    """From the front, km: positive lies east of it."""
    held: float | None
    measure: str
    people: float
    fort: float


@dataclass(frozen=True)
class Outlook:
    """What was seen of a number and, if it is kept, what the staff expects of it."""

    title: str
    unit: str
    plot: Plot
    expected: bool


def sheet(request: Request) -> Response:
    """The sheet of a theatre."""
    at, name = context_of(request), request.path_params["theatre"]
    theatres = at.game.scenario.theatres
    if name not in theatres:
        links = [(at.url(f"theatre/{n}", at=at.at), t.title or n) for n, t in theatres.items()]
        raise Lost(f"There is no theatre {name[:40]}.", suggestion(name, theatres), links)
    now = turn_view(at)
    if now is None:
        return page(request, "unwritten.html.j2", 202, desk=at, job=at.under_way("keep"))
    theatre, known = now.scenario.theatres[name], now.known
    men = [each for each in forces(now) if each.theatre == name]
    last = at.game.turn
    ways = {n: at.url(f"theatre/{name}", at=n) for n in (1, at.at - 1, at.at + 1, last)}
    return page(
        request,
        "theatre.html.j2",
        desk=at,
        at=at.at,
        day_of=now.day,
        name=name,
        title=theatre.title or name,
        whose=thing_title(now.scenario, theatre.power or ""),
        sides=[", ".join(map(_named(now), side)) for side in (theatre.west, theatre.east)],
        war=war_at(known, name),
        front=next((each for each in fronts(now) if each.theatre == name), None),
        men=[(each, _curves(now, each)) for each in men],
        towns=_towns(now, name),
        moves=[
            x for x in transfers(now.scenario, now.power, known) if name in (x.source, x.target)
        ],
        links=[(x, now.scenario.trains(x)) for x in now.scenario.links if name in (x.from_, x.to)],
        zones=[zone for zone in now.zones if zone.theatre == name],
        agreements=_agreements(now, name),
        outlooks=_outlooks(now, name),
        known=known,
        name_of=_named(now),
        before=ways[at.at - 1] if at.at > 1 else "",
        after=ways[at.at + 1] if at.at < last else "",
        first=ways[1] if at.at > 1 else "",
        last=ways[last] if at.at < last else "",
    )


def _named(now: TurnView) -> Any:
    return lambda name: thing_title(now.scenario, name)


def _curves(now: TurnView, each: Men) -> tuple[str, str, str]:
    """Men, days of supply and what is believed, week by week."""
    measures = (each.measure, each.days_measure, each.seen_measure)
    men, days, seen = (spark(now.known.weekly(m.partition("@")[0])) for m in measures)
    return men, days, seen


def _towns(now: TurnView, name: str) -> list[Town]:
    """The places, from west to east."""
    theatre, known = now.scenario.theatres[name], now.known
    front = known.now(f"front:{name}")
    out: list[Town] = []
    for place in theatre.place:
        km = place.km.middle if place.km is not None else None
        held = f"held:{place.name}"
        out.append(
            Town(
                place.name,
                thing_title(now.scenario, place.power or theatre.power or ""),
                km,
                km - front if km is not None and front is not None else None,
                known.now(held),
                known.stood(held),
                place.people.middle,
                place.fort.middle,
            )
        )
    return out


def _agreements(now: TurnView, name: str) -> list[tuple[str, str, str]]:
    """Agreements that bear on a theatre: title, state, and how."""
    out: list[tuple[str, str, str]] = []
    for key, agreement in now.scenario.agreements.items():
        ways = [
            words
            for words, axes in (("peace", agreement.peace), ("inspections", agreement.inspects))
            if name in axes
        ]
        if any(row.theatre == name for row in agreement.ceiling):
            ways.append("ceilings on men")
        if ways and now.known.knows(f"in_force:{key}"):
            state = state_of(now.scenario, key, now.known)
            out.append((agreement.title or key, state, ", ".join(ways)))
    return out


def _outlooks(now: TurnView, name: str) -> list[Outlook]:
    """The front and the seat's men: what was seen, and what is expected of the weeks to come."""
    game = now.at.game
    found = game.estimates(now.at.at) if game.power else None
    rows = {row["name"]: row for row in found["series"]} if found else {}
    wanted = {f"front:{name}": "Front"}
    if now.power:
        wanted |= {f"force:{now.power}:{name}": "Own men", f"days:{now.power}:{name}": "Supply"}
    out: list[Outlook] = []
    for column, title in wanted.items():
        weekly = now.known.weekly(column)
        if len(weekly) < 2 or not any(weekly):
            continue
        days = [now.known.day_of(now.known.record.first + i) for i in range(len(weekly))]
        fans = [_fan(found, rows[column], now.known.start)] if found and column in rows else []
        curve = Curve("seen", "seen", days, weekly)
        drawn = plot(fans, [curve], now=now.known.day)
        out.append(Outlook(title, now.known.unit(column), drawn, bool(fans)))
    return out


def _fan(found: Mapping[str, Any], row: Mapping[str, Any], start: date) -> FanChart:
    days = [start + timedelta(weeks=week) for week in found["weeks"]]
    bands = (row[band] for band in ("low", "lower", "middle", "upper", "high"))
    return FanChart("now", days, *bands)


ROUTES = [Route("/c/{campaign:int}/{branch:int}/theatre/{theatre}", sheet)]
