"""The order book of a scenario's seller, from the same arrays that the week is run with.

Home comes first: what is left for orders is a sector's hours less its own programme's, and stocks
with what is made beyond its own needs, less four weeks of those. Plant and first hours count as
they stand at the start; new plant, learning and war change them in the week, but not here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sinews.analysis.orderbook.book import Floats, Lot, OrderBook
from sinews.engine.posterior import read_posterior
from sinews.engine.simulate import BLOCK, drawn
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.model.trade import KEEP
from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile

# What is late without a penalty costs this share of its price a week; each step of priority
# counts as much as this factor on the price (judged).
_PENALTY, _PRIORITY = 0.01, 4.0
# Weeks after the last date due in which a plan may still deliver.
_AFTER = 26
_RATIONING = 200  # rounds, at most, until what sectors can make agrees with what they take

Tables = Callable[[str], Floats]
"""A field of World or State, by name."""


def books(
    scenario: str | Path | Scenario, contracts: Sequence[str], draws: int, seed: int
) -> tuple[OrderBook, list[OrderBook]]:
    """The book by the middle of every range; and by so many draws of the ranges that touch it."""
    scenario = load(scenario)
    chosen = _chosen(scenario, contracts)
    compiled = compile(scenario)

    def fixed(name: str) -> Floats:
        return np.asarray(middles(compiled, name), float)

    asked: set[str] = set()

    def noted(name: str) -> Floats:
        asked.add(name)
        return fixed(name)

    book = _Intake(compiled, chosen, noted).book()
    doubtful = asked & set(compiled.terms)
    if not doubtful or draws < 1:
        return book, []
    doubted: list[OrderBook] = []
    for first in range(0, draws, BLOCK):
        members = np.arange(first, first + BLOCK, dtype=np.uint32)
        own = drawn(compiled, read_posterior(scenario), seed, members).fields
        for member in range(min(BLOCK, draws - first)):

            def of(name: str, member: int = member, own: dict[str, Any] = own) -> Floats:
                return np.asarray(own[name][..., member], float) if name in own else fixed(name)

            doubted.append(_Intake(compiled, chosen, of).book())
    return book, doubted


def put_off(due: Floats, soonest: int) -> Floats:
    """Deliveries `due` [week] evenly, if some fall due before the week when any can have come:
    the same amount by the same last week, evenly from that week on.

    >>> put_off(np.array([1.0, 2.0, 3.0, 4.0, 4.0]), 2).tolist()
    [0.0, 0.0, 2.0, 4.0, 4.0]
    """
    last = int(np.argmax(due >= due[-1]))
    if not 0 < soonest <= last or due[soonest - 1] <= 0.0:
        return due
    steps = np.arange(len(due)) - soonest + 1.0
    return np.clip(steps / (last - soonest + 1.0), 0.0, 1.0) * due[-1]


def middles(compiled: Compiled, name: str) -> Floats:
    """A field with every range at its middle."""
    if name not in compiled.terms:
        return np.asarray(compiled.state.get(name, compiled.world.get(name)), float)
    middle = np.array([[number.middle] for number in compiled.ranges], np.float32)
    return np.asarray(compiled.drawn(name, middle)[..., 0], float)


def _chosen(scenario: Scenario, names: Sequence[str]) -> tuple[str, ...]:
    """The contracts of one seller that are named, or signed."""
    known = scenario.contracts
    mistakes = [
        Mistake("contract", "no contract has that name", "", suggestion(name, known), shown(name))
        for name in names
        if name not in known
    ]
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    signed = [name for name, contract in known.items() if contract.signed is not None]
    sellers = {known[name].seller for name in (names or signed)}
    if not sellers:
        problem = "none is named, and none is signed"
        remedy = f"name one or more of: {', '.join(known)}" if known else "the file states none"
        raise ScenarioError(scenario.name, [Mistake("contract", problem, "", remedy)])
    if len(sellers) > 1:
        problem = f"they have several sellers: {', '.join(sorted(sellers))}"
        remedy = "name the contracts of one seller"
        raise ScenarioError(scenario.name, [Mistake("contract", problem, "", remedy)])
    (seller,) = sellers
    return tuple(n for n in known if known[n].seller == seller and n in {*names, *signed})


@dataclass(frozen=True)
class _Intake:
    """What the book of some contracts is filled from."""

    compiled: Compiled
    chosen: tuple[str, ...]
    of: Tables

    @property
    def scenario(self) -> Scenario:
        """Whose book it is."""
        return self.compiled.scenario

    def at(self, axis: str, name: str) -> int:
        """The place of a name on an axis."""
        return self.compiled.axes[axis].index(name)

    def week(self, day: date) -> int:
        """The week that begins nearest to a day."""
        return round((day - self.scenario.start).days / 7)

    def book(self) -> OrderBook:
        """The book from the day of the council on."""
        s, of = self.scenario, self.of
        contracts = {name: s.contracts[name] for name in self.chosen}
        first = min(max(self.week(s.council), 0), s.weeks - 1)
        last = max(self.week(c.until) for c in contracts.values()) + _AFTER
        span = slice(first, min(max(last, first + 1), s.weeks))
        seller = next(iter(contracts.values())).seller
        hours, stores = self._industry(self.at("power", seller))
        buyers = dict.fromkeys(c.buyer for c in contracts.values())
        lots = tuple(self._lots(span))
        if not lots:
            problem = "nothing is due after the council"
            raise ScenarioError(s.name, [Mistake("contract", problem, "", "name other contracts")])
        return OrderBook(
            start=s.start + timedelta(days=7 * first),
            weeks=span.stop - span.start,
            lots=lots,
            hours={name: each[span] for name, each in hours.items()},
            trains={
                name: of("route_trains")[span, self.at("route", name)] * self._open(name)
                for name in dict.fromkeys(c.route for c in contracts.values())
            },
            stores={name: np.maximum(each[span], 0.0) for name, each in stores.items()},
            gold={name: self._gold(self.at("power", name))[span] for name in buyers},
            titles=self._titles(),
        )

    def _titles(self) -> dict[str, str]:
        s = self.scenario
        tables = (s.contracts, s.routes, s.sectors, s.items, s.powers)
        return {name: each.title for table in tables for name, each in table.items() if each.title}

    def _lots(self, span: slice) -> list[Lot]:
        """What is still due of each good of the contracts."""
        s, of, first = self.scenario, self.of, span.start
        lowest = min(s.contracts[name].priority for name in self.chosen)
        out: list[Lot] = []
        for name in self.chosen:
            contract = s.contracts[name]
            for good in contract.goods:
                k = self.at("lot", f"{name} {good}")
                due = of("lot_due")[:, k]
                delay = float(of("route_weeks")[self.at("route", contract.route)])
                signed = max(self.week(contract.signed or s.council) - first, 0)
                soonest = signed + int(np.ceil(delay))
                before = 0.0
                if contract.signed is not None and contract.signed < s.council:
                    # What was due by now has come, and what will soon be is under way.
                    before = float(due[min(first + soonest, s.weeks) - 1]) if first else 0.0
                    due = np.maximum(due[span] - before, 0.0)
                else:
                    due = put_off(due[span], soonest)
                total = float(of("lot_total")[k]) - before
                if due[-1] <= 0.0:
                    continue
                made = good in s.items and not contract.stock
                item = s.items.get(good)
                price = float(of("lot_price")[k])
                listed = s.prices.get(good)
                value = price or (listed.middle if listed else 0.0) or 1.0 / total
                rate = max(float(of("lot_penalty")[k]), _PENALTY)
                out.append(
                    Lot(
                        contract=name,
                        good=good,
                        buyer=contract.buyer,
                        total=total,
                        due=due,
                        signed=signed,
                        sector=(item.sector or "") if made and item else "",
                        hours=float(of("hours")[self.at("item", good)]) if made else 0.0,
                        takes=self._takes(good) if made else {good: 1.0},
                        route=contract.route,
                        load=float(of("lot_load")[k]),
                        delay=delay,
                        loss=float(of("route_loss")[self.at("route", contract.route)]),
                        price=price,
                        advance=float(of("lot_advance")[k]),
                        weight=value * rate * _PRIORITY ** (lowest - contract.priority),
                    )
                )
        return out

    def _takes(self, item: str) -> dict[str, float]:
        inputs = self.of("item_input")[:, self.at("item", item)]
        names = self.compiled.axes["material"]
        return {name: float(x) for name, x in zip(names, inputs, strict=True) if x > 0.0}

    def _signed(self) -> list[int]:
        """The agreements that are signed, or that the contracts need."""
        needed = {name for contract in self.chosen for name in self._needs(contract)}
        agreements = self.scenario.agreements
        return [
            a
            for a, (name, agreement) in enumerate(agreements.items())
            if agreement.signed is not None or name in needed
        ]

    def _needs(self, contract: str) -> list[str]:
        return self.scenario.contracts[contract].needs

    def _open(self, route: str) -> float:
        """Whether a route may be used, once what is signed or needed is in force."""
        r, signed = self.at("route", route), self._signed()
        if self.of("closes")[signed, r].any():
            return 0.0
        return float(bool(self.of("route_open")[r] > 0.0 or self.of("opens")[signed, r].any()))

    def _gold(self, buyer: int) -> Floats:
        """What a buyer may have paid by the end of each week [week]: what it has above its floor,
        what it mines, and what signed agreements bring or cost it."""
        of, weeks = self.of, np.arange(self.scenario.weeks)
        out = of("gold")[buyer] - of("gold_floor")[buyer] + of("gold_mined")[buyer] * (weeks + 1.0)
        for a in self._signed():
            out = out + of("pays")[a, buyer] * (weeks >= min(of("offered")[a], len(weeks)))
        # Gold that is due to others later cannot be spent before.
        return np.maximum(np.minimum.accumulate(out[::-1])[::-1], 0.0)

    def _industry(self, seller: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Hours left by sector, and goods left by name, cumulative: [week] from the start."""
        of, axes, weeks = self.of, self.compiled.axes, self.scenario.weeks
        plant = of("place_power")[:, seller] @ of("plant")
        could = np.minimum(plant, of("labour")[seller] * of("per_worker")[seller])
        programme = of("programme")[:, seller]
        maker = of("maker")
        asked = (programme * of("hours")) @ maker
        left = np.maximum(could - asked, 0.0)
        items = maker.sum(axis=0) > 0.0
        hours = {name: left[:, i] for i, name in enumerate(axes["sector"]) if items[i]}

        served = np.minimum(1.0, could / np.maximum(asked, 1e-9)) @ maker.T
        home = (programme * served) @ of("item_input").T
        stock, gifts = of("material")[seller], of("gift_material")[:, seller]
        supply = stock / weeks + gifts.mean(axis=0)
        run = _running(np.where(items, 0.0, could), home.mean(axis=0), supply, of)
        takes = of("sector_input") @ run
        income = of("makes") @ run - takes - home + gifts
        # What is sold as it is, the seller's own economy takes from first; not what is worked up.
        contracts = [self.scenario.contracts[name] for name in self.chosen]
        sold = [any(good in c.goods for c in contracts) for good in axes["material"]]
        rest = np.where(sold, of("home_use")[seller], 0.0)
        store = stock + np.cumsum(income - rest, axis=0) - KEEP * (takes + home + rest)
        stores = {name: store[:, m] for m, name in enumerate(axes["material"])}
        depot = of("depot")[seller] + np.cumsum(of("gift")[:, seller], axis=0)
        return hours, stores | {name: depot[:, i] for i, name in enumerate(axes["item"])}


def _running(could: Floats, home: Floats, supply: Floats, of: Tables) -> Floats:
    """What the makers of materials turn out a week [sector], each held back by its scarcest input,
    when home needs `home` [material] and `supply` [material] comes from elsewhere."""
    inputs, makes = of("sector_input"), of("makes")
    demand = np.maximum(inputs @ could + home, 1e-9)
    run = could
    for _ in range(_RATIONING):
        met = np.minimum(1.0, (makes @ run + supply) / demand)
        part = np.where(inputs > 0.0, met[:, None], 1.0).min(axis=0, initial=1.0)
        if np.allclose(run, part * could, rtol=1e-9):
            break
        run = part * could
    return run
