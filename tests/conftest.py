"""What every test has: a place for compiled code, repeatable examples, the baseline option."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent

# Before JAX is imported, and in the environment, so that commands that tests start share it.
# One folder for each worker: two writers of one entry could leave it broken.
COMPILED = ROOT / ".pytest_cache" / "jax" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
# Our own writes are whole or not at all: all workers share them.
os.environ["SINEWS_CACHE_DIR"] = str(ROOT / ".pytest_cache" / "sinews")
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(COMPILED)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
# Programs are compiled in a third of the time and run hardly slower, JAX's own small ones in half
# the time. JAX reads this once, and `quick_compiler` takes it back: sinews refuses such flags.
QUICK = ["--xla_backend_optimization_level=0"]
if version("jaxlib") < "0.12":  # which has no other emitters, and dies of a flag that it lacks
    QUICK.append("--xla_cpu_use_fusion_emitters=false")
os.environ["XLA_FLAGS"] = " ".join(QUICK)
# To have JAX refuse arrays of unequal rank: os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"

hypothesis.settings.register_profile("sinews", deadline=None, print_blob=True)
# In CI the same examples every time: a failure there is the change's own.
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("sinews"), derandomize=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "sinews")


# Files that compile or set up alike are tested by one worker, so that it does so once. (pytest 9.2
# gives tests no other name, which `xdist_group` asks for.)
TOGETHER = {
    "worlds": "diplomacy fog formulas laws luck members policies rails reference series steps "
    "supply symmetry trade wars",
    "shipped": "baseline library rows",
    "border": "analysis assimilate cli replace scorecard",
    "plan": "plan",
    "server": "server",
}


class Together(LoadScopeScheduling):
    """Shares out such files whole, browser tests too, and other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        if file.parent.name == "browser":
            return "browser"
        room = file.stem.removeprefix("test_")
        return next((name for name, rooms in TOGETHER.items() if room in rooms.split()), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-baseline",
        action="store_true",
        help="write today's headline measures as the new baseline",
    )
    parser.addoption(
        "--refresh-rows",
        action="store_true",
        help="write the page's table of the story's rows anew",
    )


@pytest.fixture(scope="session", autouse=True)
def quick_compiler() -> None:
    """Programs of sinews are compiled quickly too; as users have them, where the numbers of a
    shipped scenario are compared with what they were."""
    import jax

    from sinews.engine.simulate import COMPILER

    COMPILER["xla_backend_optimization_level"] = 0
    jax.jit(lambda: 0)()
    del os.environ["XLA_FLAGS"]


@pytest.fixture
def refresh_baseline(request: pytest.FixtureRequest) -> bool:
    """Whether the baseline is to be written anew rather than compared with."""
    return bool(request.config.getoption("--refresh-baseline"))


@pytest.fixture
def refresh_rows(request: pytest.FixtureRequest) -> bool:
    """Whether the table of the story's rows is to be written anew rather than compared with."""
    return bool(request.config.getoption("--refresh-rows"))
