"""What simulated Stability makes of a picture: quick, decided by the seed, and never polite to what was to stay.

Inside what changes it paints stripes whose colours come from the seed. Everywhere else it shifts every channel by a few
steps, as a model does that decodes the whole picture anew: whoever wants those pixels back must put them back.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.providers import stability_edit_facts as facts
from tests.simulators.kit.books import Part

STRIPE_PX: Final = 8
DRIFT: Final = 3
"""Steps of 255 by which everything shifts."""
SUBJECT: Final = (0.3, 0.25, 0.7, 0.75)
"""Where it finds whatever it looks for: left, top, right, bottom as shares of the picture."""

Pixels = NDArray[np.uint8]
Share = NDArray[np.float32]


class NotAPicture(ValueError):
    """The bytes are none of the three formats."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One request's picture and settings."""

    image: Image.Image
    mask: Image.Image | None
    fields: Mapping[str, str]
    seed: int

    def number(self, name: str) -> float:
        """A margin or a slider, 0 when it was left out."""
        return float(self.fields.get(name, 0))


def opened(part: Part) -> Image.Image:
    """The picture of a part. Raises NotAPicture."""
    try:
        image = Image.open(io.BytesIO(part.data), formats=("PNG", "JPEG", "WEBP"))
        image.load()
    except (OSError, SyntaxError) as error:
        raise NotAPicture(part.name) from error
    return image


def painted(endpoint: facts.Endpoint, canvas: Canvas) -> Image.Image:
    """What this endpoint makes of the picture."""
    return _BRUSHES[endpoint.path](canvas)


def change(canvas: Canvas) -> Share:
    """How much each pixel is to change, 0 to 1: white of the mask, else what is transparent; widened and softened."""
    if canvas.mask is not None:
        grey = canvas.mask.convert("L").resize(canvas.image.size)
    elif canvas.image.has_transparency_data:
        grey = canvas.image.convert("RGBA").getchannel("A").point([255 - level for level in range(256)])
    else:
        grey = Image.new("L", canvas.image.size)
    share, side_px = np.asarray(grey), 2 * int(canvas.fields.get("grow_mask", 5)) + 1
    if side_px > 1:
        share = cv2.blur(cv2.dilate(share, np.ones((side_px, side_px), np.uint8)), (side_px // 2, side_px // 2))
    return np.asarray(share, np.float32) / np.float32(255)


def stripes(seed: int, size_px: tuple[int, int]) -> Pixels:
    """Two colours of the seed, slanting."""
    width, height = size_px
    colours = np.random.default_rng(seed).integers(0, 255, size=(2, 3), dtype=np.uint8)
    across, down = np.arange(width)[None, :], np.arange(height)[:, None]
    return np.asarray(colours[((across + down) // STRIPE_PX) % 2], np.uint8)


def drifted(image: Image.Image) -> Pixels:
    """The picture as it comes back where nothing was to change: near, and not the same."""
    pixels = np.asarray(image.convert("RGB"))
    return np.where(pixels > 127, pixels - DRIFT, pixels + DRIFT).astype(np.uint8)


def _mixed(old: Pixels, new: Pixels, share: Share) -> Image.Image:
    mixed = old + (new.astype(np.float32) - old) * share[..., None]
    return Image.fromarray(mixed.round().astype(np.uint8))


def _found(size_px: tuple[int, int]) -> Share:
    """1 in an ellipse in the middle, 0 around it."""
    width, height = size_px
    left, top, right, bottom = SUBJECT
    across = (np.linspace(0, 1, width)[None, :] - (left + right) / 2) / (right - left)
    down = (np.linspace(0, 1, height)[:, None] - (top + bottom) / 2) / (bottom - top)
    return np.asarray(np.hypot(across, down) < 0.5, np.float32)


def _inpaint(canvas: Canvas) -> Image.Image:
    return _mixed(drifted(canvas.image), stripes(canvas.seed, canvas.image.size), change(canvas))


def _replace(canvas: Canvas) -> Image.Image:
    size_px = canvas.image.size
    return _mixed(drifted(canvas.image), stripes(canvas.seed, size_px), _found(size_px))


def _background(canvas: Canvas) -> Image.Image:
    size_px = canvas.image.size
    return _mixed(drifted(canvas.image), stripes(canvas.seed, size_px), 1 - _found(size_px))


def _cut_out(canvas: Canvas) -> Image.Image:
    image = canvas.image.convert("RGB")
    image.putalpha(Image.fromarray((_found(image.size) * 255).astype(np.uint8)))
    return image


def _outpaint(canvas: Canvas) -> Image.Image:
    left, right, up, down = (int(canvas.number(name)) for name in facts.MARGINS)
    size_px = canvas.image.width + left + right, canvas.image.height + up + down
    whole = Image.fromarray(stripes(canvas.seed, size_px))
    whole.paste(Image.fromarray(drifted(canvas.image)), (left, up))
    return whole


def _larger(size_of: Callable[[int, int], tuple[int, int]]) -> Callable[[Canvas], Image.Image]:
    def larger(canvas: Canvas) -> Image.Image:
        image = Image.fromarray(drifted(canvas.image))
        image.paste(Image.fromarray(stripes(canvas.seed, (STRIPE_PX, STRIPE_PX))), (0, 0))
        return image.resize(size_of(*image.size), Image.Resampling.NEAREST)

    return larger


def fast_px(width: int, height: int) -> tuple[int, int]:
    """Four times the sides."""
    return facts.FAST_TIMES * width, facts.FAST_TIMES * height


def megapixels_px(width: int, height: int) -> tuple[int, int]:
    """The same shape at 4 megapixels."""
    scale = (facts.RESULT_PIXELS_MAX / (width * height)) ** 0.5
    return int(width * scale), int(height * scale)


def four_k_px(width: int, height: int) -> tuple[int, int]:
    """The same shape with 4K on its long side."""
    scale = facts.LONG_SIDE_4K_PX / max(width, height)
    return round(width * scale), round(height * scale)


_BRUSHES: Final[Mapping[str, Callable[[Canvas], Image.Image]]] = MappingProxyType(
    {
        facts.REMOVE_BACKGROUND.path: _cut_out,
        facts.ERASE.path: _inpaint,
        facts.INPAINT.path: _inpaint,
        facts.OUTPAINT.path: _outpaint,
        facts.SEARCH_REPLACE.path: _replace,
        facts.SEARCH_RECOLOR.path: _replace,
        facts.RELIGHT.path: _background,
        facts.FAST.path: _larger(fast_px),
        facts.CONSERVATIVE.path: _larger(megapixels_px),
        facts.CREATIVE.path: _larger(four_k_px),
    }
)
