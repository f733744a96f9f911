"""Reservation prices: what two sides would give and ask for an agreement."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinews.analysis.branching import SharedPast
from sinews.analysis.council import worth as room
from sinews.analysis.council.questions import worth
from sinews.analysis.council.worth import Worth, bargain, reservation
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load, load_text
from sinews.scenario.compile import Compiled

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"
PRIZE = 1000.0
shares = st.floats(0.05, 0.45)


@given(odds=st.floats(0.3, 0.7), cost=shares, cost_other=shares, counts=st.floats(0.5, 2.0))
def test_prices_are_the_ends_of_fearons_range(
    odds: float, cost: float, cost_other: float, counts: float
):
    """Two sides part a prize; without an agreement they fight for it. The holder pays the other
    to keep the peace: it would give up to the high end of the range, the other asks the low end."""
    low, high = (PRIZE * end for end in bargain(odds, cost, cost_other))

    def gives(gold: float) -> float:
        """The holder's gain, in a measure of which a tonne of gold counts so much."""
        war = PRIZE * (1.0 - odds - cost_other)
        return counts * (PRIZE - gold - max(war, 0.0))

    def asks(gold: float) -> float:
        """The other's loss, which gold makes up for."""
        return counts * (max(PRIZE * (odds - cost), 0.0) - gold)

    assert reservation(gives, PRIZE) == pytest.approx(high, abs=1.5)
    assert reservation(asks, PRIZE) == pytest.approx(low, abs=1.5)


def test_what_changes_nothing_is_worth_exactly_nothing():
    assert reservation(lambda gold: 0.0 - gold, PRIZE) == 0.0


def test_nobody_gives_more_than_there_is():
    assert reservation(lambda gold: 5000.0 - gold, PRIZE) == PRIZE


def test_gold_that_is_wanted_for_other_things_is_worth_more():
    """Where paying also loses what the gold would have bought, the price is lower."""
    dear = reservation(lambda gold: 300.0 - gold - 0.002 * gold**2, PRIZE)
    assert 0 < dear < reservation(lambda gold: 300.0 - gold, PRIZE)


def priced(
    monkeypatch: pytest.MonkeyPatch,
    buyer_gains: float,
    seller_gains: float,
    counts: float = 1.0,
    luck: float = 1.0,
) -> Worth:
    """The prices of a treaty that is worth so much to each side if nothing is paid for it, where a
    tonne of gold counts one to both, in a unit of which `counts` make one."""
    council = load(COUNCIL)
    buyer, seller = (list(council.powers).index(name) for name in ("ostland", "midland"))

    def values(_: Any, compiled: Compiled) -> np.ndarray:
        offered, pays = compiled.world["offered"][0], compiled.world["pays"][0]
        signed = np.full(4, float(offered < 1e6))
        both = luck * np.array([-1.0, 1.0, -1.0, 1.0])  # sides'
        values = [
            1000.0 + both + signed * (buyer_gains + both + pays[buyer]),
            500.0 + both + signed * (seller_gains + both + pays[seller]),
        ]
        return np.stack([*(counts * each for each in values), signed])

    monkeypatch.setattr(room._Runs, "_values", values)
    gold = np.full((1, 4), 340.0)
    trunk = SimpleNamespace(series=lambda *_: gold, members=range(4), week=4, draw=np.arange(4))
    return room.worth_of(
        council, "friendship", "ostland", delays=(0,), trunk=cast(SharedPast, trunk)
    )


def test_a_seller_asks_for_what_it_loses_and_a_buyer_gives_what_it_gains(
    monkeypatch: pytest.MonkeyPatch,
):
    dear = priced(monkeypatch, 30.0, -10.0)
    (price,) = dear.prices
    assert (price.buyer, price.seller) == pytest.approx((30.0, 10.0), abs=0.5)
    # Midland's leader has four fifths of Ostland's patience: four ninths of the 20 t between.
    assert price.possible and price.between == pytest.approx(10.0 + 20.0 * 4 / 9, abs=0.5)
    assert (price.buyer_gain, price.seller_gain, price.signed) == (30.0, -10.0, 1.0)
    assert price.buyer_error == pytest.approx(4 / 3**0.5 / 4)
    (row,) = dear.plain()["prices"]
    assert (row["buyer"], row["seller"]) == (price.buyer, price.seller)
    assert dear.sentence().endswith(
        "and Midland would ask 10.0 t at least. The 6.00 t that are written Midland would refuse; "
        "forecasts have it signed all the same."
    )
    assert "worth 30.0 \N{PLUS-MINUS SIGN} 0.58 t of gold to Ostland" in dear.sentence()
    # A seller whom it serves asks nothing; a buyer whom it serves too little pays too little.
    assert priced(monkeypatch, 30.0, 10.0).prices[0].seller == 0.0
    cheap = priced(monkeypatch, 5.0, -10.0)
    assert not cheap.prices[0].possible
    assert "less than the 10.0 t that Midland would ask" in cheap.sentence()


@pytest.mark.parametrize("counts", [0.1, 10.0, 600.0])
def test_a_price_and_its_error_are_in_gold_whatever_aims_are_counted_in(
    monkeypatch: pytest.MonkeyPatch, counts: float
):
    (one,), (other,) = (priced(monkeypatch, 30.0, -10.0, n).prices for n in (1.0, counts))
    assert (other.buyer, other.seller) == pytest.approx((one.buyer, one.seller), abs=0.5)
    assert other.buyer_error == pytest.approx(one.buyer_error, rel=0.02)
    assert other.seller_error == pytest.approx(one.seller_error, rel=0.02)
    assert one.buyer_error == pytest.approx(4 / 3**0.5 / 4, rel=0.02)


def test_a_price_that_is_the_whole_purse_or_nothing_has_no_error(monkeypatch: pytest.MonkeyPatch):
    rich = priced(monkeypatch, 5000.0, 10.0)
    (price,) = rich.prices
    assert price.whole_purse and price.buyer_error is None and price.seller_error is None
    assert "t of gold to Ostland, all that it can spend, or more" in rich.sentence()
    assert "\N{PLUS-MINUS SIGN}" not in rich.sentence()
    (poor,) = priced(monkeypatch, -5.0, -10.0).prices
    assert (poor.buyer, poor.buyer_error, poor.whole_purse) == (0.0, None, False)


def sold(*changes: tuple[str, str]) -> Scenario:
    """A sale of lorries and steel, of which the buyer counts a lorry 4 kg of gold and the seller
    one that it gives away 1 kg; steel counts nothing to either."""
    text = COUNCIL.read_text()
    buyer = ('"front:border" = -0.5, "hostile:steppe" = -60', '"bought:ostland:lorry" = 4e-3')
    seller = ('"hostile:steppe" = -80', '"sold:midland:lorry" = -1e-3')
    for old, new in (buyer, seller, *changes):
        assert old in text
        text = text.replace(old, new)
    return load_text(text.encode(), str(COUNCIL))


@pytest.mark.parametrize(
    ("changes", "gives", "asks", "says"),
    [
        ([], 12.0, 3.0, "The 15.6 t that are written Ostland would refuse."),
        ([('"15.6 t"', '"8 t"')], 12.0, 3.0, "The 8.00 t that are written suit both."),
        ([('"15.6 t"', '"2 t"')], 12.0, 3.0, "The 2.00 t that are written Midland would refuse."),
        ([('"15.6 t"', '{ low = "4 t", high = "40 t" }')], 12.0, 3.0, "Ostland would refuse."),
        ([("lorry = 3000", "lorry = 30")], 0.12, 0.03, "Ostland would refuse."),
    ],
    ids=["dear", "fair", "cheap", "of a doubtful price", "of few"],
)
def test_a_contract_has_a_price_to_both_sides(
    changes: list[tuple[str, str]], gives: float, asks: float, says: str
):
    found = worth(sold(*changes), "lorries", delays=(0,), members=8, horizon=20)
    (price,) = found.prices
    assert (price.buyer, price.seller) == pytest.approx((gives, asks), rel=1e-3)
    assert price.signed == 1.0 and found.sentence().endswith(says)
    assert found.plain()["contract"] == "lorries"


def test_what_is_no_draft_or_has_other_parties_is_not_priced():
    with pytest.raises(ScenarioError, match="is signed on 1941-06-23, before the council"):
        worth(sold(('"1 %"', '"1 %"\nsigned = 1941-06-23')), "lorries")
    with pytest.raises(ScenarioError, match="is not its buyer"):
        worth(sold(), "lorries", buyer="midland", seller="ostland")


def test_with_roles_exchanged_it_is_told_what_it_is_worth(monkeypatch: pytest.MonkeyPatch):
    """Who would be paid gains, and who would pay loses: there is no price, but much is changed."""
    turned = priced(monkeypatch, -59.0, 692.0)
    assert turned.sentence() == (
        "Signed on 30 Jun 1941 with nothing paid it is worth \N{MINUS SIGN}59.0 t to Ostland "
        "and 692 t to Midland: Ostland would pay nothing, and Midland would ask nothing."
    )
    nothing = priced(monkeypatch, 0.0, 0.0, luck=0.0)
    assert nothing.sentence().endswith("changes nothing that Ostland or Midland aims at.")


def test_an_aim_that_leaves_names_out_counts_for_each_of_them():
    """Before, it was one weight for two numbers."""
    text = COUNCIL.read_text()
    ours = 'aims = { "gold:midland" = 1, "hostile:steppe" = -80 }'
    assert ours in text
    prices = [
        worth(load_text(text.replace(ours, f"aims = {aims}").encode(), "council.toml"), *FRIENDS)
        for aims in ("{ hostile = -80 }", '{ "hostile:steppe" = -80, "hostile:border" = -80 }')
    ]
    assert prices[0].plain() == prices[1].plain()


FRIENDS = ("friendship", "ostland", None, (0,), 4)
