"""What the map, the theatre sheets, the ledger and the numbers are made of: a seat's knowledge on
the day of a turn, and the scenario with what it knows to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sinews.campaign.ledger.dealings import standing_zones
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.zones import Zone
from sinews.campaign.truth import known_to
from sinews.scenario import Scenario
from sinews.web.context import Context


@dataclass
class TurnView:
    """A turn as a seat sees it."""

    at: Context
    scenario: Scenario
    known: Readings

    @property
    def power(self) -> str | None:
        """Whose eyes these are; nobody's, and all is seen, where nobody plays."""
        return self.at.game.power

    @property
    def day(self) -> date:
        """The day of the turn."""
        return self.at.game.turns[self.at.at - 1].on

    @cached_property
    def zones(self) -> list[Zone]:
        """Ceilings on men."""
        return standing_zones(self.scenario, self.known)

    def turns(self) -> Sequence[tuple[int, date]]:
        """Every turn and its day."""
        return [(turn.number, turn.on) for turn in self.at.game.turns]


def turn_view(at: Context) -> TurnView | None:
    """What is known at the turn that is looked at; None if its record is not kept yet."""
    game = at.game
    record = game.records(at.at)
    if record is None:
        return None
    turns = game.turns
    on = turns[at.at - 1].on
    before = turns[at.at - 2].on if at.at > 1 else None
    scenario = game.scenario
    if game.power is not None:
        scenario = known_to(scenario, game.power, turns[: at.at], on)
    return TurnView(at, scenario, Readings.at(record, scenario.start, on, before))
