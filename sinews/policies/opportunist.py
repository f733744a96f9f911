"""Opportunist: begins operations where the believed odds are good, and feeds what it attacks.

A logit choice (quantal response) on each front: the better the odds, the likelier the attack. An
operation begins, lasts some weeks and is followed by a rest; reserves go where it attacks and where
it is threatened, by what the ground is worth.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.orders import Orders, hold, reinforce, sought
from sinews.model.view import Rules, View
from sinews.model.world import this_week


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Begin operations where the odds and the ground promise most, end them in their time; send
    reserves by threat and opportunity.

    The more of its offensives run elsewhere, the better odds it asks for: they take the arms and
    reserves. It begins on one axis a week, where it has regrouped for `regroup_weeks`; each
    operation ends with the chance 1 / operation_weeks a week, unless want of odds or supply ends it
    before.
    """
    odds = (view.strength + 1.0) / (view.strength_seen + 1.0)
    runs = view.offensive > 0.0
    elsewhere = jnp.sum(view.offensive) - view.offensive
    promise = jnp.log(odds / rules.even_odds) + rules.onward * view.offensive
    promise = promise - rules.overstretch * elsewhere
    drawn, lasting = jax.random.uniform(key, (2, *promise.shape))
    lasts = (lasting >= 1.0 / rules.operation_weeks) & runs
    fresh = (view.rested >= rules.regroup_weeks) & ~runs
    dry = this_week(rules.pace_week, view.week) > rules.passable
    # A war it has still to begin needs odds that its leader finds overwhelming.
    begins = (view.hostile > 0.0) | ((odds > rules.restraint) & (view.bound == 0.0))
    willing = (drawn < jax.nn.sigmoid(rules.steep * promise)) & (view.strength > 1.0) & dry & begins
    worth = jnp.where(willing & fresh, promise + jnp.log(rules.value), -jnp.inf)
    best = jnp.arange(worth.size) == (jnp.argmax(worth) if worth.size else 0)
    attack = willing & (lasts | (fresh & best))
    # Reserves follow threat (the enemy's odds) and an offensive that runs, whoever ordered it.
    need = jnp.minimum(1.0 / odds, rules.need_most) + jnp.maximum(attack, runs)
    need = need * sought(view, rules) / (view.strength_seen + 1.0)
    return replace(
        hold(view, rules), attack=attack.astype(jnp.float32), send=reinforce(view, rules, need)
    )
