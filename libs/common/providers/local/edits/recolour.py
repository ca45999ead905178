"""Find what has a colour, and give it another: hue and chroma move in OKLab, light and shade stay."""

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.colour import Floats
from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.colour_cube import lab_of, looked_up
from libs.common.providers.local.edits.colour_words import Kin, Named
from libs.common.providers.local.edits.palette_match import skin_likeness

LOOK_PX: Final = 250_000
"""Pixels of the copy on which things are found."""
FEWEST: Final = 0.001
"""Share of the picture below which nothing was found."""
HUE_LEAST: Final = 12.0
HUE_FADE: Final = 1.35
"""A hue so many times the width away is no longer meant."""
SPECK: Final = 0.08
"""A piece smaller than this, against the largest, belongs to something else when a thing was named."""
SKIN_MOSTLY: Final = 0.25
SHADE: Final = 0.24
"""A thing's own light and shade reach so far in lightness, whatever its name says."""
NEUTRAL_SHADED: Final = 0.03
BASIC_SHIFT: Final = 0.7
"""«Red» is no certain lightness: the thing moves so far towards that of the named red, an exact shade all the way."""
LIGHTEST: Final = 0.93
DARKEST: Final = 0.2
"""White and black keep room for light and shade."""
PALE: Final = 0.03
"""Chroma that grey pixels of the thing count as having, so that a grey thing can become colourful."""
CHROMA_MOST: Final = 1.3
HUE_PLAY: Final = 0.35
"""How much of a thing's own play of hues stays."""
SHADE_POWER: Final = 0.85
CHANGED_LEAST: Final = 6
"""Of 255; a share below it leaves the pixel as it was, bit for bit."""


@dataclass(frozen=True, slots=True)
class Tone:
    """The middle of the colours of a thing: medians in OKLab, `hue` in radians, and how far its hues spread."""

    lightness: float
    chroma: float
    hue: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A thing that was found: its tone, the colours it may have, and where it is on a small copy, 0 to 1."""

    tone: Tone
    kin: Kin | None
    where: Share


def found_by(pixels: Pixels, kin: Kin | None, inside: Share | None, *, one_thing: bool) -> Found | None:
    """What has these colours (any colour without them) inside the mask (H, W); None when next to nothing has."""
    small = _small(pixels)
    size = small.shape[1::-1]
    everywhere = np.ones(small.shape[:2], np.float32)
    shrunk = everywhere if inside is None else cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    within = np.asarray(shrunk, np.float32)
    lab = lab_of(small)
    core = within > 0.5 if kin is None else _core(lab, kin, within, whole=one_thing)
    if core.mean() < FEWEST:
        return None
    return Found(_tone(lab, core.astype(np.float32)), kin, _near(core) * within)


def _core(lab: Floats, kin: Kin, within: Share, *, whole: bool) -> NDArray[np.bool_]:
    """What is certainly meant, and what hangs together with it and is nearly so: first by the name, then by the colours
    that were found under the name."""
    first = likeness(lab, kin, None).astype(np.float32) * within
    if not (first > 0.5).any():
        return np.zeros(within.shape, bool)
    tone = _tone(lab, first)
    sure = (likeness(lab, kin, tone) * within) > 0.5
    sure = _one_thing(sure, skin_likeness(lab)) if whole else sure
    nearly = (likeness(lab, _wider(kin, tone), tone) * within > 0.5) | sure
    _, pieces = cv2.connectedComponents(nearly.astype(np.uint8), connectivity=4)
    rows = slice(0, max(1, len(sure) // 50) if kin.on_top else None)
    kept = np.unique(pieces[rows][sure[rows]])
    return np.asarray(nearly & np.isin(pieces, kept))


def _wider(kin: Kin, tone: Tone) -> Kin:
    """The same name in light and shade."""
    low, high = min(kin.low, tone.lightness - SHADE), max(kin.high, tone.lightness + SHADE / 2)
    if kin.hue is None:
        return replace(kin, low=low, high=high, palest=NEUTRAL_SHADED)
    return replace(kin, low=low, high=high)


def likeness(lab: Floats, kin: Kin, tone: Tone | None) -> Floats:
    """How much colours (3, …) are of that kind, 0 to 1: with a tone, of its own narrower kind."""
    light, chroma = lab[0], np.hypot(lab[1], lab[2])
    share = _between(light, kin.low, kin.high, 0.06)
    if kin.hue is None:
        return share * _falling(chroma, kin.palest * 1.5, kin.palest * 3)
    hue, width = kin.hue, kin.width
    low, high = kin.palest, kin.palest * 2.5
    if tone is not None:
        hue, width = _narrowed(kin, tone)
        chroma = chroma * tone.lightness / np.maximum(light, 0.15)
        low, high = max(low, 0.35 * tone.chroma), max(high, 0.6 * tone.chroma)
    away = np.abs((np.degrees(np.arctan2(lab[2], lab[1])) - hue + 180) % 360 - 180)
    meant = _falling(away, 0.4 * width, width * HUE_FADE) if tone is None else _falling(away, width, width * HUE_FADE)
    return share * meant * (1 - _falling(chroma, low, high))


def recoloured(pixels: Pixels, found: Found, to: Named, inside: Share | None = None) -> tuple[Pixels, Share]:
    """The picture (H, W, 3) with the thing in the new colour, and (H, W) how much each pixel took part. Where that is
    0 nothing changed, bit for bit."""
    changed, alike = looked_up(pixels, lambda lab: (_moved(lab, found.tone, to), _alike(lab, found)))
    height, width = pixels.shape[:2]
    gate = cv2.resize(found.where, (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.asarray(cv2.GaussianBlur(alike, (0, 0), 0.6) * gate, np.float32)
    if inside is not None:
        share *= inside
    share[share < CHANGED_LEAST] = 0
    part = np.rint(share).astype(np.uint16)[..., None]
    source = pixels[..., :3]
    mixed = ((changed * part + source * (255 - part) + 127) // 255).astype(np.uint8)
    return mixed, np.asarray(share / 255, np.float32)


def _alike(lab: Floats, found: Found) -> Floats:
    """Wider than the search: what stands among the thing's pixels and has a hint of its hue is part of it."""
    if found.kin is None:
        return np.ones(lab.shape[1:])
    kin, tone = _wider(found.kin, found.tone), found.tone
    share = _between(lab[0], kin.low - 0.1, kin.high + 0.1, 0.1)
    chroma = np.hypot(lab[1], lab[2])
    if kin.hue is None:
        return share * _falling(chroma, kin.palest * 2, kin.palest * 4)
    hue, width = _narrowed(kin, tone)
    away = np.abs((np.degrees(np.arctan2(lab[2], lab[1])) - hue + 180) % 360 - 180)
    hint = 1 - _falling(chroma, 0.08 * tone.chroma, 0.25 * tone.chroma)
    return share * _falling(away, width * 1.25, width * 2) * hint


def _narrowed(kin: Kin, tone: Tone) -> tuple[float, float]:
    """Hue and width in degrees: the thing's own, as far as they stay what the name says."""
    middle = kin.hue or 0.0
    off = (math.degrees(tone.hue) - middle + 180) % 360 - 180
    off = min(max(off, -kin.width), kin.width)
    return middle + off, min(max(HUE_LEAST, 2.2 * tone.width), kin.width * 1.2)


def _moved(lab: Floats, tone: Tone, to: Named) -> Floats:
    """Every colour as it would be if the thing's own were the new one."""
    aim = to.colour.lightness if to.exact or to.neutral else _toward(tone.lightness, to.colour.lightness, BASIC_SHIFT)
    light = _relit(lab[0], tone.lightness, min(max(aim, DARKEST), LIGHTEST))
    shade = np.clip(lab[0] / max(tone.lightness, 1e-3), 0, 1)
    shine = np.clip((1 - lab[0]) / max(1 - tone.lightness, 1e-3), 0, 1)
    floor = PALE * shade * np.sqrt(shine)
    chroma = np.hypot(lab[1], lab[2])
    rich = np.clip((chroma + floor) / (tone.chroma + PALE), 0, CHROMA_MOST)
    own = (np.arctan2(lab[2], lab[1]) - tone.hue + math.pi) % (2 * math.pi) - math.pi
    play = HUE_PLAY * np.clip(own, -0.6, 0.6) * np.clip(chroma / max(tone.chroma, PALE), 0, 1)
    hue = to.colour.hue + play
    new = to.colour.chroma * rich
    return np.stack([light, new * np.cos(hue), new * np.sin(hue)])


def _relit(light: Floats, middle: float, aim: float) -> Floats:
    """Lightness with `middle` moved to `aim`; black and white stay, and what was darker stays darker."""
    middle = min(max(middle, 0.05), 0.95)
    dark = aim * np.clip(light / middle, 0, 1) ** SHADE_POWER
    bright = 1 - (1 - aim) * np.clip((1 - light) / (1 - middle), 0, 1)
    return np.where(light <= middle, dark, bright)


def _toward(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _tone(lab: Floats, weight: Share) -> Tone:
    inside = weight > 0.8 * float(weight.max())
    light, a, b = (plane[inside] for plane in lab)
    chroma = np.hypot(a, b)
    hue = math.atan2(float(b.sum()), float(a.sum()))
    off = (np.arctan2(b, a) - hue + math.pi) % (2 * math.pi) - math.pi
    spread = math.sqrt(float((off**2 * chroma).sum() / max(float(chroma.sum()), 1e-9)))
    return Tone(float(np.median(light)), float(np.median(chroma)), hue, math.degrees(spread))


def _one_thing(core: NDArray[np.bool_], skin: Floats) -> NDArray[np.bool_]:
    """Without what is small against the largest piece, and without other pieces that look like skin: who names a red
    coat does not mean the face above it."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(core.astype(np.uint8), connectivity=8)
    if count <= 1:
        return core
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    like_skin = np.bincount(pieces.ravel(), skin.ravel(), count) / np.maximum(areas, 1) > SKIN_MOSTLY
    like_skin[int(np.argmax(areas))] = False
    return np.asarray(((areas >= max(4.0, SPECK * float(areas.max()))) & ~like_skin)[pieces])


def _near(core: NDArray[np.bool_]) -> Share:
    """1 on the thing and in its gaps, fading within a few pixels around it."""
    reach = max(2, round(0.006 * max(core.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wide = cv2.dilate(cv2.morphologyEx(core.astype(np.uint8), cv2.MORPH_CLOSE, disc), disc)
    inner = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), reach / 2)
    return np.asarray(np.where(wide > 0, np.clip(inner * 2 - 0.4, 0, 1), 0), np.float32)


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = min(1.0, math.sqrt(LOOK_PX / (height * width)))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels[..., :3], size, interpolation=cv2.INTER_AREA), np.uint8)


def _falling(values: Floats, full: float, none: float) -> Floats:
    """1 up to `full`, 0 from `none` on, smooth between."""
    share = np.clip((none - values) / max(none - full, 1e-6), 0, 1)
    return share * share * (3 - 2 * share)


def _between(values: Floats, low: float, high: float, soft: float) -> Floats:
    return (1 - _falling(values, low - soft, low)) * _falling(values, high, high + soft)
