"""A campaign from the library to its last chapter: by keys, by touch, without script."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import FOREVER, Site
from browser.keys import Keys

LORRIES, TREATY = "The order for lorries", "The treaty"
SOLD, KEPT = "Sell lorries and steel", "Sell nothing"
SIGNED, UNSIGNED = "The treaty, and the captured tanks", "No treaty"
LAST = 7  # turns of four weeks


@pytest.fixture(autouse=True)
def long_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way to the end is the same in fewer steps."""
    monkeypatch.setattr("sinews.campaign.played.TURN", 4)


def test_a_campaign_is_played_to_its_end_by_keys(page: Page, server: Callable[..., Site]) -> None:
    keys, site = Keys(page), server("council", name="keys")
    page.goto(site.url)
    keys.open("Open council", site.scenario)
    keys.open("Play as Midland", "/chronicle/1")
    expect(page.locator(".way")).to_contain_text(LORRIES)
    keys.council()
    keys.decide(LORRIES, KEPT, wait=True)
    keys.press("u")
    expect(page.locator(".agenda")).to_contain_text("Open")
    keys.submit(1)
    _back_and_forth(page, site)
    for turn in range(2, LAST):
        keys.council()
        if turn == 3:
            keys.decide(LORRIES, SOLD, wait=True)
            keys.decide(TREATY, SIGNED)
        keys.submit(turn)
    expect(page.locator("main")).to_contain_text("Take the book along")
    keys.council()
    expect(page.locator("main")).to_contain_text("The campaign is over")

    _otherwise(page, keys)


def _back_and_forth(page: Page, site: Site) -> None:
    """Back to the library, and on to where one was."""
    here, steps = page.url, 0
    while page.url.rstrip("/") != site.url:
        page.go_back()
        steps += 1
        assert steps < 30, page.url
        assert page.locator("main h1").count() == 1, page.url
        assert "no such page" not in page.title().lower()
    assert steps > 5
    for _ in range(steps):
        page.go_forward()
    expect(page).to_have_url(here)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".kicker").first).to_have_text(re.compile(r"chapter 2$", re.I))


def _otherwise(page: Page, keys: Keys) -> None:
    """From the contents to the third chapter, and on from there along a branch."""
    keys.press("g")
    keys.at("/contents")
    expect(page.locator("main")).to_contain_text("Decided")
    keys.open("Chapter 3:", "/chronicle/3")
    first = page.locator("main h1").inner_text()
    keys.press("t")
    keys.open("Branches", r"/branches(\?turn=3)?")
    keys.to("A branch from")
    keys.press("Home", "ArrowDown", "ArrowDown")
    keys.open("Make it", "/2/chronicle/3")
    assert page.locator("main h1").inner_text() == first
    keys.council()
    agenda = page.locator(".agenda")
    keys.decide(TREATY, UNSIGNED)
    expect(agenda).to_contain_text(f"Decided: {UNSIGNED}")
    keys.press("u")
    expect(agenda).not_to_contain_text("Decided")
    keys.to("Redo")
    keys.press("Enter")
    expect(agenda).to_contain_text(f"Decided: {UNSIGNED}")
    keys.decide(LORRIES, SOLD)
    keys.to("Reset the turn")
    keys.press("Enter")
    expect(agenda).not_to_contain_text("Decided")
    keys.decide(TREATY, UNSIGNED)
    keys.submit(3, branch=2)
    # What was decided on the other branch stands there.
    keys.press("g")
    keys.at("/2/contents")
    expect(page.locator("main")).to_contain_text(UNSIGNED)
    keys.press("t")
    keys.open("Branches", "/branches")
    keys.open("Compare", "/compare/1")
    expect(page.locator("main")).to_contain_text("Decided otherwise")
    expect(page.locator("main")).to_contain_text(SIGNED)


def test_a_campaign_is_played_to_its_end_by_touch(phone: Page, server: Callable[..., Site]) -> None:
    site = server("council", name="touch")
    phone.goto(site.url)
    phone.get_by_role("link", name="Open council").tap()
    phone.get_by_role("button", name="Play as Midland").tap()
    _read(phone, 1)
    for turn in range(1, LAST):
        _to_the_council(phone, by_tools=turn % 2 == 0)
        if turn == 1:
            _decide(phone, LORRIES, SOLD)
        if turn == 2:
            _decide(phone, TREATY, SIGNED)
        phone.get_by_role("link", name="Submit the turn").tap()
        phone.locator("#panel").get_by_role("button", name="Submit the turn").tap()
        _read(phone, turn + 1)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, phone.url
    expect(phone.locator("main")).to_contain_text("Take the book along")
    phone.touchscreen.tap(5, 120)
    _read(phone, LAST - 1)
    phone.touchscreen.tap(385, 120)
    _read(phone, LAST)
    _swipe(phone, 180)
    _read(phone, LAST - 1)
    _swipe(phone, -180)
    _read(phone, LAST)
    phone.touchscreen.tap(195, 90)
    expect(phone.locator("#tools")).to_be_visible()
    phone.locator("#tools").get_by_role("link", name="Contents").tap()
    phone.wait_for_url("**/contents")
    phone.get_by_role("link", name="Chapter 3:").tap()
    _read(phone, 3)
    phone.go_back()
    phone.wait_for_url("**/contents")


def _read(page: Page, n: int) -> None:
    page.wait_for_url(f"**/chronicle/{n}", timeout=FOREVER)
    expect(page.locator(".kicker").first).to_have_text(re.compile(rf"chapter {n}$", re.I))


def _to_the_council(phone: Page, by_tools: bool) -> None:
    if by_tools:
        phone.touchscreen.tap(195, 90)
        expect(phone.locator("#tools")).to_be_visible()
        phone.locator("#tools").get_by_role("link", name="Council").tap()
    else:
        phone.locator(".pages").get_by_role("link", name="Council").tap()
    phone.wait_for_url("**/council")


def _decide(phone: Page, item: str, option: str) -> None:
    phone.get_by_role("link", name=item).tap()
    _decides(phone, option).tap()
    expect(phone.locator(".verdict")).to_contain_text(f"Decided: {option}")
    phone.get_by_role("link", name="To the agenda").tap()
    phone.wait_for_url("**/council")


def _decides(page: Page, option: str) -> Locator:
    """The button that decides for an option."""
    return page.get_by_role("button", name=re.compile(rf"^Decide\s?: {option}$"))


def _swipe(phone: Page, across: int) -> None:
    """A finger drawn over the glass."""
    glass = phone.context.new_cdp_session(phone)
    y, start = 300, 195 - across / 2

    def touch(kind: str, *points: dict[str, float]) -> None:
        says = {"type": kind, "touchPoints": list(points)}
        glass.send("Input.dispatchTouchEvent", says)

    touch("touchStart", {"x": start, "y": y})
    for step in range(1, 6):
        touch("touchMove", {"x": start + across * step / 5, "y": y})
    touch("touchEnd")


def test_a_campaign_is_played_without_script(plain: Page, server: Callable[..., Site]) -> None:
    site = server("council", name="plain")
    plain.goto(site.url)
    plain.get_by_role("link", name="Open council").click()
    plain.get_by_role("button", name="Play as Midland").click()
    _read(plain, 1)
    for turn in (1, 2):
        plain.locator(".pages").get_by_role("link", name="Council").click()
        if turn == 1:
            plain.get_by_role("link", name=LORRIES).click()
            expect(plain.get_by_role("heading", name="What each leads to")).to_be_visible(
                timeout=FOREVER
            )
            _decides(plain, SOLD).click()
            expect(plain.locator(".verdict")).to_contain_text(f"Decided: {SOLD}")
            plain.get_by_role("link", name="To the agenda").click()
            plain.get_by_role("button", name="Undo").click()
            plain.get_by_role("button", name="Redo").click()
            expect(plain.locator(".agenda")).to_contain_text(f"Decided: {SOLD}")
        plain.get_by_role("link", name="Submit the turn").click()
        plain.get_by_role("button", name="Submit the turn").click()
        _read(plain, turn + 1)
    assert len(plain.locator(".prose").inner_text()) > 100
    plain.locator(".beside .prev").click()
    _read(plain, 2)
    plain.locator(".prose a.number, .verdict a.number").first.click()
    assert "/number/" in plain.url
    expect(plain.locator("main h1")).to_be_visible()
