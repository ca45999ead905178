"""Colours as OKLab, where a mix of two colours looks like the colour between them.

The matrices are those of Björn Ottosson's OKLab, for linear sRGB with a D65 white.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Plane = NDArray[np.float32 | np.float64]
"""One value per pixel, (H, W)."""
Planes = NDArray[np.float32 | np.float64]
"""Red, green and blue planes, (3, H, W), sRGB, 0 to 1."""

RAMP_STEPS: Final = 2048
SMALL_RAMP_STEPS: Final = 96
"""Enough for a shape that is a small part of a picture."""
_CHROMA_CUTS: Final = 24

_TO_LMS: Final = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB: Final = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB: Final = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_LMS: Final = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


class Lab(NamedTuple):
    """One OKLab colour: lightness 0 to 1, and the green-red and blue-yellow axes."""

    lightness: float
    a: float
    b: float

    @property
    def chroma(self) -> float:
        """How far from grey, 0 to about 0.37 in sRGB."""
        return math.hypot(self.a, self.b)

    @property
    def hue(self) -> float:
        """The angle of the colour in radians, -pi to pi."""
        return math.atan2(self.b, self.a)


def lch(lightness: float, chroma: float, hue: float) -> Lab:
    """The colour with this lightness, chroma and hue (radians)."""
    return Lab(lightness, chroma * math.cos(hue), chroma * math.sin(hue))


def from_hex(text: str) -> Lab:
    """Read `#rrggbb`."""
    digits = text.removeprefix("#")
    rgb = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return Lab(*(float(v) for v in to_lab(rgb[:, None])[:, 0]))


def to_lab(rgb: Floats) -> Floats:
    """(3, N) sRGB 0 to 1 into (3, N) OKLab."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    out: Floats = np.array(_TO_LAB) @ np.cbrt(np.array(_TO_LMS) @ linear)
    return out


def to_srgb(lab: Floats) -> Floats:
    """(3, N) OKLab into (3, N) sRGB; values outside 0 to 1 are outside the gamut."""
    linear = np.array(_FROM_LMS) @ (np.array(_FROM_LAB) @ lab) ** 3
    out: Floats = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    return out


def into_gamut(lab: Floats) -> Floats:
    """(3, N) OKLab into (3, N) sRGB 0 to 1, losing chroma before hue or lightness."""
    best = np.clip(to_srgb(lab * np.array([[1.0], [0.0], [0.0]])), 0, 1)
    for share in np.linspace(0, 1, _CHROMA_CUTS)[1:]:
        rgb = to_srgb(lab * np.array([[1.0], [share], [share]]))
        fits = ((rgb > -0.002) & (rgb < 1.002)).all(axis=0)
        best = np.where(fits, rgb, best)
    return np.clip(best, 0, 1)


def rgb(colour: Lab) -> Planes:
    """The colour as (3, 1, 1) sRGB, ready to be spread over a picture."""
    return into_gamut(np.array(colour)[:, None])[:, :, None].astype(np.float32)


def mix(first: Lab, second: Lab, share: float) -> Lab:
    """`first` at 0, `second` at 1."""
    return Lab(*(p + (q - p) * share for p, q in zip(first, second, strict=True)))


def lit(colour: Lab, by: float, *, chroma: float = 1.0) -> Lab:
    """The colour with `by` added to its lightness and its chroma multiplied."""
    return Lab(min(1.0, max(0.0, colour.lightness + by)), colour.a * chroma, colour.b * chroma)


WHITE: Final = Lab(1.0, 0.0, 0.0)
BLACK: Final = Lab(0.0, 0.0, 0.0)


class Ramp:
    """A line of colours from 0 to 1, mixed in OKLab."""

    def __init__(self, stops: Sequence[Lab], at: Sequence[float] | None = None, *, steps: int = RAMP_STEPS) -> None:
        places = np.linspace(0, 1, len(stops)) if at is None else np.array(at)
        along = np.linspace(0, 1, steps)
        lab = np.stack([np.interp(along, places, [stop[axis] for stop in stops]) for axis in range(3)])
        self.table: Floats = into_gamut(lab)
        self._planes = self.table.astype(np.float32)

    def paint(self, field: Plane) -> Planes:
        """The colours of a field of values, clipped to 0 to 1; the field may have any shape."""
        index = (np.clip(field, 0, 1) * (self.table.shape[1] - 1)).astype(np.intp)
        out: Planes = np.stack([np.take(plane, index) for plane in self._planes])
        return out
