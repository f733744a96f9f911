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


def by_priority(want: Array, room: Array, rivals: Array, rank: Array) -> Array:
    """What each lot gets [lot] of `room` [lot] that it shares with its `rivals` [lot lot]: those of
    the lowest `rank` [lot] first, and those of one rank in proportion to what they `want`. Of
    several kinds of room, each [lot kind] as if it were the only one.

    >>> rivals, rank = jnp.ones((4, 4)), jnp.array([0, 1, 1, 2])
    >>> by_priority(jnp.array([4.0, 4.0, 2.0, 5.0]), jnp.full(4, 7.0), rivals, rank).tolist()
    [4.0, 2.0, 1.0, 0.0]
    """
    before = (rivals * (rank[None, :] < rank[:, None])) @ want
    peers = (rivals * (rank[None, :] == rank[:, None])) @ want
    left = jnp.maximum(room - before, 0.0)
    return jnp.where(peers > left, want * left / jnp.maximum(peers, 1e-30), want)


# A sum that is a share of a price falls short of a stock of the same size by rounding alone.
_TO_THE_GRAM = 1.0 + 3e-7


def in_turn(price: Array, purse: Array) -> Array:
    """Which bargains are paid, 1 or 0 [bargain], one after the other: each whose `price` [bargain
    power ...] all its payers can pay whole out of what is left in their `purse` [power ...]. One
    that cannot be paid stands in nobody's way.

    >>> in_turn(jnp.array([[5.0], [115.0], [96.0], [2.0]]), jnp.array([100.0])).tolist()
    [1.0, 0.0, 0.0, 1.0]
    """
    paid: list[Array] = []
    for bargain in price:
        paid.append(jnp.all(bargain <= _TO_THE_GRAM * purse).astype(purse.dtype))
        purse = jnp.maximum(purse - paid[-1] * bargain, 0.0)
    return jnp.stack(paid) if paid else jnp.zeros(0)
