"""Silhouettes of trees."""

import math

import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice, Frame, polygon_mask
from libs.common.providers.local.colour import Plane
from libs.common.providers.local.noise import line

TREES_MAX = 1_500


def pine(x: float, base: float, tall: float, dice: Dice) -> NDArray[np.float64]:
    """One pine in pixels: tiers of drooping branches that are never quite alike."""
    tiers = dice.count(7, 11)
    half = tall * dice.between(0.17, 0.24)
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for tier in range(1, tiers + 1):
        share = tier / tiers
        y = base - tall * (1 - share * 0.94)
        reach = half * share**0.85
        droop = tall * 0.03
        for sign, edge in ((-1, left), (1, right)):
            out = reach * dice.between(0.75, 1.1)
            edge.append((x + sign * out, y + droop * dice.between(0.3, 1.2)))
            edge.append((x + sign * out * 0.45, y - droop * 0.1))
    trunk = half * 0.12
    points = [(x, base - tall), *right, (x + trunk, base - tall * 0.05), (x + trunk, base + tall * 0.2)]
    points += [(x - trunk, base + tall * 0.2), (x - trunk, base - tall * 0.05), *reversed(left)]
    return np.array(points)


def pine_row(frame: Frame, dice: Dice, base: float, size: float, *, gap: float = 0.3) -> Plane:
    """A mask of pines along rolling ground near the row `base`, with ground below them."""
    ground = base + line(frame.width, frame.unit * 0.5, dice.named("ground"), octaves=4) * size * 0.45
    density = line(frame.width, frame.unit * 0.35, dice.named("density"), octaves=3)
    shapes = [_ground(frame, ground)]
    step = max(size * gap, frame.width / TREES_MAX)
    for slot in range(math.ceil(frame.width / step) + 1):
        x = (slot + dice.between(-0.5, 0.5)) * step
        column = min(max(int(x), 0), frame.width - 1)
        tall = size * dice.between(0.45, 1.0) * (1 + 0.6 * float(density[column]))
        if tall > size * 0.25:
            shapes.append(pine(x, float(ground[column]) + size * 0.03, tall, dice))
    return polygon_mask(frame, shapes)


def _ground(frame: Frame, line_y: NDArray[np.float64]) -> NDArray[np.float64]:
    xs = np.arange(frame.width) + 0.5
    below = frame.height + 2.0
    top = np.stack([xs, line_y], axis=1)
    ends = np.array([(frame.width + 1.0, below), (-1.0, below)])
    return np.concatenate([np.array([(-1.0, line_y[0])]), top, np.array([(frame.width + 1.0, line_y[-1])]), ends])
