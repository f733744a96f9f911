"""Luck belongs to (seed, member, week, step) and to nothing else."""

from dataclasses import replace
from pathlib import Path
from zlib import crc32

import jax
import numpy as np
import pytest
from worlds import Mix, alone, random_one, week_of

from sinews.engine.chance import member_key, named
from sinews.engine.posterior import no_posterior
from sinews.engine.results import ensemble
from sinews.engine.simulate import BLOCK, drawn, opened_block, opening_program
from sinews.model.coefficients import COEFFICIENTS
from sinews.model.state import quantities
from sinews.model.week import advance
from sinews.scenario import load
from sinews.scenario.compile import Compiled, compile

MEMBERS, WEEKS, SEED = 300, 13, 3
BORDER = Path(__file__).parent / "scenarios" / "border.toml"


@pytest.fixture(scope="module")
def front() -> Compiled:
    return compile(load("eastern-front-1941"))


@pytest.fixture(scope="module")
def whole(front: Compiled):
    """The whole ensemble in one chunk."""
    return run(front, MEMBERS)


def run(compiled: Compiled, members: int | range, **how: int):
    return ensemble(compiled, no_posterior(), members, WEEKS, SEED, keep=True, **how)


def same_bits(a, b) -> bool:
    """Whether two ensembles' trajectories are equal to the last bit."""
    return all(
        np.array_equal(a[n].values, b[n].values) for n in a.data_vars if "member" in a[n].dims
    )


@pytest.mark.parametrize("chunks", [2, 7])
def test_chunks_change_no_bit(front: Compiled, whole, chunks: int):
    assert same_bits(whole, run(front, MEMBERS, chunks=chunks))


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_no_bit(front: Compiled, whole, workers: int):
    assert same_bits(whole, run(front, MEMBERS, workers=workers))


@pytest.mark.parametrize("member", [0, 127, 128, 217, 299])
def test_a_member_alone_equals_the_member_of_many(front: Compiled, whole, member: int):
    alone = run(front, range(member, member + 1))
    assert same_bits(whole.sel(member=[member]), alone)


def test_a_members_luck_is_drawn_under_its_own_names(front: Compiled):
    """Its key is that of seed and member; its lasting luck stands under "fortune"."""
    members = np.arange(BLOCK, dtype=np.uint32)
    draws = drawn(front, no_posterior(), SEED, members)
    opening = opening_program(front, draws, SEED, members)
    block = opened_block(front, draws, SEED, members, opening)
    state, _ = block.carry
    for member in (0, 5, 100):
        key = jax.random.fold_in(jax.random.key(SEED), member)
        assert np.array_equal(block.keys[:, member], jax.random.key_data(key))
        lasting = jax.random.normal(
            jax.random.fold_in(key, crc32(b"fortune")), state.front.shape[:1]
        )
        wanted = draws.coefficients["luck_lasting"][member] * lasting
        np.testing.assert_allclose(state.fortune[:, member], wanted, rtol=1e-5)


def test_members_and_seeds_differ(front: Compiled, whole):
    last = whole.irrecoverable.isel(week=-1).values
    assert len(np.unique(last[:, 0])) > 0.9 * MEMBERS
    other = ensemble(front, no_posterior(), range(1), WEEKS, SEED + 1, keep=True)
    assert not same_bits(whole.sel(member=[0]), other)


def test_options_share_their_luck_until_they_differ(front: Compiled, whole):
    """All is the same to the last bit until the first order that differs is given."""
    option = compile(load("eastern-front-1941", options=["far-east-transfer"]))
    orders, others = front.world["script_send"], option.world["script_send"]
    first = int(np.argmax(~((orders == others) | np.isnan(others)).all(axis=1)))
    other = run(option, MEMBERS)
    for name in ("irrecoverable", "front", "strength", "lost", "made"):
        a, b = (x[name].isel(week=slice(0, first + 1)).values for x in (whole, other))
        assert np.array_equal(a, b), name
    assert 0 < first < WEEKS and not same_bits(whole, other)


def test_ranges_are_drawn_from_end_to_end(front: Compiled):
    """Of 400 members some are in the first twentieth of each range and some in the last."""
    draws = drawn(front, no_posterior(), SEED, np.arange(400, dtype=np.uint32))
    for name, about in COEFFICIENTS.items():
        stated = front.coefficients.get(name)
        low, high = (about.low, about.high) if stated is None else (stated.low, stated.high)
        if stated is None or stated.uncertain:
            share = (draws.coefficients[name] - low) / (high - low)
            assert -1e-5 < share.min() < 0.05 and 0.95 < share.max() < 1 + 1e-5, name


def test_a_new_range_moves_nobody_elses_draws(tmp_path: Path):
    text = BORDER.read_text("utf-8")
    plain, doubtful = 'pool = "1.2 M men"', 'pool = { low = "1 M men", high = "1.2 M men" }'
    assert plain in text
    (tmp_path / "border.toml").write_text(text.replace(plain, doubtful), "utf-8")
    members = np.arange(8, dtype=np.uint32)
    a, b = (
        drawn(compile(load(path)), no_posterior(), SEED, members)
        for path in (BORDER, tmp_path / "border.toml")
    )
    assert "pool" in b.fields and "pool" not in a.fields
    assert all(np.array_equal(a.coefficients[n], b.coefficients[n]) for n in a.coefficients)
    assert all(np.array_equal(a.fields[n], b.fields[n]) for n in a.fields)


def test_adding_a_step_moves_nobodys_draws():
    def weather(state, world, key):  # in what no step reads
        return state.replace(invalid=state.invalid + jax.random.uniform(key, state.invalid.shape))

    state, world = random_one(Mix(seed=21))
    compiled = {name: alone(name) for name in week_of()}
    key = named(member_key(np.uint32(0), np.uint32(0)), "week")
    for week in ({"weather": weather} | compiled, compiled | {"weather": weather}):
        more, plain = (advance(state, world, key, w) for w in (week, compiled))
        for name in quantities():
            same = np.array_equal(getattr(more, name), getattr(plain, name))
            assert same == (name != "invalid"), name


def test_trade_and_diplomacy_moved_nobodys_draws():
    """Where nothing is sold or promised, a week without these steps is the same to the bit."""
    state, world = random_one(Mix(seed=22, quiet=0.0))
    never = np.full_like(world.lot_signed, 1e6)
    world = replace(world, lot_signed=never, offered=never[: len(world.offered)])
    none = {
        n: np.zeros_like(getattr(state, n)) for n in ("in_force", "order", "shipping", "landed")
    }
    state = state.replace(**none, lapsed=np.zeros_like(state.lapsed))
    compiled = {name: alone(name) for name in week_of()}
    key = named(member_key(np.uint32(0), np.uint32(0)), "week")
    fewer = {n: step for n, step in compiled.items() if n not in ("trade", "diplomacy")}
    more, plain = (advance(state, world, key, w) for w in (compiled, fewer))
    # What others did is remembered less and less.
    own = {"kept_seen", "broken_seen", "arrears"}
    differ = {n for n in quantities() if not np.array_equal(getattr(more, n), getattr(plain, n))}
    assert differ <= own


def test_every_step_has_a_stream_of_its_own():
    streams = {crc32(name.encode()) for name in week_of()}
    assert len(streams) == len(week_of())
