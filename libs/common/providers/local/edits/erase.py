"""Erase: what the mask covers is taken out, and the gap is closed from what lies around it."""

from typing import Final

import numpy as np

from libs.common.imaging.masks import grown
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import Changed, Pixels, mask_of, pixels_of, refused
from libs.common.providers.local.edits.elsewhere import variables_for
from libs.common.providers.local.edits.fill import filled
from libs.common.providers.local.edits.patchmatch import Where
from libs.common.providers.local.edits.settings import number_of

FIELD: Final = "mask"
OPAQUE: Final = 255
SEEN: Final = 1
"""An alpha below this shows nothing to take from."""
WEAK_SHARE: Final = 0.25
DONE: Final = "The gap was closed with texture from around it; a structure that was hidden is not known and not drawn."
WEAK: Final = "The mask covers {share:.0%} of the picture: the larger the gap, the more the texture repeats."
NOTHING: Final = "The mask is empty: paint over what is to be erased."
EVERYTHING: Final = (
    "The mask covers everything that can be seen, so nothing is left to continue from; leave some of the background."
)


def edit(ask: EditAsk) -> Changed:
    """Close the gap. Every pixel outside the mask and its soft edge stays as it is, and so does alpha, but that a gap
    which was transparent is not any more."""
    pixels = pixels_of(ask.image)
    hole = hole_of(ask)
    if hole is None or not hole.any():
        raise refused(NOTHING, field=FIELD)
    done = closed(pixels, hole, seed=ask.seed)
    if done.shape[2] == 4:
        done[hole & (done[..., 3] < SEEN), 3] = OPAQUE
    return Changed(done, said(hole))


def hole_of(ask: EditAsk) -> Where | None:
    """Where the mask and its soft edge touch anything; None without a mask."""
    if ask.mask is None:
        return None
    grey = np.rint(mask_of(ask.mask) * 255).astype(np.uint8)
    return np.asarray(grown(grey, int(number_of(ask, "grow_mask"))) > 0)


def closed(pixels: Pixels, hole: Where, *, seed: int) -> Pixels:
    """The picture (H, W, 3 or 4) with the gap closed from what can be seen around it; alpha stays. Raises
    ProviderRejected when nothing can be seen outside the gap."""
    unseen = pixels[..., 3] < SEEN if pixels.shape[2] == 4 else np.zeros_like(hole)
    if (hole | unseen).all():
        raise refused(f"{EVERYTHING} A provider that can paint would need {variables_for('inpaint')}.", field=FIELD)
    colours = np.ascontiguousarray(pixels[..., :3])
    done = filled(colours, hole, seed=seed, closed=unseen & ~hole)
    return np.concatenate([done, pixels[..., 3:]], axis=2) if pixels.shape[2] == 4 else done


def said(hole: Where) -> tuple[str, ...]:
    """What was done, and what is weak about a large gap."""
    share = float(hole.mean())
    return (DONE, WEAK.format(share=share)) if share > WEAK_SHARE else (DONE,)
