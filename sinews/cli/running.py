"""Commands that run a scenario: run, compare, check, replay, calibrate."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinews.cli.words import (
    Json,
    Members,
    Options,
    ScenarioName,
    Seed,
    Weeks,
    print_json,
    print_line,
    print_table,
    progress,
)

if TYPE_CHECKING:
    from sinews.analysis.run import Row
    from sinews.scenario import Scenario

Member = Annotated[int, typer.Option(help="The number of the member.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the dataset, the report and the measures.", metavar="DIR"),
]


def run(
    scenario: ScenarioName,
    option: Options = None,
    members: Members = 1000,
    weeks: Weeks = None,
    seed: Seed = 1,
    out: Out = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep every member's trajectory in the dataset.")
    ] = False,
    json: Json = False,
) -> None:
    """Run an ensemble, and print what an analyst can quote."""
    from sinews.scenario import load

    found = load(scenario, option or ())
    if out is not None:
        from sinews.analysis.report import writable

        writable(out)
    from sinews.analysis.run import headline_rows, record_rows, simulate

    began = time.perf_counter()
    with progress(members, "members") as step:
        dataset = simulate(found, (), members, weeks, seed, keep, progress=step)
    seconds = time.perf_counter() - began
    headlines, records = headline_rows(found, dataset), record_rows(found, dataset)
    if out is not None:
        from sinews.analysis.report import write

        write(out, found, dataset, headlines, records)
    if json:
        from sinews.analysis.report import facts

        rows = [line.plain() for line in (*headlines, *records)]
        print_json(facts(found, dataset) | {"seconds": round(seconds, 3), "rows": rows})
        return
    _print_head(found, dataset, seconds)
    _print_headlines(found, headlines)
    if records:
        print_table("Against the record", *_record_table(found, records))
    if out is not None:
        print_line(f"Written: {out / 'report.html'}, {out / 'dataset.nc'}, {out / 'measures.json'}")


def _print_head(found: Scenario, dataset: Any, seconds: float) -> None:
    from datetime import timedelta

    from sinews.analysis.numerals import day

    about = dataset.attrs
    end = found.start + timedelta(days=7 * about["weeks"])
    worst = float(dataset["imbalance_worst"].max())
    fitted = f"{len(about['fitted'].split(', '))} numbers fitted" if about["fitted"] else "not fitted"
    print_line(f"{found.title}: {day(found.start)} to {day(end)}, {about['weeks']} weeks")
    print_line(
        f"{about['members']:,} members, seed {about['seed']}, "
        f"options: {about['options'] or 'none'}, coefficients: {fitted}"
    )
    print_line(
        f"{seconds:.1f} s, {about['members'] / seconds:,.0f} members a second; "
        f"laws of conservation hold to {worst:.1e}"
    )


def _print_headlines(found: Scenario, rows: Iterable[Row]) -> None:
    from sinews.analysis.numerals import amount, band, day, nearest

    def lines() -> Iterator[tuple[str, ...]]:
        for whose, group in groupby(rows, lambda line: line.measure.whose(found)):
            yield (whose or "The fronts",)
            for line in group:
                m, unit = line.measure, line.measure.unit
                theatre = m.label("theatre")
                place = nearest(line.median, found.theatres[theatre].place) if theatre else ""
                record = "" if line.record is None else amount(line.record, unit)
                yield (
                    m.title(found),
                    unit,
                    amount(line.median, unit),
                    band(line.low, line.high, unit),
                    record,
                    place,
                )

    listed = list(rows)
    rows = listed
    at = day(listed[0].measure.at) if listed else ""
    print_table(f"On {at}", ["measure", "unit", "median>", "5-95 %>", "record>", ""], lines())


def _record_table(
    found: Scenario, rows: Iterable[Row]
) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    from sinews.analysis.measures import LOSSES
    from sinews.analysis.numerals import amount, band, day

    heads = ["measure", "when", "unit", "record>", "median>", "5-95 %>", "breadth>", "verdict"]

    def lines() -> Iterator[tuple[str, ...]]:
        for line in rows:
            m, unit = line.measure, line.measure.unit
            when = f"{day(m.since)} - {day(m.at)}" if m.since else day(m.at)
            wide = line.breadth if m.series in LOSSES else None
            verdict = ": ".join(x for x in (line.verdict, ", ".join(line.faults)) if x)
            yield (
                " ".join(x for x in (m.whose(found), m.title(found)) if x),
                when,
                unit,
                amount(line.record or 0.0, unit),
                amount(line.median, unit),
                band(line.low, line.high, unit),
                "" if wide is None else f"×{wide:.1f}",  # noqa: RUF001
                verdict,
            )

    return heads, lines()


def compare(
    scenario: ScenarioName,
    options: Annotated[str, typer.Option(help="Options to compare, as in A,B.", metavar="A,B")],
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="As in lost:ussr:tank@1941-12-31; may be given again. The headlines if left out.",
        ),
    ] = None,
    members: Members = 1000,
    weeks: Weeks = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Compare options on common luck: the first named against the others and against none."""
    names = [name.strip() for name in options.split(",")]
    from sinews.scenario import load

    plain = load(scenario)
    for name in filter(None, names):
        load(scenario, (name,))
    from sinews.analysis import compare as comparing

    with progress(members * (len(set(names)) + 1), "members") as step:
        dataset = comparing.compare(scenario, names, measure or (), members, weeks, seed, step)
    wanted = comparing.wanted_measures(plain, measure or (), dataset.attrs["weeks"])
    found = comparing.contrasts(dataset, wanted)
    if json:
        print_json([contrast.plain() for contrast in found])
        return
    print_line(
        f"{plain.title}: {dataset.attrs['weeks']} weeks, {members:,} members, seed {seed}, "
        "each member with the same luck on both sides"
    )
    for (one, other), group in groupby(found, lambda each: (each.option, each.against)):
        _print_contrast(plain, one, other, list(group))
    print_line(
        "Better: share of members in which the first is better for the power itself "
        "(fewer losses, more of the rest); of a front, for the west. Equals count for neither."
    )


def _print_contrast(plain: Scenario, one: str, other: str, found: list[Any]) -> None:
    from sinews.analysis.numerals import amount, band, day, signed

    def lines() -> Iterator[tuple[str, ...]]:
        for each in found:
            m, unit = each.measure, each.measure.unit
            if not any((*each.medians, each.low, each.high)):
                continue
            when = f"{day(m.since)} - {day(m.at)}" if m.since else day(m.at)
            equal = each.higher == each.lower == 0
            error = "" if each.error is None else f" ± {amount(each.error, unit)}"
            yield (
                " ".join(x for x in (m.whose(plain), m.title(plain)) if x),
                when,
                unit,
                amount(each.medians[0], unit),
                amount(each.medians[1], unit),
                "same" if equal else signed(each.median, unit),
                "" if equal else band(each.low, each.high, unit),
                "" if equal else signed(each.mean, unit) + error,
                "" if equal else f"{each.better:.0%}",
            )

    heads = ["measure", "when", "unit", f"{one}>", f"{other}>", "difference>", "5-95 %>"]
    title = f"{one} against {other}"
    print_table(title, [*heads, "mean ± s.e.>", "better>"], lines())


def check(
    scenario: ScenarioName,
    option: Options = None,
    members: Members = 1000,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Check a scenario file, and hold the model against its records (status 1 if one misses)."""
    from sinews.scenario import load, load_all

    found = load_all(scenario)[""]
    if option:
        found = load(scenario, option)
    from sinews.analysis.check import checked

    with progress(members, "members") as step:
        rows = checked(found, members, seed, step)
    if json:
        print_json([line.plain() for line in rows])
    else:
        print_table(found.title, *_record_table(found, rows))
        missed = sum(line.verdict == "misses" for line in rows)
        print_line(f"{len(rows) - missed} of {len(rows)} records hold ({members:,} members, seed {seed})")
    sys.exit(1 if any(line.verdict == "misses" for line in rows) else 0)


def replay(
    scenario: ScenarioName,
    member: Member,
    week: Annotated[
        int | None, typer.Option(help="Show this week in full instead of every week in brief.")
    ] = None,
    option: Options = None,
    seed: Seed = 1,
    weeks: Weeks = None,
    json: Json = False,
) -> None:
    """Run one member alone, with the very luck that it has in an ensemble."""
    from sinews.scenario import load

    found = load(scenario, option or ())
    from sinews.analysis import replay as replaying

    dataset = replaying.replay(found, member, seed, week if weeks is None else weeks, week)
    tables = replaying.week_tables(dataset, week) if week is not None else [
        replaying.weeks_table(found, dataset)
    ]
    if json:
        print_json({"member": member, "seed": seed, "tables": [t.plain() for t in tables]})
        return
    head = f"{found.title}: member {member} of seed {seed}"
    print_line(head if week is None else f"{head}, week {week}")
    for table in tables:
        print_table(table.title, table.heads, table.written())


def calibrate(
    scenario: ScenarioName,
    members: Annotated[int | None, typer.Option(help="Draws in the posterior.")] = None,
    rounds: Annotated[int | None, typer.Option(help="Rounds of the fit.")] = None,
    seed: Seed = 1,
) -> None:
    """Fit the coefficients to the scenario's records; the posterior is kept beside the file."""
    from sinews.scenario import load

    found = load(scenario)
    from sinews.analysis import calibrate as fitting

    chosen = {"members": members, "rounds": rounds, "seed": seed}
    given = {name: value for name, value in chosen.items() if value is not None}
    with progress(None, "members") as step:
        fitting.calibrate(found, progress=step, **given)
