"""What a seat's council hears: pages of its items, made once and kept, and what can be decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sinews.campaign import agenda, papers
from sinews.campaign.history import History
from sinews.campaign.journal import Journal
from sinews.campaign.log import standing_acts
from sinews.campaign.pages import item_page, order_page
from sinews.campaign.papers import KeptPaper
from sinews.campaign.snapshot import with_decisions as with_options
from sinews.campaign.staff import CURVE, Progress, Staff, Told, runs_needed
from sinews.campaign.truth import known_to
from sinews.errors import Mistake, ScenarioError, shown
from sinews.scenario.council import AgendaItem
from sinews.scenario.feasible import refusals
from sinews.scenario.negotiable import Value
from sinews.scenario.presets import Given, chosen_values, with_own_terms
from sinews.scenario.standing import in_words, order_word


class Briefing:
    """The open turn's council of a seat."""

    def __init__(self, journal: Journal, annals: History) -> None:
        self._journal, self._annals = journal, annals

    def open(self) -> list[AgendaItem]:
        """The items that may be decided."""
        j = self._journal
        return [] if j.over else agenda.open_items(j.plain, j.played, j.power)

    def absent(self, item: str) -> Mistake | None:
        """Why an item cannot be heard or decided; None if it can."""
        return agenda.absent(self._journal.plain, self._journal.played, self._journal.power, item)

    def paper(self, item: str) -> KeptPaper | None:
        """The page of an item, if it was heard with what stands decided now."""
        return self._kept(self._key(item))

    def shown(self, item: str, word: str = "") -> tuple[str | None, KeptPaper | None]:
        """The page of an item that was heard last, and its key: with what stands decided now or,
        if it was not heard since, with less of it; on the own terms of a word, if it was."""
        own = [d for d in self._journal.now.acts if d.power == self._journal.power]
        for count in range(len(own), -1, -1):
            for heard in dict.fromkeys((word, "")):
                known = (self._journal.now, self._journal.power, item, own[:count])
                at = papers.paper_key(*known, heard)
                if (found := self._kept(at)) is not None:
                    return at, found
        return None, None

    def heard(
        self,
        items: Sequence[AgendaItem],
        standing: Callable[[], dict[str, float]],
        progress: Progress | None,
    ) -> list[KeptPaper]:
        """The pages of open items; those that lack are made, and kept one by one."""
        lacking = [item for item in items if self.paper(item.name) is None]
        if lacking:
            members = self._annals.side.members
            work = {x.name: runs_needed(x, members) for x in lacking}
            told = Told(progress, members + sum(work.values()), "Looking back")
            staff = self._staff(told)
            _ = staff.ahead  # drawn before the first item is begun
            for item in lacking:
                told.words, before = item.title or item.name, told.done
                made = self._made(staff, item, standing())
                self._journal.store.keep(
                    self._journal.number, "paper", self._key(item.name), made.content()
                )
                told.reach(before + work[item.name])
        found = [self.paper(item.name) for item in items]
        return [page for page in found if page is not None]

    def values(self, item: str, option: str | None, terms: Given) -> tuple[str, dict[str, Value]]:
        """An option of an item (the first that signs what some terms are of, if None) and the terms
        that are other than its own. Raises ScenarioError with all that is wrong with them."""
        plain = self._journal.plain
        return chosen_values(plain, self._item(item), option, terms, self._journal.on)

    def on_terms(
        self,
        name: str,
        word: str,
        standing: Callable[[], dict[str, float]],
        progress: Progress | None,
    ) -> KeptPaper:
        """The page of an open item on own terms, made if it lacks, and kept."""
        j, item = self._journal, self._item(name)
        at = papers.paper_key(j.now, j.power, name, j.now.acts, word)
        found = self._kept(at)
        if found is None:
            self.possible(name, word)
            members = self._annals.side.members
            told = Told(progress, members + runs_needed(item, members), item.title or name)
            staff = self._staff(told)
            staff = replace(staff, scenario=with_own_terms(staff.scenario, item, word))
            heard = staff.scenario.agenda_item(name)
            heard = heard.model_copy(update={"estimates": []})
            found = self._made(staff, heard, standing())
            j.store.keep(j.number, "paper", at, found.content())
            told.reach(told.total)
        return found

    def curve(
        self, name: str, term: str, option: str | None, terms: Given, progress: Progress | None
    ) -> dict[str, Any]:
        """What one term of an item does between its bounds."""
        # (A curve has nine values at the most.)
        told = Told(progress, self._annals.side.members + 9 * CURVE, f"The curve of {term}")
        found = self._staff(told).curve(self._item(name), term, terms, option)
        told.reach(told.total)
        return found

    def odds(
        self, words: dict[str, Any], measures: Sequence[str], weeks: int, progress: Progress | None
    ) -> dict[str, Any]:
        """What an order leads to beside what stands, by the members that fit what is seen, on
        common luck."""
        j = self._journal
        assert j.power is not None  # it may give orders
        names = order_word(j.power, {}), order_word(j.power, words)
        item = AgendaItem(
            name="order", minister="", options=list(names), measures=list(measures), horizon=weeks
        )
        members = self._annals.side.members
        told = Told(progress, members + runs_needed(item, members), "An order")
        staff = self._staff(told)
        rows = staff.forecasts(item)
        told.reach(told.total)
        who = j.plain.powers[j.power].title or j.power
        return order_page(in_words(words), who, rows, names) | {"near": staff.count}

    def _item(self, name: str) -> AgendaItem:
        return self._journal.plain.agenda_item(name)

    def possible(self, item: str, option: str) -> None:
        """Refuse an option, by its word, that cannot be had any more."""
        j, page = self._journal, self.paper(item)
        if page is not None and option in page.barred:
            j.refuse(Mistake(item, page.barred[option], value=shown(option)))
        assert j.power is not None  # there is an item to decide
        now = f"{option}@{j.on}"
        known = known_to(j.plain, j.power, j.whole, j.on)
        j.refuse(*(why for _, why in refusals(known, with_options(known, [now]))))
        if len(j.powers) > 1:
            # What another decided may stand against it, and nobody is to be told what.
            try:
                with_options(j.plain, [*(d.word for d in standing_acts(j.whole)), now])
            except ScenarioError:
                problem = "cannot be had: something that is not known stands against it"
                j.refuse(Mistake(item, problem, "", "choose another option", shown(option)))

    def _staff(self, told: Told) -> Staff:
        j = self._journal
        assert j.power is not None  # it has items
        scenario = known_to(j.plain, j.power, j.whole, j.on)
        return self._annals.side.staff(j.plain, j.whole[:-1], scenario, j.power, j.on, told)

    def _made(self, staff: Staff, item: AgendaItem, standing: dict[str, float]) -> KeptPaper:
        rows, paper = staff.forecasts(item), staff.paper(item, standing)
        page = item_page(staff.scenario, item, rows, paper, staff.barred(item), staff.on)
        return KeptPaper(page | {"near": staff.count}, rows)

    def _key(self, item: str) -> str:
        now = self._journal.now
        return papers.paper_key(now, self._journal.power, item, now.acts)

    def _kept(self, at: str) -> KeptPaper | None:
        return papers.read_paper(self._journal.store, self._journal.number, at)
