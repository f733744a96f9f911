"""Aims of powers, and the reckoning of a campaign that is over."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from haggling import haggling
from walks import COUNCIL, TWO, Model, kept, refusal

from sinews.analysis.aims import aims_of, valued
from sinews.analysis.scores import pit
from sinews.campaign.engine import SERVE
from sinews.campaign.log import Decision, Turn
from sinews.campaign.played import Campaign
from sinews.campaign.reckoning import Course, reckoned
from sinews.campaign.record import Record
from sinews.campaign.truth import Players
from sinews.cli import main
from sinews.scenario import Scenario, load_text

THEIRS = 'aims = { "gold:midland" = 1, "hostile:steppe" = -80 }'


def council(*changes: tuple[str, str]) -> Scenario:
    """The scenario of a council with other words in it."""
    text = COUNCIL.read_text()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return load_text(text.encode(), "council.toml")


def plain(scenario: Scenario, power: str) -> dict[str, tuple[float, str]]:
    return {a.measure.name[:-11]: (a.counts, a.each) for a in aims_of(scenario, power)}


def test_aims_are_what_the_scenario_says():
    found = council()
    assert plain(found, "midland") == {"gold:midland": (1.0, "t"), "hostile:steppe": (-80, "if so")}
    assert all(aim.given for aim in aims_of(found, "midland"))
    every = council((THEIRS, 'aims = { hostile = -7, "lost:midland" = -0.5 }'))
    assert plain(every, "midland") == {
        **{f"hostile:{axis}": (-7.0, "if so") for axis in ("border", "steppe")},
        **{f"lost:midland:{item}": (-0.5, "items") for item in found.items},
    }


def test_a_power_without_aims_has_a_default_that_is_said_to_be_one():
    """People and men by head: its own, and of those whom it fights at the start, nobody else's."""
    found = council((THEIRS, ""))
    west, midland = plain(found, "westland"), plain(found, "midland")
    assert west == {
        "irrecoverable:westland": (-1.0, "men"),
        "occupied:westland": (-1.0, "people"),
        "occupied:ostland": (1.0, "people"),
    }
    assert list(midland) == ["irrecoverable:midland", "occupied:midland"]  # at peace
    assert not any(aim.given for aim in aims_of(found, "midland"))
    values = np.array([[100.0, 0.0], [30.0, 0.0], [1000.0, 5.0]])
    assert valued(aims_of(found, "westland"), values).tolist() == [870.0, 5.0]


@pytest.mark.parametrize("given", [True, False])
def test_aims_stand_at_the_start_of_a_game(
    given: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "council.toml"
    file.write_text(council(*([] if given else [(THEIRS, "")])).content.decode())
    monkeypatch.setattr("builtins.input", lambda _: "q")
    with pytest.raises(SystemExit):
        main(("play", str(file), "--store", str(tmp_path / "c.sqlite"), "--members", "20"))
    out = capsys.readouterr().out.partition("Turn 1")[0]
    assert "Aims of Midland" in out
    assert ("Midland, gold" in out) == given == ("The scenario states none" not in out)
    first = Campaign.open(tmp_path / "c.sqlite", 1).aims[0]
    assert (first["counts"], first["given"]) == ((1.0, True) if given else (-1.0, False))


def test_show_says_by_whom_aims_are_given(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(("show", str(COUNCIL), "aim"))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "midland steppe, at war -80 if so the scenario" in lines
    assert any(line.startswith("westland") and line.endswith("states none") for line in lines)


# A game of the walking model: selling lorries and the treaty bring 50 t of gold each, on any luck.


class Walk(Model):
    """The model, with what a default aims at."""

    more: ClassVar[dict[str, tuple[str, ...]]] = {"occupied": ("power",), "hostile": ("axis",)}


GOLD = (THEIRS, 'aims = { "gold:midland" = 2 }')
TREATY = ('trigger = { measure = "front:border", above = "100 km" }\n', "")


def played(*choices: tuple[str, str], model: Walk | None = None, **how: Any) -> Campaign:
    """A campaign in which each of these is decided in a turn of its own, to its end."""
    found = council(GOLD, TREATY)
    game = Campaign.start(found, members=40, simulate=model or Walk(), **how)
    for item, option in choices:
        game.decide(item, option)
        game.advance(1)
    to_the_end(game)
    return game


def to_the_end(game: Campaign) -> None:
    while not game.over:
        left = (game.scenario.end - game.date).days // 7
        game.advance(min(left, 9))


SOLD, REFUSED = ("lorries", "sell-lorries"), ("friendship", "stand-guard")


def test_each_decision_is_turned_round_alone():
    found = played(SOLD, REFUSED).reckoning()
    sold, refused = found["decisions"]
    assert [other["option"] for other in sold["others"]] == ["keep-lorries", None]
    # Each aim as it would have been instead, and 2 for each of 50 t.
    for other in sold["others"]:
        (gold,) = other["differences"]
        assert gold["difference"] == pytest.approx(50.0, abs=1e-4)
        assert gold["instead"] == found["aims"][0]["is"] - gold["difference"]
        assert other["gain"] == 2 * gold["difference"]
    befriended, warily, none = refused["others"]
    assert befriended["gain"] == pytest.approx(-100.0, abs=1e-3)
    assert warily["gain"] == none["gain"] == 0.0
    assert (sold["gain"], refused["gain"]) == (sold["others"][0]["gain"], befriended["gain"])
    assert (sold["against"], none["title"]) == ("Sell nothing", "nothing decided")
    assert (found["best"]["item"], found["worst"]["item"]) == ("lorries", "friendship")
    assert found["worst"]["against"] == befriended["title"]
    # Whatever else was decided stays: the same gain where the treaty is signed.
    other = played(SOLD, ("friendship", "befriend")).reckoning()
    assert other["decisions"][0]["gain"] == pytest.approx(sold["gain"], abs=1e-3)
    assert other["best"] and other["worst"] is None


def test_what_could_not_have_been_had_is_told_and_judges_nothing():
    game = Campaign.start(council(GOLD, TREATY), members=40, simulate=Walk())
    game.advance(10)  # the tanks were to be delivered by then
    game.decide("friendship", "stand-guard")
    to_the_end(game)
    (made,) = game.reckoning()["decisions"]
    barred = made["others"][0]
    assert barred["option"] == "befriend" and "ends before it begins" in barred["barred"]
    assert barred["gain"] is None and barred["differences"] == [] and made["gain"] == 0.0


def test_own_terms_are_held_against_the_option_as_it_is(tmp_path: Path):
    game = Campaign.start(haggling(tmp_path), members=20, seed=3)
    game.decide(*SOLD, terms={"lorries.price": "30 t"})
    game.advance(1)
    to_the_end(game)
    (made,) = game.reckoning()["decisions"]
    assert made["terms"] == {"lorries.price": 30.0} and made["option_title"].endswith("own terms")
    assert [other["option"] for other in made["others"]] == ["keep-lorries", "sell-lorries", None]
    preset = game.branch(1)
    preset.decide(*SOLD)
    preset.advance(1)
    to_the_end(preset)
    record = preset.records()
    assert record is not None
    gold = made["others"][1]["differences"][0]
    assert gold["instead"] == record.at("gold:midland") and gold["difference"] > 1.0


def test_nothing_is_reckoned_while_a_campaign_runs(tmp_path: Path):
    place = tmp_path / "c.sqlite"
    model = Walk()
    game = Campaign.start(council(GOLD), store=place, members=40, simulate=model)
    game.decide(*SOLD)
    while not game.over:
        runs = len(model.runs)
        for turn in (None, 1):
            words = refusal(game.reckoning, turn)
            assert "while the campaign runs" in words and "1941-12-01" in words
        assert len(model.runs) == runs and kept(game, "reckoning") == []
        game.advance(min(8, (game.scenario.end - game.date).days // 7))
    assert game.reckoning(2)["turn"] == 2 and len(kept(game, "reckoning")) == 1
    # A branch shares the turn of which one is kept, and runs.
    again = game.branch(2)
    assert "while the campaign runs" in refusal(again.reckoning)
    assert "while the campaign runs" in refusal(again.reckoning, 2)


def test_an_earlier_turn_is_reckoned_as_things_stood_then():
    game = played(SOLD, REFUSED)
    found = game.reckoning(2)
    record = game.records(2)
    assert record is not None
    assert (found["turn"], found["from"], found["date"]) == (2, "1941-06-30", "1941-07-07")
    assert [made["item"] for made in found["decisions"]] == ["lorries"]
    (gold,) = found["aims"]
    assert (gold["was"], gold["is"]) == (record.at("gold:midland", 4), record.at("gold:midland"))
    assert gold["makes"] == 2 * (gold["is"] - gold["was"]) and gold["went"] == "furthered"
    assert game.reckoning(1)["decisions"] == [] and game.reckoning(1)["value"] == 0.0
    for odd in (99, 1.5, "x", True, [1]):
        assert "must be from 1 to" in refusal(game.reckoning, odd)


def test_luck_is_the_place_among_members_to_whom_the_same_was_decided():
    model = Walk()
    game = played(SOLD, model=model)
    luck = game.reckoning()["luck"]
    scenario = game.scenario.with_options(["sell-lorries@1941-06-30"])
    (aim,) = aims_of(scenario, "midland")
    (others,) = model.ensemble(scenario, [aim.measure], SERVE, 26, 1, lambda _: None)
    (gold,) = luck["aims"]
    assert luck["members"] == SERVE and gold["median"] == np.median(others)
    assert gold["better_than"] == luck["value"]["better_than"] == pit(others, gold["is"])
    assert 0.0 < gold["better_than"] < 1.0
    # Of what is unwelcome the fewer the better.
    loath = Campaign.start(
        council((THEIRS, 'aims = { "gold:midland" = -1 }')), members=40, simulate=Walk()
    )
    loath.decide(*SOLD)
    to_the_end(loath)
    (less,) = loath.reckoning()["luck"]["aims"]
    assert less["better_than"] == pytest.approx(1.0 - gold["better_than"])


def test_a_reckoning_is_made_once_and_told_how_far_it_is(tmp_path: Path):
    place = tmp_path / "c.sqlite"
    told: list[tuple[int, int]] = []
    game = played(SOLD, REFUSED, store=place)
    found = game.reckoning(progress=lambda done, of, _: told.append((done, of)))
    # As it was played; two and three others; the ensemble.
    runs = 1 + 5 + SERVE
    assert told[0] == (1, runs) and told[-1] == (runs, runs)
    # It is the same whoever asks for it, by however many members the staff looks ahead.
    for members in (40, 41):
        assert Campaign.open(place, 1, members=members, simulate=None).reckoning() == found


def test_other_seats_decisions_are_told_and_ones_own_turned_round():
    seats, model = ("midland", "ostland"), Walk()
    west = Campaign.start(
        load_text(
            TWO.read_bytes()
            .replace(b', "front:border" = -0.5, "hostile:steppe" = -60', b"")
            .replace(b', "hostile:steppe" = -80', b""),
            "two.toml",
        ),
        members=20,
        simulate=model,
        powers=seats,
    )
    east = Campaign.open(west.store, 1, members=20, simulate=model, power="ostland")
    west.decide("levy", "great-levy")
    west.decide(*SOLD)
    east.decide("stand", "give-way")
    for game in (west, east):
        game.submit()
    west.advance(22)
    ours, theirs = west.reckoning(), east.reckoning()
    # Those of one turn are turned round one at a time.
    assert [d["item"] for d in ours["decisions"]] == ["levy", "lorries"]
    assert [round(d["gain"], 3) for d in ours["decisions"]] == [0.0, 50.0]
    assert [d["item"] for d in theirs["decisions"]] == ["stand"]
    told = {side["power"]: side for side in ours["others"]}
    assert list(told) == ["westland", "ostland"]
    (made,) = told["ostland"]["decisions"]
    assert (made["item"], made["option"]) == ("stand", "give-way")
    assert told["westland"]["decisions"] == [] and not told["westland"]["aims"][0]["given"]


def test_without_players_every_power_is_told():
    book = Campaign.start(council(GOLD), simulate=Walk(), members=20, rules=True)
    assert "while the campaign runs" in refusal(book.reckoning)
    book.advance(22)
    found = book.reckoning()
    assert found["power"] is None and found["decisions"] == found["aims"] == []
    assert [side["power"] for side in found["others"]] == ["westland", "ostland", "midland"]


# What a side wanted, paid and believed, from numbers by hand.


def test_aims_are_met_and_paid_for_as_the_record_has_it():
    aims = '"gold:ostland" = 2, "held:Ostburg" = 90, "hostile:steppe" = -60, "held:Tarn" = 5'
    old = '"gold:ostland" = 1, "front:border" = -0.5, "hostile:steppe" = -60'
    found = council((old, aims))
    weeks = {
        "gold:ostland": (330.0, 310.0),
        "held:Ostburg": (1.0, 0.0),
        "held:Tarn": (1.0, 1.0),
        "held:Plain": (1.0, 0.0),  # another's
        "hostile:steppe": (0.0, 0.0),
        "killed:ostland": (1000.0, 5000.0),
        "killed:westland": (0.0, 70.0),
        "lost:ostland:tank": (10.0, 60.0),
        "captured_men:ostland": (7.0, 7.0),
        "broken:friendship": (0.0, 1.0),
        "in_force:friendship": (0.0, 1.0),
        "paid:lorries lorry": (0.0, 12.0),
        "paid:booty booty tank": (3.0, 3.0),
        "strength_seen:ostland:border": (2e5, 4e5),
        "strength:westland:border": (4e5, 2e5),
        "strength_seen:ostland:steppe": (9e4, 9e4),
        "strength:midland:steppe": (9e4, 500.0),  # too few to tell
        **dict.fromkeys(("irrecoverable:westland", "occupied:westland"), (0.0, 0.0)),
        **dict.fromkeys(("occupied:ostland", "gold:midland"), (0.0, 0.0)),
    }
    units = {name.partition(":")[0]: "t" for name in weeks}
    record = Record(4, tuple(weeks), np.array(list(weeks.values())).T, units, units)
    first, last = date(1941, 6, 30), date(1941, 7, 7)
    signs = Decision(2, 1, first, "midland", "friendship", "befriend", "", None, None)
    turns = [
        Turn(1, first, 1, "", (), "", (signs,)),
        Turn(2, last, 3, "", (), ""),
    ]
    course = Course(cast(Players, None), replace(found, played=()), turns, record)
    side = next(x for x in reckoned(course, None, {})["others"] if x["power"] == "ostland")
    assert [(a["measure"], a["went"], a["makes"]) for a in side["aims"]] == [
        ("gold:ostland", "set back", -40.0),
        ("held:Ostburg", "not met", -90.0),
        ("hostile:steppe", "met", 0.0),
        ("held:Tarn", "met", 0.0),
    ]
    assert side["value"] == -130.0
    assert {row["measure"]: row["value"] for row in side["paid"]} == {
        "killed:ostland": 4000.0,
        "lost:ostland:tank": 50.0,
        "gold:ostland": 20.0,
        "paid:lorries lorry": 12.0,
        "held:Ostburg": 1.0,
        "broken:friendship": 1.0,
        "settled:friendship:gold": 6.0,
    }
    border, steppe = side["beliefs"]
    assert (border["believed"], border["true"]) == (4e5, 2e5)
    # Half of it in one week, twice as much in the next: a factor of two off either way.
    assert border["factor"] == pytest.approx(2.0) and steppe["factor"] == 1.0


# The real week: a decision that loses the peace.

ATTACK = (
    '[option.stand-guard]\ntitle = "No treaty"',
    '[option.stand-guard]\ntitle = "Attack Ostland"\nset.power.midland.script = '
    '[{ from = "decided", until = 1941-12-01, attack = ["steppe"] }]',
)


@pytest.fixture(scope="module")
def warlike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a campaign in which Midland attacks and loses its peace."""
    folder = tmp_path_factory.mktemp("warlike")
    game = Campaign.start(council(ATTACK, TREATY), seed=3, store=folder / "c", members=20)
    for item, option in (("lorries", "keep-lorries"), ("friendship", "stand-guard")):
        game.decide(item, option)
        game.advance(1)
    to_the_end(game)
    return folder / "c"


def test_the_decision_that_loses_the_peace_is_the_worst_by_what_a_replay_has(warlike: Path):
    game = Campaign.open(warlike, 1, members=20)
    found = game.reckoning()
    worst = found["worst"]
    assert (worst["item"], worst["option"]) == ("friendship", "stand-guard")
    assert (found["best"], len(found["decisions"])) == (None, 2)
    befriended, _, none = worst["others"]
    # Turned round it is, to the bit, what a branch that decides so is played to.
    for other in (befriended, none):
        branch = game.branch(2)
        if other["option"]:
            branch.decide("friendship", other["option"])
        to_the_end(branch)
        record = branch.records()
        assert record is not None
        for row in other["differences"]:
            assert row["instead"] == record.at(row["measure"])
    gold, war = befriended["differences"]
    assert (war["measure"], war["difference"]) == ("hostile:steppe", 1.0)
    assert worst["gain"] == befriended["gain"] == gold["difference"] - 80.0
    assert worst["against"] == "The treaty, and the captured tanks"
    assert none["gain"] == pytest.approx(-80.0, abs=1e-3)


def test_a_reckoning_on_the_screen(warlike: Path, capsys: pytest.CaptureFixture[str]):
    def said(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ending:
            main(("reckoning", *words, "--store", str(warlike)))
        out, err = capsys.readouterr()
        return int(ending.value.code or 0), out + err

    status, out = said("1", "--branch", "1")
    assert status == 0 and "The worst decision: The treaty, Attack Ostland, 1941-07-07." in out
    assert "Exact on this one luck, and no odds" in out and "Believed, and true" in out
    found = json.loads(said("1", "--branch", "1", "--turn", "2", "--json")[1])
    assert found["turn"] == 2 and found["decisions"][0]["item"] == "lorries"
    assert said("7")[0] == 2 and "none of that number" in said("7")[1]
    assert "has not been played" in said("1", "--branch", "1", "--turn", "40")[1]
    running = Campaign.open(warlike, 1, 1, fork=2)
    status, out = said("1", "--branch", str(running.line))
    assert status == 2 and "while the campaign runs" in out and "Traceback" not in out
