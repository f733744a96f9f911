"""Diplomacy and intelligence: what agreements do, how trust moves, what staffs believe."""

from dataclasses import replace
from functools import cache
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

import jax
import numpy as np
import pytest
from bargains import zoned
from hypothesis import given
from hypothesis import strategies as st
from jax import Array
from worlds import Batch, Mix, alone, at_war, campaign, random_batch, random_one, week_of

from sinews.model import diplomacy, intelligence
from sinews.model.agreements import bound, ceilings, promised, trust_of
from sinews.model.garrisons import kept_back, threats
from sinews.model.gathering import gathers, warned
from sinews.model.onset import resolves
from sinews.model.orders import hold
from sinews.model.state import State, quantities
from sinews.model.strength import at_hand, strength, untied
from sinews.model.view import common, rules, view
from sinews.model.world import World

EAST, WEST, THIRD = 0, 1, 2
NEVER, NO_CEILING = 1e6, 1e9
DRAFT = 1
"""The second agreement is a draft unless a test offers it."""


def as_float(changes: dict[str, Any]) -> dict[str, np.ndarray]:
    return {n: np.asarray(x, np.float32) for n, x in changes.items()}


def gold(amounts: Any) -> np.ndarray:
    """Amounts of gold, the third material, and of nothing else [... material]."""
    return np.asarray(amounts, np.float32)[..., None] * np.eye(3, dtype=np.float32)[2]


def gold_of(state: State) -> list[float]:
    """By power."""
    return np.asarray(state.material)[:, 2].tolist()


NEUTRAL = {"patience": 1.0, "risk": 0.0, "face": 0.0, "ruthless": 0.0}
"""What leaders are unless their file says more."""


def neighbours(coefficients: dict[str, float] | None = None, **changes: Any) -> World:
    """Two powers who meet on both axes, a third beside the second, and a treaty between the
    two for peace on axis 0 that both are glad to sign in week 0."""
    _, world = random_one(Mix(seed=91, quiet=1.0))
    parties = np.array([[1, 1, 0], [1, 1, 0]])
    made = {
        "end": np.array([[-1], [1], [1]]) * np.ones((3, 2)),
        "party": parties,
        "offered": [0, NEVER],
        "expires": [NEVER, NEVER],
        "peace": [[1, 0], [0, 1]],
        **zoned(np.full((8, 2, 3, 5), NO_CEILING)),
        "inspects": np.zeros((2, 2)),
        **{n: np.zeros(2) for n in ("defence", "truce_weeks", "homeward")},
        "line": np.zeros(2),
        "line_pace": np.zeros((8, 2)),
        "tender": np.eye(3),
        "pays": np.zeros((2, 3, 3)),
        "gain_kept": parties,
        "gain_broken": np.zeros((2, 3)),
        "concedes": np.zeros((2, 3)),
        **{n: np.full(3, x) for n, x in NEUTRAL.items()},
        "breach_rate": np.zeros((2, 3)),
        "breach_week": np.full((2, 3), NEVER),
        "floor": np.zeros((3, 3)),
        "kept_back": np.zeros((8, 3, 3)),
        "suspended": np.zeros((8, 4)),
        "lot_signed": np.full(4, NEVER),
        "lot_due": np.zeros((8, 4)),
        "script_attack": np.full((8, 3, 2), np.nan),
        "script_send": np.full((8, 7), np.nan),
    }
    c = replace(world.coefficient, **as_float(coefficients or {}))
    return replace(world, coefficient=c, **as_float(made | changes))


def opening(**changes: Any) -> State:
    """The state before anything is signed, all at peace."""
    state, _ = random_one(Mix(seed=91, quiet=1.0, empty=0.0))
    none = (
        "in_force",
        "broken",
        "demarcated",
        "odds_signed",
        "attack",
        "hostile",
        "gathered",
        "gathering_seen",
        "signed",
        "arrears",
        "collapsed",
    )
    made = {n: np.zeros_like(getattr(state, n)) for n in none}
    made |= {"material": gold(np.full(3, 100.0)), "used": np.zeros((3, 3))}
    made |= {"kept_seen": np.full((3, 3), 4.0)}
    return state.replace(**as_float(made | {"broken_seen": np.full((3, 3), 4.0)} | changes))


def conducted(state: State, world: World, seed: int = 0) -> State:
    """After a week of diplomacy, and of what it means for war."""
    for step in ("diplomacy", "wars"):
        state = alone(step)(state, world, jax.random.key(seed))
    return state


def week_on(state: State, world: World, seed: int = 0) -> State:
    """After a week of diplomacy alone."""
    after = conducted(state, world, seed)
    return after.replace(week=after.week + 1, attack=state.attack)


@cache
def _often(step: str) -> Any:
    return jax.jit(jax.vmap(week_of()[step], (None, None, 0)))


def drawn(step: str, state: State, world: World, draws: int) -> State:
    """A step from one state with the luck of many weeks, which come first in every field."""
    keys = jax.vmap(jax.random.key)(np.arange(draws))
    return jax.device_get(_often(step)(state, world, keys))


def weeks_on(state: State, world: World, weeks: int) -> list[State]:
    history = [state]
    for week in range(weeks):
        history.append(week_on(history[-1], world, week))
    return history


def trusting(share: float) -> dict[str, np.ndarray]:
    """Counts that come to such a trust of all in all."""
    return {
        "kept_seen": np.full((3, 3), 1000 * share - 1.0, np.float32),
        "broken_seen": np.full((3, 3), 1000 * (1 - share) - 1.0, np.float32),
    }


def signed(world: World, **changes: Any) -> State:
    return week_on(opening(**changes), world)


PROMISE = {"gain_broken": -np.array([[1, 1, 0], [1, 1, 0]])}
"""A pure promise: worth 1 if it is kept, -1 if it is broken."""


def test_without_trust_there_is_no_deal_on_a_pure_promise():
    world = neighbours(**PROMISE)
    for trust, share in ((0.1, 0.0), (0.9, 1.0)):
        signs = drawn("diplomacy", opening(**trusting(trust)), world, 1000).in_force[:, 0]
        assert signs.mean() == share
    # Between them lies one half, where both must be in the mood.
    even = drawn("diplomacy", opening(**trusting(0.5)), world, 1000).in_force[:, 0]
    assert even.mean() == pytest.approx(0.25, abs=0.06)


def test_one_distrustful_party_is_enough():
    counts = trusting(0.9)
    counts["broken_seen"][WEST, EAST] = 1e5
    assert not float(signed(neighbours(**PROMISE), **counts).in_force[0])
    counts = trusting(0.9)
    counts["broken_seen"][THIRD] = 1e5
    assert float(signed(neighbours(**PROMISE), **counts).in_force[0]) == 1.0, "no party to it"


@pytest.mark.parametrize("trust", [0.45, 0.5, 0.55])
def test_more_to_gain_never_prevents_a_signature(trust: float):
    signs = []
    for gain in np.linspace(0.7, 1.3, 7):
        world = neighbours(**PROMISE, gain_kept=[[gain, 1, 0], [1, 1, 0]])
        signs.append(drawn("diplomacy", opening(**trusting(trust)), world, 1000).in_force[:, 0])
    rises = np.diff(np.array(signs), axis=0)
    assert (rises >= 0).all() and (rises > 0).any()


def test_an_agreement_is_signed_when_it_is_offered_and_ends_when_it_expires():
    world = neighbours(offered=[2, NEVER], expires=[5, NEVER], pays=gold([[1, -1, 0], [0, 0, 0]]))
    assert [float(s.in_force[0]) for s in weeks_on(opening(), world, 7)] == [0, 0, 0, 1, 1, 1, 0, 0]
    last = weeks_on(opening(), world, 7)[-1]
    assert not last.broken.any() and gold_of(last) == [101, 99, 100]


def test_a_treaty_bars_attack_and_nobody_else():
    world = neighbours()
    peace = signed(world)
    assert np.asarray(bound(peace, world)).tolist() == [[1, 0], [1, 0], [0, 0]]
    hawks = peace.replace(attack=np.ones((3, 2), np.float32))
    after = conducted(hawks, world)
    assert np.asarray(after.attack).tolist() == [[0, 1], [0, 1], [1, 1]]
    assert np.asarray(after.hostile).tolist() == [1, 1], "the third is not bound"
    for power, war in ((EAST, 0), (WEST, 0), (THIRD, 1)):
        one = np.zeros((3, 2), np.float32)
        one[power, 0] = 1.0
        after = conducted(peace.replace(attack=one), world)
        assert np.asarray(after.hostile).tolist() == [war, war]
    # Where there is war already, a paper stops no attack.
    war = hawks.replace(**at_war(np.ones(2), world.end))
    assert np.asarray(alone("diplomacy")(war, world, jax.random.key(0)).attack).all()


STEEP = {"onset": 0.01, "busy": 2.0, "pledge": 0.7, "breach_shift": 1.0, "breach_trust": 1.0,
         "breach_trade": 0.7}  # fmt: skip


_resolved = jax.jit(jax.vmap(resolves, (None, None, 0)))
_strength = jax.jit(strength)
_gathers, _warned = jax.jit(gathers), jax.jit(warned)


def begun_share(state: State, world: World) -> float:
    """In how many of 4,000 weeks the first power begins a war on the first axis."""
    keys = jax.random.split(jax.random.key(3), 4000)
    return float(np.asarray(_resolved(state, world, keys))[:, EAST, 0].mean())


def test_a_leader_begins_a_war_by_what_he_believes_and_stands_to_lose():
    calm = {n: np.zeros((3, 2)) for n in ("strength_seen", "surge_seen")}
    even = trusting(0.5) | calm | {"lapsed": np.ones(4), "reach": np.full((3, 2), 1e5)}
    world = neighbours(STEEP, restraint=np.ones(3), played=np.zeros(3))
    own = float(_strength(opening(**even), world)[EAST, 0]) + 1e5

    def share(seen: float, world: World = world, **changes: Any) -> float:
        facing = {"strength_seen": np.full((3, 2), own * seen)}
        return begun_share(opening(**(even | facing | changes)), world)

    within = {"abs": 3 * sqrt(0.01 / 4000)}
    assert share(1.0) == pytest.approx(0.01, **within)
    assert share(0.1) == pytest.approx(1 - exp(-0.1), abs=0.02)
    assert share(0.1, **trusting(0.9)) == pytest.approx(1 - exp(-0.1 * exp(-0.4)), abs=0.02)
    assert share(0.1, in_force=[1, 0]) == pytest.approx(1 - exp(-0.1 * exp(-0.7)), abs=0.02)
    busy = {"war": [[0, 0, 1], [0, 0, 0], [1, 0, 0]]}
    assert share(0.1, **busy) == pytest.approx(1 - exp(-0.1 * exp(-2.0)), abs=0.01)
    # What trains could bring to the other side within the warning deters like what is there.
    behind = {"surge_seen": np.full((3, 2), 0.9 * own)}
    assert share(0.1, **behind) == pytest.approx(0.01, **within)
    # None by luck where a council decides, in a truce, in a war, or without men.
    truce = {"truce": np.full((3, 3), 99.0)}
    assert share(0.001) > 0.5
    assert share(0.001, replace(world, played=np.ones(3, np.float32))) == 0.0
    for never in (truce, {"engaged": np.ones((3, 2))}, {"collapsed": [1, 0, 0]}):
        assert share(0.001, **never) == 0.0
    nobody = {n: np.zeros((3, 5)) for n in ("men", "experience")}
    assert share(0.001, **nobody) == 0.0


def test_who_is_at_war_elsewhere_tempts_and_a_sworn_defender_deters():
    """What a neighbour's other wars tie down is not counted against who looks on; an ally of his is
    who stands on another border of the attacker."""
    ends = np.array([[-1, -1], [1, 0], [0, 1]])
    sworn = {"end": ends, "party": [[1, 1, 0], [0, 1, 1]], "defence": [0, 1]}
    world = neighbours(STEEP, restraint=np.ones(3), played=np.zeros(3), **sworn)
    calm = {"surge_seen": np.zeros((3, 2)), "doubt_seen": np.zeros((3, 2)),
            "lapsed": np.ones(4), "reach": np.zeros((3, 2))}  # fmt: skip
    own = float(_strength(opening(), world)[EAST, 0])
    even = trusting(0.5) | calm | {"strength_seen": own * np.array([[0.1, 0.4]] * 3)}

    def share(**changes: Any) -> float:
        return begun_share(opening(**(even | changes)), world)

    all_ = 0.1 + 0.4 * float(world.coefficient.reliance)
    assert share() == pytest.approx(1 - exp(-0.1), abs=0.015)
    assert share(in_force=[0, 1]) == pytest.approx(1 - exp(-0.01 / all_), abs=0.01)
    # One who fights him already, or has broken, comes to nobody's help.
    assert share(in_force=[0, 1], engaged=[[0, 1]] * 3) == share()
    assert share(in_force=[0, 1], collapsed=[0, 0, 1]) == share()


@pytest.mark.parametrize(
    ("trait", "value", "factor"),
    [
        ("patience", 2.0, 0.5),
        ("patience", 0.5, 2.0),
        ("risk", 1.0, exp(0.5)),
        ("risk", -1.0, exp(-0.5)),
        ("ruthless", 1.0, exp(0.7 + 0.4)),
        ("ruthless", 0.5, exp(0.35 + 0.2)),
        ("face", 1.0, 1.0),
    ],
)
def test_what_a_leader_is_turns_whether_he_begins_a_war(trait: str, value: float, factor: float):
    """By half his time; by a sd of his staff's doubt; by what his word and trust would hold."""
    calm = {"surge_seen": np.zeros((3, 2)), "doubt_seen": np.full((3, 2), 0.25),
            "lapsed": np.ones(4), "reach": np.zeros((3, 2))}  # fmt: skip
    world = neighbours(STEEP, restraint=np.ones(3), played=np.zeros(3))
    own = float(_strength(opening(), world)[EAST, 0])
    bound_ = trusting(0.9) | calm | {"strength_seen": np.full((3, 2), 0.1 * own)}

    def share(**changed: float) -> float:
        like = {n: np.full(3, x, np.float32) for n, x in (NEUTRAL | changed).items()}
        return begun_share(opening(**bound_, in_force=[1, 0]), replace(world, **like))

    rate = 0.1 * exp(-0.7 - 0.4)
    assert share() == pytest.approx(1 - exp(-rate), abs=0.01)
    assert share(**{trait: value}) == pytest.approx(1 - exp(-rate * factor), abs=0.015)


def gathered(weeks: float, resolved: float = 0.0, world: World | None = None, **changes: Any):
    """Weeks for which the first power has gathered on the first axis, and whether it strikes, after
    a week that begins with so many; it finds its odds there four to one."""
    world = world or neighbours()
    one = np.zeros((3, 2), np.float32)
    one[EAST, 0] = 1.0
    own = float(_strength(opening(), world)[EAST, 0])
    facing = {"strength_seen": np.full((3, 2), own / 4.0), "doubt_seen": np.zeros((3, 2))}
    found = _gathers(
        opening(**(facing | {"gathered": weeks * one} | changes)), world, resolved * one
    )
    return float(found.weeks[EAST, 0]), float(found.strikes[EAST, 0])


def test_a_leader_gathers_before_he_strikes():
    last = float(neighbours().coefficient.gather)
    assert gathered(0.0) == (0, 0) and gathered(0.0, resolved=1.0) == (1, 0)
    assert gathered(last - 1.5) == pytest.approx((last - 0.5, 0))
    assert gathered(last) == pytest.approx((last + 1.0, 1))
    # An answer in time stops him; so do a peace signed meanwhile, a truce, and war itself.
    own = float(_strength(opening(), neighbours())[EAST, 0])
    assert gathered(last, strength_seen=np.full((3, 2), own)) == (0, 0)
    for ends in (
        {"signed": [1, 0]},
        {"truce": np.full((3, 3), 99.0)},
        {"engaged": np.ones((3, 2))},
    ):
        assert gathered(last, **ends) == (0, 0)
    goes = gathered(last, signed=[0, 1])
    assert goes == pytest.approx((last + 1.0, 1)), "that peace is for the other border"
    # Whom no railway serves there strikes at once.
    away = neighbours(link_to=np.eye(5)[[1] * 7])
    assert gathered(0.0, 1.0, away) == (1, 1)


def test_a_gathering_is_seen_in_its_last_weeks_and_sooner_by_inspectors():
    known = {"gather": 10.0, "warning": 6.0, "inspected": 0.5, "report_lag": 2.0}
    world = neighbours(known, inspects=[[1, 0], [0, 0]])
    first, sooner = 4.0, 1.0

    def sees(weeks: float, **changes: Any) -> list[float]:
        state = opening(gathered=[[weeks, 0], [0, 0], [0, 0]], **changes)
        return np.asarray(_warned(state, world))[:, 0].tolist()

    assert sees(first - 0.01) == [0, 0, 0] and sees(first + 0.01) == [0, 1, 1]
    treaty = {"in_force": [1, 0]}
    assert sees(first - sooner + 0.01, **treaty) == [0, 1, 0], "the third is no party to it"
    assert sees(first - sooner - 0.01, **treaty) == [0, 0, 0]


def test_who_gathers_and_who_is_warned_sends_men_to_a_border_at_peace():
    world, weeks = neighbours(), np.zeros((3, 2))
    weeks[EAST, 0] = 12.0
    calm = {n: np.zeros((3, 2)) for n in ("doubt_seen", "surge_seen", "strength_seen")}
    for power, how in ((EAST, "gathered"), (WEST, "gathering_seen")):
        hot = opening(**calm, **{how: np.roll(weeks, power, axis=0)})
        for state, sends in ((hot, True), (opening(**calm), False)):
            told = view(state, world, power, common(state, world)), rules(world, power)
            sent = np.asarray(hold(*told).send) @ np.asarray(world.link_to)
            assert (sent[0] > 0.0) == sends
            assert (float(hold(*told).draft) == 1.0) == sends
            assert sent[1] == 0.0


def test_a_leader_of_much_face_signs_away_nothing_and_who_gives_nothing_signs():
    """What he would give counts against the value that he sees: here 0.5 in all."""
    for face, gives, signs in ((0.3, 1, 1.0), (0.7, 1, 0.0), (0.7, 0, 1.0)):
        world = neighbours(face=np.full(3, face), concedes=[[gives, 0, 0], [0, 0, 0]])
        assert float(signed(world, **trusting(0.5)).in_force[0]) == signs


def test_a_war_that_a_leader_begins_breaks_his_word_and_is_blamed_on_him():
    strike = np.zeros((3, 2))
    strike[EAST, 0] = 1.0
    after = conducted(signed(neighbours()).replace(strike=strike), neighbours())
    assert np.asarray(after.breached)[0].tolist() == [1, 0, 0] and after.in_force[0] == 0
    assert after.attack[EAST, 0] == 1.0
    quiet = conducted(signed(neighbours()), neighbours())
    assert (after.war[EAST, WEST], quiet.war[EAST, WEST]) == (1.0, 0.0)
    fallen = np.asarray(trust_of(quiet) - trust_of(after)) > 0.05
    assert fallen[WEST, EAST] and not fallen[EAST].any()


def test_no_promise_is_broken_by_luck_where_a_council_decides():
    sure = {"breach_rate": np.full((2, 3), 50.0)}
    for played, broken in ((0.0, 1.0), (1.0, 0.0)):
        world = neighbours(**sure, played=np.full(3, played))
        after = week_on(signed(world), world)
        assert float(after.broken[0]) == broken


def test_no_policy_begins_a_war_that_it_is_bound_not_to():
    world = neighbours()
    seen = np.tile([1.0, 1e9], (3, 1))
    weak = {"strength_seen": seen, "first_seen": seen, "rested": np.full((3, 2), 52.0)}
    for state, begins in ((opening(**weak), True), (signed(world, **weak), False)):
        rash = replace(
            world, restraint=np.full(3, 1.5, np.float32), pace_week=np.ones((8, 2), np.float32)
        )
        after = alone("council")(state, rash, jax.random.key(0))
        assert (float(after.attack[EAST, 0]) > 0.0) == begins


def test_a_breach_makes_war_ends_the_agreement_and_costs_trust():
    """The first power breaks its word in week 3, by script."""
    world = neighbours(breach_week=[[3, NEVER, NEVER], [NEVER] * 3])
    history = weeks_on(opening(), world, 6)
    assert [float(s.in_force[0]) for s in history] == [0, 1, 1, 1, 0, 0, 0]
    assert [float(s.broken[0]) for s in history] == [0, 0, 0, 0, 1, 1, 1]
    assert [float(s.breached[0, EAST]) for s in history[1:]] == [0, 0, 0, 1, 0, 0]
    assert [np.asarray(s.hostile).tolist() for s in history[3:5]] == [[0, 0], [1, 1]]
    before, after = (np.asarray(trust_of(s)) for s in history[3:5])
    fallen = after < before - 0.05
    assert fallen[WEST, EAST] and fallen[THIRD, EAST] and fallen.sum() == 2


def test_those_who_only_watch_a_breach_lose_less_trust():
    world = neighbours(end=[[-1, -1], [1, 1], [0, 0]], breach_week=[[0, NEVER, NEVER], [NEVER] * 3])
    after = signed(world, in_force=[1, 0])
    victim, witness = (float(trust_of(after)[p, EAST]) for p in (WEST, THIRD))
    assert victim < witness < 0.45
    assert not np.diag(after.broken_seen - diplomacy_forgets(world) * 4.0).any()


def diplomacy_forgets(world: World) -> np.float32:
    return np.float32(world.coefficient.forget)


def test_forgetting_restores_trust_and_keeping_faith_builds_it():
    state = opening(broken_seen=np.full((3, 3), 14.0), kept_seen=np.zeros((3, 3)))
    idle, faithful = (
        neighbours({"forget": 0.98, "kept_most": 8.0}, offered=[NEVER, NEVER]),
        neighbours({"forget": 0.98, "kept_most": 8.0}),
    )
    slow, quick = (
        [float(trust_of(s)[WEST, EAST]) for s in weeks_on(state, w, 120)] for w in (idle, faithful)
    )
    assert slow[0] < 0.1 and (np.diff(slow) > 0).all() and (np.diff(quick) > 0).all()
    assert 0.3 < slow[-1] < 0.5 < 0.75 < quick[-1] < 0.9
    # What is remembered halves in log 2 / 0.02 weeks.
    assert weeks_on(state, idle, 34)[-1].broken_seen[0, 1] == pytest.approx(7.0, rel=0.01)


@given(st.floats(-3, 3), st.floats(0, 1), st.floats(0.01, 1), st.booleans(), st.floats(0.01, 1.5))
def test_the_hazard_grows_as_power_shifts(shift, trust, more, trade, weight):
    weights = np.array([weight, weight, weight])

    def at(shift: float, trust: float, trade: float) -> float:
        return float(diplomacy.hazard(0.002, shift, trust, trade, weights))

    base = at(shift, trust, float(trade))
    assert at(shift + more, trust, float(trade)) > base * (1 - 1e-6)
    assert at(shift, min(trust + more, 1.0), float(trade)) <= base * (1 + 1e-6)
    assert at(shift, trust, 1.0) <= at(shift, trust, 0.0)
    plain = 0.002 * exp(weight * (shift - (trust - 0.5) - trade))
    assert base == pytest.approx(plain, rel=1e-4) or abs(log(plain / 0.002)) > 5


def breaches(world: World, state: State, draws: int = 1000) -> float:
    """Share of weeks in which the first party breaks the treaty."""
    return float(drawn("diplomacy", state, world, draws).breached[:, 0, EAST].mean())


def test_a_treaty_is_broken_as_often_as_its_hazard_says():
    still = {"breach_trust": 0.0, "breach_trade": 0.0, "breach_shift": 1.0}
    world = neighbours(still, breach_rate=[[0.2, 0, 0], [0, 0, 0]])
    peace = signed(world)
    assert breaches(world, peace) == pytest.approx(1 - exp(-0.2), abs=0.04)
    # The enemy seems half as strong as it was: the odds have doubled, and so has the hazard.
    weaker = peace.replace(strength_seen=peace.strength_seen * np.float32(0.5))
    assert breaches(world, weaker) == pytest.approx(1 - exp(-0.4), abs=0.05)
    assert breaches(neighbours(still), weaker) == 0.0
    # Goods still to come from the other party are a reason to keep it, until they have come.
    sale = {
        "lot_seller": np.eye(3)[[WEST] * 4],
        "lot_buyer": np.eye(3)[[EAST] * 4],
        "lot_signed": np.zeros(4),
        "lot_total": np.full(4, 100.0),
    }
    buying = neighbours(still | {"breach_trade": 1.0}, breach_rate=world.breach_rate, **sale)
    lapsed = as_float({"lapsed": np.zeros(4)})
    for share, factor in ((0.5, exp(-1)), (1.0, 1.0)):
        delivered = as_float({"delivered": np.full(4, 100 * share)})
        rate = breaches(buying, peace.replace(**lapsed, **delivered))
        assert rate == pytest.approx(1 - exp(-0.2 * factor), abs=0.04)


def test_men_leave_what_a_ceiling_forbids_them():
    """The border may have 400 of 1000 men; the surplus goes over the links to the rear."""
    most = np.full((8, 2, 3, 5), NO_CEILING)
    most[:, 0, EAST, 0] = 400.0
    # Link 0 runs from the second power's rear to axis 0; here from axis 0 to its rear.
    _, plain = random_one(Mix(seed=91))
    world = neighbours(
        **zoned(most),
        guard=np.full((3, 2), 1e6),
        link_from=np.eye(5)[[0, 2, 3, 3, 0, 4, 2]],
        link_to=np.eye(5)[[2, 1, 0, 1, 1, 1, 0]],
        link_power=plain.link_power,
        link_km=np.full(7, 10.0),
    )
    men = np.zeros((3, 5))
    men[EAST, 0] = 1000.0
    none = {n: np.zeros((7, 4)) for n in ("moving_men", "moving_experience")}
    none |= {n: np.zeros(7) for n in ("waiting_men", "waiting_experience")}
    forces = none | {"men": men, "experience": 0.5 * men, "free_paths": np.full(5, 560.0)}
    state = opening(**forces)
    assert not np.isfinite(np.asarray(ceilings(state, world))).any()
    assert not sent(state, world).any(), "nobody leaves a border that he may hold"
    state = signed(world, **forces)
    assert float(ceilings(state, world)[EAST, 0]) == 400.0
    left = []
    for _ in range(6):
        state = state.replace(send=np.asarray(sent(state, world)))
        state = alone("movement")(state, world, jax.random.key(0))
        left.append(float(state.men[EAST, 0]))
    stay = 1.0 - float(world.coefficient.sent)
    assert left[0] == pytest.approx(400.0 + 600.0 * stay, rel=1e-5)
    assert left[-1] == pytest.approx(400.0 + 600.0 * stay**6, rel=1e-3)
    assert float(state.men[EAST].sum()) == pytest.approx(1000.0, rel=1e-5)


@jax.jit
def sent(state: State, world: World) -> Array:
    """What the first power sends over its links."""
    return hold(view(state, world, EAST, common(state, world)), rules(world, EAST)).send


def test_who_stays_above_a_ceiling_loses_trust():
    most = np.full((8, 2, 3, 5), NO_CEILING)
    most[:, 0, EAST, 0] = 400.0
    world, men = neighbours(**zoned(most)), np.full((3, 5), 400.0)
    loyal, cheat = signed(world, men=men), signed(world, men=1.1 * men)
    fallen = np.asarray(trust_of(loyal) - trust_of(cheat)) > 1e-4
    assert fallen[WEST, EAST] and fallen.sum() == 1


GUARDED = {
    "garrison": np.full(5, 1000.0),
    "guard": np.full((3, 2), 2000.0),
    "backs": [[0, 0], [0, 0], [0.6, 0], [0, 1], [0, 0]],
    "relief": np.full(3, 0.5),
}


def kept(world: World, **changes: Any) -> np.ndarray:
    """Men that the first power keeps in each theatre, while it is at war elsewhere; it doubts none
    of its estimates."""
    none = {"doubt_seen": np.zeros((3, 2)), "surge_seen": np.zeros((3, 2))}
    sure = none | {"first_seen": np.full((3, 2), 1000.0)}
    state = opening(**(sure | {"war": [[0, 0, 1], [0, 0, 0], [1, 0, 0]]} | changes))
    return np.asarray(kept_back(state, world, threats(state, world)))[EAST]


def test_a_garrison_goes_free_as_its_border_grows_calm():
    world = neighbours(**GUARDED)
    by_strength = [kept(world, strength_seen=[[x, 0]] * 3) for x in (0, 250, 1000, 4000)]
    # Axis 0 answers for its own guard and for six tenths of theatre 2, axis 1 for theatre 3.
    wanted = [[0, 0, 400, 0, 1000], [500, 0, 550, 0, 1000], *[[2000, 0, 1000, 0, 1000]] * 2]
    np.testing.assert_allclose(by_strength, wanted, rtol=1e-5)
    # It allows for doubt: here it would not be surprised at twice the strength that it sees.
    doubt = np.full((3, 2), (log(2) / float(world.coefficient.sure)) ** 2)
    doubtful = kept(world, strength_seen=[[250, 0]] * 3, doubt_seen=doubt)
    assert doubtful[0] == pytest.approx(1000.0)


def test_men_who_could_come_by_rail_count_like_those_who_are_there():
    world = neighbours(**GUARDED)
    there, behind = ([[x, 0]] * 3 for x in (250, 500))
    assert kept(world, strength_seen=there)[0] == pytest.approx(500.0)
    assert kept(world, strength_seen=there, surge_seen=behind)[0] == pytest.approx(1500.0)
    # Lines of 8 trains a day, 900 and 9,000 km long.
    far = {"link_km": [900.0] * 6 + [9000.0], "link_trains": [8.0] * 7}
    for start, share in ((2, 1), (3, 0)):
        men = np.zeros((3, 5))
        men[EAST, start] = 1e9
        state = opening(men=men, experience=0.5 * men, equipment=0 * opening().equipment)
        brought = np.asarray(at_hand(state, neighbours(**far), 1.0))[EAST]
        bare = float(world.coefficient.bare)  # what men without arms count
        each = 0.5 * bare * 8.0 * float(world.coefficient.men_per_train)
        warned, speed = (float(getattr(world.coefficient, n)) for n in ("warning", "train_speed"))
        days, later = (max(7.0 * warned - km / speed, 0.0) for km in (900.0, 9000.0))
        wanted = [share * each * (days + later), share * each * days]
        np.testing.assert_allclose(brought, wanted, rtol=1e-5)
        few = state.replace(men=state.men / 1e6, experience=state.experience / 1e6)
        assert np.asarray(at_hand(few, neighbours(**far), 1.0))[EAST, 1] == pytest.approx(
            share * 500.0 * bare
        )


def test_a_war_elsewhere_ties_down_what_it_needs():
    """Men behind are shared by the root of the odds there: four to one elsewhere leave a third."""
    world = neighbours(value=np.ones(2), restraint=np.ones(3))
    ours = np.full((3, 2), 1e5)
    quiet, busy = ({"engaged": [[0, x]] * 3} for x in (0, 1))
    for enemy, share in ((1e5, 0.5), (4e5, 1 / 3)):
        facing = np.array([[1e5, enemy]] * 3)
        free = [np.asarray(untied(opening(**war), world, ours, facing)) for war in (quiet, busy)]
        assert (free[0] == 1.0).all()
        np.testing.assert_allclose(free[1][:, 0], share, rtol=1e-4)
        assert (free[1][:, 1] == 1.0).all(), "that front itself has all"
    # Who stands on a front at war goes nowhere else: here all links start from there.
    start = {"link_from": np.eye(5)[[1] * 7], "link_to": np.eye(5)[[0] * 7]}
    for war, some in ((quiet, True), (busy, False)):
        brought = np.asarray(at_hand(opening(**war), neighbours(**start), 1.0))
        assert (brought[EAST, 0] > 0.0) == some


def test_a_paper_frees_nobody_and_trust_halves_the_doubt_that_a_cut_must_overcome():
    world, cut = neighbours(**GUARDED), {"doubt_seen": np.full((3, 2), 0.04)}
    for share in (0.1, 0.5, 0.9):
        whole = {"strength_seen": np.full((3, 2), 1000.0), **trusting(share), "in_force": [1, 0]}
        assert kept(world, **whole)[0] == kept(world, **whole, **cut)[0] == 2000.0
        half = {"strength_seen": np.full((3, 2), 500.0), **trusting(share), **cut}
        sure = float(world.coefficient.sure)
        free = kept(world, **half)
        assert free[0] == pytest.approx(1000 * exp(0.2 * sure), rel=1e-4)
        peace = kept(world, **half, in_force=[1, 0])
        risk = (1.0 - NormalDist().cdf(sure)) / (1.0 - 0.5 * share)
        less = exp(0.2 * NormalDist().inv_cdf(1.0 - risk))
        assert peace[0] == pytest.approx(1000 * less, rel=1e-3)
        assert peace[2] == pytest.approx(1000 * (0.4 + 0.3 * less), rel=1e-3)
        assert peace[3] == pytest.approx(free[3]), "the other border is not in the treaty"


def test_nobody_leaves_a_border_at_peace_whom_no_war_calls():
    world, none = neighbours(**GUARDED), {"strength_seen": np.zeros((3, 2))}
    assert np.isinf(kept(world, **none, war=np.zeros((3, 3)))).all()
    most = np.full((8, 2, 3, 5), NO_CEILING)
    most[:, 0, EAST, 0] = 400.0
    bounded = neighbours(**GUARDED, **zoned(most))
    keep = kept(bounded, **none, war=np.zeros((3, 3)), in_force=[1, 0])
    assert keep[0] == 400.0 and np.isinf(keep[1:]).all()


def test_men_are_called_up_for_a_war_or_as_a_neighbour_grows():
    world = neighbours()
    plain = {n: np.zeros((3, 2)) for n in ("doubt_seen", "surge_seen", "engaged")}
    plain["first_seen"] = np.full((3, 2), 1000.0)

    def draft(seen: float, **changes: Any) -> float:
        state = opening(**(plain | changes), strength_seen=np.full((3, 2), seen))
        told = view(state, world, EAST, common(state, world)), rules(world, EAST)
        return float(hold(*told).draft)

    assert [draft(x) for x in (0.0, 1000.0, 1250.0, 9000.0)] == pytest.approx([0, 0, 0.25, 1])
    assert draft(1000.0, engaged=[[1, 0]] * 3) == 1.0
    assert draft(1250.0, doubt_seen=np.full((3, 2), 0.04)) == 0.0, "it may be an error"


def test_what_stands_behind_a_border_at_war_is_free_to_go_there():
    keep = kept(neighbours(**GUARDED), strength_seen=np.full((3, 2), 1e3), engaged=[[1, 0]] * 3)
    assert keep.tolist() == [np.inf, 2000, 0, 1000, 1000]


def test_a_border_is_marked_as_the_season_allows():
    pace = np.zeros((8, 2))
    pace[:, 0] = [10, 20, 0, 0, 30, 30, 30, 30]
    world = neighbours(line=[100, 0], line_pace=pace)
    history = weeks_on(opening(), world, 8)
    assert [float(s.demarcated[0]) for s in history] == [0, 10, 30, 30, 30, 60, 90, 100, 100]
    draft = replace(world, offered=np.full(2, NEVER, np.float32))
    assert not weeks_on(opening(), draft, 8)[-1].demarcated.any()


def test_gold_at_signature_moves_once_and_adds_up_to_none():
    world = neighbours(pays=gold([[30, -30, 0], [0, 0, 0]]))
    history = weeks_on(opening(), world, 4)
    assert [gold_of(s) for s in history] == [[100] * 3, *[[130, 70, 100]] * 4]
    assert np.asarray(history[1].paid_in)[:, 2].tolist() == [30, 0, 0]
    assert np.asarray(history[1].paid_out)[:, 2].tolist() == [0, 30, 0]
    assert not history[2].paid_in.any() and not history[2].paid_out.any()


def test_a_treaty_may_bring_oil_and_nobody_signs_away_a_months_use_of_it():
    """The first power gives 40 t of oil for 5 t of gold; it has 100 and uses 20 a week."""
    pays = np.zeros((2, 3, 3))
    pays[0, :2] = [[-40, 0, 5], [40, 0, -5]]
    stock = np.outer([1, 0, 0], [100, 0, 0]) + gold([0, 9, 0])
    for use, signs in ((0, 1), (15, 1), (16, 0)):
        used = np.outer([1, 0, 0], [use, 0, 0])
        world = neighbours({"keep_weeks": 4.0}, pays=pays)
        after = signed(world, material=stock, used=used)
        assert np.asarray(after.in_force).tolist() == [signs, 0], use
        moved = np.array([[-40, 0, 5], [40, 0, -5], [0, 0, 0]])
        assert np.asarray(after.material).tolist() == (stock + signs * moved).tolist()


def test_nobody_signs_what_it_cannot_pay_two_bargains_in_one_week_included():
    pays = [[30, -30, 0], [0, -50, 50]]
    both = {
        "pays": gold(pays),
        "offered": [0, 0],
        "party": np.ones((2, 3)),
        "gain_kept": np.ones((2, 3)),
    }
    for floor, signs in ((0, [1, 1]), (20, [1, 1]), (21, [1, 0]), (71, [0, 0])):
        after = signed(neighbours(**both, floor=gold([0, floor, 0])))
        assert np.asarray(after.in_force).tolist() == signs, floor
        assert gold_of(after)[WEST] >= floor
    # One that cannot be paid stands in nobody's way, whichever comes first in the file.
    for prices in ([30, 150], [150, 30]):
        pays = [[x, -x, 0] for x in prices]
        after = signed(neighbours(**both | {"pays": gold(pays)}))
        assert np.asarray(after.in_force).tolist() == [float(x == 30) for x in prices]
        assert gold_of(after)[WEST] == 70.0
    # Nor does a dearer one that a party will not sign.
    both["gain_kept"] = np.array([[-1, 1, 1], [1, 1, 1]])
    after = signed(neighbours(**both, floor=gold([0, 21, 0])))
    assert np.asarray(after.in_force).tolist() == [0, 1]


def test_an_agreement_that_changes_nothing_changes_nothing():
    """To the last bit, in whole campaigns, but for the agreement and what is thought of it."""
    batch = random_batch(Mix(seed=92))
    empty = {
        n: np.zeros_like(getattr(batch.world, n))
        for n in (
            "peace",
            "inspects",
            "opens",
            "closes",
            "line",
            "pays",
            "breach_rate",
            "lot_needs",
            "defence",
            "truce_weeks",
            "cedes",
        )
    }
    empty["ceiling_men"] = np.full_like(batch.world.ceiling_men, NO_CEILING)
    empty["breach_week"] = np.full_like(batch.world.breach_week, NEVER)
    empty["gain_broken"] = empty["gain_kept"] = np.ones_like(batch.world.gain_kept)
    state = batch.state.replace(in_force=np.zeros_like(batch.state.in_force))
    histories = []
    for week in (2.0, NEVER):
        world = replace(batch.world, **empty, offered=np.full_like(batch.world.offered, week))
        histories.append(campaign(Batch(state, world, batch.keys)))
    own = {"in_force", "odds_signed", "kept_seen", "signed"}
    for ours, theirs in zip(*histories, strict=True):
        for name in set(quantities()) - own:
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)
    assert histories[0][3].in_force.any() and not histories[1][3].in_force.any()


def test_late_goods_cost_their_seller_trust_and_unpaid_ones_their_buyer():
    sale = {
        "lot_seller": np.eye(3)[[EAST] * 4],
        "lot_buyer": np.eye(3)[[WEST] * 4],
        "lot_signed": [0, NEVER, NEVER, NEVER],
        "lot_total": np.full(4, 100.0),
        "lot_due": [[50.0] * 4] * 8,
        "lot_advance": np.zeros(4),
        "lot_needs": np.zeros((4, 2)),
    }
    none = {n: np.zeros(4) for n in ("delivered", "arrears", "lapsed")}
    none["paid"] = np.zeros((4, 3))
    after = {"week": 2, "offered": [NEVER, NEVER]}

    def doubts(state: dict[str, Any] | None = None, **world: Any) -> list[tuple[int, int]]:
        """Who has new doubts of whom."""
        changes = none | (state or {})
        start = opening(**changes).replace(week=np.int32(after["week"]))
        new = week_on(
            start, neighbours({"slack": 0.05}, **(sale | {"offered": after["offered"]} | world))
        )
        quiet = np.asarray(diplomacy_forgets(neighbours()) * start.broken_seen)
        return [
            (int(p), int(q)) for p, q in np.argwhere(np.asarray(new.broken_seen) > quiet + 1e-4)
        ]

    assert doubts() == [(WEST, EAST)]
    assert doubts({"delivered": [49, 0, 0, 0]}) == [], "so little is let pass"
    assert doubts({"arrears": [2, 0, 0, 0]}) == [(EAST, WEST)]
    assert doubts({"lapsed": [1, 0, 0, 0]}) == []
    # It is not due before the end of the week, nor while the contract rests or nobody paid.
    early = np.zeros((8, 4))
    early[2:] = 50.0
    assert doubts(lot_due=early) == []
    assert doubts(lot_needs=[[0, 1], [0, 0], [0, 0], [0, 0]]) == []
    assert doubts(lot_advance=[0.1, 0, 0, 0]) == []
    assert doubts({"paid": gold([1, 0, 0, 0])}, lot_advance=[0.1, 0, 0, 0]) == [(WEST, EAST)]


# Intelligence.


def briefed(state: State, world: World, weeks: int, seed: int = 0) -> list[State]:
    """Some weeks of reports and of nothing else."""
    history = [state]
    for week in range(weeks):
        key = jax.random.fold_in(jax.random.key(seed), week)
        now = alone("intelligence")(history[-1], world, key)
        history.append(now.replace(week=now.week + 1))
    return history


def even(**coefficients: float) -> World:
    """A world of one season, whose staffs make no errors if not told otherwise."""
    plain = {"report_error": 1e-6, "report_bias": 0.0, "report_lag": 1.0}
    return neighbours(plain | coefficients, quality_week=np.ones((8, 3)))


def enemy(state: State, world: World) -> float:
    """The true strength that the first power faces on axis 0."""
    shared = common(state, world)
    return float(shared.muster[WEST, 0] + shared.muster[THIRD, 0])


def test_a_staff_weighs_a_report_as_kalman_says():
    error, drift = 0.3, 0.1
    world = even(report_error=error, belief_drift=drift, first_doubt=1.0)
    history = briefed(opening(), world, 40)
    doubts = [float(s.doubt_seen[EAST, 0]) for s in history[1:]]
    assert doubts[0] == pytest.approx(error**2 / (1 + error**2), rel=1e-4)
    # What a week adds to the doubt its report takes away: P = (P + q) R / (P + q + R).
    q, r = drift**2, error**2
    assert doubts[-1] == pytest.approx((sqrt(q**2 + 4 * q * r) - q) / 2, rel=1e-3)
    weight = (doubts[-2] + q) / (doubts[-2] + q + r)
    before, now = history[-2], history[-1]
    says = log(float(now.report_seen[EAST, 0]) + 1) + float(now.error_seen[EAST, 0])
    was, seen = (log(float(s.strength_seen[EAST, 0]) + 1) for s in (before, now))
    assert seen - was == pytest.approx(weight * (says - was), abs=1e-4)
    given, left = intelligence.weighed(np.float32(0.5), np.float32(0.0))
    assert float(given) == 1.0 and float(left) == 0.0


def test_a_change_in_strength_is_reported_late():
    world = even(report_lag=3.0)
    state = briefed(opening(), world, 1)[-1]
    truth = enemy(state, world)
    assert float(state.strength_seen[EAST, 0]) == pytest.approx(truth, rel=1e-3)
    grown = state.replace(men=2 * state.men, experience=2 * state.experience,
                          equipment=2 * state.equipment)  # fmt: skip
    tells = [float(s.report_seen[EAST, 0]) for s in briefed(grown, world, 30)]
    assert tells[1] == pytest.approx(truth * (1 + 1 / 3), rel=1e-3)
    assert tells[-1] == pytest.approx(2 * truth, rel=1e-3) and (np.diff(tells) >= 0).all()
    # Each week's news is in part of this week, in part older: two weeks old on average.
    assert sum(2 - x / truth for x in tells[1:]) == pytest.approx(2.0, rel=1e-2)


def test_inspection_lessens_the_error_of_those_who_agreed_on_it():
    world = replace(
        even(report_error=0.2, inspected=0.5), inspects=np.array([[1, 0], [0, 0]], np.float32)
    )
    spread = []
    for in_force in ([0, 0], [1, 0]):
        seen = drawn("intelligence", opening(in_force=in_force), world, 1000).strength_seen
        spread.append(np.log(seen).std(axis=0))
    ratio = spread[1] / spread[0]
    assert spread[0] == pytest.approx(0.2, rel=0.1)
    # In the eyes of the two parties, on the axis where inspectors are; the draws are the same.
    np.testing.assert_allclose(ratio, [[0.5, 1], [0.5, 1], [1, 1]], rtol=2e-3)


def test_inspectors_halve_the_delay_of_news():
    world = replace(even(report_lag=4.0, inspected=0.5), inspects=np.ones((2, 2), np.float32))
    state = briefed(opening(), world, 1)[-1]
    truth = enemy(state, world)
    left = state.replace(men=state.men / 2, experience=state.experience / 2,
                         equipment=state.equipment / 2)  # fmt: skip
    tells = [
        float(briefed(left.replace(in_force=np.array(f)), world, 1)[-1].report_seen[EAST, 0])
        for f in ([0.0, 0.0], [1.0, 0.0])
    ]
    assert tells == pytest.approx([truth * (1 - 0.5 / 4), truth * (1 - 0.5 / 2)], rel=1e-3)


def test_a_staff_expects_what_it_was_promised_as_far_as_it_trusts():
    most = np.full((8, 2, 3, 5), NO_CEILING)
    most[:4, 0, WEST, 0], most[4:, 0, WEST, 0] = 1000.0, 500.0
    world = neighbours(**zoned(most))
    for share in (0.1, 0.9):
        for week, in_force, halved in ((3, 1, 0), (4, 1, 1), (5, 1, 0), (4, 0, 0)):
            state = opening(**trusting(share), in_force=[in_force, 0])
            step = np.asarray(promised(state.replace(week=np.int32(week)), world))
            wanted = [[halved * share * log(0.5) / 2, 0], [0, 0], [0, 0]]  # two stand across
            np.testing.assert_allclose(step, wanted, atol=2e-3)


def test_who_is_at_peace_falls_sick_a_tenth_as_often():
    world = neighbours({"calm_sickness": 0.1})
    ill = [
        np.asarray(
            alone("combat")(
                opening(**at_war(np.full(2, war), world.end)), world, jax.random.key(0)
            ).sickened
        )
        for war in (0.0, 1.0)
    ]
    bled = [x[EAST, 0] for x in ill]
    assert 0.0 < bled[0] < 0.12 * bled[1]


def test_first_errors_fade_and_a_border_watched_for_years_has_none():
    world = even(report_bias=-0.5, bias_weeks=4.0)
    calm = [float(s.strength_seen[EAST, 0]) for s in briefed(opening(), world, 2)[1:]]
    assert calm == pytest.approx([enemy(opening(), world)] * 2, rel=1e-3)
    history = briefed(opening(engaged=np.ones((3, 2))), world, 20)
    truth = enemy(history[0], world)
    seen = [log(float(s.strength_seen[EAST, 0]) / truth) for s in history[1:]]
    for week in (0, 4, 8, 12):
        assert seen[week] == pytest.approx(-0.5 * exp(-week / 4.0), abs=2e-3)
    assert abs(seen[-1]) < 0.01


def test_errors_run_on_from_week_to_week():
    """With a memory of 0.8, errors four weeks apart still go together: 0.8**4."""
    world = even(report_error=0.3, report_memory=0.8)
    errors = np.array([
        [np.asarray(s.error_seen).ravel() for s in briefed(opening(), world, 12, seed)[1:]]
        for seed in range(60)
    ])  # fmt: skip
    assert errors.std(axis=(0, 2)) == pytest.approx(np.full(12, 0.3), abs=0.05)
    now, then = errors[:, 4:].ravel(), errors[:, :-4].ravel()
    assert np.corrcoef(now, then)[0, 1] == pytest.approx(0.8**4, abs=0.1)


def test_no_peace_is_signed_where_there_is_war():
    world = neighbours()
    assert signed(world).in_force[0] == 1
    assert signed(world, **at_war(np.array([1, 0]), world.end)).in_force[0] == 0
