"""Railways: lines that links share, journeys over several links, and how long they take."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import jax
import numpy as np
import pytest
from mistakes import TESTS, bad, told
from worlds import Mix, campaign, random_batch, random_one

from sinews.analysis.branching import SharedPast, grown
from sinews.engine.posterior import no_posterior
from sinews.engine.programs.compiled import known_options
from sinews.engine.simulate import (
    COMPILER,
    UNDER_WAY,
    Paused,
    drawn,
    reopened_block,
    with_room,
)
from sinews.errors import ScenarioError
from sinews.model import movement
from sinews.model.council import step_of
from sinews.model.lines import carried
from sinews.model.state import State
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile

BORDER = TESTS / "scenarios" / "border.toml"

# A steppe behind the hills, where Ostland has its depots; both links run over one line.
STEPPE = """
[line.great]
title = "the great line"
capacity = "20 trains/day"
[theatre.steppe]
power = "ostland"
[[link]]
from = "steppe"
to = "hills"
power = "ostland"
km = 700
lines = ["great"]
"""
OPTION = 'link = [{ from = "rhine", to = "hills", power = "westland", km = 9, capacity = 9 }]'
EDITS = (
    ('reserve_theatre = "hills"', 'reserve_theatre = "steppe"'),
    ('km = "1500 km"\n', 'km = "1500 km"\nlines = ["great"]\n'),
    ("", STEPPE),
)


def test_lines_take_an_equal_share_of_every_queue_and_the_tightest_decides():
    """300 and 100 trains over one line of 200 a week, of which the 300 and 50 share one of 70."""
    _, world = random_one(Mix(seed=77))
    over = np.eye(5, dtype=np.float32)[[[0, 0], [0, 1], [1, 1], *[[2, 2]] * 4]]
    trains = np.array([100, 300, 50, 0, 0, 0, 0], np.float32)
    rates = np.array([200, 70, 30, 0, 10], np.float32)
    go, spare = carried(trains, rates, replace(world, link_line=over))
    np.testing.assert_allclose(go, [0.5, 0.2, 0.2, 1, 1, 1, 1], 1e-6)
    np.testing.assert_allclose(spare, [200 - 50 - 60, 0, 30, 0, 10], 1e-5, 1e-4)


@pytest.mark.parametrize("seed", [78, 79])
def test_no_line_carries_more_than_its_trains(seed: int):
    batch = random_batch(Mix(seed=seed, men=1e6))
    world, full = batch.world, 0.0
    for before, after in pairwise(campaign(batch)):
        # What set out and is still on its way.
        men, kit = (
            getattr(after, n).sum(axis=1) - getattr(before, n)[:, 1:].sum(axis=1)
            for n in ("moving_men", "moving_kit")
        )
        trains = men / world.coefficient.men_per_train + (kit * world.load[None]).sum(axis=1)
        used = np.einsum("knm,km->nm", world.link_line.max(axis=1), trains)
        used = used / (7.0 * world.line_trains * world.line_open[min(int(before.week), 7)])
        assert used.max() <= 1.0 + 1e-4
        full = max(full, float(used.max()))
    assert full > 0.99, "no line was ever full"


def started(compiled: Compiled) -> tuple[State, World]:
    """State and World of a scenario at its start, ranges at their middle."""
    middle = np.array([[number.middle] for number in compiled.ranges], np.float32)
    tables = {n: compiled.drawn(n, middle)[..., 0] for n in compiled.terms}
    state = State(**(compiled.state | {n: x for n, x in tables.items() if n in compiled.state}))
    world = compiled.world | {n: x for n, x in tables.items() if n in compiled.world}
    _, lent = random_one(Mix(seed=80))
    return state.replace(week=np.int32(0)), World(coefficient=lent.coefficient, **world)


def link(compiled: Compiled, name: str) -> int:
    """The number of a link."""
    return compiled.axes["link"].index(name)


def lines_of(compiled: Compiled, k: int) -> set[str]:
    """What a link runs over."""
    legs = compiled.world["link_line"][k].argmax(axis=1)
    return {compiled.axes["line"][line] for line in legs}


@pytest.fixture
def far(tmp_path: Path) -> Scenario:
    return load(bad(tmp_path, BORDER, EDITS))


def test_links_without_lines_have_lines_of_their_own():
    compiled = compile(load(BORDER))
    assert compiled.axes["line"] == compiled.axes["link"]
    np.testing.assert_array_equal(compiled.world["link_line"][:, 0], np.eye(4))
    np.testing.assert_array_equal(compiled.world["line_trains"], compiled.world["link_trains"])


def test_a_journey_uses_every_line_of_its_way(far: Scenario):
    compiled = compile(far)
    world, k = compiled.world, link(compiled, "ostland steppe>border")
    assert len(compiled.axes["link"]) == 7, "the only journey that no link makes"
    assert world["link_km"][k] == 2200 and world["link_direct"][k] == 0
    assert lines_of(compiled, k) == {"ostland hills>border", "great"}
    assert world["link_trains"][k] == 20 and world["link_share"].tolist() == [1, 0, 0, 0, 0, 0, 1]
    # Going and coming back, a line carries its trains each way.
    back = link(compiled, "ostland border>hills")
    assert lines_of(compiled, back) == {"ostland border>hills", "great<"}
    assert world["line_power"].sum(axis=1) == pytest.approx(1.0)
    slowest = 7 * 350.0
    assert compiled.state["moving_men"].shape == (7, int(np.ceil(2200 / slowest)))


def test_depots_and_men_reach_a_front_two_links_away(far: Scenario):
    compiled = compile(far)
    state, world = started(compiled)
    k, east = link(compiled, "ostland steppe>border"), compiled.axes["power"].index("ostland")
    steppe = compiled.axes["theatre"].index("steppe")
    men, depot = np.array(state.men), np.array(state.depot)
    men[east, steppe], depot[east] = 5e4, 1e6
    state = state.replace(men=men, depot=depot, equipment=np.zeros_like(state.equipment))

    @partial(jax.jit, compiler_options=known_options(COMPILER))
    def moved(state: State) -> State:
        ordered = step_of([POLICIES["cautious"]] * 2)(state, world, jax.random.key(0))
        ordered = ordered.replace(free_paths=7.0 * world.line_trains)
        return movement.step(ordered, world, jax.random.key(0))

    # A front at peace does not call for either.
    for war in (0.0, 1.0):
        after = moved(state.replace(engaged=np.full((2, 1), war, np.float32)))
        assert (float(after.men[east, steppe]) < 0.5 * 5e4) == (war == 1.0)
        assert (np.asarray(after.depot)[east] < depot[east]).all() == (war == 1.0)
        on_way = after.waiting_men[k] + after.moving_men[k].sum() + after.waiting_kit[k].sum()
        assert (float(on_way) > 1e4) == (war == 1.0)


def test_a_script_may_send_over_a_journey_and_lines_are_checked(tmp_path: Path):
    sends = '"hills>border" = "30 k'
    good = bad(tmp_path, BORDER, (*EDITS, (sends, f'"steppe>border" = 5000, {sends}')))
    compiled = compile(load(good))
    first = compiled.world["script_send"][:, link(compiled, "ostland steppe>border")]
    assert np.nanmax(first) == 5000
    words = told(
        bad(
            tmp_path,
            BORDER,
            (
                (sends, f'"steppe>border" = 5000, {sends}'),
                ('capacity = "60 trains/day"\n', ""),
                ('capacity = "45 trains/day"', 'lines = ["grate", "great", "great"]'),
                ("", '[line.great]\ncapacity = "20 trains/day"\n'),
            ),
        )
    )
    assert "link[1].capacity" in words and "name in lines what it runs over" in words
    assert "link[2].lines[1]" in words and "great" in words
    assert "link[2].lines[3]" in words and "stands there twice" in words


def test_what_is_under_way_finds_room_in_a_world_of_other_journeys(tmp_path: Path):
    """An option decided in a campaign may make the longest journey longer, or shorter."""
    compiled = {}
    for km in (800, 9000):
        path = bad(tmp_path, BORDER, (("km = 800", f"km = {km}"),))
        compiled[km] = compile(load(path))
    members = np.arange(2, dtype=np.uint32)
    for now, then in ((800, 9000), (9000, 800)):
        state, _ = started(compiled[now])
        state = jax.tree.map(lambda x: np.stack([x, x], axis=-1), state)
        state = state.replace(week=np.int32(3), moving_men=np.ones_like(state.moving_men))
        paused = Paused(members, (state, ()), None, np.zeros((4, 1, 2)))  # pyright: ignore
        roomy = with_room(compiled[then], state)
        draws = drawn(roomy, no_posterior(), 1, members)
        after, _ = reopened_block(roomy, draws, paused).carry
        for name in UNDER_WAY:
            assert getattr(after, name).shape[:-1] == roomy.state[name].shape
        assert after.moving_men.sum() == state.moving_men.sum()


def test_what_is_decided_in_a_campaign_adds_no_link(tmp_path: Path):
    path = bad(tmp_path, BORDER, (("", f"[option.steppe.set]\n{OPTION}"),))
    scenario = load(path)
    trunk = SharedPast(scenario, compile(scenario), no_posterior(), range(1), 1, ())
    with pytest.raises(ScenarioError) as caught:
        grown(trunk, load(path, ["steppe"]), 1)
    words = str(caught.value)
    assert "option = steppe" in words and "changes which links there are: westland" in words
