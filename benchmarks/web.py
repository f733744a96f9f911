"""How quick the council room and the chronicle are, and how much they weigh, beside their targets.

Seconds from the command to the first answer; bytes of the first page with its files, and of the
script; milliseconds of a chapter's turn by key in Chromium; milliseconds of a chapter read from the
store, of a campaign of 40 turns and 5 branches, every chapter of it, as the server answers them.

    python benchmarks/web.py
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright

from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.web.context import address

CHROMIUM = Path("/usr/bin/chromium")
SCENARIO = Path("tests/scenarios/council.toml")
TURNS, BRANCHES, MEMBERS = 40, 5, 64
TIMES = 20  # chapters turned
# Resolves once the chapter of that number stands on the screen, with the milliseconds that took.
_TURN = """([key, n]) => new Promise((done) => {
  const began = performance.now();
  new MutationObserver((_, eye) => {
    if (!document.querySelector(`[data-turn="${n}"]`)) return;
    eye.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(document.body, { childList: true, subtree: true });
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
})"""


def played(place: Path) -> int:
    """A campaign of so many turns, with decisions and branches, kept in a new store."""
    text = SCENARIO.read_text("utf-8").replace("weeks = 26", f"weeks = {4 + 2 * TURNS}", 1)
    longer = place.with_name("longer.toml")
    longer.write_text(text, "utf-8")
    game = Campaign.start(longer, store=place, members=MEMBERS)
    _play(game, {"lorries": "sell-lorries", "friendship": "befriend"})
    for at in range(2, BRANCHES + 1):
        _play(game.branch(at), {"lorries": "keep-lorries", "friendship": "stand-guard"})
    return game.number


def _play(game: Campaign, options: dict[str, str]) -> None:
    """On to the last turn; what is on the agenda is decided on forecasts."""
    while game.turn < TURNS:
        for item in game.agenda:
            game.brief([item])
            game.decide(item, options[item])
        game.advance()


@contextmanager
def served(place: Path) -> Iterator[tuple[str, float]]:
    """A server over a store: its address, and the seconds until it answered."""
    command = [sys.executable, "-c", "from sinews.cli import main; main()", "serve"]
    words = ["--store", str(place), "--port", "0", "--no-open"]
    began = time.perf_counter()
    running = subprocess.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
    )
    try:
        assert running.stdout is not None
        url = running.stdout.readline().partition(" at ")[2].partition(",")[0]
        _got(url)
        yield url, time.perf_counter() - began
    finally:
        running.terminate()
        running.wait()


def _got(url: str) -> bytes:
    """What is sent: compressed, where it comes so."""
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        return answer.read()


def weights(url: str) -> tuple[int, int, int]:
    """Bytes of a page with its files as they are sent, of its script as sent, and as written."""
    content = _got(url)
    files = re.findall(rb'(?:src|href)="(/static/[^"]+)"', content)
    sent = {file: len(_got(urljoin(url, file.decode()))) for file in dict.fromkeys(files)}
    script = next(file for file in sent if b"script.js" in file)
    with urlopen(urljoin(url, script.decode())) as answer:
        whole = len(answer.read())
    return len(content) + sum(sent.values()), sent[script], whole


def turned(page: Page) -> list[float]:
    """Milliseconds of each turn of a chapter by key, on and back."""
    took: list[float] = []
    for n in range(2, TIMES // 2 + 2):
        took.append(page.evaluate(_TURN, ["ArrowRight", n]))
        page.wait_for_timeout(150)  # as a reader at least takes
    for n in range(TIMES // 2, 0, -1):
        took.append(page.evaluate(_TURN, ["ArrowLeft", n]))
        page.wait_for_timeout(150)
    return took


def read(url: str, number: int) -> list[float]:
    """Milliseconds until each chapter of each branch has come, asked for once."""
    took: list[float] = []
    for branch in range(1, BRANCHES + 1):
        for n in range(1, TURNS + 1):
            began = time.perf_counter()
            _got(url + address(number, branch, f"chronicle/{n}"))
            took.append(1000 * (time.perf_counter() - began))
    return took


def _tell(what: str, found: str, target: str) -> None:
    print(f"  {what + ':':56} {found:>18}   target {target}", flush=True)


def _tell_spread(what: str, times: list[float], target: str) -> None:
    ninth = statistics.quantiles(times, n=10)[-1]
    found = f"{statistics.median(times):.0f} / {ninth:.0f} / {max(times):.0f} ms"
    _tell(f"{what}, median / 90 % / most", found, target)


def main() -> None:
    if not CHROMIUM.exists():
        sys.exit(f"{CHROMIUM} is not there. On Debian: apt install chromium")
    with tempfile.TemporaryDirectory() as folder:
        empty, place = Path(folder) / "empty.sqlite", Path(folder) / "store.sqlite"
        print("sinews serve")
        starts: list[float] = []
        for _ in range(2):
            with served(empty) as (_, seconds):
                starts.append(seconds)
        with served(empty) as (url, seconds):
            first, sent, whole = weights(url)
        _tell("from the command to the first answer", f"{min(*starts, seconds):.2f} s", "3 s")
        _tell("first page with its files, as sent", f"{first / 1000:.1f} kB", "200 kB")
        _tell("script, as sent", f"{sent / 1000:.1f} kB", "15 kB")
        _tell("script, as written", f"{whole / 1000:.1f} kB", "15 kB")
        number = played(place)
        with served(place) as (url, seconds):
            _tell("to the first answer, a long campaign kept", f"{seconds:.2f} s", "3 s")
            _tell_spread("chapter, its figures not drawn yet", read(url, number), "100 ms")
            _settled(Store(place))
            _tell_spread("chapter with its figures", read(url, number), "100 ms")
            with sync_playwright() as playwright:
                turns = _turns(playwright, url + address(number, 1, "chronicle/1"))
        _tell_spread("turn by key in Chromium", turns, "100 ms, the median")


def _turns(playwright: Any, url: str) -> list[float]:
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
    )
    page = browser.new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle")
    found = turned(page)
    browser.close()
    return found


def _settled(store: Store) -> None:
    """Wait until the worker has nothing left to do."""
    while store.jobs.queue():
        time.sleep(0.5)
    store.close()


if __name__ == "__main__":
    main()
