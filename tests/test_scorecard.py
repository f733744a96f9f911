"""Forecasts held against what happened: what is read, what baselines know, what is counted."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sinews.analysis.baselines import Fact, chain, rivals, stock_identity
from sinews.analysis.measures import Measure, asked
from sinews.analysis.run import samples_of
from sinews.analysis.scorecard import FREE, TOLD, Card, Group, Line, Scorecard, scorecard
from sinews.analysis.tables import kind_line
from sinews.analysis.truth import LOOKS, looked, looks, read_truth
from sinews.cli import main
from sinews.engine.posterior import Posterior, posterior_path, write_posterior
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
ORIGIN = date(1941, 7, 13)
LEDGER = """
source = "ledger"
kind = "history"
[sources]
ledger = "The quartermaster's ledger (R)"
"""
START = date(1941, 6, 2)
TIMES = "\N{MULTIPLICATION SIGN}"
OST, WEST = ("ostland",), ("westland",)


def row(measure: str, value: float, **how: object) -> str:
    """A row of the truth."""
    words = {"from": how.pop("since"), "until": how.pop("until")} if "since" in how else how
    words = words | how | {"value": value}
    written = (f"{k} = {json.dumps(v) if isinstance(v, str) else v}" for k, v in words.items())
    return f'[[expect]]\nmeasure = "{measure}"\n' + "\n".join(written) + "\n"


JUNE = row("casualties", 40e3, power="ostland", since=START, until=date(1941, 6, 23))
JULY = row("casualties", 80e3, power="ostland", since=date(1941, 6, 23), until=date(1941, 7, 14))
AUGUST = row("casualties", 90e3, power="ostland", since=date(1941, 7, 14), until=date(1941, 8, 11))
FRONTS = "".join(
    row("front", km, theatre="border", at=START + timedelta(days=days))
    for days, km in ((0, 0), (21, 90), (42, 200), (63, 260), (84, 300))
)
STOLP = row("held", 0, place="Stolp", at=date(1941, 8, 4))


@pytest.fixture(scope="module")
def border() -> Scenario:
    return load(BORDER)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """A folder of two files."""
    folder = tmp_path / "truth"
    folder.mkdir()
    (folder / "losses.toml").write_text(LEDGER + AUGUST + JUNE + JULY, "utf-8")
    (folder / "fronts.toml").write_text(LEDGER + FRONTS + STOLP, "utf-8")
    return folder


def scored(truth: Any, scenario: Scenario | Path = BORDER, **how: Any) -> Scorecard:
    how = {"origins": [ORIGIN], "members": 20} | how
    return scorecard(load(scenario), truth, **how)


def refused(call: Any, *arguments: Any, **how: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        call(*arguments, **how)
    return str(caught.value)


# What happened.


def test_rows_of_all_files_are_read_by_the_scenarios_names_in_the_order_of_their_dates(
    border: Scenario, truth: Path
):
    found = read_truth(truth, border)
    days = [each.measure.at for each in found]
    assert len(found) == 9 and days == sorted(days)
    assert {each.row.value.source for each in found} == {"The quartermaster's ledger (R)"}
    assert found[0].measure == Measure("front", ("border",), START)
    assert not border.expect[0].value.source == found[0].row.value.source, "its own stay its own"


def test_what_is_wrong_in_a_file_of_records_is_told_with_its_place(border: Scenario, truth: Path):
    bad = row("casulties", 1, power="ostland", at=ORIGIN) + row("front", 1, theatre="x", at=ORIGIN)
    (truth / "losses.toml").write_text(LEDGER + bad + "[power.ostland]\ntitle = 'O'\n", "utf-8")
    says = refused(read_truth, truth, border)
    for words in (
        "losses.toml: 3 mistakes",
        "expect[1].measure",
        'did you mean "casualties"?',
        "expect[2].theatre",
        "a file of records has expect, kind, source, sources, title",
    ):
        assert words in says, says
    (truth / "losses.toml").write_text(row("casualties", 1, power="ostland", at=ORIGIN), "utf-8")
    assert "no source" in refused(read_truth, truth, border)
    assert "has no .toml file" in refused(read_truth, truth.parent, border)
    assert "is not there" in refused(read_truth, truth / "none", border)
    (truth / "losses.toml").write_text("title = 'nothing yet'", "utf-8")
    assert "has no [[expect]] row" in refused(read_truth, truth / "losses.toml", border)


def test_records_are_read_for_a_scenario_with_a_council_too():
    """Ministers and agenda name options, which a file of records has none of."""
    fronts = Path(__file__).parent.parent / "data/truth/fronts.toml"
    ours, theirs = (
        [each.record for each in read_truth(fronts, load(name))]
        for name in ("beijing-1941", "eastern-front-1941")
    )
    assert ours == theirs != []


# Baselines, by hand.


def fact(series: str, labels: Sequence[str], until: date, value: float, weeks: int = 0) -> Fact:
    since = until - timedelta(weeks=weeks)
    flow = since if weeks else None
    return Fact(Measure(series, tuple(labels), until, flow), since, until, value)


def lost(until: date, value: float, weeks: int) -> Fact:
    return fact("irrecoverable", OST, until, value, weeks)


def test_the_last_of_several_rows_that_end_together_is_the_longest():
    day = date(1942, 3, 2)
    long, short = lost(day, 9, 20), lost(day, 5, 4)
    before = lost(day - timedelta(weeks=20), 7, 10)
    inside = lost(day - timedelta(weeks=19), 6, 10)
    assert chain([short, inside, long, before]) == [before, long]


def spread(draws: Any) -> tuple[float, float]:
    """The median of draws, and the standard deviation of their logs."""
    return float(np.median(draws)), float(np.std(np.log(draws)))


def test_losses_go_on_at_the_last_rate_at_last_years_or_walk_from_it(border: Scenario):
    """10 k a week for ten weeks, then 20 k: a change of log 2 in ten weeks."""
    a, b = date(1941, 8, 11), date(1941, 10, 20)
    history = [lost(a, 100e3, 10), lost(b, 200e3, 10)]
    target = lost(date(1942, 7, 27), 0, 8)
    found = rivals(target, history, border)
    assert found.keys() == {"last rate", "walk", "same season"}
    weeks = (target.middle - history[1].middle).days / 7
    assert spread(found["last rate"]) == pytest.approx((160e3, np.log(2)), rel=0.02)
    wide = np.log(2) / np.sqrt(10) * np.sqrt(weeks)
    assert spread(found["walk"]) == pytest.approx((160e3, wide), rel=0.02)
    assert spread(found["same season"]) == pytest.approx((80e3, np.log(2)), rel=0.02)
    assert rivals(target, history[:1], border) == {}, "one row tells of no change"
    later = replace(target, since=date(1943, 6, 1), until=date(1943, 7, 1))
    assert "same season" not in rivals(later, history, border)


def test_a_stock_stays_walks_or_is_what_comes_in_and_wears_out(border: Scenario):
    """Of 200 on average 20 a week are lost and 10 made, so that it sinks towards 100."""
    what, end = ("ostland", "tank"), date(1941, 8, 11)
    stocks = [fact("equipment", what, start, x) for start, x in ((START, 250.0), (end, 150.0))]
    flows = [fact(n, what, end, 10 * x, 10) for n, x in (("made", 10.0), ("lost", 20.0))]
    target = fact("equipment", what, end + timedelta(weeks=40), 0.0)
    found = rivals(target, [*stocks, *flows], border)
    change = np.log(250 / 150)
    assert spread(found["stays"]) == pytest.approx((150, change), rel=0.02)
    assert spread(found["walk"]) == pytest.approx((150, change * 2), rel=0.02)
    then = 100 + 50 * np.exp(-4)
    assert float(np.median(found["stock identity"])) == pytest.approx(then, rel=0.01)
    assert stock_identity(150, 200, 10, 20, 40) == pytest.approx(then)
    assert found.keys() - rivals(target, stocks, border).keys() == {"stock identity"}


def test_a_front_stays_give_or_take_its_walk_and_places_follow_it(border: Scenario):
    """Two moves of 160 km in four weeks, the second alone in the last half year: 80 km a root week
    and, with 20 km in one week, less over all."""
    days = [date(1941, 1, 6), date(1941, 1, 13), date(1941, 8, 4), date(1941, 9, 1)]
    history = [fact("front", ["border"], d, x) for d, x in zip(days, (0, 20, 20, 180), strict=True)]
    target = fact("front", ["border"], date(1941, 9, 10), 0)
    weeks = 9 / 7
    found = rivals(target, history, border)
    for name, drift in (("stays", 80.0), ("stays, all moves", np.sqrt((80**2 + 20**2) / 3))):
        assert float(np.mean(found[name])) == pytest.approx(180)
        assert float(np.std(found[name])) == pytest.approx(drift * weeks**0.5, rel=0.02)
    place = replace(fact("held", ["Stolp"], date(1941, 9, 10), 0.0))
    held = fact("held", ["Stolp"], START, 1.0)
    chances = {n: float(x.mean()) for n, x in rivals(place, [*history, held], border).items()}
    from scipy.stats import norm

    assert chances["even odds"] == 0.5 and chances["stays so"] == 1.0
    behind = norm.cdf((140 - 180) / (80 * weeks**0.5))
    assert chances["front stays"] == pytest.approx(behind, abs=0.01)


# The card.


def test_a_card_scores_what_lies_after_its_origin_and_baselines_know_what_lies_before(truth: Path):
    (card,) = scored(truth).cards
    names = [line.row.measure.name for line in card.lines]
    assert names == [
        "front:border@1941-07-14",
        "front:border@1941-08-04",
        "held:Stolp@1941-08-04",
        "casualties:ostland@1941-07-14..1941-08-11",
        "front:border@1941-08-25",
    ]
    assert [kind.name for kind in card.kinds] == [
        "fronts",
        "places in their own hands",
        "Ostland: casualties",
    ]
    losses = card.kinds[2]
    assert losses.best and losses.skill == 1 - losses.score / losses.baselines[losses.best]
    assert (card.origin, card.until) == (ORIGIN, date(1941, 8, 25))


def test_nothing_after_an_origin_changes_a_baseline_or_a_forecast(truth: Path):
    """Of members that know what the fit did, and of those that have told what happened."""
    before, told = scored(truth, assimilate=True).cards
    later = AUGUST.replace("90000", "10000"), FRONTS.replace("260", "20").replace("300", "10")
    (truth / "losses.toml").write_text(LEDGER + later[0] + JUNE + JULY, "utf-8")
    (truth / "fronts.toml").write_text(LEDGER + later[1] + STOLP, "utf-8")
    after, retold = scored(truth, assimilate=True).cards
    pairs = zip([*before.lines, *told.lines], [*after.lines, *retold.lines], strict=True)
    for one, other in pairs:
        assert (one.draws == other.draws).all() and one.rivals.keys() == other.rivals.keys()
        assert all((one.rivals[name] == other.rivals[name]).all() for name in one.rivals)
    assert before.kinds[0].score != after.kinds[0].score
    (truth / "losses.toml").write_text(LEDGER + AUGUST + JUNE.replace("40000", "9000") + JULY)
    (known,) = scored(truth).cards
    assert known.kinds[2].baselines != before.kinds[2].baselines


def test_members_that_have_told_what_happened_stand_beside_the_free_run(
    border: Scenario, tmp_path: Path
):
    """The truth is one member of another seed: who has told its past forecasts it better."""
    fronts = asked([f"front:border@1941-{day}" for day in ("06-16", "06-30", "07-14")], border, 20)
    later = asked([f"front:border@1941-{day}" for day in ("07-28", "08-11")], border, 20)
    whole = [*fronts, *later]
    happened = [float(x[0]) for x in samples_of(border, whole, 1, 12, 9).values.values()]
    pairs = zip(whole, happened, strict=True)
    rows = (row("front", km, theatre="border", at=m.at) for m, km in pairs)
    (tmp_path / "fronts.toml").write_text(LEDGER + "".join(rows), "utf-8")
    how = {"origins": [date(1941, 7, 14)], "members": 256, "assimilate": True}
    free, told = scored(tmp_path, **how).cards
    assert (free.forecast, told.forecast) == (FREE, TOLD) and len(told.lines) == len(later)
    assert told.kinds[0].score < 0.8 * free.kinds[0].score
    assert told.kinds[0].baselines == free.kinds[0].baselines
    alone = scored(tmp_path, origins=[START - timedelta(days=1)], assimilate=True)
    assert [card.forecast for card in alone.cards] == [FREE], "nothing has happened yet"
    with pytest.raises(ScenarioError, match="too few to tell what happened"):
        scored(tmp_path, **how | {"members": 15})


def test_a_row_counts_where_more_than_half_of_it_lies_after_the_origin(truth: Path):
    for day, counts in ((date(1941, 7, 27), True), (date(1941, 7, 28), False)):
        (card,) = scored(truth, origins=[day]).cards
        assert any(x.row.measure.series == "casualties" for x in card.lines) == counts


def test_rows_kept_elsewhere_are_scored_beside_those_at_hand(truth: Path, tmp_path: Path):
    """Baselines know the rows of both folders; looks are counted where rows were scored."""
    whole = scored(truth)
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / "losses.toml").write_text(LEDGER + AUGUST + JULY, "utf-8")
    (truth / "losses.toml").write_text(LEDGER + JULY + JUNE, "utf-8")
    both = scored([truth, str(apart)])
    assert both.cards[0].summary() == whole.cards[0].summary()
    assert both.looks.keys() == {str(truth), str(apart)} and len(looks(apart)) == 1
    (truth / "fronts.toml").unlink()
    assert scored([truth, apart]).looks.keys() == {str(apart)}, "of the other none was scored"


def test_each_origin_has_a_card_to_the_next_and_one_to_a_year_later_if_rows_go_on(truth: Path):
    cards = scored(truth, origins=["1941-08-04", ORIGIN]).cards
    spans = [(card.origin, card.until, len(card.lines)) for card in cards]
    assert spans == [
        (ORIGIN, date(1941, 8, 4), 3),
        (ORIGIN, date(1941, 8, 25), 5),
        (date(1941, 8, 4), date(1941, 8, 25), 1),
    ]


def made_up(truth: float, draws: Any, rivals: dict[str, Any], word: str, border: Scenario) -> Line:
    """A line of draws that are given."""
    (measure,) = asked([word], border, 20)
    found = read_row(border, measure, truth)
    return Line(found, "a kind", np.asarray(draws, float), rivals)


def read_row(border: Scenario, measure: Measure, value: float) -> Any:
    from sinews.analysis.measures import expectations

    first = border.expect[0]
    labels = dict.fromkeys(("power", "theatre", "item", "place")) | {
        axis: measure.label(axis) for axis in ("power", "theatre", "place") if measure.label(axis)
    }
    about = {
        "measure": measure.series,
        "at": measure.at,
        "value": replace(first.value, value=value),
    }
    (found,) = expectations(replace(border, expect=(first.model_copy(update=labels | about),)))
    return found


def test_a_kind_is_scored_in_logs_in_km_or_by_chance(border: Scenario):
    """Of one draw the CRPS is the error: a loss twice the truth is off by log 2."""
    men = made_up(1000, [2000], {"a": np.array([1000.0])}, "casualties:ostland", border)
    kind = Group("men", [men])
    assert kind.score == pytest.approx(np.log(2)) and kind.scale == "log-CRPS"
    assert (kind.best, kind.skill) == ("a", -np.inf) and kind.within(0.9) == 0
    front = made_up(100, [130], {"a": np.array([160.0])}, "front:border", border)
    assert Group("fronts", [front]).score == pytest.approx(30)
    assert Group("fronts", [front]).skill == pytest.approx(0.5)
    held = made_up(1, [1, 1, 1, 0], {"a": np.array([0.0, 1.0])}, "held:Stolp", border)
    assert Group("places", [held]).score == pytest.approx(0.0625)
    assert Group("places", [held]).skill == pytest.approx(0.75) and not Group("p", [held]).bands
    assert Group("men", [men]).plain()["skill"] is None, "JSON knows no infinity"
    none = made_up(1000, [0, 0], {}, "casualties:ostland", border)
    assert none.score(none.draws) == pytest.approx(np.log(1000)), "nobody counts as one"
    assert Group("none", [none]).skill is None


def test_fronts_of_one_day_are_scored_together(border: Scenario):
    """Off by 3 and 4 km on one day they are off by 5, and by 7 on another day by itself."""
    said = ((103, 11), (104, 11), (107, 18))
    days = [made_up(100, [km], {}, f"front:border@1941-08-{day}", border) for km, day in said]
    assert Group("fronts", days[:2]).score == pytest.approx(5.0)
    assert Group("fronts", days).score == pytest.approx((5.0 + 7.0) / 2)


def test_a_kind_is_held_against_the_baseline_that_did_best_on_all_its_rows(border: Scenario):
    rival = {"good": np.array([1100.0]), "bad": np.array([5000.0])}
    lines = [
        made_up(1000, [1000], rival | {"now and then": np.array([1000.0])}, "gold:ostland", border),
        made_up(1000, [1200], rival, "gold:ostland", border),
    ]
    kind = Group("gold", lines)
    assert kind.best == "good" and "now and then" not in kind.baselines
    assert kind.skill == pytest.approx(1 - np.log(1.2) / 2 / np.log(1.1))


def test_bands_are_counted_and_their_width_told(border: Scenario):
    draws = np.exp(np.linspace(0.0, 1.0, 101)) * 1000
    lines = [made_up(x, draws, {}, "casualties:ostland", border) for x in (900, 1100, 1600, 2600)]
    kind = Group("men", lines)
    assert (kind.within(0.5), kind.within(0.9)) == (1, 2)
    assert kind.width == pytest.approx(np.exp(0.9), rel=0.01)
    assert [line.pit for line in lines] == pytest.approx([0, 0.095, 0.47, 0.955], abs=0.01)
    assert kind_line(kind)[-3:] == ["1", "2", f"{TIMES}2.5"]
    empty = made_up(1000, [0.0, 1e6], {}, "casualties:ostland", border)
    assert kind_line(Group("men", [empty]))[-1] == f"over {TIMES}1000"
    card = Card(ORIGIN, ORIGIN, "free run", lines)
    assert "50 % bands hold 1 of 4; 90 % bands hold 2 of 4" in card.summary()


# What the model had seen.


def test_an_origin_before_the_last_record_of_the_fit_is_refused(truth: Path, tmp_path: Path):
    """The file's records end on 1 September, and the rows of the truth before."""
    path = tmp_path / "border.toml"
    path.write_bytes(BORDER.read_bytes())
    found = load(path)
    draws = np.full((2, 1), 0.1, np.float32)
    write_posterior(posterior_path(found), Posterior(("issue",), draws, found.substance[0]), [])
    says = refused(scored, truth, path)
    assert "1941-07-13" in says and "is before 1941-09-01, the last record" in says
    assert "no row lies after 1941-09-01" in refused(scored, truth, path, origins=[])
    late = row("front", 300, theatre="border", at=date(1941, 9, 8))
    (truth / "late.toml").write_text(LEDGER + late, "utf-8")
    card = scored(truth, path, origins=[])
    assert [x.origin for x in card.cards] == [date(1941, 9, 1)]
    assert "fitted to 2 records, the last of 1941-09-01" in card.seen()
    assert card.plain()["posterior"] == "current"
    write_posterior(posterior_path(found), Posterior(("issue",), draws, "another"), [])
    assert "1941-09-01, of another state of the file" in scored(truth, path, origins=[]).seen()


def test_origins_that_are_no_days_of_the_scenario_are_refused_together(truth: Path):
    says = refused(scored, truth, origins=["soon", "1914-08-01", ORIGIN])
    assert "2 mistakes" in says and "is no date" in says and "lies outside the scenario" in says


# Looks.


def test_a_look_is_counted_for_each_model_and_for_each_later_row(border: Scenario, truth: Path):
    early, late = (Measure("front", ("border",), day) for day in (ORIGIN, date(1941, 8, 4)))
    assert len(looked(truth, border, [early])) == 1
    assert len(looked(truth, border, [early])) == 1, "the same model at the same rows"
    assert len(looked(truth, border, [early, late])) == 2, "a later row"
    assert len(looked(truth, border, [early])) == 2
    other = load(BORDER, ["no-transfer"])
    assert len(looked(truth, other, [early])) == 3, "another model"
    found = looks(truth)
    assert [look.until for look in found] == [ORIGIN, late.at, ORIGIN]
    assert len({look.model for look in found}) == 2
    assert len(read_truth(truth, border)) == 9, "looks are no records"


def test_looks_that_cannot_be_read_or_written_are_told(border: Scenario, truth: Path):
    early = Measure("front", ("border",), ORIGIN)
    (truth / LOOKS).write_text("look = 3", "utf-8")
    assert "is no file of looks" in refused(looked, truth, border, [early])
    (truth / LOOKS).unlink()
    (truth / LOOKS).mkdir()
    assert "cannot be written down" in refused(looked, truth, border, [early])


# The command.


def test_the_command_prints_its_tables_and_one_line_that_shows_no_truth(
    truth: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["scorecard", str(BORDER), "--truth", str(truth), "--origin", str(ORIGIN)]
    with pytest.raises(SystemExit) as ending:
        main([*words, "--members", "20"])
    out = capsys.readouterr().out
    assert not ending.value.code
    assert "not fitted; model " in out and f"looks at the truth: 1 at {truth}" in out
    assert "Ostland: casualties" in out and "energy, km" in out and "(R)" in out
    last = out.strip().splitlines()[-1]
    assert last.startswith("free run from 1941-07-13 to 1941-08-25: 5 rows; better than")
    assert "90.0 k" in out and "90.0" not in last
    with pytest.raises(SystemExit):
        main([*words, "--members", "20", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["looks"] == {str(truth): 1} and found["cards"][0]["summary"] == last
    kinds = found["cards"][0]["kinds"]
    assert [kind["rows"] for kind in kinds] == [3, 1, 1]
    assert found["cards"][0]["rows"][3]["truth"] == 90e3
