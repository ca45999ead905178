"""Changes of colour and light, one pixel at a time: curves in OKLab, carried out as one table of colours.

Lightness moves along curves that leave black and white where they are and never turn back (Schlick's bias, «Fast
alternatives to Perlin's bias and gain functions», Graphics Gems IV, 1994), hue stays, and a colour that sRGB does not
have loses chroma before anything else. So nothing is clipped, and no slider can burn a light or drown a shadow.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from libs.common.providers.local.colour import Floats, to_lab, to_srgb
from libs.common.providers.local.edits.changed import Pixels

Grade = Callable[[Floats, float], Floats]
"""(3, N) OKLab into (3, N) OKLab; the number is the picture's mean lightness at that point."""

NODES: Final = 49
"""Colours along each side of the table; between them it is interpolated."""
SAMPLE_PX: Final = 64
BIAS_FULL: Final = 0.26
"""How far the bias leaves 0.5 at the end of the slider: the steepest slope is then 3.2."""
CONTRAST_FULL: Final = 0.19
"""2.2 times the contrast in the middle."""
FLATTEST: Final = 0.75
PIVOT_LOW, PIVOT_HIGH = 0.4, 0.68
"""Contrast turns around the picture's own mean lightness, as far as that lies here."""
CHROMA_FOLLOWS_MAX: Final = 1.35
PALER: Final = 0.6
"""A flattened picture loses so much of its chroma at the end of the slider."""
STRETCH_MAX: Final = 1.6
WARMEST_MIRED: Final = 90.0
"""The end of the slider: from daylight at 6,504 K to 4,100 K, or to 15,700 K."""
DAYLIGHT_K: Final = 6_504.0
VIVID_FULL: Final = 1.0
CHROMA_MUCH: Final = 0.25
"""A chroma from which a colour is vivid already."""
AREA_FULL: Final = 0.1
"""Lightness by which the slider's end moves shadows or highlights; with more the curve would turn back."""
AREA_PEAK: Final = 27 / 256
SPLIT_FULL: Final = 0.12
SEPIA_HUE: Final = math.radians(72)
SEPIA_CHROMA: Final = 0.055
_HALVINGS: Final = 9
_SPARE: Final = 1e-3

_BRADFORD: Final = np.array(
    ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)), dtype=np.float64
)
"""XYZ into the cone responses of the Bradford transform (ICC.1, annex E)."""
_XYZ: Final = np.array(
    ((0.4123908, 0.3575843, 0.1804808), (0.2126390, 0.7151687, 0.0721923), (0.0193308, 0.1191948, 0.9505322)),
    dtype=np.float64,
)
"""Linear sRGB into XYZ (IEC 61966-2-1)."""


def graded(pixels: Pixels, grades: Sequence[Grade]) -> Pixels:
    """The picture after all the grades, in their order; its alpha is left alone. No grades: the very same array."""
    if not grades:
        return pixels
    nodes, sample = _lattice(), to_lab(_sample(pixels))
    for grade in grades:
        mean = float(sample[0].mean())
        nodes, sample = grade(nodes, mean), grade(sample, mean)
    return _looked_up(pixels, in_gamut(nodes))


def brightness(amount: float) -> Grade:
    """−1 to 1: lightness along Schlick's bias; the chroma follows it, as it does with more light."""

    def grade(lab: Floats, _: float) -> Floats:
        return _relit(lab, _bias(np.clip(lab[0], 0, 1), 0.5 + BIAS_FULL * amount))

    return grade


def contrast(amount: float) -> Grade:
    """−1 to 1: an S around the picture's mean lightness that ends at black and white; below 0 a line towards it."""

    def grade(lab: Floats, mean: float) -> Floats:
        pivot = min(max(mean, PIVOT_LOW), PIVOT_HIGH)
        light = np.clip(lab[0], 0, 1)
        if amount < 0:
            flat = np.stack([pivot + (light - pivot) * (1 + FLATTEST * amount), *lab[1:]])
            return _tinted(flat, 1 + PALER * amount)
        steep = 0.5 - CONTRAST_FULL * amount
        low = pivot * _bias(np.minimum(light / pivot, 1), steep)
        high = 1 - (1 - pivot) * _bias(np.minimum((1 - light) / (1 - pivot), 1), steep)
        return _relit(lab, np.where(light < pivot, low, high))

    return grade


def warmth(amount: float) -> Grade:
    """−1 to 1: another white along the Planckian locus, by the Bradford transform; lightness stays."""
    turn = _adapted_by(WARMEST_MIRED * amount)

    def grade(lab: Floats, _: float) -> Floats:
        moved = to_lab(_encoded(np.maximum(turn @ _light(to_srgb(lab)), 0)))
        return np.stack([lab[0], moved[1], moved[2]])

    return grade


def saturation(amount: float) -> Grade:
    """−1 (grey) to 1: chroma times a factor; above 0 the muted colours gain most, the vivid ones hardly."""

    def grade(lab: Floats, _: float) -> Floats:
        if amount <= 0:
            return _tinted(lab, 1 + amount)
        room = 1 - np.minimum(np.hypot(lab[1], lab[2]) / CHROMA_MUCH, 1)
        return _tinted(lab, 1 + amount * VIVID_FULL * (0.35 + 0.65 * room))

    return grade


def sepia(amount: float) -> Grade:
    """0 to 1: the brown of a toned print, strongest in the middle tones."""

    def grade(lab: Floats, _: float) -> Floats:
        chroma = SEPIA_CHROMA * np.clip(4 * lab[0] * (1 - lab[0]), 0, 1) ** 0.7
        brown = np.stack([lab[0], chroma * math.cos(SEPIA_HUE), chroma * math.sin(SEPIA_HUE)])
        return lab + (brown - lab) * amount

    return grade


def fade(amount: float) -> Grade:
    """0 to 1: blacks lifted, whites a little lowered, colours a little paler, as in an old print."""

    def grade(lab: Floats, _: float) -> Floats:
        light = lab[0] * (1 - 0.4 * amount) + 0.33 * amount
        return np.stack([light, *(lab[1:] * (1 - 0.35 * amount))])

    return grade


def shadows(amount: float) -> Grade:
    """−1 to 1: the dark parts moved, black and the bright parts kept."""

    def grade(lab: Floats, _: float) -> Floats:
        light = np.clip(lab[0], 0, 1)
        return _relit(lab, light + AREA_FULL * amount * light * (1 - light) ** 3 / AREA_PEAK)

    return grade


def highlights(amount: float) -> Grade:
    """−1 to 1: the bright parts moved, white and the dark parts kept."""

    def grade(lab: Floats, _: float) -> Floats:
        light = np.clip(lab[0], 0, 1)
        return _relit(lab, light + AREA_FULL * amount * (1 - light) * light**3 / AREA_PEAK)

    return grade


def cinema(amount: float) -> Grade:
    """0 to 1: shadows towards teal, lights towards orange."""

    def grade(lab: Floats, _: float) -> Floats:
        side = np.clip(2 * lab[0] - 1, -1, 1) * np.clip(4 * lab[0] * (1 - lab[0]), 0, 1) * SPLIT_FULL * amount
        return np.stack([lab[0], lab[1] + side * 0.6, lab[2] + side])

    return grade


def tint(a: float, b: float) -> Grade:
    """A shift towards an OKLab colour, none in black and white."""

    def grade(lab: Floats, _: float) -> Floats:
        share = np.clip(4 * lab[0] * (1 - lab[0]), 0, 1)
        return np.stack([lab[0], lab[1] + a * share, lab[2] + b * share])

    return grade


def levels(pixels: Pixels) -> Grade:
    """Lightness stretched so that 0.5 % of the picture becomes black and white; never more than `STRETCH_MAX` times."""
    light = to_lab(_sample(pixels))[0]
    low, high = (float(edge) for edge in np.quantile(light, (0.005, 0.995)))
    scale = min(STRETCH_MAX, 1 / max(high - low, 1e-3))
    middle = (low + high) / 2
    start = min(max(middle - middle / scale, high - 1 / scale), low)

    def grade(lab: Floats, _: float) -> Floats:
        return _relit(lab, np.clip((lab[0] - start) * scale, 0, 1))

    return grade


def in_gamut(lab: Floats) -> Floats:
    """(3, N) OKLab into (3, N) sRGB 0 to 1, losing chroma before hue or lightness; found by halving."""
    share = np.ones(lab.shape[1])
    out = np.flatnonzero(_outside(lab))
    if out.size:
        low, high, part = np.zeros(out.size), np.ones(out.size), lab[:, out]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            bad = _outside(np.stack([part[0], part[1] * middle, part[2] * middle]))
            low, high = np.where(bad, low, middle), np.where(bad, middle, high)
        share[out] = low
    return np.clip(to_srgb(np.stack([np.clip(lab[0], 0, 1), lab[1] * share, lab[2] * share])), 0, 1)


def _outside(lab: Floats) -> NDArray[np.bool_]:
    rgb = to_srgb(lab)
    return np.asarray(((rgb < -_SPARE) | (rgb > 1 + _SPARE)).any(axis=0))


def _light(rgb: Floats) -> Floats:
    """sRGB into linear light (IEC 61966-2-1); a little outside the gamut too."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)


def _encoded(linear: Floats) -> Floats:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def _bias(values: Floats, share: float) -> Floats:
    """Schlick's bias: 0 and 1 stay, 0.5 becomes `share`."""
    out: Floats = values / ((1 / share - 2) * (1 - values) + 1)
    return out


def _relit(lab: Floats, light: Floats) -> Floats:
    """Another lightness; the chroma goes with it as far as noise allows."""
    factor = np.minimum(light / np.maximum(lab[0], 1e-4), CHROMA_FOLLOWS_MAX)
    return np.stack([light, lab[1] * factor, lab[2] * factor])


def _tinted(lab: Floats, factor: Floats | float) -> Floats:
    return np.stack([lab[0], lab[1] * factor, lab[2] * factor])


def _adapted_by(mired: float) -> Floats:
    """Linear sRGB into linear sRGB, as if the light were warmer by so many mired."""
    here, there = _white(DAYLIGHT_K), _white(1e6 / (1e6 / DAYLIGHT_K + mired))
    gains = np.diag((_BRADFORD @ there) / (_BRADFORD @ here))
    out: Floats = np.linalg.inv(_BRADFORD @ _XYZ) @ gains @ _BRADFORD @ _XYZ
    return out


def _white(kelvin: float) -> Floats:
    """XYZ of a black body (Krystek's approximation in CIE 1960 uv, 1985; good from 1,000 to 15,000 K), Y = 1."""
    t = min(max(kelvin, 1_000.0), 20_000.0)
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t**2) / (1 + 8.42420235e-4 * t + 7.08145163e-7 * t**2)
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t**2) / (1 - 2.89741816e-5 * t + 1.61456053e-7 * t**2)
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    return np.array((x / y, 1.0, (1 - x - y) / y))


@lru_cache(maxsize=1)
def _lattice() -> Floats:
    """(3, NODES³) OKLab of colours at even steps of sRGB; red changes fastest, as Pillow wants it. Never written to."""
    steps = np.linspace(0, 1, NODES)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    lab = to_lab(np.stack([red.ravel(), green.ravel(), blue.ravel()]))
    lab.flags.writeable = False
    return lab


def _sample(pixels: Pixels) -> Floats:
    """(3, N) sRGB of a small copy."""
    height, width = pixels.shape[:2]
    size = (min(SAMPLE_PX, width), min(SAMPLE_PX, height))
    small = cv2.resize(pixels[..., :3], size, interpolation=cv2.INTER_AREA)
    return np.asarray(small.reshape(-1, 3).T / 255, np.float64)


def _looked_up(pixels: Pixels, table: Floats) -> Pixels:
    flat = np.ascontiguousarray(table.T, np.float32).ravel()
    picture = Image.fromarray(pixels).filter(ImageFilter.Color3DLUT(NODES, flat))
    return np.array(picture, np.uint8)
