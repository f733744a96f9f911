"""The week: the steps in their order, and the one sentence that runs them."""

from collections.abc import Callable
from zlib import crc32

import jax
from jax import Array

from sinews.model import (
    combat,
    council,
    diplomacy,
    industry,
    intelligence,
    manpower,
    movement,
    supply,
    trade,
    wars,
)
from sinews.model.state import State
from sinews.model.world import World

Step = Callable[[State, World, Array], State]

WEEK: dict[str, Step] = {
    "intelligence": intelligence.step,
    "council": council.step,
    "diplomacy": diplomacy.step,
    "wars": wars.step,
    "supply": supply.step,
    "movement": movement.step,
    "combat": combat.step,
    "manpower": manpower.step,
    "industry": industry.step,
    "trade": trade.step,
}


def advance(state: State, world: World, key: Array, week: dict[str, Step] = WEEK) -> State:
    """The state one week later; each step draws from a stream of its own name.

    `key` is one member's key for this week. A step added, removed or replaced moves nobody
    else's draws.
    """
    for name, step in week.items():
        state = step(state, world, jax.random.fold_in(key, crc32(name.encode())))
    return state
