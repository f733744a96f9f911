"""What a staff expects of the weeks to come: bands and sample paths, beside what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sinews.campaign import fog
from sinews.campaign.engine import SERVE
from sinews.campaign.log import Turn
from sinews.campaign.record import Record, columns
from sinews.campaign.staff import Progress, Told, short
from sinews.campaign.truth import Players, known_to, week_of
from sinews.scenario import Scenario
from sinews.series import SERIES

if TYPE_CHECKING:
    from sinews.analysis.measures import Measure

AHEAD = 26  # weeks
PATHS = 5
BANDS = {"low": 0.05, "lower": 0.25, "middle": 0.5, "upper": 0.75, "high": 0.95}


def estimated(
    side: Players,
    plain: Scenario,
    power: str,
    played: Sequence[Turn],
    truth: Record,
    progress: Progress | None = None,
) -> bytes:
    """The estimates of a power's staff on the day of the last of some turns, as they are kept, with
    all that stood decided as it began; `plain` is the scenario with nothing decided."""
    *before, turn = played
    scenario = known_to(plain, power, before, turn.on)
    told = Told(progress, side.members + min(SERVE, side.members), "Looking ahead")
    staff = side.staff(plain, before, scenario, power, turn.on, told)
    seen = fog.as_seen_by(truth, scenario, power)
    now = week_of(scenario, turn.on)
    weeks = range(now, min(now + AHEAD, scenario.weeks) + 1)
    names = list(forecast_columns(scenario, seen.names, power))
    measures = [_measure(scenario, name, week) for name in names for week in weeks]
    values = staff.values(scenario, measures).reshape(len(names), len(weeks), -1)
    step = max(staff.count // PATHS, 1)
    rows = [
        {
            "name": name,
            "title": _measure(scenario, name, 0).whole_title(scenario),
            "unit": seen.unit(name),
            "seen": [short(x) for x in seen.of(name)],
            **{
                band: [short(x) for x in np.quantile(each, level, axis=1)]
                for band, level in BANDS.items()
            },
            "paths": [[short(x) for x in path] for path in each.T[::step][:PATHS]],
        }
        for name, each in zip(names, values, strict=True)
        if each.any() or seen.of(name).any()
    ]
    found: dict[str, Any] = {
        "turn": turn.number,
        "date": turn.on.isoformat(),
        "power": power,
        "week": now,
        "weeks": list(weeks),
        "dates": [(scenario.start + timedelta(weeks=week)).isoformat() for week in weeks],
        "members": list(staff.ahead.draw),
        "of": side.members,
        "series": rows,
    }
    return json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def forecast_columns(scenario: Scenario, names: tuple[str, ...], power: str) -> Iterator[str]:
    """What is forecast of some columns, as far as a power knows them; of equipment the armour
    alone."""
    armour = {name for name, item in scenario.items.items() if item.armour.middle > 0}
    known = tuple(names[place] for place in fog.visible(names, scenario, power))
    for series, about in SERIES.items():
        for _, labels in columns(known, series) if about.forecast else ():
            if "item" not in about.axes or labels[-1] in armour:
                yield ":".join((series, *labels))


def _measure(scenario: Scenario, name: str, week: int) -> Measure:
    from sinews.analysis.measures import Measure

    series, *labels = name.split(":")
    return Measure(series, tuple(labels), scenario.start + timedelta(weeks=week))
