"""What the plain-Python week of reference.py is worked out with: loops and floats."""

from typing import Any

Plain = dict[str, Any]


def zeros(*shape: int) -> Any:
    """Nested lists of zeros."""
    return [zeros(*shape[1:]) for _ in range(shape[0])] if shape else 0.0


def row(table: Any, week: int) -> Any:
    """A table's row for the week; the last serves later weeks."""
    return table[min(week, len(table) - 1)]


def clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


def delay(stages: list[float], inflow: float, mean: float) -> tuple[list[float], float]:
    """A week of an Erlang delay, and what comes out."""
    share = min(len(stages) / mean, 1.0)
    out, entering = [], inflow
    for stage in stages:
        out.append(stage - share * stage + entering)
        entering = share * stage
    return out, entering


def quality(men: float, experience: float) -> float:
    return experience / max(men, 1e-3) if men > 0.0 else 0.0


def strength(s: Plain, w: Plain) -> list[list[float]]:
    """Strength of every power on every front."""
    out = zeros(len(w["end"]), len(s["front"]))
    for p in range(len(w["end"])):
        season = row(w["quality_week"], s["week"])[p]
        for a in range(len(s["front"])):
            men = s["men"][p][a]
            armed = men
            for i, weight in enumerate(w["weight"]):
                armed += weight * min(s["equipment"][p][a][i], w["establishment"][i] * men)
            fed = 1.0 if s["days"][p][a] > w["c"]["hunger_days"] else w["c"]["hunger"]
            skill = quality(men, s["experience"][p][a]) * season
            out[p][a] = abs(w["end"][p][a]) * skill * fed * armed
    return out
