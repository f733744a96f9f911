"""What every step and every policy must obey, for those who write one; and what a step touches.

Each check raises AssertionError with what is wrong and where. All work on ONE member: a State
and a World without the member axis.

    state, world = example("eastern-front-1941", week=10)
    check_step(my_step, state, world, jax.random.key(0))
    check_policy(my_decide, state, world, jax.random.key(0))
"""

from collections.abc import Callable, Collection
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import Literal

from sinews.engine.posterior import read_posterior
from sinews.engine.simulate import BLOCK, one_member
from sinews.engine.situation import OPEN, known_cells, own_cells, owners
from sinews.errors import Mistake, ScenarioError
from sinews.model.council import Policy
from sinews.model.orders import RANGES, Orders
from sinews.model.state import State, quantities
from sinews.model.view import Rules, View, common, rules, view
from sinews.model.world import World
from sinews.scenario import Scenario, load
from sinews.scenario.compile import compile

Step = Callable[[State, World, Array], State]

_LARGEST = 2**32 - BLOCK  # the members beside it have numbers too

# Of these there is never less than none; a rate ("men/week") goes with what it is a rate of.
_COUNTED = frozenset(("men", "items", "t", "units", "days", "weeks", "trains"))


def example(
    scenario: str | Path | Scenario, member: int = 0, week: int = 0, seed: int = 1
) -> tuple[State, World]:
    """The State of one member of a scenario after some weeks, and its World.

    Raises ScenarioError if the scenario has mistakes, no such week, or the member or seed is out of
    bounds.
    """
    scenario = load(scenario)
    last = {"member": _LARGEST, "week": scenario.weeks, "seed": _LARGEST}
    given = {"member": member, "week": week, "seed": seed}
    wrong = [
        Mistake(name, "is out of bounds", f"it must be from 0 to {last[name]:,}", value=str(value))
        for name, value in given.items()
        if not 0 <= value <= last[name]
    ]
    if wrong:
        raise ScenarioError(scenario.name, wrong)
    return one_member(compile(scenario), read_posterior(scenario), member, week, seed)


def reads_and_writes(step: Step, state: State, world: World) -> tuple[set[str], set[str]]:
    """Names of State's fields that a step reads, and of those it writes.

    A field is written if what comes out is not what went in; it is read if something written is
    worked out from it. The step is traced, not run: `state` and `world` may be mere shapes.
    """
    program = jax.make_jaxpr(step)(state, world, jax.random.key(0)).jaxpr
    names = list(quantities())
    inputs = dict(zip(program.invars, names, strict=False))
    pairs = list(zip(names, program.outvars, strict=True))
    written = {n: v for n, v in pairs if isinstance(v, Literal) or inputs.get(v) != n}
    reached = _reached(program, list(written.values()))
    return {n for v, n in inputs.items() if v in reached}, set(written)


def _reached(program: Any, results: Collection[Any]) -> set[Any]:
    """The variables of a jaxpr from which `results` are worked out, those included."""
    needed = {v for v in results if not isinstance(v, Literal)}
    for equation in reversed(program.eqns):
        wanted = [i for i, v in enumerate(equation.outvars) if v in needed]
        inner = equation.params.get("jaxpr") if equation.primitive.name == "jit" else None
        if inner is not None and wanted:
            within = _reached(inner.jaxpr, [inner.jaxpr.outvars[i] for i in wanted])
            used = zip(equation.invars, inner.jaxpr.invars, strict=True)
            needed |= {v for v, w in used if w in within and not isinstance(v, Literal)}
        elif wanted:
            needed |= {v for v in equation.invars if not isinstance(v, Literal)}
    return needed


def check_step(
    step: Step, state: State, world: World, key: Array, writes: Collection[str] | None = None
) -> State:
    """Check one step on one state, and return what it makes of it.

    The result is a State of the same shapes and dtypes, finite, with nothing counted below
    zero, the same each time; with `writes`, the step changes no other field than those.
    """
    name = getattr(step, "__module__", "the step")
    shapes = jax.eval_shape(step, state, world, key)
    assert isinstance(shapes, State), f"{name} returns {type(shapes).__name__}, not a State"
    for field, about in quantities().items():
        was, now = jnp.asarray(getattr(state, field)), getattr(shapes, field)
        assert isinstance(now, jax.ShapeDtypeStruct), f"{name} makes {field} no array"
        assert now.shape == was.shape, (
            f"{name} makes {field} of shape {now.shape}; it is {was.shape}, {about['axes']}"
        )
        assert now.dtype == was.dtype, f"{name} makes {field} {now.dtype}; it is {was.dtype}"
    _check_repeats(name, step, state, world, key)
    if writes is not None:
        more = reads_and_writes(step, state, world)[1] - set(writes)
        assert not more, f"{name} writes {', '.join(sorted(more))}, which is not its own"
    after = jax.jit(step)(state, world, key)
    check_state(after, name)
    return after


def check_state(state: State, after: str = "the state") -> None:
    """Check that a state is finite and that nothing counted is below zero."""
    for field, about in quantities().items():
        values = np.asarray(getattr(state, field))
        assert np.isfinite(values).all(), (
            f"{field} is not finite after {after}: {_first(~np.isfinite(values), values)}"
        )
        if about["unit"].split("/")[0] in _COUNTED:
            assert (values >= 0).all(), (
                f"{field} [{about['unit']}] is negative after {after}: {_first(values < 0, values)}"
            )


def check_policy(decide: Policy, state: State, world: World, key: Array, power: int = 0) -> Orders:
    """Check a policy as `power` in one state, and return its orders.

    `power` is its place in the scenario, from 0. Orders have the shapes of Orders, are finite,
    float32 and in range, the same each time, and do not change when what the power cannot know
    does. A policy that asks for it fails.
    """
    name, last = getattr(decide, "__module__", "the policy"), len(state.dead) - 1
    assert isinstance(power, int | np.integer) and 0 <= power <= last, (
        f"power is {power!r}: it must be the place of a power in the scenario, from 0 to {last}"
    )

    def orders_in(state: State, world: World, key: Array) -> Orders:
        return decide(view(state, world, power, common(state, world)), rules(world, power), key)

    axes, links = state.front.shape, state.send.shape
    wanted = dict.fromkeys(("attack", "goal", "attend", "stand"), axes)
    wanted |= {"declare": state.dead.shape, "send": links, "draft": (), "evacuate": ()}
    try:
        shapes = jax.eval_shape(orders_in, state, world, key)
    except AttributeError as error:
        unknown = isinstance(error.obj, View | Rules)
        assert not unknown, f"{name} asks for {error.name}, which no power is told"
        raise
    assert isinstance(shapes, Orders), f"{name} returns {type(shapes).__name__}, not Orders"
    for field, shape in wanted.items():
        made = getattr(shapes, field)
        assert made.shape == shape, f"{name}: {field} has shape {made.shape}; it should be {shape}"
        assert made.dtype == jnp.float32, f"{name}: {field} is {made.dtype}; it should be float32"
    _check_repeats(name, orders_in, state, world, key)
    program = jax.jit(orders_in)
    orders = program(state, world, key)
    blind = program(*obscured(state, world, power), key)
    for field, (low, high) in RANGES.items():
        values = np.asarray(getattr(orders, field))
        assert np.isfinite(values).all(), f"{name}: {field} is not finite: {values}"
        inside = (values >= low) & (values <= high)
        assert inside.all(), f"{name}: {field} is not in [{low:g}, {high:g}]: {values}"
        assert (values == np.asarray(getattr(blind, field))).all(), (
            f"{name}: {field} changes with what the power cannot know"
        )
    return orders


# Of World, open to all although it has owners: who stands where, the map, what seasons do to whom.
_OPEN = frozenset(
    "end users fired driven further army_power army_theatre contingent_army contingent_axis "
    "quality_week place_axis place_power place_end place_km place_people place_fort".split()
)


def obscured(state: State, world: World, power: int) -> tuple[State, World]:
    """The same to the eyes of `power`: all that it cannot know is changed.

    Of State it knows what `known_cells` says; of the World the ground, what equipment is worth, its
    own rows and the contracts and agreements to which it is a party.
    """
    known, owned = known_cells(state, world, power), owners(world, power)
    changes = {
        field: _changed(np.asarray(getattr(state, field)), keep)
        for field, keep in known.items()
        if field not in OPEN
    }
    tables: dict[str, Any] = {}
    for field in fields(World)[1:]:
        values = np.asarray(getattr(world, field.name))
        if field.name not in _OPEN:
            axes = field.metadata["axes"]
            keep = own_cells(field.name, axes, values.shape, owned, True)
            tables[field.name] = _changed(values, keep)
    # Nobody is told which of all possible worlds this is; how it decides itself it knows, and what
    # its own strength and garrisons are reckoned by.
    told = {field.name for field in fields(Rules)}
    told |= {"bare", "hunger", "hunger_days", "unarmed", "sure"}
    others = (field.name for field in fields(world.coefficient) if field.name not in told)
    changed = {name: 2.0 * getattr(world.coefficient, name) + 1.0 for name in others}
    tables["coefficient"] = replace(world.coefficient, **changed)
    return state.replace(**changes), replace(world, **tables)


def _changed(values: Any, keep: Any) -> Array:
    """Other values (of scripts, something where they say nothing) where they are not to be kept."""
    return jnp.asarray(np.where(keep, values, np.nan_to_num(2.0 * abs(values) + 1.0)), values.dtype)


def _check_repeats(name: str, function: Callable[..., Any], *arguments: Any) -> None:
    """Check that a function is the same program each time it is traced."""
    first, again = (jax.make_jaxpr(lambda *a: function(*a))(*arguments) for _ in range(2))
    same = str(first.jaxpr) == str(again.jaxpr) and all(
        np.array_equal(a, b, equal_nan=True)
        for a, b in zip(first.consts, again.consts, strict=True)
    )
    assert same, f"{name} is not the same twice: draw only from its key"


def _first(bad: Any, values: Any) -> str:
    """How many values are bad, and the first of them."""
    at = tuple(int(i) for i in np.argwhere(bad)[0]) if values.ndim else ()
    return f"{int(bad.sum())} of {values.size}, first {values[at]} at {at}"
