"""What a scenario file may say: one model a table, one field a key.

Attribute names equal the names in the file, but for `from_` and `raise_`, words of Python. A field
states its meaning, unit and default once: the reader and docs/scenario.md both use it. Every
`until` is the first day that is no longer meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

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
from sinews.scenario.words import MEASURES, POLICIES

__all__ = ["MEASURES", "POLICIES", "ErrorDetails", "Number"]  # beside what stands below

_unread = GetPydanticSchema(lambda _source, _handler: core_schema.any_schema())
"""Numbers pass unread: scenario/read.py reads them, where their path and provenance are known."""

Men = Annotated[Number, _unread, Reading("men")]
MenRate = Annotated[Number, _unread, Reading("men/week")]
People = Annotated[Number, _unread, Reading("people")]
Goods = Annotated[Number, _unread, Reading(GOODS)]
GoodsRate = Annotated[Number, _unread, Reading(GOODS + "/week")]
Output = Annotated[Number, _unread, Reading(OUTPUT)]
Mass = Annotated[Number, _unread, Reading("t")]
Km = Annotated[Number, _unread, Reading("km")]
Position = Annotated[Number, _unread, Reading("km", minimum=float("-inf"))]
Distance = Annotated[Number, _unread, Reading("km", positive=True)]
Weeks = Annotated[Number, _unread, Reading("weeks")]
Days = Annotated[Number, _unread, Reading("days of supply")]
Hours = Annotated[Number, _unread, Reading("hours")]
Trains = Annotated[Number, _unread, Reading("trains", positive=True)]
TrainRate = Annotated[Number, _unread, Reading("trains/day", positive=True)]
Share = Annotated[Number, _unread, Reading("1", maximum=1)]
Stance = Annotated[Number, _unread, Reading("1", minimum=-1, maximum=1)]
Amount = Annotated[Number, _unread, Reading("1")]
Factor = Annotated[Number, _unread, Reading("1", positive=True)]
Coefficient = Annotated[Number, _unread, Reading(COEFFICIENT, minimum=float("-inf"))]
Record = Annotated[Number, _unread, Reading(MEASURE)]


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


def _say(meaning: str, default: Any = ..., **more: Any) -> Any:
    """A field and what it means."""
    return Field(default, description=meaning, **more)


def _all(meaning: str) -> Any:
    return Field(default_factory=dict, description=meaning)


def _rows(meaning: str) -> Any:
    return Field(default_factory=list, description=meaning)


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


class Manpower(Table):
    """The men of a power who are not in the field."""

    reserve: Men = _say("trained reservists not yet called up", 0.0)
    pool: Men = _say("untrained men who may be drafted", 0.0)
    ready: Men = _say("men called up and trained, not yet in a unit", 0.0)
    cohort: MenRate = _say("men who come of age and join the pool", 0.0)
    mobilise: MenRate = _say("from the reserve to ready, at most", 0.0)
    draft: MenRate = _say("from the pool to training, at most", 0.0)
    raise_: MenRate = _say("ready men formed into units, at most", 0.0, alias="raise")
    ceiling: Men = _say("most men under arms, the call-up stops there; 0 = no bound", 0.0)
    training: Weeks = _say("time in training", 12.0)
    quality_reserve: Amount = _say("fighting quality of a called-up reservist", 0.5)
    quality_ready: Amount = _say("fighting quality of the men ready at the start", 0.5)
    killed_share: Share = _say("dead or missing among casualties who are not captured", 0.3)
    hospital_weeks: Weeks = _say("mean time in hospital", 8.0)
    return_share: Share = _say("share of the men in hospital who return to duty", 0.72)


class Industry(Table):
    """One sector of a power's industry."""

    capacity: Output = _say("what the plants can make; hours of labour where that is items")
    labour: Men = _say("workers")


class Supply(Table):
    """Goods per week between two dates."""

    rest: ClassVar[str] = "amounts"
    from_: date = _say("first day", alias="from")
    until: date | None = _say("first day no longer meant; the end if left out", None)
    amounts: dict[str, GoodsRate] = _all("any item (or, when received, material): its rate")


class Order(Table):
    """Orders in force between two dates; where rows overlap, the later row wins."""

    from_: date = _say("first day", alias="from")
    until: date = _say("first day no longer in force")
    attack: list[str] = _rows("axes on which to attack")
    halt: list[str] = _rows("axes on which no attack is allowed")
    goal: dict[str, Position] = _all("axis: how far an offensive is to go; its end if left out")
    stance: dict[str, Stance] = _all("axis: -1 free to withdraw ... +1 stand fast")
    draft: Share | None = _say("share of the greatest possible draft", None)
    send: dict[str, MenRate] = _all('link, as in "ural>moscow": men to send over it')
    evacuate: Share | None = _say("share of the threatened plants to move", None)


class Power(Table):
    """A state that fights, makes or moves things."""

    title: str = _say("name on pages; the key if left out", "")
    side: Literal["west", "east"] = _say("the end of every axis that is its own")
    policy: str = _say("who decides what the script leaves open", "cautious")
    wear: Amount = _say("factor on breakdowns", 1.0)
    appetite: Factor = _say("factor on the supplies it uses", 1.0)
    quality: Factor = _say("factor on the quality of its first forces", 1.0)
    surprised: Weeks = _say("how long it is surprised at the start", 0.0)
    reserve_theatre: str = _say("theatre where items of the depot and ready men enter")
    manpower: Manpower = Field(
        default_factory=Manpower.model_construct, description="men not in the field"
    )
    districts: dict[str, Share] = _all(
        "theatre: share of newly formed units that appear in it; adds up to 1. All appear in "
        "reserve_theatre if left out"
    )
    stock: dict[str, Goods] = _all("item, material, gold, or gold_mined (a rate): what it holds")
    industry: dict[str, Industry] = _all("sector: its plants")
    build: list[Supply] = _rows("programme of production; rows of one item may not overlap")
    receive: list[Supply] = _rows("goods from outside the model")
    script: list[Order] = _rows("dated orders")
    quality_by_season: dict[str, Factor] = _all("season: factor on fighting quality")


class Item(Table):
    """A type of equipment."""

    title: str = _say("name on pages; the key if left out", "")
    weight: Amount = _say("worth in men of the same quality")
    establishment: Amount = _say("items per man that units can crew")
    hit: Amount = _say("share knocked out per share of the men who become casualties", 1.0)
    breakdown: Amount = _say(
        "b: in a week, b * (0.35 + km moved / 100) of them break down; 0 = no engine", 0.0
    )
    write_off_hit: Share = _say("share of the knocked out written off when advancing", 0.43)
    write_off_breakdown: Share = _say("share of the broken down written off when advancing", 0.2)
    armour: Amount = _say("1 = counts as armour when a pocket closes", 0.0)
    carries: Amount = _say("1 = counts as transport that brings supply forward", 0.0)
    gates: bool = _say("whether no new unit is formed without it", False)
    trains: Trains = _say("trains that one item fills")
    hours: Hours = _say("labour to make one; above 0 if a sector makes it", 0.0)
    sector: str | None = _say("sector that makes it; none if left out", None)
    inputs: dict[str, Mass] = _all("material: what one item takes")
    captured_as: str | None = _say("item it becomes in an enemy's hands", None)
    usable: Share = _say("share of the captured that can be used", 0.25)


class Sector(Table):
    """A branch of industry."""

    title: str = _say("name on pages; the key if left out", "")
    makes: str | None = _say("material it makes; left out for a sector that makes items", None)
    inputs: dict[str, Mass] = _all("material: what one unit of output takes")
    capital: Mass = _say("machines (a material of that name) for a unit of new capacity", 0.0)


class Place(Table):
    """A town or district of a theatre."""

    name: str = _say("name of the place")
    km: Position | None = _say(
        "how far along the axis, from west to east; none in the interior", None
    )
    people: People = _say("inhabitants", 0.0)
    fort: Factor = _say("factor on the defender's strength; 1 = no works", 1.0)
    power: str | None = _say("its home power; in the interior that of the theatre", None)
    industry: dict[str, Share] = _all(
        "sector: its share of the home power's capacity; over all places of that power the shares "
        "add up to 1"
    )
    refuge: Share = _say(
        "share of its home power's evacuated plants that come here; over all places of that power "
        "the shares add up to 1, if there are any",
        0.0,
    )


class Theatre(Table):
    """An axis, along which a front moves, or an interior district of one power."""

    title: str = _say("name on pages; the key if left out", "")
    front: Position | None = _say("where the front stands at the start; makes it an axis", None)
    pace: Factor = _say("factor on the speed of advance", 1.0)
    value: Amount = _say("weight in the eyes of policies", 1.0)
    west: list[str] = _rows("powers that come from the west of the axis")
    east: list[str] = _rows("powers that come from the east of the axis")
    frontier: Position = _say("where the border runs", 0.0)
    base: dict[str, Position] = _all(
        "power: where its own railway begins; the frontier if left out"
    )
    garrison: Men = _say("men that policies leave there", 0.0)
    power: str | None = _say("owner; makes it interior", None)
    place: list[Place] = _rows("places, from west to east on an axis")

    @property
    def axis(self) -> bool:
        """Whether a front moves along it."""
        return self.front is not None


class Force(Table):
    """Men and equipment of a power in a theatre; several rows add up."""

    rest: ClassVar[str] = "amounts"
    power: str = _say("whose")
    theatre: str = _say("where")
    men: Men = _say("men in units")
    quality: Factor = _say("fighting quality of the men", 1.0)
    days: Days = _say("supplies at hand", 10.0)
    amounts: dict[str, Goods] = _all("any item: how many")


class Link(Table):
    """A railway between two theatres."""

    from_: str = _say("theatre", alias="from")
    to: str = _say("theatre")
    power: str = _say("whose trains run on it")
    km: Distance = _say("length")
    capacity: TrainRate = _say("trains that it carries each way")
    both: bool = _say("whether it runs both ways", True)

    @property
    def name(self) -> str:
        """How a script calls it."""
        return f"{self.from_}>{self.to}"


class Season(Table):
    """Days of every year on which the ground is not dry; the rest is "dry", with pace 1."""

    name: str = _say("name; may return later in the year")
    from_: Annotated[MonthDay, PlainValidator(_month_day)] = _say(
        'first day of every year, as in "10-07"', alias="from"
    )
    until: Annotated[MonthDay, PlainValidator(_month_day)] = _say("first day no longer meant")
    pace: Factor = _say("factor on the speed of advance")

    def covers(self, day: date) -> bool:
        """Whether a day falls in it; a season may run over New Year."""
        today = MonthDay(day.month, day.day)
        if self.from_ <= self.until:
            return self.from_ <= today < self.until
        return today >= self.from_ or today < self.until


class Option(Table):
    """A named patch: tables merge, values replace, rows of lists are added."""

    title: str = _say("name on pages; the key if left out", "")
    summary: str = _say("what it is about", "")
    set: dict[str, Any] = _all("what differs, in the shape of the scenario")


class Expect(Table):
    """A record to compare with."""

    measure: str = _say("what is measured")
    power: str | None = _say("whose, where the measure needs it", None)
    theatre: str | None = _say("where, where the measure needs it", None)
    item: str | None = _say("of which, where the measure needs it", None)
    at: date | None = _say("the day; flows count from the start", None)
    from_: date | None = _say("for flows: the first day counted", None, alias="from")
    until: date | None = _say("for flows: the first day no longer counted", None)
    value: Record = _say("the record")
    within: Share | None = _say("how close the model's median must be", None)
    fit: bool = _say("whether calibration may use it; false keeps it for checking alone", True)


class Document(Table):
    """A scenario file."""

    name: str = _say("short name; that of the file if left out", "")
    title: str = _say("name on pages", "")
    summary: str = _say("what it is about", "")
    format: Literal[1] = _say("version of this language", 1)
    start: date = _say("first day", ge=date(1700, 1, 1), le=date(2200, 1, 1))
    weeks: int = _say("length", ge=1, le=520)
    sources: dict[str, str] = _all("key: the work it stands for")
    power: dict[str, Power] = _say("name: a power", min_length=1)
    item: dict[str, Item] = _all("name: a type of equipment")
    sector: dict[str, Sector] = _all("name: a branch of industry")
    theatre: dict[str, Theatre] = _say("name: an axis or an interior district", min_length=1)
    force: list[Force] = _rows("men and equipment in a theatre")
    link: list[Link] = _rows("railways")
    season: list[Season] = _rows("mud, frost and so on")
    coefficient: dict[str, Coefficient] = _all("name: value in place of the model's default")
    option: dict[str, Option] = _all("name: a patch")
    expect: list[Expect] = _rows("records to compare with")


@dataclass(frozen=True)
class Scenario:
    """A scenario read and found right: names, and numbers in canonical units."""

    name: str
    title: str
    summary: str
    start: date
    weeks: int
    sources: dict[str, str]
    powers: dict[str, Power]
    items: dict[str, Item]
    sectors: dict[str, Sector]
    theatres: dict[str, Theatre]
    forces: tuple[Force, ...]
    links: tuple[Link, ...]
    """One way each."""
    seasons: tuple[Season, ...]
    coefficient: dict[str, Number]
    options: dict[str, Option]
    expect: tuple[Expect, ...]
    applied: tuple[str, ...]
    """The options in it, in the order of the file."""
    path: Path
    text: str
    """A fingerprint of the file and the options in it."""

    @property
    def end(self) -> date:
        """The first day after it."""
        return self.start + timedelta(days=7 * self.weeks)

    @property
    def materials(self) -> tuple[str, ...]:
        """What its sectors make, in the order of the file."""
        return tuple(dict.fromkeys(x.makes for x in self.sectors.values() if x.makes))

    def season_on(self, day: date) -> Season | None:
        """The season of a day; None when it is dry."""
        return next((season for season in self.seasons if season.covers(day)), None)

    def numbers(self) -> Iterator[Number]:
        """Every number that the scenario states, once."""
        seen: set[str] = set()
        tables = (
            self.powers, self.sectors, self.items, self.theatres, self.forces, self.links,
            self.seasons, self.coefficient, self.expect,
        )  # fmt: skip
        for number in _numbers(tables):
            if number.written and number.path not in seen:
                seen.add(number.path)
                yield number


def _numbers(holder: object) -> Iterator[Number]:
    if isinstance(holder, Number):
        yield holder
    elif isinstance(holder, Table):
        yield from _numbers(holder.__dict__)
    elif isinstance(holder, dict):
        for each in holder.values():
            yield from _numbers(each)
    elif isinstance(holder, list | tuple) and not isinstance(holder, MonthDay):
        for each in holder:
            yield from _numbers(each)


def structure(raw: dict[str, Any]) -> tuple[Document | None, list[ErrorDetails]]:
    """The file as a document whose numbers are unread, or what is wrong with its shape."""
    try:
        return Document.model_validate(raw), []
    except ValidationError as error:
        return None, error.errors(include_url=False)
