"""Scenarios that a reader brings: checked like any other before anything is kept."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.errors import SHOWN, Mistake, ScenarioError
from sinews.web.catalogue import UPLOAD, read_upload
from sinews.web.render import page
from sinews.web.session import store_of, visit

MOST = 256  # kB of text


def upload(request: Request) -> Response:
    """GET: bring a scenario. POST: check it, and keep it if nothing is wrong with it."""
    if request.method == "GET":
        return _page(request)
    who = visit(request)
    assert who.user is not None  # the guard lets nobody else in
    content = who.form.file or who.form.get("text").replace("\r\n", "\n").encode()
    name = _named(who.form.file_name or who.form.get("name"))
    try:
        title = _checked(content, name)
        text = content.decode("utf-8-sig")
        number = store_of(request).uploads.add(name, title, text, who.user.id)
    except ScenarioError as error:
        # What was typed stays; what is too long to be a scenario need not.
        shown = content.decode(errors="replace") if len(content) <= MOST * 1024 else ""
        return _page(request, shown, name, error)
    return RedirectResponse(f"/s/{UPLOAD}{number}", 303)


def _checked(content: bytes, name: str) -> str:
    """The title of a scenario with nothing wrong in it. Raises ScenarioError with all that is."""
    if not content.strip():
        mistake = Mistake("", "is empty", "", "choose a file, or write a text")
        raise ScenarioError(name, [mistake])
    if len(content) > MOST * 1024:
        problem = f"is larger than {MOST} kB, which no scenario need be"
        remedy = "what it has in common with a shipped scenario, it can take by `extends`"
        raise ScenarioError(name, [Mistake("", problem, "", remedy)])
    return read_upload(content, name).title


def _named(given: str) -> str:
    """The name of a scenario that is brought.

    >>> _named("My war (2).toml"), _named("../../etc/passwd"), _named("")
    ('my-war-2', 'passwd', 'scenario')
    """
    stem = re.split(r"[/\\]", given)[-1].lower().removesuffix(".toml")
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:40].strip("-") or "scenario"


def _page(
    request: Request, text: str = "", name: str = "", error: ScenarioError | None = None
) -> Response:
    mistakes = error.mistakes if error else ()
    return page(
        request,
        "upload.html.j2",
        422 if error else 200,
        most=MOST,
        text=text,
        name=name,
        wrong=f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''}",
        mistakes=mistakes[:SHOWN],
        left=max(0, len(mistakes) - SHOWN),
    )


ROUTES = [Route("/upload", upload, methods=["GET", "POST"])]
