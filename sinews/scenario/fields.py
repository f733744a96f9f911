"""The tables of docs/scenario.md, written from the schema: `python -m sinews.scenario.fields`.

The command writes the page in the working directory anew; a test fails when it is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from sinews.errors import shown
from sinews.markdown import grid, with_part
from sinews.scenario.number import COEFFICIENT, GOODS, KINDS, MEASURE, OUTPUT, Reading
from sinews.scenario.schema import Document
from sinews.scenario.tables import MonthDay, Point, Table, reading_plan
from sinews.scenario.words import MEASURES, POLICIES, QUESTIONS
from sinews.units import AMOUNTS, MULTIPLES, NOUNS

PAGE = Path("docs/scenario.md")
BEGIN, END = "<!-- fields -->\n", "<!-- end of fields -->\n"

_UNITS = {
    GOODS: "items or t",
    GOODS + "/week": "items/week or t/week",
    OUTPUT: "t/week or hours/week",
    COEFFICIENT: "its own",
    MEASURE: "the measure's",
}
_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    date: "date",
    MonthDay: "month and day",
    Point: "two numbers",
}


def language_page(text: str) -> str:
    """A page with the part between its marks written anew."""
    return with_part(text, BEGIN, END, language_tables())


def language_tables() -> str:
    """Every table, field, unit and word of the language, in Markdown."""
    parts = [_table(header, table) for header, table in _tables("", Document, many=False)]
    parts.append(grid("Measures", ("measure", "needs", "unit", "meaning"), _measures()))
    parts.append(grid("Questions", ("question", "needs", "takes", "meaning"), _questions()))
    parts.append(grid("Policies", ("policy", "meaning"), POLICIES.items()))
    parts.append(grid("Kinds", ("kind", "a number of this kind is"), KINDS.items()))
    parts.append(grid("Units", ("unit", "measures", "as a text"), _units()))
    parts.append(
        f"Units that a text may use: {', '.join(AMOUNTS)} (with a plural s); multiples: "
        f"{', '.join(MULTIPLES)}; rates: `/day`, `a week`, `per month` and so on.\n"
    )
    return "\n".join(parts)


def _tables(path: str, table: type[Table], many: bool) -> Iterator[tuple[str, type[Table]]]:
    """Each table of the language with the header under which it is written."""
    yield (f"[[{path}]]" if many else f"[{path}]") if path else "Top level", table
    for key, field, inner in _inside(table):
        named = get_origin(field) is dict
        below = f"{path}.{key}" if path else key
        yield from _tables(f"{below}.NAME" if named else below, inner, get_origin(field) is list)


def _inside(table: type[Table]) -> Iterator[tuple[str, Any, type[Table]]]:
    for name, (key, _, _) in reading_plan(table).items():
        annotation = table.model_fields[name].annotation
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, Table):
                yield key, annotation, kind


def _table(header: str, table: type[Table]) -> str:
    rows: list[tuple[str, str, str, str]] = []
    for name, (key, reading, _) in reading_plan(table).items():
        info = table.model_fields[name]
        if info.is_required():
            default = "required"
        elif info.default_factory is not None or info.default in (None, ""):
            default = ""
        elif isinstance(info.default, float):
            default = f"{info.default:g}"
        else:
            default = str(info.default).lower()
        field = "*any other*" if name == table.rest else f"`{key}`"
        unit = _type(reading, info.annotation)
        rows.append((field, unit, default, info.description or ""))
    title = f"`{header}`" if header.startswith("[") else header
    doc = (table.__doc__ or "").strip()
    return grid(title, ("field", "unit or type", "default", "meaning"), rows, doc)


def _type(reading: Reading | None, annotation: Any) -> str:
    if reading is not None:
        bounds = reading.bounds if reading.bounds != "0 or more" else ""
        parts = _UNITS.get(reading.unit, reading.unit), bounds, "no range" if reading.exact else ""
        return ", ".join(part for part in parts if part)
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{shown(word)}`" for word in get_args(annotation))
    if get_origin(annotation) is list:
        return {str: "names", int: "whole numbers"}.get(get_args(annotation)[0], "rows")
    inner = get_args(annotation)
    kinds = (annotation, *inner, *(k for part in inner for k in get_args(part)))
    kind = next((k for k in kinds if k in _WORDS), None)
    return "table" if kind is None or get_origin(annotation) is dict else _WORDS[kind]


def _measures() -> Iterator[tuple[str, ...]]:
    for name, measure in MEASURES.items():
        when = "counted from the start or between two dates" if measure.flow else "at a date"
        yield name, ", ".join(measure.needs), measure.unit, f"{measure.meaning}; {when}"


def _questions() -> Iterator[tuple[str, ...]]:
    for name, question in QUESTIONS.items():
        yield name, ", ".join(question.needs), ", ".join(question.takes), question.meaning


def _units() -> Iterator[tuple[str, ...]]:
    for unit, (what, example) in NOUNS.items():
        yield unit, what, example


if __name__ == "__main__":
    PAGE.write_text(language_page(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE} is up to date")
