"""What a message looks like, and that texts with units mean what they say."""

import pytest

from sinews import units
from sinews.errors import Mistake, ModelError, ScenarioError, dotted, shown, suggestion

OIL = Mistake(
    "power.ussr.stock.oil",
    'is not a mass: "ktonne" is no unit known here',
    'write a mass, as in "120 kt" or "0.12 Mt"',
    value='"120 ktonne"',
)
LINK = Mistake("link[1].to", "no theatre has that name", remedy='did you mean "Novosibirsk"?')


def test_mistakes_are_told_together_under_the_name_of_the_file():
    assert str(ScenarioError("beijing-1941.toml", [OIL, LINK])) == (
        "beijing-1941.toml: 2 mistakes\n"
        "\n"
        '  power.ussr.stock.oil = "120 ktonne"\n'
        '    is not a mass: "ktonne" is no unit known here\n'
        '    write a mass, as in "120 kt" or "0.12 Mt"\n'
        "\n"
        "  link[1].to\n"
        "    no theatre has that name\n"
        '    did you mean "Novosibirsk"?'
    )


def test_a_flood_of_mistakes_is_cut_short_and_counted():
    error = ScenarioError("a.toml", [LINK] * 100)
    assert str(error).startswith("a.toml: 100 mistakes")
    assert str(error).endswith("and 60 more")
    assert len(error.mistakes) == 100


def test_a_fault_of_ours_says_so_and_how_to_repeat_it():
    error = ModelError(
        "troops became negative in combat",
        'week 31, member 17 of seed 4, power "ussr": -212 men',
        "sinews replay beijing-1941 --member 17 --week 31",
    )
    assert str(error) == (
        "troops became negative in combat\n"
        '  week 31, member 17 of seed 4, power "ussr": -212 men\n'
        "  this is a fault in sinews, not in your scenario\n"
        "  rerun it alone: sinews replay beijing-1941 --member 17 --week 31"
    )


def test_values_are_shown_short_and_without_control_characters():
    assert shown("a\x1b[31m\x9b\n") == '"a\\u001b[31m\\u009b\\n"'
    assert len(shown("x" * 10_000)) == 70
    assert shown({"a": {"b": {"c": {"d": 1}}}}) == "{ a = { b = { c = ... } } }"
    assert shown(10**5000) == "a whole number of more than 30 digits"
    assert dotted(("send", "ural>moscow", 2)) == 'send."ural>moscow"[3]'


def test_a_suggestion_is_the_nearest_word_or_all_of_them():
    assert suggestion("MOSCOW", ["Moscow"]) == 'did you mean "Moscow"?'
    assert suggestion("x", [f"word {i:02d}" for i in range(20)]).endswith("word 11 and 8 more")
    assert suggestion("x", []) == "none is defined yet"


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("120 kt", "t", 120e3),
        ("0.12 Mt", "t", 120e3),
        ("2600 t", "t", 2600),
        ("12 M", "t", 12e6),
        ("45 trains/day", "trains/day", 45),
        ("315 trains a week", "trains/day", 45),
        ("790 a month", "items/week", 790 * 12 * 7 / 365.25),
        ("12 a week", "items/week", 12),
        ("24 k items per year", "items/week", 24_000 * 7 / 365.25),
        ("1.2 M men", "men", 1.2e6),
        ("800 k", "men", 800e3),
        ("800k", "men", 800e3),
        ("2 divisions", "men", 24_000),
        ("3 divisions a month", "men/week", 36_000 * 12 * 7 / 365.25),
        ("30 k/week", "men/week", 30e3),
        ("85 km", "km", 85),
        ("6 weeks", "weeks", 6),
        ("14 days", "weeks", 2),
        ("2 weeks", "days of supply", 14),
        ("9 M hours a week", "hours/week", 9e6),
        ("25 %", "1", 0.25),
        ("1_000", "1", 1000),
        ("-.5e1", "1", -5),
        ("85 km/week", "km/week", 85),
    ],
)
def test_a_text_with_a_unit_is_read_into_the_canonical_one(text: str, unit: str, value: float):
    assert units.read(text, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "problem"),
    [
        ("120 ktonne", "t", 'is not a mass: "ktonne" is no unit known here'),
        ("120 km", "t", 'is not a mass: "km" measures something else'),
        ("12 kt", "t/week", '"kt" does not say per what time'),
        ("12 kt a week", "t", '"kt a week" is per time'),
        ("12 kt a fortnight", "t/week", '"fortnight" is no unit known here'),
        ("3 divisions", "items", '"divisions" measures something else'),
        ("1,5", "t", '",5" is no unit known here'),
        ("many", "men", "does not begin with a number"),
        ("", "men", "does not begin with a number"),
        ("nan", "men", "does not begin with a number"),
        ("1__0", "men", "does not begin with a number"),
    ],
)
def test_a_text_that_means_nothing_says_why(text: str, unit: str, problem: str):
    with pytest.raises(ValueError) as caught:
        units.read(text, unit)
    assert problem in caught.value.args[0]
    assert caught.value.args[1].startswith("write ")


def test_every_canonical_unit_can_read_its_own_example():
    for unit, (_, examples) in units.NOUNS.items():
        for example in examples.split(" or "):
            assert units.read(example.strip('"'), unit) > 0
