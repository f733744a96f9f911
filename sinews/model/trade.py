"""Trade: goods agreed are taken from stock, shipped, handed over and paid for.

In order: what war or a closed road has ended is given up; advances are paid; what is sold from
stock is set aside and routes carry what waits; arrivals are handed over as far as the buyer can
pay, in gold or whatever the price is in, and goods that lie unpaid stop the shipping and after a
month end the contract; what is late costs the seller a penalty, and an advance for which nothing
can come any more goes back; last, the orders for the next week. What is made to order is set aside
by the industry step. Sources: Jackson's rule (earliest due date first is best on one bottleneck).
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.allocation import by_priority, in_turn
from sinews.model.contracts import (
    LEAD,
    TRIFLE,
    begun,
    deposit,
    open_roads,
    overdue,
    purses,
    resting,
    spendable,
    undeliverable,
    unfulfilled,
)
from sinews.model.delays import ages, conveyor
from sinews.model.state import State
from sinews.model.strength import of_each_man
from sinews.model.world import World, this_week


def step(state: State, world: World, key: Array) -> State:
    """A week of every contract. Whose seller suspends it, sets out nothing; what is late by that
    is late, and its penalty is owed."""
    del key
    # Industry has turned the calendar: tables by week are read for the week just past.
    past = over(state)
    state = given_up(state, world, past)
    state = advanced(state, world, past)
    runs = running(state, world, past)
    goes = runs & (this_week(world.suspended, past) < 0.5)
    state = shipped(state, world, past, goes)
    state = paid_for(state, world)
    state = settled(state, world, runs)
    return ordered(state, world, past)


def over(state: State) -> Array:
    """The week that industry has just ended."""
    return jnp.maximum(state.week - 1, 0)


def payable(due: Array, granted: Array) -> Array:
    """Share of a price that can be paid [lot], when of what is `due` so much is `granted`, both
    [lot tender]: that of the scarcest material.

    >>> due, granted = jnp.array([[4.0, 0.0], [4.0, 8.0]]), jnp.array([[1.0, 0.0], [1.0, 6.0]])
    >>> payable(due, granted).tolist(), payable(0.0 * due, granted).tolist()
    ([0.25, 0.25], [1.0, 1.0])
    """
    return jnp.min(jnp.where(due > 0.0, granted / jnp.maximum(due, 1e-9), 1.0), axis=1)


def at_war(state: State, world: World) -> Array:
    """Whether seller and buyer are at war with each other [lot]."""
    return jnp.sum((world.lot_seller @ state.war) * world.lot_buyer, axis=1) > 0.0


def agreed(state: State, world: World, past: Array) -> Array:
    """Whether a contract is signed by the week `past`, and not given up [lot]."""
    return (past >= world.lot_signed) & (state.lapsed == 0.0)


def running(state: State, world: World, past: Array) -> Array:
    """Whether work goes on under a contract: nothing holds it up, and no goods lie unpaid [lot]."""
    free = begun(state, world) & ~resting(state, world) & (state.arrears == 0.0)
    return agreed(state, world, past) & free


def given_up(state: State, world: World, past: Array) -> State:
    """Contracts end by war, or when nothing can come of them any more: nothing is under way and
    nothing can set out again, or the last day is over and the contract has not begun, or is one
    whose goods are called off, or what it needs is not in force or its road is shut."""
    still = agreed(state, world, past) & unfulfilled(state, world)
    void = still & at_war(state, world)
    under_way = jnp.sum(state.shipping, axis=1) + state.landed > TRIFLE * world.lot_total
    due = this_week(world.lot_due, jnp.maximum(past - 1, 0))
    last_over = (past > 0) & (due >= (1.0 - TRIFLE) * world.lot_total)
    shut = (world.lot_route @ open_roads(state, world) == 0.0) | resting(state, world)
    ended = shut | ~begun(state, world) | (world.lot_calls > 0.0)
    never = undeliverable(state, world, past) | (last_over & ended)
    ends = void | (still & never & ~under_way)
    return state.replace(void=jnp.maximum(state.void, void), lapsed=jnp.maximum(state.lapsed, ends))


def advanced(state: State, world: World, past: Array) -> State:
    """Advances are paid, each whole or not at all, while the road is open; a contract whose advance
    its buyer cannot pay waits, and stands in nobody's way."""
    waits = agreed(state, world, past) & ~begun(state, world) & ~resting(state, world)
    waits = waits & (world.lot_route @ open_roads(state, world) > 0.0)
    want = jnp.where(waits[:, None], deposit(world), 0.0)
    asked = want[:, None, :] * world.lot_buyer[:, :, None]
    down = want * in_turn(asked, purses(state, world, over(state)))[:, None]
    state = state.replace(paid=state.paid + down)
    return paying(state, world, world.lot_buyer, world.lot_seller, down)


def paying(state: State, world: World, payer: Array, payee: Array, price: Array) -> State:
    """What is paid, t [lot tender], passes from one power of each lot to the other, both
    [lot power]."""
    out, into = (each.T @ price @ world.tender for each in (payer, payee))
    return state.replace(
        material=jnp.maximum(state.material + into - out, 0.0),
        paid_out=state.paid_out + out,
        paid_in=state.paid_in + into,
    )


def taken(state: State, world: World, runs: Array) -> Array:
    """What is taken from stock [lot]: captured equipment out of depots, and materials."""
    seller, item, material = world.lot_seller, world.lot_item, world.lot_material
    kept = jnp.einsum("lp,pi,li->l", seller, state.depot, item) * world.lot_stock
    kept = kept + jnp.einsum("lp,pm,lm->l", seller, spendable(state, world, over(state)), material)
    same_good = (seller @ seller.T) * (item @ item.T + material @ material.T)
    from_stock = jnp.maximum(world.lot_stock, jnp.sum(material, axis=1))
    return by_priority(runs * from_stock * state.order, kept, same_good, world.lot_rank)


def shipped(state: State, world: World, past: Array, runs: Array) -> State:
    """What is sold from stock is set aside, and what waits is loaded as far as trains go; what
    arrives has landed, less what is lost on the way."""
    took, route = taken(state, world, runs), world.lot_route
    waits = state.set_aside + took
    trains = open_roads(state, world) * this_week(world.route_trains, past)
    want = runs * waits * world.lot_load
    loaded = by_priority(want, route @ trains, route @ route.T, world.lot_rank)
    gone = jnp.minimum(loaded / jnp.maximum(world.lot_load, 1e-9), waits)
    ahead = route @ ages(world.route_weeks, state.shipping.shape[1])
    shipping, come = conveyor(state.shipping, ahead, gone)
    sunk = (route @ world.route_loss) * come
    of_item, of_material = world.lot_item, world.lot_material
    out, used = by_power(world, took, of_item), by_power(world, took, of_material)
    return state.replace(
        set_aside=waits - gone,
        shipping=shipping,
        landed=state.landed + come - sunk,
        allotted=state.allotted + took,
        sunk=sunk,
        depot=jnp.maximum(state.depot - out, 0.0),
        material=jnp.maximum(state.material - used, 0.0),
        lost=state.lost + by_power(world, sunk, of_item),
        used=state.used + by_power(world, sunk, of_material),
    )


def by_power(world: World, goods: Array, kind: Array) -> Array:
    """Goods [lot] of each seller by `kind` of good [lot kind]: [power kind]."""
    return world.lot_seller.T @ (goods[:, None] * kind)


def paid_for(state: State, world: World) -> State:
    """What has landed is handed over as far as the buyer can pay for it; a contract whose goods lie
    unpaid for longer than its `patience` is given up."""
    buyer, goes_on = world.lot_buyer, state.lapsed == 0.0
    due = (state.landed * (1.0 - world.lot_advance) * goes_on)[:, None] * world.lot_price
    purse = buyer @ purses(state, world, over(state))
    granted = by_priority(due, purse, buyer @ buyer.T, world.lot_rank)
    share = payable(due, granted)
    price = jnp.minimum(share[:, None] * due, granted)
    handed = share * state.landed * goes_on
    landed = state.landed - handed
    unpaid = (landed > TRIFLE * world.lot_total) & goes_on
    arrears = jnp.where(unpaid, state.arrears + 1.0, 0.0)
    default = arrears > world.coefficient.patience
    of_item, of_material = world.lot_item, world.lot_material
    bought = buyer.T @ (handed[:, None] * world.lot_gives)
    bought_material = buyer.T @ (handed[:, None] * of_material)
    state = state.replace(
        landed=landed,
        delivered=state.delivered + handed,
        handed=handed,
        paid=state.paid + price,
        arrears=arrears,
        lapsed=jnp.maximum(state.lapsed, default),
        defaulted=jnp.maximum(state.defaulted, default),
        sold=by_power(world, handed, of_item),
        sold_material=by_power(world, handed, of_material),
        bought=bought,
        bought_material=bought_material,
        depot=state.depot + bought,
        material=state.material + bought_material,
    )
    return paying(state, world, buyer, world.lot_seller, price)


def unearned(state: State, world: World) -> Array:
    """What a seller owes back, t [lot tender]: of an advance the part whose goods cannot come any
    more. Who defaulted has lost it, and nobody pays an enemy at war."""
    owes = (state.lapsed > 0.0) & (state.defaulted == 0.0) & ~at_war(state, world)
    owes = owes & (world.lot_advance > 0.0)
    earned = state.delivered[:, None] * world.lot_price
    return jnp.where(owes[:, None], jnp.maximum(state.paid - earned, 0.0), 0.0)


def settled(state: State, world: World, runs: Array) -> State:
    """Sellers pay what they owe, as far as their stocks reach: the penalty for what is late
    and has not even landed, and what is unearned. Goods of a contract given up go back to them."""
    seller, lapsed = world.lot_seller, state.lapsed > 0.0
    late = jnp.maximum(overdue(state, world) - state.landed, 0.0)
    fine = (runs * world.lot_penalty * late)[:, None] * world.lot_price
    back = unearned(state, world)
    purse = seller @ purses(state, world, over(state))
    granted = by_priority(fine + back, purse, seller @ seller.T, world.lot_rank)
    returned = state.set_aside + jnp.sum(state.shipping, axis=1) + state.landed
    returned = jnp.where(lapsed, returned, 0.0)
    state = state.replace(
        set_aside=jnp.where(lapsed, 0.0, state.set_aside),
        shipping=jnp.where(lapsed[:, None], 0.0, state.shipping),
        landed=jnp.where(lapsed, 0.0, state.landed),
        returned=returned,
        depot=state.depot + by_power(world, returned, world.lot_item),
        material=state.material + by_power(world, returned, world.lot_material),
        paid=jnp.maximum(state.paid - jnp.where(lapsed[:, None], granted, 0.0), 0.0),
    )
    return paying(state, world, seller, world.lot_buyer, granted)


def shortage(state: State, world: World) -> Array:
    """Items that a power's armies lack against their establishment [power item]: more as it raises
    men and loses items, whatever is in its depots or on trains."""
    on_rails = state.waiting_kit + jnp.sum(state.moving_kit, axis=1)
    has = world.army_power.T @ (state.equipment + state.workshop) + world.link_power.T @ on_rails
    full = jnp.sum(state.men, axis=1)[:, None] * of_each_man(world)
    return jnp.maximum(full - has - state.depot, 0.0)


def called_off(state: State, world: World) -> Array:
    """What the buyer of a lot lacks of it, and could pay [lot]: of an item what its armies lack, of
    a material what it lacked last week, for `LEAD` weeks."""
    item = jnp.sum((world.lot_buyer @ shortage(state, world)) * (world.lot_gives > 0.0), axis=1)
    material = LEAD * jnp.sum((world.lot_buyer @ state.lacked) * world.lot_material, axis=1)
    purse = world.lot_buyer @ purses(state, world, over(state))
    each = jnp.maximum(world.lot_price, 1e-12)
    paid = jnp.min(jnp.where(world.lot_price > 0.0, purse / each, jnp.inf), axis=1)
    return jnp.minimum(item + material, paid)


def ordered(state: State, world: World, past: Array) -> State:
    """The orders for the next week: what falls due within `LEAD` weeks, or of that what the buyer
    calls off because it lacks it, and what will be lost on the way with it.

    A buyer's news of the front so moves its orders: men raised and items lost are lacked. (Each of
    its contracts serves the whole lack, and what it is promised elsewhere does not count.)
    """
    arrives = 1.0 - world.lot_route @ world.route_loss
    soon = this_week(world.lot_due, state.week + LEAD) - state.delivered - state.landed
    called = called_off(state, world) - state.landed
    soon = jnp.where(world.lot_calls > 0.0, jnp.minimum(soon, called), soon)
    sent = state.set_aside + jnp.sum(state.shipping, axis=1)
    more = jnp.maximum(soon / jnp.maximum(arrives, 1e-3) - sent, 0.0)
    return state.replace(order=jnp.where(running(state, world, past), more, 0.0))
