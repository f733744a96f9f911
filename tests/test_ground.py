"""Every place of an axis can fall, those at its ends too, and with it who lives and works there;
what its works are built of."""

import jax
import numpy as np
import pytest

from sinews.engine.posterior import read_posterior
from sinews.engine.simulate import drawn
from sinews.errors import ScenarioError
from sinews.model import combat, industry
from sinews.model.coefficients import Coefficients
from sinews.model.industry import PASS
from sinews.model.state import State
from sinews.model.world import World
from sinews.scenario import load_text
from sinews.scenario.compile import Compiled, compile

AXIS = """
format = 2
start = 1941-06-02
weeks = 8
source = "s"
kind = "assumed"
[sources]
s = "made up"
[sector.works]
makes = "steel"
[item.gun]
weight = 0.1
establishment = 1
trains = 1e-5
[power.left]
reserve_theatre = "line"
manpower.pool = "1 M"
industry.works = { capacity = "1 kt a week", labour = "10 k" }
[power.right]
reserve_theatre = "line"
manpower.pool = "1 M"
industry.works = { capacity = "1 kt a week", labour = "10 k" }
[theatre.line]
front = 0
west = ["left"]
east = ["right"]
place = [
    { name = "A", km = -100, power = "left", people = "2 M", industry.works = 1 },
    { name = "B", km = KM, power = "right", people = "2 M", industry.works = 1 },
]
[[force]]
power = "left"
theatre = "line"
men = "500 k"
[[force]]
power = "right"
theatre = "line"
men = "500 k"
"""


def axis(km: str = "100") -> Compiled:
    return compile(load_text(AXIS.replace("KM", km).encode(), "axis.toml"))


@pytest.fixture(scope="module")
def fighting() -> tuple[State, World]:
    compiled = axis()
    world = World(Coefficients(), **compiled.world)
    return State(**compiled.state | {"week": np.int32(0)}), jax.tree.map(np.float32, world)


@jax.jit
def week(state: State, world: World, key: jax.Array) -> State:
    return industry.step(combat.step(state, world, key), world, key)


@pytest.mark.parametrize(("winner", "sign"), [(0, 1.0), (1, -1.0)])
def test_an_army_that_runs_to_the_end_of_an_axis_takes_its_last_place(
    winner: int, sign: float, fighting: tuple[State, World]
):
    state, world = fighting
    loser = 1 - winner
    strong = np.where(np.arange(2)[:, None] == winner, 1.0, 0.05)
    goal = np.where(np.arange(2) == winner, world.high if sign > 0 else world.low, 0.0)
    state = state.replace(
        men=state.men * strong,
        experience=state.experience * strong,
        offensive=(np.arange(2)[:, None] == winner).astype(np.float32),
        goal=goal[:, None].astype(np.float32),
    )
    working = float(state.labour[loser].sum())
    for number in range(10):
        state = week(state, world, jax.random.key(number))
    assert sign * float(state.front[0]) == 100.0 + PASS
    # The loser has its place, the people of military age and the plant in it no more.
    assert state.lost_share.tolist() == [float(loser == 0), float(loser == 1)]
    assert not np.asarray(state.plant)[loser].any() and np.asarray(state.plant)[winner].all()
    assert float(state.pool[loser]) == 0.0 and float(state.pool[winner]) > 0.9e6
    taken = float(state.occupied[loser])
    assert taken == pytest.approx(1e6 + working, rel=1e-5) and not state.occupied[winner]
    assert float(state.labour[loser].sum()) == 0.0


def test_a_sectors_capacity_is_built_of_machines_or_of_what_it_names():
    works = 'makes = "steel"\n'
    others = '[sector.tools]\nmakes = "machines"\n[sector.kilns]\nmakes = "bricks"\n'
    alone = AXIS.replace("KM", "100").replace(works, f"{works}capital = 3\nBUILT")
    text = alone.replace("BUILT", f"BUILT{others}")
    for built, material in (("", "machines"), ('built_of = "bricks"\n', "bricks")):
        compiled = compile(load_text(text.replace("BUILT", built).encode(), "axis.toml"))
        capital = compiled.world["capital"]
        assert capital[compiled.axes["material"].index(material), 0] == 3 and capital.sum() == 3
    for bad, message in (
        (text.replace("BUILT", 'built_of = "brick"\n'), 'built_of = "brick"'),
        (alone.replace("BUILT", ""), "no sector makes machines, of which plants are built"),
    ):
        with pytest.raises(ScenarioError, match=message):
            load_text(bad.encode(), "axis.toml")


def test_a_front_may_go_past_the_last_place_wherever_a_member_has_it():
    compiled = axis("{ low = 80, high = 120 }")
    assert compiled.world["high"].tolist() == [120.0 + PASS]
    assert compiled.world["low"].tolist() == [-100.0 - PASS]
    draws = drawn(compiled, read_posterior(compiled.scenario), 0, np.arange(128, dtype=np.uint32))
    km = draws.fields["place_km"][1]
    assert km.min() < 82 and km.max() > 118
    assert (compiled.world["high"] - PASS >= km).all()
