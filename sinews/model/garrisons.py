"""Garrisons: the men that a power wants to keep where they are."""

from math import sqrt
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.lax import erf, erf_inv

from sinews.model.agreements import bound, ceilings, least_trusted
from sinews.model.gathering import called
from sinews.model.state import State
from sinews.model.world import World, axis_theatre, fronted

# The least danger that a staff sees in a neighbour whom it trusts and who is bound.
_LEAST = 1e-3

_ROOT = sqrt(2.0)


class Threat(NamedTuple):
    """What could come over a border, over what its garrison was set against [power axis]."""

    most: Array  # by the estimate that the staff allows for
    least: Array  # by one as far on the other side


def allowance(sure: Array, danger: Array) -> Array:
    """Standard deviations of doubt that a staff allows for, when an attack is so likely: the chance
    of too few men times `danger` is what it would be at `sure` where an attack is certain.

    >>> [round(float(allowance(jnp.float32(1.65), jnp.float32(x))), 2) for x in (1.0, 0.5, 0.1)]
    [1.65, 1.29, 0.01]
    """
    risk = 0.5 - 0.5 * erf(sure * sqrt(0.5))
    return _ROOT * erf_inv(1.0 - jnp.minimum(2.0 * risk / jnp.maximum(danger, _LEAST), 1.0))


def threats(state: State, world: World) -> Threat:
    """What could come over each border, as a power believes: who stands there, and whom trains
    could bring within the warning. Trust in those across, while they are bound to keep the peace,
    makes an attack less likely and so the doubt that is allowed for smaller, as a leader's taste
    for risk does; neither frees anybody else.
    """
    trust = least_trusted(state, world)
    danger = 1.0 - world.relief[:, None] * trust * bound(state, world)
    sure = world.coefficient.sure - world.risk[:, None]
    doubt = jnp.exp(allowance(sure, danger) * jnp.sqrt(state.doubt_seen))
    against = jnp.maximum(state.first_seen, 1.0)
    known = state.first_seen > 0.0
    return Threat(
        jnp.where(known, (state.strength_seen * doubt + state.surge_seen) / against, 1.0),
        jnp.where(known, (state.strength_seen / doubt + state.surge_seen) / against, 1.0),
    )


def kept_back(state: State, world: World, threat: Threat) -> Array:
    """Men that a power wants to keep where they are [power theatre], agreements obeyed.

    A garrison that answers a border shrinks as what could come over it falls below what it was set
    against. On a front at war all stay, and where a power gathers for one or is warned of one;
    nobody leaves whom none of these calls. A ceiling goes before all but war.
    """
    need = jnp.clip(threat.most, 0.0, 1.0)
    calm = need @ world.backs.T + 1.0 - jnp.sum(world.backs, axis=1)
    # What stands behind a border where men are called is free to go there.
    calls = called(state)
    rear = world.garrison * jnp.where(calls @ world.backs.T > 0.0, 0.0, calm)
    table = axis_theatre(world)
    keep = jnp.where(fronted(world) > 0.0, (world.guard * need) @ table, rear)
    war = jnp.maximum(jnp.max(state.war, axis=1, initial=0.0), jnp.max(calls, axis=1, initial=0.0))
    stays = (war[:, None] == 0.0) | (calls @ table > 0.0)
    keep = jnp.minimum(jnp.where(stays, jnp.inf, keep), ceilings(state, world))
    return jnp.where(state.engaged @ table > 0.0, jnp.inf, keep)
