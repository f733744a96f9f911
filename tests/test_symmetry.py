"""Names and places in arrays mean nothing; neither end, nor any power, is privileged."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from worlds import (
    MEMBERS,
    SIZES,
    Batch,
    Mix,
    alone,
    at_war,
    axes_of,
    campaign,
    random_batch,
    random_one,
)

from sinews.model.agreements import bound, ceilings, trust_of
from sinews.model.garrisons import kept_back
from sinews.model.state import State, quantities
from sinews.model.world import World

# Sums in another order differ in their last bits.
CLOSE, SMALL, WEEKS = 2e-4, 1e-6, 4
# Theatres keep their parts: those with a front come first.
ORDERS = {
    "power": {"power": [2, 0, 1], "captor": [2, 0, 1], "other": [2, 0, 1]},
    "theatre": {"theatre": [1, 0, 4, 2, 3], "axis": [1, 0]},
    "item": {"item": [1, 0]},
    "sector": {"sector": [2, 0, 1]},
    "material": {"material": [1, 0]},
    "link": {"link": [3, 5, 0, 2, 6, 1, 4]},
    "line": {"line": [3, 0, 4, 2, 1]},
    "place": {"place": [6, 2, 0, 3, 5, 1, 4]},
    "route": {"route": [1, 0]},
    "agreement": {"agreement": [1, 0]},
}
# What a script says where it was silent, so that no policy's draws matter.
SAID = {
    "attack": 1.0,
    "goal": 200.0,
    "stand": 0.0,
    "send": 0.0,
    "draft": 1.0,
    "evacuate": 1.0,
    "declare": 0.0,
}


def quiet(world: World, **others: float) -> World:
    """A world without luck, its orders fixed by script."""
    still = dict.fromkeys("luck_weekly pulse close report_error break_rate".split(), 0.0)
    still |= {"reliance": 1.0} | others
    c = world.coefficient
    c = replace(c, **{n: np.full_like(getattr(c, n), x) for n, x in still.items()})
    scripts = {f"script_{n}": np.nan_to_num(getattr(world, f"script_{n}"), nan=x)
               for n, x in SAID.items()}  # fmt: skip
    # Nobody is in two minds about signing or breaking an agreement.
    sure = {n: np.float32(1e3) * getattr(world, n) for n in ("gain_kept", "gain_broken")}
    sure["breach_rate"] = np.where(world.breach_rate > 0.1, 1e6, 0.0).astype(np.float32)
    return replace(world, coefficient=c, **scripts, **sure)


def relabelled(thing: State | World, orders: dict[str, list[int]]) -> State | World:
    """A State or World (members last or alone) with some axes in another order."""
    changes = {}
    for name, axes in axes_of(type(thing)).items():
        values = np.asarray(getattr(thing, name))
        for at, axis in enumerate(axes):
            values = np.take(values, orders[axis], axis=at) if axis in orders else values
        changes[name] = values
    return replace(thing, **changes)


def alike(ours: State, theirs: State) -> str:
    """Where two states differ by more than rounding, or nothing."""
    out = ""
    for name in quantities():
        a, b = (np.asarray(getattr(s, name), np.float64) for s in (ours, theirs))
        bad = np.abs(a - b) > CLOSE * np.abs(b) + SMALL * np.abs(b).max(initial=0.0) + 1e-2
        at = tuple(np.argwhere(bad)[0]) if bad.any() else ()
        out += f"\n{name}{[int(i) for i in at]}: {a[at]} is not {b[at]}" if bad.any() else ""
    return out


@pytest.fixture(scope="module")
def still() -> Batch:
    batch = random_batch(Mix(seed=61))
    return replace(batch, world=quiet(batch.world))


@pytest.fixture(scope="module")
def told(still: Batch) -> list[State]:
    return campaign(still)


def test_no_power_is_privileged(still: Batch, told: list[State]):
    check_relabelling("power", still, told)


@pytest.mark.parametrize("axis", [a for a in ORDERS if a != "power"])
def test_names_mean_nothing(axis: str, still: Batch, told: list[State]):
    check_relabelling(axis, still, told)


def check_relabelling(axis: str, still: Batch, told: list[State]) -> None:
    orders = ORDERS[axis]
    assert all(sorted(order) == list(range(SIZES[a])) for a, order in orders.items())
    other = replace(
        still, state=relabelled(still.state, orders), world=relabelled(still.world, orders)
    )
    history = campaign(other)
    for week in range(1, WEEKS + 1):
        wrong = alike(history[week], relabelled(told[week], orders))
        assert not wrong, f"week {week}:{wrong}"
    # Nothing of State is told by route.
    if any(axis in axes for axes in axes_of(State).values()):
        assert alike(history[1], told[1]), "the other order changes nothing at all"


def test_lots_may_change_places_if_rivals_keep_their_order(still: Batch):
    def of(size: int, *numbers: int) -> np.ndarray:
        one_hot = np.eye(size, dtype=np.float32)[list(numbers)]
        return np.broadcast_to(one_hot[..., None], (*one_hot.shape, MEMBERS))

    # Two pairs of rivals that share neither seller nor buyer nor route, no two of them at war.
    apart = replace(
        still.world,
        end=np.ones_like(still.world.end),
        lot_seller=of(3, 0, 0, 1, 1),
        lot_buyer=of(3, 2, 2, 0, 0),
        lot_route=of(2, 0, 0, 1, 1),
    )
    batch, order = replace(still, world=apart), {"lot": [2, 3, 0, 1]}
    told, other = campaign(batch), replace(batch, state=relabelled(batch.state, order))
    history = campaign(replace(other, world=relabelled(apart, order)))
    for week in range(1, WEEKS + 1):
        wrong = alike(history[week], relabelled(told[week], order))
        assert not wrong, f"week {week}:{wrong}"
    assert alike(history[2], told[2]), "the other order changes nothing at all"
    swapped = campaign(replace(batch, world=relabelled(apart, {"lot": [1, 0, 3, 2]})))
    assert alike(swapped[2], relabelled(told[2], {"lot": [1, 0, 3, 2]}))


@pytest.mark.parametrize("axis", ["power", "theatre", "agreement"])
@pytest.mark.parametrize("seed", range(65, 69))
def test_what_powers_keep_back_knows_no_names(seed: int, axis: str):
    state, world = random_one(Mix(seed=seed, quiet=0.5))
    for function, axes in (
        (trust_of, ("power", "other")),
        (bound, ("power", "axis")),
        (ceilings, ("power", "theatre")),
        (kept_back, ("power", "theatre")),
    ):
        given = (state,) if function is trust_of else (state, world)
        told = np.asarray(function(*given))
        other = np.asarray(function(*(relabelled(x, ORDERS[axis]) for x in given)))
        for at, name in enumerate(axes):
            told = np.take(told, ORDERS[axis].get(name, range(told.shape[at])), axis=at)
        np.testing.assert_allclose(other, told, 1e-5, err_msg=function.__name__)


def mirrored(thing: State | World) -> State | World:
    """West for east."""
    turned = {
        State: ("front", "railhead", "goal", "fortune", "advanced"),
        World: ("end", "place_end", "base", "place_km", "script_goal"),
    }[type(thing)]
    changes = {n: -np.asarray(getattr(thing, n)) for n in turned}
    if isinstance(thing, World):
        changes |= {"low": -thing.high, "high": -thing.low}
    return replace(thing, **changes)


def test_neither_end_is_privileged(still: Batch, told: list[State]):
    other = replace(still, state=mirrored(still.state), world=mirrored(still.world))
    history = campaign(other)
    for week in range(1, WEEKS + 1):
        wrong = alike(history[week], mirrored(told[week]))
        assert not wrong, f"week {week}:{wrong}"


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
    )
    offensive = np.array([[1, 0], [1, 0], [0, 0]], np.float32)
    goal = np.float32(800) * world.end
    still = np.zeros(2, np.float32)
    state = state.replace(**at_war(np.ones(2), world.end))
    return state.replace(fortune=still, offensive=offensive, goal=goal), world


def test_equal_sides_lose_equally_and_nobody_moves():
    state, world = duel()
    after = combat(state, world)
    for name in ("men", "equipment", "killed", "wounded", "lost", "seized", "hospital"):
        mine, theirs = getattr(after, name)[:2]
        np.testing.assert_array_equal(mine, theirs, name)
    assert (after.killed[:2] > 0).all() and (after.advanced == 0).all()


def test_attrition_knows_no_scale():
    """Twice the men and equipment everywhere: twice the losses, to the last bit."""
    state, world = duel(63)
    unequal = state.replace(
        men=state.men * np.array([[1], [0.4], [1]], np.float32),
        experience=state.experience * np.array([[1], [0.4], [1]], np.float32),
    )
    counted = [n for n, q in quantities().items() if q["unit"] in ("men", "items")]
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
    weaker = np.array([1, 0.5, 1], np.float32)[:, None]
    state = state.replace(men=state.men * weaker, experience=state.experience * weaker)

    def merged(values: np.ndarray) -> np.ndarray:
        """All at the first front, nobody at the second."""
        out = np.array(values)
        out[:, 0], out[:, 1] = values[:, 0] + values[:, 1], 0
        return out

    moved = ("men", "experience", "equipment", "workshop")
    one = combat(state.replace(**{n: merged(getattr(state, n)) for n in moved}), world)
    two = combat(state, world)
    assert one.advanced[0] == pytest.approx(two.advanced[0], rel=1e-5)
    assert two.advanced[0] == two.advanced[1] > 0
    for name in (*moved, "killed", "wounded"):
        wanted = merged(getattr(two, name))[:, :2]
        np.testing.assert_allclose(getattr(one, name)[:, :2], wanted, 1e-5, 1e-2, err_msg=name)
    np.testing.assert_allclose(one.lost, two.lost, 1e-5)
