"""Earlier versions of the language: a file of format 1 read as one of format 2, and written as it.

In format 1 a power had a `side`, its end of every axis; in format 2 the `west` and `east` of
theatres alone say who stands where.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any

from sinews.errors import Mistake, ScenarioError, dotted, shown

FORMAT = 2
_SIDES = ("west", "east")

Raw = dict[str, Any]


def upgraded(raw: Raw, mistakes: list[Mistake], known: Collection[str] = ()) -> Raw:
    """A file's tables in the latest format; what is wrong with the sides of format 1 is noted.
    `known` are the powers of the scenario that it extends.

    A file that does not say its format is of format 1 if a power of it has a side.
    """
    sides = dict(_sides(raw))
    old = raw.get("format", 1 if sides else FORMAT)
    if type(old) is not int or old not in (1, FORMAT):
        return raw
    if old == FORMAT:
        mistakes += [
            Mistake(
                dotted((*path, "side")),
                f"format {FORMAT} has no sides: west and east of theatres say who stands where",
                "",
                "leave it out",
                shown(side),
            )
            for path, side in sides.items()
        ]
    else:
        mistakes += _amiss(raw, sides, known)
    new = deepcopy(raw)
    for path in sides:
        _take_out(new, path, known)
    new["format"] = FORMAT
    return new


def _take_out(raw: Raw, path: tuple[str, ...], known: Collection[str]) -> None:
    """Take out a power's side, and the tables of a patch or of an extension that it leaves empty:
    an empty table would empty the one that it is laid over.
    """
    tables = [raw]
    for key in path:
        tables.append(tables[-1][key])
    del tables[-1]["side"]
    least = 2 if path[0] == "option" else 0 if path[1] in known else len(path)
    for length in range(len(path), least, -1):
        if not tables[length]:
            del tables[length - 1][path[length - 1]]


def subtables(holder: Any, *keys: str) -> Iterator[tuple[str, Raw]]:
    """The tables below a path of keys, by name; nothing where the file is not of that shape."""
    for key in keys:
        holder = holder.get(key) if isinstance(holder, dict) else None
    for name, table in holder.items() if isinstance(holder, dict) else ():
        if isinstance(table, dict):
            yield name, table


def _sides(raw: Raw) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Where a power has a side, in the file and in the patches of its options, and which."""
    for name, power in subtables(raw, "power"):
        if "side" in power:
            yield ("power", name), power["side"]
    for option, patch in subtables(raw, "option"):
        for name, power in subtables(patch, "set", "power"):
            if "side" in power:
                yield ("option", option, "set", "power", name), power["side"]


def _amiss(
    raw: Raw, sides: dict[tuple[str, ...], Any], known: Collection[str]
) -> Iterator[Mistake]:
    """What is wrong with the sides of a file of format 1."""
    for path, side in sides.items():
        if side not in _SIDES:
            expected = 'write side = "west" or "east", the end of every axis that is its own'
            problem, at = "is none of the words allowed here", dotted((*path, "side"))
            yield Mistake(at, problem, expected, "", shown(side))
    for name, _ in subtables(raw, "power"):
        if ("power", name) not in sides and name not in known:
            expected = 'write side = "west" or "east", the end of every axis that is its own'
            remedy = f"or format = {FORMAT} at the top of the file, which needs no sides"
            yield Mistake(dotted(("power", name, "side")), "is missing", expected, remedy)
    for theatre, table in subtables(raw, "theatre"):
        for end in _SIDES:
            names = table.get(end)
            for index, name in enumerate(names if isinstance(names, list) else ()):
                side = sides.get(("power", name)) if isinstance(name, str) else None
                if side in _SIDES and side != end:
                    at, problem = dotted(("theatre", theatre, end, index)), "this power's side is "
                    remedy = f"move it, or change power.{name}.side"
                    yield Mistake(at, problem + str(side), "", remedy, shown(name))


# ------------------------------------------------------------------------------- in writing

_HEADER = re.compile(r"\s*\[+\s*(?P<name>[^\]]*?)\s*\]+")
_KEY = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_SIDE = rf"""(?:{_KEY}\s*\.\s*)*["']?side["']?\s*=\s*(?:"(?:west|east)"|'(?:west|east)')"""
_ALONE = re.compile(rf"^[ \t]*{_SIDE}[ \t]*(?P<note>#[^\n]*)?$")
_FIRST = re.compile(rf"(?<=[{{,])\s*{_SIDE}\s*,")
_LAST = re.compile(rf",?\s*{_SIDE}(?=\s*\}})")
_HOLLOW = re.compile(rf"{_KEY}(?:\s*\.\s*{_KEY})*\s*=\s*\{{\s*\}}")
_FORMAT = re.compile(r"^[ \t]*format[ \t]*=[ \t]*\d+")


def converted(text: str, name: str, known: Collection[str] = ()) -> str:
    """A file's text, which is TOML, in the latest format, its comments kept; `known` as above.

    Raises ScenarioError with what is wrong with its sides, or where they are written in a way
    that is not understood here.
    """
    mistakes: list[Mistake] = []
    raw = tomllib.loads(text)
    wanted = upgraded(raw, mistakes, known)
    if mistakes:
        raise ScenarioError(name, mistakes)
    lines, header, stated = list[str](), "", False
    for line in text.splitlines(keepends=True):
        body, end = line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]
        if found := _HEADER.match(body):
            header = found["name"]
        if not header and _FORMAT.match(body):
            body, stated = _FORMAT.sub(f"format = {FORMAT}", body), True
        if not header or "power" in header or "power" in body:
            if (alone := _ALONE.match(body)) and not alone["note"]:
                continue
            left = alone["note"] if alone else _LAST.sub("", _FIRST.sub("", body))
            if left != body and not alone:
                left = _without_hollow(left, _path(f"[{header}]" if header else ""), wanted)
            if left != body and not left.strip():
                continue
            body = left
        lines.append(body + end)
    if not stated:
        first = next((i for i, x in enumerate(lines) if x.strip() and x.strip()[0] != "#"), 0)
        lines.insert(first, f"format = {FORMAT}\n")
    new = _without_empty("".join(lines), raw, wanted)
    if _read(new) != wanted:
        problem = "the sides of its powers are written in a way that cannot be changed here"
        remedy = f"leave out side = ... by hand, and write format = {FORMAT}"
        raise ScenarioError(name, [Mistake("power", problem, "", remedy)])
    return new


def _without_hollow(line: str, above: tuple[str, ...], wanted: Raw) -> str:
    """A line below the table `above`, without the inline tables that hold nothing any more and are
    not wanted.
    """
    hollow: Iterator[tuple[re.Match[str], tuple[str, ...]]]
    while True:
        hollow = zip(_HOLLOW.finditer(line), _empty(_read(line) or {}), strict=False)
        match = next((m for m, path in hollow if not _there(wanted, (*above, *path))), None)
        if match is None:
            return line
        before, after = line[: match.start()], line[match.end() :]
        if after.lstrip().startswith(","):
            after = after.lstrip()[1:].lstrip()
        else:
            before = re.sub(r",\s*$", "", before)
        line = before + after


def _empty(table: Raw, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where tables that hold nothing stand in one, in its order."""
    for key, value in table.items():
        if value == {}:
            yield (*path, key)
        elif isinstance(value, dict):
            yield from _empty(value, (*path, key))


def _without_empty(text: str, raw: Raw, wanted: Raw) -> str:
    """The text without the headers of tables of `raw` that are not wanted, or with that of their
    option.
    """
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines):
        path = _path(line) if _HEADER.match(line) else ()
        if not path or not _there(raw, path) or _there(wanted, path):
            continue
        lines[index] = ""
        if path[0] == "option" and not _there(_read("".join(lines)) or {}, path[:2]):
            lines[index] = line.replace(line.strip()[1:].partition("]")[0], dotted(path[:2]), 1)
    return "".join(lines)


def _path(header: str) -> tuple[str, ...]:
    """The keys of a table's header."""
    return tuple(_single(_read(header)))


def _single(table: Any) -> Iterator[str]:
    """The keys on the way down a table that holds one table, which holds one, and so on."""
    while isinstance(table, dict) and table:
        ((key, table),) = table.items()
        yield key


def _there(raw: Any, path: tuple[str, ...]) -> bool:
    """Whether a path of keys leads anywhere."""
    for key in path:
        if not isinstance(raw, dict) or key not in raw:
            return False
        raw = raw[key]
    return True


def _read(text: str) -> Raw | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
