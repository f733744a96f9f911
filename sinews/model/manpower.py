"""Manpower: call-up, training, hospital, new units, and what the front teaches.

Men and their experience are two stocks; mixing them is exact: quality after a draft of raw men
is the mean weighted by men.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.cession import cohorts
from sinews.model.delays import erlang
from sinews.model.state import State
from sinews.model.strength import of_each_man, outfit, quality
from sinews.model.world import World, axis_theatre, shared


def formations(ready: Array, experience: Array, depot: Array, world: World) -> Array:
    """Men formed into units in a week [power], of those who are `ready` [power], by `experience`
    [power] of all to lead them and what `depot` [power item] holds for them.

    wished = min(ready / forming, cadre * experience, raise);
    formed = min(wished * min(outfit / outfit_least, 1), depot / establishment of what gates).

    A unit takes weeks to form, leaders, and arms: it goes out with `outfit_least` of the arms of
    its establishment, by their weight in strength, and where depots hold less for all, fewer units
    go out (Glantz, Colossus Reborn: the tables of July 1941 left a Soviet rifle division two thirds
    of its guns and half its lorries a man). Glut of one item stands in for want of another, but for
    what gates formation.
    """
    c = world.coefficient
    wished = jnp.minimum(ready / c.forming, c.cadre * experience)
    wished = jnp.minimum(wished, world.raise_most)
    each = of_each_man(world)
    share = outfit(depot, each * wished[:, None], world)
    gate = world.users * world.gates[None, :] > 0.0
    gated = jnp.where(gate, depot / jnp.maximum(each, 1e-9), jnp.inf)
    gated = jnp.min(gated, axis=1, initial=jnp.inf)
    return jnp.minimum(wished * jnp.minimum(share / c.outfit_least, 1.0), gated)


def under_arms(state: State, world: World) -> Array:
    """All men a power feeds as soldiers [power]: in units, encircled, training, wounded, moving."""
    moving = state.waiting_men + jnp.sum(state.moving_men, axis=1)
    placed = jnp.sum(state.men, axis=1) + jnp.sum(state.pocket_men, axis=1)
    staged = jnp.sum(state.training, axis=1) + jnp.sum(state.hospital, axis=1)
    return placed + staged + state.ready + moving @ world.link_power


def eased(men: Array, room: Array, ease: Array | float) -> Array:
    """Men called up of those asked for, when there is `room` for so many more under arms: fewer
    below `ease`.

    >>> eased(jnp.float32(2e4), jnp.array([jnp.inf, 2.5e5, 0.0]), 5e5).tolist()
    [20000.0, 10000.0, 0.0]
    """
    return men * jnp.minimum(room / ease, 1.0)


def call_up(state: State, world: World, alive: Array) -> tuple[Array, Array]:
    """Reservists called and men drafted [power], as far as there is room under the ceiling; none by
    a power that is not `alive`."""
    ease = world.coefficient.ease
    room = jnp.maximum(world.ceiling - under_arms(state, world), 0.0)
    room = jnp.where(world.ceiling > 0.0, room, jnp.inf)
    called = alive * jnp.minimum(state.reserve, eased(state.draft * world.mobilise, room, ease))
    drafted = alive * jnp.minimum(state.pool, eased(state.draft * world.call_up, room, ease))
    fits = jnp.minimum(room / jnp.maximum(called + drafted, 1.0), 1.0)
    return fits * called, fits * drafted


def step(state: State, world: World, key: Array) -> State:
    """Men come of age, are called up, trained, healed and formed into units."""
    del key
    c = world.coefficient
    # A broken power calls nobody up and forms no units; its men go home, their arms to its depots.
    alive = 1.0 - state.collapsed
    called, drafted = call_up(state, world, alive)
    born = cohorts(state, world)
    pool = state.pool + born - drafted
    training, trained = erlang(state.training, drafted, world.training_weeks)
    hospital, healed = erlang(state.hospital, jnp.zeros_like(called), world.hospital_weeks)
    healing, wisdom = erlang(
        state.hospital_experience, jnp.zeros_like(called), world.hospital_weeks
    )
    back = world.return_share * healed

    ready = state.ready + called + trained + back
    ready_experience = (
        state.ready_experience
        + (world.quality_reserve * called + state.schooling * trained)
        + world.return_share * wisdom
    )
    leaders = jnp.sum(state.experience, axis=1) + ready_experience
    formed = alive * formations(ready, leaders, state.depot, world)
    share = formed / jnp.maximum(ready, 1.0)
    kit = jnp.minimum(state.depot, of_each_man(world) * formed[:, None])
    raised = jnp.sum((world.army_power @ world.district) * world.army_theatre, axis=1)
    men = state.men + formed[:, None] * world.district
    experience = state.experience + (share * ready_experience)[:, None] * world.district
    # The front teaches those who survive it, and they the schools.
    taught = shared(state.men, state.attend, world)
    gap = quality(taught, shared(state.experience, state.attend, world))
    gap = jnp.maximum(c.best - gap, 0.0)
    learned = c.learn * state.intensity[None, :] * state.engaged * gap * taught
    experience = experience + learned @ axis_theatre(world)
    equipment = state.equipment + raised[:, None] * (world.army_power @ kit)
    leave = c.demobilise * state.collapsed
    home, idle = leave[:, None], leave * (ready - formed)
    laid_down = (world.army_power @ leave)[:, None] * equipment
    heeds = 1.0 - jnp.exp(-1.0 / c.school_weeks)
    own = jnp.sum(state.men, axis=1), jnp.sum(state.experience, axis=1)
    lags = jnp.where(own[0] > 1.0, quality(*own) - state.schooling, 0.0)
    return state.replace(
        schooling=state.schooling + heeds * lags,
        men=men - home * men,
        experience=experience - home * experience,
        equipment=equipment - laid_down,
        depot=state.depot - kit + world.army_power.T @ laid_down,
        pool=pool + jnp.sum(home * men, axis=1) + idle,
        reserve=state.reserve - called,
        training=training,
        hospital=hospital,
        hospital_experience=healing,
        invalid=state.invalid + (healed - back),
        ready=ready - formed - idle,
        ready_experience=ready_experience * (1.0 - share) * (1.0 - leave),
        born=born,
        formed=formed,
    )
