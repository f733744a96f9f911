"""Every shipped scenario, with each of its options, loads and runs."""

import numpy as np
import pytest

from sinews.analysis.check import check
from sinews.engine.posterior import read_posterior
from sinews.engine.results import ensemble
from sinews.model.coefficients import COEFFICIENTS
from sinews.model.week import WEEK
from sinews.policies import POLICIES
from sinews.scenario import library, load, words
from sinews.scenario.compile import compile

SHIPPED = [(name, option) for name in library() for option in (None, *load(name).options)]


@pytest.mark.parametrize(("name", "option"), SHIPPED, ids=lambda x: x or "as it stands")
def test_every_option_of_every_scenario_runs(name: str, option: str | None):
    scenario = load(name, options=[option] if option else [])
    data = ensemble(compile(scenario), read_posterior(scenario), 128, 20, seed=1)
    assert data.attrs["options"] == (option or "")
    for series, values in data.data_vars.items():
        assert np.isfinite(values.values).all(), series
    assert (data.imbalance_worst <= 1e-6).all()
    for series in ("irrecoverable", "lost", "made", "field_strength"):
        assert (data[series].values >= 0).all(), series
    assert (data.irrecoverable.isel(week=-1).sel(quantile=0.5) > 0).any()


@pytest.mark.parametrize("name", library())
def test_a_posterior_names_what_the_scenario_has(name: str):
    scenario = load(name)
    posterior = read_posterior(scenario)
    ranges = {number.path for number in compile(scenario).ranges}
    assert set(posterior.names) <= COEFFICIENTS.keys() | ranges
    assert np.isfinite(posterior.draws).all()


def test_the_words_for_policies_are_the_policies():
    assert words.POLICIES.keys() == POLICIES.keys()


def test_the_words_for_steps_are_the_steps_of_the_week():
    assert words.STEPS == tuple(WEEK)


def test_of_the_east_losses_carry_over_to_italy_and_fronts_and_the_sick_do_not():
    """What docs/italy-1943.md says, as far as another fit will hardly change it."""
    assert all(not row.fit for row in load("italy-1943").expect), "nothing is fitted to it"
    free, held = (
        {row.measure.name: row for row in check("italy-1943", options, members=128)}
        for options in ((), ("held-to-the-record",))
    )
    offensive = held["casualties:germany@1944-05-11..1944-06-10"]
    for row in (free["casualties:germany@1943-09-18"], offensive):
        assert row.low <= row.record <= row.high, row.measure.name
    winter = held["casualties:western-allies@1944-02-12"]
    assert winter.record < winter.low, "with fronts held, too"
    for rows in (free, held):
        sick = rows["sick_wounded:western-allies@1943-11-15..1944-01-15"]
        assert sick.record > sick.high
    front, places = "front:tyrrhenian@1944-05-11", load("italy-1943").theatres["tyrrhenian"].place
    cassino, rome = (place.km.middle for place in places if place.name in ("Cassino", "Rome"))
    assert held[front].median <= cassino < rome < free[front].median
