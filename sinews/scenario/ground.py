"""Whether theatres, plants, forces, railways and seasons fit together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise, product

from sinews.scenario.names import TOLERANCE, Look
from sinews.scenario.number import Number
from sinews.scenario.options import Path
from sinews.scenario.schema import Hindrance, Season, Theatre
from sinews.scenario.tables import MonthDay


def theatres(look: Look) -> None:
    for name, theatre in look.doc.theatre.items():
        _theatre(look, name, theatre)
    remedy = "leave it out of the one whose men fight on the others"
    look.no_circles(look.rings, "theatre", "within", remedy)
    _wars(look)


def _wars(look: Look) -> None:
    """Two powers are at war, or at peace, wherever they meet."""
    fought: dict[tuple[str, ...], str] = {}
    for name, theatre in look.doc.theatre.items():
        fought |= dict.fromkeys(_pairs(theatre.fights), name)
    for name, theatre in look.doc.theatre.items():
        calm = _pairs(theatre.sides) - _pairs(theatre.fights)
        for pair in sorted(calm & fought.keys()):
            key = "peace" if theatre.peace else "neutral"
            problem = f"{pair[0]} and {pair[1]} are at peace here, and at war on {fought[pair]}"
            expected = "two powers are at war or at peace on all axes where they meet"
            remedy = "write peace or neutral on each of them, or on none"
            look.found.add(("theatre", name, key), problem, expected, remedy)


def _pairs(ends: tuple[list[str], list[str]]) -> set[tuple[str, ...]]:
    return {tuple(sorted(pair)) for pair in product(*ends)}


def _theatre(look: Look, name: str, theatre: Theatre) -> None:
    path: Path = ("theatre", name)
    look.known(path + ("power",), "power", theatre.power)
    if theatre.axis == (theatre.power is not None):
        problem = (
            "is both an axis and interior" if theatre.axis else "is neither an axis nor interior"
        )
        remedy = "write front = KM (a front moves along it) or power = NAME (its owner)"
        look.found.add(path, problem, "a theatre is one of the two", remedy)
        return
    _calm(look, path, theatre)
    _within(look, path, theatre)
    for index, place in enumerate(theatre.place):
        at = path + ("place", index)
        look.known(at + ("power",), "power", place.power)
        look.all_known(at + ("industry",), "sector", place.industry)
        if theatre.axis and place.power is None and (place.industry or place.people.middle):
            problem = "is missing, although people or plants are here"
            look.found.add(at + ("power",), problem, "write whose home it is")
        if theatre.axis == (place.km is None):
            problem = "is missing" if theatre.axis else "an interior place has no km"
            expected = "write how far along the axis it lies" if theatre.axis else ""
            remedy = "" if theatre.axis else "leave it out"
            look.found.add(at + ("km",), problem, expected, remedy)
    if theatre.axis:
        _axis(look, path, theatre)
    for key in ("west", "east", "neutral", "base", "width", "flanks"):
        if not theatre.axis and getattr(theatre, key):
            problem = f"an interior theatre has no {key}"
            look.found.add(path + (key,), problem, "", "leave it out, or write front = KM")


def _within(look: Look, path: Path, theatre: Theatre) -> None:
    if theatre.within is None:
        return
    at = path + ("within",)
    if not theatre.axis:
        problem = "an interior theatre has no axis, and is within no other"
        look.found.add(at, problem, "", "leave it out, or write front = KM")
    elif not look.circle(str(path[-1])) and look.axis(at, theatre.within):
        look.room(at, theatre.within)
    for key in ("garrison", "backs"):
        if key in theatre.model_fields_set:
            look.found.add(path + (key,), "is that of the theatre whose men fight on this axis")


def _calm(look: Look, path: Path, theatre: Theatre) -> None:
    if theatre.peace and not theatre.axis:
        problem = "an interior theatre has no war, and no peace"
        look.found.add(path + ("peace",), problem, "", "leave it out")
    for axis in theatre.backs:
        look.axis(path + ("backs", axis), axis)
    total = sum(share.span[1] for share in theatre.backs.values())
    if total > 1 + TOLERANCE:
        problem = f"the shares of its garrison add up to {total:.4g}"
        look.found.add(path + ("backs",), problem, "they may add up to 1 at most")


def _flanks(look: Look, path: Path, theatre: Theatre) -> None:
    """Neighbours are axes, others than itself, and said once of two."""
    name = str(path[-1])
    for other in theatre.flanks:
        at = path + ("flanks", other)
        if not look.axis(at, other):
            continue
        both = name in look.doc.theatre[other].flanks
        if other == name or (both and other < name):
            problem = "names itself" if other == name else f"is said of theatre.{other} too"
            look.found.add(at, problem, "a neighbour is said once of two axes", "leave it out")


def _axis(look: Look, path: Path, theatre: Theatre) -> None:
    _flanks(look, path, theatre)
    kms = [(place.km.middle, index) for index, place in enumerate(theatre.place) if place.km]
    for (before, _), (km, index) in pairwise(kms):
        if km <= before:
            problem = f"lies no further east than the place before it ({before:g} km)"
            at = path + ("place", index, "km")
            look.found.add(at, problem, "list places from west to east", "", km)
    if len(kms) < 2:
        problem = "an axis needs two places at least: its two ends"
        look.found.add(path + ("place",), problem, "", f"add [[theatre.{path[1]}.place]]")
    elif theatre.front is not None and not (
        kms[0][0] <= theatre.front.span[0] and theatre.front.span[1] <= kms[-1][0]
    ):
        problem = f"the front is off the axis, which runs from {kms[0][0]:g} to {kms[-1][0]:g} km"
        look.found.add(path + ("front",), problem, "", "", theatre.front.middle)
    for end in ("west", "east"):
        names: list[str] = getattr(theatre, end)
        if not names:
            problem, expected = "is missing", f"write which powers come from the {end}"
            look.found.add(path + (end,), problem, expected)
        look.each_known(path + (end,), "power", names)
    ends, told = (
        {*theatre.west, *theatre.east},
        look.found.blame(path + ("west",), path + ("east",)),
    )
    for index, name in enumerate(theatre.neutral):
        at = path + ("neutral", index)
        if look.known(at, "power", name) and name not in ends and not told:
            look.found.add(at, "stands at neither end", "", "write it under west or east", name)
    for index, name in enumerate(theatre.east):
        if name in theatre.west:
            problem = "stands at the west end too"
            remedy = "write it at one end; a third army on the same ground is a second axis"
            look.found.add(path + ("east", index), problem, "", remedy, name)
    for name in theatre.base:
        at = path + ("base", name)
        if look.known(at, "power", name) and name not in ends and not told:
            look.found.add(at, "stands at neither end", "", "leave it out")


def plants(look: Look) -> None:
    """Plants and refuges: over a power's places, shares add up."""
    shares: dict[tuple[str, str], dict[Path, Number]] = {}
    refuge: dict[str, dict[Path, Number]] = {}
    for name, theatre in look.doc.theatre.items():
        for index, place in enumerate(theatre.place):
            owner, at = place.power or theatre.power or "", ("theatre", name, "place", index)
            for sector, share in place.industry.items():
                path = (*at, "industry", sector)
                shares.setdefault((owner, sector), {})[path] = share
            if place.refuge.middle:
                refuge.setdefault(owner, {})[(*at, "refuge")] = place.refuge
    misplaced = any("industry" in path for path in look.found.bad if path[:1] == ("theatre",))
    for (owner, sector), found in shares.items():
        power, path = look.doc.power.get(owner), next(iter(found))
        missing = power is not None and sector not in power.industry
        if missing and sector in look.doc.sector and look.found.sound(("power", owner, "industry")):
            problem = f'power "{owner}" has no plants of that sector'
            look.found.add(path, problem, f"write [power.{owner}.industry.{sector}]")
    for owner, power in look.doc.power.items():
        for sector, industry in power.industry.items():
            path = ("power", owner, "industry", sector)
            if industry.capacity.middle > 0 and not misplaced:
                _spread(look, path, shares.get((owner, sector), {}), "the shares of it in places")
        if owner in refuge:
            _spread(look, ("power", owner), refuge[owner], "the refuge of its places")


def _spread(look: Look, path: Path, shares: Mapping[Path, Number], whose: str) -> None:
    total = sum(share.middle for share in shares.values())
    if abs(total - 1) > TOLERANCE and all(map(look.found.sound, shares)):
        where = ", ".join(look.found.text.place(at) for at in list(shares)[:2])
        listed = f": {where}{', ...' if len(shares) > 2 else ''}" if shares else ""
        problem = f"{whose} add up to {total:.4g}{listed}"
        remedy = "say in [[theatre.NAME.place]] where the rest is"
        look.found.add(path, problem, "shares must add up to 1", remedy if total < 1 else "")


def forces(look: Look) -> None:
    for index, force in enumerate(look.doc.force):
        path: Path = ("force", index)
        power = look.known(path + ("power",), "power", force.power)
        theatre = look.room(path + ("theatre",), force.theatre)
        if power and theatre and not look.stands(force.power, force.theatre):
            axis = look.doc.theatre[force.theatre].axis
            owner = look.doc.theatre[force.theatre].power or ""
            met = look.faced(force.power).get(owner, "")
            problem = f'power "{force.power}" '
            problem += "is at neither end of that axis" if axis else f"faces its owner on {met}"
            remedy = f"add it to theatre.{force.theatre}.west or .east" if axis else ""
            look.found.add(path + ("theatre",), problem, "", remedy, force.theatre)


def hindrances(look: Look) -> None:
    """Rows that say when lines and plants can do less."""
    held: dict[Path, list[Hindrance]] = {}
    for name, line in look.doc.line.items():
        held["line", name] = line.hindered
    for index, link in enumerate(look.doc.link):
        held["link", index] = link.hindered
        if (
            link.hindered
            and link.capacity is None
            and look.found.sound(("link", index, "capacity"))
        ):
            problem = "it has no line of its own, with a capacity"
            remedy = "write it in the [line.NAME] that it runs over"
            look.found.add(("link", index, "hindered"), problem, "", remedy)
    for name, power in look.doc.power.items():
        for sector, industry in power.industry.items():
            held["power", name, "industry", sector] = industry.hindered
    for path, rows in held.items():
        for index, row in enumerate(rows):
            at = (*path, "hindered", index)
            look.ordered((*at, "until"), row.from_, row.until)
            look.inside((*at, "from"), row.from_)


def rails(look: Look) -> None:
    seen: set[tuple[str, str]] = set()
    for index, link in enumerate(look.doc.link):
        path: Path = ("link", index)
        look.known(path + ("power",), "power", link.power)
        look.room(path + ("from",), link.from_)
        look.room(path + ("to",), link.to)
        look.each_known(path + ("lines",), "line", link.lines)
        if link.capacity is None and not link.lines and look.found.sound(path + ("lines",)):
            remedy = "or name in lines what it runs over"
            look.found.add(
                path + ("capacity",), "is missing", "write the trains it carries", remedy
            )
        back = [(link.power, f"{link.to}>{link.from_}")] if link.both else []
        names = {(link.power, link.name), *back}
        if link.from_ == link.to:
            problem, remedy = "leads to where it begins", "name another theatre"
            look.found.add(path + ("to",), problem, "", remedy, link.to)
        elif names & seen:
            problem = f"{link.power} has a link {min(names & seen)[1]} already"
            remedy = "give that one more trains, or this one both = false"
            look.found.add(path, problem, "one link leads from a theatre to another", remedy)
        seen |= names


def seasons(look: Look) -> None:
    days: dict[tuple[MonthDay, str], Season] = {}
    everywhere = [name for name, theatre in look.doc.theatre.items() if theatre.axis]
    for index, season in enumerate(look.doc.season):
        path: Path = ("season", index)
        if season.from_ == season.until:
            look.found.add(path + ("until",), "ends on the day on which it begins")
        for at, axis in enumerate(season.axes):
            look.axis(path + ("axes", at), axis)
        for number in range(366):
            day = date(2000, 1, 1) + timedelta(days=number)
            if not season.covers(day):
                continue
            on = [(MonthDay(day.month, day.day), a) for a in season.axes or everywhere or [""]]
            others = [days.setdefault(at, season) for at in on]
            other = next((other for other in others if other is not season), None)
            if other is not None:
                problem = f'overlaps season "{other.name}" on {day:%m-%d}'
                look.found.add(path + ("from",), problem, "", "let one begin as the other ends")
                break
