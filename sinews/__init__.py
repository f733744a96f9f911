"""sinews: campaigns and war economies, simulated, with odds."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sinews.analysis.assimilate import assimilate
    from sinews.analysis.calibrate import calibrate
    from sinews.analysis.check import check
    from sinews.analysis.compare import compare
    from sinews.analysis.council.brief import advice, brief
    from sinews.analysis.council.curve import curve
    from sinews.analysis.council.estimate import estimate
    from sinews.analysis.council.questions import border, replace, when, worth
    from sinews.analysis.orderbook.plan import plan
    from sinews.analysis.rivals import rivalry
    from sinews.analysis.run import simulate
    from sinews.analysis.scorecard import scorecard
    from sinews.campaign.played import Campaign
    from sinews.scenario import load

__version__ = "0.4.0"
__all__ = [
    "Campaign",
    "__version__",
    "advice",
    "assimilate",
    "border",
    "brief",
    "calibrate",
    "check",
    "compare",
    "curve",
    "estimate",
    "load",
    "plan",
    "replace",
    "rivalry",
    "scorecard",
    "simulate",
    "when",
    "worth",
]

# Where each public name lives. They are fetched when first asked for, so that `import sinews`
# and `sinews --help` load neither JAX nor xarray.
_HOMES = {
    "Campaign": "sinews.campaign.played",
    "advice": "sinews.analysis.council.brief",
    "assimilate": "sinews.analysis.assimilate",
    "border": "sinews.analysis.council.questions",
    "brief": "sinews.analysis.council.brief",
    "calibrate": "sinews.analysis.calibrate",
    "check": "sinews.analysis.check",
    "compare": "sinews.analysis.compare",
    "curve": "sinews.analysis.council.curve",
    "estimate": "sinews.analysis.council.estimate",
    "load": "sinews.scenario",
    "plan": "sinews.analysis.orderbook.plan",
    "replace": "sinews.analysis.council.questions",
    "rivalry": "sinews.analysis.rivals",
    "scorecard": "sinews.analysis.scorecard",
    "simulate": "sinews.analysis.run",
    "when": "sinews.analysis.council.questions",
    "worth": "sinews.analysis.council.questions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sinews' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
