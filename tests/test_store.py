"""What a store keeps beside the log: results, jobs, people, places, uploads; and older stores."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.event import listen

from sinews.campaign.store import Job, Snapshot, Store, StoreError
from sinews.campaign.store import people as people_room
from sinews.campaign.store.people import Wait
from sinews.errors import ScenarioError

PASSWORD = "correct horse"
FIRST_TABLES = """
create table format (version integer not null primary key, sinews varchar(40) not null);
create table campaign (id integer primary key, file text not null, title text not null,
    scenario text not null, posterior text not null, started varchar(40) not null);
create table branch (campaign integer references campaign (id), number integer, parent integer,
    fork integer, primary key (campaign, number));
create table entry (campaign integer references campaign (id), branch integer, number integer,
    kind varchar(20) not null, key varchar(200), version integer not null, text text not null,
    digest varchar(64) not null, primary key (campaign, branch, number),
    unique (campaign, branch, key));
insert into format values (1, '0.1');
insert into campaign values (1, 'a.toml', 'Old', 'x', '', 'then');
insert into branch values (1, 1, null, null);
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "campaigns.sqlite"


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    made = Store(place)
    made.found(Snapshot("a.toml", "A", "x", "", "then"), {"on": "1941-09-07"})
    yield made
    made.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that goes when it is told to."""
    now = [1_000_000.0]
    monkeypatch.setattr("sinews.campaign.store.people.time.time", lambda: now[0])

    def on(seconds: float) -> None:
        now[0] += seconds

    return on


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrypt is slow on purpose; its own test has it as it is."""
    monkeypatch.setattr("sinews.campaign.store.passwords._COST", 16)


def refusal(call: Callable[..., Any], *words: Any, **more: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        call(*words, **more)
    return str(caught.value)


def ask(store: Store, kind: str = "paper", key: str = "k", **how: Any) -> Job:
    return store.jobs.ask(1, 1, "ussr", kind, {"item": "x"}, key, **how)


def join(store: Store, name: str = "Anna"):
    return store.people.join(name, PASSWORD, store.people.invite())


# Where a store is.


@pytest.mark.parametrize(
    "name",
    ["what if? 1", "a?timeout=abc", "campaigns%201941", "a#b", "50%", "ä b", ":memory:", "file:x"],
)
def test_a_store_is_a_file_of_the_name_that_was_given(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    store = Store(name)
    store.found(Snapshot("a.toml", "A", "x", "", "then"), {"on": "1941-09-07"})
    store.close()
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert list(Store(tmp_path / name, create=False).campaigns()) == [1]
    assert not Store("another?" + name).campaigns()


# Stores of before, and what is kept.


def test_a_store_of_the_first_format_gets_the_new_tables_and_loses_nothing(place: Path):
    with closing(sqlite3.connect(place)) as db:
        db.executescript(FIRST_TABLES)
    store = Store(place, create=False)
    assert store.campaigns()[1].title == "Old"
    store.keep(1, "record", "k", b"new")
    assert Store(place).kept(1, "record", "k") == b"new"
    with closing(sqlite3.connect(place)) as db:
        # What makes an older sinews leave it alone.
        assert db.execute("select max(version) from format").fetchone() == (2,)


def test_what_is_kept_first_stays(store: Store):
    assert store.kept(1, "record", "k") is None
    store.keep(1, "record", "k", b"one" * 1000)
    store.keep(1, "record", "k", b"two")
    assert store.kept(1, "record", "k") == b"one" * 1000
    assert store.kept(1, "paper", "k") is None


def test_what_is_damaged_counts_as_lacking_and_can_be_kept_anew(store: Store, place: Path):
    store.keep(1, "record", "k", b"one")
    with closing(sqlite3.connect(place)) as db:
        db.execute("update kept set content = x'00ff'")
        db.commit()
    assert store.kept(1, "record", "k") is None
    store.keep(1, "record", "k", b"again")
    assert store.kept(1, "record", "k") == b"again"


def test_a_campaign_is_known_again_by_its_key(store: Store):
    number = store.found(Snapshot("b.toml", "B", "x", "", "then"), {"on": "1941-09-07"}, "start 7")
    assert store.begun("start 7") == number and store.begun("start 8") is None


def test_a_file_that_is_gone_is_not_made_anew(store: Store, place: Path):
    place.rename(place.with_name("elsewhere"))
    with pytest.raises(StoreError) as caught:
        store.campaigns()
    assert "no longer there" in str(caught.value) and "put it back" in str(caught.value)
    assert not place.exists()
    place.with_name("elsewhere").rename(place)
    assert list(store.campaigns()) == [1]


def test_a_file_that_is_refused_stays_as_it_was(tmp_path: Path):
    empty, others, absent = (tmp_path / name for name in ("empty", "others", "absent"))
    empty.touch()
    with closing(sqlite3.connect(others)) as c, c:
        c.execute("CREATE TABLE theirs (x)")
    before = others.read_bytes()
    for place in (empty, others):
        for name in (place, f"sqlite:///{place}"):
            with pytest.raises(StoreError, match="not one of campaigns"):
                Store(name, create=False)
    for name in (absent, f"sqlite:///{absent}"):
        with pytest.raises(StoreError, match="no such file"):
            Store(name, create=False)
    assert empty.read_bytes() == b"" and others.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "others"}


def test_what_is_written_is_on_the_disk_before_it_counts(store: Store):
    """As SQLite tells of each connection: a log beside the file, every commit synced, keys kept."""
    database = store._database
    for _ in range(2):
        for opened in (database.reading, database.writing):
            with opened() as c:
                settings = [
                    c.exec_driver_sql(f"pragma {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys")
                ]
            assert settings == ["wal", 2, 1]


def test_readers_do_not_wait_for_a_writer(store: Store, place: Path):
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("begin immediate")
        assert list(store.campaigns()) == [1]


def test_threads_that_read_do_not_wait_for_one_that_writes(place: Path, store: Store):
    patient = Store(place, patience=30.0)
    with closing(sqlite3.connect(place, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        writer = threading.Thread(target=patient.shelf.mark, args=(0, 1, 1, 1))
        writer.start()
        assert list(patient.campaigns()) == [1] and writer.is_alive()
        other.execute("rollback")
        writer.join()
    assert list(store.shelf.places(0)) == [1]


def test_who_sits_reads_one_moment_and_what_was_written_since_by_oneself(place: Path, store: Store):
    other = Store(place)
    with store.sitting():
        assert store.shelf.places(0) == {}
        thread = threading.Thread(target=lambda: other.shelf.mark(0, 1, 1, 2))
        thread.start()
        thread.join()
        assert store.shelf.places(0) == {}
        job = ask(store)
        assert store.jobs.job(job.id).state == "queued"
        assert list(store.shelf.places(0)) == [1]
    assert list(store.shelf.places(0)) == [1]


def test_who_sits_opens_one_connection(place: Path):
    opened: list[int] = []
    sat = Store(place)
    listen(sat._database._engine, "connect", lambda *_: opened.append(1))
    with sat.sitting():
        sat.campaigns()
        sat.jobs.queue()
    assert len(opened) == 1


# Jobs.


def test_a_job_that_nobody_waits_for_is_in_the_way_of_one_that_somebody_does(store: Store):
    ahead = ask(store, "paper", "ahead", later=True).id
    store.jobs.take("w")
    assert not store.jobs.in_the_way(ahead)
    ask(store, "figures", "figures", later=True)
    assert not store.jobs.in_the_way(ahead)
    ask(store, "advance", "advance")
    assert store.jobs.in_the_way(ahead)
    ask(store, "paper", "ahead")
    assert not store.jobs.in_the_way(ahead), "somebody waits for it now"


def test_the_same_key_is_the_same_job_until_it_fails(store: Store):
    first = ask(store)
    assert ask(store).id == first.id and first.state == "queued"
    store.jobs.take("w")
    store.jobs.fail(first.id, "no")
    second = ask(store)
    assert second.id != first.id and store.jobs.job(first.id).error == "no"
    store.jobs.cancel(second.id)
    third = ask(store)
    store.jobs.take("w")
    store.jobs.finish(third.id, {"turn": 2})
    assert ask(store).id == third.id and ask(store).result == {"turn": 2}
    assert ask(store, again=True).id != third.id


def test_time_passes_before_papers_and_papers_before_the_rest(store: Store):
    kinds = ("book", "estimates", "paper", "advance", "start", "paper")
    made = [ask(store, kind, f"{kind} {n}").id for n, kind in enumerate(kinds)]
    later = ask(store, "advance", "later", later=True).id
    order = []
    while job := store.jobs.take("w"):
        order.append(job.id)
    assert order == [made[3], made[4], made[2], made[5], made[0], made[1], later]


def test_what_was_asked_for_ahead_goes_first_once_somebody_waits_for_it(store: Store):
    ahead = ask(store, "paper", "ahead", later=True)
    book = ask(store, "book", "book")
    assert [job.id for job in store.jobs.queue()] == [book.id, ahead.id]
    ask(store, "paper", "ahead")
    assert [job.id for job in store.jobs.queue()] == [ahead.id, book.id]


def test_a_job_is_one_workers(store: Store):
    for n in range(40):
        ask(store, key=str(n))
    taken: list[int] = []

    def work(name: str) -> None:
        while store.jobs.waiting():
            if job := store.jobs.take(name):
                taken.append(job.id)

    workers = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == [job.id for job in reversed(store.jobs.of(1))] and len(taken) == 40


def test_progress_is_kept_and_says_when_to_stop(store: Store):
    number = ask(store).id
    store.jobs.take("w")
    assert store.jobs.progress(number, 3, 12, "half")
    job = store.jobs.job(number)
    assert (job.done, job.total, job.words) == (3, 12, "half") and job.left is not None
    assert store.jobs.cancel(number).stopping
    assert not store.jobs.progress(number, 4, 12)
    store.jobs.stopped(number)
    assert store.jobs.job(number).state == "cancelled"
    store.jobs.finish(number)
    assert store.jobs.job(number).state == "cancelled"


def test_a_job_that_waits_is_cancelled_at_once(store: Store):
    number = ask(store).id
    assert store.jobs.cancel(number).state == "cancelled" and store.jobs.take("w") is None


def test_a_job_whose_worker_dies_is_taken_up_again_once(store: Store):
    number = ask(store).id
    for state in ("queued", "failed"):
        store.jobs.take("w")
        store.jobs.requeue("w")
        assert store.jobs.job(number).state == state
    assert "ended by itself, twice" in (store.jobs.job(number).error or "")


def test_a_worker_that_was_ended_on_purpose_costs_no_try(store: Store):
    number = ask(store).id
    for _ in range(5):
        store.jobs.take("w")
        store.jobs.requeue("w", died=False)
        assert store.jobs.job(number).state == "queued"


def test_a_job_that_was_to_be_cancelled_is_not_taken_up_again(store: Store):
    number = ask(store).id
    store.jobs.take("w")
    store.jobs.cancel(number)
    store.jobs.requeue("w")
    assert store.jobs.job(number).state == "cancelled"


def test_jobs_of_a_server_that_is_gone_are_taken_up_and_those_of_another_are_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    import os
    import socket

    host = socket.gethostname()
    names = [f"{host}/999999999/1/1", f"{host}/{os.getppid()}/1/1", "elsewhere/1/1/1", "me/1/2/1"]
    made = [ask(store, key=name).id for name in names]
    for name in names:
        store.jobs.take(name)

    def states() -> list[str]:
        return [store.jobs.job(n).state for n in made]

    store.jobs.requeue_lost("me/1/2/", ["me/1/2/1"])
    assert states() == ["queued", "running", "running", "running"]
    monkeypatch.setattr("sinews.campaign.store.jobs.SILENCE", -1.0)
    store.jobs.requeue_lost("me/1/2/", ["me/1/2/1"])
    assert states() == ["queued", "queued", "queued", "running"]
    store.jobs.requeue_lost("me/1/2/", [])
    assert states() == ["queued"] * 4


# People.


def test_passwords_are_kept_by_scrypt_each_with_its_salt(
    store: Store, place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    join(store, "Anna")
    join(store, "Boris")
    with closing(sqlite3.connect(place)) as db:
        kept = [row[0].split() for row in db.execute("select password from account")]
    assert all(words[0] == "scrypt" and int(words[1]) >= 2**15 for words in kept)
    assert kept[0][4] != kept[1][4] and kept[0][5] != kept[1][5]
    assert PASSWORD not in str(kept)


def test_one_who_is_invited_joins_once(store: Store):
    token = store.people.invite(1, "ussr")
    anna = store.people.join("  Anna  Karenina ", PASSWORD, token)
    assert anna.name == "Anna Karenina" and anna.first
    assert store.people.seats(1) == {"ussr": anna}
    assert "has been used" in refusal(store.people.join, "Boris", PASSWORD, token)
    assert [each.name for each in store.people.accounts()] == ["Anna Karenina"]


@pytest.mark.parametrize(
    "name, password, words",
    [
        ("", PASSWORD, "1 to 40"),
        ("x" * 41, PASSWORD, "1 to 40"),
        ("a\x1bb", PASSWORD, "1 to 40"),
        ("Anna", "short", "10 to 200"),
        ("Anna", "x" * 201, "10 to 200"),
        ("ANNA  k", PASSWORD, "is taken"),
    ],
)
def test_names_and_passwords_that_will_not_do(store: Store, name: str, password: str, words: str):
    join(store, "Anna K")
    token = store.people.invite()
    assert words in refusal(store.people.join, name, password, token)
    assert store.people.invitation(token)  # it can still be used


def test_an_invitation_ends_and_can_be_taken_back(store: Store, clock: Callable[[float], None]):
    taken_back = store.people.invite(1, "ussr")
    (found,) = store.people.invitations(1)
    store.people.revoke(2, found.digest)
    assert store.people.invitation(taken_back) == found
    store.people.revoke(1, found.digest)
    assert "taken back" in refusal(store.people.invitation, taken_back)
    old = store.people.invite(1, "ussr")
    clock(people_room._INVITATION + 1)
    assert "too old" in refusal(store.people.invitation, old)
    assert store.people.invitations(1) == []


def test_a_seat_is_one_players_until_it_is_taken_back(store: Store):
    anna, boris = join(store, "Anna"), join(store, "Boris")
    assert (anna.first, boris.first) == (True, False)
    store.people.accept(store.people.invite(1, "ussr"), anna)
    assert "is taken" in refusal(store.people.accept, store.people.invite(1, "ussr"), boris)
    store.people.sit(1, "ussr", boris.id)
    assert store.people.seats(1) == {"ussr": anna}
    assert store.people.seats_of(anna.id) == {1: ["ussr"]}
    store.people.rise(1, "ussr")
    store.people.accept(store.people.invite(1, "ussr"), boris)
    assert store.people.seats(1) == {"ussr": boris}


def test_what_nobody_began_is_the_first_accounts(store: Store):
    assert store.people.owner(1) is None
    anna, boris = join(store, "Anna"), join(store, "Boris")
    assert store.people.owner(1) == anna.id
    store.people.own(1, boris.id)
    store.people.own(1, anna.id)
    assert store.people.owner(1) == boris.id


def test_a_session_is_open_until_it_is_ended_or_over(
    store: Store, place: Path, clock: Callable[[float], None]
):
    anna = join(store)
    tokens = [store.people.begin(anna, f"browser {n}") for n in range(3)]
    assert all(store.people.session(token) for token in tokens)
    assert store.people.session("nothing of the kind") is None
    with closing(sqlite3.connect(place)) as db:
        assert not {row[0] for row in db.execute("select digest from session")} & set(tokens)
    digests = {each.browser: each.digest for each in store.people.sessions(anna)}
    store.people.end(anna, digests["browser 1"])
    assert [bool(store.people.session(token)) for token in tokens] == [True, False, True]
    store.people.change_password(anna, "another horse", keep=digests["browser 0"])
    assert [bool(store.people.session(token)) for token in tokens] == [True, False, False]
    assert store.people.enter("Anna", PASSWORD, "::1") is None
    clock(people_room._SESSION / 2)
    assert store.people.session(tokens[0])
    clock(people_room._SESSION / 2 + 1)
    assert store.people.session(tokens[0])  # it was used since
    clock(people_room._SESSION + 1)
    assert store.people.session(tokens[0]) is None


def test_nobody_ends_anothers_session(store: Store):
    anna, boris = join(store, "Anna"), join(store, "Boris")
    token = store.people.begin(anna, "")
    (own,) = store.people.sessions(anna)
    store.people.end(boris, own.digest)
    assert store.people.session(token)


def test_wrong_passwords_make_an_address_wait_longer_and_longer(
    store: Store, clock: Callable[[float], None]
):
    join(store)
    waits = []
    for _ in range(8):
        assert store.people.enter("Anna", "wrong", "1.2.3.4") is None
        try:
            store.people.enter("Anna", "wrong", "1.2.3.4")
        except Wait as wait:
            waits.append(wait.seconds)
            with pytest.raises(Wait):  # the right one waits as well
                store.people.enter("Anna", PASSWORD, "1.2.3.4")
            clock(wait.seconds + 0.01)
    assert waits == sorted(waits) and waits[-1] >= 4 * waits[0] > 0
    account = store.people.enter("anna", PASSWORD, "1.2.3.4")
    assert account is not None and account.name == "Anna"


def test_wrong_passwords_from_elsewhere_do_not_lock_a_player_out(
    store: Store, clock: Callable[[float], None]
):
    join(store)
    for n in range(50):
        assert store.people.enter("Anna", "wrong", f"6.6.6.{n}") is None
    assert store.people.enter("Anna", PASSWORD, "1.2.3.4") is not None
    # An address that has been wrong itself waits for the account, too.
    with pytest.raises(Wait):
        store.people.enter("Anna", "wrong", "6.6.6.7")
    # One who tries many names from one address waits as well.
    for n in range(3):
        assert store.people.enter(f"nobody {n}", "wrong", "7.7.7.7") is None
    with pytest.raises(Wait):
        store.people.enter("Boris", "wrong", "7.7.7.7")


def test_an_unknown_name_takes_as_much_work_as_a_wrong_password(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    join(store)
    worked: list[str | None] = []

    def fits(password: str, kept: str | None) -> bool:
        worked.append(kept)
        return False

    monkeypatch.setattr(people_room, "fits", fits)
    assert store.people.enter("nobody", PASSWORD, "a") is None
    assert store.people.enter("Anna", PASSWORD, "b") is None
    assert worked[0] is None and worked[1] is not None


def test_the_wait_outlasts_the_server(store: Store, place: Path):
    for _ in range(3):
        store.people.enter("Anna", "wrong", "1.2.3.4")
    with pytest.raises(Wait):
        Store(place).people.enter("Anna", "wrong", "1.2.3.4")


# What is kept for each reader.


def test_a_readers_place_is_kept_with_the_furthest_that_was_read(store: Store):
    for turn in (1, 4, 2):
        store.shelf.mark(0, 1, 1, turn, "p3")
    place = store.shelf.places(0)[1]
    assert (place.turn, place.furthest, place.part) == (2, 4, "p3")
    store.shelf.mark(0, 1, 2, 3)
    assert store.shelf.places(0)[1].furthest == 3 and store.shelf.places(7) == {}


def test_a_stores_secret_is_made_once(store: Store, place: Path):
    assert store.shelf.secret() == Store(place).shelf.secret() and len(store.shelf.secret()) == 32


def test_uploads_are_each_readers_own(store: Store):
    first = store.uploads.add("mine", "Mine", "text", 1)
    assert store.uploads.add("mine", "Mine", "other text", 1) == first
    other = store.uploads.add("mine", "Yours", "text", 2)
    assert [u.text for u in store.uploads.of(1)] == ["other text"]
    assert "none of that number" in refusal(store.uploads.upload, other, 1)
    store.uploads.remove(other, 1)
    assert store.uploads.upload(other, 2).title == "Yours"
    for n in range(49):
        store.uploads.add(f"s{n}", "S", "text", 1)
    assert "remove one" in refusal(store.uploads.add, "more", "More", "text", 1)
