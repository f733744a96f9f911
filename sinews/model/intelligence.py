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

from sinews.model.agreements import promised
from sinews.model.gathering import inspected, warned
from sinews.model.state import State
from sinews.model.strength import at_hand, strength, untied
from sinews.model.world import World, at_ends, opposed, own_end, there


def reported(truth: Array, bias: Array, error: Array | float) -> Array:
    """What a report says of a true strength, in logs: log(truth + 1) + bias + error.

    >>> round(float(jnp.exp(reported(jnp.float32(200.0), jnp.float32(0.0), jnp.float32(0.0)))))
    201
    """
    return jnp.log(truth + 1.0) + bias + error


def weighed(doubt: Array, error: Array) -> tuple[Array, Array]:
    """The weight of a report with this standard `error`, and the variance that is left of `doubt`.

    The scalar Kalman filter: weight = doubt / (doubt + error**2).

    >>> [round(float(x), 3) for x in weighed(jnp.float32(0.09), jnp.float32(0.3))]
    [0.5, 0.045]
    """
    weight = doubt / (doubt + error**2)
    return weight, (1.0 - weight) * doubt


def learned(believed: Array, says: Array, weight: Array, truth: Array) -> Array:
    """A strength as believed once a report `says` how much, both in logs, with its `weight`; none
    where there is none in `truth`."""
    seen = jnp.exp(believed + weight * (says - believed)) - 1.0
    return jnp.where(truth > 0.0, jnp.maximum(seen, 0.0), 0.0)


def step(state: State, world: World, key: Array) -> State:
    """Every power reads the week's reports."""
    c = world.coefficient
    muster = strength(state, world)
    # Where it does not stand itself, a power watches those whom it faces elsewhere.
    abroad = jnp.max(opposed(world), axis=2, initial=0.0) @ muster
    across = own_end(at_ends(muster, world)[::-1], world)
    enemy = jnp.where(there(world) > 0.0, across, abroad)
    reach = at_hand(state, world, untied(state, world, muster, across))
    behind = own_end(at_ends(reach, world)[::-1], world)
    first = state.week == 0
    share = inspected(state, world)
    sharp = share * c.report_error
    late = 1.0 - 1.0 / jnp.maximum(share * c.report_lag, 1.0)
    tells = enemy + late * (state.report_seen - enemy)
    tells = jnp.where(first, enemy, tells)
    drawn = sharp * jax.random.normal(key, enemy.shape)
    memory = c.report_memory
    error = memory * state.error_seen + jnp.sqrt(1.0 - memory**2) * drawn
    error = jnp.where(first, drawn, error)
    # A border at peace has been watched for years.
    bias = c.report_bias * jnp.exp(-state.week / c.bias_weeks) * state.engaged

    doubt = jnp.where(first, c.first_doubt, state.doubt_seen + c.belief_drift**2)
    weight, doubt = weighed(doubt, sharp)
    # It expects what it was promised, as far as it trusts the promise.
    believed = jnp.where(first, 0.0, jnp.log(state.strength_seen + 1.0) + promised(state, world))
    weight = jnp.where(first, 1.0, weight)
    # The same reports, and the same errors, tell what could be railed to a front.
    expected = jnp.where(first, 0.0, jnp.log(state.surge_seen + 1.0))
    return state.replace(
        reach=reach,
        strength_seen=learned(believed, reported(tells, bias, error), weight, tells),
        doubt_seen=doubt,
        report_seen=tells,
        gathering_seen=warned(state, world),
        error_seen=error,
        surge_seen=learned(expected, reported(behind, bias, error), weight, behind),
        # Garrisons were set against what was known for years, without the errors of first reports.
        first_seen=jnp.where(first, across + behind, state.first_seen),
    )
