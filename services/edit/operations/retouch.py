"""One edit: the pictures are read once, each provider row is asked in turn, and what comes back is brought to what was
ordered: its exact size, and outside the mask the source's own pixels."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from libs.common.blobs.store import BLOB_MAX_BYTES
from libs.common.contracts.edits import EditAsk as Wish
from libs.common.errors import ProviderSilent
from libs.common.imaging import decode, encode, fit, masks
from libs.common.jobs.order import Ready, Request
from libs.common.providers.base import Edits, Made
from libs.common.providers.table import LOCAL, Row
from services.edit.domain import Pictures, ask_of, grow_px, left_out, operation_of, same_shape, wanted_size

FEATHER_PX: Final = 12
"""How far the new part of an outpainting may reach into the old picture, so that no seam shows."""
FILES: Final = {"png": encode.PNG, "webp": encode.WEBP, "jpeg": encode.JPEG}
CUT_OUTS: Final = ("remove_background",)
"""Operations whose result is nothing without transparency."""
OTHER_SHAPE: Final = "The result has another shape than the picture, so what lies outside the mask may differ, too."


@dataclass(frozen=True, slots=True)
class Retouching:
    """One job's wish and its pictures."""

    wish: Wish
    pictures: Pictures
    editors: Mapping[str, Edits]

    def request(self, row: Row, seed: int, count: int) -> Request:
        """This edit; `count` is always 1."""
        if count != 1:
            raise ValueError(count)
        ask = ask_of(self.wish, self.pictures, row, seed)
        return Request(ask, lambda call: self.editors[row.provider].edit(ask, call))

    async def ready(self, row: Row, made: Made) -> Ready:
        """The picture as ordered. Raises ProviderSilent when what came is no picture, or has no transparency where that
        was the whole point."""
        done = await asyncio.to_thread(self._finished, made.data, row)
        kind = FILES[self.wish.output_format]
        data = made.data if done is None else await asyncio.to_thread(_filed, done, kind)
        width, height = done.size if done is not None else self._size()
        notes = (*self.wish.notes, *left_out(self.wish, row), *self._reshaped((width, height)))
        return Ready(data, kind.mime, width, height, notes)

    def _reshaped(self, size: tuple[int, int]) -> tuple[str, ...]:
        """A sentence where the result could not be laid into its source."""
        given = self.wish.source.width, self.wish.source.height
        masked = self.pictures.mask is not None and operation_of(self.wish).masked
        return (OTHER_SHAPE,) if masked and size != given else ()

    def _size(self) -> tuple[int, int]:
        return wanted_size(self.wish, (self.wish.source.width, self.wish.source.height), own=True)

    def _finished(self, data: bytes, row: Row) -> Image.Image | None:
        """The picture brought to the order; nothing when our own engine's bytes are right as they are."""
        picture = opened(data, bytes_max=BLOB_MAX_BYTES if row.provider == LOCAL else decode.MADE_BYTES_MAX)
        if self.wish.operation in CUT_OUTS and picture.mode != "RGBA":
            raise ProviderSilent("The provider's answer has no transparency.", facts={"why": "opaque"})
        exact = picture.size == self._size()
        size = wanted_size(self.wish, picture.size, own=row.provider == LOCAL)
        right = picture.size == size
        if right and row.provider == LOCAL and self.pictures.mask is None and self.wish.output_format == "png":
            return None if exact else picture
        mask = self._mask(size, alike=same_shape(picture.size, size))
        picture = fit.cover(picture, *size)
        return picture if mask is None else _kept_outside(self.pictures.source.png, picture, mask, self._corner())

    def _mask(self, size: tuple[int, int], *, alike: bool) -> NDArray[np.uint8] | None:
        """Where the new picture shows, in the result's size; nothing where it shows everywhere."""
        wish, source = self.wish, self.wish.source
        if wish.operation == "outpaint" and alike:
            left, up = self._corner()
            added = np.full((size[1], size[0]), 255, np.uint8)
            added[up : up + source.height, left : left + source.width] = 0
            return masks.grown(added, FEATHER_PX)
        if self.pictures.mask is None or not operation_of(wish).masked or size != (source.width, source.height):
            return None
        drawn = np.asarray(opened(self.pictures.mask.png).convert("L"))
        return masks.grown(drawn, grow_px(wish.options))

    def _corner(self) -> tuple[int, int]:
        """Where the source's upper left corner lies in the result."""
        outward = self.wish.operation == "outpaint"
        return (self.wish.expand.left, self.wish.expand.up) if outward else (0, 0)


def _kept_outside(
    source_png: bytes, picture: Image.Image, mask: NDArray[np.uint8], corner: tuple[int, int]
) -> Image.Image:
    source = opened(source_png)
    if source.size != picture.size:
        canvas = Image.new(source.mode, picture.size)
        canvas.paste(source, corner)
        source = canvas
    mode = "RGBA" if "RGBA" in (source.mode, picture.mode) else "RGB"
    mixed = masks.keep_outside(np.asarray(source.convert(mode)), np.asarray(picture.convert(mode)), mask)
    return Image.fromarray(mixed, mode)


def _filed(picture: Image.Image, kind: encode.FileFormat) -> bytes:
    """The file. In a format without transparency the picture lies on white: what is invisible has colours of its own,
    which nobody means."""
    if kind.alpha or picture.mode != "RGBA":
        return encode.encode(picture, kind)
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return encode.encode(ground, kind)


def opened(data: bytes, *, bytes_max: int = BLOB_MAX_BYTES) -> Image.Image:
    """The picture, RGB or RGBA: a vendor's bytes are hostile, so within our limits, and ours may have all that the
    store keeps. Raises ProviderSilent else."""
    try:
        return decode.decode(data, bytes_max=bytes_max)
    except decode.BadPicture as error:
        raise ProviderSilent("The provider's answer was not a picture.", facts={"why": error.error_code}) from error
