"""Where a book is put: a file of a known kind, written whole or not at all."""

import os
import tempfile
from pathlib import Path

from sinews.campaign.chronicle.book import FORMS
from sinews.errors import Mistake, ScenarioError, shown


def form_of(file: Path) -> str:
    """The form of a book by the ending of its file's name."""
    return file.suffix.removeprefix(".").lower()


def file_of(out: Path) -> Path:
    """Where the book goes. Refuses, before anything is played, what cannot be written."""
    known = ", ".join(f"{out.stem}.{form}" for form in FORMS)
    if form_of(out) not in FORMS:
        raise _unfit(out, "does not say by its ending what to write", f"write one of {known}")
    place = out.resolve()
    if place.is_dir():
        raise _unfit(out, "is a folder", "name a file")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _partial(place).unlink()
    except OSError as error:
        raise _unfit(out, f"cannot be made: {error.strerror}", "name another file") from None
    return out


def write(file: Path, content: bytes) -> None:
    """Write the book, whole or not at all."""
    place = file.resolve()
    partial: Path | None = None
    try:
        partial = _partial(place)
        partial.write_bytes(content)
        partial.chmod(0o644)  # as any file; mkstemp's are for one user only
        partial.replace(place)
    except OSError as error:
        problem = f"could not be written: {error.strerror}"
        raise _unfit(file, problem, "make room or name another file") from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _partial(place: Path) -> Path:
    """An empty file beside a place."""
    handle, name = tempfile.mkstemp(".partial", f".{place.name}-", place.parent)
    os.close(handle)
    return Path(name)


def _unfit(out: Path, problem: str, remedy: str) -> ScenarioError:
    mistake = Mistake("--out", problem, remedy=remedy, value=shown(str(out)))
    return ScenarioError(str(out), [mistake])
