"""Closed forms: what the equations of the model come to where it can be worked out by hand."""

from dataclasses import replace
from itertools import pairwise
from math import cosh, exp, log, sinh, sqrt, tanh
from pathlib import Path

import jax
import numpy as np
import pytest
from jax import Array
from scipy.stats import norm
from worlds import LINKS, Mix, alone, at_war, random_one

from sinews.model import combat, industry, manpower, movement
from sinews.model.allocation import bottleneck
from sinews.model.coefficients import COEFFICIENTS, RIVALS
from sinews.model.delays import admitted, erlang
from sinews.model.state import State
from sinews.model.strength import fighting, quality
from sinews.model.world import World
from sinews.scenario import library, load
from sinews.scenario.compile import compile

# Two powers that face each other on both fronts, and a third that is with either on one.
FACED = np.array([[1, 1], [-1, -1], [1, -1]], np.float32)


def exact(x: float, y: float, a: float, b: float, w: float, t: float) -> tuple[float, float]:
    """Both sides after t weeks of dx/dt = -a x^(1-w) y^w, dy/dt = -b y^(1-w) x^w."""
    u, c, th = (x / y) ** w, sqrt(a / b), tanh(w * sqrt(a * b) * t)
    v = (u - c * th) / (1 - u * th / c)
    x *= abs((b - a / u**2) / (b - a / v**2)) ** (1 / (2 * w))
    return x, x / v ** (1 / w)


def fought(x: float, y: float, a: float, b: float, w: float, odds: float) -> tuple[float, float]:
    """Both sides after the model's attrition at some odds."""
    lost_x, lost_y = combat.attrition(a, 1.0, odds, w), combat.attrition(b, 1.0, 1 / odds, w)
    return x * (1 - float(lost_x)), y * (1 - float(lost_y))


def stepped(
    x: float, y: float, a: float, b: float, w: float, weeks: int, parts: int = 1
) -> tuple[float, float]:
    """Both sides after some weeks, each in so many parts, at the odds that each part begins with,
    or when one side is gone.
    """
    for _ in range(weeks * parts):
        if min(x, y) > 1e-3:
            x, y = fought(x, y, a / parts, b / parts, w, x / y)
    return x, y


def drift(x: float, y: float, a: float, b: float, w: float, after: tuple[float, float]) -> float:
    """Change of Helmbold's first integral b x^2w - a y^2w, as a share of its terms' size."""
    then, now = (b * m ** (2 * w) - a * n ** (2 * w) for m, n in ((x, y), after))
    return abs(now - then) / (b * x ** (2 * w) + a * y ** (2 * w))


def test_square_law_is_cosh_and_sinh():
    x, y, a, b, t = 3.0, 2.0, 0.04, 0.05, 10.0
    k = sqrt(a * b) * t
    one, other = exact(x, y, a, b, 1.0, t)
    assert one == pytest.approx(x * cosh(k) - sqrt(a / b) * y * sinh(k))
    assert other == pytest.approx(y * cosh(k) - sqrt(b / a) * x * sinh(k))


@pytest.mark.parametrize("w", [0.3, 0.45, 0.5, 0.6, 1.0])
def test_weeks_of_attrition_follow_the_exact_solution(w: float):
    x, y, a, b = 3.0, 2.0, 0.03, 0.04
    ours, theirs = stepped(x, y, a, b, w, 10), exact(x, y, a, b, w, 10)
    assert ours == pytest.approx(theirs, rel=4e-2 * w)
    assert drift(x, y, a, b, w, stepped(x, y, a, b, w, 1)) <= 2e-3 * max(w, 0.5)
    finer = stepped(x, y, a, b, w, 10, parts=4)
    assert abs(finer[1] - theirs[1]) < 0.4 * abs(ours[1] - theirs[1]) + 1e-4


@pytest.mark.parametrize("w", [0.3, 0.45, 0.5, 0.6, 1.0])
def test_attrition_at_the_odds_of_midweek_keeps_helmbolds_integral(w: float):
    x, y, a, b = 3.0, 2.0, 0.03, 0.04
    for _ in range(10):
        mid, other = fought(x, y, a / 2, b / 2, w, x / y)
        x, y = fought(x, y, a, b, w, mid / other)
    assert drift(3.0, 2.0, a, b, w, (x, y)) <= 1e-3
    assert (x, y) == pytest.approx(exact(3.0, 2.0, a, b, w, 10), rel=2e-3)
    mid, other = fought(3.0, 2.0, a / 2, a / 2, w, 1.5)
    assert float(combat.midweek(a, 1.5, w)) == pytest.approx(mid / other, rel=1e-5)


def test_square_law_survivors():
    """The weaker gone, sqrt(x0^2 - a/b y0^2) of the stronger are left."""
    x, y, a, b = 2.0, 1.0, 0.05, 0.05
    left, _ = stepped(x, y, a, b, 1.0, 40, parts=8)
    assert left == pytest.approx(sqrt(x**2 - a / b * y**2), rel=5e-3)


def test_a_force_fought_in_halves_is_worth_one_part_in_the_root_of_two():
    """N-square law: 1/sqrt 2 of the enemy beats two halves, one after the other, to a draw."""
    a, enemy = 0.05, 1 / sqrt(2)
    left, _ = exact(enemy, 0.5, a, a, 1.0, log((enemy + 0.5) / (enemy - 0.5)) / (2 * a))
    assert left == pytest.approx(0.5, abs=1e-6)
    first, _ = stepped(enemy, 0.5, a, a, 1.0, 30, parts=8)
    second = stepped(first, 0.5, a, a, 1.0, 10, parts=8)
    assert second[0] == pytest.approx(second[1], rel=2e-2)


def test_linear_law_loses_in_step():
    """W = 1/2: b x - a y stays as it is."""
    x, y, a, b = 3.0, 1.0, 0.03, 0.05
    one, other = stepped(x, y, a, b, 0.5, 10)
    assert b * one - a * other == pytest.approx(b * x - a * y, rel=1e-2)


@pytest.mark.parametrize("odds", [0.1, 1.0, 7.0])
def test_logarithmic_law_ignores_the_enemy(odds: float):
    assert combat.attrition(0.03, 1.0, odds, 0.0) == pytest.approx(1 - exp(-0.03), rel=1e-5)


def test_davis_three_cases():
    for theatre, share, hold in ((1.5, 0.25, 1.0), (1.2, 0.25, 0.6), (2.1, 0.25, 1.8)):
        assert combat.main_odds(theatre, share, hold) == pytest.approx(3.0)
    assert combat.main_odds(2.1, 0.55, 1.0) == pytest.approx(3.0)


def test_more_odds_never_slow_an_advance():
    odds = np.linspace(0.1, 6, 200).astype(np.float32)
    for uneven in (1e-3, 0.2, 0.5):
        speed = np.asarray(combat.breakthrough(combat.main_odds(odds, 0.29, 0.9), 3.0, uneven))
        assert (np.diff(speed) > -1e-5).all() and speed[0] == 0
        assert speed[-1] == pytest.approx(1.0, abs=2e-3)


def fight(state: State, world: World, **coefficients: float) -> State:
    c = replace(world.coefficient, **{n: np.float32(x) for n, x in coefficients.items()})
    return alone("combat")(state, replace(world, coefficient=c), jax.random.key(1))


def test_a_pocket_liquidated_whole_is_gone_in_a_week():
    state, world = random_one(Mix(seed=71, empty=0.0, pockets=1.0, quiet=0.0))
    world, state = replace(world, end=FACED), state.replace(**at_war(np.ones(2), FACED))
    after = fight(state, world, liquidate=1.0, close=0.0, stray=0.0)
    assert (np.asarray(after.pocket_men) == 0).all()
    np.testing.assert_allclose(after.captured, state.pocket_men, 1e-6)
    taken = np.asarray(after.prisoners - state.prisoners).sum(axis=0)
    np.testing.assert_allclose(taken, state.pocket_men.sum(axis=1), 1e-3)


def test_a_pocket_that_nobody_holds_is_not_taken():
    state, world = random_one(Mix(seed=72, empty=0.0, pockets=1.0))
    state = state.replace(**at_war(np.ones(2), FACED))
    after = fight(state, replace(world, end=np.maximum(FACED, 0)), close=0.0)
    west = FACED > 0
    assert (np.asarray(after.captured)[west] == 0).all()
    assert (np.asarray(after.pocket_men)[west] > 0).all()


def test_without_contact_there_are_no_casualties():
    state, world = random_one(Mix(seed=73, empty=0.0, pockets=0.0, quiet=0.0))
    world, state = replace(world, end=FACED), state.replace(**at_war(np.ones(2), FACED))
    west = np.pad(FACED > 0, ((0, 0), (0, 3)))
    state = state.replace(
        men=np.where(west, 0, state.men), experience=np.where(west, 0, state.experience)
    )
    after = fight(state, world)
    for name in ("killed", "wounded", "captured", "advanced", "intensity"):
        assert (np.asarray(getattr(after, name)) == 0).all(), name


def test_a_border_at_peace_has_no_battles_and_moves_nothing():
    state, world = random_one(Mix(seed=77, empty=0.0, pockets=0.0))
    world, state = replace(world, end=FACED), state.replace(**at_war(np.ones(2), FACED))
    state = state.replace(offensive=np.ones((3, 2), np.float32))
    # The plant on it is not evacuated, either.
    on_axis = np.asarray(world.place_axis).sum(axis=1) > 0
    state = state.replace(
        lost_share=np.zeros(7, np.float32),
        front=np.zeros(2, np.float32),
        evacuate=np.ones(3, np.float32),
        spare_trains=np.full(3, 1e9, np.float32),
        goal=np.float32(800) * FACED,
    )
    for hostile in (0.0, 1.0):
        state = state.replace(**at_war(np.full(2, hostile), FACED))
        after = fight(state, world)
        for name in ("killed", "wounded", "intensity"):
            assert (np.asarray(getattr(after, name)) > 0).all() == (hostile > 0), name
        assert (np.asarray(after.advanced) != 0).any() == (hostile > 0)
        moved = alone("industry")(state, world, jax.random.key(0)).relocating[:, :, 0]
        entered = np.asarray(moved) > np.asarray(state.relocating[:, :, 0])
        assert entered.any() == (hostile > 0) and on_axis.any()


def test_who_has_no_man_left_on_a_front_gives_it_up_for_nobody():
    """Powers 0 and 2 stand together at its west end; power 2 would withdraw from power 1."""
    state, world = random_one(Mix(seed=79, empty=0.0, pockets=0.0, quiet=0.0))
    world, state = replace(world, end=FACED), state.replace(**at_war(np.ones(2), FACED))
    attacks, frees = (np.float32([[0, 0], [1, 0], [0, 0]]), np.float32([[0, 0], [0, 0], [-1, 0]]))
    state = state.replace(offensive=attacks, stand=frees, goal=-np.float32(800) * attacks)

    def front(men: float) -> float:
        left = np.where(np.arange(3)[:, None] < 2, state.men, np.float32(men))
        now = state.replace(men=left, experience=np.float32(0.5) * left)
        return float(fight(now, world, luck_weekly=0.0).front[0])

    # What rounding leaves of those who have gone is less than a man.
    assert front(0.06) == pytest.approx(front(0.0), abs=0.1)
    assert front(2.0) < front(0.0) - 5.0


def test_a_formula_of_combat_can_be_replaced_alone():
    state, world = random_one(Mix(seed=78, empty=0.0, pockets=0.0, quiet=0.0))
    world, state = replace(world, end=FACED), state.replace(**at_war(np.ones(2), FACED))

    def bloodless(state: State, world: World, fight: combat.Contest) -> Array:
        return 0.0 * combat.exchanged(state, world, fight)

    mine = combat.step_with(combat.Formulas(exchanged=bloodless))
    key = jax.random.key(0)
    shipped, ours = (jax.jit(step)(state, world, key) for step in (combat.step, mine))
    assert not np.asarray(ours.killed).any() and np.asarray(shipped.killed).all()
    np.testing.assert_array_equal(ours.front, shipped.front)


def test_powers_that_face_each_other_on_one_axis_stand_side_by_side_on_another():
    """Power 2 is beside power 0 on the first axis and across from it on the second."""
    state, world = random_one(Mix(seed=79, empty=0.0, pockets=1.0, quiet=0.0))
    state = state.replace(**at_war(np.ones(2), FACED))
    fight = combat.contest(state, replace(world, end=FACED), combat.draw_luck(jax.random.key(0), 2))
    muster = np.asarray(fight.muster)
    np.testing.assert_allclose(fight.strong[0], [muster[0, 0] + muster[2, 0], muster[0, 1]], 1e-5)
    np.testing.assert_allclose(fight.strong[1], [muster[1, 0], muster[1, 1] + muster[2, 1]], 1e-5)
    after = alone("combat")(state, replace(world, end=FACED), jax.random.key(0))
    taken = np.asarray(after.prisoners - state.prisoners)
    assert taken[2, 1] > 0 and taken[0, 2] > 0 and taken[2, 0] > 0
    assert taken[1, 2] > 0 and taken.diagonal().max() == 0


@pytest.mark.parametrize("power", [0, 1])
def test_a_front_goes_as_far_as_the_goal_of_who_attacks(power: int):
    state, world = random_one(Mix(seed=79, empty=0.0, pockets=0.0, quiet=0.0))
    own = np.arange(3)[:, None] == power
    men = np.full_like(state.men, 1e6)
    world = replace(world, end=FACED, going=np.ones(2, np.float32), armour=np.zeros(2, np.float32))
    state = state.replace(
        **at_war(np.ones(2), FACED),
        men=np.where(own, men, 0.01 * men),
        experience=np.where(own, 0.5 * men, 0.005 * men),
        front=np.zeros(2, np.float32),
        offensive=np.float32(1.0) * own * np.ones(2, np.float32),
        stand=np.zeros((3, 2), np.float32),
    )
    gone = {}
    for km in (3.0, 800.0):
        after = fight(state.replace(goal=np.float32(km) * FACED), world, luck_weekly=0.0)
        gone[km] = np.asarray(after.front) * FACED[power]
    assert gone[3.0] == pytest.approx([3.0, 3.0]) and (gone[800.0] > 4.0).all()


EVEN = combat.Luck(*np.zeros((3, 2), np.float32), *np.zeros((2, 3, 2), np.float32))


@pytest.mark.parametrize(("front", "served"), [(-10.0, 1), (10.0, 0)])
def test_a_fortified_zone_serves_the_end_on_whose_side_it_lies(front: float, served: int):
    """Within reach of the front the works double the odds of whoever has them behind him, to 1 in
    1e-5, and do nothing for whoever faces them: taken, a fortress changes hands. In exchanging
    losses they count to the power of `posture`."""
    state, world = random_one(Mix(seed=79, empty=0.0, pockets=0.0, quiet=0.0))
    where = world.place_axis * 0.0
    where[0, 0] = 1.0
    world = replace(world, end=FACED, place_axis=where, place_km=np.zeros_like(world.place_km))
    state = state.replace(
        **at_war(np.ones(2), FACED),
        front=np.full(2, front, np.float32),
        offensive=np.zeros_like(state.offensive),
    )
    c = replace(world.coefficient, fort=np.float32(1.0), fort_reach=np.float32(100.0))
    c = replace(c, posture=np.float32(0.5))
    odds, exchange = {}, {}
    for works in (0.0, 1.0 / 0.9):
        fort = np.full_like(world.place_fort, works)
        fortified = replace(world, coefficient=c, place_fort=fort)
        found = combat.contest(state, fortified, EVEN)
        odds[works], exchange[works] = np.asarray(found.odds), np.asarray(found.exchange)
    better, same = (odds[1.0 / 0.9] / odds[0.0])[served]
    assert (better, same) == pytest.approx((2.0, 1.0), rel=1e-5)
    kills, same = (exchange[1.0 / 0.9] / exchange[0.0])[served]
    assert (kills, same) == pytest.approx((2.0**0.5, 1.0), rel=1e-5)


@pytest.mark.parametrize("lethal", [0.0, 2.0])
def test_skill_kills_beyond_what_it_adds_to_strength(lethal: float):
    """Twice the enemy's quality at the same odds: his losses over ours are 2**(2 W lethal) times as
    many as by odds alone, for small losses; by a season that halves his own, no fewer."""
    state, world = random_one(Mix(seed=79, empty=0.0, pockets=0.0, quiet=0.0))
    men = np.full_like(state.men, 1e6)
    skill = np.where(FACED[:, :1] > 0, 0.8, 0.4)
    state = state.replace(**at_war(np.ones(2), FACED), men=men, experience=(skill * men))
    state = state.replace(fortune=np.zeros_like(state.fortune))
    own = {"lethal": lethal, "attrition": 1e-3, "posture": 0.0}
    c = replace(world.coefficient, **{n: np.float32(x) for n, x in own.items()})
    world = replace(world, end=FACED, coefficient=c, quality_week=np.ones_like(world.quality_week))
    contest = combat.contest(state, world, EVEN)
    cold = replace(world, quality_week=world.quality_week * np.float32([0.5, 1.0, 1.0]))
    frost = combat.contest(state, cold, EVEN)
    assert float(frost.odds[0, 0]) < 0.9 * float(contest.odds[0, 0])
    np.testing.assert_allclose(frost.exchange, contest.exchange, rtol=1e-5)
    odds = float(contest.strong[0, 0] / contest.strong[1, 0])
    assert float(contest.exchange[0, 0]) / odds == pytest.approx(2.0**lethal, rel=1e-5)
    lost, twice = combat.exchanged(state, world, contest), 2.0 * float(c.helmbold)
    by_skill = float(lost[1, 0] / lost[0, 0]) / odds**twice
    by_skill *= float(contest.fire[1, 0] / contest.fire[0, 0])
    assert by_skill == pytest.approx(2.0 ** (twice * lethal), rel=0.02)


def test_who_retreats_leaves_men_behind_and_who_advances_none():
    _, world = random_one(Mix(seed=79))
    c = replace(world.coefficient, stray=np.float32(0.03))
    move = np.float32([100.0, -50.0])
    left = combat.strayed(replace(world, end=FACED, coefficient=c), move)
    wanted = 1.0 - np.exp(-0.03 * np.maximum(-FACED * move, 0.0) / 100.0)
    np.testing.assert_allclose(left, wanted, rtol=1e-5)
    assert left[1, 0] == pytest.approx(0.0296, abs=1e-4) and left[0, 0] == 0.0


def test_lasting_luck_fades_in_its_weeks_and_keeps_its_spread():
    _, world = random_one(Mix(seed=79))
    c = replace(world.coefficient, luck_weeks=np.float32(7.0), luck_lasting=np.float32(0.1))
    world, rng = replace(world, coefficient=c), np.random.default_rng(0)
    first = luck = rng.normal(0.0, 0.1, 40_000).astype(np.float32)
    for _ in range(7):
        luck = np.asarray(combat.faded(luck, rng.normal(size=luck.shape), world))
    assert np.std(luck) == pytest.approx(0.1, rel=0.02)
    assert np.corrcoef(first, luck)[0, 1] == pytest.approx(exp(-1.0), abs=0.02)


def test_a_front_without_anybody_favours_neither_end():
    state, world = random_one(Mix(seed=79, empty=0.0, quiet=0.0))
    none = np.zeros_like(state.men)
    state = state.replace(men=none, experience=none, fortune=np.float32([0.1, -0.2]))
    odds = combat.contest(state, replace(world, end=FACED), EVEN).odds
    np.testing.assert_allclose(odds, np.exp([[0.1, -0.2], [-0.1, 0.2]]), rtol=1e-5)


def test_trains_arrive_to_the_day():
    """0.8 M men over an empty link of 3,335 km at 45 trains a day: E11."""
    men, trains, rate, km, speed = 8e5, 2600.0, 45.0, 3335.0, 450.0
    arrived, mean = railway(men, men / trains, rate, km, speed)
    last = float(movement.last_arrival(km, speed, trains, rate))
    assert mean == pytest.approx(km / speed + trains / rate / 2, abs=1.0)
    whole = int(last // 7)
    assert arrived[whole] < 0.999 * men <= arrived[whole + 1] * 1.001
    assert arrived[-1] == pytest.approx(men, rel=1e-6)
    quick, earlier = railway(men, men / trains, 2 * rate, km, speed)
    assert 2 * (earlier - km / speed) == pytest.approx(mean - km / speed, abs=1.0)
    assert quick[-1] == pytest.approx(men, rel=1e-6)


def railway(men: float, per: float, rate: float, km: float, speed: float) -> tuple[list, float]:
    """Men arrived by each week's end over link 0, and the mean day of arrival."""
    state, world = random_one(Mix(seed=74, kit=0.0, empty=1.0, pockets=0.0))
    c = replace(world.coefficient, train_speed=np.float32(speed), men_per_train=np.float32(per))
    links = np.arange(len(LINKS)) == 0
    own = np.eye(5, dtype=np.float32)[[[0, 0], *[[1, 1]] * (len(LINKS) - 1)]]
    world = replace(
        world,
        coefficient=c,
        link_km=np.where(links, km, world.link_km).astype(np.float32),
        link_line=own,
    )
    here = np.zeros((3, 5), np.float32)
    here[0, 2] = men
    send, free = (men * links).astype(np.float32), np.full(5, 7.0 * rate, np.float32)
    state = state.replace(men=here, experience=0.9 * here, send=send, free_paths=free)
    arrived, mean = [0.0], 0.0
    for week in range(14):
        state = alone("movement")(state, world, jax.random.key(0))
        state = state.replace(send=np.zeros_like(state.send))
        arrived.append(float(state.men[0, 0]))
        mean += (arrived[-1] - arrived[-2]) / men * 7 * (week + 0.5)
    assert quality(state.men[0, 0], state.experience[0, 0]) == pytest.approx(0.9, rel=1e-5)
    return arrived, mean


def test_a_front_that_two_links_reach_asks_its_depot_once():
    """200 men short of a rifle each, 40 on their way: 160 are issued, by each link's share."""
    state, world = random_one(Mix(seed=76, kit=0.0, empty=1.0, pockets=0.0))
    twins = [k for k, link in enumerate(LINKS) if link == (0, 2, 0)]
    share, waiting = np.zeros(len(LINKS), np.float32), np.zeros_like(state.waiting_kit)
    share[twins], waiting[twins[1], 0] = (0.25, 0.75), 40.0
    world = replace(
        world,
        coefficient=replace(world.coefficient, issue=np.float32(1.0)),
        establishment=np.array([1.0, 0.0], np.float32),
        users=np.ones_like(world.users),
        link_share=share,
        link_direct=np.ones_like(share),
    )
    men, depot = np.zeros_like(state.men), np.zeros_like(state.depot)
    men[0, 0], depot[0, 0] = 200.0, 1000.0
    state = state.replace(men=men, depot=depot, waiting_kit=waiting)
    after = alone("movement")(state, world, jax.random.key(0))
    assert float(after.depot[0, 0]) == pytest.approx(1000.0 - 160.0)
    issued = np.asarray(movement.issues(state, world, movement.stations(world)))[:, 0]
    assert issued[twins] == pytest.approx([50.0, 110.0]) and issued.sum() == pytest.approx(160.0)


def test_raw_men_for_seasoned_ones_cost_three_fifths_of_a_district():
    """0.8 M men of quality 0.9 swapped for as many of 0.35, with no man missing."""
    _, world = random_one(Mix(seed=75))
    men = np.full((3, 2), 8e5, np.float32)
    days, none = np.full((3, 2), 10, np.float32), np.zeros((3, 2), np.float32)
    before, after = (fighting(men, q * np.ones_like(men), days, none, world) for q in (0.9, 0.35))
    np.testing.assert_allclose(1 - after / before, 0.61, atol=0.005)


def test_recruits_come_to_be_worth_what_the_army_is():
    """In `school_weeks` training makes up for all but 1/e of what the army has learned, be it more
    or less than recruits were worth at first; without an army nothing is learned."""
    state, world = random_one(Mix(seed=76, empty=0.0))
    own = {"learn": 0.0, "school_weeks": 20.0, "cadre": 0.0}
    world = replace(
        world, coefficient=replace(world.coefficient, **{n: np.float32(x) for n, x in own.items()})
    )
    men = np.array(state.men)
    men[2] = 0.0
    worth = np.float32([0.9, 0.3, 0.0])
    state = state.replace(
        men=men, experience=worth[:, None] * men, schooling=np.full(3, 0.5, np.float32)
    )
    state = state.replace(collapsed=np.zeros(3, np.float32))
    for _ in range(20):
        state = manpower.step(state, world, jax.random.key(0))
    gap = np.exp(-1.0)
    wanted = [0.9 - 0.4 * gap, 0.3 + 0.2 * gap, 0.5]
    np.testing.assert_allclose(state.schooling, wanted, rtol=1e-5)


def test_pockets_take_skill_as_well_as_tanks():
    """Half the quality closes as many as half the tanks: at a draw between the chances of the two,
    an arm of the abler closes its pocket and the other's does not."""
    state, world = random_one(Mix(seed=79, empty=0.0, pockets=0.0, quiet=0.0))
    world, state = replace(world, end=FACED), state.replace(**at_war(np.ones(2), FACED))
    fight, speed = combat.contest(state, world, EVEN), np.ones((2, 2), np.float32)
    armour = np.asarray(
        combat.at_ends(
            combat.of_powers(
                combat.parted(state.equipment, state.attend, world) @ world.armour, world
            ),
            world,
        )
    )
    drive = np.asarray(world.going * fight.season)
    both = [
        1 - np.exp(-float(world.coefficient.close) * armour[0] / 1e3 * q * drive)
        for q in (0.8, 0.4)
    ]
    between = norm.ppf(sum(both) / 2).astype(np.float32)
    luck = EVEN._replace(close=np.broadcast_to(between, (3, 2)))
    caught = []
    for q in (0.8, 0.4):
        skilled = fight._replace(skill=np.full((2, 2), q, np.float32))
        caught.append(np.asarray(combat.trapped(state, world, skilled, speed, luck)))
    east = np.asarray(world.end) < 0.0
    assert (caught[0][east] > 0.0).all() and not caught[1][east].any()


def called_up(draft: float, ceiling: float, armed: float = 1e5) -> tuple[float, float]:
    """Reservists and untrained men whom power 0 calls in a week, `armed` men standing in units, who
    may call 600,000 and 400,000."""
    state, world = random_one(Mix(seed=7, empty=0.0, pockets=0.0))
    nobody = ("training", "hospital", "ready", "waiting_men", "moving_men", "men")
    state = state.replace(**{n: np.zeros_like(getattr(state, n)) for n in nobody})
    state.men[0, 0] = armed
    state = state.replace(
        reserve=np.full(3, 5e6, np.float32),
        pool=np.full(3, 5e6, np.float32),
        draft=np.full(3, draft, np.float32),
    )
    most = {"ceiling": ceiling, "mobilise": 6e5, "call_up": 4e5, "cohort": 0.0}
    c = replace(world.coefficient, ease=np.float32(5e5))
    most_of = {n: np.full(3, x, np.float32) for n, x in most.items()}
    world = replace(world, coefficient=c, **most_of)
    after = alone("manpower")(state, world, jax.random.key(0))
    return 5e6 - float(after.reserve[0]), 5e6 - float(after.pool[0])


def test_a_draft_calls_its_share_of_reservists_and_of_untrained_men():
    assert called_up(1.0, 0.0) == (6e5, 4e5)
    assert called_up(0.25, 0.0) == (1.5e5, 1e5)
    assert called_up(0.0, 0.0) == (0.0, 0.0)


def test_nobody_is_called_beyond_the_ceiling():
    assert called_up(1.0, 1e5) == (0.0, 0.0) == called_up(1.0, 9e4)
    # In sight of it the call-up eases off: half of 500,000 to go, half of the call-up; together
    # they would be twice as many as there is room for.
    reservists, untrained = called_up(1.0, 3.5e5)
    assert reservists + untrained == pytest.approx(2.5e5, rel=1e-6)
    assert reservists == pytest.approx(1.5 * untrained, rel=1e-6)
    reservists, untrained = called_up(0.1, 3.5e5)
    assert (reservists, untrained) == pytest.approx((3e4, 2e4), rel=1e-6)


def test_mixing_is_exact():
    m, q = np.array([3e5, 1e5], np.float32), np.array([0.9, 0.35], np.float32)
    mixed = quality(m.sum(keepdims=True), (m * q).sum(keepdims=True))
    assert mixed[0] == pytest.approx((3 * 0.9 + 0.35) / 4, rel=1e-6)


def test_a_delay_loses_nobody_and_lasts():
    """An Erlang delay of two stages a week at a time lasts its mean of 8 weeks."""
    stages, out, mean = admitted(np.zeros((1, 2), np.float32), np.array([1.0], np.float32)), [], 0.0
    for week in range(120):
        stages, healed = erlang(stages, np.zeros(1, np.float32), np.array([8.0], np.float32))
        out.append(float(healed[0]))
        mean += (week + 1) * out[-1]
    assert sum(out) == pytest.approx(1.0, rel=1e-5)
    assert mean == pytest.approx(8.0, rel=1e-3)


def test_a_doubling_of_output_leaves_the_progress_ratio_of_hours():
    first, start = 100.0, 1000.0
    hours = [float(industry.hours(first, start * 2.0**n, start, 0.87, 2.2)) for n in range(12)]
    for before, after in pairwise(hours[:6]):
        assert after / before == pytest.approx(0.87, rel=1e-5)
    assert hours[-1] == pytest.approx(first / 2.2)


@pytest.mark.parametrize("name", library())
def test_no_material_costs_more_of_itself_than_it_yields(name: str):
    """Leontief: the spectral radius of what materials need of materials is below 1."""
    world = compile(load(name)).world
    needs = world["sector_input"] @ world["makes"].T
    assert np.abs(np.linalg.eigvals(needs)).max() < 1


def test_twice_the_programme_is_twice_the_output():
    state, world = random_one(Mix(seed=76, empty=0.0))
    state = state.replace(
        plant=np.full_like(state.plant, 1e9),
        labour=np.full_like(state.labour, 1e9),
        material=np.full_like(state.material, 1e9),
    )
    world = replace(
        world,
        per_worker=np.ones_like(world.per_worker),
        hours=np.float32(1e-3) * world.hours,
        sector_input=np.zeros_like(world.sector_input),
        home_use=np.zeros_like(world.home_use),
    )
    made, used = [], []
    for factor in (1, 2):
        ordered = replace(world, programme=np.float32(factor) * world.programme)
        after = alone("industry")(state, ordered, jax.random.key(0))
        made.append(np.asarray(after.made))
        used.append(np.asarray(after.used))
    np.testing.assert_allclose(made[0], world.programme[0], rtol=1e-5)
    np.testing.assert_allclose(made[1], 2 * made[0], rtol=1e-5)
    np.testing.assert_allclose(used[1], 2 * used[0], rtol=1e-5)


def test_the_rest_of_the_economy_takes_what_the_war_leaves():
    state, world = random_one(Mix(seed=76, empty=0.0))
    week = alone("industry")

    def after(use: float):
        taken = np.full_like(world.home_use, use)
        return week(state, replace(world, home_use=taken), jax.random.key(0))

    none, some, all_ = after(0.0), after(1e-3), after(1e12)
    left = np.asarray(none.material - none.yielded)
    assert (left > 1.0).any()
    for each in (some, all_):
        np.testing.assert_array_equal(each.made, none.made)
        np.testing.assert_array_equal(each.yielded, none.yielded)
    np.testing.assert_allclose(all_.material, all_.yielded, atol=1e-6 * float(left.max()))
    np.testing.assert_allclose(all_.used, none.used + left, rtol=1e-5)
    assert (some.used >= none.used).all() and (some.material <= none.material).all()


def test_a_place_falls_while_the_front_moves_past_it():
    """30 km a place: the first lies east of its west home's front, the second is half passed."""
    state, world = random_one(Mix(seed=78))
    km = np.where(np.arange(7) < 2, [100.0, -85.0] + [0.0] * 5, world.place_km)
    end = np.where(np.arange(7) < 2, 1.0, world.place_end)
    axis = np.where(np.arange(7)[:, None] < 2, [1.0, 0.0], world.place_axis)
    world = replace(world, place_km=km, place_end=end, place_axis=axis)
    state = state.replace(front=np.float32([-100.0, 0.0]), lost_share=np.float32([0.2] * 7))
    ground = industry.passed(state, world)
    np.testing.assert_allclose(ground.lost[:2], [1.0, 0.5])
    np.testing.assert_allclose(ground.newly[:2], [0.8, 0.3], rtol=1e-6)
    back = industry.passed(state.replace(front=np.float32([100.0, 0.0])), world)
    np.testing.assert_allclose(back.lost[:2], [0.0, 0.0])
    np.testing.assert_allclose(back.freed[:2], [0.2, 0.2])


def test_nobody_evacuates_without_a_refuge_and_nothing_moves_without_trains():
    state, world = random_one(Mix(seed=79, empty=0.0, quiet=0.0))
    state = state.replace(front=np.zeros(2, np.float32), evacuate=np.ones(3, np.float32))
    ground = industry.passed(state, world)

    def moved(world: World, trains: float) -> float:
        spare = state.replace(spare_trains=np.full(3, trains, np.float32))
        return float(np.sum(industry.evacuated(spare, world, ground).moved))

    assert moved(world, 1e9) > 0.0
    assert moved(world, 0.0) == 0.0
    assert moved(replace(world, refuge=np.zeros(7, np.float32)), 1e9) == 0.0


def test_industry_hires_a_share_of_its_vacancies_and_of_the_pool():
    _, world = random_one(Mix(seed=80))
    world = replace(world, per_worker=np.full((3, 3), 2.0, np.float32))
    capacity, labour = np.full((3, 3), 4000.0), np.full((3, 3), 1000.0)
    # Three sectors that miss a thousand men each, and a pool that has enough, few and none.
    new = np.asarray(industry.hired(capacity, labour, np.array([1e6, 600.0, 0.0]), world))
    share = float(world.coefficient.hire)
    np.testing.assert_allclose(new.sum(axis=1), [3000 * share, 600 * share, 0.0], rtol=1e-5)


def test_capacity_is_built_of_the_material_that_its_sector_names():
    """Two sectors short of hours: where steel is scarce, what is built of it waits alone."""
    state, world = random_one(Mix(seed=81))
    names = ("sector_input", "item_input", "home_use")
    still = {n: np.zeros_like(getattr(world, n)) for n in names}
    # The first sector's of steel, the last one's of bricks.
    capital = np.float32([[2.0, 0.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]])
    maker = np.float32([[1, 0, 0], [0, 0, 1]])
    world = replace(world, **still, capital=capital, maker=maker)
    rate, none = np.zeros((3, 2), np.float32), np.zeros(4, np.float32)
    asked = industry.Asked(rate, none, rate, np.full((3, 3), 100.0, np.float32))
    state = state.replace(order=none, used=np.zeros((3, 3), np.float32))
    wanted = float(world.coefficient.invest) * 100.0
    stock = np.float32([[0.5 * 2.0 * wanted, 1e6, 1e6]] * 3)
    plant = np.zeros((3, 3), np.float32)
    out = industry.produced(state, world, plant, plant, asked, stock)
    np.testing.assert_allclose(out.begun[0], [0.5 * wanted, 0.0, wanted], rtol=1e-5)
    np.testing.assert_allclose(out.used[0], [wanted, 5.0 * wanted, 0.0], rtol=1e-5)


def test_a_shortage_of_one_material_stops_what_needs_it():
    met, needs = np.array([[1.0, 0.25]]), np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 0.0]])
    np.testing.assert_allclose(bottleneck(met, needs), [[1.0, 0.25, 1.0]])


def test_the_page_of_equations_names_every_coefficient():
    page = (Path(__file__).parent.parent / "docs" / "equations.md").read_text("utf-8")
    assert not [name for name in COEFFICIENTS | RIVALS if f"`{name}`" not in page]
