"""Colours in a customer's words: «make it deep teal», «#0a8484», «the red car», «blue», «sky»."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from libs.common.catalogue.colours import CSS_NAMES
from libs.common.prompting.colours import NAMES
from libs.common.providers.local.colour import Lab, from_hex, lch
from libs.common.providers.local.edits.inks import ink_of

WORDS_MAX: Final = 3
"""Words of the longest name: «deep forest green»."""
NEUTRAL_CHROMA: Final = 0.03
"""A colour with less is a grey."""
_HEX: Final = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b")
_WORD: Final = re.compile(r"[a-z]+")
_SHIFTS: Final[Mapping[str, tuple[float, float]]] = {
    "dark": (-0.17, 0.9),
    "deep": (-0.13, 1.0),
    "light": (0.14, 0.75),
    "pale": (0.18, 0.5),
    "pastel": (0.16, 0.55),
    "bright": (0.06, 1.2),
    "vivid": (0.02, 1.25),
    "muted": (0.0, 0.6),
}
"""Lightness added and chroma multiplied, before a colour that has no name of its own with the word."""
_SAME: Final[Mapping[str, str]] = {"gray": "grey", "golden": "gold", "silver": "light grey", "blonde": "gold"}

_IDLE: Final = frozenset(
    """
    a all an and any are area areas color colored colors colour coloured colours
    every everything in is it of part parts picture pixels that the things tones
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)
"""Words that name no thing."""


@dataclass(frozen=True, slots=True)
class Named:
    """A colour that was named. `exact` when a certain shade was: digits, or more than one of the basic words."""

    words: str
    colour: Lab
    exact: bool

    @property
    def neutral(self) -> bool:
        """White, black or a grey."""
        return self.colour.chroma < NEUTRAL_CHROMA


@dataclass(frozen=True, slots=True)
class Kin:
    """Colours that go by one name: hues within `width` of `hue` (degrees), lightness from `low` to `high`; a neutral
    one has no hue. `basic` names reach over light and dark shades."""

    hue: float | None
    width: float
    low: float = 0.0
    high: float = 1.0
    palest: float = 0.02
    """Chroma below which a pixel has no hue to speak of."""
    on_top: bool = False
    """It reaches the upper edge of the picture."""


BASIC: Final[Mapping[str, Kin]] = {
    "red": Kin(26, 17),
    "orange": Kin(55, 20, low=0.4),
    "brown": Kin(58, 28, high=0.56),
    "yellow": Kin(98, 22, low=0.45),
    "green": Kin(140, 36),
    "teal": Kin(196, 26),
    "turquoise": Kin(190, 24),
    "cyan": Kin(205, 24),
    "blue": Kin(258, 34),
    "purple": Kin(308, 24),
    "violet": Kin(300, 24),
    "magenta": Kin(335, 24),
    "pink": Kin(0, 30, low=0.5),
    "white": Kin(None, 0, low=0.8),
    "grey": Kin(None, 0, low=0.32, high=0.82),
    "black": Kin(None, 0, high=0.34),
}
"""Hue angles of OKLab, read off the colours that carry these names in CSS and in the list of everyday names."""
THINGS: Final[Mapping[str, Kin]] = {
    "sky": Kin(245, 60, low=0.45, palest=0.004, on_top=True),
    "grass": Kin(124, 34),
    "lawn": Kin(124, 34),
    "meadow": Kin(124, 34),
    "leaves": Kin(128, 36),
    "foliage": Kin(128, 36),
    "plant": Kin(130, 36),
    "plants": Kin(130, 36),
    "trees": Kin(130, 36),
    "sea": Kin(228, 50, palest=0.01),
    "ocean": Kin(228, 50, palest=0.01),
    "water": Kin(228, 50, palest=0.01),
    "snow": Kin(None, 0, low=0.78),
}
"""Things that have a colour by themselves."""
SHADE_WIDTH: Final = 20.0
SHADE_REACH: Final = 0.26
"""A name of one shade reaches so far in lightness."""


def named_in(text: str) -> Named | None:
    """The colour that a text speaks of, the longest name first, the last one of several («from red to blue»)."""
    plain = text.casefold()
    if digits := _HEX.findall(plain):
        return Named(digits[-1], _lab(ink_of(digits[-1]) or (0, 0, 0)), exact=True)
    words = [_SAME.get(word, word) for word in _WORD.findall(plain.replace("off-white", "offwhite"))]
    found = _names(words)
    return found[-1] if found else None


def kin_of(text: str) -> Kin | None:
    """The colours by which a text names something: «the red car», «light blue», «sky»; None when it has no colour."""
    found = named_in(text)
    if found is not None:
        return _kin(found)
    return next((THINGS[word] for word in reversed(_WORD.findall(text.casefold())) if word in THINGS), None)


def names_thing(text: str) -> bool:
    """Whether a text names something besides its colour: «red car», but not «red» or «everything that is red»."""
    found = named_in(text)
    said = set(found.words.split()) if found else set()
    return bool(set(_WORD.findall(text.casefold())) - said - _IDLE)


def _names(words: list[str]) -> list[Named]:
    found: list[Named] = []
    at = 0
    while at < len(words):
        length = next((n for n in range(min(WORDS_MAX, len(words) - at), 0, -1) if _known(words[at : at + n])), 0)
        if length:
            said = words[at : at + length]
            colour = _known(said)
            if colour is not None:
                found.append(Named(" ".join(said), colour, exact=" ".join(said) not in BASIC))
        at += max(1, length)
    return found


def _known(words: list[str]) -> Lab | None:
    name = " ".join(words)
    name = "off-white" if name == "offwhite" else name
    if name in NAMES:
        return from_hex(f"#{NAMES[name]}")
    joined = name.replace(" ", "")
    if joined in CSS_NAMES:
        return _lab(ink_of(joined) or (0, 0, 0))
    if len(words) > 1 and words[0] in _SHIFTS and (base := _known(words[1:])) is not None:
        lighter, stronger = _SHIFTS[words[0]]
        return lch(min(0.98, max(0.12, base.lightness + lighter)), base.chroma * stronger, base.hue)
    return None


def _kin(named: Named) -> Kin:
    if named.words in BASIC:
        return BASIC[named.words]
    low, high = named.colour.lightness - SHADE_REACH, named.colour.lightness + SHADE_REACH
    if named.neutral:
        return Kin(None, 0, low, high)
    return Kin(math.degrees(named.colour.hue), SHADE_WIDTH, low, high)


def _lab(ink: tuple[int, int, int]) -> Lab:
    return from_hex("#{:02x}{:02x}{:02x}".format(*ink))
