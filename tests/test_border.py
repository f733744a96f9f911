"""How few men hold a border: campaigns with fewer and fewer on it, and what moves that."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sinews.analysis.branching import SharedPast, grown, started
from sinews.analysis.council import questions
from sinews.analysis.council.border import (
    LEVELS,
    SHARES,
    Border,
    Case,
    Logistic,
    Trial,
    border_of,
    border_risk,
    fitted,
)
from sinews.errors import ScenarioError
from sinews.scenario import load
from sinews.scenario.load import load_text

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"
# A stronger neighbour, and a reserve of one's own behind the border.
FEW, MANY = (f'power = "ostland"\ntheatre = "steppe"\nmen = "{n} k"' for n in (120, 200))
RESERVE = '\n[[force]]\npower = "midland"\ntheatre = "plain"\nmen = "150 k"\nquality = 0.8\n'
BOLD = COUNCIL.read_text("utf-8").replace(FEW, MANY) + RESERVE
MEMBERS = 96

SLOW = Case(trains=0.25)
"""Its lines carry a quarter, so that not all who could come back come in time."""


@pytest.fixture(scope="module")
def today() -> SharedPast:
    """Members on the day of the council, four weeks in."""
    return started(load_text(BOLD.encode(), "bold.toml"), range(MEMBERS), 1, 4)


@pytest.fixture(scope="module")
def trial(today: SharedPast) -> Trial:
    return Trial(today, ["steppe"], "midland")


@pytest.fixture(scope="module")
def answer(today: SharedPast) -> Border:
    return border_risk(today, ["steppe"], SLOW, "midland")


def lost(trial: Trial, case: Case) -> Any:
    """How often the border is lost, by share of the garrison left."""
    return trial.outcomes(case, resolved=True)[0].mean(axis=1)


@pytest.mark.parametrize(
    ("cases", "least"),
    [
        ([Case(trains=0.25, warning=x) for x in (9.0, 4.0, 0.0)], 0.2),
        ([Case(trains=x) for x in (1.0, 0.5, 0.25)], 0.2),
        ([Case(reserve=x) for x in (2e5, 5e4, 0.0)], 0.2),
        ([replace(SLOW, earlier=1.5), SLOW], 0.03),
    ],
    ids=["warning", "trains", "reserve", "inspections"],
)
def test_what_comes_back_in_time_holds_a_border(trial: Trial, cases: list[Case], least: float):
    """The less of it, the more often the border is lost, over all strengths."""
    shares = [lost(trial, case) for case in cases]
    assert all((np.diff(each) >= -0.03).all() for each in shares), "the fewer stay, the oftener"
    means = [each.mean() for each in shares]
    assert (np.diff(means) >= 0.0).all() and means[-1] - means[0] >= least


def test_war_comes_as_often_as_in_the_campaigns_themselves(trial: Trial, today: SharedPast):
    """Nobody being made to begin one: with the garrison that there is, they are the same."""
    run = grown(today, today.scenario, trial.end)
    with pytest.raises(ScenarioError, match=r"lies behind its members\n +write 26 or more"):
        grown(run, today.scenario, trial.end - 1)
    assert grown(run, today.scenario, trial.end).week == trial.end
    campaigns = run.series("hostile", "steppe")[today.week :].max(axis=0) > 0.0
    war = trial.outcomes(Case(), resolved=False)[1]
    assert war.shape == (len(SHARES), MEMBERS)
    np.testing.assert_array_equal(war[0], campaigns)
    asked = trial.outcomes(Case(), resolved=True)[1]
    assert asked[-1].mean() > war[-1].mean() + 0.2


def test_who_leaves_joins_the_reserve_with_his_arms(trial: Trial, today: SharedPast):
    names = today.compiled.axes
    steppe, plain = (names["theatre"].index(name) for name in ("steppe", "plain"))
    p, q = (names["power"].index(name) for name in ("midland", "ostland"))
    (block,) = today.paused
    was = block.carry[0]
    state = trial.left(block, 0.3, Case(), resolved=True).carry[0]
    for name in ("men", "experience"):
        before, after = np.asarray(getattr(was, name)), np.asarray(getattr(state, name))
        np.testing.assert_allclose(after[p, steppe], 0.3 * before[p, steppe], rtol=1e-5)
        np.testing.assert_allclose(after.sum(axis=1), before.sum(axis=1), rtol=1e-5)
        assert (after[p, plain] > before[p, plain]).all()
        np.testing.assert_array_equal(after[q], before[q])
    kit = [np.asarray(x.equipment).sum(axis=0) for x in (was, state)]
    np.testing.assert_allclose(*kit, rtol=1e-5)
    assert np.asarray(state.gathered)[q, names["axis"].index("steppe")].all()
    assert np.asarray(state.gathered).sum() == state.men.shape[-1]
    capped = trial.left(block, 0.3, Case(reserve=1e4), resolved=False).carry[0]
    np.testing.assert_allclose(np.asarray(capped.men)[p, plain], 1e4, rtol=1e-4)
    assert not np.asarray(capped.gathered).any()


def test_the_curve_has_the_risk_that_it_is_said_to_have(answer: Border, trial: Trial):
    shares = lost(trial, SLOW)
    assert [risk.lost for risk in answer.risks] == pytest.approx(shares.tolist(), abs=0.08)
    curve = fitted(trial.men, trial.outcomes(SLOW, resolved=True)[0])
    for force, level in zip(answer.forces, LEVELS, strict=True):
        assert curve.lost([force.men])[0] == pytest.approx(1.0 - level, abs=1e-6)
        assert 0.0 < force.error < 0.2 * force.men
    assert answer.forces[0].men < answer.forces[1].men
    assert Logistic(2.0, 1.0).holds(0.5) == 2.0


def test_what_could_be_otherwise_moves_the_force(answer: Border):
    force = {name: men[0] for name, men in answer.variants.items()}
    assert force["as it is"] == answer.forces[0].men, "one block has all members here"
    assert force["with inspections"] < force["as it is"] < force["none of the reserve"]
    assert force["twice the warning"] < force["as it is"] < force["half the warning"]
    assert force["twice the trains"] < force["as it is"] < force["half the trains"]


def test_the_sentence_says_how_much_can_go(answer: Border):
    text = answer.sentence()
    assert text.startswith("By ") and "of the 180 k men" in text
    assert "should Ostland resolve on war" in text
    assert "80 times in 100" in text and "95 times in 100" in text
    assert "left to themselves they begin one within 22 weeks in" in text
    few = replace(answer, present=answer.forces[0].men - 5e3).sentence()
    assert few.startswith("Not at all, the ") and "are 5,000 too few: " in few
    plain = json.loads(json.dumps(answer.plain()))
    assert plain["forces"][0]["level"] == 0.8 and len(plain["risks"]) == len(SHARES)
    assert set(plain["risks"][0]) == {"men", "war", "lost"}


def test_in_a_brief_no_more_is_run_than_the_sentence_tells(answer: Border, today: SharedPast):
    short = border_risk(today, ["steppe"], SLOW, "midland", variants=False)
    assert short.sentence() == answer.sentence() and not short.variants
    assert short.risks == (answer.risks[0], answer.risks[-1])


def test_any_power_may_ask_where_nobody_is_played(today: SharedPast):
    border = load(COUNCIL.with_name("border.toml"))
    (axis, *_) = (name for name, theatre in border.theatres.items() if theatre.axis)
    with pytest.raises(
        ScenarioError, match=r"the scenario has no player\n    name it: --power NAME"
    ):
        border_of(border, [axis], Case())
    theirs = questions.border(
        today.scenario, ["steppe"], today=today, variants=False, power="ostland"
    )
    assert theirs.power == "ostland" and "should Midland resolve on war" in theirs.sentence()
    assert theirs.risks[0].men == pytest.approx(2e5, rel=0.1), "its own men, not the player's"


def test_what_makes_no_sense_is_refused():
    scenario = load(COUNCIL)
    for theatres, power, says in (
        (["stepe"], None, 'did you mean "steppe"'),
        ([], None, "name the axes of the border: steppe$"),
        ([], "nobody", "name the axes of the border: border, steppe\n"),
        (["steppe"], "midlnd", "no power has that name"),
        (["border"], None, "midland stands at neither end of that axis"),
    ):
        with pytest.raises(ScenarioError, match=says):
            border_of(scenario, theatres, Case(), power)
    with pytest.raises(ScenarioError, match="2 mistakes") as raised:
        border_of(scenario, ["steppe"], Case(warning=-1.0, reserve=np.nan))
    assert "must be 0 or more" in str(raised.value)
    assert border_of(scenario, ["steppe"], Case()) == "midland"
