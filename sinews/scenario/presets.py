"""Options on one's own terms: a preset with some of its numbers changed, an option like any other.

What an item is heard on is a word, as in "sell(lorries.price=12.0)": see `negotiable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sinews.errors import Mistake, ScenarioError, shown, suggestion
from sinews.scenario.council import AgendaItem
from sinews.scenario.negotiable import (
    Raw,
    Value,
    chosen_terms,
    in_parts,
    signed_by,
    terms_of,
    worded,
)
from sinews.scenario.schema import Option, Scenario

Given = Mapping[str, object] | Sequence[tuple[str, object]]
"""Terms as somebody writes them, by name or in pairs: 80, "80 t", a date."""


def open_terms(scenario: Scenario, option: str, on: date) -> dict[str, Value]:
    """The terms of an option decided on a day, and what it sets them to as a preset."""
    return terms_of(scenario.terms, scenario.options[option].set, on)


def chosen_option(
    scenario: Scenario, item: AgendaItem, preset: str | None, given: Given, on: date
) -> str:
    """The option of an item on some terms, as a word: `preset`, or the first that signs what the
    terms are of. What equals the preset is left out of it.

    Raises ScenarioError with all that is wrong with the terms, or with what they come to.
    """
    option, values = chosen_values(scenario, item, preset, given, on)
    word = worded(option, values)
    scenario.with_options([f"{word}@{on}"])
    return word


def chosen_values(
    scenario: Scenario, item: AgendaItem, preset: str | None, given: Given, on: date
) -> tuple[str, dict[str, Value]]:
    """The same as an option's name and the values that differ from its own, whatever they come to.

    Raises ScenarioError with all that is wrong with the terms.
    """
    terms = _pairs(scenario, given)
    if preset is not None and preset not in item.options:
        problem, remedy = "is no option of that item", suggestion(preset, item.options)
        mistake = Mistake("preset", problem, "", remedy, shown(preset))
        raise ScenarioError(scenario.name, [mistake])
    option = preset or _signing(scenario, item.options, terms)
    patches = {name: about.set for name, about in scenario.options.items()}
    values, mistakes = chosen_terms(option, patches, terms, scenario.terms, on)
    if mistakes:
        known = (name for name, _ in terms if name in scenario.terms)
        foreign = {f"terms.{n}": n for n in known if not _signers(scenario, n, item)}
        told = (_elsewhere(scenario, foreign[m.path]) if m.path in foreign else m for m in mistakes)
        raise ScenarioError(scenario.name, list(told))
    usual = open_terms(scenario, option, on)
    return option, {n: v for n, v in values.items() if v != usual[n]}


def _pairs(scenario: Scenario, given: object) -> list[tuple[str, object]]:
    pairs: list[Any] = list(given.items()) if isinstance(given, Mapping) else []
    if isinstance(given, list | tuple):
        pairs = [each for each in given if isinstance(each, tuple) and len(each) == 2]
    whole = isinstance(given, Mapping | list | tuple) and len(pairs) == len(given)
    if whole and all(isinstance(name, str) for name, _ in pairs):
        return pairs
    expected = 'write terms = {"lorries.price": "12 t"}'
    raise ScenarioError(
        scenario.name, [Mistake("terms", "is no table of terms", expected, "", shown(given))]
    )


def _drafts(scenario: Scenario, terms: list[tuple[str, object]]) -> set[tuple[str, str]]:
    """The drafts, kind and name, that some terms are of."""
    known = (scenario.terms[name] for name, _ in terms if name in scenario.terms)
    return {(term.kind, term.draft) for term in known}


def _signing(scenario: Scenario, options: Sequence[str], terms: list[tuple[str, object]]) -> str:
    """The first of some options that signs the most drafts that the terms are of."""
    about = _drafts(scenario, terms)

    def signs(option: str) -> int:
        return len(about & signed_by(scenario.options[option].set))

    return max(options, key=signs)


def _signers(scenario: Scenario, term: str, item: AgendaItem) -> list[str]:
    """The options of an item that sign what a term is of."""
    draft = (scenario.terms[term].kind, scenario.terms[term].draft)
    return [o for o in item.options if draft in signed_by(scenario.options[o].set)]


def _elsewhere(scenario: Scenario, term: str) -> Mistake:
    """Where a term can be chosen that an item does not have."""
    draft = (scenario.terms[term].kind, scenario.terms[term].draft)
    items = [shown(i.name) for i in scenario.agenda if _signers(scenario, term, i)]
    remedy = f"name an item that does: {', '.join(items)}"
    if not items:
        signers = [o for o, about in scenario.options.items() if draft in signed_by(about.set)]
        remedy = "no item does; " + (
            f'an option can be run on it: --option "{signers[0]}({term}=...)"'
            if signers
            else "nothing signs it"
        )
    problem = f"no option of the item signs {shown(draft[1])}"
    return Mistake(f"terms.{term}", problem, "", remedy)


def item_with_terms(
    scenario: Scenario, items: Sequence[str] | None, preset: str | None, given: Given
) -> AgendaItem:
    """The one item of an agenda, of those named if any are, that has a preset, or an option on
    which some terms can be chosen.

    Raises ScenarioError where there is none, or more than one.
    """
    terms = _pairs(scenario, given)
    heard = [item for item in scenario.agenda if items is None or item.name in items]
    if len(heard) == 1:
        return heard[0]
    about, listed = _drafts(scenario, terms), [option for item in heard for option in item.options]
    if preset is not None:
        fit = [item for item in heard if preset in item.options]
    else:
        fit = [
            i for i in heard if any(about & signed_by(scenario.options[o].set) for o in i.options)
        ]
    if len(fit) == 1:
        return fit[0]
    names = ", ".join(shown(item.name) for item in fit)
    if preset is not None:
        problem, remedy = "is no option of an item", suggestion(preset, listed)
        mistakes = [Mistake("preset", problem, "", remedy, shown(preset))]
    elif not terms:
        mistakes = [Mistake("terms", "none is given", "", "name one, or leave them out")]
    elif not about:
        known = [n for o in listed for n in open_terms(scenario, o, scenario.council)]
        mistakes = [
            Mistake(f"terms.{name}", "no term has that name", "", suggestion(name, known))
            for name, _ in terms
        ]
    elif not fit:
        mistakes = [_elsewhere(scenario, name) for name, _ in terms if name in scenario.terms]
    else:
        remedy = f"name one of: {names}"
        mistakes = [Mistake("item", "several items have such terms", "", remedy)]
    raise ScenarioError(scenario.name, mistakes)


def compared_by(scenario: Scenario, item: AgendaItem, terms: Iterable[str]) -> list[str]:
    """What an item's options are compared by on some terms: its measures and, where gold is paid at
    signature, the player's gold."""
    gold, known = f"gold:{scenario.player}", {word.partition("@")[0] for word in item.measures}
    paid = gold not in known and any(scenario.terms[name].in_gold for name in terms)
    return [*item.measures, gold] if paid else item.measures


def with_own_terms(scenario: Scenario, item: AgendaItem, word: str) -> Scenario:
    """A scenario on whose agenda an item is heard on own terms: with its first option, the preset
    and the preset on these terms; of its questions those alone that its odds answer, and what is
    signed is worth; by its measures and, where gold is paid at signature, the player's gold."""
    preset, given, _ = in_parts(word)
    options = list(dict.fromkeys((item.options[0], preset, word)))
    signs = signed_by(scenario.options[preset].set)
    asks = [x for x in item.ask if x.what == "odds" or ("agreement", x.agreement) in signs]
    measures = compared_by(scenario, item, (name for name, _ in given))
    heard = item.model_copy(update={"options": options, "ask": asks, "measures": measures})
    known = {n: o for n, o in scenario.options.items() if n not in item.options or n in options}
    known.setdefault(word, _on_terms(scenario, preset, given))
    agenda = tuple(heard if each.name == item.name else each for each in scenario.agenda)
    return replace(scenario, options=known, agenda=agenda)


def _on_terms(scenario: Scenario, preset: str, given: Sequence[tuple[str, object]]) -> Option:
    """A preset with own terms laid over what it sets."""
    option = scenario.options[preset]
    patches = {name: about.set for name, about in scenario.options.items()}
    values, _ = chosen_terms(preset, patches, given, scenario.terms, scenario.council)
    patch, said = option.set, list[str]()
    for name, value in values.items():
        patch = _over(patch, scenario.terms[name].patch(value))
        said.append(f"{name} {scenario.terms[name].text(value)}")
    title = f"{option.title or preset}, on own terms"
    return option.model_copy(update={"title": title, "summary": "; ".join(said), "set": patch})


def _over(patch: Raw, own: Raw) -> Raw:
    """A patch with another laid over it."""
    both = dict(patch)
    for key, value in own.items():
        below = both.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            both[key] = _over(below, value)
        else:
            both[key] = value
    return both
