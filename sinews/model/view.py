"""View: what one power may know."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import bound, trust_of
from sinews.model.garrisons import kept_back
from sinews.model.state import State
from sinews.model.strength import strength
from sinews.model.world import World


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class View:
    """What one power knows: its own side's strength, its supply and reserves, its beliefs."""

    week: Array
    side: Array  # [] +1 its own end of every axis is the west, -1 the east
    strength: Array  # [axis] its own and its allies', men of quality 1
    strength_seen: Array  # [axis] the enemy's, as believed
    men: Array  # [theatre] its own
    days: Array  # [axis] of supply
    offensive: Array  # [axis] its own offensive under way
    front: Array  # [axis] km
    links: Array  # [link] 1 for those it may use
    hostile: Array  # [axis] at war there
    bound: Array  # [axis] an agreement bars it from attacking there
    keep: Array  # [theatre] men it wants to keep there
    trust: Array  # [power] that the others keep their word
    restraint: Array  # [] believed odds at which its leader breaks a peace


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Common:
    """What the views of all powers are cut from, worked out once for all."""

    muster: Array  # strength(state, world) [power axis]
    keep: Array  # kept_back(state, world) [power theatre]
    bound: Array  # bound(state, world) [power axis]
    trust: Array  # trust_of(state) [power other]


def common(state: State, world: World) -> Common:
    """What `view` needs for every power."""
    return Common(
        strength(state, world), kept_back(state, world), bound(state, world), trust_of(state)
    )


def view(state: State, world: World, power: int, shared: Common) -> View:
    """What `power` may know; `shared` is common(state, world)."""
    mine = world.side == world.side[power]
    return View(
        week=state.week,
        side=world.side[power],
        strength=jnp.sum(jnp.where(mine[:, None], shared.muster, 0.0), axis=0),
        strength_seen=state.strength_seen[power],
        men=state.men[power],
        days=state.days[power],
        offensive=state.offensive[power],
        front=state.front,
        links=world.link_power[:, power],
        hostile=state.hostile,
        bound=shared.bound[power],
        keep=shared.keep[power],
        trust=shared.trust[power],
        restraint=world.restraint[power],
    )
