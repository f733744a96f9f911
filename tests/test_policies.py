"""Policies: what each decides, told odds, seasons, wars and treaties."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from worlds import Mix, random_one

from sinews.model.council import step_of
from sinews.model.orders import Orders, shifts, sought
from sinews.model.view import Rules, View, common, rules, view
from sinews.model.world import World, axis_theatre, there, this_week
from sinews.policies import POLICIES

AXES = 2
JUDGED = {
    name: np.float32(value)
    for name, value in {
        "bold_odds": 1.5, "even_odds": 1.1, "steep": 8.0, "onward": 0.15, "passable": 0.3,
        "need_most": 5.0, "sent": 0.9, "shift": 0.1,
        "overstretch": 0.4, "operation_weeks": 10.0, "regroup_weeks": 6.0,
    }.items()
}  # fmt: skip


def told(odds: Any = 1.0, pace: float = 1.0, **changes: Any) -> tuple[View, Rules]:
    """What a power at the west ends of two fronts at war is told, its belief of the odds given (of
    both, or of each), in a season of such a pace; its leader begins a war at 3:1."""
    state, world = random_one(Mix(seed=51, empty=0.0))
    seen = view(state, world, 0, common(state, world))
    flat = {"hostile": 1.0, "bound": 0.0, "offensive": 0.0, "rested": 52.0, "strength_seen": 1e5}
    arrays = {n: np.full(AXES, value, np.float32) for n, value in (flat | changes).items()}
    strength = np.full(AXES, np.multiply(odds, 1e5), np.float32)
    own = replace(
        rules(world, 0),
        end=np.ones(AXES, np.float32),
        pace_week=np.full_like(world.pace_week, pace),
        restraint=np.float32(3.0),
        ruthless=np.float32(0.0),
        value=np.ones(AXES, np.float32),
        **JUDGED,
    )
    return replace(seen, strength=strength, **arrays), own


def decided(policy: str, *how: Any, **changes: Any) -> Orders:
    return POLICIES[policy](*told(*how, **changes), jax.random.key(0))


def shares(*how: Any, **changes: Any) -> list[float]:
    """In how many weeks of many the opportunist attacks on each front."""
    keys = jax.vmap(jax.random.key)(np.arange(4000))
    return np.asarray(_opportunist(*told(*how, **changes), keys).attack).mean(axis=0).tolist()


_opportunist = jax.jit(jax.vmap(POLICIES["opportunist"], (None, None, 0)))


@pytest.mark.parametrize("seed", range(4))
def test_the_scripted_do_what_the_script_says_and_nothing_else(seed: int):
    """Many men to spare, a war to feed, untrained men and threatened plants move nobody to act."""
    state, world = random_one(Mix(seed=52, empty=0.0), seed)
    week = jax.jit(step_of([POLICIES["scripted"]] * state.men.shape[0]))
    after = week(state, world, jax.random.key(0))
    for name in ("declare", "attack", "stand", "send", "draft", "evacuate"):
        script = this_week(getattr(world, f"script_{name}"), state.week)
        said = np.where(np.isnan(script), 0.0, script)
        np.testing.assert_array_equal(getattr(after, name), said, err_msg=name)
    idle = replace(world, script_attend=np.full_like(world.script_attend, np.nan))
    shares = np.asarray(week(state, idle, jax.random.key(0)).attend)
    np.testing.assert_allclose(shares, there(world) / np.maximum(axes_of_theatre(world), 1.0))


def axes_of_theatre(world: World) -> np.ndarray:
    """How many axes each power has where an axis lies [power axis]."""
    table = np.asarray(axis_theatre(world))
    return np.asarray(there(world)) @ table @ table.T


def test_the_defensive_hold_call_up_and_bring_away():
    orders = decided("defensive", 100.0)
    assert not orders.attack.any() and not orders.stand.any()
    assert (float(orders.draft), float(orders.evacuate)) == (1.0, 1.0)
    _, own = told()
    np.testing.assert_array_equal(orders.goal, own.high)
    east = POLICIES["defensive"](told()[0], replace(own, end=-own.end), jax.random.key(0))
    np.testing.assert_array_equal(east.goal, own.low)


def test_the_cautious_attack_at_three_to_two_and_give_ground_at_two_to_three():
    for odds, attack, stand in ((1.51, 1, 0), (1.49, 0, 0), (0.68, 0, 0), (0.65, 0, -1)):
        orders = decided("cautious", odds)
        assert (orders.attack == attack).all() and (orders.stand == stand).all(), odds
    assert not decided("cautious", 100.0, hostile=0.0).attack.any(), "they begin no war"


def test_a_ruthless_leader_lets_nobody_withdraw():
    for ruthless, safe, lost in ((0.0, 0, -1), (0.5, 0.5, -0.5), (1.0, 1, 0)):
        for odds, stand in ((1.0, safe), (0.5, lost)):
            seen, own = told(odds)
            own = replace(own, ruthless=np.float32(ruthless))
            orders = POLICIES["cautious"](seen, own, jax.random.key(0))
            assert (np.asarray(orders.stand) == stand).all()
        assert (np.asarray(POLICIES["defensive"](seen, own, jax.random.key(0)).stand) == safe).all()


def test_a_leader_who_takes_risks_reads_the_enemy_as_weaker():
    """By his sd of the staff's doubt: at 0.25, one sd is a factor of exp(0.5)."""
    state, world = random_one(Mix(seed=51, empty=0.0))
    state = state.replace(doubt_seen=np.full_like(state.doubt_seen, 0.25))
    for risk, factor in ((0.0, 1.0), (1.0, np.exp(-0.5)), (-1.0, np.exp(0.5))):
        risky = replace(world, risk=np.full_like(world.risk, risk))
        read = view(state, risky, 0, common(state, risky)).strength_seen
        np.testing.assert_allclose(read, factor * state.strength_seen[0], rtol=1e-5)


def test_the_opportunist_is_the_likelier_to_attack_the_better_the_odds():
    assert shares((1.1, 0.01)) == [pytest.approx(0.5, abs=0.02), 0.0]
    for odds in (0.9, 1.4):
        wanted = 1.0 / (1.0 + (odds / 1.1) ** -8.0)
        assert shares((odds, 0.01))[0] == pytest.approx(wanted, abs=0.02)


def test_the_opportunist_goes_on_more_surely_than_it_begins_for_ten_weeks_or_so():
    going = {"offensive": (1.0, 0.0), "rested": (0.0, 52.0)}
    wanted = 0.9 / (1.0 + np.exp(-8.0 * 0.15))
    assert shares((1.1, 0.01), **going)[0] == pytest.approx(wanted, abs=0.02)
    assert shares((100.0, 0.01), **going)[0] == pytest.approx(0.9, abs=0.02)


def test_the_opportunist_begins_one_operation_at_a_time_where_it_promises_most():
    assert decided("opportunist", (90.0, 100.0)).attack.tolist() == [False, True]
    seen, own = told((90.0, 100.0))
    dear = replace(own, value=np.array([2.0, 1.0], np.float32))
    orders = POLICIES["opportunist"](seen, dear, jax.random.key(0))
    assert orders.attack.tolist() == [True, False], "the ground is worth twice as much"


def test_the_opportunist_asks_for_better_odds_the_more_it_has_begun_elsewhere():
    """The 1.1 at which it begins as likely as not is 1.1 * exp(0.4) beside another offensive."""
    busy = {"offensive": (0.0, 1.0), "rested": (52.0, 0.0)}
    assert shares((1.1 * np.exp(0.4), 100.0), **busy)[0] == pytest.approx(0.5, abs=0.02)
    assert shares((1.1, 100.0), **busy)[0] == pytest.approx(1 / (1 + np.exp(3.2)), abs=0.02)


def test_the_opportunist_rests_after_an_operation():
    assert not decided("opportunist", 100.0, rested=5.0).attack.any()
    assert decided("opportunist", 100.0, rested=6.0).attack.any()


def test_the_opportunist_lets_seasons_pass_in_which_nothing_moves():
    assert decided("opportunist", 100.0, pace=0.31).attack.any()
    assert not decided("opportunist", 100.0, pace=0.29).attack.any()
    seen, own = told(100.0)
    mud = np.ones_like(own.pace_week)
    mud[3] = 0.1
    for week in (2, 3, 4):
        now = replace(seen, week=np.int32(week))
        orders = POLICIES["opportunist"](now, replace(own, pace_week=mud), jax.random.key(0))
        assert orders.attack.any() == (week != 3)


def test_the_opportunist_begins_a_war_at_odds_that_overwhelm_where_no_treaty_binds():
    assert decided("opportunist", 3.1, hostile=0.0).attack.any()
    assert not decided("opportunist", 2.9, hostile=0.0).attack.any()
    assert not decided("opportunist", 100.0, hostile=0.0, bound=1.0).attack.any()
    assert decided("opportunist", 2.9, bound=1.0).attack.any(), "there is war already"


def test_the_opportunist_sends_men_where_it_is_threatened_and_where_it_attacks():
    seen, own = told()
    # One link leads from the third theatre to each front, and nobody is kept back.
    links = {
        "links": [1, 1, 0, 0, 0, 0],
        "link_from": np.eye(5)[[2, 2, 2, 2, 2, 2]] * [[1], [1], [0], [0], [0], [0]],
        "link_to": np.eye(5)[[0, 1, 0, 0, 0, 0]] * [[1], [1], [0], [0], [0], [0]],
        "backs": np.zeros((5, AXES)),
        "value": np.ones(AXES),
    }
    own = replace(own, **{n: np.asarray(x, np.float32) for n, x in links.items()})
    men = np.array([0, 0, 1000, 0, 0], np.float32)
    seen = replace(seen, men=men, keep=np.zeros(5, np.float32), called=np.ones(AXES, np.float32))

    def sent(first: float, second: float, policy: str = "opportunist") -> list[float]:
        odds = np.array([first, second], np.float32) * np.float32(1e5)
        orders = POLICIES[policy](replace(seen, strength=odds), own, jax.random.key(0))
        return np.asarray(orders.send)[:2].tolist()

    # The enemy is four times as strong on the first and twice on the second: need 4 to 2.
    assert sent(0.25, 0.5) == pytest.approx([600.0, 300.0], rel=1e-3)
    assert sent(0.25, 0.5, "defensive") == pytest.approx([600.0, 300.0], rel=1e-3)
    # It is threatened five times as much at most; it attacks on the second at a hundred to one.
    assert sent(0.01, 0.5) == pytest.approx([900 * 5 / 7, 900 * 2 / 7], rel=1e-3)
    assert sent(0.25, 100.0) == pytest.approx([900 * 4 / 5.01, 900 * 1.01 / 5.01], rel=1e-3)


def test_two_who_answer_one_another_do_not_end_on_one_front():
    """Fronts worth 1 and 4, and two powers who in turn share a million out as they see the other's
    shares: after twenty answers both stand as value is, 1 to 4, and not all on the dearer."""
    seen, own = told()
    own = replace(own, value=np.float32([1.0, 4.0]))
    mine = his = np.float32([5e5, 5e5])
    for _ in range(20):
        calls = np.asarray(sought(replace(seen, strength_seen=his), own))
        mine, his = np.float32(1e6) * calls / calls.sum(), mine
    assert mine.tolist() == pytest.approx([2e5, 8e5], rel=0.02)


def test_men_go_from_a_quiet_front_to_one_that_needs_them_until_all_need_alike():
    """A tenth a week of 400,000, by how much less the quiet one needs them; none back, none to a
    front at peace, none over another's railway."""
    seen, own = told()
    ends = np.eye(2, dtype=np.float32)
    own = replace(
        own,
        axis_theatre=ends,
        link_from=ends[[0, 1, 0]],
        link_to=ends[[1, 0, 1]],
        links=np.float32([1.0, 1.0, 0.0]),
        backs=np.zeros((2, 2), np.float32),
    )
    kept = {"men": [4e5, 1e5], "keep": [np.inf, np.inf], "called": [1.0, 1.0]}
    seen = replace(seen, **{n: np.float32(x) for n, x in kept.items()})
    moved = [shifts(seen, own, np.float32(x)).tolist() for x in ((1.0, 1.0), (1.0, 4.0))]
    assert moved[0] == [0.0, 0.0, 0.0]
    assert moved[1] == pytest.approx([0.1 * 0.75 * 4e5, 0.0, 0.0])
    calm = replace(seen, hostile=np.float32([1.0, 0.0]))
    assert shifts(calm, own, np.float32([1.0, 4.0])).tolist() == [0.0, 0.0, 0.0]
    # An operation that runs, whoever ordered it, is worth as much as even odds.
    running = replace(seen, offensive=np.float32([0.0, 1.0]))
    orders = POLICIES["opportunist"](running, own, jax.random.key(0))
    assert orders.send[0] == pytest.approx(0.1 * 0.5 * 4e5, rel=1e-3)
