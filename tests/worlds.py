"""Random worlds of two shapes, so that one compiled week serves every test of a shape.

In the wide one up to five powers stand at either end of up to six axes, or at neither; two of the
axes lie in theatres of others; links share railway lines, and journeys take several of them. Two
items (rifles, without which no unit forms, and tanks, some of which carry supply), three sectors,
three materials, of which no sector makes the last, gold, lots of goods on two routes, agreements
(these are drawn in bargains.py). A small one
of three powers and two fronts serves tests that are worked out by hand. A `Mix` says how extreme a
batch is; `campaign` runs a batch of wide worlds through the engine's blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from bargains import NEVER, WAYS, Sizes, Tables, begun_bargains, begun_beliefs, random_bargains
from hypothesis import strategies as st
from jax import Array

from sinews.engine.programs.compiled import known_options, program
from sinews.engine.record import Tally, opened, written
from sinews.engine.simulate import COMPILER, _segment
from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.council import step_of
from sinews.model.laws import LAWS, Law
from sinews.model.state import State, quantities
from sinews.model.week import WEEK, advance
from sinews.model.world import World
from sinews.policies import POLICIES

WIDE: Sizes = {
    "power": 5, "captor": 5, "other": 5, "theatre": 9, "axis": 6, "further": 2, "item": 2,
    "sector": 3, "material": 3, "tender": 3, "link": 12, "line": 6, "leg": 3, "place": 10,
    "age": 4, "week": 8, "lot": 6, "way": WAYS, "route": 2, "agreement": 4,
    "ceding": 4, "zone": 45,
    "army": 45, "contingent": 30, "condition": 5, "good": 2, "flank": 3,
}  # fmt: skip
SMALL: Sizes = WIDE | {
    "power": 3, "captor": 3, "other": 3, "theatre": 5, "axis": 2, "further": 0, "link": 7,
    "line": 5, "leg": 2, "place": 7, "lot": 4, "agreement": 2, "ceding": 2, "zone": 15,
    "army": 15, "contingent": 6, "flank": 1,
}  # fmt: skip
STAGES = {"training": 3, "building": 3, "relocating": 3}

MEMBERS, WEEKS = 32, 13
"""The size of a batch, and how long it runs."""

FOLLOWED = ("opportunist", "cautious", "defensive", "opportunist", "defensive")
"""The policies of the powers."""

# The small world's links as (power, from, to), its places as (home power, axis or None).
# Two of them lead from the first power's hub to the same front.
LINKS = ((0, 2, 0), (0, 2, 1), (1, 3, 0), (1, 3, 1), (1, 0, 1), (2, 4, 1), (0, 2, 0))
PLACES = ((0, 0), (1, 0), (0, 1), (1, 1), (0, None), (1, None), (2, None))


class Mix(NamedTuple):
    """How extreme a batch of worlds is."""

    seed: int = 0
    men: float = 1e5
    """Men in a cell, about."""
    kit: float = 1e-2
    """Items for a man, about."""
    empty: float = 0.2
    """Share of the cells that are empty."""
    pockets: float = 0.5
    """Share of the fronts with a pocket."""
    quiet: float = 0.3
    """Share of the pairs of powers that are at peace."""
    ends: bool = False
    """Coefficients at an end of their range."""
    powers: int = WIDE["power"]
    """How many are there, the others having nothing and standing nowhere; all, in a small world."""
    axes: int = WIDE["axis"]
    """How many have anybody at their ends; all, in a small world."""


mixes = st.builds(
    Mix,
    seed=st.integers(0, 2**32 - 1),
    men=st.sampled_from((1.0, 1e3, 1e5, 1e6)),
    kit=st.sampled_from((0.0, 1e-3, 1e-2, 1.0)),
    empty=st.sampled_from((0.0, 0.2, 0.6, 0.95)),
    pockets=st.sampled_from((0.0, 0.5, 1.0)),
    quiet=st.sampled_from((0.0, 0.3, 1.0)),
    ends=st.booleans(),
    powers=st.integers(1, WIDE["power"]) | st.just(WIDE["power"]),
    axes=st.integers(0, WIDE["axis"]) | st.just(WIDE["axis"]),
)


def shape_of(name: str, axes: tuple[str, ...], sizes: Sizes) -> tuple[int, ...]:
    """The shape of a field of State or World here."""
    return tuple(STAGES.get(name, 2) if a == "stage" else sizes[a] for a in axes)


def axes_of(kind: type) -> dict[str, tuple[str, ...]]:
    """The axes of every field of State or of World."""
    return {f.name: f.metadata["axes"] for f in fields(kind) if f.name != "coefficient"}


def one_hot(rows: Sequence[int | None], size: int) -> np.ndarray:
    """A table with a 1 in each row's column."""
    return np.array([[float(r == c) for c in range(size)] for r in rows]).reshape(len(rows), size)


def fronts_of(sizes: Sizes) -> int:
    """How many theatres have a front: the first ones, an axis each. After them come the hubs of the
    powers."""
    return sizes["axis"] - sizes["further"]


_ARMIES = ("army_power", "army_theatre", "contingent_army", "contingent_axis")


def armies_of(further: np.ndarray, sizes: Sizes) -> Tables:
    """The tables of armies and contingents, here an army of every power in every theatre and a
    contingent on every axis; `further` [further theatre] says where the further axes are."""
    powers, fronts = range(sizes["power"]), range(fronts_of(sizes))
    theatres = [*fronts, *further.argmax(axis=1)]
    made = {
        "army_power": one_hot([p for _ in range(sizes["theatre"]) for p in powers], len(powers)),
        "army_theatre": one_hot(
            [t for t in range(sizes["theatre"]) for _ in powers], sizes["theatre"]
        ),
        "contingent_army": one_hot(
            [t * len(powers) + p for t in theatres for p in powers], sizes["army"]
        ),
        "contingent_axis": one_hot(
            [a for a in range(sizes["axis"]) for _ in powers], sizes["axis"]
        ),
    }
    return {name: table.astype(np.float32) for name, table in made.items()}


Rail = tuple[int, int, int]
Site = tuple[int, int | None]


def railways(sizes: Sizes, rng: np.random.Generator) -> tuple[Sequence[Rail], Sequence[Site]]:
    """Links as (power, from, to), one of every power from its hub to a front, and places as (home
    power, axis or None), one of every power in the interior."""
    if sizes == SMALL:
        return LINKS, PLACES
    fronts, powers = fronts_of(sizes), range(sizes["power"])
    links = [(p, fronts + p, int(rng.integers(fronts))) for p in powers]
    places: list[Site] = [(p, None) for p in powers]
    while len(links) < sizes["link"]:
        start, end = rng.choice(sizes["theatre"], 2, replace=False)
        links.append((int(rng.integers(len(powers))), int(start), int(end)))
    while len(places) < sizes["place"]:
        places.append((int(rng.integers(len(powers))), int(rng.integers(sizes["axis"]))))
    return links, places


def shares_of(links: Sequence[Rail], sizes: Sizes, rng: np.random.Generator) -> np.ndarray:
    """What depots send over each link of a front's shortage: from hubs alone, over two links to
    one front together at most all of it."""
    fronts = fronts_of(sizes)
    from_hub = [start == fronts + power and end < fronts for power, start, end in links]
    share = rng.uniform(size=len(links)) * from_hub
    alike = np.array([[(p, b) == (q, d) for q, _, d in links] for p, _, b in links])
    return share / np.maximum(alike @ share, 1.0)


def random_world(mix: Mix, rng: np.random.Generator, sizes: Sizes) -> Tables:
    """World's tables, without coefficients."""
    u = rng.uniform
    size = {n: shape_of(n, a, sizes) for n, a in axes_of(World).items() if n not in _ARMIES}
    own, odd = rng.spawn(2)
    powers, axes = size["end"]
    # The first two face each other on all axes but where one is missing; the others anybody.
    end = rng.choice([1.0, -1.0], (powers, axes))
    end[1] = -end[0]
    end = end * (u(size=(powers, axes)) < 0.8)
    links, places = railways(sizes, own)
    homes = [p for p, _ in places]
    home = one_hot(homes, powers)
    place_end = [end[p, a] if a is not None and end[p, a] else own.choice([1.0, -1.0])
                 for p, a in places]  # fmt: skip
    district = u(size=size["district"]) * (u(size=size["district"]) < 0.5)
    district[np.arange(powers), fronts_of(sizes) + np.arange(powers)] += 0.5
    refuge = u(size=len(places))
    refuge /= home @ (refuge @ home)
    holes = {n: u(size=size[n]) < 0.5 for n in size if n.startswith("script_")}
    # Most worlds leave attacks to the policies, so that some borders stay at peace.
    holes["script_attack"] |= u() < 0.7
    line_power = own.uniform(size=size["line_power"])
    per_worker = np.array([2.0, 1.0, 40.0]) * u(0.5, 2.0, size["per_worker"])
    users = odd.uniform(size=(powers, 1)) < 0.8
    further = one_hot(own.integers(0, fronts_of(sizes), sizes["further"]), sizes["theatre"])
    made = {
        "end": end,
        "further": further,
        "wear": u(0.5, 1.5, powers),
        "appetite": u(0.5, 1.5, powers),
        "surprised": rng.integers(0, 3, powers),
        "district": district / district.sum(axis=1, keepdims=True),
        "quality_week": u(0.6, 1.1, size["quality_week"]),
        "cohort": mix.men * u(0, 0.02, powers),
        "mobilise": mix.men * u(0, 0.5, powers),
        "call_up": mix.men * u(0, 0.2, powers),
        "ceiling": rng.choice([0.0, 3e6, 10 * mix.men], powers),
        "army_least": mix.men * own.uniform(0, 3, powers),
        "vital": own.uniform(size=size["vital"]) < 0.5,
        "raise_most": mix.men * u(0, 0.5, powers),
        "training_weeks": u(4, 20, powers),
        "quality_reserve": u(0.3, 0.9, powers),
        "hospital_weeks": u(5, 12, powers),
        "return_share": u(0.4, 0.9, powers),
        "killed_share": u(0.2, 0.4, powers),
        "mined": u(0, 3, size["mined"]),
        "weight": u(0, 60, 2),
        "establishment": [0.5, 2e-3] * u(0.5, 2, 2),
        "hit": u(0.5, 6, 2),
        "fragile": u(0, 0.4, 2),
        "off_hit": u(0.2, 0.5, 2),
        "off_broken": u(0, 0.3, 2),
        "load": [1e-4, 0.04] * u(0.5, 2, 2),
        "hours": [20, 5000] * u(0.5, 2, 2),
        "armour": [0, 1],
        "carries": [0, u()],
        "gates": [1, 0],
        "good_material": one_hot([0, 1], 3),
        "fired": [4e-4, 1e-4] * own.uniform(size=(powers, 2)) * users,
        "driven": [0, 0.02] * own.uniform(size=(powers, 2)) * users,
        "maker": one_hot([2, 2], 3),
        "item_input": u(0, 3, size["item_input"]) * [[1], [1], [0]],
        "becomes": np.diag(u(0, 0.5, 2)),
        "makes": one_hot([0, 1, None], 3),
        "sector_input": [[0, 0.5, 0], [0.1, 0, 0], [0, 0, 0]] * u(0, 1, size["sector_input"]),
        "capital": one_hot([1, 0, 1], 3).T * u(0, 5, 3),
        "per_worker": per_worker * (u(size=per_worker.shape) < 0.9),
        "programme": mix.men * mix.kit * u(0, 0.1, size["programme"]),
        "gift": mix.men * mix.kit * u(0, 0.02, size["gift"]),
        "gift_material": u(0, 1e3, size["gift_material"]),
        "first_output": 1.0 + mix.men * mix.kit * u(0, 1, size["first_output"]),
        "plant_trains": u(0, 0.01, size["plant_trains"]),
        "low": u(-900, -300, axes),
        "high": u(300, 900, axes),
        "going": u(0.5, 1.2, axes),
        # In the small world, worked out by hand, fronts have no bounds and no neighbours.
        "width": (sizes != SMALL)
        * odd.choice([0.0, 1.0], axes)
        * mix.men
        / odd.uniform(100.0, 9e3, axes),
        "flank": (sizes != SMALL)
        * np.array([np.eye(axes)[i] - np.eye(axes)[i + 1] for i in range(size["flank"][0])]),
        "flank_km": odd.uniform(100.0, 900.0, size["flank_km"]),
        "value": u(0.5, 1.5, axes),
        "garrison": mix.men * u(0, 0.2, size["garrison"]),
        "base": u(-300, 300, size["base"]),
        "pace_week": u(0.2, 1.0, 8)[:, None] * own.uniform(0.5, 1.0, size["pace_week"]),
        "place_axis": one_hot([a for _, a in places], axes),
        "place_power": home,
        "place_end": place_end,
        "seat": np.eye(len(places))[own.integers(0, len(places), powers)]
        * own.choice([0.0, 1.0], (powers, 1)),
        "place_km": np.negative(place_end) * u(0, 300, len(places)),
        "place_people": mix.men * u(1, 30, len(places)),
        "place_fort": u(0, 0.8, len(places)) * (u(size=len(places)) < 0.5),
        "refuge": refuge,
        "link_power": one_hot([p for p, _, _ in links], powers),
        "link_from": one_hot([a for _, a, _ in links], sizes["theatre"]),
        "link_to": one_hot([b for _, _, b in links], sizes["theatre"]),
        "link_km": u(100, 14000, len(links)),
        "link_trains": u(1, 80, len(links)),
        "link_share": shares_of(links, sizes, own),
        "link_direct": own.uniform(size=len(links)) < 0.7,
        # Links share lines, each runs over one at least, and powers share what a line can spare.
        "link_line": np.eye(sizes["line"])[
            own.integers(0, sizes["line"], (len(links), sizes["leg"]))
        ],
        "line_trains": own.uniform(1, 80, sizes["line"]),
        "users": odd.uniform(size=size["users"]) < 0.8,
        "line_power": line_power / line_power.sum(axis=1, keepdims=True),
        "script_attack": np.where(
            holes["script_attack"], np.nan, u(size=size["script_attack"]) < 0.7
        ),
        "script_goal": np.where(holes["script_goal"], np.nan, u(-900, 900, size["script_goal"])),
        "script_declare": np.where(u(size=size["script_declare"]) < 0.99, np.nan, 1.0),
        "script_attend": np.where(holes["script_attend"], np.nan, u(size=size["script_attend"])),
        "script_stand": np.where(holes["script_stand"], np.nan, u(-1, 1, size["script_stand"])),
        "script_send": np.where(
            holes["script_send"], np.nan, mix.men * u(0, 1.5, size["script_send"])
        ),
        "script_draft": np.where(holes["script_draft"], np.nan, u(size=size["script_draft"])),
        "script_evacuate": np.where(
            holes["script_evacuate"], np.nan, u(size=size["script_evacuate"])
        ),
    }
    made |= random_bargains(mix.men, mix.kit, end, rng, sizes)
    made["home_use"] = u(0, 1e3, size["home_use"]) * [1, 1, 0]
    # A table that is new to this page is drawn from [0, 1); the last orders move no other draw.
    late = ("kept_back", "suspended")
    drawn = {n: made[n] if n in late else made.get(n, u(size=x)) for n, x in size.items()}
    tables = {n: np.asarray(x, np.float32) for n, x in drawn.items()}
    assert {n: v.shape for n, v in tables.items()} == size and not made.keys() - size.keys()
    return without(mix, tables | armies_of(further, sizes))


def emptied(mix: Mix, kind: type, values: Tables, world: Tables) -> Tables:
    """The same where powers beyond those of the mix have nothing, and stand nowhere; and where
    nobody stands at axes beyond."""
    there = np.arange(len(world["end"])) < mix.powers
    owned = {"power": there, "captor": there, "place": world["place_power"] @ there}
    owned |= {"link": world["link_power"] @ there, "lot": world["lot_seller"] @ there}
    owned["army"] = world["army_power"] @ there
    owned["contingent"] = world["contingent_army"] @ owned["army"]
    owned["axis"] = np.arange(world["end"].shape[1]) < mix.axes
    out = dict(values)
    for name, axes in axes_of(kind).items():
        unit = kind.__dataclass_fields__[name].metadata["unit"].removesuffix("/week")
        cleared = owned if name == "end" else owned.keys() - {"axis"}
        for at, axis in enumerate(axes):
            if axis in cleared and (name == "end" or unit in _HELD):
                shape = [-1 if i == at else 1 for i in range(len(axes))]
                out[name] = out[name] * owned[axis].reshape(shape).astype(np.float32)
    return out


def without(mix: Mix, world: Tables) -> Tables:
    """The tables of a world without the powers and axes beyond those of the mix: nothing is signed
    with such a power."""
    gone = np.arange(len(world["end"])) >= mix.powers
    alone = {
        "offered": world["party"] @ gone > 0,
        "lot_signed": (world["lot_seller"] + world["lot_buyer"]) @ gone > 0,
    }
    never = {n: np.where(x, NEVER, world[n]).astype(np.float32) for n, x in alone.items()}
    return emptied(mix, World, world | never, world)


_HELD = ("men", "items", "t", "units", "goods")

# What is worth how much beside a cell of men or of items; experience is drawn with its men.
_SCALES = {
    "hospital": 0.1, "dead": 0.5, "invalid": 0.1, "prisoners": 0.3, "reserve": 3.0, "pool": 8.0,
    "occupied": 1.0, "training": 0.3, "ready": 0.5, "labour": 3.0, "waiting_men": 0.2,
    "moving_men": 0.1, "pocket_men": 0.3,
}  # fmt: skip
_QUALITY = {
    "experience": "men",
    "pocket_experience": "pocket_men",
    "hospital_experience": "hospital",
    "ready_experience": "ready",
    "waiting_experience": "waiting_men",
    "moving_experience": "moving_men",
}


def at_war(hostile: np.ndarray, end: np.ndarray) -> Tables:
    """War between all who face each other on some axes."""
    return fought(hostile > 0, end)


def fought(war: np.ndarray, end: np.ndarray) -> Tables:
    """War between who faces each other on an axis where, or if, they are at war [power other axis],
    and who fights where."""
    across = end[:, None] * end[None] < 0
    war = (across * war).max(axis=2).astype(np.float32)
    engaged = (across * war[:, :, None]).max(axis=1).astype(np.float32)
    return {"war": war, "engaged": engaged, "hostile": engaged.max(axis=0)}


def attended(weight: np.ndarray, world: Tables) -> np.ndarray:
    """Shares of a theatre's men on its axes, by weight, where their power stands [power axis]."""
    weight = weight * np.abs(world["end"])
    firsts = len(weight[0]) - len(world["further"])
    whose = np.concatenate([np.eye(firsts, world["further"].shape[1]), world["further"]])
    return weight / np.maximum(weight @ whose @ whose.T, 1e-9)


def random_state(mix: Mix, rng: np.random.Generator, world: Tables, sizes: Sizes) -> Tables:
    """State's arrays at the start of a campaign in `world`."""
    made: dict[str, Any] = {}
    for name, about in quantities().items():
        size, unit = shape_of(name, about["axes"], sizes), about["unit"]
        full = rng.uniform(size=size) >= mix.empty
        if about["part"] in ("decided", "happened"):
            made[name] = np.zeros(size)
        elif unit == "men":
            made[name] = mix.men * _SCALES.get(name, 1.0) * rng.lognormal(0, 1, size) * full
        elif unit == "items":
            per_item = mix.men * mix.kit * np.array([30.0, 1.0])
            made[name] = per_item * rng.lognormal(0, 1, size) * full
        else:
            made[name] = 1e4 * rng.lognormal(0, 1, size) * full
    for name, men in _QUALITY.items():
        made[name] = made[men] * rng.uniform(0.05, 1.05, np.shape(made[men]))
    powers, axes = world["end"].shape
    closed = rng.uniform(size=axes) < mix.pockets
    for name in ("pocket_men", "pocket_experience"):
        made[name] = made[name] * closed
    made["pocket_kit"] = made["pocket_kit"] * (world["contingent_axis"] @ closed)[:, None]
    # Who is at war with whom is drawn by pair, so that some stand beside a war and have no part.
    pairs = np.triu(rng.uniform(size=(powers, powers)) >= mix.quiet, 1)
    wars = fought((pairs | pairs.T)[:, :, None], world["end"])
    made |= begun_bargains(rng, world) | begun_beliefs(mix.men, rng, sizes)
    plant = (len(world["place_km"]), sizes["sector"])
    made |= {
        **wars,
        "truce": np.zeros((powers, powers)),
        "outbreak": np.zeros(powers),
        "collapsed": (rng.uniform(size=powers) < 0.05) * (wars["war"].max(axis=1) == 0),
        "bled": mix.men * rng.uniform(0, 2, powers),
        "attend": attended(rng.uniform(size=(powers, axes)), world),
        "week": np.int32(0),
        "front": rng.uniform(-150, 150, axes),
        "railhead": rng.uniform(-300, 300, (powers, axes)),
        "dug_in": rng.uniform(0, 10, axes),
        "days": rng.uniform(0, 30, (powers, axes)),
        "offensive": (rng.uniform(size=(powers, axes)) < 0.5) * wars["engaged"],
        "fortune": rng.normal(0, 0.1, axes),
        "owner": world["place_power"],
        "lost_share": np.zeros(len(world["place_km"])),
        "unmet": rng.uniform(0, 1, powers),
        "schooling": rng.uniform(0.2, 0.6, powers),
        "thin": rng.integers(0, 12, powers),
        "strain": np.zeros((powers, sizes["condition"])),
        "plant": rng.uniform(0, 1e4, plant) * (rng.uniform(size=plant) >= mix.empty),
        "building": rng.uniform(0, 10, (powers, sizes["sector"], 3)),
        "relocating": rng.uniform(0, 10, (powers, sizes["sector"], 3)),
        "output": world["first_output"],
        "gathered": rng.integers(0, 16, (powers, axes)) * (rng.uniform(size=(powers, axes)) < 0.4),
    }
    made["labour"] = made["labour"] * (world["place_power"].T @ made["plant"] > 0)
    state = {n: np.asarray(v, np.int32 if n == "week" else np.float32) for n, v in made.items()}
    return emptied(mix, State, state, world)


def random_coefficients(mix: Mix, rng: np.random.Generator) -> Tables:
    """One number for each coefficient, in its range."""
    share = rng.uniform(size=len(COEFFICIENTS))
    share = np.round(share) if mix.ends else share
    return {
        c.name: np.float32(c.low + s * (c.high - c.low))
        for c, s in zip(COEFFICIENTS.values(), share, strict=True)
    }


def random_one(mix: Mix, member: int = 0, sizes: Sizes = SMALL) -> tuple[State, World]:
    """One world of a mix and its state."""
    rng = np.random.default_rng((mix.seed, member))
    tables = random_world(mix, rng, sizes)
    state = State(**random_state(mix, rng, tables, sizes))
    return state, World(coefficient=Coefficients(**random_coefficients(mix, rng)), **tables)


@dataclass(frozen=True)
class Batch:
    """Worlds side by side, members last in every leaf but the week."""

    state: State
    world: World
    keys: Array


def side_by_side(pairs: list[tuple[State, World]], first: int) -> Batch:
    """Some worlds as a batch, with the luck of as many members from `first` on."""
    state, world = jax.tree.map(lambda *xs: np.stack(xs, axis=-1), *pairs)
    members = jnp.arange(first, first + len(pairs))
    keys = jax.vmap(lambda i: jax.random.fold_in(jax.random.key(0), i))(members)
    return Batch(state.replace(week=np.int32(0)), world, keys)


def random_batch(mix: Mix) -> Batch:
    """MEMBERS wide worlds of a mix."""
    return side_by_side([random_one(mix, i, WIDE) for i in range(MEMBERS)], mix.seed % 1000)


def week_of() -> dict[str, Any]:
    """The week of these worlds: the small one's powers follow the first of the policies."""
    return WEEK | {"council": step_of([POLICIES[n] for n in FOLLOWED])}


@cache
def alone(name: str) -> Any:
    """One step of the week compiled for one member."""
    return jax.jit(week_of()[name], compiler_options=known_options(COMPILER))


def grown(mix: Mix, weeks: int) -> tuple[State, World]:
    """A small world some weeks on."""
    state, world = random_one(mix)
    steps = {name: alone(name) for name in week_of()}
    for week in range(weeks):
        state = advance(state, world, jax.random.key(week), steps)
    return jax.tree.map(np.asarray, state), world


def having(state: State, world: World) -> tuple[State, World]:
    """Which leaves have the member axis: all but the week."""
    return (
        jax.tree.map(lambda _: True, state).replace(week=False),
        jax.tree.map(lambda _: True, world),
    )


@cache
def _untold() -> Tally:
    """The tally of MEMBERS worlds before the first week."""
    one = jax.eval_shape(opened, random_one(Mix(), sizes=WIDE)[0])
    return jax.tree.map(lambda x: np.zeros((*x.shape, MEMBERS), x.dtype), one)


def _around(batch: Batch) -> tuple[Any, ...]:
    """What a segment of one week is given beside its state: all of World differs by member."""
    return batch.world, {}, np.asarray(jax.random.key_data(batch.keys)).T, np.int32(1)


@cache
def _program() -> Any:
    """The engine's own segment of MEMBERS worlds: kept, so that one worker compiles it for all."""
    state, world = random_one(Mix(), sizes=WIDE)
    width = jax.eval_shape(written, state, jax.eval_shape(opened, state), world).shape[0]
    segment, batch = _segment(week_of(), tuple(axes_of(World)), width), random_batch(Mix())
    carry = batch.state, _untold()
    return program(segment, (carry, *_around(batch)), (carry, True), options=COMPILER)


def campaign(batch: Batch) -> list[State]:
    """The states at the start and after each of WEEKS weeks, as numpy arrays, members last."""
    carry, history = (batch.state, _untold()), [batch.state]
    for _ in range(WEEKS):
        carry, _ = _program()(carry, *_around(batch))
        history.append(jax.device_get(carry[0]))
    return history


@lru_cache(8)
def lived(mix: Mix) -> tuple[Batch, list[State]]:
    """A batch of a mix and its campaign, which tests of the same mix share."""
    batch = random_batch(mix)
    return batch, campaign(batch)


def imbalance(law: Law, before: State, after: State, world: World) -> np.ndarray:
    """Worst breach of a law by member, in double precision, independent of `laws.imbalance`."""

    def total(name: str, values: np.ndarray) -> np.ndarray:
        axes = quantities()[name]["axes"]
        out, left = np.asarray(values, np.float64), list(axes)
        for axis in axes:
            if axis not in (*law.axes, "link", "lot", "army", "contingent"):
                out = out.sum(axis=left.index(axis))
                left.remove(axis)
        owners = {"link": world.link_power, "army": world.army_power}
        owners["contingent"] = np.einsum("cam,apm->cpm", world.contingent_army, world.army_power)
        for axis in owners.keys() & set(left):
            out = np.einsum("lpm,l...m->p...m", np.asarray(owners[axis]), out)
        if "lot" in left and "lot" not in law.axes:
            good = getattr(world, f"lot_{law.axes[1]}")
            out = np.einsum("lpm,lgm,lm->pgm", np.asarray(world.lot_seller), good, out)
        return out

    def wide(state: State, name: str) -> np.ndarray:
        return np.asarray(getattr(state, name), np.float64)

    change = sum(total(n, wide(after, n) - wide(before, n)) for n in law.stocks)
    whole = sum(total(n, wide(after, n)) for n in (*law.stocks, *law.losses))
    change = change - sum(total(n, wide(after, n)) for n in law.gains)
    change = change + sum(total(n, wide(after, n)) for n in law.losses)
    breach = np.abs(change) / np.maximum(whole, 1.0)
    return breach.max(axis=tuple(range(breach.ndim - 1)))


def worst_imbalances(history: list[State], world: World) -> dict[str, float]:
    """The worst breach of each law in any week of any member."""
    pairs = list(pairwise(history))
    return {
        name: max(float(imbalance(law, a, b, world).max()) for a, b in pairs)
        for name, law in LAWS.items()
    }
