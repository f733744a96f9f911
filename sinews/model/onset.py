"""Onset: the weekly hazard that a leader begins a war across a border at peace.

At the odds that he finds overwhelming (his `restraint`), with trust one half, no goods to come and
no promise, it is `onset`; it falls with the odds, with trust in the other's word, with trade that
would be lost, with a war that he has elsewhere, and with a promise of peace. Odds are of what both
could bring to the border within the warning, as he believes. Sources: Bueno de Mesquita (expected
utility of war), Huth 1988 (what deters), Leeds 2003 (promises), Russett and Oneal (trade); sizes
judged. Left out: domestic need, what third powers would do, the season.
"""

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import bound, least_trusted
from sinews.model.contracts import open_lots
from sinews.model.state import State
from sinews.model.strength import strength
from sinews.model.world import World, across, there


def trading(state: State, world: World) -> Array:
    """Whether goods are still to come between a power and one across from it [power axis]."""
    lots = open_lots(state, world).astype(jnp.float32)
    deals = world.lot_seller.T @ (lots[:, None] * world.lot_buyer)
    return jnp.minimum(across(deals + deals.T, world), 1.0)


def temptation(odds: Array, restraint: Array, trust: Array, held: Array, weights: Array) -> Array:
    """Weekly hazard over that of an overwhelming chance: exp(w0 * log(odds / restraint) -
    w1 * (trust - 1/2) - sum of the other weights * held), `held` [reason ...] being 0 or 1.

    >>> w = jnp.array([1.0, 1.0, 0.7, 2.0, 0.7])
    >>> round(float(temptation(jnp.array(2.0), 4.0, 0.5, jnp.array([0.0, 1.0, 0.0]), w)), 3)
    0.068
    """
    power = weights[0] * jnp.log(odds / restraint) - weights[1] * (trust - 0.5)
    return jnp.exp(jnp.clip(power - jnp.tensordot(weights[2:], held, 1), -9.0, 5.0))


def strikes(state: State, world: World, key: Array) -> Array:
    """Where leaders begin a war this week [power axis], 1 or 0. A power that is played begins none
    by luck, nor does one without enough men there; a truce bars it."""
    c = world.coefficient
    chance = jax.random.uniform(key, state.strength_seen.shape, minval=1e-6, maxval=1.0 - 1e-6)
    ours = strength(state, world)
    odds = (ours + state.reach + 1.0) / (state.strength_seen + state.surge_seen + 1.0)
    elsewhere = jnp.max(state.war, axis=1, initial=0.0)[:, None] * jnp.ones_like(ours)
    held = jnp.stack([trading(state, world), elsewhere, bound(state, world)])
    weights = jnp.stack([c.breach_shift, c.breach_trust, c.breach_trade, c.busy, c.pledge])
    restraint = jnp.maximum(world.restraint, 1e-3)[:, None]
    trust = least_trusted(state, world)
    rate = c.onset * temptation(odds, restraint, trust, held, weights)
    truce = jnp.minimum(across((state.truce > state.week).astype(jnp.float32), world), 1.0)
    alive = 1.0 - state.collapsed
    faced = jnp.minimum(across(jnp.ones_like(state.truce) * alive, world), 1.0)
    free = (1.0 - world.played) * alive
    may = free[:, None] * faced * (1.0 - truce) * (1.0 - state.engaged) * (ours > 1.0)
    return may * there(world) * (chance < -jnp.expm1(-rate))
