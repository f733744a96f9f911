"""What an agreement is worth in gold to each side, and how that falls with delay.

A party's value of a campaign is the sum of its `aims`: measures, each with what one more of it
counts. The reservation price of an agreement is the gold at which a party is as well off with it
as without: found on common luck, by runs in which that gold is paid at signature, so that what
gold can buy and cannot buy counts. A deal is possible while the seller's price is below the
buyer's; halfway between them is Nash's. Sources: Fearon 1995; Powell 2004; Nash 1950.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sinews.analysis.bounds import Progress
from sinews.analysis.branching import SharedPast, grown, started
from sinews.analysis.measures import asked
from sinews.analysis.numerals import amount, day
from sinews.analysis.odds import mean_error
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.model.world import GOLD
from sinews.scenario import Scenario
from sinews.scenario.compile import Compiled, compile

# A price is looked for to this many tonnes.
_CLOSE = 0.5
# Shares of the span between the two prices at which agreements are struck: Nash's half.
_HALF = 0.5


def reservation(gain: Callable[[float], float], most: float) -> float:
    """The payment, from 0 to `most`, at which `gain` (falling in it) is nothing: 0 where there is
    no gain even for nothing, `most` where it is worth all there is.

    >>> round(reservation(lambda gold: 30.0 - gold / 2, 100.0), 1)
    60.0
    >>> reservation(lambda gold: 0.0 - gold, 100.0)
    0.0
    """
    least = gain(0.0)
    if least <= 0.0 or most <= 0.0:
        return 0.0
    # Where a tonne of gold counts one and buys nothing else, this is it.
    guess = min(least, most)
    there = gain(guess)
    if abs(there) <= _CLOSE:
        return guess
    if there > 0.0:
        return most if guess == most or gain(most) >= 0.0 else _root(gain, guess, most)
    return _root(gain, 0.0, guess)


def _root(gain: Callable[[float], float], low: float, high: float) -> float:
    root: Any = brentq(gain, low, high, xtol=_CLOSE)
    return float(root)


def error_of(
    price: float,
    most: float,
    gains: Sequence[tuple[float, NDArray[np.float64]]],
    draw: NDArray[np.int64] | None = None,
) -> float | None:
    """The standard error of a price, t: that of the gain [member] at the price over what a tonne
    counts there, both from `gains` at payments that were tried. None of a price that is at an end
    of what can be paid, where it follows from no gain, or of a single member. `draw` [member] is
    which draw of the posterior each member has, None if each has its own.

    >>> luck = np.array([-1.0, 1.0])
    >>> error_of(6.0, 9.0, [(0.0, 60.0 + luck), (6.0, 0.0 + luck)])
    0.1
    """
    if not 0.0 < price < most:
        return None
    here, there = sorted(gains, key=lambda each: abs(each[0] - price))[:2]
    counts = (here[1].mean() - there[1].mean()) / (there[0] - here[0])
    error = mean_error(here[1], draw)
    return float(error / counts) if error is not None and counts > 0.0 else None


def bargain(odds: float, cost: float, cost_other: float) -> tuple[float, float]:
    """The shares of a prize of 1 that both sides prefer to a war which the first wins at `odds`
    and which costs them `cost` and `cost_other` (Fearon's range).

    >>> bargain(0.5, 0.1, 0.2)
    (0.4, 0.7)
    """
    return max(odds - cost, 0.0), min(odds + cost_other, 1.0)


@dataclass(frozen=True)
class Price:
    """What an agreement signed `delay` weeks late is worth to both sides, in tonnes of gold."""

    delay: int
    buyer: float
    buyer_error: float | None
    """Standard error of that price, t; None of one that is nothing or the whole purse."""
    whole_purse: bool
    """Whether the buyer would give all that it can spend."""
    seller: float
    seller_error: float | None
    buyer_gain: float
    """Value to the buyer if nothing is paid, in its aims."""
    seller_gain: float
    signed: float
    """Share of members in which it comes into force."""

    @property
    def possible(self) -> bool:
        """Whether there is a price that suits both."""
        return self.seller <= self.buyer and self.buyer > 0.0

    @property
    def between(self) -> float:
        """Halfway between the two prices."""
        return self.seller + _HALF * (self.buyer - self.seller)


@dataclass(frozen=True)
class Worth:
    """The worth of an agreement to its buyer and seller, by delay of signature."""

    scenario: Scenario
    agreement: str
    buyer: str
    seller: str
    members: int
    horizon: int
    prices: tuple[Price, ...]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "agreement": self.agreement,
            "buyer": self.buyer,
            "seller": self.seller,
            "members": self.members,
            "horizon": self.horizon,
            "unit": "t of gold",
            "prices": [
                {
                    "delay": p.delay,
                    "buyer": p.buyer,
                    "buyer_error": p.buyer_error,
                    "whole_purse": p.whole_purse,
                    "seller": p.seller,
                    "seller_error": p.seller_error,
                    "between": p.between if p.possible else None,
                    "possible": p.possible,
                    "buyer_gain": p.buyer_gain,
                    "seller_gain": p.seller_gain,
                    "signed": p.signed,
                }
                for p in self.prices
            ],
        }

    def sentence(self) -> str:
        """The answer in words."""
        titles = {n: p.title or n for n, p in self.scenario.powers.items()}
        buyer, seller = titles[self.buyer], titles[self.seller]
        now = self.prices[0]
        when = day(self.scenario.council + timedelta(weeks=now.delay))
        if not any(p.buyer or p.seller for p in self.prices):
            return f"Signed on {when} it changes nothing that {buyer} or {seller} values in gold."
        sure = now.buyer_error
        error = "" if sure is None else f" \N{PLUS-MINUS SIGN} {amount(sure)}"
        text = f"Signed on {when} it is worth {amount(now.buyer)}{error} t of gold to {buyer}"
        if now.whole_purse:
            text += ", all that it can spend, or more"
        if now.possible:
            text += f", and {seller} would ask {amount(now.seller)} t at least"
        else:
            text += f", less than the {amount(now.seller)} t that {seller} would ask"
        later = [f"{amount(p.buyer)} t {p.delay} weeks later" for p in self.prices[1:]]
        return text + (f"; {' and '.join(later)}" if later else "") + "."


def worth_of(
    scenario: Scenario,
    agreement: str,
    buyer: str | None = None,
    seller: str | None = None,
    delays: Sequence[int] = (0, 2),
    members: int = 512,
    horizon: int = 26,
    seed: int = 1,
    progress: Progress | None = None,
    trunk: SharedPast | None = None,
) -> Worth:
    """What `agreement` is worth to its parties if it is signed at the council or `delays` weeks
    later, by the value of their aims `horizon` weeks after the council.

    The buyer is the first party that is not the player, the seller the player, unless named.
    `trunk` has the members as they stand at the council; they are run to it if it is left out.
    """
    buyer, seller = _parties(scenario, agreement, buyer, seller)
    council = round((scenario.council - scenario.start).days / 7)
    end = min(council + horizon, scenario.weeks)
    trunk = trunk or started(scenario, range(members), seed, council)
    table = _Runs(scenario, agreement, buyer, seller, trunk, end, progress)
    prices = tuple(table.price(delay) for delay in delays)
    many = len(trunk.members)
    return Worth(scenario, agreement, buyer, seller, many, end - council, prices)


def _parties(
    scenario: Scenario, agreement: str, buyer: str | None, seller: str | None
) -> tuple[str, str]:
    if agreement not in scenario.agreements:
        known = list(scenario.agreements)
        remedy = suggestion(agreement, known) if known else "this scenario has none"
        mistake = Mistake("agreement", "no agreement has that name", "", remedy, shown(agreement))
        raise ScenarioError(scenario.name, [mistake])
    parties = scenario.agreements[agreement].parties
    player = scenario.player if scenario.player in parties else parties[0]
    seller = seller or next(p for p in (player, *parties) if p != buyer)
    buyer = buyer or next(p for p in parties if p != seller)
    mistakes: list[Mistake] = []
    for role, name in (("buyer", buyer), ("seller", seller)):
        if name not in parties:
            remedy = f"write one of: {', '.join(parties)}"
            mistakes.append(Mistake(role, "is no party to it", "", remedy, shown(name)))
        elif not scenario.powers[name].aims:
            expected = f"write [power.{name}] aims = {{ measure = what one more of it counts }}"
            mistakes.append(Mistake(f"power.{name}.aims", "are not given", expected))
    if buyer == seller:
        mistakes.append(Mistake("buyer", "is the seller too", "", "name two parties", shown(buyer)))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return buyer, seller


class _Runs:
    """Runs with and without an agreement, at a delay and a price."""

    def __init__(
        self,
        scenario: Scenario,
        agreement: str,
        buyer: str,
        seller: str,
        trunk: SharedPast,
        end: int,
        progress: Progress | None,
    ) -> None:
        self.scenario, self.trunk, self.end, self.progress = scenario, trunk, end, progress
        self.compiled = compile(scenario)
        self.at = list(scenario.agreements).index(agreement)
        self.parties = [list(scenario.powers).index(p) for p in (buyer, seller)]
        self.names = (buyer, seller)
        self.aims = [scenario.powers[name].aims for name in self.names]
        self.measures = [asked(aims, scenario, end) for aims in self.aims]
        self.never = self._offered(1e6)
        self.without = self._values(self.never)
        gold = trunk.series("gold", buyer)[-1]
        self.most = float(gold.mean() - scenario.powers[buyer].gold_floor.middle)

    def _offered(self, week: float, gold: float = 0.0) -> Compiled:
        """The scenario with the agreement offered from a week on, for `gold`."""
        offered = self.compiled.world["offered"].copy()
        pays = self.compiled.world["pays"].copy()
        offered[self.at] = week
        buyer, seller = self.parties
        pays[self.at, :, GOLD] = 0.0
        pays[self.at, buyer, GOLD], pays[self.at, seller, GOLD] = -gold, gold
        return replace(
            self.compiled, world=self.compiled.world | {"offered": offered, "pays": pays}
        )

    def _values(self, compiled: Compiled) -> NDArray[np.float64]:
        """Each side's value of each member [side member], and whether it was signed."""
        run = grown(self.trunk, self.scenario, self.end, self.progress, compiled)
        out: list[NDArray[np.float64]] = []
        for aims, measures in zip(self.aims, self.measures, strict=True):
            values = run.values(measures)
            weights = np.array([weight.middle for weight in aims.values()])
            out.append(weights @ values)
        signed = run.series("in_force") + run.series("broken")
        out.append(np.minimum(signed[-1][self.at], 1.0))
        return np.stack(out)

    def price(self, delay: int) -> Price:
        """Both reservation prices, `delay` weeks after the council."""
        week = float(self.trunk.week + delay)
        free = self._values(self._offered(week)) - self.without
        if not free[2].any():
            # Nobody signs it for nothing: what it would be worth cannot be told.
            return Price(delay, 0.0, None, False, 0.0, None, 0.0, 0.0, 0.0)
        paid: dict[float, NDArray[np.float64]] = {0.0: free}

        def gains(gold: float) -> NDArray[np.float64]:
            if gold not in paid:
                paid[gold] = self._values(self._offered(week, gold)) - self.without
            return paid[gold]

        buyer = reservation(lambda gold: float(gains(gold)[0].mean()), self.most)
        # The seller's price makes up for its loss: the same, seen from the other side.
        loss = -float(free[1].mean())
        most = max(self.most, loss)
        seller = reservation(lambda gold: -float(gains(gold)[1].mean()), most)
        by_gold, draw = sorted(paid.items()), self.trunk.draw
        return Price(
            delay,
            buyer,
            error_of(buyer, self.most, [(gold, each[0]) for gold, each in by_gold], draw),
            buyer >= self.most > 0.0,
            seller,
            error_of(seller, most, [(gold, -each[1]) for gold, each in by_gold], draw),
            float(free[0].mean()),
            float(free[1].mean()),
            float(free[2].mean()),
        )
