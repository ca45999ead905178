"""Bring a picture's colours to a palette: every hue of the picture goes to one colour of the palette, light and shade
stay, greys and skin stay.

A palette's colour stands for a line of colours at every lightness: its hue, with any chroma from none up to the one
that the colour has in that light or shade. A colour that is wholly meant ends within the asked CIEDE2000 distance of a
point on such a line that has its own lightness. Hues on the border between two colours of the palette pass from one to
the other within 5 degrees, through grey, which is on every line; there a mixture may lie a little farther away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.colour import Floats, Lab, to_srgb
from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.colour_cube import lab_of, looked_up
from libs.common.providers.local.edits.colour_difference import ciede2000, cielab
from libs.common.providers.local.edits.tones import in_gamut

HUES: Final = 72
"""Steps of the hue circle, 5 degrees each."""
LOOK_PX: Final = 40_000
GREY: Final = (0.018, 0.04)
"""Chroma up to which a pixel is grey and stays, and from which it is wholly meant."""
CUT_COST: Final = 0.6
"""What it costs to give neighbouring hues of the picture different colours: one thing should not fall into two."""
LIGHT_WEIGHT: Final = 0.6
"""Lightness against hue, where two colours of the palette are equally near."""
RICH_QUANTILE: Final = 0.85
"""The picture's colours at this quantile of chroma become as rich as the palette's."""
RICH_LEAST: Final = 0.08
RICH_SHARE: Final = 0.7
"""Pale hues stay pale: they count as at least so rich, against the picture's rich colours."""
HALVINGS: Final = 6
SPARE: Final = 0.75
"""Share of the distance that is used; the rest is for interpolation and rounding to 8 bits."""
CHANGED_LEAST: Final = 6
SKIN_HUE: Final = (36.0, 68.0, 9.0)
"""Degrees in OKLab, from, to, and how softly it ends; of the skins of all complexions in photographs."""
SKIN_CHROMA: Final = (0.03, 0.105, 0.02)
SKIN_LIGHT: Final = (0.32, 0.92, 0.06)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Which colour of the palette each hue of one picture goes to, and how rich the picture's hues are."""

    palette: tuple[Lab, ...]
    chosen: NDArray[np.intp]
    """(HUES,), places in the palette."""
    rich: Floats
    """(HUES,), the chroma that becomes the palette's own."""
    delta_e: float
    protect_skin: bool


def matched(
    pixels: Pixels, palette: Sequence[Lab], delta_e: float, inside: Share | None, *, skin: bool
) -> tuple[Pixels, Share]:
    """The picture (H, W, 3) in the palette's colours, and (H, W) how much each pixel took part; where that is 0 nothing
    changed, bit for bit. `skin` says whether skin is left alone."""
    match = match_of(pixels, palette, delta_e, inside, skin=skin)
    changed, alike = looked_up(pixels, lambda lab: (to_palette(lab, match), meant(lab, skin=skin)))
    share = alike.astype(np.float32)
    if inside is not None:
        share *= inside
    share[share < CHANGED_LEAST] = 0
    part = np.rint(share).astype(np.uint16)[..., None]
    mixed = ((changed * part + pixels[..., :3] * (255 - part) + 127) // 255).astype(np.uint8)
    return mixed, np.asarray(share / 255, np.float32)


def match_of(pixels: Pixels, palette: Sequence[Lab], delta_e: float, inside: Share | None, *, skin: bool) -> Match:
    """Look at a small copy and share out the palette."""
    height, width = pixels.shape[:2]
    scale = min(1.0, float(np.sqrt(LOOK_PX / (height * width))))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    lab = lab_of(np.asarray(cv2.resize(pixels[..., :3], size, interpolation=cv2.INTER_AREA), np.uint8)).reshape(3, -1)
    weight = meant(lab, skin=skin) * np.hypot(lab[1], lab[2])
    if inside is not None:
        weight = weight * cv2.resize(inside, size, interpolation=cv2.INTER_AREA).ravel()
    colourful = tuple(colour for colour in palette if colour.chroma > GREY[0]) or tuple(palette)
    bins = _bins(lab)
    amount, light = (_smooth(np.bincount(bins, value, HUES).astype(np.float64)) for value in (weight, weight * lab[0]))
    chosen = _shared_out(amount / max(float(amount.sum()), 1e-9), light / np.maximum(amount, 1e-9), colourful)
    return Match(colourful, chosen, _richness(lab, bins, weight), delta_e, skin)


def meant(lab: Floats, *, skin: bool) -> Floats:
    """How much colours (3, …) are to change, 0 to 1: not greys, and not skin when that stays."""
    share = _rising(np.hypot(lab[1], lab[2]), *GREY)
    return share * (1 - skin_likeness(lab)) if skin else share


def to_palette(lab: Floats, match: Match) -> Floats:
    """Colours (3, N) wholly brought to the palette."""
    at = (np.degrees(np.arctan2(lab[2], lab[1])) % 360) * HUES / 360 - 0.5
    low = np.floor(at).astype(np.intp) % HUES
    high, past = (low + 1) % HUES, at - np.floor(at)
    nearer = np.where(past < 0.5, low, high)
    colour = np.array(match.palette)[match.chosen[nearer]].T
    rich = match.rich[low] * (1 - past) + match.rich[high] * past
    same = match.chosen[low] == match.chosen[high]
    border = np.where(
        same, 1.0, np.abs(2 * past - 1)
    )  # Through grey from one colour to the next: grey is on every line.
    chroma = np.clip(np.hypot(lab[1], lab[2]) / rich, 0, 1) * _own_chroma(lab[0], colour) * border
    hue = np.arctan2(colour[2], colour[1])
    line = np.stack([lab[0], chroma * np.cos(hue), chroma * np.sin(hue)])
    return _within(line, _with_play(lab, line, border), match.delta_e * SPARE)


def on_line(lab: Floats, palette: Sequence[Lab]) -> Floats:
    """(K, N) CIEDE2000 of colours (3, N) to the nearest point of each palette colour's line at their lightness."""
    seen = cielab(in_gamut(lab))
    shares = np.linspace(0, 1, 41)
    found = []
    for colour in palette:
        most = _own_chroma(lab[0], np.array(colour)[:, None])
        hue = colour.hue
        points = [np.stack([lab[0], most * share * np.cos(hue), most * share * np.sin(hue)]) for share in shares]
        found.append(np.min([ciede2000(seen, cielab(in_gamut(point))) for point in points], axis=0))
    return np.stack(found)


def _own_chroma(light: Floats, colour: Floats) -> Floats:
    """The chroma of the palette's colour in this light: in shade less as it is darker, and less towards white."""
    own = np.clip(colour[0], 0.05, 0.97)
    shade = np.clip(light / own, 0, 1)
    tint = np.sqrt(np.clip((1 - light) / (1 - own), 0, 1))
    chroma: Floats = np.hypot(colour[1], colour[2]) * np.where(light <= own, shade, tint)
    return chroma


def _with_play(lab: Floats, line: Floats, border: Floats) -> Floats:
    """The colour on the line with some of the picture's own variety."""
    play = 0.35 * border
    return np.stack([line[0], line[1] + (lab[1] - line[1]) * play, line[2] + (lab[2] - line[2]) * play])


def _within(line: Floats, wish: Floats, delta_e: float) -> Floats:
    """As far from the line towards the wish as the distance allows; found by halving."""
    at = cielab(np.clip(to_srgb(line), 0, 1))
    low, high = np.zeros(line.shape[1]), np.ones(line.shape[1])
    for step in range(HALVINGS):
        share = np.ones_like(low) if step == 0 else (low + high) / 2
        there = cielab(np.clip(to_srgb(line + (wish - line) * share), 0, 1))
        fits = ciede2000(at, there) <= delta_e
        low, high = np.where(fits, share, low), np.where(fits, high, share)
    return line + (wish - line) * low


def _shared_out(amount: Floats, light: Floats, palette: Sequence[Lab]) -> NDArray[np.intp]:
    """The colour for each hue: near ones, and few cuts through hues that the picture has much of (Viterbi's search)."""
    hues = np.radians((np.arange(HUES) + 0.5) * 360 / HUES)
    away = np.array([[1 - np.cos(hues[h] - colour.hue) for colour in palette] for h in range(HUES)])
    dark = np.array([[abs(light[h] - colour.lightness) for colour in palette] for h in range(HUES)])
    cost = (amount + 0.002)[:, None] * (away + LIGHT_WEIGHT * dark)
    cut = CUT_COST * (np.minimum(amount, np.roll(amount, -1)) + 0.0005)
    start = int(np.argmin(amount))
    order = (np.arange(HUES) + start) % HUES
    best = cost[order[0]]
    came = np.zeros((HUES, len(palette)), np.intp)
    for step in range(1, HUES):
        change = float(best.min()) + cut[order[step - 1]]
        came[step] = np.where(best <= change, np.arange(len(palette)), int(np.argmin(best)))
        best = np.minimum(best, change) + cost[order[step]]
    chosen = np.zeros(HUES, np.intp)
    at = int(np.argmin(best))
    for step in range(HUES - 1, -1, -1):
        chosen[order[step]] = at
        at = int(came[step][at])
    return chosen


def _richness(lab: Floats, bins: NDArray[np.intp], weight: Floats) -> Floats:
    """The chroma of the rich colours near each hue."""
    chroma = np.hypot(lab[1], lab[2])
    overall = float(np.quantile(chroma[weight > 0], RICH_QUANTILE)) if (weight > 0).any() else 0.1
    least = max(RICH_LEAST, RICH_SHARE * overall)
    out = np.full(HUES, least)
    for hue in range(HUES):
        mine = chroma[(np.abs((bins - hue + HUES // 2) % HUES - HUES // 2) <= 2) & (weight > 0)]
        if mine.size > 50:
            out[hue] = max(float(np.quantile(mine, RICH_QUANTILE)), least)
    return _smooth(out)


def _bins(lab: Floats) -> NDArray[np.intp]:
    bins: NDArray[np.intp] = (np.degrees(np.arctan2(lab[2], lab[1])) % 360 * HUES / 360).astype(np.intp) % HUES
    return bins


def _smooth(values: Floats) -> Floats:
    moved = np.stack([np.roll(values, by) for by in range(-2, 3)])
    return np.asarray(np.average(moved, axis=0, weights=(1, 3, 4, 3, 1)), np.float64)


def skin_likeness(lab: Floats) -> Floats:
    """How much colours (3, …) are those of skin, 0 to 1; by colour alone, so some wood and sand are too."""
    hue = np.degrees(np.arctan2(lab[2], lab[1]))
    return _from_to(hue, *SKIN_HUE) * _from_to(np.hypot(lab[1], lab[2]), *SKIN_CHROMA) * _from_to(lab[0], *SKIN_LIGHT)


def _from_to(values: Floats, low: float, high: float, soft: float) -> Floats:
    return _rising(values, low - soft, low) * (1 - _rising(values, high, high + soft))


def _rising(values: Floats, none: float, full: float) -> Floats:
    share = np.clip((values - none) / (full - none), 0, 1)
    return share * share * (3 - 2 * share)
