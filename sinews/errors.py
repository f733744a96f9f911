"""The two ways to fail, and how a message is put together.

`ScenarioError` is about the user's words: it holds every mistake found in a file, each saying
where, what is wrong, what was expected and what to do. `ModelError` is about a fault of ours.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from numbers import Integral
from typing import Any, TypeVar

SHOWN = 40  # mistakes printed in full; the rest are counted
WIDTH = 70  # characters of an offending value that are worth repeating

T = TypeVar("T")

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with what the user wrote."""

    path: str
    problem: str
    expected: str = ""
    remedy: str = ""
    value: str = ""

    def __str__(self) -> str:
        where = f"{self.path} = {self.value}" if self.value else self.path
        below = [line for line in (self.problem, self.expected, self.remedy) if line]
        return "\n".join([f"  {where}" if where else "  (the file)", *(f"    {x}" for x in below)])


class ScenarioError(ValueError):
    """Mistakes in a scenario, an option or a command: the user can mend them."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(mistakes)
        super().__init__(file, self.mistakes)

    def __str__(self) -> str:
        count = len(self.mistakes)
        file = "".join(c if c.isprintable() else "?" for c in self.file[:200])
        head = f"{file}: {count} mistake{'s' if count != 1 else ''}"
        parts = [head, *map(str, self.mistakes[:SHOWN])]
        if count > SHOWN:
            parts.append(f"  and {count - SHOWN} more")
        return "\n\n".join(parts)


class Together:
    """Looks at several things that a user asks for, and tells what is wrong with all at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def look(self, read: Callable[[], T], otherwise: T) -> T:
        """What `read` gives; `otherwise`, and its mistakes noted, where it raises ScenarioError."""
        try:
            return read()
        except ScenarioError as error:
            self.mistakes += error.mistakes
            return otherwise

    def tell(self) -> None:
        """Raise ScenarioError if anything was wrong."""
        if self.mistakes:
            raise ScenarioError(self.file, self.mistakes)


def name_list(given: object, what: str, file: str) -> tuple[str, ...]:
    """Names that a caller gives as a list; of one text alone the letters would be taken for names.

    Raises ScenarioError for what is no list of texts.
    """
    problem, example = "is no list of names", given if isinstance(given, str) else "..."
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        names: tuple[Any, ...] = tuple(given)
        odd = [name for name in names if not isinstance(name, str)]
        if not odd:
            return names
        problem = f"{shown(odd[0])} is no text"
    expected = f"write them in a list: {what} = [{shown(example)}]"
    raise ScenarioError(file, [Mistake(what, problem, expected, "", shown(given))])


def misnamed(**given: object) -> list[Mistake]:
    """What is wrong with names that a caller gives, each by its argument: what is no text."""
    return [
        Mistake(what, "is no name", f'write a text: {what} = "..."', "", shown(name))
        for what, name in given.items()
        if not isinstance(name, str)
    ]


def whole_number(given: object, low: int, high: float = math.inf) -> bool:
    """Whether what a caller gives is a whole number within bounds; true and false are none.

    >>> [whole_number(given, 1, 3) for given in (3, 4, 2.0, True, "2")]
    [True, False, False, False, False]
    """
    return isinstance(given, Integral) and not isinstance(given, bool) and low <= int(given) <= high


class ModelError(RuntimeError):
    """A fault in sinews: in which week, member and power, and the command that repeats it."""

    def __init__(self, problem: str, where: str = "", rerun: str = "") -> None:
        self.problem, self.where, self.rerun = problem, where, rerun
        super().__init__(problem, where, rerun)

    def __str__(self) -> str:
        lines = [
            self.problem,
            self.where and f"  {self.where}",
            "  this is a fault in sinews, not in your scenario",
            self.rerun and f"  rerun it alone: {self.rerun}",
        ]
        return "\n".join(line for line in lines if line)


EXTRAS = {
    "fit": ("covmats", "pyesmda"),
    "plots": ("altair", "vl_convert"),
    "serve": ("altair", "anyio", "python_multipart", "starlette", "uvicorn", "vl_convert"),
}
"""The modules that each extra of the package brings."""


def require(extra: str) -> None:
    """Ask for what an extra brings, before it is imported or anything is begun that needs it.

    Raises ScenarioError, with what to install, where some of it is missing.
    """
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        problem = f"this needs an extra that is not installed ({', '.join(missing)})"
        mistake = Mistake(extra, problem, "", f"pip install 'sinews[{extra}]'")
        raise ScenarioError("sinews", [mistake])


def closest(word: object, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be; none of what is no text.

    >>> closest("Novosibrsk", ["Moscow", "Novosibirsk"])
    'Novosibirsk'
    """
    if not isinstance(word, str):
        return None
    names = {name.casefold(): name for name in known}
    near = get_close_matches(word[:WIDTH].casefold(), names, n=1, cutoff=0.7)
    return names[near[0]] if near else None


def suggestion(word: object, known: Iterable[str], most: int = 12) -> str:
    """What to do about an unknown word: the nearest known one, or the list of them.

    >>> suggestion("tnk", ["tank", "gun"])
    'did you mean "tank"?'
    >>> suggestion("zebra", ["tank", "gun"])
    'write one of: gun, tank'
    """
    names = sorted(known)
    near = closest(word, names)
    if near is not None:
        return f'did you mean "{near}"?'
    if not names:
        return "none is defined yet"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return "write one of: " + ", ".join(names[:most]) + more


def dotted(path: Iterable[str | int]) -> str:
    """A place in a scenario as the user would write it; rows of a list count from 1.

    >>> dotted(("power", "ussr", "build", 0, "heavy tank"))
    'power.ussr.build[1]."heavy tank"'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += ("." if text else "") + (part if _BARE.fullmatch(part) else shown(part))
    return text


def shown(value: object) -> str:
    """A value as it would stand in a TOML file, shortened to fit a line.

    >>> shown({"low": 1.5, "high": True})
    '{ low = 1.5, high = true }'
    """
    text = _toml(value, depth=3)
    return text if len(text) <= WIDTH else text[: WIDTH - 4] + " ..."


def _toml(value: object, depth: int) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # Escapes control characters, so that a hostile file cannot drive the terminal.
            text = json.dumps(value[: 2 * WIDTH], ensure_ascii=False)
            return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
        case {} if not value:
            return "{}"
        case dict() if depth:
            rows = list(value.items())[:8]
            return "{ " + ", ".join(f"{k} = {_toml(v, depth - 1)}" for k, v in rows) + " }"
        case list() if depth:
            return "[" + ", ".join(_toml(v, depth - 1) for v in value[:8]) + "]"
        case dict() | list():
            return "..."
        case float():
            return f"{value:.10g}"
        case int() if abs(value) >= 10**30:
            return "a whole number of more than 30 digits"
        case _:
            return str(value)
