"""The engine equals the plain-Python week of reference.py, number for number."""

import jax
import numpy as np
import pytest
import reference
from worlds import FOLLOWED, MEMBERS, Mix, campaign, random_batch, random_one, week_of

from sinews.model.state import State, quantities
from sinews.model.world import World

# Float32 against float64: relative to the cell, and to the largest cell of the field.
CLOSE, SMALL = 1e-4, 2e-6
MIXES = [Mix(seed=1), Mix(seed=2, pockets=1.0, ends=True), Mix(seed=3, empty=0.6), Mix(4, men=1e3)]


def differences(name: str, ours: object, theirs: object) -> str:
    """Where a field of the engine's differs from the reference's, or nothing."""
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert a.shape == b.shape, (name, a.shape, b.shape)
    # A floor of one unit's thousandth, for what float32 leaves when two numbers cancel.
    allowed = CLOSE * np.abs(b) + SMALL * np.abs(b).max(initial=0.0) + 1e-3
    bad = np.argwhere(np.abs(a - b) > allowed)
    return "".join(f"\n{name}{tuple(at)}: {a[tuple(at)]} is not {b[tuple(at)]}" for at in bad[:3])


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: f"world {mix.seed}")
def test_each_step_equals_the_reference(mix: Mix, steps: dict):
    state, world = random_one(mix)
    state = jax.tree.map(np.asarray, state)
    for week in range(5):
        key = jax.random.fold_in(jax.random.key(mix.seed), week)
        for name, step in steps.items():
            s, w, c = reference.plain(state, world)
            theirs = reference.after_step(name, s, w, c, key, FOLLOWED)
            state = step(state, world, key)
            wrong = [differences(n, getattr(state, n), theirs[n]) for n in quantities()]
            assert not "".join(wrong), f"week {week}, {name}:" + "".join(wrong)


@pytest.fixture(scope="module")
def steps() -> dict:
    """Each step compiled for one member, drawing from its own stream of the week's key."""

    def compiled(name: str, step):
        stream = reference.crc32(name.encode())
        return jax.jit(lambda s, w, k: step(s, w, jax.random.fold_in(k, stream)))

    return {name: compiled(name, step) for name, step in week_of().items()}


@pytest.mark.parametrize("mix", MIXES[:2], ids=lambda mix: f"world {mix.seed}")
def test_a_campaign_in_the_engines_blocks_equals_the_reference(mix: Mix):
    batch = random_batch(mix)
    history = campaign(batch)
    for member in (0, 7, MEMBERS - 1):
        alone = [State(**{n: of(x, n, member) for n, x in vars(s).items()}) for s in history]
        world = jax.tree.map(lambda x, m=member: x[..., m], batch.world)
        for week, (before, after) in enumerate(zip(alone[:6], alone[1:], strict=False)):
            s, w, c = reference.plain(before, World(**vars(world)))
            key = jax.random.fold_in(batch.keys[member], week)
            theirs = reference.after_week(s, w, c, key, FOLLOWED)
            wrong = [differences(n, getattr(after, n), theirs[n]) for n in quantities()]
            assert not "".join(wrong), f"member {member}, week {week}:" + "".join(wrong)


def of(values: object, name: str, member: int) -> np.ndarray:
    """One member's part of a field."""
    return np.asarray(values) if name == "week" else np.asarray(values)[..., member]


def test_the_comparison_notices_a_thousandth():
    state, _ = random_one(MIXES[0])
    assert differences("men", 1.001 * state.men, state.men)
    assert not differences("men", 1.00001 * state.men, state.men)
