"""How a store speaks to its database, and what goes wrong as a message that says what to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.pool import NullPool, StaticPool

from sinews import __version__
from sinews.campaign.store.tables import FORMAT, FORMATS, TABLES
from sinews.errors import Mistake, ScenarioError

T = TypeVar("T")


class Overtaken(Exception):
    """Another wrote first: read again."""


class StoreError(ScenarioError):
    """The store cannot be read or written as it is."""


class _Locked(StoreError):
    """Another program holds the store."""


class Database:
    """A file, a server's database or (None) memory, with the tables of a store in it."""

    def __init__(self, place: str | Path | None, create: bool, patience: float) -> None:
        self.name, self._patience = "campaigns in memory", patience
        self._path: Path | None = None
        # One connection serves all threads when the store is in memory.
        self._turns = threading.RLock() if place is None else nullcontext()
        self._alone = place is None
        self._held = threading.local()
        engine = self._connected(place, create)
        self._writer = engine.execution_options(writes=True)
        # SQLite shows one moment by itself; a server, left alone, one moment a statement.
        sqlite = engine.dialect.name == "sqlite"
        self._engine = (
            engine if sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        )
        try:
            self._begin(create)
        except StoreError:
            self.close()
            raise

    def _begin(self, create: bool) -> None:
        last = time.monotonic() + self._patience
        while True:
            try:
                with self._speaking():
                    self._prepare(create)
                return
            except (Overtaken, IntegrityError):
                continue  # another process made the tables at the same time
            except _Locked:
                # SQLite does not wait by itself where two put a new file into WAL mode at once.
                if time.monotonic() > last:
                    raise
                time.sleep(0.01)

    def _connected(self, place: str | Path | None, create: bool) -> Engine:
        if place is None:
            memory = {"check_same_thread": False}
            return _with_pragmas(
                create_engine("sqlite://", poolclass=StaticPool, connect_args=memory)
            )
        if isinstance(place, str) and "://" in place:
            return self._by_url(place, create)
        path = Path(place)
        self.name = str(path)
        if path.is_dir():
            raise self._unfit("is a directory, not a file", "write the name of a file in it")
        if not create and not path.exists():
            self._absent()
        if not path.parent.is_dir():
            raise self._unfit("its directory does not exist", "create it, or name another file")
        # Whole, and not written into a URL: what looks like a part of one belongs to the name.
        return self._sqlite(URL.create("sqlite", database=str(path.absolute())))

    def _by_url(self, place: str, create: bool) -> Engine:
        try:
            url = make_url(place)
            self.name = url.render_as_string(hide_password=True)
            if url.get_backend_name() == "sqlite":
                plain = url.database and "uri" not in url.query
                if plain and not create and not Path(url.database or "").exists():
                    self._absent()
                return self._sqlite(url)
            return create_engine(url, pool_pre_ping=True)
        except StoreError:
            raise
        except (ArgumentError, NoSuchModuleError, ValueError):
            self.name = place.partition("://")[0] + "://..."
            remedy = "write it as in postgresql://name:password@host/database, or name a file"
            raise self._unfit("is no address of a database", remedy) from None
        except ModuleNotFoundError as error:
            remedy = f"pip install {error.name}"
            raise self._unfit(f"its driver, {error.name}, is not installed", remedy) from None

    def _sqlite(self, url: URL) -> Engine:
        # Nothing is held open between calls: another program may copy or move the file.
        waits = {"timeout": self._patience}
        return _with_pragmas(create_engine(url, poolclass=NullPool, connect_args=waits))

    def _prepare(self, create: bool) -> None:
        """See that the tables are there, in a format that this sinews knows."""
        there = set(inspect(self._engine).get_table_names())
        ours = set(TABLES.tables)
        if FORMATS.name not in there:
            if there & ours or not create:
                problem = "is a database, but not one of campaigns"
                raise self._unfit(problem, "name another; sinews play SCENARIO makes one")
            # First of all, so that an interrupted beginning is known for what it is.
            FORMATS.create(self._writer, checkfirst=True)
        with self._engine.connect() as c:
            row = c.execute(select(FORMATS).order_by(FORMATS.c.version.desc())).mappings().first()
        if row is not None and row["version"] > FORMAT:
            raise self._unfit(
                f"was written by a newer sinews ({row['sinews']}, format {row['version']}; "
                f"this is {__version__}, format {FORMAT})",
                "update sinews to open it; nothing was changed",
            )
        if not ours <= there:
            TABLES.create_all(self._writer)
        if row is None or row["version"] < FORMAT:
            try:
                with self._writer.begin() as c:
                    c.execute(insert(FORMATS).values(version=FORMAT, sinews=__version__))
            except IntegrityError:
                pass  # another process did
        if self._engine.url.get_backend_name() == "sqlite" and self._engine.url.database:
            path = Path(self._engine.url.database)
            self._path = path if path.exists() else None

    def close(self) -> None:
        """Let go of its connections."""
        self._engine.dispose()

    @contextmanager
    def sitting(self) -> Iterator[None]:
        """What this thread reads in it comes over one connection, which takes longer to open than
        most answers, and shows the database as it was at one moment: when it was first read or,
        if this thread wrote since, after that."""
        if self._alone or self._sat is not None:
            yield
            return
        with self._speaking(), self._engine.connect() as c:
            self._held.connection, self._held.read = c, {}
            try:
                yield
            finally:
                self._held.connection, self._held.read = None, {}

    @property
    def _sat(self) -> Connection | None:
        return getattr(self._held, "connection", None)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at the database as it is at one moment."""
        if self._sat is not None:
            with self._speaking():
                yield self._sat
            return
        with self._turns, self._speaking(), self._engine.connect() as c:
            yield c

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """What is written together: all of it, on the disk when this ends, or nothing. One writes
        at a time, so that what it read before it wrote still holds."""
        with self._turns, self._speaking(), self._writer.begin() as c:
            # SQLite has been told so where it begins; elsewhere one row is everybody's turn.
            c.execute(select(FORMATS).where(FORMATS.c.version == FORMAT).with_for_update())
            yield c
        if self._sat is not None:
            # What is read next is what was written.
            self._sat.rollback()
            self._held.read = {}

    def once(self, what: tuple[Any, ...], read: Callable[[Connection], T]) -> T:
        """What is read in a look at the database; once, by who sits."""
        if self._sat is None:
            with self.reading() as c:
                return read(c)
        if what not in self._held.read:
            with self.reading() as c:
                self._held.read[what] = read(c)
        return self._held.read[what]

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """What goes wrong with a database, as a message that says what to do."""
        if self._path is not None and not self._path.exists():
            # SQLite would make a new file, and there would be no campaign in it.
            raise self._unfit("the file is no longer there", "put it back where it was")
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            reason = str(error.orig)
            if "already exists" in reason:
                raise Overtaken from None
            for words, problem, remedy in _TROUBLES:
                if words in reason:
                    found = self._unfit(problem, remedy)
                    raise (_Locked(*found.args) if words == "locked" else found) from None
            raise self._unfit(f"cannot be used: {reason}", "nothing was changed") from None

    def _absent(self) -> NoReturn:
        raise self._unfit("there is no such file", "sinews play SCENARIO starts a campaign")

    def _unfit(self, problem: str, remedy: str) -> StoreError:
        return StoreError(self.name, [Mistake("store", problem, "", remedy)])


# What a driver says, the problem and the remedy.
_TROUBLES = (
    (
        "locked",
        "is locked by another program",
        "nothing was changed: try again when the other has finished",
    ),
    (
        "readonly",
        "may be read but not written",
        "nothing was changed: give yourself the right to write to it, or copy it",
    ),
    (
        "unable to open",
        "cannot be opened",
        "see that you may write to the file and to its directory",
    ),
    ("not a database", "is not a SQLite file", "name another file"),
    (
        "malformed",
        "is damaged: SQLite cannot read it",
        "nothing was changed: restore it from a copy, or try `sqlite3 FILE .recover`",
    ),
    ("disk is full", "the disk is full", "nothing was changed: make room and try again"),
)


def _with_pragmas(engine: Engine) -> Engine:
    """The engine, each of whose SQLite connections writes so that a kill loses nothing."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (FORMATS.name,))
        # This writes into the file, which may be another's, or empty.
        ours = ["journal_mode=WAL"] if cursor.fetchone() else []
        for pragma in (*ours, "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        # So that a damaged row is read, and found by its digest.
        connection.text_factory = lambda content: content.decode(errors="replace")
        connection.isolation_level = None  # transactions begin where we say so, below

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # One who writes waits for its turn first: a look that turned into writing could not.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
