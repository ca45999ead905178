"""How far apart two colours look: CIELAB (D65) and CIEDE2000, for measuring and for keeping promises in delta E."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_XYZ: Final = np.array(
    ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
)
"""Linear sRGB into XYZ (IEC 61966-2-1)."""
_WHITE: Final = _XYZ.sum(axis=1)
_EPSILON: Final = 216 / 24389
_KAPPA: Final = 24389 / 27
_FAR: Final = 25.0**7


def cielab(rgb: Floats) -> Floats:
    """(3, …) sRGB, 0 to 1, into CIELAB with the white of D65."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)
    xyz = np.tensordot(_XYZ / _WHITE[:, None], linear, axes=1)
    root = np.where(xyz > _EPSILON, np.cbrt(xyz), (_KAPPA * xyz + 16) / 116)
    return np.stack([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def ciede2000(one: Floats, other: Floats) -> Floats:
    """The difference of (3, …) CIELAB colours (CIE 142-2001, in the steps of Sharma, Wu and Dalal, 2005)."""
    mean = (np.hypot(one[1], one[2]) + np.hypot(other[1], other[2])) / 2
    grey = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + _FAR))
    chroma = [np.hypot(lab[1] * grey, lab[2]) for lab in (one, other)]
    hue = [np.degrees(np.arctan2(lab[2], lab[1] * grey)) % 360 for lab in (one, other)]
    both = chroma[0] * chroma[1] > 0
    turn = np.where(both, (hue[1] - hue[0] + 180) % 360 - 180, 0)
    turn = np.where((turn == -180) & (hue[1] > hue[0]), 180, turn)
    steps = (
        other[0] - one[0],
        chroma[1] - chroma[0],
        2 * np.sqrt(chroma[0] * chroma[1]) * np.sin(np.radians(turn / 2)),
    )
    middle = _middle_hue(hue[0], hue[1], both)
    return _weighed(steps, (one[0] + other[0]) / 2, (chroma[0] + chroma[1]) / 2, middle)


def _middle_hue(one: Floats, other: Floats, both: NDArray[np.bool_]) -> Floats:
    total = one + other
    wrapped = np.where(total < 360, total + 360, total - 360)
    return np.where(both, np.where(np.abs(one - other) <= 180, total, wrapped) / 2, total)


def _weighed(steps: tuple[Floats, Floats, Floats], light: Floats, chroma: Floats, hue: Floats) -> Floats:
    waves = ((1, -30, -0.17), (2, 0, 0.24), (3, 6, 0.32), (4, -63, -0.20))
    ripple = 1 + sum(size * np.cos(np.radians(times * hue + shift)) for times, shift, size in waves)
    by_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    by_chroma, by_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * ripple
    bend = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    turned = -2 * np.sqrt(chroma**7 / (chroma**7 + _FAR)) * np.sin(np.radians(bend))
    dl, dc, dh = steps[0] / by_light, steps[1] / by_chroma, steps[2] / by_hue
    apart: Floats = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + turned * dc * dh, 0))
    return apart
