"""Arms matter where they should: causes turned round in a war of two powers with the items of the
shipped scenarios, each by direction and by size, on common luck."""

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import jax
import numpy as np
import pytest

from sinews import simulate
from sinews.model import movement
from sinews.model.coefficients import Coefficients
from sinews.model.manpower import formations
from sinews.model.state import State
from sinews.model.strength import arms
from sinews.model.world import World
from sinews.scenario import load_text
from sinews.scenario.compile import compile

MEMBERS, WEEKS = 256, 20

WAR = """
title = "Arms"
format = 2
start = 1941-06-02
weeks = 20
source = "s"
kind = "assumed"
sources.s = "made up, with the items of eastern-front-1941"
[item.rifle]
weight = 0
establishment = 0.6
hit = 1
gates = true
trains = 1e-5
write_off_hit = 0.5
[item.tank]
weight = { low = 30, high = 60 }
establishment = { low = 0.001, high = 0.002 }
hit = 4.5
breakdown = 0.3
armour = 1
trains = 0.04
captured_as = "captured-tank"
usable = 0.1
[item.gun]
weight = { low = 5, high = 15 }
establishment = 0.02
hit = 2.5
write_off_hit = 0.3
trains = 0.02
[item.lorry]
weight = 2
establishment = 0.06
hit = 2
breakdown = 0.06
carries = 1
trains = 0.012
[item.captured-tank]
weight = 20
establishment = 0
trains = 0.04
[power.west]
policy = "scripted"
reserve_theatre = "rear"
[[power.west.script]]
from = 1941-06-02
until = 1941-10-20
attack = ["line"]
[power.east]
policy = "defensive"
reserve_theatre = "hub"
manpower = { ready = "600 k", reserve = "600 k", mobilise = "30 k a week", quality_ready = 0.5 }
stock = { rifle = RIFLES, tank = TANKS, gun = GUNS, lorry = LORRIES }
[[power.east.receive]]
from = 1941-06-02
rifle = "RIFLES_MADE a week"
tank = "TANKS_MADE a week"
gun = "GUNS_MADE a week"
lorry = "LORRIES_MADE a week"
[theatre.line]
front = 0
west = ["west"]
east = ["east"]
place = [
    { name = "A", km = -300, power = "west" },
    { name = "B", km = 400, power = "east", fort = 1.5 },
    { name = "C", km = 900, power = "east" },
]
[theatre.rear]
power = "west"
[theatre.hub]
power = "east"
[[force]]
power = "west"
theatre = "line"
men = "700 k"
days = 20
rifle = "420 k"
tank = 1000
gun = 9000
lorry = "40 k"
[[force]]
power = "east"
theatre = "line"
men = "600 k"
quality = 0.7
days = 20
rifle = FIELD_RIFLES
tank = FIELD_TANKS
gun = FIELD_GUNS
lorry = FIELD_LORRIES
[[link]]
from = "hub"
to = "line"
power = "east"
km = 600
capacity = "60 trains/day"
"""

# In depots, come in a week, and with the force.
EASTS = {
    "RIFLES": (300e3, 30e3, 360e3),
    "TANKS": (400, 60, 700),
    "GUNS": (4000, 700, 9000),
    "LORRIES": (10e3, 600, 25e3),
}


def file(**factor: float) -> bytes:
    """The war, in which east has `factor` times the arms of a kind wherever it has or gets any."""
    text = WAR
    for name, (stock, made, field) in EASTS.items():
        f = factor.get(name.lower(), 1.0)
        text = text.replace(f"FIELD_{name}", f"{f * field:.0f}")
        text = text.replace(f"{name}_MADE", f"{f * made:.0f}").replace(name, f"{f * stock:.0f}")
    return text.encode()


MEASURES = ("front:line", "formed:east", "casualties:east")


@cache
def fought(text: bytes, railways: Any = movement.step) -> dict[str, np.ndarray]:
    """Each member's measures of a war as a file tells it."""
    scenario = load_text(text, "arms.toml")
    run = {"members": MEMBERS, "weeks": WEEKS, "seed": 1, "measures": MEASURES}
    found = simulate(scenario, week={"movement": railways}, **run)
    names = [str(name).split("@")[0] for name in found["pick"].values]
    return {n: found["chosen"].values[names.index(n)].astype(float) for n in MEASURES}


def moved(measure: str, than: bytes, text: bytes) -> tuple[float, float]:
    """How far one war is from another in a measure, on average and in standard errors."""
    apart = fought(text)[measure] - fought(than)[measure]
    error = apart.std() / np.sqrt(MEMBERS)
    return float(apart.mean()), float(apart.mean() / error) if error > 0.0 else 0.0


@pytest.mark.parametrize("kind", ["tanks", "guns", "rifles", "lorries"])
def test_a_third_less_of_any_arm_loses_ground_and_forms_fewer_men(kind: str):
    third, none = (file(**{kind: share}) for share in (2 / 3, 0.0))
    km, sure = moved("front:line", file(), third)
    assert km > 20.0 and sure > 3.0
    assert moved("front:line", third, none)[1] > 3.0
    assert moved("formed:east", file(), third)[1] < -3.0


def kept(state: State, world: World, key: jax.Array) -> State:
    """The week's railways, if armies gave nothing back."""
    c = replace(world.coefficient, hand_in=0.0)
    return movement.step(state, replace(world, coefficient=c), key)


def test_arms_of_the_fallen_arm_new_men():
    text = file(rifles=0.5)
    more = fought(text)["formed:east"] - fought(text, kept)["formed:east"]
    assert more.mean() > 20e3 and more.mean() > 3.0 * more.std() / np.sqrt(MEMBERS)


def test_what_armies_give_back_is_worked_out_by_hand():
    """A fifth of the 20,000 rifles that 100,000 men have beyond 0.6 each; no captured tank, which
    no establishment has, and nothing where there are too few."""
    compiled = compile(load_text(file(), "arms.toml"))
    world = World(Coefficients(), **compiled.world)
    armies, items = len(world.army_power), list(compiled.axes["item"])
    men, kit = np.full(armies, 100e3), np.zeros((armies, len(items)))
    kit[0, items.index("rifle")], kit[0, items.index("captured-tank")] = 80e3, 50.0
    kit[1, items.index("rifle")] = 50e3
    back = np.asarray(movement.handed_in(men, kit, world))
    assert back[0, items.index("rifle")] == pytest.approx(4e3, rel=1e-4) and back.sum() < 4001.0


def test_ten_times_the_rifles_move_where_they_are_short_and_nowhere_else():
    plenty, few = file(rifles=3.0), file(rifles=0.2)
    km, sure = moved("front:line", few, file(rifles=2.0))
    assert km < -100.0 and sure < -3.0
    assert abs(moved("front:line", plenty, file(rifles=30.0))[0]) < 1.0
    assert moved("formed:east", plenty, file(rifles=30.0))[0] < 1e3


def bought(kind: str, day: str) -> bytes:
    """The war with 2,400 tanks, of its own or of another make, and 5,000 guns that come to east in
    a week."""
    until = np.datetime64(day) + 7
    row = f'[[power.east.receive]]\nfrom = {day}\nuntil = {until}\n{kind} = "2400 a week"\n'
    guns = "" if kind != "tank" else 'gun = "5000 a week"\n'
    return file().replace(b"[theatre.line]", (row + guns).encode() + b"[theatre.line]")


def test_arms_are_worth_most_to_their_maker_and_before_the_date():
    early, late = bought("tank", "1941-06-16"), bought("tank", "1941-09-29")
    km, sure = moved("front:line", file(), early)
    assert km < -50.0 and sure < -3.0
    assert moved("front:line", early, late)[1] > 3.0
    foreign = bought("captured-tank", "1941-06-16")
    assert moved("front:line", file(), foreign) == (0.0, 0.0)


def world_of(text: bytes) -> World:
    return World(Coefficients(bare=0.4, forming=4.0, outfit_least=0.5, cadre=0.25),
                 **compile(load_text(text, "arms.toml")).world)  # fmt: skip


def worth(world: World, kit: list[float], power: int = 1) -> float:
    """What items add to 1,000 men of a power."""
    whose = np.eye(2, dtype=np.float32)[[power]]
    men, kit_of = np.float32([1000.0]), np.float32([kit])
    return float(arms(men, kit_of, whose, jax.tree.map(np.float32, world))[0])


# Ten items a 1,000 men of weight 30, twenty of weight 10: together half as strong as the men.
PLAIN = (
    WAR.replace("{ low = 30, high = 60 }", "30").replace("{ low = 0.001, high = 0.002 }", "0.01")
    .replace("{ low = 5, high = 15 }", "10").replace("weight = 2\n", "weight = 0\n")
)  # fmt: skip


def plain(text: str = PLAIN) -> bytes:
    for name in EASTS:
        text = text.replace(f"FIELD_{name}", "0").replace(f"{name}_MADE", "0").replace(name, "0")
    return text.encode()


def test_a_body_counts_by_its_arms_as_worked_out_by_hand():
    world = world_of(plain())
    # At establishment: 600 rifles, 10 tanks, 20 guns.
    assert worth(world, [600, 10, 20, 0, 0]) == pytest.approx(500.0)
    assert worth(world, [6000, 100, 200, 0, 99]) == pytest.approx(500.0)
    # Without its tanks 300 of 500: two fifths, or 600, of those who depend on arms are idle.
    assert worth(world, [600, 0, 20, 0, 0]) == pytest.approx(200.0 - 0.6 * 0.6 * 1000)
    # Half its rifles, none of its rifles, nothing at all.
    assert worth(world, [300, 10, 20, 0, 0]) == pytest.approx(500.0 - 0.6 * 0.5 * 1000)
    assert worth(world, [0, 10, 20, 0, 0]) == pytest.approx(500.0 - 0.6 * 1000)
    assert worth(world, [0, 0, 0, 0, 0]) == pytest.approx(-0.6 * 1000)


def test_nobody_lacks_what_others_units_have():
    world = world_of(plain(PLAIN.replace("[item.tank]", '[item.tank]\nusers = ["west"]')))
    assert worth(world, [600, 10, 20, 0, 0], power=0) == pytest.approx(500.0)
    # East has no crews for tanks, and is whole without them.
    assert worth(world, [600, 0, 20, 0, 0]) == worth(world, [600, 10, 20, 0, 0])
    assert worth(world, [600, 0, 20, 0, 0]) == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("ready", "leaders", "depot", "formed"),
    [
        # A quarter a week while there is enough of all; a quarter of the leaders' strength.
        (8e3, 1e6, [6e3, 60, 120, 0, 0], 2000.0),
        (8e3, 4e3, [6e3, 60, 120, 0, 0], 1000.0),
        # Rifles for 500 men; half the arms is enough to go out with, a quarter for half of them.
        (8e3, 1e6, [300, 60, 120, 0, 0], 500.0),
        (8e3, 1e6, [6e3, 10, 20, 0, 0], 2000.0),
        (8e3, 1e6, [6e3, 5, 10, 0, 0], 1000.0),
        # Guns beyond establishment stand in for nothing.
        (8e3, 1e6, [6e3, 0, 1e6, 0, 0], 2000.0 * 0.8),
        (8e3, 1e6, [6e3, 0, 0, 0, 0], 0.0),
    ],
)
def test_men_form_units_as_fast_as_time_leaders_and_arms_allow(
    ready: float, leaders: float, depot: list[float], formed: float
):
    world = jax.tree.map(np.float32, world_of(plain()))
    numbers = (np.float32([0.0, x]) for x in (ready, leaders))
    found = formations(*numbers, np.float32([[0] * 5, depot]), world)
    assert float(found[1]) == pytest.approx(formed, rel=1e-5)


def test_raise_bounds_formation_only_where_it_is_declared():
    world = world_of(
        plain(PLAIN.replace('"600 k", reserve', '"600 k", raise = "10 k a week", reserve'))
    )
    assert list(world.raise_most) == [np.inf, 1e4]


EAST = files("sinews") / "scenario/library/eastern-front-1941.toml"
SHELLS = {
    r'capacity = \{ low = "20 kt/week"[^}]*\}': 'capacity = "8 kt/week"',
    r'shell = \{ low = "400 kt"[^}]*\}': 'shell = "180 kt"',
}


def third(item: str) -> str:
    """The Eastern Front with a third of what the USSR has, makes and receives of an item."""
    theirs = re.compile(r'\[\[force\]\]\npower = "ussr"|\[+power\.ussr\.(stock|build|receive)\]+')
    number = re.compile(rf"(?m)^{item} = (.*?)(\d[\d.]*(?:e\d)?)")
    tables = re.split(r"(?m)^(?=\[)", EAST.read_text("utf-8"))
    less = [
        number.sub(lambda m: f"{item} = {m[1]}{float(m[2]) / 3}", t) if theirs.match(t) else t
        for t in tables
    ]
    return "".join(less)


def unaided() -> str:
    """It receives nothing: tables of noughts, which leave the shapes of arrays as they are."""
    tables = re.split(r"(?m)^(?=\[)", EAST.read_text("utf-8"))
    none = (re.sub(r'"[\d.]+ a week"', '"0 a week"', t) for t in tables)
    theirs = (t.startswith("[[power.ussr.receive]]") for t in tables)
    return "".join(n if his else t for t, n, his in zip(tables, none, theirs, strict=True))


def without_shells() -> str:
    text = EAST.read_text("utf-8")
    for old, new in SHELLS.items():
        text, changed = re.subn(old, new, text)
        assert changed == 1, old
    return text


@cache
def november(text: str) -> np.ndarray:
    """Where the fronts stand on 18 November 1942, km on the mean of the three axes [member]."""
    scenario = load_text(text.encode(), str(EAST))
    found = simulate(scenario, members=MEMBERS, weeks=74, keep=True)["front"]
    return found.isel(week=-1).mean("axis").values.reshape(-1)


@pytest.mark.parametrize(
    ("name", "text", "km"),
    [
        ("a third of the tanks", third("tank"), 25),
        ("a third of the guns", third("gun"), 150),
        ("a third of the lorries", third("lorry"), 120),
        ("a third of the shells", without_shells(), 120),
        ("no aid", unaided(), 6),
    ],
    ids=lambda x: x if isinstance(x, str) and len(x) < 40 else "",
)
def test_soviet_arms_tell_on_the_eastern_front(name: str, text: str, km: float):
    """Sizes seen with 768 members: 46 +- 4, 205 +- 8, 160 +- 7, 169 +- 7 and 12 +- 2 km."""
    lost = november(text) - november(EAST.read_text("utf-8"))
    error = lost.std(ddof=1) / np.sqrt(lost.size)
    assert lost.mean() > max(km, 3.0 * error), (name, lost.mean(), error)
