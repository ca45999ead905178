"""Erase and outpaint, measured: gaps that hide known background, subjects taken out, and edges continued."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.imaging.masks import grown
from libs.common.providers.base import Margins
from libs.common.providers.local.edits.erase import closed
from libs.common.providers.local.edits.outpaint import extended
from scripts.quality.fill_measures import Pixels, Trace, Where, mirrored_share, psnr, ssim, trace
from scripts.quality.report import Picture, Section

GAPS: Final = (
    ("astronaut", 0.65, 0.1, 0.14),
    ("coffee", 0.88, 0.2, 0.2),
    ("cow", 0.75, 0.85, 0.2),
    ("dog", 0.2, 0.22, 0.2),
    ("duck", 0.15, 0.2, 0.22),
    ("flower", 0.12, 0.5, 0.25),
    ("kingfisher", 0.8, 0.3, 0.3),
    ("pavilion", 0.75, 0.25, 0.25),
    ("raccoon", 0.12, 0.85, 0.2),
    ("rocket", 0.3, 0.3, 0.25),
    ("sheep", 0.85, 0.85, 0.2),
)
"""A photograph, and an ellipse on its background: centre and width as shares of the width and height."""
SUBJECTS: Final = ("chair", "coffee", "dog", "duck", "flower", "kingfisher", "macaw", "owl", "tape")
EDGES: Final = ("astronaut", "coffee", "cow", "dog", "kingfisher", "owl", "pavilion", "sheep")
GROW_PX: Final = 8
SEED: Final = 7
ROW_PX: Final = 300
MARGIN_SHARE: Final = 0.2
MAGENTA: Final = (255, 0, 255)
TELEA_PX: Final = 5

Fill = Callable[[Pixels, Where], Pixels]


def sections(photos: Path) -> Iterator[Section]:
    """Erase on background, erase of subjects, outpaint."""
    yield hidden(photos)
    yield taken_out(photos)
    yield continued(photos)


def hidden(photos: Path) -> Section:
    """Gaps on plain background, where what was hidden is known."""
    rows, spent, area = [], 0.0, 0
    ours_all, telea_all = [], []
    for name, across, down, size in GAPS:
        source = _opened(photos, name)
        hole = _ellipse(source.shape, (across, down), size)
        start = time.process_time()
        ours = _ours(source, hole)
        spent, area = spent + time.process_time() - start, area + hole.size
        found = [_numbers(one, source, hole) for one in (ours, _telea(source, hole))]
        ours_all.append(found[0])
        telea_all.append(found[1])
        rows.append((name, *(f"{a:.2f} / {b:.2f}" for a, b in zip(*found, strict=True))))
    rows.append(_mean_row(np.array(ours_all), np.array(telea_all)))
    text = (
        "Ellipses of up to 0.3 of the side on background are closed, and compared with what they hid. Each cell: ours /"
        " OpenCV's Telea. *Seam*: how much steeper brightness changes across the border than beside it, levels a pixel"
        " (0 is ideal). *Grain*: fine texture in the gap against that around it (1 is ideal). PSNR and SSIM against the"
        " hidden background punish texture that is right but elsewhere, so a smear can win both. A smear has no seam"
        " either: seam and grain belong together. The mean of grain is the factor by which it is off, up or down."
        f" {spent / area * 1e9:.0f} ms of processor time a megapixel."
    )
    return Section("Erase: gaps on background", text, (("photo", "seam", "grain", "PSNR dB", "SSIM"), *rows))


def taken_out(photos: Path) -> Section:
    """Subjects erased by their mattes; nobody knows what is behind them."""
    rows, pictures = [], []
    for name in SUBJECTS:
        source = _opened(photos, name)
        hole = _matte(photos, name)
        fills = {"ours": _ours(source, hole), "Telea": _telea(source, hole)}
        traces = {who: trace(done, hole) for who, done in fills.items()}
        rows.append((name, f"{hole.mean():.0%}", *_cells(traces)))
        shown = [_painted_over(source, hole), fills["Telea"], fills["ours"]]
        caption = f"{name}: the mask, OpenCV's Telea, ours."
        pictures.append((f"erase-{name.replace('_', '-')}", _row(shown), caption))
    text = (
        f"The subject, its matte widened by {GROW_PX} pixels, is taken out. Large gaps over structured scenes are the"
        " weak place: texture is continued, what was hidden is not known. Seam and grain as above, ours / Telea."
    )
    return Section("Erase: subjects", text, (("photo", "share", "seam", "grain"), *rows), tuple(pictures))


def continued(photos: Path) -> Section:
    """Canvases a fifth larger at each side."""
    rows: list[tuple[str, ...]] = []
    pictures: list[Picture] = []
    spent, area = 0.0, 0
    for name in EDGES:
        source = _opened(photos, name)
        height, width = source.shape[:2]
        high, wide = round(height * MARGIN_SHARE), round(width * MARGIN_SHARE)
        start = time.process_time()
        done = extended(source, Margins(wide, wide, high, high), seed=SEED)
        spent, area = spent + time.process_time() - start, area + done.size // 3
        inside = slice(high, high + height), slice(wide, wide + width)
        new = np.ones(done.shape[:2], bool)
        new[inside] = False
        border = (high, high, wide, wide)
        mirror = np.asarray(cv2.copyMakeBorder(source, *border, cv2.BORDER_REFLECT), np.uint8)
        kept = bool((done[inside] == source).all())
        rows.append((
            name,
            *_cells({"ours": trace(done, new), "mirror": trace(mirror, new)}),
            f"{mirrored_share(done, mirror, new):.0%}",
            "yes" if kept else "no",
        ))  # fmt: skip
        framed = np.asarray(cv2.copyMakeBorder(source, *border, cv2.BORDER_CONSTANT, value=MAGENTA), np.uint8)
        pictures.append((f"outpaint-{name}", _row([framed, mirror, done]), f"{name}: asked, mirrored, ours."))
    text = (
        "A fifth of the side is added at every side; ours / mirroring. A mirror has no seam by its nature, but shows"
        " everything twice: the share of new pixels that a mirror would show as well tells how much of that is in ours"
        " (plain backgrounds are like their mirror)."
        f" {spent / area * 1e9:.0f} ms of processor time a megapixel of the new canvas."
    )
    head = ("photo", "seam", "grain", "as mirrored", "source kept bit for bit")
    return Section("Outpaint", text, (head, *rows), tuple(pictures))


def _mean_row(ours: NDArray[np.float64], telea: NDArray[np.float64]) -> tuple[str, ...]:
    cells = [(float(one.mean()), float(other.mean())) for one, other in zip(ours.T, telea.T, strict=True)]
    off = [float(np.exp2(np.abs(np.log2(found[:, 1])).mean())) for found in (ours, telea)]
    cells[1] = off[0], off[1]
    return "**mean**", *(f"**{one:.2f}** / {other:.2f}" for one, other in cells)


def _cells(traces: dict[str, Trace]) -> tuple[str, str]:
    found = list(traces.values())
    return " / ".join(f"{one.seam:.2f}" for one in found), " / ".join(f"{one.grain:.2f}" for one in found)


def _numbers(done: Pixels, source: Pixels, hole: Where) -> tuple[float, ...]:
    left = trace(done, hole)
    return left.seam, left.grain, psnr(done, source, hole), ssim(done, source, hole)


def _ours(source: Pixels, hole: Where) -> Pixels:
    return closed(source, hole, seed=SEED)


def _telea(source: Pixels, hole: Where) -> Pixels:
    return np.asarray(cv2.inpaint(source, hole.astype(np.uint8), TELEA_PX, cv2.INPAINT_TELEA), np.uint8)


def _opened(photos: Path, name: str) -> Pixels:
    return np.asarray(Image.open(photos / f"{name}.jpg").convert("RGB"))


def _matte(photos: Path, name: str) -> Where:
    grey = np.asarray(Image.open(photos.parent / "mattes" / f"{name}.png").convert("L"))
    return np.asarray(grown(np.where(grey > 20, 255, 0).astype(np.uint8), GROW_PX) > 0)


def _ellipse(shape: tuple[int, ...], centre: tuple[float, float], size: float) -> Where:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    down, across = (rows - centre[1] * shape[0]) / shape[0], (columns - centre[0] * shape[1]) / shape[1]
    return np.asarray(np.hypot(down, across) < size / 2)


def _painted_over(source: Pixels, hole: Where) -> Pixels:
    return np.where(hole[..., None], np.array(MAGENTA, np.uint8), source)


def _row(pictures: list[Pixels]) -> Pixels:
    """Side by side, of one height."""
    scaled = [
        cv2.resize(one, (max(1, round(one.shape[1] * ROW_PX / one.shape[0])), ROW_PX), interpolation=cv2.INTER_AREA)
        for one in pictures
    ]
    return np.asarray(np.hstack(scaled), np.uint8)
