"""Programs kept on disk: a kept one is the function again, and a damaged one does no harm."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from sinews.engine import ahead, cache
from sinews.engine.cache import program

GIVEN = (np.array([3.0], np.float32), np.ones(4, np.float32))


def doubled(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    """Several kernels, so that one that lost them is found out."""
    return 2.0 * pair[0], jnp.sum(jnp.sort(pair[1]) * jnp.cumsum(pair[1])) / 2.5


def run(given: tuple[np.ndarray, np.ndarray] = GIVEN) -> tuple[float, float]:
    first, second = program("doubled", doubled, (given,), (True, True))(given)
    return float(first[0]), float(second)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SINEWS_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was compiled, in order."""
    made: list[Any] = []
    monkeypatch.setattr(cache, "jit", lambda f, **how: made.append(f) or jax.jit(f, **how))
    return made


def kept(home: Path) -> list[Path]:
    return sorted(home.glob("program-*"))


def test_a_kept_program_is_read_back_and_a_damaged_one_made_anew(home: Path, compiles: list[Any]):
    assert run() == (6.0, 4.0)
    (file,) = kept(home)
    before = file.read_bytes()
    assert run() == (6.0, 4.0) and len(compiles) == 1
    for damaged in (before[: len(before) // 2], before[:-1] + b"?", b""):
        file.write_bytes(damaged)
        assert run() == (6.0, 4.0)
        assert file.stat().st_size > len(before) // 2
    assert len(compiles) == 4
    # Other shapes are another program.
    assert run((np.array([3.0, 1.0], np.float32), np.ones(5, np.float32))) == (6.0, 6.0)
    assert len(kept(home)) == 2


def test_a_program_made_again_keeps_its_kernels(home: Path, compiles: list[Any]):
    # JAX has a cache of its own in these tests, and what it hands out cannot be written again.
    for _ in range(2):
        assert run() == (6.0, 4.0)
        kept(home)[0].unlink()
    assert run() == run() == (6.0, 4.0) and len(compiles) == 3


def test_a_folder_that_cannot_be_written_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SINEWS_CACHE_DIR", str(tmp_path / "file" / "folder"))
    ahead.foresee("run", "anything")
    assert run() == (6.0, 4.0)


def test_what_a_run_took_is_loaded_ahead_the_next_time(
    home: Path, compiles: list[Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ahead, "_NOTES", {})
    monkeypatch.setattr(cache, "_AHEAD", {})
    ahead.foresee("run", "peace")
    assert run() == (6.0, 4.0) and not cache._AHEAD
    (note,) = home.glob("taken-*")
    assert note.read_text() == kept(home)[0].name
    ahead._NOTES.clear()
    ahead.foresee("run", "war")
    assert not cache._AHEAD
    ahead.foresee("run", "peace")
    (loaded,) = cache._AHEAD.values()
    assert loaded.result() is not None
    kept(home)[0].unlink()
    assert run() == (6.0, 4.0) and len(compiles) == 1


def test_a_note_that_makes_no_sense_does_no_harm(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ahead, "_NOTES", {})
    monkeypatch.setattr(cache, "_AHEAD", {})
    ahead.foresee("run", "peace")
    run()
    (note,) = home.glob("taken-*")
    for nonsense in (b"program-gone ../../elsewhere", b"\xff\xfe\x00", b""):
        note.write_bytes(nonsense)
        ahead.foresee("run", "peace")
        assert run() == (6.0, 4.0)
