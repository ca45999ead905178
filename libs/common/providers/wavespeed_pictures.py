"""Pictures and masks in the form that WaveSpeed AI takes."""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.imaging.decode import decode
from libs.common.imaging.masks import canonical, encode_mask, grown
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Given, Margins
from libs.common.providers.wavespeed_upload import File

GIVEN_MAX_BYTES: Final = 128 << 20
"""Ours, made by ourselves: 25 megapixels with transparency and nothing to compress are 100 MB."""
MASK_FROM: Final = 128
"""Grey of a mask from which a pixel changes: nobody says what these models make of a soft edge."""
JPEG_QUALITY: Final = 95
PNG_LEVEL: Final = 1

Pixels = NDArray[np.uint8]


def sendable(given: Given) -> File:
    """The picture as it is, what is transparent in it as white, and as a JPEG where the PNG is more than is taken."""
    if given.alpha:
        return filed(opened(given))
    return File(given.png) if len(given.png) <= facts.UPLOAD_MAX_BYTES else _jpeg(opened(given))


def opened(given: Given) -> Image.Image:
    """The picture in RGB; what is transparent in it is white."""
    picture = decode(given.png, bytes_max=GIVEN_MAX_BYTES)
    if picture.mode != "RGBA":
        return picture
    flat = Image.new("RGB", picture.size, (255, 255, 255))
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def filed(picture: Image.Image) -> File:
    """A PNG, or a JPEG where that is more than the vendor takes."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=PNG_LEVEL)
    return File(out.getvalue()) if out.tell() <= facts.UPLOAD_MAX_BYTES else _jpeg(picture)


def _jpeg(picture: Image.Image) -> File:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return File(out.getvalue(), "jpeg")


def painted_anew(image: Given, mask: Given | None, grow_px: int) -> Pixels | None:
    """Which pixels a model is to paint anew: 255, all others 0. Those of the mask, widened; without one those that are
    transparent in the picture; nothing when there are none of either."""
    if mask is not None:
        grey = canonical(mask.png, image.width, image.height).grey
    elif image.alpha:
        alpha = decode(image.png, bytes_max=GIVEN_MAX_BYTES).getchannel("A")
        grey = 255 - np.asarray(alpha)
    else:
        return None
    hard: Pixels = np.where(grown(grey, grow_px) >= MASK_FROM, 255, 0).astype(np.uint8)
    return hard if hard.any() or mask is not None else None


def whole(image: Given) -> Pixels:
    """Every pixel."""
    return np.full((image.height, image.width), 255, np.uint8)


def mask_file(pixels: Pixels) -> File:
    """A grey PNG of black and white."""
    return File(encode_mask(pixels))


def margins_mask(width: int, height: int, margins: Margins) -> File:
    """The size of a picture and its margins, of which these are white."""
    sides = ((margins.up, margins.down), (margins.left, margins.right))
    return mask_file(np.pad(np.zeros((height, width), np.uint8), sides, constant_values=255))
