"""World: everything of one campaign that does not change from week to week.

Tables of the scenario as arrays, and one member's coefficients. Tables by week have a row for
every week of the scenario. Tables such as `place_axis` are one-hot: a product with them
picks or adds up, which is quicker over many members than an index.
"""

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.coefficients import Coefficients, RivalCoefficients

for _kind in (Coefficients, RivalCoefficients):
    jax.tree_util.register_dataclass(
        _kind, data_fields=[f.name for f in fields(_kind)], meta_fields=[]
    )


def table(unit: str, axes: str, meaning: str) -> Any:
    """A field's unit, axes and meaning, for checks and docs."""
    return field(metadata={"unit": unit, "axes": tuple(axes.split()), "meaning": meaning})


CONDITIONS = ("people", "capital", "army", "losses", "need")
"""What brings a power to breaking: people lost, the capital lost, an army too small, losses of men,
a need unmet."""
GOLD = -1
"""Where gold stands among materials, and among those in which is paid: it is the last, and the one
that no sector makes."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class World:
    """The tables of a scenario (float32 arrays) and a member's coefficients."""

    coefficient: Coefficients = field(metadata={"unit": "", "axes": (), "meaning": "coefficients"})

    # powers
    wear: Array = table("1", "power", "factor on breakdowns")
    appetite: Array = table("1", "power", "factor on supply used")
    surprised: Array = table("weeks", "power", "weeks of surprise at the start")
    further: Array = table("1", "further theatre", "whose men fight on an axis beside its first")
    end: Array = table("1", "power axis", "+1 it stands at the west end, -1 the east, 0 neither")
    army_power: Array = table("1", "army power", "whose an army is")
    army_theatre: Array = table("1", "army theatre", "where it is")
    contingent_army: Array = table("1", "contingent army", "the army that a contingent is part of")
    contingent_axis: Array = table("1", "contingent axis", "on which axis it stands")
    district: Array = table("1", "power theatre", "share of new units raised here")
    quality_week: Array = table(
        "1", "week power", "factor of the seasons on its axes on fighting quality"
    )

    # manpower
    cohort: Array = table("men/week", "power", "men coming of age")
    mobilise: Array = table("men/week", "power", "largest call-up of reservists")
    call_up: Array = table("men/week", "power", "largest call-up of untrained men")
    ceiling: Array = table("men", "power", "most men under arms, 0 for no bound")
    army_least: Array = table("men", "power", "men in units below which its army is too small")
    raise_most: Array = table("men/week", "power", "most men formed into units, if bounded")
    training_weeks: Array = table("weeks", "power", "mean time in training")
    quality_reserve: Array = table("1", "power", "quality of reservists")
    hospital_weeks: Array = table("weeks", "power", "mean time in hospital")
    killed_share: Array = table("1", "power", "dead or missing among casualties not captured")
    return_share: Array = table("1", "power", "wounded who return to duty")

    # items
    weight: Array = table("men", "item", "strength of one, in men of quality 1")
    establishment: Array = table("1/men", "item", "items a man of establishment")
    users: Array = table("1", "power item", "of whose establishment it is, 1 or 0")
    hit: Array = table("1", "item", "share hit per share of men lost")
    fragile: Array = table("1/week", "item", "breakdown rate b")
    off_hit: Array = table("1", "item", "share of hits written off, advancing")
    off_broken: Array = table("1", "item", "share of breakdowns written off, advancing")
    load: Array = table("trains", "item", "trains to carry one")
    hours: Array = table("hours", "item", "labour to make one, at first")
    armour: Array = table("1", "item", "counts as armour when a pocket closes")
    carries: Array = table("1", "item", "counts as transport that brings supply forward")
    gates: Array = table("1", "item", "without it no new unit is formed")
    maker: Array = table("1", "item sector", "the sector that makes it")
    item_input: Array = table("t", "material item", "materials to make one")
    becomes: Array = table("1", "item item", "share captured usable, by type it becomes")

    good_material: Array = table("1", "good material", "which material it is, that armies use up")
    fired: Array = table("t/day", "power good", "fired by a man in a day of full fighting")
    driven: Array = table("t/day", "power good", "burned by a vehicle in a day of full effort")

    # sectors and programme
    makes: Array = table("1", "material sector", "the sector that makes a material")
    sector_input: Array = table("t", "material sector", "materials for one unit")
    capital: Array = table("t", "material sector", "materials for a unit of new capacity a week")
    per_worker: Array = table("units/week", "power sector", "output of one worker")
    plant_open: Array = table("1", "week power sector", "share of its plants that can work")
    programme: Array = table("items/week", "week power item", "production ordered")
    gift: Array = table("items/week", "week power item", "items from outside")
    home_use: Array = table("t/week", "power material", "what the rest of the economy takes")
    vital: Array = table("1", "power material", "home use that its people cannot do without")
    gift_material: Array = table("t/week", "week power material", "materials from outside")
    mined: Array = table("t/week", "power material", "materials that come out of the ground")
    floor: Array = table("t", "power material", "stock that is neither sold nor paid")
    first_output: Array = table("items", "power item", "output at the start, for learning")
    plant_trains: Array = table("trains", "power sector", "trains to move a unit of capacity")

    # ground
    low: Array = table("km", "axis", "how far west a front may go")
    high: Array = table("km", "axis", "how far east a front may go")
    width: Array = table("km", "axis", "how wide the front is, 0 if not said")
    flank: Array = table("1", "flank axis", "+1 at one of two neighbouring axes, -1 at the other")
    flank_km: Array = table("km", "flank", "how far the two are from each other")
    going: Array = table("1", "axis", "factor on the speed of advance")
    value: Array = table("1", "axis", "weight in policies")
    garrison: Array = table("men", "theatre", "men that policies leave in the interior")
    base: Array = table("km", "power axis", "where each power's own railway begins")
    pace_week: Array = table("1", "week axis", "season's factor on advance")
    place_axis: Array = table("1", "place axis", "the axis a place lies on, if any")
    place_power: Array = table("1", "place power", "whose home a place is at first")
    seat: Array = table("1", "power place", "its capital, if it has one")
    place_end: Array = table("1", "place", "end of its axis that is home at first, +1 the west")
    place_km: Array = table("km", "place", "where it lies on the axis")
    place_people: Array = table("people", "place", "people before the war")
    place_fort: Array = table("1", "place", "fortification above none")
    refuge: Array = table("1", "place", "share of its power's evacuated plant that comes here")

    # rail
    link_power: Array = table("1", "link power", "who uses it")
    link_from: Array = table("1", "link theatre", "where it starts")
    link_to: Array = table("1", "link theatre", "where it ends")
    link_direct: Array = table("1", "link", "joins neighbours, or (0) is a journey over several")
    link_km: Array = table("km", "link", "length")
    link_trains: Array = table("trains/day", "link", "capacity of the tightest of its lines")
    link_share: Array = table("1", "link", "share of its front's shortage that depots send over it")
    link_line: Array = table("1", "link leg line", "the lines it runs over, each a leg or several")
    line_trains: Array = table("trains/day", "line", "capacity")
    line_open: Array = table("1", "week line", "share of its trains that go")
    line_power: Array = table("1", "line power", "share of what it has to spare, by power")

    # trade
    lot_rank: Array = table("1", "lot", "place in the queue; lots of one place share alike")
    lot_seller: Array = table("1", "lot power", "who sells")
    lot_buyer: Array = table("1", "lot power", "who buys")
    lot_item: Array = table("1", "lot item", "which item it is of, if any")
    lot_material: Array = table("1", "lot material", "which material it is of, if any")
    lot_gives: Array = table("1", "lot item", "what the buyer gets for one, by type")
    lot_route: Array = table("1", "lot route", "how it travels")
    lot_needs: Array = table("1", "lot agreement", "agreements without which it rests")
    lot_stock: Array = table("1", "lot", "taken from stock (1) or made to order (0)")
    lot_calls: Array = table("1", "lot", "called off as the buyer lacks it, up to what is due")
    lot_total: Array = table("goods", "lot", "quantity agreed")
    lot_due: Array = table("goods", "week lot", "quantity due by the end of the week")
    lot_signed: Array = table("weeks", "lot", "week of signature")
    tender: Array = table("1", "tender material", "the materials in which anything is ever paid")
    lot_price: Array = table("t", "lot tender", "what is paid for one")
    lot_advance: Array = table("1", "lot", "share of the price paid at signature")
    lot_penalty: Array = table("1/week", "lot", "of the price of what is late, owed by the seller")
    lot_load: Array = table("trains", "lot", "trains that one fills")
    route_trains: Array = table("trains/week", "week route", "capacity")
    route_open: Array = table("1", "route", "open without any agreement")
    route_weeks: Array = table("weeks", "route", "time under way")
    route_loss: Array = table("1", "route", "share lost on the way")

    # diplomacy
    party: Array = table("1", "agreement power", "who signs")
    offered: Array = table("weeks", "agreement", "week from which it may be signed")
    expires: Array = table("weeks", "agreement", "week in which it ends")
    peace: Array = table("1", "agreement axis", "where its parties may not attack")
    defence: Array = table("1", "agreement", "its parties are called when one is attacked")
    truce_weeks: Array = table(
        "weeks", "agreement", "truce that follows the war it ends, 0 for none"
    )
    homeward: Array = table("1", "agreement", "prisoners of its parties go home at signature")
    ceding: Array = table("1", "ceding agreement", "the agreements that hand places over")
    cedes: Array = table("1", "ceding place power", "who has a place once it is in force")
    zone_power: Array = table("1", "zone power", "whose men a ceiling may bound")
    zone_theatre: Array = table("1", "zone theatre", "where it bounds them")
    ceiling_men: Array = table("men", "week agreement zone", "most men allowed there")
    inspects: Array = table("1", "agreement axis", "where inspectors sharpen reports")
    opens: Array = table("1", "agreement route", "routes it opens")
    closes: Array = table("1", "agreement route", "routes it closes")
    line: Array = table("km", "agreement", "border to be marked")
    line_pace: Array = table("km/week", "week agreement", "what its teams mark in a week")
    pays: Array = table("t", "agreement power tender", "received (+) or paid (-) at signature")
    gain_kept: Array = table("1", "agreement power", "value to a party if it is kept")
    gain_broken: Array = table("1", "agreement power", "value to a party if another breaks it")
    concedes: Array = table("1", "agreement power", "a party gives men, ground or payment")
    breach_rate: Array = table("1/week", "agreement power", "hazard that a party breaks it")
    breach_week: Array = table("weeks", "agreement power", "week from which a party breaks it")
    guard: Array = table("men", "power axis", "men it keeps on a border at peace")
    backs: Array = table("1", "theatre axis", "border whose calm lets its garrison go")
    restraint: Array = table("1", "power", "believed odds at which it breaks a peace")
    patience: Array = table("1", "power", "factor on the time its leader takes to act")
    risk: Array = table("1", "power", "sd of doubt that its leader counts in his favour")
    face: Array = table("1", "power", "value to its leader of giving nothing away")
    ruthless: Array = table("1", "power", "how little his word holds its leader, or losses")
    played: Array = table("1", "power", "it is played: it begins no war by luck")
    relief: Array = table("1", "power", "how far full trust lowers the danger that its staff sees")

    # orders fixed by the scenario's script; NaN leaves the choice to the power's policy
    script_declare: Array = table("1", "week power other", "declare war, or open (NaN)")
    script_attack: Array = table("1", "week power axis", "attack (1), halt (0) or open (NaN)")
    script_goal: Array = table("km", "week power axis", "how far to go, or open (NaN)")
    script_attend: Array = table("1", "week power axis", "weight of an axis, or open (NaN)")
    script_stand: Array = table("1", "week power axis", "stance, or open (NaN)")
    script_send: Array = table("men/week", "week link", "men to send, or open (NaN)")
    script_draft: Array = table("1", "week power", "call-up, or open (NaN)")
    script_evacuate: Array = table("1", "week power", "evacuation, or open (NaN)")
    kept_back: Array = table("t", "week power material", "kept back beyond the floor, by order")
    suspended: Array = table("1", "week lot", "its seller delivers nothing, by order")


def this_week(table: Array, week: Array) -> Array:
    """The row of a table by week; the last row serves any later week."""
    row = jnp.minimum(week, table.shape[0] - 1)
    return jnp.asarray(jax.lax.dynamic_index_in_dim(table, row, 0, keepdims=False))


def axis_theatre(world: World) -> Array:
    """Whose men fight on an axis [axis theatre], 1 or 0: the first theatres have an axis each, in
    their order, and some have further ones."""
    firsts = world.end.shape[1] - len(world.further)
    return jnp.concatenate([jnp.eye(firsts, world.further.shape[1]), world.further])


def fronted(world: World) -> Array:
    """Whether a theatre has a front [theatre], 1 or 0."""
    firsts = world.end.shape[1] - len(world.further)
    return (jnp.arange(world.further.shape[1]) < firsts).astype(jnp.float32)


def on_axes(by_theatre: Array, world: World) -> Array:
    """What a theatre has [power theatre ...], of each of its axes [power axis ...]."""
    first = by_theatre[:, : world.end.shape[1] - len(world.further)]
    if not len(world.further):
        return first
    further = jnp.einsum("at,pt...->pa...", world.further, by_theatre)
    return jnp.concatenate([first, further], axis=1)


def shared(by_theatre: Array, share: Array, world: World) -> Array:
    """What is on each axis [power axis ...]: its `share` [power axis] of what powers have in its
    theatre [power theatre ...]; all, where each theatre has one axis."""
    here = on_axes(by_theatre, world)
    if not len(world.further):
        return here
    return share.reshape(share.shape + (1,) * (here.ndim - 2)) * here


def rejoined(on_axes: Array, share: Array, before: Array, world: World) -> Array:
    """What powers have in theatres [power theatre ...] after a change on the axes [power axis ...],
    which had a `share` of what was there `before`."""
    if not len(world.further):
        return jnp.concatenate([on_axes, before[:, on_axes.shape[1] :]], axis=1)
    table = axis_theatre(world)
    rest = 1.0 - share @ table
    rest = rest.reshape(rest.shape + (1,) * (before.ndim - 2)) * before
    return jnp.einsum("at,pa...->pt...", table, on_axes) + rest


def which(table: Array) -> Array:
    """Where each row of a one-hot table has its 1 [row]; 0 where it has none."""
    return (table @ jnp.arange(table.shape[1], dtype=jnp.float32)).astype(jnp.int32)


def summed(values: Array, at: Array, rows: int) -> Array:
    """Sums of `values` [n ...] by the row of each, `at` [n], of so many `rows` [row ...]: a product
    with a table, where adding to one row after another is a loop of many small kernels."""
    return jnp.tensordot(jax.nn.one_hot(at, rows, axis=0), values, 1)


def in_cells(values: Array, at: Array, rows: int) -> Array:
    """`values` [n ...] in the rows of each, `at` [n], no two in one, of so many `rows` [row ...]; 0
    in all others. Where rows are many this is much quicker than `summed`."""
    none = jnp.zeros_like(values[:1])
    whose = summed(jnp.arange(1.0, len(at) + 1.0), at, rows).astype(jnp.int32)
    return jnp.concatenate([none, values])[whose]


def contingent_power(world: World) -> Array:
    """Whose a contingent is [contingent power], 1 or 0."""
    return world.contingent_army @ world.army_power


def _cells(world: World) -> Array:
    """Where each contingent is among all cells of [power axis]."""
    return which(contingent_power(world)) * world.end.shape[1] + which(world.contingent_axis)


def of_contingents(by_power: Array, world: World) -> Array:
    """What powers have on axes [power axis], of each contingent [contingent]."""
    return by_power.reshape(-1)[_cells(world)]


def of_powers(by_contingent: Array, world: World) -> Array:
    """What contingents have [contingent], by power and axis [power axis]; 0 where none stands."""
    return in_cells(by_contingent, _cells(world), world.end.size).reshape(world.end.shape)


def posts(world: World) -> Array:
    """Where each army is among all cells of [power theatre]."""
    theatres = world.army_theatre.shape[1]
    return which(world.army_power) * theatres + which(world.army_theatre)


def detached(by_army: Array, world: World) -> Array:
    """What armies have [army item], of each of their contingents [contingent item]; the first
    armies have a contingent each, in their order."""
    if not len(world.further):
        return by_army[: len(world.contingent_axis)]
    return world.contingent_army @ by_army


def parted(by_army: Array, share: Array, world: World) -> Array:
    """What each contingent has of its army's equipment [contingent item], by the `share` [power
    axis] of a theatre's forces that is on an axis; all, where each theatre has one axis."""
    here = detached(by_army, world)
    return of_contingents(share, world)[:, None] * here if len(world.further) else here


def reunited(by_contingent: Array, share: Array, before: Array, world: World) -> Array:
    """What armies have [army item] after a change in their contingents [contingent item], which had
    a `share` [power axis] of what was there `before`."""
    if not len(world.further):
        return jnp.concatenate([by_contingent, before[len(by_contingent) :]], axis=0)
    rest = 1.0 - of_contingents(share, world) @ world.contingent_army
    return world.contingent_army.T @ by_contingent + rest[:, None] * before


def there(world: World) -> Array:
    """Whether a power stands at an end of an axis [power axis], 1 or 0."""
    return jnp.abs(world.end)


def opposed(world: World) -> Array:
    """Whether two powers stand across an axis from one another [power other axis], 1 or 0."""
    return (world.end[:, None] * world.end[None] < 0.0).astype(jnp.float32)


def faced(world: World) -> Array:
    """Whom each contingent has across its axis [contingent power], 1 or 0."""
    others = jnp.moveaxis(opposed(world), 2, 1)
    return others.reshape(-1, others.shape[2])[_cells(world)]


def across(by_pair: Array, world: World, each: Array | float = 1.0) -> Array:
    """Sums of what a power has with others [power other] over those across an axis [power axis],
    times what `each` of them has there [other axis]; 0 where it does not stand."""
    west, east = (by_pair @ (each * (x > 0.0)) for x in (world.end, -world.end))
    return jnp.where(world.end > 0.0, east, jnp.where(world.end < 0.0, west, 0.0))


def by_end(by_power: Array, world: World) -> Array:
    """What powers have on an axis [power axis ...], each at the end where it stands and 0 at the
    other [end power axis ...], the west first."""
    end = world.end.reshape(world.end.shape + (1,) * (by_power.ndim - 2))
    return jnp.stack([jnp.where(end > 0.0, by_power, 0.0), jnp.where(end < 0.0, by_power, 0.0)])


def at_ends(by_power: Array, world: World) -> Array:
    """Sums over the powers at each end of an axis [end axis ...], the west first, of `by_power`
    [power axis ...]."""
    return jnp.sum(by_end(by_power, world), axis=1)


def own_end(at_ends: Array, world: World) -> Array:
    """What each power's own end has [... power axis] of what ends have [end ... axis]; 0 where it
    stands at neither. The enemy's end is that of `at_ends[::-1]`.
    """
    west, east = at_ends[0][..., None, :], at_ends[1][..., None, :]
    return jnp.where(world.end > 0.0, west, jnp.where(world.end < 0.0, east, 0.0))


class Stations(NamedTuple):
    """Where each link starts and ends, for its own power [link]."""

    start: Array  # the row of (power, theatre)
    end: Array
    start_army: Array  # the army
    end_army: Array


def stations(world: World) -> Stations:
    """Where each link starts and ends."""
    first = which(world.link_power) * world.link_from.shape[1]
    own = world.link_power @ world.army_power.T

    def army(theatre: Array) -> Array:
        return which(own * (theatre @ world.army_theatre.T))

    return Stations(
        first + which(world.link_from),
        first + which(world.link_to),
        army(world.link_from),
        army(world.link_to),
    )
