"""Hugging Face as a changer of pictures: told in words, for none of its hosts takes a mask."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import httpx

from libs.common.imaging.decode import BadPicture
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import Call, EditAsk, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.framing import Frame, Parcel, changed_part, packed
from libs.common.providers.huggingface import Settings, account_of, held
from libs.common.providers.huggingface_edit_hosts import SPEAKERS, Change
from libs.common.providers.huggingface_errors import VOICE
from libs.common.providers.huggingface_mapping import Route
from libs.common.providers.huggingface_router import POLL_MIN_S, Account, Router, Said
from libs.common.providers.instructions import Region, grow_px, instruction, unknown, without_a_mask
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


class HuggingFaceEdit:
    """Image to image through whichever host serves the model; the caller owns the client."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        account: Account,
        *,
        clock: Callable[[], float] = time.monotonic,
        poll_s: float = POLL_MIN_S,
    ) -> None:
        """`clock` and `poll_s` are the router's."""
        self._router = Router(client, account, facts.CHANGING, SPEAKERS, clock=clock, poll_s=poll_s)

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

    async def aclose(self) -> None:
        """Give back the connections of downloads; the client belongs to the caller."""
        await self._router.aclose()

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
    part = changed_part(frame.mask(ask.mask, grow_px(ask))) if ask.mask is not None else None
    region = Region(part, frame.size_px) if part is not None else None
    return Draft(frame, instruction(ask, region=region), packed(frame.picture(ask.image), PICTURE_MAX_BYTES))


def translate(ask: EditAsk, row: Row, route: Route, draft: Draft) -> tuple[Change, tuple[str, ...]]:
    """What the host is asked for, and a sentence for each setting that it cannot take as it is."""
    limits = facts.LIMITS[route.host]
    notes: list[str] = []
    guidance = held("Guidance", ask.guidance_scale, (row.guidance, limits.guidance), row.name, notes)
    steps = held("The number of steps", ask.steps, (row.steps, limits.steps), row.name, notes)
    if ask.negative_prompt:
        notes.append(f"{row.name} takes no negative prompt; it was left out.")
    if ask.mask is not None:
        notes.append(without_a_mask(row.name))
    notes.extend(draft.frame.notes(ask.image, row.name))
    size_px, whole_steps = draft.frame.size_px, None if steps is None else round(steps)
    return Change(route.model_id, draft.words, draft.image, size_px, ask.seed, guidance, whole_steps), tuple(notes)
