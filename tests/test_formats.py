"""Earlier versions of the language mean what they meant, and `sinews convert` writes the latest."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from mistakes import TESTS, told

from sinews.cli import main
from sinews.errors import ScenarioError
from sinews.scenario import load
from sinews.scenario.compile import compile
from sinews.scenario.formats import converted, upgraded
from sinews.scenario.load import as_read

TWO = (TESTS / "scenarios" / "two.toml").read_text("utf-8")
SIDES = {"westland": "west", "ostland": "east", "midland": "west"}


def old(text: str = TWO) -> str:
    """The scenario as format 1 had it."""
    for power, side in SIDES.items():
        head = f"[power.{power}]\n"
        assert text.count(head) == 1
        text = text.replace(head, f'{head}side = "{side}"  # its end\n')
    return text.replace("format = 2", "format = 1")


def written(folder: Path, text: str, name: str = "two.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("said", ["format = 1\n", ""])
def test_a_file_of_format_1_means_what_it_meant(tmp_path: Path, said: str):
    """Whether it says its format or not; not a number of it is another."""
    before = load(written(tmp_path, old().replace("format = 1\n", said)))
    ours, theirs = compile(before), compile(load(TESTS / "scenarios" / "two.toml"))
    for part in ("world", "state"):
        one, other = getattr(ours, part), getattr(theirs, part)
        assert one.keys() == other.keys()
        for name, values in one.items():
            np.testing.assert_array_equal(values, other[name], name)
    assert ours.axes == theirs.axes


def test_convert_writes_the_latest_format_and_keeps_every_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = written(tmp_path, old())
    main_of("convert", str(path))
    new = path.read_text("utf-8")
    assert new.replace("# its end\n", "") == TWO and new.count("# its end\n") == 3
    main_of("convert", str(path))
    assert path.read_text("utf-8") == new
    assert capsys.readouterr().out.splitlines()[-1].endswith("is of format 2 already")


@pytest.mark.parametrize(
    "turn",
    [
        '[option.turn]\nset.power.midland.side = "east"\n',
        '[option.turn.set.power.midland]\nside = "east"\n',
        '[option.turn]\nset.power.midland = { side = "east" }\n',
    ],
)
def test_an_option_that_changes_a_side_alone_leaves_the_power_as_it_is(tmp_path: Path, turn: str):
    path = written(tmp_path, old() + turn)
    as_it_is = load(TESTS / "scenarios" / "two.toml")
    assert load(path, ["turn"]).powers == as_it_is.powers
    main_of("convert", str(path))
    assert load(path, ["turn"]).powers == as_it_is.powers


def test_an_extension_that_says_a_side_alone_leaves_the_power_as_it_is(tmp_path: Path):
    base = load("eastern-front-1941")
    text = 'format = 1\nextends = "eastern-front-1941"\n[power.ussr]\nside = "east"\n'
    path = written(tmp_path, text, "more.toml")
    more = load(path)
    assert more.powers == base.powers and "power" not in as_read(more)
    main_of("convert", str(path))
    assert load(path).powers == base.powers and "ussr" not in path.read_text("utf-8")


def main_of(*words: str) -> None:
    with pytest.raises(SystemExit) as ending:
        main(words)
    assert not ending.value.code


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ('[power]\na.side = "west"\na.x = 1\n', "[power]\na.x = 1\n"),
        ('power.a.side = "west"\npower.a.x = 1\n', "power.a.x = 1\n"),
        ('power.a = { side = "west", x = 1 } # why\n', "power.a = { x = 1 } # why\n"),
        ("[power]\na = { x = 1, side = 'east' }\n", "[power]\na = { x = 1 }\n"),
        ('[power.a]\r\nside = "west" # ours\r\n', "[power.a]\r\n# ours\r\n"),
        ('[option.o.set.power.a]\nside="east"\n[power.a]\nside="west"\n',
         "[option.o]\n[power.a]\n"),
        ('[option.o]\nset.power.a.side = "east"\n', "[option.o]\n"),
        ('[option.o.set.power]\na = { side = "east" }\nb.quality = 1\n',
         "[option.o.set.power]\nb.quality = 1\n"),
        ('[option.o]\ntitle = "O"\n[option.o.set.power.a]  # who turns\nside = "east"\n',
         '[option.o]\ntitle = "O"\n'),
        ('[option.o.set.power.a]\nside = "east"\nquality = 1\n',
         "[option.o.set.power.a]\nquality = 1\n"),
        ('[option.o]\nset = { power = { a = { side = "east" }, b = { "side" = "east", x=1 } } }\n',
         "[option.o]\nset = { power = { b = { x=1 } } }\n"),
        ('option = { o = { set = { power.a.side = "west", power.b = { side = "east" } } } } #\n',
         "option = { o = {  } } #\n"),
        ('power = { "a b" = { x = {}, side = "west" }, \'c\' = { side = "east", x = 1 } }\n',
         "power = { \"a b\" = { x = {} }, 'c' = { x = 1 } }\n"),
    ],
)  # fmt: skip
def test_convert_understands_every_way_to_write_a_side(ours: str, theirs: str):
    new = converted(ours, "x.toml")
    assert new == "format = 2\n" + theirs
    assert tomllib.loads(new) == upgraded(tomllib.loads(ours), [])


def test_convert_leaves_alone_what_it_does_not_understand(tmp_path: Path):
    with pytest.raises(ScenarioError, match="leave out side"):
        converted('[power.a]\nside = """west"""\n', "x.toml")
    # A good that is called so, in a text or by its name, is no power's side.
    kept = 'format = 2\ntitle = "side = east"\n[item.side]\nweight = 1\n'
    assert converted(kept, "x.toml") == kept


def test_what_is_wrong_with_sides_is_told(tmp_path: Path):
    text = old().replace('side = "east"  # its end', 'side = "ost"')
    text = text.replace('side = "west"  # its end\n', "", 1)
    heard = told(written(tmp_path, text))
    assert "power.westland.side\n    is missing" in heard and "format = 2" in heard
    assert 'power.ostland.side = "ost"\n    is none of the words allowed here' in heard
    heard = told(written(tmp_path, old().replace("format = 1", "format = 2")))
    assert heard.count("format 2 has no sides") == 3 and "leave it out" in heard
    heard = told(written(tmp_path, TWO.replace("format = 2", 'format = "2"')))
    assert "write 1 or 2, without quotes" in heard and "did you mean" not in heard
    swapped = old().replace('side = "west"  # its end', 'side = "east"', 1)
    assert "this power's side is east" in told(written(tmp_path, swapped))
    both = TWO.replace('east = ["ostland"]', 'east = ["ostland", "westland"]', 1)
    assert "stands at the west end too" in told(written(tmp_path, both))


def test_three_powers_may_each_face_both_others():
    three = load(TESTS / "scenarios" / "three.toml")
    assert {p: three.faced(p) for p in three.powers} == {
        "japan": ("kmt", "ccp"), "kmt": ("japan", "ccp"), "ccp": ("japan", "kmt")
    }  # fmt: skip
    assert [three.end_of(p) for p in three.powers] == ["east", "west", ""]
    end = compile(three).world["end"]
    assert end.tolist() == [[-1, -1, 0], [1, 0, 1], [0, 1, -1]]
