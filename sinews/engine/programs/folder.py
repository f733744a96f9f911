"""The folder of kept programs, on disk between runs.

To read a program back is to run what is in the file, so each is sealed: it is read only if its seal
was made, under its own name, with a key that nobody but this user can have read or written. Folders
that others may write to do no harm then. The folder never grows beyond MOST.

This module is light: it imports no JAX.
"""

import hmac
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from platformdirs import user_cache_dir

MOST = 200_000_000
"""Bytes that are kept; beyond them, what was not used for longest is dropped."""

_SEAL = sha256().digest_size
_KEY = b"Seals the compiled programs that sinews keeps: "
PROGRAM, NOTE, _PART = "program-", "taken-", "part-"


def folder() -> Path | None:
    """Where programs are kept; None if no folder can be written.

    SINEWS_CACHE_DIR names another folder than the user's own.
    """
    if named := os.environ.get("SINEWS_CACHE_DIR"):
        return Path(named)
    usual = Path(user_cache_dir("sinews", appauthor=False))
    try:
        usual.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return usual if os.access(usual, os.W_OK | os.X_OK) else None


def kept_program(name: str) -> bytes | None:
    """A kept program; None where there is none, or where this user did not write it."""
    home = folder()
    key = _key(home) if home else None
    if home is None or key is None:
        return None
    try:
        path = home / name
        about = path.stat()
        # A pipe would be waited for; the time of last use decides what is dropped.
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST:
            return None
        data = path.read_bytes()
        if not hmac.compare_digest(data[:_SEAL], _seal(key, name, data[_SEAL:])):
            return None
        os.utime(path)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return data[_SEAL:]


def keep_program(name: str, data: bytes) -> None:
    """Keep a program, whole or not at all; nothing fails where it cannot be kept."""
    home = folder()
    if home is None:
        return
    key = _key(home) or _new_key(home)
    if key is not None:
        put_in_folder(home / name, _seal(key, name, data) + data)
        _drop(home)


def put_in_folder(path: Path, data: bytes) -> None:
    """Write a file of the folder, whole or not at all; nothing fails where it cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_PART, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError:
        return


def _seal(key: bytes, name: str, data: bytes) -> bytes:
    """A name is sealed with the program, or one could be put in the place of another."""
    return hmac.digest(key, name.encode() + b"\0" + data, "sha256")


def _key_file(home: Path) -> Path:
    """One a user: root may run programs in another's folder."""
    return home / (f"key-{os.geteuid()}" if os.name == "posix" else "key")


def _key(home: Path) -> bytes | None:
    """The key of this user's seals; None where it is missing, or not surely nobody else's."""
    try:
        with open(_key_file(home), "rb", opener=_itself) as file:
            about = os.fstat(file.fileno())
            ours = os.name != "posix" or (
                about.st_uid == os.geteuid() and not about.st_mode & 0o077
            )
            data = file.read(_SEAL + len(_KEY)) if stat.S_ISREG(about.st_mode) and ours else b""
    except OSError:
        return None
    whole = data.startswith(_KEY) and len(data) == _SEAL + len(_KEY)
    return data.removeprefix(_KEY) if whole else None


def _itself(path: str, flags: int) -> int:
    """Open a file, not what a link leads to, and wait for no pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _new_key(home: Path) -> bytes | None:
    put_in_folder(_key_file(home), _KEY + secrets.token_bytes(_SEAL))
    return _key(home)


def _drop(home: Path) -> None:
    """Keep the folder within bounds: what was not used for longest goes."""
    kept: list[tuple[float, int, Path]] = []
    with suppress(OSError):
        for path in home.iterdir():
            if path.name.startswith((PROGRAM, NOTE, _PART)):
                with suppress(OSError):  # another process may have dropped it
                    about = path.stat()
                    kept.append((about.st_mtime, about.st_size, path))
    kept.sort(reverse=True)
    total = 0
    for _, size, path in kept:
        total += size
        if total > MOST:
            with suppress(OSError):
                path.unlink()
