"""Combat: losses of men and equipment, fronts that move, pockets that close and are taken.

In order, all from values at the start of the step on both sides: odds on each front; losses
by Helmbold's family; equipment hit, broken down, left behind; the front's move; pockets
liquidated, then closed. Sources: Helmbold; Dupuy; Davis, RAND MR-638; the CDB90 battles.
"""

import jax
import jax.numpy as jnp
from jax import Array

from sinews.model.delays import admitted
from sinews.model.state import State
from sinews.model.strength import quality, strength
from sinews.model.world import World, foes, this_week

# A move of this many km in a week makes the loser's retreat (and the winner's hold of the
# field) complete; it also undoes most entrenchment.
_ROUT = 30.0
# A fortified zone counts within this distance of the front, in km: less than a week's advance,
# so that no front leaps over it unhindered.
_ZONE = 100.0
# Reach of the trapped share's draw, and what the defender's stance adds to it (judged, 3.6).
_SPREAD, _TRAPPED_MOST, _STAND_FAST, _FREE = 0.17, 0.8, 0.15, 0.20
# Pace of a free withdrawal, km a week at stance -1 (judged).
_WITHDRAW = 40.0
# Arms of an offensive, each of which may close a pocket around its part of the enemy's men: the
# great pockets came in pairs and threes (Bialystok and Minsk, Vyazma and Bryansk) (judged).
_ARMS = 3
# Pockets close once a breakthrough runs at half of full speed, freely at full speed. (A
# switch at 0.75, the middle of this ramp, makes too much of small differences in odds.)
_BREAKTHROUGH = 0.5


def attrition(rate: Array, intensity: Array | float, odds: Array, helmbold: Array) -> Array:
    """Fraction of its men a side loses in a week at `odds` (own strength over the enemy's).

    1 - exp(-rate * intensity * odds**-helmbold), taken at the odds of `midweek`. W = 1 is
    Lanchester's square law, 1/2 the linear, 0 the logarithmic (Helmbold). Scale-free; wrong for
    single engagements, where most of the variance is not in the odds.

    >>> round(float(attrition(0.022, 1.0, 1.0, 0.45)), 4)
    0.0218
    """
    return -jnp.expm1(-rate * intensity * odds ** (-helmbold))


def midweek(rate: Array, odds: Array, helmbold: Array) -> Array:
    """Odds in the middle of a week that begins at `odds`, both sides losing at them.

    A step at these odds (the exponential midpoint) keeps Helmbold's invariant to second order.

    >>> float(midweek(0.03, jnp.float32(1.0), 0.5))
    1.0
    """
    own = attrition(0.5 * rate, 1.0, odds, helmbold)
    other = attrition(0.5 * rate, 1.0, 1.0 / odds, helmbold)
    return odds * (1.0 - own) / (1.0 - other)


def main_odds(odds: Array, main_share: Array, hold_ratio: Array) -> Array:
    """Odds on the sectors attacked when the rest of the front is held at `hold_ratio`.

    (odds - (1 - main_share) * hold_ratio) / main_share. Davis's three cases: 3:1 on the
    main sectors is reached at theatre odds of 1.5, 1.2 and 2.1:

    >>> [round(float(main_odds(o, 0.25, h)), 6) for o, h in ((1.5, 1.0), (1.2, 0.6), (2.1, 1.8))]
    [3.0, 3.0, 3.0]
    """
    return (odds - (1.0 - main_share) * hold_ratio) / main_share


def breakthrough(odds: Array) -> Array:
    """Share of the fastest advance at given odds on the main sectors: 0 at 1:1, 1 at 3:1.

    >>> float(breakthrough(jnp.float32(2.0)))
    0.5
    """
    return jnp.clip((odds - 1.0) / 2.0, 0.0, 1.0)


def digging(weeks: Array, entrench: Array) -> Array:
    """Defender's multiplier after `weeks` of entrenchment: 1 + entrench * (1 - exp(-weeks/4)).

    >>> float(digging(jnp.float32(0.0), jnp.float32(0.4)))
    1.0
    """
    return 1.0 + entrench * (1.0 - jnp.exp(-weeks / 4.0))


def disabled(
    there: Array, hit: Array, fraction: Array, fragile: Array, km: Array
) -> tuple[Array, Array]:
    """Equipment hit, and broken down, of what is `there`.

    hit: there * (1 - exp(-hit * fraction of men lost)); broken: of the rest,
    min(0.75, fragile * km-equivalents), `km` already holding the fighting's own wear.

    >>> [round(float(x), 3) for x in disabled(100.0, 4.5, 0.02, 0.3, 1.35)]
    [8.607, 37.014]
    """
    struck = there * (1.0 - jnp.exp(-hit * fraction))
    return struck, (there - struck) * jnp.minimum(0.75, fragile * km)


def closing(rate: Array, tanks: Array, speed: Array) -> Array:
    """Chance that a pocket closes in a week of breakthrough: 1 - exp(-rate * tanks/1000 * speed).

    >>> round(float(closing(0.9, 1000.0, 1.0)), 3)
    0.593
    """
    return 1.0 - jnp.exp(-rate * tanks / 1000.0 * speed)


def rejoined(at_fronts: Array, everywhere: Array) -> Array:
    """`everywhere` [power theatre ...] with its first theatres replaced by `at_fronts`."""
    return jnp.concatenate([at_fronts, everywhere[:, at_fronts.shape[1] :]], axis=1)


def step(state: State, world: World, key: Array) -> State:
    """A week of fighting on every front."""
    c = world.coefficient
    fronts = state.front.shape[0]  # theatres that have one come first
    luck_of = jax.random.normal(key, (2 + 2 * _ARMS, fronts))
    on_odds, on_pulse, on_close, on_trap = luck_of[0], luck_of[1], luck_of[2::2], luck_of[3::2]
    west, east = world.side > 0.0, world.side < 0.0
    men, experience = state.men[:, :fronts], state.experience[:, :fronts]
    kit, workshop = state.equipment[:, :fronts], state.workshop[:, :fronts]

    def ends(by_power: Array) -> tuple[Array, Array]:
        """Sums over each end's powers [axis]."""
        here = by_power * world.present
        return (
            jnp.sum(jnp.where(west[:, None], here, 0.0), axis=0),
            jnp.sum(jnp.where(east[:, None], here, 0.0), axis=0),
        )

    def by_side(of_west: Array, of_east: Array) -> Array:
        """Each power's side's value [power axis]."""
        return jnp.where(west[:, None], of_west[None, :], of_east[None, :])

    muster = strength(state, world)
    # Odds: strength, times the multiplier of a side that stands on the defensive.
    strong_west, strong_east = ends(muster)
    attack_west, attack_east = (jnp.minimum(a, 1.0) for a in ends(state.offensive))
    near = jnp.clip(
        1.0 - jnp.abs(world.place_axis @ state.front - world.place_km) / _ZONE, 0.0, 1.0
    )
    fort = 1.0 + c.fort * ((near * world.place_fort) @ world.place_axis)
    ground = c.hasty * digging(state.dug_in, c.entrench) * fort
    early = (state.week < world.surprised).astype(jnp.float32)
    caught_west, caught_east = ends(jnp.broadcast_to(early[:, None], men.shape))
    surprise_west = jnp.where(caught_west > 0.0, c.surprise, 1.0)
    surprise_east = jnp.where(caught_east > 0.0, c.surprise, 1.0)
    hold_west = jnp.where(attack_west > 0.0, 1.0, ground * surprise_west)
    hold_east = jnp.where(attack_east > 0.0, 1.0, ground * surprise_east)
    luck = jnp.exp(state.fortune + c.luck_weekly * on_odds)
    odds = luck * strong_west * hold_west / jnp.maximum(strong_east * hold_east, 1.0)
    contact = state.hostile * ((strong_west > 1.0) & (strong_east > 1.0))
    odds = jnp.clip(odds, 0.02, 50.0)

    # Losses of men.
    fights = jnp.maximum(attack_west, attack_east)
    caught = jnp.maximum(caught_west, caught_east) > 0.0
    opening = jnp.where(caught, c.opening, 1.0)
    pulse = jnp.exp(c.pulse * on_pulse - 0.5 * c.pulse**2)
    season = this_week(world.pace_week, state.week)
    tempo = pulse * season**c.weather
    intensity = contact * tempo * (c.quiet + (opening - c.quiet) * fights)
    rate = c.attrition * intensity
    halfway = midweek(rate, odds, c.helmbold)
    fraction = world.present * by_side(
        attrition(rate, 1.0, halfway, c.helmbold), attrition(rate, 1.0, 1.0 / halfway, c.helmbold)
    )
    casualties = men * fraction
    killed = world.killed_share[:, None] * casualties
    wounded = casualties - killed
    skill = quality(men, experience)
    # Cold and wet, which slow an advance, also make men sick: twice as many at worst.
    ill_rate = c.sickness * jnp.maximum(2.0 - season, 0.0)
    sickened = world.present * ill_rate * (men - casualties)
    men = men - casualties - sickened
    left_out = casualties + sickened + c.cadre_loss * killed
    experience = jnp.maximum(experience - skill * left_out, 0.0)

    # The front moves, in km eastward.
    speed_west = attack_west * breakthrough(main_odds(odds, c.main_share, c.hold_ratio))
    speed_east = attack_east * breakthrough(main_odds(1.0 / odds, c.main_share, c.hold_ratio))
    free_west, free_east = ends(jnp.maximum(-state.stand, 0.0) * (men > 0.0))
    going = world.going * season
    give = _WITHDRAW * contact
    move = c.pace * going * contact * (speed_west - speed_east)
    move = move + give * (attack_west * jnp.minimum(free_east, 1.0))
    move = move - give * (attack_east * jnp.minimum(free_west, 1.0))
    runs_west = west[:, None] & (state.offensive > 0.0)
    runs_east = east[:, None] & (state.offensive > 0.0)
    goal_west = jnp.max(jnp.where(runs_west, state.goal, -jnp.inf), axis=0)
    goal_east = jnp.min(jnp.where(runs_east, state.goal, jnp.inf), axis=0)
    front = jnp.minimum(state.front + move, jnp.maximum(state.front, goal_west))
    front = jnp.maximum(front, jnp.minimum(state.front, goal_east))
    front = jnp.clip(front, world.low, world.high)
    move = front - state.front
    dug_in = (state.dug_in + 1.0) * jnp.exp(-jnp.abs(move) / _ROUT)

    # Equipment: hit, broken down, left behind by whoever gives ground.
    wins = jnp.clip(by_side(move, -move) / _ROUT, 0.0, 1.0)[:, :, None]
    yields = jnp.clip(by_side(-move, move) / _ROUT, 0.0, 1.0)[:, :, None]
    toil = (0.35 * intensity + jnp.abs(move) / 100.0)[None, :, None] * world.present[:, :, None]
    struck, broken = disabled(
        kit,
        c.vulnerable * world.hit[None, None, :],
        fraction[:, :, None],
        c.breakdown * world.fragile[None, None, :] * world.wear[:, None, None],
        toil,
    )
    left = c.left_holding + (c.left_retreating - c.left_holding) * yields
    left_hit = left + (world.off_hit[None, None, :] - c.left_holding) * wins
    left_broken = left + (world.off_broken[None, None, :] - c.left_holding) * wins
    gone = struck * left_hit + broken * left_broken
    towed = struck + broken - gone
    overrun = workshop * jnp.minimum(c.overrun * yields * jnp.abs(move)[None, :, None] / _ROUT, 1.0)
    mended = (workshop - overrun) * c.repair
    equipment = kit - struck - broken + mended
    workshop = workshop - overrun - mended + towed
    abandoned = (gone + overrun) * yields

    # Pockets: what is encircled is taken, where there is anyone to take it, or breaks out, then
    # new pockets close.
    taken = jnp.where(by_side(strong_east, strong_west) > 1.0, c.liquidate, 0.0)
    out = (1.0 - taken) * c.break_out
    captured = taken * state.pocket_men
    seized_kit = taken[:, :, None] * state.pocket_kit
    men = men + out * state.pocket_men
    experience = experience + out * state.pocket_experience
    equipment = equipment + out[:, :, None] * state.pocket_kit
    kept = 1.0 - taken - out

    tanks = jnp.sum(kit * world.armour[None, None, :], axis=2)
    tanks_west, tanks_east = ends(tanks)
    u_close = jax.scipy.stats.norm.cdf(on_close)
    spread = c.trapped + _SPREAD * on_trap

    def trapped(speed: Array, tanks: Array, losers: Array) -> Array:
        """Share of each loser that a pocket closed this week holds [power axis]."""
        open_ground = jnp.maximum(speed - _BREAKTHROUGH, 0.0) / (1.0 - _BREAKTHROUGH)
        runs = u_close < closing(c.close, tanks, speed * open_ground * going)
        stand = jnp.where(state.stand > 0.0, _STAND_FAST, _FREE) * state.stand
        held = jnp.clip(spread[:, None, :] + stand[None], 0.0, _TRAPPED_MOST)
        share = jnp.sum(jnp.where(runs[:, None, :], held, 0.0), axis=0) / _ARMS
        return jnp.where(losers[:, None], share, 0.0) * world.present

    share = trapped(speed_west, tanks_west, east) + trapped(speed_east, tanks_east, west)
    pocket_men = kept * state.pocket_men + share * men
    pocket_experience = kept * state.pocket_experience + share * experience
    pocket_kit = kept[:, :, None] * state.pocket_kit + share[:, :, None] * equipment
    men, experience = men - share * men, experience - share * experience
    equipment = equipment - share[:, :, None] * equipment

    # Prisoners and booty go to the other end's powers by their strength there.
    weights = muster / jnp.maximum(by_side(strong_west, strong_east), 1.0)
    foe = foes(world)
    prisoners = jnp.einsum("cp,ca,pa->cp", foe, weights, captured)
    booty = jnp.einsum("cp,ca,pai->ci", foe, weights, abandoned + seized_kit)
    seized = booty @ world.becomes
    ill = wounded + sickened
    hurt, wisdom = jnp.sum(ill, axis=1), jnp.sum(skill * ill, axis=1)
    return state.replace(
        men=rejoined(men, state.men),
        experience=rejoined(experience, state.experience),
        pocket_men=pocket_men,
        pocket_experience=pocket_experience,
        pocket_kit=pocket_kit,
        equipment=rejoined(equipment, state.equipment),
        workshop=rejoined(workshop, state.workshop),
        hospital=admitted(state.hospital, hurt),
        hospital_experience=admitted(state.hospital_experience, wisdom),
        dead=state.dead + jnp.sum(killed, axis=1),
        prisoners=state.prisoners + prisoners,
        depot=state.depot + seized,
        front=front,
        dug_in=dug_in,
        killed=killed,
        wounded=wounded,
        sickened=sickened,
        captured=captured,
        seized=seized,
        lost=jnp.sum(gone + overrun + seized_kit, axis=1),
        intensity=intensity,
        advanced=move,
    )
