"""Detail for a hole that was filled on a reduced copy: where each part of the fill came from, and the same from the
large picture.

The reduced fill is made of pieces of its surroundings. A search finds the pieces again (PatchMatch over the lowest
frequencies of small patches), and the same pieces are copied at full size; the reduced fill keeps the say
over everything coarse.
"""

from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.patchmatch import Where

Planes = NDArray[np.float32]
Places = NDArray[np.int32]
"""(2, N): row and column."""
At = tuple[NDArray[np.intp], NDArray[np.intp]]
Cells = Callable[[At, list[float], tuple[int, ...]], Iterator[tuple[At, Share]]]
"""Which pixels of the small picture have a say about places of the large one, and how much."""

PATCH_PX: Final = 7
WAVES: Final = (
    *((0, across, down) for across, down in ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0))),
    *((channel, *wave) for channel in (1, 2) for wave in ((0, 0), (0, 1), (1, 0))),
)
"""Channel of Lab, and waves across and down: the lowest cosines of a patch, which say most of how it looks."""
STEPS: Final = (8, 4, 2, 1)
ROUNDS: Final = 3
TRIES: Final = 6
"""Places tried at random in each round, ever nearer to the best one."""
SIDES: Final = ((1, 0), (-1, 0), (0, 1), (0, -1))
STRIP_PX: Final = 500_000
"""Pixels of the large picture copied at once: a bound for memory."""
VOTES_MAX_PX: Final = 6_000_000
"""Larger holes are copied with one vote for each pixel instead of four: a bound for time."""
SHARPER: Final = 3
"""Raises the say of the nearest vote: mixed votes take away grain."""
TINY: Final = np.float32(1e-6)


def bring_up(large: Pixels, hole: Where, small: Pixels, small_hole: Where, closed: Where, *, seed: int) -> None:
    """Fill the hole of the large picture (H, W, 3), in place, as it is filled in `small` (h, w, 3); `closed` is
    (h, w), where nothing may be taken from. Pixels outside the hole stay as they are."""
    where = _sources(small, small_hole, closed, np.random.default_rng(seed))
    if where is None:
        cv2.copyTo(_stretched(small, hole.shape), hole.astype(np.uint8), large)
        return
    cells = _nearest_cell if np.count_nonzero(hole) > VOTES_MAX_PX else _four_cells
    for rows in _strips(hole.shape):
        _copy(large, hole, rows, where, cells)
    _set_base(large, hole, small)


def _strips(shape: tuple[int, ...]) -> Iterator[slice]:
    height = max(1, STRIP_PX // shape[1])
    for top in range(0, shape[0], height):
        yield slice(top, min(top + height, shape[0]))


def _stretched(small: Pixels, shape: tuple[int, ...]) -> Pixels:
    return np.asarray(cv2.resize(small, shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def _sources(small: Pixels, hole: Where, closed: Where, rng: np.random.Generator) -> Places | None:
    """For every pixel of the small picture the place it looks like, (2, h, w); itself outside the hole."""
    reach = cv2.getStructuringElement(cv2.MORPH_RECT, (PATCH_PX, PATCH_PX))
    usable = cv2.dilate((hole | closed).astype(np.uint8), reach) == 0
    half = PATCH_PX // 2
    usable[:half], usable[-half:], usable[:, :half], usable[:, -half:] = (False,) * 4
    if not usable.any():
        return None
    return _Search(_described(small), hole, usable, rng).run()


def _described(small: Pixels) -> Planes:
    """(h, w, 12): what the patch around each pixel looks like; near patches have near descriptions."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2Lab).astype(np.float32)
    waves = [_wave(times) for times in range(3)]
    parts = [
        cv2.sepFilter2D(lab[..., channel], cv2.CV_32F, waves[across], waves[down], borderType=cv2.BORDER_REFLECT_101)
        for channel, across, down in WAVES
    ]
    return np.asarray(np.stack(parts, axis=-1), np.float32)


def _wave(times: int) -> Planes:
    """A cosine of so many half turns over a patch, of length 1."""
    wave = np.cos(np.pi * times * (np.arange(PATCH_PX) + 0.5) / PATCH_PX)
    return np.asarray(wave / np.linalg.norm(wave), np.float32)


class _Search:
    """One search for the places that a hole's pixels look like."""

    def __init__(self, described: Planes, hole: Where, usable: Where, rng: np.random.Generator) -> None:
        self._rng = rng
        self._shape = hole.shape
        self._described = described.reshape(-1, described.shape[-1])
        self._usable = usable.ravel()
        self._at: Places = np.argwhere(hole).astype(np.int32).T
        self._wanted = self._described[self._at[0] * hole.shape[1] + self._at[1]]
        self._where: Places = np.indices(hole.shape, dtype=np.int32)
        open_places: Places = np.argwhere(usable).astype(np.int32).T
        self._best: Places = open_places[:, rng.integers(0, open_places.shape[1], self._at.shape[1])]
        self._cost = self._costs(self._best)
        self._publish()

    def run(self) -> Places:
        """The places, (2, h, w)."""
        for _ in range(ROUNDS):
            for step in STEPS:
                self._ask_neighbours(step)
            self._look_around()
        self._ask_neighbours(1)
        self._ask_neighbours(1)
        return self._where

    def _ask_neighbours(self, step: int) -> None:
        """A neighbour's place, moved as far as the neighbour is away, may be better than one's own."""
        height, width = self._shape
        for down, right in SIDES:
            rows = np.clip(self._at[0] - down * step, 0, height - 1)
            columns = np.clip(self._at[1] - right * step, 0, width - 1)
            self._offer(self._where[:, rows, columns] + self._at - np.stack([rows, columns]))

    def _look_around(self) -> None:
        reach = max(self._shape)
        for turn in range(TRIES):
            width = max(1, reach >> (2 * turn))
            self._offer(self._best + self._rng.integers(-width, width + 1, self._best.shape, dtype=np.int32))

    def _offer(self, places: Places) -> None:
        cost = self._costs(places)
        better = cost < self._cost
        self._best = np.where(better, places, self._best)
        self._cost = np.where(better, cost, self._cost)
        self._publish()

    def _costs(self, places: Places) -> Planes:
        height, width = self._shape
        inside = (places[0] >= 0) & (places[0] < height) & (places[1] >= 0) & (places[1] < width)
        flat = np.where(inside, places[0] * width + places[1], 0)
        apart = self._described[flat] - self._wanted
        cost = np.einsum("nk,nk->n", apart, apart)
        return np.where(inside & self._usable[flat], cost, np.float32(np.inf)).astype(np.float32)

    def _publish(self) -> None:
        self._where[:, self._at[0], self._at[1]] = self._best


def _copy(large: Pixels, hole: Where, rows: slice, where: Places, cells: Cells) -> None:
    """Copy what the hole lacks in these rows from the places found: a vote of each of the cells, mixed for each pixel;
    where they agree, the copy is exact."""
    row, column = np.nonzero(hole[rows])
    if row.size == 0:
        return
    at = row + rows.start, column
    scale = [big / little for big, little in zip(hole.shape, where.shape[1:], strict=True)]
    total = np.zeros((row.size, 3), np.float32)
    weight = np.zeros((row.size, 1), np.float32)
    for cell, share in cells(at, scale, where.shape[1:]):
        places = [
            np.clip(np.rint((where[axis][cell] - cell[axis]) * scale[axis]).astype(np.intp) + at[axis], 0, end - 1)
            for axis, end in enumerate(hole.shape)
        ]
        known = np.where(hole[places[0], places[1]], TINY, share)[:, None]
        total += large[places[0], places[1]] * known
        weight += known
    large[at] = np.rint(total / weight).astype(np.uint8)


def _four_cells(at: At, scale: list[float], shape: tuple[int, ...]) -> Iterator[tuple[At, Share]]:
    """The four pixels of the small picture around each place of the large one, and how near they are."""
    exact = [(place + 0.5) / by - 0.5 for place, by in zip(at, scale, strict=True)]
    first = [np.floor(place).astype(np.intp) for place in exact]
    past = [(place - low).astype(np.float32) for place, low in zip(exact, first, strict=True)]
    for down in (0, 1):
        for right in (0, 1):
            row = np.clip(first[0] + down, 0, shape[0] - 1)
            column = np.clip(first[1] + right, 0, shape[1] - 1)
            near = (past[0] if down else 1 - past[0]) * (past[1] if right else 1 - past[1])
            yield (row, column), np.asarray(near**SHARPER + TINY, np.float32)


def _nearest_cell(at: At, scale: list[float], shape: tuple[int, ...]) -> Iterator[tuple[At, Share]]:
    """The pixel of the small picture that each place of the large one lies in."""
    row, column = (
        np.minimum((place / by).astype(np.intp), end - 1) for place, by, end in zip(at, scale, shape, strict=True)
    )
    yield (row, column), np.ones(row.size, np.float32)


def _set_base(large: Pixels, hole: Where, small: Pixels) -> None:
    """Exchange the coarse part of what was copied for that of the small picture."""
    coarse = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    wrong = small.astype(np.float32) - coarse
    for rows in _strips(hole.shape):
        inside = hole[rows]
        if inside.any():
            right = large[rows][inside] + _raised_rows(wrong, hole.shape, rows)[inside]
            large[rows][inside] = np.clip(np.rint(right), 0, 255).astype(np.uint8)


def _raised_rows(small: Planes, shape: tuple[int, ...], rows: slice) -> Planes:
    """These rows of the small planes stretched to (H, W)."""
    down, right = (big / little for big, little in zip(shape, small.shape[:2], strict=True))
    across, along = (np.arange(n, dtype=np.float32) for n in (shape[1], rows.stop - rows.start))
    left = np.broadcast_to((across + 0.5) / right - 0.5, (along.size, across.size))
    top = np.broadcast_to(((along + rows.start + 0.5) / down - 0.5)[:, None], left.shape)
    return np.asarray(
        cv2.remap(
            small,
            np.ascontiguousarray(left, np.float32),
            np.ascontiguousarray(top, np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
