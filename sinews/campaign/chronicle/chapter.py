"""Chapters: each turn of a campaign, told from what is kept. Nothing is simulated here."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import count, groupby
from typing import TYPE_CHECKING, Any

from sinews import __version__
from sinews.campaign.chronicle import frame
from sinews.campaign.chronicle.affairs import affairs
from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.fighting import field_events
from sinews.campaign.chronicle.figures import Figure, illustrated
from sinews.campaign.chronicle.names import Names
from sinews.campaign.chronicle.prose import Paragraph, Run, dealt, plain, titles, told
from sinews.campaign.chronicle.span import Span, ToldNumber
from sinews.campaign.chronicle.verdicts import Verdict, verdicts
from sinews.campaign.chronicle.words import clean, dated
from sinews.errors import Mistake, ScenarioError, shown, whole_number

if TYPE_CHECKING:
    from sinews.campaign.log import Decision, Turn
    from sinews.campaign.played import Campaign
    from sinews.campaign.record import Record

Plain = dict[str, Any]

_KIND = "titles"
_KEPT_TITLES = 4000
_TITLED = 7  # how many of its events may give a chapter its title
_TITLES: OrderedDict[str, str] = OrderedDict()


@dataclass(frozen=True)
class Chapter:
    """A turn of a campaign as it is read."""

    number: int
    title: str
    since: date
    until: date
    paragraphs: tuple[Paragraph, ...]
    figures: tuple[Figure, ...]
    verdicts: tuple[Verdict, ...]
    raised: tuple[str, ...]
    """The matters that have come up as its turn begins."""
    previous: str | None
    """The title of the chapter before."""
    next: str | None
    events: tuple[Event, ...] = field(repr=False)
    """What its paragraphs tell of."""

    @property
    def dates(self) -> str:
        """The days that it spans, in words."""
        if self.since == self.until:
            return dated(self.until, year=True)
        year = self.since.year != self.until.year
        return f"{dated(self.since, year)} \N{EN DASH} {dated(self.until, year=True)}"

    @property
    def numbers(self) -> list[ToldNumber]:
        """Every number in its text and verdicts."""
        runs = [run for paragraph in self.paragraphs for run in paragraph]
        due = [outcome.happened for v in self.verdicts for outcome in v.outcomes]
        return [run for run in runs if isinstance(run, ToldNumber)] + due

    @property
    def text(self) -> str:
        """Its paragraphs as bare text."""
        return "\n\n".join(map(plain, self.paragraphs))

    def plain(self) -> Plain:
        """As plain data."""

        def said(run: Run) -> str | Plain:
            return run if isinstance(run, str) else run.plain()

        return {
            "chapter": self.number,
            "title": self.title,
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "text": self.text,
            "paragraphs": [[said(run) for run in each] for each in self.paragraphs],
            "figures": [{"title": f.title, "shows": f.alt} for f in self.figures],
            "verdicts": [verdict.plain() for verdict in self.verdicts],
            "raised": list(self.raised),
        }


@dataclass(frozen=True)
class ContentsLine:
    """A chapter in the table of contents."""

    number: int
    title: str
    since: date
    until: date
    decisions: tuple[tuple[str, str], ...]
    """Item and option of what was decided in its turn."""
    branches: tuple[int, ...]
    """Branches that leave this one as its turn begins."""


@dataclass(frozen=True)
class Year:
    """The chapters that end in a year."""

    year: int
    lines: tuple[ContentsLine, ...]


def chapter(game: Campaign, n: int) -> Chapter | None:
    """Chapter n: the weeks that led to turn n's day; None while a record of them lacks.

    Raises ScenarioError if there is no such turn.
    """
    turns = _turns(game, n)
    ahead = n < game.turn
    record = game.records(n + 1) if ahead else None
    last = n + 1 if record is not None else n
    record = record or game.records(n)
    if record is None:
        return None
    story = _Story(game, turns[:last], record)
    said = story.titles()
    span, events = story.span(n), story.events(n)
    paragraphs, kept = told(events, story.origin, n)
    return Chapter(
        n,
        said[n - 1],
        span.since,
        span.until,
        tuple(paragraphs),
        tuple(illustrated(span, story.names, kept)),
        tuple(verdicts(span, n, story.made(n - 1))),
        tuple(story.raised(n)),
        said[n - 2] if n > 1 else None,
        said[n] if last > n else None,
        tuple(kept),
    )


def told_of(game: Campaign, n: int) -> tuple[Span, Names, tuple[Figure, ...]] | None:
    """What a chapter's figures are drawn from; None while its record lacks. Keeps its title."""
    found = chapter(game, n)
    record = game.records(n)
    if found is None or record is None:
        return None
    story = _Story(game, _turns(game, n)[:n], record)
    story.keep()
    return story.span(n), story.names, found.figures


def contents(game: Campaign) -> list[Year]:
    """The chapters so far, by year; those whose record lacks are left out, and all after them."""
    turns = list(game.turns)
    record, last = None, len(turns)
    while last and (record := game.records(last)) is None:
        last -= 1
    if record is None:
        return []
    story = _Story(game, turns[:last], record)
    forks = [(each["branch"], each["turn"]) for each in game.branches if each["from"] == game.line]
    lines = [
        ContentsLine(
            turn.number,
            title,
            span.since,
            span.until,
            tuple(story.chosen(made) for made in story.own(turn)),
            tuple(branch for branch, at in forks if at == turn.number),
        )
        for turn, title in zip(story.turns, story.titles(), strict=True)
        for span in [story.span(turn.number)]
    ]
    by_year = groupby(lines, key=lambda line: line.until.year)
    return [Year(year, tuple(each)) for year, each in by_year]


def _turns(game: Campaign, n: int) -> Sequence[Turn]:
    turns = game.turns
    if not whole_number(n, 1, len(turns)):
        expected = f"it must be from 1 to {len(turns)}"
        mistake = Mistake("chapter", "there is none of that number", expected, value=shown(n))
        raise ScenarioError(f"{game.scenario.name}, campaign {game.number}", [mistake])
    return turns


class _Story:
    """The turns of a campaign, as far as they are told, and what happened up to each."""

    def __init__(self, game: Campaign, turns: Sequence[Turn], record: Record) -> None:
        self.game, self.turns, self.record = game, turns, record
        self.scenario, self.power = game.scenario, game.power
        self.names = Names(game.scenario)
        self.origin = origin(game)

    def span(self, n: int) -> Span:
        """The weeks of a chapter."""
        since = self.turns[n - 2].on if n > 1 else self.scenario.start
        return Span(self.scenario, self.record, self.power, since, self.turns[n - 1].on)

    def own(self, turn: Turn) -> list[Decision]:
        """The decisions of a turn that may be told: this seat's, also once all is known."""
        return [d for d in turn.decisions if self.power in (None, d.power)]

    def made(self, until: int) -> list[Decision]:
        """What was decided up to a turn."""
        return [d for turn in self.turns[:until] for d in self.own(turn)]

    def raised(self, n: int) -> list[str]:
        """The titles of what came up in a turn."""
        return [clean(x.title or x.name) for x in self.scenario.agenda if x.name in self._up(n)]

    def _up(self, n: int) -> list[str]:
        ministers = self.scenario.ministers
        mine = {
            item.name
            for item in self.scenario.agenda
            if self.power in (None, ministers[item.minister].power)
        }
        return [name for name in self.turns[n - 1].raised if name in mine]

    def chosen(self, made: Decision) -> tuple[str, str]:
        """The titles of an item and of the option that was chosen for it."""
        item = self.scenario.agenda_item(made.item)
        return clean(item.title or item.name), clean(made.title(self.scenario))

    def events(self, n: int) -> list[Event]:
        """What happened in a chapter."""
        span, names = self.span(n), self.names
        out: list[Event] = []
        if n == 1:
            out += frame.opening(span, names)
        else:
            out += frame.decision_events(span, self.own(self.turns[n - 2]))
        if span.weeks:
            out += frame.tone(span, names)
            out += field_events(span, names)
            out += affairs(span, names)
        out += frame.agenda_events(span, self._up(n))
        if self.turns[n - 1].on >= self.scenario.end:
            out += frame.last_words(span, names)
        return out

    def titles(self) -> list[str]:
        """The titles of all chapters so far, each its own."""
        keys = self._keys()
        if keys[-1] not in _TITLES:
            self._recall(keys)
        out: list[str] = []
        for turn, key in zip(self.turns, keys, strict=True):
            if key not in _TITLES:
                _TITLES[key] = self._title(turn.number, out)
            out.append(_TITLES[key])
        while len(_TITLES) > _KEPT_TITLES:
            _TITLES.popitem(last=False)
        return out

    def _keys(self) -> list[str]:
        """What each title follows from: all that came before it."""
        out: list[str] = []
        key = f"{self.origin} {self.power} {__version__}"
        for turn in self.turns:
            words = (key, turn.digest, [d.choice for d in self.made(turn.number - 1)])
            key = sha256(json.dumps(words).encode()).hexdigest()
            out.append(key)
        return out

    def _recall(self, keys: Sequence[str]) -> None:
        """Take titles from the store, if they were kept up to one of the last turns."""
        for last in keys[-1:-3:-1]:
            content = self.game.store.kept(self.game.number, _KIND, last)
            if content is not None:
                _TITLES.update(zip(keys, json.loads(content), strict=False))
                return

    def keep(self) -> None:
        """Keep the titles so far, so that a program that begins need not work them out."""
        content = json.dumps(self.titles()).encode()
        self.game.store.keep(self.game.number, _KIND, self._keys()[-1], content)

    def _title(self, n: int, before: Sequence[str]) -> str:
        events = sorted(self.events(n), key=lambda e: -e.weight)[:_TITLED]
        rest = [titles(event, self.origin, n) for event in events]
        spare: list[str] = []
        # The best title of each event in turn, then the second best, and so on.
        for depth in count():
            for known in rest[: 3 + depth]:
                title = next(known, "")
                if title.startswith("~"):
                    spare.append(title[1:])
                elif title and title not in before:
                    return title
                elif not title:
                    rest = [other for other in rest if other is not known]
            if not rest:
                break
        # Then those that name the month, of one event or another.
        first = dealt(self.origin, "titles", n, max(len(spare), 1))
        for title in (*spare[first:], *spare[:first]):
            if title not in before:
                return title
        span = self.span(n)
        return f"To {dated(span.until, year=True)}"


def origin(game: Campaign) -> str:
    """What a campaign's luck and words follow from: its scenario and seed, and who plays. The same
    again, begun anew, reads the same."""
    says = game.store.log(game.number, game.line)[0].says
    wanted = ("scenario", "posterior", "options", "powers", "power", "seed", "member")
    words = [says.get(name) for name in wanted]
    return sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
