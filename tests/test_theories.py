"""Rival theories of combat: their closed forms, what they turn, and what they leave alone."""

import json
from dataclasses import fields, replace
from datetime import date
from math import exp, log
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_symmetry import duel, mirrored
from worlds import Mix, at_war, random_one

from sinews.analysis.calibrate import calibrate, fitted_rows, left_out
from sinews.analysis.council.conditions import Condition
from sinews.analysis.council.theories import RivalStarts
from sinews.analysis.fit import FittedRecord
from sinews.analysis.measures import Measure
from sinews.analysis.paired import PairedStart
from sinews.analysis.rivals import rivalry, stacked, weigh
from sinews.analysis.run import samples_of
from sinews.analysis.weighed import keep, kept
from sinews.cli import main
from sinews.engine.posterior import (
    Posterior,
    no_posterior,
    posterior_path,
    read_posterior,
    write_posterior,
)
from sinews.engine.simulate import drawn
from sinews.errors import ScenarioError
from sinews.model import combat, theories
from sinews.model.coefficients import COEFFICIENTS, RIVALS, THEORIES, RivalCoefficients
from sinews.model.combat import Contest
from sinews.model.state import State, quantities
from sinews.model.theories import FORMULAS, adapted, tabled
from sinews.model.world import World
from sinews.scenario import load
from sinews.scenario.compile import compile

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
DOCS = Path(__file__).parent.parent / "docs"
RIVAL = [name for name in THEORIES if name != "helmbold"]


def under(world: World, theory: str, **own: float) -> World:
    """A world whose member lives by a theory, at the defaults of its own coefficients."""
    numbers = {n: c.default for n, c in RIVALS.items()} | own
    c = vars(world.coefficient) | {n: np.float32(x) for n, x in numbers.items()}
    place = np.float32([*THEORIES].index(theory))
    return replace(world, coefficient=RivalCoefficients(**{**c, "theory": place}))


def meeting(odds: float, **other: Any) -> Contest:
    """A front on which the west attacks at such odds, of a million men with equal skill."""
    both = jnp.float32([[odds], [1 / odds]])
    one, none = jnp.ones((2, 1)), jnp.zeros((2, 1))
    strong = jnp.float32([[1e6], [1e6 / odds]])
    attack = jnp.float32([[1.0], [0.0]])
    fight = Contest(
        strong, strong, attack, both, both, one, one, one[0], one[0], one[0], one, one, one, none
    )
    return fight._replace(**other)


@pytest.fixture(scope="module")
def front() -> tuple[State, World]:
    """One front, 500 km wide, on which nothing has moved and nobody has dug in."""
    state, world = random_one(Mix(seed=62, empty=0.0, pockets=0.0, quiet=0.0))
    still = np.zeros(1, np.float32)
    usual = {n: np.float32(c.default) for n, c in COEFFICIENTS.items()}
    world = replace(
        world,
        coefficient=replace(world.coefficient, **usual),
        width=still + np.float32(500),
        going=still + np.float32(1),
    )
    return state.replace(advanced=still, dug_in=still), world


def losses(front: tuple[State, World], theory: str, fight: Contest, **own: float) -> list[float]:
    state, world = front
    lost = FORMULAS[theory].exchanged(state, under(world, theory, **own), fight)
    return np.asarray(lost)[:, 0].tolist()


def km(front: tuple[State, World], theory: str, fight: Contest, **own: float) -> float:
    """How far the west goes in a week."""
    state, world = front
    speed = FORMULAS[theory].speeds(state, under(world, theory, **own), fight)
    return float(np.asarray(speed)[0, 0] * world.coefficient.pace)


@pytest.mark.parametrize(("law", "power"), [("lanchester-square", 2), ("lanchester-linear", 1)])
def test_lanchesters_laws_keep_the_difference_of_squares_or_of_numbers(
    front: tuple[State, World], law: str, power: int
):
    """Three against two, fought for ten weeks: x^n - y^n stays 3^n - 2^n."""
    x, y = 3.0, 2.0
    for _ in range(10):
        west, east = losses(front, law, meeting(x / y))
        x, y = x * (1 - west), y * (1 - east)
    assert x**power - y**power == pytest.approx(3**power - 2**power, rel=2e-3)
    assert y < 1.7


def test_epsteins_week_is_seven_of_his_days():
    """330 against 200, an exchange of 1.5: his tables' defender withdraws from the second day."""
    attackers, defenders, press, giving, gone = 330.0, 200.0, 0.04, 0.0, 0.0
    for _ in range(7):
        gone += giving / 7
        rate = press * (1 - giving)
        killed = rate * attackers
        share = killed / 1.5 / defenders
        attackers, defenders = attackers - killed, defenders - killed / 1.5
        press -= (0.075 - press) / 0.075 * (rate - 0.075)
        giving = giving + (1 - giving) / 0.95 * (share - 0.05) if share > 0.05 else 0.0
    week = adapted(*map(jnp.float32, (0.04, 0.075, 0.05, 1.5, 1.65, 0.0)))
    wanted = [1 - attackers / 330, 1 - defenders / 200, gone]
    np.testing.assert_allclose(week, wanted, rtol=1e-4)
    assert gone > 0.02


@pytest.mark.parametrize(("odds", "withdraws"), [(1.4, False), (3.0, True)])
def test_epsteins_defender_gives_ground_only_beyond_what_he_bears(
    front: tuple[State, World], odds: float, withdraws: bool
):
    """At 1.4 to 1 he loses at the most .05 * 1.4 / 1.5 = .047 a day, and bears .05."""
    fight = meeting(odds)
    went = km(front, "epstein", fight, bears_attacking=0.05)
    assert (went > 5.0) == withdraws and (went == 0.0) != withdraws
    # What he trades the ground for: he loses less than one who stands whatever it costs.
    stands = losses(front, "epstein", fight, bears_attacking=0.05, bears_defending=0.9)[1]
    yields = losses(front, "epstein", fight, bears_attacking=0.05)[1]
    assert (yields < 0.97 * stands) == withdraws


def test_posens_assault_costs_what_it_costs_whoever_stands_before_it(front: tuple[State, World]):
    """50 of 500 km at 1,800 men a km: 90,000 of a million, 4 % of them a day; for every one and a
    half of them the enemy loses one."""
    for odds in (0.8, 2.0):
        west, east = losses(front, "posen", meeting(odds))
        assert west == pytest.approx(1 - exp(-7 * 0.04 * 0.09), rel=1e-4)
        assert east == pytest.approx(1 - exp(-7 * 0.04 * 0.09 * odds / 1.5), rel=1e-4)


def test_posens_front_creeps_or_bursts_by_whether_the_defender_can_hold_it(
    front: tuple[State, World],
):
    """500 km take 270,000 defenders and 423,000 attackers."""
    assert km(front, "posen", meeting(2.0)) == pytest.approx(7 * 3.5, rel=1e-5)
    half = 1e6 / 135e3
    assert km(front, "posen", meeting(half)) == pytest.approx(7 * (3.5 + 17.5) / 2, rel=1e-4)
    few = jnp.float32([[0.4e6], [0.2e6]])
    weak = meeting(2.0, strong=few)
    assert km(front, "posen", weak) == 0.0
    # Who makes no assault loses as on a quiet front.
    quiet = float(front[1].coefficient.quiet)
    wanted = 1 - exp(-7 * 0.04 * (90 / 400) * quiet)
    assert losses(front, "posen", weak)[0] == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(("power", "factor"), [(0.1, 2.5), (0.89, 1.0), (1.99, 0.75), (6.0, 0.4)])
def test_dupuys_casualties_are_those_of_his_tables(
    front: tuple[State, World], power: float, factor: float
):
    """2.8 % a day in attack and 1.5 % in defence, by the ratio of powers."""
    assert float(tabled(jnp.float32(power), theories.OPPOSITION)) == pytest.approx(factor)
    west, _ = losses(front, "dupuy", meeting(power), size=1.0)
    assert west == pytest.approx(1 - exp(-7 * 0.028 * factor), rel=1e-4)
    _, east = losses(front, "dupuy", meeting(1 / power), size=1.0)
    assert east == pytest.approx(1 - exp(-7 * 0.015 * factor), rel=1e-4)


def test_dupuys_combat_effectiveness_counts_by_its_square(front: tuple[State, World]):
    """Who is 1.2 times as good loses 1/1.2 of it and his enemy 1.2 times; at the most 1.5 times."""
    plain = losses(front, "dupuy", meeting(1.0))
    for skill, counts in ((1.2, 1.2), (2.0, 1.5)):
        better = meeting(1.0, skill=jnp.float32([[skill], [1.0]]))
        west, east = losses(front, "dupuy", better)
        assert west == pytest.approx(plain[0] / counts, rel=0.01)
        assert east == pytest.approx(plain[1] * counts, rel=0.01)


def test_dupuys_front_goes_by_his_table_and_half_as_fast_against_a_prepared_defence(
    front: tuple[State, World],
):
    """At 1.76 on the sectors attacked motorised divisions go 10 km a day."""
    state, world = front
    c = world.coefficient
    fight = meeting(1.76 * float(c.main_share) + (1 - float(c.main_share)) * float(c.hold_ratio))
    assert km(front, "dupuy", fight, march=1.0) == pytest.approx(70.0, rel=1e-3)
    long = state.replace(dug_in=np.float32([60.0]))
    assert km((long, world), "dupuy", fight, march=1.0) == pytest.approx(35.0, rel=1e-3)
    assert km(front, "dupuy", meeting(0.9)) == 0.0


@pytest.mark.parametrize(
    ("theory", "ratio", "goes"),
    [
        ("helmbold", 3**0.9, 149),
        ("lanchester-square", 9, 149),
        ("lanchester-linear", 3, 149),
        ("epstein", 3 / 1.5, 5.3),
        ("posen", 3 / 1.5, 24.5),
        ("dupuy", 1.5 / 2.8 * 1.5 / 0.65, 84),
    ],
)
def test_the_theory_turns_who_loses_more_and_how_far_the_front_goes(
    front: tuple[State, World], theory: str, ratio: float, goes: float
):
    """What the defender loses of his men over what the attacker loses at three to one; and km in a
    week at three to two, which is three to one on the sectors attacked."""
    west, east = losses(front, theory, meeting(3.0))
    assert east / west == pytest.approx(ratio, rel=0.05)
    assert km(front, theory, meeting(1.5)) == pytest.approx(goes, rel=0.05)


def still(world: World) -> World:
    """A world without luck in battles."""
    names = ("luck_weekly", "luck_lasting", "pulse", "close")
    c = replace(world.coefficient, **dict.fromkeys(names, np.float32(0.0)))
    return replace(world, coefficient=c)


@pytest.fixture(scope="module")
def week() -> Any:
    """A week's fighting by the theory that the coefficients name."""
    return jax.jit(theories.step)


@pytest.mark.parametrize("theory", THEORIES)
def test_equal_sides_lose_equally_under_each_theory(theory: str, week: Any):
    state, world = duel()
    after = jax.device_get(week(state, under(still(world), theory), jax.random.key(0)))
    for name in ("men", "killed", "lost"):
        np.testing.assert_allclose(*getattr(after, name)[:2], rtol=1e-6, err_msg=name)
    assert (after.killed[:2] > 0).all() and (abs(after.advanced) < 1e-4).all()


@pytest.mark.parametrize("theory", THEORIES)
def test_no_theory_privileges_an_end(theory: str, week: Any):
    """East for west on both fronts: all fares as before, the other way round."""
    state, world = random_one(Mix(seed=64, empty=0.0))
    state = state.replace(
        **at_war(np.ones(2), world.end), advanced=np.float32([60, -40]), offensive=np.abs(world.end)
    )
    world, key = under(still(world), theory), jax.random.key(0)
    tables = [f.name for f in fields(World)[1:]]

    def turned(thing: Any) -> Any:
        """West for east; it is done to members side by side, of whom there is one here."""
        names = tables if isinstance(thing, World) else [*quantities()]
        beside = {n: np.asarray(getattr(thing, n))[..., None] for n in names}
        other = mirrored(
            replace(thing, **beside),
            replace(world, place_axis=world.place_axis[..., None]),
            [-1, -1],
        )
        return replace(other, **{n: np.asarray(getattr(other, n))[..., 0] for n in names})

    told = turned(jax.device_get(week(state, world, key)))
    other = jax.device_get(week(turned(state), turned(world), key))
    for name in ("men", "killed", "captured", "front", "equipment", "prisoners"):
        np.testing.assert_allclose(getattr(other, name), getattr(told, name), 2e-4, 1e-3, name)


def test_the_shipped_theory_among_the_others_is_the_shipped_step(week: Any):
    state, world = random_one(Mix(seed=64, empty=0.0))
    key = jax.random.key(3)
    ours, theirs = (
        week(state, under(world, "helmbold"), key),
        jax.jit(combat.step)(state, world, key),
    )
    for name in ("men", "front", "equipment", "captured"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), 1e-5, err_msg=name)


@pytest.mark.parametrize("theory", RIVAL)
def test_the_laws_of_conservation_hold_under_each_theory(theory: str):
    found = samples_of(load(BORDER).with_theory(theory), [], 40, 8, 1)
    assert max(found.laws.values()) < 1e-5


def test_a_theorys_own_numbers_are_drawn_in_their_ranges_and_move_nobody_elses():
    members, plain = np.arange(64, dtype=np.uint32), load(BORDER)
    shipped = drawn(compile(plain), no_posterior(), 1, members).coefficients
    for theory in RIVAL:
        found = drawn(compile(plain.with_theory(theory)), no_posterior(), 1, members).coefficients
        assert found.keys() == shipped.keys() | set(THEORIES[theory])
        for name, values in shipped.items():
            np.testing.assert_array_equal(found[name], values)
        for name in THEORIES[theory]:
            low, high = found[name].min(), found[name].max()
            about = RIVALS[name]
            assert about.low <= low < high <= about.high


def test_a_scenario_keeps_its_theory_and_its_fit_apart():
    plain = load(BORDER)
    told = plain.with_theory("dupuy").with_options(list(plain.options)[:1])
    assert told.theory == "dupuy" and plain.with_theory("helmbold") == plain
    assert posterior_path(told).name == "border.dupuy.posterior.csv"
    with pytest.raises(ScenarioError) as refused:
        plain.with_theory("napoleon")
    assert all(name in str(refused.value) for name in THEORIES)
    with pytest.raises(ScenarioError, match=r"week\.combat"):
        replace(plain, week={"combat": "mine"}).with_theory("posen")


def test_every_theory_has_formulas_and_every_number_a_theory():
    assert [*FORMULAS] == [*THEORIES]
    assert {name for own in THEORIES.values() for name in own} == RIVALS.keys()
    assert all(c.low < c.default < c.high and c.source for c in RIVALS.values())


FEW = ("--members", "20", "--weeks", "14")


@pytest.fixture
def sinews(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command prints, and what it complains of."""

    def run(*words: str) -> tuple[str, str]:
        with pytest.raises(SystemExit):
            main(words)
        return capsys.readouterr()

    return run


def test_theories_answer_side_by_side(sinews: Any):
    asked = ("--measure", "front", "--measure", "casualties:westland")
    theories = ("--theory", "lanchester-square,posen")
    told = json.loads(sinews("compare", str(BORDER), *theories, *FEW, *asked, "--json")[0])
    assert [t["name"] for t in told["theories"]] == ["lanchester-square", "posen"]
    assert sum(t["weight"] for t in told["theories"]) == pytest.approx(1.0)
    assert {t["fit"] for t in told["theories"]} == {"none"} and told["records"] == 2
    for answer in told["answers"]:
        means = [answer["theories"][t["name"]]["mean"] for t in told["theories"]]
        weights = [t["weight"] for t in told["theories"]]
        mean = np.average(means, weights=weights)
        assert answer["mixture"]["mean"] == pytest.approx(mean, rel=1e-5)
        between = np.average((np.array(means) - mean) ** 2, weights=weights)
        assert answer["variance_between"] == pytest.approx(between, rel=1e-4, abs=1e-6)
    # Without fits it says so, and what to do.
    out = sinews("compare", str(BORDER), *theories, *FEW, *asked)[0]
    assert "posen was not fitted: `sinews calibrate" in out and "their mixture" in out


def test_theories_that_are_none_are_refused_with_those_that_are(sinews: Any):
    err = sinews("compare", str(BORDER), "--theory", "napoleon,jomini", *FEW)[1]
    assert all(f'"{name}"' in err for name in ("napoleon", "jomini"))
    assert all(name in err for name in THEORIES)
    assert "no theory is named" in sinews("compare", str(BORDER), "--theory", ",", *FEW)[1]
    assert "--theory all" in sinews("compare", str(BORDER), *FEW)[1]
    assert "no theory has that name" in sinews("calibrate", str(BORDER), "--theory", "x")[1]


def test_a_theorys_fit_is_kept_beside_the_shipped_one_and_read_again(tmp_path: Path):
    file = tmp_path / "border.toml"
    file.write_text(BORDER.read_text("utf-8"), "utf-8")
    fit = calibrate(load(file).with_theory("dupuy"), members=130, rounds=1)
    assert {"size", "march"} <= set(fit.posterior.names)
    assert [p.name for p in tmp_path.glob("*.csv")] == ["border.dupuy.posterior.csv"]
    assert read_posterior(load(file)).state(load(file)) == "none"
    told = load(file).with_theory("dupuy")
    assert read_posterior(told).state(told) == "current"
    members = np.arange(64, dtype=np.uint32)
    by_fit, by_range = (
        drawn(compile(told), p, 1, members).coefficients["size"]
        for p in (read_posterior(told), no_posterior())
    )
    fitted = fit.posterior.draws[:, fit.posterior.names.index("size")]
    assert abs(by_fit.mean() - fitted.mean()) < 0.3 * fitted.std() and (by_fit != by_range).all()


def test_weights_are_those_of_the_mixture_that_tells_the_records_best():
    """Of two theories, each sure of half of the records, each counts for a half; one that is
    nowhere better than another counts for nothing."""
    good, bad = log(0.8), log(0.2)
    halves = np.array([[good, bad], [bad, good], [bad, bad]])
    np.testing.assert_allclose(stacked(halves), [0.5, 0.5, 0.0], atol=1e-3)
    assert stacked(np.zeros((4, 0))).tolist() == [0.25] * 4


def test_a_council_asks_the_theories_that_were_fitted(tmp_path: Path):
    """Of Dupuy's law, fitted to fronts of two sizes, the losses under an option; theories without a
    fit are not asked."""
    file = tmp_path / "border.toml"
    file.write_text(BORDER.read_text("utf-8"), "utf-8")
    start = PairedStart(load(file), date(1941, 7, 7), 128)
    fitted, lost = (
        load(file).with_theory("dupuy"),
        Measure("casualties", ("ostland",), date(1941, 9, 8)),
    )
    assert RivalStarts(start).odds("second-track", Condition(lost, 0.0, None)) == {}
    rows = Posterior(("size",), np.float32([[0.05], [0.2]]), fitted.substance[0], None, "dupuy")
    write_posterior(posterior_path(fitted), rows, ["Test"])
    decided = fitted.with_options(["second-track@1941-07-07"])
    values = samples_of(decided, [lost], 128, 14, 1).values[lost.name]
    beyond = Condition(lost, float(np.median(values)), None)
    found = RivalStarts(start).odds("second-track", beyond)
    assert found == {"dupuy": pytest.approx(0.5, abs=0.02)}
    told = replace(start, past=lambda batch: start.today(batch))
    assert RivalStarts(told).odds("second-track", beyond) == {}


def test_weights_are_kept_by_fits_to_other_records(tmp_path: Path):
    file = tmp_path / "border.toml"
    file.write_text(BORDER.read_text("utf-8"), "utf-8")
    names = ("dupuy", "posen")
    found_out = weigh(file, names, members=64, rounds=1)
    found = rivalry(file, names[::-1], measures=["front"], members=20, weeks=14)
    told = [[r.density for r in found_out[name]] for name in names[::-1]]
    assert found.held_out
    np.testing.assert_allclose(found.densities, told, atol=1e-3)
    # One that was not weighed is weighed with the others by the run's own members.
    assert not rivalry(file, ["epstein"], measures=["front"], members=20, weeks=14).held_out
    # Where no record may be fitted, nothing tells one from another.
    bare = replace(found, densities=found.densities[:, :0])
    assert bare.weights.tolist() == [0.5, 0.5] and bare.remark().endswith("theories weigh alike.")


def test_the_eastern_front_has_a_fit_of_each_theory_and_the_page_tells_of_it():
    plain, page = load("eastern-front-1941"), (DOCS / "theories.md").read_text("utf-8")
    for theory, own in THEORIES.items():
        fitted = read_posterior(plain.with_theory(theory))
        assert set(own) <= set(fitted.names) and len(fitted.draws) >= 512
        assert f"| `{theory}` |" in page and f"| {FORMULAS[theory].title} |" in page
        assert all(f"| {theory} | `{name}` |" in page for name in own)
    # Of a scenario that extends another the fits are the other's.
    council = load("beijing-1941").with_theory("posen")
    assert read_posterior(council).state(council) != "none"
    # What is kept of their weights fits them, and so serves the council.
    for name in ("eastern-front-1941", "beijing-1941"):
        told = kept(load(name), [*THEORIES])
        assert (told.scored, told.doubt) == ("eastern-front-1941", "")
        assert told.densities is not None and told.densities.shape[0] == len(THEORIES)


def weighed(folder: Path) -> Path:
    """A scenario beside which log densities of two theories are kept, made up."""
    file = folder / "border.toml"
    file.write_text(BORDER.read_text("utf-8"), "utf-8")
    rows = fitted_rows(load(file))
    told = [FittedRecord.of(r, np.ones(2), np.ones(2), -1.5) for r in rows]
    keep(load(file), {"dupuy": told, "posen": told})
    return file


PAIR = ("--theory", "dupuy,posen", "--measure", "front", *FEW)


def test_weights_that_are_kept_serve_the_records_and_fits_that_they_were_made_for(
    tmp_path: Path, sinews: Any
):
    """Beside another scenario, after a record's value changes, or a refit of one theory, it says so
    and weighs by the members that it runs."""
    file = weighed(tmp_path)
    text, table = file.read_text("utf-8"), file.with_suffix(".theories.csv")
    used = kept(load(file), ["posen", "dupuy"])
    assert used.densities is not None and used.densities.tolist() == [[-1.5, -1.5]] * 2
    assert "by fits to the others" in sinews("compare", str(file), *PAIR)[0]
    other = tmp_path / "other.toml"
    other.write_text(text.replace('pool = "3 M men"', 'pool = "3.1 M men"', 1), "utf-8")
    other.with_suffix(".theories.csv").write_text(table.read_text("utf-8"), "utf-8")
    out = " ".join(sinews("compare", str(other), *PAIR)[0].split())
    assert "other.theories.csv is not used: it was made for other numbers or records" in out
    assert "no theory was fitted, they go by ranges" in out and "fits know" not in out
    assert kept(load(file), ["epstein", "posen"]).doubt.startswith(
        "border.theories.csv is not used: it does not weigh epstein;"
    )
    expect = text.index("[[expect]]")
    value = text.index("value = ", expect) + len('value = "')
    file.write_text(text[:value] + "1" + text[value:], "utf-8")
    assert "other numbers or records" in kept(load(file), ["dupuy"]).doubt
    file.write_text(text, "utf-8")
    fit = load(file).with_theory("dupuy")
    rows = Posterior(("size",), np.float32([[0.05], [0.2]]), fit.substance[0], None, "dupuy")
    write_posterior(posterior_path(fit), rows, ["Test"])
    assert "made for another fit of dupuy;" in kept(load(file), ["posen", "dupuy"]).doubt
    assert kept(load(file), ["posen"]).doubt == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("-1.5000", "good", '= "good"'),
        ("-1.5000", "nan", '= "nan"'),
        ("-1.5000", "", '= ""'),
        ("-1.5000,", "", "has 1 numbers"),
        ("record,dupuy,posen", "record,dupuy,posn", 'did you mean "posen"?'),
        ("record,dupuy,posen", "record,dupuy,dupuy", "has two columns"),
        ("record,dupuy,posen", "record,dupuy", "posen\n    has no column"),
        ("record,dupuy,posen", "dupuy,posen", "is no table of log densities"),
        ("@19", "@18", "no record is called so"),
        ("@19", "@18", "this record has no line"),
        (None, "", "is no table of log densities"),
    ],
)
def test_log_densities_that_are_none_are_refused(
    tmp_path: Path, old: str | None, new: str, says: str
):
    file = weighed(tmp_path)
    table = file.with_suffix(".theories.csv")
    text = table.read_text("utf-8")
    table.write_text("" if old is None else text.replace(old, new, 1), "utf-8")
    with pytest.raises(ScenarioError) as refused:
        rivalry(file, ["dupuy", "posen"], measures=["front"], members=20, weeks=14)
    assert says in str(refused.value) and "remove it, or make it anew by" in str(refused.value)
    assert refused.value.file == str(table)


def test_a_fit_of_another_theory_or_cut_short_is_refused(tmp_path: Path):
    file = tmp_path / "my border.toml"
    file.write_text(BORDER.read_text("utf-8"), "utf-8")
    plain = load(file)
    posen = plain.with_theory("posen")
    for theory, name in (("", "helmbold"), ("dupuy", "dupuy")):
        rows = Posterior(("pace",), np.float32([[150], [200]]), plain.substance[0], None, theory)
        write_posterior(posterior_path(posen), rows, ["Test"])
        with pytest.raises(ScenarioError, match=f"is a fit of {name}\n    a fit of posen") as told:
            read_posterior(posen)
        assert f"`sinews calibrate '{file}' --theory posen`" in str(told.value)
    write_posterior(posterior_path(posen), replace(rows, theory="posen"), ["Test"])
    assert read_posterior(posen).state(posen) == "current"
    whole = posterior_path(posen).read_text("utf-8").splitlines()
    posterior_path(posen).write_text("\n".join(whole[:-1]), "utf-8")
    with pytest.raises(ScenarioError, match="has 1 draws, and says that there are 2"):
        read_posterior(posen)


def test_the_answer_says_under_which_options_records_hold(tmp_path: Path, sinews: Any):
    file = weighed(tmp_path)
    out = " ".join(sinews("compare", str(file), *PAIR, "--options", "second-track")[0].split())
    assert "Records that hold are those of border under second-track." in out
    assert "2 records of border, by fits to the others, without options" in out


def test_all_theories_stand_alone_and_one_is_a_name(sinews: Any):
    err = sinews("compare", str(BORDER), "--theory", "all,posen", *FEW)[1]
    assert '"all" stands alone' in err and "write --theory all" in err
    with pytest.raises(ScenarioError, match="is no name"):
        load(BORDER).with_theory(["posen"])  # pyright: ignore[reportArgumentType]


def test_a_fit_to_folds_leaves_each_record_out_once():
    """Of two records two folds are a fit for each."""
    by_fold = left_out(load(BORDER), members=64, rounds=1, folds=2)
    each = left_out(load(BORDER), members=64, rounds=1)
    assert by_fold == each and all(np.isfinite(r.density) for r in each)
