"""Adjust: sliders and outline.

The order is fixed. First the outline: the crop (shares of the picture as it came), the quarter turns, the mirror, the
straightening. Then colour and light, in one pass: warmth, brightness, contrast, saturation (see `tones`). Last the
sharpness (see `detail`), because it depends on the pixels that are left. What is zero is not done at all: with every
setting at its default the pixels come back bit for bit.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits import detail, shape, tones
from libs.common.providers.local.edits.changed import Changed, Pixels, pixels_of
from libs.common.providers.local.edits.settings import box_of, choice_of, number_of

SLIDERS: Final[tuple[tuple[str, Callable[[float], tones.Grade]], ...]] = (
    ("warmth", tones.warmth),
    ("brightness", tones.brightness),
    ("contrast", tones.contrast),
    ("saturation", tones.saturation),
)
"""In the order in which they are applied."""


def edit(ask: EditAsk) -> Changed:
    """The adjusted picture. Its size changes with a crop, a turn by 90 or 270 degrees, or a straightening."""
    outlined, notes = _outlined(pixels_of(ask.image), ask)
    grades = [grade(amount) for name, grade in SLIDERS if (amount := number_of(ask, name))]
    toned = tones.graded(np.ascontiguousarray(outlined), grades)
    return Changed(sharper(toned, number_of(ask, "sharpness")), notes)


def sharper(pixels: Pixels, amount: float) -> Pixels:
    """−1 softest to 1 sharpest; 0 is the very same array."""
    if amount > 0:
        return detail.sharpened(pixels, amount)
    return detail.softened(pixels, -amount) if amount < 0 else pixels


def _outlined(pixels: Pixels, ask: EditAsk) -> tuple[Pixels, tuple[str, ...]]:
    box = box_of(ask, "crop")
    if box is not None:
        pixels = shape.cropped(pixels, box)
    pixels = shape.quartered(pixels, int(choice_of(ask, "rotate")))
    if (direction := choice_of(ask, "flip")) != "none":
        pixels = shape.mirrored(pixels, direction)
    return levelled(pixels, number_of(ask, "straighten"))


def levelled(pixels: Pixels, degrees: float) -> tuple[Pixels, tuple[str, ...]]:
    """The straightened picture, and a sentence about what that cut off."""
    level = shape.straightened(pixels, degrees)
    kept = level.shape[0] * level.shape[1] / (pixels.shape[0] * pixels.shape[1])
    if kept == 1:
        return level, ()
    return level, (f"Straightening by {degrees:g}° kept the middle {kept:.0%} of the picture; nothing was scaled.",)
