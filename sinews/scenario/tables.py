"""What a table of a scenario is made of: fields that say their meaning, numbers yet unread.

A field states its meaning, unit and default once: the reader and docs/scenario.md both use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    PlainValidator,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError, core_schema

from sinews.scenario.number import COEFFICIENT, GOODS, MEASURE, OUTPUT, Number, Reading

__all__ = ["ErrorDetails", "Number"]  # beside what stands below

_unread = GetPydanticSchema(lambda _source, _handler: core_schema.any_schema())
"""Numbers pass unread: scenario/read.py reads them, where their path and provenance are known."""

_ANY = float("-inf")
_JUDGED = "all members are judged by the same"

Men = Annotated[Number, _unread, Reading("men")]
MenRate = Annotated[Number, _unread, Reading("men/week")]
People = Annotated[Number, _unread, Reading("people")]
Goods = Annotated[Number, _unread, Reading(GOODS)]
GoodsRate = Annotated[Number, _unread, Reading(GOODS + "/week")]
Output = Annotated[Number, _unread, Reading(OUTPUT)]
Mass = Annotated[Number, _unread, Reading("t")]
Tender = Annotated[dict[str, Number], _unread, Reading("t", alone="gold")]
Payment = Annotated[
    Number,
    _unread,
    Reading("t", minimum=_ANY, exact="what one party pays another receives to the gram"),
]
ListPrice = Annotated[
    Number, _unread, Reading("t", exact="a price list splits the price of a contract")
]
Quantity = Annotated[Number, _unread, Reading(GOODS, exact="a contract names what is sold")]
MenAllowed = Annotated[Number, _unread, Reading("men", exact="a treaty names a figure")]
Km = Annotated[Number, _unread, Reading("km")]
Position = Annotated[Number, _unread, Reading("km", minimum=_ANY)]
Distance = Annotated[Number, _unread, Reading("km", positive=True)]
Weeks = Annotated[Number, _unread, Reading("weeks")]
Voyage = Annotated[Number, _unread, Reading("weeks", maximum=52)]
Days = Annotated[Number, _unread, Reading("days of supply")]
Hours = Annotated[Number, _unread, Reading("hours")]
Trains = Annotated[Number, _unread, Reading("trains", positive=True)]
TrainRate = Annotated[Number, _unread, Reading("trains/day", positive=True)]
Traffic = Annotated[Number, _unread, Reading("trains/day")]
Share = Annotated[Number, _unread, Reading("1", maximum=1)]
Part = Annotated[
    Number, _unread, Reading("1", maximum=1, exact="shares add up to 1 in every member")
]
Tolerance = Annotated[Number, _unread, Reading("1", maximum=1, exact=_JUDGED)]
Stance = Annotated[Number, _unread, Reading("1", minimum=-1, maximum=1)]
Amount = Annotated[Number, _unread, Reading("1")]
Weight = Annotated[Number, _unread, Reading("1", minimum=_ANY)]
Standard = Annotated[Number, _unread, Reading("1", exact=_JUDGED)]
Aim = Annotated[Number, _unread, Reading("1", minimum=_ANY, exact=_JUDGED)]
WarningTime = Annotated[Number, _unread, Reading("weeks", exact=_JUDGED)]
MenAtHand = Annotated[Number, _unread, Reading("men", exact=_JUDGED)]
Factor = Annotated[Number, _unread, Reading("1", positive=True)]
Coefficient = Annotated[Number, _unread, Reading(COEFFICIENT, minimum=_ANY)]
Record = Annotated[Number, _unread, Reading(MEASURE)]
Level = Annotated[Number, _unread, Reading(MEASURE, minimum=_ANY, exact=_JUDGED)]


class MonthDay(NamedTuple):
    """A day of every year."""

    month: int
    day: int


def _month_day(text: object) -> MonthDay:
    try:
        day = date.fromisoformat(f"2000-{text}")  # 2000: a leap year, so that 02-29 is a day
    except ValueError:
        raise PydanticCustomError("month_day", "is no month and day") from None
    return MonthDay(day.month, day.day)


Yearly = Annotated[MonthDay, PlainValidator(_month_day)]


class Point(NamedTuple):
    """A point on the map, in degrees."""

    latitude: float
    longitude: float


def _point(pair: object) -> Point:
    problem = ""
    if not isinstance(pair, list) or len(pair) != 2:
        problem = "is not two numbers"
    elif not all(type(x) in (int, float) for x in pair):
        problem = "is not two numbers"
    elif not -90 <= pair[0] <= 90:
        problem = "its latitude does not lie between -90 and 90"
    elif not -180 <= pair[1] <= 180:
        problem = "its longitude does not lie between -180 and 180"
    else:
        return Point(*map(float, pair))
    raise PydanticCustomError("point", "{problem}", {"problem": problem})


Spot = Annotated[Point, PlainValidator(_point)]


def say(meaning: str, default: Any = ..., **more: Any) -> Any:
    """A field and what it means."""
    return Field(default, description=meaning, **more)


def by_name(meaning: str) -> Any:
    """A field that holds anything by name, nothing unless written."""
    return Field(default_factory=dict, description=meaning)


def rows(meaning: str) -> Any:
    """A field that holds a list, empty unless written."""
    return Field(default_factory=list, description=meaning)


def inner(table: type[Table], meaning: str) -> Any:
    """A field that holds one table, which may be left out."""
    return Field(default_factory=table.model_construct, description=meaning)


class Table(BaseModel):
    """A table of the file; keys that no field has are mistakes, or amounts where `rest` says so."""

    # Built at first use, and then once for the whole document: it halves the time to import.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
    rest: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, raw: Any) -> Any:
        """Keys that are names of goods go into the field `rest`."""
        if not cls.rest or not isinstance(raw, dict):
            return raw
        own = {field.alias or name for name, field in cls.model_fields.items()} - {cls.rest}
        table = {key: value for key, value in raw.items() if key in own}
        return table | {cls.rest: {key: raw[key] for key in raw if key not in own}}


Kind = TypeVar("Kind", bound=Table)


def structure(table: type[Kind], raw: dict[str, Any]) -> tuple[Kind | None, list[ErrorDetails]]:
    """A raw table with its numbers unread, or what is wrong with its shape."""
    try:
        return table.model_validate(raw), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


@cache
def reading_plan(table: type[Table]) -> dict[str, tuple[str, Reading | None, bool]]:
    """For each field its key, how its number is read (None: it is none), and if it holds many."""
    plan: dict[str, tuple[str, Reading | None, bool]] = {}
    for name, info in table.model_fields.items():
        many = get_origin(info.annotation) is dict
        parts = [mark for part in get_args(info.annotation) for mark in get_args(part)]
        marks = (mark for mark in (*info.metadata, *parts) if isinstance(mark, Reading))
        reading = next(marks, None)
        plan[name] = (info.alias or name, reading, many)
    return plan


def kind_at(table: type[Table], path: tuple[str | int, ...]) -> Any:
    """What the language has at a path below a table, as Python types; None if nothing."""
    kind: Any = table
    for part in path:
        if isinstance(kind, type) and issubclass(kind, Table):
            names = {key: name for name, (key, _, _) in reading_plan(kind).items()}
            kind = kind.model_fields[names[part]].annotation if part in names else None
        else:
            kind = next(reversed(get_args(kind)), None)
        if NoneType in get_args(kind):
            kind = get_args(kind)[0]
    return kind


def numbers(holder: object) -> Iterator[Number]:
    """Every number in a table, or in a list or dict of tables."""
    if isinstance(holder, Number):
        yield holder
    elif isinstance(holder, Table):
        yield from numbers(holder.__dict__)
    elif isinstance(holder, dict):
        for each in holder.values():
            yield from numbers(each)
    elif isinstance(holder, list | tuple) and not isinstance(holder, MonthDay | Point):
        for each in holder:
            yield from numbers(each)
