"""One enlargement: each provider row is asked in turn, and what comes back is brought to exactly the ordered pixels."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from libs.common.blobs.store import BLOB_MAX_BYTES
from libs.common.contracts.edits import UpscaleAsk as Wish
from libs.common.errors import ProviderSilent
from libs.common.imaging import decode, encode, fit
from libs.common.jobs.order import Ready, Request
from libs.common.providers.base import Given, Made, Upscales
from libs.common.providers.table import LOCAL, Row
from services.upscale.domain import ask_of


@dataclass(frozen=True, slots=True)
class Enlarging:
    """One job's wish and its picture."""

    wish: Wish
    source: Given
    upscalers: Mapping[str, Upscales]

    def request(self, row: Row, seed: int, count: int) -> Request:
        """This enlargement; `count` is always 1."""
        if count != 1:
            raise ValueError(count)
        ask = ask_of(self.wish, self.source, row, seed)
        return Request(ask, lambda call: self.upscalers[row.provider].upscale(ask, call))

    async def ready(self, row: Row, made: Made) -> Ready:
        """The picture in its exact pixels, as PNG. Raises ProviderSilent when what came is no picture."""
        data = made.data
        if row.provider != LOCAL:  # our own engine already answers with the exact pixels and nothing else
            data = await asyncio.to_thread(_normal, data, self.wish.width, self.wish.height, self.source)
        return Ready(data, encode.PNG.mime, self.wish.width, self.wish.height, self.wish.notes)


def _normal(data: bytes, width: int, height: int, source: Given) -> bytes:
    """A vendor's bytes are hostile: decoded under our limits, cut to exact pixels, written anew without metadata. What
    was transparent stays so: vendors enlarge pictures on a ground."""
    try:
        picture = decode.decode(data, bytes_max=decode.MADE_BYTES_MAX)
    except decode.BadPicture as error:
        raise ProviderSilent("The provider's answer was not a picture.", facts={"why": error.error_code}) from error
    picture = fit.cover(picture, width, height)
    if source.alpha and picture.mode == "RGB":
        alpha = decode.decode(source.png, bytes_max=BLOB_MAX_BYTES).getchannel("A")
        picture.putalpha(fit.cover(alpha, width, height))
    return encode.encode(picture, encode.PNG)
