"""Compiled programs kept on disk between runs, so that the next run starts at once."""

import os
import pickle
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import jax
from jax import jit
from jax.experimental.serialize_executable import deserialize_and_load, serialize
from jax.stages import Compiled
from jaxlib import version as jaxlib

from sinews.engine.ahead import folder, put, took

_AHEAD: dict[str, Future[Compiled | None]] = {}
"""Programs that are being loaded before anyone asked for them."""


def program(
    name: str,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    results: Any,
    donate: int = 0,
    **how: Any,
) -> Callable[..., Any]:
    """`function` compiled for arguments like these (arrays, or their mere shapes), read from disk
    where it is kept.

    Tracing and compiling the week takes longer than simulating a thousand members. `name` tells
    functions apart that enclose different things, `results` has the tree of what the function
    returns, `donate` first arguments may be overwritten, and `how` goes to `jax.jit`. Without a
    folder that can be written, each process compiles anew, and nothing fails.
    """
    leaves, tree = jax.tree.flatten(arguments)
    like = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in leaves]
    about = f"{_where()} {name} {tree} {like} {donate} {sorted(how.items())}"
    file = f"program-{sha256(about.encode()).hexdigest()}"

    def flat(*xs: Any) -> list[Any]:
        return jax.tree.leaves(function(*jax.tree.unflatten(tree, xs)))

    ahead = _AHEAD.pop(file, None)
    found = ahead.result() if ahead else _read(file)
    if found is None:
        # A name that never was, or JAX might take the program from a cache of its own; and what
        # was read from there loses its kernels when it is written again.
        flat.__name__ = f"{file}-{uuid4().hex}"
        first = range(len(jax.tree.leaves(arguments[:donate])))
        found = jit(flat, donate_argnums=tuple(first), **how).lower(*like).compile()
        _write(file, found)
    took(file)
    shape, call = jax.tree.structure(results), found
    return lambda *given: jax.tree.unflatten(shape, call(*jax.tree.leaves(given)))


def load_ahead(files: Sequence[str]) -> None:
    """Begin to load kept programs, one after the other, before anyone asks for them."""
    pool = ThreadPoolExecutor(1)
    _AHEAD.update((file, pool.submit(_read, file)) for file in files)
    pool.shutdown(wait=False)


@lru_cache(maxsize=1)
def _where() -> str:
    """A fingerprint of all that a program's bits rest on beside what it is compiled from: our own
    code, JAX, and the machine."""
    package = Path(__file__).parent.parent
    rooms = ("model", "policies", "engine")
    files = sorted(path for room in rooms for path in (package / room).glob("*.py"))
    code = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    # What a processor can do: a home folder may be shared by machines that differ.
    able = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    machine = f"{platform.machine()} {platform.processor()} {able} {jax.devices()[0].device_kind}"
    versions = f"{jax.__version__} {jaxlib.__version__}"
    return f"{code} {versions} {os.environ.get('XLA_FLAGS')} {machine}"


# A damaged program might be run before it is found out: a kept one begins with its own digest.
_DIGEST = sha256().digest_size


def _read(file: str) -> Compiled | None:
    """A kept program; None where there is none or it cannot be read."""
    home = folder()
    try:
        data = (home / file).read_bytes() if home else b""
        if sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
            return None
        return deserialize_and_load(*pickle.loads(data[_DIGEST:]))
    except Exception:  # whatever keeps it from being read, compiling anew mends it
        return None


def _write(file: str, made: Compiled) -> None:
    """Keep a program, whole or not at all."""
    home = folder()
    if home is None:
        return
    try:
        data = pickle.dumps(serialize(made))
    except Exception:  # not every backend can give its programs away
        return
    put(home / file, sha256(data).digest() + data)
