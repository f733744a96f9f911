"""The model's law of losses held against battles, each campaign forecast from the others.

The law is that of `sinews.model.combat.attrition`: a side loses 1 - exp(-rate * weeks * odds**-W)
of its men. A week of a front is not a battle: the rate, and the noise about it, are taken from the
battles of other campaigns; W, and what posture and surprise make of odds on the ground, are the
model's.
"""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sinews.analysis.scores import crps
from sinews.model.coefficients import COEFFICIENTS

Floats = NDArray[np.float64]
HEADS = ("forecast", "rates", "fitted", "R2", "in 50 %", "in 90 %", "log-CRPS", "truth over median")

_EVEN = ndtri((np.arange(200) + 0.5) / 200)  # draws of a normal law, evenly spread


@dataclass(frozen=True)
class Battles:
    """Engagements, each with two sides: the attacker and the defender."""

    fraction: Floats  # [side battle] of its men that each lost
    odds: Floats  # [side battle] own men over the enemy's
    weeks: Floats  # [battle]
    hold: Floats  # [battle] what posture and surprise make of a defence's odds on the ground
    group: NDArray[np.int64]  # [battle] the campaign: never split
    war: tuple[str, ...] = ()  # [battle]

    @property
    def rate(self) -> Floats:
        """Log of the weekly rate that each side's losses come to [side battle]."""
        return np.log(-np.log1p(-self.fraction) / self.weeks)

    @property
    def defended(self) -> Floats:
        """Odds as the model has them, the defence's advantage included [side battle]."""
        return self.odds / np.stack([self.hold, 1 / self.hold])


def read_battles(file: Path) -> Battles:
    """The battles of a file, in groups of one campaign and of parts of one battle."""
    rows = list(_rows(file))
    men, lost = (_both(rows, name) for name in ("str", "cas"))
    weeks = np.array([float(row["days_calendar"]) for row in rows]) / 7
    hold = np.array([_hold(row["post1"], float(row["surpa"])) for row in rows])
    wars = tuple(_war(row["war"]) for row in rows)
    return Battles(lost / men, men / men[::-1], weeks, hold, _groups(rows), wars)


def read_ardennes(file: Path) -> Battles:
    """The Ardennes by days, the Allies first; the first half is one group, the second another."""
    rows = list(_rows(file))
    sides = ("allies", "germans")
    men, lost = (
        np.array([[float(row[f"{name}_{side}"]) for row in rows] for side in sides])
        for name in ("forces", "casualties")
    )
    half = (np.arange(len(rows)) >= len(rows) / 2).astype(int)
    return Battles(lost / men, men / men[::-1], np.full(len(rows), 1 / 7), np.ones(len(rows)), half)


def _rows(file: Path) -> Iterable[dict[str, str]]:
    lines = file.read_text("utf-8").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


def _both(rows: list[dict[str, str]], name: str) -> Floats:
    return np.array([[float(row[f"{name}_{side}"]) for row in rows] for side in "ad"])


def _war(name: str) -> str:
    """A war and its theatre, without years: "World War Ii, Italy" of two in the file.

    >>> _war("WORLD WAR II (ITALY 1943-1944)"), _war("KOREAN WAR")
    ('World War II, Italy', 'Korean War')
    """
    war, _, theatre = name.rstrip(")").partition(" (")
    words = ", ".join(x for x in (war, theatre.rstrip("-0123456789 ")) if x).title()
    return words.replace("Ii", "II")


def _hold(posture: str, surprise: float) -> float:
    """A defence's multiplier by the model's coefficients at their defaults."""
    c = {name: each.default for name, each in COEFFICIENTS.items()}
    dug = c["hasty"] * (1 + c["entrench"])
    works = {"HD": c["hasty"], "PD": dug, "FD": dug * (1 + c["fort"])}
    return works.get(posture, 1.0) * (c["surprise"] if surprise > 0 else 1.0)


def _groups(rows: list[dict[str, str]]) -> NDArray[np.int64]:
    """Battles of one campaign together, and with them those that are parts of one battle."""
    of = {row["isqno"]: (row["war"], row["campgn"]) for row in rows}
    same = {campaign: campaign for campaign in of.values()}
    for row in rows:
        if row["parent"] in of:
            mine, theirs = same[of[row["isqno"]]], same[of[row["parent"]]]
            same = {k: theirs if v == mine else v for k, v in same.items()}
    names = list(dict.fromkeys(same.values()))
    return np.array([names.index(same[of[row["isqno"]]]) for row in rows])


Columns = Callable[[Battles], tuple[Floats, Floats]]
"""What is known of each rate [side battle] beforehand, and what is fitted on it [number side
battle]."""


def constant(b: Battles) -> tuple[Floats, Floats]:
    """One rate for all."""
    return np.zeros_like(b.odds), np.ones((1, *b.odds.shape))


def law(exponent: float, defended: bool = False) -> Columns:
    """Helmbold's law with an exponent W; the level alone is fitted."""

    def columns(b: Battles) -> tuple[Floats, Floats]:
        return -exponent * np.log(b.defended if defended else b.odds), constant(b)[1]

    return columns


def regression(b: Battles) -> tuple[Floats, Floats]:
    """Rates on side, odds and length in logs, all fitted."""
    side = np.stack([np.ones_like(b.weeks), -np.ones_like(b.weeks)])
    length = np.broadcast_to(np.log(b.weeks), side.shape)
    return np.zeros_like(b.odds), np.stack([np.ones_like(side), side, np.log(b.odds), length])


def by_side(b: Battles) -> tuple[Floats, Floats]:
    """A rate for each side."""
    side = np.stack([np.ones_like(b.weeks), np.zeros_like(b.weeks)])
    return np.zeros_like(b.odds), np.stack([side, 1 - side])


def from_others(b: Battles, columns: Columns, groups: Iterable[int]) -> tuple[Floats, Floats]:
    """The log rates that are forecast for some groups, each from all others, and the spread about
    them; what is in none of these groups is NaN."""
    known, fitted = columns(b)
    middle, spread = np.full((2, *b.rate.shape), np.nan)
    for group in groups:
        out = b.group == group
        x, y = fitted[:, :, ~out].reshape(len(fitted), -1).T, (b.rate - known)[:, ~out].ravel()
        numbers = np.linalg.lstsq(x, y, rcond=None)[0]
        error = y - x @ numbers
        middle[:, out] = known[:, out] + np.tensordot(numbers, fitted[:, :, out], 1)
        spread[:, out] = np.sqrt(error @ error / (len(y) - len(numbers)))
    return middle, spread


@dataclass(frozen=True)
class Result:
    """How one forecast did: R2 over the constant rate, and what its bands held."""

    name: str
    rates: int
    numbers: int
    r2: float
    in50: float
    in90: float
    score: float
    off: float
    """Mean of truth less forecast, in logs."""

    def cells(self) -> tuple[str, ...]:
        """A line of the page."""
        counts = str(self.rates), str(self.numbers)
        shares = (f"{100 * x:.0f} %" for x in (self.in50, self.in90))
        times = f"\N{MULTIPLICATION SIGN}{np.exp(self.off):.2f}"
        r2 = f"{round(self.r2, 2) + 0.0:+.2f}"
        return (self.name, *counts, r2, *shares, f"{self.score:.2f}", times)


def results(
    b: Battles, forecasts: dict[str, Columns], groups: Iterable[int] | None = None
) -> list[Result]:
    """Each forecast of some groups, all if not said; R2 is 1 - squared errors over those of the
    constant rate, forecast in the same way."""
    groups = np.unique(b.group) if groups is None else list(groups)
    base = from_others(b, constant, groups)[0]
    seen = np.isfinite(base)
    truth = b.rate[seen]
    out: list[Result] = []
    for name, columns in forecasts.items():
        middle, spread = (x[seen] for x in from_others(b, columns, groups))
        error = truth - middle
        in50, in90 = (np.mean(np.abs(error) <= ndtri(0.5 + s / 2) * spread) for s in (0.5, 0.9))
        scores = [crps(m + s * _EVEN, y) for m, s, y in zip(middle, spread, truth, strict=True)]
        r2 = 1 - (error @ error) / np.sum((truth - base[seen]) ** 2)
        shares = (float(x) for x in (r2, in50, in90, np.mean(scores), np.mean(error)))
        out.append(Result(name, len(truth), len(columns(b)[1]), *shares))
    return out


def by_war(b: Battles, columns: Columns, least: int = 10) -> list[Result]:
    """A forecast of each war that has so many battles, from all other wars."""
    wars = sorted({war for war in b.war if b.war.count(war) >= least})
    whole = replace(b, group=np.array([[*wars, war].index(war) for war in b.war]))
    return [
        result
        for number, war in enumerate(wars)
        for result in results(whole, {war: columns}, [number])
    ]


@dataclass(frozen=True)
class Exponent:
    """What battles say of one exponent of the law, and its standard error."""

    name: str
    model: float
    found: float
    error: float

    def cells(self) -> tuple[str, ...]:
        """A line of the page."""
        found = f"{self.found:.2f} \N{PLUS-MINUS SIGN} {self.error:.2f}"
        away = abs(self.found - self.model) / self.error
        return self.name, f"{self.model:.2f}", found, f"{away:.1f}"


EXPONENTS = ("minus log rate on the log of", "model", "battles", "errors apart")


def exponents(b: Battles) -> list[Exponent]:
    """The exponents of log rates, fitted together by least squares on all battles; errors allow for
    what is alike within a campaign (clustered; Liang and Zeger 1986)."""
    w = COEFFICIENTS["helmbold"].default
    length = np.broadcast_to(np.log(b.weeks), b.odds.shape)
    defence = np.log(b.defended) - np.log(b.odds)
    x = np.stack([np.ones_like(b.odds), -np.log(b.odds), -defence, -length]).reshape(4, -1).T
    y, group = b.rate.ravel(), np.concatenate([b.group, b.group])
    numbers = np.linalg.lstsq(x, y, rcond=None)[0]
    pull = x * (y - x @ numbers)[:, None]
    sums = np.stack([pull[group == each].sum(axis=0) for each in np.unique(group)])
    inner = np.linalg.inv(x.T @ x)
    errors = np.sqrt(np.diag(inner @ sums.T @ sums @ inner))
    names = ("odds in numbers (W)", "posture and surprise", "length of the battle")
    model = (w, 0.0, 0.0)
    return [
        Exponent(*each)
        for each in zip(names, model, map(float, numbers[1:]), map(float, errors[1:]), strict=True)
    ]


def studies(folder: Path) -> dict[str, list[Result]]:
    """By title: of the battles of a folder by campaign and by war, and of the second half of the
    Ardennes by the first."""
    w, b = COEFFICIENTS["helmbold"], read_battles(folder / "battles.csv")
    laws = {f"the law, W = {x:g}": law(x) for x in (w.low, w.default, w.high)}
    rules = {"constant rate": constant, "constant rate by side": by_side}
    defended = {"with posture and surprise in the odds": law(w.default, defended=True)}
    whole = rules | laws | defended | {"regression on side, odds, length": regression}
    days = read_ardennes(folder / "ardennes.csv")
    return {
        "Battles, each campaign from all others": results(b, whole),
        f"Battles, each war from all others: the law, W = {w.default:g}": by_war(b, law(w.default)),
        "The second half of the Ardennes from the first": results(days, rules | laws, [1]),
    }
