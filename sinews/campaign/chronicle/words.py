"""How names, dates and amounts are written in running prose."""

import re
from collections.abc import Sequence
from datetime import date

from sinews.analysis.numerals import amount, band

_SMALL = "no one two three four five six seven eight nine ten eleven twelve".split()
_COUNTED = frozenset(("men", "people", "items"))
# Names that English gives an article: abbreviations of states, unions of them, and some regions.
_ARTICLE = re.compile(
    r"(USSR|USA|UK)$|(Union|States|Kingdom|Republic|Empire|Federation|Islands)$"
    r"|^(Far|Middle|Near) East|^(Ural|Caucasus|Balkan|Volga|Rhine|Crimea)"
)
_SEASONS = {"deep": "deep winter"}
_HINDER = frozenset(("\ue000", "\ue001"))  # how prose marks its numbers


def spoken(value: float, unit: str = "") -> str:
    """A number as it is read aloud, to about three digits.

    >>> spoken(2_129_677, "men"), spoken(11_703, "items"), spoken(412_345, "men"), spoken(3, "men")
    ('2.13 million', '11,700', '412,000', 'three')
    >>> spoken(31.26, "t"), spoken(4.0, "t"), spoken(1018, "km"), spoken(7.0, "days")
    ('31.3', '4', '1,018', '7')
    """
    if unit == "%":
        return f"{value:.0f}"
    if unit in ("days", "weeks"):
        # "1.0 days", not "1 days".
        text = f"{value:.0f}" if value >= 10 else f"{value:.1f}"
        return text if text == "1.0" else _trimmed(text)
    text = amount(value, unit)
    for suffix, word in ((" bn", " billion"), (" M", " million")):
        if text.endswith(suffix):
            return _trimmed(text.removesuffix(suffix)) + word
    if text.endswith(" k"):
        return f"{float(text.removesuffix(' k')) * 1000:,.0f}"
    if unit in _COUNTED and text.isdecimal() and 0 < int(text) < len(_SMALL):
        return _SMALL[int(text)]
    if unit != "km" and abs(value) >= 1000:
        return f"{round(value, -1):,.0f}"
    return _trimmed(text)


def between(low: float, high: float, unit: str = "") -> str:
    """A range in running prose.

    >>> between(1_751_000, 2_508_000, "men"), between(12_300, 15_000, "items")
    ('1.75 to 2.51 million', '12.3 to 15.0 thousand')
    """
    if spoken(low, unit) == spoken(high, unit):
        return spoken(low, unit)
    words = band(low, high, unit).replace("\N{EN DASH}", " to ")
    for suffix, word in ((" bn", " billion"), (" M", " million"), (" k", " thousand")):
        if words.endswith(suffix):
            return words.removesuffix(suffix) + word
    return words


def _trimmed(text: str) -> str:
    return re.sub(r"(\.\d*?)0+$", r"\1", text).removesuffix(".")


def month(day: date) -> str:
    """The month of a day, with its year.

    >>> month(date(1941, 9, 7))
    'September 1941'
    """
    return f"{day:%B} {day.year}"


def dated(day: date, year: bool = False) -> str:
    """A day in words.

    >>> dated(date(1941, 9, 7)), dated(date(1941, 9, 7), year=True)
    ('7 September', '7 September 1941')
    """
    return f"{day.day} {day:%B}" + (f" {day.year}" if year else "")


def weeks(count: int) -> str:
    """So many weeks.

    >>> weeks(1), weeks(2), weeks(5), weeks(14)
    ('week', 'fortnight', 'five weeks', '14 weeks')
    """
    if count <= 2:
        return ("", "week", "fortnight")[count]
    return f"{_SMALL[count] if count < len(_SMALL) else count} weeks"


def the(name: str) -> str:
    """A name with the article that it takes in the middle of a sentence.

    >>> the("USSR"), the("Germany"), the("Moscow axis"), the("Far East"), the("border")
    ('the USSR', 'Germany', 'the Moscow axis', 'the Far East', 'the border')
    """
    name = clean(name)
    if re.match(r"(the|a|an) ", name, re.IGNORECASE):
        return name[0].lower() + name[1:]
    first, last = name.partition(" ")[0], name.rpartition(" ")[2]
    common = last[:1].islower() and not first.endswith(("'s", "\N{RIGHT SINGLE QUOTATION MARK}s"))
    return f"the {name}" if common or _ARTICLE.search(name) else name


def upon(name: str) -> str:
    """Where something happens that happens in a theatre.

    >>> upon("Moscow axis"), upon("Flanders")
    ('on the Moscow axis', 'in Flanders')
    """
    return f"{'on' if name.rpartition(' ')[2][:1].islower() else 'in'} {the(name)}"


def whose(name: str) -> str:
    """The possessive of a name.

    >>> whose("the USSR"), whose("Germany's allies")
    ("the USSR's", "Germany's allies'")
    """
    return name + ("'" if name.endswith("s") else "'s")


def many(name: str) -> str:
    """The plural of what is counted.

    >>> many("tank"), many("lorry"), many("gun or mortar"), many("anti-aircraft gun")
    ('tanks', 'lorries', 'guns or mortars', 'anti-aircraft guns')
    """
    words = re.split(r"( or | and )", clean(name))
    return "".join(w if w in (" or ", " and ") else _many(w) for w in words)


def _many(word: str) -> str:
    if word.endswith("s"):
        return word
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(x|z|ch|sh)$", word) else "s")


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names one after another.

    >>> listed(["one"]), listed(["one", "two"]), listed(["one", "two", "three"])
    ('one', 'one and two', 'one, two and three')
    """
    head, tail = ", ".join(names[:-1]), names[-1]
    return f"{head} {last} {tail}" if head else tail


def season(name: str) -> str:
    """A season as it is spoken of."""
    return _SEASONS.get(name, clean(name.replace("-", " ")))


def clean(name: str) -> str:
    """A name from a scenario, on one line and without what drives a terminal or marks a number."""
    return " ".join("".join(c for c in name if _printed(c)).split())


def _printed(c: str) -> bool:
    return (c.isprintable() or c.isspace()) and c not in _HINDER
