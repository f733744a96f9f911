"""What ministers advise, by hand: points and their errors, ties, rules, dissent, who is silent, and
standing after the outcome."""

import json
from typing import Any

import numpy as np
import pytest

from sinews.analysis.council.advice import (
    Judgement,
    advised,
    judged,
    shares,
    standing_after,
    voted,
    weighted_median,
)
from sinews.analysis.council.ranking import gains, ranked
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


def judgement(
    name: str,
    standing: float,
    keep: float,
    sell: float,
    accuracy: float = 0.0,
    silent: bool = False,
) -> Judgement:
    scores = np.array([[keep] * 2, [sell] * 2])
    ranking = ranked(["keep", "sell"], scores, accuracy)
    return Judgement(name, name, "", standing, ranking, scores, accuracy, (), silent)


def council(rule: str, *judgements: Judgement):
    return advised(item(rule), judgements, {"keep": "Keep it", "sell": "Sell it"})


def test_points_are_weighted_differences_in_usual_spreads():
    both = minister(portfolio={"gold": number(2.0), "men": number(1.0)}, bias={"sell": number(0.5)})
    found = judged("trade", both, item(), {"gold": GOLD, "men": MEN}, 1.0)
    gold, men = 1.0 / np.std(GOLD[0]), -5.0 / np.std(MEN[0])
    assert found.points == {"keep": 0.0, "sell": pytest.approx(2.0 * gold + men + 0.5)}
    assert found.ranking.best == "sell"


def test_a_measure_that_luck_does_not_move_cannot_drown_the_others():
    sure = np.array([[25.0] * 4, [41.0] * 4])
    assert gains(sure) == pytest.approx(np.array([[0.0] * 4, [4.0] * 4]))
    assert gains(1e6 * sure) == pytest.approx(gains(sure))


def test_a_lead_has_the_error_of_the_means_and_that_of_judgement():
    generator = np.random.default_rng(7)
    luck = np.stack([generator.normal(size=400), generator.normal(0.5, 2.0, size=400)])
    sure, unsure = (
        judged("war", minister(portfolio={"men": number(3.0)}, accuracy=number(a)), item(),
               {"men": luck}, 1.0).ranking.lead
        for a in (0.0, 0.4)
    )  # fmt: skip
    apart = np.mean([np.var(x, ddof=1) for x in luck]) * 2 / 400
    assert sure.error == pytest.approx(3.0 * np.sqrt(apart) / np.std(luck[0]), rel=0.05)
    assert unsure.error == pytest.approx(np.hypot(sure.error, 0.4 * np.sqrt(2.0)))
    assert unsure.ahead == sure.ahead, "no error of judgement is drawn"


@pytest.mark.parametrize("own", [1.0, 1e-3])
def test_the_error_of_a_gain_counts_that_of_the_spread(own: float):
    """By 2,000 samples of forty members: of the first option's spread, and of all options'."""
    generator = np.random.default_rng(8)
    found, errors = [], []
    for _ in range(2000):
        first = generator.normal(0.0, own, size=40)
        gain = gains(np.stack([first, first + generator.normal(4.0, 1.0, size=40)]))[1]
        found.append(gain.mean())
        errors.append(gain.std(ddof=1) / np.sqrt(40))
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.12)


def test_options_within_two_standard_errors_tie():
    near, far = (council("leader", judgement("war", 1.0, 0.0, x, 0.1)) for x in (0.28, 0.29))
    assert near.choice is None and near.advised == ("sell", "keep")
    assert "it is a tie between “Sell it” and “Keep it”: “Sell it” is ahead" in near.sentence()
    assert far.choice == "sell"
    assert "ahead of “Keep it” by 0.29 \N{PLUS-MINUS SIGN} 0.14 points" in far.sentence()
    data = json.loads(json.dumps(near.plain(), allow_nan=False))
    assert data["choice"] is None and data["lead"]["standard_error"] == pytest.approx(0.02**0.5)


def test_the_closest_rival_is_the_one_that_the_lead_is_least_sure_of():
    """Behind by 0.5 for certain, or by 0.6 with an error of 0.58."""
    scores = np.array([[0.0] * 4, [0.5] * 4, [-0.1 - 1.0, -0.1 + 1.0, -1.1, 0.9]])
    found = ranked(["far", "best", "near"], scores)
    assert [lead.over for lead in found.leads] == ["near", "far"] and found.lead.over == "near"
    assert found.tied == ("best", "near")


def test_a_lead_of_which_one_draw_tells_nothing_is_a_tie():
    values = {"gold": GOLD, "men": MEN}
    sale = minister(portfolio={"gold": number(1.0)}, bias={"sell": number(9.0)})
    one = judged("trade", sale, item(), values, 1.0, np.zeros(4, int))
    found = advised(item(), [one], {}, np.zeros(4, int))
    assert found.choice is None and found.plain()["lead"]["standard_error"] is None


def test_a_minister_whose_portfolio_is_not_touched_is_silent():
    same = np.stack([MEN[0], [104.0, 100.0, 98.0, 104.0]])  # by 1.5 ± 4: luck alone
    values = {"gold": GOLD, "men": same}
    touched = judged("trade", minister(portfolio={"gold": number(1.0)}), item(), values, 0.5)
    idle = judged("war", minister(portfolio={"men": number(1.0)}), item(), values, 0.3)
    fond = judged("court", minister(portfolio={"men": number(1.0)}, bias={"keep": number(3.0)}),
                  item(), values, 0.2)  # fmt: skip
    # Less than half of a spread is not seen by who errs by half of one.
    dull = judged("mint", minister(portfolio={"gold": number(1.0)}, accuracy=number(0.5)), item(),
                  values, 0.5)  # fmt: skip
    assert (touched.silent, touched.weighs) == (False, ("gold",))
    assert (idle.silent, idle.weighs, idle.prefers, idle.wants) == (True, (), None, ())
    assert not fond.silent and fond.prefers == "keep"
    assert dull.silent
    found = advised(item("vote"), [touched, idle], {})
    assert found.choice == "sell" and found.votes == {"keep": 0.0, "sell": 1.0}
    assert found.points["sell"] == touched.points["sell"], "the silent count for nothing"
    assert found.sentence().endswith("Silent, having no stake in it: Trade.")
    nobody = advised(item(), [idle], {}, np.zeros(4, int))
    assert nobody.choice == "keep" and "No minister has a stake in it" in nobody.sentence()
    assert json.dumps(nobody.plain(), allow_nan=False)


def test_the_undecided_make_a_vote_a_tie_if_they_could_turn_it():
    firm, open_ = judgement("war", 0.6, 1.0, 0.0), judgement("trade", 0.4, 0.0, 0.1, 0.2)
    assert open_.prefers is None and open_.wants == ("sell", "keep")
    assert council("vote", firm, open_).choice == "keep"
    other = judgement("mint", 0.3, 0.0, 1.0)
    found = council(
        "vote", judgement("war", 0.4, 1.0, 0.0), other, judgement("trade", 0.3, 0, 0, 1)
    )
    assert found.choice is None and "30 % undecided" in found.sentence()
    assert (
        "a tie between “Keep it” and “Sell it”: first choice of 40 % and 30 %" in found.sentence()
    )
    two = council("two-thirds", judgement("war", 0.6, 0.0, 1.0), open_)
    assert two.advised == ("keep", "sell")
    # Each may leave the one for another that is not the other's.
    wanted = [(0.5, ["a"]), (0.25, ["a", "b"]), (0.25, ["a", "c"])]
    assert voted("two-thirds", ["none", "a", "b", "c"], wanted) == ("none", "a")


def test_a_leader_weighs_points_and_a_vote_counts_heads():
    judgements = judgement("war", 0.6, 1.0, 0.9), judgement("trade", 0.4, 0.0, 5.0)
    assert council("leader", *judgements).choice == "sell"
    assert council("vote", *judgements).choice == "keep"


def test_two_thirds_are_needed_for_anything_but_the_first():
    def comes_to(keep: float) -> tuple[str, ...]:
        return voted("two-thirds", ["keep", "sell"], [(keep, ["keep"]), (1 - keep, ["sell"])])

    assert [comes_to(keep) for keep in (0.35, 1 / 3, 0.5)] == [("keep",), ("sell",), ("keep",)]
    found = council(
        "two-thirds", judgement("war", 0.6, 0.0, 1.0), judgement("trade", 0.4, 1.0, 0.0)
    )
    assert (
        "“Sell it” has 60 % of the standing, short of two thirds: the first option, “Keep it”"
        in (found.sentence())
    )


def test_equals_are_a_tie():
    assert voted("vote", ["keep", "sell"], [(0.5, ["keep"]), (0.5, ["sell"])]) == ("keep", "sell")
    same = council("leader", judgement("war", 0.5, 0.1, 0.3), judgement("trade", 0.5, 0.3, 0.1))
    assert same.choice is None


def test_dissent_says_who_prefers_what_by_how_much():
    found = council(
        "vote", judgement("war", 0.5, 1.0, 0.0), judgement("trade", 0.2, 0.0, 0.5),
        judgement("finance", 0.3, 2.0, 0.0),
    )  # fmt: skip
    (only,) = found.dissent
    assert (found.choice, found.votes["keep"]) == ("keep", pytest.approx(0.8))
    assert (only.minister, only.lead.option, only.lead.ahead) == ("trade", "sell", 0.5)
    assert "trade would rather have “Sell it” (by 0.50 \N{PLUS-MINUS SIGN} 0.00" in found.sentence()
    assert json.dumps(found.plain(), allow_nan=False)
    assert "nobody dissents" in council("vote", judgement("war", 1.0, 1.0, 0.0)).sentence()
    torn = council("vote", judgement("war", 0.8, 1.0, 0.0), judgement("trade", 0.2, 0.0, 0.1, 0.2))
    assert torn.choice == "keep" and torn.dissent == ()


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
