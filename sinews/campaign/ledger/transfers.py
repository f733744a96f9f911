"""Men who changed theatres, as far as a seat's record shows it."""

from __future__ import annotations

from dataclasses import dataclass

from sinews.campaign.ledger.readings import Readings
from sinews.scenario import Scenario
from sinews.scenario.rails import journeys

LEAST = 4000.0  # men; fewer are no transfer worth telling


@dataclass(frozen=True)
class Transfer:
    """Men who left one theatre and came to another over a power's own railway."""

    power: str
    source: str
    target: str
    men: float


def transfers(scenario: Scenario, power: str | None, known: Readings) -> list[Transfer]:
    """The transfers since the turn before, the largest first.

    Trains are not recorded, so this is read from the change of men by theatre: where some left and
    others came, and a railway of the power joins the two. Where there is war men go in other ways
    too, so such a theatre gives none.
    """
    out: list[Transfer] = []
    for each in [power] if power else scenario.powers:
        change = {t: known.change(f"force:{each}:{t}") or 0.0 for t in scenario.theatres}
        left = {t: -men for t, men in change.items() if men < 0.0 and not war_at(known, t)}
        come = {t: men for t, men in change.items() if men > 0.0}
        ways = journeys(scenario.links, scenario.powers, scenario.theatres)
        ways = [x for x in ways if x.power == each and x.from_ in left and x.to in come]
        for way in sorted(ways, key=lambda x: -min(left[x.from_], come[x.to])):
            men = min(left[way.from_], come[way.to])
            if men >= LEAST:
                out.append(Transfer(each, way.from_, way.to, men))
                left[way.from_] -= men
                come[way.to] -= men
    return sorted(out, key=lambda x: -x.men)


def war_at(known: Readings, theatre: str) -> bool:
    """Whether there is war in a theatre."""
    return (known.now(f"hostile:{theatre}") or 0.0) >= 0.5


def fought(scenario: Scenario, known: Readings) -> list[str]:
    """The axes on which there is war."""
    return [name for name, t in scenario.theatres.items() if t.axis and war_at(known, name)]
