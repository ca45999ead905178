"""WaveSpeed AI's models that change pictures, as a provider of edits."""

import asyncio
import json

from pydantic import JsonValue

from libs.common.providers import wavespeed_edit_facts as facts
from libs.common.providers.base import Call, EditAsk, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.vendors import Tools
from libs.common.providers.wavespeed import Settings, account_of
from libs.common.providers.wavespeed_edit_form import Form, translate
from libs.common.providers.wavespeed_expand import cut_out
from libs.common.providers.wavespeed_task import TaskProvider
from libs.common.providers.wavespeed_upload import UPLOADS_MAX_S, upload


def build(tools: Tools) -> "WaveSpeedEdit | None":
    """The provider, when it is set up."""
    return of(tools, Settings())


def of(tools: Tools, settings: Settings) -> "WaveSpeedEdit | None":
    """The provider of these settings, when they hold a key."""
    found = account_of(tools, settings)
    return WaveSpeedEdit(tools.client, found[0], pace=found[1]) if found is not None else None


class WaveSpeedEdit(TaskProvider):
    """Edits through the models of our table; the caller owns the client."""

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made, ...]:
        """One picture in the vendor's own size. With a model that reads no mask, all of it may have changed.

        Pictures are uploaded first: what fails until then is not billed. Submits once at most, and neither uploads nor
        submits when `call.task` is there. Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent;
        after a submit their facts hold the task's id as `vendor_request_id`.
        """
        deadline = Deadline(call.timeout_s)
        form = await asyncio.to_thread(translate, ask)

        async def body() -> bytes:
            return json.dumps(await self._filled(form, deadline)).encode()

        task, data = await self._picture(facts.EDIT_MODELS[ask.model].path, body, call, deadline)
        if form.extension is not None:
            data = await asyncio.to_thread(cut_out, data, form.extension)
        return (Made(data=data, seed=ask.seed, notes=form.notes, vendor_request_id=task),)

    async def _filled(self, form: Form, deadline: Deadline) -> dict[str, JsonValue]:
        """The fields with the addresses of the pictures."""
        until = deadline.within(UPLOADS_MAX_S)
        links: list[JsonValue] = [await upload(self._door, file, until) for file in form.images]
        filled = {**form.fields, "images": links} if form.in_list else {**form.fields, "image": links[0]}
        if form.mask is not None:
            filled["mask_image"] = await upload(self._door, form.mask, until)
        return filled
