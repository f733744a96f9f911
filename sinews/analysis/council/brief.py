"""The brief of a council: each item of the agenda with forecasts, differences, advice, answer.

Members are run to the day of the council and from there on under each option of an item, on common
luck. More are added until the advice is clear and so is the item's first measure, or the limit is
reached. A difference of that measure is clear three standard errors from 0, or known to 1 % of the
spread: every option's to the first option and to the one that the advice puts first. A lead in
points is clear three standard errors from 0, or if more members would make it no surer.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from datetime import date, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import Progress, no_number, within_bounds
from sinews.analysis.council.advice import Advice, advised, judged, shares
from sinews.analysis.council.conditions import with_date
from sinews.analysis.council.follow_up import Report, reports
from sinews.analysis.council.paper import (
    Brief,
    Difference,
    Forecast,
    Paper,
    Side,
    conflicts,
    excluded,
)
from sinews.analysis.council.questions import Answer, Answering, answers_to, plans_begun
from sinews.analysis.council.ranking import Lead
from sinews.analysis.council.theories import RivalStarts
from sinews.analysis.measures import Measure, by_word
from sinews.analysis.numerals import amount, day
from sinews.analysis.odds import mean_error
from sinews.analysis.paired import PairedStart, Past, contrast
from sinews.analysis.tables import full_title
from sinews.errors import Mistake, ScenarioError, name_list, shown, suggestion
from sinews.scenario import Scenario, load
from sinews.scenario.council import AgendaItem, Minister, Trigger
from sinews.scenario.presets import Given, chosen_option, item_with_terms, with_own_terms
from sinews.scenario.texts import deeds
from sinews.series import SERIES

Floats = NDArray[np.float64]

MEMBERS = 1000
"""The most that are run where nobody says how many."""

# Standard errors that a mean difference must lie from 0 to be clear; or how small its standard
# error must be, as a share of the measure's spread.
_CLEAR, _CLOSE = 3.0, 0.01
# An error from the members a quarter of that of judgement adds 3 % to it: more make it no surer.
_BESIDE = 0.25


def brief(
    scenario: str | Path | Scenario,
    options: Sequence[str] = (),
    members: int | None = None,
    seed: int = 1,
    on: date | None = None,
    items: Sequence[str] | None = None,
    progress: Progress | None = None,
    past: Past | None = None,
    standing: Mapping[str, float] | None = None,
    power: str | None = None,
    most: int = MEMBERS,
    terms: Given | None = None,
    preset: str | None = None,
) -> Brief:
    """The brief of a scenario's council on a day, `options` being in force already.

    `members` are run for each option or, if that is left out, as many as make the answer clear, at
    the `most` so many. `items` names what is to be heard, whether
    or not it is on the agenda that day. `past` gives members as they stand on the day, where they
    did not come there by the scenario alone. `standing` of ministers takes the place of the
    scenario's, for those whom it names. `power` is whose council it is: the player's, if left out.
    With `terms`, as in {"soviet-goods.price": "80 t"}, one item is heard on these: its first
    option, its `preset` (the first that signs what they are of, if left out), and that on them.
    """
    began = time.perf_counter()
    meeting = convened(
        scenario,
        options,
        members,
        seed,
        on,
        items,
        progress,
        past,
        standing,
        power,
        most,
        terms,
        preset,
    )
    papers = tuple(briefed(meeting))
    return meeting.brief(papers, time.perf_counter() - began)


def advice(
    scenario: str | Path | Scenario,
    item: str,
    options: Sequence[str] = (),
    members: int | None = None,
    seed: int = 1,
    on: date | None = None,
    standing: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    past: Past | None = None,
) -> Advice:
    """What the ministers advise on one item: their points for its options, and what follows.

    `standing` takes the place of the scenario's, for those whom it names.
    """
    meeting = convened(scenario, options, members, seed, on, [item], progress, past, standing)
    return _Hearing(meeting, meeting.items[0]).paper(None).advice


@dataclass(frozen=True)
class Meeting:
    """A council that has convened: what is on its agenda, and who sits in it."""

    scenario: Scenario
    """As of the day, with the options already in force."""
    fork: PairedStart = field(repr=False)
    items: tuple[AgendaItem, ...]
    waiting: dict[str, str]
    """Why the other items are not on the agenda."""
    ministers: dict[str, Minister]
    standing: dict[str, float]
    """Of the ministers, as shares."""
    conflicts: dict[str, tuple[str, ...]] = field(repr=False)
    """Options that cannot be applied together, by option."""
    told: bool = False
    """Whether it was told how many members to run."""
    reports: tuple[Report, ...] = ()
    """On what was decided before."""

    @cached_property
    def rivals(self) -> RivalStarts:
        """Members by rival theory of combat, who have come to its day when they are asked."""
        return RivalStarts(self.fork)

    @property
    def power(self) -> str:
        """Whose council it is."""
        assert self.scenario.player is not None
        return self.scenario.player

    def brief(self, papers: Sequence[Paper], seconds: float) -> Brief:
        """The brief that papers make."""
        s = self.scenario
        title = s.powers[self.power].title or self.power
        most = max((paper.members for paper in papers), default=0)
        return Brief(
            s.name,
            s.title,
            s.council,
            self.power,
            title,
            s.applied,
            most,
            self.fork.seed,
            seconds,
            tuple(papers),
            self.waiting,
            self.reports,
        )


def convened(
    scenario: str | Path | Scenario,
    options: Sequence[str] = (),
    members: int | None = None,
    seed: int = 1,
    on: date | None = None,
    items: Sequence[str] | None = None,
    progress: Progress | None = None,
    past: Past | None = None,
    standing: Mapping[str, float] | None = None,
    power: str | None = None,
    most: int = MEMBERS,
    terms: Given | None = None,
    preset: str | None = None,
) -> Meeting:
    """A council of a power (the player's, if left out) on a day, with the items that come up on it
    or that are named; or the one on own `terms`, as in `brief`."""
    found = load(scenario, options)
    items = None if items is None else name_list(items, "items", found.name)
    count = most if members is None else members
    within_bounds(found, count, None, seed)
    on = on or found.council
    if power:
        played = found.played if power in found.played else (power,)
        found = with_changes(found, player=power, played=played)
    own = {n: m for n, m in found.ministers.items() if m.power == found.player}
    found = with_changes(found, agenda=tuple(i for i in found.agenda if i.minister in own))
    mistakes = [*_mistakes(found, count, on, items), *_unfit(standing or {})]
    if mistakes:
        raise ScenarioError(found.name, mistakes)
    if terms is not None or preset is not None:
        found, items = _on_terms(found, items, preset, terms or {}, on)
    moved = on != found.council  # options are checked with the file as of its own day
    found = with_changes(found, council=on)
    fork = PairedStart(found, on, count, seed, past, progress)
    named = [item for item in found.agenda if item.name in (items or ())]
    if late := [
        Mistake("on", why, "", "name an earlier day", str(on))
        for item in named
        if moved and (why := _too_late(item, fork))
    ]:
        raise ScenarioError(found.name, late)
    waiting = _waiting(found, on, fork, moved) if items is None else {}
    heard = tuple(
        item
        for item in found.agenda
        if (item.name not in waiting if items is None else item.name in items)
    )
    weights = {name: m.standing.middle for name, m in own.items()} | {
        name: weight for name, weight in (standing or {}).items() if name in own
    }
    known = own, shares(weights), conflicts(found)
    due = reports(found, found.player, on, partial(_believed, fork))
    return Meeting(found, fork, heard, waiting, *known, members is not None, due)


def _on_terms(
    found: Scenario,
    items: Sequence[str] | None,
    preset: str | None,
    terms: Given,
    on: date,
) -> tuple[Scenario, list[str]]:
    """A scenario with one item on own terms, and that item."""
    item = item_with_terms(found, items, preset, terms)
    word = chosen_option(found, item, preset, terms, on)
    return with_own_terms(found, item, word), [item.name]


def _believed(fork: PairedStart, name: str) -> Floats:
    """A number as the staff believes it on the day of the council [member]."""
    measures = by_word([word := f"{name}@{fork.on}"], fork.scenario, fork.scenario.weeks)[word]
    return fork.today(next(fork.batches())).values(measures)[0]


def _mistakes(
    found: Scenario, members: int, on: date, items: Sequence[str] | None
) -> Iterator[Mistake]:
    if not found.agenda or found.player is None:
        remedy = "write [[agenda]] rows, of a minister of the player"
        yield Mistake("agenda", "this scenario has no council", remedy=remedy)
        return
    if members < 2:
        problem = "one member has no odds"
        yield Mistake("members", problem, "write two or more", value=shown(members))
    last = found.end - timedelta(days=7)
    if type(on) is not date or not found.start <= on <= last:
        expected = f"write a date from {found.start} to {last}"
        yield Mistake("on", "is no day of this scenario", expected, value=shown(str(on)))
    agenda = {item.name: item for item in found.agenda}
    for name in items or ():
        if name not in agenda:
            problem = "no item of the agenda has that name"
            yield Mistake("item", problem, "", suggestion(name, agenda), shown(name))
        elif done := _decided(agenda[name], found):
            yield Mistake("item", f'is decided already: "{done}" is in force', value=shown(name))


def _unfit(standing: object) -> Iterator[Mistake]:
    """What is wrong with a caller's standing of ministers."""
    if not isinstance(standing, Mapping):
        expected = "write it by minister: standing = {minister: 1.5}"
        yield Mistake("standing", "is no table", expected, value=shown(standing))
        return
    for name, weight in standing.items():
        yield from no_number(f"standing.{name}", weight, "weight in the council, 0 or more")


def _decided(item: AgendaItem, found: Scenario) -> str:
    """The option of an item that is in force already, if there is one."""
    return next((name for name in item.options if name in found.decided), "")


def _waiting(found: Scenario, on: date, fork: PairedStart, moved: bool) -> dict[str, str]:
    """Which items are not on the agenda of a day, which may be `moved` from the file's, and why."""
    out: dict[str, str] = {}
    for item in found.agenda:
        first = item.from_ or min(on, found.council)
        if done := _decided(item, found):
            out[item.name] = f"decided: {found.options[done].title or done}"
        elif on < first:
            out[item.name] = f"comes up on {day(first)} at the earliest"
        elif item.until is not None and on >= item.until:
            out[item.name] = f"could be decided until {day(item.until)}"
        elif item.trigger is not None and (missing := _missing(item.trigger, found, on, fork)):
            out[item.name] = missing
        elif moved and (why := _too_late(item, fork)):
            out[item.name] = why
    return out


def _too_late(item: AgendaItem, fork: PairedStart) -> str:
    """What is wrong with deciding an option of an item on the day; nothing if all can be."""
    for option in item.options:
        try:
            fork.variant(option)
        except ScenarioError as error:
            first = error.mistakes[0]
            title = fork.scenario.options[option].title or option
            where = f"{first.path} = {first.value}" if first.value else first.path
            return f'cannot be decided on {day(fork.on)} ("{title}": {where} {first.problem})'
    return ""


def _missing(trigger: Trigger, found: Scenario, on: date, fork: PairedStart) -> str:
    """What an item still waits for; nothing if it has come about, as the staff believes: in most
    members."""
    word = f"{trigger.measure}@{on}"
    measures = by_word([word], found, found.weeks)[word]
    medians = np.median(fork.today(next(fork.batches())).values(measures), axis=1)
    if any(map(trigger.crossed, medians.tolist())):
        return ""
    bounds = [
        f"{word} {amount(bound.middle, bound.unit)} {bound.unit}"
        for word, bound in (("above", trigger.above), ("below", trigger.below))
        if bound is not None
    ]
    return f"waits for this: {full_title(found, measures[0])} {' or '.join(bounds)}"


def briefed(meeting: Meeting) -> Iterator[Paper]:
    """The papers of a council's items, one by one as they are ready: the first by itself, which is
    waited for, then two at a time, so that one is prepared while another runs."""
    with ThreadPoolExecutor(1) as aside, ThreadPoolExecutor(2) as pool:

        def heard(item: AgendaItem) -> Paper:
            meeting.fork.prepare(item.options, aside)
            plans = plans_begun(meeting.scenario, item, meeting.fork.seed, aside)
            return _Hearing(meeting, item).paper(plans)

        yield from map(heard, meeting.items[:1])
        yield from pool.map(heard, meeting.items[1:])


class _Hearing:
    """One item as it is heard: which measures, under which options, of which members."""

    def __init__(self, meeting: Meeting, item: AgendaItem) -> None:
        self.meeting, self.item = meeting, item
        s, on = meeting.scenario, meeting.scenario.council
        self.horizon = min(on + timedelta(days=7 * item.horizon), s.end)
        portfolio = [w for m in meeting.ministers.values() for w in m.portfolio]
        odds = [ask.measure for ask in item.ask if ask.what == "odds" and ask.measure]
        days = {w: with_date(w, self.horizon) for w in (*item.measures, *portfolio, *odds)}
        estimates = [with_date(w, on) for w in item.estimates]
        found = by_word(dict.fromkeys([*days.values(), *estimates]), s, s.weeks)
        self.named = {word: found[full] for word, full in days.items()}
        self.measures = _unique(m for w in item.measures for m in self.named[w])
        self.estimates = _unique(m for w in estimates for m in found[w])
        self.wanted = _unique(m for each in self.named.values() for m in each)
        self.odds = {w: self.named[w][0] for w in odds}
        self.batches: list[range] = []
        self.values: dict[str, Floats] = {}

    def paper(self, plans: Mapping[tuple[str, ...], Future[Any]] | None) -> Paper:
        """The item's paper, once enough members have been run; without plans, nobody asks."""
        meeting, item, s = self.meeting, self.item, self.meeting.scenario
        stopped = self._run()
        reporter = s.ministers[item.minister]
        first = item.options[0]
        differences = {
            option: tuple(self._difference(m, option) for m in self.measures)
            for option in item.options[1:]
        }
        leading = [each[0] for each in differences.values() if each]
        return Paper(
            name=item.name,
            title=item.title or item.name,
            question=item.question,
            report=item.report,
            minister=item.minister,
            who=", ".join(x for x in (reporter.name, reporter.title or item.minister) if x),
            rule=item.rule,
            follow_up=item.follow_up,
            horizon=self.horizon,
            estimates=self._estimated(),
            options=tuple(
                Side(
                    option,
                    s.options[option].title or option,
                    s.options[option].summary,
                    deeds(s, meeting.fork.variant(option), s.options[option].set),
                    tuple(Forecast.of(s, m, self._cell(option, m)) for m in self.measures),
                    differences.get(option, ()),
                    excluded(s, item, option, meeting.conflicts, meeting.fork.variant),
                )
                for option in item.options
            ),
            against=s.options[first].title or first,
            advice=self._advice(),
            answers=() if plans is None else self._answers(plans),
            members=len(self._members),
            stopped=stopped,
            error=max((d.contrast.error or 0.0 for d in leading), default=None),
            error_apart=max((d.apart or 0.0 for d in leading), default=None),
        )

    def _answers(self, plans: Mapping[tuple[str, ...], Future[Any]]) -> tuple[Answer, ...]:
        meeting, values = self.meeting, {word: self._of(word) for word in self.odds}
        known = (meeting.scenario, meeting.fork, self.item, self.batches, self.odds, values)
        return answers_to(Answering(*known, plans, meeting.told, meeting.rivals))

    @property
    def _draw(self) -> NDArray[np.int64]:
        return self.meeting.fork.draw(self.batches)

    @property
    def _members(self) -> list[int]:
        return [member for batch in self.batches for member in batch]

    def _run(self) -> str:
        """Run batches until all that were asked for are run or, if nobody asked, until the answer
        is clear or the limit is reached; which of the three."""
        for batch in self.meeting.fork.batches():
            self.batches.append(batch)
            for option, new in self._branched(batch).items():
                old = self.values.get(option)
                self.values[option] = new if old is None else np.concatenate([old, new], axis=1)
            if not self.meeting.told and self._clear():
                return "clear"
        return "asked" if self.meeting.told else "limit"

    def _branched(self, batch: range) -> dict[str, Floats]:
        """What is wanted of a batch under each option; two at a time, so that one is prepared while
        another runs."""
        fork, options = self.meeting.fork, self.item.options
        fork.today(batch)
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda option: fork.values(option, self.wanted, batch), options)
            return dict(zip(options, found, strict=True))

    def _clear(self) -> bool:
        """Whether what the advice follows from is known well enough, and the first measure of every
        option against the first and against the best."""
        advice, first = self._advice(), self.item.options[0]
        pairs = {(first, other) for other in self.item.options[1:]}
        pairs |= {(lead.over, lead.option) for lead in advice.ranking.leads}
        cells = {o: self._shown(o, self.measures[0]) for o in self.item.options if self.measures}
        spread = float(cells[first].std(ddof=1)) if cells else 0.0
        known = (clear(cells[a], cells[b], spread, self._draw) for a, b in pairs if cells)
        return all(known) and all(map(clear_lead, advice.leads))

    def _shown(self, option: str, measure: Measure) -> Floats:
        """A measure under an option as the paper counts it [member]."""
        return SERIES[measure.series].counted(self._cell(option, measure))

    def _cell(self, option: str, measure: Measure) -> Floats:
        return self.values[option][self.wanted.index(measure)]

    def _of(self, word: str) -> dict[str, Floats]:
        """What a word measures under each option, added up if it names several [member]."""
        measures = self.named[word]
        cells = {o: [self._cell(o, m) for m in measures] for o in self.item.options}
        return {option: np.sum(each, axis=0) for option, each in cells.items()}

    def _difference(self, measure: Measure, option: str) -> Difference:
        first = self.item.options[0]
        one, other = self._shown(option, measure), self._shown(first, measure)
        draw = self._draw
        alone = [e for x in (one, other) if (e := mean_error(x, draw)) is not None]
        apart = float(np.linalg.norm(alone)) if len(alone) == 2 else None
        return Difference(contrast(measure, option, first, one, other, draw), apart)

    def _estimated(self) -> tuple[Forecast, ...]:
        """What the staff believes today; of days to come, if nothing is decided."""
        fork = self.meeting.fork
        if not self.estimates:
            return ()
        values = [fork.values(None, self.estimates, batch) for batch in self.batches]
        rows = np.concatenate(values, axis=1)
        pairs = zip(self.estimates, rows, strict=True)
        return tuple(Forecast.of(self.meeting.scenario, m, row) for m, row in pairs)

    def _advice(self) -> Advice:
        meeting = self.meeting
        words = {word for m in meeting.ministers.values() for word in m.portfolio}
        by_option = {word: np.array(list(self._of(word).values())) for word in words}
        draw = self._draw
        judgements = [
            judged(name, m, self.item, by_option, meeting.standing[name], draw)
            for name, m in meeting.ministers.items()
        ]
        titles = {name: option.title for name, option in meeting.scenario.options.items()}
        return advised(self.item, judgements, titles, draw)


def clear_lead(lead: Lead) -> bool:
    """Whether more members would leave a lead in points what it is.

    >>> clear_lead(Lead("sign", "refuse", 0.4, 0.1, 0.0)), clear_lead(Lead("a", "b", 0.0, 0.1, 0.4))
    (True, True)
    >>> clear_lead(Lead("sign", "refuse", 0.2, 0.1, 0.3))
    False
    """
    return lead.ahead > _CLEAR * lead.sampling or (
        lead.sampling <= max(_CLOSE, _BESIDE * lead.judging)
    )


def clear(
    base: Floats, other: Floats, spread: float, draw: NDArray[np.int64] | None = None
) -> bool:
    """Whether a mean difference [member] is known well enough to stop, of a measure of such a
    `spread`; `draw` [member] is from which each member was drawn, None if none was.

    >>> clear(np.zeros(100), np.ones(100), 0.0), clear(np.zeros(100), np.zeros(100), 0.0)
    (True, True)
    >>> clear(np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0]), 0.6)
    False
    """
    apart = other - base
    error = mean_error(apart, draw)
    if error is None:
        return False
    return abs(float(apart.mean())) > _CLEAR * error or error <= _CLOSE * spread


def _unique(measures: Iterable[Measure]) -> list[Measure]:
    return list(dict.fromkeys(measures))
