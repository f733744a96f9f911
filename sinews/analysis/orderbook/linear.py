"""An order book as a linear programme: the plan whose lateness costs least, and its duals.

Week by week each lot is made (or taken from store), sent and handed over against its price, so that
what is late costs least: priority and penalty weigh it. The programme's duals say what an hour, a
train, a tonne or the buyer's gold is worth in every week; where that is above nothing, it binds.

Solved by HiGHS through its own package, highspy: one package under the MIT licence, kept by the
solver's makers, that needs NumPy alone. (linopy would bring sixteen packages, among them Dask and
Polars; PuLP and Pyomo write models out and need a solver beside them.) The matrix is handed over
whole: row by row, as an expression each, the same plan takes five times as long.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sinews.analysis.orderbook.book import PURSES, TRIFLE, Floats, Kind, Lot, OrderBook
from sinews.errors import ModelError

# Beside one week's lateness of the least lot, a week in store weighs this much; and a resource
# whose worth, in the lot that needs it most, is below this share of it does not count as scarce.
_STORING, _SCARCE = 1e-6, 1e-2
# HiGHS' own tolerance is 1e-7, where less than TRIFLE of a lot must not be mistaken for late.
_TOLERANCE = 1e-9

Resource = tuple[Kind, str]

# The rows of a resource, what they were divided by, and its greatest use by one lot.
_Rows = tuple[slice, float, float]


@dataclass(frozen=True)
class Solution:
    """The cheapest plan of a book: goods by lot, cumulative to the end of each week [week]."""

    book: OrderBook
    made: tuple[Floats, ...]
    sent: tuple[Floats, ...]
    delivered: tuple[Floats, ...]
    cost: float
    """Tonnes of gold that lateness costs, at the lots' weights."""
    worth: Mapping[Resource, Floats]
    """[week] what one more of a resource in that week would save, in tonnes of gold."""
    scarce: Mapping[Resource, NDArray[np.bool_]]
    """[week] whether it binds."""

    @property
    def on_time(self) -> bool:
        """Whether everything is handed over when due."""
        pairs = zip(self.book.lots, self.delivered, strict=True)
        return all(bool((lot.due - got <= TRIFLE * lot.total).all()) for lot, got in pairs)


def solve(book: OrderBook) -> Solution:
    """The plan whose lateness costs least.

    >>> from datetime import date
    >>> guns = Lot("guns", "gun", "buyer", 4.0, np.array([2.0, 4.0]), sector="arms", hours=10.0)
    >>> of_arms = {"arms": np.array([15.0, 30.0])}
    >>> found = solve(OrderBook(date(1941, 9, 21), 2, (guns,), hours=of_arms))
    >>> found.on_time, round(found.cost, 6), found.worth["hours", "arms"].round(6).tolist()
    (False, 0.5, [0.1, 0.0])
    """
    return _Programme(book).solved()


@dataclass
class _Matrix:
    """The rows of a programme, as they are added: entries, and the bounds of each row."""

    entries: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]
    low: list[Floats]
    high: list[Floats]
    size: int = 0

    def open(self, low: Floats, high: Floats) -> NDArray[np.int64]:
        """Add rows with these bounds; returns their numbers."""
        rows = self.size + np.arange(len(low))
        self.low.append(low)
        self.high.append(high)
        self.size += len(low)
        return rows

    def put(self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: Any) -> None:
        """Add entries; those of one cell add up."""
        self.entries.append((rows, columns, np.broadcast_to(np.asarray(values, float), rows.shape)))

    def compressed(self, columns: int) -> sparse.csr_matrix:
        """All entries, row by row."""
        rows, across, values = (np.concatenate(each) for each in zip(*self.entries, strict=True))
        return sparse.csr_matrix((values, (rows, across)), shape=(self.size, columns))


class _Programme:
    """A book as columns and rows: cumulative shares of each lot made, sent and late, by week.

    Rows are divided by the most there is and costs by the greatest, so that numbers are near 1.
    Columns are cumulative, which keeps the matrix sparse: what a week brings is a difference.
    """

    def __init__(self, book: OrderBook) -> None:
        self.book = book
        self.weights = np.array([lot.weight * lot.total for lot in book.lots])
        self.matrix = _Matrix([], [], [])
        size = len(book.lots) * book.weeks
        self.made, self.sent, self.late = (
            np.arange(size).reshape(-1, book.weeks) + part * size for part in range(3)
        )
        self._order()
        self.rows = {row[:2]: self._resource(*row) for row in used(book)}

    def _order(self) -> None:
        """Nothing is unmade or unsent; what is sent was made; what is due has come or is late."""
        matrix, none = self.matrix, np.zeros(self.book.weeks)
        free = np.full(self.book.weeks, highspy.kHighsInf)
        for k, lot in enumerate(self.book.lots):
            for column in (self.made[k], self.sent[k]):
                self._flow(matrix.open(none, free), column, 1.0)
            rows = matrix.open(none - lot.ready / lot.total, free)
            matrix.put(rows, self.made[k], 1.0)
            matrix.put(rows, self.sent[k], -1.0)
            rows = matrix.open((lot.due - lot.come) / lot.total, free)
            self._come(rows, k, 1.0)
            matrix.put(rows, self.late[k], 1.0)

    def _flow(self, rows: NDArray[np.int64], column: NDArray[np.int64], use: float) -> None:
        """Enter what each week adds to a cumulative column."""
        self.matrix.put(rows, column, use)
        self.matrix.put(rows[1:], column[:-1], -use)

    def _come(self, rows: NDArray[np.int64], k: int, use: float) -> None:
        """Enter what of a lot has come by the end of each week."""
        lot = self.book.lots[k]
        for ago, share in underway(lot.delay):
            if ago < self.book.weeks:
                come = use * share * (1.0 - lot.loss)
                self.matrix.put(rows[ago:], self.sent[k, : self.book.weeks - ago], come)

    def _resource(self, kind: Kind, name: str, there: Floats) -> _Rows:
        """Add the rows by which what is used of a resource is no more than there is."""
        book, matrix = self.book, self.matrix
        uses = np.array([_each(lot, kind, name) * lot.total for lot in book.lots])
        whole: set[int] = set()
        if kind in PURSES:
            # What is under way is paid for first, then advances, whole where there is enough.
            for lot in book.lots:
                each = _each(lot, kind, name)
                there = np.maximum(there - (1.0 - lot.advance) * each * lot.come, 0.0)
            there, whole = _advances(book, kind, name, there)
        scale = max(float(there.max()), float(uses.max()))
        rows = matrix.open(np.full(book.weeks, -highspy.kHighsInf), there / scale)
        for k in np.flatnonzero(uses):
            lot, use = book.lots[k], float(uses[k]) / scale
            if kind == "hours":
                self._flow(rows, self.made[k], use)
            elif kind == "trains":
                self._flow(rows, self.sent[k], use)
            elif kind == "stores":
                matrix.put(rows, self.made[k], use)
            else:
                self._come(rows, int(k), (1.0 - lot.advance) * use)
                # Else the advance is paid at the signature for what will have come by the end.
                paid = rows[max(lot.signed, 0) :]
                for ago, share in underway(lot.delay):
                    if lot.advance and not lot.begun and k not in whole and ago < book.weeks:
                        last = np.full_like(paid, self.sent[k, book.weeks - 1 - ago])
                        matrix.put(paid, last, lot.advance * use * share * (1.0 - lot.loss))
        return slice(int(rows[0]), int(rows[-1]) + 1), scale, float(uses.max()) / scale

    def _model(self) -> highspy.HighsLp:
        book, size = self.book, self.made.size
        shares = np.repeat(self.weights / self.weights.max(), book.weeks)
        storing = np.full(size, _STORING * float(shares.min()))
        most = np.array([_most(lot, book.weeks) for lot in book.lots])
        made, sent = most.transpose(1, 0, 2).reshape(2, size)
        free = np.full(size, highspy.kHighsInf)
        model, matrix = highspy.HighsLp(), self.matrix.compressed(3 * size)
        model.num_col_, model.num_row_ = 3 * size, self.matrix.size
        model.col_cost_ = np.concatenate([storing, -storing, shares])
        model.col_lower_ = np.zeros(3 * size)
        model.col_upper_ = np.concatenate([made, sent, free])
        model.row_lower_ = np.concatenate(self.matrix.low)
        model.row_upper_ = np.concatenate(self.matrix.high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.asarray(matrix.indptr, np.int32)
        model.a_matrix_.index_ = np.asarray(matrix.indices, np.int32)
        model.a_matrix_.value_ = np.asarray(matrix.data, np.float64)
        return model

    def solved(self) -> Solution:
        """The optimum and its duals, in goods and gold."""
        book, highs = self.book, highspy.Highs()
        highs.silent()
        highs.setOptionValue("primal_feasibility_tolerance", _TOLERANCE)
        highs.setOptionValue("dual_feasibility_tolerance", _TOLERANCE)
        highs.passModel(self._model())
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            status = highs.modelStatusToString(highs.getModelStatus())
            raise ModelError(f"the plan of an order book was not solved: {status}")
        solution = highs.getSolution()
        columns = np.reshape(solution.col_value, (3, len(book.lots), book.weeks))
        made, sent, late = columns * np.array([[lot.total] for lot in book.lots])
        duals = np.maximum(-np.array(solution.row_dual), 0.0)
        most, least = float(self.weights.max()), float(self.weights.min())
        worth: dict[Resource, Floats] = {}
        scarce: dict[Resource, NDArray[np.bool_]] = {}
        for (kind, name), (rows, scale, use) in self.rows.items():
            dual = duals[rows]
            if kind in ("stores", *PURSES):
                # More in one week is more in all that follow.
                dual = np.cumsum(dual[::-1])[::-1]
            worth[kind, name] = dual * most / scale
            scarce[kind, name] = dual * use > _SCARCE * least / most
        return Solution(
            book,
            tuple(made),
            tuple(sent),
            tuple(arrived(lot, x) + lot.come for lot, x in zip(book.lots, sent, strict=True)),
            float(sum(lot.weight * x.sum() for lot, x in zip(book.lots, late, strict=True))),
            worth,
            scarce,
        )


def _advances(book: OrderBook, kind: Kind, name: str, there: Floats) -> tuple[Floats, set[int]]:
    """What a buyer pays with [week] less the advances that it can pay whole, and their lots."""
    whole: set[int] = set()
    for k, lot in enumerate(book.lots):
        price = _each(lot, kind, name) * lot.total
        if price and lot.advance and not lot.begun and lot.signed < book.weeks:
            left = there - lot.advance * price * (np.arange(book.weeks) >= lot.signed)
            if left.min() > -TRIFLE * price:
                there = np.maximum(left, 0.0)
                whole.add(k)
    return there, whole


def _most(lot: Lot, weeks: int) -> tuple[Floats, Floats]:
    """The most of a lot, as shares of it, that may be made and sent by each week [week]: no more
    than makes good what is lost on the way, nothing before the signature, and no sooner than it
    is ordered."""
    sent = max(lot.total - float(np.max(lot.come)), 0.0) / (1.0 - lot.loss)
    made = np.minimum(np.broadcast_to(lot.ordered, weeks), max(sent - lot.ready, 0.0))
    made = np.where(np.arange(weeks) <= lot.signed, 0.0, made)
    return made / lot.total, np.full(weeks, sent / lot.total)


def underway(delay: float) -> list[tuple[int, float]]:
    """Whole weeks under way, and the share of a week's dispatch that takes so long.

    >>> underway(1.25)
    [(1, 0.75), (2, 0.25)]
    """
    whole = int(delay)
    part = delay - whole
    return [(ago, share) for ago, share in ((whole, 1.0 - part), (whole + 1, part)) if share]


def arrived(lot: Lot, sent: Floats) -> Floats:
    """What of a lot has come by the end of each week, when `sent` [week] had set out by then."""
    out = np.zeros(len(sent))
    for ago, share in underway(lot.delay):
        if ago < len(sent):
            out[ago:] += (1.0 - lot.loss) * share * sent[: len(sent) - ago]
    return out


def used(book: OrderBook) -> Iterator[tuple[Kind, str, Floats]]:
    """The resources that some lot needs."""
    needed = {resource for lot in book.lots for resource in lot.needs()}
    return (row for row in book.resources() if row[:2] in needed)


def _each(lot: Lot, kind: Kind, name: str) -> float:
    """What one made or sent, or handed over and paid for, takes of a resource."""
    if kind == "stores":
        return lot.takes.get(name, 0.0)
    if kind in PURSES:
        return lot.purses.get((kind, name), 0.0)
    owner, each = (lot.sector, lot.hours) if kind == "hours" else (lot.route, lot.load)
    return each if owner == name else 0.0


def slip(book: OrderBook) -> int | None:
    """By how many weeks every date must move for all to be on time; None if the end is too near."""
    low, high = 0, book.weeks - 1
    if not solve(book.later(high)).on_time:
        return None
    while low < high:
        middle = (low + high) // 2
        if solve(book.later(middle)).on_time:
            high = middle
        else:
            low = middle + 1
    return high
