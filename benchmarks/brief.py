"""Seconds until a council's first item stands on the screen, and until the whole brief does.

Beside them what the same members would take without starting Python and loading programs: the
least that a faster start could reach.

    python benchmarks/brief.py [--scenario beijing-1941]
"""

import argparse
import os
import subprocess
import sys
import time

from sinews.analysis.council.brief import briefed, convened


def shown(scenario: str) -> tuple[float, float]:
    """Seconds until the first item is printed, and until the last."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from sinews.cli import main; main()", "brief", scenario]
    first = 0.0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("1. "):
                first = time.perf_counter() - began
    return first, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="beijing-1941")
    args = parser.parse_args()
    shown(args.scenario)  # programs are compiled and kept
    first, whole = min(shown(args.scenario) for _ in range(3))
    list(briefed(convened(args.scenario)))
    began = time.perf_counter()
    papers = [(paper, time.perf_counter() - began) for paper in briefed(convened(args.scenario))]
    bare_first, bare = papers[0][1], papers[-1][1]
    print(f"{args.scenario}: {len(papers)} items, {papers[0][0].members} members an option")
    print(f"  first item: {first:5.1f} s, {first / bare_first:4.1f} x that of a warm process")
    print(f"  whole brief: {whole:4.1f} s, {whole / bare:4.1f} x that of a warm process")


if __name__ == "__main__":
    main()
