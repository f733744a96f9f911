"""What to type to have something again: the one place where commands are written down."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from sinews.scenario import Scenario, find, library

Flag = str | int | bool | Iterable[str | int] | None


def again(verb: str, scenario: Scenario, **flags: Flag) -> str:
    """The command that makes the same of a scenario, quoted for a shell in the scenario's folder.

    The options in force come from the scenario. A flag that is true stands alone, one with many
    values is repeated; what is None, false or empty is left out.
    """
    words = ["sinews", verb, scenario.name if _shipped(scenario) else _file(scenario.path)]
    for name, value in ({"option": scenario.applied} | flags).items():
        flag = f"--{name}"
        if value is True:
            words.append(flag)
        elif isinstance(value, str) or (isinstance(value, int) and value is not False):
            words += [flag, str(value)]
        elif value:
            words += [word for each in value for word in (flag, str(each))]
    return shlex.join(words)


def _shipped(scenario: Scenario) -> bool:
    """Whether it is what its name stands for; a campaign's is kept elsewhere."""
    if scenario.name not in library():
        return False
    home = find(scenario.name)
    return scenario.path == home or (
        scenario.content == home.read_bytes() and _posterior(scenario.path) == _posterior(home)
    )


def _posterior(path: Path) -> bytes:
    beside = path.with_suffix(".posterior.csv")
    return beside.read_bytes() if beside.is_file() else b""


def _file(path: Path) -> str:
    """A file's name as a word that is taken for no flag."""
    return f"./{path.name}" if path.name.startswith("-") else path.name
