"""The scenario of the council with something left open in each of its drafts."""

from pathlib import Path

from mistakes import TESTS

COUNCIL = TESTS / "scenarios" / "council.toml"
OPEN = """
[contract.lorries.negotiable]
price = { low = "8 t", high = "40 t" }
goods = { lorry = {}, steel = {} }
advance = { low = 0, high = "50 %" }
penalty = {}
from = {}
until = { low = 1941-09-01, high = 1941-11-24 }

[agreement.friendship.negotiable]
gold.midland = { low = 0, high = "40 t", source = "tale", kind = "story", note = "all that it had" }
inspects = {}
until = {}
teams = {}
ceiling."midland>steppe" = { men = { low = "60 k", high = "160 k" }, until = {}, steps = {} }
ceiling."ostland>steppe".men = {}
"""


def haggling(folder: Path) -> Path:
    """The council's scenario with terms."""
    path = folder / "council.toml"
    path.write_text(COUNCIL.read_text("utf-8") + OPEN, "utf-8")
    return path
