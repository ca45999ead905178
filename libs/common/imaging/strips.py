"""Large pictures a strip at a time, so that working on one takes little more memory than the picture."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

STRIP_ROWS: Final = 256


def strips(height: int) -> Iterator[slice]:
    """Slices of rows that together are the whole height."""
    for top in range(0, height, STRIP_ROWS):
        yield slice(top, min(top + STRIP_ROWS, height))


def rows_of(small: NDArray[np.float32], rows: slice, height: int, width: int) -> NDArray[np.float32]:
    """These rows of what `small`, (h, w) or (h, w, n), is when it is enlarged linearly to height x width."""
    y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) * (small.shape[0] / height) - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) * (small.shape[1] / width) - 0.5
    across, down = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return np.asarray(cv2.remap(small, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
