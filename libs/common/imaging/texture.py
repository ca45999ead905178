"""What the creative enlargement adds: depth, crispness and grain that the source does not have."""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

DEPTH_PX: Final = 4.0
"""Of the source: how wide the contrasts are that are raised (sigma)."""
REACH_PX: Final = 12
"""Of the source: how far around a pixel is looked."""
CRISP_PX: Final = 1.1
"""Of the result (sigma)."""
DEPTH, CRISP, GRAIN = 0.9, 1.9, 3.2
"""How much of each is added at creativity 1."""
LEVELS_MAX: Final = 18.0
"""No pixel gets lighter or darker by more than about this."""
GRAIN_PX: Final = 509
"""The pattern repeats after so many pixels: a prime, so that it meets no grid of the picture."""
CALM, LIVELY = 1.5, 24.0
"""Levels of local deviation in the source: below the first no grain is added, above the second no more."""


def added(large: Plane, source: Plane, creativity: float, at: tuple[int, int]) -> Plane:
    """The enlarged brightness with more in it than was there. `at` is where its corner lies in the whole result, so
    that neighbouring tiles carry on each other's grain."""
    size = (large.shape[1], large.shape[0])
    depth = _blurred(source, DEPTH_PX)
    lively = np.clip((_deviation(source) - CALM) / (LIVELY - CALM), 0, 1) * LIVELY / 4
    more = cv2.resize(source - depth, size, interpolation=cv2.INTER_LINEAR) * DEPTH
    more += (large - _blurred(large, CRISP_PX)) * CRISP
    more += cv2.resize(lively, size, interpolation=cv2.INTER_LINEAR) * _grain_at(at, size) * GRAIN
    made: Plane = large + LEVELS_MAX * np.tanh(more * (creativity / LEVELS_MAX))
    return made


def _blurred(plane: Plane, sigma: float) -> Plane:
    side = 2 * round(3 * sigma) + 1
    return np.asarray(cv2.GaussianBlur(plane, (side, side), sigma), np.float32)


def _deviation(plane: Plane) -> Plane:
    mean = cv2.blur(plane, (5, 5))
    variance = cv2.sqrBoxFilter(plane, cv2.CV_32F, (5, 5)) - mean * mean
    return np.asarray(np.sqrt(np.maximum(variance, 0)), np.float32)


def _grain_at(at: tuple[int, int], size: tuple[int, int]) -> Plane:
    grain = _grain()
    columns = (at[0] + np.arange(size[0])) % GRAIN_PX
    rows = (at[1] + np.arange(size[1])) % GRAIN_PX
    return grain[rows[:, None], columns]


@lru_cache(maxsize=1)
def _grain() -> Plane:
    """Noise of deviation 1 with the roughness of film: coarse and fine mixed, without a seam where it repeats."""
    noise = np.random.default_rng(7).standard_normal((GRAIN_PX, GRAIN_PX)).astype(np.float32)
    tiled = np.pad(noise, 16, mode="wrap")
    mixed = (_blurred(tiled, 0.6) * 2 + _blurred(tiled, 1.3) * 3)[16:-16, 16:-16]
    return np.asarray(mixed / mixed.std(), np.float32)
