"""Intelligence: each power's belief of the enemy's strength on every front.

Reports err by a lasting bias that fades as the war goes on and by noise of the week, both in
logs; the belief moves a fixed share of the way to each report.
"""

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.view import strength
from sinews.model.world import World

# Share of the way a belief moves to a new report, and weeks over which first errors fade:
# German staff counted 200 Soviet divisions in June 1941 and 360 seven weeks later (Halder).
_GAIN, _FADE = 0.4, 4.0


def report(truth: Array, bias: Array, error: Array) -> Array:
    """What a report says of a true strength: truth * exp(bias + error).

    >>> float(report(jnp.float32(200.0), jnp.float32(0.0), jnp.float32(0.0)))
    200.0
    """
    return truth * jnp.exp(bias + error)


def step(state: State, world: World, key: Array) -> State:
    """Every power reads the week's reports."""
    c = world.coefficient
    muster = strength(state, world)
    west, east = world.side > 0, world.side < 0
    west_sum = jnp.sum(jnp.where(west[:, None], muster, 0.0), axis=0)
    east_sum = jnp.sum(jnp.where(east[:, None], muster, 0.0), axis=0)
    enemy = jnp.where(west[:, None], east_sum[None, :], west_sum[None, :])
    noise = c.report_error * jax.random.normal(key, enemy.shape)
    bias = c.report_bias * jnp.exp(-state.week / _FADE)
    seen = state.strength_seen + _GAIN * (report(enemy, bias, noise) - state.strength_seen)
    return state.replace(strength_seen=seen)
