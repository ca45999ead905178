"""What other services may ask of upscale beside its jobs: two pictures side by side."""

import asyncio
from typing import Any, Final

import numpy as np
from PIL import Image

from libs.common.blobs.store import BLOB_MAX_BYTES, Blobs
from libs.common.bus.rpc import Endpoint
from libs.common.contracts.pictures import BlobRef
from libs.common.contracts.studio import COMPARE, CompareAsk
from libs.common.imaging import decode, encode
from libs.common.imaging.compare import Shares, side_by_side

AT_ONCE_MAX: Final = 2
"""Comparisons in work at once; each holds two whole pictures."""
LABELS: Final = ("before", "after")
SQUARES_ACROSS: Final = 40
"""Of the ground behind what is transparent, along the longer side."""
LIGHT, DARK = 245, 205


class CompareApi:
    """The request/reply endpoint of comparisons."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._places = asyncio.Semaphore(AT_ONCE_MAX)

    @property
    def endpoints(self) -> tuple[Endpoint[Any, Any], ...]:
        """The table of endpoints."""
        return (Endpoint(COMPARE, self.compare),)

    async def compare(self, ask: CompareAsk) -> BlobRef:
        """The sheet, stored: the same part of both pictures at the same size. Raises NotFound for a picture that is
        gone."""
        async with self._places:
            before, after = [await self._blobs.get(ask.workspace_id, one.sha256) for one in (ask.before, ask.after)]
            sheet = await asyncio.to_thread(_sheet, before, after, ask)
            return await self._blobs.put(ask.workspace_id, sheet, encode.PNG.mime)


def _sheet(before: bytes, after: bytes, ask: CompareAsk) -> bytes:
    pixels = [np.asarray(on_squares(decode.decode(one, bytes_max=BLOB_MAX_BYTES))) for one in (before, after)]
    sheet = side_by_side(pixels[0], pixels[1], Shares(*ask.box), width_px=ask.width_px, labels=LABELS)
    return encode.encode(Image.fromarray(sheet), encode.PNG)


def on_squares(picture: Image.Image) -> Image.Image:
    """The picture in RGB; behind what is transparent grey squares, for its colours there are not meant to be seen."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    side_px = max(1, max(picture.size) // SQUARES_ACROSS)
    down, across = np.indices((picture.height, picture.width)) // side_px
    squares = np.where((down + across) % 2, DARK, LIGHT).astype(np.uint8)
    ground = Image.fromarray(squares).convert("RGB")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
