"""A page whose material is not kept yet: the job that makes it, and what became of that job."""

from __future__ import annotations

from typing import Any

from sinews.campaign.store import Job
from sinews.web.asking import key_of
from sinews.web.desk import Desk


def under_way(at: Desk, kind: str, **says: Any) -> Job:
    """The job that makes what a page lacks, asked for if nobody has, and hastened if it waits. One
    that failed or was cancelled is given as it is: only who reads the page asks again."""
    found = last(at, kind, **says)
    settled = found is not None and found.state in ("running", "failed", "cancelled")
    return found if found is not None and settled else at.ask(kind, **says)


def last(at: Desk, kind: str, **says: Any) -> Job | None:
    """The last job of that kind; None if nobody asked for it."""
    return at.store.jobs.last(key_of(at.game, kind, **says))


def own_job(at: Desk, number: str) -> Job | None:
    """The campaign's job of that number that this seat asked for; None if there is none."""
    jobs = at.store.jobs.of(at.game.number)
    return next((j for j in jobs if str(j.id) == number and j.power == at.game.power), None)
