"""What every test has: a place for compiled code, repeatable examples, the baseline option."""

import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent

# Before JAX is imported, and in the environment, so that commands that tests start share it.
# One folder for each worker: two writers of one entry could leave it broken.
COMPILED = ROOT / ".pytest_cache" / "jax" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
# Our own writes are whole or not at all: all workers share them.
os.environ["SINEWS_CACHE_DIR"] = str(ROOT / ".pytest_cache" / "sinews")
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(COMPILED)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
# To have JAX refuse arrays of unequal rank: os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"

hypothesis.settings.register_profile("sinews", deadline=None, print_blob=True)
# In CI the same examples every time: a failure there is the change's own.
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("sinews"), derandomize=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "sinews")


# Files that compile alike are tested by one worker, so that it compiles once.
TOGETHER = {
    "worlds": "diplomacy fog formulas laws luck members policies reference series steps symmetry "
    "trade",
    "border": "analysis cli replace",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for group, rooms in TOGETHER.items():
            own = item.path.stem.removeprefix("test_") in rooms.split()
            if own and item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group(group))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-baseline",
        action="store_true",
        help="write today's headline measures as the new baseline",
    )


@pytest.fixture
def refresh_baseline(request: pytest.FixtureRequest) -> bool:
    """Whether the baseline is to be written anew rather than compared with."""
    return bool(request.config.getoption("--refresh-baseline"))
