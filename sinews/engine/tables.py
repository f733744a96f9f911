"""The tables of docs/model.md, written from the model: `python -m sinews.engine.tables`.

The command writes the page in the working directory anew; a test fails when it is out of date.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

import jax
import jax.numpy as jnp

from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.laws import LAWS
from sinews.model.state import BUILDING, HOSPITAL, TRAINING, State, quantities
from sinews.model.week import WEEK
from sinews.model.world import World
from sinews.testing import reads_and_writes

PAGE = Path("docs/model.md")
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"

_PARTS = {
    "held": "what lasts from week to week",
    "believed": "what a power thinks of others",
    "decided": "the orders in force",
    "happened": "this week's flows",
}
_STAGES = {"training": TRAINING, "building": BUILDING, "relocating": BUILDING}


def shapes() -> tuple[State, World]:
    """A State and a World of mere shapes, for tracing a step without a scenario."""
    axes = sorted({a for q in quantities().values() for a in q["axes"]})
    sizes = {axis: 2 + i for i, axis in enumerate(axes)} | {"week": 3, "place": 4}
    sizes |= {"axis": 2, "theatre": 4, "captor": sizes["power"], "age": 4}

    def shape(name: str, of: Iterable[str]) -> jax.ShapeDtypeStruct:
        stage = _STAGES.get(name, HOSPITAL)
        kind = jnp.int32 if (name, of) == ("week", ()) else jnp.float32
        return jax.ShapeDtypeStruct([stage if a == "stage" else sizes[a] for a in of], kind)

    state = State(**{name: shape(name, q["axes"]) for name, q in quantities().items()})
    number = jax.ShapeDtypeStruct((), jnp.float32)
    world = World(
        coefficient=Coefficients(**dict.fromkeys(COEFFICIENTS, number)),
        **{f.name: shape(f.name, f.metadata["axes"]) for f in fields(World)[1:]},
    )
    return state, world


def page(text: str) -> str:
    """A page with the part between its marks written anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{generated()}\n{END}{after}"


def generated() -> str:
    """WEEK, State, World and the laws, in Markdown."""
    columns = ("field", "unit", "axes", "meaning")
    parts = [_grid("The week", ("step", "what happens", "reads", "writes"), _steps())]
    for part, about in _PARTS.items():
        rows = (
            (f"`{name}`", q["unit"], ", ".join(q["axes"]), q["meaning"])
            for name, q in quantities(part).items()
        )
        parts.append(_grid(f"State: {part}, {about}", columns, rows))
    tables = (
        (f"`{f.name}`", f.metadata["unit"], ", ".join(f.metadata["axes"]), f.metadata["meaning"])
        for f in fields(World)
    )
    parts.append(_grid("World", columns, tables))
    laws = (
        (name, law.title, _names(law.stocks), _names(law.gains), _names(law.losses))
        for name, law in LAWS.items()
    )
    parts.append(_grid("Laws", ("law", "says", "stocks", "gains", "losses"), laws))
    return "\n".join(parts)


def _steps() -> Iterable[tuple[str, ...]]:
    state, world = shapes()
    for name, step in WEEK.items():
        reads, writes = reads_and_writes(step, state, world)
        yield f"`{name}`", _does(step), _names(sorted(reads)), _names(sorted(writes))


def _does(step: Callable[..., State]) -> str:
    """The first sentence of the docstring of a step's file, without the file's name."""
    head = (sys.modules[step.__module__].__doc__ or "").split("\n\n")[0]
    return " ".join(head.partition(": ")[2].split()).removesuffix(".")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


def _grid(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"### {title}", ""]
    for row in (columns, tuple("---" for _ in columns), *rows):
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE} is up to date")
