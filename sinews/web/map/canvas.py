"""What is drawn on, and what every layer asks: who sees, what is known, where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sinews.analysis.titles import thing_title
from sinews.campaign.ledger.readings import Readings
from sinews.campaign.ledger.transfers import fought, war_at
from sinews.campaign.ledger.zones import Zone
from sinews.scenario import Scenario
from sinews.web.map.geography import Point, part_way
from sinews.web.map.ground import MapGround, ground
from sinews.web.map.labels import Box, Label, around, placed, width
from sinews.web.map.shapes import Dot, ForceMark, MapPicture, Shape, Words, apart, line
from sinews.web.map.symbols import Symbol

TYPE, LINE = 12.0, 14.0  # size of the type, and from line to line
_BOLD = frozenset(("title", "power", "town"))
_FAR = 30.0  # from its place to a force: farther ones get a line


@dataclass
class Canvas:
    """One view at one turn, for one power or for those who look on."""

    scenario: Scenario
    power: str | None
    known: Readings
    zones: Sequence[Zone]
    ground: MapGround
    view: str
    out: MapPicture
    full: list[Box] = field(default_factory=list)
    """Where no label may stand."""
    wishes: list[tuple[Label, Words | ForceMark, Point]] = field(default_factory=list)

    @classmethod
    def blank(
        cls,
        scenario: Scenario,
        power: str | None,
        known: Readings,
        zones: Sequence[Zone],
        view: str,
    ) -> Canvas:
        """A canvas with nothing on it."""
        found = ground(scenario, view, fought(scenario, known))
        return cls(scenario, power, known, zones, found, view, MapPicture(found))

    # What is asked.

    @property
    def axes(self) -> list[str]:
        """Those whose front is in the picture."""
        known = [a for a in self.ground.lines if self.known.knows(f"front:{a}")]
        return [a for a in known if self.ground.seen(self.front(a))]

    @property
    def seats(self) -> list[str]:
        """The powers whose own numbers are seen."""
        return [self.power] if self.power else list(self.scenario.powers)

    def title(self, name: str) -> str:
        """What something is called."""
        return thing_title(self.scenario, name)

    def number(self, name: str) -> float:
        """A number of today; 0 if it is not known."""
        return self.known.now(name) or 0.0

    def km(self, axis: str) -> float:
        """Where on its axis a front stands."""
        return self.number(f"front:{axis}")

    def front(self, axis: str) -> Point:
        """Where on the picture it stands."""
        return self.ground.front(axis, self.km(axis))

    def hostile(self, axis: str) -> bool:
        """Whether there is war."""
        return war_at(self.known, axis)

    def kind(self, power: str, end: str = "") -> str:
        """The class of a power's colour: the reader's own, or that of the `end` at which it stands
        there or, where none is meant, everywhere."""
        if not power:
            return "soft"
        return "own" if power == self.power else end or self.scenario.end_of(power) or "soft"

    def spot(self, theatre: str) -> Point | None:
        """Where a theatre's men stand."""
        return self.front(theatre) if theatre in self.axes else self.ground.spots.get(theatre)

    # What is drawn.

    def line(
        self,
        kind: str,
        path: str,
        words: str = "",
        weight: float = 0.0,
        clear: Sequence[Point] = (),
    ) -> None:
        """A line; labels keep off the points of `clear`."""
        self.out.lines.append(Shape(kind, path, words, round(weight, 1)))
        self.full += [Box(x - 4.0, y - 4.0, 8.0, 8.0) for x, y in clear]

    def dot(self, kind: str, at: Point, size: float, words: str) -> None:
        """A circle."""
        self.out.dots.append(Dot(kind, (round(at[0], 1), round(at[1], 1)), round(size, 1), words))

    def word(
        self,
        kind: str,
        at: Point,
        text: str,
        rank: float,
        gap: float = 5.0,
        theatre: str = "",
        places: tuple[Point, ...] = (),
    ) -> None:
        """Ask for a place for a line of text, about a point or at one of some corners."""
        wide, high = self.size(kind, text)
        corners = places or around(at, wide, high, gap)
        # Two powers' railways of one road ask for the same words at the same place.
        key = f"{kind} {text} {theatre} {at} {len(self.wishes)}"
        label = Label(key, wide, high, corners, rank)
        self.wishes.append((label, Words(kind, text, theatre), at))

    def size(self, kind: str, text: str) -> tuple[float, float]:
        """How wide and high a line of text is."""
        size = TYPE + 1.0 if kind == "title" else TYPE
        return round(width(text, size, kind in _BOLD), 1), LINE + 1.0

    def force(self, made: ForceMark, at: Point, corners: tuple[Point, ...], rank: float) -> None:
        """Ask for a place for a symbol, by the middles of where it may stand."""
        wide, high = block(made.symbol, made.lines)
        places = tuple((x - wide / 2, y - high / 2) for x, y in corners)
        label = Label(f"{made.kind} {made.theatre} {made.words}", wide, high, places, rank)
        self.wishes.append((label, made, at))

    def settle(self) -> None:
        """Give every wish a place, or none."""
        found = placed([label for label, _, _ in self.wishes], self.full, self.ground.room)
        for label, made, near in self.wishes:
            box = found.get(label.key)
            if box is None:
                continue
            box = Box(round(box.x, 1), round(box.y, 1), box.wide, box.high)
            if isinstance(made, ForceMark):
                self.out.forces.append(replace(made, box=box, lead=_lead(box, near)))
            else:
                self.out.words.append(replace(made, box=box))


def block(shown: Symbol, lines: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """How wide and high a symbol with its lines is."""
    wide = max(width(text, TYPE, True) for _, text in lines)
    return round(shown.wide + 3.0 + wide, 1), round(max(shown.high, LINE * len(lines) + 2.0), 1)


def _lead(box: Box, near: Point) -> str:
    """A line from a box to a point, if that is far."""
    x = min(max(near[0], box.x), box.x + box.wide)
    y = min(max(near[1], box.y), box.y + box.high)
    if apart((x, y), near) <= _FAR:
        return ""
    return line([(x, y), part_way((x, y), near, 0.94)])
