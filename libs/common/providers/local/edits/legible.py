"""Letters that can be read: their contrast with what is behind them, measured, and as much shade as that needs.

The contrast is that of WCAG 2.2 (success criterion 1.4.3), taken against the least favourable pixels behind a line.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.inks import Ink
from libs.common.providers.local.lettering.setting import Box

RATIO_MIN: Final = 4.5
HEADROOM: Final = 1.06
"""Saving as JPEG costs a little contrast."""
SPECKS: Final = 0.02
"""So much of what is behind a line may be worse."""
SAMPLES_MAX: Final = 60_000
STRENGTHS: Final = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0)
WHITE: Final[Ink] = (255, 255, 255)
DARK: Final[Ink] = (17, 17, 17)
BLACK: Final[Ink] = (0, 0, 0)
LIGHT_PREFERRED: Final = 0.85
"""White letters are taken from this share of the contrast that dark ones would have."""

_LINEAR: Final = np.array(
    [one / 255 / 12.92 if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in range(256)], dtype=np.float32
)
_WEIGHTS: Final = np.array((0.2126, 0.7152, 0.0722), dtype=np.float32)

Behind = NDArray[np.float32]
"""(N, 3) sRGB, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What letters stand on: the pixels behind them, and how opaque the letters are (0 to 1)."""

    behind: Behind
    opacity: float


def window(pixels: Pixels, box: Box, pad: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of the picture that the box with its padding covers; at least one pixel."""
    height, width = pixels.shape[:2]
    top, left = min(max(0, int(box.y - pad)), height - 1), min(max(0, int(box.x - pad)), width - 1)
    bottom, right = min(height, int(box.y + box.height + pad) + 1), min(width, int(box.x + box.width + pad) + 1)
    return slice(top, max(top + 1, bottom)), slice(left, max(left + 1, right))


def behind(pixels: Pixels, boxes: list[Box]) -> Behind:
    """The pixels in the boxes, or an even selection of them. Where the picture is transparent it may be shown on
    anything, so such a pixel counts as lying on black and on white."""
    found = []
    for box in boxes:
        part = pixels[window(pixels, box)]
        step = max(1, int((part.shape[0] * part.shape[1] * len(boxes) / SAMPLES_MAX) ** 0.5))
        flat = part[::step, ::step].reshape(-1, part.shape[2]).astype(np.float32)
        if flat.shape[1] == 4:
            alpha = flat[:, 3:] / 255
            flat = np.concatenate([flat[:, :3] * alpha, flat[:, :3] * alpha + 255 * (1 - alpha)])
        found.append(flat)
    return np.concatenate(found)


def contrast(ink: Ink, ground: Ground) -> float:
    """The contrast of letters in this ink with the least favourable of what is behind them, 1 to 21."""
    own = np.array(ink, np.float32)
    seen = _luminance(ground.behind + (own - ground.behind) * np.float32(ground.opacity))
    back = _luminance(ground.behind)
    ratios = (np.maximum(seen, back) + 0.05) / (np.minimum(seen, back) + 0.05)
    return float(np.quantile(ratios, SPECKS))


def chosen(ground: Ground) -> Ink:
    """White or near black, whichever can be read better here."""
    return WHITE if contrast(WHITE, ground) >= contrast(DARK, ground) * LIGHT_PREFERRED else DARK


def against(ink: Ink) -> Ink:
    """Black or white, whichever is farther from the ink."""
    lightness = float(_luminance(np.array([ink], np.float32))[0])
    return BLACK if (lightness + 0.05) / 0.05 >= 1.05 / (lightness + 0.05) else WHITE


def strength_for(ink: Ink, ground: Ground) -> float:
    """How much of a ground of the opposite colour makes the ink readable: 0 none, 1 all of it."""
    if contrast(ink, ground) >= RATIO_MIN * HEADROOM:
        return 0.0
    other = np.array(against(ink), np.float32)
    for strength in STRENGTHS:
        shaded = ground.behind + (other - ground.behind) * np.float32(strength)
        if contrast(ink, Ground(shaded, ground.opacity)) >= RATIO_MIN * HEADROOM:
            return strength
    return 1.0


def shaded(pixels: Pixels, box: Box, ink: Ink, strength: float, reach: float) -> None:
    """Lay a shade of the opposite colour behind the box, in place: whole inside it, fading out over `reach` pixels."""
    rows, cols = window(pixels, box, reach)
    dx, dy = _outside(cols, box.x, box.width), _outside(rows, box.y, box.height)
    away = np.minimum(np.sqrt(dx[None, :] ** 2 + dy[:, None] ** 2) / np.float32(reach), 1)
    soft = (1 - away * away * (3 - 2 * away)) * np.float32(strength)
    laid(pixels[rows, cols], against(ink), soft)


def plated(pixels: Pixels, box: Box, ink: Ink, corner: float, opacity: float = 1.0) -> None:
    """Lay a plate with rounded corners, in place."""
    rows, cols = window(pixels, box, 1.0)
    across = np.arange(cols.start, cols.stop, dtype=np.float32) + np.float32(0.5 - box.x - box.width / 2)
    down = np.arange(rows.start, rows.stop, dtype=np.float32) + np.float32(0.5 - box.y - box.height / 2)
    dx = np.maximum(np.abs(across) - np.float32(box.width / 2 - corner), 0)
    dy = np.maximum(np.abs(down) - np.float32(box.height / 2 - corner), 0)
    mask = np.clip(np.float32(corner + 0.5) - np.sqrt(dx[None, :] ** 2 + dy[:, None] ** 2), 0, 1)
    laid(pixels[rows, cols], ink, mask * np.float32(opacity))


def laid(part: Pixels, paint: Ink | Pixels, mask: Share) -> None:
    """Lay a colour, or pixels, over a part of the picture where the mask is 1, in place; with straight alpha."""
    colours = np.asarray(paint, np.float32)
    if part.shape[2] == 3:
        part[:] = np.rint(part + (colours - part) * mask[..., None])
        return
    under = part[..., 3] * np.float32(1 / 255) * (1 - mask)
    whole = np.maximum(under + mask, np.float32(1e-6))[..., None]
    mixed = (colours * mask[..., None] + part[..., :3] * under[..., None]) / whole
    part[..., 3] = np.rint((under + mask) * 255)
    part[..., :3] = np.where(mask[..., None] > 0, np.rint(mixed), part[..., :3])


def _outside(span: slice, start: float, length: float) -> NDArray[np.float32]:
    """How far each pixel's centre lies outside a stretch."""
    places = np.arange(span.start, span.stop, dtype=np.float32) + np.float32(0.5)
    out: NDArray[np.float32] = np.maximum(
        np.maximum(np.float32(start) - places, places - np.float32(start + length)), 0
    )
    return out


def _luminance(colours: Behind) -> NDArray[np.float32]:
    """Relative luminance, 0 to 1."""
    return np.asarray(_LINEAR[np.clip(np.rint(colours), 0, 255).astype(np.uint8)] @ _WEIGHTS, np.float32)
