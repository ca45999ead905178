"""Where a picture is to change: any picture of a mask → 8 bits of grey, widened softly, and what lies outside kept."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.imaging.decode import decode
from libs.common.imaging.shades import shades_of

Pixels = NDArray[np.uint8]

CHANGE: Final = 255
KEEP: Final = 0
GROW_MAX_PX: Final = 1_000
"""Wider than any operation's setting; a bound for the arithmetic, not for customers."""
LEVELS: Final = (255, 224, 192, 160, 128, 96, 64, 32, 1)
"""Shades of a soft mask that are widened each by itself; a mask of black and white has one."""
STRIP_ROWS: Final = 256
"""Mixed at once, so that mixing a large picture takes little more memory than the picture."""
PNG_LEVEL: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Where a picture is to change: `grey` is height x width, 255 = change, 0 = keep, between them partly."""

    grey: Pixels

    @property
    def all_keep(self) -> bool:
        """Nothing is to change: the mask is as good as none."""
        return not self.grey.any()

    @property
    def all_change(self) -> bool:
        """Everything is to change, fully."""
        return bool((self.grey == CHANGE).all())


def canonical(data: bytes, width: int, height: int) -> Mask:
    """The mask that a file shows, with exactly these pixels. Raises BadPicture for what is no picture.

    White changes, black keeps; colours count by their brightness. What is transparent keeps: editors rub strokes out to
    transparency, so a mask lies on black. A mask of another size is stretched to the nearest pixels.
    """
    return Mask(np.array(shades_of(decode(data), width, height)))


def grown(mask: Pixels, grow_px: int) -> Pixels:
    """The mask widened by a disc of `grow_px` pixels whose outer half fades: never less than the mask itself, exactly
    0 wherever the next pixel that is not 0 is farther than `grow_px`, and never less for a larger `grow_px`."""
    if not 0 <= grow_px <= GROW_MAX_PX:
        raise ValueError(f"a mask grows by 0 to {GROW_MAX_PX} pixels, not by {grow_px}")
    wide = mask.copy()
    box = _box(mask, grow_px)
    if grow_px == 0 or box is None:
        return wide
    part, seen = mask[box], 0
    for level in LEVELS:
        core = part >= level
        count = int(core.sum())
        if count > seen:  # else these pixels have been widened already, as a lighter shade
            np.maximum(wide[box], _faded(core, grow_px, level), out=wide[box])
        seen = count
    return wide


def keep_outside(source: Pixels, result: Pixels, mask: Pixels) -> Pixels:
    """The result where the mask is 255, the source bit for bit where it is 0, between them mixed.

    `source` and `result` are height x width x 3 or 4 (RGB or RGBA) of one size, `mask` height x width. The answer has
    an alpha channel when either has one; colours are mixed by how opaque they are.
    """
    if source.shape[:2] != mask.shape or result.shape[:2] != mask.shape:
        raise ValueError(f"sizes differ: {source.shape[:2]}, {result.shape[:2]} and a mask of {mask.shape}")
    channels = max(source.shape[2], result.shape[2])
    kept = _with_channels(source, channels).copy()
    for rows in _strips(mask):
        share = mask[rows][..., None]
        within = _with_channels(result[rows], channels)
        kept[rows] = _mixed_alpha(within, kept[rows], share) if channels > 3 else _mixed(within, kept[rows], share)
    return kept


def encode_mask(mask: Pixels) -> bytes:
    """A PNG file of one grey channel, without anything else."""
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()


def _box(mask: Pixels, margin: int) -> tuple[slice, slice] | None:
    """The part of the picture outside of which nothing can change."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _faded(core: NDArray[np.bool_], grow_px: int, level: int) -> Pixels:
    away = cv2.distanceTransform((~core).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip((grow_px + 1 - away) / (grow_px / 2 + 1), 0, 1)
    share[away > grow_px] = 0
    faded: Pixels = np.rint(share * level).astype(np.uint8)
    return faded


def _strips(mask: Pixels) -> Iterator[slice]:
    box = _box(mask, 0)
    if box is None:
        return
    for top in range(box[0].start, box[0].stop, STRIP_ROWS):
        yield slice(top, min(top + STRIP_ROWS, box[0].stop))


def _with_channels(pixels: Pixels, channels: int) -> Pixels:
    if pixels.shape[2] == channels:
        return pixels
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.concatenate([pixels, opaque], axis=2)


def _mixed(inside: Pixels, outside: Pixels, share: Pixels) -> Pixels:
    """Whole numbers throughout, so that a share of 0 or 255 leaves every bit as it was."""
    part = share.astype(np.uint16)
    mixed: Pixels = ((inside * part + outside * (255 - part) + 127) // 255).astype(np.uint8)
    return mixed


def _mixed_alpha(inside: Pixels, outside: Pixels, share: Pixels) -> Pixels:
    """Colours weigh as much as they are seen: an invisible one does not shine through an edge."""
    part = share.astype(np.float32)
    weight_in = inside[..., 3:] * part
    weight_out = outside[..., 3:] * (255 - part)
    whole = weight_in + weight_out
    colour = (inside[..., :3] * weight_in + outside[..., :3] * weight_out) / np.maximum(whole, 1)
    mixed = np.rint(np.concatenate([colour, whole / 255], axis=2)).astype(np.uint8)
    kept: Pixels = np.where(share == KEEP, outside, np.where(share == CHANGE, inside, mixed))
    return kept
