"""`border` held against campaigns of other seeds: by how many points it is off what is seen.

For three warnings and two capacities of the power's lines `border`'s curve is fitted as the command
fits it; then 2,000 campaigns of another seed go on with each of five strengths between those that
it was fitted at. Run from the root: `python tools/border.py [MEMBERS]`; some minutes.
"""

import sys

import numpy as np

from sinews.analysis.branching import started
from sinews.analysis.council.border import Case, Trial, fitted
from sinews.analysis.paired import BATCH
from sinews.scenario import load

THEATRES, POWER = ("amur", "dzungaria", "semirechye"), "china"
STRENGTHS = (0.85, 0.55, 0.38, 0.22, 0.1)
WARNINGS, TRAINS = (3.0, 6.0, 9.0), (0.5, 1.0)


def main(members: int) -> None:
    """Print a row for each case and strength, and the worst of all."""
    scenario = load("beijing-1941")
    week = round((scenario.council - scenario.start).days / 7)
    known = Trial(started(scenario, range(BATCH), 1, week), THEATRES, POWER)
    held = Trial(started(scenario, range(members), 2, week), THEATRES, POWER, STRENGTHS)
    worst = 0.0
    print("warning  trains  men (M)  border  campaigns  points apart")
    for warning in WARNINGS:
        for trains in TRAINS:
            case = Case(warning=warning, trains=trains)
            curve = fitted(known.men, known.outcomes(case, resolved=True)[0])
            lost = held.outcomes(case, resolved=True)[0].mean(axis=1)
            for men, said, seen in zip(held.men, curve.lost(held.men), lost, strict=True):
                apart = 100.0 * (said - seen)
                worst = max(worst, abs(apart))
                cells = f"{warning:7.0f} {trains:7.1f} {men / 1e6:8.2f}"
                print(f"{cells} {100 * said:6.1f} % {100 * seen:7.1f} % {apart:+10.1f}", flush=True)
    errors = np.sqrt(0.25 / members) * 100.0
    print(f"at most {worst:.1f} points apart; standard error of the campaigns {errors:.1f} at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
