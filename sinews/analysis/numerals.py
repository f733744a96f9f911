"""How numbers, dates and places are written in tables and reports."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sinews.scenario.schema import Place

# From here on (rounding counted in), divide by this and say so.
_SCALES = ((0.9995e9, 1e9, " bn"), (0.9995e6, 1e6, " M"), (9_999.5, 1e3, " k"))
_WHOLE = frozenset(("men", "people", "items", "km"))


def _scale(largest: float, unit: str) -> tuple[float, str, int]:
    """Divisor, suffix and decimals for numbers up to `largest`."""
    for threshold, divisor, suffix in _SCALES if unit != "km" else ():
        if largest >= threshold:
            digits = math.floor(math.log10(largest / divisor)) if largest >= divisor else 0
            return divisor, suffix, max(0, 2 - digits)
    if unit in _WHOLE or largest >= 100:
        return 1.0, "", 0
    return 1.0, "", 1 if largest >= 10 else 2


def _digits(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    # A real minus sign, and none before a zero.
    return (
        text.replace("-", "\N{MINUS SIGN}")
        if any(c in "123456789" for c in text)
        else (text.removeprefix("-"))
    )


def amount(value: float, unit: str = "") -> str:
    """A number as an analyst would quote it, to about three digits.

    >>> amount(2_129_677, "men"), amount(11_703, "items"), amount(840, "men"), amount(0.8312, "1")
    ('2.13 M', '11.7 k', '840', '0.83')
    >>> amount(-1018.4, "km")
    '−1,018'
    """  # noqa: RUF002
    divisor, suffix, decimals = _scale(abs(value), unit)
    return _digits(value / divisor, decimals) + suffix


def band(low: float, high: float, unit: str = "") -> str:
    """A range, both ends on one scale.

    >>> band(1_751_000, 2_508_000, "men"), band(-900, 12_000, "men")
    ('1.75–2.51 M', '−0.9 to 12.0 k')
    """  # noqa: RUF002
    divisor, suffix, decimals = _scale(max(abs(low), abs(high)), unit)
    ends = [_digits(x / divisor, decimals) for x in (low, high)]
    return (" to " if low < 0 else "\N{EN DASH}").join(ends) + suffix


def signed(value: float, unit: str = "") -> str:
    """A difference, with its sign.

    >>> signed(12_000, "men"), signed(0.0, "km")
    ('+12.0 k', '0')
    """
    text = amount(value, unit)
    return "+" + text if value > 0 and any(c in "123456789" for c in text) else text


def margin(value: float, error: float | None, unit: str = "") -> str:
    """A difference, with its sign and its standard error, both on one scale.

    >>> margin(12_000, 340, "men"), margin(-3.5, 0.75, "km"), margin(0.012, 0.004, "1")
    ('+12.0 ± 0.3 k', '−3.5 ± 0.8', '+0.012 ± 0.004')
    >>> margin(149.473, 0.0002, "t")
    '+149.5 ± 0.0'
    """  # noqa: RUF002
    if error is None:
        return signed(value, unit)
    divisor, suffix, decimals = _scale(max(abs(value), error), unit)
    telling = _telling(error / divisor, decimals, unit if abs(value) >= 10 else "")
    if value:
        # No more than four digits of the difference itself.
        telling = min(telling, 3 - math.floor(math.log10(abs(value) / divisor)))
    decimals = max(decimals, telling)
    middle = _digits(value / divisor, decimals)
    middle = "+" + middle if value > 0 and any(c in "123456789" for c in middle) else middle
    return f"{middle} \N{PLUS-MINUS SIGN} {_digits(error / divisor, decimals)}{suffix}"


def within(error: float, unit: str = "") -> str:
    """A standard error.

    >>> within(1106, "men"), within(0.0034, "t"), within(0.0, "t")
    ('1,106', '0.003', '0.00')
    """
    divisor, suffix, decimals = _scale(error, unit)
    return _digits(error / divisor, _telling(error / divisor, decimals, "")) + suffix


def _telling(error: float, decimals: int, unit: str) -> int:
    """Decimals by which at least one digit of an error shows."""
    if not error or unit in _WHOLE:
        return decimals
    return max(decimals, min(-math.floor(math.log10(error)), 4))


def day(when: date) -> str:
    """A date in words.

    >>> day(date(1941, 6, 22))
    '22 Jun 1941'
    """
    return f"{when.day} {when:%b %Y}"


def nearest(km: float, places: Iterable[Place]) -> str:
    """Where on an axis a front stands, by its nearest place; kilometres run from west to east.

    >>> from sinews.scenario import load
    >>> moscow = load("eastern-front-1941").theatres["moscow"]
    >>> nearest(1010, moscow.place), nearest(655, moscow.place)
    ('30 km west of Moscow', 'at Smolensk')
    """
    known = [(place.km.middle, place.name) for place in places if place.km is not None]
    there, name = min(known, key=lambda each: abs(each[0] - km))
    off = round(abs(km - there))
    return f"at {name}" if off <= 5 else f"{off} km {'west' if km < there else 'east'} of {name}"
