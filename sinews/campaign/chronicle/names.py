"""What a scenario calls things, as they are called in running prose."""

from __future__ import annotations

from collections.abc import Sequence

from sinews.campaign.chronicle.words import clean, listed, many, the, upon
from sinews.scenario import Scenario
from sinews.scenario.schema import Place


class Names:
    """The names of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def power(self, name: str) -> str:
        """A power."""
        return the(self._scenario.powers[name].title or name)

    def side(self, theatre: str, west: bool) -> str:
        """The powers on one side of an axis."""
        return self.sides([theatre], west)

    def sides(self, theatres: Sequence[str], west: bool) -> str:
        """The powers on one side of some axes, each once."""
        found = [self._scenario.theatres[name] for name in theatres]
        powers = [p for each in found for p in (each.west if west else each.east)]
        return listed([self.power(p) for p in dict.fromkeys(powers)] or ["nobody"])

    def theatre(self, name: str) -> str:
        """A theatre."""
        return the(self._scenario.theatres[name].title or name)

    def upon(self, name: str) -> str:
        """In, or on, a theatre."""
        return upon(self._scenario.theatres[name].title or name)

    def item(self, name: str) -> str:
        """Items of a type."""
        return many(self._scenario.items[name].title or name.replace("-", " "))

    def good(self, name: str) -> str:
        """A good in a sentence after its amount: "lorries", "t of steel"."""
        return (
            self.item(name)
            if name in self._scenario.items
            else f"t of {clean(name.replace('-', ' '))}"
        )

    def agreement(self, name: str) -> str:
        """An agreement, by its title in quotation marks: no rule tells which titles take an article
        and which words of theirs are names."""
        return f"“{clean(self._scenario.agreements[name].title or name)}”"

    def contract(self, name: str) -> str:
        """A contract, as a title."""
        return clean(self._scenario.contracts[name].title or name)

    def places(self, axis: str) -> list[Place]:
        """The places of an axis, from west to east."""
        found = [p for p in self._scenario.theatres[axis].place if p.km is not None]
        return sorted(found, key=kilometre)


def kilometre(place: Place) -> float:
    """How far along its axis a place lies."""
    assert place.km is not None  # only places of an axis are asked
    return place.km.middle
