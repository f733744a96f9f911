"""Long work: jobs and their pages, the worker, the crew that watches it, the server around it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest
import uvicorn
from odd_worker import LONG, odd_work
from visitor import Visitor, remembered, two_seats
from walks import COUNCIL, by_default

from sinews import __version__
from sinews.campaign.played import Campaign
from sinews.campaign.store import Job, Store
from sinews.cli import main
from sinews.errors import ScenarioError
from sinews.web import worker
from sinews.web.app import application
from sinews.web.jobs import TASKS, ask_for, asked_to_start
from sinews.web.serve import serve
from sinews.web.session import Settings
from sinews.web.worker import work_off
from sinews.web.workers import Workers


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "campaigns.sqlite"


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    made = Store(place)
    yield made
    made.close()


@pytest.fixture
def game(store: Store) -> Campaign:
    return two_seats(store)


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Has every paper be made by a function of the test."""

    def put(does: Callable[..., Any]) -> None:
        monkeypatch.setitem(TASKS, "paper", lambda store, job, told: does(told) or {})

    return put


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has campaigns that tasks open be simulated once for all tests."""
    by_default(monkeypatch, simulate=remembered, members=20)


def paper(game: Campaign, key: str = "") -> Job:
    return ask_for(game, "paper", item=f"lorries{key}")


def waited(condition: Callable[[], Any]) -> Any:
    """What a condition gives as soon as it gives something; not for ever."""
    last = time.monotonic() + LONG
    while time.monotonic() < last:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to pass")


# The pages.


def test_a_job_is_shown_as_it_stands(store: Store, game: Campaign):
    reader = Visitor(store)
    job = paper(game)
    text = reader.get(f"/jobs/{job.id}").text
    assert "Waiting for its turn" in text and f'data-events="/jobs/{job.id}/events"' in text
    assert '<noscript><meta http-equiv="refresh"' in text
    store.jobs.take("w")
    store.jobs.progress(job.id, 30, 120, "The order for lorries")
    text = reader.get(f"/jobs/{job.id}").text
    assert '<progress value="30.0" max="120.0"' in text and "The order for lorries" in text
    told = reader.get(f"/jobs/{job.id}?json=1").json()
    assert (told["state"], told["done"], told["total"]) == ("running", 30, 120)
    assert re.search(r", 30 of 120 members, \d+ (s|min) left$", told["words"])
    store.jobs.finish(job.id)
    answer = reader.get(f"/jobs/{job.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/1/1/council/lorries")


def test_a_job_that_failed_says_why_and_can_be_asked_for_again(store: Store, game: Campaign):
    reader = Visitor(store)
    job = paper(game)
    store.jobs.take("w")
    store.jobs.fail(job.id, "<b>the reason</b>")
    text = reader.get(f"/jobs/{job.id}").text
    assert "&lt;b&gt;the reason" in text and "Try again" in text
    answer = reader.post(f"/jobs/{job.id}", do="again")
    assert answer.headers["location"] == f"/jobs/{job.id + 1}"
    assert store.jobs.job(job.id + 1).key == job.key


def test_a_job_is_cancelled_from_its_page(store: Store, game: Campaign):
    reader = Visitor(store)
    job = paper(game)
    assert reader.post(f"/jobs/{job.id}", do="cancel").status_code == 303
    assert store.jobs.job(job.id).state == "cancelled"
    assert "Nothing of it was kept" in reader.get(f"/jobs/{job.id}").text


def test_progress_is_streamed_until_the_job_is_over(store: Store, game: Campaign, task):
    gate = threading.Event()

    def slowly(told: Callable[..., None]) -> None:
        for done in range(3):
            gate.wait(0.4)
            told(done, 3, f"step {done}")

    task(slowly)
    job = paper(game)
    doer = threading.Thread(target=work_off, args=(store,))
    doer.start()
    answer = Visitor(store).get(f"/jobs/{job.id}/events")
    doer.join()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    told = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert told[-1]["state"] == "done" and told[-1]["url"] == "/c/1/1/council/lorries"
    assert len(told) > 1 and told[0]["state"] in ("queued", "running")


# The worker.


def test_a_job_is_done_and_its_result_kept(store: Store, game: Campaign, task):
    task(lambda told: {"made": 1})
    job = paper(game)
    work_off(store)
    done = store.jobs.job(job.id)
    assert (done.state, done.result) == ("done", {"made": 1}) and done.ended is not None


def test_a_job_that_is_cancelled_stops_at_the_next_word(store: Store, game: Campaign, task):
    steps: list[int] = []
    job = paper(game)

    def long(told: Callable[..., None]) -> None:
        for step in range(1000):
            steps.append(step)
            if step == 3:
                store.jobs.cancel(job.id)
            told(step, 1000)

    task(long)
    worker_often = worker._OFTEN
    worker._OFTEN = 0.0
    try:
        work_off(store)
    finally:
        worker._OFTEN = worker_often
    assert steps == [0, 1, 2, 3] and store.jobs.job(job.id).state == "cancelled"


def test_a_forecast_made_ahead_gives_way_and_is_made_after(
    store: Store, game: Campaign, task, monkeypatch: pytest.MonkeyPatch
):
    """Nobody waits for a forecast that nobody asked for yet."""
    done: list[str] = []

    def ahead(told: Callable[..., None]) -> None:
        for step in range(5):
            if step == 2 and not done:
                done.append("begun")
                ask_for(game, "keep")
            told(step, 5)
        done.append("ahead")

    task(ahead)
    monkeypatch.setitem(TASKS, "keep", lambda *_: done.append("keep") or {})
    monkeypatch.setattr(worker, "_OFTEN", 0.0)
    job = ask_for(game, "paper", later=True, item="lorries")
    work_off(store)
    assert done == ["begun", "keep", "ahead"] and store.jobs.job(job.id).state == "done"


def test_progress_is_written_now_and_then_only(store: Store, game: Campaign, task, monkeypatch):
    written: list[float] = []
    progress = store.jobs.progress

    def counted(number: int, done: float, total: float, words: str = "") -> bool:
        written.append(done)
        return progress(number, done, total, words)

    def long(told: Callable[..., None]) -> None:
        for step in range(100_000):
            told(step, 100_000)

    monkeypatch.setattr(store.jobs, "progress", counted)
    monkeypatch.setattr(worker, "_OFTEN", 3600.0)
    # The machine has been up for a second: the first word is written all the same.
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: 1.0))
    task(long)
    paper(game)
    work_off(store)
    assert written == [0]


def test_what_a_user_can_mend_and_what_is_our_fault_are_told_apart(
    store: Store, game: Campaign, task, capsys: pytest.CaptureFixture[str]
):
    def refuse(told: Any) -> None:
        raise ScenarioError("council", [])

    def fault(told: Any) -> None:
        raise ZeroDivisionError("insides")

    errors = []
    for does in (refuse, fault):
        task(does)
        job = paper(game)
        work_off(store)
        errors.append(store.jobs.job(job.id).error or "")
    assert "council" in errors[0] and "fault in sinews" in errors[1] and "insides" not in errors[1]
    assert "insides" in capsys.readouterr().err


def test_a_campaign_that_is_begun_twice_is_begun_once(store: Store, in_memory: None):
    text = COUNCIL.read_text()
    number = store.uploads.add("council", "Council", text, 0)
    says = {"upload": number, "seed": 1, "powers": ["midland"], "rules": False}
    job = asked_to_start(store, says, "k")
    assert asked_to_start(store, says, "k").id == job.id
    told: list[Any] = []
    store.jobs.take("w")
    first = TASKS["start"](store, job, lambda *words: told.append(words))
    # Its worker dies before it can say that it is done.
    assert TASKS["start"](store, job, lambda *words: None) == first == {"campaign": 1}
    assert list(store.campaigns()) == [1]
    ahead = [(each.kind, each.state) for each in store.jobs.of(1)]
    assert sorted(ahead) == [("figures", "queued"), ("paper", "queued")]


def test_time_passes_once_however_often_it_is_asked_for(store: Store, in_memory: None):
    game = Campaign.start(COUNCIL, store=store, powers=("midland",))
    jobs = {ask_for(game, "advance", turn=1, weeks=None).id for _ in range(3)}
    (number,) = jobs
    job = store.jobs.take("w")
    assert job is not None and job.id == number
    for _ in range(2):
        assert TASKS["advance"](store, job, lambda *words: None) == {"turn": 2}
    assert [each.kind for each in store.log(1, 1)] == ["start", "advance"]
    store.jobs.finish(number, {"turn": 2})
    reader = Visitor(store)
    assert reader.get(f"/jobs/{number}").headers["location"] == "/c/1/1/chronicle/2"


def test_a_turn_submitted_twice_gives_the_same_and_an_older_form_is_told_so(
    store: Store, in_memory: None
):
    Campaign.start(COUNCIL, store=store, powers=("midland",))
    one, other = Visitor(store), Visitor(store)
    form = {"do": "submit", "turn": "1", "key": "mine"}
    first = one.post("/c/1/1/council", **form)
    assert first.status_code == 303 and first.headers["location"].startswith("/jobs/")
    assert one.post("/c/1/1/council", **form).headers == first.headers
    assert worker._next(store, "here")
    assert one.post("/c/1/1/council", **form).headers["location"] == first.headers["location"]
    answer = other.post("/c/1/1/council", do="submit", turn="1", key="theirs")
    assert answer.status_code == 409
    assert "Turn 1 has been played already" in answer.text and "Here is turn 2" in answer.text
    assert 'href="/c/1/1/council"' in answer.text
    answer = other.post("/c/1/1/council/lorries", do="decide", option="keep-lorries", turn="1")
    assert answer.status_code == 409 and "Turn 1 has been played already" in answer.text
    assert len(store.log(1, 1)) == 3


def test_a_past_day_may_be_kept_and_the_open_turn_may_not(store: Store, in_memory: None):
    game = Campaign.start(COUNCIL, store=store, powers=("midland",))
    game.advance()
    reader = Visitor(store)
    reader.get("/")
    assert reader.get("/c/1/1/chronicle/2").headers["cache-control"] == "no-store"
    past = reader.get("/c/1/1/chronicle/1")
    assert past.headers["cache-control"] == "private, no-cache" and past.headers["vary"] == "Cookie"
    again = reader.get("/c/1/1/chronicle/1", if_none_match=past.headers["etag"])
    assert again.status_code == 304 and not again.content
    for_ever = reader.get(f"/c/1/1/chronicle/1?v={__version__}").headers["cache-control"]
    assert for_ever.startswith("private,") and "immutable" in for_ever
    other = reader.get("/c/1/1/chronicle/1?v=0").headers["cache-control"]
    assert other == "private, no-cache"


# The crew.


@contextmanager
def crew(store: Store, place: Path, count: int = 1) -> Iterator[Workers]:
    made = Workers(store, place, count, patience=0.2, work=odd_work)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def gone(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return False
    return True


def over(store: Store, job: Job) -> Job | None:
    found = store.jobs.job(job.id)
    return found if found.over else None


def test_workers_are_woken_watched_and_ended(store: Store, place: Path, game: Campaign):
    def ask(how: str) -> Job:
        job = ask_for(game, "paper", item=f"{how} {place.with_name(how)}")
        made.wake()
        return job

    def done(job: Job) -> Job:
        return waited(lambda: made.wake() or over(store, job))

    with crew(store, place) as made:
        first = done(ask("plain"))
        assert first.state == "done" and first.result
        # It dies at its work: the next does it.
        frail = done(ask("frail"))
        assert frail.state == "done" and frail.result != first.result
        # It does not hear that it is to stop: it is ended, and the next goes on.
        deaf = ask("deaf")
        waited(place.with_name("deaf").exists)
        store.jobs.cancel(deaf.id)
        assert waited(lambda: over(store, deaf)).state == "cancelled"
        assert done(ask("after")).state == "done"
        # The server stops: what was under way waits for the next.
        place.with_name("deaf").unlink()
        last = ask_for(game, "paper", item=f"deaf {place.with_name('deaf')}")
        made.wake()
        waited(place.with_name("deaf").exists)
        (process,) = made.processes()
    assert gone(process)
    job = store.jobs.job(last.id)
    assert (job.state, job.worker) == ("queued", None)


# The server.

Started = tuple[subprocess.Popen[str], str]


@contextmanager
def served(place: Path, *how: str) -> Iterator[Started]:
    """`sinews serve`, as it is started at a terminal, and its address."""
    command = [sys.executable, "-c", "from sinews.cli import main; main()", "serve"]
    server = subprocess.Popen(
        [*command, "--store", str(place), "--port", "0", "--no-open", *how],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.match(r"sinews is at (http://\S+), campaigns are kept in (.*);", line)
        assert found, line + server.stdout.read()
        assert found[2] == str(place)
        yield server, found[1]
    finally:
        server.kill()
        server.communicate()


def test_a_server_killed_in_the_middle_of_a_turn_loses_nothing(store: Store, place: Path):
    game = Campaign.start(COUNCIL, store=store, members=20, simulate=remembered)
    job = ask_for(game, "advance", turn=1, weeks=None)
    with served(place) as (server, address):
        assert b'href="/c/1/1/' in urlopen(address).read()
        (running,) = waited(lambda: [j for j in store.jobs.queue() if j.state == "running"])
        assert running.id == job.id
        server.kill()
        server.wait()
    assert waited(lambda: store.jobs.job(job.id).state != "done")
    with served(place) as (server, address):
        assert waited(lambda: over(store, job)).state == "done"
        assert [e.kind for e in store.log(1, 1)].count("advance") == 1
        assert urlopen(f"{address}/c/1/1/chronicle/2").status == 200
        # Ctrl-C: it ends at once, and says so.
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=LONG)
        assert server.returncode == 0
        assert "Everything is kept" in said and "Traceback" not in said


@contextmanager
def listening(store: Store) -> Iterator[tuple[str, int]]:
    """The pages behind a real server, and where it is."""
    app = application(store)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    app.state.stopping = lambda: server.should_exit
    with socket.create_server(("127.0.0.1", 0)) as there:
        thread = threading.Thread(target=server.run, args=([there],))
        thread.start()
        yield there.getsockname()
        server.should_exit = True
        thread.join()


def test_many_may_follow_a_job_and_pages_are_still_given(
    store: Store, game: Campaign, capsys: pytest.CaptureFixture[str]
):
    job = paper(game)
    with listening(store) as (host, port):
        streams = [socket.create_connection((host, port), timeout=LONG) for _ in range(60)]
        for stream in streams:
            stream.sendall(f"GET /jobs/{job.id}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        for stream in streams:
            heard = b""
            while b"data: " not in heard:
                heard += stream.recv(4096)
        assert urlopen(f"http://{host}:{port}/help", timeout=LONG).status == 200
    # The server has stopped while they were followed, and has told each that nothing more comes.
    for stream in streams:
        heard = b""
        while part := stream.recv(4096):
            heard += part
        stream.close()
        assert heard.endswith(b"0\r\n\r\n")
    assert "Traceback" not in capsys.readouterr().err


def test_a_connection_lost_in_the_middle_of_a_decision_decides_nothing(
    store: Store, game: Campaign, capsys: pytest.CaptureFixture[str]
):
    with listening(store) as (host, port):
        for body in (b"", b"token=x&do=decide&option=keep-lo"):
            with socket.create_connection((host, port), timeout=LONG) as stream:
                head = "POST /c/1/1/council/lorries HTTP/1.1\r\nHost: localhost\r\n"
                kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900"
                stream.sendall(f"{head}{kind}\r\n\r\n".encode() + body)
        assert urlopen(f"http://{host}:{port}/c/1/1/council", timeout=LONG).status == 200
    assert [each.kind for each in store.log(1, 1)] == ["start"]
    assert "Traceback" not in capsys.readouterr().err


def test_with_login_the_first_start_prints_a_link_for_the_owner(
    store: Store, place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: None)
    said: list[str] = []
    serve(place, port=0, login=True, say=said.append)
    address, link = (re.findall(r"http://127.0.0.1:\d+\S*?(?=,|$)", line)[0] for line in said)
    path = link.removeprefix(address)
    assert path.startswith("/invitation/")
    assert "Make the first account" in Visitor(store, Settings(login=True)).get(path).text
    store.people.join("Anna", "correct horse", store.people.invite())
    said.clear()
    serve(place, port=0, login=True, say=said.append)
    assert len(said) == 1


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--host", "0.0.0.0"), "add --login"),
        (("--host", "::"), "add --login"),
        (("--host", "192.168.1.5"), "add --login"),
        (("--allow-host", "room.example"), "add --login"),
        (("--port", "70000"), "0 for any that is free"),
        (("--workers", "0"), "from 1 to 64"),
        (("--host", "no.such.name.invalid", "--login"), "an address of this machine"),
    ],
)
def test_what_cannot_be_served_is_refused(
    place: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as ended:
        main(("serve", "--store", str(place), "--no-open", *arguments))
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(place: Path, capsys: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(SystemExit) as ended:
            main(("serve", "--store", str(place), "--no-open", "--port", port))
    words = capsys.readouterr().err
    assert ended.value.code == 2 and "in use" in words and "--port 0" in words
