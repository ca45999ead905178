"""Asks for local operations, and pictures that show what became of them."""

import contextlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY, settings_of
from libs.common.errors import InvalidInput
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import given_of
from tests.support.pictures import photo

Pixels = NDArray[np.uint8]


def an_ask(operation: str, pixels: Pixels, options: dict[str, JsonValue] | None = None, **fields: object) -> EditAsk:
    """An ask with every default filled in. Settings that a request would be refused for reach the operation as they
    are."""
    settings = settings_of(BY_KEY[operation], {}) | (options or {})
    with contextlib.suppress(InvalidInput):
        settings = settings_of(BY_KEY[operation], options or {})
    ask = EditAsk(operation, "local", given_of(pixels), 7, options=settings)
    return replace(ask, **fields)  # type: ignore[arg-type]


def a_photo(width: int = 96, height: int = 64, *, seed: int = 1, alpha: bool = False) -> Pixels:
    """Soft colours with grain; with `alpha` the left half fades out to nothing."""
    pixels = np.array(photo(width, height, seed), np.uint8)
    if not alpha:
        return pixels
    fade = np.broadcast_to(np.clip(np.linspace(-255, 510, width), 0, 255).astype(np.uint8), (height, width))
    return np.dstack([pixels, fade])


def ramp(height: int = 16) -> Pixels:
    """Every grey once, from left to right."""
    return np.repeat(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2), height, 0)


def plain(width: int, height: int, colour: tuple[int, ...]) -> Pixels:
    """One colour; with four numbers it has alpha."""
    return np.full((height, width, len(colour)), colour, np.uint8)


def corners() -> Pixels:
    """Red at the top left, green at the top right, blue at the bottom left, white at the bottom right; 30 x 20."""
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:10, :15], pixels[:10, 15:], pixels[10:, :15] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    pixels[10:, 15:] = 255
    return pixels
