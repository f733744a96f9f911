"""Fronts feel each other, and hold ground by density: by hand, and with the cause turned round in a
war on two axes."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import jax
import numpy as np
import pytest

from sinews import simulate
from sinews.errors import ScenarioError
from sinews.model.coefficients import Coefficients
from sinews.model.combat import (
    Luck,
    breakthrough,
    contest,
    jutting,
    main_odds,
    room,
    speeds,
    struck,
)
from sinews.model.state import State
from sinews.model.strength import driving
from sinews.model.supply import refreshed
from sinews.model.world import World
from sinews.scenario import load_text
from sinews.scenario.compile import compile

MEMBERS, WEEKS = 256, 12

WAR = """
title = "Two axes"
format = 2
start = 1941-06-02
weeks = 12
source = "s"
kind = "assumed"
sources.s = "made up"
[item.tank]
weight = 40
establishment = 0.002
trains = 0.04
armour = 1
[power.west]
policy = "scripted"
reserve_theatre = "north"
[[power.west.script]]
from = 1941-06-02
until = 1941-08-25
attack = ["north", "south"]
[power.east]
policy = "scripted"
reserve_theatre = "north"
[theatre.north]
front = 0
width = 400
flanks = { south = 500 }
west = ["west"]
east = ["east"]
place = [{ name = "A", km = -900, power = "west" }, { name = "B", km = 900, power = "east" }]
[theatre.south]
front = 0
width = 400
west = ["west"]
east = ["east"]
place = [{ name = "C", km = -900, power = "west" }, { name = "D", km = 900, power = "east" }]
[[force]]
power = "west"
theatre = "north"
men = 600e3
days = 30
tank = 1200
[[force]]
power = "west"
theatre = "south"
men = 600e3
days = 30
tank = 1200
[[force]]
power = "east"
theatre = "north"
men = 300e3
days = 30
tank = 600
[[force]]
power = "east"
theatre = "south"
men = 600e3
days = 30
tank = 1200
"""


@cache
def fought(text: str) -> dict[str, np.ndarray]:
    """Where each member's fronts stand at the end."""
    measures = ("front:north", "front:south")
    scenario = load_text(text.encode(), "fronts.toml")
    found = simulate(scenario, members=MEMBERS, weeks=WEEKS, seed=1, measures=measures)
    names = [str(name).split("@")[0] for name in found["pick"].values]
    return {n[6:]: found["chosen"].values[names.index(n)].astype(float) for n in measures}


def test_a_front_that_outruns_its_neighbour_waits_for_it_and_turns_who_holds_there():
    near, far = fought(WAR), fought(WAR.replace("south = 500", "south = 90e3"))
    apart, free = (abs(x["north"] - x["south"]) for x in (near, far))
    # No lead is longer than the width between the axes allows, 1.4 of it at most.
    assert apart.max() <= 700.0 < free.max()
    assert apart.mean() < 0.7 * free.mean()
    moved = {n: near[n] - far[n] for n in near}
    error = {n: x.std() / np.sqrt(MEMBERS) for n, x in moved.items()}
    assert moved["north"].mean() < -3.0 * error["north"]
    assert moved["south"].mean() > 3.0 * error["south"]


def test_a_narrow_front_has_no_room_for_more_men_and_a_wide_one_is_not_covered():
    enough = fought(WAR)["south"]
    wide = fought(WAR.replace("width = 400\nwest", "width = 3000\nwest"))["south"]
    narrow = fought(WAR.replace("width = 400\nflanks", "width = 40\nflanks"))
    # 600,000 men cover 400 km, and no 3,000: whoever attacks there goes further.
    assert (wide - enough).mean() > 3.0 * (wide - enough).std() / np.sqrt(MEMBERS)
    # On 40 km twice the men are no stronger than the 200,000 who find room.
    assert narrow["north"].mean() < 0.5 * fought(WAR)["north"].mean()


def begun(text: str = WAR, **state: Any) -> tuple[State, World]:
    """The first week of a war, with another state."""
    compiled = compile(load_text(text.encode(), "fronts.toml"))
    world = World(Coefficients(), **compiled.world)
    first = State(**compiled.state | {"week": np.int32(0)} | state)
    return jax.tree.map(np.asarray, first), jax.tree.map(np.float32, world)


def test_who_stands_out_is_worked_out_by_hand():
    front = np.float32([300.0, 0.0])
    state, world = begun(front=front)
    # 300 km over 500: the west juts out in the north, the east in the south.
    np.testing.assert_allclose(jutting(state, world), [[0.6, 0.0], [0.0, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(
        jutting(state.replace(front=-front), world), [[0.0, 0.6], [0.6, 0.0]], rtol=1e-6
    )
    calm = state.replace(hostile=np.float32([1.0, 0.0]))
    assert not np.any(jutting(calm, world))
    # Two neighbours add up.
    third = WAR.replace("[[force]]", CENTRE + "[[force]]", 1)
    state, world = begun(third, front=np.float32([0.0, 0.0, 250.0]))
    assert float(jutting(state, world)[0, 2]) == pytest.approx(250 / 500 + 250 / 1000)


CENTRE = """
[theatre.centre]
front = 0
flanks = { south = 500, north = 1000 }
west = ["west"]
east = ["east"]
place = [{ name = "E", km = -900, power = "west" }, { name = "F", km = 900, power = "east" }]
"""


def test_a_salient_spreads_its_men_slows_and_is_turned():
    no_luck = Luck(*(np.zeros(2, np.float32),) * 3, *(np.zeros((3, 2), np.float32),) * 2)
    attacks = np.float32([[1.0, 1.0], [0.0, 0.0]])
    dug = {"offensive": attacks, "dug_in": np.float32([400.0, 400.0])}
    level, ahead = (begun(front=np.float32([km, 0.0]), **dug) for km in (0.0, 250.0))
    one, other = (contest(*x, no_luck) for x in (level, ahead))
    # West in the north: half a width ahead, strength by 1 / 1.2. East in the south is as far out,
    # and half its 400 weeks' digging still count in full, as at first.
    np.testing.assert_allclose(other.strong, one.strong, rtol=1e-6)
    np.testing.assert_allclose(other.odds[0] / one.odds[0], [1 / 1.2, 1.2], rtol=1e-5)
    lost = begun(front=np.float32([500.0, 0.0]), **dug)
    turned = contest(*lost, no_luck)
    dug_in = 1.0 + Coefficients().entrench
    np.testing.assert_allclose(turned.odds[0, 1] / one.odds[0, 1], 1.4 * dug_in, rtol=1e-5)
    # Half as fast half-way, and no further at the whole width.
    pace = [np.asarray(speeds(x, w, f))[0, 0] for (x, w), f in ((level, one), (ahead, other))]
    assert pace[1] < 0.5 * pace[0] and float(speeds(*lost, turned)[0, 0]) == 0.0


def test_reserves_come_to_where_an_attacker_strikes():
    """Rested he meets the odds of main sectors, half spent half-way to those of the whole front."""
    no_luck = Luck(*(np.zeros(2, np.float32),) * 3, *(np.zeros((3, 2), np.float32),) * 2)
    c, attacks = Coefficients(), np.float32([[1.0, 1.0], [0.0, 0.0]])
    rested = np.float32([[c.regroup_weeks, c.regroup_weeks / 2], [52.0, 52.0]])
    state, world = begun(offensive=attacks, rested=rested)
    fight = contest(state, world, no_luck)
    np.testing.assert_allclose(fight.massed, [[1.0, 0.5], [1.0, 1.0]], rtol=1e-6)
    odds = np.float32([[1.6, 1.6], [1 / 1.6, 1 / 1.6]])
    main = main_odds(1.6, c.main_share, c.hold_ratio)
    wanted = [float(breakthrough(x, c.full_odds, c.uneven)) for x in (main, (1.6 + main) / 2)]
    np.testing.assert_allclose(
        speeds(state, world, fight._replace(odds=odds))[0], wanted, rtol=1e-5
    )


def test_an_attack_at_three_to_two_loses_most_of_its_pace_in_two_months_and_has_it_back_rested():
    no_luck = Luck(*(np.zeros(2, np.float32),) * 3, *(np.zeros((3, 2), np.float32),) * 2)
    c, attacks = Coefficients(), np.float32([[1.0, 1.0], [0.0, 0.0]])
    odds, pace = np.float32([[1.5, 1.5], [1 / 1.5, 1 / 1.5]]), []
    rested = np.full((2, 2), 52.0, np.float32)
    for offensive in [attacks] * 9 + [0.0 * attacks] * 6 + [attacks]:
        state, world = begun(offensive=attacks, rested=rested)
        fight = contest(state, world, no_luck)._replace(odds=odds)
        pace.append(float(speeds(state, world, fight)[0, 0]))
        rested = refreshed(rested, offensive, c)
    assert pace[0] > 0.75 and pace[8] < 0.5 * pace[0]
    assert all(x >= y for x, y in pairwise(pace[:9])) and pace[15] == pytest.approx(pace[0])


def test_the_abler_breaks_through_at_odds_at_which_the_other_does_not():
    """Of twice the enemy's quality, the odds on the sectors struck count 2**manoeuvre times; a
    season that takes half of it away leaves neither an advantage."""
    no_luck = Luck(*(np.zeros(2, np.float32),) * 3, *(np.zeros((3, 2), np.float32),) * 2)
    state, world = begun()
    half = np.float32([[1.0], [0.5]])
    state = state.replace(experience=half * state.men, rested=0.0 * state.rested)
    c, odds = world.coefficient, np.float32([[1.2, 1.2], [1 / 1.2, 1 / 1.2]])
    for season, lead in ((1.0, 2.0), (0.5, 1.0)):
        weeks = world.quality_week * np.float32([season, 1.0])
        met = replace(world, quality_week=weeks)
        fight = contest(state, met, no_luck)._replace(odds=odds)
        wanted = odds * np.float32([[lead], [1 / lead]]) ** c.manoeuvre
        np.testing.assert_allclose(struck(met, fight), wanted, rtol=1e-5)


LORRIES = WAR.replace(
    "[power.west]",
    "[item.lorry]\nweight = 0\nestablishment = 0.06\ntrains = 0.012\ncarries = 1\n[power.west]",
)


def test_who_has_a_quarter_of_his_lorries_follows_half_as_fast():
    """By hand: on_foot + (1 - on_foot) / 4 of the speed of a front that has them all, or more."""
    state, world = begun(LORRIES)
    most = 0.06 * np.asarray(state.men)[:, 0]
    for share, wanted in ((2.0, 1.0), (0.25, 0.3 + 0.7 * 0.25), (0.0, 0.3)):
        kit = np.array(state.equipment)
        kit[..., 1] = (share * most @ np.asarray(world.army_power).T)[..., None].squeeze()
        found = np.asarray(driving(state.replace(equipment=kit), world))[:, 0]
        np.testing.assert_allclose(found, [wanted, wanted], rtol=1e-5)


def test_room_is_worked_out_by_hand():
    _, world = begun()
    world = jax.tree.map(lambda x: x, world)
    men = np.float32([[4e6, 1e5], [140e3, 3e5]])
    counts, covers = room(men, world)
    np.testing.assert_allclose(counts, [[0.5, 1.0], [1.0, 1.0]], rtol=1e-6)
    np.testing.assert_allclose(covers, [[1.0, 1 / 2.8], [0.5, 1.0]], rtol=1e-6)
    _, world = begun(WAR.replace("width = 400\n", ""))
    assert np.all(np.stack(room(men, world)) == 1.0)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("flanks = { south = 500 }", "flanks = { north = 500 }", "theatre.north.flanks.north"),
        ("flanks = { south = 500 }", "flanks = { east = 500 }", "theatre.north.flanks.east"),
        ("[theatre.south]\n", "[theatre.south]\nflanks = { north = 400 }\n",
         "theatre.south.flanks.north"),
    ],
)  # fmt: skip
def test_neighbours_that_cannot_be_are_named(old: str, new: str, where: str):
    with pytest.raises(ScenarioError, match=where):
        load_text(WAR.replace(old, new).encode(), "fronts.toml")
