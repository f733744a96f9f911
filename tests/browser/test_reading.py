"""The chronicle and the library in a real browser: keys, taps, panels, looks, no script."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import FOREVER, Played, Site, tap


def _heading(page: Page) -> str:
    return page.locator("main h1").inner_text()


def _turned(page: Page, n: int) -> None:
    expect(page).to_have_url(re.compile(rf"/chronicle/{n}$"))
    expect(page.locator("main .kicker").first).to_have_text(f"Chapter {n}")


# Keys.


def test_arrows_turn_chapters(page: Page, played: Played) -> None:
    page.goto(played.chapter(1))
    page.evaluate("window.same = 1")
    page.keyboard.press("ArrowLeft")
    _turned(page, 1)
    page.keyboard.press("ArrowRight")
    _turned(page, 2)
    page.keyboard.press("ArrowRight")
    _turned(page, 3)
    page.keyboard.press("ArrowLeft")
    _turned(page, 2)
    assert page.evaluate("window.same") == 1  # without loading the page anew
    assert page.evaluate("scrollY") == 0
    assert page.title() in page.locator("#live").inner_text()


def test_home_and_end_go_to_the_first_and_the_last_chapter(page: Page, played: Played) -> None:
    page.goto(played.chapter(3))
    page.keyboard.press("End")
    _turned(page, 5)
    page.keyboard.press("Home")
    _turned(page, 1)


def test_back_and_forward_go_through_the_chapters_read(page: Page, played: Played) -> None:
    page.goto(played.chapter(2))
    page.keyboard.press("ArrowRight")
    _turned(page, 3)
    page.keyboard.press("ArrowRight")
    _turned(page, 4)
    page.go_back()
    _turned(page, 3)
    page.go_back()
    _turned(page, 2)
    page.go_forward()
    _turned(page, 3)


def test_letters_lead_to_the_tools_at_the_chapters_day(page: Page, played: Played) -> None:
    page.goto(played.chapter(3))
    page.keyboard.press("g")
    page.wait_for_url(re.compile(r"/contents$"))
    page.go_back()
    _turned(page, 3)
    for key, part in (("m", "map"), ("l", "ledger"), ("e", "estimates"), ("c", "council")):
        assert page.locator(f"[data-key={key}]").get_attribute("href") == (
            f"/c/{played.game.number}/1/{part}?at=3"
        )
    page.keyboard.press("Control+g")
    page.keyboard.press("Alt+g")
    _turned(page, 3)


def test_letters_can_be_switched_off_and_arrows_cannot(page: Page, played: Played) -> None:
    page.goto(played.site.at("/settings"))
    page.get_by_role("group", name="Letter keys").get_by_label("Off").check()
    page.goto(played.chapter(2))
    for key in ("g", "t", "?", "+", "d"):
        page.keyboard.press(key)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.evaluate("document.documentElement.dataset.size") == "100"
    page.keyboard.press("ArrowRight")
    _turned(page, 3)
    page.keyboard.press("Enter")
    expect(page.locator("#tools")).to_be_visible()


def test_arrows_in_a_scroller_or_a_field_belong_to_it(page: Page, played: Played) -> None:
    page.goto(played.chapter(2))
    page.evaluate(
        """() => { const box = document.createElement("div"); box.className = "wide";
        box.tabIndex = 0; box.textContent = "a chart"; document.querySelector("main").append(box);
        box.focus(); }"""
    )
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(150)
    _turned(page, 2)


def test_up_down_and_space_scroll(page: Page, played: Played) -> None:
    page.set_viewport_size({"width": 900, "height": 300})
    page.goto(played.chapter(2))
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    _turned(page, 2)
    below = page.evaluate("scrollY")
    assert below > 0
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(400)
    assert page.evaluate("scrollY") < below


# Tools and panels.


def test_tools_open_by_key_and_click_and_give_the_keys_back(page: Page, played: Played) -> None:
    page.goto(played.chapter(2))
    tools = page.locator("#tools")
    page.keyboard.press("t")
    expect(tools).to_be_visible()
    page.keyboard.press("ArrowRight")
    _turned(page, 2)
    page.keyboard.press("Escape")
    expect(tools).to_be_hidden()
    page.mouse.click(1270, 600)  # in the margin
    expect(tools).to_be_visible()
    page.keyboard.press("t")
    expect(tools).to_be_hidden()
    page.keyboard.press("ArrowRight")
    _turned(page, 3)


def test_a_number_opens_as_a_panel_that_back_closes(page: Page, played: Played) -> None:
    _with_panels(page)
    page.goto(played.chapter(3))
    number = page.locator("a.number").first
    href = number.get_attribute("href") or ""
    assert href.endswith("?at=3")
    number.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    expect(panel.locator("h1")).to_have_text("Where it comes from")
    assert page.url.endswith(href)
    page.keyboard.press("ArrowRight")
    page.go_back()
    expect(panel).to_be_hidden()
    _turned(page, 3)
    assert page.evaluate("document.activeElement.className") == "number"
    page.go_forward()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    _turned(page, 3)
    page.keyboard.press("ArrowRight")
    _turned(page, 4)


def _with_panels(page: Page) -> None:
    """Stand in for the pages of numbers."""
    body = "<h1>Where it comes from</h1><p><a data-panel href='/c/1/1/number/x?at=1'>More</a></p>"
    page.route("**/number/**", lambda route: route.fulfill(body=body, content_type="text/html"))


def test_panels_lie_over_one_another(page: Page, played: Played) -> None:
    _with_panels(page)
    page.goto(played.chapter(3))
    page.locator("a.number").first.click()
    page.locator("#panel a", has_text="More").click()
    page.wait_for_url("**/number/x?at=1")
    page.go_back()
    expect(page.locator("#panel")).to_be_visible()
    page.locator("#panel .close").click()
    expect(page.locator("#panel")).to_be_hidden()
    _turned(page, 3)


def test_help_opens_over_the_page(page: Page, played: Played) -> None:
    page.goto(played.chapter(1))
    page.keyboard.press("?")
    expect(page.locator("#panel h1")).to_have_text("Keys and taps")
    page.keyboard.press("Escape")
    _turned(page, 1)


# Touch.


def test_edges_turn_and_the_middle_opens_the_tools(phone: Page, played: Played) -> None:
    phone.goto(played.chapter(2))
    tap(phone, 380, 110)  # beside the text
    _turned(phone, 3)
    tap(phone, 6, 110)
    _turned(phone, 2)
    tap(phone, 195, 70)
    expect(phone.locator("#tools")).to_be_visible()


@pytest.mark.parametrize(("zones", "chapter"), [("swapped", 1), ("off", 2)], ids=["swapped", "off"])
def test_zones_are_a_setting(phone: Page, played: Played, zones: str, chapter: int) -> None:
    phone.goto(played.site.at("/settings"))
    group = phone.get_by_role("group", name="Taps on a chapter")
    group.get_by_label(zones.capitalize()).check()
    expect(phone.locator(".zones")).to_be_visible()
    expect(phone.locator(".zones")).to_be_hidden()
    phone.goto(played.chapter(2))
    tap(phone, 380, 110)
    phone.wait_for_timeout(200)
    _turned(phone, chapter)
    tap(phone, 195, 70)
    expect(phone.locator("#tools")).to_be_visible()


def test_a_tap_on_a_link_is_the_links(phone: Page, played: Played) -> None:
    phone.goto(played.chapter(2))
    phone.locator(".pages a", has_text="Tools").tap()
    expect(phone.locator("#tools")).to_be_visible()
    _turned(phone, 2)


def test_a_wide_swipe_turns_and_a_short_one_does_not(phone: Page, played: Played) -> None:
    phone.goto(played.chapter(2))
    _swipe(phone, -60, 0)
    _swipe(phone, -150, 90)
    phone.wait_for_timeout(150)
    _turned(phone, 2)
    _swipe(phone, -150, 20)
    _turned(phone, 3)
    _swipe(phone, 150, 20)
    _turned(phone, 2)


def _swipe(page: Page, across: int, down: int) -> None:
    page.evaluate(
        """([x, y]) => {
          const at = document.querySelector("main"), touch = (x, y) => new Touch(
            { identifier: 1, target: at, clientX: 200 + x, clientY: 300 + y });
          at.dispatchEvent(new TouchEvent("touchstart", { bubbles: true, touches: [touch(0, 0)],
            changedTouches: [touch(0, 0)] }));
          at.dispatchEvent(new TouchEvent("touchend", { bubbles: true, touches: [],
            changedTouches: [touch(x, y)] }));
        }""",
        [across, down],
    )


# Looks.


def test_the_theme_stays_and_is_there_before_the_first_paint(page: Page, played: Played) -> None:
    page.goto(played.chapter(1))
    for theme in ("sepia", "dark", "light", "sepia"):
        page.keyboard.press("d")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.keyboard.press("+")
    answer = page.goto(played.chapter(2))
    assert answer is not None
    assert 'data-theme="sepia" data-size="110"' in answer.text()
    page.keyboard.press("-")
    assert page.evaluate("document.documentElement.dataset.size") == "100"


def test_settings_act_at_once(page: Page, played: Played) -> None:
    page.goto(played.site.at("/settings"))
    page.get_by_label("Dark", exact=True).check()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
    page.locator("#size").fill("130")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"
    page.keyboard.press("t")
    page.locator("#tools").get_by_role("button", name="Sepia").click()
    page.keyboard.press("Escape")
    assert page.get_by_label("Sepia", exact=True).is_checked()
    page.reload()
    assert page.get_by_label("Sepia", exact=True).is_checked()


# The reader's place.


def test_the_library_says_where_one_left_off(page: Page, played: Played) -> None:
    page.goto(played.chapter(1))
    page.keyboard.press("ArrowRight")
    _turned(page, 2)
    title = _heading(page)
    page.wait_for_timeout(100)
    page.goto(played.site.at("/"))
    again = page.locator(".again")
    expect(again).to_contain_text(title)
    again.get_by_role("link", name="Continue").click()
    _turned(page, 2)


# The library.


def test_a_scenario_is_opened_and_begun_without_a_manual(
    page: Page, server: Callable[..., Site]
) -> None:
    site = server("council")
    page.goto(site.url)
    page.get_by_role("link", name="Open beijing-1941").click()
    expect(page.get_by_role("button", name="Play as China")).to_be_visible()
    page.goto(site.at(site.scenario))
    page.get_by_role("button", name="Play as Midland").click()
    page.wait_for_url("**/chronicle/1", timeout=FOREVER)
    expect(page.locator(".way")).to_contain_text("The order for lorries")
    expect(page.get_by_role("link", name="Hold the council")).to_be_visible()


def test_figures_come_into_their_place_while_one_reads(page: Page, played: Played) -> None:
    page.goto(played.chapter(4))
    page.evaluate("window.same = 1")
    expect(page.locator("#figures figure svg").first).to_be_visible(timeout=FOREVER)
    assert page.locator("#figures .job").count() == 0
    assert page.evaluate("window.same") == 1


def test_the_book_is_made_and_can_be_taken_along(page: Page, played: Played) -> None:
    page.goto(played.at("export"))
    card = page.locator(".takes li", has_text="Plain text")
    card.get_by_role("button", name="Make it").click()
    link = card.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=FOREVER)
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "council-1-1.md"


# Without script.


def test_everything_can_be_read_without_script(plain: Page, played: Played) -> None:
    plain.goto(played.site.url)
    plain.locator("h3 a, .again .actions a").first.click()
    plain.goto(played.chapter(2))
    assert len(plain.locator(".prose").inner_text()) > 200
    plain.locator(".beside .next").click()
    _turned(plain, 3)
    plain.get_by_role("button", name="Keep my place here").click()
    _turned(plain, 3)
    plain.locator(".pages a", has_text="Tools").click()
    expect(plain.locator("#tools")).to_be_visible()
    plain.locator("#tools").get_by_role("button", name="Dark").click()
    assert plain.locator("html").get_attribute("data-theme") == "dark"
    plain.goto(played.at("contents"))
    expect(plain.locator(".here .name")).to_contain_text(_title_of(plain, 3))
    plain.goto(played.site.at("/settings"))
    plain.get_by_label("Sepia", exact=True).check()
    plain.get_by_role("button", name="Keep these settings").click()
    assert plain.locator("html").get_attribute("data-theme") == "sepia"


def _title_of(page: Page, n: int) -> str:
    return page.locator(".contents .name").nth(n - 1).inner_text().partition(": ")[2]


# Access. What axe finds, and whether the policy is kept, is in test_axe.py.


def test_targets_are_large_enough_for_a_finger(phone: Page, played: Played) -> None:
    phone.goto(played.chapter(2))
    phone.locator(".pages a", has_text="Tools").tap()
    small = phone.evaluate(
        """() => [...document.querySelectorAll(".pages a, #tools a, #tools button, .way a.button")]
          .map((each) => [each.textContent.trim(), each.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.width < 40 || box.height < 40))
          .map(([words]) => words)"""
    )
    assert small == []
