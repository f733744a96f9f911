"""Railway lines: what they carry of all that wants to go over them."""

import jax.numpy as jnp
from jax import Array

from sinews.model.world import World


def dispatched(trains: Array, capacity: Array) -> Array:
    """Share of a queue of `trains` that a week's `capacity` carries away.

    >>> float(dispatched(jnp.float32(600.0), jnp.float32(300.0)))
    0.5
    """
    return jnp.minimum(1.0, capacity / jnp.maximum(trains, 1e-6))


def carried(trains: Array, capacity: Array, world: World) -> tuple[Array, Array]:
    """Share of each link's queue of `trains` [link] that leaves this week, and what is left of each
    line's `capacity` in trains a week [line].

    A line takes the same share of all queues that want to go over it; over several lines goes
    what the tightest of them takes.
    """
    over = jnp.max(world.link_line, axis=1, initial=0.0)
    takes = dispatched(over.T @ trains, capacity)
    go = jnp.min(world.link_line @ takes, axis=1)
    return go, jnp.maximum(capacity - over.T @ (go * trains), 0.0)
