"""What stands before every page, and what a reader is told when something is wrong."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from visitor import Visitor, cookie, two_seats

from sinews.campaign.store import Store
from sinews.web.app import ROUTES
from sinews.web.session import Settings

COUNCIL = (Path(__file__).parent / "scenarios" / "council.toml").read_text()
STRANGE = '<script>alert("x")</script>{{ 7*7 }}'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "campaigns.sqlite"


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    made = Store(place, patience=0.1)
    yield made
    made.close()


@pytest.fixture
def reader(store: Store) -> Visitor:
    return Visitor(store)


# What goes out.


@pytest.mark.parametrize("path", ["/", "/help", "/nothing/here", "/upload"])
def test_every_page_forbids_what_it_does_not_need(reader: Visitor, path: str):
    headers = reader.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_the_visit_is_known_by_a_cookie_that_no_script_can_read(reader: Visitor):
    cookie = reader.get("/help").headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie
    assert "set-cookie" not in reader.get("/help").headers
    reader.client.cookies.clear()
    reader.client.base_url = "https://localhost:8000"
    assert "Secure" in reader.get("/help").headers["set-cookie"]


def test_a_part_is_the_main_part_alone(reader: Visitor):
    whole, part = reader.get("/help").text, reader.get("/help?part=1").text
    assert "<html" in whole and "<html" not in part and part.strip() in whole


def test_files_are_kept_for_ever_under_the_name_of_their_content(reader: Visitor):
    page = reader.get("/help").text
    (address,) = set(re.findall(r'"(/static/style\.css\?v=\w+)"', page))
    file = reader.get(address)
    assert file.status_code == 200 and file.headers["content-type"].startswith("text/css")
    assert "immutable" in file.headers["cache-control"]
    assert file.headers["content-encoding"] == "gzip" and "--paper" in file.text
    assert "content-encoding" not in reader.get(address, accept_encoding="identity").headers
    plain = reader.get("/static/style.css")
    assert plain.headers["cache-control"] == "no-cache"
    again = reader.get("/static/style.css", if_none_match=plain.headers["etag"])
    assert again.status_code == 304 and not again.content


# What may come in.


@pytest.mark.parametrize(
    "host, known",
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("evil.org", False),
        ("localhost.evil.org", False),
        ("127.0.0.1.nip.io:8000", False),
        ("192.168.1.5:8000", False),
        ("", False),
    ],
)
def test_a_page_is_given_under_the_servers_own_names_only(reader: Visitor, host: str, known: bool):
    assert (reader.get("/help", host=host).status_code == 200) is known


def test_names_can_be_added_and_numbers_do_where_every_address_is_listened_at(store: Store):
    reader = Visitor(store, Settings(hosts=frozenset({"room.example"}), any_address=True))
    assert reader.get("/help", host="Room.Example:443").status_code == 200
    assert reader.get("/help", host="192.168.1.5:8000").status_code == 200
    assert reader.get("/help", host="evil.org").status_code == 421
    assert "--allow-host" in reader.get("/help", host="evil.org").text


@pytest.mark.parametrize(
    "headers, taken",
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://localhost:8000"}, True),
        ({"Origin": "http://localhost:9000"}, False),
        ({"Origin": "https://localhost:8000"}, False),
        ({"Origin": "http://evil.org"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_forms_of_other_sites_are_not_taken(
    reader: Visitor, store: Store, headers: dict[str, str], taken: bool
):
    form = {"token": reader.token(), "theme": "dark"}
    answer = reader.client.post("/settings", data=form, headers=headers)
    assert answer.status_code == (303 if taken else 403)
    assert (cookie(store, "look") in reader.client.cookies) is taken


def test_a_form_carries_the_token_of_its_own_browser(reader: Visitor, store: Store):
    other = Visitor(store)
    for token in ("", "0" * 64, "ß", other.token()):
        answer = reader.client.post("/settings", data={"token": token, "theme": "dark"})
        assert answer.status_code == 403 and "load the page again" in answer.text
    assert reader.post("/settings", theme="dark").status_code == 303


def test_a_form_stays_good_when_the_server_is_started_again(store: Store, place: Path):
    reader = Visitor(store)
    form = {"token": reader.token(), "theme": "dark"}
    again = Visitor(Store(place))
    again.client.cookies = reader.client.cookies
    assert again.client.post("/settings", data=form).status_code == 303


def test_only_forms_are_taken_and_none_too_large(reader: Visitor):
    token = reader.token()
    json = reader.client.post("/settings", json={"token": token})
    plain = reader.client.post(
        "/settings", content="token=x", headers={"Content-Type": "text/plain"}
    )
    assert (json.status_code, plain.status_code) == (415, 415)
    form = {"token": token, "theme": "dark"}
    assert reader.client.post("/settings", data=form | {"x": "y" * 1_100_000}).status_code == 413

    def slowly() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = reader.client.post("/settings", content=slowly(), headers=kind)
    assert answer.status_code == 413 and "too large" in answer.text
    many = {f"f{n}": "x" for n in range(500)}
    assert reader.client.post("/settings", data=form | many).status_code == 400
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert reader.client.post("/settings", content=b"--y\r\n", headers=broken).status_code in (
        400,
        403,
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_are_read_and_sent_to_and_nothing_else(reader: Visitor, method: str):
    assert reader.client.request(method, "/").status_code == 405


def test_reading_a_page_changes_nothing(store: Store, place: Path):
    reader = Visitor(store)
    game = two_seats(store)
    reader.get("/")

    def dump() -> list[str]:
        with closing(sqlite3.connect(place)) as db:
            return [line for line in db.iterdump() if '"job"' not in line]

    before = dump()
    for page in ("/", "/help", "/upload", "/s/beijing-1941", "/c/1/1/seats", "/c/1/1/contents"):
        assert reader.get(page).status_code == 200, page
    for do in ("undo", "submit", "advance", "cancel", "sit", "rise"):
        reader.get(f"/c/1/1/council?do={do}&key=1")
    assert dump() == before and game.turn == 1


# What there is not.


def test_what_there_is_not_is_told_with_what_there_is(reader: Visitor, store: Store):
    two_seats(store)
    for path, words, link in (
        ("/nothing", "Nothing is at /nothing", "/"),
        ("/c/7/1/contents", "no campaign 7", "/"),
        ("/c/99999999999999999999/1/contents", "no campaign", "/"),
        ("/c/1/9/contents", "no branch 9", "/c/1/1/contents"),
        ("/c/1/1/chronicle/5", "no turn 5", "/c/1/1/chronicle/1"),
        ("/c/1/1/chronicle/x", "no turn x", "/c/1/1/chronicle/1"),
        ("/c/1/1/council?at=9", "no turn 9", "/c/1/1/chronicle/1"),
        ("/c/1/1/council?at=0", "no turn 0", "/c/1/1/chronicle/1"),
        ("/jobs/12", "no job 12", "/"),
        ("/jobs/99999999999999999999", "no job", "/"),
        ("/invitation/x", "Nobody logs in here", "/"),
        ("/account", "Nobody logs in here", "/"),
    ):
        answer = reader.get(path)
        assert answer.status_code == 404 and words in answer.text, path
        assert f'href="{link}"' in answer.text, path
        assert reader.get(path + ("&" if "?" in path else "?") + "part=1").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/style.css%00.svg",
        "/s/../../x",
        "/s/..%2f..%2fx",
        "/s/%2fetc%2fpasswd",
        "/s/upload-1",
        "/s/upload-x",
        "/s/upload-99999999999999999999",
        "/c/1/1/theatre/..%2f..%2fx",
        "/c/1/1/ledger/..%2f..%2fx",
        "/c/1/1/council/..%2f..%2fx",
        "/c/1/1/council/%00",
        "/c/1/1/number/..%2f..%2fx",
        "/c/1/1/compare/..%2f1",
        "/invitation/..%2f..%2fx",
    ],
)
def test_no_path_leads_out_of_the_store(store: Store, path: str):
    two_seats(store)
    reader = Visitor(store)
    answer = reader.get(path)
    assert answer.status_code in (404, 409, 422), path
    assert "root:" not in answer.text and "import" not in answer.text


def test_nothing_that_came_in_is_taken_for_markup(store: Store):
    two_seats(store)
    reader = Visitor(store)
    for path in (f"/{STRANGE}", f"/c/1/1/chronicle?at={STRANGE}"):
        text = reader.get(path).text
        assert "<script>alert" not in text and "&lt;script" in text
    assert "<script>alert" not in reader.get("/help", host=STRANGE.replace('"', "")).text
    text = reader.post("/upload", text=STRANGE, name=STRANGE).text
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text
    assert "<script>" not in reader.post("/c/1/1/council", do=STRANGE).text


# Faults.


def test_a_fault_of_ours_is_told_without_its_insides(
    reader: Visitor,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def fault() -> None:
        raise ZeroDivisionError("secret insides")

    monkeypatch.setattr(store, "campaigns", fault)
    answer = reader.get("/")
    assert answer.status_code == 500 and "fault in sinews" in answer.text
    assert "secret insides" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]
    assert "secret insides" in capsys.readouterr().err


def test_a_store_that_cannot_be_used_says_why_in_the_middle_of_it(
    store: Store, place: Path, tmp_path: Path
):
    two_seats(store)
    reader = Visitor(store)
    form = {"token": reader.token("/"), "do": "decide", "option": "keep-lorries", "turn": "1"}

    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("begin immediate")
        answer = reader.client.post("/c/1/1/council/lorries", data=form)
        assert answer.status_code == 503 and "is locked by another program" in answer.text
        assert "nothing was changed" in answer.text
        assert reader.get("/").status_code == 200  # reading goes on
    assert len(store.log(1, 1)) == 1

    place.rename(tmp_path / "elsewhere")
    for page in ("/", "/c/1/1/council"):
        answer = reader.get(page)
        assert answer.status_code == 503 and "no longer there" in answer.text
        assert "Try again</a>" in answer.text
    (tmp_path / "elsewhere").rename(place)
    assert reader.get("/").status_code == 200

    with closing(sqlite3.connect(place)) as db:
        db.execute("update entry set text = replace(text, '1941', '1942')")
        db.commit()
    answer = reader.get("/c/1/1/council")
    assert answer.status_code in (409, 422) and "is damaged or missing" in answer.text

    place.write_bytes(b"no database, but long enough to be looked at " * 100)
    answer = reader.get("/c/1/1/council")
    assert answer.status_code == 503 and "name another file" in answer.text


def test_a_store_that_may_only_be_read_is_read(store: Store, place: Path):
    two_seats(store)
    Visitor(store).get("/")
    reader = Visitor(Store(f"sqlite:///file:{place}?mode=ro&uri=true"))
    assert reader.get("/").status_code == 200
    answer = reader.post("/c/1/1/council/lorries", do="decide", option="keep-lorries")
    assert answer.status_code == 503 and "may be read but not written" in answer.text


# Uploads.


def test_a_scenario_can_be_brought_as_a_file_or_as_text(reader: Visitor, store: Store):
    token = reader.token("/upload")
    file = {"file": ("../../My war.toml", COUNCIL.encode(), "application/toml")}
    answer = reader.client.post("/upload", data={"token": token}, files=file)
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/upload-1")
    answer = reader.post("/upload", text=COUNCIL.replace("\n", "\r\n"), name="../other")
    assert answer.headers["location"] == "/s/upload-2"
    kept = store.uploads.of(0)
    assert sorted(each.name for each in kept) == ["my-war", "other"]
    assert {each.text for each in kept} == {COUNCIL}
    assert reader.get("/s/upload-1").status_code == 200


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "is empty"),
        ("x" * 300_000, "is larger than 256 kB"),
        ("<h1>no</h1>", "is not TOML"),
        ("title = 1", "start"),
        (COUNCIL.replace("weeks = 26", "weeks = 99999"), "weeks"),
        ('extends = "../../secret"', "no shipped scenario has that name"),
        ("a = " + "[" * 5000 + "]" * 5000, "too deeply"),
    ],
)
def test_a_scenario_that_will_not_do_is_not_kept(
    reader: Visitor, store: Store, text: str, words: str
):
    answer = reader.post("/upload", text=text, name="mine")
    assert answer.status_code == 422 and words in answer.text
    assert not store.uploads.of(0)


def test_all_mistakes_are_shown_and_the_text_stays(reader: Visitor):
    text = COUNCIL.replace('player = "midland"', 'player = "nobody"').replace("26", "-1", 1)
    answer = reader.post("/upload", text=text, name="mine")
    assert answer.status_code == 422 and "nobody" in answer.text
    assert re.search(r"<textarea[^>]*>.*Midland", answer.text, re.S)


def test_a_file_that_is_not_text_is_told_where(reader: Visitor, store: Store):
    token = reader.token("/upload")
    file = {"file": ("a.toml", b"title = '\xff\xfe'", "application/toml")}
    answer = reader.client.post("/upload", data={"token": token}, files=file)
    assert answer.status_code == 422 and "is not UTF-8" in answer.text and not store.uploads.of(0)


def test_no_file_of_the_machine_is_taken_for_an_uploads_posterior(
    reader: Visitor, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from sinews.campaign.snapshot import snapshot_of
    from sinews.web.catalogue import checked_scenario

    (tmp_path / "mine.posterior.csv").write_text("secret")
    monkeypatch.chdir(tmp_path)
    reader.post("/upload", text=COUNCIL, name="mine")
    (upload,) = store.uploads.of(0)
    assert "secret" not in snapshot_of(checked_scenario(upload.name, upload.text), "now").posterior


# The process that serves.


def test_pages_need_no_engine(place: Path):
    game = two_seats(Store(place))
    program = f"""
import sys, warnings
warnings.simplefilter("ignore")
from starlette.testclient import TestClient
from sinews.campaign.store import Store
from sinews.web.app import application
import sinews.web.serve
early = [name for name in ("jax", "xarray", "altair", "scipy", "pandas") if name in sys.modules]
reader = TestClient(application(Store({str(place)!r})), base_url="http://localhost")
for page in ("/", "/s/beijing-1941", "/c/1/1/chronicle/{game.turn}", "/c/1/1/council"):
    assert reader.get(page).status_code == 200, page
print(early, [name for name in ("jax", "xarray", "altair", "scipy") if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout.split() == ["[]", "[]"], ended.stderr


def test_each_address_has_one_page():
    routes = [(r.path, method) for r in ROUTES for method in sorted(r.methods or ())]
    assert len(routes) == len(set(routes))
