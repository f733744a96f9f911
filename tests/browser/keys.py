"""A reader who has a keyboard alone."""

import re

from playwright.sync_api import Page, expect

from browser.conftest import FOREVER

_NAMED = """() => {
  const at = document.activeElement;
  return [at.getAttribute("aria-label"), at.labels?.[0]?.textContent, at.textContent]
    .map((words) => (words ?? "").replace(/\\s+/g, " ").trim()).find(Boolean) ?? "";
}"""
_MOST = 200  # steps to what is looked for


class Keys:
    """Goes through pages without a pointer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """One key after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def to(self, words: str) -> None:
        """Tab to the first thing whose name begins so."""
        seen: list[str] = []
        for _ in range(_MOST):
            self.press("Tab")
            seen.append(self.page.evaluate(_NAMED))
            if seen[-1].startswith(words):
                return
        raise AssertionError(f"no way by Tab to {words!r}, only to {sorted(set(seen))}")

    def open(self, words: str, there: str) -> None:
        """Tab to the first thing whose name begins so, and press Enter; `there` is a regular
        expression that the address it leads to ends with."""
        self.to(words)
        self.press("Enter")
        self.at(there)

    def at(self, there: str) -> None:
        """Wait for an address that ends so."""
        self.page.wait_for_url(re.compile(there + "$"), timeout=FOREVER)

    def council(self) -> None:
        """To the council of the open turn."""
        self.press("c")
        self.at("/council")

    def decide(self, item: str, option: str, wait: bool = False) -> None:
        """From the agenda to an item, and back with a decision; `wait` for its forecasts."""
        self.open(item, r"/council/[\w-]+")
        if wait:
            heading = self.page.get_by_role("heading", name="What each leads to")
            expect(heading).to_be_visible(timeout=FOREVER)
        self.to(f"Decide: {option}")
        self.press("Enter")
        expect(self.page.locator(".verdict")).to_contain_text(f"Decided: {option}")
        self.open("The council, ", "/council")

    def submit(self, turn: int, branch: int = 1) -> None:
        """From the agenda on to the chapter that the turn leads to."""
        self.open("Submit the turn", r"submit=1")
        expect(self.page.locator("#panel")).to_be_visible()
        self.open("Submit the turn", rf"/{branch}/chronicle/{turn + 1}")
