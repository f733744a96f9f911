"""The rival theories of combat fitted anew, and the figures of docs/theories.md.

Run from the root: `python tools/theories.py`; three minutes on two cores. Each theory is fitted to
the records of the Eastern Front as `sinews calibrate` fits the shipped one, whose posterior is left
as it is; then all answer side by side. For weights by records that a fit does not know, each is
fitted again to all records but a quarter, four times. `--page` leaves the fits as they are.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sinews.analysis.calibrate import calibrate
from sinews.analysis.fit import FittedRecord
from sinews.analysis.rivals import Rivalry, rivalry, weigh
from sinews.analysis.tables import RIVAL, rival_lines
from sinews.engine.posterior import contraction, read_posterior
from sinews.markdown import grid, with_part
from sinews.model.coefficients import RIVALS, THEORIES
from sinews.model.theories import FORMULAS
from sinews.scenario import load

PAGE, SCENARIO = Path("docs/theories.md"), "eastern-front-1941"
FIGURES, NUMBERS = (
    (f"<!-- {name} -->", f"<!-- end of {name} -->") for name in ("figures", "numbers")
)
MEMBERS, ROUNDS = 2048, 5
FOLDS, FOLD_MEMBERS, FOLD_ROUNDS = 4, 512, 3
ASKED = (
    "held:Moscow@1941-12-07",
    "front:moscow@1941-12-07",
    "front:kiev@1941-12-07",
    "irrecoverable:ussr@1941-12-31",
    "casualties:germany@1941-12-31",
    "lost:ussr:tank@1941-12-31",
    "front:moscow@1942-05-01",
    "irrecoverable:ussr@1942-06-21",
    "casualties:germany@1942-06-21",
)
"""Of the first campaign what records tell of, and of the year what they do not."""


def fitted_anew() -> None:
    """Fit every theory but the shipped one."""
    for name in THEORIES:
        scenario = load(SCENARIO).with_theory(name)
        if scenario.theory:
            fit = calibrate(scenario, MEMBERS, ROUNDS)
            print(f"{name}: medians off by {fit.misfits[0]:.1f}, then {fit.misfits[-1]:.1f}")


def figures(found: Rivalry, kept_out: Mapping[str, Sequence[FittedRecord]], seconds: float) -> str:
    """The theories by how they tell the records, and their answers side by side."""
    all_, fit = len(found.records[0]), found.densities.shape[1]
    rows = zip(found.theories, found.holds(), found.densities, found.weights, strict=True)
    lines = [
        [
            FORMULAS[name].title,
            f"{holds} of {all_}",
            f"{sum(r.holds for r in kept_out[name])} of {fit}",
            f"{told.sum():.1f}",
            f"{100 * weight:.0f} %",
        ]
        for name, holds, told, weight in rows
    ]
    heads = ("theory", "records that hold", "of those left out", "log score", "weight")
    about = (
        f"{found.members:,} members each of {SCENARIO}, fitted to {fit} of its {all_} records with "
        f"{MEMBERS:,} members in {ROUNDS} rounds; left out: {FOLDS} fits of {FOLD_MEMBERS} in "
        f"{FOLD_ROUNDS}. {seconds:.0f} s of one core."
    )
    heads_of = tuple(head.removesuffix(">") for head in RIVAL)
    answers = [
        grid(head, heads_of, group).replace("### ", "#### ", 1)
        for head, group in rival_lines(found)
    ]
    return "\n".join([grid("By how they tell the records", heads, lines, about), *answers])


def numbers() -> str:
    """The theories' own numbers, before and after their fits."""
    lines: list[list[str]] = []
    for theory, own in THEORIES.items():
        posterior = read_posterior(load(SCENARIO).with_theory(theory))
        for name in own:
            c, draws = RIVALS[name], posterior.draws[:, posterior.names.index(name)].astype(float)
            known = contraction(float(draws.std()), c.low, c.high)
            ends = f"{c.low:g} to {c.high:g} {c.unit}".removesuffix(" 1")
            fit = f"{draws.mean():.3g} ± {draws.std():.2g}"
            lines.append(
                [theory, f"`{name}`", c.meaning, ends, c.source, fit, f"{100 * known:.0f} %"]
            )
    heads = ("theory", "number", "meaning", "range", "source", "fitted", "known")
    return grid("Their own numbers", heads, lines)


def main() -> None:
    """Fit anew, and write the page anew."""
    began = time.process_time()
    if "--page" not in sys.argv[1:]:
        fitted_anew()
    kept_out = weigh(SCENARIO, members=FOLD_MEMBERS, rounds=FOLD_ROUNDS, folds=FOLDS)
    found = rivalry(SCENARIO, measures=ASKED)
    part = figures(found, kept_out, time.process_time() - began)
    text = with_part(PAGE.read_text("utf-8"), *FIGURES, part)
    PAGE.write_text(with_part(text, *NUMBERS, numbers()), "utf-8")
    print(f"{PAGE} is up to date")


if __name__ == "__main__":
    main()
