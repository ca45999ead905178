"""Pictures in and out: what is refused, what is left behind, what is never stretched."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from libs.common.imaging.decode import BYTES_MAX, MADE_BYTES_MAX, BadPicture, decode
from libs.common.imaging.encode import FORMATS, PNG, FileFormat, encode
from libs.common.imaging.fit import cover
from libs.common.imaging.placeholder import blurhash
from libs.common.providers.wire import PICTURE_MAX_BYTES


def png(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else None).save(buffer, "PNG")
    return buffer.getvalue()


def header_only(width: int, height: int) -> bytes:
    """A whole PNG file of less than a hundred bytes that claims these pixels."""
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", ihdr), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"<html></html>", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not_an_image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not_an_image"),
        (png()[:60], "image_truncated"),
        (header_only(65_535, 65_535), "too_many_pixels"),
        (header_only(16_385, 1), "too_many_pixels"),
        (header_only(8_000, 8_000), "too_many_pixels"),
    ],
)
def test_bad_bytes_are_refused_by_code(data: bytes, code: str) -> None:
    with pytest.raises(BadPicture) as refused:
        decode(data)
    assert refused.value.error_code == code


def padded(size: int) -> bytes:
    """A picture of so many bytes: what follows its end is not looked at."""
    return png() + bytes(size - len(png()))


def test_what_was_made_and_paid_for_may_be_larger_than_what_is_sent_to_us() -> None:
    assert MADE_BYTES_MAX == PICTURE_MAX_BYTES
    assert decode(padded(BYTES_MAX)).size == (64, 48)
    assert decode(padded(MADE_BYTES_MAX), bytes_max=MADE_BYTES_MAX).size == (64, 48)
    for size, bytes_max in ((BYTES_MAX, BYTES_MAX), (MADE_BYTES_MAX, MADE_BYTES_MAX)):
        with pytest.raises(BadPicture) as refused:
            decode(padded(size + 1), bytes_max=bytes_max)
        assert (refused.value.error_code, refused.value.status) == ("too_large", 413)
    with pytest.raises(BadPicture):
        decode(padded(BYTES_MAX + 1))


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "I;16", "RGBA", "CMYK"])
def test_every_colour_mode_becomes_rgb_or_rgba_of_eight_bits(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (8, 8)).save(buffer, "JPEG" if mode == "CMYK" else "PNG")
    assert decode(buffer.getvalue()).mode in {"RGB", "RGBA"}


def test_orientation_is_applied() -> None:
    picture = Image.new("RGB", (40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    assert decode(buffer.getvalue()).size == (20, 40)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_nothing_but_pixels_leaves(row: FileFormat) -> None:
    picture = Image.new("RGB", (16, 16), (200, 30, 30))
    exif = Image.Exif()
    exif[0x010E] = "secret-description"
    picture.info |= {
        "comment": b"secret-comment",
        "exif": exif.tobytes(),
        "icc_profile": b"secret-profile",
        "dpi": (72, 72),
    }
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "secret-prompt")
    data = encode(picture, row)
    assert b"secret" not in data
    assert np.abs(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int) - (200, 30, 30)).max() < 12


@pytest.mark.parametrize("size", [(64, 64), (1280, 720), (191, 1128)])
def test_cover_gives_exact_pixels_without_stretching(size: tuple[int, int]) -> None:
    # A disc in the middle stays a disc: as wide as it is high.
    y, x = np.mgrid[:400, :600]
    disc = (((x - 300) ** 2 + (y - 200) ** 2) < 60**2).astype(np.uint8) * 255
    covered = cover(Image.fromarray(disc).convert("RGB"), *size)
    assert covered.size == size
    inside = np.asarray(covered.convert("L")) > 127
    assert inside.any(axis=0).sum() == pytest.approx(inside.any(axis=1).sum(), rel=0.05) or min(size) < 240


def test_the_placeholder_tells_the_mean_colour() -> None:
    red, blue = blurhash(Image.new("RGB", (40, 30), (255, 0, 0))), blurhash(Image.new("RGB", (40, 30), (0, 0, 255)))
    assert (len(red), len(blue)) == (28, 28)
    assert red[2:6] == "TI:j"
    assert red[2:6] != blue[2:6]


def test_png_keeps_alpha() -> None:
    data = encode(Image.new("RGBA", (4, 4), (1, 2, 3, 0)), PNG)
    assert decode(data).getpixel((0, 0)) == (1, 2, 3, 0)
