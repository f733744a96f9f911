"""How a number balances: the conservation law that it belongs to, written out with its numbers.

`BALANCES` says the same as `sinews.model.laws.LAWS` for what is recorded of it; a test holds the
two together. It stands here so that a page can be made without the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sinews.analysis.numerals import day
from sinews.campaign.ledger.readings import Readings
from sinews.scenario import Scenario
from sinews.scenario.number import Number
from sinews.series import SERIES


@dataclass(frozen=True)
class Balance:
    """A law: what is recorded of the stocks that it adds up, and of the flows that change them.

    By field of State: the series in which it is recorded, or why it is not.
    """

    law: str
    title: str
    stocks: Mapping[str, str]
    gains: Mapping[str, str]
    losses: Mapping[str, str]


# What is no series says what is not recorded.
BALANCES: dict[str, Balance] = {
    "equipment": Balance(
        "equipment",
        "Equipment of each type is made, given, taken, moved or lost",
        # "owned" is all of them together.
        dict.fromkeys(
            "equipment workshop pocket_kit depot waiting_kit moving_kit set_aside shipping "
            "landed".split(),
            "equipment",
        ),
        {
            "made": "made",
            "received": "received",
            "seized": "taken from the enemy and usable",
            "bought": "bought",
        },
        {"lost": "lost", "sold": "sold"},
    ),
    "materials": Balance(
        "materials",
        "Materials, gold among them, are made, mined, given, traded, paid or used",
        {"material": "materials"}
        | dict.fromkeys(
            ("set_aside", "shipping", "landed"), "set aside, under way or landed for contracts"
        ),
        {
            "yielded": "produced",
            "supplied": "come from outside",
            "bought_material": "bought abroad",
            "paid_in": "paid by others",
        },
        {
            "used": "used by industry and troops",
            "sold_material": "sold abroad",
            "paid_out": "paid to others",
        },
    ),
    "munitions": Balance(
        "munitions",
        "Munitions and fuel at a front are sent there, and used or lost there",
        {"dump": "at the front"},
        {"issued": "sent to the front"},
        {"spent": "fired, burned, or lost with the encircled"},
    ),
    "men": Balance(
        "men",
        "Every man is in one place, and none is lost from the count",
        {
            "men": "force",
            "pocket_men": "encircled",
            "hospital": "in hospital",
            "dead": "killed",
            "invalid": "discharged as invalids",
            "prisoners": "captured_men",
            "reserve": "reservists not called up",
            "pool": "untrained",
            "occupied": "of age behind the enemy's front",
            "training": "in training",
            "ready": "ready",
            "labour": "at work",
            "waiting_men": "waiting for trains",
            "moving_men": "on trains",
        },
        {"born": "come of age", "acceded": "come with places handed over"},
        {"ceded": "gone with places handed over"},
    ),
    "contracts": Balance(
        "contracts",
        "Goods set aside for a contract are handed over, lost on the way or taken back",
        {"set_aside": "set aside", "shipping": "under way", "landed": "landed, not yet paid for"},
        {"allotted": "made or taken for it"},
        {"handed": "delivered", "sunk": "lost on the way", "returned": "taken back"},
    ),
}


@dataclass(frozen=True)
class BalanceTerm:
    """A line of a balance: + or -, what it is, its measure, and its value if it is known."""

    sign: int
    words: str
    measure: str
    value: float | None


@dataclass(frozen=True)
class Reckoning:
    """A number then and now, and what stands between."""

    law: str
    title: str
    words: str
    unit: str
    then: BalanceTerm
    terms: tuple[BalanceTerm, ...]
    hidden: tuple[str, ...]
    """What is recorded nowhere that this seat can read."""
    rest: float
    """What the known terms leave unexplained: the sum of what is hidden."""
    now: BalanceTerm


def account(
    scenario: Scenario, known: Readings, series: str, labels: Sequence[str]
) -> Reckoning | None:
    """How a number came about since the turn before; None if no law that is recorded says."""
    name = ":".join((series, *labels))
    if SERIES[series].sums or series == "field_strength":
        return _sum(scenario, known, series, labels)
    if series in ("equipment", "materials"):
        return _stock(known, series, labels)
    if SERIES[series].counts == "sum":
        return _flow(known, series, name)
    if series == "gold":
        return _gold(scenario, known, labels[0])
    if series == "force":
        return _men(known, labels)
    if series == "front":
        return _front(known, name)
    return None


def law_of(series: str) -> Balance | None:
    """The law in which a series stands."""
    law = SERIES[series].law
    return BALANCES[law] if law else None


def _closed(
    known: Readings, name: str, law: Balance, terms: Sequence[BalanceTerm], hidden: Sequence[str]
) -> Reckoning:
    then, now = known.then(name) or 0.0, known.now(name) or 0.0
    rest = now - then - sum(t.sign * t.value for t in terms if t.value is not None)
    return Reckoning(
        law.law,
        law.title,
        "",
        known.unit(name),
        BalanceTerm(1, "then", f"{name}@{known.day_before}", then),
        tuple(terms),
        tuple(hidden),
        _settled(rest, max(abs(then), abs(now))),
        BalanceTerm(1, "now", known.stood(name), now),
    )


def _settled(rest: float, size: float) -> float:
    """A rest, or nothing if it is what float32 leaves of a sum."""
    return 0.0 if abs(rest) <= 2e-6 * max(size, 1.0) else rest


def _stock(known: Readings, series: str, labels: Sequence[str]) -> Reckoning:
    name, law = ":".join((series, *labels)), BALANCES[series]
    terms: list[BalanceTerm] = []
    hidden = [words for words in dict.fromkeys(law.stocks.values()) if words not in SERIES]
    for sign, flows in ((1, law.gains), (-1, law.losses)):
        for each in flows.values():
            column = ":".join((each, *labels))
            if known.knows(column):
                terms.append(BalanceTerm(sign, each, known.changed(column), known.change(column)))
            else:
                hidden.append(each)
    return _closed(known, name, law, terms, hidden)


def _gold(scenario: Scenario, known: Readings, power: str) -> Reckoning:
    terms: list[BalanceTerm] = []
    for contract, about in scenario.contracts.items():
        for good in about.goods:
            column = f"paid:{contract} {good}"
            sign = 1 if about.seller == power else -1
            if power in (about.seller, about.buyer) and known.change(column):
                terms.append(BalanceTerm(sign, column, known.changed(column), known.change(column)))
    hidden = ["mined", "paid under agreements, as advances and as penalties"]
    return _closed(known, f"gold:{power}", BALANCES["materials"], terms, hidden)


def _men(known: Readings, labels: Sequence[str]) -> Reckoning:
    """Men in a theatre: trains and losses are not recorded by theatre."""
    hidden = ["formed here", "come and gone by train", "lost here", "come back from hospital"]
    return _closed(known, ":".join(("force", *labels)), BALANCES["men"], (), hidden)


def _flow(known: Readings, series: str, name: str) -> Reckoning:
    """What counts from the start is the sum of its weeks."""
    weekly = known.weekly(name)[: known.week - known.record.first + 1]
    first = known.before - known.record.first
    terms = [
        BalanceTerm(
            1,
            f"in the week to {day(known.day_of(known.before + i + 1))}",
            f"{name}@{known.day_of(known.before + i)}..{known.day_of(known.before + i + 1)}",
            after - before,
        )
        for i, (before, after) in enumerate(pairwise(weekly[first:]))
    ]
    law = law_of(series) or Balance(series, "It counts from the start, week by week", {}, {}, {})
    return _closed(known, name, law, terms, ())


def _front(known: Readings, name: str) -> Reckoning:
    title = "A front stands where it stood, moved by what it moved in each week"
    return replace(_flow(known, "front", name), law="", title=title)


def _sum(scenario: Scenario, known: Readings, series: str, labels: Sequence[str]) -> Reckoning:
    """A number that others add up to, today."""
    if series == "field_strength":
        fronts = [theatre for theatre, t in scenario.theatres.items() if t.axis]
        parts = [f"force:{labels[0]}:{theatre}" for theatre in fronts]
    else:
        parts = [":".join((part, *labels)) for part in SERIES[series].sums]
    name = ":".join((series, *labels))
    terms = [
        BalanceTerm(1, part, known.stood(part), value)
        for part in parts
        if (value := known.now(part))
    ]
    now = known.now(name) or 0.0
    rest = _settled(now - sum(t.value or 0.0 for t in terms), now)
    law = BALANCES["men"]
    nothing = BalanceTerm(1, "", "", None)
    return Reckoning(
        law.law, law.title, "the sum of", known.unit(name), nothing, tuple(terms), (), rest,
        BalanceTerm(1, "now", known.stood(name), now),
    )  # fmt: skip


# What the scenario states.


def stated_numbers(scenario: Scenario, series: str, labels: Sequence[str]) -> list[Number]:
    """The numbers of the scenario that a measure starts from, as far as their names tell."""
    wanted = _paths(scenario, series, list(labels))
    return [n for n in scenario.numbers() if any(_under(n.path, path) for path in wanted)]


def _under(path: str, start: str) -> bool:
    return path == start or path.startswith((f"{start}.", f"{start}["))


def _paths(scenario: Scenario, series: str, labels: list[str]) -> list[str]:
    """Where in the scenario a measure's first numbers stand."""
    power = labels[0] if labels else ""
    if series in ("equipment", "made", "received", "bought", "sold", "lost"):
        item = labels[1]
        own = [f'force."{f.power}>{f.theatre}".{item}' for f in scenario.forces if f.power == power]
        listed = [
            f"force[{i}].{item}" for i, f in enumerate(scenario.forces, 1) if f.power == power
        ]
        rows = [
            f"power.{power}.{table}[{i}].{item}"
            for table in ("build", "receive")
            for i in range(1, 1 + len(getattr(scenario.powers[power], table)))
        ]
        return [f"power.{power}.stock.{item}", *own, *listed, *rows, f"item.{item}"]
    if series in ("materials", "produced"):
        making = [n for n, s in scenario.sectors.items() if s.makes == labels[1]]
        industry = [f"power.{power}.industry.{n}" for n in making]
        return [f"power.{power}.stock.{labels[1]}", *industry, *(f"sector.{n}" for n in making)]
    if series == "capacity":
        return [f"power.{power}.industry.{labels[1]}", f"sector.{labels[1]}"]
    if series == "gold":
        return [f"power.{power}.stock.gold", f"power.{power}.stock.gold_mined"]
    if series in ("force", "strength", "days", "strength_seen"):
        rows = [
            f"force[{i}]"
            for i, f in enumerate(scenario.forces, 1)
            if (f.power, f.theatre) == (power, labels[1])
        ]
        return [f'force."{power}>{labels[1]}".{part}' for part in ("men", "quality", "days")] + [
            f"{row}.{part}" for row in rows for part in ("men", "quality", "days")
        ]
    if series in ("front", "hostile"):
        return [f"theatre.{power}.front", f"theatre.{power}.pace", f"theatre.{power}.value"]
    if series == "held":
        return [
            f"theatre.{theatre}.place[{i}]"
            for theatre, about in scenario.theatres.items()
            for i, place in enumerate(about.place, 1)
            if place.name == power
        ]
    if series in ("delivered", "late", "paid", "paid_in_kind", "lapsed", "void", "defaulted"):
        contract = next((c for c in scenario.contracts if power.startswith(f"{c} ")), "")
        return [f"contract.{contract}"] if contract else []
    if series in ("in_force", "broken", "demarcated"):
        return [f"agreement.{power}"]
    if series == "trust":
        return [f"power.{power}.trust.{labels[1]}"]
    return [f"power.{power}.manpower"] if power in scenario.powers else []
