"""Cautious: attacks only at odds that promise a breakthrough, gives ground to save men, and
begins no war."""

from dataclasses import replace

import jax.numpy as jnp
from jax import Array

from sinews.model.orders import Orders, hold
from sinews.model.view import Rules, View


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Attack where there is war at believed odds that are bold enough (3:2, what Davis's lines of
    algebra call break-even); withdraw freely below their inverse, if its leader lets it."""
    del key
    odds = (view.strength + 1.0) / (view.strength_seen + 1.0)
    attack = (odds > rules.bold_odds) & (view.hostile > 0.0)
    orders = hold(view, rules)
    stand = orders.stand - (odds < 1.0 / rules.bold_odds)
    return replace(orders, attack=attack.astype(jnp.float32), stand=stand)
