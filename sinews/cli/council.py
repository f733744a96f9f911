"""Commands of a council: brief, advice, and the staff's answers (plan, worth, border, replace,
estimate)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinews.cli.words import (
    Json,
    Options,
    OwnTerms,
    Preset,
    ScenarioName,
    Seed,
    Weeks,
    own_terms,
    print_json,
    print_line,
    print_table,
    progress,
    scenario_for,
)

if TYPE_CHECKING:
    from sinews.analysis.council.paper import Brief, Paper
    from sinews.analysis.paired import Past
    from sinews.scenario import Scenario

Limit = Annotated[
    int | None,
    typer.Option(
        help="How many members are run.",
        show_default="as many as it takes to be clear, 1000 at most",
    ),
]
MembersRun = Annotated[int, typer.Option(help="How many members are run.")]
On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day of the council.", show_default="the scenario's"),
]
Contracts = Annotated[
    list[str] | None,
    typer.Option(
        "--contract",
        help="A contract, signed or not; may be given again.",
        show_default="those that the agenda asks about",
    ),
]


Items = Annotated[
    list[str] | None,
    typer.Option(
        help="An item to be heard, on the agenda that day or not; may be given again.",
        show_default="all on the agenda that day",
    ),
]
If = Annotated[
    list[str] | None,
    typer.Option(
        "--if",
        help='Only campaigns in which this holds, as in "held:Kiev@1941-09-28 below 0.5"; may be '
        "given again.",
    ),
]


def brief(
    scenario: ScenarioName,
    option: Options = None,
    members: Limit = None,
    seed: Seed = 1,
    on: On = None,
    item: Items = None,
    term: OwnTerms = None,
    preset: Preset = None,
    told: Annotated[
        bool,
        typer.Option("--told", help="Only campaigns that tell the scenario's records to the day."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Page to write, or the folder for it.", metavar="FILE.html|DIR"),
    ] = None,
    json: Json = False,
) -> None:
    """Hold a council: each item with forecasts, differences, advice and the staff's answer; or one
    item on terms of one's own."""
    began = time.perf_counter()
    found = scenario_for("brief", scenario, option)
    file = None
    if out is not None:
        from sinews.analysis.council.handout import handout_file

        file = handout_file(out)
    from sinews.analysis.council.brief import briefed, convened

    papers: list[Paper] = []
    with progress(None, "members") as step:
        past = _told(found, _day(on), members, seed, step) if told else None
        own: dict[str, Any] = {"terms": own_terms(term), "preset": preset}
        meeting = convened(found, (), members, seed, _day(on), item, step, past, **own)
        if not json:
            _print_head(meeting.scenario)
            for report in meeting.reports:
                print_line(f"Reported: {report.sentence()}")
        for paper in briefed(meeting):
            papers.append(paper)
            if not json:
                print_paper(len(papers), paper, meeting.scenario)
    whole = meeting.brief(papers, time.perf_counter() - began)
    if file is not None:
        from sinews.analysis.again import again
        from sinews.analysis.council.handout import write_handout

        day = str(on.date()) if on else None
        own = {"item": item, "term": term, "preset": preset}
        command = again("brief", found, members=members, seed=seed, **own, on=day, told=told)
        write_handout(file, whole, meeting.scenario, command)
    if json:
        print_json(whole.plain())
        return
    _print_foot(whole, meeting.scenario)
    if file is not None:
        print_line(f"Written: {file}")


def curve(
    scenario: ScenarioName,
    item: Annotated[str, typer.Argument(help="An item of the agenda.")],
    term: Annotated[
        str, typer.Argument(metavar="TERM", help='One of its terms, as in "soviet-goods.price".')
    ],
    preset: Preset = None,
    own: OwnTerms = None,
    option: Options = None,
    members: Annotated[int, typer.Option(help="How many members are run at each value.")] = 128,
    seed: Seed = 1,
    on: On = None,
    out: Annotated[Path | None, typer.Option(help="Picture to write.", metavar="FILE.svg")] = None,
    json: Json = False,
) -> None:
    """What one term of a draft does between its bounds: each measure of the item along it."""
    found = scenario_for("brief", scenario, option)
    file = None
    if out is not None:
        from sinews.analysis.council.handout import picture_file

        file = picture_file(out)
    from sinews.analysis.council import curve as home

    with progress(None, "members") as step:
        answer = home.curve(
            found, item, term, preset, own_terms(own), (), members, seed, _day(on), step
        )
    if file is not None:
        from sinews.analysis.council.handout import write_curve

        write_curve(file, answer)
    if json:
        print_json(answer.plain())
        return
    print_line(answer.sentence())
    print_table("", *answer.table())
    for value, why in answer.refused:
        print_line(f"Not to be had at {answer.term.text(value)}: {why}.")
    print_line(answer.sure())
    if file is not None:
        print_line(f"Written: {file}")


def _told(
    found: Scenario, on: date | None, members: int | None, seed: int, step: Callable[[int], None]
) -> Past:
    from sinews.analysis.assimilate import told_past
    from sinews.analysis.council.brief import MEMBERS

    return told_past(found, on or found.council, members or MEMBERS, seed, step)


def _print_foot(whole: Brief, found: Scenario) -> None:
    papers = whole.agenda
    if not papers:
        print_line("Nothing is on the agenda of this day.")
    for name, why in whole.waiting.items():
        print_line(f'Not on the agenda: "{_title(found, name)}", which {why}.')
    many = "1 item" if len(papers) == 1 else f"{len(papers)} items"
    print_line(f"{many} in {whole.seconds:.1f} s, seed {whole.seed}.")
    if papers:
        print_line(
            "Difference: mean and standard error, to the first option. Better: share of campaigns "
            "in which the option is better for the power itself; of a front, for the west."
        )


def _print_head(found: Scenario) -> None:
    from sinews.analysis.numerals import day

    power = found.powers[found.player or ""]
    leader = f", {power.leader.name} presiding" if power.leader.name else ""
    print_line(
        f"{found.title}: the council of {power.title or found.player}, {day(found.council)}{leader}"
    )
    decided = [found.options[name].title or name for name in found.decided]
    if decided:
        print_line(f"Decided already: {'; '.join(decided)}")


def print_paper(number: int, paper: Paper, found: Scenario) -> None:
    """An item of the agenda, to be read by a chairman."""
    from sinews.analysis.council.advice import RULES
    from sinews.analysis.council.paper import COMPARED, COUNSEL, ESTIMATED

    print_line(f"\n{number}. {paper.title.upper()}")
    if paper.question:
        print_line(paper.question)
    for sentence in paper.sentences:
        print_line(f"\nAnswer: {sentence}")
    print_line("")
    print_line(f"{paper.who}: {paper.report}" if paper.report else f"Reported by {paper.who}.")
    if paper.estimates:
        print_table("", ESTIMATED, paper.estimated())
    for side in paper.options:
        words = ": ".join(x for x in (side.title, side.summary) if x)
        excludes = ", ".join(each.words for each in side.excludes)
        print_line(f"  - {words}" + (f" Excludes: {excludes}." if excludes else ""))
        if side.does:
            print_line(f"    {side.does}")
    lines = [x for heading, rows in paper.compared() for x in ([heading], *rows)]
    print_table("", COMPARED, lines)
    print_line(f"Advice: {paper.advice.sentence()} Rule: {RULES[paper.rule]}.")
    if paper.advice.judgements:
        print_table("", COUNSEL, paper.counsel())
    if paper.follow_up:
        minister = found.ministers[paper.follow_up]
        print_line(f"{minister.title or paper.follow_up} will report on what comes of it.")
    print_line(paper.sure())


def _title(found: Scenario, item: str) -> str:
    return next(i.title or i.name for i in found.agenda if i.name == item)


def _day(on: datetime | None) -> date | None:
    return on.date() if on else None


def advice(
    scenario: ScenarioName,
    item: Annotated[str, typer.Argument(help="An item of the agenda.")],
    option: Options = None,
    members: Limit = None,
    seed: Seed = 1,
    on: On = None,
    json: Json = False,
) -> None:
    """What each minister advises on an item: points for its options, the outcome, the dissent."""
    found = scenario_for("advice", scenario, option)
    from sinews.analysis.council import brief as home
    from sinews.analysis.council.advice import RULES

    with progress(None, "members") as step:
        answer = home.advice(found, item, (), members, seed, _day(on), progress=step)
    if json:
        print_json(answer.plain())
        return
    print_line(f"{answer.sentence()} Rule: {RULES[answer.rule]}.")
    options = [f"{title}>" for title in answer.titles.values()]
    heads = ("minister", "standing>", *options, "ahead by>", "weighs")
    lines = [
        [
            j.who,
            f"{100 * j.standing:.0f} %",
            *(f"{x:.2f}" for x in j.points.values()),
            "" if j.silent else j.ranking.lead.words,
            "silent" if j.silent else ", ".join(j.weighs) or "none: favours an option",
        ]
        for j in answer.judgements
    ]
    points = [f"{x:.2f}" for x in answer.points.values()]
    together = ["together", "", *points, answer.ranking.lead.words, ""]
    print_table("Points for each option", heads, [*lines, together] if lines else [])


def plan(
    scenario: ScenarioName,
    contract: Contracts = None,
    option: Options = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Can the order book be served: on time or not, what gives way first, what a customer costs."""
    found = scenario_for("plan", scenario, option)
    from sinews.analysis.numerals import amount, day
    from sinews.analysis.orderbook import plan as home

    answer = home.plan(found, contract or None, seed=seed)
    if json:
        print_json(answer.plain())
        return
    print_line(answer.sentence())
    heads = ("contract", "on time", "behind from", "weeks late>", "in time>")
    rows = [
        [
            answer.book.title(each.contract),
            "yes" if each.on_time else "no",
            day(each.behind) if each.behind else "",
            "" if each.on_time else "never" if each.weeks is None else str(each.weeks),
            f"{100 * each.in_time:.0f} %",
        ]
        for each in answer.standings
    ]
    print_table("", heads, rows)
    rows = [
        [answer.book.title(x.name), x.kind, f"{100 * x.share:.0f} %", day(x.by)]
        for x in answer.loads
    ]
    print_table("What is asked of each resource", ("resource", "of it", "used>", "by"), rows)
    rows = [
        [answer.book.title(x.contract), amount(x.rent, "t"), amount(x.cost, "t")]
        for x in answer.prices
    ]
    heads = ("contract", "scarce goods it takes, t of gold>", "cost to others, t of gold>")
    print_table("What a customer costs", heads, rows)


def worth(
    scenario: ScenarioName,
    draft: Annotated[str, typer.Argument(help="An agreement or a contract of the scenario.")],
    buyer: Annotated[str | None, typer.Option(help="Power that would pay.")] = None,
    seller: Annotated[str | None, typer.Option(help="Power that would be paid.")] = None,
    delay: Annotated[
        list[int] | None,
        typer.Option(
            help="Weeks after the council; may be given again.", show_default="now, 2 weeks later"
        ),
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, help="Weeks after the council that count.")] = 26,
    option: Options = None,
    members: MembersRun = 512,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """What an agreement or a contract is worth in gold to both sides, now and later."""
    found = scenario_for("worth", scenario, option)
    from sinews.analysis.council import questions
    from sinews.analysis.numerals import amount

    with progress(None, "members") as step:
        answer = questions.worth(
            found, draft, buyer, seller, delay or (0, 2), members, horizon, seed, step
        )
    if json:
        print_json(answer.plain() | {"answer": answer.sentence()})
        return
    print_line(answer.sentence())
    rows = [
        [
            str(p.delay),
            amount(p.buyer, "t"),
            amount(p.seller, "t"),
            amount(p.between, "t") if p.possible else "none",
            f"{100 * p.signed:.0f} %",
        ]
        for p in answer.prices
    ]
    heads = ("weeks later>", "worth to buyer>", "asked by seller>", "between>", "signed in>")
    print_table("Tonnes of gold", heads, rows)


def border(
    scenario: ScenarioName,
    theatre: Annotated[
        list[str] | None,
        typer.Argument(metavar="[THEATRE]...", help="Axes of the border; the agenda's if none."),
    ] = None,
    warning: Annotated[
        float | None,
        typer.Option(
            help="Weeks of warning before an attack.", show_default="the agenda's or the campaigns'"
        ),
    ] = None,
    reserve: Annotated[
        float | None,
        typer.Option(help="Most men who can be brought back.", show_default="the agenda's or all"),
    ] = None,
    power: Annotated[
        str | None, typer.Option(help="Whose border it is.", show_default="the player's")
    ] = None,
    option: Options = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """How far the border can be cut and still hold, should the neighbour resolve on war."""
    found = scenario_for("border", scenario, option)
    from sinews.analysis.council import questions
    from sinews.analysis.numerals import amount

    answer = questions.border(found, theatre or (), warning, reserve, seed, power=power)
    if json:
        print_json(answer.plain())
        return
    print_line(answer.sentence())
    rows = [
        [amount(risk.men, "men"), f"{100 * risk.war:.1f} %", f"{100 * risk.lost:.1f} %"]
        for risk in answer.risks
    ]
    heads = ("men>", "war comes>", "lost if they resolve on it>")
    print_table(f"What so many risk within {answer.weeks} weeks", heads, rows)
    levels = [f"hold {100 * force.level:.0f} in 100>" for force in answer.forces]
    rows = [
        [f"{100 * force.level:.0f} in 100", amount(force.men, "men"), amount(force.error, "men")]
        for force in answer.forces
    ]
    print_table("Fewest men", ("hold", "men>", "standard error>"), rows)
    rows = [[name, *(amount(x, "men") for x in men)] for name, men in answer.variants.items()]
    print_table("Fewest men, if one thing were otherwise", ("if", *levels), rows)


def replace(
    scenario: ScenarioName,
    power: Annotated[str, typer.Argument(help="Whose losses.")],
    item: Annotated[str, typer.Argument(help="Of which item.")],
    option: Options = None,
    members: MembersRun = 512,
    weeks: Weeks = None,
    seed: Seed = 1,
    given: If = None,
    json: Json = False,
) -> None:
    """When what a power takes in of an item overtakes what it loses."""
    found = scenario_for("replace", scenario, option)
    from sinews.analysis.council import questions
    from sinews.analysis.numerals import amount, day

    with progress(members, "members") as step:
        answer = questions.replace(found, power, item, members, weeks, seed, step, given or ())
    if json:
        print_json(answer.plain())
        return
    print_line(answer.sentence())

    def dates(of: tuple[Any, ...]) -> list[str]:
        days = [answer.on(week) for week in of]
        return [day(when) if when else "not by the end" for when in days]

    rows = [
        ["takes in more than it loses, for good from", *dates(answer.lasting)],
        ["the same for a time, first from", *dates(answer.first)],
        ["makes more than it loses, for good from", *dates(answer.made)],
        ["smallest stock, on", *dates(answer.trough_week)],
        ["smallest stock", *(amount(x, "items") for x in answer.trough)],
    ]
    print_table("", ("", "5 %>", "50 %>", "95 %>"), rows)


def when(
    scenario: ScenarioName,
    condition: Annotated[
        str,
        typer.Argument(
            metavar="'MEASURE above|below NUMBER'",
            help='As in "lasting:ussr:shell below 2"; a date after the measure bounds the search.',
        ),
    ],
    option: Options = None,
    members: MembersRun = 512,
    weeks: Weeks = None,
    seed: Seed = 1,
    given: If = None,
    json: Json = False,
) -> None:
    """The first date on which a measure passes a bound, with its odds."""
    found = scenario_for("when", scenario, option)
    from sinews.analysis.council import questions

    with progress(members, "members") as step:
        answer = questions.when(found, condition, (), members, weeks, seed, step, given or ())
    if json:
        print_json(answer.plain())
    else:
        print_line(answer.sentence())


def estimate(
    scenario: ScenarioName,
    measure: Annotated[
        list[str], typer.Option(help="What is estimated, NAME[@DATE]; may be given again.")
    ],
    given: If = None,
    option: Options = None,
    members: MembersRun = 512,
    weeks: Weeks = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """What is expected of measures in the campaigns in which something comes about, and else."""
    found = scenario_for("estimate", scenario, option)
    from sinews.analysis.council import estimate as home

    with progress(members, "members") as step:
        answer = home.estimate(found, measure, given or (), (), members, weeks, seed, step)
    if json:
        print_json(answer.plain())
        return
    print_line(answer.sentence())
    print_table("", answer.heads, answer.lines())
