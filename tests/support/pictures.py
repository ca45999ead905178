"""Picture files for tests: good ones, and such as no program writes."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PIL import Image

PNG_START: Final = b"\x89PNG\r\n\x1a\n"


def photo(width: int, height: int, seed: int = 1) -> Image.Image:
    """Colours that flow into each other with grain on them, as a camera sees them."""
    random = np.random.default_rng(seed)
    rough = random.integers(0, 256, (height // 16 + 2, width // 16 + 2, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = random.integers(-4, 5, (height, width, 3), np.int16)
    return Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))


def file_of(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture in a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def animation(kind: str, frames: int, size: tuple[int, int] = (16, 12)) -> bytes:
    """So many frames, each of another colour."""
    first, *others = (Image.new("RGB", size, (5 * number % 250, 40, 200)) for number in range(frames))
    return file_of(first, kind, save_all=True, append_images=others, duration=50)


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(*chunks: bytes) -> bytes:
    """A PNG file of these chunks."""
    return PNG_START + b"".join(chunks)


def ihdr(width: int, height: int) -> bytes:
    """The head of a PNG of 8 bits a channel, RGB."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def claiming(width: int, height: int) -> bytes:
    """A whole PNG file of less than a hundred bytes that claims these pixels."""
    return png_of(ihdr(width, height), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b""))


def small_png(*between: bytes, after: bytes = b"") -> bytes:
    """A good picture of 2 x 2 red pixels with these chunks between its head and its pixels."""
    pixels = zlib.compress(b"\0\xff\0\0\xff\0\0" * 2)
    return png_of(ihdr(2, 2), *between, chunk(b"IDAT", pixels), chunk(b"IEND", b"")) + after


def segment(marker: int, body: bytes) -> bytes:
    """One segment of a JPEG file."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_with(segments: Sequence[bytes], picture: bytes) -> bytes:
    """A JPEG file with these segments right at its beginning."""
    return picture[:2] + b"".join(segments) + picture[2:]


def gif_frame(left: int, top: int, width: int, height: int) -> bytes:
    """One frame of a GIF file: a colour table of two, and pixels of one."""
    data = file_of(Image.new("P", (1, 1)), "GIF")
    pixels = data[data.index(b"\x2c", 13) + 10 : -1]
    return b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + pixels[-(len(pixels)) :]


def gif_of(frames: Sequence[bytes], size: tuple[int, int] = (10, 10)) -> bytes:
    """A GIF file of these frames, with two colours."""
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + b"".join(frames) + b";"


def box(kind: bytes, body: bytes) -> bytes:
    """One box of an AVIF file."""
    return struct.pack(">I", len(body) + 8) + kind + body
