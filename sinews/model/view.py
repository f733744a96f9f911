"""What one power may know: View of the week's State, Rules of the World.

A power knows its own forces, its beliefs, where fronts stand and where there is war; of the World
the open ground and its own rows. Nothing else reaches its policy.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import bound, trust_of
from sinews.model.garrisons import kept_back, threats
from sinews.model.gathering import called
from sinews.model.leaders import reading
from sinews.model.state import State
from sinews.model.strength import strength
from sinews.model.world import World, at_ends, axis_theatre, own_end


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class View:
    """What one power knows of the week: its forces and theirs who fight beside it, its beliefs."""

    week: Array
    strength: Array  # [axis] its own, at war with those beside it, men of quality 1
    strength_seen: Array  # [axis] the enemy's, as its leader reads what is believed
    men: Array  # [theatre] its own
    days: Array  # [axis] of supply
    offensive: Array  # [axis] its own offensive under way
    rested: Array  # [axis] weeks of regrouping that it has in hand
    front: Array  # [axis] km
    hostile: Array  # [axis] it is at war there
    called: Array  # [axis] it is, gathers for a war there, or is warned of one
    bound: Array  # [axis] an agreement bars it from attacking there
    keep: Array  # [theatre] men it wants to keep there, where its links lead
    trust: Array  # [power] that the others keep their word
    alarm: Array  # [axis] share by which what could come there has surely grown


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Rules:
    """What one power knows of the World: the ground, its own means, what its script fixes."""

    # the ground, open to all
    low: Array  # [axis] km, how far west a front may go
    high: Array  # [axis] km, how far east a front may go
    going: Array  # [axis] factor on the speed of advance
    axis_theatre: Array  # [axis theatre] whose men fight on it
    value: Array  # [axis] what the ground is worth
    pace_week: Array  # [week axis] season's factor on advance
    # its own; links of others are all zero
    end: Array  # [axis] +1 it stands at the west end, -1 at the east, 0 not there
    links: Array  # [link] 1 for those it may use
    link_from: Array  # [link theatre] where they start
    link_to: Array  # [link theatre] where they end
    link_km: Array  # [link] km
    link_trains: Array  # [link] trains a day
    backs: Array  # [theatre axis] border whose calm lets the garrison go, where its links lead
    restraint: Array  # [] believed odds at which its leader breaks a peace
    ruthless: Array  # [] how little losses hold its leader
    programme: Array  # [week item] production ordered
    # how it decides: coefficients of that name
    sent: Array
    shift: Array
    need_most: Array
    even_odds: Array
    steep: Array
    onward: Array
    overstretch: Array
    operation_weeks: Array
    regroup_weeks: Array
    passable: Array
    bold_odds: Array
    # its own orders that are fixed by date, NaN where it is free
    script_attack: Array  # [week axis]
    script_goal: Array  # [week axis] km
    script_attend: Array  # [week axis]
    script_stand: Array  # [week axis]
    script_send: Array  # [week link] men
    script_draft: Array  # [week]
    script_evacuate: Array  # [week]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Common:
    """What the views of all powers are cut from, worked out once for all."""

    muster: Array  # strength(state, world) [power axis]
    pooled: Array  # the same summed over the powers of its end [power axis]
    seen: Array  # strength_seen as leaders read it [power axis]
    called: Array  # called(state) [power axis]
    keep: Array  # kept_back(state, world, threats(state, world)) [power theatre]
    bound: Array  # bound(state, world) [power axis]
    trust: Array  # trust_of(state) [power other]
    alarm: Array  # how far threats(state, world) surely grew [power axis]


def common(state: State, world: World) -> Common:
    """What `view` needs for every power."""
    muster, threat = strength(state, world), threats(state, world)
    return Common(
        muster,
        own_end(at_ends(muster * state.engaged, world), world),
        state.strength_seen * reading(state, world),
        called(state),
        kept_back(state, world, threat),
        bound(state, world),
        trust_of(state),
        jnp.maximum(threat.least - 1.0, 0.0),
    )


def _reached(world: World, power: int) -> Array:
    """Whether a link of `power` leads to or from a theatre [theatre]."""
    return world.link_power[:, power] @ (world.link_from + world.link_to) > 0.0


def view(state: State, world: World, power: int, shared: Common) -> View:
    """What `power` may know of the week; `shared` is common(state, world)."""
    # Who fights beside it at the same end of a front tells it how strong they are.
    together, alone = shared.pooled[power], shared.muster[power]
    return View(
        week=state.week,
        strength=jnp.where(state.engaged[power] > 0.0, together, alone),
        strength_seen=shared.seen[power],
        men=state.men[power],
        days=state.days[power],
        offensive=state.offensive[power],
        rested=state.rested[power],
        front=state.front,
        hostile=state.engaged[power],
        called=shared.called[power],
        bound=shared.bound[power],
        keep=jnp.where(_reached(world, power), shared.keep[power], 0.0),
        trust=shared.trust[power],
        alarm=shared.alarm[power],
    )


def rules(world: World, power: int) -> Rules:
    """What `power` may know of the World."""
    links, c = world.link_power[:, power], world.coefficient
    return Rules(
        low=world.low,
        high=world.high,
        going=world.going,
        axis_theatre=axis_theatre(world),
        value=world.value,
        pace_week=world.pace_week,
        end=world.end[power],
        links=links,
        link_from=links[:, None] * world.link_from,
        link_to=links[:, None] * world.link_to,
        link_km=links * world.link_km,
        link_trains=links * world.link_trains,
        backs=jnp.where(_reached(world, power)[:, None], world.backs, 0.0),
        restraint=world.restraint[power],
        ruthless=world.ruthless[power],
        programme=world.programme[:, power],
        sent=c.sent,
        shift=c.shift,
        need_most=c.need_most,
        even_odds=c.even_odds,
        steep=c.steep,
        onward=c.onward,
        overstretch=c.overstretch,
        operation_weeks=c.operation_weeks,
        regroup_weeks=c.regroup_weeks,
        passable=c.passable,
        bold_odds=c.bold_odds,
        script_attack=world.script_attack[:, power],
        script_goal=world.script_goal[:, power],
        script_attend=world.script_attend[:, power],
        script_stand=world.script_stand[:, power],
        script_send=jnp.where(links > 0.0, world.script_send, jnp.nan),
        script_draft=world.script_draft[:, power],
        script_evacuate=world.script_evacuate[:, power],
    )
