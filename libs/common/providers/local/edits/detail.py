"""Changes that look at a pixel's neighbours: sharper, softer, clearer."""

from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.canvas import blur
from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.shape import premultiplied, straight

SHARP_SIGMA_SHARE: Final = 0.0007
"""Radius of the mask as a share of the short side: what a viewer sees is the whole picture, not its pixels."""
SHARP_SIGMA_PX: Final = (0.7, 3.0)
SHARP_FULL: Final = 1.8
NOISE: Final = 2.5
"""Differences of about so many levels are noise more often than edges; they are raised least."""
HALO: Final = 6.0
"""Levels by which a sharpened edge may leave the range of its neighbours."""
SOFT_FULL: Final = 0.006
"""The widest softness, as a share of the short side."""
STRIP_ROWS: Final = 512


def sharpened(pixels: Pixels, amount: float) -> Pixels:
    """0 to 1: an unsharp mask on luma alone, weak on noise, that draws no halos and shifts no hue."""
    low, high = SHARP_SIGMA_PX
    sigma = min(max(min(pixels.shape[:2]) * SHARP_SIGMA_SHARE, low), high)
    luma = cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2GRAY)
    smooth = cv2.GaussianBlur(luma, (0, 0), sigma)
    floor, ceiling = cv2.erode(luma, _NEAR), cv2.dilate(luma, _NEAR)
    out = pixels.copy()
    for top in range(0, len(luma), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        own = luma[rows].astype(np.float32)
        edge = own - smooth[rows]
        gain = np.abs(edge)
        gain = SHARP_FULL * amount * edge * (gain / (gain + np.float32(NOISE)))
        gain = np.clip(own + gain, floor[rows] - np.float32(HALO), ceiling[rows] + np.float32(HALO)) - own
        _added(out[rows], gain)
    return out


def softened(pixels: Pixels, amount: float) -> Pixels:
    """0 to 1: a Gaussian, up to `SOFT_FULL` of the short side."""
    return blurred(pixels, min(pixels.shape[:2]) * SOFT_FULL * amount)


def blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    """A Gaussian of any width; transparent pixels lend no colour."""
    if sigma_px < 0.3:
        return pixels
    soft = blur_bytes(premultiplied(pixels), sigma_px)
    return straight(soft)


def blur_bytes(pixels: Pixels, sigma_px: float) -> Pixels:
    """A wide Gaussian on a reduced copy, a narrow one on the picture itself."""
    if sigma_px <= 4:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.uint8)
    factor = max(1, int(sigma_px / 3))
    height, width = pixels.shape[:2]
    size = (max(2, -(-width // factor)), max(2, -(-height // factor)))
    small = blur(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32), sigma_px / factor)
    levels = np.clip(np.rint(small), 0, 255).astype(np.uint8)  # the large copy is never held in floats
    return np.asarray(cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def clearer(pixels: Pixels, amount: float) -> Pixels:
    """−1 to 1: local contrast, the difference of luma from its wide surroundings (a large unsharp mask)."""
    luma = np.asarray(cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2GRAY), np.uint8)
    wide = blur_bytes(luma, min(pixels.shape[:2]) * 0.03)
    out = pixels.copy()
    for top in range(0, len(luma), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        own = luma[rows].astype(np.float32)
        middle = 1 - np.abs(own - 127.5) / np.float32(127.5)
        _added(out[rows], np.float32(0.7 * amount) * (own - wide[rows]) * np.sqrt(middle))
    return out


def _added(rows: Pixels, levels: Share) -> None:
    """Add to red, green and blue alike, in place."""
    for channel in range(3):
        rows[..., channel] = np.clip(np.rint(rows[..., channel] + levels), 0, 255)


_NEAR: Final = np.ones((3, 3), np.uint8)
