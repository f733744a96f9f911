"""Events in words: sentences from templates, each number in them a run of its own.

A template file holds several wordings of each kind of event. Which one is used follows from the
campaign, the kind and the turn alone; neighbouring chapters never use the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from random import Random
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from sinews.campaign.chronicle.event import Event
from sinews.campaign.chronicle.span import ToldNumber
from sinews.campaign.chronicle.words import whose

Run = str | ToldNumber
Paragraph = tuple[Run, ...]

THEMES = ("council", "array", "tone", "head", "front", "loss", "force", "trade", "talks", "end")
_ALWAYS = frozenset(("council", "array", "tone", "end"))
# Themes that stand apart although they are short.
_APART = frozenset(("council", "end"))
_MOST_WORDS, _SHORT = 430, 30

_FILES = ("frame", "fighting", "affairs")
_HEAD = re.compile(r"^== (\w+)( titles)?$", re.MULTILINE)
_OPEN, _SHUT = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_SHUT}")


@lru_cache(1)
def wordings() -> dict[str, list[Template]]:
    """The sentences of each kind of event; under "KIND titles" its titles, one a line."""
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.filters["capital"] = capital
    environment.filters["whose"] = whose
    environment.filters["lower_first"] = lower_first
    out: dict[str, list[Template]] = {}
    for name in _FILES:
        file = files("sinews.campaign.chronicle") / "templates" / f"{name}.j2"
        text = file.read_text("utf-8")
        heads = list(_HEAD.finditer(text))
        for head, after in zip(heads, [*heads[1:], None], strict=True):
            body = text[head.end() : after.start() if after else None].strip()
            kind, titles = head.group(1), head.group(2) or ""
            each = body.split("\n") if titles else body.split("\n--\n")
            out[kind + titles] = [environment.from_string(words) for words in each]
    return out


def capital(words: str) -> str:
    """Words with a capital first.

    >>> capital("the USSR")
    'The USSR'
    """
    return words[:1].upper() + words[1:]


def lower_first(words: str) -> str:
    """A title in the middle of a sentence.

    >>> lower_first("The border treaty"), lower_first("Peace")
    ('the border treaty', '“Peace”')
    """
    if words.partition(" ")[0] in ("The", "A", "An"):
        return words[0].lower() + words[1:]
    return f"“{words}”"


def dealt(origin: str, kind: str, turn: int, count: int) -> int:
    """Which of `count` wordings a turn uses: shuffled and gone through like a deck of cards, the
    same never twice running.

    >>> [dealt("a campaign", "front", turn, 3) for turn in range(7)]
    [1, 0, 2, 1, 0, 2, 1]
    """
    if count <= 2:
        return (turn + _dice(origin, kind, 0).randrange(2)) % count
    deal, place = divmod(turn, count)
    deck = _shuffled(origin, kind, deal, count)
    if deal and _shuffled(origin, kind, deal - 1, count)[-1] == deck[0]:
        deck[0], deck[1] = deck[1], deck[0]
    return deck[place]


def _shuffled(origin: str, kind: str, deal: int, count: int) -> list[int]:
    # By hand, not by Random.shuffle, whose results Python does not promise to keep.
    dice = _dice(origin, kind, deal)
    deck = list(range(count))
    return sorted(deck, key=lambda _: dice.random())


def _dice(*words: object) -> Random:
    return Random(sha256("|".join(map(str, words)).encode()).digest())


def sentence(event: Event, origin: str, turn: int, nth: int = 0) -> list[Run]:
    """An event in words; the `nth` of its kind in a chapter has another wording than the first."""
    known = wordings()[event.kind]
    at = (dealt(origin, event.kind, turn, len(known)) + nth) % len(known)
    return _runs(known[at], event.facts)


def titles(event: Event, origin: str, turn: int) -> Iterator[str]:
    """The titles that an event would give a chapter, the one to use first; none if it gives none.
    Those that begin with "~" are for when there is no other."""
    known = wordings().get(f"{event.kind} titles", [])
    first = dealt(origin, f"{event.kind} titles", turn, len(known)) if known else 0
    for template in (*known[first:], *known[:first]):
        title = plain(_runs(template, event.facts))
        if title:
            yield title


def _runs(template: Template, facts: Mapping[str, Any]) -> list[Run]:
    numbers: list[ToldNumber] = []
    text = " ".join(template.render(_marked(facts, numbers)).split())
    # A sentence that begins with a name of small letters still begins with a capital.
    text = re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda m: m.group().upper(), text)
    text = text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    out: list[Run] = []
    for i, part in enumerate(_MARK.split(text)):
        if i % 2:
            out.append(numbers[int(part)])
        elif part:
            out.append(part)
    return out


def _marked(facts: Any, numbers: list[ToldNumber]) -> Any:
    """Facts with each number as a mark that the text can be taken apart by."""
    if isinstance(facts, ToldNumber):
        numbers.append(facts)
        return f"{_OPEN}{len(numbers) - 1}{_SHUT}"
    if isinstance(facts, Mapping):
        return {name: _marked(fact, numbers) for name, fact in facts.items()}
    if isinstance(facts, list):
        return [_marked(fact, numbers) for fact in facts]
    return facts


def plain(runs: Sequence[Run]) -> str:
    """Runs as bare text."""
    return "".join(run if isinstance(run, str) else run.text for run in runs)


def told(events: Sequence[Event], origin: str, turn: int) -> tuple[list[Paragraph], list[Event]]:
    """Events as paragraphs, and those of them that found room: the weightiest."""
    seen: dict[str, int] = {}
    chosen: dict[int, list[Run]] = {}
    words = 0
    order = sorted(range(len(events)), key=lambda i: -events[i].weight)
    for i in sorted(order, key=lambda i: events[i].theme not in _ALWAYS):
        event = events[i]
        runs = sentence(event, origin, turn, seen.get(event.kind, 0))
        length = len(plain(runs).split())
        if words + length > _MOST_WORDS and event.theme not in _ALWAYS:
            continue
        seen[event.kind] = seen.get(event.kind, 0) + 1
        words += length
        chosen[i] = runs
    kept = sorted(chosen, key=lambda i: (THEMES.index(events[i].theme), i))
    return _paragraphs([(events[i], chosen[i]) for i in kept]), [events[i] for i in kept]


def _paragraphs(said: Sequence[tuple[Event, list[Run]]]) -> list[Paragraph]:
    """Sentences by theme; what is short goes with what follows."""
    out: list[list[Run]] = []
    open_ = False
    for theme, each in groupby(said, key=lambda pair: pair[0].theme):
        runs = [run for _, sentence in each for run in (*sentence, " ")]
        if open_ and theme not in _APART:
            out[-1] += runs
        else:
            out.append(runs)
        open_ = theme not in _APART and len(plain(out[-1]).split()) < _SHORT
    return [_joined(runs) for runs in out]


def _joined(runs: Sequence[Run]) -> Paragraph:
    """Runs with neighbouring texts made one, and no blank at the end."""
    out: list[Run] = []
    for run in runs:
        if isinstance(run, str) and out and isinstance(out[-1], str):
            out[-1] += run
        else:
            out.append(run)
    if out and isinstance(out[-1], str):
        out[-1] = out[-1].rstrip()
    return tuple(run for run in out if run != "")
