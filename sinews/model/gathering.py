"""Gathering: how a leader who is resolved on war makes ready for it, and how the other is warned.

He has men and arms railed to the border (see orders.reinforce) for `gather` weeks; then he strikes,
if what stands there promises him to break in, and else he lets it be. The other side has the last
`warning` weeks of them to bring its own, and where its inspectors are let in as many more as these
make its reports earlier. Whom no railway serves strikes at once. Sources: German rails from
February to June 1941, Japanese in July and August, Soviet from May to August 1945; Betts 1982
(warning is in time, what is done with it decides); Huth 1988 (he is deterred who sees no quick
victory); sizes judged. Left out: feints, false alarms, an attack before all have come.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from sinews.model.leaders import reading
from sinews.model.state import State
from sinews.model.strength import strength
from sinews.model.world import World, across, axis_theatre, by_end, own_end, there


class Gathered(NamedTuple):
    """What comes of a leader's resolve [power axis]."""

    weeks: Array  # for which he has gathered
    strikes: Array  # 1 where he begins the war this week


def inspected(state: State, world: World) -> Array:
    """Share of a report's error and delay that is left by inspectors who are let in [power axis],
    1 where there are none."""
    looks = (world.party * state.in_force[:, None]).T @ world.inspects
    return jnp.where(looks > 0.0, world.coefficient.inspected, 1.0)


def warned(state: State, world: World) -> Array:
    """Whether a power has seen somebody gather across a border [power axis], 1 or 0: once he has
    for gather - warning - (1 - what inspectors leave) * report_lag weeks."""
    c = world.coefficient
    longest = own_end(jnp.max(by_end(state.gathered, world), axis=1)[::-1], world)
    unseen = c.gather - c.warning - (1.0 - inspected(state, world)) * c.report_lag
    return ((longest > 0.0) & (longest > unseen)).astype(jnp.float32)


def called(state: State) -> Array:
    """Where a power wants its men [power axis], 1 or 0: where it is at war, gathers for one, or is
    warned of one."""
    return jnp.maximum(
        jnp.maximum(state.engaged, state.gathering_seen), jnp.minimum(state.gathered, 1.0)
    )


def free_to_strike(state: State, world: World, muster: Array) -> Array:
    """Where a power might begin a war [power axis], 1 or 0: across a border at peace, with men of
    its own there (`muster` [power axis]), on those who have not broken, in no truce."""
    alive = 1.0 - state.collapsed
    truce = jnp.minimum(across((state.truce > state.week).astype(jnp.float32), world), 1.0)
    faced = jnp.minimum(across(jnp.ones_like(state.truce) * alive, world), 1.0)
    free = alive[:, None] * faced * (1.0 - truce) * (1.0 - state.engaged)
    return free * (muster > 1.0) * there(world)


def gathers(state: State, world: World, resolved: Array) -> Gathered:
    """A week of gathering of those who are `resolved` on war [power axis], or were before.

    After `gather` weeks he strikes if own / (what he reads in what is believed) is
    above the lesser of his restraint and `bold_odds`. A peace that is signed meanwhile ends it.
    """
    c, ours = world.coefficient, strength(state, world)
    settled = (world.party * state.signed[:, None]).T @ world.peace > 0.0
    goes_on = jnp.maximum(resolved, (state.gathered > 0.0) * (1.0 - settled))
    weeks = jnp.where(goes_on * free_to_strike(state, world, ours) > 0.0, state.gathered + 1.0, 0.0)
    joined = world.link_power.T @ (world.link_to @ axis_theatre(world).T)
    ready = (weeks > c.gather) | (joined == 0.0)
    odds = (ours + 1.0) / (reading(state, world) * state.strength_seen + 1.0)
    promising = odds > jnp.minimum(world.restraint[:, None], c.bold_odds)
    strikes = (weeks > 0.0) & ready & promising
    return Gathered(jnp.where(ready & ~promising, 0.0, weeks), strikes.astype(jnp.float32))
