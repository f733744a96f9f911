"""From the text of a scenario to a document of Numbers, gathering every mistake on the way.

A mistake in the shape of the file is noted, the spot is filled with something harmless, and reading
goes on, so that all mistakes are told at once. Nothing is ever returned when there is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from sinews.errors import Mistake, closest, shown, suggestion
from sinews.scenario.number import (
    COEFFICIENT,
    GOODS,
    KINDS,
    MEASURE,
    OUTPUT,
    Fault,
    Number,
    Reading,
    is_number,
    parse,
)
from sinews.scenario.options import DECIDED, Path, Text, option_sources
from sinews.scenario.schema import Document, Expect
from sinews.scenario.tables import ErrorDetails, Table, kind_at, reading_plan, structure
from sinews.scenario.words import MEASURES

MISSING: Any = object()
STATE = 'write source = "..." (a key of [sources]) and kind = "' + '" or "'.join(KINDS) + '"'
FILLER = Number(1.0, None, None, "1")


class Spec(Protocol):
    """What a scenario needs to know of a coefficient of the model."""

    @property
    def low(self) -> float: ...
    @property
    def unit(self) -> str: ...


Coefficients = Mapping[str, Spec]


@dataclass(slots=True)
class Findings:
    """The mistakes found so far, and where, so that none is followed by its own echoes."""

    text: Text
    mistakes: list[Mistake] = field(default_factory=list)
    bad: set[Path] = field(default_factory=set)
    above: set[Path] = field(default_factory=set)
    """All that holds a bad spot, itself included."""

    def add(
        self,
        path: Path,
        problem: str,
        expected: str = "",
        remedy: str = "",
        value: object = MISSING,
    ) -> None:
        """Note a mistake, unless an earlier one may be its cause."""
        self.add_all(path, [Fault("", value, problem, expected, remedy)])

    def add_all(self, path: Path, faults: Iterable[Fault]) -> None:
        """Note all that is wrong with what stands at a path, unless an earlier mistake may be its
        cause."""
        if not self.sound(path):
            return
        for fault in faults:
            at = path + (fault.key,) if fault.key else path
            self.bad.add(at)
            self.above.update(at[:length] for length in range(len(at) + 1))
            self.note(at, fault.problem, fault.expected, fault.remedy, fault.value)

    def note(
        self, path: Path, problem: str, expected: str, remedy: str, value: object = MISSING
    ) -> None:
        """Note a mistake whatever else is wrong there."""
        what = "" if value is MISSING else shown(value)
        self.mistakes.append(Mistake(self.text.place(path), problem, expected, remedy, what))

    def unknown(self, path: Path, noun: str, name: str, known: Mapping[str, Any]) -> None:
        """Note a name that nothing bears."""
        value = MISSING if path[-1] == name else name
        self.add(path, f"no {noun} has that name", "", suggestion(name, known), value)

    def blame(self, *paths: Path) -> bool:
        """Whether a mistake at or below one of some paths may explain what is wrong elsewhere."""
        return not all(map(self.sound, paths))

    def sound(self, path: Path) -> bool:
        """Whether no mistake was found at a path, above it or below it."""
        if path in self.above:
            return False
        return not any(path[:length] in self.bad for length in range(len(path)))


def read_document(text: Text, coefficients: Coefficients, found: Findings) -> Document | None:
    """The document, its numbers read; None if its shape is beyond repair."""
    document = _shape(text.raw, found)
    if document is not None:
        _Reader(document, text, coefficients, found).table(document, ())
        _provenance(document, text, found)
    return document


@dataclass(slots=True)
class _Reader:
    document: Document
    text: Text
    coefficients: Coefficients
    found: Findings
    nearest: dict[Path, dict[str, Any]] = field(default_factory=dict)
    bare: dict[Path, list[str]] = field(default_factory=dict)

    def table(self, table: Table, path: Path) -> None:
        """Put a Number in place of every raw value: the one moment at which a table changes."""
        values = vars(table)
        for name, (key, reading, many) in reading_plan(type(table)).items():
            value = values[name]
            here = path if name == table.rest else path + (key,)
            if reading is None:
                self.below(value, here)
            elif reading.alone and (not isinstance(value, dict) or is_number(value)):
                values[name] = {reading.alone: self.number(value, here, reading, table)}
            elif many:
                for each, raw in value.items():
                    value[each] = self.number(raw, here + (each,), reading, table)
            elif value is not None:
                written = name in table.model_fields_set
                values[name] = self.number(value, here, reading, table, written)
        if path == ():
            self.report_bare()

    def below(self, value: object, path: Path) -> None:
        if isinstance(value, Table):
            self.table(value, path)
        elif isinstance(value, dict):
            for key, each in value.items():
                if isinstance(each, Table):
                    self.table(each, path + (key,))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, Table):
                    self.table(each, path + (index,))

    def number(
        self, raw: Any, path: Path, reading: Reading, table: Table, written: bool = True
    ) -> Number:
        unit = self.unit(path, reading.unit, table) if raw is not MISSING else None
        if unit is None:
            return FILLER
        if reading.unit == COEFFICIENT and self.coefficients[str(path[-1])].low >= 0:
            reading = replace(reading, minimum=0.0)
        number = parse(raw, unit, reading)
        if not isinstance(number, Number):
            self.found.add_all(path, number)
            return FILLER
        # Filled in here rather than copied: a scenario holds thousands, each fresh from `parse`.
        fill = object.__setattr__
        fill(number, "path", self.text.place(path))
        if written:
            given = self.given(path)
            if given.get("source") and given.get("kind"):
                fill(number, "source", given["source"])
                fill(number, "kind", given["kind"])
            else:
                self.bare.setdefault(path[:-1], []).append(str(path[-1]))
            note = self.said(path, "note") or self.said(path[:-1], "note")
            fill(number, "note", note if isinstance(note, str) else "")
        return number

    def said(self, path: Path, key: str) -> Any:
        return self.text.said.get(path, {}).get(key)

    def given(self, path: Path) -> dict[str, Any]:
        """The source and kind in reach of a path: the innermost of each."""
        if path not in self.nearest:
            above = self.given(path[:-1]) if path else {}
            own = self.text.said.get(path)
            self.nearest[path] = above | own if own else above
        return self.nearest[path]

    def unit(self, path: Path, unit: str, table: Table) -> str | None:
        """The unit that a name decides; None, and a mistake noted, if nothing bears the name."""
        base, _, per = unit.partition("/")
        if base == GOODS:
            return self.goods(path, f"/{per}" if per else "", table)
        if base == OUTPUT:
            sector = self.document.sector.get(str(path[-2]))
            if sector is None:
                self.found.unknown(path[:-1], "sector", str(path[-2]), self.document.sector)
                return None
            return "t/week" if sector.makes else "hours/week"
        if base == COEFFICIENT:
            spec = self.coefficients.get(str(path[-1]))
            if spec is None:
                self.found.unknown(path, "coefficient", str(path[-1]), self.coefficients)
                return None
            return spec.unit
        if base == MEASURE:
            measure = MEASURES.get(str(getattr(table, "measure", "")).partition(":")[0])
            if isinstance(table, Expect):
                return measure.unit if measure else None
            return measure.unit if measure else "1"
        return unit

    def goods(self, path: Path, per: str, table: Table) -> str | None:
        name, holder = str(path[-1]), path[2] if path[0] == "power" else path[0]
        items = () if holder == "home_use" else self.document.item
        units = dict.fromkeys(items, "items" + per)
        if holder in ("stock", "receive", "contract", "home_use"):
            units |= {
                sector.makes: "t" + per for sector in self.document.sector.values() if sector.makes
            }
        if holder in ("stock", "receive"):
            units["gold"] = "t" + per
        if holder == "stock":
            units["gold_mined"] = "t/week"
        if name not in units and not {("item",), ("sector",)} & self.found.bad:
            what = "item or material" if len(units) > len(items) else "item"
            what = "material" if holder == "home_use" else what
            keys = [
                key
                for field, (key, _, _) in reading_plan(type(table)).items()
                if table.rest != field
            ]
            near = closest(name, [*units, *keys]) if table.rest else None
            remedy = suggestion(name, [near] if near else units)
            self.found.add(path, f"no {what} has that name", "", remedy)
        return units.get(name)

    def report_bare(self) -> None:
        """One mistake a table for its numbers without provenance, not one a number."""
        if len(self.bare) > 6:
            count = sum(map(len, self.bare.values()))
            problem = f"{count} numbers have no source or no kind in reach, first those here"
            remedy = "in this table, or at the top of the file for all that it holds"
            self.found.note(next(iter(self.bare)), problem, STATE, remedy)
            return
        for path, names in self.bare.items():
            given = self.given(path)
            lacking = " and no ".join(key for key in ("source", "kind") if not given.get(key))
            count = "this number has" if len(names) == 1 else f"{len(names)} numbers here have"
            path = path + (names[0],) if len(names) == 1 else path
            listed = "" if len(names) == 1 else ": " + ", ".join(names[:6])
            listed += ", ..." if len(names) > 6 else ""
            remedy = "in the same table, or in one above it for all that it holds"
            self.found.note(path, f"{count} no {lacking}{listed}", STATE, remedy)


def _provenance(document: Document, text: Text, found: Findings) -> None:
    brought = option_sources(document.option)
    for path, given in text.stated.items():
        sources = {*document.sources, *(brought if path[:1] == ("option",) else ())}
        for key, known in (("source", sources), ("kind", {*KINDS})):
            value = given.get(key)
            if key in given and not isinstance(value, str):
                found.note(path + (key,), "is not a text", f"write a {key} in quotes", "", value)
            elif isinstance(value, str) and value not in known and ("sources",) not in found.bad:
                problem = "no such kind" if key == "kind" else "no such key in [sources]"
                found.note(path + (key,), problem, "", suggestion(value, known), value)


# ------------------------------------------------------------------------------------ shape


def _shape(raw: dict[str, Any], found: Findings) -> Document | None:
    document, errors = structure(Document, raw)
    misspelt = {_meant(error) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        if error["type"] != "missing" or error["loc"] not in misspelt:
            _report(error, found)
    for _ in range(12):  # deeper than any table is nested
        if document is not None:
            return document
        for error in errors:
            _mend(raw, error)
        document, errors = structure(Document, raw)
    return document


def _meant(error: ErrorDetails) -> Path:
    """Where an unknown key was probably meant to stand."""
    *above, key = error["loc"]
    table = _table_at(tuple(above))
    keys = [key for key, _, _ in reading_plan(table).values()] if table else []
    return (*above, closest(str(key), keys) or "")


def _report(error: ErrorDetails, found: Findings) -> None:
    path: Path = tuple(error["loc"])
    value, context = error.get("input"), error.get("ctx", {})
    table = _table_at(path[:-1])
    names = {key: name for name, (key, _, _) in reading_plan(table).items()} if table else {}
    key = str(path[-1]) if path else ""
    meaning = table.model_fields[names[key]].description if table and key in names else ""
    about = f"({key}: {meaning})" if meaning else ""
    match error["type"]:
        case "extra_forbidden":
            found.add(path, "no such key here", "", suggestion(key, names), value)
        case "missing":
            below = _table_at((*path, "NAME"))
            form = f"[{key}.NAME]" if below else f"{key} = ..."
            found.add(path, "is missing", f"write {form} ({meaning})")
        case "too_short":
            found.add(path, "is missing", f"write a table [{key}.NAME] ({meaning})")
        case "date_type" | "date_from_datetime_inexact" | "date_parsing":
            expected = "write a date without quotes and without a time, as in 1941-06-22"
            problem = "is not a date"
            if value == DECIDED:
                problem = "stands for a date in the patch of an option only"
            found.add(path, problem, expected, about, value)
        case "string_type":
            found.add(path, "is not a text", "write it in quotes", about, value)
        case "int_type" | "int_from_float":
            found.add(path, "is not a whole number", "write it as in 52", about, value)
        case "bool_type":
            found.add(path, "is neither true nor false", "write true or false", about, value)
        case "model_type" | "dict_type":
            found.add(
                path, "is not a table", f"write [{_header(path)}] and what it holds", about, value
            )
        case "list_type":
            many = _table_at(path + (0,))
            expected = (
                f"write [[{_header(path)}]] for each row" if many else 'write it as in ["moscow"]'
            )
            found.add(path, "is not a list", expected, about, value)
        case "literal_error":
            words = _words(context)
            if isinstance(value, str) and all(word.isdigit() for word in words):
                remedy = f"write {' or '.join(words)}, without quotes"
            else:
                remedy = suggestion(str(value), words)
            found.add(path, "is none of the words allowed here", "", remedy, value)
        case "greater_than_equal" | "less_than_equal":
            limit = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
            found.add(path, "is out of bounds", f"write {limit}", about, value)
        case "month_day":
            found.add(path, "is no month and day", 'write them as in "10-07"', about, value)
        case "point":
            expected = "write latitude and longitude in degrees, as in [55.8, 37.6]"
            found.add(path, error["msg"], expected, about, value)
        case _:
            found.add(path, error["msg"], "", about, value)


def _header(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _words(context: dict[str, Any]) -> list[str]:
    return re.split(r"'?(?:, | or )'?", str(context.get("expected", "?")).strip("'"))


def _mend(raw: dict[str, Any], error: ErrorDetails) -> None:
    """Put something harmless where a mistake was, so that the rest can be looked at."""
    *above, key = error["loc"]
    holder: Any = raw
    for part in above:
        holder = holder[part]
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            del holder[key]
            return
        case "missing":
            filler: Any = MISSING
        case "too_short":
            filler = {"?": MISSING}
        case "date_type" | "date_from_datetime_inexact" | "date_parsing":
            start = raw.get("start")
            filler = start if type(start) is date else date(1941, 6, 22)
        case "int_type" | "int_from_float":
            filler = 1
        case "bool_type":
            filler = False
        case "model_type" | "dict_type":
            filler = {}
        case "list_type":
            filler = []
        case "literal_error":
            word = _words(context)[0]
            filler = int(word) if word.isdigit() else word
        case "greater_than_equal" | "less_than_equal":
            filler = context.get("ge", context.get("le"))
        case "month_day":
            filler = "01-01"
        case "point":
            filler = [0.0, 0.0]
        case _:
            filler = "?"
    holder[key] = filler


def _table_at(path: Path) -> type[Table] | None:
    """The table that the schema has at a path."""
    kind = kind_at(Document, path)
    return kind if isinstance(kind, type) and issubclass(kind, Table) else None
