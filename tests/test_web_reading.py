"""The library and the chronicle as pages: what they say, weigh and refuse."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sinews.campaign.played import Campaign
from sinews.campaign.store import Store
from sinews.web import render
from sinews.web.app import application
from sinews.web.session import cookie_name
from sinews.web.worker import work_off

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"
ROOM = Path(render.__file__).parent
PAGES = ("/", "/s/beijing-1941", "/settings", "/help", "/upload")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with a campaign of three turns, and a branch."""
    made = Store(tmp_path_factory.mktemp("web") / "store.sqlite")
    game = Campaign.start(COUNCIL, store=made, members=16)
    game.decide("lorries", "sell-lorries")
    game.advance()
    game.advance()
    game.branch(at=2)
    return made


@pytest.fixture(scope="module")
def web(store: Store) -> TestClient:
    return TestClient(application(store), base_url="http://localhost")


def _token(web: TestClient) -> str:
    found = re.search(r'data-token="(\w+)"', web.get("/help").text)
    assert found
    return found.group(1)


# What pages say.


def test_the_library_offers_what_there_is(web: TestClient) -> None:
    text = web.get("/").text
    assert "A neighbour&#39;s war" in text
    assert "Open beijing-1941" in text
    assert "Midland, 28 Jul 1941" in text or "Midland, 14 Jul 1941" in text


def test_a_newcomer_is_shown_a_scenario_first(tmp_path: Path) -> None:
    web = TestClient(application(Store(tmp_path / "empty.sqlite")), base_url="http://localhost")
    text = web.get("/").text
    assert '<a class="button primary" href="/s/beijing-1941">Open beijing-1941</a>' in text
    assert "Play as China" in web.get("/s/beijing-1941").text


def test_a_chapter_has_its_text_its_numbers_and_the_way_on(web: TestClient) -> None:
    first, last = web.get("/c/1/1/chronicle/1").text, web.get("/c/1/1/chronicle/3").text
    assert re.search(r'<a class="number" href="/c/1/1/number/[^"]+\?at=1">', first)
    assert '<link rel="next" href="/c/1/1/chronicle/2">' in first
    assert '<link rel="prev"' not in first
    assert "Branch 2" in web.get("/c/1/1/chronicle/2").text
    assert '<link rel="prev" href="/c/1/1/chronicle/2">' in last
    assert '<link rel="next"' not in last
    assert "Chapter 3 of 3" in last
    assert 'href="/c/1/1/council"' in last


def test_a_past_chapter_is_sent_but_once(web: TestClient) -> None:
    web.get("/help")  # a first answer brings the visit's cookie, which nobody may keep
    first = web.get("/c/1/1/chronicle/1")
    again = web.get("/c/1/1/chronicle/1", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert "content-length" not in again.headers


def test_a_panel_is_the_main_part_alone(web: TestClient) -> None:
    part = web.get("/help?part=1").text
    assert "<h1>Keys and taps</h1>" in part
    assert "<html" not in part


def test_contents_name_every_chapter(web: TestClient) -> None:
    text = web.get("/c/1/1/contents").text
    assert '<h2 id="y1941">1941</h2>' in text
    assert text.count('class="name"') == 3
    assert "Decided: Sell lorries and steel" in text
    assert "Branch 2 leaves here" in text


def test_the_campaigns_own_address_leads_to_the_readers_place(web: TestClient) -> None:
    assert web.get("/c/1/1/chronicle", follow_redirects=False).headers["location"] in (
        "/c/1/1/chronicle/3",
        "/c/1/1/chronicle/2",
    )


def test_reading_is_marked_by_a_form_and_by_nothing_else(web: TestClient) -> None:
    for n in (1, 2, 3):
        web.get(f"/c/1/1/chronicle/{n}")
    assert "Begun, not read yet" in web.get("/").text
    says = {"do": "read", "token": _token(web)}
    answer = web.post("/c/1/1/chronicle/2", data=says, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/1/1/chronicle/2")
    text = web.get("/").text
    assert "Where you left off" in text
    assert "1 chapter unread" in text


@pytest.mark.parametrize(
    "path",
    [
        "/c/1/1/chronicle/4",
        "/c/1/1/chronicle/0",
        "/c/1/1/chronicle/x",
        "/c/1/9/chronicle/1",
        "/c/9/1/contents",
        "/s/nothing",
        "/s/upload-7",
        "/s/upload-x",
        "/c/1/1/export/pdf",
        "/c/1/1/export/epub",
        "/static/../app.py",
        "/static/%2e%2e%2fapp.py",
    ],
)
def test_what_there_is_not_is_said_with_a_way_on(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert re.search(r'<main.*<a [^>]*href="/', answer.text, re.DOTALL)


# Forms.


def test_settings_are_kept_in_a_cookie_that_the_server_reads(web: TestClient, store: Store) -> None:
    says = {"theme": "sepia", "size": "120", "zones": "off", "keys": "no", "token": _token(web)}
    answer = web.post("/settings", data=says | {"back": "/help"})
    assert answer.url.path == "/help"
    html = '<html lang="en" data-theme="sepia" data-size="120" data-zones="off" data-keys="on">'
    assert html in answer.text
    away = web.post("/settings", data=says | {"back": "//evil.org"}, follow_redirects=False)
    assert away.headers["location"] == "/settings"
    web.cookies.delete(cookie_name(store.shelf.secret(), "look"))


def test_a_campaign_is_begun_once_for_one_form(web: TestClient, store: Store) -> None:
    says = {"do": "start", "power": "china", "key": "mine", "token": _token(web)}
    first, second = (
        web.post("/s/beijing-1941", data=says, follow_redirects=False) for _ in range(2)
    )
    assert first.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    number = int(first.headers["location"].rpartition("/")[2])
    assert store.jobs.job(number).says["library"] == "beijing-1941"
    assert store.jobs.cancel(number) is not False


@pytest.mark.parametrize("says", [{"power": "atlantis"}, {"power": "china", "seed": "-1"}])
def test_a_campaign_that_cannot_be_is_refused(web: TestClient, says: dict[str, str]) -> None:
    answer = web.post("/s/beijing-1941", data={"do": "start", "token": _token(web)} | says)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_an_upload_is_offered_and_removed(web: TestClient, store: Store) -> None:
    files = {"file": ("My war.toml", COUNCIL.read_bytes())}
    answer = web.post("/upload", files=files, data={"token": _token(web)})
    assert answer.url.path == "/s/upload-1"
    assert "Play as Midland" in answer.text
    assert "Open my-war" in web.get("/").text
    web.post("/s/upload-1", data={"do": "remove", "token": _token(web)})
    assert "Open my-war" not in web.get("/").text


def test_mistakes_in_an_upload_are_named_and_nothing_is_kept(web: TestClient, store: Store) -> None:
    content = COUNCIL.read_text().replace("weeks = 26", 'weeks = "<script>alert(1)</script>"')
    files = {"file": ("war.toml", content.encode())}
    answer = web.post("/upload", files=files, data={"token": _token(web)})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "weeks" in answer.text
    assert store.uploads.of(0) == []


def test_a_book_is_made_and_taken_along(web: TestClient, store: Store) -> None:
    for form, begins in (("md", b"#"), ("html", b"<!doctype html>"), ("epub", b"PK")):
        web.post("/c/1/1/export", data={"do": "make", "form": form, "token": _token(web)})
        work_off(store)
        assert f'href="/c/1/1/export/{form}"' in web.get("/c/1/1/export").text
        answer = web.get(f"/c/1/1/export/{form}")
        assert answer.content.lower().startswith(begins.lower())
        assert f'.{form}"' in answer.headers["content-disposition"]


# What pages weigh.


def test_the_first_page_weighs_less_than_200_kB(web: TestClient) -> None:
    for path in ("/", "/c/1/1/chronicle/2"):
        text = web.get(path).text
        parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
        plain = {"Accept-Encoding": "identity"}
        sizes = [len(web.get(part, headers=plain).content) for part in parts]
        assert len(parts) >= 3
        assert len(text.encode()) + sum(sizes) <= 200_000


def test_the_script_weighs_less_than_15_kB() -> None:
    assert len((ROOM / "static" / "script.js").read_bytes()) <= 15_000


# What pages may not hold.


@pytest.mark.parametrize(
    "file",
    [path for folder in ("static", "templates") for path in sorted((ROOM / folder).iterdir())],
    ids=lambda path: path.name,
)
def test_no_file_of_a_page_names_another_host(file: Path) -> None:
    found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<>)]*", file.read_text("utf-8"))
    assert [each for each in found if not each.startswith("http://www.w3.org/")] == []


def test_pages_carry_no_style_and_no_script_of_their_own(web: TestClient) -> None:
    for path in (*PAGES, "/c/1/1/chronicle/2", "/c/1/1/contents", "/c/1/1/export"):
        answer = web.get(path)
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert " style=" not in answer.text, path
        assert "<style" not in answer.text, path
        assert not re.search(r"<script(?! src=\"/static/)", answer.text), path
        assert not re.search(r"\son\w+=", answer.text), path


def test_headings_come_in_order(web: TestClient) -> None:
    for path in (*PAGES, "/c/1/1/chronicle/2", "/c/1/1/contents", "/c/1/1/export"):
        main = web.get(path).text.partition("<main")[2].partition("</main>")[0]
        levels = [int(level) for level in re.findall(r"<h(\d)", main)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(b - a <= 1 for a, b in pairwise(levels)), (path, levels)
