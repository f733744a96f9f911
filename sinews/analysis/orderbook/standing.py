"""How a contract fares in a plan: on time or late, by how long, and how much of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from sinews.analysis.orderbook.book import TRIFLE, Floats, Lot
from sinews.analysis.orderbook.linear import Solution


@dataclass(frozen=True)
class Standing:
    """How one contract fares in a plan."""

    contract: str
    on_time: bool
    behind: date | None
    """The last day of the first week at whose end goods are overdue."""
    weeks: int | None
    """Weeks late at the worst; None if something is not handed over by the end."""
    in_time: float
    """Share handed over when due, by value."""
    missing: float
    """Share due but not handed over by the end, by value."""
    overdue: tuple[float, ...]
    """Share overdue at the end of each week, by value."""

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "contract": self.contract,
            "on_time": self.on_time,
            "behind": self.behind.isoformat() if self.behind else None,
            "weeks_late": self.weeks,
            "share_in_time": self.in_time,
            "share_missing": self.missing,
            "overdue": [round(share, 6) for share in self.overdue],
        }


def standings(solution: Solution) -> tuple[Standing, ...]:
    """How every contract fares in a solution."""
    book = solution.book
    return tuple(_standing(solution, contract) for contract in book.contracts)


def _standing(solution: Solution, contract: str) -> Standing:
    book = solution.book
    pairs = zip(book.lots, solution.delivered, strict=True)
    mine = [(lot, got) for lot, got in pairs if lot.contract == contract]
    values = np.array([lot.weight * lot.total for lot, _ in mine])
    values = values / values.sum()
    overdue = np.array([overdue_share(lot, got) for lot, got in mine])
    behind = np.flatnonzero(overdue.max(axis=0) > 0.0)
    late = [weeks_late(lot, got) for lot, got in mine]
    weeks = None if None in late else max((each or 0 for each in late), default=0)
    total = values @ overdue
    return Standing(
        contract=contract,
        on_time=not behind.size,
        behind=book.end_of(int(behind[0])) if behind.size else None,
        weeks=weeks,
        in_time=float(values @ np.array([in_time(lot, got) for lot, got in mine])),
        missing=float(total[-1]),
        overdue=tuple(float(x) for x in total),
    )


def overdue_share(lot: Lot, got: Floats) -> Floats:
    """Share of a lot that is due but has not come, at the end of each week."""
    short = (lot.due - got) / lot.total
    return np.where(short > TRIFLE, short, 0.0)


def weeks_late(lot: Lot, got: Floats) -> int | None:
    """By how many weeks deliveries trail what is due, at the worst; None if they never catch up.

    >>> lot = Lot("guns", "gun", "buyer", 4.0, np.array([2.0, 4.0, 4.0]))
    >>> weeks_late(lot, np.array([2.0, 3.0, 4.0]))
    1
    """
    caught = np.searchsorted(got, lot.due - TRIFLE * lot.total)
    if (caught >= len(got)).any():
        return None
    return max(int((caught - np.arange(len(got))).max()), 0)


def in_time(lot: Lot, got: Floats) -> float:
    """Share of what falls due that was there when it did, first due first served.

    >>> lot = Lot("guns", "gun", "buyer", 4.0, np.array([2.0, 4.0, 4.0]))
    >>> in_time(lot, np.array([2.0, 3.0, 4.0]))
    0.75
    """
    due = np.diff(lot.due, prepend=0.0)
    ready = np.clip(got - np.r_[0.0, lot.due[:-1]], 0.0, due)
    return float(min(ready.sum() / lot.due[-1], 1.0)) if lot.due[-1] > 0.0 else 1.0
