"""The chronicle: chapters that say what the record says, no more, and in sound sentences."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from chronicles import Told, empty, imagined
from hypothesis import given, settings
from hypothesis import strategies as st
from test_campaign import Model

from sinews.analysis.council.follow_up import reports
from sinews.campaign import fog
from sinews.campaign.chronicle import chapter as chapters
from sinews.campaign.chronicle.affairs import affairs
from sinews.campaign.chronicle.chapter import Chapter, contents
from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.fighting import field_events
from sinews.campaign.chronicle.frame import tone
from sinews.campaign.chronicle.likeness import like
from sinews.campaign.chronicle.names import Names
from sinews.campaign.chronicle.prose import dealt, plain, sentence, wordings
from sinews.campaign.chronicle.span import FORMS, Span, ToldNumber
from sinews.campaign.chronicle.verdicts import ordinal
from sinews.campaign.chronicle.words import clean, spoken
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.zones import state_of
from sinews.campaign.played import Campaign
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load
from sinews.scenario.number import Number
from sinews.scenario.schema import Order

COUNCIL = Path(__file__).parent / "scenarios" / "council.toml"
SCENARIO = load(COUNCIL)
DECIDED = {1: (("lorries", "sell-lorries"),), 2: (("friendship", "befriend"),)}
SEEDS = st.integers(0, 2**32 - 1)
POWERS = st.sampled_from([None, "midland", "ostland", "westland"])
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = rf"\b\d{{1,2}} ({MONTHS})( \d{{4}})?\b"


def game(seed: int, power: str | None = None, **how: Any) -> Told:
    decisions = DECIDED if power == "midland" else {}
    how = {"step": 3, **how}
    return Told(SCENARIO, imagined(SCENARIO, seed), power, decisions=decisions, **how)


def chapter(of: Told | Campaign, n: int) -> Chapter:
    found = chapters.chapter(cast(Campaign, of), n)
    assert found is not None
    return found


def book(of: Told) -> list[Chapter]:
    return [chapter(of, n) for n in range(1, of.turn + 1)]


# Truth.


@settings(max_examples=12)
@given(SEEDS, POWERS)
def test_every_number_is_that_of_its_measures(seed: int, power: str | None) -> None:
    told = game(seed, power)
    record = told.records()
    assert record is not None
    for each in book(told):
        for number in each.numbers:
            values = [
                record.value(part, SCENARIO.start) if isinstance(part, str) else part
                for part in number.parts
            ]
            assert number.value == pytest.approx(FORMS[number.how].of(*values))
            assert number.text == spoken(number.value, number.unit)


@settings(max_examples=12)
@given(SEEDS, st.sampled_from(["midland", "ostland"]))
def test_no_chapter_tells_what_its_seat_may_not_know(seed: int, power: str) -> None:
    told = game(seed, power)
    # Even from a record that holds everything, as a seat's does once the campaign is over.
    knowing = told.but()
    knowing.records = lambda until=None: Told.records(told.but(power=None), until)  # type: ignore
    for mine, all_known in zip(book(told), book(knowing), strict=True):
        for number in mine.numbers:
            assert all(
                fog.knows(part, SCENARIO, power) for part in number.parts if isinstance(part, str)
            )
        assert mine.text == all_known.text


@settings(max_examples=12)
@given(SEEDS, POWERS)
def test_every_name_is_that_of_an_event(seed: int, power: str | None) -> None:
    for each in book(game(seed, power)):
        licensed = _words([event.facts for event in each.events])
        for name in _names(SCENARIO):
            if re.search(rf"\b{re.escape(name)}\b", _flat(each.text)):
                assert name in licensed, name


@settings(max_examples=12)
@given(SEEDS, POWERS)
def test_no_figure_stands_outside_a_number(seed: int, power: str | None) -> None:
    for each in book(game(seed, power)):
        runs = [run for paragraph in each.paragraphs for run in paragraph if isinstance(run, str)]
        bare = re.sub(DATE, "", _flat(" ".join(runs)))
        bare = re.sub(r"\d+ weeks", "", bare)  # how long the chapter's time was
        assert not re.search(r"\d", bare), bare


def test_two_records_make_two_books() -> None:
    one, two = (" ".join(c.text for c in book(game(seed))) for seed in (1, 2))
    assert one != two


def test_the_same_record_makes_the_same_book() -> None:
    first = [each.plain() for each in book(game(3, "midland"))]
    chapters._TITLES.clear()
    assert [each.plain() for each in book(game(3, "midland"))] == first


def test_quiet_weeks_are_said_to_be_quiet() -> None:
    told = Told(SCENARIO, empty(SCENARIO), "midland")
    quiet = chapter(told, 3)
    assert not quiet.numbers and len(quiet.text.split()) < 40
    assert re.search("without war|no border|Peace held", quiet.text)


@pytest.mark.parametrize(
    "weeks", [[6], [6, 7], [7], [8]], ids=["as it began", "into it", "amid it", "at its end"]
)
def test_weeks_with_war_in_any_of_them_are_not_said_to_be_without(weeks: list[int]) -> None:
    happens = [each.kind for each in tone(*two_weeks({"hostile:border": np.isin(WEEKS, weeks)}))]
    assert happens == ["standing"]
    for week in (5, 9):
        (found,) = tone(*two_weeks({"hostile:border": WEEKS == week}))
        assert found.kind == "calm"


def test_what_happened_is_told() -> None:
    record = empty(SCENARIO)

    def column(name: str) -> Any:
        return record.values[:, record.names.index(name)]

    column("hostile:border")[:] = 1
    column("front:border")[:] = [100 + 40 * week for week in range(len(record.values))]
    column("held:Ostburg")[7:] = 0
    column("lost:ostland:tank")[:] = np.arange(len(record.values)) * 200
    column("made:ostland:tank")[:] = np.arange(len(record.values)) * 100
    column("casualties:ostland")[:] = np.arange(len(record.values)) * 9000
    column("gold:ostland")[:] = 300 - np.arange(len(record.values)) * 5
    found = chapter(Told(SCENARIO, record, None), 3)
    assert found.title in ("The fall of Ostburg", "Ostburg is lost")
    texts = {(n.text, n.measure) for n in found.numbers}
    assert ("80", "front:border@1941-07-14..1941-07-28") in texts
    assert ("400", "lost:ostland:tank@1941-07-14..1941-07-28") in texts
    assert ("4", "lost:ostland:tank@1941-07-14..1941-07-28") in texts  # weeks of output
    assert ("10", "gold:ostland@1941-07-14..1941-07-28") in texts
    assert "Ostburg" in found.text and "21 July" in found.text


def two_weeks(columns: dict[str, Any], scenario: Any = SCENARIO) -> tuple[Span, Names]:
    """Two weeks in July, from the 14th on, where columns say what was."""
    record = empty(scenario)
    for name, values in columns.items():
        record.values[:, record.names.index(name)] = values
    span = Span(scenario, record, None, date(1941, 7, 14), date(1941, 7, 28))
    return span, Names(scenario)


def happened(columns: dict[str, Any], scenario: Any = SCENARIO) -> dict[str, Any]:
    """The events of these two weeks by kind."""
    span, names = two_weeks(columns, scenario)
    return {each.kind: each for each in (*field_events(span, names), *affairs(span, names))}


def worded(event: Any) -> list[str]:
    return [plain(sentence(event, "", 0, n)) for n in range(len(wordings()[event.kind]))]


WEEKS = np.arange(len(empty(SCENARIO).values))
THEN = (WEEKS >= 7).astype(float)


def both(one: str, other: str, values: Any) -> dict[str, Any]:
    """War of a pair."""
    return {f"war:{one}:{other}": values, f"war:{other}:{one}": values}


def test_a_power_that_breaks_is_told_of_with_what_weighed_most() -> None:
    strain = {"strain:ostland:capital": 2.5, "strain:ostland:losses": 1.0}
    found = happened({"collapsed:ostland": THEN} | strain)["collapse"]
    assert found.about == "ostland" and found.facts["why"] == "its capital was lost"
    assert all("its capital was lost" in text and "7 July" not in text for text in worded(found))
    assert all("21 July" in text for text in worded(found))
    for series in ("people", "army", "losses", "need"):
        more = happened(strain | {"collapsed:ostland": THEN, f"strain:ostland:{series}": 9.0})
        assert more["collapse"].facts["why"] not in (None, "its capital was lost")
    assert happened({"collapsed:ostland": THEN})["collapse"].facts["why"] is None
    # Long broken is no news, nor is what strains a power that stands.
    assert "collapse" not in happened({"collapsed:ostland": 1.0} | strain)
    assert "collapse" not in happened(strain)


def test_a_seat_is_told_that_another_broke_and_not_what_it_bore() -> None:
    record = empty(SCENARIO)
    record.values[7:, record.names.index("collapsed:ostland")] = 1.0
    record.values[:, record.names.index("strain:ostland:need")] = 2.0
    days = date(1941, 7, 14), date(1941, 7, 28)
    for power, told in (("midland", False), ("ostland", True)):
        span = Span(SCENARIO, record, power, *days)
        (found,) = (e for e in field_events(span, Names(SCENARIO)) if e.kind == "collapse")
        assert (found.facts["why"] is not None) == told


def test_an_outbreak_is_told_with_its_cause() -> None:
    began = both("midland", "ostland", THEN)
    quiet = happened(began)["outbreak"]
    assert quiet.facts["breach"] is None and quiet.facts["declarer"] is None
    breach = happened(began | {"broken:friendship": THEN})["outbreak"]
    assert breach.facts["breach"] is not None and breach.facts["declarer"] is None
    assert all(str(breach.facts["breach"]) in text for text in worded(breach))
    order = Order(**{"from": date(1941, 7, 14), "until": date(1941, 7, 28), "declare": ["ostland"]})
    midland = SCENARIO.powers["midland"].model_copy(update={"script": [order]})
    declared = replace(SCENARIO, powers=SCENARIO.powers | {"midland": midland})
    found = happened(began, declared)["outbreak"]
    assert found.facts["declarer"] == "Midland" and "Midland had declared it" in worded(found)[0]
    # Of who face each other on an axis, that axis tells, with the same cause; and no pair twice.
    on_axis = happened(began | {"hostile:steppe": THEN, "broken:friendship": THEN})
    assert "outbreak" not in on_axis and on_axis["war"].facts["breach"] is not None


def test_an_ally_who_comes_and_one_who_stays_away_are_told_of() -> None:
    allied = SCENARIO.agreements["friendship"].model_copy(update={"defence": True})
    scenario = replace(SCENARIO, agreements={"friendship": allied})
    fought = both("ostland", "westland", THEN) | {"in_force:friendship": 1.0}
    call = (WEEKS == 7).astype(float)
    came = happened(fought | {"answer:midland:westland": call}, scenario)
    assert came["ally"].facts["friend"] == "Ostland" and "absent" not in came
    assert all("friendship" in t.lower() and "21 July" in t for t in worded(came["ally"]))
    stayed = happened(fought | {"answer:midland:westland": -call}, scenario)
    assert stayed["absent"].about == "midland westland" and "ally" not in stayed
    # A call of the week before belongs to the chapter before.
    assert "ally" not in happened(fought | {"answer:midland:westland": WEEKS == 6}, scenario)


def test_an_armistice_is_told_with_the_places_that_it_hands_over() -> None:
    terms = {"truce": Number(20.0, None, None, "weeks"), "places": {"Ostburg": "midland"}}
    ends = SCENARIO.agreements["friendship"].model_copy(update=terms)
    scenario = replace(SCENARIO, agreements={"friendship": ends})
    over = both("midland", "ostland", 1 - THEN) | {"in_force:friendship": THEN}
    over |= {"ceded:Ostburg": THEN, "held:Ostburg": 1 - THEN}
    found = happened(over | {"hostile:border": 1.0}, scenario)
    assert all("It ended the war" in text for text in worded(found["agreed"]))
    assert all("It gave Ostburg to Midland." in text for text in worded(found["agreed"]))
    assert found["peace"].facts["treaty"] == found["agreed"].facts["title"]
    assert "taken" not in found, "it was not lost in battle"
    fell = happened(both("midland", "ostland", 1 - THEN) | {"collapsed:ostland": THEN})
    assert fell["peace"].facts["fallen"] == "Ostland" and "agreed" not in fell


def test_an_armistice_that_stands_while_its_parties_fight_again_is_no_peace() -> None:
    terms = {"truce": Number(4.0, None, None, "weeks"), "peace": []}
    ends = SCENARIO.agreements["friendship"].model_copy(update=terms)
    scenario = replace(SCENARIO, agreements={"friendship": ends})
    again = both("midland", "ostland", THEN) | {"in_force:friendship": 1.0}
    found = happened(again, scenario)["overrun"]
    assert all("friendship" in t.lower() and "21 July" in t for t in worded(found))
    # Before, it only ended a war if that is over as these weeks end.
    signed = {"in_force:friendship": THEN}
    assert "overrun" not in happened(both("midland", "ostland", 1 - THEN) | signed, scenario)
    still = happened(both("midland", "ostland", 1.0) | signed, scenario)
    assert not still["agreed"].facts["armistice"]
    span, _ = two_weeks(again, scenario)
    record = span._record
    known = Readings.at(record, scenario.start, span.until, None)
    assert state_of(scenario, "friendship", known) == "overtaken by war"
    calm = two_weeks({"in_force:friendship": 1.0}, scenario)[0]._record
    known = Readings.at(calm, scenario.start, span.until, None)
    assert state_of(scenario, "friendship", known) == "in force"
    told = reports(
        SCENARIO.with_options(["befriend@1941-07-07"]),
        "midland",
        date(1941, 7, 21),
        lambda name: np.array([again[name] if name[:2] == "in" else 1.0]),
    )
    assert "overtaken by war" in told[0].sentence()


def test_what_terms_hand_over_is_no_conquest_and_its_people_are_not_behind_a_front() -> None:
    """The front withdraws behind the town, and nobody lives behind it who did not before."""
    terms = {"truce": Number(20.0, None, None, "weeks"), "places": {"Ostburg": "westland"}}
    ends = SCENARIO.agreements["friendship"].model_copy(update=terms)
    scenario = replace(SCENARIO, agreements={"friendship": ends})
    over = {"hostile:border": 1 - THEN, "front:border": 200.0 + 300.0 * THEN}
    over |= {"held:Ostburg": 1 - THEN, "in_force:friendship": THEN, "occupied:ostland": 3e6 * THEN}
    fell = happened(over, scenario)
    assert "front" in fell and "taken" in fell
    assert "Ostburg" in fell["occupied"].facts["towns"]
    ceded = happened(over | {"ceded:Ostburg": THEN}, scenario)
    assert "front" not in ceded and "taken" not in ceded
    assert ceded["occupied"].facts["towns"] is None
    # What was occupied of it before is another's now, and was not freed.
    gone = over | {"held:Ostburg": 0.0, "occupied:ostland": 3e6 * (1 - THEN)}
    assert "occupied" in happened(gone, scenario)
    assert "occupied" not in happened(gone | {"ceded:Ostburg": THEN}, scenario)


def test_a_price_in_a_material_is_told_beside_gold() -> None:
    price = {"gold": Number(2.0, None, None, "t"), "coal": Number(9e3, None, None, "t")}
    sale = SCENARIO.contracts["lorries"].model_copy(update={"price": price})
    scenario = replace(SCENARIO, contracts={"lorries": sale})
    both_ = {"paid:lorries lorry": 2.0 * THEN, "paid_in_kind:lorries lorry": 4e3 * THEN}
    advance = happened(both_, scenario)["advance"]
    assert all("2 t of gold and 4,000 t of coal" in text for text in worded(advance))
    kind = {"paid_in_kind:lorries lorry": 4e3 * THEN, "delivered:lorries lorry": 900.0 * THEN}
    given = happened(kind, scenario)["delivered"]
    assert all("4,000 t of coal" in text and "gold" not in text for text in worded(given))


def test_what_comes_from_abroad_is_set_against_what_was_lost() -> None:
    record = empty(SCENARIO)
    weeks = np.arange(len(record.values))
    for name, rate in (("lost", 60), ("received", 25), ("bought", 15)):
        record.values[:, record.names.index(f"{name}:ostland:tank")] = weeks * rate
    record.values[:, record.names.index("hostile:border")] = 1
    record.values[:, record.names.index("casualties:ostland")] = weeks * 9000
    span = Span(SCENARIO, record, None, date(1941, 7, 14), date(1941, 7, 28))
    (armour,) = (each for each in field_events(span, Names(SCENARIO)) if each.kind == "armour")
    assert armour.facts["come"].text == "80" and armour.facts["made"] is None
    for place in range(len(wordings()["armour"])):
        text = plain(sentence(armour, "", place))
        assert "80" in text and "abroad" in text and "nothing" not in text
    assert not armour.facts["ahead"]


@pytest.mark.parametrize(
    ("series", "why", "words"),
    [
        (("lapsed", "void"), "war", "war between|fell with the war"),
        (("lapsed", "defaulted"), "default", "unpaid|not paid for"),
        (("lapsed",), "spent", "nothing (more )?could"),
    ],
)
def test_an_end_of_a_contract_is_given_its_own_reason(
    series: tuple[str, ...], why: str, words: str
) -> None:
    record = empty(SCENARIO)
    lot = next(name for name in record.names if name.startswith("lapsed:")).partition(":")[2]
    for each in series:
        record.values[7:, record.names.index(f"{each}:{lot}")] = 1.0
    span = Span(SCENARIO, record, None, date(1941, 7, 14), date(1941, 7, 28))
    (end,) = (each for each in affairs(span, Names(SCENARIO)) if each.kind == "lapsed")
    assert end.facts["why"] == why
    for turn in range(len(wordings()["lapsed"])):
        text = plain(sentence(end, "", turn))
        assert re.search(words, text, re.IGNORECASE)
        assert why == "default" or not re.search("default|owed|overdue", text)


@pytest.mark.parametrize(
    "title", ["A pact", "NATO", "Munich agreement", "The treaty of Well", "Turkish neutrality"]
)
def test_a_title_stands_as_it_is_written(title: str) -> None:
    renamed = {"friendship": SCENARIO.agreements["friendship"].model_copy(update={"title": title})}
    scenario = replace(SCENARIO, agreements=renamed)
    assert Names(scenario).agreement("friendship") == f"“{title}”"
    record = empty(SCENARIO)
    record.values[7:, record.names.index("in_force:friendship")] = 1.0
    text = chapter(Told(scenario, record, None), 3).text
    assert f"“{title}”" in text and not re.search(rf"\b(the|The) “?{title}", text)


def test_goods_are_called_by_their_titles() -> None:
    known = (("lorry", "half-track"), ("anti-tank-gun", ""))
    lorry = SCENARIO.items["lorry"]
    items = {name: lorry.model_copy(update={"title": title}) for name, title in known}
    names = Names(replace(SCENARIO, items=items))
    assert names.item("lorry") == "half-tracks" and names.item("anti-tank-gun") == "anti tank guns"
    assert names.good("synthetic-rubber") == "t of synthetic rubber"


# Sentences.


def sound(text: str) -> None:
    """Hold a paragraph to the rules of writing."""
    assert text and text == text.strip()
    assert not re.search(r"None|\{|\}|\ue000|\ue001|\bundefined\b|\bno men\b", text), text
    assert not re.search(r"  | [.,;:]|,,|\.\.|,\.|;\.|:\.|\( | \)", text), text
    assert not re.search(r"(?<![.,\d])(1|\bone) (men|people|tanks|lorries|days|weeks)\b", text), (
        text
    )
    assert not re.search(r"(?<![.,\d])0 (km|t of|days|weeks|men|people)\b", text), text
    assert not re.search(r"\b(the the|in in|of of|had had had)\b", text), text
    assert text[-1] in ".”", text
    for start in re.split(r"(?<=[.!?]) ", text):
        assert start[0].isupper() or start[0] in "“", text
        assert not start[0].isdigit(), text


@settings(max_examples=20)
@given(SEEDS, POWERS)
def test_sentences_are_sound(seed: int, power: str | None) -> None:
    for each in book(game(seed, power)):
        for paragraph in each.text.split("\n\n"):
            sound(paragraph)
        assert each.title and each.title == each.title.strip() and "None" not in each.title
        assert each.title[0].isupper() or each.title[0] in "“"


@settings(max_examples=12)
@given(SEEDS, POWERS)
def test_every_wording_of_an_event_is_sound(seed: int, power: str | None) -> None:
    for each in book(game(seed, power))[:4]:
        for event in each.events:
            for nth in range(len(wordings()[event.kind])):
                sound(plain(sentence(event, "any", 0, nth)))


def test_every_kind_of_event_has_several_wordings() -> None:
    few = [kind for kind, each in wordings().items() if "titles" not in kind and len(each) < 2]
    assert not few


def test_every_kind_of_event_comes_up_in_the_tests() -> None:
    seeds = (*range(6), 7)
    seen = {e.kind for seed in seeds for c in book(game(seed)) for e in c.events}
    seen |= {e.kind for seed in seeds for c in book(game(seed, "midland")) for e in c.events}
    known = {kind for kind in wordings() if "titles" not in kind}
    rare = {"raised", "calm", "routine", "standing", "eastward", "westward", "overrun"}
    assert known - seen <= rare


@given(st.text(max_size=5), st.integers(0, 200), st.integers(1, 7))
def test_neighbours_never_use_the_same_wording(origin: str, turn: int, count: int) -> None:
    one, two = (dealt(origin, "front", at, count) for at in (turn, turn + 1))
    assert 0 <= one < count
    assert one != two or count == 1


@settings(max_examples=5)
@given(SEEDS, POWERS)
def test_titles_are_each_chapters_own(seed: int, power: str | None) -> None:
    titles = [each.title for each in book(game(seed, power, step=1))]
    assert len(set(titles)) == len(titles)


def test_names_of_a_scenario_cannot_reach_into_the_text() -> None:
    assert clean("A\ue000\n name\x1b[31m  of\tmine") == "A name[31m of mine"
    facts = {"title": "\ue0005\ue001", "on": "", "summary": ""}
    nasty = Event("opening", "", 1.0, "council", facts)
    with pytest.raises(IndexError):
        sentence(nasty, "", 0)  # which is why every name goes through `clean`
    assert Names(SCENARIO).power("midland") == "Midland"


# The book.


def test_chapters_know_their_neighbours() -> None:
    told = game(5)
    found = book(told)
    assert found[0].previous is None and found[-1].next is None
    for one, two in pairwise(found):
        assert one.next == two.title and two.previous == one.title
        assert one.until == two.since


def test_contents_list_every_chapter_by_year() -> None:
    told = game(5, "midland")
    lines = [line for year in contents(cast(Campaign, told)) for line in year.lines]
    assert [line.title for line in lines] == [each.title for each in book(told)]
    assert lines[0].decisions == (("The order for lorries", "Sell lorries and steel"),)
    long = Told(load("eastern-front-1941"), empty(load("eastern-front-1941")), None, step=8)
    assert [y.year for y in contents(cast(Campaign, long))] == [1941, 1942, 1943, 1944, 1945]


def test_a_chapter_waits_for_its_record() -> None:
    told = game(1, lacking=True)
    assert chapters.chapter(cast(Campaign, told), 1) is None
    assert contents(cast(Campaign, told)) == []


def test_a_chapter_that_is_none_is_refused() -> None:
    told = game(1)
    with pytest.raises(ScenarioError, match="it must be from 1 to 9"):
        chapters.chapter(cast(Campaign, told), 13)


def test_a_player_reads_the_same_after_the_end(tmp_path: Path) -> None:
    played = Campaign.start(COUNCIL, store=tmp_path / "c.sqlite", members=20, simulate=Model())
    played.brief(["lorries"])
    played.decide("lorries", "sell-lorries")
    played.advance(weeks=4)
    before = chapter(played, 2)
    while not played.over:
        played.advance(weeks=6)
    assert chapter(played, 2).text == before.text
    assert {part.split(":")[1] for n in before.numbers for part in _measures(n)} <= {
        *("midland", "border", "steppe", "friendship")
    }


def test_verdicts_say_where_it_fell(tmp_path: Path) -> None:
    played = Campaign.start(COUNCIL, store=tmp_path / "c.sqlite", members=20, simulate=Model())
    played.brief(["lorries"])
    played.decide("lorries", "sell-lorries")
    played.advance()
    (verdict,) = chapter(played, 2).verdicts
    assert (verdict.item, verdict.option) == ("The order for lorries", "Sell lorries and steel")
    assert verdict.by == "Elder Brandt" and verdict.waiting
    gold = next(row for row in verdict.outcomes if row.title == "Midland, gold")
    scored = next(
        row
        for row in played.scores()["rows"]
        if row["measure"] == gold.happened.measure and row["option"]
    )
    assert gold.percentile == round(100 * scored["rank"])
    assert gold.happened.value == pytest.approx(scored["happened"])
    assert gold.words.startswith(f"the {ordinal(gold.percentile)} percentile")
    played.advance()
    assert not any(each.fresh for each in chapter(played, 3).verdicts)


def test_branches_are_liked_first_and_say_why(tmp_path: Path) -> None:
    place = tmp_path / "c.sqlite"
    played = Campaign.start(COUNCIL, store=place, members=20, simulate=Model())
    played.decide("lorries", "sell-lorries")
    played.advance()
    other = played.branch(1)
    other.decide("lorries", "keep-lorries")
    other.advance()
    Campaign.start(COUNCIL, seed=2, store=place, members=20, simulate=Model())
    found = like(played, 1)
    assert found[0].why == "branch of chapter 1, where “Sell nothing” was decided instead"
    assert (found[0].campaign, found[0].branch, found[0].turn) == (1, 2, 2)
    assert [each.kind for each in found[:2]] == ["branch", "campaign"]
    assert "“Sell lorries and steel” was decided instead" in like(other, 1)[0].why
    assert like(played, 2)[0].kind == "campaign"
    assert not any(each.kind == "campaign" for each in like(played, 2, lambda number: False))


def test_scenarios_are_liked_for_what_they_share() -> None:
    known = Told(load("beijing-1941"), empty(load("beijing-1941")), "china")
    known.campaigns = dict  # type: ignore[attr-defined]
    known.title = "The council"  # type: ignore[attr-defined]
    found, other = like(cast(Campaign, known), 1)
    assert found.scenario == "eastern-front-1941"
    assert found.why.startswith("this one builds on it")
    assert other.scenario == "italy-1943"
    assert other.why == "also about second world war and with Germany in it"


def test_a_chapter_is_told_without_the_engine(tmp_path: Path) -> None:
    place = tmp_path / "c.sqlite"
    Campaign.start(COUNCIL, store=place, members=20, simulate=Model())
    code = f"""
import sys
from sinews.campaign.played import Campaign
from sinews.campaign.chronicle.chapter import chapter, contents
from sinews.campaign.chronicle.fighting import field_events
from sinews.campaign.chronicle.likeness import like
game = Campaign.open({str(place)!r}, 1, simulate=None)
assert chapter(game, 1) and contents(game) and like(game, 1)
heavy = {{"jax", "altair", "xarray", "vl_convert"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_dates_are_written_out() -> None:
    found = chapter(Told(SCENARIO, empty(SCENARIO)), 2)
    assert found.dates == "30 June \N{EN DASH} 14 July 1941"
    assert found.until == date(1941, 7, 14)


def _measures(number: ToldNumber) -> list[str]:
    return [part.partition("@")[0] for part in number.parts if isinstance(part, str)]


def _flat(text: str) -> str:
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _names(scenario: Scenario) -> set[str]:
    """Every proper name of a scenario."""
    tables: list[Any] = [scenario.powers, scenario.theatres, scenario.agreements]
    tables += [scenario.contracts, scenario.ministers]
    titles = {each.title for table in tables for each in table.values() if each.title}
    places = {p.name for t in scenario.theatres.values() for p in t.place if p.km is not None}
    people = {m.name for m in scenario.ministers.values()} | {"Elder Brandt"}
    options = {o.title for o in scenario.options.values()}
    return {name for name in titles | places | people | options if name}


def _words(facts: Any) -> str:
    if isinstance(facts, dict):
        return " ".join(map(_words, facts.values()))
    if isinstance(facts, list):
        return " ".join(map(_words, facts))
    return str(facts)
