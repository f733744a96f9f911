"""What ministers advise: points for each option of an item, what follows for the council, dissent.

A minister's points for an option add up, over the measures of the portfolio, weight times the mean
difference to the item's first option, in units of that measure's usual spread; bias and an error
of judgement are added. The error belongs to (seed, minister, item, option): asked again, a minister
says the same. A council decides by its leader (the sum weighted by standing), by vote (first
choices weighted by standing) or by two thirds of the standing, short of which the first option
stands. Standing follows from results by multiplicative weights (Freund and Schapire 1997).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sinews.scenario.council import AgendaItem, Minister

Floats = NDArray[np.float64]

TWO_THIRDS = 2 / 3
ETA = 0.1
"""How fast standing follows results (MODEL.md, section 11)."""

RULES = {
    "leader": "the leader decides, and hears ministers by their standing",
    "vote": "a vote, weighted by standing",
    "two-thirds": "two thirds of the standing, or the first option stands",
}

# What the advice comes to, by rule.
_COMES_TO = {
    "leader": "Weighed by standing, the advice is",
    "vote": "The council would vote for",
    "two-thirds": "By the two-thirds rule the council comes to",
}

# A measure's spread is at least this share of what all options together span, so that one which
# luck hardly moves does not drown every other.
_FLOOR = 0.5
# Nearer shares of standing are equal: they are sums of rounded numbers.
_EQUAL = 1e-9


@dataclass(frozen=True)
class Judgement:
    """One minister's points for each option."""

    minister: str
    office: str
    name: str
    standing: float
    """Share of the council's."""
    points: dict[str, float]

    @property
    def prefers(self) -> str:
        """The option of most points; the first named of equals."""
        return max(self.points, key=self.points.__getitem__)

    @property
    def who(self) -> str:
        """Name and office."""
        return f"{self.name}, {self.office}" if self.name else self.office

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "minister": self.minister,
            "office": self.office,
            "name": self.name,
            "standing": self.standing,
            "prefers": self.prefers,
            "points": self.points,
        }


@dataclass(frozen=True)
class Dissent:
    """A minister who would rather have something else than what the council comes to."""

    minister: str
    prefers: str
    by: float
    """Points."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"minister": self.minister, "prefers": self.prefers, "by": self.by}


@dataclass(frozen=True)
class Advice:
    """What a council is advised to do about an item, by whom, and who dissents."""

    item: str
    rule: str
    choice: str
    weight: float
    """Share of the standing whose first choice it is."""
    points: dict[str, float]
    """Of each option, over the council, weighted by standing."""
    judgements: tuple[Judgement, ...]
    titles: dict[str, str]
    """Of the options."""

    @property
    def dissent(self) -> tuple[Dissent, ...]:
        """Who would rather have something else, the most decided first."""
        others = [
            Dissent(j.minister, j.prefers, j.points[j.prefers] - j.points[self.choice])
            for j in self.judgements
            if j.prefers != self.choice
        ]
        return tuple(sorted(others, key=lambda each: -each.by))

    def sentence(self) -> str:
        """The advice, with its dissent."""
        if not self.judgements:
            return f"No minister has a say in it; the first option, {self._title()}, stands."
        share = f"first choice of {100 * self.weight:.0f} % of the standing"
        return f"{_COMES_TO[self.rule]} {self._title()}, {share}{self._against()}."

    def _against(self) -> str:
        who = {j.minister: j.who for j in self.judgements}
        words = [
            f"{who[d.minister]} would rather have {quoted(self.titles[d.prefers])} "
            f"(by {d.by:.2g} points)"
            for d in self.dissent
        ]
        return "; " + ", ".join(words) if words else ", and nobody dissents"

    def _title(self) -> str:
        return quoted(self.titles[self.choice])

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "item": self.item,
            "rule": self.rule,
            "choice": self.choice,
            "weight": self.weight,
            "points": self.points,
            "ministers": [j.plain() for j in self.judgements],
            "dissent": [d.plain() for d in self.dissent],
            "answer": self.sentence(),
        }


def quoted(words: str) -> str:
    """Words between quotation marks.

    >>> quoted("Sell nothing")
    '“Sell nothing”'
    """
    return f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"


def gains(values: Floats) -> Floats:
    """How much more of a measure each option brings than the first, in usual spreads [option].

    `values` [option member]; the spread is that of the members under the first option.

    >>> gains(np.array([[1.0, 3.0], [2.0, 4.0]]))
    array([0., 1.])
    >>> gains(np.array([[1.0, 3.0], [1.0, 3.0]]))
    array([0., 0.])
    """
    spread = max(float(values[0].std()), _FLOOR * float(values.std()))
    differences = values.mean(axis=1) - values[0].mean()
    return differences / spread if spread else np.zeros(len(values))


def judging_error(seed: int, minister: str, item: str, option: str) -> float:
    """A minister's error in judging an option: a draw with sd 1, the same at every asking."""
    words = (minister, item, option)
    return float(np.random.default_rng([seed, *(crc32(w.encode()) for w in words)]).normal())


def judged(
    name: str,
    minister: Minister,
    item: AgendaItem,
    values: Mapping[str, Floats],
    seed: int,
    standing: float,
) -> Judgement:
    """A minister's points for an item's options, `values` [option member] by portfolio word."""
    points: dict[str, float] = {}
    worth = sum(
        (weight.middle * gains(values[word]) for word, weight in minister.portfolio.items()),
        np.zeros(len(item.options)),
    )
    for option, gain in zip(item.options, worth, strict=True):
        bias = minister.bias[option].middle if option in minister.bias else 0.0
        error = minister.accuracy.middle * judging_error(seed, name, item.name, option)
        points[option] = float(gain) + bias + error
    return Judgement(name, minister.title or name, minister.name, standing, points)


def advised(item: AgendaItem, judgements: Sequence[Judgement], titles: Mapping[str, str]) -> Advice:
    """What judgements come to by the item's rule."""
    points = {o: sum(j.standing * j.points[o] for j in judgements) for o in item.options}
    votes = {o: sum(j.standing for j in judgements if j.prefers == o) for o in item.options}
    choice = chosen(item.rule, points if item.rule == "leader" else votes)
    return Advice(
        item.name,
        item.rule,
        choice,
        votes[choice],
        points,
        tuple(judgements),
        {o: titles.get(o) or o for o in item.options},
    )


def chosen(rule: str, weights: Mapping[str, float]) -> str:
    """The option that a rule comes to; of equals, and short of two thirds, the first.

    >>> votes = {"refuse": 0.4, "sign": 0.6}
    >>> chosen("vote", votes), chosen("two-thirds", votes)
    ('sign', 'refuse')
    """
    first = next(iter(weights))
    best = max(weights, key=lambda option: (round(weights[option] / _EQUAL), option == first))
    if rule == "two-thirds" and weights[best] < TWO_THIRDS - _EQUAL:
        return first
    return best


def shares(standing: Mapping[str, float]) -> dict[str, float]:
    """Standings as shares that add up to 1; equal if nobody has any.

    >>> shares({"war": 3.0, "trade": 1.0})
    {'war': 0.75, 'trade': 0.25}
    """
    total = sum(standing.values())
    return {n: x / total if total else 1.0 / len(standing) for n, x in standing.items()}


def standing_after(
    standing: Mapping[str, float], loss: Mapping[str, float], eta: float = ETA
) -> dict[str, float]:
    """Ministers' standing after an outcome: `standing * exp(-eta * loss)`, its sum as before.

    `loss` says by how much each advised worse than the best could have; none counts as 0.

    >>> after = standing_after({"war": 1.0, "trade": 1.0}, {"war": 2.0}, eta=0.5)
    >>> round(after["trade"] / after["war"], 3), sum(after.values())
    (2.718, 2.0)
    """
    kept = {name: x * float(np.exp(-eta * loss.get(name, 0.0))) for name, x in standing.items()}
    total = sum(kept.values())
    scale = sum(standing.values()) / total if total else 1.0
    return {name: x * scale for name, x in kept.items()}


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """The number that half the weight does not exceed, and half does not fall below (Black 1948):
    what a council settles on when each wants the outcome nearest to a number of its own.

    >>> weighted_median([1.0, 2.0, 10.0], [1.0, 1.0, 1.0])
    2.0
    >>> weighted_median([1.0, 2.0, 10.0], [1.0, 1.0, 5.0])
    10.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.asarray(weights, float)[order])
    return float(values[int(order[np.searchsorted(reached, reached[-1] / 2)])])
