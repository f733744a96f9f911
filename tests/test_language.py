"""The language of councils: what sales, treaties and agendas mean, and what they may not say."""

import json
import re
from datetime import date
from math import log
from pathlib import Path

import numpy as np
import pytest
from haggling import haggling
from mistakes import TESTS, Edit, bad, same_as_golden, told

from sinews.analysis.check import check
from sinews.cli import main
from sinews.errors import ScenarioError
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario import Scenario, load, load_all, load_text
from sinews.scenario.compile import Compiled, compile
from sinews.scenario.feasible import UNWILLING, infeasible
from sinews.scenario.idle import idle
from sinews.scenario.load import library
from sinews.scenario.texts import deeds, misnumbered

COUNCIL = TESTS / "scenarios" / "council.toml"
BORDER = TESTS / "scenarios" / "border.toml"

SECOND = """
[agreement.embargo]
parties = ["westland", "midland"]
signed = 1941-07-07
closes = ["caravan"]
opens = ["coast"]

[[agreement.embargo.ceiling]]
power = "midland"
theatre = "steppe"
men = "90 k"
from = 1941-09-01
until = 1941-09-01
"""
"""A treaty that contradicts the treaty of friendship, once both are signed."""

BAD: dict[str, tuple[Edit, ...]] = {
    "council_shape": (
        ("weeks = 3\n", "weeks = 8\n"),
        ('capacity = "4 trains/day"', 'capacity = "-4 trains/day"'),
        ("steps = 3", "steps = 0"),
        ('men = "80 k"', 'men = "-80 k"'),
        ('rule = "two-thirds"', 'rule = "two thirds"'),
        ('what = "worth"', 'what = "worht"'),
        ("stock = true", 'stock = true\nsigned = "decided"'),
        ("delays = [0, 2, 4]", 'delays = [0, "2", 4]'),
        ('"front:border", above = "100 km"', '"front:border", abov = "100 km"'),
        ("horizon = 16", "horizon = 0"),
        ("advance = 0.25", "advance = 1.25"),
        ('gold = { midland = "6 t"', 'gold = { midland = "6 km"'),
        ("[power.midland.leader]", '[power.midland.leader]\nage = 60\ndisposition = "hard"'),
        ('penalty = "1 %"', ""),
    ),
    "council_names": (
        ('player = "midland"', 'player = "midlands"'),
        ("trust = { midland = 0.375", "trust = { ostland = 1, midlund = 0.375"),
        ('steel = "0.4 kg"', 'steal = "0.4 kg"'),
        ('buyer = "ostland"', 'buyer = "ostlond"'),
        ('route = "coast"', 'route = "cost"'),
        ("goods = { lorry = 3000", "goods = { lorri = 3000"),
        ('needs = ["friendship"]', 'needs = ["freindship"]'),
        ('gives = { "booty tank" = "tank" }', 'gives = { "booty tank" = "tnk" }'),
        ('seller = "midland"', 'seller = "middleland"'),
        ('parties = ["midland", "ostland"]', 'parties = ["midland", "ostland", "eastland"]'),
        ('peace = ["steppe"]', 'peace = ["step"]'),
        ('inspects = ["steppe"]', 'inspects = ["hills"]'),
        ('opens = ["caravan"]', 'opens = ["caravans"]'),
        ('power = "ostland"\ntheatre = "steppe"\nmen = "60 k"',
         'power = "ostlund"\ntheatre = "stepe"\nmen = "60 k"'),
        ("value = { ostland = 2 }", "value = { easterland = 2 }"),
        ('name = "Anna Kohl"\npower = "midland"', 'name = "Anna Kohl"\npower = "midlan"'),
        ('bias = { "sell-lorries"', 'bias = { "sell-lorry"'),
        ('"made:midland:lorry" = 0.3', '"made:midland:lory" = 0.3, "g0ld" = 1'),
        ('minister = "trade"', 'minister = "trad"'),
        ('follow_up = "trade"', 'follow_up = "trades"'),
        ('options = ["keep-lorries"', 'options = ["keep-lorry"'),
        ('measures = ["gold:midland", "front:border"', 'measures = ["gold:mid", "front:hill"'),
        ('contracts = ["lorries"', 'contracts = ["lorrys"'),
        ('agreement = "friendship"\nbuyer = "ostland"',
         'agreement = "friends"\nbuyer = "ost"'),
        ('theatres = ["steppe"]', 'theatres = ["stepp"]'),
        ('power = "ostland"\nitem = "tank"', 'power = "ostlnd"\nitem = "tonk"'),
        ("backs = { border = 0.5", "backs = { hills = 0.5"),
    ),
    "routes": (
        ("until = 1941-11-03", "from = 1941-12-01\nuntil = 1941-11-03"),
    ),
    "contracts": (
        ("until = 1941-10-06\n\n[contract.booty]", "until = 1941-07-14\n\n[contract.booty]"),
        ("stock = true\n", "signed = 1942-05-01\n"),
        ('gives = { "booty tank" = "tank" }', 'gives = { tank = "tank" }'),
        ('steel = "0.4 kg"\n', ""),
        ('"booty tank" = "50 kg"', '"booty tank" = 0'),
        ("", '[contract.own]\nseller = "ostland"\nbuyer = "ostland"\ngoods = { tank = 0 }\n'
             'price = 1\nroute = "coast"\nfrom = 1941-07-01\nuntil = 1941-09-01\n'),
        ("", '[contract.empty]\nseller = "ostland"\nbuyer = "midland"\n'
             'price = 1\nroute = "coast"\nfrom = 1941-07-01\nuntil = 1941-09-01\n'),
        ("industry.arms = { capacity = \"3 M hours a week\", labour = \"110 k\" }", ""),
        ("steel = 1, arms = 1 } }]\n\n[[force]]", "steel = 1 } }]\n\n[[force]]"),
        ('[[power.midland.build]]\nfrom = 1941-06-02\nlorry = "900 a month"', ""),
    ),
    "burdens": (
        ('price = "15.6 t"', 'price = "340 t"'),
        ("stock = true", "stock = true\nsigned = 1941-06-30"),
        ('capacity = "4 trains/day"', 'capacity = "0.1 trains/day"'),
    ),
    "agreements": (
        ('gold = { midland = "6 t"', 'gold = { midland = "7 t"'),
        ("breach = {", "broken = { westland = 1941-08-01, ostland = 1942-06-01 }\nbreach = {"),
        ("value_broken = { ostland = -1 }", "value_broken = { westland = -1 }"),
        ('opens = ["caravan"]', 'opens = ["caravan"]\ncloses = ["coast", "coast", "caravan"]'),
        ('parties = ["midland", "ostland"]', 'parties = ["midland", "ostland"]\n'
         "signed = 1941-05-01\nuntil = 1941-04-01"),
        ('power = "ostland"\ntheatre = "steppe"\nmen = "60 k"',
         'power = "ostland"\ntheatre = "rhine"\nmen = "60 k"'),
        ('power = "midland"\ntheatre = "steppe"\nmen = "80 k"',
         'power = "westland"\ntheatre = "border"\nmen = "80 k"'),
        ("until = 1941-08-11\n", "until = 1941-07-01\n"),
        ("", '[agreement.monologue]\nparties = ["westland"]\n'
             "gold = { westland = { low = -1, high = 1 } }\n"
             "signed = 1941-08-01\nuntil = 1941-07-01\n"),
    ),
    "contradictions": (
        ('parties = ["midland", "ostland"]',
         'parties = ["midland", "ostland"]\nsigned = 1941-06-30\ncloses = ["coast"]'),
        ("", SECOND),
    ),
    "calm": (
        ('[theatre.rhine]', "[theatre.rhine]\npeace = true"),
        ("backs = { border = 0.5, steppe = 0.25 }", "backs = { border = 0.9, steppe = 0.25 }"),
    ),
    "agenda": (
        ('player = "midland"\n', ""),
        ('"gold:midland" = 1', '"gold:midland@1941-09-01" = 1'),
        ('options = ["keep-lorries", "sell-lorries"]', 'options = ["keep-lorries"]'),
        ('options = ["stand-guard", "befriend", "befriend-warily"]',
         'options = ["stand-guard", "keep-lorries", "befriend", "befriend"]'),
        ('"lost:ostland:tank@1941-09-29"',
         '"lost:ostland:tank:lorry", "gold:midland@1941-29-09", '
         '"front:border@1941-09-01..1941-08-01"'),
        ('"irrecoverable:ostland@1941-08-04"', '"irrecoverable:ostland@1945-08-04"'),
        ("horizon = 20", "horizon = 40"),
        ("from = 1941-07-07\nuntil = 1941-10-06\ntrigger",
         "from = 1942-07-07\nuntil = 1941-07-07\ntrigger"),
        ('trigger = { measure = "front:border", above = "100 km" }',
         'trigger = { measure = "front:border@1941-09-01" }'),
        ('contracts = ["lorries", "booty"]', 'contracts = ["lorries", "lorries"]\nitem = "tank"'),
        ('power = "ostland"\nitem = "tank"', 'power = "ostland"'),
        ("delays = [0, 2, 4]", "delays = [0, -2]"),
        ('below = "420 km"', ""),
        ('name = "friendship"\ntitle', 'name = "lorries"\ntitle'),
    ),
    "offices": (
        ("council = 1941-06-30", "council = 1940-06-30"),
        ('title = "Minister of war"\npower = "midland"',
         'title = "Minister of war"\npower = "ostland"'),
        ('name = "friendship"\ntitle', 'name = "friends & foes"\ntitle'),
        ("until = 1941-10-06\ntrigger", "until = 1949-10-06\ntrigger"),
    ),
    "maps": (
        ('name = "council"\n', 'name = "council"\ntags = ["a war", "a war", "<b>"]\n'),
        ('name = "Kreuz", km', 'name = "Kreuz", at = [155.8, 37.6], km'),
        ('name = "Stolp", km', 'name = "Stolp", at = [55.8, 376], km'),
        ('name = "Tarn", km', 'name = "Tarn", at = "55.8 N", km'),
        ('name = "Ford", km', 'name = "Ford", at = [55.8, 37.6, 0], km'),
        ('name = "Well", km', 'name = "Well", at = [nan, true], km'),
    ),
    "clash": (
        ('title = "Sell lorries and steel"',
         'title = "Sell lorries and steel"\n'
         'set.agreement.friendship.ceiling."midland>steppe".men = "70 k"'),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def council() -> Scenario:
    return load(COUNCIL)


def compiled(*options: str) -> Compiled:
    return compile(load(COUNCIL, options))


# ------------------------------------------------------------------------------ good files


def test_an_agenda_and_what_it_is_about_are_read(council: Scenario):
    assert (council.council, council.player) == (date(1941, 6, 30), "midland")
    assert [item.name for item in council.agenda] == ["lorries", "friendship"]
    treaty = council.agenda[1]
    assert (treaty.rule, treaty.horizon, treaty.follow_up) == ("two-thirds", 20, "trade")
    assert treaty.trigger and treaty.trigger.above and treaty.trigger.above.value == 100
    assert [ask.what for ask in treaty.ask] == ["worth", "border", "odds"]
    assert council.ministers["war"].portfolio["front:steppe"].value == -0.5
    assert council.powers["midland"].leader.name == "Elder Brandt"
    assert council.prices["lorry"].value == pytest.approx(0.004)
    assert council.contracts["lorries"].signed is None
    assert council.agreements["friendship"].gold["ostland"].value == -6


def test_numbers_of_sales_and_treaties_have_their_provenance(council: Scenario):
    told = {number.path: number for number in council.numbers()}
    assert told["contract.booty.price"].kind == "story"
    assert told['contract.booty.goods."booty tank"'].unit == "items"
    assert told["contract.lorries.goods.steel"].unit == "t"
    assert told["agenda[2].trigger.above"].unit == "km"
    for path in (
        "price.lorry",
        "route.coast.capacity",
        "agreement.friendship.ceiling[1].men",
        'minister.trade.portfolio."gold:midland"',
    ):
        assert told[path].source == "made-up"


def test_where_places_lie_changes_nothing_that_happens(tmp_path: Path):
    two = COUNCIL.parent / "two.toml"
    bare = tmp_path / "two.toml"
    bare.write_text(re.sub(r"at = \[[^]]*\], |tags = .*\n", "", two.read_text("utf-8")), "utf-8")
    one, other = compile(load(two)), compile(load(bare))
    assert load(two).tags and not load(bare).tags
    assert load(two).theatres["plain"].place[0].at == (45.0, 11.0)
    assert load(bare).theatres["plain"].place[0].at is None
    for ours, theirs in ((one.world, other.world), (one.state, other.state)):
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name], equal_nan=True) for name in ours)


def test_every_place_of_the_library_lies_somewhere():
    for name in library():
        for theatre in load(name).theatres.values():
            assert all(place.at is not None for place in theatre.place), name


def test_a_scenario_without_council_sits_on_its_first_day():
    border = load(BORDER)
    assert (border.council, border.player, border.agenda) == (border.start, None, ())


# ------------------------------------------------------------------------------ decided


def test_decided_means_the_day_of_the_council(council: Scenario):
    sold = load(COUNCIL, ["sell-lorries"])
    assert sold.contracts["lorries"].signed == council.council
    assert sold.decided == {"sell-lorries": council.council}
    assert sold.applied == ("sell-lorries",)


def test_decided_means_another_day_where_one_is_given():
    late = load(COUNCIL, ["befriend-warily@1941-07-14", "sell-lorries@1941-06-30"])
    assert late.agreements["friendship"].signed == date(1941, 7, 14)
    ours = late.agreements["friendship"].ceiling[1]
    assert (ours.from_, ours.until) == (date(1941, 7, 14), date(1941, 7, 14))
    assert late.contracts["lorries"].signed == date(1941, 6, 30)
    assert late.applied == ("sell-lorries", "befriend-warily@1941-07-14")
    assert list(late.decided) == ["sell-lorries", "befriend-warily"]


def test_the_day_of_decision_is_part_of_the_fingerprint():
    prints = {load(COUNCIL, [f"befriend@1941-07-{day}"]).text for day in (14, 21)}
    prints |= {load(COUNCIL, names).text for names in ([], ["befriend"], ["befriend@1941-06-30"])}
    assert len(prints) == 4


def test_decided_stands_for_dates_only_where_a_date_is_expected(tmp_path: Path):
    rows = """
[option.strike]
title = "decided"
set.summary = "decided"
set.agreement.friendship.broken.ostland = "decided"
[[option.strike.set.power.ostland.script]]
from = "decided"
until = 1941-10-06
halt = ["steppe"]
"""
    strike = load(bad(tmp_path, COUNCIL, (("", rows),)), ["strike@1941-08-04"])
    assert strike.powers["ostland"].script[0].from_ == date(1941, 8, 4)
    assert strike.agreements["friendship"].broken == {"ostland": date(1941, 8, 4)}
    assert strike.summary == strike.options["strike"].title == "decided"


def test_two_options_that_sign_on_different_days_conflict(tmp_path: Path):
    more = '[option.too]\nset.contract.lorries.signed = "decided"\n'
    path = bad(tmp_path, COUNCIL, (("", more),))
    assert load(path, ["too", "sell-lorries"]).contracts["lorries"].signed
    text = told(path, ("too@1941-07-14", "sell-lorries"))
    assert 'conflicts with option "sell-lorries", which sets contract.lorries.signed' in text


def test_golden_words_for_options(refresh_baseline: bool):
    words = ("befriend@1941", "befriends@1941-07-14", "sell-lorries@1950-01-01", "stand-guard")
    text = told(COUNCIL, words)
    text += "\n\n" + told(COUNCIL, ("sell-lorries@1950-01-01", "stand-guard@1930-01-01"))
    text += "\n\n" + told(COUNCIL, ("befriend", "befriend@1941-07-14"))
    same_as_golden("decided", text, refresh_baseline)


# ------------------------------------------------------------------------------ loading again


def test_a_scenario_kept_as_text_is_the_same(council: Scenario):
    content = COUNCIL.read_bytes()
    names = ["sell-lorries", "befriend@1941-07-14"]
    assert load_text(content, str(COUNCIL)) == council
    assert load_text(content, str(COUNCIL), names) == load(COUNCIL, names)
    kept = load_text(content, "kept", names)
    assert (kept.name, kept.path, kept.text) == ("council", Path("kept"), load(COUNCIL, names).text)
    assert load_text(kept.content, "kept", kept.applied) == kept


def test_more_options_can_be_put_into_a_scenario_wherever_it_came_from(council: Scenario):
    both = load(COUNCIL, ["sell-lorries", "befriend@1941-07-14"])
    assert council.with_options([]) == council
    assert council.with_options(["sell-lorries"]).with_options(["befriend@1941-07-14"]) == both
    kept = load_text(COUNCIL.read_bytes(), "kept", ["befriend@1941-07-14"])
    assert kept.with_options(["sell-lorries"]).text == both.text
    with pytest.raises(ScenarioError, match="is decided on 1941-06-30 too"):
        load(COUNCIL, ["befriend"]).with_options(["befriend@1941-07-14"])


def test_a_text_that_is_no_scenario_is_called_by_its_name():
    with pytest.raises(ScenarioError) as caught:
        load_text(b"start = ", "the copy of campaign 3")
    assert str(caught.value).startswith("the copy of campaign 3: 1 mistake")


# ------------------------------------------------------------------------------ bad files


@pytest.mark.parametrize("name", BAD)
def test_golden_mistakes(name: str, tmp_path: Path, refresh_baseline: bool):
    same_as_golden(name, told(bad(tmp_path, COUNCIL, BAD[name])), refresh_baseline)


def test_all_that_is_wrong_within_one_value_is_told_and_no_echo_of_it(tmp_path: Path):
    odd = (
        'low = "20 k", high = "40 k"',
        'low = "40 k", high = "20 k", kind = "guess", source = "x"',
    )
    for edit, parts in (
        (odd, ("upside down", "force[5].men.kind", "force[5].men.source")),
        (
            ('"lost:ostland:tank@1941-09-29"', '"lost:mars:spoon@1941-09-31"'),
            ('"mars" is no power', '"spoon" is no item', '"1941-09-31" is no date'),
        ),
        (('parties = ["midland"', 'parties = ["midlan"'), ('did you mean "midland"?',)),
        (("council = 1941-06-30", "council = 1943-06-30"), ("lies outside the scenario",)),
        (("weight = 45", "weight = 1e300"), ("item.tank.weight = 1e+300\n    is too large",)),
        (("km = 800", "km = 1e-30"), ("link[1].km = 1e-30\n    is too small",)),
        (("[theatre.border]", "[theatre.border]\nbase.midland = 4"), ("stands at neither end",)),
    ):
        text = told(bad(tmp_path, COUNCIL, (edit,)))
        assert text.startswith(f"council.toml: {len(parts)} mistake")
        assert all(part in text for part in parts)
    path = bad(tmp_path, COUNCIL, (("", '[option.a]\nset = { power = "x" }\nunset = [5]'),))
    text = told(path, ("a",))
    assert "2 mistakes\n" in text and "is not a table" in text and "is not a text" in text


def test_agreements_contradict_only_while_both_are_in_force(tmp_path: Path):
    apart = (('parties = ["midland", "ostland"]',
              'parties = ["midland", "ostland"]\nsigned = 1941-06-30\nuntil = 1941-07-07'),
             ("", SECOND))  # fmt: skip
    assert load(bad(tmp_path, COUNCIL, apart))
    drafts = (("", SECOND.replace("signed = 1941-07-07\n", "")),)
    path = bad(tmp_path, COUNCIL, drafts)
    assert load(path, ["befriend"])
    # A treaty that ends before the other's ceiling begins leaves that ceiling alone.
    short = SECOND.replace("1941-07-07\n", "1941-07-07\nuntil = 1941-07-10\n")
    short = short.replace('closes = ["caravan"]\n', "")
    assert load(bad(tmp_path, COUNCIL, (("", short),)), ["befriend"])


def test_a_price_counts_all_the_gold_that_a_buyer_can_have(tmp_path: Path):
    dear = ('price = "15.6 t"', 'price = "280 t"')
    # 320 t and 26 weeks of 0.5 t, less 50 t that is not spent and 6 t paid for a treaty, if it is
    # sure: one that may be worth less than nothing, or that is dear, takes nothing off.
    sure = ("broken = { ostland = -1", "broken = { ostland = 0")
    path = bad(tmp_path, COUNCIL, (dear,))
    assert load(path, ["sell-lorries"]) and load(path, ["sell-lorries", "befriend"])
    told_now = told(bad(tmp_path, COUNCIL, (dear, sure)), ("sell-lorries", "befriend"))
    assert "cannot pay it" in told_now and "write at most 277 t" in told_now
    costly = (VAIN["agreement.friendship.gold.ostland"], dear, sure)
    path = bad(tmp_path, COUNCIL, costly)
    # It is the treaty that is named.
    (vain,) = infeasible(load(path, ["sell-lorries", "befriend"]))
    assert (vain.path, vain.remedy) == (
        "agreement.friendship.gold.ostland",
        "write at most 303 t",
    )
    # A draft may be signed together with what brings gold; once signed, it counts what is signed.
    loan = """
[agreement.loan]
parties = ["westland", "ostland"]
gold = { ostland = 30, westland = -30 }
"""
    path = bad(tmp_path, COUNCIL, ((dear[0], 'price = "290 t"'), ("", loan)))
    assert load(path) and "cannot pay it" in told(path, ("sell-lorries",))


SALE = """
[contract.sale]
seller = "midland"
buyer = "westland"
goods = { steel = "1 kt" }
price = "1 t"
route = "coast"
from = 1941-07-14
until = 1941-10-06
"""
TREATY = """
[agreement.treaty]
parties = ["midland", "westland"]
"""
FRIENDS = 'parties = ["midland", "ostland"]'
VAIN = {
    "agreement.friendship.peace[1]": ('peace = ["steppe"]', 'peace = ["border"]'),
    # 340 t at most and 26 weeks of 0.5 t, less 50 t that is not spent.
    "agreement.friendship.gold.ostland": (
        'gold = { midland = "6 t", ostland = "-6 t" }', 'gold = { midland = 304, ostland = -304 }'
    ),
    "agreement.friendship.value.ostland": ("value = { ostland = 2 }", "value = { ostland = -2 }"),
    "agreement.friendship.until": (FRIENDS, FRIENDS + "\nuntil = 1941-06-01"),
    "contract.booty.needs[1]": (FRIENDS, FRIENDS + "\nsigned = 1941-09-08"),
    "contract.lorries.buyer": ('seller = "midland"', 'seller = "westland"'),
    "route.coast.loss": ("loss = 0.05", "loss = 1"),
    "contract.sale.goods.oil": (
        "[sector.arms]",
        '[sector.arms]\n[sector.oil]\nmakes = "oil"\n' + SALE.replace("steel", "oil"),
    ),
    'contract.booty.goods."booty tank"': (
        ', "booty tank" = { value = 500, source = "tale", kind = "story" } }', " }"
    ),
    "contract.lorries.goods.lorry": (
        'industry.arms = { capacity = "3 M', 'industry.arms = { capacity = "0 M'
    ),
    "contract.sale.from": ("", SALE.replace("= 1941", "= 1942")),
    "contract.sale.until": ("", SALE.replace("= 1941", "= 1940")),
    "agreement.treaty.truce": ("", TREATY + "truce = 10"),
    "agreement.treaty.prisoners": ("", TREATY + "prisoners = true"),
    "agreement.treaty.peace[1]": (
        "[theatre.rhine]",
        TREATY + 'peace = ["gap"]\n[theatre.gap]\nfront = 0\nwest = ["ostland"]\n'
        'east = ["elsewhere"]\nplace = [{ name = "A", km = -9 }, { name = "B", km = 9 }]\n'
        '[power.elsewhere]\nreserve_theatre = "gap"\n[theatre.rhine]',
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", VAIN)
def test_what_can_never_come_about_is_named_and_runs_all_the_same(place: str, tmp_path: Path):
    found = infeasible(load(bad(tmp_path, COUNCIL, (VAIN[place],))))
    assert place in [mistake.path for mistake in found]


def test_more_than_a_seller_can_ever_have_is_named(tmp_path: Path):
    """Of what it makes, buys or may take it can have more."""
    sale = '[sector.oil]\nmakes = "oil"\n' + SALE.replace('steel = "1 kt"', 'oil = "2 kt"')
    oil = (('steel = "80 kt"', 'steel = "80 kt", oil = "1 kt"'), ("", sale))
    booty = (('"booty tank" = 400', '"booty tank" = 501'),)
    for edits, path, most in (
        (booty, 'booty.goods."booty tank"', "500 items"),
        (oil, "sale.goods.oil", "1000 t"),
    ):
        (vain,) = infeasible(load(bad(tmp_path, COUNCIL, edits)))
        assert (vain.path, vain.remedy) == (f"contract.{path}", f"write at most {most}")
    for edit in (("lorry = 3000", "lorry = 900000"), ('"booty tank" = 400', '"booty tank" = 500')):
        assert not infeasible(load(bad(tmp_path, COUNCIL, (edit,))))


def test_what_may_come_about_is_no_mistake(tmp_path: Path):
    assert not any(infeasible(s) for s in load_all(COUNCIL).values())
    pays = (
        'gold = { midland = "6 t", ostland = "-6 t" }',
        "gold = { midland = 302, ostland = -302 }",
    )
    assert not infeasible(load(bad(tmp_path, COUNCIL, (pays,))))
    # What is not at hand may be captured or bought; who never meet may declare war, or be called.
    sale, truce = (
        SALE.replace("steel", "tank").replace("1 kt", "3") + "stock = true",
        TREATY + "truce = 9",
    )
    bought = (
        SALE.replace("1 kt", "3")
        .replace('"midland"', '"ostland"')
        .replace('"westland"', '"midland"')
    )
    script = "\n[[option.war.set.power.midland.script]]\nfrom = 1941-06-02\nuntil = 1941-07-02\n"
    for more in (
        sale,
        sale.replace('"westland"', '"ostland"')
        + bought.replace("sale", "more").replace("steel", "tank"),
        truce + script + 'declare = ["westland"]',
        truce + TREATY.replace("treaty", "other") + "defence = true",
    ):
        assert not infeasible(load(bad(tmp_path, COUNCIL, (("", more),)))), more
    # An armistice may end a war that was there from the start.
    truce = ('peace = ["steppe"]', 'peace = ["border"]\ntruce = 10')
    assert not infeasible(load(bad(tmp_path, COUNCIL, (truce,))))
    # A signed contract needs a road: here from the day on which the treaty may open it.
    for day, places in (
        ("09-01", []),
        ("09-08", ["contract.booty.route", "contract.booty.needs[1]"]),
    ):
        edits = (
            (FRIENDS, FRIENDS + f"\nsigned = 1941-{day}"),
            ("stock = true", "stock = true\nsigned = 1941-06-30"),
        )
        found = infeasible(load(bad(tmp_path, COUNCIL, edits)))
        assert sorted(m.path for m in found) == sorted(places)
    # Nobody is ever in so bad a mood that more than this stands in the way.
    assert COEFFICIENTS["temper"].high * log(1e6) < -UNWILLING


def test_check_looks_for_what_can_never_come_about_in_each_option(tmp_path: Path):
    closed = ("until = 1941-11-03", "open = false\nuntil = 1941-11-03")
    with pytest.raises(ScenarioError) as caught:
        check(bad(tmp_path, COUNCIL, (closed,)))
    (mistake,) = caught.value.mistakes
    assert mistake.path == "contract.lorries.route" and "(option sell-lorries)" in mistake.problem


def test_an_advance_that_is_paid_after_the_last_day_of_its_contract_is_a_note(tmp_path: Path):
    """320 t, 0.5 t a week, less 50 t that is kept: 283 t by the end, 275 by 11 August. Others are
    served, and it lapses: no mistake, but nobody means it."""
    brief = SALE.replace("westland", "ostland").replace("1941-10-06", "1941-08-11")
    for price, advance, lapses in (("282 t", 0.9, False), ("282 t", 1, True)):
        text = f"{brief.replace('1 t', price, 1)}advance = {advance}"
        path = bad(tmp_path, COUNCIL, (("", text),))
        notes = [note.problem for note in idle(load(path))]
        assert any("its last day: it lapses" in problem for problem in notes) == lapses
    assert "write at most 283 t" in told(
        bad(tmp_path, COUNCIL, (("", text.replace("282", "290")),))
    )


def test_clashes_within_an_item_are_what_it_is_about():
    assert set(load_all(COUNCIL)) == {
        "", "keep-lorries", "sell-lorries", "stand-guard", "befriend", "befriend-warily"
    }  # fmt: skip
    assert "conflicts with option" not in told(COUNCIL, ("befriend", "befriend-warily@1941-09-31"))
    assert "conflicts" in told(COUNCIL, ("befriend", "befriend-warily@1941-08-04"))


# ------------------------------------------------------------------------------ arrays


def test_without_sales_and_treaties_their_axes_are_empty():
    border = compile(load(BORDER))
    assert [border.axes[axis] for axis in ("lot", "route", "agreement")] == [(), (), ()]
    assert border.world["lot_due"].shape == (20, 0)
    assert border.world["ceiling_men"].shape == (20, 0, 0)
    assert border.state["shipping"].shape == (0, 1)
    assert border.state["hostile"].tolist() == [1.0]
    assert border.world["backs"].sum() == 0
    assert border.state["kept_seen"].tolist() == [[4.0, 4.0], [4.0, 4.0]]


def test_options_change_values_and_no_shapes():
    base = compiled()
    for option in load(COUNCIL).options:
        other = compiled(f"{option}@1941-08-04")
        assert other.axes == base.axes and other.terms.keys() == base.terms.keys()


def test_lots_stand_in_the_order_of_the_file():
    axes = compiled().axes
    assert axes["lot"] == ("lorries lorry", "lorries steel", "booty booty tank")
    assert axes["route"] == ("coast", "caravan") and axes["agreement"] == ("friendship",)
    assert axes["other"] == axes["power"] == ("westland", "ostland", "midland")


def test_lots_are_served_by_priority_then_by_the_last_date(tmp_path: Path):
    equal, later = ("priority = -1", "priority = 0"), ("priority = -1", "priority = 1")
    longer = ("until = 1941-09-08", "until = 1941-11-03")
    for edits, ranks in (
        ((), [1, 1, 0]),
        ((equal,), [1, 1, 0]),
        ((later,), [0, 0, 1]),
        ((equal, longer), [0, 0, 1]),
    ):
        lots = compile(load(bad(tmp_path, COUNCIL, edits)))
        assert lots.world["lot_rank"].tolist() == ranks
        assert lots.axes["lot"][2] == "booty booty tank", "members go on with each lot in its place"


def test_lots_by_hand():
    world = compiled("sell-lorries").world
    assert world["lot_seller"].tolist() == [[0, 0, 1]] * 3
    assert world["lot_buyer"].tolist() == [[0, 1, 0]] * 3
    assert world["lot_item"].tolist() == [[0, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert world["lot_material"].tolist() == [[0, 0], [1, 0], [0, 0]], "of steel; the last is gold"
    # Of a captured tank the buyer has 0.8 of a tank; a lorry is a lorry.
    np.testing.assert_allclose(world["lot_gives"], [[0, 0, 1], [0, 0, 0], [0.8, 0, 0]])
    assert world["lot_route"].tolist() == [[1, 0], [1, 0], [0, 1]]
    assert world["lot_needs"].tolist() == [[0], [0], [1]]
    assert world["lot_stock"].tolist() == [0, 0, 1]
    assert world["lot_total"].tolist() == [3000, 9000, 400]
    assert world["lot_signed"].tolist() == [4, 4, 1e6]
    # 15.6 t for 3000 lorries at 4 kg and 9 kt of steel at 0.4 kg, which are 12 t and 3.6 t.
    np.testing.assert_allclose(world["lot_price"], [[0.004], [0.0004], [30 / 400]], rtol=1e-6)
    np.testing.assert_allclose(world["lot_advance"], [0.25, 0.25, 0])
    np.testing.assert_allclose(world["lot_penalty"], [0.01, 0.01, 0])
    np.testing.assert_allclose(world["lot_load"], [0.02, 1 / 450, 0.04])
    # Booty falls due evenly in the eight weeks from 14 July, the first day of week 6.
    booty = [0] * 6 + [50 * n for n in range(1, 9)] + [400] * 12
    np.testing.assert_allclose(world["lot_due"][:, 2], booty, rtol=1e-6)
    assert world["lot_due"][5:8, 0].tolist() == [0, 250, 500]


def test_a_price_is_split_by_the_price_list(tmp_path: Path):
    path = bad(tmp_path, COUNCIL, (('price = "15.6 t"', "price = { low = 30, high = 32.4 }"),))
    dear = compile(load(path))
    # Twice what the list says: lorries 24 t of 31.2 t, each 8 kg.
    prices = dear.drawn("lot_price", np.array([[31.2]] * len(dear.ranges), np.float32))
    np.testing.assert_allclose(prices[:2, 0, 0], [0.008, 0.0008], rtol=1e-6)


PRICE = 'price = "15.6 t"'
STEEL = 'price = { steel = "2 kt", gold = 7.8 }'


def lot_price(path: Path, *options: str) -> list[list[float]]:
    """What lorries and steel cost, for one, in steel and in gold."""
    compiled = compile(load(path, options))
    prices = compiled.world["lot_price"] @ compiled.world["tender"]
    return [[round(float(x), 6) for x in row] for row in prices[:2]]


@pytest.mark.parametrize(
    "gold", ["15.6", '"15600 kg"', '{ value = 15.6, note = "by word" }', '{ gold = "15.6 t" }']
)
def test_a_price_without_a_material_is_in_gold(gold: str, tmp_path: Path):
    assert lot_price(bad(tmp_path, COUNCIL, ((PRICE, f"price = {gold}"),))) == [
        [0, 0.004],
        [0, 0.0004],
    ]


def test_a_price_may_be_in_any_material_and_in_several(tmp_path: Path):
    """Of 2 kt of steel and 7.8 t of gold ten thirteenths are for the 3000 lorries."""
    steel = 2000 / 15.6
    half = [[round(0.004 * steel, 6), 0.002], [round(0.0004 * steel, 6), 0.0002]]
    assert lot_price(bad(tmp_path, COUNCIL, ((PRICE, STEEL),))) == half


def test_an_option_takes_another_material_for_a_price(tmp_path: Path):
    option = "[option.barter]\nset.contract.lorries.price = { steel = 15.6 }\n"
    option += "[option.cash]\nset.contract.lorries.price = 31.2\n"
    for price in (PRICE, 'price = { value = 15.6, note = "by word" }', "price = { steel = 9 }"):
        path = bad(tmp_path, COUNCIL, ((PRICE, price), ("", option)))
        assert lot_price(path, "barter") == [[0.004, 0], [0.0004, 0]], price
        assert lot_price(path, "cash") == [[0, 0.008], [0, 0.0008]], price
        shapes = [compile(each).world["lot_price"].shape for each in load_all(path).values()]
        assert set(shapes) == {(3, 2)}, "one compiled week serves all options"
    # One that sets a material beside another that stands there adds to it.
    path = bad(tmp_path, COUNCIL, ((PRICE, "price = { gold = 31.2 }"), ("", option)))
    assert lot_price(path, "barter") == [[0.004, 0.008], [0.0004, 0.0008]]


def test_all_that_is_wrong_with_prices_and_transfers_is_told_at_once(tmp_path: Path):
    treaty = """
transfer.steel = { midland = 5, ostland = -6 }
transfer.gold = { midland = 0 }
transfer.stel = { midland = 0 }
transfer.oil = 4
gold = { midland"""
    wrong = (
        (PRICE, 'price = { oil = "40 kt", steel = "-4 t", gold = "6 km" }'),
        ('price = { value = "30 t", source = "tale", kind = "story" }', "price = {}"),
        ("gold = { midland", treaty),
    )
    text = told(bad(tmp_path, COUNCIL, wrong))
    for place, problem in (
        ("contract.lorries.price.oil", "no material has that name"),
        ('contract.lorries.price.steel = "-4 t"', "is negative"),
        ('contract.lorries.price.gold = "6 km"', "is not a mass"),
        ("contract.booty.price", "says nothing"),
        ("agreement.friendship.transfer.oil = 4", "is not a table"),
        ("agreement.friendship.transfer.steel", "the payments add up to -1 t"),
        ("agreement.friendship.transfer.gold", "stands there twice"),
        ("agreement.friendship.transfer.stel", "no material has that name"),
    ):
        assert f"\n  {place}\n    {problem}" in text, text
    assert "8 mistakes" in text and 'did you mean "steel"?' in text


def test_a_price_counts_all_of_its_material_that_a_buyer_can_have(tmp_path: Path):
    """60 kt of steel, 26 weeks of what 0.8 Mt a month come to, and a treaty's 100 kt."""
    all_ = 60e3 + 26 * 0.8e6 * 12 * 7 / 365.25 + 100e3
    treaty = (
        "gold = { midland",
        "transfer.steel = { midland = -1e5, ostland = 1e5 }\ngold = { midland",
    )
    for price, right in ((0.99 * all_, True), (1.01 * all_, False)):
        path = bad(tmp_path, COUNCIL, ((PRICE, f"price = {{ steel = {price} }}"), treaty))
        if right:
            assert load(path)
        else:
            assert "contract.lorries.price.steel" in told(path) and "cannot pay it" in told(path)
            assert re.search(r"cannot pay it.*\n +write at most 4\.9\d* Mt", told(path))


def test_a_treaty_may_bring_any_material(tmp_path: Path):
    more = (
        "gold = { midland",
        "transfer.steel = { ostland = 800, midland = -800 }\ngold = { midland",
    )
    world = compile(load(bad(tmp_path, COUNCIL, (more,)))).world
    assert world["pays"].tolist() == [[[0, 0], [800, -6], [-800, 6]]]
    # Midland has 80 kt and could make 3.6 Mt in half a year; there is no more.
    dear = (more[0], more[1].replace("800", "4e6"))
    (mistake,) = infeasible(load(bad(tmp_path, COUNCIL, (dear,))))
    assert mistake.path == "agreement.friendship.transfer.steel.midland"


def test_gold_may_come_from_outside(tmp_path: Path):
    loan = "\n[[power.midland.receive]]\nfrom = 1941-06-09\nuntil = 1941-06-23\ngold = 3\n"
    gift = compile(load(bad(tmp_path, COUNCIL, (("", loan),)))).world["gift_material"]
    assert gift[:5, 2].tolist() == [[0, 0], [0, 3], [0, 3], [0, 0], [0, 0]]


def test_routes_by_hand():
    world = compiled().world
    # The coast road closes on 3 November, the first day of week 22.
    assert world["route_trains"][:, 0].tolist() == [14] * 22 + [0] * 4
    assert world["route_trains"][:, 1].tolist() == [28] * 26
    assert world["route_open"].tolist() == [1, 0]
    assert world["route_weeks"].tolist() == [1, 3]
    np.testing.assert_allclose(world["route_loss"], [0.05, 0])


def test_agreements_by_hand():
    draft, signed = compiled().world, compiled("befriend@1941-07-14").world
    assert (draft["offered"].tolist(), signed["offered"].tolist()) == ([1e6], [6])
    assert signed["expires"].tolist() == [1e6]
    assert signed["party"].tolist() == [[0, 1, 1]]
    assert signed["peace"].tolist() == signed["inspects"].tolist() == [[0, 1]]
    assert signed["opens"].tolist() == [[0, 1]] and signed["closes"].tolist() == [[0, 0]]
    assert signed["pays"].tolist() == [[[0], [-6], [6]]]
    assert signed["gain_kept"].tolist() == [[0, 2, 1]]
    assert signed["gain_broken"].tolist() == [[0, -1, 0]]
    np.testing.assert_allclose(signed["breach_rate"], [[0, 0.004, 0]])
    assert signed["breach_week"].tolist() == [[1e6] * 3]
    assert signed["line"].tolist() == [600]


def test_ends_and_breaches_come_in_their_weeks(tmp_path: Path):
    more = 'until = 1941-09-01\nbroken = { ostland = 1941-08-07 }\nparties = ["midland"'
    path = bad(tmp_path, COUNCIL, (('parties = ["midland"', more),))
    world = compile(load(path, ["befriend"])).world
    assert world["expires"].tolist() == [13]
    assert world["breach_week"].tolist() == [[1e6, 9, 1e6]]  # 7 August, nearest to 4 August


def test_a_line_is_marked_at_the_pace_of_the_season():
    marked = compiled()
    share = np.array([[0.2]] * len(marked.ranges), np.float32)  # lost to disputes
    pace = marked.drawn("line_pace", share)[:, 0, 0]
    # 4 teams of 5 km, four fifths of them at work; a quarter in the mud of weeks 18 to 22.
    np.testing.assert_allclose(pace, [16] * 18 + [4] * 5 + [16] * 3, rtol=1e-6)


def test_ceilings_fall_in_steps_from_what_is_there():
    council = compiled("befriend")
    assert council.axes["zone"] == ("ostland steppe", "midland steppe")
    ceiling = council.world["ceiling_men"][:, 0]
    free = 1e9
    # Ostland: 120 k to 60 k in three steps of two weeks, from week 6.
    theirs = [free] * 6 + [120e3] * 2 + [100e3] * 2 + [80e3] * 2 + [60e3] * 14
    assert ceiling[:, 0].tolist() == theirs
    # Midland: two rows of force, 150 k and 20 to 40 k, to 80 k after four weeks.
    assert ceiling[:, 1].tolist() == [free] * 6 + [180e3] * 4 + [80e3] * 16


def test_a_second_ceiling_falls_from_the_first(tmp_path: Path):
    more = """
[[agreement.friendship.ceiling]]
power = "ostland"
theatre = "steppe"
men = "20 k"
from = 1941-09-08
until = 1941-09-22
steps = 2
[[agreement.friendship.ceiling]]
power = "midland"
theatre = "plain"
men = "50 k"
from = 1941-09-08
until = 1941-09-22
[[agreement.friendship.ceiling]]
power = "ostland"
theatre = "border"
men = "100 k"
from = 1941-05-19
until = 1941-06-30
"""
    made = compile(load(bad(tmp_path, COUNCIL, (("", more),))))
    zones = dict(zip(made.axes["zone"], made.world["ceiling_men"][:, 0].T, strict=True))
    theirs = zones["ostland steppe"][12:]
    assert theirs.tolist() == [60e3] * 3 + [40e3] + [20e3] * 10
    # Nobody is there: nobody need leave, and nobody is made to come.
    plain = zones["midland plain"][13:16]
    assert plain.tolist() == [1e9, 50e3, 50e3]
    # One that began before the scenario holds from its first week.
    border = zones["ostland border"]
    assert border.tolist() == [300e3] * 4 + [100e3] * 22


def test_what_powers_think_of_each_other_at_the_start():
    world, state = compiled().world, compiled().state
    assert state["hostile"].tolist() == [1, 0]
    kept, broken = state["kept_seen"], state["broken_seen"]
    np.testing.assert_allclose(kept[1], [0.8, 4, 3], rtol=1e-6)
    np.testing.assert_allclose(broken[1], [7.2, 4, 5], rtol=1e-6)
    assert (kept[0] == 4).all() and (broken[2] == 4).all()
    assert world["restraint"].tolist() == [3, 3, 4]
    np.testing.assert_allclose(world["relief"], [0.5, 0.5, 0.6])
    assert world["floor"].tolist() == [[0, 0], [0, 50], [0, 0]]
    # Theatres: border and steppe, then rhine, hills and plain.
    assert world["backs"].tolist() == [[0, 0], [0, 1], [0, 0], [0.5, 0.25], [0, 0]]


IDLE: dict[str, tuple[Edit, str]] = {
    "an order after the end": (
        ("from = 1941-06-02\nuntil = 1941-08-04\n", "from = 1943-06-02\nuntil = 1943-08-04\n"),
        "power.westland.script[1] = 1943-06-02 to 1943-08-04\n    is never in force",
    ),
    "deliveries after the end": (
        (
            "[item.tank]",
            "[[power.midland.receive]]\nfrom = 1942-01-01\nuntil = 1943-01-01\n"
            'tank = "1 a week"\n[item.tank]',
        ),
        "power.midland.receive[1] = 1942-01-01 to 1943-01-01\n    is never in force",
    ),
    "a source that nobody cites": (
        ("[sources]", '[sources]\nidle = "Cited by nobody."'),
        "sources.idle\n    no number rests on it",
    ),
    "men whom no railway takes away": (
        (
            "[item.tank]",
            '[theatre.island]\npower = "midland"\n[[force]]\npower = "midland"\n'
            'theatre = "island"\nmen = "50 k"\n[item.tank]',
        ),
        "they never move: no link of midland leads away from there",
    ),
    "an option that leaves all as it is": (
        (
            "[item.tank]",
            "[option.still.set.power.midland]\nrestraint = 4\n[option.calm]\n[item.tank]",
        ),
        "option.still\n    it changes nothing",
    ),
    "a route that closes before the start": (
        ("until = 1941-11-03", "until = 1941-05-01"),
        "route.coast = 1941-06-02 to 1941-05-01\n    is never in force",
    ),
    "a ceiling after the end": (
        (
            "",
            '[[agreement.friendship.ceiling]]\npower = "midland"\ntheatre = "plain"\nmen = 9\n'
            "from = 1942-01-01\nuntil = 1942-01-01",
        ),
        "agreement.friendship.ceiling[3] = 1942-01-01 to 1942-01-01\n    is never in force",
    ),
    "a season at another time": (
        ("", '[[season]]\nname = "frost"\nfrom = "01-05"\nuntil = "02-03"\npace = 1'),
        'season[2] = "frost"\n    never comes',
    ),
    "orders over by the decision": (
        (
            "",
            "[[option.treaty.set.power.midland.script]]\nfrom = 1941-06-02\nuntil = 1941-06-09\n"
            'halt = ["steppe"]',
        ),
        "option.treaty.set.power.midland.script[1] = until 1941-06-09\n    is over by 1941-06-30",
    ),
    "an attack without men": (
        (
            "",
            '[[power.ostland.script]]\nfrom = 1941-06-02\nuntil = 1941-06-09\nattack = ["far"]\n'
            '[theatre.far]\nfront = 0\npeace = true\nwest = ["midland"]\neast = ["ostland"]\n'
            'place = [{ name = "F", km = -9 }, { name = "G", km = 9 }]',
        ),
        'power.ostland.script[1].attack = "far"\n    ostland has no men there',
    ),
    "a share of nothing given": (
        ('gives = { "booty tank" = "tank" }\n', ""),
        "contract.booty.usable\n    nothing is given for what is sold",
    ),
    "a penalty on what is called off": (
        ('penalty = "1 %"', 'penalty = "1 %"\ncall_off = true'),
        "contract.lorries.penalty\n    what a buyer calls off is never late",
    ),
    "an advance of nothing": (
        ('price = "15.6 t"', "price = 0"),
        "contract.lorries.advance\n    nothing is paid",
    ),
    "a border that nobody marks": (
        ("teams = 4\n", ""),
        "agreement.friendship.line\n    nobody marks it",
    ),
    "an open road opened": (
        ('opens = ["caravan"]', 'opens = ["caravan", "coast"]'),
        'agreement.friendship.opens[2] = "coast"\n    that route is open without it',
    ),
    "a line without trains": (("", "[line.x]\ncapacity = 3"), "line.x\n    no link runs over it"),
    "a road without goods": (
        ("", "[route.pass]\nweeks = 1\ncapacity = 1"),
        "route.pass\n    no contract goes over it",
    ),
    "a premium of the player's": (
        ("[power.midland]", "[power.midland]\npremium = 2"),
        "power.midland.premium\n    it bounds no price",
    ),
    "shares of no garrison": (
        ('garrison = "40 k"\n', ""),
        "theatre.steppe.backs\n    there is no garrison to share out",
    ),
    "works in the interior": (
        ('{ name = "Rhine",', '{ name = "Rhine", fort = 2,'),
        "theatre.rhine.place[1].fort\n    no fighting is in the interior",
    ),
    "a shut road closed": (
        ('opens = ["caravan"]', 'closes = ["caravan"]'),
        'agreement.friendship.closes[1] = "caravan"\n    nothing ever opens that route',
    ),
}
"""What stands in a file and nothing comes of, and what the author is told."""


@pytest.mark.parametrize("what", IDLE)
def test_what_nothing_comes_of_is_a_note(what: str, tmp_path: Path):
    edit, says = IDLE[what]
    two = TESTS / "scenarios" / "two.toml"
    plain = {str(note) for note in idle(load(two))}
    assert len(plain) == 1 and "nothing spends the gold of westland" in str(plain)
    found = {str(note) for note in idle(load(bad(tmp_path, two, (edit,))))}
    (new,) = found - plain
    assert says in new


def test_a_contract_that_rests_for_good_is_a_note(tmp_path: Path):
    """What an option can sign is not in vain; a draft of a contract says nothing yet."""
    pact = '[agreement.pact]\nparties = ["ostland", "midland"]'
    for signed, needs, count in (
        ("1941-06-09", '["pact", "friendship"]', 1),
        ("1941-06-09", '["friendship"]', 0),
        ("", '["pact"]', 0),
    ):
        says = f"[contract.lorries]\nneeds = {needs}" + (f"\nsigned = {signed}" if signed else "")
        path = bad(tmp_path, COUNCIL, (("[contract.lorries]", says), ("", pact)))
        notes = [str(note) for note in idle(load(path)) if "rests for good" in str(note)]
        assert len(notes) == count
        assert all('contract.lorries.needs[1] = "pact"' in note for note in notes)


def test_a_price_of_nothing_and_a_word_broken_before_it_is_given_are_mistakes(tmp_path: Path):
    pact = (
        '[agreement.pact]\nparties = ["ostland", "midland"]\nsigned = 1941-07-07\n'
        "broken = { ostland = 1941-06-16 }"
    )
    path = bad(tmp_path, COUNCIL, ((PRICE, "price = { steel = 0, gold = 1 }"), ("", pact)))
    text = told(path)
    assert "2 mistakes" in text and "price.steel\n" in text and "nothing of it is paid" in text
    assert "agreement.pact.broken.ostland" in text and "write a date after 1941-07-07" in text


def test_a_scenario_laid_over_another_is_not_blamed_for_what_stands_there():
    told = "\n".join(map(str, idle(load("beijing-1941"))))
    assert "is never in force" not in told and "sources.halder" not in told


def test_check_tells_notes_and_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    edit, says = IDLE["a source that nobody cites"]
    file = str(bad(tmp_path, TESTS / "scenarios" / "two.toml", (edit,)))
    for more in ((), ("--json",)):
        with pytest.raises(SystemExit) as ending:
            main(["check", file, "--members", "4", *more])
        out, err = capsys.readouterr()
        assert not ending.value.code
        assert says in (err if more else out)
        assert not more or json.loads(out) == []


# ------------------------------------------------------------------------------ terms


def test_what_is_left_open_has_bounds_and_a_unit(tmp_path: Path):
    terms = load(haggling(tmp_path)).terms
    bounds = {name: (term.text(term.drafted), term.bounds) for name, term in terms.items()}
    assert bounds == {
        "lorries.price": ("15.6 t", "from 8 t to 40 t"),
        "lorries.goods.lorry": ("3000", "from 1500 to 6000"),
        "lorries.goods.steel": ("9000 t", "from 4500 t to 18000 t"),
        "lorries.advance": ("0.25", "from 0 to 0.5"),
        "lorries.penalty": ("0.01", "from 0 to 0.02"),
        "lorries.from": ("1941-07-14", "from 1941-06-30 to 1941-09-29"),
        "lorries.until": ("1941-10-06", "from 1941-09-01 to 1941-11-24"),
        "friendship.gold.midland": ("6 t", "from 0 t to 40 t"),
        "friendship.inspects": ("1", "1 (yes) or 0 (no)"),
        "friendship.until": ("1941-12-01", "from 1941-09-01 to 1941-12-01"),
        "friendship.teams": ("4", "from 2 to 8"),
        "friendship.ceiling.midland>steppe.men": ("80000 men", "from 60000 men to 160000 men"),
        "friendship.ceiling.midland>steppe.until": (
            "1941-08-11",
            "from 1941-06-30 to 1941-11-10",
        ),
        "friendship.ceiling.midland>steppe.steps": ("1", "from 1 to 12"),
        "friendship.ceiling.ostland>steppe.men": ("60000 men", "from 30000 men to 120000 men"),
    }


def test_a_term_is_spread_evenly_over_as_many_values_as_there_are(tmp_path: Path):
    terms = load(haggling(tmp_path)).terms
    assert terms["lorries.price"].spread(9) == [8, 12, 16, 20, 24, 28, 32, 36, 40]
    assert terms["friendship.inspects"].spread(9) == [0, 1]
    assert terms["friendship.ceiling.midland>steppe.steps"].spread(4) == [1, 5, 8, 12]
    days = terms["lorries.until"].spread(4)
    assert [str(day) for day in days] == ["1941-09-01", "1941-09-29", "1941-10-27", "1941-11-24"]


@pytest.mark.parametrize("place", ["council", *library()])
def test_terms_change_values_and_no_shapes(place: str, tmp_path: Path):
    """At either bound of each, under the options that leave it open: what there is, and what
    members draw, stay as they are."""
    plain = load(haggling(tmp_path) if place == "council" else place)
    base, listed = compile(plain), [name for item in plain.agenda for name in item.options]
    for term in plain.terms.values():
        known = plain.options
        signers = [n for n, o in known.items() if term.draft in o.set.get(term.kind, ())]
        signers, moved = [n for n in signers if n in listed] or signers, False
        for option in (signers[-1], signers[0]):
            both = (f"{option}({term.name}={end})" for end in (term.low, term.high))
            low, high = (compile(plain.with_options([word])) for word in both)
            for each in (low, high):
                assert each.axes == base.axes and each.ranges == base.ranges, term.name
                assert each.terms.keys() == base.terms.keys(), term.name
                shapes = ({n: x.shape for n, x in c.world.items()} for c in (each, base))
                assert next(shapes) == next(shapes), term.name
            pairs = ((low.world[n], high.world[n]) for n in low.world)
            moved |= not all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
            if moved:
                break
        assert moved, f"{term.name}: a term that changes nothing is none"


def test_own_terms_stand_in_the_place_of_a_presets(tmp_path: Path):
    path = haggling(tmp_path)
    word = "befriend-warily(friendship.ceiling.midland>steppe.men=70 k; friendship.inspects=0; "
    signed = load(path, [word + "friendship.gold.midland=20)@1941-07-07"])
    treaty = signed.agreements["friendship"]
    assert treaty.gold["midland"].value == 20 and treaty.gold["ostland"].value == -20
    assert treaty.ceiling[1].men.value == 70e3 and treaty.inspects == []
    assert treaty.ceiling[1].until == treaty.signed == date(1941, 7, 7), "the preset's own"
    number = treaty.ceiling[1].men
    assert signed.sources[number.source] == "Terms that were chosen by who decided"
    (said,) = signed.applied
    assert load(path, [said]) == signed and load(path, [said]).text == signed.text
    dates = load(path, ["sell-lorries(lorries.from=decided; lorries.until=1941-09-08)@1941-07-07"])
    assert dates.contracts["lorries"].from_ == date(1941, 7, 7)
    assert dates.contracts["lorries"].until == date(1941, 9, 8)
    same = load(path, ["sell-lorries(lorries.price=15.6 t)"])
    assert compile(same).world["lot_price"].tolist() == (
        compile(load(path, ["sell-lorries"])).world["lot_price"].tolist()
    )


def test_golden_words_for_terms(tmp_path: Path, refresh_baseline: bool):
    path = haggling(tmp_path)
    word = "befriend(friendship.x=3; friendship.gold.midland=90 t; friendship.until=1941-10-01; "
    word += "friendship.until=1941-10-01; lorries.price=9; friendship.teams=many; foo.bar=3; "
    word += "friendship.inspects=0.5; friendship.ceiling.midland>steppe.until=soon)"
    text = told(path, (word, "sell-lorries", "sell-lorries(lorries.price=10)"))
    text += "\n\n" + told(path, ("keep-lorries(lorries.price=10)",))
    text += "\n\n" + told(path, ("sell-lorries(lorries.goods.tank=10; lorries.route=caravan)",))
    odd = (
        ("price = { low", "price = { least"),
        ("lorry = {}, steel = {}", "tank = {}, lorry = 5"),
        ('"50 %"', '"20 %"'),
        ("penalty = {}", "penalty = { low = 0.1, high = 0.01 }\nroute = {}\nneeds.x = {}"),
        ("until = { low = 1941-09-01", 'until = { low = "soon"'),
        ("teams = {}", "line = {}\npace = {}\ndisputed = {}\ngold.westland = {}\nvalue = {}"),
        ('"ostland>steppe".men', '"ostland>border".men'),
    )
    text += "\n\n" + told(bad(tmp_path, path, odd))
    patch = "[option.late]\nset.contract.lorries = { signed = 'decided', negotiable = {} }\n"
    text += "\n\n" + told(bad(tmp_path, haggling(tmp_path), (("", patch),)), ("late",))
    beyond = ("set.contract.lorries.signed", 'set.contract.lorries.price = "60 t"\n')
    beyond = (beyond[0], beyond[1] + beyond[0])
    text += "\n\n" + told(bad(tmp_path, haggling(tmp_path), (beyond,)))
    same_as_golden("terms", text, refresh_baseline)


# ------------------------------------------------------------------------------ texts of options


def said_of(path: Path | str, option: str) -> str:
    loaded = load_all(path)
    return deeds(loaded[""], loaded[option], loaded[""].options[option].set)


def test_what_an_option_does_is_said_from_its_patch(tmp_path: Path):
    assert said_of(COUNCIL, "keep-lorries") == ""
    assert said_of(COUNCIL, "sell-lorries") == (
        "Lorries and steel: lorry 3,000 and 9,000 t of steel for 15.6 t of gold, 25 % in advance; "
        "due from 14 Jul 1941 to 6 Oct 1941, 1 % of the price of what is late owed each week."
    )
    warily = said_of(COUNCIL, "befriend-warily")
    assert "Midland at most 120,000 men in steppe by 30 Jun 1941" in warily, (
        "the day of the council"
    )
    assert "Midland receives 6 t of gold; 600 km of border marked by 4 teams" in warily
    assert "opens The caravan road" in warily and "inspectors on steppe" in warily
    steps = "befriend-warily(friendship.ceiling.midland>steppe.steps=3; "
    steps += "friendship.ceiling.midland>steppe.until=1941-08-18)"
    path = haggling(tmp_path)
    patch = {"agreement": {"friendship": {"signed": "decided"}}}
    said = deeds(load(path), load(path, [steps]), patch)
    assert "Midland at most 120,000 men in steppe by 18 Aug 1941 in 3 steps" in said
    attack = said_of("beijing-1941", "common-attack")
    assert "each is called to war when another is attacked" in attack
    script = "power China (script: from 21 Sep 1941, until 1 Jun 1942, attack amur and dzungaria)"
    assert "4,000 t of machines for nothing" in attack and script in attack
    stay = said_of("italy-1943", "seven-stay")
    assert "men 105,000 to 140,000, tank 200 to 800" in stay and "source" not in stay
    assert "until 22 Jan 1944, send africa>tyrrhenian 22,000" in stay
    broken = said_of("beijing-1941", "peace-broken-by-us")
    assert broken.endswith("China breaks it on 7 Dec 1941.")


def amiss(tmp_path: Path, option: str, text: str) -> list[str]:
    """What is wrong with a text of an option of the council's scenario."""
    titles = {"sell-lorries": "Sell lorries and steel", "befriend-warily": WARILY}
    title = f'title = "{titles[option]}"'
    path = bad(tmp_path, COUNCIL, ((title, f'{title}\nsummary = "{text}"'),))
    loaded = load_all(path)
    return [m.problem for m in misnumbered(loaded[""], option, loaded[option])]


WARILY = "The treaty with a smaller cut, and no tanks"


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("sell-lorries", "3,000 lorries and 9,000 t of steel for 15.6 t of gold, 25 % at once"),
        ("sell-lorries", "3 k lorries, 9 kt of steel, 16 t of gold; a quarter (0.25) at once"),
        ("sell-lorries", "12,000 things in all, from 14 July for 14 weeks, as in 1938"),
        ("befriend-warily", "120,000 men, where 80,000 were asked for and 60,000 of theirs stay"),
        ("befriend-warily", "60 k of theirs and 60 k of ours leave: 120 k; 600 km, 4 teams, T-34"),
        ("befriend-warily", "50 % more men than the treaty as it is drafted: 40,000"),
    ],
)
def test_a_text_may_name_what_the_patch_sets_signs_or_brings_about(
    tmp_path: Path, option: str, text: str
):
    assert amiss(tmp_path, option, text) == []


@pytest.mark.parametrize(
    ("option", "text", "wrong"),
    [
        ("sell-lorries", "3,500 lorries for 15.6 t", "3,500"),
        ("sell-lorries", "3,000 lorries for 18 t of gold", "18"),
        ("sell-lorries", "40 % in advance", "40 %"),
        ("befriend-warily", "150 k men stay", "150 k"),
        ("befriend-warily", "700 km of border are marked", "700"),
    ],
)
def test_a_text_that_names_another_number_than_its_patch_is_a_mistake(
    tmp_path: Path, option: str, text: str, wrong: str
):
    assert amiss(tmp_path, option, text) == [
        f"names {wrong}, which is nothing that its patch sets or brings about"
    ]


@pytest.mark.parametrize("place", library())
def test_texts_of_shipped_options_name_what_their_patches_do(place: str):
    loaded = load_all(place)
    for name in loaded[""].options:
        assert not [str(m) for m in misnumbered(loaded[""], name, loaded[name])]


def test_check_tells_of_a_text_of_another_patch(tmp_path: Path):
    odd = ("set.contract.lorries.signed", 'summary = "4,000 lorries"\nset.contract.lorries.signed')
    with pytest.raises(ScenarioError) as caught:
        check(bad(tmp_path, COUNCIL, (odd,)), members=4)
    words = str(caught.value)
    assert "option.sell-lorries.summary" in words and "names 4,000" in words
    assert "lorry 3,000 and 9,000 t of steel for 15.6 t of gold" in words and "nearest" not in words


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("9,000 lorries and 3,000 t of steel", ["9,000 of lorry", "3,000 of steel"]),
        ("3,000 lorries, and 14 t of gold", ["14 of gold"]),
        ("3,000 lorries and 9 kt of steel, due in 14 weeks", []),
    ],
)
def test_a_number_before_a_good_is_one_of_that_good(tmp_path: Path, text: str, wrong: list[str]):
    told = [f"names {each}, of which its patch has other numbers" for each in wrong]
    assert amiss(tmp_path, "sell-lorries", text) == told
