"""The log of a campaign: entries that are added and never changed.

An entry's digest covers its own words and the digest of the entry before it, so that a row that
was damaged or lost is found and named. What has happened in a campaign follows from its log
alone: `turns` reads it. Entries are plain JSON.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario
from sinews.scenario.negotiable import worded
from sinews.scenario.standing import in_words, order_word

# Of what an entry says: in 1 there was one player, and no submit, redo or reset; in 2 no own terms;
# in 3 no orders.
VERSION = 4
KINDS = ("start", "decide", "order", "undo", "redo", "reset", "submit", "advance")
LONGEST_KEY = 200


@dataclass(frozen=True)
class Entry:
    """One row of the log: what was done, as JSON, and a digest that seals it."""

    branch: int
    number: int
    kind: str
    key: str | None
    version: int
    text: str
    digest: str

    @property
    def says(self) -> dict[str, Any]:
        """What it says; not to be changed."""
        return _read(self.text)

    def sealed_after(self, before: str) -> str:
        """The digest that it has if it is as it was written, after the entry of digest `before`."""
        words = (before, self.number, self.kind, self.key or "", self.version, self.text)
        return sha256("\n".join(map(str, words)).encode()).hexdigest()


@lru_cache(512)
def _read(text: str) -> dict[str, Any]:
    return json.loads(text)


def entry(
    branch: int,
    after: Entry | None,
    kind: str,
    says: Mapping[str, Any],
    key: str | None = None,
) -> Entry:
    """The entry that follows `after`, sealed.

    >>> first = entry(1, None, "start", {"on": "1941-09-07"})
    >>> second = entry(1, first, "advance", {"on": "1941-09-21"})
    >>> second.number, second.digest == second.sealed_after(first.digest)
    (1, True)
    """
    text = json.dumps(says, sort_keys=True, ensure_ascii=False, allow_nan=False)
    number = after.number + 1 if after else 0
    bare = Entry(branch, number, kind, key, VERSION, text, "")
    return replace(bare, digest=bare.sealed_after(after.digest if after else ""))


def sound(entries: Sequence[Entry]) -> list[Entry]:
    """The entries before the first that is damaged or missing: all of them, as a rule."""
    good: list[Entry] = []
    before = ""
    for number, each in enumerate(entries):
        if each.number != number or each.digest != each.sealed_after(before):
            break
        good.append(each)
        before = each.digest
    return good


def checked_entries(
    place: str, campaign: int, branch: int, entries: Sequence[Entry]
) -> list[Entry]:
    """The entries, all sound; or a ScenarioError that names the damaged one and the way on."""
    good = sound(entries)
    for each in good:
        if each.version > VERSION or each.kind not in KINDS:
            where = f"campaign {campaign}, branch {branch}, entry {each.number}"
            problem, remedy = "was written by a newer sinews", "update sinews to open it"
            raise ScenarioError(place, [Mistake(where, problem, "nothing was changed", remedy)])
    if good and len(good) == len(entries):
        return good
    played = turns(good) if good else []
    if played:
        turn = played[-1].number
        remedy = (
            f"the {_entries(len(good))} before it {'is' if len(good) == 1 else 'are'} sound: "
            f"go on from turn {turn} in a new branch, with "
            f"`sinews play --resume {campaign} --branch {branch} --fork {turn} "
            f"--store {shlex.quote(place)}`, or "
            f"Campaign.open(store, {campaign}, branch={branch}, fork={turn})"
        )
    else:
        remedy = "no entry before it is sound: restore the store from a copy"
    where = f"campaign {campaign}, branch {branch}, entry {len(good)}"
    problem = "is damaged or missing: it is not what was written after the entry before it"
    raise ScenarioError(place, [Mistake(where, problem, "nothing was changed", remedy)])


def _entries(count: int) -> str:
    return "entry" if count == 1 else f"{count} entries"


@dataclass(frozen=True)
class Decision:
    """An option chosen for an item of the agenda, on its own terms or as it is."""

    entry: int
    turn: int
    on: date
    power: str
    item: str
    option: str
    by: str
    key: str | None
    forecasts: tuple[dict[str, Any], ...] | None
    """What the player was shown before choosing; None if no brief was asked for."""
    advice: dict[str, str] | None = None
    """The option that each minister wanted, as it was shown."""
    paper: str | None = None
    """The key of the page on which it was taken."""
    terms: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    """Own terms, in place of the option's, by name; days as they are written."""

    @property
    def choice(self) -> str:
        """The option and its own terms, as one word."""
        return worded(self.option, self.terms)

    @property
    def word(self) -> str:
        """The same with its day."""
        return f"{self.choice}@{self.on}"

    @property
    def label(self) -> str:
        """What it adds to what stands decided in its turn."""
        return f"{self.item}={self.choice}"

    def title(self, scenario: Scenario) -> str:
        """What was chosen, as pages call it."""
        title = scenario.options[self.option].title or self.option
        return f"{title}, on own terms" if self.terms else title

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        made = {"item": self.item, "option": self.option, "terms": dict(self.terms)}
        return _plain(self, made)


@dataclass(frozen=True)
class StandingOrder:
    """A standing order that a power gave between councils."""

    entry: int
    turn: int
    on: date
    power: str
    words: Mapping[str, Any]
    """What is ordered, in the words of a script; days as they are written."""
    by: str
    key: str | None

    @property
    def label(self) -> str:
        """What it adds to what stands decided in its turn."""
        return order_word(self.power, self.words)

    @property
    def word(self) -> str:
        """The same with its day."""
        return f"{self.label}@{self.on}"

    def title(self, scenario: Scenario) -> str:
        """What was ordered, as pages call it."""
        del scenario
        return f"Order: {in_words(self.words)}"

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return _plain(self, {"order": dict(self.words)})


Act = Decision | StandingOrder
"""What a power does in a turn, and may undo in it."""


def _plain(act: Act, made: Mapping[str, Any]) -> dict[str, Any]:
    """What was `made`, between when and by whom."""
    when = {"entry": act.entry, "turn": act.turn, "date": act.on.isoformat(), "power": act.power}
    return {**when, **made, "by": act.by, "key": act.key}


@dataclass(frozen=True)
class Turn:
    """A turn: when it began, what came up and what stands decided in it."""

    number: int
    on: date
    entry: int
    """The entry that began it."""
    digest: str
    """Of that entry."""
    raised: tuple[str, ...]
    """Items of the agenda whose trigger was met as it began."""
    print: str
    """Fingerprint of what had happened by then, as simulated when it was played."""
    acts: tuple[Act, ...] = ()
    """Decisions and orders that stand."""
    withdrawn: tuple[Act, ...] = ()
    back: tuple[Act, ...] = ()
    """Of the withdrawn, those that may be put back, the next one last: nothing was done since."""
    submitted: tuple[str, ...] = ()
    """The powers that have no more to say in it."""
    joint: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict[str, Any])
    """By power, what was forecast of all its decisions together as the turn was closed."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What stands decided."""
        return tuple(act for act in self.acts if isinstance(act, Decision))

    @property
    def orders(self) -> tuple[StandingOrder, ...]:
        """What stands ordered in it."""
        return tuple(act for act in self.acts if isinstance(act, StandingOrder))

    @property
    def undone(self) -> tuple[Decision, ...]:
        """Decisions that were taken back."""
        return tuple(act for act in self.withdrawn if isinstance(act, Decision))

    def of(self, power: str, items: frozenset[str]) -> Turn:
        """As one power knows it, to whom these items of the agenda belong."""

        def own(made: tuple[Act, ...]) -> tuple[Act, ...]:
            return tuple(d for d in made if d.power == power)

        return replace(
            self,
            raised=tuple(name for name in self.raised if name in items),
            acts=own(self.acts),
            withdrawn=own(self.withdrawn),
            back=own(self.back),
            joint={who: rows for who, rows in self.joint.items() if who == power},
        )


def turns(entries: Sequence[Entry]) -> list[Turn]:
    """The turns of a log, the open one last."""
    out: list[Turn] = []
    first = str(entries[0].says.get("power")) if entries else ""
    for each in entries:
        says = each.says
        if each.kind in ("start", "advance"):
            on, raised = date.fromisoformat(says["on"]), tuple(says["raised"])
            if out:
                out[-1] = replace(out[-1], joint=says.get("joint", {}))
            out.append(Turn(len(out) + 1, on, each.number, each.digest, raised, says["print"]))
        else:
            # In version 1 whose it was went without saying.
            out[-1] = _moved(out[-1], each, says.get("power", first))
    return out


def _moved(turn: Turn, each: Entry, power: str) -> Turn:
    """A turn with one more entry of a power in it."""
    says = each.says
    match each.kind:
        case "decide" | "order":
            made = (decision if each.kind == "decide" else order_of)(each, turn.number, power)
            back = tuple(d for d in turn.back if d.power != power)
            return replace(turn, acts=(*turn.acts, made), back=back)
        case "submit":
            return replace(turn, submitted=(*turn.submitted, power))
        case "redo":
            again = next(d for d in turn.withdrawn if d.entry == says["entry"])
            return replace(
                turn,
                acts=(*turn.acts, again),
                withdrawn=tuple(d for d in turn.withdrawn if d is not again),
                back=tuple(d for d in turn.back if d is not again),
            )
        case _:
            numbers = says["entries"] if each.kind == "reset" else [says["entry"]]
            taken = tuple(d for d in reversed(turn.acts) if d.entry in numbers)
            rest = tuple(d for d in turn.acts if d.entry not in numbers)
            withdrawn, back = (*turn.withdrawn, *taken), (*turn.back, *taken)
            return replace(turn, acts=rest, withdrawn=withdrawn, back=back)


def decision(each: Entry, turn: int, power: str) -> Decision:
    """The decision that an entry holds."""
    says, shown = each.says, each.says["forecasts"]
    return Decision(
        each.number,
        turn,
        date.fromisoformat(says["on"]),
        power,
        says["item"],
        says["option"],
        says["by"],
        each.key,
        None if shown is None else tuple(shown),
        says.get("advice"),
        says.get("paper"),
        says.get("terms", {}),
    )


def order_of(each: Entry, turn: int, power: str) -> StandingOrder:
    """The order that an entry holds."""
    says, on = each.says, date.fromisoformat(each.says["on"])
    return StandingOrder(each.number, turn, on, power, says["order"], says["by"], each.key)


def standing_acts(played: Sequence[Turn]) -> list[Act]:
    """Every decision and order that stands, in the order in which they were made."""
    return [act for turn in played for act in turn.acts]


def standing_decisions(played: Sequence[Turn]) -> list[Decision]:
    """Every decision that stands, in the order in which they were taken."""
    return [d for turn in played for d in turn.decisions]
