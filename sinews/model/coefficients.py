"""The coefficients of the week: default, range, unit, meaning and source of each.

One field here makes a coefficient appear in `sinews doubts`, in calibration and in every
ensemble. A member draws each coefficient from the scenario's posterior where it has one,
else uniformly from [low, high]. This file imports nothing heavy: the scenario language reads it.

Sources, in full in docs/model.md: "trial fit" is a fit of an earlier trial of this model to totals
of 1941, which gave the range; "judged" is a modelling choice.
"""

from dataclasses import Field, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Coefficient:
    """What is known of one coefficient before any fit."""

    name: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    source: str


def _known(default: float, low: float, high: float, unit: str, meaning: str, source: str) -> Any:
    """A dataclass field that carries its range and source with it."""
    about = {"low": low, "high": high, "unit": unit, "meaning": meaning, "source": source}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Coefficients:
    """One number for each coefficient of the model (a member's draw, or the defaults)."""

    # combat: attrition
    helmbold: Any = _known(0.45, 0.30, 0.68, "1", "Helmbold exponent W", "Helmbold; CDB90 battles")
    attrition: Any = _known(
        0.022, 0.014, 0.034, "1/week", "loss rate at even odds", "TDI; trial fit"
    )
    quiet: Any = _known(0.50, 0.20, 0.79, "1", "intensity with no offensive", "trial fit")
    weather: Any = _known(
        0.35, 0.0, 0.8, "1", "how far ground that slows an advance also slows losses", "judged"
    )
    opening: Any = _known(1.3, 1.0, 1.8, "1", "intensity while surprise lasts", "trial fit")
    sickness: Any = _known(
        0.003, 0.0, 0.006, "1/week", "men at the front who fall sick on dry ground", "judged"
    )
    cadre_loss: Any = _known(
        0.25, 0.0, 0.5, "1", "extra share of experience lost with the dead", "judged"
    )
    # combat: the defender's advantage and luck
    hasty: Any = _known(1.0, 0.9, 1.2, "1", "multiplier of a hasty defence", "Davis, MR-638")
    entrench: Any = _known(0.37, 0.15, 0.70, "1", "what four weeks' digging adds", "Davis, MR-638")
    fort: Any = _known(0.6, 0.1, 1.2, "1", "weight of fortified zones", "trial fit")
    surprise: Any = _known(0.65, 0.5, 0.8, "1", "multiplier of a surprised defence", "TDI, CDB90")
    luck_lasting: Any = _known(
        0.08, 0.03, 0.13, "1", "sd of a theatre's lasting luck, log", "judged"
    )
    luck_weekly: Any = _known(0.08, 0.03, 0.13, "1", "sd of a week's luck on odds, log", "judged")
    pulse: Any = _known(0.20, 0.10, 0.35, "1", "sd of a week's intensity, log", "Kuhn, judged")
    # combat: movement and pockets
    main_share: Any = _known(0.29, 0.22, 0.38, "1", "share of the front attacked", "Davis, MR-638")
    hold_ratio: Any = _known(0.90, 0.75, 1.05, "1", "odds elsewhere on the front", "Davis, MR-638")
    pace: Any = _known(
        195.0, 120.0, 240.0, "km/week", "fastest advance of a front", "Posen; trial fit"
    )
    close: Any = _known(0.7, 0.2, 1.3, "1/week", "closings per 1,000 attacking tanks", "trial fit")
    trapped: Any = _known(0.40, 0.20, 0.55, "1", "mean share of men trapped", "trial fit")
    liquidate: Any = _known(
        0.67, 0.50, 0.85, "1/week", "share of a pocket taken a week", "Kiev, Vyazma 1941"
    )
    break_out: Any = _known(
        0.15, 0.05, 0.30, "1/week", "of the rest, share that escapes", "trial fit"
    )
    # combat: equipment
    vulnerable: Any = _known(1.0, 0.45, 1.5, "1", "factor on equipment hit per casualty", "CDB90")
    breakdown: Any = _known(0.7, 0.3, 1.1, "1", "factor on mechanical breakdowns", "trial fit")
    left_retreating: Any = _known(0.85, 0.65, 0.95, "1", "disabled left, retreating", "trial fit")
    left_holding: Any = _known(0.40, 0.15, 0.50, "1", "disabled left behind, holding", "trial fit")
    repair: Any = _known(
        0.35, 0.20, 0.50, "1/week", "share of a workshop's stock returned", "judged"
    )
    overrun: Any = _known(0.30, 0.10, 0.50, "1", "workshops lost per 30 km of retreat", "judged")
    # supply
    haul: Any = _known(
        0.90, 0.60, 1.20, "1/1000 km", "supply lost beyond the railhead", "Kershaw; trial fit"
    )
    depth: Any = _known(
        0.12, 0.05, 0.25, "1/1000 km", "supply lost along the railway", "Kershaw; trial fit"
    )
    relaying: Any = _known(88.0, 66.0, 114.0, "km/week", "railhead's pace", "Kershaw: Orsha, 1941")
    use_attacking: Any = _known(1.63, 1.40, 1.85, "1", "supply used attacking", "trial fit")
    use_quiet: Any = _known(0.62, 0.50, 0.75, "1", "supply used not attacking", "trial fit")
    # manpower
    learn: Any = _known(0.006, 0.002, 0.012, "1/week", "quality learned at the front", "trial fit")
    best: Any = _known(1.1, 1.0, 1.2, "1", "quality that experience approaches", "judged")
    # movement
    issue: Any = _known(0.10, 0.02, 0.30, "1/week", "share of a depot sent forward", "judged")
    train_speed: Any = _known(450.0, 350.0, 600.0, "km/day", "speed of military trains", "Ivanov")
    men_per_train: Any = _known(480.0, 400.0, 600.0, "men", "men moved by a train", "judged")
    # industry
    progress: Any = _known(
        0.87, 0.80, 0.92, "1", "hours left at each doubling", "T-34 prices, 1941-45"
    )
    moving_loss: Any = _known(0.17, 0.10, 0.25, "1", "plant lost in evacuation", "Werth, judged")
    build_weeks: Any = _known(26.0, 12.0, 40.0, "weeks", "mean time to build capacity", "judged")
    invest: Any = _known(0.05, 0.02, 0.10, "1/week", "shortfall met by new plant", "judged")
    # intelligence
    report_error: Any = _known(0.30, 0.15, 0.45, "1", "sd of a week's report, log", "judged")
    report_bias: Any = _known(
        -0.3, -0.6, 0.0, "1", "bias of first estimates, log", "Halder, 11 Aug 1941"
    )
    report_lag: Any = _known(2.0, 1.0, 4.0, "weeks", "weeks in which reports catch up", "judged")
    report_memory: Any = _known(
        0.8, 0.6, 0.9, "1", "share of a report's error that lasts a week", "judged"
    )
    belief_drift: Any = _known(
        0.10, 0.05, 0.20, "1", "sd of a week's change that staffs allow for, log", "judged"
    )
    # diplomacy
    forget: Any = _known(
        0.98, 0.96, 0.99, "1/week", "share of past conduct remembered", "Josang and Ismail"
    )
    breach_shift: Any = _known(
        1.0, 0.5, 1.5, "1", "hazard of a breach per log shift of odds", "Leeds; judged"
    )
    breach_trust: Any = _known(
        1.0, 0.0, 2.0, "1", "how far trust in the partner lowers the hazard", "judged"
    )
    breach_trade: Any = _known(
        0.7, 0.0, 1.5, "1", "how far goods still to come lower the hazard", "judged"
    )


def _coefficient(known: "Field[Any]") -> Coefficient:
    about: dict[str, Any] = {"name": known.name, "default": known.default, **known.metadata}
    return Coefficient(**about)


COEFFICIENTS: dict[str, Coefficient] = {f.name: _coefficient(f) for f in fields(Coefficients)}
