"""Trade: what contracts come to, by hand and against a loop over lots."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from bargains import WAYS
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import Mix, alone, at_war, random_one

from sinews.model.allocation import by_priority
from sinews.model.state import State
from sinews.model.world import World

SELLER, BUYER, OTHER = 0, 1, 2
ACROSS = np.array([[1, 1], [-1, -1], [1, 1]])
"""The buyer stands across both axes from the others."""
RIFLE, TANK = 0, 1
OIL, STEEL, GOLD = 0, 1, 2
KEY = jax.random.key(0)


def as_float(changes: dict[str, Any]) -> dict[str, np.ndarray]:
    return {n: np.asarray(x, np.float32) for n, x in changes.items()}


def gold(amounts: Any) -> np.ndarray:
    """Amounts of gold, and of nothing else [... material]."""
    return np.asarray(amounts, np.float32)[..., None] * np.eye(3, dtype=np.float32)[GOLD]


def one_hot(size: int, *numbers: int) -> np.ndarray:
    return np.eye(size)[list(numbers)]


def market(**changes: Any) -> World:
    """A world of four lots of rifles from stock, of which the first two are signed.

    100 rifles each for 10 t of gold, one train a hundred, at hand over route 0 with no delay;
    the first due by the end of week 3, the second by the end of week 5.
    """
    _, world = random_one(Mix(seed=81, quiet=0.0))
    due = np.zeros((8, 4))
    due[3:, 0] = due[5:, 1] = 100.0
    made = {
        "end": np.ones((3, 2)),
        "lot_seller": one_hot(3, SELLER, SELLER, SELLER, SELLER),
        "lot_buyer": one_hot(3, BUYER, BUYER, BUYER, BUYER),
        "lot_item": one_hot(2, RIFLE, RIFLE, RIFLE, RIFLE),
        "lot_material": np.zeros((4, 3)),
        "lot_gives": one_hot(2, RIFLE, RIFLE, RIFLE, RIFLE),
        "lot_route": one_hot(2, 0, 0, 0, 0),
        "lot_needs": np.zeros((4, 2)),
        "lot_rank": np.arange(4),
        "lot_stock": np.ones(4),
        "lot_calls": np.zeros(4),
        "lot_total": np.full(4, 100.0),
        "lot_due": due,
        "lot_signed": [0, 0, 1e6, 1e6],
        "tender": np.eye(3),
        "lot_price": gold(np.full(4, 0.1)),
        "lot_advance": np.zeros(4),
        "lot_penalty": np.zeros(4),
        "lot_load": np.full(4, 0.01),
        "route_trains": np.full((8, 2), 100.0),
        "route_open": np.ones(2),
        "route_weeks": np.zeros(2),
        "route_loss": np.zeros(2),
        "floor": np.zeros((3, 3)),
        "kept_back": np.zeros((8, 3, 3)),
        "suspended": np.zeros((8, 4)),
        "opens": np.zeros((2, 2)),
        "closes": np.zeros((2, 2)),
        "expires": np.full(2, 1e6),
    }
    month = dict.fromkeys(("keep_weeks", "patience"), np.float32(4.0))
    c = replace(world.coefficient, **month)
    return replace(world, coefficient=c, **as_float(made | changes))


def opening(world: World, **changes: Any) -> State:
    """The state at the end of the first week, 1000 rifles in the depot and 100 t of gold each."""
    state, _ = random_one(Mix(seed=81, quiet=0.0))
    names = ("landed", "delivered", "arrears", "set_aside", "order")
    made: dict[str, Any] = dict.fromkeys(
        (*names, "allotted", "lapsed", "void", "defaulted"), np.zeros(4)
    )
    made |= {
        "shipping": np.zeros((4, WAYS)),
        "depot": np.full((3, 2), 1000.0),
        "material": gold(np.full(3, 100.0)),
        "paid": np.zeros((4, 3)),
        **at_war(np.zeros(2), world.end),
        "in_force": np.zeros(2),
        "broken": np.zeros(2),
        "lost": np.zeros((3, 2)),
    }
    none = dict.fromkeys(("paid_in", "paid_out", "used"), np.zeros((3, 3)))
    return state.replace(week=np.int32(1), **as_float(made | none | changes))


def traded(state: State, world: World, weeks: int) -> list[State]:
    """Some weeks of trade and of nothing else."""
    history = [state]
    for _ in range(weeks):
        now = alone("trade")(history[-1], world, KEY)
        still = np.zeros_like(now.allotted)
        flows = {"allotted": still} | dict.fromkeys(("paid_in", "paid_out"), 0 * now.material)
        history.append(now.replace(week=now.week + 1, lost=0 * now.lost, **flows))
    return history


def gold_of(state: State, power: int) -> float:
    return float(state.material[power, GOLD])


def paid_for(state: State) -> np.ndarray:
    """Gold paid for each lot."""
    return np.asarray(state.paid)[:, GOLD]


def dealt(want: list[float], room: list[float], group: list[int], rank: list[int]) -> list[float]:
    """A loop that serves one rank after another out of its groups' rooms, equals in proportion."""
    left, out = dict(zip(group, room, strict=True)), [0.0] * len(want)
    for place in sorted(set(rank)):
        for g in set(group):
            equals = [k for k in range(len(want)) if (rank[k], group[k]) == (place, g)]
            asked = sum(want[k] for k in equals)
            for k in equals:
                out[k] = want[k] * min(1.0, left[g] / asked if asked else 1.0)
            left[g] = left.get(g, 0.0) - min(asked, left.get(g, 0.0))
    return out


def test_priorities_by_hand():
    """Two bottlenecks: lots 0, 2 and 3 share one of 10, lot 1 has one of 5 to itself."""
    want, room = np.array([6.0, 9.0, 3.0, 4.0]), np.array([10.0, 5.0, 10.0, 10.0])
    rivals = np.array([[1, 0, 1, 1], [0, 1, 0, 0], [1, 0, 1, 1], [1, 0, 1, 1]], float)
    ranks = {
        (0, 1, 2, 3): [6, 5, 3, 1],
        (3, 2, 1, 0): [3, 5, 3, 4],
        (0, 0, 1, 1): [6, 5, 12 / 7, 16 / 7],
    }
    for rank, got in ranks.items():
        assert by_priority(want, room, rivals, np.array(rank)).tolist() == pytest.approx(got)


amounts = st.integers(0, 40).map(float)


@given(
    st.lists(st.tuples(amounts, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=7),
    st.data(),
)
def test_by_priority_is_a_loop_over_ranks(lots: list[tuple[float, int, int]], data: st.DataObject):
    want, group, rank = ([lot[k] for lot in lots] for k in range(3))
    by_group = data.draw(st.lists(amounts, min_size=3, max_size=3))
    room = [by_group[g] for g in group]
    rivals = np.equal.outer(group, group).astype(float)
    got = by_priority(np.array(want), np.array(room), rivals, np.array(rank))
    assert got.tolist() == pytest.approx(dealt(want, room, group, rank), rel=1e-5, abs=1e-5)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 8)), min_size=1, max_size=5), st.data())
def test_earliest_due_date_first_is_on_time_whenever_any_order_is(
    lots: list[tuple[int, int]], data: st.DataObject
):
    """Jackson: on one bottleneck all are on time just if demand never outruns capacity."""
    lots = sorted(lots, key=lambda lot: lot[1])
    capacity = data.draw(st.lists(st.integers(0, 6), min_size=8, max_size=8))
    want, late = np.array([float(n) for n, _ in lots]), False
    rivals, rank = np.ones((len(lots), len(lots))), np.array([due for _, due in lots])
    for week, room in enumerate(capacity, 1):
        want = want - np.asarray(by_priority(want, np.full(len(lots), float(room)), rivals, rank))
        late |= any(x > 1e-4 and due <= week for x, (_, due) in zip(want, lots, strict=True))
    able = all(
        sum(n for n, due in lots if due <= week) <= sum(capacity[:week]) for week in range(1, 9)
    )
    assert late != able


def test_a_contract_delivered_on_time_costs_exactly_its_price():
    world = market(lot_penalty=np.full(4, 0.5), lot_advance=[0.25, 0, 0, 0])
    history = traded(opening(world), world, 3)
    last = history[-1]
    np.testing.assert_allclose(last.delivered[:2], 100.0, rtol=1e-6)
    np.testing.assert_allclose(paid_for(last)[:2], 10.0, rtol=1e-6)
    assert gold_of(last, BUYER) == pytest.approx(80.0) and gold_of(last, SELLER) == 120.0
    np.testing.assert_allclose(last.depot[BUYER], [1200, 1000])
    np.testing.assert_allclose(last.depot[SELLER], [800, 1000])
    assert (np.asarray(last.order) == 0.0).all() and not np.asarray(last.lapsed).any()
    assert float(paid_for(history[1])[0]) == pytest.approx(2.5), "the advance at signature"


def test_what_is_ordered_is_due_within_two_months():
    due = np.zeros((16, 4))
    due[10:, 0] = 100.0
    world = market(lot_due=due)
    history = traded(opening(world), world, 4)
    assert [float(s.order[0]) for s in history[1:]] == [0.0, 100.0, 0.0, 0.0]


def test_without_gold_nothing_is_handed_over():
    world = market(lot_penalty=np.full(4, 0.5))
    for s in traded(opening(world, material=gold([100, 0, 100])), world, 8):
        assert not np.asarray(s.delivered).any() and not paid_for(s).any()
    # What costs nothing is.
    free = market(lot_price=np.zeros((4, 3)))
    assert float(traded(opening(free, material=gold([0, 0, 0])), free, 3)[-1].delivered[0]) == 100.0


@settings(max_examples=60)
@given(
    has=st.tuples(*[st.sampled_from((0.0, 3.0, 12.5, 40.0))] * 3),
    paid_in=st.sampled_from(([0, 0, 1], [1, 0, 0], [0.5, 0, 1])),
    floor=st.tuples(*[st.sampled_from((0.0, 2.0, 5.0))] * 3),
    advance=st.tuples(*[st.sampled_from((0.0, 0.3, 1.0))] * 4),
    penalty=st.sampled_from((0.0, 0.2, 5.0)),
    buyers=st.tuples(*[st.sampled_from((BUYER, OTHER))] * 4),
    trains=st.sampled_from((0.0, 0.3, 1.5)),
)
def test_no_stock_falls_below_its_floor(has, paid_in, floor, advance, penalty, buyers, trains):
    """The third lot is sold by a buyer of the others: it pays and is fined in one week."""
    world = market(
        lot_seller=one_hot(3, SELLER, SELLER, BUYER, OTHER),
        lot_buyer=one_hot(3, buyers[0], buyers[1], SELLER, BUYER),
        lot_signed=[0, 0, 0, 1],
        lot_due=np.full((8, 4), 100.0),
        lot_advance=advance,
        lot_penalty=np.full(4, penalty),
        route_trains=np.full((8, 2), trains),
        lot_price=np.full((4, 1), 0.1) * paid_in,
        floor=np.outer(floor, [2, 0, 1]),
    )
    stock = np.outer(has, [1, 2, 3])
    least = np.minimum(stock, world.floor)
    for s in traded(opening(world, material=stock), world, 8):
        assert (np.asarray(s.material) >= least - 1e-5).all()
        assert np.asarray(s.material.sum(axis=0)).tolist() == pytest.approx(
            stock.sum(axis=0), abs=1e-4
        )
        price = np.asarray(world.lot_advance * 100.0 + s.delivered)[:, None] * world.lot_price
        assert (np.asarray(s.paid) <= price + 1e-5).all()


def in_oil(each: float, gold_each: float = 0.0) -> np.ndarray:
    """A price for one, the same for all lots: oil, and perhaps gold."""
    return np.tile([each, 0.0, gold_each], (4, 1))


def test_a_price_in_oil_is_paid_out_of_the_buyers_oil():
    """Two lots of 100 rifles at 4 t of oil each, a quarter of the first at signature."""
    world = market(lot_price=in_oil(4.0), lot_advance=[0.25, 0, 0, 0])
    stock = np.array([[50, 0, 100], [1000, 0, 100], [0, 0, 100]])
    history = traded(opening(world, material=stock), world, 3)
    last = history[-1]
    assert np.asarray(history[1].paid)[0].tolist() == [100, 0, 0], "the advance at signature"
    assert np.asarray(last.paid)[:2].tolist() == [[400, 0, 0]] * 2
    assert np.asarray(last.material).tolist() == [[850, 0, 100], [200, 0, 100], [0, 0, 100]]
    assert np.asarray(last.delivered)[:2].tolist() == [100, 100]


def test_a_price_in_oil_waits_for_oil_as_one_in_gold_does():
    """The buyer has oil for 60 rifles of 200, and gold in plenty; then none for a month."""
    world = market(lot_price=in_oil(4.0))
    stock = np.array([[0, 0, 100], [240, 0, 100], [0, 0, 100]])
    history = traded(opening(world, material=stock), world, 8)
    assert np.asarray(history[2].delivered)[:2].tolist() == pytest.approx([60, 0])
    assert endings(history[-1]) == [(1, 0, 1)] * 2
    richer = history[3].replace(material=np.array([[240, 0, 0], [560, 0, 0], [0] * 3], np.float32))
    last = traded(richer, world, 3)[-1]
    assert (
        np.asarray(last.delivered)[:2].tolist() == [100, 100] and endings(last) == [(0, 0, 0)] * 2
    )
    # Its own month's use is not to be had, whatever is due.
    dear = opening(world, material=stock, used=np.outer([0, 50, 0], [1, 0, 0]))
    assert float(traded(dear, world, 2)[-1].delivered[0]) == 10.0


def test_of_a_price_in_several_materials_the_scarcest_says_how_much_is_handed_over():
    """100 rifles for 400 t of oil and 10 t of gold: there is gold for 30, and oil for all."""
    world = market(lot_price=in_oil(4.0, 0.1), lot_signed=[0, *[1e6] * 3])
    stock = np.array([[0, 0, 0], [1000, 0, 3], [0, 0, 0]])
    last = traded(opening(world, material=stock), world, 2)[-1]
    assert float(last.delivered[0]) == pytest.approx(30.0)
    np.testing.assert_allclose(last.material[:2], [[120, 0, 3], [880, 0, 0]], atol=1e-4)
    # An advance is paid in all of them, or in none.
    advance = replace(world, lot_advance=np.ones(4, np.float32))
    assert not np.asarray(traded(opening(world, material=stock), advance, 1)[-1].paid).any()


def test_a_seller_who_is_late_pays_in_what_the_price_is_in():
    world = market(
        lot_price=in_oil(4.0), lot_penalty=np.full(4, 0.5), lot_signed=[0, *[1e6] * 3],
        lot_due=np.full((8, 4), 100.0), route_trains=np.outer(np.arange(8) == 7, [9, 9]),
    )  # fmt: skip
    stock = np.array([[250, 0, 100], [0, 0, 100], [0, 0, 100]])
    oil = [
        np.asarray(s.material)[:2, OIL].tolist()
        for s in traded(opening(world, material=stock), world, 2)
    ]
    assert oil == [[250, 0], [50, 200], [0, 250]]


def test_an_advance_is_paid_whole_or_not_at_all():
    world = market(lot_advance=[0.5, 0.5, 0, 0], floor=gold([0, 93, 0]))
    first, later = traded(opening(world), world, 2)[1:]
    assert paid_for(first).tolist() == [5.0, 0.0, 0.0, 0.0]
    assert float(first.order[0]) == 100.0 and float(first.order[1]) == 0.0
    assert not float(paid_for(later)[1])


def test_an_advance_beyond_the_treasury_holds_up_no_other():
    """Of 10, 1 and 3 t the buyer, who may spend 4, pays the second and third; 10 when it can."""
    world = market(
        lot_advance=[1, 0.1, 0.3, 0], lot_signed=[0, 0, 0, 1e6], floor=gold([0, 96, 0]),
        lot_due=np.outer(np.arange(8) >= 5, [100.0] * 4),
    )  # fmt: skip
    first = traded(opening(world), world, 1)[-1]
    assert paid_for(first).tolist() == pytest.approx([0, 1, 3, 0])
    assert gold_of(first, BUYER) == pytest.approx(96.0) and gold_of(first, SELLER) == 104.0
    rich = first.replace(material=gold([104, 200, 100]))
    assert paid_for(traded(rich, world, 1)[-1])[0] == pytest.approx(10.0)


def endings(state: State) -> list[tuple[float, ...]]:
    """Of the first two lots: given up, because of war, because goods lay unpaid."""
    flags = np.array([state.lapsed, state.void, state.defaulted])[:, :2]
    return [tuple(column) for column in flags.T.tolist()]


def test_after_its_last_day_a_contract_that_has_not_begun_is_over():
    """The buyer finds the gold in week 5, when the first lot was due by the end of week 3."""
    world = market(lot_advance=[1, 1, 0, 0], floor=gold([0, 95, 0]))
    history = traded(opening(world), world, 5)
    assert [float(s.lapsed[0]) for s in history] == [0, 0, 0, 0, 0, 1]
    rich = history[-1].replace(material=gold([100, 200, 100]))
    last = traded(rich, world, 3)[-1]
    assert paid_for(last)[:2].tolist() == [0, 10]
    assert np.asarray(last.delivered)[:2].tolist() == pytest.approx([0, 100])
    assert endings(last) == [(1, 0, 0), (0, 0, 0)]


def test_an_advance_waits_for_its_road_and_is_not_paid_for_one_that_never_opens():
    treaty = {"route_open": np.zeros(2), "opens": [[1, 0], [0, 0]]}
    world = market(lot_advance=np.ones(4), **treaty)
    shut = traded(opening(world), world, 2)[-1]
    assert not paid_for(shut).any() and endings(shut)[0] == (0, 0, 0)
    now = traded(shut.replace(in_force=np.array([1, 0], np.float32)), world, 2)[-1]
    assert np.asarray(now.delivered)[:2].tolist() == [100, 100]
    for never in (
        market(lot_advance=np.ones(4), route_open=np.zeros(2)),
        market(lot_advance=np.ones(4), route_trains=np.zeros((8, 2))),
        market(lot_advance=np.ones(4), route_loss=np.ones(2)),
        market(lot_advance=np.ones(4), expires=[0, 1e6], **treaty),
        market(lot_advance=np.ones(4), expires=[0, 1e6], lot_needs=[[1, 0]] * 4),
    ):
        first = traded(opening(never), never, 1)[-1]
        assert endings(first) == [(1, 0, 0)] * 2 and not paid_for(first).any()
    broken = traded(opening(world, broken=[1, 0]), world, 1)[-1]
    assert endings(broken) == [(1, 0, 0)] * 2


def test_an_advance_for_goods_that_cannot_come_any_more_goes_back():
    """Of 100 rifles, all paid for, 50 go in week 2 and are two weeks under way; then no more go."""
    trains = np.zeros((8, 2))
    trains[1] = 0.5
    world = market(
        lot_advance=[1, 0, 0, 0], lot_signed=[0, *[1e6] * 3], route_trains=trains,
        route_weeks=[2, 2], lot_due=np.full((8, 4), 100.0), floor=gold([107, 0, 0]),
    )  # fmt: skip
    history = traded(opening(world), world, 6)
    assert [float(s.delivered[0]) for s in history] == [0, 0, 0, 0, 50, 50, 50]
    assert [float(s.lapsed[0]) for s in history] == [0, 0, 0, 0, 0, 1, 1]
    assert endings(history[-1])[0] == (1, 0, 0)
    # Five tonnes are owed; the seller has 110 and keeps 107.
    assert gold_of(history[-1], SELLER) == pytest.approx(107.0)
    assert float(paid_for(history[-1])[0]) == pytest.approx(7.0)
    assert float(history[-1].depot[SELLER, RIFLE]) == pytest.approx(950.0), "what waited is back"
    richer = history[-1].replace(material=gold([200, 93, 100]))
    last = traded(richer, world, 4)[-1]
    assert gold_of(last, SELLER) == pytest.approx(198.0) and gold_of(last, BUYER) == 95.0
    assert float(paid_for(last)[0]) == pytest.approx(5.0), "for what came"


def test_no_enemy_is_paid_back_before_there_is_peace_and_no_defaulter_ever():
    foes = {"end": ACROSS, "lot_advance": [1, 0, 0, 0], "lot_due": np.full((8, 4), 100.0)}
    world = market(route_trains=np.outer(np.arange(8) == 7, [9, 9]), **foes)
    begun = traded(opening(world), world, 1)[-1]
    war = traded(begun.replace(**at_war(np.array([0, 1]), world.end)), world, 2)[-1]
    assert endings(war) == [(1, 1, 0)] * 2 and gold_of(war, SELLER) == 110.0
    peace = traded(war.replace(**at_war(np.zeros(2), world.end)), world, 1)[-1]
    assert gold_of(peace, SELLER) == 100.0 and float(paid_for(peace)[0]) == 0.0
    # Goods lie unpaid: half in advance is lost to the buyer.
    world = market(lot_advance=[0.5, 0, 0, 0], lot_signed=[0, *[1e6] * 3])
    poor = opening(
        world, landed=[100, 0, 0, 0], paid=gold([5, 0, 0, 0]), material=gold([100, 0, 0])
    )
    last = traded(poor, world, 6)[-1]
    assert endings(last)[0] == (1, 0, 1) and float(paid_for(last)[0]) == 5.0
    assert gold_of(last, SELLER) == 100.0


def test_war_ends_no_contract_that_was_fulfilled():
    world = market(end=ACROSS)
    done = traded(opening(world), world, 3)[-1]
    war = traded(done.replace(**at_war(np.ones(2), world.end)), world, 2)[-1]
    assert endings(war) == [(0, 0, 0)] * 2


def lacking_rifles(rifles: float, men: float, **changes: Any) -> State:
    """A week after a buyer that calls off has so many rifles and men, of whom half bear one."""
    none = {
        "lot_calls": [1, 0, 0, 0],
        "lot_signed": [0, *[1e6] * 3],
        "establishment": [0.5, 0.0],
        "users": np.ones((3, 2)),
    }
    world = market(**none | changes)
    state = opening(world)
    kit = ("equipment", "workshop", "waiting_kit", "moving_kit")
    held = {n: 0.0 * np.asarray(getattr(state, n)) for n in kit}
    held["depot"] = np.array([[1000, 0], [rifles, 0], [0, 0]], np.float32)
    held["men"] = men * np.eye(3, state.men.shape[1], dtype=np.float32)[[OTHER, SELLER, OTHER]]
    return traded(state.replace(**held), world, 1)[-1]


def test_a_buyer_calls_off_what_its_armies_lack():
    """Each rifle lost and each man of two who is raised makes one more ordered, up to what is due
    within eight weeks and what can be paid; who lacks none orders none, and none of it is late."""
    assert float(lacking_rifles(500, 1000).order[0]) == 0.0
    assert float(lacking_rifles(460, 1000).order[0]) == pytest.approx(40.0)
    assert float(lacking_rifles(450, 1000).order[0]) == pytest.approx(50.0)
    assert float(lacking_rifles(460, 1020).order[0]) == pytest.approx(50.0)
    assert float(lacking_rifles(0, 1000).order[0]) == pytest.approx(100.0)
    assert float(lacking_rifles(0, 1000, floor=gold([0, 93, 0])).order[0]) == pytest.approx(70.0)
    fined = lacking_rifles(500, 1000, lot_penalty=[0.5, 0, 0, 0], lot_due=np.full((8, 4), 100.0))
    assert gold_of(fined, SELLER) == 100.0


def test_a_contract_called_off_ends_with_its_last_day():
    world = market(lot_calls=[1, 0, 0, 0], lot_signed=[0, *[1e6] * 3], establishment=[0.0, 0.0])
    history = traded(opening(world), world, 6)
    assert [float(state.lapsed[0]) for state in history[1:]] == [0, 0, 0, 0, 1, 1]
    assert gold_of(history[-1], BUYER) == 100.0


def test_lots_of_one_date_share_what_there_is():
    """Stock, trains and gold for half of 100 and 300 rifles: half of each comes."""
    alike = {"lot_rank": np.zeros(4), "lot_total": [100, 300, 1, 1]}
    due = np.outer(np.ones(8), [100, 300, 0, 0])
    for few in (
        {"depot": np.full((3, 2), 200.0)},
        {"material": gold([0, 20, 0])},
        {"route_trains": np.outer(np.arange(8) == 1, [2.0, 0.0])},
    ):
        world_of = {n: x for n, x in few.items() if n == "route_trains"}
        world = market(lot_due=due, **alike, **world_of)
        state = opening(world, **{n: x for n, x in few.items() if n not in world_of})
        last = traded(state, world, 3)[-1]
        assert np.asarray(last.delivered)[:2].tolist() == pytest.approx([50, 150]), few
        # By rank the first has all of it.
        world = replace(world, lot_rank=np.arange(4, dtype=np.float32))
        last = traded(state, world, 3)[-1]
        assert np.asarray(last.delivered)[:2].tolist() == pytest.approx([100, 100]), few


def test_an_advance_is_paid_once_though_penalties_exceed_it():
    world = market(
        lot_advance=[0.1, 0, 0, 0],
        lot_penalty=[0.3, 0, 0, 0],
        lot_due=np.full((8, 4), 100.0),
        route_trains=np.outer(np.arange(8) == 7, [9, 9]),
    )
    history = traded(opening(world), world, 5)
    assert [float(paid_for(s)[0]) for s in history[1:]] == [1.0] * 5
    assert gold_of(history[1], BUYER) == pytest.approx(100 - 1 + 3)
    assert gold_of(history[5], BUYER) == pytest.approx(100 - 1 + 15)


def test_goods_unpaid_stop_the_shipping_and_after_a_month_go_back():
    """The buyer can pay for 40 of 200 rifles; the first 100 come in week 2."""
    world = market(route_trains=np.full((8, 2), 1.0), floor=gold([0, 96, 0]))
    history = traded(opening(world), world, 8)
    arrears = [float(s.arrears[0]) for s in history[1:]]
    assert arrears == [0, 1, 2, 3, 4, 5, 0, 0]
    assert [float(s.delivered[0]) for s in history[2:]] == pytest.approx([40.0] * 7)
    assert float(history[3].order[0]) == 0.0
    assert [float(s.lapsed[0]) for s in history[1:]] == [0, 0, 0, 0, 0, 1, 1, 1]
    assert float(history[6].returned[0]) == pytest.approx(60.0)
    # Of the second lot none could be paid: it too is given up, with what waited for trains.
    assert float(history[-1].lapsed[1]) == 1.0
    np.testing.assert_allclose(history[-1].depot[:2, RIFLE], [960, 1040], rtol=1e-5)
    # Whoever finds the gold in time goes on.
    rich = history[4].replace(material=gold([100, 200, 100]))
    after = traded(rich, world, 3)[-1]
    assert float(after.arrears[0]) == 0.0 and float(after.delivered[0]) == 100.0


def test_war_between_the_parties_ends_a_contract():
    world = market(end=ACROSS, lot_buyer=one_hot(3, BUYER, OTHER, OTHER, OTHER))
    quiet = traded(opening(world), world, 2)[-1]
    assert np.asarray(quiet.delivered)[:2].tolist() == [100, 100]
    moving = np.zeros((4, WAYS))
    moving[0, :2] = 25.0
    war = traded(opening(world, shipping=moving, **at_war(np.array([0, 1]), world.end)), world, 2)[
        -1
    ]
    assert np.asarray(war.lapsed).tolist() == [1, 0, 0, 0]
    assert np.asarray(war.delivered)[:2].tolist() == [0, 100]
    assert not np.asarray(war.shipping).any()
    assert float(war.depot[SELLER, RIFLE]) == 950.0, "what was on its way is back"
    # Enemies who fight each other nowhere go on trading.
    apart = replace(world, end=np.array([[1, 0], [0, -1], [0, 0]], np.float32))
    assert not np.asarray(
        traded(opening(apart, **at_war(np.ones(2), apart.end)), apart, 2)[-1].lapsed
    ).any()


def test_an_embargo_closes_a_route_and_a_transit_treaty_opens_one():
    closed = market(route_open=np.zeros(2), opens=[[1, 0], [0, 0]], closes=[[0, 0], [1, 0]])
    for in_force, come in (([0, 0], 0), ([1, 0], 100), ([0, 1], 0), ([1, 1], 0)):
        last = traded(opening(closed, in_force=in_force), closed, 3)[-1]
        assert float(last.delivered[0]) == come, in_force
        assert float(last.set_aside[0]) == 100 - come, "what cannot go waits"


def test_a_contract_rests_without_the_agreement_it_needs():
    world = market(lot_needs=[[0, 1], [0, 0], [0, 0], [0, 0]], lot_advance=[0.5, 0, 0, 0])
    last = traded(opening(world), world, 3)[-1]
    assert (
        not float(paid_for(last)[0])
        and not float(last.order[0])
        and float(last.delivered[1]) == 100
    )
    after = traded(last.replace(in_force=np.array([0, 1], np.float32)), world, 3)[-1]
    assert float(after.delivered[0]) == 100.0


def test_what_will_sink_is_sent_with_the_rest_and_not_paid_for():
    world = market(route_loss=[0.5, 0])
    history = traded(opening(world), world, 24)
    assert float(history[2].delivered[0]) == pytest.approx(100), "not a voyage later"
    sunk = sum(float(s.sunk[0]) for s in history[1:])
    last = history[-1]
    assert float(last.delivered[0]) == pytest.approx(100, rel=1e-3)
    assert sunk == pytest.approx(100, rel=1e-3)
    assert float(paid_for(last)[0]) == pytest.approx(10, rel=1e-3)
    assert float(last.depot[SELLER, RIFLE]) == pytest.approx(600, abs=1)


@pytest.mark.parametrize("weeks", [0.0, 1.0, 2.5, 7.0])
def test_goods_are_under_way_as_long_as_their_route(weeks: float):
    world = market(route_weeks=[weeks, 0], lot_due=np.full((8, 4), 100.0))
    history = traded(opening(world), world, 12)
    came = [float(s.handed[0]) for s in history[1:]]
    mean = sum(week * x for week, x in enumerate(came)) / 100
    # Ordered in the first week, sent in the next.
    assert sum(came) == pytest.approx(100) and mean == pytest.approx(1 + weeks)


def test_what_is_late_costs_the_seller():
    """Nothing can go until the route opens; half of it is due from the end of week 2."""
    due, trains = np.zeros((8, 4)), np.full((8, 2), 100.0)
    due[2:, 0], due[4:, 0], trains[:5] = 50.0, 100.0, 0.0
    world = market(lot_due=due, lot_penalty=[0.02, 0, 0, 0], route_trains=trains)
    history = traded(opening(world), world, 8)
    fines = [gold_of(a, SELLER) for a in history]
    # Week 2 ends with the third round of trade: 0.02 * 50 * 0.1 a week, then twice that.
    assert np.diff(fines)[:5] == pytest.approx([0, 0, -0.1, -0.1, -0.2], abs=1e-4)
    assert sum(np.diff(fines)) == pytest.approx(10.0 - 0.4, abs=1e-4)
    assert float(paid_for(history[-1])[0]) == pytest.approx(10.0)


def test_a_buyer_who_cannot_pay_is_owed_no_penalty():
    landed = {"landed": [100, 0, 0, 0], "material": gold([100, 0, 0])}
    world = market(
        lot_due=np.full((8, 4), 100.0), lot_penalty=[5, 0, 0, 0], lot_signed=[0, *[1e6] * 3]
    )
    for s in traded(opening(world, **landed), world, 4):
        assert gold_of(s, SELLER) == 100.0 and gold_of(s, BUYER) == 0.0


def test_the_earlier_due_date_is_served_first():
    """One train a week: the first lot has it in its first week, the second in the next."""
    world = market(route_trains=np.full((8, 2), 1.0))
    history = traded(opening(world), world, 3)
    assert [np.asarray(s.delivered)[:2].tolist() for s in history[2:]] == [[100, 0], [100, 100]]
    # So it is with gold, and with what is in the depot.
    world = market(floor=gold([0, 85, 0]))
    last = traded(opening(world), world, 2)[-1]
    assert np.asarray(last.delivered)[:2].tolist() == pytest.approx([100, 50])
    world = market()
    last = traded(opening(world, depot=np.full((3, 2), 150.0)), world, 2)[-1]
    assert np.asarray(last.delivered)[:2].tolist() == pytest.approx([100, 50])


def test_a_lot_made_to_order_takes_nothing_from_a_later_ones_stock():
    world = market(lot_stock=[0, 1, 1, 1])
    last = traded(opening(world, depot=np.full((3, 2), 50.0)), world, 3)[-1]
    assert np.asarray(last.delivered)[:2].tolist() == [0, 50]
    assert float(last.order[0]) == 100.0, "it is for industry to make"


def test_a_seller_keeps_a_months_use_of_its_materials():
    world = market(
        lot_item=np.zeros((4, 2)),
        lot_gives=np.zeros((4, 2)),
        lot_material=one_hot(3, STEEL, STEEL, STEEL, STEEL),
    )
    state = opening(
        world, material=np.full((3, 3), 150.0), used=np.outer(np.full(3, 10), [1, 1, 0])
    )
    last = traded(state, world, 2)[-1]
    assert np.asarray(last.delivered)[:2].tolist() == [100, 10]
    np.testing.assert_allclose(last.material[:2, STEEL], [40, 260])


def test_captured_equipment_becomes_the_buyers_own_type_at_its_usability():
    world = market(lot_gives=[[0, 0.5], [1, 0], [1, 0], [1, 0]])
    last = traded(opening(world), world, 2)[-1]
    np.testing.assert_allclose(last.depot[SELLER], [800, 1000])
    np.testing.assert_allclose(last.depot[BUYER], [1100, 1050])
    np.testing.assert_allclose(last.bought[BUYER], [100, 50])
    np.testing.assert_allclose(last.sold[SELLER], [200, 0])


@settings(max_examples=60)
@given(
    trains=st.lists(st.integers(0, 4), min_size=8, max_size=8),
    more=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    due=st.lists(st.lists(st.integers(0, 40), min_size=8, max_size=8), min_size=4, max_size=4),
    depot=st.sampled_from((60.0, 1000.0)),
)
def test_more_capacity_never_makes_anything_later(trains, more, due, depot):
    due = np.cumsum(due, axis=1).T
    late = []
    for rooms in (np.array(trains), np.array(trains) + more):
        world = market(
            lot_due=due,
            lot_total=due[-1],
            lot_signed=np.zeros(4),
            lot_load=np.full(4, 0.05),
            route_trains=np.stack([rooms, rooms], axis=1),
        )
        states = traded(opening(world, depot=np.full((3, 2), depot)), world, 8)[1:]
        late.append([np.maximum(due[w] - s.delivered, 0).sum() for w, s in enumerate(states)])
    assert (np.array(late[1]) <= np.array(late[0]) + 1e-3).all()


def test_orders_from_abroad_have_the_hours_that_the_programme_leaves():
    """Industry: 1000 hours a week, 4 to make a rifle; the programme asks for 150."""
    state, world = random_one(Mix(seed=82))
    made = {
        "hours": [4, 1],
        "item_input": np.zeros((3, 2)),
        "programme": np.array([150, 0]) * np.ones((8, 3, 2)),
        "maker": [[0, 0, 1], [0, 0, 1]],
        "per_worker": np.full((3, 3), 1e6),
        "plant_open": np.ones((8, 3, 3)),
        "lot_seller": one_hot(3, SELLER, SELLER, SELLER, OTHER),
        "lot_item": one_hot(2, RIFLE, TANK, RIFLE, RIFLE),
        "lot_material": np.zeros((4, 3)),
        "lot_stock": [0, 0, 1, 0],
        "lot_rank": np.arange(4),
    }
    world = replace(world, **as_float(made))
    plant = np.zeros((7, 3))
    plant[next(k for k in range(7) if world.place_power[k, SELLER]), 2] = 1000.0
    home = 900 * np.asarray(world.place_end)[plant[:, 2] > 0]
    state = state.replace(
        **as_float({
            "plant": plant, "labour": np.full((3, 3), 1e6), "lost_share": np.zeros(7),
            "building": 0 * state.building, "relocating": 0 * state.relocating,
            "hostile": np.zeros(2), "order": [60, 500, 70, 30], "set_aside": np.zeros(4),
            "output": world.first_output, "front": home * np.ones(2),
        })
    )  # fmt: skip
    after = alone("industry")(state, world, KEY)
    assert np.asarray(after.set_aside).tolist() == pytest.approx([60, 160, 0, 0], rel=1e-4)
    np.testing.assert_allclose(after.made[SELLER], [210, 160], rtol=1e-4)
    gifts = np.asarray(world.gift[0, SELLER])
    np.testing.assert_allclose(
        after.depot[SELLER] - state.depot[SELLER], [150, 0] + gifts, rtol=1e-3
    )
    # Two orders of one date share the hours: 400 among 240 and 500.
    alike = replace(world, lot_rank=np.zeros(4, np.float32))
    after = alone("industry")(state, alike, KEY)
    wanted = [60 * 400 / 740, 500 * 400 / 740, 0, 0]
    assert np.asarray(after.set_aside).tolist() == pytest.approx(wanted, rel=1e-4)


def test_what_is_suspended_sets_out_later_and_its_penalty_is_owed():
    stop = np.zeros((8, 4))
    stop[:4, 0] = 1.0
    terms = {"lot_penalty": np.full(4, 0.05)}
    stopped, free = (
        traded(opening(w), w, 7) for w in (market(suspended=stop, **terms), market(**terms))
    )
    came = [[float(s.delivered[0]) for s in run] for run in (stopped, free)]
    assert max(came[0][:4]) == 0.0 and came[1][3] > 50.0
    assert came[0][-1] == pytest.approx(100.0, rel=1e-3)
    # Late for some weeks, at 5 % of 10 t each.
    lost = [float(run[-1].material[SELLER, GOLD]) for run in (free, stopped)]
    assert 0.4 < lost[0] - lost[1] < 2.1
    assert [float(s.delivered[1]) for s in stopped] == [float(s.delivered[1]) for s in free]


def test_gold_kept_back_by_order_pays_for_nothing():
    back = np.zeros((8, 3, 3))
    back[:, BUYER, GOLD] = 95.0
    poor, rich = (traded(opening(w), w, 7)[-1] for w in (market(kept_back=back), market()))
    assert float(rich.delivered[0]) == pytest.approx(100.0, rel=1e-3)
    assert float(poor.material[BUYER, GOLD]) == pytest.approx(95.0, rel=1e-4)
