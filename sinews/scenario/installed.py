"""Steps of the week and policies that installed packages offer, by name.

A package offers them as entry points of the groups STEPS and POLICIES; a scenario names them.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sinews.errors import Mistake, ScenarioError, suggestion

STEPS, POLICIES = "sinews.steps", "sinews.policies"


def offered(group: str) -> dict[str, EntryPoint]:
    """What installed packages offer of a group, by name."""
    return {entry.name: entry for entry in entry_points(group=group)}


def obtained(group: str, name: str, where: str) -> Any:
    """The function that a package offers under a name; `where` says who names it.

    Raises ScenarioError where it cannot be had: no package offers it, or what the package says
    cannot be imported or is no function.
    """
    offers = offered(group)
    try:
        found = offers[name].load()
    except KeyError:
        problem, remedy = "no installed package offers it", suggestion(name, offers)
    except Exception as error:  # the package's own code is run
        problem = f"{offers[name].value} cannot be imported: {error}"
        remedy = "mend or reinstall the package that offers it"
    else:
        if callable(found):
            return found
        problem = f"{offers[name].value} is {type(found).__name__}, not a function"
        remedy = "mend or reinstall the package that offers it"
    raise ScenarioError(where, [Mistake(name, problem, "", remedy)])
