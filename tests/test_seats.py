"""Who plays: seats with hidden orders, turns that all submit, rules alone, older campaigns."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from walks import COUNCIL, TWO, Model, forget, kept, refusal

from sinews.campaign import log
from sinews.campaign.played import Campaign
from sinews.campaign.seats import known
from sinews.campaign.snapshot import digests, snapshot_of
from sinews.campaign.store import Store
from sinews.errors import ScenarioError
from sinews.scenario import load

SEATS = ("midland", "ostland")
OWN = {
    "midland": {"lorries": ["keep-lorries", "sell-lorries"], "levy": ["small-levy", "great-levy"]},
    "ostland": {"stand": ["give-way", "stand-fast"], "treaty": ["no-treaty", "treaty"]},
}
FEW = 20


def both(model: Model | None = None, place: Path | None = None) -> tuple[Campaign, Campaign]:
    """A new campaign of two, from either seat."""
    model = model or Model()
    west = Campaign.start(TWO, store=place, members=FEW, simulate=model, powers=SEATS)
    return west, seat(west, "ostland", model)


def seat(game: Campaign, power: str, model: Model | None = None) -> Campaign:
    return Campaign.open(
        game.store, game.number, game.line, members=FEW, simulate=model or Model(), power=power
    )


def everything(game: Campaign) -> dict[str, Any]:
    """All that a seat can be told."""
    turns = range(1, game.turn + 1)
    heard = [item for items in OWN.values() for item in items]
    records = game.records()
    assert records is not None
    return {
        "stands": [game.turn, str(game.date), game.over, game.power, game.powers, game.title],
        "turns": [asdict(turn) for turn in game.turns],
        "submitted": game.submitted,
        "agenda": game.agenda,
        "branches": game.branches,
        "brief": game.brief(),
        "papers": [game.paper(item) for item in game.agenda],
        "old": [game.paper_of(turn, item) for turn in turns for item in heard],
        "refusals": [told(game.decide, item, "?") for item in heard],
        "record": [(r.names, r.values.tolist()) for t in turns if (r := game.record(t))],
        "records": (records.names, records.values.tolist()),
        "estimates": game.estimates(make=True),
        "seen": game.seen(),
        "history": game.history,
        "scores": game.scores(),
        "standing": game.standing,
    }


def told(call: Callable[..., Any], *arguments: Any) -> str:
    try:
        return str(call(*arguments))
    except ScenarioError as error:
        return str(error)


def words(game: Campaign) -> str:
    return json.dumps(everything(game), default=str)


def other(power: str | None) -> str:
    return SEATS[1 - SEATS.index(str(power))]


def named(game: Campaign) -> list[str]:
    """What of the other seat's council is named in anything that this one is told."""
    found = words(game)
    items = OWN[other(game.power)]
    every = [*items, *(option for options in items.values() for option in options)]
    return [name for name in every if f'"{name}"' in found or f": {name}" in found]


# Hidden orders.


def test_each_seat_hears_its_own_council():
    west, east = both()
    assert (west.power, east.power, west.powers) == ("midland", "ostland", SEATS)
    assert west.agenda == ["lorries", "levy"] and east.agenda == ["stand", "treaty"]
    assert "no item of the agenda has that name" in refusal(west.decide, "stand", "stand-fast")
    assert set(west.standing) == {"trade", "war"} and set(east.standing) == {"staff"}
    made = east.decide("stand", "stand-fast")
    assert (made["by"], made["power"]) == ("Marshal Ost", "ostland")
    assert Campaign.open(west.store, 1, simulate=Model()).power == "midland"
    assert Campaign.start(TWO, members=FEW, simulate=Model()).agenda == ["lorries", "levy"]


@pytest.mark.parametrize("luck", range(6))
def test_what_one_seat_decides_the_other_is_never_told(luck: int):
    chance = random.Random(luck)
    games = both()
    for _ in range(2):
        for _ in range(6):
            game = chance.choice(games)
            if game.agenda and chance.random() < 0.7:
                item = chance.choice(game.agenda)
                if chance.random() < 0.3:
                    game.brief([item])
                game.decide(item, chance.choice(OWN[str(game.power)][item]))
            else:
                told(chance.choice([game.undo, game.redo, game.reset]))
            if chance.random() < 0.3:
                assert not any(map(named, games))
        for game in games:
            game.submit()
        assert not any(map(named, games))
        games[0].advance()
    assert not any(map(named, games))
    games[0].branch(2)
    assert not any(named(seat(game, str(game.power))) for game in games)


def test_nothing_that_a_seat_is_told_depends_on_what_the_other_decided():
    answers: list[Any] = []
    for levy in OWN["midland"]["levy"]:
        west, east = both()
        west.decide("levy", levy)
        heard = [public(east)]
        west.submit(), east.submit()
        east.advance(1)
        answers.append([*heard, public(east)])
    assert answers[0] == answers[1]


def public(game: Campaign) -> dict[str, Any]:
    """What a seat is told, less the seals of entries (which hold the time of day)."""
    found = everything(game)
    for turn in found["turns"]:
        del turn["digest"]
    return found


def test_a_seat_knows_what_it_signed_once_the_turn_is_past():
    model = Model()
    west, east = both(model)
    west.decide("lorries", "sell-lorries")
    west.decide("levy", "great-levy")
    east.brief()
    assert not model.decided & {"sell-lorries", "great-levy"}
    west.submit(), east.submit()
    west.advance()
    east = seat(west, "ostland", model)
    east.decide("stand", "stand-fast")
    east.brief()
    east.estimates(make=True)
    assert "sell-lorries" in model.decided and "great-levy" not in model.decided
    model.decided.clear()
    west.brief()
    west.estimates(make=True)
    assert model.decided >= {"sell-lorries", "great-levy"} and "stand-fast" not in model.decided
    assert [
        d.option for d in known(west.scenario, east._journal.whole, "westland", west.date)
    ] == []


PARTS = {
    "own treaty": {"agreement": {"friendship": {}}},
    "own sale": {"contract": {"lorries": {}}},
    "secret treaty": {"agreement": {"pact": {}}},
    "secret sale": {"contract": {"steel": {}}},
    "levy": {"power": {"midland": {}}},
}


@pytest.mark.parametrize(
    ("parts", "knows"),
    [
        (["own treaty"], True),
        (["own sale"], True),
        (["own treaty", "own sale"], True),
        (["own treaty", "secret treaty"], False),
        (["own sale", "secret sale"], False),
        (["own treaty", "secret sale"], False),
        (["own sale", "secret treaty"], False),
        (["own treaty", "levy"], False),
        (["secret treaty"], False),
        (["levy"], False),
        ([], False),
    ],
)
def test_an_option_is_known_only_if_a_power_signs_all_of_it(parts: list[str], knows: bool):
    """Ostland's treaty and purchase stand beside Midland's with Westland."""
    plain = load(TWO)
    pact, sale = plain.agreements["friendship"], plain.contracts["lorries"]
    whole: dict[str, dict[str, Any]] = {}
    for part in parts:
        for table, rows in PARTS[part].items():
            whole.setdefault(table, {}).update(rows)
    option = plain.options["sell-lorries"].model_copy(update={"set": whole})
    scenario = replace(
        plain,
        agreements=plain.agreements
        | {"pact": pact.model_copy(update={"parties": ["midland", "westland"]})},
        contracts=plain.contracts | {"steel": sale.model_copy(update={"buyer": "westland"})},
        options=plain.options | {"sell-lorries": option},
    )
    west, east = both()
    west.decide("lorries", "sell-lorries")
    west.submit(), east.submit()
    west.advance()
    played = west._journal.whole
    heard = known(scenario, played, "ostland", west.date)
    assert [made.option for made in heard] == (["sell-lorries"] if knows else [])


def test_all_is_told_when_the_campaign_is_over():
    west, east = both()
    west.decide("levy", "great-levy")
    east.decide("stand", "stand-fast")
    while not west.over:
        west.submit(), east.submit()
        west.advance(11)
        east = seat(west, "ostland")
    for game in (west, east):
        assert {d.option for turn in game.turns for d in turn.decisions} == {
            "great-levy",
            "stand-fast",
        }
        record = game.record(1)
        assert record and {("midland",), ("ostland",), ("westland",)} == {*record.labels("gold")}
        assert [d["option"] for d in game.history[0]["decisions"]] == ["great-levy", "stand-fast"]
    assert all(row["item"] == "levy" for row in west.scores()["rows"])


def test_a_record_holds_what_its_seat_may_see():
    west, east = both()
    for game, own in ((west, "midland"), (east, "ostland")):
        record = game.record(1)
        assert record is not None
        assert record.labels("gold") == [(own,)]
        assert {power for power, _ in record.labels("force")} == {own}
        assert record.labels("front") == [("border",), ("steppe",)]
        assert record.labels("in_force") == [("friendship",)]
    third = load(TWO).with_options([])
    assert third.agreements["friendship"].parties == ["midland", "ostland"]


# Submitting a turn.


def test_a_turn_is_advanced_when_every_seat_has_submitted_it():
    west, east = both()
    assert "not submitted yet by Midland, Ostland" in refusal(west.advance)
    assert west.submit(key="w") == {"turn": 1, "ready": False}
    assert west.submit(key="w") == {"turn": 1, "ready": False}
    assert east.submitted == {"midland": True, "ostland": False}
    assert "not submitted yet by Ostland" in refusal(west.advance)
    for call in (west.undo, west.redo, west.reset, west.submit):
        assert "is submitted already" in refusal(call)
    assert "is submitted already" in refusal(west.decide, "levy", "great-levy")
    east.decide("stand", "give-way")
    assert east.submit() == {"turn": 1, "ready": True}
    made = east.advance(key="on")
    assert west.advance(key="on")["turn"] == made["turn"] == 2
    assert west.submitted == {"midland": False, "ostland": False}
    # A tab that still shows the first turn submits nothing of the second.
    assert west.submit(key="w") == {"turn": 1, "ready": True}
    assert west.submitted == {"midland": False, "ostland": False}


def test_one_who_plays_alone_need_not_submit():
    game = Campaign.start(COUNCIL, members=FEW, simulate=Model())
    assert game.submit() == {"turn": 1, "ready": True}
    assert "is submitted already" in refusal(game.decide, "lorries", "sell-lorries")
    assert game.advance()["turn"] == 2
    assert game.decide("lorries", "sell-lorries") and game.advance()["turn"] == 3
    game.advance(22 - 4)
    assert "campaign is over" in refusal(game.submit)


def test_a_tab_of_the_turn_before_is_told_so():
    west, east = both()
    late = seat(west, "midland")
    west.submit(), east.submit()
    west.advance()
    assert "has moved on: it is turn 2" in refusal(late.submit, key="old tab")
    assert not any(late.submitted.values())


# Taking back and putting back.


def test_redo_puts_back_what_was_undone_last_with_its_forecasts():
    west, east = both()
    west.brief()
    west.decide("lorries", "sell-lorries")
    west.decide("levy", "great-levy")
    east.decide("stand", "give-way")
    west.undo()
    west.undo()
    assert west.redo()["option"] == "sell-lorries"
    assert west.redo(key="r")["option"] == west.redo(key="r")["option"] == "great-levy"
    assert "nothing was taken back" in refusal(west.redo)
    (first, second) = west.turns[0].decisions
    assert first.forecasts and second.forecasts and west.turns[0].undone == ()
    assert [d.option for d in east.turns[0].decisions] == ["give-way"]


def test_nothing_is_put_back_once_something_else_is_decided():
    west, _ = both()
    west.decide("lorries", "sell-lorries")
    west.undo()
    west.decide("lorries", "keep-lorries")
    assert "since the last decision" in refusal(west.redo)
    west.undo()
    assert west.redo()["option"] == "keep-lorries"


def test_what_another_decides_keeps_nothing_from_being_put_back():
    west, east = both()
    west.decide("levy", "great-levy")
    west.undo()
    east.decide("stand", "give-way")
    assert west.redo()["option"] == "great-levy"
    assert "nothing was taken back" in refusal(east.redo)
    assert "nothing is decided" in refusal(seat(west, "ostland").branch(1).undo)


def test_reset_takes_back_all_own_decisions_in_one_entry():
    west, east = both()
    west.decide("lorries", "sell-lorries")
    east.decide("stand", "give-way")
    west.decide("levy", "great-levy")
    entries = len(west.store.log(1, 1))
    taken_back = west.reset(key="all")
    assert [d["option"] for d in taken_back] == ["great-levy", "sell-lorries"]
    assert west.reset(key="all") == taken_back
    assert len(west.store.log(1, 1)) == entries + 1
    assert west.agenda == ["lorries", "levy"] and east.agenda == ["treaty"]
    assert "nothing is decided" in refusal(west.reset)
    assert west.redo()["option"] == "sell-lorries" and west.redo()["option"] == "great-levy"


def test_a_key_of_another_seat_gives_away_nothing():
    west, east = both()
    west.decide("levy", "great-levy", key="k")
    west.undo(key="u")
    for words_ in (
        refusal(east.undo, key="u"),
        refusal(east.submit, key="k"),
        refusal(east.decide, "stand", "give-way", key="k"),
    ):
        assert (
            "is that of another call" in words_ and "levy" not in words_ and "entry" not in words_
        )
    assert "is that of another call: entry 2, undo" in refusal(
        west.decide, "levy", "great-levy", "u"
    )


def test_an_option_that_stands_against_what_is_hidden_is_refused_without_a_reason(
    tmp_path: Path,
):
    # The buyer has gold for either, not for both: no loan is signed that would bring more.
    text = TWO.read_text().replace('price = "15.6 t"', 'price = "280 t"')
    text = text.replace("value_broken = { ostland = -1 }", "")  # the treaty is signed for sure
    text += '[agreement.loan]\nparties = ["westland", "ostland"]\n'
    text += "gold = { ostland = 30, westland = -30 }\n"
    path = tmp_path / "two.toml"
    path.write_text(text)
    west = Campaign.start(path, members=FEW, simulate=Model(), powers=SEATS)
    east = seat(west, "ostland")
    west.decide("lorries", "sell-lorries")
    assert told(east.decide, "treaty", "treaty").count("something that is not known") == 1
    assert "lorries" not in told(east.decide, "treaty", "treaty")
    west.undo()
    assert east.decide("treaty", "treaty")


# Beginning.


def test_seats_that_cannot_be_are_refused():
    def begin(**how: Any) -> str:
        return refusal(Campaign.start, TWO, members=FEW, simulate=Model(), **how)

    assert "the agenda is another power's" in begin(powers=["midland", "westland"])
    assert "no power has that name" in begin(powers=["midland", "ostlund"])
    assert "has a seat already" in begin(powers=["midland", "midland"])
    assert "has no seat" in begin(powers=["midland"], power="ostland")
    alone = Campaign.start(TWO, members=FEW, simulate=Model(), power="ostland")
    assert alone.powers == ("ostland",) and alone.agenda == ["stand", "treaty"]
    words_ = refusal(seat, alone, "midland")
    assert "has no seat in this campaign" in words_ and "ostland" in words_


def test_a_campaign_is_started_once_for_a_key():
    store = Store()
    first = Campaign.start(TWO, store=store, simulate=Model(), members=FEW, key="a")
    again = Campaign.start(TWO, store=store, simulate=Model(), members=FEW, key="a")
    assert again.number == first.number and len(store.campaigns()) == 1


@pytest.mark.parametrize("scenario", [TWO, "eastern-front-1941"])
def test_by_rules_alone_all_is_seen_and_nothing_decided(scenario: Any):
    model = Model()
    game = Campaign.start(scenario, members=FEW, simulate=model, rules=True)
    assert (game.power, game.powers, game.agenda, game.standing) == (None, (), [], {})
    assert game.submitted == {} and game.brief()["agenda"] == [] and game.turn == 1
    assert "nobody plays" in refusal(game.submit)
    assert "no item of the agenda" in refusal(game.decide, "lorries", "sell-lorries")
    assert game.advance()["turn"] == 2 and game.advance()["turn"] == 3
    assert model.runs.count(range(game._side.member, game._side.member + 1)) == 2
    record = game.records()
    assert record and len(record.values) == (game.date - game.scenario.start).days // 7 + 1
    assert {power for (power,) in record.labels("gold")} == set(game.scenario.powers)
    assert set(game.seen()["series"]["gold"]["value"]) == set(game.scenario.powers)
    assert all(turn["as_played"] for turn in game.history) and game.history[0]["happened"]
    assert game.scores()["rows"] == [] and game.estimates(make=True) is None
    again = Campaign.open(game.store, game.number, simulate=None)
    assert again.power is None and again.turn == 3
    assert "played by rules alone" in refusal(
        Campaign.open, game.store, game.number, simulate=None, power="ussr"
    )


# What an older sinews wrote.


def old_entries(entries: Sequence[log.Entry]) -> list[log.Entry]:
    """Entries as version 1 had them: of one power, which went without saying."""
    out: list[log.Entry] = []
    for each in entries:
        gone = ("powers", "paper") if each.kind == "start" else ("power", "paper", "terms")
        said = {key: x for key, x in each.says.items() if key not in gone}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        bare = replace(each, version=1, text=text)
        out.append(replace(bare, digest=bare.sealed_after(out[-1].digest if out else "")))
    return out


def test_a_campaign_that_an_older_sinews_began_goes_on(tmp_path: Path):
    game = Campaign.start(COUNCIL, members=FEW, simulate=Model())
    game.brief()
    game.decide("lorries", "keep-lorries", key="d")
    game.undo(key="u")
    game.decide("lorries", "sell-lorries")
    game.advance()
    store = Store(tmp_path / "old.sqlite")
    snapshot = store_of(game)
    first, *rest = old_entries(game.store.log(1, 1))
    says = {key: x for key, x in first.says.items() if key not in digests(snapshot)}
    number = store.found(snapshot, digests(snapshot) | says)
    before = store.log(number, 1)[0]
    assert before.digest != first.digest  # it is sealed as of today
    with store._database.writing() as c:
        c.exec_driver_sql("delete from entry")
    for each in (first, *rest):
        store.append(number, each)
    old = Campaign.open(store, number, members=FEW, simulate=Model())
    assert (old.power, old.powers, old.turn) == ("midland", ("midland",), 2)
    assert old.record(1) is None and old.records() is None
    assert old.history == [
        turn | {"decisions": [d | {"power": "midland"} for d in turn["decisions"]]}
        for turn in game.history
    ]
    assert [turn["as_played"] for turn in old.history] == [True, True]
    assert old.record(1) is not None
    assert old.decide("lorries", "keep-lorries", key="d")["option"] == "keep-lorries"
    assert old.undo(key="u")["option"] == "keep-lorries"
    old.brief()
    old.decide("friendship", "stand-guard")
    assert old.advance()["turn"] == 3
    (kinds,) = {tuple(e.version for e in store.log(number, 1))}
    assert kinds == (1, 1, 1, 1, 1, 4, 4)


def store_of(game: Campaign) -> Any:
    return snapshot_of(load(COUNCIL), "2024-01-01T00:00:00+00:00")


# A program that dies.


def test_a_kill_between_an_entry_and_its_record_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "campaigns.sqlite"
    west, east = both(place=place)
    west.decide("lorries", "sell-lorries")
    west.submit(), east.submit()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(west.store, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            west.advance(key="on")
    again = Campaign.open(place, 1, members=FEW, simulate=Model(), power="ostland")
    assert again.turn == 2 and again.record(2) is None and again.record(1) is not None
    reads = Campaign.open(place, 1, simulate=None)
    assert "is not worked out yet" in refusal(reads.seen)
    assert west.advance(key="on")["turn"] == 2
    again.keep()
    whole = dict(kept(again, "record"))
    forget(place)
    again.decide("stand", "stand-fast")  # what is decided later changes nothing of before
    again.keep()
    assert dict(kept(again, "record")) == whole and len(whole) == 2
    assert reads.seen()["power"] == "midland"
