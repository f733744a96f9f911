"""Wars: they begin by declaration, breach or attack, spread by obligation, and end.

Who is at war with whom is a table of pairs; on an axis fight those who are at war with somebody
across it. An ally is called when the other is attacked, and comes with the chance `reliance`; an
armistice among its parties ends war and bars attack for a time; a power breaks, and fights no more,
with a hazard that grows with what it bears: people behind the enemy's front, its capital lost, an
army too small for too long, losses, a need unmet. Sources: Leeds 2003 (alliances kept); Goemans,
Stam (shape of the hazard); 1917-18, 1940 and 1941 (its size).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import allied
from sinews.model.cession import ceded, homes
from sinews.model.delays import HALF_YEAR
from sinews.model.state import State
from sinews.model.world import (
    CONDITIONS,
    World,
    across,
    contingent_power,
    faced,
    of_contingents,
    of_powers,
    opposed,
    rejoined,
    shared,
)


class Calls(NamedTuple):
    """Who is called to an ally's war, and who comes [power other]."""

    called: Array
    joins: Array
    let_down: Array  # whom an ally did not help


class Truces(NamedTuple):
    """What armistices signed this week say of two powers [power other]."""

    pairs: Array  # 1 where war is over
    truce: Array  # week until which neither may attack
    freed: Array  # prisoners who go home


def outbreaks(state: State, world: World) -> Array:
    """Who begins a war with whom this week [power other]: by declaring it, by breaking a promise of
    peace to a neighbour, or by an attack across a quiet border; a truce bars it."""
    attacks = state.attack * (1.0 - state.engaged)
    west, east = (jnp.maximum(x, 0.0) for x in (world.end, -world.end))
    by_attack = (attacks * west) @ east.T + (attacks * east) @ west.T
    met = jnp.einsum("ka,pqa->kpq", world.peace, opposed(world))
    broken = state.breached[:, :, None] * world.party[:, None, :] * met
    by_breach = jnp.sum(broken, axis=0)
    others = 1.0 - jnp.eye(len(state.war))
    declared = jnp.where(state.truce > state.week, 0.0, state.declare)
    begins = (by_attack + by_breach + declared) * others > 0.0
    alive = 1.0 - state.collapsed
    return begins * (1.0 - state.war) * alive[:, None] * alive[None, :]


def deserted(state: State, world: World, war: Array, pairs: Array) -> Array:
    """Whom an ally leaves alone by a separate peace, and who does so [power other]: it makes peace
    (`pairs` [power other]) with an enemy whom the other goes on fighting (`war` [power other])."""
    alone, settled = war * (1.0 - pairs), war * pairs
    return jnp.minimum((alone @ settled.T) * allied(state, world), 1.0)


def calls(state: State, world: World, begins: Array, war: Array, chance: Array) -> Calls:
    """Allies of those with whom war was begun are called against whoever began it, and come by a
    uniform `chance`; all [power other]. Nobody is called against an ally, or to a war it is in."""
    others, allies = 1.0 - jnp.eye(len(state.war)), allied(state, world)
    free = (1.0 - war) * (1.0 - allies) * others * (1.0 - state.collapsed)[:, None]
    called = jnp.minimum(allies @ begins.T, 1.0) * free
    joins = called * (chance < world.coefficient.reliance)
    let_down = jnp.minimum((begins.T @ (called - joins).T) * allies, 1.0)
    return Calls(called, joins, let_down)


def truces(state: State, world: World) -> Truces:
    """An armistice ends war among its parties; prisoners go home where it says so."""
    signed = state.signed * (world.truce_weeks > 0.0)
    pairs = jnp.einsum("k,kp,kq->kpq", signed, world.party, world.party)
    pairs = pairs * (1.0 - jnp.eye(len(state.war)))
    until = state.week + world.truce_weeks[:, None, None]
    home = jnp.max(pairs * world.homeward[:, None, None], axis=0, initial=0.0)
    return Truces(
        jnp.max(pairs, axis=0, initial=0.0),
        jnp.max(pairs * until, axis=0, initial=0.0),
        home * state.prisoners,
    )


def strained(borne: Array, weights: Array, bounds: Array) -> Array:
    """How much each condition raises the hazard that a power breaks, log [... condition]:
    weight * max(borne - bound, 0).

    >>> strained(jnp.array([0.5, 2.0]), jnp.ones(2), jnp.ones(2)).tolist()
    [0.0, 1.0]
    """
    return weights * jnp.maximum(borne - bounds, 0.0)


def breaking(rate: Array, strain: Array) -> Array:
    """Weekly hazard that a power breaks: rate * exp(sum of its strain).

    >>> round(float(breaking(0.01, jnp.array([0.0, 1.0]))), 4)
    0.0272
    """
    return rate * jnp.exp(jnp.sum(strain, axis=-1))


def borne(state: State, world: World) -> Array:
    """What each power bears [power condition], by CONDITIONS: shares lost of its people and its
    capital, weeks that its army has been too small, losses over men in units, share of a vital
    need unmet."""
    owner = homes(state, world)
    people = world.place_people @ owner
    gone = (world.place_people * state.lost_share) @ owner
    held = owner * (1.0 - state.lost_share)[:, None]
    men = units(state)
    return jnp.stack(
        [
            # One without people or men at the start has neither to lose.
            jnp.where(people > 0.0, gone / jnp.maximum(people, 1.0), 0.0),
            jnp.sum(world.seat * (1.0 - held.T), axis=1),
            state.thin,
            jnp.where(men > 0.0, state.bled / jnp.maximum(men, 1.0), 0.0),
            state.unmet,
        ],
        axis=-1,
    )


def units(state: State) -> Array:
    """Men in units, the encircled among them [power]."""
    return jnp.sum(state.men, axis=1) + jnp.sum(state.pocket_men, axis=1)


def endured(state: State, world: World) -> State:
    """What every power bears by now, and how far it brings it to breaking; of one that has broken,
    what broke it."""
    c = world.coefficient
    hurt = jnp.sum(state.killed + state.wounded + state.captured, axis=1)
    at_war = jnp.max(state.war, axis=1, initial=0.0)
    under = at_war * (units(state) < world.army_least)
    state = state.replace(
        bled=state.bled * (1.0 - 1.0 / HALF_YEAR) + hurt, thin=under * (state.thin + 1.0)
    )
    weights = jnp.stack([getattr(c, f"break_{name}") for name in CONDITIONS])
    bounds = jnp.stack([getattr(c, f"break_{name}_from") for name in CONDITIONS])
    strain = strained(borne(state, world), weights, bounds)
    return state.replace(strain=jnp.where(state.collapsed[:, None] > 0.0, state.strain, strain))


def surrendered(state: State, world: World, breaks: Array) -> State:
    """Where a power that `breaks` [power] is at war, the encircled and some of the rest are taken
    by those who fight it there, as these have men; encircled equipment goes to its depots."""
    here, wisdom = (shared(x, state.attend, world) for x in (state.men, state.experience))
    # Whom each contingent has against it, and with how many men [contingent other].
    power, able = contingent_power(world), (1.0 - breaks)[:, None] * here
    takers = (power @ state.war) * faced(world) * (world.contingent_axis @ able.T)
    whole = of_powers(jnp.sum(takers, axis=1), world)
    gives = breaks[:, None] * (whole > 1.0)
    left = 1.0 - world.coefficient.captivity * gives
    taken = here - left * here + gives * state.pocket_men
    each = of_contingents(taken / jnp.maximum(whole, 1.0), world)[:, None] * takers
    kept, ring = 1.0 - gives, of_contingents(gives, world)[:, None]
    return state.replace(
        men=rejoined(left * here, state.attend, state.men, world),
        experience=rejoined(left * wisdom, state.attend, state.experience, world),
        pocket_men=kept * state.pocket_men,
        pocket_experience=kept * state.pocket_experience,
        pocket_kit=(1.0 - ring) * state.pocket_kit,
        depot=state.depot + power.T @ (ring * state.pocket_kit),
        prisoners=state.prisoners + each.T @ power,
        surrendered=taken,
    )


def step(state: State, world: World, key: Array) -> State:
    """A week of every war: who begins, joins, leaves and breaks; what changes hands by terms."""
    powers = len(state.war)
    answers = jax.random.uniform(key, (powers, powers + 1), minval=1e-6, maxval=1.0 - 1e-6)
    begins = outbreaks(state, world)
    war = jnp.maximum(state.war, jnp.maximum(begins, begins.T))
    call = calls(state, world, begins, war, answers[:, :powers])
    war = jnp.maximum(war, jnp.maximum(call.joins, call.joins.T))
    peace = truces(state, world)
    let_down = jnp.maximum(call.let_down, deserted(state, world, war, peace.pairs))

    state = endured(state, world)
    chance = -jnp.expm1(-breaking(world.coefficient.break_rate, state.strain))
    at_war = jnp.max(state.war, axis=1, initial=0.0)
    breaks = at_war * (answers[:, powers] < chance)
    state = surrendered(state, world, breaks)
    collapsed = jnp.maximum(state.collapsed, breaks)
    alive = 1.0 - collapsed
    war = war * (1.0 - peace.pairs) * alive[:, None] * alive[None, :]
    engaged = jnp.minimum(across(war, world), 1.0)
    now = jnp.max(war, axis=1, initial=0.0)
    blame = world.coefficient.blame_absent
    state = state.replace(
        war=war,
        truce=jnp.maximum(state.truce, peace.truce),
        collapsed=collapsed,
        outbreak=jnp.where(now > at_war, state.week.astype(jnp.float32), state.outbreak),
        engaged=engaged,
        hostile=jnp.max(engaged, axis=0, initial=0.0),
        called=call.called,
        joined=call.joins,
        prisoners=state.prisoners - peace.freed,
        reserve=state.reserve + jnp.sum(peace.freed, axis=0),
        broken_seen=state.broken_seen + blame * let_down,
    )
    return ceded(state, world)
