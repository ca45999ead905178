"""Which of several fills looks most as if nothing had been there: as busy as its surroundings, and without a seam."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.patchmatch import Where

QUANTILES: Final = np.linspace(0.05, 0.99, 20)
BAND_SHARE: Final = 0.35
"""Width of the band looked at around a hole, in the hole's own half width."""
BAND_MIN_PX: Final = 8
SEAM_WEIGHT: Final = 0.5
STRUCTURE_WEIGHT: Final = 1.5
"""What a fill has more of than its surroundings is worse than what it lacks: invented things are noticed first."""


def strangeness(pixels: Pixels, hole: Where, known: Where) -> float:
    """How far a fill stands out, 0 for not at all; in levels of brightness a pixel.

    Compares how steep the picture is inside the hole with how steep it is in a band of known pixels around it
    (quantile by quantile), and adds how much steeper it is along the border than in both.
    """
    steep = steepness(pixels)
    inside, band, border = _zones(hole, known)
    if not band.any() or not inside.any():
        return 0.0
    mine, theirs = (np.quantile(steep[zone], QUANTILES) for zone in (inside, band))
    more = float(np.maximum(mine - theirs, 0).mean())
    less = float(np.maximum(theirs - mine, 0).mean())
    step = max(0.0, float(steep[border].mean()) - max(float(steep[zone].mean()) for zone in (inside, band)))
    return STRUCTURE_WEIGHT * more + less + SEAM_WEIGHT * step


def steepness(pixels: Pixels) -> Share:
    """(H, W): how many levels brightness and colour change a pixel, smoothed a little."""
    lab = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2Lab).astype(np.float32), (0, 0), 0.8)
    across, along = (cv2.Sobel(lab, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(np.sqrt((across**2 + along**2).sum(axis=2)), np.float32)


def band_of(hole: Where, known: Where) -> Where:
    """The known pixels right around a hole, as wide as a third of the hole's half width."""
    return _zones(hole, known)[1]


def _zones(hole: Where, known: Where) -> tuple[Where, Where, Where]:
    """Well inside the hole, a band around it, and the border between them."""
    inward = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    outward = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 3)
    width = max(BAND_MIN_PX, BAND_SHARE * float(inward.max()))
    border = (inward > 0) & (inward <= 2) | (outward > 0) & (outward <= 2) & known
    return _not_empty(inward > 2, hole), (outward > 2) & (outward <= width + 2) & known, border


def _not_empty(first: NDArray[np.bool_], otherwise: Where) -> Where:
    return first if first.any() else otherwise
