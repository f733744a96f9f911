"""Agreements in force: what they bar and allow, and how far the word of others is trusted."""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, across, this_week


def trust_of(state: State) -> Array:
    """Trust of each power in each other's word [power other]: the mean of a Beta distribution
    with the counts of promises kept and broken (Josang and Ismail).
    """
    return (state.kept_seen + 1.0) / (state.kept_seen + state.broken_seen + 2.0)


def bound(state: State, world: World) -> Array:
    """Whether an agreement in force, or a truce, bars a power from attacking [power axis]."""
    mine = world.party * state.in_force[:, None]
    truce = (state.truce > state.week).astype(jnp.float32)
    return jnp.minimum(mine.T @ world.peace + across(truce, world), 1.0)


def ceilings(state: State, world: World) -> Array:
    """Most men that agreements in force allow [power theatre]; infinite where none does."""
    allowed = this_week(world.ceiling_men, state.week)
    held = jnp.where(state.in_force[:, None, None] > 0.0, allowed, jnp.inf)
    return jnp.min(held, axis=0, initial=jnp.inf)
