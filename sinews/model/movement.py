"""Movement: men and equipment travel by rail, a queue at every link's station.

Ordered bodies leave their theatre with their share of its equipment; depots send equipment to
the fronts that lack it; each link dispatches what its lines can carry, the rest waits; what is
under way arrives after distance over speed. The staff's formula, arrival of the last man =
D/v + trains/r (Ivanov), is `last_arrival`; the queue reproduces it on an empty link.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.delays import ages, conveyor
from sinews.model.state import State
from sinews.model.world import World, axis_theatre


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


def dispatched(trains: Array, capacity: Array) -> Array:
    """Share of a queue of `trains` that a week's `capacity` carries away.

    >>> float(dispatched(jnp.float32(600.0), jnp.float32(300.0)))
    0.5
    """
    return jnp.minimum(1.0, capacity / jnp.maximum(trains, 1e-6))


def carried(trains: Array, world: World) -> tuple[Array, Array]:
    """Share of each link's queue of `trains` [link] that leaves this week, and the trains that each
    line [line] has to spare.

    A line takes the same share of all queues that want to go over it; over several lines goes
    what the tightest of them takes.
    """
    capacity = 7.0 * world.line_trains
    over = jnp.max(world.link_line, axis=1, initial=0.0)
    takes = dispatched(over.T @ trains, capacity)
    go = jnp.min(world.link_line @ takes, axis=1)
    return go, jnp.maximum(capacity - over.T @ (go * trains), 0.0)


def issues(state: State, world: World, end: Array) -> Array:
    """What depots give to trains this week, over the links from their power's hub [link item].

    A front's shortage is asked for once: each link is asked for its share of it, less what is on
    its way over that link. A front at peace is served by a hub next to it alone. `end` [link] is
    the row of (power, theatre) at which links end.
    """
    powers, theatres, items = state.equipment.shape
    men = state.men.reshape(powers * theatres)[end]
    kit = state.equipment.reshape(powers * theatres, items)[end]
    short = jnp.maximum(world.establishment[None, :] * men[:, None] - kit, 0.0)
    on_way = state.waiting_kit + jnp.sum(state.moving_kit, axis=1)
    asked = jnp.maximum(world.link_share[:, None] * short - on_way, 0.0)
    at_war = state.engaged @ axis_theatre(world)
    at_war = jnp.minimum(jnp.sum((world.link_power @ at_war) * world.link_to, axis=1), 1.0)
    asked = jnp.maximum(world.link_direct, at_war)[:, None] * asked
    asked_all = world.link_power.T @ asked
    part = world.coefficient.issue * state.depot / jnp.maximum(asked_all, 1e-6)
    return asked * (world.link_power @ jnp.minimum(1.0, part))


def step(state: State, world: World, key: Array) -> State:
    """Bodies leave, trains go, trains come."""
    del key
    c = world.coefficient
    powers, theatres, items = state.equipment.shape

    # Where each link starts and ends, for its own power: rows of (power, theatre).
    user = jnp.argmax(world.link_power, axis=1) * theatres
    start = user + jnp.argmax(world.link_from, axis=1)
    end = user + jnp.argmax(world.link_to, axis=1)

    # All that moves, side by side: men, their experience, each item.
    here = jnp.concatenate(
        [state.men[:, :, None], state.experience[:, :, None], state.equipment], axis=2
    ).reshape(powers * theatres, items + 2)
    queue = jnp.concatenate(
        [state.waiting_men[:, None], state.waiting_experience[:, None], state.waiting_kit], axis=1
    )

    # Several links may draw on one body: together they take all of it at most.
    wanted = jnp.zeros_like(here[:, 0]).at[start].add(state.send)
    part = leaving(wanted, here[:, 0]) / jnp.maximum(wanted, 1e-6)
    share = part[start] * state.send
    body = share[:, None] * here[start]

    issued = issues(state, world, end)
    depot = state.depot - world.link_power.T @ issued
    queue = queue + body
    queue = jnp.concatenate([queue[:, :2], queue[:, 2:] + issued], axis=1)
    trains = queue[:, 0] / c.men_per_train + jnp.sum(queue[:, 2:] * world.load[None, :], axis=1)
    go, spare = carried(trains, world)
    gone = go[:, None] * queue
    queue = queue - gone

    ahead = ages(world.link_km / (7.0 * c.train_speed), state.moving_men.shape[1])
    moving_men, men = conveyor(state.moving_men, ahead, gone[:, 0])
    moving_experience, experience = conveyor(state.moving_experience, ahead, gone[:, 1])
    moving_kit, kit = conveyor(state.moving_kit, ahead, gone[:, 2:])
    arriving = jnp.concatenate([men[:, None], experience[:, None], kit], axis=1)

    here = here.at[end].add(arriving).at[start].add(-body)
    here = jnp.maximum(here, 0.0).reshape(powers, theatres, items + 2)
    return state.replace(
        men=here[:, :, 0],
        experience=here[:, :, 1],
        equipment=here[:, :, 2:],
        depot=depot,
        waiting_men=queue[:, 0],
        waiting_experience=queue[:, 1],
        waiting_kit=queue[:, 2:],
        moving_men=moving_men,
        moving_experience=moving_experience,
        moving_kit=moving_kit,
        spare_trains=world.line_power.T @ spare,
    )
