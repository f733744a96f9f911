"""Scripted: what the scenario's dated orders do not say is left to run (see `view.hold`)."""

from jax import Array

from sinews.model.view import Orders, View, hold
from sinews.model.world import World


def decide(view: View, world: World, key: Array) -> Orders:
    """Hold: defend, call up, evacuate, and feed the fronts."""
    del key
    return hold(view, world)
