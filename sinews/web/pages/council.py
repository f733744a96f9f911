"""The council room: the agenda of the open turn, an item's papers, and those of past meetings."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign import agenda
from sinews.campaign.log import Act, Decision, Turn
from sinews.campaign.pages import item_page
from sinews.scenario import Scenario
from sinews.scenario.council import AgendaItem
from sinews.web import item_view
from sinews.web.context import Context, address, context_of, notice
from sinews.web.error_pages import Lost, Refused
from sinews.web.render import page
from sinews.web.stream import stream


@dataclass(frozen=True)
class ItemLine:
    """An item on the agenda: a line of its list."""

    name: str
    title: str
    question: str
    who: str
    until: date | None
    new: bool
    decided: Decision | None
    option: str
    """The title of what was decided; empty if nothing is."""


def council(request: Request) -> Response:
    """The agenda of the open turn, or what a past meeting decided; and what is done about them."""
    at = context_of(request)
    if request.method == "POST":
        return _done(at)
    if at.past:
        return _meeting(request, at)
    if "submit" in request.query_params:
        return _submitting(request, at)
    game, now = at.game, at.game.turns[-1]
    submitted = game.submitted
    silent = bool(game.power) and submitted.get(game.power or "", False) and not game.over
    others = [p for p, done in submitted.items() if not done]
    decisions = [] if game.power is None else own(now, game.power)
    acts = [act for act in now.acts if act.power == game.power]
    back = [d for d in now.back if d.power == game.power]
    lines = _lines(at)
    return page(
        request,
        "council.html.j2",
        desk=at,
        power=title_of(game.scenario, game.power),
        items=lines,
        reports=game.reports,
        news=[line.title for line in lines if line.new],
        waiting=silent,
        others=[title_of(game.scenario, p) for p in others],
        submitted=sum(submitted.values()),
        job=at.last_job("advance", turn=game.turn, weeks=None) if silent and not others else None,
        playing=game.power is not None and not game.over,
        watching=game.power is None,
        decisions=decisions,
        last_title=_last(at, acts[-1]) if acts else "",
        redo=back[-1].title(game.scenario) if back else "",
        seats=[
            {"title": title_of(game.scenario, p), "submitted": done}
            for p, done in submitted.items()
        ],
        meetings=[
            {"turn": turn.number, "date": turn.on, "decisions": _made(at, turn)}
            for turn in reversed(game.turns[:-1])
            if _made(at, turn)
        ],
        key=secrets.token_hex(8),
    )


def events(request: Request) -> Response:
    """Whether another seat has submitted, or the turn has passed, since a page was made."""
    known = [request.query_params.get(name, "") for name in ("turn", "submitted")]

    def look() -> tuple[dict[str, Any], bool]:
        now = notice(request)
        if known == [str(now.turn), str(sum(now.submitted.values()))]:
            return {"state": "running", "total": 0, "words": ""}, False
        there = "council" if known[0] == str(now.turn) else f"chronicle/{now.turn}"
        return {"state": "done", "url": address(now.campaign, now.branch, there)}, True

    if request.query_params.get("json") == "1":
        return JSONResponse(look()[0])
    return stream(look)


def item(request: Request) -> Response:
    """An item: its report, forecasts and advice, its options to decide among."""
    at = context_of(request)
    name = request.path_params["item"]
    if request.method == "POST":
        return _decided(at, name)
    if at.past:
        return _paper(request, at, name)
    game, now = at.game, at.game.turns[-1]
    made = next((d for d in now.decisions if d.item == name and d.power == game.power), None)
    if made is None and (closed := _closed(at, name)) is not None:
        return closed
    found = game.paper(name) if made is None else game.paper_of(now.number, name)
    job = None if found or made else at.under_way("paper", item=name)
    lines = _lines(at)
    place = next(i for i, line in enumerate(lines) if line.name == name)
    decisions = own(now, game.power)
    return page(
        request,
        "item.html.j2",
        desk=at,
        **_shown(at, name, found),
        decided=made,
        past=False,
        day_of=game.date,
        back=at.url("council"),
        place=place + 1,
        count=len(lines),
        last_entry=decisions[-1].entry if decisions else None,
        job=job,
        **_neighbours([(line.title, at.url(f"council/{line.name}")) for line in lines], place),
        key=secrets.token_hex(8),
    )


def _paper(request: Request, at: Context, name: str) -> Response:
    """The paper on which an item was decided at a past meeting, as it was."""
    then = at.game.turns[at.at - 1]
    made = next((d for d in _decisions(at, then) if d.item == name), None)
    found = at.game.paper_of(at.at, name) if _known(at, name) else None
    if made is None and found is None:
        links = [(at.url("council", at=at.at), "The papers of that meeting")]
        raise Lost(f"No such item was decided in turn {at.at}.", "", links)
    names = [d.item for d in _decisions(at, then)]
    place = names.index(name) if name in names else 0
    urls = [(_item(at, n).title or n, at.url(f"council/{n}", at=at.at)) for n in names]
    return page(
        request,
        "item.html.j2",
        desk=at,
        **_shown(at, name, found),
        decided=made,
        past=True,
        day_of=then.on,
        back=at.url("council", at=at.at),
        place=place + 1,
        count=len(names),
        last_entry=None,
        job=None,
        **_neighbours(urls, place),
        at=at.at,
        key="",
    )


def _shown(at: Context, name: str, found: dict[str, Any] | None) -> dict[str, Any]:
    """What a page says of an item, with as much of its paper as is kept."""
    about = _item(at, name)
    paper = found or item_page(at.game.scenario, about, (), {}, {}, at.game.date)
    answers = [each["answer"] for each in paper.get("answers", ())]
    return {
        "paper": paper,
        "until": about.until,
        "sentences": answers or [x for x in (paper["answer"],) if x],
        "titles": {option["name"]: option["title"] for option in paper["options"]},
        "facets": item_view.facets(paper),
        "estimates": item_view.estimates(paper),
        "voices": item_view.voices(paper),
        "costs": item_view.costs(paper, at.game.power),
        "members": paper.get("near", 0),
    }


def _meeting(request: Request, at: Context) -> Response:
    """What a past meeting decided."""
    then = at.game.turns[at.at - 1]
    power = at.game.power
    return page(
        request,
        "papers.html.j2",
        desk=at,
        at=at.at,
        day_of=then.on,
        power=title_of(at.game.scenario, power),
        items=[_line(at, _item(at, d.item), d, False) for d in _decisions(at, then)],
        before=at.url("council", at=at.at - 1) if at.at > 1 else None,
        after=at.url("council", at=at.at + 1 if at.at + 1 < at.game.turn else None),
    )


def _submitting(request: Request, at: Context) -> Response:
    """Whether the turn is to be submitted: asked once, because it cannot be taken back."""
    _must_play(at)
    open_ = [line.title for line in _lines(at) if line.decided is None]
    key = secrets.token_hex(8)
    left = -(-(at.game.scenario.end - at.game.date).days // 7)
    return page(
        request,
        "submit.html.j2",
        desk=at,
        open=open_,
        seats=at.game.powers,
        weeks="One week" if left == 1 else "Two weeks",
        key=key,
    )


def _done(at: Context) -> Response:
    """The agenda's forms."""
    game, form = at.game, at.form
    at.fresh()
    key = form.get("key") or None
    match form.get("do"):
        case "undo":
            game.undo(key)
        case "redo":
            game.redo(key)
        case "reset":
            game.reset(key)
        case "submit":
            _must_play(at)
            said = game.submit(key)
            if said["ready"]:
                return _advancing(at, said["turn"])
        case "advance" if all(game.submitted.values()):
            return _advancing(at, game.turn)
        case other:
            raise _unknown(other, at)
    return RedirectResponse(at.url("council"), 303)


def _advancing(at: Context, turn: int) -> Response:
    """On to the job that lets time pass."""
    return RedirectResponse(f"/jobs/{at.ask('advance', turn=turn, weeks=None).id}", 303)


def _decided(at: Context, name: str) -> Response:
    """An item's forms."""
    form = at.form
    at.fresh()
    match form.get("do"):
        case "decide":
            at.game.decide(name, form.get("option"), form.get("key") or None)
        case "undo":
            at.game.undo(form.get("key") or None)
        case "cancel":
            job = at.own_job(form.get("job"))
            if job is not None:
                at.store.jobs.cancel(job.id)
        case "ask":
            if at.game.paper(name) is None:
                at.ask("paper", item=name)
        case other:
            raise _unknown(other, at)
    return RedirectResponse(at.url(f"council/{name}"), 303)


def _unknown(do: str, at: Context) -> Refused:
    problem = f"A council can do many things, but not {do[:40]!r}."
    return Refused(400, "That cannot be done", problem, "", [(at.url("council"), "To the council")])


def _must_play(at: Context) -> None:
    if at.game.power is None:
        problem = "This campaign plays by itself: there is no turn to submit."
        raise Refused(409, "Nobody plays here", problem, "", [(at.url("council"), "Back")])


# What there is to decide.


def own(turn: Turn, power: str | None) -> list[Decision]:
    """What a power decided in a turn."""
    return [d for d in turn.decisions if d.power == power]


def title_of(scenario: Scenario, power: str | None) -> str:
    """A power by its title; nothing for nobody."""
    return (scenario.powers[power].title or power) if power else ""


def _decisions(at: Context, turn: Turn) -> list[Decision]:
    """Those of a past turn that the page tells: the seat's own; all, of nobody's."""
    return list(turn.decisions) if at.game.power is None else own(turn, at.game.power)


def _known(at: Context, name: str) -> bool:
    return any(x.name == name for x in agenda.heard(at.game.scenario, at.game.power))


def _item(at: Context, name: str) -> AgendaItem:
    return next(x for x in at.game.scenario.agenda if x.name == name)


def _closed(at: Context, name: str) -> Response | None:
    """What is answered of an item that is not open: where it was decided, or that there is none."""
    game = at.game
    mistake = agenda.absent(game.scenario, game.turns, game.power, name)
    if mistake is None:
        return None
    for turn in game.turns:
        if any(d.item == name and d.power == game.power for d in turn.decisions):
            return RedirectResponse(at.url(f"council/{name}", at=turn.number), 303)
    links = [(at.url("council"), "To the agenda")]
    raise Lost(f"{mistake.value or name}: {mistake.problem}.", mistake.remedy, links)


def _lines(at: Context) -> list[ItemLine]:
    """The agenda of the open turn: what is open and what is decided in it."""
    game, now = at.game, at.game.turns[-1]
    made = {d.item: d for d in own(now, game.power)}
    there = {*game.agenda, *made}
    before = game.turns[-2].on if len(game.turns) > 1 else None
    return [
        _line(at, x, made.get(x.name), before is not None and _new(x, now, before))
        for x in agenda.heard(game.scenario, game.power)
        if x.name in there
    ]


def _new(about: AgendaItem, now: Turn, before: date) -> bool:
    """Whether an item was not on the table at the last meeting."""
    return about.name in now.raised or (about.from_ is not None and about.from_ > before)


def _line(at: Context, about: AgendaItem, made: Decision | None, new: bool) -> ItemLine:
    scenario = at.game.scenario
    minister = scenario.ministers[about.minister]
    return ItemLine(
        about.name,
        about.title or about.name,
        about.question,
        ", ".join(x for x in (minister.name, minister.title or about.minister) if x),
        about.until,
        new,
        made,
        made.title(scenario) if made else "",
    )


def _made(at: Context, turn: Turn) -> list[dict[str, str]]:
    return [
        {
            "title": _item(at, d.item).title or d.item,
            "option": d.title(at.game.scenario),
        }
        for d in _decisions(at, turn)
    ]


def _last(at: Context, made: Act) -> str:
    """What would be taken back first."""
    if isinstance(made, Decision):
        return _item(at, made.item).title
    return made.title(at.game.scenario)


def _neighbours(pages: Sequence[tuple[str, str]], place: int) -> dict[str, Any]:
    """The pages before and after one, for links and keys."""
    names = "before before_title after after_title first last".split()
    out: dict[str, Any] = dict.fromkeys(names, "")
    if place > 0:
        out |= {"before_title": pages[place - 1][0], "before": pages[place - 1][1]}
    if place + 1 < len(pages):
        out |= {"after_title": pages[place + 1][0], "after": pages[place + 1][1]}
    if len(pages) > 1:
        out |= {"first": pages[0][1], "last": pages[-1][1]}
    return out


_AT = "/c/{campaign:int}/{branch:int}"
ROUTES = [
    Route(_AT + "/council", council, methods=["GET", "POST"]),
    Route(_AT + "/council/{item}", item, methods=["GET", "POST"]),
    Route(_AT + "/events", events),
]
