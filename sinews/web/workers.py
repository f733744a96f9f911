"""A server's workers: started, woken, watched over and ended."""

from __future__ import annotations

import multiprocessing as mp
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from sinews.campaign.store import Store
from sinews.campaign.store.jobs import server_name
from sinews.errors import ScenarioError
from sinews.web.worker import work

_SETTLED = 2.0  # seconds that the first page has the machine for itself, unless a job comes up
_LOOK = 0.5  # seconds between two looks at the workers
_BEAT = 3.0  # seconds between two signs of life
PATIENCE = 5.0  # seconds that a job may take to notice that it is cancelled

# JAX hangs in processes that were forked.
_FRESH = mp.get_context("spawn")


@dataclass
class _Worker:
    name: str
    process: BaseProcess
    mouth: Connection
    """What it hears is said here."""


@dataclass
class Workers:
    """So many workers on the store at a place. Its watch is kept by a thread of its own."""

    store: Store
    place: str | Path
    count: int = 1
    patience: float = PATIENCE
    work: Callable[[str | Path, str, Connection], None] = work
    """What each does."""
    _server: str = field(default_factory=server_name)
    _workers: list[_Worker] = field(default_factory=list)
    _born: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stir: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _watch: threading.Thread | None = None

    def start(self) -> None:
        """Have them at work; what a server left undone that is no more is taken up again."""
        self._watch = threading.Thread(target=self._keep_watch, daemon=True)
        self._watch.start()

    def wake(self) -> None:
        """There is something new to do."""
        self._stir.set()
        with self._lock:
            for worker in self._workers:
                with suppress(OSError):  # it is dying: another will come
                    worker.mouth.send_bytes(b"!")

    def stop(self) -> None:
        """End them. What they were at waits for the next server."""
        self._over.set()
        self._stir.set()
        if self._watch is not None:
            self._watch.join()
        with self._lock:
            for worker in self._workers:
                self._end(worker, died=False)
            self._workers = []

    def processes(self) -> list[int]:
        """Their process numbers."""
        with self._lock:
            return [worker.process.pid or 0 for worker in self._workers]

    def _new(self) -> _Worker:
        self._born += 1
        name = f"{self._server}{self._born}"
        ears, mouth = _FRESH.Pipe(duplex=False)
        process = _FRESH.Process(target=self.work, args=(self.place, name, ears), daemon=True)
        process.start()
        ears.close()
        return _Worker(name, process, mouth)

    def _end(self, worker: _Worker, died: bool) -> None:
        worker.process.kill()
        worker.process.join()
        worker.mouth.close()
        with suppress(ScenarioError):  # a store that cannot be written is found out later
            self.store.jobs.requeue(worker.name, died)

    def _keep_watch(self) -> None:
        with suppress(ScenarioError):  # one who locks the store now is waited for below
            self.store.jobs.requeue_lost(self._server)
            if self.store.jobs.waiting():
                self._stir.set()
        self._stir.wait(_SETTLED)
        if not self._over.is_set():
            with self._lock:
                self._workers = [self._new() for _ in range(self.count)]
        beats = 0.0
        while not self._over.wait(_LOOK):
            beats += _LOOK
            try:
                self._look()
                if beats >= _BEAT:
                    beats = 0.0
                    self._sign()
            except ScenarioError:
                continue  # the store is locked, or gone: look again

    def _look(self) -> None:
        """Put a new worker in place of one that died, or that does not hear that it is to stop."""
        deaf = {job.worker for job in self.store.jobs.unresponsive(self._server, self.patience)}
        with self._lock:
            for at, worker in enumerate(self._workers):
                if worker.process.is_alive() and worker.name not in deaf:
                    continue
                self._end(worker, died=worker.name not in deaf)
                self._workers[at] = self._new()

    def _sign(self) -> None:
        """Say that jobs at work are at work, and take up those whose server is silent."""
        if any(job.worker for job in self.store.jobs.queue()):
            self.store.jobs.beat(self._server)
            with self._lock:
                alive = [worker.name for worker in self._workers]
            self.store.jobs.requeue_lost(self._server, alive)
