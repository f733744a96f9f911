"""Small curves: numbers week by week as points of a line, 100 wide and 24 high."""

from __future__ import annotations

from collections.abc import Sequence

_WIDE, _HIGH, _EDGE = 100.0, 24.0, 2.0
_MOST = 120  # points; more cannot be told apart


def spark(values: Sequence[float]) -> str:
    """The points of a curve through values; empty if there are fewer than two.

    >>> spark([0.0, 5.0, 10.0])
    '0,22 50,12 100,2'
    >>> spark([3.0, 3.0])
    '0,12 100,12'
    """
    if len(values) < 2:
        return ""
    step = -(-len(values) // _MOST)
    kept = [*values[:-1:step], values[-1]]
    low, high = min(kept), max(kept)
    tall = _HIGH - 2 * _EDGE

    def up(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(_HIGH - _EDGE - tall * share, 1)

    last = len(kept) - 1
    return " ".join(f"{round(_WIDE * i / last, 1):g},{up(v):g}" for i, v in enumerate(kept))
