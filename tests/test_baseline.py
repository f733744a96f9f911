"""Headline measures of the shipped campaigns are what they were.

A change that moves them writes them anew (`make baseline`) and says so in the changelog.
"""

import json
from pathlib import Path

import pytest
import xarray as xr

from sinews.engine.posterior import read_posterior
from sinews.engine.results import ensemble
from sinews.engine.simulate import COMPILER
from sinews.scenario import load
from sinews.scenario.compile import compile

BASELINE = Path(__file__).parent / "baseline"
MEMBERS, WEEKS, SEED = 128, 30, 1
# Another processor may round otherwise; a switch that flips in a member moves its quantiles.
TOLERANCE = 0.005
SCENARIOS = {
    "eastern-front-1941": (),
    # With all that is sold and signed, so that what prices and odds are made of is seen.
    "beijing-1941": ("goods-to-both", "weapons", "peace-first-step"),
}
# Compiled as users have it; the other as the other tests have it, which is the same within bounds.
AS_USERS = "eastern-front-1941"
HEADLINES = (
    "irrecoverable", "sick_wounded", "casualties", "largest_haul", "field_strength", "quality",
    "front", "formed", "equipment", "lost", "made", "materials", "occupied", "gold", "held",
    "strength_seen", "force", "bought", "sold", "delivered", "late", "paid", "hostile", "in_force",
    "trust",
)  # fmt: skip


def headlines(data: xr.Dataset) -> dict[str, list[float]]:
    """The 5, 50 and 95 % quantiles of each cell at the last week, where they are not all 0."""
    out: dict[str, list[float]] = {}
    for name in HEADLINES:
        last = data[name].isel(week=-1).sel(quantile=[0.05, 0.5, 0.95])
        axes = [d for d in last.dims if d != "quantile"]
        cells = last.stack(cell=axes).transpose("cell", "quantile")
        for labels, values in zip(cells.cell.values, cells.values, strict=True):
            if values.any():
                out[" ".join([name, *map(str, labels)])] = [float(f"{x:.5g}") for x in values]
    return out


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_campaign_is_what_it_was(
    name: str, refresh_baseline: bool, monkeypatch: pytest.MonkeyPatch
):
    if name == AS_USERS:
        monkeypatch.setitem(COMPILER, "xla_backend_optimization_level", 3)  # the compiler's own
    scenario = load(name, SCENARIOS[name])
    found = headlines(ensemble(compile(scenario), read_posterior(scenario), MEMBERS, WEEKS, SEED))
    path = BASELINE / f"{name}.json"
    if refresh_baseline:
        rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in found.items())
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{{\n{rows}\n}}\n", "utf-8")
    kept = json.loads(path.read_text("utf-8"))
    assert found.keys() == kept.keys()
    moved = [
        f"{cell}: {found[cell]}, was {was}"
        for cell, was in kept.items()
        if found[cell] != pytest.approx(was, rel=TOLERANCE, abs=TOLERANCE)
    ]
    assert not moved, "\n".join(["headline measures have changed (`make baseline`):", *moved])
