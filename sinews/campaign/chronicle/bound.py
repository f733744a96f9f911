"""A campaign bound into a book: its chapters with their figures, and where each number is from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from sinews import __version__
from sinews.analysis.again import again
from sinews.campaign.chronicle import figures
from sinews.campaign.chronicle.chapter import Chapter, chapter
from sinews.campaign.chronicle.figures import Drawn
from sinews.campaign.chronicle.prose import Run
from sinews.campaign.chronicle.span import ToldNumber
from sinews.campaign.chronicle.words import clean, dated
from sinews.campaign.truth import true_member
from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign
    from sinews.campaign.record import Record

Progress = Callable[[int, int, str], object]


@dataclass(frozen=True)
class Origin:
    """Where a number of the book is from: a line of the appendix."""

    id: str
    text: str
    value: str
    unit: str
    formed: str
    parts: tuple[tuple[str, str, str], ...]
    """Each measure as it is written, in words, and of when; of a constant its value."""


@dataclass(frozen=True)
class Leaf:
    """A chapter in the book."""

    chapter: Chapter
    figures: tuple[Drawn, ...]


@dataclass(frozen=True)
class Book:
    """A whole campaign, ready to be set."""

    title: str
    name: str
    """Its title among the books of its campaign, one a seat and a branch."""
    who: str
    """Whose eyes it is told through."""
    identifier: str
    """Its name among all books, however far it has come."""
    edition: datetime
    """The day on which its story ends; the time tells editions of one day apart."""
    since: date
    until: date
    leaves: tuple[Leaf, ...]
    origins: tuple[Origin, ...]
    made: tuple[tuple[str, str], ...]
    """How it was made, and what to do to have it again."""
    sources: tuple[tuple[str, str], ...]
    _ids: dict[ToldNumber, str] = field(repr=False)

    def id(self, number: ToldNumber) -> str:
        """Where a number stands in the appendix."""
        return self._ids[number]

    @property
    def years(self) -> list[tuple[int, list[Chapter]]]:
        """Its chapters by the year in which they end."""
        found = [leaf.chapter for leaf in self.leaves]
        return [(y, list(each)) for y, each in groupby(found, key=lambda c: c.until.year)]

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "title": self.title,
            "identifier": self.identifier,
            "who": self.who,
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "made": dict(self.made),
            "chapters": [leaf.chapter.plain() for leaf in self.leaves],
            "sources": dict(self.sources),
        }


def bind(game: Campaign, progress: Progress | None = None, drawn: bool = True) -> Book:
    """The book of a campaign as far as it has been played, with its figures unless not `drawn`."""
    leaves: list[Leaf] = []
    for n in range(1, game.turn + 1):
        if progress:
            progress(n - 1, game.turn, f"Chapter {n}")
        found = chapter(game, n)
        if found is None:
            remedy = "open the campaign once, so that they are simulated again"
            mistake = Mistake("campaign", f"the weeks of turn {n} are not kept", "", remedy)
            raise ScenarioError(f"{game.scenario.name}, campaign {game.number}", [mistake])
        leaves.append(Leaf(found, _own_names(n, figures.keep_figures(game, n) if drawn else [])))
    record, scenario = game.records(), game.scenario
    assert record is not None  # every chapter was told from it
    numbers = dict.fromkeys(number for leaf in leaves for number in leaf.chapter.numbers)
    ids = {number: f"n{i}" for i, number in enumerate(numbers, 1)}
    return Book(
        clean(scenario.title),
        _name(game),
        _who(game),
        _identifier(game),
        _edition(game),
        scenario.start,
        game.date,
        tuple(leaves),
        tuple(_origin(number, ids[number], record, scenario) for number in numbers),
        tuple(_made(game)),
        tuple((key, clean(text)) for key, text in scenario.sources.items()),
        ids,
    )


def _own_names(n: int, drawn: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Figures whose inner names are those of no other chapter."""
    return tuple(
        Drawn(
            each.kind,
            each.title,
            each.alt,
            re.sub(r'(\bid="|url\(#|href="#)p', rf"\g<1>c{n}p", each.svg),
        )
        for each in drawn
    )


def _who(game: Campaign) -> str:
    if game.power is None:
        return "As a historian sees it, who knows all sides"
    return f"As {_seat(game, game.power)} saw it"


def _seat(game: Campaign, power: str) -> str:
    return clean(game.scenario.powers[power].title or power)


def _name(game: Campaign) -> str:
    whose = f", as {_seat(game, game.power)} saw it" if game.power else ""
    return f"{clean(game.scenario.title)}{whose}{f', branch {game.line}' * (game.line > 1)}"


def _identifier(game: Campaign) -> str:
    """A campaign that is played is like no other; one left to its rules is what it began with."""
    first = game.store.log(game.number, game.line)[0]
    parts = ("scenario", "posterior", "options", "seed", "member")
    rules = [first.says.get(part) for part in parts]
    began = (game.number, first.digest) if game.powers else rules
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'sinews {began} {game.line} {game.power}')}"


def _edition(game: Campaign) -> datetime:
    """Later with every turn, every entry of the open turn, and every version of sinews."""
    now = game.turns[-1]
    major, minor, patch = (int(part) for part in re.findall(r"\d+", __version__)[:3])
    entries = len(now.acts) + 2 * len(now.withdrawn)
    later = timedelta(hours=entries, minutes=20 * major + minor, seconds=patch)
    return datetime.combine(game.date, time()) + later


def _origin(number: ToldNumber, at: str, record: Record, scenario: Scenario) -> Origin:
    parts = tuple(
        _part(part, record, scenario) if isinstance(part, str) else (f"{part:g}", "", "")
        for part in number.parts
    )
    value = f"{number.value:,.3f}".rstrip("0").rstrip(".")
    return Origin(at, number.text, value, number.unit, number.formed, parts)


def _part(measure: str, record: Record, scenario: Scenario) -> tuple[str, str, str]:
    name, _, when = measure.partition("@")
    series, *labels = name.split(":")
    days = [dated(date.fromisoformat(day), year=True) for day in when.split("..")]
    meaning = record.meanings.get(series, series)
    if len(days) == 2:
        meaning = meaning.replace(" since the start", "")
    words = ", ".join([meaning, *(_title(label, scenario) for label in labels)])
    return measure, words, " to ".join(days)


def _title(label: str, scenario: Scenario) -> str:
    """What a label of a measure stands for."""
    for known in (scenario.powers, scenario.theatres, scenario.items, scenario.agreements):
        if label in known:
            return clean(known[label].title or label)
    for name, contract in scenario.contracts.items():
        if label.startswith(f"{name} "):
            return f"{clean(contract.title or name)}: {label.removeprefix(f'{name} ')}"
    return clean(label)


def _made(game: Campaign) -> list[tuple[str, str]]:
    says = game.store.log(game.number, game.line)[0].says
    scenario = game.scenario
    turns = [t for t in game.turns if t.decisions]
    decisions = [
        f"{dated(turn.on, year=True)}: {d.item} = {d.choice}"
        for turn in turns
        for d in turn.decisions
        if game.power in (None, d.power)
    ]
    out = [
        ("scenario", f"{scenario.name}, fingerprint {scenario.text[:16]}"),
        ("seed", str(says["seed"])),
        ("version", f"sinews {__version__}"),
        ("turns", "; ".join(dated(turn.on, year=True) for turn in game.turns)),
    ]
    if says["options"]:
        out.append(("options", ", ".join(says["options"])))
    if game.powers:
        out.append(("decided", "; ".join(decisions) or "nothing"))
    return [*out, ("to have it again", _again(game, says))]


def _again(game: Campaign, says: dict[str, Any]) -> str:
    """What to type, or to do, to have the same book."""
    if game.powers:
        return (
            "begin a campaign with this scenario, these options and this seed, and decide the same "
            "on the same days"
        )
    weeks = [-(-(b.on - a.on).days // 7) for a, b in pairwise(game.turns)]
    seed, member = says["seed"], says["member"]
    if member != true_member(seed):  # only a program can have asked for it
        given = f"seed={seed}, member={member}, rules=True"
        return f"in Python, Campaign.start(scenario, {given}), and advance by weeks: {weeks}"
    until = None if game.over else game.date.isoformat()
    return again("chronicle", game.scenario, seed=seed, weeks=_lengths(weeks), until=until)


def _lengths(weeks: Sequence[int]) -> Sequence[int]:
    """How long chapters are, the last length being that of all that follow until the end."""
    if len(weeks) > 1 and weeks[-1] < weeks[-2]:
        weeks = weeks[:-1]  # cut short by the end
    while len(weeks) > 1 and weeks[-1] == weeks[-2]:
        weeks = weeks[:-1]
    return weeks


def plain_runs(paragraph: Sequence[Run]) -> list[dict[str, Any]]:
    """A paragraph's runs, each with its text and its number if it is one."""
    return [
        {"text": run, "number": None}
        if isinstance(run, str)
        else {"text": run.text.replace(" ", "\N{NO-BREAK SPACE}"), "number": run}
        for run in paragraph
    ]
