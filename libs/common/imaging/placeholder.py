"""A few dozen characters that stand for a picture while it loads: BlurHash, after its published Algorithm.md."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
COMPONENTS_X: Final = 4
COMPONENTS_Y: Final = 3
SAMPLE_PX: Final = 32
SRGB_LINEAR_UP_TO: Final = 0.04045
"""IEC 61966-2-1: below this the curve is a straight line."""
LINEAR_UP_TO: Final = 0.0031308


def blurhash(picture: Image.Image) -> str:
    """The picture's lowest cosine components as text of 28 characters: 4 across, 3 down."""
    sample = np.asarray(picture.convert("RGB").resize((SAMPLE_PX, SAMPLE_PX), Image.Resampling.BOX), np.float64) / 255
    linear = np.where(sample <= SRGB_LINEAR_UP_TO, sample / 12.92, ((sample + 0.055) / 1.055) ** 2.4)
    factors = _factors(linear)
    strongest = float(np.abs(factors[1:]).max())
    level = int(np.clip(np.floor(strongest * 166 - 0.5), 0, 82))
    text = _base83((COMPONENTS_X - 1) + (COMPONENTS_Y - 1) * 9, 1) + _base83(level, 1)
    red, green, blue = (_srgb_byte(float(value)) for value in factors[0])
    text += _base83((red << 16) + (green << 8) + blue, 4)
    for factor in factors[1:]:
        text += _base83(_quantised(factor, (level + 1) / 166), 2)
    return text


def _factors(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    position = (np.arange(SAMPLE_PX) + 0.5) * np.pi / SAMPLE_PX
    across = np.cos(np.outer(np.arange(COMPONENTS_X), position))
    down = np.cos(np.outer(np.arange(COMPONENTS_Y), position))
    sums = np.einsum("jy,ix,yxc->jic", down, across, linear) / SAMPLE_PX**2
    sums[1:] *= 2
    sums[0, 1:] *= 2
    factors: NDArray[np.float64] = sums.reshape(-1, 3)
    return factors


def _quantised(factor: NDArray[np.float64], scale: float) -> int:
    value = 0
    for part in factor / scale:
        step = int(np.clip(np.floor(np.sign(part) * abs(part) ** 0.5 * 9 + 9.5), 0, 18))
        value = value * 19 + step
    return value


def _srgb_byte(value: float) -> int:
    value = min(1.0, max(0.0, value))
    encoded = value * 12.92 if value <= LINEAR_UP_TO else 1.055 * value ** (1 / 2.4) - 0.055
    return int(encoded * 255 + 0.5)


def _base83(value: int, length: int) -> str:
    digits = [ALPHABET[value // 83**power % 83] for power in reversed(range(length))]
    return "".join(digits)
