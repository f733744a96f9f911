"""What one power knows of a campaign as it stands, cell by cell; all else is hidden from it.

Of State it knows its own forces and theirs who fight beside it, its own beliefs, the contracts and
agreements that it is party to and, as all do, where fronts stand and how long they have stood, who
holds what and where there is war.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from sinews.engine.simulate import Paused, lengthened
from sinews.model.state import State, quantities
from sinews.model.world import World, axis_theatre, contingent_power

Floats = NDArray[np.float32]

# Of State, known to all: the fronts, who holds what, and who is at war with whom.
OPEN = frozenset(
    "week front dug_in owner lost_share hostile engaged war truce collapsed outbreak".split()
)
# Of those who fight beside it: what makes up their strength there.
_BESIDE = frozenset("men experience equipment days dump attend".split())
# On its way to a report: nobody has read it.
_UNREAD = frozenset(("report_seen", "error_seen"))
# What a party to an agreement keeps from the others: its reasons, its doubts and its plans.
_SECRET = frozenset("gain_kept gain_broken breach_rate breach_week odds_signed".split())


def known_cells(state: State, world: World, power: int) -> dict[str, NDArray[np.bool_]]:
    """Which cells of State's fields a power knows; `state` is one member's."""
    owned = owners(world, power)
    fights = np.asarray(state.engaged * state.engaged[power]) > 0
    beside = fights & (np.asarray(world.end * world.end[power]) > 0)
    out: dict[str, NDArray[np.bool_]] = {}
    for field, about in quantities().items():
        shape, axes = np.shape(getattr(state, field)), about["axes"]
        out[field] = np.full(shape, field in OPEN)
        if field in OPEN or field in _UNREAD:
            continue
        out[field] |= own_cells(field, axes, shape, owned, False)
        if field in _BESIDE:
            near = beside if "axis" in axes else beside @ np.asarray(axis_theatre(world)) > 0
            if "army" in axes:
                mine, at = np.asarray(world.army_power), np.asarray(world.army_theatre)
                near = ((mine @ near) * at).sum(axis=1, keepdims=True) > 0
            elif "good" in axes:
                near = near[..., None]
            out[field] |= near
    return out


def owners(world: World, power: int) -> dict[str, NDArray[np.bool_]]:
    """What belongs to a power along each axis that has owners."""
    mine = np.arange(len(np.asarray(world.end))) == power
    link = np.asarray(world.link_power)[:, power] > 0
    ends = np.asarray(world.link_from) + np.asarray(world.link_to)
    return {
        "power": mine,
        "captor": mine,
        "link": link,
        "army": np.asarray(world.army_power)[:, power] > 0,
        "contingent": np.asarray(contingent_power(world))[:, power] > 0,
        "theatre": ends[link].sum(axis=0) > 0,
        "place": np.asarray(world.place_power)[:, power] > 0,
        "lot": np.asarray(world.lot_seller + world.lot_buyer)[:, power] > 0,
        "agreement": np.asarray(world.party)[:, power] > 0,
    }


def own_cells(
    name: str,
    axes: tuple[str, ...],
    shape: tuple[int, ...],
    owned: Mapping[str, NDArray[np.bool_]],
    open_to_all: bool,
) -> NDArray[np.bool_]:
    """Which cells of a field a power knows: along the first axis that has owners what is its own,
    and its own part in what is not; all or nothing of a field without owners.
    """
    owner = next((axis for axis in axes if axis in owned), None)
    keep = np.full(shape, open_to_all)
    if owner is not None:

        def along(axis: str) -> Any:
            return owned[axis].reshape([-1 if a == axis else 1 for a in axes])

        keep[:] = along(owner)
        if owner in ("link", "lot", "agreement") and "power" in axes:
            keep[:] = along("power") | (keep & (name not in _SECRET))
    return keep


@dataclass(frozen=True)
class Situation:
    """What a power knows of a campaign under way; NaN is what is hidden from it."""

    state: dict[str, Floats]
    """By field of State, but the week."""
    tally: dict[str, Floats]
    """By field of Tally."""
    rows: Floats
    """[week number]"""


def situation_of(paused: Paused, world: World, power: int, columns: NDArray[np.bool_]) -> Situation:
    """What a power knows of the first member of a block; `columns` [number] are the numbers of its
    rows that it may see."""
    state, tally = (_first(part) for part in paused.carry)
    cells = known_cells(state, world, power)
    own = np.arange(len(world.end)) == power

    def shown(values: Any, cells: Any) -> Floats:
        return np.where(cells, values, np.nan).astype(np.float32)

    def of_power(values: Any) -> Floats:
        return shown(values, own.reshape(-1, *[1] * (np.ndim(values) - 1)))

    flows = {f.name: getattr(tally, f.name) for f in fields(tally) if f.name != "imbalance"}
    return Situation(
        {n: shown(getattr(state, n), where) for n, where in cells.items() if n != "week"},
        {name: of_power(values) for name, values in flows.items()},
        shown(paused.rows[:, :, 0], columns),
    )


def _first(part: Any) -> Any:
    """A block's State or Tally, of its first member."""
    return jax.tree.map(lambda x: np.asarray(x)[..., 0] if np.ndim(x) else np.asarray(x), part)


def set_in(paused: Paused, there: Situation) -> Paused:
    """A block whose members are as a power knows that the campaign is, and otherwise as they
    were."""
    state, tally = paused.carry

    def set_to(now: Any, values: Floats) -> Any:
        now = np.asarray(now)
        if now.shape[:-1] != values.shape:  # by weeks to go, of which one world has more
            most = max(now.shape[1], values.shape[1])
            now, values = lengthened(now, most), lengthened(values, most)
        return np.where(np.isnan(values)[..., None], now, values[..., None])

    carry = (
        state.replace(**{n: set_to(getattr(state, n), x) for n, x in there.state.items()}),
        replace(tally, **{n: set_to(getattr(tally, n), x) for n, x in there.tally.items()}),
    )
    return replace(paused, carry=carry)


def seen_in(paused: Paused, there: Situation) -> Paused:
    """A block in whose rows stands what a power has seen, to the digit."""
    rows = there.rows[..., None]
    return replace(paused, rows=np.where(np.isnan(rows), paused.rows, rows))
