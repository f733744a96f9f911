"""Every step keeps the rules that sinews.testing checks, and the checks can fail."""

from dataclasses import fields
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from worlds import Mix, grown, random_one, week_of

import sinews
from sinews.analysis import fields as tables
from sinews.analysis.steps import touched
from sinews.errors import ScenarioError
from sinews.model.state import State, quantities
from sinews.model.strength import strength
from sinews.model.week import WEEK
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.testing import check_policy, check_state, check_step, example, reads_and_writes

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
PAGE = Path(__file__).parent.parent / "docs" / "model.md"
UNREAD: set[str] = set()
"""Tables that no step needs."""

WRITES = {row["step"]: row["writes"] for row in touched()}


@pytest.fixture(scope="module")
def later() -> tuple[State, World]:
    """A world a few weeks on, with pockets, queues and offensives."""
    return grown(Mix(seed=41, pockets=1.0), 4)


@pytest.mark.parametrize("name", WEEK)
def test_every_step_passes_the_check(name: str, later: tuple[State, World]):
    check_step(week_of()[name], *later, jax.random.key(1), writes=WRITES[name])


def test_the_page_of_the_model_is_up_to_date():
    text = PAGE.read_text("utf-8")
    assert text == tables.model_page(text), "run: python -m sinews.analysis.fields"


def test_an_example_is_a_member_of_the_ensemble_ready_to_be_checked():
    state, world = example(BORDER, member=3, week=5)
    with_others = sinews.simulate(BORDER, members=5, weeks=5, keep=True).sel(member=3)
    np.testing.assert_array_equal(with_others["force"][-1], state.men)
    check_step(WEEK["supply"], state, world, jax.random.key(0))
    check_policy(POLICIES["opportunist"], state, world, jax.random.key(0), power=1)
    first, same = example(BORDER, member=3)
    assert int(first.week) == 0 and float(same.coefficient.attrition) == float(
        world.coefficient.attrition
    )
    assert float(example(BORDER, member=4)[1].coefficient.attrition) != float(
        same.coefficient.attrition
    )
    with pytest.raises(ScenarioError, match=r"member = -1[^=]*week = 21"):
        example(BORDER, member=-1, week=21)


def test_every_decision_and_flow_is_written_by_a_step():
    written = {name for writes in WRITES.values() for name in writes}
    assert written == set(quantities())


def test_every_table_of_the_world_is_read(later: tuple[State, World]):
    def week(state: State, world: World, key: jax.Array) -> State:
        for step in week_of().values():
            state = step(state, world, key)
        return state

    program = jax.make_jaxpr(week)(*later, jax.random.key(0)).jaxpr
    used = {id(v) for equation in program.eqns for v in equation.invars}
    names = [f.name for f in fields(World) if f.name != "coefficient"]
    tables = program.invars[len(quantities()) : -1][-len(names) :]
    unread = {n for n, v in zip(names, tables, strict=True) if id(v) not in used}
    assert not unread - UNREAD


def test_reads_and_writes_tells_what_a_step_touches(later: tuple[State, World]):
    def step(state: State, world: World, key: jax.Array) -> State:
        unused = state.dead + state.outbreak
        del unused
        led = jnp.where(state.draft > 0.5, state.pool, strength(state, world).sum(axis=1))
        return state.replace(dug_in=jnp.zeros_like(state.dug_in), ready=led, front=state.front)

    reads, writes = reads_and_writes(step, *later)
    assert writes == {"dug_in", "ready"}
    makes_up = {"men", "experience", "equipment", "dump", "days", "week"}
    assert reads == {"draft", "pool"} | makes_up


BAD = {
    "is not finite": lambda s: s.replace(dug_in=s.dug_in / 0.0),
    r"negative after.*first -\S+ at \(": lambda s: s.replace(pool=s.pool - 1e12),
    "of shape": lambda s: s.replace(dug_in=s.dug_in[:-1]),
    "makes dug_in int32": lambda s: s.replace(dug_in=s.dug_in.astype(jnp.int32)),
    "not its own": lambda s: s.replace(dug_in=s.dug_in + 1.0),
    "no array": lambda s: s.replace(dug_in=(s.dug_in, s.dug_in)),
    "not a State": lambda s: s.dug_in,
    "not the same twice": lambda s: s.replace(
        ready=s.ready * np.random.default_rng().uniform(size=3).astype(np.float32)
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_step_is_caught(message: str, later: tuple[State, World]):
    def step(state: State, world: World, key: jax.Array) -> State:
        return BAD[message](state)

    writes = {"ready", "pool"} if message == "not its own" else None
    with pytest.raises(AssertionError, match=message):
        check_step(step, *later, jax.random.key(0), writes=writes)


def test_a_bad_state_is_caught():
    state, _ = random_one(Mix(seed=42))
    check_state(state)
    with pytest.raises(AssertionError, match=r"men \[men\] is negative after the state"):
        check_state(state.replace(men=state.men - np.float32(1e9)))
