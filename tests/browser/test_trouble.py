"""What goes wrong while one plays: nothing is lost, nothing is done twice, and a page says so."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from walks import SCENARIOS

from browser.conftest import FOREVER, MEMBERS, Played, Site, Watch
from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.web.context import address
from sinews.web.worker import work_off

ITEM, OPTION, TITLE = "lorries", "sell-lorries", "Sell lorries and steel"


def begun(site: Site) -> Played:
    """A campaign at its first council."""
    scenario = SCENARIOS / "council.toml"
    return Played(site, Campaign.start(scenario, store=site.store, members=MEMBERS))


def _decided(played: Played) -> list[str]:
    game = Campaign.open(played.site.store, played.game.number, 1, simulate=None)
    return [d.option for d in game.turns[-1].decisions]


# Twice.


def test_a_turn_submitted_from_two_tabs_passes_once(
    visitor: Callable[..., Page], server: Callable[..., Site], watch: Watch
) -> None:
    played = begun(server(name="trouble"))
    one = visitor()
    one.goto(played.at("council", submit=1))
    other = one.context.new_page()
    other.goto(played.at("council", submit=1))
    one.locator("main").get_by_role("button", name="Submit the turn").dblclick()
    one.wait_for_url("**/chronicle/2", timeout=FOREVER)
    other.locator("main").get_by_role("button", name="Submit the turn").click()
    expect(other.locator("h1")).to_have_text("Turn 1 is over")
    other.get_by_role("link", name="To the council of turn 2").click()
    expect(other.locator(".kicker")).to_contain_text("Turn 2")
    assert Campaign.open(played.site.store, played.game.number).turn == 2
    watch.forgive()


def test_a_decision_whose_answer_was_lost_is_taken_once(
    page: Page, server: Callable[..., Site], watch: Watch
) -> None:
    played = begun(server(name="trouble"))
    item = played.at(f"council/{ITEM}")
    sent: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.post_data or "")
        if len(sent) == 1:  # the server never hears of it
            return route.abort("connectionfailed")
        route.fetch(max_redirects=0)  # it does, and its answer is lost
        route.abort("connectionreset")

    page.goto(item)
    page.route(item, lose)
    button = page.get_by_role("button", name=re.compile(TITLE))
    for _ in range(2):
        page.goto(item)
        with page.expect_event("requestfailed"):
            button.click(no_wait_after=True)
        page.wait_for_url(re.compile("^chrome-error:"))  # the browser's own page, to the end
    page.unroute(item)
    kind = "application/x-www-form-urlencoded"
    again = page.request.post(item, data=sent[1], headers={"Content-Type": kind})
    assert again.ok and len(sent) == 2
    page.goto(item)
    expect(page.locator(".verdict")).to_contain_text(f"Decided: {TITLE}")
    assert _decided(played) == [OPTION]
    entries = played.site.store.log(played.game.number, 1)
    assert sum(entry.kind == "decide" for entry in entries) == 1
    watch.forgive()


def test_forecasts_are_cancelled_and_asked_for_again(
    page: Page, server: Callable[..., Site]
) -> None:
    played = begun(server(name="idle", works=False))
    page.goto(played.at(f"council/{ITEM}"))
    waits = page.get_by_role("region", name="Forecasts under way")
    expect(waits).to_contain_text("Waiting for its turn")
    waits.get_by_role("button", name="Cancel").click()
    expect(page.locator("main")).to_contain_text("The forecasts were cancelled")
    page.get_by_role("button", name="Ask again").click()
    expect(waits).to_be_visible()
    work_off(played.site.store)
    expect(page.get_by_role("heading", name="What each leads to")).to_be_visible()


# The server is killed.


class Served:
    """A server of its own, as the command line starts it."""

    def __init__(self, place: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.place = place
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, str(Path(__file__).with_name("quick_server.py")), "serve"]
        words = ["--store", str(self.place), "--port", str(self.port), "--no-open"]
        self.process = subprocess.Popen(
            [*command, *words], stdout=subprocess.DEVNULL, env=os.environ | {"COLUMNS": "200"}
        )
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("it does not answer")

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "store.sqlite")
    yield made
    made.kill()


def test_a_server_killed_in_the_middle_of_a_turn_loses_nothing(
    page: Page, served: Served, watch: Watch
) -> None:
    store = Store(served.place)
    site = Site(f"http://127.0.0.1:{served.port}", store, "")
    played = begun(site)
    played.game.decide(ITEM, OPTION)
    page.goto(played.at("council", submit=1))
    page.locator("main").get_by_role("button", name="Submit the turn").click()
    page.wait_for_url("**/jobs/*")
    until = time.monotonic() + FOREVER / 1000
    while not any(j.kind == "advance" and j.state == "running" for j in store.jobs.queue()):
        assert time.monotonic() < until
        time.sleep(0.02)
    served.kill()
    assert Campaign.open(store, played.game.number).turn == 1
    served.start()
    page.wait_for_url("**/chronicle/2", timeout=FOREVER)
    game = Campaign.open(store, played.game.number)
    assert game.turn == 2 and [d.option for d in game.turns[0].decisions] == [OPTION]
    page.close()
    watch.forgive()
    store.close()


# What is brought.

MARKUP = "<script>window.ran=1</script><img src=x onerror=window.ran=1>"


def _marked() -> str:
    """The scenario with markup in all words that a page shows."""
    text = (SCENARIOS / "council.toml").read_text("utf-8")
    words = "title|summary|question|report|disposition"
    marked = re.sub(rf'^({words}) = "', rf'\1 = "{MARKUP}', text, flags=re.MULTILINE)
    return marked.replace('"Anna Kohl"', f'"{MARKUP}"').replace('"Elder Brandt"', f'"{MARKUP}"')


def test_markup_in_a_scenario_is_words(page: Page, server: Callable[..., Site]) -> None:
    site = server(name="marked")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(site.at("/upload"))
    name = "<b>war</b>.toml"
    content = {"name": name, "mimeType": "text/plain", "buffer": _marked().encode()}
    page.get_by_label("The file").set_input_files(content)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check and keep it").click()
    page.wait_for_url("**/s/upload-*")
    expect(page.locator("h1")).to_contain_text(MARKUP)
    _harmless(page)
    page.goto(site.url)
    _harmless(page)
    page.go_back()
    page.get_by_role("button", name="Play as").click()
    page.wait_for_url("**/chronicle/1", timeout=FOREVER)
    _harmless(page)
    for part in ("council", f"council/{ITEM}", "contents", "map", "ledger", "branches", "runs"):
        page.goto(site.at(address(1, 1, part)))
        expect(page.locator("main")).to_be_visible()
        _harmless(page)


def _harmless(page: Page) -> None:
    assert page.evaluate("window.ran") is None, page.url
    assert page.locator("img, main script, main b").count() == 0, page.url


def test_a_bad_file_is_refused_with_reasons(
    page: Page, server: Callable[..., Site], watch: Watch
) -> None:
    for content, words in (
        (b"title = [", "nothing was kept"),  # no TOML
        (b"\x00\xff\xfe", "nothing was kept"),  # no text
        (b"# " + b"x" * 300_000, "larger than 256 kB"),
        (b"", "is empty"),
    ):
        page.goto(server(name="marked").at("/upload"))
        file = {"name": "war.toml", "mimeType": "text/plain", "buffer": content}
        page.get_by_label("The file").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Check and keep it").click()
        expect(page.get_by_role("alert")).to_contain_text(words)
    watch.forgive()


# What there is not.


NOTHING = (
    "/nothing",
    "/s/no-such-war",
    "/s/upload-99",
    "/c/99/1/chronicle/1",
    "/c/1/99/chronicle/1",
    "/c/1/1/chronicle/99",
    "/c/1/1/chronicle/0",
    "/c/1/1/chronicle/-1",
    "/c/1/1/chronicle/x",
    "/c/1/1/chronicle/99999999999999999999",
    "/c/1/1/map?at=99",
    "/c/1/1/council/nothing",
    "/c/1/1/council/nothing?at=1",
    "/c/1/1/theatre/nowhere",
    "/c/1/1/ledger/nothing",
    "/c/1/1/number/nothing",
    "/c/1/1/compare/99",
    "/c/1/1/compare/1",
    "/jobs/999999",
    "/invitation/nobody",
)


def test_what_there_is_not_says_where_to_go(page: Page, played: Played, watch: Watch) -> None:
    ways: set[str] = set()
    for path in NOTHING:
        answer = page.goto(played.site.at(path))
        assert answer is not None and answer.status == 404, path
        expect(page.locator("main h1")).to_be_visible()
        ways.add(page.locator("main .actions a").first.get_attribute("href") or "")
    watch.forgive()
    assert "" not in ways
    for way in ways:
        answer = page.goto(played.site.at(way))
        assert answer is not None and answer.ok, way
        expect(page.locator("main h1")).to_be_visible()


def test_a_page_tells_of_no_file_outside_the_store(
    page: Page, played: Played, watch: Watch
) -> None:
    for path in ("/static/..%2fapp.py", "/static/%2e%2e/app.py", "/s/..%2f..%2fetc%2fpasswd"):
        answer = page.goto(played.site.at(path))
        assert answer is not None and answer.status == 404
    watch.forgive()
