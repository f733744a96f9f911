"""What happened: dated rows in a folder of files, kept apart from the scenario that they judge.

Each file has `[sources]` and `[[expect]]` rows, spelt as in a scenario. The folder also keeps how
often its rows were looked at (`looks.toml`): a truth that was looked at often tests little.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import sinews
from sinews.analysis.measures import Expectation, Measure, expectations
from sinews.analysis.place import put
from sinews.engine.posterior import file_of
from sinews.errors import Mistake, ScenarioError, shown
from sinews.scenario import Scenario
from sinews.scenario.load import load_records

LOOKS = "looks.toml"

_HEAD = """\
# Each time that `sinews scorecard` held rows of this folder against a model that it had not held
# them against before: another scenario, posterior, model code or policy. Written by the command.
"""


def read_truth(folder: Path, scenario: Scenario) -> list[Expectation]:
    """The rows of every file in a folder, or of one file, in the order of their dates.

    Raises ScenarioError with what is wrong with the folder, or with the first file that has
    mistakes.
    """
    inside = sorted(each for each in folder.glob("*.toml") if each.name != LOOKS)
    files = [folder] if folder.is_file() else inside
    if not files:
        problem = "has no .toml file of records" if folder.is_dir() else "is not there"
        raise _unfit(
            scenario, folder, problem, "name a file with [[expect]] rows, or a folder of such"
        )
    rows = tuple(row for file in files for row in load_records(file, scenario))
    if not rows:
        raise _unfit(scenario, folder, "has no [[expect]] row", "write what happened, row by row")
    return sorted(expectations(replace(scenario, expect=rows)), key=lambda row: row.measure.at)


@dataclass(frozen=True)
class Viewing:
    """One look at the truth: on which day, with which model, at rows of which days."""

    on: date
    model: str
    since: date
    until: date

    def line(self) -> str:
        """As it stands in the file."""
        return (
            f"[[look]]\non = {self.on}\nmodel = {self.model!r}\n"
            f"since = {self.since}\nuntil = {self.until}\n"
        )


def looks(folder: Path) -> list[Viewing]:
    """The looks at a folder so far, or at the folder of a file.

    Raises ScenarioError if its file of looks is not one.
    """
    file = _home(folder) / LOOKS
    if not file.is_file():
        return []
    try:
        return [Viewing(**each) for each in tomllib.loads(file.read_text("utf-8")).get("look", [])]
    except (ValueError, TypeError, AttributeError):
        remedy = "put it back as the command wrote it"
        raise ScenarioError(str(file), [Mistake("", "is no file of looks", "", remedy)]) from None


def looked(folder: Path, scenario: Scenario, measures: Iterable[Measure]) -> list[Viewing]:
    """The looks at a folder after one more, today: noted there if the model is another than those
    before, or a measure is later than those that it was held against.

    Raises ScenarioError if that cannot be written down.
    """
    past, days = looks(folder), [measure.at for measure in measures]
    model = model_digest(scenario)
    if max(days) <= max((look.until for look in past if look.model == model), default=date.min):
        return past
    now = [*past, Viewing(date.today(), model, min(days), max(days))]
    try:
        put(_home(folder) / LOOKS, "\n".join((_HEAD, *(look.line() for look in now))).encode())
    except ScenarioError:
        problem = "its looks cannot be written down"
        remedy = "name a folder that can be written to: every look is counted there"
        raise _unfit(scenario, folder, problem, remedy) from None
    return now


def _home(place: Path) -> Path:
    return place.parent if place.is_file() else place


def _unfit(scenario: Scenario, folder: Path, problem: str, remedy: str) -> ScenarioError:
    mistake = Mistake("--truth", problem, "", remedy, shown(str(folder)))
    return ScenarioError(scenario.path.name, [mistake])


def model_digest(scenario: Scenario) -> str:
    """What a forecast follows from, in twelve digits: the scenario with its options, its posterior
    and the files of the model and of the policies as they stand. A comment counts as a change."""
    home = Path(sinews.__file__).parent
    files = [each for room in ("model", "policies") for each in sorted((home / room).rglob("*.py"))]
    posterior = file_of(scenario)
    found = sha256(repr((scenario.substance, scenario.applied)).encode())
    for file in [*files, *([posterior] if posterior.is_file() else [])]:
        found.update(file.read_bytes())
    return found.hexdigest()[:12]
