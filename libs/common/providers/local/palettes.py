"""Five named colours per mood, and how words of colour move them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from libs.common.providers.local.colour import WHITE, Lab, from_hex, lch, lit, mix

GREY_CHROMA: Final = 0.025
"""Below this a colour word asks for a lightness, not for a hue."""
HUE_SPREAD_KEPT: Final = 0.3
"""How much of a palette's own spread of hues is left when a word asks for one hue."""
YELLOWS: Final = (1.25, 1.95)
"""Hues (radians) that look olive when dark; they are turned toward orange instead, as gold does in shadow."""
YELLOW_TURN: Final = 0.9


class Light(StrEnum):
    """What the light of a palette is like; it orders the sky."""

    DAY = "day"
    GLOW = "glow"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Palette:
    """Deep is the darkest, light the lightest, mid the body, accent the second hue, pop the spot of colour."""

    name: str
    light_kind: Light
    deep: Lab
    mid: Lab
    accent: Lab
    light: Lab
    pop: Lab

    @property
    def colours(self) -> tuple[Lab, Lab, Lab, Lab, Lab]:
        """All five, deep to light and then pop."""
        return self.deep, self.mid, self.accent, self.light, self.pop

    @property
    def sky(self) -> tuple[Lab, ...]:
        """Stops from the zenith to the horizon."""
        match self.light_kind:
            case Light.DAY:
                return mix(self.mid, self.deep, 0.15), mix(self.mid, self.light, 0.35), mix(self.mid, self.light, 0.85)
            case Light.GLOW:
                return self.deep, mix(self.deep, self.mid, 0.75), self.accent, mix(self.accent, self.light, 0.75)
            case Light.NIGHT:
                return lit(self.deep, -0.06), self.deep, mix(self.deep, self.mid, 0.75), mix(self.mid, self.accent, 0.6)

    @property
    def haze(self) -> Lab:
        """The colour that distance takes on."""
        return self.sky[-1]

    @property
    def ladder(self) -> tuple[Lab, Lab, Lab, Lab]:
        """Deep to light by lightness, for ramps."""
        low, high = sorted((self.mid, self.accent), key=lambda colour: colour.lightness)
        return self.deep, low, high, self.light

    @property
    def sun(self) -> Lab:
        """The colour of the sun or moon."""
        return mix(self.light, WHITE, 0.4)


def _row(name: str, kind: Light, *hexes: str) -> Palette:
    deep, mid, accent, light, pop = (from_hex(text) for text in hexes)
    return Palette(name, kind, deep, mid, accent, light, pop)


TABLE: Final[dict[str, Palette]] = {
    row.name: row
    for row in (
        _row("sunset", Light.GLOW, "#2a1a4a", "#8f3b76", "#f0785a", "#ffd9a0", "#ff4f6d"),
        _row("dawn", Light.GLOW, "#31406e", "#7f83b8", "#f2a7a0", "#ffeed6", "#ff8f7a"),
        _row("golden", Light.GLOW, "#4a2c17", "#b3652b", "#e9a13b", "#fff0c9", "#f2643d"),
        _row("night", Light.NIGHT, "#0b1030", "#25336f", "#4f6fb5", "#dfe8ff", "#ffd27a"),
        _row("ocean", Light.DAY, "#083a55", "#2389ae", "#69c6c9", "#eafaf6", "#ff9d5c"),
        _row("alpine", Light.DAY, "#1d3550", "#5d93c4", "#9dbb8b", "#f4f8fb", "#f2a65a"),
        _row("forest", Light.DAY, "#10291f", "#3f7350", "#9bb96c", "#f1f5dc", "#e8a13c"),
        _row("desert", Light.GLOW, "#5a2b1d", "#b5623a", "#e39a5d", "#ffe9c7", "#d6452f"),
        _row("winter", Light.DAY, "#22344f", "#7fa3c9", "#b9c9e2", "#fafcff", "#d9536b"),
        _row("autumn", Light.GLOW, "#3a1c17", "#94402a", "#d98a34", "#fbe8c6", "#c42f2b"),
        _row("spring", Light.DAY, "#2f4a3c", "#7bb38a", "#f2b6c6", "#fdf8ee", "#f0658c"),
        _row("neon", Light.NIGHT, "#12082b", "#4a1b86", "#e0318c", "#c8fbff", "#19e3ea"),
        _row("vapor", Light.GLOW, "#2c1a5c", "#8a3fb0", "#ff7ac0", "#d9fbff", "#2fd9d9"),
        _row("luxury", Light.NIGHT, "#14110f", "#4a3a26", "#a98245", "#f7e8c8", "#e2b65a"),
        _row("corporate", Light.DAY, "#10254f", "#2f6fd6", "#63b4e8", "#f3f8ff", "#ffb140"),
        _row("pastel", Light.DAY, "#464370", "#b4b4e4", "#f5c3d0", "#fff8ef", "#f79f8a"),
        _row("coffee", Light.DAY, "#2c1a12", "#8a5d3d", "#c79a6b", "#f8efe2", "#d9642c"),
        _row("tropical", Light.DAY, "#063f46", "#10a39b", "#ffc45c", "#fff7e0", "#ff5d73"),
        _row("candy", Light.DAY, "#5a1e57", "#e86aa6", "#a58bf0", "#fff0f6", "#ffcf3f"),
        _row("fire", Light.NIGHT, "#1c0709", "#8a1f17", "#ee6a1c", "#ffe9a8", "#ffb01f"),
        _row("aurora", Light.NIGHT, "#071a2b", "#12566a", "#3fd6a0", "#e6fff2", "#a56bf0"),
        _row("mono", Light.DAY, "#17181a", "#6d7074", "#a9acb0", "#f6f6f5", "#c9cbce"),
        _row("lavender", Light.GLOW, "#2e2352", "#7762b0", "#c39be0", "#fbeefa", "#ffb36b"),
        _row("ink", Light.NIGHT, "#0e1217", "#2c3743", "#66788c", "#eef2f6", "#e8b04a"),
        _row("halloween", Light.NIGHT, "#150a1f", "#43215c", "#d9641e", "#f8e6c8", "#f59a23"),
        _row("meadow", Light.DAY, "#1d3a2a", "#5a9a4a", "#a9cf6a", "#f4f9ec", "#f2b544"),
        _row("blush", Light.DAY, "#4a2130", "#d98c97", "#f0bfb8", "#fff5f1", "#c43d5a"),
        _row("sage", Light.DAY, "#26352c", "#8ba68e", "#c3d0b4", "#f7f8f1", "#d98a5f"),
        _row("linen", Light.DAY, "#332b25", "#b9a58e", "#d9c9b4", "#fbf7f0", "#b8633f"),
        _row("festive", Light.NIGHT, "#0d2a20", "#1f5a42", "#b3382f", "#fbf0dc", "#e3b04b"),
        _row("terracotta", Light.DAY, "#3d211a", "#b8603f", "#8aa08a", "#faf0e4", "#e5a93c"),
    )
}


BRAND_COLOURS_MIN: Final = 3
"""From this many named colours on they are the palette, and the mood only orders its light."""


def branded(palette: Palette, wanted: Sequence[Lab]) -> Palette:
    """A palette of the brand's own colours: darkest, lightest, and the strongest of the others."""
    ordered = sorted(wanted, key=lambda colour: colour.lightness)
    rest = sorted(ordered[1:-1], key=lambda colour: -colour.chroma)
    deep, light = ordered[0], ordered[-1]
    deep = lit(deep, min(0.0, 0.27 - deep.lightness), chroma=0.85 if deep.lightness > 0.27 else 1.0)
    light = mix(light, WHITE, max(0.0, (0.94 - light.lightness) / max(1 - light.lightness, 1e-3)))
    mid = _between(rest[0], deep, light)
    accent = _between(rest[1] if len(rest) > 1 else mix(mid, light, 0.45), deep, light)
    strong = max(wanted, key=lambda colour: colour.chroma)
    return replace(palette, deep=deep, mid=mid, accent=accent, light=light, pop=rest[-1] if len(rest) > 1 else strong)


def _between(colour: Lab, deep: Lab, light: Lab) -> Lab:
    low, high = deep.lightness + 0.06, light.lightness - 0.06
    return lit(colour, min(max(colour.lightness, low), high) - colour.lightness)


def varied(palette: Palette, turn: float, lift: float) -> Palette:
    """The palette a little further round the colour circle (radians) and a little lighter or darker."""

    def moved(colour: Lab, share: float) -> Lab:
        return lch(colour.lightness + lift * share, colour.chroma, colour.hue + turn * share)

    return replace(palette, mid=moved(palette.mid, 0.6), accent=moved(palette.accent, 1.0), pop=moved(palette.pop, 0.5))


def shifted(palette: Palette, wanted: Sequence[Lab]) -> Palette:
    """The palette moved to the colours a prompt names; lightnesses keep their order."""
    hues = [colour for colour in wanted if colour.chroma >= GREY_CHROMA][:2]
    greys = [colour for colour in wanted if colour.chroma < GREY_CHROMA]
    if hues:
        palette = _toward(palette, hues[0], hues[-1])
    elif greys:
        palette = _calmed(palette)
    if greys:
        palette = _leant(palette, greys[0].lightness)
    return palette


def _toward(palette: Palette, first: Lab, second: Lab) -> Palette:
    """First for the body, second for the accents; one colour named twice does both."""
    one = first == second
    return replace(
        palette,
        deep=_hued(palette.deep, palette.mid, first, 0.6),
        mid=mix(_hued(palette.mid, palette.mid, first, 1.0), first, 0.35),
        light=_hued(palette.light, palette.mid, first if one else second, 0.35),
        accent=mix(_hued(palette.accent, palette.mid, second, 0.9), second, 0.0 if one else 0.6),
        pop=palette.pop if one else mix(_hued(palette.pop, palette.pop, second, 1.0), second, 0.5),
    )


def _hued(colour: Lab, centre: Lab, wanted: Lab, share: float) -> Lab:
    """The colour at its own lightness, turned to the wanted hue with some of its distance from `centre` left."""
    away = math.remainder(colour.hue - centre.hue, math.tau) * HUE_SPREAD_KEPT
    chroma = colour.chroma + (wanted.chroma - colour.chroma) * share
    headroom = 4 * colour.lightness * (1 - colour.lightness) + 0.25
    hue = wanted.hue + away
    if YELLOWS[0] < hue < YELLOWS[1]:
        hue -= max(0.0, 0.8 - colour.lightness) * YELLOW_TURN
    return lch(colour.lightness, min(chroma, 0.2 * headroom + 0.02), hue)


def _calmed(palette: Palette) -> Palette:
    deep, mid, accent, light = (lit(colour, 0, chroma=0.2) for colour in palette.colours[:4])
    return replace(palette, deep=deep, mid=mid, accent=accent, light=light, pop=lit(palette.pop, 0, chroma=0.8))


def _leant(palette: Palette, lightness: float) -> Palette:
    """Darker for black, paler for white, as they are for a middle grey."""
    if lightness < 0.35:
        deep, mid, accent = lit(palette.deep, -0.1), lit(palette.mid, -0.16), lit(palette.accent, -0.1)
        return replace(palette, light_kind=Light.NIGHT, deep=deep, mid=mid, accent=accent)
    if lightness > 0.85:
        mid, accent, light = lit(palette.mid, 0.16), lit(palette.accent, 0.12), mix(palette.light, WHITE, 0.6)
        return replace(palette, light_kind=Light.DAY, mid=mid, accent=accent, light=light)
    return palette
