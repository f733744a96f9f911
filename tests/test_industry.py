"""Industry: orders that lead to new works, and what these are built of to more."""

from dataclasses import fields, replace
from functools import cache
from itertools import accumulate
from typing import Any

import jax
import numpy as np
import pytest

from sinews.model import industry, trade
from sinews.model.coefficients import Coefficients
from sinews.model.state import State
from sinews.model.world import World
from sinews.scenario import Scenario, load, load_text
from sinews.scenario.compile import compile

# Mines sell ore abroad; what they are built of is made at home, where all of it is used.
MINES = """
start = 1941-06-02
weeks = 60
source = "made-up"
kind = "assumed"
sources.made-up = "Made up for tests."
[sector.mines]
makes = "ore"
capital = 12
[sector.machine-building]
makes = "machines"
capital = 10
[sector.saltworks]
makes = "salt"
[coefficient]
invest = 0.05
build_weeks = 20
stock_weeks = 12
hire = 1
[power.seller]
reserve_theatre = "home"
manpower.pool = 1e7
stock = { ore = "20 kt", machines = "96 kt", salt = "10 kt" }
home_use = { machines = "20 kt a week" }
[power.seller.industry]
mines = { capacity = "3 kt a week", labour = 1000 }
machine-building = { capacity = "20 kt a week", labour = 1000 }
saltworks = { capacity = "2 kt a week", labour = 1000 }
[power.buyer]
reserve_theatre = "overseas"
stock = { gold = "5000 t", machines = "900 kt" }
[theatre.home]
power = "seller"
[[theatre.home.place]]
name = "Home"
people = 1e6
industry = { mines = 1, machine-building = 1, saltworks = 1 }
[theatre.overseas]
power = "buyer"
[power.foe]
reserve_theatre = "beyond"
[theatre.beyond]
power = "foe"
[item.rifle]
weight = 0
establishment = 0.5
trains = 0.00001
[route.sea]
capacity = "900 trains/day"
weeks = 1
[contract.ore]
seller = "seller"
buyer = "buyer"
goods = { ore = 144e3 }
price = "432 t"
route = "sea"
from = 1941-06-02
until = 1942-07-27
signed = 1941-06-02
[contract.machines]
seller = "buyer"
buyer = "seller"
goods = { machines = "120 kt" }
price = "60 t"
call_off = true
route = "sea"
from = 1941-06-02
until = 1942-07-27
"""
MINE, WORKS, SALT = range(3)
MACHINES, GOLD = 1, -1
ORE, BOTH = np.array([0.0, 1e6]), np.array([0.0, 0.0])
"""Which contracts are signed: that for ore, and that for machines too."""
YEAR = 52


def opened(scenario: Scenario) -> tuple[State, World]:
    """The first State of a scenario, and its World, in the middle of all ranges."""
    compiled = compile(scenario)
    middle = np.array([[each.middle] for each in compiled.ranges], np.float32).reshape(-1, 1)

    def filled(kind: type) -> dict[str, Any]:
        names = {field.name for field in fields(kind)} & {*compiled.state, *compiled.world}
        tables = {**compiled.state, **compiled.world}
        tables |= {n: compiled.drawn(n, middle)[..., 0] for n in compiled.terms}
        return {n: jax.numpy.asarray(tables[n]) for n in names}

    known = {name: number.middle for name, number in compiled.coefficients.items()}
    state = State(**filled(State) | {"week": jax.numpy.int32(0)})
    return state, World(coefficient=Coefficients(**known), **filled(World))


@cache
def mines() -> tuple[State, World]:
    """The first State of MINES, and its World."""
    return opened(load_text(MINES.encode(), "mines.toml"))


@cache
def _week() -> Any:
    def week(state: State, world: World) -> State:
        key = jax.random.key(0)
        return trade.step(industry.step(state, world, key), world, key)

    return jax.jit(week)


def lived(state: State, world: World, weeks: int = YEAR) -> list[State]:
    """The States of a year of work and trade alone, the first as given."""
    return [*accumulate(range(weeks), lambda s, _: _week()(s, world), initial=state)]


def ordered(times: float, **changes: Any) -> list[State]:
    """A year in which `times` as much ore is ordered from abroad."""
    state, world = mines()
    more = {n: times * getattr(world, n) for n in ("lot_due", "lot_total")}
    war = changes.pop("war", state.war)
    return lived(state.replace(war=war), replace(world, **more | changes))


def works(history: list[State]) -> np.ndarray:
    """What works can make at the end of the year, kt a week [sector]."""
    return np.asarray(history[-1].plant).sum(axis=0) / 1e3


def worked_out(times: float) -> list[float]:
    """What mines and machine-building can make after a year, kt a week, by hand: of what is asked
    beyond them a twentieth is begun, which takes three stages of 20/3 weeks each."""
    can, stages = [3.0, 20.0], [[0.0] * 3, [0.0] * 3]
    ore, machines, sent, order = 20.0, 96.0, 0.0, 0.0
    for week in range(YEAR):
        for at in (0, 1):
            passed = [0.15 * x for x in stages[at]]
            stages[at] = [
                x - y + z for x, y, z in zip(stages[at], passed, [0.0, *passed[:2]], strict=True)
            ]
            can[at] += passed[-1]
        planned = [can[at] + sum(stages[at]) for at in (0, 1)]
        mine = 0.05 * max(order / 8 - ore / 12 - planned[0], 0.0)
        for_works = 0.05 * max(20 - machines / 12 - planned[1], 0.0)
        works = 0.05 * max(20 + 12 * mine + 10 * for_works - machines / 12 - planned[1], 0.0)
        built = 12 * mine + 10 * works
        share = min(machines / max(built, 1e-9), 1.0)
        stages[0][0] += share * mine
        stages[1][0] += share * works
        machines -= min(machines, share * built + 20)
        machines += can[1]
        ore += can[0]
        taken = min(order, ore)
        ore, sent = ore - taken, sent + taken
        order = max(times * 144 * min((week + 1 + 8 + 1) / 60, 1.0) - sent, 0.0)
    return can


@pytest.mark.parametrize("times", [0.0, 1.0, 5.0])
def test_orders_for_ore_make_the_works_grow_that_build_for_mines(times: float):
    """Five times the ore: mines are dug, of machines, for which machine-building grows too, by a
    fifth at least within a year. Without an order, or with one that mines meet, neither does."""
    last = works(ordered(times))
    np.testing.assert_allclose(last[[MINE, WORKS]], worked_out(times), rtol=1e-4)
    assert (last[[MINE, WORKS]] > [12.0, 24.0]).all() if times > 1 else (last[:2] == [3, 20]).all()


def test_nothing_is_built_of_nothing():
    """Mines that do not say what they are built of do not grow, and nothing asks for machines."""
    free = np.array(mines()[1].capital)
    free[:, MINE] = 0.0
    np.testing.assert_array_equal(works(ordered(5.0, capital=free)), works(ordered(1.0)))


def test_a_power_at_war_lets_its_peoples_use_wait():
    """At war the 20 kt of machines that people take lead to no works; mines are dug of them."""
    war = np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], np.float32)
    last = works(ordered(5.0, war=war))
    assert last[WORKS] == 20.0 and last[MINE] > 12.0


def test_gold_that_ore_earns_buys_the_machines_that_are_lacking():
    """What mines take of machines comes from abroad, at half a tonne of gold the kt: people have
    200 kt more in the year, and machine-building grows by less than a third as much. Who lacks
    none buys none."""
    bought, alone = (ordered(5.0, lot_signed=at) for at in (BOTH, ORE))
    came = float(bought[-1].delivered[1])
    assert 200e3 < came < 300e3
    used = [sum(float(state.used[0, MACHINES]) for state in year) for year in (bought, alone)]
    assert used[0] > used[1] + 200e3
    grown = [works(year)[WORKS] - 20.0 for year in (bought, alone)]
    assert 0.0 < grown[0] < grown[1] / 3.0
    for year in (bought, alone):
        ore, machines = (float(x) for x in year[-1].delivered)
        earned = 3e-3 * ore - 5e-4 * machines
        assert float(year[-1].material[0, GOLD]) == pytest.approx(earned, rel=1e-4)
    assert float(ordered(1.0, lot_signed=BOTH)[-1].delivered[1]) == 0.0


def test_works_without_a_customer_stand_still():
    """Of 10 kt of salt there are no more after a year than its first week gave."""
    history = lived(*mines())
    salt = [float(state.material[0, SALT]) for state in history]
    assert salt[0] == 10e3 and salt[-1] == salt[1] <= 12e3


@cache
def _east() -> tuple[State, World, dict[str, tuple[str, ...]]]:
    scenario = load("eastern-front-1941")
    return *opened(scenario), compile(scenario).axes


@pytest.mark.parametrize("place", ["Gorky", "Moscow", "Kharkov"])
def test_tanks_are_made_where_the_works_stand(place: str):
    """Of what the USSR makes in its first eight weeks is lacking what stood at a place that the
    enemy passed, compared with one that he is about to: more than half of its share of plant, and
    no more than twice."""
    state, world, axes = _east()
    at, ussr = axes["place"].index(place), axes["power"].index("ussr")
    axis = int(np.argmax(world.place_axis[at]))
    arms, tank = axes["sector"].index("arms"), axes["item"].index("tank")
    owned = np.asarray(state.owner)[:, ussr] @ np.asarray(state.plant)[:, arms]

    def tanks(front: float) -> float:
        fronts = state.front.at[axis].set(world.place_km[at] + front)
        still = state.replace(front=fronts, spare_trains=0.0 * state.spare_trains)
        return float(lived(still, world, 8)[-1].output[ussr, tank] - state.output[ussr, tank])

    share = float(state.plant[at, arms] / owned)
    assert 0.5 * share < 1.0 - tanks(industry.PASS) / tanks(-1.0) < 2.0 * share
