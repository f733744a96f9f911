"""Programs loaded ahead: what the last run of the same words took, while the rest is imported.

This module is light: it imports JAX only once there is something to load.
"""

import re
from hashlib import sha256
from pathlib import Path
from threading import Lock

from sinews.engine.programs.folder import NOTE, PROGRAM, folder, put_in_folder

_NOTES: dict[Path, list[str]] = {}
"""The note of each run that was foreseen in this process, and the programs it took so far."""
_WRITING = Lock()
_NAME = re.compile(PROGRAM + "[0-9a-f]{64}")


def foresee(*words: str) -> None:
    """Begin to load, in a thread of its own, what the last run of these words took.

    What this run takes is noted for the next. A note that is out of date costs time and does no
    harm: a program is only used where it is asked for.
    """
    home = folder()
    if home is None:
        return
    noted = home / f"{NOTE}{sha256(repr(words).encode()).hexdigest()}"
    try:
        names = _NAME.findall(noted.read_text())
    except (OSError, ValueError):
        names = []
    if names:
        from sinews.engine.programs.compiled import load_ahead

        load_ahead(names)
    _NOTES[noted] = []


def took(name: str) -> None:
    """Note a program for the next run of the words that were foreseen."""
    with _WRITING:
        for noted, names in _NOTES.items():
            if name not in names:
                names.append(name)
                put_in_folder(noted, "\n".join(names).encode())
