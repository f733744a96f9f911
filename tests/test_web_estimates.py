"""Estimates, branches and runs in a browser's eyes."""

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from readers import Reader, begun, jobs, seat
from visitor import cookie
from walks import TWO

from sinews.analysis.numerals import amount, band
from sinews.campaign.score import scored
from sinews.campaign.store import Store
from sinews.web.charts import Curve, FanChart, plot
from sinews.web.pages.estimates import _closely, usual


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "campaigns.sqlite")


# Estimates.


def test_estimates_that_are_not_kept_are_asked_for_once(store: Store):
    begun(store)
    reader = Reader(store)
    for _ in range(2):
        assert "working them out" in reader.main("estimates")
    (job,) = jobs(store, "estimates")
    assert job.says == {"turn": 1}
    reader.send("estimates", do="cancel", job=job.id)
    assert "were cancelled" in reader.main("estimates") and len(jobs(store, "estimates")) == 1
    reader.send("estimates", do="ask", turn=1)
    assert len(jobs(store, "estimates")) == 2


def test_a_fan_and_its_table_say_the_same(store: Store):
    game, reader = begun(store), Reader(store)
    found = game.estimates(make=True)
    assert found is not None
    text, page = reader.main("estimates"), reader.open("estimates")
    assert jobs(store, "estimates") == []
    assert "The 40 simulated campaigns" in text
    assert page.count('<svg class="chart time"') == len(found["series"])
    gold = next(row for row in found["series"] if row["name"] == "gold:midland")
    ahead = [
        f"{amount(gold['middle'][n], 't')} {band(gold['low'][n], gold['high'][n], 't')}"
        for n in (2, 6, 13)
    ]
    now = amount(gold["seen"][4], "t")
    assert re.search(rf"Midland, gold (t )?{re.escape(' '.join([now, *ahead]))}", text)
    # Nothing of what another power has is forecast here.
    assert "Ostland" not in text


def test_sample_paths_are_drawn_when_asked_for(store: Store):
    game, reader = begun(store), Reader(store)
    found = game.estimates(make=True)
    assert found is not None
    assert 'class="path"' not in reader.open("estimates")
    drawn = reader.open("estimates", paths=1).count('<polyline class="path"')
    assert drawn == sum(len(row["paths"]) for row in found["series"]) > 0


def test_an_earlier_day_is_held_against_what_was_seen_since(store: Store):
    game, reader = begun(store), Reader(store)
    game.estimates(make=True)
    game.advance()
    game.estimates(make=True)
    text = reader.main("estimates", then=1)
    assert "expected on 30 Jun 1941" in text
    # Of two weeks ahead, as it was expected then, and as it was seen.
    then, now = game.estimates(1), game.estimates(2)
    assert then is not None and now is not None
    old, new = (next(x for x in e["series"] if x["name"] == "gold:midland") for e in (then, now))
    low, high, value = old["low"][2], old["high"][2], new["seen"][6]
    held = "yes" if low <= value <= high else "above" if value > high else "below"
    told = f"{amount(old['middle'][2], 't')} {band(low, high, 't')} {held}"
    assert re.search(rf"Midland, gold .*?{re.escape(told)}", text)
    assert reader.open("estimates", then=1).count('class="wide f1"') > 0
    for bad in ("2", "0", "x", "9" * 30):
        assert "There is no turn" in unescape(reader.open("estimates", 404, then=bad))


def test_a_past_days_estimates_do_not_know_what_came(store: Store):
    game, reader = begun(store), Reader(store)
    game.estimates(make=True)
    then = reader.main("estimates")
    game.advance()
    found = reader.main("estimates", at=1)
    table = r"In figures.*"
    was, now = re.search(table, then), re.search(table, found)
    assert was and now and was[0].partition("The staff")[0] == now[0].partition("The staff")[0]


def test_the_staffs_record_counts_what_its_bands_held(store: Store):
    game, reader = begun(store), Reader(store)
    game.brief()
    game.decide("lorries", "sell-lorries")
    assert "come due yet" in reader.main("estimates")
    for _ in range(3):
        game.advance()
    scores = game.scores()
    rows = scores["rows"]
    inside = sum(row["in90"] for row in rows)
    text = reader.main("estimates")
    low, high = usual(len(rows), 0.9)
    assert rows and re.search(rf"All .*{inside} of {len(rows)}\W+{low}( to {high})?", text)
    assert f"{scores['waiting']} wait for their day" in text
    assert text.count("The order for lorries") == len(rows) + 1


def test_how_many_a_true_band_holds_is_told_by_the_binomial():
    # Of 20 with chance 0.9, 15 or fewer have 4.3 %, 14 or fewer 1.1 %; 20 have 12 %.
    assert usual(20, 0.9) == (15, 20)
    assert usual(100, 0.5) == (40, 60)
    assert usual(1, 0.9) == (0, 1)


def test_a_forecast_that_is_sure_is_no_miss_for_its_rounding():
    assert scored([336.9796] * 40, 336.979584)["in90"]
    assert not scored([336.9796] * 40, 336.97)["in90"]


def test_a_miss_is_told_with_digits_enough_to_see_it():
    told = _closely(337.02, 336.99, 336.91, 337.31)
    assert (told["band"], told["happened"]) == ("336.990\N{EN DASH}337.310", "336.910")


def test_time_charts_hold_all_that_is_drawn():
    days = [date(1941, 9, 7) + timedelta(weeks=w) for w in range(27)]
    flat = [3.0] * 27
    fan = FanChart("", days, flat, flat, flat, flat, [float(w) for w in range(27)])
    seen = Curve("", "seen", [days[0] - timedelta(weeks=4), days[0]], [-40.0, 3.0])
    chart = plot([fan], [seen], zero=True, now=days[0])
    points = " ".join(each.points for each in (*chart.areas, *chart.lines)).split()
    places = [tuple(map(float, point.split(","))) for point in points]
    assert all(chart.left <= x <= chart.right and chart.top <= y <= chart.foot for x, y in places)
    assert chart.now is not None and chart.left < chart.now < chart.right
    assert [mark.words for mark in chart.dates][:2] == ["Sep 41", "Nov"]


# Branches.


def test_a_branch_is_made_once_however_often_the_form_is_sent(store: Store):
    begun(store).advance()
    reader = Reader(store)
    there = reader.send("branches", do="branch", turn=1, key="once")
    assert there == "/c/1/2/council" == reader.send("branches", do="branch", turn=1, key="once")
    assert len(seat(store).branches) == 2
    assert reader.send("branches", do="branch", turn=2, key="again") == "/c/1/3/chronicle/2"
    text = reader.main("branches")
    assert "Branch 2 left at turn 1" in text and "Branch 3 left at turn 2" in text


@pytest.mark.parametrize("turn", ["0", "2", "-1", "x", "", "9" * 30])
def test_no_branch_leaves_where_nothing_was_played(store: Store, turn: str):
    begun(store)
    text = Reader(store).send("branches", 422, do="branch", turn=turn, key="k")
    assert "A branch leaves at a turn from 1 to 1" in text
    assert len(seat(store).branches) == 1


def test_branches_are_laid_side_by_side(store: Store):
    game = begun(store)
    game.decide("lorries", "sell-lorries")
    game.advance()
    other = game.branch(at=1)
    reader = Reader(store)
    assert "part at turn 1, 30 Jun 1941" in reader.main("compare/2")
    other.decide("lorries", "keep-lorries")
    other.advance()
    text = reader.main("compare/2")
    assert "The order for lorries Sell lorries and steel Sell nothing" in text
    # The one luck is common to both: gold differs by what was decided, and nothing else does.
    difference = re.search(r"Midland: gold (t )?[\d.]+ [\d.]+ (\S+)", text)
    assert difference and difference[2] == "\N{MINUS SIGN}50.0"
    assert reader.open("compare/2").count('<svg class="chart time"') == 2
    back = Reader(store, branch=2).main("compare/1")
    assert re.search(r"Midland: gold (t )?[\d.]+ [\d.]+ \+50\.0", back)


def test_branches_that_decide_alike_have_not_parted(store: Store):
    game = begun(store)
    game.branch(at=1).advance()
    game.advance()
    text = Reader(store).main("compare/2")
    assert "They have not parted yet" in text and "In figures" not in text


def test_only_other_branches_of_the_campaign_are_compared(store: Store):
    begun(store)
    reader = Reader(store)
    for other in ("1", "2", "x"):
        reader.open(f"compare/{other}", 404)


def test_a_branch_shows_no_more_of_another_seat_than_the_campaign_does(store: Store):
    game = begun(store, TWO, powers=["midland", "ostland"])
    seat(store, "ostland").decide("stand", "stand-fast")
    game.branch(at=1)
    reader = Reader(store)
    reader.client.cookies.set(cookie(store, "seat-1"), "midland")
    for page in ("branches", "compare/2"):
        text = reader.main(page)
        assert "Stand" not in text and "stand fast" not in text
    assert "They have not parted yet" in reader.main("compare/2")


# Runs.


def test_runs_are_told_with_what_became_of_them(store: Store):
    begun(store)
    reader = Reader(store)
    assert "Nothing is at work" in reader.main("runs")
    reader.open("council/lorries")
    reader.open("estimates")
    job = store.jobs.take("here")
    assert job is not None and job.kind == "paper"
    store.jobs.progress(job.id, 128, 512, "The order for lorries")
    text = reader.main("runs")
    assert "Forecasts: The order for lorries" in text and "128 of 512" in text
    assert text.index("Forecasts: The order") < text.index("Estimates of turn 1")
    store.jobs.fail(job.id, "<i>why</i>")
    reader.send("runs", do="cancel", job=jobs(store, "estimates")[0].id)
    page = reader.open("runs")
    assert "failed: &lt;i&gt;why&lt;/i&gt;" in page and "cancelled" in reader.main("runs")


def test_another_seats_runs_are_neither_named_nor_cancelled(store: Store):
    begun(store, TWO, powers=["midland", "ostland"])
    reader = Reader(store)
    reader.client.cookies.set(cookie(store, "seat-1"), "ostland")
    reader.open("council/stand")
    (job,) = jobs(store, "paper")
    reader.client.cookies.set(cookie(store, "seat-1"), "midland")
    text = reader.main("runs")
    assert "another's run" in text and "The border" not in text
    assert "no run of yours" in reader.send("runs", 400, do="cancel", job=job.id)
    reader.send("runs", 400, do="cancel", job="x")
    reader.send("council/lorries", do="cancel", job=job.id)
    assert store.jobs.job(job.id).state == "queued"
