"""Where a book is put: a file of a known kind."""

from pathlib import Path

from sinews.analysis.place import partial_of, unfit
from sinews.campaign.chronicle.book import FORMS
from sinews.errors import require


def form_of(file: Path) -> str:
    """The form of a book by the ending of its file's name."""
    return file.suffix.removeprefix(".").lower()


def book_file(out: Path) -> Path:
    """Where the book goes. Refuses, before anything is played, what cannot be written."""
    known = ", ".join(f"{out.stem}.{form}" for form in FORMS)
    if form_of(out) not in FORMS:
        raise unfit(out, "does not say by its ending what to write", f"write one of {known}")
    if form_of(out) != "md":  # there figures are in words
        require("plots")
    place = out.resolve()
    if place.is_dir():
        raise unfit(out, "is a folder", "name a file")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial_of(place).unlink()
    except OSError as error:
        raise unfit(out, f"cannot be made: {error.strerror}", "name another file") from None
    return out
