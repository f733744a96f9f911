"""Branches: what-ifs of a campaign as a tree, and two of them side by side."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.analysis.numerals import amount, signed
from sinews.analysis.titles import measure_title
from sinews.campaign.log import Decision, Turn
from sinews.series import SERIES
from sinews.web.charts import Curve, Plot, plot
from sinews.web.context import Context, address, context_of
from sinews.web.error_pages import Lost, Refused
from sinews.web.jobs import ask_for
from sinews.web.render import page

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign
    from sinews.campaign.record import Record

_FEW = 12  # quantities that are compared unless all are asked for
_EARLIER = 8  # weeks before the fork that charts show
_FORKING = threading.Lock()


@dataclass(frozen=True)
class Node:
    """A branch in the tree, and those that left it."""

    branch: int
    here: bool
    url: str
    compare: str
    """Where it is laid beside this one; empty for this one."""
    left: str
    """The turn in which it left another, and that day; empty for the first."""
    turn: int
    on: date
    over: bool
    decided: list[str]
    """What it decided since it left the other, in words."""
    children: list[Node]


@dataclass(frozen=True)
class Pair:
    """A quantity on two branches."""

    title: str
    unit: str
    both: Plot
    apart: Plot
    here: str
    there: str
    difference: str


def branches(request: Request) -> Response:
    """The tree; and a new branch made."""
    at = context_of(request)
    if request.method == "POST":
        return _forked(at)
    lines = {each["branch"]: each for each in at.game.branches}
    games = {number: _opened(at, number) for number in lines}
    return page(
        request,
        "branches.html.j2",
        desk=at,
        roots=[_node(at, games, lines, n) for n, each in lines.items() if each["from"] is None],
        count=len(lines),
        turns=[(turn.number, turn.on) for turn in at.game.turns],
        chosen=_chosen(request, at),
        may=_may(at),
        key=secrets.token_hex(8),
    )


def _chosen(request: Request, at: Context) -> int:
    """The turn that the form offers first."""
    words = request.query_params.get("turn", "")
    sound = words.isdecimal() and len(words) < 10 and 1 <= int(words) <= at.game.turn
    return int(words) if sound else at.at


def _opened(at: Context, number: int) -> Campaign:
    """The same seat on another branch."""
    from sinews.campaign.played import Campaign

    if number == at.game.line:
        return at.game
    return Campaign.open(at.store, at.game.number, number, simulate=None, power=at.game.power)


def _may(at: Context) -> bool:
    """Whether the reader may make a branch: for all who play, its owner."""
    return len(at.game.powers) < 2 or at.owner


def _node(
    at: Context, games: dict[int, Campaign], lines: dict[int, dict[str, Any]], number: int
) -> Node:
    game, line = games[number], lines[number]
    turn = line["turn"]
    own = [t for t in game.turns if turn is None or t.number >= turn]
    return Node(
        number,
        number == at.game.line,
        address(game.number, number, f"chronicle/{game.turn}"),
        "" if number == at.game.line else at.url(f"compare/{number}"),
        f"turn {turn}" if turn else "",
        game.turn,
        game.date,
        game.over,
        [_words(game, d) for t in own for d in _own(game, t)],
        [_node(at, games, lines, n) for n, each in lines.items() if each["from"] == number],
    )


def _own(game: Campaign, turn: Turn) -> list[Decision]:
    """What the seat decided in a turn; what all did, of nobody's."""
    return [d for d in turn.decisions if game.power in (None, d.power)]


def _words(game: Campaign, made: Decision) -> str:
    return made.title(game.scenario)


def _forked(at: Context) -> Response:
    """A new branch, and its first page. The same form sent again leads to the same branch."""
    form, game = at.form, at.game
    links = [(at.url("branches"), "To the branches")]
    if form.get("do") != "branch":
        raise Refused(400, "That cannot be done", "The form makes no sense here.", "", links)
    if not _may(at):
        problem = "A branch is made for all who play, by whom the campaign belongs to."
        raise Refused(403, "It is not yours to branch", problem, "", links)
    words, key = form.get("turn"), form.get("key")
    turn = int(words) if words.isdecimal() and len(words) < 10 else 0
    if not 1 <= turn <= game.turn:
        problem = f"A branch leaves at a turn from 1 to {game.turn}; nothing was changed."
        raise Refused(422, "There is no such turn", problem, "", links)
    with _FORKING:
        before = at.store.kept(game.number, "forked", key) if key else None
        number = int(before) if before else game.branch(turn).line
        if key and not before:
            at.store.keep(game.number, "forked", key, str(number).encode())
    there = f"chronicle/{turn}" if turn > 1 else "council"
    return RedirectResponse(address(game.number, number, there), 303)


def compare(request: Request) -> Response:
    """Two branches side by side, as far as the seat sees both."""
    at = context_of(request)
    other = request.path_params["other"]
    if other not in {each["branch"] for each in at.game.branches} or other == at.game.line:
        links = [(at.url("branches"), "To the branches")]
        raise Lost(f"There is no other branch {other} of this campaign.", "", links)
    there = _opened(at, other)
    mine, theirs = at.game.records(), there.records()
    jobs = [
        ask_for(game, "keep", at.user.id)
        for game, found in ((at.game, mine), (there, theirs))
        if found is None
    ]
    if jobs:
        request.app.state.wake()
    parting = _parting(at.game, there)
    whole = request.query_params.get("all") == "1"
    pairs, count = _pairs(at, mine, theirs, parting, whole) if mine and theirs else ([], 0)
    return page(
        request,
        "compare.html.j2",
        desk=at,
        other=other,
        parting=at.game.turns[parting - 1] if parting else None,
        rows=_decisions(at.game, there),
        pairs=pairs,
        count=count,
        whole=whole,
        last=min(at.game.date, there.date),
        there=there,
        job=jobs[0] if jobs else None,
    )


def _parting(one: Campaign, other: Campaign) -> int | None:
    """The first turn in which two branches decided otherwise, or came to another day; None if
    they have not."""
    for a, b in zip(one.turns, other.turns, strict=False):
        if a.on != b.on or _chose(one, a) != _chose(other, b):
            return a.number
    return None


def _chose(game: Campaign, turn: Turn) -> set[tuple[str, str]]:
    return {(d.item, d.choice) for d in _own(game, turn)}


def _decisions(here: Campaign, there: Campaign) -> list[dict[str, Any]]:
    """The decisions that differ: turn, day, item and what each branch chose."""
    titles = {x.name: x.title or x.name for x in here.scenario.agenda}
    out: list[dict[str, Any]] = []
    for a, b in zip_longest(here.turns, there.turns):
        mine = {d.item: _words(here, d) for d in _own(here, a)} if a else {}
        theirs = {d.item: _words(there, d) for d in _own(there, b)} if b else {}
        turn = a or b
        out += [
            {
                "turn": turn.number,
                "on": turn.on,
                "item": titles.get(item, item),
                "here": mine.get(item, ""),
                "there": theirs.get(item, ""),
            }
            for item in dict.fromkeys([*mine, *theirs])
            if mine.get(item) != theirs.get(item)
        ]
    return out


def _pairs(
    at: Context, mine: Record, theirs: Record, parting: int | None, whole: bool
) -> tuple[list[Pair], int]:
    """The quantities that came to differ, those that differ most first; and how many do."""
    last = min(mine.last, theirs.last)
    both = set(mine.names) & set(theirs.names)
    names = [n for n in mine.names if n in both and SERIES[n.partition(":")[0]].forecast]
    found: list[tuple[float, str]] = []
    for name in names:
        one, other = mine.of(name)[: last + 1], theirs.of(name)[: last + 1]
        apart, size = np.abs(one - other).max(), max(np.abs(one).max(), np.abs(other).max())
        # Rounding is no difference.
        if apart > 1e-5 * size:
            found.append((float(apart / size), name))
    found.sort(key=lambda each: -each[0])
    start = at.game.scenario.start
    fork = (at.game.turns[parting - 1].on - start).days // 7 if parting else 0
    weeks = range(max(0, fork - _EARLIER), last + 1)
    chosen = found if whole else found[:_FEW]
    days = [start + timedelta(weeks=week) for week in weeks]
    parted = at.game.turns[parting - 1].on if parting else None
    return [_pair(at, mine, theirs, name, days, parted) for _, name in chosen], len(found)


def _pair(
    at: Context, mine: Record, theirs: Record, name: str, days: Sequence[date], parted: date | None
) -> Pair:
    scenario = at.game.scenario
    first = (days[0] - scenario.start).days // 7
    one, other = (x.of(name)[first : first + len(days)] for x in (mine, theirs))
    series, *labels = name.split(":")
    unit = mine.unit(name)
    return Pair(
        measure_title(scenario, series, labels),
        "" if unit == "1" else unit,
        plot(
            [],
            [Curve("", "other", days, other.tolist()), Curve("", "one", days, one.tolist())],
            now=parted,
        ),
        plot([], [Curve("", "apart", days, (other - one).tolist())], zero=True, now=parted),
        amount(float(one[-1]), unit),
        amount(float(other[-1]), unit),
        signed(float(other[-1] - one[-1]), unit),
    )


_AT = "/c/{campaign:int}/{branch:int}"
ROUTES = [
    Route(_AT + "/branches", branches, methods=["GET", "POST"]),
    Route(_AT + "/compare/{other:int}", compare),
]
