"""Where a book is put: a file of a known kind."""

from pathlib import Path

from sinews.analysis.place import unfit, writable_file
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
    writable_file(out)
    return out
