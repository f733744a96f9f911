"""Conservation laws, written once, as data: what is held changes only by what happened.

Each law names the stocks it adds up and the flows that may change their sum; everything else
must move between the stocks. Tests, the engine's record of imbalance and the docs read them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from sinews.model.state import State, quantities
from sinews.model.world import World, contingent_power


@dataclass(frozen=True)
class Law:
    """Sum of `stocks` = sum before + `gains` - `losses`, for each index of `axes`."""

    title: str
    axes: tuple[str, ...]
    stocks: tuple[str, ...]
    gains: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


LAWS: dict[str, Law] = {
    "men": Law(
        "Every man is in one place, and none is lost from the count",
        ("power",),
        stocks=(
            "men",
            "pocket_men",
            "hospital",
            "dead",
            "invalid",
            "prisoners",
            "reserve",
            "pool",
            "occupied",
            "training",
            "ready",
            "labour",
            "waiting_men",
            "moving_men",
        ),
        gains=("born", "acceded"),
        losses=("ceded",),
    ),
    "handovers": Law(
        "Men whom one power hands over another has", (), (), gains=("acceded",), losses=("ceded",)
    ),
    "equipment": Law(
        "Equipment of each type is made, given, taken, moved or lost",
        ("power", "item"),
        stocks=(
            "equipment",
            "workshop",
            "pocket_kit",
            "depot",
            "waiting_kit",
            "moving_kit",
            "set_aside",
            "shipping",
            "landed",
        ),
        gains=("made", "received", "seized", "bought"),
        losses=("lost", "sold"),
    ),
    "materials": Law(
        "Materials, gold among them, are made, mined, given, traded, paid or used",
        ("power", "material"),
        stocks=("material", "set_aside", "shipping", "landed"),
        gains=("yielded", "supplied", "bought_material", "paid_in"),
        losses=("used", "sold_material", "paid_out"),
    ),
    "munitions": Law(
        "Munitions and fuel at a front are sent there, and used or lost there",
        ("power", "axis", "good"),
        stocks=("dump",),
        gains=("issued",),
        losses=("spent",),
    ),
    "payments": Law(
        "What one pays another gets",
        ("material",),
        stocks=(),
        gains=("paid_in",),
        losses=("paid_out",),
    ),
    "contracts": Law(
        "Goods set aside for a contract are handed over, lost on the way or taken back",
        ("lot",),
        stocks=("set_aside", "shipping", "landed"),
        gains=("allotted",),
        losses=("handed", "sunk", "returned"),
    ),
}


def gathered(there: tuple[str, ...], values: Array, axes: tuple[str, ...], world: World) -> Array:
    """Values with the axes `there` summed to `axes`; what is on a link, in an army or in a
    contingent belongs to its power, and what is in a lot to its seller."""
    kept = tuple(a for a in there if a in axes or a in ("link", "lot", "army", "contingent"))
    dropped = tuple(i for i, axis in enumerate(there) if axis not in kept)
    values = jnp.sum(values, axis=dropped) if dropped else values
    for axis, owner in (
        ("link", world.link_power),
        ("army", world.army_power),
        ("contingent", contingent_power(world)),
    ):
        if axis in kept:
            return jnp.tensordot(owner.T, values, axes=1)
    if "lot" in kept and "lot" not in axes:
        good = world.lot_item if "item" in axes else world.lot_material
        return world.lot_seller.T @ (values[:, None] * good)
    return values


def added_up(
    names: tuple[str, ...], value: Callable[[str], Array], axes: tuple[str, ...], world: World
) -> Array:
    """What some fields of State hold together, summed to `axes`; `value` gives that of a field.

    Fields of one shape are added cell by cell, and gathered once.
    """
    alike: dict[tuple[tuple[str, ...], tuple[int, ...]], Array] = {}
    for name in names:
        more = value(name)
        kind = quantities()[name]["axes"], more.shape
        alike[kind] = alike[kind] + more if kind in alike else more
    out = jnp.zeros(())
    for (there, _), values in alike.items():
        out = out + gathered(there, values, axes, world)
    return out


def imbalance(law: Law, before: State, after: State, world: World) -> Array:
    """The worst breach of a law over its axes, as a share of what the law adds up.

    Changes are taken cell by cell before they are added up, so that float32 does not hide or
    feign a loss in a large sum.
    """

    def now(name: str) -> Array:
        return getattr(after, name)

    def grown(name: str) -> Array:
        if name in law.stocks:
            return now(name) - getattr(before, name)
        return -now(name) if name in law.gains else now(name)

    change = added_up((*law.stocks, *law.gains, *law.losses), grown, law.axes, world)
    whole = added_up((*law.stocks, *law.losses), now, law.axes, world)
    return jnp.max(jnp.abs(change) / jnp.maximum(whole, 1.0), initial=0.0)


def breaches(before: State, after: State, world: World) -> dict[str, Array]:
    """Imbalance of each law over one week (relative; 1e-6 is the bound that tests hold)."""
    return {name: imbalance(law, before, after, world) for name, law in LAWS.items()}
