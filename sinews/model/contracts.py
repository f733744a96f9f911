"""Contracts: what is due and late, what holds a sale up, and when nothing can come of it any more.

Late has one meaning, here: due by the end of a week by the contract's dates, and not handed over by
then. Time under way counts: what is due at once and travels for six weeks is late.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, this_week

TRIFLE = 1e-4
"""What is missing below this share of a lot is a matter of rounding."""

LEAD = 8
"""Goods are ordered this many weeks before they are due (judged)."""


def spendable(state: State, world: World, week: Array) -> Array:
    """What of its stocks a power may sell, or pay with, in a week, t [power material]: what lies
    above its floor, with what it keeps back by order, and beyond `keep_weeks` of its own use."""
    floor = world.floor + this_week(world.kept_back, week)
    kept = jnp.maximum(floor, world.coefficient.keep_weeks * state.used)
    return jnp.maximum(state.material - kept, 0.0)


def purses(state: State, world: World, week: Array) -> Array:
    """What a power may pay with in a week, t [power tender]."""
    return spendable(state, world, week) @ world.tender.T


def deposit(world: World) -> Array:
    """What is to be paid at signature, t [lot tender]."""
    return (world.lot_advance * world.lot_total)[:, None] * world.lot_price


def begun(state: State, world: World) -> Array:
    """Whether nothing is to be paid before goods are made, or it has been [lot]."""
    return jnp.any(state.paid > 0.0, axis=1) | jnp.all(deposit(world) == 0.0, axis=1)


def resting(state: State, world: World) -> Array:
    """Whether an agreement that the contract needs is not in force [lot]."""
    return (world.lot_needs @ (1.0 - state.in_force)) > 0.0


def unfulfilled(state: State, world: World) -> Array:
    """Whether goods are still to be handed over [lot]."""
    return state.delivered < (1.0 - TRIFLE) * world.lot_total


def open_lots(state: State, world: World) -> Array:
    """Whether goods are still to come under a contract that is signed, beyond what is let pass
    [lot]."""
    open_ = (state.week >= world.lot_signed) & (state.lapsed == 0.0)
    return open_ & (state.delivered < (1.0 - world.coefficient.slack) * world.lot_total)


def overdue(state: State, world: World) -> Array:
    """Goods due by the end of the week before `state.week` and not handed over [lot], of contracts
    that run: signed, not given up, not resting, and the advance is paid. What a buyer calls off as
    it lacks it is never due."""
    past = state.week - 1
    due = this_week(world.lot_due, jnp.maximum(past, 0))
    runs = (past >= world.lot_signed) & (state.lapsed == 0.0) & (past >= 0)
    runs = runs & begun(state, world) & ~resting(state, world) & (world.lot_calls == 0.0)
    return jnp.where(runs, jnp.maximum(due - state.delivered, 0.0), 0.0)


def open_roads(state: State, world: World) -> Array:
    """Whether agreements in force let goods pass on a route, 1 or 0 [route]."""
    opened = jnp.minimum(world.route_open + state.in_force @ world.opens, 1.0)
    return jnp.where(state.in_force @ world.closes > 0.0, 0.0, opened)


def undeliverable(state: State, world: World, week: Array) -> Array:
    """Whether from `week` on nothing of a lot can set out any more, whatever is signed [lot].

    No train will go on its route again, or all would be lost there, or every agreement that could
    open it, or one that the contract needs, was broken or has expired.
    """
    weeks = jnp.arange(world.route_trains.shape[0])
    to_come = (weeks >= jnp.minimum(week, weeks[-1]))[:, None]
    trains = jnp.max(jnp.where(to_come, world.route_trains, 0.0), axis=0)
    dead = jnp.maximum(state.broken, week >= world.expires)
    opened = world.route_open + (1.0 - dead) @ world.opens
    shut = (trains <= 0.0) | (world.route_loss >= 1.0) | (opened <= 0.0)
    return (world.lot_route @ shut + world.lot_needs @ dead) > 0.0
