"""Strength on a front, which odds and every estimate are made of."""

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import (
    World,
    axis_theatre,
    contingent_power,
    of_contingents,
    of_powers,
    parted,
    shared,
    stations,
    there,
    this_week,
)


def arms(men: Array, kit: Array, whose: Array, world: World) -> Array:
    """What `kit` [body item] adds to `men` [body] of a power each, `whose` [body power], in men of
    quality 1: less than nothing where they lack it.

    manned - (1 - bare) * (1 - outfit * rifles) * men, `rifles` the share of the men who have what
    gates formation (of several such items the scarcest): crews without their guns are idle, and
    men without rifles dig and carry. So a body without any arms counts bare * men, and one at
    establishment men + weights. After Dupuy's operational lethality indices, in which a rifle
    division's small arms are a fifth to a third of it; linear in the share by choice, where
    firepower, armour and transport in truth lack one another more than in proportion.
    """
    most = established(men, whose, world)
    weight = manned(kit, most, world)
    issued = jnp.where(world.gates[None, :] > 0.0, most, 0.0)
    rifles = jnp.where(issued > 0.0, jnp.minimum(kit / jnp.maximum(issued, 1e-6), 1.0), 1.0)
    armed = outfit(kit, most, world) * jnp.min(rifles, axis=1, initial=1.0)
    return weight - (1.0 - world.coefficient.bare) * (1.0 - armed) * men


def of_each_man(world: World) -> Array:
    """Items that the establishment has for one man of a power [power item]."""
    return world.users * world.establishment[None, :]


def established(men: Array, whose: Array, world: World) -> Array:
    """Items of the establishment of `men` [body] of a power each, `whose` [body power] [body
    item]."""
    return (whose @ of_each_man(world)) * men[:, None]


def manned(kit: Array, most: Array, world: World) -> Array:
    """Weight of the `kit` [body item] that finds crews [body], in men of quality 1.

    sum of weight * min(kit, most), `most` being `established`: equipment beyond establishment has
    no crews and adds nothing (the cap after RAND's situational force scoring; form judged).
    """
    return jnp.sum(world.weight[None, :] * jnp.minimum(kit, most), axis=1)


def outfit(kit: Array, most: Array, world: World) -> Array:
    """Share of the arms of its establishment, `most` [body item], that a body has, by weight
    [body]; 1 where no item has a weight."""
    full = jnp.sum(world.weight[None, :] * most, axis=1)
    return jnp.where(full > 0.0, manned(kit, most, world) / jnp.maximum(full, 1e-6), 1.0)


def fighting(men: Array, quality: Array, days: Array, arms: Array, world: World) -> Array:
    """A power's strength on a front, in supplied men of quality 1.

    quality * supply * (men + arms), after Dupuy's P = S V CEV. All [power axis].
    """
    c = world.coefficient
    fed = jnp.where(days > c.hunger_days, 1.0, c.hunger)
    return quality * fed * (men + arms)


def full_use(state: State, world: World) -> tuple[Array, Array]:
    """What the men of a front fire in a week of full fighting, and what its tanks and lorries burn
    in one of full effort, t [power axis good]."""
    men = shared(state.men, state.attend, world)
    kit = parted(state.equipment, state.attend, world)
    vehicles = of_powers(kit @ (world.armour + world.carries), world)
    fired, burned = 7.0 * world.fired[:, None, :], 7.0 * world.driven[:, None, :]
    return men[..., None] * fired, vehicles[..., None] * burned


def ample(state: State, world: World, used: Array) -> Array:
    """Share of a week's full use that a front has in its dumps [power axis], of the good of which
    it has least; of those `used` [power good] at all. 1 where nothing is declared.

    Who has less than a week's fire rations it.
    """
    fired, burned = full_use(state, world)
    need = fired + burned
    wanted = (used[:, None, :] > 0.0) & (need > 0.0)
    return jnp.min(jnp.where(wanted, in_dumps(state, need), 1.0), axis=2, initial=1.0)


def called_for(state: State, world: World) -> Array:
    """Munitions and fuel that fronts at war ask of works, t in the week [power material]: what they
    were sent, and what their dumps lack of a week's full use, for they would be sent it too."""
    fired, burned = full_use(state, world)
    short = state.engaged[..., None] * jnp.maximum(fired + burned - state.dump, 0.0)
    return jnp.sum(state.issued + short, axis=1) @ world.good_material


def in_dumps(state: State, need: Array) -> Array:
    """Share of a `need` that a front has in its dumps, both [power axis good], all at most."""
    return jnp.minimum(state.dump / jnp.maximum(need, 1e-3), 1.0)


def motored(state: State, world: World) -> Array:
    """Share of the transport of its establishment that a front has [power axis]; 1 where nothing
    carries, or nobody has any by establishment."""
    most = shared(state.men, state.attend, world) * (of_each_man(world) @ world.carries)[:, None]
    have = of_powers(parted(state.equipment, state.attend, world) @ world.carries, world)
    return jnp.where(most > 0.0, jnp.minimum(have / jnp.maximum(most, 1e-6), 1.0), 1.0)


def driving(state: State, world: World) -> Array:
    """How fast a front can advance, over one that has all its lorries and their fuel [power axis]:

    on_foot + (1 - on_foot) * min(share of its transport, share of its fuel)
    """
    on_foot = world.coefficient.on_foot
    moved = jnp.minimum(motored(state, world), ample(state, world, world.driven))
    return on_foot + (1.0 - on_foot) * moved


def firing(state: State, world: World) -> Array:
    """What lack of munitions leaves of strength, and of the losses one inflicts [power axis]."""
    bare = world.coefficient.unarmed
    return bare + (1.0 - bare) * ample(state, world, world.fired)


def quality(men: Array, experience: Array) -> Array:
    """Mean quality of a body of men, zero where there are none."""
    return jnp.where(men > 0.0, experience / jnp.maximum(men, 1e-3), 0.0)


def untied(state: State, world: World, muster: Array, enemy: Array) -> Array:
    """Share of what stands behind its fronts that a power could send to an axis [power axis]; the
    rest its other fronts at war tie down, as it shares men out among those that need them:

        need / (need + sum of need on the others at war),  need = sqrt(value * enemy) / muster

    all where it fights nowhere else. `muster` and `enemy` are the strengths there [power axis].
    """
    need = jnp.sqrt(world.value * (enemy + 1.0)) / (muster + 1.0)
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
    armed = arms(men, state.equipment[at.start_army], world.link_power, world)
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
    armed = arms(of_contingents(men, world), kit, contingent_power(world), world)
    fought = fighting(men, q, state.days, of_powers(armed, world), world)
    return there(world) * firing(state, world) * fought
