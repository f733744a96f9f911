"""Whether what a power is given, makes and orders can be, and when."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from sinews.scenario import installed
from sinews.scenario.installed import offered
from sinews.scenario.names import TOLERANCE, Look
from sinews.scenario.number import Number
from sinews.scenario.options import Path
from sinews.scenario.schema import Order, Power, Supply
from sinews.scenario.words import POLICIES

LONGEST = 520  # weeks


def powers(look: Look) -> None:
    for name, power in look.doc.power.items():
        _power(look, ("power", name), name, power)


def _power(look: Look, path: Path, name: str, power: Power) -> None:
    if power.policy not in POLICIES:
        known = POLICIES | offered(installed.POLICIES)
        if power.policy not in known:
            look.found.unknown(path + ("policy",), "policy", power.policy, known)
    hub = power.reserve_theatre
    if look.room(path + ("reserve_theatre",), hub) and not look.stands(name, hub):
        problem = "this power can have no men in that theatre"
        remedy = "name a theatre of its own, or an axis on which it fights"
        look.found.add(path + ("reserve_theatre",), problem, "", remedy, hub)
    for theatre in power.districts:
        at = path + ("districts", theatre)
        if look.room(at, theatre) and not look.stands(name, theatre):
            look.found.add(at, "this power can have no men in that theatre")
    if power.districts:
        look.adds_up(path + ("districts",), power.districts, "the shares of the districts")
    if power.capital is not None:
        at = path + ("capital",)
        if look.home(at, power.capital) != name and power.capital in look.places:
            look.found.add(at, "is no place of its own", "", "name one of its own", power.capital)
    for index, good in enumerate(power.vital):
        at = path + ("vital", index)
        if look.known(at, "material", good) and good not in power.home_use:
            expected = f"write how much of it: home_use = {{ {good} = ... }}"
            look.found.add(at, "the rest of its economy takes none", expected, "", good)
    for other in power.trust:
        at = path + ("trust", other)
        if look.known(at, "power", other) and other == name:
            look.found.add(at, "is the power itself", "", "leave it out")
    for season in power.quality_by_season:
        if season not in look.seasons_known:
            at = path + ("quality_by_season", season)
            look.found.unknown(at, "season", season, look.seasons_known)
    for key in ("build", "receive"):
        for index, row in enumerate(getattr(power, key)):
            _span(look, path + (key, index), row)
    _builds(look, path, power)
    for index, order in enumerate(power.script):
        _order(look, path + ("script", index), name, order)


def _builds(look: Look, path: Path, power: Power) -> None:
    rows: dict[str, list[tuple[date, date, int]]] = {}
    for index, row in enumerate(power.build):
        for item in row.amounts.keys() & look.doc.item.keys():
            at = path + ("build", index, item)
            sector = look.doc.item[item].sector
            if sector is None:
                remedy = f"write item.{item}.sector, or receive it in place of building it"
                look.found.add(at, "no sector makes this item", "", remedy)
            elif (
                sector in look.doc.sector
                and sector not in power.industry
                and not look.found.blame(("item", item, "sector"), path + ("industry",))
            ):
                problem = f"this power has no plants of the sector {sector}, which makes it"
                look.found.add(at, problem, f"write [{'.'.join(map(str, path))}.industry.{sector}]")
            rows.setdefault(item, []).append((row.from_, row.until or date.max, index))
    for item, spans in rows.items():
        spans.sort()
        for (_, until, _), (start, _, index) in pairwise(spans):
            if start < until and look.found.sound(path + ("build", index, "from")):
                problem = "overlaps an earlier row of the same item"
                remedy = f"end that row with until = {start}"
                look.found.add(path + ("build", index, item), problem, "", remedy)


def _span(look: Look, path: Path, row: Supply | Order) -> None:
    last = look.doc.start + timedelta(weeks=LONGEST)
    look.ordered(path + ("until",), row.from_, row.until)
    if row.from_ >= last and look.dated:
        problem = f"begins more than {LONGEST} weeks after the scenario"
        look.found.add(path + ("from",), problem, f"write a date before {last}", "", row.from_)
    if row.until is not None and row.until <= look.doc.start and look.dated:
        problem = "ends before the scenario begins"
        expected = f"write a date after {look.doc.start}"
        look.found.add(path + ("until",), problem, expected, "", row.until)


def _order(look: Look, path: Path, name: str, order: Order) -> None:
    _span(look, path, order)
    for key in ("attack", "halt"):
        for index, theatre in enumerate(getattr(order, key)):
            look.front(path + (key, index), name, theatre)
    for index, theatre in enumerate(order.halt):
        if theatre in order.attack:
            problem = "the same row orders an attack there"
            look.found.add(path + ("halt", index), problem, "", "choose one", theatre)
    for theatre in order.goal:
        look.front(path + ("goal", theatre), name, theatre)
    look.each_known(path + ("declare",), "power", order.declare)
    if name in order.declare:
        problem = "is the power itself"
        look.found.add(path + ("declare", order.declare.index(name)), problem, "", "leave it out")
    for theatre in order.attend:
        look.front(path + ("attend", theatre), name, theatre)
    for theatre in order.stance:
        look.front(path + ("stance", theatre), name, theatre)
    _wares(look, path, name, order)
    for link in order.send:
        at = path + ("send", link)
        users = {journey.power for journey in look.journeys if journey.name == link}
        if not users:
            if look.found.sound(("link",)):
                known = dict.fromkeys(journey.name for journey in look.journeys)
                look.found.unknown(at, "link", link, known)
        elif name not in users:
            look.found.add(at, "that link belongs to another power", "", "", link)


def _wares(look: Look, path: Path, name: str, order: Order) -> None:
    """What an order says of items and contracts."""
    shares: dict[str, Number] = {}
    for item, share in order.hours.items():
        at, about = path + ("hours", item), look.doc.item.get(item)
        if not look.known(at, "item", item) or about is None:
            continue
        if about.sector is None or about.sector not in look.doc.power[name].industry:
            if look.found.sound(("item", item)) and look.found.sound(("power", name, "industry")):
                look.found.add(at, "this power has no plants that make it")
        elif not look.found.blame(at):
            shares[item] = share
    for sector in dict.fromkeys(look.doc.item[item].sector for item in shares):
        whole = sum(x.span[1] for n, x in shares.items() if look.doc.item[n].sector == sector)
        if whole > 1.0 + TOLERANCE:
            problem = f"the shares of the hours of {sector} add up to {whole:.4g}"
            look.found.add(path + ("hours",), problem, "they must add up to 1 at the most")
    for key in ("suspend", "resume"):
        for index, contract in enumerate(getattr(order, key)):
            at = path + (key, index)
            if look.known(at, "contract", contract):
                seller = look.doc.contract[contract].seller
                if seller != name:
                    problem = f'its seller is "{seller}"'
                    look.found.add(at, problem, "", "name a contract of its own", contract)
    for index, contract in enumerate(order.resume):
        if contract in order.suspend:
            problem = "the same row suspends it"
            look.found.add(path + ("resume", index), problem, "", "choose one", contract)
