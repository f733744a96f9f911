"""An item of the agenda and a decision as the player is shown them: plain data.

An item has the shape that `sinews brief --json` gives it. All in it comes from
the members that fit what is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.campaign.log import Decision
from sinews.campaign.score import nominal_band
from sinews.campaign.snapshot import with_decisions
from sinews.errors import ScenarioError
from sinews.scenario import Scenario
from sinews.scenario.texts import deeds
from sinews.series import SERIES

if TYPE_CHECKING:
    from sinews.scenario.council import AgendaItem

Plain = dict[str, Any]


def item_page(
    scenario: Scenario,
    item: AgendaItem,
    rows: Sequence[Plain],
    paper: Mapping[str, Any],
    barred: Mapping[str, str],
    on: date,
) -> Plain:
    """An item with its forecasts, what its paper says beside them, what options do if they are
    decided on a day, and why some are barred."""
    minister = scenario.ministers[item.minister]
    sides = {side["name"]: side for side in paper.get("options", ())}
    return {
        **paper,
        "name": item.name,
        "title": item.title or item.name,
        "question": item.question,
        "answer": paper.get("answer", ""),
        "report": item.report,
        "minister": item.minister,
        "who": ", ".join(x for x in (minister.name, minister.title or item.minister) if x),
        "until": item.until.isoformat() if item.until else None,
        "rule": item.rule,
        "follow_up": item.follow_up,
        "estimates": forecasts(rows, ""),
        "options": [
            {
                "excludes": [],
                **sides.get(name, {}),
                "name": name,
                "title": scenario.options[name].title or name,
                "summary": scenario.options[name].summary,
                "does": _does(scenario, name, on),
                "barred": barred.get(name),
                **_foretold(rows, name, item.options[0]),
            }
            for name in item.options
        ],
        "advice": paper.get("advice"),
    }


def order_page(words: str, who: str, rows: Sequence[Plain], names: tuple[str, str]) -> Plain:
    """The odds of an order in the shape of an item: as it stands beside as it is ordered, by the
    `names` of the two in the forecasts."""
    apart = {"excludes": [], "does": "", "barred": None}
    sides = zip(names, ("As it stands", "As ordered"), ("", words), strict=True)
    return {
        **{"name": "order", "title": "An order", "question": "", "answer": "", "report": ""},
        **{"who": who, "until": None, "estimates": [], "advice": None},
        "options": [
            {**apart, "name": name, "title": title, "summary": summary}
            | _foretold(rows, name, names[0])
            for name, title, summary in sides
        ],
    }


def _foretold(rows: Sequence[Plain], option: str, against: str) -> Plain:
    """What is forecast of an option."""
    return {
        "forecasts": forecasts(rows, option),
        "differences": differences(rows, option, against),
        "soon": forecasts(rows, option, soon=True),
    }


def _does(scenario: Scenario, option: str, on: date) -> str:
    """What an option's patch does; nothing of one that cannot be had any more."""
    try:
        after = with_decisions(scenario, [f"{option}@{on}"])
    except ScenarioError:
        return ""
    return deeds(scenario, after, scenario.options[option].set)


def forecasts(rows: Sequence[Plain], option: str, soon: bool = False) -> list[Plain]:
    """The forecasts of an option, or of none: the staff's estimates; `soon` of when the next turn
    ends."""
    return [
        {
            "name": row["measure"],
            "title": row["title"],
            "unit": row["unit"],
            "from": row["from"],
            "at": row["at"],
            "either": SERIES[row["measure"].partition(":")[0]].either,
            **_spread(_counted(row)),
        }
        for row in rows
        if row["option"] == option and row.get("soon", False) == soon
    ]


def differences(rows: Sequence[Plain], option: str, against: str) -> list[Plain]:
    """What an option changes of each measure, member by member; nothing of the first."""
    base = {
        row["measure"]: _counted(row)
        for row in rows
        if row["option"] == against and not row.get("soon")
    }
    return [
        {
            "name": row["measure"],
            "unit": row["unit"],
            "option": option,
            "against": against,
            **_spread(_counted(row) - base[row["measure"]], "difference_"),
        }
        for row in rows
        if row["option"] == option != against and row["measure"] in base and not row.get("soon")
    ]


def _counted(row: Plain) -> NDArray[np.float64]:
    """A forecast's values as a page counts them [member]."""
    return SERIES[row["measure"].partition(":")[0]].counted(np.asarray(row["values"], float))


def _spread(members: NDArray[np.float64], before: str = "") -> Plain:
    values = members.tolist()
    low, high = nominal_band(values, "90")
    found = {"median": float(np.median(values)), "mean": float(np.mean(values))}
    found |= {"low": low, "high": high}
    found |= dict(zip(("lower_half", "upper_half"), nominal_band(values, "50"), strict=True))
    return {before + name: value for name, value in found.items()}


def made_page(made: Decision) -> Plain:
    """A decision, with what was forecast of the option that was chosen and estimated that day."""
    rows = made.forecasts
    page = made.plain() | {"forecasts": None, "soon": None, "estimates": None}
    if rows is not None:
        page |= {
            "forecasts": forecasts(rows, made.choice),
            "soon": forecasts(rows, made.choice, soon=True),
            "estimates": forecasts(rows, ""),
        }
    return page
