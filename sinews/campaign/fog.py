"""What the player's side may know, in one place.

What `sinews.series` says of a series is the whole rule: one that nobody may see is hidden. Of what
lies behind the series a staff is told what `engine.situation` says that its power knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from sinews.campaign.record import Record, columns
from sinews.scenario import Scenario
from sinews.series import KNOWN, SERIES

if TYPE_CHECKING:
    from sinews.analysis.measures import Measure


def parties(scenario: Scenario, power: str) -> dict[str, list[str]]:
    """The agreements that a power is party to and the lots that it buys or sells."""
    return {
        "agreement": [name for name, a in scenario.agreements.items() if power in a.parties],
        "lot": [
            f"{name} {good}"
            for name, c in scenario.contracts.items()
            if power in (c.seller, c.buyer)
            for good in c.goods
        ],
    }


def may_see(measure: Measure, scenario: Scenario, power: str | None) -> bool:
    """Whether a power knows a measure of the true campaign."""
    return knows(":".join((measure.series, *measure.labels)), scenario, power)


def knows(name: str, scenario: Scenario, power: str | None) -> bool:
    """Whether a power knows a number of the true campaign, by its name: "gold:ussr". Nobody, as
    whom those look on who play no side, knows all."""
    if power is None:
        return True
    series, *labels = name.partition("@")[0].split(":")
    match SERIES[series].seen if series in SERIES else "":
        case "own":
            return labels[0] == power
        case "party":
            return labels[0] in {x for own in parties(scenario, power).values() for x in own}
        case rule:
            return rule == "open"


def visible(names: tuple[str, ...], scenario: Scenario, power: str | None) -> list[int]:
    """The places of those columns of a record that a power knows, series by series."""
    if power is None:
        return list(range(len(names)))
    signed = [x for own in parties(scenario, power).values() for x in own]
    out: list[int] = []
    for series in KNOWN:
        at, rule = columns(names, series), SERIES[series].seen
        if rule == "party":
            by_label = {labels[0]: place for place, labels in at}
            out += [by_label[x] for x in signed if x in by_label]
        else:
            out += [place for place, labels in at if rule == "open" or labels[0] == power]
    return out


def as_seen_by(record: Record, scenario: Scenario, power: str | None) -> Record:
    """As much of a record as a power knows."""
    return record.only(visible(record.names, scenario, power))


def fingerprint(record: Record, scenario: Scenario, powers: Sequence[str], week: int) -> str:
    """The bits of what powers had seen before a week (whose own decisions may show at once); of
    everything, if nobody plays."""
    sides: Sequence[str | None] = powers or (None,)
    places = [x for power in sides for x in visible(record.names, scenario, power)]
    known = record.only(list(dict.fromkeys(places)))
    numbers = [
        known.values[:week, [place for place, _ in columns(known.names, series)]].ravel()
        for series in known.series()
    ]
    found = np.concatenate([*numbers, np.zeros(0)]).astype(np.float32)
    return sha256(found.tobytes()).hexdigest()


def plain_series(record: Record, power: str | None) -> dict[str, Any]:
    """The last week of a record as plain data: unit, meaning and value by label, less the power's
    own name."""
    return {
        series: {
            "unit": record.units[series],
            "meaning": record.meanings[series],
            "value": _value(record, series, power),
        }
        for series in record.series()
    }


def _value(record: Record, series: str, power: str | None) -> Any:
    own = power is not None and SERIES[series].seen == "own"
    out: dict[str, Any] = {}
    for place, labels in columns(record.names, series):
        value = float(record.values[-1, place])
        of = list(labels[1:] if own else labels)
        if not of:
            return value
        inner = out
        for label in of[:-1]:
            inner = inner.setdefault(label, {})
        inner[of[-1]] = value
    return out


def changes(record: Record, told: Iterable[str], power: str | None) -> list[dict[str, Any]]:
    """What became different from a record's first row to its last: series, labels, from what to
    what."""
    out: list[dict[str, Any]] = []
    for series in told:
        own = power is not None and SERIES[series].seen == "own"
        for place, labels in columns(record.names, series):
            one, other = float(record.values[0, place]), float(record.values[-1, place])
            if abs(other - one) > 1e-6 * abs(one):
                unit, of = record.units[series], list(labels[1:] if own else labels)
                row = {"series": series, "labels": of, "unit": unit, "from": one, "to": other}
                out.append(row)
    return out
