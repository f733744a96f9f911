"""Standing orders between councils: their words, what they do, and whose they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from walks import COUNCIL, TWO, Model, refusal

from sinews.campaign import log
from sinews.campaign.played import Campaign
from sinews.campaign.truth import known_to
from sinews.cli import main
from sinews.scenario import Scenario, load_text
from sinews.scenario.compile import compile

FEW = 30


def attacker(**changed: str) -> Scenario:
    """The council's war from the seat of Westland, a week after it began, with some words of the
    text in place of others."""
    text = COUNCIL.read_text("utf-8").partition("[minister.trade]")[0]
    text = text.replace('player = "midland"', 'player = "westland"')
    text = text.replace("council = 1941-06-30", "council = 1941-06-09")
    for word, other in changed.items():
        text = text.replace(RAIL[word], other)
    return load_text(text.encode(), "attacker.toml")


RAIL = {"rail": 'power = "westland"\nkm = 800\ncapacity = "40 trains/day"'}
RHINE = '[[force]]\npower = "westland"\ntheatre = "rhine"\nmen = "300 k"\n\n'


def seated(model: Model | None = None, **how: Any) -> Campaign:
    return Campaign.start(attacker(), members=FEW, simulate=model or Model(), **how)


def seen(game: Campaign, name: str, *labels: str) -> Any:
    found = game.seen()["series"][name]["value"]
    for label in labels:
        found = found[label]
    return found


# What they do.


@pytest.fixture(scope="module")
def war() -> Campaign:
    """A war in the engine, nothing ordered yet."""
    return Campaign.start(attacker(), seed=3, members=FEW)


def test_an_order_to_hold_turns_an_attack_off(war: Campaign):
    halted, left = war.branch(1), war.branch(1)
    page = war.odds({"halt": ["border"]}, ["front:border"], weeks=6)
    (apart,) = page["options"][1]["differences"]
    assert -450 < apart["difference_mean"] < -250
    assert [option["title"] for option in page["options"]] == ["As it stands", "As ordered"]
    halted.order({"halt": ["border"]})
    halted.advance(6), left.advance(6)
    assert seen(left, "front", "border") > seen(halted, "front", "border") + 100
    # What is lifted is done as the script and the policy have it.
    lifted = war.branch(1)
    lifted.order({"halt": ["border"]})
    lifted.order({"lift": ["halt.border"]})
    lifted.advance(6)
    assert lifted.seen() == left.seen()


def test_an_order_ends_when_it_says(war: Campaign):
    short, never = war.branch(1), war.branch(1)
    short.order({"halt": ["border"], "until": "1941-06-16"})
    assert [row["until"] for row in short.orders()["standing"]] == ["1941-06-16"]
    never.order({"halt": ["border"]})
    short.advance(1), never.advance(1)
    assert short.orders()["standing"] == [] and short.seen() == never.seen()
    short.advance(4), never.advance(4)
    assert seen(short, "front", "border") > seen(never, "front", "border") + 15


@pytest.mark.parametrize(
    ("trains", "least", "most"), [(40, 100_000, 108_000), (20, 55_000, 75_000)]
)
def test_men_who_are_sent_arrive_as_trains_carry_them(trains: int, least: float, most: float):
    """Of 108,000 men that are sent in four weeks half the trains bring 64,000."""
    scenario = attacker(rail=RAIL["rail"].replace("40", str(trains)))
    text = scenario.content.decode().replace("[[force]]", RHINE + "[[force]]", 1)
    game = Campaign.start(load_text(text.encode(), "attacker.toml"), seed=3, members=FEW)
    left = game.branch(1)
    for each, men in ((game, "60 k"), (left, "0")):
        each.order({"send": {"rhine>border": men}, "draft": 0, "halt": ["border"]})
        each.advance(4)
    sent, come = (
        seen(one, "force", theatre) - seen(other, "force", theatre)
        for one, other, theatre in ((left, game, "rhine"), (game, left, "border"))
    )
    assert 105_000 < sent < 110_000 and least < come < most


def test_deliveries_are_suspended_and_resumed():
    """Of 3,000 lorries due by 6 October nothing comes while they are, and a penalty is owed."""
    game = Campaign.start(COUNCIL, seed=3, members=FEW)
    game.decide("lorries", "sell-lorries")
    stopped = game.branch(1)
    stopped.decide("lorries", "sell-lorries")
    stopped.advance(4), game.advance(4)
    stopped.order({"suspend": ["lorries"]})
    assert stopped.orders()["contracts"] == ["lorries"]
    stopped.advance(6), game.advance(6)
    had = [seen(g, "delivered", "lorries lorry") for g in (game, stopped)]
    assert had[0] > 1500 and had[1] < had[0] / 2
    gold = [
        seen(
            g,
            "gold",
        )
        for g in (game, stopped)
    ]
    assert gold[1] < gold[0]
    stopped.order({"resume": ["lorries"]})
    stopped.advance(6)
    assert seen(stopped, "delivered", "lorries lorry") > had[1] + 500


def test_hours_are_shared_out_by_item():
    game = Campaign.start(COUNCIL, seed=3, members=FEW)
    left = game.branch(1)
    game.order({"hours": {"lorry": 0.5}})
    game.advance(4), left.advance(4)
    made = [seen(g, "made", "lorry") for g in (game, left)]
    whole = game.scenario.with_options(['order:{"power": "midland", "hours": {"lorry": 0.5}}'])
    (row,) = compile(whole).world["programme"][4:5, 2]
    assert row[2] == pytest.approx(0.5 * 3e6 / 900) and made[0] > made[1]


def test_gold_that_is_kept_back_buys_nothing():
    sits = ["midland", "ostland"]
    west = Campaign.start(TWO, seed=3, members=FEW, powers=sits)
    west.decide("lorries", "sell-lorries")
    free = west.branch(1)
    free.decide("lorries", "sell-lorries")
    for game, order in ((west, {"gold_floor": "5000 t"}), (free, {"gold_floor": "10 t"})):
        east = Campaign.open(game.store, 1, game.line, members=FEW, power="ostland")
        east.order(order)
        assert east.orders()["standing"][0]["otherwise"] == "50 t"
        game.submit(), east.submit()
        game.advance(4)
    assert seen(west, "paid", "lorries lorry") == 0.0
    assert seen(free, "paid", "lorries lorry") > 1.0


def test_orders_are_values_and_no_shapes():
    plain = attacker()
    words = '{"power": "westland", "halt": ["border"], "send": {"rhine>border": "3 k"}}'
    ordered = plain.with_options([f"order:{words}@1941-06-09"])
    shapes = [{n: t.shape for n, t in compile(x).world.items()} for x in (plain, ordered)]
    assert shapes[0] == shapes[1]
    table = compile(ordered).world["script_attack"][:, 0, 0]
    assert table[0] == 1.0 and not table[1:].any()


def test_orders_replay_to_the_bit(tmp_path: Path):
    place = tmp_path / "store.sqlite"
    game = Campaign.start(attacker(), seed=3, members=FEW, store=place)
    game.order({"halt": ["border"], "draft": 0.5})
    game.advance()
    game.order({"attack": ["border"], "goal": {"border": "300 km"}})
    game.advance()
    again = Campaign.open(place, 1, members=FEW)
    assert again.seen() == game.seen() and again.orders() == game.orders()
    assert [turn["as_played"] for turn in again.history] == [True] * 3


# What they say.


def test_all_that_is_wrong_with_an_order_is_told_and_nothing_is_kept():
    game = seated()
    words = refusal(
        game.order,
        {
            "attack": ["steppe"],
            "goal": {"border": "5000 km"},
            "send": {"hills>border": 3, "rhine>border": "4 M"},
            "until": "1941-06-01",
            "from": "1941-06-02",
            "lift": ["draft"],
            "power": "ostland",
            "bilge": 2,
            "draft": 1.5,
            "hours": {"tank": 0.7, "lorry": "50 %", "booty tank": 0.1, "gun": 1},
            "suspend": ["lorries", "bilge"],
        },
    )
    for each in (
        'power "westland" does not fight there',
        "lies off the axis",
        "it must be from 0 km to 900 km",
        "that link belongs to another power",
        "more men than there are in rhine",
        "ends before it begins",
        "an order counts from 1941-06-09",
        "no such order stands",
        "a seat orders its own power",
        "no such key here",
        "1.5 is out of bounds",
        "this power has no plants that make it",
        "no item has that name",
        'its seller is "midland"',
        "no contract has that name",
    ):
        assert each in words, each
    for odd in ({}, "attack", {"draft": object()}, {"draft": float("nan")}, {"attack": "border"}):
        refusal(game.order, odd)
        refusal(game.odds, odd)
    beside = refusal(game.order, {"hours": {"tank": 0.7, "lorry": "50 %"}})
    assert "the shares of the hours of arms add up to 1.2" in beside
    refusal(game.odds, {"draft": 1}, ["bilge:x"])
    assert "whole number" in refusal(game.odds, {"draft": 1}, weeks=0)
    assert len(game.store.log(1, 1)) == 1
    game.advance(25)
    assert "the campaign is over" in refusal(game.order, {"draft": 1})
    rules = Campaign.start(COUNCIL, rules=True, simulate=Model(), members=FEW)
    assert "nobody plays" in refusal(rules.order, {"draft": 1})


def test_what_stands_is_told_with_what_would_be_otherwise():
    game = seated()
    made = game.order({"halt": ["border"], "evacuate": 0.5}, key="a")
    assert game.order({"halt": ["border"], "evacuate": 0.5}, key="a") == made
    assert "is that of another call" in refusal(game.order, {"draft": 1}, key="a")
    rows = {row["name"]: row["otherwise"] for row in game.orders()["standing"]}
    assert rows == {
        "halt.border": "attack, by the script",
        "evacuate": "as the policy opportunist decides",
    }
    game.advance()
    # Another order takes the place of what it is of, and of nothing else.
    game.order({"attack": ["border"], "declare": ["ostland"]})
    assert [x["name"] for x in game.orders()["standing"]] == [
        "evacuate",
        "attack.border",
        "declare.ostland",
    ]
    game.advance()
    # War is declared once.
    assert [x["name"] for x in game.orders()["standing"]] == ["evacuate", "attack.border"]
    assert [len(turn["orders"]) for turn in game.history] == [1, 1, 0]


# How they are kept.


def test_orders_are_undone_and_put_back_like_decisions(tmp_path: Path):
    place = tmp_path / "store.sqlite"
    game = Campaign.start(COUNCIL, members=FEW, store=place, simulate=Model())
    heard = game.brief()
    before = game.orders(), game.brief()
    game.decide("lorries", "sell-lorries")
    made = game.order({"draft": 0.5})
    assert game.brief([])["ordered"] == [made]
    assert game.undo() == made and game.brief([])["decided"][0]["item"] == "lorries"
    assert game.redo() == made
    assert [x.get("item", "order") for x in game.reset()] == ["order", "lorries"]
    assert (game.orders(), game.brief()) == before and heard == before[1]
    assert game.redo()["item"] == "lorries" and game.redo() == made
    game.advance()
    assert "nothing is decided in this turn" in refusal(game.undo)
    again = Campaign.open(place, 1, members=FEW, simulate=Model())
    assert again.orders() == game.orders() and again.history == game.history


def test_a_page_is_made_anew_once_something_is_ordered():
    game = Campaign.start(COUNCIL, members=FEW, simulate=Model())
    game.brief()
    assert game.paper("lorries") is not None
    game.order({"draft": 0.5})
    assert game.paper("lorries") is None
    # What is decided before an order is given is held to what follows from both.
    game.undo()
    game.decide("lorries", "sell-lorries")
    game.advance()
    game.order({"draft": 0.5})
    game.advance(20)
    assert {tuple(row["since"]) for row in game.scores()["rows"]} == {
        ("lorries", "orders"),
        ("orders",),
        (),
    }


def test_what_a_seat_orders_the_other_never_reads():
    def told(*orders: Any) -> list[Any]:
        west = Campaign.start(
            TWO, members=FEW, simulate=Model(), powers=["midland", "ostland"], power="midland"
        )
        east = Campaign.open(west.store, 1, members=FEW, simulate=Model(), power="ostland")
        out = []
        for each in orders:
            west.order(each)
        for _ in range(2):
            out += [east.orders(), east.brief(), east.seen(), east.estimates(make=True)]
            out += [[{**turn} for turn in east.history]]
            assert known_to(east.scenario, "ostland", east._journal.whole, east.date).orders == ()
            west.submit(), east.submit()
            west.advance()
        return out

    secret = told({"send": {"plain>steppe": 10}, "halt": ["steppe"]}, {"declare": ["ostland"]})
    assert json.dumps(secret) == json.dumps(told()) and "plain>steppe" not in json.dumps(secret)


def test_a_log_of_before_has_no_orders():
    says = {"on": "1941-06-09", "raised": [], "print": "", "power": "westland"}
    (turn,) = log.turns([log.entry(1, None, "start", says)])
    assert turn.acts == turn.orders == ()


# In the terminal.


def test_orders_in_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    import io

    place, path = str(tmp_path / "store.sqlite"), tmp_path / "attacker.toml"
    path.write_text(attacker().content.decode(), "utf-8")

    def run(*words: str, answers: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        with pytest.raises(SystemExit):
            main((*words, "--store", place, "--members", str(FEW)))
        said = capsys.readouterr()
        return said.out + said.err

    typed = ("o", "?o halt=border", "o halt=border; draft=0.5", "o", "o halt=steppe", "h", "u", "q")
    out = run("play", str(path), answers="\n".join(typed) + "\n")
    assert "No orders stand" in out and "Its links: rhine>border, border>rhine" in out
    assert "- As ordered: halt=border" in out
    assert "Ordered by Westland: draft=0.5; halt=border" in out
    assert "attack, by the script" in out and "does not fight there" in out
    assert "ordered: draft=0.5; halt=border, by Westland" in out
    assert "Taken back: order, draft=0.5; halt=border" in out
    made = json.loads(run("orders", "1", "halt=border", "send.rhine>border=2 k", "--json"))
    assert made["order"] == {"halt": ["border"], "send": {"rhine>border": "2 k"}}
    assert "send.rhine>border" in run("orders", "1")
    assert len(json.loads(run("orders", "1", "--json"))["standing"]) == 2
    asked = ("orders", "1", "draft=1", "--odds", "--weeks", "2", "--measure", "front:border")
    assert "As ordered: draft=1" in run(*asked)
    assert "lift=halt.border" in run("orders", "1", "lift=halt.border")
    assert len(json.loads(run("orders", "1", "--json"))["standing"]) == 1
