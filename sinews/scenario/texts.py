"""What an option does, in words made from its patch; and authors' texts that say something else.

An author's title or summary may name numbers: those that the option sets, those of the drafts that
it signs, and what follows from them (men who leave, sums, shares, weeks), rounded or in another
unit. Any other number is a mistake: the text was written for another patch. Before the name of what
is sold or paid (lorries, t of gold) only its own numbers count. No other words are read: of which
power, place or day a number is said is not checked, nor are numbers in words. Years are names here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

from sinews.errors import Mistake, dotted
from sinews.scenario.negotiable import Raw, signed_by
from sinews.scenario.number import GIVEN, Number
from sinews.scenario.schema import Scenario
from sinews.scenario.tables import numbers
from sinews.scenario.treaties import Agreement, Contract

# ---------------------------------------------------------------------------- what an option does


def deeds(plain: Scenario, after: Scenario, patch: Raw) -> str:
    """What an option's patch does: what is sold for what and when, who may have how many men where,
    who pays whom. `after` is the scenario with it, `plain` the one without."""
    said: list[str] = []
    for kind, name in sorted(signed_by(patch)):
        draft = (after.contracts if kind == "contract" else after.agreements).get(name)
        if isinstance(draft, Contract):
            said.append(_sale(after, name, draft))
        elif isinstance(draft, Agreement):
            said.append(_treaty(after, name, draft))
    rest = [f"{kind} {name}" for kind, name in _changed(patch)]
    for head, tables in patch.items():
        if head not in ("contract", "agreement", "sources"):
            rest += _else(after, head, tables)
    if rest:
        said.append(f"Changes {_listed(rest)}.")
    return " ".join(said)


def _else(s: Scenario, head: str, tables: Any) -> list[str]:
    """What a patch changes beside drafts: rows in full, of other tables whose and which keys."""
    if isinstance(tables, list):
        return [f"{head} ({_told(row)})" for row in tables]
    if not isinstance(tables, dict):
        return [head]
    known: Any = {"power": s.powers, "theatre": s.theatres, "item": s.items}.get(head, {})
    return [
        f"{head} {_title(known, name)}" + (f" ({_keys(table)})" if _is_table(table) else "")
        for name, table in tables.items()
    ]


def _keys(table: Raw) -> str:
    """The keys of a table, of rows with what they say."""
    said = (f"{k}: {_told(v)}" if k == "script" else k for k, v in table.items() if k not in GIVEN)
    return ", ".join(said)


def _told(value: Any) -> str:
    """What is written in a patch, in words."""
    if isinstance(value, list):
        return ("; " if _rows(value) else " and ").join(map(_told, value))
    if isinstance(value, dict) and {"low", "high"} <= value.keys():
        return f"{_told(value['low'])} to {_told(value['high'])}"
    if isinstance(value, dict) and "value" in value:
        return _told(value["value"])
    if isinstance(value, dict):
        return ", ".join(f"{key} {_told(each)}" for key, each in value.items() if key not in GIVEN)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return _day(value) if isinstance(value, date) else str(value)


def _rows(value: list[Any]) -> bool:
    return all(isinstance(each, dict) for each in value)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and not value.keys() & {"value", "low", "high"}


def _changed(patch: Raw) -> Iterator[tuple[str, str]]:
    """The contracts and agreements that an option changes and does not sign."""
    signed = signed_by(patch)
    for kind in ("contract", "agreement"):
        for name in patch.get(kind) or ():
            if (kind, name) not in signed:
                yield kind, name


def _sale(s: Scenario, name: str, sale: Contract) -> str:
    goods = [_goods(s, good, number) for good, number in sale.goods.items()]
    price = [_paid(material, each) for material, each in sale.price.items() if each.span[1] > 0.0]
    text = f"{sale.title or name}: {_listed(goods)} for {_listed(price) or 'nothing'}"
    if sale.advance.middle:
        text += f", {_share(sale.advance)} in advance"
    text += f"; due from {_day(sale.from_)} to {_day(sale.until)}"
    if sale.penalty.middle:
        text += f", {_share(sale.penalty)} of the price of what is late owed each week"
    return text + ("; called off as the buyer lacks it." if sale.call_off else ".")


def _treaty(s: Scenario, name: str, treaty: Agreement) -> str:
    parts = [
        f"{_title(s.powers, row.power)} at most {_amount(row.men)} in "
        f"{_title(s.theatres, row.theatre)} by {_day(row.until)}"
        + (f" in {row.steps} steps" if row.steps > 1 else "")
        for row in treaty.ceiling
    ]
    if treaty.peace:
        parts.insert(0, f"peace on {_listed([_title(s.theatres, x) for x in treaty.peace])}")
    for material, each in treaty.transfers.items():
        parts += [
            f"{_title(s.powers, party)} receives {_paid(material, number)}"
            for party, number in each.items()
            if number.middle > 0.0
        ]
    if treaty.line.middle and treaty.teams.middle:
        parts.append(f"{_amount(treaty.line)} of border marked by {_amount(treaty.teams)} teams")
    if treaty.truce.middle:
        parts.append(f"an armistice of {_amount(treaty.truce)}")
    if treaty.inspects:
        parts.append(f"inspectors on {_listed([_title(s.theatres, x) for x in treaty.inspects])}")
    for verb, routes in (("opens", treaty.opens), ("closes", treaty.closes)):
        if routes:
            parts.append(f"{verb} {_listed([_title(s.routes, x) for x in routes])}")
    parts += [f"{_title(s.powers, to)} has {place}" for place, to in treaty.places.items()]
    if treaty.defence:
        parts.append("each is called to war when another is attacked")
    if treaty.prisoners:
        parts.append("prisoners go home")
    if treaty.until:
        parts.append(f"until {_day(treaty.until)}")
    parts += [f"{_title(s.powers, p)} breaks it on {_day(on)}" for p, on in treaty.broken.items()]
    return f"{treaty.title or name}: {'; '.join(parts) or 'signed'}."


def _goods(s: Scenario, good: str, number: Number) -> str:
    if good in s.items:
        return f"{_title(s.items, good)} {number.middle:,.10g}"
    return f"{number.middle:,.10g} t of {good}"


def _paid(material: str, number: Number) -> str:
    return f"{_amount(number)} of {material}"


def _amount(number: Number) -> str:
    unit = "" if number.unit in ("1", "items") else f" {number.unit}"
    low, high = number.span
    ends = f"{low:,.10g}" if low == high else f"{low:,.10g} to {high:,.10g}"
    return ends + unit


def _share(number: Number) -> str:
    return f"{100 * number.middle:.10g} %"


def _title(table: Any, name: str) -> str:
    return (table[name].title if name in table else "") or name


def _day(when: date) -> str:
    return f"{when.day} {when:%b %Y}"


def _listed(words: list[str]) -> str:
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


# ------------------------------------------------------------------------ what an author says of it

_TOLD = re.compile(
    r"(?<![\w.,'-])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?"
    r"(?:\s?(%|k\b|kt\b|kg\b|M\b|Mt\b|thousand\b|million\b)|(?![\w-]))"
)
_TIMES = {"%": 0.01, "k": 1e3, "kt": 1e3, "thousand": 1e3, "M": 1e6, "Mt": 1e6, "million": 1e6}
_TIMES["kg"] = 1e-3
_YEARS = range(1000, 2300)
_MOST = 8  # numbers of a kind of which every sum is tried


def misnumbered(plain: Scenario, name: str, after: Scenario) -> Iterator[Mistake]:
    """The numbers in an option's title and summary that are none of what it sets, signs or brings
    about."""
    option = plain.options[name]
    known, amounts = _known(plain, after, option.set), _amounts(plain, after, option.set)
    if not known:
        return
    does = deeds(plain, after, option.set)
    for key in ("title", "summary"):
        text = getattr(option, key)
        for found in _TOLD.finditer(text):
            told, good = found[0].strip(), _named(text[found.end() :], amounts)
            if not _is_known(found, known):
                problem = f"names {told}, which is nothing that its patch sets or brings about"
            elif good and not _is_known(found, amounts[good]):
                problem = f"names {told} of {good}, of which its patch has other numbers"
            else:
                continue
            remedy = "write what it does, or leave numbers to the text that is made from the patch"
            yield Mistake(dotted(("option", name, key)), problem, does, remedy)


_OF_WHAT = re.compile(r"\s*(?:t of |of )?(?P<word>[a-z]+)", re.IGNORECASE)


def _named(rest: str, amounts: dict[str, set[float]]) -> str:
    """The good that the words after a number name, in the singular or plural; none if none."""
    found = _OF_WHAT.match(rest)
    word = found["word"].lower() if found else ""
    forms = {form: good for good in amounts for form in (good, f"{good}s", f"{good[:-1]}ies")}
    return forms.get(word, "")


def _amounts(plain: Scenario, after: Scenario, patch: Raw) -> dict[str, set[float]]:
    """By what is sold or paid: how much of it drafts have that an option signs or changes, each and
    in sum, and by how much it changes that."""
    each: dict[str, list[float]] = {}
    found: dict[str, set[float]] = {}
    for kind, name in [*signed_by(patch), *_changed(patch)]:
        was, now = (
            _of_draft((s.contracts if kind == "contract" else s.agreements)[name])
            for s in (plain, after)
        )
        for good, number in now.items():
            old = was[good].middle if good in was else 0.0
            each.setdefault(good, []).append(number.middle)
            found.setdefault(good, set()).update((*number.span, old, number.middle - old))
    return {good: found[good] | set(_sums(values)) for good, values in each.items()}


def _of_draft(draft: Contract | Agreement) -> dict[str, Number]:
    """What is sold and paid, or paid at signature, by its name."""
    if isinstance(draft, Contract):
        return {**draft.price, **draft.goods}
    paid = draft.transfers.items()
    return {good: max(by.values(), key=lambda n: n.middle) for good, by in paid if by}


def _value(found: re.Match[str]) -> float:
    number = float(found[1].replace(",", "") + (found[2] or ""))
    return number * _TIMES.get(found[3] or "", 1.0)


def _is_known(found: re.Match[str], known: set[float]) -> bool:
    """Whether a number of a text is one that is known, as far as it is not rounded."""
    whole, part, unit = found[1], found[2], found[3]
    if not unit and not part and "," not in whole and int(whole) in _YEARS:
        return True
    digits = whole.replace(",", "") + (part or "")
    bare = digits.replace(".", "")
    last = 10.0 ** (len(bare) - len(bare.rstrip("0")) - (len(part) - 1 if part else 0))
    value, off = _value(found), 0.501 * last * _TIMES.get(unit or "", 1.0)
    return any(abs(value - abs(x)) <= off for x in known)


def _known(plain: Scenario, after: Scenario, patch: Raw) -> set[float]:
    """Numbers that a text of an option may name."""
    drafts: list[Any] = [
        (after.contracts if kind == "contract" else after.agreements).get(name)
        for kind, name in signed_by(patch)
    ]
    found = {x for number in numbers(drafts) for x in number.span}
    dates = {x for draft in drafts if draft for x in _dates(vars(draft))}
    for leaf in _leaves(patch):
        if isinstance(leaf, date):
            dates.add(leaf)
        else:
            found |= _read(leaf)
    found |= {x for draft in drafts for x in _sums(_apart(draft))}
    treaties = [draft for draft in drafts if isinstance(draft, Agreement)]
    found |= set(_sums([gone for treaty in treaties for gone in _gone(after, treaty)]))
    found |= set(_changes(plain, after, patch))
    found |= {float(day.day) for day in dates}
    return found | {x for day in dates for x in _spans(plain.council, day)}


def _apart(draft: Any) -> list[float]:
    return [x.middle for x in draft.goods.values()] if isinstance(draft, Contract) else []


def _sums(values: list[float]) -> Iterator[float]:
    """What some values add up to, one or more of them."""
    few = values[:_MOST]
    for many in range(1, len(few) + 1):
        yield from map(sum, combinations(few, many))


def _gone(s: Scenario, treaty: Agreement) -> Iterator[float]:
    """How many men a treaty's ceilings lead away from where they stand at the start."""
    for row in treaty.ceiling:
        zone = (row.power, row.theatre)
        there = sum(f.men.middle for f in s.forces if (f.power, f.theatre) == zone)
        yield max(there - row.men.middle, 0.0)


def _changes(plain: Scenario, after: Scenario, patch: Raw) -> Iterator[float]:
    """What the numbers of its drafts were before an option changed them, by how much it does, and
    to what share."""
    for kind, name in [*signed_by(patch), *_changed(patch)]:
        was, now = (
            (s.contracts if kind == "contract" else s.agreements).get(name) for s in (plain, after)
        )
        for old, new in zip(numbers(was), numbers(now), strict=False):
            if old.middle and old.middle != new.middle:
                share = new.middle / old.middle
                yield from (old.middle, new.middle - old.middle, share, share - 1.0)


def _spans(council: date, day: date) -> Iterator[float]:
    """Days, weeks, months and years from the council to a day."""
    days = abs((day - council).days)
    yield from (days, days / 7, days / 30.44, days / 365.25)


def _dates(table: Any) -> Iterator[date]:
    return (x for x in _leaves(table) if isinstance(x, date))


def _leaves(value: Any) -> Iterator[Any]:
    """All that stands in tables and lists, one inside the other."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    elif not isinstance(value, bool) and isinstance(value, int | float | str | date):
        yield value


def _read(leaf: int | float | str) -> set[float]:
    """The numbers that stand in a value as it is written."""
    if not isinstance(leaf, str):
        return {float(leaf)}
    found = list(_TOLD.finditer(leaf))
    return {x for each in found for x in (_value(each), float(each[1].replace(",", "")))}
