"""Random routes, contracts and agreements for the worlds of worlds.py, and what powers think."""

from copy import deepcopy
from itertools import permutations
from typing import Any

import numpy as np

WEEKS, WAYS, MATERIALS = 8, 8, 3
NEVER = 1e6
NO_CEILING = 1e9

Tables = dict[str, np.ndarray]
Sizes = dict[str, int]


def pick(rng: np.random.Generator, size: Any, *choices: float) -> np.ndarray:
    """Some of the choices, each as likely as the others."""
    return rng.choice(np.array(choices, float), size)


def random_bargains(
    men: float, kit: float, end: np.ndarray, rng: np.random.Generator, sizes: Sizes
) -> dict[str, Any]:
    """World's tables of trade and diplomacy."""
    return random_trade(men * kit, end, rng, sizes) | random_diplomacy(men, rng, sizes)


def random_trade(
    items: float, end: np.ndarray, rng: np.random.Generator, sizes: Sizes
) -> dict[str, Any]:
    """Lots of items (about as many as `items`) and of materials, and the routes that they go."""
    powers, lots, routes = (sizes[n] for n in ("power", "lot", "route"))
    u, eye = rng.uniform, np.eye(powers)
    seller = rng.integers(0, powers, lots)
    buyer = (seller + rng.integers(1, powers, lots)) % powers
    # War ends a contract: most are between two powers that face each other on no axis.
    apart = [
        pair for pair in permutations(range(powers), 2) if (np.prod(end[[*pair]], 0) >= 0).all()
    ]
    pairs = np.array(apart or [*permutations(range(powers), 2)])
    friendly, pair = u(size=lots) < 0.7, pairs[rng.integers(0, len(pairs), lots)]
    seller = np.where(friendly, pair[:, 0], seller)
    buyer = np.where(friendly, pair[:, 1], buyer)
    # Few sorts of goods, so that lots are rivals.
    good = rng.choice(4, lots, p=[0.15, 0.5, 0.25, 0.1])
    is_item, usable = good < 2, pick(rng, lots, 1.0, 1.0, 0.5)
    given = np.where(usable < 1.0, 1 - good % 2, good % 2)
    total = np.where(is_item, items * np.array([30.0, 1.0])[good % 2], 1e4) * u(0, 2, lots)
    first = rng.integers(0, 5, lots)
    last = first + rng.integers(1, 9 - first)
    due = np.clip((np.arange(1, WEEKS + 1)[:, None] - first) / (last - first), 0.0, 1.0)
    price = 1e4 * u(0, 1.5, lots) * pick(rng, lots, 1.0, 4.0) / np.maximum(total, 1.0)
    # In one material or a few.
    paid_in = np.eye(MATERIALS)[rng.integers(0, MATERIALS, lots)]
    paid_in = np.maximum(paid_in, u(size=paid_in.shape) * (u(size=paid_in.shape) < 0.2))
    later = deepcopy(rng)  # tables that came later leave the others as they were
    return {
        "lot_seller": eye[seller],
        "lot_buyer": eye[buyer],
        "lot_item": np.eye(2)[good % 2] * is_item[:, None],
        "lot_material": np.eye(MATERIALS)[good % 2] * ~is_item[:, None],
        "lot_gives": np.eye(2)[given] * (usable * is_item)[:, None],
        "lot_route": np.eye(routes)[rng.choice(routes, lots, p=[0.8, 0.2])],
        "lot_needs": u(size=(lots, sizes["agreement"])) < 0.15,
        "lot_rank": np.sort(last // 3),
        "lot_stock": is_item * pick(rng, lots, 0.0, 1.0),
        "lot_calls": pick(rng, lots, 0.0, 0.0, 1.0),
        "lot_total": total,
        "lot_due": due * total,
        "lot_signed": pick(rng, lots, -2.0, 0.0, 0.0, 1.0, 2.0, NEVER),
        "tender": np.eye(MATERIALS)[[1, 0, 2]],
        "lot_price": price[:, None] * paid_in,
        "lot_advance": pick(rng, lots, 0.0, 0.3, 1.0, 0.1),
        "lot_penalty": pick(rng, lots, 0.0, 0.01, 0.3),
        "lot_load": u(3, 150, lots) / np.maximum(total, 1.0),
        "route_trains": u(0, 60, (WEEKS, routes)) * (u(size=(WEEKS, routes)) < 0.8),
        "route_open": pick(rng, routes, 0.0, 1.0, 1.0, 1.0),
        "route_weeks": pick(rng, routes, 0.0, 1.0, 2.5, 7.0, u(0, 7)),
        "route_loss": pick(rng, routes, 0.0, 0.0, 0.1, 0.3, 1.0),
        "floor": pick(rng, (powers, MATERIALS), 0.0, 0.0, 1e3, 3e4),
        "kept_back": pick(later, (WEEKS, powers, MATERIALS), 0.0, 0.0, 2e4, -1e4),
        "suspended": pick(later, (WEEKS, lots), 0.0, 0.0, 1.0),
    }


def random_diplomacy(men: float, rng: np.random.Generator, sizes: Sizes) -> dict[str, Any]:
    """Agreements of two parties or more, and what powers keep on a border at peace."""
    names = ("power", "theatre", "axis", "route", "agreement")
    powers, theatres, axes, routes, agreements = (sizes[n] for n in names)
    u = rng.uniform
    place = rng.permuted(np.tile(np.arange(powers), (agreements, 1)), axis=1)
    party = 1.0 * (place < rng.integers(2, powers + 1, (agreements, 1)))
    members = party[:, :, None]
    pays = 5e3 * rng.normal(size=(agreements, powers, MATERIALS)) * members
    pays = pays * (u(size=(agreements, 1, MATERIALS)) < 0.4)
    pays = members * (pays - pays.sum(axis=1, keepdims=True) / members.sum(axis=1, keepdims=True))
    # Some places go to a party of an agreement, whoever has them.
    gets = np.argmax(u(size=(agreements, sizes["place"], powers)) * party[:, None], axis=2)
    says = np.eye(agreements)[rng.integers(0, agreements, sizes["place"])].T
    cedes = np.eye(powers)[gets] * (says * (u(size=says.shape) < 0.5))[:, :, None]
    zones = (u(size=(agreements, powers, theatres)) < 0.3) * party[:, :, None]
    men_most = men * u(0, 1, (WEEKS, agreements, powers, theatres))
    backs = u(size=(theatres, axes)) * (u(size=(theatres, axes)) < 0.6)
    return {
        "party": party,
        "ceding": np.eye(agreements),
        "cedes": cedes,
        "offered": pick(rng, agreements, -1.0, -1.0, 0.0, 1.0, 3.0, NEVER),
        "expires": pick(rng, agreements, NEVER, NEVER, 6.0),
        "peace": u(size=(agreements, axes)) < 1.4 / axes,
        **zoned(np.where(zones > 0.0, np.sort(men_most, axis=0)[::-1], NO_CEILING)),
        "defence": u(size=agreements) < 0.4,
        "truce_weeks": pick(rng, agreements, 0.0, 0.0, 3.0, 20.0),
        "homeward": u(size=agreements) < 0.5,
        "inspects": u(size=(agreements, axes)) < 0.4,
        "opens": u(size=(agreements, routes)) < 0.3,
        "closes": u(size=(agreements, routes)) < 0.15,
        "line": pick(rng, agreements, 0.0, 50.0, 4000.0),
        "line_pace": u(0, 30, (WEEKS, agreements)),
        "pays": pays,
        "gain_kept": party * u(-0.2, 1, party.shape),
        "gain_broken": party * u(-1.0, 0.5, party.shape),
        "breach_rate": party * pick(rng, party.shape, 0.0, 0.0, 0.002, 0.002, 0.5),
        "breach_week": np.where(party > 0.0, pick(rng, party.shape, NEVER, NEVER, NEVER, 4), NEVER),
        "guard": men * u(0, 1, (powers, axes)),
        "backs": backs / np.maximum(backs.sum(axis=1, keepdims=True), 1.0),
        "restraint": u(0.5, 4, powers),
        "patience": u(0.3, 3, powers),
        "risk": u(-1.5, 1.5, powers),
        "face": u(0, 0.5, powers),
        "ruthless": u(0, 1, powers),
        "concedes": party * (u(size=party.shape) < 0.5),
        "played": pick(rng, powers, 0.0, 0.0, 0.0, 1.0),
        "relief": u(0, 1, powers),
    }


def zoned(most: np.ndarray) -> dict[str, Any]:
    """The tables of ceilings [week agreement power theatre]: every power in every theatre is a zone
    of its own."""
    powers, theatres = most.shape[2:]
    return {
        "zone_power": np.repeat(np.eye(powers), theatres, axis=0),
        "zone_theatre": np.tile(np.eye(theatres), (powers, 1)),
        "ceiling_men": most.reshape(*most.shape[:2], -1),
    }


def begun_bargains(rng: np.random.Generator, world: Tables) -> dict[str, Any]:
    """State's arrays of contracts and agreements, some of which are under way."""
    (agreements, powers), lots = world["party"].shape, len(world["lot_total"])
    u, total = rng.uniform, world["lot_total"].astype(float)
    lapsed = (u(size=lots) < 0.1) * 1.0
    begun = (world["lot_signed"] <= 0.0) * (u(size=lots) < 0.6) * (lapsed == 0.0)
    # Together at most what was agreed.
    parts = total * begun * rng.dirichlet(np.ones(3 + WAYS + 1), lots).T
    landed = parts[1] * (u(size=lots) < 0.3)
    signed = (u(size=agreements) < 0.7) * (world["offered"] <= 0.0)
    return {
        "set_aside": parts[0],
        "shipping": parts[3 : 3 + WAYS].T,
        "landed": landed,
        "delivered": parts[2],
        "paid": world["lot_price"] * (parts[2] + world["lot_advance"] * total * begun)[:, None],
        "arrears": np.where(landed > 0.0, pick(rng, lots, 1.0, 4.0), 0.0),
        "lapsed": lapsed,
        "void": lapsed * pick(rng, lots, 0.0, 1.0),
        "defaulted": 0.0 * lapsed,
        "in_force": signed,
        "broken": (u(size=agreements) < 0.1) * ~signed,
        "demarcated": u(0, 1, agreements) * world["line"],
        "odds_signed": rng.normal(0, 1, (agreements, powers)) * world["party"],
    }


def begun_beliefs(men: float, rng: np.random.Generator, sizes: Sizes) -> dict[str, Any]:
    """State's arrays of what powers think of others."""
    powers, axes = sizes["power"], sizes["axis"]
    strength = men * rng.lognormal(0, 1, (4, powers, axes))
    return {
        "strength_seen": strength[0],
        "first_seen": strength[1] * (rng.uniform(size=(powers, axes)) < 0.8),
        "report_seen": strength[2],
        "surge_seen": strength[3],
        "doubt_seen": rng.uniform(0.01, 1.0, (powers, axes)),
        "error_seen": rng.normal(0, 0.3, (powers, axes)),
        "gathering_seen": rng.uniform(size=(powers, axes)) < 0.3,
        "kept_seen": rng.uniform(0, 10, (powers, powers)),
        "broken_seen": rng.uniform(0, 10, (powers, powers)),
    }
