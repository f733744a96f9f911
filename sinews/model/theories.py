"""Rival theories of combat: how losses are exchanged, and how fast the front goes.

Each is two formulas in the place of two of `combat`: the share of its men that an end loses in a
week (`exchanged`), and the share of the fastest advance at which it goes (`speeds`). All else of
the week goes on as it is: odds and luck, orders, supply, pockets, equipment, withdrawals. `step`
fights by the theory that a member's coefficients name, so that one program runs all of them.

What all depart in: their units are divisions and days, the model's fronts and weeks. A day's rate
holds for seven, for the men in contact alone; each season, pulse and lack of shells counts as it
does in the shipped law. They know one attacker: where both ends attack, or neither, each end's
losses are the mean of an attacker's and a defender's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import jax.numpy as jnp
from jax import Array

from sinews.model import combat
from sinews.model.coefficients import THEORIES, RivalCoefficients
from sinews.model.combat import Contest, Formulas, able, struck
from sinews.model.state import State
from sinews.model.world import World

Formula = Callable[[State, World, Contest], Array]

_DAYS = 7


def own(world: World) -> RivalCoefficients:
    """A member's coefficients with those of the rival theories."""
    assert isinstance(world.coefficient, RivalCoefficients), "the scenario has no rival theory"
    return world.coefficient


def attacker(fight: Contest) -> Array:
    """How far each end is the attacker [end axis]: 1 or 0, half each where both are or neither."""
    both = fight.attack[0] + fight.attack[1]
    return jnp.where(both > 0.0, fight.attack / jnp.maximum(both, 1e-6), 0.5)


def lost(fight: Contest, attacking: Array, defending: Array) -> Array:
    """Share of its men that each end loses [end axis] of a week's rates as attacker and defender:
    1 - exp(-rate), with the intensity of the fighting and the enemy's shells."""
    role = attacker(fight)
    rate = role * attacking + role[::-1] * defending
    return -jnp.expm1(-rate * fight.intensity * fight.fire[::-1])


def tabled(x: Array, points: Sequence[tuple[float, float]]) -> Array:
    """A table's value at x, straight between its points and level beyond them.

    >>> float(tabled(jnp.float32(1.5), [(1.0, 4.0), (2.0, 6.0), (3.0, 10.0)]))
    5.0
    """
    y = jnp.zeros_like(x) + points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        y = y + jnp.clip((x - x0) / (x1 - x0), 0.0, 1.0) * (y1 - y0)
    return y


def lanchester(exponent: float) -> Formula:
    """Lanchester's law as a case of Helmbold's: W = 1 the square law, dx/dt = -a y, which keeps
    b x^2 - a y^2; W = 1/2 the linear, which keeps b x - a y.

    Source: Lanchester, Aircraft in Warfare (1916). Departs: strengths hold the equipment, and skill
    kills as `lethal` has it; the linear law is in shares, so losses do not grow with the scale.
    """

    def exchanged(state: State, world: World, fight: Contest) -> Array:
        c = replace(world.coefficient, helmbold=exponent)
        return combat.exchanged(state, replace(world, coefficient=c), fight)

    return exchanged


def adapted(
    opens: Array,
    bears_attacking: Array,
    bears_defending: Array,
    exchange: Array,
    odds: Array,
    withdraws: Array,
) -> tuple[Array, Array, Array]:
    """A week of Epstein's adaptive dynamic model: what an attacker and a defender lose in it, over
    their strength as it begins, and the mean withdrawal as a share w of the fastest.

    Each day the attacker loses the share a = P (1 - w) of what he has, the defender 1/`exchange`
    as much strength; then

        P += (A - P) / A * (A - a),    w += (1 - w) / (1 - D) * (d - D) if d > D, else 0

    d being the defender's loss of the day as a share, A `bears_attacking`, D `bears_defending`: who
    loses more than he bears trades ground for losses. `odds` are the attacker's.

    Source: Epstein, The Calculus of Conventional War (1985), A-1 to A-7, without air power.

    >>> week = adapted(*map(jnp.float32, (0.02, 0.075, 0.05, 1.5, 1.0, 0.0)))
    >>> [round(float(x), 3) for x in week]
    [0.346, 0.23, 0.0]
    """
    press, giving = jnp.minimum(opens, bears_attacking), withdraws
    one, other = jnp.ones_like(odds), 1.0 / odds  # in strengths of the attacker's at first
    gone = jnp.zeros_like(odds)
    for _ in range(_DAYS):
        gone = gone + giving / _DAYS
        a = press * (1.0 - giving)
        costs = jnp.minimum(a * one / exchange, other)
        d = costs / jnp.maximum(other, 1e-9)
        one, other = one * (1.0 - a), other - costs
        press = press + (bears_attacking - press) / bears_attacking * (bears_attacking - a)
        more = (1.0 - giving) / (1.0 - bears_defending) * (d - bears_defending)
        giving = jnp.where(d > bears_defending, jnp.minimum(giving + more, 1.0), 0.0)
    return 1.0 - one, 1.0 - other * odds, gone


def _adapted(state: State, world: World, fight: Contest) -> tuple[Array, Array, Array]:
    """The same of each end as the attacker [end axis]."""
    c = own(world)
    fastest = c.pace * (world.going * jnp.maximum(fight.season, 0.1))
    # How far it drove its enemy last week, who goes on from there.
    drove = jnp.clip(jnp.stack([state.advanced, -state.advanced]) / fastest, 0.0, 1.0)
    given = (c.prosecution, c.bears_attacking, c.bears_defending, c.exchange)
    return adapted(*given, fight.exchange, drove)


def epstein_losses(state: State, world: World, fight: Contest) -> Array:
    """Losses of Epstein's week (`adapted`), of the share `contact` of a front's men.

    Departs: a week's withdrawal begins where the last one's move left it, the attacker's pressing
    anew at `prosecution`; quality counts in the odds as it does in the shipped law.
    """
    c = own(world)
    attacking, defending, _ = _adapted(state, world, fight)
    return lost(fight, c.contact * attacking, c.contact * defending[::-1])


def epstein_speeds(state: State, world: World, fight: Contest) -> Array:
    """The front goes as the defender withdraws, and no faster than orders and fuel let the
    attacker follow."""
    return able(world, fight) * _adapted(state, world, fight)[2]


def posen_holds(state: State, world: World, fight: Contest) -> tuple[Array, Array]:
    """Whether each end has the men that its assault needs, and what share of its front its enemy
    can hold [end axis]; 1 where no width is said.

    An attacker needs `assault_men` on each km of the `assault_share` of the front and `cover_men`
    elsewhere and on his flanks; a defender `defend_men` on each km, his works, luck and skill
    counting as men.
    """
    c = own(world)
    flanks = c.cover_men * world.width * fight.jut
    needs = world.width * (c.assault_share * c.assault_men + (1.0 - c.assault_share) * c.cover_men)
    has = (fight.strong >= needs + flanks).astype(jnp.float32)
    # What the enemy's men come to in defence: his odds are against this end's strength.
    worth = fight.strong / fight.odds
    holds = worth / jnp.maximum(c.defend_men * world.width, 1.0)
    wide = world.width > 0.0
    return jnp.where(wide, has, 1.0), jnp.where(wide, jnp.clip(holds, 0.0, 1.0), 1.0)


def posen_losses(state: State, world: World, fight: Contest) -> Array:
    """Posen's attrition-FEBA expansion: the units in the assault lose `assault_loss` a day, whoever
    stands before them; the defender one for `exchange` of theirs.

    Where an end has not the men that an assault needs it makes none, and loses as on a quiet front.
    Source: Posen, Measuring the European Conventional Balance (1984), as coded by Tecott and
    Halterman (2021), without air power. Departs: a division is 20,000 men of quality 1; the
    exchange is of men of equal skill.
    """
    c = own(world)
    has, _ = posen_holds(state, world, fight)
    assault = c.assault_share * c.assault_men * world.width / jnp.maximum(fight.strong, 1.0)
    share = jnp.minimum(jnp.where(world.width > 0.0, assault, 2.0 * c.assault_share), 1.0)
    attacking = _DAYS * c.assault_loss * share * (has + (1.0 - has) * c.quiet)
    defending = attacking * fight.exchange / c.exchange
    return lost(fight, attacking, defending[::-1])


def posen_speeds(state: State, world: World, fight: Contest) -> Array:
    """An assault goes `creep` km a day against who holds his front, `burst` against who cannot."""
    c = own(world)
    has, holds = posen_holds(state, world, fight)
    velocity = c.burst + (c.creep - c.burst) * holds
    return able(world, fight) * has * jnp.minimum(_DAYS * velocity / c.pace, 1.0)


# Factor on casualties by own power over the enemy's; and km a day of mechanised divisions against
# a hasty defence, half as many against a prepared one (Numbers, Predictions and War, tables).
OPPOSITION = (
    (0.1, 2.5), (0.15, 2.0), (0.24, 1.7), (0.34, 1.5), (0.44, 1.4), (0.54, 1.3), (0.64, 1.2),
    (0.74, 1.1), (0.89, 1.0), (0.99, 0.95), (1.24, 0.9), (1.49, 0.85), (1.74, 0.8), (1.99, 0.75),
    (2.49, 0.7), (2.99, 0.65), (3.99, 0.6), (4.49, 0.55), (4.99, 0.5), (5.99, 0.45), (6.0, 0.4),
)  # fmt: skip
ADVANCE = (
    (0.99, 0.0), (1.0, 4.0), (1.11, 4.5), (1.26, 5.0), (1.46, 7.5), (1.76, 10.0), (2.26, 13.0),
    (3.01, 16.0), (4.26, 30.0), (6.0, 48.0),
)  # fmt: skip


def dupuy_losses(state: State, world: World, fight: Contest) -> Array:
    """Dupuy's Quantified Judgment Model: a day's rate of attacker or defender, times the factors of
    size and of opposition (by the ratio of powers), times the enemy's combat effectiveness over
    one's own, at most 1.5: between two sides it counts by its square.

    Sources: Dupuy, Numbers, Predictions and War (1979) and Understanding War (1987); Lawrence on
    the TNDM (1996). Departs: power is the odds by which fronts move, which hold posture, surprise
    and skill; a defender's 0.85 for his posture is in his rate's range.
    """
    c = own(world)
    skill = fight.skill / fight.skill[::-1]
    factor = _DAYS * c.size * tabled(fight.odds, OPPOSITION) * jnp.clip(1.0 / skill, 1 / 1.5, 1.5)
    return lost(fight, c.attacker_loss * factor, c.defender_loss * factor)


def dupuy_speeds(state: State, world: World, fight: Contest) -> Array:
    """Dupuy's rates of advance by the ratio of powers on the sectors attacked (Davis's), halved as
    the defence is prepared: by 1 + 1 - exp(-weeks dug in / `dig_weeks`)."""
    c = own(world)
    prepared = 2.0 - jnp.exp(-state.dug_in / c.dig_weeks)
    velocity = c.march * tabled(struck(world, fight), ADVANCE) / prepared
    return able(world, fight) * jnp.minimum(_DAYS * velocity / c.pace, 1.0)


@dataclass(frozen=True)
class Theory:
    """A theory of combat: two formulas, and in whose name."""

    title: str
    exchanged: Formula = combat.exchanged
    speeds: Formula = combat.speeds

    @property
    def formulas(self) -> Formulas:
        """For `combat.step_with`."""
        return Formulas(exchanged=self.exchanged, speeds=self.speeds)


FORMULAS: dict[str, Theory] = {
    "helmbold": Theory("Helmbold, as shipped"),
    "lanchester-square": Theory("Lanchester's square law", lanchester(1.0)),
    "lanchester-linear": Theory("Lanchester's linear law", lanchester(0.5)),
    "epstein": Theory("Epstein's adaptive model", epstein_losses, epstein_speeds),
    "posen": Theory("Posen's attrition and FEBA", posen_losses, posen_speeds),
    "dupuy": Theory("Dupuy's QJM", dupuy_losses, dupuy_speeds),
}


def _chosen(name: str) -> Formula:
    """A formula as the theory has it that a member's coefficients name."""

    def formula(state: State, world: World, fight: Contest) -> Array:
        each = [getattr(FORMULAS[theory], name) for theory in THEORIES]
        told = {f: f(state, world, fight) for f in each}
        which, out = own(world).theory, told[each[0]]
        for place, f in enumerate(each):
            out = jnp.where(which == place, told[f], out)
        return out

    return formula


step = combat.step_with(Formulas(exchanged=_chosen("exchanged"), speeds=_chosen("speeds")))
