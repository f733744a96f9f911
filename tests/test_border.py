"""How few men hold a border: figures worked out before, and what moves them which way."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sinews.analysis.branching import SharedPast, started
from sinews.analysis.council.border import LEVELS, border_risk, need, risk
from sinews.analysis.council.situation import (
    Line,
    Reserve,
    Situation,
    situation_of,
    strength_per_man,
)
from sinews.errors import ScenarioError
from sinews.scenario import load

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"

# An enemy believed to be a million, give or take 0.30 in logs; own quality about 0.8; break-even
# about 1.5 times 1.35. So many men as below are then wanted, of an earlier reckoning.
UNIT = Situation(enemy=1e6)
AT_ONCE = Reserve(5e5, (Line(1.0, 10_000.0),))
"""Half a million men who are there within any warning."""

BORDER = Situation(
    enemy=1e6,
    back=Reserve(1.5e6, (Line(2_500.0, 30.0),)),
    surge=Reserve(8e5, (Line(1_500.0, 12.0),)),
    present=3e6,
)


def men(situation: Situation, draws: int = 4_000) -> list[float]:
    return [force.men for force in border_risk(situation, draws).forces]


def test_the_figures_of_the_unit_case():
    assert men(UNIT, 40_000) == pytest.approx([1.25e6, 1.63e6], rel=0.03)
    assert men(replace(UNIT, surge=AT_ONCE), 40_000) == pytest.approx([1.70e6, 2.14e6], rel=0.03)
    assert men(replace(UNIT, inspected=True), 40_000)[0] == pytest.approx(1.06e6, rel=0.03)
    both = replace(UNIT, surge=AT_ONCE, back=AT_ONCE)
    assert men(both, 40_000) == pytest.approx([1.20e6, 1.64e6], rel=0.03)


def test_without_doubt_the_force_is_that_of_davis():
    known = Situation(
        enemy=1.5e6,
        error=0.0,
        enemy_quality=(1.0, 1.0),
        quality=(0.5, 0.5),
        main_share=(0.25, 0.25),
        hold_ratio=(1.0, 1.0),
        entrench=(0.0, 0.0),
    )
    for share, hold, even in ((0.25, 1.0, 1.5), (0.25, 0.6, 1.2), (0.25, 1.8, 2.1)):
        case = replace(known, main_share=(share, share), hold_ratio=(hold, hold))
        assert men(case) == pytest.approx([3e6 / even] * 2)
    assert risk(need(known), 2e6 - 1.0) == 1.0 and risk(need(known), 2e6 + 1.0) == 0.0


def test_a_reserve_comes_as_the_staff_reckons():
    # 0.8 million men in 2,600 trains over 3,335 km at 45 trains a day: the last in week 9.3.
    siberia = Reserve(8e5, (Line(3_335.0, 45.0),))
    speed, load = np.array([450.0]), np.array([8e5 / 2_600])
    assert siberia.brought(9.32, speed, load)[0] == pytest.approx(8e5)
    assert siberia.brought(9.2, speed, load)[0] < 8e5
    assert siberia.brought(3_335 / 450 / 7, speed, load)[0] == pytest.approx(0.0, abs=1e-6)
    two = Reserve(8e5, (Line(3_335.0, 22.5), Line(3_335.0, 22.5)))
    assert two.brought(5.0, speed, load) == pytest.approx(siberia.brought(5.0, speed, load))
    assert Reserve(8e5).brought(5.0, speed, load)[0] == 0.0


@pytest.mark.parametrize(
    ("cause", "values"),
    [
        ("enemy", (0.5e6, 1e6, 2e6)),
        ("error", (0.0, 0.15, 0.3, 0.5)),
        ("enemy_quality", ((0.7, 1.0), (0.8, 1.4), (1.2, 1.6))),
        ("unseen", (0.0, 2.0, 4.0)),
        ("surge", tuple(Reserve(m, (Line(1_500.0, 12.0),)) for m in (0.0, 3e5, 9e5))),
        ("surge", tuple(Reserve(9e5, (Line(1_500.0, t),)) for t in (6.0, 12.0, 24.0))),
        ("surge", tuple(Reserve(9e5, (Line(km, 12.0),)) for km in (6_000.0, 3_000.0, 500.0))),
    ],
)
def test_what_makes_the_enemy_stronger_takes_more_men(cause: str, values: tuple[object, ...]):
    forces = [men(replace(BORDER, **{cause: value})) for value in values]  # pyright: ignore
    assert all(np.all(np.diff(each) >= 0.0) for each in zip(*forces, strict=True))
    assert forces[-1] > forces[0]


@pytest.mark.parametrize(
    ("cause", "values"),
    [
        ("quality", ((0.5, 0.7), (0.6, 1.0), (1.0, 1.2))),
        ("main_share", ((0.2, 0.25), (0.22, 0.38), (0.4, 0.5))),
        ("hold_ratio", ((0.5, 0.7), (0.75, 1.05), (1.2, 1.8))),
        ("entrench", ((0.0, 0.1), (0.15, 0.7), (0.7, 0.9))),
        ("weeks_dug", (0.0, 4.0, 12.0)),
        ("warning", (1.0, 3.0, 4.5, 6.0, 9.0)),
        ("inspected", (False, True)),
        ("back", tuple(Reserve(m, (Line(2_500.0, 30.0),)) for m in (0.0, 2e5, 6e5))),
        ("back", tuple(Reserve(1.5e6, (Line(2_500.0, t),)) for t in (10.0, 20.0, 40.0))),
        ("back", tuple(Reserve(1.5e6, (Line(km, 30.0),)) for km in (6_000.0, 3_000.0, 500.0))),
    ],
)
def test_what_makes_the_defence_stronger_spares_men(cause: str, values: tuple[object, ...]):
    forces = [men(replace(BORDER, **{cause: value})) for value in values]  # pyright: ignore
    assert all(np.all(np.diff(each) <= 0.0) for each in zip(*forces, strict=True))
    assert forces[-1] < forces[0]


def test_the_force_has_the_risk_that_it_is_said_to_have():
    answer = border_risk(BORDER, 20_000)
    needed = need(BORDER, 20_000)
    for force, level in zip(answer.forces, LEVELS, strict=True):
        assert risk(needed, force.men) <= 1.0 - level + 1e-9
        assert risk(needed, force.men) == pytest.approx(1.0 - level, abs=1e-3)
    falling = [row[1:] for row in answer.risks]
    assert all(np.all(np.diff(each) >= 0.0) for each in zip(*falling, strict=True))
    assert all(inspected <= plain + 1e-9 for plain, inspected in falling)
    assert [row[0] for row in answer.risks[:2]] == [3e6, 2.7e6]


def test_the_standard_error_is_that_of_other_seeds():
    answers = [border_risk(UNIT, 2_000, seed).forces for seed in range(40)]
    for level in (0, 1):
        spread = np.std([forces[level].men for forces in answers], ddof=1)
        said = np.mean([forces[level].error for forces in answers])
        assert said == pytest.approx(spread, rel=0.35)


def test_a_seed_repeats_and_other_causes_move_nobodys_draws():
    assert border_risk(BORDER, 500, 3) == border_risk(BORDER, 500, 3)
    assert border_risk(BORDER, 500, 3).forces != border_risk(BORDER, 500, 4).forces
    stronger = need(replace(BORDER, enemy=2e6, surge=Reserve(), back=Reserve()), 500)
    plain = need(replace(BORDER, surge=Reserve(), back=Reserve()), 500)
    assert stronger == pytest.approx(2.0 * plain)


def test_the_sentence_says_how_much_can_go():
    text = border_risk(BORDER).sentence()
    assert text.startswith("By ") and "of the 3.00 M men" in text
    assert "95 times in 100" in text and "99 times in 100" in text
    assert "within 6 weeks of warning; with inspections" in text
    too_few = border_risk(replace(BORDER, present=2e5, back=Reserve(), warning=1.0)).sentence()
    assert too_few.startswith("Not at all, the 200 k men there are ")
    assert "with none of the reserve back within 1 week of warning" in too_few
    seen = border_risk(replace(BORDER, inspected=True)).sentence()
    assert "; without inspections " in seen and " are needed 95 times" in seen


def test_an_answer_is_plain_data():
    plain = json.loads(json.dumps(border_risk(BORDER, 500).plain()))
    assert plain["forces"][0]["level"] == 0.95 and len(plain["risks"]) == 10
    assert plain["variants"]["with inspections"][0] < plain["forces"][0]["men"]


@pytest.fixture(scope="module")
def council() -> SharedPast:
    """Members on the day of the council, six weeks in."""
    return started(load(COUNCIL), range(64), 1, 6)


def middle(run: SharedPast, *what: str) -> float:
    return float(np.median(run.series(*what)[-1]))


def test_a_scenario_gives_its_situation_of_the_day(council: SharedPast):
    found = situation_of(council.scenario, ["steppe"], 4.0, 4e4, council)
    assert found.present == pytest.approx(middle(council, "force", "midland", "steppe"))
    assert found.present == pytest.approx(180_000, rel=0.1)
    seen = middle(council, "strength_seen", "midland", "steppe")
    theirs, ours = (strength_per_man(council, [x], ["steppe"]) for x in ("ostland", "midland"))
    assert found.enemy == pytest.approx(seen / theirs)
    assert found.back == Reserve(4e4, (Line(600.0, 20.0),))
    assert found.surge.lines == (Line(900.0, 12.0),)
    # Whoever has come to the hills, less what the war that it has needs.
    assert 0.0 < found.surge.men < middle(council, "force", "ostland", "hills")
    strength = middle(council, "strength", "midland", "steppe")
    assert ours == pytest.approx(strength / found.present)
    assert sum(found.quality) / 2 == pytest.approx(ours)
    assert found.main_share == (0.22, 0.38) and not found.inspected


def test_a_treaty_with_inspections_sharpens_the_belief(council: SharedPast):
    treaty = situation_of(load(COUNCIL, ["befriend"]), ["steppe"], 4.0, 4e4, council)
    assert treaty.inspected
    assert men(treaty)[0] < men(replace(treaty, inspected=False))[0]


def test_who_fights_elsewhere_brings_what_that_leaves_free(council: SharedPast):
    """Ostland shares those in the hills by how far it is outmatched on the steppe, and in its war
    on the border."""
    value = dict(zip(council.compiled.axes["axis"], council.compiled.world["value"], strict=True))
    need = {
        axis: value[axis]
        * (middle(council, "strength", enemy, axis) + 1.0)
        / (middle(council, "strength", "ostland", axis) + 1.0)
        for axis, enemy in (("steppe", "midland"), ("border", "westland"))
    }
    free = need["steppe"] / (need["steppe"] + need["border"])
    assert 0.0 < free < 0.9
    behind = middle(council, "force", "ostland", "hills")
    found = situation_of(council.scenario, ["steppe"], 4.0, 4e4, council)
    assert found.surge.men == pytest.approx(free * behind, rel=1e-5)
    calm = sum(middle(council, "hostile", axis) for axis in need)
    assert calm == 1.0, "on the border alone"


def test_what_makes_no_sense_is_refused(council: SharedPast):
    with pytest.raises(ScenarioError, match='did you mean "steppe"'):
        situation_of(council.scenario, ["stepe"], 4.0, 0.0, council)
    with pytest.raises(ScenarioError, match="name the axes of the border"):
        situation_of(council.scenario, [], 4.0, 0.0, council)
    with pytest.raises(ScenarioError, match="no power has that name"):
        situation_of(council.scenario, ["steppe"], 4.0, 0.0, council, power="midlnd")
    with pytest.raises(ScenarioError, match="2 mistakes") as raised:
        border_risk(replace(UNIT, error=-1.0, quality=(1.0, 0.5)))
    assert "the lower first" in str(raised.value)
    with pytest.raises(ScenarioError, match="must be 100 or more"):
        border_risk(UNIT, 10)
