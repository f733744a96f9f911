"""The order book of a scenario's seller, from the same arrays that the week is run with.

Stocks, plant, gold, and what signed contracts have had already are those of the day of the council,
to which campaigns are run. Home comes first: what is left for orders is a sector's hours less its
own programme's, and stocks with what is made beyond its own needs, less four weeks of those; and
what others' signed contracts will take of routes and treasuries is not there. Plant and first hours
count as they stand; new plant, learning and war change them in the week, but not here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sinews.analysis.branching import started
from sinews.analysis.orderbook.book import TRIFLE, Floats, Lot, OrderBook, purse
from sinews.engine.posterior import read_posterior
from sinews.engine.simulate import BLOCK, drawn
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.model.coefficients import COEFFICIENTS
from sinews.model.contracts import LEAD
from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile

# What is late without a penalty costs this share of its price a week; each step of priority
# counts as much as this factor on the price (judged).
_PENALTY, _PRIORITY = 0.01, 4.0
_KEEP = COEFFICIENTS["keep_weeks"].default  # a plan is made for the middle of all members
# Weeks after the last date due in which a plan may still deliver.
_AFTER = 26
_RATIONING = 200  # rounds, at most, until what sectors can make agrees with what they take

Tables = Callable[[str], Floats]
"""A field of World or State, by name."""


def books(
    scenario: str | Path | Scenario, contracts: Sequence[str], draws: int, seed: int
) -> tuple[OrderBook, list[OrderBook]]:
    """The book by the middle of every range and of the campaigns that lead to the council; and by
    so many of them, if they differ in what touches it."""
    scenario = load(scenario)
    chosen = _chosen(scenario, contracts)
    scenario = _as_if_signed(scenario, chosen)
    compiled = compile(scenario)
    members = np.arange(-(-max(draws, 1) // BLOCK) * BLOCK, dtype=np.uint32)
    drawn_fields = drawn(compiled, read_posterior(scenario), seed, members).fields
    own = {name: np.asarray(values, float) for name, values in drawn_fields.items()}
    own |= _by_then(scenario, len(members), seed)
    asked: set[str] = set()

    def middle(name: str) -> Floats:
        asked.add(name)
        known = name in own and name not in compiled.terms
        return np.median(own[name], axis=-1) if known else middles(compiled, name)

    book = _Intake(compiled, chosen, middle).book()
    doubtful = {name for name in asked & own.keys() if _differ(own[name])}
    if not doubtful:
        return book, []
    doubted: list[OrderBook] = []
    for member in range(draws):

        def of(name: str, member: int = member) -> Floats:
            return np.asarray(own[name][..., member], float) if name in own else middle(name)

        doubted.append(_Intake(compiled, chosen, of).book())
    return book, doubted


def _as_if_signed(scenario: Scenario, chosen: Sequence[str]) -> Scenario:
    """The scenario in which drafts among some contracts are signed on the day of the council."""
    signed = {
        name: about.model_copy(update={"signed": scenario.council})
        for name, about in scenario.contracts.items()
        if name in chosen and about.signed is None
    }
    return replace(scenario, contracts=scenario.contracts | signed) if signed else scenario


def _by_then(scenario: Scenario, members: int, seed: int) -> dict[str, Floats]:
    """State's fields [... member] on the day of the council; none where it is the first."""
    week = _first(scenario)
    if week < 1:
        return {}
    states = [p.carry[0] for p in started(scenario, range(members), seed, week).paused]
    names = (name for name in vars(states[0]) if name != "week")
    return {
        name: np.concatenate([np.asarray(getattr(s, name), float) for s in states], axis=-1)
        for name in names
    }


def _first(scenario: Scenario) -> int:
    """The week that begins with the council."""
    week = round((scenario.council - scenario.start).days / 7)
    return min(max(week, 0), scenario.weeks - 1)


def _differ(values: Floats) -> bool:
    """Whether members differ in something by more than a last bit."""
    spread = np.ptp(values, axis=-1).max(initial=0.0)
    return bool(spread > 1e-5 * np.abs(values).max(initial=0.0))


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
        """The week that begins nearest to a day, counted from the council."""
        return round((day - self.scenario.start).days / 7) - self.first

    @property
    def first(self) -> int:
        """The week of the council."""
        return _first(self.scenario)

    @property
    def weeks(self) -> int:
        """How far the book goes."""
        last = max(self.week(self.scenario.contracts[name].until) for name in self.chosen)
        return min(max(last + _AFTER, 1), self.scenario.weeks - self.first)

    def weekly(self, name: str) -> Floats:
        """A table by week, from the council to the end of the book."""
        return self.of(name)[self.first : self.first + self.weeks]

    def book(self) -> OrderBook:
        """The book from the day of the council on."""
        s = self.scenario
        contracts = [s.contracts[name] for name in self.chosen]
        hours, stores = self._industry(contracts[0].seller)
        purses = {
            (buyer, material): self._purse(buyer, material)
            for buyer in dict.fromkeys(c.buyer for c in contracts)
            for material in dict.fromkeys(m for c in contracts for m in ("gold", *c.price))
        }
        lots = tuple(self._lots(purses))
        if not lots:
            problem = "nothing is due after the council"
            raise ScenarioError(s.name, [Mistake("contract", problem, "", "name other contracts")])
        return OrderBook(
            start=s.start + timedelta(days=7 * self.first),
            weeks=self.weeks,
            lots=lots,
            hours=hours,
            trains={name: self._trains(name) for name in dict.fromkeys(c.route for c in contracts)},
            stores={name: np.maximum(each, 0.0) for name, each in stores.items()}
            | self._depot(contracts[0].seller),
            gold={buyer: each for (buyer, m), each in purses.items() if m == "gold"},
            materials={purse(m, b): each for (b, m), each in purses.items() if m != "gold"},
            titles=self._titles(),
        )

    def _titles(self) -> dict[str, str]:
        s = self.scenario
        tables = (s.contracts, s.routes, s.sectors, s.items, s.powers)
        out = {name: each.title for table in tables for name, each in table.items() if each.title}
        pairs = ((material, power) for material in s.materials for power in s.powers)
        return out | {purse(m, power): purse(m, out.get(power, power)) for m, power in pairs}

    def _lots(self, purses: dict[tuple[str, str], Floats]) -> list[Lot]:
        """What is still to come of each good of the contracts, in the order in which advances are
        paid out of `purses` [week] by buyer and material."""
        purses = {name: each.copy() for name, each in purses.items()}
        out = [
            self._lot(name, lot.removeprefix(f"{name} "), k, purses)
            for k, lot in enumerate(self.compiled.axes["lot"])
            for name in self.chosen
            if lot.startswith(f"{name} ")
            and lot.removeprefix(f"{name} ") in self.scenario.contracts[name].goods
        ]
        found = [lot for lot in out if lot is not None]
        return sorted(found, key=lambda lot: self.chosen.index(lot.contract))

    def _lot(
        self, name: str, good: str, k: int, purses: dict[tuple[str, str], Floats]
    ) -> Lot | None:
        s, of = self.scenario, self.of
        contract, item, first = s.contracts[name], s.items.get(good), self.first
        delivered, route = float(of("delivered")[k]), self.at("route", contract.route)
        total = float(of("lot_total")[k]) - delivered
        due = np.maximum(self.weekly("lot_due")[:, k] - delivered, 0.0)
        if of("lapsed")[k] > 0.5 or due[-1] <= TRIFLE * float(of("lot_total")[k]):
            return None
        made = item is not None and not contract.stock
        price, advance = self._price(k), float(of("lot_advance")[k])
        delay, loss = float(of("route_weeks")[route]), float(of("route_loss")[route])
        come = self._under_way(k, loss)
        # Work on what is signed at the council begins a week later, and so does what is not paid.
        signed = self.week(contract.signed or s.council)
        signed = signed if signed >= 0 else -1
        begun = bool((of("paid")[k] > 0.0).any())
        if advance and not begun:
            whole = advance * float(of("lot_total")[k])
            deposit = [(purses[contract.buyer, m], whole * each) for m, each in price.items()]
            signed = _payday(deposit, max(signed, 0), due)
        soon = np.minimum(first + np.arange(self.weeks) + LEAD, s.weeks - 1)
        to_come = (1.0 - loss) * float(of("shipping")[k].sum()) + float(of("landed")[k])
        wanted = (of("lot_due")[soon, k] - delivered - to_come) / max(1.0 - loss, 1e-3)
        value = sum(each * self._listed(m) for m, each in price.items())
        value = value or self._listed(good) or 1.0 / total
        lowest = min(s.contracts[other].priority for other in self.chosen)
        rate = max(float(of("lot_penalty")[k]), _PENALTY)
        return Lot(
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
            loss=loss,
            price=price.pop("gold", 0.0),
            in_kind=price,
            advance=advance,
            begun=begun,
            ready=float(of("set_aside")[k]),
            come=come,
            ordered=np.maximum(wanted - float(of("set_aside")[k]), 0.0),
            weight=value * rate * _PRIORITY ** (lowest - contract.priority),
        )

    def _price(self, k: int) -> dict[str, float]:
        """What is paid for one of a lot, t by material."""
        pairs = zip(self.compiled.axes["tender"], self.of("lot_price")[k], strict=True)
        return {material: float(each) for material, each in pairs if each > 0.0}

    def _listed(self, good: str) -> float:
        """The list price of one, t of gold; 0 where it has none."""
        listed = self.scenario.prices.get(good)
        return 1.0 if good == "gold" else listed.middle if listed else 0.0

    def _under_way(self, k: int, loss: float) -> Floats:
        """What comes of what is under way or has landed [week], cumulative."""
        way = (1.0 - loss) * np.cumsum(self.of("shipping")[k])
        return way[np.minimum(np.arange(self.weeks), len(way) - 1)] + float(self.of("landed")[k])

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

    def _others(self) -> list[int]:
        """The lots of others' contracts that run or will, beside those of the book."""
        lots = self.compiled.axes["lot"]
        own = {f"{name} {good}" for name in self.chosen for good in self._goods(name)}
        signed, lapsed = self.of("lot_signed"), self.of("lapsed")
        last = self.first + self.weeks
        return [
            k
            for k, lot in enumerate(lots)
            if lot not in own and signed[k] < last and lapsed[k] < 0.5
        ]

    def _goods(self, contract: str) -> Iterable[str]:
        return self.scenario.contracts[contract].goods

    def _still_due(self, k: int) -> Floats:
        """What falls due of a lot from the council on [week], cumulative."""
        return np.maximum(self.weekly("lot_due")[:, k] - self.of("delivered")[k], 0.0)

    def _trains(self, route: str) -> Floats:
        """Trains a week on a route, less those that others' goods fill when they must set out."""
        of, r = self.of, self.at("route", route)
        free = self.weekly("route_trains")[:, r] * self._open(route)
        delay, arrives = int(np.ceil(of("route_weeks")[r])), 1.0 - float(of("route_loss")[r])
        for k in self._others():
            if of("lot_route")[k, r]:
                due = self._still_due(k)
                sent = np.r_[due[delay:], np.full(min(delay, len(due)), due[-1])]
                sent = np.maximum(sent - of("shipping")[k].sum() - of("landed")[k], 0.0)
                free = free - np.diff(sent, prepend=0.0) * of("lot_load")[k] / max(arrives, 1e-3)
        return np.maximum(free, 0.0)

    def _purse(self, buyer: str, material: str) -> Floats:
        """What a buyer may have paid of a material by the end of each week [week]: what it has to
        spare, what signed agreements bring or cost it, and others' contracts."""
        of, weeks, m = self.of, np.arange(self.weeks), self.at("tender", material)
        p, (_, left) = self.at("power", buyer), self._industry(buyer)
        out = left[material]
        for a in self._signed():
            if of("in_force")[a] < 0.5 and of("broken")[a] < 0.5:
                out = out + of("pays")[a, p, m] * (weeks >= of("offered")[a] - self.first)
        for k in self._others():
            part, price = of("lot_seller")[k, p] - of("lot_buyer")[k, p], of("lot_price")[k, m]
            deposit = of("lot_advance")[k] * price * of("lot_total")[k]
            rest = (1.0 - of("lot_advance")[k]) * price * self._still_due(k)
            begins = (weeks >= of("lot_signed")[k] - self.first) * (of("paid")[k] <= 0.0).all()
            out = out + part * (rest + deposit * begins)
        # What is due to others later cannot be spent before.
        return np.maximum(np.minimum.accumulate(out[::-1])[::-1], 0.0)

    def _industry(self, power: str) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Of a power: hours left by sector [week], and materials left by name, above its floor and
        its own use, cumulative [week]."""
        of, axes, p = self.of, self.compiled.axes, self.at("power", power)
        plant = of("place_power")[:, p] @ of("plant")
        could = np.minimum(plant, of("labour")[p] * of("per_worker")[p])
        programme = self.weekly("programme")[:, p]
        maker = of("maker")
        asked = (programme * of("hours")) @ maker
        left = np.maximum(could - asked, 0.0)
        items = maker.sum(axis=0) > 0.0
        hours = {name: left[:, i] for i, name in enumerate(axes["sector"]) if items[i]}

        served = np.minimum(1.0, could / np.maximum(asked, 1e-9)) @ maker.T
        home = (programme * served) @ of("item_input").T
        stock, gifts = of("material")[p], self.weekly("gift_material")[:, p] + of("mined")[p]
        supply = stock / self.weeks + gifts.mean(axis=0)
        run = _running(np.where(items, 0.0, could), home.mean(axis=0), supply, of)
        takes = of("sector_input") @ run
        income = of("makes") @ run - takes - home + gifts
        # What it sells or pays with, its own economy takes from first; not what is worked up.
        contracts = [self.scenario.contracts[name] for name in self.chosen]
        leaves = {m for c in contracts for m in (c.goods if c.seller == power else c.price)}
        rest = np.where([m in leaves for m in axes["material"]], of("home_use")[p], 0.0)
        kept = np.maximum(of("floor")[p], _KEEP * (takes + home + rest))
        store = stock + np.cumsum(income - rest, axis=0) - kept
        return hours, {name: store[:, m] for m, name in enumerate(axes["material"])}

    def _depot(self, power: str) -> dict[str, Floats]:
        """Items that a power has in store, by name, cumulative [week]."""
        p = self.at("power", power)
        depot = self.of("depot")[p] + np.cumsum(self.weekly("gift")[:, p], axis=0)
        return {name: depot[:, i] for i, name in enumerate(self.compiled.axes["item"])}


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


def _payday(deposit: Sequence[tuple[Floats, float]], signed: int, due: Floats) -> int:
    """The week in which a deposit is paid whole, each part out of its purse [week], which then has
    it no more: from `signed` on, and before all is due; the week after the last if it never is."""
    able = np.ones(len(due), bool)
    for there, part in deposit:
        able &= there >= part * (1.0 - TRIFLE)
    able[:signed] = False
    able[1:] &= due[:-1] < due[-1]
    if not able.any():
        return len(due)
    day = int(np.argmax(able))
    for there, part in deposit:
        there[day:] -= part
    return day
