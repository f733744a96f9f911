"""Routes, contracts and agreements as arrays; signed or not, each has its place in them."""

from sinews.model.agreements import NO_CEILING
from sinews.scenario.builder import NEVER, Builder
from sinews.scenario.feasible import beyond_premium
from sinews.scenario.terms import TRAINLOAD
from sinews.scenario.treaties import Agreement, Ceiling, Contract

# Weight of what a power thought of another before the start, in promises (judged).
_PROMISES = 8.0
_TRUST, _BREACH = 0.5, 0.002
_KEPT = 1.0


def bargains(b: Builder) -> None:
    """Fill in what powers sell and promise to each other, and what they think of it."""
    _regard(b)
    _routes(b)
    for index, material in enumerate(b.axes["tender"]):
        b.tables["tender"].array[index, b.at["material"][material]] = 1.0
    for index, (name, good) in enumerate(b.lots):
        _lot(b, index, b.scenario.contracts[name], good)
    for index, (power, theatre) in enumerate(b.zones):
        b.tables["zone_power"].array[index, b.at["power"][power]] = 1.0
        b.tables["zone_theatre"].array[index, b.at["theatre"][theatre]] = 1.0
    for index, name in enumerate(b.scenario.agreements):
        _agreement(b, index, name)


def _regard(b: Builder) -> None:
    for p, (name, power) in enumerate(b.scenario.powers.items()):
        b.add("floor", (p, b.at["material"]["gold"]), power.gold_floor)
        for order in power.script:
            if order.gold_floor is not None:
                at = (b.weeks(order.from_, order.until), p, b.at["material"]["gold"])
                b.clear("kept_back", at)
                b.add("kept_back", at, order.gold_floor)
                b.add("kept_back", at, power.gold_floor, factor=-1.0)
        b.add("restraint", (p,), power.restraint)
        b.add("relief", (p,), power.relief)
        b.add("patience", (p,), power.leader.patience)
        b.add("risk", (p,), power.leader.risk)
        b.add("face", (p,), power.leader.face)
        b.add("ruthless", (p,), power.leader.ruthless)
        b.tables["played"].array[p] = float(name in b.scenario.played)
        for o, other in enumerate(b.scenario.powers):
            trust = power.trust.get(other, _TRUST)
            b.add("kept_seen", (p, o), trust, factor=_PROMISES)
            b.add("broken_seen", (p, o), _PROMISES)
            b.add("broken_seen", (p, o), trust, factor=-_PROMISES)


def _routes(b: Builder) -> None:
    for r, route in enumerate(b.scenario.routes.values()):
        weeks = b.weeks(route.from_ or b.scenario.start, route.until)
        b.add("route_trains", (weeks, r), route.capacity, factor=7.0)
        b.tables["route_open"].array[r] = float(route.open)
        b.add("route_weeks", (r,), route.weeks)
        b.add("route_loss", (r,), route.loss)


def _lot(b: Builder, lot: int, contract: Contract, good: str) -> None:
    tables, quantity = b.tables, contract.goods[good]
    tables["lot_seller"].array[lot, b.at["power"][contract.seller]] = 1.0
    tables["lot_buyer"].array[lot, b.at["power"][contract.buyer]] = 1.0
    tables["lot_route"].array[lot, b.at["route"][contract.route]] = 1.0
    for agreement in contract.needs:
        tables["lot_needs"].array[lot, b.at["agreement"][agreement]] = 1.0
    rank = b.ranks.index((contract.priority, contract.until))
    tables["lot_rank"].array[lot] = rank
    tables["lot_stock"].array[lot] = float(contract.stock)
    tables["lot_calls"].array[lot] = float(contract.call_off)
    signed = None if beyond_premium(b.scenario, contract) else contract.signed
    tables["lot_signed"].array[lot] = b.week(signed)
    b.add("lot_total", (lot,), quantity)
    b.add("lot_advance", (lot,), contract.advance)
    b.add("lot_penalty", (lot,), contract.penalty)
    share = _share_of_price(b, contract, good)
    for material, price in contract.price.items():
        b.add("lot_price", (lot, b.at["tender"][material]), price, factor=share)
    # What is signed late falls due in what is left of the time.
    first = max(contract.from_, contract.signed or contract.from_)
    days = max((contract.until - first).days, 1)
    for week in range(b.scenario.weeks):
        gone = 7 * (week + 1) - (first - b.scenario.start).days
        if gone > 0:
            b.add("lot_due", (week, lot), quantity, factor=min(gone / days, 1.0))
    if good in b.at["item"]:
        item = b.at["item"][good]
        tables["lot_item"].array[lot, item] = 1.0
        b.add("lot_load", (lot,), b.scenario.items[good].trains)
        given = contract.gives.get(good)
        if given is None:
            tables["lot_gives"].array[lot, item] = 1.0
        else:
            b.add("lot_gives", (lot, b.at["item"][given]), contract.usable)
    else:
        tables["lot_material"].array[lot, b.at["material"][good]] = 1.0
        tables["lot_load"].array[lot] = 1.0 / TRAINLOAD


def _share_of_price(b: Builder, contract: Contract, good: str) -> float:
    """The share of a contract's price that one unit of a good is worth, by the price list."""
    goods, prices = contract.goods, b.scenario.prices
    if len(goods) == 1:
        return 1.0 / goods[good].middle
    whole = sum(prices[name].middle * number.middle for name, number in goods.items())
    return prices[good].middle / whole


def _agreement(b: Builder, a: int, name: str) -> None:
    tables, agreement = b.tables, b.scenario.agreements[name]
    tables["offered"].array[a] = b.week(agreement.signed)
    tables["expires"].array[a] = b.week(agreement.until)
    for table, axis, names in (
        ("party", "power", agreement.parties),
        ("peace", "axis", agreement.peace),
        ("inspects", "axis", agreement.inspects),
        ("opens", "route", agreement.opens),
        ("closes", "route", agreement.closes),
    ):
        for each in names:
            tables[table].array[a, b.at[axis][each]] = 1.0
    for place, to in agreement.places.items():
        c = b.at["ceding"][name]
        tables["ceding"].array[c, a] = 1.0
        tables["cedes"].array[c, b.at["place"][place], b.at["power"][to]] = 1.0
    tables["breach_week"].array[a] = NEVER
    # A border kept at peace has its own hazard of war.
    usual = 0.0 if agreement.peace else _BREACH
    for party in agreement.parties:
        p = b.at["power"][party]
        for material, transfer in agreement.transfers.items():
            b.add("pays", (a, p, b.at["tender"][material]), transfer.get(party, 0.0))
        tables["concedes"].array[a, p] = float(_concedes(b, agreement, party))
        b.add("gain_kept", (a, p), agreement.value.get(party, _KEPT))
        b.add("gain_broken", (a, p), agreement.value_broken.get(party, 0.0))
        b.add("breach_rate", (a, p), agreement.breach.get(party, usual))
        tables["breach_week"].array[a, p] = b.week(agreement.broken.get(party))
    b.add("line", (a,), agreement.line)
    b.add("truce_weeks", (a,), agreement.truce)
    tables["defence"].array[a] = float(agreement.defence)
    tables["homeward"].array[a] = float(agreement.prisoners)
    for week in range(b.scenario.weeks):
        for season, share in b.seasons(week, agreement.peace):
            marks = (agreement.teams, agreement.pace, season.pace if season else 1.0)
            b.add("line_pace", (week, a), *marks, factor=share)
            b.add("line_pace", (week, a), *marks, agreement.disputed, factor=-share)
    tables["ceiling_men"].array[:, a] = NO_CEILING
    zones: dict[tuple[str, str], list[Ceiling]] = {}
    for row in agreement.ceiling:
        zones.setdefault((row.power, row.theatre), []).append(row)
    for zone, rows in zones.items():
        _ceilings(b, a, zone, sorted(rows, key=lambda row: row.from_))


def _concedes(b: Builder, agreement: Agreement, party: str) -> bool:
    """Whether a party gives men, ground or payment away."""
    pays = any(t[party].middle < 0.0 for t in agreement.transfers.values() if party in t)
    home = b.tables["place_power"].array[:, b.at["power"][party]]
    ground = any(home[b.at["place"][x]] and to != party for x, to in agreement.places.items())
    return pays or ground or any(row.power == party for row in agreement.ceiling)


def _ceilings(b: Builder, a: int, zone: tuple[str, str], rows: list[Ceiling]) -> None:
    """One zone's ceilings: each row falls from where the one before left it. A ceiling is a figure
    on paper: where men are a range it is the middle, the same in every member.
    """
    table = b.tables["ceiling_men"].array
    z = b.zones.index(zone)
    level = sum(f.men.middle for f in b.scenario.forces if (f.power, f.theatre) == zone)
    ends = [*(max(b.week(row.from_), 0) for row in rows[1:]), b.scenario.weeks]
    for row, end in zip(rows, ends, strict=True):
        first, last = b.week(row.from_), b.week(row.until)
        level = max(level, row.men.middle)  # nobody is made to come
        for week in range(max(first, 0), min(end, b.scenario.weeks)):
            gone = row.steps * (week - first) // (last - first) if week < last else row.steps
            table[week, a, z] = level + (row.men.middle - level) * gone / row.steps
        level = row.men.middle
