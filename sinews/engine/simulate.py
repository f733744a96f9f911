"""Ensembles: the week mapped over members and scanned over weeks, in blocks of one size.

Blocks of BLOCK members run two at a time, one a core, in threads; every ensemble, whatever its
size, is made of such padded blocks, so a member's bits do not depend on who runs beside it.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from sinews.engine.chance import member_key, named
from sinews.engine.members import members_last
from sinews.engine.record import Tally, added, opened, written
from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.council import step_of
from sinews.model.state import State
from sinews.model.week import WEEK, advance
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.scenario.compile import Compiled

Floats = NDArray[np.float32]

# Members in a block (fills vector units and second-level cache) and weeks in one call.
BLOCK, SEGMENT = 128, 13


@dataclass(frozen=True)
class Posterior:
    """Joint draws of what was fitted: `draws` [draw name].

    A name is a coefficient's, or the path of a number that the scenario gives as a range.
    """

    names: tuple[str, ...]
    draws: Floats

    def row(self, share: Floats) -> NDArray[np.int64]:
        """The row that a uniform draw picks."""
        return np.minimum((share * len(self.draws)).astype(np.int64), len(self.draws) - 1)


def no_posterior() -> Posterior:
    """Nothing fitted: every coefficient comes from its own range."""
    return Posterior((), np.zeros((1, 0), np.float32))


@lru_cache(maxsize=1)
def _first_draws() -> Any:
    """Compiled: seed, members [member] -> what each member draws before the first week."""

    def one(seed: Array, member: Array, count: int, ranges: int) -> tuple[Array, Array, Array]:
        key = named(member_key(seed, member), "start")
        row = jax.random.uniform(named(key, "posterior"))
        own = jax.random.uniform(named(key, "coefficients"), (count,))
        spread = jax.random.uniform(named(key, "ranges"), (max(ranges, 1),))
        return row, own, spread

    @jax.jit
    def every(seed: Array, members: Array, slots: Array) -> tuple[Array, Array, Array]:
        return jax.vmap(lambda m: one(seed, m, len(COEFFICIENTS), slots.shape[0]))(members)

    return every


def coefficients_of(
    compiled: Compiled, posterior: Posterior, rows: Floats, own: Floats
) -> dict[str, Floats]:
    """Each coefficient [member]: the scenario's own number, the posterior, or its range."""
    row = posterior.row(rows)
    out: dict[str, Floats] = {}
    for i, (name, about) in enumerate(COEFFICIENTS.items()):
        if name in compiled.coefficients:
            number = compiled.coefficients[name]
            if number.uncertain:
                values = _between(number.low, number.high, own[:, i])
            else:
                values = np.full(len(rows), number.middle)
        elif name in posterior.names:
            values = posterior.draws[row, posterior.names.index(name)]
        else:
            values = _between(about.low, about.high, own[:, i])
        out[name] = np.asarray(values, np.float32)
    return out


def _between(low: float | None, high: float | None, share: Floats) -> Floats:
    return np.float32(low or 0.0) + np.float32((high or 0.0) - (low or 0.0)) * share


@dataclass(frozen=True)
class Draws:
    """What makes members differ from the start: coefficients and ranges, members last."""

    coefficients: dict[str, Floats]
    fields: dict[str, Floats]  # fields of World or State that hold ranges


def drawn(compiled: Compiled, posterior: Posterior, seed: int, members: NDArray[np.uint32]) -> Draws:
    """The draws of some members; a member's draws do not depend on the others."""
    slots = np.zeros(len(compiled.ranges), np.float32)
    rows, own, spread = (
        np.asarray(x) for x in _first_draws()(np.uint32(seed), members, slots)
    )
    spread = spread[:, : len(compiled.ranges)]
    lows = np.array([r.low or 0.0 for r in compiled.ranges], np.float32)
    highs = np.array([r.high or 0.0 for r in compiled.ranges], np.float32)
    values = (lows + spread * (highs - lows)).T
    for i, number in enumerate(compiled.ranges):
        if number.path in posterior.names:
            values[i] = posterior.draws[posterior.row(rows), posterior.names.index(number.path)]
    return Draws(
        coefficients_of(compiled, posterior, rows, own),
        {name: compiled.drawn(name, values) for name in compiled.terms},
    )


@lru_cache(maxsize=8)
def _program(policies: tuple[str, ...], ranged: tuple[str, ...]) -> Any:
    """Compiled: SEGMENT weeks of one block. `ranged` names the World's fields members differ in."""
    week = WEEK | {"council": step_of([POLICIES[name] for name in policies])}

    def one(carry: tuple[State, Tally], world: World, key: Array) -> Any:
        state, tally = carry
        after = advance(state, world, jax.random.fold_in(key, state.week), week)
        tally = added(tally, state, after, world)
        return (after, tally), written(after, tally, world)

    def segment(
        carry: tuple[State, Tally], shared: World, own: dict[str, Array], keys: Array
    ) -> tuple[tuple[State, Tally], Array]:
        world = replace(shared, **{k: own[k] for k in ranged}, coefficient=own["coefficient"])
        flags = _flags(world, ranged)

        def body(carry: tuple[State, Tally], _: None) -> tuple[tuple[State, Tally], Array]:
            having = _carried(carry)
            return members_last(one, (having, flags, True), (having, True))(carry, world, keys)

        return jax.lax.scan(body, carry, None, length=SEGMENT)

    return jax.jit(segment, donate_argnums=0)


def _carried(carry: tuple[State, Tally]) -> Any:
    """Which leaves of State and Tally have the member axis: all but the week."""
    state, tally = carry
    return jax.tree.map(lambda _: True, state).replace(week=False), jax.tree.map(lambda _: True, tally)


def _flags(world: World, ranged: tuple[str, ...]) -> World:
    """Which leaves of World have the member axis."""
    own = {f.name: f.name in ranged for f in fields(World)[1:]}
    return World(coefficient=Coefficients(**dict.fromkeys(COEFFICIENTS, True)), **own)


@lru_cache(maxsize=1)
def _opening() -> Any:
    """Compiled: what follows from the first state: luck that lasts, and the tally, by member."""

    def one(seed: Array, member: Array, state: State, luck: Array) -> tuple[State, Tally, Array]:
        key = member_key(seed, member)
        lasting = jax.random.normal(named(key, "fortune"), state.front.shape)
        state = state.replace(fortune=luck * lasting, strength_seen=jnp.zeros_like(state.days))
        return state, opened(state), key

    @jax.jit
    def every(seed: Array, members: Array, state: State, luck: Array) -> Any:
        axes = jax.tree.map(lambda _: -1, state).replace(week=None)
        tally_axes = -1
        return jax.vmap(
            lambda m, s, x: one(seed, m, s, x), in_axes=(0, axes, 0), out_axes=(axes, tally_axes, 0)
        )(members, state, luck)

    return every


@dataclass(frozen=True)
class Block:
    """A finished block: `rows` [week number member] and the members in it."""

    members: NDArray[np.uint32]
    rows: Floats


def run_block(
    compiled: Compiled, draws: Draws, seed: int, members: NDArray[np.uint32], weeks: int
) -> Floats:
    """Series of one full block for weeks 1..weeks [week number member]."""
    world_fields = [f.name for f in fields(World)[1:]]
    ranged = tuple(n for n in world_fields if n in draws.fields)
    coefficient = Coefficients(**draws.coefficients)
    state = State(
        **{
            name: draws.fields.get(name, _spread(array)) if name != "week" else np.int32(0)
            for name, array in compiled.state.items()
        }
    )
    carry_state, tally, keys = _opening()(
        np.uint32(seed), members, state, draws.coefficients["luck_lasting"]
    )
    shared = World(
        coefficient=Coefficients(**dict.fromkeys(COEFFICIENTS, np.float32(0.0))),
        **{n: compiled.world[n] for n in world_fields},
    )
    own: dict[str, Any] = {n: draws.fields[n] for n in ranged} | {"coefficient": coefficient}
    policies = tuple(p.policy for p in compiled.scenario.powers.values())
    program = _program(policies, ranged)
    carry, rows = (carry_state, tally), []
    for _ in range(-(-weeks // SEGMENT)):
        carry, row = program(carry, shared, own, keys)
        rows.append(row)
    return np.concatenate([np.asarray(r) for r in rows])[:weeks]


def _spread(array: Floats) -> Floats:
    return np.repeat(array[..., None], BLOCK, axis=-1)


def blocks(
    compiled: Compiled,
    posterior: Posterior,
    members: range,
    weeks: int,
    seed: int,
    chosen: Callable[[NDArray[np.uint32]], Draws] | None = None,
) -> Iterator[Block]:
    """Blocks of an ensemble in the order of their members, run on every core.

    `members` is a range of member numbers; the last block is padded and its padding dropped.
    """
    workers = max(1, os.cpu_count() or 1)

    def work(first: int) -> Block:
        numbers = np.arange(first, first + BLOCK, dtype=np.uint32)
        draws = chosen(numbers) if chosen else drawn(compiled, posterior, seed, numbers)
        kept = min(BLOCK, members.stop - first)
        return Block(numbers[:kept], run_block(compiled, draws, seed, numbers, weeks)[:, :, :kept])

    starts = iter(range(members.start, members.stop, BLOCK))
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[Future[Block]] = []
        for first in starts:
            waiting.append(pool.submit(work, first))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()
