"""How few men hold a border: campaigns in which so many are left on it on the day.

From the day of the council the members go on with a share of the garrison, the rest having joined
the reserve behind it; once as they are, to see how often war comes over the border, and once with
those across resolved on war that day (sinews.model.gathering): they gather, the reserve comes back
over its lines once they are seen, they strike or let it be. The border is lost if their front then
stands deeper behind it than a fortified zone reaches. So the campaigns themselves are the answer.
Men enough at a level are where a logistic curve in men, fitted to the shares lost, passes it; of
curves in men, their root or log, with a bend or through every share, none is nearer to campaigns of
other seeds.
Source: the question is that of garrisons against what could come (docs/equations.md); form of the
curve and depth judged. Left out: what the enemy forgoes elsewhere to come here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import no_number
from sinews.analysis.branching import SharedPast, grown
from sinews.analysis.council.questions import of_campaigns
from sinews.analysis.numerals import amount
from sinews.engine.simulate import BLOCK, Paused
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario import Scenario
from sinews.scenario.number import Number
from sinews.scenario.schema import BACK

Floats = NDArray[np.float64]

LEVELS = (0.80, 0.95)
SHARES = (1.0, 0.7, 0.45, 0.3, 0.15)
"""Of the garrison, that are tried."""
# Weeks that are looked at, and groups of draws of which each is left out once (the jackknife).
_WEEKS, _GROUPS = 26, 8


@dataclass(frozen=True)
class SafeForce:
    """The smallest force that holds at one level, should those across resolve on war."""

    level: float
    men: float
    error: float
    """Standard error of it, by the jackknife over draws."""


class Risk(NamedTuple):
    """What so many men risk."""

    men: float
    war: float
    """Share of campaigns in which war comes over the border, nobody being made to begin it."""
    lost: float
    """Share in which it is lost, should those across resolve on war on the day; by the curve."""


@dataclass(frozen=True)
class Border:
    """The answer to "how far can we cut the border?"."""

    scenario: Scenario
    power: str
    theatres: tuple[str, ...]
    weeks: int
    present: float
    """Men on the border on the day (median)."""
    forces: tuple[SafeForce, ...]
    """At each of LEVELS."""
    risks: tuple[Risk, ...]
    variants: dict[str, tuple[float, ...]]
    """What the force would be at LEVELS if one thing were otherwise."""
    members: int

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "answer": self.sentence(),
            "power": self.power,
            "theatres": list(self.theatres),
            "weeks": self.weeks,
            "present": self.present,
            "forces": [vars(force) for force in self.forces],
            "risks": [risk._asdict() for risk in self.risks],
            "variants": {name: list(men) for name, men in self.variants.items()},
            "members": self.members,
        }

    def sentence(self) -> str:
        """The answer, with its odds."""
        holding = " and ".join(
            f"{amount(force.men, 'men')} hold it {100 * force.level:.0f} times in 100"
            for force in self.forces
        )
        return f"{self._cut()}: should {self._them()} resolve on war, {holding}; {self._peace()}."

    def _cut(self) -> str:
        first, last = self.forces
        there = f"{amount(self.present, 'men')} men"
        if first.men >= self.present:
            few = amount(first.men - self.present, "men")
            return f"Not at all, the {there} there are {few} too few"
        if last.men >= self.present:
            return f"By {amount(self.present - first.men, 'men')} of the {there} at most"
        cuts = [amount(self.present - force.men, "men") for force in (last, first)]
        return f"By {cuts[0]} to {cuts[1]} of the {there}"

    def _them(self) -> str:
        across = {p for n in self.theatres for p in self.scenario.theatres[n].across(self.power)}
        titles = [p.title or n for n, p in self.scenario.powers.items() if n in across]
        return " or ".join(titles)

    def _peace(self) -> str:
        most, least = self.risks[0], self.risks[-1]
        shares = [of_campaigns(risk.war) for risk in (most, least)]
        return (
            f"left to themselves they begin one within {self.weeks} weeks in {shares[0]}, "
            f"with {amount(least.men, 'men')} there in {shares[1]}"
        )


@dataclass(frozen=True)
class Case:
    """What is supposed of a border beyond what the campaigns have; None leaves it to them."""

    warning: float | None = None
    """Weeks in which a gathering enemy is seen."""
    reserve: float | None = None
    """Most men behind the border who can be brought back."""
    trains: float = 1.0
    """Factor on the trains of the power's lines."""
    earlier: float = 0.0
    """Weeks by which it is warned sooner."""

    def mistakes(self) -> list[Mistake]:
        """What is wrong with it."""
        what = {"warning": "weeks between warning and attack", "reserve": "men who can come back"}
        return [
            mistake
            for name, said in what.items()
            if (value := getattr(self, name)) is not None
            for mistake in no_number(name, value, f"{said}, 0 or more")
        ]

    def world(self, scenario: Scenario, power: str) -> Scenario:
        """The scenario with this warning and these trains."""
        warning = _scaled(_coefficient(scenario, "warning"), more=self.earlier)
        if self.warning is not None:
            warning = Number(self.warning + self.earlier, None, None, "weeks")
        own = [link for link in scenario.links if link.power == power]
        run = {line.removesuffix(BACK) for link in own for line in link.lines}
        return replace(
            scenario,
            coefficient={**scenario.coefficient, "warning": warning},
            links=tuple(
                link.model_copy(update={"capacity": _scaled(link.capacity, self.trains)})
                if link.power == power and link.capacity is not None
                else link
                for link in scenario.links
            ),
            lines={
                name: line.model_copy(update={"capacity": _scaled(line.capacity, self.trains)})
                if name in run
                else line
                for name, line in scenario.lines.items()
            },
        )


def border_risk(
    today: SharedPast,
    theatres: Sequence[str],
    case: Case,
    power: str,
    variants: bool = True,
) -> Border:
    """How far a power can cut its garrisons in some theatres, a border of its own (`border_of`), on
    the day on which the members of `today` stand, and what that hangs on; without `variants` only
    what the sentence tells.

    Raises ScenarioError where nobody stands there.
    """
    trial = Trial(today, theatres, power)
    if trial.present <= 0.0:
        problem = f"{trial.power} has no men there on the day"
        found = Mistake("theatre", problem, value=shown(", ".join(theatres)))
        raise ScenarioError(today.scenario.name, [found])
    told = SHARES if variants else (SHARES[0], SHARES[-1])
    alone = Trial(today, theatres, power, told)
    lost, war = trial.outcomes(case, resolved=True)[0], alone.outcomes(case, resolved=False)[1]
    curve = fitted(trial.men, lost)
    return Border(
        today.scenario,
        trial.power,
        tuple(theatres),
        trial.end - today.week,
        trial.present,
        tuple(_force(trial, lost, level) for level in LEVELS),
        tuple(map(Risk, alone.men, war.mean(axis=1).tolist(), curve.lost(alone.men).tolist())),
        _variants(trial, case, lost) if variants else {},
        len(today.members),
    )


class Trial:
    """A border of a power's on a day, with fewer and fewer men on it."""

    def __init__(
        self,
        today: SharedPast,
        theatres: Sequence[str],
        power: str,
        shares: Sequence[float] = SHARES,
    ) -> None:
        self.today, self.power, self.shares, self.theatres = today, power, shares, theatres
        names = today.compiled.axes
        self.row = names["power"].index(power)
        self.axes = [names["axis"].index(name) for name in theatres]
        homes = [today.scenario.theatres[name].within or name for name in theatres]
        self.homes = [names["theatre"].index(name) for name in dict.fromkeys(homes)]
        here = [today.series("force", power, name)[-1] for name in dict.fromkeys(homes)]
        self.present = float(np.median(np.sum(here, axis=0)))
        self.men = [share * self.present for share in shares]
        self.end = min(today.week + _WEEKS, today.scenario.weeks)

    def outcomes(self, case: Case, resolved: bool) -> NDArray[np.bool_]:
        """Whether the border was lost, and whether war came over it [outcome share member], with
        those across `resolved` on war or not."""
        here = self.today.paused
        blocks = tuple(self.left(p, share, case, resolved) for share in self.shares for p in here)
        tried = replace(self.today, members=range(BLOCK * len(blocks)), paused=blocks)
        run = grown(tried, case.world(self.today.scenario, self.power), self.end)
        since = slice(self.today.week, None)
        front, war = (run.series(name)[since][:, self.axes] for name in ("front", "hostile"))
        west = self.today.compiled.world["end"][self.row, self.axes] > 0.0
        deep = np.where(west[:, None], front[0] - front, front - front[0])
        zone = _coefficient(self.today.scenario, "fort_reach").middle
        both = np.stack([(deep > zone).any(axis=(0, 1)), (war > 0.0).any(axis=(0, 1))])
        return both.reshape(2, len(self.shares), -1)[:, :, : len(self.today.members)]

    def left(self, block: Paused, share: float, case: Case, resolved: bool) -> Paused:
        """A block with a `share` of the garrison left, the rest having joined what stands behind
        it, and no more than `case.reserve` of that."""
        state, world, p = block.carry[0], self.today.compiled.world, self.row
        names = ("men", "experience", "equipment", "gathered")
        men, experience, kit, gathered = (np.array(getattr(state, n)) for n in names)
        army = (world["army_power"][:, p, None] * world["army_theatre"]).T
        bodies = [(men[p], np.eye(len(men[p]))), (experience[p], np.eye(len(men[p]))), (kit, army)]
        behind = {home: self.behind(home) for home in self.homes}
        for of, place in bodies:
            for home, rear in behind.items():
                gone = (1.0 - share) * (place[home] @ of.reshape(len(of), -1))
                of -= np.multiply.outer(place[home], gone).reshape(of.shape)
                if rear is not None:
                    of += np.multiply.outer(place[rear], gone).reshape(of.shape)
        rears = sorted({rear for rear in behind.values() if rear is not None})
        if case.reserve is not None and rears:
            kept = np.minimum(case.reserve / np.maximum(men[p, rears].sum(axis=0), 1.0), 1.0)
            for of, place in bodies:
                there = place[rears].sum(axis=0).reshape(-1, *[1] * (of.ndim - 1))
                of *= 1.0 - there * (1.0 - kept)
        across = world["end"][:, self.axes] * world["end"][p, self.axes] < 0.0
        gathered[:, self.axes] = np.maximum(gathered[:, self.axes], resolved * across[..., None])
        left: dict[str, Any] = dict(zip(names, (men, experience, kit, gathered), strict=True))
        return replace(block, carry=(state.replace(**left), block.carry[1]))

    def behind(self, home: int) -> int | None:
        """The theatre without a front from which the shortest of the power's lines leads there."""
        world = self.today.compiled.world
        fronts = set(range(world["end"].shape[1] - len(world["further"])))
        ways = [
            (world["link_km"][k], start)
            for k in np.flatnonzero(world["link_power"][:, self.row] * world["link_to"][:, home])
            if (start := int(world["link_from"][k].argmax())) not in fronts
        ]
        return min(ways)[1] if ways else None


class Logistic(NamedTuple):
    """A logistic curve of the chance of loss in men."""

    level: float
    slope: float

    def lost(self, men: Sequence[float]) -> Floats:
        """The chance that so many lose the border."""
        return 1.0 / (1.0 + np.exp(self.slope * np.asarray(men) - self.level))

    def holds(self, level: float) -> float:
        """Men who hold it at a level."""
        return float(max((self.level + np.log(level / (1.0 - level))) / self.slope, 0.0))


def fitted(men: Sequence[float], lost: NDArray[np.bool_]) -> Logistic:
    """The curve nearest to the shares `lost` [strength member]: weighted least squares of their
    logits, each with half a case added on either side.

    >>> shares = np.arange(100) < np.array([[20], [50], [80]])
    >>> curve = fitted([3e6, 2e6, 1e6], shares)
    >>> round(curve.holds(0.5)), [round(float(x), 2) for x in curve.lost([3e6, 1e6])]
    (2000000, [0.2, 0.8])
    """
    many = lost.shape[1]
    share = (lost.sum(axis=1) + 0.5) / (many + 1.0)
    weight = np.sqrt(share * (1.0 - share))
    slope, level = np.polyfit(men, np.log(share / (1.0 - share)), 1, w=weight)
    # More men lose no more often, whatever luck has it.
    return Logistic(float(level), max(-float(slope), 1e-3 / men[0]))


def _force(trial: Trial, lost: NDArray[np.bool_], level: float) -> SafeForce:
    """The force that holds at a level, not below what was tried, and its error."""
    group = trial.today.draw % _GROUPS
    apart = [lost[:, group != g] for g in range(_GROUPS) if (group == g).any()]
    others = [_enough(trial, each, level) for each in apart if each.shape[1]]
    spread = np.var(others) * max(len(others) - 1, 0) if others else 0.0
    return SafeForce(level, _enough(trial, lost, level), float(np.sqrt(spread)))


def _enough(trial: Trial, lost: NDArray[np.bool_], level: float) -> float:
    return max(fitted(trial.men, lost).holds(level), trial.men[-1])


def _variants(trial: Trial, case: Case, lost: NDArray[np.bool_]) -> dict[str, tuple[float, ...]]:
    """The forces at LEVELS as it is and with one thing otherwise, by the members of one block."""
    scenario, first = trial.today.scenario, trial.today.members[:BLOCK]
    alone = replace(trial.today, members=first, paused=trial.today.paused[:1])
    small = Trial(alone, trial.theatres, trial.power, trial.shares)
    warning = case.warning
    if warning is None:
        warning = _coefficient(scenario, "warning").middle
    left, late = (_coefficient(scenario, n).middle for n in ("inspected", "report_lag"))
    changes = {
        "with inspections": replace(case, earlier=(1.0 - left) * late),
        "half the warning": replace(case, warning=warning / 2.0),
        "twice the warning": replace(case, warning=2.0 * warning),
        "half the trains": replace(case, trains=case.trains / 2.0),
        "twice the trains": replace(case, trains=2.0 * case.trains),
        "none of the reserve": replace(case, reserve=0.0),
    }
    found = {name: small.outcomes(changed, resolved=True)[0] for name, changed in changes.items()}
    found = {"as it is": lost[:, : len(first)]} | found
    return {n: tuple(_enough(small, each, level) for level in LEVELS) for n, each in found.items()}


def border_of(
    scenario: Scenario, theatres: Sequence[str], case: Case, power: str | None = None
) -> str:
    """The power (the player, if none is named) of which some theatres are a border.

    Raises ScenarioError if they are not, or for what cannot be supposed of it.
    """
    power = power or scenario.player
    axes = [name for name, theatre in scenario.theatres.items() if theatre.axis]
    found = [
        Mistake("theatre", "no axis has that name", "", suggestion(n, axes), shown(n))
        for n in theatres
        if n not in axes
    ]
    if not theatres:
        own = [n for n in axes if power in scenario.powers and scenario.theatres[n].across(power)]
        which = f": {', '.join(own or axes)}"
        found.append(Mistake("theatre", "none is named", "", f"name the axes of the border{which}"))
    if power is None:
        problem = "none is named, and the scenario has no player"
        found.append(Mistake("power", problem, "", "name it: --power NAME"))
    elif power not in scenario.powers:
        remedy = suggestion(power, scenario.powers)
        found.append(Mistake("power", "no power has that name", "", remedy, shown(power)))
    elif not found:
        found += [
            Mistake("theatre", f"{power} stands at neither end of that axis", "", "", shown(n))
            for n in theatres
            if not scenario.theatres[n].across(power)
        ]
    found += case.mistakes()
    if found or power is None:
        raise ScenarioError(scenario.name, found)
    return power


def _coefficient(scenario: Scenario, name: str) -> Number:
    """A coefficient, as the scenario or else the model has it."""
    about = COEFFICIENTS[name]
    return scenario.coefficient.get(name) or Number(None, about.low, about.high, about.unit)


def _scaled(number: Number | None, factor: float = 1.0, more: float = 0.0) -> Number:
    """A number times a factor, and some more."""
    assert number is not None
    ends = {n: getattr(number, n) for n in ("value", "low", "high")}
    return replace(number, **{n: None if x is None else factor * x + more for n, x in ends.items()})
