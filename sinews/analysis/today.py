"""Members that begin where a campaign stands, as one power knows it.

What the power knows is set in every member to what is: its own forces, stocks and orders, fronts,
who holds what and who is at war. What it believes, the strength across its fronts, is what staffs
like its own would find there. What is hidden and slow, coefficients, the enemy's reserves and
works, lasting luck, is that of members which told what was seen, drawn again by how well they did.
All is set at once, before the next week: from there on the laws hold as they always do.

A belief is not drawn with the doubt that the staff has of it. Staffs of the model are surer than
they should be and hear late, in the members as in truth: of ten weeks of the Eastern Front their
doubt is 0.16 in logs and their errors 0.3. How they err is known, since of members both are: a
strength S moves from what its own staff believed, B, towards what is believed now, B', as far as
strengths go along with beliefs among members,

    log S' = log S + K (log B' - log B),    K = cov(log S, log B) / var(log B)

and keeps what its own staff did not know of it. Source: the update of an ensemble Kalman filter
(Evensen, Sequential data assimilation with a nonlinear quasi-geostrophic model, 1994). Whether the
bands of such members hold what they say is measured by `tools/forecasts.py`.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.branching import SharedPast
from sinews.analysis.filtering import drawn_again, tempered
from sinews.engine.probes import numbers_of, places_of
from sinews.engine.simulate import BLOCK, Paused, rewritten, world_of
from sinews.engine.situation import Situation, seen_in, set_in
from sinews.engine.unknowns import unknowns
from sinews.model.world import axis_theatre, opposed

Floats = NDArray[np.float64]

# Share of the members that count at the least: 64 of 512 (judged).
_LEAST = 1 / 8
# Every so many weeks are members held against what was seen.
_LOOK_BACK = 4
# By how many standard deviations all numbers would have to be further off for a member to be as
# unlike what is seen as by one thing that is not as all know it to be (judged).
_AGAINST = 0.45
# What is or is not, as all know: who holds what, who is at war, who has broken.
_PLAIN = ("held", "ceded", "hostile", "war", "collapsed")
# Fewer men are taken for none.
_SOME = 1.0


def from_today(trunk: SharedPast, there: Situation, power: int, count: int) -> SharedPast:
    """So many members of a trunk, where a campaign stands on the trunk's day as a power knows it.
    Those of the trunk have numbers of their own (`filtering.yet_to_start`)."""
    even = np.full(len(trunk.members), 1.0 / len(trunk.members))
    weights, _ = tempered(even, likeness(trunk, there), _LEAST)
    drawn = drawn_again(trunk, weights, unknowns(trunk.compiled), count)
    blocks = [set_in(block, there) for block in _as_believed(drawn, there, power)]
    anew = rewritten(drawn.compiled, drawn.posterior, drawn.seed, blocks)
    return replace(drawn, paused=tuple(seen_in(block, there) for block in anew))


def likeness(trunk: SharedPast, there: Situation) -> Floats:
    """Logs of how well members tell what was seen [member]: normal densities of every visible
    number of every fourth week, in standard deviations of the members, as if each told something of
    its own (`tempered` makes up for what they do not); numbers that are the same in every member
    tell nothing. And what is not as all know it to be."""
    rows, week = trunk.rows, trunk.week
    weeks = range(week % _LOOK_BACK, week + 1, _LOOK_BACK)
    visible = ~np.isnan(there.rows[-1])
    told = rows[weeks][:, visible].reshape(-1, rows.shape[2]).astype(float)
    seen = there.rows[weeks][:, visible].reshape(-1, 1)
    spread = told.std(axis=1, keepdims=True)
    # Rounding in float32 is not a difference between members.
    telling = spread[:, 0] > 1e-5 * np.maximum(np.abs(told).max(axis=1), 1e-9)
    away = ((told[telling] - seen[telling]) / spread[telling]) ** 2
    against = np.zeros(rows.shape[2])
    for name in _PLAIN:
        part = numbers_of(trunk.compiled, name)
        against += ((rows[-1, part] >= 0.5) != (there.rows[-1, part] >= 0.5)[:, None]).sum(axis=0)
    return -0.5 * (away.sum(axis=0) + telling.sum() * _AGAINST**2 * against)


def _as_believed(drawn: SharedPast, there: Situation, power: int) -> Iterator[Paused]:
    """Blocks of members in which what stands across a power's fronts is what it believes, and
    where others' railways end is as far from the front as before."""
    world = world_of(drawn.compiled)
    faces = np.asarray(opposed(world))[power] > 0.0
    # Where it does not stand itself, a power watches those whom it faces elsewhere.
    stands = np.asarray(world.end)[power] != 0.0
    watched = np.where(stands, faces, faces.any(axis=1, keepdims=True))
    theirs, times = _strengths(drawn, there, power, watched)
    at = np.asarray(axis_theatre(world))
    before, after = at.T @ theirs, at.T @ (times * theirs)
    ratio = np.where(before > _SOME, after / np.maximum(before, _SOME), 1.0)
    by_theatre = np.where((watched @ at > 0.0)[..., None], ratio, 1.0)
    by_axis = np.where(watched[..., None], times, 1.0)
    armies = np.einsum("cp,ct,ptm->cm", world.army_power, world.army_theatre, by_theatre)
    own = np.arange(len(watched)) == power
    heard = np.where(own[:, None, None], times, 1.0)
    for number, block in enumerate(drawn.paused):
        state, tally = block.carry
        some = slice(number * BLOCK, (number + 1) * BLOCK)
        moved = (there.state["front"][:, None] - np.asarray(state.front))[None]
        factors = {
            "men": by_theatre[..., some],
            "experience": by_theatre[..., some],
            "equipment": armies[:, None, some],
            "workshop": armies[:, None, some],
            "dump": by_axis[:, :, None, some],
            "report_seen": heard[..., some],
        }
        changed = {n: np.asarray(getattr(state, n)) * x for n, x in factors.items()}
        changed["railhead"] = np.asarray(state.railhead) + moved
        single = {n: x.astype(np.float32) for n, x in changed.items()}
        yield replace(block, carry=(state.replace(**single), tally))


def _strengths(
    drawn: SharedPast, there: Situation, power: int, watched: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """The strength of those that a power watches on each axis, and how many times that is what it
    believes [axis member], padding included."""
    last = np.concatenate([block.rows[-1] for block in drawn.paused], axis=1).astype(float)

    def cells(name: str) -> Floats:
        _, shape = places_of(drawn.compiled)[name]
        return last[numbers_of(drawn.compiled, name)].reshape(*shape, -1)

    theirs = np.einsum("pam,pa->am", cells("strength"), watched.astype(float))
    seen, now = cells("strength_seen")[power], there.state["strength_seen"][power].astype(float)
    times = np.ones_like(theirs)
    for axis in range(len(now)):
        some = (theirs[axis] > _SOME) & (seen[axis] > _SOME)
        if now[axis] > _SOME and some.any():
            believed, true = np.log(seen[axis, some]), np.log(theirs[axis, some])
            apart = believed - believed.mean()
            slope = np.clip(apart @ true / max(apart @ apart, 1e-9), 0.0, 1.0)
            times[axis, some] = np.exp(slope * (np.log(now[axis]) - believed))
    return theirs, times
