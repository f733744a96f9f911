"""Strength on a front, which odds and every estimate are made of."""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, shared, there, this_week


def fighting(men: Array, quality: Array, days: Array, kit: Array, world: World) -> Array:
    """A power's strength on a front, in supplied men of quality 1.

    quality * supply * (men + sum of weight * min(kit, establishment * men)): equipment beyond
    establishment has no crews and adds nothing. Shape after Dupuy's P = S V CEV; the cap after
    RAND's situational force scoring (form judged). `men`, `quality`, `days` [power axis], `kit`
    [power axis item].
    """
    manned = jnp.minimum(kit, world.establishment[None, None, :] * men[:, :, None])
    c = world.coefficient
    fed = jnp.where(days > c.hunger_days, 1.0, c.hunger)
    return quality * fed * (men + jnp.sum(world.weight[None, None, :] * manned, axis=2))


def quality(men: Array, experience: Array) -> Array:
    """Mean quality of a body of men, zero where there are none."""
    return jnp.where(men > 0.0, experience / jnp.maximum(men, 1e-3), 0.0)


def strength(state: State, world: World) -> Array:
    """Every power's strength on every front this week [power axis], the season's part included."""
    men = shared(state.men, state.attend, world)
    season = this_week(world.quality_week, state.week)
    q = quality(men, shared(state.experience, state.attend, world)) * season[:, None]
    return there(world) * fighting(
        men, q, state.days, shared(state.equipment, state.attend, world), world
    )
