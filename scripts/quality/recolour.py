"""Recolour and brand colours, measured: does a thing get the asked colour, and does the rest stay."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.providers.local.colour import from_hex
from libs.common.providers.local.edits.colour_cube import lab_of
from libs.common.providers.local.edits.colour_difference import ciede2000, cielab
from libs.common.providers.local.edits.colour_words import kin_of, named_in, names_thing
from libs.common.providers.local.edits.palette_match import matched, on_line
from libs.common.providers.local.edits.recolour import Found, found_by, recoloured
from scripts.quality.report import Picture, Section

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

WISHES: Final = (
    ("coffee", "the red cup"),
    ("astronaut", "the orange suit"),
    ("kingfisher", "the blue feathers"),
    ("macaw", "the red bird"),
    ("flower", "the orange flower"),
    ("cow", "the grass"),
    ("duck", "the white duck"),
    ("tape", "the red case"),
)
COLOURS: Final = ("#0a8484", "#1650e0", "#ffd400", "#f4f3ef", "#2b2f33")
"""Teal, blue, yellow, off-white and charcoal."""
PALETTES: Final = (
    ("#e4572e", "#17bebb", "#ffc914", "#2e282a"),
    ("#0b3954", "#bfd7ea", "#ff6663"),
    ("#1c6b3a", "#d4a522"),
)
BRANDED: Final = ("astronaut", "coffee", "cow", "flower", "hopper", "kingfisher", "pavilion")
DELTA_E: Final = 6.0
WHOLE: Final = 0.999
"""A share from which a pixel took part wholly."""
GREY_CHROMA: Final = 0.018
EVERY_PX: Final = 29
"""Every so many pixels are compared with the lines of a palette."""
ROW_PX: Final = 220


def sections(photos: Path) -> Iterator[Section]:
    """Search and recolour, then brand colours."""
    yield things(photos)
    yield brands(photos)


def things(photos: Path) -> Section:
    """Each thing in each of the colours."""
    rows: list[tuple[str, ...]] = []
    pictures: list[Picture] = []
    spent, area = 0.0, 0
    for name, words in WISHES:
        source = _opened(photos, name)
        start = time.process_time()
        found = _found(source, words)
        done = [_dyed(source, found, colour) for colour in COLOURS]
        spent, area = spent + time.process_time() - start, area + len(COLOURS) * source.size // 3
        apart = [colour_apart(after, share, colour) for (after, share), colour in zip(done, COLOURS, strict=True)]
        elsewhere = max(change_elsewhere(source, after, share) for after, share in done)
        order = min(shading_kept(source, after, share) for after, share in done)
        rows.append((
            f"{name}: {words}",
            f"{float((done[0][1] > WHOLE).mean()):.0%}",
            " ".join(f"{one:.1f}" for one in apart),
            f"{order:.2f}",
            f"{elsewhere}",
        ))  # fmt: skip
        mask = np.repeat((done[0][1] * 255).astype(np.uint8)[..., None], 3, axis=2)
        row = _row([source, mask, *(after for after, _ in done)])
        pictures.append((f"recolour-{name}", row, f"{name}: «{words}», where it was found, and {', '.join(COLOURS)}."))
    text = (
        "A thing is found by the colour in its name and given five exact colours. *CIEDE2000*: from the asked colour to"
        " the median of the pixels that took part wholly, for each of them; white and black keep room for light and"
        " shade, so they stay some way off. *Shading*: the least correlation of lightness before and after."
        " *Elsewhere*: the largest change, in levels, of pixels that took no part; it must be 0."
        f" {spent / area * 1e9:.0f} ms of processor time a megapixel."
    )
    return Section(
        "Search and recolour", text, (("thing", "share", "CIEDE2000", "shading", "elsewhere"), *rows), tuple(pictures)
    )


def brands(photos: Path) -> Section:
    """Each photograph in each of the palettes."""
    rows: list[tuple[str, ...]] = []
    pictures: list[Picture] = []
    spent, area = 0.0, 0
    for name in BRANDED:
        source = _opened(photos, name)
        shown = [source]
        for palette in PALETTES:
            colours = [from_hex(one) for one in palette]
            start = time.process_time()
            after, share = matched(source, colours, DELTA_E, None, skin=True)
            spent, area = spent + time.process_time() - start, area + source.size // 3
            away = from_lines(after, share, palette)
            elsewhere = change_elsewhere(source, after, share)
            near = f"{float((away <= DELTA_E).mean()):.2%}"
            far = f"{np.quantile(away, 0.5):.1f} / {np.quantile(away, 0.99):.1f}"
            rows.append((name, " ".join(palette), f"{float((share > WHOLE).mean()):.0%}", far, near, f"{elsewhere}"))
            shown.append(after)
        pictures.append((f"brand-{name}", _row(shown), f"{name}: as it is, then one palette after the other."))
    text = (
        f"Every hue goes to one colour of the palette; asked for within CIEDE2000 {DELTA_E:g} of it. A palette's colour"
        " stands for its hue at every lightness, with any chroma up to its own in that light. *Distance*: median and"
        " 99th percentile, of pixels that took part wholly. Greys and skin take no part; *elsewhere* must be 0."
        f" {spent / area * 1e9:.0f} ms of processor time a megapixel, most of it for preparing the table of colours."
    )
    head = ("photo", "palette", "share", "distance", "within", "elsewhere")
    return Section("Brand colours", text, (head, *rows), tuple(pictures))


def colour_apart(after: Pixels, share: Plane, colour: str) -> float:
    """CIEDE2000 from the asked colour to the median of what took part wholly."""
    asked = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])[:, None]
    middle = np.median(after[share > WHOLE], axis=0)[:, None] / 255
    return float(ciede2000(cielab(asked), cielab(middle))[0])


def change_elsewhere(before: Pixels, after: Pixels, share: Plane) -> int:
    """The largest change, in levels, of pixels that took no part."""
    apart = np.abs(before[share == 0].astype(np.int16) - after[share == 0])
    return int(apart.max()) if apart.size else 0


def shading_kept(before: Pixels, after: Pixels, share: Plane) -> float:
    """Correlation of lightness before and after, over what took part wholly."""
    wholly = share > WHOLE
    old, new = (cielab(one[wholly].T.astype(np.float64) / 255)[0] for one in (before, after))
    return float(np.corrcoef(old, new)[0, 1])


def from_lines(after: Pixels, share: Plane, palette: tuple[str, ...]) -> NDArray[np.float64]:
    """CIEDE2000 of pixels that took part wholly to the nearest line of the palette's colours."""
    places = np.flatnonzero((share > WHOLE).ravel())[::EVERY_PX]
    colours = [colour for colour in map(from_hex, palette) if colour.chroma > GREY_CHROMA]
    return np.asarray(on_line(lab_of(after).reshape(3, -1)[:, places], colours).min(axis=0), np.float64)


def _found(source: Pixels, words: str) -> Found:
    found = found_by(source, kin_of(words), None, one_thing=names_thing(words))
    if found is None:
        raise ValueError(f"nothing was found as {words}")
    return found


def _dyed(source: Pixels, found: Found, colour: str) -> tuple[Pixels, Plane]:
    named = named_in(colour)
    if named is None:
        raise ValueError(f"{colour} is no colour")
    return recoloured(source, found, named)


def _opened(photos: Path, name: str) -> Pixels:
    return np.asarray(Image.open(photos / f"{name}.jpg").convert("RGB"))


def _row(pictures: list[Pixels]) -> Pixels:
    """Side by side, of one height."""
    scaled = [
        cv2.resize(one, (max(1, round(one.shape[1] * ROW_PX / one.shape[0])), ROW_PX), interpolation=cv2.INTER_AREA)
        for one in pictures
    ]
    return np.asarray(np.hstack(scaled), np.uint8)
