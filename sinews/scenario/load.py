"""From the name of a scenario to a Scenario, or to all the mistakes in it."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sinews.errors import Mistake, ScenarioError, name_list, shown, suggestion
from sinews.model.coefficients import COEFFICIENTS
from sinews.scenario.check import check_references
from sinews.scenario.formats import converted, subtables, upgraded
from sinews.scenario.number import GIVEN
from sinews.scenario.options import assemble, council_day
from sinews.scenario.rails import one_way
from sinews.scenario.read import Findings, read_document
from sinews.scenario.schema import Expect, Scenario

LIBRARY = Path(__file__).parent / "library"
LARGEST = 5_000_000  # bytes; the largest scenario worth writing by hand is a tenth of it


def load(scenario: str | Path | Scenario, options: Iterable[str] = ()) -> Scenario:
    """A scenario, by the name of a shipped one or the path of a file, with options applied; or one
    that is loaded already, with more of them.

    Raises ScenarioError with every mistake in it.
    """
    if isinstance(scenario, Scenario):
        more = name_list(options, "options", scenario.path.name)
        return scenario.with_options(more) if more else scenario
    path = find(scenario)
    options = name_list(options, "options", path.name)
    return load_text(_content(path), str(path), options)


def load_text(content: bytes, name: str, options: Iterable[str] = ()) -> Scenario:
    """A scenario kept elsewhere than in a file; messages and pages call it by the name, which may
    be the path at which its posterior is found. Raises ScenarioError with every mistake in it.
    """
    path = Path(name)
    return _scenario(path, content, _toml(path, content), options)


def load_all(scenario: str | Path) -> dict[str, Scenario]:
    """A scenario as it stands, under "", and with each of its options alone, under its name.

    Raises ScenarioError with the mistakes of the scenario or, if it has none, of its options.
    """
    path = find(scenario)
    content = _content(path)
    raw = _toml(path, content)
    loaded = {"": _scenario(path, content, raw, ())}
    mistakes: list[Mistake] = []
    for name in loaded[""].options:
        try:
            loaded[name] = _scenario(path, content, raw, (name,))
        except ScenarioError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise ScenarioError(path.name, mistakes)
    return loaded


def library() -> tuple[str, ...]:
    """The names of the shipped scenarios."""
    return tuple(sorted(path.stem for path in LIBRARY.glob("*.toml")))


def find(scenario: str | Path) -> Path:
    """The file of a scenario."""
    if not isinstance(scenario, str | os.PathLike):
        problem = f"is {type(scenario).__name__}, and names no scenario"
        remedy = "write the name of a shipped one, the path of a file, or what `load` has given"
        raise ScenarioError("scenario", [Mistake("scenario", problem, "", remedy)])
    path = Path(scenario)
    if path.suffix == ".toml" or path.parent != Path() or os.path.exists(path):
        return path
    if str(scenario) in library():
        return LIBRARY / f"{scenario}.toml"
    problem = "no shipped scenario has that name, and no file"
    remedy = _with_ending(path) or suggestion(str(scenario), library())
    raise ScenarioError(
        str(scenario), [Mistake("scenario", problem, "", remedy, shown(str(scenario)))]
    )


def _with_ending(path: Path) -> str:
    """What to do about a path that leads nowhere, where its ending was left out."""
    return f"did you mean {path}.toml?" if os.path.exists(f"{path}.toml") else ""


def _content(path: Path) -> bytes:
    """The bytes of a file, unless it is too large to be a scenario."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except IsADirectoryError:
        remedy = "write the path of a .toml file inside it"
        raise _unfit(path, "is a directory, not a file", remedy) from None
    except FileNotFoundError:
        remedy = _with_ending(path) or f"shipped scenarios: {', '.join(library())}"
        raise _unfit(path, "there is no such file", remedy) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise _unfit(path, f"cannot be read: {reason}") from None
    if len(content) > LARGEST:
        problem = f"is larger than {LARGEST // 10**6} MB, which no scenario is"
        raise _unfit(path, problem, "is it the file that you meant?")
    return content


def _toml(path: Path, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"line {line} is not UTF-8: byte 0x{content[error.start]:02x}"
        raise _unfit(path, problem, "save the file with UTF-8 encoding") from None
    except tomllib.TOMLDecodeError as error:
        remedy = "mend that line, and check brackets and quotes above it; the format: toml.io"
        raise _unfit(path, f"is not TOML: {error}", remedy) from None
    except RecursionError:
        raise _unfit(path, "its tables or lists are nested too deeply to read") from None
    except ValueError:  # Python refuses to read thousands of digits
        raise _unfit(path, "holds a number too long to read", "write it as in 2.5e6") from None


def _scenario(path: Path, content: bytes, raw: dict[str, Any], options: Iterable[str]) -> Scenario:
    try:
        base, outdated = _extended(path, raw), list[Mistake]()
        raw = upgraded(raw, outdated, base.get("power", ()) if base else ())
        text = assemble(raw, tuple(options), base)
        text.mistakes += outdated
        found = Findings(text, text.mistakes)
        document = read_document(text, COEFFICIENTS, found)
        if document is not None:
            check_references(document, found)
    except RecursionError:
        raise _unfit(path, "its tables or lists are nested too deeply to read") from None
    if found.mistakes or document is None:
        raise ScenarioError(path.name, found.mistakes)
    applied = text.applied(council_day(text.raw))
    below = repr(base).encode() if base else b""
    print_ = hashlib.sha256(content + below + "\n".join(("", *applied)).encode()).hexdigest()
    return Scenario(
        name=document.name or path.stem,
        title=document.title or document.name or path.stem,
        summary=document.summary,
        start=document.start,
        weeks=document.weeks,
        council=document.council or document.start,
        player=document.player,
        played=(document.player,) if document.player else (),
        sources=document.sources,
        powers=document.power,
        items=document.item,
        sectors=document.sector,
        munitions=document.material,
        theatres=document.theatre,
        forces=tuple(document.force),
        lines=document.line,
        links=tuple(one_way(document.link)),
        seasons=tuple(document.season),
        prices=document.price,
        routes=document.route,
        contracts=document.contract,
        agreements=document.agreement,
        ministers=document.minister,
        agenda=tuple(document.agenda),
        week=document.week,
        coefficient=document.coefficient,
        options=document.option,
        expect=tuple(document.expect),
        applied=applied,
        decided=text.decided,
        terms=text.terms,
        orders=tuple(text.orders),
        path=path,
        text=print_,
        content=content,
        substance=tuple(_substance(each) for each in ([raw, base], [base]) if each[0]),
        tender=frozenset(_tender(raw, base or {})),
        tags=tuple(document.tags),
        extends=document.extends,
        fit_of=document.fit_of,
        lent=_lent(path, {"fit_of": document.fit_of}),
    )


def load_records(file: Path, scenario: Scenario) -> tuple[Expect, ...]:
    """The `[[expect]]` rows of a file that holds records alone, and their sources, read by the
    names and dates of a scenario; each with its source in words.

    Raises ScenarioError with every mistake in it.
    """
    raw = _toml(file, _content(file))
    # The council judges nothing here, and its options are left behind.
    written = as_written(scenario, scenario.applied)
    base = {key: table for key, table in written.items() if key not in _COUNCIL}
    text = assemble({key: table for key, table in raw.items() if key in _RECORDS}, (), base)
    # What the scenario's own numbers rest on was asked when it was read.
    theirs = {"source": next(iter(scenario.sources), ""), "kind": "assumed"}
    text.said |= {(key,): theirs for key in base.keys() - _RECORDS}
    found = Findings(text, text.mistakes)
    for key in raw.keys() - _RECORDS:
        expected = "a file of records has " + ", ".join(sorted(_RECORDS))
        found.note((key,), "has no place here", expected, "leave it out")
    document = read_document(text, COEFFICIENTS, found)
    if document is not None:
        check_references(document, found)
    if found.mistakes or document is None:
        raise ScenarioError(file.name, found.mistakes)
    words = document.sources
    cited = [(row, replace(row.value, source=words[row.value.source])) for row in document.expect]
    return tuple(row.model_copy(update={"value": value}) for row, value in cited)


def in_latest_format(file: Path) -> str:
    """A file's text in the latest format of the language, its comments kept.

    Raises ScenarioError with what is wrong with it.
    """
    content = _content(file)
    raw = _toml(file, content)
    base = _extended(file, raw) or {}
    return converted(content.decode("utf-8-sig"), file.name, base.get("power", ()))


def _tender(*files: dict[str, Any]) -> Iterator[str]:
    """The materials in which anything is paid, in some files as written and in their options."""
    patches = [patch for file in files for _, patch in subtables(file, "option")]
    for layer in (*files, *(patch.get("set") for patch in patches)):
        for kind, key in (("contract", "price"), ("agreement", "transfer")):
            for _, table in subtables(layer, kind):
                paid = table.get(key)
                yield from paid if isinstance(paid, dict) else ()


_COUNCIL = frozenset(("agenda", "minister", "option", "player"))
_RECORDS = frozenset(("title", "source", "kind", "sources", "expect"))

# What says nothing of a world, wherever it stands.
_APART = (*GIVEN, "title", "at", "negotiable")
# What a file says of itself and its council, and nothing of its world.
_ABOUT = frozenset(
    "name title summary tags format sources option agenda minister player council".split()
)


def _substance(written: list[dict[str, Any] | None]) -> str:
    """The digest of files as written, laid over one another: without comments, titles, provenance
    and what can be decided."""

    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(each) for each in value]
        if not isinstance(value, dict):
            return value
        kept = {k: bare(v) for k, v in value.items() if k not in _APART}
        return kept["value"] if kept.keys() == {"value"} else kept

    worlds = [{k: v for k, v in each.items() if k not in _ABOUT} for each in written if each]
    text = json.dumps(bare(worlds), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def as_read(scenario: Scenario) -> dict[str, Any]:
    """The tables of a scenario's file alone, in the latest format."""
    raw = _toml(scenario.path, scenario.content)
    base = _extended(scenario.path, raw) or {}
    return upgraded(raw, [], base.get("power", ()))


def as_written(scenario: Scenario, options: Iterable[str] = ()) -> dict[str, Any]:
    """A scenario's file laid over the one that it extends, with no options but these."""
    raw = as_read(scenario)
    return assemble(raw, tuple(options), _extended(scenario.path, raw)).raw


def _extended(path: Path, raw: dict[str, Any], key: str = "extends") -> dict[str, Any] | None:
    """The shipped scenario that a file names under a key, as written; None where it names none."""
    name = raw.get(key, "")
    if not isinstance(name, str) or not name:
        return None
    # One that goes by another has nothing of its own to give.
    whole = [each for each in library() if not {"extends", key} & _shipped(each).keys()]
    if name in whole and name != path.stem:
        return _shipped(name)
    problem = "no shipped scenario has that name"
    if name in library():
        problem = "extends another scenario itself" if key == "extends" else "has no fit of its own"
    remedy = suggestion(name, whole)
    raise ScenarioError(path.name, [Mistake(key, problem, "", remedy, shown(name))])


def _lent(path: Path, raw: dict[str, Any]) -> str:
    """The digest of the shipped scenario by whose fit members draw; empty if a file names none."""
    lender = _extended(path, raw, "fit_of")
    return _substance([lender]) if lender else ""


@cache
def _shipped(name: str) -> dict[str, Any]:
    path = LIBRARY / f"{name}.toml"
    return _toml(path, path.read_bytes())


def _unfit(path: Path, problem: str, remedy: str = "") -> ScenarioError:
    return ScenarioError(str(path), [Mistake("", problem, "", remedy)])
