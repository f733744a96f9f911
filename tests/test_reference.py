"""The engine equals the plain-Python week of reference.py, number for number."""

from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise

import jax
import numpy as np
import pytest
import reference
from worlds import (
    FOLLOWED,
    MEMBERS,
    WIDE,
    Batch,
    Mix,
    alone,
    having,
    lived,
    random_one,
    week_of,
)

from sinews.engine.members import members_last
from sinews.engine.programs.compiled import known_options
from sinews.engine.simulate import COMPILER
from sinews.model.state import State, quantities
from sinews.model.world import World

# Float32 against float64: relative to the cell, and to the largest number of the same unit (or of
# what it is a rate of), of which a small flow may be the difference.
CLOSE, SMALL = 1e-4, 3e-7
MIXES = [Mix(seed=6), Mix(seed=14, pockets=1.0, ends=True), Mix(seed=3, empty=0.6), Mix(4, men=1e3)]


def differences(ours: State, theirs: reference.Plain, names: Collection[str] = ()) -> str:
    """Where the engine's state (or some fields) differs from the reference's, or nothing."""
    largest: dict[str, float] = {}
    counted = {name: about["unit"].removesuffix("/week") for name, about in quantities().items()}
    for name, unit in counted.items():
        most = np.abs(theirs[name]).max(initial=0.0)
        largest[unit] = max(largest.get(unit, 0.0), most)
    out = ""
    for name in names or counted:
        unit = counted[name]
        a, b = np.asarray(getattr(ours, name), np.float64), np.asarray(theirs[name], np.float64)
        assert a.shape == b.shape, (name, a.shape, b.shape)
        bad = np.abs(a - b) > CLOSE * np.abs(b) + SMALL * max(largest[unit], 1.0)
        at = tuple(int(i) for i in np.argwhere(bad)[0]) if bad.any() else ()
        out += f"\n{name}{list(at)}: {a[at]} is not {b[at]}" if bad.any() else ""
    return out


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: f"world {mix.seed}")
def test_each_step_equals_the_reference(mix: Mix):
    state, world = random_one(mix)
    state = jax.tree.map(np.asarray, state)
    for week in range(5):
        key = jax.random.fold_in(jax.random.key(mix.seed), week)
        for name in reference.STEPS:
            s, w, c = reference.plain(state, world)
            theirs = reference.after_step(name, s, w, c, key, FOLLOWED)
            stream = jax.random.fold_in(key, reference.crc32(name.encode()))
            state = alone(name)(state, world, stream)
            wrong = differences(state, theirs)
            assert not wrong, f"week {week}, {name}:{wrong}"


FEWER = Mix(seed=9, powers=4, axes=3, quiet=0.5, men=1e6)


@pytest.mark.parametrize("mix", [*MIXES[:2], FEWER], ids=lambda mix: f"worlds {mix.seed}")
def test_a_campaign_in_the_engines_blocks_equals_the_reference(mix: Mix):
    batch, history = lived(mix)
    for member in range(0, MEMBERS, 4):
        states = [State(**{n: of(x, n, member) for n, x in vars(s).items()}) for s in history]
        world = jax.tree.map(lambda x, m=member: x[..., m], batch.world)
        for week, (before, after) in enumerate(pairwise(states[:7])):
            s, w, c = reference.plain(before, World(**vars(world)))
            key = jax.random.fold_in(batch.keys[member], week)
            theirs = reference.after_week(s, w, c, key, FOLLOWED)
            wrong = differences(after, theirs)
            assert not wrong, f"member {member}, week {week}:{wrong}"


@pytest.mark.parametrize("name", ["intelligence", "council", "diplomacy", "trade"])
def test_bargains_in_many_worlds_equal_the_reference(name: str, many: list[Batch]):
    """What seldom happens in one world happens in some of many."""
    one = week_of()[name]
    states, worlds = HAVING
    step = jax.jit(
        members_last(one, (states, worlds, True), states), compiler_options=known_options(COMPILER)
    )
    stream = reference.crc32(name.encode())
    for batch in many:
        streams = jax.vmap(lambda key: jax.random.fold_in(key, stream))(batch.keys)
        after = jax.device_get(step(batch.state, batch.world, streams))
        for member in range(MEMBERS):
            now, then = (
                State(**{n: of(x, n, member) for n, x in vars(s).items()})
                for s in (batch.state, after)
            )
            world = jax.tree.map(lambda x, m=member: x[..., m], batch.world)
            s, w, c = reference.plain(now, World(**vars(world)))
            theirs = reference.after_step(name, s, w, c, batch.keys[member], FOLLOWED)
            written = [n for n in theirs if theirs[n] is not s[n]]
            wrong = differences(then, theirs, written)
            assert not wrong, f"member {member}, week {batch.state.week}:{wrong}"


HAVING = having(*random_one(MIXES[0], sizes=WIDE))


@pytest.fixture(scope="module")
def many() -> list[Batch]:
    """Batches of worlds at the start and some weeks later."""
    out = []
    for mix in (MIXES[0], MIXES[1]):
        batch, history = lived(mix)
        out += [replace(batch, state=history[week]) for week in (0, 1, 4, 5)]
    return out


def of(values: object, name: str, member: int) -> np.ndarray:
    """One member's part of a field."""
    return np.asarray(values) if name == "week" else np.asarray(values)[..., member]


def test_the_comparison_notices_a_thousandth():
    state, world = random_one(MIXES[0])
    same, _, _ = reference.plain(state, world)
    assert not differences(state.replace(men=state.men * np.float32(1.00001)), same)
    assert differences(state.replace(men=state.men * np.float32(1.001)), same)
