"""View: what one power may know, and strength, which every estimate is made of."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, this_week


def fighting(men: Array, quality: Array, days: Array, kit: Array, world: World) -> Array:
    """A power's strength on a front, in supplied men of quality 1.

    quality * supply * (men + sum of weight * min(kit, establishment * men)): equipment beyond
    establishment has no crews and adds nothing. Shape after Dupuy's P = S V CEV; the cap after
    RAND's situational force scoring (form judged). `men`, `quality`, `days` [power axis], `kit`
    [power axis item].
    """
    manned = jnp.minimum(kit, world.establishment[None, None, :] * men[:, :, None])
    fed = jnp.where(days > 0.5, 1.0, 0.7)
    return quality * fed * (men + jnp.sum(world.weight[None, None, :] * manned, axis=2))


def quality(men: Array, experience: Array) -> Array:
    """Mean quality of a body of men, zero where there are none."""
    return jnp.where(men > 0.0, experience / jnp.maximum(men, 1e-3), 0.0)


def strength(state: State, world: World) -> Array:
    """Every power's strength on every front this week [power axis], the season's part included."""
    fronts = state.front.shape[0]
    men = state.men[:, :fronts]
    season = this_week(world.quality_week, state.week)
    q = quality(men, state.experience[:, :fronts]) * season[:, None]
    return world.present * fighting(men, q, state.days, state.equipment[:, :fronts], world)


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


def view(state: State, world: World, power: int, muster: Array) -> View:
    """What `power` may know; `muster` is strength(state, world), worked out once for all."""
    mine = world.side == world.side[power]
    return View(
        week=state.week,
        side=world.side[power],
        strength=jnp.sum(jnp.where(mine[:, None], muster, 0.0), axis=0),
        strength_seen=state.strength_seen[power],
        men=state.men[power],
        days=state.days[power],
        offensive=state.offensive[power],
        front=state.front,
        links=world.link_power[:, power],
    )


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Orders:
    """What one power decides for the week."""

    attack: Array  # [axis] 1 attack when supply allows, 0 hold
    goal: Array  # [axis] km, how far offensives are to go
    stand: Array  # [axis] +1 stand fast .. -1 free to withdraw
    send: Array  # [link] men to send; links of other powers are ignored
    draft: Array  # [] share of the largest call-up
    evacuate: Array  # [] share of plant near the front to move this week


def hold(view: View, world: World) -> Orders:
    """The orders of a power that lets things run: defend, call up, evacuate, feed its fronts.

    Men in theatres without a front, less the garrison, go to the fronts over its links, nine
    tenths of them a week, shared by the believed need: the enemy's strength over its own, times
    what the ground is worth.
    """
    need = world.value * (view.strength_seen + 1.0) / (view.strength + 1.0)
    return Orders(
        attack=jnp.zeros_like(view.front),
        goal=jnp.where(view.side > 0.0, world.high, world.low),
        stand=jnp.zeros_like(view.front),
        send=reinforce(view, world, need),
        draft=jnp.ones(()),
        evacuate=jnp.ones(()),
    )


def reinforce(view: View, world: World, need: Array) -> Array:
    """Men to send a week over each link [link], from rear theatres, shared by `need` [axis]."""
    fronts = need.shape[0]
    spare = jnp.maximum(view.men - world.garrison, 0.0)[fronts:]
    ahead = view.links * (world.link_to[:, :fronts] @ need)
    behind = world.link_from[:, fronts:] @ spare
    rivals = world.link_from @ (world.link_from.T @ ahead)
    return 0.9 * behind * ahead / jnp.maximum(rivals, 1e-6)
