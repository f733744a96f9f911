"""What a seat is told of a campaign so far, from its records: nothing here simulates."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.campaign import fog, papers
from sinews.campaign.log import (
    Act,
    Decision,
    StandingOrder,
    Turn,
    standing_acts,
    standing_decisions,
)
from sinews.campaign.pages import made_page
from sinews.campaign.record import Record
from sinews.campaign.reputation import losses, outcome
from sinews.campaign.score import certain, counting, coverage, scored
from sinews.campaign.truth import week_of
from sinews.scenario import Scenario
from sinews.scenario.negotiable import plain_value
from sinews.scenario.presets import open_terms

Plain = dict[str, Any]

# What a turn of `history` tells of what a side saw change.
TOLD = (
    "irrecoverable casualties field_strength gold front hostile in_force broken delivered late "
    "lapsed void defaulted lost bought sold strength_seen"
).split()


def from_kept(content: bytes) -> Plain:
    """Plain data as it was kept."""
    return json.loads(content)


def seen(record: Record, power: str | None, eyes: str | None, on: date) -> Plain:
    """What a power knows on a day, by its own eyes or (None) by everybody's: each visible series by
    name, with its unit."""
    return {"power": power, "date": on.isoformat(), "series": fog.plain_series(record, eyes)}


def history(
    scenario: Scenario,
    turns: Sequence[Turn],
    record: Record,
    as_played: Sequence[bool],
    power: str | None,
) -> list[Plain]:
    """Every turn: what was decided and taken back, and what was seen to change until the next."""
    out: list[Plain] = [
        {
            "turn": turn.number,
            "date": turn.on.isoformat(),
            "raised": list(turn.raised),
            "decisions": [made_page(d) for d in turn.decisions],
            "undone": [d.plain() for d in turn.undone],
            "orders": [order.plain() for order in turn.orders],
            "happened": [],
            "as_played": same,
        }
        for turn, same in zip(turns, as_played, strict=True)
    ]
    for (before, after), row in zip(pairwise(turns), out, strict=False):
        first, last = week_of(scenario, before.on), week_of(scenario, after.on)
        row["happened"] = fog.changes(record.until(last).since(first), TOLD, power)
    return out


def followed_up(scenario: Scenario, power: str | None, on: date, record: Record) -> list[Plain]:
    """What ministers of a power report on what was decided in earlier turns; `scenario` has what it
    knows to be decided, `record` what it has seen."""
    from sinews.analysis.council.follow_up import reports

    def known(name: str) -> NDArray[np.float64] | None:
        return np.array([record.at(name)]) if name in record.names else None

    return [report.plain() for report in reports(scenario, power, on, known)]


def nothing_scored() -> Plain:
    """The scores where nothing was forecast."""
    counts = dict.fromkeys(("otherwise", "certain", "waiting", "hidden"), 0)
    return {"rows": [], "coverage": {}, **counts}


def terms(scenario: Scenario, item: str, on: date) -> list[Plain]:
    """The terms of an item's options: unit, bounds, and the values that the options set."""
    found = scenario.agenda_item(item)
    presets = {name: open_terms(scenario, name, on) for name in found.options}
    return [
        {
            "term": name,
            "unit": term.unit,
            "low": plain_value(term.low),
            "high": plain_value(term.high),
            "bounds": term.bounds,
            "presets": {n: plain_value(own[name]) for n, own in presets.items() if name in own},
        }
        for name, term in scenario.terms.items()
        if any(name in own for own in presets.values())
    ]


def scores(scenario: Scenario, played: Sequence[Turn], record: Record, eyes: str | None) -> Plain:
    """How good forecasts were whose day has come, as far as those eyes see what happened.

    A forecast says what follows from what stood decided in its turn or, where it is of an older
    sinews, on its page. Where the power decided more that acts before its day, a row names those
    items in `since`: what happened is then no test of it, and it does not count in the coverage.
    """
    rows: list[Plain] = []
    waiting, hidden, sure = (set[tuple[int, str]]() for _ in range(3))
    for made in standing_decisions(played):
        for row, foreseen in _forecast(played[made.turn - 1], made):
            # Several decisions of a turn may have been taken on the same forecast.
            day, which = date.fromisoformat(row["at"]), (made.turn, row["measure"])
            if math.ceil((day - scenario.start) / timedelta(weeks=1)) > record.last:
                waiting.add(which)
            elif not fog.knows(row["measure"], scenario, eyes):
                hidden.add(which)
            else:
                happened = record.value(row["measure"], scenario.start)
                if certain(row["values"], happened):
                    sure.add(which)
                    continue
                rows.append(
                    {
                        "turn": made.turn,
                        "item": made.item,
                        **{key: row[key] for key in ("option", "measure", "title", "unit", "at")},
                        "soon": row.get("soon", False),
                        "since": _since(scenario, played, made, row, foreseen),
                        **scored(row["values"], happened),
                    }
                )
    otherwise = {(row["turn"], row["measure"]) for row in rows if row["since"]}
    left_out = {"otherwise": otherwise, "certain": sure, "waiting": waiting, "hidden": hidden}
    return {
        "rows": rows,
        "coverage": coverage(counting(rows)),
        **{why: len(which) for why, which in left_out.items()},
    }


def _forecast(turn: Turn, made: Decision) -> Iterator[tuple[Mapping[str, Any], list[Act]]]:
    """The forecasts that a decision is held to, each with what was done that it knew of: what was
    not chosen did not happen, and what was decided beside it did."""
    rows, foreseen = made.forecasts or (), _foreseen(turn, made)
    for row in rows:
        if row["option"] == "" or (row["option"] == made.choice and made.power not in turn.joint):
            yield row, foreseen
    together = [act for act in turn.acts if act.power == made.power]
    for row in turn.joint.get(made.power, ()):
        if row["item"] == made.item:
            yield row, together


def _foreseen(turn: Turn, made: Decision) -> list[Act]:
    """What stood decided and ordered in a turn on the page on which a decision was taken."""
    own = sorted((act for act in turn.acts if act.power == made.power), key=lambda act: act.entry)
    if made.paper is None:  # of an older sinews
        return [d for d in own if d.entry < made.entry]
    for count in range(len(own) + 1):
        known = (turn, made.power, made.item, own[:count])
        if made.paper in (papers.paper_key(*known), papers.paper_key(*known, made.choice)):
            return own[:count]
    return []


def _since(
    scenario: Scenario,
    played: Sequence[Turn],
    made: Decision,
    row: Mapping[str, Any],
    foreseen: Sequence[Act],
) -> list[str]:
    """The items that the same power decided before a forecast's day, in ways that act and of which
    the forecast does not know; and "orders" for each order that it gave."""
    day = date.fromisoformat(row["at"])
    known = [*foreseen, made] if row["option"] else foreseen
    return [
        "orders" if isinstance(d, StandingOrder) else d.item
        for d in standing_acts(played)
        if d.power == made.power and d.turn >= made.turn and d.on < day
        if d not in known and (isinstance(d, StandingOrder) or scenario.options[d.option].acts)
    ]


def standing(
    scenario: Scenario,
    power: str | None,
    decisions: Sequence[Decision],
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, float]:
    """The standing of a power's ministers, moved by what came of decisions on their advice."""
    own = scenario.ministers.items()
    now = {name: m.standing.middle for name, m in own if m.power == power}
    if not rows:
        return now
    from sinews.analysis.council.advice import standing_after

    for made in decisions:
        went = outcome(made, rows)
        if went is not None:
            now = standing_after(now, losses(made, went))
    return now
