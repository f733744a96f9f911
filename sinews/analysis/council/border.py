"""How few men can hold a border: the smallest force that is safe at 95 and at 99 in a hundred.

It is safe at a warning of w weeks if the enemy, with what he can bring up in them, does not reach
break-even odds against it and what can come back to it in the same time:

    (enemy + surge(w)) * enemy_quality <= break_even * (force + back(w)) * quality
    break_even = (3 * main_share + (1 - main_share) * hold_ratio) * dug_in

It must hold whatever warning the enemy gives, from the shortest on: a longer one lets both sides
bring up more. Each draw is one way in which all that may be. Sources: theatre break-even from 3:1
on the main sectors, Davis (RAND MR-638); trains by the staff's rule, hours = km / speed + trains /
rate (Ivanov); ranges of quality judged. Fortified zones, and the density of troops below which no
line holds, are left out.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np

from sinews.analysis.council.situation import Floats, Situation
from sinews.analysis.numerals import amount
from sinews.errors import Mistake, ScenarioError, shown

DRAWS = 20_000
LEVELS = (0.95, 0.99)
# The longest warning looked at, in weeks: by then what can be brought up is there.
_LONGEST = 40
_SECTOR = 3.0
# Of an inspected enemy, the error of what is believed is this much of what it was.
_INSPECTED = 0.5
_STEPS = 10


@dataclass(frozen=True)
class SafeForce:
    """The smallest force that is safe at one level."""

    level: float
    men: float
    error: float
    """Standard error of it, from the number of draws."""
    weeks: float
    """The warning at which it is needed."""


@dataclass(frozen=True)
class Border:
    """The answer to "how far can we cut the border?"."""

    situation: Situation
    forces: tuple[SafeForce, ...]
    """At each of LEVELS."""
    risks: tuple[tuple[float, float, float], ...]
    """Men, the risk with so many, and the risk with so many and inspections; falling in steps."""
    variants: dict[str, tuple[float, ...]]
    """What the force would be at LEVELS if one thing were otherwise."""
    returning: float
    """Men who are back within the shortest warning (median)."""
    surging: float
    """Men whom the enemy can bring up within it (median)."""
    draws: int

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "answer": self.sentence(),
            "situation": asdict(self.situation),
            "forces": [asdict(force) for force in self.forces],
            "risks": [
                {"men": men, "risk": risk, "risk_inspected": inspected}
                for men, risk, inspected in self.risks
            ],
            "variants": {name: list(men) for name, men in self.variants.items()},
            "returning": self.returning,
            "surging": self.surging,
            "draws": self.draws,
        }

    def sentence(self) -> str:
        """The answer, with its odds."""
        s = self.situation
        first, last = self.forces[0], self.forces[-1]
        many = [f"{amount(force.men, 'men')}" for force in self.forces]
        times = [f"{100 * force.level:.0f} times in 100" for force in self.forces]
        text = f"{many[0]} men are enough {times[0]}, {many[-1]} {times[-1]}, {self._if()}"
        if s.present > 0.0:
            text = f"{self._cut(first, last)}: {text}"
        other = "without inspections" if s.inspected else "with inspections"
        verb = "are needed" if s.inspected else "are enough"
        men = amount(self.variants[other][0], "men")
        return f"{text}; {other} {men} {verb} {times[0]}."

    def _cut(self, first: SafeForce, last: SafeForce) -> str:
        now = self.situation.present
        there = f"{amount(now, 'men')} men"
        if first.men >= now:
            return f"Not at all, the {there} there are {amount(first.men - now, 'men')} too few"
        if last.men >= now:
            return f"By {amount(now - first.men, 'men')} of the {there} at most"
        cuts = [amount(now - force.men, "men") for force in (last, first)]
        return f"By {cuts[0]} to {cuts[1]} of the {there}"

    def _if(self) -> str:
        weeks = self.situation.warning
        time = f"{weeks:g} week{'s' if weeks != 1.0 else ''} of warning"
        if self.returning < 0.5:
            return f"with none of the reserve back within {time}"
        return f"if {amount(self.returning, 'men')} of the reserve are back within {time}"


def border_risk(situation: Situation, draws: int = DRAWS, seed: int = 1) -> Border:
    """The smallest force that holds a border, and what it hangs on.

    >>> answer = border_risk(Situation(1e6, 0.0, (1, 1), (1, 1), (0.25, 0.25), (1, 1), (0, 0)))
    >>> [round(force.men) for force in answer.forces]  # 1.5 to 1 breaks even
    [666667, 666667]
    """
    mistakes = situation.mistakes()
    if draws < 100:
        mistakes.append(Mistake("draws", "must be 100 or more", value=shown(draws)))
    if mistakes:
        raise ScenarioError("border", mistakes)
    needed = need(situation, draws, seed)
    luck = _luck(situation, draws, seed)
    other = need(replace(situation, inspected=not situation.inspected), draws, seed)
    plain, inspected = (other, needed) if situation.inspected else (needed, other)
    forces = tuple(_force(needed, level, _warnings(situation)) for level in LEVELS)
    top = situation.present or 2.0 * forces[-1].men
    steps = [top * (1.0 - step / _STEPS) for step in range(_STEPS)]
    changes = {
        "without inspections" if situation.inspected else "with inspections": other,
        **{name: need(changed, draws, seed) for name, changed in _variants(situation).items()},
    }
    return Border(
        situation=situation,
        forces=forces,
        risks=tuple((men, risk(plain, men), risk(inspected, men)) for men in steps),
        variants={
            name: tuple(_force(x, level).men for level in LEVELS) for name, x in changes.items()
        },
        returning=float(np.median(situation.back.brought(situation.warning, *luck))),
        surging=float(
            np.median(situation.surge.brought(situation.warning + situation.unseen, *luck))
        ),
        draws=draws,
    )


def need(situation: Situation, draws: int = DRAWS, seed: int = 1) -> Floats:
    """Men needed on the border for break-even [warning draw], from the shortest warning on."""
    s = situation
    error = s.error * (_INSPECTED if s.inspected else 1.0)
    enemy = s.enemy * np.exp(error * _stream("enemy", draws, seed, normal=True))
    main = _uniform(s, "main_share", draws, seed)
    elsewhere = (1.0 - main) * _uniform(s, "hold_ratio", draws, seed)
    dug = 1.0 + _uniform(s, "entrench", draws, seed) * (1.0 - np.exp(-s.weeks_dug / 4.0))
    even = (_SECTOR * main + elsewhere) * dug * _uniform(s, "quality", draws, seed)
    theirs = _uniform(s, "enemy_quality", draws, seed)
    luck = _luck(s, draws, seed)
    rows: list[Floats] = []
    for weeks in _warnings(s):
        surge = s.surge.brought(weeks + s.unseen, *luck)
        rows.append((enemy + surge) * theirs / even - s.back.brought(weeks, *luck))
    return np.maximum(np.array(rows), 0.0)


def _warnings(s: Situation) -> list[float]:
    """The warnings that the enemy may give, in weeks."""
    return [s.warning, *(float(w) for w in range(1, _LONGEST + 1) if w > s.warning)]


def risk(needed: Floats, men: float) -> float:
    """The chance that so many are too few, at the worst warning."""
    return float((needed > men).mean(axis=1).max())


def _force(needed: Floats, level: float, warnings: Sequence[float] = ()) -> SafeForce:
    """The force at the worst warning, and its error: half the distance between the draws that lie
    one standard error of a count above and below it."""
    ordered = np.sort(needed, axis=1)
    draws = ordered.shape[1]
    rank = int(np.ceil(level * draws)) - 1
    week = int(np.argmax(ordered[:, rank]))
    reach = int(np.ceil(np.sqrt(draws * level * (1.0 - level))))
    low, high = max(rank - reach, 0), min(rank + reach, draws - 1)
    error = float(ordered[week, high] - ordered[week, low]) / 2.0
    return SafeForce(level, float(ordered[week, rank]), error, warnings[week] if warnings else 0.0)


def _variants(s: Situation) -> dict[str, Situation]:
    """One thing otherwise."""
    half = replace(s.back, men=s.back.men / 2.0)
    twice = replace(s.back, men=s.back.men * 2.0)
    slow = replace(s.back, lines=tuple(replace(x, trains=x.trains / 2.0) for x in s.back.lines))
    fast = replace(s.back, lines=tuple(replace(x, trains=x.trains * 2.0) for x in s.back.lines))
    return {
        "half the reserve": replace(s, back=half),
        "twice the reserve": replace(s, back=twice),
        "half the trains": replace(s, back=slow),
        "twice the trains": replace(s, back=fast),
        "half the warning": replace(s, warning=s.warning / 2.0),
        "twice the warning": replace(s, warning=s.warning * 2.0),
    }


def _luck(s: Situation, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Speed and load of trains, the same for both sides [draw]."""
    return _uniform(s, "speed", draws, seed), _uniform(s, "load", draws, seed)


def _uniform(s: Situation, name: str, draws: int, seed: int) -> Floats:
    low, high = getattr(s, name)
    return low + (high - low) * _stream(name, draws, seed)


def _stream(name: str, draws: int, seed: int, normal: bool = False) -> Floats:
    """Draws under a name: they are the same whatever else is drawn."""
    generator = np.random.default_rng([seed, crc32(name.encode())])
    return generator.standard_normal(draws) if normal else generator.random(draws)
