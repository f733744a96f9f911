"""The ledger and its numbers: books, balances against the model's laws, CSV, pages, fog."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from charted import known as made_up
from readers import Reader, begun, seat
from walks import COUNCIL, TWO

from sinews.analysis.numerals import day
from sinews.campaign import fog
from sinews.campaign.engine import Truth, simulated
from sinews.campaign.ledger.balance import BALANCES, account, law_of, stated_numbers
from sinews.campaign.ledger.books import BOOKS, ledger
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.tables import Cell, Column, LedgerRow, Section, as_csv, sorted_by, total
from sinews.campaign.record import Record
from sinews.campaign.store import Store
from sinews.scenario import Scenario, load
from sinews.series import KNOWN, SERIES
from sinews.web.charts import spark
from sinews.web.pages.number import exact

WEEKS = 12


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(COUNCIL, ["sell-lorries", "befriend"])


@pytest.fixture(scope="module")
def record(scenario: Scenario) -> Record:
    """A campaign of the engine's, all powers."""
    return simulated.record(Truth(scenario, 0, 7), WEEKS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "campaigns.sqlite")


def seen(scenario: Scenario, record: Record, power: str | None, before: int = 8) -> Readings:
    places = fog.visible(record.names, scenario, power)
    return Readings(record.only(places), scenario.start, WEEKS, before)


# Balances.


def test_balances_say_what_the_laws_of_the_model_say():
    from sinews.model.laws import LAWS

    assert BALANCES.keys() == LAWS.keys() - {"payments", "handovers"}  # nothing of them is recorded
    for name, law in LAWS.items():
        if name not in BALANCES:
            continue
        own = BALANCES[name]
        assert (own.law, own.title) == (name, law.title)
        assert tuple(own.stocks) == law.stocks
        assert tuple(own.gains) == law.gains and tuple(own.losses) == law.losses
        for words in (*own.stocks.values(), *own.gains.values(), *own.losses.values()):
            assert words not in SERIES or SERIES[words].law == name


def test_series_that_count_from_the_start_never_fall(scenario: Scenario, record: Record):
    known = seen(scenario, record, None)
    for name in record.names:
        if SERIES[name.partition(":")[0]].counts:
            assert all(step >= -1e-3 for step in known.steps(name)), name


def test_equipment_balances_but_for_what_is_seized(scenario: Scenario, record: Record):
    known = seen(scenario, record, None)
    for power in scenario.powers:
        for item in scenario.items:
            found = account(scenario, known, "equipment", [power, item])
            assert found is not None and found.hidden == ("taken from the enemy and usable",)
            summed = (found.then.value or 0.0) + found.rest
            summed += sum(t.sign * (t.value or 0.0) for t in found.terms)
            assert summed == pytest.approx(found.now.value, rel=1e-5, abs=1e-2)
            # Nothing was seized in these weeks, so losses and sales taken off leave no rest.
            assert found.rest == pytest.approx(0.0, abs=1e-2)


def test_sums_add_up(scenario: Scenario, record: Record):
    known = seen(scenario, record, None)
    for power in scenario.powers:
        for series in ("irrecoverable", "field_strength"):
            found = account(scenario, known, series, [power])
            assert found is not None and found.rest == pytest.approx(0.0, abs=1.0)
        made = account(scenario, known, "made", [power, "lorry"])
        assert made is not None and len(made.terms) == WEEKS - 8 and made.rest == 0.0
    front = account(scenario, known, "front", ["border"])
    assert front is not None and front.rest == 0.0


def test_gold_is_what_was_paid_and_a_rest_that_is_named(scenario: Scenario, record: Record):
    known = seen(scenario, record, "midland", before=0)
    found = account(scenario, known, "gold", ["midland"])
    assert found is not None and found.hidden and law_of("gold") is BALANCES["materials"]
    paid = sum(t.sign * (t.value or 0.0) for t in found.terms)
    change = known.change("gold:midland")
    assert paid > 0 and change is not None
    assert found.rest == pytest.approx(change - paid, abs=1e-6)


def test_a_contract_paid_in_kind_shows_what_was_paid_beside_gold(tmp_path: Path):
    text = COUNCIL.read_text("utf-8").replace('15.6 t"', '15.6 t", steel = "2 kt" }')
    path = tmp_path / "council.toml"
    path.write_text(text.replace('price = "15.6', 'price = { gold = "15.6'), "utf-8")
    barter = load(path, ["sell-lorries"])
    record = simulated.record(Truth(barter, 0, 7), WEEKS)
    (sales, *_) = ledger(barter, "midland", seen(barter, record, "midland"), "contracts")
    at = {column.title: n for n, column in enumerate(sales.columns)}
    lorries = next(row for row in sales.rows if row.key == "lorries lorry")
    gold, steel = (lorries.cells[at[name]] for name in ("Paid", "In kind"))
    assert isinstance(gold, Cell) and isinstance(steel, Cell) and gold.value > 1.0
    assert steel.value == pytest.approx(gold.value * 2000 / 15.6, rel=1e-4)
    assert steel.measure.startswith("paid_in_kind:lorries lorry@")
    found = stated_numbers(barter, "paid_in_kind", ["lorries lorry"])
    assert "contract.lorries.price.steel" in [n.path for n in found]


def test_a_number_says_which_stated_numbers_it_starts_from(scenario: Scenario):
    gold = stated_numbers(scenario, "gold", ["midland"])
    assert next(n.path for n in gold) == "power.midland.stock.gold"
    assert all(n.source in scenario.sources and n.kind for n in gold)
    assert any(
        "lorry" in n.path for n in stated_numbers(scenario, "equipment", ["midland", "lorry"])
    )
    assert not any("ostland" in n.path for n in stated_numbers(scenario, "gold", ["midland"]))
    for series in KNOWN:  # every series has an answer, if only that there is none
        labels = {"trust": ["midland", "ostland"]}.get(series, ["midland", "lorry"])
        stated_numbers(scenario, series, labels)


# Books.


@pytest.mark.parametrize("book", BOOKS)
def test_a_book_holds_own_numbers_only_and_each_has_its_measure(
    scenario: Scenario, record: Record, book: str
):
    known = seen(scenario, record, "midland")
    sections = ledger(scenario, "midland", known, book)
    for section in sections:
        for row in section.rows:
            assert len(row.cells) == len(section.columns)
            for cell in row.cells:
                if isinstance(cell, Cell) and cell.measure:
                    name = cell.measure.partition("@")[0]
                    assert fog.knows(name, scenario, "midland")
                    assert known.record.value(cell.measure, scenario.start) == cell.value
    others = ledger(scenario, None, seen(scenario, record, None), book)
    assert len(others) >= len(sections)


# What stands in each column of numbers, by book, table and head: a series as it stands or, with a
# plus, what it came to since the turn before. ROW is the line's own series.
COLUMNS: dict[str, dict[str, dict[str, str]]] = {
    "stocks": {
        "equipment": {
            "Owned": "equipment", "Change": "+equipment", "Made": "+made",
            "From outside": "+received", "Bought": "+bought", "Lost": "+lost", "Sold": "+sold",
        },
        "materials": {"In stock": "materials", "Change": "+materials", "Made": "+produced"},
    },
    "production": {
        "made": {"This turn": "+made", "Since the start": "made"},
        "received": {"This turn": "+received", "Since the start": "received"},
        "produced": {"This turn": "+produced", "Since the start": "produced"},
        "capacity": {"Capacity": "capacity", "Change": "+capacity"},
    },
    "losses": {
        "men": {"This turn": "+ROW", "Since the start": "ROW"},
        "equipment": {"This turn": "+lost", "Since the start": "lost", "Owned now": "equipment"},
    },
    "contracts": {
        "sales": {"Delivered": "delivered", "This turn": "+delivered", "Late": "late",
                  "Paid": "paid"},
        "purchases": {"Delivered": "delivered", "This turn": "+delivered", "Late": "late",
                      "Paid": "paid"},
    },
    "finance": {
        "gold": {"In hand": "ROW", "Change": "+ROW"},
        "paid-in": {"This turn": "+paid", "Since the start": "paid"},
        "paid-out": {"This turn": "+paid", "Since the start": "paid"},
    },
    "manpower": {
        "force": {
            "Men": "force", "Change": "+force", "Supply": "days", "Strength": "strength"
        },
        "count": {"Now": "ROW", "Change": "+ROW"},
    },
    "treaties": {
        "agreements": {"Border marked": "demarcated"},
        "ceilings": {"Men now": "force"},
        "trust": {"Now": "trust", "Change": "+trust"},
    },
}  # fmt: skip
FILES = {("contracts", "Of"), ("finance", "Not to be spent"), ("treaties", "Of"),
         ("treaties", "Allowed today"), ("treaties", "In the end")}  # fmt: skip
"""Columns of the scenario's own numbers."""


def column_of(table: str, series: str, power: str, row: LedgerRow) -> str:
    """The column of the record that a number of a line is read from."""
    if series == "ROW":
        return f"{row.key}:{power}"
    if table == "ceilings":
        whose, _, where = row.key.partition(" ")[2].partition(">")
        return f"{series}:{whose}:{where}"
    own = series in ("delivered", "late", "paid", "demarcated")  # of a lot or an agreement
    return f"{series}:{row.key}" if own else f"{series}:{power}:{row.key}"


@pytest.mark.parametrize("power", ["midland", "ostland"])
@pytest.mark.parametrize("book", BOOKS)
def test_every_number_of_a_book_is_what_its_head_says(
    scenario: Scenario, record: Record, book: str, power: str
):
    known = seen(scenario, record, power)
    for section in ledger(scenario, power, known, book):
        heads = COLUMNS[book][section.key]
        numbers = {column.title for column in section.columns if not column.words}
        files = {head for where, head in FILES if where == book}
        assert heads.keys() == numbers - files, section.key
        for row in section.rows:
            for column, cell in zip(section.columns, row.cells, strict=True):
                if column.title not in heads or cell is None:
                    continue
                assert isinstance(cell, Cell)
                series = heads[column.title]
                name = column_of(section.key, series.removeprefix("+"), power, row)
                value, measure = record.at(name, WEEKS), f"{name}@{known.day}"
                if series.startswith("+"):
                    value -= record.at(name, 8)
                    measure = f"{name}@{known.day_before}..{known.day}"
                assert (cell.value, cell.measure) == (value, measure), (section.key, column.title)
                assert record.unit(name) in (cell.unit, "goods")


@pytest.mark.parametrize(
    ("power", "side", "paid", "title"),
    [
        ("midland", "sales", "paid-in", "Paid to it"),
        ("ostland", "purchases", "paid-out", "Paid by it"),
    ],
)
def test_what_a_power_sells_stands_apart_from_what_it_buys(
    scenario: Scenario, record: Record, power: str, side: str, paid: str, title: str
):
    known = seen(scenario, record, power)
    gold, payments = ledger(scenario, power, known, "finance")
    (section,) = ledger(scenario, power, known, "contracts")
    assert (gold.key, payments.key, payments.title, section.key) == ("gold", paid, title, side)
    lots = {"lorries lorry": 3000.0, "lorries steel": 9000.0, "booty booty tank": 400.0}
    assert {row.key for row in payments.rows} == lots.keys()
    for row in section.rows:
        of = row.cells[[column.title for column in section.columns].index("Of")]
        assert isinstance(of, Cell) and of.value == lots[row.key]


def test_hidden_numbers_change_no_book():
    plain = load(COUNCIL)
    for book in BOOKS:
        one, other = (
            ledger(plain, "midland", made_up(plain, "midland", other=x), book) for x in (1.0, 9.0)
        )
        assert one == other


def test_stocks_tell_what_came_and_went(scenario: Scenario, record: Record):
    known = seen(scenario, record, "midland")
    equipment = ledger(scenario, "midland", known, "stocks")[0]
    lorry = next(row for row in equipment.rows if row.key == "lorry")
    owned = lorry.cells[0]
    assert isinstance(owned, Cell) and owned.value == known.now("equipment:midland:lorry")
    assert owned.measure == f"equipment:midland:lorry@{known.day}"
    change = lorry.cells[1]
    assert isinstance(change, Cell) and f"{known.day_before}..{known.day}" in change.measure
    assert len(lorry.trend) == WEEKS + 1


# Tables.


def _section() -> Section:
    columns = (Column("men", "Men", "men"), Column("who", "Who", words=True))
    rows = (
        LedgerRow("a", "Alpha", (Cell(2.0, "men", "m"), "zed"), (1.0, 2.0)),
        LedgerRow("b", "=cmd()", (Cell(-0.1, "men"), "+1"), (1.0, 3.0)),
        LedgerRow("c", "charlie", (None, date(1941, 9, 7)), (0.0, 0.0)),
    )
    return Section("s", "@section", columns, rows)


def test_tables_are_sorted_and_what_is_not_known_comes_last():
    section = _section()
    order = {
        ("men", False): "bac",
        ("men", True): "abc",
        ("name", False): "bac",
        ("who", True): "acb",
        ("nothing", False): "abc",
    }
    for (column, down), keys in order.items():
        assert "".join(row.key for row in sorted_by(section, column, down).rows) == keys


def test_sums_are_of_numbers():
    section = _section()
    found = total(section.columns, section.rows)
    assert found is not None and found.cells == (Cell(1.9, "men"), None)
    assert found.trend == (2.0, 5.0) and total(section.columns, section.rows[:1]) is None


def test_csv_has_every_digit_and_no_formula():
    rows = list(csv.reader(io.StringIO(as_csv([_section()], "1941-09-07"))))
    assert rows[0] == ["day", "table", "row", "column", "measure", "unit", "value"]
    assert ["1941-09-07", "'@section", "'=cmd()", "Men", "", "men", "-0.1"] in rows
    assert ["1941-09-07", "'@section", "'=cmd()", "Who", "", "", "'+1"] in rows
    assert ["1941-09-07", "'@section", "charlie", "Who", "", "", "1941-09-07"] in rows
    for row in rows[1:]:
        for cell in row[:-1]:
            assert cell[:1] not in ("=", "+", "-", "@")


def test_curves_of_many_weeks_stay_short():
    assert len(spark([float(i % 7) for i in range(520)]).split()) <= 122
    assert spark([1.0]) == ""
    assert exact(0.0) == "0" and exact(1e6) == "1,000,000"


# Pages.


@pytest.fixture
def reader(store: Store) -> Reader:
    game = begun(store)
    game.advance()
    game.advance()
    return Reader(store)


def test_every_book_opens_at_every_turn(reader: Reader):
    for book in BOOKS:
        for at in (1, 2, 3):
            assert BOOKS[book].title in reader.main(f"ledger/{book}", at=at)
    assert reader.client.get("/c/1/1/ledger").headers["location"].endswith("/ledger/stocks")


def test_heads_sort_and_say_so(reader: Reader):
    page = unescape(reader.open("ledger/manpower", sort="force/now", order="down"))
    assert 'aria-sort="descending"' in page and "sort=force%2Fnow&order=up" in page
    found = re.findall(r'data-value="([-\d.]+)"><a [^>]*number/force[^".]*"', page)
    men = [float(value) for value in found]
    assert len(men) > 1 and men == sorted(men, reverse=True)
    assert "aria-sort" not in reader.open("ledger/manpower", sort="force/nonsense")


def test_the_csv_is_a_file(reader: Reader):
    answer = reader.client.get("/c/1/1/ledger/finance", params={"csv": 1, "at": 2})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "finance-1-1-turn-2.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert any(row["measure"].startswith("gold:midland@") for row in rows)


def test_a_number_says_what_it_is_and_where_it_comes_from(reader: Reader, store: Store):
    text = reader.main("number/gold:midland")
    assert "Midland: gold" in text and "Midland alone" in text
    assert "Materials, gold among them, are made" in text and "power.midland.stock.gold" in text
    assert "What is not recorded" in text and "7 weeks" not in text
    assert "Everybody" in reader.main("number/front:border")
    part = reader.open("number/front:border", part=1)
    assert "<html" not in part and "Week by week" in part


def test_a_number_is_that_of_the_day_of_the_turn(reader: Reader, store: Store):
    """On its own page and in its book, at every turn; and the pages beside it are those beside."""
    game = seat(store)
    whole = game.records()
    assert whole is not None
    weeks = [(turn.on - game.scenario.start).days // 7 for turn in game.turns]
    assert weeks == [4, 6, 8]
    for at, week in enumerate(weeks, 1):
        value, on = whole.at("gold:midland", week), game.turns[at - 1].on
        assert value != whole.at("gold:midland", week - 2)
        page = reader.open("number/gold:midland", at=at)
        text = reader.main("number/gold:midland", at=at)
        assert f"{day(on)}; as recorded: {exact(value)}" in text
        assert f"gold:midland@{on}" in page and re.search(rf"= on {day(on)} [\d.,]+", text)
        links = dict(re.findall(r'<link rel="(prev|next)" href="[^"]*at=(\d)', page))
        beside = {"prev": at - 1, "next": at + 1}
        assert links == {rel: str(n) for rel, n in beside.items() if 1 <= n <= 3}
        rows = csv.DictReader(io.StringIO(reader.open("ledger/finance", csv=1, at=at)))
        told = {row["column"]: float(row["value"]) for row in rows if row["table"] == "Gold"}
        before = whole.at("gold:midland", weeks[at - 2] if at > 1 else 0)
        assert (told["In hand"], told["Change"]) == (value, pytest.approx(value - before))


def test_a_change_is_shown_as_one(reader: Reader, store: Store):
    start = load(COUNCIL).start
    first, last = start + timedelta(weeks=4), start + timedelta(weeks=6)
    text = reader.main(f"number/gold:midland@{first}..{last}")
    assert re.search(r"Midland: gold [+\N{MINUS SIGN}]?[\d.]+ (t )?from", text)
    assert f"gold:midland@{first}..{last}" in text


def test_a_number_that_is_hidden_is_never_shown(store: Store):
    begun(store, TWO, powers=["midland", "ostland"])
    truth = seat(store, "ostland").records()
    assert truth is not None
    reader = Reader(store)
    for name in ("gold:ostland", "force:ostland:border", "lost:ostland:tank"):
        page = reader.open(f"number/{name}", 404)
        assert "hidden from you" in page
        value = truth.at(name)
        assert exact(value) not in page and f"{value:.2f}" not in page
    assert "hidden from you" in reader.open("number/imbalance:gold", 404)


@pytest.mark.parametrize(
    "page",
    [
        "ledger/diary",
        "ledger/<b>x",
        "ledger/stocks?at=99",
        "number/nothing",
        "number/gold",
        "number/gold:atlantis",
        "number/gold:midland@1941-13-01",
        "number/gold:midland@1999-01-01",
        "number/gold:midland@1941-07-07..1941-06-30",
        "number/gold:midland@1941-06-09..1941-06-16..1941-06-23",
        "number/gold:<script>alert(1)</script>",
        "number/../../settings/x",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(reader: Reader, page: str):
    answer = reader.client.get(reader.place + page)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text and "<b>x" not in answer.text


def test_those_who_look_on_see_every_power(store: Store):
    begun(store, rules=True)
    reader = Reader(store)
    text = reader.main("ledger/finance")
    assert "Midland: gold" in text and "Ostland: gold" in text
    assert "You look on" in reader.main("number/gold:ostland")
    assert "Westland" in reader.main("map") and "theatre" in reader.main("theatre/border")
