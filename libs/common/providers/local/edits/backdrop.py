"""What comes behind a subject: a picture, a colour, or a scene that the offline engine paints."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from libs.common.providers.base import EditAsk, Given
from libs.common.providers.local.edits.changed import Pixels, pixels_of
from libs.common.providers.local.edits.inks import Ink, asked_ink
from libs.common.providers.local.engine import RATIO_MAX, SIDE_MIN_PX, Ask, compose

PAINTED_SIDE_MAX_PX: Final = 1_600
"""Scenes are painted up to this size and enlarged: they lie behind the subject, out of focus."""
WHITE: Final = (255, 255, 255)


@dataclass(frozen=True)
class Backdrop:
    """(H, W, 3) pixels of the wanted size; `plain` when it is one colour all over."""

    pixels: Pixels
    plain: bool = False
    notes: tuple[str, ...] = ()


def from_picture(given: Given, width: int, height: int) -> Backdrop:
    """The picture scaled to cover width x height, cut evenly at the sides; what is transparent becomes white."""
    return Backdrop(covering(_on_white(pixels_of(given)), width, height))


def from_colour(text: str, field: str, width: int, height: int) -> Backdrop:
    """One colour. Raises ProviderRejected, naming the field, for what is no colour."""
    return Backdrop(_flat(asked_ink(text, field), width, height), plain=True)


def from_prompt(ask: EditAsk, width: int, height: int) -> Backdrop:
    """A scene for the prompt, without words in it."""
    size = _paintable(width, height)
    painted = compose(Ask(_unquoted(ask.prompt or ""), ask.seed, *size, ask.style_preset, ask.negative_prompt or ""))
    return Backdrop(covering(painted.pixels, width, height), notes=painted.notes)


def covering(picture: Pixels, width: int, height: int) -> Pixels:
    """The picture scaled to cover width x height, what is too much cut off evenly."""
    high, wide = picture.shape[:2]
    scale = max(width / wide, height / high)
    across, down = min(wide, max(1, round(width / scale))), min(high, max(1, round(height / scale)))
    left, top = (wide - across) // 2, (high - down) // 2
    part = picture[top : top + down, left : left + across]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (width, height), interpolation=method), np.uint8)


def _flat(ink: Ink, width: int, height: int) -> Pixels:
    return np.broadcast_to(np.array(ink, np.uint8), (height, width, 3)).copy()


def _on_white(picture: Pixels) -> Pixels:
    if picture.shape[2] == 3:
        return picture
    share = picture[..., 3:].astype(np.uint16)
    return ((picture[..., :3] * share + WHITE[0] * (255 - share) + 127) // 255).astype(np.uint8)


def _paintable(width: int, height: int) -> tuple[int, int]:
    """A size that the offline engine paints, of the same shape as nearly as it can."""
    scale = min(1.0, PAINTED_SIDE_MAX_PX / max(width, height))
    least = max(SIDE_MIN_PX, -(-round(max(width, height) * scale) // RATIO_MAX))
    return max(least, round(width * scale)), max(least, round(height * scale))


def _unquoted(prompt: str) -> str:
    """Quoted text would be set as a headline behind the subject."""
    return prompt.replace('"', " ").replace("“", " ").replace("”", " ")
