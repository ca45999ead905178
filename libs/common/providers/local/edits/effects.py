"""Effects of the darkroom: vignette, grain, glow, frames, blocks, and a background out of focus."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.edits.changed import Pixels, Share
from libs.common.providers.local.edits.detail import blur_bytes
from libs.common.providers.local.edits.inks import Ink

STRIP_ROWS: Final = 512
VIGNETTE_FULL: Final = 0.85
GRAIN_LEVELS: Final = 30.0
GRAIN_PX: Final = 1_400.0
"""A picture with a short side of so many pixels has grains of one pixel."""
GLOW_SIGMA: Final = 0.018
DEFOCUS_SIGMA: Final = 0.03
BLUR_SIGMA: Final = 0.03
BLOCK_FULL: Final = 0.09
"""Lengths as shares of the short side."""


def vignette(pixels: Pixels, amount: float) -> Pixels:
    """0 to 1: light falls off towards the corners as behind a wide lens, by the fourth power of the cosine."""
    height, width = pixels.shape[:2]
    out = pixels.copy()
    across = ((np.arange(width, dtype=np.float32) + np.float32(0.5)) / np.float32(width / 2) - 1) ** 2 / 2
    down = ((np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height / 2) - 1) ** 2 / 2
    for rows in _strips(height):
        light = 1 / (1 + np.float32(2.2 * amount) * (across[None, :] + down[rows, None]) ** 1.5) ** 2
        fall = 1 - np.float32(VIGNETTE_FULL * min(1.0, 0.4 + amount)) * (1 - light)
        _multiplied(out[rows], np.asarray(fall, np.float32))
    return out


def grain(pixels: Pixels, amount: float, seed: int) -> Pixels:
    """0 to 1: noise in luma alone, strongest in the middle tones, as coarse as the picture is large."""
    height, width = pixels.shape[:2]
    coarse = max(1.0, min(height, width) / GRAIN_PX)
    size = max(1, round(width / coarse)), max(1, round(height / coarse))
    noise = np.random.default_rng(seed).standard_normal((size[1], size[0]), np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32) * np.float32(1.9)
    if coarse > 1:
        noise = np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    luma = cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2GRAY)
    out = pixels.copy()
    for rows in _strips(height):
        middle = np.float32(0.35) + np.float32(0.65) * (1 - np.abs(luma[rows] * np.float32(2 / 255) - 1))
        for channel in range(3):
            plane = out[rows, :, channel]
            plane[:] = np.clip(np.rint(plane + noise[rows] * middle * np.float32(GRAIN_LEVELS * amount)), 0, 255)
    return out


def glow(pixels: Pixels, amount: float) -> Pixels:
    """0 to 1: a soft copy of the bright parts laid over as light (screen)."""
    soft = blur_bytes(pixels[..., :3], min(pixels.shape[:2]) * GLOW_SIGMA)
    out = pixels.copy()
    for rows in _strips(len(pixels)):
        light = soft[rows].astype(np.float32) ** 2 * np.float32(0.75 * amount / 255)
        part = out[rows, :, :3]
        part[:] = np.rint(part + (255 - part) * light * np.float32(1 / 255))
    return out


def defocused(pixels: Pixels, alpha: Share, amount: float) -> Pixels:
    """0 to 1: what lies outside the matte out of focus, the subject as it is. The subject lends the background no
    colour: where it stands, its surroundings are blurred into the gap first."""
    height, width = pixels.shape[:2]
    sigma = max(0.6, min(height, width) * DEFOCUS_SIGMA * amount)
    factor = max(1.0, sigma / 5)
    size = max(2, round(width / factor)), max(2, round(height / factor))
    small = cv2.resize(pixels[..., :3], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    weight = np.maximum(1 - cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32(1e-3))[..., None]
    light = (small * np.float32(1 / 255)) ** 2.2 * weight  # bright points spread as light does
    soft = cv2.GaussianBlur(light, (0, 0), sigma / factor) / cv2.GaussianBlur(weight, (0, 0), sigma / factor)[..., None]
    soft = np.clip(soft, 0, 1) ** np.float32(1 / 2.2) * 255
    grown = cv2.resize(np.rint(soft).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    out = pixels.copy()
    for rows in _strips(height):
        part, share = out[rows, :, :3], alpha[rows, :, None]
        part[:] = np.rint(grown[rows] + (part.astype(np.float32) - grown[rows]) * share)
    return out


def pixelated(pixels: Pixels, amount: float) -> Pixels:
    """0 to 1: blocks of one colour, up to `BLOCK_FULL` of the short side."""
    height, width = pixels.shape[:2]
    block = max(2.0, min(height, width) * BLOCK_FULL * amount)
    size = max(1, round(width / block)), max(1, round(height / block))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def framed(pixels: Pixels, ink: Ink, share: float) -> Pixels:
    """A frame inside the picture's edge, as wide as this share of the short side."""
    wide = max(1, min(round(min(pixels.shape[:2]) * share), min(pixels.shape[:2]) // 2))
    out = pixels.copy()
    paint = (*ink, 255)[: pixels.shape[2]]
    for edge in (out[:wide], out[-wide:], out[:, :wide], out[:, -wide:]):
        edge[:] = paint
    return out


def inverted(pixels: Pixels) -> Pixels:
    """The negative; alpha is left alone."""
    out = pixels.copy()
    out[..., :3] = 255 - out[..., :3]
    return out


def _strips(height: int) -> Iterator[slice]:
    """Whole rows at a time, so that no more than a strip is held in floats."""
    for top in range(0, height, STRIP_ROWS):
        yield slice(top, min(height, top + STRIP_ROWS))


def _multiplied(rows: Pixels, light: Share) -> None:
    """Less light, in place: the factor is one of linear light, so it counts with the power of sRGB's curve."""
    factor = light ** np.float32(1 / 2.2)
    for channel in range(3):
        rows[..., channel] = np.rint(rows[..., channel] * factor)
