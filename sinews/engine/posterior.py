"""The joint posterior of a scenario's coefficients: draws kept as data beside the scenario.

A table with one row a draw and one column a fitted number: a coefficient's name, or the path of
a number that the scenario gives as a range. Lines that begin with # say how it was made, how many
draws there are, under which rival theory, and to what it was fitted: the digest of the scenario's
numbers and records as they then were.
"""

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sinews.errors import Mistake, ScenarioError
from sinews.model.coefficients import COEFFICIENTS, RIVALS, THEORIES
from sinews.scenario.load import find
from sinews.scenario.schema import Scenario

Floats = NDArray[np.float32]

# How the lines begin that say what a posterior was fitted to, under which rival theory (none: the
# shipped one), and how many draws follow.
_TO, _THEORY, _DRAWS = "# Fitted to: ", "# Theory: ", "# Draws: "


# A number is known where the records took at least this part of the variance of its range: in a fit
# of thousands, numbers that records can say nothing of seem to lose a tenth by chance.
INFORMED = 0.2


def contraction(sd: float, low: float, high: float) -> float:
    """Share of the variance of a range that the records took from a number: 0 nothing known, 1 all.

    >>> round(contraction(0.25, 0.0, 1.0), 2)
    0.25
    """
    return 1.0 - 12.0 * (sd / (high - low)) ** 2


@dataclass(frozen=True)
class Posterior:
    """Joint draws of what was fitted: `draws` [draw name]."""

    names: tuple[str, ...]
    draws: Floats
    fitted_to: str = ""
    """Digest of the scenario that it was fitted to, as `Scenario.substance`; empty if unknown."""
    parents: NDArray[np.int64] | None = None
    """Where each member has the draw of its own number [draw]: from which member it was drawn last,
    for those with a parent in common are not independent. None: members pick draws by luck, and
    those beyond as many as there are have one that was moved."""
    theory: str = ""
    """The rival theory that was fitted, as `Scenario.theory`."""

    @property
    def digest(self) -> str:
        """Of its names and draws, by which one fit is told from another."""
        text = ",".join(self.names).encode()
        return hashlib.sha256(text + self.draws.astype("<f4").tobytes()).hexdigest()

    def used(self, scenario: Scenario) -> tuple[str, ...]:
        """The numbers that members take from it: what the file sets itself goes before."""
        ranges = {number.path for number in scenario.numbers() if number.uncertain}
        return tuple(
            name
            for name in self.names
            if name in ranges or (name in scenario.known and name not in scenario.coefficient)
        )

    def state(self, scenario: Scenario) -> str:
        """Whether it was fitted to the scenario as it is: "current", "stale" or "unknown"; "none"
        if nothing was fitted."""
        if not self.names:
            return "none"
        if not self.fitted_to:
            return "unknown"
        return "current" if self.fitted_to in (*scenario.substance, scenario.lent) else "stale"

    def remark(self, scenario: Scenario) -> str:
        """What a reader of its numbers must know, in sentences; empty if there is nothing."""
        path = file_of(scenario).name
        again = (
            f"{refit(_lender(scenario) if (lent := borrows(scenario)) else scenario)} fits it anew."
        )
        this = f"{scenario.fit_of}.toml" if lent else "this file"
        idle = [name for name in self.names if name not in self.used(scenario)]
        words = {
            "stale": f"{path} was fitted to other numbers or records than {this} has: {again}",
            "unknown": f"{path} does not say what it was fitted to: {again}",
        }
        told = [words[state]] if (state := self.state(scenario)) in words else []
        if idle:
            told.append(f"Of what it fits, the file sets or leaves out itself: {', '.join(idle)}.")
        return " ".join(told)

    def rows(self, shares: Floats, members: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Rows of members [.. member]: those that uniform draws pick or, where each has a row of
        its own, that of its number."""
        own = np.broadcast_to(members, shares.shape)
        wanted = shares * len(self.draws) if self.parents is None else own
        return np.minimum(wanted.astype(np.int64), len(self.draws) - 1)


def no_posterior() -> Posterior:
    """Nothing fitted: every coefficient comes from its own range."""
    return Posterior((), np.zeros((1, 0), np.float32))


def posterior_path(scenario: Scenario) -> Path:
    """Where a scenario's posterior is kept: NAME.posterior.csv beside NAME.toml, and under a rival
    theory NAME.THEORY.posterior.csv."""
    theory = f".{scenario.theory}" if scenario.theory else ""
    return scenario.path.with_suffix(f"{theory}.posterior.csv")


def refit(scenario: Scenario) -> str:
    """The command that fits a scenario anew, under its theory."""
    theory = ["--theory", scenario.theory] if scenario.theory else []
    return f"`{shlex.join(['sinews', 'calibrate', str(scenario.path), *theory])}`"


def file_of(scenario: Scenario) -> Path:
    """The posterior that a scenario goes by: its own, or else that of the one that it extends, or
    else that of the one by whose fit it draws."""
    own = posterior_path(scenario)
    if own.is_file():
        return own
    homes = [replace(scenario, path=find(scenario.extends))] if scenario.extends else []
    homes += [_lender(scenario)] if scenario.fit_of else []
    return next((path for home in homes if (path := posterior_path(home)).is_file()), own)


def _lender(scenario: Scenario) -> Scenario:
    """A scenario as if it stood where that one does by whose fit it draws."""
    return replace(scenario, path=find(scenario.fit_of))


def borrows(scenario: Scenario) -> bool:
    """Whether it draws coefficients by the fit of another scenario, as its `fit_of` says."""
    lender = posterior_path(_lender(scenario)) if scenario.fit_of else None
    return lender is not None and file_of(scenario) == lender


def _lent(posterior: Posterior, scenario: Scenario) -> Posterior:
    """Of the fit of another scenario, the coefficients: a number that this one happens to call by
    the same name, as a power's men, is another number."""
    names = [name.removeprefix("coefficient.") for name in posterior.names]
    at = [index for index, name in enumerate(names) if name in scenario.known]
    return replace(
        posterior, names=tuple(names[index] for index in at), draws=posterior.draws[:, at]
    )


def read_posterior(scenario: Scenario) -> Posterior:
    """The posterior kept with a scenario, or with the one that it extends, or (its coefficients)
    with the one by whose fit it draws, or none.

    Raises ScenarioError if the file is no table of draws, has some that cannot be, or not as many
    as it says, or is the fit of another theory.
    """
    path = file_of(scenario)
    if not path.is_file():
        return no_posterior()
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line]
        to, theory, count = (
            next((line.removeprefix(key).strip() for line in lines if line.startswith(key)), "")
            for key in (_TO, _THEORY, _DRAWS)
        )
        head, *rows = [line for line in lines if not line.startswith("#")]
        names = tuple(head.split(","))
        draws = np.array([[float(x) for x in row.split(",")] for row in rows], np.float32)
        whole = draws.shape == (len(rows), len(names)) and len(rows) > 0
        if not whole or not np.isfinite(draws).all():
            raise ValueError
    except (OSError, ValueError):
        expected = "a line of names, then lines of as many numbers, with commas between"
        remedy = f"remove it, or run {refit(scenario)}"
        mistake = Mistake("", "is no table of draws", expected, remedy)
        raise ScenarioError(str(path), [mistake]) from None
    posterior = Posterior(names, draws, to, theory=theory)
    mistakes = [*_misplaced(posterior, scenario, count), *_amiss(names, draws, refit(scenario))]
    if mistakes:
        raise ScenarioError(str(path), mistakes)
    if scenario.fit_of and posterior.fitted_to not in scenario.substance:
        return _lent(posterior, scenario)
    return posterior


def _misplaced(posterior: Posterior, scenario: Scenario, count: str) -> Iterator[Mistake]:
    """What is wrong with a file that says how many draws it has, and of which theory."""
    remedy, shipped = f"remove it, or run {refit(scenario)}", next(iter(THEORIES))
    if posterior.theory != scenario.theory:
        problem = f"is a fit of {posterior.theory or shipped}"
        yield Mistake("theory", problem, f"a fit of {scenario.theory or shipped}", remedy)
    if count and count != str(len(posterior.draws)):
        problem = f"has {len(posterior.draws)} draws, and says that there are {count}"
        yield Mistake("draws", problem, "as many as it says: it may be cut short", remedy)


def _amiss(names: tuple[str, ...], draws: Floats, again: str) -> Iterator[Mistake]:
    """What is wrong with a table of draws: a name twice, draws that a coefficient cannot be."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Mistake(name, "stands there twice", "", f"leave one out, or run {again}")
        if (c := (COEFFICIENTS | RIVALS).get(name)) is None:
            continue
        low, high, most = draws[:, index].min(), draws[:, index].max(), 1e-3 * (c.high - c.low)
        if low < c.low - most or high > c.high + most:
            problem = f"its draws, from {low:g} to {high:g}, leave its range"
            expected = f"draws from {c.low:g} to {c.high:g}"
            yield Mistake(name, problem, expected, f"mend them, or run {again}")


def write_posterior(path: Path, posterior: Posterior, head: list[str]) -> None:
    """Write a posterior, with lines that say how it was made."""
    rows = [",".join(f"{x:.6g}" for x in row) for row in posterior.draws]
    theory = [_THEORY + posterior.theory] if posterior.theory else []
    to = [_TO + posterior.fitted_to] if posterior.fitted_to else []
    made = [*(f"# {line}" for line in head), f"{_DRAWS}{len(posterior.draws)}", *theory, *to]
    text = "\n".join([*made, ",".join(posterior.names), *rows]) + "\n"
    partial = path.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
