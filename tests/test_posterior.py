"""What was fitted, beside a file's own numbers; and to what it was fitted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from walks import Model

from sinews.analysis import calibrate as calibration
from sinews.analysis.calibrate import calibrate, left_out
from sinews.analysis.fit import Fit, FittedNumber
from sinews.analysis.odds import mean_error
from sinews.campaign.played import Campaign
from sinews.campaign.snapshot import restored, snapshot_of
from sinews.cli import main
from sinews.cli.words import warn_if_stale
from sinews.engine.posterior import Posterior, posterior_path, read_posterior, write_posterior
from sinews.engine.simulate import drawn, own_draws
from sinews.engine.unknowns import Unknown, scores_of, spread, unknowns
from sinews.errors import ScenarioError
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario import Scenario, load
from sinews.scenario.compile import Compiled, compile

BORDER = (Path(__file__).parent / "scenarios" / "border.toml").read_text("utf-8")
RESERVE = "power.ostland.manpower.reserve"
FITTED = ("attrition", "coefficient.pace", RESERVE)
ROWS = ((0.03, 205.0, 6e5), (0.031, 206.0, 6.1e5)) * 4

OWN = "[coefficient]\nattrition = 0.014\npace = { low = 190, high = 240 }\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario beside whose posterior stands a coefficient of its own."""
    path = tmp_path / "border.toml"
    path.write_text(BORDER.replace("[coefficient]\npace = 180\n", OWN), "utf-8")
    fitted(path)
    return path


def fitted(path: Path, to: str | None = None) -> None:
    """A posterior beside a scenario, fitted to it as it is or to something else."""
    to = load(path).substance[0] if to is None else to
    write_posterior(posterior_path(load(path)), Posterior(FITTED, np.float32(ROWS), to), ["Test"])


def edited(path: Path, old: str, new: str) -> Scenario:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return load(path)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command prints, and what it says beside."""

    def run(*words: str) -> tuple[str, str]:
        with pytest.raises(SystemExit):
            main(words)
        return capsys.readouterr()

    return run


def coefficients(scenario: Scenario) -> dict[str, Any]:
    numbers = np.arange(8, dtype=np.uint32)
    return drawn(compile(scenario), read_posterior(scenario), 1, numbers).coefficients


def test_what_the_file_sets_goes_before_what_was_fitted(file: Path):
    found = coefficients(load(file))
    assert found["attrition"] == pytest.approx(0.014)
    assert set(found["pace"].tolist()) == {205.0, 206.0}
    # A range that was fitted and is settled since.
    settled = edited(file, "pace = { low = 190, high = 240 }", "pace = 200")
    assert coefficients(settled)["pace"] == pytest.approx(200.0)
    assert read_posterior(settled).used(settled) == (RESERVE,)


def test_doubts_and_heads_tell_what_members_live_by(file: Path, told: Any):
    rows = {row["coefficient"]: row for row in json.loads(told("doubts", str(file), "--json")[0])}
    assert rows["attrition"]["set"] == {"how": "set", "values": [0.014]}
    assert rows["pace"]["set"]["how"].startswith("fitted")
    assert rows["pace"]["set"]["values"] == pytest.approx([205.0, 205.5, 206.0])
    assert rows[RESERVE]["set"]["posterior"] == "current"
    out, err = told("doubts", str(file))
    assert "the file sets or leaves out itself: attrition." in out and err == ""
    out, err = told("run", str(file), "--members", "4", "--weeks", "14")
    assert "coefficients: 2 numbers fitted\n" in out and err == ""
    facts = json.loads(told("run", str(file), "--members", "4", "--weeks", "14", "--json")[0])
    assert facts["fitted"] == ["coefficient.pace", RESERVE] and facts["posterior"] == "current"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# A small", "# Quite a small"),
        ('title = "A quarrel', 'title = "The quarrel'),
        ('note = "a new hall"', 'note = "a newer hall"'),
        ('"Statistical yearbook', '"The statistical yearbook'),
        ('gold = { value = "2600 t", source = "yearbook", kind = "story" }', 'gold = "2600 t"'),
        ("[option.second-track]", '[option.other]\nset.weeks = 19\n[option.second-track]'),
    ],
)  # fmt: skip
def test_words_make_no_posterior_stale(file: Path, old: str, new: str):
    assert read_posterior(file_ := edited(file, old, new)).state(file_) == "current"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('tank = "240 a month"', 'tank = "250 a month"'),
        ('pool = "3 M men"', 'pool = "3.1 M men"'),
        ("until = 1941-07-28", "until = 1941-08-11"),
        ('west = ["westland"]', 'peace = true\nwest = ["westland"]'),
        ("[[expect]]", "[[expect]]\nfit = false"),
        ("attrition = 0.014", "attrition = 0.015"),
    ],
)
def test_other_numbers_and_records_do(file: Path, old: str, new: str):
    changed = edited(file, old, new)
    assert read_posterior(changed).state(changed) == "stale"


def test_every_command_says_that_a_posterior_is_stale(file: Path, told: Any, tmp_path: Path):
    edited(file, 'pool = "3 M men"', 'pool = "3.1 M men"')
    says = "border.posterior.csv was fitted to other numbers or records than this file has"
    few = ("--members", "4", "--weeks", "14")
    for words in (
        ("run", *few),
        ("run", *few, "--json"),
        ("compare", *few, "--options", "second-track"),
        ("check", "--members", "4"),
        ("replay", "--member", "0", "--weeks", "14"),
        ("replace", "ostland", "tank", "--members", "4"),
        ("border", "theatre-of-none"),
        ("plan", "--contract", "none"),
        ("brief", "--item", "none"),
        ("chronicle", "--weeks", "20", "--out", str(tmp_path / "book.md")),
    ):
        err = told(words[0], str(file), *words[1:])[1]
        assert says in err and f"sinews calibrate {file}" in err, words
    out = told("run", str(file), *few, "--out", str(tmp_path / "run"))[0]
    assert "2 numbers fitted, to another state of the file" in out
    assert says in (tmp_path / "run" / "report.html").read_text("utf-8")
    assert says in told("doubts", str(file))[0]
    fitted(file, to="")  # an older one, that does not say
    out, err = told("run", str(file), *few)
    assert "2 numbers fitted, to what is unknown" in out and err == ""
    assert "does not say what it was fitted to" in told("doubts", str(file))[0]


def test_a_scenario_laid_over_another_goes_by_its_posterior_and_a_campaign_keeps_it():
    own, other = load("eastern-front-1941"), load("beijing-1941")
    assert other.substance[1:] == own.substance and other.substance[0] != own.substance[0]
    posterior = read_posterior(other)
    assert posterior.state(other) == posterior.state(own) in ("current", "unknown", "stale")
    kept = snapshot_of(other, "now")
    assert kept.posterior == posterior_path(own).read_text("utf-8")
    says = {"scenario": "", "posterior": "", "options": []}
    with pytest.raises(ScenarioError, match="damaged"):
        restored(kept, says, "store")


def test_who_forecasts_by_the_fit_of_another_war_is_told(capsys: pytest.CaptureFixture[str]):
    for name in ("italy-1943", "beijing-1941"):
        game = Campaign.start(name, members=20, simulate=Model())
        for found in (load(name), game.scenario):
            warn_if_stale(found)
            said = capsys.readouterr().err
            assert ("fitted to eastern-front-1941, not to this" in said) == (name == "italy-1943")
            assert ("`sinews check italy-1943`" in said) == (name == "italy-1943")


def test_a_fit_is_lent_its_coefficients_and_no_number_of_another_war(tmp_path: Path):
    own, lent = load("eastern-front-1941"), load("italy-1943")
    theirs, ours = read_posterior(own), read_posterior(lent)
    mean = set(theirs.names) & {number.path for number in lent.numbers() if number.uncertain}
    assert "power.germany.stock.tank" in mean and not mean & set(ours.names)
    assert set(ours.names) == set(theirs.names) & COEFFICIENTS.keys()
    at = [theirs.names.index(name) for name in ours.names]
    np.testing.assert_array_equal(ours.draws, theirs.draws[:, at])
    assert ours.state(lent) == theirs.state(own) and ours.used(lent) == ours.names
    posen = lent.with_theory("posen")
    assert read_posterior(posen).theory == "posen" and "creep" in read_posterior(posen).names
    # As a campaign keeps it, beside its file, it is no fit of that file either.
    path = tmp_path / "italy-1943.toml"
    path.write_bytes(lent.content)
    path.with_suffix(".posterior.csv").write_text(snapshot_of(lent, "now").posterior, "utf-8")
    assert read_posterior(load(path)).digest == ours.digest
    stale = replace(lent, lent="another")
    said = ours.remark(stale)
    assert "than eastern-front-1941.toml has" in said and f"calibrate {own.path}" in said


def test_a_fit_of_its_own_goes_before_one_that_is_lent(file: Path, told: Any):
    lent = edited(file, "format = 2", 'format = 2\nfit_of = "eastern-front-1941"')
    fitted(file)
    assert read_posterior(lent).names == FITTED
    few, whose = ("--members", "4", "--weeks", "14"), "numbers fitted, by the fit of eastern-front"
    assert whose not in told("run", str(file), *few)[0]
    posterior_path(lent).unlink()
    assert whose in told("run", str(file), *few)[0]
    draws = read_posterior(lent)
    assert "attrition" in draws.names and "attrition" not in draws.used(lent)
    found = coefficients(lent)
    assert found["attrition"] == pytest.approx(0.014)
    assert set(found["helmbold"].tolist()) <= set(draws.draws[:, 0].tolist())


@pytest.mark.parametrize("name", ["border", "beijing-1941", "italy-1943"])
def test_only_a_shipped_scenario_with_a_fit_of_its_own_lends_it(file: Path, name: str):
    with pytest.raises(ScenarioError, match=rf'fit_of = "{name}"[\s\S]*: eastern-front-1941$'):
        edited(file, "format = 2", f'format = 2\nfit_of = "{name}"')


# Members numbered beyond as many as there are draws.

BOTH = ("attrition", RESERVE)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    path = tmp_path_factory.mktemp("many") / "border.toml"
    path.write_text(BORDER, "utf-8")
    return compile(load(path))


@pytest.fixture(scope="module")
def known(compiled: Compiled) -> Posterior:
    """64 draws of two numbers that go together."""
    x, y = np.random.default_rng(1).standard_normal((2, 64))
    values = spread(two(compiled), np.array([x + 0.5, 0.6 * x + 0.8 * y]))
    return Posterior(BOTH, values.T.astype(np.float32))


def two(compiled: Compiled) -> list[Unknown]:
    numbers = {number.name: number for number in unknowns(compiled)}
    return [numbers[name] for name in BOTH]


def test_they_have_draws_of_their_own_with_the_same_mean_and_covariance(
    compiled: Compiled, known: Posterior
):
    found = own_draws(compiled, known, BOTH, 1, 40_000).draws
    rows = {*map(tuple, known.draws.tolist())}
    assert {*map(tuple, found[:64].tolist())} <= rows, "members before that have them as they are"
    assert len(np.unique(found[64:, 0])) > 36_000 and not rows & {*map(tuple, found[64:].tolist())}
    for each, own in zip(two(compiled), found.T, strict=True):
        assert each.low <= own.min() and own.max() <= each.high
    there, here = (scores_of(two(compiled), x.T.astype(float)) for x in (known.draws, found[64:]))
    assert here.mean(axis=1) == pytest.approx(there.mean(axis=1), abs=0.02)
    assert np.cov(here) == pytest.approx(np.cov(there, ddof=0), abs=0.03)


def test_a_member_has_the_same_numbers_whoever_runs_beside_it(compiled: Compiled, known: Posterior):
    def attrition(*members: int) -> list[float]:
        numbers = np.array(members, np.uint32)
        return drawn(compiled, known, 1, numbers).coefficients["attrition"].tolist()

    assert attrition(2, 63, 64, 500, 90_000)[2:] == [*attrition(64, 500), *attrition(90_000)]


def test_the_error_of_a_mean_is_what_is_printed(compiled: Compiled, known: Posterior):
    """Of 1,024 members by 100 seeds, about what as many of all seeds have."""
    runs = np.array(
        [own_draws(compiled, known, BOTH, seed, 1024).draws[:, 0] for seed in range(100)]
    ).astype(float)
    errors = [mean_error(run) or 0.0 for run in runs]
    assert runs.mean(axis=1).std(ddof=1) == pytest.approx(np.mean(errors), rel=0.2)
    (number, _), scores = two(compiled), scores_of(two(compiled), known.draws.T.astype(float))[:1]
    chance = np.random.default_rng(2)
    normal = scores.mean() + scores.std() * chance.standard_normal((1, 200_000))
    assert runs.mean() == pytest.approx(spread([number], normal).mean(), rel=0.01)


def test_draws_that_are_kept_have_the_mean_and_the_covariance_of_all():
    """A number that is settled, and two that go together."""
    mixed = np.array([[1.0, 0.0], [0.8, 0.3], [0.0, 0.0]])
    scores = mixed @ np.random.default_rng(3).standard_normal((2, 2000)) + 0.5
    few = calibration._few(scores)
    assert few.shape == (3, 512) and few.mean(axis=1) == pytest.approx(scores.mean(axis=1))
    assert np.cov(few) == pytest.approx(np.cov(scores), abs=1e-6)
    assert abs(np.cov(scores[:, :512]) - np.cov(scores)).max() > 0.01
    assert (calibration._few(scores[:, :100]) == scores[:, :100]).all()


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fit]:
    """A small fit, and the file that it was made beside."""
    path = tmp_path_factory.mktemp("fit") / "border.toml"
    # Even enough that a front may stop before its goal.
    path.write_text(BORDER.replace("quality = 0.5", "quality = 0.8"), "utf-8")
    return path, calibrate(load(path), members=128, rounds=2)


def test_calibration_says_what_it_fitted_to(fit: tuple[Path, Fit]):
    path, found = fit
    kept = read_posterior(load(path))
    assert kept.state(load(path)) == "current" and kept.fitted_to == found.posterior.fitted_to
    text = path.read_text("utf-8")
    changed = edited(path, 'pool = "3 M men"', 'pool = "3.1 M men"')
    assert read_posterior(changed).state(changed) == "stale"
    path.write_text(text, "utf-8")


def test_a_fit_tells_what_it_did_to_each_record_and_each_number(fit: tuple[Path, Fit]):
    _, found = fit
    assert [r.record for r in found.records] == [260.0, 200e3]
    assert len(found.misfits) == 3 and found.misfits[-1] < 0.7 * found.misfits[0]
    for record, told in zip(found.records, found.after, strict=True):
        assert record.after == pytest.approx(np.quantile(told, (0.05, 0.5, 0.95)))
        assert abs(record.after[1] - record.record) < abs(record.before[1] - record.record)
    by_name = {n.name: n for n in found.numbers}
    assert [*by_name] == sorted(by_name, key=lambda n: -by_name[n].contraction)
    # Losses tell the rate of losses; so few members see much else by chance.
    assert by_name["attrition"].informed
    assert [*by_name].index("attrition") < len(by_name) / 5
    assert json.loads(json.dumps(found.plain()))["fitted_to"] == found.posterior.fitted_to


@pytest.mark.parametrize(
    ("mean", "sd", "contraction", "informed", "leans"),
    [
        (2.0, 4.0 / 12**0.5, 0.0, False, ""),
        (2.0, 2.0 / 12**0.5, 0.75, True, ""),
        (0.39, 0.1, 0.9925, True, "low"),
        (3.61, 0.1, 0.9925, True, "high"),
    ],
)
def test_a_number_is_known_by_the_variance_that_records_took_from_its_range(
    mean: float, sd: float, contraction: float, informed: bool, leans: str
):
    number = FittedNumber("x", 0.0, 4.0, mean, sd)
    assert number.contraction == pytest.approx(contraction, abs=1e-9)
    assert (number.informed, number.leans) == (informed, leans)


def test_a_fit_is_left_in_the_groups_that_arviz_has(fit: tuple[Path, Fit], tmp_path: Path):
    _, found = fit
    found.export(tmp_path / "fit.nc")
    with xr.open_datatree(tmp_path / "fit.nc", engine="h5netcdf") as tree:
        assert tree["observed_data"]["record"].values.tolist() == [260.0, 200e3]
        for group, told in (
            ("prior_predictive", found.before),
            ("posterior_predictive", found.after),
        ):
            kept = tree[group]["record"].sel(chain=0).transpose("row", "draw").values
            np.testing.assert_array_equal(kept, told)
        names = found.posterior.names
        assert set(tree["prior"].data_vars) == set(tree["posterior"].data_vars) == set(names)
        drawn = tree["posterior"]["attrition"].sel(chain=0).values
        np.testing.assert_array_equal(drawn, found.posterior.draws[:, names.index("attrition")])
    with pytest.raises(ScenarioError, match=r"--out.*\n.*could not be written"):
        found.export(tmp_path / "nowhere" / "fit.nc")


def test_a_record_left_out_does_not_move_the_fit_that_forecasts_it(tmp_path: Path):
    """What the others say of a record is the same, whatever that record is."""
    path = tmp_path / "border.toml"
    path.write_text(BORDER, "utf-8")
    front, dead = left_out(load(path), members=64, rounds=1)
    other = edited(path, 'value = "260 km"', 'value = "150 km"')
    moved, told = left_out(other, members=64, rounds=1)
    assert (front.record, moved.record) == (260.0, 150.0) and front.after == moved.after
    assert front.holds == (front.after[0] <= 260.0 <= front.after[2])
    assert dead.after != told.after, "this one was forecast by a fit to the front"
    edited(path, BORDER[BORDER.rindex("[[expect]]") :], "")
    with pytest.raises(ScenarioError, match="one record alone"):
        left_out(load(path), members=64, rounds=1)


def test_the_command_prints_what_a_fit_told(fit: tuple[Path, Fit], told: Any):
    path, _ = fit
    words = ("calibrate", str(path), "--members", "16", "--rounds", "1")
    out, _ = told(*words)
    for word in ("record", "before", "fitted", "leans on", "in standard errors", "16 draws of 16"):
        assert word in out, word
    assert len(json.loads(told(*words, "--json")[0])["misfits"]) == 2
    kept = posterior_path(load(path)).read_text("utf-8")
    assert kept.startswith("# Joint posterior of border: 16 draws of 16,\n")
    for more, says in ((("--leave-one-out",), "keeps nothing"), ((), "is a folder")):
        assert says in told(*words, *more, "--out", str(path.parent))[1]
    assert posterior_path(load(path)).read_text("utf-8") == kept, "told before anything is fitted"
    assert "of 2 are in the 5-95 %" in told(*words[:3], "64", *words[4:], "--leave-one-out")[0]


def test_a_record_that_no_number_bears_on_is_a_mistake_of_the_file(tmp_path: Path):
    path = tmp_path / "border.toml"
    path.write_text(BORDER, "utf-8")
    cut = BORDER[BORDER.index("[[expect]]") :]
    edited(
        path, cut, '[[expect]]\nmeasure = "gold"\npower = "ostland"\nat = 1941-07-07\nvalue = 1\n'
    )
    with pytest.raises(ScenarioError, match="met or missed by all members alike"):
        calibrate(load(path), members=16, rounds=1)


def test_a_fit_by_too_few_members_is_refused(fit: tuple[Path, Fit]):
    """At least twice as many as there are records."""
    path, _ = fit
    kept = posterior_path(load(path)).read_text("utf-8")
    for one in (calibrate, left_out):
        with pytest.raises(ScenarioError) as caught:
            one(load(path), members=3)
        (few,) = caught.value.mistakes
        assert (few.path, few.value) == ("members", "3")
        assert (few.problem, few.remedy) == ("are too few to fit to 2 records", "take more")
        assert few.expected == "it must be 16 or more"
    assert posterior_path(load(path)).read_text("utf-8") == kept


@pytest.mark.parametrize(
    "text", ["", "# no more\n", "a,b\n", "a,b\n1,2\n3\n", "a\nx\n", "a\nnan\n"]
)
def test_what_is_no_table_of_draws_is_refused(file: Path, text: str):
    posterior_path(load(file)).write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match="is no table of draws"):
        read_posterior(load(file))


def test_draws_that_a_coefficient_cannot_be_are_mistakes_of_the_file(file: Path):
    text = "attrition,quiet,quiet\n0.02,0.3,0.3\n900,0.3,0.3\n"
    posterior_path(load(file)).write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_posterior(load(file))
    attrition, twice = caught.value.mistakes
    assert attrition.path == "attrition" and "from 0.02 to 900" in attrition.problem
    assert attrition.expected == "draws from 0.014 to 0.034"
    assert (twice.path, twice.problem) == ("quiet", "stands there twice")
