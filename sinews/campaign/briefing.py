"""What a seat's council hears: pages of its items, made once and kept, and what can be decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sinews.campaign import agenda, papers
from sinews.campaign.history import History
from sinews.campaign.journal import Journal
from sinews.campaign.log import standing_decisions
from sinews.campaign.pages import item_page
from sinews.campaign.papers import KeptPaper
from sinews.campaign.snapshot import with_decisions as with_options
from sinews.campaign.staff import Progress, Staff, Told, runs_needed
from sinews.campaign.truth import known_to
from sinews.errors import Mistake, ScenarioError, shown

if TYPE_CHECKING:
    from sinews.scenario.council import AgendaItem


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

    def shown(self, item: str) -> tuple[str | None, KeptPaper | None]:
        """The page of an item that was heard last, and its key: with what stands decided now or,
        if it was not heard since, with less of it."""
        own = [d for d in self._journal.now.decisions if d.power == self._journal.power]
        for count in range(len(own), -1, -1):
            at = papers.paper_key(self._journal.now, self._journal.power, item, own[:count])
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
            for item in lacking:
                told.words, before = item.title or item.name, told.done
                made = self._made(staff, item, standing())
                self._journal.store.keep(
                    self._journal.number, "paper", self._key(item.name), made.content()
                )
                told.reach(before + work[item.name])
        found = [self.paper(item.name) for item in items]
        return [page for page in found if page is not None]

    def possible(self, item: str, option: str) -> None:
        """Refuse an option that cannot be had any more."""
        j, page = self._journal, self.paper(item)
        if page is not None and option in page.barred:
            j.refuse(Mistake(item, page.barred[option], value=shown(option)))
        assert j.power is not None  # there is an item to decide
        now = f"{option}@{j.on}"
        if page is None:
            with_options(known_to(j.plain, j.power, j.whole, j.on), [now])
        if len(j.powers) > 1:
            # What another decided may stand against it, and nobody is to be told what.
            try:
                with_options(
                    j.plain, [*(f"{d.option}@{d.on}" for d in standing_decisions(j.whole)), now]
                )
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
        page = item_page(staff.scenario, item, rows, paper, staff.barred(item))
        return KeptPaper(page | {"near": staff.count}, rows)

    def _key(self, item: str) -> str:
        now = self._journal.now
        return papers.paper_key(now, self._journal.power, item, now.decisions)

    def _kept(self, at: str) -> KeptPaper | None:
        return papers.read_paper(self._journal.store, self._journal.number, at)
