"""The law of losses held against battles: what is known of it is found again, nothing is split."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from sinews.analysis.battles import (
    Battles,
    by_side,
    by_war,
    constant,
    exponents,
    from_others,
    law,
    read_ardennes,
    read_battles,
    regression,
    results,
)
from sinews.model.coefficients import COEFFICIENTS
from sinews.model.combat import attrition

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"


def fought(exponent: float, noise: float, hold: float = 1.0, number: int = 600) -> Battles:
    """Battles as the model's own law has them, in 30 campaigns."""
    chance = np.random.default_rng(7)
    odds = np.exp(chance.normal(0.0, 0.7, number))
    b = Battles(np.zeros(0), np.stack([odds, 1 / odds]), chance.uniform(0.1, 2, number),
                np.full(number, hold), np.arange(number) % 30)  # fmt: skip
    intensity = np.exp(chance.normal(0.0, noise, b.odds.shape))
    lost = attrition(0.1 * b.weeks, intensity, b.defended, exponent)  # pyright: ignore[reportArgumentType]
    return replace(b, fraction=np.asarray(lost, float))


def test_of_battles_by_the_models_law_the_law_tells_all():
    b = fought(0.45, 0.0, hold=1.37)
    (right, wrong, rule) = results(
        b, {"right": law(0.45, defended=True), "wrong": law(0.1), "constant": constant}
    )
    assert right.r2 == pytest.approx(1.0, abs=1e-5)
    assert rule.r2 == 0.0 and 0.1 < wrong.r2 < 0.7


def test_bands_hold_their_share_of_battles_with_noise():
    """Of a noise of 1 in logs, R2 is what odds explain: 0.45**2 * 0.7**2 of it and 1."""
    (found,) = results(fought(0.45, 1.0), {"law": law(0.45)})
    assert found.in50 == pytest.approx(0.5, abs=0.05)
    assert found.in90 == pytest.approx(0.9, abs=0.03)
    explained = (0.45 * 0.7) ** 2
    assert found.r2 == pytest.approx(explained / (1 + explained), abs=0.03)
    assert found.score == pytest.approx(0.564, abs=0.03), "a normal law's CRPS, 1 / sqrt(pi)"


@pytest.mark.parametrize("columns", [constant, by_side, law(0.45), regression])
def test_a_campaign_is_forecast_from_the_others_alone(columns: object):
    b = fought(0.45, 0.5)
    mine = b.group == 3
    changed = replace(b, fraction=np.where(mine, 0.9, b.fraction))
    for before, after in zip(
        from_others(b, columns, [3, 4]), from_others(changed, columns, [3, 4]), strict=True
    ):  # type: ignore[arg-type]
        assert before[:, mine] == pytest.approx(after[:, mine])
        assert not np.allclose(before[:, b.group == 4], after[:, b.group == 4])
        assert np.isnan(before[:, b.group > 4]).all()


def test_a_war_is_forecast_from_other_wars_and_told_by_how_much_it_was_fiercer():
    """A war like the others but twice as fierce, of 200 battles, and one of too few to tell."""
    b = fought(0.45, 0.0)
    wars = np.where(b.group < 10, "fierce", np.where(b.group < 29, "usual", "short"))
    rate = 0.1 * np.where(wars == "fierce", 2.0, 1.0) * b.weeks
    fierce = 1 - np.exp(-rate * b.odds**-0.45)
    found = by_war(replace(b, fraction=fierce, war=tuple(wars.tolist())), law(0.45), least=50)
    assert [(each.name, each.rates) for each in found] == [("fierce", 400), ("usual", 760)]
    assert np.exp(found[0].off) == pytest.approx(2.0)
    assert found[0].cells()[-1] == "\N{MULTIPLICATION SIGN}2.00"
    assert np.exp(found[1].off) == pytest.approx(2.0 ** -(200 / 220))


def test_exponents_are_found_within_their_errors():
    """Of battles by the law, of which half are fought against a prepared defence."""
    b = fought(0.6, 0.5)
    b = replace(b, hold=np.where(np.arange(600) % 2, 1.0, 2.0))
    plain, posture, length = exponents(b)
    assert [plain.model, length.model] == [COEFFICIENTS["helmbold"].default, 0.0]
    assert plain.found == pytest.approx(0.6, abs=3 * plain.error) and 0.01 < plain.error < 0.05
    assert length.found == pytest.approx(0.0, abs=3 * length.error)
    assert posture.found == pytest.approx(0.0, abs=3 * posture.error), "it made no difference here"
    held = replace(b, fraction=-np.expm1(-0.1 * b.weeks * b.defended**-0.6))
    assert [x.found for x in exponents(held)] == pytest.approx([0.6, 0.6, 0.0], abs=1e-6)


def test_battles_of_a_campaign_and_parts_of_a_battle_stay_together(tmp_path: Path):
    head = "isqno,war,campgn,post1,surpa,parent,str_a,str_d,cas_a,cas_d,days_calendar\n"
    rows = ("1,W,SOMME,HD,0,", "2,W,FLANDERS,PD,1,1", "3,W,FLANDERS,FD,0,", "4,W,ARRAS,DL,0,9")
    text = "# whose work it is\n" + head + "".join(f"{r},2000,1000,200,250,7\n" for r in rows)
    (tmp_path / "b.csv").write_text(text, "utf-8")
    b = read_battles(tmp_path / "b.csv")
    assert len({*b.group[:3]}) == 1 and b.group[3] != b.group[0]
    assert b.odds[:, 0].tolist() == [2.0, 0.5] and b.fraction[:, 0].tolist() == [0.1, 0.25]
    assert b.rate[:, 0] == pytest.approx(np.log(-np.log([0.9, 0.75])))
    dug = 1 + COEFFICIENTS["entrench"].default
    fort, caught = 1 + COEFFICIENTS["fort"].default, COEFFICIENTS["surprise"].default
    assert b.hold == pytest.approx([1.0, dug * caught, dug * fort, 1.0])
    assert b.defended[:, 2] == pytest.approx([2 / (dug * fort), dug * fort / 2])


def test_the_shipped_data_are_read_whole():
    b, days = read_battles(DATA / "battles.csv"), read_ardennes(DATA / "ardennes.csv")
    assert b.odds.shape == (2, 300) and b.group.max() > 80
    assert ((b.fraction > 0) & (b.fraction < 1)).all() and (b.weeks >= 1 / 7).all()
    assert days.odds.shape == (2, 32) and days.group.tolist() == [0] * 16 + [1] * 16
    assert days.odds[0, 0] == pytest.approx(835178 / 616924)


def tool() -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location("scorecard_page", ROOT / "tools/scorecard.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_the_law_comes_to_today():
    """`make scorecard` writes it anew."""
    page = (ROOT / "docs/scorecard.md").read_text("utf-8")
    script = tool()
    script.DATA = DATA
    begin, end = script.BATTLES
    assert page.partition(begin)[2].partition(end)[0].strip() == script.battles_part().strip()
    begin, end = script.SCORES
    scores = page.partition(begin)[2].partition(end)[0]
    assert "fitted to" in scores and "What it missed:" in scores and "### By kind" in scores
