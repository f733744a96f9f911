"""What a run's numbers are called, how they are judged and compared, and what is written down."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import sinews
from sinews.analysis import compare, report
from sinews.analysis.branching import grown, some_of, started
from sinews.analysis.measures import Measure, asked, expectations, headlines
from sinews.analysis.numerals import amount, band, signed
from sinews.analysis.replay import replay, week_tables, weeks_table
from sinews.analysis.run import Row, headline_rows, record_rows
from sinews.engine.chosen import Chosen
from sinews.errors import ScenarioError
from sinews.scenario import Scenario

BORDER = Path(__file__).parent / "scenarios" / "border.toml"
LOST = Measure("irrecoverable", ("ostland",), date(1941, 9, 1))


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


def test_records_are_looked_for_only_within_the_run(border: Scenario):
    assert [e.measure.series for e in expectations(border)] == ["front", "irrecoverable"]
    assert [e.measure.series for e in expectations(border, 9)] == ["front"]
    assert expectations(border)[1].pick.since == 5.0


def test_a_record_holds_inside_the_band_and_near_the_median():
    assert Row(LOST, 100.0, 150.0, 200.0, record=160.0).verdict == "holds"
    assert Row(LOST, 100.0, 150.0, 200.0, record=210.0).faults == ["above 5-95 %"]
    near = Row(LOST, 100.0, 150.0, 200.0, record=190.0, within=0.2)
    assert near.faults == ["median 21 % off"]
    assert Row(LOST, 100.0, 150.0, 200.0).verdict == ""
    assert near.breadth == 2.0


def test_rows_are_quantiles_over_the_members(border: Scenario, dataset: xr.Dataset):
    rows = {row.measure.name: row for row in headline_rows(border, Chosen.of(dataset))}
    row = rows["irrecoverable:ostland@1941-09-08"]
    assert row.low < row.median < row.high
    middle = dataset["irrecoverable"].sel(power="ostland", quantile=0.5).values[-1]
    assert row.median == pytest.approx(float(middle), rel=1e-5)
    assert all(row.record is not None for row in record_rows(border, Chosen.of(dataset)))


@pytest.mark.parametrize(
    "bad", [{"members": 0}, {"members": 10**8}, {"weeks": 21}, {"seed": -1}, {"chunks": 1001}]
)
def test_what_cannot_be_run_is_refused(bad: dict[str, Any]):
    with pytest.raises(ScenarioError, match="is out of bounds"):
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
    report.write(
        out,
        border,
        dataset,
        headline_rows(border, Chosen.of(dataset)),
        record_rows(border, Chosen.of(dataset)),
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
