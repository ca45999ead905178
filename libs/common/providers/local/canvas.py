"""What a scene paints with: the frame, named dice, masks and the ways to lay paint down."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.colour import Lab, Plane, Planes, rgb
from libs.common.providers.local.palettes import Palette

T = TypeVar("T")

ALL_ROWS: Final = slice(None)
SUBPIXEL_BITS: Final = 4
_BLUR_DIRECT_PX: Final = 6.0


class Dice:
    """Chance that is the same for ever: one independent stream per name."""

    def __init__(self, key: str) -> None:
        self._key = key
        digest = hashlib.sha256(key.encode(errors="surrogatepass")).digest()
        self.rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))

    def named(self, name: str) -> "Dice":
        """A stream of its own, so that one part of a picture never moves another."""
        return Dice(f"{self._key}/{name}")

    def between(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """True in `share` of all throws."""
        return bool(self.rng.random() < share)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.rng.integers(len(items)))]

    def turn(self) -> float:
        """Any direction, in radians."""
        return self.between(0, math.tau)


@dataclass(frozen=True)
class Frame:
    """The size of a picture in pixels. One `unit` is what a scene measures in, so nothing is ever stretched."""

    width: int
    height: int

    @cached_property
    def unit(self) -> float:
        """Pixels per unit: the short side, a little more in long formats."""
        short, long = sorted((self.width, self.height))
        return float(short * math.pow(long / short, 0.15))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @cached_property
    def x(self) -> Plane:
        """(1, W) pixel centres across."""
        return (np.arange(self.width, dtype=np.float32) + 0.5)[None, :]

    @cached_property
    def y(self) -> Plane:
        """(H, 1) pixel centres down."""
        return (np.arange(self.height, dtype=np.float32) + 0.5)[:, None]


@dataclass(frozen=True)
class Plan:
    """Everything a scene is told. `texture` 0 is flat shapes, 1 is full detail."""

    frame: Frame
    palette: Palette
    dice: Dice
    texture: float = 1.0
    words: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    """Words that the prompt, or its negative one, rules out."""
    focus: float | None = None
    """Where across the picture the eye is led (0 to 1), when words will stand elsewhere."""

    def side(self, dice: Dice) -> float:
        """A place across the picture, 0 to 1: the focus, or near one of the thirds."""
        place = dice.pick((0.32, 0.68)) if self.focus is None else self.focus
        return place + dice.between(-0.1, 0.1) * (1.0 if self.focus is None else 0.5)

    def shows(self, *names: str) -> bool:
        """Whether none of these things is ruled out."""
        return not self.without & frozenset(names)

    def says(self, *names: str) -> bool:
        """Whether the prompt has one of these words."""
        return bool(self.words & frozenset(names))


def smooth(low: float, high: float, value: Plane) -> Plane:
    """0 below `low`, 1 above `high`, and an S between them; `low` may be above `high`."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def plain(frame: Frame, colour: Lab) -> Planes:
    """A canvas of one colour."""
    return np.repeat(np.repeat(rgb(colour), frame.height, 1), frame.width, 2)


def over(canvas: Planes, paint: Planes, mask: Plane, rows: slice = ALL_ROWS, cols: slice = ALL_ROWS) -> None:
    """Lay paint over part of the canvas where the mask is 1."""
    for plane, colour in zip(canvas, paint, strict=True):
        part = plane[rows, cols]
        part += (colour - part) * mask


def tint(canvas: Planes, colour: Lab, mask: Plane, rows: slice = ALL_ROWS, cols: slice = ALL_ROWS) -> None:
    """Lay one colour over part of the canvas."""
    over(canvas, rgb(colour), mask, rows, cols)


def shine(canvas: Planes, colour: Lab, mask: Plane, rows: slice = ALL_ROWS, cols: slice = ALL_ROWS) -> None:
    """Add light (screen), which never goes above white."""
    for plane, light in zip(canvas, rgb(colour), strict=True):
        part = plane[rows, cols]
        part += (1 - part) * (mask * light)


def shade(canvas: Planes, mask: Plane, colour: Lab, rows: slice = ALL_ROWS, cols: slice = ALL_ROWS) -> None:
    """Multiply by the colour where the mask is 1: a shadow that keeps the hue below it."""
    for plane, dark in zip(canvas, rgb(colour), strict=True):
        part = plane[rows, cols]
        part *= 1 - mask * (1 - dark)


def blur(plane: Plane, sigma_px: float) -> Plane:
    """A Gaussian of any width at about the same cost; (H, W) or (H, W, C)."""
    if sigma_px < 0.3:
        return plane
    factor = max(1, int(sigma_px / _BLUR_DIRECT_PX * 2))
    height, width = plane.shape[:2]
    small = (max(2, math.ceil(width / factor)), max(2, math.ceil(height / factor)))
    if factor == 1:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), np.float32)
    reduced = cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
    reduced = cv2.GaussianBlur(reduced, (0, 0), sigma_px / factor, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(reduced, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def moved(plane: Plane, down: int, across: int) -> Plane:
    """The plane shifted by whole pixels; borders are repeated, never wrapped around."""
    rows = np.clip(np.arange(plane.shape[0]) - down, 0, plane.shape[0] - 1)
    cols = np.clip(np.arange(plane.shape[1]) - across, 0, plane.shape[1] - 1)
    out: Plane = plane[rows][:, cols]
    return out


def polygon_mask(frame: Frame, polygons: Sequence[NDArray[np.float64]]) -> Plane:
    """1 inside the polygons (pixel coordinates), with smooth edges."""
    mask = np.zeros(frame.shape, np.uint8)
    for points in polygons:
        fixed = np.rint(points * (1 << SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    return mask.astype(np.float32) * np.float32(1 / 255)


def interleave(planes: Planes) -> Plane:
    """(3, H, W) into (H, W, 3)."""
    return np.asarray(cv2.merge([np.ascontiguousarray(plane) for plane in planes]), np.float32)


def planar(pixels: Plane) -> Planes:
    """(H, W, 3) into (3, H, W)."""
    return np.stack(cv2.split(pixels)).astype(np.float32, copy=False)
