"""Whatever may be written as a range is drawn by members, in full and wherever it counts; whatever
may not is refused. Every number of the language is tried, in a small scenario that states them all.
"""

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args, get_origin

import numpy as np
import pytest

from sinews.errors import ScenarioError
from sinews.scenario import load_text
from sinews.scenario.compile import Compiled, compile
from sinews.scenario.number import GIVEN
from sinews.scenario.schema import Document
from sinews.scenario.tables import Table, reading_plan

ALL = """
format = 2
start = 1941-06-02
weeks = 6
council = 1941-06-02
player = "a"
source = "s"
kind = "assumed"
sources.s = "made up"
coefficient.attrition = 0.02
price = { gun = 0.001, steel = 0.0001 }
season = [{ name = "mud", from = "06-01", until = "06-20", pace = 0.5 }]
[material.steel]
fired = 0.001
[material.ore]
driven = 0.02
[sector.works]
makes = "steel"
inputs.ore = 0.5
capital = 2
built_of = "ore"
[sector.pits]
makes = "ore"
[sector.arms]
[item.gun]
weight = 10
establishment = 0.01
hit = 0.9
breakdown = 0.3
write_off_hit = 0.4
write_off_breakdown = 0.2
armour = 0.7
carries = 0.6
trains = 0.01
hours = 900
sector = "arms"
inputs.steel = 2
captured_as = "trophy"
usable = 0.3
[item.trophy]
weight = 8
establishment = 0.01
trains = 0.01
[power.a]
wear = 1.1
appetite = 0.9
quality = 0.8
surprised = 2
reserve_theatre = "home"
gold_floor = 20
premium = 90
trust.b = 0.4
restraint = 2.5
relief = 0.4
leader = { patience = 0.9, risk = 0.2, face = 0.1, ruthless = 0.3 }
aims."gold:a" = 0.5
districts = { home = 0.6, line = 0.4 }
stock = { gun = 500, steel = 900, gold = 400, gold_mined = 0.5 }
industry.works = { capacity = 800, labour = 9e3, hindered = [{ from = 1941-06-09, leaves = 0.7 }] }
industry.arms = { capacity = 1e6, labour = 8e4 }
home_use.steel = 30
quality_by_season.mud = 0.9
build = [{ from = 1941-06-02, gun = 40 }]
receive = [{ from = 1941-06-02, gun = 3, steel = 50 }]
[[power.a.script]]
from = 1941-06-09
until = 1941-06-30
goal.line = 40
stance.line = 0.5
draft = 0.6
attend.line = 0.7
send."home>line" = 5e3
evacuate = 0.3
hours.gun = 0.4
gold_floor = 3
[power.a.manpower]
reserve = 2e5
pool = 1e6
ready = 3e4
cohort = 4e3
mobilise = 2e4
draft = 1e4
raise = 3e4
ceiling = 1e6
least = 2e5
training = 10
quality_reserve = 0.6
quality_ready = 0.4
killed_share = 0.3
hospital_weeks = 7
return_share = 0.7
[power.b]
reserve_theatre = "line"
stock.gold = 90
[theatre.line]
front = 10
peace = true
pace = 0.9
value = 1.2
west = ["a"]
east = ["b"]
frontier = 5
base.a = -20
[[theatre.line.place]]
name = "A"
km = -100
power = "a"
people = 2e6
fort = 1.3
industry = { works = 0.4, arms = 0.3 }
refuge = 0.2
[[theatre.line.place]]
name = "B"
km = 100
[theatre.wing]
front = -5
peace = true
width = 250
flanks.line = 300
west = ["a"]
east = ["b"]
place = [{ name = "W", km = -80 }, { name = "E", km = 80 }]
[theatre.home]
power = "a"
garrison = 5e4
backs.line = 0.5
place = [{ name = "Home", people = 3e6, industry = { works = 0.6, arms = 0.7 }, refuge = 0.8 }]
[[force]]
power = "a"
theatre = "line"
men = 3e5
quality = 0.9
days = 12
gun = 2000
[[force]]
power = "a"
theatre = "line"
men = 1e5
days = 2
[[link]]
from = "home"
to = "line"
power = "a"
km = 700
capacity = 20
lines = ["trunk"]
hindered = [{ from = 1941-06-09, leaves = 0.6 }]
[line.trunk]
capacity = 90
hindered = [{ from = 1941-06-09, leaves = 0.5 }]
[route.road]
capacity = 8
weeks = 2
loss = 0.1
[contract.sale]
seller = "a"
buyer = "b"
goods = { gun = 50, steel = 300 }
price = 0.5
advance = 0.3
penalty = 0.02
stock = true
route = "road"
from = 1941-06-09
until = 1941-07-07
usable = 0.8
gives.gun = "gun"
[agreement.treaty]
parties = ["a", "b"]
peace = ["line"]
line = 90
truce = 6
teams = 3
pace = 4
disputed = 0.2
gold = { a = 5, b = -5 }
transfer.steel = { a = -8, b = 8 }
value.a = 0.6
value_broken.a = -0.4
breach.a = 0.01
ceiling = [{ power = "a", theatre = "line", men = 2e5, from = 1941-06-09, until = 1941-06-30 }]
[minister.war]
power = "a"
portfolio."gold:a" = 0.2
bias.stay = 0.3
accuracy = 0.2
standing = 1.5
[option.stay]
set.power.a.restraint = 2.5
[option.go]
set.power.a.restraint = 1.5
[[agenda]]
name = "which"
minister = "war"
options = ["stay", "go"]
measures = ["gold:a"]
trigger = { measure = "front:line", above = -50, below = 90 }
[[agenda.ask]]
what = "odds"
measure = "front:line"
above = 10
[[agenda.ask]]
what = "odds"
measure = "front:line"
below = 12
[[agenda.ask]]
what = "estimate"
measure = "gold:a"
given = { measure = "front:line", above = -20, below = 80 }
[[agenda.ask]]
what = "border"
theatres = ["home"]
warning = 3
reserve = 1e4
[[expect]]
measure = "gold"
power = "a"
at = 1941-06-30
value = 400
within = 0.1
"""

REFUSED = {
    "power.aims", "power.districts", "theatre.place.industry", "theatre.place.refuge", "price",
    "contract.goods", "agreement.ceiling.men", "agreement.gold", "agreement.transfer.*",
    "minister.portfolio", "minister.bias", "minister.accuracy", "minister.standing",
    "agenda.trigger.above", "agenda.trigger.below", "agenda.ask.above", "agenda.ask.below",
    "power.premium", "agenda.ask.given.above", "agenda.ask.given.below",
    "agenda.ask.warning", "agenda.ask.reserve", "expect.within",
}  # fmt: skip
"""What is one number in every member."""

APART = {"coefficient", "expect.value"}
"""Coefficients are drawn apart from a scenario's arrays; a record is in none of them."""

EXTREME = {
    "theatre.place.km": {"low", "high"},
    "route.weeks": {"shipping"},
    "force.men": {"ceiling_men"},
}
"""Tables that are of the whole range: how far a front may go, how long goods may be on their way;
and a figure on paper."""

Path = tuple[str | int, ...]


def tables_in(annotation: Any) -> Iterator[type[Table]]:
    """The tables that a field holds, by themselves or by name or in rows."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Table):
            yield kind


def numeric(table: type[Table], above: str = "") -> Iterator[str]:
    """The keys of every number of the language, as in "power.manpower.pool"."""
    for name, (key, reading, _) in reading_plan(table).items():
        if reading is not None:
            yield above + (key if name != table.rest else "*")
        for inner in tables_in(table.model_fields[name].annotation):
            yield from numeric(inner, f"{above}{key}.")


def stated(raw: Any, table: type[Table], path: Path = (), above: str = "") -> Iterator[Any]:
    """Every number in a file, as its path and its key in the language."""
    fields = {
        key: (name, reading, many) for name, (key, reading, many) in reading_plan(table).items()
    }
    for key, value in raw.items():
        if key in GIVEN:
            continue
        name, reading, many = fields.get(key, (table.rest, True, False))
        at, word = (*path, key), above + (key if key in fields else "*")
        if reading is None:
            kind = table.model_fields[name].annotation
            for inner in tables_in(kind):
                if get_origin(kind) not in (dict, list):
                    yield from stated(value, inner, at, f"{word}.")
                elif isinstance(value, dict):
                    for row, each in value.items():
                        yield from stated(each, inner, (*at, row), f"{word}.")
                else:
                    for row, each in enumerate(value):
                        yield from stated(each, inner, (*at, row), f"{word}.")
        elif many and isinstance(value, dict):
            yield from (((*at, each), word) for each in value)
        else:
            yield at, word


def written(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool | int | float) else str(value)


RAW = tomllib.loads(ALL)
NUMBERS = {word: path for path, word in reversed(list(stated(RAW, Document)))}


def having(path: Path, value: Any) -> Compiled:
    """The scenario with another value at a path."""
    raw = deepcopy(RAW)
    holder: Any = raw
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    text = "\n".join(f"{key} = {written(each)}" for key, each in raw.items())
    return compile(load_text(text.encode(), "all.toml"))


def value_at(path: Path) -> float:
    holder: Any = RAW
    for part in path:
        holder = holder[part]
    return holder


def ends(path: Path) -> tuple[float, float]:
    """A range about a value, four fifths of it and six fifths."""
    low, high = sorted((0.8 * value_at(path), 1.2 * value_at(path)))
    return low, high


def test_the_scenario_states_every_number_of_the_language():
    assert set(NUMBERS) == set(numeric(Document))


@pytest.mark.parametrize("word", sorted(REFUSED))
def test_a_range_is_refused_where_members_cannot_differ(word: str):
    low, high = ends(NUMBERS[word])
    with pytest.raises(ScenarioError, match=r"is a range, but .*(\n.*)?write one number"):
        having(NUMBERS[word], {"low": low, "high": high})


@pytest.mark.parametrize("word", sorted(set(NUMBERS) - REFUSED - APART))
def test_a_member_that_draws_a_value_is_of_the_scenario_that_states_it(word: str):
    """Both ends of a range: nothing is cut on the way, nothing is left at the middle."""
    path = NUMBERS[word]
    low, high = ends(path)
    ranged = having(path, {"low": low, "high": high})
    assert len(ranged.ranges) == 1
    draws = np.array([[low, high]], np.float32)
    differs = set()
    for member, value in enumerate((low, high)):
        plain = having(path, value)
        assert not plain.terms
        for name, array in (plain.world | plain.state).items():
            has = (ranged.world | ranged.state)[name]
            if name in ranged.terms:
                has = ranged.drawn(name, draws)[..., member]
                differs.add(name)
            if name not in EXTREME.get(word, ()):
                np.testing.assert_allclose(has, array, rtol=1e-5, atol=1e-6, err_msg=name)
    assert differs
