"""A power knows its own forces, its beliefs and where the fronts stand; nothing else reaches it."""

from dataclasses import fields, replace

import jax
import numpy as np
import pytest
from worlds import WIDE, Mix, at_war, lived, random_one

from sinews.model.state import State, quantities
from sinews.model.strength import strength
from sinews.model.view import Common, Rules, View, common, rules, view
from sinews.model.world import World, this_week
from sinews.policies import POLICIES
from sinews.testing import check_policy, obscured


@jax.jit
def told(state: State, world: World, power: int) -> tuple[View, Rules]:
    return view(state, world, power, common(state, world)), rules(world, power)


def seen(state: State, world: World, power: int) -> list[np.ndarray]:
    return [np.asarray(x) for x in jax.tree.leaves(told(state, world, power))]


@pytest.mark.parametrize("power", range(WIDE["power"]))
@pytest.mark.parametrize("seed", range(3))
def test_what_a_power_is_told_does_not_change_with_what_is_hidden(seed: int, power: int):
    state, world = random_one(Mix(seed=30 + seed), sizes=WIDE)
    hidden = obscured(state, world, power)
    for ours, theirs in zip(seen(state, world, power), seen(*hidden, power), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def beside_each_other() -> tuple[State, World]:
    """Powers 0 and 2 come from the west, 1 from the east; all stand at both fronts but power 2,
    which is at the first alone; there is war on the first."""
    state, world = random_one(Mix(seed=33, empty=0.0))
    end = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, 0.0]], np.float32)
    # Power 0 has no part in the second lot nor in the second agreement.
    others = np.arange(3) > 0
    world = replace(
        world,
        end=end,
        lot_seller=np.where(np.arange(4)[:, None] == 1, np.arange(3) == 1, world.lot_seller),
        lot_buyer=np.where(np.arange(4)[:, None] == 1, np.arange(3) == 2, world.lot_buyer),
        party=np.where(np.arange(2)[:, None] == 1, others, world.party),
    )
    return state.replace(**at_war(np.array([1.0, 0.0]), end)), world


def test_strength_is_its_own_and_theirs_who_fight_beside_it():
    state, world = beside_each_other()
    muster = np.asarray(jax.jit(strength)(state, world))
    assert (muster[world.end != 0] > 0).all()

    def own(power: int, **changes: np.ndarray) -> np.ndarray:
        return np.asarray(told(state.replace(**changes), world, power)[0].strength)

    both = muster[0, 0] + muster[2, 0]
    np.testing.assert_allclose(own(0), [both, muster[0, 1]], rtol=1e-6)
    np.testing.assert_allclose(own(1), muster[1], rtol=1e-6)
    np.testing.assert_allclose(own(2), [both, 0.0], rtol=1e-6)
    # At peace each knows its own alone; nobody knows what is where it does not stand.
    at_peace = at_war(np.zeros(2), world.end)
    np.testing.assert_allclose(own(0, **at_peace), muster[0], rtol=1e-6)
    np.testing.assert_allclose(own(2, **at_war(np.ones(2), world.end)), [both, 0.0], rtol=1e-6)


def differing(ours: State | World, theirs: State | World, name: str) -> np.ndarray:
    """Where a field is not the same, NaN being equal to NaN."""
    a, b = (np.asarray(getattr(x, name)) for x in (ours, theirs))
    return (a != b) & ~(np.isnan(a) & np.isnan(b))


def test_what_is_hidden_is_most_of_the_state():
    state, world = beside_each_other()
    hidden, _ = obscured(state, world, 0)
    same = {n for n in quantities() if not differing(state, hidden, n).any()}
    ground = {"front", "dug_in", "owner", "lost_share"}
    assert same == ground | {
        "week", "hostile", "engaged", "war", "truce", "collapsed", "outbreak",
    }  # fmt: skip
    for name in ("depot", "reserve", "material", "attack", "pocket_men"):
        changed = differing(state, hidden, name)
        assert changed[1:].all() and not changed[0].any(), name
    own = np.asarray(world.army_power)[:, 0] > 0
    changed = differing(state, hidden, "workshop")
    assert changed[~own].all() and not changed[own].any()
    # It counts with those who fight beside it, on that front alone.
    for name in ("men", "equipment", "days", "dump", "experience"):
        changed = differing(state, hidden, name)
        if name == "equipment":
            changed = np.moveaxis(changed.reshape(5, 3, -1), 0, 1)
        assert changed[1].all() and changed[2, 1:].all() and not changed[2, 0].any(), name
        assert not changed[0].any(), name
    # Of beliefs it has its own alone; contracts and agreements are known to those who signed.
    for name in ("strength_seen", "doubt_seen", "kept_seen", "broken_seen"):
        changed = differing(state, hidden, name)
        assert changed[1:].all() and not changed[0].any(), name
    for name in ("report_seen", "error_seen"):
        assert differing(state, hidden, name).all(), name
    for name, known in (
        ("delivered", mine_of(world, "lot")),
        ("in_force", mine_of(world, "party")),
    ):
        assert (differing(state, hidden, name) == ~known).all() and not known[1], name


DECIDES = {
    "sent", "shift", "need_most", "even_odds", "steep", "onward", "passable", "bold_odds",
    "overstretch", "operation_weeks", "regroup_weeks",
}  # fmt: skip
"""Coefficients of how a power itself decides."""


def test_what_is_hidden_of_the_world_is_what_others_plan_and_own():
    state, world = beside_each_other()
    _, hidden = obscured(state, world, 0)
    own, link = np.arange(3) == 0, np.asarray(world.link_power)[:, 0] > 0
    # By week and power, by power, by link, by agreement and power: its own and no other.
    for name in ("programme", "gift", "gift_material", "script_attack", "script_goal",
                 "script_stand", "script_draft", "script_evacuate"):  # fmt: skip
        changed = differing(world, hidden, name)
        assert changed[:, ~own].all() and not changed[:, own].any(), name
    for name in ("cohort", "mobilise", "call_up", "ceiling", "raise_most", "training_weeks",
                 "quality_reserve", "hospital_weeks", "killed_share",
                 "return_share", "mined", "floor", "restraint", "relief", "per_worker",
                 "patience", "risk", "face", "ruthless",
                 "home_use", "first_output", "guard", "district", "wear",
                 "appetite"):  # fmt: skip
        changed = differing(world, hidden, name)
        assert changed[~own].all() and not changed[own].any(), name
    for name in ("link_from", "link_to", "link_km", "link_trains"):
        changed = differing(world, hidden, name)
        assert changed[~link].all() and not changed[link].any(), name
    assert (differing(world, hidden, "script_send") == ~link[None, :]).all()
    for name in ("gain_kept", "gain_broken", "breach_rate", "breach_week"):
        changed = differing(world, hidden, name)
        assert changed[:, ~own].all() and not changed[:, own].any(), name
    changed = differing(world, hidden, "lot_price") & (world.lot_price > 0.0)
    assert (changed.any(axis=1) == ~mine_of(world, "lot")).all()
    for name in ("lot_total", "lot_stock", "lot_signed", "lot_penalty"):
        assert (differing(world, hidden, name) == ~mine_of(world, "lot")).all(), name
    assert (differing(world, hidden, "offered") == ~mine_of(world, "party")).all()
    # A garrison is known where its own links lead.
    ends = np.asarray(world.link_from + world.link_to)[link].sum(axis=0) > 0
    assert (differing(world, hidden, "garrison") == ~ends).all() and not ends.all()
    ours, theirs = vars(world.coefficient), vars(hidden.coefficient)
    assert {n for n in ours if ours[n] == theirs[n]} == DECIDES | {
        "bare", "hunger", "hunger_days", "unarmed", "sure",
    }  # fmt: skip


def test_rules_are_the_ground_and_its_own_rows():
    """Written out: what is not here is not told."""
    names = {f.name for f in fields(Rules)}
    ground = {"low", "high", "going", "value", "pace_week", "axis_theatre"}
    own = {"end", "restraint", "ruthless", "backs", "programme"}
    own |= {f"link_{n}" for n in ("from", "to", "km", "trains")} | {"links"}
    orders = ("attack", "goal", "attend", "stand", "send", "draft", "evacuate")
    own |= {f"script_{n}" for n in orders}
    assert names == ground | own | DECIDES
    _, world = beside_each_other()
    west, east = rules(world, 0), rules(world, 1)
    assert west.end.tolist() == [1.0, 1.0] and east.end.tolist() == [-1.0, -1.0]
    assert rules(world, 2).end.tolist() == [1.0, 0.0]
    mine = np.asarray(world.link_power)[:, 0] > 0
    assert (np.asarray(west.link_km) == np.where(mine, world.link_km, 0.0)).all()
    assert not np.asarray(west.link_from)[~mine].any()
    assert np.isnan(west.script_send[:, ~mine]).all()
    assert np.array_equal(east.script_goal, world.script_goal[:, 1], equal_nan=True)


def mine_of(world: World, what: str) -> np.ndarray:
    """Which lots or agreements power 0 has a part in."""
    tables = ("lot_seller", "lot_buyer") if what == "lot" else ("party",)
    return sum(np.asarray(getattr(world, n))[:, 0] for n in tables) > 0


def test_a_view_shows_what_is_its_own():
    state, world = random_one(Mix(seed=34, empty=0.0))
    world = jax.tree.map(np.asarray, world)
    mine = state.replace(men=2.0 * state.men)
    both = (seen(state, world, 0), seen(mine, world, 0))
    assert any((a != b).any() for a, b in zip(*both, strict=True))


@pytest.mark.parametrize("power", range(3))
@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_passes_the_check(name: str, power: int):
    """At the start or, of the second power, some weeks later."""
    state, world = random_one(Mix(seed=35), sizes=WIDE)
    if power == 1:
        _, history = lived(Mix(seed=35))
        state = State(**{n: x if n == "week" else x[..., 0] for n, x in vars(history[5]).items()})
    check_policy(POLICIES[name], state, world, jax.random.key(power), power)


def test_a_bad_policy_is_caught():
    state, world = random_one(Mix(seed=36))
    hold = POLICIES["defensive"]

    def restless(view, rules, key):
        drawn = np.random.default_rng().uniform(size=2).astype(np.float32)
        return replace(hold(view, rules, key), attack=drawn + 0.0 * view.front)

    def eager(view, rules, key):
        return replace(hold(view, rules, key), stand=0.0 * view.front + 2.0)

    def wide(view, rules, key):
        return replace(hold(view, rules, key), draft=view.front)

    def clairvoyant(view, rules, key):
        planned = this_week(rules.breach_week, view.week)
        return replace(hold(view, rules, key), attack=planned)

    for bad, message in (
        (clairvoyant, "asks for breach_week, which no power is told"),
        (restless, "not the same twice"),
        (eager, r"stand is not in \[-1, 1\]"),
        (wide, "draft has shape"),
    ):
        with pytest.raises(AssertionError, match=message):
            check_policy(bad, state, world, jax.random.key(0))
    for power in (9, -1, "japan"):
        with pytest.raises(AssertionError, match="place of a power in the scenario, from 0 to 2"):
            check_policy(hold, state, world, jax.random.key(0), power)


def test_a_view_that_leaks_is_caught(monkeypatch: pytest.MonkeyPatch):
    def leaky(state: State, world: World, power: int, shared: Common) -> View:
        seen = view(state, world, power, shared)
        return replace(seen, strength_seen=shared.muster.sum(axis=0))

    state, world = random_one(Mix(seed=37, empty=0.0, quiet=0.0))
    world = replace(world, backs=np.zeros_like(world.backs))
    monkeypatch.setattr("sinews.testing.view", leaky)
    with pytest.raises(AssertionError, match="changes with what the power cannot know"):
        check_policy(POLICIES["defensive"], state, world, jax.random.key(0))
