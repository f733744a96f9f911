"""What a scenario states and nothing comes of: `sinews check` tells it as notes.

Unlike `feasible.py` nothing here is a mistake: the file means what it says, but no campaign differs
for it, and whoever wrote it may have meant something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sinews.errors import Mistake, dotted, shown
from sinews.scenario.formats import subtables
from sinews.scenario.load import as_read, as_written
from sinews.scenario.names import TOLERANCE
from sinews.scenario.schema import BACK, Scenario
from sinews.scenario.terms import within_means

_DATED = ("script", "build", "receive")


def idle(scenario: Scenario) -> list[Mistake]:
    """Rows dated outside the scenario or before the council that decides on them, sources that
    nothing cites, men whom no railway reaches, orders for fronts without men, gold that nothing can
    spend, signed contracts that rest for good, contracts that are over before their advance can be
    paid, terms that nothing asks for, options that leave all as it is: each with its place and why.
    """
    return [
        *_undated(scenario),
        *_too_late(scenario),
        *_uncited(scenario),
        *_stranded(scenario),
        *_absent(scenario),
        *_unspent(scenario),
        *_resting(scenario),
        *_unpaid(scenario),
        *_unasked(scenario),
        *_unused(scenario),
        *_without_effect(scenario),
    ]


def _undated(s: Scenario) -> Iterator[Mistake]:
    raw = as_read(s)  # not what it takes over from another
    rows = [
        (("power", name, kind, index), row)
        for name, power in raw.get("power", {}).items()
        for kind in _DATED
        for index, row in enumerate(power.get(kind, ()))
    ]
    rows += [(("route", name), row) for name, row in raw.get("route", {}).items()]
    rows += [
        (("agreement", name, "ceiling", index), row)
        for name, agreement in raw.get("agreement", {}).items()
        for index, row in enumerate(agreement.get("ceiling", ()))
    ]
    for path, row in rows:
        first, until = row.get("from", s.start), row.get("until", s.end)
        over = until <= s.start and path[0] == "route"  # of a ceiling what comes after it counts
        if first >= s.end or over:
            problem = f"is never in force: the scenario runs from {s.start} to {s.end}"
            yield Mistake(dotted(path), problem, value=f"{first} to {until}")
    days = [s.start + timedelta(days=day) for day in range(7 * s.weeks)]
    for index in range(len(raw.get("season", ()))):
        if not any(s.seasons[index].covers(day) for day in days[:366]):
            problem = f"never comes: the scenario runs from {s.start} to {s.end}"
            yield Mistake(dotted(("season", index)), problem, value=shown(s.seasons[index].name))


def _too_late(s: Scenario) -> Iterator[Mistake]:
    """Dated rows of an option that are over by the day on which a council decides on it."""
    for item in s.agenda:
        day = max(item.from_ or s.council, s.council)
        for option in item.options:
            for name, power in subtables(s.options[option].set, "power"):
                for kind in _DATED:
                    for index, row in enumerate(power.get(kind, ())):
                        if type(row.get("until")) is date and row["until"] <= day:
                            path = ("option", option, "set", "power", name, kind, index)
                            problem = f"is over by {day}, when the council decides"
                            yield Mistake(dotted(path), problem, value=f"until {row['until']}")


def _uncited(s: Scenario) -> Iterator[Mistake]:
    raw = as_read(s)
    cited = set(_cited({key: raw[key] for key in raw if key != "sources"}))
    for key in raw.get("sources", {}):
        if key not in cited:
            yield Mistake(dotted(("sources", key)), "no number rests on it")


def _cited(value: Any) -> Iterator[str]:
    """Every source that a part of a file names."""
    if isinstance(value, dict) and isinstance(value.get("source"), str):
        yield value["source"]
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from _cited(each)


def _stranded(s: Scenario) -> Iterator[Mistake]:
    left = {(link.power, link.from_) for link in s.links}
    for index, force in enumerate(s.forces):
        theatre = s.theatres[force.theatre]
        stays = theatre.axis or theatre.garrison.middle > 0 or not force.men.middle
        if not stays and (force.power, force.theatre) not in left:
            problem = f"they never move: no link of {force.power} leads away from there"
            remedy = "add a [[link]] from there, or say in the theatre's garrison that they stay"
            yield Mistake(dotted(("force", index)), problem, "", remedy, shown(force.theatre))


def _absent(s: Scenario) -> Iterator[Mistake]:
    """Orders for a front on which a power has no men, and to which none can come."""
    forces = [(force.power, force.theatre) for force in s.forces]
    for option in s.options.values():
        more = option.set.get("force", ())
        forces += [(row["power"], row["theatre"]) for row in more if isinstance(row, dict)]
    for name, raw in as_read(s).get("power", {}).items():
        power = s.powers[name]
        there = {theatre for whose, theatre in forces if whose == name}
        there |= {power.reserve_theatre, *power.districts}
        there |= {link.to for link in s.links if link.power == name}
        for index, row in enumerate(raw.get("script", ())):
            for key in ("attack", "halt", "attend", "goal", "stance"):
                for axis in row.get(key, ()):
                    if (s.theatres[axis].within or axis) not in there:
                        problem = f"{name} has no men there, and no link brings any"
                        path = dotted(("power", name, "script", index, key))
                        remedy = "add a [[force]] or a [[link]], or leave it out"
                        yield Mistake(path, problem, "", remedy, shown(axis))


def _unspent(s: Scenario) -> Iterator[Mistake]:
    busy = {name for c in s.contracts.values() for name in (c.seller, c.buyer)}
    golden = [a.transfers.get("gold", {}) for a in s.agreements.values()]
    busy |= {name for parties in golden for name, t in parties.items() if t.span[0] < 0}
    has = [name for name, p in s.powers.items() if "gold" in p.stock and p.stock["gold"].middle > 0]
    if idle := [name for name in has if name not in busy]:
        problem = (
            f"nothing spends the gold of {', '.join(idle)}: no contract and no treaty that costs"
        )
        yield Mistake(dotted(("power", idle[0], "stock", "gold")), problem)


def _resting(s: Scenario) -> Iterator[Mistake]:
    needed = {name for c in s.contracts.values() if c.signed for name in c.needs}
    ways = [(), *((name,) for name, option in s.options.items() if option.acts)] if needed else []
    signed = {name for name, agreement in s.agreements.items() if agreement.signed}
    for way in ways:
        agreements = as_written(s, way).get("agreement", {})
        signed |= {name for name, agreement in agreements.items() if agreement.get("signed")}
    for name, contract in s.contracts.items():
        for index, agreement in enumerate(contract.needs if contract.signed else ()):
            if agreement not in signed:
                problem = "neither the scenario nor an option signs it: the contract rests for good"
                path = dotted(("contract", name, "needs", index))
                yield Mistake(path, problem, "", "sign it, or leave it out", shown(agreement))


def _unpaid(s: Scenario) -> Iterator[Mistake]:
    """Contracts whose buyer has their advance too late: they wait, and lapse on their last day."""
    makers = {sector.makes: name for name, sector in s.sectors.items() if sector.makes}
    for name, contract in s.contracts.items():
        buyer, span = contract.buyer, (s.start, contract.until)
        for material, number in contract.price.items():
            # What a deal brings may come in time.
            sold = (c.price for c in s.contracts.values() if c.seller == buyer)
            paid = (a.transfers.get(material, {}) for a in s.agreements.values())
            given = (x[buyer].middle > 0.0 for x in paid if buyer in x)
            if any(material in x for x in sold) or any(given):
                continue
            has = within_means(s.powers[buyer], material, makers.get(material), span)
            if contract.advance.middle * number.middle > has * (1 + TOLERANCE):
                problem = f"its advance cannot be paid by {contract.until}, its last day: it lapses"
                yield Mistake(dotted(("contract", name, "price", material)), problem)


def _unasked(s: Scenario) -> Iterator[Mistake]:
    """Terms of contracts and treaties that change nothing in any campaign."""
    raw = as_read(s)
    for name in raw.get("contract", {}):
        contract = s.contracts[name]
        vain = {
            "usable": ("nothing is given for what is sold", not contract.gives),
            "penalty": ("what a buyer calls off is never late", contract.call_off),
            "advance": ("nothing is paid", not any(n.span[1] for n in contract.price.values())),
        }
        for key, (problem, idle_) in vain.items():
            if idle_ and key in contract.model_fields_set:
                yield Mistake(dotted(("contract", name, key)), problem, "", "leave it out")
    opened = {route for agreement in s.agreements.values() for route in agreement.opens}
    for name in raw.get("agreement", {}):
        agreement = s.agreements[name]
        marks = bool(agreement.teams.span[1] and agreement.pace.span[1])
        if bool(agreement.line.span[1]) != marks:
            problem = "marks nothing" if marks else "nobody marks it"
            key, remedy = ("teams", "write its line") if marks else ("line", "write teams and pace")
            yield Mistake(dotted(("agreement", name, key)), problem, "", remedy)
        for index, route in enumerate(agreement.opens):
            if s.routes[route].open:
                path = dotted(("agreement", name, "opens", index))
                yield Mistake(path, "that route is open without it", "", "", shown(route))
        for index, route in enumerate(agreement.closes):
            if not s.routes[route].open and route not in opened:
                path = dotted(("agreement", name, "closes", index))
                yield Mistake(path, "nothing ever opens that route", "", "", shown(route))


def _unused(s: Scenario) -> Iterator[Mistake]:
    """Lines, roads, bounds on prices, garrisons and works that nothing makes use of."""
    raw = as_read(s)
    run = {line.removesuffix(BACK) for link in s.links for line in link.lines}
    gone = {contract.route for contract in s.contracts.values()}
    used = {"line": (run, "no link runs over it"), "route": (gone, "no contract goes over it")}
    for kind, (names, problem) in used.items():
        for name in raw.get(kind, {}):
            if name not in names:
                yield Mistake(dotted((kind, name)), problem)
    for name in raw.get("power", {}):
        if s.powers[name].premium is not None and (name == s.player or not s.prices):
            problem = "it bounds no price: " + (
                "the player's own contracts are not judged"
                if name == s.player
                else "there is no price list"
            )
            yield Mistake(dotted(("power", name, "premium")), problem, "", "leave it out")
    for name in raw.get("theatre", {}):
        theatre = s.theatres[name]
        if theatre.backs and not theatre.garrison.span[1]:
            problem, remedy = "there is no garrison to share out", "write garrison = MEN"
            yield Mistake(dotted(("theatre", name, "backs")), problem, "", remedy)
        for index, place in enumerate(theatre.place):
            if not theatre.axis and "fort" in place.model_fields_set:
                path = dotted(("theatre", name, "place", index, "fort"))
                yield Mistake(path, "no fighting is in the interior", "", "leave it out")


def _without_effect(s: Scenario) -> Iterator[Mistake]:
    plain = as_written(s)
    for name, option in s.options.items():
        if option.acts and as_written(s, (name,)) == plain:
            yield Mistake(dotted(("option", name)), "it changes nothing: all is so without it")
