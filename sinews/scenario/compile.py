"""From a Scenario's names and units to a World's and State's arrays.

Every array is made here and nowhere else. A number written as a range leaves a term that each
member fills with its own draw; the rest is the same for all members.
"""

from dataclasses import dataclass, fields
from itertools import product
from math import prod
from typing import Any

import numpy as np

from sinews.model.coefficients import COEFFICIENTS
from sinews.model.industry import PASS
from sinews.model.state import State
from sinews.scenario.bargains import bargains
from sinews.scenario.builder import Builder, Floats, Index, Term
from sinews.scenario.number import Number
from sinews.scenario.schema import (
    Force,
    Hindrance,
    Material,
    Order,
    Place,
    Power,
    Scenario,
    Theatre,
)

# Trains to move the plant that one worker serves: 1.5 M wagons of 50 a train moved, by the
# common count, 1,523 plants with about 10 M workers' places in 1941 (Werth; judged).
_TRAINS_PER_WORKER = 0.003
# Weeks of first production taken as the output that learning starts from (judged).
_OUTPUT_WEEKS = 26.0
# What a member divides by is more than nothing, though its range may begin there.
_LEAST = np.float32(1e-6)
# Days of digging in before the war begins.
_DUG_IN = 2.0
# Weeks of regrouping that make an army fresh, whatever its coefficients.
_RESTED = 52.0


@dataclass(frozen=True)
class Compiled:
    """A scenario as arrays for one member, and what differs between members."""

    scenario: Scenario
    axes: dict[str, tuple[str, ...]]
    world: dict[str, Floats]
    state: dict[str, Floats]
    terms: dict[str, list[Term]]  # by field of World or State
    ranges: tuple[Number, ...]  # what a draw's number stands for
    coefficients: dict[str, Number]  # as the scenario sets them

    def drawn(self, name: str, draws: Floats) -> Floats:
        """A field with its ranges filled in: `draws` [range member] -> [... member]."""
        base = self.state[name] if name in self.state else self.world[name]
        out = np.repeat(base[..., None], draws.shape[1], axis=-1)
        for term in self.terms[name]:
            # (NumPy's own product of so few takes five times as long.)
            part = np.float32(term.factor) * prod(draws[i] for i in term.draws)
            part = part / prod(np.maximum(draws[i], _LEAST) for i in term.over)
            out[(*term.index, ...)] += part
        return out


def compile(scenario: Scenario) -> Compiled:
    """The arrays of a scenario. The scenario is already checked: nothing here can fail on it."""
    b = Builder(scenario)
    _powers(b)
    _things(b)
    _ground(b)
    _rail(b)
    _forces(b)
    _munitions(b)
    _economy(b)
    _scripts(b)
    bargains(b)
    state_names = {f.name for f in fields(State)}
    return Compiled(
        scenario=scenario,
        axes=b.axes,
        world={n: t.array for n, t in b.tables.items() if n not in state_names},
        state={n: t.array for n, t in b.tables.items() if n in state_names},
        terms={n: t.terms for n, t in b.tables.items() if t.terms},
        ranges=tuple(b.ranges),
        coefficients={n: v for n, v in scenario.coefficient.items() if n in COEFFICIENTS},
    )


def _powers(b: Builder) -> None:
    s = b.scenario
    for p, (name, power) in enumerate(s.powers.items()):
        b.add("wear", (p,), power.wear)
        b.add("surprised", (p,), power.surprised)
        b.add("appetite", (p,), power.appetite)
        for theatre, share in (power.districts or {power.reserve_theatre: 1.0}).items():
            b.add("district", (p, b.at["theatre"][theatre]), share)
        m = power.manpower
        for table, number in {
            "cohort": m.cohort,
            "mobilise": m.mobilise,
            "call_up": m.draft,
            "ceiling": m.ceiling,
            "army_least": m.least,
            "training_weeks": m.training,
            "quality_reserve": m.quality_reserve,
            "hospital_weeks": m.hospital_weeks,
            "killed_share": m.killed_share,
            "return_share": m.return_share,
            "reserve": m.reserve,
            "pool": m.pool,
            "ready": m.ready,
        }.items():
            b.add(table, (p,), number)
        if m.raise_ is None:
            b.tables["raise_most"].array[p] = np.inf
        else:
            b.add("raise_most", (p,), m.raise_)
        b.add("ready_experience", (p,), m.ready, m.quality_ready)
        b.add("schooling", (p,), m.quality_ready)
        for good, number in power.stock.items():
            if good == "gold_mined":
                b.add("mined", (p, b.at["material"]["gold"]), number)
            elif good in b.at["item"]:
                b.add("depot", (p, b.at["item"][good]), number)
            else:
                b.add("material", (p, b.at["material"][good]), number)
        for material, number in power.home_use.items():
            b.add("home_use", (p, b.at["material"][material]), number)
        for material in power.vital:
            b.tables["vital"].array[p, b.at["material"][material]] = 1.0
        if power.capital is not None:
            b.tables["seat"].array[p, b.at["place"][power.capital]] = 1.0
        fronts = [axis for axis in b.axes["axis"] if b.stands(name, axis)]
        for week in range(s.weeks):
            for season, share in b.seasons(week, fronts):
                number = power.quality_by_season.get(season.name if season else "dry", 1.0)
                b.add("quality_week", (week, p), number, factor=share)


def _things(b: Builder) -> None:
    s, tables = b.scenario, b.tables
    for i, item in enumerate(s.items.values()):
        for table, number in {
            "weight": item.weight,
            "establishment": item.establishment,
            "hit": item.hit,
            "fragile": item.breakdown,
            "off_hit": item.write_off_hit,
            "off_broken": item.write_off_breakdown,
            "load": item.trains,
            "hours": item.hours,
            "armour": item.armour,
            "carries": item.carries,
        }.items():
            b.add(table, (i,), number)
        tables["gates"].array[i] = float(item.gates)
        for power in item.users or s.powers:
            tables["users"].array[b.at["power"][power], i] = 1.0
        if item.sector is not None:
            tables["maker"].array[i, b.at["sector"][item.sector]] = 1.0
        for material, number in item.inputs.items():
            b.add("item_input", (b.at["material"][material], i), number)
        if item.captured_as is not None:
            b.add("becomes", (i, b.at["item"][item.captured_as]), item.usable)
    for i, sector in enumerate(s.sectors.values()):
        if sector.built_of in b.at["material"]:
            b.add("capital", (b.at["material"][sector.built_of], i), sector.capital)
        if sector.makes is not None:
            tables["makes"].array[b.at["material"][sector.makes], i] = 1.0
        for material, number in sector.inputs.items():
            b.add("sector_input", (b.at["material"][material], i), number)


def _munitions(b: Builder) -> None:
    """What armies use up; dumps begin with the days of full use that are the forces' supplies."""
    s = b.scenario
    for g, (name, material) in enumerate(s.munitions.items()):
        b.tables["good_material"].array[g, b.at["material"][name]] = 1.0
        users = material.users or list(s.powers)
        for power in users:
            b.add("fired", (b.at["power"][power], g), material.fired)
            b.add("driven", (b.at["power"][power], g), material.driven)
        for force, (axis, theatre) in product(s.forces, b.fronts.items()):
            if force.power in users and force.theatre == (theatre.within or axis):
                at = (b.at["power"][force.power], b.at["axis"][axis])
                _dump(b, (*at, g), force, material, float(b.tables["attend"].array[at]))


def _dump(b: Builder, at: Index, force: Force, material: Material, share: float) -> None:
    uses = [(force.men, material.fired, 1.0)]
    for name, number in force.amounts.items():
        item = b.scenario.items[name]
        uses += [(number, material.driven, each) for each in (item.armour, item.carries)]
    for count, each, counts in uses:
        if each.span[1] > 0.0:
            b.add("dump", at, count, each, counts, force.days, factor=share)


def _ground(b: Builder) -> None:
    s, tables = b.scenario, b.tables
    for name, n in b.at["theatre"].items():
        b.add("garrison", (n,), s.theatres[name].garrison)
        for axis, share in s.theatres[name].backs.items():
            b.add("backs", (n, b.at["axis"][axis]), share)
    for n, theatre in enumerate(b.fronts.values()):
        assert theatre.front is not None
        b.add("value", (n,), theatre.value)
        b.add("going", (n,), theatre.pace)
        if theatre.width is not None:
            b.add("width", (n,), theatre.width)
        spans = [p.km.span for p in theatre.place if p.km is not None]
        tables["dug_in"].array[n] = _DUG_IN
        tables["rested"].array[:, n] = _RESTED
        # So far beyond its last places that these can fall, wherever a member has them.
        tables["low"].array[n] = min(low for low, _ in spans) - PASS
        tables["high"].array[n] = max(high for _, high in spans) + PASS
        b.add("front", (n,), theatre.front)
        for end, names in ((1.0, theatre.west), (-1.0, theatre.east)):
            for power in names:
                p = b.at["power"][power]
                tables["end"].array[p, n] = end
                b.add("base", (p, n), theatre.base.get(power, theatre.frontier))
        for p in range(len(s.powers)):
            b.add("railhead", (p, n), theatre.front)
    for n, name in enumerate(b.axes["further"]):
        tables["further"].array[n, b.at["theatre"][s.theatres[name].within or name]] = 1.0
    for n, (axis, other) in enumerate(b.flanks):
        b.tables["flank"].array[n, [b.at["axis"][axis], b.at["axis"][other]]] = 1.0, -1.0
        b.add("flank_km", (n,), b.fronts[axis].flanks[other])
    _armies(b)
    for theatre in b.fronts.values():
        for p, q in product(*([b.at["power"][p] for p in end] for end in theatre.fights)):
            tables["war"].array[[p, q], [q, p]] = 1.0
    end, war = tables["end"].array, tables["war"].array
    across = end[:, None] * end[None] < 0.0
    tables["engaged"].array[:] = (across * war[:, :, None]).max(axis=1, initial=0.0)
    tables["hostile"].array[:] = tables["engaged"].array.max(axis=0, initial=0.0)
    # At first a theatre's men are shared out evenly.
    stands = np.abs(tables["end"].array)
    firsts = np.eye(len(b.fronts) - len(tables["further"].array), len(b.at["theatre"]))
    whose = np.concatenate([firsts, tables["further"].array])
    axes = stands @ whose @ whose.T
    tables["attend"].array[:] = stands / np.maximum(axes, 1.0)
    _places(b)
    for week in range(s.weeks):
        for n, axis in enumerate(b.axes["axis"]):
            season = s.season_on(b.middles[week], axis)
            b.add("pace_week", (week, n), season.pace if season else 1.0)


def _places(b: Builder) -> None:
    """Where places lie, and whose they are."""
    tables = b.tables
    for k, (name, place) in enumerate(b.places):
        theatre = b.scenario.theatres[name]
        home = place.power or theatre.power
        if theatre.axis:
            tables["place_axis"].array[k, b.at["axis"][name]] = 1.0
            tables["place_end"].array[k] = _home_end(theatre, place)
        b.add("place_people", (k,), place.people)
        b.add("refuge", (k,), place.refuge)
        if place.km is not None:
            b.add("place_km", (k,), place.km)
            b.add("place_fort", (k,), place.fort)
            tables["place_fort"].array[k] -= 1.0
        if home is not None:
            for table in ("place_power", "owner"):
                tables[table].array[k, b.at["power"][home]] = 1.0


def _armies(b: Builder) -> None:
    """Whose armies and contingents are, and where."""
    tables, theatres = b.tables, b.scenario.theatres
    for i, (power, theatre) in enumerate(b.armies):
        tables["army_power"].array[i, b.at["power"][power]] = 1.0
        tables["army_theatre"].array[i, b.at["theatre"][theatre]] = 1.0
    for i, (power, axis) in enumerate(b.contingents):
        army = b.armies.index((power, theatres[axis].within or axis))
        tables["contingent_army"].array[i, army] = 1.0
        tables["contingent_axis"].array[i, b.at["axis"][axis]] = 1.0


def _home_end(theatre: Theatre, place: Place) -> float:
    """+1 for a place that is home to the west end of its axis, -1 to the east: where its power
    stands or, if it stands at neither end, on whose side of the border the place lies."""
    if place.power in theatre.west or place.power in theatre.east:
        return 1.0 if place.power in theatre.west else -1.0
    return 1.0 if place.km and place.km.middle < theatre.frontier.middle else -1.0


def _rail(b: Builder) -> None:
    """Links and lines. No two links join the same theatres, so one bears all that a front lacks."""
    known, users = b.scenario.lines, b.tables["line_power"].array
    capacities: dict[str, Number] = {}
    hindered: dict[str, list[Hindrance]] = {}
    for i, journey in enumerate(b.journeys):
        p = b.at["power"][journey.power]
        b.tables["link_power"].array[i, p] = 1.0
        b.tables["link_from"].array[i, b.at["theatre"][journey.from_]] = 1.0
        b.tables["link_to"].array[i, b.at["theatre"][journey.to]] = 1.0
        b.tables["link_direct"].array[i] = float(len(journey.legs) == 1)
        for leg in journey.legs:
            b.add("link_km", (i,), leg.km)
        lines = journey.lines(known)
        b.add("link_trains", (i,), min(lines.values(), key=lambda number: number.middle))
        capacities |= lines
        for leg in journey.legs:
            hindered |= leg.hindrances(known)
        over = [b.at["line"][line] for line in lines]
        users[over, p] = 1.0
        for leg in range(b.sizes["leg"]):
            b.tables["link_line"].array[i, leg, over[min(leg, len(over) - 1)]] = 1.0
        hub = b.scenario.powers[journey.power].reserve_theatre
        feeds = journey.from_ == hub and journey.to in b.at["axis"]
        b.tables["link_share"].array[i] = float(feeds)
    users /= np.maximum(users.sum(axis=1, keepdims=True), 1.0)
    b.tables["line_open"].array[:] = 1.0
    for line, capacity in capacities.items():
        b.add("line_trains", (b.at["line"][line],), capacity)
        _hindered(b, "line_open", (b.at["line"][line],), hindered[line])


def _hindered(b: Builder, table: str, at: Index, rows: list[Hindrance]) -> None:
    """What is left of something by week, while it is hindered."""
    for row in rows:
        weeks = b.weeks(row.from_, row.until)
        b.clear(table, (weeks, *at))
        b.add(table, (weeks, *at), row.leaves)


def _forces(b: Builder) -> None:
    supplies: dict[Index, Number] = {}
    for force in b.scenario.forces:
        at = (b.at["power"][force.power], b.at["theatre"][force.theatre])
        b.add("men", at, force.men)
        b.add("experience", at, force.men, force.quality, b.scenario.powers[force.power].quality)
        for axis, theatre in b.fronts.items():
            if force.theatre != (theatre.within or axis):
                continue
            on = (at[0], b.at["axis"][axis])
            supplies[on] = max(supplies.get(on, force.days), force.days, key=lambda n: n.middle)
            if theatre.peace:
                b.add("guard", on, force.men, float(b.tables["attend"].array[on]))
        army = b.armies.index((force.power, force.theatre))
        for item, number in force.amounts.items():
            b.add("equipment", (army, b.at["item"][item]), number)
    for at, days in supplies.items():
        b.add("days", at, days)


def _economy(b: Builder) -> None:
    s = b.scenario
    b.tables["plant_open"].array[:] = 1.0
    for p, (name, power) in enumerate(s.powers.items()):
        for sector, industry in power.industry.items():
            i = b.at["sector"][sector]
            b.add("labour", (p, i), industry.labour)
            _hindered(b, "plant_open", (p, i), industry.hindered)
            workers, capacity = industry.labour, industry.capacity
            if workers.middle > 0.0 and capacity.middle > 0.0:
                b.add("per_worker", (p, i), capacity, over=workers)
                b.add("plant_trains", (p, i), _TRAINS_PER_WORKER, workers, over=capacity)
            for k, (theatre, place) in enumerate(b.places):
                home = place.power or s.theatres[theatre].power
                if home == name and sector in place.industry:
                    b.add("plant", (k, i), capacity, place.industry[sector])
        for row in power.build:
            for item, number in row.amounts.items():
                b.add("programme", (b.weeks(row.from_, row.until), p, b.at["item"][item]), number)
        for row in power.receive:
            for good, number in row.amounts.items():
                weeks = b.weeks(row.from_, row.until)
                if good in b.at["item"]:
                    b.add("gift", (weeks, p, b.at["item"][good]), number)
                else:
                    b.add("gift_material", (weeks, p, b.at["material"][good]), number)
    _learning(b)


def _learning(b: Builder) -> None:
    """What each power has made of each item when learning starts: of the first week's programme."""
    programme = b.tables["programme"]
    first = [t for t in programme.terms if isinstance(t.index[0], slice) and t.index[0].start == 0]
    for name in ("first_output", "output"):
        table = b.tables[name]
        table.array[:] = np.maximum(_OUTPUT_WEEKS * programme.array[0], 1.0)
        for term in first:
            table.array[term.index[1:]] = 0.0
            table.terms.append(Term(term.index[1:], term.draws, _OUTPUT_WEEKS * term.factor))


def _scripts(b: Builder) -> None:
    tables = b.tables
    for p, (name, power) in enumerate(b.scenario.powers.items()):
        for order in power.script:
            weeks = b.weeks(order.from_, order.until)
            for theatres, value in ((order.attack, 1.0), (order.halt, 0.0)):
                for theatre in theatres:
                    tables["script_attack"].array[weeks, p, b.at["axis"][theatre]] = value
            for other in order.declare:
                tables["script_declare"].array[weeks, p, b.at["power"][other]] = 1.0
            wishes: list[tuple[str, Index, Any]] = [
                ("script_stand", (weeks, p, b.at["axis"][t]), v) for t, v in order.stance.items()
            ]
            wishes += [
                ("script_attend", (weeks, p, b.at["axis"][t]), v) for t, v in order.attend.items()
            ]
            wishes += [
                ("script_goal", (weeks, p, b.at["axis"][t]), v) for t, v in order.goal.items()
            ]
            wishes += [
                ("script_send", (weeks, b.at["link"][f"{name} {link}"]), v)
                for link, v in order.send.items()
            ]
            if order.draft is not None:
                wishes.append(("script_draft", (weeks, p), order.draft))
            if order.evacuate is not None:
                wishes.append(("script_evacuate", (weeks, p), order.evacuate))
            for table, index, number in wishes:
                b.clear(table, index)
                b.add(table, index, number)
            _wares(b, p, power, order)


def _wares(b: Builder, p: int, power: Power, order: Order) -> None:
    """What an order says of items and contracts."""
    weeks, items = b.weeks(order.from_, order.until), b.scenario.items
    sectors = {items[name].sector for name in order.hours}
    for i, (name, item) in enumerate(items.items()):
        if item.sector in sectors and item.sector is not None:
            b.clear("programme", (weeks, p, i))
            if name in order.hours:
                capacity = power.industry[item.sector].capacity
                at = (weeks, p, i)
                b.add("programme", at, order.hours[name], capacity, over=item.hours)
    for contracts, value in ((order.suspend, 1.0), (order.resume, 0.0)):
        lots = [n for n, (name, _) in enumerate(b.lots) if name in contracts]
        b.tables["suspended"].array[weeks, lots] = value
