"""Movement: men and equipment travel by rail, a queue at every link's station.

Ordered bodies leave their theatre with their share of its equipment; depots send equipment to
the fronts that lack it; each link dispatches what supplies leave it of its lines, the rest waits;
what is under way arrives after distance over speed. The staff's formula, arrival of the last man =
D/v + trains/r (Ivanov), is `last_arrival`; the queue reproduces it on an empty link.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.delays import ages, conveyor
from sinews.model.lines import carried
from sinews.model.state import State
from sinews.model.strength import established, of_each_man
from sinews.model.world import Stations, World, axis_theatre, in_cells, posts, stations, summed


def last_arrival(km: Array, speed: Array, trains: Array, rate: Array) -> Array:
    """Days until the last of `trains` arrives over an empty link: km/speed + trains/rate.

    Novosibirsk to Moscow, 0.8 M men in 2,600 trains at 45 a day takes 9.3 weeks:

    >>> round(float(last_arrival(3335.0, 450.0, 2600.0, 45.0)) / 7, 1)
    9.3
    """
    return km / speed + trains / rate


def leaving(wanted: Array, there: Array) -> Array:
    """Share of the men `there` that leaves to fill `wanted`, all of them at most."""
    return jnp.minimum(wanted / jnp.maximum(there, 1.0), 1.0)


def issues(state: State, world: World, at: Stations) -> Array:
    """What depots give to trains this week, over the links from their power's hub [link item].

    A front's shortage is asked for once: each link is asked for its share of it, less what is on
    its way over that link. A front at peace is served by a hub next to it alone.
    """
    men, kit = state.men.reshape(-1)[at.end], state.equipment[at.end_army]
    short = jnp.maximum(established(men, world.link_power, world) - kit, 0.0)
    on_way = state.waiting_kit + jnp.sum(state.moving_kit, axis=1)
    asked = jnp.maximum(world.link_share[:, None] * short - on_way, 0.0)
    at_war = state.engaged @ axis_theatre(world)
    at_war = jnp.minimum(at_war.reshape(-1)[at.end], 1.0)
    asked = jnp.maximum(world.link_direct, at_war)[:, None] * asked
    asked_all = world.link_power.T @ asked
    part = world.coefficient.issue * state.depot / jnp.maximum(asked_all, 1e-6)
    return asked * (world.link_power @ jnp.minimum(1.0, part))


def handed_in(men: Array, equipment: Array, world: World) -> Array:
    """What armies of so many `men` [army] give back to their power's depots this week [army item]:
    `hand_in` of the `equipment` that has no crews. Trains that go home empty carry it."""
    listed = (world.army_power @ of_each_man(world)) > 0.0
    beyond = jnp.maximum(equipment - established(men, world.army_power, world), 0.0)
    return world.coefficient.hand_in * jnp.where(listed, beyond, 0.0)


def step(state: State, world: World, key: Array) -> State:
    """Bodies leave, trains go, trains come; what armies have too much of goes back to depots."""
    del key
    c = world.coefficient
    at = stations(world)
    # Men and their experience move side by side.
    men = jnp.stack([state.men, state.experience], axis=2).reshape(-1, 2)

    # Several links may draw on one body: together they take all of it at most.
    armies, post = len(state.equipment), posts(world)
    wanted = summed(state.send, at.start_army, armies)
    part = leaving(wanted, men[post, 0]) / jnp.maximum(wanted, 1e-6)
    share = (part[at.start_army] * state.send)[:, None]
    body, kit = share * men[at.start], share * state.equipment[at.start_army]

    issued = issues(state, world, at)
    queue = jnp.stack([state.waiting_men, state.waiting_experience], axis=1) + body
    queue_kit = state.waiting_kit + kit + issued
    trains = queue[:, 0] / c.men_per_train + queue_kit @ world.load
    go, spare = carried(trains, state.free_paths, world)
    gone, gone_kit = go[:, None] * queue, go[:, None] * queue_kit

    ahead = ages(world.link_km / (7.0 * c.train_speed), state.moving_men.shape[1])
    moving = jnp.stack([state.moving_men, state.moving_experience], axis=2)
    moving, come = conveyor(moving, ahead, gone)
    moving_kit, come_kit = conveyor(state.moving_kit, ahead, gone_kit)

    more = summed(come, at.end_army, armies) - summed(body, at.start_army, armies)
    men = jnp.maximum(men + in_cells(more, post, len(men)), 0.0).reshape(*state.men.shape, 2)
    equipment = state.equipment + summed(come_kit, at.end_army, armies)
    equipment = jnp.maximum(equipment - summed(kit, at.start_army, armies), 0.0)
    back = handed_in(men.reshape(-1, 2)[post, 0], equipment, world)
    return state.replace(
        men=men[:, :, 0],
        experience=men[:, :, 1],
        equipment=equipment - back,
        depot=state.depot - world.link_power.T @ issued + world.army_power.T @ back,
        waiting_men=queue[:, 0] - gone[:, 0],
        waiting_experience=queue[:, 1] - gone[:, 1],
        waiting_kit=queue_kit - gone_kit,
        moving_men=moving[:, :, 0],
        moving_experience=moving[:, :, 1],
        moving_kit=moving_kit,
        spare_trains=world.line_power.T @ spare,
    )
