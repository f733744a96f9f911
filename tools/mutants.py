"""Faults put into the code one at a time, and whether the tests that should care see them.

    python tools/mutants.py [--only WORDS] [--first N] [--last N] [--check]

`mutants.toml` beside this file has the faults: a name, a file, the text there and the text in its
place, and the tests that should fail. Each is put into a copy of the tree, where those tests run
until the first that fails. A fault whose text is not there exactly once is told before any is
tried: the code has moved, and the fault has to be written anew. The last line says how many were
caught; the status is 1 if one was not.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST = 900.0  # seconds: tests that a fault keeps from ending have caught it
FAILED, PASSED = 1, 0  # what pytest ends with


@dataclass(frozen=True)
class Mutant:
    """A fault, and the tests that should see it."""

    name: str
    file: str
    old: str
    new: str
    tests: str
    """Arguments of pytest."""

    def wrong(self, root: Path) -> str:
        """Why it cannot be put into the tree under `root`; empty if it can."""
        if not (root / self.file).is_file():
            return f"there is no {self.file}"
        found = (root / self.file).read_text("utf-8").count(self.old)
        if found != 1:
            return f"{self.file} has its text {found} times, not once"
        lacking = [x for x in self.files() if not (root / x).exists()]
        return f"there is no {', '.join(lacking)}" if lacking else ""

    def files(self) -> list[str]:
        """The files of tests that it names."""
        words = shlex.split(self.tests)
        return [word.partition("::")[0] for word in words if word.endswith(".py") or "::" in word]


def mutants() -> list[Mutant]:
    """All of them, in the order of the file."""
    table = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text("utf-8"))
    return [Mutant(**row) for row in table["mutant"]]


def misfits(those: Sequence[Mutant], root: Path = ROOT) -> Iterator[str]:
    """What is wrong with them: texts that are not there once, names that are taken."""
    for place, each in enumerate(those):
        if problem := each.wrong(root):
            yield f"{each.name}: {problem}"
        if each.old == each.new:
            yield f"{each.name}: it changes nothing"
        if each.name in (other.name for other in those[:place]):
            yield f"{each.name}: another has that name"


def tested(tree: Path, tests: str) -> int | None:
    """What pytest ends with in a tree; None if it does not end."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    where = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [*command, *shlex.split(tests)]
    try:
        done = subprocess.run(words, cwd=tree, env=where, capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def caught(tree: Path, mutant: Mutant) -> bool:
    """Whether the tests of a fault see it. Raises RuntimeError if they cannot be run."""
    path = tree / mutant.file
    whole = path.read_text("utf-8")
    path.write_text(whole.replace(mutant.old, mutant.new), "utf-8")
    try:
        status = tested(tree, mutant.tests)
    finally:
        path.write_text(whole, "utf-8")
    if status not in (PASSED, FAILED, None):
        raise RuntimeError(f"pytest {mutant.tests} ended with {status}")
    return status != PASSED


def copied(to: Path) -> None:
    """Copy the files that git knows or would."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Try faults on the tests, one at a time.")
    parser.add_argument("--only", default="", help="those whose name or file has these words")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--last", type=int, default=None)
    parser.add_argument("--check", action="store_true", help="only see that each can be put in")
    how = parser.parse_args()
    every = mutants()
    if wrong := list(misfits(every)):
        sys.exit("\n".join(wrong))
    chosen = [m for m in every[how.first - 1 : how.last] if how.only in f"{m.name} {m.file}"]
    if how.check:
        print(f"{len(chosen)} can be put in")
        return
    survivors: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as made:
        tree = Path(made)
        copied(tree)
        sound: set[str] = set()
        for each in chosen:
            began = time.monotonic()
            # Tests that fail on the code as it is would catch whatever there is.
            if each.tests not in sound and tested(tree, each.tests) != PASSED:
                sys.exit(f"without any fault this fails: pytest {each.tests}")
            sound.add(each.tests)
            seen = caught(tree, each)
            survivors += [] if seen else [each.name]
            took = time.monotonic() - began
            print(f"{'caught' if seen else 'SURVIVES':8} {took:5.0f} s  {each.name}", flush=True)
    for name in survivors:
        print(f"survives: {name}")
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} caught")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
