"""Two pictures of the same thing beside each other, at the same place and zoom."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from libs.common.providers.local.lettering.faces import faces

Pixels = NDArray[np.uint8]
Grow = Literal["nearest", "bicubic"]

WIDTH_MIN_PX, WIDTH_MAX_PX = 64, 8_192
HEIGHT_MAX_PX: Final = 8_192
DIVIDER_PX: Final = 2
LABEL_PX: Final = 28
"""Height of the strip above the pictures; none without labels."""
TYPE_PX: Final = 15
INSET_PX: Final = 8
PAPER, INK, DIVIDER = (255, 255, 255), (51, 51, 51), (255, 255, 255)
CHEQUER_PX: Final = 12
CHEQUER: Final = (255, 225)
"""Greys behind what is transparent."""
GROWN: Final[dict[Grow, Image.Resampling]] = {
    "nearest": Image.Resampling.NEAREST,
    "bicubic": Image.Resampling.BICUBIC,
}


@dataclass(frozen=True, slots=True)
class Shares:
    """A part of a picture in shares of its sides, 0 to 1."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError(f"{self} is no part of a picture: 0 <= left < right <= 1, and top and bottom likewise")


WHOLE: Final = Shares()


def side_by_side(
    before: Pixels,
    after: Pixels,
    box: Shares = WHOLE,
    *,
    width_px: int,
    labels: tuple[str, str] | None = None,
    grow: Grow = "nearest",
) -> Pixels:
    """RGB pixels, exactly `width_px` wide: the same part of both pictures, before on the left, with a thin divider.

    The height follows the part's shape in `after`, with `LABEL_PX` more for labels; what is longer than its half is
    cut with an ellipsis. A picture that has fewer pixels than are shown is enlarged by `grow` when it is the first, by
    bicubic when it is the second; one that has more is reduced by area. Alpha is shown on a chequer. Raises ValueError
    for a width out of bounds, and for a part so tall that the height would be.
    """
    if not WIDTH_MIN_PX <= width_px <= WIDTH_MAX_PX:
        raise ValueError(f"a comparison is {WIDTH_MIN_PX} to {WIDTH_MAX_PX} px wide, not {width_px}")
    wide = (width_px - DIVIDER_PX) // 2, width_px - DIVIDER_PX - (width_px - DIVIDER_PX) // 2
    high = _height(after, box, wide[0])
    strip = LABEL_PX if labels else 0
    paper = np.empty((high + strip, width_px, 3), np.uint8)
    paper[:strip], paper[strip:] = PAPER, DIVIDER
    paper[strip:, : wide[0]] = _shown(before, box, (wide[0], high), GROWN[grow])
    paper[strip:, wide[0] + DIVIDER_PX :] = _shown(after, box, (wide[1], high), Image.Resampling.BICUBIC)
    return _labelled(paper, labels, wide[0]) if labels else paper


def _height(picture: Pixels, box: Shares, wide: int) -> int:
    rows, columns = int(picture.shape[0]), int(picture.shape[1])
    high = max(1, round(wide * (box.bottom - box.top) * rows / ((box.right - box.left) * columns)))
    if high > HEIGHT_MAX_PX:
        raise ValueError(f"the comparison would be {high} px high; at most {HEIGHT_MAX_PX} are")
    return high


def _shown(picture: Pixels, box: Shares, size: tuple[int, int], grow: Image.Resampling) -> Pixels:
    high, wide = picture.shape[:2]
    part = (box.left * wide, box.top * high, box.right * wide, box.bottom * high)
    fewer = part[2] - part[0] < size[0]
    shown = Image.fromarray(picture).resize(size, grow if fewer else Image.Resampling.BOX, box=part)
    pixels = np.asarray(shown)
    return pixels if pixels.shape[2] == 3 else _on_chequer(pixels)


def _on_chequer(pixels: Pixels) -> Pixels:
    rows, columns = (np.arange(side) // CHEQUER_PX for side in pixels.shape[:2])
    grey = np.where((rows[:, None] + columns) % 2, *CHEQUER)[..., None]
    share = pixels[..., 3:].astype(np.float32) / 255
    mixed: Pixels = np.rint(pixels[..., :3] * share + grey * (1 - share)).astype(np.uint8)
    return mixed


def _labelled(paper: Pixels, labels: tuple[str, str], middle: int) -> Pixels:
    sheet = Image.fromarray(paper)
    pen, font = ImageDraw.Draw(sheet), faces("manrope")[1].drawn(TYPE_PX)
    for text, left in zip(labels, (0, middle + DIVIDER_PX), strict=True):
        line = text
        while line and pen.textlength(line, font) > middle - 2 * INSET_PX:
            line = f"{line[:-2].rstrip()}…".removeprefix("…")
        pen.text((left + INSET_PX, LABEL_PX / 2), line, INK, font, anchor="lm")
    return np.asarray(sheet)
