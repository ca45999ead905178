"""Pictures that are real, small on the wire, quick to make, and the same for the same seed."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

CACHE_MAX_PICTURES = 64
BLUR_RADIUS_PX = 40


@lru_cache(maxsize=CACHE_MAX_PICTURES)
def picture(seed: int, width_px: int, height_px: int, file_format: str) -> bytes:
    """A gradient with a lighter disc, encoded as png, jpeg or webp; decided by the seed alone."""
    return _encoded(_drawn(seed, width_px, height_px), file_format)


@lru_cache(maxsize=CACHE_MAX_PICTURES)
def blurred(seed: int, width_px: int, height_px: int, file_format: str) -> bytes:
    """The same picture made unrecognisable, as the vendor does with one that broke its rules."""
    return _encoded(_drawn(seed, width_px, height_px).filter(ImageFilter.BoxBlur(BLUR_RADIUS_PX)), file_format)


def without_pixels() -> bytes:
    """A PNG whose header says 0 by 0."""
    whole = bytearray(_encoded(Image.new("RGB", (1, 1)), "png"))
    whole[16:24] = bytes(8)
    return bytes(whole)


def _drawn(seed: int, width_px: int, height_px: int) -> Image.Image:
    drawn = np.random.default_rng(seed)
    corners = drawn.integers(20, 200, size=(3, 3)).astype(np.float32)
    across = np.linspace(0, 1, width_px, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, height_px, dtype=np.float32)[:, None, None]
    pixels = corners[0] * (1 - across) + corners[1] * across * (1 - down) + corners[2] * across * down
    disc = np.hypot(across - drawn.uniform(0.3, 0.7), down - drawn.uniform(0.3, 0.7)) < drawn.uniform(0.1, 0.3)
    return Image.fromarray(np.where(disc, pixels + 50, pixels).clip(0, 255).astype(np.uint8))


def _encoded(image: Image.Image, file_format: str) -> bytes:
    out = io.BytesIO()
    if file_format == "png":
        image.save(out, "PNG", compress_level=1)
    else:
        image.save(out, file_format.upper(), quality=85)
    return out.getvalue()
