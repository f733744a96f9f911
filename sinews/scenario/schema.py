"""What a scenario file may say: one model a table, one field a key.

Attribute names equal the names in the file, but for `from_` and `raise_`, words of Python. Every
`until` is the first day that is no longer meant. Contracts and agreements stand in `treaties.py`,
ministers and the agenda in `council.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

from sinews.errors import Mistake, ScenarioError, misnamed, shown
from sinews.model.coefficients import THEORIES, coefficients_under
from sinews.model.coefficients import Coefficient as Known
from sinews.scenario.council import AgendaItem, Leader, Minister
from sinews.scenario.negotiable import Negotiable
from sinews.scenario.number import Number
from sinews.scenario.standing import Ordered
from sinews.scenario.tables import (
    Aim,
    Amount,
    Coefficient,
    Days,
    Distance,
    Factor,
    Goods,
    GoodsRate,
    Hours,
    ListPrice,
    Mass,
    Men,
    MenRate,
    MonthDay,
    Output,
    Part,
    People,
    Position,
    Record,
    Share,
    Spot,
    Stance,
    Standard,
    Table,
    Tolerance,
    TrainRate,
    Trains,
    Weeks,
    Yearly,
    by_name,
    inner,
    numbers,
    rows,
    say,
)
from sinews.scenario.treaties import Agreement, Contract, Route


class Manpower(Table):
    """The men of a power who are not in the field."""

    reserve: Men = say("trained reservists not yet called up", 0.0)
    pool: Men = say("untrained men who may be drafted", 0.0)
    ready: Men = say("men called up and trained, not yet in a unit", 0.0)
    cohort: MenRate = say("men who come of age and join the pool", 0.0)
    mobilise: MenRate = say("from the reserve to ready, at most", 0.0)
    draft: MenRate = say("from the pool to training, at most", 0.0)
    raise_: MenRate | None = say(
        "ready men formed into units, at most; left out, as many as arms and leaders allow",
        None,
        alias="raise",
    )
    ceiling: Men = say("most men under arms, the call-up stops there; 0 = no bound", 0.0)
    least: Men = say("men in units below which its army is too small, and it may break", 0.0)
    training: Weeks = say("time in training", 12.0)
    quality_reserve: Amount = say("fighting quality of a called-up reservist", 0.5)
    quality_ready: Amount = say("fighting quality of the men ready at the start", 0.5)
    killed_share: Share = say("dead or missing among casualties who are not captured", 0.3)
    hospital_weeks: Weeks = say("mean time in hospital", 8.0)
    return_share: Share = say("share of the men in hospital who return to duty", 0.72)


class Hindrance(Table):
    """A time in which less can be done, by bombs or anything else; the later of two rows wins."""

    from_: date = say("first day", alias="from")
    until: date | None = say("first day no longer meant; the end if left out", None)
    leaves: Share = say("share that is left")


class Industry(Table):
    """One sector of a power's industry."""

    capacity: Output = say("what the plants can make; hours of labour where that is items")
    labour: Men = say("workers")
    hindered: list[Hindrance] = rows("when a part of the plants cannot work")


class Supply(Table):
    """Goods per week between two dates."""

    rest: ClassVar[str] = "amounts"
    from_: date = say("first day", alias="from")
    until: date | None = say("first day no longer meant; the end if left out", None)
    amounts: dict[str, GoodsRate] = by_name(
        "any item (or, when received, material or gold): its rate"
    )


class Order(Table):
    """Orders in force between two dates; where rows overlap, the later row wins."""

    from_: date = say("first day", alias="from")
    until: date = say("first day no longer in force")
    declare: list[str] = rows("powers on which to declare war")
    attack: list[str] = rows("axes on which to attack")
    halt: list[str] = rows("axes on which no attack is allowed")
    attend: dict[str, Amount] = by_name(
        "axis: what it counts for as its theatre's men are shared out among its axes"
    )
    goal: dict[str, Position] = by_name("axis: how far an offensive is to go; its end if left out")
    stance: dict[str, Stance] = by_name("axis: -1 free to withdraw ... +1 stand fast")
    draft: Share | None = say("share of the most reservists and untrained men to call", None)
    send: dict[str, MenRate] = by_name('link, as in "ural>moscow": men to send over it')
    evacuate: Share | None = say("share of the threatened plants to move", None)
    hours: dict[str, Share] = by_name(
        "item: share of the hours of the sector that makes it, by its capacity at the start and "
        "the hours that one takes then; of that sector nothing else is made"
    )
    suspend: list[str] = rows("contracts that it sells, under which nothing sets out")
    resume: list[str] = rows("contracts under which goods set out again")
    gold_floor: Mass | None = say("gold that it keeps back, in place of its `gold_floor`", None)


class Power(Table):
    """A state that fights, makes or moves things."""

    title: str = say("name on pages; the key if left out", "")
    policy: str = say("who decides what the script leaves open", "cautious")
    wear: Amount = say("factor on breakdowns", 1.0)
    appetite: Factor = say("factor on the supplies it uses", 1.0)
    quality: Factor = say("factor on the quality of its first forces", 1.0)
    surprised: Weeks = say("how long it is surprised at the start", 0.0)
    reserve_theatre: str = say("theatre where items of the depot and ready men enter")
    manpower: Manpower = inner(Manpower, "men not in the field")
    leader: Leader = inner(Leader, "who leads it")
    gold_floor: Mass = say("gold that it does not spend", 0.0)
    premium: Standard | None = say(
        "most that it pays for goods, as a multiple of the price list: it signs no dearer "
        "contract, unless it is the player; any price if left out",
        None,
    )
    trust: dict[str, Share] = by_name(
        "power: how likely it thinks that one to keep its word; 0.5 if left out"
    )
    restraint: Amount = say("believed odds at which it breaks a peace", 3.0)
    relief: Share = say("how far full trust lowers the danger that its staff sees", 0.5)
    capital: str | None = say(
        "place whose loss brings it nearer to breaking; none if left out", None
    )
    aims: dict[str, Aim] = by_name(
        'measure without a date, as in "gold:china": what one more of it counts for this power'
    )
    districts: dict[str, Part] = by_name(
        "theatre: share of newly formed units that appear in it; adds up to 1. All appear in "
        "reserve_theatre if left out"
    )
    stock: dict[str, Goods] = by_name("item, material, gold, or gold_mined (a rate): what it holds")
    industry: dict[str, Industry] = by_name("sector: its plants")
    home_use: dict[str, GoodsRate] = by_name(
        "material: what the rest of the economy takes, as far as the war leaves it"
    )
    vital: list[str] = rows("materials of its home_use that its people cannot do without for long")
    build: list[Supply] = rows("programme of production; rows of one item may not overlap")
    receive: list[Supply] = rows("goods from outside the model")
    script: list[Order] = rows("dated orders")
    quality_by_season: dict[str, Factor] = by_name("season: factor on fighting quality")


class Item(Table):
    """A type of equipment."""

    title: str = say("name on pages; the key if left out", "")
    weight: Amount = say("worth in men of the same quality")
    establishment: Amount = say("items per man that units can crew")
    users: list[str] = rows("powers whose units have it; all if left out")
    hit: Amount = say("share knocked out per share of the men who become casualties", 1.0)
    breakdown: Amount = say(
        "b: in a week, b * (0.35 + km moved / 100) of them break down; 0 = no engine", 0.0
    )
    write_off_hit: Share = say("share of the knocked out written off when advancing", 0.43)
    write_off_breakdown: Share = say("share of the broken down written off when advancing", 0.2)
    armour: Amount = say("1 = counts as armour when a pocket closes", 0.0)
    carries: Amount = say("1 = counts as transport that brings supply forward", 0.0)
    gates: bool = say("whether no new unit is formed without it", False)
    trains: Trains = say("trains that one item fills")
    hours: Hours = say("labour to make one; above 0 if a sector makes it", 0.0)
    sector: str | None = say("sector that makes it; none if left out", None)
    inputs: dict[str, Mass] = by_name("material: what one item takes")
    captured_as: str | None = say("item it becomes in an enemy's hands", None)
    usable: Share = say("share of the captured that can be used", 0.25)


class Material(Table):
    """A material that armies use up: munitions, fuel. It travels with the supplies of fronts."""

    users: list[str] = rows("powers whose armies run short of it; all if left out")

    fired: Mass = say("what a man fires in a day of full fighting; 0 = none", 0.0)
    driven: Mass = say(
        "what an item that is armour or `carries` burns in a day of full effort; 0 = none", 0.0
    )


class Sector(Table):
    """A branch of industry."""

    title: str = say("name on pages; the key if left out", "")
    makes: str | None = say("material it makes; left out for a sector that makes items", None)
    inputs: dict[str, Mass] = by_name("material: what one unit of output takes")
    capital: Mass = say("what a unit of new capacity takes; 0 = none is built", 0.0)
    built_of: str = say("material that it is built of", "machines")


class Place(Table):
    """A town or district of a theatre."""

    name: str = say("name of the place")
    km: Position | None = say(
        "how far along the axis, from west to east; none in the interior", None
    )
    at: Spot | None = say(
        "where it lies on the map, as in [55.8, 37.6]; nothing but maps uses it", None
    )
    people: People = say("inhabitants", 0.0)
    fort: Factor = say("factor on the defender's strength; 1 = no works", 1.0)
    power: str | None = say("its home power; in the interior that of the theatre", None)
    industry: dict[str, Part] = by_name(
        "sector: its share of the home power's capacity; over all places of that power the shares "
        "add up to 1"
    )
    refuge: Part = say(
        "share of its home power's evacuated plants that come here; over all places of that power "
        "the shares add up to 1, if there are any",
        0.0,
    )


class Theatre(Table):
    """An axis, along which a front moves, or an interior district of one power."""

    title: str = say("name on pages; the key if left out", "")
    front: Position | None = say("where the front stands at the start; makes it an axis", None)
    within: str | None = say("theatre whose men fight on this axis too; its own if left out", None)
    peace: bool = say("whether its two sides are at peace at the start", False)
    pace: Factor = say("factor on the speed of advance", 1.0)
    width: Distance | None = say(
        "how wide its front is, which bounds the men who find room and asks for some to cover it; "
        "neither if left out",
        None,
    )
    flanks: dict[str, Distance] = by_name(
        "neighbouring axis: how far it lies to the side, the km of both being counted from one "
        "line; said once of two"
    )
    value: Amount = say("weight in the eyes of policies", 1.0)
    west: list[str] = rows("powers that come from the west of the axis")
    east: list[str] = rows("powers that come from the east of the axis")
    neutral: list[str] = rows("powers of either end that are at war with nobody there at the start")
    frontier: Position = say("where the border runs", 0.0)
    base: dict[str, Position] = by_name(
        "power: where its own railway begins; the frontier if left out"
    )
    garrison: Men = say("men that policies leave there", 0.0)
    backs: dict[str, Share] = by_name(
        "axis: share of the garrison that answers the threat there; adds up to 1 at most"
    )
    power: str | None = say("owner; makes it interior", None)
    place: list[Place] = rows("places, from west to east on an axis")

    @property
    def axis(self) -> bool:
        """Whether a front moves along it."""
        return self.front is not None

    @property
    def sides(self) -> tuple[list[str], list[str]]:
        """The powers of its west and of its east."""
        return self.west, self.east

    def across(self, power: str) -> list[str]:
        """The powers at the other end from one; none from one that stands at neither."""
        return self.east if power in self.west else self.west if power in self.east else []

    @property
    def fights(self) -> tuple[list[str], list[str]]:
        """The powers of its west and of its east that are at war there at the start."""
        west, east = ([p for p in end if p not in self.neutral] for end in self.sides)
        return ([], []) if self.peace or not (west and east) else (west, east)


class Force(Table):
    """Men and equipment of a power in a theatre; several rows add up."""

    rest: ClassVar[str] = "amounts"
    power: str = say("whose")
    theatre: str = say("where")
    men: Men = say("men in units")
    quality: Factor = say("fighting quality of the men", 1.0)
    days: Days = say("supplies at hand", 10.0)
    amounts: dict[str, Goods] = by_name("any item: how many")


BACK = "<"
"""After the name of a line, its way back; no name holds this sign."""


class Railway(Table):
    """A railway line that several links run over."""

    title: str = say("name on pages; the key if left out", "")
    capacity: TrainRate = say("trains that it carries each way")
    hindered: list[Hindrance] = rows("when a part of its trains cannot go")


class Link(Table):
    """A railway between two theatres."""

    from_: str = say("theatre", alias="from")
    to: str = say("theatre")
    power: str = say("whose trains run on it")
    km: Distance = say("length")
    capacity: TrainRate | None = say(
        "trains that it carries each way, on a line of its own; may be left out where `lines` says "
        "what it runs over",
        None,
    )
    lines: list[str] = rows(
        "lines that it shares with other links, all of them written from the same end of the line"
    )
    both: bool = say("whether it runs both ways", True)
    hindered: list[Hindrance] = rows("when a part of the trains of its own line cannot go")

    @property
    def name(self) -> str:
        """How a script calls it."""
        return f"{self.from_}>{self.to}"

    def over(self, known: Mapping[str, Railway]) -> dict[str, Number]:
        """The lines that it runs over, its own and those it shares, and their capacities."""
        own = {} if self.capacity is None else {f"{self.power} {self.name}": self.capacity}
        return own | {line: known[line.removesuffix(BACK)].capacity for line in self.lines}

    def hindrances(self, known: Mapping[str, Railway]) -> dict[str, list[Hindrance]]:
        """When those lines carry less."""
        own = {} if self.capacity is None else {f"{self.power} {self.name}": self.hindered}
        return own | {line: known[line.removesuffix(BACK)].hindered for line in self.lines}


class Season(Table):
    """Days of every year on which the ground is not dry; the rest is "dry", with pace 1."""

    name: str = say("name; may return later in the year")
    from_: Yearly = say('first day of every year, as in "10-07"', alias="from")
    until: Yearly = say("first day no longer meant")
    pace: Factor = say("factor on the speed of advance")
    axes: list[str] = rows("axes on which it comes; all if left out")

    def covers(self, day: date) -> bool:
        """Whether a day falls in it; a season may run over New Year."""
        today = MonthDay(day.month, day.day)
        if self.from_ <= self.until:
            return self.from_ <= today < self.until
        return today >= self.from_ or today < self.until


class Option(Table):
    """A named patch: tables merge, values replace, rows of lists are added."""

    title: str = say("name on pages; the key if left out", "")
    summary: str = say("what it is about", "")
    set: dict[str, Any] = by_name("what differs, in the shape of the scenario")
    unset: list[str] = rows('keys that are taken out of tables, as in "agreement.pact.broken.ussr"')

    @property
    def acts(self) -> bool:
        """Whether it says that anything is different."""
        return bool(self.set or self.unset)


class Expect(Table):
    """A record to compare with."""

    measure: str = say("what is measured")
    power: str | None = say("whose, where the measure needs it", None)
    theatre: str | None = say("where, where the measure needs it", None)
    item: str | None = say("of which, where the measure needs it", None)
    place: str | None = say("of which, where the measure needs it", None)
    at: date | None = say("the day; flows count from the start", None)
    from_: date | None = say("for flows: the first day counted", None, alias="from")
    until: date | None = say("for flows: the first day no longer counted", None)
    value: Record = say("the record")
    within: Tolerance | None = say(
        "how close the model's median must be; of what is or is not, members who may differ", None
    )
    fit: bool = say("whether calibration may use it; false keeps it for checking alone", True)


class Document(Table):
    """A scenario file."""

    name: str = say("short name; that of the file if left out", "")
    title: str = say("name on pages", "")
    summary: str = say("what it is about", "")
    tags: list[str] = rows("words that scenarios like this one share")
    format: Literal[1, 2] = say("version of this language; 1 if left out and powers have a side", 2)
    extends: str = say("shipped scenario over which this one is laid; none if left out", "")
    fit_of: str = say(
        "shipped scenario by whose fit members draw coefficients, where this one has no fit of its "
        "own; none if left out",
        "",
    )
    start: date = say("first day", ge=date(1700, 1, 1), le=date(2200, 1, 1))
    weeks: int = say("length", ge=1, le=520)
    council: date | None = say("day of the council; the first day if left out", None)
    player: str | None = say(
        "power whose council it is, where one plays alone; needed if there is an agenda", None
    )
    sources: dict[str, str] = by_name("key: the work it stands for")
    power: dict[str, Power] = say("name: a power", min_length=1)
    item: dict[str, Item] = by_name("name: a type of equipment")
    sector: dict[str, Sector] = by_name("name: a branch of industry")
    material: dict[str, Material] = by_name("material that a sector makes: how armies use it up")
    theatre: dict[str, Theatre] = say("name: an axis or an interior district", min_length=1)
    force: list[Force] = rows("men and equipment in a theatre")
    line: dict[str, Railway] = by_name("name: a railway line that several links run over")
    link: list[Link] = rows("railways between theatres")
    season: list[Season] = rows("mud, frost and so on")
    price: dict[str, ListPrice] = by_name(
        "good: gold for one item, or one tonne, by the price list"
    )
    route: dict[str, Route] = by_name("name: a way along which goods sold abroad travel")
    contract: dict[str, Contract] = by_name("name: a sale of goods for gold or other materials")
    agreement: dict[str, Agreement] = by_name("name: a treaty")
    minister: dict[str, Minister] = by_name("name: an office of the council")
    agenda: list[AgendaItem] = rows("what the council decides")
    week: dict[str, str] = by_name(
        "step of the week: what takes its place, by the name under which an installed package "
        "offers it"
    )
    coefficient: dict[str, Coefficient] = by_name("name: value in place of the model's default")
    option: dict[str, Option] = by_name("name: a patch")
    expect: list[Expect] = rows("records to compare with")


@dataclass(frozen=True)
class Scenario:
    """A scenario read and found right: names, and numbers in canonical units."""

    name: str
    title: str
    summary: str
    start: date
    weeks: int
    council: date
    """The day on which options are decided, unless another is given."""
    player: str | None
    played: tuple[str, ...]
    """Powers for whom somebody decides: the player's, or the seats of a campaign."""
    sources: dict[str, str]
    powers: dict[str, Power]
    items: dict[str, Item]
    sectors: dict[str, Sector]
    munitions: dict[str, Material]
    """The materials that armies use up: munitions and fuel."""
    theatres: dict[str, Theatre]
    forces: tuple[Force, ...]
    lines: dict[str, Railway]
    """Those that links share."""
    links: tuple[Link, ...]
    """One way each."""
    seasons: tuple[Season, ...]
    prices: dict[str, Number]
    """The price list: gold for one."""
    routes: dict[str, Route]
    contracts: dict[str, Contract]
    agreements: dict[str, Agreement]
    ministers: dict[str, Minister]
    agenda: tuple[AgendaItem, ...]
    week: dict[str, str]
    """Steps that installed packages offer, by the steps in whose place they stand."""
    coefficient: dict[str, Number]
    options: dict[str, Option]
    expect: tuple[Expect, ...]
    applied: tuple[str, ...]
    """The options in it, in the order of the file: NAME, or NAME@DATE if not decided by council;
    then the orders in it."""
    decided: dict[str, date]
    """The day on which each option in it is decided."""
    terms: dict[str, Negotiable]
    """What of its drafts is negotiable, as they are drafted."""
    orders: tuple[Ordered, ...]
    """What was ordered between councils."""
    path: Path
    text: str
    """A fingerprint of the file and the options in it."""
    content: bytes = field(repr=False)
    """The file, as it was read."""
    substance: tuple[str, ...] = ()
    """Digests of what the file says of its world, no option applied, and of what the one that it
    extends says: numbers, names, dates and records, whatever they are called and rest on."""
    tender: frozenset[str] = frozenset()
    """What prices and treaties name, here or in any option: one compiled week serves them all."""
    tags: tuple[str, ...] = ()
    """Words that scenarios like this one share."""
    extends: str = ""
    """The shipped scenario over which it is laid; empty if none."""
    fit_of: str = ""
    """The shipped scenario by whose fit its members draw coefficients; empty if none."""
    lent: str = ""
    """The digest of that one, as `substance` has it."""
    theory: str = ""
    """The rival theory by which it is fought; empty if none."""

    @property
    def known(self) -> dict[str, Known]:
        """The coefficients that members draw, those of its theory among them."""
        return coefficients_under(self.theory)

    def with_theory(self, name: str) -> Scenario:
        """The same scenario fought by a theory of THEORIES; the shipped one is "helmbold".

        Raises ScenarioError where there is none of that name, or the file has a step of its own.
        """
        if odd := misnamed(theory=name):
            raise ScenarioError(self.name, odd)
        if name not in THEORIES:
            remedy = f"write one or more of: {', '.join(THEORIES)}"
            mistake = Mistake("theory", "no theory has that name", "", remedy, shown(name))
            raise ScenarioError(self.name, [mistake])
        if "combat" in self.week:
            problem = "the scenario has a step of its own in the place of combat"
            raise ScenarioError(self.name, [Mistake("week.combat", problem, "", "leave it out")])
        return replace(self, theory="" if name == next(iter(THEORIES)) else name)

    @property
    def end(self) -> date:
        """The first day after it."""
        return self.start + timedelta(days=7 * self.weeks)

    @property
    def materials(self) -> tuple[str, ...]:
        """What its sectors make, in the order of the file."""
        return tuple(dict.fromkeys(x.makes for x in self.sectors.values() if x.makes))

    def agenda_item(self, name: str) -> AgendaItem:
        """An item of the council's agenda."""
        return next(item for item in self.agenda if item.name == name)

    def faced(self, power: str) -> tuple[str, ...]:
        """The powers across an axis from one, in the order of the file."""
        found = {name for theatre in self.theatres.values() for name in theatre.across(power)}
        return tuple(name for name in self.powers if name in found)

    def end_of(self, power: str) -> str:
        """The one end, "west" or "east", at which a power stands on all its axes; "" if it stands
        at both or at none."""
        west = any(power in theatre.west for theatre in self.theatres.values())
        east = any(power in theatre.east for theatre in self.theatres.values())
        return "" if west == east else "west" if west else "east"

    def trains(self, link: Link) -> Number:
        """What a link carries where no other shares its lines: the capacity of the tightest."""
        return min(link.over(self.lines).values(), key=lambda number: number.middle)

    def season_on(self, day: date, axis: str = "") -> Season | None:
        """The season of a day on an axis, or (without one) on all of them; None when it is dry."""
        here = (s for s in self.seasons if not s.axes or axis in s.axes)
        return next((season for season in here if season.covers(day)), None)

    def with_options(self, names: Iterable[str]) -> Scenario:
        """The same scenario with more options in it, each NAME or NAME@DATE."""
        from sinews.scenario.load import load_text  # it builds Scenarios

        found = load_text(self.content, str(self.path), (*self.applied, *names))
        return replace(found, played=self.played, theory=self.theory)

    def numbers(self) -> Iterator[Number]:
        """Every number that the scenario states, once."""
        seen: set[str] = set()
        tables = (
            self.powers, self.sectors, self.munitions, self.items, self.theatres, self.forces,
            self.lines, self.links, self.seasons, self.prices, self.routes, self.contracts,
            self.agreements, self.ministers, self.agenda, self.coefficient, self.expect,
        )  # fmt: skip
        for number in numbers(tables):
            if number.written and number.path not in seen:
                seen.add(number.path)
                yield number
