"""Defensive: what the scenario's dated orders do not say is left to run (see `orders.hold`)."""

from jax import Array

from sinews.model.orders import Orders, hold
from sinews.model.view import Rules, View


def decide(view: View, rules: Rules, key: Array) -> Orders:
    """Hold: defend, call up, evacuate, and feed the fronts."""
    del key
    return hold(view, rules)
