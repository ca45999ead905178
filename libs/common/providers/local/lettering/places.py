"""Where words may stand in a picture, and which of the places is the calmest."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.canvas import Dice, Frame
from libs.common.providers.local.colour import Plane, Planes
from libs.common.providers.local.lettering.setting import Block, Box

WIDE, BANNER, STORY = 1.2, 2.3, 0.68
"""Ratios of width to height from which a format is landscape, a banner, or (below) a story."""
MIDDLE: Final = 0.5
SAFE_TOP, SAFE_BOTTOM = 0.12, 0.16
"""Shares of a story's height that apps cover with their own buttons."""
CALM_SIDE_PX: Final = 160
TILT: Final = 0.07
"""How much chance counts against calm, so that variations differ in their layout."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column of the grid: what it may hold, how its lines are aligned, and where the block stands in it."""

    box: Box
    align: str
    down: float
    """0 at the top, 0.5 in the middle, 1 at the bottom."""


def margin(frame: Frame) -> float:
    """The white edge of the grid in pixels."""
    ratio = frame.width / frame.height
    return float(frame.unit * (0.075 if STORY < ratio < BANNER else 0.085))


def places(frame: Frame) -> tuple[Place, ...]:
    """The places that suit the format, the usual one first."""
    edge = margin(frame)
    ratio = frame.width / frame.height
    high = frame.height - 2 * edge
    if ratio >= BANNER:
        edge = max(edge, frame.height * 0.14)
        high = frame.height - 1.5 * min(edge, frame.height * 0.14)
        top = (frame.height - high) / 2
        wide = frame.width * (0.5 if ratio < 4 else 0.56)
        left = Box(edge * 1.15, top, wide, high)
        right = Box(frame.width - edge * 1.15 - wide, top, wide, high)
        whole = Box(frame.width * 0.16, top, frame.width * 0.68, high)
        return Place(left, "left", 0.5), Place(right, "left", 0.5), Place(whole, "center", 0.5)
    if ratio >= WIDE:
        wide = frame.width * 0.5
        left = Box(edge, edge, wide, high)
        right = Box(frame.width - edge - wide * 0.86, edge, wide * 0.86, high)
        whole = Box(frame.width * 0.14, edge, frame.width * 0.72, high)
        return (
            Place(left, "left", 0.5),
            Place(left, "left", 1.0),
            Place(left, "left", 0.0),
            Place(right, "left", 0.5),
            Place(whole, "center", 0.5),
            Place(whole, "center", 0.16),
        )
    top, bottom = (SAFE_TOP, SAFE_BOTTOM) if ratio < STORY else (0.0, 0.0)
    head, foot = max(edge, frame.height * top), max(edge, frame.height * bottom)
    column = Box(edge, head, frame.width - 2 * edge, frame.height - head - foot)
    return (
        Place(column, "left", 0.0),
        Place(column, "left", 1.0),
        Place(column, "center", 0.06),
        Place(column, "center", 0.5),
    )


def standing(place: Place, block: Block) -> Box:
    """Where the block comes to stand in its place."""
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[place.align]
    x = place.box.x + (place.box.width - block.width) * share
    y = place.box.y + (place.box.height - block.height) * place.down
    return Box(x, y, block.width, block.height)


def calmest(candidates: list[tuple[Place, Block]], planes: Planes, dice: Dice) -> tuple[Place, Block]:
    """The candidate with the least going on behind it; chance decides between places that are nearly as calm."""
    height, width = planes.shape[1:]
    factor = min(1.0, CALM_SIDE_PX / min(width, height))
    busy = _busy(planes, factor)
    most = max(line.size_px for _, block in candidates for line in block.lines)

    def cost(pair: tuple[Place, Block]) -> float:
        spot = standing(*pair)
        seen = busy[
            int(spot.y * factor) : int((spot.y + spot.height) * factor) + 1,
            int(spot.x * factor) : int((spot.x + spot.width) * factor) + 1,
        ]
        lead = max(line.size_px for line in pair[1].lines)
        busyness = float(seen.mean()) * 1.3 + float(np.quantile(seen, 0.9)) * 0.6
        return busyness + 0.35 * (1 - lead / most) + dice.between(0, TILT)

    return min(candidates, key=cost)


def _busy(planes: Planes, factor: float) -> Plane:
    """How much is going on around each point of a reduced picture: edges near it and contrast around it."""
    grey = planes[0] * 0.3 + planes[1] * 0.59 + planes[2] * 0.11
    size = (max(4, round(grey.shape[1] * factor)), max(4, round(grey.shape[0] * factor)))
    small = cv2.resize(np.asarray(grey, np.float32), size, interpolation=cv2.INTER_AREA)
    across, down = cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1)
    edges = np.sqrt(across * across + down * down)
    mean = cv2.blur(small, (25, 25))
    spread = np.sqrt(np.clip(cv2.blur(small * small, (25, 25)) - mean * mean, 0, None))
    return np.asarray(np.clip(edges * 0.8 + spread * 1.2, 0, 1), np.float32)
