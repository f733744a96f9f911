"""Every recorded series is declared once, has one formula, and is open to whom the table says."""

import jax
import numpy as np
import pytest
from worlds import Mix, random_one

from sinews.engine.probes import axes_of
from sinews.engine.record import FORMULAS, added, opened
from sinews.model.laws import LAWS
from sinews.scenario import load, words
from sinews.scenario.compile import compile
from sinews.series import SERIES


def test_every_series_has_a_formula_and_every_formula_a_series():
    assert FORMULAS.keys() == SERIES.keys()


def test_a_formula_gives_what_its_series_declares():
    state, world = random_one(Mix(seed=5))
    tally = jax.eval_shape(lambda s, w: added(opened(s), s, s, w), state, world)
    sizes = {"law": len(LAWS), "other": state.dead.shape[0]}
    for name, series in SERIES.items():
        shape = jax.eval_shape(FORMULAS[name], state, tally, world).shape
        assert len(shape) == len(series.axes), name
        for axis, size in zip(series.axes, shape, strict=True):
            assert sizes.setdefault(axis, size) == size, f"{name}: {axis}"


def test_flows_are_added_up_and_written_as_they_are_called():
    """Two weeks by hand; what stands apart in a state stands apart here."""
    state, world = random_one(Mix(seed=5, empty=0.0))
    luck = np.random.default_rng(5)
    flows = (
        "killed wounded sickened captured surrendered formed lost made received bought sold "
        "yielded used issued spent sold_material"
    ).split()
    # Most is captured in the first.
    weeks = [
        state.replace(**{n: most * luck.uniform(size=np.shape(getattr(state, n))) for n in flows})
        for most in (1e3, 1e2)
    ]
    # The last place was handed by the third power to the first.
    owner = np.asarray(world.place_power).copy()
    owner[6] = [1, 0, 0]
    weeks[1] = weeks[1].replace(owner=owner, called=np.eye(3), joined=np.diag([1.0, 0.0, 0.0]))
    tally = opened(state)
    for after in weeks:
        tally = added(tally, state, after, world)
    by_hand = {n: sum(np.asarray(getattr(x, n)) for x in weeks) for n in flows}
    for name in ("killed", "wounded", "sickened", "captured", "surrendered"):  # [power axis]
        by_hand[name] = by_hand[name].sum(axis=1)
    by_hand["captured"] += by_hand["surrendered"]
    s, w = weeks[1], world
    people = np.asarray(w.place_people * s.lost_share)
    men, experience = (np.asarray(x)[:, :2].sum(axis=1) for x in (s.men, s.experience))
    dump, spent, issued = (
        np.einsum("pag,gm->pm", x, w.good_material)[:, :2] for x in (s.dump, s.spent, s.issued)
    )
    leaves = np.asarray(s.used + s.sold_material)[:, :2] - issued + spent
    lasting = np.minimum((np.asarray(s.material)[:, :2] + dump) / np.maximum(leaves, 1e-3), 520)
    plain = {
        "irrecoverable": by_hand["killed"] + by_hand["captured"],
        "sick_wounded": by_hand["wounded"] + by_hand["sickened"],
        "casualties": by_hand["killed"] + by_hand["wounded"] + by_hand["captured"],
        "killed": by_hand["killed"],
        "captured_men": by_hand["captured"],
        "largest_haul": np.max(
            [np.asarray(x.captured + x.surrendered).sum(axis=1) for x in weeks], axis=0
        ),
        "field_strength": men,
        "force": s.men,
        "quality": experience / men,
        "days": s.days,
        "front": s.front,
        "formed": by_hand["formed"],
        "ready": s.ready,
        "untrained": s.pool,
        "occupied": [people[owner[:, p] > 0].sum() for p in range(3)],
        "lost": by_hand["lost"],
        "made": by_hand["made"],
        "received": by_hand["received"],
        "bought": by_hand["bought"],
        "sold": by_hand["sold"],
        "produced": by_hand["yielded"][:, :2],
        "capacity": [np.asarray(s.plant)[owner[:, p] > 0].sum(axis=0) for p in range(3)],
        "materials": s.material[:, :2],
        "lasting": lasting,
        "gold": s.material[:, 2],
        "strength_seen": s.strength_seen,
        "hostile": s.hostile,
        "war": s.war,
        "collapsed": s.collapsed,
        "strain": s.strain,
        "answer": np.diag([1.0, -1.0, -1.0]),
        "ceded": np.arange(7) == 6,
        "held": (1.0 - np.asarray(s.lost_share)) * (np.arange(7) < 6),
        "in_force": s.in_force,
        "broken": s.broken,
        "demarcated": s.demarcated,
        "delivered": s.delivered,
        "paid": s.paid[:, 2],
        "paid_in_kind": s.paid[:, 0] + s.paid[:, 1],
        "lapsed": s.lapsed,
        "void": s.void,
        "defaulted": s.defaulted,
    }
    for name, value in plain.items():
        found = FORMULAS[name](s, tally, w)
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-5, err_msg=name)
    # These have formulas of their own, which other tests have.
    apart = {"strength", "fire", "drive", "equipment", "trust", "late", "imbalance"}
    assert FORMULAS.keys() - plain.keys() == apart


def test_every_label_of_every_series_has_a_name():
    axes = axes_of(compile(load("tests/scenarios/council.toml")))
    assert {axis for series in SERIES.values() for axis in series.axes} <= axes.keys()


# Written out, so that a slip in the table is not its own proof.
OPEN = {"front", "hostile", "held", "war", "collapsed", "answer", "ceded"}
SIGNED = {"in_force", "broken", "demarcated", "delivered", "late", "paid", "paid_in_kind", "lapsed"}
SIGNED |= {"void", "defaulted"}


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
    others = "imbalance hostile war collapsed strain broken late lapsed void defaulted"
    unwelcome = {name for name, series in SERIES.items() if series.better < 0}
    assert unwelcome == set(f"{lost} {others}".split())


def test_a_record_may_be_of_what_is_counted_or_measured_by_power_theatre_and_item():
    assert words.MEASURES.keys() >= {"lost", "front", "field_strength", "gold", "strength_seen"}
    assert "materials" not in words.MEASURES  # a row has no field for a material
    assert words.MEASURES["largest_haul"].flow and not words.MEASURES["equipment"].flow
    assert words.MEASURES["front"].needs == ("theatre",)
