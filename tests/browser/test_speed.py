"""How much pages weigh. How quick they are is measured by benchmarks/web.py, on a quiet machine."""

import re
from collections.abc import Callable

from playwright.sync_api import Page

from browser.conftest import Played, Site

FIRST, SCRIPT = 200_000, 15_000  # bytes


def _visited(page: Page, url: str) -> dict[str, int]:
    """The bytes, unpacked, of a page and of all that it has asked for, by address."""
    page.goto(url)
    return page.evaluate(
        """Object.fromEntries(performance.getEntries()
          .filter((each) => ["navigation", "resource"].includes(each.entryType))
          .map((each) => [each.name, each.decodedBodySize]))"""
    )


def test_the_first_page_is_light(page: Page, server: Callable[..., Site]) -> None:
    found = _visited(page, server(name="first page").url)
    assert sum(found.values()) <= FIRST, found
    script = [size for url, size in found.items() if "script.js" in url]
    assert len(script) == 1 and script[0] <= SCRIPT, found


def test_chapters_and_tools_are_light(page: Page, played: Played) -> None:
    for part in ("chronicle/1", "chronicle/5", "council", "ledger/stocks", "contents"):
        found = _visited(page, played.at(part))
        assert sum(found.values()) <= FIRST, (part, found)


def test_what_was_sent_once_is_not_asked_for_again(page: Page, played: Played) -> None:
    page.goto(played.chapter(1), wait_until="networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("ArrowRight")
    page.locator('[data-turn="2"]').wait_for()
    page.wait_for_load_state("networkidle")
    chapters = [url for url in asked if re.search(r"/chronicle/\d+$", url)]
    # Chromium looks at its icon anew whenever a page's head changes.
    assert not [url for url in asked if "/static/" in url and "icon" not in url], asked
    # The chapter itself lay ready: what is asked for is those beside it, and the place is kept.
    assert set(chapters) <= {played.chapter(n) for n in (1, 2, 3)}


def test_a_past_chapter_is_not_sent_twice(page: Page, played: Played) -> None:
    page.goto(played.chapter(1))
    first = page.request.get(played.chapter(2))
    tag = first.headers["etag"]
    again = page.request.get(played.chapter(2), headers={"If-None-Match": tag})
    assert again.status == 304 and again.body() == b""
