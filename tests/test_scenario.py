"""The language of scenarios: what a good file means, and what each kind of bad file is told."""

import random
import re
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from mistakes import TESTS, Edit, bad, same_as_golden, told

from sinews.analysis.council.paper import conflicts
from sinews.errors import ScenarioError
from sinews.scenario import Scenario, fields, find, library, load, load_all, load_text
from sinews.scenario.compile import compile
from sinews.scenario.load import LARGEST
from sinews.scenario.tables import MonthDay

BORDER = TESTS / "scenarios" / "border.toml"
TEXT = BORDER.read_text("utf-8")

BAD: dict[str, tuple[Edit, ...]] = {
    "shape": (
        ("weeks = 20", 'weeks = "20"\nsommary = 3'),
        ("start = 1941-06-02", 'start = "1941-06-02"'),
        ("format = 2", "format = 3"),
        ('reserve_theatre = "rhine"', ""),
        ("breakdown = {", "brakedown = {"),
        ('west = ["westland"]', 'west = "westland"'),
        ("[sector.arms]", "[sector]\narms = 3"),
        ('until = "11-10"', 'until = "11-31"'),
        ("km = 800", "kms = 800"),
        ("[[expect]]\nmeasure", "[[expect]]\nboth = true\nmeasure"),
    ),
    "numbers": (
        ('steel = "120 kt"', 'steel = "120 ktonne"'),
        ('pool = "1.2 M men"', "pool = -3"),
        ('cohort = "6 k a week"', "cohort = nan"),
        ("weight = 45", "weight = true"),
        ("hit = 4.5", "hit = inf"),
        ("hours = 5500", 'hours = "5500 kg"'),
        ("breakdown = { low = 0.2, high = 0.38 }", "breakdown = { low = 0.38, high = 0.2 }"),
        ('low = "500 k", high = "700 k"', 'low = "500 k"'),
        ('low = "500 k", high = "600 k"', 'low = "500 k", hihg = "600 k"'),
        ('capacity = "60 trains/day"', "capacity = 0"),
        ('capacity = "45 trains/day"', 'capacity = "45 trains"'),
        ("pace = 180", "pace = [180]"),
        ("stance = { border = 0.5 }", "stance = { border = 1.5 }"),
        ("quality = 0.9", f"quality = 1{'0' * 400}"),
    ),
    "names": (
        ('reserve_theatre = "rhine"', 'reserve_theatre = "rhein"'),
        ('policy = "opportunist"', 'policy = "oportunist"'),
        ("gold = \"170 t\", tank = 200", 'gold = "170 t", tnk = 200'),
        ("industry.steel = { capacity = \"2 Mt", 'industry.stele = { capacity = "2 Mt'),
        ('tank = "240 a month"', 'tank = "240 a month"\ntnk = 3'),
        ('lorry = "2 k a month"', 'lorry = "2 k a month"\nuntill = 1941-10-01'),
        ('attack = ["border"]', 'attack = ["bordr", "hills"]'),
        ('"hills>border" = "30 k', '"hills>bordr" = "30 k'),
        ("mud = 1.1", "mudd = 1.1"),
        ('sector = "arms"', 'sector = "steel"\ncaptured_as = "lorri"'),
        ("inputs = { coal = 1.1 }", "inputs = { cole = 1.1 }"),
        ('east = ["ostland"]', 'east = ["ostlund"]'),
        ("industry = { steel = 0.3 }", "industry = { stal = 0.3 }"),
        ('theatre = "hills"\nmen', 'theatre = "hils"\nmen'),
        ('from = "rhine"\nto = "border"', 'from = "rhin"\nto = "border"'),
        ("pace = 180", "pase = 180"),
        ('measure = "front"', 'measure = "frant"'),
    ),
    "sums": (
        ("hills = 0.8", "hills = 0.9"),
        ("industry = { steel = 0.3 }", "industry = { steel = 0.4 }"),
        ("coal = 1, steel", "steel"),
        ("refuge = 1", "refuge = 0.5"),
        ("industry = { steel = 1, arms = 1 }", "industry = { steel = 1, arms = 1, coal = 1 }"),
    ),
    "ground": (
        ('km = "140 km"', "km = 500"),
        ("front = 0\n", "front = 900\n"),
        ('name = "Ostburg"', 'name = "Stolp"'),
        ('power = "westland"\nplace', 'power = "westland"\nfront = 3\nplace'),
        ('{ name = "Hills",', '{ name = "Hills", km = 3,'),
        ('garrison = "20 k"', 'garrison = "20 k"\nwest = ["westland"]'),
        ('power = "ostland"\ntheatre = "hills"\nmen', 'power = "westland"\ntheatre = "hills"\nmen'),
        ('from = "hills"\nto = "border"', 'from = "hills"\nto = "hills"'),
        ("", '[[season]]\nname = "frost"\nfrom = "11-01"\nuntil = "02-01"\npace = 1'),
        ("", '[theatre.nowhere]\n[theatre.empty]\nfront = 0\nwest = ["ostland"]\n'),
        ("", '[[link]]\nfrom = "border"\nto = "rhine"\npower = "westland"\nkm = 9\ncapacity = 9\n'),
    ),
    "goods": (
        ("hours = 5500", "hours = 0"),
        ("establishment = 0.02", 'establishment = 0.02\ncaptured_as = "truck"'),
        ("", '[item.truck]\nweight = 3\nestablishment = 1\ntrains = 1\ncaptured_as = "lorry"\n'),
        ("", "[item.coal]\nweight = 3\nestablishment = 1\ntrains = 1\n"),
        ("", '[sector.mine]\nmakes = "steel"\ncapital = "3 t"\ninputs = { steel = 1.2 }\n'),
        ("", '[item."tank>gun"]\nweight = 3\nestablishment = 1\ntrains = 1\n'),
        ('lorry = "30 k"', 'lorry = "30 k"\nsteel = 3'),
        ('until = 1941-08-04\ntank = "240 a month"', 'tank = "240 a month"\nlorry = 1'),
    ),
    "dates": (
        ("until = 1941-07-28", "until = 1941-05-28\nhalt = [\"border\"]"),
        ("from = 1941-09-01\nlorry", "from = 2014-09-01\nlorry"),
        ("from = 1941-06-02\nuntil = 1941-10-20", "from = 1914-06-02\nuntil = 1914-10-20"),
        ("at = 1941-08-04", "at = 1945-05-08"),
        ("from = 1941-07-07\n", ""),
    ),
    "expectations": (
        ('theatre = "border"\nat', 'theatre = "hills"\nitem = "tank"\nat'),
        ('measure = "irrecoverable"\npower = "ostland"', 'measure = "lost"\npower = "ostland"'),
        ("", '[[expect]]\nmeasure = "force"\npower = "ostland"\ntheatre = "hills"\n'
             "from = 1941-07-07\nuntil = 1941-07-28\nvalue = 3\n"),
        ("", '[[expect]]\nmeasure = "held"\nplace = "Atlantis"\nat = 1941-07-28\nvalue = 2\n'),
    ),
    "provenance": (
        ('source = "made-up"\nkind = "assumed"\n', ""),
        ('manpower]\nsource = "yearbook"', 'manpower]\nsource = "yearbok"'),
        ('note = "a new hall"', 'note = "a new hall", source = 3, kind = "guess"'),
        ('source = "yearbook"\nkind = "story"\n\n[option', 'source = "almanac"\n\n[option'),
    ),
    "nothing": ((TEXT, ""),),
}  # fmt: skip


@pytest.fixture(scope="module")
def border() -> Scenario:
    return load(BORDER)


# ------------------------------------------------------------------------------ good files


def test_numbers_come_in_canonical_units_with_their_provenance(border: Scenario):
    tank = border.powers["westland"].build[1].amounts["tank"]
    assert tank.value == pytest.approx(300 * 12 * 7 / 365.25)
    assert (tank.unit, tank.note, tank.path) == (
        "items/week",
        "a new hall",
        "power.westland.build[2].tank",
    )
    reserve = border.powers["ostland"].manpower.reserve
    assert (reserve.low, reserve.high, reserve.middle) == (5e5, 7e5, 6e5)
    assert reserve.uncertain and (reserve.source, reserve.kind) == ("yearbook", "story")
    assert border.powers["ostland"].industry["arms"].capacity.unit == "hours/week"
    assert border.powers["ostland"].industry["coal"].capacity.unit == "t/week"
    assert border.powers["ostland"].stock["gold_mined"].unit == "t/week"
    assert border.expect[1].value.unit == "men"
    assert border.coefficient["pace"].unit == "km/week"


def test_defaults_are_numbers_too_but_nobody_wrote_them(border: Scenario):
    surprised = border.powers["westland"].surprised
    assert surprised.value == 0 and not surprised.written
    assert border.powers["westland"].manpower.return_share.value == 0.72
    assert all(number.written for number in border.numbers())


def test_every_number_is_told_once(border: Scenario):
    paths = [number.path for number in border.numbers()]
    assert len(paths) == len(set(paths)) > 80
    assert "link[2].capacity" in paths


def test_a_link_both_ways_is_two(border: Scenario):
    names = [link.name for link in border.links]
    assert names == ["rhine>border", "border>rhine", "hills>border", "border>hills"]
    assert not any(link.both for link in border.links)


def test_seasons_come_every_year_and_may_run_over_new_year(border: Scenario):
    mud = border.seasons[0]
    assert (mud.from_, mud.until) == (MonthDay(10, 7), MonthDay(11, 10))
    assert border.season_on(date(1950, 10, 7)) is mud
    assert border.season_on(date(1941, 11, 10)) is None
    winter = mud.model_copy(update={"from_": MonthDay(12, 1), "until": MonthDay(3, 1)})
    assert winter.covers(date(1941, 12, 31)) and winter.covers(date(1942, 2, 28))
    assert not winter.covers(date(1942, 3, 1))


def test_the_end_and_the_materials_follow_from_the_file(border: Scenario):
    assert border.end == date(1941, 10, 20)
    assert border.materials == ("coal", "steel")


def test_a_bare_scenario_needs_little(tmp_path: Path):
    path = tmp_path / "tiny.toml"
    path.write_text(
        'start = 1941-06-02\nweeks = 1\n[theatre.home]\npower = "a"\n'
        '[power.a]\nreserve_theatre = "home"\n'
    )
    tiny = load(path)
    assert (tiny.name, tiny.title, tiny.links, list(tiny.numbers())) == ("tiny", "tiny", (), [])


COAST = """
[theatre.coast]
front = 0
within = "border"
west = ["westland"]
east = ["ostland"]
place = [{ name = "Haven", km = -90 }, { name = "Bight", km = 90 }]
"""


def test_two_axes_may_share_the_men_of_a_theatre(tmp_path: Path):
    ordered = TEXT.replace('attack = ["border"]', 'attack = ["border"]\nattend = { coast = 3 }', 1)
    (path := tmp_path / "coast.toml").write_text(ordered + COAST)
    compiled = compile(load(path))
    assert compiled.axes["axis"] == ("border", "coast") and "coast" not in compiled.axes["theatre"]
    at = compiled.axes["theatre"].index("border")
    assert compiled.world["further"][0].argmax() == at
    # Both axes have contingents of the same armies.
    both = ("westland border", "ostland border")
    assert compiled.axes["army"][:2] == compiled.axes["contingent"][:2] == both
    assert compiled.axes["contingent"][2:] == ("westland coast", "ostland coast")
    assert compiled.world["contingent_army"].argmax(axis=1).tolist() == [0, 1, 0, 1]
    assert compiled.world["contingent_axis"].argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert (compiled.state["attend"] == 0.5).all()
    assert (compiled.state["days"][:, 0] == compiled.state["days"][:, 1]).all()
    west = compiled.axes["power"].index("westland")
    assert compiled.world["script_attend"][0, west, 1] == 3
    assert np.isnan(compiled.world["script_attend"][0, west, 0])


def test_what_belongs_to_a_theatre_is_not_given_to_an_axis_within_it(tmp_path: Path):
    garrisoned = COAST.replace('within = "border"', 'within = "border"\ngarrison = 3')
    force = '\n[[force]]\npower = "westland"\ntheatre = "coast"\nmen = 5\n'
    (path := tmp_path / "coast.toml").write_text(TEXT + garrisoned + force)
    heard = told(path)
    assert 'is an axis within "border", whose men fight on it' in heard and "write border" in heard
    assert "is that of the theatre whose men fight on this axis" in heard
    path.write_text(TEXT + COAST.replace('within = "border"', 'within = "coast"') + force)
    heard = told(path)
    assert 'theatre.coast.within = "coast"\n    names itself\n    leave it out' in heard
    assert "write coast" not in heard
    turned = COAST.replace("coast", "shore").replace('"border"', '"coast"').replace("Haven", "Cape")
    text = COAST.replace('within = "border"', 'within = "shore"') + turned.replace("Bight", "Sound")
    third = COAST.replace("coast", "bay").replace('"border"', '"coast"').replace("Haven", "Quay")
    path.write_text(TEXT + text + third.replace("Bight", "Pier"))
    heard = told(path)
    assert "1 mistake\n" in heard and "goes round in a circle: coast > shore > coast" in heard
    path.write_text(TEXT + text.replace('"coast"', '"bay"') + third.replace("Bight", "Pier"))
    heard = told(path)
    assert "1 mistake\n" in heard and "circle: coast > shore > bay > coast" in heard
    path.write_text(TEXT + COAST.replace('within = "border"', 'within = "rhine"'))
    assert 'theatre.coast.within = "rhine"\n    is no axis' in told(path)


# ------------------------------------------------------------------------------ options


def test_an_option_changes_what_it_names_and_nothing_else(border: Scenario):
    patched = load(BORDER, ["second-track"])
    assert patched.applied == ("second-track",)
    assert patched.links[2].capacity.value == 90
    assert patched.links[2].capacity.kind == "story"
    assert patched.links[2].km == border.links[2].km
    assert [force.men.middle for force in patched.forces[3:]] == [12e3]
    assert patched.forces[:3] == border.forces
    assert patched.text != border.text


def test_the_order_in_which_options_are_named_does_not_matter():
    one = load(BORDER, ["second-track", "no-transfer"])
    other = load(BORDER, ["no-transfer", "second-track", "no-transfer"])
    assert one == other


def test_every_option_loads_alone():
    assert list(load_all(BORDER)) == ["", "no-transfer", "second-track"]


def test_mistakes_of_an_option_are_told_where_they_are_written(tmp_path: Path):
    path = bad(tmp_path, BORDER, (('capacity = "90 trains/day"', 'capacity = "90 km"\nspeed = 1'),))
    assert load(path).applied == ()
    with pytest.raises(ScenarioError) as caught:
        load_all(path)
    assert {mistake.path for mistake in caught.value.mistakes} == {
        'option.second-track.set.link."hills>border".capacity',
        'option.second-track.set.link."hills>border".speed',
    }


def test_a_range_in_an_option_replaces_a_value(tmp_path: Path):
    edit = ('policy = "scripted"', "surprised = { low = 1, high = 2 }")
    path = bad(tmp_path, BORDER, (edit, ('surprised = "2 weeks"', "surprised = { value = 2 }")))
    assert load(path, ["no-transfer"]).powers["ostland"].surprised.middle == 1.5


def test_the_rest_of_an_economy_takes_materials_and_no_items(tmp_path: Path):
    plants = "[power.ostland.industry]"

    def with_use(words: str) -> Path:
        return bad(tmp_path, BORDER, ((plants, f"[power.ostland.home_use]\n{words}\n{plants}"),))

    tables = compile(load(with_use('coal = "2 Mt a week"')))
    power, coal = tables.axes["power"].index("ostland"), tables.axes["material"].index("coal")
    assert tables.world["home_use"][power, coal] == 2e6
    assert np.count_nonzero(tables.world["home_use"]) == 1
    with pytest.raises(ScenarioError) as caught:
        load(with_use('tank = "20 a week"\ncoal = "2 Mt"'))
    words = str(caught.value)
    assert "no material has that name" in words and "home_use.tank" in words
    assert "home_use.coal" in words and "mass per time" in words


@pytest.mark.parametrize("name", ["", "<b>Kreuz</b>", "held:Kreuz@1941-07-01", "Stolp", "Hills"])
def test_a_place_has_a_name_and_no_other_place_has_it(name: str, tmp_path: Path):
    """Neither in its theatre nor in another, where the measure of it would be of the first."""
    path = bad(tmp_path, BORDER, (('name = "Kreuz"', f'name = "{name}"'),))
    says = told(path)
    assert "is no name: letters" in says or f"a place of theatre {'border'} has that name" in says


def test_an_option_takes_keys_out_of_tables(tmp_path: Path):
    """Of tables, of rows by their names, and of both with what it sets there itself."""
    more = """
[option.bare]
unset = ["power.ostland.surprised", 'link."hills>border".km', "theatre.border.place.Kreuz.km"]
set.link."hills>border" = { km = 7 }
set.theatre.border.place.Kreuz.km = -3
[option.cashless]
unset = ["power.ostland.stock.gold"]
set.power.westland.build = []
[option.idle]
set.power.ostland.quality_by_season = {}
"""
    path = bad(tmp_path, BORDER, (("", more),))
    plain, bare = load(path), load(path, ["bare"])
    assert plain.powers["ostland"].surprised.middle == 2.0
    assert bare.powers["ostland"].surprised.middle == 0.0
    assert not bare.powers["ostland"].surprised.written, "as if it had never been there"
    found = {link.name: link.km for link in bare.links}["hills>border"]
    assert (found.middle, found.path) == (7.0, 'option.bare.set.link."hills>border".km')
    cashless = load(path, ["cashless"])
    assert "gold" in plain.powers["ostland"].stock
    assert cashless.powers["ostland"].stock.keys() == plain.powers["ostland"].stock.keys() - {
        "gold"
    }
    assert plain.powers["westland"].build and not cashless.powers["westland"].build
    assert plain.powers["ostland"].quality_by_season
    assert not load(path, ["idle"]).powers["ostland"].quality_by_season
    assert load(path, ["bare", "cashless"]).applied == ("bare", "cashless")


def test_what_one_option_takes_out_no_other_may_set(tmp_path: Path):
    more = """
[option.cashless]
unset = ["power.ostland.stock"]
[option.poor]
set.power.ostland.stock.gold = 1
"""
    path = bad(tmp_path, BORDER, (("", more),))
    assert 'option "cashless", which takes out power.ostland.stock' in told(
        path, ("cashless", "poor")
    )
    assert set(conflicts(load(path))["poor"]) == {"cashless"}
    need = 'unset = ["power.ostland.reserve_theatre"]'
    path = bad(tmp_path, BORDER, (("", f"[option.homeless]\n{need}"),))
    assert "option.homeless.unset[1]\n    is missing" in told(path, ("homeless",))


def test_options_that_agree_do_not_conflict(tmp_path: Path):
    more = '[option.too.set.power.ostland]\npolicy = "scripted"\n'
    path = bad(tmp_path, BORDER, (("", more),))
    assert load(path, ["too", "no-transfer"]).powers["ostland"].policy == "scripted"


def test_golden_options(tmp_path: Path, refresh_baseline: bool):
    more = """
[option.bold.set.power.ostland]
policy = "opportunist"
[option.odd.set]
weeks = 10
option.bold.title = "x"
link = { "hills>sea" = { km = 3 } }
power = 3
[option.empty.set]
link = {}
[option.less]
unset = ["power.ostland.policy", "power.ostland.polcy", 'link."hills>border"', "a b", "option.x"]
"""
    path = bad(tmp_path, BORDER, (("", more),))
    names = ("no-transfer", "bold", "odd", "no-trnsfer", "empty", "less")
    same_as_golden("options", told(path, names), refresh_baseline)


# ------------------------------------------------------------------------------ bad files


@pytest.mark.parametrize("name", BAD)
def test_golden_mistakes(name: str, tmp_path: Path, refresh_baseline: bool):
    same_as_golden(name, told(bad(tmp_path, BORDER, BAD[name])), refresh_baseline)


def test_golden_files(tmp_path: Path, refresh_baseline: bool):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "syntax.toml").write_text("a = 1\nb = [1, 2\nc = 3\n")
    (tmp_path / "latin.toml").write_bytes("a = 1\nname = 'K\xf6nigsberg'\n".encode("latin-1"))
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5000)
    (tmp_path / "dots.toml").write_text("a" + ".a" * 5000 + " = 1")
    (tmp_path / "digits.toml").write_text("a = " + "9" * 5000)
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(100 * LARGEST)
    names = ["folder", "syntax", "latin", "deep", "dots", "digits", "large", "missing"]
    texts = [told(tmp_path / f"{name}.toml") for name in names]
    texts += [told("no-such-scenario"), told("x" * 5000), told("a\0b.toml")]
    text = "\n\n".join(texts).replace(f"{tmp_path}/", "")
    text = re.sub(r"(shipped scenarios|write one of): .*", r"\1: ...", text)
    same_as_golden("files", text, refresh_baseline)


def test_a_mistake_is_not_followed_by_its_echoes(tmp_path: Path):
    path = bad(tmp_path, BORDER, (('capacity = "45 trains/day"', 'capacity = "45 km"'),))
    assert told(path).startswith("border.toml: 1 mistake\n")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("border", ("no-transfer", "second-track")),
        ("council", ("sell-lorries", "befriend-warily@1941-08-04")),
    ],
)
def test_mutated_files_are_read_or_told_what_is_wrong(
    name: str, options: tuple[str, ...], tmp_path: Path
):
    luck = random.Random(1941)
    path = tmp_path / f"{name}.toml"
    lines = (TESTS / "scenarios" / path.name).read_bytes().splitlines(keepends=True)
    for _ in range(300):
        rows = list(lines)
        for _ in range(luck.randint(1, 4)):
            at, other = luck.randrange(len(rows)), luck.randrange(len(rows))
            match luck.randrange(6):
                case 0:
                    del rows[at]
                case 1:
                    rows.insert(at, rows[other])
                case 2:
                    rows[at], rows[other] = rows[other], rows[at]
                case 3:
                    key = rows[at].partition(b"=")[0]
                    rows[at] = key + b"=" + rows[other].partition(b"=")[2]
                case 4:
                    value = luck.choice([b"nan", b"-1", b"[]", b"{}", b"''", b"1e999", b"07:00:00"])
                    rows[at] = rows[at].partition(b"=")[0] + b"= " + value + b"\n"
                case _:
                    line = bytearray(rows[at] or b" ")
                    line[luck.randrange(len(line))] = luck.randrange(256)
                    rows[at] = bytes(line)
        path.write_bytes(b"".join(rows))
        for some in ((), options):
            try:
                compile(load(path, some))
            except ScenarioError as error:
                assert str(error).startswith((path.name, str(path))) and error.mistakes


# ------------------------------------------------------------------------------ library, docs


@pytest.mark.parametrize("name", library())
def test_shipped_scenarios_and_all_their_options_load(name: str):
    scenarios = load_all(name)
    assert scenarios[""].name == name == find(name).stem
    assert set(scenarios) == {"", *scenarios[""].options}


def test_the_page_of_the_language_is_up_to_date():
    page = TESTS.parent / "docs" / "scenario.md"
    text = page.read_text("utf-8")
    assert text == fields.language_page(text), "run: python -m sinews.scenario.fields"


def test_the_examples_of_the_page_are_toml():
    page = (TESTS.parent / "docs" / "scenario.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert examples and all(tomllib.loads(example) for example in examples)


def test_of_two_orders_for_one_week_the_later_counts_alone():
    """Also where the earlier is a range, of which each member has its own draw."""
    rows = """
[[power.ostland.script]]
from = 1941-06-02
until = 1941-06-30
draft = { low = 0.2, high = 0.4 }
[[power.ostland.script]]
from = 1941-06-09
until = 1941-06-16
draft = 0.9
"""
    compiled = compile(load_text((TEXT + rows).encode(), "border"))
    draws = np.full((len(compiled.ranges), 2), 0.3, np.float32)
    power = compiled.axes["power"].index("ostland")
    drafts = compiled.drawn("script_draft", draws)[:4, power, 0]
    np.testing.assert_allclose(drafts, [0.3, 0.9, 0.3, 0.3])
