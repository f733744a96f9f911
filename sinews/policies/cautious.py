"""Cautious: attacks only at odds that promise a breakthrough, gives ground to save men, and
begins no war."""

from dataclasses import replace

import jax.numpy as jnp
from jax import Array

from sinews.model.orders import Orders, hold
from sinews.model.view import Rules, View

# Believed theatre odds at which it attacks: what Davis's lines of algebra call break-even.
_ATTACK = 1.5


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Attack where there is war at believed odds of 3:2; withdraw freely below 2:3."""
    del key
    odds = (view.strength + 1.0) / (view.strength_seen + 1.0)
    attack = (odds > _ATTACK) & (view.hostile > 0.0)
    stand = -1.0 * (odds < 1.0 / _ATTACK)
    return replace(hold(view, rules), attack=attack.astype(jnp.float32), stand=stand)
