"""Settings of JAX that others made, and processes that were forked: neither may change a result.

What JAX's variables or another library set for the whole process (64 bits, no compiling, another
generator) is stated anew around everything that the engine does, in its own threads alone. What
cannot be stated so is refused in words. This module is light: it imports JAX when it is needed.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from sinews.errors import Mistake, ScenarioError

# What JAX is like where nobody set anything: each is a context of JAX's own.
_STATED: dict[str, Any] = {
    "enable_x64": False,
    "disable_jit": False,
    "default_matmul_precision": None,
    "default_prng_impl": "threefry2x32",
    "threefry_partitionable": True,
    "enable_custom_prng": False,
    "legacy_prng_key": "allow",
    "numpy_dtype_promotion": "standard",
    "numpy_rank_promotion": "allow",
    "allow_f16_reductions": True,
    "softmax_custom_jvp": False,
    "debug_nans": False,
    "debug_infs": False,
    "debug_key_reuse": False,
    "enable_checks": False,
    "no_tracing": False,
    "no_execution": False,
    "thread_guard": False,
    "transfer_guard": "allow",
}
# What has no such context, and changes results or their last bits.
_REFUSED: dict[str, Any] = {
    "jax_random_seed_offset": 0,
    "jax_disable_most_optimizations": False,
    "jax_optimization_level": "UNKNOWN",
    "jax_exec_time_optimization_effort": 0.0,
    "jax_xla_profile_version": 0,
}
# Flags of XLA's that leave a CPU's results alone; others may change them.
_HARMLESS = (
    "--xla_force_host_platform_device_count",
    "--xla_dump",
    "--xla_gpu",
    "--xla_tpu",
)
# JAX's variables about its messages and its own cache.
_KEPT = ("JAX_LOG", "JAX_TRACEBACK", "JAX_COMPILATION_CACHE", "JAX_PERSISTENT_CACHE")


def alone() -> None:
    """Drop what the environment sets for other programs that use JAX: this process runs ours alone.

    To be called before JAX is imported; afterwards it does nothing.
    """
    if "jax" in sys.modules:
        return
    for name in list(os.environ):
        if name == "XLA_FLAGS" or (name.startswith("JAX_") and not name.startswith(_KEPT)):
            del os.environ[name]
    os.environ["JAX_PLATFORMS"] = "cpu"


def stated() -> ExitStack:
    """A context in which JAX works as if nobody had set anything, on the CPU.

    Raises ScenarioError where that cannot be: in a child forked from a process that used JAX, or
    if something is set that no context overrides.
    """
    import jax

    if _forked:
        problem = "this process was forked from one that had used JAX, and would wait for ever"
        remedy = (
            "begin the pool with get_context('spawn'), or leave it out: one call uses all cores"
        )
        raise ScenarioError("simulate", [Mistake("multiprocessing", problem, "", remedy)])
    mistakes, cpu = list(_unsuited(jax.config)), None
    try:
        cpu = jax.devices("cpu")[0]
    except (RuntimeError, AssertionError) as error:
        said = str(error).partition("\n")[0]
        mistakes.append(
            Mistake(
                "JAX_PLATFORMS",
                f"leaves JAX without the CPU, on which sinews runs: {said}",
                "",
                "unset it, or write JAX_PLATFORMS=cpu",
                str(getattr(jax.config, "jax_platforms", "")),
            )
        )
    if mistakes:
        raise ScenarioError("settings of JAX", mistakes)
    stack = ExitStack()
    for name, value in _STATED.items():
        stack.enter_context(getattr(jax, name)(value))
    stack.enter_context(jax.default_device(cpu))
    return stack


def _unsuited(config: Any) -> Iterator[Mistake]:
    """What is set that would change results, and that no context overrides."""
    flags = [f for f in os.environ.get("XLA_FLAGS", "").split() if not f.startswith(_HARMLESS)]
    if flags:
        problem = "holds flags that may change results"
        yield Mistake("XLA_FLAGS", problem, "", "unset it before Python starts", " ".join(flags))
    for name, usual in _REFUSED.items():
        value = getattr(config, name, usual)
        if value != usual:
            problem = f"changes results; it is usually {usual}"
            remedy = f'unset {name.upper()}, or write jax.config.update("{name}", {usual!r})'
            yield Mistake(name, problem, "", remedy, str(value))


_forked = False


def _after_fork() -> None:
    """JAX's threads stay behind in the parent: whatever it had begun, a child waits for."""
    global _forked
    bridge = sys.modules.get("jax._src.xla_bridge")
    _forked = _forked or (bridge is not None and bridge.backends_are_initialized())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
