"""Colours that customers write, as pixels."""

from typing import Final

from PIL import ImageColor

from libs.common.catalogue.colours import CSS_NAMES, UNKNOWN
from libs.common.prompting.colours import NAMES, hex_of
from libs.common.providers.local.edits.changed import refused

Ink = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""
_SAID_MAX_CHARS: Final = 40


def ink_of(text: str) -> Ink | None:
    """`#rrggbb`, `#rgb`, a colour's name in CSS (also «light blue»), or an everyday name; None for anything
    else."""
    name = " ".join(text.split()).casefold()
    css = name if name in CSS_NAMES else name.replace(" ", "") if name not in NAMES else ""
    digits = hex_of(text) or (css if css in CSS_NAMES else None) or (f"#{NAMES[name]}" if name in NAMES else None)
    return None if digits is None else ImageColor.getrgb(digits)[:3]


def asked_ink(text: str, field: str) -> Ink:
    """The colour of a setting. Raises ProviderRejected, naming the field, for what is no colour."""
    ink = ink_of(text)
    if ink is None:
        raise refused(UNKNOWN.format(text=text[:_SAID_MAX_CHARS]), field=field)
    return ink
