"""Brand colours: the picture's colours move to those of a palette."""

from typing import Final

import numpy as np

from libs.common.providers.base import EditAsk
from libs.common.providers.local.colour import Lab, from_hex
from libs.common.providers.local.edits.changed import Changed, Share, mask_of, pixels_of, refused
from libs.common.providers.local.edits.inks import asked_ink
from libs.common.providers.local.edits.palette_match import matched
from libs.common.providers.local.edits.settings import flag_of, number_of

FIELD: Final = "options.palette"
NO_PALETTE: Final = 'Give the brand\'s colours in options.palette, for example ["#0a8484", "coral"].'
DONE: Final = (
    "{share:.0%} of the picture moved to the palette; {kept}greys stay as they are, and so do light and shade."
)
SKIN: Final = "skin tones (and what has their colour) and "
NOTHING: Final = "Nothing changed: the picture has no colours to move, only greys{skin}."
OR_SKIN: Final = " and skin tones"


def edit(ask: EditAsk) -> Changed:
    """Move colours to the palette inside the mask, or everywhere without one. Pixels that do not take part stay as they
    are, bit for bit; so does alpha."""
    palette, skin = _palette(ask), flag_of(ask, "protect_skin")
    pixels = pixels_of(ask.image)
    done, share = matched(pixels, palette, number_of(ask, "delta_e"), _inside(ask), skin=skin)
    part = float((share > 0).mean())
    note = DONE.format(share=part, kept=SKIN if skin else "") if part else NOTHING.format(skin=OR_SKIN if skin else "")
    return Changed(np.concatenate([done, pixels[..., 3:]], axis=2) if pixels.shape[2] == 4 else done, (note,))


def _palette(ask: EditAsk) -> tuple[Lab, ...]:
    given = ask.options.get("palette")
    if not isinstance(given, (list, tuple)) or not given:
        raise refused(NO_PALETTE, field=FIELD)
    return tuple(from_hex("#{:02x}{:02x}{:02x}".format(*asked_ink(str(one), FIELD))) for one in given)


def _inside(ask: EditAsk) -> Share | None:
    """The mask as it is: the operation has no setting to widen it. An empty one counts as none."""
    if ask.mask is None:
        return None
    mask = mask_of(ask.mask)
    return mask if mask.any() else None
