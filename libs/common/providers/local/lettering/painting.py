"""Puts set words into a picture: colours that can be read there, room behind them, and the letters."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw

from libs.common.providers.local.canvas import Frame, blur, interleave, over, planar, shade, tint
from libs.common.providers.local.colour import BLACK, WHITE, Lab, Plane, Planes, lit, mix, rgb
from libs.common.providers.local.lettering.setting import Block, Box, Line
from libs.common.providers.local.lettering.voices import Ground
from libs.common.providers.local.palettes import Light, Palette

RATIO_LARGE, RATIO_SMALL = 3.0, 4.5
"""Contrast that WCAG 2.2 (1.4.3) asks of large and of small letters."""
LARGE_PX: Final = 24.0
HEADROOM: Final = 1.12
"""Grain and packing cost a little contrast."""
WORST_SHARE: Final = 0.03
"""The brightest and darkest 3 % behind a line count as specks."""
BUSY: Final = 0.085
"""Spread of brightness behind the words from which they get a ground of their own."""
PILL_APART: Final = 1.5
"""A pill that stands out less than this takes the colour of the headline."""
LIGHT_PREFERRED: Final = {Light.DAY: 0.8, Light.GLOW: 0.45, Light.NIGHT: 0.3}
"""Light words are taken from this share of the contrast that dark ones would have; evenings and nights want light."""
STRENGTHS: Final = (0.0, 0.25, 0.4, 0.55, 0.68, 0.8, 0.9, 1.0)
VEIL_REACH: Final = 0.15
"""How far a veil falls off, in units."""
VEIL_TAIL: Final = 2.8
"""After this many reaches nothing of a veil is left."""
NEAR: Final = 0.2
"""A border this near (share of the side) is veiled as well."""
OVERSAMPLE: Final = 2
OVERSAMPLE_MAX_PX: Final = 6_000_000


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of the words, and of the ground that would help them."""

    main: Lab
    ground: Lab
    light: bool


def lettered(planes: Planes, block: Block, spot: Box, palette: Palette, ground: Ground) -> None:
    """Set the block at its place, on whatever ground it needs to be readable."""
    inks = made_room(planes, block, spot, palette, ground)
    if block.mark is not None:
        _filled(planes, _moved(block.mark, spot), _pop(palette, inks), 0.0)
    ink = inks.main
    if block.pill is not None:
        ink = _pill(planes, _moved(block.pill, spot), palette, inks)
    for line in block.lines:
        _drawn(planes, line, spot, ink if line.role == "action" else inks.main)


def made_room(planes: Planes, block: Block, spot: Box, palette: Palette, ground: Ground) -> Inks:
    """Change the picture behind the words, as little as makes them readable; the answer are their colours."""
    inks = _inks(planes, block, spot, palette)
    if ground is Ground.SHADE:
        rows, cols = _veiled_window(planes, spot)
        part = Box(spot.x - cols.start, spot.y - rows.start, spot.width, spot.height)
        _shaded(planes[:, rows, cols], block, part, inks, Frame(planes.shape[2], planes.shape[1]))
    elif _spread(planes, spot) > BUSY * 0.5 or not _readable(planes, block, spot, inks.main):
        _paneled(planes, Frame(planes.shape[2], planes.shape[1]), spot, inks, ground)
    return inks


def luminance(planes: Planes) -> Plane:
    """Relative luminance of sRGB as WCAG 2 defines it."""
    clipped = np.clip(planes, 0, 1)
    linear = np.where(clipped <= 0.04045, clipped / 12.92, ((clipped + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear[0] * 0.2126 + linear[1] * 0.7152 + linear[2] * 0.0722, np.float32)


def ratio(first: float, second: float) -> float:
    """The contrast of two luminances, 1 to 21."""
    low, high = sorted((first, second))
    return (high + 0.05) / (low + 0.05)


def needed(line: Line) -> float:
    """The contrast a line has to have."""
    return RATIO_LARGE if line.size_px >= LARGE_PX and line.role == "headline" else RATIO_SMALL


def behind(planes: Planes, line: Line, spot: Box) -> tuple[float, float]:
    """The darkest and the brightest luminance behind a line, without specks."""
    box = Box(spot.x + line.x, spot.y + line.y - line.size_px * 0.8, line.width, line.size_px * 1.05)
    part = luminance(_cut(planes, box))
    low, high = np.quantile(part, (WORST_SHARE, 1 - WORST_SHARE))
    return float(low), float(high)


def _cut(planes: Planes, box: Box) -> Planes:
    rows, cols = _window(planes, box)
    return planes[:, rows, cols]


def _window(planes: Planes, box: Box) -> tuple[slice, slice]:
    height, width = planes.shape[1:]
    top, left = min(max(0, int(box.y)), height - 1), min(max(0, int(box.x)), width - 1)
    bottom, right = min(height, math.ceil(box.y + box.height)), min(width, math.ceil(box.x + box.width))
    return slice(top, max(top + 1, bottom)), slice(left, max(left + 1, right))


def _spread(planes: Planes, spot: Box) -> float:
    part = _cut(planes, spot)
    return float((part[0] * 0.3 + part[1] * 0.59 + part[2] * 0.11).std())


def _lum(colour: Lab) -> float:
    return float(luminance(rgb(colour))[0, 0])


def _readable(planes: Planes, block: Block, spot: Box, ink: Lab) -> bool:
    own = _lum(ink)
    return all(
        min(ratio(own, edge) for edge in behind(planes, line, spot)) >= needed(line) * HEADROOM
        for line in block.lines
        if line.role != "action"
    )


def _inks(planes: Planes, block: Block, spot: Box, palette: Palette) -> Inks:
    """Light or dark words, whichever stands out more from what is there now."""
    pale = mix(palette.light, WHITE, 0.55)
    deep = mix(lit(palette.deep, -0.06), BLACK, 0.25)
    edges = [edge for line in block.lines if line.role != "action" for edge in behind(planes, line, spot)]
    gains = [min(ratio(_lum(ink), edge) for edge in edges) for ink in (pale, deep)]
    if gains[0] >= gains[1] * LIGHT_PREFERRED[palette.light_kind]:
        return Inks(pale, deep, light=True)
    return Inks(deep, pale, light=False)


def _veiled_window(planes: Planes, spot: Box) -> tuple[slice, slice]:
    """The part of a picture that a veil reaches; it runs on to borders that are near."""
    frame = Frame(planes.shape[2], planes.shape[1])
    pad = frame.unit * VEIL_REACH * VEIL_TAIL
    left = 0.0 if spot.x < frame.width * NEAR else spot.x - pad
    top = 0.0 if spot.y < frame.height * NEAR else spot.y - pad
    low = spot.y + spot.height
    bottom = frame.height if low > frame.height * (1 - NEAR) else low + pad
    return _window(planes, Box(left, top, spot.x + spot.width + pad - left, bottom - top))


def _shaded(part: Planes, block: Block, spot: Box, inks: Inks, frame: Frame) -> None:
    """Soften and shade the part of the picture behind the words; `frame` is that of the whole."""
    busy = _spread(part, spot) > BUSY
    if not busy and _readable(part, block, spot, inks.main):
        return
    mask = _veil(Frame(part.shape[2], part.shape[1]), spot, frame.unit)
    before = part.copy()
    soft = planar(blur(interleave(before), frame.unit * 0.02))
    over(before, soft, mask**2 * np.float32(0.85 if busy else 0.4))
    for strength in STRENGTHS[1 if busy else 0 :]:
        part[:] = before
        _veiled(part, inks, mask * np.float32(strength))
        if _readable(part, block, spot, inks.main):
            return


def _veiled(planes: Planes, inks: Inks, mask: Plane) -> None:
    """Dark veils multiply first, so that the picture's hues stay in them."""
    if inks.light:
        shade(planes, mask * np.float32(0.7), lit(inks.ground, 0.12))
    tint(planes, inks.ground, mask * np.float32(0.8 if inks.light else 0.95))


def _veil(frame: Frame, spot: Box, unit: float) -> Plane:
    """1 behind the words, falling off softly; no falling off toward a border that the part ends at close by."""
    dx = np.maximum(np.maximum(spot.x - frame.x, frame.x - (spot.x + spot.width)), 0)
    dy = np.maximum(np.maximum(spot.y - frame.y, frame.y - (spot.y + spot.height)), 0)
    full = unit * VEIL_REACH * VEIL_TAIL * 0.95
    if spot.x < full:
        dx = np.where(frame.x < spot.x, 0, dx)
    if spot.y < full:
        dy = np.where(frame.y < spot.y, 0, dy)
    if frame.height - spot.y - spot.height < full:
        dy = np.where(frame.y > spot.y + spot.height, 0, dy)
    far = np.sqrt(dx.astype(np.float32) ** 2 + dy.astype(np.float32) ** 2) / np.float32(unit * VEIL_REACH)
    return np.asarray(np.exp(-(np.clip(far - 0.12, 0, None) ** 2) * 0.85), np.float32)


def _paneled(planes: Planes, frame: Frame, spot: Box, inks: Inks, ground: Ground) -> None:
    pad = frame.unit * 0.05
    box = Box(spot.x - pad, spot.y - pad, spot.width + 2 * pad, spot.height + 2 * pad)
    if ground is Ground.PANEL:
        _shadow(planes, frame, box)
        _filled(planes, box, inks.ground, 0.0)
        return
    corner = frame.unit * 0.035
    mask = _rounded(frame, box, corner)
    frosted = planar(blur(interleave(planes), frame.unit * 0.03))
    over(planes, frosted, mask)
    tint(planes, inks.ground, mask * np.float32(0.72))


def _shadow(planes: Planes, frame: Frame, box: Box) -> None:
    drop = frame.unit * 0.012
    mask = _rounded(frame, Box(box.x + drop, box.y + drop, box.width, box.height), 0.0)
    shade(planes, blur(mask, frame.unit * 0.012) * np.float32(0.3), BLACK)


def _rounded(frame: Frame, box: Box, corner: float) -> Plane:
    dx = np.abs(frame.x - np.float32(box.x + box.width / 2)) - np.float32(box.width / 2 - corner)
    dy = np.abs(frame.y - np.float32(box.y + box.height / 2)) - np.float32(box.height / 2 - corner)
    outside = np.sqrt(np.maximum(dx, 0) ** 2 + np.maximum(dy, 0) ** 2)
    return np.asarray(np.clip(np.float32(corner + 0.5) - outside - np.minimum(np.maximum(dx, dy), 0), 0, 1), np.float32)


def _filled(planes: Planes, box: Box, colour: Lab, corner: float) -> None:
    frame = Frame(planes.shape[2], planes.shape[1])
    tint(planes, colour, _rounded(frame, box, corner))


def _pop(palette: Palette, inks: Inks) -> Lab:
    """The spot of colour, kept apart from its ground."""
    low, high = (0.66, 0.9) if inks.light else (0.4, 0.72)
    return lit(palette.pop, min(max(palette.pop.lightness, low), high) - palette.pop.lightness)


def _pill(planes: Planes, box: Box, palette: Palette, inks: Inks) -> Lab:
    """The call to action's pill; the answer is the colour of its words."""
    fill = palette.pop
    around = float(np.median(luminance(_cut(planes, box))))
    if ratio(_lum(fill), around) < PILL_APART:
        fill = inks.main
    choices = (mix(palette.light, WHITE, 0.7), mix(lit(palette.deep, -0.05), BLACK, 0.35))
    ink = max(choices, key=lambda colour: ratio(_lum(colour), _lum(fill)))
    for _ in range(12):
        if ratio(_lum(ink), _lum(fill)) >= RATIO_SMALL * HEADROOM:
            break
        fill = lit(fill, 0.03 if ink is choices[1] else -0.03)
    _filled(planes, box, fill, box.height / 2)
    return ink


def _moved(box: Box, spot: Box) -> Box:
    return Box(box.x + spot.x, box.y + spot.y, box.width, box.height)


def _drawn(planes: Planes, line: Line, spot: Box, colour: Lab) -> None:
    """The letters of one line, drawn larger and reduced so that none is bent to the pixel grid."""
    pad = line.size_px * 0.35
    box = Box(spot.x + line.x - pad, spot.y + line.y - line.size_px * 1.15, line.width + 2 * pad, line.size_px * 1.6)
    rows, cols = _window(planes, box)
    high, wide = rows.stop - rows.start, cols.stop - cols.start
    scale = OVERSAMPLE if high * wide * OVERSAMPLE**2 <= OVERSAMPLE_MAX_PX else 1
    sheet = Image.new("L", (wide * scale, high * scale), 0)
    pen = ImageDraw.Draw(sheet)
    font = line.face.drawn(line.size_px * scale)
    x, y = (spot.x + line.x - cols.start) * scale, (spot.y + line.y - rows.start) * scale
    for letter, step in zip(line.text, line.face.advances(line.text), strict=True):
        pen.text((x, y), letter, fill=255, font=font, anchor="ls")
        x += (step + line.tracking) * line.size_px * scale
    mask = np.asarray(cv2.resize(np.asarray(sheet), (wide, high), interpolation=cv2.INTER_AREA), np.float32)
    tint(planes, colour, mask / np.float32(255), rows, cols)
