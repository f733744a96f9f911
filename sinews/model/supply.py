"""Supply: railheads follow the front, days of supply build up or run down, offensives pulse.

Beyond the railhead lorries carry, and lose more of the flow the longer the haul and the fewer
they are; an offensive needs days of supply to start, and stops when they run out.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.coefficients import Coefficients
from sinews.model.state import State
from sinews.model.world import World, detached, of_powers, on_axes, there


def lift(
    lorries: Array, km: Array, load: float = 2.5, fit: float = 0.7, day: float = 200.0
) -> Array:
    """Tonnes a day that lorries carry over a haul of km: n * load * fit * day / (2 km).

    14,000 lorries over 200 km (about 12,000 t a day):

    >>> float(lift(14000.0, 200.0))
    12250.0
    """
    return lorries * load * fit * day / (2.0 * km)


def delivered(gap: Array, depth: Array, lorries: Array, c: Coefficients) -> Array:
    """Share of full needs that reaches the front: `supply_full` less what is lost along `depth` km
    of railway and a `gap` of km by road, the road's part divided by the share of establishment
    `lorries` that is there; at least `supply_least`.

    >>> round(float(delivered(0.0, 0.0, 1.0, Coefficients())), 2)
    1.05
    """
    road = c.haul * gap / 1000.0 / jnp.maximum(lorries, c.lift_least)
    come = c.supply_full - road - c.depth * depth / 1000.0
    return jnp.clip(come, c.supply_least, c.supply_full)


def under_way(offensive: Array, wanted: Array, days: Array, c: Coefficients) -> Array:
    """Whether an offensive runs: it starts with `start_days` of supply, runs on to `stop_days`."""
    able = jnp.where(offensive > 0.0, days > c.stop_days, days >= c.start_days)
    return jnp.where(able, wanted, 0.0)


def step(state: State, world: World, key: Array) -> State:
    """Railheads move, stocks change, offensives start and stop."""
    del key
    c = world.coefficient
    end, front = world.end, state.front[None, :]
    relaid = state.railhead + end * c.relaying
    from_east = jnp.where(end < 0.0, jnp.maximum(relaid, front), relaid)
    railhead = jnp.where(end > 0.0, jnp.minimum(relaid, front), from_east)

    # Lorries for each man of establishment are the same on all axes of a theatre.
    have = of_powers(detached(state.equipment, world) @ world.carries, world)
    need = jnp.sum(world.carries * world.establishment) * on_axes(state.men, world)
    lorries = jnp.minimum(have / jnp.maximum(need, 1e-3), 1.0)
    gap = jnp.abs(front - railhead)
    depth = jnp.maximum(end * (front - world.base), 0.0)
    come = delivered(gap, depth, lorries, c)
    use = c.use_quiet + (c.use_attacking - c.use_quiet) * state.offensive
    use = use * world.appetite[:, None]
    days = jnp.clip(state.days + 7.0 * (come - use), 0.0, c.store_days)
    # An offensive that has reached its goal rests.
    ahead = end * (state.goal - front) > 0.0
    wanted = jnp.where(ahead, state.attack, 0.0)
    return state.replace(
        railhead=railhead,
        days=days * there(world),
        offensive=there(world) * under_way(state.offensive, wanted, days, c),
    )
