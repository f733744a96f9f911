"""The names of a scenario, and what may stand where: what every check of it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sinews.scenario.number import Number
from sinews.scenario.options import Path
from sinews.scenario.rails import journeys, one_way
from sinews.scenario.read import Findings
from sinews.scenario.schema import Document

TOLERANCE = 0.005  # by which shares, rounded in writing, may miss their sum


def rings(leads: Mapping[str, str | None]) -> list[list[str]]:
    """The circles in which names lead to one another, each once.

    >>> rings({"a": "b", "b": "c", "c": "b", "d": "d", "e": None})
    [['b', 'c'], ['d']]
    """
    found: list[list[str]] = []
    seen: set[str] = set()
    for first in leads:
        way = list[str]()
        name: str | None = first
        while name is not None and name in leads and name not in seen:
            seen.add(name)
            way.append(name)
            name = leads[name]
        if name in way:
            found.append(way[way.index(name) :])
    return found


class Look:
    """A document being looked at, and the mistakes found in it."""

    def __init__(self, doc: Document, found: Findings) -> None:
        self.doc, self.found = doc, found
        self.dated = not found.blame(("start",), ("weeks",))
        self.end = doc.start + timedelta(days=7 * doc.weeks)
        self.materials = {s.makes: name for name, s in doc.sector.items() if s.makes}
        self.tender = {"gold": None, **self.materials}
        """The materials in which a price may be."""
        self.journeys = journeys(tuple(one_way(doc.link)), doc.power, doc.theatre)
        self.rings = rings({name: theatre.within for name, theatre in doc.theatre.items()})
        """Axes that are within one another in a circle."""
        self.seasons_known = {"dry": None} | {season.name: None for season in doc.season}
        self.tables: dict[str, Mapping[str, Any]] = {
            "power": doc.power,
            "item": doc.item,
            "sector": doc.sector,
            "theatre": doc.theatre,
            "material": self.materials,
            "line": doc.line,
            "route": doc.route,
            "contract": doc.contract,
            "agreement": doc.agreement,
            "minister": doc.minister,
            "option": doc.option,
        }
        self.places = {p.name: (n, p) for n, t in doc.theatre.items() for p in t.place}
        self.tables["place"] = self.places
        # What a measure may be of; a lot is called by its contract and its good.
        apart = {"line", "minister", "option"}
        named = (table for kind, table in self.tables.items() if kind not in apart)
        self.anything = {name: None for table in named for name in table}
        self.anything |= {f"{n} {good}": None for n, c in doc.contract.items() for good in c.goods}

    def known(self, path: Path, kind: str, name: str | None) -> bool:
        """Whether something of a kind bears a name; a mistake if not."""
        if name is None or name in self.tables[kind]:
            return name is not None
        table = "sector" if kind == "material" else kind
        if (table,) not in self.found.bad:
            self.found.unknown(path, kind, name, self.tables[kind])
        return False

    def all_known(self, path: Path, kind: str, names: Mapping[str, Any]) -> None:
        for name in names:
            self.known(path + (name,), kind, name)

    def payable(self, path: Path, material: str) -> bool:
        """Whether a price may be in a material; a mistake if not."""
        if material not in self.tender and ("sector",) not in self.found.bad:
            self.found.unknown(path + (material,), "material", material, self.tender)
        return material in self.tender

    def no_circles(self, rings: list[list[str]], kind: str, key: str, remedy: str) -> None:
        """A mistake for each ring of names of a kind that lead to one another by a key."""
        for ring in rings:
            problem = "goes round in a circle: " + " > ".join([*ring, ring[0]])
            problem = problem if len(ring) > 1 else "names itself"
            self.found.add((kind, ring[0], key), problem, "", remedy, [*ring, ring[0]][1])

    def adds_up(self, path: Path, numbers: Mapping[Any, Number], whose: str) -> None:
        total = sum(number.middle for number in numbers.values())
        if abs(total - 1) > TOLERANCE and all(self.found.sound((*path, key)) for key in numbers):
            problem = f"{whose} add up to {total:.4g}"
            self.found.add(path, problem, "shares must add up to 1")

    def each_known(self, path: Path, kind: str, names: Sequence[str]) -> None:
        """Whether each row of a list is a name of a kind, and stands there once."""
        for index, name in enumerate(names):
            if self.known(path + (index,), kind, name) and name in names[:index]:
                self.found.add(path + (index,), "stands there twice", "", "leave one out", name)

    def room(self, path: Path, theatre: str) -> bool:
        """Whether something is a theatre with men of its own; a mistake if not."""
        if not self.known(path, "theatre", theatre):
            return False
        whose = self.doc.theatre[theatre].within
        if whose is not None and not self.circle(theatre):
            value = () if path[-1] == theatre else (theatre,)
            problem = f'is an axis within "{whose}", whose men fight on it'
            self.found.add(path, problem, "", f"write {whose}", *value)
        return whose is None

    def circle(self, name: str) -> bool:
        """Whether a theatre is within itself, by way of others or not."""
        return any(name in ring for ring in self.rings)

    def home(self, path: Path, name: str) -> str | None:
        """The power whose home a place is at the start; None of what is nobody's, and, with a
        mistake, of what is no place."""
        if name not in self.places:
            if ("theatre",) not in self.found.bad:
                self.found.unknown(path, "place", name, dict.fromkeys(self.places))
            return None
        theatre, place = self.places[name]
        return place.power or self.doc.theatre[theatre].power

    def axis(self, path: Path, theatre: str) -> bool:
        """Whether something is the name of an axis; a mistake if not."""
        if not self.known(path, "theatre", theatre):
            return False
        if not self.doc.theatre[theatre].axis:
            value = () if path[-1] == theatre else (theatre,)
            self.found.add(path, "is no axis: no front moves there", "", "", *value)
        return self.doc.theatre[theatre].axis

    def inside(self, path: Path, day: date | None) -> bool:
        """Whether a day lies in the scenario; a mistake if not."""
        if day is None or not self.dated or self.doc.start <= day <= self.end:
            return day is not None and self.dated
        if day not in self.found.text.decided.values():  # told where that date is given
            expected = f"write a date from {self.doc.start} to {self.end}"
            self.found.add(path, "lies outside the scenario", expected, "", day)
        return False

    def ordered(self, path: Path, first: date | None, until: date | None) -> None:
        """Whether what ends on the day at `path` begins before it; a mistake if not."""
        if first and until and until <= first:
            expected = f"write a date after {first}"
            self.found.add(path, "ends before it begins", expected, "", until)

    def front(self, path: Path, power: str, theatre: str) -> None:
        if not self.axis(path, theatre):
            return
        axis = self.doc.theatre[theatre]
        if power not in [*axis.west, *axis.east] and self.found.sound(("theatre", theatre)):
            remedy = f"add it to theatre.{theatre}.west or .east"
            self.found.add(path, f'power "{power}" does not fight there', "", remedy, theatre)

    def stands(self, name: str, theatre: str) -> bool:
        """Whether a power can have men in a theatre: at its end of an axis, or in the interior of a
        power that it does not face."""
        place = self.doc.theatre[theatre]
        if place.within:
            return False
        if place.axis:
            axes = [place, *(t for t in self.doc.theatre.values() if t.within == theatre)]
            fight = [p for axis in axes for p in (*axis.west, *axis.east)]
            return name in fight or not self.found.sound(("theatre", theatre))
        return place.power not in self.faced(name)

    def faced(self, name: str) -> dict[str, str]:
        """The powers across an axis from one, and that axis."""
        return {p: axis for axis, t in self.doc.theatre.items() for p in t.across(name)}
