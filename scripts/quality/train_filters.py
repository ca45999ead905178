"""`python -m scripts.quality.train_filters`: learn the filters that enlarge pictures and write them beside their code.

From photographs of docs/quality/photos and a few pictures of the offline engine, which bring lettering and hard edges.
The photographs named here are learned from; scripts/quality/upscale.py measures on all others. About a minute of CPU
time (with OPENBLAS_NUM_THREADS=1 where other programs want the cores too) and 1.5 GB of memory. The same pictures give
the same filters, but for the rounding of sums."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from libs.common.imaging import learned
from libs.common.imaging.learned import REACH_PX, WINDOW_PX, Filters, Plane, doubled, packed
from libs.common.providers.local.engine import Ask, compose

PHOTOS: Final = Path("docs/quality/photos")
TRAINING: Final = (
    "astronaut", "coffee", "cow", "dog", "hopper", "kingfisher", "macaw", "moose", "owl", "raccoon",
)  # fmt: skip
"""Photographs that are learned from, all CC0 or in the public domain."""
ENGINE: Final = (
    ('A launch poster that says "SUMMER SALE" with palms', 3),
    ('Minimal product podium, "Fresh every day"', 5),
    ("City skyline at night with lights", 7),
    ("Mountains above a lake in the morning", 11),
)
ENGINE_PX: Final = 640

KINDS: Final = 256
LOOKED_AT: Final = 16
"""Directions of a window's space that kinds are told apart by: those that vary most."""
ROUNDS: Final = 12
SAMPLE: Final = 160_000
STRUCTURE: Final = 2.0
"""Variance (squared levels) below which a window teaches no kind: it is noise."""
PULL: Final = 6_000.0
"""Squared levels by which a kind with few windows is drawn to the filter for everywhere."""
PULL_EVERYWHERE: Final = 0.08
"""The same for that filter, a window."""
LEAST: Final = 0.0
"""The second set learns from planes in which each window was doubled by its kind."""
EXAMPLES_MAX: Final = 2_600_000
"""Of one set, before they are turned and mirrored; chosen by chance. """
PART: Final = 4_096
"""Examples told apart at once."""
FACTOR: Final = 2
REDUCED: Final = (Image.Resampling.BICUBIC, Image.Resampling.BOX)
"""Nobody knows how a small picture came about: half of the examples each."""

Rows = NDArray[np.float32]
Sums = NDArray[np.float64]
Examples = tuple[Rows, Rows]
"""Windows, and the 2 x 2 pixels that each should become, both without the window's mean."""


def planes(photos: Path) -> Iterator[Plane]:
    """The brightness of every picture to learn from, sides divisible by 4."""
    for name in TRAINING:
        yield _luma(np.asarray(Image.open(photos / f"{name}.jpg").convert("RGB")))
    for prompt, seed in ENGINE:
        yield _luma(compose(Ask(prompt, seed, ENGINE_PX, ENGINE_PX, None, "")).pixels)


def reduced(plane: Plane, factor: int, way: Image.Resampling) -> Plane:
    """The plane made smaller, as a file of 8 bits would hold it."""
    height, width = plane.shape
    small = Image.fromarray(plane).resize((width // factor, height // factor), way)
    return np.clip(np.rint(np.asarray(small, np.float32)), 0, 255).astype(np.float32)


def examples(large: list[Plane], small: list[Plane]) -> Examples:
    """Windows of the small planes and what stands there in the large ones."""
    windows, blocks = [], []
    for whole, half in zip(large, small, strict=True):
        seen = _windows(half)
        mean = seen.mean(axis=1, keepdims=True)
        windows.append(seen - mean)
        blocks.append(_blocks(whole) - mean)
    every = np.concatenate(windows), np.concatenate(blocks)
    some = np.random.default_rng(1).permutation(len(every[0]))[:EXAMPLES_MAX]
    return every[0][some], every[1][some]


def learn(given: Examples, progress: Progress, stage: str) -> Filters:
    """One set of filters by least squares, over all eight ways to turn and mirror the examples."""
    windows, blocks = given
    task = progress.add_task(stage, total=2 + len(TURNS))
    squares, products = _sums(windows, blocks)
    everywhere = np.linalg.solve(squares + len(windows) * PULL_EVERYWHERE * np.eye(len(squares)), products)
    basis = _basis(squares / len(windows) / len(TURNS))
    progress.advance(task)
    draft = Filters(everywhere.astype(np.float32), basis, _anchors(windows, basis), np.zeros((KINDS, 0, 0), np.float32))
    progress.advance(task)
    kinds = _kinds(given, draft, np.asarray(everywhere, np.float64), lambda: progress.advance(task))
    return Filters(_even(draft.everywhere), draft.basis, draft.anchors, _even(kinds))


def _turns() -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The order of a window's values and of its 2 x 2 pixels, turned and mirrored."""
    turns = []
    for side in (WINDOW_PX, FACTOR):
        square = np.arange(side * side).reshape(side, side)
        turns.append([np.rot90(one, times).ravel() for one in (square, square[:, ::-1]) for times in range(4)])
    return list(zip(*turns, strict=True))


TURNS: Final = _turns()


def _sums(windows: Rows, blocks: Rows) -> tuple[Sums, Sums]:
    squares = (windows.T @ windows).astype(np.float64)
    products = (windows.T @ blocks).astype(np.float64)
    return (
        np.sum([squares[np.ix_(order, order)] for order, _ in TURNS], axis=0),
        np.sum([products[np.ix_(order, pixels)] for order, pixels in TURNS], axis=0),
    )


def _basis(covariance: Sums) -> Rows:
    values, vectors = np.linalg.eigh(covariance)
    strongest = slice(-1, -LOOKED_AT - 1, -1)
    return np.asarray(vectors[:, strongest] / values[strongest] ** 0.25, np.float32)


def _anchors(windows: Rows, basis: Rows) -> Rows:
    """Middles of the directions that windows take (k-means on lines through the origin)."""
    chance = np.random.default_rng(1)
    strong = np.flatnonzero((windows * windows).mean(axis=1) > STRUCTURE)
    some = windows[chance.choice(strong, SAMPLE)]
    seen = np.concatenate(
        [part[:, order] @ basis for part, (order, _) in zip(np.array_split(some, 8), TURNS, strict=True)]
    )
    seen /= np.linalg.norm(seen, axis=1, keepdims=True) + 1e-6
    anchors = seen[chance.choice(len(seen), KINDS, replace=False)].T.copy()
    for _ in range(ROUNDS):
        scores = seen @ anchors
        nearest = np.abs(scores).argmax(axis=1)
        sign = np.sign(scores[np.arange(len(seen)), nearest])
        middles = np.zeros((KINDS, LOOKED_AT), np.float32)
        np.add.at(middles, nearest, seen * sign[:, None])
        anchors = (middles / (np.linalg.norm(middles, axis=1, keepdims=True) + 1e-9)).T
    return np.ascontiguousarray(anchors)


def _kinds(given: Examples, draft: Filters, pulled: Sums, tell: Callable[[], None]) -> Rows:
    squares = np.zeros((KINDS, WINDOW_PX**2, WINDOW_PX**2))
    products = np.zeros((KINDS, WINDOW_PX**2, FACTOR**2))
    for order, pixels in TURNS:
        _gather(given[0][:, order], given[1][:, pixels], draft, squares, products)
        tell()
    pull = PULL * np.eye(WINDOW_PX**2)
    return np.asarray(np.linalg.solve(squares + pull, products + pull @ pulled), np.float32)


def _gather(windows: Rows, blocks: Rows, draft: Filters, squares: Sums, products: Sums) -> None:
    kinds = np.concatenate([draft.kind(windows[at : at + PART]) for at in range(0, len(windows), PART)])
    order = np.argsort(kinds, kind="stable")
    bounds = np.searchsorted(kinds[order], np.arange(KINDS + 1))
    for number in np.flatnonzero(np.diff(bounds)):
        some = order[bounds[number] : bounds[number + 1]]
        squares[number] += windows[some].T @ windows[some]
        products[number] += windows[some].T @ blocks[some]


def _even(filters: Rows) -> Rows:
    """Learned on windows without their mean; with this they take windows as they are and keep the mean."""
    return np.asarray(filters + (1 - filters.sum(axis=-2, keepdims=True)) / WINDOW_PX**2, np.float32)


def _windows(plane: Plane) -> Rows:
    wide = np.asarray(cv2.copyMakeBorder(plane, *(REACH_PX,) * 4, cv2.BORDER_REFLECT_101), np.float32)
    return np.lib.stride_tricks.sliding_window_view(wide, (WINDOW_PX, WINDOW_PX)).reshape(plane.size, -1)


def _blocks(plane: Plane) -> Rows:
    height, width = plane.shape
    split = plane.reshape(height // FACTOR, FACTOR, width // FACTOR, FACTOR)
    return split.transpose(0, 2, 1, 3).reshape(-1, FACTOR**2)


def _luma(pixels: NDArray[np.uint8]) -> Plane:
    height, width = (side // 4 * 4 for side in pixels.shape[:2])
    return np.asarray(cv2.cvtColor(pixels[:height, :width], cv2.COLOR_RGB2GRAY), np.float32)


def main() -> None:
    """Learn both sets and write them."""
    parser = argparse.ArgumentParser(prog="python -m scripts.quality.train_filters", description=__doc__)
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="default %(default)s")
    parser.add_argument("--out", type=Path, default=learned.FILE, help="default: beside the code")
    arguments = parser.parse_args()
    whole = [plane for plane in planes(arguments.photos) for _ in REDUCED]
    ways = REDUCED * (len(whole) // len(REDUCED))
    columns = TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns) as progress:
        halves = [reduced(plane, 2, way) for plane, way in zip(whole, ways, strict=True)]
        first = learn(examples(whole, halves), progress, "first")
        quarters = [reduced(plane, 4, way) for plane, way in zip(whole, ways, strict=True)]
        second = learn(examples(whole, [doubled(plane, first, LEAST) for plane in quarters]), progress, "second")
    np.savez_compressed(arguments.out, allow_pickle=False, **packed("first", first), **packed("second", second))
    print(f"written: {arguments.out}, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
