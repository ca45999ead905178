"""Text to image: the wish as each provider row is asked for it, and its picture at exactly the asked pixels."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from libs.common.contracts.pictures import CreateAsk
from libs.common.errors import ProviderSilent
from libs.common.imaging import decode, encode, fit
from libs.common.jobs.order import Ready, Request
from libs.common.prompting.rules import Enhanced
from libs.common.providers.base import Generates, Made
from libs.common.providers.table import Row
from services.create.domain import ask_of, left_out


@dataclass(frozen=True, slots=True)
class Painting:
    """One job's wish: what was asked, and the prompt as it was bettered."""

    ask: CreateAsk
    wish: Enhanced
    generators: Mapping[str, Generates]

    def request(self, row: Row, seed: int, count: int) -> Request:
        """So many pictures of this wish."""
        ask = ask_of(self.ask, self.wish, row, seed, count)
        return Request(ask, lambda call: self.generators[row.provider].generate(ask, call))

    async def ready(self, row: Row, made: Made) -> Ready:
        """The picture in its exact pixels. Raises ProviderSilent when what came is no picture."""
        width, height = self.ask.width, self.ask.height
        data = made.data
        if row.billed:  # our own engines already answer with the exact pixels and nothing else
            data = await asyncio.to_thread(_normal, data, width, height)
        return Ready(data, encode.PNG.mime, width, height, left_out(self.ask, row))


def _normal(data: bytes, width: int, height: int) -> bytes:
    """A vendor's bytes are hostile: decoded under our limits, cut to exact pixels, written anew without metadata."""
    try:
        picture = decode.decode(data, bytes_max=decode.MADE_BYTES_MAX)
    except decode.BadPicture as error:
        raise ProviderSilent("The provider's answer was not a picture.", facts={"why": error.error_code}) from error
    return encode.encode(fit.cover(picture.convert("RGB"), width, height), encode.PNG)
