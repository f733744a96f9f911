"""The ledger of a seat: stocks, production, losses, contracts, finance, manpower, treaties.

Plain data, and a pure function of what the seat knows and of the scenario with what is decided.
Every number bears the measure by which its own page is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sinews.analysis.titles import thing_title
from sinews.campaign.ledger import dealings
from sinews.campaign.ledger.filling import CellOf, Reader, column, filled_table
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.tables import Cell, Column, LedgerRow, Section
from sinews.scenario import Scenario
from sinews.series import SERIES


def ledger(scenario: Scenario, power: str | None, known: Readings, book: str) -> list[Section]:
    """The tables of a book: of a power's own, or of every power's in turn."""
    out: list[Section] = []
    for each in [power] if power else scenario.powers:
        found = BOOKS[book].make(Reader(scenario, each, known))
        if power is None:
            whose = thing_title(scenario, each)
            found = [
                replace(s, key=f"{each}.{s.key}", title=f"{whose}: {_low(s.title)}") for s in found
            ]
        out += [section for section in found if section.rows]
    return out


def _low(title: str) -> str:
    return title[0].lower() + title[1:]


# The books.


def _stocks(look: Reader) -> list[Section]:
    known, power = look.known, look.power
    equipment = [
        CellOf(column("owned", "Owned", "items"), "equipment"),
        CellOf(column("change", "Change", "items", True), "equipment", "change"),
        CellOf(column("made", "Made", "items"), "made", "change"),
        CellOf(column("received", "From outside", "items"), "received", "change"),
        CellOf(column("bought", "Bought", "items"), "bought", "change"),
        CellOf(column("lost", "Lost", "items"), "lost", "change"),
        CellOf(column("sold", "Sold", "items"), "sold", "change"),
    ]
    materials = [
        CellOf(column("stock", "In stock", "t"), "materials"),
        CellOf(column("change", "Change", "t", True), "materials", "change"),
        CellOf(column("made", "Made", "t"), "produced", "change"),
    ]
    return [
        filled_table(
            look, "equipment", "Equipment", look.has("equipment"), equipment,
            lambda name: known.weekly(f"equipment:{power}:{name}"), "owned, week by week",
            note="All but the first column count since the turn before.",
        ),
        filled_table(
            look, "materials", "Materials", look.has("materials"), materials,
            lambda name: known.weekly(f"materials:{power}:{name}"), "in stock, week by week",
            note="What is made less the change was used, traded or set aside for contracts.",
        ),
    ]  # fmt: skip


def _production(look: Reader) -> list[Section]:
    known, power = look.known, look.power

    def flows(series: str, unit: str) -> list[CellOf]:
        return [
            CellOf(column("turn", "This turn", unit), series, "change"),
            CellOf(column("since", "Since the start", unit), series),
        ]

    outside = [name for name in look.has("received") if name not in look.has("made")]
    return [
        filled_table(
            look, "made", "Equipment made", look.has("made"), flows("made", "items"),
            lambda name: known.steps(f"made:{power}:{name}"), "made in each week",
        ),
        filled_table(
            look, "received", "Equipment from outside", outside, flows("received", "items"),
            lambda name: known.steps(f"received:{power}:{name}"), "come in each week",
        ),
        filled_table(
            look, "produced", "Materials made", look.has("produced"), flows("produced", "t"),
            lambda name: known.steps(f"produced:{power}:{name}"), "made in each week",
        ),
        filled_table(
            look, "capacity", "Plant in working order", look.has("capacity"),
            [
                CellOf(column("now", "Capacity", "units/week"), "capacity"),
                CellOf(column("change", "Change", "units/week", True), "capacity", "change"),
            ],
            lambda name: known.weekly(f"capacity:{power}:{name}"), "capacity, week by week",
            note="A unit is a tonne of the material that a sector makes, or an hour of labour "
            "where it makes equipment.",
        ),
    ]  # fmt: skip


_MEN_LOST = ("killed", "captured_men", "irrecoverable", "sick_wounded", "casualties")


def _losses(look: Reader) -> list[Section]:
    known, power = look.known, look.power
    rows = [
        LedgerRow(
            series,
            SERIES[series].title[0].upper() + SERIES[series].title[1:],
            (
                Cell(known.change(name) or 0.0, "men", known.changed(name)),
                Cell(known.now(name) or 0.0, "men", known.stood(name)),
            ),
            tuple(known.steps(name)),
        )
        for series in _MEN_LOST
        if any(known.weekly(name := f"{series}:{power}"))
    ]
    columns = (column("turn", "This turn", "men"), column("since", "Since the start", "men"))
    men = Section(
        "men", "Men", columns, tuple(rows), None, "in each week",
        "Killed, missing and captured are lost for good; casualties count the wounded too.",
    )  # fmt: skip
    takes = [
        CellOf(column("turn", "This turn", "items"), "lost", "change"),
        CellOf(column("since", "Since the start", "items"), "lost"),
        CellOf(column("owned", "Owned now", "items"), "equipment"),
    ]
    kit = filled_table(
        look, "equipment", "Equipment", look.has("lost"), takes,
        lambda name: known.steps(f"lost:{power}:{name}"), "lost in each week",
    )  # fmt: skip
    return [men, kit]


def _manpower(look: Reader) -> list[Section]:
    known, power = look.known, look.power
    takes = [
        CellOf(column("now", "Men", "men"), "force"),
        CellOf(column("change", "Change", "men", True), "force", "change"),
        CellOf(column("days", "Supply", "days"), "days"),
        CellOf(column("strength", "Strength", "men of quality 1"), "strength"),
    ]
    units = filled_table(
        look, "force", "Men in units", look.has("force"), takes,
        lambda name: known.weekly(f"force:{power}:{name}"), "men, week by week",
        summed=True, note="Strength counts equipment and quality in men of quality 1.",
    )  # fmt: skip
    if units.total:
        # Days of supply of several theatres do not add up to anything.
        now, change, _, strength = units.total.cells
        whole = LedgerRow("total", "Together", (now, change, None, strength), units.total.trend)
        units = replace(units, total=whole)
    rows: list[LedgerRow] = []
    for series in ("field_strength", "ready", "untrained", "formed", "occupied", "quality"):
        name = f"{series}:{power}"
        if any(known.weekly(name)):
            unit = known.unit(name)
            cells = (
                Cell(known.now(name) or 0.0, unit, known.stood(name)),
                Cell(known.change(name) or 0.0, unit, known.changed(name)),
                unit if unit != "1" else "",
            )
            meaning = known.record.meanings[series]
            title = meaning[0].upper() + meaning[1:]
            rows.append(LedgerRow(series, title, cells, tuple(known.weekly(name))))
    columns = (
        column("now", "Now", ""),
        column("change", "Change", "", True),
        Column("unit", "Unit", words=True),
    )
    return [units, Section("count", "Men behind them", columns, tuple(rows), None, "week by week")]


@dataclass(frozen=True)
class Ledger:
    """A book of the ledger."""

    title: str
    about: str
    make: Callable[[Reader], list[Section]] = field(repr=False)


BOOKS: dict[str, Ledger] = {
    "stocks": Ledger("Stocks", "what it owns", _stocks),
    "production": Ledger("Production", "what it makes", _production),
    "losses": Ledger("Losses", "what the war has cost it", _losses),
    "contracts": Ledger("Contracts", "what it sells and buys", dealings.contract_sections),
    "finance": Ledger("Finance", "its gold", dealings.finance),
    "manpower": Ledger("Manpower", "where its men are", _manpower),
    "treaties": Ledger("Treaties", "what it has signed, and whom it trusts", dealings.treaties),
}
