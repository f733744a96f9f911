"""What a council was handed: the page of an item, kept under what it follows from.

A page follows from all that had happened when the turn began (the digest of that entry), from the
item and from what the power had decided since. Who decides in another program than the one in
which the brief was heard keeps the forecasts that were shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sinews.campaign.log import Act, Decision, StandingOrder, Turn
from sinews.campaign.store import Store

Plain = dict[str, Any]


@dataclass(frozen=True)
class KeptPaper:
    """A page, and what goes with a decision that is taken on it."""

    page: Plain
    rows: list[Plain]
    """Forecasts, each with the value of every member that served."""

    @property
    def advice(self) -> dict[str, str]:
        """The option that each minister wants who wants one."""
        voices = (self.page.get("advice") or {}).get("ministers", ())
        return {each["minister"]: each["prefers"] for each in voices if each["prefers"]}

    @property
    def barred(self) -> dict[str, str]:
        """The options that cannot be had, and why."""
        return {o["name"]: o["barred"] for o in self.page["options"] if o["barred"]}

    def of(self, option: str) -> list[Plain]:
        """The forecasts of an option, and the staff's estimates."""
        return [row for row in self.rows if row["option"] in ("", option)]

    def content(self) -> bytes:
        """As it is kept."""
        words = {"page": self.page, "rows": self.rows}
        return json.dumps(words, ensure_ascii=False, allow_nan=False).encode()


def paper_key(turn: Turn, power: str | None, item: str, acts: Iterable[Act], own: str = "") -> str:
    """The key of an item's page when these acts of the power stand in a turn; `own` is the
    word of the option on own terms that it was heard on, if it was."""
    made = [act for act in acts if act.power == power]
    standing = sorted(act.label for act in made if isinstance(act, Decision))
    standing += [act.label for act in made if isinstance(act, StandingOrder)]
    return of_state(turn, power, item, *standing, *filter(None, [own]))


def of_state(turn: Turn, power: str | None, *words: str) -> str:
    """The key of what follows from all that led to a turn, for a power, and from some words."""
    text = json.dumps([turn.digest, power, turn.on.isoformat(), *words])
    return sha256(text.encode()).hexdigest()


def read_paper(store: Store, campaign: int, at: str) -> KeptPaper | None:
    """The page that is kept under a key."""
    content = store.kept(campaign, "paper", at)
    return None if content is None else KeptPaper(**json.loads(content))
