"""A power knows its own side, its beliefs and where the fronts stand; nothing else reaches it."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from worlds import Mix, campaign, random_batch, random_one

from sinews.model.state import State, quantities
from sinews.model.view import Common, View, common, view
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.testing import check_policy, obscured


def seen(state: State, world: World, power: int) -> list[np.ndarray]:
    return [np.asarray(x) for x in jax.tree.leaves(view(state, world, power, common(state, world)))]


@pytest.mark.parametrize("power", range(3))
@pytest.mark.parametrize("seed", range(3))
def test_a_view_does_not_change_with_what_is_hidden(seed: int, power: int):
    state, world = random_one(Mix(seed=30 + seed))
    hidden = obscured(state, world, power)
    for ours, theirs in zip(seen(state, world, power), seen(hidden, world, power), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_is_hidden_is_most_of_the_state():
    state, world = random_one(Mix(seed=33, empty=0.0))
    # Power 0 has no part in the second lot nor in the second agreement.
    others = np.arange(3) > 0
    world = replace(
        world,
        lot_seller=np.where(np.arange(4)[:, None] == 1, np.arange(3) == 1, world.lot_seller),
        lot_buyer=np.where(np.arange(4)[:, None] == 1, np.arange(3) == 2, world.lot_buyer),
        party=np.where(np.arange(2)[:, None] == 1, others, world.party),
    )
    hidden = obscured(state, world, 0)
    same = {n for n in quantities() if np.array_equal(getattr(state, n), getattr(hidden, n))}
    assert same == {"week", "front", "hostile"}
    foe = np.asarray(world.side) != world.side[0]
    for name in ("men", "equipment", "depot", "days", "reserve", "gold", "attack"):
        changed = np.asarray(getattr(hidden, name)) != np.asarray(getattr(state, name))
        assert changed[foe].all() and not changed[~foe].any(), name
    # Of beliefs it has its own alone; contracts and agreements are known to those who signed.
    for name in ("strength_seen", "doubt_seen", "kept_seen", "broken_seen"):
        changed = np.asarray(getattr(hidden, name)) != np.asarray(getattr(state, name))
        assert changed[1:].all() and not changed[0].any(), name
    for name in ("report_seen", "error_seen"):
        assert (getattr(hidden, name) != getattr(state, name)).all(), name
    for name, known in (
        ("delivered", mine_of(world, "lot")),
        ("in_force", mine_of(world, "party")),
    ):
        changed = np.asarray(getattr(hidden, name)) != np.asarray(getattr(state, name))
        assert (changed == ~known).all() and not known[1], name


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
    history = campaign(random_batch(Mix(seed=35)))
    state, world = random_one(Mix(seed=35))
    later = State(**{n: x if n == "week" else x[..., 0] for n, x in vars(history[5]).items()})
    for now in (state, later):
        check_policy(POLICIES[name], now, world, jax.random.key(power), power)


def test_a_bad_policy_is_caught():
    state, world = random_one(Mix(seed=36))
    hold = POLICIES["scripted"]

    def restless(view, world, key):
        drawn = np.random.default_rng().uniform(size=2).astype(np.float32)
        return replace(hold(view, world, key), attack=drawn + 0.0 * view.front)

    def eager(view, world, key):
        return replace(hold(view, world, key), stand=0.0 * view.front + 2.0)

    def wide(view, world, key):
        return replace(hold(view, world, key), draft=view.front)

    for bad, message in (
        (restless, "not the same twice"),
        (eager, r"stand is not in \[-1, 1\]"),
        (wide, "draft has shape"),
    ):
        with pytest.raises(AssertionError, match=message):
            check_policy(bad, state, world, jax.random.key(0))


def test_a_view_that_leaks_is_caught(monkeypatch: pytest.MonkeyPatch):
    def leaky(state: State, world: World, power: int, shared: Common) -> View:
        seen = view(state, world, power, shared)
        return replace(seen, strength_seen=shared.muster.sum(axis=0))

    state, world = random_one(Mix(seed=37, empty=0.0, quiet=0.0))
    world = replace(world, backs=np.zeros_like(world.backs))
    monkeypatch.setattr("sinews.testing.view", leaky)
    with pytest.raises(AssertionError, match="changes with what the power cannot know"):
        check_policy(POLICIES["scripted"], state, world, jax.random.key(0))
