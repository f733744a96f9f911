"""Runs a second of the same small war economy in PySD and in JAX, and how far they differ.

Four stocks: the capacity of the works, the depot, the front and what is lost. The model is
`war_economy.mdl`, and `economy` below says the same in the style of sinews: for one run, mapped
over runs and scanned over weeks. Both take 104 weeks of Euler steps in float64.

PySD runs in the quickest of the ways its `run` offers: the model is loaded once, only
constants change between runs, and only the first and the last week are kept. (A Vensim subscript
can stand for the runs, in another model file with one more stock to get round a fault in PySD
3.14: about 800 runs a second where `run` does 250.) Loading and compiling are not timed, and
are printed beside the rest.

    python benchmarks/pysd_economy.py [--runs 1000] [--pysd-runs 1000]
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pysd
from jax import Array

WEEKS = 104
STOCKS = ("Capacity", "Depot", "Front", "Lost")
# Each constant of the model with its lowest and highest value over the runs.
CONSTANTS = {
    "growth": (0.01, 0.03),
    "ceiling": (800.0, 1000.0),
    "downtime": (0.1, 0.3),
    "rail": (400.0, 500.0),
    "handling": (1.0, 3.0),
    "rate": (0.02, 0.04),
    "enemy": (3000.0, 4000.0),
    "capacity at start": (100.0, 140.0),
    "depot at start": (1000.0, 2000.0),
    "front at start": (9000.0, 11000.0),
}
# The two sides take turns, so that a busy moment of the machine falls on both.
TURNS = 10
CALLS = 20  # of the compiled program in a turn

TARGET = 1000.0
TOLERANCE = 1e-6


def week(
    stocks: tuple[Array, Array, Array, Array], season: Array, given: dict[str, Array]
) -> tuple[Array, Array, Array, Array]:
    """The four stocks of one run a week later."""
    capacity, depot, front, lost = stocks
    output = capacity * (1 - given["downtime"] * season)
    delivery = jnp.minimum(given["rail"], depot / given["handling"])
    loss = front * (1 - jnp.exp(-given["rate"] * jnp.sqrt(given["enemy"] / front)))
    capacity += given["growth"] * capacity * (1 - capacity / given["ceiling"])
    return capacity, depot + output - delivery, front + delivery - loss, lost + loss


def economy(given: dict[str, Array]) -> Array:
    """The four stocks of one run after its last week."""
    start = (
        given["capacity at start"],
        given["depot at start"],
        given["front at start"],
        jnp.zeros_like(given["front at start"]),
    )
    season = jnp.cos(2 * jnp.pi * jnp.arange(WEEKS) / 52.0)
    # Four weeks a turn of the loop: a week is too little work for a turn of its own.
    end, _ = jax.lax.scan(lambda s, x: (week(s, x, given), None), start, season, unroll=4)
    return jnp.stack(end)


def pysd_economy(model: Any, given: dict[str, float]) -> list[float]:
    """The four stocks of one run after its last week, by PySD."""
    table = model.run(params=given, return_columns=list(STOCKS), saveper=WEEKS, cache_output=False)
    return [float(table[name].iloc[-1]) for name in STOCKS]


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a piece of work takes, and what it gives."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def main() -> int:
    parser = argparse.ArgumentParser(description="A small war economy in PySD and in JAX.")
    parser.add_argument("--runs", type=int, default=1000, help="runs of the JAX model")
    parser.add_argument("--pysd-runs", type=int, default=1000, help="how many of them PySD does")
    asked = parser.parse_args()
    if not 1 <= asked.pysd_runs <= asked.runs:
        parser.error("--pysd-runs must be from 1 to --runs")

    jax.config.update("jax_enable_x64", True)
    draws = np.random.default_rng(1941)
    given = {name: draws.uniform(*ends, asked.runs) for name, ends in CONSTANTS.items()}
    rows = [
        {name: float(values[run]) for name, values in given.items()}
        for run in range(asked.pysd_runs)
    ]

    with tempfile.TemporaryDirectory() as folder:  # PySD writes its translation beside the model
        source = shutil.copy(Path(__file__).with_name("war_economy.mdl"), folder)
        load, model = seconds(lambda: pysd.read_vensim(source))
    mapped = jax.jit(jax.vmap(economy, out_axes=-1))

    def ours() -> np.ndarray:
        return np.asarray(mapped(given))

    compile_, found = seconds(ours)
    theirs: list[list[float]] = []
    pysd_time, our_times = 0.0, []
    for turn in range(TURNS):
        batch = rows[turn::TURNS]
        spent, ends = seconds(lambda batch=batch: [pysd_economy(model, row) for row in batch])
        pysd_time += spent
        theirs += ends
        our_times += [seconds(ours)[0] for _ in range(CALLS)]

    order = [run for turn in range(TURNS) for run in range(asked.pysd_runs)[turn::TURNS]]
    expected = np.array(theirs).T
    difference = float(np.max(np.abs(found[:, order] - expected) / np.abs(expected)))
    pysd_rate = asked.pysd_runs / pysd_time
    our_rate = asked.runs * len(our_times) / sum(our_times)
    ratio = our_rate / pysd_rate

    print(f"war economy, {len(STOCKS)} stocks, {WEEKS} weeks, float64")
    print(
        f"  PySD {pysd.__version__:<8} {pysd_rate:12,.0f} runs/s  ({asked.pysd_runs} runs)", end=""
    )
    print(f"  loading {load:.2f} s")
    print(f"  JAX  {jax.__version__:<8} {our_rate:12,.0f} runs/s  ({asked.runs} runs)", end="")
    print(f"  compiling {compile_:.2f} s")
    print(f"  ratio {ratio:,.0f} (target {TARGET:,.0f}: {'met' if ratio >= TARGET else 'missed'})")
    print(f"  largest relative difference {difference:.1e} (at most {TOLERANCE:.0e})")
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
