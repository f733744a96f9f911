"""View: what one power may know, and strength, which every estimate is made of."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.state import State
from sinews.model.world import World, foes, this_week


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


def trust_of(state: State) -> Array:
    """Trust of each power in each other's word [power other]: the mean of a Beta distribution
    with the counts of promises kept and broken (Josang and Ismail).
    """
    return (state.kept_seen + 1.0) / (state.kept_seen + state.broken_seen + 2.0)


def bound(state: State, world: World) -> Array:
    """Whether an agreement in force bars a power from attacking across a border [power axis]."""
    mine = world.party * state.in_force[:, None]
    return jnp.minimum(mine.T @ world.peace, 1.0)


def ceilings(state: State, world: World) -> Array:
    """Most men that agreements in force allow [power theatre]; infinite where none does."""
    allowed = this_week(world.ceiling_men, state.week)
    held = jnp.where(state.in_force[:, None, None] > 0.0, allowed, jnp.inf)
    return jnp.min(held, axis=0, initial=jnp.inf)


# Standard deviations of doubt that a staff allows for before it lets a garrison go: it is sure
# of it nineteen times in twenty.
_SURE = 1.65


def kept_back(state: State, world: World) -> Array:
    """Men that a power wants to keep where they are [power theatre], agreements obeyed.

    A garrison that answers a border's threat shrinks as the strength there falls below what it
    was set against, in the eyes of its staff, and with trust in the other side while it is bound to
    keep the peace. On a front at war all stay.
    """
    fronts = state.front.shape[0]
    most = state.strength_seen * jnp.exp(_SURE * jnp.sqrt(state.doubt_seen))
    threat = jnp.clip(most / jnp.maximum(state.first_seen, 1.0), 0.0, 1.0)
    threat = jnp.where(state.first_seen > 0.0, threat, 1.0)
    facing = foes(world)[:, :, None] * world.present[None, :, :]
    trust = jnp.min(jnp.where(facing > 0.0, trust_of(state)[:, :, None], 1.0), axis=1)
    need = threat * (1.0 - world.relief[:, None] * trust * bound(state, world))
    calm = need @ world.backs.T + 1.0 - jnp.sum(world.backs, axis=1)
    # What stands behind a border at war is free to go there.
    rear = world.garrison * jnp.where(world.backs @ state.hostile > 0.0, 0.0, calm)
    keep = jnp.concatenate([world.guard * need, rear[:, fronts:]], axis=1)
    keep = jnp.minimum(keep, ceilings(state, world))
    fighting = jnp.concatenate([state.hostile, jnp.zeros_like(rear[0, fronts:])])
    return jnp.where(fighting > 0.0, jnp.inf, keep)


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

    Men in theatres without a war, less those it wants to keep there, go to the fronts over its
    links, nine tenths of them a week, shared by the believed need: the enemy's strength over its
    own, times what the ground is worth.
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


# Men whom no front calls leave a border at peace for the interior all the same.
_HOME = 1e-3


def reinforce(view: View, world: World, need: Array) -> Array:
    """Men to send a week over each link [link], from where there is no war, shared by `need`
    [axis]. What stands behind a border at war goes there and nowhere else."""
    fronts = need.shape[0]
    spare = jnp.maximum(view.men - view.keep, 0.0)
    called = (world.backs @ view.hostile)[:, None] > 0.0
    calls = jnp.where(called, world.backs > 0.0, True) * (need * view.hostile)
    to_front = jnp.sum((world.link_from @ calls) * world.link_to[:, :fronts], axis=1)
    from_border = jnp.sum(world.link_from[:, :fronts], axis=1)
    to_interior = jnp.sum(world.link_to[:, fronts:], axis=1)
    ahead = view.links * (to_front + _HOME * from_border * to_interior)
    rivals = world.link_from @ (world.link_from.T @ ahead)
    return 0.9 * (world.link_from @ spare) * ahead / jnp.maximum(rivals, 1e-6)
