"""What workers are asked to do, and what each kind of job does.

A job has a key made of what it follows from, so that a page that is loaded twice, two tabs, and the
worker that thinks ahead share one. Done again, it changes nothing and gives the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sinews.campaign.store import Job, Store

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign
    from sinews.campaign.staff import Progress

Plain = dict[str, Any]


def ask_for(game: Campaign, kind: str, by: int = 0, later: bool = False, **says: Any) -> Job:
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


def _start(store: Store, job: Job, told: Progress) -> Plain:
    from sinews.campaign.played import Campaign

    says = job.says
    number = store.begun(job.key)  # a worker may have died just after it began it
    if number is None:
        told(0, 1, "Reading the scenario")
        number = Campaign.start(
            _scenario(store, job),
            says.get("seed", 1),
            store=store,
            powers=says.get("powers"),
            rules=bool(says.get("rules")),
            key=job.key,
        ).number
    if job.by:
        store.people.own(number, job.by)
    game = Campaign.open(store, number, 1)
    if job.by and game.powers:
        store.people.sit(number, game.powers[0], job.by)
    game.keep(told)
    if says.get("rules"):
        ask_for(game, "book", job.by)
    _think_ahead(store, game)
    return {"campaign": number}


def _scenario(store: Store, job: Job):
    from sinews.web.catalogue import checked_scenario

    if "upload" in job.says:
        upload = store.uploads.upload(job.says["upload"], job.by)
        return checked_scenario(upload.name, upload.text)
    return checked_scenario(job.says["library"], None)


def _paper(store: Store, job: Job, told: Progress) -> Plain:
    game = _game(store, job)
    if job.says["item"] in game.agenda:  # it may have been decided since this was asked for
        game.brief([job.says["item"]], told)
    return {}


def _advance(store: Store, job: Job, told: Progress) -> Plain:
    game = _game(store, job)
    made = game.advance(job.says.get("weeks"), job.key, told)
    _think_ahead(store, game)
    return {"turn": made["turn"]}


def _book(store: Store, job: Job, told: Progress) -> Plain:
    game = _game(store, job)
    first = game.date
    whole = (game.scenario.end - first).days

    def reading(*_: object) -> None:
        told((game.date - first).days, whole, f"Chapter {game.turn} is being lived")

    while not game.over:
        game.advance(key=f"{job.key} {game.turn}", progress=reading)
    ask_for(game, "figures", later=True, turn=None)
    return {"turn": game.turn}


def _keep(store: Store, job: Job, told: Progress) -> Plain:
    _game(store, job).keep(told)
    return {}


def _estimates(store: Store, job: Job, told: Progress) -> Plain:
    _game(store, job).estimates(job.says.get("turn"), told, make=True)
    return {}


def _figures(store: Store, job: Job, told: Progress) -> Plain:
    from sinews.campaign.chronicle import figures

    game, turn = _game(store, job), job.says.get("turn")
    turns = [turn] if turn else range(1, game.turn + 1)
    for done, each in enumerate(turns):
        told(done, len(turns), f"The figures of chapter {each}")
        figures.keep_figures(game, each)
    return {}


def _export(store: Store, job: Job, told: Progress) -> Plain:
    from sinews.campaign.chronicle import book

    book.keep_book(_game(store, job), job.says["form"], told)
    return {}


TASKS: dict[str, Callable[[Store, Job, Progress], Plain]] = {
    "start": _start,
    "paper": _paper,
    "advance": _advance,
    "keep": _keep,
    "estimates": _estimates,
    "figures": _figures,
    "book": _book,
    "export": _export,
}


def _game(store: Store, job: Job) -> Campaign:
    from sinews.campaign.played import Campaign

    assert job.campaign is not None  # all but `start` are about one
    return Campaign.open(store, job.campaign, job.branch, power=job.power)


def _think_ahead(store: Store, game: Campaign) -> None:
    """Ask for what the next council will want to see, behind all that somebody waits for."""
    from sinews.campaign.played import Campaign

    for power in game.powers or (None,):
        seat = Campaign.open(store, game.number, game.line, power=power)
        for item in seat.agenda:
            if seat.paper(item) is None:
                ask_for(seat, "paper", later=True, item=item)
        ask_for(seat, "figures", later=True, turn=seat.turn)
