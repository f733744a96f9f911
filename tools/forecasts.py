"""Whether the forecasts of a played campaign's staffs hold what they say, and what it is worth that
they begin from today: the figures of docs/campaign.md, written anew.

Run from the root: `python tools/forecasts.py`; a minute and a half of one core. The truths are
members of shipped scenarios that no staff has, campaigns in which every power follows its policy.
What a seat may know is forecast from several days, and held against what came; beside it the method
of 0.4.0, the 64 members of a free run that come nearest to what was seen, and today's value, kept.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.branching import SharedPast, grown, started
from sinews.analysis.filtering import yet_to_start
from sinews.analysis.scores import crps
from sinews.analysis.today import from_today
from sinews.campaign import fog
from sinews.campaign.engine import SERVE
from sinews.campaign.estimates import forecast_columns
from sinews.engine.posterior import read_posterior
from sinews.engine.probes import names_of
from sinews.engine.simulate import regrouped, world_of
from sinews.engine.situation import Situation, situation_of
from sinews.markdown import grid, with_part
from sinews.scenario import load

Floats = NDArray[np.float64]

PAGE, MARKS = Path("docs/campaign.md"), ("<!-- forecasts -->", "<!-- end of forecasts -->")
MEMBERS, NEAREST, EVERY = 512, 64, 4
AHEAD = (2, 6, 26)
"""Weeks."""
TRUE = 10**6
METHODS = ("from today", "nearest members", "today's value")


class Study(NamedTuple):
    """Campaigns of a scenario: whose seats, after how many weeks, and of how many truths."""

    scenario: str | Path
    seats: tuple[str, ...]
    weeks: tuple[int, ...]
    truths: int


STUDIES = (
    Study("eastern-front-1941", ("germany", "ussr"), (10, 30, 52), 12),
    Study("beijing-1941", ("china", "ussr", "japan"), (11, 24, 40), 6),
)


class Forecast(NamedTuple):
    """One number that was forecast, and what became of it."""

    scenario: str
    kind: str
    """Its series and the seat's power."""
    ahead: int
    rank: float
    """Share of the members below what happened; where some are equal, as luck has it."""
    scores: tuple[float, ...]
    """CRPS by METHODS, in its unit."""


def forecasts(study: Study) -> Iterator[Forecast]:
    """What seats forecast, and what happened."""
    scenario, luck = load(study.scenario), np.random.default_rng(1)
    truths = started(scenario, range(TRUE, TRUE + study.truths), 7)
    trunk = yet_to_start(scenario, MEMBERS, 1, read_posterior(scenario))
    names, world = names_of(trunk.compiled), world_of(trunk.compiled)
    for week in study.weeks:
        ahead = [n for n in AHEAD if week + n <= scenario.weeks]
        last = week + max(ahead)
        truths, trunk = grown(truths, scenario, week), grown(trunk, scenario, week)
        happened, free = (grown(past, scenario, last).rows for past in (truths, trunk))
        for seat in study.seats:
            place, seen = trunk.compiled.axes["power"].index(seat), np.zeros(len(names), bool)
            seen[fog.visible(names, scenario, seat)] = True
            columns = [names.index(name) for name in forecast_columns(scenario, names, seat)]
            for true in range(study.truths):
                (block,) = regrouped(truths.paused, [true])
                there = situation_of(block, world, place, seen)
                run = grown(from_today(trunk, there, place, SERVE), scenario, last).rows
                near = free[:, :, nearest(trunk, there)]
                for column in columns:
                    series = names[column].partition(":")[0]
                    for n in ahead:
                        values = run[week + n, column].astype(float)
                        truth = float(happened[week + n, column, true])
                        if np.ptp(values) == 0.0 and values[0] == truth:
                            continue  # a certainty is no forecast
                        rank = np.mean(values < truth) + luck.random() * np.mean(values == truth)
                        others = near[week + n, column], happened[week, column, true : true + 1]
                        scores = (
                            crps(np.asarray(x, float).tolist(), truth) for x in (values, *others)
                        )
                        kind = f"{series}, {seat}"
                        yield Forecast(scenario.name, kind, n, float(rank), tuple(scores))


def nearest(trunk: SharedPast, there: Situation) -> NDArray[np.int64]:
    """The members that come nearest to what was seen, by the root mean square of what they are off
    in every fourth week, in standard deviations of the members."""
    weeks = range(trunk.week % EVERY, trunk.week + 1, EVERY)
    visible = ~np.isnan(there.rows[-1])
    told = trunk.rows[weeks][:, visible].reshape(-1, MEMBERS).astype(float)
    spread = told.std(axis=1)
    telling = spread > 1e-5 * np.maximum(np.abs(told).max(axis=1), 1e-9)
    seen = there.rows[weeks][:, visible].reshape(-1, 1)
    away = ((told[telling] - seen[telling]) / spread[telling, None]) ** 2
    return np.argsort(away.mean(axis=0), kind="stable")[:NEAREST]


def part(found: list[Forecast]) -> str:
    """What it comes to, in words and a table."""
    lines: list[list[str]] = []
    for scenario in dict.fromkeys(each.scenario for each in found):
        for ahead in AHEAD:
            some = [x for x in found if (x.scenario, x.ahead) == (scenario, ahead)]
            within = (
                f"{100 * np.mean([abs(x.rank - 0.5) < share / 2 for x in some]):.0f} %"
                for share in (0.5, 0.9)
            )
            shares = [f"{share(some, other):.2f}" for other in (1, 2)]
            lines.append([scenario, str(ahead), f"{len(some):,}", *within, *shares])
    heads = ("campaigns", "weeks ahead", "forecasts", "in 50 % bands", "in 90 % bands")
    titles = (f"CRPS, share of that of {name}" for name in ("the nearest members", "today's value"))
    return grid("Forecasts from today, held against what came", (*heads, *titles), lines)


def share(some: list[Forecast], other: int) -> float:
    """CRPS as a share of another method's: the geometric mean over kinds."""
    sums: dict[str, Floats] = defaultdict(lambda: np.zeros(len(METHODS)))
    for each in some:
        sums[each.kind] += each.scores
    rates = [np.log(x[0] / x[other]) for x in sums.values() if x[0] > 0.0 and x[other] > 0.0]
    return float(np.exp(np.mean(rates)))


def main() -> None:
    """Write the page anew."""
    found = [each for study in STUDIES for each in forecasts(study)]
    text = part(found)
    print(text)
    PAGE.write_text(with_part(PAGE.read_text("utf-8"), *MARKS, text), "utf-8")
    print(f"{PAGE} is up to date")


if __name__ == "__main__":
    main()
