"""The ledger: a book's tables on a page, sorted as its address says, or as CSV."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign.ledger.books import BOOKS, ledger
from sinews.campaign.ledger.tables import Column, LedgerRow, Section, as_csv, sorted_by
from sinews.errors import suggestion
from sinews.web.charts import spark
from sinews.web.context import Context, context_of
from sinews.web.error_pages import Lost
from sinews.web.render import page
from sinews.web.turn_view import turn_view


@dataclass(frozen=True)
class Head:
    """The head of a column and the address by which the table is sorted by it."""

    column: Column
    href: str
    sorted: str
    """ascending, descending or empty."""


@dataclass(frozen=True)
class BookLine:
    """A line and its curve."""

    row: LedgerRow
    curve: str


@dataclass(frozen=True)
class BookTable:
    """A section as its page shows it."""

    section: Section
    name: Head
    heads: tuple[Head, ...]
    lines: tuple[BookLine, ...]
    total: BookLine | None


def first(request: Request) -> Response:
    """On to the first book."""
    at = context_of(request)
    return RedirectResponse(at.url("ledger/stocks", at=at.at if at.past else None), 303)


def opened(request: Request) -> Response:
    """A book."""
    at, book = context_of(request), request.path_params["book"]
    if book not in BOOKS:
        links = [(at.url(f"ledger/{name}"), each.title) for name, each in BOOKS.items()]
        raise Lost(f"The ledger has no book {book[:40]}.", suggestion(book, BOOKS), links)
    now = turn_view(at)
    if now is None:
        return page(request, "unwritten.html.j2", 202, desk=at, job=at.under_way("keep"))
    sections = ledger(now.scenario, now.power, now.known, book)
    if request.query_params.get("csv") == "1":
        return _csv(at, book, as_csv(sections, now.day.isoformat()))
    sort, order = request.query_params.get("sort", ""), request.query_params.get("order", "")

    def leaf(turn: int, name: str = book) -> str:
        return at.url(f"ledger/{name}", at=turn)

    last = at.game.turn
    return page(
        request,
        "ledger.html.j2",
        desk=at,
        at=at.at,
        day_of=now.day,
        since=now.known.day_before if now.known.before < now.known.week else None,
        book=book,
        about=BOOKS[book],
        books=[(name, each.title, leaf(at.at, name)) for name, each in BOOKS.items()],
        tables=[_table(at, book, section, sort, order == "down") for section in sections],
        csv=at.url(f"ledger/{book}", at=at.at, csv=1),
        before=leaf(at.at - 1) if at.at > 1 else "",
        after=leaf(at.at + 1) if at.at < last else "",
        first=leaf(1) if at.at > 1 else "",
        last=leaf(last) if at.at < last else "",
    )


def _table(at: Context, book: str, section: Section, sort: str, down: bool) -> BookTable:
    """A section, sorted if the address names one of its columns."""
    key, _, column = sort.rpartition("/")
    mine = column if key == section.key else ""
    shown = sorted_by(section, mine, down) if mine else section

    def head(each: Column) -> Head:
        way = ("descending" if down else "ascending") if mine == each.key else ""
        turned = "down" if way == "ascending" or (not way and not each.words) else "up"
        place = f"{section.key}/{each.key}"
        return Head(each, at.url(f"ledger/{book}", at=at.at, sort=place, order=turned), way)

    return BookTable(
        shown,
        head(Column("name", "", words=True)),
        tuple(head(each) for each in section.columns),
        tuple(BookLine(row, spark(row.trend)) for row in shown.rows),
        BookLine(shown.total, spark(shown.total.trend)) if shown.total else None,
    )


def _csv(at: Context, book: str, content: str) -> Response:
    name = f"{book}-{at.game.number}-{at.game.line}-turn-{at.at}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie",
    }
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


ROUTES = [
    Route("/c/{campaign:int}/{branch:int}/ledger", first),
    Route("/c/{campaign:int}/{branch:int}/ledger/{book}", opened),
]
