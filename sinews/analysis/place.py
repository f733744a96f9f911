"""Where a user's file goes: written whole or not at all, and what cannot be written refused."""

import os
import tempfile
from pathlib import Path

from sinews.errors import Mistake, ScenarioError, shown


def unfit(out: Path, problem: str, remedy: str) -> ScenarioError:
    """A place that a page, a book or a folder cannot be written to."""
    return ScenarioError(
        str(out), [Mistake("--out", problem, remedy=remedy, value=shown(str(out)))]
    )


def writable_file(out: Path) -> None:
    """Refuses, before the work that it is for is done, what cannot be written."""
    place = out.resolve()
    if place.is_dir():
        raise unfit(out, "is a folder", "name a file")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial_of(place).unlink()
    except OSError as error:
        raise unfit(out, f"cannot be made: {error.strerror}", "name another file") from None


def partial_of(place: Path) -> Path:
    """An empty file beside a place."""
    handle, name = tempfile.mkstemp(".partial", f".{place.name}-", place.parent)
    os.close(handle)
    return Path(name)


def put(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    place = file.resolve()
    partial: Path | None = None
    try:
        partial = partial_of(place)
        partial.write_bytes(content)
        partial.chmod(0o644)  # as any file; mkstemp's are for one user only
        partial.replace(place)
    except OSError as error:
        problem = f"could not be written: {error.strerror}"
        raise unfit(file, problem, "make room or name another file") from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
