"""The same week in plain Python: loops and floats, one member, any number of powers and items.

Written from the equations in the verbs' docstrings, apart from the engine, so that the two can be
compared number for number. A member is a dict of nested
lists for State (`s`), for World (`w`) and a dict of coefficients (`c`). Judged constants are data
and come from the verbs' files; luck comes from the same streams.
"""

from dataclasses import fields
from math import erf, exp, inf, isnan, log, log2, sqrt
from statistics import NormalDist
from typing import Any
from zlib import crc32

import jax
import numpy as np
from plain import (
    FORCES,
    Plain,
    ample,
    at_hand,
    by_army,
    ceiling,
    clip,
    delay,
    establishment,
    everywhere,
    firing,
    full_use,
    homes,
    in_theatres,
    on_axes,
    outfit,
    quality,
    row,
    shares,
    strength,
    zeros,
)
from reference_abroad import bound, dealt, diplomacy_step, trade_step
from reference_wars import come_of_age, ends_of, refuges, wars_step

from sinews.model import combat, industry, orders
from sinews.model.state import State
from sinews.model.world import World


def plain(state: State, world: World) -> tuple[Plain, Plain, Plain]:
    """One member's State, World and coefficients as nested lists of floats."""
    s = {f.name: np.asarray(getattr(state, f.name)).tolist() for f in fields(State)}
    w = {f.name: np.asarray(getattr(world, f.name)).tolist() for f in fields(World)[1:]}
    c = {f.name: float(getattr(world.coefficient, f.name)) for f in fields(world.coefficient)}
    return s, w | {"c": c}, c


def intelligence_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    muster, first, near = strength(s, w), s["week"] == 0, at_hand(s, w)
    noise = np.asarray(jax.random.normal(key, np.shape(muster))).tolist()
    first_bias = c["report_bias"] * exp(-s["week"] / c["bias_weeks"])
    names = (
        "gathering_seen",
        "strength_seen",
        "surge_seen",
        "doubt_seen",
        "first_seen",
        "report_seen",
        "error_seen",
    )
    new = {n: zeros(*np.shape(muster)) for n in names} | {"reach": near}
    for p, ends in enumerate(w["end"]):
        for a in range(len(s["front"])):
            bias, left = first_bias * s["engaged"][p][a], left_by_inspectors(s, w, p, a)
            # Those across from it there or, where it does not stand, across from it anywhere.
            truth = 0.0
            for q, x in enumerate(w["end"]):
                met = [b for b in range(len(s["front"])) if x[b] * ends[b] < 0.0]
                truth += muster[q][a] if a in met or (met and not ends[a]) else 0.0
            was, memory = s["report_seen"][p][a], c["report_memory"]
            unseen = c["gather"] - c["warning"] - (1.0 - left) * c["report_lag"]
            weeks = [s["gathered"][q][a] for q, x in enumerate(w["end"]) if x[a] * ends[a] < 0.0]
            new["gathering_seen"][p][a] = float(any(x > max(unseen, 0.0) for x in weeks))
            sd = left * c["report_error"]
            late = 1.0 - 1.0 / max(left * c["report_lag"], 1.0)
            told = truth if first else truth + late * (was - truth)
            fresh = sd * noise[p][a]
            error = memory * s["error_seen"][p][a] + sqrt(1.0 - memory**2) * fresh
            error = fresh if first else error
            says = log(told + 1.0) + bias + error
            # Kalman: the prior's variance, its gain, and what is left of it.
            prior = c["first_doubt"] if first else s["doubt_seen"][p][a]
            prior += 0.0 if first else c["belief_drift"] ** 2
            gain = prior / (prior + sd**2)
            believed = log(s["strength_seen"][p][a] + 1.0) + promised(s, w, p, a)
            seen = says if first else (1.0 - gain) * believed + gain * says
            new["strength_seen"][p][a] = max(exp(seen) - 1.0, 0.0) if told > 0.0 else 0.0
            new["doubt_seen"][p][a] = prior * sd**2 / (prior + sd**2)
            new["report_seen"][p][a], new["error_seen"][p][a] = told, error
            behind, facing = 0.0, 0.0
            for q, x in enumerate(w["end"]):
                if x[a] * ends[a] < 0.0:
                    behind, facing = behind + near[q][a], facing + muster[q][a]
            believed = 0.0 if first else log(s["surge_seen"][p][a] + 1.0)
            says = log(behind + 1.0) + bias + error
            surge = says if first else (1.0 - gain) * believed + gain * says
            new["surge_seen"][p][a] = max(exp(surge) - 1.0, 0.0) if behind > 0.0 else 0.0
            new["first_seen"][p][a] = facing + behind if first else s["first_seen"][p][a]
    return new


def promised(s: Plain, w: Plain, p: int, a: int) -> float:
    """What others promised to take from front `a` this week, in logs, as power `p` trusts them."""
    home, total, count = homes(w)[a], 0.0, 0
    for q, other in enumerate(w["end"]):
        if other[a] * w["end"][p][a] < 0.0:
            count += 1
            held = [inf, inf]
            for k, force in enumerate(s["in_force"]):
                for at, week in enumerate((max(s["week"] - 1, 0), s["week"])):
                    most = ceiling(w, week, k, q, home)
                    held[at] = min(held[at], most) if force else held[at]
            kept, broken = s["kept_seen"][p][q], s["broken_seen"][p][q]
            if held[0] < 1e9:
                step = log(max(held[1], 1.0)) - log(max(held[0], 1.0))
                total += min(step, 0.0) * (kept + 1.0) / (kept + broken + 2.0)
    return total / max(count, 1)


def threats(s: Plain, w: Plain, p: int) -> list[tuple[float, float]]:
    """The most and the least that could come to each front, over what its garrison was set against,
    as power `p` believes."""
    out: list[tuple[float, float]] = []
    for a in range(len(s["front"])):
        trust = 1.0
        for q, other in enumerate(w["end"]):
            if other[a] * w["end"][p][a] < 0.0:
                kept, broken = s["kept_seen"][p][q], s["broken_seen"][p][q]
                trust = min(trust, (kept + 1.0) / (kept + broken + 2.0))
        danger = max(1.0 - w["relief"][p] * trust * bound(s, w, p, a), 1e-3)
        risk = (1.0 - NormalDist().cdf(w["c"]["sure"] - w["risk"][p])) / danger
        allowed = NormalDist().inv_cdf(1.0 - risk) if risk < 0.5 else 0.0
        doubt, first = exp(allowed * sqrt(s["doubt_seen"][p][a])), s["first_seen"][p][a]
        seen, surge = s["strength_seen"][p][a], s["surge_seen"][p][a]
        both = ((seen * doubt + surge) / max(first, 1.0), (seen / doubt + surge) / max(first, 1.0))
        out.append(both if first > 0.0 else (1.0, 1.0))
    return out


def left_by_inspectors(s: Plain, w: Plain, p: int, a: int) -> float:
    """The share of the error and delay of a power's reports of a front that inspectors leave."""
    looks = [
        s["in_force"][k] and parties[p] and w["inspects"][k][a]
        for k, parties in enumerate(w["party"])
    ]
    return w["c"]["inspected"] if any(looks) else 1.0


def called(s: Plain, p: int) -> list[bool]:
    """Where power `p` wants men: at war, gathering for one, or having seen somebody gather."""
    names = ("engaged", "gathered", "gathering_seen")
    return [any(s[n][p][a] for n in names) for a in range(len(s["front"]))]


def kept_back(s: Plain, w: Plain, p: int) -> list[float]:
    """Men that power `p` keeps in each theatre."""
    fronts, theatres, whose = len(s["front"]), len(w["garrison"]), homes(w)
    calls = called(s, p)
    need, keep = [clip(most, 0.0, 1.0) for most, _ in threats(s, w, p)], zeros(theatres)
    for t in range(theatres):
        axes = [a for a in range(fronts) if whose[a] == t]
        if axes:
            keep[t] = sum(w["guard"][p][a] * need[a] for a in axes)
        else:
            answered = [a for a in range(fronts) if w["backs"][t][a] > 0.0]
            free = 1.0 - sum(w["backs"][t])
            keep[t] = w["garrison"][t] * (free + sum(w["backs"][t][a] * need[a] for a in answered))
            if any(calls[a] for a in answered):
                keep[t] = 0.0
        if any(calls[a] for a in axes) or not any([*s["war"][p], *calls]):
            keep[t] = inf
        for k in range(len(w["party"])):
            if s["in_force"][k]:
                most = ceiling(w, s["week"], k, p, t)
                keep[t] = min(keep[t], most if most < 1e9 else inf)
        if any(s["engaged"][p][a] for a in axes):
            keep[t] = inf
    return keep


def reinforce(s: Plain, w: Plain, p: int, need: list[float]) -> list[float]:
    """Men that power `p` would send over each link."""
    fronts, keep, whose, hot = len(need), kept_back(s, w, p), homes(w), called(s, p)
    pull = zeros(len(w["link_km"]))
    for k in range(len(pull)):
        start, to = w["link_from"][k].index(1.0), w["link_to"][k].index(1.0)
        if w["link_power"][k][p] and to in whose:
            # What stands behind borders that call goes to these and to no other front.
            behind = [a for a in range(fronts) if w["backs"][start][a] > 0.0 and hot[a]]
            calls = [a for a in range(fronts) if whose[a] == to and hot[a]]
            pull[k] = sum(need[a] for a in calls if not behind or a in behind)
        elif w["link_power"][k][p] and start in whose:
            pull[k] = orders._HOME
    out = zeros(len(pull))
    for k in range(len(pull)):
        start = w["link_from"][k].index(1.0)
        spare = max(s["men"][p][start] - keep[start], 0.0)
        rivals = sum(x for j, x in enumerate(pull) if w["link_from"][j][start])
        out[k] = w["c"]["sent"] * spare * pull[k] / max(rivals, 1e-6)
        # Between two theatres that fight: from the one that needs men less.
        fights = [
            [need[a] for a in range(fronts) if whose[a] == x and s["engaged"][p][a]]
            for x in (start, w["link_to"][k].index(1.0))
        ]
        if w["link_power"][k][p] and all(fights):
            here, ahead = (sum(x) / len(x) for x in fights)
            out[k] += w["c"]["shift"] * s["men"][p][start] * max(1.0 - here / ahead, 0.0)
    return out


def proposed_by(s: Plain, w: Plain, p: int, policy: str, muster: Any, key: Any) -> Plain:
    """What a power proposes under a policy."""
    fronts = range(len(s["front"]))
    end, powers = w["end"], range(len(w["end"]))
    ours = [
        sum(muster[q][a] * s["engaged"][q][a] for q in powers if end[q][a] * end[p][a] > 0.0)
        if s["engaged"][p][a]
        else muster[p][a]
        for a in fronts
    ]
    theirs = [x * exp(-w["risk"][p] * sqrt(s["doubt_seen"][p][a])) for a, x in
              enumerate(s["strength_seen"][p])]  # fmt: skip
    odds = [(ours[a] + 1.0) / (theirs[a] + 1.0) for a in fronts]
    mean = sum(x + 1.0 for x in theirs) / max(len(theirs), 1)
    attend = [sqrt(w["value"][a] * (theirs[a] + 1.0) * mean) for a in fronts]
    need = [attend[a] / (ours[a] + 1.0) for a in fronts]
    attack, stand = [0.0 for _ in fronts], [w["ruthless"][p] for _ in fronts]
    if policy == "cautious":
        attack = [float(odds[a] > w["c"]["bold_odds"] and s["engaged"][p][a] > 0.0) for a in fronts]
        stand = [w["ruthless"][p] - float(x < 1.0 / w["c"]["bold_odds"]) for x in odds]
    elif policy == "opportunist":
        attack = operations(s, w, p, key, odds, ours)
        threat = [min(1.0 / x, w["c"]["need_most"]) for x in odds]
        urge = [max(attack[a], float(s["offensive"][p][a] > 0.0)) for a in fronts]
        need = [attend[a] / (theirs[a] + 1.0) * (threat[a] + urge[a]) for a in fronts]
    send = reinforce(s, w, p, need)
    goal = [w["high" if end[p][a] > 0.0 else "low"][a] for a in fronts]
    decided = {"attack": attack, "goal": goal, "attend": attend, "stand": stand, "send": send}
    alarm = [max(least - 1.0, 0.0) for _, least in threats(s, w, p)]
    draft = min(max([0.0, *alarm, *map(float, called(s, p))]), 1.0)
    return decided | {"declare": [0.0 for _ in powers], "draft": draft, "evacuate": 1.0}


def operations(s: Plain, w: Plain, p: int, key: Any, odds: Any, ours: Any) -> Any:
    """Where an opportunist attacks: operations that go on, and the best of those it might begin."""
    drawn, lasting = np.asarray(jax.random.uniform(key, (2, len(odds)))).tolist()
    c, runs = w["c"], s["offensive"][p]
    attack, best = [0.0 for _ in odds], None
    for a, ratio in enumerate(odds):
        promise = log(ratio / c["even_odds"]) + c["onward"] * runs[a]
        promise -= c["overstretch"] * (sum(runs) - runs[a])
        lean = c["steep"] * promise
        chance = 1.0 / (1.0 + exp(-lean)) if lean > -700.0 else 0.0
        dry = row(w["pace_week"], s["week"])[a] > c["passable"]
        may = s["engaged"][p][a] or (ratio > w["restraint"][p] and not bound(s, w, p, a))
        if not (drawn[a] < chance and ours[a] > 1.0 and dry and may):
            continue
        if runs[a] > 0.0:
            attack[a] = float(lasting[a] >= 1.0 / c["operation_weeks"])
        elif s["rested"][p][a] >= c["regroup_weeks"]:
            worth = exp(promise) * w["value"][a]
            best = max(best or (worth, a), (worth, a), key=lambda x: x[0])
    if best is not None:
        attack[best[1]] = 1.0
    return attack


def gathering(s: Plain, w: Plain, muster: Any, chances: Any) -> tuple[Any, Any]:
    """For how many weeks powers have gathered, and where they begin a war this week."""
    c, powers, near = w["c"], range(len(w["end"])), s["reach"]
    weeks, out = (zeros(len(powers), len(s["front"])) for _ in range(2))
    for p in powers:
        for a in range(len(s["front"])):
            across = [q for q in powers if w["end"][q][a] * w["end"][p][a] < 0.0]
            barred = any(s["truce"][p][q] > s["week"] for q in across)
            alive = [q for q in across if not s["collapsed"][q]]
            if s["engaged"][p][a] or barred or not alive or muster[p][a] <= 1.0:
                continue
            if s["collapsed"][p]:
                continue
            deals = [
                {w["lot_seller"][j].index(1.0), w["lot_buyer"][j].index(1.0)}
                for j in range(len(w["lot_total"]))
                if s["week"] >= w["lot_signed"][j]
                and not s["lapsed"][j]
                and s["delivered"][j] < (1.0 - c["slack"]) * w["lot_total"][j]
            ]
            kept, broken = s["kept_seen"][p], s["broken_seen"][p]
            trust = min((kept[q] + 1.0) / (kept[q] + broken[q] + 2.0) for q in across)
            theirs = s["strength_seen"][p][a] + s["surge_seen"][p][a]
            theirs += c["reliance"] * pledged(s, w, p, a, across)
            theirs *= exp(-w["risk"][p] * sqrt(s["doubt_seen"][p][a]))
            odds = (muster[p][a] + near[p][a] + 1.0) / (theirs + 1.0)
            lean = c["breach_shift"] * log(odds / max(w["restraint"][p], 1e-3))
            lean -= c["busy"] * any(s["war"][p])
            word = c["breach_trust"] * (trust - 0.5) + c["pledge"] * bound(s, w, p, a)
            word += c["breach_trade"] * any(deal == {p, q} for deal in deals for q in across)
            lean -= (1.0 - w["ruthless"][p]) * word
            rate = c["onset"] * exp(clip(lean, -9.0, 5.0)) / max(w["patience"][p], 1e-3)
            settled = any(
                s["signed"][k] and parties[p] and w["peace"][k][a]
                for k, parties in enumerate(w["party"])
            )
            resolved = chances[p][a] < 1.0 - exp(-rate) and not w["played"][p]
            if not resolved and (settled or not s["gathered"][p][a]):
                continue
            weeks[p][a] = s["gathered"][p][a] + 1.0
            served = any(
                users[p] and w["link_to"][k][homes(w)[a]] for k, users in enumerate(w["link_power"])
            )
            if weeks[p][a] > c["gather"] or not served:
                read = s["strength_seen"][p][a] * exp(-w["risk"][p] * sqrt(s["doubt_seen"][p][a]))
                enough = min(w["restraint"][p], c["bold_odds"])
                out[p][a] = float((muster[p][a] + 1.0) / (read + 1.0) > enough)
                weeks[p][a] *= out[p][a]
    return weeks, out


def pledged(s: Plain, w: Plain, p: int, a: int, attacked: list[int]) -> float:
    """Strength seen on other quiet borders of `p` where a sworn defender of the attacked stands."""
    sworn = {
        q
        for k, force in enumerate(s["in_force"])
        for q, signs in enumerate(w["party"][k])
        if force and w["defence"][k] and signs and not s["collapsed"][q]
        and any(w["party"][k][r] and r != q for r in attacked)
    }  # fmt: skip
    return sum(
        s["strength_seen"][p][b]
        for b, hot in enumerate(s["engaged"][p])
        if b != a and not hot and any(w["end"][q][b] * w["end"][p][b] < 0.0 for q in sworn)
    )


def council_step(s: Plain, w: Plain, c: Plain, key: Any, policies: tuple[str, ...]) -> Plain:
    muster = strength(s, w)
    decided = [
        proposed_by(s, w, p, policy, muster, jax.random.fold_in(key, p))
        for p, policy in enumerate(policies[: len(w["end"])])
    ]

    def by_script(script: Any, proposed: Any) -> Any:
        if isinstance(proposed, list):
            return [by_script(a, b) for a, b in zip(script, proposed, strict=True)]
        return proposed if isnan(script) else script

    proposed = {name: [d[name] for d in decided] for name in decided[0]}
    users = [links.index(1.0) for links in w["link_power"]]
    proposed["send"] = [decided[p]["send"][k] for k, p in enumerate(users)]
    luck = jax.random.fold_in(key, len(w["end"]))
    chances = np.asarray(
        jax.random.uniform(luck, np.shape(muster), minval=1e-6, maxval=1.0 - 1e-6)
    ).tolist()
    weeks, struck = gathering(s, w, muster, chances)
    said = {n: by_script(row(w[f"script_{n}"], s["week"]), x) for n, x in proposed.items()}
    return (
        said
        | {"gathered": weeks, "strike": struck}
        | {"attend": [shared_out(w, p, x) for p, x in enumerate(said["attend"])]}
    )


def shared_out(w: Plain, p: int, weight: list[float]) -> list[float]:
    """The share of its theatre's forces that a power has on each axis."""
    out = zeros(len(weight))
    for a, home in enumerate(homes(w)):
        mine = [b for b, other in enumerate(homes(w)) if other == home and w["end"][p][b]]
        whole = sum(max(weight[b], 0.0) for b in mine)
        if a in mine:
            out[a] = max(weight[a], 0.0) / whole if whole > 0.0 else 1.0 / len(mine)
    return out


def over_lines(trains: list[float], room: list[float], w: Plain) -> tuple[Any, Any]:
    """What share of each link's trains goes where lines have room for so many a week, and what is
    left. A line takes the same share of all; a link waits for its tightest."""
    over = [{leg.index(1.0) for leg in legs} for legs in w["link_line"]]
    wants = [sum(x for k, x in enumerate(trains) if line in over[k]) for line in range(len(room))]
    takes = [min(1.0, x / max(want, 1e-6)) for x, want in zip(room, wants, strict=True)]
    goes = [min(takes[line] for line in lines) for lines in over]
    full = [
        sum(goes[k] * x for k, x in enumerate(trains) if line in over[k])
        for line in range(len(room))
    ]
    return goes, [max(x - y, 0.0) for x, y in zip(room, full, strict=True)]


def movement_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, _, items = np.shape(s["equipment"])
    links, fronts = len(w["link_km"]), len(s["front"])
    ends = [
        (w["link_power"][k].index(1.0), w["link_from"][k].index(1.0), w["link_to"][k].index(1.0))
        for k in range(links)
    ]
    men = [list(r) for r in s["men"]]
    experience = [list(r) for r in s["experience"]]
    kit = [[list(cell) for cell in r] for r in s["equipment"]]
    depot = [list(r) for r in s["depot"]]
    waiting_men, waiting_experience = zeros(links), zeros(links)
    waiting_kit = zeros(links, items)
    longest = len(s["moving_men"][0])
    moving_men, moving_experience = zeros(links, longest), zeros(links, longest)
    moving_kit = zeros(links, longest, items)
    spare = zeros(powers)

    # What depots are asked for, all from the start of the week.
    asked = zeros(links, items)
    for k, (p, _, end) in enumerate(ends):
        called = w["link_direct"][k] or any(
            s["engaged"][p][a] for a in range(fronts) if homes(w)[a] == end
        )
        for i in range(items if called else 0):
            most = establishment(p, w)[i] * s["men"][p][end]
            short = max(most - s["equipment"][p][end][i], 0.0)
            on_the_way = s["waiting_kit"][k][i] + sum(cell[i] for cell in s["moving_kit"][k])
            asked[k][i] = max(w["link_share"][k] * short - on_the_way, 0.0)
    queues = []
    for k, (p, start, _) in enumerate(ends):
        rivals = [j for j, (q, other, _) in enumerate(ends) if (q, other) == (p, start)]
        wanted = sum(s["send"][j] for j in rivals)
        there = s["men"][p][start]
        leaving = min(wanted / max(there, 1.0), 1.0)
        share = leaving * s["send"][k] / max(wanted, 1e-6)
        queue_men = s["waiting_men"][k] + share * s["men"][p][start]
        queue_experience = s["waiting_experience"][k] + share * s["experience"][p][start]
        men[p][start] -= share * s["men"][p][start]
        experience[p][start] -= share * s["experience"][p][start]
        queue_kit = zeros(items)
        for i in range(items):
            total = sum(asked[j][i] for j in range(links) if ends[j][0] == p)
            granted = min(1.0, c["issue"] * s["depot"][p][i] / max(total, 1e-6)) * asked[k][i]
            depot[p][i] -= granted
            kit[p][start][i] -= share * s["equipment"][p][start][i]
            queue_kit[i] = s["waiting_kit"][k][i] + share * s["equipment"][p][start][i] + granted

        trains = queue_men / c["men_per_train"]
        trains += sum(queue_kit[i] * w["load"][i] for i in range(items))
        queues.append((queue_men, queue_experience, queue_kit, trains))

    goes, left = over_lines([trains for *_, trains in queues], s["free_paths"], w)
    for line, trains in enumerate(left):
        for p in range(powers):
            spare[p] += w["line_power"][line][p] * trains

    for k, (p, _, end) in enumerate(ends):
        queue_men, queue_experience, queue_kit, _ = queues[k]
        go = goes[k]
        waiting_men[k] = (1.0 - go) * queue_men
        waiting_experience[k] = (1.0 - go) * queue_experience
        waiting_kit[k] = [(1.0 - go) * x for x in queue_kit]

        # Where this week's trains stand: between the two whole weeks about their time.
        time = min(w["link_km"][k] / (7.0 * c["train_speed"]), float(longest))
        for age in range(longest + 1):
            part = go * clip(1.0 - abs(time - age), 0.0, 1.0)
            came_men, came_experience = part * queue_men, part * queue_experience
            came_kit = [part * x for x in queue_kit]
            if age < longest:
                came_before = (s["moving_men"][k][age], s["moving_experience"][k][age])
                kit_before = s["moving_kit"][k][age]
            else:
                came_before, kit_before = (0.0, 0.0), zeros(items)
            # What had `age` weeks to go has one less; what has none arrives.
            if age == 0:
                men[p][end] += came_before[0] + came_men
                experience[p][end] += came_before[1] + came_experience
                for i in range(items):
                    kit[p][end][i] += kit_before[i] + came_kit[i]
            else:
                moving_men[k][age - 1] = came_before[0] + came_men
                moving_experience[k][age - 1] = came_before[1] + came_experience
                moving_kit[k][age - 1] = [x + y for x, y in zip(kit_before, came_kit, strict=True)]
    # What is beyond the establishment of those who are left goes home.
    for p in range(powers):
        for most, i in ((most, i) for i, most in enumerate(establishment(p, w)) if most > 0.0):
            for t, body in enumerate(men[p]):
                beyond = c["hand_in"] * max(kit[p][t][i] - most * body, 0.0)
                kit[p][t][i] -= beyond
                depot[p][i] += beyond
    return {
        "men": men,
        "experience": experience,
        "equipment": kit,
        "depot": depot,
        "waiting_men": waiting_men,
        "waiting_experience": waiting_experience,
        "waiting_kit": waiting_kit,
        "moving_men": moving_men,
        "moving_experience": moving_experience,
        "moving_kit": moving_kit,
        "spare_trains": spare,
    }


def supply_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, fronts = np.shape(s["days"])
    railhead, days, offensive = (zeros(powers, fronts) for _ in range(3))
    use, road, along, sent = (zeros(powers, fronts) for _ in range(4))
    for p, ends in enumerate(w["end"]):
        for a, (front, end) in enumerate(zip(s["front"], ends, strict=True)):
            home = homes(w)[a]
            relaid = s["railhead"][p][a] + end * c["relaying"]
            railhead[p][a] = (relaid, min(relaid, front), max(relaid, front))[int(end)]
            lorries = table = 0.0
            for i, carries in enumerate(w["carries"]):
                lorries += carries * s["equipment"][p][home][i] / max(s["men"][p][home], 1.0)
                table += carries * w["establishment"][i]
            lorries = min(lorries, c["columns"] * table)
            lorries *= ample(on_axes(s, w), w, p, a, "driven")
            haul = max(abs(front - railhead[p][a]), 1.0)
            kilos = (1000.0 * c["lorry_work"] * lorries / 2.0 + c["cart_work"]) / haul
            road[p][a] = kilos / c["ration"]
            deep = max(end * (front - w["base"][p][a]), 0.0) / 1000.0
            along[p][a] = exp(-c["depth"] * deep)
            attacking = s["offensive"][p][a]
            use[p][a] = (1.0 - attacking) * c["use_quiet"] + attacking * c["use_attacking"]
            use[p][a] *= w["appetite"][p]
            room = (c["store_days"] - s["days"][p][a]) / 7.0
            wanted = min(use[p][a] + room, road[p][a]) / along[p][a]
            sent[p][a] = clip(wanted, 0.0, c["supply_full"])

    # The trains that fronts at war want, over each of the journeys from their power's hub.
    trains, share = [], shares(s, w)
    for k in range(len(w["link_km"])):
        p, end = w["link_power"][k].index(1.0), w["link_to"][k].index(1.0)
        want = sum(
            sent[p][a] * share[p][a] * s["men"][p][end] * s["engaged"][p][a]
            for a in range(fronts)
            if homes(w)[a] == end
        )
        want *= 7.0 * c["ration"] / 1000.0 / c["tonnes_per_train"]
        trains.append(w["link_share"][k] * want)
    opened = zip(w["line_trains"], row(w["line_open"], s["week"]), strict=True)
    goes, free = over_lines(trains, [7.0 * x * y for x, y in opened], w)
    forward, needs = zeros(powers, fronts), zeros(powers, fronts)
    for p in range(powers):
        for a, front in enumerate(s["front"]):
            lost = 0.0
            for k, km in enumerate(w["link_km"]):
                if w["link_power"][k][p] == 1.0 and w["link_to"][k][homes(w)[a]] == 1.0:
                    arrives = goes[k] * exp(-c["depth"] * km / 1000.0)
                    lost += w["link_share"][k] * (1.0 - arrives)
            needs[p][a] = min(use[p][a], 1.0)
            brought = along[p][a] * sent[p][a] * (1.0 - s["engaged"][p][a] * lost)
            forward[p][a] = min(brought, road[p][a])
            come = max(forward[p][a], c["supply_least"])
            stock = clip(s["days"][p][a] + 7.0 * (come - use[p][a]), 0.0, c["store_days"])
            able = (
                stock > c["stop_days"] if s["offensive"][p][a] > 0.0 else stock >= c["start_days"]
            )
            end = w["end"][p][a]
            days[p][a] = stock * abs(end)
            # One that has reached its goal rests.
            if able and end * (s["goal"][p][a] - front) > 0.0:
                offensive[p][a] = s["attack"][p][a]
    used, most = exp(-1.0 / c["counter_weeks"]), c["regroup_weeks"]
    rested = [
        [
            min(was, most) * used if runs > 0.0 else min(was + 1.0, most)
            for runs, was in zip(*rows, strict=True)
        ]
        for rows in zip(offensive, s["rested"], strict=True)
    ]
    new = {"railhead": railhead, "days": days, "offensive": offensive, "free_paths": free}
    new["rested"] = rested
    return new | munitions(s, w, c, forward, needs)


def munitions(s: Plain, w: Plain, c: Plain, forward: Any, needs: Any) -> Plain:
    """What stocks send to dumps, as part of the load of what comes `forward` of `needs`."""
    powers, fronts, goods = np.shape(s["dump"])
    issued, material = zeros(powers, fronts, goods), [list(r) for r in s["material"]]
    on = on_axes(s, w)
    for p in range(powers):
        for g in range(goods):
            m = w["good_material"][g].index(1.0)
            asked = []
            for a in range(fronts):
                week = sum(full_use(on, w, p, a, g))
                lack = max(c["store_days"] / 7.0 * week - s["dump"][p][a][g], 0.0)
                asked.append(abs(w["end"][p][a]) * min(lack, forward[p][a] / needs[p][a] * week))
            home = c["home_claim"] * w["home_use"][p][m]
            part = min(s["material"][p][m] / max(sum(asked) + home, 1e-6), 1.0)
            for a, x in enumerate(asked):
                issued[p][a][g] = part * x
                material[p][m] -= part * x
    return {"issued": issued, "material": material}


def beyond(mean: float, k: float, spread: float) -> float:
    """How far log-normal odds are beyond k on average, where they are."""
    d = (log(mean / k) - 0.5 * spread**2) / spread
    return mean * NormalDist().cdf(d + spread) - k * NormalDist().cdf(d)


def jutting(s: Plain, w: Plain, a: int) -> dict[float, float]:
    """How far each end of an axis stands out from its neighbours, over the width between."""
    out = {1.0: 0.0, -1.0: 0.0}
    for row_, km in zip(w["flank"], w["flank_km"], strict=True):
        pair = [b for b, x in enumerate(row_) if x]
        if a in pair and all(s["hostile"][b] for b in pair):
            other = next(b for b in pair if b != a)
            lead = (s["front"][a] - s["front"][other]) / max(km, 1.0)
            out[1.0] += max(lead, 0.0)
            out[-1.0] += max(-lead, 0.0)
    return out


def combat_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, _, items = np.shape(s["equipment"])
    fronts = len(s["front"])
    luck = np.asarray(jax.random.normal(key, (3 + 2 * combat._ARMS, fronts))).tolist()
    muster = strength(s, w)
    before, s = s, on_axes(s, w)
    new: Plain = {
        n: [list(r) for r in s[n]] for n in ("men", "experience", "hospital", "prisoners")
    }
    new |= {n: [list(r) for r in s[n]] for n in ("depot", "hospital_experience")}
    new |= {n: [[list(x) for x in r] for r in s[n]] for n in ("equipment", "workshop")}
    new |= {n: zeros(powers, fronts) for n in ("killed", "wounded", "sickened", "captured")}
    new |= {n: zeros(powers, fronts) for n in ("pocket_men", "pocket_experience")}
    new |= {"pocket_kit": zeros(powers, fronts, items), "dead": list(s["dead"])}
    new |= {n: zeros(fronts) for n in ("front", "dug_in", "fortune", "intensity", "advanced")}
    new |= {n: zeros(powers, items) for n in ("seized", "lost")}
    goods = len(w["good_material"])
    new |= {n: zeros(powers, fronts, goods) for n in ("dump", "spent")}
    booty = zeros(powers, items)

    for a in range(fronts):
        season = row(w["pace_week"], s["week"])[a]
        end = [w["end"][p][a] * s["engaged"][p][a] for p in range(powers)]
        sides = (1.0, -1.0)

        def total(values: list[float], of: float) -> float:
            return sum(x for p, x in enumerate(values) if end[p] == of)  # noqa: B023

        jut = jutting(s, w, a)
        crowd = {x: total([s["men"][p][a] for p in range(powers)], x) for x in sides}
        wide = w["width"][a]
        strong = {x: total([m[a] for m in muster], x) for x in sides}
        enough = {n: [ample(s, w, p, a, n) for p in range(powers)] for n in ("fired", "driven")}
        fires = [firing(x, w) * m[a] for x, m in zip(enough["fired"], muster, strict=True)]
        for p in range(powers):
            lorries = [establishment(p, w)[i] * w["carries"][i] for i in range(items)]
            if sum(lorries) * s["men"][p][a] > 0.0:
                have = sum(s["equipment"][p][a][i] * w["carries"][i] for i in range(items))
                share = have / max(sum(lorries) * s["men"][p][a], 1e-6)
                enough["driven"][p] = min(enough["driven"][p], share)
        drives = [
            (c["on_foot"] + (1.0 - c["on_foot"]) * x) * m[a]
            for x, m in zip(enough["driven"], muster, strict=True)
        ]
        fire, fuel = (
            {x: total(each, x) / max(strong[x], 1e-3) for x in sides} for each in (fires, drives)
        )
        attack = {x: min(total([o[a] for o in s["offensive"]], x), 1.0) for x in sides}
        past = [s["week"] - x for x in s["outbreak"]]
        early = [float(x < weeks) for x, weeks in zip(past, w["surprised"], strict=True)]
        caught = {x: total(early, x) > 0.0 for x in sides}
        fort = dict.fromkeys(sides, 1.0)
        for k, on in enumerate(w["place_axis"]):
            far = w["place_km"][k] - s["front"][a]
            near = clip(1.0 - abs(far) / c["fort_reach"], 0.0, 1.0)
            for x in sides:
                # Who has the place behind his own front has its works.
                his = 0.5 if far == 0.0 else float(far * x < 0.0)
                fort[x] += c["fort"] * near * w["place_fort"][k] * on[a] * his
        hold = {}
        for x in sides:
            weeks = s["dug_in"][a] * max(1.0 - jut[x] / c["flank_most"], 0.0)
            dug = 1.0 + c["entrench"] * (1.0 - exp(-weeks / c["dig_weeks"]))
            if wide > 0.0:
                dug *= min(crowd[x] / max(c["density_least"] * wide, 1.0), 1.0)
            surprise = c["surprise"] if caught[x] else 1.0
            hold[x] = 1.0 if attack[x] > 0.0 else c["hasty"] * dug * fort[x] * surprise
            if wide > 0.0:
                hold[x] *= min(c["density_most"] * wide / max(crowd[x], 1.0), 1.0)
            hold[x] /= 1.0 + c["flank_guard"] * jut[x]
        lucky = exp(s["fortune"][a] + c["luck_weekly"] * luck[0][a])
        west, east = (max(strong[x] * hold[x], 1.0) for x in sides)
        odds = clip(lucky * west / east, 0.02, 50.0)
        ratio = {1.0: odds, -1.0: 1.0 / odds}
        now = row(w["quality_week"], s["week"])
        warm = {x: total([muster[p][a] / now[p] for p in range(powers)], x) for x in sides}
        west, east = (max(warm[x] * hold[x] ** c["posture"], 1.0) for x in sides)
        bare = clip(lucky * west / east, 0.02, 50.0)
        # Ground, works and surprise stop a front; how far they kill is a coefficient.
        bled = {1.0: bare, -1.0: 1.0 / bare}
        contact = s["hostile"][a] * (strong[1.0] > 1.0 and strong[-1.0] > 1.0)

        fights = max(attack.values())
        opening = c["opening"] if any(caught.values()) else 1.0
        pulse = exp(c["pulse"] * luck[1][a] - 0.5 * c["pulse"] ** 2)
        tempo = pulse * season ** c["weather"]
        intensity = contact * tempo * (c["quiet"] + (opening - c["quiet"]) * fights)
        new["intensity"][a] = intensity

        wisdom = {x: total([s["experience"][p][a] for p in range(powers)], x) for x in sides}
        skills = {x: max(wisdom[x] / crowd[x] if crowd[x] > 0.0 else 0.0, 0.05) for x in sides}
        able = {
            x: total([muster[p][a] * now[p] for p in range(powers)], x) / max(strong[x], 1e-3)
            for x in sides
        }
        able = {x: max(skills[x] * able[x], 0.05) for x in sides}

        # Speeds of the two ends, and how the front moves.
        speed = {}
        for x in sides:
            main = (ratio[x] - (1.0 - c["main_share"]) * c["hold_ratio"]) / c["main_share"]
            fresh = [min(s["rested"][p][a] / c["regroup_weeks"], 1.0) for p in range(powers)]
            fresh = total([fresh[p] * muster[p][a] for p in range(powers)], x) / max(
                strong[x], 1e-3
            )
            main = ratio[x] + fresh * (main - ratio[x])
            main *= (able[x] / able[-x]) ** c["manoeuvre"]
            over = {k: beyond(max(main, 1e-3), k, c["uneven"]) for k in (1.0, c["full_odds"])}
            share = (over[1.0] - over[c["full_odds"]]) / (c["full_odds"] - 1.0)
            linked = max(1.0 - jut[x] / c["flank_most"], 0.0)
            speed[x] = fuel[x] * attack[x] * linked * clip(share, 0.0, 1.0)
        going = w["going"][a] * season
        rate, w_ = c["attrition"] * intensity, c["helmbold"]
        # Losses at the odds of midweek, both sides having lost half a week's share.
        trade = {x: bled[x] * (skills[x] / skills[-x]) ** c["lethal"] for x in sides}
        left = {x: exp(-0.5 * rate * trade[x] ** -w_) for x in sides}
        halfway = trade[1.0] * left[1.0] / left[-1.0]
        lose = {x: 1.0 - exp(-rate * fire[-x] * (halfway**x) ** -w_) for x in sides} | {0.0: 0.0}
        rest = [s["men"][p][a] * (1.0 - lose[end[p]]) for p in range(powers)]
        willing = [max(-s["stand"][p][a], 0.0) * (rest[p] > 1.0) for p in range(powers)]
        free = {x: min(total(willing, x), 1.0) for x in sides}
        move = c["pace"] * going * contact * (speed[1.0] - speed[-1.0])
        move += c["withdraw"] * contact * attack[1.0] * free[-1.0]
        move -= c["withdraw"] * contact * attack[-1.0] * free[1.0]
        front = s["front"][a]
        runs = [p for p in range(powers) if s["offensive"][p][a] > 0.0]
        goals = {x: [s["goal"][p][a] for p in runs if end[p] == x] for x in sides}
        # Nobody goes beyond the furthest goal of those who attack.
        most = min(front + move, max([front, *goals[1.0]]))
        new["front"][a] = clip(max(most, min([front, *goals[-1.0]])), w["low"][a], w["high"][a])
        move = new["front"][a] - s["front"][a]
        new["advanced"][a] = move
        new["dug_in"][a] = (s["dug_in"][a] + 1.0) * exp(-abs(move) / c["rout"])
        stays = exp(-1.0 / c["luck_weeks"])
        fresh = c["luck_lasting"] * sqrt(1.0 - stays**2) * luck[2][a]
        new["fortune"][a] = stays * s["fortune"][a] + fresh

        tanks = {
            x: total(
                [
                    sum(s["equipment"][p][a][i] * w["armour"][i] for i in range(items))
                    for p in range(powers)
                ],
                x,
            )
            for x in sides
        }
        for p, x in enumerate(end):
            here, enemy = abs(x), strong.get(-x, 0.0) if x else 0.0
            fraction = lose[x]
            men, experience = s["men"][p][a], s["experience"][p][a]
            skill = quality(men, experience)
            casualties = fraction * men
            killed = w["killed_share"][p] * casualties
            wounded = casualties - killed
            ill = c["sickness"] * max(1.0 + c["foul"] * (1.0 - season), 0.0)
            ill *= 1.0 if s["engaged"][p][a] else c["calm_sickness"]
            sickened = abs(w["end"][p][a]) * ill * (men - casualties)
            new["killed"][p][a], new["wounded"][p][a] = killed, wounded
            new["sickened"][p][a] = sickened
            new["dead"][p] += killed
            new["hospital"][p][0] += wounded + sickened
            new["hospital_experience"][p][0] += skill * (wounded + sickened)
            men -= casualties + sickened
            left_out = casualties + sickened + c["cadre_loss"] * killed
            experience = max(experience - skill * left_out, 0.0)

            wins = clip(x * move / c["rout"], 0.0, 1.0)
            yields = clip(-x * move / c["rout"], 0.0, 1.0)
            toil = (c["toil"] * intensity + abs(move) / 100.0) * here
            foes = [q for q in range(powers) if end[q] * x < 0.0]
            taken = c["liquidate"] if enemy > 1.0 else 0.0
            out = (1.0 - taken) * c["break_out"] if x else 1.0
            kept = 1.0 - taken - out

            # The share that new pockets hold.
            trapped, drive = 0.0, speed[-x] if x else 0.0
            open_ground = max(drive - c["pocket_speed"], 0.0) / (1.0 - c["pocket_speed"])
            rate = c["close"] * tanks.get(-x, 0.0) / 1000.0 * drive * open_ground * going
            rate *= skills.get(-x, 0.0)
            for arm in range(combat._ARMS):
                draw = 0.5 * (1.0 + erf(luck[3 + 2 * arm][a] / sqrt(2.0)))
                if draw < 1.0 - exp(-rate):
                    stand = s["stand"][p][a]
                    stance = stand * (c["stand_fast"] if stand > 0.0 else c["stand_free"])
                    spread = c["trapped"] + c["trapped_spread"] * luck[4 + 2 * arm][a]
                    trapped += clip(spread + stance, 0.0, c["trapped_most"]) / combat._ARMS
            trapped *= here

            effort = c["use_quiet"] / c["use_attacking"]
            effort += (1.0 - effort) * s["offensive"][p][a]
            for g in range(goods):
                there = s["dump"][p][a][g]
                shells, petrol = full_use(s, w, p, a, g)
                wants = s["engaged"][p][a] * (intensity * shells + effort * petrol)
                used = min(there / max(shells + petrol, 1e-3), 1.0) * wants
                used = min(used, there)
                new["spent"][p][a][g] = used + trapped * (there - used)
                left = there - new["spent"][p][a][g]
                new["dump"][p][a][g] = left + s["issued"][p][a][g]

            pocket_men, pocket_experience = s["pocket_men"][p][a], s["pocket_experience"][p][a]
            men += out * pocket_men
            experience += out * pocket_experience
            new["pocket_men"][p][a] = kept * pocket_men + trapped * men
            new["pocket_experience"][p][a] = kept * pocket_experience + trapped * experience
            strays = 1.0 - exp(-c["stray"] * max(-x * move, 0.0) / 100.0)
            captured = taken * pocket_men + strays * (1.0 - trapped) * men
            new["captured"][p][a] = captured
            new["men"][p][a] = (1.0 - strays) * (1.0 - trapped) * men
            new["experience"][p][a] = (1.0 - strays) * (1.0 - trapped) * experience
            for q in foes:
                new["prisoners"][q][p] += muster[q][a] / max(enemy, 1.0) * captured

            for i in range(items):
                there, shop = s["equipment"][p][a][i], s["workshop"][p][a][i]
                pocket = s["pocket_kit"][p][a][i]
                struck = there * (1.0 - exp(-c["vulnerable"] * w["hit"][i] * fraction))
                fragile = c["breakdown"] * w["fragile"][i] * w["wear"][p]
                broken = (there - struck) * min(c["breakdown_most"], fragile * toil)
                holding = c["left_holding"]
                left = holding + (c["left_retreating"] - holding) * yields
                gone = struck * (left + (w["off_hit"][i] - holding) * wins)
                gone += broken * (left + (w["off_broken"][i] - holding) * wins)
                overrun = shop * min(c["overrun"] * yields * abs(move) / c["rout"], 1.0)
                mended = (shop - overrun) * c["repair"]
                new["workshop"][p][a][i] = shop - overrun - mended + struck + broken - gone
                ready = there - struck - broken + mended + out * pocket
                new["pocket_kit"][p][a][i] = kept * pocket + trapped * ready
                new["equipment"][p][a][i] = (1.0 - trapped) * ready
                new["lost"][p][i] += gone + overrun + taken * pocket
                for q in foes:
                    part = muster[q][a] / max(enemy, 1.0)
                    booty[q][i] += part * ((gone + overrun) * yields + taken * pocket)
    for p in range(powers):
        for i in range(items):
            for j in range(items):
                new["seized"][p][j] += booty[p][i] * w["becomes"][i][j]
        for j in range(items):
            new["depot"][p][j] += new["seized"][p][j]
    return new | {n: in_theatres(new[n], before[n], before, w) for n in FORCES}


def manpower_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, theatres, items = np.shape(s["equipment"])
    new: Plain = {n: [list(r) for r in s[n]] for n in ("men", "experience", "depot")}
    new["equipment"] = [[list(x) for x in r] for r in s["equipment"]]
    born = come_of_age(s, w)
    names = ("pool", "reserve", "training", "hospital", "hospital_experience", "invalid", "ready",
             "ready_experience", "schooling", "born", "formed")  # fmt: skip
    new |= {n: zeros(powers) for n in names}
    for p in range(powers):
        armed = sum(s["men"][p]) + sum(s["pocket_men"][p]) + sum(s["training"][p])
        armed += sum(s["hospital"][p]) + s["ready"][p]
        for k, users in enumerate(w["link_power"]):
            armed += users[p] * (s["waiting_men"][k] + sum(s["moving_men"][k]))
        ceiling = w["ceiling"][p]
        room = max(ceiling - armed, 0.0) if ceiling > 0.0 else inf
        share = s["draft"][p] * min(room / c["ease"], 1.0)
        called = min(s["reserve"][p], share * w["mobilise"][p])
        drafted = min(s["pool"][p], share * w["call_up"][p])
        alive = 1.0 - s["collapsed"][p]
        called, drafted = alive * called, alive * drafted
        fits = min(room / max(called + drafted, 1.0), 1.0)
        called, drafted = fits * called, fits * drafted
        new["pool"][p] = s["pool"][p] + born[p] - drafted
        new["reserve"][p] = s["reserve"][p] - called
        new["born"][p] = born[p]
        new["training"][p], trained = delay(s["training"][p], drafted, w["training_weeks"][p])
        new["hospital"][p], healed = delay(s["hospital"][p], 0.0, w["hospital_weeks"][p])
        new["hospital_experience"][p], wisdom = delay(
            s["hospital_experience"][p], 0.0, w["hospital_weeks"][p]
        )
        back = w["return_share"][p]
        new["invalid"][p] = s["invalid"][p] + (1.0 - back) * healed
        ready = s["ready"][p] + called + trained + back * healed
        skill = s["ready_experience"][p] + back * wisdom
        skill += w["quality_reserve"][p] * called + s["schooling"][p] * trained
        wished = min(
            ready / c["forming"],
            w["raise_most"][p],
            c["cadre"] * (sum(s["experience"][p]) + skill),
        )
        formed = wished * min(outfit(wished, s["depot"][p], p, w) / c["outfit_least"], 1.0)
        for i, most in enumerate(establishment(p, w)):
            if w["gates"][i] and w["users"][p][i]:
                formed = min(formed, s["depot"][p][i] / max(most, 1e-9))
        formed *= alive
        share = formed / max(ready, 1.0)
        new["formed"][p] = formed
        new["ready"][p], new["ready_experience"][p] = ready - formed, (1.0 - share) * skill
        for n in range(theatres):
            part = w["district"][p][n]
            new["men"][p][n] += formed * part
            new["experience"][p][n] += share * skill * part
            for i in range(items):
                issued = min(s["depot"][p][i], establishment(p, w)[i] * formed)
                new["equipment"][p][n][i] += issued * part
        for i in range(items):
            new["depot"][p][i] -= min(s["depot"][p][i], establishment(p, w)[i] * formed)
        for a, intensity in enumerate(s["intensity"]):
            men, t = on_axes(s, w)["men"][p][a], homes(w)[a]
            gap = max(c["best"] - quality(men, on_axes(s, w)["experience"][p][a]), 0.0)
            new["experience"][p][t] += c["learn"] * intensity * s["engaged"][p][a] * gap * men
        lag = quality(sum(s["men"][p]), sum(s["experience"][p])) - s["schooling"][p]
        heeds = 1.0 - exp(-1.0 / c["school_weeks"]) if sum(s["men"][p]) > 1.0 else 0.0
        new["schooling"][p] = s["schooling"][p] + heeds * lag
        # The men of a power that has broken go home, and leave their arms in its depots.
        leave = c["demobilise"] * s["collapsed"][p]
        new["pool"][p] += leave * new["ready"][p]
        new["ready"][p] *= 1.0 - leave
        new["ready_experience"][p] *= 1.0 - leave
        for n in range(theatres):
            for i in range(items):
                new["depot"][p][i] += leave * new["equipment"][p][n][i]
                new["equipment"][p][n][i] *= 1.0 - leave
            new["pool"][p] += leave * new["men"][p][n]
            new["men"][p][n] *= 1.0 - leave
            new["experience"][p][n] *= 1.0 - leave
    return new


def industry_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    week, powers = s["week"], len(w["wear"])
    materials, sectors = np.shape(w["makes"])
    items, places = len(w["weight"]), len(w["place_km"])
    home = [owners.index(1.0) for owners in s["owner"]]
    refuge, ends, on = refuges(s, w), ends_of(s, w), on_axes(s, w)
    new: Plain = {"week": week + 1, "lost_share": zeros(places), "plant": zeros(places, sectors)}
    newly, freed, near = zeros(places), zeros(places), zeros(places)
    for k in range(places):
        if 1.0 in w["place_axis"][k]:
            front = s["front"][w["place_axis"][k].index(1.0)]
            inward = ends[k] * (w["place_km"][k] - front)
            new["lost_share"][k] = clip(inward / industry.PASS, 0.0, 1.0)
            at_war = s["hostile"][w["place_axis"][k].index(1.0)]
            near[k] = clip(1.0 + inward / c["evacuate_reach"], 0.0, 1.0)
            near[k] *= 1.0 - s["lost_share"][k]
            near[k] *= at_war
        newly[k] = max(new["lost_share"][k] - s["lost_share"][k], 0.0)
        freed[k] = max(s["lost_share"][k] - new["lost_share"][k], 0.0)

    by_power = (
        "labour",
        "unmet",
        "relocating",
        "building",
        "pool",
        "occupied",
        "material",
        "output",
    )
    new |= {n: zeros(powers) for n in (*by_power, "depot", "made", "yielded", "used", "lacked")}
    new["received"], new["supplied"] = row(w["gift"], week), row(w["gift_material"], week)
    lots = range(len(w["lot_total"]))
    new["allotted"], new["set_aside"] = zeros(len(lots)), list(s["set_aside"])
    for p in range(powers):
        mine = [k for k in range(places) if home[k] == p]
        people = w["place_people"]
        behind = sum(people[k] * s["lost_share"][k] for k in mine)
        free = sum(people[k] for k in mine) - behind
        fall = min(sum(people[k] * newly[k] for k in mine) / max(free, 1.0), 1.0)
        rise = min(sum(people[k] * freed[k] for k in mine) / max(behind, 1.0), 1.0)
        pool = s["pool"][p] - fall * s["pool"][p] + rise * s["occupied"][p]
        occupied = s["occupied"][p] + fall * s["pool"][p] - rise * s["occupied"][p]

        # Plant: wished away, moved as far as trains go, overrun, and what comes on stream.
        housed = sum(refuge[k] for k in mine)
        wish = {k: c["evacuate_most"] * near[k] * s["evacuate"][p] * (housed > 0.0) for k in mine}
        wished = [sum(wish[k] * s["plant"][k][x] for k in mine) for x in range(sectors)]
        needed = sum(wished[x] * w["plant_trains"][p][x] for x in range(sectors))
        trains = min(1.0, s["spare_trains"][p] / max(needed, 1e-6))
        labour, capacity, there_all = zeros(sectors), zeros(sectors), zeros(sectors)
        new["building"][p], new["relocating"][p] = zeros(sectors), zeros(sectors)
        for x in range(sectors):
            before = sum(s["plant"][k][x] for k in mine)
            kept, gone = {}, 0.0
            for k in mine:
                stays = s["plant"][k][x] * (1.0 - trains * wish[k])
                overrun = stays * newly[k] / max(1.0 - s["lost_share"][k], 1e-3)
                kept[k], gone = stays - overrun, gone + overrun
            moved = trains * wished[x]
            new["relocating"][p][x], reopened = delay(
                s["relocating"][p][x], (1.0 - c["moving_loss"]) * moved, c["restart_weeks"]
            )
            of_items = any(w["maker"][i][x] for i in range(items))
            mean = c["convert_weeks"] if of_items else c["build_weeks"]
            new["building"][p][x], done = delay(s["building"][p][x], 0.0, mean)
            there_all[x] = max(before - moved - gone, 0.0)
            rooted = done if there_all[x] > 1e-3 * before else 0.0
            elsewhere = reopened + done - rooted
            for k in mine:
                grown = kept[k] * (1.0 + rooted / max(there_all[x], 1e-6))
                new["plant"][k][x] = grown + refuge[k] * elsewhere
            capacity[x] = there_all[x] + rooted + housed * elsewhere
            lost = s["labour"][p][x] * min(gone / max(before, 1e-6), 1.0)
            labour[x] = s["labour"][p][x] - lost
            occupied += lost
        vacancies = zeros(sectors)
        for x in range(sectors):
            each = w["per_worker"][p][x]
            if each > 0.0:
                open_ = max(capacity[x] / max(each, 1e-6) - labour[x], 0.0)
                vacancies[x] = c["hire"] * open_
        share = min(1.0, c["hire"] * pool / max(sum(vacancies), 1.0))
        labour = [labour[x] + share * vacancies[x] for x in range(sectors)]
        new["labour"][p], new["occupied"][p] = labour, occupied
        new["pool"][p] = pool - share * sum(vacancies)

        # What could be made, what the programme asks, and what stocks allow.
        could = [min(capacity[x], labour[x] * w["per_worker"][p][x]) for x in range(sectors)]
        could = [x * y for x, y in zip(could, row(w["plant_open"], s["week"])[p], strict=True)]
        arms = [any(w["maker"][i][x] for i in range(items)) for x in range(sectors)]
        each = zeros(items)
        for i in range(items):
            first = max(w["first_output"][p][i], 1.0)
            doublings = log2(max(s["output"][p][i], first) / first)
            saved = max(c["progress"] ** doublings, 1.0 / c["learned_most"])
            each[i] = w["hours"][i] * saved
        programme = row(w["programme"], week)[p]
        asked: list[float] = [
            sum(programme[i] * each[i] * w["maker"][i][x] for i in range(items))
            for x in range(sectors)
        ]
        rate = zeros(items)
        for i in range(items):
            for x in range(sectors):
                rate[i] += (
                    programme[i] * w["maker"][i][x] * min(1.0, could[x] / max(asked[x], 1e-6))
                )
        # What is ordered from abroad has the hours left over.
        lot_item = {j: w["lot_item"][j].index(1.0) for j in lots if 1.0 in w["lot_item"][j]}
        ordered = [j for j in lot_item if w["lot_seller"][j][p] and not w["lot_stock"][j]]
        left = {x: max(could[x] - asked[x], 0.0) for x in range(sectors)}
        makers = [w["maker"][lot_item[j]].index(1.0) if j in ordered else 0 for j in lots]
        wants = [s["order"][j] * each[lot_item[j]] if j in ordered else 0.0 for j in lots]
        hours = dealt(wants, left, makers, w)
        lot_rate = {j: hours[j] / max(each[lot_item[j]], 1e-6) for j in ordered}
        for j in ordered:
            asked[makers[j]] += wants[j] / 8.0
        own_rate = list(rate)
        for j in ordered:
            rate[lot_item[j]] += lot_rate[j]
        exported = zeros(materials)
        for j in lots:
            if w["lot_seller"][j][p] and 1.0 in w["lot_material"][j]:
                exported[w["lot_material"][j].index(1.0)] += s["order"][j]
        stock = [s["material"][p][m] + new["supplied"][p][m] for m in range(materials)]
        leaving = [s["used"][p][m] + exported[m] for m in range(materials)]
        run = zeros(sectors)
        for x in range(sectors):
            pause = 1.0
            if week > 0:
                pause = sum(
                    w["makes"][m][x]
                    * clip(2.0 - stock[m] / max(c["stock_weeks"] * leaving[m], 1.0), 0.0, 1.0)
                    for m in range(materials)
                )
                for m in w["good_material"]:
                    at_war = any(s["war"][p])
                    pause = 1.0 if at_war and w["makes"][m.index(1.0)][x] else pause
            run[x] = 0.0 if arms[x] else could[x] * pause

        def demand(run: list[float], rate: list[float]) -> list[float]:
            return [
                sum(run[x] * w["sector_input"][m][x] for x in range(sectors))
                + sum(rate[i] * w["item_input"][m][i] for i in range(items))
                for m in range(materials)
            ]

        def met(asked: list[float], there: list[float]) -> list[float]:
            return [min(1.0, x / max(y, 1e-6)) for x, y in zip(there, asked, strict=True)]

        def built(plant: list[float]) -> list[float]:
            return [
                sum(plant[x] * w["capital"][m][x] for x in range(sectors)) for m in range(materials)
            ]

        # Orders beyond what works and stocks give lead investment, and the machines that it takes
        # are ordered too.
        wanted = demand(run, rate)
        in_peace = not any(s["war"][p])
        planned = [
            capacity[x] + sum(new["building"][p][x]) + sum(new["relocating"][p][x])
            for x in range(sectors)
        ]
        new_plant, fronts_call = zeros(sectors), zeros(materials)
        # Fronts call for what they were sent, and for what dumps lack of a week.
        for g, m in enumerate(w["good_material"]):
            for a in range(len(s["front"])):
                short = max(sum(full_use(on, w, p, a, g)) - s["dump"][p][a][g], 0.0)
                fronts_call[m.index(1.0)] += s["issued"][p][a][g] + s["engaged"][p][a] * short

        def lacks(plant: list[float], capacities: list[float]) -> list[float]:
            out = zeros(materials)
            for m, use in enumerate(built(plant)):
                there = sum(capacities[z] * w["makes"][m][z] for z in range(sectors))
                use += fronts_call[m]  # noqa: B023
                use += wanted[m] + exported[m] / 8.0 - stock[m] / c["stock_weeks"]  # noqa: B023
                use += w["home_use"][p][m] if in_peace else 0.0  # noqa: B023
                out[m] = max(use - there, 0.0)
            return out

        for _ in range(2):
            lack = lacks(new_plant, planned)
            for x in range(sectors):
                short = max(asked[x] - planned[x], 0.0) if arms[x] else 0.0
                for m in range(materials):
                    makers_all = sum(planned[z] * w["makes"][m][z] for z in range(sectors))
                    if arms[x] or not w["makes"][m][x]:
                        continue
                    short += lack[m] / max(makers_all, 1e-6) * planned[x]
                grows = any(w["capital"][m][x] > 0.0 for m in range(materials))
                new_plant[x] = c["invest"] * short if grows else 0.0

        share_of = met(wanted, stock)

        def scarcest(inputs: list[list[float]], user: int) -> float:
            return min([share_of[m] for m in range(materials) if inputs[m][user] > 0.0] + [1.0])  # noqa: B023

        run = [run[x] * scarcest(w["sector_input"], x) for x in range(sectors)]
        part = [scarcest(w["item_input"], i) for i in range(items)]
        made = [rate[i] * part[i] for i in range(items)]
        for j in ordered:
            new["allotted"][j] = lot_rate[j] * part[lot_item[j]]
            new["set_aside"][j] += new["allotted"][j]
        used = [min(x, y) for x, y in zip(demand(run, made), stock, strict=True)]
        share_of = met(built(new_plant), [x - y for x, y in zip(stock, used, strict=True)])
        new_plant = [y * scarcest(w["capital"], x) for x, y in enumerate(new_plant)]
        used = [x + y for x, y in zip(used, built(new_plant), strict=True)]
        new["lacked"][p] = lacks(new_plant, could)
        used = [min(used[m], stock[m]) for m in range(materials)]
        home_use = [min(w["home_use"][p][m], stock[m] - u) for m, u in enumerate(used)]
        lacks = [w["vital"][p][m] * (1.0 - home_use[m] / max(w["home_use"][p][m], 1e-9))
                 for m in range(materials)]  # fmt: skip
        new["unmet"][p] = s["unmet"][p] + (max(lacks) - s["unmet"][p]) / 26.0
        used = [x + y for x, y in zip(used, home_use, strict=True)]
        yielded = [
            w["mined"][p][m] + sum(run[x] * w["makes"][m][x] for x in range(sectors))
            for m in range(materials)
        ]
        for x in range(sectors):
            new["building"][p][x][0] += new_plant[x]
        new["material"][p] = [stock[m] - used[m] + yielded[m] for m in range(materials)]
        for g, m in enumerate(w["good_material"]):
            used[m.index(1.0)] += sum(front[g] for front in s["issued"][p])
        new["made"][p], new["used"][p], new["yielded"][p] = made, used, yielded
        new["output"][p] = [s["output"][p][i] + made[i] for i in range(items)]
        own = [own_rate[i] * part[i] + new["received"][p][i] for i in range(items)]
        new["depot"][p] = [s["depot"][p][i] + own[i] for i in range(items)]
    return new


STEPS = {
    "intelligence": intelligence_step,
    "council": council_step,
    "diplomacy": diplomacy_step,
    "wars": wars_step,
    "supply": supply_step,
    "movement": movement_step,
    "combat": combat_step,
    "manpower": manpower_step,
    "industry": industry_step,
    "trade": trade_step,
}


def after_step(
    name: str, s: Plain, w: Plain, c: Plain, key: Any, policies: tuple[str, ...]
) -> Plain:
    """The member after one step; `key` is the member's key for the week."""
    stream = jax.random.fold_in(key, crc32(name.encode()))
    extra = (policies,) if name == "council" else ()
    return s | by_army(STEPS[name](everywhere(s, w), w, c, stream, *extra), w)


def after_week(s: Plain, w: Plain, c: Plain, key: Any, policies: tuple[str, ...]) -> Plain:
    """The member a week later."""
    for name in STEPS:
        s = after_step(name, s, w, c, key, policies)
    return s
