"""What stands before every page: who asks, whether the request may come in, and what is forbidden
to the page that goes out."""

from __future__ import annotations

import sys
import traceback
from dataclasses import replace
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sinews.campaign.store import Store
from sinews.errors import ScenarioError
from sinews.web.error_pages import Refused, answered
from sinews.web.session import (
    BrowserSession,
    Form,
    Settings,
    known_host,
    same_place,
    visit_of,
)

LARGEST = 2**20  # bytes of a form
_FIELDS, _FILES = 200, 1
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_OPEN = ("/login", "/invitation/", "/static/", "/settings", "/help")  # without login

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class CheckedApp:
    """The application behind its checks."""

    def __init__(self, app: ASGIApp, store: Store, settings: Settings, secret: bytes) -> None:
        self._app, self._store, self._settings, self._secret = app, store, settings, secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request = Request(scope, receive)
        try:
            response = await self._let_in(request)
            if response is not None:
                await response(scope, receive, guarded)
            else:
                await self._app(scope, request.receive, guarded)
        except ClientDisconnect:
            return  # nobody is there to be told, and nothing was done
        except Exception as error:
            if not isinstance(error, ScenarioError | Refused | HTTPException):
                traceback.print_exception(error, file=sys.stderr)
            if began:
                raise
            response = await to_thread.run_sync(answered, request, error)
            await response(scope, receive, guarded)

    async def _let_in(self, request: Request) -> Response | None:
        """What is answered at once; None if the page is to answer."""
        request.scope["visit"] = BrowserSession(None, "")
        host = request.headers.get("host", "")
        if not known_host(host, self._settings):
            raise Refused(
                421,
                "This server does not go by that name",
                f'"{host[:80]}" is no name of this server.',
                "Use the address that `sinews serve` printed; --allow-host adds a name.",
            )
        if request.method not in ("GET", "HEAD", "POST"):
            raise HTTPException(405)
        if request.url.path.startswith("/static/"):
            return None
        known = self._store, self._settings, dict(request.cookies), self._secret
        visit = await to_thread.run_sync(visit_of, *known)
        request.scope["visit"] = visit
        if request.method == "POST":
            self._check_sender(request)
            form = await _form(request)
            request.scope["visit"] = replace(visit, form=form)
            _check_token(form.get("token"), visit.token)
        if visit.user is None and not request.url.path.startswith(_OPEN):
            there = request.url.path
            if request.method == "GET":
                there += f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/login?then={quote(there)}", 303)
        return None

    def _check_sender(self, request: Request) -> None:
        """Forms come from pages of this server only."""
        headers = request.headers
        if (site := headers.get("sec-fetch-site")) is not None:
            own = site in ("same-origin", "none")
        else:
            origin, host = headers.get("origin"), headers.get("host", "")
            own = origin is None or same_place(origin, request.url.scheme, host)
        if not own:
            raise Refused(
                403,
                "That form came from another site",
                "Nothing was done: forms are taken from this server's own pages only.",
                "Open the page here, and send its form again.",
            )


async def _form(request: Request) -> Form:
    """The form that a request brings. Raises Refused if it is too large or is none."""
    headers = Headers(scope=request.scope)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS:
        raise Refused(415, "That is no form", "Only forms can be sent here.", "")
    length = headers.get("content-length", "0")
    body = bytearray()
    if not length.isdecimal() or int(length) <= LARGEST:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                break
    if len(body) > LARGEST or (length.isdecimal() and int(length) > LARGEST):
        raise Refused(
            413,
            "That is too large",
            f"A form may have {LARGEST // 2**20} MB; nothing of it was kept.",
            "Send less.",
        )

    async def again() -> Message:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    whole = Request(request.scope, again)
    try:
        found = await whole.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=LARGEST)
    except HTTPException as error:
        raise Refused(400, "That form cannot be read", str(error.detail), "") from None
    rows: list[tuple[str, str]] = []
    file, file_name = None, ""
    for name, value in found.multi_items():
        if isinstance(value, UploadFile):
            file, file_name = await value.read(), value.filename or ""
        else:
            rows.append((name, value))
    await whole.close()
    return Form(tuple(rows), file, file_name)


def _check_token(given: str, own: str) -> None:
    import hmac

    if not hmac.compare_digest(given.encode(), own.encode()):
        raise Refused(
            403,
            "That form is too old",
            "Nothing was done: it was made before you logged in or out, or by another browser.",
            "Go back, load the page again, and send it once more.",
        )
