"""Where campaigns are kept: tables of a SQLite file, or of a server's database by its URL.

Rows are added and never changed. An entry is on the disk when `append` returns. Two who write at
once are told apart by the entry's number, which only one of them can have.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.pool import NullPool, StaticPool

from sinews import __version__
from sinews.campaign.log import FORMAT, LONGEST_KEY, Entry, entry
from sinews.errors import Mistake, ScenarioError

PATIENCE = 5.0  # seconds to wait for another writer

_TABLES = MetaData()

_FORMAT = Table(
    "format",
    _TABLES,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sinews", String(40), nullable=False),
)

_CAMPAIGN = Table(
    "campaign",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("posterior", Text, nullable=False),
    Column("started", String(40), nullable=False),
)

_BRANCH = Table(
    "branch",
    _TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("parent", Integer),
    Column("fork", Integer),  # the last entry that it shares with its parent
)

_ENTRY = Table(
    "entry",
    _TABLES,
    Column("campaign", Integer, ForeignKey("campaign.id"), primary_key=True),
    Column("branch", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(LONGEST_KEY)),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("campaign", "branch", "key"),
)


class Overtaken(Exception):
    """Another wrote first: read again."""


class _Locked(ScenarioError):
    """Another program holds the store."""


@dataclass(frozen=True)
class Snapshot:
    """A campaign's scenario, as it was when the campaign began."""

    file: str
    """The name of its file."""
    title: str
    scenario: str
    posterior: str
    """The draws that go with it; empty if nothing was fitted."""
    started: str


@dataclass(frozen=True)
class Branch:
    """A line of play: the first, or one that left another after an entry of it."""

    number: int
    parent: int | None
    fork: int | None


class Store:
    """Campaigns in a file, in a server's database, or (None) in memory for as long as it lasts."""

    def __init__(
        self, place: str | Path | None = None, create: bool = True, patience: float = PATIENCE
    ) -> None:
        self.name, self._patience = "campaigns in memory", patience
        # One connection serves all threads when the store is in memory.
        self._one_at_a_time = threading.RLock()
        self._engine = self._connected(place, create)
        last = time.monotonic() + patience
        while True:
            try:
                with self._speaking():
                    self._prepare(create)
                return
            except Overtaken:
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
            return self._by_url(place)
        path = Path(place)
        self.name = str(path)
        if path.is_dir():
            raise self._unfit("is a directory, not a file", "write the name of a file in it")
        if not create and not path.exists():
            raise self._unfit("there is no such file", "sinews play SCENARIO starts a campaign")
        if not path.parent.is_dir():
            raise self._unfit("its directory does not exist", "create it, or name another file")
        return self._sqlite(f"sqlite:///{path}")

    def _by_url(self, place: str) -> Engine:
        try:
            url = make_url(place)
            self.name = url.render_as_string(hide_password=True)
            if url.get_backend_name() == "sqlite":
                return self._sqlite(place)
            return create_engine(url, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError, ValueError):
            self.name = place.partition("://")[0] + "://..."
            remedy = "write it as in postgresql://name:password@host/database, or name a file"
            raise self._unfit("is no address of a database", remedy) from None
        except ModuleNotFoundError as error:
            remedy = f"pip install {error.name}"
            raise self._unfit(f"its driver, {error.name}, is not installed", remedy) from None

    def _sqlite(self, url: str) -> Engine:
        # Nothing is held open between calls: another program may copy or move the file.
        waits = {"timeout": self._patience}
        return _with_pragmas(create_engine(url, poolclass=NullPool, connect_args=waits))

    def _prepare(self, create: bool) -> None:
        """See that the tables are there, in a format that this sinews knows."""
        there = set(inspect(self._engine).get_table_names())
        ours = set(_TABLES.tables)
        if _FORMAT.name not in there:
            if there & ours or not create:
                problem = "is a database, but not one of campaigns"
                raise self._unfit(problem, "name another file; sinews play SCENARIO makes one")
            # First of all, so that an interrupted beginning is known for what it is.
            _FORMAT.create(self._engine, checkfirst=True)
        with self._engine.connect() as c:
            row = c.execute(select(_FORMAT).order_by(_FORMAT.c.version.desc())).mappings().first()
        if row is not None and row["version"] > FORMAT:
            raise self._unfit(
                f"was written by a newer sinews ({row['sinews']}, format {row['version']}; "
                f"this is {__version__}, format {FORMAT})",
                "update sinews to open it; nothing was changed",
            )
        if not ours <= there:
            _TABLES.create_all(self._engine)
        if row is None:
            try:
                with self._engine.begin() as c:
                    c.execute(insert(_FORMAT).values(version=FORMAT, sinews=__version__))
            except IntegrityError:
                pass  # another process did

    def close(self) -> None:
        """Let go of its connections."""
        self._engine.dispose()

    # What is in it.

    def campaigns(self) -> dict[int, Snapshot]:
        """Every campaign, by its number."""
        with self._reading() as c:
            rows = c.execute(select(_CAMPAIGN).order_by(_CAMPAIGN.c.id)).mappings().all()
        return {row["id"]: _snapshot(row) for row in rows}

    def snapshot(self, campaign: int) -> Snapshot:
        """A campaign's scenario. Raises ScenarioError if there is no such campaign."""
        with self._reading() as c:
            row = c.execute(select(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign)).mappings().first()
            known = list(c.execute(select(_CAMPAIGN.c.id).order_by(_CAMPAIGN.c.id)).scalars())
        if row is None:
            remedy = f"it holds: {', '.join(map(str, known))}" if known else "it holds none yet"
            mistake = Mistake("campaign", "there is none of that number", "", remedy, str(campaign))
            raise ScenarioError(self.name, [mistake])
        return _snapshot(row)

    def branches(self, campaign: int) -> list[Branch]:
        """A campaign's branches, in the order in which they were made."""
        with self._reading() as c:
            return _branches(c, campaign)

    def log(self, campaign: int, branch: int) -> list[Entry]:
        """A branch's entries from the start of the campaign, those that it shares included."""
        with self._reading() as c:
            known = {b.number: b for b in _branches(c, campaign)}
            if branch not in known:
                listed = f"it has: {', '.join(map(str, known))}"
                mistake = Mistake("branch", "there is none of that number", "", listed, str(branch))
                raise ScenarioError(f"{self.name}, campaign {campaign}", [mistake])
            parts: list[list[Entry]] = []
            at, last = known.get(branch), None
            while at is not None:
                rows = select(_ENTRY).where(
                    _ENTRY.c.campaign == campaign, _ENTRY.c.branch == at.number
                )
                if last is not None:
                    rows = rows.where(_ENTRY.c.number <= last)
                found = c.execute(rows.order_by(_ENTRY.c.number)).mappings()
                parts.append([_entry(row) for row in found])
                last = at.fork if last is None or at.fork is None else min(last, at.fork)
                at = known.get(at.parent) if at.parent is not None else None
        return [each for part in reversed(parts) for each in part]

    # What is added to it.

    def found(self, snapshot: Snapshot, says: dict[str, Any]) -> int:
        """Keep a new campaign, its first branch and its first entry; the campaign's number."""
        row = {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}
        with self._writing() as c:
            key = c.execute(insert(_CAMPAIGN).values(**row)).inserted_primary_key
            assert key is not None  # databases that SQLAlchemy speaks to give it
            campaign = int(key[0])
            c.execute(insert(_BRANCH).values(campaign=campaign, number=1))
            _write(c, campaign, entry(1, None, "start", says))
        return campaign

    def append(self, campaign: int, each: Entry) -> None:
        """Keep an entry; when this returns, it is on the disk. Raises Overtaken, and keeps
        nothing, if another has its number or its key."""
        try:
            with self._writing() as c:
                _write(c, campaign, each)
        except IntegrityError:
            raise Overtaken from None

    def fork(self, campaign: int, parent: int, after: int) -> int:
        """A new branch that leaves `parent` after that entry; its number."""
        while True:
            try:
                with self._writing() as c:
                    most = select(func.max(_BRANCH.c.number)).where(_BRANCH.c.campaign == campaign)
                    number = int(c.execute(most).scalar_one()) + 1
                    row = {"campaign": campaign, "number": number, "parent": parent, "fork": after}
                    c.execute(insert(_BRANCH).values(**row))
                return number
            except IntegrityError:
                continue  # another made a branch of that number

    # How it speaks.

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._one_at_a_time, self._speaking(), self._engine.connect() as c:
            yield c

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._one_at_a_time, self._speaking(), self._engine.begin() as c:
            yield c

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """What goes wrong with a database, as a message that says what to do."""
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

    def _unfit(self, problem: str, remedy: str) -> ScenarioError:
        return ScenarioError(self.name, [Mistake("store", problem, "", remedy)])


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
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        # So that a damaged row is read, and found by its digest.
        connection.text_factory = lambda content: content.decode(errors="replace")

    return engine


def _write(c: Connection, campaign: int, each: Entry) -> None:
    row = {name: getattr(each, name) for name in Entry.__dataclass_fields__}
    c.execute(insert(_ENTRY).values(campaign=campaign, **row))


def _entry(row: RowMapping) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__dataclass_fields__})


def _snapshot(row: RowMapping) -> Snapshot:
    return Snapshot(**{name: row[name] for name in Snapshot.__dataclass_fields__})


def _branches(c: Connection, campaign: int) -> list[Branch]:
    rows = select(_BRANCH).where(_BRANCH.c.campaign == campaign).order_by(_BRANCH.c.number)
    return [Branch(row["number"], row["parent"], row["fork"]) for row in c.execute(rows).mappings()]
