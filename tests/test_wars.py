"""Who is at war with whom: wars begin, spread, and end; a power that is at none does not fight."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from mistakes import TESTS, told
from worlds import Mix, alone, at_war, random_one

from sinews.analysis.run import simulate
from sinews.engine.posterior import read_posterior
from sinews.engine.probes import places_of
from sinews.engine.simulate import blocks
from sinews.model.agreements import bound
from sinews.model.orders import Orders, hold
from sinews.model.state import State
from sinews.model.view import Rules, View
from sinews.model.wars import breaking
from sinews.model.world import World
from sinews.scenario import load
from sinews.scenario.compile import compile
from sinews.testing import check_policy, example

FAR_EAST = TESTS / "scenarios" / "far-east.toml"
# Power 0 faces 1 on both axes; 2 is beside 0 on the first, and across from it on the second.
ENDS = np.array([[1, 1], [-1, -1], [1, -1]], np.float32)


def at_peace(**changes: Any) -> tuple[State, World]:
    """Three powers at peace, of which the first two have signed the first agreement."""
    state, world = random_one(Mix(seed=121, quiet=1.0, empty=0.0))
    tables = {
        "end": ENDS,
        "party": [[1, 1, 0], [0, 0, 0]],
        "defence": np.zeros(2),
        "truce_weeks": np.zeros(2),
        "homeward": np.zeros(2),
        "peace": np.zeros((2, 2)),
    }
    own = {n: x for n, x in changes.items() if n in tables}
    world = replace(world, **{n: np.asarray(x, np.float32) for n, x in (tables | own).items()})
    never = replace(world.coefficient, break_rate=np.float32(0.0), reliance=np.float32(1.0))
    nothing = ("attack", "declare", "truce", "collapsed", "signed", "breached", "broken_seen")
    made = {n: np.zeros_like(getattr(state, n)) for n in nothing}
    made |= {"in_force": np.array([1, 0])} | at_war(np.zeros(2), ENDS)
    made |= {n: np.asarray(x) for n, x in changes.items() if n not in own}
    state = state.replace(**{n: np.asarray(x, np.float32) for n, x in made.items()})
    return state, replace(world, coefficient=never)


def week(state: State, world: World, seed: int = 0, **coefficients: float) -> State:
    """After a week of wars alone."""
    c = replace(world.coefficient, **{n: np.float32(x) for n, x in coefficients.items()})
    return alone("wars")(state, replace(world, coefficient=c), jax.random.key(seed))


def pair(p: int, q: int) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[[p]].T @ np.eye(3, dtype=np.float32)[[q]]


def fighters(state: State) -> set[tuple[int, int]]:
    return {(int(p), int(q)) for p, q in np.argwhere(np.asarray(state.war) > 0) if p < q}


def test_a_declaration_an_attack_and_a_breach_each_begin_a_war():
    assert fighters(week(*at_peace())) == set()
    assert fighters(week(*at_peace(declare=pair(2, 1)))) == {(1, 2)}
    attack = np.zeros((3, 2))
    attack[0, 1] = 1.0
    after = week(*at_peace(attack=attack))
    assert fighters(after) == {(0, 1), (0, 2)}, "on whoever stands across"
    assert np.asarray(after.engaged).tolist() == [[1, 1], [1, 1], [0, 1]]
    breached = np.zeros((2, 3))
    breached[0, 1] = 1.0
    assert fighters(week(*at_peace(breached=breached, peace=[[1, 0], [0, 0]]))) == {(0, 1)}
    # Who has signed nothing about peace has broken none.
    assert fighters(week(*at_peace(breached=breached))) == set()


def test_surprise_counts_from_the_outbreak():
    state, world = at_peace(declare=pair(0, 1))
    after = week(state.replace(week=np.int32(7)), world)
    assert np.asarray(after.outbreak).tolist() == [7, 7, 0]
    assert np.asarray(week(after.replace(week=np.int32(9)), world).outbreak).tolist() == [7, 7, 0]


def test_an_ally_is_called_and_comes_or_is_thought_the_worse_of():
    defence = {"defence": [1, 0], "declare": pair(2, 1)}
    came = week(*at_peace(**defence))
    assert fighters(came) == {(1, 2), (0, 2)}
    assert np.asarray(came.called).tolist() == pair(0, 2).tolist()
    assert np.asarray(came.joined).tolist() == pair(0, 2).tolist()
    stayed = week(*at_peace(**defence), reliance=0.0, blame_absent=3.0)
    assert fighters(stayed) == {(1, 2)} and not np.asarray(stayed.joined).any()
    assert np.asarray(stayed.broken_seen).tolist() == (3 * pair(1, 0)).tolist()
    # Nobody is called by an alliance that is not in force, nor against an ally.
    assert not np.asarray(week(*at_peace(**defence, in_force=[0, 0])).called).any()
    both = week(*at_peace(defence=[1, 0], declare=pair(0, 1)))
    assert fighters(both) == {(0, 1)} and not np.asarray(both.called).any()
    times = [bool(np.asarray(week(*at_peace(**defence), seed=n, reliance=0.7).joined).any())
             for n in range(60)]  # fmt: skip
    assert 0.5 < np.mean(times) < 0.9


def test_an_armistice_ends_war_bars_attack_and_sends_prisoners_home():
    war = at_war(np.ones(2), ENDS)
    state, world = at_peace(**war, signed=[1, 0], truce_weeks=[20, 0], homeward=[1, 0])
    after = week(state, world)
    assert fighters(after) == fighters(state) - {(0, 1)} != set()
    held = np.asarray(state.prisoners)
    gained = np.asarray(after.reserve - state.reserve)
    np.testing.assert_allclose(gained, [held[1, 0], held[0, 1], 0], rtol=1e-2)
    assert np.asarray(after.prisoners)[0, 1] == np.asarray(after.prisoners)[1, 0] == 0
    # Until the truce is over, neither may attack the other, nor declare war.
    none = np.zeros(2, np.float32)
    quiet = after.replace(in_force=none, signed=none, declare=pair(0, 1))
    for now, may in ((19, False), (20, True)):
        then = quiet.replace(week=np.int32(now))
        assert (np.asarray(bound(then, world))[:2] == float(not may)).all()
        assert ((0, 1) in fighters(week(then, world))) == may


def test_a_power_that_bears_too_much_breaks_and_goes_home():
    """Hazard by hand: 0.002 * exp(10 * (0.8 - 0.4)) a week for one that has lost four fifths."""
    weights, bounds = np.array([10.0, 1.0]), np.array([0.4, 1.0])
    assert float(breaking(0.002, np.array([0.8, 0.5]), weights, bounds)) == pytest.approx(
        0.1092, 1e-3
    )
    state, world = at_peace(**at_war(np.ones(2), ENDS), lost_share=np.ones(7))
    bears = {"break_people": 40.0, "break_people_from": 0.4, "break_losses": 0.0}
    after = week(state, world, break_rate=1.0, **bears)
    lost = np.asarray(world.place_power).sum(axis=0) > 0
    assert (np.asarray(after.collapsed) == lost).all() and not fighters(after)
    assert not np.asarray(after.hostile).any()
    assert not np.asarray(week(state, world, **bears).collapsed).any(), "at no rate, never"
    # Its men go home, a tenth a week; none is called up or formed into units.
    next_ = alone("manpower")(after, world, jax.random.key(0))
    leave = float(world.coefficient.demobilise)
    np.testing.assert_allclose(next_.men, (1 - leave) * np.asarray(after.men), rtol=1e-5)
    assert not np.asarray(next_.formed).any()
    home = np.asarray(next_.pool - after.pool - world.cohort)
    np.testing.assert_allclose(home, leave * np.asarray(after.men).sum(axis=1), rtol=1e-2)


def test_who_is_at_war_with_nobody_there_neither_fights_nor_bleeds():
    """Power 2 stands beside power 0, which fights power 1."""
    state, world = at_peace()
    war = pair(0, 1) + pair(1, 0)
    engaged = np.array([[1, 1], [1, 1], [0, 0]], np.float32)
    state = state.replace(war=war, engaged=engaged, hostile=np.ones(2, np.float32))
    after = alone("combat")(state, world, jax.random.key(0))
    assert np.asarray(after.killed)[:2].all() and not np.asarray(after.killed)[2].any()
    without = state.replace(**{n: np.where(np.arange(3)[:, None] == 2, 0, getattr(state, n))
                               for n in ("men", "experience")})  # fmt: skip
    np.testing.assert_array_equal(
        after.front, alone("combat")(without, world, jax.random.key(0)).front
    )


def test_japan_fights_the_ussr_on_the_amur_and_china_on_the_yalu():
    scenario = load(FAR_EAST)
    compiled = compile(scenario)
    members = 32
    (block,) = blocks(compiled, read_posterior(scenario), range(members), 26, 1)
    places = places_of(compiled)

    def series(name: str) -> np.ndarray:
        at, shape = places[name]
        return block.rows[:, at : at + int(np.prod(shape))].reshape(-1, *shape, members)

    japan, ussr, china = (compiled.axes["power"].index(p) for p in ("japan", "ussr", "china"))
    war = series("war")
    assert war[4, japan, ussr].all() and not war[4, japan, china].any()
    # It declares war on China in July; the USSR and China are not at war.
    assert war[12, japan, china].all() and not war[:, ussr, china].any()
    assert series("hostile")[12].mean() > 0.95, "few have broken by then"
    killed = series("killed")
    for power in (japan, ussr, china):
        assert (killed[-1, power] > 1000).all()
    assert not killed[5, china].any()
    assert series("imbalance").max() < 1e-6


def test_what_is_wrong_with_wars_is_told(tmp_path: Any):
    text = FAR_EAST.read_text("utf-8")
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace('declare = ["china"]', 'declare = ["chine", "japan"]'))
    heard = told(path)
    assert "no power has that name" in heard and "is the power itself" in heard
    path.write_text(text.replace("peace = true", 'peace = true\nneutral = ["ussr"]'))
    assert "stands at neither end" in told(path)


def test_two_powers_are_at_war_or_at_peace_wherever_they_meet(tmp_path: Any):
    text = FAR_EAST.read_text("utf-8").replace('west = ["ussr"]', 'west = ["ussr", "china"]')
    path = tmp_path / "half.toml"
    path.write_text(text)
    heard = told(path)
    assert "theatre.yalu.peace" in heard and heard.count("at peace here") == 1
    assert "china and japan are at peace here, and at war on amur" in heard
    neutral = 'west = ["ussr", "china"]\nneutral = ["china"]'
    path.write_text(text.replace('west = ["ussr", "china"]', neutral))
    load(path)
    path.write_text(text.replace('west = ["ussr", "china"]', neutral).replace("peace = true", ""))
    assert "theatre.amur.neutral" in told(path)
    # Who stands beside another is neither at war nor at peace with it; nor is an axis of its own.
    path.write_text(text.replace("peace = true", ""))
    load(path)


def test_a_policy_declares_war():
    def hawk(view: View, rules: Rules, key: Any) -> Orders:
        return replace(hold(view, rules), declare=0.0 * view.trust + (view.week == 3))

    found = simulate(load(FAR_EAST), members=4, weeks=6, policies={"china": hawk})
    war = found["war"].sel(power="china")
    assert not war.sel(week=slice(0, 3)).any()
    assert war.sel(week=4, other=["japan", "ussr"]).all() and not war.sel(other="china").any()
    # The two do not meet: that war is one of words. The other is fought.
    assert found["hostile"].sel(axis="yalu", week=4).all()
    assert check_policy(hawk, *example(FAR_EAST, week=3), jax.random.key(0), 2).declare.any()
