"""Options laid over a scenario, and where every value and its provenance is written.

An option is a patch in the shape of the scenario: tables merge, values replace, rows of lists are
added. A table laid over a list changes the rows of that name: `set.link."ural>moscow"`. Two options
that set one value differently conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from sinews.errors import Mistake, dotted, shown, suggestion
from sinews.scenario.number import GIVEN, is_number
from sinews.scenario.schema import Option

Path = tuple[str | int, ...]
Raw = dict[str, Any]

ROW_NAMES = {
    "link": ("from", "to"),
    "force": ("power", "theatre"),
    "place": ("name",),
    "season": ("name",),
}
"""The keys that name a row of a list, joined by ">"."""


@dataclass(slots=True)
class Text:
    """A scenario as written: its values; apart from them the provenance that holds for each table
    (`said`) and that is written anywhere (`stated`); and what options wrote where (`origin`).
    """

    raw: Raw
    said: dict[Path, Raw] = field(default_factory=dict)
    stated: dict[Path, Raw] = field(default_factory=dict)
    origin: dict[Path, Path] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def place(self, path: Path) -> str:
        """Where the user finds what stands at a path: in the scenario or in an option's patch."""
        for length in range(len(path), 0, -1):
            written = self.origin.get(path[:length])
            if written is not None:
                return dotted(written + path[length:])
        return dotted(path)


def assemble(raw: Raw, names: Sequence[str]) -> Text:
    """The scenario with the named options applied, in the order of the file."""
    options = raw.get("option", {})
    options = options if isinstance(options, dict) else {}
    text = Text({})
    text.raw = _strip({key: raw[key] for key in raw if key != "option"}, (), text.said)
    _strip({key: value for key, value in raw.items() if key == "option"}, (), text.stated)
    text.stated |= text.said
    text.raw["option"] = {key: _option(value) for key, value in options.items() if key not in GIVEN}
    if not isinstance(raw.get("option", {}), dict):
        text.raw["option"] = raw["option"]
    for name in names:
        if name not in options or name in GIVEN:
            hint = suggestion(name, [key for key in options if key not in GIVEN])
            text.mistakes.append(
                Mistake("option", "no option has that name", "", hint, shown(name))
            )
    claims: dict[Path, tuple[str, Any]] = {}
    for name, option in options.items():
        if name in names and name not in GIVEN and isinstance(option, dict):
            patch = option.get("set", {})
            if isinstance(patch, dict):
                given = _given(options) | _given(option)
                _Layer(text, name, claims).lay(
                    text.raw, patch, (), ("option", name, "set"), _inherited(given)
                )
    return text


@dataclass(slots=True)
class _Layer:
    """One option on its way into the text."""

    text: Text
    option: str
    claims: dict[Path, tuple[str, Any]]

    def lay(self, base: Raw, patch: Raw, path: Path, written: Path, given: Raw) -> None:
        free = path[:1] == ("sources",)  # there, `source` and `note` are keys like any other
        given = given if free else given | _inherited(_given(patch))
        for key, value in patch.items():
            if key in GIVEN and not free:
                continue
            here, there, old = path + (key,), written + (key,), base.get(key)
            if here == ("option",):
                self.mistake(there, value, "an option cannot change options")
            elif isinstance(value, dict) and isinstance(old, list) and key in ROW_NAMES:
                self.rows(old, value, here, there, given)
            elif isinstance(value, dict) and not (
                is_number(value) and (not isinstance(old, dict) or is_number(old))
            ):
                if not isinstance(old, dict):
                    base[key] = {}
                    self.text.origin[here] = there
                self.lay(base[key], value, here, there, given)
            elif _is_rows(value) and (old is None or isinstance(old, list)):
                rows: list[Any] = base.setdefault(key, [])
                self.append(rows, value, here, there, given)
            else:
                if not self.claim(here, there, value):
                    continue
                base[key] = _strip(value, here, self.text.said)
                own = _given(value) if isinstance(value, dict) else {}
                self.text.said[here] = given | own
                self.text.origin[here] = there

    def append(self, base: list[Any], rows: list[Raw], here: Path, there: Path, given: Raw) -> None:
        for index, row in enumerate(rows):
            at = here + (len(base),)
            base.append(_strip(row, at, self.text.said))
            self.text.said[at] = given | self.text.said.get(at, {})
            self.text.origin[at] = there + (index,)

    def rows(self, base: list[Any], patch: Raw, here: Path, there: Path, given: Raw) -> None:
        keys = ROW_NAMES[str(here[-1])]
        names = [
            ">".join(str(row.get(key)) for key in keys) if isinstance(row, dict) else ""
            for row in base
        ]
        given = given | _inherited(_given(patch))
        for name, row in patch.items():
            if name in GIVEN:
                continue
            if name not in names or not isinstance(row, dict):
                problem = f"no {here[-1]} has that name" if name not in names else "is not a table"
                self.mistake(there + (name,), row, problem, suggestion(name, set(names) - {""}))
                continue
            for index, known in enumerate(names):
                if known == name:
                    self.lay(base[index], row, here + (index,), there + (name,), given)

    def claim(self, here: Path, there: Path, value: Any) -> bool:
        """Whether no other option sets this value, or one above or below it, differently."""
        plain = _plain(value)
        for path, (other, theirs) in self.claims.items():
            nested = path != here and (path[: len(here)] == here or here[: len(path)] == path)
            if other != self.option and (nested or (path == here and theirs != plain)):
                self.mistake(
                    there,
                    value,
                    f'conflicts with option "{other}", which sets {dotted(path)} = {shown(theirs)}',
                    "choose one of the two options",
                )
                return False
        self.claims[here] = (self.option, plain)
        return True

    def mistake(self, there: Path, value: Any, problem: str, remedy: str = "") -> None:
        self.text.mistakes.append(Mistake(dotted(there), problem, "", remedy, shown(value)))


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
