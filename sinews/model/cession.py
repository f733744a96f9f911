"""Places that change hands by the terms of an agreement, and whose they are since.

With a place go its people, its plants and their workers, and its share of the men of age and of
those who will come of age. The front withdraws behind it, so that the place is free of the other's
troops. What no place holds (depots, materials, gold, troops) stays where it is. Source: treaties of
1918-47.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World


def homes(state: State, world: World) -> Array:
    """Whose home a place is [place power], 1 or 0. Where no agreement hands any over, members share
    this table, and products with it are several times as fast.
    """
    return state.owner if len(world.cedes) else world.place_power


def away(state: State, world: World) -> Array:
    """Whether a place was handed to another than its first home [place]."""
    return jnp.sum(world.place_power * (1.0 - homes(state, world)), axis=1)


def home_end(state: State, world: World) -> Array:
    """End of its axis that a place is home to [place], +1 the west: where its owner stands."""
    gone = away(state, world)
    stands = jnp.sum(world.place_axis * (homes(state, world) @ world.end), axis=1)
    return jnp.where(gone > 0.0, stands, world.place_end)


def refuges(state: State, world: World) -> Array:
    """Share of its owner's evacuated plant that comes to a place [place]; refuges that are no more
    leave theirs to the rest, and none is gained with a place."""
    kept = world.refuge * (1.0 - away(state, world))
    first, now = world.place_power.T @ world.refuge, world.place_power.T @ kept
    return kept * (world.place_power @ (first / jnp.maximum(now, 1e-9)))


def cohorts(state: State, world: World) -> Array:
    """Men who come of age in a week [power]: those of a place are its owner's."""
    people = world.place_power.T @ world.place_people
    each = world.place_power @ (world.cohort / jnp.maximum(people, 1.0)) * world.place_people
    return jnp.maximum(world.cohort + (homes(state, world) - world.place_power).T @ each, 0.0)


def handed(state: State, world: World) -> Array:
    """Who has a place by an agreement that came into force this week [place power], if it was a
    party's to give; by the last in the file, if several say."""
    whose = world.ceding @ world.party @ state.owner.T  # [ceding place]
    order = jnp.arange(1.0, len(world.ceding) + 1.0)
    says = (world.ceding @ state.signed * order)[:, None, None] * world.cedes * whose[:, :, None]
    last = jnp.max(says, axis=0, initial=0.0)
    return (last > 0.0) * (last == jnp.max(last, axis=1, keepdims=True, initial=0.0))


def withdrawn(state: State, world: World, gets: Array) -> Array:
    """Where fronts stand [axis] once they lie behind the places that each `gets` [place power]."""
    end = world.place_axis * (gets @ world.end)
    km = world.place_km[:, None]
    west = jnp.max(jnp.where(end > 0.0, km, -jnp.inf), axis=0, initial=-jnp.inf)
    east = jnp.min(jnp.where(end < 0.0, km, jnp.inf), axis=0, initial=jnp.inf)
    # Of what cannot be, nothing comes.
    return jnp.where(west > east, state.front, jnp.clip(state.front, west, east))


def ceded(state: State, world: World) -> State:
    """Places change hands by the agreements that came into force this week."""
    if not len(world.cedes):
        return state
    gets = handed(state, world)
    moves = jnp.max(gets * (1.0 - state.owner), axis=1, initial=0.0)
    owner = jnp.where(jnp.max(gets, axis=1, keepdims=True, initial=0.0) > 0.0, gets, state.owner)
    free = world.place_people * (1.0 - state.lost_share)
    behind = world.place_people * state.lost_share

    def part(by_place: Array) -> Array:
        """What moves, as a share of what its owner has of it [place ...]."""
        whole = state.owner @ (state.owner.T @ by_place)
        moved = moves.reshape(moves.shape + (1,) * (by_place.ndim - 1)) * by_place
        return moved / jnp.maximum(whole, 1e-9)

    reserve = part(free) * (state.owner @ state.reserve)
    pool = part(free) * (state.owner @ state.pool)
    occupied = part(behind) * (state.owner @ state.occupied)
    labour = part(state.plant) * (state.owner @ state.labour)
    men = reserve + pool + occupied + jnp.sum(labour, axis=1)
    front = withdrawn(state, world, gets)
    shift = jnp.abs(front - state.front)
    old, new = state.owner.T, (moves[:, None] * gets).T
    return state.replace(
        owner=owner,
        front=front,
        dug_in=state.dug_in * jnp.exp(-shift / world.coefficient.rout),
        # The new owner's troops are there.
        lost_share=state.lost_share * (1.0 - moves),
        reserve=jnp.maximum(state.reserve - old @ reserve + new @ reserve, 0.0),
        pool=jnp.maximum(state.pool - old @ pool + new @ (pool + occupied), 0.0),
        occupied=jnp.maximum(state.occupied - old @ occupied, 0.0),
        labour=jnp.maximum(state.labour - old @ labour + new @ labour, 0.0),
        ceded=old @ men,
        acceded=new @ men,
    )
