"""Pictures that come with a request: decoded whole, and drawn over."""

import base64
import io
import re
from typing import Final

import numpy as np
from PIL import Image

from tests.simulators.kit.pictures import PixelSize

PIXELS_MAX: Final = 50_000_000
SHIFT_MIN: Final = 64
SHIFTS: Final = 128
TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_URI: Final = re.compile(r"data:(image/[a-z]+);base64,(.+)", re.DOTALL)


def opened(data: bytes) -> Image.Image | None:
    """The picture, every pixel of it read; nothing when the bytes are none."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(TYPES)) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                return None
            picture.load()
            return picture
    except (OSError, SyntaxError, ValueError):
        return None


def typed(data: bytes, mime_type: str) -> Image.Image | None:
    """The picture, when it is one and of the type that it is said to be."""
    found = opened(data)
    return found if found is not None and TYPES.get(found.format or "") == mime_type else None


def bytes_of(uri: object) -> bytes | None:
    """What a data URI carries, when that is a picture of the type on its label."""
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None:
        return None
    try:
        data = base64.b64decode(found[2], validate=True)
    except ValueError:
        return None
    return data if typed(data, found[1]) is not None else None


def redrawn(data: bytes, seed: int, size_px: PixelSize | None = None, file_format: str = "png") -> bytes:
    """The picture in another size, opaque, with every channel of every pixel turned by a quarter of its range at least:
    what lay where can still be seen, and nothing is as it was."""
    picture = opened(data)
    if picture is None:
        raise ValueError("no picture")
    plain = picture.convert("RGB")
    pixels = np.asarray(plain if size_px is None else plain.resize(size_px, Image.Resampling.BILINEAR))
    out = io.BytesIO()
    turned = Image.fromarray(pixels + np.uint8(shift(seed)))
    turned.save(out, file_format.upper(), **({"compress_level": 1} if file_format == "png" else {"quality": 92}))
    return out.getvalue()


def shift(seed: int) -> int:
    """By how much this seed turns every channel, of 256."""
    return SHIFT_MIN + seed % SHIFTS


def share_of(mask: Image.Image) -> float:
    """The part of a mask that is lighter than half."""
    return float(np.mean(np.asarray(mask.convert("L")) >= 128))
