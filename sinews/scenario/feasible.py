"""What a scenario declares and can never come about, whatever happens in it.

A scenario runs with such a line in it; `sinews check` names it, for it does nothing, in silence.
Bounds are generous: a range counts with the end at which the thing might still come about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, permutations
from math import inf
from pathlib import Path

from sinews import units
from sinews.errors import Mistake, ScenarioError, dotted
from sinews.scenario.formats import subtables
from sinews.scenario.load import load, load_all
from sinews.scenario.number import Number
from sinews.scenario.schema import Scenario
from sinews.scenario.terms import means
from sinews.scenario.texts import misnumbered
from sinews.scenario.treaties import Agreement, Contract

UNWILLING = -0.7
"""Nobody is ever in the mood to sign what is worth less than this, kept and broken: the spread of
moods at signature (the coefficient `temper`) does not reach so far."""


def infeasible(scenario: Scenario) -> list[Mistake]:
    """Each agreement, contract and route that can never take effect, and why."""
    out: list[Mistake] = []
    for name, agreement in scenario.agreements.items():
        out += _agreement(scenario, name, agreement)
    for name, contract in scenario.contracts.items():
        out += _contract(scenario, name, contract)
    for name, route in scenario.routes.items():
        if _least(route.loss) >= 1.0:
            problem, remedy = "nothing can ever arrive: all is lost on the way", "write less than 1"
            out.append(Mistake(dotted(("route", name, "loss")), problem, "", remedy))
    return out


def load_feasible(scenario: str | Path, options: Sequence[str]) -> Scenario:
    """The scenario with some options, once it and each of its options alone have been looked at.

    Raises ScenarioError with all that can never come about: each once, with the option that brings
    it; and with texts of options that name other numbers than these bring about.
    """
    loaded = load_all(scenario)
    found: dict[str, Mistake] = {}
    for name, each in loaded.items():
        for mistake in infeasible(each):
            problem = mistake.problem + (f" (option {name})" if name else "")
            found.setdefault(str(mistake), replace(mistake, problem=problem))
        if name:
            found |= {str(m): m for m in misnumbered(loaded[""], name, each)}
    if found:
        raise ScenarioError(loaded[""].path.name, list(found.values()))
    return load(scenario, options) if options else loaded[""]


def beyond_premium(scenario: Scenario, contract: Contract) -> bool:
    """Whether its buyer signs no such contract: by the price list, what it is to pay is worth more
    than its `premium` times the goods. What is not on the list cannot be judged, and a player's
    contracts are the player's own affair."""
    listed = _listed(scenario, contract)
    return listed is not None and listed[0] > listed[1] * (1.0 + 1e-9)


def refusals(plain: Scenario, after: Scenario) -> Iterator[tuple[str, Mistake]]:
    """The contracts that are signed in a scenario after a decision, were not so before it, and that
    their buyers refuse; each with why."""
    for name, contract in after.contracts.items():
        listed = _listed(after, contract)
        if contract.signed == plain.contracts[name].signed or not beyond_premium(after, contract):
            continue
        assert listed is not None  # else nobody would judge it
        asked, most = (units.text(worth, "t") for worth in listed)
        problem = f"{contract.buyer} does not sign: by the price list it would give {most} of gold"
        path = dotted(("contract", name, "price"))
        yield name, Mistake(path, f"{problem}, and is asked {asked}", "", "ask for less")


def _listed(scenario: Scenario, contract: Contract) -> tuple[float, float] | None:
    """What a contract's buyer is to pay and the most that it would, t of gold by the price list;
    None where nobody judges it."""
    premium, prices = scenario.powers[contract.buyer].premium, scenario.prices
    if premium is None or contract.buyer == scenario.player:
        return None
    known = prices.keys() | {"gold"}
    if not known >= contract.goods.keys() | contract.price.keys():
        return None

    def worth(amounts: dict[str, Number]) -> float:
        each = {name: prices[name].middle if name in prices else 1.0 for name in amounts}
        return sum(each[name] * number.middle for name, number in amounts.items())

    return worth(contract.price), premium.middle * worth(contract.goods)


def wars_from_the_start(scenario: Scenario) -> dict[str, tuple[list[str], list[str]]]:
    """The axes on which there is war from the start, and who fights whom there."""
    axes = {name: theatre.fights for name, theatre in scenario.theatres.items()}
    return {name: fights for name, fights in axes.items() if all(fights)}


def _agreement(scenario: Scenario, name: str, agreement: Agreement) -> Iterator[Mistake]:
    wars = wars_from_the_start(scenario)
    ends = any(other.truce.span[1] > 0 for other in scenario.agreements.values())
    for index, axis in enumerate(agreement.peace):
        path = dotted(("agreement", name, "peace", index))
        if axis in wars and not ends:
            problem = "it can never be signed: there is war from the start, and nothing ends it"
            remedy = f"leave the axis out, or write peace = true in theatre.{axis}"
            yield Mistake(path, problem, "", remedy, axis)
        elif not {*agreement.parties} & {*chain(*scenario.theatres[axis].sides)}:
            problem = "it binds nobody: no party stands at either end of that axis"
            yield Mistake(path, problem, "", "name an axis of its parties", axis)
    ending = {"truce": agreement.truce.span[1] > 0.0, "prisoners": agreement.prisoners}
    if any(ending.values()) and not _quarrels(scenario, agreement.parties):
        problem = "it ends no war: its parties meet on no axis, and nothing else brings them to war"
        for key in (key for key, stated in ending.items() if stated):
            yield Mistake(dotted(("agreement", name, key)), problem, "", "leave it out")
    for material, parties in agreement.transfers.items():
        at = ("transfer", material) if material in agreement.transfer else ("gold",)
        for power, number in parties.items():
            price, has = -_most(number), _means(scenario, power, material, agreement)
            if price > has:
                problem = f"it can never be signed: {power} will never have so much to spend"
                remedy = f"write at most {units.text(has, 't')}" if has else "leave it out"
                yield Mistake(dotted(("agreement", name, *at, power)), problem, "", remedy)
    for power in agreement.parties:
        kept = _most(agreement.value[power]) if power in agreement.value else 1.0
        broken = _most(agreement.value_broken[power]) if power in agreement.value_broken else 0.0
        if max(kept, broken) < UNWILLING:
            problem = "it can never be signed: it is worth less than nothing, kept or broken"
            yield Mistake(dotted(("agreement", name, "value", power)), problem)
    if agreement.until is not None and agreement.until <= scenario.start:
        problem = "it can never be in force: it ends before the scenario begins"
        yield Mistake(dotted(("agreement", name, "until")), problem, value=str(agreement.until))


def _contract(scenario: Scenario, name: str, contract: Contract) -> Iterator[Mistake]:
    both = {contract.seller, contract.buyer}
    for axis, (west, east) in wars_from_the_start(scenario).items():
        if both & {*west} and both & {*east}:
            problem = f"war ends it at once: {contract.seller} fights {contract.buyer} on {axis}"
            yield Mistake(dotted(("contract", name, "buyer")), problem, value=contract.buyer)
            break
    if contract.signed is not None and beyond_premium(scenario, contract):
        problem = f"{contract.buyer} does not sign: that is beyond its premium on the price list"
        yield Mistake(dotted(("contract", name, "price")), problem, "", "ask for less")
    for good, number in contract.goods.items():
        has = _supply(scenario, contract, good)
        if has < _least(number):
            problem = f"none can ever be delivered: {contract.seller} neither has nor makes any"
            remedy = "name another seller, or what it has"
            if has > 0.0:
                problem = (
                    f"it can never be served in full: {contract.seller} makes none, and has too few"
                )
                remedy = f"write at most {units.text(has, number.unit)}"
            yield Mistake(dotted(("contract", name, "goods", good)), problem, "", remedy)
    if contract.from_ >= scenario.end or contract.until <= scenario.start:
        problem = f"nothing falls due: the scenario runs from {scenario.start} to {scenario.end}"
        key, day = ("from", contract.from_)
        if contract.until <= scenario.start:
            key, day = ("until", contract.until)
        yield Mistake(dotted(("contract", name, key)), problem, value=str(day))
    for index, needed in enumerate(contract.needs):
        if not _meets(scenario.agreements[needed], contract):
            problem = "it rests to its end: that agreement is not in force in its time"
            path = dotted(("contract", name, "needs", index))
            yield Mistake(path, problem, "", "mend the dates of one of the two", needed)
    openers = [a for a in scenario.agreements.values() if contract.route in a.opens]
    opens = scenario.routes[contract.route].open or any(_meets(a, contract) for a in openers)
    if contract.signed is not None and not opens:
        problem = "nothing can ever go: the route is closed, and no agreement opens it in its time"
        remedy = "name it in an agreement's `opens`, and mind the dates of the two"
        yield Mistake(dotted(("contract", name, "route")), problem, "", remedy, contract.route)


def _meets(agreement: Agreement, contract: Contract) -> bool:
    """Whether an agreement may be in force while a contract runs; a draft's day is open."""
    starts, signed = agreement.signed or date.min, contract.signed or date.min
    return starts < contract.until and signed < (agreement.until or date.max)


def _quarrels(scenario: Scenario, parties: Sequence[str]) -> bool:
    """Whether two of some powers may ever be at war: they meet on an axis, an order of theirs, in
    the scenario or in an option, declares it, or the word of allies calls one of them to it."""
    if any(agreement.defence for agreement in scenario.agreements.values()):
        return True
    foes = {(a, b) for a in parties for b in scenario.faced(a)}
    orders = [(name, row.declare) for name, p in scenario.powers.items() for row in p.script]
    for option in scenario.options.values():
        for name, power in subtables(option.set, "power"):
            orders += [(name, row.get("declare", ())) for row in power.get("script", ())]
    foes |= {(name, other) for name, declared in orders for other in declared}
    return any(pair in foes for pair in permutations(parties, 2))


def _supply(scenario: Scenario, contract: Contract, good: str) -> float:
    """The most of a good that a seller may have before its contract is over; without bound where it
    makes it, for works can grow, or may take it."""
    seller, item = scenario.powers[contract.seller], scenario.items.get(good)
    if item is None:
        made = any(s.makes == good and n in seller.industry for n, s in scenario.sectors.items())
        has = _means(scenario, contract.seller, good, contract)
        return inf if made and has > 0.0 else has
    works = seller.industry.get(item.sector or "")
    if not contract.stock or any(good in row.amounts for row in seller.build):
        if works is not None and _most(works.capacity) > 0.0:
            return inf
        if not contract.stock:
            return 0.0
    span = (scenario.start, max(contract.until, scenario.end))
    bought = (
        other.gives.get(sold, sold) == good
        for other in scenario.contracts.values()
        if other.buyer == contract.seller
        for sold in other.goods
    )
    # Its enemies' may fall into its hands; but war with the buyer ends the contract.
    taken = any((each.captured_as or name) == good for name, each in scenario.items.items())
    enemies = {*scenario.faced(contract.seller)} - {contract.buyer}
    return inf if any(bought) or (taken and enemies) else means(seller, good, None, span, _most)


def _means(scenario: Scenario, power: str, material: str, apart: Agreement | Contract) -> float:
    """The most of a material that a power can have to spend or sell before the end, t, if not by
    the deal for which it is meant, which stands `apart`."""
    about = scenario.powers[power]
    maker = next((name for name, s in scenario.sectors.items() if s.makes == material), None)
    has = means(about, material, maker, (scenario.start, scenario.end), _most)
    has -= _least(about.gold_floor) * (material == "gold")
    for other in scenario.agreements.values():
        if other is not apart and power in (parties := other.transfers.get(material, {})):
            has += max(_most(parties[power]), 0.0)
    for contract in (each for each in scenario.contracts.values() if each is not apart):
        brings = {contract.seller: contract.price, contract.buyer: contract.goods}.get(power, {})
        has += _most(brings[material]) if material in brings else 0.0
    return max(has, 0.0)


def _most(number: Number) -> float:
    return number.middle if number.high is None else number.high


def _least(number: Number) -> float:
    return number.middle if number.low is None else number.low
