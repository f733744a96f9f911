"""When output overtakes losses: examples worked by hand, and a real run."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

import sinews
from sinews.analysis.council.conditions import Condition
from sinews.analysis.council.replace import INTAKE, WINDOW, Replacement, overtakes, overtaking
from sinews.analysis.council.when import first_date
from sinews.analysis.measures import Measure
from sinews.cli import main
from sinews.errors import ScenarioError
from sinews.scenario import load

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
START = date(1941, 6, 22)


def member(losses: list[float], gains: list[float], first: float = 500.0) -> np.ndarray:
    """Cumulative losses and intake, and the stock, of one member [series week]."""
    lost, got = (np.cumsum([0.0, *weeks]) for weeks in (losses, gains))
    return np.array([lost, got, first + got - lost])


def answer(*members: np.ndarray, made: list[np.ndarray] | None = None) -> Replacement:
    lost, intake, stock = np.stack(members, axis=1)
    return overtakes(lost, intake, stock, START, "the USSR", "tanks", made=made)


# Sixteen weeks: twenty lost a week, then five; ten made a week throughout.
TURNS = member([20.0] * 8 + [5.0] * 8, [10.0] * 16)
NEVER = member([20.0] * 16, [10.0] * 16)


def test_the_week_is_the_first_whose_eight_weeks_gained():
    # By the end of week 8 + n the eight weeks past lost 20 * (8 - n) + 5 * n and gained 80:
    # they are ahead from n = 6 on.
    found = answer(TURNS)
    assert found.first == (14, 14, 14) and found.never == 0.0
    assert found.on(14) == date(1941, 9, 28)
    assert found.trough == (420.0,) * 3 and found.trough_week == (8,) * 3


def test_members_who_never_do_count_as_later_than_all_others():
    found = answer(*[TURNS] * 6, *[NEVER] * 4)
    assert found.never == pytest.approx(0.4)
    assert found.first == (14, 14, None)
    assert found.trough[0] == 340.0 and found.trough[2] == 420.0
    assert found.sentence().startswith(
        "From about 28 Sep 1941, the USSR takes in more tanks than it loses (28 Sep 1941 to after "
        "12 Oct 1941 in 90 of 100 campaigns; by 12 Oct 1941 in 60 of 100)"
    )
    mostly = answer(*[TURNS] * 4, *[NEVER] * 6)
    assert mostly.first == (14, None, None)
    assert mostly.sentence().startswith("Not by 12 Oct 1941: in only 40 of 100 campaigns")


def test_never_at_all():
    found = answer(NEVER)
    assert found.never == 1.0 and found.first == (None, None, None)
    assert found.sentence() == (
        "Not by 12 Oct 1941: in none of 100 campaigns does the USSR take in more tanks than it "
        "loses; its stock is least, 340 (340\N{EN DASH}340), about 12 Oct 1941."
    )


def test_nothing_lost_is_nothing_to_replace():
    found = answer(member([0.0] * 10, [0.0] * 10))
    assert found.sentence() == (
        "The USSR loses no tanks by 31 Aug 1941: there is nothing to replace."
    )


def test_a_relapse_is_told_and_is_no_catching_up():
    again = member([20.0] * 4 + [0.0] * 8 + [40.0] * 8, [10.0] * 20)
    found = answer(again)
    assert found.relapse == 1.0 and "falls behind again" in found.sentence()
    # Of the eight weeks to week 8 four lost 20, and 80 came in: ahead first in week 9.
    assert found.first == (9, 9, 9) and found.lasting == (None, None, None) and found.never == 1.0
    assert "in none of 100 campaigns does the USSR take in more tanks than it loses for good" in (
        found.sentence()
    )
    assert "for a time it is ahead from about 24 Aug 1941, and falls" in found.sentence()
    assert answer(TURNS).relapse == 0.0


def test_it_overtakes_for_good_after_it_was_behind_for_the_last_time():
    """Ahead in weeks 9 to 14, behind while the eight weeks past lost more than the 80 they gained,
    ahead to the end from the week in which two of the eight lost 40."""
    twice = member([20.0] * 4 + [0.0] * 8 + [40.0] * 6 + [0.0] * 8, [10.0] * 26)
    found = answer(twice)
    # The eight weeks to week 24 lost 80, no more and no less; those to week 25 lost 40.
    assert (found.first, found.lasting) == ((9, 9, 9), (25, 25, 25))
    assert found.sentence().startswith("From about 14 Dec 1941, the USSR takes in more tanks")
    assert found.plain()["overtakes"]["median"] == "1941-12-14"
    assert found.plain()["ahead_first"]["median"] == "1941-08-24"


def test_what_is_bought_is_no_output():
    """Of 10 a week that come in 4 are made: 32 in eight weeks, which lost 40 at the least."""
    made = member([0.0] * 16, [4.0] * 16)[1]
    found = answer(TURNS, made=[made])
    assert found.lasting == (14, 14, 14) and found.made == (None, None, None)
    assert "; by what it makes itself in none of 100 campaigns" in found.sentence()
    sooner = answer(TURNS, made=[member([0.0] * 16, [8.0] * 16)[1]])
    # 64 made in eight weeks; of those to week 8 + n lost were 20 * (8 - n) + 5 * n: 55 for n = 7.
    assert sooner.made == (15, 15, 15)
    assert "; by what it makes itself from about 5 Oct 1941;" in sooner.sentence()
    assert "by what it makes" not in answer(TURNS, made=[TURNS[1]]).sentence()


def test_more_output_overtakes_sooner():
    weeks = [
        answer(member([20.0] * 8 + [5.0] * 8, [made] * 16)).first[1] for made in (8.0, 12.0, 18.0)
    ]
    assert weeks == sorted(weeks, reverse=True) and weeks[0] != weeks[-1]  # pyright: ignore


def test_a_run_answers():
    dataset = sinews.simulate(BORDER, members=20, weeks=14, keep=True)
    found = overtaking(dataset, "ostland", "tank", "Ostland", "tanks")
    assert found.members == 20 and found.weeks == 14 and found.start == date(1941, 6, 2)
    lost = dataset["lost"].sel(power="ostland", item="tank").values
    series = [dataset[name].sel(power="ostland", item="tank").values for name in INTAKE]
    intake = np.sum(series, axis=0)
    ahead = (intake[:, WINDOW:] - intake[:, :-WINDOW]) > (lost[:, WINDOW:] - lost[:, :-WINDOW])
    assert found.never == pytest.approx(1.0 - ahead.any(axis=1).mean())
    assert json.loads(json.dumps(found.plain()))["answer"] == found.sentence()


def test_what_cannot_be_answered_is_refused():
    short = sinews.simulate(BORDER, members=4, weeks=6, keep=True)
    with pytest.raises(ScenarioError, match="run 9 weeks or more"):
        overtaking(short, "ostland", "tank")
    with pytest.raises(ScenarioError, match='did you mean "ostland"'):
        overtaking(short, "ostlnd", "tank")
    with pytest.raises(ScenarioError, match="simulate it with keep=True"):
        overtaking(sinews.simulate(BORDER, members=4, weeks=6), "ostland", "tank")
    with pytest.raises(ScenarioError, match="differ in members or weeks"):
        overtakes(np.zeros((1, 12)), np.zeros((1, 13)), np.zeros((1, 12)), START)


def test_the_first_date_is_the_first_week_beyond_the_bound():
    """Of five members one never falls below 2, one rises again, and one is below from the start."""
    scenario = load(BORDER)
    stocks = [[5, 5, 5, 5], [5, 1, 5, 5], [5, 5, 1, 1], [1, 5, 5, 5], [5, 5, 5, 1]]
    at = scenario.start + timedelta(weeks=3)
    below = Condition(Measure("days", ("westland", "border"), at), None, 2.0)
    found = first_date(np.array(stocks).T, below, scenario)
    assert found.first == (0, 2, None) and found.share == 0.8
    assert (
        found.plain()["first"]["median"] == "1941-06-16" and found.plain()["first"]["high"] is None
    )
    assert (
        "is below 2.00 days first about 16 Jun 1941 (2 Jun 1941 to after 23 Jun 1941 in 90 of "
        in (found.sentence())
    )
    # From the second week on; and by an earlier date, when fewer have come to it.
    assert first_date(np.array(stocks).T, below, scenario, since=2).share == 0.4
    early = replace(below, measure=replace(below.measure, at=at - timedelta(weeks=2)))
    few = first_date(np.array(stocks).T, early, scenario)
    assert few.share == 0.4 and few.first == (0, None, None)
    assert " by 9 Jun 1941 in 40 " in few.sentence() and "at the earliest" in few.sentence()
    never = first_date(np.full((4, 5), 9.0), below, scenario)
    assert never.first == (None,) * 3 and "in none of 5 campaigns" in never.sentence().lower()


def test_when_is_asked_of_any_series(capsys: pytest.CaptureFixture[str]):
    found = sinews.when(BORDER, "front:border above 200 km", members=48)
    data = sinews.simulate(BORDER, members=48, weeks=found.scenario.weeks, seed=1, keep=True)
    front = data["front"].sel(axis="border").transpose("member", "week").values
    assert found.share == (front > 200).any(axis=1).mean() > 0.0
    assert found.first[0] == (front > 200).any(axis=0).argmax() or found.first[0]
    with pytest.raises(SystemExit) as ending:
        main(["when", str(BORDER), "front:border above 200 km", "--members", "8", "--json"])
    plain = json.loads(capsys.readouterr().out)
    assert (
        not ending.value.code
        and plain["above"] == 200.0
        and set(plain["first"]) == {"low", "median", "high"}
    )
    for text, says in {
        "frnt:border above 3": 'did you mean "front"',
        "front:bordr above 3": '"bordr" is no axis here',
        "front:border": "is no condition",
        "lost:westland:tank@1941-06-09..1941-07-07 above 3": "counts between two dates",
    }.items():
        with pytest.raises(ScenarioError, match=says):
            sinews.when(BORDER, text, members=8)
