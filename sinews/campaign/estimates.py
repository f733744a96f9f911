"""What a staff expects of the weeks to come: bands and sample paths, beside what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sinews.campaign import fog
from sinews.campaign.log import Turn
from sinews.campaign.record import Record
from sinews.campaign.staff import Progress, Told, short
from sinews.campaign.truth import Players, week_of
from sinews.scenario import Scenario
from sinews.series import SERIES

if TYPE_CHECKING:
    from sinews.analysis.measures import Measure

AHEAD = 26  # weeks
PATHS = 5
BANDS = {"low": 0.05, "lower": 0.25, "middle": 0.5, "upper": 0.75, "high": 0.95}


def estimated(
    side: Players,
    scenario: Scenario,
    power: str,
    turn: Turn,
    truth: Record,
    progress: Progress | None = None,
) -> bytes:
    """The estimates of a power's staff on the day of a turn, as they are kept; `scenario` has what
    it knows to be decided."""
    told = Told(progress, side.looks_back(truth) + side.members, "Looking ahead")
    staff = side.staff(scenario, power, turn.on, truth, told)
    seen = fog.as_seen_by(truth, scenario, power)
    now = week_of(scenario, turn.on)
    weeks = range(now, min(now + AHEAD, scenario.weeks) + 1)
    columns = list(_columns(scenario, seen))
    measures = [_measure(scenario, name, week) for name in columns for week in weeks]
    values = staff.values(scenario, measures).reshape(len(columns), len(weeks), -1)
    step = max(len(staff.near) // PATHS, 1)
    rows = [
        {
            "name": name,
            "title": _title(scenario, name),
            "unit": seen.unit(name),
            "seen": [short(x) for x in seen.of(name)],
            **{
                band: [short(x) for x in np.quantile(each, level, axis=1)]
                for band, level in BANDS.items()
            },
            "paths": [[short(x) for x in path] for path in each.T[::step][:PATHS]],
        }
        for name, each in zip(columns, values, strict=True)
        if each.any() or seen.of(name).any()
    ]
    found: dict[str, Any] = {
        "turn": turn.number,
        "date": turn.on.isoformat(),
        "power": power,
        "week": now,
        "weeks": list(weeks),
        "dates": [(scenario.start + timedelta(weeks=week)).isoformat() for week in weeks],
        "members": list(staff.near),
        "of": side.members,
        "series": rows,
    }
    return json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def _columns(scenario: Scenario, seen: Record) -> Iterator[str]:
    """What is forecast, as far as a power knows it; of equipment the armour alone."""
    armour = {name for name, item in scenario.items.items() if item.armour.middle > 0}
    for series, about in SERIES.items():
        for labels in seen.labels(series) if about.forecast else ():
            if "item" not in about.axes or labels[-1] in armour:
                yield ":".join((series, *labels))


def _measure(scenario: Scenario, name: str, week: int) -> Measure:
    from sinews.analysis.measures import Measure

    series, *labels = name.split(":")
    return Measure(series, tuple(labels), scenario.start + timedelta(weeks=week))


def _title(scenario: Scenario, name: str) -> str:
    measure = _measure(scenario, name, 0)
    return ", ".join(filter(None, (measure.whose(scenario), measure.title(scenario))))
