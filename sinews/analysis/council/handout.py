"""The brief as a page: one file of HTML that asks nothing of the network."""

import os
from pathlib import Path
from typing import Any

from sinews import __version__
from sinews.analysis.council.advice import RULES
from sinews.analysis.council.curve import TermCurve
from sinews.analysis.council.paper import COMPARED, COUNSEL, ESTIMATED, Brief, Paper
from sinews.analysis.numerals import day
from sinews.analysis.place import put, unfit
from sinews.analysis.report import kinds, rendered
from sinews.errors import require, shown
from sinews.scenario import Scenario
from sinews.scenario.negotiable import preset_of
from sinews.scenario.number import KINDS

NAME = "brief.html"
"""Of the page in a folder."""

# Written into every page; a file without it is not ours to replace.
_MARK = '<meta name="generator" content="sinews brief">'
_DRAWN = "<!-- sinews curve -->"


def handout_file(out: Path) -> Path:
    """Where the page goes: a file named so, or one in a folder. Refuses, before anything is run,
    what cannot be written or is somebody else's; or to go on without what draws its pictures."""
    return _ours(out, out if out.suffix == ".html" else out / NAME, _MARK, "brief")


def picture_file(out: Path) -> Path:
    """Where the picture of a curve goes; refuses the same."""
    return _ours(out, out if out.suffix == ".svg" else out / "curve.svg", _DRAWN, "curve")


def _ours(out: Path, file: Path, mark: str, what: str) -> Path:
    require("plots")
    place = file.resolve()
    if out.suffix and out != file and not out.is_dir():
        remedy = f"write NAME{file.suffix}, or the name of a folder"
        raise unfit(out, f"a {what} is no {out.suffix}", remedy)
    if out == file and not place.parent.exists():
        raise unfit(out, "there is no such folder", "make it, or name another")
    if place.is_dir():
        raise unfit(out, f"{shown(file.name)} is a folder", "name another file")
    try:
        if place.exists() and mark not in place.read_text("utf-8", errors="replace"):
            remedy = f"name a new file, or one that an earlier {what} left"
            raise unfit(out, f"{shown(file.name)} is there and is no {what}", remedy)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(place.parent, os.W_OK):
            raise unfit(out, "cannot be written to", "name another folder")
    except OSError as error:
        problem = f"cannot be made: {error.strerror}"
        raise unfit(out, problem, "name another file or folder") from None
    return file


def write_curve(file: Path, curve: TermCurve) -> None:
    """Write the picture of a curve, whole or not at all."""
    from sinews.analysis.council.pictures import curve_picture

    put(file, (curve_picture(curve) + f"\n{_DRAWN}\n").encode())


def write_handout(file: Path, brief: Brief, scenario: Scenario, command: str) -> None:
    """Write the page, whole or not at all."""
    put(file, handout_page(brief, scenario, command).encode())


def handout_page(brief: Brief, scenario: Scenario, command: str) -> str:
    """The page of a brief; `command` is what to type to have it again."""
    return rendered(
        "council/brief.html.j2",
        brief=brief,
        scenario=scenario,
        leader=scenario.powers[brief.power].leader,
        mark=_MARK,
        date=day(brief.on),
        in_force=[scenario.options[preset_of(name)].title or name for name in brief.options],
        papers=[_sheet(i, paper) for i, paper in enumerate(brief.agenda, 1)],
        waiting=[
            (next(i.title or i.name for i in scenario.agenda if i.name == name), why)
            for name, why in brief.waiting.items()
        ],
        compared=heads(COMPARED),
        estimated=heads(ESTIMATED),
        counsel=heads(COUNSEL),
        rules=RULES,
        command=command,
        version=__version__,
        kinds=[(kind, KINDS[kind], count) for kind, count in kinds(scenario).items() if count],
    )


def _sheet(number: int, paper: Paper) -> dict[str, Any]:
    """An item's words and pictures."""
    require("plots")
    from sinews.analysis.council.pictures import option_pictures

    return {
        "number": number,
        "paper": paper,
        "titles": [side.title for side in paper.options],
        "compared": paper.compared(),
        "estimated": paper.estimated(),
        "counsel": paper.counsel(),
        "pictures": option_pictures(paper, number),
    }


def heads(columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """The heads of columns with their class: "n" for numbers."""
    return [(head.removesuffix(">"), "n" if head.endswith(">") else "") for head in columns]
