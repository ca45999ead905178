"""Put a cut-out before a background so that it seems to stand there: its colours come nearer, a shadow falls."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.imaging.saliency import reduced
from libs.common.imaging.strips import rows_of, strips
from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.cutout import Cutout

SAMPLE_SIDE_PX: Final = 256
LIGHTNESS_TAKEN, SPREAD_TAKEN, COLOUR_TAKEN = 0.22, 0.15, 0.3
"""How far the subject's lightness, contrast and colour go towards the background's."""
LIGHTNESS_MOST, COLOUR_MOST = 14.0, 9.0
"""CIELAB units that they move at most: a subject keeps its own colours."""
SHADOW_SIDE_PX: Final = 500
FLATTENED: Final = 0.13
"""Height of the shadow on the floor, as a share of the subject's."""
FLOOR_DARK, CONTACT_DARK = 0.34, 0.5
"""How much light the wide shadow and the narrow one at the feet take away at most."""
Numbers = NDArray[np.float64]
STANDS: Final = 0.985
"""A subject whose lowest point is below this share of the height is cut off by the edge and stands on nothing."""


def before(found: Cutout, colours: Pixels, backdrop: Pixels) -> Pixels:
    """The subject in these colours over the background, (H, W, 3)."""
    out = backdrop.copy()
    for rows in strips(out.shape[0]):
        share = found.alpha[rows][..., None]
        if share.any():
            out[rows] = np.rint(colours[rows] * share + out[rows] * (1 - share)).astype(np.uint8)
    return out


def harmonised(found: Cutout, backdrop: Pixels, amount: float = 1.0) -> Pixels:
    """The subject's colours brought towards the background's (Reinhard et al., «Color transfer between images», 2001),
    a part of the way; `amount` is 0 to 1."""
    small = _lab(reduced(found.colours, SAMPLE_SIDE_PX))
    share = np.asarray(cv2.resize(found.alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
    if float(share.sum()) < 1 or amount <= 0:
        return found.colours
    mean, spread = _moments(small, share)
    there, wide = _moments(_lab(reduced(backdrop, SAMPLE_SIDE_PX)), None)
    shift = (there - mean) * np.array((LIGHTNESS_TAKEN, COLOUR_TAKEN, COLOUR_TAKEN))
    most = np.array((LIGHTNESS_MOST, COLOUR_MOST, COLOUR_MOST))
    shift = np.clip(shift, -most, most) * amount
    scale = 1 + (np.clip(wide[0] / max(spread[0], 1.0), 0.6, 1.3) - 1) * SPREAD_TAKEN * amount
    return _moved(found.colours, mean[0], scale, shift)


def _moved(colours: Pixels, middle: float, scale: float, shift: Numbers) -> Pixels:
    out = np.empty_like(colours)
    for rows in strips(out.shape[0]):
        lab = _lab(colours[rows])
        lab[..., 0] = middle + (lab[..., 0] - middle) * scale
        lab += shift.astype(np.float32)
        rgb = cv2.cvtColor(np.clip(lab, (0, -127, -127), (100, 127, 127)).astype(np.float32), cv2.COLOR_LAB2RGB)
        out[rows] = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    return out


def _lab(pixels: Pixels) -> Share:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _moments(lab: Share, share: Share | None) -> tuple[Numbers, Numbers]:
    """Mean and spread of the three axes, where there is a share of the subject; without one everywhere."""
    weight = np.ones(lab.shape[:2]) if share is None else share
    flat, weights = lab.reshape(-1, 3).astype(np.float64), weight.ravel()
    mean = np.asarray(np.average(flat, axis=0, weights=weights), np.float64)
    return mean, np.sqrt(np.asarray(np.average((flat - mean) ** 2, axis=0, weights=weights), np.float64))


def shadowed(backdrop: Pixels, alpha: Share) -> Pixels:
    """The background with the shadow of a subject that stands on something; unchanged when the lower edge of the
    picture cuts the subject off."""
    shade = _shade(alpha)
    if shade is None:
        return backdrop
    height, width = alpha.shape
    out = backdrop.copy()
    for rows in strips(height):
        light = 1 - rows_of(shade, rows, height, width)
        out[rows] = np.rint(out[rows] * light[..., None]).astype(np.uint8)
    return out


def _shade(alpha: Share) -> Share | None:
    """How much light is missing, on a reduced copy, 0 to 1."""
    height, width = alpha.shape
    scale = min(1.0, SHADOW_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    rows = np.flatnonzero((small > 0.5).any(axis=1))
    if rows.size == 0 or rows[-1] + 1 >= STANDS * size[1]:
        return None
    top, floor = int(rows[0]), int(rows[-1])
    tall = floor - top + 1
    return np.maximum(_on_floor(small, floor, tall), _contact(small, floor, tall))


def _on_floor(small: Share, floor: int, tall: int) -> Share:
    """The subject laid flat around the line on which it stands, and blurred."""
    move = np.array(((1, 0, 0), (0, FLATTENED, floor * (1 - FLATTENED) + tall * FLATTENED * 0.25)), np.float32)
    flat = cv2.warpAffine(small, move, small.shape[1::-1], flags=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(flat, (0, 0), max(1.0, tall * 0.035)) * FLOOR_DARK, np.float32)


def _contact(small: Share, floor: int, tall: int) -> Share:
    """Close to the feet hardly any light comes in."""
    feet = small.copy()
    feet[: max(0, round(floor - tall * 0.05))] = 0
    down = np.roll(feet, max(1, round(tall * 0.012)), axis=0)
    return np.asarray(cv2.GaussianBlur(down, (0, 0), max(0.8, tall * 0.012)) * CONTACT_DARK, np.float32)
