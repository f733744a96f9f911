"""The log of campaigns in a store: entries that are added and never changed.

An entry is on the disk when `append` returns. Two who write at once are told apart by the entry's
number, which only one of them can have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select
from sqlalchemy.exc import IntegrityError

from sinews.campaign.log import Entry, entry
from sinews.campaign.store.speaking import Database, Overtaken
from sinews.campaign.store.tables import BRANCH, CAMPAIGN, ENTRY
from sinews.errors import Mistake, ScenarioError, shown, whole_number


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


class Campaigns:
    """The campaigns of a store, with their branches and logs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[int, Snapshot]:
        """Every campaign, by its number."""
        with self._database.reading() as c:
            rows = c.execute(select(CAMPAIGN).order_by(CAMPAIGN.c.id)).mappings().all()
        return {row["id"]: _snapshot(row) for row in rows}

    def snapshot(self, campaign: int) -> Snapshot:
        """A campaign's scenario. Raises ScenarioError if there is no such campaign."""
        with self._database.reading() as c:
            known = list(c.execute(select(CAMPAIGN.c.id).order_by(CAMPAIGN.c.id)).scalars())
            there = whole_number(campaign, 1) and campaign in known
            found = select(CAMPAIGN).where(CAMPAIGN.c.id == (campaign if there else None))
            row = c.execute(found).mappings().first()
        if row is None:
            remedy = f"it holds: {', '.join(map(str, known))}" if known else "it holds none yet"
            mistake = Mistake(
                "campaign", "there is none of that number", "", remedy, shown(campaign)
            )
            raise ScenarioError(self._database.name, [mistake])
        return _snapshot(row)

    def begun(self, key: str) -> int | None:
        """The campaign whose first entry has that key."""
        with self._database.reading() as c:
            first = (ENTRY.c.branch == 1) & (ENTRY.c.number == 0) & (ENTRY.c.key == key)
            return c.execute(select(ENTRY.c.campaign).where(first)).scalar()

    def branches(self, campaign: int) -> list[Branch]:
        """A campaign's branches, in the order in which they were made."""
        return list(self._branches(campaign))

    def log(self, campaign: int, branch: int) -> list[Entry]:
        """A branch's entries from the start of the campaign, those that it shares included."""
        return list(
            self._database.once(("log", campaign, branch), lambda c: self._log(c, campaign, branch))
        )

    def _branches(self, campaign: int) -> list[Branch]:
        return self._database.once(("branches", campaign), lambda c: _branches(c, campaign))

    def _log(self, c: Connection, campaign: int, branch: int) -> list[Entry]:
        known = {b.number: b for b in _branches(c, campaign)}
        if not whole_number(branch, 1) or branch not in known:
            listed = f"it has: {', '.join(map(str, known))}"
            remedy = listed if known else "it has lost all of them: restore the store from a copy"
            mistake = Mistake("branch", "there is none of that number", "", remedy, shown(branch))
            raise ScenarioError(f"{self._database.name}, campaign {campaign}", [mistake])
        parts: list[list[Entry]] = []
        at, last = known.get(branch), None
        while at is not None:
            rows = select(ENTRY).where(ENTRY.c.campaign == campaign, ENTRY.c.branch == at.number)
            if last is not None:
                rows = rows.where(ENTRY.c.number <= last)
            found = c.execute(rows.order_by(ENTRY.c.number)).mappings()
            parts.append([_entry(row) for row in found])
            last = at.fork if last is None or at.fork is None else min(last, at.fork)
            at = known.get(at.parent) if at.parent is not None else None
        return [each for part in reversed(parts) for each in part]

    def found(self, snapshot: Snapshot, says: dict[str, Any], key: str | None) -> int:
        """Keep a new campaign, its first branch and its first entry; the campaign's number."""
        row = {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}
        with self._database.writing() as c:
            inserted = c.execute(insert(CAMPAIGN).values(**row)).inserted_primary_key
            assert inserted is not None  # databases that SQLAlchemy speaks to give it
            campaign = int(inserted[0])
            c.execute(insert(BRANCH).values(campaign=campaign, number=1))
            _write(c, campaign, entry(1, None, "start", says, key))
        return campaign

    def append(self, campaign: int, each: Entry) -> None:
        """Keep an entry. Raises Overtaken, and keeps nothing, if another has its number or key."""
        try:
            with self._database.writing() as c:
                _write(c, campaign, each)
        except IntegrityError:
            raise Overtaken from None

    def fork(self, campaign: int, parent: int, after: int) -> int:
        """A new branch that leaves `parent` after that entry; its number."""
        while True:
            try:
                with self._database.writing() as c:
                    most = select(func.max(BRANCH.c.number)).where(BRANCH.c.campaign == campaign)
                    number = int(c.execute(most).scalar_one()) + 1
                    row = {"campaign": campaign, "number": number, "parent": parent, "fork": after}
                    c.execute(insert(BRANCH).values(**row))
                return number
            except IntegrityError:
                continue  # another made a branch of that number


def _write(c: Connection, campaign: int, each: Entry) -> None:
    row = {name: getattr(each, name) for name in Entry.__dataclass_fields__}
    c.execute(insert(ENTRY).values(campaign=campaign, **row))


def _entry(row: RowMapping) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__dataclass_fields__})


def _snapshot(row: RowMapping) -> Snapshot:
    return Snapshot(**{name: row[name] for name in Snapshot.__dataclass_fields__})


def _branches(c: Connection, campaign: int) -> list[Branch]:
    rows = select(BRANCH).where(BRANCH.c.campaign == campaign).order_by(BRANCH.c.number)
    return [Branch(row["number"], row["parent"], row["fork"]) for row in c.execute(rows).mappings()]
