"""Aims of powers, and the reckoning of a campaign that is over."""

from pathlib import Path

import numpy as np
import pytest
from walks import COUNCIL

from sinews.analysis.aims import aims_of, valued
from sinews.campaign.played import Campaign
from sinews.cli import main
from sinews.scenario import Scenario, load_text

THEIRS = 'aims = { "gold:midland" = 1, "hostile:steppe" = -80 }'


def council(*changes: tuple[str, str]) -> Scenario:
    """The scenario of a council with other words in it."""
    text = COUNCIL.read_text()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return load_text(text.encode(), "council.toml")


def plain(scenario: Scenario, power: str) -> dict[str, tuple[float, str]]:
    return {a.measure.name[:-11]: (a.counts, a.each) for a in aims_of(scenario, power)}


def test_aims_are_what_the_scenario_says():
    found = council()
    assert plain(found, "midland") == {"gold:midland": (1.0, "t"), "hostile:steppe": (-80, "if so")}
    assert all(aim.given for aim in aims_of(found, "midland"))
    every = council((THEIRS, 'aims = { hostile = -7, "lost:midland" = -0.5 }'))
    assert plain(every, "midland") == {
        **{f"hostile:{axis}": (-7.0, "if so") for axis in ("border", "steppe")},
        **{f"lost:midland:{item}": (-0.5, "items") for item in found.items},
    }


def test_a_power_without_aims_has_a_default_that_is_said_to_be_one():
    """People and men by head: its own, and of those whom it fights at the start, nobody else's."""
    found = council((THEIRS, ""))
    west, midland = plain(found, "westland"), plain(found, "midland")
    assert west == {
        "irrecoverable:westland": (-1.0, "men"),
        "occupied:westland": (-1.0, "people"),
        "occupied:ostland": (1.0, "people"),
    }
    assert list(midland) == ["irrecoverable:midland", "occupied:midland"]  # at peace
    assert not any(aim.given for aim in aims_of(found, "midland"))
    values = np.array([[100.0, 0.0], [30.0, 0.0], [1000.0, 5.0]])
    assert valued(aims_of(found, "westland"), values).tolist() == [870.0, 5.0]


@pytest.mark.parametrize("given", [True, False])
def test_aims_stand_at_the_start_of_a_game(
    given: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "council.toml"
    file.write_text(council(*([] if given else [(THEIRS, "")])).content.decode())
    monkeypatch.setattr("builtins.input", lambda _: "q")
    with pytest.raises(SystemExit):
        main(("play", str(file), "--store", str(tmp_path / "c.sqlite"), "--members", "20"))
    out = capsys.readouterr().out.partition("Turn 1")[0]
    assert "Aims of Midland" in out
    assert ("Midland, gold" in out) == given == ("The scenario states none" not in out)
    first = Campaign.open(tmp_path / "c.sqlite", 1).aims[0]
    assert (first["counts"], first["given"]) == ((1.0, True) if given else (-1.0, False))


def test_show_says_by_whom_aims_are_given(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(("show", str(COUNCIL), "aim"))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "midland steppe, at war -80 if so the scenario" in lines
    assert any(line.startswith("westland") and line.endswith("states none") for line in lines)
