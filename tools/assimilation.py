"""Whether forecasts by assimilation hold what they say, and what they gain: the figures of
docs/assimilation.md, written anew.

Run from the root: `python tools/assimilation.py`; three minutes on two cores. First on truths that
are known: members of another seed of a small scenario, whose losses and men are told with errors of
a tenth. Then on history: the Eastern Front told until 30 April 1942, its forecast held against
data/truth.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.assimilate import Assimilation, assimilate
from sinews.analysis.branching import started
from sinews.analysis.filtering import filtered, values_ahead
from sinews.analysis.measures import Expectation, asked, expectations
from sinews.analysis.scores import crps, pit
from sinews.analysis.tables import LATER, later_line
from sinews.markdown import grid, with_part
from sinews.scenario import Scenario, load

Floats = NDArray[np.float64]

PAGE, TRUTH = Path("docs/assimilation.md"), Path("data/truth")
SMALL = Path("tests/scenarios/border.toml")
SIMULATED, HISTORY = (
    (f"<!-- {name} -->", f"<!-- end of {name} -->") for name in ("simulated", "history")
)
WORDS = (
    "irrecoverable:westland",
    "irrecoverable:ostland",
    "field_strength:ostland",
    "lost:ostland:tank",
)
ERROR = 0.1
"""Of what is told, in logs: what a record without `within` is taken to have."""


class Study(NamedTuple):
    """Forecasts of truths that are known [truth forecast]."""

    pits: Floats
    scores: Floats
    """CRPS in logs."""
    free: Floats
    """That of members that were told nothing."""

    def within(self, share: float) -> float:
        """Share of the forecasts whose central interval of a share holds the truth."""
        return float(np.mean(np.abs(self.pits - 0.5) < share / 2))


def logs(values: Floats) -> Floats:
    """Of less than one, of one."""
    return np.log(np.maximum(values, 1.0))


def words_at(scenario: Scenario, weeks: Sequence[int]) -> list[str]:
    """The measures of some weeks."""
    days = [scenario.start + timedelta(weeks=week) for week in weeks]
    return [f"{word}@{day}" for day in days for word in WORDS]


def rows_of(scenario: Scenario, words: Sequence[str], values: Sequence[float]) -> list[Expectation]:
    """Rows of what is said to have happened."""
    some = scenario.expect[0]
    rows = [
        some.model_copy(
            update={
                "measure": m.series,
                **{axis: m.label(axis) for axis in ("power", "theatre", "item", "place")},
                "at": m.at,
                "within": None,
                "value": replace(some.value, value=float(x), unit=m.unit),
            }
        )
        for m, x in zip(asked(words, scenario, scenario.weeks), values, strict=True)
    ]
    return expectations(replace(scenario, expect=tuple(rows)))


def study(
    truths: int,
    members: int,
    told: Sequence[int] = (3, 6, 8),
    ahead: Sequence[int] = (9, 12, 16, 20),
) -> Study:
    """Forecasts of so many truths, each told in some weeks, for weeks ahead."""
    scenario = load(SMALL)
    words, last = words_at(scenario, told), max(ahead)
    rows, wanted = (asked(words_at(scenario, w), scenario, scenario.weeks) for w in (told, ahead))
    there = started(scenario, range(truths), 1000, last)
    noise = np.random.default_rng(1).standard_normal((len(rows), truths))
    records = there.values(rows) * np.exp(ERROR * noise)
    free = logs(values_ahead(started(scenario, range(members), 2000), wanted, last))
    found: list[list[tuple[float, float, float]]] = []
    for record, happened in zip(records.T, logs(there.values(wanted)).T, strict=True):
        past, _ = filtered(scenario, rows_of(scenario, words, record.tolist()), max(told), members)
        values = logs(values_ahead(past, wanted, last))
        each = zip(values, free, happened, strict=True)
        found.append([(pit(x, y), crps(x, y), crps(f, y)) for x, f, y in each])
    return Study(*np.moveaxis(np.array(found), 2, 0))


def simulated_part(found: Study) -> str:
    """What a study comes to, in words and a table."""
    tenths = np.histogram(found.pits, 10, (0.0, 1.0))[0] / found.pits.size
    said = (
        f"{found.pits.size:,} forecasts of {len(found.pits)} truths: "
        f"50 % bands hold {100 * found.within(0.5):.0f} %, "
        f"90 % bands {100 * found.within(0.9):.0f} %. "
        f"Share of the truths in each tenth of the members, from the lowest: "
        f"{', '.join(f'{100 * x:.0f}' for x in tenths)} %."
    )
    kinds = (len(found.pits), -1, len(WORDS))
    means = [x.reshape(kinds).mean(axis=(0, 1)) for x in (found.scores, found.free)]
    lines = [[w, f"{x:.3f}", f"{y:.3f}"] for w, x, y in zip(WORDS, *means, strict=True)]
    heads = ("measure", "log-CRPS", "told nothing")
    return said + "\n\n" + grid("How far off they are", heads, lines)


def history_part(found: Assimilation, seconds: float) -> str:
    """What was gained on history."""
    lines = [
        [scale, str(count), f"{told:.3g}", f"{free:.3g}"]
        for scale, count, told, free in found.gains()
    ]
    heads = ("score", "rows", "told", "free run")
    count = f"{len(found.told)} rows until {found.until}, {len(found.past.members):,} members"
    rows = [later_line(found.scenario, each) for each in found.later]
    parts = [
        f"{count}: {seconds:.0f} s of one core.",
        "\n".join(f"- {sentence}" for sentence in found.verdict()),
        grid("What was gained", heads, lines),
        grid("By row", [head.removesuffix(">") for head in LATER], rows),
    ]
    return "\n\n".join(parts)


def main() -> None:
    """Write the page anew."""
    part = simulated_part(study(125, 512))
    print(part)
    began = time.process_time()
    found = assimilate("eastern-front-1941", "1942-04-30", TRUTH)
    history = history_part(found, time.process_time() - began)
    text = with_part(PAGE.read_text("utf-8"), *SIMULATED, part)
    PAGE.write_text(with_part(text, *HISTORY, history), "utf-8")
    print(f"{PAGE} is up to date")


if __name__ == "__main__":
    main()
