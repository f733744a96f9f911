"""Passwords as they are kept: by scrypt, with a salt of their own."""

import hashlib
import hmac
import secrets

_COST, _BLOCK, _LANES = 2**15, 8, 3
_MEMORY = 64 * 2**20  # scrypt takes 128 x cost x block bytes


def sealed(password: str) -> str:
    """What is kept of a password.

    >>> kept = sealed("correct horse")
    >>> fits("correct horse", kept), fits("correct hors", kept), fits("anything", None)
    (True, False, False)
    """
    salt = secrets.token_bytes(16)
    digest = _digest(password, salt, _COST, _BLOCK, _LANES)
    return f"scrypt {_COST} {_BLOCK} {_LANES} {salt.hex()} {digest.hex()}"


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept. It takes as long where none is (None)."""
    _, cost, block, lanes, salt, digest = (kept or _nobodys()).split()
    found = _digest(password, bytes.fromhex(salt), int(cost), int(block), int(lanes))
    return hmac.compare_digest(found, bytes.fromhex(digest)) and kept is not None


def _digest(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=lanes, maxmem=_MEMORY, dklen=32
    )


def _nobodys() -> str:
    return f"scrypt {_COST} {_BLOCK} {_LANES} {'00' * 16} {'00' * 32}"
