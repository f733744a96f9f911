"""What is known of a border: who stands there, who can come, and how far either may be wrong.

Plain numbers, so that the question can be asked of any border; `situation_of` takes them from the
members of a scenario as they stand on a day, so that whoever asks on that day has one answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.branching import SharedPast
from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario import Scenario
from sinews.scenario.rails import journeys

Floats = NDArray[np.float64]
Range = tuple[float, float]

# How far the quality of a force may lie from what a scenario says, either way (judged).
_LEEWAY = 0.25


@dataclass(frozen=True)
class Line:
    """A railway to the border."""

    km: float
    trains: float
    """A day."""


@dataclass(frozen=True)
class Reserve:
    """Men who may be brought to the border by rail."""

    men: float = 0.0
    lines: tuple[Line, ...] = ()

    def brought(self, weeks: float, speed: Floats, load: Floats) -> Floats:
        """Men who have come after so many weeks, at km a day and men a train [draw].

        >>> east = Reserve(800_000, (Line(3_150, 40.0),))
        >>> east.brought(3.0, np.array([450.0]), np.array([500.0])).tolist()
        [280000.0]
        """
        days = [np.maximum(7.0 * weeks - line.km / speed, 0.0) for line in self.lines]
        trains = sum(
            (line.trains * x for line, x in zip(self.lines, days, strict=True)), 0.0 * load
        )
        return np.minimum(trains * load, self.men)


@dataclass(frozen=True)
class Situation:
    """What is known of a border; pairs are the ends of a range, uniform between them."""

    enemy: float
    """Men the enemy is believed to have there (the middle of the belief)."""
    error: float = 0.3
    """Standard error of that belief, in logs."""
    enemy_quality: Range = (0.8, 1.4)
    quality: Range = (0.6, 1.0)
    main_share: Range = (0.22, 0.38)
    hold_ratio: Range = (0.75, 1.05)
    entrench: Range = (0.15, 0.70)
    """What digging adds to the defence in the end."""
    weeks_dug: float = 8.0
    warning: float = 6.0
    """The shortest warning, in weeks."""
    unseen: float = 0.0
    """Weeks of the enemy's gathering before any warning."""
    back: Reserve = field(default_factory=Reserve)
    surge: Reserve = field(default_factory=Reserve)
    speed: Range = (350.0, 600.0)
    """km a day, of military trains."""
    load: Range = (400.0, 600.0)
    """Men a train."""
    inspected: bool = False
    present: float = 0.0
    """Men on the border now; 0 if that is not asked."""

    def mistakes(self) -> list[Mistake]:
        """What is wrong with it."""
        least = {"enemy": 0.0, "error": 0.0, "warning": 0.0, "unseen": 0.0, "present": 0.0}
        found = [
            Mistake(name, "must be 0 or more", value=shown(getattr(self, name)))
            for name in least
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0.0)
        ]
        ranges = (
            "enemy_quality",
            "quality",
            "main_share",
            "hold_ratio",
            "entrench",
            "speed",
            "load",
        )
        for name in ranges:
            low, high = getattr(self, name)
            if not 0.0 <= low <= high or (high == 0.0 and name != "entrench"):
                problem = "is no range of numbers above 0, the lower first"
                found.append(Mistake(name, problem, value=shown([low, high])))
        return found


def situation_of(
    scenario: Scenario,
    theatres: Sequence[str],
    warning: float,
    reserve: float,
    today: SharedPast,
    power: str | None = None,
) -> Situation:
    """What a power (the player's, if none is named) knows of the border along some theatres, in the
    middle of the members of `today`: who stands there, and the enemy's strength as it believes.

    Either side's men come over its own links from theatres behind the border: of the power's own as
    many as `reserve`, of the enemy the share that its fronts at war leave free (see
    sinews.model.strength.untied). The quality of either is its strength a man on that border.
    """
    power = power or scenario.player
    found = _unfit(scenario, theatres, power)
    if found or power is None:
        raise ScenarioError(scenario.name, found)
    across = {name for n in theatres for name in scenario.theatres[n].across(power)}
    sources = {f.power for f in scenario.forces if f.power in across and f.theatre in theatres}
    quality, enemy_quality = (strength_per_man(today, x, theatres) for x in ({power}, sources))
    seen = sum(_middling(today.series("strength_seen", power, n)[-1]) for n in theatres)
    surge = _behind(scenario, sources, theatres)
    men = sum(_middling(today.series("force", *each)[-1]) for each in surge[1])
    return Situation(
        enemy=seen / enemy_quality,
        error=_middle(scenario, "report_error"),
        enemy_quality=_about(enemy_quality),
        quality=_about(quality),
        main_share=_range(scenario, "main_share"),
        hold_ratio=_range(scenario, "hold_ratio"),
        entrench=_range(scenario, "entrench"),
        warning=warning,
        back=Reserve(reserve, _behind(scenario, {power}, theatres)[0]),
        surge=Reserve(men * _free(today, sources, theatres), surge[0]),
        speed=_range(scenario, "train_speed"),
        load=_range(scenario, "men_per_train"),
        inspected=any(
            set(theatres) & set(agreement.inspects)
            for agreement in scenario.agreements.values()
            if agreement.signed is not None
        ),
        present=_men(today, {power}, theatres),
    )


def _unfit(scenario: Scenario, theatres: Sequence[str], power: str | None) -> list[Mistake]:
    """What is wrong with a power and theatres that shall be a border of it."""
    found = [
        Mistake("theatre", "no axis has that name", "", suggestion(n, _axes(scenario)), shown(n))
        for n in theatres
        if n not in _axes(scenario)
    ]
    if not theatres:
        found.append(Mistake("theatre", "none is named", "", "name the axes of the border"))
    if power not in scenario.powers:
        remedy = suggestion(power or "", scenario.powers)
        found.append(Mistake("power", "no power has that name", "", remedy, shown(power or "")))
    elif not found:
        found += [
            Mistake("theatre", f"{power} stands at neither end of that axis", "", "", shown(n))
            for n in theatres
            if not scenario.theatres[n].across(power)
        ]
    return found


def strength_per_man(today: SharedPast, powers: Iterable[str], theatres: Sequence[str]) -> float:
    """Strength of the men whom powers have in some theatres, a man, in the middle of the members;
    1 if there are none."""
    here = [(power, name) for power in powers for name in theatres]
    men = _men(today, powers, theatres)
    strength = sum(_middling(today.series("strength", *each)[-1]) for each in here)
    return strength / men if men > 0.0 else 1.0


def _men(today: SharedPast, powers: Iterable[str], axes: Sequence[str]) -> float:
    """Men whom powers have in the theatres of some axes, in the middle of the members."""
    homes = {today.scenario.theatres[axis].within or axis for axis in axes}
    each = [today.series("force", power, home)[-1] for power in powers for home in sorted(homes)]
    return sum(map(_middling, each))


def _middling(values: Floats) -> float:
    return float(np.median(values))


def _free(today: SharedPast, powers: set[str], theatres: Sequence[str]) -> float:
    """The share of what stands behind a border that other fronts at war leave to those across."""
    axes, world = today.compiled.axes, today.compiled.world
    at = [axes["axis"].index(name) for name in theatres]
    middle = {n: np.median(today.series(n)[-1], axis=-1) for n in ("strength", "hostile")}
    muster = middle["strength"].reshape(len(axes["power"]), -1)
    there = [axes["power"].index(name) for name in sorted(powers)]
    enemy = np.stack([(muster * (world["end"] * world["end"][p] < 0.0)).sum(axis=0) for p in there])
    need = world["value"] * (enemy + 1.0) / (muster[there] + 1.0)
    here, fought = need[:, at].sum(), need * middle["hostile"] * (enemy > 0.0)
    fought[:, at] = 0.0
    return float(here / (here + fought.sum()))


def _behind(
    scenario: Scenario, powers: set[str], theatres: Sequence[str]
) -> tuple[tuple[Line, ...], set[tuple[str, str]]]:
    """The ways over which powers bring men from behind a border, and whose men where; a line that
    several of these run over is shared by them evenly."""
    ways = [
        way
        for way in journeys(scenario.links, scenario.powers, scenario.theatres)
        if way.power in powers and way.to in theatres and way.from_ not in _axes(scenario)
    ]
    users = Counter(line for way in ways for line in way.lines(scenario.lines))
    lines = tuple(
        Line(
            sum(leg.km.middle for leg in way.legs),
            min(x.middle / users[line] for line, x in way.lines(scenario.lines).items()),
        )
        for way in ways
    )
    return lines, {(way.power, way.from_) for way in ways}


def _axes(scenario: Scenario) -> list[str]:
    return [name for name, theatre in scenario.theatres.items() if theatre.axis]


def _range(scenario: Scenario, name: str) -> Range:
    """The range of a coefficient, as the scenario or else the model has it."""
    number = scenario.coefficient.get(name)
    if number is None:
        return COEFFICIENTS[name].low, COEFFICIENTS[name].high
    if number.value is not None:
        return number.value, number.value
    return number.low or 0.0, number.high or 0.0


def _middle(scenario: Scenario, name: str) -> float:
    return sum(_range(scenario, name)) / 2.0


def _about(value: float) -> Range:
    return (1.0 - _LEEWAY) * value, (1.0 + _LEEWAY) * value
