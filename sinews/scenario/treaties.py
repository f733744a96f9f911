"""What a scenario says of sales and treaties: routes, contracts, agreements.

All that any option may sign is declared without options, unsigned: an option changes values only,
so that one compiled week serves them all.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sinews.scenario.number import Number
from sinews.scenario.tables import (
    Amount,
    Km,
    MenAllowed,
    Payment,
    Quantity,
    Share,
    Table,
    Tender,
    Traffic,
    Voyage,
    Weeks,
    Weight,
    by_name,
    rows,
    say,
)


class Route(Table):
    """A way along which goods sold abroad travel."""

    title: str = say("name on pages; the key if left out", "")
    capacity: Traffic = say("trains that it carries; 0 = none can go")
    weeks: Voyage = say("time under way")
    loss: Share = say("share lost on the way", 0.0)
    from_: date | None = say("first day on which it can be used", None, alias="from")
    until: date | None = say("first day on which it no longer can", None)
    open: bool = say("false: closed until an agreement in force opens it", True)


class Contract(Table):
    """A sale of goods for gold or other materials; a draft until an option signs it."""

    title: str = say("name on pages; the key if left out", "")
    seller: str = say("power that delivers")
    buyer: str = say("power that pays")
    goods: dict[str, Quantity] = by_name("item or material: how much")
    price: Tender = say("for all of it, t of gold; or material: how much")
    advance: Share = say("share of the price paid at signature; the rest is paid on delivery", 0.0)
    penalty: Share = say("of the price of what is late, owed by the seller each week", 0.0)
    route: str = say("how the goods travel")
    from_: date = say("day from which deliveries fall due, evenly until the last", alias="from")
    until: date = say("day by which all is due")
    call_off: bool = say(
        "whether the buyer calls off what it lacks and can pay, up to what would be due; none "
        "of it is ever late",
        False,
    )
    stock: bool = say("whether it is taken from the depot and not made to order", False)
    signed: date | None = say('day of signature, or "decided" in an option; none: a draft', None)
    needs: list[str] = rows("agreements without which it rests")
    priority: int = say("contracts of a lower number are served first", 0)
    gives: dict[str, str] = by_name("item sold: item that the buyer has of it")
    usable: Share = say("of one such item, how many the buyer has", 1.0)
    negotiable: dict[str, Any] = by_name(
        "what is left open, in the shape of this table: bounds { low = ..., high = ... } in place "
        "of a number or a day, {} for the usual ones"
    )


class Ceiling(Table):
    """The most men that a party may have in a theatre: it falls in steps and then stays."""

    power: str = say("whose men")
    theatre: str = say("where")
    men: MenAllowed = say("most men allowed in the end")
    from_: date = say(
        "first day of the ceiling: at the men whom the power has there at the start, or that its "
        "earlier row allows",
        alias="from",
    )
    until: date = say("day from which it is down in full")
    steps: int = say("equal steps down, evenly spaced, the last on that day", 1, ge=1)


class Settlement(Table):
    """What the parties to an agreement pay one another of a material, at signature."""

    rest: ClassVar[str] = "parties"
    parties: dict[str, Payment] = by_name("party: received, or paid if negative; adds up to 0")


class Agreement(Table):
    """A treaty between powers; a draft until an option signs it."""

    title: str = say("name on pages; the key if left out", "")
    parties: list[str] = rows("powers that sign, two or more")
    signed: date | None = say(
        'day from which it may be signed, or "decided" in an option; none: a draft', None
    )
    until: date | None = say("first day on which it is no longer in force", None)
    peace: list[str] = rows("axes on which its parties may not attack")
    ceiling: list[Ceiling] = rows("most men that parties may have in theatres")
    defence: bool = say("whether its parties are called to war when one is attacked", False)
    truce: Weeks = say(
        "armistice: it ends war among its parties, none of whom may attack so long", 0.0
    )
    prisoners: bool = say("whether prisoners of its parties go home at signature", False)
    places: dict[str, str] = by_name(
        "place: party that has it once this is in force; the front withdraws behind it"
    )
    inspects: list[str] = rows("axes where inspectors sharpen reports")
    opens: list[str] = rows("routes that it opens")
    closes: list[str] = rows("routes that it closes")
    line: Km = say("border to be marked on the ground", 0.0)
    teams: Amount = say("teams that mark it", 0.0)
    pace: Km = say("border that a team marks in a week on dry ground", 0.0)
    disputed: Share = say("share of their time lost to disputes", 0.0)
    gold: dict[str, Payment] = by_name(
        "party: gold received at signature, or paid if negative; adds up to 0"
    )
    transfer: dict[str, Settlement] = by_name("material: what parties pay of it at signature")
    value: dict[str, Weight] = by_name(
        "party: what it is worth to that party if kept; 1 if left out"
    )
    value_broken: dict[str, Weight] = by_name(
        "party: what it is worth to that party if another breaks it; 0 if left out"
    )
    breach: dict[str, Share] = by_name(
        "party: chance a week that it breaks its word, beside the hazard of war on borders that it "
        "keeps at peace; if left out 0.002, or 0 where there are such"
    )
    broken: dict[str, date] = by_name("party: day on which it breaks its word")
    negotiable: dict[str, Any] = by_name(
        "what is left open, in the shape of this table: bounds { low = ..., high = ... } in place "
        "of a number or a day, {} for the usual ones"
    )

    @property
    def transfers(self) -> dict[str, dict[str, Number]]:
        """By material, gold among them, what each party receives or, if negative, pays."""
        gold = {"gold": self.gold} if self.gold else {}
        return gold | {material: each.parties for material, each in self.transfer.items()}
