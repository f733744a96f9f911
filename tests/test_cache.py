"""Programs kept on disk: a kept trace is the function again, and a damaged one does no harm."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from sinews.engine.cache import traced


def doubled(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    return 2.0 * pair[0], jnp.sum(pair[1])


def run(given: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    first, second = traced("doubled", doubled, (given,), (True, True))(given)
    return float(first[0]), float(second)


def test_a_kept_trace_is_read_back_and_a_damaged_one_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    given = (np.array([3.0], np.float32), np.ones(4, np.float32))
    assert run(given) == (6.0, 4.0)
    (kept,) = tmp_path.glob("trace-*")
    before = kept.read_bytes()
    assert run(given) == (6.0, 4.0) and kept.read_bytes() == before
    kept.write_bytes(before[: len(before) // 2])
    assert run(given) == (6.0, 4.0)
    assert kept.stat().st_size == len(before)
    # Other shapes are another trace.
    assert run((np.array([3.0, 1.0], np.float32), np.ones(5, np.float32))) == (6.0, 5.0)
    assert len(list(tmp_path.glob("trace-*"))) == 2


def test_a_folder_that_cannot_be_written_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "file" / "folder"))
    assert run((np.array([3.0], np.float32), np.ones(4, np.float32))) == (6.0, 4.0)
