"""What a scenario states and nothing comes of: `sinews check` tells it as notes.

Unlike `feasible.py` nothing here is a mistake: the file means what it says, but no campaign differs
for it, and whoever wrote it may have meant something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sinews.errors import Mistake, dotted, shown
from sinews.scenario.load import as_read, as_written
from sinews.scenario.schema import Scenario


def idle(scenario: Scenario) -> list[Mistake]:
    """Rows dated outside the scenario, sources that nothing cites, men whom no railway reaches,
    gold that nothing can spend, signed contracts that rest for good, options that leave all as it
    is: each with its place and why."""
    return [
        *_undated(scenario),
        *_uncited(scenario),
        *_stranded(scenario),
        *_unspent(scenario),
        *_resting(scenario),
        *_without_effect(scenario),
    ]


def _undated(s: Scenario) -> Iterator[Mistake]:
    for name, power in as_read(s).get("power", {}).items():  # not what it takes over from another
        for kind in ("script", "build", "receive"):
            for index, row in enumerate(power.get(kind, ())):
                first, until = row["from"], row.get("until", s.end)
                if first >= s.end:
                    problem = f"is never in force: the scenario runs from {s.start} to {s.end}"
                    path = dotted(("power", name, kind, index))
                    yield Mistake(path, problem, value=f"{first} to {until}")


def _uncited(s: Scenario) -> Iterator[Mistake]:
    raw = as_read(s)
    cited = set(_cited({key: raw[key] for key in raw if key != "sources"}))
    for key in raw.get("sources", {}):
        if key not in cited:
            yield Mistake(dotted(("sources", key)), "no number rests on it")


def _cited(value: Any) -> Iterator[str]:
    """Every source that a part of a file names."""
    if isinstance(value, dict) and isinstance(value.get("source"), str):
        yield value["source"]
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from _cited(each)


def _stranded(s: Scenario) -> Iterator[Mistake]:
    left = {(link.power, link.from_) for link in s.links}
    for index, force in enumerate(s.forces):
        theatre = s.theatres[force.theatre]
        stays = theatre.axis or theatre.garrison.middle > 0 or not force.men.middle
        if not stays and (force.power, force.theatre) not in left:
            problem = f"they never move: no link of {force.power} leads away from there"
            remedy = "add a [[link]] from there, or say in the theatre's garrison that they stay"
            yield Mistake(dotted(("force", index)), problem, "", remedy, shown(force.theatre))


def _unspent(s: Scenario) -> Iterator[Mistake]:
    busy = {name for c in s.contracts.values() for name in (c.seller, c.buyer)}
    golden = [a.transfers.get("gold", {}) for a in s.agreements.values()]
    busy |= {name for parties in golden for name, t in parties.items() if t.span[0] < 0}
    has = [name for name, p in s.powers.items() if "gold" in p.stock and p.stock["gold"].middle > 0]
    if idle := [name for name in has if name not in busy]:
        problem = (
            f"nothing spends the gold of {', '.join(idle)}: no contract and no treaty that costs"
        )
        yield Mistake(dotted(("power", idle[0], "stock", "gold")), problem)


def _resting(s: Scenario) -> Iterator[Mistake]:
    needed = {name for c in s.contracts.values() if c.signed for name in c.needs}
    ways = [(), *((name,) for name, option in s.options.items() if option.acts)] if needed else []
    signed = {name for name, agreement in s.agreements.items() if agreement.signed}
    for way in ways:
        agreements = as_written(s, way).get("agreement", {})
        signed |= {name for name, agreement in agreements.items() if agreement.get("signed")}
    for name, contract in s.contracts.items():
        for index, agreement in enumerate(contract.needs if contract.signed else ()):
            if agreement not in signed:
                problem = "neither the scenario nor an option signs it: the contract rests for good"
                path = dotted(("contract", name, "needs", index))
                yield Mistake(path, problem, "", "sign it, or leave it out", shown(agreement))


def _without_effect(s: Scenario) -> Iterator[Mistake]:
    plain = as_written(s)
    for name, option in s.options.items():
        if option.acts and as_written(s, (name,)) == plain:
            yield Mistake(dotted(("option", name)), "it changes nothing: all is so without it")
