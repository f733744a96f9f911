"""The records of a campaign's turns: kept when a turn begins, read ever after.

A record is kept under the digest of the entry that began its turn, and so shared by the branches
that share the entry. What lacks can be simulated again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

from sinews.campaign import fog
from sinews.campaign.log import Turn, standing_acts
from sinews.campaign.record import Record, joined, packed, unpacked
from sinews.campaign.staff import Progress, Told
from sinews.campaign.store import Store
from sinews.campaign.truth import Players, week_of
from sinews.scenario import Scenario

Content = tuple[Record, dict[str, Any]]

KIND = "record"
AT_HAND = 2000  # records of turns

# What was read once, by store: content under a key never changes.
_READ: WeakKeyDictionary[Store, OrderedDict[tuple[int, str], Content]] = WeakKeyDictionary()
_READING = threading.Lock()


class History:
    """What is kept of the weeks of a campaign, whole; and as much of it as a power may know."""

    def __init__(self, store: Store, number: int, plain: Scenario, side: Players) -> None:
        self._store, self._number, self._plain, self.side = store, number, plain, side
        self._far: Record | None = None

    def simulated(self, played: Sequence[Turn], on: date) -> Record:
        """The weeks up to a day as they happen with what is decided, of every power."""
        if self.side.powers:
            return self.side.truth(self._plain, played, on)
        # Nobody decides anything: one simulation serves to the end.
        self._far = self._far or self.side.truth(self._plain, played, self._plain.end)
        return self._far.until(week_of(self._plain, on))

    def keep(self, played: Sequence[Turn], truth: Record) -> None:
        """Keep the record of the open turn, as simulated."""
        self._keep(played, len(played) - 1, truth)

    def _keep(self, played: Sequence[Turn], at: int, truth: Record) -> None:
        """Keep the record of one of some turns, with what has become of those before it."""
        first = week_of(self._plain, played[at - 1].on) + 1 if at else 0
        own = self._print(truth, played[at].on)
        changed = [t.number for t in played[:at] if self._print(truth, t.on) != t.print]
        week = week_of(self._plain, played[at].on)
        content = packed(truth.until(week).since(first), {"print": own, "changed": changed})
        self._store.keep(self._number, KIND, played[at].digest, content)

    def _print(self, truth: Record, on: date) -> str:
        return fog.fingerprint(truth, self._plain, self.side.powers, week_of(self._plain, on))

    def mend(self, played: Sequence[Turn], progress: Progress | None = None) -> None:
        """Simulate and keep what records of some turns lack."""
        kept = [self._store.kept(self._number, KIND, turn.digest) for turn in played]
        lacking = [at for at, content in enumerate(kept) if content is None]
        told = Told(progress, len(lacking), "Writing down what happened")
        # What a turn decided shows only after it: one simulation serves until then.
        for _, group in groupby(lacking, lambda at: len(standing_acts(played[:at]))):
            turns = list(group)
            truth = self.simulated(played[: turns[0]], played[turns[-1]].on)
            for at in turns:
                self._keep(played, at, truth)
                told.add(1)

    def read(self, turn: Turn, power: str | None) -> Record | None:
        """The record of a turn as a power knows it (None: all of it); None if it is not kept."""
        content = self._content(turn)
        return None if content is None else fog.as_seen_by(content[0], self._plain, power)

    def read_all(self, played: Sequence[Turn], power: str | None) -> Record | None:
        """The records of turns from the first on, joined; None if one is not kept."""
        found = [self.read(turn, None) for turn in played]
        parts = [record for record in found if record is not None]
        if len(parts) < len(found):
            return None
        return fog.as_seen_by(joined(parts), self._plain, power)

    def whole(self, played: Sequence[Turn], power: str | None = None) -> Record:
        """The same, what lacks being simulated first."""
        found = self.read_all(played, power)
        if found is None:
            self.mend(played)
            found = self.read_all(played, power)
        assert found is not None  # it was kept just now
        return found

    def as_played(self, played: Sequence[Turn]) -> list[bool]:
        """Whether what is kept of each turn is what was simulated when it was played, and what
        came later was simulated from the same."""
        notes = [self._notes(turn) or {} for turn in played]
        changed = {number for each in notes for number in each.get("changed", ())}
        return [
            each.get("print") == turn.print and turn.number not in changed
            for turn, each in zip(played, notes, strict=True)
        ]

    def _notes(self, turn: Turn) -> dict[str, Any] | None:
        content = self._content(turn)
        return None if content is None else content[1]

    def _content(self, turn: Turn) -> Content | None:
        """The record of a turn, whole, and the notes on it; None if it is not kept."""
        key = self._number, turn.digest
        with _READING:
            held = _READ.setdefault(self._store, OrderedDict())
            if key in held:
                held.move_to_end(key)
                return held[key]
        kept = self._store.kept(self._number, KIND, turn.digest)
        if kept is None:
            return None
        with _READING:
            held[key] = unpacked(kept)
            while len(held) > AT_HAND:
                held.popitem(last=False)
            return held[key]
