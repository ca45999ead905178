"""What goes in and out of a local operation: pixels from the gateway's PNG, pixels and sentences back."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.errors import Fact, ProviderBroken, ProviderRejected
from libs.common.providers.base import Given

VENDOR: Final = "local"
PNG_LEVEL: Final = 1
"""Noise does not compress: level 1 is several times faster than 6 and a few per cent larger."""

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB, or (H, W, 4) RGBA with straight alpha; sRGB."""
Share = NDArray[np.float32]
"""(H, W), 0 to 1."""


@dataclass(frozen=True)
class Changed:
    """A changed picture, and sentences that say what was done and what is weak about it."""

    pixels: Pixels
    notes: tuple[str, ...] = ()


def pixels_of(given: Given) -> Pixels:
    """The picture as (H, W, 3), or (H, W, 4) when it has alpha; an array of the caller's own. Raises ProviderBroken
    for bytes that are not a PNG: the gateway wrote them, so the fault is ours."""
    found = _decoded(given, cv2.IMREAD_UNCHANGED)
    if found.ndim == 2:
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_GRAY2RGB), np.uint8)
    code = cv2.COLOR_BGRA2RGBA if found.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(found, code, dst=found), np.uint8)


def mask_of(given: Given) -> Share:
    """The mask as (H, W), 1 = change. Raises as `pixels_of` does."""
    grey = _decoded(given, cv2.IMREAD_GRAYSCALE)
    return np.multiply(grey, np.float32(1 / 255), dtype=np.float32)


def refused(sentence: str, *, field: str | None = None, **facts: Fact) -> ProviderRejected:
    """The refusal of a local operation: final, and nothing was billed."""
    return ProviderRejected(sentence, field=field, facts={"vendor": VENDOR, "billed": False, **facts})


def broken(sentence: str, *, code: str | None = None, **facts: Fact) -> ProviderBroken:
    """The failure of a local operation: another provider may serve, and nothing was billed."""
    return ProviderBroken(sentence, code=code, facts={"vendor": VENDOR, "billed": False, **facts})


def encoded(pixels: Pixels) -> bytes:
    """Pixels as PNG, with alpha when they have four channels. Raises ProviderBroken for what is not a picture."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in {3, 4} or not pixels.size:
        raise broken("The offline engine made something that is not a picture.", shape=list(pixels.shape))
    turn = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, png = cv2.imencode(".png", cv2.cvtColor(pixels, turn), [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not done:
        raise broken("The offline engine could not encode its picture.", shape=list(pixels.shape))
    return png.tobytes()


def given_of(pixels: Pixels) -> Given:
    """Pixels as what goes into another operation."""
    return Given(encoded(pixels), pixels.shape[1], pixels.shape[0], alpha=pixels.shape[2] == 4)


def _decoded(given: Given, flags: int) -> Pixels:
    found = cv2.imdecode(np.frombuffer(given.png, np.uint8), flags) if given.png else None
    if found is None or found.dtype != np.uint8:
        sentence = "The picture could not be opened here; nothing was changed."
        raise broken(sentence, code="source_damaged", width=given.width, height=given.height)
    return np.asarray(found, np.uint8)
