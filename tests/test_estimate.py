"""What the staff expects if something comes about: members weighed by whether it does."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sinews
from sinews.analysis.council.conditions import Condition, conditions
from sinews.analysis.council.estimate import ConditionalEstimate
from sinews.analysis.measures import Measure, asked
from sinews.analysis.run import samples_of
from sinews.cli import main
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load, load_text

FILE = Path(__file__).parent / "scenarios" / "council.toml"
AT = date(1941, 9, 29)
FAR = f"front:border@{AT}"
LOSSES = f"irrecoverable:ostland@{AT}"
MEMBERS = 48


@pytest.fixture(scope="module")
def council() -> Scenario:
    return load(FILE)


def worked(council: Scenario, met: list[bool], *names: str) -> ConditionalEstimate:
    """Of six members whose measures are 1, 2, 3, 4, 10 and 20, those that meet a condition."""
    fallen = Condition(Measure("front", ("border",), AT), 300.0, None)
    values = np.array([[1.0, 2.0, 3.0, 4.0, 10.0, 20.0]] * len(names))
    measures = tuple(asked(names, council, 26))
    return ConditionalEstimate(council, measures, (fallen,), values, np.array(met), np.arange(6))


def test_members_count_where_the_condition_holds_and_nowhere_else(council: Scenario):
    found = worked(council, [True, True, True, False, False, False], LOSSES)
    if_so, otherwise = found.spread(0), found.spread(0, False)
    assert if_so and otherwise and found.share == 0.5
    assert (if_so.members, if_so.median, if_so.mean) == (3, 2.0, 2.0)
    assert (otherwise.members, otherwise.median) == (3, 10.0)
    # Means 2 and 34/3; variances of the means 1/3 and (22 + 2/9 + 16/9 + 75 + 1/9) / 6.
    mean, error = found.difference(0) or (0.0, 0.0)
    apart = np.std([4.0, 10.0, 20.0], ddof=1) / 3**0.5
    assert mean == pytest.approx(2.0 - 34.0 / 3.0)
    assert error == pytest.approx(np.hypot(1.0 / 3**0.5, apart))
    assert found.sentence().startswith(
        "If the front of border is east of 300 km (120 km west of Ostburg) on 29 Sep 1941 (in 50 "
    )
    assert ": 2 men (1\N{EN DASH}3), else 10 (mean difference" in found.sentence()


def test_what_comes_about_in_all_or_in_none_is_said(council: Scenario):
    never = worked(council, [False] * 6, LOSSES)
    assert never.spread(0) is None and never.difference(0) is None
    assert never.sentence().startswith("In none of 6 campaigns it comes about that the front")
    always = worked(council, [True] * 6, LOSSES)
    assert "(as in all of 6 campaigns)" in always.sentence() and "else" not in always.sentence()
    for each in (never, always):
        assert json.loads(json.dumps(each.plain(), allow_nan=False))["members"] == 6
        assert all(len(line) == len(each.heads) for line in each.lines())


def test_an_estimate_is_of_the_members_that_a_run_has(council: Scenario):
    run = samples_of(council, asked([FAR, LOSSES], council, 26), MEMBERS, 26, 1).values
    front, losses = run[FAR], run[LOSSES]
    bound = float(np.median(front))
    found = sinews.estimate(council, [LOSSES], [f"{FAR} above {bound} km"], members=MEMBERS)
    far = front > bound
    if_so = found.spread(0)
    assert if_so and 0 < far.sum() < MEMBERS and if_so.members == far.sum()
    assert if_so.median == pytest.approx(np.median(losses[far]), rel=1e-6)
    mean, error = found.difference(0) or (0.0, None)
    # Where the front is lost further, more are lost, and by more than luck would have it.
    assert error and mean > 2 * error > 0.0
    both = sinews.estimate(
        council, [LOSSES], [f"{FAR} above {bound}", f"{FAR} below {bound}"], members=MEMBERS
    )
    assert both.share == 0.0
    alone = sinews.estimate(council, [LOSSES], members=MEMBERS)
    assert alone.share == 1.0 and alone.difference(0) is None
    assert alone.sentence().startswith("Ostland: killed, missing and captured, 29 Sep 1941: ")


def test_all_that_is_wrong_with_conditions_is_said_at_once(council: Scenario):
    texts = ["frnt:border below 3", FAR, f"{FAR} below 3 t", f"{FAR} beyond 3", "front below 3"]
    with pytest.raises(ScenarioError) as error:
        conditions(council, texts, 26)
    said = str(error.value)
    assert said.startswith("council: 5 mistakes")
    for words in ('did you mean "front"?', "as in \"held:Kiev@1941-09-28 below 0.5\"", "a distance",
                  "names 2 measures"):  # fmt: skip
        assert words in said
    with pytest.raises(ScenarioError, match="comes about in none of the 8 members"):
        sinews.replace(council, "ostland", "tank", members=8, given=[f"{FAR} above 4000"])


def test_losses_are_replaced_later_where_more_is_lost(council: Scenario):
    bound = sinews.estimate(council, [FAR], members=MEMBERS).spread(0)
    assert bound is not None
    far, near = (
        sinews.replace(council, "ostland", "tank", MEMBERS, given=[f"{FAR} {side} {bound.median}"])
        for side in ("above", "below")
    )
    whole = sinews.replace(council, "ostland", "tank", MEMBERS)
    assert far.members + near.members == whole.members == MEMBERS
    assert far.trough[1] < near.trough[1]
    assert far.sentence().startswith("If the front of border is east of ")
    assert far.plain()["given"] and not whole.plain()["given"]


def test_an_item_may_ask_what_is_expected_if_something_comes_about():
    ask = (
        '[[agenda.ask]]\nwhat = "estimate"\nmeasure = "irrecoverable:ostland"\n'
        'given = { measure = "front:border@1941-09-29", above = "BOUND km" }\n'
    )
    text = FILE.read_text()
    old = '[[agenda.ask]]\nwhat = "replace"\npower = "ostland"\nitem = "tank"\n'
    bound = sinews.estimate(FILE, [FAR], members=MEMBERS).spread(0)
    assert old in text and bound is not None
    changed = text.replace(old, ask.replace("BOUND", str(bound.median)))
    asking = load_text(changed.encode(), str(FILE))
    (paper,) = sinews.brief(asking, members=MEMBERS, items=["lorries"]).agenda
    (answer,) = [a for a in paper.answers if a.what == "estimate"]
    again = sinews.estimate(
        asking, [f"irrecoverable:ostland@{paper.horizon}"], [f"{FAR} above {bound.median}"],
        members=MEMBERS,
    )  # fmt: skip
    assert answer.sentence == again.sentence()
    for wrong, says in (
        ('given = { measure = "front:border" }', "has no bound"),
        ('given = { measure = "frnt@x", above = 1 }', "is no date"),
        ("", "estimate needs it: what is taken to have come about"),
    ):
        bad = text.replace(old, ask.replace(ask.splitlines()[3], wrong))
        with pytest.raises(ScenarioError, match=says):
            load_text(bad.encode(), str(FILE))


def test_an_item_may_ask_for_the_first_date():
    ask = '[[agenda.ask]]\nwhat = "when"\nmeasure = "front:border"\nabove = "20 km"\n'
    text = FILE.read_text()
    old = '[[agenda.ask]]\nwhat = "replace"\npower = "ostland"\nitem = "tank"\n'
    asking = load_text(text.replace(old, ask).encode(), str(FILE))
    (paper,) = sinews.brief(asking, members=MEMBERS, items=["lorries"]).agenda
    (answer,) = [a for a in paper.answers if a.what == "when"]
    dates = [date.fromisoformat(x) for x in answer.figures["first"].values() if x]
    # What was so before is so on the day of the council: nobody asks for what is past.
    assert dates and min(dates) >= asking.council and answer.figures["members"] == MEMBERS
    with pytest.raises(ScenarioError, match="has no bound"):
        load_text(text.replace(old, ask.replace('above = "20 km"\n', "")).encode(), str(FILE))


def test_the_command_prints_a_sentence_and_a_table(capsys: pytest.CaptureFixture[str]):
    words: list[Any] = ["estimate", FILE, "--measure", LOSSES, "--if", f"{FAR} above 250"]
    with pytest.raises(SystemExit) as ending:
        main([*map(str, words), "--members", "8"])
    out = capsys.readouterr().out
    assert not ending.value.code and out.startswith("If the front of ") and "if so" in out


@pytest.mark.parametrize("bound", ["below 2", "below -1", "above 1", "above 0", "below 50 %"])
def test_a_bound_on_what_is_yes_or_no_must_part_the_two(council: Scenario, bound: str):
    word = f"hostile:steppe@{AT}"
    if bound == "below 50 %":
        assert conditions(council, [f"{word} {bound}"], 26)[0].below == 0.5
        return
    with pytest.raises(ScenarioError) as error:
        conditions(council, [f"{word} {bound}"], 26)
    (mistake,) = error.value.mistakes
    assert mistake.expected.startswith("it must lie between 0 and 1")
    assert mistake.remedy == f"write {word} {bound.split()[0]} 0.5"
    side, number = bound.split()
    ask = f'[[agenda.ask]]\nwhat = "odds"\nmeasure = "hostile:steppe"\n{side} = {number}\n'
    text = FILE.read_text("utf-8").replace("[[agenda.ask]]", ask + "[[agenda.ask]]", 1)
    with pytest.raises(ScenarioError, match="does not part yes"):
        load_text(text.encode(), str(FILE))
