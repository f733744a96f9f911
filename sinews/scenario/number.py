"""A number of a scenario: its value or range, its unit, and where it comes from.

Four ways to write one: plain (`men = 2680000`), a text with a unit (`gold = "2600 t"`), a range
(`men = { low = 2.6e6, high = 2.8e6 }`, uniform between the two), or a table with its provenance
(`{ value = 12, source = "glantz1995", kind = "history", note = "..." }`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sinews import units
from sinews.errors import shown, suggestion

KINDS: dict[str, str] = {
    "history": "stated in the named source",
    "story": "stated in the story that the scenario tells",
    "fitted": "calibrated on records",
    "assumed": "a judgement of the author's",
}
GIVEN = ("source", "kind", "note")
GREATEST = 1e12
"""What no number of a scenario exceeds in its unit: the product of three still fits float32."""


@dataclass(frozen=True, slots=True)
class Number:
    """A value, or the range in which it lies, in a canonical unit and with its provenance."""

    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str = ""
    kind: str = "assumed"
    note: str = ""
    path: str = ""

    @property
    def middle(self) -> float:
        """The value, or the middle of the range."""
        if self.value is not None:
            return self.value
        assert self.low is not None and self.high is not None
        return (self.low + self.high) / 2

    @property
    def span(self) -> tuple[float, float]:
        """The least and the most that it can be."""
        if self.value is not None:
            return self.value, self.value
        assert self.low is not None and self.high is not None
        return self.low, self.high

    @property
    def uncertain(self) -> bool:
        """Whether members of an ensemble differ in it."""
        return self.value is None

    @property
    def written(self) -> bool:
        """Whether the scenario states it; otherwise it is the default of its field."""
        return self.source != ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a field reads its number: the unit (or, in capitals, what decides it) and the bounds;
    where no member may have a number of its own, why not; and where it holds many by name, by
    which one that stands there alone goes, if it may."""

    unit: str
    minimum: float = 0.0
    maximum: float = math.inf
    positive: bool = False
    exact: str = ""
    alone: str = ""

    @property
    def bounds(self) -> str:
        """The bounds in words."""
        if self.positive:
            return "above 0"
        if self.maximum < math.inf:
            return f"from {self.minimum:g} to {self.maximum:g}"
        return f"{self.minimum:g} or more" if self.minimum > -math.inf else ""


GOODS, OUTPUT, COEFFICIENT, MEASURE = "GOODS", "OUTPUT", "COEFFICIENT", "MEASURE"
"""Units that depend on a name: of the goods, the sector, the coefficient, the measure."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a number, or with the value of one key in it."""

    key: str
    value: object
    problem: str
    expected: str = ""
    remedy: str = ""


def is_number(raw: object) -> bool:
    """Whether a table is a number written out, and not a table of fields."""
    return (
        isinstance(raw, dict)
        and bool(raw.keys() & {"value", "low", "high"})
        and raw.keys() <= {"value", "low", "high", *GIVEN}
        and not any(isinstance(each, dict) for each in raw.values())
    )


def parse(raw: object, unit: str, reading: Reading) -> Number | list[Fault]:
    """The number that `raw` states, yet without provenance, or all that is wrong with it."""
    if not isinstance(raw, dict):
        found = _amount("", raw, unit, reading)
        return [found] if isinstance(found, Fault) else Number(found, None, None, unit)
    faults = [
        Fault(
            key,
            value,
            "no such key in a number",
            "",
            suggestion(key, ["value", "low", "high", *GIVEN]),
        )
        for key, value in raw.items()
        if key not in ("value", "low", "high")
    ]
    if not (raw.keys() == {"value"} or raw.keys() == {"low", "high"}) and not faults:
        problem = "a number has either a value, or both a low and a high"
        faults.append(Fault("", raw, problem, f"write {units.noun(unit)}", ""))
    amounts: dict[str, float] = {}
    for key in raw.keys() & {"value", "low", "high"}:
        amount = _amount(key, raw[key], unit, reading)
        if isinstance(amount, Fault):
            faults.append(amount)
        else:
            amounts[key] = amount
    if faults:
        return faults
    if "low" in raw and reading.exact:
        return [Fault("", raw, f"is a range, but {reading.exact}", "", "write one number")]
    low, high = amounts.get("low"), amounts.get("high")
    if low is not None and high is not None and low > high:
        remedy = "exchange the two"
        return [Fault("", raw, "the range is upside down: low is above high", "", remedy)]
    return Number(amounts.get("value"), low, high, unit)


def _amount(key: str, raw: object, unit: str, reading: Reading) -> float | Fault:
    if isinstance(raw, str):
        try:
            value = units.read(raw, unit)
        except ValueError as error:
            problem, expected = error.args
            return Fault(key, raw, problem, expected)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            value = float(raw)
        except OverflowError:
            value = math.inf
    else:
        return Fault(key, raw, f"is not {units.noun(unit)}", units.expectation(unit))
    if not math.isfinite(value):
        return Fault(key, raw, "is not finite", units.expectation(unit))
    if abs(value) > GREATEST or (reading.positive and 0 < value < 1 / GREATEST):
        size = "large" if abs(value) > 1 else "small"
        expected = f"write what lies between {1 / GREATEST:g} and {GREATEST:g}"
        return Fault(key, raw, f"is too {size} to be reckoned with", expected)
    too_low = value <= 0 if reading.positive else value < reading.minimum
    if too_low or value > reading.maximum:
        if value < 0 and reading.minimum == 0:
            problem = f"is negative, which {units.noun(unit)} here cannot be"
        else:
            problem = f"{shown(raw)} is out of bounds"
        return Fault(key, raw, problem, f"it must be {reading.bounds}")
    return value
