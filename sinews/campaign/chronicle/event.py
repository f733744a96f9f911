"""An event: something that happened, and all that may be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened in the weeks of a chapter."""

    kind: str
    """Which sentences tell of it."""
    about: str
    """What it happened to, as the scenario calls it."""
    weight: float
    """How much it matters; the greatest give a chapter its title."""
    theme: str
    """Which paragraph it belongs in."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Every name, day and number that its sentences may use."""
