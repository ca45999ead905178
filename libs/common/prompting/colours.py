"""Names for colours: a model paints «deep teal» better than `#004d4d`."""

import re
from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "black": "000000",
    "charcoal": "2b2f33",
    "dark grey": "4f5357",
    "grey": "808080",
    "light grey": "c4c6c8",
    "off-white": "f4f3ef",
    "white": "ffffff",
    "ivory": "fffbe6",
    "cream": "fbeecb",
    "beige": "e3d3b4",
    "sand": "d2b48c",
    "tan": "b8905e",
    "caramel": "b5691f",
    "brown": "7a4a24",
    "chocolate brown": "4a2a17",
    "rust": "a8431c",
    "terracotta": "cf6a4a",
    "maroon": "6b1020",
    "burgundy": "85153a",
    "dark red": "950d12",
    "red": "e0161c",
    "bright red": "ff2a2a",
    "coral": "ff7a5c",
    "salmon": "f6a192",
    "peach": "ffcba4",
    "orange": "ff8a00",
    "burnt orange": "d45a0a",
    "amber": "ffb900",
    "gold": "d4a522",
    "mustard": "c79a1b",
    "yellow": "ffe11a",
    "lemon yellow": "fff36b",
    "pale yellow": "fdf6b8",
    "olive": "6f7022",
    "lime": "b4e51d",
    "chartreuse": "d6ef5a",
    "bright green": "1fd64a",
    "green": "1d9a3c",
    "dark green": "0d5226",
    "deep forest green": "1b4332",
    "forest green": "1c6b3a",
    "sage": "a3b899",
    "pale green": "d8f3dc",
    "mint": "a9ecc9",
    "emerald": "10a373",
    "deep teal": "034e52",
    "teal": "0a8484",
    "turquoise": "34d1c4",
    "aqua": "7fe9ee",
    "cyan": "06cfea",
    "sky blue": "7cc4f0",
    "pale blue": "dbe9f8",
    "baby blue": "c3e2f6",
    "azure": "1a8cf0",
    "blue": "1650e0",
    "royal blue": "2a44b8",
    "cobalt blue": "0b3fa0",
    "navy": "10204f",
    "midnight blue": "0c1430",
    "steel blue": "4f7ea6",
    "slate": "62748a",
    "indigo": "3b1f9e",
    "violet": "7a35e0",
    "purple": "7d1f9e",
    "deep purple": "3e1256",
    "plum": "7c3a70",
    "lavender": "c3b5ec",
    "pale lilac": "ece4f7",
    "lilac": "ddbff0",
    "mauve": "b58aa8",
    "magenta": "e316c4",
    "fuchsia": "f0308c",
    "hot pink": "ff62b2",
    "pink": "fba7c6",
    "pale pink": "fbe3ea",
    "blush": "f7dadb",
    "dusty rose": "c98b90",
    "rose": "ee4a73",
    "crimson": "c00f3b",
}
"""Everyday words and a colour that a person would call so."""

_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

_DARKEST: Final = 0.04045
"""Below it sRGB is a straight line."""

Lab = tuple[float, float, float]


def hex_of(text: str) -> str | None:
    """`#rrggbb` in lower case for that or `#rgb` in any letters; None for anything else."""
    plain = text.strip()
    if not _HEX.fullmatch(plain):
        return None
    digits = plain[1:].lower()
    return "#" + (digits if len(digits) == len("rrggbb") else "".join(digit * 2 for digit in digits))


def spoken(colour: str) -> str:
    """A colour for a model: its name as given, or for `#rrggbb` the nearest name with the digits behind it."""
    digits = hex_of(colour)
    return colour if digits is None else f"{_nearest(digits[1:])} ({digits})"


def _nearest(digits: str) -> str:
    wanted = _lab(digits)
    return min(NAMES, key=lambda name: _apart(wanted, _lab(NAMES[name])))


def _apart(one: Lab, other: Lab) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _lab(digits: str) -> Lab:
    """OKLab, in which equal distances look equally far apart (Björn Ottosson, 2020)."""
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _linear(share: float) -> float:
    """One channel of sRGB as light."""
    return share / 12.92 if share <= _DARKEST else ((share + 0.055) / 1.055) ** 2.4
