"""What a reader may also like: branches that leave here, other campaigns, scenarios like this one,
each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from sinews.campaign import log
from sinews.campaign.chronicle.names import Names
from sinews.campaign.chronicle.words import clean, dated, listed, spoken
from sinews.scenario import Scenario, library, load

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign

MOST = 6
_CAMPAIGNS = 3
_LOOKED_AT = 8  # other campaigns that are held against this one, the newest


@dataclass(frozen=True)
class Like:
    """Something else to read."""

    kind: str
    """"branch", "campaign" or "scenario"."""
    title: str
    why: str
    campaign: int | None = None
    branch: int | None = None
    turn: int | None = None
    """The chapter to open."""
    scenario: str | None = None

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def like(game: Campaign, n: int, may: Callable[[int], bool] = lambda campaign: True) -> list[Like]:
    """What goes with chapter n, the likest first. `may` says which other campaigns the reader may
    see."""
    others = {
        number: each.title
        for number, each in game.store.campaigns().items()
        if number != game.number and may(number)
    }
    branches = list(_branches(game, n))
    campaigns = list(islice(_campaigns(game, others), _CAMPAIGNS))
    return [*branches, *campaigns, *_scenarios(game, others)][: max(MOST, len(branches))]


# Branches.


def _branches(game: Campaign, n: int) -> Iterator[Like]:
    """Branches that part from this one as turn n begins: those that left it, and those beside
    which it left another."""
    known = {each["branch"]: each for each in game.branches}
    here = known[game.line]
    for number, each in known.items():
        left = each["turn"] == n and each["from"] == game.line
        came = here["turn"] == n and number in (here["from"], *_beside(known, game.line, n))
        if number == game.line or not (left or came):
            continue
        turns = log.turns(log.sound(game.store.log(game.number, number)))
        if len(turns) < n:
            continue
        made = [d for d in turns[n - 1].decisions if game.power in (None, d.power)]
        titles = [clean(d.title(game.scenario)) for d in made]
        chosen = listed([f"“{title}”" for title in titles]) if titles else "nothing"
        verb = "were" if len(titles) > 1 else "was"
        yield Like(
            "branch",
            f"Branch {number}",
            f"branch of chapter {n}, where {chosen} {verb} decided instead",
            game.number,
            number,
            min(n + 1, len(turns)),
        )


def _beside(known: dict[int, dict[str, Any]], line: int, n: int) -> list[int]:
    """The branches that left the same branch at the same turn."""
    parent = known[line]["from"]
    return [b for b, each in known.items() if each["from"] == parent and each["turn"] == n]


# Campaigns.


def _campaigns(game: Campaign, others: Mapping[int, str]) -> Iterator[Like]:
    """Other campaigns of the same scenario, those that went likest first."""
    same = [number for number, title in others.items() if title == game.title]
    found: list[tuple[float, Like]] = []
    for number in same[-_LOOKED_AT:]:
        other = _opened(game, number)
        distance, words = _apart(game, other)
        began = game.store.snapshot(number).started[:10]
        why = f"the same scenario, begun on {began}{words}"
        found.append((distance, Like("campaign", clean(other.title), why, number, other.line, 1)))
    yield from (each for _, each in sorted(found, key=lambda pair: pair[0]))


def _opened(game: Campaign, number: int) -> Campaign:
    """Another campaign of the store, through no seat in particular: only what all may know of it
    is compared."""
    return type(game).open(game.store, number, simulate=None)


def _apart(game: Campaign, other: Campaign) -> tuple[float, str]:
    """How far apart the fronts of two campaigns stand on the last day that both have seen, in the
    mean; and that in words."""
    one, two = game.records(), other.records()
    if one is None or two is None:
        return np.inf, ""
    week = min(one.last, two.last)
    axes = [a for (a,) in one.labels("front") if (a,) in two.labels("front")]
    if not axes or week < 1:
        return np.inf, ""
    gaps = [two.at(f"front:{a}", week) - one.at(f"front:{a}", week) for a in axes]
    widest = int(np.argmax(np.abs(gaps)))
    mean = float(np.abs(gaps).mean())
    if abs(gaps[widest]) < 10:
        return mean, "; its fronts ran nearly the same course"
    km = spoken(abs(gaps[widest]), "km")
    way = "east" if gaps[widest] > 0 else "west"
    return mean, f"; {Names(game.scenario).theatre(axes[widest])} stood {km} km further {way}"


# Scenarios.


@lru_cache(1)
def _shelf() -> tuple[Scenario, ...]:
    return tuple(load(name) for name in library())


def _scenarios(game: Campaign, others: Mapping[int, str]) -> list[Like]:
    """The shipped scenarios by likeness; those with nothing in common last."""
    own = game.scenario
    found: list[tuple[float, Like]] = []
    for other in _shelf():
        if other.name == own.name:
            continue
        points, reasons = _alike(own, other)
        why = listed(reasons) if reasons else "another story altogether"
        played = [number for number, title in others.items() if title == other.title]
        if played and own.start == other.start:
            distance, words = _apart(game, _opened(game, played[-1]))
            points += 1 / (1 + distance / 100)
            why += words.replace("; ", "; as it was played, ", 1)
        found.append((-points, Like("scenario", clean(other.title), why, scenario=other.name)))
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].title))]


def _alike(own: Scenario, other: Scenario) -> tuple[float, list[str]]:
    """How alike two scenarios are, in points, and why."""
    points, reasons = 0.0, list[str]()
    if other.extends == own.name:
        points, reasons = 3.0, ["it builds on this one"]
    elif own.extends == other.name:
        points, reasons = 3.0, ["this one builds on it"]
    elif own.extends and own.extends == other.extends:
        points, reasons = 2.0, ["both build on the same"]
    tags = [tag for tag in own.tags if tag in other.tags]
    if tags:
        points += len(tags)
        reasons.append(f"also about {listed([clean(tag) for tag in tags[:3]])}")
    powers = [p for p in own.powers if p in other.powers]
    if powers:
        points += 2 * len(powers) / max(len(own.powers), len(other.powers))
        names = Names(own)
        reasons.append(f"with {listed([names.power(p) for p in powers[:3]])} in it")
    fronts = [t for t in own.theatres if t in other.theatres and own.theatres[t].axis]
    points += 2 * len(fronts) / max(len(own.theatres), len(other.theatres))
    first, last = max(own.start, other.start), min(own.end, other.end)
    if first < last:
        points += (last - first) / max(own.end - own.start, other.end - other.start)
        reasons.append(f"in the same days, from {dated(first, year=True)}")
    return points, reasons
