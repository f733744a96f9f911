"""The log of a branch as one seat reads and writes it.

What a seat reads of it is its own; what it adds stands on top of all that is there, whoever wrote
that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sinews.campaign import log, seats
from sinews.campaign.log import Act, Entry, Turn
from sinews.campaign.snapshot import restored, seated
from sinews.campaign.store import Overtaken, Store
from sinews.errors import Mistake, ScenarioError, misnamed, shown, whole_number

Plain = dict[str, Any]
Place = Store | str | Path | None


class Journal:
    """A branch of a campaign, from a seat."""

    def __init__(self, store: Store, number: int, branch: int, power: str | None) -> None:
        self.store, self.number, self.line = store, number, branch
        entries = self._entries()
        self.began = entries[0].says
        """What the first entry says."""
        self.plain = restored(store.snapshot(number), self.began, store.name)
        self.powers = seated(self.began)
        self.power = seats.seat(self.place, self.powers, power)
        """Whose seat it is; None where nobody plays."""
        self.own = seats.own_items(self.plain, self.power)
        self._read, self.whole = entries, log.turns(entries)
        """Every entry, and the turns with all that anybody did in them."""

    @property
    def place(self) -> str:
        """What messages call it."""
        return f"{self.plain.name}, campaign {self.number}"

    @property
    def now(self) -> Turn:
        """The open turn, with all that anybody did in it."""
        return self.whole[-1]

    @property
    def on(self) -> date:
        """The day that it is."""
        return self.now.on

    @property
    def over(self) -> bool:
        """Whether the scenario's last week is over."""
        return self.on >= self.plain.end

    @property
    def played(self) -> tuple[Turn, ...]:
        """The turns with what this seat did in them and what came up for it."""
        if self.power is None:
            return tuple(self.whole)
        return tuple(turn.of(self.power, self.own) for turn in self.whole)

    @property
    def eyes(self) -> str | None:
        """Whose eyes see what happened; None's see all of it: where nobody plays, and when the
        campaign is over."""
        return None if self.over else self.power

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns as far as this seat may know them today."""
        return self.played if self.eyes else tuple(self.whole)

    def turn(self, number: int) -> Turn:
        """One of those turns. Raises ScenarioError if it has not been played."""
        self.read()
        if not whole_number(number, 1, self.now.number):
            expected = f"it must be from 1 to {self.now.number}"
            self.refuse(Mistake("turn", "has not been played", expected, value=shown(number)))
        return self.turns[number - 1]

    def signed(self, by: str | None) -> str:
        """Who acts for this seat's power: who is named or, if nobody is, its leader."""
        self.refuse(*([] if by is None else misnamed(by=by)))
        power = self.plain.powers[self.power or ""]
        return by or power.leader.name or power.title or self.power or ""

    def refuse(self, *mistakes: Mistake | None) -> None:
        """Raise ScenarioError with all mistakes there are, if there are any."""
        if found := [mistake for mistake in mistakes if mistake is not None]:
            raise ScenarioError(self.place, found)

    def silent(self) -> Mistake | None:
        """Why this seat has no more to say in the open turn; None if it has."""
        if self.power not in self.now.submitted:
            return None
        expected, turn = "nothing was changed", str(self.now.number)
        remedy = "it goes on when every seat has submitted it, and it is advanced"
        return Mistake("turn", "is submitted already", expected, remedy, turn)

    def ended(self, what: str) -> Mistake | None:
        """Why no more can be done; None while the campaign is not over."""
        remedy = "branch at an earlier turn to play on from there"
        return Mistake(what, "the campaign is over", "", remedy) if self.over else None

    def waits(self) -> Mistake | None:
        """Whom the open turn waits for; None if it can be advanced."""
        late = [power for power in self.powers if power not in self.now.submitted]
        if not late or len(self.powers) == 1:
            return None
        titles = ", ".join(self.plain.powers[power].title or power for power in late)
        return Mistake("advance", f"the turn is not submitted yet by {titles}", "", "wait for them")

    def read(self) -> list[Entry]:
        """Read again what others may have added; every entry."""
        entries = self._entries()
        if entries != self._read:
            self._read, self.whole = entries, log.turns(entries)
        return entries

    def write(
        self, kind: str, says: Callable[[], Plain], key: str | None, same: Plain | None = None
    ) -> Entry:
        """Add an entry on top of all that is in the log, or give the one that has the key, if that
        says the `same`."""
        self.refuse(unkept(key))
        turn = self.now.number
        while True:
            entries = self.read()
            for each in entries:
                if key is not None and each.key == key:
                    return self._again(each, kind, same or {})
            if self.now.number != turn:
                problem = f"has moved on: it is turn {self.now.number}, {self.on}"
                remedy = "nothing was changed: ask for the brief again"
                self.refuse(Mistake("campaign", problem, "", remedy))
            words = says() | {"when": clock()}
            written = log.entry(self.line, entries[-1], kind, words, key)
            try:
                self.store.append(self.number, written)
            except Overtaken:
                continue  # another wrote first: see whether this can still be done
            self._read = [*entries, written]
            self.whole = log.turns(self._read)
            return written

    def act(self, written: Entry) -> Act:
        """The decision or order that an entry made, took back or put back."""
        made = written.kind in ("decide", "order")
        return self.numbered(written.number if made else written.says["entry"])

    def numbered(self, entry: int) -> Act:
        """The decision or order that an entry of that number made."""
        every = (d for turn in self.whole for d in (*turn.acts, *turn.withdrawn))
        return next(d for d in every if d.entry == entry)

    def _entries(self) -> list[Entry]:
        entries = self.store.log(self.number, self.line)
        return log.checked_entries(self.store.name, self.number, self.line, entries)

    def _again(self, each: Entry, kind: str, same: Plain) -> Entry:
        # As in versions 1 and 2.
        said = {"power": self.powers[0] if self.powers else None, "terms": {}} | each.says
        if each.kind == kind and all(said[name] == value for name, value in same.items()):
            return each
        problem = "is that of another call"
        if said["power"] == self.power:
            problem += f": entry {each.number}, {each.kind}"
        mistake = Mistake("key", problem, "", "give each call a key of its own", shown(each.key))
        raise ScenarioError(self.place, [mistake])


def unkept(key: object) -> Mistake | None:
    """Why a key cannot be kept; None if it can, or if there is none."""
    if key is None or (isinstance(key, str) and 0 < len(key) <= log.LONGEST_KEY):
        return None
    expected = f"it must have 1 to {log.LONGEST_KEY} characters"
    return Mistake("key", "cannot be kept", expected, value=shown(key))


def open_store(place: Place, create: bool) -> Store:
    """The store at a place, unless it is open already."""
    if not isinstance(place, Store | str | os.PathLike | None):
        expected = "write the name of a file, or the address of a database"
        raise ScenarioError("store", [Mistake("store", "is no place", expected, "", shown(place))])
    return place if isinstance(place, Store) else Store(place, create)


def forked(store: Store, number: int, branch: int, at: int, entries: Sequence[Entry]) -> int:
    """The number of a new branch that leaves another as a turn begins."""
    played = log.turns(entries)
    if not whole_number(at, 1, len(played)):
        expected = f"it must be from 1 to {len(played)}" if played else "none is sound"
        mistake = Mistake("turn", "has not been played", expected, value=shown(at))
        raise ScenarioError(f"{store.name}, campaign {number}, branch {branch}", [mistake])
    return store.fork(number, branch, played[at - 1].entry)


def clock() -> str:
    """The time of day."""
    return datetime.now(UTC).isoformat(timespec="seconds")
