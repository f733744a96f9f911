"""Diplomacy: agreements are signed, marked out, kept or broken; trust counts what was done.

An agreement is a set of constraints with known effects: peace on some borders, ceilings on men,
inspectors, routes opened or closed, a border to mark, what is paid at signature. Each party signs
when the value it sees in it, weighed by its trust in the others, is not negative. A party breaks it
with a hazard that grows as odds turn its way; a breach is an attack. Sources: Fearon 1995
(bargains), Leeds 2003 (breaches follow shifts of power), Josang and Ismail 2002 (trust as Beta
counts).
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.agreements import bound, ceilings, trust_of
from sinews.model.allocation import in_turn
from sinews.model.contracts import open_lots, overdue, purses
from sinews.model.state import State
from sinews.model.world import World, opposed, shared, there, this_week


def partner_trust(trust: Array, party: Array) -> Array:
    """Trust of each party in the least trusted other party [agreement power].

    >>> trust = jnp.array([[0.5, 0.8], [0.3, 0.5]])
    >>> [round(float(x), 2) for x in partner_trust(trust, jnp.ones((1, 2)))[0]]
    [0.8, 0.3]
    """
    powers = party.shape[1]
    others = party[:, None, :] * (1.0 - jnp.eye(powers))[None]
    return jnp.min(jnp.where(others > 0.0, trust[None], 1.0), axis=2)


def worth_signing(trust: Array, kept: Array, broken: Array) -> Array:
    """Value of signing: trust * kept + (1 - trust) * broken.

    >>> float(worth_signing(jnp.float32(0.25), jnp.float32(1.0), jnp.float32(-1.0)))
    -0.5
    """
    return trust * kept + (1.0 - trust) * broken


def hazard(
    rate: Array, shift: Array, trust: Array, trade: Array, weights: Sequence[Array]
) -> Array:
    """Weekly hazard of a breach: rate * exp(w0 * shift - w1 * (trust - 1/2) - w2 * trade), the
    last two weights less the more ruthless who breaks it.

    `shift` is the change of the party's log odds since signature, `trade` whether goods are
    still to come; at trust one half, unchanged odds and no trade it is `rate`.

    >>> round(float(hazard(0.002, 0.0, 0.5, 0.0, jnp.ones(3))), 4)
    0.002
    """
    power = weights[0] * shift - weights[1] * (trust - 0.5) - weights[2] * trade
    return rate * jnp.exp(jnp.clip(power, -5.0, 5.0))


def believed_odds(state: State, world: World) -> Array:
    """Odds of each power on the borders that an agreement covers, as it believes, in logs
    [agreement power]."""
    own = shared(state.experience, state.attend, world) * there(world)
    covered = world.peace @ (own + 1.0).T
    facing = world.peace @ (state.strength_seen + 1.0).T
    return jnp.log((covered + 1.0) / (facing + 1.0))


def breaches_of(state: State, world: World, odds: Array, partner: Array, chances: Array) -> Array:
    """Who breaks an agreement in force, by hazard, by the script of the scenario or by a war that
    its leader begins [agreement power]."""
    c, party = world.coefficient, world.party
    between = jnp.einsum("ap,lp,lq,aq->al", party, world.lot_seller, world.lot_buyer, party)
    trade = jnp.minimum(between @ open_lots(state, world).astype(jnp.float32), 1.0)[:, None]
    word = 1.0 - world.ruthless
    weights = (c.breach_shift, c.breach_trust * word, c.breach_trade * word)
    # Who is played breaks no promise by luck.
    rate = world.breach_rate * (1.0 - world.played)
    rate = hazard(rate, odds - state.odds_signed, partner, trade, weights)
    breaks = (chances < -jnp.expm1(-rate)) | (state.week >= world.breach_week)
    breaks = breaks | (world.peace @ state.strike.T > 0.0)
    return jnp.where(breaks, party * state.in_force[:, None], 0.0)


def signatures(state: State, world: World, partner: Array, moods: Array, ends: Array) -> Array:
    """Which agreements are signed, 1 or 0 [agreement]: while there is no war where it promises
    peace, every party sees value in it, beyond the face that its leader loses by what it gives
    away, and can pay its part; of several in one week the earlier in the file first. What `ends`
    this week is not signed anew."""
    party = world.party
    gain = worth_signing(partner, world.gain_kept, world.gain_broken)
    gain = gain - world.face * world.concedes
    willing = gain + world.coefficient.temper * jnp.log(moods / (1.0 - moods)) >= 0.0
    offered = (state.week >= world.offered) & (state.week < world.expires)
    fresh = offered & (state.in_force == 0.0) & (state.broken == 0.0) & (ends == 0.0)
    fresh = fresh & ((world.peace @ state.hostile == 0.0) | (world.truce_weeks > 0.0))
    wanted = fresh & jnp.all(willing | (party == 0.0), axis=1)
    price = jnp.where(wanted[:, None, None], jnp.maximum(-world.pays, 0.0), 0.0)
    return wanted * in_turn(price, purses(state, world, state.week))


def misdeeds(state: State, world: World, held: Array, excess: Array, attacker: Array) -> Array:
    """What each power counts against another [power other]: an attack (`attacker` [power]), men
    beyond a ceiling (`excess` [power]) of what is `held` between them [power other], goods not
    handed over in time and not paid for."""
    c = world.coefficient
    late = (overdue(state, world) > c.slack * world.lot_total) & (state.arrears == 0.0)
    late_sellers = world.lot_buyer.T @ (late[:, None] * world.lot_seller)
    late_buyers = world.lot_seller.T @ ((state.arrears > 0.0)[:, None] * world.lot_buyer)
    meet = jnp.max(opposed(world), axis=2, initial=0.0)
    victims = jnp.where(meet > 0.0, c.blame_attack, c.blame_watched) * attacker[None, :]
    late = c.blame_late * (late_sellers + late_buyers)
    return victims + c.blame_excess * held * excess[None, :] + late


def step(state: State, world: World, key: Array) -> State:
    """A week of every agreement."""
    c, party = world.coefficient, world.party
    partner = partner_trust(trust_of(state), party)
    moods, chances = jax.random.uniform(key, (2, *party.shape), minval=1e-6, maxval=1.0 - 1e-6)
    odds = believed_odds(state, world)
    breached = breaches_of(state, world, odds, partner, chances)
    ends = jnp.max(breached, axis=1, initial=0.0)

    # An attack across a border at peace: barred to the parties of an agreement, else it is war.
    barred = bound(state, world)
    quiet = 1.0 - state.engaged
    orders = jnp.maximum(state.attack * (1.0 - barred * quiet), state.strike)
    attacks = orders * quiet * there(world)

    signs = signatures(state, world, partner, moods, ends)
    paid = jnp.einsum("a,apt->pt", signs, world.pays) @ world.tender
    in_force = (state.in_force + signs) * (1.0 - ends) * (state.week < world.expires)

    # Trust: promises kept add up slowly, those broken at once; both fade.
    held = jnp.minimum(jnp.einsum("ap,aq,a->pq", party, party, in_force), 1.0)
    ceiling = ceilings(state.replace(in_force=in_force), world)
    excess = jnp.max(state.men > (1.0 + c.slack) * ceiling, axis=1).astype(jnp.float32)
    breaker = jnp.max(breached, axis=0, initial=0.0)
    attacker = jnp.maximum(breaker, jnp.max(attacks, axis=1, initial=0.0))
    others = 1.0 - jnp.eye(party.shape[1])
    broken = misdeeds(state, world, held, excess, attacker) * others
    return state.replace(
        attack=orders,
        in_force=in_force,
        broken=jnp.maximum(state.broken, ends),
        demarcated=jnp.minimum(
            state.demarcated + in_force * this_week(world.line_pace, state.week), world.line
        ),
        odds_signed=jnp.where(signs[:, None] > 0.0, odds, state.odds_signed),
        material=state.material + paid,
        paid_in=jnp.maximum(paid, 0.0),
        paid_out=jnp.maximum(-paid, 0.0),
        kept_seen=c.forget * state.kept_seen + (1.0 - c.forget) * c.kept_most * held * others,
        broken_seen=c.forget * state.broken_seen + broken,
        signed=signs,
        breached=breached,
    )
