"""Light that falls on a picture: fields of red, green and blue gains, smooth but for the subject's outline.

There is no true geometry. A subject is taken for a bulging shape whose height grows from its outline inwards, and lit
after Lambert; everything else is lit as a wall that the light sweeps over.
"""

import math
from collections.abc import Mapping
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.imaging.saliency import reduced
from libs.common.imaging.strips import rows_of, strips
from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.inks import Ink

Field = NDArray[np.float32]
"""(h, w, 3): what linear red, green and blue are multiplied by."""

SIDE_PX: Final = 320
"""Longer side of a field; it is enlarged when it is used."""
FROM: Final[Mapping[str, tuple[float, float]]] = {
    "left": (-1.0, 0.0),
    "right": (1.0, 0.0),
    "above": (0.0, -1.0),
    "below": (0.0, 1.0),
}
"""Where the light comes from: across and down."""
RAISED: Final = 0.55
"""Sine of the angle at which the light stands above the picture's plane."""
BULGE: Final = 1.5
"""Height of a subject, in shares of half its width."""
SWEEP_STOPS, SHAPE_STOPS = 3.4, 3.2
"""Stops between the lit side and the dark one at full strength, along the picture and around the subject."""
GAIN_LEAST, GAIN_MOST = 0.12, 4.0
TINT: Final = 0.85
"""How much of a light's colour a full-strength light has."""
PICTURE_BLUR: Final = 0.16
"""Of a lighting picture only what is coarser than this share of its longer side counts."""
DIM: Final = 0.01
"""Linear light that even a black picture is taken to shed."""
_LUMA: Final = np.array((0.2126, 0.7152, 0.0722), np.float32)
_GAMMA_STEPS: Final = 4096


def swept(height: int, width: int, direction: str, strength: float) -> Share:
    """Light over a wall, in stops: brighter towards where it comes from. 0 on average."""
    across, down = _towards(height, width)
    x, y = FROM.get(direction, (0.0, 0.0))
    if not (x or y):
        return np.zeros((height, width), np.float32)
    along = across * x + down * y
    return np.asarray(along * (SWEEP_STOPS / 2 * strength), np.float32)


def shaped(alpha: Share, direction: str, strength: float) -> Share:
    """Light on a bulging subject, in stops; 0 on average over the subject."""
    x, y = FROM.get(direction, (0.0, 0.0))
    if not (x or y) or float(alpha.sum()) < 1:
        return np.zeros_like(alpha)
    slope_x, slope_y = _slopes(alpha)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    level = math.sqrt(1 - RAISED**2)
    lit = np.clip((-slope_x * x * level - slope_y * y * level + RAISED) / length, 0, 1)
    mean = float((lit * alpha).sum() / alpha.sum())
    return np.asarray((lit - mean) * (SHAPE_STOPS * strength), np.float32)


def gains(stops: Share, ink: Ink | None, strength: float) -> Field:
    """A field from stops of light; the brighter a place is lit, the more it has the light's colour."""
    gain = np.exp2(stops)[..., None] * np.ones(3, np.float32)
    if ink is not None:
        lit = np.clip(0.55 + 0.45 * stops / max(float(np.abs(stops).max()), 1e-3), 0, 1) if stops.any() else 0.7
        tint = tint_of(ink)
        gain = gain * (1 + (tint - 1) * (np.asarray(lit, np.float32) * TINT * min(1.0, strength * 1.6))[..., None])
    return bounded(gain)


def tint_of(ink: Ink) -> NDArray[np.float32]:
    """A light's colour as gains whose luminance is 1; black light has no colour."""
    linear = _linear_table()[np.array(ink, np.uint8)]
    luma = float(linear @ _LUMA)
    if luma < 1e-4:
        return np.ones(3, np.float32)
    tint = np.clip(linear / luma, 0.05, 3.5)
    return np.asarray(tint / float(tint @ _LUMA), np.float32)


def of_picture(picture: Pixels, height: int, width: int, strength: float) -> Field:
    """The light of a picture: where it is bright and of which colour, coarsely, as gains around 1."""
    small = _linear_table()[reduced(picture, SIDE_PX)]
    light = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), max(1.0, PICTURE_BLUR * max(height, width))), np.float32) + DIM
    luma = (light @ _LUMA)[..., None]
    bright = luma / float(luma.mean())
    tint = light / luma
    power = 0.5 + strength
    return bounded(np.asarray(bright**power * tint ** min(1.0, 0.4 + strength), np.float32))


def bounded(field: Field) -> Field:
    """No place gets so little or so much light that nothing is seen there."""
    return np.asarray(np.clip(field, GAIN_LEAST, GAIN_MOST), np.float32)


def size_of(height: int, width: int) -> tuple[int, int]:
    """Height and width of a field for a picture."""
    scale = min(1.0, SIDE_PX / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def lit(pixels: Pixels, field: Field) -> Pixels:
    """The picture in this light, (H, W, 3): multiplied in linear light; what would burn out is rolled off."""
    height, width = pixels.shape[:2]
    out, linear = np.empty((height, width, 3), np.uint8), _linear_table()
    for rows in strips(height):
        gain = rows_of(field, rows, height, width)
        out[rows] = _encoded(_brightened(linear[pixels[rows, :, :3]], gain))
    return out


def _brightened(light: Field, gain: Field) -> Field:
    """The light times the gain; a gain above 1 fades towards white, so that white stays white and keeps its drawing."""
    more = np.maximum(gain - 1, 0)
    return np.asarray(light * gain / (1 + more * light), np.float32)


def _towards(height: int, width: int) -> tuple[Share, Share]:
    across = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    down = (np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1
    return np.broadcast_to(across[None], (height, width)), np.broadcast_to(down[:, None], (height, width))


def _slopes(alpha: Share) -> tuple[Share, Share]:
    """How steeply the bulge rises to the right and downwards."""
    padded = cv2.copyMakeBorder(alpha, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    away = cv2.distanceTransform((padded > 0.5).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    half = max(float(away.max()), 1.0)
    height = np.sqrt(np.clip(away / half, 0, 1) * (2 - np.clip(away / half, 0, 1))) * half * BULGE
    smooth = cv2.GaussianBlur(height.astype(np.float32), (0, 0), max(1.5, half * 0.22))
    scale = 1 / 8
    return (
        np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=scale), np.float32),
        np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=scale), np.float32),
    )


def _encoded(light: Field) -> Pixels:
    return np.asarray(_byte_table()[np.rint(np.clip(light, 0, 1) * (_GAMMA_STEPS - 1)).astype(np.intp)], np.uint8)


@cache
def _linear_table() -> Field:
    """Linear light of each of the 256 byte values (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _byte_table() -> Pixels:
    light = np.linspace(0, 1, _GAMMA_STEPS)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(value * 255), np.uint8)
