"""Numbers for filled gaps and continued edges: pure functions of pixels."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Where = NDArray[np.bool_]
Plane = NDArray[np.float32]

SSIM_SIGMA_PX: Final = 1.5
SSIM_STEADY: Final = ((0.01 * 255) ** 2, (0.03 * 255) ** 2)
"""The constants of Wang, Bovik, Sheikh and Simoncelli (2004)."""
BAND_PX: Final = 24
LINE_PX: Final = 1.5


@dataclass(frozen=True, slots=True)
class Trace:
    """What is left to see of a gap."""

    seam: float
    """How much steeper brightness changes across the border than beside it, in levels a pixel; 0 is ideal."""
    grain: float
    """Fine texture in the gap against that of the band around it; 1 is ideal, 0 is smeared."""


def trace(pixels: Pixels, hole: Where) -> Trace:
    """Measure a filled gap against a band of 24 pixels around it."""
    grey = _grey(pixels)
    inward, outward = (cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 3) for where in (hole, ~hole))
    line = (inward > 0) & (inward <= LINE_PX) | (outward > 0) & (outward <= LINE_PX)
    inside, band = (inward > 3) & (inward <= BAND_PX), (outward > 3) & (outward <= BAND_PX)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    steep = np.hypot(across, down)
    fine = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    sides = max(_mean(steep, inside), _mean(steep, band))
    whole = (inward > 3) | inside
    return Trace(max(0.0, _mean(steep, line) - sides), _mean(fine, whole) / max(_mean(fine, band), 1e-6))


def psnr(one: Pixels, other: Pixels, where: Where) -> float:
    """Peak signal to noise in decibels, over these pixels."""
    error = float(((one[where].astype(np.float64) - other[where]) ** 2).mean())
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def ssim(one: Pixels, other: Pixels, where: Where) -> float:
    """Structural similarity of brightness, the mean over these pixels; 1 for the same picture."""
    first, second = _grey(one), _grey(other)
    means = _soft(first), _soft(second)
    spread = [_soft(plane * plane) - mean * mean for plane, mean in zip((first, second), means, strict=True)]
    common = _soft(first * second) - means[0] * means[1]
    light = (2 * means[0] * means[1] + SSIM_STEADY[0]) / (means[0] ** 2 + means[1] ** 2 + SSIM_STEADY[0])
    shape = (2 * common + SSIM_STEADY[1]) / (spread[0] + spread[1] + SSIM_STEADY[1])
    return float((light * shape)[where].mean())


def mirrored_share(canvas: Pixels, mirror: Pixels, where: Where) -> float:
    """Share of new pixels that are (within 12 levels) what a mirror would show; a mirror itself has 1."""
    apart = np.abs(canvas[where].astype(np.int16) - mirror[where]).max(axis=1)
    return float((apart <= 12).mean())


def _grey(pixels: Pixels) -> Plane:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _soft(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), SSIM_SIGMA_PX), np.float32)


def _mean(plane: Plane, where: Where) -> float:
    return float(plane[where].mean()) if where.any() else 0.0
