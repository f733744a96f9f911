"""The process that does long work: it takes one job after another from the store.

It simulates, and keeps what comes of it; the server only reads. It can be killed at any moment:
what is kept is kept whole, and its job is taken up again.
"""

from __future__ import annotations

import importlib
import math
import os
import signal
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from sinews.campaign.store import Job, Store, StoreError
from sinews.errors import ScenarioError
from sinews.web.jobs import TASKS

_LOOK = 2.0  # seconds after which it looks for jobs that nobody told it of
_OFTEN = 0.2  # seconds between two words on the same job


class Cancelled(Exception):
    """Somebody asked to cancel the job."""


class PutOff(Exception):
    """Somebody waits for another job, and nobody for this one."""


class JobProgress:
    """Where a job's progress is told; raises Cancelled if the job is to be given up, PutOff if it
    is in the way of another."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store, self._job = store, job
        self._last = -math.inf  # a clock may have begun to count a moment ago

    def __call__(self, done: float, total: float, words: str = "") -> None:
        now = time.monotonic()
        if now - self._last < _OFTEN:
            return
        self._last = now
        if not self._store.jobs.progress(self._job.id, done, total, words):
            raise Cancelled
        if self._store.jobs.in_the_way(self._job.id):
            raise PutOff


def work(place: str | Path, name: str, ears: Connection) -> None:
    """Do jobs until the server is gone. `ears` hears when there is something new."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    news = threading.Event()
    threading.Thread(target=_listen, args=(ears, news), daemon=True).start()
    ready = False
    while True:
        news.clear()
        # A store that is locked or gone now may be there again later; the pages say what is wrong.
        with suppress(StoreError):
            work_off(Store(place, create=False), name)
        if not news.wait(_LOOK) and not ready:
            _get_ready()
            ready = True


def work_off(store: Store, name: str = "here") -> None:
    """Do all jobs that wait, in this process."""
    while _next(store, name):
        pass


def _next(store: Store, name: str) -> bool:
    """Do the job whose turn it is; whether there was one."""
    if not store.jobs.waiting():
        return False
    job = store.jobs.take(name)
    if job is None:
        return True  # another was quicker
    try:
        result = TASKS[job.kind](store, job, JobProgress(store, job))
        store.jobs.finish(job.id, result)
    except Cancelled:
        store.jobs.stopped(job.id)
    except PutOff:
        store.jobs.requeue(name, died=False)
    except ScenarioError as error:
        store.jobs.fail(job.id, str(error))
    except Exception:
        traceback.print_exc()
        store.jobs.fail(job.id, "a fault in sinews; the terminal that runs it says more")
    return True


def _listen(ears: Connection, news: threading.Event) -> None:
    try:
        while True:
            ears.recv_bytes()
            news.set()
    except (EOFError, OSError):
        os._exit(0)  # the server is gone, however it went


def _get_ready() -> None:
    """Load what simulating takes, while nobody waits for it."""
    for name in ("sinews.analysis.council.brief", "sinews.engine.simulate"):
        importlib.import_module(name)
