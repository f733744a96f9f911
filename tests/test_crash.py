"""A played campaign under kill -9 and under two players at once: nothing acknowledged is lost.

The players here are processes that simulate nothing: `still` stands for the engine, so that they
never load JAX and hundreds of them can be started and killed.
"""

import multiprocessing as mp
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sinews.campaign import log
from sinews.campaign.engine import Truth
from sinews.campaign.played import Campaign
from sinews.campaign.record import Record
from sinews.campaign.store import Store
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load_text

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"
KILLS, KILLS_A_STORE = 48, 6
# The players' parent is a process of its own, which has loaded what they need once, and no JAX.
LIGHT = mp.get_context("forkserver")
LIGHT.set_forkserver_preload(
    ["pytest", "sinews.campaign.played", "sqlalchemy.dialects.sqlite", "sqlite3"]
)


class Still:
    """A campaign in which nothing moves."""

    def record(self, truth: Truth, weeks: int) -> Record:
        fronts = [name for name, theatre in truth.scenario.theatres.items() if theatre.axis]
        values, names = np.zeros((weeks + 1, len(fronts))), tuple(f"front:{x}" for x in fronts)
        return Record(0, names, values, {"front": "km"}, {"front": ""})


still: Any = Still()


def council() -> Scenario:
    """The council's scenario, its items coming up by date alone."""
    lines = COUNCIL.read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("trigger"))
    return load_text(text.encode(), "council.toml")


def play(place: Path, say: Connection) -> None:
    """Play for ever, and say of each entry that it is kept, once the call has returned."""
    store = Store(place)
    if store.campaigns():
        game = Campaign.open(store, 1, simulate=still)
    else:
        game = Campaign.start(council(), store=store, simulate=still)
    luck = random.Random(os.getpid())

    def kept() -> None:
        last = store.log(game.number, game.line)[-1]
        say.send((game.line, last.number, last.digest))

    kept()
    options = {"lorries": ["keep-lorries", "sell-lorries"], "friendship": ["befriend"]}
    while True:
        for item in game.agenda:
            try:
                game.decide(item, luck.choice(options[item]), key=str(luck.random()))
            except ScenarioError:
                continue  # goods that would be due before they are ordered: nothing is kept
            kept()
            if luck.random() < 0.8:
                game.undo()
                kept()
        if game.over:
            game = game.branch(1)
        else:
            game.advance(1)
        kept()


def killed(place: Path, luck: random.Random) -> list[tuple[int, int, str]]:
    """The entries that a player acknowledged before it was killed, at any moment."""
    hear, say = LIGHT.Pipe(duplex=False)
    player = LIGHT.Process(target=play, args=(place, say), daemon=True)
    player.start()
    say.close()
    # Some are killed before they have opened the store.
    heard = [hear.recv() for _ in range(luck.randint(0, 8))]
    time.sleep(luck.uniform(0.0, 0.04))
    assert player.pid is not None and player.is_alive(), "it ended by itself"
    os.kill(player.pid, signal.SIGKILL)
    player.join()
    with suppress(EOFError):
        while hear.poll():
            heard.append(hear.recv())
    hear.close()
    return heard


def hunted(place: Path) -> tuple[int, int]:
    """How many entries players acknowledged, each killed in turn, and how many of them are lost."""
    luck = random.Random(place.name)
    heard: list[tuple[int, int, str]] = []
    kept: set[tuple[int, int, str]] = set()
    for _ in range(KILLS_A_STORE):
        heard += killed(place, luck)
        if place.exists():
            kept = _kept(place)
    lost = sum(entry not in kept for entry in heard)
    return len(heard), lost


def _kept(place: Path) -> set[tuple[int, int, str]]:
    """The entries of every branch, each branch found sound."""
    store, found = Store(place), set[tuple[int, int, str]]()
    for campaign in store.campaigns():
        for branch in store.branches(campaign):
            entries = store.log(campaign, branch.number)
            log.checked_entries(store.name, campaign, branch.number, entries)
            # As the player on that branch sees it, what it shares with another included.
            found |= {(branch.number, e.number, e.digest) for e in entries}
    return found


def test_no_acknowledged_decision_is_lost_when_the_player_is_killed(tmp_path: Path):
    places = [tmp_path / f"{number}.sqlite" for number in range(KILLS // KILLS_A_STORE)]
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(hunted, places))
    acknowledged, lost = (sum(counts) for counts in zip(*ends, strict=True))
    print(f"{KILLS} kills, {acknowledged} entries acknowledged, {lost} lost")
    assert lost == 0 and acknowledged > 3 * KILLS


def race(place: Path, option: str, gate: Any, say: Connection) -> None:
    """Decide one item when the other does, and say what came of it."""
    game = Campaign.open(place, 1, simulate=still)
    gate.wait()
    try:
        game.decide("lorries", option)
        say.send("")
    except ScenarioError as error:
        say.send(str(error))


@pytest.mark.parametrize("_", range(8))
def test_of_two_processes_that_decide_at_once_one_wins(tmp_path: Path, _: int):
    place = tmp_path / "campaigns.sqlite"
    game = Campaign.start(council(), store=place, simulate=still)
    hear, say = LIGHT.Pipe(duplex=False)
    gate = LIGHT.Barrier(2)
    players = [
        LIGHT.Process(target=race, args=(place, option, gate, say))
        for option in ("sell-lorries", "keep-lorries")
    ]
    for player in players:
        player.start()
    ends = [hear.recv() for player in players]
    for player in players:
        player.join()
    assert sorted(bool(end) for end in ends) == [False, True]
    assert 'already decided this turn: "' in max(ends)
    assert len(game.store.log(1, 1)) == 2 and game.agenda == []


def test_two_who_begin_a_store_at_once_both_play(tmp_path: Path):
    place = tmp_path / "campaigns.sqlite"
    hear, say = LIGHT.Pipe(duplex=False)
    gate = LIGHT.Barrier(4)
    players = [LIGHT.Process(target=begin, args=(place, gate, say)) for _ in range(4)]
    for player in players:
        player.start()
    ends = [hear.recv() for player in players]
    for player in players:
        player.join()
    assert sorted(ends) == ["1", "2", "3", "4"]


def begin(place: Path, gate: Any, say: Connection) -> None:
    """Start a campaign when the others do, and say its number or what went wrong."""
    scenario = council()
    gate.wait()
    try:
        say.send(str(Campaign.start(scenario, store=place, simulate=still).number))
    except ScenarioError as error:
        say.send(str(error))


def test_players_need_no_engine():
    hear, say = LIGHT.Pipe(duplex=False)
    player = LIGHT.Process(target=loaded, args=(say,))
    player.start()
    assert hear.recv() == []
    player.join()


def loaded(say: Connection) -> None:
    """Play a turn, and say which heavy libraries that took."""
    import sys

    game = Campaign.start(council(), simulate=still)
    game.decide("lorries", "sell-lorries")
    game.advance()
    say.send([name for name in ("jax", "altair", "scipy") if name in sys.modules])
