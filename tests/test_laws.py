"""Men, equipment, materials and gold balance each week, and nothing counted goes below zero."""

from itertools import pairwise

import jax
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from worlds import (
    MEMBERS,
    WEEKS,
    Mix,
    campaign,
    imbalance,
    lived,
    mixes,
    random_batch,
    worst_imbalances,
)

from sinews.engine import simulate
from sinews.engine.posterior import read_posterior
from sinews.engine.results import ensemble
from sinews.model.laws import LAWS, breaches
from sinews.model.state import State, quantities
from sinews.model.world import World
from sinews.scenario import load
from sinews.scenario.compile import compile
from sinews.testing import check_state

# The promise is 1e-6; half of it, so that a loss of one man in a million cannot hide.
BOUND = 5e-7
EXAMPLES = 25
assert EXAMPLES * MEMBERS * WEEKS >= 10_000


NEVER_FALL = (
    *("dead", "invalid", "output", "delivered", "truce", "collapsed"),
    *("lapsed", "void", "defaulted", "broken", "demarcated"),
)


# A Mix is short enough to read as it is; making it simpler takes minutes.
@settings(max_examples=EXAMPLES, phases=[p for p in Phase if p is not Phase.shrink])
@given(mixes)
def test_every_law_holds_in_any_world(mix: Mix):
    batch = random_batch(mix)
    history = campaign(batch)
    for week, state in enumerate(history):
        check_state(state, f"week {week}")
        bounded(state, batch.world)
    for name, worst in worst_imbalances(history, batch.world).items():
        assert worst <= BOUND, f"{name}: {worst:.2g}"
    for before, after in pairwise(history):
        for name in NEVER_FALL:
            assert (getattr(after, name) >= getattr(before, name)).all(), f"{name} fell"


def test_worlds_are_as_wide_as_they_say():
    batch, (start, *_) = lived(Mix(seed=11))
    end, world = batch.world.end, batch.world
    share = {
        # Three powers each of whom fights both others, and one who stands by where others fight.
        "camps": np.einsum("pqm,qrm,rpm->m", start.war, start.war, start.war) > 0,
        "neutral": ((np.abs(end) > start.engaged) & (start.hostile > 0)).any(axis=(0, 1)),
        "mixed": ((end > 0).any(axis=1) & (end < 0).any(axis=1)).any(axis=0),
        # A power whose men are shared out between two axes of a theatre, at war on both.
        "two": ((start.attend > 0) & (start.attend < 1) & (start.engaged > 0)).any(axis=(0, 1)),
        "lines": (np.einsum("knlm,kpm->lpm", world.link_line, world.link_power) > 0).sum(1).max(0)
        > 1,
        "legs": (world.link_line.max(axis=1).sum(axis=1) > 1).any(axis=0),
        "signed": start.in_force.sum(axis=0) > 1,
    }
    assert all(x.mean() > 0.3 for x in share.values()), {n: x.mean() for n, x in share.items()}
    few = random_batch(Mix(seed=13, powers=2, axes=1))
    assert few.world.end[0, 0].any() and few.world.end[1, 0].any()
    assert not few.world.end[2:].any() and not few.world.end[:, 1:].any()
    assert not few.state.men[2:].any() and few.state.men[:2].any()


def bounded(state: State, world: World) -> None:
    """Check what lies between bounds that the units alone do not set."""
    assert ((state.front >= world.low) & (state.front <= world.high)).all()
    assert ((state.lost_share >= 0) & (state.lost_share <= 1)).all()
    assert ((state.offensive >= 0) & (state.offensive <= 1)).all()
    assert (state.war == np.swapaxes(state.war, 0, 1)).all()
    assert not np.einsum("ppm->pm", state.war).any()
    whether = ("lapsed", "void", "defaulted", "hostile", "in_force", "broken", "war", "collapsed")
    for name in whether:
        values = getattr(state, name)
        assert ((values >= 0) & (values <= 1)).all(), name
    for name in ("kept_seen", "broken_seen", "doubt_seen"):
        assert (getattr(state, name) >= 0).all(), name
    assert (state.demarcated <= world.line).all()
    # More is sent than was agreed, by what will be lost on the way.
    arrives = 1.0 - np.einsum("lrm,rm->lm", world.lot_route, world.route_loss)
    here = arrives * (state.set_aside + state.shipping.sum(axis=1)) + state.landed + state.delivered
    assert (here <= 1.00001 * world.lot_total + 1e-3).all()
    some = state.men > 1.0
    quality = state.experience[some] / state.men[some]
    assert ((quality >= 0) & (quality < 1.21)).all()


def test_a_step_that_loses_one_man_in_a_million_is_caught():
    batch, (before, after, *_) = lived(Mix(seed=11))
    total = sum(men_of(name, after, batch.world) for name in LAWS["men"].stocks)
    robbed = after.replace(pool=np.float32(after.pool - 1e-6 * total))
    law = LAWS["men"]
    caught = imbalance(law, before, robbed, batch.world) > BOUND
    able = (after.pool > 1e-6 * total).all(axis=0)
    assert caught[able].all() and able.sum() > MEMBERS / 4
    assert not (imbalance(law, before, after, batch.world) > BOUND).any()


def men_of(name: str, state: State, world: World) -> np.ndarray:
    """A stock of men [power member]."""
    values = np.asarray(getattr(state, name), np.float64)
    axes = quantities()[name]["axes"]
    if axes[0] == "link":
        by_link = values.reshape(values.shape[0], -1, MEMBERS).sum(axis=1)
        return np.einsum("lpm,lm->pm", world.link_power, by_link)
    at = axes.index("power")
    return values.sum(axis=tuple(i for i in range(len(axes)) if i != at))


CHECK = jax.jit(jax.vmap(breaches, -1, -1))


@pytest.mark.parametrize("law", LAWS)
def test_the_models_own_check_of_a_law_agrees(law: str):
    """`breaches` works in float32, one member at a time; this file's check in double."""
    batch, history = lived(Mix(seed=12))
    stolen = {n: getattr(history[1], n) * np.float32(0.999) for n in LAWS[law].stocks}
    pairs = [(history[0], history[1]), (history[0], history[1].replace(**stolen))]
    for before, after in pairs:
        weeks = {"week": np.zeros(MEMBERS, np.int32)}
        found = CHECK(before.replace(**weeks), after.replace(**weeks), batch.world)[law]
        mine = imbalance(LAWS[law], before, after, batch.world)
        np.testing.assert_allclose(np.asarray(found), mine, rtol=1e-2, atol=2e-7)


def test_every_law_holds_in_every_member_of_eastern_front():
    scenario = load("eastern-front-1941")
    data = ensemble(compile(scenario), read_posterior(scenario), 128, 60, seed=5)
    worst = dict(zip(LAWS, data.imbalance_worst.values, strict=True))
    assert all(x <= BOUND for x in worst.values()), worst


def test_nothing_goes_below_zero_in_any_member_of_eastern_front():
    for week, state in eastern_states(seed=6, segments=5):
        check_state(state, f"week {week}")


def eastern_states(seed: int, segments: int):
    """One block of the scenario's members, after each segment of weeks."""
    scenario = load("eastern-front-1941")
    compiled = compile(scenario)
    members = np.arange(simulate.BLOCK, dtype=np.uint32)
    draws = simulate.drawn(compiled, read_posterior(scenario), seed, members)
    opening = simulate.opening_program(compiled, draws, seed, members)
    block = simulate.opened_block(compiled, draws, seed, members, opening)
    program = simulate.weeks_program(compiled, draws, simulate.scenario_week(scenario))
    carry = block.carry
    for segment in range(segments):
        carry, _ = program(carry, block.shared, block.own, block.keys, np.int32(simulate.SEGMENT))
        yield (segment + 1) * simulate.SEGMENT, jax.device_get(carry[0])
