"""Axes, the fronts on them, and the ground that a side has won."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sinews.web.map.canvas import Canvas
from sinews.web.map.geography import Point
from sinews.web.map.shapes import Shape, apart, curve_through, line, moved_by

_REACH = 1250.0  # km between fronts that one line joins
_STEPS = 14
_CREPT = 5.0  # km; a front that moved less stands where it stood


def draw_fronts(canvas: Canvas) -> None:
    """Shades, axes, and where fronts stand and stood."""
    chains = _chains(canvas)
    for chain in chains:
        _shade(canvas, chain)
    for axis, places in canvas.ground.lines.items():
        canvas.line("axis", line([at for _, at in places]), canvas.title(axis))
    for chain in chains:
        stands = _stands(canvas, chain, 1.0)
        if any(abs(canvas.known.change(f"front:{a}") or 0.0) >= _CREPT for a in chain):
            before = curve_through(_stands(canvas, chain, 1.0, then=True))
            canvas.line("ghost", before, "Where it stood at the turn before")
        canvas.line("front", curve_through(stands), "The front", clear=_between(stands))
    for axis in canvas.axes:
        if not canvas.hostile(axis):
            stands = _stands(canvas, [axis], 1.0)
            words = f"{canvas.title(axis)}: at peace"
            canvas.line("border", line(stands), words, clear=_between(stands))


def half(canvas: Canvas) -> float:
    """How far a front is drawn to either side of its axis."""
    if canvas.ground.sheet is None:
        return 30.0
    return min(max(130.0 * canvas.ground.scale, 12.0), 62.0)


def _chains(canvas: Canvas) -> list[list[str]]:
    """Axes whose fronts one line joins: at war, between the same powers, and near."""
    war = [axis for axis in canvas.axes if canvas.hostile(axis)]
    if not war:
        return []
    ways = [canvas.ground.across(axis, canvas.km(axis))[1] for axis in war]
    x, y = (sum(way[i] for way in ways) for i in (0, 1))
    war.sort(key=lambda axis: canvas.front(axis)[0] * x + canvas.front(axis)[1] * y)
    chains = [[war[0]]]
    for axis in war[1:]:
        last = chains[-1][-1]
        gap = apart(canvas.front(last), canvas.front(axis))
        charted = canvas.ground.sheet is not None
        same = _sides(canvas, last) & _sides(canvas, axis)
        if charted and same and gap < _REACH * canvas.ground.scale:
            chains[-1].append(axis)
        else:
            chains.append([axis])
    return chains


def _sides(canvas: Canvas, axis: str) -> set[tuple[str, str]]:
    """Who stands against whom."""
    theatre = canvas.scenario.theatres[axis]
    return {(west, east) for west in theatre.west for east in theatre.east}


def _stands(canvas: Canvas, chain: Sequence[str], share: float, then: bool = False) -> list[Point]:
    """The line of a chain's fronts, a share of the way from the frontier to where they are."""
    out: list[Point] = []
    for i, axis in enumerate(chain):
        name = f"front:{axis}"
        now = (canvas.known.then(name) if then else canvas.known.now(name)) or 0.0
        border = canvas.scenario.theatres[axis].frontier.middle
        km = border + (now - border) * share
        at, (_, across) = canvas.ground.front(axis, km), canvas.ground.across(axis, km)
        if i == 0:
            out.append(moved_by(at, across, -half(canvas)))
        out.append(at)
        if i == len(chain) - 1:
            out.append(moved_by(at, across, half(canvas)))
    return out


def _shade(canvas: Canvas, chain: Sequence[str]) -> None:
    """The ground that a side has won of the other since the start."""
    theatres = canvas.scenario.theatres
    won = sum(canvas.km(axis) - theatres[axis].frontier.middle for axis in chain)
    if abs(won) < 1.0:
        return
    steps = [_stands(canvas, chain, i / _STEPS) for i in range(_STEPS + 1)]
    # Round the ground: along the frontier, up one edge, back along the front, down the other.
    ring = curve_through(steps[0])
    for part in (
        [step[-1] for step in steps],
        steps[-1][::-1],
        [step[0] for step in reversed(steps)],
    ):
        ring += "L" + curve_through(part)[1:]
    side = "west" if won > 0 else "east"
    words = f"Won by the {side} since the start"
    canvas.out.shades.append(Shape(f"won {side}", ring + "z", words))


def _between(points: Sequence[Point]) -> list[Point]:
    """Points along a line, close enough for labels to keep off it."""
    out: list[Point] = []
    for one, two in pairwise(points):
        count = max(int(apart(one, two) // 9.0), 1)
        out += [
            moved_by(one, (two[0] - one[0], two[1] - one[1]), i / count) for i in range(count + 1)
        ]
    return out
