"""Search and replace without a model: a replacement picture of the customer's own is fitted into the mask."""

from typing import Final

import cv2
import numpy as np

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import Changed, Pixels, Share, mask_of, pixels_of, refused
from libs.common.providers.local.edits.elsewhere import variables_for
from libs.common.providers.local.edits.erase import closed, hole_of
from libs.common.providers.local.edits.fill_place import Box
from libs.common.providers.local.edits.fill_seam import spread

NEEDS: Final = (
    "Search and replace needs a provider that can paint objects; set one of {variables}. The offline engine can only"
    " put a picture of yours in the place: send a mask and the replacement (overlay)."
)
NO_PLACE: Final = "The mask is empty: paint over what is to be replaced."
FITTED: Final = "Your picture was fitted into the mask; the words of the search were not used."
CUT_OUT: Final = "The old content was closed with texture from around it, and your cut-out was put before it."
LEVEL_STEP: Final = 0.35
"""A picture that fills the place takes on so much of the surroundings' colour at its border."""
LEVELS_MAX: Final = 40.0
GRID_PX: Final = 256
BORDER_PX: Final = 3


def edit(ask: EditAsk) -> Changed:
    """Put `ask.overlay` into the place of the mask: a cut-out (with transparent parts) stands before the closed gap,
    any other picture fills the mask. Nothing outside the mask and its soft edge changes. Raises ProviderRejected
    without mask or overlay."""
    hole = hole_of(ask)
    if ask.overlay is None or hole is None or ask.mask is None:
        raise refused(NEEDS.format(variables=variables_for("search_replace")), field="overlay")
    if not hole.any():
        raise refused(NO_PLACE, field="mask")
    pixels, put = pixels_of(ask.image), pixels_of(ask.overlay)
    if put.shape[2] == 4 and (put[..., 3] < 128).mean() > 0.02:
        solid = hole.all()
        return Changed(_before(pixels if solid else closed(pixels, hole, seed=ask.seed), put, hole), (FITTED, CUT_OUT))
    return Changed(_filling(pixels, put[..., :3], mask_of(ask.mask), hole), (FITTED,))


def _before(pixels: Pixels, put: Pixels, hole: np.ndarray) -> Pixels:
    """The cut-out, as large as fits, standing on the lower edge of the place."""
    box = _box(hole)
    visible = put[_box(put[..., 3] > 0).part]
    scale = min(box.size[0] / visible.shape[0], box.size[1] / visible.shape[1])
    size = (max(1, round(visible.shape[1] * scale)), max(1, round(visible.shape[0] * scale)))
    weight = visible[..., 3:].astype(np.float32) / 255
    colours, alpha = (_resized(plane, size) for plane in (visible[..., :3] * weight, weight))
    top, left = box.bottom - size[1], box.left + (box.size[1] - size[0]) // 2
    part = (slice(top, box.bottom), slice(left, left + size[0]))
    alpha = alpha.reshape(size[1], size[0], 1) * hole[part][..., None]
    colours = colours * hole[part][..., None]
    out = pixels.copy()
    out[part][..., :3] = np.clip(np.rint(colours + out[part][..., :3] * (1 - alpha)), 0, 255).astype(np.uint8)
    if out.shape[2] == 4:
        out[part][..., 3:] = np.maximum(out[part][..., 3:], np.rint(alpha * 255).astype(np.uint8))
    return out


def _filling(pixels: Pixels, put: Pixels, mask: Share, hole: np.ndarray) -> Pixels:
    """The picture over the whole place, cut to its shape, its light and colour led over at the border."""
    box = _box(hole)
    high, wide = box.size
    scale = max(high / put.shape[0], wide / put.shape[1])
    size = (max(wide, round(put.shape[1] * scale)), max(high, round(put.shape[0] * scale)))
    large = _resized(put.astype(np.float32), size)
    top, left = (size[1] - high) // 2, (size[0] - wide) // 2
    fitted = large[top : top + high, left : left + wide]
    led = fitted + _led(pixels[box.part][..., :3], fitted, hole[box.part]) * LEVEL_STEP
    share = np.maximum(mask[box.part], hole[box.part].astype(np.float32))[..., None]
    out = pixels.copy()
    mixed = np.clip(np.rint(led * share + out[box.part][..., :3] * (1 - share)), 0, 255)
    out[box.part][..., :3] = np.where(hole[box.part][..., None], mixed, out[box.part][..., :3]).astype(np.uint8)
    if out.shape[2] == 4:
        out[box.part][..., 3][hole[box.part]] = 255
    return out


def _led(source: Pixels, fitted: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """How far the surroundings are from the picture at the border, carried smoothly inwards."""
    size = (min(GRID_PX, hole.shape[1]), min(GRID_PX, hole.shape[0]))
    disc = np.ones((2 * BORDER_PX + 1,) * 2, np.uint8)
    inside = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    ring = (cv2.dilate(inside.astype(np.uint8), disc) > 0) & ~inside
    if not ring.any():
        return np.zeros_like(fitted)
    small = [cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA) for plane in (source, fitted)]
    off = np.clip(small[0] - small[1], -LEVELS_MAX, LEVELS_MAX)
    return _resized(spread(off, ring.astype(np.float32)), hole.shape[1::-1])


def _resized(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = size[0] < plane.shape[1]
    return cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _box(where: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    return Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)
