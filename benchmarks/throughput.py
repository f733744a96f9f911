"""State numbers a second of the shipped week, beside what memory alone would allow.

A state number is one number of one member's State; a second of the week moves members x weeks
x numbers of them. The floor is the time to read each state once and write it once, at the
bandwidth that a plain copy reaches here with as many threads. Both in one run:

    python benchmarks/throughput.py [--members 8192] [--weeks 52]
"""

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array

from sinews.engine.members import members_last
from sinews.engine.posterior import Posterior, read_posterior
from sinews.engine.programs.compiled import known_options
from sinews.engine.simulate import (
    BLOCK,
    COMPILER,
    Opened,
    blocks,
    drawn,
    opened_block,
    opening_program,
    scenario_week,
    world_leaves,
)
from sinews.model.state import State
from sinews.model.week import advance
from sinews.model.world import World
from sinews.scenario import load
from sinews.scenario.compile import Compiled, compile


def bandwidth() -> float:
    """Bytes a second that copying moves, read and written, with one thread a core."""
    cores = os.cpu_count() or 1
    pairs = [(np.ones(1 << 25, np.float32), np.empty(1 << 25, np.float32)) for _ in range(cores)]

    def copy(pair: tuple[np.ndarray, np.ndarray]) -> None:
        for _ in range(8):
            np.copyto(pair[1], pair[0])

    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(copy, pairs))
        begin = time.perf_counter()
        list(pool.map(copy, pairs))
        seconds = time.perf_counter() - begin
    return 2 * 8 * sum(p[0].nbytes for p in pairs) / seconds


def week_alone(compiled: Compiled, posterior: Posterior, members: int, weeks: int) -> Any:
    """A compiled run of the week without laws and records, and blocks ready for it."""
    week = scenario_week(compiled.scenario)

    def one(state: State, world: World, key: Array) -> State:
        return advance(
            state, world, jax.random.fold_in(jax.random.wrap_key_data(key), state.week), week
        )

    @partial(jax.jit, static_argnums=4, compiler_options=known_options(COMPILER))
    def run(state: State, shared: World, own: Any, keys: Array, ranged: tuple[str, ...]) -> State:
        world = replace(shared, **own)
        having = jax.tree.map(lambda _: True, state).replace(week=False)
        step = members_last(one, (having, world_leaves(world, ranged), True), having)
        return jax.lax.scan(lambda s, _: (step(s, world, keys), None), state, None, length=weeks)[0]

    ready: list[Opened] = []
    for first in range(0, members, BLOCK):
        numbers = np.arange(first, first + BLOCK, dtype=np.uint32)
        draws = drawn(compiled, posterior, 1, numbers)
        opening = opening_program(compiled, draws, 1, numbers)
        ready.append(opened_block(compiled, draws, 1, numbers, opening))
    return (lambda b: run(b.carry[0], b.shared, b.own, b.keys, b.ranged)), ready


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=8192)
    parser.add_argument("--weeks", type=int, default=52)
    args = parser.parse_args()
    scenario = load("eastern-front-1941")
    compiled, posterior = compile(scenario), read_posterior(scenario)
    numbers = sum(a.size for a in compiled.state.values())
    work = args.members * args.weeks

    def whole() -> float:
        begin = time.perf_counter()
        for _ in blocks(compiled, posterior, range(args.members), args.weeks, 1):
            pass
        return time.perf_counter() - begin

    def week() -> float:
        """The same blocks without laws and records, ready compiled and drawn."""
        run, blocks_ready = week_alone(compiled, posterior, args.members, args.weeks)
        jax.block_until_ready(run(blocks_ready[0]))
        begin = time.perf_counter()
        with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
            list(pool.map(lambda b: jax.block_until_ready(run(b)), blocks_ready))
        return time.perf_counter() - begin

    list(blocks(compiled, posterior, range(BLOCK), args.weeks, 1))
    runs, weeks = sorted(whole() for _ in range(3)), sorted(week() for _ in range(3))
    speed = bandwidth()
    floor = work * numbers * 4 * 2 / speed
    print(f"eastern-front-1941: {numbers} numbers a state, {os.cpu_count()} cores")
    print(f"copying moves {speed / 1e9:.1f} GB/s; {args.members} members x {args.weeks} weeks read")
    print(f"and written once would take {floor:.2f} s ({work * numbers / floor:.2e} numbers/s)")
    for name, seconds in (("the week alone", weeks[1]), ("with laws and records", runs[1])):
        rate = work * numbers / seconds
        print(
            f"{name:>22}: {seconds:6.2f} s  {work / seconds:9.0f} member-weeks/s  "
            f"{rate:.2e} numbers/s  {seconds / floor:5.1f} x the floor"
        )


if __name__ == "__main__":
    main()
