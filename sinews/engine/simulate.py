"""Ensembles: the week mapped over members and scanned over weeks, in blocks of one size.

Blocks of BLOCK members run two at a time, one a core, in threads; every ensemble, whatever its
size, is made of such padded blocks, so a member's bits do not depend on who runs beside it.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from sinews.engine.chance import first_draws, member_key, named
from sinews.engine.given import (
    POLICY,
    STEP,
    deciding,
    policy_mistakes,
    stepping,
    week_mistakes,
    whole,
)
from sinews.engine.members import members_last
from sinews.engine.posterior import Posterior
from sinews.engine.probes import width_of
from sinews.engine.programs.compiled import program
from sinews.engine.record import Tally, added, opened, written
from sinews.engine.settings import stated
from sinews.engine.unknowns import jittered, scores_of, spread, unknowns
from sinews.errors import Mistake, ScenarioError
from sinews.model import theories
from sinews.model.coefficients import RIVALS, THEORIES, Coefficients, RivalCoefficients
from sinews.model.council import Policy, step_of
from sinews.model.state import State, quantities
from sinews.model.week import WEEK, Step, advance
from sinews.model.world import World
from sinews.scenario import Scenario
from sinews.scenario.compile import Compiled

Floats = NDArray[np.float32]
Week = dict[str, Step]
Given = Mapping[str, Step | str | None]

# One block runs on one core, so XLA's own threads only get in the way. Without the pass named
# here XLA would drop the barriers that `members_last` sets; the older emitters compile faster.
# Matrix products and sums as pipelines of another library (YNN) are no faster here, and each is
# built anew in every process: a fifth of a second before the first week of each thread.
COMPILER: dict[str, bool | str] = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_enable_concurrency_optimized_scheduler": False,
    "xla_cpu_multi_thread_eigen": False,
    "xla_cpu_experimental_ynn_fusion_type": "",
    "xla_disable_hlo_passes": "cse_barrier_expander",
}

# Members in a block (fills vector units and second-level cache) and weeks in one call.
BLOCK, SEGMENT = 128, 13


def coefficients_of(
    compiled: Compiled, fitted: Mapping[str, Floats], own: Floats
) -> dict[str, Floats]:
    """Each coefficient [member]: the scenario's own number, what was fitted, or its range; `own`
    [coefficient member] is a uniform draw of each."""
    out: dict[str, Floats] = {}
    for i, (name, about) in enumerate(compiled.scenario.known.items()):
        if name in compiled.coefficients:
            number = compiled.coefficients[name]
            if not number.uncertain:
                values = np.full(own.shape[1], number.middle)
            elif number.path in fitted:
                values = fitted[number.path]
            else:
                values = _between(number.low, number.high, own[i])
        elif name in fitted:
            values = fitted[name]
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


# The streams that pick a member's draw of the posterior, and the two that push it from there.
_FITTED = ("posterior", "posterior, from", "posterior, to")
# How much of its distance from the mean a draw keeps as it is moved: little, so that members that
# have it in common are not alike; what a fit gives is Gaussian in these scores anyway (judged).
_KEPT = 0.5


def drawn(
    compiled: Compiled, posterior: Posterior, seed: int, members: NDArray[np.uint32]
) -> Draws:
    """The draws of some members; a member's draws do not depend on the others."""
    coefficients, values = _numbers(compiled, posterior, seed, members)
    return Draws(coefficients, {name: compiled.drawn(name, values) for name in compiled.terms})


def own_draws(
    compiled: Compiled, posterior: Posterior, names: Sequence[str], seed: int, count: int
) -> Posterior:
    """What `drawn` gives to each of so many members of some numbers that it has from a posterior or
    a range: a posterior in which each has the draw of its own number."""
    members = np.arange(count, dtype=np.uint32)
    coefficients, values = _numbers(compiled, posterior, seed, members)
    given = compiled.coefficients
    table = {given[n].path if n in given else n: x for n, x in coefficients.items()}
    table |= {number.path: x for number, x in zip(compiled.ranges, values, strict=True)}
    draws = np.stack([table[name] for name in names], axis=1)
    own = members.astype(np.int64)
    return Posterior(tuple(names), draws, posterior.fitted_to, own, posterior.theory)


def _numbers(
    compiled: Compiled, posterior: Posterior, seed: int, members: NDArray[np.uint32]
) -> tuple[dict[str, Floats], Floats]:
    """Each coefficient [member], and each range's number [range member]."""
    known = compiled.scenario.known
    names = [*_FITTED, *known, *(r.path for r in compiled.ranges)]
    draws = first_draws(seed, members, names)
    picks, own, shares = np.split(draws, np.cumsum([len(_FITTED), len(known)]))
    fitted = _fitted(compiled, posterior, picks, members)
    values = np.zeros_like(shares)
    for i, number in enumerate(compiled.ranges):
        if number.path in fitted:
            values[i] = fitted[number.path]
        else:
            values[i] = _between(number.low, number.high, shares[i])
    return coefficients_of(compiled, fitted, own), values


def _fitted(
    compiled: Compiled, posterior: Posterior, picks: Floats, members: NDArray[np.uint32]
) -> dict[str, Floats]:
    """By name, what some members have of a posterior [member]: the draw that luck picks or, of
    members numbered beyond as many as there are draws, that draw moved, for no two are alike.
    `picks` [3 member] are uniform draws."""
    rows, count = posterior.rows(picks, members), len(posterior.draws)
    values = posterior.draws[rows[0]].T
    beyond = members >= count
    if count > 1 and posterior.parents is None and beyond.any():
        open_ = {number.name: number for number in unknowns(compiled)}
        at = [i for i, name in enumerate(posterior.names) if name in open_]
        numbers = [open_[posterior.names[i]] for i in at]
        scores = scores_of(numbers, posterior.draws[:, at].T.astype(float))
        apart = spread(numbers, jittered(scores, rows[:, beyond], _KEPT))
        values[np.ix_(np.array(at, int), np.flatnonzero(beyond))] = apart
    return dict(zip(posterior.names, values, strict=True))


def scenario_week(
    scenario: Scenario,
    week: Given | None = None,
    policies: Mapping[str, Policy | str] | None = None,
) -> Week:
    """The week of a scenario: WEEK, with the steps that the file names in their places, and every
    power deciding by its policy.

    `week` has, by name, steps that take the place of WEEK's (one that names all of them is run as
    it stands, with what it adds; None leaves a step out): what differs there prevails over the
    file. `policies` has, by power, what decides in place of the policy that the file names. Either
    may name what is shipped or installed. Raises ScenarioError where one of them cannot be run.
    """
    week, policies = {} if week is None else week, {} if policies is None else policies
    mistakes = [*week_mistakes(week, WEEK), *policy_mistakes(policies, scenario.powers)]
    if mistakes:
        raise ScenarioError(scenario.name, mistakes)
    out = {n: STEP.function(s, scenario.name) for n, s in whole(week, WEEK).items()}
    if scenario.theory and out.get("combat") is WEEK["combat"]:
        out["combat"] = theories.step
    for step, name in scenario.week.items():
        if step in out and out[step] is WEEK.get(step):
            out[step] = STEP.function(name, scenario.name)
    if "council" in out and out["council"] is WEEK.get("council"):
        out["council"] = _council(scenario, policies)
    elif policies:
        problem = "nobody asks them: the week has another council, or none"
        mistake = Mistake("policies", problem, "", 'leave them out, or keep WEEK["council"]')
        raise ScenarioError(scenario.name, [mistake])
    return out


def _council(scenario: Scenario, policies: Mapping[str, Policy | str]) -> Step:
    """The step in which every power decides by the policy given for it, or by the file's."""
    where = scenario.name
    chosen = {name: power.policy for name, power in scenario.powers.items()} | dict(policies)
    return step_of([deciding(n, POLICY.function(p, where), where) for n, p in chosen.items()])


def _segment(week: Week, ranged: tuple[str, ...], width: int) -> Callable[..., Any]:
    """Up to SEGMENT weeks of one block, each a row of `width` numbers a member. `ranged` names the
    World's fields members differ in."""

    def one(carry: tuple[State, Tally], world: World, key: Array) -> Any:
        state, tally = carry
        key = jax.random.wrap_key_data(key)
        after = advance(state, world, jax.random.fold_in(key, state.week), week)
        tally = added(tally, state, after, world)
        return (after, tally), written(after, tally, world)

    def segment(
        carry: tuple[State, Tally], shared: World, own: dict[str, Array], keys: Array, count: Array
    ) -> tuple[tuple[State, Tally], Array]:
        world = replace(shared, **own)
        flags = world_leaves(world, ranged)
        having = state_leaves(carry)
        step = members_last(one, (having, flags, True), (having, True))

        def body(i: Array, sofar: Any) -> Any:
            carry, row = step(sofar[0], world, keys)
            return carry, jax.lax.dynamic_update_index_in_dim(sofar[1], row, i, 0)

        rows = jax.numpy.zeros((SEGMENT, width, keys.shape[-1]), np.float32)
        return jax.lax.fori_loop(0, count, body, (carry, rows))

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
    return World(coefficient=jax.tree.map(lambda _: True, world.coefficient), **own)


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
class Paused:
    """A block where it stands after some weeks, ready to go on, under another World if need be."""

    members: NDArray[np.uint32]
    carry: tuple[State, Tally]
    keys: Array
    rows: Floats  # [week number member] of all its members, padding included

    @property
    def week(self) -> int:
        """Weeks since the start."""
        return len(self.rows) - 1


def regrouped(paused: Sequence[Paused], places: Sequence[int]) -> tuple[Paused, ...]:
    """Some members of paused blocks side by side in blocks of their own, the last padded with its
    last member; `places` count through the blocks, padding included."""
    padded = np.array([*places, *[places[-1]] * (-len(places) % BLOCK)])
    out: list[Paused] = []
    for part in padded.reshape(-1, BLOCK):
        # Only from blocks that they stand in: an ensemble that is regrouped whole is large.
        first, last = part.min() // BLOCK, part.max() // BLOCK + 1
        out.append(_taken(paused[first:last], part - first * BLOCK))
    return tuple(out)


def _taken(paused: Sequence[Paused], part: NDArray[np.int64]) -> Paused:
    """A block of the members that stand at such places in some."""

    def taken(has_members: bool, *parts: Any) -> Any:
        return np.concatenate(parts, axis=-1).take(part, axis=-1) if has_members else parts[0]

    carry = jax.tree.map(taken, state_leaves(paused[0].carry), *(p.carry for p in paused))
    members, keys, rows = (
        taken(True, *(getattr(p, name) for p in paused)) for name in ("members", "keys", "rows")
    )
    return Paused(members, carry, keys, rows)


@dataclass(frozen=True)
class Block:
    """A finished block: `rows` [week number member], the members in it, and what goes on."""

    members: NDArray[np.uint32]
    rows: Floats
    paused: Paused


@dataclass(frozen=True)
class Opened:
    """A block ready for its next week: what its program takes, and the rows so far."""

    carry: tuple[State, Tally]
    shared: World
    own: dict[str, Any]
    keys: Array
    rows: Floats
    ranged: tuple[str, ...]


def _tables(compiled: Compiled, draws: Draws) -> tuple[World, dict[str, Any], tuple[str, ...]]:
    """World as all members share it, what members have of their own, and the names of that."""
    world_fields = [f.name for f in fields(World)[1:]]
    ranged = tuple(n for n in world_fields if n in draws.fields)
    own: dict[str, Any] = {n: draws.fields[n] for n in ranged}
    own["coefficient"] = _coefficients(draws.coefficients, compiled.scenario.theory)
    # The members' own coefficients take the place of these.
    none = jax.tree.map(lambda _: np.float32(0.0), own["coefficient"])
    return world_of(compiled, none), own, ranged


def world_of(compiled: Compiled, coefficient: Any = None) -> World:
    """The World of a scenario as all members share it; without coefficients, for those who ask for
    none, unless they are given."""
    tables: dict[str, Any] = {f.name: compiled.world[f.name] for f in fields(World)[1:]}
    return World(coefficient, **tables)


def _coefficients(drawn: dict[str, Floats], theory: str) -> Coefficients:
    """Members' coefficients; under a rival theory those of all, so that one program runs any."""
    if not theory:
        return Coefficients(**drawn)
    size = len(next(iter(drawn.values())))
    idle = {n: np.full(size, c.default, np.float32) for n, c in RIVALS.items()}
    which = np.full(size, [*THEORIES].index(theory), np.float32)
    return RivalCoefficients(**(idle | drawn), theory=which)


def _first(
    compiled: Compiled, draws: Draws, seed: int, members: NDArray[np.uint32]
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """What the opening of a block is given, and the names of what members have of their own."""
    shared, own, ranged = _tables(compiled, draws)
    first: dict[str, Any] = {
        name: draws.fields.get(name, _spread(array)) for name, array in compiled.state.items()
    }
    first["week"] = np.int32(0)
    return (np.uint32(seed), members, State(**first), shared, own), ranged


def opening_program(
    compiled: Compiled, draws: Draws, seed: int, members: NDArray[np.uint32]
) -> Callable[..., Any]:
    """The program that opens blocks like this one."""
    given, ranged = _first(compiled, draws, seed, members)
    returned = ((given[2], _tally()), True, True)
    return program(_opening(ranged), given, returned, options=COMPILER)


def opened_block(
    compiled: Compiled,
    draws: Draws,
    seed: int,
    members: NDArray[np.uint32],
    opening: Callable[..., Any],
) -> Opened:
    """A full block of members at the start."""
    given, ranged = _first(compiled, draws, seed, members)
    carry, keys, row = opening(*given)
    *_, shared, own = given
    return Opened(carry, shared, own, keys, np.asarray(row)[None], ranged)


def reopened_block(compiled: Compiled, draws: Draws, paused: Paused) -> Opened:
    """A block that goes on from where it paused, in the World of `compiled`."""
    # A run overwrites the state it is given: others may go on from this one too. (NumPy copies
    # at once; JAX would first load a program to copy with, one for each shape.)
    state, tally = jax.tree.map(np.array, paused.carry)
    longer = {n: lengthened(getattr(state, n), compiled.state[n].shape[1]) for n in UNDER_WAY}
    carry = state.replace(**longer), tally
    shared, own, ranged = _tables(compiled, draws)
    return Opened(carry, shared, own, paused.keys, paused.rows, ranged)


UNDER_WAY = tuple(n for n, q in quantities().items() if {"age", "way"} & {*q["axes"]})
"""Fields of State that count by weeks to go, on the second axis."""


def lengthened(array: Any, weeks: int) -> Any:
    """What is under way [way week ...] with at least so many weeks to go."""
    more = max(weeks - array.shape[1], 0)
    return np.pad(array, [(0, more if axis == 1 else 0) for axis in range(array.ndim)])


def with_room(compiled: Compiled, state: State) -> Compiled:
    """`compiled` with room for all that is under way in a block's `state`, if its own journeys are
    shorter."""
    room = {n: lengthened(compiled.state[n], getattr(state, n).shape[1]) for n in UNDER_WAY}
    return replace(compiled, state=compiled.state | room)


def weeks_program(compiled: Compiled, draws: Draws, week: Week) -> Callable[..., Any]:
    """The program of up to SEGMENT weeks of blocks like this one."""
    (shared, own, ranged), where = _tables(compiled, draws), compiled.scenario.name
    with stated():
        carry = _carried(compiled)
    keys = jax.ShapeDtypeStruct((2, BLOCK), np.uint32)
    given = (carry, shared, own, keys, np.int32(0))
    rivals = {n: s if s is WEEK.get(n) else stepping(n, s, where) for n, s in week.items()}
    segment = _segment(rivals, ranged, width_of(compiled))
    return program(segment, given, (carry, True), donate=1, options=COMPILER)


def _carried(compiled: Compiled) -> tuple[State, Tally]:
    """The shapes of a block's state and tally."""

    def block(x: Any) -> Any:
        return jax.ShapeDtypeStruct((*x.shape, BLOCK), x.dtype)

    alone: dict[str, Any] = {
        name: jax.ShapeDtypeStruct(array.shape, np.float32)
        for name, array in compiled.state.items()
    }
    alone["week"] = jax.ShapeDtypeStruct((), np.int32)
    state = State(**alone)
    tally = jax.tree.map(block, jax.eval_shape(opened, state))
    return jax.tree.map(block, state).replace(week=state.week), tally


def run_block(
    run: Callable[..., Any], block: Opened, members: NDArray[np.uint32], weeks: int
) -> Paused:
    """A block run on to `weeks` since the start, by the program `run`."""
    carry, rows = block.carry, [block.rows]
    todo = weeks - (len(block.rows) - 1)
    while todo > 0:
        count = min(todo, SEGMENT)
        carry, row = run(carry, block.shared, block.own, block.keys, np.int32(count))
        rows.append(np.asarray(row)[:count])
        todo -= count
    return Paused(members, carry, block.keys, np.concatenate(rows))


def rewritten(
    compiled: Compiled, posterior: Posterior, seed: int, paused: Sequence[Paused]
) -> Iterator[Paused]:
    """Blocks whose State or Tally was changed by hand, their last rows as these now are."""
    write: Callable[..., Any] | None = None
    for block in paused:
        draws = drawn(compiled, posterior, seed, block.members)
        shared, own, ranged = _tables(compiled, draws)
        given = block.carry, shared, own
        write = write or program(_writing(ranged), given, True, options=COMPILER)
        row = np.asarray(write(*given))
        yield replace(block, rows=np.concatenate([block.rows[:-1], row[None]]))


def _writing(ranged: tuple[str, ...]) -> Callable[..., Any]:
    """The row of a block as it stands."""

    def one(carry: tuple[State, Tally], world: World) -> Array:
        return written(*carry, world)

    def every(carry: tuple[State, Tally], shared: World, own: dict[str, Any]) -> Any:
        world = replace(shared, **own)
        return members_last(one, (state_leaves(carry), world_leaves(world, ranged)), True)(
            carry, world
        )

    return every


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
    after: Sequence[Paused] = (),
    week: Week | None = None,
) -> Iterator[Block]:
    """Blocks of an ensemble in the order of their members, run on every core.

    `members` is a range of member numbers; the last block is padded and its padding dropped.
    `draw` gives members' draws in place of `drawn` (calibration proposes its own). `after` has
    the same members' blocks where they paused: they go on from there in the World of `compiled`,
    which holds from that week on. `week` is run in place of the scenario's own.
    """
    # One more than cores, so that no core waits while a block's results are copied out.
    workers = workers or (os.cpu_count() or 1) + 1
    week = scenario_week(compiled.scenario) if week is None else week
    if after:
        compiled = with_room(compiled, after[0].carry[0])

    def numbered(at: int) -> tuple[NDArray[np.uint32], Draws]:
        first = members[at]
        numbers = np.arange(first, first + BLOCK, dtype=np.uint32)
        if after:
            numbers = after[at // BLOCK].members
        return numbers, draw(numbers) if draw else drawn(compiled, posterior, seed, numbers)

    def work(at: int) -> Block:
        numbers, draws = numbered(at)
        if opening is None:
            opened = reopened_block(compiled, draws, after[at // BLOCK])
        else:
            opened = opened_block(compiled, draws, seed, numbers, opening.result())
        paused = run_block(run.result(), opened, numbers, weeks)
        kept = min(BLOCK, members.stop - members[at])
        return Block(numbers[:kept], paused.rows[:, :, :kept], paused)

    numbers, draws = numbered(0)
    with ThreadPoolExecutor(2) as loader, ThreadPoolExecutor(workers) as pool:
        # The week's program takes longest to load: meanwhile blocks are opened.
        run = loader.submit(weeks_program, compiled, draws, week)
        opening = None if after else loader.submit(opening_program, compiled, draws, seed, numbers)
        waiting: list[Future[Block]] = []
        for at in range(0, len(members), BLOCK):
            waiting.append(pool.submit(work, at))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def one_member(
    compiled: Compiled, posterior: Posterior, member: int, weeks: int, seed: int
) -> tuple[State, World]:
    """One member's State after some weeks, and its World, both without the member axis."""
    (block,) = blocks(compiled, posterior, range(member, member + 1), weeks, seed)
    draws = drawn(compiled, posterior, seed, np.full(1, member, np.uint32))
    shared, own, ranged = _tables(compiled, draws)
    world = replace(shared, **own)
    state, has = block.paused.carry[0], state_leaves(block.paused.carry)[0]

    def alone(x: Any, mapped: bool) -> Array:
        return jax.numpy.asarray(x[..., 0] if mapped else x)

    return jax.tree.map(alone, state, has), jax.tree.map(alone, world, world_leaves(world, ranged))
