"""What goes wrong, as a page that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sinews.campaign.store import StoreError
from sinews.errors import Mistake, ScenarioError
from sinews.web.render import page

Links = Sequence[tuple[str, str]]
"""Addresses and words."""


class Refused(Exception):
    """A request that is not done: status, what happened, why, what to do and where to go on."""

    def __init__(
        self, status: int, title: str, problem: str, remedy: str = "", links: Links = ()
    ) -> None:
        self.status, self.title, self.problem, self.remedy = status, title, problem, remedy
        self.links = tuple(links)
        super().__init__(status, title, problem, remedy)


class Lost(Refused):
    """A page that does not exist, and what there is instead."""

    def __init__(self, problem: str, remedy: str = "", links: Links = ()) -> None:
        super().__init__(404, "There is no such page", problem, remedy, links)


class Played(Refused):
    """A form of a turn that is over."""

    def __init__(self, turn: int, now: int, links: Links) -> None:
        problem = f"Turn {turn} has been played already. Nothing was changed."
        remedy = f"Here is turn {now}."
        super().__init__(409, f"Turn {turn} is over", problem, remedy, links)


_METHOD = ("That cannot be done here", "The page can be read, but not sent to.")


def answered(request: Request, error: Exception) -> Response:
    """The page that says what went wrong."""
    match error:
        case Refused():
            return _page(
                request, error.status, error.title, error.problem, error.remedy, error.links
            )
        case StoreError():
            title = "The campaigns cannot be reached"
            return _page(request, 503, title, error.file, "", (), error.mistakes)
        case ScenarioError():
            status = 409 if request.url.path.startswith("/c/") else 422
            title = "That cannot be done"
            return _page(request, status, title, error.file, "", (), error.mistakes)
        case HTTPException(status_code=404):
            return answered(request, Lost(f"Nothing is at {request.url.path[:200]}."))
        case HTTPException(status_code=405):
            return _page(request, 405, *_METHOD)
        case HTTPException():
            return _page(request, error.status_code, "That cannot be done", error.detail)
        case _:
            problem = "This is a fault in sinews. What you had decided before is kept."
            remedy = "Load the page again; the terminal that runs `sinews serve` says more."
            return _page(request, 500, "Something went wrong", problem, remedy)


def _page(
    request: Request,
    status: int,
    title: str,
    problem: str,
    remedy: str = "",
    links: Links = (),
    mistakes: Sequence[Mistake] = (),
) -> Response:
    words = {"title": title, "problem": problem, "remedy": remedy, "mistakes": mistakes}
    links = links or (("/", "To the library"),)
    again = request.url.path if request.method == "GET" and status >= 500 else ""
    return page(request, "error.html.j2", status, links=links, again=again, **words)
