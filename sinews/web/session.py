"""Who asks for a page: the reader, the form that came along, and the token that forms carry."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from sinews.campaign.store import Account, Store

LOCAL = 0  # the account of the reader where nobody logs in
# What a browser keeps: what it is known by once logged in and before, and how pages look.
SESSION, VISIT, LOOK = "session", "visit", "look"
_LONGEST = 30 * 86_400


@dataclass(frozen=True)
class Settings:
    """How a server was started."""

    login: bool = False
    hosts: frozenset[str] = frozenset()
    """Names by which it may be asked for, beside those of this machine."""
    any_address: bool = False
    """Whether it may be asked for by any number: it listens on all of the machine's addresses."""


@dataclass(frozen=True)
class User:
    """A reader: one who has logged in or, without login, whoever sits at this machine."""

    id: int
    name: str
    first: bool
    """Whether what nobody owns is theirs."""

    @property
    def local(self) -> bool:
        """Whether nobody logs in."""
        return self.id == LOCAL


@dataclass(frozen=True)
class Form:
    """What a form says. A field that came twice has several values."""

    rows: tuple[tuple[str, str], ...] = ()
    file: bytes | None = field(default=None, repr=False)
    file_name: str = ""

    def get(self, name: str, otherwise: str = "") -> str:
        """A field's value; of several, the last."""
        return next((value for key, value in reversed(self.rows) if key == name), otherwise)

    def all(self, name: str) -> list[str]:
        """All of a field's values."""
        return [value for key, value in self.rows if key == name]


@dataclass(frozen=True)
class BrowserSession:
    """A browser that asks for a page."""

    user: User | None
    """None before login."""
    token: str
    """What its forms carry, so that no other site can send them."""
    session: str = ""
    """The digest of its session; empty where nobody has logged in."""
    cookie: str = ""
    """What it is to be known by from now on; empty if it is known already."""
    form: Form = Form()


def visit(request: Request) -> BrowserSession:
    """The visit that a request is part of."""
    return request.scope["visit"]


def store_of(request: Request) -> Store:
    """The store that the pages are about."""
    return request.app.state.store


def settings_of(request: Request) -> Settings:
    """How the server was started."""
    return request.app.state.settings


def cookie_name(secret: bytes, what: str) -> str:
    """What a store's cookie is called, by the store's secret. A browser sends a cookie to every
    server of a host, whatever its port (RFC 6265, 8.5): of two, each must know its own."""
    return f"sinews-{what}-{sha256(b'cookies of ' + secret).hexdigest()[:8]}"


def cookie_of(request: Request, what: str) -> str:
    """What the browser keeps for this server; empty if nothing."""
    return request.cookies.get(cookie_name(request.app.state.secret, what), "")


def visit_of(
    store: Store, settings: Settings, cookies: dict[str, str], secret: bytes
) -> BrowserSession:
    """The visit of a browser with such cookies."""
    if settings.login and (token := cookies.get(cookie_name(secret, SESSION))):
        session = store.people.session(token)
        if session is not None:
            return BrowserSession(
                user_of(session.account), _form_token(secret, token), session.digest
            )
    known = cookies.get(cookie_name(secret, VISIT), "")
    cookie = "" if len(known) == 43 else secrets.token_urlsafe(32)
    user = None if settings.login else User(LOCAL, "", True)
    return BrowserSession(user, _form_token(secret, known if not cookie else cookie), cookie=cookie)


def user_of(account: Account) -> User:
    """The reader that an account stands for."""
    return User(account.id, account.name, account.first)


def _form_token(secret: bytes, cookie: str) -> str:
    return hmac.digest(secret, f"form {cookie}".encode(), "sha256").hex()


def set_cookie(request: Request, response: Response, what: str, value: str) -> None:
    """Have the browser keep a value that no script can read; an empty one is forgotten."""
    response.set_cookie(
        cookie_name(request.app.state.secret, what),
        value,
        max_age=_LONGEST if value else 0,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def local_path(words: str, otherwise: str = "/") -> str:
    """Where to go on, if that is a page of this server; else another.

    >>> local_path("/c/1/1/council?at=2"), local_path("//evil.org/x"), local_path("https://evil.org")
    ('/c/1/1/council?at=2', '/', '/')
    """
    plain = words.isascii() and words.isprintable() and "\\" not in words
    if not plain or not words.startswith("/") or words.startswith("//"):
        return otherwise
    parts = urlsplit(words)
    return otherwise if parts.scheme or parts.netloc else words


def known_host(host: str, settings: Settings) -> bool:
    """Whether a server may be asked for by that name: no other site's name leads to it.

    >>> known_host("localhost:8000", Settings()), known_host("evil.org", Settings())
    (True, False)
    """
    name = _bare(host)
    if name in ("localhost", "127.0.0.1", "::1") or name in settings.hosts:
        return True
    return settings.any_address and _is_number(name)


def same_place(address: str, scheme: str, host: str) -> bool:
    """Whether an Origin is that of the server itself."""
    return address == f"{scheme}://{host}"


def lowered(names: Iterable[str]) -> frozenset[str]:
    """Names of hosts as they are compared."""
    return frozenset(_bare(name) for name in names)


def _bare(host: str) -> str:
    """A host's name without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _is_number(name: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
