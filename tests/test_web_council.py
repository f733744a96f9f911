"""The council room in a browser's eyes: the agenda, an item's papers, what a form may do."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from readers import Reader, begun, jobs, seat
from visitor import cookie
from walks import COUNCIL, TWO

from sinews.analysis.council.ranking import Lead
from sinews.campaign import papers
from sinews.campaign.store import Store
from sinews.web import item_view
from sinews.web.charts import Stretch, bars


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "campaigns.sqlite")


# The agenda.


def test_the_agenda_says_what_is_open_and_who_reports(store: Store):
    begun(store)
    text = Reader(store).main("council")
    for words in ("The order for lorries", "Are lorries and steel to be sold", "Open", "Midland"):
        assert words in text
    assert "The treaty" not in text and "Undo" not in text and "new" not in text.split()


def test_what_came_up_since_the_last_meeting_is_marked(store: Store, tmp_path: Path):
    path = tmp_path / "council.toml"
    lines = COUNCIL.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("trigger")))
    begun(store, path).advance()
    text = Reader(store).main("council")
    assert "New on the table: The treaty." in text
    assert "open until 6 Oct 1941" in text


def test_a_decision_is_taken_back_put_back_and_reset(store: Store):
    begun(store)
    reader = Reader(store)
    assert reader.send("council/lorries", do="decide", option="sell-lorries").endswith("/lorries")
    assert "Decided: Sell lorries and steel" in reader.main("council")
    reader.send("council", do="undo")
    assert seat(store).turns[-1].decisions == ()
    assert "Redo: Sell lorries and steel" in reader.main("council")
    reader.send("council", do="redo")
    assert [d.option for d in seat(store).turns[-1].decisions] == ["sell-lorries"]
    reader.send("council", do="reset")
    assert seat(store).turns[-1].decisions == ()
    assert "nothing is decided in this turn" in reader.send("council", 409, do="undo")


def test_only_the_submission_is_asked_about(store: Store):
    begun(store)
    reader = Reader(store)
    asked = reader.main("council", submit=1)
    assert "Not decided: The order for lorries." in asked and "Two weeks then pass." in asked
    assert not seat(store).submitted["midland"]


def test_a_turn_is_submitted_once_however_often_the_form_is_sent(store: Store):
    begun(store)
    reader = Reader(store)
    first = reader.send("council", do="submit", turn=1, key="mine")
    assert first == reader.send("council", do="submit", turn=1, key="mine")
    (job,) = jobs(store, "advance")
    assert first == f"/jobs/{job.id}" and job.says["turn"] == 1
    assert "Time is passing" in reader.main("council")
    assert "is submitted already" in reader.send(
        "council/lorries", 409, do="decide", option="sell-lorries"
    )
    store.jobs.take("here")
    seat(store).advance(key=job.key)
    store.jobs.finish(job.id, {"turn": 2})
    assert reader.send("council", do="submit", turn=1, key="mine") == first
    assert len(jobs(store, "advance")) == 1 and seat(store).turn == 2
    assert not seat(store).submitted["midland"]


def test_a_form_of_a_turn_that_is_over_changes_nothing(store: Store):
    begun(store).advance()
    reader = Reader(store)
    for page, fields in (
        ("council/lorries", {"do": "decide", "option": "sell-lorries"}),
        ("council", {"do": "submit"}),
        ("council", {"do": "undo"}),
    ):
        text = reader.send(page, 409, turn=1, key="late", **fields)
        assert "Turn 1 has been played already. Nothing was changed." in text
    now = seat(store)
    assert now.turns[-1].decisions == () and not now.submitted["midland"]


def test_time_that_did_not_pass_can_be_asked_for_again(store: Store):
    begun(store)
    reader = Reader(store)
    reader.send("council", do="submit", turn=1)
    (job,) = jobs(store, "advance")
    store.jobs.cancel(job.id)
    assert "time has not passed" in reader.main("council")
    assert reader.send("council", do="advance", turn=1) != f"/jobs/{job.id}"
    assert jobs(store, "advance")[0].state == "queued"


def test_time_does_not_pass_unless_the_turn_is_submitted(store: Store):
    begun(store)
    assert "many things" in Reader(store).send("council", 400, do="advance")
    assert jobs(store, "advance") == []


def test_nobody_decides_a_campaign_that_plays_by_itself(store: Store):
    begun(store, rules=True)
    reader = Reader(store)
    assert "plays by itself" in reader.main("council")
    assert reader.send("council", do="advance", turn=1).startswith("/jobs/")
    assert "no turn to submit" in reader.send("council", 409, do="submit")
    reader.open("council/lorries", 404)


# An item.


def test_an_item_can_be_decided_while_its_forecasts_are_made(store: Store):
    begun(store)
    reader = Reader(store)
    page = reader.open("council/lorries")
    (job,) = jobs(store, "paper")
    assert job.says == {"item": "lorries"} and f"/jobs/{job.id}/events" in page
    assert page.count('value="decide"') == 2 and "Ostland pays in gold" in page
    assert 'http-equiv="refresh"' in page  # who has no script sees them all the same
    reader.open("council/lorries")
    assert len(jobs(store, "paper")) == 1
    reader.send("council/lorries", do="decide", option="keep-lorries")
    assert "Decided: Sell nothing" in reader.main("council/lorries")


def test_forecasts_that_were_cancelled_are_not_made_behind_the_readers_back(store: Store):
    begun(store)
    reader = Reader(store)
    reader.open("council/lorries")
    (job,) = jobs(store, "paper")
    reader.send("council/lorries", do="cancel", job=job.id)
    assert "were cancelled" in reader.main("council/lorries")
    assert len(jobs(store, "paper")) == 1
    reader.send("council/lorries", do="ask")
    assert [job.state for job in jobs(store, "paper")] == ["queued", "cancelled"]


def test_why_forecasts_failed_is_told_without_markup(store: Store):
    begun(store)
    reader = Reader(store)
    reader.open("council/lorries")
    job = store.jobs.take("here")
    assert job is not None
    store.jobs.fail(job.id, "<b>no memory</b>")
    page = reader.open("council/lorries")
    assert "&lt;b&gt;no memory&lt;/b&gt;" in page and "<b>no memory" not in page


def test_the_options_stand_side_by_side_and_as_a_table(store: Store):
    game, reader = begun(store), Reader(store)
    (paper,) = game.brief()["agenda"]
    page = reader.open("council/lorries")
    assert jobs(store, "paper") == []
    text = reader.main("council/lorries")
    facets = item_view.facets(paper)
    assert [f.head.partition(",")[0] for f in facets] == ["Midland", "border", "Ostland"]
    gold = facets[0]
    assert gold.unit == "t" and not gold.same
    for row in gold.rows:
        assert f"{row.title} {row.middle} {row.band}" in text
    # Gold is sold for; the front is as it was.
    assert gold.rows[1].difference == "+50.0" and gold.rows[0].difference == ""
    assert facets[1].same and "No option changes:" in text
    assert page.count('<svg class="chart bars"') == 2 * sum(not f.same for f in facets)


def test_a_chart_has_one_axis_for_all_options():
    spans = [(0, Stretch("a", "", (0, 1, 2, 3, 4))), (2, Stretch("b", "", (-8, -6, -4, -2, 0)))]
    chart = bars(spans, zero=True)
    one, other = chart.bars
    assert (one.order, other.order) == (0, 2) and one.low == other.high == chart.zero
    assert one.high - one.low == pytest.approx((other.high - other.low) / 2, abs=0.2)
    assert all(0 <= mark.at <= 320 for mark in chart.marks)
    flat = bars([(0, Stretch("a", "", (5.0, 5.0, 5.0, 5.0, 5.0)))], zero=False)
    assert 0 < flat.bars[0].middle < 320


def test_what_is_so_or_not_is_told_in_hundredths():
    def row(mean: float, before: str = "") -> dict[str, Any]:
        ends = dict.fromkeys(("low", "lower_half", "median", "upper_half", "high"), 0.0)
        return {f"{before}{name}": x for name, x in (ends | {"mean": mean}).items()}

    about = {"name": "held:Moscow@1942-03-08", "title": "Moscow", "unit": "1", "either": True}
    about |= {"from": None, "at": "1942-03-08"}
    one = {"name": "a", "title": "A", "forecasts": [about | row(0.68)], "differences": []}
    apart = [about | row(0.28, "difference_")]
    other = {"name": "b", "title": "B", "forecasts": [about | row(0.96)], "differences": apart}
    (facet,) = item_view.facets({"options": [one, other]})
    assert facet.unit == "% of campaigns"
    assert [(r.middle, r.difference) for r in facet.rows] == [("68", ""), ("96", "+28")]


def test_an_option_that_came_too_late_is_shown_with_its_reason(store: Store, tmp_path: Path):
    path = tmp_path / "council.toml"
    lines = COUNCIL.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("trigger")))
    game = begun(store, path)
    game.advance(weeks=10)
    game.brief(["friendship"])
    reader = Reader(store)
    page = reader.open("council/friendship")
    assert "No longer possible: contract.booty.until ends before it begins." in page
    assert page.count('value="decide"') == 2
    text = reader.send("council/friendship", 409, do="decide", option="befriend")
    assert "ends before it begins" in text and not seat(store).turns[-1].decisions


def advice_shown(store: Store, **advice: Any) -> str:
    """The page of an item on which the ministers advise so."""
    game, reader = begun(store), Reader(store)
    (paper,) = game.brief()["agenda"]
    answers = [{"answer": "Ostland <pays> & waits."}]
    paper |= {"answers": answers, "advice": {"answer": "Sell them."} | advice}
    at = papers.paper_key(game.turns[-1], "midland", "lorries", ())
    with store._database.writing() as c:
        c.exec_driver_sql("delete from kept where kind = 'paper'")
    store.keep(1, "paper", at, json.dumps({"page": paper, "rows": []}).encode())
    assert "&lt;pays&gt;" in reader.open("council/lorries")
    return reader.main("council/lorries")


def test_advice_names_every_ministers_wish_and_who_dissents(store: Store):
    sells, keeps = ["sell-lorries"], ["keep-lorries"]
    voice = {"office": "Trade", "standing": 0.25, "name": "", "silent": False}
    lead = Lead("sell-lorries", "keep-lorries", 0.65, 0.3, 0.4).plain()
    text = advice_shown(
        store,
        choice="sell-lorries",
        advised=sells,
        ministers=[
            voice | {"name": "Hahn", "prefers": sells[0], "wants": sells, "lead": lead},
            voice | {"prefers": keeps[0], "wants": keeps, "lead": lead},
            voice | {"office": "War", "prefers": None, "wants": sells + keeps, "lead": lead},
            voice | {"office": "Court", "prefers": None, "wants": [], "lead": None, "silent": True},
        ],
    )
    assert "Ostland <pays> & waits." in text
    assert "Hahn, Trade 25 % Sell lorries and steel 0.65 ± 0.50 Trade" in text
    assert "Trade 25 % Sell nothing 0.65 ± 0.50 yes" in text
    assert "War 25 % undecided: Sell lorries and steel, or Sell nothing 0.65 ± 0.50 Court" in text
    assert "Court 25 % silent" in text


def test_advice_that_an_earlier_version_kept_can_be_read(store: Store):
    voice = {"minister": "war", "office": "War", "standing": 0.25, "name": ""}
    old = voice | {"prefers": "keep-lorries", "points": {"keep-lorries": 0.1}}
    text = advice_shown(store, choice="sell-lorries", ministers=[old])
    assert "War 25 % Sell nothing yes" in text


def test_what_does_not_exist_is_said_to_be_lost(store: Store):
    begun(store)
    reader = Reader(store)
    assert "no item of the agenda has that name" in unescape(reader.open("council/lorrys", 404))
    assert "has not come up yet" in unescape(reader.open("council/friendship", 404))
    reader.open("council/lorries", 404, at=2)
    reader.open("council", 404, at="x")
    text = reader.send("council/lorries", 409, do="decide", option="sell-<b>")
    assert "has no option of that name" in text
    assert "no item of the agenda has that name" in reader.send(
        "council/lorrys", 409, do="decide", option="x"
    )
    assert "not 'fly'" in reader.send("council/lorries", 400, do="fly")
    assert seat(store).turns[-1].decisions == ()


def test_two_tabs_decide_one_thing(store: Store):
    begun(store)
    reader = Reader(store)
    for _ in range(2):
        reader.send("council/lorries", do="decide", option="sell-lorries", key="k-2")
    assert len(seat(store).turns[-1].decisions) == 1
    text = reader.send("council/lorries", 409, do="decide", option="keep-lorries", key="k-1")
    assert "is already decided this turn" in text


def test_arrows_go_through_the_items(store: Store):
    begun(store, TWO)
    reader = Reader(store)
    page = reader.open("council/lorries")
    assert '<link rel="next" href="/c/1/1/council/levy">' in page and 'rel="prev"' not in page
    assert '<link rel="prev" href="/c/1/1/council/lorries">' in reader.open("council/levy")


# Papers of past meetings.


def test_a_past_meetings_paper_is_as_it_was(store: Store):
    game, reader = begun(store), Reader(store)
    game.brief()
    reader.send("council/lorries", do="decide", option="sell-lorries")
    then = reader.main("council/lorries")
    game.advance()
    assert "30 Jun 1941" in reader.main("council")
    assert "Decided: Sell lorries and steel" in reader.main("council", at=1)
    page = reader.open("council/lorries", at=1)
    assert 'method="post"' not in page.partition("<main")[2].partition("</main")[0]
    was = re.search(r"What each leads to Midland.*?campaign by campaign", then)
    now = re.search(
        r"What each leads to Midland.*?campaign by campaign", reader.main("council/lorries", at=1)
    )
    assert was and now and was[0] == now[0]
    # What was decided is read where it was decided.
    answer = reader.client.get(reader.place + "council/lorries")
    assert answer.headers["location"] == "/c/1/1/council/lorries?at=1"


# Several players.


def two(store: Store) -> Reader:
    begun(store, TWO, powers=["midland", "ostland"])
    reader = Reader(store)
    reader.client.cookies.set(cookie(store, "seat-1"), "midland")
    return reader


def test_another_seats_items_and_decisions_are_hidden(store: Store):
    reader = two(store)
    other = seat(store, "ostland")
    other.decide("stand", "stand-fast")
    assert "The border" not in reader.main("council")
    reader.open("council/stand", 404)
    reader.send("council/stand", 409, do="decide", option="give-way")
    reader.send("council", 409, do="undo")
    assert [d.option for d in seat(store, "ostland").turns[-1].decisions] == ["stand-fast"]
    reader.client.cookies.set(cookie(store, "seat-1"), "ostland")
    assert "Decided: " in reader.main("council") and "lorries" not in reader.main("council")


def test_who_has_submitted_waits_and_is_told(store: Store):
    reader = two(store)
    assert reader.send("council", do="submit", turn=1).endswith("/council")
    assert jobs(store, "advance") == []
    text = reader.main("council")
    assert "Waiting for Ostland" in text and "Submit the turn" not in text
    known = {"turn": 1, "submitted": 1, "json": 1}
    assert json.loads(reader.open("events", **known))["state"] == "running"
    reader.client.cookies.set(cookie(store, "seat-1"), "ostland")
    assert "Midland: has submitted" in reader.main("council")
    assert reader.send("council", do="submit", turn=1).startswith("/jobs/")
    said = json.loads(reader.open("events", **known))
    assert said == {"state": "done", "url": "/c/1/1/council"}
    with reader.client.stream("GET", "/c/1/1/events", params=known | {"json": 0}) as answer:
        assert next(answer.iter_lines()).startswith('data: {"state": "done"')
    seat(store, "ostland").advance()
    assert json.loads(reader.open("events", **known))["url"] == "/c/1/1/chronicle/2"


def test_no_page_of_a_council_names_another_host_or_carries_a_style(store: Store):
    game, reader = begun(store), Reader(store)
    game.brief()
    for page in ("council", "council/lorries", "council?submit=1"):
        text = reader.open(page)
        assert not re.search(r'(href|src|action)="(https?:)?//', text)
        assert " style=" not in text and "<script>" not in text
