"""Photographs with hand-made mattes, and how near a cut-out comes to them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

QUALITY: Final = Path(__file__).parents[2] / "docs" / "quality"

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Matted:
    """A photograph, (H, W, 3), and its matte, (H, W) of 0 to 1."""

    pixels: Pixels
    alpha: NDArray[np.float32]


def matted(name: str, side_px: int = 400) -> Matted:
    """One of the photographs, its longer side reduced to `side_px`."""
    photo = cv2.imread(str(QUALITY / "photos" / f"{name}.jpg"), cv2.IMREAD_COLOR_RGB)
    grey = cv2.imread(str(QUALITY / "mattes" / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
    assert photo is not None
    assert grey is not None
    scale = min(1.0, side_px / max(grey.shape))
    size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
    pixels = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    return Matted(pixels, alpha)


def overlap(alpha: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Intersection over union of what is more subject than not."""
    mine, right = alpha > 0.5, truth > 0.5
    return float((mine & right).sum() / max(1, (mine | right).sum()))


def disc_on(ground: Pixels, centre: tuple[int, int], radius: int, colour: tuple[int, int, int]) -> Pixels:
    """A disc with a smooth edge on a ground."""
    out = ground.copy()
    cv2.circle(out, centre, radius, colour, -1, cv2.LINE_AA)
    return out
