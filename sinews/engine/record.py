"""What is written down each week: the series that results are made of.

A series is a function of State, World and the Tally of flows so far, for one member. To add
one, add a row to SERIES; it then appears in every Dataset with its axes and unit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import trust_of
from sinews.model.laws import LAWS, breaches, gathered
from sinews.model.state import State
from sinews.model.strength import quality, strength
from sinews.model.world import World, this_week


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
    captured = jnp.sum(after.captured, axis=1)
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
    stocks = LAWS["equipment"].stocks
    out = jnp.zeros_like(s.depot)
    for name in stocks:
        out = out + gathered(name, getattr(s, name), ("power", "item"), w)
    return out


def _at_fronts(by_theatre: Array, s: State) -> Array:
    return jnp.sum(by_theatre[:, : s.front.shape[0]], axis=1)


def _plant(s: State, w: World) -> Array:
    return w.place_power.T @ s.plant


def _late(s: State, w: World) -> Array:
    signed = s.week > w.lot_signed
    due = this_week(w.lot_due, jnp.maximum(s.week - 1, 0))
    return jnp.where(signed, jnp.maximum(due - s.delivered, 0.0), 0.0)


def _behind(s: State, w: World) -> Array:
    return (w.place_people * s.lost_share) @ w.place_power


@dataclass(frozen=True)
class Series:
    """One recorded quantity: its axes (after member and week), unit, meaning and formula."""

    axes: tuple[str, ...]
    unit: str
    meaning: str
    of: Callable[[State, Tally, World], Array]


_P, _PI, _PA = ("power",), ("power", "item"), ("power", "axis")

SERIES: dict[str, Series] = {
    "irrecoverable": Series(
        _P,
        "men",
        "killed, missing and captured since the start",
        lambda s, t, w: t.killed + t.captured,
    ),
    "sick_wounded": Series(
        _P, "men", "wounded and sick since the start", lambda s, t, w: t.wounded + t.sickened
    ),
    "casualties": Series(
        _P,
        "men",
        "killed, wounded, missing and captured since the start",
        lambda s, t, w: t.killed + t.wounded + t.captured,
    ),
    "killed": Series(_P, "men", "killed and missing since the start", lambda s, t, w: t.killed),
    "captured_men": Series(_P, "men", "taken prisoner since the start", lambda s, t, w: t.captured),
    "largest_haul": Series(
        _P, "men", "most of its men captured in one week", lambda s, t, w: t.haul
    ),
    "field_strength": Series(
        _P, "men", "men in theatres with a front", lambda s, t, w: _at_fronts(s.men, s)
    ),
    "force": Series(("power", "theatre"), "men", "men in units", lambda s, t, w: s.men),
    "quality": Series(
        _P,
        "1",
        "mean quality of men in theatres with a front",
        lambda s, t, w: quality(_at_fronts(s.men, s), _at_fronts(s.experience, s)),
    ),
    "strength": Series(
        _PA, "men", "fighting strength, in men of quality 1", lambda s, t, w: strength(s, w)
    ),
    "days": Series(_PA, "days", "days of supply", lambda s, t, w: s.days),
    "front": Series(("axis",), "km", "where the front stands", lambda s, t, w: s.front),
    "formed": Series(_P, "men", "men formed into units since the start", lambda s, t, w: t.formed),
    "ready": Series(_P, "men", "trained men awaiting a unit", lambda s, t, w: s.ready),
    "untrained": Series(_P, "men", "men of age not called up", lambda s, t, w: s.pool),
    "occupied": Series(
        _P, "people", "people behind the enemy's front", lambda s, t, w: _behind(s, w)
    ),
    "equipment": Series(_PI, "items", "all it owns", lambda s, t, w: _owned(s, w)),
    "lost": Series(
        _PI, "items", "destroyed, abandoned or captured since the start", lambda s, t, w: t.lost
    ),
    "made": Series(_PI, "items", "made since the start", lambda s, t, w: t.made),
    "received": Series(
        _PI, "items", "come from outside since the start", lambda s, t, w: t.received
    ),
    "bought": Series(_PI, "items", "bought abroad since the start", lambda s, t, w: t.bought),
    "sold": Series(_PI, "items", "sold abroad since the start", lambda s, t, w: t.sold),
    "produced": Series(
        ("power", "material"), "t", "materials made since the start", lambda s, t, w: t.yielded
    ),
    "capacity": Series(
        ("power", "sector"), "units/week", "plant in working order", lambda s, t, w: _plant(s, w)
    ),
    "strength_seen": Series(
        _PA, "men", "the enemy's fighting strength as believed", lambda s, t, w: s.strength_seen
    ),
    "hostile": Series(("axis",), "1", "at war there", lambda s, t, w: s.hostile),
    "in_force": Series(("agreement",), "1", "in force", lambda s, t, w: s.in_force),
    "broken": Series(("agreement",), "1", "ended by a breach", lambda s, t, w: s.broken),
    "demarcated": Series(("agreement",), "km", "border marked", lambda s, t, w: s.demarcated),
    "trust": Series(
        ("power", "other"), "1", "trust in another's word", lambda s, t, w: trust_of(s)
    ),
    "delivered": Series(("lot",), "goods", "handed over and paid for", lambda s, t, w: s.delivered),
    "late": Series(("lot",), "goods", "due and not handed over", lambda s, t, w: _late(s, w)),
    "paid": Series(("lot",), "t", "gold paid for it", lambda s, t, w: s.paid),
    "lapsed": Series(("lot",), "1", "given up after a default", lambda s, t, w: s.lapsed),
    "materials": Series(("power", "material"), "t", "stocks", lambda s, t, w: s.material),
    "held": Series(
        ("place",),
        "1",
        "share of a place in its home power's hands",
        lambda s, t, w: 1 - s.lost_share,
    ),
    "gold": Series(_P, "t", "monetary gold", lambda s, t, w: s.gold),
    "imbalance": Series(
        ("law",), "1", "worst breach of each law in any week so far", lambda s, t, w: t.imbalance
    ),
}


def written(state: State, tally: Tally, world: World) -> Array:
    """All series of one week side by side, in the order of SERIES [number]."""
    return jnp.concatenate([jnp.ravel(s.of(state, tally, world)) for s in SERIES.values()])
