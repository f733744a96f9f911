"""The staff's answers: each question of an agenda in one sentence, with its odds.

`plan`, `worth`, `border`, `replace`, `when` and `estimate` are asked of a scenario, as a user
would, or by an item of an agenda; `odds` is read from the item's own forecasts.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sinews.analysis.bounds import Progress, not_whole, within_bounds
from sinews.analysis.branching import SharedPast, side_by_side, some_of, started
from sinews.analysis.council.advice import quoted
from sinews.analysis.council.conditions import Condition, conditions, fulfilled, with_date
from sinews.analysis.council.theories import RivalStarts
from sinews.analysis.measures import Measure, by_word
from sinews.analysis.odds import mean_error, share_error
from sinews.analysis.paired import BATCH, PairedStart
from sinews.errors import Mistake, ScenarioError, Together, misnamed, name_list, shown, suggestion
from sinews.scenario import Scenario, load
from sinews.scenario.council import AgendaItem, Ask
from sinews.scenario.negotiable import preset_of

if TYPE_CHECKING:
    from sinews.analysis.council.border import Border
    from sinews.analysis.council.replace import Replacement
    from sinews.analysis.council.when import FirstDate
    from sinews.analysis.council.worth import Worth

Floats = NDArray[np.float64]

MEMBERS = 512
"""Of ensembles that serve one answer."""


@dataclass(frozen=True)
class Odds:
    """How often a measure passes a bound, under each option of an item."""

    scenario: Scenario = field(repr=False)
    measure: Measure
    above: float | None
    below: float | None
    titles: dict[str, str]
    """Of the options."""
    passes: dict[str, NDArray[np.bool_]]
    """[member] by option."""
    draw: NDArray[np.int64] | None = None
    """From which each member was drawn [member]; None if none was."""
    rivals: Mapping[str, float] = field(default_factory=dict[str, float])
    """Share of members in which it passes with the first option, by rival theory of combat."""

    def share(self, option: str) -> float:
        """Share of members in which it passes."""
        return float(self.passes[option].mean())

    def difference(self, option: str) -> tuple[float, float | None]:
        """How much greater that share is than under the first option, and its standard error."""
        first = next(iter(self.passes.values()))
        apart = self.passes[option].astype(float) - first
        return float(apart.mean()), mean_error(apart, self.draw)

    def sentence(self) -> str:
        """The answer, of a hundred campaigns, and how far rival theories differ."""
        return f"{self._answer()}{self._under_rivals()}"

    def _under_rivals(self) -> str:
        first, told = next(iter(self.passes)), {*self.rivals.values()}
        if told <= {self.share(first)}:
            return ""
        ends = " to ".join(dict.fromkeys(f"{100 * f(told):.0f}" for f in (min, max)))
        title = f" with {self._title(first)}" if len(self.passes) > 1 else ""
        return f" Under the rival theories of combat: in {ends} of 100{title}."

    def _answer(self) -> str:
        first, *others = self.passes
        if not any(self.difference(option)[1] or self.difference(option)[0] for option in others):
            share = of_campaigns(self.share(first))
            return f"{self._event()} in {share}, whatever is decided."
        text = f"{self._event()} in {of_campaigns(self.share(first))} with {self._title(first)}"
        words: list[str] = []
        for option in others:
            mean, error = self.difference(option)
            sign = "+" if mean > 0 else "\N{MINUS SIGN}" if mean < 0 else ""
            apart = f"{sign}{100 * abs(mean):.1f}"
            apart += "" if error is None else f" \N{PLUS-MINUS SIGN} {100 * error:.1f}"
            number = _hundredths(self.share(option))
            words.append(f"in {number} with {self._title(option)} (difference {apart})")
        return ", ".join([text, *words[:-1]]) + f" and {words[-1]}."

    def _title(self, option: str) -> str:
        return quoted(self.titles[option])

    def _event(self) -> str:
        """What happens when it passes, in words."""
        words = Condition(self.measure, self.above, self.below).words(self.scenario)
        return words[:1].upper() + words[1:]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        draws = len(next(iter(self.passes.values())))
        options: list[dict[str, Any]] = []
        for option in self.passes:
            mean, error = self.difference(option)
            share = self.share(option)
            options.append(
                {
                    "option": option,
                    "share": share,
                    "standard_error": share_error(self.passes[option], self.draw),
                    "difference": mean,
                    "difference_standard_error": error,
                }
            )
        return {
            "answer": self.sentence(),
            "name": self.measure.name,
            "unit": self.measure.unit,
            "above": self.above,
            "below": self.below,
            "members": draws,
            "options": options,
            "rivals": dict(self.rivals),
        }


def of_campaigns(share: float) -> str:
    """A share of the members, as a chairman would hear it; never surer than 1 in 100.

    >>> of_campaigns(0.61), of_campaigns(0.998), of_campaigns(1.0), of_campaigns(0.0)
    ('61 of 100 campaigns', 'more than 99 of 100 campaigns', 'all campaigns', 'no campaign')
    """
    if 0.0 < share < 1.0:
        return f"{_hundredths(share)} of 100 campaigns"
    return "all campaigns" if share else "no campaign"


def _hundredths(share: float) -> str:
    if share in (0.0, 1.0):
        return "all" if share else "none"
    if share < 0.01:
        return "fewer than 1"
    return "more than 99" if share > 0.99 else f"{100 * share:.0f}"


def odds_of(
    scenario: Scenario,
    ask: Ask,
    measure: Measure,
    titles: Mapping[str, str],
    values: Mapping[str, Floats],
    draw: NDArray[np.int64] | None = None,
    rivals: RivalStarts | None = None,
) -> Odds:
    """The odds that a measure, its `values` [member] by option, lies within the asked bounds;
    `draw` [member] is from which each member was drawn. `rivals` are asked the same of the first
    option."""
    above = None if ask.above is None else ask.above.middle
    below = None if ask.below is None else ask.below.middle
    condition = Condition(measure, above, below)
    passes = {option: condition.holds(x) for option, x in values.items()}
    other = {} if rivals is None else rivals.odds(next(iter(values)), condition)
    return Odds(scenario, measure, above, below, dict(titles), passes, draw, other)


def worth(
    scenario: str | Path | Scenario,
    draft: str,
    buyer: str | None = None,
    seller: str | None = None,
    delays: Sequence[int] = (0, 2),
    members: int = MEMBERS,
    horizon: int = 26,
    seed: int = 1,
    progress: Progress | None = None,
    trunk: SharedPast | None = None,
) -> "Worth":
    """What an agreement or a contract is worth in gold to both sides, at the council and some weeks
    later.

    `trunk` may give members as they stand at the council, which are not run again then.
    """
    from sinews.analysis.council import worth as home

    found = load(scenario)
    told = Together(found.name)
    told.look(partial(within_bounds, found, members, None, seed), 0)
    latest = found.weeks - round((found.council - found.start).days / 7)
    mistakes = told.mistakes + misnamed(draft=draft)
    mistakes += misnamed(**{n: p for n, p in {"buyer": buyer, "seller": seller}.items() if p})
    if not isinstance(delays, Sequence) or isinstance(delays, str) or not delays:
        expected = "write weeks after the council in a list: delays = [0, 2]"
        mistakes.append(Mistake("delays", "names no weeks", expected, value=shown(delays)))
    else:
        mistakes += [m for weeks in delays for m in not_whole("delays", weeks, 0, latest)]
    mistakes += not_whole("horizon", horizon, 1)
    if mistakes:
        raise ScenarioError(found.name, mistakes)
    how = (members, horizon, seed, progress, trunk)
    return home.worth_of(found, draft, buyer, seller, delays, *how)


def border(
    scenario: str | Path | Scenario,
    theatres: Sequence[str] = (),
    warning: float | None = None,
    reserve: float | None = None,
    seed: int = 1,
    today: SharedPast | None = None,
    variants: bool = True,
    power: str | None = None,
) -> "Border":
    """How far a power's garrisons in some theatres (the player's, if none is named) can be cut on
    the day of the council, and still hold should a neighbour resolve on war; with `variants` if one
    thing were otherwise.

    Left out, theatres, warning and reserve are those that the scenario's agenda asks about, or the
    campaigns' own; `today` has the members as they stand at the council; they are run to it if it
    is left out.
    """
    from sinews.analysis.council.border import Case, border_of, border_risk

    found = load(scenario)
    theatres = name_list(theatres, "theatres", found.name)
    whose = power or found.player
    own = [i for i in found.agenda if found.ministers[i.minister].power == whose]
    asks = [ask for item in own for ask in item.ask if ask.what == "border"]
    ask = next((a for a in asks if not theatres or set(a.theatres) == set(theatres)), None)
    theatres = theatres or (ask.theatres if ask else ())
    if ask is not None and warning is None and ask.warning is not None:
        warning = ask.warning.middle
    if ask is not None and reserve is None and ask.reserve is not None:
        reserve = ask.reserve.middle
    case = Case(warning, reserve)
    within_bounds(found, BATCH, None, seed)
    power = border_of(found, theatres, case, whose)
    if today is None:
        today = started(found, range(BATCH), seed, round((found.council - found.start).days / 7))
    return border_risk(today, theatres, case, power, variants)


def replace(
    scenario: str | Path | Scenario,
    power: str,
    item: str,
    members: int = MEMBERS,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    given: Sequence[str] = (),
) -> "Replacement":
    """When what a power takes in of an item overtakes what it loses, as a distribution; over the
    members in which all of `given` hold, such as "held:Kiev@1941-09-28 below 0.5"."""
    found = load(scenario)
    tables = {"power": (power, found.powers), "item": (item, found.items)}
    mistakes = misnamed(power=power, item=item) or [
        Mistake(what, f"no {what} has that name", "", suggestion(name, known), shown(name))
        for what, (name, known) in tables.items()
        if name not in known
    ]
    if mistakes:
        raise ScenarioError(found.name, mistakes)
    weeks = within_bounds(found, members, weeks, seed)
    trunk, words = _trunk_if(found, given, members, weeks, seed, progress)
    return with_changes(replacement([trunk], power, item, weeks), given=words)


def _trunk_if(
    found: Scenario,
    given: Sequence[str],
    members: int,
    weeks: int,
    seed: int,
    progress: Progress | None,
) -> tuple[SharedPast, str]:
    """The members in which all of `given` hold, run for some weeks, and what holds in words."""
    holding = conditions(found, given, weeks)
    trunk = started(found, range(members), seed, weeks)
    if progress:
        progress(members)
    if not holding:
        return trunk, ""
    met = fulfilled(holding, trunk)
    if not met.any():
        problem = f"comes about in none of the {members:,} members"
        raise ScenarioError(
            found.name, [Mistake("if", problem, "", "run more", shown(" and ".join(given)))]
        )
    words = " and ".join(c.words(found) for c in holding)
    return some_of(trunk, np.flatnonzero(met).tolist()), words


def when(
    scenario: str | Path | Scenario,
    condition: str,
    options: Sequence[str] = (),
    members: int = MEMBERS,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    given: Sequence[str] = (),
) -> "FirstDate":
    """When a measure first passes a bound, such as "lasting:ussr:shell below 2", up to its date or
    the end, as a distribution; over the members in which all of `given` hold.

    Raises ScenarioError for what is no condition of the scenario.
    """
    from sinews.analysis.council.when import first_date_of

    found = load(scenario, options)
    weeks = within_bounds(found, members, weeks, seed)
    (asked,) = conditions(found, [condition], weeks, "when")
    if asked.measure.since is not None:
        problem, remedy = "counts between two dates", "write one date, by which it comes, or none"
        raise ScenarioError(found.name, [Mistake("when", problem, "", remedy, shown(condition))])
    trunk, words = _trunk_if(found, given, members, weeks, seed, progress)
    return first_date_of([trunk], asked, given=words)


def replacement(trunks: Sequence[SharedPast], power: str, item: str, weeks: int) -> "Replacement":
    """When a power's intake of an item overtakes its losses within some weeks of the start, over
    members that were run as far or further."""
    from sinews.analysis.council.replace import INTAKE, overtakes

    scenario = trunks[0].scenario

    def series(name: str) -> Floats:
        return np.concatenate([t.series(name, power, item)[: weeks + 1] for t in trunks], axis=1).T

    return overtakes(
        series("lost"),
        sum((series(name) for name in INTAKE), np.zeros(1)),
        series("equipment"),
        scenario.start,
        scenario.powers[power].title or power,
        scenario.items[item].title or item,
        np.concatenate([t.draw for t in trunks]),
        series("made"),
    )


@dataclass(frozen=True)
class Answer:
    """What the staff says to one question, and the figures behind it."""

    what: str
    sentence: str
    figures: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"what": self.what, "answer": self.sentence, "figures": self.figures}


@dataclass(frozen=True)
class Answering:
    """What the staff answers an item's questions from."""

    scenario: Scenario
    """As of the day of the council."""
    fork: PairedStart
    item: AgendaItem
    batches: Sequence[range]
    """Members that were run for the item."""
    measures: Mapping[str, Measure]
    """Of its questions for odds, by their words."""
    values: Mapping[str, Mapping[str, Floats]]
    """[member] by those words and by option."""
    plans: Mapping[tuple[str, ...], Future[Any]]
    """Answers begun beforehand, by the contracts that they are about."""
    told: bool
    """Whether the council was told how many members to run."""
    rivals: RivalStarts
    """Members by rival theory of combat."""

    @property
    def titles(self) -> dict[str, str]:
        """Of the item's options."""
        options = self.scenario.options
        return {name: options[name].title or name for name in self.item.options}


def answers_to(staff: Answering) -> tuple[Answer, ...]:
    """The staff's answers to all that an item asks; two at a time, so that one is prepared while
    another runs."""

    def answered(ask: Ask) -> Answer:
        found = _ASKED[ask.what](staff, ask)
        return Answer(ask.what, found.sentence(), found.plain())

    with ThreadPoolExecutor(2) as pool:
        return tuple(pool.map(answered, staff.item.ask))


def plans_begun(
    scenario: Scenario, item: AgendaItem, seed: int, pool: Executor
) -> dict[tuple[str, ...], Future[Any]]:
    """Plans that an item asks for, being made: they wait for no branch of the campaigns."""
    asked = (tuple(ask.contracts) for ask in item.ask if ask.what == "plan")
    return {c: pool.submit(_planned, scenario, c, seed) for c in dict.fromkeys(asked)}


def _planned(scenario: Scenario, contracts: Sequence[str], seed: int) -> Any:
    from sinews.analysis.orderbook.plan import plan

    return plan(scenario, contracts, seed=seed)


def _plan(staff: Answering, ask: Ask) -> Any:
    return staff.plans[tuple(ask.contracts)].result()


def _worth(staff: Answering, ask: Ask) -> Any:
    assert ask.agreement is not None  # the reader of scenarios saw to it, and so below
    delays, seed = ask.delays or (0, 2), staff.fork.seed
    batches = staff.batches if staff.told else staff.batches[: MEMBERS // BATCH]
    trunk = side_by_side([staff.fork.today(batch) for batch in batches])
    how = (delays, len(trunk.members), staff.item.horizon, seed, None, trunk)
    s, own = staff.scenario, [o for o in staff.item.options if preset_of(o) != o]
    for option in own:  # as it would be signed
        signed = staff.fork.variant(option).agreements[ask.agreement]
        s = with_changes(s, agreements={**s.agreements, ask.agreement: signed})
    return worth(s, ask.agreement, ask.buyer, None, *how)


def _border(staff: Answering, ask: Ask) -> Any:
    # The first batch, as `sinews border` has it, so that both give one answer.
    today = staff.fork.today(staff.batches[0])
    return border(staff.scenario, ask.theatres, seed=staff.fork.seed, today=today, variants=False)


def _replace(staff: Answering, ask: Ask) -> Any:
    assert ask.power is not None and ask.item is not None
    weeks = staff.fork.week + staff.item.horizon
    trunks = [staff.fork.as_it_stands(weeks, batch) for batch in staff.batches]
    return replacement(trunks, ask.power, ask.item, weeks)


def _estimate(staff: Answering, ask: Ask) -> Any:
    """Of the campaigns as they stand, nothing being decided."""
    from sinews.analysis.council.estimate import ConditionalEstimate

    assert ask.measure is not None and ask.given is not None
    s, if_so = staff.scenario, ask.given
    horizon = s.council + timedelta(weeks=staff.item.horizon)
    words = [with_date(word, min(horizon, s.end)) for word in (ask.measure, if_so.measure)]
    found = by_word(words, s, s.weeks)
    above, below = (None if x is None else x.middle for x in (if_so.above, if_so.below))
    condition = Condition(found[words[1]][0], above, below)
    measures = (*found[words[0]], condition.measure)
    rows = [staff.fork.values(None, measures, batch) for batch in staff.batches]
    values, draw = np.concatenate(rows, axis=1), staff.fork.draw(staff.batches)
    met = condition.holds(values[-1])
    return ConditionalEstimate(s, measures[:-1], (condition,), values[:-1], met, draw)


def _when(staff: Answering, ask: Ask) -> Any:
    """From the day of the council on, in the campaigns as they stand."""
    from sinews.analysis.council.when import first_date_of

    assert ask.measure is not None
    s = staff.scenario
    word = with_date(ask.measure, min(s.council + timedelta(weeks=staff.item.horizon), s.end))
    (measure, *_) = by_word([word], s, s.weeks)[word]
    above, below = (None if x is None else x.middle for x in (ask.above, ask.below))
    weeks = max((measure.at - s.start).days // 7, staff.fork.week)
    trunks = [staff.fork.as_it_stands(weeks, batch) for batch in staff.batches]
    return first_date_of(trunks, Condition(measure, above, below), staff.fork.week)


def _odds(staff: Answering, ask: Ask) -> Odds:
    word = ask.measure or ""
    values = staff.values[word]
    draw = staff.fork.draw(staff.batches)
    measure, titles = staff.measures[word], staff.titles
    return odds_of(staff.scenario, ask, measure, titles, values, draw, staff.rivals)


_ASKED: dict[str, Callable[[Answering, Ask], Any]] = {
    "plan": _plan,
    "worth": _worth,
    "border": _border,
    "replace": _replace,
    "when": _when,
    "odds": _odds,
    "estimate": _estimate,
}
