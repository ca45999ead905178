"""Replace background: the subject stays; a picture, a colour or a painted scene comes behind it."""

from typing import Final

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.backdrop import Backdrop, from_colour, from_picture, from_prompt
from libs.common.providers.local.edits.changed import Changed, pixels_of, refused
from libs.common.providers.local.edits.cutout import cut_out
from libs.common.providers.local.edits.settings import box_of, flag_of, text_of
from libs.common.providers.local.edits.standing import before, harmonised, shadowed

ON_COLOUR: Final = 0.35
"""A plain colour tints the subject less than a scene does."""
_NEEDS: Final = "Replacing the background needs a picture in background, a colour in options.color, or a prompt."


def edit(ask: EditAsk) -> Changed:
    """The subject before the new background, the size kept, without alpha. Raises ProviderRejected when there is no
    subject or no background."""
    pixels = pixels_of(ask.image)
    found = cut_out(pixels, box_of(ask, "subject"))
    height, width = pixels.shape[:2]
    behind = _behind(ask, width, height)
    colours = harmonised(found, behind.pixels, ON_COLOUR if behind.plain else 1.0)
    floor = shadowed(behind.pixels, found.alpha) if flag_of(ask, "shadow") else behind.pixels
    return Changed(before(found, colours, floor), (*behind.notes, *found.notes))


def _behind(ask: EditAsk, width: int, height: int) -> Backdrop:
    """A picture goes before a colour, a colour before words."""
    if ask.background is not None:
        return from_picture(ask.background, width, height)
    if (colour := text_of(ask, "color")) is not None:
        return from_colour(colour, "options.color", width, height)
    if ask.prompt is not None and ask.prompt.strip():
        return from_prompt(ask, width, height)
    raise refused(_NEEDS, field="background")
