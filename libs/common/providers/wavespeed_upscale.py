"""WaveSpeed AI's models that enlarge pictures, as a provider of enlargements."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from libs.common.imaging.decode import PIXELS_MAX
from libs.common.providers import wavespeed_edit_facts as facts
from libs.common.providers.base import Call, Made, UpscaleAsk
from libs.common.providers.deadline import Deadline
from libs.common.providers.vendors import Tools
from libs.common.providers.wavespeed import Settings, account_of
from libs.common.providers.wavespeed_errors import VOICE
from libs.common.providers.wavespeed_pictures import sendable
from libs.common.providers.wavespeed_task import TaskProvider
from libs.common.providers.wavespeed_upload import UPLOADS_MAX_S, File, upload

PNG_PIXELS_MAX: Final = 17_000_000
"""Of a result that is asked for as PNG; of a larger one the file might be more than is read."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent: the JSON fields, and the picture that is uploaded for the other."""

    fields: dict[str, JsonValue]
    image: File
    notes: tuple[str, ...]


def build(tools: Tools) -> "WaveSpeedUpscale | None":
    """The provider, when it is set up."""
    return of(tools, Settings())


def of(tools: Tools, settings: Settings) -> "WaveSpeedUpscale | None":
    """The provider of these settings, when they hold a key."""
    found = account_of(tools, settings)
    return WaveSpeedUpscale(tools.client, found[0], pace=found[1]) if found is not None else None


class WaveSpeedUpscale(TaskProvider):
    """Enlargements through the two models of our table; the caller owns the client."""

    async def upscale(self, ask: UpscaleAsk, call: Call) -> tuple[Made, ...]:
        """One picture of the vendor's nearest size that is not smaller, where it has one that can be opened.

        The picture is uploaded first: what fails until then is not billed. Submits once at most, and neither uploads
        nor submits when `call.task` is there. Raises only ProviderRejected, ProviderBusy, ProviderBroken or
        ProviderSilent; after a submit their facts hold the task's id as `vendor_request_id`.
        """
        model = facts.UPSCALE_MODELS.get(ask.model)
        if model is None:
            raise VOICE.no_such_model(ask.model)
        deadline = Deadline(call.timeout_s)
        form = await asyncio.to_thread(translate, ask)

        async def body() -> bytes:
            link = await upload(self._door, form.image, deadline.within(UPLOADS_MAX_S))
            return json.dumps({**form.fields, "image": link}).encode()

        task, data = await self._picture(model.path, body, call, deadline)
        return (Made(data=data, seed=ask.seed, notes=form.notes, vendor_request_id=task),)


def translate(ask: UpscaleAsk) -> Form:
    """The form for one enlargement by a model that is known, and a sentence for each wish that it cannot carry."""
    target = target_of(ask.width, ask.height)
    title, notes = facts.UPSCALE_MODELS[ask.model].title, []
    if facts.TARGETS[target] < max(ask.width, ask.height):
        notes.append(f"{title} draws {facts.TARGETS[target]} px on the long side here; the rest was scaled up.")
    told = {
        "prompt": ask.prompt,
        "negative prompt": ask.negative_prompt,
        "creativity": ask.creativity,
        "style": ask.style_preset,
    }
    notes += [f"{title} takes no {name}; it was ignored." for name, value in told.items() if value not in {None, ""}]
    if ask.image.alpha:
        notes.append(f"{title} was sent the transparent parts of the picture as white.")
    file_format = "png" if _pixels(target, ask.width, ask.height) <= PNG_PIXELS_MAX else "jpeg"
    fields: dict[str, JsonValue] = {facts.TARGET_FIELD: target, "output_format": file_format}
    return Form(fields, sendable(ask.image), tuple(notes))


def target_of(width: int, height: int) -> str:
    """The smallest of the vendor's sizes that is not smaller than this one; of those with more pixels than we open,
    none: rather the largest that can be opened."""
    opened = [name for name in facts.TARGETS if _pixels(name, width, height) <= PIXELS_MAX]
    enough = (name for name in opened if facts.TARGETS[name] >= max(width, height))
    return next(enough, opened[-1])


def _pixels(target: str, width: int, height: int) -> float:
    """Of a result of this shape."""
    return facts.TARGETS[target] ** 2 * min(width, height) / max(width, height)
