"""The tables of docs/model.md, written from the model: `python -m sinews.analysis.fields`.

The command writes the page in the working directory anew; a test fails when it is out of date.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

from sinews.analysis.steps import touched
from sinews.markdown import grid, with_part
from sinews.model.laws import LAWS
from sinews.model.state import State, quantities
from sinews.model.week import WEEK
from sinews.model.world import World

PAGE = Path("docs/model.md")
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"

_PARTS = {
    "held": "what lasts from week to week",
    "believed": "what a power thinks of others",
    "decided": "the orders in force",
    "happened": "this week's flows",
}


def model_page(text: str) -> str:
    """A page with the part between its marks written anew."""
    return with_part(text, BEGIN, END, model_tables())


def model_tables() -> str:
    """WEEK, State, World and the laws, in Markdown."""
    columns = ("field", "unit", "axes", "meaning")
    parts = [grid("The week", ("step", "what happens", "reads", "writes"), _steps())]
    for part, about in _PARTS.items():
        rows = (
            (f"`{name}`", q["unit"], ", ".join(q["axes"]), q["meaning"])
            for name, q in quantities(part).items()
        )
        parts.append(grid(f"State: {part}, {about}", columns, rows))
    tables = (
        (f"`{f.name}`", f.metadata["unit"], ", ".join(f.metadata["axes"]), f.metadata["meaning"])
        for f in fields(World)
    )
    parts.append(grid("World", columns, tables))
    laws = (
        (name, law.title, _names(law.stocks), _names(law.gains), _names(law.losses))
        for name, law in LAWS.items()
    )
    parts.append(grid("Laws", ("law", "says", "stocks", "gains", "losses"), laws))
    return "\n".join(parts)


def _steps() -> Iterable[tuple[str, ...]]:
    for row in touched():
        name, does = row["step"], _does(WEEK[row["step"]])
        yield f"`{name}`", does, _names(row["reads"]), _names(row["writes"])


def _does(step: Callable[..., State]) -> str:
    """The first sentence of the docstring of a step's file, without the file's name."""
    head = (sys.modules[step.__module__].__doc__ or "").split("\n\n")[0]
    return " ".join(head.partition(": ")[2].split()).removesuffix(".")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


if __name__ == "__main__":
    PAGE.write_text(model_page(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE} is up to date")
