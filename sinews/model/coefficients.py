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
    lethal: Any = _known(
        1.5, 0.5, 3.0, "1", "weight of quality in exchanging losses, beyond odds", "CDB90; Dupuy"
    )
    posture: Any = _known(
        0.4, 0.0, 1.0, "1", "how far ground, works and surprise count in exchanging losses", "CDB90"
    )
    quiet: Any = _known(0.50, 0.20, 0.79, "1", "intensity with no offensive", "trial fit")
    weather: Any = _known(
        0.35, 0.0, 0.8, "1", "how far ground that slows an advance also slows losses", "judged"
    )
    opening: Any = _known(1.3, 1.0, 1.8, "1", "intensity while surprise lasts", "trial fit")
    sickness: Any = _known(
        0.003, 0.0, 0.006, "1/week", "men at the front who fall sick on dry ground", "judged"
    )
    calm_sickness: Any = _known(
        0.1, 0.05, 0.2, "1", "sickness where there is no war, over that of the front", "judged"
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
    luck_weeks: Any = _known(
        7.0, 4.0, 12.0, "weeks", "in which lasting luck fades", "length of an operation; judged"
    )
    luck_weekly: Any = _known(0.08, 0.03, 0.13, "1", "sd of a week's luck on odds, log", "judged")
    pulse: Any = _known(0.20, 0.10, 0.35, "1", "sd of a week's intensity, log", "Kuhn, judged")
    dig_weeks: Any = _known(4.0, 2.5, 6.0, "weeks", "time in which digging takes effect", "judged")
    fort_reach: Any = _known(
        100.0, 60.0, 150.0, "km", "reach of a fortified zone, less than a week's advance", "judged"
    )
    foul: Any = _known(
        1.0, 0.5, 1.5, "1", "how far ground that slows an advance adds to sickness", "judged"
    )
    # combat: movement and pockets
    main_share: Any = _known(0.29, 0.22, 0.38, "1", "share of the front attacked", "Davis, MR-638")
    hold_ratio: Any = _known(0.90, 0.75, 1.05, "1", "odds elsewhere on the front", "Davis, MR-638")
    pace: Any = _known(
        195.0, 120.0, 240.0, "km/week", "fastest advance of a front", "Posen; trial fit"
    )
    manoeuvre: Any = _known(
        0.5, 0.0, 1.0, "1", "weight of quality in breaking through, beyond odds", "Biddle 2004"
    )
    counter_weeks: Any = _known(
        4.0,
        2.0,
        8.0,
        "weeks",
        "in which reserves answer an attacker's concentration",
        "Posen 1984; Biddle 2004; judged",
    )
    full_odds: Any = _known(
        3.0,
        2.5,
        3.5,
        "1",
        "odds on the main sectors for the fastest advance",
        "Davis, MR-638",
    )
    uneven: Any = _known(
        0.35, 0.2, 0.5, "1", "sd of the odds of main sectors about their mean, log", "CDB90; judged"
    )
    flank_guard: Any = _known(
        0.4, 0.2, 0.6, "1", "density of men on an open flank, over that in front", "Posen; judged"
    )
    flank_most: Any = _known(
        1.0, 0.7, 1.4, "1", "lead over the width between axes at which an advance stops", "judged"
    )
    density_most: Any = _known(
        5000.0, 3500.0, 8000.0, "men/km", "men beyond whom a front has no room", "1918; judged"
    )
    density_least: Any = _known(
        700.0, 400.0, 1000.0, "men/km", "men who cover a front in defence", "Posen; judged"
    )
    rout: Any = _known(
        30.0, 20.0, 45.0, "km", "week's move that makes the loser's retreat complete", "judged"
    )
    withdraw: Any = _known(40.0, 25.0, 60.0, "km/week", "pace of a free withdrawal", "judged")
    pocket_speed: Any = _known(
        0.5, 0.35, 0.65, "1", "share of full speed from which pockets close", "trial fit"
    )
    close: Any = _known(0.7, 0.2, 1.3, "1/week", "closings per 1,000 attacking tanks", "trial fit")
    trapped: Any = _known(0.40, 0.20, 0.55, "1", "mean share of men trapped", "trial fit")
    trapped_spread: Any = _known(
        0.17, 0.10, 0.25, "1", "sd of the share of men trapped", "trial fit"
    )
    trapped_most: Any = _known(0.8, 0.7, 0.9, "1", "largest share of men trapped", "judged")
    stand_fast: Any = _known(
        0.15, 0.05, 0.25, "1", "share trapped that standing fast adds", "judged"
    )
    stand_free: Any = _known(
        0.20, 0.10, 0.30, "1", "share trapped that freedom to withdraw saves", "judged"
    )
    stray: Any = _known(
        0.03,
        0.01,
        0.06,
        "1",
        "men outside pockets taken on 100 km of retreat",
        "Krivosheev; judged",
    )
    liquidate: Any = _known(
        0.67, 0.50, 0.85, "1/week", "share of a pocket taken a week", "Kiev, Vyazma 1941"
    )
    break_out: Any = _known(
        0.15, 0.05, 0.30, "1/week", "of the rest, share that escapes", "trial fit"
    )
    # combat: equipment
    vulnerable: Any = _known(1.0, 0.45, 1.5, "1", "factor on equipment hit per casualty", "CDB90")
    breakdown: Any = _known(0.7, 0.3, 1.1, "1", "factor on mechanical breakdowns", "trial fit")
    breakdown_most: Any = _known(
        0.75, 0.60, 0.90, "1/week", "largest share of equipment that breaks down", "judged"
    )
    toil: Any = _known(
        0.35, 0.20, 0.50, "100 km", "march that wears as a week's hard fighting does", "trial fit"
    )
    left_retreating: Any = _known(0.85, 0.65, 0.95, "1", "disabled left, retreating", "trial fit")
    left_holding: Any = _known(0.40, 0.15, 0.50, "1", "disabled left behind, holding", "trial fit")
    repair: Any = _known(
        0.35, 0.20, 0.50, "1/week", "share of a workshop's stock returned", "judged"
    )
    overrun: Any = _known(0.30, 0.10, 0.50, "1", "workshops lost per 30 km of retreat", "judged")
    # supply
    depth: Any = _known(
        0.12, 0.05, 0.25, "1/1000 km", "supply lost along the railway", "Kershaw; trial fit"
    )
    relaying: Any = _known(88.0, 66.0, 114.0, "km/week", "railhead's pace", "Kershaw: Orsha, 1941")
    use_attacking: Any = _known(1.63, 1.40, 1.85, "1", "supply used attacking", "trial fit")
    use_quiet: Any = _known(0.62, 0.50, 0.75, "1", "supply used not attacking", "trial fit")
    supply_full: Any = _known(
        1.05, 1.00, 1.10, "1", "most supply that depots send a day, of full needs", "trial fit"
    )
    supply_least: Any = _known(
        0.2,
        0.1,
        0.3,
        "1",
        "food and fodder that the land gives, of full needs",
        "van Creveld: half of both, two fifths of needs",
    )
    ration: Any = _known(
        6.8, 5.0, 9.0, "kg", "full needs of a man and day, of all supplies", "Kershaw: Sept 1941"
    )
    tonnes_per_train: Any = _known(450.0, 400.0, 500.0, "t", "supplies on a train", "judged")
    columns: Any = _known(
        0.15, 0.10, 0.25, "1", "share of the lorries' establishment in supply columns", "judged"
    )
    lorry_work: Any = _known(
        350.0, 200.0, 500.0, "t km/day", "a lorry's: 2.5 t, 7 of 10 days, 200 km", "van Creveld"
    )
    cart_work: Any = _known(
        200.0, 100.0, 350.0, "kg km/day", "done for a man by the horses of his army", "judged"
    )
    start_days: Any = _known(
        15.0, 12.0, 18.0, "days", "supply with which an offensive may start", "trial fit"
    )
    stop_days: Any = _known(2.5, 1.5, 4.0, "days", "supply at which it stops", "trial fit")
    store_days: Any = _known(30.0, 20.0, 40.0, "days", "most supply that is stored", "judged")
    home_claim: Any = _known(
        0.4,
        0.2,
        0.7,
        "1",
        "part of home use of fuel that is not cut for fronts",
        "USSBS, Oil; judged",
    )
    hunger_days: Any = _known(
        0.5, 0.25, 1.0, "days", "supply below which troops fight worse", "judged"
    )
    hunger: Any = _known(0.7, 0.6, 0.85, "1", "strength of troops without supply", "judged")
    unarmed: Any = _known(
        0.35, 0.2, 0.5, "1", "strength, and losses inflicted, without munitions", "Dupuy: shells"
    )
    on_foot: Any = _known(
        0.3,
        0.2,
        0.5,
        "1",
        "speed of an advance without lorries or fuel",
        "Posen: foot and motor marches",
    )
    # manpower
    cadre: Any = _known(
        0.25, 0.15, 0.35, "1/week", "men formed for each man of quality 1 under arms", "judged"
    )
    forming: Any = _known(
        4.0, 2.0, 8.0, "weeks", "mean time in which trained men form a unit", "judged"
    )
    outfit_least: Any = _known(
        0.5, 0.35, 0.8, "1", "share of its arms with which a unit goes out", "Glantz; judged"
    )
    bare: Any = _known(
        0.35, 0.2, 0.5, "1", "worth of a man without arms, over that of one with them", "Dupuy"
    )
    ease: Any = _known(
        5e5, 2.5e5, 1e6, "men", "room below the ceiling at which the call-up eases off", "judged"
    )
    learn: Any = _known(0.006, 0.002, 0.012, "1/week", "quality learned at the front", "trial fit")
    school_weeks: Any = _known(
        26.0, 13.0, 52.0, "weeks", "in which training takes up what the army has learned", "judged"
    )
    best: Any = _known(1.1, 1.0, 1.2, "1", "quality that experience approaches", "judged")
    # movement
    issue: Any = _known(0.10, 0.02, 0.30, "1/week", "share of a depot sent forward", "judged")
    hand_in: Any = _known(
        0.2,
        0.05,
        0.5,
        "1/week",
        "share of arms without crews that an army gives back to depots",
        "judged",
    )
    train_speed: Any = _known(450.0, 350.0, 600.0, "km/day", "speed of military trains", "Ivanov")
    men_per_train: Any = _known(480.0, 400.0, 600.0, "men", "men moved by a train", "judged")
    # industry
    progress: Any = _known(
        0.87, 0.80, 0.92, "1", "hours left at each doubling", "T-34 prices, 1941-45"
    )
    moving_loss: Any = _known(0.17, 0.10, 0.25, "1", "plant lost in evacuation", "Werth, judged")
    build_weeks: Any = _known(26.0, 12.0, 40.0, "weeks", "mean time to build capacity", "judged")
    convert_weeks: Any = _known(
        15.0, 8.0, 26.0, "weeks", "mean time to turn works to arms", "Cadillac, 1942; judged"
    )
    invest: Any = _known(
        0.05, 0.02, 0.10, "1/week", "asked beyond capacity, begun as new", "judged"
    )
    evacuate_reach: Any = _known(
        250.0, 150.0, 350.0, "km", "distance from the front at which plant is moved", "judged"
    )
    evacuate_most: Any = _known(
        0.35, 0.20, 0.50, "1/week", "largest share of plant that is moved", "judged"
    )
    restart_weeks: Any = _known(
        12.0, 8.0, 16.0, "weeks", "mean time until moved plant works again", "Werth"
    )
    hire: Any = _known(
        0.05, 0.02, 0.10, "1/week", "share of vacancies filled, of the pool at most", "judged"
    )
    stock_weeks: Any = _known(
        13.0, 8.0, 26.0, "weeks", "use that is in stock when works slow down", "judged"
    )
    learned_most: Any = _known(
        2.2, 1.8, 2.6, "1", "first hours over the least that learning leads to", "judged"
    )
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
    bias_weeks: Any = _known(
        4.0, 3.0, 6.0, "weeks", "time in which first errors fade", "Halder, Jun to Aug 1941"
    )
    first_doubt: Any = _known(
        1.0, 0.7, 1.3, "1", "variance of belief before the first report, in logs", "judged"
    )
    inspected: Any = _known(
        0.5, 0.3, 0.7, "1", "share of a report's error and delay that inspectors leave", "judged"
    )
    # staffs and policies
    sure: Any = _known(
        1.65, 1.28, 1.96, "1", "sd of doubt that a staff allows for before it thins", "judged"
    )
    warning: Any = _known(
        6.0, 3.0, 9.0, "weeks", "in which a gathering enemy is seen before he attacks", "judged"
    )
    gather: Any = _known(
        10.0, 7.0, 14.0, "weeks", "for which an attacker gathers", "1941, Manchuria 1945; judged"
    )
    sent: Any = _known(0.9, 0.6, 1.0, "1/week", "share of spare men sent to the fronts", "judged")
    shift: Any = _known(
        0.06,
        0.02,
        0.15,
        "1/week",
        "share of a front's men who may leave for one that needs them more",
        "Army Group Centre, August 1941: 100,000 of 1.3 M; judged",
    )
    need_most: Any = _known(
        5.0, 3.0, 8.0, "1", "enemy's odds beyond which no more reserves are called", "judged"
    )
    even_odds: Any = _known(
        1.1, 0.95, 1.3, "1", "odds at which an opportunist's attack is as likely as not", "judged"
    )
    steep: Any = _known(
        8.0, 5.0, 12.0, "1", "steepness of his choice, in log odds", "quantal response; judged"
    )
    onward: Any = _known(
        0.15, 0.0, 0.3, "1", "log odds that an offensive under way is worth to him", "judged"
    )
    overstretch: Any = _known(
        0.4, 0.2, 0.8, "1", "log odds that he asks for each offensive of his elsewhere", "judged"
    )
    operation_weeks: Any = _known(
        8.0, 5.0, 13.0, "weeks", "mean length of an operation", "Krivosheev: twelve of 1941-42"
    )
    regroup_weeks: Any = _known(
        6.0, 4.0, 10.0, "weeks", "rest in which an axis regroups for an operation", "judged"
    )
    passable: Any = _known(
        0.3, 0.2, 0.45, "1", "season's factor on advance below which he waits", "judged"
    )
    bold_odds: Any = _known(
        1.5, 1.2, 2.1, "1", "odds at which the cautious attack", "Davis, MR-638: break-even"
    )
    # diplomacy
    forget: Any = _known(
        0.98, 0.96, 0.99, "1/week", "share of past conduct remembered", "Josang and Ismail"
    )
    temper: Any = _known(
        0.02, 0.01, 0.05, "1", "spread of moods at signature, in units of value", "judged"
    )
    slack: Any = _known(
        0.05, 0.02, 0.10, "1", "share over a ceiling, or of goods late, let pass", "judged"
    )
    kept_most: Any = _known(
        8.0, 4.0, 16.0, "1", "promises kept that trust comes to count", "judged"
    )
    blame_attack: Any = _known(
        10.0, 5.0, 20.0, "1", "promises broken that an attack counts for, to its victim", "judged"
    )
    blame_watched: Any = _known(
        3.0, 1.0, 6.0, "1", "promises broken that an attack counts for, to others", "judged"
    )
    blame_excess: Any = _known(
        0.2, 0.1, 0.4, "1/week", "promises broken that an exceeded ceiling counts for", "judged"
    )
    blame_late: Any = _known(
        0.02, 0.01, 0.05, "1/week", "promises broken that late goods or gold count for", "judged"
    )
    reliance: Any = _known(
        0.75, 0.66, 0.82, "1", "chance that an ally comes to a war it is called to", "Leeds 2003"
    )
    blame_absent: Any = _known(
        3.0,
        1.0,
        10.0,
        "1",
        "promises broken by an ally who stays away, or makes peace alone",
        "judged",
    )
    break_rate: Any = _known(
        0.0002, 0.00005, 0.0008, "1/week", "hazard that a power at war breaks", "1914-45; judged"
    )
    break_people: Any = _known(
        25.0,
        15.0,
        40.0,
        "1",
        "how a share of its people lost raises it, log",
        "France 1940; judged",
    )
    break_people_from: Any = _known(
        0.45, 0.4, 0.55, "1", "share of its people lost that a power bears", "USSR 1941; judged"
    )
    break_capital: Any = _known(
        5.0, 2.0, 8.0, "1", "how its capital lost raises it, log", "1812, 1937, 1940; judged"
    )
    break_capital_from: Any = _known(
        0.5, 0.4, 0.6, "1", "share of its capital lost that a power bears", "judged"
    )
    break_army: Any = _known(
        0.2, 0.1, 0.4, "1/week", "how a week of too small an army raises it, log", "1918; judged"
    )
    break_army_from: Any = _known(
        4.0, 2.0, 8.0, "weeks", "time of too small an army that a power bears", "1918; judged"
    )
    break_need: Any = _known(
        6.0, 3.0, 10.0, "1", "how a vital need unmet raises it, log", "1917-18; judged"
    )
    break_need_from: Any = _known(
        0.3, 0.2, 0.4, "1", "share of a vital need unmet that a power bears", "1917-18; judged"
    )
    break_losses: Any = _known(
        3.0, 1.0, 5.0, "1", "how losses over men in units raise it, log", "1917-18; judged"
    )
    break_losses_from: Any = _known(
        1.5, 1.2, 2.0, "1", "half a year's losses over men that a power bears", "USSR 1941; judged"
    )
    captivity: Any = _known(
        0.15, 0.0, 0.35, "1", "share of a broken power's men who are taken", "1918, 1940; judged"
    )
    demobilise: Any = _known(
        0.1, 0.05, 0.25, "1/week", "share of a broken power's men who go home", "1918; judged"
    )
    onset: Any = _known(
        0.003, 0.001, 0.01, "1/week", "hazard of war at odds a leader finds overwhelming", "judged"
    )
    busy: Any = _known(
        2.0, 1.0, 3.0, "1", "how far a war elsewhere lowers the hazard of another, log", "judged"
    )
    pledge: Any = _known(
        0.7, 0.3, 1.5, "1", "how far a promise of peace lowers that hazard, log", "Leeds; judged"
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
    # trade
    keep_weeks: Any = _known(
        4.0, 2.0, 8.0, "weeks", "own use of a material that a seller keeps in stock", "judged"
    )
    patience: Any = _known(
        4.0, 2.0, 8.0, "weeks", "time that goods lie unpaid before the buyer defaults", "judged"
    )


@dataclass(frozen=True)
class RivalCoefficients(Coefficients):
    """What the rival theories of combat have beside them, and which theory it is
    (`model/theories.py`); the shipped week has none of these."""

    theory: Any = 0.0
    """The place of the theory in THEORIES."""
    # Epstein
    prosecution: Any = _known(
        0.02,
        0.01,
        0.05,
        "1/day",
        "loss rate of men in contact that an attacker opens with",
        "Epstein",
    )
    bears_attacking: Any = _known(
        0.075, 0.03, 0.12, "1/day", "loss rate at which an attacker presses no harder", "Epstein"
    )
    bears_defending: Any = _known(
        0.05, 0.02, 0.08, "1/day", "loss rate beyond which a defender gives ground", "Epstein"
    )
    exchange: Any = _known(
        1.5, 1.0, 3.0, "1", "attackers lost for a defender, of equal skill", "Epstein; Posen"
    )
    contact: Any = _known(
        0.1, 0.03, 0.2, "1", "share of a front's men who are in contact", "a tenth of rates; judged"
    )
    # Posen
    assault_loss: Any = _known(
        0.04, 0.012, 0.075, "1/day", "losses of the units in the assault", "Posen"
    )
    assault_share: Any = _known(
        0.1, 0.05, 0.2, "1", "share of the front that is assaulted", "Posen: 3 of 50 km in 750"
    )
    assault_men: Any = _known(
        1800.0, 1300.0, 2900.0, "men/km", "in an assault", "Posen: 7-15 km a division"
    )
    cover_men: Any = _known(
        740.0, 600.0, 900.0, "men/km", "who cover the rest", "Posen: 22-33 km a division"
    )
    defend_men: Any = _known(
        540.0, 400.0, 800.0, "men/km", "who hold a front", "Posen: 25-50 km a division"
    )
    creep: Any = _known(3.5, 2.0, 5.0, "km/day", "of an assault against a defence", "Posen")
    burst: Any = _known(
        17.5, 15.0, 20.0, "km/day", "of one against who cannot hold his front", "Posen"
    )
    # Dupuy
    attacker_loss: Any = _known(
        0.028, 0.02, 0.04, "1/day", "of a division that attacks, at even power", "Dupuy: QJM, TNDM"
    )
    defender_loss: Any = _known(
        0.015, 0.01, 0.03, "1/day", "of a division that defends, at even power", "Dupuy: QJM, TNDM"
    )
    size: Any = _known(
        0.1, 0.03, 0.3, "1", "factor for the size of a front", "Dupuy: 0.3 at 120,000; judged"
    )
    march: Any = _known(
        0.75, 0.5, 1.0, "1", "pace of a front over that of motorised divisions", "Dupuy: infantry"
    )


def _coefficient(known: "Field[Any]") -> Coefficient:
    about: dict[str, Any] = {"name": known.name, "default": known.default, **known.metadata}
    return Coefficient(**about)


COEFFICIENTS: dict[str, Coefficient] = {f.name: _coefficient(f) for f in fields(Coefficients)}
RIVALS: dict[str, Coefficient] = {
    f.name: _coefficient(f)
    for f in fields(RivalCoefficients)
    if f.metadata and f.name not in COEFFICIENTS
}
THEORIES: dict[str, tuple[str, ...]] = {
    "helmbold": (),
    "lanchester-square": (),
    "lanchester-linear": (),
    "epstein": ("prosecution", "bears_attacking", "bears_defending", "exchange", "contact"),
    "posen": (
        "assault_loss", "assault_share", "assault_men", "cover_men", "defend_men", "exchange",
        "creep", "burst",
    ),
    "dupuy": ("attacker_loss", "defender_loss", "size", "march"),
}  # fmt: skip
"""The theories of combat by name, the shipped one first, and what each draws of its own."""


def coefficients_under(theory: str) -> dict[str, Coefficient]:
    """What members draw under a theory; "" is the shipped one."""
    return COEFFICIENTS | {name: RIVALS[name] for name in THEORIES.get(theory, ())}
