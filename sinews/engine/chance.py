"""Luck: every draw is keyed by (seed, member, week, step), so that it belongs to no batch.

Member 17 alone draws what member 17 of a million draws; two options draw the same.
"""

from typing import Any
from zlib import crc32

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray


def member_key(seed: Array, member: Array) -> Array:
    """The key of one member's campaign."""
    return jax.random.fold_in(jax.random.key(seed), member)


def named(key: Array, name: str) -> Array:
    """The stream of a name: draws under one name never shift those under another."""
    return jax.random.fold_in(key, crc32(name.encode()))


_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(key: tuple[Any, Any], high: Any, low: Any) -> tuple[Any, Any]:
    """Two words of the cipher Threefry-2x32 with 20 rounds, of the counter (high, low).

    The bits that JAX draws, to the last: but its rounds on a CPU are a loop of many small kernels,
    which costs more than a step of the week; written out they are one. All are arrays of uint32,
    JAX's or NumPy's. Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011).
    """
    words = (*key, key[0] ^ key[1] ^ np.uint32(0x1BD11BDA))
    x, y = high + words[0], low + words[1]
    for four in range(5):
        for r in _ROTATIONS[four % 2]:
            x = x + y
            y = (y << np.uint32(r)) | (y >> np.uint32(32 - r))
            y = x ^ y
        x = x + words[(four + 1) % 3]
        y = y + words[(four + 2) % 3] + np.uint32(four + 1)
    return x, y


def first_draws(seed: int, members: NDArray[np.uint32], names: list[str]) -> NDArray[np.float32]:
    """Uniform draws [name member] that members have from the start, one of each name.

    Each name has a stream of its own: a range that an option adds moves nobody's draws. What
    `jax.random.uniform(fold_in(named(member_key(seed, member), "start"), name))` draws, but in
    NumPy: it is done before JAX has loaded a program.
    """
    none, start = np.zeros(1, np.uint32), crc32(b"start")
    key: tuple[Any, Any] = (none, np.full(1, seed, np.uint32))
    for fold in (members[None], np.full((1, 1), start, np.uint32)):
        key = threefry(key, none, fold)
    streams = np.array([[crc32(name.encode())] for name in names], np.uint32)
    key = threefry(key, none, streams)
    high, low = threefry(key, none, none)
    # The first 23 bits are the fraction of a number from 1 to 2.
    ones = ((high ^ low) >> np.uint32(9)) | np.uint32(0x3F800000)
    return ones.view(np.float32) - np.float32(1.0)
