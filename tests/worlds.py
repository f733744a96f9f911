"""Random small worlds, all of one shape, so that one compiled week serves every test.

Three powers, each at either end of a front or at neither, two fronts and three rear theatres, two
items (rifles, without which no unit forms, and tanks, some of which carry supply), three sectors,
two materials, four lots of goods on two routes, two agreements (these are drawn in bargains.py).
A `Mix` says how extreme a batch of them is; `campaign` runs a batch through the engine's blocks.
"""

from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from bargains import WAYS, begun_bargains, begun_beliefs, random_bargains
from hypothesis import strategies as st
from jax import Array

from sinews.engine.programs.compiled import program
from sinews.engine.record import Tally, opened, written
from sinews.engine.simulate import COMPILER, _segment
from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.council import step_of
from sinews.model.laws import LAWS, Law
from sinews.model.state import State, quantities
from sinews.model.week import WEEK
from sinews.model.world import World
from sinews.policies import POLICIES

SIZES = {
    "power": 3, "captor": 3, "theatre": 5, "axis": 2, "further": 0, "item": 2, "sector": 3,
    "material": 2, "link": 7, "line": 5, "leg": 2, "place": 7, "age": 4, "week": 8, "lot": 4,
    "way": WAYS, "route": 2, "agreement": 2, "other": 3,
}  # fmt: skip
STAGES = {"training": 3, "building": 3, "relocating": 3}

MEMBERS, WEEKS = 64, 13
"""The size of a batch, and how long it runs."""

FOLLOWED = ("opportunist", "cautious", "defensive")
"""The policies of the three powers."""

# Links as (power, from, to), places as (home power, axis or None).
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
    """Share of the fronts that are borders at peace."""
    ends: bool = False
    """Coefficients at an end of their range."""


mixes = st.builds(
    Mix,
    seed=st.integers(0, 2**32 - 1),
    men=st.sampled_from((1.0, 1e3, 1e5, 1e6)),
    kit=st.sampled_from((0.0, 1e-3, 1e-2, 1.0)),
    empty=st.sampled_from((0.0, 0.2, 0.6, 0.95)),
    pockets=st.sampled_from((0.0, 0.5, 1.0)),
    quiet=st.sampled_from((0.0, 0.3, 1.0)),
    ends=st.booleans(),
)


def shape_of(name: str, axes: tuple[str, ...]) -> tuple[int, ...]:
    """The shape of a field of State or World here."""
    return tuple(STAGES.get(name, 2) if a == "stage" else SIZES[a] for a in axes)


def axes_of(kind: type) -> dict[str, tuple[str, ...]]:
    """The axes of every field of State or of World."""
    return {f.name: f.metadata["axes"] for f in fields(kind) if f.name != "coefficient"}


def one_hot(rows: list[int | None], size: int) -> np.ndarray:
    """A table with a 1 in each row's column."""
    return np.array([[float(r == c) for c in range(size)] for r in rows])


def home_end(end: float, power: int) -> float:
    """The end of its axis that a place is home to: its power's or, if it stands at neither, any."""
    return end or (1.0, -1.0, 1.0)[power]


def random_world(mix: Mix, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """World's tables, without coefficients."""
    u = rng.uniform
    size = {name: shape_of(name, axes) for name, axes in axes_of(World).items()}
    end = np.array([[1.0, 1.0], [-1.0, -1.0], rng.choice([1.0, -1.0], 2)])
    end = end * rng.choice([1.0, -1.0], 2, p=[0.7, 0.3]) * (u(size=(3, 2)) < 0.85)
    homes = [p for p, _ in PLACES]
    district = u(size=size["district"]) * (u(size=size["district"]) < 0.5)
    district[np.arange(3), [2, 3, 4]] += 0.5
    refuge = np.array([u() for _ in PLACES])
    refuge /= one_hot(homes, 3) @ (refuge @ one_hot(homes, 3))
    holes = {n: u(size=size[n]) < 0.5 for n in size if n.startswith("script_")}
    # Most worlds leave attacks to the policies, so that some borders stay at peace.
    holes["script_attack"] |= u() < 0.7
    (own,) = rng.spawn(1)
    # Links share lines, each runs over one at least, and powers share what a line can spare.
    link_line = np.eye(5)[own.integers(0, 5, (len(LINKS), 2))]
    # Depots send from the hubs, the first power's over two links to one front.
    link_share = np.array([0.3, 1.0, 1.0, 1.0, 0.0, 1.0, 0.7])
    line_power = own.uniform(size=size["line_power"])
    per_worker = np.array([2.0, 1.0, 40.0]) * u(0.5, 2.0, size["per_worker"])
    made = {
        "end": end,
        "wear": u(0.5, 1.5, 3),
        "appetite": u(0.5, 1.5, 3),
        "surprised": rng.integers(0, 3, 3),
        "district": district / district.sum(axis=1, keepdims=True),
        "quality_week": u(0.6, 1.1, size["quality_week"]),
        "cohort": mix.men * u(0, 0.02, 3),
        "mobilise": mix.men * u(0, 0.5, 3),
        "call_up": mix.men * u(0, 0.2, 3),
        "ceiling": rng.choice([0.0, 3e6, 10 * mix.men], 3),
        "raise_most": mix.men * u(0, 0.5, 3),
        "training_weeks": u(4, 20, 3),
        "quality_reserve": u(0.3, 0.9, 3),
        "quality_ready": u(0.2, 0.6, 3),
        "hospital_weeks": u(5, 12, 3),
        "return_share": u(0.4, 0.9, 3),
        "killed_share": u(0.2, 0.4, 3),
        "gold_mined": u(0, 3, 3),
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
        "maker": one_hot([2, 2], 3),
        "item_input": u(0, 3, size["item_input"]),
        "becomes": np.diag(u(0, 0.5, 2)),
        "makes": one_hot([0, 1], 3),
        "sector_input": [[0, 0.5, 0], [0.1, 0, 0]] * u(0, 1, size["sector_input"]),
        "capital": one_hot([1, 0, 1], 2).T * u(0, 5, 3),
        "per_worker": per_worker * (u(size=per_worker.shape) < 0.9),
        "programme": mix.men * mix.kit * u(0, 0.1, size["programme"]),
        "gift": mix.men * mix.kit * u(0, 0.02, size["gift"]),
        "gift_material": u(0, 1e3, size["gift_material"]),
        "first_output": 1.0 + mix.men * mix.kit * u(0, 1, size["first_output"]),
        "plant_trains": u(0, 0.01, size["plant_trains"]),
        "low": u(-900, -300, 2),
        "high": u(300, 900, 2),
        "going": u(0.5, 1.2, 2),
        "value": u(0.5, 1.5, 2),
        "garrison": mix.men * u(0, 0.2, 5),
        "base": u(-300, 300, size["base"]),
        "pace_week": u(0.2, 1.0, 8)[:, None] * own.uniform(0.5, 1.0, size["pace_week"]),
        "place_axis": one_hot([a for _, a in PLACES], 2),
        "place_power": one_hot(homes, 3),
        "place_end": [home_end(end[p, a] if a is not None else 0.0, p) for p, a in PLACES],
        "place_km": [-u(0, 300) if p == 0 else u(0, 300) for p, _ in PLACES],
        "place_people": mix.men * u(1, 30, 7),
        "place_fort": u(0, 0.8, 7) * (u(size=7) < 0.5),
        "refuge": refuge,
        "link_power": one_hot([p for p, _, _ in LINKS], 3),
        "link_from": one_hot([a for _, a, _ in LINKS], 5),
        "link_to": one_hot([b for _, _, b in LINKS], 5),
        "link_km": u(100, 14000, len(LINKS)),
        "link_trains": u(1, 80, len(LINKS)),
        "link_share": link_share,
        "link_direct": own.uniform(size=len(LINKS)) < 0.7,
        "link_line": link_line,
        "line_trains": own.uniform(1, 80, 5),
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
    made |= random_bargains(mix.men, mix.kit, end, rng)
    made["home_use"] = u(0, 1e3, size["home_use"])
    # A table that is new to this page is drawn from [0, 1).
    tables = {n: np.asarray(made.get(n, u(size=shape)), np.float32) for n, shape in size.items()}
    assert {n: v.shape for n, v in tables.items()} == size and not made.keys() - size.keys()
    return tables


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


def at_war(hostile: np.ndarray, end: np.ndarray) -> dict[str, np.ndarray]:
    """War between all who face each other on some axes."""
    across = end[:, None] * end[None] < 0
    war = (across * (hostile > 0)).max(axis=2).astype(np.float32)
    engaged = (across * war[:, :, None]).max(axis=1).astype(np.float32)
    return {"war": war, "engaged": engaged, "hostile": engaged.max(axis=0)}


def random_state(
    mix: Mix, rng: np.random.Generator, world: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """State's arrays at the start of a campaign in `world`."""
    made: dict[str, Any] = {}
    for name, about in quantities().items():
        size, unit = shape_of(name, about["axes"]), about["unit"]
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
    closed = rng.uniform(size=2) < mix.pockets
    for name in ("pocket_men", "pocket_experience", "pocket_kit"):
        made[name] = made[name] * closed.reshape((1, 2) + (1,) * (made[name].ndim - 2))
    homes = [p for p, _ in PLACES]
    wars = at_war(rng.uniform(size=2) >= mix.quiet, world["end"])
    made |= begun_bargains(rng, world) | begun_beliefs(mix.men, rng)
    made |= {
        **wars,
        "truce": np.zeros((3, 3)),
        "outbreak": np.zeros(3),
        "collapsed": (rng.uniform(size=3) < 0.05) * (wars["war"].max(axis=1) == 0),
        "bled": mix.men * rng.uniform(0, 2, 3),
        "attend": np.abs(world["end"]),
        "week": np.int32(0),
        "front": rng.uniform(-150, 150, 2),
        "railhead": rng.uniform(-300, 300, (3, 2)),
        "dug_in": rng.uniform(0, 10, 2),
        "days": rng.uniform(0, 30, (3, 2)),
        "offensive": (rng.uniform(size=(3, 2)) < 0.5) * wars["engaged"],
        "fortune": rng.normal(0, 0.1, 2),
        "lost_share": np.zeros(7),
        "plant": rng.uniform(0, 1e4, (7, 3)) * (rng.uniform(size=(7, 3)) >= mix.empty),
        "building": rng.uniform(0, 10, (3, 3, 3)),
        "relocating": rng.uniform(0, 10, (3, 3, 3)),
        "output": world["first_output"],
    }
    made["labour"] = made["labour"] * (one_hot(homes, 3).T @ made["plant"] > 0)
    return {n: np.asarray(v, np.int32 if n == "week" else np.float32) for n, v in made.items()}


def joined(state: State, world: World) -> tuple[State, World]:
    """The same with both axes in one theatre: the second theatre's forces stand in the first."""

    def one(thing: State | World) -> dict[str, np.ndarray]:
        out: dict[str, np.ndarray] = {}
        for name, axes in axes_of(type(thing)).items():
            values = np.asarray(getattr(thing, name))
            if "theatre" in axes:
                at = axes.index("theatre")
                first, second, *rest = np.split(values, SIZES["theatre"], axis=at)
                both = np.minimum(first, second) if name == "ceiling_men" else first + second
                out[name] = np.concatenate([both, *rest], axis=at)
        return out

    rng = np.random.default_rng(0)
    share = rng.uniform(size=(3, 2)) * np.abs(world.end)
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    further = np.array([[1.0, 0.0, 0.0, 0.0]], np.float32)
    world = replace(world, **one(world) | {"further": further})
    return state.replace(**one(state) | {"attend": share.astype(np.float32)}), world


def random_coefficients(mix: Mix, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One number for each coefficient, in its range."""
    share = rng.uniform(size=len(COEFFICIENTS))
    share = np.round(share) if mix.ends else share
    return {
        c.name: np.float32(c.low + s * (c.high - c.low))
        for c, s in zip(COEFFICIENTS.values(), share, strict=True)
    }


def random_one(mix: Mix, member: int = 0) -> tuple[State, World]:
    """One world of a mix and its state."""
    rng = np.random.default_rng((mix.seed, member))
    tables = random_world(mix, rng)
    state = State(**random_state(mix, rng, tables))
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
    """MEMBERS worlds of a mix."""
    return side_by_side([random_one(mix, i) for i in range(MEMBERS)], mix.seed % 1000)


def week_of() -> dict[str, Any]:
    """The week of these worlds."""
    return WEEK | {"council": step_of([POLICIES[n] for n in FOLLOWED])}


@cache
def alone(name: str) -> Any:
    """One step of the week compiled for one member."""
    return jax.jit(week_of()[name], compiler_options={"xla_backend_optimization_level": 0})


def having(state: State, world: World) -> tuple[State, World]:
    """Which leaves have the member axis: all but the week."""
    return (
        jax.tree.map(lambda _: True, state).replace(week=False),
        jax.tree.map(lambda _: True, world),
    )


@cache
def _untold() -> Tally:
    """The tally of MEMBERS worlds before the first week."""
    one = jax.eval_shape(opened, random_one(Mix())[0])
    return jax.tree.map(lambda x: np.zeros((*x.shape, MEMBERS), x.dtype), one)


def _around(batch: Batch) -> tuple[Any, ...]:
    """What a segment of one week is given beside its state: all of World differs by member."""
    return batch.world, {}, np.asarray(jax.random.key_data(batch.keys)).T, np.int32(1)


@cache
def _program() -> Any:
    """The engine's own segment of MEMBERS worlds: kept, so that one worker compiles it for all."""
    state, world = random_one(Mix())
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


def imbalance(law: Law, before: State, after: State, world: World) -> np.ndarray:
    """Worst breach of a law by member, in double precision, independent of `laws.imbalance`."""

    def total(name: str, values: np.ndarray) -> np.ndarray:
        axes = quantities()[name]["axes"]
        out, left = np.asarray(values, np.float64), list(axes)
        for axis in axes:
            if axis not in (*law.axes, "link", "lot"):
                out = out.sum(axis=left.index(axis))
                left.remove(axis)
        if "link" in left:
            out = np.einsum("lpm,l...m->p...m", np.asarray(world.link_power), out)
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
