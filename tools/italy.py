"""What carries over from the Eastern Front to Italy: the tables of docs/italy-1943.md, made anew.

Run from the root: `python tools/italy.py` (part of `make scorecard`); half a minute. The
coefficients are those of the fit that italy-1943 names; its records fit nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.check import check
from sinews.analysis.measures import asked
from sinews.analysis.numerals import amount, band
from sinews.analysis.rivals import rivalry
from sinews.analysis.run import Row, samples_of
from sinews.analysis.tables import full_title
from sinews.markdown import grid, with_part
from sinews.model.coefficients import THEORIES
from sinews.model.theories import FORMULAS
from sinews.scenario import Scenario, load

Floats = NDArray[np.floating]

PAGE, SCENARIO = Path("docs/italy-1943.md"), "italy-1943"
MARKS = "<!-- figures -->", "<!-- end of figures -->"
MEMBERS, FEWER, SEED = 1000, 500, 1  # FEWER: under each theory
HELD, FRONTS_HELD = "held-to-the-record", "fronts held to the record"
WAYS = {
    "as it stands": (),
    FRONTS_HELD: (HELD,),
    "mountains as works": ("mountains",),
}
ASKED = (
    "front:tyrrhenian@1944-01-15",
    "casualties:western-allies@1944-02-12",
    "casualties:germany@1944-05-10",
)
PERIODS = (
    (date(1943, 9, 9), date(1943, 10, 6)),
    (date(1943, 10, 6), date(1944, 1, 15)),
    (date(1944, 1, 15), date(1944, 5, 11)),
    (date(1944, 5, 11), date(1944, 6, 10)),
)


def main() -> None:
    """Write the page's figures anew."""
    scenario = load(SCENARIO)
    told = {way: check(SCENARIO, options, MEMBERS, SEED) for way, options in WAYS.items()}
    parts = [
        f"{MEMBERS:,} members, seed {SEED}: "
        + "; ".join(f"{_holding(rows)} records hold {way}" for way, rows in told.items())
        + f". Of those that hold with the fronts held {_stopped(told)} are fronts, which that "
        "option stops at the record: they are no test.\n",
        records(scenario, list(told.values())),
        weeks(),
        theories(scenario),
    ]
    PAGE.write_text(with_part(PAGE.read_text("utf-8"), *MARKS, "\n".join(parts)), "utf-8")
    print(f"{PAGE} is up to date")


def records(scenario: Scenario, ways: Sequence[Sequence[Row]]) -> str:
    """Every record and what the model has, in each way."""
    lines = [
        [full_title(scenario, m := rows[0].measure), m.when, _record(rows[0]), *map(_said, rows)]
        for rows in zip(*ways, strict=True)
    ]
    return grid("Records", ("measure", "when", "record", *WAYS), lines)


def weeks() -> str:
    """What a week costs each side with the fronts held to the record."""
    scenario = load(SCENARIO, [HELD])
    rows = [(power, *days) for days in PERIODS for power in scenario.powers]
    measures = [asked(_words(*row), scenario, scenario.weeks) for row in rows]
    every = [m for each in measures for m in each]
    values = samples_of(scenario, every, MEMBERS, scenario.weeks, SEED).values
    lines = [
        [f"{first} to {last}", scenario.powers[power].title]
        + _costs([values[m.name] for m in each], (last - first).days / 7)
        for (power, first, last), each in zip(rows, measures, strict=True)
    ]
    heads = (
        "when",
        "power",
        "casualties",
        "of 1,000 at the fronts",
        "tanks lost",
        "of those owned",
    )
    return grid("A week", heads, lines, "Medians of each week, with the fronts held to the record.")


def _words(power: str, first: date, last: date) -> list[str]:
    """What a period cost a power, and what it had at its end."""
    flows = [f"{what}@{first}..{last}" for what in (f"casualties:{power}", f"lost:{power}:tank")]
    return [*flows, f"field_strength:{power}@{last}", f"equipment:{power}:tank@{last}"]


def _costs(told: Sequence[Floats], weeks: float) -> list[str]:
    """Cells of a period: what it cost in men and tanks, and of how many."""
    men, tanks, there, owned = told
    found = (men, 1000 * men / there, tanks, 100 * tanks / owned)
    each = zip(("{:,.0f}", "{:.1f}", "{:,.0f}", "{:.1f} %"), found, strict=True)
    return [form.format(np.median(x) / weeks) for form, x in each]


def theories(scenario: Scenario) -> str:
    """How many records hold under each theory, and some measures."""
    free, held = (
        rivalry(SCENARIO, tuple(THEORIES), options, ASKED, FEWER, seed=SEED)
        for options in ((), (HELD,))
    )
    measures = [full_title(scenario, m) + f", {m.when}" for m in free.measures]
    lines = [
        [FORMULAS[name].title, *map(str, (one, other)), *(f"{np.median(x):,.0f}" for x in values)]
        for name, one, other, values in zip(
            free.theories, free.holds(), held.holds(), free.values, strict=True
        )
    ]
    heads = ("theory", "records that hold", "with fronts held", *measures)
    about = (
        f"Of {len(free.records[0])} records, with {FEWER} members; each theory by its own fit "
        "to the Eastern Front. Fronts that are held count among those that hold."
    )
    return grid("Under rival theories", heads, lines, about)


def _holding(rows: Sequence[Row]) -> str:
    return f"{sum(row.verdict == 'holds' for row in rows)} of {len(rows)}"


def _stopped(told: Mapping[str, Sequence[Row]]) -> int:
    """How many fronts are where they were because an option stops them there."""
    held = (row for row in told[FRONTS_HELD] if row.verdict == "holds")
    return sum(row.measure.series == "front" for row in held)


def _record(row: Row) -> str:
    record = row.record or 0.0
    return ("yes" if record else "no") if row.measure.either else amount(record, row.measure.unit)


def _said(row: Row) -> str:
    """The median, its band and the verdict; of yes or no, in how many members it is as recorded."""
    unit = row.measure.unit
    if row.measure.either:
        said = f"so in {100 * (1 - row.differ):.0f} %"
    else:
        said = f"{amount(row.median, unit)} ({band(row.low, row.high, unit)})"
    return said if row.verdict == "holds" else f"{said} misses"


if __name__ == "__main__":
    main()
