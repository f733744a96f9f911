"""What numbers of a campaign are called, for pages that never simulate."""

from __future__ import annotations

from collections.abc import Sequence

from sinews.scenario.schema import Scenario
from sinews.series import SERIES


def thing_title(scenario: Scenario, name: str) -> str:
    """A power, theatre, item, agreement or lot by its title; anything else by its name."""
    for table in (scenario.powers, scenario.theatres, scenario.items, scenario.agreements):
        if name in table:
            return table[name].title or name
    for contract, about in scenario.contracts.items():
        if name.startswith(f"{contract} ") and name.removeprefix(f"{contract} ") in about.goods:
            good = name.removeprefix(f"{contract} ")
            return f"{about.title or contract}: {thing_title(scenario, good)}"
    return name


def measure_title(scenario: Scenario, series: str, labels: Sequence[str]) -> str:
    """A number in words, whose it is first.

    >>> from sinews.scenario import load
    >>> council = load("tests/scenarios/council.toml")
    >>> measure_title(council, "equipment", ["ostland", "tank"])
    'Ostland: tank, owned'
    """
    names = [thing_title(scenario, label) for label in labels]
    own = bool(labels) and labels[0] in scenario.powers
    words = ", ".join([*names[own:], SERIES[series].title])
    return f"{names[0]}: {words}" if own else words[0].upper() + words[1:]
