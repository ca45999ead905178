"""The native PatchMatch filler behind one function: what it may be given, and how a seed reaches it.

The library (pypatchmatch, MIT; after Barnes et al., SIGGRAPH 2009) leaves the interpreter's lock while it works and
keeps nothing between calls except one seed for the whole process. That seed is never touched here: two calls at once
would set each other's. A seed of ours turns the picture and moves it on the search grid instead, so calls may run side
by side and each answer depends on its own arguments only.
"""

from typing import Final

import cv2
import numpy as np
import patchmatch
from numpy.typing import NDArray

from libs.common.providers.local.edits.changed import Pixels

Where = NDArray[np.bool_]
"""(H, W), true for the pixels that are meant."""

RADIUS_PX: Final = 3
"""Patches of 7 x 7: larger ones are slower and follow texture no better at the sizes worked on."""
AREA_MAX_PX: Final = 4_000_000
"""More is a mistake of the caller: time grows with it, about 2 s a megapixel."""
TURNS: Final = 4
GRID_PX: Final = 16
"""The search's pyramid halves four times before it is coarse, so moving by more than this repeats."""
APART_PX: Final = 2
"""Fewer known pixels a side than this, and the search has nothing to compare."""


def painted(pixels: Pixels, hole: Where, closed: Where, *, seed: int) -> Pixels:
    """(H, W, 3) with the hole filled from what lies around it and is not closed; every other pixel as it was.

    The answer is the same for the same arguments, whatever else runs. Raises ValueError for more than `AREA_MAX_PX`
    and where nothing can be taken from.
    """
    if hole.size > AREA_MAX_PX:
        raise ValueError(f"{hole.size} pixels are too many to search at once")
    if not hole.any():
        return pixels.copy()
    if not (~hole & ~closed).any():
        raise ValueError("nothing is left to fill the hole from")
    turned = _turned(_framed(pixels, seed), seed)
    inside = _turned(_framed(hole.astype(np.uint8), seed), seed)
    shut = _turned(_framed((closed & ~hole).astype(np.uint8), seed, outside=1), seed)
    found = _turned_back(patchmatch.inpaint(turned, inside, global_mask=shut, patch_size=RADIUS_PX), seed)
    left, top = _moved(seed)
    out = found[top : top + hole.shape[0], left : left + hole.shape[1]]
    return np.where(hole[..., None], out, pixels)


def _moved(seed: int) -> tuple[int, int]:
    """How far right and down the picture is moved on the search grid."""
    return seed // 8 % GRID_PX, seed // (8 * GRID_PX) % GRID_PX


def _framed(plane: Pixels, seed: int, *, outside: int = 0) -> Pixels:
    left, top = _moved(seed)
    return np.asarray(cv2.copyMakeBorder(plane, top, 0, left, 0, cv2.BORDER_CONSTANT, value=(outside,) * 3), np.uint8)


def _turned(plane: Pixels, seed: int) -> Pixels:
    mirrored = plane[:, ::-1] if seed // TURNS % 2 else plane
    return np.ascontiguousarray(np.rot90(mirrored, seed % TURNS))


def _turned_back(plane: Pixels, seed: int) -> Pixels:
    upright = np.rot90(plane, -(seed % TURNS))
    return upright[:, ::-1] if seed // TURNS % 2 else upright
