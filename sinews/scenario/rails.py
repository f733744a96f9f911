"""Ways by rail: the links of a file, each one way, and journeys laid over several of them.

A line's two ways are apart, as each carries the line's trains: the way back of a line is named
after it. A link that states a capacity has that of a line of its own beside those it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from sinews.scenario.number import Number
from sinews.scenario.schema import BACK, Link, Power, Railway, Theatre


@dataclass(frozen=True)
class Journey:
    """How a power's trains go from one theatre to another: over one link, or several."""

    power: str
    from_: str
    to: str
    legs: tuple[Link, ...]

    @property
    def name(self) -> str:
        """How a script calls it."""
        return f"{self.from_}>{self.to}"

    @property
    def longest(self) -> float:
        """Its length, km, at the upper ends of its links' ranges."""
        return sum(leg.km.high or leg.km.middle for leg in self.legs)

    def lines(self, known: Mapping[str, Railway]) -> dict[str, Number]:
        """The lines that it runs over, in its direction, and the capacity of each."""
        return {line: trains for leg in self.legs for line, trains in leg.over(known).items()}


def one_way(links: Sequence[Link]) -> Iterator[Link]:
    """Each link one way, those that lead both ways twice."""
    for link in links:
        yield link.model_copy(update={"both": False})
        if link.both:
            back = {"from_": link.to, "to": link.from_, "both": False}
            yield link.model_copy(update=back | {"lines": [x + BACK for x in link.lines]})


def journeys(
    links: Sequence[Link], powers: Mapping[str, Power], theatres: Mapping[str, Theatre]
) -> tuple[Journey, ...]:
    """The links, each one way, and by the shortest way what no link joins: a power's depots with
    each of its fronts, and an interior theatre whose links reach no front at war with all of them.
    """
    out = [Journey(link.power, link.from_, link.to, (link,)) for link in links]
    for name, power in powers.items():
        own = [link for link in links if link.power == name]
        axes = {axis: t for axis, t in theatres.items() if name in (*t.west, *t.east)}
        fronts = list(dict.fromkeys(t.within or axis for axis, t in axes.items()))
        at_war = {t.within or axis for axis, t in axes.items() if not t.peace}
        for start in dict.fromkeys(link.from_ for link in own):
            direct = {link.to for link in own if link.from_ == start} | {start}
            cut_off = start not in fronts and not direct & at_war
            if cut_off or start == power.reserve_theatre:
                ways = _shortest(own, start)
                ahead = [front for front in fronts if front in ways and front not in direct]
                out += [Journey(name, start, front, ways[front]) for front in ahead]
    return tuple(out)


def _shortest(links: Sequence[Link], start: str) -> dict[str, tuple[Link, ...]]:
    """The shortest way from `start` to each theatre that links lead to (Dijkstra)."""
    found: dict[str, tuple[Link, ...]] = {}
    order = count()  # of ways of equal length the one found first
    ahead: list[tuple[float, int, str, tuple[Link, ...]]] = [(0.0, next(order), start, ())]
    while ahead:
        km, _, at, legs = heappop(ahead)
        if at not in found:
            found[at] = legs
            for link in links:
                if link.from_ == at:
                    heappush(ahead, (km + link.km.middle, next(order), link.to, (*legs, link)))
    return found
