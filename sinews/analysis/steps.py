"""Who reads and writes what in a week, found by tracing each step."""

from typing import Any

import numpy as np

from sinews.model.coefficients import Coefficients
from sinews.model.state import State, quantities
from sinews.model.week import WEEK
from sinews.model.world import World
from sinews.scenario import library, load
from sinews.scenario.compile import compile
from sinews.testing import reads_and_writes


def touched() -> list[dict[str, Any]]:
    """Each step of the week with the fields of State that it reads and writes, in State's order.

    The answer follows from the code alone; the first shipped scenario lends its shapes.
    """
    compiled = compile(load(library()[0]))
    # Of what that scenario has none there is one, so that nothing is left out for want of it.
    state, world = (
        {name: np.zeros([max(n, 1) for n in x.shape], x.dtype) for name, x in values.items()}
        for values in (compiled.state | {"week": np.zeros((), np.int32)}, compiled.world)
    )
    state = State(**state)  # pyright: ignore[reportArgumentType]
    world = World(coefficient=Coefficients(), **world)  # pyright: ignore[reportArgumentType]
    order = list(quantities())
    rows: list[dict[str, Any]] = []
    for name, step in WEEK.items():
        reads, writes = reads_and_writes(step, state, world)
        rows.append(
            {
                "step": name,
                "writes": sorted(writes, key=order.index),
                "reads": sorted(reads, key=order.index),
            }
        )
    return rows
