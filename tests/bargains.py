"""Random routes, contracts and agreements for the worlds of worlds.py, and what powers think."""

from itertools import permutations
from typing import Any

import numpy as np

POWERS, THEATRES, AXES, WEEKS = 3, 5, 2, 8
LOTS, ROUTES, AGREEMENTS, WAYS = 4, 2, 2, 8
NEVER = 1e6
NO_CEILING = 1e9

Tables = dict[str, np.ndarray]


def pick(rng: np.random.Generator, size: Any, *choices: float) -> np.ndarray:
    """Some of the choices, each as likely as the others."""
    return rng.choice(np.array(choices, float), size)


def random_bargains(
    men: float, kit: float, end: np.ndarray, rng: np.random.Generator
) -> dict[str, Any]:
    """World's tables of trade and diplomacy."""
    return random_trade(men * kit, end, rng) | random_diplomacy(men, rng)


def random_trade(items: float, end: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """Lots of items (about as many as `items`) and of materials, and the routes that they go."""
    u, eye = rng.uniform, np.eye(POWERS)
    seller = rng.integers(0, POWERS, LOTS)
    buyer = (seller + rng.integers(1, POWERS, LOTS)) % POWERS
    # War ends a contract: most are between two powers that face each other on no axis.
    apart = [
        pair for pair in permutations(range(POWERS), 2) if (np.prod(end[[*pair]], 0) >= 0).all()
    ]
    pairs = np.array(apart or [*permutations(range(POWERS), 2)])
    friendly, pair = u(size=LOTS) < 0.7, pairs[rng.integers(0, len(pairs), LOTS)]
    seller = np.where(friendly, pair[:, 0], seller)
    buyer = np.where(friendly, pair[:, 1], buyer)
    # Few sorts of goods, so that lots are rivals.
    good = rng.choice(4, LOTS, p=[0.15, 0.5, 0.25, 0.1])
    is_item, usable = good < 2, pick(rng, LOTS, 1.0, 1.0, 0.5)
    given = np.where(usable < 1.0, 1 - good % 2, good % 2)
    total = np.where(is_item, items * np.array([30.0, 1.0])[good % 2], 1e4) * u(0, 2, LOTS)
    first = rng.integers(0, 5, LOTS)
    last = first + rng.integers(1, 9 - first)
    due = np.clip((np.arange(1, WEEKS + 1)[:, None] - first) / (last - first), 0.0, 1.0)
    return {
        "lot_seller": eye[seller],
        "lot_buyer": eye[buyer],
        "lot_item": np.eye(2)[good % 2] * is_item[:, None],
        "lot_material": np.eye(2)[good % 2] * ~is_item[:, None],
        "lot_gives": np.eye(2)[given] * (usable * is_item)[:, None],
        "lot_route": np.eye(ROUTES)[rng.choice(ROUTES, LOTS, p=[0.8, 0.2])],
        "lot_needs": u(size=(LOTS, AGREEMENTS)) < 0.15,
        "lot_rank": np.sort(last // 3),
        "lot_stock": is_item * pick(rng, LOTS, 0.0, 1.0),
        "lot_total": total,
        "lot_due": due * total,
        "lot_signed": pick(rng, LOTS, -2.0, 0.0, 0.0, 1.0, 2.0, NEVER),
        "lot_price": 1e4 * u(0, 1.5, LOTS) * pick(rng, LOTS, 1.0, 4.0) / np.maximum(total, 1.0),
        "lot_advance": pick(rng, LOTS, 0.0, 0.3, 1.0, 0.1),
        "lot_penalty": pick(rng, LOTS, 0.0, 0.01, 0.3),
        "lot_load": u(3, 150, LOTS) / np.maximum(total, 1.0),
        "route_trains": u(0, 60, (WEEKS, ROUTES)) * (u(size=(WEEKS, ROUTES)) < 0.8),
        "route_open": pick(rng, ROUTES, 0.0, 1.0, 1.0, 1.0),
        "route_weeks": pick(rng, ROUTES, 0.0, 1.0, 2.5, 7.0, u(0, 7)),
        "route_loss": pick(rng, ROUTES, 0.0, 0.0, 0.1, 0.3, 1.0),
        "gold_floor": pick(rng, POWERS, 0.0, 1e3, 3e4),
    }


def random_diplomacy(men: float, rng: np.random.Generator) -> dict[str, Any]:
    """Agreements of two or three parties, and what powers keep on a border at peace."""
    u = rng.uniform
    party = np.ones((AGREEMENTS, POWERS))
    outside = rng.integers(0, POWERS + 1, AGREEMENTS)
    party[np.arange(AGREEMENTS)[outside < POWERS], outside[outside < POWERS]] = 0.0
    pays = 5e3 * rng.normal(size=party.shape) * party * (u(size=(AGREEMENTS, 1)) < 0.6)
    pays = party * (pays - pays.sum(axis=1, keepdims=True) / party.sum(axis=1, keepdims=True))
    zones = (u(size=(AGREEMENTS, POWERS, THEATRES)) < 0.3) * party[:, :, None]
    men_most = men * u(0, 1, (WEEKS, AGREEMENTS, POWERS, THEATRES))
    backs = u(size=(THEATRES, AXES)) * (u(size=(THEATRES, AXES)) < 0.6)
    return {
        "party": party,
        "offered": pick(rng, AGREEMENTS, -1.0, -1.0, 0.0, 1.0, 3.0, NEVER),
        "expires": pick(rng, AGREEMENTS, NEVER, NEVER, 6.0),
        "peace": u(size=(AGREEMENTS, AXES)) < 0.7,
        "ceiling_men": np.where(zones > 0.0, np.sort(men_most, axis=0)[::-1], NO_CEILING),
        "defence": u(size=AGREEMENTS) < 0.4,
        "truce_weeks": pick(rng, AGREEMENTS, 0.0, 0.0, 3.0, 20.0),
        "homeward": u(size=AGREEMENTS) < 0.5,
        "inspects": u(size=(AGREEMENTS, AXES)) < 0.4,
        "opens": u(size=(AGREEMENTS, ROUTES)) < 0.3,
        "closes": u(size=(AGREEMENTS, ROUTES)) < 0.15,
        "line": pick(rng, AGREEMENTS, 0.0, 50.0, 4000.0),
        "line_pace": u(0, 30, (WEEKS, AGREEMENTS)),
        "pays": pays,
        "gain_kept": party * u(-0.2, 1, party.shape),
        "gain_broken": party * u(-1.0, 0.5, party.shape),
        "breach_rate": party * pick(rng, party.shape, 0.0, 0.0, 0.002, 0.002, 0.5),
        "breach_week": np.where(party > 0.0, pick(rng, party.shape, NEVER, NEVER, NEVER, 4), NEVER),
        "guard": men * u(0, 1, (POWERS, AXES)),
        "backs": backs / np.maximum(backs.sum(axis=1, keepdims=True), 1.0),
        "restraint": u(0.5, 4, POWERS),
        "relief": u(0, 1, POWERS),
    }


def begun_bargains(rng: np.random.Generator, world: Tables) -> dict[str, Any]:
    """State's arrays of contracts and agreements, some of which are under way."""
    u, total = rng.uniform, world["lot_total"].astype(float)
    lapsed = (u(size=LOTS) < 0.1) * 1.0
    begun = (world["lot_signed"] <= 0.0) * (u(size=LOTS) < 0.6) * (lapsed == 0.0)
    # Together at most what was agreed.
    parts = total * begun * rng.dirichlet(np.ones(3 + WAYS + 1), LOTS).T
    landed = parts[1] * (u(size=LOTS) < 0.3)
    signed = (u(size=AGREEMENTS) < 0.7) * (world["offered"] <= 0.0)
    return {
        "set_aside": parts[0],
        "shipping": parts[3 : 3 + WAYS].T,
        "landed": landed,
        "delivered": parts[2],
        "paid": world["lot_price"] * (parts[2] + world["lot_advance"] * total * begun),
        "arrears": np.where(landed > 0.0, pick(rng, LOTS, 1.0, 4.0), 0.0),
        "lapsed": lapsed,
        "void": lapsed * pick(rng, LOTS, 0.0, 1.0),
        "defaulted": 0.0 * lapsed,
        "in_force": signed,
        "broken": (u(size=AGREEMENTS) < 0.1) * ~signed,
        "demarcated": u(0, 1, AGREEMENTS) * world["line"],
        "odds_signed": rng.normal(0, 1, (AGREEMENTS, POWERS)) * world["party"],
    }


def begun_beliefs(men: float, rng: np.random.Generator) -> dict[str, Any]:
    """State's arrays of what powers think of others."""
    strength = men * rng.lognormal(0, 1, (3, POWERS, AXES))
    return {
        "strength_seen": strength[0],
        "first_seen": strength[1] * (rng.uniform(size=(POWERS, AXES)) < 0.8),
        "report_seen": strength[2],
        "doubt_seen": rng.uniform(0.01, 1.0, (POWERS, AXES)),
        "error_seen": rng.normal(0, 0.3, (POWERS, AXES)),
        "kept_seen": rng.uniform(0, 10, (POWERS, POWERS)),
        "broken_seen": rng.uniform(0, 10, (POWERS, POWERS)),
    }
