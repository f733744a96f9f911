"""The code keeps to its own rules: short functions, no circle of imports, a name for one thing."""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import sinews

ROOM = Path(sinews.__file__).parent
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOM.rglob("*.py"))}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef

LONGEST = 60  # lines of a function
LONG = {("engine/members.py", "_issue")}
"""Functions that are still to be cut: none may join them."""

INTERFACE = {"step", "decide", "main"}
"""Names by which steps, policies and commands are called."""


def place(path: Path) -> str:
    return path.relative_to(ROOM).as_posix()


def imported(path: Path) -> Iterator[str]:
    """The modules of the package that one needs as it is loaded, as files."""
    for node in TREES[path].body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sinews"):
            home = ROOM.joinpath(*(node.module or "").split(".")[1:])
            for name in node.names:
                for found in (
                    home / f"{name.name}.py",
                    home.with_suffix(".py"),
                    home / "__init__.py",
                ):
                    if found in TREES:
                        yield place(found)
                        break


def named() -> dict[str, list[str]]:
    """Where each public class and function is defined. What answers an address and what a command
    runs is called what that is called, so pages' and commands' functions are left out."""
    found: dict[str, list[str]] = {}
    for path, tree in TREES.items():
        answers = place(path).startswith(("web/pages/", "cli/"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) or (isinstance(node, FUNCTIONS) and not answers):
                if not node.name.startswith("_"):
                    found.setdefault(node.name, []).append(place(path))
    return found


def test_no_function_is_long():
    long = {
        (place(path), node.name)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno + 1 > LONGEST
    }
    assert long <= LONG


def test_modules_are_loaded_in_no_circle():
    needs = {place(path): set(imported(path)) - {place(path)} for path in TREES}
    assert sum(map(len, needs.values())) > 500  # it has seen them
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        raise AssertionError(error.args[1]) from None


def test_one_public_name_is_one_thing():
    several = {name: homes for name, homes in named().items() if len(homes) > 1}
    assert not {n: homes for n, homes in several.items() if n not in INTERFACE}


def test_every_fault_that_tests_are_tried_with_can_be_put_in():
    """Code that moves takes its faults along: see tools/mutants.toml."""
    home = ROOM.parent / "tools" / "mutants.py"
    spec = spec_from_file_location("mutants", home)
    assert spec and spec.loader
    tool = sys.modules["mutants"] = module_from_spec(spec)
    spec.loader.exec_module(tool)
    faults = tool.mutants()
    wrong = [*tool.misfits(faults)]
    assert not wrong and len(faults) >= 100
