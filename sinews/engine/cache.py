"""Compiled programs, kept on disk between runs: the second run of a scenario starts at once."""

import os
from functools import lru_cache
from pathlib import Path

import jax
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
