"""Runs: what the workers do for a campaign, have done, and have yet to do."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinews.campaign.store import Job
from sinews.web.context import Context, context_of
from sinews.web.error_pages import Refused
from sinews.web.pages.jobs import TITLES, leads_to
from sinews.web.render import page

STATES = {
    "queued": "waits",
    "running": "at work",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True)
class Run:
    """A job as the page tells it."""

    job: Job
    title: str
    state: str
    took: str
    left: str
    url: str
    """Where what it made is read."""
    mine: bool


def runs(request: Request) -> Response:
    """The jobs of a campaign that the seat may know of, and how long the queue is."""
    at = context_of(request)
    if request.method == "POST":
        return _done(at)
    queue = [
        _run(at, job) if _own(at, job) else Run(job, "", STATES[job.state], "", "", "", False)
        for job in at.store.jobs.queue()
    ]
    return page(
        request,
        "runs.html.j2",
        desk=at,
        now=[run for run in queue if run.title],
        past=[
            _run(at, job) for job in at.store.jobs.of(at.game.number) if job.over and _own(at, job)
        ],
        queue=queue,
    )


def _done(at: Context) -> Response:
    job = at.own_job(at.form.get("job"))
    if at.form.get("do") != "cancel" or job is None:
        links = [(at.url("runs"), "To the runs")]
        problem = "It is no run of yours."
        raise Refused(400, "That cannot be done", problem, "", links)
    at.store.jobs.cancel(job.id)
    return RedirectResponse(at.url("runs"), 303)


def _own(at: Context, job: Job) -> bool:
    """Whether the seat may know what a job is about."""
    return job.campaign == at.game.number and job.power in (None, at.game.power)


def _run(at: Context, job: Job) -> Run:
    took = (job.ended or time.time()) - job.began if job.began else 0.0
    return Run(
        job,
        _title(at, job),
        "stops" if job.stopping else STATES[job.state],
        span(took) if job.began else "",
        span(job.left) if job.left is not None else "",
        leads_to(job) if job.state == "done" else "",
        job.power == at.game.power,
    )


def _title(at: Context, job: Job) -> str:
    branch = f", branch {job.branch}" if job.branch not in (None, at.game.line) else ""
    if job.kind == "paper":
        about = [x for x in at.game.scenario.agenda if x.name == job.says.get("item")]
        return f"Forecasts: {(about[0].title or about[0].name) if about else ''}{branch}"
    if job.kind == "estimates":
        return f"Estimates of turn {job.says.get('turn') or at.game.turn}{branch}"
    if job.kind == "figures" and job.says.get("turn"):
        return f"The figures of chapter {job.says['turn']}{branch}"
    return TITLES[job.kind] + branch


def span(seconds: float) -> str:
    """A time, short.

    >>> span(0.4), span(8.2), span(75), span(4000)
    ('under 1 s', '8 s', '1 min 15 s', '1 h 6 min')
    """
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


ROUTES = [Route("/c/{campaign:int}/{branch:int}/runs", runs, methods=["GET", "POST"])]
