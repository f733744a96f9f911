"""What a worker is asked to do, each job under a key made of what it follows from.

So that a page that is loaded twice, two tabs, and the worker that thinks ahead share one job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sinews.campaign.store import Job, Store

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign


def asked(game: Campaign, kind: str, by: int = 0, later: bool = False, **says: Any) -> Job:
    """Something asked for a seat of a campaign: paper, advance, keep, estimates, figures, book."""
    key = key_of(game, kind, **says)
    # Who asks for what was made before has not found it kept: it is made anew.
    again = kind not in ("advance", "book")
    place = game.number, game.line, game.power
    return game.store.jobs.ask(*place, kind, says, key, by, later, again)


def key_of(game: Campaign, kind: str, **says: Any) -> str:
    """The key of such a job."""
    return f"{kind} {game.number} {game.line} {_follows_from(game, kind, says)}"


def asked_to_start(store: Store, says: dict[str, Any], key: str, by: int = 0) -> Job:
    """A new campaign asked for: {library | upload, seed, powers, rules, weeks}."""
    return store.jobs.ask(None, None, None, "start", says, f"start {by} {key[:80]}", by)


def _follows_from(game: Campaign, kind: str, says: dict[str, Any]) -> str:
    match kind:
        case "advance":
            return f"turn {says['turn']}"
        case "book" | "keep":
            return f"turn {game.turn}"
        case "paper":
            head = game.store.log(game.number, game.line)[-1]
            return f"{game.power} {says['item']} {head.digest}"
        case _:
            words = " ".join(f"{name}={says[name]}" for name in sorted(says))
            return f"{game.power} {words}"
