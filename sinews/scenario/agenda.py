"""Whether ministers and the agenda of a council fit the scenario, and its options each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from sinews.errors import shown, suggestion
from sinews.scenario.council import AgendaItem, Ask, Given, Trigger
from sinews.scenario.names import Look
from sinews.scenario.number import Fault
from sinews.scenario.options import Path, clashes
from sinews.scenario.read import MISSING
from sinews.scenario.words import MEASURES, QUESTIONS
from sinews.series import SERIES

FEWEST, MOST = 2, 4
"""Options of an item."""


def council(look: Look) -> None:
    doc, found = look.doc, look.found
    look.inside(("council",), doc.council)
    if look.found.sound(("council",)):
        for name, day in found.text.decided.items():
            if look.dated and not doc.start <= day <= look.end:
                expected = f"write a date from {doc.start} to {look.end}"
                problem = "lies outside the scenario"
                found.note(("option",), problem, expected, "", f"{name}@{day}")
    look.known(("player",), "power", doc.player)
    if doc.agenda and doc.player is None:
        problem = "is missing, although there is an agenda"
        found.add(("player",), problem, "write player = POWER (whose council it is)")
    for name, power in doc.power.items():
        for word in power.aims:
            _measure(look, ("power", name, "aims", word), word, dated=False)
    for name, minister in doc.minister.items():
        path: Path = ("minister", name)
        look.known(path + ("power",), "power", minister.power)
        look.all_known(path + ("bias",), "option", minister.bias)
        for word in minister.portfolio:
            _measure(look, path + ("portfolio", word), word, dated=False)
    for index, item in enumerate(doc.agenda):
        _item(look, ("agenda", index), item)
    _options(look)


def _item(look: Look, path: Path, item: AgendaItem) -> None:
    reports = look.known(path + ("minister",), "minister", item.minister)
    follows = look.known(path + ("follow_up",), "minister", item.follow_up or None)
    if reports and follows and not look.found.blame(("minister",)):
        owner, power = (look.doc.minister[x].power for x in (item.minister, item.follow_up))
        if power != owner:
            problem = f"is a minister of {power}, and the council is {owner}'s"
            at = path + ("follow_up",)
            look.found.add(at, problem, "", "name a minister of that power", item.follow_up)
    for key in ("measures", "estimates"):
        for index, word in enumerate(getattr(item, key)):
            _measure(look, path + (key, index), word)
    first = item.from_ or look.doc.council or look.doc.start
    look.ordered(path + ("until",), first, item.until)
    look.inside(path + ("from",), item.from_)
    look.inside(path + ("until",), item.until)
    if "horizon" in item.model_fields_set and look.dated and look.found.sound(("council",)):
        end = (look.doc.council or look.doc.start) + timedelta(weeks=item.horizon)
        if end > look.end:
            problem = f"weeks after the council end on {end}, after the scenario"
            expected = f"the last day is {look.end}"
            look.found.add(path + ("horizon",), problem, expected, "", item.horizon)
    if item.trigger is not None:
        at = path + ("trigger",)
        _measure(look, at + ("measure",), item.trigger.measure, dated=False)
        _bounded(look, at, item.trigger)
    for index, ask in enumerate(item.ask):
        _ask(look, path + ("ask", index), ask)


def _bounded(look: Look, path: Path, held: Trigger | Ask | Given) -> None:
    if held.above is None and held.below is None:
        look.found.add(path, "has no bound", "write above = ... or below = ...")
    series, *labels = (held.measure or "").partition("@")[0].split(":")
    # Of several that are yes or no the sum may be asked for.
    one = series in MEASURES and len(labels) == len(MEASURES[series].needs)
    for side, bound in (("above", held.above), ("below", held.below)):
        if one and SERIES[series].either and bound and not 0.0 < bound.middle < 1.0:
            problem = "does not part yes (1) from no (0)"
            expected = "it must lie between 0 and 1"
            look.found.add(path + (side,), problem, expected, "write 0.5", bound.middle)


def _ask(look: Look, path: Path, ask: Ask) -> None:
    if not look.found.sound(path + ("what",)):
        return
    question = QUESTIONS[ask.what]
    for key, field in type(ask).model_fields.items():
        given = getattr(ask, key) not in (None, [])
        if key in question.needs and not given:
            look.found.add(path + (key,), "is missing", f"{ask.what} needs it: {field.description}")
        elif given and key not in ("what", *question.needs, *question.takes):
            problem = f"{ask.what} takes no {key}"
            needs = ", ".join([*question.needs, *question.takes])
            look.found.add(path + (key,), problem, f"it takes {needs}")
    look.known(path + ("power",), "power", ask.power)
    look.known(path + ("buyer",), "power", ask.buyer)
    look.known(path + ("item",), "item", ask.item)
    look.known(path + ("agreement",), "agreement", ask.agreement)
    look.each_known(path + ("contracts",), "contract", ask.contracts)
    look.each_known(path + ("theatres",), "theatre", ask.theatres)
    for index, weeks in enumerate(ask.delays):
        if weeks < 0:
            at = path + ("delays", index)
            look.found.add(at, "is before today", "write weeks of delay, 0 or more", "", weeks)
    if ask.measure is not None:
        _measure(look, path + ("measure",), ask.measure)
    if ask.what in ("odds", "when"):
        _bounded(look, path, ask)
    if ask.given is not None:
        _measure(look, path + ("given", "measure"), ask.given.measure)
        _bounded(look, path + ("given",), ask.given)


def _measure(look: Look, path: Path, word: str, dated: bool = True) -> None:
    """Whether a measure is one as far as can be told here: what it names, and when."""
    value = () if path[-1] == word else (word,)
    faults = [*_what(look, word), *_when(look, word, dated)]
    look.found.add_all(path, [Fault("", *(value or (MISSING,)), *fault) for fault in faults])


def _what(look: Look, word: str) -> Iterator[tuple[str, str, str]]:
    """What is wrong with what a measure names: the problem, what was expected and what to do."""
    series, *labels = word.partition("@")[0].split(":")
    measure = MEASURES.get(series)
    if not re.fullmatch("[a-z][a-z_]*", series):
        yield "is no measure", 'write it as in "gold:china" or "lost:ussr:tank"', ""
    elif measure and len(labels) > len(measure.needs):
        expected = "write " + ":".join((series, *(kind.upper() for kind in measure.needs)))
        yield f"{series} has no more names than {len(measure.needs)}", expected, ""
        labels = labels[: len(measure.needs)]
    for index, label in enumerate(labels):
        kind = measure.needs[index] if measure else ""
        known = look.tables[kind] if kind else look.anything
        lost = {(table,) for table in ([kind] if kind else look.tables)} & look.found.bad
        if label and label not in known and not lost:
            what = f"{shown(label)} is no {kind}" if kind else f"nothing is called {shown(label)}"
            yield what, "", suggestion(label, known)


def _when(look: Look, word: str, dated: bool) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the date of a measure, or its dates."""
    _, at, when = word.partition("@")
    if not at:
        return
    if not dated:
        yield "takes no date here", "", f"leave out @{when}"
        return
    try:
        days = [date.fromisoformat(text) for text in when.split("..")]
    except ValueError:
        yield f"{shown(when)} is no date", "write it as in 1941-12-31", ""
        return
    if len(days) > 2 or (len(days) == 2 and days[1] <= days[0]):
        yield "its dates are not in order", "write an earlier date, two dots, a later one", ""
    for day in days:
        if look.dated and not look.doc.start <= day <= look.end:
            expected = f"write a date from {look.doc.start} to {look.end}"
            yield f"{day} lies outside the scenario", expected, ""


def _options(look: Look) -> None:
    """Options of an item exclude each other; those of different items must go together."""
    items: dict[str, int] = {}
    for index, item in enumerate(look.doc.agenda):
        path: Path = ("agenda", index, "options")
        if not FEWEST <= len(item.options) <= MOST:
            problem = f"an item has {FEWEST} to {MOST} options"
            expected = "write names of options, as in ["
            expected += (
                ", ".join(shown(name) for name in [*look.doc.option][:FEWEST] or ["..."]) + "]"
            )
            look.found.add(path, problem, expected, "", item.options)
        look.each_known(path, "option", item.options)
        for number, name in enumerate(item.options):
            if items.setdefault(name, index) != index:
                other = look.doc.agenda[items[name]].name
                problem = f"item {shown(other)} has this option too"
                remedy = "choose one of the two items"
                look.found.add(path + (number,), problem, "", remedy, name)
    if look.found.mistakes:
        return
    for clash in clashes(look.found.text.raw, look.doc.option, list(items)):
        one, other = items[clash.first], items[clash.second]
        if one != other:
            names = " and ".join(shown(look.doc.agenda[i].name) for i in (one, other))
            expected = f"items {names} are decided apart: their options must go together"
            look.found.add(clash.path, clash.problem, expected, "", clash.value)
