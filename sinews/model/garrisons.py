"""Garrisons: the men that a power wants to keep where they are."""

import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import bound, ceilings, trust_of
from sinews.model.state import State
from sinews.model.world import World, axis_theatre, fronted, opposed


def kept_back(state: State, world: World) -> Array:
    """Men that a power wants to keep where they are [power theatre], agreements obeyed.

    A garrison that answers a border's threat shrinks as the strength there falls below what it
    was set against, in the eyes of its staff, and with trust in the other side while it is bound to
    keep the peace. On a front at war all stay.
    """
    most = state.strength_seen * jnp.exp(world.coefficient.sure * jnp.sqrt(state.doubt_seen))
    threat = jnp.clip(most / jnp.maximum(state.first_seen, 1.0), 0.0, 1.0)
    threat = jnp.where(state.first_seen > 0.0, threat, 1.0)
    across = opposed(world)
    trust = jnp.min(jnp.where(across > 0.0, trust_of(state)[:, :, None], 1.0), axis=1)
    need = threat * (1.0 - world.relief[:, None] * trust * bound(state, world))
    calm = need @ world.backs.T + 1.0 - jnp.sum(world.backs, axis=1)
    # What stands behind a border at war is free to go there.
    rear = world.garrison * jnp.where(state.engaged @ world.backs.T > 0.0, 0.0, calm)
    table = axis_theatre(world)
    at_border = (world.guard * need) @ table
    keep = jnp.where(fronted(world) > 0.0, at_border, rear)
    keep = jnp.minimum(keep, ceilings(state, world))
    fighting = state.engaged @ table
    return jnp.where(fighting > 0.0, jnp.inf, keep)
