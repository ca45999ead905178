"""Google's Gemini image models as changers of pictures: told in words, for they take no mask and no strength."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx

from libs.common.clock import Clock, SystemClock
from libs.common.imaging.decode import BadPicture
from libs.common.providers import gemini_facts as facts
from libs.common.providers.base import Call, EditAsk, Given, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.edit_table import EDITS
from libs.common.providers.framing import Frame, Parcel, packed, within
from libs.common.providers.gemini import Settings, notes_of, request
from libs.common.providers.gemini_content import VOICE, Content
from libs.common.providers.instructions import avoiding, instruction, region_of, unknown, without_a_mask
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.vendors import Tools

ROWS: Final = {row.model: row for row in EDITS if row.provider == VOICE.vendor}
PICTURE_MAX_BYTES: Final = 2_900_000
"""Of each picture sent: five of them in base64 stay below what the vendor takes in one request."""
REFERENCE_SIDE_MAX_PX: Final = 1_024
"""Of what is only looked at; the model sees it no larger."""


def build(tools: Tools) -> "GeminiEdit | None":
    """The provider, when it is set up."""
    settings = Settings()
    if not settings.gemini_api_key:
        return None
    return GeminiEdit(
        tools.client, api_key=settings.gemini_api_key, base_url=settings.gemini_base_url, clock=SystemClock()
    )


class GeminiEdit:
    """Edits through `generateContent`; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, api_key: str, base_url: str, clock: Clock) -> None:
        self._content = Content(client, api_key=api_key, base_url=base_url, clock=clock)

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made, ...]:
        """One picture of about one megapixel in the shape of the one given; what lies outside a mask may have changed.

        Raises as `Content.picture` does.
        """
        model, row = facts.MODELS.get(ask.model), ROWS.get(ask.model)
        if model is None or row is None:
            raise VOICE.no_such_model(ask.model)
        if not row.serves(ask.operation):
            raise unknown(VOICE, ask.operation)
        deadline = Deadline(call.timeout_s)
        letter = await asyncio.to_thread(translate, ask, model)
        data, name = await self._content.picture(model, letter.body, deadline.left_s)
        try:
            picture = await asyncio.to_thread(letter.frame.taken, data)
        except BadPicture as error:
            raise VOICE.silent(error.error_code, status=200) from error
        return (Made(picture, ask.seed, letter.notes, vendor_request_id=name),)

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One request, how the picture lies in it, and a sentence for each wish that it cannot carry as it is."""

    body: bytes
    frame: Frame
    notes: tuple[str, ...]


def translate(ask: EditAsk, model: facts.Model) -> Letter:
    """The vendor's request for one ask: the words, the picture, the references, the background, in this order.

    The picture is sent as large as the model draws it, in the nearest of ten ratios. Takes a while: it encodes.
    """
    ratio = nearest_ratio(facts.SIZES_PX, ask.image.width, ask.image.height)
    frame = Frame.of(ask.image, facts.SIZES_PX[ratio])
    words = avoiding(instruction(ask, region=region_of(ask, frame)), ask.negative_prompt)
    parts: list[dict[str, object]] = [{"text": words}, *(_part(one) for one in _pictures(ask, frame))]
    notes = notes_of(model, avoids=bool(ask.negative_prompt), guidance=ask.guidance_scale, steps=ask.steps)
    masked = (without_a_mask(model.title),) if ask.mask is not None else ()
    told = (*notes, *masked, *frame.notes(ask.image, model.title))
    return Letter(json.dumps(request(parts, ratio, ask.seed)).encode(), frame, told)


def _pictures(ask: EditAsk, frame: Frame) -> Iterator[Parcel]:
    yield packed(frame.picture(ask.image), PICTURE_MAX_BYTES)
    others: list[Given] = [*ask.references, *([ask.background] if ask.background is not None else [])]
    yield from (packed(within(other, REFERENCE_SIDE_MAX_PX), PICTURE_MAX_BYTES) for other in others)


def _part(parcel: Parcel) -> dict[str, object]:
    return {"inlineData": {"mimeType": parcel.mime_type, "data": parcel.base64}}
