"""The joint posterior of a scenario's coefficients: draws kept as data beside the scenario.

A table with one row a draw and one column a fitted number: a coefficient's name, or the path of
a number that the scenario gives as a range. Lines that begin with # say how it was made.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sinews.scenario.load import find
from sinews.scenario.schema import Scenario

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Posterior:
    """Joint draws of what was fitted: `draws` [draw name]."""

    names: tuple[str, ...]
    draws: Floats

    def row(self, share: Floats) -> NDArray[np.int64]:
        """The row that a uniform draw picks."""
        return np.minimum((share * len(self.draws)).astype(np.int64), len(self.draws) - 1)


def no_posterior() -> Posterior:
    """Nothing fitted: every coefficient comes from its own range."""
    return Posterior((), np.zeros((1, 0), np.float32))


def posterior_path(scenario: Scenario) -> Path:
    """Where a scenario's posterior is kept: NAME.posterior.csv beside NAME.toml."""
    return scenario.path.with_suffix(".posterior.csv")


def read_posterior(scenario: Scenario) -> Posterior:
    """The posterior kept with a scenario, or with the one that it extends, or none."""
    path = posterior_path(scenario)
    if scenario.extends and not path.is_file():
        path = posterior_path(replace(scenario, path=find(scenario.extends)))
    if not path.is_file():
        return no_posterior()
    lines = [t for t in path.read_text("utf-8").splitlines() if t and not t.startswith("#")]
    names = tuple(lines[0].split(","))
    draws = np.array([[float(x) for x in t.split(",")] for t in lines[1:]], np.float32)
    return Posterior(names, draws)


def write_posterior(path: Path, posterior: Posterior, head: list[str]) -> None:
    """Write a posterior, with lines that say how it was made."""
    rows = [",".join(f"{x:.6g}" for x in row) for row in posterior.draws]
    text = "\n".join([*(f"# {line}" for line in head), ",".join(posterior.names), *rows]) + "\n"
    partial = path.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
