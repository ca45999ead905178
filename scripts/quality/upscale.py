"""How near an enlargement comes to the photograph that it was reduced from, beside Lanczos; and how long it takes."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.imaging.compare import Shares, side_by_side
from libs.common.imaging.enlarge import CONSERVATIVE, CREATIVE, FAST, MODES, Work, enlarge
from libs.common.imaging.learned import FILE
from scripts.quality.report import Picture, Pixels, Section
from scripts.quality.train_filters import TRAINING

LANCZOS: Final = "lanczos"
WAYS: Final = (LANCZOS, *MODES)
NAMES: Final = {LANCZOS: "Lanczos (Pillow)"}
FACTORS: Final = (2, 4)
REDUCED: Final = {"bicubic": Image.Resampling.BICUBIC, "area": Image.Resampling.BOX}
LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, as in the luma of JPEG."""
PEAK: Final = 255.0
SSIM_WINDOW_PX, SSIM_SIGMA = 11, 1.5
SSIM_C1, SSIM_C2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
TIMED_PHOTO: Final = "sheep"
"""Wool and grass: smooth pictures take half of its time."""
TIMED_SIDE_PX: Final = 1_024
TIMED_FACTOR: Final = 4
TIMED_ROUNDS: Final = 3
THREADS: Final = 2
COMPARISON_PX: Final = 1_200

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shown:
    """A detail that is printed: of which photograph, at which factor, made in which way."""

    photo: str
    factor: int
    box: Shares
    mode: str


SHOWN: Final = (
    Shown("red_panda", 4, Shares(0.36, 0.1, 0.62, 0.6), CONSERVATIVE),
    Shown("flower", 4, Shares(0.3, 0.15, 0.72, 0.85), CONSERVATIVE),
    Shown("pavilion", 2, Shares(0.05, 0.3, 0.45, 0.8), FAST),
    Shown("sheep", 4, Shares(0.3, 0.15, 0.6, 0.6), CREATIVE),
)


@dataclass(frozen=True, slots=True)
class Score:
    """PSNR in dB and SSIM, against the photograph."""

    psnr_db: float
    ssim: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock, and of the cores."""

    wall_s: float
    cpu_s: float


def sections(photos: Path) -> Iterator[Section]:
    """One section on nearness to the truth, one on time."""
    with ThreadPoolExecutor(THREADS) as pool, _single_threaded():
        work = Work(pool)
        names = [path.stem for path in sorted(photos.glob("*.jpg"))]
        tested = [name for name in names if name not in TRAINING]
        yield _nearness(photos, tested, [name for name in names if name in TRAINING], work)
        yield _times(photos / f"{TIMED_PHOTO}.jpg", work)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """OpenCV without threads of its own, as in the service: tiles are threads already."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def psnr(made: Plane, truth: Plane) -> float:
    """Peak signal-to-noise ratio in dB, with a peak of 255."""
    return float(10 * np.log10(PEAK**2 / np.mean((made - truth) ** 2)))


def ssim(made: Plane, truth: Plane) -> float:
    """Mean structural similarity after Wang et al. 2004: Gaussian window of 11 px, sigma 1.5, K1 0.01, K2 0.03; only
    where the whole window lies in the picture."""
    one, other = made.astype(np.float64), truth.astype(np.float64)
    mean_1, mean_2 = _window(one), _window(other)
    spread = _window(one * one) - mean_1**2 + _window(other * other) - mean_2**2
    together = _window(one * other) - mean_1 * mean_2
    share = (2 * mean_1 * mean_2 + SSIM_C1) * (2 * together + SSIM_C2)
    share /= (mean_1**2 + mean_2**2 + SSIM_C1) * (spread + SSIM_C2)
    edge = SSIM_WINDOW_PX // 2
    return float(share[edge:-edge, edge:-edge].mean())


def _window(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(plane, (SSIM_WINDOW_PX, SSIM_WINDOW_PX), SSIM_SIGMA), np.float64)


def _nearness(photos: Path, tested: list[str], learned_from: list[str], work: Work) -> Section:
    head = ("enlarged", "reduced by", *(_name(way) for way in WAYS))
    rows = [head]
    for factor in FACTORS:
        for label, way in REDUCED.items():
            scores = [_scores(_photo(photos, name), factor, way, work) for name in tested]
            rows.append((f"{factor}x", label, *(_cell([score[way] for score in scores]) for way in WAYS)))
    seen = [_scores(_photo(photos, name), 4, REDUCED["bicubic"], work) for name in learned_from]
    rows.append(("4x, learned from", "bicubic", *(_cell([score[way] for score in seen]) for way in WAYS)))
    pictures = tuple(_picture(photos, shown, work) for shown in SHOWN if shown.photo in tested)
    return Section("Upscale: nearness to the original", _text(tested, learned_from), rows, pictures)


def _text(tested: list[str], learned_from: list[str]) -> str:
    return f"""\
Each photograph is reduced, enlarged again, and compared with itself: PSNR in dB / SSIM, mean of {len(tested)}
photographs ({", ".join(tested)}). Both are taken on the luma of BT.601, PSNR without a border of as many pixels as the
factor; SSIM with a Gaussian window of {SSIM_WINDOW_PX} px, sigma {SSIM_SIGMA}. More is better.

The filters ({FILE.stat().st_size / 1000:.0f} kB) were learned by `python -m scripts.quality.train_filters` from other
photographs ({", ".join(learned_from)}) and a few pictures of the offline engine. The last row is measured on those
photographs: gains over Lanczos that were much larger there than above would mean that they were learned by heart.

Limits: no detail comes back that the small picture does not hold; eyes, hair and lettering of a few pixels stay soft.
Noise and traces of JPEG are enlarged with the rest. `creative` is judged by eyes, not by this table: it adds contrast
and grain that the original never had, so it has to be farther from it. A picture that was reduced by other means than
these two gains less."""


def _scores(truth: Pixels, factor: int, reduced: Image.Resampling, work: Work) -> dict[str, Score]:
    small = _reduced(truth, factor, reduced)
    made = {way: _luma(_enlarged(small, truth.shape[1], truth.shape[0], way, work)) for way in WAYS}
    wanted = _luma(truth)
    inner = slice(factor, -factor)
    return {way: Score(psnr(one[inner, inner], wanted[inner, inner]), ssim(one, wanted)) for way, one in made.items()}


def _enlarged(small: Pixels, width: int, height: int, way: str, work: Work) -> Pixels:
    if way == LANCZOS:
        return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.LANCZOS))
    return enlarge(small, width, height, way, work=work)


def _picture(photos: Path, shown: Shown, work: Work) -> Picture:
    truth = _photo(photos, shown.photo)
    small = _reduced(truth, shown.factor, REDUCED["bicubic"])
    size = truth.shape[1], truth.shape[0]
    lanczos, made = (_enlarged(small, *size, way, work) for way in (LANCZOS, shown.mode))
    labels = (f"{NAMES[LANCZOS]}, {shown.factor}x", f"{shown.mode}, {shown.factor}x")
    pixels = side_by_side(lanczos, made, shown.box, width_px=COMPARISON_PX, labels=labels, grow="bicubic")
    caption = (
        f"A part of «{shown.photo}», enlarged {shown.factor} times: Lanczos on the left, {shown.mode} on the right."
    )
    return f"upscale-{shown.photo.replace('_', '-')}-{shown.mode}", pixels, caption


def _times(photo: Path, work: Work) -> Section:
    source = np.asarray(Image.open(photo).convert("RGB").resize((TIMED_SIDE_PX,) * 2, Image.Resampling.LANCZOS))
    side = TIMED_SIDE_PX * TIMED_FACTOR
    taken: dict[str, list[Taken]] = {way: [] for way in WAYS}
    before = os.getloadavg()[0]
    for _ in range(TIMED_ROUNDS):
        for way, times in taken.items():
            times.append(_timed(lambda way=way: _enlarged(source, side, side, way, work)))  # type: ignore[misc]
    cpu_s = {way: median(one.cpu_s for one in times) for way, times in taken.items()}
    rows = [("way", "seconds", "CPU seconds", "CPU, times Lanczos")]
    for way, times in taken.items():
        wall_s = min(one.wall_s for one in times)
        rows.append((_name(way), f"{wall_s:.2f}", f"{cpu_s[way]:.2f}", f"{cpu_s[way] / cpu_s[LANCZOS]:.1f}"))
    return Section("Upscale: time", _time_text(before), rows)


def _time_text(load: float) -> str:
    pixels = (TIMED_SIDE_PX * TIMED_FACTOR) ** 2 / 1e6
    return f"""\
The photograph «{TIMED_PHOTO}», {TIMED_SIDE_PX} x {TIMED_SIDE_PX} px, to {TIMED_FACTOR} times the sides
({pixels:.0f} MP) on {THREADS} threads, without decoding and encoding; Lanczos is Pillow's, on one thread. Of
{TIMED_ROUNDS} rounds, taking turns: the shortest time and the median of what the process used of the cores. The machine
has {os.cpu_count()} cores and had a load of {load:.1f} before, so other programs may have had their share of the
seconds; the ratio counts the process' own work."""


def _timed(what: Callable[[], object]) -> Taken:
    began, used = time.perf_counter(), time.process_time()
    what()
    return Taken(time.perf_counter() - began, time.process_time() - used)


def _photo(photos: Path, name: str) -> Pixels:
    """With sides divisible by every factor."""
    with Image.open(photos / f"{name}.jpg") as picture:
        whole = np.asarray(picture.convert("RGB"))
    height, width = (side // max(FACTORS) * max(FACTORS) for side in whole.shape[:2])
    return whole[:height, :width]


def _reduced(truth: Pixels, factor: int, way: Image.Resampling) -> Pixels:
    size = truth.shape[1] // factor, truth.shape[0] // factor
    return np.asarray(Image.fromarray(truth).resize(size, way))


def _luma(pixels: Pixels) -> Plane:
    luma: Plane = pixels.astype(np.float32) @ LUMA
    return luma


def _name(way: str) -> str:
    return NAMES.get(way, f"`{way}`")


def _cell(scores: Iterable[Score]) -> str:
    listed = list(scores)
    return f"{mean(one.psnr_db for one in listed):.2f} / {mean(one.ssim for one in listed):.3f}"
