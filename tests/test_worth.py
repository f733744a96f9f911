"""Reservation prices: what two sides would give and ask for an agreement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinews.analysis.council.worth import bargain, reservation

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
