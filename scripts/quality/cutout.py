"""How well the local engine cuts out subjects, and what replacing the background and relighting look like."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY, settings_of
from libs.common.errors import ProviderRejected
from libs.common.imaging.saliency import attention, reduced
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits import relight, replace_background
from libs.common.providers.local.edits.changed import Changed, Share, given_of
from libs.common.providers.local.edits.cutout import Cutout, cut_out
from libs.common.providers.local.edits.settings import Box
from scripts.quality.report import Pixels, Section

CELL_PX: Final = 232
"""Longer side of a picture in a sheet."""
COLUMNS: Final = 6
BOX_MARGIN: Final = 0.02
"""A customer's box is a little larger than the subject; share of the picture's sides."""
LARGE: Final = ((1_000_000, "1 MP"), (12_000_000, "12 MP"))
SEED: Final = 7

_CUT: Final = """\
Every photograph is cut out without a hint, and once more with a box around the subject (`options.subject`). Against
the hand-made mattes: **overlap** is intersection over union of what is more subject than not, **error** the mean
absolute difference of alpha over the whole picture (0 to 1). Photographs without a matte are only shown; a grey one was
refused. No trained model is used: spectral residual, robust background detection, faces and graph cuts find the
subject, a matting Laplacian makes the edge.

Weak: subjects that fill the frame (the cat), low contrast (the duck's feet), parts in the background's colour (the
astronaut's helmet, the panda's black body), what a subject sits on (branches), clothes before a busy background."""
_TIME: Final = """\
One photograph enlarged and cut out, in milliseconds of processor time, whatever else the machine did."""
_SCENES: Final = """\
From left to right: the photograph; before a scene that the offline engine paints («misty mountains at sunset»); before
another photograph; before a plain colour. A shadow is added where the whole subject is seen and can stand."""
_LIGHT: Final = """\
From left to right: the photograph; warm light from the left; cold light from the right, with `preserve_subject` 0.2;
the light of a picture that is orange at its upper left; before another photograph, with bluish light from above."""
_WEIGHTS: Final = """\
What cropping and cutting out go by: the photograph with its faces, the map of weights, and what stands out from the
background."""


@dataclass(frozen=True)
class Score:
    """How near a cut-out comes to a matte."""

    overlap: float
    error: float


@dataclass(frozen=True)
class _Photo:
    name: str
    pixels: Pixels
    matte: Share | None


def sections(photos: Path) -> Iterator[Section]:
    """Measure on the photographs of this folder and the mattes beside it."""
    shelf = [_photo(path) for path in sorted(photos.glob("*.jpg"))]
    by_name = {photo.name: photo for photo in shelf}
    yield _cut_out(shelf)
    yield _timed(by_name.get("dog", shelf[0]))
    yield _seen([by_name[name] for name in ("astronaut", "cow", "pavilion", "rocket") if name in by_name])
    chosen = [by_name[name] for name in ("kingfisher", "sheep", "coffee", "hopper") if name in by_name]
    other = by_name.get("pavilion", shelf[0])
    yield _shown("Replace background", _SCENES, "cutout-replace", chosen, _backgrounds(other))
    yield _shown("Relight", _LIGHT, "cutout-relight", chosen, _lights(by_name.get("rocket", other)))


def score(alpha: Share, truth: Share) -> Score:
    """Compare two mattes of one size, 0 to 1."""
    mine, right = alpha > 0.5, truth > 0.5
    return Score(float((mine & right).sum() / max(1, (mine | right).sum())), float(np.abs(alpha - truth).mean()))


def box_around(truth: Share) -> Box:
    """The box that a customer would draw around this subject."""
    rows, columns = np.flatnonzero((truth > 0.5).any(axis=1)), np.flatnonzero((truth > 0.5).any(axis=0))
    height, width = truth.shape
    return (
        max(0.0, float(columns[0]) / width - BOX_MARGIN),
        max(0.0, float(rows[0]) / height - BOX_MARGIN),
        min(1.0, float(columns[-1] + 1) / width + BOX_MARGIN),
        min(1.0, float(rows[-1] + 1) / height + BOX_MARGIN),
    )


def _photo(path: Path) -> _Photo:
    pixels = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.uint8)
    matte = path.parent.parent / "mattes" / f"{path.stem}.png"
    grey = cv2.imread(str(matte), cv2.IMREAD_GRAYSCALE) if matte.exists() else None
    return _Photo(path.stem, pixels, None if grey is None else np.multiply(grey, np.float32(1 / 255), dtype=np.float32))


def _cut_out(shelf: list[_Photo]) -> Section:
    rows = [("Photograph", "Overlap", "Error", "Overlap with a box", "Error with a box", "ms")]
    alone, boxed, times, cells = [], [], [], []
    for photo in shelf:
        started = time.process_time()
        found = _found(photo)
        took = (time.process_time() - started) * 1_000
        cells.append(_checkered(photo.pixels, found))
        if photo.matte is None or found is None:
            continue
        first = score(found.alpha, photo.matte)
        second = score(cut_out(photo.pixels, box_around(photo.matte)).alpha, photo.matte)
        alone.append(first)
        boxed.append(second)
        times.append(took)
        rows.append((photo.name, *_said(first), *_said(second), f"{took:.0f}"))
    for name, of in (("**mean**", mean), ("**median**", median)):
        rows.append((name, *_said(_over(alone, of)), *_said(_over(boxed, of)), f"{of(times):.0f}"))
    sheet = _sheet(cells)
    return Section(
        "Cut-outs", _CUT, rows, (("cutout-photographs", sheet, "Every photograph, cut out without a hint."),)
    )


def _found(photo: _Photo) -> Cutout | None:
    try:
        return cut_out(photo.pixels)
    except ProviderRejected:
        return None


def _said(one: Score) -> tuple[str, str]:
    return f"{one.overlap:.3f}", f"{one.error:.4f}"


def _over(scores: list[Score], of: Callable[[Iterable[float]], float]) -> Score:
    return Score(of([one.overlap for one in scores]), of([one.error for one in scores]))


def _timed(photo: _Photo) -> Section:
    rows = [("Size", "cut out, ms", "of it looking for what matters, ms")]
    for pixels_wanted, label in LARGE:
        scale = (pixels_wanted / (photo.pixels.shape[0] * photo.pixels.shape[1])) ** 0.5
        large = np.asarray(cv2.resize(photo.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
        whole, part = _milliseconds(lambda: cut_out(large)), _milliseconds(lambda: attention(large))  # noqa: B023
        rows.append((label, f"{whole:.0f}", f"{part:.0f}"))
    return Section("Time to cut out", _TIME, rows)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1_000


def _seen(chosen: list[_Photo]) -> Section:
    cells: list[Pixels] = []
    for photo in chosen:
        seen = attention(photo.pixels)
        small = reduced(photo.pixels, max(seen.weight.shape)).copy()
        height, width = small.shape[:2]
        for left, top, right, bottom in seen.faces:
            corners = (round(left * width), round(top * height)), (round(right * width), round(bottom * height))
            cv2.rectangle(small, *corners, (255, 220, 0), 2)
        cells += [small, _grey(seen.weight / seen.weight.max()), _grey(seen.salient)]
    return Section("What matters", _WEIGHTS, pictures=(("cutout-weights", _sheet(cells), "Weights and saliency."),))


def _backgrounds(other: _Photo) -> list[Callable[[_Photo], Changed]]:
    behind = given_of(other.pixels)
    return [
        lambda photo: replace_background.edit(
            _ask("replace_background", photo, {}, prompt="misty mountains at sunset")
        ),
        lambda photo: replace_background.edit(_ask("replace_background", photo, {}, background=behind)),
        lambda photo: replace_background.edit(_ask("replace_background", photo, {"color": "pale blue"})),
    ]


def _lights(other: _Photo) -> list[Callable[[_Photo], Changed]]:
    behind, sunset = given_of(other.pixels), given_of(_sunset())
    warm: Mapping[str, JsonValue] = {"light_direction": "left", "light_strength": 0.8, "light_color": "#ffb060"}
    cold: Mapping[str, JsonValue] = {"light_direction": "right", "light_strength": 0.8, "light_color": "#6090ff"}
    above: Mapping[str, JsonValue] = {"light_direction": "above", "light_strength": 0.6, "light_color": "#8090ff"}
    return [
        lambda photo: relight.edit(_ask("relight", photo, warm)),
        lambda photo: relight.edit(_ask("relight", photo, {**cold, "preserve_subject": 0.2})),
        lambda photo: relight.edit(_ask("relight", photo, {"light_strength": 0.7}, lighting=sunset)),
        lambda photo: relight.edit(_ask("relight", photo, above, background=behind)),
    ]


def _shown(title: str, text: str, name: str, chosen: list[_Photo], ways: list[Callable[[_Photo], Changed]]) -> Section:
    cells = [one for photo in chosen for one in (photo.pixels, *(way(photo).pixels for way in ways))]
    return Section(
        title, text, pictures=((name, _sheet(cells, len(ways) + 1), f"{title}: {len(chosen)} photographs."),)
    )


def _ask(operation: str, photo: _Photo, options: Mapping[str, JsonValue], **fields: object) -> EditAsk:
    settings = settings_of(BY_KEY[operation], options)
    return EditAsk(operation, "local", given_of(photo.pixels), SEED, options=settings, **fields)  # type: ignore[arg-type]


def _sunset() -> Pixels:
    scene = np.full((300, 400, 3), (30, 20, 40), np.uint8)
    return np.asarray(cv2.circle(scene, (80, 90), 90, (255, 150, 60), -1), np.uint8)


def _checkered(pixels: Pixels, found: Cutout | None) -> Pixels:
    """The cut-out over grey squares; a grey picture where there is none."""
    if found is None:
        return np.full_like(pixels, 128)
    y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]]
    side = max(8, max(pixels.shape) // 28)
    squares = np.where((y // side + x // side) % 2 == 0, 235, 205)[..., None]
    share = found.alpha[..., None]
    return np.rint(found.colours * share + squares * (1 - share)).astype(np.uint8)


def _grey(values: NDArray[np.float32]) -> Pixels:
    return np.repeat(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)


def _sheet(cells: list[Pixels], columns: int = COLUMNS) -> Pixels:
    """Pictures in rows, each row as high as its highest."""
    rows = []
    for at in range(0, len(cells), columns):
        small = [reduced(cell, CELL_PX) for cell in cells[at : at + columns]]
        row = np.full((max(one.shape[0] for one in small) + 4, columns * (CELL_PX + 4), 3), 255, np.uint8)
        for column, one in enumerate(small):
            left = column * (CELL_PX + 4)
            row[: one.shape[0], left : left + one.shape[1]] = one
        rows.append(row)
    return np.concatenate(rows)
