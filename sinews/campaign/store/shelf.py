"""What a store keeps for each reader: places in campaigns, and scenarios brought along."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from sinews.campaign.store.speaking import Database
from sinews.campaign.store.tables import PLACE, SECRET, UPLOAD
from sinews.errors import Mistake, ScenarioError

_MOST = 50  # uploads of one account


@dataclass(frozen=True)
class Bookmark:
    """Where a reader is in a campaign."""

    campaign: int
    branch: int
    turn: int
    part: str
    """Where in the chapter; empty for its beginning."""
    furthest: int
    """The last turn that was read."""
    at: float


@dataclass(frozen=True)
class Upload:
    """A scenario that somebody brought."""

    id: int
    name: str
    title: str
    text: str
    by: int
    at: float


class Shelf:
    """Readers' places, by account; 0 is the reader without login."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def places(self, account: int) -> dict[int, Bookmark]:
        """Where a reader is, by campaign, the one read last first."""
        own = select(PLACE).where(PLACE.c.account == account).order_by(PLACE.c.at.desc())
        names = Bookmark.__dataclass_fields__
        with self._database.reading() as c:
            found = [Bookmark(**{n: row[n] for n in names}) for row in c.execute(own).mappings()]
        return {place.campaign: place for place in found}

    def mark(self, account: int, campaign: int, branch: int, turn: int, part: str = "") -> None:
        """A reader is there now."""
        own = (PLACE.c.account == account) & (PLACE.c.campaign == campaign)
        with self._database.writing() as c:
            before = c.execute(select(PLACE).where(own)).first()
            same = before is not None and before.branch == branch
            row = {
                **{"account": account, "campaign": campaign, "branch": branch, "turn": turn},
                **{"part": part[:80], "at": time.time()},
                "furthest": max(turn, before.furthest) if before is not None and same else turn,
            }
            c.execute(delete(PLACE).where(own))
            c.execute(insert(PLACE).values(**row))

    def secret(self) -> bytes:
        """The store's own secret, made when it is first asked for."""
        own = select(SECRET.c.value).where(SECRET.c.name == "forms")
        made = secrets.token_hex(32)
        try:
            with self._database.reading() as c:
                found = c.execute(own).scalar()
            if found is None:
                with self._database.writing() as c:
                    c.execute(insert(SECRET).values(name="forms", value=made))
                found = made
        except IntegrityError:
            return self.secret()  # another server made it at the same time
        return bytes.fromhex(found)


class Uploads:
    """Scenarios that were brought to a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, title: str, text: str, by: int) -> int:
        """Keep a scenario's text; its number. One of the same name by the same reader is
        replaced."""
        same = (UPLOAD.c.by == by) & (UPLOAD.c.name == name)
        row = {"title": title, "text": text, "at": time.time()}
        with self._database.writing() as c:
            own = list(c.execute(select(UPLOAD.c.id, UPLOAD.c.name).where(UPLOAD.c.by == by)))
            number = next((one.id for one in own if one.name == name), None)
            if number is not None:
                c.execute(update(UPLOAD).where(same).values(**row))
                return int(number)
            if len(own) >= _MOST:
                problem = f"{_MOST} scenarios of yours are kept, and no more will be"
                mistake = Mistake("upload", problem, "", "remove one of them first")
                raise ScenarioError(self._database.name, [mistake])
            inserted = c.execute(insert(UPLOAD).values(**row, name=name, by=by))
            assert inserted.inserted_primary_key is not None
            return int(inserted.inserted_primary_key[0])

    def upload(self, number: int, by: int) -> Upload:
        """One of a reader's own. Raises ScenarioError if there is none of that number."""
        found = next((each for each in self.of(by) if each.id == number), None)
        if found is None:
            mistake = Mistake("upload", "there is none of that number", value=str(number))
            raise ScenarioError(self._database.name, [mistake])
        return found

    def of(self, by: int) -> list[Upload]:
        """What a reader brought, the newest first."""
        own = select(UPLOAD).where(UPLOAD.c.by == by).order_by(UPLOAD.c.at.desc())
        names = Upload.__dataclass_fields__
        with self._database.reading() as c:
            return [Upload(**{n: row[n] for n in names}) for row in c.execute(own).mappings()]

    def remove(self, number: int, by: int) -> None:
        """One of a reader's own is no longer kept."""
        with self._database.writing() as c:
            c.execute(delete(UPLOAD).where((UPLOAD.c.id == number) & (UPLOAD.c.by == by)))
