"""A server and a browser for these tests, one of each a session.

    def test_a_page(page, played):
        page.goto(played.chapter(1))

`server()` gives a site with an empty store, `server("council")` one that offers that scenario too,
`server(login=True)` one behind a login; each is made once, for one worker does all these tests, and
its jobs are done as they come, by a thread of this process, or wait where it is told `works=False`.
What servers simulate takes few members, and they make nothing ahead that nobody waits for. `played`
is a campaign of the scenario "council", five turns old. `page` is a desktop's, `phone` a
telephone's, `plain` has no script; `visitor()` makes others. A test fails on a request to another
host, an error on the console and an error in the page.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from walks import SCENARIOS, by_default

from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.web.context import address
from sinews.web.session import LOOK, cookie_name

pytest.importorskip("playwright")
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

# The one without windows takes half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MEMBERS = 64
# ms that a page and a job may take, on a machine that is busy
PATIENCE, FOREVER = 30_000, 300_000
expect.set_options(PATIENCE)
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        if not CHROMIUM and os.environ.get("SINEWS_BROWSER") != "needed":
            item.add_marker(pytest.mark.skip(reason="there is no Chromium"))


class Hands:
    """Does a store's jobs as they come, in a thread: what workers do for a real server."""

    def __init__(self, store: Store) -> None:
        self._store, self._news, self._over = store, threading.Event(), False
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._over = True
        self._news.set()
        self._thread.join()

    def _work(self) -> None:
        from sinews.web.worker import work_off

        while not self._over:
            self._news.wait(0.5)
            self._news.clear()
            if not self._over:
                work_off(self._store)


@dataclass
class Site:
    """A server under test."""

    url: str
    store: Store
    scenario: str
    """The address of the scenario's page, where it was given one."""

    def at(self, path: str) -> str:
        """A page's whole address."""
        return self.url + path

    def look(self, words: str) -> Any:
        """The cookie that has its pages look like that from the first paint on."""
        name = cookie_name(self.store.shelf.secret(), LOOK)
        return {"name": name, "value": words, "url": self.url}


@dataclass
class Played:
    """A campaign on a site."""

    site: Site
    game: Campaign

    def at(self, page: str, branch: int = 1, **query: object) -> str:
        """The whole address of one of its pages."""
        return self.site.at(address(self.game.number, branch, page, **query))

    def chapter(self, n: int, branch: int = 1) -> str:
        """The whole address of a chapter."""
        return self.at(f"chronicle/{n}", branch)


@pytest.fixture(scope="package", autouse=True)
def soon() -> Iterator[None]:
    """Servers take few members, and make nothing ahead: other tests have both."""
    with pytest.MonkeyPatch.context() as patch:
        by_default(patch, members=MEMBERS)
        patch.setattr("sinews.web.jobs._think_ahead", lambda *_: None)
        yield


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Site]]:
    """Makes sites: server(scenario, login=False, name="", works=True). The same words give the same
    site; a `name` gives one that no other test writes to."""
    import uvicorn

    from sinews.web.app import application
    from sinews.web.session import Settings

    made: dict[tuple[str, bool, str, bool], Site] = {}
    running: list[tuple[uvicorn.Server, threading.Thread, Store]] = []

    def site(scenario: str = "", login: bool = False, name: str = "", works: bool = True) -> Site:
        words = scenario, login, name, works
        if words in made:
            return made[words]
        store = Store(tmp_path_factory.mktemp("site") / "store.sqlite")
        place = ""
        if scenario:
            text = (SCENARIOS / f"{scenario}.toml").read_text("utf-8")
            place = f"/s/upload-{store.uploads.add(scenario, scenario, text, 0)}"
        listening = socket.create_server(("127.0.0.1", 0))
        app = application(store, Settings(login=login), Hands(store) if works else None)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
        web = uvicorn.Server(config)
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((web, thread, store))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        made[words] = Site(url, store, place)
        return made[words]

    yield site
    for web, thread, store in running:
        web.should_exit = True
        thread.join(10)
        store.close()


@pytest.fixture(scope="package")
def played(server: Callable[..., Site]) -> Played:
    """A campaign of five turns, two decisions and a branch at its second turn."""
    site = server(name="played")
    game = Campaign.start(SCENARIOS / "council.toml", store=site.store, members=MEMBERS)
    game.brief()
    game.decide("lorries", "sell-lorries")
    for _ in range(4):
        game.advance()
        if "friendship" in game.agenda:
            game.brief()
            game.decide("friendship", "befriend")
    game.branch(at=2).advance()
    return Played(site, game)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What went wrong on the pages of a test."""

    found: list[str] = field(default_factory=list[str])

    def look_at(self, page: Page) -> None:
        """Take down what goes wrong on a page from now on."""
        page.on("request", lambda request: self._asked(request.url))
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))

    def forgive(self) -> None:
        """What went wrong so far was meant to."""
        self.found.clear()

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.found.append(f"request to another host: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"console: {message.text}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test for what went wrong on its pages."""
    made = Watch()
    yield made
    assert made.found == []


@pytest.fixture
def visitor(chromium: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Makes pages, each in a browser of its own: visitor(phone=False, **context)."""
    contexts = []

    def made(phone: bool = False, **options: object) -> Page:
        context = chromium.new_context(**{**(PHONE if phone else DESKTOP), **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch.look_at(page)
        return page

    yield made
    for context in contexts:
        context.close()


@pytest.fixture
def page(visitor: Callable[..., Page]) -> Page:
    """A desktop's page."""
    return visitor()


@pytest.fixture
def phone(visitor: Callable[..., Page]) -> Page:
    """A telephone's page."""
    return visitor(phone=True)


@pytest.fixture
def plain(visitor: Callable[..., Page]) -> Page:
    """A page without script."""
    return visitor(java_script_enabled=False)


def tap(page: Page, x: float, y: float) -> None:
    """Touch a place on a telephone's screen, once the page has taken that screen's width."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    settled = "() => new Promise((done) => requestAnimationFrame(() => done(innerWidth)))"
    while page.evaluate(settled) != width:
        page.wait_for_timeout(20)
    page.wait_for_timeout(50)
    page.touchscreen.tap(x, y)


WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
COLOURS = ("color-contrast", "link-in-text-block")


def violations(page: Page, theme: str = "") -> list[str]:
    """What axe finds against WCAG 2.1 A and AA; in another theme, in what depends on colours. The
    page must be one with `bypass_csp`."""
    from axe_playwright_python.base import AXE_SCRIPT

    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    only = {"type": "tag", "values": WCAG}
    if theme:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        only = {"type": "rule", "values": COLOURS}
    rules = {"runOnly": only, "resultTypes": ["violations"]}
    return page.evaluate(
        """async (rules) => (await axe.run(document, rules)).violations.flatMap((each) =>
          each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 200)}`))""",
        rules,
    )
