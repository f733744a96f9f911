"""Seconds and peak memory as members and weeks grow, each in a process of its own.

Seconds are those of the ensemble alone, compiled beforehand; what is printed beside them is the
ratio to the smallest run, per member and week.

    python benchmarks/growth.py [--most 100000]
"""

import argparse
import subprocess
import sys

RUN = """
import resource, sys, time
from sinews.engine.posterior import read_posterior
from sinews.engine.results import ensemble
from sinews.scenario import load
from sinews.scenario.compile import compile
members, weeks = int(sys.argv[1]), int(sys.argv[2])
scenario = load("eastern-front-1941")
compiled, posterior = compile(scenario), read_posterior(scenario)
ensemble(compiled, posterior, 256, 13, 1)
begin = time.perf_counter()
ensemble(compiled, posterior, members, weeks, 1)
seconds = time.perf_counter() - begin
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


def measured(members: int, weeks: int) -> tuple[float, float]:
    """Seconds, and gigabytes at the peak, of one run in a process of its own."""
    command = [sys.executable, "-c", RUN, str(members), str(weeks)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), float(out[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    args = parser.parse_args()
    sizes = [m for m in (1_000, 10_000, 100_000, 1_000_000) if m <= args.most]
    runs = [(m, 52) for m in sizes] + [(1_000, w) for w in (104, 202)]
    first = 0.0
    for members, weeks in runs:
        seconds, peak = measured(members, weeks)
        each = seconds / (members * weeks)
        first = first or each
        print(
            f"{members:>9} members x {weeks:>3} weeks: {seconds:7.2f} s, {peak:.2f} GB at most, "
            f"{each / first:.2f} x the first run's time a member and week",
            flush=True,
        )


if __name__ == "__main__":
    main()
