"""Allocation: who gets how much of what does not suffice for all."""

import jax.numpy as jnp
from jax import Array


def rationed(stock: Array, demand: Array) -> Array:
    """Share of demand for each material that stocks meet.

    >>> float(rationed(jnp.float32(50.0), jnp.float32(200.0)))
    0.25
    """
    return jnp.minimum(1.0, stock / jnp.maximum(demand, 1e-6))


def bottleneck(met: Array, needs: Array) -> Array:
    """The scarcest need's share [power user]: least of `met` [power material] over the materials
    that each user `needs` [material user]; 1 for a user that needs nothing.
    """
    needed = jnp.where(needs[None, :, :] > 0.0, met[:, :, None], 1.0)
    return jnp.min(needed, axis=1, initial=1.0)


def by_priority(want: Array, room: Array, rivals: Array) -> Array:
    """What each lot gets [lot] of `room` [lot] that it shares with its `rivals` [lot lot], the
    earlier lot first: clip(room - what earlier rivals want, 0, want).

    >>> rivals = jnp.ones((3, 3))
    >>> by_priority(jnp.array([4.0, 4.0, 4.0]), jnp.full(3, 6.0), rivals).tolist()
    [4.0, 2.0, 0.0]
    """
    before = jnp.tril(rivals, -1) @ want
    return jnp.clip(room - before, 0.0, want)
