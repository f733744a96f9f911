"""The addresses of every page of a campaign of the scenarios "council" and "two"."""

from collections.abc import Callable

from sinews.campaign.ledger.books import BOOKS
from sinews.web.context import address

# Those outside any campaign.
OUTSIDE = ("/", "/s/beijing-1941", "/upload", "/settings", "/help", "/nothing")


def inside(number: int, turn: int, branch: int = 1) -> list[str]:
    """Those of a campaign that stands at a turn: the open one's, and those of earlier days."""

    def at(page: str, **query: object) -> str:
        return address(number, branch, page, **query)

    days: list[Callable[..., str]] = [at]
    if turn > 1:
        days.append(lambda page: at(page, at=turn - 1))
    numbers = ("front:border", "gold:midland", "force:midland:steppe")
    dated = [
        "map",
        "theatre/border",
        "theatre/steppe",
        *(f"ledger/{book}" for book in BOOKS),
        *(f"number/{name}" for name in numbers),
        "estimates",
        "council",
    ]
    return [
        *(at(f"chronicle/{n}") for n in range(1, turn + 1)),
        *(each(page) for each in days for page in dated),
        at("council", submit=1),
        *(at(page) for page in ("contents", "branches", "runs", "export", "seats")),
    ]
