"""Campaigns without an engine: a model that walks at random, and what tests ask of a store."""

import sqlite3
import threading
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from sinews.analysis.measures import Measure
from sinews.campaign import fog
from sinews.campaign.engine import Truth
from sinews.campaign.played import Campaign
from sinews.campaign.record import Record, recorded
from sinews.errors import ScenarioError
from sinews.scenario import Scenario

SCENARIOS = Path(__file__).parent / "scenarios"
COUNCIL, TWO = SCENARIOS / "council.toml", SCENARIOS / "two.toml"
HIDDEN = ("gold", "force", "irrecoverable", "lost")


class Model:
    """Stands for the engine: walks at random, keyed by member; what is decided adds to gold.

    `hidden` is added to what the true member's other powers have; `more` are series beyond those
    that most tests ask of, by name with their axes.
    """

    more: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, hidden: float = 0.0) -> None:
        self.hidden = hidden
        self.runs: list[range] = []
        self.decided: set[str] = set()
        """Options that were decided in what ensembles were told."""

    def __call__(
        self,
        scenario: Scenario,
        measures: Sequence[Measure],
        members: range,
        weeks: int,
        seed: int,
        keep: bool = False,
    ) -> xr.Dataset:
        self.runs.append(members)
        if len(members) > 1:
            self.decided |= set(scenario.decided)
        powers, theatres = list(scenario.powers), list(scenario.theatres)
        fronts = [name for name, t in scenario.theatres.items() if t.axis]
        axes = {
            "power": powers,
            "theatre": theatres,
            "axis": fronts,
            "item": list(scenario.items),
            "agreement": list(scenario.agreements),
        }
        dims = {
            "gold": ("power",),
            "irrecoverable": ("power",),
            "force": ("power", "theatre"),
            "lost": ("power", "item"),
            "front": ("axis",),
            "in_force": ("agreement",),
            **self.more,
        }
        series: dict[str, Any] = {}
        for place, (name, of) in enumerate(dims.items()):
            shape = tuple(len(axes[a]) for a in of)
            walks = [
                np.random.default_rng((seed, member, place))
                .normal(1.0, 1.0, (scenario.weeks + 1, *shape))
                .cumsum(axis=0)
                for member in members
            ]
            values = 100.0 + np.stack(walks)[:, : weeks + 1]
            if name == "gold":
                for option, day in scenario.decided.items():
                    if option in ("sell-lorries", "befriend"):
                        values[:, (day - scenario.start).days // 7 + 1 :] += 50.0
            if name in HIDDEN and len(members) == 1:
                others = [i for i, power in enumerate(powers) if power != scenario.player]
                values[:, :, others] += self.hidden
            series[name] = (("member", "week", *of), values.astype(np.float32))
        coords = {"member": list(members), "week": range(weeks + 1), **axes}
        dataset = xr.Dataset(series, coords)
        rows = [_picked(dataset, m, scenario) for m in measures]
        chosen = np.reshape(rows, (len(rows), len(members)))
        dataset["chosen"] = (("pick", "member"), chosen)
        return dataset.assign_coords(pick=[m.name for m in measures])

    def record(self, truth: Truth, weeks: int) -> Record:
        only = range(truth.member, truth.member + 1)
        return recorded(self(truth.scenario, [], only, weeks, truth.seed, keep=True))

    def ensemble(
        self,
        scenario: Scenario,
        measures: Sequence[Measure],
        members: int,
        weeks: int,
        seed: int,
        done: Callable[[int], object],
    ) -> np.ndarray:
        done(members)
        found = self(scenario, measures, range(members), weeks, seed)
        return found["chosen"].values.astype(float)

    def ahead(
        self,
        truth: Truth,
        scenario: Scenario,
        power: str,
        week: int,
        members: int,
        done: Callable[[int], object],
    ) -> "Walks":
        done(members)
        return Walks(self, truth, power, week, tuple(range(members)))


@dataclass(frozen=True)
class Walks:
    """Members that walk on from where the true one stands, in what a power sees."""

    model: Model
    truth: Truth
    power: str
    week: int
    draw: tuple[int, ...]
    past: None = None

    def values(
        self,
        scenario: Scenario,
        measures: Sequence[Measure],
        weeks: int,
        done: Callable[[int], object],
    ) -> np.ndarray:
        done(len(self.draw))
        truth = self.model.record(self.truth, self.week)
        run = self.model(
            scenario, measures, range(len(self.draw)), max(weeks, self.week), self.truth.seed
        )
        today = [replace(m, at=scenario.start + timedelta(weeks=self.week)) for m in measures]
        now = np.reshape([_picked(run, m, scenario) for m in today], (len(measures), -1))
        seen = [
            truth.at(m.name.partition("@")[0]) - x
            if fog.may_see(m, scenario, self.power)
            else 0.0 * x
            for m, x in zip(measures, now, strict=True)
        ]
        return run["chosen"].values.astype(float) + np.reshape(seen, now.shape)


def _picked(dataset: xr.Dataset, m: Measure, scenario: Scenario) -> Any:
    of = dict(zip(dataset[m.series].dims[2:], m.labels, strict=True))
    week = (m.at - scenario.start).days // 7
    return dataset[m.series].sel(of).sel(week=week).values


def by_default(patch: pytest.MonkeyPatch, **words: Any) -> None:
    """Has campaigns that tasks begin or open take these words, unless they are told others."""
    for name in ("open", "start"):
        method = getattr(Campaign, name).__func__

        def made(cls: Any, *how: Any, method: Any = method, **more: Any) -> Campaign:
            return method(cls, *how, **words | more)

        patch.setattr(Campaign, name, classmethod(made))


def refusal(call: Any, *arguments: Any, **how: Any) -> str:
    """What the user is told when something cannot be done."""
    with pytest.raises(ScenarioError) as refused:
        call(*arguments, **how)
    return str(refused.value)


def together(does: Callable[..., Any], of: Sequence[tuple[Any, ...]]) -> None:
    """Do it with each of these words at once, in threads."""
    threads = [threading.Thread(target=does, args=each) for each in of]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def decided_at_once(games: Sequence[Campaign]) -> tuple[list[str], list[str]]:
    """Have all decide one item at the same time: the options that were taken, the refusals."""
    gate, taken, refused = threading.Barrier(len(games)), list[str](), list[str]()

    def decide(game: Campaign, option: str) -> None:
        gate.wait()
        try:
            game.decide("lorries", option)
            taken.append(option)
        except ScenarioError as error:
            refused.append(str(error))

    options = ["sell-lorries", "keep-lorries"] * (len(games) // 2)
    together(decide, list(zip(games, options, strict=True)))
    return taken, refused


def forget(place: Path) -> None:
    """Take away what is kept beside the log."""
    with closing(rows(place)) as db:
        db.execute("delete from kept")


def kept(game: Campaign, kind: str) -> list[tuple[str, bytes]]:
    """What a store keeps of a kind, by its key."""
    with game.store._database.reading() as c:
        found = c.exec_driver_sql("select key, content from kept where kind = ?", (kind,))
        return [(key, zlib.decompress(content)) for key, content in found]


def rows(place: Path) -> sqlite3.Connection:
    return sqlite3.connect(place, isolation_level=None)
