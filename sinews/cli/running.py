"""Commands that run a scenario: run, compare, check, replay, calibrate."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    printable,
    progress,
    scenario_for,
    warn_if_stale,
)
from sinews.engine.programs.ahead import foresee
from sinews.errors import Mistake, ScenarioError, shown

if TYPE_CHECKING:
    from sinews.analysis.fit import Fit, FittedRecord
    from sinews.analysis.run import Row
    from sinews.engine.samples import Samples
    from sinews.scenario import Scenario

Member = Annotated[int, typer.Option(help="The number of the member.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the dataset, the report and the measures.", metavar="DIR"),
]


Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        help="As in lost:ussr:tank@1941-12-31 or irrecoverable:ussr@1942-05-01..1942-11-19; "
        "may be given again.",
    ),
]


def run(
    scenario: ScenarioName,
    option: Options = None,
    members: Members = 1000,
    weeks: Weeks = None,
    seed: Seed = 1,
    measure: Measures = None,
    out: Out = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep every member's trajectory in the dataset.")
    ] = False,
    json: Json = False,
) -> None:
    """Run an ensemble, and print what an analyst can quote."""
    found = scenario_for("run", scenario, option)
    if out is not None:
        from sinews.analysis.report import writable

        writable(out)
    from sinews.analysis.again import again
    from sinews.analysis.run import asked_rows, headline_rows, outlined, record_rows, simulate
    from sinews.engine.samples import Samples

    began = time.perf_counter()
    dataset = None
    with progress(members, "members") as step:
        if out is None:
            samples = outlined(found, members, weeks, seed, step, measure or ())
        else:
            dataset = simulate(
                found, (), members, weeks, seed, keep, progress=step, measures=measure or ()
            )
            samples = Samples.of(dataset)
    seconds = time.perf_counter() - began
    headlines, records = headline_rows(found, samples), record_rows(found, samples)
    named = asked_rows(found, samples, measure or ())
    weeks = samples.about["weeks"]
    command = again(
        "run", found, members=members, weeks=weeks, seed=seed, measure=measure, keep=keep
    )
    if out is not None and dataset is not None:
        from sinews.analysis.report import write_report

        write_report(out, found, dataset, headlines, records, command)
    if json:
        from sinews.analysis.report import facts

        rows = [line.plain() for line in (*named, *headlines, *records)]
        print_json(facts(found, samples, command) | {"seconds": round(seconds, 3), "rows": rows})
        return
    _print_head(found, samples, seconds)
    _print_rows(found, named, headlines, records)
    if out is not None:
        print_line(f"Written: {out / 'report.html'}, {out / 'dataset.nc'}, {out / 'measures.json'}")


def _print_rows(
    found: Scenario, named: Sequence[Row], headlines: Sequence[Row], records: Sequence[Row]
) -> None:
    if named:
        from sinews.analysis.tables import ASKED, asked_line

        print_table("Asked for", ASKED, [asked_line(found, line) for line in named])
    _print_headlines(found, headlines)
    if records:
        _print_records(found, "Against the record", records)


def _print_head(found: Scenario, samples: Samples, seconds: float) -> None:
    from datetime import timedelta

    from sinews.analysis.numerals import day
    from sinews.engine.posterior import borrows

    about = samples.about
    end = found.start + timedelta(days=7 * about["weeks"])
    worst = max(samples.laws.values())
    fitted = (
        f"{len(about['fitted'].split(', '))} numbers fitted" if about["fitted"] else "not fitted"
    )
    fitted += {"stale": ", to another state of the file", "unknown": ", to what is unknown"}.get(
        about["posterior"] if about["fitted"] else "", ""
    )
    fitted += f", by the fit of {found.fit_of}" if about["fitted"] and borrows(found) else ""
    print_line(f"{found.title}: {day(found.start)} to {day(end)}, {about['weeks']} weeks")
    print_line(
        f"{about['members']:,} members, seed {about['seed']}, "
        f"options: {about['options'] or 'none'}, coefficients: {fitted}"
    )
    print_line(
        f"{seconds:.1f} s, {about['members'] / seconds:,.0f} members a second; "
        f"laws of conservation hold to {worst:.1e}"
    )


def _print_headlines(found: Scenario, rows: Sequence[Row]) -> None:
    from sinews.analysis.numerals import day
    from sinews.analysis.tables import HEADLINE, by_owner

    lines = [x for whose, group in by_owner(found, rows) for x in ([whose], *group)]
    print_table(f"On {day(rows[0].measure.at)}" if rows else "", HEADLINE, lines)


def _print_records(found: Scenario, title: str, rows: Sequence[Row]) -> None:
    from sinews.analysis.tables import RECORD, record_line

    print_table(title, RECORD, [record_line(found, row) for row in rows])


def compare(
    scenario: ScenarioName,
    options: Annotated[
        str | None,
        typer.Option(
            help="Options to compare, as in A,B; beside --theory, those in force.", metavar="A,B"
        ),
    ] = None,
    theory: Annotated[
        str | None,
        typer.Option(
            help="Theories of combat to compare, as in helmbold,epstein, or all.", metavar="A,B"
        ),
    ] = None,
    measure: Measures = None,
    members: Members = 1000,
    weeks: Weeks = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Compare options on common luck, the first named against the others and against none; or
    what rival theories of combat say."""
    names = [name.strip() for name in (options or "").split(",")]
    if theory is not None:
        in_force = list(filter(None, names))
        _compare_theories(scenario, theory, in_force, measure or (), members, weeks, seed, json)
    elif options is not None:
        _compare_options(scenario, names, measure or (), members, weeks, seed, json)
    else:
        problem, remedy = "nothing is named to compare", "write --options A,B, or --theory all"
        raise ScenarioError(scenario, [Mistake("compare", problem, remedy=remedy)])


def _compare_options(
    scenario: str,
    names: Sequence[str],
    measure: Sequence[str],
    members: int,
    weeks: int | None,
    seed: int,
    json: bool,
) -> None:
    foresee("compare", scenario)
    from sinews.scenario import load
    from sinews.scenario.feasible import refusals

    plain = load(scenario)
    warn_if_stale(plain)
    for name in filter(None, names):
        for _, why in refusals(plain, load(scenario, (name,))):
            print(printable(f"{name}: {why.path} {why.problem}"), file=sys.stderr)
    from sinews.analysis import compare as comparing
    from sinews.analysis.measures import nothing
    from sinews.analysis.tables import contrast_heads, contrast_line

    with progress(members * (len(set(names)) + 1), "members") as step:
        dataset = comparing.compare(scenario, names, measure, members, weeks, seed, step)
    wanted = comparing.wanted_measures(plain, measure, dataset.attrs["weeks"])
    found = comparing.contrasts(dataset, wanted)
    if json:
        print_json([contrast.plain() for contrast in found])
        return
    print_line(
        f"{plain.title}: {dataset.attrs['weeks']} weeks, {members:,} members, seed {seed}, "
        "each member with the same luck on both sides"
    )
    for (one, other), group in groupby(found, lambda each: (each.option, each.against)):
        told = [
            each
            for each in group
            if measure or not nothing(each.measure.series, *each.medians, each.higher, each.lower)
        ]
        lines = [contrast_line(plain, each) for each in told]
        print_table(f"{one} against {other}", contrast_heads(one, other), lines)
    print_line(
        "Better: share of members in which the first is better for the power itself "
        "(fewer losses, more of the rest); of a front, for the west. Equals count for neither."
    )


def _compare_theories(
    scenario: str,
    theory: str,
    options: Sequence[str],
    measure: Sequence[str],
    members: int,
    weeks: int | None,
    seed: int,
    json: bool,
) -> None:
    foresee("compare", scenario, "theory")
    from sinews.analysis.rivals import rivalry
    from sinews.analysis.tables import RIVAL, THEORY, rival_lines, theory_lines
    from sinews.model.coefficients import THEORIES
    from sinews.scenario import load

    plain = load(scenario, options)
    warn_if_stale(plain)
    words = list(filter(None, map(str.strip, theory.split(","))))
    if "all" in words and len(words) > 1:
        problem, remedy = '"all" stands alone', "write --theory all, or names without it"
        raise ScenarioError(scenario, [Mistake("--theory", problem, "", remedy, shown(theory))])
    names = [*THEORIES] if words == ["all"] else words
    with progress(members * len(set(names)), "members") as step:
        found = rivalry(plain, names, (), measure, members, weeks, seed, step)
    if json:
        print_json(found.plain())
        return
    print_line(
        f"{found.scenario.title}: {found.weeks} weeks, {members:,} members under each theory, seed "
        f"{seed}, options: {', '.join(found.scenario.applied) or 'none'}"
    )
    print_table("", THEORY, theory_lines(found))
    lines = [line for head, group in rival_lines(found) for line in ([head], *group)]
    print_table("", RIVAL, lines)
    print_line(f"{found.remark()} Variance: how much of the mixture's is between theories.")
    amiss = {"none": "was not fitted", "stale": "was fitted to another state of the file"}
    for name, fit in zip(found.theories, found.fits, strict=True):
        if fit in amiss:
            again = f"`sinews calibrate {scenario} --theory {name}` fits it."
            print_line(f"{name} {amiss[fit]}: {again}")


def check(
    scenario: ScenarioName,
    option: Options = None,
    members: Members = 1000,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Check a scenario file, and hold the model against its records (status 1 if one misses)."""
    foresee("check", scenario)
    from sinews.scenario.feasible import load_feasible

    found = load_feasible(scenario, option or ())
    warn_if_stale(found)
    from sinews.analysis.check import checked
    from sinews.scenario.idle import idle

    with progress(members, "members") as step:
        rows = checked(found, members, seed, step)
    notes = list(map(str, idle(found)))
    if notes:
        notes.insert(0, "Notes: nothing comes of what stands here")
    if json:
        print_json([line.plain() for line in rows])
        for note in notes:
            print(printable(note), file=sys.stderr)
    else:
        _print_records(found, found.title, rows)
        missed = sum(line.verdict == "misses" for line in rows)
        print_line(
            f"{len(rows) - missed} of {len(rows)} records hold ({members:,} members, seed {seed})"
        )
        for note in notes:
            print_line(note)
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
    found = scenario_for("replay", scenario, option)
    from sinews.analysis import replay as replaying

    dataset = replaying.replay(found, member, seed, week if weeks is None else weeks, week)
    tables = (
        replaying.week_tables(dataset, week)
        if week is not None
        else [replaying.weeks_table(found, dataset)]
    )
    if json:
        print_json({"member": member, "seed": seed, "tables": [t.plain() for t in tables]})
        return
    head = f"{found.title}: member {member} of seed {seed}"
    print_line(head if week is None else f"{head}, week {week}")
    for table in tables:
        print_table(table.title, table.heads, table.written())


def calibrate(
    scenario: ScenarioName,
    members: Annotated[int, typer.Option(help="Members that are fitted.")] = 4096,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of the fit.")] = 6,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="Leave the fit as NetCDF too, in the groups of ArviZ.", metavar="FILE"),
    ] = None,
    theory: Annotated[
        str | None,
        typer.Option(
            help="Fit a rival theory of combat instead; its fit is kept beside the other."
        ),
    ] = None,
    leave_one_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-out",
            help="Keep nothing: is each record in the band of a fit to all others?",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Fit the coefficients to the scenario's records; the posterior is kept beside the file."""
    from sinews.scenario import load

    found = load(scenario)
    if theory is not None:
        found = found.with_theory(theory)
    from sinews.analysis import calibrate as fitting
    from sinews.analysis.place import writable_file

    if leave_one_out and out is not None:
        problem, remedy = "does not go with --leave-one-out, which keeps nothing", "leave one out"
        raise ScenarioError(found.path.name, [Mistake("--out", problem, "", remedy)])
    if leave_one_out:
        with progress(len(fitting.fitted_rows(found)), "records") as step:
            told = fitting.left_out(found, members, rounds, seed, lambda *_: step(1))
        if json:
            print_json([r.plain() for r in told])
        else:
            _print_left_out(found, told)
        return
    if out is not None:
        writable_file(out)
    with progress(rounds + 1, "rounds") as step:
        fit = fitting.calibrate(found, members, rounds, seed, lambda *_: step(1))
    if out is not None:
        fit.export(out)
    if json:
        print_json(fit.plain())
    else:
        _print_fit(found, fit)


def _print_left_out(found: Scenario, told: Sequence[FittedRecord]) -> None:
    from sinews.analysis.tables import FITTED_RECORD, told_line

    print_table(found.title, FITTED_RECORD, [told_line(found, r) for r in told])
    held = sum(r.holds for r in told)
    print_line(f"{held} of {len(told)} are in the 5-95 % of fits to the others")


def _print_fit(found: Scenario, fit: Fit) -> None:
    from sinews.analysis.tables import FITTED_NUMBER, FITTED_RECORD, number_line, told_line
    from sinews.engine.posterior import posterior_path

    print_table(found.title, FITTED_RECORD, [told_line(found, r) for r in fit.records])
    known = [n for n in fit.numbers if n.informed or n.leans]
    print_table("What the records say of the numbers", FITTED_NUMBER, map(number_line, known))
    rest = sum(not n.informed for n in fit.numbers)
    print_line(f"Of {rest} of {len(fit.numbers)} numbers the records say next to nothing.")
    misses = ", ".join(f"{x:.1f}" for x in fit.misfits)
    print_line(f"Medians off the records, in standard errors, round by round: {misses}")
    kept = f"{len(fit.posterior.draws):,} draws of {fit.members:,} members"
    print_line(f"{len(fit.numbers)} numbers, {kept}: {posterior_path(found)}")
