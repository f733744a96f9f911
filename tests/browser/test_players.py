"""Two players, each with a login and a browser of their own, and orders that stay hidden."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from walks import SCENARIOS

from browser.addresses import OUTSIDE, inside
from browser.conftest import FOREVER, Site, Watch

PASSWORD = "correct horse battery"
# What of Midland's council nobody else may read anywhere.
HIDDEN = re.compile(
    "sell-lorries|keep-lorries|Sell lorries and steel|Sell nothing|The order for lorries"
    "|great-levy|small-levy|Call up all|The levy|Anna Kohl"
)


def test_two_play_with_hidden_orders(
    visitor: Callable[..., Page], server: Callable[..., Site], watch: Watch
) -> None:
    site = server(login=True, name="players")
    anna, bert = visitor(), visitor()
    _joins(anna, site.at(f"/invitation/{site.store.people.invite()}"), "Anna")
    _begins(anna, site)
    anna.goto(site.at("/c/1/1/seats"))
    anna.get_by_role("button", name=re.compile("^Invite.*Ostland")).click()
    link = anna.get_by_label("The invitation").input_value()
    assert link.startswith(site.url)
    _joins(bert, link, "Bert")
    expect(bert.locator(".agenda")).to_contain_text("The border")

    _decides(anna, site, "lorries", "Sell lorries and steel")
    _decides(anna, site, "levy", "Call up all")
    _sees_nothing_hidden(bert, site, 1)
    _jobs_stay_with_their_seat(bert, site, watch)

    _decides(bert, site, "stand", "Stand fast")
    bert.goto(site.at("/c/1/1/council"))
    bert.evaluate("window.before = 1")
    expect(bert.locator("main")).to_contain_text("Midland: still at the table")
    _submits(anna, site)
    expect(anna.locator("main")).to_contain_text("Waiting for Ostland")
    # Told by the server: nobody has loaded the page again.
    expect(bert.locator("main")).to_contain_text("Midland: has submitted")
    _submits(bert, site)
    bert.wait_for_url("**/chronicle/2", timeout=FOREVER)
    # To the chapter or, if time passed while her page was made, to the council after it.
    arrived = re.compile("^(chapter 2|turn 2)\\b", re.I)
    expect(anna.locator(".kicker").first).to_have_text(arrived, timeout=FOREVER)
    _sees_nothing_hidden(bert, site, 2)
    assert not HIDDEN.search(bert.locator("main").inner_text())

    _loses_the_seat(anna, bert, site, watch)


def _joins(page: Page, invitation: str, name: str) -> None:
    page.goto(invitation)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Make the account")).click()
    expect(page.locator(".pages")).not_to_contain_text("Log in")


def _begins(page: Page, site: Site) -> None:
    """A campaign of a scenario that the player brings, with a seat for each of two powers."""
    page.goto(site.at("/upload"))
    page.get_by_label("The file").set_input_files(SCENARIOS / "two.toml")
    page.get_by_role("button", name="Check and keep it").click()
    page.get_by_text("Another seat, several players, other luck").click()
    page.get_by_label("Midland").check()
    page.get_by_label("Ostland").check()
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url("**/chronicle/1", timeout=FOREVER)


def _decides(page: Page, site: Site, item: str, option: str) -> None:
    page.goto(site.at(f"/c/1/1/council/{item}"))
    page.get_by_role("button", name=re.compile(rf"^Decide\s?: {option}$")).click()
    expect(page.locator(".verdict")).to_contain_text(f"Decided: {option}")


def _submits(page: Page, site: Site) -> None:
    page.goto(site.at("/c/1/1/council?submit=1"))
    page.locator("main").get_by_role("button", name="Submit the turn").click()


def _sees_nothing_hidden(page: Page, site: Site, turn: int) -> None:
    """Reads every page that a player can open, as it is sent."""
    for path in inside(1, turn):
        answer = page.request.get(site.at(path))
        assert answer.ok or answer.status == 404, (path, answer.status)
        found = HIDDEN.search(answer.text())
        assert found is None, (path, found)
    for item in ("lorries", "levy"):
        for query in ("", "?at=1"):
            answer = page.request.get(site.at(f"/c/1/1/council/{item}{query}"))
            assert answer.status == 404, (item, query)
            assert not re.search("Sell lorries|Call up", answer.text())


def _jobs_stay_with_their_seat(page: Page, site: Site, watch: Watch) -> None:
    page.goto(site.at("/c/1/1/council/stand"))  # which asks for its forecasts
    papers = [job for job in site.store.jobs.of(1) if job.kind == "paper"]
    assert {job.power for job in papers} == {"midland", "ostland"}
    for job in papers:
        for path in (f"/jobs/{job.id}?json=1", f"/jobs/{job.id}/events"):
            if job.power == "midland":
                assert page.request.get(site.at(path)).status == 404, path
            elif job.over:
                assert page.request.get(site.at(path)).ok, path
    watch.forgive()


def _loses_the_seat(anna: Page, bert: Page, site: Site, watch: Watch) -> None:
    anna.goto(site.at("/c/1/1/seats"))
    anna.get_by_role("button", name=re.compile("^Take it back.*Bert")).click()
    expect(anna.locator("main")).to_contain_text("nobody yet")
    for path in inside(1, 2):
        assert bert.request.get(site.at(path)).status == 404, path
    bert.goto(site.at("/c/1/1/council"))
    expect(bert.locator("h1")).to_have_text("There is no such page")
    bert.goto(site.url)
    expect(bert.locator("main")).not_to_contain_text("Two councils")
    watch.forgive()


def test_nothing_is_open_before_login(
    page: Page, server: Callable[..., Site], watch: Watch
) -> None:
    site = server(login=True, name="players")
    for path in {*OUTSIDE, *inside(1, 1)} - {"/settings", "/help"}:
        assert "<h1>Log in</h1>" in page.request.get(site.at(path)).text(), path
    page.goto(site.at("/c/1/1/council"))
    expect(page.locator("h1")).to_have_text("Log in")
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("No account has that name")
    watch.forgive()
