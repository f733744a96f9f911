"""What every step and every policy must obey, for those who write one; and what a step touches.

Each check raises AssertionError with what is wrong and where. All work on ONE member: a State
and a World without the member axis.

    check_step(my_step, state, world, jax.random.key(0))
    check_policy(my_decide, state, world, jax.random.key(0))
"""

from collections.abc import Callable, Collection
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import Literal

from sinews.model.council import Policy
from sinews.model.orders import Orders
from sinews.model.state import State, quantities
from sinews.model.view import common, view
from sinews.model.world import World

Step = Callable[[State, World, Array], State]

# Of these there is never less than none; a rate ("men/week") goes with what it is a rate of.
_COUNTED = frozenset(("men", "items", "t", "units", "days", "weeks", "trains"))
# Orders lie between these.
_RANGES = {
    "attack": (0.0, 1.0),
    "goal": (-np.inf, np.inf),
    "stand": (-1.0, 1.0),
    "send": (0.0, np.inf),
    "draft": (0.0, 1.0),
    "evacuate": (0.0, 1.0),
}


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

    Orders have the shapes of Orders, are finite, float32 and in range, the same each time, and
    do not change when what the power cannot know does.
    """
    name = getattr(decide, "__module__", "the policy")

    def orders_in(state: State, world: World, key: Array) -> Orders:
        return decide(view(state, world, power, common(state, world)), world, key)

    axes, links = state.front.shape, state.send.shape
    wanted = dict.fromkeys(("attack", "goal", "stand"), axes)
    wanted |= {"send": links, "draft": (), "evacuate": ()}
    shapes = jax.eval_shape(orders_in, state, world, key)
    assert isinstance(shapes, Orders), f"{name} returns {type(shapes).__name__}, not Orders"
    for field, shape in wanted.items():
        made = getattr(shapes, field)
        assert made.shape == shape, f"{name}: {field} has shape {made.shape}; it should be {shape}"
        assert made.dtype == jnp.float32, f"{name}: {field} is {made.dtype}; it should be float32"
    _check_repeats(name, orders_in, state, world, key)
    program = jax.jit(orders_in)
    orders = program(state, world, key)
    blind = program(obscured(state, world, power), world, key)
    for field, (low, high) in _RANGES.items():
        values = np.asarray(getattr(orders, field))
        assert np.isfinite(values).all(), f"{name}: {field} is not finite: {values}"
        inside = (values >= low) & (values <= high)
        assert inside.all(), f"{name}: {field} is not in [{low:g}, {high:g}]: {values}"
        assert (values == np.asarray(getattr(blind, field))).all(), (
            f"{name}: {field} changes with what the power cannot know"
        )
    return orders


def obscured(state: State, world: World, power: int) -> State:
    """The same to the eyes of `power`: all that it cannot know is changed.

    It knows its own side's forces, its own beliefs, where the fronts stand and where there is
    war, and the contracts and agreements to which it is a party.
    """
    mine = np.asarray(world.side) == np.asarray(world.side)[power]
    alone = np.arange(len(mine)) == power
    known = {
        "power": mine,
        "captor": mine,
        "link": np.asarray(world.link_power) @ mine > 0,
        "place": np.asarray(world.place_power) @ mine > 0,
        "lot": np.asarray(world.lot_seller + world.lot_buyer)[:, power] > 0,
        "agreement": np.asarray(world.party)[:, power] > 0,
    }
    changes: dict[str, Array] = {}
    for field, about in quantities().items():
        values = np.asarray(getattr(state, field))
        if field in ("week", "front", "hostile"):
            continue
        axis = about["axes"][0]
        # What others believe is theirs; what is on its way to a report has not been read.
        seen = alone & (field not in ("report_seen", "error_seen"))
        keep = known.get(axis, np.zeros(len(values), bool))
        keep = seen if about["part"] == "believed" else keep
        keep = keep.reshape(keep.shape + (1,) * (values.ndim - 1))
        changes[field] = jnp.asarray(np.where(keep, values, 2.0 * values + 1.0), values.dtype)
    return state.replace(**changes)


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
