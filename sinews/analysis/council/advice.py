"""What ministers advise: points for each option of an item, what follows for the council, dissent.

A minister's points for an option add up, over the measures of the portfolio, weight times the mean
difference to the item's first option, in units of that measure's usual spread; bias is added. Their
error is that of the means and the minister's own, of judgement (`accuracy`): options nearer than
that allows are a tie. A minister whose portfolio an item does not touch is silent. A council
decides by its leader (the sum weighted by standing), by vote (first choices weighted by standing)
or by two thirds of the standing, short of which the first option stands. Standing follows from
results by multiplicative weights (Freund and Schapire 1997).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from sinews.analysis.council.ranking import Draws, Floats, Lead, Ranking, gains, ranked, touches
from sinews.scenario.council import AgendaItem, Minister
from sinews.scenario.negotiable import preset_of

TWO_THIRDS = 2 / 3
ETA = 0.1
"""How fast standing follows results (MODEL.md, section 11)."""

RULES = {
    "leader": "the leader decides, and hears ministers by their standing",
    "vote": "a vote, weighted by standing",
    "two-thirds": "two thirds of the standing, or the first option stands",
}

# Nearer shares of standing are equal: they are sums of rounded numbers.
_EQUAL = 1e-9


@dataclass(frozen=True)
class Judgement:
    """One minister's points for each option."""

    minister: str
    office: str
    name: str
    standing: float
    """Share of the council's."""
    ranking: Ranking
    scores: Floats = field(repr=False, compare=False)
    """Points by member [option member]."""
    accuracy: float
    """Sd of the error in judging an option."""
    weighs: tuple[str, ...]
    """What the minister decides by: measures of the portfolio that the options change."""
    silent: bool
    """Whether the options change none of them, and none is favoured either."""

    @property
    def points(self) -> dict[str, float]:
        """Of each option."""
        return self.ranking.points

    @property
    def wants(self) -> tuple[str, ...]:
        """The option that the minister would have, or those that tie; none if silent."""
        return () if self.silent else self.ranking.tied

    @property
    def prefers(self) -> str | None:
        """The option that the minister would have; None if silent or undecided."""
        return self.wants[0] if len(self.wants) == 1 else None

    @property
    def who(self) -> str:
        """Name and office."""
        return f"{self.name}, {self.office}" if self.name else self.office

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "minister": self.minister,
            "office": self.office,
            "name": self.name,
            "standing": self.standing,
            "weighs": list(self.weighs),
            "silent": self.silent,
            "prefers": self.prefers,
            "wants": list(self.wants),
            "lead": None if self.silent else self.ranking.lead.plain(),
            "points": self.points,
        }


@dataclass(frozen=True)
class Dissent:
    """A minister who would rather have something else than what the council comes to."""

    minister: str
    lead: Lead

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"minister": self.minister, "prefers": self.lead.option, "by": self.lead.ahead}


@dataclass(frozen=True)
class Advice:
    """What a council is advised to do about an item, by whom, and who dissents."""

    item: str
    rule: str
    advised: tuple[str, ...]
    """What it comes to: an option or, if that cannot be told, those between which it is a tie."""
    votes: dict[str, float]
    """Share of the standing that speaks which puts an option first."""
    ranking: Ranking
    """Over the council, weighted by standing."""
    judgements: tuple[Judgement, ...]
    titles: dict[str, str]
    """Of the options."""

    @property
    def choice(self) -> str | None:
        """The option that the council comes to; None if it is a tie."""
        return self.advised[0] if len(self.advised) == 1 else None

    @property
    def points(self) -> dict[str, float]:
        """Of each option, over the council."""
        return self.ranking.points

    @property
    def speakers(self) -> tuple[Judgement, ...]:
        """The ministers who are not silent."""
        return tuple(j for j in self.judgements if not j.silent)

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The leads that decide it: the council's or, in a vote, each minister's."""
        if self.rule == "leader" and self.speakers:
            return self.ranking.leads
        return tuple(lead for j in self.speakers for lead in j.ranking.leads)

    @property
    def dissent(self) -> tuple[Dissent, ...]:
        """Who would rather have something else, the most decided first."""
        others = [
            Dissent(j.minister, min(beaten, key=lambda lead: lead.ahead))
            for j in self.judgements
            if j.prefers and j.prefers not in self.advised
            for beaten in [[lead for lead in j.ranking.leads if lead.over in self.advised]]
        ]
        return tuple(sorted(others, key=lambda each: -each.lead.ahead))

    def sentence(self) -> str:
        """The advice with its margin, its dissent, and who is silent."""
        if not self.speakers:
            return f"No minister has a stake in it; the first option, {self._named()}, stands."
        outcome = self._weighed() if self.rule == "leader" else self._voted()
        silent = [j.who for j in self.judgements if j.silent]
        tail = f" Silent, having no stake in it: {'; '.join(silent)}." if silent else ""
        return f"{outcome}{self._against()}.{tail}"

    def _weighed(self) -> str:
        lead = self.ranking.lead
        best, other = (quoted(self.titles[o]) for o in (lead.option, lead.over))
        if self.choice:
            return f"Weighed by standing, the advice is {best}, ahead of {other} by {_by(lead)}"
        text = f"Weighed by standing, it is a tie between {self._named()}"
        return f"{text}: {best} is ahead of {other} by {_by(lead)}"

    def _voted(self) -> str:
        undecided = 1.0 - sum(self.votes.values())
        doubt = f", {100 * undecided:.0f} % undecided" if undecided > _EQUAL else ""
        most = max(self.votes, key=self.votes.__getitem__)
        best, share = quoted(self.titles[most]), 100 * self.votes[most]
        if not self.choice:
            shares = " and ".join(f"{100 * self.votes[o]:.0f} %" for o in self.advised)
            text = f"By vote it is a tie between {self._named()}"
            return f"{text}: first choice of {shares} of the standing{doubt}"
        if self.rule == "two-thirds" and self.votes[self.choice] < TWO_THIRDS - _EQUAL:
            text = f"{best} has {share:.0f} % of the standing{doubt}, short of two thirds"
            return f"{text}: the first option, {self._named()}, stands"
        text = f"The council would vote for {self._named()}"
        return f"{text}, first choice of {share:.0f} % of the standing{doubt}"

    def _against(self) -> str:
        who = {j.minister: j.who for j in self.judgements}
        words = [
            f"{who[d.minister]} would rather have {quoted(self.titles[d.lead.option])} "
            f"(by {_by(d.lead)})"
            for d in self.dissent
        ]
        return "; " + ", ".join(words) if words else ", and nobody dissents"

    def _named(self) -> str:
        *others, last = (quoted(self.titles[option]) for option in self.advised)
        return " and ".join(filter(None, [", ".join(others), last]))

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "item": self.item,
            "rule": self.rule,
            "choice": self.choice,
            "advised": list(self.advised),
            "votes": self.votes,
            "lead": self.ranking.lead.plain(),
            "points": self.points,
            "ministers": [j.plain() for j in self.judgements],
            "dissent": [d.plain() for d in self.dissent],
            "answer": self.sentence(),
        }


def _by(lead: Lead) -> str:
    return f"{lead.words} points"


def quoted(words: str) -> str:
    """Words between quotation marks.

    >>> quoted("Sell nothing")
    '“Sell nothing”'
    """
    return f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"


def wish(titles: Mapping[str, str], wants: Sequence[str]) -> str:
    """What a minister would have, in words: `wants` are the options that tie, or one, or none.

    >>> wish({"keep": "Sell nothing", "sell": "Sell"}, ["keep", "sell"]), wish({}, [])
    ('undecided: Sell nothing, or Sell', 'silent')
    """
    words = ", or ".join(titles.get(option, option) for option in wants)
    return f"undecided: {words}" if len(wants) > 1 else words or "silent"


def judged(
    name: str,
    minister: Minister,
    item: AgendaItem,
    values: Mapping[str, Floats],
    standing: float,
    draw: Draws | None = None,
) -> Judgement:
    """A minister's points for an item's options, `values` [option member] by portfolio word;
    `draw` [member] is from which each member was drawn."""
    accuracy = minister.accuracy.middle
    worth = {word: x.middle * gains(values[word]) for word, x in minister.portfolio.items()}
    # What counts for less than the minister's own error is not seen.
    weighs = tuple(word for word, x in worth.items() if touches(x, accuracy, draw))
    # Who favours an option favours it on whatever terms.
    presets = map(preset_of, item.options)
    bias = [minister.bias[o].middle if o in minister.bias else 0.0 for o in presets]
    scores = sum(worth.values(), np.zeros((len(item.options), 1)))
    scores = scores + np.array(bias)[:, None]
    return Judgement(
        name,
        minister.title or name,
        minister.name,
        standing,
        ranked(item.options, scores, accuracy, draw),
        scores,
        accuracy,
        weighs,
        silent=not weighs and not any(bias),
    )


def advised(
    item: AgendaItem,
    judgements: Sequence[Judgement],
    titles: Mapping[str, str],
    draw: Draws | None = None,
) -> Advice:
    """What judgements come to by the item's rule; `draw` [member] as for `judged`."""
    options, speakers = item.options, [j for j in judgements if not j.silent]
    share = shares({j.minister: j.standing for j in speakers})
    none = np.zeros((len(options), 1 if draw is None else len(draw)))
    scores = sum((share[j.minister] * j.scores for j in speakers), none)
    accuracy = float(np.linalg.norm([share[j.minister] * j.accuracy for j in speakers]))
    ranking = ranked(options, scores, accuracy, draw)
    votes = {o: sum(share[j.minister] for j in speakers if j.prefers == o) for o in options}
    comes_to = (options[0],)
    if speakers:
        wanted = [(share[j.minister], j.wants) for j in speakers]
        comes_to = ranking.tied if item.rule == "leader" else voted(item.rule, options, wanted)
    named = {o: titles.get(o) or o for o in options}
    return Advice(item.name, item.rule, comes_to, votes, ranking, tuple(judgements), named)


def voted(
    rule: str, options: Sequence[str], wanted: Sequence[tuple[float, Sequence[str]]]
) -> tuple[str, ...]:
    """What a vote may come to, however the undecided settle; `wanted` has for each voter a share
    of the standing and the options among which it is open. Short of two thirds the first stands.

    >>> voted("vote", ["refuse", "sign"], [(0.6, ["sign"]), (0.4, ["refuse", "sign"])])
    ('sign',)
    >>> voted("two-thirds", ["refuse", "sign"], [(0.6, ["sign"]), (0.4, ["refuse", "sign"])])
    ('refuse', 'sign')
    """
    found: set[str] = set()
    for to, against in product(options, repeat=2):
        votes = dict.fromkeys(options, 0.0)
        for share, wants in wanted:
            other = next((option for option in wants if option != against), wants[0])
            votes[to if to in wants else other] += share
        most = max(votes.values())
        if rule == "two-thirds" and most < TWO_THIRDS - _EQUAL:
            found.add(options[0])
        else:
            found |= {option for option, share in votes.items() if share > most - _EQUAL}
    return tuple(option for option in options if option in found)


def shares(standing: Mapping[str, float]) -> dict[str, float]:
    """Standings as shares that add up to 1; equal if nobody has any.

    >>> shares({"war": 3.0, "trade": 1.0})
    {'war': 0.75, 'trade': 0.25}
    """
    total = sum(standing.values())
    return {n: x / total if total else 1.0 / len(standing) for n, x in standing.items()}


def standing_after(
    standing: Mapping[str, float], loss: Mapping[str, float], eta: float = ETA
) -> dict[str, float]:
    """Ministers' standing after an outcome: `standing * exp(-eta * loss)`, its sum as before.

    `loss` says by how much each advised worse than the best could have; none counts as 0.

    >>> after = standing_after({"war": 1.0, "trade": 1.0}, {"war": 2.0}, eta=0.5)
    >>> round(after["trade"] / after["war"], 3), sum(after.values())
    (2.718, 2.0)
    """
    kept = {name: x * float(np.exp(-eta * loss.get(name, 0.0))) for name, x in standing.items()}
    total = sum(kept.values())
    scale = sum(standing.values()) / total if total else 1.0
    return {name: x * scale for name, x in kept.items()}


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """The number that half the weight does not exceed, and half does not fall below (Black 1948):
    what a council settles on when each wants the outcome nearest to a number of its own.

    >>> weighted_median([1.0, 2.0, 10.0], [1.0, 1.0, 1.0])
    2.0
    >>> weighted_median([1.0, 2.0, 10.0], [1.0, 1.0, 5.0])
    10.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.asarray(weights, float)[order])
    return float(values[int(order[np.searchsorted(reached, reached[-1] / 2)])])
