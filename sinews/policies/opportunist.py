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

# Odds at which an attack is as likely as not, steepness of the choice in log odds, and how much
# surer it is to go on with an offensive than to begin one (judged).
_EVEN, _STEEP, _ONWARD = 1.1, 8.0, 0.15
# Seasons that slow an advance below this share are left to pass.
_PASSABLE = 0.3


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Attack by logit on believed odds; send reserves by threat and opportunity."""
    odds = (view.strength + 1.0) / (view.strength_seen + 1.0)
    lean = _STEEP * (jnp.log(odds / _EVEN) + _ONWARD * view.offensive)
    chance = jax.nn.sigmoid(lean)
    drawn = jax.random.uniform(key, chance.shape)
    dry = this_week(rules.pace_week, view.week) > _PASSABLE
    # A war it has still to begin needs odds that its leader finds overwhelming.
    begins = (view.hostile > 0.0) | ((odds > rules.restraint) & (view.bound == 0.0))
    attack = (drawn < chance) * (view.strength > 1.0) * dry * begins
    # Reserves follow threat (the enemy's odds) and an offensive that runs.
    need = rules.value * (1.0 / jnp.maximum(odds, 0.2) + attack)
    return replace(
        hold(view, rules), attack=attack.astype(jnp.float32), send=reinforce(view, rules, need)
    )
