"""A store in a server's database: PostgreSQL, started here where it is installed."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from walks import COUNCIL, Model, decided_at_once, refusal, together

from sinews.campaign.played import Campaign
from sinews.campaign.store import Snapshot, Store
from sinews.errors import ScenarioError

# Where Debian has what PostgreSQL does not put on the path.
_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


class Server:
    """A PostgreSQL of our own in a folder, to be spoken to through a socket in it."""

    def __init__(self, home: Path, control: str) -> None:
        self.home, self.control = home, control
        # PostgreSQL refuses to be run by root.
        self.user = "postgres" if os.getuid() == 0 else None
        self.made = 0
        if self.user:
            shutil.chown(home, self.user)
        self("initdb", "-o", "--auth=trust --username=sinews")

    def __call__(self, *words: str) -> None:
        command = [self.control, "-D", str(self.home / "data"), "-s", "-w", *words]
        with (self.home / "said").open("a") as said:
            subprocess.run(
                command,
                check=True,
                stdout=said,
                stderr=said,
                cwd="/",
                user=self.user,
                group=self.user,
            )

    def start(self) -> None:
        self("start", "-o", f"-c listen_addresses='' -k {self.home}", "-l", f"{self.home}/log")

    def url(self, database: str) -> str:
        socket = self.home / ".s.PGSQL.5432"
        return f"postgresql+pg8000://sinews@/{database}?unix_sock={socket}"

    def database(self) -> str:
        """A new database's address."""
        self.made += 1
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as c:
            c.exec_driver_sql(f"create database campaigns{self.made}")
        engine.dispose()
        return self.url(f"campaigns{self.made}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    control = shutil.which("pg_ctl", path=os.pathsep.join([os.environ["PATH"], *map(str, _HOMES)]))
    if control is None:
        pytest.skip("needs PostgreSQL")
    # A socket's path may have a hundred characters at most.
    home = Path("/tmp", f"sinews-{os.getpid()}")
    home.mkdir()
    try:
        made = Server(home, control)
        made.start()
        yield made
        made("stop", "-m", "fast")
    finally:
        shutil.rmtree(home)


@pytest.fixture
def address(server: Server) -> str:
    return server.database()


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Opens stores, and closes them in the end."""
    made: list[Store] = []

    def store(place: str) -> Store:
        made.append(Store(place))
        return made[-1]

    yield store
    for each in made:
        each.close()


def start(store: Store, **how: Any) -> Campaign:
    return Campaign.start(COUNCIL, store=store, members=20, simulate=Model(), **how)


def reopened(store: Store) -> Campaign:
    return Campaign.open(store, 1, members=20, simulate=Model())


def test_a_campaign_on_a_server_is_the_one_in_a_file(address: str, tmp_path: Path, opened: Any):
    def played(place: str) -> tuple[Any, ...]:
        game = start(opened(place), seed=5, key="once")
        assert start(opened(place), seed=5, key="once").number == game.number
        game.decide("lorries", "sell-lorries", key="a")
        game.undo()
        game.decide("lorries", "keep-lorries", key="b")
        game.advance()
        game.branch(1).advance()
        again = reopened(opened(place))
        again.advance()
        return again.turn, again.branches, again.brief(), again.scores()

    assert played(address) == played(str(tmp_path / "campaigns.sqlite"))


def test_of_programs_that_decide_one_item_at_once_one_wins(address: str, opened: Any):
    start(opened(address))
    games = [reopened(opened(address)) for _ in range(6)]
    won, refused = decided_at_once(games)
    assert len(won) == 1 and all("already decided this turn" in words for words in refused)
    assert [d["option"] for d in games[0].brief()["decided"]] == won


def test_stores_that_are_made_at_once_are_one(address: str, opened: Any):
    made: list[Store] = []
    together(lambda: made.append(opened(address)), [()] * 6)
    made[0].found(Snapshot("a.toml", "A", "x", "", "then"), {"on": "1941-09-07"})
    assert [list(store.campaigns()) for store in made] == [[1]] * 6


@pytest.mark.parametrize("begun", [False, True], ids=["the first link", "a guest's link"])
def test_one_invitation_that_six_take_at_once_makes_one_account(
    begun: bool, address: str, opened: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sinews.campaign.store.passwords._COST", 16)
    stores = [opened(address) for _ in range(6)]
    people = stores[0].people
    if begun:
        people.join("Owner", "a long password", people.invite())
    # Of the first link there may be several: it makes the owner, and no two of them do.
    links = [people.invite()] * 3 + [people.invite() if not begun else "no link"] * 3
    gate = threading.Barrier(6)

    def join(store: Store, number: int) -> None:
        gate.wait()
        with suppress(ScenarioError):
            store.people.join(f"Guest {number}", "a long password", links[number])

    together(join, [(store, number) for number, store in enumerate(stores)])
    accounts = people.accounts()
    assert [account.first for account in accounts] == [True, False][: 1 + begun]


def test_a_job_that_is_asked_for_by_many_at_once_is_one(address: str, opened: Any):
    start(opened(address))
    gate, jobs = threading.Barrier(6), set[int]()

    def ask(store: Store) -> None:
        gate.wait()
        jobs.add(store.jobs.ask(1, 1, "ussr", "keep", {}, "keep 1 1").id)

    together(ask, [(opened(address),) for _ in range(6)])
    assert len(jobs) == 1


def test_who_sits_reads_one_moment_and_what_was_written_since_by_oneself(address: str, opened: Any):
    store, other = opened(address), opened(address)
    store.found(Snapshot("a.toml", "A", "x", "", "then"), {"on": "1941-09-07"})
    with store.sitting():
        assert store.shelf.places(0) == {}
        together(other.shelf.mark, [(0, 1, 1, 2)])
        assert store.shelf.places(0) == {}
        store.shelf.mark(1, 1, 1, 1)
        assert list(store.shelf.places(0)) == list(store.shelf.places(1)) == [1]


def test_what_was_acknowledged_survives_the_fall_of_the_server(
    server: Server, address: str, opened: Any
):
    game = start(opened(address))
    game.decide("lorries", "sell-lorries")
    server("stop", "-m", "immediate")
    assert "cannot be used" in refusal(game.brief)
    server.start()
    assert [d["option"] for d in reopened(opened(address)).brief()["decided"]] == ["sell-lorries"]
    # The campaign that was open goes on: its store finds the way back by itself.
    game.advance()
    assert game.turn == 2


def test_a_database_without_campaigns_is_not_taken_for_a_store(address: str):
    words = refusal(lambda: Campaign.open(address, 1, simulate=Model()))
    assert "is a database, but not one of campaigns" in words
