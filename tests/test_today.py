"""Forecasts from today: a staff begins where its power stands, and knows nothing that is hidden."""

from dataclasses import fields, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from walks import TWO

from sinews.analysis import today
from sinews.analysis.branching import SharedPast, grown, some_of
from sinews.analysis.filtering import yet_to_start
from sinews.campaign import fog
from sinews.campaign.engine import Engine, Truth
from sinews.campaign.played import Campaign
from sinews.campaign.staff import Told
from sinews.engine.posterior import no_posterior, read_posterior
from sinews.engine.probes import names_of, places_of
from sinews.engine.simulate import BLOCK, Paused, one_member
from sinews.engine.situation import Situation
from sinews.scenario import Scenario, load
from sinews.scenario.compile import compile
from sinews.testing import obscured

ROOT = Path(__file__).parent.parent
WEEK, MEMBERS, POWER = 10, 128, "ostland"
PLACE = 1
"""Of Ostland among the powers; Westland, the first, attacks it."""
TRUE = 10**6 + 3
START_OF_ROWS = ("front", "force", "gold", "equipment", "lost", "casualties", "made")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(TWO)


@pytest.fixture(scope="module")
def truth(scenario: Scenario) -> Truth:
    return Truth(scenario, TRUE, 1)


@pytest.fixture(scope="module")
def trunk(scenario: Scenario) -> SharedPast:
    seedling = yet_to_start(scenario, MEMBERS, 1, no_posterior())
    return grown(seedling, scenario, WEEK)


@pytest.fixture(scope="module")
def there(truth: Truth, trunk: SharedPast) -> Situation:
    return Engine().situation(truth, trunk, POWER)


@pytest.fixture(scope="module")
def past(trunk: SharedPast, there: Situation) -> SharedPast:
    return today.from_today(trunk, there, PLACE, MEMBERS)


def field(past: SharedPast, name: str) -> np.ndarray:
    return np.asarray(getattr(past.paused[0].carry[0], name))


def test_what_a_power_knows_is_set_in_every_member(past: SharedPast, truth: Truth):
    state = Engine().true(truth, WEEK).carry[0]
    for name in ("front", "dug_in", "lost_share", "war"):
        assert (field(past, name) == np.asarray(getattr(state, name))[..., :1]).all(), name
    for name in ("men", "material", "hospital", "reserve", "strength_seen"):
        own = field(past, name)[PLACE]
        assert (own == np.asarray(getattr(state, name))[PLACE, ..., :1]).all(), name
    # What it does not know differs from member to member, luck above all.
    for name in ("men", "depot"):
        assert np.ptp(field(past, name)[0], axis=-1).max() > 0.0, name
    assert (np.ptp(field(past, "fortune"), axis=-1) > 0.0).all()


def test_fans_begin_at_what_is_seen(past: SharedPast, there: Situation):
    """The state that is set says so itself, before the row is given what was seen; and a week on
    they have opened."""
    block = next(today.rewritten(past.compiled, past.posterior, past.seed, past.paused))
    (ahead,) = grown(past, past.scenario, WEEK + 2).paused
    for name in START_OF_ROWS:
        start, shape = places_of(past.compiled)[name]
        part = slice(start, start + int(np.prod(shape)))
        seen = there.rows[-1, part]
        known = ~np.isnan(seen)
        for rows in (block.rows, past.paused[0].rows):
            off = np.abs(rows[-1, part] - seen[:, None])[known]
            assert off.max() < 1.0, name
    assert np.ptp(ahead.rows[-1, places_of(past.compiled)["front"][0]]) > 1.0


def test_what_was_seen_stands_in_the_rows_of_every_week(past: SharedPast, there: Situation):
    rows, known = past.rows, ~np.isnan(there.rows)
    assert known.any() and not known.all()
    assert (rows[known] == there.rows[known][:, None]).all()


def test_the_laws_hold_from_today_on(past: SharedPast):
    on = grown(past, past.scenario, WEEK + 8)
    assert on.imbalance < 1e-6


def test_a_belief_moves_what_stands_across_the_front_as_beliefs_go_with_strengths(
    trunk: SharedPast, there: Situation
):
    """By the slope of logs on logs, with what staffs do not know left in; men and arms together."""
    believed = there.state["strength_seen"]
    twice = there.state | {"strength_seen": believed * np.array([2.0, 1.0], np.float32)}
    few = some_of(trunk, range(MEMBERS))
    watched = np.array([[True, False], [False, False], [False, False]])
    now, more = (
        today._strengths(few, replace(there, state=state), PLACE, watched)
        for state in (there.state, twice)
    )
    strength = trunk.series("strength")[-1].reshape(3, 2, -1)[0, 0]
    seen = trunk.series("strength_seen")[-1].reshape(3, 2, -1)[PLACE, 0]
    x, y = np.log(seen), np.log(strength)
    slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    assert 0.05 < slope < 1.0
    assert now[0][0] == pytest.approx(strength)
    assert now[1][0] == pytest.approx((believed[PLACE, 0] / seen) ** slope, rel=1e-3)
    assert more[1][0] / now[1][0] == pytest.approx(2.0**slope, rel=1e-3)
    # Westland's men and tanks on that front are so many times as many; nobody else's are.
    (one,), (two,) = (
        [*today._as_believed(few, replace(there, state=state), PLACE)]
        for state in (there.state, twice)
    )
    front = list(trunk.compiled.axes["theatre"]).index("border")
    for name in ("men", "experience"):
        before, after = (np.asarray(getattr(x.carry[0], name)) for x in (one, two))
        assert after[0, front] == pytest.approx(2.0**slope * before[0, front], rel=1e-3)
        assert (after[2] == before[2]).all() and before[2].any()
    before, after = (np.asarray(x.carry[0].equipment) for x in (one, two))
    mine = np.asarray(trunk.compiled.world["army_power"])[:, 0] > 0
    at = mine & (np.asarray(trunk.compiled.world["army_theatre"])[:, front] > 0)
    assert after[at] == pytest.approx(2.0**slope * before[at], rel=1e-3) and before[at].any()
    assert (after[~at] == before[~at]).all()


def test_members_that_tell_what_was_seen_weigh_more(trunk: SharedPast, there: Situation):
    logs = today.likeness(trunk, there)
    own = replace(there, rows=np.where(np.isnan(there.rows), np.nan, trunk.rows[:, :, 5]))
    assert np.argmax(today.likeness(trunk, own)) == 5
    weights, _ = today.tempered(np.full(MEMBERS, 1 / MEMBERS), logs, today._LEAST)
    assert 1.0 / (weights @ weights) >= MEMBERS / 8 - 1e-6


def test_what_is_not_as_all_know_it_to_be_counts_as_much_as_all_numbers_further_off(
    trunk: SharedPast, there: Situation
):
    place = places_of(trunk.compiled)["held"][0]
    rows = trunk.rows.copy()
    rows[-1, place] = 1.0 - (
        there.rows[-1, place] > 0.5
    )  # the same in all: it tells no members apart
    wrong = replace(trunk, paused=(replace(trunk.paused[0], rows=rows),))
    rows = rows.copy()
    rows[-1, place] = there.rows[-1, place]
    right = replace(trunk, paused=(replace(trunk.paused[0], rows=rows),))
    less = today.likeness(right, there) - today.likeness(wrong, there)
    assert (less > 0.0).all() and np.ptp(less) < 1e-6 * less[0]
    # As much as if every number that tells members apart were so many standard deviations off.
    weeks = rows[range(WEEK % 4, WEEK + 1, 4)][:, ~np.isnan(there.rows[-1])]
    apart = weeks.std(axis=-1) > 1e-5 * np.maximum(np.abs(weeks).max(axis=-1), 1e-9)
    assert less[0] == pytest.approx(apart.sum() * today._AGAINST**2 / 2.0)


class Blinded(Engine):
    """The engine, of whose true member all is changed that Ostland cannot know."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = 0

    def true(self, truth: Truth, week: int) -> Paused:
        block = super().true(truth, week)
        compiled = compile(truth.scenario)
        of = compiled, read_posterior(truth.scenario), truth.member, week, truth.seed
        hidden, _ = obscured(*one_member(*of), PLACE)
        others = np.arange(3) != PLACE
        tally = replace(
            block.carry[1],
            **{
                f.name: np.where(of_power(others, x), 2.0 * x + 1.0, x)
                for f in fields(block.carry[1])
                if f.name != "imbalance" and (x := np.asarray(getattr(block.carry[1], f.name))).size
            },
        )
        names = names_of(compiled)
        unseen = np.ones(len(names), bool)
        unseen[fog.visible(names, truth.scenario, POWER)] = False
        rows = np.where(unseen[None, :, None], 2.0 * np.abs(block.rows) + 1.0, block.rows)
        self.changed += int(unseen.sum())
        state = jax.tree.map(lambda x: np.repeat(np.asarray(x)[..., None], BLOCK, -1), hidden)
        return replace(block, carry=(state.replace(week=block.carry[0].week), tally), rows=rows)


def of_power(where: np.ndarray, values: np.ndarray) -> np.ndarray:
    return where.reshape(-1, *[1] * (values.ndim - 1))


def test_no_forecast_changes_when_what_is_hidden_of_the_truth_does():
    """Nor does an answer, advice, or an item that comes up by what its staff believes."""
    heard: list[Any] = []
    blinded = Blinded()
    for engine in (Engine(), blinded):
        how: dict[str, Any] = {"powers": ["midland", "ostland"], "power": POWER}
        game = Campaign.start(TWO, seed=4, members=40, simulate=engine, **how)
        for seat in (Campaign.open(game.store, game.number, simulate=engine), game):
            seat.submit()
        game.advance(4)
        heard.append([game.brief(), game.estimates(make=True), game.agenda])
    assert heard[0] == heard[1] and blinded.changed > 0
    assert heard[0][0]["agenda"][0]["options"][0]["forecasts"]


def test_answer_and_forecast_of_one_thing_are_one_number():
    game = Campaign.start(TWO, seed=4, members=40, power=POWER)
    game.advance(4)
    staff = game._hearing._staff(Told(None, 1))
    item = game._hearing.open()[0]
    rows, paper = staff.forecasts(item), staff.paper(item, {})
    shown = {(row["option"], row["measure"]): row["values"] for row in rows if not row["soon"]}
    told = {
        (side["name"], each["name"]): each
        for side in paper["options"]
        for each in side["forecasts"]
    }
    assert told and told.keys() <= shown.keys()
    for key, each in told.items():
        assert np.median(shown[key]) == pytest.approx(each["median"], rel=1e-6, abs=1e-6), key


def test_an_evening_has_one_past_whatever_is_decided_in_it():
    """Also in another program, which has to draw it anew."""
    engine = Engine()
    game = Campaign.start(TWO, seed=4, members=40, simulate=engine, power="midland")
    first = game._hearing._staff(Told(None, 1))
    game.decide("lorries", "sell-lorries")
    second = game._hearing._staff(Told(None, 1))
    assert second.ahead is first.ahead and second.scenario.decided and not first.scenario.decided
    anew = Campaign.open(game.store, game.number, members=40, simulate=Engine())
    third = anew._hearing._staff(Told(None, 1))
    for one, other in zip(first.ahead.past.paused, third.ahead.past.paused, strict=True):
        for a, b in zip(jax.tree.leaves(one.carry), jax.tree.leaves(other.carry), strict=True):
            assert np.array_equal(a, b)
    game.advance(1)
    assert game._hearing._staff(Told(None, 1)).ahead is not first.ahead


def test_the_future_is_not_the_true_members_luck():
    """Members have luck of their own: one of them, set to all that is true, goes elsewhere."""
    scenario = load(TWO)
    engine, truth = Engine(), Truth(scenario, TRUE, 1)
    ahead = engine.ahead(truth, scenario, POWER, WEEK, 40, lambda _: None)
    keys = np.asarray(ahead.past.paused[0].keys).T[:40].tolist()
    assert len({tuple(key) for key in keys}) == 40
    assert np.asarray(engine.true(truth, WEEK).keys).T[0].tolist() not in keys
    assert TRUE not in ahead.draw


def test_the_study_of_forecasts_ranks_what_happened_among_members():
    """Its figures stand in docs/campaign.md; here a small one runs."""
    spec = spec_from_file_location("forecasts", ROOT / "tools" / "forecasts.py")
    assert spec is not None and spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    found = list(tool.forecasts(tool.Study(TWO, (POWER,), (WEEK,), 1)))
    assert {each.ahead for each in found} == {2, 6}  # the scenario ends before 26
    assert {each.kind for each in found} >= {f"front, {POWER}", f"casualties, {POWER}"}
    assert all(0.0 <= each.rank <= 1.0 and min(each.scores) >= 0.0 for each in found)
    soon = [each for each in found if each.ahead == 2]
    assert tool.share(soon, 1) < 1.0 and tool.share(soon, 2) > 0.0
    begin, end = tool.MARKS
    assert begin in (page := (ROOT / tool.PAGE).read_text()) and end in page
    assert "| weeks ahead |" in page.partition(begin)[2].partition(end)[0]
