"""Pages from templates, and the files that go with them."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sinews import __version__
from sinews.web.session import LOOK, VISIT, cookie_name, cookie_of, set_cookie, visit

if TYPE_CHECKING:
    from sinews.web.context import Context

_ROOM = Path(__file__).parent
# The frame of a page that is fetched for a panel: its main part alone.
_PART = '{% import "parts.html.j2" as parts %}{% block main %}{% endblock %}'
_FOR_EVER = "max-age=31536000, immutable"


@dataclass(frozen=True)
class Appearance:
    """How a reader wants pages to look; kept in a cookie, so that the first paint is right."""

    theme: str = "auto"
    size: int = 100
    zones: str = "standard"
    keys: str = "on"

    def cookie(self) -> str:
        """As the cookie says it.

        >>> Appearance("dark").cookie()
        'dark.100.standard.on'
        """
        return f"{self.theme}.{self.size}.{self.zones}.{self.keys}"


CHOICES = {
    "theme": ("auto", "light", "sepia", "dark"),
    "size": tuple(str(size) for size in range(80, 161, 10)),
    "zones": ("standard", "swapped", "off"),
    "keys": ("on", "off"),
}


def look_of(cookie: str) -> Appearance:
    """The look that a cookie says; of what it does not say, the usual.

    >>> look_of("sepia.120.off.on")
    Appearance(theme='sepia', size=120, zones='off', keys='on')
    >>> look_of("<script>.9999")
    Appearance(theme='auto', size=100, zones='standard', keys='on')
    """
    found: dict[str, Any] = dict(zip(CHOICES, cookie.split("."), strict=False))
    sound = {name: value for name, value in found.items() if value in CHOICES[name]}
    if "size" in sound:
        sound["size"] = int(sound["size"])
    return Appearance(**sound)


def page(
    request: Request, name: str, /, status: int = 200, desk: Context | None = None, **words: Any
) -> Response:
    """A page: whole or, if the address says `part=1`, its main part alone."""
    part = request.query_params.get("part") == "1"
    who, query = visit(request), request.url.query
    content = (
        _templates(part)
        .get_template(name)
        .render(
            {
                "desk": desk,
                "look": look_of(cookie_of(request, LOOK)),
                "user": who.user if who.user and not who.user.local else None,
                "look_cookie": cookie_name(request.app.state.secret, LOOK),
                "token": who.token,
                "path": request.url.path + (f"?{query}" if query else ""),
                **words,
            }
        )
    )
    response = HTMLResponse(content, status)
    response.headers["Vary"] = "Cookie"
    if who.cookie:
        set_cookie(request, response, VISIT, who.cookie)
    if status == 200 and desk is not None and desk.past and not who.cookie:
        return _lasting(request, response)
    return response


def _lasting(request: Request, response: Response) -> Response:
    """A page of a past day: the browser may keep it, and asks whether it is still so. Where the
    address carries this version, it need not ask."""
    if request.query_params.get("v") == __version__:
        response.headers["Cache-Control"] = f"private, {_FOR_EVER}"
        return response
    tag = f'"{sha256(response.body).hexdigest()[:32]}"'
    response.headers["Cache-Control"], response.headers["ETag"] = "private, no-cache", tag
    if request.headers.get("if-none-match") == tag:
        del response.headers["Content-Length"]  # of a body that does not go out
        return Response(status_code=304, headers=dict(response.headers))
    return response


@cache
def _templates(part: bool) -> Environment:
    from sinews.analysis.numerals import amount, band, day, signed

    files = FileSystemLoader(_ROOM / "templates")
    own = ChoiceLoader([DictLoader({"base.html.j2": _PART}), files]) if part else files
    made = Environment(loader=own, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(amount=amount, band=band, day=day, signed=signed, moment=moment)
    made.globals["static"] = static
    return made


def moment(seconds: float) -> str:
    """A moment, as tables write it.

    >>> moment(0)
    '1970-01-01 00:00 UTC'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


# Files.


@dataclass(frozen=True)
class _File:
    content: bytes
    small: bytes | None
    """By gzip, where that helps."""
    kind: str
    digest: str


@cache
def _files() -> dict[str, Path]:
    """The files that pages may name: no other is ever opened."""
    return {path.name: path for path in (_ROOM / "static").iterdir() if path.is_file()}


@cache
def _file(name: str) -> _File:
    content = _files()[name].read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith(("text/", "image/svg")) or kind.endswith("javascript")
    small = gzip.compress(content, mtime=0) if text else None
    return _File(content, small, kind, sha256(content).hexdigest()[:12])


def static(name: str) -> str:
    """The address of a file, which changes with its content."""
    return f"/static/{name}?v={_file(name).digest}"


def file(request: Request) -> Response:
    """The file that an address names."""
    from sinews.web.error_pages import Lost

    name = request.path_params["name"]
    if name not in _files():
        raise Lost(f"There is no file {name[:80]}.")
    found = _file(name)
    same = request.query_params.get("v") == found.digest
    tag = f'"{found.digest}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = f"public, {_FOR_EVER}" if same else "no-cache"
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if found.small is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.small, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.kind
        )
    return Response(found.content, headers=headers, media_type=found.kind)
