"""What is written down each week: the series that results are made of.

A series' formula is a function of State, World and the Tally of flows so far, for one member;
what it is of, in which unit and who may know it stands in `sinews.series`, under the same name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import trust_of
from sinews.model.cession import away, homes
from sinews.model.contracts import overdue
from sinews.model.laws import LAWS, added_up, breaches
from sinews.model.state import State
from sinews.model.strength import ample, quality, strength
from sinews.model.world import GOLD, World, fronted
from sinews.series import SERIES


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Tally:
    """Flows added up since the start, and the worst imbalance so far, for one member."""

    killed: Array  # [power]
    wounded: Array  # [power]
    sickened: Array  # [power]
    captured: Array  # [power]
    haul: Array  # [power] largest number captured in one week
    formed: Array  # [power]
    lost: Array  # [power item]
    made: Array  # [power item]
    received: Array  # [power item]
    bought: Array  # [power item]
    sold: Array  # [power item]
    yielded: Array  # [power material]
    imbalance: Array  # [law]


def opened(state: State) -> Tally:
    """The tally before the first week."""
    men, kit = jnp.zeros_like(state.dead), jnp.zeros_like(state.depot)
    return Tally(
        killed=men,
        wounded=men,
        sickened=men,
        captured=men,
        haul=men,
        formed=men,
        lost=kit,
        made=kit,
        received=kit,
        bought=kit,
        sold=kit,
        yielded=jnp.zeros_like(state.material),
        imbalance=jnp.zeros(len(LAWS)),
    )


def added(tally: Tally, before: State, after: State, world: World) -> Tally:
    """The tally with one more week's flows and breaches of the laws."""
    captured = jnp.sum(after.captured + after.surrendered, axis=1)
    return Tally(
        killed=tally.killed + jnp.sum(after.killed, axis=1),
        wounded=tally.wounded + jnp.sum(after.wounded, axis=1),
        sickened=tally.sickened + jnp.sum(after.sickened, axis=1),
        captured=tally.captured + captured,
        haul=jnp.maximum(tally.haul, captured),
        formed=tally.formed + after.formed,
        lost=tally.lost + after.lost,
        made=tally.made + after.made,
        received=tally.received + after.received,
        bought=tally.bought + after.bought,
        sold=tally.sold + after.sold,
        yielded=tally.yielded + after.yielded,
        imbalance=jnp.maximum(
            tally.imbalance, jnp.stack(list(breaches(before, after, world).values()))
        ),
    )


def _owned(s: State, w: World) -> Array:
    return added_up(LAWS["equipment"].stocks, partial(getattr, s), ("power", "item"), w)


def _at_fronts(by_theatre: Array, w: World) -> Array:
    return by_theatre @ fronted(w)


def _plant(s: State, w: World) -> Array:
    return homes(s, w).T @ s.plant


def _behind(s: State, w: World) -> Array:
    return (w.place_people * s.lost_share) @ homes(s, w)


def _lasting(s: State, w: World) -> Array:
    """Weeks that stocks and dumps last [power material], at what was used and sold in the week."""
    dump, spent, issued = (
        jnp.sum(x, axis=1) @ w.good_material for x in (s.dump, s.spent, s.issued)
    )
    leaves = s.used - issued + spent + s.sold_material
    return jnp.minimum((s.material + dump) / jnp.maximum(leaves, 1e-3), 520.0)


FORMULAS: dict[str, Callable[[State, Tally, World], Array]] = {
    "irrecoverable": lambda s, t, w: t.killed + t.captured,
    "sick_wounded": lambda s, t, w: t.wounded + t.sickened,
    "casualties": lambda s, t, w: t.killed + t.wounded + t.captured,
    "killed": lambda s, t, w: t.killed,
    "captured_men": lambda s, t, w: t.captured,
    "largest_haul": lambda s, t, w: t.haul,
    "field_strength": lambda s, t, w: _at_fronts(s.men, w),
    "force": lambda s, t, w: s.men,
    "quality": lambda s, t, w: quality(_at_fronts(s.men, w), _at_fronts(s.experience, w)),
    "strength": lambda s, t, w: strength(s, w),
    "days": lambda s, t, w: s.days,
    "fire": lambda s, t, w: ample(s, w, w.fired),
    "drive": lambda s, t, w: ample(s, w, w.driven),
    "front": lambda s, t, w: s.front,
    "formed": lambda s, t, w: t.formed,
    "ready": lambda s, t, w: s.ready,
    "untrained": lambda s, t, w: s.pool,
    "occupied": lambda s, t, w: _behind(s, w),
    "lost": lambda s, t, w: t.lost,
    "equipment": lambda s, t, w: _owned(s, w),
    "made": lambda s, t, w: t.made,
    "received": lambda s, t, w: t.received,
    "bought": lambda s, t, w: t.bought,
    "sold": lambda s, t, w: t.sold,
    "produced": lambda s, t, w: t.yielded[:, :GOLD],
    "capacity": lambda s, t, w: _plant(s, w),
    "materials": lambda s, t, w: s.material[:, :GOLD],
    "lasting": lambda s, t, w: _lasting(s, w)[:, :GOLD],
    "gold": lambda s, t, w: s.material[:, GOLD],
    "strength_seen": lambda s, t, w: s.strength_seen,
    "trust": lambda s, t, w: trust_of(s),
    "war": lambda s, t, w: s.war,
    "collapsed": lambda s, t, w: s.collapsed,
    "strain": lambda s, t, w: s.strain,
    "answer": lambda s, t, w: 2 * s.joined - s.called,
    "hostile": lambda s, t, w: s.hostile,
    "held": lambda s, t, w: (1 - away(s, w)) * (1 - s.lost_share),
    "ceded": lambda s, t, w: away(s, w),
    "in_force": lambda s, t, w: s.in_force,
    "broken": lambda s, t, w: s.broken,
    "demarcated": lambda s, t, w: s.demarcated,
    "delivered": lambda s, t, w: s.delivered,
    "late": lambda s, t, w: overdue(s, w),
    "paid": lambda s, t, w: s.paid[:, GOLD],
    "paid_in_kind": lambda s, t, w: jnp.sum(s.paid[:, :GOLD], axis=1),
    "lapsed": lambda s, t, w: s.lapsed,
    "void": lambda s, t, w: s.void,
    "defaulted": lambda s, t, w: s.defaulted,
    "imbalance": lambda s, t, w: t.imbalance,
}
"""Each series' values for one member, in the shape of its axes."""


def written(state: State, tally: Tally, world: World) -> Array:
    """All series of one week side by side, in the order of SERIES [number]."""
    return jnp.concatenate([jnp.ravel(FORMULAS[name](state, tally, world)) for name in SERIES])
