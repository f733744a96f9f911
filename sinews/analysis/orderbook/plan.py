"""Can the order book be served: on time or not, what gives way first, what a customer costs.

The whole book is planned by `linear.solve`; then made without regard to routes, carried without
regard to industry, and paid for without regard to either; and each contract by itself, and all but
each, which tells what the second customer costs the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from sinews.analysis.bounds import not_whole, within_bounds
from sinews.analysis.numerals import day
from sinews.analysis.odds import share_error
from sinews.analysis.orderbook.book import (
    KINDS,
    PURSES,
    TRIFLE,
    Floats,
    Kind,
    Load,
    Lot,
    OrderBook,
    loads,
)
from sinews.analysis.orderbook.intake import books
from sinews.analysis.orderbook.linear import Solution, slip, solve
from sinews.analysis.orderbook.standing import Standing, standings
from sinews.errors import ScenarioError, name_list
from sinews.scenario import Scenario, load

UNITS: dict[Kind, str] = {
    "hours": "hours",
    "trains": "trains",
    "stores": "goods",
    "gold": "t",
    "materials": "t",
}
# From this share of the draws on an answer stands without reserve.
_SURE = 0.95

DRAWS = 50
"""Of the figures that a scenario gives as ranges, for the odds."""


@dataclass(frozen=True)
class Squeeze:
    """A resource that binds from one date to another."""

    kind: Kind
    name: str
    since: date
    until: date
    worth: float
    """What one more would save, in tonnes of gold, on average over those weeks."""
    relief: float
    """What one hundredth more of all there is would save, in tonnes of gold."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "from": self.since.isoformat(),
            "until": self.until.isoformat(),
            "worth_gold_t": self.worth,
            "per": UNITS[self.kind],
            "relief_gold_t": self.relief,
        }


@dataclass(frozen=True)
class CustomerPrice:
    """What serving one contract takes, and what it costs the others."""

    contract: str
    takes: dict[tuple[Kind, str], float]
    rent: float
    """Tonnes of gold: what it takes of scarce resources, at their worth (the duals)."""
    cost: float
    """Tonnes of gold: what the others' lateness costs because of it (the difference)."""
    weeks: dict[str, tuple[int | None, int | None]]
    """Each other contract: weeks late without it, and with it."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "contract": self.contract,
            "takes": [
                {"kind": kind, "name": name, "amount": each, "unit": UNITS[kind]}
                for (kind, name), each in self.takes.items()
            ],
            "rent_gold_t": self.rent,
            "cost_to_others_gold_t": self.cost,
            "weeks_late": {
                other: {"without": without, "with": having}
                for other, (without, having) in self.weeks.items()
            },
        }


@dataclass(frozen=True)
class Plan:
    """The answer to "can both orders be served?"."""

    book: OrderBook
    standings: tuple[Standing, ...]
    made: tuple[Standing, ...]
    """When only industry and stores can give way."""
    carried: tuple[Standing, ...]
    """When only routes can."""
    paid: tuple[Standing, ...]
    """When only what the buyers pay with can."""
    alone: tuple[Standing, ...]
    """Each contract, if it were the only one."""
    made_alone: tuple[Standing, ...]
    carried_alone: tuple[Standing, ...]
    paid_alone: tuple[Standing, ...]
    squeezes: tuple[Squeeze, ...]
    """What binds, by date."""
    loads: tuple[Load, ...]
    prices: tuple[CustomerPrice, ...]
    slip: int | None
    """Weeks by which every date would have to move; None if the end is too near."""
    share: float | None = None
    """Of draws of the figures in doubt, in which all is on time; None if none is in doubt."""
    error: float | None = None
    """Standard error of that share."""
    draws: int = 0

    @property
    def on_time(self) -> bool:
        """Whether everything is handed over when due."""
        return all(each.on_time for each in self.standings)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""

        def rows(those: Sequence[Any]) -> list[dict[str, Any]]:
            return [each.plain() for each in those]

        return {
            "on_time": self.on_time,
            "answer": self.sentence(),
            "weeks": [self.book.end_of(w).isoformat() for w in range(self.book.weeks)],
            "contracts": rows(self.standings),
            "made": rows(self.made),
            "carried": rows(self.carried),
            "paid": rows(self.paid),
            "alone": rows(self.alone),
            "made_alone": rows(self.made_alone),
            "carried_alone": rows(self.carried_alone),
            "paid_alone": rows(self.paid_alone),
            "bottlenecks": rows(self.squeezes),
            "loads": rows(self.loads),
            "prices": rows(self.prices),
            "weeks_to_move": self.slip,
            "odds_on_time": self.share,
            "standard_error": self.error,
            "draws": self.draws,
        }

    def sentence(self) -> str:
        """The answer, with its odds."""
        text = self._yes() if self.on_time else self._no()
        return f"{text}; {self._odds()}."

    def _odds(self) -> str:
        if self.share is None:
            return "no figure that it rests on is given as a range"
        times = round(self.share * self.draws)
        return f"on time in {times} of {self.draws} draws of the figures in doubt"

    def _if(self) -> str:
        """Whether it takes the middle of the figures to say so."""
        share = self.share if self.share is not None else float(self.on_time)
        clear = share >= _SURE if self.on_time else share <= 1.0 - _SURE
        return "" if clear else ", by the middle of the figures"

    def _yes(self) -> str:
        many = len(self.standings) > 1
        who = "all orders" if len(self.standings) > 2 else "both orders" if many else "the order"
        text = f"Yes{self._if()}: {who} can be made, carried and paid for on time"
        if not self.loads:
            return text
        full = self.loads[0]
        share = f"{100 * full.share:.0f} % of what there is by {day(full.by)}"
        return f"{text}; most is asked of {self._thing(full.kind, full.name)}, {share}"

    def _no(self) -> str:
        worst = max(self.standings, key=lambda s: (not s.on_time, s.missing, s.weeks or 0))
        assert worst.behind is not None
        since = day(worst.behind)
        if worst.weeks is None:
            end = day(self.book.end_of(self.book.weeks - 1))
            missing = f"{part_of(worst.missing)} is undelivered by {end}"
            fate = f"is behind from {since}, and {missing}"
        else:
            late = f"{worst.weeks} week{'s' if worst.weeks != 1 else ''}"
            fate = f"falls {late} behind from {since}"
        parts = [f"No{self._if()}: {self._cause()}, and {self._order(worst.contract)} {fate}"]
        late = [s.contract for s in self.standings if not s.on_time]
        if len(self.alone) > 1 and all(s.on_time for s in self.alone):
            parts.append("each alone would be on time")
        else:
            for s in self.alone:
                first = s.contract == worst.contract
                who = "it" if first else f"{self._order(s.contract)} alone"
                by_itself = "by itself " if first and len(self.alone) > 1 else ""
                if s.contract in late:
                    parts.append(f"{by_itself}{who} {self._fares(s)}")
            if len(self.alone) > 1 and late == [worst.contract]:
                parts.append("the rest is on time")
        if all(s.on_time for s in self.made) and self._blamed() in ("trains", *PURSES):
            parts.append("industry could make everything in time")
        if self.slip:
            later = f"{self.slip} week{'s' if self.slip != 1 else ''}"
            parts.append(f"all would be on time if every date were {later} later")
        return "; ".join(parts)

    def _fares(self, alone: Standing) -> str:
        return "would be on time" if alone.on_time else self._apart(alone.contract)

    def _apart(self, contract: str) -> str:
        """What of a contract could be made, carried and paid for, each regardless of the rest."""
        tests = {
            "made": self.made_alone,
            "carried": self.carried_alone,
            "paid for": self.paid_alone,
        }
        found = {
            verb: next(s for s in those if s.contract == contract) for verb, those in tests.items()
        }
        whole = [verb for verb, s in found.items() if s.on_time]
        if len(whole) == len(found):
            return "can be made in time and carried in time, but not one after the other"
        part = [f"{part_of(s.in_time)} {v}" for v, s in found.items() if not s.on_time]
        part[0] = part[0] if part[0].startswith("next") else f"only {part[0]}"
        able = [f"can be {words_listed(whole)} in time"] if whole else []
        return ", but ".join([*able, f"{words_listed(part)} in time"])

    def _order(self, contract: str) -> str:
        title = self.book.title(contract)
        if title.lower().endswith(("order", "contract")):
            return within_sentence(title) if title.startswith("The ") else f"the {title}"
        return f'the contract "{title}"'

    def _blamed(self) -> Kind | None:
        return self.squeezes[0].kind if self.squeezes else None

    def _cause(self) -> str:
        """What gives way first."""
        if not self.squeezes:
            return "there is too little time to deliver"
        first = self.squeezes[0]
        verb = "gives" if first.kind in ("stores", *PURSES) else "give"
        return f"{self._thing(first.kind, first.name)} {verb} way first"

    def _thing(self, kind: Kind, name: str) -> str:
        title = within_sentence(self.book.title(name))
        return {
            "hours": f"the hours of {title}",
            "trains": f"the trains on {title}",
            "stores": f"the stock of {title}",
            "gold": f"the gold of {title}",
            "materials": f"the {title}",
        }[kind]


def within_sentence(title: str) -> str:
    """A title as it stands within a sentence.

    >>> within_sentence("The coast road"), within_sentence("German order")
    ('the coast road', 'German order')
    """
    return f"the {title[4:]}" if title.startswith("The ") else title


def part_of(share: float) -> str:
    """A share of an order that is not on time, in words.

    >>> part_of(0.624), part_of(0.001), part_of(1.0)
    ('62 % of it', 'next to none of it', 'all of it')
    """
    if share >= 0.995:
        return "all of it"
    return f"{100 * share:.0f} % of it" if share >= 0.005 else "next to none of it"


def words_listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> words_listed(["made"]), words_listed(["made", "carried", "paid for"])
    ('made', 'made, carried and paid for')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def plan(
    scenario: str | Path | Scenario,
    contracts: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> Plan:
    """The plan of a seller's order book: the contracts that are signed and those named or, if left
    out, those that the agenda asks about, as if all were signed on the day of the council; with
    odds over draws of the figures in doubt."""
    scenario = load(scenario)
    if contracts is None:
        asked = (c for item in scenario.agenda for ask in item.ask for c in ask.contracts)
        contracts = list(dict.fromkeys(asked))
    contracts = name_list(contracts, "contracts", scenario.name)
    within_bounds(scenario, 1, None, seed)
    if mistakes := not_whole("draws", draws, 0):
        raise ScenarioError(scenario.name, mistakes)
    book, doubted = books(scenario, contracts, draws, seed)
    found = planned(book)
    if not doubted:
        return found
    on_time = np.array([all_on_time(each) for each in doubted])
    share, error = float(on_time.mean()), share_error(on_time)
    return replace(found, share=share, error=error, draws=len(doubted))


def all_on_time(book: OrderBook) -> bool:
    """Whether everything can be on time."""
    if any(load.share > 1.0 + TRIFLE for load in loads(book)):
        return False  # by the earliest-due-date rule; no programme is needed to know it
    return solve(book).on_time


def planned(book: OrderBook) -> Plan:
    """The plan of an order book."""

    @cache
    def best(contracts: tuple[str, ...], kinds: tuple[Kind, ...]) -> Solution:
        return solve(book.only(*contracts).bound_by(*kinds))

    industry: tuple[Kind, ...] = ("hours", "stores")
    names = book.contracts
    whole = best(names, KINDS)
    return Plan(
        book=book,
        standings=standings(whole),
        made=standings(best(names, industry)),
        carried=standings(best(names, ("trains",))),
        paid=standings(best(names, PURSES)),
        alone=tuple(s for n in names for s in standings(best((n,), KINDS))),
        made_alone=tuple(s for n in names for s in standings(best((n,), industry))),
        carried_alone=tuple(s for n in names for s in standings(best((n,), ("trains",)))),
        paid_alone=tuple(s for n in names for s in standings(best((n,), PURSES))),
        squeezes=tuple(squeezes(whole)),
        loads=tuple(loads(book)),
        prices=tuple(_price(whole, n, lambda those: best(those, KINDS)) for n in names),
        slip=0 if whole.on_time else slip(book),
    )


def squeezes(solution: Solution) -> list[Squeeze]:
    """What binds, in order of date; on one date what would help most comes first."""
    book, found = solution.book, list[Squeeze]()
    there = {(kind, name): values for kind, name, values in book.resources()}
    for (kind, name), tight in solution.scarce.items():
        worth = solution.worth[kind, name]
        # What is in store serves all later weeks: its worth in a week is that of the weeks to come.
        once = worth if kind in ("hours", "trains") else -np.diff(worth, append=0.0)
        saved = 0.01 * once * there[kind, name]
        for binds, run in groupby(range(book.weeks), lambda w, tight=tight: bool(tight[w])):
            weeks = list(run)
            if binds:
                since, until = book.end_of(weeks[0]), book.end_of(weeks[-1])
                mean, relief = float(worth[weeks].mean()), float(saved[weeks].sum())
                found.append(Squeeze(kind, name, since, until, mean, relief))
    return sorted(found, key=lambda s: (s.since, -s.relief))


def _price(
    whole: Solution, contract: str, of: Callable[[tuple[str, ...]], Solution]
) -> CustomerPrice:
    """What one contract takes, and costs the others."""
    book = whole.book
    takes: dict[tuple[Kind, str], float] = {}
    rent = 0.0
    for k, lot in enumerate(book.lots):
        if lot.contract != contract:
            continue
        for (kind, name), each in lot.needs().items():
            # The book's need, not the plan's: what is made for it in the end may be less.
            takes[kind, name] = takes.get((kind, name), 0.0) + each * float(lot.wanting(kind)[-1])
        rent += _rent(whole, k)
    others = tuple(name for name in book.contracts if name != contract)
    if not others:
        return CustomerPrice(contract, takes, rent, 0.0, {})
    without = of(others)
    with_it = {s.contract: s for s in standings(whole)}
    weeks = {s.contract: (s.weeks, with_it[s.contract].weeks) for s in standings(without)}
    cost = sum(
        lateness(lot, got)
        for lot, got in zip(book.lots, whole.delivered, strict=True)
        if lot.contract != contract
    )
    return CustomerPrice(contract, takes, rent, max(cost - without.cost, 0.0), weeks)


def lateness(lot: Lot, got: Floats) -> float:
    """What a lot's lateness costs, in tonnes of gold."""
    return float(lot.weight * np.maximum(lot.due - got, 0.0).sum())


def _rent(whole: Solution, k: int) -> float:
    """What a lot takes of every resource, at the resource's worth in that week."""
    lot, total = whole.book.lots[k], 0.0
    flows: dict[Kind, Floats] = {
        "hours": np.diff(whole.made[k], prepend=0.0),
        "stores": np.diff(whole.made[k], prepend=0.0),
        "trains": np.diff(whole.sent[k], prepend=0.0),
        **dict.fromkeys(PURSES, np.diff(whole.delivered[k], prepend=0.0)),
    }
    arrives = 1.0 - lot.loss
    for (kind, name), each in lot.needs().items():
        if (kind, name) in whole.worth:
            used = each * (1.0 if kind in PURSES else arrives) * flows[kind]
            total += float(used @ whole.worth[kind, name])
    return total
