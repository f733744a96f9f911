"""A run's folder: the dataset, a report that needs nothing else, and the measures as JSON.

The folder is made beside its place under another name, and renamed when it is whole: what
stands under its own name was finished.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinews import __version__
from sinews.analysis.numerals import day
from sinews.analysis.place import unfit
from sinews.analysis.run import Row
from sinews.analysis.tables import by_owner, record_line
from sinews.engine.posterior import read_posterior
from sinews.engine.samples import Samples
from sinews.errors import require, shown
from sinews.scenario import Scenario
from sinews.scenario.number import KINDS

if TYPE_CHECKING:
    import xarray as xr

# What a folder of ours holds; one that holds anything else is never replaced.
CONTENTS = frozenset(("dataset.nc", "report.html", "measures.json"))


def facts(scenario: Scenario, samples: Samples, command: str) -> dict[str, Any]:
    """How a run was made: enough to make it again, `command` being what to type."""
    about = samples.about
    return {
        "sinews": __version__,
        "command": command,
        "scenario": scenario.name,
        "title": scenario.title,
        "options": list(scenario.applied),
        "start": scenario.start.isoformat(),
        "end": (scenario.start + timedelta(days=7 * about["weeks"])).isoformat(),
        "weeks": about["weeks"],
        "members": about["members"],
        "seed": about["seed"],
        "fingerprint": scenario.text,
        "fitted": about["fitted"].split(", ") if about["fitted"] else [],
        "posterior": about["posterior"],
        "kinds": kinds(scenario),
        "laws": samples.laws,
    }


def kinds(scenario: Scenario) -> dict[str, int]:
    """How many of its numbers are of each kind."""
    counts = Counter(number.kind for number in scenario.numbers())
    return {kind: counts[kind] for kind in KINDS}


def writable(out: Path) -> None:
    """Refuse, before anything is run, a folder that cannot be written or is not ours; or to go
    on without what draws the report's pictures."""
    require("plots")
    place = out.resolve()
    if place.is_dir():
        others = sorted(each.name for each in place.iterdir() if each.name not in CONTENTS)
        if others:
            problem = f"is a folder with other things in it, such as {shown(others[0])}"
            raise unfit(out, problem, "name a new folder, or one that an earlier run left")
    elif place.exists():
        raise unfit(out, "is a file, not a folder", "name a new folder")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _scratch(place).rmdir()
    except OSError as error:
        raise unfit(out, f"cannot be made: {error.strerror}", "name another folder") from None


def write_report(
    out: Path,
    scenario: Scenario,
    dataset: xr.Dataset,
    headlines: Sequence[Row],
    records: Sequence[Row],
    command: str,
) -> None:
    """Write a run's folder, whole or not at all; `command` is what to type to have it again."""
    writable(out)
    place = out.resolve()
    about = facts(scenario, Samples.of(dataset), command)
    rows = [row.plain() for row in (*headlines, *records)]
    scratch: Path | None = None
    try:
        scratch = _scratch(place)
        _plain(dataset).to_netcdf(scratch / "dataset.nc", engine="h5netcdf")
        page = report(scenario, dataset, headlines, records, command)
        (scratch / "report.html").write_text(page, "utf-8")
        # Last: a folder with measures is a folder that was finished.
        measures = json.dumps(about | {"rows": rows}, indent=2, ensure_ascii=False, allow_nan=False)
        (scratch / "measures.json").write_text(measures + "\n", "utf-8")
        _replace(scratch, place)
    except (OSError, RuntimeError) as error:  # h5py tells of a full disk by either
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        remedy = "nothing was left under that name; make room or name another folder"
        raise unfit(out, f"could not be written: {reason}", remedy) from None
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _scratch(place: Path) -> Path:
    scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}-", suffix=".partial", dir=place.parent))
    scratch.chmod(0o755)  # as any folder; mkdtemp's are for one user only
    return scratch


def _replace(scratch: Path, place: Path) -> None:
    """Put the finished folder in its place; what stood there goes only once it does."""
    old = None
    if place.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{place.name}-", suffix=".old", dir=place.parent))
        place.rename(old)
    try:
        scratch.rename(place)
    except BaseException:
        if old is not None:
            old.rename(place)
        raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _plain(dataset: xr.Dataset) -> xr.Dataset:
    """With labels as text, which NetCDF can hold; objects it cannot."""
    labels = {
        name: values.astype(str)
        for name, values in dataset.coords.items()
        if values.dtype == object
    }
    return dataset.assign_coords(labels)


def report(
    scenario: Scenario,
    dataset: xr.Dataset,
    headlines: Sequence[Row],
    records: Sequence[Row],
    command: str,
) -> str:
    """The report: one page of HTML that asks nothing of the network."""
    require("plots")
    from sinews.analysis.plots import pictures, record_picture

    about = facts(scenario, Samples.of(dataset), command)
    counts = Counter(number.source for number in scenario.numbers())
    posterior = read_posterior(scenario)
    return rendered(
        "report.html.j2",
        scenario=scenario,
        about=about,
        start=day(scenario.start),
        end=day(scenario.start + timedelta(days=7 * about["weeks"])),
        worst=f"{max(about['laws'].values()):.1e}",
        options=[scenario.options[name] for name in scenario.decided],
        headlines=by_owner(scenario, headlines),
        records=[record_line(scenario, row) for row in records],
        missed=sum(row.verdict == "misses" for row in records),
        sections=pictures(scenario, dataset),
        against=record_picture(scenario, records) if records else "",
        kinds=[(kind, KINDS[kind], count) for kind, count in about["kinds"].items()],
        sources=[(key, text, counts[key]) for key, text in scenario.sources.items()],
        remark=posterior.remark(scenario),
        draws=len(posterior.draws),
    )


def rendered(template: str, **words: Any) -> str:
    """A page that asks nothing of the network, from a template of this room."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sinews", "analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(words)
