"""Frontal faces by a cascade of local binary patterns, for deciding what matters in a picture. Never who it is.

The cascade is OpenCV's (`frontal_faces.json`, 3-clause BSD); OpenCV 5 reads it no longer, and scikit-image, which does,
costs half a second and 30 MB to import. The evaluation is our own: all windows of a scale at once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Sums = NDArray[np.int32]
Look = Callable[[int, int], Sums]
"""The summed brightness above and to the left of a corner, for every window; given rows down and columns across."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture."""

SIDE_MAX_PX: Final = 320
"""Faces are looked for on a copy of this size; the smallest that is found is then 1/13 of the longer side."""
SCALE_STEP: Final = 1.15
ON_ALL: Final = 2
"""Stages that look at all windows at once, without picking: most windows end there."""
SAME_FACE: Final = 0.35
"""Windows that overlap by this share of their union see the same face."""
WINDOWS_MIN: Final = 6
"""Fewer windows that agree are chance."""
FACES_MAX: Final = 12
_TABLE: Final = Path(__file__).with_name("frontal_faces.json")
_RING: Final = ((0, 0, 128), (0, 1, 64), (0, 2, 32), (1, 2, 16), (2, 2, 8), (2, 1, 4), (2, 0, 2), (1, 0, 1))
"""Row and column of the eight cells around the middle one, and the bit of each."""


@dataclass(frozen=True)
class _Vote:
    cell: tuple[int, int, int, int]
    values: NDArray[np.float32]
    """For each of the 256 patterns what it counts."""


@dataclass(frozen=True)
class _Cascade:
    side: int
    stages: tuple[tuple[float, tuple[_Vote, ...]], ...]


def faces(rgb: Pixels) -> tuple[Box, ...]:
    """Boxes of frontal faces, the largest first; none for a picture that is too small to hold one."""
    cascade = _cascade()
    grey = _grey(rgb)
    height, width = grey.shape
    scale = 1.0
    found: list[NDArray[np.float64]] = []
    while min(height, width) * scale >= cascade.side:
        size = max(cascade.side, round(width * scale)), max(cascade.side, round(height * scale))
        spots = _windows(cascade, np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8))
        corner = np.concatenate([spots, spots + cascade.side], axis=1) / np.tile(size, 2)
        found.append(corner)
        scale /= SCALE_STEP
    return _agreed(np.concatenate(found)) if found else ()


def _grey(rgb: Pixels) -> Pixels:
    height, width = rgb.shape[:2]
    scale = min(1.0, SIDE_MAX_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2GRAY), np.uint8)


def _windows(cascade: _Cascade, grey: Pixels) -> NDArray[np.intp]:
    """Left and top of the windows that every stage lets pass, (N, 2)."""
    sums = np.asarray(cv2.integral(grey), np.int32)
    high, wide = grey.shape[0] - cascade.side + 1, grey.shape[1] - cascade.side + 1

    def all_of_them(down: int, across: int) -> Sums:
        return sums[down : down + high, across : across + wide]

    passed = np.ones((high, wide), np.bool_)
    for least, votes in cascade.stages[:ON_ALL]:
        passed &= _counted(votes, all_of_them) >= least
    top, left = np.nonzero(passed)
    for least, votes in cascade.stages[ON_ALL:]:
        if top.size == 0:
            break
        at = top * sums.shape[1] + left
        kept = _counted(votes, _picker(sums, at)) >= least
        top, left = top[kept], left[kept]
    return np.stack([left, top], axis=1)


def _picker(sums: Sums, at: NDArray[np.intp]) -> Look:
    flat, width = sums.ravel(), sums.shape[1]
    return lambda down, across: np.asarray(flat[at + (down * width + across)], np.int32)


def _counted(votes: tuple[_Vote, ...], look: Look) -> NDArray[np.float32]:
    return np.asarray(sum(vote.values[_patterns(look, vote.cell)] for vote in votes), np.float32)


def _patterns(look: Look, cell: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """For each window which of the eight cells around the middle one are at least as bright as it."""
    left, top, wide, high = cell
    grid = [[look(top + row * high, left + column * wide) for column in range(4)] for row in range(4)]
    cells = [[grid[r + 1][c + 1] - grid[r][c + 1] - grid[r + 1][c] + grid[r][c] for c in range(3)] for r in range(3)]
    pattern = np.zeros(cells[1][1].shape, np.uint8)
    for row, column, bit in _RING:
        pattern |= (cells[row][column] >= cells[1][1]).view(np.uint8) * np.uint8(bit)
    return pattern


def _agreed(boxes: NDArray[np.float64]) -> tuple[Box, ...]:
    """One box for every crowd of windows that is large enough: their mean."""
    kept: list[tuple[float, Box]] = []
    while boxes.shape[0] >= WINDOWS_MIN and len(kept) < FACES_MAX:
        overlaps = np.array([_overlap(boxes, box) > SAME_FACE for box in boxes[:: max(1, boxes.shape[0] // 200)]])
        crowd = overlaps[int(overlaps.sum(axis=1).argmax())]
        if crowd.sum() < WINDOWS_MIN:
            break
        left, top, right, bottom = (float(edge) for edge in boxes[crowd].mean(axis=0))
        kept.append(((right - left) * (bottom - top), (left, top, right, bottom)))
        boxes = boxes[~crowd]
    return tuple(box for _, box in sorted(kept, reverse=True))


def _overlap(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(common / (areas + np.prod(box[2:] - box[:2]) - common), np.float64)


@cache
def _cascade() -> _Cascade:
    table = json.loads(_TABLE.read_text("utf-8"))
    cells = [(int(x), int(y), int(w), int(h)) for x, y, w, h in table["cells"]]
    stages = tuple(
        (
            float(stage["least"]),
            tuple(_Vote(cells[cell], _values(bits, yes, no)) for cell, bits, yes, no in stage["votes"]),
        )
        for stage in table["stages"]
    )
    return _Cascade(int(table["side"]), stages)


def _values(bits: str, yes: float, no: float) -> NDArray[np.float32]:
    """`bits` are eight words of 32, the pattern's bit is counted from the low end of its word."""
    words = [int(bits[at : at + 8], 16) for at in range(0, 64, 8)]
    return np.array([yes if words[one >> 5] >> (one & 31) & 1 else no for one in range(256)], np.float32)
