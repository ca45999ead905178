"""The boxes of an AVIF file (ISO/IEC 14496-12 and 23008-12): how large its pictures are, and how many there are."""

from collections.abc import Iterator
from typing import Final

BOXES_MAX: Final = 10_000
"""Looked at in one file, so that a file of nothing but boxes costs little."""
_PLAIN: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"iprp", b"ipco"})
"""Boxes that hold boxes and nothing before them."""


def avif_of(data: bytes) -> tuple[int, int, int]:
    """Width and height of the largest picture in the file, and how many follow each other in it.

    Raises ValueError where a box is cut off or no picture is described.
    """
    size, frames = (0, 0), 1
    sequence = data[8:12] == b"avis"
    for kind, start, end in _boxes(data):
        if kind == b"ispe":
            told = (_number(data, start + 4, end), _number(data, start + 8, end))
            size = max(size, told, key=lambda one: one[0] * one[1])
        elif kind == b"stsz" and sequence:
            frames = max(frames, _number(data, start + 8, end))
    if not any(size):
        raise ValueError("no picture is described")
    return *size, frames


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of every box's inside, those within known ones too."""
    open_parts, left = [(0, len(data))], BOXES_MAX
    while open_parts:
        at, end = open_parts.pop()
        while at + 8 <= end:
            kind, start, after = _box(data, at, end)
            yield kind, start, after
            if kind in _PLAIN:
                open_parts.append((start, after))
            elif kind == b"meta":
                open_parts.append((start + 4, after))
            at, left = after, left - 1
            if left < 0:
                raise ValueError("too many boxes")


def _box(data: bytes, at: int, end: int) -> tuple[bytes, int, int]:
    length, kind, start = _number(data, at, end), data[at + 4 : at + 8], at + 8
    if length == 1:
        length, start = _number(data, at + 8, end) << 32 | _number(data, at + 12, end), at + 16
    after = end if length == 0 else at + length
    if after < start or after > end:
        raise ValueError("a box is cut off")
    return kind, start, after


def _number(data: bytes, at: int, end: int) -> int:
    if at + 4 > end:
        raise ValueError("the box ends within a number")
    return int.from_bytes(data[at : at + 4], "big")
