"""Standing orders: what a power orders between its councils, in the words of a script.

An order is a patch made on the spot: rows of its power's script from the day on which it is given.
They go before all that the scenario and its options say, until the order's last day, until another
takes its place or until it is lifted; then script and policy decide again. Among the options of a
scenario an order is a word, as in 'order:{"attack": ["border"], "power": "ostland"}@1941-07-14'.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sinews import units
from sinews.errors import Mistake, shown, suggestion
from sinews.scenario.number import Number, Reading, parse

if TYPE_CHECKING:
    from sinews.scenario.schema import Scenario

Raw = dict[str, Any]

ORDERS = "orders"
"""The source of what somebody ordered who played."""

_SIGN = "order:"
_LISTS = {
    "attack": "attack",
    "halt": "attack",
    "declare": "declare",
    "suspend": "suspend",
    "resume": "suspend",
}
"""Words that name what they are of in a list, and which of them take each other's place."""
_TABLES = ("goal", "stance", "attend", "send")
"""Words that give a number to each of what they are of."""


@dataclass(frozen=True, slots=True)
class Command:
    """An order as it was given: whose, when, and its words."""

    power: str
    on: date
    words: Mapping[str, Any]

    @property
    def word(self) -> str:
        """As a word among options: the same for the same order."""
        return f"{order_word(self.power, self.words)}@{self.on}"


@dataclass(frozen=True, slots=True)
class Ordered:
    """One thing that is ordered: by which word, of what, and from when until when."""

    power: str
    key: str
    of: str
    """An axis, a link, a power; empty where the word is of the whole power."""
    value: Any
    since: date
    until: Any
    """The first day on which it is no longer in force, as it is written; None: the end."""
    number: int
    """Which of the orders says so."""

    @property
    def name(self) -> str:
        """How it is lifted: "attack.border"."""
        return f"{self.key}.{self.of}" if self.of else self.key

    @property
    def place(self) -> tuple[str, str, str]:
        """What another order has that takes its place."""
        return self.power, _LISTS.get(self.key, self.key), self.of


def order_word(power: str, words: Mapping[str, Any]) -> str:
    """A power's order as a word, without its day."""
    said = json.dumps({**words, "power": power}, sort_keys=True, ensure_ascii=False)
    return _SIGN + said


def in_words(words: Mapping[str, Any]) -> str:
    """An order as a person would type it.

    >>> in_words({"attack": ["border"], "send": {"hills>border": "20 k"}, "draft": 0.5})
    'attack=border; send.hills>border=20 k; draft=0.5'
    """
    said: list[str] = []
    for key, value in words.items():
        if isinstance(value, dict):
            said += [f"{key}.{name}={each}" for name, each in value.items()]
        else:
            listed = value if isinstance(value, list) else [value]
            said.append(f"{key}={','.join(map(str, listed))}")
    return "; ".join(said)


def from_words(pairs: Iterable[tuple[str, object]]) -> Raw:
    """The words of an order that a person has typed, in pairs.

    >>> from_words([("attack", "border,steppe"), ("send.hills>border", "20 k"), ("draft", "0.5")])
    {'attack': ['border', 'steppe'], 'send': {'hills>border': '20 k'}, 'draft': '0.5'}
    """
    out: Raw = {}
    for name, value in pairs:
        key, _, of = name.partition(".")
        if of:
            table = out.setdefault(key, {})
            if isinstance(table, dict):
                table[of] = value
        elif key in (*_LISTS, "lift"):
            out[key] = [each.strip() for each in str(value).split(",")]
        else:
            out[key] = value
    return out


def is_order(word: str) -> bool:
    """Whether a word among options is an order."""
    return word.startswith(_SIGN)


def read_orders(
    words: Iterable[str], raw: Raw, council: date, mistakes: list[Mistake]
) -> list[Command]:
    """The orders that words are; of those without a day, on the council's. What is wrong with a
    word as such goes to `mistakes`."""
    out: list[Command] = []
    powers = raw.get("power")
    for word in words:
        said, _, day = word.removeprefix(_SIGN).rpartition("}")
        try:
            given: Raw = json.loads(said + "}")
            on = date.fromisoformat(day.removeprefix("@")) if day else council
        except ValueError:
            expected = f'write it as in {_SIGN}{{"power": "...", "attack": ["..."]}}@{council}'
            mistakes.append(Mistake("order", "cannot be read", expected, "", shown(word)))
            continue
        power = given.pop("power", "")
        if not isinstance(powers, dict) or power not in powers:
            known = powers if isinstance(powers, dict) else {}
            problem, remedy = "no power has that name", suggestion(str(power), known)
            mistakes.append(Mistake("order.power", problem, "", remedy, shown(power)))
            continue
        out.append(Command(power, on, given))
    return out


def composed(given: Iterable[Command], mistakes: list[Mistake]) -> list[Ordered]:
    """All that orders which were given one after another have a power do, and did until something
    else was ordered; what they lift that does not stand goes to `mistakes`."""
    out: list[Ordered] = []
    for number, order in enumerate(given):
        new = list(_parts(order, number))
        own = {each.name: each.place for each in out if each.power == order.power}
        if "from" in order.words:
            problem, remedy = f"an order counts from {order.on}, when it is given", "leave it out"
            told = shown(order.words["from"])
            mistakes.append(Mistake("order.from", problem, "", remedy, told))
        lifted = order.words.get("lift", [])
        named = [str(x) for x in (lifted if isinstance(lifted, list) else [lifted])]
        now = {e.name for e in out if e.power == order.power and _stands(e, order.on)}
        for name in named:
            if name not in now:
                problem, remedy = "no such order stands", suggestion(name, now)
                mistakes.append(Mistake("order.lift", problem, "", remedy, shown(name)))
        gone = {each.place for each in new} | {own[name] for name in named if name in now}
        out = [replace(e, until=order.on) if _ends(e, gone, order.on) else e for e in out]
        out = [each for each in out if each.until != each.since] + new
    return out


def orders_on(orders: Iterable[Ordered], power: str, on: date) -> list[Ordered]:
    """Those of a power's that stand on a day."""
    return [x for x in orders if x.power == power and x.since <= on and _stands(x, on)]


def _stands(each: Ordered, on: date) -> bool:
    return not isinstance(each.until, date) or on < each.until


def _ends(each: Ordered, gone: set[tuple[str, str, str]], on: date) -> bool:
    return each.place in gone and _stands(each, on)


def _parts(order: Command, number: int) -> Iterator[Ordered]:
    """What an order has its power do, thing by thing; what is amiss goes on as it is written, for
    the schema to tell."""
    until = _day(order.words.get("until"))
    for key, value in order.words.items():
        if key in ("lift", "from", "until"):
            continue
        of: Iterable[tuple[str, Any]] = [("", value)]
        if key in _LISTS and isinstance(value, list) and all(isinstance(x, str) for x in value):
            of = [(name, True) for name in value]
        elif key in _TABLES and isinstance(value, dict):
            of = value.items()
        # War is declared once: peace may be made after.
        last = order.on + timedelta(weeks=1) if key == "declare" else until
        for name, each in of:
            yield Ordered(order.power, key, name, each, order.on, last, number)


def _day(written: Any) -> Any:
    """A day that is written as JSON has it."""
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError):
        return written


def script_rows(orders: Sequence[Ordered]) -> Iterator[tuple[str, Raw]]:
    """Rows of scripts, each with its power, that carry orders out."""
    together: dict[tuple[str, int, str], Raw] = {}
    for each in orders:
        row = together.setdefault((each.power, each.number, repr(each.until)), {})
        row |= {"from": each.since, "until": date.max if each.until is None else each.until}
        if not each.of:
            row[each.key] = each.value
        elif each.key in _LISTS:
            row.setdefault(each.key, []).append(each.of)
        else:
            row.setdefault(each.key, {})[each.of] = each.value
    for (power, *_), row in together.items():
        yield power, row


def impossible(
    scenario: Scenario, words: Mapping[str, Any], men: Mapping[str, float]
) -> list[Mistake]:
    """What no power can do of an order that it may give: go beyond the end of an axis, or send more
    men a week than the `men` whom it has in a theatre."""
    out: list[Mistake] = []
    for axis, written in _table(words, "goal").items():
        theatre, goal = scenario.theatres.get(axis), _number(written, "km", -math.inf)
        ends = [p.km.span for p in theatre.place if p.km is not None] if theatre else []
        if ends and goal is not None:
            low, high = min(low for low, _ in ends), max(high for _, high in ends)
            if not low <= goal <= high:
                expected = f"it must be from {units.text(low, 'km')} to {units.text(high, 'km')}"
                problem = "lies off the axis"
                at = f"order.goal.{axis}"
                out.append(
                    Mistake(at, problem, expected, "leave it out: to the end", shown(written))
                )
    asked: dict[str, float] = {}
    for name, written in _table(words, "send").items():
        sent, start = _number(written, "men/week"), name.partition(">")[0]
        asked[start] = asked.get(start, 0.0) + (sent or 0.0)
        if start in men and asked[start] > men[start]:
            problem = f"more men than there are in {start}"
            most = f"{units.text(men[start], 'men')} are there or ready to form there"
            out.append(Mistake(f"order.send.{name}", problem, most, "send fewer", shown(written)))
    return out


def _table(words: Mapping[str, Any], key: str) -> Raw:
    found = words.get(key)
    return found if isinstance(found, dict) else {}


def _number(written: Any, unit: str, minimum: float = 0.0) -> float | None:
    """What is written; None of what is no number, which the schema tells."""
    found = parse(written, unit, Reading(unit, minimum))
    return found.middle if isinstance(found, Number) else None
