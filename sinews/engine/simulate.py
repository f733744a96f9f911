"""Ensembles: the week mapped over members and scanned over weeks, in blocks of one size.

Blocks of BLOCK members run two at a time, one a core, in threads; every ensemble, whatever its
size, is made of such padded blocks, so a member's bits do not depend on who runs beside it.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any
from zlib import crc32

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from sinews.engine.cache import traced
from sinews.engine.chance import member_key, named
from sinews.engine.members import members_last
from sinews.engine.posterior import Posterior
from sinews.engine.record import Tally, added, opened, written
from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.council import step_of
from sinews.model.state import State
from sinews.model.week import WEEK, advance
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.scenario.compile import Compiled

Floats = NDArray[np.float32]

# One block runs on one core, so XLA's own threads only get in the way. Without the pass named
# here XLA would drop the barriers that `members_last` sets; the older emitters compile faster.
COMPILER: dict[str, bool | str | int] = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_enable_concurrency_optimized_scheduler": False,
    "xla_cpu_multi_thread_eigen": False,
    "xla_disable_hlo_passes": "cse_barrier_expander",
}

# Members in a block (fills vector units and second-level cache) and weeks in one call.
BLOCK, SEGMENT = 128, 13

_COMPILING = Lock()
_PROGRAMS: dict[tuple[Any, ...], Callable[..., Any]] = {}


def _run(
    kind: tuple[Any, ...],
    name: str,
    function: Callable[..., Any],
    given: tuple[Any, ...],
    returned: Any,
    **how: Any,
) -> Any:
    """What a function returns for `given`, compiled once for all of its kind.

    The first call of a kind traces and compiles; other threads wait rather than do it again.
    """
    if kind in _PROGRAMS:
        return _PROGRAMS[kind](*given)
    with _COMPILING:
        program = _PROGRAMS.get(kind) or traced(name, function, given, returned, **how)
        out = program(*given)
        _PROGRAMS[kind] = program
    return out


def _first_draws(seed: Array, members: Array, names: Array) -> Array:
    """Uniform draws [name member] of members [member] under names' numbers [name].

    Each name has a stream of its own: a range that an option adds moves nobody's draws.
    """

    def one(seed: Array, member: Array, name: Array) -> Array:
        start = named(member_key(seed, member), "start")
        return jax.random.uniform(jax.random.fold_in(start, name))

    by_name = jax.vmap(one, in_axes=(None, None, 0))
    return jax.vmap(by_name, in_axes=(None, 0, None), out_axes=1)(seed, members, names)


def coefficients_of(
    compiled: Compiled, posterior: Posterior, row: NDArray[np.int64], own: Floats
) -> dict[str, Floats]:
    """Each coefficient [member]: the scenario's own number, the posterior, or its range.

    `row` [member] is the posterior's draw, `own` [coefficient member] a uniform draw of each.
    """
    out: dict[str, Floats] = {}
    for i, (name, about) in enumerate(COEFFICIENTS.items()):
        if name in compiled.coefficients:
            number = compiled.coefficients[name]
            if number.path in posterior.names:
                values = posterior.draws[row, posterior.names.index(number.path)]
            elif number.uncertain:
                values = _between(number.low, number.high, own[i])
            else:
                values = np.full(len(row), number.middle)
        elif name in posterior.names:
            values = posterior.draws[row, posterior.names.index(name)]
        else:
            values = _between(about.low, about.high, own[i])
        out[name] = np.asarray(values, np.float32)
    return out


def _between(low: float | None, high: float | None, share: Floats) -> Floats:
    return np.float32(low or 0.0) + np.float32((high or 0.0) - (low or 0.0)) * share


@dataclass(frozen=True)
class Draws:
    """What makes members differ from the start: coefficients and ranges, members last."""

    coefficients: dict[str, Floats]
    fields: dict[str, Floats]  # fields of World or State that hold ranges


def drawn(
    compiled: Compiled, posterior: Posterior, seed: int, members: NDArray[np.uint32]
) -> Draws:
    """The draws of some members; a member's draws do not depend on the others."""
    names = ["posterior", *COEFFICIENTS, *(r.path for r in compiled.ranges)]
    streams = np.array([crc32(name.encode()) for name in names], np.uint32)
    given = (np.uint32(seed), members, streams)
    kind = ("draws", len(members), len(streams))
    draws = np.asarray(_run(kind, "draws", _first_draws, given, True))
    row = posterior.row(draws[0])
    own, spread = draws[1 : 1 + len(COEFFICIENTS)], draws[1 + len(COEFFICIENTS) :]
    values = np.zeros_like(spread)
    for i, number in enumerate(compiled.ranges):
        if number.path in posterior.names:
            values[i] = posterior.draws[row, posterior.names.index(number.path)]
        else:
            values[i] = _between(number.low, number.high, spread[i])
    return Draws(
        coefficients_of(compiled, posterior, row, own),
        {name: compiled.drawn(name, values) for name in compiled.terms},
    )


def _segment(policies: tuple[str, ...], ranged: tuple[str, ...]) -> Callable[..., Any]:
    """SEGMENT weeks of one block. `ranged` names the World's fields members differ in."""
    week = WEEK | {"council": step_of([POLICIES[name] for name in policies])}

    def one(carry: tuple[State, Tally], world: World, key: Array) -> Any:
        state, tally = carry
        key = jax.random.wrap_key_data(key)
        after = advance(state, world, jax.random.fold_in(key, state.week), week)
        tally = added(tally, state, after, world)
        return (after, tally), written(after, tally, world)

    def segment(
        carry: tuple[State, Tally], shared: World, own: dict[str, Array], keys: Array
    ) -> tuple[tuple[State, Tally], Array]:
        world = replace(shared, **own)
        flags = world_leaves(world, ranged)

        def body(carry: tuple[State, Tally], _: None) -> tuple[tuple[State, Tally], Array]:
            having = state_leaves(carry)
            return members_last(one, (having, flags, True), (having, True))(carry, world, keys)

        return jax.lax.scan(body, carry, None, length=SEGMENT)

    return segment


def state_leaves(carry: tuple[State, Tally]) -> Any:
    """Which leaves of State and Tally have the member axis: all but the week."""
    state, tally = carry
    return jax.tree.map(lambda _: True, state).replace(week=False), jax.tree.map(
        lambda _: True, tally
    )


def world_leaves(world: World, ranged: tuple[str, ...]) -> World:
    """Which leaves of World have the member axis."""
    own: dict[str, Any] = {f.name: f.name in ranged for f in fields(World)[1:]}
    return World(coefficient=Coefficients(**dict.fromkeys(COEFFICIENTS, True)), **own)


def _opening(ranged: tuple[str, ...]) -> Callable[..., Any]:
    """What follows from the first state by member: lasting luck, tally, key data, first row."""

    def one(seed: Array, member: Array, state: State, world: World) -> Any:
        key = member_key(seed, member)
        lasting = jax.random.normal(named(key, "fortune"), state.front.shape)
        state = state.replace(fortune=world.coefficient.luck_lasting * lasting)
        tally = opened(state)
        return (state, tally), jax.random.key_data(key), written(state, tally, world)

    def every(
        seed: Array, members: Array, state: State, shared: World, own: dict[str, Array]
    ) -> Any:
        world = replace(shared, **own)
        having = jax.tree.map(lambda _: True, state).replace(week=False)
        flags = (False, True, having, world_leaves(world, ranged))
        return members_last(one, flags, ((having, _tally()), True, True))(
            seed, members, state, world
        )

    return every


def _tally() -> Tally:
    """A Tally's tree, its leaves standing for arrays with the member axis."""
    leaves: Any = [True] * len(fields(Tally))
    return Tally(*leaves)


@dataclass(frozen=True)
class Block:
    """A finished block: `rows` [week number member] and the members in it."""

    members: NDArray[np.uint32]
    rows: Floats


@dataclass(frozen=True)
class Opened:
    """A block ready for its first week: what its program takes, and the row of week 0."""

    carry: tuple[State, Tally]
    shared: World
    own: dict[str, Any]
    keys: Array
    first: Array
    ranged: tuple[str, ...]


def opened_block(
    compiled: Compiled, draws: Draws, seed: int, members: NDArray[np.uint32]
) -> Opened:
    """A full block of members at the start."""
    world_fields = [f.name for f in fields(World)[1:]]
    ranged = tuple(n for n in world_fields if n in draws.fields)
    first: dict[str, Any] = {
        name: draws.fields.get(name, _spread(array)) for name, array in compiled.state.items()
    }
    first["week"] = np.int32(0)
    state = State(**first)
    tables: dict[str, Any] = {n: compiled.world[n] for n in world_fields}
    # The members' own coefficients take the place of these.
    shared = World(Coefficients(**dict.fromkeys(COEFFICIENTS, np.float32(0.0))), **tables)
    own: dict[str, Any] = {n: draws.fields[n] for n in ranged}
    own["coefficient"] = Coefficients(**draws.coefficients)
    given = (np.uint32(seed), members, state, shared, own)
    kind = ("opening", *ranged, *(np.shape(x) for x in jax.tree.leaves(given)))
    returned = ((state, _tally()), True, True)
    how: dict[str, Any] = {"compiler_options": COMPILER}
    opening = _opening(ranged)
    carry, keys, row = _run(kind, f"opening {ranged}", opening, given, returned, **how)
    return Opened(carry, shared, own, keys, row, ranged)


def run_block(
    compiled: Compiled, draws: Draws, seed: int, members: NDArray[np.uint32], weeks: int
) -> Floats:
    """Series of one full block for weeks 0 (the start) to `weeks` [week number member]."""
    policies = tuple(p.policy for p in compiled.scenario.powers.values())
    sizes = tuple(a.shape for a in (*compiled.state.values(), *compiled.world.values()))
    kind = ("weeks", policies, tuple(compiled.terms), sizes)
    block = opened_block(compiled, draws, seed, members)
    weeks_of = _segment(policies, block.ranged)
    name = f"weeks {SEGMENT} {policies} {block.ranged}"
    how: dict[str, Any] = {"donate": 1, "compiler_options": COMPILER}
    carry, rows = block.carry, [np.asarray(block.first)[None]]
    for _ in range(-(-weeks // SEGMENT)):
        given = (carry, block.shared, block.own, block.keys)
        carry, row = _run(kind, name, weeks_of, given, (carry, True), **how)
        rows.append(np.asarray(row))
    return np.concatenate(rows)[: weeks + 1]


def _spread(array: Floats) -> Floats:
    return np.repeat(array[..., None], BLOCK, axis=-1)


def blocks(
    compiled: Compiled,
    posterior: Posterior,
    members: range,
    weeks: int,
    seed: int,
    draw: Callable[[NDArray[np.uint32]], Draws] | None = None,
    workers: int | None = None,
) -> Iterator[Block]:
    """Blocks of an ensemble in the order of their members, run on every core.

    `members` is a range of member numbers; the last block is padded and its padding dropped.
    `draw` gives members' draws in place of `drawn` (calibration proposes its own).
    """
    # One more than cores, so that no core waits while a block's results are copied out.
    workers = workers or (os.cpu_count() or 1) + 1

    def work(first: int) -> Block:
        numbers = np.arange(first, first + BLOCK, dtype=np.uint32)
        draws = draw(numbers) if draw else drawn(compiled, posterior, seed, numbers)
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
