"""When output overtakes losses: examples worked by hand, and a real run."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import sinews
from sinews.analysis.council.replace import INTAKE, WINDOW, Replacement, overtakes, overtaking
from sinews.errors import ScenarioError

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
START = date(1941, 6, 22)


def member(losses: list[float], gains: list[float], first: float = 500.0) -> np.ndarray:
    """Cumulative losses and intake, and the stock, of one member [series week]."""
    lost, got = (np.cumsum([0.0, *weeks]) for weeks in (losses, gains))
    return np.array([lost, got, first + got - lost])


def answer(*members: np.ndarray) -> Replacement:
    lost, intake, stock = np.stack(members, axis=1)
    return overtakes(lost, intake, stock, START, "the USSR", "tanks")


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


def test_a_relapse_is_told():
    again = member([20.0] * 4 + [0.0] * 8 + [40.0] * 8, [10.0] * 20)
    found = answer(again)
    assert found.relapse == 1.0 and "falls behind again" in found.sentence()
    assert answer(TURNS).relapse == 0.0


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
