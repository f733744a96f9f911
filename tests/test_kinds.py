"""Scenarios that have nothing of a kind: no sector, item, front, link, force, place, treaty...

All of them run. That a week can be worked out is found by tracing it, which compiles nothing; the
barest scenario of all is run, read, played and looked at.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from visitor import Visitor

from sinews.campaign.ledger.books import BOOKS
from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.cli import main
from sinews.cli.reading import PAGES
from sinews.engine.record import opened, written
from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.council import step_of
from sinews.model.state import State
from sinews.model.week import WEEK, advance
from sinews.model.world import World
from sinews.policies import POLICIES
from sinews.scenario import load_text
from sinews.scenario.compile import Compiled, compile

HEAD = """
title = "Kinds"
start = 1941-06-02
weeks = 12
source = "s"
kind = "story"
[sources]
s = "Made up for tests."
"""

PIECES = {
    "sector": '[sector.mill]\nmakes = "steel"',
    "item": "[item.gun]\nweight = 2\nestablishment = 0.01\ntrains = 0.02\narmour = 1",
    "front": """[theatre.line]\nfront = 0\nwest = ["a"]\neast = ["b"]
        place = [{ name = "P", km = -100 }, { name = "Q", km = 100 }]""",
    "link": """[theatre.spare]\npower = "a"
        [[link]]\nfrom = "home-a"\nto = "spare"\npower = "a"
        km = 100\ncapacity = "10 trains/day" """,
    "force": '[[force]]\npower = "a"\ntheatre = "home-a"\nmen = "50 k"\n'
    '[[force]]\npower = "b"\ntheatre = "home-b"\nmen = "40 k"',
    "season": '[[season]]\nname = "mud"\nfrom = "06-10"\nuntil = "07-10"\npace = 0.3',
    "place": '[[theatre.home-a.place]]\nname = "Town"\npeople = "1 M"',
    "route": '[route.road]\ncapacity = "10 trains/day"\nweeks = 1',
    "agreement": """[agreement.pact]\nparties = ["a", "b"]
        signed = 1941-06-09\ngold = { a = "1 t", b = "-1 t" }""",
}

LOTS = """
[price]
gun = "1 kg"
steel = "0.4 kg"
[contract.sale]
seller = "a"
buyer = "b"
goods = { gun = 50, steel = "1 kt" }
price = "2 t"
stock = true
route = "road"
from = 1941-06-09
until = 1941-07-28
signed = 1941-06-09
"""
"""Stands where there are guns, steel and a road."""


def power(name: str, policy: str) -> str:
    return f"""
[power.{name}]
policy = "{policy}"
reserve_theatre = "home-{name}"
manpower = {{ pool = "100 k", reserve = "20 k", mobilise = "2 k a week", raise = "2 k a week" }}
stock = {{ gold = "9 t" }}
[theatre.home-{name}]
power = "{name}"
"""


TWO = power("a", "opportunist") + power("b", "cautious")


def having(kinds: Collection[str], powers: str = TWO) -> str:
    """A scenario with something of these kinds and nothing of any other."""
    lots = LOTS if {"sector", "item", "route"} <= {*kinds} else ""
    return "\n".join([HEAD, powers, *(PIECES[kind] for kind in kinds), lots])


def traced(compiled: Compiled) -> Any:
    """The shapes of a week's row of numbers: the week is traced, and not compiled."""
    state = State(**{**compiled.state, "week": np.int32(0)})
    world = World(Coefficients(**dict.fromkeys(COEFFICIENTS, np.float32(0.5))), **compiled.world)
    followed = [POLICIES[p.policy] for p in compiled.scenario.powers.values()]
    week = WEEK | {"council": step_of(followed)}

    def row(state: State, world: World) -> Any:
        return written(advance(state, world, jax.random.key(0), week), opened(state), world)

    return jax.eval_shape(row, state, world)


# Without a force or a season no array is empty: of those, the barest scenario below has none.
@pytest.mark.parametrize(
    "kind", ["", *(kind for kind in PIECES if kind not in ("force", "season"))]
)
def test_a_week_can_be_worked_out_with_all_kinds_but_one(kind: str):
    text = having([each for each in PIECES if each != kind])
    assert traced(compile(load_text(text.encode(), "kinds.toml"))).ndim == 1


@pytest.fixture
def barest(tmp_path: Path) -> str:
    """The file of two neighbours who have men and nothing else."""
    file = tmp_path / "barest.toml"
    file.write_text(having(()), "utf-8")
    return str(file)


def test_a_power_alone_has_weeks_too():
    alone = having((), power("a", "opportunist"))
    assert traced(compile(load_text(alone.encode(), "alone.toml"))).ndim == 1


COMMANDS = (
    ("check",),
    ("run", "--measure", "untrained", "--weeks", "4"),
    ("run", "--weeks", "4", "--out", "OUT"),
    ("replay", "--member", "0", "--weeks", "4"),
    ("replay", "--member", "0", "--week", "4"),
    ("chronicle", "--weeks", "6", "--out", "OUT.md"),
    ("doubts",),
    ("sources",),
    *(("show", page) for page in PAGES),
)
NOTHING_TO_ANSWER = {
    ("brief",): "write [[agenda]] rows",
    ("curve", "it", "pact.until"): "write [[agenda]] rows",
    ("plan",): "the file states none",
    ("border", "line", "--warning", "2", "--reserve", "0"): "no axis has that name",
    ("replace", "a", "gun"): "no item has that name",
    ("worth", "pact"): "this scenario has none",
    ("advice", "it"): "write [[agenda]] rows",
    ("compare", "--options", "it"): "none is defined yet",
    ("calibrate",): "write [[expect]] rows",
    ("assimilate", "--until", "1941-07-01"): "write [[expect]] rows",
    ("scorecard", "--truth", "none"): "name a file with [[expect]] rows, or a folder of such",
}


def test_every_command_takes_the_barest_scenario_or_says_what_to_add(
    barest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Two powers with men and nothing else: neither equipment nor works, front nor rails."""
    out = str(tmp_path / "out")

    def ended(verb: str, *words: str) -> tuple[object, str]:
        few = ("--members", "4") if verb in ("check", "run") else ()
        with pytest.raises(SystemExit) as ending:
            main([verb, barest, *few, *(word.replace("OUT", out) for word in words)])
        printed, complained = capsys.readouterr()
        return ending.value.code or 0, complained or printed

    for words in COMMANDS:
        assert ended(*words)[0] == 0, words
    for words, remedy in NOTHING_TO_ANSWER.items():
        status, says = ended(*words)
        assert status == 2 and remedy in says, (words, says)


def test_the_barest_scenario_has_men_and_keeps_them():
    import sinews

    found = load_text(having(()).encode(), "barest.toml")
    run = sinews.simulate(found, members=4, weeks=4, keep=True)
    assert float(run["imbalance_worst"].max()) < 1e-6
    first, last = (run["untrained"].sel(power="a").isel(week=week) for week in (0, -1))
    assert (first == 100e3).all() and (last == first).all(), "nobody calls them up"
    ready, formed = (run[name].sel(power="a").isel(week=-1) for name in ("ready", "formed"))
    assert not ready.any() and not formed.any(), "nor reservists, at peace"
    called = "[[power.a.script]]\nfrom = 1941-06-02\nuntil = 1941-08-25\ndraft = 1"
    mobilised = load_text(having(()).encode() + called.encode(), "barest.toml")
    run = sinews.simulate(mobilised, members=4, weeks=4, keep=True)
    ready, formed = (run[name].sel(power="a").isel(week=-1) for name in ("ready", "formed"))
    assert (formed > 0.0).all(), "units form, as nothing is wanted for them"
    assert (ready + formed).values == pytest.approx(8e3)


def test_the_barest_scenario_is_played_and_every_page_of_it_is_shown(barest: str, tmp_path: Path):
    store = Store(tmp_path / "campaigns.sqlite")
    game = Campaign.start(barest, store=store, power="a", members=4)
    game.advance()
    reader = Visitor(store)
    for page in (
        *("map", "council", "estimates", "contents", "branches", "runs", "export", "seats"),
        *("chronicle/1", "chronicle/2", "theatre/home-a", "number/untrained:a"),
        *(f"ledger/{book}" for book in BOOKS),
    ):
        for turn in ("", "?at=1"):
            status = reader.get(f"/c/1/1/{page}{turn}").status_code
            assert status in (200, 303), page
    store.close()
