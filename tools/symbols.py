"""The military symbols of the map: `python tools/symbols.py`.

Writes sinews/web/static/symbols.svg with the package milsymbol (MIT): infantry of every echelon and
stance that `sinews.web.map.symbols` may ask for, without colours, the same bytes every time.
"""

from __future__ import annotations

import re
from pathlib import Path

from milsymbol import Symbol

from sinews.web.map.symbols import ECHELONS, STANCES

TARGET = Path(__file__).parent.parent / "sinews/web/static/symbols.svg"


def drawn(stance: str, echelon: str) -> str:
    """One symbol; its frame takes the fill, its lines the colour of where it is used."""
    identity, (left, top, wide, high) = STANCES[stance]
    code = ECHELONS[echelon][1]
    svg = Symbol(f"100{identity}1000{code}1211000000", size=100).as_svg()
    body = svg.partition(">")[2].removesuffix("</svg>")
    body = re.sub(r' fill="rgb\([\d,]+\)" fill-opacity="1"', "", body)
    # Only the frame of a force that is believed in is dashed, not what stands in it.
    body = body.replace('stroke="black" fill="black"', 'stroke="currentColor" fill="none" DASH')
    body = body.replace('stroke="black" fill="none"', 'stroke="currentColor" fill="none" DASH')
    body = body.replace("DASH", 'stroke-dasharray="none"').replace("black", "currentColor")
    body = re.sub(r"\s+(?=[/>])", "", body).replace(' transform="translate(0,0)"', "")
    box = f"{left} {top} {wide} {high}"
    return f'<symbol id="{stance}-{echelon}" viewBox="{box}">{body}</symbol>\n'


def main() -> None:
    """Draw them all."""
    symbols = "".join(drawn(stance, echelon) for stance in STANCES for echelon in ECHELONS)
    TARGET.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg">\n<title>Drawn with milsymbol (MIT)</title>\n'
        f"{symbols}</svg>\n",
        "utf-8",
    )
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
