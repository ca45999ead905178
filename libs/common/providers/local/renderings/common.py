"""What several renderings share: flat inks, ink lines, dots, paper and painterly smoothing."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice, Frame, Plan, blur, interleave, planar, smooth
from libs.common.providers.local.colour import Plane, Planes
from libs.common.providers.local.noise import value

SAMPLE_SIDE: Final = 72
CUBE: Final = 64
ROUNDS: Final = 8


def luma(planes: Planes) -> Plane:
    """Brightness as it is seen, 0 to 1."""
    return np.asarray(
        np.clip(planes[0] * 0.3 + planes[1] * 0.59 + planes[2] * 0.11, 0, 1).astype(np.float32), np.float32
    )


def saturated(planes: Planes, factor: float) -> Planes:
    """Colours moved away from grey (above 1) or toward it."""
    grey = luma(planes)
    return np.clip(grey + (planes - grey) * np.float32(factor), 0, 1).astype(np.float32)


def contrast(planes: Planes, factor: float) -> Planes:
    """Stretched around the middle."""
    return np.asarray(np.clip((planes - 0.5) * np.float32(factor) + 0.5, 0, 1).astype(np.float32), np.float32)


def inks(planes: Planes, count: int) -> NDArray[np.float32]:
    """The `count` colours that stand best for the picture (k-means from farthest points), (count, 3)."""
    small = cv2.resize(interleave(planes), (SAMPLE_SIDE, SAMPLE_SIDE), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    centres = [small.mean(axis=0)]
    for _ in range(count - 1):
        gaps = np.min([((small - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
        centres.append(small[int(gaps.argmax())])
    table = np.stack(centres)
    for _ in range(ROUNDS):
        nearest = ((small[:, None] - table[None]) ** 2).sum(axis=2).argmin(axis=1)
        for number in range(count):
            chosen = small[nearest == number]
            table[number] = chosen.mean(axis=0) if len(chosen) else table[number]
    return np.asarray(np.clip(table, 0, 1).astype(np.float32), np.float32)


def nearest_ink(pixels: NDArray[np.uint8], table: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Each pixel as the nearest ink, by a cube of 64 steps a side; (H, W, 3) in and out."""
    axis = (np.arange(CUBE, dtype=np.float32) + 0.5) / CUBE
    cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    gaps = cube @ (-2 * table.T) + (table**2).sum(axis=1)
    colours = np.rint(table * 255).astype(np.uint8)[gaps.argmin(axis=1)]
    step = pixels >> 2
    index = (step[:, :, 0].astype(np.int32) << 12) | (step[:, :, 1].astype(np.int32) << 6) | step[:, :, 2]
    return np.asarray(np.take(colours, index, axis=0), np.uint8)


def posterised(planes: Planes, count: int, *, speck_px: int = 5) -> Planes:
    """The picture in `count` flat inks with smooth edges and without specks."""
    pixels = cv2.medianBlur(bytes_of(planes), speck_px)
    double = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    flat = nearest_ink(np.asarray(double, np.uint8), inks(planes, count))
    height, width = pixels.shape[:2]
    return floats_of(np.asarray(cv2.resize(flat, (width, height), interpolation=cv2.INTER_AREA), np.uint8))


def bytes_of(planes: Planes) -> NDArray[np.uint8]:
    """(3, H, W) floats into (H, W, 3) bytes."""
    return np.asarray(np.clip(interleave(planes) * 255 + 0.5, 0, 255), np.uint8)


def floats_of(pixels: NDArray[np.uint8]) -> Planes:
    """(H, W, 3) bytes into (3, H, W) floats."""
    return planar(pixels.astype(np.float32) * np.float32(1 / 255))


def lines(planes: Planes, thick_px: float, *, sensitive: float = 1.0) -> Plane:
    """Ink along edges, 0 to 1: the dark side of a difference of two blurs, over all three colours."""
    ink = np.zeros(planes.shape[1:], np.float32)
    for plane in planes:
        gap = blur(plane, thick_px * 1.8) - blur(plane, thick_px)
        ink = np.maximum(ink, gap)
    return smooth(0.012 / sensitive, 0.05 / sensitive, ink)


def dots(frame: Frame, darkness: Plane, pitch_px: float, *, turn: float = 0.785) -> Plane:
    """A halftone screen: round dots that grow with darkness."""
    cos, sin = np.float32(np.cos(turn) / pitch_px), np.float32(np.sin(turn) / pitch_px)
    u, v = frame.x * cos + frame.y * sin, frame.y * cos - frame.x * sin
    away = np.sqrt((u - np.rint(u)) ** 2 + (v - np.rint(v)) ** 2)
    radius = np.sqrt(np.clip(darkness, 0, 1)) * np.float32(0.62)
    return np.asarray(np.clip((radius - away) * np.float32(pitch_px) + 0.5, 0, 1) * (darkness > 0.02), np.float32)


def paper(plan: Plan, name: str, *, coarse: float = 1.0) -> Plane:
    """The tooth of paper, about -1 to 1."""
    frame, dice = plan.frame, plan.dice.named(name)
    cell = max(frame.unit / 420 * coarse, 2.0)
    fine = value(frame.shape, (cell, cell), dice)
    return fine * np.float32(0.6) + value(frame.shape, (cell * 3, cell * 3), dice) * np.float32(0.4)


def kuwahara(planes: Planes, radius_px: int) -> Planes:
    """Every pixel becomes the mean of its calmest quadrant: areas flatten, edges stay."""
    pixels = interleave(planes)
    grey = luma(planes)
    size = radius_px + 1
    calm = np.full(grey.shape, np.inf, np.float32)
    out = pixels.copy()
    for anchor in ((0, 0), (radius_px, 0), (0, radius_px), (radius_px, radius_px)):
        mean = cv2.boxFilter(pixels, -1, (size, size), anchor=anchor, borderType=cv2.BORDER_REFLECT)
        middle = cv2.boxFilter(grey, -1, (size, size), anchor=anchor, borderType=cv2.BORDER_REFLECT)
        square = cv2.boxFilter(grey * grey, -1, (size, size), anchor=anchor, borderType=cv2.BORDER_REFLECT)
        spread = square - middle * middle
        better = spread < calm
        calm = np.where(better, spread, calm)
        cv2.copyTo(mean, better.astype(np.uint8), out)
    return planar(out)


def emboss(field: Plane, depth: float) -> Plane:
    """Light from the upper left on a height field, around 0."""
    down = cv2.Sobel(field, cv2.CV_32F, 0, 1, ksize=3)
    across = cv2.Sobel(field, cv2.CV_32F, 1, 0, ksize=3)
    return np.asarray(np.clip((down + across) * np.float32(-depth), -1, 1).astype(np.float32), np.float32)


def own_dice(plan: Plan, name: str) -> Dice:
    """Chance for a rendering, apart from that of the scene."""
    return plan.dice.named(f"rendering/{name}")


def margin(frame: Frame, share: float) -> Plane:
    """Distance to the nearest border in pixels, less `share` of a unit."""
    near_x = np.minimum(frame.x, frame.width - frame.x)
    near_y = np.minimum(frame.y, frame.height - frame.y)
    return np.minimum(near_x, near_y) - np.float32(share * frame.unit)
