"""Terms: the numbers and days of a draft that its scenario calls negotiable, with their bounds.

`negotiable` is a table in the shape of its contract or agreement, with bounds in the place of
numbers; an empty table stands for the usual ones. A term is called by its draft and its keys:
"soviet-goods.price", "peace.ceiling.china>amur.men". It is a value and never a shape: what is sold,
who signs and where men are counted stay as they are drafted, so one compiled week serves all terms.
An option is a preset of terms; who decides may change them: "goods(soviet-goods.price=80)".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sinews.errors import Mistake, shown, suggestion
from sinews.scenario.number import GOODS, Fault, Number, Reading, parse
from sinews.scenario.tables import Table, reading_plan
from sinews.scenario.treaties import Agreement, Ceiling, Contract, Settlement

Raw = dict[str, Any]
Path = tuple[str | int, ...]
Value = float | date

DECIDED = "decided"
"""The word for the day on which an option is decided."""
DAY, YES, WHOLE = "day", "1 or 0", "a whole number"
"""Units of terms that measure nothing: a date, yes or no, a count."""
_COUNTED, _ROUNDING = (WHOLE, YES, "items"), 1e-6

DRAFTS: dict[str, type[Table]] = {"contract": Contract, "agreement": Agreement}
KEYS = {
    "contract": ("price", "goods", "advance", "penalty", "usable", "from", "until"),
    "agreement": (
        *("until", "truce", "line", "teams", "pace", "disputed", "gold", "transfer"),
        *("ceiling", "inspects"),
    ),
}
"""What of a draft can be left open."""
_DAYS = ("from", "until")

# Usual bounds: an amount from half to twice the draft's, a share from nothing to twice, a day a
# quarter of a year either way, a ceiling that comes in one to twelve steps (judged).
_LESS, _MORE = 0.5, 2.0
_EITHER_WAY = timedelta(weeks=13)
_STEPS = 12.0


@dataclass(frozen=True, slots=True)
class Negotiable:
    """A number or a day of a draft that is negotiable."""

    kind: str
    """Of what: "contract" or "agreement"."""
    draft: str
    keys: tuple[str, ...]
    """Where it stands in the draft."""
    unit: str
    """A canonical unit, or DAY, YES or WHOLE."""
    drafted: Value
    low: Value
    high: Value
    reading: Reading
    other: str = ""
    """Of a payment at signature: who pays what this party receives."""
    axes: tuple[str, ...] = ()
    """Of inspection: where."""

    @property
    def name(self) -> str:
        """How it is called."""
        return ".".join((self.draft, *self.keys))

    @property
    def mirrored(self) -> str:
        """The name of the same payment as its other party has it."""
        return ".".join((self.draft, *self.keys[:-1], self.other))

    @property
    def in_gold(self) -> bool:
        """Whether it is gold that is paid at signature."""
        return bool(self.other) and "gold" in self.keys

    @property
    def bounds(self) -> str:
        """Its bounds in words."""
        if self.unit == YES:
            return "1 (yes) or 0 (no)"
        return f"from {self.text(self.low)} to {self.text(self.high)}"

    def text(self, value: Value) -> str:
        """A value with its unit, as a command would have it."""
        if isinstance(value, date):
            return value.isoformat()
        return f"{value:.12g} {self.written_unit}".rstrip()

    @property
    def written_unit(self) -> str:
        """The unit that is written behind a number; nothing where none is."""
        return "" if self.unit in ("1", "items", WHOLE, YES, DAY) else self.unit

    def patch(self, value: Value) -> Raw:
        """What an option sets that gives it a value."""
        inner: Any = value
        if self.unit == WHOLE and isinstance(value, float):
            inner = int(value)
        elif self.unit == YES:
            inner = list(self.axes) if value else []
        *above, last = self.keys
        inner = {last: inner}
        if self.other and isinstance(value, float):
            inner[self.other] = -value
        for key in reversed((self.kind, self.draft, *above)):
            inner = {key: inner}
        return inner

    def set_by(self, patch: Raw) -> Any:
        """What an option's patch writes there, as it is written; None if nothing."""
        here: Any = patch
        for key in (self.kind, self.draft, *self.keys):
            here = here.get(key) if isinstance(here, dict) else None
        if self.unit == YES and isinstance(here, list):
            return float(bool(here))
        return here

    def read(self, given: object, decided: date) -> Value | Fault:
        """The value that somebody gives it, or what is wrong with that; `decided` is the day for
        which that word stands."""
        # Whatever the field allows: the bounds that are told are the term's own.
        free = replace(self.reading, minimum=-math.inf, maximum=math.inf, positive=False)
        value = replace(self, reading=free).parsed(given, decided)
        if isinstance(value, Fault) or as_number(self.low) <= as_number(value) <= as_number(
            self.high
        ):
            return value
        return Fault("", given, "lies outside its bounds", f"it must be {self.bounds}")

    def parsed(self, given: object, decided: date | None = None) -> Value | Fault:
        """The same, whatever its bounds."""
        if self.unit == DAY:
            return _day(given, decided)
        number = parse(given, "1" if self.unit in (WHOLE, YES) else self.unit, self.reading)
        if not isinstance(number, Number):
            return replace(number[0], value=given)
        if number.uncertain:
            return Fault("", given, "is a range: a term is one number", "write one number")
        if self.unit in _COUNTED:
            if abs(number.middle - round(number.middle)) > _ROUNDING:
                return Fault("", given, "is no whole number", f"it must be {self.bounds}")
            return float(round(number.middle))
        return number.middle

    def spread(self, count: int) -> list[Value]:
        """Values from one bound to the other, evenly; fewer where there are not so many."""
        low, high = as_number(self.low), as_number(self.high)
        points = [low + (high - low) * i / (count - 1) for i in range(count)]
        if self.unit == DAY:
            return list(dict.fromkeys(date.fromordinal(round(x)) for x in points))
        if self.unit in _COUNTED:
            whole = dict.fromkeys(float(round(x)) for x in points)
            return [x for x in whole if low <= x <= high]
        return list(points)


def as_number(value: Value) -> float:
    """A value as a number: of a date, days."""
    return float(value.toordinal()) if isinstance(value, date) else value


def plain_value(value: Value) -> float | str:
    """A value as plain data: of a day its date."""
    return value.isoformat() if isinstance(value, date) else value


def _day(given: object, decided: date | None) -> Value | Fault:
    if given == DECIDED and decided is not None:
        return decided
    if type(given) is date:
        return given
    try:
        return date.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        return Fault("", given, "is not a date", "write it as in 1941-12-31")


# ------------------------------------------------------------------------------ what is negotiable


def negotiables(raw: Raw, council: date) -> tuple[dict[str, Negotiable], list[tuple[Path, Fault]]]:
    """The terms of a scenario's drafts by name, before any option changes these; and what is wrong
    with what is said of them, and where."""
    terms: dict[str, Negotiable] = {}
    faults: list[tuple[Path, Fault]] = []
    for kind, name, draft in _drafts(raw):
        at: Path = (kind, name, "negotiable")
        if settled := _settled(raw, kind, name, draft, council):
            faults.append((at, settled))
            continue
        for keys, bounds in _leaves(draft["negotiable"]):
            found = _drafted(raw, kind, name, keys)
            found = (
                _bounded(found, bounds, raw, council) if isinstance(found, Negotiable) else found
            )
            if isinstance(found, Negotiable) and found.mirrored in terms:
                problem = "is the same payment as the other party's"
                faults.append(((*at, *keys), Fault("", None, problem, "", "leave one out")))
            elif isinstance(found, Negotiable):
                terms[found.name] = found
            elif found is not None:
                faults.append(((*at, *keys), found))
    return terms, faults


def _drafts(raw: Raw) -> Iterator[tuple[str, str, Raw]]:
    """The contracts and agreements of which a scenario leaves something open."""
    for kind in DRAFTS:
        for name, draft in _table(raw, kind).items():
            if isinstance(draft, dict) and isinstance(draft.get("negotiable"), dict):
                yield kind, name, draft


def _table(raw: Raw, key: str) -> Raw:
    """A table of a file as it is written; an empty one where it is none, which the schema tells."""
    found = raw.get(key)
    return found if isinstance(found, dict) else {}


def _settled(raw: Raw, kind: str, name: str, draft: Raw, council: date) -> Fault | None:
    """Why nothing of a draft can be negotiated."""
    signed = draft.get("signed")
    if type(signed) is date and signed < council:
        problem = f"it is signed on {signed}: only a draft can be negotiated"
        return Fault("", None, problem, "", "leave it out")
    for other in DRAFTS.keys() - {kind}:
        if name in _table(raw, other):
            problem = f"a contract and an agreement are called {shown(name)}"
            return Fault("", None, problem, "terms are called by their draft", "rename one")
    return None


def _leaves(table: Raw, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The bounds in a table in the shape of a draft, by the keys at which they stand."""
    for key, each in table.items():
        if isinstance(each, dict) and each and not each.keys() & {"low", "high"}:
            yield from _leaves(each, (*keys, key))
        else:
            yield (*keys, key), each


def _drafted(raw: Raw, kind: str, name: str, keys: tuple[str, ...]) -> Negotiable | Fault | None:
    """A term without bounds, as it is drafted; None where the draft itself is amiss, which is told
    where it stands."""
    draft, key = raw[kind][name], keys[0]
    if key not in KEYS[kind]:
        expected = f"a {kind}" if kind == "contract" else f"an {kind}"
        expected += f" can leave open: {', '.join(KEYS[kind])}"
        return Fault("", None, "cannot be negotiated", expected, suggestion(key, KEYS[kind]))
    if keys == ("inspects",):
        axes = draft.get("inspects")
        if not isinstance(axes, list) or not axes:
            return Fault("", None, "nothing is inspected", "name axes in `inspects` of the draft")
        return Negotiable(
            kind, name, keys, YES, 1.0, 0.0, 1.0, Reading("1", maximum=1.0), axes=(*axes,)
        )
    if key in ("gold", "transfer"):
        return _payment(draft, kind, name, keys)
    holder, table, last = draft, DRAFTS[kind], keys
    if key == "ceiling":
        every = draft.get("ceiling")
        names = [_row_name(row) for row in every] if isinstance(every, list) else []
        if names.count("".join(keys[1:2])) != 1:
            return _not_there(keys[:2], names)
        holder, table, last = draft["ceiling"][names.index(keys[1])], Ceiling, keys[2:]
    return _stated(
        raw, Negotiable(kind, name, keys, "", 0.0, 0.0, 0.0, Reading("1")), holder, table, last
    )


def _row_name(row: Any) -> str:
    return f"{row.get('power')}>{row.get('theatre')}" if isinstance(row, dict) else ""


def _stated(
    raw: Raw, term: Negotiable, holder: Raw, table: type[Table], keys: tuple[str, ...]
) -> Negotiable | Fault | None:
    """A term as a table of the draft states it."""
    plan = {key: (field, reading) for field, (key, reading, _) in reading_plan(table).items()}
    key, *names = keys or ("",)
    if key not in plan or len(names) > 1:
        return _not_there(term.keys, [*plan])
    field, reading = plan[key]
    written = holder.get(key, table.model_fields[field].default)
    if key in _DAYS:
        day = _end(raw) if written is None else written
        first, last = (holder.get(key) for key in _DAYS)
        # A contract's last day comes after its first; a ceiling may come at once.
        low = first if term.keys == ("until",) and type(first) is date else date.min
        high = last if term.keys == ("from",) and type(last) is date else date.max
        known = type(day) is date
        return replace(term, unit=DAY, drafted=day, low=low, high=high) if known else None
    if keys == ("steps",):
        one = isinstance(written, int)
        least = Reading("1", minimum=1.0)
        return replace(term, unit=WHOLE, drafted=float(written), reading=least) if one else None
    if reading is None:
        return _not_there(term.keys, [])
    by_name = isinstance(written, dict) and not written.keys() & {"value", "low", "high"}
    if by_name != bool(names) or any(name not in written for name in names):
        return _not_there(term.keys, [*written] if by_name else [])
    written = written[names[0]] if names else written
    unit = reading.unit
    if unit == GOODS:
        unit = "items" if {*names} & {*_table(raw, "item")} else "t"
    return _one(replace(term, unit=unit, reading=reading), written)


def _payment(draft: Raw, kind: str, name: str, keys: tuple[str, ...]) -> Negotiable | Fault | None:
    """What a party receives at signature or, if negative, pays; the other pays or receives it."""
    parties, party = draft.get("parties"), keys[-1]
    if not isinstance(parties, list) or len(keys) != (2 if keys[0] == "gold" else 3):
        return _not_there(keys, parties if isinstance(parties, list) else [])
    if len(parties) != 2:
        problem = "it has more parties than two: who pays would not be said"
        return Fault("", None, problem, "", "leave it out")
    if party not in parties:
        return _not_there(keys, parties)
    paid: Any = draft.get(keys[0], {})
    paid = _table(draft, "transfer").get(keys[1]) if keys[0] == "transfer" else paid
    if not isinstance(paid, dict):
        return _not_there(keys[:2], _table(draft, "transfer"))
    (other,) = (each for each in parties if each != party)
    reading = reading_plan(Settlement)["parties"][1]
    assert reading is not None
    term = Negotiable(kind, name, keys, "t", 0.0, 0.0, 0.0, reading, other)
    return _one(term, paid.get(party, 0.0))


def _not_there(keys: tuple[str, ...], known: Iterable[str]) -> Fault:
    expected = "terms are numbers and days of the draft, never what is sold or who signs"
    problem = "the draft has no such number"
    return Fault("", None, problem, expected, suggestion(keys[-1], [*known]) if known else "")


def _one(term: Negotiable, written: Any) -> Negotiable | Fault | None:
    """A term whose draft has one number, as it must."""
    number = parse(written, term.unit, term.reading)
    if not isinstance(number, Number):
        return None
    if number.uncertain:
        problem = "the draft has a range there: who decides names one number"
        return Fault("", None, problem, "", "write one number in the draft")
    return replace(term, drafted=number.middle)


def _bounded(term: Negotiable, bounds: Any, raw: Raw, council: date) -> Negotiable | Fault:
    """A term with its bounds, which the scenario writes or which are usual."""
    form = "write { low = ..., high = ... }, or {} for what is usual"
    if not isinstance(bounds, dict):
        return Fault("", bounds, "are no bounds", form)
    if odd := [key for key in bounds if key not in ("low", "high")]:
        return Fault(odd[0], bounds[odd[0]], "no such key in bounds", form)
    ends: list[Value] = []
    for side, usual in zip(("low", "high"), _usual(term, raw, council), strict=True):
        value = term.parsed(bounds[side]) if side in bounds else usual
        if isinstance(value, Fault):
            return replace(value, key=side)
        ends.append(value)
    low, high = ends
    if not as_number(low) < as_number(high):
        if not bounds:
            problem = f"has no usual bounds: {term.text(term.drafted)} is drafted"
            return Fault("", None, problem, "write low = ... and high = ...")
        return Fault("", None, "its bounds leave nothing to choose", "write a low below the high")
    if not as_number(low) <= as_number(term.drafted) <= as_number(high):
        problem = f"its bounds leave out what is drafted, {term.text(term.drafted)}"
        return Fault("", None, problem, "the draft itself must lie within them")
    return replace(term, low=low, high=high)


def _usual(term: Negotiable, raw: Raw, council: date) -> tuple[Value, Value]:
    """The bounds of a term of which the scenario says no more than that it is open; a day leaves a
    week between the first and the last."""
    drafted, low, high = term.drafted, term.low, term.high
    if isinstance(drafted, date) and isinstance(low, date) and isinstance(high, date):
        week, end = timedelta(weeks=1), _end(raw) or drafted
        first = max(drafted - _EITHER_WAY, council, low + week)
        last = min(drafted + _EITHER_WAY, end, high - week)
        return min(first, drafted), max(last, drafted)
    if term.unit == YES:
        return 0.0, 1.0
    if term.unit == WHOLE:
        return 1.0, max(_STEPS, drafted)
    assert isinstance(drafted, float)
    least = 0.0 if term.reading.maximum == 1.0 else _LESS * drafted
    most = min(_MORE * drafted, term.reading.maximum)
    return min(least, most), max(least, most)


def _end(raw: Raw) -> date | None:
    """The first day after a scenario, as a file states it; None of a bad file."""
    start, weeks = raw.get("start"), raw.get("weeks")
    if type(start) is date and type(weeks) is int and 0 < weeks <= 520:
        return start + timedelta(weeks=weeks)
    return None


# ---------------------------------------------------------------------------------- what is chosen


def signed_by(patch: Raw) -> set[tuple[str, str]]:
    """The drafts, kind and name, that an option's patch signs."""
    return {
        (kind, name)
        for kind in DRAFTS
        for name, table in _table(patch, kind).items()
        if isinstance(table, dict) and "signed" in table
    }


def terms_of(terms: Mapping[str, Negotiable], patch: Raw, decided: date) -> dict[str, Value]:
    """The terms that an option leaves open, those of the drafts that it signs, and the values that
    it gives them."""
    signs, out = signed_by(patch), dict[str, Value]()
    for name, term in terms.items():
        if (term.kind, term.draft) in signs:
            written = term.set_by(patch)
            value = term.drafted if written is None else term.parsed(written, decided)
            out[name] = term.drafted if isinstance(value, Fault) else value
    return out


def beyond(
    terms: Mapping[str, Negotiable], patch: Raw, council: date
) -> Iterator[tuple[Path, Fault]]:
    """What a preset sets outside the bounds of its terms, and where in its patch."""
    for term in terms.values():
        written = term.set_by(patch)
        value = None if written is None else term.read(written, council)
        if isinstance(value, Fault) and not isinstance(term.parsed(written, council), Fault):
            yield (term.kind, term.draft, *term.keys), value


def chosen_terms(
    option: str,
    patches: Mapping[str, Raw],
    given: Iterable[tuple[str, object]],
    terms: Mapping[str, Negotiable],
    decided: date,
) -> tuple[dict[str, Value], list[Mistake]]:
    """The values of the terms on which an option is decided, in the order of the scenario, and all
    that is wrong with what is `given`. `patches` has what each option sets."""
    own = terms_of(terms, patches.get(option, {}), decided)
    found, mistakes = dict[str, Value](), list[Mistake]()
    for name, value in given:
        at, told = f"terms.{name}", shown(value)
        if name not in terms:
            problem, expected = "no term has that name", ""
            if name.partition(".")[0] in {term.draft for term in terms.values()}:
                problem = "is not negotiable"
                expected = "what is sold, who signs and where stay as they are drafted"
            remedy = suggestion(name, own) if own else f"option {shown(option)} has no terms"
            mistakes.append(Mistake(at, problem, expected, remedy, told))
        elif name not in own:
            draft = (terms[name].kind, terms[name].draft)
            signers = [shown(x) for x, patch in patches.items() if draft in signed_by(patch)]
            remedy = f"choose one that does: {', '.join(signers)}" if signers else ""
            problem = f"option {shown(option)} does not sign {shown(draft[1])}"
            mistakes.append(Mistake(at, problem, "", remedy, told))
        elif name in found:
            mistakes.append(Mistake(at, "stands there twice", "", "leave one out", told))
        elif isinstance(read := terms[name].read(value, decided), Fault):
            mistakes.append(Mistake(at, read.problem, read.expected, read.remedy, told))
        elif isinstance(read, date) and read < decided and read != own[name]:
            expected = f"write a date from {decided}"
            mistakes.append(Mistake(at, "lies before the day of the decision", expected, "", told))
        else:
            found[name] = read
    return {name: found[name] for name in terms if name in found}, mistakes


_WORD = re.compile(r"(?P<name>[^(@]*)(?:\((?P<terms>.*)\))?(?:@(?P<day>[^()]*))?", re.DOTALL)


def in_parts(word: str) -> tuple[str, list[tuple[str, object]], str | None]:
    """An option's name, the terms and the day that stand with it in a word.

    >>> in_parts("sell(lorries.price=12 t; lorries.advance=0.5)@1941-07-14")
    ('sell', [('lorries.price', '12 t'), ('lorries.advance', '0.5')], '1941-07-14')
    >>> in_parts("sell"), in_parts("sell@1941-07-14")
    (('sell', [], None), ('sell', [], '1941-07-14'))
    """
    parts = _WORD.fullmatch(word)
    if parts is None:
        return word, [], None
    pairs = [each.partition("=") for each in (parts["terms"] or "").split(";") if each.strip()]
    return parts["name"], [(name.strip(), value.strip()) for name, _, value in pairs], parts["day"]


def preset_of(word: str) -> str:
    """The option that a word names, whatever its terms."""
    return in_parts(word)[0]


def worded(option: str, terms: Mapping[str, object]) -> str:
    """An option on some terms, as one word: the same for the same terms.

    >>> worded("sell", {"lorries.until": date(1941, 10, 6), "lorries.price": 12.0})
    'sell(lorries.price=12.0; lorries.until=1941-10-06)'
    """
    said = "; ".join(f"{name}={value}" for name, value in sorted(terms.items()))
    return f"{option}({said})" if said else option
