"""Industry: materials, labour and capacity make the programme; ground lost takes plant and men.

In order: places change hands with the front (plant lost, men of age behind the enemy's lines);
plant near the front is evacuated on the trains that troops leave free; material sectors and then
items are made, by Leontief inputs, with hours that fall by Wright's law, its own programme before
orders from abroad; the rest of the economy takes what the war leaves; capacity under construction
and in transit comes on stream; unmet orders lead investment.
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.allocation import bottleneck, by_priority, rationed
from sinews.model.delays import admitted, erlang
from sinews.model.state import State
from sinews.model.world import World, this_week

# A place passes from one end to the other while the front moves this many km past it.
PASS = 30.0
# Plant within this many km of the front may be evacuated; share moved in a week at most (judged).
_WARN, _MOVE = 250.0, 0.35
# Evacuated plant first works after about 7 weeks, half of it after 12 (Werth).
_RESTART = 12.0
# Share of vacancies filled in a week, and of the pool that industry may take (judged).
_HIRE = 0.05
# Stocks of a quarter's use and orders slow the sector that makes them.
_QUARTER = 13.0
# The most that learning may save: hours fall to 1/2.2 of the first (judged).
_LEARNED = 2.2


def hours(first: Array, output: Array, start: Array, progress: Array) -> Array:
    """Hours to make one after `output`, by Wright: first * (output/start)**log2(progress), `start`
    being one at least.

    >>> round(float(hours(100.0, 2000.0, 1000.0, 0.87)), 2)
    87.0
    """
    start = jnp.maximum(start, 1.0)
    doublings = jnp.log2(jnp.maximum(output, start) / start)
    return first * jnp.maximum(progress**doublings, 1.0 / _LEARNED)


def step(state: State, world: World, key: Array) -> State:
    """Places change hands; the week's output is made."""
    del key
    c = world.coefficient

    # Places: how far the front has passed them, seen from their home side.
    inward = world.place_end * (world.place_km - world.place_axis @ state.front)
    on_axis = jnp.sum(world.place_axis, axis=1)
    lost_share = on_axis * jnp.clip(inward / PASS, 0.0, 1.0)
    newly = jnp.maximum(lost_share - state.lost_share, 0.0)
    freed = jnp.maximum(state.lost_share - lost_share, 0.0)
    home = world.place_power.T
    shares = jnp.stack([state.lost_share, newly, freed], axis=1)
    people = home @ (world.place_people[:, None] * shares)
    free_people = home @ world.place_people - people[:, 0]
    fall = jnp.minimum(people[:, 1] / jnp.maximum(free_people, 1.0), 1.0)
    rise = jnp.minimum(people[:, 2] / jnp.maximum(people[:, 0], 1.0), 1.0)
    taken_pool = fall * state.pool
    regained = rise * state.occupied

    # Plant near the front is moved while trains are free; what stays is overrun with its place.
    # A border at peace drives nobody away.
    war = world.place_axis @ state.hostile
    near = war * jnp.clip(1.0 + inward / _WARN, 0.0, 1.0) * (1.0 - state.lost_share)
    # Nobody evacuates who has no refuge.
    willing = jnp.where(home @ world.refuge > 0.0, state.evacuate, 0.0)
    wish = (_MOVE * near * (world.place_power @ willing))[:, None] * state.plant
    wished = home @ wish
    needed = jnp.sum(wished * world.plant_trains, axis=1)
    trains = jnp.minimum(1.0, state.spare_trains / jnp.maximum(needed, 1e-6))
    stays = state.plant - (world.place_power @ trains)[:, None] * wish
    overrun = stays * (newly / jnp.maximum(1.0 - state.lost_share, 1e-3))[:, None]
    gone = home @ overrun
    moved = trains[:, None] * wished
    before = home @ state.plant
    lost_labour = state.labour * jnp.minimum(gone / jnp.maximum(before, 1e-6), 1.0)

    # Capacity comes on stream: evacuated plant at its refuge, new plant beside the old.
    packed = (1.0 - c.moving_loss) * moved
    relocating, reopened = erlang(state.relocating, packed, jnp.full_like(world.wear, _RESTART))
    mean = jnp.broadcast_to(c.build_weeks, world.wear.shape)
    there = jnp.maximum(before - moved - gone, 0.0)
    building, built = erlang(state.building, jnp.zeros_like(there), mean)
    # What is built stands beside the old plant; where hardly any is left, beside the evacuated.
    rooted = there > 1e-3 * before
    growth = 1.0 + jnp.where(rooted, built, 0.0) / jnp.maximum(there, 1e-6)
    elsewhere = reopened + jnp.where(rooted, 0.0, built)
    plant = (stays - overrun) * (world.place_power @ growth)
    plant = plant + world.refuge[:, None] * (world.place_power @ elsewhere)
    housed = (home @ world.refuge)[:, None] * elsewhere
    capacity = there + jnp.where(rooted, built, 0.0) + housed

    # Labour follows capacity, out of the pool.
    pool = state.pool - taken_pool + regained
    labour = state.labour - lost_labour
    vacancies = jnp.maximum(capacity / jnp.maximum(world.per_worker, 1e-6) - labour, 0.0)
    vacancies = jnp.where(world.per_worker > 0.0, _HIRE * vacancies, 0.0)
    asked = jnp.sum(vacancies, axis=1)
    hired = vacancies * jnp.minimum(1.0, _HIRE * pool / jnp.maximum(asked, 1.0))[:, None]
    labour = labour + hired

    # What each sector could make, and what the programme asks of the makers of items.
    could = jnp.minimum(capacity, labour * world.per_worker)
    programme = this_week(world.programme, state.week)
    each = hours(world.hours[None, :], state.output, world.first_output, c.progress)
    asked_hours = (programme * each) @ world.maker
    makes_items = jnp.sum(world.maker, axis=0) > 0.0
    share = jnp.minimum(1.0, could / jnp.maximum(asked_hours, 1e-6))
    own_rate = programme * (share @ world.maker.T)
    # Orders from abroad get the hours that its own programme leaves.
    order = state.order * (1.0 - world.lot_stock)
    of_item = world.lot_seller[:, :, None] * world.lot_item[:, None, :]
    lot_each = jnp.sum(of_item * each[None], axis=(1, 2))
    lot_sector = world.lot_item @ world.maker
    rivals = (world.lot_seller @ world.lot_seller.T) * (lot_sector @ lot_sector.T)
    wanted = order * lot_each
    left = jnp.maximum(could - asked_hours, 0.0)
    room = jnp.sum((world.lot_seller @ left) * lot_sector, axis=1)
    lot_hours = by_priority(wanted, room, rivals, world.lot_rank)
    lot_rate = lot_hours / jnp.maximum(lot_each, 1e-6)
    rate = own_rate + jnp.einsum("l,lpi->pi", lot_rate, of_item)
    asked_hours = asked_hours + world.lot_seller.T @ (wanted[:, None] * lot_sector)
    exported = world.lot_seller.T @ (state.order[:, None] * world.lot_material)
    stock = state.material + this_week(world.gift_material, state.week)
    leaving = state.used + exported
    full = jnp.clip(2.0 - stock / jnp.maximum(_QUARTER * leaving, 1.0), 0.1, 1.0)
    pause = jnp.where(state.week > 0, full @ world.makes, 1.0)
    run = jnp.where(makes_items[None, :], 0.0, could * pause)

    # Orders that cannot be met lead investment; then materials are shared out.
    demand = run @ world.sector_input.T + rate @ world.item_input.T
    short = (1.0 - rationed(stock, demand + exported)) @ world.makes * run
    short = short + jnp.where(makes_items[None, :], jnp.maximum(asked_hours - could, 0.0), 0.0)
    new = c.invest * short
    machines = jnp.sum(new * world.capital[None, :], axis=1)
    demand = demand + machines[:, None] * world.machines[None, :]
    met = rationed(stock, demand)
    run = run * bottleneck(met, world.sector_input)
    part = bottleneck(met, world.item_input)
    made = rate * part
    for_lots = lot_rate * jnp.sum(of_item * part[None], axis=(1, 2))
    new = new * (1.0 - (1.0 - met) @ world.machines)[:, None]
    machines = jnp.sum(new * world.capital[None, :], axis=1)
    yielded = run @ world.makes.T
    used = run @ world.sector_input.T + made @ world.item_input.T
    used = jnp.minimum(used + machines[:, None] * world.machines[None, :], stock)
    used = used + jnp.minimum(world.home_use, stock - used)

    received = this_week(world.gift, state.week)
    return state.replace(
        week=state.week + 1,
        lost_share=lost_share,
        plant=plant,
        relocating=relocating,
        building=admitted(building, new),
        labour=labour,
        pool=pool - jnp.sum(hired, axis=1),
        occupied=state.occupied + taken_pool - regained + jnp.sum(lost_labour, axis=1),
        material=stock - used + yielded,
        output=state.output + made,
        depot=state.depot + own_rate * part + received,
        set_aside=state.set_aside + for_lots,
        allotted=for_lots,
        gold=state.gold + world.gold_mined,
        made=made,
        received=received,
        yielded=yielded,
        supplied=this_week(world.gift_material, state.week),
        used=used,
        mined=world.gold_mined,
    )
