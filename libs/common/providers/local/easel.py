"""Shapes with smooth edges, washes and shadows, each worked out in its own window of the canvas."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import SUBPIXEL_BITS, Frame, blur, over, shade, shine, tint
from libs.common.providers.local.colour import BLACK, RAMP_STEPS, SMALL_RAMP_STEPS, Lab, Plane, Planes, Ramp

Points = NDArray[np.float64]
"""(N, 2) pixel coordinates of a closed outline."""
Window = tuple[slice, slice]
ROUND_STEPS: Final = 96
SMALL_SHARE: Final = 0.3
OVERSAMPLE: Final = 2
"""Edges of shapes are drawn twice as fine and averaged."""
OVERSAMPLED_MAX_PX: Final = 600_000


@dataclass(frozen=True, slots=True)
class Easel:
    """A canvas and the ways to lay shapes on it."""

    canvas: Planes
    frame: Frame

    def fill(self, outlines: Sequence[Points], colour: Lab, strength: float = 1.0) -> None:
        """One flat colour."""
        if found := self._mask(outlines, 1):
            (rows, cols), mask = found
            tint(self.canvas, colour, mask * np.float32(strength), rows, cols)

    def light(self, outlines: Sequence[Points], colour: Lab, strength: float) -> None:
        """Light added inside the shapes."""
        if found := self._mask(outlines, 1):
            (rows, cols), mask = found
            shine(self.canvas, colour, mask * np.float32(strength), rows, cols)

    def wash(self, outlines: Sequence[Points], colours: Sequence[Lab], turn: float, strength: float = 1.0) -> None:
        """A gradient from one side of the shapes to the other; `turn` is its direction in radians."""
        if not (found := self._mask(outlines, 1)):
            return
        (rows, cols), mask = found
        along = np.concatenate([outline @ np.array([math.cos(turn), math.sin(turn)]) for outline in outlines])
        low, high = float(along.min()), float(along.max())
        place = self.frame.x[:, cols] * np.float32(math.cos(turn)) + self.frame.y[rows] * np.float32(math.sin(turn))
        share = (place - np.float32(low)) / np.float32(max(high - low, 1e-3))
        over(self.canvas, self._ramp(colours, mask.shape).paint(share), mask * np.float32(strength), rows, cols)

    def glow(self, spot: tuple[float, float, float], colours: Sequence[Lab], mask_of: Sequence[Points]) -> None:
        """A gradient from the middle of a circle (`spot`: x, y, radius) outwards, inside the shapes."""
        if not (found := self._mask(mask_of, 1)):
            return
        (rows, cols), mask = found
        away = np.hypot(self.frame.x[:, cols] - np.float32(spot[0]), self.frame.y[rows] - np.float32(spot[1]))
        over(self.canvas, self._ramp(colours, mask.shape).paint(away / np.float32(spot[2])), mask, rows, cols)

    def cast(self, outlines: Sequence[Points], drop: float, strength: float, tone: Lab = BLACK) -> None:
        """The soft shadow of something `drop` pixels above the ground, lit from the upper left."""
        moved = [outline + np.array([drop * 0.6, drop]) for outline in outlines]
        if found := self._mask(moved, drop * 2.2 + 2):
            (rows, cols), mask = found
            shade(self.canvas, blur(mask, max(0.5, drop * 0.7)) * np.float32(strength), tone, rows, cols)

    def soft(self, outlines: Sequence[Points], colour: Lab, reach: float, strength: float) -> None:
        """A shape out of focus."""
        if found := self._mask(outlines, reach * 3 + 2):
            (rows, cols), mask = found
            tint(self.canvas, colour, np.clip(blur(mask, reach), 0, 1) * np.float32(strength), rows, cols)

    def _ramp(self, colours: Sequence[Lab], shape: tuple[int, ...]) -> Ramp:
        """As many steps as the shape can show."""
        small = max(shape) < SMALL_SHARE * max(self.frame.shape)
        return Ramp(colours, steps=SMALL_RAMP_STEPS if small else RAMP_STEPS)

    def _mask(self, outlines: Sequence[Points], pad: float) -> tuple[Window, Plane] | None:
        if not outlines:
            return None
        low = np.min([outline.min(axis=0) for outline in outlines], axis=0) - pad
        high = np.max([outline.max(axis=0) for outline in outlines], axis=0) + pad
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        right, bottom = min(self.frame.width, math.ceil(high[0]) + 1), min(self.frame.height, math.ceil(high[1]) + 1)
        if right <= left or bottom <= top:
            return None
        high, wide = bottom - top, right - left
        scale = OVERSAMPLE if high * wide <= OVERSAMPLED_MAX_PX else 1
        mask = np.zeros((high * scale, wide * scale), np.uint8)
        for outline in outlines:
            inside = (outline - np.array([left, top])) * scale - 0.5
            fixed = np.rint(inside * (1 << SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SUBPIXEL_BITS)
        if scale > 1:
            mask = np.asarray(cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
        return (slice(top, bottom), slice(left, right)), mask.astype(np.float32) * np.float32(1 / 255)


def placed(points: Points, x: float, y: float, turn: float = 0.0, size: float = 1.0) -> Points:
    """Points around the origin, scaled, turned and moved."""
    cos, sin = math.cos(turn), math.sin(turn)
    out: Points = points * size @ np.array([[cos, sin], [-sin, cos]]) + np.array([x, y])
    return out


def oval(x: float, y: float, wide: float, tall: float | None = None, turn: float = 0.0) -> Points:
    """An ellipse by its half axes."""
    t = np.linspace(0, math.tau, ROUND_STEPS, endpoint=False)
    points = np.stack([np.cos(t) * wide, np.sin(t) * (wide if tall is None else tall)], axis=1)
    return placed(points, x, y, turn)


def slab(x: float, y: float, wide: float, tall: float, corner: float = 0.0, turn: float = 0.0) -> Points:
    """A rectangle by its middle, width and height, with rounded corners."""
    corner = min(corner, wide / 2, tall / 2)
    t = np.linspace(0, math.pi / 2, 10)
    parts = []
    for number, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        arc = t + number * math.pi / 2
        parts.append(
            np.stack(
                [np.cos(arc) * corner + sx * (wide / 2 - corner), np.sin(arc) * corner + sy * (tall / 2 - corner)], 1
            )
        )
    return placed(np.concatenate(parts), x, y, turn)


def leaf(x: float, y: float, long: float, wide: float, turn: float, *, bend: float = 0.0) -> Points:
    """A pointed leaf from its stalk at (x, y)."""
    t = np.linspace(0, 1, 28)
    half = np.sin(math.pi * t**0.8) ** 0.9 * wide / 2
    spine = bend * long * t * (1 - t) * 2
    points = np.concatenate(
        [np.stack([t * long, spine - half], 1), np.stack([t[::-1] * long, (spine + half)[::-1]], 1)]
    )
    return placed(points, x, y, turn)


def ribbon(path: Points, thick: float | NDArray[np.float64]) -> Points:
    """The outline of a path as wide as `thick`."""
    along = np.gradient(path, axis=0)
    norm = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
    half = norm * (np.asarray(thick, np.float64) / 2)[..., None]
    return np.concatenate([path + half, (path - half)[::-1]])


def curve(*knots: tuple[float, float], steps: int = 40) -> Points:
    """A Bézier curve through its first and last knot."""
    t = np.linspace(0, 1, steps)[:, None]
    layers: list[Points] = [np.repeat(np.array(knot)[None], steps, 0) for knot in knots]
    while len(layers) > 1:
        layers = [first * (1 - t) + second * t for first, second in itertools.pairwise(layers)]
    return layers[0]


def star(x: float, y: float, size: float, turn: float, points: int = 5, inner: float = 0.45) -> Points:
    """A star by its outer radius."""
    t = np.linspace(0, math.tau, points * 2, endpoint=False)
    reach = np.where(np.arange(points * 2) % 2 == 0, 1.0, inner)
    return placed(np.stack([np.sin(t) * reach, -np.cos(t) * reach], 1), x, y, turn, size)


def heart(x: float, y: float, size: float, turn: float) -> Points:
    """A heart about `size` to each side."""
    t = np.linspace(0, math.tau, 60, endpoint=False)
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return placed(np.stack([16 * np.sin(t) ** 3, down], 1) / 16, x, y, turn, size)
