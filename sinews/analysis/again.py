"""What to type to have something again: the one place where commands are written down."""

import shlex
from collections.abc import Iterable

from sinews.scenario import Scenario, find, library


def again(verb: str, scenario: Scenario, **flags: str | int | bool | Iterable[str] | None) -> str:
    """The command that makes the same of a scenario, quoted for a shell in the scenario's folder.

    The options in force come from the scenario. A flag that is true stands alone, one with many
    values is repeated; what is None, false or empty is left out.
    """
    shipped = scenario.name in library() and find(scenario.name) == scenario.path
    words = ["sinews", verb, scenario.name if shipped else scenario.path.name]
    for name, value in ({"option": scenario.applied} | flags).items():
        flag = f"--{name}"
        if value is True:
            words.append(flag)
        elif isinstance(value, str) or (isinstance(value, int) and value is not False):
            words += [flag, str(value)]
        elif value:
            words += [word for each in value for word in (flag, each)]
    return shlex.join(words)
