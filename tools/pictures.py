"""The pictures of README.md, in docs/images.

    make pictures

The council of Beijing on its own page and in the browser, a chapter and the map of a campaign that
is played from it, the fronts and losses of eastern-front-1941. Needs Debian's chromium; minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright
from screenshots import CHROMIUM, FIRST, SECOND, TURNS, WAIT, decide, opened, pages, served

from sinews.campaign.played import Campaign

OUT = Path("docs/images")
# By name of the picture: the command that writes a page, the page, what is at its top, its size.
WRITTEN = {
    "beijing-1941": ("brief beijing-1941 --item peace", "brief.html", "h1", (900, 1500)),
    "eastern-front-1941": (
        "run eastern-front-1941",
        "report.html",
        "h2:text-is('The fronts')",
        (1085, 795),
    ),
}
DESKTOP = 1280  # pixels
# Of a served campaign: the page, what is at its top, the size.
COUNCIL = {"council": ("item", "main", (1080, 1290))}
PLAYED = {"chapter": ("chapter-3", "main", (1000, 1130)), "map": ("map", "main", (1066, 680))}


def _taken(
    browser: Browser, url: str, name: str, top: str, size: tuple[int, int], desk: int, **look: Any
) -> None:
    """A picture of a page on a screen `desk` wide, from a little above and left of its top on."""
    wide, tall = size
    screen = {"width": desk, "height": tall}
    page = opened(browser, url, {"viewport": screen}, **look).new_page()
    page.goto(url)
    expect(page.locator("main .job")).to_have_count(0, timeout=WAIT)
    corner = page.locator(top).first.evaluate(
        "x => [x.getBoundingClientRect().left, x.getBoundingClientRect().top + scrollY]"
    )
    left, above = (max(each - 16, 0) for each in corner)
    part: Any = {"x": left, "y": above, "width": wide, "height": tall}
    page.screenshot(path=OUT / f"{name}.png", clip=part, full_page=True)
    page.context.close()
    print(OUT / f"{name}.png", flush=True)


def _written(browser: Browser, folder: Path) -> None:
    """The pages that commands write."""
    for name, (command, file, top, size) in WRITTEN.items():
        words = [*command.split(), "--out", str(folder / name)]
        subprocess.run(
            [sys.executable, "-c", "from sinews.cli import main; main()", *words],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        _taken(browser, f"file://{folder / name / file}", name, top, size, desk=size[0])


def _lived(browser: Browser, place: Path) -> None:
    """The pages of a campaign: the council's on its first day, the others after some turns."""
    game = Campaign.start("beijing-1941", store=place)
    game.brief(["peace"])
    with served(place) as url:

        def taken(pictures: dict[str, tuple[str, str, tuple[int, int]]]) -> None:
            for name, (page, top, size) in pictures.items():
                _taken(
                    browser, url + pages(game.number)[page], name, top, size, DESKTOP, theme="light"
                )

        taken(COUNCIL)
        decide(game, FIRST)
        game.advance()
        decide(game, SECOND)
        while game.turn < TURNS:
            game.advance()
        taken(PLAYED)


def main() -> None:
    if not CHROMIUM.exists():
        sys.exit(f"{CHROMIUM} is not there. On Debian: apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        _lived(browser, Path(folder) / "store.sqlite")
        _written(browser, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
