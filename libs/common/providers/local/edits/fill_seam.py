"""Seams that do not show: a smooth correction that makes a fill meet its surroundings."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.edits.changed import Pixels
from libs.common.providers.local.edits.patchmatch import Where

Planes = NDArray[np.float32]

RING_PX: Final = 6
"""Width of the band around a hole that is filled too, to see how far the fill is off."""
STEP_MAX: Final = 32.0
"""Levels a fill is corrected by at most."""
DOUBT: Final = 56.0
"""Levels: the larger a step at the border is against this, the more it is an edge of the picture and the less a wrong
shade to be evened out."""
SMALLEST_PX: Final = 2


def spread(values: Planes, weights: Planes) -> Planes:
    """(H, W, C) values known where (H, W) weights are above 0, carried smoothly into the rest (pull and push)."""
    height, width = weights.shape
    if min(height, width) <= SMALLEST_PX or weights.all():
        total = max(float(weights.sum()), 1e-6)
        mean = (values * weights[..., None]).sum(axis=(0, 1)) / total
        return np.where(weights[..., None] > 0, values, mean).astype(np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    pulled = cv2.resize(weights, half, interpolation=cv2.INTER_AREA)
    mixed = cv2.resize(values * weights[..., None], half, interpolation=cv2.INTER_AREA).reshape(*pulled.shape, -1)
    means = np.asarray(mixed / np.maximum(pulled, 1e-6)[..., None], np.float32)
    below = spread(means, np.asarray(np.minimum(pulled * 4, 1), np.float32))
    pushed = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)
    share = weights[..., None]
    return np.asarray(values * share + pushed * (1 - share), np.float32)


def blended(source: Pixels, fill: Pixels, hole: Where, ring: Where) -> Pixels:
    """The fill corrected so that it meets the source: in the ring both are known, and their difference there is spread
    over the hole. Ring and rest of the picture stay the source, bit for bit."""
    if not ring.any():
        return np.where(hole[..., None], fill, source)
    off = source.astype(np.float32) - fill
    trust = np.exp(-((off / DOUBT) ** 2).max(axis=2)) * ring
    shift = spread(np.clip(off, -STEP_MAX, STEP_MAX), np.asarray(trust, np.float32))
    out = source.copy()
    out[hole] = np.clip(np.rint(fill[hole] + shift[hole]), 0, 255).astype(np.uint8)
    return out
