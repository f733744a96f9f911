"""Long work that a server's workers do, one row a job."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from sinews.campaign.store.speaking import Database
from sinews.campaign.store.tables import JOB
from sinews.errors import Mistake, ScenarioError

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
# Which kinds go first; of one rank, the job that was asked for first.
RANKS = {"start": 0, "advance": 0, "paper": 1}
_REST, _LATER = 2, 10
TRIES = 2
SILENCE = 10.0  # seconds without a word after which a server counts as dead
_LISTED = 200


@dataclass(frozen=True)
class Job:
    """A job: what was asked for, how far it has come and what came of it."""

    id: int
    campaign: int | None
    branch: int | None
    power: str | None
    kind: str
    says: dict[str, Any]
    key: str
    by: int
    """The account that asked for it; 0 without login."""
    state: str
    stopping: bool
    """Whether somebody asked to cancel it while it runs."""
    worker: str | None
    done: float
    total: float
    words: str
    asked: float
    began: float | None
    ended: float | None
    result: dict[str, Any] | None
    error: str | None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in (DONE, FAILED, CANCELLED)

    @property
    def left(self) -> float | None:
        """Seconds until it is done, if it goes on as it went; None if that cannot be told."""
        if self.state != RUNNING or self.began is None or not 0 < self.done < self.total:
            return None
        return (time.time() - self.began) * (self.total - self.done) / self.done


class Jobs:
    """The jobs of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(
        self,
        campaign: int | None,
        branch: int | None,
        power: str | None,
        kind: str,
        says: Mapping[str, Any],
        key: str,
        by: int = 0,
        later: bool = False,
        again: bool = False,
    ) -> Job:
        """A job to be done. The same key gives the same job, unless that failed or was cancelled;
        with `again`, unless it is over.

        `later` puts it behind all that somebody waits for.
        """
        rank = RANKS.get(kind, _REST) + (_LATER if later else 0)
        with self._database.writing() as c:
            standing = (QUEUED, RUNNING) if again else (QUEUED, RUNNING, DONE)
            same = (JOB.c.key == key) & JOB.c.state.in_(standing)
            found = c.execute(select(JOB).where(same).order_by(JOB.c.id)).mappings().first()
            if found is not None:
                if found["rank"] > rank:
                    c.execute(update(JOB).where(JOB.c.id == found["id"]).values(rank=rank))
                return _job(found)
            row = {
                **{"campaign": campaign, "branch": branch, "power": power, "kind": kind},
                **{"says": json.dumps(says), "key": key, "by": by, "state": QUEUED, "rank": rank},
                **{"tries": 0, "done": 0.0, "total": 0.0, "words": "", "asked": time.time()},
            }
            inserted = c.execute(insert(JOB).values(**row)).inserted_primary_key
            assert inserted is not None  # databases that SQLAlchemy speaks to give it
            return _found(c, int(inserted[0]))

    def job(self, number: int) -> Job:
        """The job of that number. Raises ScenarioError if there is none."""
        with self._database.reading() as c:
            found = c.execute(select(JOB).where(JOB.c.id == number)).mappings().first()
        if found is None:
            mistake = Mistake("job", "there is none of that number", value=str(number))
            raise ScenarioError(self._database.name, [mistake])
        return _job(found)

    def last(self, key: str) -> Job | None:
        """The newest job of a key; None if nobody asked for it."""
        rows = select(JOB).where(JOB.c.key == key).order_by(JOB.c.id.desc()).limit(1)
        with self._database.reading() as c:
            found = c.execute(rows).mappings().first()
        return None if found is None else _job(found)

    def queue(self) -> list[Job]:
        """The jobs that are not over: those at work first, then in the order of their turns."""
        open_ = select(JOB).where(JOB.c.state.in_((QUEUED, RUNNING)))
        with self._database.reading() as c:
            rows = c.execute(open_.order_by(JOB.c.rank, JOB.c.id)).mappings().all()
        return sorted(map(_job, rows), key=lambda job: job.state != RUNNING)

    def of(self, campaign: int) -> list[Job]:
        """A campaign's jobs, the newest first."""
        own = select(JOB).where(JOB.c.campaign == campaign)
        with self._database.reading() as c:
            rows = c.execute(own.order_by(JOB.c.id.desc()).limit(_LISTED)).mappings().all()
        return list(map(_job, rows))

    # What a worker says.

    def take(self, worker: str) -> Job | None:
        """The job whose turn it is, now that worker's; None if there is nothing to do."""
        with self._database.writing() as c:
            first = select(JOB.c.id).where(JOB.c.state == QUEUED).order_by(JOB.c.rank, JOB.c.id)
            number = c.execute(first.limit(1)).scalar()
            if number is None:
                return None
            now = time.time()
            words = {"state": RUNNING, "worker": worker, "began": now, "beat": now}
            own = (JOB.c.id == number) & (JOB.c.state == QUEUED)
            taken = c.execute(update(JOB).where(own).values(tries=JOB.c.tries + 1, **words))
            return _found(c, number) if taken.rowcount else None

    def waiting(self) -> bool:
        """Whether there is a job to take."""
        with self._database.reading() as c:
            some = select(JOB.c.id).where(JOB.c.state == QUEUED).limit(1)
            return c.execute(some).scalar() is not None

    def progress(self, number: int, done: float, total: float, words: str = "") -> bool:
        """How far a job has come is kept; False if it is to be cancelled."""
        with self._database.writing() as c:
            self._set(c, _running(number), done=done, total=total, words=words, beat=time.time())
            row = c.execute(select(JOB.c.state, JOB.c.stop).where(JOB.c.id == number)).first()
        return row is not None and row.state == RUNNING and row.stop is None

    def in_the_way(self, number: int) -> bool:
        """Whether nobody waits for a job, and somebody for another that has not begun."""
        others = select(JOB.c.id).where(JOB.c.state == QUEUED, JOB.c.rank < _LATER).limit(1)
        with self._database.reading() as c:
            rank = c.execute(select(JOB.c.rank).where(JOB.c.id == number)).scalar()
            return (rank or 0) >= _LATER and c.execute(others).scalar() is not None

    def finish(self, number: int, result: Mapping[str, Any] | None = None) -> None:
        """A job is done."""
        self._end(number, DONE, result=json.dumps(result or {}))

    def fail(self, number: int, text: str) -> None:
        """A job failed, for a reason that is told."""
        self._end(number, FAILED, error=text)

    def stopped(self, number: int) -> None:
        """A job was given up, because somebody had asked to cancel it."""
        self._end(number, CANCELLED)

    def _end(self, number: int, state: str, **words: Any) -> None:
        with self._database.writing() as c:
            self._set(c, _running(number), state=state, ended=time.time(), **words)

    # What those who wait for it say.

    def cancel(self, number: int) -> Job:
        """A job that waits is cancelled; one that runs is asked to stop."""
        with self._database.writing() as c:
            queued = (JOB.c.id == number) & (JOB.c.state == QUEUED)
            self._set(c, queued, state=CANCELLED, ended=time.time())
            self._set(c, _running(number) & JOB.c.stop.is_(None), stop=time.time())
        return self.job(number)

    # What a server says of its workers.

    def beat(self, server: str) -> None:
        """A server's workers are still at work on their jobs."""
        with self._database.writing() as c:
            own = (JOB.c.state == RUNNING) & JOB.c.worker.startswith(server, autoescape=True)
            self._set(c, own, beat=time.time())

    def unresponsive(self, server: str, patience: float) -> list[Job]:
        """A server's jobs that were asked to stop that many seconds ago, and have not."""
        own = JOB.c.worker.startswith(server, autoescape=True)
        late = (JOB.c.state == RUNNING) & own & (JOB.c.stop < time.time() - patience)
        with self._database.reading() as c:
            return list(map(_job, c.execute(select(JOB).where(late)).mappings()))

    def requeue(self, worker: str, died: bool = True) -> None:
        """A worker is no more, or puts its job off. That waits again; where the worker died by
        itself, only once."""
        own = (JOB.c.state == RUNNING) & (JOB.c.worker == worker)
        with self._database.writing() as c:
            if not died:
                self._set(c, own, tries=JOB.c.tries - 1)
            self._give_back(c, own)

    def requeue_lost(self, server: str, alive: Collection[str] = ()) -> None:
        """Jobs whose server is gone, or that none of this server's live workers has, wait again,
        once."""
        with self._database.writing() as c:
            rows = c.execute(select(JOB).where(JOB.c.state == RUNNING)).mappings().all()
            lost = [row["id"] for row in rows if row["worker"] not in alive and _gone(row, server)]
            if lost:
                self._give_back(c, (JOB.c.state == RUNNING) & JOB.c.id.in_(lost))

    def _give_back(self, c: Connection, which: ColumnElement[bool]) -> None:
        now = time.time()
        self._set(c, which & JOB.c.stop.is_not(None), state=CANCELLED, ended=now)
        words = "the program that worked on it ended by itself, twice"
        given_up = which & (JOB.c.tries >= TRIES)
        self._set(c, given_up, state=FAILED, ended=now, error=words)
        again = {"state": QUEUED, "worker": None, "began": None, "done": 0.0, "words": ""}
        self._set(c, which, **again)

    def _set(self, c: Connection, which: ColumnElement[bool], **words: Any) -> None:
        c.execute(update(JOB).where(which).values(**words))


def server_name() -> str:
    """A name for this process among all that work on jobs."""
    return f"{socket.gethostname()}/{os.getpid()}/{time.time_ns():x}/"


def _gone(row: RowMapping, server: str) -> bool:
    """Whether the worker of a running job, none of our live ones, is no more."""
    if row["worker"].startswith(server):
        return True
    if row["beat"] < time.time() - SILENCE:
        return True
    host, process, *_ = row["worker"].split("/")
    if host != socket.gethostname():
        return False
    if int(process) == os.getpid():
        return True
    with suppress(PermissionError):
        if os.name != "posix":
            return False  # there, a look at a process would end it
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
    return False


def _running(number: int) -> ColumnElement[bool]:
    return (JOB.c.id == number) & (JOB.c.state == RUNNING)


def _found(c: Connection, number: int) -> Job:
    return _job(c.execute(select(JOB).where(JOB.c.id == number)).mappings().one())


def _job(row: RowMapping) -> Job:
    plain = {name: row[name] for name in Job.__dataclass_fields__ if name in row}
    result = None if row["result"] is None else json.loads(row["result"])
    words = {"says": json.loads(row["says"]), "result": result}
    return Job(**plain | words, stopping=row["stop"] is not None and row["state"] == RUNNING)
