"""A played campaign: its truth is one member of an ensemble, its player sees one power's side.

What has happened is never stored: the log of decisions, laid over the scenario and simulated from
the first week, gives it again to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinews import __version__
from sinews.campaign import agenda, fog, log
from sinews.campaign.log import Decision, Entry, Turn
from sinews.campaign.pages import item_page, made_page
from sinews.campaign.score import coverage, scored
from sinews.campaign.side import Side, chosen_side, week_of, within
from sinews.campaign.snapshot import digests, restored, taken
from sinews.campaign.staff import MEMBERS, Simulate, simulated
from sinews.campaign.standing import losses, outcome
from sinews.campaign.store import Overtaken, Store
from sinews.errors import Mistake, ScenarioError, shown
from sinews.scenario import Scenario, load

if TYPE_CHECKING:
    from sinews.analysis.measures import Measure
    from sinews.scenario.council import AgendaItem

Place = Store | str | Path | None
Plain = dict[str, Any]

TURN = 2  # weeks, unless `advance` is told otherwise
# What a turn of `history` tells of what the player's side saw change.
TOLD = (
    "irrecoverable casualties field_strength gold front hostile in_force broken delivered late "
    "lapsed lost bought sold strength_seen"
).split()


class Campaign:
    """A campaign on one of its branches. What a call changes is on the disk when it returns."""

    def __init__(
        self,
        store: Store,
        number: int,
        branch: int,
        members: int = MEMBERS,
        simulate: Simulate = simulated,
    ) -> None:
        self.store, self.number, self.line = store, number, branch
        entries = self._entries()
        says = entries[0].says
        self._plain = restored(store.snapshot(number), says, store.name, self)
        self._side = Side(says["power"], says["seed"], says["member"], members, simulate)
        self._played = log.turns(entries)
        self._now: tuple[tuple[str, ...], Scenario] = ((), self._plain)
        self._shown: dict[str, list[Plain]] = {}
        self._advice: dict[str, dict[str, str]] = {}

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
    ) -> Campaign:
        """A new campaign, kept in a file, a database (by its URL) or, if None, in memory.

        `power` is whose side is played: the scenario's player, if left out. `member` is the one
        that is the truth, drawn from the seed if left out; `members` others serve to forecast.
        """
        found = load(scenario)
        side = chosen_side(found, power, seed, member, members, simulate)
        began = _clock()
        snapshot = taken(found, began)
        says = digests(snapshot) | {
            "sinews": __version__,
            "options": list(found.applied),
            "power": side.power,
            "seed": side.seed,
            "member": side.member,
            "when": began,
            **side.begun(found, [], found.council),
        }
        kept = _store(store, create=True)
        return cls(kept, kept.found(snapshot, says), 1, members, simulate)

    @classmethod
    def open(
        cls,
        store: Place,
        number: int,
        branch: int | None = None,
        fork: int | None = None,
        members: int = MEMBERS,
        simulate: Simulate = simulated,
    ) -> Campaign:
        """A campaign that was begun before, on its newest branch or the one named. With `fork`, on
        a new branch that leaves that one as turn `fork` begins: the way past a damaged entry.
        """
        kept = _store(store, create=False)
        kept.snapshot(number)
        at = kept.branches(number)[-1].number if branch is None else branch
        if fork is not None:
            at = _forked(kept, number, at, fork, log.sound(kept.log(number, at)))
        return cls(kept, number, at, members, simulate)

    # Where it stands.

    @property
    def power(self) -> str:
        """Whose side is played."""
        return self._side.power

    @property
    def turn(self) -> int:
        """The number of the open turn, from 1."""
        return self._played[-1].number

    @property
    def date(self) -> date:
        """The day that it is."""
        return self._played[-1].on

    @property
    def over(self) -> bool:
        """Whether the scenario's last week is over."""
        return self.date >= self._plain.end

    @property
    def title(self) -> str:
        """Of its scenario."""
        return self._plain.title

    @property
    def agenda(self) -> list[str]:
        """The names of the items that are open."""
        self._read()
        return [item.name for item in self._open()]

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

    def brief(self, items: Sequence[str] | None = None) -> Plain:
        """The council's agenda as plain data: each open item (or those named) with its options,
        forecasts of each, differences to the first, answers and advice; and what is already
        decided this turn. The forecasts shown of an item are kept with the decision on it."""
        self._read()
        found = [agenda.absent(self._plain, self._played, name) for name in items or ()]
        if mistakes := [mistake for mistake in found if mistake is not None]:
            raise ScenarioError(self._place(), mistakes)
        scenario = self._scenario()
        opened = [x for x in self._open() if items is None or x.name in items]
        staff = self._side.staff(scenario, self.date) if opened else None
        standing = self.standing
        pages: list[Plain] = []
        for item in opened:
            assert staff is not None  # there are items to forecast
            self._shown[item.name] = rows = staff.forecasts(item)
            paper = staff.paper(item, standing)
            pages.append(item_page(scenario, item, rows, paper, staff.barred(item)))
            voices = (paper.get("advice") or {}).get("ministers", ())
            self._advice[item.name] = {each["minister"]: each["prefers"] for each in voices}
        return {
            "campaign": self.number,
            "branch": self.line,
            "title": self.title,
            "power": self.power,
            "turn": self.turn,
            "date": self.date.isoformat(),
            "over": self.over,
            "members": len(staff.near) if staff else 0,
            "agenda": pages,
            "decided": [d.plain() for d in self._played[-1].decisions],
            "standing": standing,
        }

    def decide(
        self, item: str, option: str, key: str | None = None, by: str | None = None
    ) -> Plain:
        """Choose an option for an open item; the decision, as plain data.

        The same key again gives the first result and decides nothing. Raises ScenarioError, and
        keeps nothing, if the item is not open or the option cannot be had.
        """

        def says() -> Plain:
            mistake = agenda.refused(self._plain, self._played, item, option)
            if mistake is not None:
                raise ScenarioError(self._place(), [mistake])
            self._plain.with_options([*self._decided(), f"{option}@{self.date}"])
            power = self._plain.powers[self.power]
            return {
                "item": item,
                "option": option,
                "on": self.date.isoformat(),
                "by": by or power.leader.name or power.title or self.power,
                "forecasts": self._shown.get(item),
                "advice": self._advice.get(item),
            }

        written = self._write("decide", says, key, {"item": item, "option": option})
        return self._decision(written).plain()

    def undo(self, key: str | None = None) -> Plain:
        """Take back the last decision of the open turn; that decision."""

        def says() -> Plain:
            standing = self._played[-1].decisions
            if not standing:
                remedy = "decisions of earlier turns stand: branch at a turn to decide otherwise"
                mistake = Mistake("undo", "nothing is decided in this turn", "", remedy)
                raise ScenarioError(self._place(), [mistake])
            return {"entry": standing[-1].entry}

        return self._decision(self._write("undo", says, key)).plain()

    def advance(self, weeks: int | None = None, key: str | None = None) -> Plain:
        """Let time pass, two weeks or as many as said; the new turn, its day and the items that
        have come up by their triggers. What was decided is closed."""

        def says() -> Plain:
            left = -(-(self._plain.end - self.date).days // 7)
            if not left:
                remedy = "branch at an earlier turn to play on from there"
                mistake = Mistake("advance", "the campaign is over", "", remedy)
                raise ScenarioError(self._place(), [mistake])
            by = min(TURN, left) if weeks is None else within(self._plain, "weeks", weeks, 1, left)
            on = min(self.date + timedelta(days=7 * by), self._plain.end)
            return self._side.begun(self._scenario(), self._played, on)

        written = self._write("advance", says, key)
        turn = next(t for t in self._played if t.entry == written.number)
        return {"turn": turn.number, "date": turn.on.isoformat(), "raised": list(turn.raised)}

    def branch(self, at: int) -> Campaign:
        """The same campaign on a new branch, which leaves this one as turn `at` begins."""
        number = _forked(self.store, self.number, self.line, at, self._entries())
        return Campaign(self.store, self.number, number, self._side.members, self._side.simulate)

    # What is known.

    def seen(self) -> Plain:
        """What the player's side knows today: each visible series by name, with its unit."""
        self._read()
        scenario = self._scenario()
        series = self._side.seen(scenario, self.date)
        known = fog.plain(series, week_of(scenario, self.date))
        return {"power": self.power, "date": self.date.isoformat(), "series": known}

    @property
    def history(self) -> list[Plain]:
        """Every turn: its decisions with what was forecast then, what was taken back, and what the
        player's side saw change until the next turn or, in the open turn, nothing yet."""
        self._read()
        scenario = self._scenario()
        series = self._side.seen(scenario, self.date)
        out: list[Plain] = []
        for turn in self._played:
            out.append(
                {
                    "turn": turn.number,
                    "date": turn.on.isoformat(),
                    "raised": list(turn.raised),
                    "decisions": [made_page(d) for d in turn.decisions],
                    "undone": [d.plain() for d in turn.undone],
                    "happened": [],
                    # Other bits mean another sinews or machine, or an option that changes the past.
                    "as_played": fog.fingerprint(series, week_of(scenario, turn.on)) == turn.print,
                }
            )
        for (before, after), row in zip(pairwise(self._played), out, strict=False):
            weeks = week_of(scenario, before.on), week_of(scenario, after.on)
            row["happened"] = fog.changes({k: series[k] for k in TOLD if k in series}, *weeks)
        return out

    def scores(self) -> Plain:
        """How good the forecasts were that decisions were taken on, now that their day has come:
        CRPS, and whether the 50 and 90 % bands held what happened.

        What the player's side may not know is scored when the campaign is over.
        """
        from sinews.analysis.measures import asked

        self._read()
        scenario = self._scenario()
        due: list[tuple[Decision, Plain, Measure]] = []
        waiting = hidden = 0
        for made in log.decided(self._played):
            for row in made.forecasts or ():
                if row["option"] not in ("", made.option):
                    continue  # what was not chosen did not happen
                (measure,) = asked([row["measure"]], scenario, scenario.weeks)
                if measure.at > self.date:
                    waiting += 1
                elif not (self.over or fog.may_see(measure, scenario, self.power)):
                    hidden += 1
                else:
                    due.append((made, row, measure))
        measures = list(dict.fromkeys(m for _, _, m in due))
        true = dict(
            zip(measures, self._side.happened(scenario, measures, self.date), strict=True)
            if measures
            else ()
        )
        rows = [
            {
                "turn": made.turn,
                "item": made.item,
                **{key: row[key] for key in ("option", "measure", "unit", "at")},
                **scored(row["values"], true[measure]),
            }
            for made, row, measure in due
        ]
        return {"rows": rows, "coverage": coverage(rows), "waiting": waiting, "hidden": hidden}

    @property
    def standing(self) -> dict[str, float]:
        """The standing of the player's ministers, moved by what came of their advice."""
        own = self._plain.ministers.items()
        now = {name: m.standing.middle for name, m in own if m.power == self.power}
        self._read()
        advised = [made for made in log.decided(self._played) if made.advice]
        if not advised:
            return now
        from sinews.analysis.advice import standing_after
        from sinews.analysis.measures import UNWELCOME

        rows = self.scores()["rows"]
        for made in advised:
            went = outcome(made, rows, UNWELCOME)
            if went is not None:
                now = standing_after(now, losses(made, went))
        return now

    # How it is kept.

    def _place(self) -> str:
        return f"{self._plain.name}, campaign {self.number}"

    def _entries(self) -> list[Entry]:
        entries = self.store.log(self.number, self.line)
        return log.checked(self.store.name, self.number, self.line, entries)

    def _read(self) -> list[Entry]:
        entries, turn = self._entries(), self.turn
        self._played = log.turns(entries)
        if self.turn != turn:
            self._shown, self._advice = {}, {}  # they were of another day
        return entries

    def _open(self) -> list[AgendaItem]:
        return [] if self.over else agenda.open_items(self._plain, self._played)

    def _decided(self) -> list[str]:
        return [f"{d.option}@{d.on}" for d in log.decided(self._played)]

    def _scenario(self) -> Scenario:
        """The scenario with what is decided."""
        names = tuple(self._decided())
        if self._now[0] != names:
            self._now = names, self._plain.with_options(names)
        return self._now[1]

    def _decision(self, written: Entry) -> Decision:
        """The decision that an entry made or took back."""
        number = written.number if written.kind == "decide" else written.says["entry"]
        every = (d for turn in self._played for d in (*turn.decisions, *turn.undone))
        return next(d for d in every if d.entry == number)

    def _write(
        self,
        kind: str,
        says: Callable[[], Plain],
        key: str | None,
        same: Plain | None = None,
    ) -> Entry:
        """Add an entry on top of all that is in the log, or give the one that has the key."""
        if key is not None and not 0 < len(key) <= log.LONGEST_KEY:
            expected = f"it must have 1 to {log.LONGEST_KEY} characters"
            mistake = Mistake("key", "cannot be kept", expected, value=shown(key))
            raise ScenarioError(self._place(), [mistake])
        turn = self.turn
        while True:
            entries = self._read()
            for each in entries:
                if key is not None and each.key == key:
                    return self._again(each, kind, same or {})
            if self.turn != turn:
                problem = f"has moved on: it is turn {self.turn}, {self.date}"
                remedy = "nothing was changed: ask for the brief again"
                raise ScenarioError(self._place(), [Mistake("campaign", problem, "", remedy)])
            words = says() | {"when": _clock()}
            written = log.entry(self.line, entries[-1], kind, words, key)
            try:
                self.store.append(self.number, written)
            except Overtaken:
                continue  # another wrote first: see whether this can still be done
            self._played = log.turns([*entries, written])
            if kind == "advance":
                self._shown, self._advice = {}, {}
            return written

    def _again(self, each: Entry, kind: str, same: Plain) -> Entry:
        if each.kind == kind and all(each.says[name] == value for name, value in same.items()):
            return each
        problem = f"is that of another call: entry {each.number}, {each.kind}"
        mistake = Mistake("key", problem, "", "give each call a key of its own", shown(each.key))
        raise ScenarioError(self._place(), [mistake])


def _store(place: Place, create: bool) -> Store:
    return place if isinstance(place, Store) else Store(place, create)


def _forked(store: Store, number: int, branch: int, at: int, entries: Sequence[Entry]) -> int:
    """The number of a new branch that leaves another as a turn begins."""
    played: list[Turn] = log.turns(entries)
    if not 1 <= at <= len(played):
        expected = f"it must be from 1 to {len(played)}" if played else "none is sound"
        mistake = Mistake("turn", "has not been played", expected, value=shown(at))
        raise ScenarioError(f"{store.name}, campaign {number}, branch {branch}", [mistake])
    return store.fork(number, branch, played[at - 1].entry)


def _clock() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
