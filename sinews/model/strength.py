"""Strength on a front, which odds and every estimate are made of."""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import (
    World,
    axis_theatre,
    of_contingents,
    of_powers,
    parted,
    shared,
    stations,
    there,
    this_week,
)


def arms(men: Array, kit: Array, world: World) -> Array:
    """What `kit` [contingent item] adds to `men` [contingent], in men of quality 1.

    sum of weight * min(kit, establishment * men): equipment beyond establishment has no crews and
    adds nothing (the cap after RAND's situational force scoring; form judged).
    """
    manned = jnp.minimum(kit, world.establishment[None, :] * men[:, None])
    return jnp.sum(world.weight[None, :] * manned, axis=1)


def fighting(men: Array, quality: Array, days: Array, arms: Array, world: World) -> Array:
    """A power's strength on a front, in supplied men of quality 1.

    quality * supply * (men + arms), after Dupuy's P = S V CEV. All [power axis].
    """
    c = world.coefficient
    fed = jnp.where(days > c.hunger_days, 1.0, c.hunger)
    return quality * fed * (men + arms)


def quality(men: Array, experience: Array) -> Array:
    """Mean quality of a body of men, zero where there are none."""
    return jnp.where(men > 0.0, experience / jnp.maximum(men, 1e-3), 0.0)


def untied(state: State, world: World, muster: Array, enemy: Array) -> Array:
    """Share of what stands behind its fronts that a power could send to an axis [power axis]; the
    rest its other fronts at war tie down, as it shares men out among those that need them:

        need / (need + sum of need on the others at war),  need = value * enemy / muster

    all where it fights nowhere else. `muster` and `enemy` are the strengths there [power axis].
    """
    need = world.value * (enemy + 1.0) / (muster + 1.0)
    fought = state.engaged * need
    others = jnp.sum(fought, axis=1, keepdims=True) - fought
    return jnp.where(others > 0.0, need / jnp.maximum(need + others, 1e-30), 1.0)


def at_hand(state: State, world: World, free: Array) -> Array:
    """Strength that each power could bring to each front by rail within the warning that its
    gathering gives [power axis]: over every link the men where it starts, if that is no front at
    war, at most those of

        trains * men in each * (7 * warning - km / speed) days

    with their quality and equipment; of all that what is `free` [power axis] of other fronts.
    Ivanov's staff formula (see movement.last_arrival). Two links from one place count as if each
    were alone; what the same line carries elsewhere is left out.
    """
    c, at = world.coefficient, stations(world)
    quiet = (state.engaged @ axis_theatre(world) == 0.0).astype(jnp.float32)
    men, experience = ((quiet * x).reshape(-1)[at.start] for x in (state.men, state.experience))
    rested = jnp.full_like(men, jnp.inf)
    armed = arms(men, state.equipment[at.start_army], world)
    whole = fighting(men, quality(men, experience), rested, armed, world)
    days = jnp.maximum(7.0 * c.warning - world.link_km / c.train_speed, 0.0)
    seats = c.men_per_train * world.link_trains * days
    body = whole * jnp.minimum(seats / jnp.maximum(men, 1.0), 1.0)
    return free * ((world.link_power * body[:, None]).T @ (world.link_to @ axis_theatre(world).T))


def strength(state: State, world: World) -> Array:
    """Every power's strength on every front this week [power axis], the season's part included."""
    men = shared(state.men, state.attend, world)
    season = this_week(world.quality_week, state.week)
    q = quality(men, shared(state.experience, state.attend, world)) * season[:, None]
    kit = parted(state.equipment, state.attend, world)
    armed = of_powers(arms(of_contingents(men, world), kit, world), world)
    return there(world) * fighting(men, q, state.days, armed, world)
