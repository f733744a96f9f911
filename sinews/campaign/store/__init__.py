"""Where campaigns are kept: a SQLite file, or a database by its URL."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sinews.campaign.log import Entry
from sinews.campaign.store.campaigns import Branch, Campaigns, Snapshot
from sinews.campaign.store.jobs import Job, Jobs
from sinews.campaign.store.kept import Kept
from sinews.campaign.store.people import Account, People
from sinews.campaign.store.shelf import Shelf, Uploads
from sinews.campaign.store.speaking import Database, Overtaken, StoreError

__all__ = ["Account", "Branch", "Job", "Overtaken", "Snapshot", "Store", "StoreError"]

PATIENCE = 5.0  # seconds to wait for another writer


class Store:
    """Campaigns in a file, in a server's database, or (None) in memory for as long as it lasts.

    `jobs` is the work that a server's workers do, `people` who plays, `shelf` what is kept for each
    reader, `uploads` scenarios that were brought.
    """

    def __init__(
        self, place: str | Path | None = None, create: bool = True, patience: float = PATIENCE
    ) -> None:
        self._database = database = Database(place, create, patience)
        self._campaigns, self._kept = Campaigns(database), Kept(database)
        self.jobs, self.people = Jobs(database), People(database)
        self.shelf, self.uploads = Shelf(database), Uploads(database)

    @property
    def name(self) -> str:
        """Where it is, as a reader may be told."""
        return self._database.name

    def close(self) -> None:
        """Let go of its connections."""
        self._database.close()

    def sitting(self) -> AbstractContextManager[None]:
        """Whatever this thread reads in it is read over one connection."""
        return self._database.sitting()

    # Campaigns.

    def campaigns(self) -> dict[int, Snapshot]:
        """Every campaign, by its number."""
        return self._campaigns.all()

    def snapshot(self, campaign: int) -> Snapshot:
        """A campaign's scenario. Raises ScenarioError if there is no such campaign."""
        return self._campaigns.snapshot(campaign)

    def begun(self, key: str) -> int | None:
        """The campaign whose first entry has that key; None if there is none."""
        return self._campaigns.begun(key)

    def branches(self, campaign: int) -> list[Branch]:
        """A campaign's branches, in the order in which they were made."""
        return self._campaigns.branches(campaign)

    def log(self, campaign: int, branch: int) -> list[Entry]:
        """A branch's entries from the start of the campaign, those that it shares included."""
        return self._campaigns.log(campaign, branch)

    def found(self, snapshot: Snapshot, says: dict[str, Any], key: str | None = None) -> int:
        """Keep a new campaign, its first branch and its first entry; the campaign's number."""
        return self._campaigns.found(snapshot, says, key)

    def append(self, campaign: int, each: Entry) -> None:
        """Keep an entry; when this returns, it is on the disk. Raises Overtaken, and keeps
        nothing, if another has its number or its key."""
        self._campaigns.append(campaign, each)

    def fork(self, campaign: int, parent: int, after: int) -> int:
        """A new branch that leaves `parent` after that entry; its number."""
        return self._campaigns.fork(campaign, parent, after)

    # What follows from them.

    def kept(self, campaign: int, kind: str, key: str) -> bytes | None:
        """What is kept of a campaign under a key; None if nothing sound is."""
        return self._kept.kept(campaign, kind, key)

    def keep(self, campaign: int, kind: str, key: str, content: bytes) -> None:
        """Keep content under a key, unless something sound is kept there already."""
        self._kept.keep(campaign, kind, key, content)
