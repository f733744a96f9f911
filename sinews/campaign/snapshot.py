"""A campaign's scenario as it was when the campaign began: its text and its posterior.

The store keeps both, so that a scenario that is edited or fitted anew later changes no campaign.
What was read once is at hand for as long as the program runs: reading a scenario takes longer than
anything else on the way to a page.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sinews.campaign.store import Snapshot
from sinews.engine.posterior import file_of
from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario, load_text

AT_HAND = 24  # scenarios, with and without decisions


def snapshot_of(scenario: Scenario, started: str) -> Snapshot:
    """The snapshot of a scenario."""
    beside = file_of(scenario)
    posterior = beside.read_text("utf-8") if beside.is_file() else ""
    text = scenario.content.decode()
    return Snapshot(scenario.path.name, scenario.title, text, posterior, started)


def digests(snapshot: Snapshot) -> dict[str, str]:
    """What a campaign's first entry says of its scenario, to know it again by."""
    return {
        "scenario": sha256(snapshot.scenario.encode()).hexdigest(),
        "posterior": sha256(snapshot.posterior.encode()).hexdigest(),
    }


def seated(says: dict[str, Any]) -> tuple[str, ...]:
    """The seats of a campaign whose first entry says so."""
    # Before there were seats, one power played.
    return tuple(says.get("powers", [says["power"]]))


def restored(snapshot: Snapshot, says: dict[str, Any], place: str) -> Scenario:
    """The scenario of a campaign whose first entry says so. Raises ScenarioError if it is not what
    it was."""
    found = digests(snapshot)
    for part, digest in found.items():
        if digest != says[part]:
            problem = f"the {part} kept with the campaign is damaged: it is not what it was"
            remedy = "restore the store from a copy"
            raise ScenarioError(place, [Mistake("store", problem, "nothing was changed", remedy)])
    # Its posterior is looked for beside it: in a folder of its own.
    path = _folder() / found["posterior"][:16] / Path(snapshot.file).name
    options, powers = tuple(says["options"]), seated(says)

    def read() -> Scenario:
        if snapshot.posterior:
            path.parent.mkdir(exist_ok=True)
            path.with_suffix(".posterior.csv").write_text(snapshot.posterior, "utf-8")
        scenario = load_text(snapshot.scenario.encode(), str(path), options)
        return replace(scenario, played=powers)

    return _at_hand((found["scenario"], str(path), options, powers), read)


def with_decisions(scenario: Scenario, names: Iterable[str]) -> Scenario:
    """A restored scenario with more options in it, each NAME@DATE."""
    chosen = tuple(names)
    if not chosen:
        return scenario
    return _at_hand((*known_by(scenario), chosen), lambda: scenario.with_options(chosen))


def known_by(scenario: Scenario) -> tuple[Any, ...]:
    """What one restored scenario is told from another by."""
    return scenario.text, str(scenario.path), scenario.applied, scenario.played


_HELD: OrderedDict[Any, Scenario] = OrderedDict()
_HOLDING = threading.Lock()


def _at_hand(key: Any, read: Callable[[], Scenario]) -> Scenario:
    with _HOLDING:
        if key in _HELD:
            _HELD.move_to_end(key)
            return _HELD[key]
    found = read()
    with _HOLDING:
        _HELD[key] = found
        while len(_HELD) > AT_HAND:
            _HELD.popitem(last=False)
    return found


@cache
def _folder() -> Path:
    """Where posteriors lie while the program runs."""
    folder = tempfile.mkdtemp(prefix="sinews-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
