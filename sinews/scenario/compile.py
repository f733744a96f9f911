"""From a Scenario's names and units to a World's and State's arrays.

Every array is made here and nowhere else. A number written as a range leaves a term that each
member fills with its own draw; the rest is the same for all members.
"""

from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.model.coefficients import COEFFICIENTS
from sinews.model.state import BUILDING, HOSPITAL, ON_RAILS, TRAINING, State, quantities
from sinews.model.world import World
from sinews.scenario.schema import Number, Scenario

Floats = NDArray[np.float32]
Index = tuple[int | slice, ...]

# Trains to move the plant that one worker serves: 1.5 M wagons of 50 a train moved, by the
# common count, 1,523 plants with about 10 M workers' places in 1941 (Werth; judged).
_TRAINS_PER_WORKER = 0.003
# Weeks of first production taken as the output that learning starts from (judged).
_OUTPUT_WEEKS = 26.0
# Days of digging in before the war begins.
_DUG_IN = 2.0


@dataclass
class Term:
    """A part of one cell (or slice of weeks) that differs between members: factor * draws."""

    index: Index
    draws: tuple[int, ...]
    factor: float


@dataclass
class Table:
    """An array being filled, and the terms that ranges leave in it."""

    array: Floats
    terms: list[Term] = field(default_factory=list[Term])


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
            out[(*term.index, ...)] += np.float32(term.factor) * np.prod(
                draws[list(term.draws)], axis=0
            )
        return out


class _Builder:
    """Collects tables, and gives every range its number."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        links = tuple(f"{link.power} {link.name}" for link in scenario.links)
        # Theatres that have a front come first.
        theatres = dict(sorted(scenario.theatres.items(), key=lambda t: not t[1].axis))
        self.theatres = theatres
        places = [(t, p) for t, theatre in theatres.items() for p in theatre.place]
        self.places = places
        self.axes: dict[str, tuple[str, ...]] = {
            "power": tuple(scenario.powers),
            "theatre": tuple(theatres),
            "axis": tuple(n for n, t in theatres.items() if t.axis),
            "item": tuple(scenario.items),
            "sector": tuple(scenario.sectors),
            "material": tuple(scenario.materials),
            "link": links,
            "place": tuple(p.name for _, p in places),
        }
        self.at = {
            axis: {name: i for i, name in enumerate(names)} for axis, names in self.axes.items()
        }
        sizes = {axis: len(names) for axis, names in self.axes.items()}
        sizes |= {"captor": sizes["power"], "age": ON_RAILS, "week": scenario.weeks}
        self.sizes = sizes
        self.ranges: list[Number] = []
        self.tables: dict[str, Table] = {}
        stages = {"training": TRAINING, "building": BUILDING, "relocating": BUILDING}
        for name, about in quantities().items():
            sizes["stage"] = stages.get(name, HOSPITAL)
            self.tables[name] = Table(np.zeros([sizes[a] for a in about["axes"]], np.float32))
        for f in fields(World)[1:]:
            shape = [sizes[a] for a in f.metadata["axes"]]
            empty = np.nan if f.name.startswith("script_") else 0.0
            self.tables[f.name] = Table(np.full(shape, empty, np.float32))

    def add(self, name: str, index: Index, *numbers: Number | float, factor: float = 1.0) -> None:
        """Add a product of numbers to a cell; those that are ranges are drawn by each member."""
        draws: list[int] = []
        for number in numbers:
            if isinstance(number, Number) and number.uncertain:
                if number not in self.ranges:
                    self.ranges.append(number)
                draws.append(self.ranges.index(number))
            else:
                factor *= number.middle if isinstance(number, Number) else number
        table = self.tables[name]
        if draws:
            table.array[index] = np.nan_to_num(table.array[index])
            table.terms.append(Term(index, tuple(draws), factor))
        else:
            table.array[index] = np.nan_to_num(table.array[index]) + factor

    def weeks(self, start: date, until: date | None) -> slice:
        """The weeks whose greater part lies in [start, until)."""
        first = self.scenario.start
        begin = round((start - first).days / 7)
        end = self.scenario.weeks if until is None else round((until - first).days / 7)
        return slice(max(begin, 0), max(end, 0))


def compile(scenario: Scenario) -> Compiled:
    """The arrays of a scenario. The scenario is already checked: nothing here can fail on it."""
    b = _Builder(scenario)
    _powers(b)
    _things(b)
    _ground(b)
    _rail(b)
    _forces(b)
    _economy(b)
    _scripts(b)
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


def _powers(b: _Builder) -> None:
    s, tables = b.scenario, b.tables
    for p, power in enumerate(s.powers.values()):
        tables["side"].array[p] = 1.0 if power.side == "west" else -1.0
        b.add("wear", (p,), power.wear)
        b.add("surprised", (p,), power.surprised)
        b.add("appetite", (p,), power.appetite)
        hub = b.at["theatre"][power.reserve_theatre]
        tables["hub"].array[p, hub] = 1.0
        for theatre, share in (power.districts or {power.reserve_theatre: 1.0}).items():
            b.add("district", (p, b.at["theatre"][theatre]), share)
        m = power.manpower
        for table, number in {
            "cohort": m.cohort,
            "mobilise": m.mobilise,
            "call_up": m.draft,
            "ceiling": m.ceiling,
            "raise_most": m.raise_,
            "training_weeks": m.training,
            "quality_reserve": m.quality_reserve,
            "quality_ready": m.quality_ready,
            "hospital_weeks": m.hospital_weeks,
            "killed_share": m.killed_share,
            "return_share": m.return_share,
            "reserve": m.reserve,
            "pool": m.pool,
            "ready": m.ready,
        }.items():
            b.add(table, (p,), number)
        b.add("ready_experience", (p,), m.ready, m.quality_ready)
        for good, number in power.stock.items():
            if good in ("gold", "gold_mined"):
                b.add(good, (p,), number)
            elif good in b.at["item"]:
                b.add("depot", (p, b.at["item"][good]), number)
            else:
                b.add("material", (p, b.at["material"][good]), number)
        for week in range(s.weeks):
            season = s.season_on(s.start + timedelta(days=7 * week + 3))
            number = power.quality_by_season.get(season.name if season else "dry", 1.0)
            b.add("quality_week", (week, p), number)


def _things(b: _Builder) -> None:
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
        if item.sector is not None:
            tables["maker"].array[i, b.at["sector"][item.sector]] = 1.0
        for material, number in item.inputs.items():
            b.add("item_input", (b.at["material"][material], i), number)
        if item.captured_as is not None:
            b.add("becomes", (i, b.at["item"][item.captured_as]), item.usable)
    for i, sector in enumerate(s.sectors.values()):
        b.add("capital", (i,), sector.capital)
        if sector.makes is not None:
            tables["makes"].array[b.at["material"][sector.makes], i] = 1.0
        for material, number in sector.inputs.items():
            b.add("sector_input", (b.at["material"][material], i), number)
    if "machines" in b.at["material"]:
        tables["machines"].array[b.at["material"]["machines"]] = 1.0


def _ground(b: _Builder) -> None:
    s, tables = b.scenario, b.tables
    for n, theatre in enumerate(b.theatres.values()):
        b.add("garrison", (n,), theatre.garrison)
        if theatre.front is None:
            continue
        b.add("value", (n,), theatre.value)
        b.add("going", (n,), theatre.pace)
        kms = [p.km.middle for p in theatre.place if p.km is not None]
        tables["dug_in"].array[n] = _DUG_IN
        tables["low"].array[n], tables["high"].array[n] = min(kms), max(kms) + 1.0
        b.add("front", (n,), theatre.front)
        for name in (*theatre.west, *theatre.east):
            p = b.at["power"][name]
            tables["present"].array[p, n] = 1.0
            b.add("base", (p, n), theatre.base.get(name, theatre.frontier))
        for p in range(len(s.powers)):
            b.add("railhead", (p, n), theatre.front)
    for k, (name, place) in enumerate(b.places):
        theatre = s.theatres[name]
        home = place.power or theatre.power
        if theatre.axis:
            tables["place_axis"].array[k, b.at["axis"][name]] = 1.0
        b.add("place_people", (k,), place.people)
        b.add("refuge", (k,), place.refuge)
        if place.km is not None:
            b.add("place_km", (k,), place.km)
            b.add("place_fort", (k,), place.fort)
            tables["place_fort"].array[k] -= 1.0
        if home is not None:
            p = b.at["power"][home]
            tables["place_power"].array[k, p] = 1.0
            tables["place_side"].array[k] = tables["side"].array[p]
    for week in range(s.weeks):
        season = s.season_on(s.start + timedelta(days=7 * week + 3))
        b.add("pace_week", (week,), season.pace if season else 1.0)


def _rail(b: _Builder) -> None:
    for i, link in enumerate(b.scenario.links):
        b.tables["link_power"].array[i, b.at["power"][link.power]] = 1.0
        b.tables["link_from"].array[i, b.at["theatre"][link.from_]] = 1.0
        b.tables["link_to"].array[i, b.at["theatre"][link.to]] = 1.0
        b.add("link_km", (i,), link.km)
        b.add("link_trains", (i,), link.capacity)


def _forces(b: _Builder) -> None:
    for force in b.scenario.forces:
        at = (b.at["power"][force.power], b.at["theatre"][force.theatre])
        b.add("men", at, force.men)
        b.add("experience", at, force.men, force.quality, b.scenario.powers[force.power].quality)
        if force.theatre in b.at["axis"]:
            days = b.tables["days"].array
            days[at] = max(days[at], force.days.middle)
        for item, number in force.amounts.items():
            b.add("equipment", (*at, b.at["item"][item]), number)


def _economy(b: _Builder) -> None:
    s, tables = b.scenario, b.tables
    for p, (name, power) in enumerate(s.powers.items()):
        for sector, industry in power.industry.items():
            i = b.at["sector"][sector]
            b.add("labour", (p, i), industry.labour)
            workers = industry.labour.middle
            if workers > 0.0 and industry.capacity.middle > 0.0:
                tables["per_worker"].array[p, i] = industry.capacity.middle / workers
                tables["plant_trains"].array[p, i] = (
                    _TRAINS_PER_WORKER * workers / industry.capacity.middle
                )
            for k, (theatre, place) in enumerate(b.places):
                home = place.power or s.theatres[theatre].power
                if home == name and sector in place.industry:
                    b.add("plant", (k, i), industry.capacity, place.industry[sector])
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
    first = np.maximum(_OUTPUT_WEEKS * tables["programme"].array[0], 1.0)
    tables["first_output"].array[:] = first
    tables["output"].array[:] = first


def _scripts(b: _Builder) -> None:
    tables = b.tables
    for p, (name, power) in enumerate(b.scenario.powers.items()):
        for order in power.script:
            weeks = b.weeks(order.from_, order.until)
            for theatres, value in ((order.attack, 1.0), (order.halt, 0.0)):
                for theatre in theatres:
                    tables["script_attack"].array[weeks, p, b.at["axis"][theatre]] = value
            wishes: list[tuple[str, Index, Any]] = [
                ("script_stand", (weeks, p, b.at["axis"][t]), v) for t, v in order.stance.items()
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
                tables[table].array[index] = 0.0
                b.add(table, index, number)
