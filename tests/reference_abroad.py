"""Diplomacy and trade in plain Python, for reference.py."""

from math import exp, inf, log
from typing import Any

import jax
import numpy as np
from plain import Plain, ceiling, clip, on_axes, row, zeros

from sinews.model import trade


def bound(s: Plain, w: Plain, p: int, a: int) -> bool:
    """Whether an agreement or a truce keeps a power from attacking on an axis."""
    across = [q for q in range(len(w["end"])) if w["end"][q][a] * w["end"][p][a] < 0.0]
    return any(s["truce"][p][q] > s["week"] for q in across) or any(
        w["party"][k][p] and w["peace"][k][a] and s["in_force"][k] for k in range(len(w["party"]))
    )


def diplomacy_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    force = on_axes(s, w)["experience"]
    powers, fronts, week = len(w["end"]), len(s["front"]), s["week"]
    agreements, lots = range(len(w["party"])), range(len(w["lot_total"]))
    moods, chances = np.asarray(
        jax.random.uniform(key, (2, len(w["party"]), powers), minval=1e-6, maxval=1.0 - 1e-6)
    ).tolist()
    parties = [[p for p in range(powers) if w["party"][k][p]] for k in agreements]
    sells = [w["lot_seller"][j].index(1.0) for j in lots]
    buys = [w["lot_buyer"][j].index(1.0) for j in lots]
    new: Plain = {n: list(s[n]) for n in ("in_force", "broken", "demarcated")}
    new |= {n: [list(r) for r in s[n]] for n in ("attack", "odds_signed")}
    new |= {"breached": zeros(len(w["party"]), powers)}
    new["material"] = [list(r) for r in s["material"]]
    coins = [each.index(1.0) for each in w["tender"]]
    new |= {n: zeros(powers, len(s["material"][0])) for n in ("paid_in", "paid_out")}

    def trusts(p: int, q: int) -> float:
        kept, broken = s["kept_seen"][p][q], s["broken_seen"][p][q]
        return (kept + 1.0) / (kept + broken + 2.0)

    def odds(k: int, p: int) -> float:
        own = theirs = 0.0
        for a in range(fronts):
            if w["peace"][k][a]:
                own += force[p][a] * abs(w["end"][p][a]) + 1.0
                theirs += s["strength_seen"][p][a] + 1.0
        return log((own + 1.0) / (theirs + 1.0))

    open_lot = [
        week >= w["lot_signed"][j]
        and not s["lapsed"][j]
        and s["delivered"][j] < (1.0 - w["c"]["slack"]) * w["lot_total"][j]
        for j in lots
    ]
    ended = set()
    for k in agreements:
        trading = any(open_lot[j] and {sells[j], buys[j]} <= set(parties[k]) for j in lots)
        for p in parties[k]:
            worst = min(trusts(p, q) for q in parties[k] if q != p)
            lean = c["breach_shift"] * (odds(k, p) - s["odds_signed"][k][p])
            word = c["breach_trust"] * (worst - 0.5) + c["breach_trade"] * trading
            lean -= (1.0 - w["ruthless"][p]) * word
            rate = w["breach_rate"][k][p] * (1.0 - w["played"][p]) * exp(clip(lean, -5.0, 5.0))
            breaks = chances[k][p] < 1.0 - exp(-rate) or week >= w["breach_week"][k][p]
            struck = [a for a in range(fronts) if w["peace"][k][a] and s["strike"][p][a]]
            breaks = breaks or bool(struck)
            if s["in_force"][k] and breaks:
                new["breached"][k][p] = 1.0
                ended.add(k)

    # A border at peace is attacked by those alone whom nothing binds.
    sinners = {p for k in agreements for p in range(powers) if new["breached"][k][p]}
    for a in range(fronts):
        for p in range(powers):
            if s["strike"][p][a]:
                new["attack"][p][a] = 1.0
                sinners |= set() if s["engaged"][p][a] else {p}
            elif s["engaged"][p][a]:
                continue
            elif bound(s, w, p, a):
                new["attack"][p][a] = 0.0
            elif w["end"][p][a] and s["attack"][p][a]:
                sinners |= {p}

    # Who signs, in turn: what is signed is spoken for, and what cannot be paid is passed over.
    purse = [[spare(s, w, p, m, week) for m in coins] for p in range(powers)]
    for k in agreements:
        willing = True
        for p in parties[k]:
            worst = min(trusts(p, q) for q in parties[k] if q != p)
            gain = worst * w["gain_kept"][k][p] + (1.0 - worst) * w["gain_broken"][k][p]
            gain -= w["face"][p] * w["concedes"][k][p]
            mood = log(moods[k][p] / (1.0 - moods[k][p]))
            willing = willing and gain + w["c"]["temper"] * mood >= 0.0
        on_offer = w["offered"][k] <= week < w["expires"][k] and k not in ended
        at_war = any(w["peace"][k][a] and s["hostile"][a] for a in range(fronts))
        on_offer = on_offer and (not at_war or w["truce_weeks"][k] > 0.0)
        if on_offer and willing and not s["in_force"][k] and not s["broken"][k]:
            bill = [(p, n, -t) for p in parties[k] for n, t in enumerate(w["pays"][k][p])]
            bill = [(p, n, t) for p, n, t in bill if t > 0.0]
            if all(t <= purse[p][n] * 1.0000003 for p, n, t in bill):
                for p, n, t in bill:
                    purse[p][n] = max(purse[p][n] - t, 0.0)
                new["in_force"][k] = 1.0
                for p in parties[k]:
                    new["odds_signed"][k][p] = odds(k, p)
                    for n, m in enumerate(coins):
                        new["material"][p][m] += w["pays"][k][p][n]
    new["signed"] = [new["in_force"][k] - s["in_force"][k] for k in agreements]
    for p in range(powers):
        for n, m in enumerate(coins):
            net = sum(w["pays"][k][p][n] * new["signed"][k] for k in agreements)
            new["paid_in"][p][m], new["paid_out"][p][m] = max(net, 0.0), max(-net, 0.0)
    new["odds_signed"] = [
        [odds(k, p) if new["in_force"][k] > s["in_force"][k] else s["odds_signed"][k][p]
         for p in range(powers)] for k in agreements
    ]  # fmt: skip
    for k in agreements:
        if k in ended or week >= w["expires"][k]:
            new["in_force"][k] = 0.0
        new["broken"][k] = max(s["broken"][k], float(k in ended))
        marked = s["demarcated"][k] + new["in_force"][k] * row(w["line_pace"], week)[k]
        new["demarcated"][k] = min(marked, w["line"][k])

    # What each thinks of each.
    live = [k for k in agreements if new["in_force"][k]]
    new["kept_seen"], new["broken_seen"] = zeros(powers, powers), zeros(powers, powers)
    for q in range(powers):
        most = [
            min([ceiling(w, week, k, q, t) for k in live], default=inf)
            for t in range(len(w["garrison"]))
        ]
        over = any(s["men"][q][t] > (1.0 + w["c"]["slack"]) * x for t, x in enumerate(most))
        for p in range(powers):
            held = p != q and any({p, q} <= set(parties[k]) for k in live)
            good, bad = w["c"]["kept_most"] * held, w["c"]["blame_excess"] * (held and over)
            foe = any(w["end"][p][a] * w["end"][q][a] < 0.0 for a in range(fronts))
            if q in sinners:
                bad += w["c"]["blame_attack"] if foe else w["c"]["blame_watched"]
            for j in lots:
                resting = any(
                    w["lot_needs"][j][k] and not s["in_force"][k] for k in agreements
                ) or (w["lot_advance"][j] > 0.0 and max(s["paid"][j]) <= 0.0)
                overdue = row(w["lot_due"], max(week - 1, 0))[j] - s["delivered"][j]
                overdue *= open_lot[j] and week > max(w["lot_signed"][j], 0.0) and not resting
                overdue *= 1.0 - w["lot_calls"][j]
                late = overdue > w["c"]["slack"] * w["lot_total"][j] and not s["arrears"][j]
                if (sells[j], buys[j]) == (q, p) and late:
                    bad += w["c"]["blame_late"]
                if (sells[j], buys[j]) == (p, q) and s["arrears"][j]:
                    bad += w["c"]["blame_late"]
            keep = c["forget"]
            new["kept_seen"][p][q] = keep * s["kept_seen"][p][q] + (1.0 - keep) * good
            new["broken_seen"][p][q] = keep * s["broken_seen"][p][q] + bad * (p != q)
    return new


def spare(s: Plain, w: Plain, p: int, m: int, week: int) -> float:
    """What a power may sell or pay of a material."""
    back = row(w["kept_back"], week)[p][m]
    own = max(w["floor"][p][m] + back, w["c"]["keep_weeks"] * s["used"][p][m])
    return max(s["material"][p][m] - own, 0.0)


def dealt(wants: list[float], rooms: dict[Any, float], of: list[Any], w: Plain) -> list[float]:
    """What lots get of what they want of the rooms they draw on: by rank, in proportion in one."""
    out, left = [0.0] * len(wants), dict(rooms)
    for rank in sorted(set(w["lot_rank"])):
        for room in set(of):
            equals = [j for j in range(len(wants)) if (w["lot_rank"][j], of[j]) == (rank, room)]
            asked = sum(wants[j] for j in equals)
            share = min(1.0, left[room] / asked) if asked > 0.0 else 1.0
            for j in equals:
                out[j] = wants[j] * share
            left[room] = max(left[room] - asked, 0.0)
    return out


def lacking(s: Plain, w: Plain, q: int, j: int) -> float:
    """What a buyer lacks of the good of a lot."""
    lacks = sum(8.0 * x * y for x, y in zip(s["lacked"][q], w["lot_material"][j], strict=True))
    for i, given in enumerate(w["lot_gives"][j]):
        if given:
            has = s["depot"][q][i]
            for name in ("equipment", "workshop"):
                has += sum(kit[i] for kit in s[name][q])
            for k, users in enumerate(w["link_power"]):
                if users[q]:
                    has += s["waiting_kit"][k][i] + sum(kit[i] for kit in s["moving_kit"][k])
            lacks += max(w["users"][q][i] * w["establishment"][i] * sum(s["men"][q]) - has, 0.0)
    return lacks


def trade_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, items = np.shape(s["depot"])
    materials, lots, week = len(s["material"][0]), range(len(w["lot_total"])), s["week"]
    past, ways = max(week - 1, 0), len(s["shipping"][0])
    ended = ("lapsed", "void", "defaulted")
    by_lot = ("set_aside", "landed", "delivered", "arrears", "allotted", *ended)
    new: Plain = {n: list(s[n]) for n in by_lot}
    wide = ("shipping", "depot", "material", "lost", "used", "paid", "paid_in", "paid_out")
    new |= {n: [list(r) for r in s[n]] for n in wide}
    new |= {n: zeros(len(lots)) for n in ("order", "handed", "sunk", "returned")}
    new |= {n: zeros(powers, items) for n in ("sold", "bought")}
    new |= {n: zeros(powers, materials) for n in ("sold_material", "bought_material")}
    sells = [w["lot_seller"][j].index(1.0) for j in lots]
    buys = [w["lot_buyer"][j].index(1.0) for j in lots]
    ways_of = [w["lot_route"][j].index(1.0) for j in lots]
    goods: list[tuple[str, int]] = [
        ("item", w["lot_item"][j].index(1.0))
        if 1.0 in w["lot_item"][j]
        else ("material", w["lot_material"][j].index(1.0))
        for j in lots
    ]

    def pay(payer: int, payee: int, m: int, tonnes: float) -> None:
        new["material"][payer][m] -= tonnes
        new["material"][payee][m] += tonnes
        new["paid_out"][payer][m] += tonnes
        new["paid_in"][payee][m] += tonnes

    def purses(m: int) -> dict[int, float]:
        return {p: spare(new, w, p, m, past) for p in range(powers)}

    price, coins = w["lot_price"], [each.index(1.0) for each in w["tender"]]

    # Where goods may pass now, and where they ever may again.
    treaties = range(len(s["in_force"]))
    dead = [s["broken"][k] or past >= w["expires"][k] for k in treaties]
    room, blocked = list(row(w["route_trains"], past)), []
    for r in range(len(room)):
        opens = [k for k in treaties if w["opens"][k][r]]
        may = w["route_open"][r] or any(s["in_force"][k] for k in opens)
        if not may or any(w["closes"][k][r] and s["in_force"][k] for k in treaties):
            room[r] = -1.0
        ever = w["route_open"][r] or any(not dead[k] for k in opens)
        weeks = range(past, max(past + 1, len(w["route_trains"])))
        runs = any(row(w["route_trains"], n)[r] > 0.0 for n in weeks)
        blocked.append(not ever or not runs or w["route_loss"][r] >= 1.0)

    # Which contracts are alive, and who can pay an advance.
    fighting, live, begun, rests = {}, {}, {}, {}
    purse = [[spare(s, w, p, m, past) for m in coins] for p in range(powers)]
    for j in lots:
        p, q = sells[j], buys[j]
        fighting[j] = s["war"][p][q]
        deposit = [w["lot_advance"][j] * w["lot_total"][j] * each for each in price[j]]
        begun[j] = max(s["paid"][j]) > 0.0 or max(deposit) == 0.0
        needed = [k for k, need in enumerate(w["lot_needs"][j]) if need]
        rests[j] = any(not s["in_force"][k] for k in needed)
        signed, shut = past >= w["lot_signed"][j], room[ways_of[j]] < 0.0
        if signed and not s["lapsed"][j] and s["delivered"][j] < 0.9999 * w["lot_total"][j]:
            idle = sum(s["shipping"][j]) + s["landed"][j] <= 1e-4 * w["lot_total"][j]
            over = past > 0 and row(w["lot_due"], past - 1)[j] >= 0.9999 * w["lot_total"][j]
            over = over and (shut or rests[j] or not begun[j] or w["lot_calls"][j] > 0.0)
            never = blocked[ways_of[j]] or any(dead[k] for k in needed)
            if fighting[j]:
                new["void"][j] = new["lapsed"][j] = 1.0
            elif idle and (never or over):
                new["lapsed"][j] = 1.0
        agreed = signed and not new["lapsed"][j]
        if (
            agreed
            and not begun[j]
            and not rests[j]
            and not shut
            and all(x <= y * 1.0000003 for x, y in zip(deposit, purse[q], strict=True))
        ):
            for n, part in enumerate(deposit):
                pay(q, p, coins[n], part)
                new["paid"][j][n] = part
                purse[q][n] = max(purse[q][n] - part, 0.0)
            begun[j] = True
        live[j] = agreed and begun[j] and not rests[j] and not s["arrears"][j]

    # Out of stock, and on its way.
    kept = {("item", p, i): s["depot"][p][i] for p in range(powers) for i in range(items)}
    for p in range(powers):
        for m in range(materials):
            kept["material", p, m] = spare(new, w, p, m, past)
    goes = [live[j] and row(w["suspended"], past)[j] < 0.5 for j in lots]
    stocked = [goes[j] and (goods[j][0] == "material" or w["lot_stock"][j]) for j in lots]
    shelf = [(goods[j][0], sells[j], goods[j][1]) for j in lots]
    taken = dealt([s["order"][j] * stocked[j] for j in lots], kept, shelf, w)
    for j in lots:
        kind, g = goods[j]
        (new["depot"] if kind == "item" else new["material"])[sells[j]][g] -= taken[j]
        new["allotted"][j] += taken[j]
        new["set_aside"][j] += taken[j]
    trains = [new["set_aside"][j] * w["lot_load"][j] * goes[j] for j in lots]
    loaded = dealt(trains, {r: max(x, 0.0) for r, x in enumerate(room)}, ways_of, w)
    for j in lots:
        (kind, g), p = goods[j], sells[j]
        gone = loaded[j] / max(w["lot_load"][j], 1e-9)
        new["set_aside"][j] -= gone
        # A dispatch stands between the two whole weeks about its time under way.
        time = min(w["route_weeks"][ways_of[j]], float(ways))
        moving = [*s["shipping"][j], 0.0]
        moving = [x + gone * clip(1.0 - abs(time - n), 0.0, 1.0) for n, x in enumerate(moving)]
        new["sunk"][j] = w["route_loss"][ways_of[j]] * moving[0]
        (new["lost"] if kind == "item" else new["used"])[p][g] += new["sunk"][j]
        new["landed"][j] += moving[0] - new["sunk"][j]
        new["shipping"][j] = moving[1:]

    # Handed over and paid for: of the whole price the share that there is of its scarcest material.
    alive = [not new["lapsed"][j] for j in lots]
    rest = [new["landed"][j] * (1.0 - w["lot_advance"][j]) * alive[j] for j in lots]
    shares = [1.0] * len(lots)
    for n, m in enumerate(coins):
        due = [rest[j] * price[j][n] for j in lots]
        granted = dealt(due, purses(m), buys, w)
        shares = [min(shares[j], granted[j] / due[j]) if due[j] else shares[j] for j in lots]
    for j in lots:
        (kind, g), p, q = goods[j], sells[j], buys[j]
        handed = new["landed"][j] * shares[j] * alive[j]
        for n, m in enumerate(coins):
            pay(q, p, m, shares[j] * rest[j] * price[j][n])
            new["paid"][j][n] += shares[j] * rest[j] * price[j][n]
        new["handed"][j] = handed
        new["landed"][j] -= handed
        new["delivered"][j] += handed
        if kind == "item":
            new["sold"][p][g] += handed
            for i in range(items):
                new["bought"][q][i] += handed * w["lot_gives"][j][i]
                new["depot"][q][i] += handed * w["lot_gives"][j][i]
        else:
            new["sold_material"][p][g] += handed
            new["bought_material"][q][g] += handed
            new["material"][q][g] += handed
        unpaid = new["landed"][j] > 1e-4 * w["lot_total"][j] and alive[j]
        new["arrears"][j] = s["arrears"][j] + 1.0 if unpaid else 0.0
        if new["arrears"][j] > w["c"]["patience"]:
            new["lapsed"][j] = new["defaulted"][j] = 1.0

    # Penalties, advances that go back, and goods that do.
    owed = zeros(len(coins), len(lots))
    for j in lots:
        missing = row(w["lot_due"], past)[j] * (week > max(w["lot_signed"][j], 0.0))
        missing *= 1.0 - w["lot_calls"][j]
        late = max(missing - new["delivered"][j] - new["landed"][j], 0.0)
        owes_back = w["lot_advance"][j] > 0.0 and not new["defaulted"][j] and not fighting[j]
        for n, each in enumerate(price[j]):
            fine = w["lot_penalty"][j] * late * each * live[j]
            back = max(new["paid"][j][n] - each * new["delivered"][j], 0.0) * owes_back
            owed[n][j] = back if new["lapsed"][j] else fine
    settled = [dealt(owed[n], purses(m), sells, w) for n, m in enumerate(coins)]
    for j in lots:
        (kind, g), p, q = goods[j], sells[j], buys[j]
        for n, m in enumerate(coins):
            pay(p, q, m, settled[n][j])
            new["paid"][j][n] -= settled[n][j] * new["lapsed"][j]
        if new["lapsed"][j]:
            back = new["set_aside"][j] + sum(new["shipping"][j]) + new["landed"][j]
            new["returned"][j] = back
            (new["depot"] if kind == "item" else new["material"])[p][g] += back
            new["set_aside"][j], new["landed"][j] = 0.0, 0.0
            new["shipping"][j] = zeros(ways)
        # What the sea will take is sent with the rest.
        sent = new["set_aside"][j] + sum(new["shipping"][j])
        soon = row(w["lot_due"], week + trade.LEAD)[j] - new["delivered"][j] - new["landed"][j]
        if w["lot_calls"][j]:
            lacks = lacking(s | new, w, buys[j], j)
            purse_of = [purses(m)[buys[j]] for m in coins]
            pays = [x / each for x, each in zip(purse_of, price[j], strict=True) if each > 0.0]
            soon = min(soon, min([lacks, *pays]) - new["landed"][j])
        arrives = max(1.0 - w["route_loss"][ways_of[j]], 1e-3)
        waits = new["lapsed"][j] or new["arrears"][j] or rests[j] or not begun[j]
        if past >= w["lot_signed"][j] and not waits:
            new["order"][j] = max(soon / arrives - sent, 0.0)
    return new
