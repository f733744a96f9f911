"""Recorded rows kept, and compared with those of another version of the code.

    python tools/rows.py keep FILE       every series of all shipped scenarios and options
    python tools/rows.py compare FILE    what today's code records beside what was kept there

A change that is to leave numbers as they are keeps rows before it and compares after it: 40 weeks
of 128 members. Where a switch is thrown by a last bit, one member goes its own way for good, so
the comparison names, for each series, the share of members that differ by more than rounding.
"""

import argparse
import sys

import numpy as np

from sinews.engine.posterior import read_posterior
from sinews.engine.probes import places_of
from sinews.engine.simulate import blocks
from sinews.scenario import library, load
from sinews.scenario.compile import compile

WEEKS, MEMBERS, SEED = 40, 128, 1
# Of the largest number of its series: what float32 sums in another order may differ by in a week,
# grown over 40 of them.
ROUNDING = 1e-5


def rows() -> dict[str, np.ndarray]:
    """Each series [week cell member] under "scenario/option/series"."""
    out: dict[str, np.ndarray] = {}
    for name in library():
        for option in ("", *load(name).options):
            scenario = load(name, options=[option] if option else [])
            compiled = compile(scenario)
            posterior = read_posterior(scenario)
            (block,) = blocks(compiled, posterior, range(MEMBERS), WEEKS, SEED)
            for series, (at, shape) in places_of(compiled).items():
                cells = block.rows[:, at : at + int(np.prod(shape))]
                out[f"{name}/{option or 'as it stands'}/{series}"] = cells
            print(f"{name} {option}", file=sys.stderr)
    return out


def differing(was: np.ndarray, now: np.ndarray) -> float:
    """Share of members in which any cell of any week differs by more than rounding."""
    scale = max(float(np.abs(was).max()), 1e-30) if was.size else 1.0
    apart = np.abs(was - now) > ROUNDING * scale
    return float(apart.any(axis=(0, 1)).mean()) if was.size else 0.0


def main() -> int:
    """Keep or compare; status 1 where rows differ or a series is not on both sides."""
    words = argparse.ArgumentParser(description="Keep recorded rows, or compare with them.")
    words.add_argument("what", choices=("keep", "compare"))
    words.add_argument("file")
    asked = words.parse_args()
    found = rows()
    if asked.what == "keep":
        np.savez(asked.file, allow_pickle=False, **found)
        return 0
    with np.load(asked.file) as file:
        kept = {name: file[name] for name in file.files}
    worst = 0.0
    for name in sorted(kept.keys() | found.keys()):
        if name.endswith("/imbalance"):
            continue
        if name not in kept or name not in found:
            print(f"{name}: {'new' if name in found else 'gone'}")
        elif kept[name].shape != found[name].shape:
            print(f"{name}: shape {found[name].shape}, was {kept[name].shape}")
            worst = 1.0
        elif share := differing(kept[name], found[name]):
            print(f"{name}: {share:.1%} of members differ")
            worst = max(worst, share)
    print(f"{len(found)} series; at worst {worst:.1%} of members differ")
    return int(worst > 0.0)


if __name__ == "__main__":
    raise SystemExit(main())
