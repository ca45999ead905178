"""Noise made by stretching small random grids: smooth, fast and the same for ever."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice
from libs.common.providers.local.colour import Plane

CELL_MIN_PX: Final = 2.0


def value(shape: tuple[int, int], cell_px: tuple[float, float], dice: Dice) -> Plane:
    """One octave, about -1 to 1; `cell_px` is the size of a bump down and across."""
    rows, cols = (max(1, round(cell)) for cell in cell_px)
    grid_rows, grid_cols = math.ceil(shape[0] / rows) + 3, math.ceil(shape[1] / cols) + 3
    grid = dice.rng.uniform(-1, 1, (grid_rows, grid_cols)).astype(np.float32)
    top, left = (int(cell * dice.between(0.5, 1.5)) for cell in (rows, cols))
    full = cv2.resize(grid, (grid_cols * cols, grid_rows * rows), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(full[top : top + shape[0], left : left + shape[1]], np.float32)


def fbm(
    shape: tuple[int, int], cell_px: float, dice: Dice, *, octaves: int = 5, gain: float = 0.5, wide: float = 1.0
) -> Plane:
    """Octaves of noise, about -1 to 1; `wide` stretches the bumps sideways."""
    out = np.zeros(shape, np.float32)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        if cell_px < CELL_MIN_PX:
            break
        out += np.float32(weight) * value(shape, (cell_px, cell_px * wide), dice)
        total += weight
        weight, cell_px = weight * gain, cell_px / 2
    return out / np.float32(max(total, 1e-6) * 0.75)


def ridged(shape: tuple[int, int], cell_px: float, dice: Dice, *, octaves: int = 6, gain: float = 0.5) -> Plane:
    """Noise with sharp crests, 0 to about 1 (Musgrave's ridged multifractal)."""
    out = np.zeros(shape, np.float32)
    carry = np.ones(shape, np.float32)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        if cell_px < CELL_MIN_PX:
            break
        crest = (1 - np.abs(value(shape, (cell_px, cell_px), dice))) ** 2
        out += np.float32(weight) * crest * carry
        carry = np.clip(crest * 1.6, 0, 1)
        total += weight
        weight, cell_px = weight * gain, cell_px / 2
    return out / np.float32(max(total, 1e-6))


def line(count: int, cell: float, dice: Dice, *, octaves: int = 5, gain: float = 0.5) -> NDArray[np.float64]:
    """Noise along one axis, about -1 to 1, `count` values with bumps `cell` values long."""
    out = np.zeros(count)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        if cell < CELL_MIN_PX:
            break
        knots = dice.rng.uniform(-1, 1, math.ceil(count / cell) + 3)
        at = np.arange(count) / cell + dice.between(0, 1)
        low = at.astype(int)
        t = at - low
        t = t * t * t * (t * (6 * t - 15) + 10)
        out += weight * (knots[low] * (1 - t) + knots[low + 1] * t)
        total += weight
        weight, cell = weight * gain, cell / 2
    return out / max(total * 0.7, 1e-6)


def warp(plane: Plane, shift: Plane, across: Plane) -> Plane:
    """The plane seen through moved pixels: `shift` down and `across`, in pixels."""
    height, width = plane.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + across
    y = np.arange(height, dtype=np.float32)[:, None] + shift
    seen = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(seen, np.float32)
