"""What a picture's file says of itself, read from its outer parts: no pixel is decoded and no foreign code runs.

The layouts are those of the PNG specification (W3C, third edition), ITU-T T.81 (JPEG), RFC 9649 (WebP), the GIF89a
specification and ISO/IEC 14496-12 (the boxes of AVIF).
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from libs.common.imaging.boxes import avif_of
from libs.common.imaging.decode import BYTES_MAX, BadPicture, check_size

METADATA_MAX_BYTES: Final = 1 << 20
"""Of everything in a file that is no pixel, as it is when unpacked."""
PARTS_MAX: Final = 1_000
"""Of metadata in one file."""
STEPS_MAX: Final = 200_000
"""Blocks that are stepped over: a GIF of 25 MiB in blocks of the usual 255 bytes has half as many."""
FRAMES_MAX: Final = 60
TAKEN: Final = "PNG, JPEG, WebP, GIF and AVIF pictures"

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"fdAT", b"IEND"})
_PACKED: Final = {b"zTXt": 2, b"iCCP": 2}
"""Chunks with a name, a method and then packed bytes: so many bytes after the name's end they begin, counting the 0."""
_FRAME_MARKERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})

_OTHERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\0\0\1\0", "an icon"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"PK\3\4", "a ZIP archive"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """A file of a format that we open. Its size is of the pixels as stored, before they are turned upright."""

    format: str
    """PNG, JPEG, WEBP, GIF or AVIF."""
    width: int
    height: int
    frames: int = 1
    """Up to FRAMES_MAX + 1: more are not counted."""
    metadata_bytes: int = 0


def header_of(data: bytes, *, bytes_max: int = BYTES_MAX) -> Header:
    """The header of a picture that may be opened. Raises BadPicture: not_an_image (415), too_large (413),
    image_truncated, too_many_pixels, too_many_frames, metadata_too_large or image_too_complex (422)."""
    if len(data) > bytes_max:
        raise BadPicture(f"the picture has more than {bytes_max >> 20} MiB", code="too_large", status=413)
    read = _reader(data)
    try:
        header = read(data)
    except (IndexError, ValueError) as error:
        raise _damaged() from error
    check_size((header.width, header.height))
    if header.frames > FRAMES_MAX:
        raise BadPicture(f"the picture has more than {FRAMES_MAX} frames", code="too_many_frames")
    if header.metadata_bytes > METADATA_MAX_BYTES:
        raise too_much_metadata()
    return header


def check_kind(data: bytes) -> None:
    """Raises BadPicture (not_an_image, 415) for what does not begin like a picture that may be opened."""
    _reader(data)


def too_much_metadata() -> BadPicture:
    """The refusal of a picture that carries more besides its pixels than any camera writes."""
    return BadPicture(
        f"the picture carries more than {METADATA_MAX_BYTES >> 20} MiB of data beside its pixels; export it without",
        code="metadata_too_large",
    )


def _damaged() -> BadPicture:
    return BadPicture("the picture is damaged or cut off", code="image_truncated")


def _too_complex() -> BadPicture:
    return BadPicture("the picture's file consists of too many parts to be opened", code="image_too_complex")


def _reader(data: bytes) -> Callable[[bytes], Header]:
    if data.startswith(PNG_START):
        return _png
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif
    if data[4:8] == b"ftyp" and any(data[at : at + 4] in (b"avif", b"avis") for at in (8, *range(16, 64, 4))):
        return _avif
    raise BadPicture(f"{_what(data)}; taken are {TAKEN}", status=415)


def _what(data: bytes) -> str:
    if not data:
        return "the file is empty"
    for start, name in _OTHERS:
        if data.startswith(start):
            return f"the file is {name}"
    if data[4:8] == b"ftyp":
        return "the file is a HEIC picture or a film"
    start = data[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) or b"<svg" in start:
        return "the file is a drawing (SVG)"
    return "the file is not a picture that we know"


def _number(data: bytes, at: int, size: int, *, little: bool = False) -> int:
    """An unsigned number. Raises ValueError where the file ends before it."""
    part = data[at : at + size]
    if len(part) != size:
        raise ValueError("the file ends within a number")
    return int.from_bytes(part, "little" if little else "big")


# PNG: chunks of length, kind, body and checksum.


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    view, at = memoryview(data), len(PNG_START)
    for _ in range(STEPS_MAX):
        length, kind = _number(data, at, 4), data[at + 4 : at + 8]
        body = view[at + 8 : at + 8 + length]
        if len(body) != length or zlib.crc32(body, zlib.crc32(kind)) != _number(data, at + 8 + length, 4):
            raise ValueError("a chunk is cut off or its checksum is wrong")
        yield kind, body
        if kind == b"IEND":
            return
        at += length + 12
    raise _too_complex()


def _png(data: bytes) -> Header:
    width = height = metadata = parts = told = frames = 0
    kinds: list[bytes] = []  # a run of IDAT once
    for kind, body in _png_chunks(data):
        if kind == b"IHDR":
            width, height = _number(bytes(body[:8]), 0, 4), _number(bytes(body[:8]), 4, 4)
        elif kind == b"acTL":
            told = _number(bytes(body[:4]), 0, 4)
        elif kind == b"fcTL":
            frames += 1
        elif kind not in _PNG_PIXELS:
            metadata, parts = metadata + _png_weight(kind, body), parts + 1
            _check_parts(metadata, parts)
        if kind != b"IDAT" or kinds[-1:] != [kind]:
            kinds.append(kind)
    if kinds[0] != b"IHDR" or any(kinds.count(kind) != 1 for kind in (b"IHDR", b"IDAT")):
        raise ValueError("the chunks stand in a wrong order")
    return Header("PNG", width, height, max(1, min(max(told, frames), FRAMES_MAX + 1)), metadata)


def _png_weight(kind: bytes, body: memoryview) -> int:
    """How many bytes a chunk has when unpacked, counted a little beyond what is allowed."""
    raw = bytes(body)
    name, _, rest = raw.partition(b"\0")
    if kind in _PACKED:
        packed = rest[_PACKED[kind] - 1 :]
    elif kind == b"iTXt" and rest[:1] == b"\1":
        packed = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        return len(raw)
    try:
        return len(name) + len(zlib.decompressobj().decompress(packed, METADATA_MAX_BYTES + 1))
    except zlib.error:
        return len(raw)  # it says nothing, and the decoder will leave it alone


def _check_parts(metadata: int, parts: int) -> None:
    if metadata > METADATA_MAX_BYTES or parts > PARTS_MAX:
        raise too_much_metadata()


# JPEG: segments of a marker and a length, up to the first scan.


def _jpeg(data: bytes) -> Header:
    at, metadata, parts, size = 2, 0, 0, (0, 0)
    for _ in range(STEPS_MAX):
        if _number(data, at, 1) != 0xFF:
            raise ValueError("no marker where one must be")
        marker = _number(data, at + 1, 1)
        if marker == 0xFF or marker in _BARE_MARKERS:
            at += 1 if marker == 0xFF else 2
            continue
        length = _number(data, at + 2, 2)
        if marker in _FRAME_MARKERS:
            size = (_number(data, at + 7, 2), _number(data, at + 5, 2))
        elif marker == 0xDA:  # the pixels begin
            return Header("JPEG", *size, metadata_bytes=metadata)
        elif marker == 0xFE or marker >= 0xE0:  # a comment, or what some program wrote
            metadata, parts = metadata + length, parts + 1
            _check_parts(metadata, parts)
        at += 2 + length
    raise _too_complex()


# WebP: chunks of kind, length and body, padded to an even length.


def _webp(data: bytes) -> Header:
    end = 8 + _number(data, 4, 4, little=True)
    if end > len(data):
        raise ValueError("the file is shorter than it says")
    at, metadata, parts, frames, size = 12, 0, 0, 0, (0, 0)
    for _ in range(STEPS_MAX):
        if at + 8 > end:
            return Header("WEBP", *size, frames=max(1, min(frames, FRAMES_MAX + 1)), metadata_bytes=metadata)
        kind, length = data[at : at + 4], _number(data, at + 4, 4, little=True)
        if at + 8 + length > end:
            raise ValueError("a chunk is cut off")
        if kind in (b"VP8X", b"VP8 ", b"VP8L"):
            size = size if any(size) else _webp_size(kind, data, at + 8)
        elif kind == b"ANMF":
            frames += 1
        elif kind not in (b"ALPH", b"ANIM"):
            metadata, parts = metadata + length, parts + 1
            _check_parts(metadata, parts)
        at += 8 + length + length % 2
    raise _too_complex()


def _webp_size(kind: bytes, data: bytes, at: int) -> tuple[int, int]:
    if kind == b"VP8X":
        return _number(data, at + 4, 3, little=True) + 1, _number(data, at + 7, 3, little=True) + 1
    if kind == b"VP8L":
        bits = _number(data, at + 1, 4, little=True)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _number(data, at + 6, 2, little=True) & 0x3FFF, _number(data, at + 8, 2, little=True) & 0x3FFF


# GIF: a canvas, then blocks; each ends in a row of parts of up to 255 bytes.


def _gif(data: bytes) -> Header:
    width, height, flags = _number(data, 6, 2, little=True), _number(data, 8, 2, little=True), _number(data, 10, 1)
    at, metadata, parts, frames, steps = 13 + _palette(flags), 0, 0, 0, 0
    while data[at : at + 1] not in (b";", b"") and frames <= FRAMES_MAX:
        kind, start = data[at], at
        if kind == 0x2C:  # a frame
            left, top, wide, high = (_number(data, at + place, 2, little=True) for place in (1, 3, 5, 7))
            check_size((max(width, left + wide), max(height, top + high)))
            frames, at = frames + 1, at + 11 + _palette(_number(data, at + 9, 1))
        elif kind == 0x21:  # an extension
            at += 2
        else:
            raise ValueError("no block where one must be")
        at, stepped = _gif_parts_end(data, at, STEPS_MAX - steps)
        steps += stepped
        if kind == 0x21 and data[start + 1] != 0xF9:  # how a frame is shown is no metadata
            metadata, parts = metadata + at - start, parts + 1
            _check_parts(metadata, parts)
    if frames == 0:
        raise ValueError("no frame")
    return Header("GIF", width, height, frames, metadata)


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _gif_parts_end(data: bytes, at: int, steps_max: int) -> tuple[int, int]:
    for step in range(steps_max):
        length = data[at]
        at += 1 + length
        if length == 0:
            return at, step + 1
    raise _too_complex()


def _avif(data: bytes) -> Header:
    width, height, frames = avif_of(data)
    return Header("AVIF", width, height, max(1, min(frames, FRAMES_MAX + 1)))
