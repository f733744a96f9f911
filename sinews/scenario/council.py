"""What a scenario says of a council: leaders, ministers and what there is to decide."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sinews.scenario.tables import (
    Aim,
    Amount,
    Factor,
    Level,
    MenAtHand,
    Share,
    Standard,
    Table,
    WarningTime,
    Weight,
    by_name,
    rows,
    say,
)


class Leader(Table):
    """Who leads a power."""

    name: str = say("name", "")
    patience: Factor = say(
        "factor on the time taken to begin a war, and on the share of a bargain's gain that is got",
        1.0,
    )
    risk: Weight = say(
        "standard deviations of the doubt of what is believed that count in the leader's favour",
        0.0,
    )
    face: Amount = say(
        "what giving men, ground or payment away costs: value taken off an agreement's", 0.0
    )
    ruthless: Share = say(
        "how little the leader's own word, trust and trade hold him; and he lets nobody withdraw",
        0.0,
    )


class Minister(Table):
    """An office of the council, and who holds it."""

    title: str = say("the office; the key if left out", "")
    name: str = say("who holds it", "")
    power: str = say("whose minister")
    portfolio: dict[str, Aim] = by_name(
        'measure without a date, as in "gold:china": what one spread (sd) more of it counts'
    )
    bias: dict[str, Aim] = by_name("option: points added to it")
    accuracy: Standard = say("sd of the error in judging an option, in points", 0.2)
    standing: Standard = say("weight in votes", 1.0)


class Trigger(Table):
    """What must be known for an item to come up."""

    measure: str = say('measure without a date, as in "front:moscow"')
    above: Level | None = say("comes up when it is higher than this", None)
    below: Level | None = say("comes up when it is lower than this", None)

    def crossed(self, value: float) -> bool:
        """Whether a value of the measure is beyond a bound."""
        above = self.above is not None and value > self.above.middle
        return above or (self.below is not None and value < self.below.middle)


class Given(Table):
    """What an estimate takes to have come about."""

    measure: str = say('measure, as in "held:Kiev@1941-09-28"; without a date: at the horizon')
    above: Level | None = say("if it is higher than this", None)
    below: Level | None = say("if it is lower than this", None)


class Ask(Table):
    """A question to the staff."""

    what: Literal["replace", "when", "plan", "worth", "border", "odds", "estimate"] = say(
        "what is asked"
    )
    power: str | None = say("whose losses", None)
    item: str | None = say("of which", None)
    contracts: list[str] = rows("contracts to be served together")
    agreement: str | None = say("whose worth", None)
    buyer: str | None = say("to whom", None)
    delays: list[int] = rows("weeks by which it may come later")
    theatres: list[str] = rows("where garrisons are to be cut")
    warning: WarningTime | None = say(
        "time in which a gathering enemy is seen; the campaigns' own if left out", None
    )
    reserve: MenAtHand | None = say(
        "most men behind who can be brought back; all if left out", None
    )
    measure: str | None = say("of what", None)
    above: Level | None = say("whether it is higher than this", None)
    below: Level | None = say("whether it is lower than this", None)
    given: Given | None = say("what is taken to have come about", None)


class AgendaItem(Table):
    """A matter for the council to decide."""

    name: str = say("short name")
    title: str = say("name on pages; the short name if left out", "")
    question: str = say("what is asked of the council", "")
    minister: str = say("who reports; the council of that minister's power decides")
    report: str = say("what the minister says", "")
    options: list[str] = rows("two to four options; others are measured against the first")
    measures: list[str] = rows("what the options are compared by; without a date: at the horizon")
    estimates: list[str] = rows("measures that the staff estimates")
    horizon: int = say("weeks after the council", 26, ge=1)
    rule: Literal["leader", "vote", "two-thirds"] = say("who decides", "leader")
    from_: date | None = say(
        "first day it may come up; the council's if left out", None, alias="from"
    )
    until: date | None = say("first day it no longer may", None)
    trigger: Trigger | None = say("what must be known; nothing if left out", None)
    ask: list[Ask] = rows("questions to the staff")
    follow_up: str = say("minister who reports on what comes of it", "")
