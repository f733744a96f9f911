"""Agreements in force: what they bar and allow, and how far the word of others is trusted."""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, across, axis_theatre, opposed, this_week

NO_CEILING = 1e9
"""Men, where an agreement allows any number."""


def trust_of(state: State) -> Array:
    """Trust of each power in each other's word [power other]: the mean of a Beta distribution
    with the counts of promises kept and broken (Josang and Ismail).
    """
    return (state.kept_seen + 1.0) / (state.kept_seen + state.broken_seen + 2.0)


def allied(state: State, world: World) -> Array:
    """Who is bound to come to whose defence [power other], 1 or 0."""
    allies = jnp.einsum("k,kp,kq->pq", state.in_force * world.defence, world.party, world.party)
    return jnp.minimum(allies, 1.0) * (1.0 - jnp.eye(len(state.war)))


def least_trusted(state: State, world: World) -> Array:
    """Trust in the least trusted of those across [power axis]; 1 where nobody is."""
    trust = jnp.where(opposed(world) > 0.0, trust_of(state)[:, :, None], 1.0)
    return jnp.min(trust, axis=1)


def bound(state: State, world: World) -> Array:
    """Whether an agreement in force, or a truce, bars a power from attacking [power axis]."""
    mine = world.party * state.in_force[:, None]
    truce = (state.truce > state.week).astype(jnp.float32)
    return jnp.minimum(mine.T @ world.peace + across(truce, world), 1.0)


def limits(state: State, world: World, week: Array) -> Array:
    """Most men that agreements now in force allow in a zone in some `week` [zone]."""
    most = this_week(world.ceiling_men, week)
    held = jnp.where(state.in_force[:, None] > 0.0, most, NO_CEILING)
    return jnp.min(held, axis=0, initial=NO_CEILING)


def ceilings(state: State, world: World) -> Array:
    """Most men that agreements in force allow [power theatre]; infinite where none does."""
    zones = world.zone_power.T[:, None] * world.zone_theatre.T[None]
    covered = jnp.sum(zones, axis=-1) > 0.0
    most = jnp.where(covered, zones @ limits(state, world, state.week), NO_CEILING)
    return jnp.where(most < NO_CEILING, most, jnp.inf)


def promised(state: State, world: World) -> Array:
    """Change of the strength across each axis that agreements promise for this week, in logs, as
    far as each power trusts those who promise it [power axis]; 0 where nothing is promised. Several
    who stand across count alike, whatever their strength.
    """
    if not len(world.zone_power):
        return jnp.zeros_like(world.end)
    before, now = (limits(state, world, jnp.maximum(state.week - ago, 0)) for ago in (1, 0))
    step = jnp.log(jnp.maximum(now, 1.0)) - jnp.log(jnp.maximum(before, 1.0))
    step = jnp.where(before < NO_CEILING, jnp.minimum(step, 0.0), 0.0)
    where = world.zone_theatre @ axis_theatre(world).T
    trust = trust_of(state)
    step = across(trust, world, world.zone_power.T @ (step[:, None] * where))
    return step / jnp.maximum(across(jnp.ones_like(trust), world), 1.0)
