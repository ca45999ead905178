"""Text into lines that fit a room: cleaned, broken, as large as asked for or as large as holds, and drawn."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw

from libs.common.providers.local.edits.changed import Share, refused
from libs.common.providers.local.lettering.faces import WIDEST, Face, faces
from libs.common.providers.local.lettering.setting import SHRINK, STEPS_MAX, TYPE_MIN_PX, Box, broken

TYPEFACES: Final = {
    "sans": "manrope",
    "serif": "serif",
    "display": "roboto",
    "slab": "caladea",
    "hand": "amatic",
    "rounded": "fredoka",
}
"""The kinds of letters that can be asked for, and the family of each."""
LEADING: Final = 1.2
"""From line to line, in type sizes."""
LINES_MAX: Final = 60
OVERSAMPLE: Final = 2
OVERSAMPLE_MAX_PX: Final = 8_000_000
NAMED_MAX: Final = 5
SHARES: Final = {"left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0}


@dataclass(frozen=True, slots=True)
class Typeset:
    """Lines in their letters and size. `rise` is from the top of the block to the first line's foot, in pixels."""

    lines: tuple[str, ...]
    face: Face
    size_px: float
    width: float
    height: float
    rise: float

    @property
    def pitch(self) -> float:
        """From line to line, in pixels."""
        return self.size_px * LEADING


@dataclass(frozen=True, slots=True)
class Row:
    """One line at its place: `foot` is where its letters stand."""

    text: str
    box: Box
    foot: float


def cleaned(text: str) -> str:
    """One form for each letter, plain spaces, lines ended by `\\n`, and nothing invisible."""
    lines = unicodedata.normalize("NFC", text).replace("\u2028", "\n").replace("\u2029", "\n").splitlines()
    shown = (
        "".join(one for one in line if unicodedata.category(one) not in {"Cc", "Cf"} or one == "\t") for line in lines
    )
    return "\n".join(" ".join(line.split()) for line in shown).strip("\n")


def face_for(typeface: str, text: str) -> tuple[Face, tuple[str, ...]]:
    """The typeface, or the one with the most letters and a sentence about it. Raises ProviderRejected when that one
    lacks some too, as with emoji, and scripts other than Latin, Greek and Cyrillic."""
    wanted, widest = faces(TYPEFACES[typeface])[0], faces(WIDEST)[0]
    if not wanted.lacks(text):
        return wanted, ()
    if not widest.lacks(text):
        return widest, (f"The {typeface} typeface lacks some of these letters, so the text is set in the sans one.",)
    missing = list(dict.fromkeys(one for one in text if not one.isspace() and widest.lacks(one)))
    named = " ".join(missing[:NAMED_MAX]) + (" …" if len(missing) > NAMED_MAX else "")
    raise refused(
        f"The offline engine has letters for Latin, Greek and Cyrillic, and no emoji: it cannot set {named}; leave it "
        "out, or put it on as a picture with «overlay».",
        field="options.text",
    )


def fitted(face: Face, text: str, size_px: float, room: Box, pad: float = 0.0) -> Typeset | None:
    """The text at that size, or at the largest smaller one that the room holds with a padding of so many type sizes;
    None when it could not be read."""
    size = max(size_px, TYPE_MIN_PX)
    for _ in range(STEPS_MAX):
        if size < TYPE_MIN_PX:
            return None
        inner = within(room, pad * size)
        block = _set(face, text, size, inner.width)
        if block is not None and block.height <= inner.height:
            return block
        size *= SHRINK
    return None


def within(room: Box, pad: float) -> Box:
    """The room without a padding, in pixels."""
    return Box(room.x + pad, room.y + pad, max(0.0, room.width - 2 * pad), max(0.0, room.height - 2 * pad))


def placed(block: Typeset, room: Box, position: str) -> Box:
    """Where the block stands in the room: a corner, the middle of an edge, or the centre."""
    across, down = shares(position)
    return Box(
        room.x + (room.width - block.width) * across,
        room.y + (room.height - block.height) * down,
        block.width,
        block.height,
    )


def shares(position: str) -> tuple[float, float]:
    """How far right and how far down a position is, 0 to 1."""
    words = position.split()
    across = next((SHARES[word] for word in words if word in {"left", "right"}), 0.5)
    return across, next((SHARES[word] for word in words if word in {"top", "bottom"}), 0.5)


def rows_of(block: Typeset, box: Box, position: str) -> Iterator[Row]:
    """The lines at their places; they are flush with the side that the position names."""
    across = shares(position)[0]
    for number, text in enumerate(block.lines):
        if text:
            wide = block.face.width(text, 0.0) * block.size_px
            foot = box.y + block.rise + number * block.pitch
            left = box.x + (block.width - wide) * across
            high = block.size_px * (block.face.capital + block.face.depth)
            yield Row(text, Box(left, foot - block.size_px * block.face.capital, wide, high), foot)


def drawn(block: Typeset, row: Row, window: tuple[slice, slice]) -> Share:
    """The letters of a line within a window of the picture, 1 where they are; drawn larger, so that none is bent to
    the pixels."""
    high, wide = (part.stop - part.start for part in window)
    scale = OVERSAMPLE if high * wide * OVERSAMPLE**2 <= OVERSAMPLE_MAX_PX else 1
    sheet = Image.new("L", (wide * scale, high * scale), 0)
    pen, font = ImageDraw.Draw(sheet), block.face.drawn(block.size_px * scale)
    x, y = (row.box.x - window[1].start) * scale, (row.foot - window[0].start) * scale
    for letter, step in zip(row.text, block.face.advances(row.text), strict=True):
        pen.text((x, y), letter, fill=255, font=font, anchor="ls")
        x += step * block.size_px * scale
    mask = cv2.resize(np.asarray(sheet), (wide, high), interpolation=cv2.INTER_AREA)
    return np.multiply(mask, np.float32(1 / 255), dtype=np.float32)


def _set(face: Face, text: str, size: float, width: float) -> Typeset | None:
    lines: list[str] = []
    for paragraph in text.split("\n"):
        found = broken(face, paragraph, 0.0, width / size, LINES_MAX) if paragraph else [""]
        if found is None:
            return None
        lines += found
    font = face.drawn(size)
    rise = max(face.capital * size, -float(font.getbbox(lines[0], anchor="ls")[1]))
    hang = max(0.0, float(font.getbbox(lines[-1], anchor="ls")[3]))
    wide = max(face.width(line, 0.0) for line in lines) * size
    return Typeset(tuple(lines), face, size, wide, rise + (len(lines) - 1) * size * LEADING + hang, rise)
