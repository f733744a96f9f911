"""Trade: goods agreed are taken from stock, shipped, handed over and paid for in gold.

In order: what is sold from stock is set aside; routes carry what waits, earliest due date first;
arrivals are handed over as far as the buyer's treasury reaches, which never falls below its floor;
goods that lie unpaid stop the shipping and after a month end the contract; what is late costs the
seller a penalty; last, the orders for the next week. What is made to order is set aside by the
industry step. Sources: Jackson's rule (earliest due date first is best on one bottleneck).
"""

import jax.numpy as jnp
from jax import Array

from sinews.model.allocation import by_priority
from sinews.model.delays import ages, conveyor
from sinews.model.state import ON_WAY, State
from sinews.model.world import World, opposed, this_week

# Goods are ordered this many weeks before they are due (judged).
_LEAD = 8
# Weeks of its own use that a power keeps of a material it sells (judged).
KEEP = 4.0
# Weeks that goods lie unpaid before a contract lapses; what is unpaid below this share of it
# is forgiven, being a matter of rounding.
_PATIENCE, _TRIFLE = 4.0, 1e-4


def handed_over(landed: Array, due: Array, granted: Array) -> Array:
    """Goods handed over of what has `landed`, when `granted` of the gold `due` is paid.

    >>> float(handed_over(jnp.float32(10.0), jnp.float32(4.0), jnp.float32(1.0)))
    2.5
    """
    return landed * jnp.where(due > 0.0, granted / jnp.maximum(due, 1e-9), 1.0)


def step(state: State, world: World, key: Array) -> State:
    """A week of every contract."""
    del key
    seller, buyer = world.lot_seller, world.lot_buyer
    # Industry has turned the calendar: tables by week are read for the week just past.
    past = jnp.maximum(state.week - 1, 0)
    war = jnp.sum((seller @ (opposed(world) @ state.hostile)) * buyer, axis=1) > 0.0
    resting = (world.lot_needs @ (1.0 - state.in_force)) > 0.0
    lapsed = jnp.where(war & (past >= world.lot_signed), 1.0, state.lapsed)
    agreed = (past >= world.lot_signed) & (lapsed == 0.0) & ~resting

    # The advance is paid whole, or the contract waits.
    deposit = world.lot_advance * world.lot_total * world.lot_price
    treasury = jnp.maximum(state.gold - world.gold_floor, 0.0)
    same_buyer = buyer @ buyer.T
    down = jnp.where(agreed & (state.paid <= 0.0), deposit, 0.0)
    granted = by_priority(down, buyer @ treasury, same_buyer)
    down = jnp.where(granted >= down, down, 0.0)
    begun = (state.paid + down > 0.0) | (deposit == 0.0)
    live = (agreed & begun & (state.arrears == 0.0)).astype(jnp.float32)

    # From stock: captured equipment out of depots, materials beyond the seller's own needs.
    spare = jnp.maximum(state.material - KEEP * state.used, 0.0)
    item, material = world.lot_item, world.lot_material
    kept = jnp.einsum("lp,pi,li->l", seller, state.depot, item)
    kept = kept * world.lot_stock + jnp.einsum("lp,pm,lm->l", seller, spare, material)
    same_good = (seller @ seller.T) * (item @ item.T + material @ material.T)
    from_stock = jnp.maximum(world.lot_stock, jnp.sum(material, axis=1))
    taken = by_priority(live * from_stock * state.order, kept, same_good)

    # Shipping.
    allowed = jnp.minimum(world.route_open + state.in_force @ world.opens, 1.0)
    allowed = jnp.where(state.in_force @ world.closes > 0.0, 0.0, allowed)
    trains = allowed * this_week(world.route_trains, past)
    route = world.lot_route
    waiting = live * (state.set_aside + taken) * world.lot_load
    loaded = by_priority(waiting, route @ trains, route @ route.T)
    gone = loaded / jnp.maximum(world.lot_load, 1e-9)
    gone = jnp.minimum(gone, state.set_aside + taken)
    ahead = route @ ages(world.route_weeks, ON_WAY)
    shipping, come = conveyor(state.shipping, ahead, gone)
    sunk = (route @ world.route_loss) * come

    # Payment on delivery, as far as the treasury reaches.
    landed = state.landed + come - sunk
    due = landed * world.lot_price * (1.0 - world.lot_advance) * (lapsed == 0.0)
    purse = jnp.maximum(treasury - buyer.T @ down, 0.0)
    granted = by_priority(due, buyer @ purse, same_buyer)
    handed = handed_over(landed, due, granted) * (lapsed == 0.0)
    landed = landed - handed
    delivered = state.delivered + handed
    unpaid = (landed > _TRIFLE * world.lot_total) & (lapsed == 0.0)
    arrears = jnp.where(unpaid, state.arrears + 1.0, 0.0)
    lapsed = jnp.where(arrears > _PATIENCE, 1.0, lapsed)

    # What the seller owes for what has not even landed, out of its own treasury.
    late = jnp.maximum(this_week(world.lot_due, past) - delivered - landed, 0.0)
    owed = live * world.lot_penalty * late * world.lot_price
    takings = (seller - buyer).T @ (granted + down)
    fund = jnp.maximum(state.gold + takings - world.gold_floor, 0.0)
    fined = by_priority(owed, seller @ fund, seller @ seller.T)

    # A contract given up: the goods go back to the seller.
    set_aside = state.set_aside + taken - gone
    lost = lapsed > 0.0
    returned = jnp.where(lost, set_aside + jnp.sum(shipping, axis=1) + landed, 0.0)
    set_aside, landed = jnp.where(lost, 0.0, set_aside), jnp.where(lost, 0.0, landed)
    shipping = jnp.where(lost[:, None], 0.0, shipping)

    sold, back = seller.T @ (handed[:, None] * item), seller.T @ (returned[:, None] * item)
    bought = buyer.T @ (handed[:, None] * world.lot_gives)
    out = seller.T @ (taken[:, None] * item)
    sold_material = seller.T @ (handed[:, None] * material)
    bought_material = buyer.T @ (handed[:, None] * material)
    flows = (returned - taken)[:, None] * material
    paid_out = buyer.T @ (granted + down) + seller.T @ fined
    paid_in = seller.T @ (granted + down) + buyer.T @ fined

    have = set_aside + jnp.sum(shipping, axis=1) + landed + delivered
    soon = this_week(world.lot_due, state.week + _LEAD)
    goes_on = agreed & begun & (lapsed == 0.0) & (arrears == 0.0)
    return state.replace(
        set_aside=set_aside,
        shipping=shipping,
        landed=landed,
        delivered=delivered,
        paid=state.paid + down + granted,
        arrears=arrears,
        lapsed=lapsed,
        depot=jnp.maximum(state.depot - out, 0.0) + back + bought,
        material=jnp.maximum(state.material + seller.T @ flows, 0.0) + bought_material,
        gold=jnp.maximum(state.gold + paid_in - paid_out, 0.0),
        order=jnp.where(goes_on, jnp.maximum(soon - have, 0.0), 0.0),
        allotted=state.allotted + taken,
        handed=handed,
        sunk=sunk,
        returned=returned,
        lost=state.lost + seller.T @ (sunk[:, None] * item),
        used=state.used + seller.T @ (sunk[:, None] * material),
        sold=sold,
        bought=bought,
        sold_material=sold_material,
        bought_material=bought_material,
        paid_out=state.paid_out + paid_out,
        paid_in=state.paid_in + paid_in,
    )
