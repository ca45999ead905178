"""Close a hole in a picture from what lies around it, at a bounded price.

Several fills are made on a reduced copy, each from other surroundings; the one that stands out least is brought up to
the size of the picture.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.fill_alike import alike
from libs.common.providers.local.edits.fill_choice import band_of, strangeness
from libs.common.providers.local.edits.fill_detail import bring_up
from libs.common.providers.local.edits.fill_place import Box, places_of
from libs.common.providers.local.edits.fill_seam import RING_PX, blended
from libs.common.providers.local.edits.patchmatch import Where, painted

WORK_PX: Final = 300_000
"""Pixels of a view that is searched, about half a second; larger ones are reduced to it."""
TRY_PX: Final = 60_000
"""The same for a try."""
GOOD: Final = 0.8
"""So little strange that no other way is tried."""
WORK_LEAST_PX: Final = 60_000
"""With many holes each view gets less, but not less than this."""
COARSE_MIN_PX: Final = 64
"""A part with a shorter side is not reduced."""
NEAR_MIN_PX: Final = 48
_DISC: Final = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RING_PX + 1, 2 * RING_PX + 1))
OPEN_LEAST: Final = 0.15
"""Share of a view that must be there to take from."""


@dataclass(frozen=True, slots=True)
class View:
    """Surroundings to fill a hole from: so many sides of the hole wide, all of them or only what has colours like
    those right beside the hole. `cost` is added to how strange a fill looks: nearer is better when in doubt."""

    near: float
    only_alike: bool
    cost: float


VIEWS: Final = (
    View(near=0.4, only_alike=False, cost=1.0),
    View(near=1.0, only_alike=True, cost=1.05),
    View(near=2.0, only_alike=True, cost=1.1),
    View(near=2.0, only_alike=False, cost=1.25),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A view of one hole: the box it is filled in."""

    box: Box
    only_alike: bool
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the picture with its hole, as it is and as it was searched."""

    box: Box
    small: Pixels
    hole: Where
    closed: Where
    """The last three at the size that was searched."""


def filled(pixels: Pixels, hole: Where, *, seed: int, closed: Where | None = None) -> Pixels:
    """(H, W, 3) with the hole closed; every pixel outside of it as it was. Nothing is taken from what is closed.

    Raises ValueError where nothing is left to take from.
    """
    shut = np.zeros_like(hole) if closed is None else closed
    out = pixels.copy()
    places = places_of(hole)
    budget_px = max(WORK_LEAST_PX, WORK_PX * 2 // (len(places) + 1))
    for number, place in enumerate(places):
        mine = np.zeros_like(hole)
        mine[place.part] = hole[place.part]
        _close(out, place, mine, shut | (hole & ~mine), seed=seed + number, budget_px=budget_px)
    return out


def _close(out: Pixels, place: Box, hole: Where, closed: Where, *, seed: int, budget_px: int) -> None:
    ways = [Way(_around(place, view, hole.shape), view.only_alike, view.cost) for view in VIEWS]
    put(out, hole, best_of(out, hole, closed, ways, seed=seed, budget_px=budget_px), seed=seed)


def best_of(pixels: Pixels, hole: Where, closed: Where, ways: Iterable[Way], *, seed: int, budget_px: int) -> Part:
    """The hole filled in each of the ways on a small copy; the one that stands out least, filled once more on a larger
    one. Where no way shows anything to take from, it is taken from the whole picture."""
    best, least = Way(Box(0, hole.shape[0], 0, hole.shape[1]), only_alike=False, cost=1.0), np.inf
    for way in ways:
        part = part_of(pixels, way.box, hole, closed, TRY_PX)
        shut = _shut(part, way)
        if (part.hole | shut).mean() > 1 - OPEN_LEAST:
            continue
        strange = strangeness(tried(part, shut, seed=seed).small, part.hole, ~part.closed) * way.cost
        if strange < least:
            best, least = way, strange
        if least < GOOD:
            break
    part = part_of(pixels, best.box, hole, closed, budget_px)
    return tried(part, _shut(part, best), seed=seed)


def _shut(part: Part, way: Way) -> Where:
    return part.closed | ~alike(part.small, band_of(part.hole, ~part.closed)) if way.only_alike else part.closed


def put(picture: Pixels, where: Where, part: Part, *, seed: int) -> None:
    """Fill the hole of a picture, in place, with what was found for it at the size that was searched.

    A search mixes what it found, and so takes away grain; the pieces are looked up once more and copied as they are, on
    the strength of a copy at most half as large."""
    pixels, hole = picture[part.box.part], where[part.box.part]
    if part.hole.shape == hole.shape:
        pixels[hole] = part.small[hole]
    coarse = _coarse(part, hole.shape)
    if coarse is not None:
        bring_up(pixels, hole, coarse.small, coarse.hole, coarse.closed, seed=seed)


def _coarse(part: Part, shape: tuple[int, ...]) -> Part | None:
    """The part at half the size of the picture or less; None when it is too small for that."""
    height, width = shape
    if part.hole.shape[0] * 2 <= height:
        return part
    if min(shape) < COARSE_MIN_PX:
        return None if part.hole.shape == shape else part
    size = (width // 2, height // 2)
    small = np.asarray(cv2.resize(part.small, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Part(part.box, small, _share(part.hole, size) > 0, _share(part.closed, size) > 0)


def tried(part: Part, shut: Where, *, seed: int) -> Part:
    """The part with its hole filled from what is not shut, its border blended with the surroundings.

    A band around the hole is filled too, to see how far the fill is off there."""
    ring = (cv2.dilate(part.hole.astype(np.uint8), _DISC) > 0) & ~part.hole & ~part.closed
    if (part.hole | ring | shut).all():
        ring = np.zeros_like(ring)
    fill = painted(part.small, part.hole | ring, shut & ~ring, seed=seed)
    return Part(part.box, blended(part.small, fill, part.hole, ring), part.hole, shut)


def _around(place: Box, view: View, shape: tuple[int, ...]) -> Box:
    height, width = place.bottom - place.top, place.right - place.left
    down, right = (
        max(NEAR_MIN_PX, int(view.near * max(side, other // 2))) for side, other in ((height, width), (width, height))
    )
    return place.wider(down, right, shape)


def part_of(pixels: Pixels, box: Box, hole: Where, closed: Where, budget_px: int) -> Part:
    """The part of the picture at the size that is searched."""
    height, width = box.size
    scale = min(1.0, float(np.sqrt(budget_px / (height * width))))
    if scale >= 1:
        return Part(box, pixels[box.part].copy(), hole[box.part], closed[box.part])
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = np.asarray(cv2.resize(pixels[box.part], size, interpolation=cv2.INTER_AREA), np.uint8)
    inside, shut = (_share(where[box.part], size) for where in (hole, closed))
    if ((inside > 0) | (shut > 0)).all():
        return Part(box, small, inside >= 1, (shut >= 1) & (inside < 1))
    return Part(box, small, inside > 0, shut > 0)


def _share(where: Where, size: tuple[int, int]) -> Share:
    return np.asarray(cv2.resize(where.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
