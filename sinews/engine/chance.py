"""Luck: every draw is keyed by (seed, member, week, step), so that it belongs to no batch.

Member 17 alone draws what member 17 of a million draws; two options draw the same.
"""

from zlib import crc32

import jax
from jax import Array


def member_key(seed: Array, member: Array) -> Array:
    """The key of one member's campaign."""
    return jax.random.fold_in(jax.random.key(seed), member)


def named(key: Array, name: str) -> Array:
    """The stream of a name: draws under one name never shift those under another."""
    return jax.random.fold_in(key, crc32(name.encode()))
