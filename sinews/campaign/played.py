"""A played campaign: its truth is one member of an ensemble, each seat sees one power's side.

What has happened follows from the log of decisions: laid over the scenario and simulated from the
first week, it gives the same again to the bit. What was simulated is kept beside the log, a record
for each turn, so that a campaign is read without simulating anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sinews import __version__
from sinews.campaign import agenda, log, ordering, papers, player_view, seats
from sinews.campaign.briefing import Briefing
from sinews.campaign.engine import Simulate, simulated
from sinews.campaign.estimates import estimated
from sinews.campaign.history import History
from sinews.campaign.journal import Journal, Place, clock, forked, open_store, unkept
from sinews.campaign.log import Act, Decision, Turn
from sinews.campaign.reckoning import Course, reckoned
from sinews.campaign.record import Record
from sinews.campaign.snapshot import digests, snapshot_of
from sinews.campaign.staff import MEMBERS, TURN, Progress, Told
from sinews.campaign.store import Store
from sinews.campaign.truth import Players, enough_members, known_to, side_of, within_limits
from sinews.errors import Mistake, ScenarioError, misnamed, name_list
from sinews.scenario import Scenario, load
from sinews.scenario.negotiable import plain_value, worded
from sinews.scenario.presets import Given

Plain = dict[str, Any]


class Campaign:
    """A seat in a campaign, on one of its branches. What a call changes is on the disk when it
    returns."""

    def __init__(
        self,
        store: Store,
        number: int,
        branch: int,
        members: int = MEMBERS,
        simulate: Simulate | None = simulated,
        power: str | None = None,
    ) -> None:
        self.store, self.number, self.line = store, number, branch
        self._journal = j = Journal(store, number, branch, power)
        members = enough_members(j.plain, members)
        self._side = Players(j.powers, j.began["seed"], j.began["member"], members, simulate)
        self._annals = History(store, number, j.plain, self._side)
        self._hearing = Briefing(j, self._annals)

    @classmethod
    def start(
        cls,
        scenario: str | Path | Scenario,
        seed: int = 1,
        power: str | None = None,
        store: Place = None,
        member: int | None = None,
        members: int = MEMBERS,
        simulate: Simulate = simulated,
        powers: Sequence[str] | None = None,
        rules: bool = False,
        key: str | None = None,
    ) -> Campaign:
        """A new campaign, kept in a file, a database (by its URL) or, if None, in memory.

        `power` is whose side is played: the scenario's player, if left out. `powers` are the seats
        where there are several, and `power` the one that this is to be. With `rules` nobody plays:
        every power follows its policy, and all is seen. `member` is the one that is the truth,
        drawn from the seed if left out; `members` others serve to forecast. The same `key` again
        gives the campaign that was started first.
        """
        if mistake := unkept(key):
            raise ScenarioError("a new campaign", [mistake])
        kept = open_store(store, create=True)
        before = None if key is None else kept.begun(key)
        if before is not None:
            return cls(kept, before, 1, members, simulate, power)
        found = load(scenario)
        powers = None if powers is None else name_list(powers, "powers", found.name)
        alone = rules or (powers is not None and not powers)
        sits = () if alone else seats.seats_of(found, powers, power)
        found = replace(found, played=sits)
        side = side_of(found, sits, seed, member, members, simulate)
        began = clock()
        snapshot = snapshot_of(found, began)
        truth = side.truth(found, (), found.council)
        says = digests(snapshot) | {
            "sinews": __version__,
            "options": list(found.applied),
            "power": sits[0] if sits else None,
            "powers": list(sits),
            "seed": side.seed,
            "member": side.member,
            "when": began,
            **side.begun(found, [], found.council, truth),
        }
        number = kept.found(snapshot, says, key)
        game = cls(kept, number, 1, members, simulate, power if sits else None)
        game._annals.keep(game._journal.whole, truth)
        return game

    @classmethod
    def open(
        cls,
        store: Place,
        number: int,
        branch: int | None = None,
        fork: int | None = None,
        members: int = MEMBERS,
        simulate: Simulate | None = simulated,
        power: str | None = None,
    ) -> Campaign:
        """A campaign that was begun before, on its newest branch or the one named. With `fork`, on
        a new branch that leaves that one as turn `fork` begins: the way past a damaged entry.

        `power` is whose seat is taken, the first if left out. With `simulate=None` nothing is
        simulated here: what is not kept yet is refused.
        """
        kept = open_store(store, create=False)
        kept.snapshot(number)
        newest = max((each.number for each in kept.branches(number)), default=1)
        at = newest if branch is None else branch
        if fork is not None:
            at = forked(kept, number, at, fork, log.sound(kept.log(number, at)))
        return cls(kept, number, at, members, simulate, power)

    # Where it stands.

    @property
    def power(self) -> str | None:
        """Whose side is played here; None where nobody plays, and all is seen."""
        return self._journal.power

    @property
    def powers(self) -> tuple[str, ...]:
        """Its seats; none if it is played by rules alone."""
        return self._journal.powers

    @property
    def scenario(self) -> Scenario:
        """As it was when the campaign began, nothing decided."""
        return self._journal.plain

    @property
    def turn(self) -> int:
        """The number of the open turn, from 1."""
        return self._journal.now.number

    @property
    def date(self) -> date:
        """The day that it is."""
        return self._journal.on

    @property
    def over(self) -> bool:
        """Whether the scenario's last week is over."""
        return self._journal.over

    @property
    def title(self) -> str:
        """Of its scenario."""
        return self.scenario.title

    @property
    def aims(self) -> list[Plain]:
        """What this seat's power wants: measures, and what one more of each counts for it; none
        where nobody plays."""
        from sinews.analysis.aims import aims_of

        wants = aims_of(self.scenario, self.power) if self.power else []
        return [aim.plain(self.scenario) for aim in wants]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Its turns with what this seat decided in them; with everything, once it is over."""
        self._journal.read()
        return self._journal.turns

    @property
    def submitted(self) -> dict[str, bool]:
        """Whether each seat has no more to say in the open turn."""
        self._journal.read()
        return {power: power in self._journal.now.submitted for power in self.powers}

    @property
    def agenda(self) -> list[str]:
        """The names of the items that are open."""
        self._journal.read()
        return [item.name for item in self._hearing.open()]

    @property
    def branches(self) -> list[Plain]:
        """Its branches: number, the branch each left and the turn that it left it in."""
        out: list[Plain] = []
        for each in self.store.branches(self.number):
            whole = log.turns(log.sound(self.store.log(self.number, each.number)))
            left = next((t.number for t in whole if t.entry == each.fork), None)
            out.append({"branch": each.number, "from": each.parent, "turn": left})
        return out

    # What is played.

    def brief(self, items: Sequence[str] | None = None, progress: Progress | None = None) -> Plain:
        """The council's agenda as plain data: each open item (or those named) with its options,
        forecasts of each, differences to the first, answers and advice; and what is already
        decided this turn. A page is made once and kept; the forecasts on it go with the decision
        that is taken on it. What `progress` raises stops it, and no half of a page is kept."""
        items = None if items is None else name_list(items, "items", self._journal.place)
        self._journal.read()
        self._journal.refuse(*(self._hearing.absent(name) for name in items or ()))
        wanted = [x for x in self._hearing.open() if items is None or x.name in items]
        heard = self._hearing.heard(wanted, lambda: self.standing, progress)
        return {
            "campaign": self.number,
            "branch": self.line,
            "title": self.title,
            "power": self.power,
            "turn": self.turn,
            "date": self.date.isoformat(),
            "over": self.over,
            "members": max((each.page["near"] for each in heard), default=0),
            "agenda": [each.page for each in heard],
            "decided": [d.plain() for d in self._journal.played[-1].decisions],
            "ordered": [order.plain() for order in self._journal.played[-1].orders],
            "standing": self.standing,
            "reports": self.reports,
        }

    def paper(
        self,
        item: str,
        terms: Given | None = None,
        option: str | None = None,
        progress: Progress | None = None,
    ) -> Plain | None:
        """The page of an open item, if it was heard with what stands decided now.

        With `terms`, as in {"soviet-goods.price": "80 t"}, the item is heard on exactly these, the
        others being those of `option` (the first that signs what they are of, if left out): beside
        its first option and that one. Such a page is made where it is not kept.
        """
        self._journal.read()
        self._journal.refuse(self._hearing.absent(item))
        if terms is None and option is None:
            found = self._hearing.paper(item)
            return found.page if found else None
        given = {} if terms is None else terms
        word = worded(*self._hearing.values(item, option, given))
        return self._hearing.on_terms(item, word, lambda: self.standing, progress).page

    def curve(
        self,
        item: str,
        term: str,
        terms: Given | None = None,
        option: str | None = None,
        progress: Progress | None = None,
    ) -> Plain:
        """What one term of an open item does to its measures between its bounds, with other `terms`
        as given and the rest as in `option` (the first that signs what they are of): by the members
        that fit what is seen, on common luck, each measure with the error of its mean."""
        self._journal.read()
        self._journal.refuse(self._hearing.absent(item))
        given = {} if terms is None else terms
        self._journal.refuse(*misnamed(term=term))
        self._hearing.values(item, option, given)  # told before anything is run
        return self._hearing.curve(item, term, option, given, progress)

    def terms(self, item: str) -> list[Plain]:
        """What is negotiable of an open item: each term with its unit and bounds, and the value
        that each option that has it sets."""
        self._journal.read()
        self._journal.refuse(self._hearing.absent(item))
        return player_view.terms(self.scenario, item, self.date)

    def paper_of(self, turn: int, item: str) -> Plain | None:
        """The page on which an item was decided in a turn; of one that was put off, the page that
        was heard last."""
        then = self._journal.turn(turn)
        self._journal.refuse(*misnamed(item=item))
        made = next((d for d in then.decisions if d.item == item), None)
        keys = [made.paper] if made else []
        if not made:
            keys = [papers.paper_key(then, self.power, item, d) for d in (then.acts, ())]
        found = (papers.read_paper(self.store, self.number, key) for key in keys if key)
        return next((each.page for each in found if each), None)

    def decide(
        self,
        item: str,
        option: str,
        key: str | None = None,
        by: str | None = None,
        terms: Given | None = None,
    ) -> Plain:
        """Choose an option for an open item, with own `terms` in place of some of its numbers; the
        decision, as plain data.

        The same key again gives the first result and decides nothing. Raises ScenarioError, and
        keeps nothing, if the item is not open, or the option cannot be had on these terms.
        """
        j = self._journal
        own: dict[str, Any] = {}
        if terms is not None:
            j.refuse(agenda.unknown(j.plain, j.power, item, option))
            own = self._hearing.values(item, option, terms)[1]
        chosen = {name: plain_value(value) for name, value in own.items()}

        def says() -> Plain:
            j.refuse(j.silent() or agenda.refused(j.plain, j.played, j.power, item, option))
            word = worded(option, chosen)
            self._hearing.possible(item, word)
            at, page = self._hearing.shown(item, word if chosen else "")
            return {
                "power": j.power,
                "item": item,
                "option": option,
                "terms": chosen,
                "on": self.date.isoformat(),
                "by": j.signed(by),
                "forecasts": page.of(word) if page else None,
                "advice": page.advice if page else None,
                "paper": at,
            }

        same = {"power": j.power, "item": item, "option": option, "terms": chosen}
        return j.act(j.write("decide", says, key, same)).plain()

    def orders(self) -> Plain:
        """The standing orders of this seat: what stands, since when and until when, and what script
        or policy would do otherwise; and the axes, links, items and contracts to which it may
        give some."""
        self._journal.read()
        return ordering.orders_of(self._journal)

    def order(
        self, words: Mapping[str, object], key: str | None = None, by: str | None = None
    ) -> Plain:
        """Give a standing order in the words of a script, from today on: {"attack": ["border"],
        "send": {"hills>border": "20 k"}, "draft": 0.5}; "until" says until when, and "lift" names
        orders that no longer stand: ["attack.border"]. The order, as plain data.

        The same key again gives the first result. Raises ScenarioError with all that is wrong with
        it, and keeps nothing.
        """
        j = self._journal
        said = ordering.order_as_kept(j, words)

        def says() -> Plain:
            j.refuse(*ordering.why_no_order(j, said, self._seen_so_far()))
            on = self.date.isoformat()
            return {"power": j.power, "order": said, "on": on, "by": j.signed(by)}

        return j.act(j.write("order", says, key, {"power": j.power, "order": said})).plain()

    def odds(
        self,
        words: Mapping[str, object],
        measures: Sequence[str] | None = None,
        weeks: int = ordering.LOOK_AHEAD,
        progress: Progress | None = None,
    ) -> Plain:
        """What an order would lead to, beside what stands: a page in the shape of an item's, by
        members that fit what is seen, on common luck. `measures` are the power's aims and fronts
        if left out, those without a date being of the day after so many weeks."""
        j = self._journal
        j.read()
        said = ordering.order_as_kept(j, words)
        j.refuse(*ordering.why_no_order(j, said, self._seen_so_far()))
        assert j.power is not None  # else it was refused
        given = None if measures is None else name_list(measures, "measures", j.place)
        chosen = ordering.judged_by(j.plain, j.power) if given is None else given
        return self._hearing.odds(said, chosen, ordering.weeks_ahead(j, weeks), progress)

    def undo(self, key: str | None = None) -> Plain:
        """Take back the last decision or order of the open turn; what was taken back."""
        j = self._journal

        def says() -> Plain:
            return {"power": j.power, "entry": self._standing_now("undo")[-1].entry}

        return j.act(j.write("undo", says, key, {"power": j.power})).plain()

    def redo(self, key: str | None = None) -> Plain:
        """Put back the decision or order that was taken back last, unless something was done since;
        what was put back: of a decision, with what was forecast when it was taken."""
        j = self._journal

        def says() -> Plain:
            j.refuse(j.silent())
            back = j.played[-1].back
            if not back:
                problem = "nothing was taken back in this turn since the last decision"
                j.refuse(Mistake("redo", problem, "", "decide it anew"))
            if isinstance(back[-1], Decision):
                self._hearing.possible(back[-1].item, back[-1].choice)
            return {"power": j.power, "entry": back[-1].entry}

        return j.act(j.write("redo", says, key, {"power": j.power})).plain()

    def reset(self, key: str | None = None) -> list[Plain]:
        """Take back all decisions and orders of the open turn at once; these, the last first."""
        j = self._journal

        def says() -> Plain:
            standing = self._standing_now("reset")
            return {"power": j.power, "entries": [d.entry for d in reversed(standing)]}

        written = j.write("reset", says, key, {"power": j.power})
        return [j.numbered(entry).plain() for entry in written.says["entries"]]

    def submit(self, key: str | None = None) -> Plain:
        """Say that this seat has no more to say in the open turn; whether every seat has said so.
        A turn of several seats is advanced when they have."""
        j = self._journal

        def says() -> Plain:
            nobody = "nobody plays: the campaign follows rules alone"
            alone = None if j.powers else Mistake("submit", nobody, "", "advance it")
            j.refuse(alone or j.ended("submit") or j.silent())
            return {"power": j.power}

        written = j.write("submit", says, key, {"power": j.power})
        turn = next(t for t in reversed(j.whole) if t.entry < written.number)
        ready = all(power in turn.submitted for power in j.powers)
        return {"turn": turn.number, "ready": ready}

    def advance(
        self,
        weeks: int | None = None,
        key: str | None = None,
        progress: Progress | None = None,
    ) -> Plain:
        """Let time pass, two weeks or as many as said; the new turn, its day and the items that
        have come up by their triggers. What was decided is closed. Where several play, all must
        have submitted the turn."""
        j, end = self._journal, self.scenario.end
        truth: list[Record] = []

        def says() -> Plain:
            left = -(-(end - self.date).days // 7)
            j.refuse(j.ended("advance") or j.waits())
            by = (
                min(TURN, left)
                if weeks is None
                else within_limits(j.plain, "weeks", weeks, 1, left)
            )
            on = min(self.date + timedelta(days=7 * by), end)
            closed = self._side.closed(j.plain, j.whole, progress)
            told = Told(progress, 1, "Letting time pass")
            told.reach(0)
            truth[:] = [self._annals.simulated(j.whole, on)]
            told.reach(1)
            return closed | self._side.begun(j.plain, j.whole, on, truth[0], progress)

        written = j.write("advance", says, key)
        if truth:
            self._annals.keep(j.whole, truth[0])
        turn = next(t for t in j.turns if t.entry == written.number)
        return {"turn": turn.number, "date": turn.on.isoformat(), "raised": list(turn.raised)}

    def branch(self, at: int) -> Campaign:
        """The same campaign on a new branch, which leaves this one as turn `at` begins."""
        number = forked(self.store, self.number, self.line, at, self._journal.read())
        side = self._side
        return Campaign(self.store, self.number, number, side.members, side.simulate, self.power)

    # What is known.

    def keep(self, progress: Progress | None = None) -> None:
        """See that the record of every turn of this branch is kept, by simulating those that lack:
        of a campaign begun with an older sinews, or after a kill."""
        self._journal.read()
        self._annals.mend(self._journal.whole, progress)

    def record(self, turn: int) -> Record | None:
        """The weeks up to a turn's day since the turn before, as this seat knows them; None if
        they are not kept."""
        self._journal.turn(turn)
        return self._annals.read(self._journal.whole[turn - 1], self._journal.eyes)

    def records(self, until: int | None = None) -> Record | None:
        """Every week from the start to a turn's day, the open one's if left out; None if some are
        not kept."""
        until = self._journal.turn(self.turn if until is None else until).number
        return self._annals.read_all(self._journal.whole[:until], self._journal.eyes)

    def estimates(
        self, turn: int | None = None, progress: Progress | None = None, make: bool = False
    ) -> Plain | None:
        """What this seat's staff expects of the weeks after a turn's day, with all that stood
        decided as it began: bands and sample paths by week; None if that is not kept. With `make`
        it is simulated, and kept."""
        j = self._journal
        then = j.turn(self.turn if turn is None else turn)
        at = papers.of_state(then, j.power)
        content = self.store.kept(self.number, "estimates", at)
        if content is None and make and j.power is not None:
            played = j.whole[: then.number]
            truth = self._annals.whole(played)
            made = estimated(self._side, j.plain, j.power, played, truth, progress)
            self.store.keep(self.number, "estimates", at, made)
            content = self.store.kept(self.number, "estimates", at)
        return None if content is None else player_view.from_kept(content)

    def seen(self) -> Plain:
        """What this seat knows today: each visible series by name, with its unit."""
        return player_view.seen(self._seen_so_far(), self.power, self._journal.eyes, self.date)

    @property
    def history(self) -> list[Plain]:
        """Every turn: its decisions with what was forecast then, what was taken back, and what this
        seat saw change until the next turn or, in the open turn, nothing yet."""
        record, j = self._seen_so_far(), self._journal
        as_played = self._annals.as_played(j.whole)
        return player_view.history(j.plain, j.turns, record, as_played, j.eyes)

    @property
    def reports(self) -> list[Plain]:
        """What this seat's ministers report on what was decided in earlier turns, of items that say
        who follows them up: how far contracts and agreements have come, and how things stand."""
        record, j = self._seen_so_far(), self._journal
        if j.power is None:
            return []
        scenario = known_to(j.plain, j.power, j.whole, j.on)
        return player_view.followed_up(scenario, j.power, j.on, record)

    def scores(self) -> Plain:
        """How good the forecasts were that decisions were taken on, now that their day has come:
        CRPS, and whether the 50 and 90 % bands held what happened. The decisions of a turn are held
        to what was forecast of them together as it was closed. A row says in `since` what else was
        decided that the forecast did not know; such rows are left out of the coverage. What all
        members said, and what came, is left out of all but a count: it is no forecast.

        What this seat may not know is scored when the campaign is over.
        """
        self._journal.read()
        made = log.standing_decisions(self._journal.played)
        if not any(each.forecasts for each in made):
            return player_view.nothing_scored()
        played, eyes = self._journal.played, self._journal.eyes
        return player_view.scores(self.scenario, played, self._seen_so_far(), eyes)

    def reckoning(self, turn: int | None = None, progress: Progress | None = None) -> Plain:
        """The reckoning of a campaign that is over, on its last day or on that of an earlier turn:
        for each aim of this seat whether and how far it was met, what was paid, each decision
        turned round alone on the same luck with the best and the worst of them, the forecasts
        scored, its luck beside an ensemble to which the same was decided; and the aims, losses,
        beliefs and decisions of the others. What is made once is kept.

        Raises ScenarioError while the campaign runs.
        """
        j = self._journal
        j.read()
        if not j.over:
            problem = "is not made while the campaign runs: it tells all that is hidden"
            remedy = f"play to its end, {self.scenario.end}"
            j.refuse(Mistake("reckoning", problem, "", remedy))
        then = j.turn(self.turn if turn is None else turn)
        at = papers.of_state(then, j.power, "reckoning")
        content = self.store.kept(self.number, "reckoning", at)
        if content is None:
            made = self._reckoned(then.number, progress)
            content = json.dumps(made, ensure_ascii=False, allow_nan=False).encode()
            self.store.keep(self.number, "reckoning", at, content)
        return player_view.from_kept(content)

    def _reckoned(self, turn: int, progress: Progress | None) -> Plain:
        j = self._journal
        played = j.whole[:turn]
        record = self._annals.whole(played)
        scores = player_view.scores(j.plain, j.played[:turn], record, None)
        course = Course(self._side, j.plain, played, record)
        made = reckoned(course, j.power, scores, progress)
        return {"campaign": self.number, "branch": self.line, "of": self.title, **made}

    @property
    def standing(self) -> dict[str, float]:
        """The standing of this seat's ministers, moved by what came of their advice."""
        self._journal.read()
        made = [each for each in log.standing_decisions(self._journal.played) if each.advice]
        rows = self.scores()["rows"] if made else []
        return player_view.standing(self.scenario, self.power, made, rows)

    def _seen_so_far(self) -> Record:
        """All that this seat knows of the weeks so far; simulated where it is not kept."""
        self._journal.read()
        return self._annals.whole(self._journal.whole, self._journal.eyes)

    def _standing_now(self, what: str) -> tuple[Act, ...]:
        """This seat's decisions and orders in the open turn, of which there are some."""
        self._journal.refuse(self._journal.silent())
        standing = self._journal.played[-1].acts
        if not standing:
            remedy = "decisions of earlier turns stand: branch at a turn to decide otherwise"
            mistake = Mistake(what, "nothing is decided in this turn", "", remedy)
            self._journal.refuse(mistake)
        return standing
