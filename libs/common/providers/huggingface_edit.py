"""Hugging Face as a changer of pictures: told in words, for none of its hosts takes a mask."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import httpx

from libs.common.imaging.decode import BadPicture
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import Call, EditAsk, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.framing import Frame, Parcel, packed
from libs.common.providers.huggingface import Settings, account_of, held
from libs.common.providers.huggingface_edit_hosts import SPEAKERS, Change
from libs.common.providers.huggingface_errors import VOICE
from libs.common.providers.huggingface_mapping import Route
from libs.common.providers.huggingface_router import Routed, Said
from libs.common.providers.instructions import instruction, region_of, unknown, without_a_mask
from libs.common.providers.table import Row
from libs.common.providers.vendors import Tools

PICTURE_MAX_BYTES: Final = 2 * 1024 * 1024
"""Of the picture sent; one host is told it four times over."""


def build(tools: Tools) -> "HuggingFaceEdit | None":
    """The provider, when it is set up."""
    return of(tools.client, Settings())


def of(client: httpx.AsyncClient, settings: Settings) -> "HuggingFaceEdit | None":
    """The provider of these settings; nothing without a token."""
    account = account_of(settings)
    return HuggingFaceEdit(client, account) if account is not None else None


class HuggingFaceEdit(Routed[Change]):
    """Image to image through whichever host serves the model; the caller owns the client."""

    craft = facts.CHANGING
    speakers = SPEAKERS

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made, ...]:
        """One picture in the shape of the one given; what lies outside a mask may have changed.

        Raises as `Router.made` does. A host that works on tasks names one; with one in the call, that one is asked for
        and nothing is submitted.
        """
        row = facts.EDIT_ROWS.get(ask.model)
        if row is None:
            raise VOICE.no_such_model(ask.model)
        if not row.serves(ask.operation):
            raise unknown(VOICE, ask.operation)
        frame = frame_of(ask, row)
        made = await (self._begun(ask, row, frame, call) if call.task is None else self._resumed(call.task, ask, call))
        try:
            data = await asyncio.to_thread(frame.taken, made.data)
        except BadPicture as error:  # it was looked at before; only its size can still be wrong
            raise VOICE.silent(error.error_code, status=200) from error
        return (replace(made, data=data),)

    async def _begun(self, ask: EditAsk, row: Row, frame: Frame, call: Call) -> Made:
        deadline = Deadline(call.timeout_s)
        draft = await asyncio.to_thread(drafted, ask, frame)

        def say(route: Route) -> Said[Change]:
            change, notes = translate(ask, row, route, draft)
            return Said(change, change.seed, notes)

        return await self._router.made(ask.model, say, replace(call, timeout_s=deadline.left_s))

    async def _resumed(self, task: str, ask: EditAsk, call: Call) -> Made:
        return await self._router.resumed(task, ask.seed, call)


@dataclass(frozen=True, slots=True)
class Draft:
    """What every host is told alike."""

    frame: Frame
    words: str
    image: Parcel


def frame_of(ask: EditAsk, row: Row) -> Frame:
    """How the picture lies in the one that is sent: within one megapixel, sides in multiples of 16."""
    size_px = facts.nearest_size(ask.image.width, ask.image.height, side_max_px=row.side_max_px)
    return Frame.of(ask.image, size_px)


def drafted(ask: EditAsk, frame: Frame) -> Draft:
    """The words, and the picture in its frame. Takes a while: it encodes."""
    words = instruction(ask, region=region_of(ask, frame))
    return Draft(frame, words, packed(frame.picture(ask.image), PICTURE_MAX_BYTES))


def translate(ask: EditAsk, row: Row, route: Route, draft: Draft) -> tuple[Change, tuple[str, ...]]:
    """What the host is asked for, and a sentence for each setting that it cannot take as it is."""
    guidance, steps, notes = held(ask, row, route.host)
    if ask.mask is not None:
        notes.append(without_a_mask(row.name))
    notes.extend(draft.frame.notes(ask.image, row.name))
    size_px = draft.frame.size_px
    change = Change(route.model_id, draft.words, size_px, ask.seed, guidance, steps, image=draft.image)
    return change, tuple(notes)
