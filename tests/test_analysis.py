"""What a run's numbers are called, how they are judged and compared, and what is written down."""

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import sinews
from sinews.analysis import compare, report
from sinews.analysis.branching import grown, some_of, started
from sinews.analysis.council.brief import clear
from sinews.analysis.council.paper import Forecast
from sinews.analysis.council.questions import Odds
from sinews.analysis.council.replace import overtakes
from sinews.analysis.fit import compared
from sinews.analysis.measures import Expectation, Measure, asked, expectations, headlines
from sinews.analysis.numerals import amount, band, signed
from sinews.analysis.odds import mean_error, share_error
from sinews.analysis.paired import contrast
from sinews.analysis.replay import replay, week_tables, weeks_table
from sinews.analysis.run import Row, headline_rows, record_rows, row
from sinews.analysis.tables import (
    ASKED,
    HEADLINE,
    RECORD,
    asked_line,
    contrast_heads,
    contrast_line,
    headline_line,
    record_line,
)
from sinews.campaign.record import Record
from sinews.engine.probes import Probe, places_of, probed
from sinews.engine.results import EXACT, QUANTILES, _Quantiles
from sinews.engine.samples import Samples
from sinews.errors import ScenarioError
from sinews.scenario import Scenario
from sinews.scenario.compile import compile
from sinews.scenario.number import Number

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
LOST = Measure("irrecoverable", ("ostland",), date(1941, 9, 1))
FRONT = Measure("front", ("border",), date(1941, 9, 1))
COUNTED = np.arange(101.0)
"""Members whose 5, 50 and 95 % are 5, 50 and 95."""


@pytest.fixture(scope="module")
def border() -> Scenario:
    return sinews.load(BORDER)


@pytest.fixture(scope="module")
def dataset(border: Scenario) -> xr.Dataset:
    return sinews.simulate(border, members=40, weeks=14)


def test_public_names_are_there():
    assert all(getattr(sinews, name) for name in sinews.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sinews.nonsense


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "men", "0"),
        (-0.2, "men", "0"),
        (9_999, "men", "9,999"),
        (999_600, "men", "1.00 M"),
        (1_018, "km", "1,018"),
        (2_129_677_000, "t", "2.13 bn"),
        (3.14159, "days", "3.14"),
        (12.34, "days", "12.3"),
    ],
)
def test_numbers_are_written_to_about_three_digits(value: float, unit: str, text: str):
    assert amount(value, unit) == text


def test_a_difference_shows_its_sign_and_a_band_has_one_scale():
    assert signed(-12_345, "men") == "\N{MINUS SIGN}12.3 k"
    assert band(900_000, 1_100_000, "men") == "0.90\N{EN DASH}1.10 M"


def test_a_measure_is_called_what_a_user_may_write(border: Scenario):
    for measure in headlines(border, 14):
        assert asked([measure.name], border, 14) == [measure]
    flow = "irrecoverable:ostland@1941-07-07..1941-09-01"
    assert [m.name for m in asked([flow], border, 14)] == [flow]
    assert len(asked(["irrecoverable"], border, 14)) == 2


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("irrecoverabel", 'did you mean "irrecoverable"?'),
        ("irrecoverable:ostlnd", 'did you mean "ostland"?'),
        ("irrecoverable:ostland:tank", "has no more names than 1"),
        ("front@yesterday", "write it as in 1941-12-31"),
        ("front@1950-01-01", "lies outside the run"),
        ("irrecoverable@1941-08-01..1941-07-01", "not in order"),
    ],
)
def test_a_measure_that_is_unclear_says_why(border: Scenario, word: str, says: str):
    with pytest.raises(ScenarioError, match=re.escape(says)):
        asked([word], border, 14)


def test_all_that_is_asked_wrongly_is_told_at_once(border: Scenario):
    word = "lost:mars:spoon@1941-08-32"
    asks = {"members": 0, "weeks": 99, "seed": 1.5}
    for ask in (
        lambda: sinews.simulate(border, measures=[word], **asks),
        lambda: sinews.compare(border, ["second-track"], [word], **asks),
        lambda: sinews.estimate(border, [word], ["front:border@1941-08-01"], **asks),
    ):
        with pytest.raises(ScenarioError) as caught:
            ask()
        told = str(caught.value)
        assert "members = 0\n    is out of bounds" in told and "seed = 1.5\n    is no whole" in told
        assert "weeks = 99\n" in told and '"mars" is no power' in told and '"spoon" is no' in told
        assert '"1941-08-32" is no date' in told
    assert 'if = "front:border@1941-08-01"\n    is no condition' in told


def test_one_text_is_no_list_of_names(border: Scenario):
    for name, ask in {
        "options": lambda: sinews.load(BORDER, "second-track"),
        "measures": lambda: sinews.simulate(border, measures="front"),
        "given": lambda: sinews.estimate(border, ["front"], "front:border above 3"),
        "contracts": lambda: sinews.plan(border, "sale"),
        "items": lambda: sinews.brief(border, items="treaty"),
        "theatres": lambda: sinews.border(border, "border"),
    }.items():
        with pytest.raises(ScenarioError) as caught:
            ask()
        (mistake,) = caught.value.mistakes
        assert mistake.path == name and f'write them in a list: {name} = ["' in mistake.expected
    with pytest.raises(ScenarioError, match="3 is no text"):
        sinews.load(border, [3])
    with pytest.raises(ScenarioError, match="is int, and names no scenario"):
        sinews.load(3)


def test_records_are_looked_for_only_within_the_run(border: Scenario):
    assert [e.measure.series for e in expectations(border)] == ["front", "irrecoverable"]
    assert [e.measure.series for e in expectations(border, 9)] == ["front"]
    assert expectations(border)[1].probe.since == 5.0


def test_a_record_holds_inside_the_band_and_near_the_median():
    assert Row(LOST, 100.0, 150.0, 200.0, record=160.0).verdict == "holds"
    assert Row(LOST, 100.0, 150.0, 200.0, record=210.0).faults == ["above 5-95 %"]
    near = Row(LOST, 100.0, 150.0, 200.0, record=190.0, within=0.2)
    assert near.faults == ["median 21 % off"]
    assert Row(LOST, 100.0, 150.0, 200.0).verdict == ""
    assert near.breadth == 2.0


def test_rows_are_quantiles_over_the_members(border: Scenario, dataset: xr.Dataset):
    rows = {row.measure.name: row for row in headline_rows(border, Samples.of(dataset))}
    row = rows["irrecoverable:ostland@1941-09-08"]
    assert row.low < row.median < row.high
    middle = dataset["irrecoverable"].sel(power="ostland", quantile=0.5).values[-1]
    assert row.median == pytest.approx(float(middle), rel=1e-5)
    assert all(row.record is not None for row in record_rows(border, Samples.of(dataset)))


def test_what_is_called_5_95_percent_is(border: Scenario):
    """Of tables, forecasts, differences and pictures."""
    line = row(Samples({LOST.name: COUNTED.astype(np.float32)}, {}, {}), LOST)
    forecast = Forecast.of(border, LOST, COUNTED)
    apart = contrast(LOST, "one", "other", COUNTED + 7.0, np.full(101, 7.0))
    for found in (line, forecast, apart):
        assert (found.low, found.median, found.high) == (5.0, 50.0, 95.0)
    assert QUANTILES == (0.05, 0.25, 0.5, 0.75, 0.95)
    members = np.broadcast_to(COUNTED, (1, 1, 101)).astype(np.float32)
    few, many = _Quantiles(), _Quantiles()
    few.add(members)
    assert few.read().ravel().tolist() == [5.0, 25.0, 50.0, 75.0, 95.0]
    for _ in range(EXACT // 50):  # counted into bins
        many.add(members)
    assert many.read().ravel().tolist() == pytest.approx([5.0, 25.0, 50.0, 75.0, 95.0], abs=0.7)


def test_each_number_of_a_table_stands_under_its_head(border: Scenario):
    told = Row(FRONT, 400.0, 410.0, 430.0, record=300.0, within=0.1)
    assert dict(zip(HEADLINE, headline_line(border, told), strict=True)) == {
        "measure": "border, front", "unit": "km", "median>": "410", "5-95 %>": "400\N{EN DASH}430",
        "record>": "300", "": "10 km west of Ostburg",
    }  # fmt: skip
    lost = Row(LOST, 100.0, 150.0, 200.0, record=190.0, within=0.2)
    asked_for = {
        "measure": "Ostland: killed, missing and captured", "when": "1 Sep 1941", "unit": "men",
        "median>": "150", "5-95 %>": "100\N{EN DASH}200", "breadth>": "\N{MULTIPLICATION SIGN}2.0",
    }  # fmt: skip
    assert dict(zip(ASKED, asked_line(border, lost), strict=True)) == asked_for
    against = {"record>": "190", "verdict": "misses: median 21 % off"}
    assert dict(zip(RECORD, record_line(border, lost), strict=True)) == asked_for | against
    fewer = contrast(LOST, "one", "other", COUNTED + 100.0, COUNTED[::-1] + 320.0)
    assert dict(zip(contrast_heads("one", "other"), contrast_line(border, fewer), strict=True)) == {
        "measure": "Ostland: killed, missing and captured", "when": "1 Sep 1941", "unit": "men",
        "one>": "150", "other>": "370", "difference>": "\N{MINUS SIGN}220",
        "5-95 %>": "\N{MINUS SIGN}310 to \N{MINUS SIGN}130",
        "mean \N{PLUS-MINUS SIGN} s.e.>": "\N{MINUS SIGN}220 \N{PLUS-MINUS SIGN} 6",
        "better>": "100 %",
    }  # fmt: skip
    plain = lost.plain()
    names = ("low", "median", "high", "record", "breadth", "verdict")
    assert [plain[name] for name in names] == [100.0, 150.0, 200.0, 190.0, 2.0, "misses"]


def test_a_date_within_a_week_lies_between_its_ends(border: Scenario):
    """8 Aug is four days into the week from 4 Aug, the ninth of the scenario."""
    compiled = compile(border)
    cell = places_of(compiled)["front"][0]
    rows = np.zeros((12, cell + 1, 1), np.float32)
    rows[:, cell, 0] = 10.0 * np.arange(12.0) ** 2
    on, since = date(1941, 8, 8), date(1941, 6, 18)
    named = [Measure("front", ("border",), on), Measure("front", ("border",), on, since)]
    assert named[0].probe(border) == Probe(named[0].name, "front", ("border",), 67 / 7, None)
    now = 810.0 + 4 / 7 * (1000.0 - 810.0)
    then = 40.0 + 2 / 7 * (90.0 - 40.0)
    found = probed(compiled, [m.probe(border) for m in named], rows)[:, 0]
    assert found.tolist() == pytest.approx([now, now - then], rel=1e-5)
    record = Record(0, ("front:border",), rows[:, [cell], 0].astype(float), {}, {})
    for measure, value in zip(named, (now, now - then), strict=True):
        assert record.value(measure.name, border.start) == pytest.approx(value)


def test_a_record_of_what_is_or_is_not_holds_if_few_enough_members_differ(border: Scenario):
    """At war in 70 of 100 members: a record of war holds where 30 in 100 may differ."""
    samples = Samples({"hostile:border@1941-08-04": np.float32([1.0] * 70 + [0.0] * 30)}, {}, {})
    (front, _), at = expectations(border), date(1941, 8, 4)
    for record, within, holds in (
        (1, 0.3, True),
        (1, 0.29, False),
        (0, None, False),
        (1, None, True),
    ):
        tolerance = None if within is None else Number(within, None, None, "1")
        asked = front.row.model_copy(
            update={
                "measure": "hostile",
                "value": Number(record, None, None, "1"),
                "within": tolerance,
            }
        )
        measure = Measure("hostile", ("border",), at)
        line = row(samples, measure, Expectation(asked, measure, measure.probe(border)))
        assert (line.verdict == "holds") is holds
        assert line.differ == pytest.approx(0.3 if record else 0.7)
        assert holds or line.faults == [f"{100 * line.differ:.0f} in 100 differ"]
        assert record_line(border, line)[2:6] == ["% of campaigns", f"{100 * record}", "70", ""]


def test_calibration_counts_places_and_totals_in_their_own_errors(border: Scenario):
    """A front in shares of where it stood, a total in logs, each per its error: three tenths of how
    close the row asks the median to be, or a tenth."""
    front, lost = expectations(border)
    rows = [front, lost]  # within 15 %, and without a word
    records = np.array([[260.0], [200e3]])
    one_off = np.array([[260.0 * (1 + 0.3 * 0.15)], [200e3 * np.exp(0.1)]])
    apart = compared(one_off, rows) - compared(records, rows)
    assert apart.ravel().tolist() == pytest.approx([1.0, 1.0])
    closer = replace(lost, row=lost.row.model_copy(update={"within": front.row.within}))
    apart = compared(one_off, [front, closer]) - compared(records, [front, closer])
    assert apart.ravel().tolist() == pytest.approx([1.0, 0.1 / 0.045])


@pytest.mark.parametrize(
    "bad",
    [
        {"members": 0},
        {"members": 10**8},
        {"weeks": 21},
        {"seed": -1},
        {"chunks": 1001},
        {"members": "12"},
        {"members": None},
        {"weeks": 2.0},
        {"seed": True},
    ],
)
def test_what_cannot_be_run_is_refused(bad: dict[str, Any]):
    with pytest.raises(ScenarioError, match=r"is out of bounds|is no whole number"):
        sinews.simulate(BORDER, **bad)


def test_options_are_compared_member_by_member():
    found = sinews.compare(BORDER, ["second-track"], ["irrecoverable"], members=20, weeks=14)
    assert list(found["option"].values) == ["second-track", compare.PLAIN]
    assert found["chosen"].dims == ("option", "pick", "member")
    measures = asked(["irrecoverable"], sinews.load(BORDER), 14)
    for each in compare.contrasts(found, measures):
        one, other = found["chosen"].sel(pick=each.measure.name).values.astype(float)
        assert each.mean == pytest.approx(np.mean(one - other))
        assert each.better == pytest.approx(np.mean(one < other))
        assert each.higher + each.lower <= 1.0


def test_a_comparison_needs_options_that_exist():
    with pytest.raises(ScenarioError, match="no option is named"):
        sinews.compare(BORDER, [])
    with pytest.raises(ScenarioError, match="2 mistakes"):
        sinews.compare(BORDER, ["one", "another"])


def test_a_member_replayed_is_the_member_of_the_ensemble(border: Scenario):
    kept = sinews.simulate(border, members=8, weeks=14, keep=True)
    alone = replay(border, 5, 1, 14)
    for name in ("front", "irrecoverable", "materials"):
        assert np.array_equal(alone[name].values[0], kept[name].values[5])
    table = weeks_table(border, alone)
    assert len(list(table.written())) == 15
    assert {row["series"] for t in week_tables(alone, 3) for row in t.plain()["rows"]} >= {"front"}


def written(border: Scenario, dataset: xr.Dataset, out: Path) -> None:
    report.write_report(
        out,
        border,
        dataset,
        headline_rows(border, Samples.of(dataset)),
        record_rows(border, Samples.of(dataset)),
        "sinews run border.toml",
    )


def test_a_run_leaves_a_dataset_a_report_and_its_measures(
    border: Scenario, dataset: xr.Dataset, tmp_path: Path
):
    out = tmp_path / "new" / "run"
    written(border, dataset, out)
    written(border, dataset, out)  # an earlier run's folder is replaced
    assert sorted(x.name for x in out.iterdir()) == sorted(report.CONTENTS)
    assert [x.name for x in out.parent.iterdir()] == ["run"]
    with xr.open_dataset(out / "dataset.nc", engine="h5netcdf") as read:
        assert np.array_equal(read["front"].values, dataset["front"].values)
        assert list(read["power"].values) == ["westland", "ostland"]
        assert read["front"].attrs["units"] == "km"
    measures = json.loads((out / "measures.json").read_text("utf-8"))
    assert measures["members"] == 40 and measures["command"].startswith("sinews run")
    page = (out / "report.html").read_text("utf-8")
    asks = re.findall(r'(?:src|href)="(?!#)([^"]*)"|url\((?!#)([^)]*)\)|@import', page)
    assert not asks, "the report may ask the network for nothing"
    names = re.findall(r'\bid="([^"]*)"', page)
    assert len(names) == len(set(names)), "names of one picture must not reach into another"
    assert border.title in page and str(tmp_path) not in page
    (heads, lines) = tables_of(page)["Against the record"]
    assert heads == [head.removesuffix(">") for head in RECORD]
    assert lines == [record_line(border, x) for x in record_rows(border, Samples.of(dataset))]


def tables_of(page: str) -> dict[str, tuple[list[str], list[list[str]]]]:
    """The heads and lines of a page's tables, by the heading that each stands under."""
    found: dict[str, tuple[list[str], list[list[str]]]] = {}
    for title, rest in re.findall(r"<h2>([^<]*)</h2>(.*?)(?=<h2>|$)", page, re.DOTALL):
        rows = re.findall(r"<tr>(.*?)</tr>", rest, re.DOTALL)
        cells = [[unescape(x) for x in re.findall(r"<t[hd][^>]*>(.*?)</t", row)] for row in rows]
        if cells:
            found[title] = cells[0], cells[1:]
    return found


def test_a_folder_with_other_things_in_it_is_left_alone(
    border: Scenario, dataset: xr.Dataset, tmp_path: Path
):
    (tmp_path / "measures.json").write_text("{}")
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(ScenarioError, match=r"thesis\.odt"):
        written(border, dataset, tmp_path)
    assert (tmp_path / "thesis.odt").exists()


def test_a_run_that_cannot_be_written_leaves_nothing_behind(
    border: Scenario, dataset: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ScenarioError, match="No space left on device"):
        written(border, dataset, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_the_earlier_one(
    border: Scenario, dataset: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "run"
    written(border, dataset, out)
    before = (out / "measures.json").read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "report", stop)
    with pytest.raises(KeyboardInterrupt):
        written(border, dataset, out)
    assert (out / "measures.json").read_bytes() == before
    assert [x.name for x in tmp_path.iterdir()] == ["run"]


def test_some_members_of_a_trunk_go_on_as_they_would_have_among_all(border: Scenario):
    whole = started(border, range(300), weeks=4)
    some = some_of(whole, places := (3, 17, 200, 299))
    assert len(some.rows[0, 0]) == 4 and some.week == 4
    later = border.with_options([])
    for name, labels in (("irrecoverable", ("ostland",)), ("front", ("border",))):
        one = grown(some, later, 9).series(name, *labels)
        assert (one == grown(whole, later, 9).series(name, *labels)[:, list(places)]).all()


# How sure.


def by_clusters(x: np.ndarray, draw: np.ndarray) -> float:
    """The standard error of a mean, draw by draw: what `mean_error` should be."""
    clusters = set(draw.tolist())
    squares = sum(float((x[draw == each] - x.mean()).sum()) ** 2 for each in clusters)
    return (len(clusters) / (len(clusters) - 1) * squares) ** 0.5 / len(x)


@pytest.mark.parametrize(("members", "draws"), [(200, 64), (2000, 64), (2000, 512)])
def test_the_error_covers_the_truth_though_members_were_drawn_from_one(members: int, draws: int):
    """Ensembles of which that explains nearly all: the truth is a mean of 0, and
    lies within 1.96 errors 95 times in 100. By members alone it would be 30 to 70 times."""
    chance = np.random.default_rng(members + draws)
    share = 0.1598  # of normal numbers with variance 1.0025 above 1
    held = {"mean": 0, "share": 0, "by members": 0}
    for _ in range(400):
        draw = chance.integers(draws, size=members)
        x = chance.normal(size=draws)[draw] + 0.05 * chance.normal(size=members)
        error = mean_error(x, draw)
        assert error is not None
        held["mean"] += abs(x.mean()) < 1.96 * error
        held["share"] += abs((x > 1).mean() - share) < 1.96 * share_error(x > 1, draw)
        held["by members"] += abs(x.mean()) < 1.96 * x.std(ddof=1) / members**0.5
    assert 366 <= held["mean"] <= 394 and 364 <= held["share"] <= 394
    assert held["by members"] < 0.9 * 380


def test_members_of_their_own_have_the_usual_error():
    x = np.random.default_rng(1).normal(size=300)
    own = np.random.default_rng(2).permutation(512)[:300]
    usual = pytest.approx(x.std(ddof=1) / 300**0.5, rel=1e-12)
    assert mean_error(x, own) == usual and mean_error(x) == usual
    assert share_error(x > 1, own) == pytest.approx(share_error(x > 1), rel=1e-12)
    assert share_error(x > 9, own) == pytest.approx(share_error(x > 9), rel=1e-12)
    assert mean_error(x, np.zeros(300)) is None, "one alone tells nothing of others"


def test_every_error_that_is_stated_counts_what_members_were_drawn_from():
    chance = np.random.default_rng(3)
    draw = chance.integers(8, size=400)
    base = chance.normal(size=400)
    other = base + 1.0 + chance.normal(size=8)[draw]
    right = pytest.approx(by_clusters(other - base, draw))
    assert contrast(LOST, "one", "other", other, base, draw).error == right
    assert not clear(base, base + 3.0 * (draw == 0), 0.0, draw), "it is one draw's doing"
    assert clear(base, base + 3.0 * (draw == 0), 0.0)
    lost = np.cumsum(np.ones((400, 12)), axis=1)
    intake = np.cumsum(np.where(draw[:, None] < 4, 2.0, 0.0) * np.ones(12), axis=1)
    never = overtakes(lost, intake, lost, date(1941, 6, 22), draw=draw)
    assert never.plain()["standard_error"] == share_error(draw >= 4, draw) > 0.15
    passes = {"stay": draw < 4, "go": draw < 6}
    odds = Odds(sinews.load(BORDER), LOST, 1.0, None, dict.fromkeys(passes, ""), passes, draw)
    stay, go = odds.plain()["options"]
    assert stay["standard_error"] == share_error(draw < 4, draw) > 0.15
    apart = (draw < 6).astype(float) - (draw < 4)
    assert go["difference_standard_error"] == pytest.approx(by_clusters(apart, draw))


def test_errors_are_the_usual_ones_but_of_members_drawn_from_one(tmp_path: Path):
    """However few draws a posterior has: beyond them members have draws of their own."""
    file = tmp_path / "border.toml"
    file.write_bytes(BORDER.read_bytes())
    values = "\n".join(["attrition", *map(str, np.linspace(0.015, 0.03, 5))])
    file.with_suffix(".posterior.csv").write_text(values + "\n", "utf-8")
    fitted = sinews.load(file)
    found = sinews.compare(fitted, ["second-track"], ["irrecoverable"], members=40, weeks=14)
    one, other = found["chosen"].sel(pick=LOST.name.replace("09-01", "09-08")).values.astype(float)
    wanted = [m for m in asked(["irrecoverable"], fitted, 14) if m.labels == LOST.labels]
    (told,) = compare.contrasts(found, wanted)
    assert told.error == pytest.approx((one - other).std(ddof=1) / 40**0.5)
    trunk = started(fitted, range(40), weeks=2)
    assert np.array_equal(trunk.draw, range(40))
    assert np.array_equal(some_of(trunk, [3, 17, 39]).draw, [3, 17, 39])
