"""The reckoning of a campaign that is over, on its last day or on that of an earlier turn.

Aims and how far they were met; what was paid; each decision of a seat turned round alone, on the
same luck; the luck itself, beside an ensemble of the same decisions; and what others hid. While a
campaign runs nothing of it may leave: `Campaign.reckoning` sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.scores import interval, pit
from sinews.campaign import fog
from sinews.campaign.engine import SERVE
from sinews.campaign.log import Decision, Turn, standing_acts, standing_decisions
from sinews.campaign.record import Record, columns
from sinews.campaign.snapshot import with_decisions
from sinews.campaign.staff import Progress, Told, reason
from sinews.campaign.truth import Players, week_of
from sinews.errors import ScenarioError
from sinews.scenario import Scenario

if TYPE_CHECKING:
    from sinews.analysis.aims import Aim
    from sinews.analysis.measures import Measure

Plain = dict[str, Any]

# What a campaign takes from a power: series, whether more (1) or less (-1) of it is the price, and
# what a line of it is called beside the measure's own title.
PAID = {
    "killed": (1, ""),
    "captured_men": (1, ""),
    "sick_wounded": (1, ""),
    "lost": (1, ""),
    "gold": (-1, "less than before"),
    "paid": (1, ""),
    "paid_in_kind": (1, ""),
    "held": (-1, "no longer"),
    "occupied": (1, ""),
    "broken": (1, ""),
}
_UNTOLD = {"gain": None, "against": None}  # of a decision in whose place nothing could stand
_ALIKE = 1e-6  # of a value: what single precision cannot tell apart is a tie
FACED = 1000.0  # men of quality 1: beside fewer an error of belief says nothing


@dataclass(frozen=True)
class Course:
    """What was played to a day, whole."""

    side: Players
    plain: Scenario
    """With nothing decided."""
    played: Sequence[Turn]
    record: Record
    """Every week of it, of all powers."""
    told: Told = field(default_factory=lambda: Told(None, 0), repr=False)

    @cached_property
    def weeks(self) -> tuple[int, int]:
        """The last week that was over when it began, and as it ends."""
        return week_of(self.plain, self.played[0].on), week_of(self.plain, self.played[-1].on)

    @cached_property
    def days(self) -> tuple[date, date]:
        """The days on which those weeks were over."""
        first, last = (self.plain.start + timedelta(weeks=week) for week in self.weeks)
        return first, last

    def between(self, name: str) -> tuple[float, float]:
        """A number as it began and as it ends."""
        first, last = self.weeks
        return self.record.at(name, first), self.record.at(name, last)

    def of(self, power: str) -> list[Decision]:
        """What a power decided and has had time to act."""
        made = standing_decisions(self.played)
        return [d for d in made if d.power == power and d.on < self.played[-1].on]


def reckoned(
    course: Course, power: str | None, scores: Plain, progress: Progress | None = None
) -> Plain:
    """The reckoning for a seat, or for nobody, as plain data; `scores` are those of its
    forecasts."""
    from sinews.analysis.aims import aims_of

    first, last = course.days
    own: Plain = {"power": None, "title": "", "aims": [], "value": 0.0, "paid": [], "beliefs": []}
    decisions: list[Plain] = []
    if power is not None:
        own = _side(course, power)
        course = replace(course, told=Told(progress, _runs_needed(course, power), "Reckoning"))
        aims = aims_of(course.plain, power)
        decisions = _turned_round(course, power, aims)
        own |= {"luck": _luck(course, aims)}
    return own | {
        "from": first.isoformat(),
        "date": last.isoformat(),
        "turn": course.played[-1].number,
        "decisions": decisions,
        "best": _most(decisions, 1),
        "worst": _most(decisions, -1),
        "forecasts": scores,
        "others": [
            _side(course, other)
            | {
                "decisions": [_named(course, d) for d in course.of(other)],
                "orders": [o.plain() for t in course.played for o in t.orders if o.power == other],
            }
            for other in course.plain.powers
            if other != power
        ],
    }


# A side: what it wanted, what it paid, what it believed.


def _side(course: Course, power: str) -> Plain:
    from sinews.analysis.aims import aims_of

    aims = [_met(course, aim) for aim in aims_of(course.plain, power)]
    return {
        "power": power,
        "title": course.plain.powers[power].title or power,
        "aims": aims,
        "value": sum(aim["makes"] for aim in aims),
        "paid": list(_paid(course, power)),
        "beliefs": list(_beliefs(course, power)),
    }


def _met(course: Course, aim: Aim) -> Plain:
    """An aim and what became of it. What is or is not, is met or not; of an amount there is only
    more or less than before."""
    was, is_ = course.between(_column(aim.measure))
    makes = aim.counts * (is_ - was)
    if aim.measure.either:
        went = "met" if (is_ > 0.5) == (aim.counts > 0.0) else "not met"
    else:
        went = "furthered" if makes > 0.0 else "set back" if makes < 0.0 else "unmoved"
    about = aim.plain(course.plain)
    return about | {"was": was, "is": is_, "makes": makes, "went": went}


def _paid(course: Course, power: str) -> Iterator[Plain]:
    from sinews.analysis.measures import Measure

    contracts = course.plain.contracts.items()
    bought = {f"{name} {good}" for name, c in contracts if c.buyer == power for good in c.goods}
    homes = {
        place.name
        for theatre in course.plain.theatres.values()
        for place in theatre.place
        if (place.power or theatre.power) == power
    }
    signed = set(fog.parties(course.plain, power)["agreement"])
    whose = {"held": homes, "broken": signed, "paid": bought, "paid_in_kind": bought}
    for series, (sign, words) in PAID.items():
        for _, labels in columns(course.record.names, series):
            if labels[0] not in whose.get(series, {power}):
                continue
            name = ":".join((series, *labels))
            was, is_ = course.between(name)
            if sign * (is_ - was) > 0.0:
                measure = Measure(series, labels, course.days[1])
                title = " ".join(filter(None, (measure.title(course.plain), words)))
                unit = course.record.unit(name)
                yield {"measure": name, "title": title, "unit": unit, "value": sign * (is_ - was)}
    yield from _settled(course, power)


def _settled(course: Course, power: str) -> Iterator[Plain]:
    """What a power paid at the signature of agreements that came about; of a range, its middle."""
    words = [act.word for act in standing_acts(course.played)]
    record = course.record.since(course.weeks[0])
    for name, agreement in with_decisions(course.plain, words).agreements.items():
        column = f"in_force:{name}"
        if column not in record.names or record.of(column)[0] or not record.of(column).any():
            continue
        for material, parties in agreement.transfers.items():
            if power in parties and parties[power].middle < 0.0:
                yield {
                    "measure": f"settled:{name}:{material}",
                    "title": f"{agreement.title or name}, {material} at signature",
                    "unit": "t",
                    "value": -parties[power].middle,
                }


def _beliefs(course: Course, power: str) -> Iterator[Plain]:
    """What a power believed to face on each front, beside what was there. `factor`: by how much it
    was mistaken either way, the geometric mean over the weeks."""
    record = course.record.since(course.weeks[0])
    for _, (whose, axis) in columns(record.names, "strength_seen"):
        enemies = course.plain.theatres[axis].across(power)
        if whose != power or not enemies:
            continue
        seen = record.of(f"strength_seen:{power}:{axis}")
        there = [record.of(f"strength:{enemy}:{axis}") for enemy in enemies]
        true = np.sum(there, axis=0)
        known = (seen > FACED) & (true > FACED)
        if known.any():
            off = np.abs(np.log(seen[known] / true[known])).mean()
            yield {
                "axis": axis,
                "title": course.plain.theatres[axis].title or axis,
                "unit": "men",
                "believed": float(seen[-1]),
                "true": float(true[-1]),
                "factor": float(np.exp(off)),
            }


# Decisions turned round, on the same luck.


def _turned_round(course: Course, power: str, aims: Sequence[Aim]) -> list[Plain]:
    """Each decision of a power, with what another in its place would have made of its aims: the
    true member run with that decision alone turned round. Exact on that luck, and of no other."""
    names = [_column(aim.measure) for aim in aims]
    runs = _Runs(course, names)
    happened = runs.of(course.played)
    out: list[Plain] = []
    for made in course.of(power):
        others = _others(course, made)
        rows = [_instead(course, made, other, aims, happened, runs) for other in others]
        had = [row for row in rows if row["barred"] is None]
        best = max(had, key=lambda row: -row["gain"], default=None)
        more = {"gain": best["gain"], "against": best["title"]} if best else _UNTOLD
        out.append(_named(course, made) | {"others": rows} | more)
    return out


def _runs_needed(course: Course, power: str) -> int:
    """The members that are run, or need not be: the true one as it was played and with each
    decision turned round, and the ensemble."""
    turned = sum(len(_others(course, d)) for d in course.of(power))
    return 1 + turned + SERVE


class _Runs:
    """The true member under other decisions; what comes to the same world is run once."""

    def __init__(self, course: Course, names: Sequence[str]) -> None:
        self._past, self._names = course, names
        self._known: dict[tuple[str, ...], NDArray[np.float64]] = {}

    def of(self, played: Sequence[Turn]) -> NDArray[np.float64]:
        """Some numbers on the last day. Raises ScenarioError where the decisions cannot go
        together."""
        course = self._past
        options, done = course.plain.options, standing_acts(played)
        acts = [a for a in done if not isinstance(a, Decision) or options[a.option].acts]
        key = tuple(a.word for a in acts)
        if key not in self._known:
            record = course.side.truth(course.plain, played, course.played[-1].on)
            self._known[key] = np.array([record.at(name) for name in self._names])
        course.told.add(1)
        return self._known[key]


def _instead(
    course: Course,
    made: Decision,
    other: str | None,
    aims: Sequence[Aim],
    happened: NDArray[np.float64],
    runs: _Runs,
) -> Plain:
    """What came of a decision over what would have of another option in its place, or of none."""
    from sinews.analysis.aims import valued

    options = course.plain.options
    about: Plain = {
        "option": other,
        "title": (options[other].title or other) if other else "nothing decided",
        "barred": None,
        "gain": None,
        "differences": [],
    }
    try:
        would = runs.of(with_other(course.played, made, other))
    except ScenarioError as error:
        course.told.add(1)
        return about | {"barred": reason(error)}
    apart = happened - would
    about["gain"] = float(valued(aims, apart))
    about["differences"] = [
        aim.plain(course.plain) | {"instead": float(is_), "difference": float(by)}
        for aim, is_, by in zip(aims, would, apart, strict=True)
    ]
    return about


def with_other(played: Sequence[Turn], made: Decision, other: str | None) -> list[Turn]:
    """Turns as they would stand if one decision alone had been another option, or none."""

    def turned(turn: Turn) -> Turn:
        instead = () if other is None else (replace(made, option=other, terms={}),)
        rest = ((act,) if act is not made else instead for act in turn.acts)
        return replace(turn, acts=tuple(chain.from_iterable(rest)))

    return [turned(turn) for turn in played]


def _others(course: Course, made: Decision) -> list[str | None]:
    """What could have stood in a decision's place: the item's options as they are, and none."""
    item = course.plain.agenda_item(made.item)
    return [*(option for option in item.options if option != made.choice), None]


def _named(course: Course, made: Decision) -> Plain:
    item = course.plain.agenda_item(made.item)
    titles = {"title": item.title or item.name, "option_title": made.title(course.plain)}
    return made.plain() | titles


def _most(decisions: Sequence[Plain], sign: int) -> Plain | None:
    """The decision that gained (1) or lost (-1) most against the best of what could have stood in
    its place; None if none did."""
    told = [row for row in decisions if row["gain"] is not None and sign * row["gain"] > 0.0]
    return max(told, key=lambda row: sign * row["gain"], default=None)


# Luck.


def _luck(course: Course, aims: Sequence[Aim]) -> Plain:
    """Where a campaign stands among members to whom the same was decided, by each aim and by all
    together; `better_than` is the share of them in which it went worse, ties by half."""
    from sinews.analysis.aims import valued

    day = course.days[1]
    measures = [aim.on(day) for aim in aims]
    # As many whoever asks, so that one reckoning is kept of a turn.
    values = course.side.ensemble(course.plain, course.played, measures, day, SERVE, course.told)
    happened = np.array([course.between(_column(m))[1] for m in measures])

    def place(counts: float, of: NDArray[np.float64], is_: float) -> Plain:
        of = np.where(np.isclose(of, is_, _ALIKE, 0.0), is_, of)
        low, high = interval(of, 0.9)
        middle = {"median": float(np.median(of)), "low": low, "high": high}
        return middle | {"is": is_, "better_than": pit(counts * of, counts * is_)}

    rows = [
        aim.plain(course.plain) | place(aim.counts, of, float(is_))
        for aim, of, is_ in zip(aims, values, happened, strict=True)
    ]
    return {
        "members": SERVE,
        "aims": rows,
        "value": place(1.0, valued(aims, values), float(valued(aims, happened))),
    }


def _column(measure: Measure) -> str:
    """A measure's column in a record."""
    return ":".join((measure.series, *measure.labels))
