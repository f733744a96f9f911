"""A played campaign: its rules, its log, what its player may know, and its commands."""

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr
from haggling import OPEN, haggling
from walks import COUNCIL, TWO, Model, decided_at_once, forget, kept, refusal, rows

from sinews.analysis.council.follow_up import Report, reports
from sinews.analysis.measures import Measure
from sinews.analysis.numerals import amount
from sinews.analysis.scores import crps
from sinews.campaign import fog, log, player_view
from sinews.campaign.log import Decision
from sinews.campaign.papers import KeptPaper
from sinews.campaign.played import Campaign
from sinews.campaign.reputation import losses, outcome
from sinews.campaign.score import certain, counting, coverage, scored
from sinews.campaign.store import Store
from sinews.campaign.truth import Players, known_to
from sinews.cli import main
from sinews.engine.probes import axes_of
from sinews.scenario import Scenario, load
from sinews.scenario.compile import compile
from sinews.series import SERIES


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file to keep campaigns in."""
    return tmp_path / "my campaigns.sqlite"


@pytest.fixture
def untriggered(tmp_path: Path) -> Path:
    """The scenario, its treaty coming up whatever the front does."""
    path = tmp_path / "council.toml"
    lines = COUNCIL.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("trigger")))
    return path


def start(place: Path | None = None, model: Model | None = None, **how: Any) -> Campaign:
    return Campaign.start(COUNCIL, store=place, members=80, simulate=model or Model(), **how)


def reopen(place: Path, model: Model | None = None, **how: Any) -> Campaign:
    return Campaign.open(place, 1, members=80, simulate=model or Model(), **how)


# How it is played.


def test_a_campaign_begins_at_the_council(place: Path):
    game = start(place)
    assert (game.turn, game.date, game.power) == (1, date(1941, 6, 30), "midland")
    assert game.agenda == ["lorries"] and not game.over
    again = reopen(place)
    assert (again.turn, again.date, again.title) == (1, game.date, "A neighbour's war")


def test_an_item_is_decided_once_and_closed_when_time_passes(place: Path):
    game = start(place)
    made = game.decide("lorries", "sell-lorries")
    assert made["date"] == "1941-06-30" and made["by"] == "Elder Brandt"
    assert game.agenda == []
    assert 'already decided this turn: "sell-lorries"' in refusal(
        game.decide, "lorries", "keep-lorries"
    )
    assert game.advance()["date"] == "1941-07-14"
    words = refusal(game.decide, "lorries", "keep-lorries")
    assert "is closed: it was decided on 1941-06-30" in words and "branch at turn 1" in words
    assert [d["option"] for d in reopen(place).history[0]["decisions"]] == ["sell-lorries"]


def test_what_cannot_be_decided_is_said_and_nothing_kept(place: Path):
    game = start(place)
    assert 'did you mean "lorries"?' in refusal(game.decide, "lories", "sell-lorries")
    assert 'did you mean "sell-lorries"?' in refusal(game.decide, "lorries", "sell-lorry")
    assert "comes up on 1941-07-07" in refusal(game.decide, "friendship", "befriend")
    assert "comes up on 1941-07-07" in refusal(game.brief, ["lorries", "friendship"])
    assert "nothing is decided in this turn" in refusal(game.undo)
    assert "must be a whole number from 1 to 22" in refusal(game.advance, 40)
    assert "1 to 200 characters" in refusal(game.decide, "lorries", "sell-lorries", key="")
    assert "must be from 1 to 1" in refusal(game.branch, 2)
    assert len(game.store.log(1, 1)) == 1
    assert "agenda is another power's" in refusal(start, power="ostland")
    assert "no power has that name" in refusal(start, power="midlund")
    assert "from 0 to 4,294,967,295" in refusal(start, seed=-1)


class Quick(Model):
    """The model, with what the aims of the power ask."""

    more: ClassVar[dict[str, tuple[str, ...]]] = {"hostile": ("axis",), "occupied": ("power",)}


ODD = (True, 1.5, math.nan, b"x", [5], [["lorries"]], {"a": 1}, object())


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_what_is_of_another_kind_than_was_asked_is_told_in_words(tmp_path: Path, odd: Any):
    game = start(model=Quick())
    sell, draft = ("lorries", "sell-lorries"), {"draft": 0.5}

    def told(call: Any, name: str, *given: Any, **how: Any) -> None:
        words = refusal(call, *given, **how).partition("\n\n")[2]
        assert name in words and words.startswith("  "), words

    for call in (game.record, game.records, game.estimates, game.branch):
        told(call, "turn =", odd)
    told(game.paper_of, "turn =", odd, "lorries")
    told(game.paper_of, "item =", 1, odd)
    for call in (game.paper, game.terms):
        told(call, "item =", odd)
    told(game.brief, "item", odd)
    told(game.curve, "item =", odd, "lorries.price")
    told(game.curve, "term =", "lorries", odd)
    told(game.curve, "terms", "lorries", "lorries.price", odd)
    told(game.decide, "item =", odd, "sell-lorries")
    told(game.decide, "lorries =", "lorries", odd)
    told(game.paper, "preset =", "lorries", option=odd)
    told(game.paper, "terms", "lorries", terms=odd)
    told(game.decide, "terms", *sell, terms=odd)
    told(game.decide, "by =", *sell, by=odd)
    told(game.order, "by =", draft, by=odd)
    told(game.order, "order", odd)
    told(game.odds, "order", odd)
    told(game.odds, "measure", draft, measures=odd)
    told(game.odds, "weeks =", draft, weeks=odd)
    told(game.advance, "weeks =", odd)
    for call in (game.undo, game.redo, game.reset, game.submit, game.advance):
        told(call, "key =", key=odd)
    assert len(game.store.log(1, 1)) == 1
    for name in ("seed", "member", "members", "key", "power", "powers"):
        told(Campaign.start, name.rstrip("s"), COUNCIL, **{"simulate": Quick(), name: odd})
    for name, called in {"branch": "branch", "fork": "turn", "power": "power"}.items():
        told(Campaign.open, f"{called} =", game.store, 1, **{name: odd})
    told(Campaign.open, "members =", game.store, 1, members=odd)
    told(Campaign.open, "campaign =", game.store, odd)
    told(Campaign.open, "store =", odd, 1)


def test_a_store_that_lost_its_branches_says_so(place: Path):
    start(place)
    with closing(sqlite3.connect(place)) as c, c:
        c.execute("DELETE FROM branch")
    words = refusal(reopen, place)
    assert "it has lost all of them: restore the store from a copy" in words


def test_an_item_comes_up_when_its_trigger_is_met():
    text = COUNCIL.read_text()
    game = start()
    assert game.advance(1)["raised"] == ["friendship"] and game.agenda == ["lorries", "friendship"]
    far = Campaign.start(
        _changed(text.replace('above = "100 km"', 'above = "900 km"')), simulate=Model(), members=20
    )
    assert far.advance(1)["raised"] == [] and far.agenda == ["lorries"]
    assert "has not come up yet" in refusal(far.decide, "friendship", "befriend")
    # What is seen is asked of nobody.
    alone = start(model=_NoStaff())
    assert alone.advance(1)["raised"] == ["friendship"]
    # Nobody sees Ostland's gold: the staff's median decides.
    hidden = text.replace('measure = "front:border", above = "100 km"', _OSTLAND_GOLD)
    unseen = Campaign.start(_changed(hidden), simulate=Model(hidden=-500.0), members=20)
    assert unseen.advance(1)["raised"] == ["friendship"]


class _NoStaff(Model):
    def ahead(self, *_: Any) -> Any:
        raise AssertionError("a staff was asked")


_OSTLAND_GOLD = 'measure = "gold:ostland", above = 50'


def _changed(text: str) -> Scenario:
    from sinews.scenario import load_text

    return load_text(text.encode(), "council.toml")


def test_an_item_closes_on_its_last_day():
    game = start()
    game.advance(14)
    assert game.date == date(1941, 10, 6) and "friendship" not in game.agenda
    assert "it had to be decided before 1941-10-06" in refusal(
        game.decide, "friendship", "befriend"
    )


def test_an_option_that_comes_too_late_is_shown_as_such():
    game = start()
    game.advance(10)  # the tanks were to be delivered by then
    (item,) = game.brief(["friendship"])["agenda"]
    refuse, befriend, warily = item["options"]
    assert befriend["barred"] == "contract.booty.until ends before it begins"
    assert befriend["forecasts"] == [] == befriend["differences"]
    assert not (refuse["barred"] or warily["barred"]) and len(warily["differences"]) == 3
    assert "ends before it begins" in refusal(game.decide, "friendship", "befriend")
    assert game.decide("friendship", "befriend-warily")


def test_the_last_turn_ends_with_the_scenario():
    game = start()
    while not game.over:
        game.advance()
    assert game.date == load(COUNCIL).end and game.brief()["agenda"] == []
    assert "campaign is over" in refusal(game.advance)
    assert "campaign is over" in refusal(game.decide, "lorries", "sell-lorries")


def test_undo_takes_back_the_last_decision_of_the_open_turn_only():
    game = start()
    game.advance()
    game.decide("lorries", "sell-lorries")
    game.decide("friendship", "befriend")
    assert game.undo()["item"] == "friendship" and game.agenda == ["friendship"]
    assert game.undo()["item"] == "lorries"
    game.decide("lorries", "keep-lorries")
    game.advance()
    assert "decisions of earlier turns stand" in refusal(game.undo)
    turn = game.history[1]
    assert [d["option"] for d in turn["decisions"]] == ["keep-lorries"]
    assert [d["option"] for d in turn["undone"]] == ["befriend", "sell-lorries"]
    assert [e.kind for e in game.store.log(1, 1)].count("undo") == 2


def test_the_same_key_again_gives_the_first_result(place: Path):
    game = start(place)
    first = game.decide("lorries", "sell-lorries", key="a")
    assert game.decide("lorries", "sell-lorries", key="a") == first
    turn = game.advance(key="b")
    assert game.advance(key="b") == turn and game.turn == 2
    late = reopen(place)
    assert late.decide("lorries", "sell-lorries", key="a") == first
    assert "is that of another call" in refusal(late.decide, "lorries", "keep-lorries", key="a")
    assert "is that of another call" in refusal(late.undo, key="b")
    assert len(late.store.log(1, 1)) == 3
    line = late.branch(2)
    assert line.decide("lorries", "sell-lorries", key="a") == first


MINE = {"lorries.price": "30 t", "lorries.until": "1941-11-03", "lorries.advance": 0.25}


def open_game(tmp_path: Path, place: Path | None = None) -> Campaign:
    """A campaign in which terms are open."""
    scenario = haggling(tmp_path)
    return Campaign.start(scenario, store=place, members=80, simulate=Model())


def test_a_decision_carries_own_terms(tmp_path: Path, place: Path):
    game = open_game(tmp_path, place)
    made = game.decide("lorries", "sell-lorries", terms=MINE, key="a")
    # What equals the preset is none of one's own.
    own = {"lorries.price": 30.0, "lorries.until": "1941-11-03"}
    assert made["terms"] == own and made["option"] == "sell-lorries"
    says = game.store.log(1, 1)[1].says
    assert says["terms"] == own and game.brief([])["decided"] == [made]
    late = reopen(place)
    assert late.history[0]["decisions"][0]["terms"] == own
    assert late.decide("lorries", "sell-lorries", terms=MINE, key="a") == made
    other = MINE | {"lorries.price": 31}
    for terms in (other, None):
        words = refusal(late.decide, "lorries", "sell-lorries", terms=terms, key="a")
        assert "is that of another call" in words
    assert 'already decided this turn: "sell-lorries(lorries.price=30.0; ' in refusal(
        late.decide, "lorries", "keep-lorries"
    )
    assert game.undo() == made and game.redo() == made
    game.reset()
    game.redo()
    game.advance()
    scenario = known_to(game.scenario, "midland", game.turns, game.date)
    contract = scenario.contracts["lorries"]
    assert contract.price["gold"].value == 30.0 and contract.until == date(1941, 11, 3)
    again = reopen(place)
    assert again.seen() == game.seen() and again.history == game.history
    assert all(turn["as_played"] for turn in again.history)


def test_terms_that_cannot_be_had_are_refused_and_nothing_is_kept(tmp_path: Path):
    game = open_game(tmp_path)
    words = refusal(
        game.decide,
        "lorries",
        "sell-lorries",
        terms={"lorries.price": 50, "lorries.prize": 3, "friendship.teams": 5, "lorries.from": 3},
    )
    for each in ("it must be from 8 t to 40 t", 'did you mean "lorries.price"', "is not a date"):
        assert each in words
    assert 'no option of the item signs "friendship"' in words and "4 mistakes" in words
    late = {"lorries.from": "1941-09-29", "lorries.until": "1941-09-08"}
    assert "ends before it begins" in refusal(game.decide, "lorries", "sell-lorries", terms=late)
    keep = refusal(game.decide, "lorries", "keep-lorries", terms={"lorries.price": 30})
    assert 'choose one that does: "sell-lorries"' in keep
    assert 'did you mean "lorries"' in refusal(game.decide, "lories", "sell-lorries", terms=MINE)
    assert "has no option of that name" in refusal(game.decide, "lorries", "sell", terms=MINE)
    assert "comes up on 1941-07-07" in refusal(game.paper, "friendship", {"friendship.teams": 5})
    assert "comes up on 1941-07-07" in refusal(game.curve, "friendship", "friendship.teams")
    assert len(game.store.log(1, 1)) == 1
    (price, *_) = game.terms("lorries")
    assert (price["term"], price["low"], price["high"]) == ("lorries.price", 8.0, 40.0)
    assert price["presets"] == {"sell-lorries": 15.6}


def test_a_sale_that_its_buyer_refuses_cannot_be_decided(tmp_path: Path):
    """By the list 3,000 lorries of 4 kg and 9 kt of steel are worth 15.6 t of gold."""
    text = haggling(tmp_path).read_text("utf-8")
    text = text.replace('aims = { "gold:ostland"', 'premium = 1.5\naims = { "gold:ostland"')
    game = Campaign.start(_changed(text), members=20, simulate=Model())
    for ask in (game.decide, game.paper):
        words = refusal(ask, item="lorries", option="sell-lorries", terms={"lorries.price": 24})
        assert "ostland does not sign: by the price list it would give 23.4 t" in words
        assert "asked 24 t" in words and len(game.store.log(1, 1)) == 1
    assert game.decide("lorries", "sell-lorries", terms={"lorries.price": 23})


def test_a_paper_on_own_terms_is_kept_and_goes_with_the_decision(tmp_path: Path):
    model = Model()
    game = Campaign.start(haggling(tmp_path), members=80, simulate=model)
    page = game.paper("lorries", {"lorries.price": 30, "lorries.advance": "50 %"})
    word = "sell-lorries(lorries.advance=0.5; lorries.price=30.0)"
    assert page is not None
    assert [option["name"] for option in page["options"]] == ["keep-lorries", "sell-lorries", word]
    assert "for 30 t of gold, 50 % in advance" in page["options"][2]["does"]
    runs = len(model.runs)
    assert game.paper("lorries", {"lorries.advance": 0.5, "lorries.price": "30 t"}) == page
    assert len(model.runs) == runs, "made once"
    game.decide("lorries", "sell-lorries", terms={"lorries.price": 30.0, "lorries.advance": 0.5})
    game.advance(20)
    assert {row["option"] for row in game.scores()["rows"]} == {word}
    assert game.paper_of(1, "lorries") == page


def test_an_option_as_it_is_is_decided_on_the_page_of_all_options(tmp_path: Path):
    game = open_game(tmp_path)
    assert game.brief()["agenda"][0]["estimates"]
    alone = game.paper("lorries", option="sell-lorries")
    assert alone is not None and not alone["estimates"], "heard on one option"
    game.decide("lorries", "sell-lorries")
    page = game.paper_of(1, "lorries")
    assert page is not None and page["estimates"]


def test_a_decision_of_an_older_log_has_no_terms_of_its_own():
    says = {"item": "a", "option": "b", "on": "1941-07-14", "by": "x", "forecasts": None}
    entry = log.entry(1, None, "decide", says)
    made = log.decision(entry, 1, "midland")
    assert made.terms == {} and made.word == "b@1941-07-14"


def test_a_branch_shares_what_was_before_it(place: Path):
    game = start(place)
    game.decide("lorries", "sell-lorries")
    game.advance()
    other = game.branch(1)
    assert (other.turn, other.line, other.agenda) == (1, 2, ["lorries"])
    other.decide("lorries", "keep-lorries")
    other.advance(1)
    third = other.branch(2)
    third.advance(1)
    assert [t["date"] for t in third.history] == ["1941-06-30", "1941-07-07", "1941-07-14"]
    assert third.history[0]["decisions"][0]["option"] == "keep-lorries"
    assert game.history[0]["decisions"][0]["option"] == "sell-lorries" and game.turn == 2
    assert game.branches == [
        {"branch": 1, "from": None, "turn": None},
        {"branch": 2, "from": 1, "turn": 1},
        {"branch": 3, "from": 2, "turn": 2},
    ]
    assert reopen(place).line == 3 and reopen(place, branch=1).turn == 2
    assert "it has: 1, 2, 3" in refusal(reopen, place, branch=4)


def test_replay_gives_the_same_bits(place: Path):
    game = start(place)
    game.decide("lorries", "sell-lorries")
    game.advance()
    game.advance()
    assert reopen(place).seen() == game.seen()
    assert reopen(place).history == game.history
    assert all(turn["as_played"] for turn in game.history)
    # Nothing is lost with what is kept beside the log.
    forget(place)
    assert reopen(place).history == game.history


def test_another_past_than_the_one_that_was_played_is_told(place: Path):
    game = start(place)
    game.advance()
    warmer = reopen(place, _Warmer())
    warmer.advance()
    assert [turn["as_played"] for turn in warmer.history] == [False, False, True]
    forget(place)
    assert [turn["as_played"] for turn in reopen(place).history] == [True, True, False]
    forget(place)
    assert [turn["as_played"] for turn in reopen(place, _Warmer()).history] == [False, False, True]


class _Warmer(Model):
    def __call__(self, *arguments: Any, **how: Any) -> xr.Dataset:
        return super().__call__(*arguments, **how) + 0.001


def test_a_scenario_edited_later_changes_no_campaign(tmp_path: Path, place: Path):
    copy = tmp_path / "council.toml"
    copy.write_bytes(COUNCIL.read_bytes())
    copy.with_suffix(".posterior.csv").write_text("# fitted\nluck\n0.1\n")
    Campaign.start(copy, store=place, simulate=Model())
    copy.write_text("title = 1")
    copy.with_suffix(".posterior.csv").unlink()
    again = reopen(place)
    assert again.title == "A neighbour's war"
    kept = again.scenario.path.with_suffix(".posterior.csv")
    assert kept.read_text() == "# fitted\nluck\n0.1\n"
    assert reopen(place).scenario is again.scenario


# Forecasts, and what came of them.


def test_forecasts_are_kept_with_the_decision(place: Path):
    game = start(place)
    (item,) = game.brief()["agenda"]
    assert [o["name"] for o in item["options"]] == ["keep-lorries", "sell-lorries"]
    gold = item["options"][1]["forecasts"][0]
    assert gold["name"] == "gold:midland@1941-10-20"
    apart = item["options"][1]["differences"][0]
    assert apart["difference_low"] == pytest.approx(50.0, abs=1e-3) == apart["difference_high"]
    assert item["estimates"][0]["name"] == "irrecoverable:ostland@1941-08-04"
    game.decide("lorries", "sell-lorries")
    kept = reopen(place, _Warmer()).history[0]["decisions"][0]
    assert kept["forecasts"] == item["options"][1]["forecasts"]
    assert kept["estimates"] == item["estimates"]


def test_a_decision_without_a_brief_has_no_forecast():
    game = start()
    game.decide("lorries", "sell-lorries")
    assert game.history[0]["decisions"][0]["forecasts"] is None
    assert game.scores()["rows"] == []


def test_a_brief_of_another_day_is_not_kept():
    game = start()
    game.brief()
    game.advance()
    game.decide("lorries", "sell-lorries")
    assert game.history[1]["decisions"][0]["forecasts"] is None


def test_forecasts_are_scored_when_their_day_has_come():
    game = start()
    game.brief()
    game.decide("lorries", "sell-lorries")
    none = dict.fromkeys(("otherwise", "certain", "hidden"), 0)
    assert game.scores() == {"rows": [], "coverage": {}, "waiting": 7, **none}
    game.advance()
    soon = game.scores()
    assert [row["measure"] for row in soon["rows"]] == [
        "gold:midland@1941-07-14",
        "front:border@1941-07-14",
    ]
    assert all(row["soon"] for row in soon["rows"]) and soon["waiting"] == 4
    game.advance(14)
    scores = game.scores()
    assert [row["measure"] for row in scores["rows"] if not row["soon"]] == [
        "gold:midland@1941-10-20",
        "front:border@1941-10-20",
    ]
    assert (scores["waiting"], scores["hidden"]) == (0, 3)
    assert scores["coverage"] == coverage(counting(scores["rows"]))
    gold = scores["rows"][0]
    assert gold["title"] == "Midland, gold" and gold["unit"] == "t"
    assert gold["happened"] == game.seen()["series"]["gold"]["value"]
    low, high = gold["band90"]
    assert gold["in90"] == (low <= gold["happened"] <= high) and gold["crps"] > 0
    game.advance(6)
    assert game.over and game.scores()["hidden"] == 0 and len(game.scores()["rows"]) == 7


def test_decisions_of_a_turn_are_held_to_what_was_forecast_of_them_together(untriggered: Path):
    """Once, as the turn is closed, whatever their pages knew of each other; what is decided in a
    later turn they cannot know."""
    model = Model()
    game = Campaign.start(untriggered, members=80, simulate=model)
    game.advance(1)
    game.brief(["lorries", "friendship"])
    game.decide("lorries", "sell-lorries")
    game.decide("friendship", "befriend")
    page = game.history[1]["decisions"][0]
    game.advance(8)
    closed = game.store.log(1, 1)[-1]
    assert closed.kind == "advance" and set(closed.says["joint"]) == {"midland"}
    together = closed.says["joint"]["midland"]
    assert {(row["item"], row["option"]) for row in together} == {
        ("lorries", "sell-lorries"),
        ("friendship", "befriend"),
    }
    gold = next(row for row in together if row["measure"].startswith("gold:midland"))
    # Either brings 50 t in this model: together they bring twice what the page said of one.
    (alone,) = (f for f in page["forecasts"] if f["name"] == gold["measure"])
    assert np.median(gold["values"]) == pytest.approx(alone["median"] + 50.0, abs=1e-3)
    game.advance(8)
    rows = [row for row in game.scores()["rows"] if row["option"]]
    assert rows and not any(row["since"] for row in rows)
    # Gold and the border are asked of both, and count once.
    assert len(counting(rows)) == len({row["measure"] for row in rows}) == len(rows) - 2
    (scored_gold,) = (
        row for row in rows if (row["item"], row["measure"]) == ("lorries", gold["measure"])
    )
    assert scored_gold["median"] == pytest.approx(np.median(gold["values"]))
    # A turn of which nothing was heard is closed without.
    assert game.store.log(1, 1)[-1].says["joint"] == {}
    later = Campaign.start(untriggered, members=80, simulate=Model())
    later.advance(1)
    for item, option in (("lorries", "sell-lorries"), ("friendship", "befriend")):
        later.brief([item])
        later.decide(item, option)
        later.advance(2)
    later.advance(17)
    rows = later.scores()["rows"]
    since = {row["item"]: row["since"] for row in rows if row["option"] and not row["soon"]}
    assert since == {"lorries": ["friendship"], "friendship": []}


def test_what_each_seat_forecasts_of_its_decisions_together_is_its_own(place: Path):
    seats = ["midland", "ostland"]
    west = Campaign.start(TWO, store=place, members=20, simulate=Model(), powers=seats)
    east = Campaign.open(place, 1, members=20, simulate=Model(), power="ostland")
    for game in (west, east):
        item = game.brief()["agenda"][0]
        game.decide(item["name"], item["options"][0]["name"])
        game.submit()
    west.advance()
    assert set(west.store.log(1, 1)[-1].says["joint"]) == set(seats)
    assert [set(game.turns[0].joint) for game in (west, east)] == [{"midland"}, {"ostland"}]


def test_certainties_that_come_true_are_no_forecasts_and_others_are_misses():
    assert certain([7.0, 7.0], 7.0) and not certain([7.0, 7.0], 8.0)
    # Nor is what every table shows as one number; a spread that one shows is no certainty.
    assert certain([1100.0, 1100.002], 1100.001) and not certain([1100.0, 1100.002], 1102.0)
    assert not certain([1100.0, 1102.0], 1101.0)
    game = start()
    game.brief()
    game.decide("lorries", "sell-lorries")
    game.advance(16)
    before = game.scores()
    entry = game.store.log(1, 1)[-1]
    truth = {row["measure"]: row["happened"] for row in before["rows"]}
    rows = entry.says["joint"]["midland"]
    for row in rows:
        if row["measure"] in truth:
            off = 0.0 if row["measure"].startswith("gold") else 1.0
            row["values"] = [truth[row["measure"]] + off] * 80
    turns = [replace(game.turns[0], joint={"midland": rows}), *game.turns[1:]]
    after = player_view.scores(game.scenario, turns, game._seen_so_far(), "midland")
    assert before["certain"] == 0 and after["certain"] == 2
    assert len(after["rows"]) == len(before["rows"]) - 2
    assert not any(row["in90"] for row in after["rows"] if row["measure"].startswith("front"))


def test_a_forecast_of_an_older_sinews_is_scored_on_what_its_page_knew(
    untriggered: Path, monkeypatch: pytest.MonkeyPatch
):
    """Of two decisions of a day the first's page knew nothing of the second; the second's did."""
    monkeypatch.setattr(Players, "closed", lambda *_: {})

    def played(again: bool) -> Campaign:
        game = Campaign.start(untriggered, members=80, simulate=Model())
        game.advance(1)
        game.brief(["lorries", "friendship"])
        game.decide("lorries", "sell-lorries")
        if again:
            game.brief(["friendship"])
        game.decide("friendship", "befriend")
        game.advance(20)
        return game

    def since(game: Campaign) -> dict[str, set[str]]:
        rows = [row for row in game.scores()["rows"] if row["option"]]
        return {row["item"]: {*row["since"]} for row in rows}

    heard, stale = played(True), played(False)
    assert since(heard) == {"lorries": {"friendship"}, "friendship": set()}
    assert since(stale) == {"lorries": {"friendship"}, "friendship": {"lorries"}}
    scores = heard.scores()
    counted = [row for row in scores["rows"] if not row["since"]]
    assert scores["coverage"] == coverage(counted) and len(counted) < len(scores["rows"])
    assert scores["otherwise"] == len(scores["rows"]) - len(counted)
    # What changes nothing is nothing that a forecast should have known.
    calm = Campaign.start(untriggered, members=80, simulate=Model())
    calm.advance(1)
    calm.brief(["lorries"])
    calm.decide("lorries", "sell-lorries")
    calm.decide("friendship", "stand-guard")
    calm.advance(20)
    assert since(calm) == {"lorries": set()}


def test_the_score_of_a_normal_forecast_is_the_closed_one():
    # CRPS of N(0, 1) at 0: (sqrt 2 - 1) / sqrt pi (Gneiting and Raftery 2007).
    values = np.random.default_rng(1).normal(size=4000)
    assert crps(values.tolist(), 0.0) == pytest.approx(
        (math.sqrt(2) - 1) / math.sqrt(math.pi), abs=0.01
    )
    assert crps([4.0], 1.0) == 3.0
    assert crps([7.0, 7.0], 7.0) == 0.0


def test_bands_of_a_right_forecast_hold_as_often_as_they_say():
    luck = np.random.default_rng(2)
    rows = [scored(luck.normal(size=200).tolist(), luck.normal()) for _ in range(600)]
    held = coverage(rows)
    assert held["50"] == pytest.approx(0.5, abs=0.06) and held["90"] == pytest.approx(0.9, abs=0.04)


REPORTED = {
    "delivered:booty booty tank": 120.0,
    "late:booty booty tank": 30.0,
    "paid:booty booty tank": 9.0,
    "lapsed:booty booty tank": 0.0,
    "in_force:friendship": 1.0,
    "broken:friendship": 0.0,
    "demarcated:friendship": 84.0,
    "force:midland:steppe": 140e3,
    "gold:midland": 52.0,
    "front:border": 388.0,
}


def test_who_follows_an_item_up_reports_what_came_of_it():
    """On the council's own measures, and on the contract and agreement that the option signed."""
    signed = load(COUNCIL, ["befriend@1941-07-14"])

    def told(on: date, known: dict[str, float], power: str = "midland") -> tuple[Report, ...]:
        return reports(signed, power, on, lambda name: _all(known.get(name)))

    (found,) = told(date(1941, 8, 11), REPORTED)
    assert (found.item, found.option, found.minister) == ("friendship", "befriend", "trade")
    assert found.sentence() == (
        "Anna Kohl, Minister of trade, on “The treaty” (14 Jul 1941: The treaty, and the captured "
        "tanks): Tanks taken in the last war: 120 of 400 captured tanks delivered, 30 late; 9.00 "
        "of 30.0 t of gold paid. Treaty of friendship: in force; 84 of 600 km marked; Midland: "
        "steppe, men: 140 k, at most 80.0 k from 11 Aug 1941. Midland: gold: 52.0 t. Border, "
        "front: 388 km."
    )
    # What came to nothing is said; what is not known is not.
    broken = REPORTED | {"in_force:friendship": 0.0, "broken:friendship": 1.0}
    broken["lapsed:booty booty tank"] = 1.0
    (bad,) = told(date(1941, 8, 11), broken)
    assert "gold paid; given up. " in bad.sentence()
    assert "Treaty of friendship: not in force; broken; " in bad.sentence()
    (less,) = told(date(1941, 8, 11), {"gold:midland": 52.0})
    assert less.progress == ("Midland: gold: 52.0 t",)
    # Due to that power's council alone, after the decision and up to the horizon, twenty weeks on.
    for on, power in (
        (date(1941, 7, 14), "midland"),
        (date(1941, 12, 8), "midland"),
        (date(1941, 8, 11), "ostland"),
    ):
        assert told(on, REPORTED, power) == ()


def test_later_councils_of_a_campaign_are_told_what_came_of_their_decisions(untriggered: Path):
    game = Campaign.start(untriggered, members=80, simulate=Model())
    game.advance(1)
    game.decide("friendship", "befriend")
    assert game.reports == [], "nothing has come of it yet"
    game.advance(2)
    (report,) = game.reports
    assert report["item"] == "friendship" and report["minister"] == "trade"
    gold = game.seen()["series"]["gold"]["value"]
    assert f"Midland: gold: {amount(gold, 't')} t" in report["report"]
    assert game.brief()["reports"] == game.reports
    assert "Ostland: steppe" not in report["report"], "it does not know their men"


def _all(value: float | None) -> np.ndarray | None:
    return None if value is None else np.array([value])


def test_standing_moves_with_what_came_of_advice():
    game = start()
    before = game.standing
    assert set(before) == {"trade", "war"}
    game.brief()
    advise(game, {"trade": "sell-lorries", "war": "keep-lorries"})
    game.decide("lorries", "sell-lorries")
    game.advance()
    assert game.standing == before  # its day has not come; that of the next turn counts for nothing
    game.advance(14)
    rank = next(row["rank"] for row in game.scores()["rows"] if not row["soon"])  # of gold: welcome
    after = game.standing
    assert sum(after.values()) == pytest.approx(sum(before.values()))
    moved = (after["trade"] / before["trade"]) / (after["war"] / before["war"])
    assert moved == pytest.approx(math.exp(0.1 * (2 * rank - 1))) and rank != 0.5


def advise(game: Campaign, wanted: dict[str, str]) -> None:
    """Have ministers want some options on the page that is kept."""
    ((key, content),) = kept(game, "paper")
    words = json.loads(content)
    voices = [{"minister": name, "prefers": option} for name, option in wanted.items()]
    words["page"]["advice"] = {"ministers": voices}
    with game.store._database.writing() as c:
        c.exec_driver_sql("delete from kept where kind = 'paper'")
    game.store.keep(game.number, "paper", key, json.dumps(words).encode())


def test_who_is_silent_or_undecided_neither_gains_nor_loses_standing():
    voices = [{"minister": "trade", "prefers": "b"}, {"minister": "war", "prefers": None}]
    assert KeptPaper({"advice": {"ministers": voices}}, []).advice == {"trade": "b"}


def test_losses_of_what_is_unwelcome_count_the_other_way():
    made = Decision(
        3, 1, date(1941, 6, 9), "x", "a", "b", "", None, None, {"trade": "b", "war": "c"}
    )
    row = {"turn": 1, "item": "a", "option": "b", "measure": "lost:x:tank@1941-07-07", "rank": 0.9}
    went = outcome(made, [row])
    assert went is not None and went == pytest.approx(0.1)
    assert losses(made, went) == {"trade": pytest.approx(0.9), "war": pytest.approx(0.1)}
    assert outcome(made, []) is None


# Fog.


def test_no_answer_changes_when_a_hidden_field_does():
    answers: list[Any] = []
    for hidden in (0.0, 1e6):
        game = start(model=Model(hidden))
        heard = [game.brief(), game.decide("lorries", "sell-lorries"), game.advance(6)]
        heard += [game.brief(), game.seen(), game.history, game.advance(10), game.scores()]
        answers.append(heard)
    assert answers[0] == answers[1]


def test_only_what_is_listed_is_seen():
    game = start()
    game.advance(4)
    known = game.seen()["series"]
    assert isinstance(known["gold"]["value"], float)  # its own, and nobody else's
    assert set(known["force"]["value"]) == set(load(COUNCIL).theatres)
    assert known["front"]["value"].keys() == {"border", "steppe"}
    assert known["in_force"]["value"].keys() == {"friendship"}
    scenario = load(COUNCIL)
    at = date(1941, 7, 28)
    assert fog.may_see(Measure("gold", ("midland",), at), scenario, "midland")
    assert not fog.may_see(Measure("gold", ("ostland",), at), scenario, "midland")
    assert fog.may_see(Measure("in_force", ("friendship",), at), scenario, "ostland")
    assert not fog.may_see(Measure("in_force", ("friendship",), at), scenario, "westland")
    assert not fog.may_see(Measure("imbalance", ("men",), at), scenario, "midland")


# What each power knows of the war of "two", written out: its own, and what it signed of the
# neighbours' treaty and sales; where fronts stand, where there is war and who holds what, all know.
OWN = (
    "irrecoverable sick_wounded casualties killed captured_men largest_haul field_strength force "
    "quality strength days formed ready untrained occupied equipment lost made received bought "
    "sold produced capacity materials gold fire drive lasting strength_seen trust strain"
).split()
THREE = ("westland", "ostland", "midland")
ALL = {
    *("front:border", "front:steppe", "hostile:border", "hostile:steppe"),
    *(f"{series}:{p}:{q}" for series in ("war", "answer") for p in THREE for q in THREE),
    *(f"collapsed:{p}" for p in THREE),
    *(
        f"{series}:{place}"
        for series in ("held", "ceded")
        for place in "Kreuz Stolp Ostburg Tarn Ford Well Rhine Hills Plain".split()
    ),
}
TREATY = {f"{series}:friendship" for series in ("in_force", "broken", "demarcated")}
LOTS = ("booty booty tank", "lorries lorry", "lorries steel")
OF_SALES = "delivered late paid paid_in_kind lapsed void defaulted".split()
SALE = {f"{series}:{lot}" for series in OF_SALES for lot in LOTS}


@pytest.mark.parametrize("power", ["westland", "ostland", "midland"])
def test_what_a_power_knows_is_its_own_and_what_it_signed_and_what_all_know(power: str):
    scenario = load(TWO)
    names = tuple(
        ":".join((series, *labels))
        for series, about in SERIES.items()
        for labels in product(*(axes_of(compile(scenario))[axis] for axis in about.axes))
    )
    own = {name for name in names if name.split(":")[:2] in [[series, power] for series in OWN]}
    assert {name.split(":")[0] for name in own} == set(OWN)
    wanted = own | ALL | (set() if power == "westland" else TREATY | SALE)
    assert {name for name in names if fog.knows(name, scenario, power)} == wanted
    assert {names[place] for place in fog.visible(names, scenario, power)} == wanted
    assert all(fog.knows(name, scenario, None) for name in names)


def test_the_true_member_forecasts_nothing():
    model = Model()
    game = start(model=model, member=1234567)
    game.advance()
    game.brief()
    assert set(model.runs) == {range(80), range(1234567, 1234568)}
    assert "1234567" not in str([game.brief(), game.seen(), game.history, game.scores()])
    assert start(seed=5)._side.member != start(seed=6)._side.member >= 10**6
    assert "from 1,000,000" in refusal(start, member=7)


def test_forecasts_begin_at_what_is_seen():
    game = start()
    game.advance(12)
    found = game.estimates(make=True)
    assert found is not None and found["series"]
    for row in found["series"]:
        ends = [row[band][0] for band in ("low", "middle", "high")]
        assert ends == pytest.approx([row["seen"][-1]] * 3, rel=1e-6), row["name"]
        assert row["low"][-1] < row["high"][-1]


# How it is kept.


def test_a_damaged_entry_is_named_and_gone_round(place: Path):
    game = start(place)
    game.decide("lorries", "sell-lorries")
    game.advance()
    game.decide("friendship", "befriend")
    game.advance()
    with closing(rows(place)) as db:
        db.execute(
            "update entry set text = replace(text, 'befriend', 'stand-guard') where number = 3"
        )
    words = refusal(reopen, place)
    assert "campaign 1, branch 1, entry 3" in words and "the 3 entries before it are sound" in words
    assert "fork=2" in words and f"--fork 2 --store '{place}'`" in words
    sound = reopen(place, fork=2)
    assert (sound.turn, sound.line) == (2, 2)
    assert sound.history[0]["decisions"][0]["option"] == "sell-lorries"
    sound.decide("friendship", "befriend")
    with closing(rows(place)) as db:
        db.execute("delete from entry where number = 1")
    assert "entry 1" in refusal(reopen, place)
    with closing(rows(place)) as db:
        db.execute("update entry set digest = x'ff00' where number = 0")
    assert "restore the store from a copy" in refusal(reopen, place)


@pytest.mark.parametrize("column", ["kind", "key", "version", "text", "digest", "number"])
def test_damage_to_any_column_is_found(place: Path, column: str):
    game = start(place)
    game.decide("lorries", "sell-lorries", key="a")
    game.advance()
    with closing(rows(place)) as db:
        db.execute(f"update entry set {column} = x'c3' where number = 1")
    assert "entry 1" in refusal(reopen, place)


def test_an_entry_that_was_written_anew_breaks_the_seal_of_the_next(place: Path):
    """Each seal covers the one before it: nobody can put another past under what stands."""
    game = start(place)
    game.decide("lorries", "sell-lorries")
    game.advance()
    before, old, after = game.store.log(1, 1)
    forged = log.entry(1, before, old.kind, old.says | {"option": "keep-lorries"}, old.key)
    assert forged.digest != old.digest and forged.digest == forged.sealed_after(before.digest)
    assert log.sound([before, old, after]) == [before, old, after]
    assert log.sound([before, forged, after]) == [before, forged]
    with closing(rows(place)) as db:
        words = (forged.text, forged.digest)
        db.execute("update entry set text = ?, digest = ? where number = 1", words)
    assert "entry 2" in refusal(reopen, place)


def test_a_damaged_scenario_is_found(place: Path):
    start(place)
    with closing(rows(place)) as db:
        db.execute("update campaign set scenario = replace(scenario, '25 t', '99 t')")
    assert "the scenario kept with the campaign is damaged" in refusal(reopen, place)


def test_a_log_of_a_newer_sinews_is_left_alone(place: Path):
    game = start(place)
    newer = log.entry(1, game.store.log(1, 1)[-1], "proclaim", {"what": "peace"})
    game.store.append(1, newer)
    words = refusal(reopen, place)
    assert "entry 1" in words and "newer sinews" in words and "update sinews" in words
    with closing(rows(place)) as db:
        db.execute("insert into format values (99, '7.0')")
    words = refusal(reopen, place)
    assert "written by a newer sinews (7.0, format 99" in words and "update sinews" in words


def test_files_that_cannot_serve_are_told_apart(tmp_path: Path, place: Path):
    assert "there is no such file" in refusal(Store, place, create=False)
    assert "is a directory" in refusal(Store, tmp_path)
    assert "its directory does not exist" in refusal(Store, tmp_path / "no" / "a.sqlite")
    (tmp_path / "words.txt").write_text("not a database, but long enough to look at " * 40)
    assert "is not a SQLite file" in refusal(Store, tmp_path / "words.txt")
    with closing(rows(tmp_path / "other.sqlite")) as db:
        db.execute("create table entry (x)")
    assert "not one of campaigns" in refusal(Store, tmp_path / "other.sqlite")
    assert "is no address of a database" in refusal(Store, "nodatabase://user:secret@host/x")
    assert "secret" not in refusal(Store, "nodatabase://user:secret@host/x")
    start(place)
    assert "it holds: 1" in refusal(Campaign.open, place, 2)
    place.write_bytes(place.read_bytes()[:8192])
    assert "is damaged: SQLite cannot read it" in refusal(reopen, place)


def test_a_database_by_its_address_serves_like_a_file(place: Path):
    address = f"sqlite:///{place}"
    game = Campaign.start(COUNCIL, store=address, simulate=Model(), members=20)
    game.advance()
    assert reopen(place).turn == 2


def test_a_file_that_may_only_be_read_says_so(place: Path):
    start(place)
    game = Campaign.open(f"sqlite:///file:{place}?mode=ro&uri=true", 1, simulate=Model())
    words = refusal(game.decide, "lorries", "sell-lorries")
    assert "may be read but not written" in words and "nothing was changed" in words


@pytest.fixture
def locked(place: Path) -> Iterator[Campaign]:
    """A campaign in a file that another program is writing to."""
    store = Store(place, patience=0.1)
    game = Campaign.start(COUNCIL, store=store, simulate=Model(), members=20)
    with closing(rows(place)) as other:
        other.execute("begin immediate")
        yield game


def test_a_locked_database_says_so_and_keeps_nothing(locked: Campaign):
    words = refusal(locked.decide, "lorries", "sell-lorries")
    assert "is locked by another program" in words and "try again" in words
    assert locked.agenda == ["lorries"]


def test_one_who_was_overtaken_is_told(place: Path):
    first, second = start(place), reopen(place)
    first.decide("lorries", "sell-lorries")
    assert "already decided this turn" in refusal(second.decide, "lorries", "keep-lorries")
    first.advance()
    words = refusal(second.decide, "friendship", "befriend")
    assert "has moved on: it is turn 2" in words and "brief again" in words
    second.decide("friendship", "befriend")


@pytest.mark.parametrize("in_memory", [True, False])
def test_of_threads_that_decide_one_item_at_once_one_wins(place: Path, in_memory: bool):
    store = Store(None if in_memory else place)
    first = Campaign.start(COUNCIL, store=store, simulate=Model(), members=20)
    games = [Campaign.open(store, first.number, simulate=Model()) for _ in range(6)]
    ended, refused = decided_at_once(games)
    assert all("already decided this turn" in words for words in refused)
    assert len(ended) == 1
    assert [d["option"] for d in first.brief()["decided"]] == ended


# In the terminal.


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: Path) -> Any:
    """Plays with answers as typed; gives the status and what was printed."""
    import io

    def run(*arguments: str, answers: str = "") -> tuple[Any, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        with pytest.raises(SystemExit) as ending:
            main(("play", *arguments, "--store", str(place), "--members", "30"))
        out, err = capsys.readouterr()
        return ending.value.code or 0, out + err

    return run


def test_play_in_the_terminal_and_go_on_later(play: Any, untriggered: Path):
    status, out = play(str(untriggered), answers="7\n2\nh\nu\n2\n\n")
    assert status == 0
    assert "Turn 1, 30 Jun 1941" in out and "1. Sell nothing" in out
    assert "Midland, gold" in out and "The staff estimates Ostland" in out
    assert "Advice: " in out and "Answer: " in out
    assert 'There is no answer "7" here' in out
    assert "Taken back: lorries, sell-lorries" in out
    assert "Turn 2, 14 Jul 1941" in out and "The treaty (until 1941-10-06)" in out
    assert "sinews play --resume 1 --branch 1 --store" in out
    status, out = play("--resume", "1", answers="s\nb\n1\n1\nq\n")
    assert status == 0 and "Turn 2, 14 Jul 1941" in out and "monetary gold" in out
    assert "Branch 2; the other is kept." in out
    assert "Decided by Elder Brandt: keep-lorries" in out
    assert "--resume 1 --branch 2" in out
    status, out = play("--resume", "1", "--branch", "1", "--fork", "1")
    assert status == 0 and "branch 3" in out


def test_play_on_own_terms(play: Any, tmp_path: Path):
    path = tmp_path / "council.toml"
    path.write_text(COUNCIL.read_text("utf-8") + OPEN, "utf-8")
    answers = ("t", "?2 lorries.price=30 t", "2 lorries.price=90", "9 lorries.price=30", "3")
    answers += ("2 lorries.price=30 t; lorries.advance=50 %; ", "h", "q")
    status, out = play(str(path), answers="\n".join(answers) + "\n")
    assert status == 0 and "from 8 t to 40 t" in out and "What can be changed" in out
    assert "  - Sell lorries and steel, on own terms: lorries.price 30 t" in out, (
        "no answer's number"
    )
    assert 'There is no answer "3" here' in out
    assert "terms.lorries.price" in out and "it must be from 8 t to 40 t" in out
    assert 'There is no answer "9 lorries.price=30" here' in out
    chosen = "sell-lorries, with lorries.advance = 0.5; lorries.price = 30.0"
    assert f"Decided by Elder Brandt: {chosen}" in out
    assert f"  lorries: {chosen}, by Elder Brandt" in out


def test_of_what_either_is_or_is_not_play_says_how_often():
    from sinews.cli.playing import _compared

    level = {"title": "Moscow, in its own hands", "at": "1942-01-04", "unit": "1", "either": True}
    level |= {"median": 1.0, "low": 1.0, "high": 1.0}
    apart = {"difference_mean": -0.25, "difference_low": 0.0, "difference_high": 0.0}
    first = {"title": "Hold", "forecasts": [level | {"mean": 0.991}], "differences": []}
    other = {"title": "Go", "forecasts": [level | {"mean": 0.741}]}
    other["differences"] = [apart | {"difference_median": 0.0}]
    assert _compared([("1.", first), ("2.", other)], 0) == [
        ["Moscow, in its own hands, 1942-01-04, % of campaigns"],
        ["1. Hold", "99", "", "", ""],
        ["2. Go", "74", "", "\N{MINUS SIGN}25", ""],
    ]


def test_play_to_the_end(play: Any):
    status, out = play(str(COUNCIL), answers="2\n" + "\n" * 60)
    assert status == 0 and "The campaign is over." in out
    assert "What was forecast, and what happened" in out and "in the 90 % band" in out


def test_play_says_what_is_missing(play: Any):
    assert "is not given" in play()[1] and play()[0] == 2
    assert "cannot go with --resume" in play(str(COUNCIL), "--resume", "1")[1]
    assert "there is no such file" in play("--resume", "1")[1]


def test_an_interrupted_game_is_kept(play: Any, place: Path, monkeypatch: pytest.MonkeyPatch):
    answers = iter(["2"])

    def typed(words: str) -> str:
        for answer in answers:
            return answer
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", typed)
    status, out = play(str(COUNCIL))
    assert status == 130
    assert f"Kept. To go on: sinews play --resume 1 --branch 1 --store '{place}'" in out
    monkeypatch.undo()
    assert "already decided" not in out and "sell-lorries" in out


def test_the_real_week_replays_to_the_bit(place: Path, untriggered: Path):
    game = Campaign.start(untriggered, seed=3, store=place, members=30)
    game.brief()
    game.decide("lorries", "sell-lorries")
    game.advance()
    game.decide("friendship", "befriend")
    game.advance()
    again = Campaign.open(place, 1, members=30)
    assert again.seen() == game.seen()
    assert [turn["as_played"] for turn in again.history] == [True] * game.turn


def test_own_terms_are_carried_out_and_replay_to_the_bit(place: Path, tmp_path: Path):
    game = Campaign.start(haggling(tmp_path), seed=3, store=place, members=30)
    curve = game.curve("lorries", "lorries.price")
    gold = next(each for each in curve["measures"] if each["name"].startswith("gold:midland"))
    assert gold["rise"] == pytest.approx(32.0, abs=0.5)
    page = game.paper("lorries", {"lorries.price": 30, "lorries.until": "1941-09-08"})
    assert page is not None and page["near"] == 30 and page["advice"]
    plain = game.branch(1)
    game.decide("lorries", "sell-lorries", terms={"lorries.price": 30, "lorries.advance": 0.5})
    plain.decide("lorries", "sell-lorries")
    game.advance(4), plain.advance(4)
    paid = [g.seen()["series"]["gold"]["value"] for g in (game, plain)]
    assert paid[0] - paid[1] == pytest.approx(0.5 * 30 - 0.25 * 15.6, rel=0.2)
    again = Campaign.open(place, 1, branch=1, members=30)
    assert again.seen() == game.seen()
    assert [turn["as_played"] for turn in again.history] == [True] * game.turn
