"""Every page as a picture, in out/screenshots: on a desktop, on a telephone, and dark.

    make screenshots

A campaign of beijing-1941 is played for some turns, with real decisions and a branch; then its
pages are opened in Chromium as a reader opens them. Needs Debian's chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sinews.campaign.played import Campaign
from sinews.web.context import address

CHROMIUM = Path("/usr/bin/chromium")
OUT = Path("out/screenshots")
# What the council of Beijing decides: in the first turn, in the second, and on the branch that
# leaves at the second.
FIRST = {"goods": "half-to-moscow", "border": "border-treaty"}
SECOND = {"weapons": "weapons-half"}
OTHERWISE = {"weapons": "no-weapons", "peace": "no-peace"}
TURNS, OTHER_TURNS = 6, 4
_DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
# By name: the theme, and the screen.
WAYS = {"desktop": ("light", _DESKTOP), "phone": ("light", _PHONE), "dark": ("dark", _DESKTOP)}
TALLEST = 4000  # pixels of a page that a picture shows
WAIT = 600_000  # ms that what a page waits for may take


def played(place: Path) -> int:
    """Play the campaign into a new store; its number."""
    game = Campaign.start("beijing-1941", store=place)
    decide(game, FIRST)
    game.advance()
    decide(game, SECOND)
    while game.turn < TURNS:
        game.advance()
    game.brief()
    for turn in (1, TURNS):
        game.estimates(turn, make=True)
    other = game.branch(at=2)
    decide(other, OTHERWISE)
    while other.turn < OTHER_TURNS:
        other.advance()
    return game.number


def decide(game: Campaign, options: dict[str, str]) -> None:
    """Decide items, by item, once they were heard."""
    for item, option in options.items():
        game.brief([item])
        game.decide(item, option)


def pages(number: int) -> dict[str, str]:
    """Every page's address, by the name of its picture."""

    def at(page: str, **query: object) -> str:
        return address(number, 1, page, **query)

    books = "stocks production losses contracts finance manpower treaties".split()
    return {
        "library": "/",
        "scenario": "/s/beijing-1941",
        "upload": "/upload",
        "settings": "/settings",
        "help": "/help",
        "lost": "/c/99/1/council",
        "chapter-1": at("chronicle/1"),
        "chapter-3": at("chronicle/3"),
        "chapter-last": at(f"chronicle/{TURNS}"),
        "contents": at("contents"),
        "council": at("council"),
        "item": at("council/peace"),
        "submit": at("council", submit=1),
        "meeting": at("council", at=1),
        "paper": at("council/goods", at=1),
        "map": at("map"),
        "theatre": at("theatre/moscow"),
        **{f"ledger-{book}": at(f"ledger/{book}") for book in books},
        "number": at("number/front:moscow"),
        "estimates": at("estimates", then=1),
        "runs": at("runs"),
        "branches": at("branches"),
        "compare": at("compare/2"),
        "export": at("export"),
        "seats": at("seats"),
    }


@contextmanager
def served(place: Path) -> Iterator[str]:
    """A server over a store; its address."""
    command = [sys.executable, "-c", "from sinews.cli import main; main()", "serve"]
    words = ["--store", str(place), "--port", "0", "--no-open"]
    running = subprocess.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
    )
    try:
        assert running.stdout is not None
        said = running.stdout.readline()
        yield said.partition(" at ")[2].partition(",")[0]
    finally:
        running.terminate()
        running.wait()


def opened(browser: Browser, url: str, screen: dict[str, Any], theme: str = "") -> BrowserContext:
    """A browser with such a screen, and a served site's pages in a theme if one is given."""
    context = browser.new_context(**screen)
    context.set_default_timeout(WAIT)
    if theme:
        page = context.new_page()
        page.goto(url)
        cookie = page.evaluate("document.body.dataset.look")
        page.close()
        look = {"name": cookie, "value": f"{theme}.100.standard.on", "url": url}
        context.add_cookies([look])  # type: ignore[list-item]
    return context


def _pictures(browser: Browser, url: str, number: int) -> Iterator[Path]:
    """Open and picture every page, in every way."""
    for way, (theme, screen) in WAYS.items():
        context = opened(browser, url, screen, theme)
        for name, path in pages(number).items():
            # A page is as tall as the screen it is opened on, at least.
            page = context.new_page()
            page.goto(url + path)
            expect(page.locator("main .job")).to_have_count(0, timeout=WAIT)
            yield _taken(page, f"{name}-{way}", screen["viewport"]["width"])
            page.close()
        page = context.new_page()
        page.goto(url + pages(number)["chapter-3"])
        page.keyboard.press("t")
        yield _taken(page, f"tools-{way}", 0)
        page.keyboard.press("Escape")
        page.locator("a.number").first.click()
        expect(page.locator("#panel h1")).to_be_visible()
        yield _taken(page, f"panel-{way}", 0)
        context.close()


def _taken(page: Page, name: str, width: int) -> Path:
    """A picture of a page: all of it where a width is given, else what the screen shows."""
    if width:
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(tall, TALLEST)})
    path = OUT / f"{name}.png"
    page.screenshot(path=path)
    return path


def main() -> None:
    if not CHROMIUM.exists():
        sys.exit(f"{CHROMIUM} is not there. On Debian: apt install chromium")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "store.sqlite"
        number = played(place)
        with served(place) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            for path in _pictures(browser, url, number):
                print(path)
            browser.close()


if __name__ == "__main__":
    main()
