"""The angle by which a picture leans, from its straight lines."""

from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.edits.changed import Pixels

SIDE_PX: Final = 900
LEAN_MAX: Final = 10.0
"""Degrees; lines farther from level or upright are meant to be slanted."""
NEAR: Final = 0.6
SUPPORT_MIN: Final = 0.55
"""Length of the lines that agree, as a share of the longer side."""
AGREE_MIN: Final = 0.5
"""Of the length of all lines that are nearly level or upright; in perspective they fan out, and none can be trusted."""
BIN: Final = 0.1


def lean(pixels: Pixels) -> float | None:
    """Degrees clockwise by which level and upright lines are turned: the angle that most of their length agrees on
    (probabilistic Hough transform, Matas and others, 2000). Nothing when there are too few such lines."""
    scale = min(1.0, SIDE_PX / max(pixels.shape[:2]))
    grey = cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    side = max(small.shape)
    edges = cv2.Canny(cv2.GaussianBlur(small, (0, 0), 1.2), 40, 110)
    found = cv2.HoughLinesP(edges, 1, np.pi / 1440, side // 12, minLineLength=side / 9, maxLineGap=side / 90)
    if found is None:
        return None
    dx, dy = (found.reshape(-1, 4)[:, 2:] - found.reshape(-1, 4)[:, :2]).astype(np.float64).T
    angles = (np.degrees(np.arctan2(dy, dx)) + 45) % 90 - 45
    lengths = np.hypot(dx, dy) * (np.abs(angles) <= LEAN_MAX)
    sums = [float(lengths[np.abs(angles - middle) <= NEAR].sum()) for middle in _MIDDLES]
    best = int(np.argmax(sums))
    if sums[best] < max(SUPPORT_MIN * side, AGREE_MIN * float(lengths.sum())):
        return None
    near = np.abs(angles - _MIDDLES[best]) <= NEAR
    return float(np.average(angles[near], weights=lengths[near]))


_MIDDLES: Final = np.arange(-LEAN_MAX, LEAN_MAX + BIN / 2, BIN)
