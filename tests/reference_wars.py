"""Wars, and places that change hands by terms, in plain Python, for reference.py."""

from math import exp, inf
from typing import Any

import jax
import numpy as np
from plain import FORCES, Plain, in_theatres, on_axes, zeros


def ends_of(s: Plain, w: Plain) -> list[float]:
    """The end of its axis that each place is home to: of one handed over, its new owner's."""
    out = list(w["place_end"])
    for k, (first, now) in enumerate(zip(w["place_power"], s["owner"], strict=True)):
        if 1.0 in first and first != now:
            axis = w["place_axis"][k]
            out[k] = w["end"][now.index(1.0)][axis.index(1.0)] if 1.0 in axis else 0.0
    return out


def refuges(s: Plain, w: Plain) -> list[float]:
    """What comes to each place of its power's evacuated plant: of one handed over, nothing."""
    home = [owners.index(1.0) for owners in w["place_power"]]
    places = range(len(home))
    kept = [w["refuge"][k] * s["owner"][k][home[k]] for k in places]
    for p in set(home):
        mine = [k for k in places if home[k] == p]
        whole, left = sum(w["refuge"][k] for k in mine), sum(kept[k] for k in mine)
        for k in mine:
            kept[k] *= whole / max(left, 1e-9)
    return kept


def come_of_age(s: Plain, w: Plain) -> list[float]:
    """Men who come of age: a place's, who were its first home's, are its owner's."""
    out = list(w["cohort"])
    home = [owners.index(1.0) for owners in w["place_power"]]
    for k, p in enumerate(home):
        people = sum(w["place_people"][n] for n in range(len(home)) if home[n] == p)
        part = w["cohort"][p] * w["place_people"][k] / max(people, 1.0)
        out[p] -= part
        out[s["owner"][k].index(1.0)] += part
    return [max(x, 0.0) for x in out]


def borne(s: Plain, w: Plain, c: Plain) -> Plain:
    """What powers bear, and how it raises the hazard that they break."""
    powers, places = range(len(w["end"])), range(len(w["place_km"]))
    new: Plain = {n: zeros(len(powers)) for n in ("bled", "thin")} | {"strain": list(s["strain"])}
    for p in powers:
        flows = ("killed", "wounded", "captured")
        new["bled"][p] = s["bled"][p] * (1.0 - 1.0 / 26.0) + sum(sum(s[n][p]) for n in flows)
        men = sum(s["men"][p]) + sum(s["pocket_men"][p])
        if any(s["war"][p]) and men < w["army_least"][p]:
            new["thin"][p] = s["thin"][p] + 1.0
        mine = [k for k in places if s["owner"][k][p]]
        people = sum(w["place_people"][k] for k in mine)
        lost = sum(w["place_people"][k] * s["lost_share"][k] for k in mine)
        seat = [k for k in places if w["seat"][p][k]]
        bears = {
            "people": lost / max(people, 1.0) if people > 0.0 else 0.0,
            "capital": sum(s["lost_share"][k] if k in mine else 1.0 for k in seat),
            "army": new["thin"][p],
            "losses": new["bled"][p] / max(men, 1.0) if men > 0.0 else 0.0,
            "need": s["unmet"][p],
        }
        if not s["collapsed"][p]:
            new["strain"][p] = [
                c[f"break_{n}"] * max(x - c[f"break_{n}_from"], 0.0) for n, x in bears.items()
            ]
    return new


def laid_down(s: Plain, w: Plain, c: Plain, fallen: list[int], prisoners: Any) -> Plain:
    """Of powers that break, those who are taken where they were at war; adds to `prisoners`."""
    before = on_axes(s, w)
    new: Plain = {n: [list(r) for r in before[n]] for n in FORCES}
    new |= {n: [list(r) for r in s[n]] for n in ("pocket_men", "pocket_experience", "depot")}
    new["pocket_kit"] = [list(r) for r in s["pocket_kit"]]
    powers, fronts = range(len(w["end"])), range(len(s["front"]))
    new["surrendered"] = zeros(len(powers), len(fronts))
    for p in fallen:
        for a in fronts:
            across = [q for q in powers if s["war"][p][q] and w["end"][p][a] * w["end"][q][a] < 0]
            takers = {q: before["men"][q][a] for q in across if q not in fallen}
            if sum(takers.values()) <= 1.0:
                continue
            taken = c["captivity"] * before["men"][p][a] + s["pocket_men"][p][a]
            new["surrendered"][p][a] = taken
            for q, men in takers.items():
                prisoners[q][p] += taken * men / sum(takers.values())
            for name in ("men", "experience"):
                new[name][p][a] *= 1.0 - c["captivity"]
            for i, kit in enumerate(s["pocket_kit"][p][a]):
                new["depot"][p][i] += kit
            new["pocket_men"][p][a] = new["pocket_experience"][p][a] = 0.0
            new["pocket_kit"][p][a] = [0.0] * len(s["depot"][p])
    return new | {n: in_theatres(new[n], s[n], s, w) for n in FORCES}


def handed_over(s: Plain, w: Plain, c: Plain) -> Plain:
    """Places go to whom the agreements of the week give them, the last in the file at last."""
    powers = len(w["end"])
    stocks = ("reserve", "pool", "occupied", "front", "dug_in", "lost_share")
    new: Plain = {n: list(s[n]) for n in stocks}
    new |= {n: [list(r) for r in s[n]] for n in ("owner", "labour")}
    new |= {"ceded": zeros(powers), "acceded": zeros(powers)}
    gets: dict[int, int] = {}
    for of, cedes in zip(w["ceding"], w["cedes"], strict=True):
        k = of.index(1.0)
        for place, to in enumerate(cedes):
            if s["signed"][k] and 1.0 in to and w["party"][k][s["owner"][place].index(1.0)]:
                gets[place] = to.index(1.0)
    for place, q in gets.items():
        p, lost = s["owner"][place].index(1.0), s["lost_share"][place]
        new["owner"][place] = [float(n == q) for n in range(powers)]
        if p == q:
            continue
        mine = [k for k in range(len(s["owner"])) if s["owner"][k][p]]
        people, share = w["place_people"], s["lost_share"]
        free = people[place] * (1.0 - lost) / sum(people[k] * (1.0 - share[k]) for k in mine)
        behind = sum(people[k] * share[k] for k in mine)
        cut_off = people[place] * lost / behind if behind > 0.0 else 0.0
        moved = {"reserve": free * s["reserve"][p], "pool": free * s["pool"][p]}
        men = sum(moved.values()) + cut_off * s["occupied"][p]
        for name, n in moved.items():
            new[name][p] -= n
            new[name][q] += n
        new["occupied"][p] -= cut_off * s["occupied"][p]
        new["pool"][q] += cut_off * s["occupied"][p]
        for x, plant in enumerate(s["plant"][place]):
            whole = sum(s["plant"][k][x] for k in mine)
            workers = s["labour"][p][x] * plant / whole if whole > 0.0 else 0.0
            new["labour"][p][x] -= workers
            new["labour"][q][x] += workers
            men += workers
        new["ceded"][p] += men
        new["acceded"][q] += men
        new["lost_share"][place] = 0.0
    for a in range(len(s["front"])):
        there = [k for k in gets if w["place_axis"][k][a]]
        west = [w["place_km"][k] for k in there if w["end"][gets[k]][a] > 0.0]
        east = [w["place_km"][k] for k in there if w["end"][gets[k]][a] < 0.0]
        if max(west, default=-inf) <= min(east, default=inf):
            new["front"][a] = min([max([s["front"][a], *west]), *east])
        new["dug_in"][a] *= exp(-abs(new["front"][a] - s["front"][a]) / c["rout"])
    return new


def wars_step(s: Plain, w: Plain, c: Plain, key: Any) -> Plain:
    powers, fronts = range(len(w["end"])), range(len(s["front"]))
    agreements = range(len(w["party"]))
    chance = np.asarray(
        jax.random.uniform(key, (len(powers), len(powers) + 1), minval=1e-6, maxval=1.0 - 1e-6)
    ).tolist()
    war = [list(r) for r in s["war"]]
    new: Plain = {n: [list(r) for r in s[n]] for n in ("truce", "prisoners", "broken_seen")}
    new |= {"called": zeros(len(powers), len(powers)), "joined": zeros(len(powers), len(powers))}
    new |= {n: list(s[n]) for n in ("reserve", "collapsed", "outbreak")}

    def across(p: int, q: int) -> list[int]:
        return [a for a in fronts if w["end"][p][a] * w["end"][q][a] < 0.0]

    def sign_together(p: int, q: int, named: str) -> list[int]:
        return [
            k
            for k in agreements
            if p != q and w["party"][k][p] and w["party"][k][q] and w[named][k]
        ]

    begins = set()
    for p in powers:
        for q in powers:
            met = across(p, q)
            attacks = any(s["attack"][p][a] and not s["engaged"][p][a] for a in met)
            breaks = any(
                s["breached"][k][p] and w["party"][k][q] and any(w["peace"][k][a] for a in met)
                for k in agreements
            )
            declares = s["declare"][p][q] > 0.0 and s["truce"][p][q] <= s["week"]
            sound = not (s["collapsed"][p] or s["collapsed"][q] or s["war"][p][q] or p == q)
            if sound and (attacks or breaks or declares):
                begins.add((p, q))
    for p, q in begins:
        war[p][q] = war[q][p] = 1.0
    ally = {
        (p, q): any(s["in_force"][k] for k in sign_together(p, q, "defence"))
        for p in powers for q in powers
    }  # fmt: skip
    fought = [list(r) for r in war]
    for q in powers:
        for p in powers:
            victims = [v for v in powers if (p, v) in begins and ally[q, v]]
            if not victims or p == q or fought[q][p] or ally[q, p] or s["collapsed"][q]:
                continue
            new["called"][q][p] = 1.0
            if chance[q][p] < c["reliance"]:
                new["joined"][q][p] = war[q][p] = war[p][q] = 1.0

    def settles(p: int, q: int) -> bool:
        return any(s["signed"][k] for k in sign_together(p, q, "truce_weeks"))

    let_down = set()
    for v in powers:
        for q in powers:
            away = [p for p in powers if new["called"][q][p] and not new["joined"][q][p]]
            left = [e for e in powers if war[q][e] and settles(q, e)]
            if ally[v, q] and (
                any((p, v) in begins for p in away)
                or any(war[v][e] and not settles(v, e) for e in left)
            ):
                let_down.add((v, q))
    for v, q in let_down:
        new["broken_seen"][v][q] += c["blame_absent"]
    for p in powers:
        for q in powers:
            for k in sign_together(p, q, "truce_weeks"):
                if s["signed"][k]:
                    war[p][q] = 0.0
                    new["truce"][p][q] = max(new["truce"][p][q], s["week"] + w["truce_weeks"][k])
                    if w["homeward"][k]:
                        new["reserve"][q] += new["prisoners"][p][q]
                        new["prisoners"][p][q] = 0.0
    new |= borne(s, w, c)
    for p in powers:
        rate = c["break_rate"] * exp(min(sum(new["strain"][p]), 500.0))
        if any(s["war"][p]) and chance[p][-1] < 1.0 - exp(-rate):
            new["collapsed"][p] = 1.0
    fallen = [p for p in powers if new["collapsed"][p] > s["collapsed"][p]]
    new |= laid_down(s, w, c, fallen, new["prisoners"])
    for p in powers:
        for q in powers:
            if new["collapsed"][p] or new["collapsed"][q]:
                war[p][q] = 0.0
    for p in powers:
        if any(war[p]) and not any(s["war"][p]):
            new["outbreak"][p] = float(s["week"])
    new["war"] = war
    new["engaged"] = [
        [max([war[p][q] for q in powers if a in across(p, q)], default=0.0) for a in fronts]
        for p in powers
    ]
    new["hostile"] = [max(new["engaged"][p][a] for p in powers) for a in fronts]
    return new | handed_over(s | new, w, c)
