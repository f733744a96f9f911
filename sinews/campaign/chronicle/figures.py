"""The figures of a chapter: at most two, chosen by what it tells of, drawn once and kept.

What a figure shows is read from the record; drawing it takes Altair, and so a worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sinews import __version__
from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.names import Names, kilometre
from sinews.campaign.chronicle.span import Span
from sinews.campaign.chronicle.words import clean, dated, listed, spoken
from sinews.errors import require

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign

KIND = "figures"
MOST = 2
_NEAR = 80.0  # km beyond a front's reach within which places are drawn in
_WEEKS = 52  # how far back a figure looks

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A picture that goes with a chapter, not drawn yet."""

    kind: str
    """What it shows: a name in SHOWN."""
    title: str
    alt: str
    """What is to be seen in it, in words."""
    of: tuple[str, ...]
    """What it is of, as the scenario calls it."""


@dataclass(frozen=True)
class Drawn:
    """A figure as SVG."""

    kind: str
    title: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Lines:
    """The lines of a figure by week, and what is drawn across them."""

    rows: Rows
    """Of what, on which date, how much."""
    places: Rows
    zero: bool


# What a figure shows and which events ask for it.
_ASKED = {
    "fronts": ("front", "taken", "regained", "still", "standing", "war", "ceasefire"),
    "losses": ("losses", "haul"),
    "arsenal": ("armour",),
    "gold": ("gold", "delivered", "advance", "lapsed"),
    "men": ("strength", "called"),
    "posts": ("transfer", "agreed", "broken"),
    "belief": ("belief",),
}


def illustrated(span: Span, names: Names, events: Sequence[Event]) -> list[Figure]:
    """The figures that go with events: those of the weightiest, each kind once."""
    out: dict[str, Figure] = {}
    for event in sorted(events, key=lambda e: -e.weight):
        for kind, asked in _ASKED.items():
            if event.kind in asked and kind not in out and len(out) < MOST and span.now >= 2:
                made = _MADE[kind](span, names, event)
                if made is not None:
                    out[kind] = made
    return list(out.values())


def _fronts(span: Span, names: Names, event: Event) -> Figure | None:
    fought = [a for (a,) in span.labels("hostile") if max(span.past("hostile", a)) >= 0.5]
    fought = [a for a in fought if np.ptp(span.past("front", a)) >= 1]
    if not fought:
        return None
    if event.about in fought and event.kind != "standing":
        fought = [event.about]
    moves = [
        f"{names.theatre(a)} from {spoken(_first(span, 'front', a), 'km')} "
        f"to {spoken(span.at('front', a), 'km')} km"
        for a in fought
    ]
    title = f"Where {names.theatre(fought[0]) if len(fought) == 1 else 'the fronts'} stood, km east"
    return Figure("fronts", title, _seen(span, moves), tuple(fought))


def _losses(span: Span, names: Names, event: Event) -> Figure | None:
    told = [p for p in span.own if span.at("casualties", p) >= 1000]
    if not told:
        return None
    sums = [f"{names.power(p)} {spoken(span.at('casualties', p), 'men')}" for p in told]
    alt = f"Casualties by week; by {dated(span.until, True)} they add up to {listed(sums)}."
    return Figure("losses", "Casualties in a week, men", alt, tuple(told))


def _arsenal(span: Span, names: Names, event: Event) -> Figure | None:
    kinds = [n for n, i in span.scenario.items.items() if i.armour.middle > 0]
    item = max(kinds, key=lambda i: span.at("lost", event.about, i))
    what = [
        f"{word} {spoken(span.at(series, event.about, item), 'items')}"
        for series, word in (("made", "made"), ("lost", "lost"))
    ]
    title = f"{names.item(item)} of {names.power(event.about)}, made and lost in four weeks"
    alt = f"Since the start {listed(what)} by {dated(span.until, True)}."
    return Figure("arsenal", title[:1].upper() + title[1:], alt, (event.about, item))


def _gold(span: Span, names: Names, event: Event) -> Figure | None:
    power = event.about if event.kind == "gold" else span.power
    if power is None or np.ptp(span.past("gold", power)) < 1:
        return None
    moves = [
        f"the gold of {names.power(power)} from {spoken(_first(span, 'gold', power), 't')} "
        f"to {spoken(span.at('gold', power), 't')} t"
    ]
    return Figure("gold", f"Gold of {names.power(power)}, t", _seen(span, moves), (power,))


def _men(span: Span, names: Names, event: Event) -> Figure | None:
    told = [p for p in span.own if max(span.past("field_strength", p)) >= 1000]
    if not told:
        return None
    moves = [
        f"{names.power(p)} from {spoken(_first(span, 'field_strength', p), 'men')} "
        f"to {spoken(span.at('field_strength', p), 'men')}"
        for p in told
    ]
    return Figure("men", "Men at the fronts", _seen(span, moves), tuple(told))


def _posts(span: Span, names: Names, event: Event) -> Figure | None:
    power = event.about if event.kind == "transfer" else span.power
    cells = [x for x in span.labels("force") if x[0] == power]
    cells.sort(key=lambda x: -float(np.ptp(span.past("force", *x))))
    told = [t for p, t in cells[:4] if np.ptp(span.past("force", p, t)) >= 1e4]
    if power is None or not told:
        return None
    moves = [
        f"{names.upon(t)} from {spoken(_first(span, 'force', power, t), 'men')} "
        f"to {spoken(span.at('force', power, t), 'men')}"
        for t in told
    ]
    title = f"Men of {names.power(power)} by theatre"
    return Figure("posts", title, _seen(span, moves), (power, *told))


def _belief(span: Span, names: Names, event: Event) -> Figure | None:
    power = span.power
    told = [
        axis
        for p, axis in span.labels("strength_seen")
        if axis in _borders(span, p) and max(span.past("strength_seen", p, axis)) >= 1e4
    ]
    if power is None or not told:
        return None
    moves = [
        f"{names.upon(a)} from {spoken(_first(span, 'strength_seen', power, a), 'men')} "
        f"to {spoken(span.at('strength_seen', power, a), 'men')}"
        for a in told
    ]
    title = f"What {names.power(power)} believes to face it, men of full fighting worth"
    return Figure("belief", title, _seen(span, moves), (power, *told))


def _borders(span: Span, power: str) -> list[str]:
    theatres = span.scenario.theatres.items()
    return [name for name, t in theatres if power in (*t.west, *t.east)]


_MADE: dict[str, Callable[[Span, Names, Event], Figure | None]] = {
    "fronts": _fronts,
    "losses": _losses,
    "arsenal": _arsenal,
    "gold": _gold,
    "men": _men,
    "posts": _posts,
    "belief": _belief,
}


def _from(span: Span) -> int:
    """The first week that a figure shows."""
    return max(0, span.now - _WEEKS)


def _first(span: Span, series: str, *labels: str) -> float:
    return float(span.past(series, *labels)[_from(span)])


def _seen(span: Span, moves: Sequence[str]) -> str:
    since = dated(span.day(_from(span)), year=True)
    until = dated(span.until, year=True)
    return f"Lines from {since} to {until}: {listed(moves)}."


# What is drawn.


def lines(span: Span, names: Names, figure: Figure) -> Lines:
    """What a figure shows, week by week."""
    rows: Rows = []
    places: Rows = []
    match figure.kind:
        case "fronts":
            for axis in figure.of:
                rows += _weekly(span, _title(names.theatre(axis)), span.past("front", axis))
            if len(figure.of) == 1:
                places = list(_crossed(span, names, figure.of[0], rows))
        case "losses":
            for power in figure.of:
                rows += _weekly(span, _title(names.power(power)), _steps(span, 1, power))
        case "arsenal":
            for series in ("made", "lost"):
                values = _steps(span, 4, *figure.of, series=series)
                rows += _weekly(span, series, values)
        case "gold" | "men":
            series = "gold" if figure.kind == "gold" else "field_strength"
            for power in figure.of:
                rows += _weekly(span, _title(names.power(power)), span.past(series, power))
        case _:
            series = "force" if figure.kind == "posts" else "strength_seen"
            power, *theatres = figure.of
            for theatre in theatres:
                values = span.past(series, power, theatre)
                rows += _weekly(span, _title(names.theatre(theatre)), values)
    return Lines(rows, places, figure.kind not in ("fronts", "gold"))


def _title(name: str) -> str:
    return name.removeprefix("the ")[:1].upper() + name.removeprefix("the ")[1:]


def _weekly(span: Span, of: str, values: Any) -> Rows:
    first = _from(span)
    return [
        {"date": span.day(week).isoformat(), "of": of, "value": float(values[week])}
        for week in range(first, span.now + 1)
    ]


def _steps(span: Span, weeks: int, *labels: str, series: str = "casualties") -> Any:
    """What came in the last so many weeks, week by week."""
    past = span.past(series, *labels)
    before = np.concatenate([np.full(weeks, past[0]), past])[: len(past)]
    return past - before


def _crossed(span: Span, names: Names, axis: str, rows: Rows) -> Iterator[dict[str, Any]]:
    low = min(row["value"] for row in rows) - _NEAR
    high = max(row["value"] for row in rows) + _NEAR
    for place in names.places(axis):
        if low <= kilometre(place) <= high:
            yield {"km": kilometre(place), "name": clean(place.name)}


def figures_drawn(span: Span, names: Names, figures: Sequence[Figure]) -> list[Drawn]:
    """Figures as SVG, in the colour of the text around them."""
    require("plots")
    from sinews.analysis.plots import weeks_picture

    out: list[Drawn] = []
    for number, figure in enumerate(figures):
        shown = lines(span, names, figure)
        between = (span.since.isoformat(), span.until.isoformat())
        svg = weeks_picture(shown.rows, shown.places, between, shown.zero, number)
        out.append(Drawn(figure.kind, figure.title, figure.alt, svg))
    return out


# What is kept.


def figures_key(game: Campaign, n: int) -> str:
    """What the figures of a chapter follow from."""
    return f"{game.turns[n - 1].digest} {game.power or ''} {__version__}"


def kept_figures(game: Campaign, n: int) -> list[Drawn] | None:
    """The figures of a chapter, if they are drawn."""
    content = game.store.kept(game.number, KIND, figures_key(game, n))
    return None if content is None else [Drawn(**each) for each in json.loads(content)]


def keep_figures(game: Campaign, n: int) -> list[Drawn]:
    """Draw the figures of a chapter, unless they are kept, and keep them; none while its record
    lacks."""
    from sinews.campaign.chronicle.chapter import told_of

    found = kept_figures(game, n)
    if found is not None:
        return found
    story = told_of(game, n)
    if story is None:
        return []
    made = figures_drawn(*story)
    content = json.dumps([asdict(each) for each in made], ensure_ascii=False)
    game.store.keep(game.number, KIND, figures_key(game, n), content.encode())
    return made
