"""What the plain-Python week of reference.py is worked out with: loops and floats."""

from math import sqrt
from typing import Any

import numpy as np

Plain = dict[str, Any]


def zeros(*shape: int) -> Any:
    """Nested lists of zeros."""
    return [zeros(*shape[1:]) for _ in range(shape[0])] if shape else 0.0


def row(table: Any, week: int) -> Any:
    """A table's row for the week; the last serves later weeks."""
    return table[min(week, len(table) - 1)]


def ceiling(w: dict[str, Any], week: int, agreement: int, power: int, theatre: int) -> float:
    """Most men that an agreement allows a power in a theatre in some week, or 1e9."""
    zones = zip(w["zone_power"], w["zone_theatre"], strict=True)
    here = [z for z, (p, t) in enumerate(zones) if p[power] and t[theatre]]
    return min((row(w["ceiling_men"], week)[agreement][z] for z in here), default=1e9)


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


KIT = ("equipment", "workshop", "pocket_kit")
FORCES = ("men", "experience", "equipment", "workshop")


def homes(w: Plain) -> list[int]:
    """The theatre whose men fight on each axis."""
    return [*range(len(w["end"][0]) - len(w["further"])), *(x.index(1.0) for x in w["further"])]


def times(factor: float, x: Any) -> Any:
    """Numbers, however deep in lists, by a factor."""
    return [times(factor, y) for y in x] if isinstance(x, list) else factor * x


def shares(s: Plain, w: Plain) -> Any:
    """Each power's share of a theatre's forces on each axis; all where each theatre has one."""
    return s["attend"] if w["further"] else [[1.0] * len(r) for r in s["attend"]]


def on_axes(s: Plain, w: Plain) -> Plain:
    """A state whose forces stand by axis in place of theatre."""
    share = shares(s, w)
    return s | {
        n: [[times(share[p][a], x[t]) for a, t in enumerate(homes(w))] for p, x in enumerate(s[n])]
        for n in FORCES
    }


def plus(x: Any, y: Any) -> Any:
    """Sums of numbers, however deep in lists."""
    return [plus(*z) for z in zip(x, y, strict=True)] if isinstance(x, list) else x + y


def in_theatres(by_axis: Any, before: Any, s: Plain, w: Plain) -> Any:
    """Forces by theatre when those on its axes have become `by_axis`."""
    out = [list(r) for r in before]
    for p, share in enumerate(shares(s, w)):
        for t, x in enumerate(before[p]):
            axes = [a for a, home in enumerate(homes(w)) if home == t]
            if axes:
                out[p][t] = times(1.0 - sum(share[a] for a in axes), x)
            for a in axes:
                out[p][t] = plus(out[p][t], by_axis[p][a])
    return out


def _cells(w: Plain, name: str) -> list[tuple[int, int]]:
    """Power and theatre of each army or, of pockets, power and axis of each contingent."""
    army = [
        (p.index(1.0), t.index(1.0))
        for p, t in zip(w["army_power"], w["army_theatre"], strict=True)
    ]
    if name != "pocket_kit":
        return army
    whose = [army[of.index(1.0)][0] for of in w["contingent_army"]]
    return [(p, a.index(1.0)) for p, a in zip(whose, w["contingent_axis"], strict=True)]


def everywhere(s: Plain, w: Plain) -> Plain:
    """A state whose equipment stands by power and theatre, encircled by power and axis: none where
    there is no army or contingent."""
    out = dict(s)
    for name in KIT:
        where = w["end"] if name == "pocket_kit" else w["district"]
        out[name] = zeros(*np.shape(where), len(w["weight"]))
        for (p, at), kit in zip(_cells(w, name), s[name], strict=True):
            out[name][p][at] = kit
    return out


def by_army(new: Plain, w: Plain) -> Plain:
    """The same with equipment by army and contingent again."""
    return new | {n: [new[n][p][at] for p, at in _cells(w, n)] for n in KIT if n in new}


def establishment(p: int, w: Plain) -> list[float]:
    """Items a man of power `p`'s units."""
    return [most * user for most, user in zip(w["establishment"], w["users"][p], strict=True)]


def crewed(men: float, kit: list[float], p: int, w: Plain) -> float:
    """Weight of what men of power `p` can crew of their kit."""
    each = zip(w["weight"], establishment(p, w), kit, strict=True)
    return sum(weight * min(x, most * men) for weight, most, x in each)


def outfit(men: float, kit: list[float], p: int, w: Plain) -> float:
    """Share of the arms of their establishment that men of power `p` have, by weight."""
    full = sum(x * y for x, y in zip(w["weight"], establishment(p, w), strict=True)) * men
    return crewed(men, kit, p, w) / full if full > 0.0 else 1.0


def arms(men: float, kit: list[float], p: int, w: Plain) -> float:
    """What kit adds to men of power `p`; below zero where they lack it."""
    rifles = 1.0
    for i, most in enumerate(establishment(p, w)):
        if w["gates"][i] and most * men > 0.0:
            rifles = min(rifles, kit[i] / (most * men))
    idle = 1.0 - outfit(men, kit, p, w) * rifles
    return crewed(men, kit, p, w) - (1.0 - w["c"]["bare"]) * idle * men


def at_hand(s: Plain, w: Plain) -> list[list[float]]:
    """Strength that every power could bring to every front over its links within the warning, less
    what its other fronts at war need."""
    out, whose, fronts = zeros(len(w["end"]), len(s["front"])), homes(w), range(len(s["front"]))
    muster = strength(s, w)
    for k, users in enumerate(w["link_power"]):
        p, start = users.index(1.0), w["link_from"][k].index(1.0)
        if any(s["engaged"][p][a] for a in fronts if whose[a] == start):
            continue
        men, kit = s["men"][p][start], s["equipment"][p][start]
        days = max(7.0 * w["c"]["warning"] - w["link_km"][k] / w["c"]["train_speed"], 0.0)
        seats = w["c"]["men_per_train"] * w["link_trains"][k] * days
        armed = men + arms(men, kit, p, w)
        body = quality(men, s["experience"][p][start]) * armed * min(seats / max(men, 1.0), 1.0)
        for a, home in enumerate(whose):
            out[p][a] += body if w["link_to"][k][home] else 0.0
    for p, ends in enumerate(w["end"]):
        enemy = [
            sum(muster[q][a] for q, x in enumerate(w["end"]) if x[a] * ends[a] < 0.0)
            for a in fronts
        ]
        need = [sqrt(w["value"][a] * (enemy[a] + 1.0)) / (muster[p][a] + 1.0) for a in fronts]
        for a in fronts:
            called = sum(need[b] for b in fronts if b != a and s["engaged"][p][b])
            out[p][a] *= need[a] / (need[a] + called) if called > 0.0 else 1.0
    return out


def strength(s: Plain, w: Plain) -> list[list[float]]:
    """Strength of every power on every front."""
    out = zeros(len(w["end"]), len(s["front"]))
    s = on_axes(s, w)
    for p in range(len(w["end"])):
        season = row(w["quality_week"], s["week"])[p]
        for a in range(len(s["front"])):
            men = s["men"][p][a]
            armed = men + arms(men, s["equipment"][p][a], p, w)
            fed = 1.0 if s["days"][p][a] > w["c"]["hunger_days"] else w["c"]["hunger"]
            skill = quality(men, s["experience"][p][a]) * season
            fire = firing(ample(s, w, p, a, "fired"), w)
            out[p][a] = abs(w["end"][p][a]) * skill * fire * fed * armed
    return out


def full_use(s: Plain, w: Plain, p: int, a: int, g: int) -> tuple[float, float]:
    """Tonnes of a good that a front fires and burns in a week of full fighting; by axis."""
    vehicles = sum(
        x * (w["armour"][i] + w["carries"][i]) for i, x in enumerate(s["equipment"][p][a])
    )
    return 7.0 * w["fired"][p][g] * s["men"][p][a], 7.0 * w["driven"][p][g] * vehicles


def ample(s: Plain, w: Plain, p: int, a: int, table: str) -> float:
    """Share of a week's full use in its dumps, of the scarcest that it fires, or drives with."""
    share = 1.0
    for g, each in enumerate(w[table][p]):
        need = sum(full_use(s, w, p, a, g))
        if each > 0.0 and need > 0.0:
            share = min(share, s["dump"][p][a][g] / max(need, 1e-3))
    return share


def firing(ample: float, w: Plain) -> float:
    """What lack of munitions leaves of strength, and of the losses inflicted."""
    return w["c"]["unarmed"] + (1.0 - w["c"]["unarmed"]) * ample
