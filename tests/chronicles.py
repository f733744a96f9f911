"""Campaigns that were never played: records made up of thin air, to write chapters from."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from sinews.campaign import fog
from sinews.campaign.log import Decision, Turn
from sinews.campaign.record import Record
from sinews.campaign.truth import true_member
from sinews.scenario import Scenario, load
from sinews.scenario.compile import compile
from sinews.series import SERIES

# What is one thing or the other; what else starts about where.
EITHER = {
    "hostile",
    "in_force",
    "broken",
    "lapsed",
    "void",
    "defaulted",
    "war",
    "collapsed",
    "ceded",
}
LARGE = {"force", "field_strength", "strength_seen", "occupied"}
LEVELS = {"front": 200.0, "days": 8.0, "trust": 0.5, "quality": 0.6, "gold": 120.0}


@cache
def _names(scenario: Path) -> tuple[str, ...]:
    """Every column that a scenario's record has."""
    axes = compile(load(scenario)).axes
    return tuple(
        ":".join((name, *cell))
        for name, about in SERIES.items()
        if name != "imbalance"
        for cell in product(*(axes[axis] for axis in about.axes))
    )


def empty(scenario: Scenario) -> Record:
    """A record in which nothing ever happens: no war, no loss, every place in its own hands."""
    names = _names(scenario.path)
    units = {name: about.unit for name, about in SERIES.items()}
    meanings = {name: about.meaning for name, about in SERIES.items()}
    values = np.zeros((scenario.weeks + 1, len(names)))
    for i, name in enumerate(names):
        series = name.partition(":")[0]
        values[:, i] = 1.0 if series == "held" else LEVELS.get(series, 0.0)
    return Record(0, names, values, units, meanings)


def imagined(scenario: Scenario, seed: int) -> Record:
    """A record in which anything may happen, as a seed has it."""
    record = empty(scenario)
    dice = np.random.default_rng(seed)
    weeks = len(record.values)
    for i, name in enumerate(record.names):
        series = name.partition(":")[0]
        size = 10 ** (dice.uniform(4, 6.5) if series in LARGE else dice.uniform(-1, 5.5))
        if dice.random() < 0.15:
            continue
        if series in EITHER:
            flips = dice.random(weeks) < 0.12
            column = (np.cumsum(flips) + dice.integers(2)) % 2
        elif series == "answer":
            column = dice.choice([-1.0, 0.0, 1.0], weeks, p=[0.05, 0.9, 0.05])
        elif series == "held":
            column = np.clip(1.2 + np.cumsum(dice.normal(0, 0.3, weeks)), 0, 1)
        elif series == "trust":
            column = np.clip(0.5 + np.cumsum(dice.normal(0, 0.05, weeks)), 0, 1)
        elif series == "front":
            column = np.cumsum(dice.normal(0, 60, weeks))
        elif SERIES[series].counts == "most":
            column = np.maximum.accumulate(size * dice.random(weeks))
        elif SERIES[series].counts == "sum":
            column = np.cumsum(size * dice.random(weeks) * (dice.random(weeks) < 0.7))
            column -= column[0]
        else:
            column = size * np.abs(1 + np.cumsum(dice.normal(0, 0.15, weeks)))
        record.values[:, i] = column
    return record


@dataclass
class Told:
    """Stands for a campaign: its record, its turns, whose seat; and a store that keeps nothing."""

    scenario: Scenario
    whole: Record
    power: str | None = None
    step: int = 2
    decisions: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    raised: dict[int, tuple[str, ...]] = field(default_factory=dict)
    seed: int = 1
    number: int = 1
    line: int = 1
    lacking: bool = False
    kept_here: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        out: list[Turn] = []
        on, end = self.scenario.council, self.scenario.end
        while not out or out[-1].on < end:
            n = len(out) + 1
            made = tuple(
                Decision(n, n, on, self.power or "", item, option, "Elder Brandt", None, None)
                for item, option in self.decisions.get(n, ())
            )
            digest = f"{self.seed} {n} {self.whole.values.sum()}"
            out.append(Turn(n, on, n, digest, self.raised.get(n, ()), "", made))
            on = min(on + timedelta(weeks=self.step), end)
        self.turns = tuple(out)

    @property
    def store(self) -> Any:
        """Its store."""
        return self

    @property
    def turn(self) -> int:
        """The open turn."""
        return len(self.turns)

    @property
    def date(self) -> date:
        """The day that it is."""
        return self.turns[-1].on

    @property
    def over(self) -> bool:
        """Whether its last day has come."""
        return self.date >= self.scenario.end

    @property
    def powers(self) -> tuple[str, ...]:
        """Its seats."""
        return (self.power,) if self.power else ()

    @property
    def branches(self) -> list[dict[str, Any]]:
        """Its branches."""
        return [{"branch": 1, "from": None, "turn": None}]

    def log(self, number: int, line: int) -> list[Any]:
        """Its first entry."""

        class First:
            digest = f"{self.seed} {self.scenario.text}"
            says = {  # noqa: RUF012
                "seed": self.seed,
                "member": true_member(self.seed),
                "scenario": self.scenario.text,
                "options": [],
            }

        return [First()]

    def kept(self, number: int, kind: str, key: str) -> bytes | None:
        """What was kept."""
        return self.kept_here.get((kind, key))

    def keep(self, number: int, kind: str, key: str, content: bytes) -> None:
        """Keep something."""
        self.kept_here[kind, key] = content

    def records(self, until: int | None = None) -> Record | None:
        """What its seat knows of the weeks up to a turn."""
        if self.lacking:
            return None
        on = self.turns[(until or self.turn) - 1].on
        week = (on - self.scenario.start).days // 7
        return fog.as_seen_by(self.whole.until(week), self.scenario, self.power)

    def but(self, **how: Any) -> "Told":
        """The same with something else."""
        return replace(self, kept_here={}, **how)
