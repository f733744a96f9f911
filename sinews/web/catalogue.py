"""Scenarios as the library offers them: those that are shipped, and those that a reader brought."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sinews.campaign.store.shelf import Upload
from sinews.errors import Mistake, ScenarioError
from sinews.scenario.load import LIBRARY, library, load, load_text

if TYPE_CHECKING:
    from sinews.scenario import Scenario

UPLOAD = "upload-"  # what the address of one that was brought begins with
# Up to these a scenario fits into a server's memory, and its record into a store.
_MOST = {"weeks": 520, "power": 40, "theatre": 80, "item": 60}


@dataclass(frozen=True)
class CatalogueEntry:
    """What the library says of a scenario, read from its text without checking it."""

    name: str
    title: str
    summary: str
    tags: tuple[str, ...]
    start: date | None
    weeks: int
    player: str
    """The title of the power whose council it is; empty if it names none."""
    place: str
    """The last part of its address."""
    brought: bool

    @property
    def end(self) -> date | None:
        """The last day."""
        return self.start + timedelta(weeks=self.weeks) if self.start else None


def offers(uploads: list[Upload]) -> list[CatalogueEntry]:
    """Every scenario that a reader may open: first those with a council, then those that they
    brought, then the others."""
    shipped = [_shipped(name) for name in library()]
    own = [_brought(upload) for upload in uploads]
    alone = [each for each in shipped if not each.player]
    return [*(each for each in shipped if each.player), *own, *alone]


def read_upload(text: bytes, name: str) -> Scenario:
    """A scenario that was brought. Raises ScenarioError with every mistake in it."""
    # Nothing lies beside it: no file of this machine is taken for its posterior.
    found = load_text(text, os.path.join(os.devnull, f"{name}.toml"))
    counts = (found.weeks, len(found.powers), len(found.theatres), len(found.items))
    mistakes = [
        Mistake(path, "is more than a server simulates", f"it may be up to {most}", "", str(count))
        for (path, most), count in zip(_MOST.items(), counts, strict=True)
        if count > most
    ]
    if mistakes:
        raise ScenarioError(f"{name}.toml", mistakes)
    return found


@lru_cache(16)
def checked_scenario(name: str, text: str | None) -> Scenario:
    """A scenario, shipped or (its text given) brought, read and checked."""
    return load(name) if text is None else read_upload(text.encode(), name)


@lru_cache
def _shipped(name: str) -> CatalogueEntry:
    raw = tomllib.loads((LIBRARY / f"{name}.toml").read_text("utf-8"))
    below = raw.get("extends")
    if below:
        raw = _laid_over(tomllib.loads((LIBRARY / f"{below}.toml").read_text("utf-8")), raw)
    return _offer(raw, name, name, False)


def _brought(upload: Upload) -> CatalogueEntry:
    return _read_text(upload.text, upload.name, f"{UPLOAD}{upload.id}")


@lru_cache(64)
def _read_text(text: str, name: str, place: str) -> CatalogueEntry:
    try:
        scenario = read_upload(text.encode(), name)
    except ScenarioError:  # it was sound for the sinews that it was brought to
        return CatalogueEntry(
            name, name, "It cannot be read by this sinews.", (), None, 0, "", place, True
        )
    player = scenario.powers[scenario.player].title if scenario.player else ""
    return CatalogueEntry(
        name,
        scenario.title,
        scenario.summary,
        tuple(getattr(scenario, "tags", ())),
        scenario.start,
        scenario.weeks,
        player or scenario.player or "",
        place,
        True,
    )


def _laid_over(base: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario's head over that of the one that it extends."""
    powers = {**base.get("power", {}), **raw.get("power", {})}
    return {**base, **raw, "power": powers}


def _offer(raw: Mapping[str, Any], name: str, place: str, brought: bool) -> CatalogueEntry:
    player = raw.get("player", "")
    return CatalogueEntry(
        name,
        raw.get("title", name),
        raw.get("summary", ""),
        tuple(raw.get("tags", ())),
        raw["start"],
        raw["weeks"],
        raw["power"].get(player, {}).get("title", player),
        place,
        brought,
    )
