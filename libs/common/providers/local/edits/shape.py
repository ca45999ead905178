"""Changes of a picture's outline: a part of it, a quarter turn, a mirror, and a few degrees."""

import math
from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.edits.changed import Pixels

QUARTERS: Final = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
MIRRORS: Final = {"horizontal": 1, "vertical": 0}


def cropped(pixels: Pixels, box: tuple[float, float, float, float]) -> Pixels:
    """The part within left, top, right and bottom, shares of the picture, to whole pixels; at least one is left."""
    height, width = pixels.shape[:2]
    left, right = _span(box[0], box[2], width)
    top, bottom = _span(box[1], box[3], height)
    return pixels[top:bottom, left:right]


def shaped(pixels: Pixels, ratio: float) -> Pixels:
    """The largest centred part with this ratio of width to height."""
    height, width = pixels.shape[:2]
    wide, high = min(width, max(1, round(height * ratio))), min(height, max(1, round(width / ratio)))
    left, top = (width - wide) // 2, (height - high) // 2
    return pixels[top : top + high, left : left + wide]


def quartered(pixels: Pixels, degrees: int) -> Pixels:
    """Turned clockwise by 0, 90, 180 or 270 degrees, pixel for pixel."""
    return pixels if degrees == 0 else np.asarray(cv2.rotate(pixels, QUARTERS[degrees]), np.uint8)


def mirrored(pixels: Pixels, direction: str) -> Pixels:
    """Left and right swapped (`horizontal`), or top and bottom (`vertical`)."""
    return np.asarray(cv2.flip(pixels, MIRRORS[direction]), np.uint8)


def straightened(pixels: Pixels, degrees: float) -> Pixels:
    """Turned clockwise by up to 45 degrees, then cut to the largest centred rectangle of the same shape that has no
    empty corner. Nothing is scaled, so a picture gets smaller by it."""
    height, width = pixels.shape[:2]
    wide, high = inscribed(width, height, degrees)
    if (wide, high) == (width, height):
        return pixels
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    turn[:, 2] += ((wide - width) / 2, (high - height) / 2)
    return straight(_warped(premultiplied(pixels), turn, (wide, high)))


def inscribed(width: int, height: int, degrees: float) -> tuple[int, int]:
    """The size of the largest rectangle of the shape width : height in such a rectangle that was turned."""
    cosine, sine = math.cos(math.radians(degrees)), abs(math.sin(math.radians(degrees)))
    share = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    return max(1, math.floor(width * share)), max(1, math.floor(height * share))


def premultiplied(pixels: Pixels) -> Pixels:
    """Colours times alpha, so that what is transparent lends no colour to its neighbours; without alpha as it is."""
    if pixels.shape[2] == 3:
        return pixels
    return np.dstack(
        [cv2.multiply(pixels[..., channel], pixels[..., 3], scale=1 / 255) for channel in range(3)] + [pixels[..., 3]]
    )


def straight(pixels: Pixels) -> Pixels:
    """The inverse of `premultiplied`."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = np.maximum(pixels[..., 3], 1)
    return np.dstack([cv2.divide(pixels[..., channel], alpha, scale=255) for channel in range(3)] + [pixels[..., 3]])


def _span(low: float, high: float, side: int) -> tuple[int, int]:
    first = min(round(low * side), side - 1)
    return first, max(first + 1, round(high * side))


def _warped(pixels: Pixels, turn: np.ndarray, size: tuple[int, int]) -> Pixels:
    return np.asarray(
        cv2.warpAffine(pixels, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
