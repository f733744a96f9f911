"""What a draft, agreement or contract, is worth in gold to both sides; how that falls with delay.

A party's value of a campaign is the sum of its `aims`: measures, each with what one more of it
counts. The reservation price of a draft is the gold at which a party is as well off with it as
without: found on common luck, by runs in which that gold is paid, by an agreement at signature and
by a contract as its goods are, so that what gold can buy and cannot buy counts. A deal is possible
while the seller's price is below the buyer's, and divides the span between them as their leaders
are patient, the more patient getting more: halfway where they are alike. Sources: Fearon 1995;
Powell 2004; Nash 1950 (half); Rubinstein 1982 (patience).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sinews.analysis.aims import aims_of, valued
from sinews.analysis.bounds import Progress
from sinews.analysis.branching import SharedPast, grown, started
from sinews.analysis.numerals import amount, day
from sinews.analysis.odds import mean_error
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.scenario import Scenario
from sinews.scenario.compile import Compiled, compile
from sinews.scenario.number import Number

# A price is looked for to this many tonnes.
_CLOSE = 0.5
# The seller's share of the span between the two prices where both are as patient: Nash's half.
_HALF = 0.5
# Standard errors by which somebody is surely worse off.
_SURE = 2.0


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
    from which each member was drawn, None if none was.

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
    """What a draft signed `delay` weeks late is worth to both sides, in tonnes of gold."""

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
    """Share of members in which an agreement comes into force, or anything comes of a contract."""
    moves: bool
    """Whether it changes what either aims at, in any member."""
    share: float = _HALF
    """The seller's of the span between the two prices."""

    @property
    def possible(self) -> bool:
        """Whether there is a price that suits both."""
        return self.seller <= self.buyer and self.buyer > 0.0

    @property
    def between(self) -> float:
        """Between the two prices, as far from each as its side is patient."""
        return self.seller + self.share * (self.buyer - self.seller)

    def refusal(self, asked: float) -> tuple[str, bool]:
        """Who is worse off at a price of `asked` t, "buyer" or "seller" (empty if neither is), and
        whether by more than two standard errors."""
        over, under = asked - self.buyer, self.seller - asked
        if over > 0.0 and not self.whole_purse:
            return "buyer", over > _SURE * (self.buyer_error or 0.0)
        return ("seller", under > _SURE * (self.seller_error or 0.0)) if under > 0.0 else ("", True)


@dataclass(frozen=True)
class Worth:
    """The worth of a draft to its buyer and seller, by delay of signature."""

    scenario: Scenario
    draft: str
    buyer: str
    seller: str
    members: int
    horizon: int
    prices: tuple[Price, ...]

    @property
    def kind(self) -> str:
        """What the draft is."""
        return "agreement" if self.draft in self.scenario.agreements else "contract"

    @property
    def asked(self) -> float:
        """The gold that the buyer pays the seller by the draft as it is written, t."""
        if self.kind == "contract":
            price = self.scenario.contracts[self.draft].price
            return price["gold"].middle if "gold" in price else 0.0
        gold = self.scenario.agreements[self.draft].gold
        return -gold[self.buyer].middle if self.buyer in gold else 0.0

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            self.kind: self.draft,
            "buyer": self.buyer,
            "seller": self.seller,
            "members": self.members,
            "horizon": self.horizon,
            "unit": "t of gold",
            "asked": self.asked,
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
                    "refused_by": p.refusal(self.asked)[0] or None if self.asked > 0.0 else None,
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
        if not any(p.moves for p in self.prices):
            return f"Signed on {when} it changes nothing that {buyer} or {seller} aims at."
        if not any(p.buyer or p.seller for p in self.prices):
            gains = (amount(x) for x in (now.buyer_gain, now.seller_gain))
            both = " and ".join(
                f"{x} t to {p}" for x, p in zip(gains, (buyer, seller), strict=True)
            )
            text = f"Signed on {when} with nothing paid it is worth {both}: {buyer} would "
            return text + f"pay nothing, and {seller} would ask nothing."
        text = f"Signed on {when} it is worth {amount(now.buyer)}{_give_or_take(now)} t of gold to "
        text += buyer
        if now.whole_purse:
            text += ", all that it can spend, or more"
        if now.possible:
            text += f", and {seller} would ask {amount(now.seller)} t at least"
        else:
            text += f", less than the {amount(now.seller)} t that {seller} would ask"
        later = [f"{amount(p.buyer)} t {p.delay} weeks later" for p in self.prices[1:]]
        text += f"; {' and '.join(later)}" if later else ""
        return f"{text}.{self._judged(now, buyer, seller)}"

    def _judged(self, now: Price, buyer: str, seller: str) -> str:
        """What both sides say to the price that is written; nothing where none is."""
        if self.asked <= 0.0:
            return ""
        who, sure = now.refusal(self.asked)
        price = f" The {amount(self.asked)} t that are written"
        if not who:
            return f"{price} suit both."
        verb = "would" if sure else "may"
        text = f"{price} {buyer if who == 'buyer' else seller} {verb} refuse"
        # The buyer of a contract judges it by its premium; signatures to treaties by their moods.
        signed = "; forecasts have it signed all the same" if self.kind == "agreement" else ""
        return f"{text}{signed}."


def _give_or_take(price: Price) -> str:
    error = price.buyer_error
    return "" if error is None else f" \N{PLUS-MINUS SIGN} {amount(error)}"


def worth_of(
    scenario: Scenario,
    draft: str,
    buyer: str | None = None,
    seller: str | None = None,
    delays: Sequence[int] = (0, 2),
    members: int = 512,
    horizon: int = 26,
    seed: int = 1,
    progress: Progress | None = None,
    trunk: SharedPast | None = None,
) -> Worth:
    """What `draft`, an agreement or a contract, is worth to its parties if it is signed at the
    council or `delays` weeks later, by the value of their aims `horizon` weeks after the council.

    Of an agreement the buyer is the first party that is not the player, the seller the player,
    unless named. `trunk` has the members as they stand at the council; they are run to it if it is
    left out.
    """
    buyer, seller = _parties(scenario, draft, buyer, seller)
    council = round((scenario.council - scenario.start).days / 7)
    end = min(council + horizon, scenario.weeks)
    trunk = trunk or started(scenario, range(members), seed, council)
    table = _Runs(scenario, draft, buyer, seller, trunk, end, progress)
    prices = tuple(table.price(delay) for delay in delays)
    many = len(trunk.members)
    return Worth(scenario, draft, buyer, seller, many, end - council, prices)


def _parties(
    scenario: Scenario, draft: str, buyer: str | None, seller: str | None
) -> tuple[str, str]:
    """Who pays and who is paid. Raises ScenarioError for a draft that cannot be priced."""
    drafts = {**scenario.contracts, **scenario.agreements}
    if draft not in drafts:
        remedy = suggestion(draft, list(drafts)) if drafts else "this scenario has none"
        problem = "no agreement or contract has that name"
        raise ScenarioError(scenario.name, [Mistake("draft", problem, "", remedy, shown(draft))])
    mistakes: list[Mistake] = []
    signed = drafts[draft].signed
    if signed is not None and signed < scenario.council:
        problem = f"is no draft: it is signed on {signed}, before the council"
        mistakes.append(Mistake("draft", problem, value=shown(draft)))
    if draft in scenario.agreements:
        parties = scenario.agreements[draft].parties
        player = scenario.player if scenario.player in parties else parties[0]
        seller = seller or next(p for p in (player, *parties) if p != buyer)
        buyer = buyer or next(p for p in parties if p != seller)
        allowed = {"buyer": parties, "seller": parties}
    else:
        contract = scenario.contracts[draft]
        buyer, seller = buyer or contract.buyer, seller or contract.seller
        allowed = {"buyer": [contract.buyer], "seller": [contract.seller]}
    for role, name in (("buyer", buyer), ("seller", seller)):
        if name not in allowed[role]:
            remedy = f"write one of: {', '.join(allowed[role])}"
            problem = "is no party to it" if len(allowed[role]) > 1 else "is not its " + role
            mistakes.append(Mistake(role, problem, "", remedy, shown(name)))
        elif not scenario.powers[name].aims:
            expected = f"write [power.{name}] aims = {{ measure = what one more of it counts }}"
            mistakes.append(Mistake(f"power.{name}.aims", "are not given", expected))
    if buyer == seller:
        mistakes.append(Mistake("buyer", "is the seller too", "", "name two parties", shown(buyer)))
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    return buyer, seller


class _Runs:
    """Runs with and without a draft, at a delay and a price."""

    def __init__(
        self,
        scenario: Scenario,
        draft: str,
        buyer: str,
        seller: str,
        trunk: SharedPast,
        end: int,
        progress: Progress | None,
    ) -> None:
        self.scenario, self.trunk, self.end, self.progress = scenario, trunk, end, progress
        self.draft, self.buyer, self.seller = draft, buyer, seller
        ours, theirs = (scenario.powers[p].leader.patience.middle for p in (seller, buyer))
        self.share = ours / (ours + theirs)
        self.aims = [aims_of(scenario, name) for name in (buyer, seller)]
        last = scenario.start + timedelta(weeks=end)
        self.measures = [[aim.on(last) for aim in aims] for aims in self.aims]
        self.without = self._values(compile(self._offered(None)))
        gold = trunk.series("gold", buyer)[-1]
        self.most = float(gold.mean() - scenario.powers[buyer].gold_floor.middle)

    def _offered(self, on: date | None, gold: float = 0.0) -> Scenario:
        """The scenario with the draft offered from a day on, or never, for `gold` t in all."""
        s, draft = self.scenario, self.draft
        paid = Number(gold, None, None, "t")
        if draft in s.contracts and draft not in s.agreements:
            sale = s.contracts[draft]
            # At whatever price: what it is worth is asked, not what is signed.
            free = s.powers[sale.buyer].model_copy(update={"premium": None})
            s = replace(s, powers={**s.powers, sale.buyer: free})
            sale = sale.model_copy(update={"signed": on, "price": {**sale.price, "gold": paid}})
            return replace(s, contracts={**s.contracts, draft: sale})
        pays = {self.buyer: Number(-gold, None, None, "t"), self.seller: paid}
        paper = s.agreements[draft].model_copy(update={"signed": on, "gold": pays})
        return replace(s, agreements={**s.agreements, draft: paper})

    def _values(self, compiled: Compiled) -> NDArray[np.float64]:
        """Each side's value of each member [side member], and whether anything came of it."""
        run = grown(self.trunk, self.scenario, self.end, self.progress, compiled)
        sides = zip(self.aims, self.measures, strict=True)
        out = [valued(aims, run.values(measures)) for aims, measures in sides]
        return np.stack([*out, self._begun(run)])

    def _begun(self, run: SharedPast) -> NDArray[np.float64]:
        """Whether an agreement was signed, or any goods or gold came of a contract [member]."""
        if self.draft in self.scenario.agreements:
            told, names = ("in_force", "broken"), [self.draft]
        else:
            goods = self.scenario.contracts[self.draft].goods
            told, names = ("delivered", "paid"), [f"{self.draft} {good}" for good in goods]
        came = [run.series(series, name)[-1] for series in told for name in names]
        return (np.sum(came, axis=0) > 0.0).astype(float)

    def price(self, delay: int) -> Price:
        """Both reservation prices, `delay` weeks after the council."""
        on = self.scenario.council + timedelta(weeks=delay)
        free = self._values(compile(self._offered(on))) - self.without
        if not free[2].any():
            # Nobody signs it for nothing: what it would be worth cannot be told.
            return Price(delay, 0.0, None, False, 0.0, None, 0.0, 0.0, 0.0, False)
        paid: dict[float, NDArray[np.float64]] = {0.0: free}

        def gains(gold: float) -> NDArray[np.float64]:
            if gold not in paid:
                paid[gold] = self._values(compile(self._offered(on, gold))) - self.without
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
            bool(free[:2].any()),
            self.share,
        )
