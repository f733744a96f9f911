"""Programs loaded ahead: what the last run of the same words took, while the rest is imported.

This module is light: it imports JAX only once there is something to load.
"""

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from threading import Lock

from platformdirs import user_cache_dir

_NOTES: dict[Path, list[str]] = {}
"""The note of each run that was foreseen in this process, and the programs it took so far."""
_WRITING = Lock()


def folder() -> Path | None:
    """Where programs are kept; None if no folder can be written.

    SINEWS_CACHE_DIR names another folder than the user's own.
    """
    if named := os.environ.get("SINEWS_CACHE_DIR"):
        return Path(named)
    usual = Path(user_cache_dir("sinews", appauthor=False))
    try:
        usual.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return usual if os.access(usual, os.W_OK | os.X_OK) else None


def foresee(*words: str) -> None:
    """Begin to load, in a thread of its own, what the last run of these words took.

    What this run takes is noted for the next. A note that is out of date costs time and does no
    harm: a program is only used where it is asked for.
    """
    home = folder()
    if home is None:
        return
    note = home / f"taken-{sha256(repr(words).encode()).hexdigest()}"
    try:
        names = note.read_text().split()
    except (OSError, ValueError):
        names = []
    if names:
        from sinews.engine.cache import load_ahead

        load_ahead(names)
    _NOTES[note] = []


def took(name: str) -> None:
    """Note a program for the next run of the words that were foreseen."""
    with _WRITING:
        for note, names in _NOTES.items():
            names.append(name)
            put(note, "\n".join(names).encode())


def put(path: Path, data: bytes) -> None:
    """Write a file of the folder, whole or not at all; nothing fails where it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError:
        return
