"""Supply: trains, lorries and horses that bring it, munitions and fuel that are part of it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest
from mistakes import TESTS, bad, told
from worlds import LINKS, Mix, alone, at_war, random_one

import sinews
from sinews.analysis.branching import SharedPast, started
from sinews.model import combat
from sinews.model.coefficients import COEFFICIENTS, Coefficients
from sinews.model.state import State
from sinews.model.strength import called_for, strength
from sinews.model.world import World
from sinews.scenario import load
from sinews.scenario.compile import compile
from sinews.scenario.load import load_text

BORDER = TESTS / "scenarios" / "border.toml"

SHARES = (0, 25, 50, 100, 200)


def test_a_front_lives_by_the_trains_of_its_line(tmp_path: Path):
    """Ten trains a day feed Westland's 650,000 men who attack: a line of less stops them early."""
    of_rhine = 'set.link."rhine>border"]\ncapacity ='
    lines = [f"[option.t{x}.{of_rhine} {max(0.08 * x, 1e-3)}" for x in SHARES]
    far = f"[option.far.{of_rhine} 8\nkm = 5000"
    path = bad(tmp_path, BORDER, (("", "\n".join([*lines, far])),))

    def found(option: str) -> tuple[float, ...]:
        data = sinews.simulate(load(path, [option]), members=64, seed=1, keep=True)
        mean = data.mean("member")
        west = mean.sel(power="westland", axis="border")
        return tuple(
            float(x)
            for x in (
                west["days"][2],
                west["days"][-1],
                mean["front"].sel(axis="border")[-1],
                mean["irrecoverable"].sel(power="ostland")[-1],
            )
        )

    by = np.array([found(f"t{share}") for share in SHARES])
    assert (np.diff(by, axis=0) >= -1e-3 * by[1:]).all(), by
    days, later, front, losses = by.T
    assert days[-1] > days[0] + 7 and later[-1] > later[0] + 15
    assert front[-1] > front[0] + 60 and losses[-1] > 1.25 * losses[0]
    far = np.array(found("far"))
    assert (far < by[3] - np.array([2, 10, 50, 0])).all()


def supplied(**changes: object) -> tuple[State, World]:
    """A million men 250 km beyond their railhead, at war and quiet, with 10 days of supply and a
    table of 60,000 lorries."""
    state, world = random_one(Mix(seed=81, empty=0.0, quiet=0.0))
    known = {c.name: np.float32(c.default) for c in COEFFICIENTS.values()}
    end = np.float32([[1, 0], [-1, 0], [0, 0]])
    tables = {
        "coefficient": Coefficients(**known | {"relaying": np.float32(0.0)}),
        "end": end,
        "appetite": np.ones(3, np.float32),
        "base": np.zeros((3, 2), np.float32),
        "carries": np.float32([0, 1]),
        "establishment": np.float32([0.6, 0.06]),
        "link_share": np.eye(len(LINKS), dtype=np.float32)[0],
        "link_km": np.zeros(len(LINKS), np.float32),
        "link_line": np.eye(5, dtype=np.float32)[[[0, 0], *[[1, 1]] * (len(LINKS) - 1)]],
        "line_trains": np.full(5, 40.0, np.float32),
        "line_open": np.ones((8, 5), np.float32),
        "armour": np.zeros(2, np.float32),
        "home_use": np.zeros((3, 3), np.float32),
        "fired": np.tile(np.float32([1.2e-3, 0]), (3, 1)),
        "driven": np.tile(np.float32([0, 0.03]), (3, 1)),
    }
    forces = at_war(np.ones(2), end) | {
        "men": 1e6 * np.outer([1, 1, 0], np.eye(5)[0]),
        "days": np.full((3, 2), 10.0),
        "front": np.zeros(2),
        "railhead": -250.0 * end,
        "offensive": np.zeros((3, 2)),
        "attack": np.zeros((3, 2)),
        "equipment": np.zeros_like(state.equipment),
        "dump": np.full((3, 2, 2), 1e6),
        "material": np.full((3, 3), 1e6),
    }
    forces |= {n: x for n, x in changes.items() if n in forces}
    tables |= {n: x for n, x in changes.items() if n in tables}
    forces = {n: np.asarray(x, np.float32) for n, x in forces.items()}
    return state.replace(**forces), replace(world, **tables)


def stored(state: State, world: World, weeks: int = 3) -> float:
    """Days of supply that the first power has after some weeks."""
    for _ in range(weeks):
        state = alone("supply")(state, world, jax.random.key(0))
    return float(state.days[0, 0])


def test_fourteen_thousand_lorries_are_a_supply_column():
    """They bring a million men their full needs over 250 km; horses alone bring a ninth."""
    state, world = supplied()
    lorries = np.zeros_like(state.equipment)
    lorries[0, 1] = 14e3
    c = world.coefficient
    # 9,000 fill the columns, and carry 6.3 kg a man and day; horses carry 0.8 kg.
    more = 7 * ((9e3 * 350 / 500 / 1e3 + 200 / 250) / c.ration - c.use_quiet)
    assert stored(state.replace(equipment=lorries), world) == pytest.approx(10 + 3 * more, rel=1e-3)
    less = 7 * (c.supply_least - c.use_quiet)
    assert stored(state, world) == pytest.approx(10 + 3 * less, rel=1e-3)
    assert 10 + 3 * more > c.start_days > 10 and more - less > 5.9


def test_supplies_have_the_first_call_on_a_line():
    """A million men eat 7 * 6.8 kt * 1.05 a week of 450 t a train, where stores have room."""
    state, world = supplied(railhead=np.zeros((3, 2)), days=np.zeros((3, 2)))
    free = alone("supply")(state, world, jax.random.key(0)).free_paths
    np.testing.assert_allclose(free, [280 - 1.05 * 7 * 6800 / 450, *[280.0] * 4], rtol=1e-5)
    # A line of half as many brings half; where no journey leads, the country behind feeds them.
    half = replace(world, line_trains=np.full(5, 0.525 * 6800 / 450, np.float32))
    c = world.coefficient
    state = state.replace(days=np.full((3, 2), 10, np.float32))
    assert stored(state, half, 1) == pytest.approx(10 + 7 * (0.525 - c.use_quiet), rel=1e-4)
    alone_there = replace(half, link_share=np.zeros(len(LINKS), np.float32))
    assert stored(state, alone_there, 1) == pytest.approx(10 + 7 * (1.05 - c.use_quiet), rel=1e-4)
    # Over 1,000 km an eighth is lost, and over 5,000 almost half.
    for km, left in ((1000, 0.8869), (5000, 0.5488)):
        far = replace(world, link_km=np.full(len(LINKS), km, np.float32))
        more = 7 * (1.05 * left - c.use_quiet)
        assert stored(state, far, 1) == pytest.approx(10 + more, rel=1e-3)


SHELL, FUEL = 0, 1
STOCKED = np.full((3, 2, 2), 1e6)


def test_who_has_half_a_weeks_shells_rations_them():
    """A million men fire 8.4 kt in a week of full fighting; here there are 4.2 kt."""
    short = STOCKED.copy()
    short[0, 0, SHELL] = 4200.0
    state, world = supplied(dump=short)
    rich = state.replace(dump=np.asarray(STOCKED, np.float32))
    bare = float(world.coefficient.unarmed)
    less = np.asarray(strength(state, world) / strength(rich, world))[:, 0]
    np.testing.assert_allclose(less[:2], [bare + (1 - bare) / 2, 1.0], rtol=1e-5)
    # His enemy loses less by as much, on top of what the odds do.
    luck = combat.Luck(*np.zeros((3, 2), np.float32), *np.zeros((2, 3, 2), np.float32))
    fights = [combat.contest(x, world, luck) for x in (state, rich)]
    losses = [combat.exchanged(rich, world, fight)[1, 0] for fight in fights]
    c = world.coefficient
    assert float(losses[0] / losses[1]) == pytest.approx(less[0] ** (1 + c.helmbold), rel=0.02)
    # He fires half of what the fighting asks of him, and the week's books balance.
    fight = fights[0]
    spent = np.asarray(combat.expended(state, world, fight, np.zeros((3, 2), np.float32)))
    assert spent[0, 0, SHELL] == pytest.approx(0.5 * 8400 * float(fight.intensity[0]), rel=1e-5)
    caught = np.asarray(combat.expended(state, world, fight, np.full((3, 2), 0.3, np.float32)))
    left = 4200 - spent[0, 0, SHELL]
    assert caught[0, 0, SHELL] == pytest.approx(spent[0, 0, SHELL] + 0.3 * left, rel=1e-5)


def test_without_fuel_lorries_stand_still_and_an_advance_goes_on_foot():
    dry = STOCKED.copy()
    dry[:, :, FUEL] = 0.0
    lorries = np.zeros_like(random_one(Mix(seed=81))[0].equipment)
    lorries[:2, 1] = 14e3
    days = np.full((3, 2), 12.0)
    state, world = supplied(equipment=lorries, dump=dry, offensive=np.eye(3, 2), days=days)
    world = replace(world, good_material=np.eye(2, 3, dtype=np.float32))
    fuelled = state.replace(dump=np.asarray(STOCKED, np.float32))
    none = state.replace(material=np.zeros((3, 3), np.float32))
    more, less = stored(fuelled, world, 1), stored(none, world, 1)
    c = world.coefficient
    by_lorry = (9e3 * c.lorry_work / 500 / 1e3 + c.cart_work / 250) / c.ration
    assert more - less == pytest.approx(7 * (by_lorry - c.supply_least), rel=1e-3)
    luck = combat.Luck(np.float32([60.0, 0.0]), *np.zeros((2, 2)), *np.zeros((2, 3, 2), np.float32))
    fast, slow = (
        float(combat.speeds(x, world, combat.contest(x, world, luck))[0, 0])
        for x in (fuelled, none)
    )
    assert slow == pytest.approx(float(c.on_foot) * fast, rel=1e-5) and fast > 0.0


def test_dumps_fill_with_the_load_of_supplies_out_of_the_stock():
    """At the railhead a million quiet men get 1.05 of full needs, of which they want 0.62, and so
    1.7 weeks' shells of 8.4 kt, or what the stock has of it."""
    state, world = supplied(railhead=np.zeros((3, 2)), days=np.zeros((3, 2)))
    world = replace(world, good_material=np.eye(2, 3, dtype=np.float32))
    state = state.replace(dump=np.zeros((3, 2, 2), np.float32))
    full = 8400 * 1.05 / float(world.coefficient.use_quiet)
    for stock, sent in ((1e6, full), (5e3, 5e3)):
        held = np.full((3, 3), stock, np.float32)
        after = alone("supply")(state.replace(material=held), world, jax.random.key(0))
        assert float(after.issued[0, 0, SHELL]) == pytest.approx(sent, rel=1e-4)
        assert float(after.material[0, 0]) == pytest.approx(stock - sent, abs=2.0)
    # Where as much is asked at home, whose claim to it is uncut, each gets half of what is short.
    home = np.zeros((3, 3), np.float32)
    home[0, 0] = full / world.coefficient.home_claim
    held = np.full((3, 3), 5e3, np.float32)
    needs = replace(world, home_use=home)
    after = alone("supply")(state.replace(material=held), needs, jax.random.key(0))
    assert float(after.issued[0, 0, SHELL]) == pytest.approx(2.5e3, rel=1e-4)
    # Half of the trains bring half of it, and a line that is cut nothing, nor does the country
    # give more than food and fodder: supplies fall to what the land gives.
    for trains in (0.525 * 6800 / 450, 0.0):
        less = replace(world, line_trains=np.full(5, trains, np.float32))
        after = alone("supply")(state, less, jax.random.key(0))
        share = trains * 450 / 6800 / 1.05
        assert float(after.issued[0, 0, SHELL]) == pytest.approx(full * share, rel=1e-4)
    fed = state.replace(days=np.full((3, 2), 10, np.float32))
    c = world.coefficient
    land = 10 + 7 * (c.supply_least - c.use_quiet)
    assert stored(fed, less, 1) == pytest.approx(land, rel=1e-4)


def test_fronts_without_shells_call_for_them():
    """They ask works for a week's fire; who has it in his dumps asks for what he used."""
    state, world = supplied(dump=np.zeros((3, 2, 2)))
    world = replace(world, good_material=np.eye(2, 3, dtype=np.float32))
    issued = np.zeros((3, 2, 2), np.float32)
    issued[0, 0, SHELL] = 1000.0
    bare = called_for(state.replace(issued=issued), world)
    rich = called_for(state.replace(issued=issued, dump=np.asarray(STOCKED, np.float32)), world)
    assert float(bare[0, 0]) == pytest.approx(1000 + 8400, rel=1e-5)
    assert float(rich[0, 0]) == pytest.approx(1000, rel=1e-5)
    # At peace nobody lacks any.
    calm = called_for(state.replace(issued=issued, engaged=np.zeros((3, 2), np.float32)), world)
    assert float(calm[0, 0]) == pytest.approx(1000, rel=1e-5)


ARSENAL = (
    ("[sector.arms]", '[sector.shells]\nmakes = "shell"\n[sector.arms]'),
    ('steel = "120 kt" }', 'steel = "120 kt", shell = "20 kt" }'),
    ('coal = "12 Mt"', 'coal = "12 Mt"\nshell = "200 kt"'),
    ("", '[material.shell]\nfired = "2 kg"'),
    ("", '[option.full.set.power.westland.stock]\nshell = "200 kt"'),
    ("", "[option.bare.set.power.westland.stock]\nshell = 0"),
    ("", '[[option.aid.set.power.westland.receive]]\nfrom = 1941-06-02\nshell = "10 kt a week"'),
)


def test_shells_decide_within_twelve_weeks(tmp_path: Path):
    """Westland's 650,000 men fire 9 kt a week as they attack; dumps hold 26 kt, the stock 20 kt."""
    path = bad(tmp_path, BORDER, ARSENAL)

    def found(*options: str) -> dict[str, float]:
        data = simulated(path, *options)
        west = data.sel(power="westland")
        last = west["lasting"].sel(material="shell")
        return {
            "lasting": float(last[2]),
            "fire": float(west["fire"].sel(axis="border")[10]),
            "theirs": float(data["irrecoverable"].sel(power="ostland")[12]),
            "ours": float(west["irrecoverable"][12]),
        }

    stands, full, none, aid = found(), found("full"), found("bare"), found("aid")
    assert 1.5 * none["lasting"] < stands["lasting"] < 3 and full["lasting"] > 8
    assert full["fire"] > 0.95 and none["fire"] < 0.05 and aid["fire"] > stands["fire"] + 0.3
    assert none["theirs"] < stands["theirs"] < full["theirs"]
    assert full["theirs"] > 1.15 * none["theirs"] and none["ours"] > 1.25 * full["ours"]


def simulated(path: Path, *options: str) -> object:
    return sinews.simulate(load(path, options), members=64, seed=1, keep=True).mean("member")


def test_what_armies_use_up_is_made_by_a_sector_and_used_by_somebody(tmp_path: Path):
    words = (
        '[material.coal]\n[material.shels]\nfired = "1 kg"\n'
        '[material.steel]\nfired = "1 kg"\nusers = ["eastland"]'
    )
    said = told(bad(tmp_path, BORDER, (("", words),)))
    assert "nobody uses it up" in said and "write fired or driven above 0" in said
    assert "no material has that name" in said and "shels" in said
    assert "no power has that name" in said and "eastland" in said


def test_only_users_of_munitions_run_short_of_them(tmp_path: Path):
    path = bad(
        tmp_path, BORDER, (*ARSENAL, ('fired = "2 kg"', 'fired = "2 kg"\nusers = ["westland"]'))
    )
    tables = compile(load(path))
    np.testing.assert_allclose(tables.world["fired"], [[2e-3], [0.0]])
    assert tables.state["dump"][0].any() and not tables.state["dump"][1].any()
    last = simulated(path, "bare")["fire"].sel(axis="border")[-1]
    assert float(last.sel(power="westland")) < 0.05 and float(last.sel(power="ostland")) == 1.0


BOMBED = """
[[option.line.set.link."rhine>border".hindered]]
from = 1941-06-09
until = 1941-08-04
leaves = 0.05
[[option.works.set.power.westland.industry.arms.hindered]]
from = 1941-06-30
leaves = 0.02
"""


def test_bombs_on_a_line_or_on_works_leave_a_share_between_two_dates(tmp_path: Path):
    path = bad(tmp_path, BORDER, (("", BOMBED),))
    tables = compile(load(path, ("line", "works")))
    # A line, there and back.
    ways = ("westland rhine>border", "westland border>rhine")
    line = [tables.axes["line"].index(way) for way in ways]
    open_ = tables.world["line_open"]
    np.testing.assert_allclose(open_[:, line[0]], [1.0, *[0.05] * 8, *[1.0] * 11])
    np.testing.assert_array_equal(open_[:, line[0]], open_[:, line[1]])
    assert (np.delete(open_, line, axis=1) == 1.0).all()
    at = [tables.axes[n].index(x) for n, x in (("power", "westland"), ("sector", "arms"))]
    np.testing.assert_allclose(tables.world["plant_open"][:, *at], [*[1.0] * 4, *[0.02] * 16])

    plain, line, works = (
        simulated(path, *x).sel(power="westland") for x in ((), ("line",), ("works",))
    )
    days = [float(x["days"].sel(axis="border")[9]) for x in (plain, line)]
    assert days[0] > days[1] + 3
    # Seventy tanks a week take 0.4 M of the 9 M hours; a fiftieth of them is 0.2 M.
    made = [float(x["made"].sel(item="tank")[-1]) for x in (plain, works)]
    assert made[1] < 0.75 * made[0]


def test_what_is_hindered_has_a_line_and_ends_after_it_begins(tmp_path: Path):
    rows = ", hindered = [{ from = 1941-08-04, until = 1941-07-07, leaves = 0.5 }] }"
    wrong = (
        'capacity = "9 M hours a week", labour = "250 k" }',
        'capacity = "9 M hours a week", labour = "250 k"' + rows,
    )
    assert "ends before it begins" in told(bad(tmp_path, BORDER, (wrong,)))


HIT = """
[[option.no-shells.set.power.ussr.industry.munitions.hindered]]
from = 1941-11-09
leaves = 0
[option.t200.set.link."reich>moscow"]
capacity = "90 trains/day"
""" + "".join(
    f"""
[[option.t{share}.set.link."reich>moscow".hindered]]
from = 1941-06-22
leaves = {share / 100}
"""
    for share in (0, 25, 50)
)


@cache
def east(option: str = "", weeks: int = 40) -> SharedPast:
    """Campaigns of the shipped Eastern Front, with the common luck of 256."""
    scenario = load("eastern-front-1941")
    text = scenario.content + HIT.encode()
    scenario = load_text(text, str(scenario.path), (option,) if option else ())
    return started(scenario, range(256), 1, weeks)


AXES = ("leningrad", "moscow", "kiev")


def test_baku_on_fire_is_felt_at_the_front():
    """It has 0.72 of the Soviet wells; by the ninth month the stock is gone, and who attacks goes
    on foot."""
    stands, burns = east(), east("baku-burns")
    made = [x.series("produced", "ussr", "fuel")[-1].mean() for x in (stands, burns)]
    assert 1.0 - made[1] / made[0] == pytest.approx(0.72, abs=0.02)
    drive = [np.mean([x.series("drive", "ussr", a)[36] for a in AXES]) for x in (stands, burns)]
    assert drive[0] > 0.95 and drive[0] - drive[1] > 0.36
    # Its winter offensive wins back less: before Moscow 19 km in the mean; in the south four.
    for axis, km in (("moscow", 10.0), ("kiev", 1.0)):
        lost = burns.series("front", axis)[36] - stands.series("front", axis)[36]
        assert (lost > 0.1).sum() >= 10 > 3 * (lost < -0.1).sum()
        assert lost.mean() > km
    # Germany has stocks for the summer without Ploesti, and less than half as long by January.
    lasts = [
        np.median(x.series("lasting", "germany", "fuel")[28])
        for x in (stands, east("ploesti-burns"))
    ]
    assert lasts[1] < 0.6 * lasts[0]


def test_a_power_whose_munition_works_stop_is_out_of_shells_when_its_stock_is():
    """Works of 20 kt a week stop in the autumn: by spring half a million tonnes are fired."""
    stands, stops = east(), east("no-shells")
    fire, strong = (
        [np.mean([x.series(n, "ussr", a)[40] for a in AXES]) for x in (stands, stops)]
        for n in ("fire", "strength")
    )
    assert fire[1] < fire[0] - 0.25 and strong[1] < 0.8 * strong[0]
    ours, theirs = (
        [np.ptp(x.series("casualties", p)[[28, 40]].mean(axis=1)) for x in (stands, stops)]
        for p in ("ussr", "germany")
    )
    assert ours[1] > 1.02 * ours[0] and theirs[1] < 0.95 * theirs[0]


def test_what_a_line_of_germany_carries_moves_the_front_of_moscow():
    """Own losses have two causes that pull apart: who is hungry or without shells loses more, and
    who cannot attack loses less. What falls to each of his own does not turn."""
    found: list[tuple[float, ...]] = []
    for option in ("t0", "t25", "t50", "", "t200"):
        run = east(option, 40 if not option else 28)
        lost = [run.series("irrecoverable", p)[28].mean() for p in ("ussr", "germany")]
        front = run.series("front", "moscow")[28].mean()
        days = run.series("days", "germany", "moscow")[12].mean()
        found.append((front, days, lost[0], lost[0] / lost[1], lost[1]))
    by = np.array(found)
    assert (np.diff(by[:, :4], axis=0) >= -2e-3 * by[1:, :4]).all(), by
    front, days, losses, exchange, own = by.T
    assert front[3] > front[0] + 400 and days[3] > days[0] + 15
    assert losses[3] > 1.4 * losses[0] and exchange[3] > 2 * exchange[0] and own[0] > 1.4 * own[3]
