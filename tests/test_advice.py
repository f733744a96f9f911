"""What ministers advise, by hand: points, rules, dissent, and standing after the outcome."""

import json
from typing import Any

import numpy as np
import pytest

from sinews.analysis.council.advice import (
    Judgement,
    advised,
    chosen,
    gains,
    judged,
    judging_error,
    shares,
    standing_after,
    weighted_median,
)
from sinews.scenario.council import AgendaItem, Minister
from sinews.scenario.number import Number

# Gold and men of four members, if nothing is sold and if all is.
GOLD = np.array([[10.0, 12.0, 14.0, 16.0], [11.0, 13.0, 15.0, 17.0]])
MEN = np.array([[100.0, 110.0, 90.0, 100.0], [95.0, 105.0, 85.0, 95.0]])


def number(value: float) -> Number:
    return Number(value, None, None, "1")


def minister(**words: Any) -> Minister:
    return Minister.model_construct(
        **{"title": "Trade", "name": "", "bias": {}, "accuracy": number(0.0)} | words
    )


def item(rule: str = "leader") -> AgendaItem:
    return AgendaItem.model_construct(name="sale", options=["keep", "sell"], rule=rule)


def judgement(name: str, standing: float, keep: float, sell: float) -> Judgement:
    return Judgement(name, name, "", standing, {"keep": keep, "sell": sell})


def council(rule: str, *judgements: Judgement):
    return advised(item(rule), judgements, {"keep": "Keep it", "sell": "Sell it"})


def test_points_are_weighted_differences_in_usual_spreads():
    both = minister(portfolio={"gold": number(2.0), "men": number(1.0)}, bias={"sell": number(0.5)})
    found = judged("trade", both, item(), {"gold": GOLD, "men": MEN}, 1, 1.0)
    gold, men = 1.0 / np.std(GOLD[0]), -5.0 / np.std(MEN[0])
    assert found.points == {"keep": 0.0, "sell": pytest.approx(2.0 * gold + men + 0.5)}
    assert found.prefers == "sell"


def test_a_measure_that_luck_does_not_move_cannot_drown_the_others():
    sure = np.array([[25.0] * 4, [41.0] * 4])
    assert gains(sure) == pytest.approx([0.0, 4.0])
    assert gains(1e6 * sure) == pytest.approx(gains(sure))


def test_errors_repeat_and_belong_to_minister_item_and_option():
    asked = [judging_error(1, "war", "sale", "sell") for _ in range(2)]
    others = [
        judging_error(*words)
        for words in (
            (2, "war", "sale", "sell"),
            (1, "trade", "sale", "sell"),
            (1, "war", "peace", "sell"),
            (1, "war", "sale", "keep"),
        )
    ]
    assert asked[0] == asked[1] and len({asked[0], *others}) == 5
    many = [judging_error(seed, "war", "sale", "sell") for seed in range(2000)]
    assert abs(np.mean(many)) < 0.1 and np.std(many) == pytest.approx(1.0, abs=0.1)


def test_a_leader_weighs_points_and_a_vote_counts_heads():
    judgements = judgement("war", 0.6, 1.0, 0.9), judgement("trade", 0.4, 0.0, 5.0)
    assert council("leader", *judgements).choice == "sell"
    assert council("vote", *judgements).choice == "keep"


def test_two_thirds_are_needed_for_anything_but_the_first():
    assert chosen("two-thirds", {"keep": 0.35, "sell": 0.65}) == "keep"
    assert chosen("two-thirds", {"keep": 1 / 3, "sell": 2 / 3}) == "sell"
    assert chosen("two-thirds", {"keep": 0.5, "sell": 0.5}) == "keep"


def test_of_equals_the_first_stands():
    assert chosen("vote", {"keep": 0.5, "sell": 0.5}) == "keep"
    assert chosen("leader", {"keep": 0.1 + 0.2, "sell": 0.3}) == "keep"


def test_dissent_says_who_prefers_what_by_how_much():
    found = council(
        "vote", judgement("war", 0.5, 1.0, 0.0), judgement("trade", 0.2, 0.0, 0.5),
        judgement("finance", 0.3, 2.0, 0.0),
    )  # fmt: skip
    (only,) = found.dissent
    assert (found.choice, found.weight) == ("keep", pytest.approx(0.8))
    assert (only.minister, only.prefers, only.by) == ("trade", "sell", 0.5)
    assert "trade would rather have “Sell it” (by 0.5 points)" in found.sentence()
    assert json.dumps(found.plain(), allow_nan=False)
    assert "nobody dissents" in council("vote", judgement("war", 1.0, 1.0, 0.0)).sentence()


def test_without_ministers_the_first_option_stands():
    found = council("leader")
    assert found.choice == "keep" and "No minister" in found.sentence()


def test_standing_follows_results_and_keeps_its_sum():
    before = {"war": 2.0, "trade": 1.0}
    after = standing_after(before, {"war": 3.0})
    assert after["war"] / after["trade"] == pytest.approx(2.0 * np.exp(-0.3))
    assert sum(after.values()) == pytest.approx(3.0)
    assert standing_after(before, {}) == pytest.approx(before)


def test_standing_as_shares():
    assert shares({"war": 1.5, "trade": 0.5}) == {"war": 0.75, "trade": 0.25}
    assert shares({"war": 0.0, "trade": 0.0}) == {"war": 0.5, "trade": 0.5}
    assert shares({}) == {}


def test_the_weighted_median_leaves_half_the_weight_on_either_side():
    generator = np.random.default_rng(4)
    for _ in range(50):
        values, weights = generator.integers(0, 20, 7).astype(float), generator.random(7)
        middle = weighted_median(list(values), list(weights))
        half = weights.sum() / 2
        assert weights[values < middle].sum() <= half + 1e-12
        assert weights[values > middle].sum() <= half + 1e-12
