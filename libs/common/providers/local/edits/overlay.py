"""Text and logo: real typefaces, a measured contrast, and a logo that is never distorted.

The text is set at the asked size or the largest below it that the room holds, broken into lines of even length. When it
would meet the logo it moves into the room beside, above or below it. Its contrast is measured (see `legible`); where
it would be hard to read, a soft shade comes behind it, and a note says so.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits import legible, typesetting
from libs.common.providers.local.edits.changed import Changed, Pixels, pixels_of, refused
from libs.common.providers.local.edits.inks import Ink, asked_ink
from libs.common.providers.local.edits.settings import choice_of, number_of, text_of
from libs.common.providers.local.edits.shape import premultiplied, straight
from libs.common.providers.local.edits.typesetting import Typeset
from libs.common.providers.local.lettering.setting import Box

WATERMARK: Final = 0.6
"""Text more transparent than this is meant to be faint: it gets no shade."""
PLATE_PAD: Final = 0.5
"""Between letters and the edge of their plate, in type sizes."""
SHADE_PAD: Final = 0.15
SHADE_REACH: Final = 1.4
CORNER: Final = 0.22
GAP_SHARE: Final = 0.02
"""Between text and logo, as a share of the short side."""
BLURRED_FROM: Final = 2.0
"""A logo that is enlarged more than so many times looks soft."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A text and how it should look. `size` is the height of a line as a share of the picture's height, `margin` a
    share of its short side; without an ink the more readable of white and near black is taken."""

    text: str
    position: str = "bottom"
    typeface: str = "sans"
    size: float = 0.08
    ink: Ink | None = None
    plate: Ink | None = None
    opacity: float = 1.0
    margin: float = 0.04


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture to put on. `size` is its width as a share of the picture's width."""

    pixels: Pixels
    position: str = "top right"
    size: float = 0.18
    opacity: float = 1.0
    margin: float = 0.04


def edit(ask: EditAsk) -> Changed:
    """The picture with the text, the logo, or both on it; they never overlap."""
    writing, logo = _writing(ask), _logo(ask)
    if writing is None and logo is None:
        raise refused("Give a text, a logo («overlay»), or both.", field="options.text")
    pixels = pixels_of(ask.image)
    place = None if logo is None else logo_place(pixels, logo)
    notes = () if writing is None else written(pixels, writing, place)
    if logo is not None and place is not None:  # last, so that no shade of the text falls on it
        notes += put_on(pixels, logo, place)
    return Changed(pixels, notes)


def logo_place(pixels: Pixels, logo: Logo) -> Box:
    """Where the logo stands, in whole pixels: as wide as asked for, but never out of the picture."""
    room = _room(pixels, logo.margin)
    high, wide = logo.pixels.shape[:2]
    scale = min(logo.size * pixels.shape[1] / wide, room.width / wide, room.height / high)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    across, down = typesetting.shares(logo.position)
    left, top = round(room.x + (room.width - size[0]) * across), round(room.y + (room.height - size[1]) * down)
    return Box(min(max(0, left), pixels.shape[1] - size[0]), min(max(0, top), pixels.shape[0] - size[1]), *size)


def put_on(pixels: Pixels, logo: Logo, place: Box) -> tuple[str, ...]:
    """Put the logo on at its place, in place; the answer is what there is to say about it."""
    left, top, wide, high = (int(one) for one in (place.x, place.y, place.width, place.height))
    sized = _resized(logo.pixels, (wide, high))
    mask = np.full((high, wide), logo.opacity, np.float32)
    if sized.shape[2] == 4:
        mask *= sized[..., 3] * np.float32(1 / 255)
    legible.laid(pixels[top : top + high, left : left + wide], sized[..., :3], mask)
    own_high, own_wide = logo.pixels.shape[:2]
    if wide <= own_wide * BLURRED_FROM:
        return ()
    return (
        f"The logo has only {own_wide} x {own_high} px and was enlarged {wide / own_wide:.1f} times: it looks soft.",
    )


def written(pixels: Pixels, writing: Writing, taken: Box | None = None) -> tuple[str, ...]:
    """Set the text, in place, clear of the box that is taken; the answer are sentences about it. Raises
    ProviderRejected for letters that no typeface here has, and when there is no room to set it readably."""
    text = typesetting.cleaned(writing.text)
    if not text:
        raise refused("The text has no visible letters.", field="options.text")
    face, notes = typesetting.face_for(writing.typeface, text)
    asked_px = writing.size * pixels.shape[0] / typesetting.LEADING
    pad = 0.0 if writing.plate is None else PLATE_PAD
    found = _standing(pixels, writing, taken, partial(typesetting.fitted, face, text, asked_px, pad=pad))
    if found is None:
        sentence = "The text has no room here in letters that can be read: shorten it, or give it more room."
        raise refused(sentence, field="options.text")
    block, box = found
    return notes + _sized(block, asked_px) + _inked(pixels, writing, block, box)


def _standing(
    pixels: Pixels, writing: Writing, taken: Box | None, set_in: Callable[[Box], Typeset | None]
) -> tuple[Typeset, Box] | None:
    """The block and its place: where it was asked for, or else, of the rooms around what is taken, the one that holds
    the largest letters nearest to there."""
    whole = _room(pixels, writing.margin)
    gap = min(pixels.shape[:2]) * GAP_SHARE + 1
    found = _fitted(whole, writing, set_in)
    if taken is None or (found is not None and not _meet(_ground(found, writing), taken, gap / 2)):
        return found
    across, down = typesetting.shares(writing.position)
    goal = whole.x + whole.width * across, whole.y + whole.height * down
    fits = [fit for room in _around(whole, taken, gap) if (fit := _fitted(room, writing, set_in)) is not None]
    return max(fits, key=lambda fit: (round(fit[0].size_px), -_away(fit[1], goal)), default=None)


def _fitted(room: Box, writing: Writing, set_in: Callable[[Box], Typeset | None]) -> tuple[Typeset, Box] | None:
    """The block in a room; the edge of its plate stays within it too."""
    block = set_in(room)
    if block is None:
        return None
    pad = 0.0 if writing.plate is None else PLATE_PAD * block.size_px
    return block, typesetting.placed(block, typesetting.within(room, pad), writing.position)


def _ground(found: tuple[Typeset, Box], writing: Writing) -> Box:
    """The block with its plate, or with the shade that it may need."""
    block, box = found
    return typesetting.within(box, -(SHADE_PAD if writing.plate is None else PLATE_PAD) * block.size_px)


def _around(room: Box, taken: Box, gap: float) -> Iterator[Box]:
    """What is left of a room above, below, left and right of what is taken."""
    right, low = room.x + room.width, room.y + room.height
    ends = taken.x + taken.width + gap, taken.y + taken.height + gap
    for box in (
        Box(room.x, room.y, room.width, taken.y - gap - room.y),
        Box(room.x, ends[1], room.width, low - ends[1]),
        Box(room.x, room.y, taken.x - gap - room.x, room.height),
        Box(ends[0], room.y, right - ends[0], room.height),
    ):
        if box.width > 0 and box.height > 0:
            yield box


def _inked(pixels: Pixels, writing: Writing, block: Typeset, box: Box) -> tuple[str, ...]:
    """Ground and letters, in place, and what there is to say about their contrast."""
    ground = _ground((block, box), writing)
    if writing.plate is not None:
        legible.plated(pixels, ground, writing.plate, CORNER * block.size_px, writing.opacity)
    rows = list(typesetting.rows_of(block, box, writing.position))
    boxes = [row.box for row in rows]
    there = legible.Ground(legible.behind(pixels, boxes), writing.opacity)
    ink = writing.ink or legible.chosen(there)
    before = legible.contrast(ink, there)
    shade = 0.0 if writing.plate is not None or writing.opacity < WATERMARK else legible.strength_for(ink, there)
    if shade:
        legible.shaded(pixels, ground, ink, shade, max(4.0, SHADE_REACH * block.size_px))
        there = legible.Ground(legible.behind(pixels, boxes), writing.opacity)
    after = legible.contrast(ink, there)
    for row in rows:
        window = legible.window(pixels, row.box, block.size_px * 0.6)
        legible.laid(pixels[window], ink, typesetting.drawn(block, row, window) * np.float32(writing.opacity))
    return _told(before, after, shade, ink)


def _told(before: float, after: float, shade: float, ink: Ink) -> tuple[str, ...]:
    asked = f"{legible.RATIO_MIN:g}:1 is what WCAG asks for"
    if shade:
        kind = "dark" if legible.against(ink) == legible.BLACK else "light"
        gain = f"its contrast was {before:.1f}:1 and is {after:.1f}:1 now; {asked}."
        return (f"A soft {kind} shade was put behind the text: {gain}",)
    if after < legible.RATIO_MIN:
        return (f"The text is hard to read: its contrast is {after:.1f}:1; {asked}.",)
    return ()


def _sized(block: Typeset, asked_px: float) -> tuple[str, ...]:
    if block.size_px < asked_px * 0.97:
        return (f"The text was set at {block.size_px / asked_px:.0%} of the asked size, so that it fits.",)
    if block.size_px > asked_px * 1.03:
        return ("The text was set larger than asked: smaller letters could not be read at this picture's size.",)
    return ()


def _room(pixels: Pixels, margin: float) -> Box:
    height, width = pixels.shape[:2]
    return typesetting.within(Box(0.0, 0.0, width, height), margin * min(width, height))


def _meet(one: Box, other: Box, gap: float) -> bool:
    across = one.x < other.x + other.width + gap and other.x < one.x + one.width + gap
    return across and one.y < other.y + other.height + gap and other.y < one.y + one.height + gap


def _away(box: Box, goal: tuple[float, float]) -> float:
    """How far the box is from a point."""
    dx = max(box.x - goal[0], 0.0, goal[0] - box.x - box.width)
    return math.hypot(dx, max(box.y - goal[1], 0.0, goal[1] - box.y - box.height))


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Scaled by areas when it gets smaller, smoothly when larger; transparent pixels lend no colour."""
    smaller = size[0] < pixels.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return straight(np.asarray(cv2.resize(premultiplied(pixels), size, interpolation=how), np.uint8))


def _writing(ask: EditAsk) -> Writing | None:
    text = text_of(ask, "text")
    if text is None:
        return None
    ink, plate = text_of(ask, "color"), text_of(ask, "plate")
    return Writing(
        text,
        choice_of(ask, "position"),
        choice_of(ask, "typeface"),
        number_of(ask, "size"),
        asked_ink(ink, "options.color") if ink else None,
        asked_ink(plate, "options.plate") if plate else None,
        number_of(ask, "opacity"),
        number_of(ask, "margin"),
    )


def _logo(ask: EditAsk) -> Logo | None:
    if ask.overlay is None:
        return None
    return Logo(
        pixels_of(ask.overlay),
        choice_of(ask, "logo_position"),
        number_of(ask, "logo_size"),
        number_of(ask, "opacity"),
        number_of(ask, "margin"),
    )
