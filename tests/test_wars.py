"""Who is at war with whom: wars begin, spread, and end; a power that is at none does not fight."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from mistakes import TESTS, told
from worlds import Mix, alone, at_war, axes_of, random_one

from sinews.analysis.run import simulate
from sinews.engine.posterior import read_posterior
from sinews.engine.probes import places_of
from sinews.engine.simulate import blocks
from sinews.model.agreements import bound
from sinews.model.cession import refuges
from sinews.model.laws import breaches
from sinews.model.orders import Orders, hold
from sinews.model.state import State
from sinews.model.view import Rules, View
from sinews.model.wars import breaking, strained
from sinews.model.world import CONDITIONS, World, contingent_power
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
        "ceding": np.eye(2),
        "cedes": np.zeros((2, 7, 3)),
        "army_least": np.zeros(3),
        "seat": np.zeros((3, 7)),
    }
    own = {n: x for n, x in changes.items() if hasattr(world, n)}
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


def test_a_separate_peace_is_held_against_an_ally_and_one_signed_together_is_not():
    both = pair(0, 2) + pair(2, 0) + pair(1, 2) + pair(2, 1)
    terms = {"war": both, "defence": [1, 0], "signed": [0, 1], "truce_weeks": [0, 20]}
    for parties, blamed in (([0, 1, 1], pair(0, 1)), ([1, 1, 1], 0 * both)):
        state, world = at_peace(**terms, party=[[1, 1, 0], parties])
        after = week(state, world, blame_absent=3.0)
        assert (1, 2) not in fighters(after)
        assert np.asarray(after.broken_seen).tolist() == (3 * blamed).tolist()
        free = week(state.replace(in_force=np.zeros(2, np.float32)), world, blame_absent=3.0)
        assert not np.asarray(free.broken_seen).any(), "nothing bound them"


def test_each_condition_raises_the_hazard_by_what_is_beyond_its_bound():
    """By hand: 10 * (0.8 - 0.4) = 4, and 0.002 * exp(4) = 0.1092 a week."""
    strain = strained(np.array([0.8, 0.5]), np.array([10.0, 1.0]), np.array([0.4, 1.0]))
    np.testing.assert_allclose(strain, [4.0, 0.0], rtol=1e-6)
    assert float(breaking(0.002, strain)) == pytest.approx(0.1092, 1e-3)
    # Its capital is the second place, three quarters of which are lost; of its people as many as
    # live there. It has had too few men for nine weeks, and this is the tenth.
    people = {"seat": np.eye(7)[[1, 0, 0]] * [[1], [0], [0]], "army_least": [9e9, 0, 9e9]}
    state, world = at_peace(**at_war(np.ones(2), ENDS), thin=[9, 9, 9], unmet=[0.7, 0.2, 0])
    world = replace(world, **{n: np.asarray(x, np.float32) for n, x in people.items()})
    owner = np.asarray(world.place_power).copy()
    owner[1] = [1, 0, 0]
    state = state.replace(owner=owner, lost_share=np.float32([0, 0.75, 0, 0, 0, 0, 0]))
    weights = dict.fromkeys((f"break_{n}" for n in CONDITIONS), 2.0)
    bounds = {f"break_{n}_from": 0.5 for n in CONDITIONS}
    after = week(state, world, **weights, **bounds)
    size = np.asarray(world.place_people)
    lost = 0.75 * size[1] / (owner[:, 0] @ size)
    hurt = sum(np.asarray(getattr(state, n))[0].sum() for n in ("killed", "wounded", "captured"))
    men = np.asarray(state.men)[0].sum() + np.asarray(state.pocket_men)[0].sum()
    losses = (float(state.bled[0]) * 25 / 26 + hurt) / men
    bears = np.array([lost, 0.75, 10, losses, 0.7])
    np.testing.assert_allclose(after.strain[0], 2 * np.maximum(bears - 0.5, 0), rtol=1e-5)
    assert np.asarray(after.thin).tolist() == [10, 0, 10]
    # Who has no capital has none to lose; one that was handed to another is lost.
    assert np.asarray(after.strain)[1:, 1].tolist() == [0, 0]
    owner[1] = [0, 1, 0]
    given = week(state.replace(owner=owner), world, **weights, **bounds)
    assert float(given.strain[0, 1]) == pytest.approx(1.0)
    # Of the broken it stays as it was, and at peace nobody's army is too small.
    fell = week(state.replace(collapsed=np.float32([1, 0, 0])), world, **weights, **bounds)
    assert np.asarray(fell.strain)[0].tolist() == np.asarray(state.strain)[0].tolist()
    calm = state.replace(**{n: np.zeros_like(getattr(state, n)) for n in ("war", "engaged")})
    assert not np.asarray(week(calm, world).thin).any()


def test_a_vital_need_unmet_is_counted_over_half_a_year():
    state, world = at_peace(unmet=[0.5, 0.5, 0.5])

    def first_two(*rows: list[float]) -> np.ndarray:
        """Of the first two materials so much, of others none."""
        return np.pad(np.float32(rows), [(0, 0), (0, state.material.shape[1] - 2)])

    none = {n: np.zeros_like(getattr(world, n))
            for n in ("gift_material", "programme", "sector_input", "capital")}  # fmt: skip
    home_use, vital = first_two([50, 40], [50, 0], [50, 50]), first_two([1, 0], [1, 0], [0, 0])
    world = replace(world, home_use=home_use, vital=vital, **none)
    state = state.replace(material=first_two([100, 0], [0, 0], [0, 0]))
    after = alone("industry")(state, world, jax.random.key(0))
    # The first has all that it cannot do without, the second nothing; the third can do without.
    want = 0.5 + (np.array([0.0, 1.0, 0.0]) - 0.5) / 26
    np.testing.assert_allclose(after.unmet, want, rtol=1e-5)


def test_a_power_that_bears_too_much_breaks_and_goes_home():
    state, world = at_peace(**at_war(np.ones(2), ENDS), lost_share=np.ones(7))
    bears = {"break_people": 40.0, "break_people_from": 0.4, "break_losses": 0.0}
    bears |= {"break_capital": 0.0, "break_army": 0.0, "break_need": 0.0}
    after = week(state, world, break_rate=1.0, **bears)
    lost = np.asarray(world.place_power).sum(axis=0) > 0
    assert (np.asarray(after.collapsed) == lost).all() and not fighters(after)
    assert not np.asarray(after.hostile).any()
    assert not np.asarray(week(state, world, **bears).collapsed).any(), "at no rate, never"
    # Its men go home, a tenth a week, their arms to its depots; none is called up or formed into
    # units, and those who await a unit go too.
    next_ = alone("manpower")(after, world, jax.random.key(0))
    leave = float(world.coefficient.demobilise)
    np.testing.assert_allclose(next_.men, (1 - leave) * np.asarray(after.men), rtol=1e-5)
    np.testing.assert_allclose(next_.equipment, (1 - leave) * np.asarray(after.equipment), 1e-5)
    laid_down = leave * np.asarray(world.army_power).T @ np.asarray(after.equipment)
    np.testing.assert_allclose(next_.depot, after.depot + laid_down, rtol=1e-4)
    assert not np.asarray(next_.formed).any()
    home = np.asarray(next_.pool - after.pool - world.cohort)
    waits = np.asarray(next_.ready) / (1 - leave) + np.asarray(after.men).sum(axis=1)
    np.testing.assert_allclose(home, leave * waits, rtol=1e-2)


def test_of_a_broken_power_the_encircled_and_some_of_the_rest_are_taken():
    """Power 1 alone breaks: its capital is lost. Power 0 takes its men on the first axis; on the
    second powers 0 and 2 do, each in proportion to its men."""
    ends = np.array([[1, 1], [-1, -1], [0, 1]], np.float32)
    state, world = at_peace(
        **at_war(np.ones(2), ends), end=ends, seat=np.eye(7)[[1, 1, 1]] * [[0], [1], [0]],
        lost_share=np.ones(7), men=np.full((3, 5), 1e5), pocket_men=np.full((3, 2), 1e4),
    )  # fmt: skip
    state = state.replace(men=np.float32([[1e5] * 5, [2e5] * 5, [3e5] * 5]))
    only = {f"break_{n}": 50.0 * (n == "capital") for n in CONDITIONS}
    after = week(state, world, break_rate=0.001, captivity=0.2, **only)
    assert np.asarray(after.collapsed).tolist() == [0, 1, 0]
    taken = np.asarray(after.surrendered)
    np.testing.assert_allclose(taken, [[0, 0], [0.2 * 2e5 + 1e4] * 2, [0, 0]], rtol=1e-5)
    caught = np.asarray(after.prisoners - state.prisoners)
    np.testing.assert_allclose(caught[:, 1], [5e4 + 5e4 / 4, 0, 5e4 * 3 / 4], rtol=1e-3)
    np.testing.assert_allclose(np.asarray(after.men)[1], [1.6e5, 1.6e5, 2e5, 2e5, 2e5], 1e-5)
    whose = np.asarray(contingent_power(world))[:, 1]
    assert not np.asarray(after.pocket_men)[1].any() and not (whose @ after.pocket_kit).any()
    kit = whose @ np.asarray(state.pocket_kit)
    np.testing.assert_allclose(after.depot[1] - state.depot[1], kit, rtol=1e-3, atol=1e-2)
    assert max(float(x) for x in breaches(state, after, world).values()) < 1e-6
    # Where all who fight there break in one week, nobody is taken.
    both = week(state, world, break_rate=1e3)
    assert np.asarray(both.collapsed).all() and not np.asarray(both.surrendered).any()


def test_the_encircled_are_free_when_the_war_there_is_over():
    state, world = at_peace(**at_war(np.array([1.0, 0.0]), ENDS))
    state = state.replace(pocket_men=np.full((3, 2), 1e4, np.float32))
    after = alone("combat")(state, world, jax.random.key(0))
    free = np.asarray(state.engaged) == 0
    assert free.any() and (np.asarray(after.pocket_men) == 0).tolist() == free.tolist()


def test_contracts_of_a_broken_power_go_on():
    state, world = at_peace(lapsed=np.zeros(4), delivered=np.zeros(4))
    rich = np.full_like(state.material, 1e9)
    state = state.replace(material=rich, landed=0.5 * np.asarray(world.lot_total))
    trade, key = alone("trade"), jax.random.key(0)
    sound = trade(state, world, key)
    fell = trade(state.replace(collapsed=np.ones(3, np.float32)), world, key)
    assert np.asarray(sound.handed).any()
    for name in ("handed", "allotted", "lapsed", "material", "order"):
        np.testing.assert_array_equal(getattr(fell, name), getattr(sound, name))


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


def handing(*gives: tuple[int, int], **changes: Any) -> tuple[State, World]:
    """A week in which the first agreement, of powers 0 and 1, comes into force and hands over
    places, each to a power; the front of each axis stands at 0, 1's places are at 100 km, 0's at
    -100."""
    cedes = np.zeros((2, 7, 3))
    for place, power in gives:
        cedes[0, place, power] = 1.0
    places = {"place_km": [-100, 100, -100, 100, 0, 0, 0], "place_end": [1, -1, 1, -1, 0, 0, 0]}
    state, world = at_peace(cedes=cedes, signed=[1, 0], front=[0, 0], **places, **changes)
    return state, world


def test_a_place_goes_to_another_with_people_plants_and_men_of_age():
    """Power 1 has places 1, 3 and 5; place 1 goes to power 0, and the front behind it."""
    state, world = handing((1, 0), lost_share=[0, 0.25, 0, 0, 0, 0, 0])
    after = week(state, world)
    assert np.asarray(after.owner).argmax(axis=1).tolist() == [0, 0, 0, 1, 0, 1, 2]
    assert np.asarray(after.front).tolist() == [100, 0]
    assert float(after.lost_share[1]) == 0.0
    people, mine = np.asarray(world.place_people, float), [1, 3, 5]
    behind = 0.25 * people[1]
    share = (people[1] - behind) / (people[mine].sum() - behind)
    pool, reserve, occupied = (np.asarray(getattr(state, n), float)[1]
                               for n in ("pool", "reserve", "occupied"))  # fmt: skip
    plant = np.asarray(state.plant, float)
    labour = np.asarray(state.labour, float)[1] * plant[1] / plant[mine].sum(axis=0)
    moved = share * (pool + reserve) + occupied + labour.sum()
    np.testing.assert_allclose(after.ceded, [0, moved, 0], rtol=1e-5)
    np.testing.assert_allclose(after.acceded, [moved, 0, 0], rtol=1e-5)
    gained = {n: np.asarray(getattr(after, n) - getattr(state, n))[0]
              for n in ("pool", "reserve", "occupied", "labour")}  # fmt: skip
    np.testing.assert_allclose(gained["pool"], share * pool + occupied, rtol=1e-3)
    np.testing.assert_allclose(gained["reserve"], share * reserve, rtol=1e-3)
    np.testing.assert_allclose(gained["labour"], labour, rtol=1e-2, atol=0.1)
    assert gained["occupied"] == 0 and float(after.occupied[1]) == 0
    np.testing.assert_array_equal(after.plant, state.plant)
    assert max(float(x) for x in breaches(state, after, world).values()) < 1e-6
    # Once only: the next week nothing moves, and the new owner has its cohort and its plants.
    again = week(after.replace(signed=np.zeros(2, np.float32)), world)
    assert not np.asarray(again.ceded).any() and not np.asarray(again.acceded).any()
    born = np.asarray(alone("manpower")(again, world, jax.random.key(0)).born)
    come = float(world.cohort[1]) * people[1] / people[mine].sum()
    np.testing.assert_allclose(born - world.cohort, [come, -come, 0], rtol=1e-3, atol=1e-2)
    # It is home to the west now: it is lost as the front goes west of it, by the pass.
    west = again.replace(front=np.float32([85.0, 0]))
    lost = alone("industry")(west, world, jax.random.key(0)).lost_share
    assert float(lost[1]) == pytest.approx(0.5)
    assert float(alone("industry")(again, world, jax.random.key(0)).lost_share[1]) == 0.0


def test_places_are_a_partys_to_give_and_may_be_given_back():
    # The third power's is nobody's to give in a treaty of the first two.
    state, world = handing((6, 0), (4, 1))
    after = week(state, world)
    assert np.asarray(after.owner).argmax(axis=1).tolist() == [0, 1, 0, 1, 1, 1, 2]
    # Not signed, nothing moves; nor where it is in force already.
    for signed in ([0, 0], [0, 1]):
        still = week(state.replace(signed=np.float32(signed)), world)
        np.testing.assert_array_equal(still.owner, state.owner)
    # A place whose owner gets it is evacuated: it is free of the other's troops by the next week.
    state, world = handing((3, 1), lost_share=[0, 0, 0, 1, 0, 0, 0])
    state = state.replace(front=np.float32([0, 300]))
    after = week(state, world)
    assert np.asarray(after.front).tolist() == [0, 100]
    assert not np.asarray(after.ceded).any()
    free = alone("industry")(after, world, jax.random.key(0))
    assert float(free.lost_share[3]) == 0.0
    # Of two agreements of one week the later in the file says whose it is.
    both = np.zeros((2, 7, 3))
    both[0, 1, 0] = both[1, 1, 1] = 1.0
    state, world = handing((1, 0), party=[[1, 1, 0], [1, 1, 1]])
    world = replace(world, cedes=np.float32(both))
    after = week(state.replace(signed=np.ones(2, np.float32)), world)
    assert np.asarray(after.owner)[1].tolist() == [0, 1, 0]


def test_without_any_agreement_places_stay_as_where_none_comes_into_force():
    """The engine leaves out what could hand them over; nothing else of the week may tell."""
    state, world = at_peace(in_force=np.zeros(2), **at_war(np.ones(2), ENDS))

    def cut(table: Any) -> Any:
        for gone in ("agreement", "ceding"):
            axes = {n: x.index(gone) for n, x in axes_of(type(table)).items() if gone in x}
            cut = {n: np.take(getattr(table, n), [], at) for n, at in axes.items()}
            table = replace(table, **cut)
        return table

    def after(state: State, world: World) -> State:
        state = week(state, world)
        return alone("industry")(state, world, jax.random.key(0))

    some, none = cut(after(state, world)), after(cut(state), cut(world))
    for name, value in vars(some).items():
        np.testing.assert_allclose(getattr(none, name), value, rtol=2e-6, err_msg=name)


def test_plant_evacuated_from_a_place_handed_over_goes_to_what_refuge_is_left():
    state, world = handing((0, 1), (5, 0))
    refuge = np.float32([0.5, 0, 0.25, 0, 0.25, 1, 1])
    after, world = week(state, world), replace(world, refuge=refuge)
    np.testing.assert_allclose(refuges(after, world), [0, 0, 0.5, 0, 0.5, 0, 1], rtol=1e-6)
    np.testing.assert_array_equal(refuges(state, world), refuge)


TREATY = """
[agreement.peace-of-seoul]
parties = ["japan", "china"]
signed = 1939-08-17
truce = 20
[agreement.peace-of-seoul.places]
Seoul = "china"
"""


def test_a_treaty_that_hands_over_places_is_written_in_a_line(tmp_path: Any):
    path = tmp_path / "seoul.toml"
    path.write_text(FAR_EAST.read_text("utf-8") + TREATY)
    found = simulate(load(path), members=4, weeks=20)
    signed = found["in_force"].sel(agreement="peace-of-seoul", quantile=0.5).values > 0.5
    assert signed.any() and not signed[:14].any()
    at = int(signed.argmax())
    war = found["war"].sel(power="japan", other="china").max("quantile").values
    assert war[9:at].all() and not war[at:].any()
    assert (found["ceded"].sel(place="Seoul", quantile=0.5).values == (np.arange(21) >= at)).all()
    assert found["ceded"].sel(place="Mukden").max() == 0
    assert (found["front"].sel(axis="yalu").values[:, at:] >= 300).all()
    assert float(found["imbalance_worst"].max()) < 1e-6


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ('Soul = "china"', "no place has that name"),
        ('Seoul = "chine"', "no power has that name"),
        ('Seoul = "ussr"', "is no party to the agreement"),
        ('Chita = "japan"', "no party's to give: it is that of ussr"),
        ('Tokyo = "japan"', "is its own already"),
        ('Harbin = "china"', "stands at neither end of amur"),
        ('Seoul = "china"\nMukden = "japan"', "lies east of Mukden, which goes to japan"),
    ],
)
def test_a_place_that_cannot_be_handed_over_is_told(tmp_path: Any, places: str, said: str):
    path = tmp_path / "wrong.toml"
    path.write_text(FAR_EAST.read_text("utf-8") + TREATY.replace('Seoul = "china"', places))
    heard = told(path)
    assert said in heard and "agreement.peace-of-seoul.places" in heard


def test_what_another_treaty_hands_to_a_party_is_its_own_to_give(tmp_path: Any):
    path = tmp_path / "chain.toml"
    first = '[agreement.sale]\nparties = ["ussr", "china"]\nplaces = { Chengdu = "ussr" }\n'
    then = '[agreement.resale]\nparties = ["ussr", "japan"]\nplaces = { Chengdu = "japan" }\n'
    text = FAR_EAST.read_text("utf-8")
    path.write_text(text + first + then)
    load(path)
    path.write_text(text + then)
    assert "no party's to give: it is that of china" in told(path)


def test_a_capital_and_a_vital_good_are_a_powers_own(tmp_path: Any):
    text = FAR_EAST.read_text("utf-8")
    path = tmp_path / "capital.toml"
    path.write_text(text.replace("[power.japan]", '[power.japan]\ncapital = "Chita"'))
    assert "power.japan.capital" in (heard := told(path)) and "is no place of its own" in heard
    path.write_text(text.replace("[power.japan]", '[power.japan]\ncapital = "Edo"'))
    assert "no place has that name" in told(path)
    path.write_text(text.replace("[power.japan]", '[power.japan]\nvital = ["rice"]'))
    assert "power.japan.vital" in told(path)
    rice = '[sector.rice]\nmakes = "rice"\n[power.japan]\nvital = ["rice"]'
    path.write_text(text.replace("[power.japan]", rice))
    assert "the rest of its economy takes none" in told(path)
    full = rice + '\ncapital = "Tokyo"\nhome_use = { rice = "200 kt a week" }'
    full = text.replace("[power.japan]", full).replace(
        "manpower = {", 'manpower = { least = "50 k",'
    )
    path.write_text(full)
    arrays, at = compile(load(path)), compile(load(path)).axes["place"].index("Tokyo")
    assert arrays.world["seat"][0].tolist() == np.eye(len(arrays.axes["place"]))[at].tolist()
    rice = arrays.axes["material"].index("rice")
    assert np.argwhere(arrays.world["vital"]).tolist() == [[0, rice]]
    assert arrays.world["army_least"].tolist() == [5e4, 5e4, 5e4]
