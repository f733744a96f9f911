"""Combat: losses of men and equipment, fronts that move, pockets that close and are taken.

In order, all from values at the start of the step on both sides: odds on each front; losses
by Helmbold's family; equipment hit, broken down, left behind; the front's move; pockets
liquidated, then closed. Sources: Helmbold; Dupuy; Davis, RAND MR-638; the CDB90 battles.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.stats import norm

from sinews.model.delays import admitted
from sinews.model.state import State
from sinews.model.strength import driving, firing, full_use, in_dumps, quality, strength
from sinews.model.world import (
    World,
    at_ends,
    contingent_power,
    of_contingents,
    of_powers,
    own_end,
    parted,
    rejoined,
    reunited,
    shared,
    there,
    this_week,
)

# Arms of an offensive, each of which may close a pocket around its part of the enemy's men: the
# great pockets came in pairs and threes (Bialystok and Minsk, Vyazma and Bryansk). It is the shape
# of a draw, so no coefficient.
_ARMS = 3


class Luck(NamedTuple):
    """A week's draws, standard normal."""

    odds: Array  # [axis]
    pulse: Array  # [axis]
    plans: Array  # [axis]
    close: Array  # [arm axis]
    trap: Array  # [arm axis]


class Contest(NamedTuple):
    """Who meets whom on each front, at what odds, and how hard they fight."""

    muster: Array  # [power axis] strength, men of quality 1
    strong: Array  # [end axis] the same summed
    attack: Array  # [end axis] 1 where an end attacks
    odds: Array  # [end axis] of each end over the other, the defence's advantage included
    exchange: Array  # [end axis] the odds at which losses are exchanged
    skill: Array  # [end axis] mean quality of its men
    lead: Array  # [end axis] that over the enemy's, each by what the season leaves of it
    contact: Array  # [axis] 1 where there is an enemy to fight at both ends
    intensity: Array  # [axis] of the fighting
    season: Array  # [axis] the season's factor on advance
    fire: Array  # [end axis] what lack of munitions leaves of the losses that an end inflicts
    fuel: Array  # [end axis] what lack of lorries and fuel leaves of its speed
    massed: Array  # [end axis] share of its concentration that the enemy has not answered
    jut: Array  # [end axis] how far each end stands out from its neighbours, over what lies between


class Toll(NamedTuple):
    """What a week costs in men [power axis], and who is left."""

    fraction: Array  # share of the men who become casualties
    killed: Array
    wounded: Array
    sickened: Array
    skill: Array  # mean quality before
    men: Array  # left
    experience: Array  # theirs


class Wear(NamedTuple):
    """What a week leaves of equipment [contingent item]."""

    equipment: Array
    workshop: Array
    gone: Array  # written off or overrun
    abandoned: Array  # of those, what falls to the enemy


class Ring(NamedTuple):
    """What is free and what encircled after a week's pockets, and what was taken in them."""

    men: Array  # [power axis]
    experience: Array  # [power axis]
    equipment: Array  # [contingent item]
    pocket_men: Array  # [power axis]
    pocket_experience: Array  # [power axis]
    pocket_kit: Array  # [contingent item]
    captured: Array  # [power axis]
    seized_kit: Array  # [contingent item]


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


def breakthrough(odds: Array, full: Array, uneven: Array) -> Array:
    """Share of the fastest advance at given mean odds on the main sectors.

    A sector moves by clip((o - 1) / (full - 1), 0, 1) at its own odds o: not at all at 1:1, in full
    at `full` (Davis). No front is even: o is log-normal about the mean, its log with a standard
    deviation of `uneven`, and the front moves as its sectors on average,

        (over(1) - over(full)) / (full - 1),    over(k) = E max(o - k, 0) = odds N(d + s) - k N(d),

    d = (log(odds / k) - s**2 / 2) / s, s = `uneven`. So it creeps at odds that stop an even front,
    and is not at full speed at once.

    >>> [round(float(breakthrough(jnp.float32(o), 3.0, 0.001)), 3) for o in (0.9, 2.0, 4.0)]
    [0.0, 0.5, 1.0]
    >>> [round(float(breakthrough(jnp.float32(o), 3.0, 0.35)), 3) for o in (0.9, 2.0, 4.0)]
    [0.044, 0.476, 0.931]
    """
    odds = jnp.maximum(odds, 1e-3)

    def over(k: Array | float) -> Array:
        d = (jnp.log(odds / k) - 0.5 * uneven**2) / uneven
        return odds * norm.cdf(d + uneven) - k * norm.cdf(d)

    return jnp.clip((over(1.0) - over(full)) / (full - 1.0), 0.0, 1.0)


def digging(weeks: Array, entrench: Array, effect: Array) -> Array:
    """Defender's multiplier after `weeks` of entrenchment: 1 + entrench * (1 - exp(-weeks/effect)).

    >>> float(digging(jnp.float32(0.0), jnp.float32(0.4), jnp.float32(4.0)))
    1.0
    """
    return 1.0 + entrench * (1.0 - jnp.exp(-weeks / effect))


def disabled(
    there: Array, hit: Array, fraction: Array, fragile: Array, km: Array, most: Array | float
) -> tuple[Array, Array]:
    """Equipment hit, and broken down, of what is `there`.

    hit: there * (1 - exp(-hit * fraction of men lost)); broken: of the rest,
    min(most, fragile * km-equivalents), `km` already holding the fighting's own wear.

    >>> [round(float(x), 3) for x in disabled(100.0, 4.5, 0.02, 0.3, 1.35, 0.75)]
    [8.607, 37.014]
    """
    struck = there * (1.0 - jnp.exp(-hit * fraction))
    return struck, (there - struck) * jnp.minimum(most, fragile * km)


def closing(rate: Array, tanks: Array, speed: Array) -> Array:
    """Chance that a pocket closes in a week of breakthrough: 1 - exp(-rate * tanks/1000 * speed).

    >>> round(float(closing(0.9, 1000.0, 1.0)), 3)
    0.593
    """
    return 1.0 - jnp.exp(-rate * tanks / 1000.0 * speed)


def draw_luck(key: Array, fronts: int) -> Luck:
    """A week's luck on every front."""
    normal = jax.random.normal(key, (3 + 2 * _ARMS, fronts))
    return Luck(normal[0], normal[1], normal[2], normal[3::2], normal[4::2])


def faded(fortune: Array, plans: Array, world: World) -> Array:
    """A front's lasting luck a week later [axis]: of plans and commanders, who change.

    First order autoregressive: fortune * r + luck_lasting * sqrt(1 - r**2) * draw, r =
    exp(-1 / luck_weeks), so its spread stays what it was at the start.
    """
    c = world.coefficient
    stays = jnp.exp(-1.0 / c.luck_weeks)
    return stays * fortune + c.luck_lasting * jnp.sqrt(1.0 - stays**2) * plans


def contest(state: State, world: World, luck: Luck) -> Contest:
    """Odds: strength, times what ground, works and surprise make of it (`holding`), times luck.

    Losses are exchanged at strengths, as on a dry day, * holding ** posture * luck * (own quality /
    the enemy's) ** lethal: skill kills beyond what it adds to strength (Dupuy: losses go with the
    square of combat effectiveness). Frost and mud stop engines; who lies in a village shoots. How
    far posture kills is in doubt: not at all in 300 battles (to the power -0.10 +- 0.15; CDB90),
    which were begun where they promised most, by half and more in staff rules (three attackers for
    two defenders; Epstein, Posen).
    """
    c = world.coefficient
    muster = strength(state, world)
    jut = jutting(state, world)
    men, experience = (
        at_ends(shared(x, state.attend, world), world) for x in (state.men, state.experience)
    )
    strong = at_ends(muster, world)
    attack = jnp.minimum(at_ends(state.offensive, world), 1.0)
    hold, caught = holding(state, world, men, attack, jut)
    lucky = jnp.exp(state.fortune + c.luck_weekly * luck.odds)
    clad = this_week(world.quality_week, state.week)[:, None]
    warm = at_ends(muster / clad, world)
    odds, exchange = (matched(x, lucky) for x in (strong * hold, warm * hold**c.posture))
    contact = state.hostile * ((strong[0] > 1.0) & (strong[1] > 1.0))

    opening = jnp.where(jnp.any(caught, axis=0), c.opening, 1.0)
    pulse = jnp.exp(c.pulse * luck.pulse - 0.5 * c.pulse**2)
    season = this_week(world.pace_week, state.week)
    tempo = pulse * season**c.weather
    fights = jnp.maximum(attack[0], attack[1])
    intensity = contact * tempo * (c.quiet + (opening - c.quiet) * fights)
    skill = jnp.maximum(quality(men, experience), 0.05)
    exchange = exchange * (skill / skill[::-1]) ** c.lethal
    fresh = jnp.minimum(state.rested / c.regroup_weeks, 1.0)
    each = firing(state, world), driving(state, world), fresh, clad
    weigh = jnp.maximum(strong, 1e-3)
    fire, fuel, massed, clad = (at_ends(muster * x, world) / weigh for x in each)
    able = jnp.maximum(skill * clad, 0.05)
    return Contest(
        muster,
        strong,
        attack,
        odds,
        exchange,
        skill,
        able / able[::-1],
        contact,
        intensity,
        season,
        fire,
        fuel,
        massed,
        jut,
    )


def holding(
    state: State, world: World, men: Array, attack: Array, jut: Array
) -> tuple[Array, Array]:
    """What each end's strength counts for [end axis], and which are caught by surprise.

    An end that attacks nowhere holds: hasty * digging * fortification * the enemy's surprise. One
    that stands out from its neighbours guards open flanks, and is turned; ground that is too narrow
    or too wide for its `men` [end axis] counts (`jutting`, `room`).
    """
    c = world.coefficient
    counts, covers = room(men, world)
    dug = state.dug_in * jnp.maximum(1.0 - jut / c.flank_most, 0.0)
    ground = c.hasty * digging(dug, c.entrench, c.dig_weeks) * fortified(state, world) * covers
    early = (state.week - state.outbreak < world.surprised).astype(jnp.float32)[:, None]
    caught = at_ends(early * there(world), world) > 0.0
    hold = jnp.where(attack > 0.0, 1.0, ground * jnp.where(caught, c.surprise, 1.0))
    return hold * counts / (1.0 + c.flank_guard * jut), caught


def fortified(state: State, world: World) -> Array:
    """What fortified zones add to a defence [end axis]; they serve the end on whose side of the
    front they lie, as far as `fort_reach`."""
    c = world.coefficient
    beyond = world.place_km - world.place_axis @ state.front
    works = world.place_fort * jnp.clip(1.0 - jnp.abs(beyond) / c.fort_reach, 0.0, 1.0)
    side = jnp.stack([1.0 - jnp.sign(beyond), 1.0 + jnp.sign(beyond)]) / 2.0
    return 1.0 + c.fort * (side * works) @ world.place_axis


def matched(strong: Array, lucky: Array) -> Array:
    """Odds of each end over the other [end axis] by what counts there, `strong` [end axis], and the
    luck of the west [axis]. Each end counts as one man at least: where there is nobody, neither is
    favoured."""
    west, east = jnp.maximum(strong, 1.0)
    odds = jnp.clip(lucky * west / east, 0.02, 50.0)
    return jnp.stack([odds, 1.0 / odds])


def jutting(state: State, world: World) -> Array:
    """How far each end of an axis stands out from its neighbours on axes at war, in widths of what
    lies between, summed over neighbours [end axis].

    Of two ends that face each other at most one juts out towards a neighbour: the salient's. It
    spreads its men over the flank too, strength / (1 + flank_guard * jut); its advance slows and
    its digging counts for less, to nothing at `flank_most`. Left out: whether anybody strikes the
    flank.
    """
    near = (world.flank != 0.0).astype(jnp.float32)
    at_war = (near @ state.hostile > 1.5).astype(jnp.float32)
    lead = at_war * (world.flank @ state.front) / jnp.maximum(world.flank_km, 1.0)
    one, other = jnp.maximum(world.flank, 0.0).T, jnp.maximum(-world.flank, 0.0).T
    ahead, behind = jnp.maximum(lead, 0.0), jnp.maximum(-lead, 0.0)
    return jnp.stack([one @ ahead + other @ behind, one @ behind + other @ ahead])


def room(men: Array, world: World) -> tuple[Array, Array]:
    """Of the `men` at each end [end axis] of an axis as wide as it is, the share that finds room to
    fight, and the share of the ground that they cover in defence; 1 where no width is said.

    min(1, density_most * width / men), min(1, men / (density_least * width)): troops to space, by
    Liddell Hart (1960) and Posen (1984: 25 to 50 km a division in defence, 7 to 15 in attack).
    """
    c = world.coefficient
    wide = world.width > 0.0
    most, least = (x * world.width for x in (c.density_most, c.density_least))
    counts = jnp.where(wide, jnp.minimum(most / jnp.maximum(men, 1.0), 1.0), 1.0)
    return counts, jnp.where(wide, jnp.minimum(men / jnp.maximum(least, 1.0), 1.0), 1.0)


def exchanged(state: State, world: World, fight: Contest) -> Array:
    """Share of its men that each end loses [end axis]: Helmbold's, at the odds of midweek."""
    c = world.coefficient
    rate = c.attrition * fight.intensity
    halfway = midweek(rate, fight.exchange[0], c.helmbold)
    halfway = jnp.stack([halfway, 1.0 / halfway])
    return attrition(rate * fight.fire[::-1], 1.0, halfway, c.helmbold)


def toll(state: State, world: World, fight: Contest, suffered: Array) -> Toll:
    """Casualties, each end losing the share `suffered` [end axis] of its men, and the sick.

    Cold and wet, which slow an advance, also make men sick; in quarters at peace few are.
    """
    c = world.coefficient
    men, experience = (shared(x, state.attend, world) for x in (state.men, state.experience))
    fraction = state.engaged * own_end(suffered, world)
    casualties = men * fraction
    killed = world.killed_share[:, None] * casualties
    skill = quality(men, experience)
    ill_rate = c.sickness * jnp.maximum(1.0 + c.foul * (1.0 - fight.season), 0.0)
    ill_rate = ill_rate * jnp.where(state.engaged > 0.0, 1.0, c.calm_sickness)
    sickened = there(world) * ill_rate * (men - casualties)
    left_out = casualties + sickened + c.cadre_loss * killed
    return Toll(
        fraction,
        killed,
        casualties - killed,
        sickened,
        skill,
        men - casualties - sickened,
        jnp.maximum(experience - skill * left_out, 0.0),
    )


def able(world: World, fight: Contest) -> Array:
    """How far an end's orders and fuel let it advance, and its neighbours whom it leaves behind, as
    a share [end axis]."""
    linked = jnp.maximum(1.0 - fight.jut / world.coefficient.flank_most, 0.0)
    return fight.fuel * fight.attack * linked


def struck(world: World, fight: Contest) -> Array:
    """Odds of each end on the sectors that it attacks [end axis]: those of a concentration, until
    the enemy's reserves have come there and it meets the odds of the whole front (Posen; Biddle's
    differential concentration).
    """
    c = world.coefficient
    main = main_odds(fight.odds, c.main_share, c.hold_ratio)
    return fight.lead**c.manoeuvre * (fight.odds + fight.massed * (main - fight.odds))


def speeds(state: State, world: World, fight: Contest) -> Array:
    """Share of the fastest advance at which each end breaks through [end axis]."""
    c = world.coefficient
    return able(world, fight) * breakthrough(struck(world, fight), c.full_odds, c.uneven)


def moved(state: State, world: World, fight: Contest, speed: Array, men: Array) -> Array:
    """Where the fronts stand a week on [axis]: pushed at `speed` [end axis], or let go by `men`
    [power axis] who are free to withdraw; nobody goes beyond his goal, or off the axis."""
    c = world.coefficient
    free = jnp.minimum(at_ends(jnp.maximum(-state.stand, 0.0) * (men > 1.0), world), 1.0)
    give = c.withdraw * fight.contact
    move = c.pace * (world.going * fight.season) * fight.contact * (speed[0] - speed[1])
    move = move + give * (fight.attack[0] * free[1])
    move = move - give * (fight.attack[1] * free[0])
    runs = state.offensive > 0.0
    most = jnp.max(jnp.where(runs & (world.end > 0.0), state.goal, -jnp.inf), axis=0)
    least = jnp.min(jnp.where(runs & (world.end < 0.0), state.goal, jnp.inf), axis=0)
    front = jnp.minimum(state.front + move, jnp.maximum(state.front, most))
    front = jnp.maximum(front, jnp.minimum(state.front, least))
    return jnp.clip(front, world.low, world.high)


def wear(state: State, world: World, fight: Contest, fraction: Array, move: Array) -> Wear:
    """Equipment hit (with the `fraction` of men lost [power axis]), broken down, and left behind
    by whoever gives ground as the front moves by `move` km [axis]."""
    c = world.coefficient
    kit, workshop = (parted(x, state.attend, world) for x in (state.equipment, state.workshop))
    end = of_contingents(world.end, world)
    push = end * (world.contingent_axis @ move) / c.rout
    wins, yields = (jnp.clip(x, 0.0, 1.0)[:, None] for x in (push, -push))
    toil = c.toil * fight.intensity + jnp.abs(move) / 100.0
    struck, broken = disabled(
        kit,
        c.vulnerable * world.hit[None, :],
        of_contingents(fraction, world)[:, None],
        c.breakdown * world.fragile[None, :] * (contingent_power(world) @ world.wear)[:, None],
        (jnp.abs(end) * (world.contingent_axis @ toil))[:, None],
        c.breakdown_most,
    )
    left = c.left_holding + (c.left_retreating - c.left_holding) * yields
    left_hit = left + (world.off_hit[None, :] - c.left_holding) * wins
    left_broken = left + (world.off_broken[None, :] - c.left_holding) * wins
    gone = struck * left_hit + broken * left_broken
    towed = struck + broken - gone
    overrun = workshop * jnp.minimum(c.overrun * yields * jnp.abs(push)[:, None], 1.0)
    mended = (workshop - overrun) * c.repair
    return Wear(
        kit - struck - broken + mended,
        workshop - overrun - mended + towed,
        gone + overrun,
        (gone + overrun) * yields,
    )


def trapped(state: State, world: World, fight: Contest, speed: Array, luck: Luck) -> Array:
    """Share of each loser that the pockets closed this week hold [power axis]."""
    c = world.coefficient
    armour = of_powers(parted(state.equipment, state.attend, world) @ world.armour, world)
    open_ground = jnp.maximum(speed - c.pocket_speed, 0.0) / (1.0 - c.pocket_speed)
    drive = speed * open_ground * (world.going * fight.season)
    chance = closing(c.close, fight.skill * at_ends(armour, world), drive)
    closes = norm.cdf(luck.close)[None] < chance[:, None]
    stand = jnp.where(state.stand > 0.0, c.stand_fast, c.stand_free) * state.stand
    spread = c.trapped + c.trapped_spread * luck.trap
    held = jnp.clip(spread[:, None, :] + stand[None], 0.0, c.trapped_most)
    # An arm traps those across the axis from whoever drives it.
    caught = own_end(closes[::-1].astype(jnp.float32), world)
    return jnp.sum(caught * held, axis=0) / _ARMS


def strayed(world: World, move: Array) -> Array:
    """Share of its men that an end leaves behind to be taken [power axis] as the front moves by
    `move` km [axis]: 1 - exp(-stray * km of retreat / 100).

    Who retreats loses the wounded, the cut off and the weary; who advances loses none.
    """
    retreat = jnp.maximum(-world.end * move, 0.0)
    return 1.0 - jnp.exp(-world.coefficient.stray * retreat / 100.0)


def pockets(
    state: State, world: World, fight: Contest, share: Array, stray: Array, cost: Toll, kit: Wear
) -> Ring:
    """What is encircled is taken, where there is anyone to take it, or breaks out, or is free once
    the war there is over; new pockets close round a `share` of men and equipment [power axis]. Of
    the men outside them a share `stray` [power axis] is taken too."""
    c = world.coefficient
    taken = jnp.where(own_end(fight.strong[::-1], world) > 1.0, c.liquidate, 0.0)
    out = jnp.where(state.engaged > 0.0, (1.0 - taken) * c.break_out, 1.0)
    kept = 1.0 - taken - out
    men = cost.men + out * state.pocket_men
    experience = cost.experience + out * state.pocket_experience
    took, leave, hold, ring = (of_contingents(x, world)[:, None] for x in (taken, out, kept, share))
    equipment = kit.equipment + leave * state.pocket_kit
    stays = (1.0 - share) * (1.0 - stray)
    return Ring(
        stays * men,
        stays * experience,
        equipment - ring * equipment,
        kept * state.pocket_men + share * men,
        kept * state.pocket_experience + share * experience,
        hold * state.pocket_kit + ring * equipment,
        taken * state.pocket_men + (1.0 - share) * stray * men,
        took * state.pocket_kit,
    )


def spoils(world: World, fight: Contest, kit: Wear, ring: Ring) -> tuple[Array, Array]:
    """Prisoners [captor power] and usable booty [power item]: they go to the other end's powers by
    their strength there."""
    takes = fight.muster / jnp.maximum(own_end(fight.strong, world), 1.0)
    end, takes, captured = (
        of_contingents(x, world)[:, None] for x in (world.end, takes, ring.captured)
    )
    owner = contingent_power(world)

    def taken(left: Array) -> Array:
        """What powers [power ...] get of what contingents leave [contingent ...]."""
        west, east = (world.contingent_axis.T @ jnp.where(end == x, left, 0.0) for x in (1.0, -1.0))
        west, east = (world.contingent_axis @ x for x in (west, east))
        across = jnp.where(end > 0.0, east, jnp.where(end < 0.0, west, 0.0))
        return owner.T @ (takes * across)

    return taken(captured * owner), taken(kit.abandoned + ring.seized_kit) @ world.becomes


def expended(state: State, world: World, fight: Contest, share: Array) -> Array:
    """Munitions fired with the intensity of the fighting, fuel burned with the effort, and what is
    lost with a `share` of the men encircled [power axis], t [power axis good]. Who has less than a
    week's full use rations it."""
    c = world.coefficient
    fired, burned = full_use(state, world)
    quiet = c.use_quiet / c.use_attacking
    effort = quiet + (1.0 - quiet) * state.offensive
    wants = fight.intensity[None, :, None] * fired + effort[..., None] * burned
    rationed = in_dumps(state, fired + burned) * wants
    used = jnp.minimum(state.engaged[..., None] * rationed, state.dump)
    return used + share[..., None] * (state.dump - used)


@dataclass(frozen=True)
class Formulas:
    """The parts of a week's fighting, each of which a rival theory may replace:
    `WEEK | {"combat": step_with(Formulas(exchanged=mine))}`."""

    contest: Callable[[State, World, Luck], Contest] = contest
    exchanged: Callable[[State, World, Contest], Array] = exchanged
    toll: Callable[[State, World, Contest, Array], Toll] = toll
    speeds: Callable[[State, World, Contest], Array] = speeds
    moved: Callable[[State, World, Contest, Array, Array], Array] = moved
    wear: Callable[[State, World, Contest, Array, Array], Wear] = wear
    trapped: Callable[[State, World, Contest, Array, Luck], Array] = trapped
    strayed: Callable[[World, Array], Array] = strayed
    pockets: Callable[[State, World, Contest, Array, Array, Toll, Wear], Ring] = pockets
    spoils: Callable[[World, Contest, Wear, Ring], tuple[Array, Array]] = spoils


def step_with(formulas: Formulas) -> Callable[[State, World, Array], State]:
    """The week's fighting on every front by some formulas."""
    f = formulas

    def step(state: State, world: World, key: Array) -> State:
        luck = draw_luck(key, state.front.shape[0])
        # Who is at war with nobody across an axis stands at neither end of it.
        fronts = replace(world, end=world.end * state.engaged)
        fight = f.contest(state, fronts, luck)
        cost = f.toll(state, world, fight, f.exchanged(state, world, fight))
        speed = f.speeds(state, world, fight)
        front = f.moved(state, fronts, fight, speed, cost.men)
        move = front - state.front
        kit = f.wear(state, fronts, fight, cost.fraction, move)
        share = f.trapped(state, fronts, fight, speed, luck)
        ring = f.pockets(state, fronts, fight, share, f.strayed(fronts, move), cost, kit)
        prisoners, seized = f.spoils(fronts, fight, kit, ring)
        spent = expended(state, world, fight, share)
        ill = cost.wounded + cost.sickened
        hurt, wisdom = jnp.sum(ill, axis=1), jnp.sum(cost.skill * ill, axis=1)

        def back(left: Array, before: Array) -> Array:
            return rejoined(left, state.attend, before, world)

        return state.replace(
            men=back(ring.men, state.men),
            experience=back(ring.experience, state.experience),
            pocket_men=ring.pocket_men,
            pocket_experience=ring.pocket_experience,
            pocket_kit=ring.pocket_kit,
            equipment=reunited(ring.equipment, state.attend, state.equipment, world),
            workshop=reunited(kit.workshop, state.attend, state.workshop, world),
            hospital=admitted(state.hospital, hurt),
            hospital_experience=admitted(state.hospital_experience, wisdom),
            dead=state.dead + jnp.sum(cost.killed, axis=1),
            prisoners=state.prisoners + prisoners,
            depot=state.depot + seized,
            front=front,
            fortune=faded(state.fortune, luck.plans, world),
            dug_in=(state.dug_in + 1.0) * jnp.exp(-jnp.abs(move) / world.coefficient.rout),
            killed=cost.killed,
            wounded=cost.wounded,
            sickened=cost.sickened,
            captured=ring.captured,
            seized=seized,
            lost=contingent_power(world).T @ (kit.gone + ring.seized_kit),
            dump=state.dump - spent + state.issued,
            spent=spent,
            intensity=fight.intensity,
            advanced=move,
        )

    return step


step = step_with(Formulas())
