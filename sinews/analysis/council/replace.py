"""When output overtakes losses: can the arsenals replace what is lost, and from when on.

A power's intake of an item (made, received from outside, bought) is ahead of its losses in a week
if the intake of the eight weeks past exceeds the losses of the same weeks. It overtakes them for
good in the first week after which it never falls behind again; that it was ahead before, for a
time, is told apart. So is what its own arsenals make, held against the losses by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sinews.analysis.numerals import amount, band, day
from sinews.analysis.odds import LEVELS, Draws, share_error, weeks_at_levels, weeks_reached
from sinews.errors import Mistake, ScenarioError, shown, suggestion

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

WINDOW = 8
"""Weeks over which intake and losses are added up."""

INTAKE = ("made", "received", "bought")


@dataclass(frozen=True)
class Replacement:
    """The answer to "can their arsenals replace the losses, and when?"."""

    who: str
    what: str
    start: date
    weeks: int
    members: int
    lasting: tuple[int | None, ...]
    """Week in which intake overtakes losses for good, at LEVELS of the members; None: not by the
    end."""
    never: float
    """Share of the members in which it does not by the end."""
    error: float
    """Standard error of that share."""
    first: tuple[int | None, ...]
    """Week in which it is ahead first, be it for a time, at LEVELS."""
    relapse: float
    """Share of the members ever ahead that fall behind again before the end."""
    made: tuple[int | None, ...]
    """Week in which its own output overtakes losses for good, at LEVELS."""
    made_never: float
    """Share of the members in which that does not by the end."""
    only_made: bool
    """Whether nothing comes from outside, in any member."""
    trough: tuple[float, ...]
    """The smallest stock, at LEVELS of the members."""
    trough_week: tuple[int, ...]
    """The week of it, at LEVELS."""
    lost: float
    """Lost by the end (median)."""
    given: str = ""
    """What comes about in all these members, in words; nothing if they are all that were run."""

    def on(self, week: int | None) -> date | None:
        """The date that ends a week."""
        return None if week is None else self.start + timedelta(days=7 * week)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""

        def dates(weeks: Sequence[int | None]) -> dict[str, str | None]:
            days = [self.on(week) for week in weeks]
            named = zip(("low", "median", "high"), days, strict=True)
            return {name: when.isoformat() if when else None for name, when in named}

        return {
            "answer": self.sentence(),
            "power": self.who,
            "item": self.what,
            "members": self.members,
            "given": self.given,
            "overtakes": dates(self.lasting),
            "share_never": self.never,
            "standard_error": self.error,
            "ahead_first": dates(self.first),
            "share_relapse": self.relapse,
            "output_overtakes": dates(self.made),
            "output_share_never": self.made_never,
            "trough": dict(zip(("low", "median", "high"), self.trough, strict=True)),
            "trough_date": dates(self.trough_week),
            "lost_median": self.lost,
            "until": (self.start + timedelta(days=7 * self.weeks)).isoformat(),
        }

    def sentence(self) -> str:
        """The answer, with its odds."""
        text = self._said()
        return f"If {self.given} ({self.members:,} campaigns): {text}" if self.given else text

    def _said(self) -> str:
        end = day(self.start + timedelta(days=7 * self.weeks))
        if self.lost <= 0.0 and self.never >= 1.0:
            who = self.who[:1].upper() + self.who[1:]
            return f"{who} loses no {self.what} by {end}: there is nothing to replace."
        times = round(100 * (1.0 - self.never))
        low, middle, high = (self.on(week) for week in self.lasting)
        if middle is None:
            text = f"Not by {end}: in {_times(times)} does {self.who} take in more {self.what} "
            text += "than it loses" + (" for good" if any(self.first) else "")
            text += f", from {day(low)} at the earliest" if low else ""
        else:
            text = f"From about {day(middle)}, {self.who} takes in more {self.what} than it loses"
            latest = f"{day(high)}" if high else f"after {end}"
            text += f" ({day(low or middle)} to {latest} in 90 of 100 campaigns; "
            text += f"by {end} in {'all' if times == 100 else f'{times} of 100'})"
        least = (
            f"{amount(self.trough[1], 'items')} ({band(self.trough[0], self.trough[2], 'items')})"
        )
        when = self.on(self.trough_week[1])
        assert when is not None
        text += self._for_a_time() + self._by_itself()
        return f"{text}; its stock is least, {least}, about {day(when)}."

    def _for_a_time(self) -> str:
        """When it was ahead before, where that is worth telling."""
        when = self.on(self.first[1])
        if when is None or self.relapse < 0.05 or self.first[1] == self.lasting[1]:
            return ""
        text = f"; for a time it is ahead from about {day(when)}, and falls behind again in"
        return f"{text} {100 * self.relapse:.0f} of 100"

    def _by_itself(self) -> str:
        """When its own output overtakes the losses, where it takes in more than it makes."""
        if self.only_made:
            return ""
        when = self.on(self.made[1])
        if when is not None:
            return f"; by what it makes itself from about {day(when)}"
        return f"; by what it makes itself in {_times(round(100 * (1.0 - self.made_never)))}"


def _times(hundredths: int) -> str:
    return "none of 100 campaigns" if not hundredths else f"only {hundredths} of 100 campaigns"


def overtakes(
    lost: ArrayLike,
    intake: ArrayLike,
    stock: ArrayLike,
    start: date,
    who: str = "",
    what: str = "items",
    draw: Draws | None = None,
    made: ArrayLike | None = None,
) -> Replacement:
    """When cumulative `intake` outruns cumulative losses, of [member week] from week 0 on; and the
    part of it that is `made`, all if left out. `draw` [member] is from which each member was drawn.

    >>> lost = [[10.0 * week for week in range(13)]]
    >>> intake = [[0.0] * 3 + [15.0 * week for week in range(10)]]
    >>> stock = [[1000.0 + x - y for x, y in zip(intake[0], lost[0])]]
    >>> answer = overtakes(lost, intake, stock, date(1941, 6, 22))
    >>> answer.lasting, answer.trough[1], answer.trough_week[1]  # 90 in for 80 out in weeks 2 to 9
    ((9, 9, 9), 970.0, 3)
    """
    own = intake if made is None else made
    out, into, have, ours = (
        np.atleast_2d(np.asarray(x, float)) for x in (lost, intake, stock, own)
    )
    _fit(out, into, have)
    members, weeks = out.shape
    first, lasting = _overtaken(into, out)
    made_lasting = _overtaken(ours, out)[1]
    ever, never = first < weeks, lasting == weeks
    at = have.argmin(axis=1)
    return Replacement(
        who=who,
        what=what,
        start=start,
        weeks=weeks - 1,
        members=members,
        lasting=weeks_reached(lasting, weeks),
        never=float(never.mean()),
        error=share_error(never, draw),
        first=weeks_reached(first, weeks),
        relapse=float((ever & (lasting > first)).sum() / max(ever.sum(), 1)),
        made=weeks_reached(made_lasting, weeks),
        made_never=float((made_lasting == weeks).mean()),
        only_made=bool(np.array_equal(into, ours)),
        trough=tuple(float(x) for x in np.quantile(have.min(axis=1), LEVELS)),
        trough_week=tuple(int(week) for week in weeks_at_levels(at)),
        lost=float(np.median(out[:, -1])),
    )


def _overtaken(into: Floats, out: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """The week in which what comes `into` stock is ahead of what goes `out`, both [member week]:
    the first, and the first after which it is never behind again. Members in which there is none
    come after all others: at the number of weeks."""
    gain = into[:, WINDOW:] - into[:, :-WINDOW]
    loss = out[:, WINDOW:] - out[:, :-WINDOW]
    ahead, behind = gain > loss, gain < loss
    count = ahead.shape[1]
    # Behind for the last time before this week.
    free = np.where(behind.any(axis=1), count - behind[:, ::-1].argmax(axis=1), 0)
    lasts = ahead & (np.arange(count) >= free[:, None])
    first, lasting = (
        np.where(x.any(axis=1), x.argmax(axis=1), count) + WINDOW for x in (ahead, lasts)
    )
    return first, lasting


def _fit(lost: Floats, intake: Floats, stock: Floats) -> None:
    """Refuse arrays that say nothing together."""
    mistakes: list[Mistake] = []
    if not lost.shape == intake.shape == stock.shape:
        shapes = ", ".join(str(x.shape) for x in (lost, intake, stock))
        mistakes.append(Mistake("lost, intake, stock", f"differ in members or weeks: {shapes}"))
    elif lost.shape[1] <= WINDOW or not lost.shape[0]:
        problem = f"are too few: output and losses are compared over {WINDOW} weeks"
        remedy = f"run {WINDOW + 1} weeks or more"
        mistakes.append(Mistake("weeks", problem, "", remedy, shown(max(lost.shape[1] - 1, 0))))
    if mistakes:
        raise ScenarioError("replace", mistakes)


def overtaking(
    dataset: xr.Dataset, power: str, item: str, who: str = "", what: str = ""
) -> Replacement:
    """When a power's intake of an item overtakes its losses, over the members of a Dataset.

    The Dataset must keep every member's trajectory: `simulate(..., keep=True)`. `who` and `what`
    are the names on pages.
    """
    mistakes = [
        Mistake(axis, f"no {axis} has that name", "", suggestion(name, known), shown(name))
        for axis, name in (("power", power), ("item", item))
        if name not in (known := [str(x) for x in dataset[axis].values])
    ]
    if "member" not in dataset["lost"].dims:
        problem = "holds quantiles, where every member's trajectory is needed"
        mistakes.append(Mistake("dataset", problem, "", "simulate it with keep=True"))
    if mistakes:
        raise ScenarioError(str(dataset.attrs.get("scenario", "replace")), mistakes)

    def series(name: str) -> Floats:
        cell = dataset[name].sel(power=power, item=item)
        return cell.transpose("member", "week").values.astype(float)

    intake = sum((series(name) for name in INTAKE if name in dataset), np.zeros(1))
    made = series("made") if "made" in dataset else None
    start = date.fromisoformat(str(dataset["date"].values[0])[:10])
    names = (who or power, what or item)
    return overtakes(series("lost"), intake, series("equipment"), start, *names, made=made)
