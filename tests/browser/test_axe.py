"""Every page without a fault against WCAG 2.1 A and AA, in every theme; and with no offence against
the policy that forbids a page all else."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.addresses import OUTSIDE, inside
from browser.conftest import DESKTOP, PHONE, Played, Site, Watch, violations
from sinews.web.worker import work_off

OTHERS = ("dark", "sepia")
"""Themes beside the first."""
# What is like its page of the open day but for its numbers.
ALIKE = re.compile(r"/(ledger|number|theatre)/.*at=|/chronicle/[24]$")
# What is laid out otherwise on a telephone.
OTHERWISE = re.compile(
    r"127.0.0.1:\d+/$|/chronicle/3|/contents|/council|/map$|/stocks$|/estimates$|/branches|/settings"
)


def every(played: Played) -> list[str]:
    """Every page of a campaign, and those outside."""
    number = played.game.number
    first = played.at("council/lorries", at=1)
    jobs = [f"/jobs/{job.id}?stay=1" for job in played.site.store.jobs.of(number)[:1]]
    return [
        *map(played.site.at, (*OUTSIDE, *inside(number, played.game.turn), *jobs)),
        first,
        played.at("estimates", at=3, then=1, paths=1),
        played.at("compare/2"),
        played.at("compare/2", all=1),
    ]


@pytest.fixture(scope="package")
def ready(played: Played) -> Played:
    """The campaign, with all that its pages wait for made."""
    seat = played.game
    for turn in range(1, seat.turn + 1):
        seat.estimates(turn, make=True)
    if seat.agenda:
        seat.brief()
    work_off(played.site.store)
    return played


def _found(page: Page, url: str) -> list[str]:
    """What axe finds on a page as it is, and in its other themes."""
    found = [f"{url}: {each}" for each in violations(page)]
    for theme in OTHERS:
        found += [f"{url} in {theme}: {each}" for each in violations(page, theme)]
    return found


def test_every_page_can_be_used_by_everybody_on_every_screen(
    visitor: Callable[..., Page], ready: Played, watch: Watch
) -> None:
    page = visitor(bypass_csp=True)
    found: list[str] = []
    for url in every(ready):
        if ALIKE.search(url):
            continue
        page.set_viewport_size(DESKTOP["viewport"])
        page.goto(url)
        expect(page.locator("main h1")).to_be_visible()
        found += _found(page, url)
        page.set_viewport_size(PHONE["viewport"])
        if OTHERWISE.search(url):
            found += [f"{url} on a telephone: {each}" for each in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{url} is wider than the screen")
        if "/nothing" in url:
            watch.forgive()
    assert found == []


def test_what_lies_over_a_page_can_be_used_by_everybody(
    visitor: Callable[..., Page], ready: Played
) -> None:
    page = visitor(bypass_csp=True)
    page.goto(ready.chapter(3))
    page.keyboard.press("t")
    expect(page.locator("#tools")).to_be_visible()
    assert _found(page, "the tools") == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#panel h1")).to_be_visible()
    assert _found(page, "the keys") == []
    page.keyboard.press("Escape")
    page.locator("a.number").first.click()
    expect(page.locator("#panel h1")).to_contain_text("Border")
    assert _found(page, "a number") == []
    page.goto(ready.at("map"))
    page.locator("main td a, main th a").first.click()
    expect(page.locator("#panel h1")).to_be_visible()
    assert _found(page, "a theatre") == []


def test_pages_of_logins_can_be_used_by_everybody(
    visitor: Callable[..., Page], server: Callable[..., Site]
) -> None:
    site = server(login=True, name="logins")
    page = visitor(bypass_csp=True)
    page.goto(site.url)
    assert _found(page, "the login") == []
    page.goto(site.at(f"/invitation/{site.store.people.invite()}"))
    assert _found(page, "the invitation") == []
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("The same once more").fill("correct horse battery")
    page.get_by_role("button", name="Make the account").click()
    for path in ("/", "/account"):
        page.goto(site.at(path))
        assert _found(page, path) == []


def test_a_job_under_way_can_be_used_by_everybody(
    visitor: Callable[..., Page], server: Callable[..., Site]
) -> None:
    site = server("council", name="idle jobs", works=False)
    page = visitor(bypass_csp=True)
    page.goto(site.at(site.scenario))
    assert violations(page) == []
    page.get_by_role("button", name="Play as Midland").click()
    page.wait_for_url("**/jobs/*")
    assert violations(page) == []
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("main")).to_contain_text("It was cancelled")
    assert violations(page) == []


def test_no_page_offends_the_policy(page: Page, ready: Played, watch: Watch) -> None:
    """Here the policy holds: what offends it is an error on the console."""
    for url in every(ready):
        answer = page.request.get(url) if ALIKE.search(url) else page.goto(url)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        if "/nothing" in url:
            watch.forgive()
        assert watch.found == [], url
        assert page.locator("[style], main script, main style").count() == 0, url


def test_the_largest_text_fits_a_telephone(phone: Page, ready: Played) -> None:
    phone.context.add_cookies([ready.site.look("light.160.standard.on")])
    for page in ("chronicle/3", "council", "map", "ledger/stocks", "estimates", "contents"):
        phone.goto(ready.at(page))
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["viewport"]["width"], page  # type: ignore[index]
