"""Assimilation: members that have told what happened, and whether their forecasts hold."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import sinews
from sinews.analysis import filtering
from sinews.analysis.assimilate import Assimilation, Beside, told_past
from sinews.analysis.branching import SharedPast, grown, some_of, started
from sinews.analysis.filtering import distances, filtered, values_ahead
from sinews.analysis.measures import asked, expectations
from sinews.cli import main
from sinews.engine.posterior import Posterior
from sinews.engine.simulate import drawn, own_draws, regrouped
from sinews.engine.unknowns import Unknown, jittered, scores_of, spread, unknowns
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load
from sinews.scenario.compile import compile

ROOT = Path(__file__).parent.parent
BORDER = ROOT / "tests" / "scenarios" / "border.toml"
START = date(1941, 6, 2)
RESERVE = "power.ostland.manpower.reserve"
TOLD = [2e4, 6e4, 6e5, 500]
"""Of the measures of `words_at` in a week, what is told."""


def script() -> ModuleType:
    """The study whose figures docs/assimilation.md has."""
    spec = spec_from_file_location("assimilation", ROOT / "tools" / "assimilation.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL: Any = script()
TOOL.SMALL = BORDER
rows_of = TOOL.rows_of


@pytest.fixture(scope="module")
def border() -> Scenario:
    return load(BORDER)


@pytest.fixture(scope="module")
def past(border: Scenario) -> SharedPast:
    """Members that were told what happened in three weeks, after four."""
    return filtered(border, rows_of(border, words_at(3), TOLD), 4, 300)[0]


def day(week: int) -> date:
    return START + timedelta(weeks=week)


def words_at(*weeks: int) -> list[str]:
    return TOOL.words_at(load(BORDER), weeks)


def medians(past: SharedPast, weeks: int) -> np.ndarray:
    measures = asked(words_at(weeks), past.scenario, past.scenario.weeks)
    return np.median(values_ahead(past, measures, weeks), axis=1)


# On truths that are known.


def test_forecasts_of_truths_that_are_known_hold_what_they_say():
    """As docs/assimilation.md has it of 2,000 forecasts, here of 64 by fewer members."""
    found = TOOL.study(8, 256, told=(4, 8), ahead=(9, 16))
    assert found.pits.shape == (8, 8)
    assert 0.8 < found.within(0.9) < 0.97 and 0.3 < found.within(0.5) < 0.8
    assert abs(found.pits.mean() - 0.5) < 0.1
    assert found.scores.mean() < 0.4 * found.free.mean(), "and being told helps"


def test_the_page_shows_a_study_of_two_thousand_forecasts():
    page = (ROOT / "docs" / "assimilation.md").read_text("utf-8")
    begin, end = TOOL.SIMULATED
    part = page.partition(begin)[2].partition(end)[0]
    (held,) = re.findall(r"2,000 forecasts of .* 90 % bands (\d+) %", part)
    assert 88 <= int(held) <= 92
    begin, end = TOOL.HISTORY
    assert "What was gained" in page.partition(begin)[2].partition(end)[0]


@pytest.mark.parametrize("luck", [0.0, 6.0])
def test_a_number_is_moved_as_bayes_says_whatever_luck_does_to_what_is_told(luck: float):
    """A standard normal number seen as 3, with an error of variance 2 and luck of another: the mean
    comes to 3 / (1 + a), a / (1 + a) of the variance stays, a being both. By luck counted once a
    round it would come to 1.2, not 1 / 3."""
    chance = np.random.default_rng(1)
    scores = chance.standard_normal((1, 200_000))
    for _ in range(filtering._ROUNDS):
        off = 3.0 - scores - luck**0.5 * chance.standard_normal(scores.shape)
        apart = np.array([[2.0]]), np.array([[luck]])
        scores = filtering._nearer(scores, off, *apart, chance)
    assert scores.mean() == pytest.approx(3 / (3 + luck), abs=0.01)
    assert scores.var() == pytest.approx((2 + luck) / (3 + luck), abs=0.01)


def test_errors_are_larger_where_the_model_misses_rows_of_a_kind():
    """Of 30 rows that members miss by 4 either way; not where their own spread tells them, nor for
    one row alone that is off by two."""
    chance = np.random.default_rng(1)
    spread_out = 4.0 * chance.standard_normal((30, 1)) + 4.0 * chance.standard_normal((30, 400))
    missed = 4.0 * chance.standard_normal((30, 1)) + 0.1 * chance.standard_normal((30, 400))
    alone, given = np.full((1, 400), 2.0) + missed[:1] - missed[:1].mean(), np.zeros((9, 400))
    off = np.concatenate([spread_out, missed, given, alone])
    kinds = [("men",)] * 30 + [("tanks",)] * 39 + [("guns",)]
    found = filtering._errors(off, kinds)
    assert found["men",] == 1.0 and 3.0 < found["tanks",] < 5.0 and found["guns",] < 1.4


def test_what_the_model_cannot_tell_leaves_members_less_sure(
    border: Scenario, monkeypatch: pytest.MonkeyPatch
):
    """Tanks lost are three times what a member of the model lost, then a third, and so on."""
    words = [f"lost:ostland:tank@{day(week)}" for week in range(3, 9)]
    ahead = asked([f"lost:ostland:tank@{day(12)}"], border, 20)
    (usual,) = started(border, range(5, 6), weeks=8).values(asked(words, border, 20)).T

    def told(values: np.ndarray) -> tuple[float, float]:
        """How many times its own error each row's was taken, and how wide what follows is."""
        past, windows = filtered(border, rows_of(border, words, values.tolist()), 8, 256)
        (times,) = {*np.concatenate([window.errors for window in windows])}
        return times, float(np.log(values_ahead(past, ahead, 12)).std())

    times, _ = told(usual)
    assert times == 1.0
    wrong = usual * np.array([3.0, 1 / 3] * 3)
    times, wide = told(wrong)
    assert 6.0 < times < 12.0
    monkeypatch.setattr(filtering, "_TIMES", np.ones(1))
    assert told(wrong)[1] < 0.8 * wide


def test_only_the_last_row_of_a_kind_is_the_filters(border: Scenario):
    rows = rows_of(border, [*words_at(3, 5), f"held:Stolp@{day(3)}"], [*TOLD, *TOLD, 1.0])
    parts = [filtering._smoothed_part(row, rows) for row in rows]
    assert parts == [1.0] * 4 + [0.5] * 4 + [0.0]


def test_members_begin_with_the_numbers_that_a_runs_members_have(border: Scenario):
    """Of a posterior and of ranges, until a smoother moves them."""
    compiled, numbers = compile(border), np.arange(200, dtype=np.uint32)
    two = [(0.03, 6e5), (0.031, 6.1e5)]
    known = Posterior(("attrition", RESERVE), np.array(two * 100, np.float32))
    names = [number.name for number in unknowns(compiled)]
    own = own_draws(compiled, known, names, 1, 200)
    one, other = drawn(compiled, known, 1, numbers), drawn(compiled, own, 1, numbers)
    assert all((one.coefficients[n] == other.coefficients[n]).all() for n in one.coefficients)
    assert one.fields and all((one.fields[n] == other.fields[n]).all() for n in one.fields)
    assert len(np.unique(one.coefficients["attrition"])) == 2


def test_scores_of_numbers_are_what_gives_these_numbers_again():
    numbers = [Unknown("a", 2.0, 4.0), Unknown("settled", 3.0, 3.0)]
    values = np.array([[2.0, 2.5, 4.0], [3.0, 3.0, 3.0]])
    scores = scores_of(numbers, values)
    assert np.isfinite(scores).all() and scores[0, 1] == pytest.approx(-0.6745, abs=1e-4)
    assert spread(numbers, scores) == pytest.approx(values, abs=1e-5)


def test_a_front_at_its_origin_has_an_error_of_ten_km(border: Scenario):
    """No share of nothing."""
    rows = rows_of(border, [f"front:border@{day(3)}"], [0.0])
    assert distances(np.array([[20.0, -5.0]]), rows) == pytest.approx(np.array([[2.0, -0.5]]))


def test_weights_are_flattened_until_enough_members_count():
    logs = np.linspace(-500.0, 0.0, 1024)
    even = np.full(1024, 1 / 1024)
    weights, power = filtering.tempered(even, logs, filtering._LEAST)
    assert 0 < power < 1 and 1 / np.sum(weights**2) == pytest.approx(1024 / 4, rel=1e-3)
    weights, power = filtering.tempered(even, logs / 1000, filtering._LEAST)
    assert power == 1 and weights == pytest.approx(np.exp(logs / 1000) / np.exp(logs / 1000).sum())
    assert filtering.tempered(weights, np.zeros(1024), filtering._LEAST)[0] == pytest.approx(
        weights
    )


def test_moving_numbers_keeps_their_mean_and_how_they_go_together():
    chance = np.random.default_rng(2)
    scores = np.array([[1.0, 0.0], [0.8, 0.6]]) @ chance.standard_normal((2, 100_000)) + 3.0
    rows = np.stack([np.arange(100_000), *chance.integers(100_000, size=(2, 100_000))])
    for kept in (0.99, 0.5):
        there = jittered(scores, rows, kept)
        assert there.mean(axis=1) == pytest.approx(scores.mean(axis=1), abs=0.01)
        assert np.cov(there) == pytest.approx(np.cov(scores), abs=0.02)
        assert not np.isin(there, scores).any(), "nobody is where another is"


# What is told bears.


def test_turning_the_rows_round_turns_the_forecast(border: Scenario):
    """Westland's losses to the eighth week 1.3 times, or 1 / 1.3 times, what the median has."""
    words = [f"irrecoverable:westland@{day(week)}" for week in (4, 8)]
    free = np.median(started(border, range(256), weeks=8).values(asked(words, border, 20)), axis=1)
    high, low = (
        medians(filtered(border, rows_of(border, words, (free * x).tolist()), 8, 256)[0], 16)[0]
        for x in (1.3, 1 / 1.3)
    )
    assert 1.2 < high / low < 2.5


def test_a_row_that_no_member_comes_near_is_a_verdict_on_the_model(
    border: Scenario, tmp_path: Path
):
    truth = tmp_path / "truth.toml"
    truth.write_text(written(("irrecoverable", 3e6, 4), ("sick_wounded", 20e3, 4)), "utf-8")
    found = sinews.assimilate(border, day(5), truth, members=128)
    first, *rest = found.verdict()
    assert first.startswith("No member of 128 came within 2 standard errors of what happened (Ost")
    assert "30 Jun 1941" in first and first.endswith("off): the model does not tell it.")
    missed, count = rest
    assert "taken so many times: Ostland: killed, missing and captured 9.8" in missed
    assert "of 1 weeks with rows" in count
    assert found.told[0].nearest > 5 and found.told[0].away < -5


def test_a_row_that_is_not_told_after_those_before_it_is_no_verdict_on_the_model_alone(
    border: Scenario,
):
    """It lies within reach of the free run."""
    (row,) = rows_of(border, [f"irrecoverable:ostland@{day(4)}"], [1e5])
    for free, ends in ((9e4, "not after the rows before it."), (1e4, "does not tell it.")):
        each = Beside(row.measure, np.array([2e4]), np.array([1e4, free]), row, nearest=5.0)
        window = filtering.Window(4, (row,), 32.0, 0.5, np.array([5.0]), np.array([1.0]))
        past = started(border, range(2))
        found = Assimilation(border, day(4), 9, 1, (window,), (each,), (), (), past)
        assert found.verdict()[0].endswith(ends)
        assert found.caution() == "Caution: 1 row told is more than 4 errors off."


def test_a_forecast_that_is_worse_for_what_it_was_told_comes_with_a_caution(border: Scenario):
    (row,) = rows_of(border, [f"irrecoverable:ostland@{day(9)}"], [1e5])
    near, far = np.array([9e4, 1.1e5]), np.array([1e4, 2e4])
    past = started(border, range(2))
    for told, free, says in (
        (near, far, ""),
        (far, near, "Caution: told members score worse than the free run (log-CRPS)."),
    ):
        later = (Beside(row.measure, told, free, row),)
        found = Assimilation(border, day(4), 9, 1, (), (), (), later, past)
        assert found.caution() == says


def test_what_is_or_is_not_weighs_as_if_mistaken_once_in_a_hundred(border: Scenario):
    held = rows_of(border, [f"held:Stolp@{day(9)}"], [1.0])
    ((yes, no),) = distances(np.array([[1.0, 0.0]]), held)
    assert yes == 0 and np.exp(-0.5 * no**2) == pytest.approx(0.01)
    _, (window,) = filtered(border, held, 9, 128)
    assert window.nearest[0] in (0.0, no)


def test_numbers_begin_from_a_posterior_only_if_it_knew_none_of_the_rows(border: Scenario):
    from sinews.analysis.assimilate import _before

    assert _before(border, expectations(border)) is None
    others = rows_of(border, [f"casualties:ostland@{day(4)}"], [5e4])
    assert _before(border, others) is not None


# As a past of campaigns to come.


def test_members_that_told_it_go_on_alone_as_among_all_and_under_options(
    border: Scenario, past: SharedPast
):
    places = [7, 130, 299]
    later, words = border.with_options(["second-track"]), ("irrecoverable", "ostland")
    some, whole = (grown(p, later, 9).series(*words) for p in (some_of(past, places), past))
    assert (some == whole[:, places]).all() and past.week == 4
    keys = np.concatenate([np.asarray(p.keys) for p in past.paused], axis=1)
    assert len(np.unique(keys, axis=1).T) == keys.shape[1], "each has luck of its own"
    assert len(np.unique(past.draw)) < 200, "and some have a parent in common"


def test_a_council_is_held_among_members_that_told_the_records(border: Scenario):
    """One in four of them, so that few have a parent in common; the same in any batches."""
    on, free = day(9), started(border, range(48), weeks=9)
    (lost,) = asked([f"irrecoverable:ostland@{day(8)}"], border, 20)
    many = 1.5 * float(np.median(free.values([lost])))
    rows = rows_of(border, [lost.name], [many])
    scenario = replace(border, expect=tuple(row.row for row in rows))
    past = told_past(scenario, on, 48)
    whole, second = past(range(48)), past(range(32, 48))
    words = ("irrecoverable", "ostland")
    assert whole.week == second.week == 9 and len(whole.members) == 48
    assert (whole.series(*words)[:, 32:] == second.series(*words)).all()
    told, usual = (abs(distances(p.values([lost]), rows)).mean() for p in (whole, free))
    assert told < 0.8 * usual, "they are nearer to what happened"
    with pytest.raises(ScenarioError, match="no record is dated on it or before"):
        told_past(border, day(3), 48)
    with pytest.raises(ScenarioError, match="it must be 4 or more"):
        told_past(scenario, on, 3)


def test_members_are_regrouped_in_any_order(border: Scenario):
    whole = started(border, range(300), weeks=2)
    places = [299, 5, 140, 5, *range(250, 100, -1)]
    again = np.concatenate([p.rows for p in regrouped(whole.paused, places)], axis=2)
    assert (again[:, :, : len(places)] == whole.rows[:, :, places]).all()


def test_neither_workers_nor_batches_change_a_bit(
    border: Scenario, past: SharedPast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    monkeypatch.setattr(filtering, "_BATCH", 128)
    other, _ = filtered(border, rows_of(border, words_at(3), TOLD), 4, 300)
    assert (past.rows == other.rows).all()
    assert (past.posterior.draws == other.posterior.draws).all()
    measures = asked(words_at(6), border, 20)
    values = values_ahead(other, measures, 6)
    monkeypatch.undo()
    assert (values_ahead(past, measures, 6) == values).all()


# The command.


def written(*rows: tuple[str, float, int]) -> str:
    """A file of rows about Ostland."""
    head = 'source = "ledger"\nkind = "history"\n[sources]\nledger = "A ledger"\n'
    return head + "".join(
        f'[[expect]]\nmeasure = "{what}"\npower = "ostland"\nat = {day(week)}\nvalue = {value}\n'
        for what, value, week in rows
    )


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """What the command prints, and what it complains of."""

    def run(*words: str) -> tuple[str, str]:
        with pytest.raises(SystemExit):
            main(["assimilate", str(BORDER), *words])
        return capsys.readouterr()

    return run


def test_the_command_prints_misfit_weights_forecast_and_scores(told: Any, tmp_path: Path):
    truth = tmp_path / "truth"
    truth.mkdir()
    rows = (("irrecoverable", 9e4, 4), ("casualties", 2e5, 6), ("casualties", 4e5, 14))
    (truth / "losses.toml").write_text(written(*rows), "utf-8")
    how = ("--until", str(day(6)), "--truth", str(truth), "--members", "128", "--measure", "days")
    out, err = told(*how)
    assert err == ""
    for words in (
        "told 2 rows until 14 Jul 1941, forecast to week 20",
        "What happened, and what members tell",
        "Of 128 members as many as",
        "Held against later rows",
        "log-CRPS of 1: ",
    ):
        assert words in out, words
    found = json.loads(told(*how, "--json")[0])
    assert [row["name"] for row in found["told"]] == [
        f"irrecoverable:ostland@{day(4)}",
        f"casualties:ostland@{day(6)}",
    ]
    (later,) = found["later"]
    assert later["record"] == 4e5 and later["source"] == "A ledger" and 0 <= later["pit"] <= 1
    assert {"score", "score_free"} <= later.keys()
    names = {each["name"].partition(":")[0] for each in found["forecast"]}
    assert {"days", "front", "field_strength"} <= names
    assert [window["week"] for window in found["windows"]] == [4, 6]
    assert (truth / "looks.toml").is_file(), "what was scored was looked at"


def test_what_cannot_be_asked_is_said(told: Any, tmp_path: Path):
    for words, says in (
        (("--until", "soon"), "is no date"),
        (("--until", "1951-01-01", "--members", "0"), "2 mistakes"),
        (("--until", "1941-09-01", "--members", "15"), "it must be 16 or more"),
        (("--until", "1941-06-09"), "no record is dated on it or before"),
        (("--until", "1941-10-20"), "nothing is left to forecast"),
        (("--until", "1941-09-01", "--weeks", "3"), "write from 14 to 20"),
        (("--until", "1941-09-01", "--truth", str(tmp_path / "none")), "--truth"),
        (("--until", "1941-09-01", "--measure", "frnt"), 'did you mean "front"?'),
    ):
        out, err = told(*words)
        assert says in err and not out, (words, err)
