"""Options laid over a scenario, and where every value and its provenance is written.

An option is a patch in the shape of the scenario: tables merge, values replace, rows of lists are
added; an empty table or list empties what is there. A table laid over a list changes the rows of
that name: `set.link."ural>moscow"`. Keys that `unset` names are taken out first. Two options that
set one value differently conflict. Where a date is expected the word "decided" stands for the day
on which the option is decided: NAME@DATE says which, the day of the council if left out. Terms
of one's own stand between the two: NAME(TERM=VALUE; TERM=VALUE)@DATE. Standing orders are laid
over the options (see `standing`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any, TypeGuard

from sinews.errors import Mistake, dotted, shown, suggestion
from sinews.scenario.negotiable import (
    DECIDED,
    Fault,
    Negotiable,
    Path,
    Raw,
    Value,
    beyond,
    chosen_terms,
    in_parts,
    negotiables,
    worded,
)
from sinews.scenario.number import GIVEN, is_number
from sinews.scenario.schema import Document, Option
from sinews.scenario.standing import (
    ORDERS,
    Command,
    Ordered,
    composed,
    is_order,
    read_orders,
    script_rows,
)
from sinews.scenario.tables import kind_at

Claims = dict[Path, tuple[str, Any]]
"""What options set: at which path, which option, and what."""

ROW_NAMES = {
    "link": ("from", "to"),
    "force": ("power", "theatre"),
    "place": ("name",),
    "season": ("name",),
    "ceiling": ("power", "theatre"),
    "agenda": ("name",),
}
"""The keys that name a row of a list, joined by ">"."""

# Lists of orders and deliveries between two days.
_DATED = frozenset(("script", "build", "receive"))

OUT = None
"""What stands, for other options, where one takes a key out."""

OWN = "own-terms"
"""The source of the terms that somebody chose who decided."""


@dataclass(slots=True)
class Text:
    """A scenario as written: its values; apart from them the provenance that holds for each table
    (`said`) and that is written anywhere (`stated`); what options wrote where (`origin`), and the
    day on which each of them is decided.
    """

    raw: Raw
    said: dict[Path, Raw] = field(default_factory=dict)
    stated: dict[Path, Raw] = field(default_factory=dict)
    origin: dict[Path, Path] = field(default_factory=dict)
    decided: dict[str, date] = field(default_factory=dict)
    terms: dict[str, Negotiable] = field(default_factory=dict)
    """What is negotiable, as it is drafted: no option counts."""
    own: dict[str, dict[str, Value]] = field(default_factory=dict)
    """The terms that were chosen with an option, by its name."""
    given: list[Command] = field(default_factory=list[Command])
    """The orders that were given, one after another."""
    orders: list[Ordered] = field(default_factory=list[Ordered])
    """What they come to."""
    mistakes: list[Mistake] = field(default_factory=list)

    def fault(self, path: Path, fault: Fault) -> None:
        """Note what is wrong with what stands at a path."""
        at = (*path, fault.key) if fault.key else path
        value = "" if fault.value is None else shown(fault.value)
        told = fault.problem, fault.expected, fault.remedy, value
        self.mistakes.append(Mistake(self.place(at), *told))

    def applied(self, usual: date) -> tuple[str, ...]:
        """The options in it as words, each with its own terms, and its day unless it is `usual`;
        and its orders."""
        words = ((worded(name, self.own[name]), day) for name, day in self.decided.items())
        options = (word if day == usual else f"{word}@{day}" for word, day in words)
        return (*options, *(order.word for order in self.given))

    def place(self, path: Path) -> str:
        """Where the user finds what stands at a path: in the scenario or in an option's patch."""
        for length in range(len(path), 0, -1):
            written = self.origin.get(path[:length])
            if written is not None:
                return dotted(written + path[length:])
        return dotted(path)


# What a scenario does not take over from the one that it extends: what can be decided in that
# one, and the records of its campaign.
NOT_INHERITED = frozenset(("option", "expect", "extends"))


def assemble(raw: Raw, words: Sequence[str], base: Raw | None = None) -> Text:
    """The scenario with some options applied, each NAME or NAME@DATE, in the order of the file,
    and orders; laid over `base`, the scenario that it extends, if it does."""
    options = raw.get("option", {})
    options = options if isinstance(options, dict) else {}
    text = Text({})
    own = {key: raw[key] for key in raw if key != "option"}
    if base is None:
        text.raw = _strip(own, (), text.said)
    else:
        kept = {key: base[key] for key in base if key not in NOT_INHERITED}
        text.raw = _strip(kept, (), text.said)
        _Layer(text, "", {}, None, adds=True).lay(text.raw, own, (), (), {})
    _strip({key: value for key, value in raw.items() if key == "option"}, (), text.stated)
    text.stated |= text.said
    text.raw["option"] = {key: _option(value) for key, value in options.items() if key not in GIVEN}
    if not isinstance(raw.get("option", {}), dict):
        text.raw["option"] = raw["option"]
    _open_terms(text, options)
    named = [word for word in words if not is_order(word)]
    chosen = _chosen(named, [key for key in options if key not in GIVEN], text.raw, text.mistakes)
    claims: Claims = {}
    for name, option in options.items():
        if name in chosen and isinstance(option, dict):
            text.decided[name], given = chosen[name]
            patches = {key: _patch(each) for key, each in options.items()} if given else {}
            own, odd = chosen_terms(name, patches, given, text.terms, text.decided[name])
            text.own[name] = own
            text.mistakes += odd
            _decide(text, name, option, claims, _inherited(_given(options) | _given(option)))
    if len(named) < len(words):
        _order(text, [word for word in words if is_order(word)])
    return text


def _order(text: Text, words: Sequence[str]) -> None:
    """Lay standing orders over the scripts of their powers."""
    text.given = read_orders(words, text.raw, council_day(text.raw), text.mistakes)
    text.orders = composed(text.given, text.mistakes)
    text.raw.setdefault("sources", {}).setdefault(ORDERS, "Orders that were given in a campaign")
    said: Raw = {"source": ORDERS, "kind": "assumed"}
    for power, row in script_rows(text.orders):
        rows, here = text.raw["power"][power].setdefault("script", []), ("power", power, "script")
        _Layer(text, "", {}, None).append(rows, [row], here, ("order",), said)
        text.origin[(*here, len(rows) - 1)] = ("order",)


def _open_terms(text: Text, options: Raw) -> None:
    """What is negotiable, and what is wrong with it: with its bounds, or with a preset beyond."""
    council = council_day(text.raw)
    text.terms, faults = negotiables(text.raw, council)
    for path, fault in faults:
        text.fault(path, fault)
    for name in _on_agenda(text.raw):
        for path, fault in beyond(text.terms, _patch(options.get(name)), council):
            text.fault(("option", name, "set", *path), fault)


def _patch(option: Any) -> Raw:
    """What an option sets; nothing of one that is none, as the schema tells."""
    patch = option.get("set") if isinstance(option, dict) else None
    return patch if isinstance(patch, dict) else {}


def _decide(text: Text, name: str, option: Raw, claims: Claims, given: Raw) -> None:
    """Lay an option over the text, and its own terms over what it sets."""
    layer, here = _Layer(text, name, claims, text.decided[name]), ("option", name)
    layer.council = name in _on_agenda(text.raw)
    out = option.get("unset", [])
    if isinstance(out, list):
        layer.take_out(text.raw, out, (*here, "unset"))
    layer.lay(text.raw, _patch(option), (), (*here, "set"), given)
    for key, value in text.own[name].items():
        term = text.terms[key]
        text.raw.setdefault("sources", {}).setdefault(OWN, "Terms that were chosen by who decided")
        said: Raw = {"source": OWN, "kind": "assumed"}
        patch = term.patch(value)[term.kind]
        layer.lay(text.raw[term.kind], patch, (term.kind,), ("terms",), said)


def _on_agenda(raw: Raw) -> set[str]:
    """The options that a council decides, as a file states them."""
    agenda = raw.get("agenda")
    listed = [item.get("options") for item in agenda] if _is_rows(agenda) else []
    return {str(name) for names in listed if isinstance(names, list) for name in names}


def council_day(raw: Raw) -> date:
    """The day of the council, as a file states it."""
    days = [raw.get("council"), raw.get("start"), date(1941, 6, 22)]  # the last for bad files
    return next(day for day in days if type(day) is date)


def _chosen(
    words: Sequence[str], known: Sequence[str], raw: Raw, mistakes: list[Mistake]
) -> dict[str, tuple[date, list[tuple[str, object]]]]:
    """The options that words name, with their dates and terms."""
    chosen: dict[str, tuple[date, list[tuple[str, object]]]] = {}
    for word in dict.fromkeys(words):
        name, terms, when = in_parts(word)
        problem = expected = remedy = ""
        day = council_day(raw)
        before = chosen.get(name)
        if name not in known:
            problem, remedy = "no option has that name", suggestion(name, known)
        elif when is not None:
            try:
                day = date.fromisoformat(when)
            except ValueError:
                problem = "what follows the @ is no date"
                expected = f"write it as in {name}@{day}"
        if not problem and before and before[0] != day:
            problem = f"is decided on {before[0]} too"
            remedy = "choose one of the two dates"
        elif not problem and before and before[1] != terms:
            problem = "is decided on other terms too"
            remedy = "choose one of the two"
        if problem:
            mistakes.append(Mistake("option", problem, expected, remedy, shown(word)))
        else:
            chosen[name] = day, terms
    return chosen


@dataclass(frozen=True, slots=True)
class Clash:
    """Two options that set one value differently: what is wrong with the second, and where."""

    first: str
    second: str
    path: Path
    value: Any
    problem: str


def clashes(raw: Raw, options: Mapping[str, Option], names: Sequence[str]) -> list[Clash]:
    """The pairs of options that cannot be applied together, each with its first conflict."""
    base = _strip({key: raw[key] for key in raw if key != "option"}, (), {})
    claims: dict[str, Claims] = {name: {} for name in names}
    texts = {name: Text({}) for name in names}
    for name in names:
        layer = _Layer(texts[name], name, claims[name], None)
        layer.take_out(base, options[name].unset, ("option", name, "unset"))
        layer.lay(base, options[name].set, (), ("option", name, "set"), {})
    found: dict[tuple[str, str], Clash] = {}
    for first, second in combinations(names, 2):
        for path, (_, value) in claims[second].items():
            problem = _conflict(claims[first], second, path, value)
            if problem is not None:
                clash = Clash(first, second, texts[second].origin[path], value, problem)
                found.setdefault((first, second), clash)
    return list(found.values())


def _conflict(claims: Claims, option: str, here: Path, plain: Any) -> str | None:
    """Which other option sets a value, or one above or below it, differently."""
    for path, (other, theirs) in claims.items():
        nested = path != here and (path[: len(here)] == here or here[: len(path)] == path)
        if other != option and (nested or (path == here and theirs != plain)):
            does = "takes out " if theirs is OUT else "sets "
            what = dotted(path) if theirs is OUT else f"{dotted(path)} = {shown(theirs)}"
            return f'conflicts with option "{other}", which {does}{what}'
    return None


@dataclass(slots=True)
class _Layer:
    """One option on its way into the text."""

    text: Text
    option: str
    claims: Claims
    decided: date | None
    adds: bool = False
    """Whether a row by a name that is not there yet is a new one; else it is a mistake."""
    council: bool = False
    """Whether a council decides it, so that its dated orders count from that day on."""

    def lay(self, base: Raw, patch: Raw, path: Path, written: Path, given: Raw) -> None:
        free = path[:1] == ("sources",)  # there, `source` and `note` are keys like any other
        given = given if free else given | _inherited(_given(patch))
        for key, value in patch.items():
            if key in GIVEN and not free:
                continue
            here, there, old = path + (key,), written + (key,), base.get(key)
            if here == ("option",):
                self.mistake(there, value, "an option cannot change options")
            elif key == "negotiable" and not self.adds and here[:1] != ("sources",):
                self.mistake(there, value, "an option cannot change what is negotiable")
            elif isinstance(value, dict) and value and isinstance(old, list) and key in ROW_NAMES:
                self.rows(old, value, here, there, given)
            elif (
                isinstance(value, dict)
                and value
                and not (is_number(value) and (not isinstance(old, dict) or is_number(old)))
            ):
                # Materials in which a price is, in place of a number of gold.
                if not isinstance(old, dict) or (is_number(old) and value.keys() - {*GIVEN}):
                    base[key] = {}
                    self.text.origin[here] = there
                self.lay(base[key], value, here, there, given)
            elif _is_rows(value) and (old is None or isinstance(old, list)):
                rows: list[Any] = base.setdefault(key, [])
                self.append(rows, value, here, there, given)
            else:
                value = self.dated(value, here)
                if not self.claim(here, there, value):
                    continue
                base[key] = _strip(value, here, self.text.said)
                own = _given(value) if isinstance(value, dict) else {}
                self.text.said[here] = given | own
                self.text.origin[here] = there

    def append(self, base: list[Any], rows: list[Raw], here: Path, there: Path, given: Raw) -> None:
        for index, row in enumerate(rows):
            at = here + (len(base),)
            row = self.from_decision(row, here)
            if row is None:
                continue
            base.append(_strip(self.dated(row, at), at, self.text.said))
            self.text.said[at] = given | self.text.said.get(at, {})
            self.text.origin[at] = there + (index,)

    def rows(self, base: list[Any], patch: Raw, here: Path, there: Path, given: Raw) -> None:
        keys, names = ROW_NAMES[str(here[-1])], _row_names(base, str(here[-1]))
        given = given | _inherited(_given(patch))
        for name, row in patch.items():
            if name in GIVEN:
                continue
            parts = name.split(">")
            if (
                self.adds
                and name not in names
                and isinstance(row, dict)
                and len(parts) == len(keys)
            ):
                named = dict(zip(keys, parts, strict=True)) | row
                self.append(base, [named], here, there, given)
                self.text.origin[here + (len(base) - 1,)] = there + (name,)
                continue
            if name not in names or not isinstance(row, dict):
                problem = f"no {here[-1]} has that name" if name not in names else "is not a table"
                self.mistake(there + (name,), row, problem, suggestion(name, set(names) - {""}))
                continue
            for index, known in enumerate(names):
                if known == name:
                    self.lay(base[index], row, here + (index,), there + (name,), given)

    def take_out(self, base: Raw, words: Sequence[Any], there: Path) -> None:
        """Take out what stands at each of some dotted paths, as in "power.ussr.leader"."""
        for index, word in enumerate(words):
            path, at = _keys(word), there + (index,)
            if not isinstance(word, str):
                continue  # the schema tells
            if path and path[0] in ("option", "sources"):
                self.mistake(at, word, f"an option cannot take out {path[0]}s")
            elif not path or not self.gone(base, path, (), at):
                remedy = "write keys with dots between, a row of a list by its name"
                self.mistake(at, word, "there is no key of a table", remedy)

    def gone(self, base: Any, path: Path, here: Path, there: Path) -> bool:
        """Whether a key was found, and is taken out unless another option sets it."""
        key, *rest = path
        if isinstance(base, list) and here and here[-1] in ROW_NAMES and rest:
            rows = enumerate(_row_names(base, str(here[-1])))
            named = [index for index, name in rows if name == key]
            found = [self.gone(base[i], tuple(rest), (*here, i), there) for i in named]
            return any(found)
        if not isinstance(base, dict) or key not in base:
            return False
        if rest:
            return self.gone(base[key], tuple(rest), (*here, key), there)
        here = (*here, key)
        if self.claim(here, there, OUT):
            del base[key]
            self.text.said = {p: v for p, v in self.text.said.items() if p[: len(here)] != here}
            self.text.origin[here] = there
        return True

    def claim(self, here: Path, there: Path, value: Any) -> bool:
        """Whether no other option sets this value, or one above or below it, differently."""
        if self.adds:
            return True  # what a scenario says goes before what it extends
        plain = _plain(value)
        problem = _conflict(self.claims, self.option, here, plain)
        if problem is not None:
            told = dotted(here) if value is OUT else value
            self.mistake(there, told, problem, "choose one of the two options")
            return False
        self.claims[here] = (self.option, plain)
        return True

    def from_decision(self, row: Raw, path: Path) -> Raw | None:
        """A dated order or delivery as far as it lies after the decision that makes it; None if it
        is over by then. The past that a decision is taken in does not change with it."""
        day, first, last = self.decided, row.get("from"), row.get("until")
        if not self.council or path[-1] not in _DATED or type(first) is not date or day is None:
            return row
        if type(last) is date and last <= day:
            return None
        return row | {"from": max(first, day)}

    def dated(self, value: Any, path: Path) -> Any:
        """A value with the day of decision in place of the word, wherever a date is expected."""
        if self.decided is None:
            return value
        if isinstance(value, dict):
            return {key: self.dated(each, path + (key,)) for key, each in value.items()}
        if isinstance(value, list):
            return [self.dated(each, path + (index,)) for index, each in enumerate(value)]
        if value == DECIDED and kind_at(Document, path) is date:
            return self.decided
        return value

    def mistake(self, there: Path, value: Any, problem: str, remedy: str = "") -> None:
        self.text.mistakes.append(Mistake(dotted(there), problem, "", remedy, shown(value)))


def _row_names(rows: list[Any], kind: str) -> list[str]:
    """By which names the rows of a list of some kind are called; nothing where one is no table."""
    return [
        ">".join(str(row.get(key)) for key in ROW_NAMES[kind]) if isinstance(row, dict) else ""
        for row in rows
    ]


def _keys(word: Any) -> Path:
    """The keys of a dotted path, written as in the file; none if it is no such path.

    >>> _keys('link."hills>border".both'), _keys("a b")
    (('link', 'hills>border', 'both'), ())
    """
    try:
        table = tomllib.loads(f"{word} = 0")
    except (ValueError, RecursionError):
        return ()
    path: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((key, table),) = table.items()
        path.append(key)
    return tuple(path) if table == 0 else ()


def _strip(value: Any, path: Path, said: dict[Path, Raw]) -> Any:
    """A copy without provenance, which goes to `said`."""
    if isinstance(value, list):
        return [_strip(row, path + (index,), said) for index, row in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if path == ("sources",) or path[2:] == ("set", "sources"):
        return dict(value)
    given = _given(value)
    if given:
        said[path] = given
    return {key: _strip(value[key], path + (key,), said) for key in value if key not in GIVEN}


def _option(option: Any) -> Any:
    """An option without provenance and with its patch unread, for the schema to look at."""
    if not isinstance(option, dict):
        return option
    return {key: value for key, value in option.items() if key not in GIVEN}


def option_sources(options: Mapping[str, Option]) -> set[str]:
    """The keys of [sources] that options bring with them."""
    patches = [option.set.get("sources") for option in options.values()]
    return {key for patch in patches if isinstance(patch, dict) for key in patch}


def _given(table: Raw) -> Raw:
    return {key: table[key] for key in GIVEN if key in table}


def _inherited(given: Raw) -> Raw:
    return {key: value for key, value in given.items() if key != "note"}


def _is_rows(value: Any) -> TypeGuard[list[Raw]]:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _plain(value: Any) -> Any:
    """A value as options compare it: without provenance, `{ value = 2 }` being 2."""
    if not isinstance(value, dict):
        return value
    bare = {key: value[key] for key in value if key not in GIVEN}
    return bare["value"] if bare.keys() == {"value"} else bare
