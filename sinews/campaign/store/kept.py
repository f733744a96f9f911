"""What was worked out from a campaign's log, kept so that it need not be worked out again.

A key is made of what the content follows from: content under a key never changes.
"""

from __future__ import annotations

import zlib

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from sinews.campaign.store.speaking import Database
from sinews.campaign.store.tables import KEPT


class Kept:
    """What a store keeps of its campaigns beside their logs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, campaign: int, kind: str, key: str) -> bytes | None:
        """What is kept under a key; None if nothing is, or if it is damaged."""
        with self._database.reading() as c:
            content = c.execute(select(KEPT.c.content).where(_at(campaign, kind, key))).scalar()
        try:
            return None if content is None else zlib.decompress(content)
        except zlib.error:
            return None

    def keep(self, campaign: int, kind: str, key: str, content: bytes) -> None:
        """Keep content under a key, unless something sound is kept there already."""
        small = zlib.compress(content)
        try:
            with self._database.writing() as c:
                row = {"campaign": campaign, "kind": kind, "key": key, "content": small}
                c.execute(insert(KEPT).values(**row))
        except IntegrityError:
            if self.kept(campaign, kind, key) is None:
                with self._database.writing() as c:
                    c.execute(update(KEPT).where(_at(campaign, kind, key)).values(content=small))


def _at(campaign: int, kind: str, key: str):
    return (KEPT.c.campaign == campaign) & (KEPT.c.kind == kind) & (KEPT.c.key == key)
