"""Lays pictures out in rows of equal height, with their numbers and captions below."""

import io
import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from libs.common.providers.local.engine import Ask
from libs.common.providers.local.lettering.faces import faces

SHEET_PX: Final = 1920
GAP_PX: Final = 14
CAPTION_PX: Final = 26
TYPE_PX: Final = 15
QUALITY: Final = 80
"""WebP; a whole gallery stays below 6 MB."""
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of the gallery and what is written below it."""

    ask: Ask
    pixels: Pixels
    caption: str


def rows_of(ratios: list[float], row_px: int) -> list[list[int]]:
    """Which pictures share a row, so that all rows together come nearest to the wanted height."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(ratios) + 1):
        costs = [(best[start][0] + _miss(ratios[start:end], row_px), start) for start in range(end)]
        best.append(min(costs))
    rows: list[list[int]] = []
    end = len(ratios)
    while end:
        start = best[end][1]
        rows.insert(0, list(range(start, end)))
        end = start
    return rows


def _miss(ratios: list[float], row_px: int) -> float:
    return abs(math.log(_height(ratios) / row_px)) ** 2


def sheet(pictures: list[Shown], row_px: int) -> bytes:
    """One contact sheet as WebP, SHEET_PX wide."""
    ratios = [shown.ask.width / shown.ask.height for shown in pictures]
    rows = rows_of(ratios, row_px)
    heights = [_height([ratios[n] for n in row]) for row in rows]
    paper = Image.new("RGB", (SHEET_PX, sum(heights) + len(rows) * (GAP_PX + CAPTION_PX) + GAP_PX), "white")
    y = GAP_PX
    for row, high in zip(rows, heights, strict=True):
        _place(paper, [pictures[n] for n in row], y, high)
        y += high + GAP_PX + CAPTION_PX
    out = io.BytesIO()
    paper.save(out, "WEBP", quality=QUALITY, method=5)
    return out.getvalue()


def _height(ratios: list[float]) -> int:
    """The height at which a row fills the sheet."""
    return max(1, math.floor((SHEET_PX - GAP_PX * (len(ratios) + 1)) / sum(ratios)))


def _place(paper: Image.Image, row: list[Shown], y: int, high: int) -> None:
    pen, font = ImageDraw.Draw(paper), faces("manrope")[1].drawn(TYPE_PX)
    x = GAP_PX
    for shown in row:
        wide = max(1, round(high * shown.ask.width / shown.ask.height))
        small = cv2.resize(shown.pixels, (wide, high), interpolation=cv2.INTER_AREA)
        paper.paste(Image.fromarray(np.asarray(small, np.uint8)), (x, y))
        caption = shown.caption
        while caption and pen.textlength(caption, font) > wide:
            caption = f"{caption[:-2].rstrip()}…".removeprefix("…")
        pen.text((x, y + high + 5), caption, "#444444", font)
        x += wide + GAP_PX
