"""Which parts of a picture could belong to what lies around a hole: those whose colours occur there."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.edits.changed import Pixels
from libs.common.providers.local.edits.patchmatch import Where

BINS: Final = 16
"""Steps of each axis of Lab: 16 levels wide, wide enough for the shades of one thing."""
RARE: Final = 0.004
"""Share of the surroundings below which a colour counts as a remainder of what is taken out."""
SPECK_SIGMA_PX: Final = 3.0
MOSTLY: Final = 0.5


def alike(pixels: Pixels, band: Where) -> Where:
    """(H, W): true where the neighbourhood has mostly colours that the band has too; everywhere for an empty band."""
    if not band.any():
        return np.ones(band.shape, bool)
    bins = _bins(pixels)
    counts = np.bincount(bins[band], minlength=BINS**3).astype(np.float32).reshape(BINS, BINS, BINS)
    common = cv2.blur(counts.reshape(BINS, -1), (1, 3), borderType=cv2.BORDER_CONSTANT).reshape(counts.shape) * 3
    for axis in (1, 2):
        common = common + np.roll(counts, 1, axis) + np.roll(counts, -1, axis)
    known = (common.ravel() > RARE * band.sum())[bins].astype(np.float32)
    return np.asarray(cv2.GaussianBlur(known, (0, 0), SPECK_SIGMA_PX) > MOSTLY)


def _bins(pixels: Pixels) -> NDArray[np.int32]:
    lab = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 1.0), cv2.COLOR_RGB2Lab).astype(np.int32) * BINS // 256
    return np.asarray((lab[..., 0] * BINS + lab[..., 1]) * BINS + lab[..., 2], np.int32)
