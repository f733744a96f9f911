"""Long work: a job's page, its progress as it goes, and cancelling it."""

from __future__ import annotations

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign.store import Job, StoreError
from sinews.errors import ScenarioError
from sinews.web.context import address, campaigns, owns
from sinews.web.error_pages import Lost
from sinews.web.render import page
from sinews.web.session import User, store_of, visit
from sinews.web.stream import stream

_GREATEST = 2**31 - 1
_BY_MEMBERS = ("paper", "estimates")
TITLES = {
    "start": "A new campaign",
    "paper": "The staff's forecasts",
    "advance": "Time passes",
    "keep": "The record is made anew",
    "estimates": "The staff's estimates",
    "figures": "The figures of a chapter",
    "book": "A book is written",
    "export": "A book is bound",
}
_FOR_ALL = ("advance", "keep", "book")  # whichever seat asked first


def job_of(request: Request) -> Job:
    """The job that an address names. Raises Lost if there is none, or if it is another's."""
    number = request.path_params["job"]
    user = visit(request).user
    assert user is not None  # the guard lets nobody else in
    try:
        found = store_of(request).jobs.job(number) if number <= _GREATEST else None
    except StoreError:
        raise
    except ScenarioError:
        found = None
    if found is None or not may_see(request, user, found):
        raise Lost(f"There is no job {number} here.", "", [("/", "To the library")])
    return found


def may_see(request: Request, user: User, job: Job) -> bool:
    """Whether a reader may know of a job: his own, of a seat that is his, or for all who play."""
    if user.local or job.by == user.id:
        return True
    if job.campaign is None:
        return False
    store = store_of(request)
    seats = store.people.seats_of(user.id).get(job.campaign, [])
    if job.power is None or job.kind in _FOR_ALL:
        return bool(seats) or owns(store, user, job.campaign)
    return job.power in seats


def leads_to(job: Job) -> str:
    """Where a job's result is to be read."""
    result, says = job.result or {}, job.says
    if job.kind == "start":
        return address(result["campaign"], 1, "chronicle/1") if result else "/"
    assert job.campaign is not None and job.branch is not None  # all others are about one

    def to(words: str, **query: Any) -> str:
        assert job.campaign is not None and job.branch is not None
        return address(job.campaign, job.branch, words, **query)

    match job.kind:
        case "advance":
            return to(f"chronicle/{result['turn']}") if result else to("council")
        case "paper":
            return to(f"council/{says['item']}")
        case "estimates":
            return to("estimates", at=says.get("turn"))
        case "export":
            return to("export")
        case "figures":
            return to(f"chronicle/{says['turn']}" if says.get("turn") else "contents")
        case _:
            return to("contents")


def words_on(job: Job) -> dict[str, Any]:
    """What a page is told of a job as it goes."""
    words = job.words
    if job.state == "queued":
        words = "Waiting for its turn"
    elif job.stopping:
        words = "Being cancelled"
    else:
        if job.kind in _BY_MEMBERS and job.total:
            words += f", {job.done:,.0f} of {job.total:,.0f} members"
        if (left := job.left) is not None:
            words += f", {_lasting(left)} left"
    return {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "words": words,
        "url": leads_to(job) if job.state == "done" else f"/jobs/{job.id}",
    }


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min"


def one(request: Request) -> Response:
    """GET: how a job stands. POST: cancel it, or ask for it again."""
    job = job_of(request)
    if request.method == "POST":
        return _done(request, job)
    if request.query_params.get("json") == "1":
        return JSONResponse(words_on(job))
    if job.state == "done" and request.query_params.get("stay") != "1":
        return RedirectResponse(leads_to(job), 303)
    words = {"title": TITLES[job.kind], "says": words_on(job), "leads_to": leads_to(job)}
    back = "/"
    if job.campaign is not None and job.branch is not None and job.campaign in campaigns(request):
        back = address(job.campaign, job.branch, "runs")
    return page(request, "job.html.j2", job=job, back=back, **words)


def _done(request: Request, job: Job) -> Response:
    jobs, form = store_of(request).jobs, visit(request).form
    match form.get("do"):
        case "cancel":
            jobs.cancel(job.id)
        case "again" if job.state in ("failed", "cancelled"):
            place = job.campaign, job.branch, job.power
            job = jobs.ask(*place, job.kind, job.says, job.key, job.by)
            request.app.state.wake()
    return RedirectResponse(f"/jobs/{job.id}", 303)


def events(request: Request) -> Response:
    """How a job goes, as it goes."""
    number, jobs = job_of(request).id, store_of(request).jobs

    def look() -> tuple[dict[str, Any], bool]:
        job = jobs.job(number)
        return words_on(job), job.over

    return stream(look)


ROUTES = [
    Route("/jobs/{job:int}", one, methods=["GET", "POST"]),
    Route("/jobs/{job:int}/events", events),
]
