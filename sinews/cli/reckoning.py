"""The command that reckons a campaign up once it is over: reckoning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinews.cli.words import (
    BranchPlayed,
    Json,
    SeatPlayed,
    StorePlace,
    print_json,
    print_line,
    print_table,
    progress,
    usual_store,
)

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign

Plain = Mapping[str, Any]


def reckoning(
    campaign: Annotated[
        int, typer.Argument(metavar="CAMPAIGN", help="The number of a campaign that is over.")
    ],
    turn: Annotated[
        int | None,
        typer.Option(help="As things stood then.", show_default="the last", metavar="TURN"),
    ] = None,
    branch: BranchPlayed = None,
    power: SeatPlayed = None,
    store: StorePlace = None,
    json: Json = False,
) -> None:
    """Reckon a campaign up: aims, price, best and worst decision, forecasts, luck, secrets."""
    from sinews.campaign.played import Campaign

    place = usual_store() if store is None else store
    found = reckoned(Campaign.open(place, campaign, branch, power=power), turn)
    if json:
        print_json(found)
    else:
        show_reckoning(found)


def reckoned(game: Campaign, turn: int | None = None) -> Plain:
    """The reckoning of a campaign, with a bar while it is made."""
    so_far = 0
    with progress(None, "runs") as step:

        def tell(done: int, _total: int, _words: str) -> None:
            nonlocal so_far
            step(done - so_far)
            so_far = done

        return game.reckoning(turn, tell)


def show_reckoning(found: Plain) -> None:
    """Print it."""
    from sinews.analysis.numerals import day

    first, last = (day(date.fromisoformat(found[key])) for key in ("from", "date"))
    whose = f" of {found['title']}" if found["title"] else ""
    print_line(f"The reckoning{whose}: {found['of']}, {first} to {last}")
    if found["power"] is not None:
        _show_aims(found["aims"], found["luck"])
        _show_whole(found)
        _show_paid(found["paid"])
        _show_beliefs(found["beliefs"])
        _show_decisions(found)
        show_scores(found["forecasts"])
    for other in found["others"]:
        print_line(f"\n{other['title']}")
        _show_aims(other["aims"])
        _show_paid(other["paid"])
        _show_beliefs(other["beliefs"])
        for made in other["decisions"]:
            print_line(f"{made['date']}, {made['title']}: {made['option_title']}, by {made['by']}")


def _show_aims(aims: Sequence[Plain], luck: Plain | None = None) -> None:
    from sinews.analysis.numerals import amount, band, signed

    heads = ["aim", "counts>", "for each", "was>", "is>", "makes>", "went"]
    if luck:
        heads += [f"median of {luck['members']}>", "5-95 %>", "better than>"]
    lines: list[list[str]] = []
    for place, aim in enumerate(aims):
        unit = aim["unit"]
        line = [aim["title"], f"{aim['counts']:g}", aim["each"]]
        line += [amount(aim["was"], unit), amount(aim["is"], unit), signed(aim["makes"])]
        line.append(aim["went"])
        if luck:
            of = luck["aims"][place]
            line += [amount(of["median"], unit), band(of["low"], of["high"], unit)]
            line.append(f"{100 * of['better_than']:.0f} %")
        lines.append(line)
    if lines:
        print_table("Aims", heads, lines)
    if not all(aim["given"] for aim in aims):
        print_line("The scenario states no aims: these are the default.")


def _show_whole(found: Plain) -> None:
    from sinews.analysis.numerals import signed

    luck = found["luck"]
    print_line(
        f"All aims together make {signed(found['value'])}. Of {luck['members']} campaigns to which "
        f"the same was decided it went better than {100 * luck['value']['better_than']:.0f} %."
    )


def _show_paid(paid: Sequence[Plain]) -> None:
    from sinews.analysis.numerals import amount

    rows = [(row["title"], row["unit"], amount(row["value"], row["unit"])) for row in paid]
    rows = [row for row in rows if row[2] not in ("0", "0.00")]
    if rows:
        print_table("Paid", ("what", "unit", "how much>"), rows)


def _show_beliefs(beliefs: Sequence[Plain]) -> None:
    from sinews.analysis.numerals import amount

    rows = [
        (b["title"], amount(b["believed"], "men"), amount(b["true"], "men"), f"{b['factor']:.2f}")
        for b in beliefs
    ]
    if rows:
        heads = ("enemy's strength on", "believed>", "true>", "mistaken by a factor of>")
        print_table("Believed, and true", heads, rows)


def _show_decisions(found: Plain) -> None:
    from sinews.analysis.numerals import signed

    lines: list[Sequence[str]] = []
    for made in found["decisions"]:
        lines.append([f"{made['date']}, {made['title']}: {made['option_title']}"])
        for other in made["others"]:
            told = [
                f"{row['title']} {signed(row['difference'], row['unit'])}"
                for row in other["differences"]
                if row["difference"]
            ]
            gain = "" if other["gain"] is None else signed(other["gain"])
            said = other["barred"] or ", ".join(told) or "nothing"
            lines.append((f"  instead of: {other['title']}", gain, said))
    if not lines:
        print_line("Nothing was decided.")
        return
    heads = ("decision", "made>", "of which")
    print_table("Each decision alone turned round, on the same luck", heads, lines)
    for which, words in (("best", "gained"), ("worst", "lost")):
        if made := found[which]:
            by = signed(abs(made["gain"])).removeprefix("+")
            print_line(
                f"The {which} decision: {made['title']}, {made['option_title']}, {made['date']}. "
                f"It {words} {by} against the best of the others: {made['against']}."
            )
    print_line("Exact on this one luck, and no odds: on another it may be otherwise.")


def show_scores(scores: Plain) -> None:
    """Print what was forecast beside what happened."""
    from sinews.analysis.numerals import amount, band
    from sinews.campaign.score import counting

    rows = [
        (
            row["item"],
            row["measure"],
            row["unit"],
            amount(row["median"], row["unit"]),
            band(row["band90"][0], row["band90"][1], row["unit"]),
            amount(row["happened"], row["unit"]),
            amount(row["crps"], row["unit"]),
            ", ".join(row["since"]),
        )
        for row in scores["rows"]
    ]
    if rows:
        heads = ("item", "forecast", "unit", "median>", "5-95 %>", "happened>", "CRPS>")
        heads = (*heads, "decided since")
        print_table("What was forecast, and what happened", heads, rows)
    if counted := len(counting(scores["rows"])):
        held = " and ".join(
            f"{100 * share:.0f} % in the {name} % band"
            for name, share in scores["coverage"].items()
        )
        print_line(f"{counted} forecasts of what was decided: {held}")
