"""Ministers' standing, moved by what came of their advice.

When the day of a decision's forecast has come, its first measure that the player's side can see and
that was no certainty is held against the forecast. A minister who wanted what was chosen loses
standing by how much worse it went than was forecast, one who wanted something else by how much
better: multiplicative weights, whose regret is bounded (Freund and Schapire 1997).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sinews.campaign.log import Decision
from sinews.series import SERIES

Plain = Mapping[str, Any]


def outcome(made: Decision, rows: Sequence[Plain]) -> float | None:
    """How well a decision went against its forecast: 0 worse than all of it, 1 better than all;
    None while its day has not come, or if what it was about cannot be seen."""
    mine = [
        r for r in rows if (r["turn"], r["item"], r["option"]) == _of(made) and not r.get("soon")
    ]
    if not mine:
        return None
    series = SERIES[str(mine[0]["measure"]).partition(":")[0].partition("@")[0]]
    rank = float(mine[0]["rank"])
    return 1.0 - rank if series.better < 0 else rank


def _of(made: Decision) -> tuple[int, str, str]:
    return made.turn, made.item, made.choice


def losses(made: Decision, went: float) -> dict[str, float]:
    """What each minister's advice on a decision lost by, from 0 to 1."""
    return {
        name: 1.0 - went if option == made.choice else went
        for name, option in (made.advice or {}).items()
    }
