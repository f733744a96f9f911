"""The odds of a question under the rival theories of combat that were fitted to its scenario."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from sinews.analysis.branching import SharedPast, grown, started
from sinews.analysis.council.conditions import Condition
from sinews.analysis.paired import PairedStart
from sinews.engine.posterior import file_of
from sinews.model.coefficients import THEORIES

MEMBERS = 128
"""Of each theory: one block, which leaves a share 4 points of standard error at most."""


@dataclass(frozen=True)
class RivalStarts:
    """Members of a council's scenario on its day, by rival theory."""

    fork: PairedStart

    @cached_property
    def today(self) -> dict[str, SharedPast]:
        """Members on the day of the council by theory; nothing where none was fitted, or where the
        council's own members did not come to it by the scenario alone."""
        fork, s = self.fork, self.fork.scenario
        if fork.past is not None or "combat" in s.week:
            return {}
        variants = {name: s.with_theory(name) for name in THEORIES}
        return {
            name: started(variant, range(MEMBERS), fork.seed, fork.week)
            for name, variant in variants.items()
            if variant.theory and file_of(variant).is_file()
        }

    def odds(self, option: str, condition: Condition) -> dict[str, float]:
        """Share of members in which a condition holds under an option, by theory."""
        decided, at = self.fork.variant(option), condition.measure.at
        weeks = max(self.fork.weeks_to(at), self.fork.week)

        def share(name: str) -> float:
            then = grown(self.today[name], decided.with_theory(name), weeks)
            return float(condition.holds(then.values([condition.measure])[0]).mean())

        with ThreadPoolExecutor(2) as pool:
            return dict(zip(self.today, pool.map(share, self.today), strict=True))
