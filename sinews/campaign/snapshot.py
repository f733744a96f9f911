"""A campaign's scenario as it was when the campaign began: its text and its posterior.

The store keeps both, so that a scenario that is edited or fitted anew later changes no campaign.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from hashlib import sha256
from pathlib import Path
from typing import Any

from sinews.campaign.store import Snapshot
from sinews.errors import Mistake, ScenarioError
from sinews.scenario import Scenario, load_text


def taken(scenario: Scenario, started: str) -> Snapshot:
    """The snapshot of a scenario."""
    beside = scenario.path.with_suffix(".posterior.csv")
    posterior = beside.read_text("utf-8") if beside.is_file() else ""
    text = scenario.content.decode()
    return Snapshot(scenario.path.name, scenario.title, text, posterior, started)


def digests(snapshot: Snapshot) -> dict[str, str]:
    """What a campaign's first entry says of its scenario, to know it again by."""
    return {
        "scenario": sha256(snapshot.scenario.encode()).hexdigest(),
        "posterior": sha256(snapshot.posterior.encode()).hexdigest(),
    }


def restored(snapshot: Snapshot, says: dict[str, Any], place: str, owner: object) -> Scenario:
    """The scenario of a campaign whose first entry says so. Its posterior lies in a folder of its
    own for as long as `owner` lives. Raises ScenarioError if it is not what it was."""
    for part, digest in digests(snapshot).items():
        if digest != says[part]:
            problem = f"the {part} kept with the campaign is damaged: it is not what it was"
            remedy = "restore the store from a copy"
            raise ScenarioError(place, [Mistake("store", problem, "nothing was changed", remedy)])
    path = Path(snapshot.file)
    if snapshot.posterior:
        folder = Path(tempfile.mkdtemp(prefix="sinews-"))
        weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
        path = folder / path.name
        path.with_suffix(".posterior.csv").write_text(snapshot.posterior, "utf-8")
    return load_text(snapshot.scenario.encode(), str(path), says["options"])
