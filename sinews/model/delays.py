"""Delays: what enters a hospital, a school, a building site or a train comes out later."""

import jax.numpy as jnp
from jax import Array

HALF_YEAR = 26.0
"""Weeks over which what a power bears is counted, fading."""


def erlang(stages: Array, inflow: Array, mean: Array) -> tuple[Array, Array]:
    """A week of an Erlang delay of `mean` weeks: its stages afterwards, and the outflow.

    Each of the n stages passes on the share n/mean a week, all of it at most, so that the mean
    time spent is `mean` exactly (where it is n weeks or more). `stages` [... stage], `inflow`
    [...], `mean` [power ...].

    >>> stages, out = erlang(jnp.array([[100.0, 0.0]]), jnp.array([0.0]), jnp.array([2.0]))
    >>> round(float(stages.sum() + out.sum()), 4)
    100.0
    """
    share = jnp.minimum(stages.shape[-1] / mean, 1.0)
    passed = stages * share.reshape(share.shape + (1,) * (stages.ndim - share.ndim))
    enter = jnp.concatenate([inflow[..., None], passed[..., :-1]], axis=-1)
    return stages - passed + enter, passed[..., -1]


def admitted(stages: Array, inflow: Array) -> Array:
    """A delay's stages [... stage] after `inflow` [...] has entered the first of them.

    >>> admitted(jnp.array([1.0, 2.0]), jnp.array(3.0)).tolist()
    [4.0, 2.0]
    """
    first = jnp.arange(stages.shape[-1]) == 0
    return stages + first * inflow[..., None]


def ages(weeks: Array, longest: int) -> Array:
    """Where on the way [... age] a week's dispatch stands: split between whole weeks so that its
    mean time under way is exactly `weeks` [...]; `longest` at most.

    >>> ages(jnp.array([1.25]), 3).tolist()
    [[0.0, 0.75, 0.25, 0.0]]
    """
    weeks = jnp.minimum(weeks, longest)
    stage = jnp.arange(longest + 1)[None, :]
    return jnp.clip(1.0 - jnp.abs(weeks[:, None] - stage), 0.0, 1.0)


def conveyor(moving: Array, ahead: Array, gone: Array) -> tuple[Array, Array]:
    """What is under way [way age ...] a week on, and what arrives [way ...], when `gone`
    [way ...] sets out and stands at `ahead` [way age]; nothing is lost between.
    """
    ahead = ahead.reshape(ahead.shape + (1,) * (gone.ndim - 1))
    to_come = jnp.concatenate([moving[:, 1:], jnp.zeros_like(gone)[:, None]], axis=1)
    return to_come + ahead[:, 1:] * gone[:, None], moving[:, 0] + ahead[:, 0] * gone
