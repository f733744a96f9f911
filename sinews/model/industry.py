"""Industry: materials, labour and capacity make the programme; ground lost takes plant and men.

In order: places change hands with the front (plant lost, men of age behind the enemy's lines);
plant near the front is evacuated on the trains that troops leave free; material sectors and then
items are made, by Leontief inputs, with hours that fall by Wright's law, its own programme before
orders from abroad; the rest of the economy takes what the war leaves; capacity under construction
and in transit comes on stream; orders beyond capacity lead investment, and what that is built of is
asked of the works that make it.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from sinews.model.allocation import bottleneck, by_priority, rationed
from sinews.model.cession import home_end, homes, refuges
from sinews.model.contracts import LEAD
from sinews.model.delays import HALF_YEAR, admitted, erlang
from sinews.model.state import State
from sinews.model.strength import called_for
from sinews.model.world import World, this_week

# A place passes from one end to the other while the front moves this many km past it.
PASS = 30.0


def hours(first: Array, output: Array, start: Array, progress: Array, most: Array | float) -> Array:
    """Hours to make one after `output`, by Wright: first * (output/start)**log2(progress), `start`
    being one at least; no less than first / most.

    >>> round(float(hours(100.0, 2000.0, 1000.0, 0.87, 2.2)), 2)
    87.0
    """
    start = jnp.maximum(start, 1.0)
    doublings = jnp.log2(jnp.maximum(output, start) / start)
    return first * jnp.maximum(progress**doublings, 1.0 / most)


class Ground(NamedTuple):
    """How the front stands to each place [place], seen from its home end."""

    inward: Array  # km that it has passed it, negative before it comes
    lost: Array  # share behind the enemy's front
    newly: Array  # of that, lost this week
    freed: Array  # share won back this week


class Exodus(NamedTuple):
    """Plant that leaves before the enemy comes, and what he finds."""

    plant: Array  # left at its place and not overrun [place sector]
    before: Array  # a power's plant at the start of the week [power sector]
    moved: Array  # evacuated [power sector]
    lost: Array  # overrun [power sector]


class Works(NamedTuple):
    """Capacity that works, and what is on its way to."""

    plant: Array  # [place sector]
    capacity: Array  # [power sector]
    relocating: Array  # [power sector stage]
    building: Array  # [power sector stage]


class Asked(NamedTuple):
    """Items that the hours of labour suffice for, and the hours that all orders would take."""

    own: Array  # for its own programme [power item]
    abroad: Array  # for each lot [lot]
    rate: Array  # for both [power item]
    hours: Array  # asked of each sector a week [power sector]


class Yield(NamedTuple):
    """What a week brings out of works and materials."""

    part: Array  # of the items asked, those for which materials suffice [power item]
    made: Array  # [power item]
    yielded: Array  # [power material]
    used: Array  # [power material]
    begun: Array  # new capacity that is begun [power sector]
    lacked: Array  # wanted beyond what stocks and works give, t [power material]
    unmet: Array  # share of the vital good that is scarcest at home that it lacks [power]


def passed(state: State, world: World) -> Ground:
    """How far the front has passed each place: it falls while the front moves PASS km past it."""
    inward = home_end(state, world) * (world.place_km - world.place_axis @ state.front)
    lost = jnp.sum(world.place_axis, axis=1) * jnp.clip(inward / PASS, 0.0, 1.0)
    newly = jnp.maximum(lost - state.lost_share, 0.0)
    return Ground(inward, lost, newly, jnp.maximum(state.lost_share - lost, 0.0))


def cut_off(state: State, world: World, ground: Ground) -> tuple[Array, Array]:
    """Men of age who fall behind the enemy's front, and who come home [power]: as many of all as
    there are people in what is lost, and in what is freed."""
    home = homes(state, world).T
    shares = jnp.stack([state.lost_share, ground.newly, ground.freed], axis=1)
    people = home @ (world.place_people[:, None] * shares)
    free_people = home @ world.place_people - people[:, 0]
    fall = jnp.minimum(people[:, 1] / jnp.maximum(free_people, 1.0), 1.0)
    rise = jnp.minimum(people[:, 2] / jnp.maximum(people[:, 0], 1.0), 1.0)
    return fall * state.pool, rise * state.occupied


def evacuated(state: State, world: World, ground: Ground) -> Exodus:
    """Plant near the front is moved while trains are free; what stays is overrun with its place.

    A border at peace drives nobody away, and nobody evacuates who has no refuge.
    """
    c, owner = world.coefficient, homes(state, world)
    home = owner.T
    war = world.place_axis @ state.hostile
    free = 1.0 - state.lost_share
    near = war * jnp.clip(1.0 + ground.inward / c.evacuate_reach, 0.0, 1.0) * free
    willing = jnp.where(home @ refuges(state, world) > 0.0, state.evacuate, 0.0)
    wish = (c.evacuate_most * near * (owner @ willing))[:, None] * state.plant
    wished = home @ wish
    needed = jnp.sum(wished * world.plant_trains, axis=1)
    trains = jnp.minimum(1.0, state.spare_trains / jnp.maximum(needed, 1e-6))
    stays = state.plant - (owner @ trains)[:, None] * wish
    overrun = stays * (ground.newly / jnp.maximum(free, 1e-3))[:, None]
    return Exodus(stays - overrun, home @ state.plant, trains[:, None] * wished, home @ overrun)


def makes_items(world: World) -> Array:
    """Whether a sector makes items, not a material [sector]."""
    return jnp.sum(world.maker, axis=0) > 0.0


def on_stream(state: State, world: World, exodus: Exodus) -> Works:
    """Evacuated plant works again at its refuge; what is built stands beside the old plant, or
    beside the evacuated where hardly any of that is left. Works that make items are turned over
    from others (`convert_weeks`), those that make materials are built (`build_weeks`)."""
    c, owner, refuge = world.coefficient, homes(state, world), refuges(state, world)
    home = owner.T
    packed = (1.0 - c.moving_loss) * exodus.moved
    restart = jnp.broadcast_to(c.restart_weeks, world.wear.shape)
    mean = jnp.where(makes_items(world), c.convert_weeks, c.build_weeks)
    mean = jnp.broadcast_to(mean, world.per_worker.shape)
    relocating, reopened = erlang(state.relocating, packed, restart)
    left = jnp.maximum(exodus.before - exodus.moved - exodus.lost, 0.0)
    building, built = erlang(state.building, jnp.zeros_like(left), mean)
    rooted = left > 1e-3 * exodus.before
    growth = 1.0 + jnp.where(rooted, built, 0.0) / jnp.maximum(left, 1e-6)
    elsewhere = reopened + jnp.where(rooted, 0.0, built)
    plant = exodus.plant * (owner @ growth)
    plant = plant + refuge[:, None] * (owner @ elsewhere)
    housed = (home @ refuge)[:, None] * elsewhere
    capacity = left + jnp.where(rooted, built, 0.0) + housed
    return Works(plant, capacity, relocating, building)


def hired(capacity: Array, labour: Array, pool: Array, world: World) -> Array:
    """Men who come to work [power sector] where `capacity` wants more than its `labour`, out of the
    `pool` [power]."""
    hire = world.coefficient.hire
    vacancies = jnp.maximum(capacity / jnp.maximum(world.per_worker, 1e-6) - labour, 0.0)
    vacancies = jnp.where(world.per_worker > 0.0, hire * vacancies, 0.0)
    asked = jnp.sum(vacancies, axis=1)
    return vacancies * jnp.minimum(1.0, hire * pool / jnp.maximum(asked, 1.0))[:, None]


def scheduled(state: State, world: World, could: Array) -> Asked:
    """Items by the hours that their makers `could` work [power sector]: its own programme first,
    orders from abroad by what that leaves, in their turn."""
    programme = this_week(world.programme, state.week)
    c = world.coefficient
    first, start = world.hours[None, :], world.first_output
    each = hours(first, state.output, start, c.progress, c.learned_most)
    asked = (programme * each) @ world.maker
    share = jnp.minimum(1.0, could / jnp.maximum(asked, 1e-6))
    own = programme * (share @ world.maker.T)
    lot_each = _of_lots(each, world)
    lot_sector = world.lot_item @ world.maker
    rivals = (world.lot_seller @ world.lot_seller.T) * (lot_sector @ lot_sector.T)
    wanted = state.order * (1.0 - world.lot_stock) * lot_each
    left = jnp.maximum(could - asked, 0.0)
    room = jnp.sum((world.lot_seller @ left) * lot_sector, axis=1)
    abroad = by_priority(wanted, room, rivals, world.lot_rank) / jnp.maximum(lot_each, 1e-6)
    rate = own + world.lot_seller.T @ (abroad[:, None] * world.lot_item)
    asked = asked + world.lot_seller.T @ (wanted[:, None] * lot_sector) / LEAD
    return Asked(own, abroad, rate, asked)


def _of_lots(by_item: Array, world: World) -> Array:
    """What sellers have by item [power item], of each lot that is an item [lot]; 0 of others."""
    return jnp.sum((world.lot_seller @ by_item) * world.lot_item, axis=1)


def lacking(
    state: State, world: World, capacity: Array, use: Array, exported: Array, stock: Array
) -> Array:
    """What is wanted of each material a week beyond `capacity`, t [power material] as all here.

    lack = max(0, use + orders / LEAD - stock / stock_weeks - capacity): backlog over lead less
    capacity, of what is used at home, called for by fronts, and ordered from abroad. A power at
    peace builds for its people's use too, one at war lets them wait. (Leontief's dynamic model,
    x = A x + B dx + f, with delays. Nobody here foresees when an order ends, or asks whether it
    pays.)
    """
    at_peace = 1.0 - jnp.max(state.war, axis=1)
    wanted = use + at_peace[:, None] * world.home_use + exported / LEAD
    return jnp.maximum(wanted - stock / world.coefficient.stock_weeks - capacity, 0.0)


def wished(
    state: State, world: World, planned: Array, asked: Asked, demand: Array, stock: Array
) -> Array:
    """New capacity that orders lead to, units a week [power sector]: the share `invest` of what is
    asked of a sector beyond its `planned` capacity, which stands, is built or is on its way.

    What that is built of is asked of those who make it, so that mines which grow make the works
    that build their machines grow. What these need for their own growth they see as they use it.
    A sector that says of nothing what it is built of does not grow, nor one without a plant.
    """
    arms = makes_items(world)
    grows = jnp.sum(world.capital, axis=0) > 0.0
    exported = world.lot_seller.T @ (state.order[:, None] * world.lot_material)
    capacity = planned @ world.makes.T
    backlog = jnp.maximum(asked.hours - planned, 0.0)

    def led(use: Array) -> Array:
        lack = lacking(state, world, capacity, use, exported, stock)
        share = lack / jnp.maximum(capacity, 1e-6)
        short = jnp.where(arms, backlog, (share @ world.makes) * planned)
        return jnp.where(grows, world.coefficient.invest * short, 0.0)

    return led(demand + led(demand) @ world.capital.T)


def produced(
    state: State, world: World, could: Array, planned: Array, asked: Asked, stock: Array
) -> Yield:
    """Materials and items out of a `stock` of materials [power material], shared out by Leontief.

    Sectors that make materials slow down as stocks fill, and stand still where nobody takes any;
    those that make items make what is asked. New capacity takes what they leave, and the rest of
    the economy what that leaves.
    """
    exported = world.lot_seller.T @ (state.order[:, None] * world.lot_material)
    leaving = state.used + exported
    full = jnp.clip(
        2.0 - stock / jnp.maximum(world.coefficient.stock_weeks * leaving, 1.0), 0.0, 1.0
    )
    # A power at war lays up munitions and fuel without end.
    stored = jnp.max(state.war, axis=1)[:, None] * jnp.max(world.good_material, axis=0, initial=0.0)
    full = jnp.maximum(full, stored)
    pause = jnp.where(state.week > 0, full @ world.makes, 1.0)
    run = jnp.where(makes_items(world), 0.0, could * pause)

    demand = run @ world.sector_input.T + asked.rate @ world.item_input.T
    fronts = called_for(state, world)
    begun = wished(state, world, planned, asked, demand + fronts, stock)
    met = rationed(stock, demand)
    run = run * bottleneck(met, world.sector_input)
    part = bottleneck(met, world.item_input)
    made = asked.rate * part
    used = jnp.minimum(run @ world.sector_input.T + made @ world.item_input.T, stock)
    left = rationed(stock - used, begun @ world.capital.T)
    begun = begun * bottleneck(left, world.capital)
    used = jnp.minimum(used + begun @ world.capital.T, stock)
    home = jnp.minimum(world.home_use, stock - used)
    lacks = world.vital * (1.0 - home / jnp.maximum(world.home_use, 1e-9))
    unmet = jnp.max(lacks, axis=1, initial=0.0)
    use = demand + fronts + begun @ world.capital.T
    lacked = lacking(state, world, could @ world.makes.T, use, exported, stock)
    yielded = run @ world.makes.T + world.mined
    return Yield(part, made, yielded, used + home, begun, lacked, unmet)


def step(state: State, world: World, key: Array) -> State:
    """Places change hands; the week's output is made."""
    del key
    ground = passed(state, world)
    taken, regained = cut_off(state, world, ground)
    exodus = evacuated(state, world, ground)
    works = on_stream(state, world, exodus)
    lost = jnp.minimum(exodus.lost / jnp.maximum(exodus.before, 1e-6), 1.0)
    lost_labour = state.labour * lost
    pool, labour = state.pool - taken + regained, state.labour - lost_labour
    new = hired(works.capacity, labour, pool, world)
    labour = labour + new

    could = jnp.minimum(works.capacity, labour * world.per_worker)
    could = could * this_week(world.plant_open, state.week)
    asked = scheduled(state, world, could)
    supplied = this_week(world.gift_material, state.week)
    stock = state.material + supplied
    planned = works.capacity + jnp.sum(works.building + works.relocating, axis=-1)
    out = produced(state, world, could, planned, asked, stock)
    for_lots = asked.abroad * _of_lots(out.part, world)
    received = this_week(world.gift, state.week)
    return state.replace(
        week=state.week + 1,
        lost_share=ground.lost,
        plant=works.plant,
        relocating=works.relocating,
        building=admitted(works.building, out.begun),
        labour=labour,
        pool=pool - jnp.sum(new, axis=1),
        occupied=state.occupied + taken - regained + jnp.sum(lost_labour, axis=1),
        material=stock - out.used + out.yielded,
        output=state.output + out.made,
        depot=state.depot + asked.own * out.part + received,
        set_aside=state.set_aside + for_lots,
        allotted=for_lots,
        made=out.made,
        received=received,
        yielded=out.yielded,
        supplied=supplied,
        unmet=state.unmet + (out.unmet - state.unmet) / HALF_YEAR,
        used=out.used + jnp.sum(state.issued, axis=1) @ world.good_material,
        lacked=out.lacked,
    )
