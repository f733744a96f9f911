"""Who may come in: login, invitations, seats, the reader's account."""

from __future__ import annotations

import math
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign.store import Account
from sinews.campaign.store.people import LONGEST_NAME, SHORTEST, Wait
from sinews.errors import Mistake, ScenarioError
from sinews.web.context import address, notice, owns, seat_cookie, seat_of
from sinews.web.error_pages import Lost, Refused
from sinews.web.render import page
from sinews.web.session import (
    SESSION,
    User,
    local_path,
    set_cookie,
    settings_of,
    store_of,
    visit,
)

_SAME_NETWORK = 4  # groups of an IPv6 address that one subscriber has


def login(request: Request) -> Response:
    """GET: who are you? POST: name and password."""
    _with_login(request)
    form = visit(request).form
    then = local_path(form.get("then") or request.query_params.get("then", ""))
    if request.method == "GET":
        if visit(request).user is not None:
            return RedirectResponse(then, 303)
        return _login_page(request, then)
    name = form.get("name")
    try:
        account = store_of(request).people.enter(name, form.get("password"), _from(request))
    except Wait as wait:
        seconds = math.ceil(wait.seconds)
        words = f"Too many wrong passwords: try again in {seconds} s."
        response = _login_page(request, then, name, words, 429)
        response.headers["Retry-After"] = str(seconds)
        return response
    if account is None:
        words = "No account has that name and that password."
        return _login_page(request, then, name, words, 403)
    return _entered(request, account, then)


def logout(request: Request) -> Response:
    """POST: this browser is not the reader's any more."""
    who = visit(request)
    if who.user is not None and who.session:
        store_of(request).people.end(_account(request), who.session)
    response = RedirectResponse("/login" if settings_of(request).login else "/", 303)
    set_cookie(request, response, SESSION, "")
    return response


def account(request: Request) -> Response:
    """GET: where the reader is logged in. POST: end a session, change the password, invite."""
    _with_login(request)
    own, who = _account(request), visit(request)
    people, form = store_of(request).people, who.form
    wrong: tuple[Mistake, ...] = ()
    link = ""
    if request.method == "POST":
        match form.get("do"):
            case "invite" if own.first:
                link = f"{request.base_url}invitation/{people.invite()}"
            case "end":
                people.end(own, form.get("session"))
            case "end-others":
                for each in people.sessions(own):
                    if each.digest != who.session:
                        people.end(own, each.digest)
            case "password":
                try:
                    _change_password(request, own)
                except ScenarioError as error:
                    wrong = error.mistakes
        if not wrong and not link:
            return RedirectResponse("/account", 303)
    return page(
        request,
        "account.html.j2",
        422 if wrong else 200,
        sessions=people.sessions(own),
        this=who.session,
        first=own.first,
        link=link,
        mistakes=wrong,
        shortest=SHORTEST,
    )


def _change_password(request: Request, own: Account) -> None:
    who, people = visit(request), store_of(request).people
    try:
        right = people.enter(own.name, who.form.get("old"), _from(request)) is not None
    except Wait as wait:
        problem = f"has been wrong too often: try again in {math.ceil(wait.seconds)} s"
        raise ScenarioError("account", [Mistake("old password", problem)]) from None
    if not right:
        raise ScenarioError("account", [Mistake("old password", "is wrong")])
    people.change_password(own, who.form.get("new"), who.session)


def invitation(request: Request) -> Response:
    """GET: what one is invited to. POST: take it, with a new account or with one's own."""
    _with_login(request)
    store, who = store_of(request), visit(request)
    token = request.path_params["token"]
    try:
        found = store.people.invitation(token)
    except ScenarioError as error:
        mistake = error.mistakes[0]
        problem = f"The invitation {mistake.problem}."
        links = (("/", "To the library"), ("/login", "Log in"))
        raise Lost(problem, f"{mistake.remedy.capitalize()}.", links) from None
    first = not store.people.accounts()
    title = store.snapshot(found.campaign).title if found.campaign is not None else ""
    wrong: tuple[Mistake, ...] = ()
    form = who.form
    if request.method == "POST":
        then = address(found.campaign, 1, "council") if found.campaign is not None else "/"
        try:
            if who.user is not None and found.campaign is not None:
                store.people.accept(token, _account(request))
                return _at_seat(request, then, found.campaign, found.power)
            if form.get("password") != form.get("again"):
                raise ScenarioError("", [Mistake("password", "is not the same both times")])
            made = store.people.join(form.get("name"), form.get("password"), token)
            return _entered(request, made, then)
        except ScenarioError as error:
            wrong = error.mistakes
    return page(
        request,
        "invitation.html.j2",
        422 if wrong else 200,
        campaign=title,
        power=found.power,
        first=first,
        mistakes=wrong,
        name=form.get("name"),
        shortest=SHORTEST,
        longest_name=LONGEST_NAME,
        there=quote(request.url.path),
    )


def seats(request: Request) -> Response:
    """GET: who plays whom. POST: take a seat, invite to it, take it back, change to another."""
    about = notice(request)
    store, who = store_of(request), visit(request)
    assert who.user is not None  # the guard lets nobody else in
    here = address(about.campaign, about.branch, "seats")
    mine = owns(store, who.user, about.campaign)
    link = ""
    if request.method == "POST":
        power = who.form.get("power")
        if power not in about.titles:
            raise Lost(
                f"Campaign {about.campaign} has no seat of that name.", "", [(here, "Seats")]
            )
        if who.form.get("do") == "change":
            if power == seat_of(request, about.campaign, [power]):
                return _at_seat(request, here, about.campaign, power)
        elif mine and settings_of(request).login:
            token = _ruled(request, who.user, about.campaign, power)
            link = f"{request.base_url}invitation/{token}" if token else ""
        if not link:
            return RedirectResponse(here, 303)
    held = store.people.seats(about.campaign)
    rows = [
        {
            "power": power,
            "title": title,
            "holder": held.get(power),
            "submitted": about.submitted.get(power, False),
            "mine": seat_of(request, about.campaign, [power]) is not None,
            "invitations": [
                each for each in store.people.invitations(about.campaign) if each.power == power
            ],
        }
        for power, title in about.titles.items()
    ]
    return page(
        request,
        "seats.html.j2",
        about=about,
        rows=rows,
        now=seat_of(request, about.campaign, list(about.titles)),
        owner=mine,
        with_login=settings_of(request).login,
        link=link,
    )


def _ruled(request: Request, user: User, campaign: int, power: str) -> str:
    """Do what the owner of a campaign wants with a seat; the token of an invitation, if one."""
    people, form = store_of(request).people, visit(request).form
    match form.get("do"):
        case "sit":
            people.sit(campaign, power, user.id)
        case "rise":
            people.rise(campaign, power)
        case "revoke":
            people.revoke(campaign, form.get("invitation"))
        case "invite":
            if power in people.seats(campaign):
                raise ScenarioError("seats", [Mistake(power, "is taken", "", "take it back first")])
            return people.invite(campaign, power)
    return ""


def _at_seat(request: Request, then: str, campaign: int | None, power: str | None) -> Response:
    """On to a page, in that seat."""
    response = RedirectResponse(then, 303)
    if campaign is not None and power is not None:
        set_cookie(request, response, seat_cookie(campaign), quote(power))
    return response


def _entered(request: Request, account: Account, then: str) -> Response:
    browser = request.headers.get("user-agent", "")
    response = RedirectResponse(then, 303)
    token = store_of(request).people.begin(account, browser)
    set_cookie(request, response, SESSION, token)
    return response


def _login_page(
    request: Request, then: str, name: str = "", wrong: str = "", status: int = 200
) -> Response:
    return page(request, "login.html.j2", status, then=then, name=name, wrong=wrong)


def _account(request: Request) -> Account:
    user = visit(request).user
    assert user is not None  # the guard lets nobody else in
    return Account(user.id, user.name, user.first)


def _with_login(request: Request) -> None:
    if not settings_of(request).login:
        raise Refused(
            404,
            "Nobody logs in here",
            "This server was started without --login: whoever sits at this machine plays.",
            "",
            [("/", "To the library")],
        )


def _from(request: Request) -> str:
    """The address that a password comes from; of a subscriber's many, one."""
    address = request.client.host if request.client else ""
    if ":" in address and "." not in address:
        import ipaddress

        whole = ipaddress.ip_address(address.partition("%")[0]).exploded
        return ":".join(whole.split(":")[:_SAME_NETWORK])
    return address


ROUTES = [
    Route("/login", login, methods=["GET", "POST"]),
    Route("/logout", logout, methods=["POST"]),
    Route("/account", account, methods=["GET", "POST"]),
    Route("/invitation/{token}", invitation, methods=["GET", "POST"]),
    Route("/c/{campaign:int}/{branch:int}/seats", seats, methods=["GET", "POST"]),
]
