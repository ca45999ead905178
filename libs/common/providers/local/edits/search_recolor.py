"""Search and recolour without a model: what is named by its colour, or painted over, gets another colour."""

from typing import Final

import numpy as np

from libs.common.imaging.masks import grown
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import Changed, Share, mask_of, pixels_of, refused
from libs.common.providers.local.edits.colour_words import kin_of, named_in, names_thing
from libs.common.providers.local.edits.elsewhere import variables_for
from libs.common.providers.local.edits.recolour import found_by, recoloured
from libs.common.providers.local.edits.settings import number_of

NO_COLOUR: Final = "Say which colour it should get, for example «deep teal» or «#0a8484»."
NO_THING: Final = (
    "The offline engine finds things by their colour: write it («the red car», «blue»), or paint a mask over what is"
    " meant. A provider that finds things by name would need {variables}."
)
NOT_FOUND: Final = "Nothing of that colour was found{where}; name another colour, or paint a mask over what is meant."
IN_MASK: Final = " inside the mask"
DONE: Final = (
    "{share:.0%} of the picture was recoloured to {to}; it was found by its colour, so other things of the same colour"
    " may have changed with it."
)
DONE_MASK: Final = "What the mask covers was recoloured to {to}; light and shade stayed."


def edit(ask: EditAsk) -> Changed:
    """Give what is meant the colour of the prompt. Everything else stays as it is, bit for bit; so does alpha."""
    to = named_in(ask.prompt or "")
    if to is None:
        raise refused(NO_COLOUR, field="prompt")
    wish = ask.select_prompt or ""
    kin, inside = kin_of(wish), _inside(ask)
    if kin is None and inside is None:
        raise refused(NO_THING.format(variables=variables_for("search_recolor")), field="select_prompt")
    pixels = pixels_of(ask.image)
    found = found_by(pixels, kin, inside, one_thing=names_thing(wish))
    if found is None:
        raise refused(NOT_FOUND.format(where=IN_MASK if inside is not None else ""), field="select_prompt")
    done, share = recoloured(pixels, found, to, inside)
    note = DONE.format(share=float((share > 0.5).mean()), to=to.words) if kin else DONE_MASK.format(to=to.words)
    whole = np.concatenate([done, pixels[..., 3:]], axis=2) if pixels.shape[2] == 4 else done
    return Changed(whole, (note,))


def _inside(ask: EditAsk) -> Share | None:
    """The grown mask; None for no mask and for an empty one."""
    if ask.mask is None:
        return None
    grey = np.rint(mask_of(ask.mask) * 255).astype(np.uint8)
    if not grey.any():
        return None
    return np.asarray(grown(grey, int(number_of(ask, "grow_mask"))) / np.float32(255), np.float32)
