"""What a scenario file states stands in the one table that is meant, and nowhere else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistakes import TESTS, bad, told

from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile
from sinews.scenario.number import Number

BORDER = TESTS / "scenarios" / "border.toml"

# By table of the file: the field of World or State that each of its numbers fills.
POWER = {"wear": "wear", "appetite": "appetite", "surprised": "surprised",
         "restraint": "restraint", "relief": "relief"}  # fmt: skip
LEADER = {n: n for n in ("patience", "risk", "face", "ruthless")}
MANPOWER = {
    "reserve": "reserve", "pool": "pool", "ready": "ready", "cohort": "cohort",
    "mobilise": "mobilise", "draft": "call_up", "raise_": "raise_most", "ceiling": "ceiling",
    "least": "army_least",
    "training": "training_weeks", "quality_reserve": "quality_reserve",
    "quality_ready": "schooling", "killed_share": "killed_share",
    "hospital_weeks": "hospital_weeks", "return_share": "return_share",
}  # fmt: skip
ITEM = {
    "weight": "weight", "establishment": "establishment", "hit": "hit", "breakdown": "fragile",
    "write_off_hit": "off_hit", "write_off_breakdown": "off_broken", "armour": "armour",
    "carries": "carries", "trains": "load", "hours": "hours",
}  # fmt: skip


def unlike(table: Any, first: int) -> tuple[Any, int]:
    """A table of the file whose numbers are all different, from `first` on, and the next."""
    new: dict[str, Number] = {}
    for name in type(table).model_fields:
        number = getattr(table, name)
        if isinstance(number, Number):
            new[name] = replace(number, value=first / 1024, low=None, high=None)
            first += 1
    return table.model_copy(update=new), first


@pytest.fixture(scope="module")
def stated() -> Scenario:
    """The border, each number of its powers and items another."""
    plain, at = load(BORDER), 1
    powers: dict[str, Any] = {}
    for name, power in plain.powers.items():
        manpower, at = unlike(power.manpower, at)
        leader, at = unlike(power.leader, at)
        own = {"manpower": manpower, "leader": leader}
        powers[name], at = unlike(power.model_copy(update=own), at)
    items: dict[str, Any] = {}
    for name, item in plain.items.items():
        items[name], at = unlike(item, at)
    return replace(plain, powers=powers, items=items)


@pytest.fixture(scope="module")
def tables(stated: Scenario) -> Compiled:
    return compile(stated)


def field(compiled: Compiled, name: str) -> np.ndarray:
    """A field of World or State."""
    return compiled.world[name] if name in compiled.world else compiled.state[name]


def test_every_number_of_powers_and_items_stands_in_its_own_table(
    stated: Scenario, tables: Compiled
):
    def numbers(table: Any) -> set[str]:
        return {n for n in type(table).model_fields if isinstance(getattr(table, n), Number)}

    west = stated.powers["westland"]
    # `quality` is that of a power's first forces: below.
    assert numbers(west) == POWER.keys() | {"quality", "gold_floor"}
    assert numbers(west.manpower) == MANPOWER.keys()
    assert numbers(west.leader) == LEADER.keys()
    assert numbers(stated.items["tank"]) == ITEM.keys() | {"usable"}
    for words, rows in (
        (POWER, stated.powers.values()),
        (LEADER, [power.leader for power in stated.powers.values()]),
        (MANPOWER, [power.manpower for power in stated.powers.values()]),
        (ITEM, stated.items.values()),
    ):
        for name, where in words.items():
            found = field(tables, where)
            assert found.tolist() == [getattr(row, name).value for row in rows], (name, where)
    floors = [[0.0] * len(stated.materials) + [p.gold_floor.value] for p in stated.powers.values()]
    assert field(tables, "floor").tolist() == floors


def test_a_season_and_a_power_tell_in_the_quality_of_men(stated: Scenario, tables: Compiled):
    # Mud from 7 Oct: of weeks whose middle lies in it. It makes Ostland's men better, and slow.
    middles = [stated.start + timedelta(days=7 * week + 3) for week in range(stated.weeks)]
    mud = [stated.season_on(day) is not None for day in middles]
    assert mud == [False] * 18 + [True] * 2
    assert tables.world["quality_week"][:, 1].tolist() == pytest.approx([1.0] * 18 + [1.1] * 2)
    assert tables.world["quality_week"][:, 0].tolist() == [1.0] * 20
    assert tables.world["pace_week"][:, 0].tolist() == [1.0] * 18 + [0.25] * 2
    men, experience = (field(tables, name) for name in ("men", "experience"))
    quality = {name: power.quality.value for name, power in stated.powers.items()}
    for force in stated.forces:
        at = tuple(tables.axes[a].index(getattr(force, a)) for a in ("power", "theatre"))
        army = tables.axes["army"].index(f"{force.power} {force.theatre}")
        here = [tables.world[f"army_{a}"][army].argmax() for a in ("power", "theatre")]
        assert here == list(at)
        kit = dict(zip(tables.axes["item"], field(tables, "equipment")[army], strict=True))
        assert all(kit[n] == x.value for n, x in force.amounts.items() if not x.uncertain)
        if not force.men.uncertain:
            own = force.quality.value * quality[force.power]
            assert men[at] == force.men.value
            assert experience[at] == pytest.approx(force.men.value * own)
    ready = [
        p.manpower.ready.value * p.manpower.quality_ready.value for p in stated.powers.values()
    ]
    assert tables.state["ready_experience"].tolist() == pytest.approx(ready)


def test_a_front_is_dug_in_before_the_war_and_surprised_where_the_file_says_so(tables: Compiled):
    assert tables.state["dug_in"].tolist() == [2.0]
    assert tables.state["front"].tolist() == [0.0] and tables.state["hostile"].tolist() == [1.0]
    plain = compile(load(BORDER))
    assert plain.world["surprised"].tolist() == [0.0, 2.0]


def test_a_season_may_come_on_some_axes_alone(tmp_path: Path):
    """Mud on the border and frost on the steppe, on the same days; Ostland stands on both."""
    frost = '[[season]]\nname = "frost"\nfrom = "10-07"\nuntil = "11-10"\npace = 0.7\n'
    mud = 'until = "11-10"\n'
    edits = (
        (mud, mud + 'axes = ["border"]\n'),
        ("", frost + 'axes = ["steppe"]\n'),
        (
            'title = "Ostland"\n',
            'title = "Ostland"\nquality_by_season = { frost = 0.8, mud = 1.1 }\n',
        ),
        (
            'title = "Midland"\n',
            'title = "Midland"\nquality_by_season = { frost = 0.8, mud = 1.1 }\n',
        ),
    )
    council = TESTS / "scenarios" / "council.toml"
    tables = compile(load(bad(tmp_path, council, edits)))
    border, steppe = (tables.axes["axis"].index(name) for name in ("border", "steppe"))
    assert set(tables.world["pace_week"][18:22, border]) == {np.float32(0.25)}
    assert set(tables.world["pace_week"][18:22, steppe]) == {np.float32(0.7)}
    quality = dict(zip(tables.axes["power"], tables.world["quality_week"][20], strict=True))
    wanted = {"westland": 1.0, "ostland": (1.1 + 0.8) / 2, "midland": 0.8}
    assert quality == pytest.approx(wanted)
    # Two seasons on one axis at a time, an axis that is none: mistakes, both told.
    words = told(bad(tmp_path, council, ((mud, mud + 'axes = ["border", "hills"]\n'), ("", frost))))
    assert "season[1].axes[2]" in words and "is no axis" in words
    assert "season[2].from" in words and 'overlaps season "mud" on' in words
