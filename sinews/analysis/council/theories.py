"""The odds of a question under the rival theories of combat that were fitted to its scenario."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from sinews.analysis.council.conditions import Condition
from sinews.analysis.paired import PairedStart
from sinews.engine.posterior import read_posterior
from sinews.model.coefficients import THEORIES

MEMBERS = 128
"""Of each theory: one block, which leaves a share 4 points of standard error at most."""


@dataclass(frozen=True)
class RivalStarts:
    """Members of a council's scenario on its day, by rival theory."""

    fork: PairedStart

    @cached_property
    def _forks(self) -> dict[str, PairedStart]:
        """Nothing where no theory was fitted, or where members did not come here by the scenario
        alone."""
        s, fork = self.fork.scenario, self.fork
        if fork.past is not None or "combat" in s.week:
            return {}
        variants = {name: s.with_theory(name) for name in THEORIES}
        return {
            name: PairedStart(variant, fork.on, MEMBERS, fork.seed)
            for name, variant in variants.items()
            if variant.theory and read_posterior(variant).names
        }

    def odds(self, option: str, condition: Condition) -> dict[str, float]:
        """Share of members in which a condition holds under an option, by theory."""

        def share(fork: PairedStart) -> float:
            (batch,) = fork.batches()
            return float(condition.holds(fork.values(option, [condition.measure], batch)[0]).mean())

        with ThreadPoolExecutor(2) as pool:
            return dict(zip(self._forks, pool.map(share, self._forks.values()), strict=True))
