"""Whether the parts of a scenario fit together: names, sums, dates and places.

Each function looks at one table of the file. `Findings` drops what an earlier mistake explains.
"""

from __future__ import annotations

import re

from sinews.scenario import installed
from sinews.scenario.agenda import council
from sinews.scenario.ground import forces, hindrances, plants, rails, seasons, theatres
from sinews.scenario.installed import offered
from sinews.scenario.names import Look, rings
from sinews.scenario.options import Path
from sinews.scenario.orders import powers
from sinews.scenario.read import Findings
from sinews.scenario.schema import Document, Expect, Item
from sinews.scenario.terms import agreements, contracts, prices, routes
from sinews.scenario.words import MEASURES, STEPS
from sinews.series import SERIES

RESERVED = {"gold", "gold_mined", "dry", "source", "kind", "note"}
_NAME = re.compile(r"\w[\w '-]{0,39}")


def check_references(doc: Document, found: Findings) -> None:
    """Note every mistake in how the parts of a scenario refer to each other."""
    look = Look(doc, found)
    _names(look)
    items(look)
    sectors(look)
    theatres(look)
    plants(look)
    rails(look)
    hindrances(look)
    powers(look)
    forces(look)
    seasons(look)
    prices(look)
    routes(look)
    contracts(look)
    agreements(look)
    council(look)
    week(look)
    records(look)


def week(look: Look) -> None:
    for step, name in look.doc.week.items():
        path: Path = ("week", step)
        if step not in STEPS:
            look.found.unknown(path, "step of the week", step, dict.fromkeys(STEPS))
        elif name not in (known := offered(installed.STEPS)):
            look.found.unknown(path, "step of an installed package", name, known)


def items(look: Look) -> None:
    for name, item in look.doc.item.items():
        _item(look, name, item)
    circles = rings({name: item.captured_as for name, item in look.doc.item.items()})
    remedy = "end it with an item that has no captured_as"
    look.no_circles(circles, "item", "captured_as", remedy)


def records(look: Look) -> None:
    for index, row in enumerate(look.doc.expect):
        _record(look, ("expect", index), row)


def _names(look: Look) -> None:
    for kind, table in {**look.tables, "sources": look.doc.sources}.items():
        for name in table:
            at_sector = ("sector", look.materials[name], "makes") if kind == "material" else ()
            _name(look, at_sector or (kind, name), name)
    _place_names(look)
    for index, season in enumerate(look.doc.season):
        _name(look, ("season", index, "name"), season.name)
    for index, item in enumerate(look.doc.agenda):
        path: Path = ("agenda", index, "name")
        _name(look, path, item.name)
        if item.name in (other.name for other in look.doc.agenda[:index]):
            problem = "another item has that name"
            look.found.add(path, problem, "", "choose another name", item.name)
    for index, tag in enumerate(look.doc.tags):
        path = ("tags", index)
        if not _NAME.fullmatch(tag):
            problem = "is no tag: letters, digits, spaces, - and ' only, at most 40"
            look.found.add(path, problem, "", "write another", tag)
        elif tag in look.doc.tags[:index]:
            look.found.add(path, "stands there twice", "", "leave one out", tag)
    for name in look.materials.keys() & look.doc.item.keys():
        path = ("sector", look.materials[name], "makes")
        problem = "an item has the same name"
        look.found.add(path, problem, "materials and items share their names", "", name)


def _place_names(look: Look) -> None:
    """Places are called by their names alone, so that over all theatres each has its own."""
    bearers: dict[str, str] = {}
    for theatre, about in look.doc.theatre.items():
        for index, place in enumerate(about.place):
            path: Path = ("theatre", theatre, "place", index, "name")
            _name(look, path, place.name)
            if place.name in bearers:
                problem = f"a place of theatre {bearers[place.name]} has that name"
                look.found.add(path, problem, "", "choose another name", place.name)
            bearers.setdefault(place.name, theatre)


def _name(look: Look, path: Path, name: str) -> None:
    if not _NAME.fullmatch(name):
        problem = "is no name: letters, digits, spaces, - and ' only, at most 40"
    elif name in RESERVED:
        problem = "is a word of the language"
    else:
        return
    value = (name,) if path[-1] == "name" else ()
    look.found.add(path, problem, "", "choose another name", *value)


def _item(look: Look, name: str, item: Item) -> None:
    path: Path = ("item", name)
    look.all_known(path + ("inputs",), "material", item.inputs)
    look.each_known(path + ("users",), "power", item.users)
    if look.known(path + ("sector",), "sector", item.sector):
        assert item.sector is not None
        makes = look.doc.sector[item.sector].makes
        if makes is not None:
            problem = f"this sector makes the material {makes}, and can make no item"
            remedy = "name a sector without `makes`"
            look.found.add(path + ("sector",), problem, "", remedy, item.sector)
        if item.hours.middle <= 0:
            problem = "a sector makes it, but no hours of labour are given"
            look.found.add(path + ("hours",), problem, "write hours above 0")
    look.known(path + ("captured_as",), "item", item.captured_as)


def sectors(look: Look) -> None:
    look.all_known(("material",), "material", look.doc.material)
    for name, material in look.doc.material.items():
        look.each_known(("material", name, "users"), "power", material.users)
        if not (material.fired.middle or material.driven.middle):
            problem, remedy = "nobody uses it up", "or leave the table out"
            look.found.add(("material", name), problem, "write fired or driven above 0", remedy)
    for name, sector in look.doc.sector.items():
        path: Path = ("sector", name)
        look.all_known(path + ("inputs",), "material", sector.inputs)
        if sector.makes and look.materials[sector.makes] != name:
            problem = f'sector "{look.materials[sector.makes]}" makes it too'
            expected = "one sector makes a material"
            look.found.add(path + ("makes",), problem, expected, "", sector.makes)
        if sector.makes in sector.inputs and sector.inputs[sector.makes].span[1] >= 1:
            problem = "takes as much of its own product as it makes"
            look.found.add(path + ("inputs", sector.makes), problem, "write less than 1 t")
        if "built_of" in sector.model_fields_set:
            look.known(path + ("built_of",), "material", sector.built_of)
        elif sector.capital.span[1] > 0 and sector.built_of not in look.materials:
            problem = "no sector makes machines, of which plants are built"
            remedy = 'add a sector with makes = "machines", or name another material in built_of'
            look.found.add(path + ("capital",), problem, "", remedy)


def _record(look: Look, path: Path, row: Expect) -> None:
    measure = MEASURES.get(row.measure)
    if measure is None:
        look.found.unknown(path + ("measure",), "measure", row.measure, MEASURES)
    for key in ("power", "theatre", "item", "place"):
        name: str | None = getattr(row, key)
        look.known(path + (key,), key, name)
        if measure and (name is None) == (key in measure.needs):
            problem = "is missing" if name is None else f"{row.measure} takes no {key}"
            expected = f"{row.measure} needs {' and '.join(measure.needs)}, and no more"
            look.found.add(path + (key,), problem, expected)
    if measure and SERIES[row.measure].either and row.value.middle not in (0.0, 1.0):
        what = f"{row.measure} either is or is not"
        look.found.add(path + ("value",), what, "write 1 if it was so, 0 if not")
    if measure and "axis" in SERIES[row.measure].axes and row.theatre in look.doc.theatre:
        if not look.doc.theatre[row.theatre].axis:
            look.found.add(path + ("theatre",), "is no axis: it has no front", "", "", row.theatre)
    span = row.from_ is not None or row.until is not None
    flow = measure is None or measure.flow
    if (row.at is not None) == span or (span and not (row.from_ and row.until)):
        expected = "write at = DATE" + (", or from = DATE and until = DATE" if flow else "")
        look.found.add(path, "does not say when", expected)
    elif span and not flow:
        problem = f"{row.measure} stands at a date and cannot be counted between two"
        look.found.add(path + ("from",), problem, "write at = DATE", "", row.from_)
    look.ordered(path + ("until",), row.from_, row.until)
    for key in ("at", "from", "until"):
        look.inside(path + (key,), getattr(row, "from_" if key == "from" else key))
