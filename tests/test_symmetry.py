"""Names and places in arrays mean nothing; neither end, nor any power, is privileged."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jax import Array
from worlds import (
    FOLLOWED,
    MEMBERS,
    WIDE,
    Batch,
    Mix,
    alone,
    armies_of,
    at_war,
    axes_of,
    having,
    mixes,
    random_batch,
    random_one,
    week_of,
)
from worlds import SMALL as FEW

from sinews.engine.members import members_last
from sinews.engine.programs.compiled import known_options
from sinews.engine.simulate import COMPILER
from sinews.model.agreements import bound, ceilings, trust_of
from sinews.model.garrisons import kept_back, threats
from sinews.model.state import State, quantities
from sinews.model.week import advance
from sinews.model.world import World

# Sums in another order differ in their last bits.
CLOSE, SMALL, WEEKS = 2e-4, 1e-6, 4
POWERS = [3, 1, 4, 0, 2]
"""Those who change places follow one policy."""
# Theatres keep their parts: those with a front come first, in the order of their axes.
ORDERS = {
    "power": {"power": POWERS, "captor": POWERS, "other": POWERS},
    "theatre": {"theatre": [2, 0, 3, 1, 7, 4, 8, 6, 5], "axis": [2, 0, 3, 1, 4, 5]},
    "further": {"further": [1, 0], "axis": [0, 1, 2, 3, 5, 4]},
    "item": {"item": [1, 0]},
    "sector": {"sector": [2, 0, 1]},
    "material": {"material": [2, 0, 1]},
    "tender": {"tender": [1, 2, 0]},
    "link": {"link": [3, 11, 5, 0, 10, 2, 7, 6, 1, 4, 9, 8]},
    "line": {"line": [3, 0, 4, 5, 2, 1]},
    "leg": {"leg": [2, 0, 1]},
    "place": {"place": [6, 2, 9, 0, 3, 8, 5, 1, 4, 7]},
    "route": {"route": [1, 0]},
    "agreement": {"agreement": [2, 0, 1, 3]},
}


Orders = dict[str, list[int]]
FURTHER = WIDE["axis"] - WIDE["further"]
"""The first of the axes in theatres of others."""


class Luck(NamedTuple):
    """What a week draws (members last), so that it can change places with what it is of."""

    report: np.ndarray  # [power axis], normal
    whim: np.ndarray  # [power whim axis] of the opportunists
    onset: np.ndarray  # [power axis], uniform
    mood: np.ndarray  # [mood agreement power]
    answer: np.ndarray  # [power other]
    breaks: np.ndarray  # [power]
    battle: np.ndarray  # [draw axis], normal; the first is on the west's odds


AXES_OF_LUCK = {
    "report": ("power", "axis"),
    "whim": ("power", "whim", "axis"),
    "onset": ("power", "axis"),
    "mood": ("mood", "agreement", "power"),
    "answer": ("power", "other"),
    "breaks": ("power",),
    "battle": ("draw", "axis"),
}
NORMAL = ("report", "battle")


def luck_of(week: int) -> Luck:
    """A week's draws."""
    rng, sizes = np.random.default_rng(week), WIDE | {"mood": 2, "whim": 2, "draw": 9}

    def drawn(name: str, axes: tuple[str, ...]) -> np.ndarray:
        shape = [*(sizes[a] for a in axes), MEMBERS]
        values = rng.normal(size=shape) if name in NORMAL else rng.uniform(1e-6, 1 - 1e-6, shape)
        return values.astype(np.float32)

    return Luck(**{name: drawn(name, axes) for name, axes in AXES_OF_LUCK.items()})


def in_turn(luck: Luck) -> Iterator[Array]:
    """One member's draws in the order in which a week asks for them."""
    yield luck.report
    yield from (luck.whim[p] for p, name in enumerate(FOLLOWED) if name == "opportunist")
    yield luck.onset
    yield luck.mood
    yield jnp.concatenate([luck.answer, luck.breaks[:, None]], axis=1)
    yield luck.battle


def fated(state: State, world: World, luck: Luck) -> State:
    """One member a week on, with such luck."""
    draws = in_turn(luck)

    def next_one(key: Array, shape: tuple[int, ...] = (), **bounds: float) -> Array:
        draw = next(draws)
        assert draw.shape == shape
        return draw

    with mock.patch.multiple("jax.random", normal=next_one, uniform=next_one):
        after = advance(state, world, jax.random.key(0), week_of())
    assert not [*draws], "the week draws less than this"
    return after


@cache
def _program() -> Any:
    states, worlds = having(*random_one(Mix(), sizes=WIDE))
    lucks: Any = Luck(*[True] * len(AXES_OF_LUCK))  # pyright: ignore
    return jax.jit(
        members_last(fated, (states, worlds, lucks), states),
        compiler_options=known_options(COMPILER),
    )


def weeks_of(batch: Batch, lucks: list[Luck]) -> list[State]:
    """The states at the start and after each week."""
    history = [batch.state]
    for luck in lucks:
        history.append(jax.device_get(_program()(history[-1], batch.world, luck)))
    return history


LUCKS = [luck_of(week) for week in range(WEEKS)]


def reordered(axes: tuple[str, ...], values: Any, orders: Orders) -> np.ndarray:
    """An array (members last or alone) with some axes in another order."""
    for at, axis in enumerate(axes):
        if axis in ("army", "contingent"):
            place, of = "theatre" if axis == "army" else "axis", np.shape(values)[at]
            sizes = next(s for s in (WIDE, FEW) if s[axis] == of)
            places, powers = (orders.get(a, [*range(sizes[a])]) for a in (place, "power"))
            order = [x * sizes["power"] + p for x in places for p in powers]
            values = np.take(values, order, axis=at)
        elif axis in orders:
            values = np.take(values, orders[axis], axis=at)
    return np.asarray(values)


def relabelled(thing: State | World, orders: Orders) -> State | World:
    """A State or World (members last or alone) with some axes in another order."""
    fields = axes_of(type(thing)).items()
    return replace(thing, **{n: reordered(a, getattr(thing, n), orders) for n, a in fields})


def mirrored(thing: State | World, world: World, turns: Sequence[int]) -> State | World:
    """West for east on the axes where `turns` is -1."""
    changed = {
        State: ("front", "railhead", "goal", "fortune", "advanced"),
        World: ("end", "place_end", "base", "place_km", "script_goal"),
    }[type(thing)]
    axes, sign = axes_of(type(thing)), np.array(turns, np.float32)[:, None]
    of_place = np.where(np.einsum("pam,ab->pm", world.place_axis, sign) < 0, -1, 1)
    changes = {
        n: np.asarray(getattr(thing, n)) * (of_place if axes[n] == ("place",) else sign)
        for n in changed
    }
    if isinstance(thing, World):
        east = sign < 0
        changes["low"] = np.where(east, -thing.high, thing.low)
        changes["high"] = np.where(east, -thing.low, thing.high)
    return replace(thing, **{n: np.asarray(x, np.float32) for n, x in changes.items()})


def alike(ours: State, theirs: State) -> str:
    """Where two states differ by more than rounding, or nothing."""
    out = ""
    for name in quantities():
        a, b = (np.asarray(getattr(s, name), np.float64) for s in (ours, theirs))
        bad = np.abs(a - b) > CLOSE * np.abs(b) + SMALL * np.abs(b).max(initial=0.0) + 1e-2
        at = tuple(np.argwhere(bad)[0]) if bad.any() else ()
        out += f"\n{name}{[int(i) for i in at]}: {a[at]} is not {b[at]}" if bad.any() else ""
    return out


def payable(batch: Batch) -> Batch:
    """Of agreements that cannot all be paid the earlier in the file come first: these can."""
    return replace(batch, world=replace(batch.world, pays=np.float32(1e-3) * batch.world.pays))


@pytest.fixture(scope="module")
def worlds() -> Batch:
    return payable(random_batch(Mix(seed=61)))


@pytest.fixture(scope="module")
def told(worlds: Batch) -> list[State]:
    return weeks_of(worlds, LUCKS)


def test_no_power_is_privileged(worlds: Batch, told: list[State]):
    assert [FOLLOWED[p] for p in POWERS] == [*FOLLOWED]
    check_renamed(worlds, told, ORDERS["power"])


@pytest.mark.parametrize("axis", [a for a in ORDERS if a != "power"])
def test_names_mean_nothing(axis: str, worlds: Batch, told: list[State]):
    check_renamed(worlds, told, ORDERS[axis])


# Neighbours look the same way: which of them is ahead is told by their kilometres.
@pytest.mark.parametrize("turns", [[-1] * 6, [1, 1, 1, 1, -1, 1], [-1, -1, -1, -1, 1, 1]])
def test_neither_end_is_privileged(turns: list[int], worlds: Batch, told: list[State]):
    check_renamed(worlds, told, {}, turns)


@st.composite
def any_orders(draw: st.DrawFn) -> Orders:
    """Any order of everything, but for lots."""

    def order(size: int, first: int = 0) -> list[int]:
        return draw(st.permutations(range(first, first + size)))

    fronts, powers = order(FURTHER), [*range(WIDE["power"])]
    for p, q in ((0, 3), (2, 4)):
        if draw(st.booleans()):
            powers[p], powers[q] = powers[q], powers[p]
    further = order(WIDE["further"])
    plain = "item sector material link line leg place route agreement".split()
    return {
        **dict.fromkeys(("power", "captor", "other"), powers),
        "theatre": fronts + order(WIDE["theatre"] - FURTHER, FURTHER),
        "axis": fronts + [FURTHER + n for n in further],
        "further": further,
    } | {name: order(WIDE[name]) for name in plain}


# The same examples every time: where a last bit throws a switch, there is nothing to mend.
@settings(max_examples=10, phases=[p for p in Phase if p is not Phase.shrink], derandomize=True)
@given(mixes, any_orders(), st.lists(st.sampled_from((1, -1)), min_size=3, max_size=3))
def test_any_world_by_other_names_is_the_same(mix: Mix, orders: Orders, turns: list[int]):
    turns = [turns[0]] * (WIDE["flank"] + 1) + turns[1:]
    batch = payable(random_batch(mix))
    check_renamed(batch, weeks_of(batch, LUCKS[:2]), orders, turns)


def check_renamed(
    worlds: Batch, told: list[State], orders: Orders, turns: Sequence[int] = (1,) * WIDE["axis"]
) -> None:
    """Check that weeks end as they were `told` when all stand in other orders and, where `turns`
    is -1, west is east."""
    assert all(sorted(order) == list(range(WIDE[a])) for a, order in orders.items())

    def renamed(thing: State | World) -> Any:
        return relabelled(mirrored(thing, worlds.world, turns), orders)

    def drawn(luck: Luck) -> Luck:
        battle = luck.battle.copy()
        # Luck on the odds, and of plans, is the west's.
        battle[[0, 2]] *= np.array(turns, np.float32)[:, None]
        named = luck._replace(battle=battle)._asdict()
        return Luck(**{n: reordered(AXES_OF_LUCK[n], x, orders) for n, x in named.items()})

    world, weeks = renamed(worlds.world), len(told) - 1
    batch = replace(worlds, state=renamed(worlds.state), world=world)
    history = weeks_of(batch, [drawn(luck) for luck in LUCKS[:weeks]])
    # How far a power is to go where it does not stand is of no account.
    there = np.abs(world.end)
    for week in range(1, weeks + 1):
        ours, theirs = (
            x.replace(goal=there * x.goal) for x in (history[week], renamed(told[week]))
        )
        wrong = alike(ours, theirs)
        assert not wrong, f"week {week}:{wrong}"


def test_which_axis_of_a_theatre_is_its_first_means_nothing(worlds: Batch, told: list[State]):
    """The first axis of a theatre changes places with the further one of the same theatre."""
    first = np.argmax(worlds.world.further[0], axis=0)
    assert len({*first.tolist()}) > 1

    def swapped(thing: Any, tables: dict[str, Any]) -> dict[str, np.ndarray]:
        out = {}
        for name, axes in tables.items():
            values = np.array(getattr(thing, name))
            for at in (i for i, axis in enumerate(axes) if axis in ("axis", "contingent")):
                for m, a in enumerate(first):
                    one = np.moveaxis(values[..., m], at, 0)  # a view
                    one = one.reshape(WIDE["axis"], -1, *one.shape[1:])
                    assert np.shares_memory(one, values)
                    one[[a, FURTHER]] = one[[FURTHER, a]]
            out[name] = values
        return out

    def both(state: State) -> State:
        return state.replace(**swapped(state, axes_of(State)))

    world = replace(worlds.world, **swapped(worlds.world, axes_of(World)))
    lucks = [Luck(**swapped(luck, AXES_OF_LUCK)) for luck in LUCKS]
    history = weeks_of(replace(worlds, state=both(worlds.state), world=world), lucks)
    for week in range(1, WEEKS + 1):
        wrong = alike(history[week], both(told[week]))
        assert not wrong, f"week {week}:{wrong}"


def test_lots_may_change_places_if_rivals_keep_their_order(worlds: Batch):
    def of(size: int, *numbers: int) -> np.ndarray:
        one_hot = np.eye(size, dtype=np.float32)[list(numbers)]
        return np.broadcast_to(one_hot[..., None], (*one_hot.shape, MEMBERS))

    # Three pairs of rivals that share neither seller nor buyer, no two of them at war.
    sells, buys, roads = (0, 0, 1, 1, 2, 2), (2, 2, 0, 0, 1, 1), (0, 0, 1, 1, 1, 1)
    apart = replace(
        worlds.world,
        end=np.ones_like(worlds.world.end),
        lot_seller=of(5, *sells),
        lot_buyer=of(5, *buys),
        lot_route=of(2, *roads),
        route_trains=np.float32(1e3) * worlds.world.route_trains,
    )
    batch, order = replace(worlds, world=apart), {"lot": [2, 3, 4, 5, 0, 1]}
    told, other = weeks_of(batch, LUCKS), replace(batch, state=relabelled(batch.state, order))
    history = weeks_of(replace(other, world=relabelled(apart, order)), LUCKS)
    for week in range(1, WEEKS + 1):
        wrong = alike(history[week], relabelled(told[week], order))
        assert not wrong, f"week {week}:{wrong}"
    assert alike(history[2], told[2]), "the other order changes nothing at all"
    order = {"lot": [1, 0, 2, 3, 4, 5]}
    swapped = weeks_of(replace(batch, world=relabelled(apart, order)), LUCKS)
    assert alike(swapped[2], relabelled(told[2], order))


def keeping(state: State, world: World) -> Array:
    return kept_back(state, world, threats(state, world))


@pytest.mark.parametrize("axis", ["power", "theatre", "further", "agreement"])
@pytest.mark.parametrize("seed", range(65, 69))
def test_what_powers_keep_back_knows_no_names(seed: int, axis: str):
    state, world = random_one(Mix(seed=seed, quiet=0.5), sizes=WIDE)
    for function, axes in (
        (trust_of, ("power", "other")),
        (bound, ("power", "axis")),
        (ceilings, ("power", "theatre")),
        (keeping, ("power", "theatre")),
    ):
        given = (state,) if function is trust_of else (state, world)
        told = np.asarray(function(*given))
        other = np.asarray(function(*(relabelled(x, ORDERS[axis]) for x in given)))
        wanted = reordered(axes, told, ORDERS[axis])
        np.testing.assert_allclose(other, wanted, 1e-5, err_msg=function.__name__)


def quiet(world: World) -> World:
    """A world without luck in battles."""
    c = replace(world.coefficient, **dict.fromkeys(STILL, np.float32(0.0)))
    return replace(world, coefficient=c)


STILL = ("luck_weekly", "pulse", "close")


def combat(state: State, world: World) -> State:
    """One week of fighting."""
    return jax.device_get(alone("combat")(state, world, jax.random.key(0)))


def duel(seed: int = 62) -> tuple[State, World]:
    """Powers 0 (west) and 1 (east) with equal forces on both fronts, and no luck."""
    state, world = random_one(Mix(seed=seed, empty=0.0, pockets=0.0, quiet=0.0))
    same = {"power": [0, 0, 2]}
    state, world = relabelled(state, same), relabelled(world, same)
    world = quiet(world)
    world = replace(
        world,
        end=np.array([[1, 1], [-1, -1], [0, 0]], np.float32),
        place_fort=np.zeros(7, np.float32),
        **armies_of(world.further, FEW),
    )
    offensive = np.array([[1, 0], [1, 0], [0, 0]], np.float32)
    goal = np.float32(800) * world.end
    still = np.zeros(2, np.float32)
    state = state.replace(**at_war(np.ones(2), world.end))
    return state.replace(fortune=still, offensive=offensive, goal=goal), world


def test_equal_sides_lose_equally_and_nobody_moves():
    state, world = duel()
    after = combat(state, world)
    for name in ("men", "killed", "wounded", "lost", "seized", "hospital"):
        mine, theirs = getattr(after, name)[:2]
        np.testing.assert_array_equal(mine, theirs, name)
    np.testing.assert_array_equal(after.equipment[0::3], after.equipment[1::3])
    assert (after.killed[:2] > 0).all() and (after.advanced == 0).all()


def test_attrition_knows_no_scale():
    """Twice the men and equipment everywhere: twice the losses, to the last bit."""
    state, world = duel(63)
    unequal = state.replace(
        men=state.men * np.array([[1], [0.4], [1]], np.float32),
        experience=state.experience * np.array([[1], [0.4], [1]], np.float32),
    )
    counted = [n for n, q in quantities().items() if q["unit"] in ("men", "items", "t")]
    doubled = unequal.replace(**{n: 2 * getattr(unequal, n) for n in counted})
    once, twice = combat(unequal, world), combat(doubled, world)
    assert once.advanced[0] > 0
    for name in quantities():
        factor = 2 if name in counted else 1
        np.testing.assert_array_equal(factor * getattr(once, name), getattr(twice, name), name)


def test_two_equal_theatres_fight_as_one():
    state, world = duel(64)
    twins = {"theatre": [0, 0, 2, 3, 4], "axis": [0, 0]}
    state, world = relabelled(state, twins), relabelled(world, twins)
    world = replace(world, **armies_of(world.further, FEW))
    weaker = np.array([1, 0.5, 1], np.float32)[:, None]
    state = state.replace(men=state.men * weaker, experience=state.experience * weaker)

    def merged(values: np.ndarray) -> np.ndarray:
        """All [power theatre ...] at the first front, nobody at the second."""
        out = np.array(values)
        out[:, 0], out[:, 1] = values[:, 0] + values[:, 1], 0
        return out

    def of_armies(values: np.ndarray) -> np.ndarray:
        """The same of armies."""
        by_power = np.moveaxis(values.reshape(5, 3, -1), 0, 1)
        return np.moveaxis(merged(by_power), 0, 1).reshape(values.shape)

    moved = {"men": merged, "experience": merged, "equipment": of_armies, "workshop": of_armies}
    one = combat(state.replace(**{n: f(getattr(state, n)) for n, f in moved.items()}), world)
    two = combat(state, world)
    assert one.advanced[0] == pytest.approx(two.advanced[0], rel=1e-5)
    assert two.advanced[0] == two.advanced[1] > 0
    for name, merge in (moved | {"killed": merged, "wounded": merged}).items():
        wanted = merge(getattr(two, name))
        np.testing.assert_allclose(getattr(one, name), wanted, 1e-5, 1e-2, err_msg=name)
    np.testing.assert_allclose(one.lost, two.lost, 1e-5)
