"""Programs kept on disk between runs, traced and compiled, so that the next run starts at once."""

import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jax
from jax import export
from platformdirs import user_cache_dir


@lru_cache(maxsize=1)
def keep_compiled() -> None:
    """Have JAX keep every compiled program. Call it before the first computation.

    JAX_COMPILATION_CACHE_DIR names another folder. Without a folder that can be written, programs
    are compiled anew in each process, and nothing fails.
    """
    # Left to itself, JAX skips programs that took less than a second to compile.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    # What another version of JAX compiled is of no use to this one.
    folder = Path(user_cache_dir("sinews", appauthor=False, version=jax.__version__))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK | os.X_OK):
        jax.config.update("jax_compilation_cache_dir", str(folder))


def traced(
    name: str,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    results: Any,
    donate: int = 0,
    **how: Any,
) -> Callable[..., Any]:
    """`function` compiled for arguments like these (arrays, or their mere shapes), its trace read
    from disk where it is kept.

    Tracing the week takes longer than simulating a thousand members. `name` tells functions
    apart that enclose different things, `results` has the tree of what the function returns,
    `donate` first arguments may be overwritten, and `how` goes to `jax.jit`.
    """
    leaves, tree = jax.tree.flatten(arguments)
    like = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in leaves]
    about = f"{_code()} {jax.default_backend()} {name} {tree} {like}"
    folder = os.environ.get("JAX_COMPILATION_CACHE_DIR") or getattr(
        jax.config, "jax_compilation_cache_dir", None
    )
    path = Path(folder, f"trace-{sha256(about.encode()).hexdigest()}") if folder else None

    def flat(*xs: Any) -> list[Any]:
        return jax.tree.leaves(function(*jax.tree.unflatten(tree, xs)))

    program = _read(path)
    if program is None:
        program = export.export(jax.jit(flat))(*like)
        _write(path, bytes(program.serialize()))
    first = range(len(jax.tree.leaves(arguments[:donate])))
    call = jax.jit(program.call, donate_argnums=tuple(first), **how).lower(*like).compile()
    shape = jax.tree.structure(results)
    return lambda *given: jax.tree.unflatten(shape, call(*jax.tree.leaves(given)))


@lru_cache(maxsize=1)
def _code() -> str:
    """A fingerprint of JAX and of all code that a kept trace may come from."""
    package = Path(__file__).parent.parent
    rooms = ("model", "policies", "engine")
    files = sorted(path for room in rooms for path in (package / room).glob("*.py"))
    text = b"".join(path.read_bytes() for path in files)
    return sha256(jax.__version__.encode() + text).hexdigest()


def _read(path: Path | None) -> export.Exported | None:
    """A kept trace; none where there is none or it cannot be read."""
    if path is None or not path.is_file():
        return None
    try:
        return export.deserialize(bytearray(path.read_bytes()))
    except Exception:  # whatever a damaged file does to the reader, tracing anew mends it
        return None


def _write(path: Path | None, data: bytes) -> None:
    """Keep a trace, whole or not at all."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError:
        return
