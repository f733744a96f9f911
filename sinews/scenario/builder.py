"""Arrays being filled from a Scenario: their sizes, and the numbers that members draw."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from sinews.model.coefficients import COEFFICIENTS
from sinews.model.state import BUILDING, HOSPITAL, TRAINING, quantities
from sinews.model.world import CONDITIONS, World
from sinews.scenario.number import Number
from sinews.scenario.rails import journeys
from sinews.scenario.schema import Scenario, Season

Floats = NDArray[np.float32]
Index = tuple[int | slice, ...]

NEVER = 1_000_000
"""The week of what does not happen."""


@dataclass
class Term:
    """A part of one cell (or slice of weeks) that members draw: factor * draws / over."""

    index: Index
    draws: tuple[int, ...]
    factor: float
    over: tuple[int, ...] = ()


@dataclass
class RangedArray:
    """An array being filled, and the terms that ranges leave in it."""

    array: Floats
    terms: list[Term] = field(default_factory=list[Term])


class Builder:
    """Collects tables, and gives every range its number."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.journeys = journeys(scenario.links, scenario.powers, scenario.theatres)
        runs = [j.lines(scenario.lines) for j in self.journeys]
        theatres = {n: t for n, t in scenario.theatres.items() if not t.within}
        # Those that have a front come first, in the order of the axes.
        theatres = dict(sorted(theatres.items(), key=lambda t: not t[1].axis))
        within = {n: t for n, t in scenario.theatres.items() if t.within}
        self.fronts = {n: t for n, t in theatres.items() if t.axis} | within
        self.contingents = [
            (p, n) for n in self.fronts for p in scenario.powers if self.stands(p, n)
        ]
        self.armies = self._armies(list(theatres))
        places = [(n, p) for n, t in (theatres | within).items() for p in t.place]
        self.places = places
        self.flanks = [(n, other) for n, t in self.fronts.items() for other in t.flanks]
        # In the order of the file, whatever their days: an option may change these, and members who
        # run on under it have each lot where it was.
        self.lots = [(name, good) for name, c in scenario.contracts.items() for good in c.goods]
        # Served in this order; contracts of equal priority and date share alike.
        self.ranks = sorted({(c.priority, c.until) for c in scenario.contracts.values()})
        agreements = scenario.agreements
        rows = (row for agreement in agreements.values() for row in agreement.ceiling)
        self.zones = list(dict.fromkeys((row.power, row.theatre) for row in rows))
        self.axes: dict[str, tuple[str, ...]] = {
            "power": tuple(scenario.powers),
            "theatre": tuple(theatres),
            "axis": tuple(self.fronts),
            "further": tuple(within),
            "flank": tuple(f"{axis} {other}" for axis, other in self.flanks),
            "item": tuple(scenario.items),
            "sector": tuple(scenario.sectors),
            "material": (*scenario.materials, "gold"),
            "good": tuple(scenario.munitions),
            "tender": (*(m for m in scenario.materials if m in scenario.tender), "gold"),
            "link": tuple(f"{j.power} {j.name}" for j in self.journeys),
            "line": tuple(dict.fromkeys(line for lines in runs for line in lines)),
            "place": tuple(p.name for _, p in places),
            "lot": tuple(f"{contract} {good}" for contract, good in self.lots),
            "route": tuple(scenario.routes),
            "agreement": tuple(agreements),
            "ceding": tuple(name for name, agreement in agreements.items() if agreement.places),
            "zone": tuple(f"{power} {theatre}" for power, theatre in self.zones),
            "other": tuple(scenario.powers),
            "army": tuple(f"{power} {theatre}" for power, theatre in self.armies),
            "contingent": tuple(f"{power} {axis}" for power, axis in self.contingents),
            "condition": CONDITIONS,
        }
        self.at = {
            axis: {name: i for i, name in enumerate(names)} for axis, names in self.axes.items()
        }
        sizes = {axis: len(names) for axis, names in self.axes.items()}
        sizes |= {"captor": sizes["power"], "age": self._on_rails(), "way": self._on_way()}
        sizes |= {"week": scenario.weeks, "leg": max(map(len, runs), default=1)}
        self.sizes = sizes
        middles = (scenario.start + timedelta(days=7 * w + 3) for w in range(scenario.weeks))
        self.middles = tuple(middles)
        self._season_on = cache(scenario.season_on)  # asked by many tables, of the same days
        self.ranges: dict[Number, int] = {}
        self.tables = self._empty()

    def _empty(self) -> dict[str, RangedArray]:
        """Every field of State and World, not yet filled."""
        out: dict[str, RangedArray] = {}
        stages = {"training": TRAINING, "building": BUILDING, "relocating": BUILDING}
        for name, about in quantities().items():
            self.sizes["stage"] = stages.get(name, HOSPITAL)
            shape = [self.sizes[a] for a in about["axes"]]
            out[name] = RangedArray(np.zeros(shape, np.float32))
        for f in fields(World)[1:]:
            shape = [self.sizes[a] for a in f.metadata["axes"]]
            empty = np.nan if f.name.startswith("script_") else 0.0
            out[f.name] = RangedArray(np.full(shape, empty, np.float32))
        return out

    def _armies(self, theatres: list[str]) -> list[tuple[str, str]]:
        """Each power in each theatre where it may have forces; first those with a contingent on the
        theatre's first axis, in the order of the contingents."""
        powers = self.scenario.powers
        first = [(power, axis) for power, axis in self.contingents if axis in theatres]
        within = {(p, self.scenario.theatres[n].within or n) for p, n in self.contingents}
        within |= {(force.power, force.theatre) for force in self.scenario.forces}
        within |= {(j.power, theatre) for j in self.journeys for theatre in (j.from_, j.to)}
        within |= {(n, t) for n, p in powers.items() for t in p.districts or (p.reserve_theatre,)}
        rest = [(p, n) for n in theatres for p in powers if (p, n) in within.difference(first)]
        return first + rest

    def _on_rails(self) -> int:
        """Weeks to go that the longest journey leaves at the slowest."""
        speed = self.scenario.coefficient.get("train_speed")
        slowest = COEFFICIENTS["train_speed"].low if speed is None else speed.low or speed.middle
        return self._weeks_to_go(j.longest / max(7.0 * slowest, 1.0) for j in self.journeys)

    def _on_way(self) -> int:
        """Weeks to go that the longest route leaves."""
        weeks = (route.weeks for route in self.scenario.routes.values())
        return self._weeks_to_go(w.high or w.middle for w in weeks)

    def _weeks_to_go(self, under_way: Iterable[float]) -> int:
        """Whole weeks of the longest time under way; after the scenario's end nothing arrives."""
        return min(max(ceil(max(under_way, default=0.0)), 1), self.scenario.weeks)

    def add(
        self,
        name: str,
        index: Index,
        *numbers: Number | float,
        over: Number | float = 1.0,
        factor: float = 1.0,
    ) -> None:
        """Add a product of numbers, `over` another, to a cell; those that are ranges are drawn by
        each member."""
        draws, factor = self._split(numbers, factor)
        under, whole = self._split((over,), 1.0)
        table = self.tables[name]
        if draws or under:
            table.terms.append(Term(index, draws, factor / whole, under))
        else:
            table.array[index] += factor / whole

    def _split(
        self, numbers: tuple[Number | float, ...], factor: float
    ) -> tuple[tuple[int, ...], float]:
        """Of a product of numbers the draws that stand for ranges, and the rest."""
        draws: list[int] = []
        for number in numbers:
            if isinstance(number, Number) and number.uncertain:
                draws.append(self.ranges.setdefault(number, len(self.ranges)))
            else:
                factor *= number.middle if isinstance(number, Number) else number
        return tuple(draws), factor

    def clear(self, name: str, index: Index) -> None:
        """Forget what was said of some weeks of a table: what is said later counts."""
        table, (weeks, *at) = self.tables[name], index
        table.array[index] = 0.0
        kept: list[Term] = []
        for term in table.terms:
            span, *where = term.index
            if where != at or not isinstance(span, slice) or not isinstance(weeks, slice):
                kept.append(term)
                continue
            for piece in (
                slice(span.start, min(span.stop, weeks.start)),
                slice(max(span.start, weeks.stop), span.stop),
            ):
                if piece.start < piece.stop:
                    kept.append(replace(term, index=(piece, *at)))
        table.terms = kept

    def stands(self, power: str, axis: str) -> bool:
        """Whether a power stands at an end of an axis."""
        theatre = self.fronts[axis]
        return power in theatre.west or power in theatre.east

    def seasons(self, week: int, axes: Iterable[str]) -> list[tuple[Season | None, float]]:
        """The seasons in the middle of a week, and on what share of some axes each of them is; if
        there are no axes, the one that is on all."""
        day, names = self.middles[week], tuple(axes) or ("",)
        found = {axis: self._season_on(day, axis) for axis in names}
        distinct = {id(season): season for season in found.values()}.values()
        return [(s, sum(x is s for x in found.values()) / len(found)) for s in distinct]

    def week(self, day: date | None) -> int:
        """The week of a date, counted from the start; NEVER without one."""
        return NEVER if day is None else round((day - self.scenario.start).days / 7)

    def weeks(self, start: date, until: date | None) -> slice:
        """The weeks whose greater part lies in [start, until)."""
        end = self.scenario.weeks if until is None else self.week(until)
        return slice(max(self.week(start), 0), max(end, 0))
