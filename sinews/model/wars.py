"""Wars: they begin by declaration, breach or attack, spread by obligation, and end.

Who is at war with whom is a table of pairs; on an axis fight those who are at war with somebody
across it. An ally is called when the other is attacked, and comes with the chance `reliance`; an
armistice among its parties ends war and bars attack for a time; a power breaks, and fights no more,
with a hazard that grows with the people behind the enemy's front and with its losses. Sources:
Leeds 2003 (alliances kept); Goemans, Stam (shape of the hazard); 1917-18, 1940 and 1941 (its size).
"""

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, opposed, there

# Weeks over which losses are counted: the last half-year, fading.
_HALF_YEAR = 26.0


def outbreaks(state: State, world: World) -> Array:
    """Who begins a war with whom this week [power other]: by declaring it, by breaking a promise of
    peace to a neighbour, or by an attack across a quiet border; a truce bars it."""
    across = opposed(world)
    attacks = state.attack * (1.0 - state.engaged) * there(world)
    by_attack = jnp.sum(attacks[:, None] * across, axis=2)
    met = jnp.einsum("ka,pqa->kpq", world.peace, across)
    broken = state.breached[:, :, None] * world.party[:, None, :] * met
    by_breach = jnp.sum(broken, axis=0)
    others = 1.0 - jnp.eye(len(state.war))
    declared = jnp.where(state.truce > state.week, 0.0, state.declare)
    begins = (by_attack + by_breach + declared) * others > 0.0
    alive = 1.0 - state.collapsed
    return begins * (1.0 - state.war) * alive[:, None] * alive[None, :]


def breaking(rate: Array, shares: Array, weights: Array, bounds: Array) -> Array:
    """Weekly hazard that a power breaks: rate * exp(sum of weights * max(shares - bounds, 0)).

    >>> one = jnp.ones(2)
    >>> round(float(breaking(0.01, jnp.array([0.5, 2.0]), one, one)), 4)
    0.0272
    """
    return rate * jnp.exp(jnp.sum(weights * jnp.maximum(shares - bounds, 0.0), axis=-1))


def broken_by(state: State, world: World, bled: Array, chance: Array) -> Array:
    """Whether a power at war breaks this week [power], by a uniform `chance` [power]."""
    c = world.coefficient
    people = world.place_people @ world.place_power
    gone = (world.place_people * state.lost_share) @ world.place_power
    men = jnp.sum(state.men, axis=1) + jnp.sum(state.pocket_men, axis=1)
    shares = jnp.stack([gone / jnp.maximum(people, 1.0), bled / jnp.maximum(men, 1.0)], axis=-1)
    # One without men or people at the start has neither to lose.
    shares = jnp.where(jnp.stack([people, men], axis=-1) > 0.0, shares, 0.0)
    weights = jnp.stack([c.break_people, c.break_losses])
    bounds = jnp.stack([c.break_people_from, c.break_losses_from])
    rate = breaking(c.break_rate, shares, weights, bounds)
    at_war = jnp.max(state.war, axis=1, initial=0.0)
    return at_war * (chance < -jnp.expm1(-rate))


def step(state: State, world: World, key: Array) -> State:
    """A week of every war: who begins, joins, leaves and breaks."""
    c = world.coefficient
    powers = len(state.war)
    answers = jax.random.uniform(key, (powers, powers + 1), minval=1e-6, maxval=1.0 - 1e-6)

    begins = outbreaks(state, world)
    allies = jnp.einsum("k,kp,kq->pq", state.in_force * world.defence, world.party, world.party)
    allies = jnp.minimum(allies, 1.0) * (1.0 - jnp.eye(powers))
    # Called are the allies of whom war was begun with, against whoever began it.
    war = jnp.maximum(state.war, jnp.maximum(begins, begins.T))
    free = (1.0 - war) * (1.0 - allies) * (1.0 - jnp.eye(powers))
    free = free * (1.0 - state.collapsed)[:, None]
    called = jnp.minimum(allies @ begins.T, 1.0) * free
    joins = called * (answers[:, :powers] < c.reliance)
    refused = called - joins
    let_down = jnp.minimum((begins.T @ refused.T) * allies, 1.0)
    war = jnp.maximum(war, jnp.maximum(joins, joins.T))

    # An armistice ends war among its parties; prisoners go home where it says so.
    signed = state.signed * (world.truce_weeks > 0.0)
    settled = jnp.einsum("k,kp,kq->kpq", signed, world.party, world.party)
    settled = settled * (1.0 - jnp.eye(powers))
    until = state.week + world.truce_weeks[:, None, None]
    truce = jnp.max(settled * until, axis=0, initial=0.0)
    home = jnp.max(settled * world.homeward[:, None, None], axis=0, initial=0.0)
    freed = home * state.prisoners

    bled = state.bled * (1.0 - 1.0 / _HALF_YEAR)
    bled = bled + jnp.sum(state.killed + state.wounded + state.captured, axis=1)
    breaks = broken_by(state, world, bled, answers[:, powers])
    collapsed = jnp.maximum(state.collapsed, breaks)
    alive = 1.0 - collapsed
    war = war * (1.0 - jnp.max(settled, axis=0, initial=0.0)) * alive[:, None] * alive[None, :]
    engaged = jnp.max(war[:, :, None] * opposed(world), axis=1, initial=0.0)
    was, now = (jnp.max(x, axis=1, initial=0.0) for x in (state.war, war))
    return state.replace(
        war=war,
        truce=jnp.maximum(state.truce, truce),
        collapsed=collapsed,
        bled=bled,
        outbreak=jnp.where(now > was, state.week.astype(jnp.float32), state.outbreak),
        engaged=engaged,
        hostile=jnp.max(engaged, axis=0, initial=0.0),
        called=called,
        joined=joins,
        prisoners=state.prisoners - freed,
        reserve=state.reserve + jnp.sum(freed, axis=0),
        broken_seen=state.broken_seen + c.blame_absent * let_down,
    )
