"""Bria Expand knows no margins: it puts a picture in the middle of a canvas of an aspect ratio and paints the rest,
along one side. So the ratio is chosen whose canvas holds the margins along that side, and these are cut out of what
comes back. What a ratio cannot reach shows the mirrored edge of the picture, and the customer is told."""

import io
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from libs.common.imaging.decode import BadPicture, decode
from libs.common.providers import wavespeed_edit_facts as facts
from libs.common.providers.base import Given, Margins
from libs.common.providers.ratios import log_ratio

TITLE: Final = facts.BRIA_EXPAND.title
PNG_LEVEL: Final = 1
CANVAS_MAX_PX: Final = 5_000 * 5_000
"""Of the whole canvas, as the model's maker says."""
_OTHER: Final = f"The model {facts.Z_INPAINT.name} paints any margin at any side."
_OFF_MAX: Final = 0.02
"""How far the shape of what comes back may be off the ratio, as a share."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A canvas of an aspect ratio around a picture in its middle, and the margins that are wanted of it, in px of the
    picture: `before` at its left or top, `after` at its right or bottom."""

    ratio: str
    along_width: bool
    side: int
    """Of the picture, along which it is extended."""
    across: int
    """Of the picture with the margins that are filled before it is sent."""
    before: int
    after: int
    filled: Margins
    """Those."""

    @property
    def shape(self) -> float:
        """The extended side of the canvas to the other."""
        return math.exp(log_ratio(self.ratio) if self.along_width else -log_ratio(self.ratio))

    @property
    def reach(self) -> float:
        """The margin that the canvas has on both sides."""
        return (self.across * self.shape - self.side) / 2

    @property
    def scale(self) -> float:
        """What the picture is made smaller by, so that its canvas is not too large."""
        return min(1.0, math.sqrt(CANVAS_MAX_PX / (self.across**2 * self.shape)))

    @property
    def short(self) -> int:
        """By how many px it is less than was asked for on one side at least."""
        return max(0, max(self.before, self.after) - round(self.reach))

    def notes(self) -> tuple[str, ...]:
        """What the customer should know of it, in sentences."""
        notes = [f"{TITLE} paints up to an aspect ratio; your margins were cut out of that."]
        if self.filled != Margins():
            sides = "above and below" if self.along_width else "left and right"
            notes.append(f"{TITLE} extends along one side only; what was added {sides} is a mirrored edge. {_OTHER}")
        if self.short:
            reach = f"{TITLE} reaches {self.reach:.0f} px at each side here"
            notes.append(f"{reach}; what lies beyond is a mirrored edge. {_OTHER}")
        return tuple(notes)


def extension(image: Given, margins: Margins) -> Extension | None:
    """The smallest canvas that holds the margins along the side where more is added, else the largest. Nothing when no
    ratio is longer than the picture."""
    found = [_along(image, margins, along_width=along) for along in (True, False)]
    return max((one for one in found if one is not None), key=_added, default=None)


def extended(picture: Image.Image, margins: Margins) -> Image.Image:
    """The picture with margins that show its edges mirrored."""
    sides = ((margins.up, margins.down), (margins.left, margins.right), (0, 0))
    return Image.fromarray(np.pad(np.asarray(picture), sides, mode="symmetric"))


def on_its_canvas(picture: Image.Image, wanted: Extension) -> Image.Image:
    """The picture as it is sent."""
    whole = extended(picture, wanted.filled) if wanted.filled != Margins() else picture
    return scaled(whole, wanted.scale)


def scaled(picture: Image.Image, scale: float) -> Image.Image:
    """The picture made smaller by this factor, when it is one."""
    if scale >= 1:
        return picture
    size = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def cut_out(data: bytes, wanted: Extension) -> bytes:
    """The picture with its margins, as a PNG in the vendor's scale; the bytes as they are where their shape is not that
    of the ratio: whoever opens them judges them."""
    try:
        picture = decode(data)
    except BadPicture:
        return data
    long, across = picture.size if wanted.along_width else picture.size[::-1]
    if abs(long / across / wanted.shape - 1) > _OFF_MAX:
        return data
    scale = across / wanted.across
    start = round((wanted.reach - wanted.before) * scale)
    end = start + round((wanted.side + wanted.before + wanted.after) * scale)
    first, last = max(0, start), min(long, end)
    part = picture.crop((first, 0, last, across) if wanted.along_width else (0, first, across, last))
    more = first - start, end - last
    return _png(extended(part, Margins(*more) if wanted.along_width else Margins(0, 0, *more)))


def _along(image: Given, margins: Margins, *, along_width: bool) -> Extension | None:
    width, height = (margins.left, margins.right), (margins.up, margins.down)
    if along_width:
        size = (image.width, image.height + sum(height), *width, Margins(0, 0, *height))
    else:
        size = (image.height, image.width + sum(width), *height, Margins(*width))
    if not any(width if along_width else height):
        return None
    found = [Extension(ratio, along_width, *size) for ratio in facts.BRIA_RATIOS]
    longer = sorted((one for one in found if one.reach >= 1), key=lambda one: one.reach)
    return next((one for one in longer if not one.short), longer[-1] if longer else None)


def _added(one: Extension) -> int:
    """Pixels that the vendor paints, of those that were asked for."""
    reach = round(one.reach)
    return (min(one.before, reach) + min(one.after, reach)) * one.across


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=PNG_LEVEL)
    return out.getvalue()
