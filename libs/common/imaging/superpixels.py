"""Patches of like colour, and which of them are background.

Patches after SLIC (Achanta et al., 2012); the background after robust background detection (Zhu, Liang, Wei and Sun,
«Saliency optimization from robust background detection», 2014): a region that touches the picture's border along much
of its outline is background, and what contrasts with the background is the subject.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

PATCHES: Final = 160
ROUNDS: Final = 5
COMPACT: Final = 14.0
"""CIELAB units that a distance of one patch weighs as much as; more makes squarer patches."""
COLOUR_NEAR: Final = 9.0
"""CIELAB distance that still counts as the same colour (sigma of the falloff)."""
PLACE_NEAR: Final = 0.28
"""Distance, as a share of the picture's longer side, over which contrast counts (sigma)."""
BORDER_SOFT: Final = 1.0
"""Boundary connectivity at which a patch is background more likely than not (sigma; 1 after the authors)."""


@dataclass(frozen=True)
class Patches:
    """`labels` is (H, W); of each patch its mean colour (CIELAB, 0 to 100 and about -128 to 127), its middle as shares
    of the longer side, its pixels, and how many of them lie on the border."""

    labels: Labels
    colours: Floats
    places: Floats
    sizes: Floats
    on_border: Floats


def patches(lab: Floats, count: int = PATCHES) -> Patches:
    """Cut a picture, (H, W, 3) in CIELAB, into about `count` patches."""
    height, width = lab.shape[:2]
    step = max(2.0, float(np.sqrt(height * width / count)))
    labels = _clustered(lab, step)
    _, packed = np.unique(labels, return_inverse=True)
    labels = packed.reshape(height, width).astype(np.int32)
    return _described(lab, labels)


def background(found: Patches, bottom: float = 1.0) -> Floats:
    """For each patch how likely it is background, 0 to 1. `bottom` is what the lower border counts: less than 1 where
    a subject is cut off by it, as people are."""
    near = _geodesic(found)
    alike = np.exp(-(near**2) / (2 * COLOUR_NEAR**2)).astype(np.float32)
    area = alike @ np.ones(len(found.sizes), np.float32)
    border = alike @ (_border_patches(found, bottom))
    connected = border / np.sqrt(np.maximum(area, 1e-6))
    return np.asarray(1 - np.exp(-(connected**2) / (2 * BORDER_SOFT**2)), np.float32)


def contrast(found: Patches, behind: Floats) -> Floats:
    """For each patch how much it differs from the background around it, 0 to 1."""
    apart = np.linalg.norm(found.places[:, None] - found.places[None], axis=2)
    differs = np.linalg.norm(found.colours[:, None] - found.colours[None], axis=2)
    weight = np.exp(-(apart**2) / (2 * PLACE_NEAR**2)) * behind[None] * found.sizes[None] / found.sizes.mean()
    value = (differs * weight).sum(axis=1)
    return _unit(np.asarray(value, np.float32))


def smoothed(found: Patches, wanted: Floats, behind: Floats) -> Floats:
    """The values that are close to `wanted` where it is high, to 0 where there is background, and alike in patches
    that touch and look alike (the paper's least squares), 0 to 1."""
    touch = _touching(found.labels, len(found.sizes))
    differs = np.linalg.norm(found.colours[:, None] - found.colours[None], axis=2)
    link = np.where(touch, np.exp(-(differs**2) / (2 * COLOUR_NEAR**2)) + 0.1, 0.0)
    matrix = np.diag(link.sum(axis=1)) - link + np.diag(behind + wanted)
    return np.asarray(np.clip(np.linalg.solve(matrix + 1e-6 * np.eye(len(wanted)), wanted), 0, 1), np.float32)


def _clustered(lab: Floats, step: float) -> Labels:
    """Every pixel joins the nearest of the nine cluster centres around its grid cell, by colour and place."""
    height, width = lab.shape[:2]
    rows, columns = max(1, round(height / step)), max(1, round(width / step))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cell_y = np.minimum((y * rows / height).astype(np.intp), rows - 1)
    cell_x = np.minimum((x * columns / width).astype(np.intp), columns - 1)
    features = np.dstack([lab, x * (COMPACT / step), y * (COMPACT / step)]).astype(np.float32)
    labels = (cell_y * columns + cell_x).astype(np.int32)
    for _ in range(ROUNDS):
        centres = _means(features.reshape(-1, 5), labels.ravel(), rows * columns)
        best = np.full((height, width), np.inf, np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                other = (np.clip(cell_y + dy, 0, rows - 1) * columns + np.clip(cell_x + dx, 0, columns - 1)).astype(
                    np.int32
                )
                away = ((features - centres[other]) ** 2).sum(axis=2)
                nearer = away < best
                best = np.where(nearer, away, best)
                labels = np.where(nearer, other, labels)
    return np.asarray(labels, np.int32)


def _means(values: Floats, labels: Labels, count: int) -> Floats:
    sizes = np.maximum(np.bincount(labels, minlength=count), 1)
    sums = [np.bincount(labels, weights=values[:, axis], minlength=count) for axis in range(values.shape[1])]
    return np.asarray(np.stack(sums, axis=1) / sizes[:, None], np.float32)


def _described(lab: Floats, labels: Labels) -> Patches:
    height, width = labels.shape
    count = int(labels.max()) + 1
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    means = _means(np.dstack([lab, x, y]).reshape(-1, 5), labels.ravel(), count)
    sizes = np.bincount(labels.ravel(), minlength=count).astype(np.float32)
    edges = np.stack(
        [np.bincount(edge, minlength=count) for edge in (labels[0], labels[:, 0], labels[:, -1], labels[-1])], axis=1
    )
    return Patches(labels, means[:, :3], means[:, 3:], sizes, edges.astype(np.float32))


def _border_patches(found: Patches, bottom: float) -> Floats:
    """1 for a patch at the border, `bottom` for one that only lies at the lower one."""
    upper = found.on_border[:, :3].sum(axis=1) > 0
    return np.where(upper, 1.0, np.where(found.on_border[:, 3] > 0, bottom, 0.0)).astype(np.float32)


def _touching(labels: Labels, count: int) -> NDArray[np.bool_]:
    touch = np.zeros((count, count), np.bool_)
    for first, second in (
        (labels[:, :-1], labels[:, 1:]),
        (labels[:-1], labels[1:]),
        (labels[:-1, :-1], labels[1:, 1:]),
    ):
        touch[first.ravel(), second.ravel()] = True
    touch |= touch.T
    np.fill_diagonal(touch, val=False)
    return touch


def _geodesic(found: Patches) -> Floats:
    """Between every two patches the shortest way over patches that touch, in CIELAB (Floyd and Warshall). Patches at
    the border touch each other, as the authors have it."""
    count = len(found.sizes)
    touch = _touching(found.labels, count)
    border = found.on_border.sum(axis=1) > 0
    touch |= border[:, None] & border[None]
    differs = np.linalg.norm(found.colours[:, None] - found.colours[None], axis=2)
    away = np.where(touch, np.maximum(differs - _usual(differs, touch), 0), np.inf)
    np.fill_diagonal(away, 0)
    for middle in range(count):
        np.minimum(away, away[:, middle, None] + away[middle][None], out=away)
    return np.asarray(away, np.float32)


def _usual(differs: Floats, touch: NDArray[np.bool_]) -> float:
    """The step between neighbours that is noise: the least of each patch's, on average."""
    least = np.where(touch, differs, np.inf).min(axis=1)
    least = least[np.isfinite(least)]
    return float(least.mean()) if least.size else 0.0


def _unit(values: Floats) -> Floats:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low), np.float32) if high - low > 1e-6 else np.zeros_like(values)


def spread(found: Patches, values: Floats) -> Floats:
    """A value for each patch as a map, (H, W)."""
    return np.asarray(values[found.labels], np.float32)


def lab_of(rgb: NDArray[np.uint8]) -> Floats:
    """(H, W, 3) of sRGB bytes in CIELAB: L 0 to 100, a and b about -128 to 127."""
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
