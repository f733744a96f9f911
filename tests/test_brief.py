"""The brief of a council: what stands in it, when it stops, and what it refuses."""

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from haggling import OPEN

import sinews
from sinews.analysis import paired
from sinews.analysis.branching import started
from sinews.analysis.council import questions
from sinews.analysis.council.brief import Meeting, briefed, clear, convened
from sinews.analysis.council.conditions import Condition
from sinews.analysis.council.curve import smoother
from sinews.analysis.council.handout import handout_file, handout_page, write_handout
from sinews.analysis.council.paper import COMPARED, COUNSEL, ESTIMATED, Forecast
from sinews.analysis.council.questions import Odds, odds_of, replacement
from sinews.analysis.council.when import first_date_of
from sinews.analysis.measures import Measure
from sinews.analysis.numerals import amount, band, margin
from sinews.analysis.paired import PairedStart
from sinews.campaign.pages import differences, forecasts
from sinews.cli import main
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, load_text
from sinews.scenario.feasible import infeasible
from sinews.scenario.number import Number

FILE = Path(__file__).parent / "scenarios" / "council.toml"
# Asking what a treaty is worth takes many campaigns; the other questions are enough here.
TEXT = re.sub(r'\[\[agenda\.ask\]\]\nwhat = "worth"\n(?:[^\[\n].*\n)*', "", FILE.read_text("utf-8"))
ON = date(1941, 7, 14)
FEW = 48


SILENT = tuple((ask, "") for ask in re.findall(r"\[\[agenda\.ask\]\]\n(?:[^\[\n].*\n)*", TEXT))
"""Changes that leave out all questions to the staff."""


def council(*changes: tuple[str, str]) -> Scenario:
    """The test council, with words of its file changed."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return load_text(text.encode(), str(FILE))


@pytest.fixture(scope="module")
def whole() -> Any:
    return sinews.brief(council(), members=FEW, on=ON)


def test_it_says_what_each_option_leads_to(whole: Any):
    data = json.loads(json.dumps(whole.plain(), allow_nan=False))
    assert (data["scenario"], data["date"], data["power"]) == ("council", "1941-07-14", "midland")
    assert (data["members"], data["seed"]) == (FEW, 1) and data["seconds"] > 0
    lorries, treaty = data["agenda"]
    assert [side["name"] for side in lorries["options"]] == ["keep-lorries", "sell-lorries"]
    keep, sell = lorries["options"]
    assert keep["differences"] == []
    names = ["gold:midland@1941-11-03", "front:border@1941-11-03", "lost:ostland:tank@1941-09-29"]
    assert [f["name"] for f in sell["forecasts"]] == names
    assert all(f["low"] <= f["median"] <= f["high"] for f in sell["forecasts"])
    gold = sell["differences"][0]
    assert gold["against"] == "keep-lorries" and gold["share_better"] == 1.0
    assert 10.0 < gold["difference_mean"] < 16.0
    assert gold["difference_low"] <= gold["difference_median"] <= gold["difference_high"]
    assert {"standard_error", "standard_error_independent"} <= gold.keys()
    assert treaty["horizon"] == "1941-11-30" or treaty["horizon"] == "1941-12-01"
    advice = lorries["advice"]
    assert advice["choice"] == "sell-lorries" and advice["advised"] == ["sell-lorries"]
    assert advice["lead"]["points"] > 2 * advice["lead"]["standard_error"] > 0.0
    assert [m["silent"] for m in advice["ministers"]] == [False, True]
    assert advice["ministers"][0]["weighs"] == ["gold:midland", "made:midland:lorry"]


def test_each_number_of_a_paper_stands_under_its_head(whole: Any):
    paper = whole.agenda[0]
    keep, sell = paper.options
    first, difference = sell.forecasts[0], sell.differences[0].contrast
    unit = first.measure.unit
    ((head, (plain, sold)), *_) = paper.compared()
    assert head == "Midland: gold, 3 Nov 1941, t"
    assert list(zip(COMPARED, sold, strict=True)) == [
        ("option", "Sell lorries and steel"),
        ("forecast>", amount(first.median, unit)),
        ("5-95 %>", band(first.low, first.high, unit)),
        ("difference>", margin(difference.mean, difference.error, unit)),
        ("5-95 %>", band(difference.low, difference.high, unit)),
        ("better>", f"{100 * difference.better:.0f} %"),
    ]
    kept = keep.forecasts[0]
    assert plain[1:] == [amount(kept.median, unit), band(kept.low, kept.high, unit), "", "", ""]
    (estimate,) = paper.estimates
    assert dict(zip(ESTIMATED, paper.estimated()[0], strict=True)) == {
        "the staff's estimate": "Ostland: killed, missing and captured",
        "when": "4 Aug 1941",
        "unit": "men",
        "middle>": amount(estimate.median, "men"),
        "5-95 %>": band(estimate.low, estimate.high, "men"),
    }
    lead = paper.advice.judgements[0].ranking.lead
    trade, war = (dict(zip(COUNSEL, line, strict=True)) for line in paper.counsel())
    assert trade == {
        "minister": "Anna Kohl, Minister of trade",
        "standing>": "40 %",
        "would have": "Sell lorries and steel",
        "ahead by>": f"{lead.ahead:.2f} \N{PLUS-MINUS SIGN} {lead.error:.2f}",
    }
    assert (war["would have"], war["ahead by>"]) == ("silent", "")


def test_a_place_is_counted_in_a_table_as_in_an_answer():
    scenario, held = council(*SILENT), np.array([1.0, 0.6, 0.0, 0.0])
    place = Measure("held", ("Ostburg",), date(1941, 11, 3))
    told = Forecast.of(scenario, place, held)
    odds = Condition(place, 0.5, None).holds(held).mean()
    assert told.mean == odds == 0.5 and told.head.endswith("% of campaigns")
    rows = [
        {"option": option, "measure": place.name, "title": "", "unit": "1", "from": None, "at": ""}
        | {"values": values}
        for option, values in (("a", [1.0, 1.0, 0.0, 0.0]), ("b", held.tolist()))
    ]
    (page,), (apart,) = forecasts(rows, "b"), differences(rows, "b", "a")
    assert (page["mean"], apart["difference_mean"], apart["difference_low"]) == (0.5, 0.0, 0.0)


def test_estimates_are_what_the_staff_believes(whole: Any):
    (estimate,) = whole.agenda[0].plain()["estimates"]
    assert estimate["estimate"] is True and estimate["low"] < estimate["median"] < estimate["high"]


def test_questions_are_answered_in_sentences_with_odds(whole: Any):
    lorries, treaty = whole.agenda
    assert [a.what for a in lorries.answers] == ["plan", "replace"]
    assert lorries.answer == " ".join(a.sentence for a in lorries.answers)
    assert "hold it 95 times in 100" in treaty.answer and "of 100 campaigns" in treaty.answer
    figures = treaty.answers[-1].figures
    assert figures["below"] == 420.0 and figures["members"] == FEW
    assert {o["option"] for o in figures["options"]} == set(treaty.advice.titles)


def test_an_option_with_dated_orders_decided_late_is_one_thing_in_every_table():
    """It orders nothing before its day: run from the start with it in force, as a played campaign
    is, members have the past that they had, and the future that the answer's members have."""
    late = date(1941, 8, 11)
    orders = (
        "[option.sell-lorries]\n[[option.sell-lorries.set.power.midland.script]]\n"
        'from = 1941-06-09\nuntil = 1941-10-06\nattack = ["steppe"]\n'
        "[[option.sell-lorries.set.power.midland.script]]\n"
        "from = 1941-06-09\nuntil = 1941-07-07\ndraft = 0\n"
    )
    found = council(*SILENT, ("[option.sell-lorries]\n", orders))
    fork = PairedStart(found, late, 4)
    measures = [Measure("force", ("midland", "steppe"), day) for day in (late, date(1941, 10, 6))]
    measures += [Measure("hostile", ("steppe",), date(1941, 10, 6))]
    answer = fork.values("sell-lorries", measures, range(4))
    lived = started(found.with_options([f"sell-lorries@{late}"]), range(4), 1, 18)
    assert np.array_equal(lived.values(measures), answer)
    assert answer[2].any(), "the order is given, from that day on"
    (script,) = found.with_options([f"sell-lorries@{late}"]).powers["midland"].script
    assert (script.from_, script.until) == (late, date(1941, 10, 6))


@pytest.mark.parametrize(
    ("price", "refuses"),
    [('"15.6 t"', False), ('"15.7 t"', True), ('{ gold = "8 t", steel = "20 kt" }', True)],
    ids=["at the list", "dearer", "dearer in steel"],
)
def test_a_buyer_refuses_what_is_beyond_its_premium(price: str, refuses: bool):
    """By the list 3,000 lorries of 4 kg and 9 kt of steel are worth 15.6 t of gold."""
    terms = ('price = "15.6 t"', f"price = {price}")
    buyer = ('aims = { "gold:ostland"', 'premium = 1\naims = { "gold:ostland"')
    found = council(*SILENT, terms, buyer)
    fork = PairedStart(found, ON, 2)
    gold = [Measure("gold", (power,), date(1941, 11, 3)) for power in ("midland", "ostland")]
    sold, kept = (fork.values(o, gold, range(2)) for o in ("sell-lorries", "keep-lorries"))
    assert np.array_equal(sold, kept) == refuses
    (paper,) = sinews.brief(found, members=2, on=ON, items=["lorries"]).agenda
    words = [each.words for each in paper.options[1].excludes]
    assert ("Lorries and steel (its buyer refuses)" in words) == refuses
    signed = infeasible(found.with_options(["sell-lorries"]))
    assert ["does not sign" in m.problem for m in signed] == [True] * refuses
    # Whoever plays decides what to pay.
    own = replace(found.with_options(["sell-lorries"]), player="ostland")
    assert not infeasible(own)


def test_a_later_council_is_told_what_came_of_the_treaty():
    late = load_text(TEXT.encode(), str(FILE), ["befriend@1941-07-14"])
    whole = sinews.brief(late, members=FEW, on=date(1941, 9, 1), items=["lorries"])
    (report,) = whole.plain()["reports"]
    assert report["item"] == "friendship" and report["decided"] == "1941-07-14"
    run = sinews.estimate(late, ["demarcated:friendship@1941-09-01"], members=FEW).spread(0)
    assert run and run.median > 0
    marked = f"{amount(run.median, 'km')} ({band(run.low, run.high, 'km')}) of 600 km marked"
    assert marked in report["report"]
    assert report["report"] in unescape(handout_page(whole, late, "again"))
    assert sinews.brief(late, members=2, on=ON, items=["lorries"]).reports == ()


def test_an_item_that_asks_nothing_is_answered_by_its_first_measure():
    plain = council(*SILENT)
    (paper,) = sinews.brief(plain, members=FEW, on=ON, items=["lorries"]).agenda
    assert paper.answers == () and paper.answer.startswith("“Sell lorries and steel” against")
    assert "better in all campaigns" in paper.answer


def test_options_say_what_they_exclude(whole: Any):
    stand, befriend, warily = whole.agenda[1].options
    found = [(e.kind, e.name) for e in stand.excludes]
    assert found == [("agreement", "friendship"), ("contract", "booty")]
    assert befriend.excludes == () and [e.name for e in warily.excludes] == ["booty"]


def test_options_that_conflict_are_said_to_exclude_each_other():
    extra = '[option.cheap]\ntitle = "A lower price"\nset.contract.lorries.signed = 1941-08-04\n'
    found = council(("[option.stand-guard]", extra + "[option.stand-guard]"))
    (paper,) = sinews.brief(found, members=FEW, items=["lorries"]).agenda
    assert [(e.kind, e.title) for e in paper.options[1].excludes] == [("option", "A lower price")]


def test_an_option_that_changes_nothing_differs_by_nothing():
    same = council(
        ('"sell-lorries"]', '"sell-lorries", "same"]'),
        ("[option.stand-guard]", "[option.same.set.power.midland]\nrestraint = 4\n"
         "[option.stand-guard]"),
    )  # fmt: skip
    (paper,) = sinews.brief(same, members=FEW, on=ON, items=["lorries"]).agenda
    for difference in paper.options[2].differences:
        c = difference.contrast
        assert (c.low, c.mean, c.high, c.higher, c.lower) == (0.0, 0.0, 0.0, 0.0, 0.0)
        assert difference.plain()["standard_error"] == 0.0


def test_common_luck_makes_differences_surer(whole: Any):
    front = whole.agenda[1].options[1].differences[2]
    assert front.contrast.measure.series == "front"
    assert 0.0 < 2.5 * front.contrast.error < front.apart


def test_it_says_the_same_again_and_in_other_batches(whole: Any, monkeypatch: pytest.MonkeyPatch):
    again = sinews.brief(council(), members=FEW, on=ON, items=["lorries"]).agenda[0]
    assert again.plain() == whole.agenda[0].plain()
    monkeypatch.setattr(paired, "BATCH", 16)
    (small,) = sinews.brief(council(), members=FEW, on=ON, items=["lorries"]).agenda
    options = [side.plain() for side in small.options]
    assert options == [side.plain() for side in whole.agenda[0].options]


class Noisy(PairedStart):
    """Values that differ by luck alone, and by `gap`."""

    gap = 0.0

    def values(self, option: str | None, measures: Any, batch: range) -> Any:
        shift = 0.0 if option in (None, "keep-lorries") else self.gap
        generator = np.random.default_rng([batch.start, crc32((option or "").encode())])
        return generator.normal(size=(len(measures), len(batch))) + shift


class Close(Noisy):
    """The second option is far from the first, and the third nowhere near or beside the second."""

    near = 0.0

    def values(self, option: str | None, measures: Any, batch: range) -> Any:
        gap = {"stand-guard": -4.0, "befriend": 0.0}.get(option or "", self.near)
        return super().values(option, measures, batch) + gap


@pytest.mark.parametrize("rule", ["leader", "two-thirds"])
@pytest.mark.parametrize(("near", "says"), [(0.1, (600, "limit")), (2.0, (256, "clear"))])
def test_members_are_added_until_the_pair_that_is_close_is_clear(
    rule: str, near: float, says: tuple[int, str]
):
    plain = council(*SILENT, ('rule = "two-thirds"', f'rule = "{rule}"'), ("accuracy = 0.3", ""))
    meeting = convened(plain, on=ON, items=["friendship"], most=600)
    close = Close(meeting.scenario, ON, 600)
    close.near = near
    (paper,) = briefed(replace(meeting, fork=close))
    assert (paper.members, paper.stopped) == says


def test_the_staff_answers_by_as_many_members_as_were_asked_for(monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[int, int, int]] = []

    def worth(*words: Any) -> Any:
        asked.append((words[5], len(words[9].members), words[9].week))
        return SimpleNamespace(sentence=lambda: "", plain=dict)

    monkeypatch.setattr(questions, "worth", worth)
    for module, name in ((questions, "MEMBERS"), (questions, "BATCH"), (paired, "BATCH")):
        monkeypatch.setattr(module, name, 128)
    full = load_text(FILE.read_bytes(), str(FILE))
    asks: list[dict[str, Any]] = [{"members": 200}, {"most": 200}]
    for how in asks:
        list(briefed(convened(full, on=ON, items=["friendship"], **how)))
    assert asked == [(200, 200, 6), (128, 128, 6)]


def test_over_twenty_seeds_the_council_is_advised_the_same_or_told_of_a_tie():
    """Of few members each, in a matter that is close: the best option by points is not the same."""
    fond = ("bias = { befriend = -0.5", "bias = { befriend = 0.9")
    split = council(*SILENT, ('rule = "two-thirds"', 'rule = "leader"'), fond)
    found = [
        sinews.advice(split, "friendship", members=16, seed=seed, on=ON) for seed in range(1, 21)
    ]
    best, advised = [a.ranking.best for a in found], [a.choice for a in found]
    assert len({*best}) > 1, "it takes no luck"
    common = max({*advised} - {None}, key=advised.count)
    assert 1 < advised.count(common) and advised.count(common) + advised.count(None) >= 19


@pytest.mark.parametrize(
    ("gap", "how", "says"),
    [
        (0.0, {"most": 600}, (600, "limit")),
        (2.0, {"most": 600}, (256, "clear")),
        (2.0, {"members": 600}, (600, "asked")),
    ],
)
def test_members_are_added_until_the_answer_is_clear_or_as_many_as_are_asked_for(
    gap: float, how: dict[str, Any], says: tuple[int, str]
):
    plain = council(*SILENT)
    meeting = convened(plain, on=ON, items=["lorries"], **how)
    noisy = Noisy(meeting.scenario, ON, 600)
    noisy.gap = gap
    (paper,) = briefed(replace(meeting, fork=noisy))
    assert (paper.members, paper.stopped) == says
    assert paper.error == pytest.approx((2 / says[0]) ** 0.5, rel=0.15)
    assert paper.error_apart == pytest.approx(paper.error, rel=0.15)
    assert f"{says[0]} campaigns" in paper.sure()


def test_a_difference_is_clear_or_closely_known():
    base = np.array([0.0, 10.0] * 100)
    assert clear(base, base + 1e-9, 5.0) and clear(base, base, 5.0)
    assert not clear(base, base[::-1], 5.0) and clear(base, base[::-1], 100.0)


def test_an_item_comes_up_when_its_day_and_its_trigger_have_come():
    def waiting(on: date, *changes: tuple[str, str]) -> dict[str, str]:
        return convened(council(*changes), members=FEW, on=on).waiting

    assert waiting(date(1941, 6, 30))["friendship"].startswith("comes up on 7 Jul 1941")
    assert waiting(ON) == {}
    assert (
        "waits for this: border, front above 880 km"
        in (waiting(ON, ("100 km", "880 km"))["friendship"])
    )
    assert "until 6 Oct 1941" in waiting(date(1941, 10, 6))["friendship"]
    named = convened(council(), members=FEW, on=date(1941, 6, 30), items=["friendship"])
    assert [item.name for item in named.items] == ["friendship"]


def test_on_a_later_day_what_comes_late_is_heard_and_what_is_over_waits():
    narrow = ('capacity = "2 trains/day"', 'capacity = "1 trains/day"')
    scarce, late = council(*SILENT, narrow), date(1941, 9, 22)
    # Of 18 weeks of a train a day for 80 trains 6 are left: some come too late.
    heard = convened(scarce, members=FEW, on=late, items=["lorries"])
    assert heard.fork.variant("sell-lorries").contracts["lorries"].signed == late
    signed = ('price = "15.6 t"', f'signed = {late}\nprice = "15.6 t"')
    with pytest.raises(ScenarioError, match="trains from signature"):
        council(narrow, signed)
    on = date(1941, 10, 13)
    meeting = convened(scarce, members=FEW, on=on)
    assert "lorries" not in [item.name for item in meeting.items]
    assert "contract.lorries.until = 1941-10-06 ends before it begins" in meeting.waiting["lorries"]
    with pytest.raises(ScenarioError, match="cannot be decided on 13 Oct 1941") as error:
        convened(scarce, members=FEW, on=on, items=["lorries"])
    assert error.value.mistakes[0].path == "on"


def test_what_is_decided_is_not_on_the_agenda():
    found = convened(council(), ["sell-lorries"], members=FEW, on=ON)
    assert found.waiting == {"lorries": "decided: Sell lorries and steel"}
    assert found.scenario.contracts["lorries"].signed == date(1941, 6, 30)
    with pytest.raises(ScenarioError, match="is decided already"):
        convened(council(), ["sell-lorries"], members=FEW, on=ON, items=["lorries"])


def test_a_campaign_may_give_its_own_past():
    asked: list[range] = []

    def past(batch: range) -> Any:
        asked.append(batch)
        return started(council(), batch, 7, 6)

    (paper,) = sinews.brief(council(), members=FEW, on=ON, items=["lorries"], past=past).agenda
    assert asked == [range(FEW)] and paper.members == FEW


def test_advice_alone_is_that_of_the_brief(whole: Any):
    found = sinews.advice(council(), "friendship", members=FEW, on=ON)
    assert found == whole.agenda[1].advice
    heavy = sinews.advice(council(), "friendship", members=FEW, on=ON, standing={"trade": 9.0})
    assert heavy.choice == "befriend" and heavy.judgements[0].standing == pytest.approx(9 / 10.5)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"items": ["lorry"]}, "no item of the agenda has that name"),
        ({"options": ["sel-lorries"]}, 'did you mean "sell-lorries"?'),
        ({"members": 1}, "one member has no odds"),
        ({"members": 0}, "members = 0"),
        ({"on": date(1950, 1, 1)}, "is no day of this scenario"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_mistakes_are_told(words: dict[str, Any], says: str):
    with pytest.raises(ScenarioError) as error:
        sinews.brief(council(), **words)
    assert says in str(error.value)


def test_a_scenario_without_an_agenda_has_no_council():
    with pytest.raises(ScenarioError, match="no council"):
        sinews.brief("eastern-front-1941")


def odds(measure: Measure, **bounds: float) -> Odds:
    before = np.arange(100) < 61
    after = before | (np.arange(100) >= 78)
    titles = {"stay": "No transfer", "go": "The transfer"}
    passes = {"stay": before, "go": after}
    return Odds(council(), measure, bounds.get("above"), bounds.get("below"), titles, passes)


def test_odds_are_said_of_a_hundred_campaigns():
    town = Measure("held", ("Stolp",), date(1942, 1, 4))
    assert odds(town, above=0.5).sentence() == (
        "Stolp holds to 4 Jan 1942 in 61 of 100 campaigns with “No transfer” "
        "and in 83 with “The transfer” (difference +22.0 \N{PLUS-MINUS SIGN} 4.2)."
    )
    front = Measure("front", ("border",), date(1941, 10, 6))
    west = "The front of border is west of 420 km (at Ostburg) on 6 Oct 1941 in 61 of 100"
    assert odds(front, below=420.0).sentence().startswith(west)
    war = Measure("hostile", ("steppe",), date(1941, 10, 6))
    assert odds(war, above=0.5).sentence().startswith("Steppe is at war on 6 Oct 1941 in 61")
    assert "is above 5 t and below 9 t" in (
        odds(Measure("gold", ("midland",), date(1941, 10, 6)), above=5.0, below=9.0)
        .sentence()
        .replace(".00", "")
    )


@pytest.mark.parametrize(
    ("measure", "bounds", "event", "of_hundred"),
    [
        (("held", "Stolp"), {"above": 0.5}, "Stolp holds to 4 Jan 1942", 96),
        (("held", "Stolp"), {"below": 0.5}, "Stolp is lost by 4 Jan 1942", 4),
        (("hostile", "steppe"), {"above": 0.5}, "Steppe is at war on 4 Jan 1942", 96),
        (("hostile", "steppe"), {"below": 0.5}, "Steppe is at peace on 4 Jan 1942", 4),
        (("gold", "midland"), {"above": 0.5}, "is above 0.50 t on 4 Jan 1942", 96),
        (("gold", "midland"), {"below": 0.5}, "is below 0.50 t on 4 Jan 1942", 4),
        (("gold", "midland"), {"above": -1.0, "below": 0.5}, "below 0.50 t on 4 Jan 1942", 4),
        (("front", "border"), {"above": 0.5}, "east of 0 km (at Kreuz) on 4 Jan 1942", 96),
        (("front", "border"), {"below": 0.5}, "west of 0 km (at Kreuz) on 4 Jan 1942", 4),
    ],
)
def test_odds_are_those_of_the_side_that_is_asked_about(
    measure: tuple[str, str], bounds: dict[str, float], event: str, of_hundred: int
):
    scenario, (series, label) = council(), measure
    asked = next(ask for item in scenario.agenda for ask in item.ask if ask.what == "odds")
    limits = {name: Number(value, None, None, "1") for name, value in bounds.items()}
    ask = asked.model_copy(update={"above": None, "below": None} | limits)
    # Under the first option it is 1 in 96 members of 100, under the second in none.
    values = {"stay": (np.arange(100) < 96).astype(float), "go": np.zeros(100)}
    named = Measure(series, (label,), date(1942, 1, 4))
    found = odds_of(scenario, ask, named, {"stay": "Stay", "go": "Go"}, values)
    other = "none" if of_hundred > 50 else "all"
    says = f"{event} in {of_hundred} of 100 campaigns with “Stay” and in {other} with “Go”"
    assert says in found.sentence()
    assert [option["share"] for option in found.plain()["options"]] == pytest.approx(
        [of_hundred / 100, 1.0 if other == "all" else 0.0]
    )


def test_odds_that_no_option_changes_are_said_once():
    same = replace(odds(Measure("held", ("Stolp",), date(1942, 1, 4)), above=0.5))
    same.passes["go"] = same.passes["stay"]
    assert same.sentence() == (
        "Stolp holds to 4 Jan 1942 in 61 of 100 campaigns, whatever is decided."
    )


def test_odds_tell_how_far_rival_theories_of_combat_differ():
    found = odds(Measure("held", ("Stolp",), date(1942, 1, 4)), above=0.5)
    told = replace(found, rivals={"posen": 0.93, "epstein": 0.52})
    tail = " Under the rival theories of combat: in 52 to 93 of 100 with “No transfer”."
    assert told.sentence() == found.sentence() + tail
    assert told.plain()["rivals"] == {"posen": 0.93, "epstein": 0.52}
    # Of one that says the same there is nothing to say.
    assert replace(found, rivals={"posen": 0.61}).sentence() == found.sentence()


def test_members_that_another_item_ran_further_answer_to_the_horizon_of_the_item_that_asks():
    """Some of them, or all: what is answered does not hang on what was heard before."""
    first, rest = range(20), range(20, FEW)
    trunks = [started(council(), first, 1, 24), started(council(), rest, 1, 20)]
    assert replacement(trunks, "ostland", "tank", 20) == (
        sinews.replace(council(), "ostland", "tank", FEW, 20)
    )
    lost = Measure("lost", ("ostland", "tank"), date(1941, 10, 20))  # after twenty weeks
    found = first_date_of(trunks, Condition(lost, 700.0, None))
    alone = sinews.when(council(), "lost:ostland:tank@1941-10-20 above 700", members=FEW, weeks=20)
    assert (found.first, found.share, found.members) == (alone.first, alone.share, FEW)
    assert 0.0 < found.share


def test_the_page_asks_nothing_of_the_network_and_believes_no_words(whole: Any):
    hostile = '<script>alert("x")</script>'
    title = ("Sell lorries and steel", hostile.replace('"', '\\"'))
    report = ("Ostland pays in gold, a", hostile.replace('"', '\\"') + " a")
    scenario = council(title, report, ("A neighbour's war", "A & B"))
    brief = sinews.brief(scenario, members=FEW, on=ON, items=["lorries"])
    text = handout_page(brief, scenario, "sinews brief <b>")
    assert "<script" not in text and "&lt;script&gt;" in text and "A &amp; B" in text
    links = set(re.findall(r"https?://[^\"' )<]+", text))
    assert links <= {"http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"}
    assert text.count("<svg") == 2 and "prefers-color-scheme: dark" in text
    assert brief.agenda[0].answers[0].sentence.split(";")[0][:30] in text


def test_a_page_is_written_whole_and_nothing_else_is_replaced(whole: Any, tmp_path: Path):
    file = handout_file(tmp_path / "new")
    assert file == tmp_path / "new" / "brief.html"
    write_handout(file, whole, council(), "sinews brief council.toml")
    assert [each.name for each in file.parent.iterdir()] == ["brief.html"]
    write_handout(handout_file(file), whole, council(), "sinews brief council.toml")
    other = tmp_path / "letter.html"
    other.write_text("<p>Dear all</p>")
    with pytest.raises(ScenarioError, match="is no brief"):
        handout_file(other)
    (tmp_path / "dir.html").mkdir()
    with pytest.raises(ScenarioError, match="is a folder"):
        handout_file(tmp_path / "dir.html")


def test_a_border_has_one_answer_in_the_brief_and_outside(whole: Any):
    scenario = council()
    today = started(scenario, range(FEW), 1, round((ON - scenario.start).days / 7))
    told = questions.border(scenario, today=today, variants=False)
    (answer,) = (a for item in whole.agenda for a in item.answers if a.what == "border")
    assert (answer.sentence, answer.figures) == (told.sentence(), told.plain())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Runs a command on the test council; gives its status, what it printed and complained of."""
    file = tmp_path / "council.toml"
    file.write_text(TEXT, "utf-8")

    def command(name: str, *words: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as ending:
            main([name, str(file), *words])
        out, err = capsys.readouterr()
        return ending.value.code or 0, out, err

    return command


def test_the_command_prints_a_page_for_a_chairman(run: Any, tmp_path: Path):
    out = str(tmp_path / "page.html")
    status, text, err = run("brief", "--members", str(FEW), "--on", str(ON), "--out", out)
    assert (status, err) == (0, "")
    order = ("council of Midland, 14 Jul 1941", "1. THE ORDER FOR LORRIES", "Answer: ",
             "Anna Kohl", "Advice: ", "2. THE TREATY", "2 items in", "Written: ")  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    page = Path(out).read_text("utf-8")
    assert "A neighbour&#39;s war" in page
    assert f"sinews brief council.toml --members {FEW} --seed 1 --on {ON}" in page


def test_the_commands_print_json(run: Any):
    few = ("--members", str(FEW), "--json")
    brief = json.loads(run("brief", *few)[1])
    assert [item["name"] for item in brief["agenda"]] == ["lorries"]
    assert brief["waiting"][0]["name"] == "friendship"
    assert json.loads(run("advice", "lorries", *few)[1])["rule"] == "leader"
    assert json.loads(run("replace", "ostland", "tank", *few)[1])["members"] == FEW
    assert len(json.loads(run("border", "--json")[1])["forces"]) == 2
    assert len(json.loads(run("plan", "--json")[1])["contracts"]) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("advice", "lorries", "--members", "48"), "Points for each option"),
        (("replace", "ostland", "tank", "--members", "48"), "smallest stock"),
        (("border", "steppe"), "Fewest men"),
        (("border", "steppe", "--warning", "2", "--reserve", "0"), "lost if they resolve on it"),
        (("plan", "--contract", "lorries"), "What a customer costs"),
    ],
)
def test_the_commands_print_a_sentence_and_tables(run: Any, words: tuple[str, ...], says: str):
    status, out, err = run(*words)
    assert (status, err) == (0, "") and says in out
    assert re.match(r"[A-Z].*\.$", out.splitlines()[0])


def test_a_council_may_be_held_among_members_that_told_what_happened(run: Any, tmp_path: Path):
    """Ostland lost a third of what it loses in most campaigns: so it will by the end."""
    words = ("brief", "--on", str(ON), "--item", "lorries", "--members", "16", "--json")
    usual, far = json.loads(run(*words)[1]), "lost:ostland:tank@1941-09-29"
    lost = started(council(), range(16), weeks=5).series("lost", "ostland", "tank")[5].mean() / 3
    row = f'measure = "lost"\npower = "ostland"\nitem = "tank"\nat = 1941-07-07\nvalue = {lost}'
    (tmp_path / "council.toml").write_text(f"{TEXT}\n[[expect]]\n{row}\n", "utf-8")
    told = json.loads(run(*words, "--told")[1])
    before, after = (
        next(f["median"] for f in brief["agenda"][0]["options"][0]["forecasts"] if f["name"] == far)
        for brief in (usual, told)
    )
    assert after < 0.9 * before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("brief", "--told", "--members", "4"), "no record is dated on it or before"),
        (("brief", "--item", "lory"), "no item of the agenda has that name"),
        (("advice", "nothing"), "write one of: friendship, lorries"),
        (("plan", "--contract", "guns"), "write one of: booty, lorries"),
        (("worth", "peace"), "no agreement or contract has that name"),
        (("worth", "lorries", "--buyer", "westland"), "is not its buyer"),
        (("worth", "friendship", "--delay", "99"), "it must be from 0 to 22"),
        (("border", "nowhere", "--warning", "1", "--reserve", "1"), "no axis has that name"),
        (("border", "border"), "stands at neither end of that axis"),
        (("replace", "nobody", "tank"), "no power has that name"),
        (("replace", "ostland", "ship"), "no item has that name"),
    ],
)
def test_the_commands_say_what_there_is_instead(run: Any, words: tuple[str, ...], says: str):
    status, out, err = run(*words)
    assert (status, out) == (2, "") and says in err


@pytest.mark.parametrize(
    ("asked", "wrong", "says"),
    [
        ("worth", {"draft": "peace", "delays": 3, "horizon": "x"}, "delays = 3|horizon = "),
        ("worth", {"draft": "peace", "delays": "2"}, 'delays = "2"'),
        ("worth", {"draft": "peace", "delays": [0, 1.5]}, "delays = 1.5\n    is no whole"),
        ("worth", {"draft": None, "members": "a", "buyer": 3}, "draft = |members = |buyer = 3"),
        ("border", {"warning": "4 weeks", "reserve": True}, "warning = |reserve = true"),
        ("border", {"seed": 1.5}, "seed = 1.5\n    is no whole number"),
        ("brief", {"standing": 3}, "standing = 3\n    is no table"),
        ("brief", {"standing": {"war": "much"}}, 'standing.war = "much"\n    is no number'),
        ("advice", {"item": "friendship", "standing": {"war": -1}}, "standing.war = -1"),
        ("plan", {"draws": "a"}, "draws = "),
        ("plan", {"seed": "a"}, "seed = "),
        ("replace", {"power": ["ostland"], "item": None}, "power = |item = "),
        ("calibrate", {"rounds": 0}, "rounds = 0\n    is out of bounds"),
    ],
)
def test_an_argument_of_the_wrong_kind_is_named(asked: str, wrong: dict[str, Any], says: str):
    with pytest.raises(ScenarioError) as raised:
        getattr(sinews, asked)(council(), **wrong)
    assert all(each in str(raised.value) for each in says.split("|"))


def test_a_meeting_knows_whose_it_is():
    meeting = convened(council(), members=FEW)
    assert isinstance(meeting, Meeting) and meeting.power == "midland"
    assert meeting.standing == pytest.approx({"trade": 0.4, "war": 0.6})


def test_check_finds_a_measure_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "council.toml"
    path.write_text(
        FILE.read_text("utf-8").replace('"gold:midland" = 1,', '"glod:midland" = 1,', 1)
    )
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path)])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "power.midland.aims" in told and "glod" in told and "gold" in told


def test_a_council_hears_the_items_of_its_own_power():
    two = load_text((FILE.parent / "two.toml").read_bytes(), "two.toml")
    meeting = convened(two, members=4)
    assert meeting.power == "midland" and [i.name for i in meeting.items] == ["lorries", "levy"]
    other = convened(two, members=4, power="ostland")
    assert other.power == "ostland" and other.items[0].name == "stand"
    assert set(other.ministers) == {"staff"} and set(meeting.ministers) == {"trade", "war"}
    with pytest.raises(ScenarioError, match="no item of the agenda has that name"):
        convened(two, members=4, items=["stand"])
    with pytest.raises(ScenarioError, match="this scenario has no council"):
        convened(two, members=4, power="westland")


# ------------------------------------------------------------------------------ own terms


@pytest.fixture(scope="module")
def open_council() -> Scenario:
    return load_text((TEXT + OPEN).encode(), str(FILE))


def test_odds_at_a_presets_own_terms_are_the_presets_to_the_bit(open_council: Scenario):
    fork = PairedStart(open_council, ON, FEW)
    words = ["gold:midland@1941-11-03", "front:border@1941-11-03", "made:midland:lorry@1941-11-03"]
    measures = sinews.analysis.measures.asked(words, open_council, 26)
    same = "sell-lorries(lorries.price=15.6; lorries.goods.lorry=3000; lorries.until=1941-10-06)"
    other = "sell-lorries(lorries.price=15.7)"
    batch = next(fork.batches())
    preset, own, dearer = (fork.values(w, measures, batch) for w in ("sell-lorries", same, other))
    assert preset.tolist() == own.tolist()
    assert (dearer[0] > preset[0]).all() and dearer[1:].tolist() == preset[1:].tolist()


def test_a_paper_on_own_terms_has_odds_for_exactly_these(open_council: Scenario):
    told = sinews.brief(open_council, members=FEW, on=ON, terms={"lorries.price": "30 t"})
    (paper,) = told.agenda
    assert [side.name for side in paper.options] == [
        "keep-lorries",
        "sell-lorries",
        "sell-lorries(lorries.price=30.0)",
    ]
    _, sell, own = paper.options
    assert (own.title, own.summary) == (
        "Sell lorries and steel, on own terms",
        "lorries.price 30 t",
    )
    # All is delivered and paid: 30 t less 15.6 t.
    more = own.differences[0].contrast.mean - sell.differences[0].contrast.mean
    sold = sell.differences[0].contrast.mean / 15.6
    assert more == pytest.approx(14.4 * sold, rel=1e-3) and sold > 0.8
    assert not any(each.kind == "option" for side in paper.options for each in side.excludes)
    alike = sinews.brief(open_council, members=FEW, on=ON, preset="sell-lorries")
    assert [side.name for side in alike.agenda[0].options] == ["keep-lorries", "sell-lorries"]
    assert paper.answer.startswith("“Sell lorries and steel, on own terms” against “Sell nothing”")
    # The minister of trade favours the sale on whatever terms, and more gold the more.
    points = paper.advice.judgements[0].points
    assert points[own.name] > points["sell-lorries"] > points["keep-lorries"]


@pytest.mark.parametrize(
    ("option", "term", "measure", "values"),
    [
        ("sell-lorries", "lorries.price", "gold:midland", (8.0, 21.0, 40.0)),
        (
            "befriend",
            "friendship.ceiling.ostland>steppe.men",
            "force:ostland:steppe",
            (30e3, 70e3, 120e3),
        ),
    ],
)
def test_a_curve_is_what_paired_runs_of_other_luck_say_at_three_points(
    open_council: Scenario, option: str, term: str, measure: str, values: tuple[float, ...]
):
    item = "lorries" if option == "sell-lorries" else "friendship"
    found = sinews.curve(open_council, item, term, members=FEW, on=ON)
    assert found.option == option and len(found.lines[0].tried) == 9 and not found.refused
    line, apart = found.line(measure), PairedStart(open_council, ON, FEW, seed=2)
    for value in values:
        word = f"{option}({term}={value})"
        there = apart.values(word, [line.measure], next(apart.batches()))[0]
        point, error = line.at(value), there.std(ddof=1) / len(there) ** 0.5
        own = point.error or 0.0
        assert abs(point.mean - there.mean()) < 3 * np.hypot(own, error) + 1e-6 * point.mean
        assert point.band == pytest.approx((point.mean - 1.645 * own, point.mean + 1.645 * own))


@pytest.mark.parametrize(
    ("term", "measure", "least", "most"),
    [
        ("lorries.price", "gold:midland", 31.5, 32.01),
        ("lorries.price", "front:border@1941-11-03", 0.0, 0.0),
        ("friendship.gold.midland", "gold:midland", 39.0, 40.001),
        ("friendship.ceiling.ostland>steppe.men", "force:ostland:steppe", 30e3, 90e3),
    ],
)
def test_a_term_at_its_bounds_turns_what_a_treaty_does(
    open_council: Scenario, term: str, measure: str, least: float, most: float
):
    item = "lorries" if term.startswith("lorries") else "friendship"
    found = sinews.curve(open_council, item, term, members=FEW, on=ON)
    line = found.line(measure)
    assert least <= line.rise <= most
    assert len(line.tried) == 9


def test_a_curve_leaves_out_where_the_deal_cannot_be_had():
    """Ostland pays 1.3 times the list, which is 15.6 t; and by the last days nothing can go."""
    text = TEXT.replace('gold_floor = "50 t"', 'gold_floor = "50 t"\npremium = 1.3') + OPEN
    found = load_text(text.encode(), str(FILE))
    price = sinews.curve(found, "lorries", "lorries.price", members=FEW, on=ON)
    assert [point.value for point in price.lines[0].tried] == [8.0, 12.0, 16.0, 20.0]
    assert [value for value, _ in price.refused] == [24.0, 28.0, 32.0, 36.0, 40.0]
    assert "beyond its premium" in price.refused[0][1]
    with pytest.raises(ScenarioError, match="cannot be had at two values between its bounds"):
        dear = {"lorries.goods.lorry": 1500, "lorries.goods.steel": 4500}
        text = text.replace('price = { low = "8 t"', 'price = { low = "12 t"')
        found = load_text(text.encode(), str(FILE))
        sinews.curve(found, "lorries", "lorries.price", None, dear, members=FEW, on=ON)


def test_a_smoother_takes_luck_from_a_line_and_leaves_a_bend():
    x = np.linspace(0.0, 1.0, 9)
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        y = 2.0 * x + rng.normal(0.0, 0.3, 9)
        errors.append([y - 2.0 * x, smoother(x, y)(x) @ y - 2.0 * x])
    raw, smooth = np.sqrt(np.mean(np.square(errors), axis=(0, 2)))
    assert smooth < 0.75 * raw
    bend = np.maximum(x - 0.5, 0.0)
    assert np.abs(smoother(x, bend)(x) @ bend - bend).max() < 0.02


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"terms": {"lorries.prize": 3}}, 'did you mean "lorries.price"'),
        ({"terms": {"lorries.price": 3}, "items": ["lorries"]}, "it must be from 8 t to 40 t"),
        ({"terms": {"lorries.price": 30}, "items": ["friendship"]}, 'that does: "lorries"'),
        ({"terms": {"lorries.price": 30}, "preset": "sell"}, "is no option of an item"),
        ({"terms": {"lorries.price": "30 t", "friendship.teams": 4}}, "several items have"),
        ({"terms": "lorries.price=3"}, "is no table of terms"),
        ({"terms": {}}, "none is given"),
        ({"preset": "sell"}, "write one of: befriend, befriend-warily, keep-lorries"),
        ({"terms": {"lorries.until": "1941-11-24", "lorries.price": True}}, "is not a mass"),
        ({"terms": {"lorries.advance": "200 %"}}, "it must be from 0 to 0.5"),
        ({"terms": {"lorries.price": -5}}, "it must be from 8 t to 40 t"),
        ({"terms": {"lorries.goods.lorry": 2000.5}}, "is no whole number"),
        (
            {"terms": {"lorries.from": "1941-06-30"}, "on": date(1941, 7, 7)},
            "before the day of the",
        ),
        (
            {"terms": {"lorries.from": date(1941, 9, 29), "lorries.until": "1941-09-01"}},
            "terms.lorries.until = 1941-09-01\n    ends before",
        ),
    ],
)
def test_terms_that_cannot_be_had_are_told(
    open_council: Scenario, words: dict[str, Any], says: str
):
    with pytest.raises(ScenarioError) as caught:
        sinews.brief(open_council, members=FEW, **words)
    assert says in str(caught.value)


def test_a_term_that_no_item_has_is_told_with_how_it_can_be_had():
    agenda = 'options = ["keep-lorries", "sell-lorries"]', 'options = ["keep-lorries", "same"]'
    assert agenda[0] in TEXT
    text = TEXT.replace(*agenda).replace('bias = { "sell-lorries" = 0.5 }', "")
    text += "[option.same.set.power.midland]\nrestraint = 4\n"
    found = load_text((text + OPEN).encode(), str(FILE))
    with pytest.raises(ScenarioError, match=r'--option "sell-lorries\(lorries.price=...\)"'):
        sinews.brief(found, members=FEW, terms={"lorries.price": 30})


def test_what_varies_along_a_curve_is_no_other_term(open_council: Scenario):
    with pytest.raises(ScenarioError, match="is what varies along the curve"):
        sinews.curve(open_council, "lorries", "lorries.price", terms={"lorries.price": 30})


def test_own_gold_at_signature_is_told_with_what_the_other_would_give():
    """It signs all the same: a paper and a curve say so."""
    text = FILE.read_text("utf-8") + OPEN
    text = text.replace('["gold:midland", "force:ostland:steppe"', '["force:ostland:steppe"')
    text = text.replace("delays = [0, 2, 4]", "delays = [0]")
    found = load_text(text.encode(), str(FILE))
    own = {"friendship.gold.midland": "40 t"}
    (paper,) = sinews.brief(found, members=FEW, on=ON, terms=own, preset="befriend").agenda
    (worth,) = (each for each in paper.answers if each.what == "worth")
    assert worth.figures["asked"] == 40.0
    assert worth.sentence.endswith(
        "The 40.0 t that are written Ostland would refuse; forecasts have it signed all the same."
    )
    preset, mine = (side.forecasts[-1] for side in paper.options[1:])
    assert mine.measure.name == "gold:midland@1941-12-01"
    assert mine.mean - preset.mean == pytest.approx(34.0), "40 t for 6 t"
    along = sinews.curve(found, "friendship", "friendship.gold.midland", members=FEW, on=ON)
    assert along.lines[-1].measure == mine.measure
    assert "t of gold to Ostland" in along.sentence()
    assert along.sentence().endswith("Whatever is paid, the curve has it signed.")


def test_a_curve_is_headed_by_what_its_term_moves(open_council: Scenario):
    """Tanks on the border are another affair than the price of lorries."""
    text = (TEXT + OPEN).replace(
        '["gold:midland", "front:border", "lost:ostland:tank@1941-09-29"]',
        '["lost:ostland:tank@1941-07-07", "gold:midland"]',
    )
    found = load_text(text.encode(), str(FILE))
    line = sinews.curve(found, "lorries", "lorries.price", members=FEW, on=ON).sentence()
    assert "Midland: gold" in line and "stays as it is" not in line


def test_own_terms_that_change_nothing_are_not_all_options(open_council: Scenario):
    """Ostland refuses what is beyond its premium; the preset it signs."""
    text = TEXT.replace('gold_floor = "50 t"', 'gold_floor = "50 t"\npremium = 1.3') + OPEN
    found = load_text(text.encode(), str(FILE))
    (paper,) = sinews.brief(found, members=FEW, on=ON, terms={"lorries.price": "30 t"}).agenda
    assert paper.answer.startswith("“Sell lorries and steel, on own terms” does not change this")
    assert paper.answer.endswith("Lorries and steel (its buyer refuses).")


def test_the_commands_take_own_terms(run: Any, tmp_path: Path):
    file, picture = tmp_path / "council.toml", tmp_path / "curve.svg"
    file.write_text(TEXT + OPEN, "utf-8")
    asked = ("--members", str(FEW), "--on", str(ON))
    terms = ("--term", "lorries.price=30 t", "--term", "lorries.advance=0")
    _, out, _ = run("brief", *terms, *asked)
    assert "Sell lorries and steel, on own terms: lorries.price 30 t; lorries.advance 0" in out
    _, out, _ = run("curve", "lorries", "lorries.price", *terms[2:], *asked, "--json")
    data = json.loads(out)
    assert (data["low"], data["high"], data["preset"], data["unit"]) == (8.0, 40.0, 15.6, "t")
    assert data["option"] == "sell-lorries(lorries.advance=0.0)"
    assert len(data["measures"][0]["tried"]) == 9 and len(data["measures"][0]["curve"]) == 33
    words = ("friendship", "friendship.until", "--out", str(picture))
    status, out, err = run("curve", *words, *asked)
    assert out.startswith("friendship.until from 1941-09-01 to 1941-12-01: Ostland: steppe, "), err
    assert picture.read_text("utf-8").startswith("<svg") and "Written" in out and not status
    for place, says in (("curve.png", "write NAME.svg"), ("none/curve.svg", "no such folder")):
        status, _, err = run("curve", *words[:2], "--out", str(tmp_path / place), *asked)
        assert status == 2 and says in err and not (tmp_path / place).exists()
    assert not (tmp_path / "none").exists()
    status, _, err = run("brief", *terms, *terms[:2], "--term", "lorries.penalty=1")
    assert status == 2 and "stands there twice" in err and "it must be from 0 to 0.02" in err
