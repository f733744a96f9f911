"""Scripted: nothing is done that the scenario's dated orders do not say."""

import jax.numpy as jnp
from jax import Array

from sinews.model.orders import Orders
from sinews.model.view import Rules, View


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Stay: no attack, nobody sent, nobody called up, no plant moved. A theatre's men are shared
    out equally among its axes, and an offensive that the script gives no goal may go to the end."""
    del key
    axis = jnp.zeros_like(view.front)
    return Orders(
        declare=jnp.zeros_like(view.trust),
        attack=axis,
        goal=jnp.where(rules.end > 0.0, rules.high, rules.low),
        attend=axis + 1.0,
        stand=axis,
        send=jnp.zeros_like(rules.links),
        draft=jnp.zeros(()),
        evacuate=jnp.zeros(()),
    )
