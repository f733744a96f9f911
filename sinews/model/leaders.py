"""Leaders: how what a leader is bends what his staff believes.

Four numbers of a power, all neutral unless written: `patience` (1), how long he takes to act;
`risk` (0), the standard deviations of doubt that he counts in his favour; `face` (0), what giving
something away costs him; `ruthless` (0), how little his word, or losses, hold him. Sources:
Kahneman and Tversky, Butler 2007 (risk in bargaining); Rubinstein 1982 (patience and the price);
Fearon 1994 (face); Goemans 2000 (what losses count for). Forms judged.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World


def reading(state: State, world: World) -> Array:
    """Factor that a leader's risk puts on the enemy's strength as his staff believes it [power
    axis]: exp(-risk * sd of that belief)."""
    return jnp.exp(-world.risk[:, None] * jnp.sqrt(state.doubt_seen))
