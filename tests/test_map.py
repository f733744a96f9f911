"""The map: where things lie, what is drawn, that nothing covers anything, and its page."""

import importlib.util
import re
import xml.etree.ElementTree as ET
from datetime import date
from html import unescape
from itertools import combinations, pairwise
from math import cos, hypot, radians
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from charted import known, picture
from hypothesis import given, settings
from hypothesis import strategies as st
from mistakes import TESTS, same_as_golden
from readers import Reader, begun
from walks import COUNCIL

from sinews.campaign.ledger.dealings import standing_zones
from sinews.campaign.ledger.transfers import fought, transfers
from sinews.campaign.store import Store
from sinews.scenario import Scenario, load
from sinews.web.context import address
from sinews.web.map.drawing import LAYERS
from sinews.web.map.geography import SHEETS, sheet_of
from sinews.web.map.ground import ground, views
from sinews.web.map.labels import Box, Label, around, placed
from sinews.web.map.shapes import MapPicture
from sinews.web.map.symbols import ECHELONS, STANCES, symbol
from sinews.web.render import _templates, static

STATIC = TESTS.parent / "sinews/web/static"
SVG = "{http://www.w3.org/2000/svg}"
SEATS = [
    ("beijing-1941", "china"),
    ("eastern-front-1941", "ussr"),
    ("eastern-front-1941", None),
    ("italy-1943", "western-allies"),  # its axes run from south to north
]

_READ: dict[str, Scenario] = {}


def read(name: str) -> Scenario:
    if name not in _READ:
        _READ[name] = load(name)
    return _READ[name]


def tool(name: str) -> ModuleType:
    """A script of tools/."""
    path = TESTS.parent / f"tools/{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "campaigns.sqlite")


# Sheets and base maps.


@pytest.mark.parametrize("name", SHEETS)
def test_north_is_up_and_west_is_left_on_every_sheet(name: str):
    sheet = SHEETS[name]
    middle = (sheet.south + sheet.north) / 2
    x, y = sheet.at((middle, sheet.meridian))
    assert x == pytest.approx(0.0, abs=1e-6)
    assert sheet.at((middle + 5, sheet.meridian))[1] < y < sheet.at((middle - 5, sheet.meridian))[1]
    assert sheet.at((middle, sheet.meridian - 5))[0] < x < sheet.at((middle, sheet.meridian + 5))[0]


@pytest.mark.parametrize("name", [name for name, sheet in SHEETS.items() if sheet.parallels])
def test_cones_keep_areas(name: str):
    sheet = SHEETS[name]
    size = 0.01

    def area(latitude: float, longitude: float) -> float:
        at = sheet.at((latitude, longitude))
        east, north = sheet.at((latitude, longitude + size)), sheet.at((latitude + size, longitude))
        u, v = (east[0] - at[0], east[1] - at[1]), (north[0] - at[0], north[1] - at[1])
        return abs(u[0] * v[1] - u[1] * v[0]) / cos(radians(latitude))

    one = area(sheet.south + 1, sheet.west + 1)
    for place in ((sheet.south + 1, sheet.east - 1), (sheet.north - 1, sheet.meridian)):
        assert area(*place) == pytest.approx(one, rel=1e-3)


def test_the_smallest_sheet_that_holds_all_places_serves():
    berlin, moscow, tokyo, detroit = (52.5, 13.4), (55.8, 37.6), (35.7, 139.7), (42.3, -83.0)
    assert sheet_of([berlin, moscow]).name == "europe"
    assert sheet_of([berlin, tokyo]).name == "eurasia"
    assert sheet_of([berlin, detroit]).name == "world"


@pytest.mark.parametrize("name", SHEETS)
def test_base_maps_are_small_plain_and_reach_as_far_as_their_sheet(name: str):
    path = STATIC / f"land-{name}.svg"
    text = path.read_text("utf-8")
    assert path.stat().st_size < 150_000
    assert "style" not in text and "script" not in text and text.count("http") == 1
    root = ET.fromstring(text)
    assert {each.get("id") for each in root.iter(f"{SVG}path")} == {"sea", "grid"}
    left, top, wide, high = map(float, str(root.get("viewBox")).split())
    frame = SHEETS[name].frame()
    assert left <= frame[0] and top <= frame[1]
    assert left + wide >= frame[2] and top + high >= frame[3]
    assert name in static(path.name) and "?v=" in static(path.name)


def test_a_base_map_cuts_land_out_of_the_sea():
    basemap = tool("basemap")
    square = [(50.0, 10.0), (50.0, 40.0), (60.0, 40.0), (60.0, 10.0), (50.0, 10.0)]
    speck = [(45.0, 10.0), (45.0, 10.01), (45.01, 10.01), (45.0, 10.0)]
    drawing = basemap.drawing(SHEETS["europe"], [square, speck])
    sea = re.search(r'id="sea"[^>]* d="([^"]*)"', drawing)
    assert sea is not None and sea[1].count("M") == 2  # the frame and the square, not the speck
    assert basemap.drawing(SHEETS["europe"], [square, speck]) == drawing


def test_simplified_rings_stay_within_what_is_allowed():
    basemap = tool("basemap")
    ring = [(float(i), (i % 3) * 0.4) for i in range(60)] + [(30.0, 50.0), (0.0, 0.0)]
    kept = basemap.simplified(ring, 1.0)
    assert len(kept) < 8 and {ring[0], ring[-2]} <= set(kept)
    for point in ring:
        off = min(basemap._off(point, a, b) for a, b in pairwise(kept))
        assert off <= 1.0


def test_symbols_are_those_that_milsymbol_draws():
    pytest.importorskip("milsymbol")
    drawing = (STATIC / "symbols.svg").read_text("utf-8")
    symbols = tool("symbols")
    for stance in STANCES:
        for echelon in ECHELONS:
            assert symbols.drawn(stance, echelon) in drawing


def test_every_symbol_that_can_be_asked_for_is_there():
    there = {each.get("id") for each in ET.parse(STATIC / "symbols.svg").iter(f"{SVG}symbol")}
    for stance in STANCES:
        for men in (1e3, 5e4, 2e5, 9e5, 4e6):
            assert symbol(stance, men).name in there


# Labels.


_spots = st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(5, 80), st.floats(5, 20))


@given(st.lists(_spots, max_size=25))
@settings(max_examples=50)
def test_no_label_covers_another_or_leaves_the_room(spots: list[tuple[float, ...]]):
    room = Box(0, 0, 300, 200)
    labels = [
        Label(str(i), wide, high, around((x, y), wide, high, 4.0), float(i % 3))
        for i, (x, y, wide, high) in enumerate(spots)
    ]
    found = placed(labels, [Box(100, 100, 20, 20)], room)
    boxes = [*found.values(), Box(100, 100, 20, 20)]
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    assert all(box.inside(room) for box in found.values())
    assert found == placed(labels[::-1], [Box(100, 100, 20, 20)], room)


# Pictures.


def sound(shown: MapPicture) -> None:
    """Nothing that is placed covers anything else, and all of it lies in the picture."""
    whole = Box(0.0, 0.0, 1000.0, shown.ground.high)
    for one, other in combinations(shown.boxes, 2):
        assert not one.meets(other)
    assert all(box.inside(whole) for box in shown.boxes)
    for dot in shown.dots:
        assert 0.0 <= dot.at[0] <= 1000.0 and 0.0 <= dot.at[1] <= shown.ground.high


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("name", "power"), SEATS)
def test_nothing_covers_anything_and_all_lies_in_the_picture(
    name: str, power: str | None, layer: str
):
    scenario = read(name)
    for seed in (1, 2):
        sound(picture(scenario, power, layer=layer, seed=seed))


@pytest.mark.parametrize(("name", "power"), SEATS)
def test_every_view_has_a_picture(name: str, power: str | None):
    scenario = read(name)
    readings = known(scenario, power)
    for view in views(scenario, fought(scenario, readings)):
        shown = picture(scenario, power, view)
        sound(shown)
        assert shown.ground.sheet and shown.forces and shown.summary


def test_every_axis_has_its_name_on_the_map_of_everything():
    scenario = read("beijing-1941")
    shown = picture(scenario, "china")
    titles = {each.theatre for each in shown.words if each.kind == "title"}
    assert titles == {name for name, t in scenario.theatres.items() if t.axis}


def test_what_is_believed_of_an_enemy_is_marked_and_own_men_are_not():
    shown = picture(read("beijing-1941"), "china")
    assert {"own", "east believed"} >= {each.kind for each in shown.forces}
    for each in shown.forces:
        believed = ("soft", "believed") in each.lines
        assert believed == ("believed" in each.kind)
        assert each.words.startswith("China") != believed


@pytest.mark.parametrize("layer", LAYERS)
def test_what_others_hide_changes_nothing_on_the_map(layer: str):
    scenario = read("beijing-1941")
    one, other = (picture(scenario, "china", layer=layer, other=x) for x in (1.0, 0.3))
    assert one == other
    assert picture(scenario, None, layer=layer) != picture(scenario, None, layer=layer, seed=2)


def test_places_far_away_are_named_at_the_margin():
    shown = picture(read("beijing-1941"), "china")
    assert [each.theatre for each in shown.words if each.kind == "beyond"] == ["america"]
    assert "Beyond the map:" in [each.text for each in shown.words]
    east = picture(read("eastern-front-1941"), "ussr")
    beyond = [each.theatre for each in east.words if each.kind == "beyond"]
    assert sorted(beyond) == sorted(east.ground.beyond) and len(beyond) == 3


def test_a_front_stands_between_its_neighbours():
    scenario = read("eastern-front-1941")
    found = ground(scenario, "all", [])
    minsk, smolensk = found.places["Minsk"], found.places["Smolensk"]
    x, y = found.front("moscow", (330 + 650) / 2)
    assert (x, y) == pytest.approx(((minsk[0] + smolensk[0]) / 2, (minsk[1] + smolensk[1]) / 2))
    whole = hypot(smolensk[0] - minsk[0], smolensk[1] - minsk[1]) / found.scale
    assert whole == pytest.approx(305, rel=0.1)  # km on the globe


def test_a_scenario_without_coordinates_is_a_diagram():
    scenario = load(COUNCIL)
    for layer in LAYERS:
        shown = picture(scenario, "midland", layer=layer)
        sound(shown)
        assert shown.ground.sheet is None
        for line in shown.ground.lines.values():
            assert len({y for _, (_, y) in line}) == 1


def test_transfers_are_read_from_what_the_record_shows():
    scenario = read("beijing-1941")
    readings = known(scenario, "china")
    found = transfers(scenario, "china", readings)
    assert found and {each.power for each in found} == {"china"}
    left: dict[str, float] = {}
    for each in found:
        left[each.source] = left.get(each.source, 0.0) + each.men
    for theatre, men in left.items():
        assert men <= -(readings.change(f"force:china:{theatre}") or 0.0) + 1e-6


# Ceilings.


def test_ceilings_are_those_that_the_engine_holds_powers_to():
    from sinews.campaign.ledger.zones import zones
    from sinews.scenario.compile import compile

    options = ["peace-deep-cut@1941-09-07"]
    scenario = read("beijing-1941").with_options(options)
    arrays = compile(scenario)
    agreement = list(scenario.agreements).index("peace")
    for week in range(scenario.weeks):
        day = date.fromordinal(scenario.start.toordinal() + 7 * week)
        for zone in zones(scenario, day, {"peace": "in force"}):
            at = arrays.axes["zone"].index(f"{zone.power} {zone.theatre}")
            men = arrays.world["ceiling_men"][week, agreement, at]
            assert men == pytest.approx(1e9 if zone.allowed is None else zone.allowed)


def test_only_agreements_that_a_seat_knows_of_set_ceilings():
    scenario = read("beijing-1941")
    assert standing_zones(scenario, known(scenario, "china"))
    assert not standing_zones(scenario, known(scenario, "japan"))


# The page.


def test_the_page_has_the_map_and_the_same_figures_as_tables(store: Store):
    game = begun(store)
    game.advance()
    game.advance()
    reader = Reader(store)
    page, text = reader.open("map"), reader.main("map")
    front = game.records().at("front:border")  # pyright: ignore[reportOptionalMemberAccess]
    assert f"{front:,.0f}" in text and "Treaty of friendship" in text and "land-" not in page
    number = address(1, 1, f"number/front:border@{game.date}", at=3)
    assert f'href="{number}"' in page
    sheet = address(1, 1, "theatre/steppe", at=3)
    assert re.search(rf'<a[^>]*href="{re.escape(sheet)}" data-panel', page)
    assert f'rel="prev" href="{address(1, 1, "map", at=2)}"' in page
    assert page.count('aria-current="date"') == 1
    before = unescape(reader.open("map", at=1, layer="supply"))
    assert f'rel="next" href="{address(1, 1, "map", at=2, layer="supply")}"' in before


@pytest.mark.parametrize("name", ["council", "beijing-1941"])
def test_the_svg_is_the_same_every_time(name: str, refresh_baseline: bool):
    scenario = read(name if name != "council" else str(COUNCIL))
    shown = picture(scenario, scenario.player)
    desk = SimpleNamespace(url=lambda page, **query: address(1, 1, page, **query))
    template = _templates(False).get_template("map.svg.j2")
    text = template.render(picture=shown, desk=desk, at=3, title="Map")
    ET.fromstring(text)
    # A new base map is no new picture.
    same_as_golden(f"map-{name}", re.sub(r"\?v=\w+", "", text), refresh_baseline)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("map", {"view": "mars"}),
        ("map", {"layer": "<b>"}),
        ("map", {"at": "0"}),
        ("map", {"at": "99"}),
        ("map", {"at": "one"}),
        ("theatre/mars", {}),
        ("theatre/<script>alert(1)</script>", {}),
        ("theatre/border", {"at": "7"}),
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(store: Store, page: str, query: dict[str, str]):
    begun(store)
    text = Reader(store).open(page, 404, **query)
    assert "<script>alert" not in text and "layer <b>" not in text


def test_names_with_markup_are_words(store: Store, tmp_path: Path):
    wild = tmp_path / "wild.toml"
    text = COUNCIL.read_text("utf-8")
    for theatre in ("border", "steppe"):
        text = text.replace(
            f"[theatre.{theatre}]\n", f'[theatre.{theatre}]\ntitle = "<script>x & {theatre}"\n'
        )
    wild.write_text(text, "utf-8")
    begun(store, wild)
    reader = Reader(store)
    for page in ("map", "theatre/steppe", "theatre/border"):
        shown = reader.open(page)
        assert "<script>x" not in shown
        assert "&lt;script&gt;x &amp; border" in shown or page == "theatre/steppe"


def test_a_sheet_says_who_stands_there_and_how_far_places_are(store: Store):
    game, reader = begun(store), Reader(store)
    game.advance()
    text = reader.main("theatre/steppe")
    assert "At peace" in text or "at peace" in text
    assert "Ford" in text and "behind" in text and "Treaty of friendship, in force" in text
    assert "Men here" in reader.open("theatre/steppe", part=1)
    assert "Plain" in reader.main("theatre/plain")


def test_a_sheet_shows_the_outlook_that_is_kept(store: Store):
    game, reader = begun(store), Reader(store)
    assert 'class="wide f0"' not in reader.open("theatre/border")
    game.estimates(make=True)
    assert 'class="wide f0"' in reader.open("theatre/border")
