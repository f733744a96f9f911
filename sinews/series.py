"""Every recorded series, declared once: what it is, whose it is, who may know it.

Titles, units, measures, records, the fog, the ledger's laws, forecasts and reports read this
table; `engine/record.py` has the formulas under the same names. To add a series, add a row here
and a formula there. This file imports nothing heavy: pages and the scenario language read it.
"""

from dataclasses import dataclass
from typing import Any, Literal

FRONTS, MEN, STOCKS, DEALS = "Fronts", "Men", "Stocks", "Contracts and treaties"
"""Headings under which staffs forecast and pages draw."""

HALF = 0.5
"""From which on what either is or is not counts as being so: of a place, the part that is held."""


@dataclass(frozen=True)
class Series:
    """One recorded quantity; `axes` stand after member and week."""

    axes: tuple[str, ...]
    unit: str
    title: str
    """In tables and prose, after whose it is."""
    meaning: str
    seen: Literal["own", "open", "party", ""]
    """Who may know it: the power of its first label, all, who signed, nobody."""
    counts: Literal["", "sum", "most"] = ""
    """Since the start: the sum of its weeks, or their largest. "": it stands at a date."""
    better: Literal[1, 0, -1] = 1
    """Whether its power would rather have more of it (1) or less (-1); 0: neither."""
    law: str = ""
    """The conservation law in which it stands; for a page that shows how it balances."""
    sums: tuple[str, ...] = ()
    """The series that it is the sum of, exactly."""
    either: bool = False
    """It is 1 or 0 in every member, so that a median says little."""
    forecast: str = ""
    """The heading under which staffs forecast it, if they do."""
    headline: bool = False
    """A run is reported by it; what is of items, by its armour alone."""

    def counted(self, values: Any) -> Any:
        """Its values as odds count them: of what either is or is not 1 from half on, else 0."""
        return (values >= HALF) * 1.0 if self.either else values


_P, _PI, _PM, _PA = ("power",), ("power", "item"), ("power", "material"), ("power", "axis")

SERIES: dict[str, Series] = {
    # men
    "irrecoverable": Series(
        _P, "men", "killed, missing and captured", "killed, missing and captured since the start",
        "own", "sum", -1, "men", ("killed", "captured_men"), forecast=MEN, headline=True,
    ),
    "sick_wounded": Series(
        _P, "men", "sick and wounded", "wounded and sick since the start",
        "own", "sum", -1, headline=True,
    ),
    "casualties": Series(
        _P, "men", "casualties", "killed, wounded, missing and captured since the start",
        "own", "sum", -1, forecast=MEN, headline=True,
    ),
    "killed": Series(
        _P, "men", "killed and missing", "killed and missing since the start",
        "own", "sum", -1, "men",
    ),
    "captured_men": Series(
        _P, "men", "captured", "taken prisoner since the start", "own", "sum", -1, "men",
    ),
    "largest_haul": Series(
        _P, "men", "most captured in a week", "most of its men captured in one week",
        "own", "most", -1,
    ),
    "field_strength": Series(
        _P, "men", "men at the fronts", "men in theatres with a front",
        "own", law="men", forecast=MEN, headline=True,
    ),
    "force": Series(
        ("power", "theatre"), "men", "men", "men in units", "own", law="men", forecast=MEN,
    ),
    "quality": Series(_P, "1", "quality", "mean quality of men in theatres with a front", "own"),
    "strength": Series(
        _PA, "men", "strength", "fighting strength, in men of quality 1", "own",
    ),
    "days": Series(_PA, "days", "days", "days of supply", "own"),
    "fire": Series(
        _PA, "1", "fire sustained", "share of a week's full fire that munitions at the front allow",
        "own",
    ),
    "drive": Series(
        _PA, "1", "effort sustained", "share of a week's full effort that fuel at the front allows",
        "own",
    ),
    "front": Series(("axis",), "km", "front", "where the front stands", "open", forecast=FRONTS),
    "formed": Series(
        _P, "men", "formed", "men formed into units since the start", "own", "sum", law="men",
    ),
    "ready": Series(_P, "men", "ready", "trained men awaiting a unit", "own", law="men"),
    "untrained": Series(_P, "men", "untrained", "men of age not called up", "own", law="men"),
    "occupied": Series(
        _P, "people", "people behind the enemy's front", "people behind the enemy's front",
        "own", better=-1,
    ),
    # equipment
    "lost": Series(
        _PI, "items", "lost", "destroyed, abandoned or captured since the start",
        "own", "sum", -1, "equipment", forecast=STOCKS, headline=True,
    ),
    "equipment": Series(
        _PI, "items", "owned", "all it owns",
        "own", law="equipment", forecast=STOCKS, headline=True,
    ),
    "made": Series(
        _PI, "items", "made", "made since the start",
        "own", "sum", law="equipment", forecast=STOCKS, headline=True,
    ),
    "received": Series(
        _PI, "items", "received", "come from outside since the start",
        "own", "sum", law="equipment",
    ),
    "bought": Series(
        _PI, "items", "bought", "bought abroad since the start", "own", "sum", law="equipment",
    ),
    "sold": Series(
        _PI, "items", "sold", "sold abroad since the start", "own", "sum", law="equipment",
    ),
    # the economy
    "produced": Series(
        _PM, "t", "produced", "materials made since the start", "own", "sum", law="materials",
    ),
    "capacity": Series(
        ("power", "sector"), "units/week", "capacity", "plant in working order", "own",
    ),
    "materials": Series(_PM, "t", "materials", "stocks", "own", law="materials"),
    "lasting": Series(
        _PM, "weeks", "time it lasts", "weeks that stocks, dumps included, last at the week's use; "
        "520 at most", "own",
    ),
    "gold": Series(
        _P, "t", "gold", "monetary gold", "own", law="materials", forecast=STOCKS, headline=True,
    ),
    # what is believed
    "strength_seen": Series(
        _PA, "men", "enemy's strength as believed", "the enemy's fighting strength as believed",
        "own", forecast=FRONTS,
    ),
    "trust": Series(("power", "other"), "1", "trust", "trust in another's word", "own"),
    # the ground
    "hostile": Series(("axis",), "1", "at war", "at war there", "open", better=-1, either=True),
    "war": Series(("power", "other"), "1", "at war with", "at war with another", "open", better=-1),
    "collapsed": Series(
        _P, "1", "broken down", "has broken, and fights no more", "open", better=-1,
    ),
    "strain": Series(
        ("power", "condition"), "1", "strain",
        "how much a condition raises the hazard that it breaks, log; of the broken, as it was then",
        "own", better=-1,
    ),
    "answer": Series(
        ("power", "other"), "1", "answer to a call against",
        "called this week to an ally's war with another, it came (1) or stayed away (-1)",
        "open", better=0,
    ),
    "ceded": Series(
        ("place",), "1", "handed over", "handed by terms to another than its first home power",
        "open", better=0, either=True,
    ),
    "held": Series(
        ("place",), "1", "in its own hands", "share of a place in its home power's hands",
        "open", either=True,
    ),
    # agreements
    "in_force": Series(("agreement",), "1", "in force", "in force", "party", either=True),
    "broken": Series(
        ("agreement",), "1", "broken", "ended by a breach", "party", better=-1, either=True,
    ),
    "demarcated": Series(
        ("agreement",), "km", "demarcated", "border marked", "party", "sum", forecast=DEALS,
    ),
    # contracts
    "delivered": Series(
        ("lot",), "goods", "delivered", "handed over and paid for",
        "party", "sum", law="contracts", forecast=DEALS,
    ),
    "late": Series(
        ("lot",), "goods", "late", "due and not handed over", "party", better=-1, law="contracts",
    ),
    "paid": Series(
        ("lot",), "t", "paid", "gold paid for it, less what came back",
        "party", "sum", law="materials",
    ),
    "paid_in_kind": Series(
        ("lot",), "t", "paid in kind", "other materials paid for it, less what came back",
        "party", "sum", law="materials",
    ),
    "lapsed": Series(
        ("lot",), "1", "given up", "given up before it was fulfilled", "party",
        better=-1, either=True,
    ),
    "void": Series(
        ("lot",), "1", "ended by war", "given up because of war", "party", better=-1, either=True,
    ),
    "defaulted": Series(
        ("lot",), "1", "ended by default", "given up because goods lay unpaid", "party",
        better=-1, either=True,
    ),
    # the books themselves
    "imbalance": Series(
        ("law",), "1", "imbalance", "worst breach of each law in any week so far", "", better=-1,
    ),
}  # fmt: skip

KNOWN = tuple(name for name, s in SERIES.items() if s.seen)
"""What somebody may know: every series but the model's own books."""
