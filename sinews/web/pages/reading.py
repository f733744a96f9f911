"""The chronicle as it is read: chapters, contents, the book to take along."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign.chronicle import book, figures
from sinews.campaign.chronicle.chapter import chapter, contents
from sinews.campaign.chronicle.likeness import Like, like
from sinews.campaign.chronicle.prose import Paragraph, Run
from sinews.campaign.store import Job
from sinews.web.context import Context, address, campaigns, context_of
from sinews.web.error_pages import Lost
from sinews.web.pages.council import title_of
from sinews.web.render import page


@dataclass(frozen=True)
class Way:
    """Where a reader goes on."""

    words: str
    href: str
    rel: str = ""


@dataclass(frozen=True)
class Matter:
    """Something that the council is asked."""

    title: str
    question: str
    href: str


@dataclass(frozen=True)
class Also:
    """Something else to read, and why."""

    title: str
    why: str
    href: str


def read(request: Request) -> Response:
    """A chapter."""
    at = context_of(request)
    game, n = at.game, at.at
    found = chapter(game, n)
    if found is None:
        return _waits(request, at, at.under_way("keep"))
    turns = game.turn
    drawn = figures.kept_figures(game, n) if found.figures else []
    known = campaigns(request)
    return page(
        request,
        "chapter.html.j2",
        desk=at,
        chapter=found,
        paragraphs=[list(_bound(each)) for each in found.paragraphs],
        place=_chapter(at, n),
        turns=turns,
        on=_way(at),
        matters=_matters(at),
        also=[_also(at, each) for each in like(game, n, known.__contains__)],
        figures=drawn or [],
        drawing=at.under_way("figures", turn=n) if drawn is None else None,
        before=_chapter(at, n - 1) if n > 1 else None,
        after=_chapter(at, n + 1) if n < turns else None,
        first=_chapter(at, 1) if n > 1 else None,
        last=_chapter(at, turns) if n < turns else None,
    )


def mark(request: Request) -> Response:
    """Keep the reader's place in the campaign."""
    at = context_of(request)
    at.store.shelf.mark(at.user.id, at.game.number, at.game.line, at.at)
    return RedirectResponse(_chapter(at, at.at), 303)


def opened(request: Request) -> Response:
    """On to the chapter that the reader is at."""
    at = context_of(request)
    place = at.store.shelf.places(at.user.id).get(at.game.number)
    here = place is not None and place.branch == at.game.line and place.turn <= at.game.turn
    return RedirectResponse(_chapter(at, place.turn if place and here else at.game.turn), 303)


def listed(request: Request) -> Response:
    """The contents: chapters by year."""
    at = context_of(request)
    years = contents(at.game)
    if not years or years[-1].lines[-1].number < at.game.turn:
        return _waits(request, at, at.under_way("keep"))
    place = at.store.shelf.places(at.user.id).get(at.game.number)
    here = place if place and place.branch == at.game.line else None
    reading = min(here.turn, at.game.turn) if here else 1
    return page(
        request,
        "contents.html.j2",
        desk=at,
        years=years,
        who=title_of(at.game.scenario, at.game.power) or "Played by rules",
        reading=reading if here else 0,
        furthest=here.furthest if here else 0,
        on=Way("Go on reading" if here else "Begin with chapter 1", _chapter(at, reading)),
        hrefs={line.number: _chapter(at, line.number) for year in years for line in year.lines},
        branches={
            number: address(at.game.number, number, f"chronicle/{line.number}")
            for year in years
            for line in year.lines
            for number in line.branches
        },
    )


# The book.

_FORMS = (
    ("html", "A page", "One HTML file with every figure, which opens in any browser, offline."),
    ("epub", "An e-book", "An EPUB for a reader, a tablet or a telephone."),
    ("md", "Plain text", "Markdown, to be pasted where others will read it; figures in words."),
)
_KINDS = {"html": "text/html", "epub": "application/epub+zip", "md": "text/markdown"}


@dataclass(frozen=True)
class Take:
    """A form of the book, and where it is if it was made."""

    name: str
    title: str
    words: str
    href: str
    size: str
    job: Job | None


def export(request: Request) -> Response:
    """The forms of the book that can be taken along."""
    at = context_of(request)
    return page(
        request,
        "export.html.j2",
        desk=at,
        takes=[_take(at, *form) for form in _FORMS],
        who=title_of(at.game.scenario, at.game.power),
        key=secrets.token_urlsafe(9),
    )


def make(request: Request) -> Response:
    """Have a form of the book made."""
    at = context_of(request)
    form = at.form.get("form")
    if form not in book.FORMS:
        raise _no_form(at, form)
    at.ask("export", form=form, turn=at.game.turn)
    return RedirectResponse(at.url("export"), 303)


def take(request: Request) -> Response:
    """A form of the book, as a file."""
    at = context_of(request)
    form = request.path_params["form"]
    if form not in book.FORMS:
        raise _no_form(at, form)
    content = book.kept_book(at.game, form)
    if content is None:
        links = [(at.url("export"), "Make it")]
        raise Lost("The book was not made yet, or it has grown since.", "", links)
    name = f"{at.game.scenario.name}-{at.game.number}-{at.game.line}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{_safe(name)}"'}
    return Response(content, headers=headers, media_type=_KINDS[form])


def _take(at: Context, form: str, title: str, words: str) -> Take:
    content = book.kept_book(at.game, form)
    if content is not None:
        size = f"{max(len(content) // 1000, 1):,} kB"
        return Take(form, title, words, at.url(f"export/{form}"), size, None)
    job = at.last_job("export", form=form, turn=at.game.turn)
    return Take(form, title, words, "", "", job if job and not job.over else None)


def _no_form(at: Context, form: str) -> Lost:
    return Lost(f"The book cannot be had as {form[:20]!r}.", "", [(at.url("export"), "Its forms")])


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


# What a chapter leads to.


def _also(at: Context, each: Like) -> Also:
    if each.scenario is not None:
        return Also(each.title, each.why, f"/s/{each.scenario}")
    campaign, branch = each.campaign or at.game.number, each.branch or at.game.line
    return Also(each.title, each.why, address(campaign, branch, f"chronicle/{each.turn or 1}"))


def _chapter(at: Context, n: int) -> str:
    return at.url(f"chronicle/{n}")


def _bound(paragraph: Paragraph) -> Iterator[Run]:
    """A paragraph whose numbers stay on a line with their units."""
    before: Run = ""
    for run in paragraph:
        if isinstance(run, str) and not isinstance(before, str):
            run = re.sub(r"^ (?=\w{1,2}\b)", "\N{NO-BREAK SPACE}", run)
        yield run
        before = run


def _waits(request: Request, at: Context, job: Job) -> Response:
    """The page of a chapter that is not written yet."""
    return page(request, "unwritten.html.j2", 202, desk=at, job=job)


def _way(at: Context) -> Way | None:
    """What comes after a chapter; None after the last of a book that is still being lived."""
    game = at.game
    if at.past:
        return Way("The next chapter", _chapter(at, at.at + 1), "next")
    if game.over:
        return Way("Take the book along", at.url("export"))
    if game.power is None:
        return None
    if game.submitted[game.power]:
        return Way("The turn is submitted: to the council", at.url("council"))
    return Way("Hold the council" if game.agenda else "Let time pass", at.url("council"))


def _matters(at: Context) -> list[Matter]:
    """What is on the table: in the open turn all that is undecided, in a past one what came up."""
    game = at.game
    names = game.turns[at.at - 1].raised if at.past else game.agenda
    day = at.at if at.past else None
    return [
        Matter(item.title or item.name, item.question, at.url(f"council/{item.name}", at=day))
        for item in game.scenario.agenda
        if item.name in names and game.power in (None, game.scenario.ministers[item.minister].power)
    ]


_AT = "/c/{campaign:int}/{branch:int}"
ROUTES = [
    Route(_AT, opened, methods=["GET"]),
    Route(_AT + "/chronicle", opened, methods=["GET"]),
    Route(_AT + "/chronicle/{turn}", read, methods=["GET"]),
    Route(_AT + "/chronicle/{turn}", mark, methods=["POST"]),
    Route(_AT + "/contents", listed, methods=["GET"]),
    Route(_AT + "/export", export, methods=["GET"]),
    Route(_AT + "/export", make, methods=["POST"]),
    Route(_AT + "/export/{form}", take, methods=["GET"]),
]
