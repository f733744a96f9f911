"""Compiled programs, kept on disk between runs, so that the next run starts at once."""

import os
import pickle
import platform
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import jax
from jax import jit
from jax.errors import JaxRuntimeError
from jax.experimental.serialize_executable import deserialize_and_load, serialize
from jax.stages import Compiled, Lowered
from jaxlib import version as jaxlib

from sinews.engine.programs.ahead import took
from sinews.engine.programs.digest import digest
from sinews.engine.programs.folder import PROGRAM, keep_program, kept_program
from sinews.engine.settings import stated

Options = Mapping[str, bool | str]

_AHEAD: dict[str, Future[Compiled | None]] = {}
"""Programs that are being loaded before anyone asked for them."""
_MADE: dict[str, Compiled] = {}
"""Programs that this process has, by name; other threads that need one wait for it."""
_MAKING: defaultdict[str, Lock] = defaultdict(Lock)


def program(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    results: Any,
    donate: int = 0,
    options: Options | None = None,
) -> Callable[..., Any]:
    """`function` compiled for arguments like these (arrays, or their mere shapes), read from disk
    where it is kept.

    Tracing and compiling the week takes longer than simulating a thousand members. A program is
    known by what is traced: our own functions are told by `digest`, and where others are reached
    the trace itself is, each time. `results` has the tree of what the function returns, the
    `donate` first arguments may be overwritten, and `options` are the compiler's. Without a folder
    that can be written, each process compiles anew, and nothing fails.
    """
    leaves, tree = jax.tree.flatten(arguments)
    like = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in leaves]
    first = tuple(range(len(jax.tree.leaves(arguments[:donate]))))

    def lowered() -> Lowered:
        def flat(*xs: Any) -> list[Any]:
            return jax.tree.leaves(function(*jax.tree.unflatten(tree, xs)))

        # A name that never was, or JAX might take the program from a cache of its own; and what
        # was read from there loses its kernels when it is written again.
        flat.__name__ = f"{PROGRAM}{uuid4().hex}"
        return jit(flat, donate_argnums=first).lower(*like)

    about = f"{_where()} {tree} {like} {first} {sorted((options or {}).items())}"
    with stated():
        found = _found(digest(function), about, lowered, options or {})
    shape = jax.tree.structure(results)

    def call(*given: Any) -> Any:
        with stated():
            return jax.tree.unflatten(shape, found(*jax.tree.leaves(given)))

    return call


def _found(
    known: str | None, about: str, lowered: Callable[[], Lowered], options: Options
) -> Compiled:
    """The program that was made, kept or loaded ahead; or else made now, and kept."""
    traced = None
    if known is None:
        traced = lowered()
        text = traced.as_text()
        if "callback" in text:  # it calls an object of this process, which no name tells
            return _built(traced, options)
        known = sha256(text.replace(_title(text), "").encode()).hexdigest()
    name = f"{PROGRAM}{sha256(f'{known} {about}'.encode()).hexdigest()}"
    with _MAKING[name]:
        if name not in _MADE:
            ahead = _AHEAD.pop(name, None)
            found = ahead.result() if ahead else _read(name)
            if found is None:
                found = _built(traced or lowered(), options)
                _write(name, found)
            _MADE[name] = found
        took(name)
    return _MADE[name]


def _built(lowered: Lowered, options: Options) -> Compiled:
    """The program compiled; without barriers where the compiler cannot keep one, as that of JAX
    0.12 in small worlds: the same numbers to rounding, in more time."""
    known = known_options(options)
    try:
        return lowered.compile(known)
    except JaxRuntimeError as error:
        if "opt-barrier" not in str(error):
            raise
        return lowered.compile({n: v for n, v in known.items() if n != "xla_disable_hlo_passes"})


def load_ahead(names: Sequence[str]) -> None:
    """Begin to load kept programs, one after the other, before anyone asks for them."""
    pool = ThreadPoolExecutor(1)
    _AHEAD.update((name, pool.submit(_read, name)) for name in names)
    pool.shutdown(wait=False)


@lru_cache(maxsize=1)
def _where() -> str:
    """What a program's bits rest on beside what it is compiled from: JAX, and the machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    # What a processor can do: a home folder may be shared by machines that differ.
    able = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    machine = f"{platform.machine()} {platform.processor()} {able}"
    versions = f"{jax.__version__} {jaxlib.__version__}"
    return f"{versions} {os.environ.get('XLA_FLAGS')} {machine}"


def _title(text: str) -> str:
    """The name of a lowered program, which is another each time."""
    return text.split("module @", 1)[1].split(maxsplit=1)[0]


def known_options(options: Options) -> dict[str, bool | str]:
    """Those of the options that the installed compiler has."""
    return {name: value for name, value in options.items() if _has(name, value)}


@lru_cache(maxsize=64)
def _has(option: str, value: bool | str) -> bool:
    """Whether the compiler takes an option, asked with a program of no work."""
    try:
        jit(lambda x: x).lower(0).compile({option: value})
    except JaxRuntimeError as error:
        if "No such compile option" in str(error):
            return False
        raise
    return True


def _read(name: str) -> Compiled | None:
    """A kept program; None where there is none or it cannot be read."""
    data = kept_program(name)
    try:
        return deserialize_and_load(*pickle.loads(data)) if data else None
    except Exception:  # whatever keeps it from being read, compiling anew mends it
        return None


def _write(name: str, made: Compiled) -> None:
    """Keep a program."""
    try:
        data = pickle.dumps(serialize(made))
    except Exception:  # not every backend can give its programs away
        return
    keep_program(name, data)
