"""Intelligence: each power's belief of the enemy's strength on every front.

Reports tell of the past, err by a lasting bias that fades as mistakes come to light and by an
error that runs on from week to week, all in logs. A staff weighs each report against what it
believed by a Kalman filter that takes errors for independent: it is surer than it should be.
First errors fade: German staff counted 200 Soviet divisions in June 1941, 360 seven weeks later
(Halder). Inspectors lessen the error where they are let in, for the parties of their agreement.
"""

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.strength import strength
from sinews.model.world import World, at_ends, opposed, own_end, there


def reported(truth: Array, bias: Array, error: Array | float) -> Array:
    """What a report says of a true strength, in logs: log(truth + 1) + bias + error.

    >>> round(float(jnp.exp(reported(jnp.float32(200.0), jnp.float32(0.0), jnp.float32(0.0)))))
    201
    """
    return jnp.log1p(truth) + bias + error


def weighed(doubt: Array, error: Array) -> tuple[Array, Array]:
    """The weight of a report with this standard `error`, and the variance that is left of `doubt`.

    The scalar Kalman filter: weight = doubt / (doubt + error**2).

    >>> [round(float(x), 3) for x in weighed(jnp.float32(0.09), jnp.float32(0.3))]
    [0.5, 0.045]
    """
    weight = doubt / (doubt + error**2)
    return weight, (1.0 - weight) * doubt


def step(state: State, world: World, key: Array) -> State:
    """Every power reads the week's reports."""
    c = world.coefficient
    muster = strength(state, world)
    # Where it does not stand itself, a power watches those whom it faces elsewhere.
    abroad = jnp.max(opposed(world), axis=2, initial=0.0) @ muster
    across = own_end(at_ends(muster, world)[::-1], world)
    enemy = jnp.where(there(world) > 0.0, across, abroad)
    first = state.week == 0
    tells = (1.0 - 1.0 / c.report_lag) * state.report_seen + enemy / c.report_lag
    tells = jnp.where(first, enemy, tells)

    inspected = (world.party * state.in_force[:, None]).T @ world.inspects
    sharp = jnp.where(inspected > 0.0, c.inspected, 1.0) * c.report_error
    drawn = sharp * jax.random.normal(key, enemy.shape)
    memory = c.report_memory
    error = memory * state.error_seen + jnp.sqrt(1.0 - memory**2) * drawn
    error = jnp.where(first, drawn, error)
    bias = c.report_bias * jnp.exp(-state.week / c.bias_weeks)

    doubt = jnp.where(first, c.first_doubt, state.doubt_seen + c.belief_drift**2)
    weight, doubt = weighed(doubt, sharp)
    believed = jnp.where(first, 0.0, jnp.log1p(state.strength_seen))
    weight = jnp.where(first, 1.0, weight)
    seen = jnp.expm1(believed + weight * (reported(tells, bias, error) - believed))
    seen = jnp.where(tells > 0.0, jnp.maximum(seen, 0.0), 0.0)
    known = jnp.maximum(jnp.expm1(reported(tells, bias, 0.0)), 0.0)
    return state.replace(
        strength_seen=seen,
        doubt_seen=doubt,
        report_seen=tells,
        error_seen=error,
        # Garrisons were set against what was known before, without the error of one report.
        first_seen=jnp.where(first, known, state.first_seen),
    )
