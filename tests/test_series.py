"""Every recorded series is declared once, has one formula, and is open to whom the table says."""

import jax
import pytest
from worlds import Mix, random_one

from sinews.engine.picks import axes_of
from sinews.engine.record import FORMULAS, added, opened
from sinews.model.laws import LAWS
from sinews.scenario import load, words
from sinews.scenario.compile import compile
from sinews.series import SERIES


def test_every_series_has_a_formula_and_every_formula_a_series():
    assert FORMULAS.keys() == SERIES.keys()


def test_a_formula_gives_what_its_series_declares():
    state, world = random_one(Mix(seed=5))
    tally = added(opened(state), state, state, world)
    sizes = {"law": len(LAWS), "other": state.dead.shape[0]}
    for name, series in SERIES.items():
        shape = jax.eval_shape(FORMULAS[name], state, tally, world).shape
        assert len(shape) == len(series.axes), name
        for axis, size in zip(series.axes, shape, strict=True):
            assert sizes.setdefault(axis, size) == size, f"{name}: {axis}"


def test_every_label_of_every_series_has_a_name():
    axes = axes_of(compile(load("tests/scenarios/council.toml")))
    assert {axis for series in SERIES.values() for axis in series.axes} <= axes.keys()


# Written out, so that a slip in the table is not its own proof.
OPEN = {"front", "hostile", "held"}
SIGNED = {"in_force", "broken", "demarcated", "delivered", "late", "paid", "lapsed"}


@pytest.mark.parametrize("name", SERIES)
def test_a_series_is_open_to_whom_it_should_be(name: str):
    series = SERIES[name]
    if name == "imbalance":
        assert series.seen == ""
    elif name in OPEN:
        assert series.seen == "open"
    elif name in SIGNED:
        assert series.seen == "party" and series.axes in (("lot",), ("agreement",))
    else:
        assert series.seen == "own" and series.axes[0] == "power"


def test_laws_and_sums_of_series_are_there():
    for name, series in SERIES.items():
        assert series.law in ("", *LAWS), name
        assert set(series.sums) <= SERIES.keys()
        assert all(SERIES[part].axes == series.axes for part in series.sums)


def test_losses_are_unwelcome_and_gains_are_not():
    lost = "irrecoverable sick_wounded casualties killed captured_men largest_haul lost occupied"
    others = "imbalance hostile broken late lapsed"
    unwelcome = {name for name, series in SERIES.items() if series.better < 0}
    assert unwelcome == set(f"{lost} {others}".split())


def test_a_record_may_be_of_what_is_counted_or_measured_by_power_theatre_and_item():
    assert words.MEASURES.keys() >= {"lost", "front", "field_strength", "gold", "strength_seen"}
    assert "materials" not in words.MEASURES  # a row has no field for a material
    assert words.MEASURES["largest_haul"].flow and not words.MEASURES["equipment"].flow
    assert words.MEASURES["front"].needs == ("theatre",)
