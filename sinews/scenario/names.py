"""The names of a scenario, and what may stand where: what every check of it asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sinews.scenario.number import Number
from sinews.scenario.options import Path
from sinews.scenario.read import Findings
from sinews.scenario.schema import Document

TOLERANCE = 0.005  # by which shares, rounded in writing, may miss their sum


class Look:
    """A document being looked at, and the mistakes found in it."""

    def __init__(self, doc: Document, found: Findings) -> None:
        self.doc, self.found = doc, found
        self.dated = not found.blame(("start",), ("weeks",))
        self.end = doc.start + timedelta(days=7 * doc.weeks)
        self.materials = {s.makes: name for name, s in doc.sector.items() if s.makes}
        self.links = {
            name
            for link in doc.link
            for name in (link.name, *([f"{link.to}>{link.from_}"] if link.both else []))
        }
        self.seasons_known = {"dry": None} | {season.name: None for season in doc.season}
        self.tables: dict[str, Mapping[str, Any]] = {
            "power": doc.power,
            "item": doc.item,
            "sector": doc.sector,
            "theatre": doc.theatre,
            "material": self.materials,
        }

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

    def adds_up(self, path: Path, numbers: Mapping[Any, Number], whose: str) -> None:
        total = sum(number.middle for number in numbers.values())
        if abs(total - 1) > TOLERANCE and all(self.found.sound((*path, key)) for key in numbers):
            problem = f"{whose} add up to {total:.4g}"
            self.found.add(path, problem, "shares must add up to 1")

    def front(self, path: Path, power: str, theatre: str) -> None:
        if not self.known(path, "theatre", theatre):
            return
        axis = self.doc.theatre[theatre]
        if not axis.axis:
            self.found.add(path, "is no axis: no front moves there", "", "", theatre)
        elif power not in [*axis.west, *axis.east] and self.found.sound(("theatre", theatre)):
            remedy = f"add it to theatre.{theatre}.west or .east"
            self.found.add(path, f'power "{power}" does not fight there', "", remedy, theatre)

    def stands(self, name: str, theatre: str) -> bool:
        """Whether a power can have men in a theatre: its own, an ally's, or its side of an axis."""
        place, power = self.doc.theatre[theatre], self.doc.power[name]
        if place.axis:
            return name in [*place.west, *place.east] or not self.found.sound(("theatre", theatre))
        owner = self.doc.power.get(place.power or "")
        return owner is None or owner.side == power.side
