"""A worker for tests of the crew. It is a process of its own, and loads little."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sinews.campaign.store import Job, Store
from sinews.web import worker
from sinews.web.jobs import TASKS

LONG = 180.0  # seconds: what has not come to pass by then will not


def odd_work(place: Path, name: str, ears: Connection) -> None:
    """A worker that makes papers in odd ways, and never looks for jobs by itself."""
    TASKS["paper"] = _made
    worker._LOOK = LONG
    worker.work(place, name, ears)


def _made(store: Store, job: Job, told: Callable[..., None]) -> dict[str, Any]:
    how, mark = job.says["item"].split(" ", 1)
    if how == "deaf":
        Path(mark).touch()
        time.sleep(LONG)
    if how == "frail" and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"by": os.getpid()}
