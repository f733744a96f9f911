"""The command line: what it prints, to whom, and with which status it ends."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from sinews import __version__
from sinews.cli import main
from sinews.errors import EXTRAS

BORDER = str(Path(__file__).parent / "scenarios" / "border.toml")
FEW = ("--members", "20", "--weeks", "14")
WRITTEN = ("measures.json", "report.html")


@pytest.fixture
def sinews(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command; gives its status, what it printed and what it complained of."""

    def run(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as ending:
            main(arguments)
        out, err = capsys.readouterr()
        return ending.value.code or 0, out, err

    return run


def test_run_prints_a_table_to_quote(sinews: Any):
    status, out, err = sinews("run", BORDER, *FEW)
    assert (status, err) == (0, "")
    assert "A quarrel over a border: 2 Jun 1941 to 8 Sep 1941, 14 weeks" in out
    assert "20 members, seed 1, options: none" in out
    assert "Against the record" in out
    assert any(word in out for word in ("holds", "misses"))


def test_the_command_says_which_version_it_is(sinews: Any):
    assert sinews("--version") == (0, f"sinews {__version__}\n", "")


def test_run_puts_what_was_asked_for_first(sinews: Any):
    asked = "irrecoverable@1941-06-10..1941-07-10"
    status, out, err = sinews("run", BORDER, *FEW, "--measure", asked)
    assert (status, err) == (0, "")
    assert out.index("Asked for") < out.index("10 Jun") < out.index("Against the record")
    status, out, err = sinews("run", BORDER, *FEW, "--measure", "irrecoverabel")
    assert status == 2 and "irrecoverable" in err


def test_run_gives_the_same_as_json(sinews: Any):
    status, out, err = sinews("run", BORDER, *FEW, "--json", "--option", "second-track")
    data = json.loads(out)
    assert (status, err) == (0, "")
    assert data["options"] == ["second-track"]
    assert {"measure", "unit", "median", "low", "high"} <= data["rows"][0].keys()
    assert all(worst < 1e-6 for worst in data["laws"].values())


def test_run_leaves_a_folder_and_what_to_type_to_have_it_again(
    sinews: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With measures whose names a shell would take apart, an option, and every member kept."""
    asked = ("--option", "second-track", "--measure", "front:border@1941-06-10..1941-07-10")
    how = (*FEW, "--seed", "3", *asked, "--measure", "lost", "--keep")
    status, out, _ = sinews("run", BORDER, *how, "--out", str(tmp_path / "run"))
    assert status == 0 and "report.html" in out
    made = {name: (tmp_path / "run" / name).read_bytes() for name in WRITTEN}
    monkeypatch.chdir(Path(BORDER).parent)
    program, *words = shlex.split(json.loads(made["measures.json"])["command"])
    assert program == "sinews"
    assert sinews(*words, "--out", str(tmp_path / "again"))[0] == 0
    assert {name: (tmp_path / "again" / name).read_bytes() for name in WRITTEN} == made
    with (
        xr.open_dataset(tmp_path / "run" / "dataset.nc", engine="h5netcdf") as one,
        xr.open_dataset(tmp_path / "again" / "dataset.nc", engine="h5netcdf") as other,
    ):
        assert one.identical(other)
        assert "member" in other["front"].dims


def test_check_ends_with_what_it_found(sinews: Any):
    status, out, _ = sinews("check", BORDER, "--members", "20", "--json")
    rows = json.loads(out)
    assert [row["measure"] for row in rows] == ["front", "irrecoverable"]
    assert status == int(any(row["verdict"] == "misses" for row in rows))
    assert (
        f"{sum(row['verdict'] == 'holds' for row in rows)} of 2 records hold"
        in (sinews("check", BORDER, "--members", "20")[1])
    )


def test_compare_sets_options_side_by_side(sinews: Any):
    arguments = ("compare", BORDER, "--options", "second-track", *FEW)
    assert "second-track against as it stands" in sinews(*arguments)[1]
    status, out, _ = sinews(*arguments, "--json", "--measure", "front:border")
    (row,) = json.loads(out)
    assert status == 0 and row["against"] == "as it stands" and row["better_for"] == "west"


def test_replay_shows_one_member_by_week_or_in_one_week(sinews: Any):
    status, out, _ = sinews("replay", BORDER, "--member", "3", "--weeks", "14")
    assert status == 0 and "member 3 of seed 1" in out and "8 Sep 1941" in out
    assert "On 23 Jun 1941" in sinews("replay", BORDER, "--member", "3", "--week", "3")[1]
    tables = json.loads(sinews("replay", BORDER, "--member", "3", "--week", "3", "--json")[1])
    assert any(row["series"] == "front" for table in tables["tables"] for row in table["rows"])


@pytest.mark.parametrize(
    "what", "power aim theatre place item link season force script option".split()
)
def test_show_has_a_page_for_each_part(sinews: Any, what: str):
    assert sinews("show", BORDER, what)[0] == 0
    assert list(json.loads(sinews("show", BORDER, what, "--json")[1])) == [what]


def test_show_alone_lists_the_library(sinews: Any):
    assert "eastern-front-1941" in sinews("show")[1]
    assert "A second track" in sinews("show", BORDER)[1]


def test_week_says_who_writes_what(sinews: Any):
    rows = json.loads(sinews("week", "--json")[1])
    assert [row["step"] for row in rows][-1] == "trade"
    assert "front" in next(row["writes"] for row in rows if row["step"] == "combat")
    assert "movement" in sinews("week")[1]


def test_doubts_and_sources_say_where_numbers_are_from(sinews: Any):
    assert any(row["coefficient"] == "pace" for row in json.loads(sinews("doubts", "--json")[1]))
    assert "in the scenario" in sinews("doubts", BORDER)[1]
    assert "Statistical yearbook of Ostland" in sinews("sources", BORDER)[1]
    numbers = json.loads(sinews("sources", BORDER, "--numbers", "--json")[1])
    assert all(row["source"] and row["kind"] for row in numbers)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "nowhere"), "no shipped scenario has that name"),
        (("run", BORDER.removesuffix(".toml")), "did you mean"),
        (("check", "."), "is a directory, not a file"),
        (("run", BORDER, "--option", "none"), "no option has that name"),
        (("run", BORDER, "--members", "0"), "from 1 to 10,000,000"),
        (("run", BORDER, "--weeks", "9999"), "from 1 to 20"),
        (("run", BORDER, "--seed", "4294967296"), "from 0 to 4,294,967,295"),
        (("run", BORDER, "--out", BORDER), "is a file, not a folder"),
        (("run", BORDER, "--out", f"{BORDER}/below"), "cannot be made"),
        (("compare", BORDER, "--options", ","), "no option is named"),
        (("replay", BORDER, "--member", "-1"), "is out of bounds"),
        (("show", BORDER, "weather"), "no page of that name"),
        (("run", BORDER, "--members", "many"), "Invalid value"),
    ],
)
def test_a_users_mistake_ends_with_status_2(sinews: Any, arguments: tuple[str, ...], says: str):
    status, out, err = sinews(*arguments)
    assert (status, out) == (2, "")
    assert says in err and "Traceback" not in err


def test_all_that_is_wrong_with_a_command_is_told_at_once(sinews: Any, tmp_path: Path):
    file = tmp_path / "odd.toml"
    file.write_text('title = "Odd"\nstart = 3\n')
    wrong = ("--memers=3", "--weeks", "x", "--option", "o", "--seed", "y", "--measures", "days")
    status, out, err = sinews("run", str(file), *wrong)
    assert (status, out) == (2, "")
    # An unknown option's value is no argument too many.
    words = (
        "--memers",
        "--measures",
        "'--weeks'",
        "'--seed'",
        "start = 3",
        "power\n    is missing",
    )
    assert all(word in err for word in words) and "extra argument" not in err
    status, _, err = sinews("run", BORDER, "more", "--seed", "y")
    assert status == 2 and all(word in err for word in ("'--seed'", "(more)"))
    status, _, err = sinews("run", BORDER, "--seed", "y", "--weeks")
    assert status == 2 and all(word in err for word in ("'--seed'", "'--weeks'"))
    # What is right is not told, and one mistake as ever.
    status, _, err = sinews("run", BORDER, "--json", "--seed", "y")
    assert status == 2 and err.count("Invalid value") == 1 and "mistake" not in err
    assert "Missing argument 'SCENARIO'" in sinews("run", "--json")[2]
    assert sinews("run", "--sed", "3", "--help")[0] == 0


def test_options_that_conflict_are_told(sinews: Any, tmp_path: Path):
    file = tmp_path / "conflict.toml"
    rival = '\n[option.one-and-a-half.set.link."hills>border"]\ncapacity = "60 trains/day"\n'
    file.write_text(Path(BORDER).read_text("utf-8") + rival, "utf-8")
    options = ("--option", "second-track", "--option", "one-and-a-half")
    status, _, err = sinews("run", str(file), *options)
    assert status == 2 and "hills>border" in err


def test_every_option_of_a_file_is_checked(sinews: Any, tmp_path: Path):
    file = tmp_path / "broken.toml"
    file.write_text(Path(BORDER).read_text("utf-8") + "\n[option.bad.set]\ntitel = 'x'\n", "utf-8")
    status, _, err = sinews("check", str(file))
    assert status == 2 and "titel" in err


def test_words_of_a_file_cannot_drive_the_terminal(sinews: Any, tmp_path: Path):
    file = tmp_path / "hostile.toml"
    text = Path(BORDER).read_text("utf-8").replace("A quarrel", "\\u001b[2J[red]A[/] quarrel")
    file.write_text(text, "utf-8")
    out = sinews("show", str(file))[1]
    assert "?[2J[red]A[/] quarrel" in out and "\x1b" not in out


def test_help_and_broken_files_need_neither_jax_nor_xarray(tmp_path: Path):
    file = tmp_path / "broken.toml"
    file.write_text("title =", "utf-8")
    code = f"""
import sys
from sinews import __version__
from sinews.cli import main
for arguments, status in ((["--help"], 0), (["doubts"], 0), (["check", {str(file)!r}], 2)):
    try:
        main(arguments)
    except SystemExit as ending:
        assert (ending.code or 0) == status, arguments
assert not sys.modules.keys() & {{"jax", "xarray", "altair"}}
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


WITHOUT_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split()))  # as if none of them were installed
from sinews.engine.simulate import COMPILER
COMPILER["xla_backend_optimization_level"] = 0  # programs compile in a third of the time
from sinews import __version__
from sinews.cli import main
for command in sys.argv[2].split(";"):
    try:
        main(command.split())
        print("0", flush=True)
    except SystemExit as ending:
        print(ending.code or 0, flush=True)
"""


def test_what_needs_an_extra_says_what_to_install(tmp_path: Path):
    """And all else does without, though it be installed alone."""
    commands = {
        "run {} --members 4 --weeks 2 --json": "",
        "plan {}": "",
        f"chronicle {{}} --out {tmp_path}/book.md --until 1941-06-30": "",
        f"run {{}} --out {tmp_path}/run": "sinews[plots]",
        f"brief {{}} --out {tmp_path}/brief": "sinews[plots]",
        f"chronicle {{}} --out {tmp_path}/book.html": "sinews[plots]",
        "calibrate {}": "sinews[fit]",
        "serve": "sinews[serve]",
    }
    council = str(Path(BORDER).with_name("council.toml"))
    extras = " ".join(sorted({name for names in EXTRAS.values() for name in names}))
    words = ";".join(commands).format(*[council] * (len(commands) - 1))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, extras, words], capture_output=True, text=True
    )
    statuses = [line for line in done.stdout.splitlines() if line in ("0", "1", "2")]
    assert statuses == ["2" if extra else "0" for extra in commands.values()], done.stderr
    asked = re.findall(r"pip install '(.*)'", done.stderr)
    assert asked == [extra for extra in commands.values() if extra]
    assert "Traceback" not in done.stderr
    assert not any((tmp_path / name).exists() for name in ("run", "brief", "book.html"))


def test_the_extras_are_those_that_the_package_names():
    project = tomllib.loads((Path(BORDER).parents[2] / "pyproject.toml").read_text())["project"]
    brought = {"python_multipart": "python-multipart", "vl_convert": "vl-convert-python"}

    def names(extra: str) -> set[str]:
        rows = [re.split(r"[<>=]", row)[0] for row in project["optional-dependencies"][extra]]
        inner = [row[7:-1] for row in rows if row.startswith("sinews[")]
        return {r for r in rows if "[" not in r} | {n for each in inner for n in names(each)}

    for extra, modules in EXTRAS.items():
        assert names(extra) == {brought.get(name, name) for name in modules}
    for rows in (project["dependencies"], *project["optional-dependencies"].values()):
        assert all(">=" in row and ",<" in row for row in rows if not row.startswith("sinews["))


STILL = """
title = "Still"
start = 1941-06-02
weeks = 6
source = "s"
kind = "story"
[sources]
s = "Made up."
[theatre.line]
front = 0
west = ["a"]
east = ["b"]
peace = true
place = [{ name = "Town", km = -50 }, { name = "End", km = 100 }]
[theatre.home-a]
power = "a"
[theatre.home-b]
power = "b"
[power.a]
reserve_theatre = "home-a"
[power.b]
reserve_theatre = "home-b"
[option.more]
set.power.a.stock.gold = 5
"""


def test_what_was_asked_for_is_a_line_though_it_is_nothing(sinews: Any, tmp_path: Path):
    """A front at km 0 stands somewhere: it is told unasked; losses of nobody only if asked for."""
    file = tmp_path / "still.toml"
    file.write_text(STILL, "utf-8")
    few = (str(file), "--members", "4", "--weeks", "4")
    _, out, _ = sinews("compare", *few, "--options", "more", "--measure", "irrecoverable:a")
    assert re.search(r"a: killed, missing .* same", out), out
    _, out, _ = sinews("compare", *few, "--options", "more")
    assert re.search(r"line, front .* same", out) and "killed" not in out
    assert re.search(r"gold .* \+5\.00", out)
    _, out, _ = sinews("run", *few)
    assert re.search(r"line, front +km +0 .* 50 km east of Town", out) and "killed" not in out
    _, out, _ = sinews("replay", str(file), "--member", "0", "--week", "3")
    assert re.search(r"front .*km +0", out) and "killed" not in out
