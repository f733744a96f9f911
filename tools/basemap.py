"""The base maps, from Natural Earth's coasts: `python tools/basemap.py LAND.json`.

LAND.json is land-50m.json of the npm package world-atlas 2.0.2 (ISC; the data of Natural Earth are
in the public domain): `npm pack world-atlas@2.0.2` fetches it. Writes sinews/web/static/land-*.svg,
one file a sheet, the same bytes every time. A file has a path `sea`, which is everything but the
land, so that it can be laid over shaded ground and cuts it off at the coast, and a path `grid`.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from math import hypot
from pathlib import Path
from typing import Any

from sinews.web.map.geography import SHEETS, Point, Sheet, degrees_apart

Ring = list[Point]

STATIC = Path(__file__).parent.parent / "sinews/web/static"
# By sheet: how far a coast may be moved and the smallest island, in km and km2.
FINENESS = {"europe": (0.7, 15.0), "east-asia": (1.2, 40.0), "eurasia": (2.2, 120.0)}
COARSE = (9.0, 2000.0)
MARGIN = 400.0  # km drawn beyond what a sheet holds
HALF_TURN = 150.0  # degrees from its meridian up to which a cone is drawn


def rings_of(topology: dict[str, Any]) -> list[Ring]:
    """Every ring of the land as (latitude, longitude): TopoJSON's arcs joined and unpacked."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Ring] = []
    for packed in topology["arcs"]:
        x = y = 0
        arc: Ring = []
        for dx, dy in packed:
            x, y = x + dx, y + dy
            arc.append((y * sy + ty, x * sx + tx))
        arcs.append(arc)
    out: list[Ring] = []
    for shape in topology["objects"]["land"]["geometries"]:
        for polygon in shape["arcs"]:
            for ring in polygon:
                joined: Ring = []
                for index in ring:
                    arc = arcs[index] if index >= 0 else arcs[~index][::-1]
                    joined += arc[bool(joined) :]
                out.append(joined)
    return out


def laid(ring: Ring, sheet: Sheet) -> Ring:
    """A ring on a sheet, less what lies on the far side of the globe."""
    middle = sheet.meridian
    # A ring is moved as a whole, so that one that ends at 180 degrees is not torn.
    mean = sum(longitude for _, longitude in ring) / len(ring)
    shift = -360.0 * round((mean - middle) / 360.0)
    turned = [(latitude, longitude + shift) for latitude, longitude in ring]
    if sheet.parallels is None:
        low, high, south = middle - 180.0, middle + 180.0, -62.0
    else:
        low, high, south = middle - HALF_TURN, middle + HALF_TURN, -20.0
    for axis, sign, bound in ((1, 1, low), (1, -1, high), (0, 1, south)):
        turned = _cut(turned, axis, sign, bound)
    edge = 1e-9  # keeps 180 degrees east in the east
    return [sheet.at((a, min(max(b, middle - 180 + edge), middle + 180 - edge))) for a, b in turned]


def clipped(ring: Ring, box: tuple[float, float, float, float]) -> Ring:
    """A ring cut off at a rectangle (Sutherland and Hodgman 1974)."""
    left, top, right, bottom = box
    for axis, sign, bound in ((0, 1, left), (0, -1, right), (1, 1, top), (1, -1, bottom)):
        ring = _cut(ring, axis, sign, bound)
    return ring


def _cut(ring: Ring, axis: int, sign: int, bound: float) -> Ring:
    out: Ring = []
    for i, here in enumerate(ring):
        before = ring[i - 1]
        inside, was = (sign * (p[axis] - bound) >= 0 for p in (here, before))
        if inside != was:
            share = (bound - before[axis]) / (here[axis] - before[axis])
            other = before[1 - axis] + share * (here[1 - axis] - before[1 - axis])
            out.append((bound, other) if axis == 0 else (other, bound))
        if inside:
            out.append(here)
    return out


def simplified(ring: Ring, most: float) -> Ring:
    """A ring with as few points as keep it within `most` km of itself (Douglas and Peucker)."""
    keep = {0, len(ring) - 1}
    # The farthest point from the first halves a closed ring.
    far = max(range(len(ring)), key=lambda i: _off(ring[i], ring[0], ring[0]))
    keep.add(far)
    todo = [(0, far), (far, len(ring) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        off, at = max((_off(ring[i], ring[first], ring[last]), i) for i in range(first + 1, last))
        if off > most:
            keep.add(at)
            todo += [(first, at), (at, last)]
    return [ring[i] for i in sorted(keep)]


def _off(point: Point, first: Point, last: Point) -> float:
    """How far a point lies from a segment."""
    dx, dy = last[0] - first[0], last[1] - first[1]
    length = dx * dx + dy * dy
    share = 0.0
    if length:
        share = ((point[0] - first[0]) * dx + (point[1] - first[1]) * dy) / length
        share = min(max(share, 0.0), 1.0)
    return hypot(point[0] - first[0] - share * dx, point[1] - first[1] - share * dy)


def area(ring: Ring) -> float:
    """What a ring encloses, in km2."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def written(ring: Ring, closed: bool = True) -> str:
    """A path in whole km, each step from the point before."""
    points = [(round(x), round(y)) for x, y in ring]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points) if a != b]
    x, y = points[0]
    moves = " ".join(f"{dx} {dy}" for dx, dy in steps).replace(" -", "-")
    return f"M{x} {y}l{moves}" + ("z" if closed else "")


def grid(sheet: Sheet, box: tuple[float, float, float, float]) -> str:
    """Every tenth parallel and meridian, as far as the sheet reaches."""
    wide = 360.0 if sheet.parallels is None else 2 * HALF_TURN
    fine = [i / 60 for i in range(61)]
    low, high = (-60.0, 80.0) if sheet.parallels is None else (-20.0, 80.0)
    west = sheet.meridian - wide / 2 + 1e-6
    lines = [
        [sheet.at((latitude, west + (wide - 2e-6) * u)) for u in fine]
        for latitude in degrees_apart(10.0, low, high)
    ] + [
        [sheet.at((low + (high - low) * v, longitude)) for v in fine]
        for longitude in degrees_apart(10.0, west, west + wide)
    ]
    left, top, right, bottom = box
    out: list[str] = []
    for line in lines:
        inside = [p for p in line if left <= p[0] <= right and top <= p[1] <= bottom]
        if len(inside) > 1:
            kept = simplified(inside, 2.0) if len(inside) > 2 else inside
            out.append(written(kept, closed=False))
    return "".join(out)


def drawing(sheet: Sheet, land: list[Ring]) -> str:
    """A sheet's file."""
    most, least = FINENESS.get(sheet.name, COARSE)
    box = tuple(round(x) for x in sheet.frame(MARGIN))
    left, top, right, bottom = box
    paths = [f"M{left} {top}H{right}V{bottom}H{left}z"]
    for ring in land:
        flat = laid(ring, sheet)
        flat = clipped(flat, (left + 1.0, top + 1.0, right - 1.0, bottom - 1.0)) if flat else []
        if len(flat) > 2 and area(flat) >= least:
            simple = simplified(flat, most)
            if len(simple) > 3:
                paths.append(written(simple))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{left} {top} {right - left} {bottom - top}">'
        f"<title>Coasts: Natural Earth, public domain</title>"
        f'<path id="sea" fill-rule="evenodd" vector-effect="non-scaling-stroke" '
        f'd="{"".join(paths)}"/>'
        f'<path id="grid" fill="none" vector-effect="non-scaling-stroke" '
        f'd="{grid(sheet, (left, top, right, bottom))}"/></svg>\n'
    )


def main(source: str) -> None:
    """Draw every sheet."""
    land = rings_of(json.loads(Path(source).read_text("utf-8")))
    for sheet in SHEETS.values():
        target = STATIC / f"land-{sheet.name}.svg"
        target.write_text(drawing(sheet, land), "utf-8")
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
