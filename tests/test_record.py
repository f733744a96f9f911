"""What is kept of a campaign: records, papers and estimates, and that reading simulates nothing."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from walks import COUNCIL, TWO, Model, forget, kept, refusal

from sinews.analysis.measures import asked
from sinews.analysis.run import measured
from sinews.campaign import fog
from sinews.campaign.played import Campaign
from sinews.campaign.record import Record, joined, packed, recorded, unpacked
from sinews.scenario import load

FEW = 20
NAMES = ("front:border", "front:steppe", "gold:midland", "lost:midland:tank")
VALUES = np.arange(12.0).reshape(3, 4)
UNITS = {"front": "km", "gold": "t", "lost": "items"}


def a_record(first: int = 5) -> Record:
    return Record(first, NAMES, VALUES, UNITS, dict.fromkeys(UNITS, "what it is"))


def start(place: Path | None = None, scenario: Path = COUNCIL, **how: Any) -> Campaign:
    return Campaign.start(scenario, store=place, members=FEW, simulate=Model(), **how)


# A record.


def test_a_record_is_read_by_name_and_week():
    record = a_record()
    assert record.of("gold:midland").tolist() == [2.0, 6.0, 10.0]
    assert record.at("gold:midland") == 10.0 == record.at("gold:midland", 7)
    assert record.at("front:border", 5) == 0.0 and (record.first, record.last) == (5, 7)
    assert record.labels("front") == [("border",), ("steppe",)]
    assert record.labels("lost") == [("midland", "tank")] and record.labels("made") == []
    assert record.unit("lost:midland:tank") == "items" and record.units["front"] == "km"
    assert record.until(6).last == 6 and record.since(6).first == 6
    with pytest.raises(KeyError):
        record.of("gold:ostland")
    with pytest.raises(IndexError, match="weeks 5 to 7"):
        record.at("gold:midland", 4)


def test_a_record_comes_back_from_its_bytes():
    record, notes = unpacked(packed(a_record(), {"print": "abc", "changed": [1]}))
    assert (record.first, record.names, record.units) == (5, NAMES, UNITS)
    assert record.values.tolist() == VALUES.tolist()
    assert notes == {"print": "abc", "changed": [1]}
    whole = joined([a_record(0), a_record(3)])
    assert whole.last == 5 and whole.of("front:border").tolist() == [0, 4, 8, 0, 4, 8]


def test_a_measure_of_a_record_is_that_of_an_ensemble():
    scenario = load(TWO)
    member = range(7, 8)
    trajectory = recorded(measured(scenario, [], member, 10, 1, keep=True))
    dates = ["@1941-07-14", "@1941-07-17", "@1941-06-02..1941-07-20", "@1941-06-20..1941-08-11"]
    words = [f"{name}{when}" for name in ("front:border", "casualties:ostland") for when in dates]
    measures = asked(words, scenario, scenario.weeks)
    chosen = measured(scenario, measures, member, 10, 1)["chosen"].values[:, 0]
    found = [trajectory.value(m.name, scenario.start) for m in measures]
    assert found == pytest.approx(chosen.tolist(), rel=1e-5) and len(found) == 8
    # Every column is a measure that a user could name, but for the laws.
    names = [name for name in trajectory.names if not name.startswith("imbalance")]
    assert [m.name for m in asked((f"{n}@1941-07-14" for n in names), scenario, 26)] == [
        f"{name}@1941-07-14" for name in names
    ]
    assert fog.knows("gold:midland", scenario, "midland")
    assert not fog.knows("gold:ostland", scenario, "midland")
    assert not fog.knows("imbalance:men", scenario, "midland")
    assert fog.knows("imbalance:men", scenario, None)


def test_turns_are_recorded_one_after_another(tmp_path: Path):
    game = start(tmp_path / "a.sqlite")
    assert [game.record(1).first, game.record(1).last] == [0, 4]  # type: ignore[union-attr]
    game.advance()
    game.advance(1)
    spans = [(r.first, r.last) for turn in (1, 2, 3) if (r := game.record(turn))]
    assert spans == [(0, 4), (5, 6), (7, 7)]
    whole = game.records()
    assert whole and len(whole.values) == 8 and "gold:midland" in whole.names
    assert "gold:ostland" not in whole.names
    assert game.records(until=2).last == 6  # type: ignore[union-attr]
    assert "must be from 1 to 3" in refusal(game.record, 4)
    assert "must be from 1 to 3" in refusal(game.records, 0)
    line = game.branch(2)
    assert line.record(2) is not None and len(kept(game, "record")) == 3
    line.advance(2)
    assert len(kept(game, "record")) == 4


def test_reading_takes_what_is_kept_and_simulates_nothing(tmp_path: Path):
    place = tmp_path / "a.sqlite"
    game = start(place)
    game.brief()
    game.decide("lorries", "sell-lorries")
    game.advance()
    reads = Campaign.open(place, 1, simulate=None)
    assert reads.seen() == game.seen() and reads.history == game.history
    assert reads.scores() == game.scores() and reads.standing == game.standing
    assert reads.paper_of(1, "lorries") == game.paper_of(1, "lorries") != None  # noqa: E711
    assert reads.estimates() is None and reads.paper("friendship") is None
    forget(place)
    reads = Campaign.open(place, 1, simulate=None)
    assert reads.record(1) is None and reads.records() is None
    assert "this program simulates nothing" in refusal(reads.seen)
    assert "this program simulates nothing" in refusal(reads.advance)
    assert "this program simulates nothing" in refusal(reads.brief)
    game.keep()
    assert reads.seen() == game.seen()


def test_readers_need_no_engine(tmp_path: Path):
    place = tmp_path / "a.sqlite"
    game = start(place, TWO, powers=["midland", "ostland"])
    game.brief()
    game.decide("lorries", "sell-lorries")
    game.estimates(make=True)
    game.submit()
    other = Campaign.open(place, 1, members=FEW, simulate=Model(), power="ostland")
    other.submit()
    game.advance()
    said = subprocess.run(
        [sys.executable, "-c", READING, str(place)], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


# Reads all there is and takes a decision; says which heavy libraries that took.
READING = """
import sys
from sinews.campaign.played import Campaign

game = Campaign.open(sys.argv[1], 1, simulate=None)
heard = [game.record(2), game.records(), game.history, game.scores(), game.seen()]
heard += [game.paper_of(1, "lorries"), game.estimates(1), game.standing, game.turns]
assert all(heard)
game.decide("levy", "great-levy")
game.undo()
game.redo()
heavy = ("jax", "xarray", "altair", "scipy", "sinews.analysis.measures")
print([name for name in heavy if name in sys.modules])
"""


# Papers.


def test_a_decision_keeps_what_was_shown_in_another_program(tmp_path: Path):
    place = tmp_path / "a.sqlite"
    worker, web = start(place), Campaign.open(place, 1, simulate=None)
    assert web.paper("lorries") is None
    (page,) = worker.brief()["agenda"]
    assert web.paper("lorries") == page
    web.decide("lorries", "sell-lorries")
    (made,) = worker.turns[0].decisions
    assert made.forecasts and {row["option"] for row in made.forecasts} == {"", "sell-lorries"}
    assert worker.history[0]["decisions"][0]["forecasts"] == page["options"][1]["forecasts"]
    assert worker.paper_of(1, "lorries") == page
    assert "already decided" in refusal(worker.paper, "lorries")
    worker.undo()
    assert worker.paper("lorries") == page  # what stood when it was heard stands again


def test_a_page_is_heard_anew_when_something_else_is_decided():
    game = start(scenario=TWO)
    first = game.brief()
    game.decide("lorries", "sell-lorries")
    assert game.paper("levy") is None
    again = game.brief(["levy"])["agenda"][0]
    assert again == game.paper("levy")
    game.undo()
    assert game.paper("levy") == first["agenda"][1]
    # What was shown before stays with a decision if nothing newer was.
    game.reset() if game.turns[0].decisions else None
    game.decide("levy", "small-levy")
    game.decide("lorries", "keep-lorries")
    assert all(made.forecasts for made in game.turns[0].decisions)


def test_a_page_is_made_once(tmp_path: Path):
    model = Model()
    game = Campaign.start(COUNCIL, members=FEW, simulate=model)
    game.brief()
    before = len(model.runs)
    assert game.brief() == game.brief() and len(model.runs) == before


def test_forecasts_of_the_next_turn_stand_apart():
    game = start()
    (page,) = game.brief()["agenda"]
    sell = page["options"][1]
    assert [row["at"] for row in sell["forecasts"]] == ["1941-10-20", "1941-10-20", "1941-09-29"]
    assert [row["at"] for row in sell["soon"]] == ["1941-07-14"] * 3
    assert {row["name"].partition("@")[0] for row in sell["soon"]} == {
        "gold:midland",
        "front:border",
        "lost:ostland:tank",
    }
    assert len(sell["differences"]) == 3
    game.decide("lorries", "sell-lorries")
    (made,) = game.history[0]["decisions"]
    assert made["soon"] == sell["soon"] and len(made["forecasts"]) == 3


class Enough(Exception):
    """Somebody asked to cancel."""


def test_progress_is_told_and_a_cancelled_brief_keeps_nothing():
    game = start(scenario=TWO)
    game.advance()
    heard: list[tuple[int, int, str]] = []
    game.brief(progress=lambda *told: heard.append(told))
    done = [told[0] for told in heard]
    assert done == sorted(done) and len({told[1] for told in heard}) == 1
    assert heard[-1][0] == heard[-1][1] > 0
    assert {told[2] for told in heard} >= {"The order for lorries", "The levy"}

    for late in range(1, len(heard)):
        again = start(scenario=TWO)
        again.advance()
        count = 0

        def stop(*_: Any) -> None:
            nonlocal count
            count += 1
            if count == late:  # noqa: B023
                raise Enough

        with pytest.raises(Enough):
            again.brief(progress=stop)
        whole = [again.paper(item) for item in again.agenda]
        pages = [page for page in whole if page]
        assert len(pages) < 2 and all(page["options"][1]["forecasts"] for page in pages)
        assert again.turn == 2 and len(again.store.log(1, 1)) == 2


# Estimates.


def test_estimates_are_bands_of_what_a_seat_may_know():
    game = start(scenario=TWO)
    assert game.estimates() is None
    made = game.estimates(make=True)
    assert made is not None and made == game.estimates()
    assert (made["turn"], made["date"], made["power"]) == (1, "1941-06-30", "midland")
    assert made["week"] == 4 and made["weeks"] == list(range(4, 27))
    assert made["dates"][0] == "1941-06-30" and len(made["members"]) == FEW == made["of"]
    names = [row["name"] for row in made["series"]]
    assert "gold:midland" in names and "front:border" in names
    assert not any("ostland" in name or "westland" in name for name in names)
    seen = game.records()
    assert seen is not None
    for row in made["series"]:
        bands = np.array([row[band] for band in ("low", "lower", "middle", "upper", "high")])
        assert bands.shape == (5, 23) and (np.diff(bands, axis=0) >= 0).all()
        assert np.shape(row["paths"]) == (5, 23)
        assert row["seen"] == pytest.approx(seen.of(row["name"]).tolist(), rel=1e-6)
    gold = next(row for row in made["series"] if row["name"] == "gold:midland")
    everyone = Model()(load(TWO), [], range(FEW), 26, 1)["gold"].sel(power="midland").values
    everyone = everyone.astype(float) + seen.at("gold:midland") - everyone[:, 4:5]
    levels = {"low": 0.05, "lower": 0.25, "middle": 0.5, "upper": 0.75, "high": 0.95}
    for band, level in levels.items():
        own = np.quantile(everyone[:, 4:], level, axis=0)
        assert gold[band] == pytest.approx(own.tolist(), rel=1e-6), band
    assert gold["paths"][1] == pytest.approx(everyone[FEW // 5, 4:].tolist(), rel=1e-6)
    days = [str(load(TWO).start + timedelta(weeks=week)) for week in made["weeks"]]
    assert made["dates"] == days
    assert (gold["title"], gold["unit"]) == ("Midland, gold", "")


def test_estimates_of_a_past_turn_are_those_of_its_day():
    game = start(scenario=TWO)
    then = game.estimates(make=True)
    game.decide("lorries", "sell-lorries")  # which they do not know of
    assert game.estimates() == then
    game.advance()
    assert game.estimates() is None and game.estimates(1) == then
    later = start(scenario=TWO)
    later.advance()
    assert later.estimates(1, make=True) == then
    heard: list[tuple[int, int, str]] = []
    assert later.estimates(2, lambda *told: heard.append(told), make=True)
    assert heard[-1][0] == heard[-1][1] == 2 * FEW


def test_the_real_week_is_read_as_it_was_simulated(tmp_path: Path):
    place = tmp_path / "a.sqlite"
    game = Campaign.start(TWO, store=place, members=24, powers=["midland", "ostland"])
    east = Campaign.open(game.store, 1, members=24, power="ostland")
    (page, _) = east.brief()["agenda"]
    assert page["answer"] and page["advice"]["ministers"] and page["options"][1]["differences"]
    east.decide("stand", "stand-fast")
    game.decide("lorries", "sell-lorries")
    east.submit(), game.submit()
    game.advance()
    made = east.estimates(make=True)
    assert made and any(row["name"] == "strength_seen:ostland:border" for row in made["series"])
    before = dict(kept(game, "record"))
    forget(place)
    game.keep()
    assert dict(kept(game, "record")) == before and len(before) == 2
    assert [turn["as_played"] for turn in game.history] == [True, True]
    assert east.scores()["rows"] and game.date == date(1941, 7, 14)
