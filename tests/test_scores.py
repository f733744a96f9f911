"""Scores against their closed forms, and that they are proper."""

from math import gamma, pi, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from sinews.analysis.scores import brier, crps, energy, interval, pit, skill

EVEN = norm.ppf((np.arange(4000) + 0.5) / 4000)
"""Draws that are as good as the normal law itself."""


@pytest.mark.parametrize("truth", [-1.5, 0.0, 0.3, 4.0])
@pytest.mark.parametrize(("middle", "spread"), [(0.0, 1.0), (2.0, 0.5)])
def test_crps_of_normal_draws_is_that_of_the_normal_law(truth: float, middle: float, spread: float):
    """Gneiting and Raftery (2007), equation 21."""
    z = (truth - middle) / spread
    exact = spread * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / sqrt(pi))
    assert crps(middle + spread * EVEN, truth) == pytest.approx(exact, abs=2e-3)


def test_crps_of_draws_in_any_order_is_that_of_all_pairs():
    draws = np.random.default_rng(1).standard_normal(50)
    pairs = np.abs(draws[:, None] - draws).mean()
    assert crps(draws, 0.7) == pytest.approx(np.abs(draws - 0.7).mean() - pairs / 2)


def test_the_energy_score_of_one_quantity_is_its_crps():
    draws = np.random.default_rng(2).standard_normal(500)
    assert energy(draws[None], np.array([0.4])) == pytest.approx(crps(draws, 0.4))


@pytest.mark.parametrize("quantities", [2, 3])
def test_the_energy_score_of_normal_draws_is_that_of_the_normal_law(quantities: int):
    """At the centre E|X| - E|X - X'| / 2 = (1 - 1/sqrt 2) E|X|, E|X| the mean of a chi law."""
    draws = np.random.default_rng(3).standard_normal((quantities, 4000))
    mean = sqrt(2) * gamma((quantities + 1) / 2) / gamma(quantities / 2)
    found = energy(draws, np.zeros(quantities))
    assert found == pytest.approx((1 - 1 / sqrt(2)) * mean, abs=0.02)


def test_the_energy_score_tells_what_goes_together():
    """Two fronts that moved together: whoever said that they would scores better."""
    one, other = np.random.default_rng(4).standard_normal((2, 2000))
    truth = np.array([1.5, 1.5])
    assert energy(np.stack([one, one]), truth) < energy(np.stack([one, other]), truth) - 0.05


def test_whoever_says_what_he_believes_scores_best():
    """Over truths drawn from the law itself: shifted, too sharp and too wide all score worse."""
    truths = np.random.default_rng(5).standard_normal(2000)
    honest = np.mean([crps(EVEN[::8], y) for y in truths])
    for draws in (EVEN[::8] + 0.5, 0.5 * EVEN[::8], 2.0 * EVEN[::8]):
        assert np.mean([crps(draws, y) for y in truths]) > honest + 0.02
    chances = [np.mean([brier(p, y) for y in (1.0, 1.0, 1.0, 0.0)]) for p in (0.5, 0.75, 1.0)]
    assert min(chances) == chances[1] == pytest.approx(0.1875)


def test_of_a_calibrated_forecaster_pit_is_flat_and_bands_hold_their_share():
    truths = np.random.default_rng(6).standard_normal(2000)
    ranks = [pit(EVEN, y) for y in truths]
    assert np.histogram(ranks, 4, (0, 1))[0] == pytest.approx(500, abs=60)
    for share in (0.5, 0.9):
        low, high = interval(EVEN, share)
        assert np.mean((low <= truths) & (truths <= high)) == pytest.approx(share, abs=0.03)


def test_skill_is_one_for_the_perfect_nothing_for_equals_and_endless_loss_to_the_perfect():
    assert [skill(0.0, 2.0), skill(2.0, 2.0), skill(3.0, 2.0)] == [1.0, 0.0, -0.5]
    assert skill(0.0, 0.0) == 0.0 and skill(1.0, 0.0) == -np.inf
