"""The desk that a page is read or a decision taken at: which campaign, branch, seat and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request

from sinews.campaign.store import Job, Snapshot, Store
from sinews.web.error_pages import Lost, Played, Refused
from sinews.web.jobs import ask_for, key_of
from sinews.web.session import Form, User, cookie_of, store_of, visit

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign


@dataclass
class Context:
    """What stands on it; `at` is the turn that is looked at."""

    game: Campaign
    at: int
    user: User
    form: Form
    request: Request

    @property
    def store(self) -> Store:
        """Where the campaign is kept."""
        return self.game.store

    @property
    def past(self) -> bool:
        """Whether what is looked at can no longer change."""
        return self.at < self.game.turn

    @cached_property
    def seats(self) -> list[str]:
        """The powers that the reader may play; where nobody logs in, all that have a seat."""
        return _seats(self.store, self.user, self.game.number, self.game.powers)

    @property
    def owner(self) -> bool:
        """Whether the campaign belongs to the reader."""
        return owns(self.store, self.user, self.game.number)

    def url(self, page: str, **query: Any) -> str:
        """The address of one of the campaign's pages; what is None is left out."""
        return address(self.game.number, self.game.line, page, **query)

    def ask(self, kind: str, later: bool = False, **says: Any) -> Job:
        """Have a worker do something for this seat; the same, asked again, is the same job."""
        job = ask_for(self.game, kind, self.user.id, later, **says)
        self.request.app.state.wake()
        return job

    def under_way(self, kind: str, **says: Any) -> Job:
        """The job that makes what a page lacks, asked for if nobody has, and hastened if it waits.
        One that failed or was cancelled is given as it is: only who reads the page asks again."""
        found = self.last_job(kind, **says)
        settled = found is not None and found.state in ("running", "failed", "cancelled")
        return found if found is not None and settled else self.ask(kind, **says)

    def last_job(self, kind: str, **says: Any) -> Job | None:
        """The last job of that kind; None if nobody asked for it."""
        return self.store.jobs.last(key_of(self.game, kind, **says))

    def own_job(self, number: str) -> Job | None:
        """The campaign's job of that number that this seat asked for; None if there is none."""
        jobs = self.store.jobs.of(self.game.number)
        return next((j for j in jobs if str(j.id) == number and j.power == self.game.power), None)

    def fresh(self) -> None:
        """Raise Played if the form is of a turn that is over, unless it was taken then already:
        whoever sends it twice gets the first answer again."""
        words = self.form.get("turn")
        if not words.isdecimal() or len(words) > 9 or int(words) >= self.game.turn:
            return
        key = self.form.get("key")
        entries = self.store.log(self.game.number, self.game.line)
        if key and any(entry.key == key for entry in entries):
            return
        now = self.game.turn
        links = [
            (self.url(f"chronicle/{now}"), f"Read the chapter of turn {now}"),
            (self.url("council"), f"To the council of turn {now}"),
        ]
        raise Played(int(words), now, links)


@dataclass(frozen=True)
class Notice:
    """What everybody who has to do with a campaign may know of it."""

    campaign: int
    branch: int
    title: str
    turn: int
    date: date
    over: bool
    submitted: dict[str, bool]
    """By power; nobody, where the campaign is played by rules alone."""
    titles: dict[str, str]


def context_of(request: Request) -> Context:
    """The desk of a page. Raises Lost if it asks for what there is not, or is not the reader's."""
    store, user = store_of(request), _reader(request)
    number, branch = _numbers(request, store)
    game = _opened(store, number, branch)
    if game.powers:
        power = _power(request, store, user, game.powers, number, branch)
        if power != game.power:
            game = _opened(store, number, branch, power)
    elif not owns(store, user, number):
        raise _not_yours(number)
    return Context(game, _turn(request, game), user, visit(request).form, request)


def notice(request: Request) -> Notice:
    """What its owner, or one who has a seat in it, may know of a campaign without sitting down."""
    store, user = store_of(request), _reader(request)
    number, branch = _numbers(request, store)
    game = _opened(store, number, branch)
    if not owns(store, user, number) and not _seats(store, user, number, game.powers):
        raise _not_yours(number)
    titles = {p: game.scenario.powers[p].title or p for p in game.powers}
    return Notice(
        number, branch, game.title, game.turn, game.date, game.over, game.submitted, titles
    )


def campaigns(request: Request) -> dict[int, Snapshot]:
    """The campaigns that the reader may open, by number."""
    store, user = store_of(request), _reader(request)
    every = store.campaigns()
    if user.local:
        return every
    seats, owners = store.people.seats_of(user.id), store.people.owners()
    return {
        n: each
        for n, each in every.items()
        if n in seats or owners.get(n) == user.id or (user.first and n not in owners)
    }


def seat_of(request: Request, campaign: int, powers: Sequence[str]) -> str | None:
    """The power whose seat the reader takes in a campaign, of those that have one; None if he has
    none to take."""
    own = _seats(store_of(request), _reader(request), campaign, powers)
    chosen = unquote(cookie_of(request, seat_cookie(campaign)))
    return chosen if chosen in own else next(iter(own), None)


def seat_cookie(campaign: int) -> str:
    """What a browser keeps of which of several seats a reader takes."""
    return f"seat-{campaign}"


def owns(store: Store, user: User, campaign: int) -> bool:
    """Whether a campaign belongs to a reader."""
    return user.local or store.people.owner(campaign) == user.id


def address(campaign: int, branch: int, page: str, **query: Any) -> str:
    """The address of a campaign's page; what is None is left out.

    >>> address(1, 2, "number/front:moscow", at=3, sort=None)
    '/c/1/2/number/front%3Amoscow?at=3'
    """
    words = urlencode({name: value for name, value in query.items() if value is not None})
    return f"/c/{campaign}/{branch}/{quote(page)}" + (f"?{words}" if words else "")


def _reader(request: Request) -> User:
    user = visit(request).user
    assert user is not None  # the guard lets nobody else in
    return user


def _numbers(request: Request, store: Store) -> tuple[int, int]:
    """The campaign and the branch that an address names, both there."""
    number, branch = (request.path_params[name] for name in ("campaign", "branch"))
    known = campaigns(request)
    if number not in known:
        raise Lost(f"There is no campaign {number} here.", "", _library())
    branches = [each.number for each in store.branches(number)]
    if branch not in branches:
        links = [(address(number, b, "contents"), f"Branch {b}") for b in branches[:12]]
        problem = f"Campaign {number} has no branch {branch}."
        raise Lost(problem, "It has these:", links)
    return number, branch


def _opened(store: Store, number: int, branch: int, power: str | None = None) -> Campaign:
    from sinews.campaign.played import Campaign

    return Campaign.open(store, number, branch, simulate=None, power=power)


def _seats(store: Store, user: User, campaign: int, powers: Sequence[str]) -> list[str]:
    if user.local:
        return list(powers)
    held = store.people.seats(campaign)
    return [power for power in powers if power in held and held[power].id == user.id]


def _power(
    request: Request, store: Store, user: User, powers: Sequence[str], number: int, branch: int
) -> str:
    """The seat that the reader takes."""
    power = seat_of(request, number, powers)
    if power is not None:
        return power
    links = [(address(number, branch, "seats"), "Who holds its seats")]
    raise Refused(
        403,
        "You have no seat in this campaign",
        "It is yours, but what its powers know is for those who play them.",
        "Take a seat that is free.",
        links,
    )


def _turn(request: Request, game: Campaign) -> int:
    """The turn that an address asks for: the open one, if it does not say."""
    words = request.path_params.get("turn", request.query_params.get("at", ""))
    if words in ("", None):
        return game.turn
    turn = int(words) if str(words).isdecimal() and len(str(words)) < 10 else 0
    if 1 <= turn <= game.turn:
        return turn
    last = (address(game.number, game.line, f"chronicle/{game.turn}"), f"Turn {game.turn}")
    problem = f"There is no turn {str(words)[:20]}: this campaign stands at turn {game.turn}."
    raise Lost(problem, "Here is the newest:", [last])


def _not_yours(number: int) -> Lost:
    return Lost(f"There is no campaign {number} here.", "", _library())


def _library() -> list[tuple[str, str]]:
    return [("/", "To the campaigns that there are")]
