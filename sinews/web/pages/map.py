"""The map of a turn, with the same figures as tables beneath it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinews.analysis.numerals import day, nearest
from sinews.analysis.titles import thing_title
from sinews.campaign.ledger.transfers import fought, transfers, war_at
from sinews.web.context import Context, context_of
from sinews.web.error_pages import Lost
from sinews.web.map.drawing import LAYERS, draw_map
from sinews.web.map.ground import views
from sinews.web.render import page
from sinews.web.turn_view import TurnView, turn_view


@dataclass(frozen=True)
class Front:
    """A line of the table of fronts."""

    theatre: str
    title: str
    war: bool
    km: float
    measure: str
    moved: float
    change: str
    where: str


@dataclass(frozen=True)
class Men:
    """A line of the table of forces; what is not known is None."""

    theatre: str
    title: str
    whose: str
    men: float | None
    measure: str
    change: float | None
    changed: str
    days: float | None
    days_measure: str
    seen: float | None
    seen_measure: str


def shown(request: Request) -> Response:
    """The map."""
    at = context_of(request)
    now = turn_view(at)
    if now is None:
        return page(request, "unwritten.html.j2", 202, desk=at, job=at.under_way("keep"))
    scenario, known = now.scenario, now.known
    regions = views(scenario, fought(scenario, known))
    view = _chosen(request, at, "view", "all", regions)
    layer = _chosen(request, at, "layer", "forces", LAYERS)
    picture = draw_map(scenario, now.power, known, now.zones, view, layer)

    def turn(number: int) -> str:
        return _url(at, number, view, layer)

    last = at.game.turn
    return page(
        request,
        "map.html.j2",
        desk=at,
        at=at.at,
        day_of=now.day,
        picture=picture,
        title=f"Map, {day(now.day)}: {regions[view]}",
        views=[(n, t, _url(at, at.at, n, layer)) for n, t in regions.items()],
        view=view,
        layers=[(n, x.title, _url(at, at.at, view, n)) for n, x in LAYERS.items()],
        layer=layer,
        about=LAYERS[layer].about,
        dates=[(number, on, turn(number)) for number, on in now.turns()],
        fronts=fronts(now),
        forces=forces(now),
        moves=transfers(scenario, now.power, known),
        zones=now.zones,
        known=known,
        name_of=lambda name: thing_title(scenario, name),
        before=turn(at.at - 1) if at.at > 1 else "",
        after=turn(at.at + 1) if at.at < last else "",
        first=turn(1) if at.at > 1 else "",
        last=turn(last) if at.at < last else "",
    )


def _chosen(
    request: Request, at: Context, what: str, usual: str, known: Mapping[str, object]
) -> str:
    """What an address asks for, if it is there."""
    words = request.query_params.get(what, usual)
    if words in known:
        return words
    raise Lost(f"The map has no {what} {words[:40]}.", "", [(at.url("map"), "The whole map")])


def _url(at: Context, turn: int, view: str, layer: str) -> str:
    return at.url(
        "map",
        at=turn,
        view=None if view == "all" else view,
        layer=None if layer == "forces" else layer,
    )


def fronts(now: TurnView) -> list[Front]:
    """Where every front stands."""
    out: list[Front] = []
    for name, theatre in now.scenario.theatres.items():
        front = f"front:{name}"
        km = now.known.now(front)
        if theatre.axis and km is not None:
            out.append(
                Front(
                    name,
                    theatre.title or name,
                    war_at(now.known, name),
                    km,
                    now.known.stood(front),
                    now.known.change(front) or 0.0,
                    now.known.changed(front),
                    nearest(km, theatre.place),
                )
            )
    return out


def forces(now: TurnView) -> list[Men]:
    """Men in every theatre, own and believed."""
    out: list[Men] = []
    known = now.known
    for name, theatre in now.scenario.theatres.items():
        for power in [now.power] if now.power else now.scenario.powers:
            force, days = f"force:{power}:{name}", f"days:{power}:{name}"
            seen = f"strength_seen:{power}:{name}"
            men, believed = known.now(force), known.now(seen)
            there = (men or 0.0) >= 0.5
            if not there and (believed or 0.0) < 0.5:
                continue
            out.append(
                Men(
                    name,
                    theatre.title or name,
                    thing_title(now.scenario, power),
                    men if there else None,
                    known.stood(force),
                    known.change(force) if there else None,
                    known.changed(force),
                    known.now(days) if there else None,
                    known.stood(days),
                    believed,
                    known.stood(seen),
                )
            )
    return out


ROUTES = [Route("/c/{campaign:int}/{branch:int}/map", shown)]
