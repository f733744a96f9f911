"""The commands that play a campaign in the terminal: play, orders."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinews.cli.reckoning import reckoned, show_reckoning
from sinews.cli.words import (
    BranchPlayed,
    Json,
    SeatPlayed,
    Seed,
    StorePlace,
    own_terms,
    print_json,
    print_line,
    print_table,
    usual_store,
    warn_if_stale,
)
from sinews.errors import Mistake, ScenarioError, shown

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign
    from sinews.scenario.presets import Given

_INTERRUPTED = 130
KEYS = "o orders, u undo, b branch, h history, s seen, q quit"
OWN_TERMS = 'N TERM=VALUE; ... on own terms ("?" before it for its odds, t to list terms)'
_TERMS = re.compile(r"(\?)?\s*(\d+)\s+(.*=.*)")
_ORDER = re.compile(r"(\?)?\s*[oO]\s+(.*=.*)")
HOW_TO_ORDER = (
    "o WORD=VALUE; ... gives an order, as in: o attack=AXIS; send.LINK=20 k; draft=0.5; "
    'until=DATE. "?" before it asks for its odds, o lift=NAME takes one away.'
)

Plain = dict[str, Any]


def play(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="What to play; not with --resume.")
    ] = None,
    store: StorePlace = None,
    seed: Seed = 1,
    power: Annotated[
        str | None,
        typer.Option(help="Whose side to play.", show_default="the scenario's player"),
    ] = None,
    resume: Annotated[
        int | None, typer.Option(help="Go on with a campaign.", metavar="NUMBER")
    ] = None,
    branch: Annotated[
        int | None,
        typer.Option(help="The branch to go on with.", show_default="the newest", metavar="NUMBER"),
    ] = None,
    fork: Annotated[
        int | None,
        typer.Option(help="Go on in a new branch, from this turn.", metavar="TURN"),
    ] = None,
    members: Annotated[int, typer.Option(help="How many members the staff looks at.")] = 512,
) -> None:
    """Play a campaign: the council's items by turns. Everything is kept as you decide it."""
    from sinews.campaign.played import Campaign

    place = usual_store() if store is None else store
    if resume is not None:
        if scenario is not None:
            remedy = "leave one of the two out"
            mistake = Mistake("SCENARIO", "cannot go with --resume", "", remedy, shown(scenario))
            raise ScenarioError("play", [mistake])
        campaign = Campaign.open(place, resume, branch, fork, members)
    elif scenario is None:
        remedy = "write a scenario to play, or --resume NUMBER to go on with a campaign"
        raise ScenarioError("play", [Mistake("SCENARIO", "is not given", "", remedy)])
    else:
        campaign = Campaign.start(scenario, seed, power, place, members=members)
    warn_if_stale(campaign.scenario)
    game = _Game(campaign, store)
    try:
        game.run()
    except KeyboardInterrupt:
        print_line("")
        game.leave()
        sys.exit(_INTERRUPTED)


def orders(
    number: Annotated[int, typer.Argument(metavar="CAMPAIGN", help="Its number.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD=VALUE",
            help='What to order, as in attack=moscow, "send.ural>moscow=20 k", lift=attack.moscow; '
            "left out, the orders that stand are listed.",
        ),
    ] = None,
    store: StorePlace = None,
    power: SeatPlayed = None,
    branch: BranchPlayed = None,
    odds: Annotated[
        bool, typer.Option("--odds", help="Say what the order would lead to; give none.")
    ] = False,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="By what to judge it; may be given again.",
            show_default="the power's aims and fronts",
        ),
    ] = None,
    weeks: Annotated[int, typer.Option(help="How many weeks the odds look ahead.")] = 26,
    members: Annotated[int, typer.Option(help="How many members the staff looks at.")] = 512,
    json: Json = False,
) -> None:
    """List the standing orders of a seat in a campaign, give one, or ask for its odds."""
    from sinews.campaign.played import Campaign
    from sinews.scenario.standing import from_words

    place = usual_store() if store is None else store
    game = Campaign.open(place, number, branch, members=members, power=power)
    given = from_words(own_terms(words) or ())
    if odds:
        page = game.odds(given, measure, weeks)
        print_json(page) if json else _show(page, page["near"])
    elif given:
        made = game.order(given)
        print_json(made) if json else print_line(f"Ordered by {made['by']}: {_chosen(made)}")
    else:
        found = game.orders()
        print_json(found) if json else _show_orders(found)


class _Left(Exception):
    """The player has left the game."""


class _Game:
    """A campaign at a terminal: what is shown, what is asked, what is done."""

    def __init__(self, campaign: Campaign, place: str | None) -> None:
        # The place as the player wrote it, if they did.
        self.campaign, self.place = campaign, place
        # Items put off until the next turn, and whether the day is shown already.
        self.put_off: set[str] = set()
        self.day: tuple[int, int] | None = None

    def run(self) -> None:
        """Play until the campaign is over or the player leaves."""
        from sinews.analysis.numerals import day

        game = self.campaign
        print_line(f"{game.title}: campaign {game.number}, kept in {game.store.name}")
        _show_aims(game)
        try:
            while True:
                game = self.campaign
                if self.day != (game.line, game.turn):
                    self.day, self.put_off = (game.line, game.turn), set()
                    line = f", branch {game.line}" if game.line > 1 else ""
                    print_line(f"\nTurn {game.turn}, {day(game.date)}{line}")
                    for report in game.reports:
                        print_line(f"Reported: {report['report']}")
                self._step()
        except _Left:
            self.leave()

    def leave(self) -> None:
        """Say how to come back."""
        game = self.campaign
        place = f" --store {shlex.quote(self.place)}" if self.place else ""
        print_line(
            f"Kept. To go on: sinews play --resume {game.number} --branch {game.line}{place}"
        )

    def _step(self) -> None:
        """Ask for an item's option or, when none is left, whether to go on; and do it."""
        game = self.campaign
        waiting = [name for name in game.agenda if name not in self.put_off]
        if game.over:
            print_line("The campaign is over.")
            show_reckoning(reckoned(game))
            self._obey({"": self._quit}, "b branch, h history, s seen, q quit: ")
        elif waiting:
            brief = game.brief(waiting[:1])
            (item,) = brief["agenda"]
            name, options = item["name"], [option["name"] for option in item["options"]]
            _show(item, brief["members"], options)
            answers = {
                str(number): partial(self._decide, name, option)
                for number, option in enumerate(options, 1)
            }
            words = f"1-{len(options)} to decide, Enter to put it off, {KEYS}: "
            if game.terms(name):
                words = f"1-{len(options)} to decide, {OWN_TERMS}, Enter to put it off, {KEYS}: "
            own = partial(self._on_terms, name, options)
            self._obey({**answers, "": partial(self.put_off.add, name)}, words, own)
        else:
            self._obey({"": game.advance}, f"Enter to go on, {KEYS}: ")

    def _obey(
        self,
        answers: Mapping[str, Callable[[], object]],
        words: str,
        own: Callable[[str], bool | None] = lambda _: None,
    ) -> None:
        """Ask until an answer changes something, and do what it says. `own` is told an answer that
        is none of `answers`, and says whether it changed something; None if it means nothing."""
        known = {**answers, "u": self._undo, "b": self._branch, "q": self._quit}
        shows = {"h": self._history, "s": self._seen, "o": self._orders}
        while True:
            answer = self._ask(words)
            key = answer.lower()
            try:
                if key in known:
                    known[key]()
                    return
                if key in shows:
                    shows[key]()
                elif meant := _ORDER.fullmatch(answer):
                    if self._order(meant[2], odds=bool(meant[1])):
                        return
                elif changed := own(answer):
                    return
                elif changed is None:
                    print_line(f"There is no answer {shown(answer)} here.")
            except ScenarioError as error:
                print_line(str(error))

    def _on_terms(self, item: str, options: Sequence[str], answer: str) -> bool | None:
        """Decide on own terms, or show what follows from them or what there are."""
        if answer.lower() == "t":
            _show_terms(self.campaign.terms(item))
            return False
        meant = _TERMS.fullmatch(answer)
        if meant is None or not 1 <= int(meant[2]) <= len(options):
            return None
        option, terms = (
            options[int(meant[2]) - 1],
            own_terms(filter(str.strip, meant[3].split(";"))),
        )
        if not meant[1]:
            self._decide(item, option, terms)
            return True
        page = self.campaign.paper(item, terms, option)
        assert page is not None  # one on own terms is made
        _show(page, page["near"], options)
        return False

    def _quit(self) -> None:
        raise _Left

    def _decide(self, item: str, option: str, terms: Given | None = None) -> None:
        made = self.campaign.decide(item, option, terms=terms)
        print_line(f"Decided by {made['by']}: {_chosen(made)}")

    def _undo(self) -> None:
        back = self.campaign.undo()
        print_line(f"Taken back: {_whole(back)}")

    def _orders(self) -> None:
        _show_orders(self.campaign.orders())
        print_line(HOW_TO_ORDER)

    def _order(self, words: str, odds: bool) -> bool:
        """Give an order, or show its odds; whether it was given."""
        from sinews.scenario.standing import from_words

        given = from_words(own_terms(filter(str.strip, words.split(";"))) or ())
        if odds:
            page = self.campaign.odds(given)
            _show(page, page["near"])
            return False
        made = self.campaign.order(given)
        print_line(f"Ordered by {made['by']}: {_chosen(made)}")
        return True

    def _branch(self) -> None:
        answer = self._ask(f"from which turn, 1-{self.campaign.turn}: ")
        if answer.isdecimal():
            self.campaign = self.campaign.branch(int(answer))
            print_line(f"Branch {self.campaign.line}; the other is kept.")

    def _history(self) -> None:
        _show_history(self.campaign.history)

    def _seen(self) -> None:
        _show_seen(self.campaign.seen())

    def _ask(self, words: str) -> str:
        try:
            return input(words).strip()
        except EOFError:
            print_line("")
            raise _Left from None


def _show_aims(game: Campaign) -> None:
    title = game.scenario.powers[game.power].title or game.power if game.power else ""
    rows = [(aim["title"], f"{aim['counts']:g}", aim["each"]) for aim in game.aims]
    if rows:
        print_table(f"Aims of {title}", ("aim", "counts>", "for each"), rows)
    if not all(aim["given"] for aim in game.aims):
        print_line("The scenario states none: these are the default.")


def _chosen(made: Plain) -> str:
    """What was decided: the option, and its own terms; or what was ordered."""
    if "order" in made:
        from sinews.scenario.standing import in_words

        return in_words(made["order"])
    terms = "; ".join(f"{name} = {value}" for name, value in made["terms"].items())
    return f"{made['option']}, with {terms}" if terms else made["option"]


def _whole(made: Plain) -> str:
    """The same with the item."""
    return f"{made['item']}, {_chosen(made)}" if "item" in made else f"order, {_chosen(made)}"


def _show_orders(found: Plain) -> None:
    rows = [
        (
            row["name"],
            "yes" if row["value"] is True else str(row["value"]),
            row["since"],
            row["until"] or "lifted",
            row["otherwise"],
        )
        for row in found["standing"]
    ]
    if rows:
        print_table("Standing orders", ("order", "value", "from", "until", "otherwise"), rows)
    else:
        print_line("No orders stand: all is done by script and policy.")
    for kind in ("axes", "links", "items", "contracts"):
        if found[kind]:
            print_line(f"Its {kind}: {', '.join(found[kind])}")


def _show_terms(rows: Sequence[Plain]) -> None:
    presets = list(dict.fromkeys(name for row in rows for name in row["presets"]))
    heads = ("term", "unit", "bounds", *(f"{name}>" for name in presets))
    lines = [
        (row["term"], row["unit"], row["bounds"], *(_value(row["presets"].get(n)) for n in presets))
        for row in rows
    ]
    print_table("What can be changed", heads, lines)


def _value(value: float | str | None) -> str:
    return value if isinstance(value, str) else "" if value is None else f"{value:.12g}"


def _show(item: Plain, members: int, answers: Sequence[str] = ()) -> None:
    """A page; an option among the `answers` has the number that decides on it, another none."""
    from sinews.analysis.council.paper import Excluded
    from sinews.analysis.numerals import amount, band

    def mark(option: Plain) -> str:
        known = option["name"] in answers
        return f"{answers.index(option['name']) + 1}." if known else "-"

    print_line(f"\n{item['title']}" + (f" (until {item['until']})" if item["until"] else ""))
    print_line(f"  {item['who']}: {item['report']}" if item["report"] else f"  {item['who']}")
    if item["question"]:
        print_line(f"  {item['question']}")
    for row in item["estimates"]:
        around = band(row["low"], row["high"], row["unit"])
        value = f"{amount(row['median'], row['unit'])} {row['unit']} ({around})"
        if row["either"]:
            value = f"in {100 * row['mean']:.0f} of 100 campaigns"
        print_line(f"  The staff estimates {row['title']}, {row['at']}: {value}")
    for option in item["options"]:
        about = f": {option['summary']}" if option["summary"] else ""
        barred = f" (no longer possible: {option['barred']})" if option["barred"] else ""
        excludes = ", ".join(Excluded(**each).words for each in option["excludes"])
        without = f" Excludes: {excludes}." if excludes else ""
        print_line(f"  {mark(option)} {option['title']}{about}{barred}{without}")
        if option.get("does"):  # an older sinews kept none
            print_line(f"     {option['does']}")
    had = [(mark(option), option) for option in item["options"] if not option["barred"]]
    count = len(had[0][1]["forecasts"]) if had else 0
    lines = [line for at in range(count) for line in _compared(had, at)]
    if lines:
        heads = ("option", "forecast>", "5-95 %>", "difference>", "5-95 %>")
        print_table(f"{members} members that fit what is seen", heads, lines)
    if item["answer"]:
        print_line(f"Answer: {item['answer']}")
    if item["advice"]:
        print_line(f"Advice: {item['advice']['answer']}")


def _compared(options: Sequence[tuple[str, Plain]], at: int) -> list[list[str]]:
    """A measure's heading, and its line under each option; of what is one thing or the other, in
    how many of 100 campaigns it is."""
    from sinews.analysis.numerals import amount, band, signed

    first = options[0][1]["forecasts"][at]
    unit, either = first["unit"], first["either"]
    told = "% of campaigns" if either else "" if unit == "1" else unit
    lines = [[", ".join(filter(None, (first["title"], first["at"], told)))]]
    for mark, option in options:
        row = option["forecasts"][at]
        line = [f"{mark} {option['title']}", amount(row["median"], unit)]
        line += [band(row["low"], row["high"], unit), "", ""]
        if either:
            line[1:3] = [f"{100 * row['mean']:.0f}", ""]
        if option["differences"]:
            apart = option["differences"][at]
            low, high = apart["difference_low"], apart["difference_high"]
            line[3:] = [signed(apart["difference_median"], unit), band(low, high, unit)]
            if either:
                line[3:] = [signed(100 * apart["difference_mean"], "items"), ""]
        lines.append(line)
    return lines


def _show_history(turns: Sequence[Plain]) -> None:
    from sinews.analysis.numerals import amount

    for turn in turns:
        print_line(f"Turn {turn['turn']}, {turn['date']}")
        for made in turn["decisions"]:
            print_line(f"  {made['item']}: {_chosen(made)}, by {made['by']}")
        for order in turn["orders"]:
            print_line(f"  ordered: {_chosen(order)}, by {order['by']}")
        for back in turn["undone"]:
            print_line(f"  taken back: {back['item']}, {_chosen(back)}")
        if not turn["as_played"]:
            print_line("  simulated anew, the weeks before it are not quite as they were played")
        rows = [
            (
                " ".join((row["series"].replace("_", " "), *row["labels"])),
                row["unit"],
                amount(row["from"], row["unit"]),
                amount(row["to"], row["unit"]),
            )
            for row in turn["happened"]
        ]
        lines = [row for row in rows if row[2] != row[3]]
        if lines:
            print_table("", ("since then", "unit", "from>", "to>"), lines)


# What goes without saying: nothing, but that a place is in its own power's hands.
_USUAL = {"held": 1.0}


def _show_seen(known: Plain) -> None:
    from sinews.analysis.numerals import amount

    rows = [
        (series["meaning"] or name, " ".join(labels), series["unit"], amount(value, series["unit"]))
        for name, series in known["series"].items()
        for labels, value in _cells(series["value"])
        if value != _USUAL.get(name, 0.0)
    ]
    lines: list[Sequence[str]] = []
    for meaning, group in groupby(rows, lambda row: row[0]):
        for i, row in enumerate(group):
            lines.append(("" if i else meaning, *row[1:]))
    print_table(f"Known on {known['date']}", ("what", "of", "unit", "value>"), lines)


def _cells(value: Any, labels: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], float]]:
    if isinstance(value, dict):
        return [cell for key, x in value.items() for cell in _cells(x, (*labels, key))]
    return [(labels, value)]
