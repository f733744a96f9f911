"""Opportunist: attacks where the believed odds are good, and feeds what it attacks.

A logit choice (quantal response) on each front: the better the odds, the likelier the attack;
reserves go where it attacks and where it is threatened, by what the ground is worth.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.orders import Orders, hold, reinforce
from sinews.model.view import Rules, View
from sinews.model.world import this_week


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Attack by logit on believed odds; send reserves by threat and opportunity."""
    odds = (view.strength + 1.0) / (view.strength_seen + 1.0)
    lean = rules.steep * (jnp.log(odds / rules.even_odds) + rules.onward * view.offensive)
    chance = jax.nn.sigmoid(lean)
    drawn = jax.random.uniform(key, chance.shape)
    dry = this_week(rules.pace_week, view.week) > rules.passable
    # A war it has still to begin needs odds that its leader finds overwhelming.
    begins = (view.hostile > 0.0) | ((odds > rules.restraint) & (view.bound == 0.0))
    attack = (drawn < chance) * (view.strength > 1.0) * dry * begins
    # Reserves follow threat (the enemy's odds) and an offensive that runs.
    need = rules.value * (jnp.minimum(1.0 / odds, rules.need_most) + attack)
    return replace(
        hold(view, rules), attack=attack.astype(jnp.float32), send=reinforce(view, rules, need)
    )
