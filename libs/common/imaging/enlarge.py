"""Pictures with more pixels, without a model: learned filters on brightness, smooth colours, tile by tile.

Measured by `python -m scripts.quality --only upscale`; docs/quality says what it is worth beside Lanczos."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.imaging import texture
from libs.common.imaging.learned import Filters, Plane, doubled, learned

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB or (H, W, 4) RGBA with straight alpha."""
Told = Callable[[float], None]

FAST, CONSERVATIVE, CREATIVE = "fast", "conservative", "creative"
MODES: Final = (FAST, CONSERVATIVE, CREATIVE)
CREATIVITY: Final = 0.3
RESULT_PIXELS_MAX: Final = 50_000_000
TILE_PX: Final = 1_024
"""Side of a tile of the result; a tile in work takes about 60 MB."""
MARGIN_PX: Final = 8
"""Pixels of the source around a tile that its filters look at: 3 for the learned ones, 4 for the last resize."""
FACTOR_MAX: Final = 4
"""What the learned filters do; beyond it the result is stretched smoothly."""
LEAST: Final = {FAST: (6.0, 150.0), CONSERVATIVE: (2.0, 2.0), CREATIVE: (2.0, 2.0)}
"""Variance from which a pixel gets the filter of its kind, in the first and in the second doubling."""
VISIBLE: Final = 32 / 255
"""Alpha from which a colour is fully believed; below it the colours around it shine in."""


@dataclass(frozen=True, slots=True)
class Work:
    """Who does it, and who wants to know."""

    pool: Executor | None = None
    """Makes the tiles; without one they are made by whoever calls, one after the other."""
    tell: Told = lambda _: None
    """Hears after each tile which share is done; what it raises ends the work."""


ALONE: Final = Work()


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture: left and top within, right and bottom just outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One enlargement."""

    source: Pixels
    width: int
    height: int
    mode: str
    creativity: float

    @property
    def factor(self) -> int:
        """How often the learned filters enlarge: 2 or 4."""
        sides = self.source.shape
        return 2 if max(self.width / sides[1], self.height / sides[0]) <= 2 else FACTOR_MAX

    @property
    def margin_px(self) -> int:
        """Pixels of the source that are needed around a tile."""
        return MARGIN_PX + (texture.REACH_PX if self.mode == CREATIVE else 0)


def enlarge(
    source: Pixels,
    width: int,
    height: int,
    mode: str,
    *,
    creativity: float = CREATIVITY,
    work: Work = ALONE,
) -> Pixels:
    """The picture with exactly width x height pixels; where that is less than it has, plainly scaled down by Lanczos.

    `creativity` (0 to 1) is how much the creative mode adds. Raises ValueError for a mode that there is not and for
    sizes below 1 or above `RESULT_PIXELS_MAX`, and whatever `work.tell` raises.
    """
    if mode not in MODES:
        raise ValueError(f"«{mode}» is no way to enlarge: {', '.join(MODES)} are")
    if min(width, height) < 1 or width * height > RESULT_PIXELS_MAX:
        raise ValueError(f"a result of {width} x {height} px is not made; at most {RESULT_PIXELS_MAX:,} pixels are")
    if width <= source.shape[1] and height <= source.shape[0]:
        return _scaled(source, width, height)
    job = Job(source, width, height, mode, creativity)
    result = np.empty((height, width, source.shape[2]), np.uint8)
    boxes = list(_tiles(width, height))
    for done, (box, tile) in enumerate(_made(job, boxes, work.pool), 1):
        result[box.top : box.bottom, box.left : box.right] = tile
        work.tell(done / len(boxes))
    return result


def _made(job: Job, boxes: list[Box], pool: Executor | None) -> Iterator[tuple[Box, Pixels]]:
    if pool is None:
        yield from ((box, _tile(job, box)) for box in boxes)
        return
    tasks = [(box, pool.submit(_tile, job, box)) for box in boxes]
    try:
        while tasks:
            box, task = tasks.pop(0)
            yield box, task.result()
    finally:
        for _, task in tasks:
            task.cancel()


def _tiles(width: int, height: int) -> Iterator[Box]:
    for top in range(0, height, TILE_PX):
        for left in range(0, width, TILE_PX):
            yield Box(left, top, min(left + TILE_PX, width), min(top + TILE_PX, height))


def _tile(job: Job, box: Box) -> Pixels:
    """One tile of the result, from the part of the source below it."""
    rows, columns = job.source.shape[:2]
    x, y = columns / job.width, rows / job.height
    part = Box(
        max(0, math.floor(box.left * x) - job.margin_px),
        max(0, math.floor(box.top * y) - job.margin_px),
        min(columns, math.ceil(box.right * x) + job.margin_px),
        min(rows, math.ceil(box.bottom * y) + job.margin_px),
    )
    larger = _larger(job, part)
    scale = job.factor
    edges = (
        (box.left * x - part.left) * scale,
        (box.top * y - part.top) * scale,
        (box.right * x - part.left) * scale,
        (box.bottom * y - part.top) * scale,
    )
    return _cut(larger, edges, box.right - box.left, box.bottom - box.top)


def _cut(larger: Pixels, edges: tuple[float, float, float, float], width: int, height: int) -> Pixels:
    """A part of the picture with exactly width x height pixels; Pillow's filters look beyond the part's edges."""
    left, top, right, bottom = (round(edge) for edge in edges)
    if (left, top, right, bottom) == edges and (right - left, bottom - top) == (width, height):
        return larger[top:bottom, left:right]
    high, wide = larger.shape[:2]
    within = (max(0.0, edges[0]), max(0.0, edges[1]), min(float(wide), edges[2]), min(float(high), edges[3]))
    return np.asarray(Image.fromarray(larger).resize((width, height), Image.Resampling.LANCZOS, box=within))


def _larger(job: Job, part: Box) -> Pixels:
    """A part of the source, enlarged by the job's factor."""
    given = job.source[part.top : part.bottom, part.left : part.right]
    if given.shape[2] == 3:
        return _larger_opaque(job, given, part)
    colours = _larger_opaque(job, _believable(given), part)
    share = np.ascontiguousarray(given[..., 3], np.float32)
    alpha = _bytes(_by_filters(share, job.factor, LEAST[FAST]))
    alpha[alpha <= 1] = 0  # what the filters leave of nothing
    return np.dstack([np.where(alpha[..., None] > 0, colours, 0), alpha])


def _larger_opaque(job: Job, given: Pixels, part: Box) -> Pixels:
    luma, *chroma = cv2.split(cv2.cvtColor(given.astype(np.float32), cv2.COLOR_RGB2YCrCb))
    bright = np.asarray(luma, np.float32)
    large = _by_filters(bright, job.factor, LEAST[job.mode], both=job.mode != FAST)
    if job.mode == CREATIVE:
        large = texture.added(large, bright, job.creativity, (part.left * job.factor, part.top * job.factor))
    size = (given.shape[1] * job.factor, given.shape[0] * job.factor)
    colours = [cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC) for plane in chroma]
    return _bytes(np.asarray(cv2.cvtColor(cv2.merge([large, *colours]), cv2.COLOR_YCrCb2RGB), np.float32))


def _by_filters(plane: Plane, factor: int, least: tuple[float, float], *, both: bool = False) -> Plane:
    """The plane doubled once or twice. `both`: turned by a quarter as well, and the mean of the two taken, because
    what the filters guess wrong they do not guess wrong alike."""
    if both:
        turned = _by_filters(np.ascontiguousarray(np.rot90(plane)), factor, least)
        return np.asarray((_by_filters(plane, factor, least) + np.rot90(turned, -1)) / 2, np.float32)
    stages: list[Filters] = list(learned().values())
    for stage, threshold in zip(stages, least, strict=True):
        if factor > 1:
            plane, factor = doubled(plane, stage, threshold), factor // 2
    return plane


def _believable(given: Pixels) -> Pixels:
    """The colours without alpha. Those that hardly show are drawn from what shows around them: an invisible black must
    not darken an edge."""
    colours = given[..., :3].astype(np.float32)
    alpha = given[..., 3:].astype(np.float32) / 255
    size = (2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1)
    weight = cv2.blur(np.ascontiguousarray(alpha), size)[..., None]
    around = cv2.blur(colours * alpha, size) / np.maximum(weight, 1e-4)
    return _bytes(around + (colours - around) * np.minimum(1, alpha / VISIBLE))


def _scaled(source: Pixels, width: int, height: int) -> Pixels:
    if (width, height) == (source.shape[1], source.shape[0]):
        return source.copy()
    return np.asarray(Image.fromarray(source).resize((width, height), Image.Resampling.LANCZOS))


def _bytes(values: NDArray[np.floating]) -> Pixels:
    rounded: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded
