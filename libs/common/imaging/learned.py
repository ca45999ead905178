"""Filters learned from photographs, which double a grey plane: a plain one for smooth surroundings, and for each kind
of structure (an edge of some slope, a line, a corner) one of its own.

After A+ (Timofte et al. 2014) and RAISR (Romano et al. 2016), with three differences: the filters read the small
picture and write the four pixels that each of its pixels becomes; a second set goes on where the first one ends, so
that four times is twice two times; kinds are told apart by direction alone, whatever the contrast or its sign.
`python -m scripts.quality.train_filters` learns them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""(H, W), 0 to 255, and a little beyond."""

FILE: Final = Path(__file__).with_name("learned.npz")
REACH_PX: Final = 2
"""A pixel is made from this far around it."""
WINDOW_PX: Final = 2 * REACH_PX + 1
PART_PX: Final = 4_096
"""Pixels told apart at once: their scores stay within a core's cache."""
QUIET_PRODUCTS: Final = 1 << 17
"""Multiplications of one call up to which BLAS does not start threads of its own. Tiles are threads already, and with
both the work took seven times as long."""
STAGES: Final = ("first", "second")
NAMES: Final = ("everywhere", "basis", "anchors", "kinds")


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """One set. A window is a row of 25 values and becomes 2 x 2 values, a row of 4. A filter's columns add up to 1."""

    everywhere: NDArray[np.float32]
    """25 x 4: for surroundings without structure."""
    basis: NDArray[np.float32]
    """25 x D: what is looked at to tell kinds apart; blind to brightness."""
    anchors: NDArray[np.float32]
    """D x K: the middle of each kind, of length 1."""
    kinds: NDArray[np.float32]
    """K x 25 x 4."""

    def kind(self, windows: NDArray[np.float32]) -> NDArray[np.uint16]:
        """The number of each window's kind: the anchor whose line it lies closest to."""
        scores = _product(_product(windows, self.basis), self.anchors)
        np.abs(scores, out=scores)
        return np.asarray(scores.argmax(axis=1), np.uint16)


@lru_cache(maxsize=1)
def learned() -> dict[str, Filters]:
    """The filters that come with the project by their stage; read once."""
    with np.load(FILE, allow_pickle=False) as stored:
        return {stage: _unpacked({name: stored[f"{stage}_{name}"] for name in NAMES}) for stage in STAGES}


def packed(stage: str, filters: Filters) -> dict[str, NDArray[np.float16]]:
    """The arrays as they are stored: half the bytes, a thousandth of the value exact."""
    return {f"{stage}_{name}": getattr(filters, name).astype(np.float16) for name in NAMES}


def doubled(plane: Plane, filters: Filters, least: float) -> Plane:
    """The plane with twice the height and width. Where the surroundings vary by more than `least` (their variance, in
    squared levels of 0 to 255) the filter of their kind is used. Edges are continued by reflection."""
    wide = np.asarray(cv2.copyMakeBorder(plane, *(REACH_PX,) * 4, cv2.BORDER_REFLECT_101), np.float32)
    made = _linear(wide, filters.everywhere)
    spots = np.flatnonzero(_variance(wide) > least)
    if spots.size:
        _by_kind(wide, plane.shape[1], spots, filters, made)
    height, width = plane.shape
    return np.ascontiguousarray(made.reshape(height, width, 2, 2).transpose(0, 2, 1, 3)).reshape(2 * height, 2 * width)


def _product(rows: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """rows @ matrix, in pieces of at most `QUIET_PRODUCTS`."""
    step = max(1, QUIET_PRODUCTS // matrix.size)
    even = len(rows) // step * step
    made = np.empty((len(rows), matrix.shape[1]), np.float32)
    np.matmul(rows[:even].reshape(-1, step, len(matrix)), matrix, out=made[:even].reshape(-1, step, matrix.shape[1]))
    np.matmul(rows[even:], matrix, out=made[even:])
    return made


def _linear(wide: Plane, everywhere: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every pixel's 2 x 2 by the one filter, in rows of 4."""
    inner = slice(REACH_PX, -REACH_PX)
    planes = [
        cv2.filter2D(wide, cv2.CV_32F, everywhere[:, phase].reshape(WINDOW_PX, WINDOW_PX))[inner, inner]
        for phase in range(everywhere.shape[1])
    ]
    return np.asarray(cv2.merge(planes), np.float32).reshape(-1, everywhere.shape[1])


def _variance(wide: Plane) -> Plane:
    size = (WINDOW_PX, WINDOW_PX)
    inner = slice(REACH_PX, -REACH_PX)
    mean = cv2.blur(wide, size)[inner, inner]
    variance: Plane = cv2.sqrBoxFilter(wide, cv2.CV_32F, size)[inner, inner] - mean * mean
    return variance


def _by_kind(wide: Plane, width: int, spots: NDArray[np.intp], filters: Filters, made: NDArray[np.float32]) -> None:
    across = np.arange(WINDOW_PX)
    offsets = (across[:, None] * wide.shape[1] + across).ravel()
    corners = spots + spots // width * (2 * REACH_PX)
    windows = np.take(wide.ravel(), corners[:, None] + offsets)
    kinds = np.concatenate([filters.kind(windows[at : at + PART_PX]) for at in range(0, len(windows), PART_PX)])
    order = np.argsort(kinds, kind="stable")
    bounds = np.searchsorted(kinds[order], np.arange(len(filters.kinds) + 1))
    for number in np.flatnonzero(np.diff(bounds)):
        some = order[bounds[number] : bounds[number + 1]]
        made[spots[some]] = _product(windows[some], filters.kinds[number])


def _unpacked(stored: dict[str, NDArray[np.float16]]) -> Filters:
    """Exact again where it matters: what was rounded must still keep the brightness of an even plane."""
    full = {name: value.astype(np.float32) for name, value in stored.items()}
    for name in ("everywhere", "kinds"):
        full[name] += (1 - full[name].sum(axis=-2, keepdims=True)) / WINDOW_PX**2
    full["basis"] -= full["basis"].mean(axis=0)
    return Filters(**full)
