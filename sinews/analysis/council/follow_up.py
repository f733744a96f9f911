"""Follow-ups: what has come of what was decided, as the minister who was charged with it reports to
later councils.

Of each contract and agreement that the chosen option signed: how far it has come. Then how the
item's own measures stand. In a played campaign these are what its power knows; in a brief they are
what the staff believes, over the members.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.numerals import amount, band, day
from sinews.analysis.titles import measure_title, thing_title
from sinews.scenario.council import AgendaItem
from sinews.scenario.schema import Scenario
from sinews.series import SERIES

Known = Callable[[str], NDArray[np.float64] | None]
"""What is known today of a number such as "gold:china": its value, or its values over the members
where it is only believed [member]; None where nothing is."""

_HALF = 0.5  # from which on what either is or is not counts as being so
_TRIFLE = 0.5  # goods that are not worth a word


@dataclass(frozen=True)
class Report:
    """A minister's report on what came of a decision."""

    item: str
    title: str
    option: str
    choice: str
    """The option's title."""
    decided: date
    minister: str
    who: str
    """Who reports: name and office."""
    progress: tuple[str, ...]
    """Sentences without their full stops."""

    def sentence(self) -> str:
        """The report in words."""
        head = f"{self.who}, on “{self.title}” ({day(self.decided)}: {self.choice})"
        return f"{head}: {'. '.join(self.progress)}."

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "item": self.item,
            "option": self.option,
            "decided": self.decided.isoformat(),
            "minister": self.minister,
            "report": self.sentence(),
        }


def reports(scenario: Scenario, power: str | None, on: date, known: Known) -> tuple[Report, ...]:
    """The reports due to a power's council on a day: of each decision taken before it, to the end
    of the item's horizon, on which its item says who reports. `scenario` has what was decided."""
    found = (_report(scenario, item, on, known) for item in scenario.agenda)
    own = (r for r in found if r and scenario.ministers[r.minister].power == power)
    return tuple(sorted(own, key=lambda r: r.decided))


def _report(scenario: Scenario, item: AgendaItem, on: date, known: Known) -> Report | None:
    option = next((name for name in item.options if name in scenario.decided), None)
    if option is None or not item.follow_up:
        return None
    decided = scenario.decided[option]
    if not decided < on <= decided + timedelta(weeks=item.horizon):
        return None
    progress = [*_signed(scenario, option, known), *_measured(scenario, item, known)]
    if not progress:
        return None
    minister = scenario.ministers[item.follow_up]
    return Report(
        item.name,
        item.title or item.name,
        option,
        scenario.options[option].title or option,
        decided,
        item.follow_up,
        ", ".join(x for x in (minister.name, minister.title or item.follow_up) if x),
        tuple(progress),
    )


def _signed(scenario: Scenario, option: str, known: Known) -> Iterator[str]:
    """How far each contract and agreement has come that an option signs."""
    patch = scenario.options[option].set
    for name in patch.get("contract", ()):
        if scenario.contracts[name].signed is not None:
            yield from _contract(scenario, name, known)
    for name in patch.get("agreement", ()):
        if scenario.agreements[name].signed is not None:
            yield from _agreement(scenario, name, known)


def _contract(scenario: Scenario, name: str, known: Known) -> Iterator[str]:
    about = scenario.contracts[name]
    parts: list[str] = []
    for good, agreed in about.goods.items():
        lot, unit = f"{name} {good}", "items" if good in scenario.items else "t"
        come, late = known(f"delivered:{lot}"), known(f"late:{lot}")
        if come is None or late is None:
            return
        text = f"{_quoted(come, unit)} of {amount(agreed.middle, unit)}"
        text += f" {thing_title(scenario, good)}{'' if unit == 'items' else ', t,'} delivered"
        text += f", {_quoted(late, unit)} late" if np.median(late) >= _TRIFLE else ""
        parts.append(text)
    lots = [f"{name} {good}" for good in about.goods]
    if "gold" in about.price:
        gold = [x for x in (known(f"paid:{lot}") for lot in lots) if x is not None]
        whole = amount(about.price["gold"].middle, "t")
        parts.append(f"{_quoted(np.sum(gold, axis=0), 't')} of {whole} t of gold paid")
    ended = [x for x in (known(f"lapsed:{lot}") for lot in lots) if x is not None]
    parts += _so(np.max(ended, axis=0), "given up", "") if ended else []
    yield f"{about.title or name}: {'; '.join(parts)}"


def _agreement(scenario: Scenario, name: str, known: Known) -> Iterator[str]:
    about = scenario.agreements[name]
    force, broken = known(f"in_force:{name}"), known(f"broken:{name}")
    if force is None or broken is None:
        return
    parts = [*_so(force, "in force", "not in force"), *_so(broken, "broken", "")]
    wars = [known(":".join(("war", *pair))) for pair in combinations(about.parties, 2)]
    fought = [x for x in wars if x is not None]
    if fought and (about.truce.middle > 0.0 or about.peace):
        parts += _so(force * np.max(fought, axis=0), "overtaken by war", "")
    marked = known(f"demarcated:{name}")
    if about.line.middle > 0.0 and marked is not None:
        whole = amount(about.line.middle, "km")
        parts.append(f"{_quoted(marked, 'km')} of {whole} km marked")
    for row in about.ceiling:
        men = known(f"force:{row.power}:{row.theatre}")
        if men is not None:
            where = measure_title(scenario, "force", (row.power, row.theatre))
            most = f"at most {amount(row.men.middle, 'men')} from {day(row.until)}"
            parts.append(f"{where}: {_quoted(men, 'men')}, {most}")
    yield f"{about.title or name}: {'; '.join(parts)}"


def _so(values: NDArray[np.float64], yes: str, no: str) -> list[str]:
    """Whether something is so, or in how many of a hundred campaigns; nothing where that is left
    unsaid.

    >>> _so(np.array([1.0]), "in force", ""), _so(np.array([0.0]), "broken", "")
    (['in force'], [])
    >>> _so(np.array([0.0, 1.0, 1.0, 1.0]), "broken", "")
    ['broken in 75 of 100 campaigns']
    """
    share = float(np.mean(values >= _HALF))
    if 0.0 < share < 1.0:
        return [f"{yes} in {100 * share:.0f} of 100 campaigns"]
    words = yes if share else no
    return [words] if words else []


def _measured(scenario: Scenario, item: AgendaItem, known: Known) -> Iterator[str]:
    """How the item's measures stand that no contract or agreement has told of."""
    for word in item.measures:
        series, *labels = word.partition("@")[0].split(":")
        values, about = known(":".join((series, *labels))), SERIES[series]
        if values is None or {"lot", "agreement"} & {*about.axes}:
            continue
        title = measure_title(scenario, series, labels)
        if about.either:
            yield f"{title}: {(_so(values, 'yes', 'no'))[0]}"
        else:
            unit = "" if about.unit == "1" else f" {about.unit}"
            yield f"{title}: {_quoted(values, about.unit)}{unit}"


def _quoted(values: NDArray[np.float64], unit: str) -> str:
    """A number, or the middle of what it may be and 5-95 %."""
    middle = amount(float(np.median(values)), unit)
    low, high = map(float, np.quantile(values, (0.05, 0.95)))
    return (
        middle if amount(low, unit) == amount(high, unit) else f"{middle} ({band(low, high, unit)})"
    )
