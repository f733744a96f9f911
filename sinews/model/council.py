"""Council: every power decides its orders, each from its own View and Rules.

A power's policy proposes; the scenario's script, where it says anything for the week, prevails.
Which policy a power follows is fixed when the week is put together: `step_of` makes the step.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.gathering import gathers
from sinews.model.onset import resolves
from sinews.model.orders import Orders, hold
from sinews.model.state import State
from sinews.model.view import Rules, View, common, rules, view
from sinews.model.world import World, axis_theatre, there, this_week

Policy = Callable[[View, Rules, Array], Orders]


def by_script(script: Array, proposed: Array) -> Array:
    """The order of the script, or what was proposed where the script is silent (NaN).

    >>> by_script(jnp.array([jnp.nan, 1.0]), jnp.array([0.5, 0.0])).tolist()
    [0.5, 1.0]
    """
    return jnp.where(jnp.isnan(script), proposed, script)


def shared_out(weight: Array, world: World) -> Array:
    """The shares of a theatre's men on its axes where their power stands [power axis], by `weight`;
    equal where no axis has any.
    """
    stands = there(world)
    weight = jnp.maximum(weight, 0.0) * stands
    table = axis_theatre(world)
    whole, axes = ((x @ table) @ table.T for x in (weight, stands))
    return jnp.where(
        whole > 0.0, weight / jnp.maximum(whole, 1e-30), stands / jnp.maximum(axes, 1.0)
    )


def step_of(policies: Sequence[Policy | None]) -> Callable[[State, World, Array], State]:
    """The council's step for powers that follow `policies`, in the order of the power axis."""

    def step(state: State, world: World, key: Array) -> State:
        shared = common(state, world)
        decisions: list[Orders] = []
        for power in range(world.end.shape[0]):
            policy = policies[power] if power < len(policies) else None
            seen, told = view(state, world, power, shared), rules(world, power)
            mind = jax.random.fold_in(key, power)
            decisions.append(policy(seen, told, mind) if policy else hold(seen, told))
        orders = {
            f.name: jnp.stack([getattr(d, f.name) for d in decisions]) for f in fields(Orders)
        }
        luck = jax.random.fold_in(key, len(decisions))
        # A link has one user: take that power's wish.
        send = jnp.sum(orders["send"] * world.link_power.T, axis=0)
        week = state.week
        gathered = gathers(state, world, resolves(state, world, luck))
        return state.replace(
            declare=by_script(this_week(world.script_declare, week), orders["declare"]),
            gathered=gathered.weeks,
            strike=gathered.strikes,
            attack=by_script(this_week(world.script_attack, week), orders["attack"]),
            goal=by_script(this_week(world.script_goal, week), orders["goal"]),
            attend=shared_out(
                by_script(this_week(world.script_attend, week), orders["attend"]), world
            ),
            stand=by_script(this_week(world.script_stand, week), orders["stand"]),
            send=by_script(this_week(world.script_send, week), send),
            draft=by_script(this_week(world.script_draft, week), orders["draft"]),
            evacuate=by_script(this_week(world.script_evacuate, week), orders["evacuate"]),
        )

    return step


step = step_of(())
