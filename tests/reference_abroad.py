"""Diplomacy and trade in plain Python, for reference.py."""

from math import exp, inf, log
from typing import Any

import jax
import numpy as np
from plain import Plain, clip, row, zeros

from sinews.model import diplomacy, trade


def diplomacy_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, fronts, week = len(w["end"]), len(s["front"]), s["week"]
    agreements, lots = range(len(w["party"])), range(len(w["lot_total"]))
    moods, chances = np.asarray(
        jax.random.uniform(key, (2, len(w["party"]), powers), minval=1e-6, maxval=1.0 - 1e-6)
    ).tolist()
    parties = [[p for p in range(powers) if w["party"][k][p]] for k in agreements]
    sells = [w["lot_seller"][j].index(1.0) for j in lots]
    buys = [w["lot_buyer"][j].index(1.0) for j in lots]
    new: Plain = {n: list(s[n]) for n in ("hostile", "in_force", "broken", "demarcated")}
    new |= {n: [list(r) for r in s[n]] for n in ("attack", "odds_signed")}
    new |= {"breached": zeros(len(w["party"]), powers), "gold": list(s["gold"])}
    new |= {"paid_in": zeros(powers), "paid_out": zeros(powers)}

    def trusts(p: int, q: int) -> float:
        kept, broken = s["kept_seen"][p][q], s["broken_seen"][p][q]
        return (kept + 1.0) / (kept + broken + 2.0)

    def odds(k: int, p: int) -> float:
        own = theirs = 0.0
        for a in range(fronts):
            if w["peace"][k][a]:
                own += s["experience"][p][a] * abs(w["end"][p][a]) + 1.0
                theirs += s["strength_seen"][p][a] + 1.0
        return log((own + 1.0) / (theirs + 1.0))

    open_lot = [
        week >= w["lot_signed"][j]
        and not s["lapsed"][j]
        and s["delivered"][j] < (1.0 - diplomacy._SLACK) * w["lot_total"][j]
        for j in lots
    ]
    ended = set()
    for k in agreements:
        trading = any(open_lot[j] and {sells[j], buys[j]} <= set(parties[k]) for j in lots)
        for p in parties[k]:
            worst = min(trusts(p, q) for q in parties[k] if q != p)
            lean = c["breach_shift"] * (odds(k, p) - s["odds_signed"][k][p])
            lean -= c["breach_trust"] * (worst - 0.5) + c["breach_trade"] * trading
            rate = w["breach_rate"][k][p] * exp(clip(lean, -5.0, 5.0))
            breaks = chances[k][p] < 1.0 - exp(-rate) or week >= w["breach_week"][k][p]
            if s["in_force"][k] and breaks:
                new["breached"][k][p] = 1.0
                ended.add(k)

    # War where somebody breaks an agreement or attacks a neighbour to whom nothing binds him.
    sinners = {p for k in agreements for p in range(powers) if new["breached"][k][p]}
    for a in range(fronts):
        if any(w["peace"][k][a] for k in ended):
            new["hostile"][a] = 1.0
        if s["hostile"][a]:
            continue
        for p in range(powers):
            if any(s["in_force"][k] and p in parties[k] and w["peace"][k][a] for k in agreements):
                new["attack"][p][a] = 0.0
            elif w["end"][p][a]:
                new["hostile"][a] = max(new["hostile"][a], s["attack"][p][a])
                sinners |= {p} if s["attack"][p][a] else set()

    # Who signs, in turn: what an earlier agreement costs a party is spoken for.
    purse = [max(s["gold"][p] - w["gold_floor"][p], 0.0) for p in range(powers)]
    for k in agreements:
        willing = True
        for p in parties[k]:
            worst = min(trusts(p, q) for q in parties[k] if q != p)
            gain = worst * w["gain_kept"][k][p] + (1.0 - worst) * w["gain_broken"][k][p]
            mood = log(moods[k][p] / (1.0 - moods[k][p]))
            willing = willing and gain + diplomacy._TEMPER * mood >= 0.0
        on_offer = w["offered"][k] <= week < w["expires"][k] and k not in ended
        on_offer = on_offer and not any(w["peace"][k][a] and s["hostile"][a] for a in range(fronts))
        if on_offer and willing and not s["in_force"][k] and not s["broken"][k]:
            price = [max(-x, 0.0) for x in w["pays"][k]]
            purse = [x - y for x, y in zip(purse, price, strict=True)]
            if all(purse[p] >= 0.0 for p in parties[k] if price[p] > 0.0):
                new["in_force"][k] = 1.0
                for p in parties[k]:
                    new["odds_signed"][k][p] = odds(k, p)
                    new["gold"][p] += w["pays"][k][p]
    for p in range(powers):
        new["paid_in"][p] = max(new["gold"][p] - s["gold"][p], 0.0)
        new["paid_out"][p] = max(s["gold"][p] - new["gold"][p], 0.0)
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
            min([row(w["ceiling_men"], week)[k][q][t] for k in live], default=inf)
            for t in range(len(w["garrison"]))
        ]
        over = any(s["men"][q][t] > (1.0 + diplomacy._SLACK) * x for t, x in enumerate(most))
        for p in range(powers):
            held = p != q and any({p, q} <= set(parties[k]) for k in live)
            good, bad = diplomacy._KEPT * held, diplomacy._EXCESS * (held and over)
            foe = any(w["end"][p][a] * w["end"][q][a] < 0.0 for a in range(fronts))
            if q in sinners:
                bad += diplomacy._ATTACK if foe else diplomacy._WATCHED
            for j in lots:
                resting = any(
                    w["lot_needs"][j][k] and not s["in_force"][k] for k in agreements
                ) or (w["lot_advance"][j] > 0.0 and s["paid"][j] <= 0.0)
                overdue = row(w["lot_due"], max(week - 1, 0))[j] - s["delivered"][j]
                overdue *= open_lot[j] and week > w["lot_signed"][j] and not resting
                late = overdue > diplomacy._SLACK * w["lot_total"][j] and not s["arrears"][j]
                if (sells[j], buys[j]) == (q, p) and late:
                    bad += diplomacy._LATE
                if (sells[j], buys[j]) == (p, q) and s["arrears"][j]:
                    bad += diplomacy._LATE
            keep = c["forget"]
            new["kept_seen"][p][q] = keep * s["kept_seen"][p][q] + (1.0 - keep) * good
            new["broken_seen"][p][q] = keep * s["broken_seen"][p][q] + bad * (p != q)
    return new


def trade_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, items = np.shape(s["depot"])
    materials, lots, week = len(s["material"][0]), range(len(w["lot_total"])), s["week"]
    past, ways = max(week - 1, 0), len(s["shipping"][0])
    by_lot = ("set_aside", "landed", "delivered", "paid", "arrears", "lapsed", "allotted")
    new: Plain = {n: list(s[n]) for n in (*by_lot, "gold", "paid_in", "paid_out")}
    new |= {n: [list(r) for r in s[n]] for n in ("shipping", "depot", "material", "lost", "used")}
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

    def pay(payer: int, payee: int, gold: float) -> None:
        new["gold"][payer] -= gold
        new["gold"][payee] += gold
        new["paid_out"][payer] += gold
        new["paid_in"][payee] += gold

    # Which contracts are alive.
    agreed, live, begun = {}, {}, {}
    purse = [max(s["gold"][p] - w["gold_floor"][p], 0.0) for p in range(powers)]
    queue, takings = list(purse), zeros(powers)
    for j in lots:
        p, q = sells[j], buys[j]
        war = any(
            at_war and w["end"][p][a] * w["end"][q][a] < 0.0
            for a, at_war in enumerate(s["hostile"])
        )
        if war and past >= w["lot_signed"][j]:
            new["lapsed"][j] = 1.0
        rests = any(need and not s["in_force"][k] for k, need in enumerate(w["lot_needs"][j]))
        agreed[j] = past >= w["lot_signed"][j] and not new["lapsed"][j] and not rests
        deposit = w["lot_advance"][j] * w["lot_total"][j] * w["lot_price"][j]
        if agreed[j] and s["paid"][j] <= 0.0 and deposit > 0.0:
            # One that cannot be paid keeps its place in the queue.
            queue[q] -= deposit
            if queue[q] >= 0.0:
                pay(q, p, deposit)
                new["paid"][j] = deposit
                purse[q] -= deposit
                takings[p], takings[q] = takings[p] + deposit, takings[q] - deposit
        begun[j] = new["paid"][j] > 0.0 or deposit == 0.0
        live[j] = agreed[j] and begun[j] and not s["arrears"][j]

    # Out of stock, and on its way.
    kept = {("item", p, i): s["depot"][p][i] for p in range(powers) for i in range(items)}
    for p in range(powers):
        for m in range(materials):
            spare = s["material"][p][m] - trade.KEEP * s["used"][p][m]
            kept["material", p, m] = max(spare, 0.0)
    room = list(row(w["route_trains"], past))
    for r in range(len(room)):
        treaties = [k for k, x in enumerate(s["in_force"]) if x]
        is_open = w["route_open"][r] or any(w["opens"][k][r] for k in treaties)
        if not is_open or any(w["closes"][k][r] for k in treaties):
            room[r] = 0.0
    come = zeros(len(lots))
    for j in lots:
        kind, g = goods[j]
        taken = 0.0
        if live[j] and (kind == "material" or w["lot_stock"][j]):
            taken = min(s["order"][j], kept[kind, sells[j], g])
        kept[kind, sells[j], g] -= taken
        (new["depot"] if kind == "item" else new["material"])[sells[j]][g] -= taken
        new["allotted"][j] += taken
        new["set_aside"][j] += taken
        trains = new["set_aside"][j] * w["lot_load"][j] if live[j] else 0.0
        loaded = min(trains, room[ways_of[j]])
        room[ways_of[j]] -= loaded
        gone = loaded / max(w["lot_load"][j], 1e-9)
        new["set_aside"][j] -= gone
        # A dispatch stands between the two whole weeks about its time under way.
        time = min(w["route_weeks"][ways_of[j]], float(ways))
        moving = [*s["shipping"][j], 0.0]
        moving = [x + gone * clip(1.0 - abs(time - n), 0.0, 1.0) for n, x in enumerate(moving)]
        come[j], new["shipping"][j] = moving[0], moving[1:]

    # Handed over for gold.
    for j in lots:
        (kind, g), p, q = goods[j], sells[j], buys[j]
        new["sunk"][j] = w["route_loss"][ways_of[j]] * come[j]
        (new["lost"] if kind == "item" else new["used"])[p][g] += new["sunk"][j]
        landed = s["landed"][j] + come[j] - new["sunk"][j]
        due = landed * w["lot_price"][j] * (1.0 - w["lot_advance"][j])
        handed = 0.0
        if not new["lapsed"][j]:
            granted = min(due, purse[q])
            handed = landed * granted / max(due, 1e-9) if due > 0.0 else landed
            purse[q] -= granted
            takings[p], takings[q] = takings[p] + granted, takings[q] - granted
            pay(q, p, granted)
            new["paid"][j] += granted
        new["handed"][j], new["landed"][j] = handed, landed - handed
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
        unpaid = new["landed"][j] > trade._TRIFLE * w["lot_total"][j] and not new["lapsed"][j]
        new["arrears"][j] = s["arrears"][j] + 1.0 if unpaid else 0.0
        if new["arrears"][j] > trade._PATIENCE:
            new["lapsed"][j] = 1.0

    # Penalties, and what is given up.
    fund = [max(s["gold"][p] + takings[p] - w["gold_floor"][p], 0.0) for p in range(powers)]
    for j in lots:
        (kind, g), p, q = goods[j], sells[j], buys[j]
        here = new["delivered"][j] + s["landed"][j] + come[j] - new["sunk"][j] - new["handed"][j]
        late = max(row(w["lot_due"], past)[j] - here, 0.0) * live[j]
        fine = min(w["lot_penalty"][j] * late * w["lot_price"][j], fund[p])
        fund[p] -= fine
        pay(p, q, fine)
        if new["lapsed"][j]:
            back = new["set_aside"][j] + sum(new["shipping"][j]) + new["landed"][j]
            new["returned"][j] = back
            (new["depot"] if kind == "item" else new["material"])[p][g] += back
            new["set_aside"][j], new["landed"][j] = 0.0, 0.0
            new["shipping"][j] = zeros(ways)
        have = new["set_aside"][j] + sum(new["shipping"][j]) + new["landed"][j]
        soon = row(w["lot_due"], week + trade._LEAD)[j]
        if agreed[j] and begun[j] and not new["lapsed"][j] and not new["arrears"][j]:
            new["order"][j] = max(soon - have - new["delivered"][j], 0.0)
    return new
