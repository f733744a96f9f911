"""The words that a scenario may use for policies, questions and what its records measure."""

from typing import NamedTuple

POLICIES: dict[str, str] = {
    "scripted": "does what the script says and nothing else",
    "cautious": "attacks only with good odds, keeps reserves",
    "opportunist": "attacks wherever the odds allow it",
}


class Question(NamedTuple):
    """What the staff can be asked: the fields it needs, others that it takes, and what it is."""

    needs: tuple[str, ...]
    takes: tuple[str, ...]
    meaning: str


QUESTIONS: dict[str, Question] = {
    "replace": Question(("power", "item"), (), "when what is made of it catches up with losses"),
    "plan": Question(("contracts",), (), "whether they can be served, and what gives way first"),
    "worth": Question(("agreement", "buyer"), ("delays",), "its worth in gold, today and later"),
    "border": Question(
        ("theatres", "warning", "reserve"), (), "how far garrisons can be cut and still be safe"
    ),
    "odds": Question(("measure",), ("above", "below"), "how likely it passes a bound"),
}


class Measure(NamedTuple):
    """What an `[[expect]]` row can be about: the fields it needs, its unit, and what it is."""

    needs: tuple[str, ...]
    unit: str
    meaning: str
    flow: bool
    """Counted from the start or between two dates; otherwise it stands at a date."""


MEASURES: dict[str, Measure] = {
    "irrecoverable": Measure(("power",), "men", "men killed, missing and captured", True),
    "sick_wounded": Measure(("power",), "men", "men sent to hospital", True),
    "casualties": Measure(("power",), "men", "men killed, wounded, missing and captured", True),
    "killed": Measure(("power",), "men", "men killed", True),
    "captured_men": Measure(("power",), "men", "men lost to capture", True),
    "largest_haul": Measure(("power",), "men", "most of its men captured in any one week", True),
    "lost": Measure(("power", "item"), "items", "items written off or captured", True),
    "made": Measure(("power", "item"), "items", "items made", True),
    "equipment": Measure(("power", "item"), "items", "items that it owns", False),
    "field_strength": Measure(("power",), "men", "men in theatres that have a front", False),
    "force": Measure(("power", "theatre"), "men", "men in one theatre", False),
    "front": Measure(("theatre",), "km", "where the front stands", False),
    "occupied": Measure(("power",), "people", "people behind the enemy's front", False),
}

# A power would rather have less of these, and more of everything else.
UNWELCOME = frozenset(
    "irrecoverable sick_wounded casualties killed captured_men largest_haul lost occupied "
    "imbalance hostile broken late lapsed".split()
)
