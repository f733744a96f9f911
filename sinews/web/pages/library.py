"""The library: campaigns to go on with and scenarios to begin; settings and help."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from zlib import crc32

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign.store import Snapshot
from sinews.campaign.store.shelf import Bookmark
from sinews.errors import Mistake, ScenarioError, shown
from sinews.web.catalogue import UPLOAD, CatalogueEntry, checked_scenario, offers
from sinews.web.context import address, campaigns, seat_of
from sinews.web.error_pages import Lost
from sinews.web.jobs import asked_to_start
from sinews.web.render import CHOICES, look_of, page
from sinews.web.session import (
    LOOK,
    User,
    cookie_name,
    cookie_of,
    local_path,
    store_of,
    visit,
)

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign
    from sinews.scenario import Scenario

_TINTS = 6  # colours of covers
_YEAR = 365 * 86_400


@dataclass(frozen=True)
class Cover:
    """What the library shows of a campaign."""

    number: int
    branch: int
    href: str
    contents: str
    title: str
    who: str
    on: date | None
    turn: int
    over: bool
    rules: bool
    branches: int
    unread: int
    at: int
    """The chapter to go on with; 0 if none was read yet."""
    seated: bool
    """Whether the reader has a seat in it, or it has none."""
    trouble: str = ""

    @property
    def tint(self) -> int:
        """Which colour it has."""
        return (crc32(self.title.encode()) + self.number) % _TINTS


def library(request: Request) -> Response:
    """Campaigns and scenarios."""
    store, user = store_of(request), _user(request)
    places = store.shelf.places(user.id)
    known = campaigns(request)
    order = sorted(known, key=lambda n: (-places[n].at if n in places else 0.0, -n))
    covers = [_cover(request, n, known[n], places.get(n)) for n in order]
    again = next((each for each in covers if not each.trouble), None)
    played = [each for each in covers if not each.rules]
    return page(
        request,
        "library.html.j2",
        again=again,
        chapter=_title(request, again) if again and again.seated else "",
        campaigns=[] if played == [again] else played,
        books=[each for each in covers if each.rules and covers != [again]],
        offers=offers(store.uploads.of(user.id)),
    )


def _cover(request: Request, number: int, snapshot: Snapshot, place: Bookmark | None) -> Cover:
    store = store_of(request)
    numbers = [each.number for each in store.branches(number)]
    branch = place.branch if place and place.branch in numbers else max(numbers, default=1)
    contents = address(number, branch, "contents")
    try:
        game = _opened(request, number, branch)
    except ScenarioError as error:
        words = "; ".join(mistake.problem for mistake in error.mistakes)
        nothing = "", None, 0, False, False, 1, 0, 0, False
        return Cover(number, branch, contents, contents, snapshot.title, *nothing, words)
    seated = not game.powers or seat_of(request, number, game.powers) is not None
    here = place is not None and place.branch == branch
    at = min(place.turn, game.turn) if place and here else 0
    read_to = place.furthest if place and here else 0
    return Cover(
        number,
        branch,
        address(number, branch, f"chronicle/{at or 1}" if seated else "seats"),
        contents,
        game.title,
        _who(game) if seated else "No seat of yours",
        game.date,
        game.turn,
        game.over,
        not game.powers,
        len(numbers),
        max(game.turn - read_to, 0),
        at,
        seated,
    )


def _opened(request: Request, number: int, branch: int) -> Campaign:
    from sinews.campaign.played import Campaign

    game = Campaign.open(store_of(request), number, branch, simulate=None)
    power = seat_of(request, number, game.powers)
    if power is None or power == game.power:
        return game
    return Campaign.open(store_of(request), number, branch, simulate=None, power=power)


def _who(game: Campaign) -> str:
    if game.power is None:
        return "Played by rules"
    return game.scenario.powers[game.power].title or game.power


def _title(request: Request, cover: Cover) -> str:
    """The title of the chapter to go on with; nothing while it is not written."""
    from sinews.campaign.chronicle.chapter import chapter

    found = chapter(_opened(request, cover.number, cover.branch), cover.at or 1)
    return found.title if found else ""


# A scenario.


@dataclass(frozen=True)
class Chair:
    """A power of a scenario."""

    name: str
    title: str
    faces: str
    leader: str
    playable: bool


def scenario(request: Request) -> Response:
    """What a scenario is about, and how to begin it."""
    offer, _, found = _offered(request)
    chairs = _chairs(found)
    asked = [item for item in found.agenda if _player_hears(found, item.minister)]
    return page(
        request,
        "scenario.html.j2",
        offer=offer,
        found=found,
        chairs=chairs,
        player=next((each for each in chairs if each.name == found.player), None),
        asked=asked,
        key=secrets.token_urlsafe(9),
    )


def begin(request: Request) -> Response:
    """Begin a campaign of a scenario, have it played by rules alone, or remove it."""
    store, user, form = store_of(request), _user(request), visit(request).form
    offer, source, found = _offered(request)
    if form.get("do") == "remove" and offer.brought:
        store.uploads.remove(source["upload"], user.id)
        return RedirectResponse("/", 303)
    rules = form.get("do") == "book"
    power = form.get("power")
    seats = [] if rules else form.all("seat") or [power or found.player or ""]
    seats.sort(key=lambda each: each != found.player)  # who begins it takes the first
    unknown = [each for each in seats if each not in found.powers]
    if unknown:
        problem = "choose the power whose seat you take" if not unknown[0] else "is no power of it"
        raise ScenarioError(offer.name, [Mistake("power", problem, value=shown(unknown[0]))])
    says = source | {"seed": _seed(form.get("seed", "1")), "powers": seats, "rules": rules}
    job = asked_to_start(store, says, form.get("key") or secrets.token_urlsafe(9), user.id)
    request.app.state.wake()
    return RedirectResponse(f"/jobs/{job.id}", 303)


def _offered(request: Request) -> tuple[CatalogueEntry, dict[str, Any], Scenario]:
    """The scenario that an address names: as it is offered, where a worker finds it, and whole."""
    place = request.path_params["scenario"]
    store, user = store_of(request), _user(request)
    uploads = store.uploads.of(user.id)
    offer = next((each for each in offers(uploads) if each.place == place), None)
    if offer is None:
        links = [("/", "To the scenarios that there are")]
        raise Lost(f"There is no scenario {place[:60]} here.", "", links)
    if not offer.brought:
        return offer, {"library": offer.name}, checked_scenario(offer.name, None)
    number = int(place.removeprefix(UPLOAD))
    text = next(each.text for each in uploads if each.id == number)
    return offer, {"upload": number}, checked_scenario(offer.name, text)


def _chairs(found: Scenario) -> list[Chair]:
    from sinews.campaign.seats import may_play

    playable = may_play(found)
    return [
        Chair(name, power.title or name, _faced(found, name), power.leader.name, name in playable)
        for name, power in found.powers.items()
    ]


def _faced(found: Scenario, name: str) -> str:
    """The titles of the powers across an axis from one."""
    return ", ".join(found.powers[p].title or p for p in found.faced(name)) or "nobody"


def _player_hears(found: Scenario, minister: str) -> bool:
    return found.player is None or found.ministers[minister].power == found.player


def _seed(words: str) -> int:
    if words.isdecimal() and len(words) <= 10 and int(words) < 2**32:
        return int(words)
    expected = "it must be a whole number from 0 to 4294967295"
    raise ScenarioError("a new campaign", [Mistake("seed", "cannot be used", expected, "", words)])


# Settings and help.

_FIELDS = (
    (
        "theme",
        "Theme",
        "",
        (("auto", "As the system"), ("light", "Light"), ("sepia", "Sepia"), ("dark", "Dark")),
    ),
    ("size", "Text size", "", ()),
    (
        "zones",
        "Taps on a chapter",
        "The left and right fifths of a screen turn the page; the middle always opens the tools.",
        (("standard", "Standard"), ("swapped", "Swapped"), ("off", "Off")),
    ),
    (
        "keys",
        "Letter keys",
        "Single letters and signs as shortcuts; arrows, Home, End and Esc always work.",
        (("on", "On"), ("off", "Off")),
    ),
)

_KEYS = (
    (
        "Reading",
        (
            (("←", "→"), "the chapter before, the chapter after"),
            (("Home", "End"), "the first chapter, the last"),
            (("t", "Enter"), "tools"),
            (("g",), "contents"),
            (("+", "\N{MINUS SIGN}"), "larger text, smaller text"),
            (("d",), "light, sepia, dark"),
        ),
    ),
    (
        "The campaign",
        (
            (("c",), "council"),
            (("m",), "map of that day; there, arrows go from date to date"),
            (("l",), "ledger of that day"),
            (("e",), "estimates of that day"),
            (("u",), "undo the last decision of the open turn"),
        ),
    ),
    (
        "Anywhere",
        (
            (("?",), "this page"),
            (("Esc",), "close what lies over the page"),
        ),
    ),
    (
        "On a touch screen",
        (
            (("left edge", "right edge"), "the chapter before, the chapter after"),
            (("middle",), "tools"),
            (("swipe",), "turn the page"),
        ),
    ),
)


def settings(request: Request) -> Response:
    """How pages look and what keys and taps do."""
    return page(request, "settings.html.j2", fields=_FIELDS)


def choose(request: Request) -> Response:
    """Keep what was chosen, and go back to where that was."""
    form = visit(request).form
    before = look_of(cookie_of(request, LOOK)).cookie().split(".")
    words = [
        form.get(name) if form.get(name) in known else old
        for (name, known), old in zip(CHOICES.items(), before, strict=True)
    ]
    response = RedirectResponse(local_path(form.get("back"), "/settings"), 303)
    # The page's script writes it too.
    name = cookie_name(request.app.state.secret, LOOK)
    response.set_cookie(name, ".".join(words), _YEAR, path="/", samesite="lax")
    return response


def help_(request: Request) -> Response:
    """What the keys and taps do."""
    return page(request, "help.html.j2", keys=_KEYS)


def _user(request: Request) -> User:
    user = visit(request).user
    assert user is not None  # the guard lets nobody else in
    return user


ROUTES = [
    Route("/", library, methods=["GET"]),
    Route("/s/{scenario}", scenario, methods=["GET"]),
    Route("/s/{scenario}", begin, methods=["POST"]),
    Route("/settings", settings, methods=["GET"]),
    Route("/settings", choose, methods=["POST"]),
    Route("/help", help_, methods=["GET"]),
]
