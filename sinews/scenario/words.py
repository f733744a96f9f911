"""The words that a scenario may use for policies, questions and what its records measure."""

from typing import NamedTuple

from sinews.series import SERIES

POLICIES: dict[str, str] = {
    "scripted": "does what the script says and nothing else",
    "defensive": "never attacks; calls up, brings plants away, sends spare men to its fronts",
    "cautious": "attacks only with good odds, gives ground at bad ones",
    "opportunist": "attacks wherever the odds allow it",
}


STEPS = (
    "intelligence",
    "council",
    "diplomacy",
    "wars",
    "supply",
    "movement",
    "combat",
    "manpower",
    "industry",
    "trade",
)


class Question(NamedTuple):
    """What the staff can be asked: the fields it needs, others that it takes, and what it is."""

    needs: tuple[str, ...]
    takes: tuple[str, ...]
    meaning: str


QUESTIONS: dict[str, Question] = {
    "replace": Question(("power", "item"), (), "when what is made of it catches up with losses"),
    "when": Question(("measure",), ("above", "below"), "the first date on which it passes a bound"),
    "plan": Question(("contracts",), (), "whether they can be served, and what gives way first"),
    "worth": Question(("agreement", "buyer"), ("delays",), "its worth in gold, today and later"),
    "border": Question(
        ("theatres",), ("warning", "reserve"), "how far garrisons can be cut and still hold"
    ),
    "odds": Question(("measure",), ("above", "below"), "how likely it passes a bound"),
    "estimate": Question(
        ("measure", "given"), (), "what is expected if something comes about, and if it does not"
    ),
}


class Recordable(NamedTuple):
    """What an `[[expect]]` row can be about: the fields it needs, its unit, and what it is."""

    needs: tuple[str, ...]
    unit: str
    meaning: str
    flow: bool
    """Counted from the start or between two dates; otherwise it stands at a date."""


# The fields of a row that name a label of an axis, and what is counted or measured on a scale;
# what is or is not can be a record too.
_FIELDS = {n: n for n in ("power", "theatre", "item", "place")} | {"axis": "theatre"}
_SCALES = frozenset(("men", "people", "items", "t", "km"))

MEASURES: dict[str, Recordable] = {
    name: Recordable(tuple(_FIELDS[a] for a in s.axes), s.unit, s.meaning, bool(s.counts))
    for name, s in SERIES.items()
    if (s.unit in _SCALES or s.either) and all(axis in _FIELDS for axis in s.axes)
}
