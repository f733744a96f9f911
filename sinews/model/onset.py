"""Onset: the weekly hazard that a leader resolves on war across a border at peace.

What he does then, gathering says. At the odds that he finds overwhelming (his `restraint`), with
trust one half, no goods to come and no promise, it is `onset` over his patience; it falls with the
odds, with trust in the other's word, with trade that would be lost, with a war that he has
elsewhere, and with a promise of peace, these the less the more ruthless he is. Odds are of what
both could bring to the border within the warning, as he believes and reads it: what other fronts
tie down is not counted, so that who is at war elsewhere tempts his neighbours; those who promised
the other defence are, where they face him.
Sources: Bueno de Mesquita (expected utility of war), Huth 1988 (what deters), Leeds 2003
(promises), Russett and Oneal (trade); sizes judged. Left out: domestic need, the season.
"""

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import allied, bound, least_trusted
from sinews.model.contracts import open_lots
from sinews.model.gathering import free_to_strike
from sinews.model.leaders import reading
from sinews.model.state import State
from sinews.model.strength import strength
from sinews.model.world import World, across, contingent_power, faced, of_contingents, of_powers


def trading(state: State, world: World) -> Array:
    """Whether goods are still to come between a power and one across from it [power axis]."""
    lots = open_lots(state, world).astype(jnp.float32)
    deals = world.lot_seller.T @ (lots[:, None] * world.lot_buyer)
    return jnp.minimum(across(deals + deals.T, world), 1.0)


def pledged(state: State, world: World) -> Array:
    """Strength that stands against a power on other borders at peace, of those who are bound to
    defend whom it would attack here, as it believes [power axis].
    """
    if not len(world.defence):
        return jnp.zeros_like(state.strength_seen)
    foes, axis, power = faced(world), world.contingent_axis, contingent_power(world)
    comes = (1.0 - state.collapsed)[:, None] * allied(state, world)
    bonds = jnp.minimum(jnp.tensordot(foes, foes @ comes, ((1,), (1,))), 1.0)
    elsewhere = (power @ power.T) * (1.0 - axis @ axis.T)
    kept = of_contingents(state.strength_seen * (1.0 - state.engaged), world)
    return of_powers((elsewhere * bonds) @ kept, world)


def believed_balance(state: State, world: World) -> Array:
    """Odds of what both could bring to a border, and its defenders elsewhere, as a leader reads
    what his staff believes [power axis]."""
    ours = strength(state, world) + state.reach
    allies = world.coefficient.reliance * pledged(state, world)
    theirs = reading(state, world) * (state.strength_seen + state.surge_seen + allies)
    return (ours + 1.0) / (theirs + 1.0)


def temptation(
    odds: Array, restraint: Array, trust: Array, held: Array, weights: Array, ruthless: Array
) -> Array:
    """Weekly hazard over that of an overwhelming chance: exp(w0 * log(odds / restraint) - w2 *
    busy - (1 - ruthless) * (w1 * (trust - 1/2) + the other weights * held)).

    `held` [reason ...] being 0 or 1: busy elsewhere, goods to come, bound.

    >>> w = jnp.array([1.0, 1.0, 2.0, 0.7, 0.7])
    >>> round(float(temptation(2.0, 4.0, 0.5, jnp.array([1.0, 0.0, 0.0]), w, 0.0)), 3)
    0.068
    """
    power = weights[0] * jnp.log(odds / restraint) - weights[2] * held[0]
    word = weights[1] * (trust - 0.5) + jnp.tensordot(weights[3:], held[1:], 1)
    return jnp.exp(jnp.clip(power - (1.0 - ruthless) * word, -9.0, 5.0))


def resolves(state: State, world: World, key: Array) -> Array:
    """Where leaders resolve on war this week [power axis], 1 or 0. A power that is played does so
    nowhere by luck."""
    c = world.coefficient
    chance = jax.random.uniform(key, state.strength_seen.shape, minval=1e-6, maxval=1.0 - 1e-6)
    ours = strength(state, world)
    elsewhere = jnp.max(state.war, axis=1, initial=0.0)[:, None] * jnp.ones_like(ours)
    held = jnp.stack([elsewhere, trading(state, world), bound(state, world)])
    weights = jnp.stack([c.breach_shift, c.breach_trust, c.busy, c.breach_trade, c.pledge])
    restraint = jnp.maximum(world.restraint, 1e-3)[:, None]
    tempted = temptation(
        believed_balance(state, world),
        restraint,
        least_trusted(state, world),
        held,
        weights,
        world.ruthless[:, None],
    )
    rate = c.onset / jnp.maximum(world.patience, 1e-3)[:, None] * tempted
    free = (1.0 - world.played)[:, None] * free_to_strike(state, world, ours)
    return free * (jnp.exp(-rate) < 1.0 - chance)
