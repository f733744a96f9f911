"""Seconds and peak memory as an ensemble and as a world grows, each in a process of its own.

First members and weeks of a shipped scenario, then worlds made for the purpose, with more powers,
fronts and items; seconds are those of the ensemble alone, compiled beforehand, and what is printed
beside them is the ratio to the first run of each table, per member and week.

    python benchmarks/growth.py [--most 100000] [--only members|world]
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass, replace

RUN = """
import resource, sys, time
began = time.perf_counter()
from sinews.scenario import load
from sinews.scenario.load import load_text
from sinews.scenario.compile import compile
text, members, weeks = sys.stdin.read(), int(sys.argv[1]), int(sys.argv[2])
imported = time.perf_counter()
scenario = load_text(text.encode(), "world.toml") if text else load("eastern-front-1941")
compiled = compile(scenario)
loaded = time.perf_counter()
from sinews.engine.posterior import read_posterior
from sinews.engine.results import ensemble
posterior = read_posterior(scenario)
started = time.perf_counter()
ensemble(compiled, posterior, 256, 13, 1)
built = time.perf_counter()
ensemble(compiled, posterior, members, weeks, 1)
ended = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(loaded - imported, built - started, ended - built, peak)
"""


@dataclass(frozen=True)
class Size:
    """How much of everything a made-up world has."""

    powers: int = 5
    axes: int = 15
    theatres: int = 30
    items: int = 8
    contracts: int = 10
    agreements: int = 8


LARGE = Size(20, 60, 120, 30, 40, 30)


def world(size: Size) -> str:
    """A scenario of that size: powers face their neighbours on fronts and hold a rear behind."""
    powers = [f"p{i}" for i in range(size.powers)]
    items = [f"i{i}" for i in range(size.items)]
    out = ['format = 2\nstart = 1941-01-06\nweeks = 52\nsource = "made"\nkind = "assumed"']
    out.append('[sources]\nmade = "made up, for its size"')
    out.append('[sector.mill]\nmakes = "steel"\n[sector.works]')
    for i, item in enumerate(items):
        out.append(
            f"[item.{item}]\nweight = {0.2 + i}\nestablishment = 0.05\ntrains = 0.01\n"
            f'hours = 100\nsector = "works"\ninputs = {{ steel = 1 }}'
        )
    for i, power in enumerate(powers):
        stock = ", ".join(f'{item} = "1 k"' for item in items)
        out.append(
            f'[power.{power}]\npolicy = "opportunist"\nreserve_theatre = "rear{i}"\n'
            f'stock = {{ steel = "1 Mt", gold = "200 t", {stock} }}\n'
            'industry = { mill = { capacity = "50 kt a week", labour = "100 k" }, '
            'works = { capacity = "2 M hours a week", labour = "100 k" } }\n'
            'manpower = { pool = "2 M", draft = "20 k a week", raise = "20 k a week" }'
        )
        builds = "\n".join(f'{item} = "10 a week"' for item in items)
        out.append(f"[[power.{power}.build]]\nfrom = 1941-01-06\n{builds}")
    rears = max(size.theatres - size.axes, size.powers)
    for i in range(size.axes):
        west, east = powers[i % size.powers], powers[(i + 1) % size.powers]
        out.append(
            f'[theatre.front{i}]\nfront = 0\nwest = ["{west}"]\neast = ["{east}"]\n'
            f'place = [{{ name = "W{i}", km = -300, power = "{west}" }}, '
            f'{{ name = "E{i}", km = 300, power = "{east}" }}]'
        )
        for power, other in ((west, powers.index(west)), (east, powers.index(east))):
            force = "\n".join(f"{item} = 200" for item in items)
            out.append(
                f'[[force]]\npower = "{power}"\ntheatre = "front{i}"\nmen = "200 k"\n{force}'
            )
            out.append(
                f'[[link]]\nfrom = "rear{other}"\nto = "front{i}"\npower = "{power}"\nkm = 300\n'
                'capacity = "40 trains/day"'
            )
    for i in range(rears):
        out.append(f'[theatre.rear{i}]\npower = "{powers[i % size.powers]}"')
        plant = ", industry = { mill = 1, works = 1 }" if i < size.powers else ""
        out.append(f'place = [{{ name = "R{i}"{plant} }}]')
    for i in range(size.contracts):
        seller, buyer = powers[i % size.powers], powers[(i + 2) % size.powers]
        out.append(
            f'[route.r{i}]\ncapacity = "20 trains/day"\nweeks = 2\n'
            f'[contract.c{i}]\nseller = "{seller}"\nbuyer = "{buyer}"\nroute = "r{i}"\n'
            "signed = 1941-01-06\nfrom = 1941-02-06\nuntil = 1941-10-06\n"
            f"goods = {{ {items[i % size.items]} = 500 }}\n"
            'price = "5 t"'
        )
    for i in range(size.agreements):
        a, b = powers[i % size.powers], powers[(i + 2) % size.powers]
        out.append(f'[agreement.a{i}]\nparties = ["{a}", "{b}"]\nsigned = 1941-01-06')
    return "\n".join(out)


def measured(text: str, members: int, weeks: int) -> list[float]:
    """Seconds to load, to compile and of one run, and gigabytes at the peak, in a process of its
    own."""
    command = [sys.executable, "-c", RUN, str(members), str(weeks)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=text)
    return [float(word) for word in done.stdout.split()]


def of_members(most: int) -> None:
    """The shipped scenario with more members and weeks."""
    sizes = [m for m in (1_000, 10_000, 100_000, 1_000_000) if m <= most]
    first = 0.0
    for members, weeks in [(m, 52) for m in sizes] + [(1_000, w) for w in (104, 202)]:
        _, _, seconds, peak = measured("", members, weeks)
        each = seconds / (members * weeks)
        first = first or each
        print(
            f"{members:>9} members x {weeks:>3} weeks: {seconds:7.2f} s, {peak:.2f} GB at most, "
            f"{each / first:.2f} x the first run's time a member and week",
            flush=True,
        )


def of_worlds() -> None:
    """Worlds with twice as many powers, fronts and items, and a large one."""
    small = Size()
    rows = {
        "a world of 5 powers, 15 fronts, 8 items": small,
        "twice the powers": replace(small, powers=10),
        "twice the fronts": replace(small, axes=30, theatres=60),
        "twice the items": replace(small, items=16),
        "20 powers, 60 fronts, 120 theatres, 30 items": LARGE,
    }
    first = 0.0
    for name, size in rows.items():
        members, weeks = 256, 52
        loading, compiling, seconds, peak = measured(world(size), members, weeks)
        each = seconds / (members * weeks)
        first = first or each
        print(
            f"{name:>46}: loads in {loading:.1f} s, compiles in {compiling:.0f} s, "
            f"{1 / each:,.0f} member-weeks a second, {peak:.2f} GB at most, "
            f"{each / first:.2f} x the first's time a member and week",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--only", choices=("members", "world"))
    args = parser.parse_args()
    if args.only != "world":
        of_members(args.most)
    if args.only != "members":
        of_worlds()


if __name__ == "__main__":
    main()
