"""The order book of a seller: what is due to whom by when, and what there is to do it with.

Plain numbers, so that a plan can be made of any book; `intake.py` fills one from a scenario. One
shared resource needs no programme: by the earliest-due-date rule (Jackson) all is on time if and
only if, for every date, the work due by then is no more than could be done by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sinews.errors import Mistake, ScenarioError, shown

Floats = NDArray[np.float64]
Kind = Literal["hours", "trains", "stores", "gold", "materials"]

KINDS: tuple[Kind, ...] = ("hours", "trains", "stores", "gold", "materials")
"""What may give way: hours of a sector, trains of a route, goods in store, a buyer's gold, and
other materials in which it pays."""
PURSES: tuple[Kind, ...] = ("gold", "materials")
"""Of these what a buyer pays with."""

# Less than this share of a lot does not count as late.
TRIFLE = 1e-6


@dataclass(frozen=True)
class Lot:
    """One good of a contract: items, or tonnes of a material."""

    contract: str
    good: str
    buyer: str
    total: float
    due: Floats
    """[week] cumulative, by the end of the week."""
    signed: int = -1
    """The week of signature, in which the advance is paid; work on it begins in the next."""
    sector: str = ""
    """Whose hours make it; empty if it is taken from store."""
    hours: float = 0.0
    takes: Mapping[str, float] = field(default_factory=dict[str, float])
    """What one takes of each store."""
    route: str = ""
    load: float = 0.0
    """Trains that one fills."""
    delay: float = 0.0
    """Weeks under way; between whole weeks the arrivals are split."""
    loss: float = 0.0
    """Share lost on the way, which the seller makes good."""
    price: float = 0.0
    """Tonnes of gold for one."""
    in_kind: Mapping[str, float] = field(default_factory=dict[str, float])
    """Tonnes of other materials for one."""
    advance: float = 0.0
    """Share of the price paid at signature."""
    begun: bool = False
    """Whether the advance has been paid."""
    ready: float = 0.0
    """What has been made or taken for it, and waits for trains."""
    come: Floats | float = 0.0
    """[week] cumulative, what arrives of what is under way at the start."""
    ordered: Floats | float = np.inf
    """[week] cumulative, the most that may have been made or taken for it by the end of the week,
    beside what is under way: goods are ordered some weeks before they are due."""
    weight: float = 1.0
    """What one costs, in tonnes of gold, for each week that it is late."""

    @property
    def name(self) -> str:
        """The lot's, as the model calls it."""
        return f"{self.contract} {self.good}"

    def wanting(self, kind: Kind) -> Floats:
        """Of what is due [week], cumulative, what still takes a resource of this kind."""
        if kind in PURSES:
            return self.due
        here = self.ready * (1.0 - self.loss) * (kind in ("hours", "stores"))
        return np.maximum(self.due - self.come - here, 0.0)

    @property
    def purses(self) -> dict[tuple[Kind, str], float]:
        """What is paid for one, by what it is paid with."""
        out: dict[tuple[Kind, str], float] = {("gold", self.buyer): self.price}
        for material, each in self.in_kind.items():
            out["materials", purse(material, self.buyer)] = each
        return out

    def needs(self) -> dict[tuple[Kind, str], float]:
        """What one, delivered, takes of every resource."""
        sent = 1.0 / (1.0 - self.loss)
        out: dict[tuple[Kind, str], float] = {}
        if self.sector:
            out["hours", self.sector] = sent * self.hours
        if self.route:
            out["trains", self.route] = sent * self.load
        for store, each in self.takes.items():
            out["stores", store] = sent * each
        for paid_with, each in self.purses.items():
            out[paid_with] = each * (1.0 - self.advance * self.begun)
        return {resource: each for resource, each in out.items() if each > 0.0}


def purse(material: str, buyer: str) -> str:
    """What a buyer's stock of a material is called, in which it pays."""
    return f"{material} of {buyer}"


@dataclass(frozen=True)
class OrderBook:
    """Lots, and what there is to serve them with, once the seller's own needs are met.

    `hours` and `trains` are rates a week; `stores`, `gold` and `materials` are what may have been
    used by the end of each week since the start. A resource that is not listed never gives way.
    """

    start: date
    weeks: int
    lots: tuple[Lot, ...]
    hours: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    trains: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    stores: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    gold: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    materials: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of contracts, goods, sectors, routes and powers; the name itself if left out."""

    def __post_init__(self) -> None:
        mistakes = list(self._mistakes())
        if mistakes:
            raise ScenarioError("order book", mistakes)

    def _mistakes(self) -> Iterator[Mistake]:
        if self.weeks < 1:
            yield Mistake("weeks", "a plan needs one week or more", value=shown(self.weeks))
            return
        if not self.lots:
            yield Mistake("contract", "there is none to plan for", "", "name one or more contracts")
        for kind, name, values in self.resources():
            if len(values) != self.weeks:
                problem = f"it has {len(values)} weeks, where the book has {self.weeks}"
                yield Mistake(f"{kind}.{name}", problem)
            elif not np.isfinite(values).all() or (values < 0.0).any():
                yield Mistake(f"{kind}.{name}", "is below zero, or no number, in some week")
        for lot in self.lots:
            if len(lot.due) != self.weeks:
                problem = f"it has {len(lot.due)} weeks, where the book has {self.weeks}"
                yield Mistake(f"{lot.name}.due", problem)
            elif (np.diff(lot.due, prepend=0.0) < 0.0).any() or lot.due[-1] > lot.total * 1.000001:
                problem = "what is due does not rise from 0 to the total at most"
                yield Mistake(f"{lot.name}.due", problem)
            numbers = {"total": lot.total, "weight": lot.weight}
            for name, number in numbers.items():
                if not (np.isfinite(number) and number > 0.0):
                    yield Mistake(f"{lot.name}.{name}", "must be above 0", value=shown(number))
            if not 0.0 <= lot.loss < 1.0:
                problem = "nothing would arrive: it must be from 0 to less than 1"
                yield Mistake(f"{lot.name}.loss", problem, value=shown(lot.loss))

    def resources(self) -> Iterator[tuple[Kind, str, Floats]]:
        """Every resource that may give way."""
        for kind in KINDS:
            table: Mapping[str, Floats] = getattr(self, kind)
            for name, values in table.items():
                yield kind, name, values

    @property
    def contracts(self) -> tuple[str, ...]:
        """The contracts, in the order of their lots."""
        return tuple(dict.fromkeys(lot.contract for lot in self.lots))

    def title(self, name: str) -> str:
        """What something is called on pages."""
        return self.titles.get(name) or name

    def end_of(self, week: float) -> date:
        """The last day of a week, counted from 0."""
        return self.start + timedelta(days=round(7 * (week + 1)) - 1)

    def only(self, *contracts: str) -> "OrderBook":
        """The book with these contracts alone."""
        return replace(self, lots=tuple(x for x in self.lots if x.contract in contracts))

    def bound_by(self, *kinds: Kind) -> "OrderBook":
        """The book in which only these kinds of resource may give way.

        Without trains nothing spends time under way, or is lost there.
        """
        tables: dict[str, Any] = {kind: {} for kind in KINDS if kind not in kinds}
        book = replace(self, **tables)
        if "trains" in kinds:
            return book
        return replace(book, lots=tuple(replace(x, delay=0.0, loss=0.0) for x in book.lots))

    def later(self, weeks: int) -> "OrderBook":
        """The book with every date moved on by so many weeks, the last week at the latest."""
        if not weeks:
            return self
        lots: list[Lot] = []
        for lot in self.lots:
            due = np.r_[np.zeros(weeks), lot.due[:-weeks]]
            due[-1] = lot.due[-1]
            ordered = np.broadcast_to(lot.ordered, self.weeks)
            ordered = np.r_[np.full(weeks, ordered[0]), ordered[:-weeks]]
            lots.append(replace(lot, due=due, ordered=ordered))
        return replace(self, lots=tuple(lots))


@dataclass(frozen=True)
class EarliestDue:
    """What the earliest-due-date rule says of one resource."""

    on_time: bool
    late: int | None
    """Weeks late at the worst; None if not done by the end."""
    backlog: float
    """Work overdue at the worst."""


def edd(due: Floats, capacity: Floats) -> EarliestDue:
    """Whether work `due` [order week], cumulative, can be done on time with `capacity` [week].

    On time if and only if the work due by every date is no more than the capacity up to then.
    The worst lateness is the least possible (Jackson 1955).

    >>> edd(np.array([[0.0, 4.0, 4.0], [0.0, 0.0, 2.0]]), np.array([2.0, 2.0, 2.0])).on_time
    True
    >>> edd(np.array([[4.0, 4.0, 4.0], [0.0, 0.0, 2.0]]), np.array([2.0, 2.0, 2.0])).late
    1
    """
    wanted, done = np.sum(due, axis=0), np.cumsum(capacity)
    slack = TRIFLE * max(float(wanted[-1]), 1e-300)
    finished = np.searchsorted(done, wanted - slack)
    late = np.where(wanted > slack, finished - np.arange(len(done)), 0)
    worst = max(int(late.max()), 0)
    by_the_end = bool((finished < len(done)).all())
    overdue = float(np.maximum(wanted - done, 0.0).max())
    return EarliestDue(worst == 0, worst if by_the_end else None, overdue)


@dataclass(frozen=True)
class Load:
    """How much of one resource the book takes, at the date when it is tightest."""

    kind: Kind
    name: str
    share: float
    """Needed by the date, over what there is by the date; above 1 nothing can be on time."""
    by: date

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        by = self.by.isoformat()
        return {"kind": self.kind, "name": self.name, "share": self.share, "by": by}


def loads(book: OrderBook) -> list[Load]:
    """Every resource by itself, the fullest first: by the rule of `edd`, a share above 1 is late.

    Capacity counts from the first signature; time under way does not.
    """
    out: list[Load] = []
    for kind, name, values in book.resources():
        lots = [lot for lot in book.lots if (kind, name) in lot.needs()]
        if not lots:
            continue
        first = min(lot.signed for lot in lots)
        there = values
        if kind in ("hours", "trains"):
            there = np.cumsum(np.where(np.arange(book.weeks) > first, values, 0.0))
        wants = (lot.needs()[kind, name] * lot.wanting(kind) for lot in lots)
        needed = sum(wants, np.zeros(book.weeks))
        if kind in PURSES:
            # Advances are paid at signature.
            for lot in (lot for lot in lots if not lot.begun):
                paid = np.where(np.arange(book.weeks) >= lot.signed, lot.due[-1], 0.0)
                needed += lot.advance * lot.purses[kind, name] * (paid - lot.due)
        share = np.where(needed > 0.0, needed / np.maximum(there, 1e-12), 0.0)
        tightest = int(np.argmax(share))
        out.append(Load(kind, name, float(min(share[tightest], 1e6)), book.end_of(tightest)))
    return sorted(out, key=lambda load: -load.share)
