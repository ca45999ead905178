"""Pictures that are real, small on the wire, quick to make, and the same for the same seed."""

import io
import struct
import zlib
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

PixelSize = tuple[int, int]
"""Width and height in pixels."""
CACHE_MAX_PICTURES: Final = 64
BLUR_RADIUS_PX: Final = 40
HUGE_SIDE_PX: Final = 30_000


@lru_cache(maxsize=CACHE_MAX_PICTURES)
def picture(seed: int, size_px: PixelSize, file_format: str = "png") -> bytes:
    """A gradient with a lighter disc, encoded as png, jpeg or webp; decided by the seed alone."""
    return _encoded(_drawn(seed, size_px), file_format)


@lru_cache(maxsize=CACHE_MAX_PICTURES)
def blurred(seed: int, size_px: PixelSize, file_format: str = "png") -> bytes:
    """The same picture made unrecognisable, as a vendor does with one that broke its rules."""
    return _encoded(_drawn(seed, size_px).filter(ImageFilter.BoxBlur(BLUR_RADIUS_PX)), file_format)


@lru_cache(maxsize=CACHE_MAX_PICTURES)
def black(size_px: PixelSize, file_format: str = "png") -> bytes:
    """Nothing but black, as other vendors do with one that broke their rules."""
    return _encoded(Image.new("RGB", size_px), file_format)


@lru_cache(maxsize=1)
def huge() -> bytes:
    """A true PNG of 900 megapixels in about 100 kB."""
    packed = zlib.compressobj(1)
    row = bytes(1 + -(-HUGE_SIDE_PX // 8))
    data = b"".join(packed.compress(row) for _ in range(HUGE_SIDE_PX)) + packed.flush()
    header = struct.pack(">IIBBBBB", HUGE_SIDE_PX, HUGE_SIDE_PX, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def without_pixels() -> bytes:
    """A PNG whose header says 0 by 0."""
    whole = bytearray(_encoded(Image.new("RGB", (1, 1)), "png"))
    whole[16:24] = bytes(8)
    return bytes(whole)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _drawn(seed: int, size_px: PixelSize) -> Image.Image:
    width_px, height_px = size_px
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
