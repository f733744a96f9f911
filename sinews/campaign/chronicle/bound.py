"""A campaign bound into a book: its chapters with their figures, and where each number is from."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from sinews import __version__
from sinews.campaign.chronicle import figures
from sinews.campaign.chronicle.chapter import Chapter, chapter
from sinews.campaign.chronicle.figures import Drawn
from sinews.campaign.chronicle.prose import Run
from sinews.campaign.chronicle.span import Number
from sinews.campaign.chronicle.words import clean, dated
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
    who: str
    """Whose eyes it is told through."""
    since: date
    until: date
    leaves: tuple[Leaf, ...]
    origins: tuple[Origin, ...]
    made: tuple[tuple[str, str], ...]
    """How it was made, and what to do to have it again."""
    sources: tuple[tuple[str, str], ...]
    _ids: dict[Number, str] = field(repr=False)

    def id(self, number: Number) -> str:
        """Where a number stands in the appendix."""
        return self._ids[number]

    @cached_property
    def identifier(self) -> str:
        """Its name among all books: the same for the same text."""
        text = json.dumps([leaf.chapter.plain() for leaf in self.leaves], sort_keys=True)
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'sinews {self.title} {self.made} {text}')}"

    @property
    def years(self) -> list[tuple[int, list[Chapter]]]:
        """Its chapters by the year in which they end."""
        found = [leaf.chapter for leaf in self.leaves]
        return [(y, list(each)) for y, each in groupby(found, key=lambda c: c.until.year)]

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "title": self.title,
            "who": self.who,
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "made": dict(self.made),
            "chapters": [leaf.chapter.plain() for leaf in self.leaves],
            "sources": dict(self.sources),
        }


def bound(game: Campaign, progress: Progress | None = None, drawn: bool = True) -> Book:
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
        leaves.append(Leaf(found, _own_names(n, figures.keep(game, n) if drawn else [])))
    record, scenario = game.records(), game.scenario
    assert record is not None  # every chapter was told from it
    numbers = dict.fromkeys(number for leaf in leaves for number in leaf.chapter.numbers)
    ids = {number: f"n{i}" for i, number in enumerate(numbers, 1)}
    return Book(
        clean(scenario.title),
        _who(game),
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
    title = clean(game.scenario.powers[game.power].title or game.power)
    return f"As {title} saw it"


def _origin(number: Number, at: str, record: Record, scenario: Scenario) -> Origin:
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
        f"{dated(turn.on, year=True)}: {d.item} = {d.option}"
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
    if game.powers:
        again = "begin a campaign with this scenario and seed, and decide the same on the same days"
        return [*out, ("decided", "; ".join(decisions) or "nothing"), ("to have it again", again)]
    steps = [(b.on - a.on).days // 7 for a, b in zip(game.turns, game.turns[1:], strict=False)]
    words = ["sinews", "chronicle", scenario.name, "--seed", str(says["seed"])]
    words += ["--weeks", str(steps[0] if steps else 1)]
    return [*out, ("to have it again", shlex.join(words))]


def runs(paragraph: Sequence[Run]) -> list[dict[str, Any]]:
    """A paragraph's runs, each with its text and its number if it is one."""
    return [
        {"text": run, "number": None}
        if isinstance(run, str)
        else {"text": run.text.replace(" ", "\N{NO-BREAK SPACE}"), "number": run}
        for run in paragraph
    ]
