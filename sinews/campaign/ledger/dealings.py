"""The books of what a power has agreed with others: contracts, gold, treaties."""

from __future__ import annotations

from collections.abc import Mapping

from sinews.campaign.ledger.filling import CellOf, Reader, column, filled_table
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.tables import Cell, Column, LedgerRow, Section, total
from sinews.campaign.ledger.zones import Zone, state_of, zones
from sinews.scenario import Scenario
from sinews.scenario.treaties import Agreement


def contract_sections(look: Reader) -> list[Section]:
    out: list[Section] = []
    sides = (("sales", "What it sells", "seller"), ("purchases", "What it buys", "buyer"))
    for key, title, side in sides:
        rows = [
            _lot(look, name, good, side)
            for name, contract in look.scenario.contracts.items()
            for good in contract.goods
            if getattr(contract, side) == look.power
        ]
        in_kind = [column("in-kind", "In kind", "t")] if _barters(look.scenario) else []
        columns = (
            Column("other", "Buyer" if side == "seller" else "Seller", words=True),
            Column("state", "State", words=True),
            column("delivered", "Delivered", "items or t"),
            column("turn", "This turn", "items or t"),
            column("of", "Of", "items or t"),
            column("late", "Late", "items or t"),
            column("paid", "Paid", "t of gold"),
            *in_kind,
            Column("due", "All due", words=True),
        )
        out.append(Section(key, title, columns, tuple(rows), None, "delivered, week by week"))
    return out


def _barters(scenario: Scenario) -> bool:
    """Whether a contract is paid in something else than gold."""
    return any(contract.price.keys() - {"gold"} for contract in scenario.contracts.values())


def _lot(look: Reader, name: str, good: str, side: str) -> LedgerRow:
    contract, known = look.scenario.contracts[name], look.known
    lot = f"{name} {good}"
    other = contract.buyer if side == "seller" else contract.seller
    unit = "items" if good in look.scenario.items else "t"

    def cell(series: str, how: str = "now", unit: str = unit) -> Cell | None:
        column = f"{series}:{lot}"
        value = known.now(column) if how == "now" else known.change(column)
        measure = known.stood(column) if how == "now" else known.changed(column)
        return None if value is None else Cell(value, unit, measure)

    lapsed = known.now(f"lapsed:{lot}") or 0.0
    signed = contract.signed is not None and contract.signed <= known.day
    state = "lapsed" if lapsed >= 0.5 else "signed" if signed else "draft"
    return LedgerRow(
        lot,
        look.title(lot),
        (
            look.title(other),
            state,
            cell("delivered"),
            cell("delivered", "change"),
            Cell(contract.goods[good].middle, unit),
            cell("late"),
            cell("paid", unit="t"),
            *([cell("paid_in_kind", unit="t")] if _barters(look.scenario) else []),
            contract.until,
        ),
        tuple(known.weekly(f"delivered:{lot}")),
    )


def finance(look: Reader) -> list[Section]:
    known, power = look.known, look.power
    gold = f"gold:{power}"
    rows: list[LedgerRow] = []
    if any(known.weekly(gold)):
        cells = (
            Cell(known.now(gold) or 0.0, "t", known.stood(gold)),
            Cell(known.change(gold) or 0.0, "t", known.changed(gold)),
            Cell(look.scenario.powers[power].gold_floor.middle, "t"),
        )
        rows.append(LedgerRow("gold", "Monetary gold", cells, tuple(known.weekly(gold))))
    purse = Section(
        "gold", "Gold",
        (
            column("now", "In hand", "t"),
            column("change", "Change", "t", True),
            column("floor", "Not to be spent", "t"),
        ),
        tuple(rows), None, "in hand, week by week",
    )  # fmt: skip
    out = [purse]
    sides = (("paid-in", "Paid to it", "seller"), ("paid-out", "Paid by it", "buyer"))
    for key, title, side in sides:
        paid = [
            (f"{name} {good}", contract)
            for name, contract in look.scenario.contracts.items()
            for good in contract.goods
            if getattr(contract, side) == power and any(known.weekly(f"paid:{name} {good}"))
        ]
        columns = (
            Column("other", "By" if side == "seller" else "To", words=True),
            column("turn", "This turn", "t"),
            column("since", "Since the start", "t"),
        )
        lines = tuple(
            LedgerRow(
                lot,
                look.title(lot),
                (
                    look.title(contract.buyer if side == "seller" else contract.seller),
                    Cell(known.change(f"paid:{lot}") or 0.0, "t", known.changed(f"paid:{lot}")),
                    Cell(known.now(f"paid:{lot}") or 0.0, "t", known.stood(f"paid:{lot}")),
                ),
                tuple(known.steps(f"paid:{lot}")),
            )
            for lot, contract in paid
        )
        out.append(Section(key, title, columns, lines, total(columns, lines), "gold in each week"))
    return out


def standing_zones(scenario: Scenario, known: Readings) -> list[Zone]:
    """Every ceiling whose agreement is known to the seat."""
    states = {
        name: state_of(scenario, name, known)
        for name in scenario.agreements
        if known.knows(f"in_force:{name}")
    }
    return [zone for zone in zones(scenario, known.day, states) if zone.agreement in states]


def treaties(look: Reader) -> list[Section]:
    known, power = look.known, look.power
    own = {
        name: a
        for name, a in look.scenario.agreements.items()
        if power in a.parties and known.knows(f"in_force:{name}")
    }
    trust = filled_table(
        look, "trust", "Trust in their word", [o for o in look.has("trust") if o != power],
        [
            CellOf(column("now", "Now", "1"), "trust"),
            CellOf(column("change", "Change", "1", True), "trust", "change"),
        ],
        lambda name: known.weekly(f"trust:{power}:{name}"), "week by week",
        note="How likely it thinks another to keep a promise, from 0 to 1.",
    )  # fmt: skip
    return [_agreements(look, own), _ceilings(look, own), trust]


def _agreements(look: Reader, own: Mapping[str, Agreement]) -> Section:
    scenario, known, power = look.scenario, look.known, look.power
    rows: list[LedgerRow] = []
    for name, agreement in own.items():
        marked = f"demarcated:{name}"
        state = state_of(scenario, name, known)
        rows.append(
            LedgerRow(
                name,
                look.title(name),
                (
                    ", ".join(look.title(p) for p in agreement.parties if p != power),
                    state,
                    agreement.signed,
                    Cell(known.now(marked) or 0.0, "km", known.stood(marked)),
                    Cell(agreement.line.middle, "km"),
                ),
                tuple(known.weekly(f"in_force:{name}")),
            )
        )
    columns = (
        Column("with", "With", words=True),
        Column("state", "State", words=True),
        Column("signed", "Signed", words=True),
        column("marked", "Border marked", "km"),
        column("line", "Of", "km"),
    )
    return Section("agreements", "Agreements", columns, tuple(rows), None, "in force")


def _ceilings(look: Reader, own: Mapping[str, Agreement]) -> Section:
    known, ceilings = look.known, list[LedgerRow]()
    for zone in standing_zones(look.scenario, known):
        if zone.agreement in own:
            force = f"force:{zone.power}:{zone.theatre}"
            men = known.now(force)
            ceilings.append(
                LedgerRow(
                    f"{zone.agreement} {zone.power}>{zone.theatre}",
                    f"{look.title(zone.theatre)}, {look.title(zone.power)}",
                    (
                        f"{look.title(zone.agreement)}, {zone.state}",
                        None if men is None else Cell(men, "men", known.stood(force)),
                        None if zone.allowed is None else Cell(zone.allowed, "men"),
                        Cell(zone.least, "men"),
                        zone.full,
                    ),
                    tuple(known.weekly(force)),
                )
            )
    zone_columns = (
        Column("by", "By", words=True),
        column("men", "Men now", "men"),
        column("allowed", "Allowed today", "men"),
        column("least", "In the end", "men"),
        Column("full", "In full from", words=True),
    )
    return Section("ceilings", "Ceilings on men", zone_columns, tuple(ceilings), None, "men")
