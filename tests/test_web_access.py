"""Login, invitations, seats: who may come in, and what each may know."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from visitor import Visitor, cookie, two_seats

from sinews.campaign.store import Store
from sinews.web.session import Settings

PASSWORD = "correct horse"
WITH_LOGIN = Settings(login=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "campaigns.sqlite")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinews.campaign.store.passwords._COST", 16)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1_000_000.0]
    monkeypatch.setattr("sinews.campaign.store.people.time.time", lambda: now[0])

    def on(seconds: float) -> None:
        now[0] += seconds

    return on


def visitor(store: Store, address: str = "1.2.3.4") -> Visitor:
    return Visitor(store, WITH_LOGIN, address)


def joined(store: Store, name: str, invitation: str = "") -> Visitor:
    """A visitor who has accepted an invitation: to the first account, if none is given."""
    who, path = visitor(store), f"/invitation/{invitation or store.people.invite()}"
    form = {"name": name, "password": PASSWORD, "again": PASSWORD}
    answer = who.post(path, on=path, **form)
    assert answer.status_code == 303, answer.text
    return who


def enter(who: Visitor, name: str, password: str = PASSWORD, then: str = "/"):
    return who.post("/login", on="/login", name=name, password=password, then=then)


def test_without_an_account_nothing_is_shown(store: Store):
    two_seats(store)
    stranger = visitor(store)
    pages = ("/", "/c/1/1/chronicle/1", "/c/1/1/seats", "/jobs/1", "/jobs/1/events")
    for page in (*pages, "/account", "/upload", "/s/beijing-1941", "/c/9/9/contents", "/nothing"):
        answer = stranger.get(page)
        assert answer.status_code == 303, page
        assert answer.headers["location"] == f"/login?then={page}" and not answer.content
    assert (
        "/c/1/1/chronicle/1%3Fat%3D1" in stranger.get("/c/1/1/chronicle/1?at=1").headers["location"]
    )
    answer = stranger.post(
        "/c/1/1/council/lorries", on="/login", do="decide", option="keep-lorries"
    )
    assert answer.headers["location"].startswith("/login") and len(store.log(1, 1)) == 1
    assert stranger.get("/static/style.css").status_code == 200


def test_the_first_invitation_makes_the_first_account(store: Store):
    link = store.people.invite()
    assert "first account" in visitor(store).get(f"/invitation/{link}").text
    other = store.people.invite()
    anna = joined(store, "Anna", link)
    assert anna.get("/").status_code == 200 and "Anna" in anna.get("/").text
    assert visitor(store).get(f"/invitation/{link}").status_code == 404
    assert visitor(store).get(f"/invitation/{other}").status_code == 404
    text = anna.post("/account", do="invite").text
    (link,) = re.findall(r"http://localhost:8000/invitation/([\w-]+)", text)
    boris = joined(store, "Boris", link)
    assert "invitation/" not in boris.post("/account", do="invite").text
    assert [each.name for each in store.people.accounts()] == ["Anna", "Boris"]


def test_mistakes_in_a_new_account_are_told_and_the_link_stays_good(store: Store):
    link = store.people.invite()
    who = visitor(store)
    for form, words in (
        ({"name": "", "password": PASSWORD, "again": PASSWORD}, "1 to 40"),
        ({"name": "Anna", "password": "short", "again": "short"}, "10 to 200"),
        ({"name": "Anna", "password": PASSWORD, "again": PASSWORD + "!"}, "both times"),
    ):
        answer = who.post(f"/invitation/{link}", on=f"/invitation/{link}", **form)
        assert answer.status_code == 422 and words in answer.text
        assert PASSWORD not in answer.text
    assert 'value="Anna"' in answer.text
    assert not store.people.accounts() and store.people.invitation(link)


def test_who_logs_in_gets_a_session_and_goes_on_to_where_they_were_going(store: Store):
    two_seats(store)
    joined(store, "Anna")
    who = visitor(store)
    answer = enter(who, " anna ", then="/c/1/1/seats")
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/1/1/seats")
    kept = answer.headers["set-cookie"]
    assert kept.startswith(cookie(store, "session") + "=")
    assert "HttpOnly" in kept and "SameSite=lax" in kept
    assert who.get("/c/1/1/seats").status_code == 200
    assert who.get("/login?then=/help").headers["location"] == "/help"
    for evil in ("https://evil.org", "//evil.org", "/\\evil.org", "javascript:alert(1)", "/\tx"):
        assert enter(visitor(store), "Anna", then=evil).headers["location"] == "/"


def test_two_servers_on_one_machine_keep_a_browser_each_by_itself(store: Store, tmp_path: Path):
    other = Store(tmp_path / "others.sqlite")
    for each in (store, other):
        joined(each, "Anna")
    here, there = visitor(store), visitor(other)
    there.client.cookies = here.client.cookies  # browsers know a host, and no port
    enter(here, "Anna")
    enter(there, "Anna")
    assert [each.get("/account").status_code for each in (here, there)] == [200, 200]
    for each, theme in ((here, "dark"), (there, "sepia")):
        assert each.post("/settings", theme=theme).status_code == 303
    assert 'data-theme="dark"' in here.get("/help").text
    there.post("/logout")
    assert here.get("/account").status_code == 200 and there.get("/account").status_code == 303
    # Nor is any of them called what another application would call its own.
    assert all(each.name.startswith("sinews-") for each in here.client.cookies.jar)
    other.close()


def test_a_seat_that_was_taken_at_one_server_is_not_taken_at_another(store: Store, tmp_path: Path):
    other = Store(tmp_path / "others.sqlite")
    for each in (store, other):
        two_seats(each)
    here, there = Visitor(store), Visitor(other)
    there.client.cookies = here.client.cookies
    there.post("/c/1/1/seats", do="change", power="ostland")
    assert "The order for lorries" in here.get("/c/1/1/council").text
    assert "The order for lorries" not in there.get("/c/1/1/council").text
    other.close()


def test_a_wrong_password_and_an_unknown_name_are_told_apart_by_nobody(store: Store):
    joined(store, "Anna")
    answers = [enter(visitor(store), name, "wrong") for name in ("Anna", "Boris")]
    assert [answer.status_code for answer in answers] == [403, 403]
    bare = [re.sub(r'value="\w*"|data-token="\w*"', "", answer.text) for answer in answers]
    assert bare[0] == bare[1] and "session" not in answers[0].headers.get("set-cookie", "")


def test_guessing_is_slowed_down_and_the_player_comes_in_from_elsewhere(
    store: Store, clock: Callable[[float], None]
):
    joined(store, "Anna")
    guesser = visitor(store, "6.6.6.6")
    for _ in range(3):
        assert enter(guesser, "Anna", "wrong").status_code == 403
    answer = enter(guesser, "Anna")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    assert "try again in" in answer.text
    assert enter(visitor(store, "1.2.3.4"), "Anna").status_code == 303
    clock(1000.0)
    assert enter(guesser, "Anna").status_code == 303


def test_addresses_of_one_network_count_as_one(store: Store, clock: Callable[[float], None]):
    joined(store, "Anna")
    for n in range(3):
        enter(visitor(store, f"2001:db8:1:2::{n}"), "Anna", "wrong")
    assert enter(visitor(store, "2001:db8:1:2:ffff::9"), "Anna").status_code == 429
    assert enter(visitor(store, "2001:db8:1:3::9"), "Anna").status_code == 303


def test_sessions_are_listed_and_can_be_ended(store: Store):
    anna, elsewhere = joined(store, "Anna"), visitor(store)
    enter(elsewhere, "Anna")
    digests = re.findall(r'name="session" value="(\w+)"', anna.get("/account").text)
    assert len(digests) == 1  # its own is ended by logging out
    assert anna.post("/account", do="end", session=digests[0]).status_code == 303
    assert elsewhere.get("/").status_code == 303 and anna.get("/").status_code == 200
    boris = joined(store, "Boris", store.people.invite())
    (own,) = store.people.sessions(store.people.accounts()[0])
    boris.post("/account", do="end", session=own.digest)
    assert anna.get("/").status_code == 200


def test_who_logs_out_is_out(store: Store):
    anna = joined(store, "Anna")
    cookies = dict(anna.client.cookies)
    answer = anna.post("/logout")
    assert answer.status_code == 303 and anna.get("/").status_code == 303
    thief = visitor(store)
    thief.client.cookies.update(cookies)
    assert thief.get("/").status_code == 303
    assert joined(store, "Boris", store.people.invite()).get("/logout").status_code == 405


def test_another_password_ends_the_other_sessions(store: Store):
    anna, elsewhere = joined(store, "Anna"), visitor(store)
    enter(elsewhere, "Anna")
    answer = anna.post("/account", do="password", old="wrong", new="another horse")
    assert answer.status_code == 422 and "is wrong" in answer.text
    answer = anna.post("/account", do="password", old=PASSWORD, new="short")
    assert answer.status_code == 422 and "10 to 200" in answer.text
    answer = anna.post("/account", do="password", old=PASSWORD, new="another horse")
    assert answer.status_code == 303
    assert anna.get("/").status_code == 200 and elsewhere.get("/").status_code == 303
    assert enter(visitor(store), "Anna", PASSWORD).status_code == 403
    assert enter(visitor(store), "Anna", "another horse").status_code == 303


def invited(owner: Visitor, power: str) -> str:
    """The link that the owner of campaign 1 is given for a seat."""
    text = owner.post("/c/1/1/seats", do="invite", power=power).text
    (link,) = re.findall(r"http://localhost:8000/invitation/([\w-]+)", text)
    return link


def test_the_owner_invites_and_two_play_with_hidden_orders(store: Store):
    two_seats(store)
    owner = joined(store, "Anna")
    assert "is yours" in owner.get("/c/1/1/council").text
    owner.post("/c/1/1/seats", do="sit", power="midland")
    assert owner.get("/c/1/1/council").status_code == 200
    boris = joined(store, "Boris", invited(owner, "ostland"))
    assert "Boris" in owner.get("/c/1/1/seats").text

    assert "The order for lorries" in owner.get("/c/1/1/council").text
    assert "The order for lorries" not in boris.get("/c/1/1/council").text
    answer = owner.post("/c/1/1/council/lorries", do="decide", option="sell-lorries", turn="1")
    assert answer.status_code == 303
    for page in ("council", "chronicle/1", "contents", "seats"):
        text = boris.get(f"/c/1/1/{page}").text
        assert "sell-lorries" not in text and "Sell" not in text, page
    answer = boris.post("/c/1/1/council/lorries", do="decide", option="keep-lorries", turn="1")
    assert answer.status_code in (404, 409)
    # A cookie for another's seat gives nothing.
    boris.client.cookies.set(cookie(store, "seat-1"), "midland")
    assert "The order for lorries" not in boris.get("/c/1/1/council").text


def test_who_has_no_seat_does_not_learn_that_a_campaign_exists(store: Store):
    two_seats(store)
    two_seats(store)
    owner = joined(store, "Anna")
    boris = joined(store, "Boris", invited(owner, "ostland"))
    assert boris.get("/c/1/1/chronicle/1").status_code == 200
    there, not_there = boris.get("/c/2/1/contents"), boris.get("/c/3/1/contents")
    assert (there.status_code, not_there.status_code) == (404, 404)
    assert there.text.replace("2", "3") == not_there.text.replace("2", "3")
    assert "/c/2/" not in boris.get("/").text
    for page in ("seats", "council", "export", "runs", "branches", "map"):
        assert boris.get(f"/c/2/1/{page}").status_code == 404
    assert "/c/2/" not in boris.get("/c/1/1/contents").text


def test_an_owner_without_a_seat_sees_what_is_public_alone(store: Store):
    two_seats(store)
    owner = joined(store, "Anna")
    text = owner.get("/c/1/1/seats").text
    assert "Two councils" in text and "turn 1" in text and "still deciding" in text
    for page in ("council", "chronicle/1", "contents", "map", "ledger/stocks", "estimates"):
        answer = owner.get(f"/c/1/1/{page}")
        assert answer.status_code in (403, 404), page
        assert "Gold" not in answer.text


def test_a_seat_that_is_taken_back_is_closed_at_once(store: Store):
    two_seats(store)
    owner = joined(store, "Anna")
    boris = joined(store, "Boris", invited(owner, "ostland"))
    assert boris.get("/c/1/1/council").status_code == 200
    boris.post("/c/1/1/seats", do="rise", power="ostland")
    assert boris.get("/c/1/1/council").status_code == 200  # it is not his to give away
    owner.post("/c/1/1/seats", do="rise", power="ostland")
    assert boris.get("/c/1/1/council").status_code == 404
    answer = boris.post("/c/1/1/council", do="submit", turn="1", key="k")
    assert answer.status_code == 404 and len(store.log(1, 1)) == 1


def test_invitations_are_the_owners_to_give_and_to_take_back(store: Store):
    two_seats(store)
    owner = joined(store, "Anna")
    boris = joined(store, "Boris", invited(owner, "ostland"))
    assert "invitation/" not in boris.post("/c/1/1/seats", do="invite", power="midland").text
    boris.post("/c/1/1/seats", do="sit", power="midland")
    assert list(store.people.seats(1)) == ["ostland"]
    link = invited(owner, "midland")
    (found,) = store.people.invitations(1)
    owner.post("/c/1/1/seats", do="revoke", power="midland", invitation=found.digest)
    assert visitor(store).get(f"/invitation/{link}").status_code == 404
    assert owner.post("/c/1/1/seats", do="invite", power="ostland").status_code in (409, 422)
    assert owner.post("/c/1/1/seats", do="invite", power="narnia").status_code == 404
    # One who has an account takes the seat with it.
    link = invited(owner, "midland")
    assert "as Boris" in boris.get(f"/invitation/{link}").text
    assert boris.post(f"/invitation/{link}").status_code == 303
    assert {power: a.name for power, a in store.people.seats(1).items()} == {
        "ostland": "Boris",
        "midland": "Boris",
    }


def test_what_is_made_for_all_who_play_is_the_owners_to_make(store: Store):
    two_seats(store)
    owner = joined(store, "Anna")
    owner.post("/c/1/1/seats", do="sit", power="midland")
    boris = joined(store, "Boris", invited(owner, "ostland"))
    form = {"do": "branch", "turn": "1", "key": "k"}
    answer = boris.post("/c/1/1/branches", **form)
    assert answer.status_code == 403 and "by whom the campaign belongs to" in answer.text
    assert "Make it" not in boris.get("/c/1/1/branches").text
    assert [line.number for line in store.branches(1)] == [1]
    assert "Make it" in owner.get("/c/1/1/branches").text
    assert owner.post("/c/1/1/branches", **form).status_code == 303
    assert [line.number for line in store.branches(1)] == [1, 2]


def test_one_who_has_several_seats_changes_between_them(store: Store):
    two_seats(store)
    local = Visitor(store)
    assert "The order for lorries" in local.get("/c/1/1/council").text
    answer = local.post("/c/1/1/seats", do="change", power="ostland")
    assert (
        answer.status_code == 303
        and f"{cookie(store, 'seat-1')}=ostland" in answer.headers["set-cookie"]
    )
    assert "The order for lorries" not in local.get("/c/1/1/council").text
    assert local.post("/c/1/1/seats", do="invite", power="ostland").status_code == 303
    assert not store.people.invitations(1)


def test_a_job_is_seen_by_those_whose_seat_it_is_for(store: Store):
    two_seats(store)
    owner = joined(store, "Anna")
    owner.post("/c/1/1/seats", do="sit", power="midland")
    boris = joined(store, "Boris", invited(owner, "ostland"))
    job = store.jobs.ask(1, 1, "midland", "paper", {"item": "lorries"}, "k", by=1)
    for page in (f"/jobs/{job.id}", f"/jobs/{job.id}/events"):
        assert boris.get(page).status_code == 404
    assert owner.get(f"/jobs/{job.id}").status_code == 200
    assert boris.post(f"/jobs/{job.id}", do="cancel").status_code == 404
    assert store.jobs.job(job.id).state == "queued"


def test_an_upload_is_seen_by_its_owner_alone(store: Store):
    anna = joined(store, "Anna")
    boris = joined(store, "Boris", store.people.invite())
    council = (Path(__file__).parent / "scenarios" / "council.toml").read_text()
    where = anna.post("/upload", text=council, name="mine").headers["location"]
    assert anna.get(where).status_code == 200 and boris.get(where).status_code == 404
    assert boris.post(where, do="remove").status_code == 404
    assert boris.post(where, do="start", key="k").status_code == 404
    assert len(store.uploads.of(1)) == 1
