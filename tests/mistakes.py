"""Bad scenarios made from good ones, and what the user is told about them."""

from pathlib import Path

import pytest

from sinews.errors import ScenarioError
from sinews.scenario import load

TESTS = Path(__file__).parent

Edit = tuple[str, str]
"""What to replace in a file, once, by what; or, where the first is empty, what to add."""


def bad(folder: Path, good: Path, edits: tuple[Edit, ...]) -> Path:
    """A copy of a scenario with mistakes in it."""
    text = good.read_text("utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1) if old else text + "\n" + new
    path = folder / good.name
    path.write_text(text, "utf-8")
    return path


def told(path: str | Path, options: tuple[str, ...] = ()) -> str:
    """What the user is told about a bad file."""
    with pytest.raises(ScenarioError) as caught:
        load(path, options)
    return str(caught.value)


def same_as_golden(name: str, text: str, refresh: bool) -> None:
    """Messages are as agreed; `pytest --refresh-baseline` with the test's file agrees anew."""
    golden = TESTS / "golden" / f"{name}.txt"
    if refresh:
        golden.write_text(text + "\n", "utf-8")
    assert text + "\n" == golden.read_text("utf-8")
