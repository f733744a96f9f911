"""Military symbols (APP-6): which one stands for a force, and how large it is drawn.

static/symbols.svg holds them, drawn once by tools/symbols.py with the package milsymbol, which
would take a second and 160 MB in every server. Frames and lines there have no colours of their own:
they take those of the page.
"""

from __future__ import annotations

from dataclasses import dataclass

# Men up to which a force is drawn as such a formation; more are a theatre's.
ECHELONS: dict[str, tuple[float, str]] = {
    "division": (25e3, "21"),
    "corps": (80e3, "22"),
    "army": (300e3, "23"),
    "army-group": (1.5e6, "24"),
    "theatre": (float("inf"), "25"),
}
# Who it is to the reader: the standard's digit, and the part of its drawing that holds all sizes.
STANCES: dict[str, tuple[str, tuple[int, int, int, int]]] = {
    "friend": ("3", (-4, 6, 208, 148)),
    "neutral": ("4", (-4, 1, 208, 158)),
    "hostile": ("6", (-4, -16, 208, 192)),
}
SCALE = 0.185


@dataclass(frozen=True)
class Symbol:
    """A symbol to draw, by its name in static/symbols.svg, and its size on the map."""

    name: str
    wide: float
    high: float
    words: str


def symbol(stance: str, men: float) -> Symbol:
    """The symbol of a force of infantry.

    >>> symbol("friend", 120_000).name, symbol("hostile", 2e6).words
    ('friend-army', 'hostile, theatre')
    """
    echelon = next(name for name, (most, _) in ECHELONS.items() if men <= most)
    _, (_, _, wide, high) = STANCES[stance]
    words = f"{stance}, {echelon.replace('-', ' ')}"
    return Symbol(f"{stance}-{echelon}", round(wide * SCALE, 1), round(high * SCALE, 1), words)
