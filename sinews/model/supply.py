"""Supply: railheads follow the front, days of supply build up or run down, offensives pulse.

Beyond the railhead lorries carry, and lose more of the flow the longer the haul and the fewer
they are; an offensive needs 15 days of supply to start and stops at 2.5 (trial fit).
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, there

# Days of supply at which an offensive may start, and at which it stops; the most that is stored.
START, STOP, STORE = 15.0, 2.5, 30.0


def lift(
    lorries: Array, km: Array, load: float = 2.5, fit: float = 0.7, day: float = 200.0
) -> Array:
    """Tonnes a day that lorries carry over a haul of km: n * load * fit * day / (2 km).

    14,000 lorries over 200 km (about 12,000 t a day):

    >>> float(lift(14000.0, 200.0))
    12250.0
    """
    return lorries * load * fit * day / (2.0 * km)


def delivered(gap: Array, depth: Array, lorries: Array, haul: Array, along: Array) -> Array:
    """Share of full needs that reaches the front: 1.05 less what is lost along `depth` km of
    railway and a `gap` of km by road, the road's part divided by the share of establishment
    `lorries` that is there. Between 0.2 and 1.05.

    >>> round(float(delivered(0.0, 0.0, 1.0, 0.9, 0.12)), 2)
    1.05
    """
    road = haul * gap / 1000.0 / jnp.maximum(lorries, 0.25)
    return jnp.clip(1.05 - road - along * depth / 1000.0, 0.2, 1.05)


def under_way(offensive: Array, wanted: Array, days: Array) -> Array:
    """Whether an offensive runs: it starts with START days, runs on down to STOP."""
    able = jnp.where(offensive > 0.0, days > STOP, days >= START)
    return jnp.where(able, wanted, 0.0)


def step(state: State, world: World, key: Array) -> State:
    """Railheads move, stocks change, offensives start and stop."""
    del key
    c = world.coefficient
    end, front = world.end, state.front[None, :]
    relaid = state.railhead + end * c.relaying
    from_east = jnp.where(end < 0.0, jnp.maximum(relaid, front), relaid)
    railhead = jnp.where(end > 0.0, jnp.minimum(relaid, front), from_east)

    fronts = state.front.shape[0]
    have = jnp.sum(state.equipment[:, :fronts] * world.carries[None, None, :], axis=2)
    need = jnp.sum(world.carries * world.establishment) * state.men[:, :fronts]
    lorries = jnp.minimum(have / jnp.maximum(need, 1e-3), 1.0)
    gap = jnp.abs(front - railhead)
    depth = jnp.maximum(end * (front - world.base), 0.0)
    come = delivered(gap, depth, lorries, c.haul, c.depth)
    use = c.use_quiet + (c.use_attacking - c.use_quiet) * state.offensive
    use = use * world.appetite[:, None]
    days = jnp.clip(state.days + 7.0 * (come - use), 0.0, STORE)
    # An offensive that has reached its goal rests.
    ahead = end * (state.goal - front) > 0.0
    wanted = jnp.where(ahead, state.attack, 0.0)
    return state.replace(
        railhead=railhead,
        days=days * there(world),
        offensive=there(world) * under_way(state.offensive, wanted, days),
    )
