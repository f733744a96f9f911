"""Whether routes, contracts and agreements can be kept, alone and together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations

from sinews import units
from sinews.scenario.names import TOLERANCE, Look
from sinews.scenario.number import Number
from sinews.scenario.options import Path
from sinews.scenario.schema import Power
from sinews.scenario.treaties import Agreement, Contract

TRAINLOAD = 450.0
"""Tonnes of a material that a train carries: thirty wagons of fifteen tonnes (judged)."""


def prices(look: Look) -> None:
    goods = dict.fromkeys([*look.doc.item, *look.materials])
    for good in look.doc.price:
        if good not in goods and not look.found.blame(("item",), ("sector",)):
            look.found.unknown(("price", good), "item or material", good, goods)


def routes(look: Look) -> None:
    for name, route in look.doc.route.items():
        look.ordered(("route", name, "until"), route.from_, route.until)


def contracts(look: Look) -> None:
    for name, contract in look.doc.contract.items():
        path: Path = ("contract", name)
        seller = look.known(path + ("seller",), "power", contract.seller)
        buyer = look.known(path + ("buyer",), "power", contract.buyer)
        route = look.known(path + ("route",), "route", contract.route)
        look.each_known(path + ("needs",), "agreement", contract.needs)
        look.ordered(path + ("until",), contract.from_, contract.until)
        dated = look.inside(path + ("signed",), contract.signed)
        if dated and contract.signed:
            look.ordered(path + ("until",), contract.signed, contract.until)
        if contract.seller == contract.buyer:
            problem = "a power cannot sell to itself"
            look.found.add(path + ("buyer",), problem, "", "name another power", contract.buyer)
        _goods(look, path, contract)
        _price(look, path + ("price",), contract)
        if seller and not contract.stock:
            _makers(look, path, contract)
        if look.dated and buyer:
            _payment(look, path, contract)
        if dated and route and contract.signed:
            # What a council decides on a later day than its usual one may come late.
            first = contract.signed
            if first in look.found.text.decided.values():
                first = min(first, look.doc.council or look.doc.start)
            _carriage(look, path, contract, first)


def _goods(look: Look, path: Path, contract: Contract) -> None:
    if not contract.goods:
        expected = "write goods = { ... } (item or material: how much)"
        look.found.add(path + ("goods",), "nothing is sold", expected)
    for good, quantity in contract.goods.items():
        at = path + ("goods", good)
        price = look.doc.price.get(good)
        if quantity.middle <= 0:
            look.found.add(at, "nothing of it is sold", "", "write more than 0, or leave it out")
        elif look.found.blame(("price",)):
            continue
        elif len(contract.goods) > 1 and (price is None or price.middle <= 0):
            problem = "has no list price, by which the price of the contract is split"
            look.found.add(at, problem, f"write {good} = ... above 0 in [price]")
    for sold, given in contract.gives.items():
        at = path + ("gives", sold)
        look.known(at, "item", given)
        if sold not in contract.goods or sold not in look.doc.item:
            problem = "is no item that the contract sells"
            look.found.add(at, problem, "", "name an item of its goods")


def _price(look: Look, path: Path, contract: Contract) -> None:
    for material, number in contract.price.items():
        look.payable(path, material)
        if material != "gold" and number.span[1] <= 0.0:
            at = path + (material,)
            look.found.add(at, "nothing of it is paid", "", "write more than 0, or leave it out")
    if not contract.price:
        look.found.add(path, "says nothing", "write t of gold, or a material and how much of it")


def _makers(look: Look, path: Path, contract: Contract) -> None:
    """A good made to order needs plants that make it."""
    power = look.doc.power[contract.seller]
    for good in (name for name in contract.goods if name in look.doc.item):
        sector, at = look.doc.item[good].sector, path + ("goods", good)
        if look.found.blame(("item", good, "sector"), ("power", contract.seller, "industry")):
            continue
        if sector is None or sector not in power.industry:
            problem = f"{contract.seller} cannot make it"
            problem += ": no sector does" if sector is None else f": it has no sector {sector}"
            look.found.add(at, problem, "", "write stock = true if it is sold from the depot")


def _payment(look: Look, path: Path, contract: Contract) -> None:
    """The price against all of its material that the buyer can have. To a draft every agreement and
    sale counts that brings some, as options may sign them with it.
    """
    power, end = contract.buyer, max(contract.until, look.end)
    if look.found.blame(path, ("power", power), ("agreement",)):
        return
    for material, number in contract.price.items():
        at = path + (("price",) if material == "gold" else ("price", material))
        span, maker = (look.doc.start, end), look.materials.get(material)
        has = within_means(look.doc.power[power], material, maker, span)
        has += _dealt(look, contract, material)
        if number.middle > has * (1 + TOLERANCE):
            problem = f"{power} cannot pay it: it has less to spend by {end}"
            most = f"write at most {units.text(has, 't')}" if has > 0.0 else "name another price"
            look.found.add(at, problem, "", most, number.middle)


def within_means(power: Power, material: str, maker: str | None, span: tuple[date, date]) -> float:
    """The `means` that a power can pay with, t, of the middle of each range: gold that it keeps
    back is none."""
    kept = power.gold_floor.middle if material == "gold" else 0.0
    return means(power, material, maker, span, lambda number: number.middle) - kept


def means(
    power: Power,
    material: str,
    maker: str | None,
    span: tuple[date, date],
    size: Callable[[Number], float],
) -> float:
    """What a power can have of a material between two dates, if it neither buys nor sells: its
    stock, what comes from outside or out of the ground, and all that its plants in the sector that
    is its `maker` can make, t. `size` says what of a range counts."""
    start, end = span
    weeks = (end - start).days / 7
    has = size(power.stock[material]) if material in power.stock else 0.0
    for row in (row for row in power.receive if material in row.amounts):
        days = (min(row.until or end, end) - max(row.from_, start)).days
        has += size(row.amounts[material]) * max(days, 0) / 7
    if material == "gold" and "gold_mined" in power.stock:
        has += size(power.stock["gold_mined"]) * weeks
    return has + (size(power.industry[maker].capacity) * weeks if maker in power.industry else 0.0)


def _dealt(look: Look, contract: Contract, material: str) -> float:
    """What treaties and other contracts bring a buyer of a material, less what treaties take that
    are sure to be signed before the contract ends."""
    power, draft, has = contract.buyer, contract.signed is None, 0.0
    for agreement in look.doc.agreement.values():
        parties = agreement.transfers.get(material, {})
        paid = parties[power].middle if power in parties else 0.0
        if paid > 0.0:
            has += paid * (draft or bool(agreement.signed))
        elif agreement.signed and agreement.signed < contract.until and _sure(look, agreement):
            has += paid
    for other in look.doc.contract.values():
        counts = draft or bool(other.signed)
        if other.seller == power and material in other.price:
            has += other.price[material].middle * counts
        if other.buyer == power and material in other.goods:
            has += other.goods[material].middle * counts
    return has


def _sure(look: Look, agreement: Agreement) -> bool:
    """Whether an agreement on offer is sure to be signed: no war stands in its way, no trust makes
    it worth less than nothing, and each party has by the day what it is to pay."""
    axes = (look.doc.theatre[name] for name in agreement.peace if name in look.doc.theatre)
    worth = (*agreement.value.values(), *agreement.value_broken.values())
    if any(all(axis.fights) for axis in axes) or any(each.span[0] < 0.0 for each in worth):
        return False
    span = look.doc.start, agreement.signed or look.end
    for material, parties in agreement.transfers.items():
        for power in parties.keys() & look.doc.power.keys():
            about = look.doc.power[power]
            has = means(about, material, None, span, lambda number: number.span[0])
            has -= about.gold_floor.span[1] * (material == "gold")
            if -parties[power].span[0] > has:
                return False
    return True


def _carriage(look: Look, path: Path, contract: Contract, signed: date) -> None:
    """The trains that the goods fill against those that the route carries."""
    end = max(contract.until, look.end)
    if look.found.blame(path, ("route", contract.route), ("item",)):
        return
    route, items = look.doc.route[contract.route], look.doc.item
    fills = sum(
        number.middle * (items[good].trains.middle if good in items else 1 / TRAINLOAD)
        for good, number in contract.goods.items()
    )
    days = (min(route.until or end, end) - max(route.from_ or signed, signed)).days
    carries = route.capacity.middle * max(days, 0)
    if fills > carries * (1 + TOLERANCE):
        problem = f"its goods fill {units.text(fills, 'trains')}, and this route carries "
        problem += f"{units.text(carries, 'trains')} from signature to {end}"
        remedy = "sell less, name another route or give it more trains"
        look.found.add(path + ("route",), problem, "", remedy, contract.route)


def agreements(look: Look) -> None:
    for name, agreement in look.doc.agreement.items():
        path: Path = ("agreement", name)
        look.each_known(path + ("parties",), "power", agreement.parties)
        if len(agreement.parties) < 2:
            problem, expected = "are too few", "write two powers or more"
            look.found.add(path + ("parties",), problem, expected, "", agreement.parties)
        if look.inside(path + ("signed",), agreement.signed):
            look.ordered(path + ("until",), agreement.signed, agreement.until)
        for key in ("peace", "inspects"):
            for index, theatre in enumerate(getattr(agreement, key)):
                look.axis(path + (key, index), theatre)
        look.each_known(path + ("opens",), "route", agreement.opens)
        look.each_known(path + ("closes",), "route", agreement.closes)
        for key in ("value", "value_broken", "breach", "broken"):
            for power in getattr(agreement, key):
                _party(look, path + (key, power), agreement, power)
        for power, day in agreement.broken.items():
            if look.inside(path + ("broken", power), day):
                look.ordered(path + ("broken", power), agreement.signed, day)
        for place in agreement.places:
            _handed(look, path + ("places", place), agreement, place)
        _transfers(look, path, agreement)
        _ceilings(look, path, agreement)
    for (name, one), (second, other) in combinations(look.doc.agreement.items(), 2):
        if _together(one, other):
            _contradictions(look, name, one, second, other)
    for name, agreement in look.doc.agreement.items():
        for index, route in enumerate(agreement.closes):
            if route in agreement.opens:
                at = ("agreement", name, "closes", index)
                look.found.add(at, "the same agreement opens it", "", "choose one", route)


def _party(look: Look, path: Path, agreement: Agreement, power: str) -> bool:
    known = look.known(path, "power", power)
    listed = power in agreement.parties or look.found.blame((*path[:2], "parties"))
    if known and not listed:
        remedy = "leave it out, or add the power to the parties"
        value = () if path[-1] == power else (power,)
        look.found.add(path, "is no party to the agreement", "", remedy, *value)
    return known


def _handed(look: Look, path: Path, agreement: Agreement, place: str) -> None:
    """A place is a party's to give, and the front can withdraw behind it."""
    to, first = agreement.places[place], look.home(path, place)
    if not _party(look, path, agreement, to) or place not in look.places:
        return
    owners = {first} | {a.places.get(place) for a in look.doc.agreement.values()} - {None, to}
    theatre, about = look.places[place]
    axis = look.doc.theatre[theatre]
    if not owners & {*agreement.parties}:
        whose = f"that of {first}" if first else "nobody's"
        problem = f"is no party's to give: it is {whose}"
        remedy = "leave it out, or add its owner to the parties"
        look.found.add(path, problem, "", remedy, to)
    elif not axis.axis:
        if owners == {to}:
            look.found.add(path, "is its own already", "", "leave it out", to)
    elif to not in (*axis.west, *axis.east):
        problem = f"stands at neither end of {theatre}, the axis on which it lies"
        look.found.add(path, problem, "", f"add it to theatre.{theatre}.west or .east", to)
    elif to in axis.west and about.km is not None:
        for other, receiver in agreement.places.items():
            there, beside = look.places.get(other, ("", about))
            km = beside.km or about.km
            if there == theatre and receiver in axis.east and km.middle < about.km.middle:
                problem = f"lies east of {other}, which goes to {receiver}: no front parts the two"
                look.found.add(path, problem, "", "leave one of them out", to)


def _transfers(look: Look, path: Path, agreement: Agreement) -> None:
    """What parties pay one another at signature."""
    for power in agreement.gold:
        _party(look, path + ("gold", power), agreement, power)
    _balances(look, path + ("gold",), agreement.gold)
    for material, each in agreement.transfer.items():
        at = path + ("transfer", material)
        if look.payable(path + ("transfer",), material) and material == "gold" and agreement.gold:
            look.found.add(at, "stands there twice", "", "leave out one of it and `gold`")
        for power in each.parties:
            _party(look, at + (power,), agreement, power)
        _balances(look, at, each.parties)


def _balances(look: Look, path: Path, parties: dict[str, Number]) -> None:
    total = sum(number.middle for number in parties.values())
    if abs(total) > 1e-6 * sum(abs(number.middle) for number in parties.values()):
        problem = f"the payments add up to {units.text(total, 't')}"
        expected = "what one party pays another receives: they must add up to 0"
        look.found.add(path, problem, expected, "write what is paid with a minus")


def _ceilings(look: Look, path: Path, agreement: Agreement) -> None:
    for index, row in enumerate(agreement.ceiling):
        at = path + ("ceiling", index)
        party = _party(look, at + ("power",), agreement, row.power)
        theatre = look.room(at + ("theatre",), row.theatre)
        if party and theatre and not look.stands(row.power, row.theatre):
            problem = f'power "{row.power}" can have no men in that theatre'
            look.found.add(at + ("theatre",), problem, "", "leave the row out", row.theatre)
        if row.until < row.from_:
            expected = f"write a date from {row.from_}"
            look.found.add(at + ("until",), "ends before it begins", expected, "", row.until)


def _together(one: Agreement, other: Agreement) -> bool:
    """Whether two agreements are signed, and for a time in force together."""
    if one.signed is None or other.signed is None:
        return False
    return one.signed < (other.until or date.max) and other.signed < (one.until or date.max)


def _contradictions(look: Look, name: str, one: Agreement, second: str, other: Agreement) -> None:
    remedy, path = "sign one of the two", ("agreement", second)
    for key, against in (("opens", one.closes), ("closes", one.opens)):
        for index, route in enumerate(getattr(other, key)):
            if route in against:
                does = "closes" if key == "opens" else "opens"
                problem = f'agreement "{name}" {does} it, and both are signed'
                look.found.add(path + (key, index), problem, "", remedy, route)
    for index, row in enumerate(other.ceiling):
        for rival in one.ceiling:
            same = (row.power, row.theatre) == (rival.power, rival.theatre)
            # A ceiling stays as long as its agreement.
            apart = row.from_ >= (one.until or date.max) or rival.from_ >= (other.until or date.max)
            if same and not apart:
                problem = f'agreement "{name}" sets a ceiling there too, and both are signed'
                look.found.add(path + ("ceiling", index), problem, "", remedy)
