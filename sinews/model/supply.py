"""Supply: trains bring it to railheads that follow the front, lorries and horses from there on.

Supplies have the first call on the trains of a line, before men and arms. Days of supply build up
or run down at the front; an offensive needs them to start, and stops when they run out.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.coefficients import Coefficients
from sinews.model.lines import carried
from sinews.model.state import State
from sinews.model.strength import ample, full_use
from sinews.model.world import (
    World,
    axis_theatre,
    detached,
    in_cells,
    of_powers,
    on_axes,
    posts,
    shared,
    stations,
    summed,
    there,
    this_week,
)


def lift(lorries: Array, km: Array, work: Array | float = 350.0) -> Array:
    """Tonnes a day that lorries carry over a haul of km and back: lorries * work / (2 km), `work`
    being the t km that one does a day: load * share fit * km driven (van Creveld).

    14,000 lorries over 200 km (about 12,000 t a day):

    >>> float(lift(14000.0, 200.0))
    12250.0
    """
    return lorries * work / (2.0 * km)


def by_road(lorries: Array, gap: Array, c: Coefficients) -> Array:
    """What lorries (for each man) and horses bring a day over a `gap` of km beyond the railhead, of
    full needs. Horses are in every army, in proportion to its men.

    Lorries for a fiftieth of the men, or horses alone, over 100 km:

    >>> c = Coefficients()
    >>> [round(float(by_road(lorries, 100.0, c)), 2) for lorries in (0.02, 0.0)]
    [5.44, 0.29]
    """
    km = jnp.maximum(gap, 1.0)
    return (1e3 * lift(lorries, km, c.lorry_work) + c.cart_work / km) / c.ration


def under_way(offensive: Array, wanted: Array, days: Array, c: Coefficients) -> Array:
    """Whether an offensive runs: it starts with `start_days` of supply, runs on to `stop_days`."""
    able = jnp.where(offensive > 0.0, days > c.stop_days, days >= c.start_days)
    return jnp.where(able, wanted, 0.0)


def hauling(state: State, world: World) -> Array:
    """Lorries of the supply columns for each man [power axis]: those that there are, up to a share
    of the establishment, as far as there is fuel; other units get theirs once the columns are full.

    It fails where columns wear out before the lorries of other units, as in the autumn of 1941.
    """
    have = of_powers(detached(state.equipment, world) @ world.carries, world)
    each = have / jnp.maximum(on_axes(state.men, world), 1.0)
    most = world.coefficient.columns * jnp.sum(world.carries * world.establishment)
    return jnp.minimum(each, most) * ample(state, world, world.driven)


def by_rail(sent: Array, state: State, world: World) -> tuple[Array, Array]:
    """Share of what depots send to fronts at war, `sent` of full needs a day [power axis], that
    trains bring to where the power's railway begins [power axis], and the trains that it leaves
    each line [line].

    Trains go over the journeys from the power's hub, and lose `depth` of their load on the way; a
    front that no journey leads to lives off the country behind it, and so does a border at peace.
    They arrive in the week in which they leave: at war supplies are in steady flow.
    """
    c, at = world.coefficient, stations(world)
    men = shared(state.men, state.attend, world)
    tonnes = 7e-3 * c.ration * men * sent * state.engaged
    trains = (tonnes @ axis_theatre(world)).reshape(-1)[at.end] / c.tonnes_per_train
    capacity = 7.0 * world.line_trains * this_week(world.line_open, state.week)
    go, free = carried(world.link_share * trains, capacity, world)
    come = world.link_share * (1.0 - go * jnp.exp(-c.depth * world.link_km / 1000.0))
    missing = summed(come, at.end_army, len(state.equipment))
    missing = in_cells(missing, posts(world), state.men.size).reshape(state.men.shape)
    return 1.0 - state.engaged * on_axes(missing, world), free


def forwarded(state: State, world: World, forward: Array) -> Array:
    """Munitions and fuel that leave national stocks for the dumps of fronts, t [power axis good]:
    what dumps lack of `store_days`, at most a week's full use times what comes `forward` of their
    needs [power axis], for they are part of the load. Fronts share a stock that is too small,
    with one another and with the part of home use that is not cut for them (`home_claim`).

    They stand in the dumps when the week is over: what is fired has come before.
    """
    fired, burned = full_use(state, world)
    week = fired + burned
    lack = jnp.maximum(world.coefficient.store_days / 7.0 * week - state.dump, 0.0)
    asked = there(world)[..., None] * jnp.minimum(lack, forward[..., None] * week)
    stock, home = (x @ world.good_material.T for x in (state.material, world.home_use))
    claims = jnp.sum(asked, axis=1) + world.coefficient.home_claim * home
    share = jnp.minimum(stock / jnp.maximum(claims, 1e-6), 1.0)
    return share[:, None, :] * asked


def refreshed(rested: Array, offensive: Array, c: Coefficients) -> Array:
    """Weeks of regrouping that an army has in hand [power axis], `regroup_weeks` at most.

    A week of rest adds one; an offensive uses them up, by exp(-1 / counter_weeks) a week, as the
    enemy's reserves find out where it strikes.
    """
    rests, has = (jnp.minimum(x, c.regroup_weeks) for x in (rested + 1.0, rested))
    return jnp.where(offensive > 0.0, has * jnp.exp(-1.0 / c.counter_weeks), rests)


def step(state: State, world: World, key: Array) -> State:
    """Railheads move, supplies come, stocks change, offensives start and stop."""
    del key
    c = world.coefficient
    end, front = world.end, state.front[None, :]
    relaid = state.railhead + end * c.relaying
    from_east = jnp.where(end < 0.0, jnp.maximum(relaid, front), relaid)
    railhead = jnp.where(end > 0.0, jnp.minimum(relaid, front), from_east)

    use = c.use_quiet + (c.use_attacking - c.use_quiet) * state.offensive
    use = use * world.appetite[:, None]
    road = by_road(hauling(state, world), jnp.abs(front - railhead), c)
    depth = jnp.maximum(end * (front - world.base), 0.0)
    along = jnp.exp(-c.depth * depth / 1000.0)
    # Nothing is sent that the road cannot take on, or that stores have no room for.
    wanted = jnp.minimum(use + (c.store_days - state.days) / 7.0, road)
    sent = jnp.clip(wanted / along, 0.0, c.supply_full)
    brought, free = by_rail(sent, state, world)
    forward = jnp.minimum(along * brought * sent, road)
    # Who does not attack wants less of all supplies, but fires as the fighting asks.
    issued = forwarded(state, world, forward / jnp.minimum(use, 1.0))
    gone = jnp.sum(issued, axis=1) @ world.good_material
    come = jnp.maximum(forward, c.supply_least)
    days = jnp.clip(state.days + 7.0 * (come - use), 0.0, c.store_days)
    # An offensive that has reached its goal rests.
    ahead = end * (state.goal - front) > 0.0
    wanted = jnp.where(ahead, state.attack, 0.0)
    offensive = there(world) * under_way(state.offensive, wanted, days, c)
    return state.replace(
        railhead=railhead,
        days=days * there(world),
        offensive=offensive,
        rested=refreshed(state.rested, offensive, c),
        free_paths=free,
        material=jnp.maximum(state.material - gone, 0.0),
        issued=issued,
    )
