"""A name for each unit; reading "120 kt" and "3 divisions a month".

A scenario is converted to the canonical units of `NOUNS` once, when it is read. `read` knows the
few units that a campaign needs; a units library would take longer to start than the file to read.
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Context
from difflib import get_close_matches

DIVISION = 12_000
"""Men in "a division": between a German and a Soviet one of 1941 at their usual strength."""

MONTH = 365.25 / 12 / 7
YEAR = 365.25 / 7
TIMES: dict[str, float] = {"hour": 1 / 168, "day": 1 / 7, "week": 1.0, "month": MONTH, "year": YEAR}
"""Weeks in a unit of time; a plural s is understood everywhere."""

AMOUNTS: dict[str, tuple[str, float]] = {
    "kg": ("mass", 1e-3),
    "t": ("mass", 1.0),
    "tonne": ("mass", 1.0),
    "kt": ("mass", 1e3),
    "Mt": ("mass", 1e6),
    "km": ("length", 1.0),
    "man": ("men", 1.0),
    "men": ("men", 1.0),
    "people": ("men", 1.0),
    "division": ("men", DIVISION),
    "item": ("items", 1.0),
    "train": ("trains", 1.0),
    "%": ("share", 0.01),
    "1": ("share", 1.0),
} | {name: ("time", weeks) for name, weeks in TIMES.items()}

MULTIPLES: dict[str, float] = {"k": 1e3, "thousand": 1e3, "M": 1e6, "million": 1e6}

NOUNS: dict[str, tuple[str, str]] = {
    "men": ("a number of men", '"1.2 M men"'),
    "people": ("a number of people", '"1.2 M people"'),
    "items": ("a number of items", '"4.8 k"'),
    "t": ("a mass", '"120 kt" or "0.12 Mt"'),
    "km": ("a distance", '"85 km"'),
    "weeks": ("a time", '"6 weeks"'),
    "hours": ("a time in hours", '"300 hours"'),
    "hours/week": ("hours of labour per time", '"9 M hours a week"'),
    "days of supply": ("a time", '"10 days"'),
    "trains": ("a number of trains", "0.04"),
    "trains/day": ("a number of trains a day", '"45 trains/day"'),
    "t/week": ("a mass per time", '"120 kt a month"'),
    "items/week": ("a number of items per time", '"790 a month"'),
    "men/week": ("a number of men per time", '"30 k a week" or "3 divisions a month"'),
    "1": ("a plain number", '0.25 or "25 %"'),
}
"""The canonical units: what each measures, and an example of it as a text."""

_TEXT = re.compile(r"\s*([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*", re.DOTALL)
_PER = re.compile(r"(.*?)\s*(?:/\s*|\b(?:an?|per|each)\s+)(\w+)", re.DOTALL)
_MULTIPLE = re.compile(r"(k|M|thousand|million)(?:\s+(.*))?", re.DOTALL)


def noun(unit: str) -> str:
    """What a unit measures, in words.

    >>> noun("t/week"), noun("km/week")
    ('a mass per time', 'an amount in km/week')
    """
    return NOUNS[unit][0] if unit in NOUNS else f"an amount in {unit}"


def read(text: str, unit: str) -> float:
    """The number that a text means in a canonical unit; ValueError(problem, expectation) if none.

    >>> read("0.12 Mt", "t"), read("45 trains/day", "trains/day"), read("1.2 M men", "men")
    (120000.0, 45.0, 1200000.0)
    >>> round(read("3 divisions a month", "men/week")), read("2 weeks", "days of supply")
    (8279, 14.0)
    """
    parts = _TEXT.fullmatch(text)
    if not parts:
        raise ValueError("does not begin with a number", expectation(unit))
    try:
        value = float(parts[1])
    except ValueError:
        raise ValueError("does not begin with a number", expectation(unit)) from None
    rest: str = parts[2]
    if not rest or rest == unit:
        return value
    top, _, below = unit.partition("/")
    rate = _PER.fullmatch(rest)
    if bool(rate) != bool(below) and not (below and rest in MULTIPLES):
        wrong = f'"{rest}" is per time' if rate else f'"{rest}" does not say per what time'
        raise ValueError(f"is not {noun(unit)}: {wrong}", expectation(unit))
    if rate:
        value *= _factor(below, below, unit) / _factor(rate[2], below, unit)
        rest = rate[1]
    multiple = _MULTIPLE.fullmatch(rest)
    if multiple:
        value *= MULTIPLES[multiple[1]]
        rest = multiple[2] or ""
    return value * _factor(rest, top, unit) / _factor(top, top, unit) if rest else value


def text(value: float, unit: str) -> str:
    """A number in a canonical unit as a file would have it, cut to four digits: what is written as
    the most that there is stays within it.

    >>> text(40_000.0, "t"), text(3_667_890.0, "t"), text(-14.2, "t"), text(12_000.0, "trains")
    ('40 kt', '3.667 Mt', '-14.2 t', '12000 trains')
    """
    for name, size in (("Mt", 1e6), ("kt", 1e3)) if unit == "t" and abs(value) >= 1e4 else ():
        if abs(value) >= size:
            value, unit = value / size, name
            break
    # The last bits of a sum may fall short of what it comes to.
    digits = Context(4, ROUND_DOWN).create_decimal_from_float(value * (1.0 + 1e-9))
    return f"{digits.normalize():f} {unit}"


def expectation(unit: str) -> str:
    """What to write where this unit is expected."""
    if unit not in NOUNS:
        return f"write a plain number, in {unit}"
    what, example = NOUNS[unit]
    dimension = _find(unit.partition("/")[0])
    listed = [name for name, (kind, _) in AMOUNTS.items() if dimension and kind == dimension[0]]
    names = f" ({', '.join(listed)})" if len(listed) > 2 else ""
    return f"write {what}{names}, as in {example}"


def _find(name: str) -> tuple[str, float] | None:
    name = "day" if name == "days of supply" else name
    return AMOUNTS.get(name) or AMOUNTS.get(name.removesuffix("s"))


def _factor(name: str, like: str, unit: str) -> float:
    """How many base units `name` holds, which must measure the same thing as `like`."""
    wanted, found = _find(like), _find(name)
    if found is None:
        near = get_close_matches(name[:40], list(AMOUNTS), n=1, cutoff=0.5)
        hint = f', did you mean "{near[0]}"?' if near else ""
        problem = f'is not {noun(unit)}: "{name[:40]}" is no unit known here{hint}'
        raise ValueError(problem, expectation(unit))
    if wanted is None or found[0] != wanted[0]:
        problem = f'is not {noun(unit)}: "{name}" measures something else'
        raise ValueError(problem, expectation(unit))
    return found[1]
