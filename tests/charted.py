"""Records without an engine: numbers of any scenario that walk at random."""

from collections.abc import Iterator

import numpy as np

from sinews.campaign import fog
from sinews.campaign.ledger.dealings import standing_zones
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.record import Record
from sinews.scenario import Scenario
from sinews.web.map.drawing import draw_map
from sinews.web.map.shapes import MapPicture

WEEKS = 12


def made_up(scenario: Scenario, seed: int = 1, weeks: int = WEEKS) -> Record:
    """A record of every series that a map shows, the same for a seed."""
    luck = np.random.default_rng(seed)
    columns = dict(_columns(scenario, luck, weeks))
    names = tuple(columns)
    units = {name.partition(":")[0]: "men" for name in names} | {"front": "km", "days": "days"}
    values = np.stack([columns[name] for name in names], axis=1)
    return Record(0, names, values, units, dict.fromkeys(units, "made up"))


def _columns(scenario: Scenario, luck: np.random.Generator, weeks: int) -> Iterator[tuple]:
    def walk(start: float, step: float, low: float, high: float) -> np.ndarray:
        path = start + luck.normal(0.0, step, weeks + 1).cumsum()
        return np.clip(path, low, high)

    for axis, theatre in scenario.theatres.items():
        for power in scenario.powers:
            yield f"force:{power}:{axis}", walk(luck.uniform(0, 2e6), 3e4, 0.0, 3e6)
        for place in theatre.place:
            yield f"held:{place.name}", walk(0.8, 0.2, 0.0, 1.0)
        if not theatre.axis:
            continue
        kms = [place.km.middle for place in theatre.place if place.km is not None]
        low, high = min(kms), max(kms)
        yield f"front:{axis}", walk(luck.uniform(low, high), (high - low) / 40, low, high)
        yield f"hostile:{axis}", np.full(weeks + 1, float(luck.random() < 0.6))
        for power in scenario.powers:
            yield f"days:{power}:{axis}", walk(12.0, 2.0, 0.0, 30.0)
            yield f"strength_seen:{power}:{axis}", walk(6e5, 5e4, 0.0, 3e6)
    for power in scenario.powers:
        for other in scenario.powers:
            yield f"trust:{power}:{other}", walk(0.5, 0.05, 0.0, 1.0)
    for agreement in scenario.agreements:
        yield f"in_force:{agreement}", np.full(weeks + 1, float(luck.random() < 0.5))


def known(scenario: Scenario, power: str | None, seed: int = 1, other: float = 1.0) -> Readings:
    """What a power knows in the last week, the turn before two weeks earlier; what it does not
    know is multiplied."""
    record = made_up(scenario, seed)
    hidden = [i for i, name in enumerate(record.names) if not fog.knows(name, scenario, power)]
    record.values[:, hidden] *= other
    seen = record.only(fog.visible(record.names, scenario, power))
    return Readings(seen, scenario.start, WEEKS, WEEKS - 2)


def picture(
    scenario: Scenario,
    power: str | None,
    view: str = "all",
    layer: str = "forces",
    seed: int = 1,
    other: float = 1.0,
) -> MapPicture:
    """A map of made-up numbers."""
    readings = known(scenario, power, seed, other)
    zones = standing_zones(scenario, readings)
    return draw_map(scenario, power, readings, zones, view, layer)
