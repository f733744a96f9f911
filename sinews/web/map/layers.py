"""The layers that may be laid over the map in place of the men."""

from __future__ import annotations

from math import sqrt

from sinews.web.map import forces
from sinews.web.map.canvas import Canvas
from sinews.web.map.shapes import arc, bow, moved_by


def supply(canvas: Canvas) -> None:
    """Days of supply of the reader's own men at each front."""
    for axis in canvas.axes:
        theatre = canvas.scenario.theatres[axis]
        at, (forward, across) = canvas.front(axis), canvas.ground.across(axis, canvas.km(axis))
        for away, powers in ((-1.0, theatre.west), (1.0, theatre.east)):
            there = [p for p in powers if p in canvas.seats]
            own = [p for p in there if canvas.number(f"force:{p}:{axis}") >= 500.0]
            for i, power in enumerate(own):
                days = canvas.known.now(f"days:{power}:{axis}")
                if days is None:
                    continue
                size = 7.0 + min(days, 30.0) * 0.4
                centre = moved_by(moved_by(at, forward, away * 26.0), across, 34.0 * i)
                kind, who = forces.supplied(days), canvas.title(power)
                words = f"{who}, {canvas.title(axis)}: {days:.0f} days of supply"
                canvas.dot(f"store {kind}", centre, size, words)
                canvas.word(kind, centre, f"{days:.0f} days", 800.0, size + 2.0, axis)


def rail(canvas: Canvas) -> None:
    """Railways, by the trains that they carry."""
    drawn: set[frozenset[str]] = set()
    for link in canvas.scenario.links:
        ends = canvas.spot(link.from_), canvas.spot(link.to)
        both = frozenset((link.from_, link.to, link.power))
        if not (ends[0] and ends[1]) or both in drawn:
            continue
        drawn.add(both)
        trains, km = canvas.scenario.trains(link).middle, link.km.middle
        source, target = canvas.title(link.from_), canvas.title(link.to)
        whose = canvas.title(link.power)
        words = f"{source} to {target}, {km:,.0f} km, {whose}: {trains:.0f} trains a day"
        weight, path = 1.2 + sqrt(trains) * 0.55, arc(ends[0], ends[1])
        canvas.line(f"rail {canvas.kind(link.power)}", path, words, weight)
        canvas.line("sleepers", path, weight=weight)
        middle = bow(ends[0], ends[1])
        canvas.word("trains", middle, f"{trains:.0f} a day", 400.0 + trains, weight + 2.0)


def industry(canvas: Canvas) -> None:
    """Plant by place, as a share of its power's: the mean over the branches of industry."""
    for theatre in canvas.scenario.theatres.values():
        for place in theatre.place:
            at = canvas.ground.places.get(place.name)
            power = place.power or theatre.power or ""
            branches = canvas.scenario.powers[power].industry if power else {}
            share = sum(s.middle for s in place.industry.values()) / max(len(branches), 1)
            if share <= 0.0 or at is None or not canvas.ground.seen(at):
                continue
            held = canvas.known.now(f"held:{place.name}")
            lost = " fallen" if held is not None and held < 0.5 else ""
            size = 3.0 + 26.0 * sqrt(min(share, 1.0))
            words = f"{place.name}: {100 * share:.0f} % of the plant of {canvas.title(power)}"
            canvas.dot(f"plant {canvas.kind(power)}{lost}", at, size, words)
            if share >= 0.015:
                rank = 300.0 + 100.0 * share
                canvas.word("share", at, f"{100 * share:.0f} %", rank, size + 2.0)


def opinion(canvas: Canvas) -> None:
    """How far powers trust each other's word."""
    homes = {
        name: at
        for name, power in canvas.scenario.powers.items()
        if (at := canvas.ground.spots.get(power.reserve_theatre))
    }
    for one, other in canvas.known.labels("trust"):
        if one == other or not {one, other} <= homes.keys() or one not in canvas.seats:
            continue
        trust = canvas.number(f"trust:{one}:{other}")
        words = f"{canvas.title(one)} trusts the word of {canvas.title(other)}: {trust:.2f}"
        kind = "good" if trust >= 0.55 else "bad" if trust < 0.4 else "soft"
        ends = homes[one], homes[other]
        canvas.line(f"trust {kind}", arc(*ends, short=9.0), words, 1.0 + 5.0 * trust)
        text = f"{trust:.2f}"
        wide, high = canvas.size(kind, text)
        spots = (bow(*ends, share) for share in (0.6, 0.7, 0.5, 0.8, 0.4, 0.88, 0.3))
        corners = tuple((x - wide / 2, y - high / 2) for x, y in spots)
        canvas.word(kind, homes[other], text, 600.0, places=corners)
    for name, at in homes.items():
        canvas.word("power", at, canvas.title(name), 800.0, 9.0)
