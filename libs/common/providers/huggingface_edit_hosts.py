"""How each host behind Hugging Face's router is asked to change a picture, and how its answer is read: one row a host.

None of them takes a mask or a strength. A picture goes along as a link that carries it, labelled with its true type.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, JsonValue, ValidationError

from libs.common.providers.framing import Parcel
from libs.common.providers.huggingface_errors import MODERATED_WORDS
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_hosts import SPEAKERS as DRAWING
from libs.common.providers.huggingface_hosts import (
    UNREADABLE,
    Answer,
    Body,
    Failed,
    Link,
    Queue,
    Ready,
    Speaker,
    Task,
    Unreadable,
    Wish,
    Withheld,
    fal_answer,
    replicate_body,
    sliders,
    together_body,
    without_none,
)

QUEUED: Final = "_subdomain=queue"
"""Leads the router to fal's queue, where a task has a name, in place of its direct answer."""
FAL_TASK: Final = re.compile(r"(?!.*\.\.)fal-ai/[A-Za-z0-9][A-Za-z0-9._/-]{0,150}/requests/[A-Za-z0-9_-]{1,64}")
WAVESPEED_TASK: Final = re.compile(r"wavespeed/[A-Za-z0-9_-]{1,64}")
MATCH: Final = "match_input_image"
"""Replicate's word for a picture in the shape of the one that was given."""
KONTEXT_WORD: Final = "kontext"
"""In the names of models to which Together gives the picture in a field of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Wish):
    """One edit as it is asked for; its size is that of the picture that goes along, and of the one that is wanted."""

    image: Parcel


class _Queued(BaseModel):
    response_url: str


class _State(BaseModel):
    status: str


class _Prediction(BaseModel):
    id: str
    status: str
    outputs: list[str] = []
    error: JsonValue = None
    # Read with care, never required: an odd value here must not lose a picture that is paid for.
    has_nsfw_contents: JsonValue = None


class _Envelope(BaseModel):
    data: _Prediction


def _fal_body(change: Change) -> Body:
    uri = change.image.data_uri
    return without_none(
        {
            "prompt": change.prompt,
            "image_url": uri,
            "image_urls": [uri],
            **sliders(change),
            "output_format": "png",
        }
    )


def fal_task(body: bytes) -> Answer:
    """The task's name is the path of its result: only fal knows under which of its models it keeps it."""
    try:
        path = urlsplit(_Queued.model_validate_json(body).response_url).path.strip("/")
    except ValueError:  # no JSON, no such field, or no address
        return UNREADABLE
    return Task(path) if FAL_TASK.fullmatch(path) else Unreadable("unreadable_task")


def fal_state(body: bytes) -> Answer:
    """Whether the task is over."""
    try:
        told = _State.model_validate_json(body)
    except ValidationError:
        return UNREADABLE
    return Ready() if told.status == "COMPLETED" else Task("")


def _hf_body(change: Change) -> Body:
    width, height = change.size_px
    size: Body = {"width": width, "height": height}
    parameters = without_none({"prompt": change.prompt, "target_size": size, **sliders(change)})
    return {"inputs": change.image.base64, "parameters": parameters}


def _together_body(change: Change) -> Body:
    uri = change.image.data_uri
    picture: Body = {"image_url": uri} if KONTEXT_WORD in change.model_id.lower() else {"reference_images": [uri]}
    return {**together_body(change), **picture}


def _replicate_body(change: Change) -> Body:
    uri = change.image.data_uri
    # Its models call the picture by four names; each reads its own and leaves the others.
    return replicate_body(change, MATCH, image=uri, images=[uri], input_image=uri, input_images=[uri])


def _wavespeed_body(change: Change) -> Body:
    return without_none(
        {
            "prompt": change.prompt,
            "image": change.image.data_uri,
            **sliders(change),
            "output_format": "png",
        }
    )


def wavespeed_prediction(body: bytes) -> Answer:
    """What a task says of itself, right after the submit or when it is asked for later."""
    try:
        told = _Envelope.model_validate_json(body).data
    except ValidationError:
        return UNREADABLE
    match told.status:
        case "completed":
            flags = told.has_nsfw_contents
            if isinstance(flags, list) and any(flag is True for flag in flags):
                return Withheld()
            return Link(told.outputs[0]) if told.outputs else Unreadable("no_picture")
        case "failed":
            return Failed(moderated=any(word in str(told.error).lower() for word in MODERATED_WORDS))
        case "created" | "processing":
            name = f"wavespeed/{told.id}"
            return Task(name) if WAVESPEED_TASK.fullmatch(name) else Unreadable("unreadable_task")
        case _:
            return UNREADABLE


def _fal_path(name: str) -> str:
    return f"/fal-ai/{name}"


SPEAKERS: Final[Mapping[Host, Speaker[Change]]] = MappingProxyType(
    {
        Host.FAL: Speaker(
            lambda model_id: f"{_fal_path(model_id)}?{QUEUED}",
            _fal_body,
            fal_task,
            accepted=frozenset({200, 201, 202}),
            queue=Queue(
                FAL_TASK,
                lambda name: f"{_fal_path(name)}/status?{QUEUED}",
                fal_state,
                lambda name: f"{_fal_path(name)}?{QUEUED}",
                fal_answer,
            ),
        ),
        Host.HF: DRAWING[Host.HF].told(_hf_body),
        Host.TOGETHER: DRAWING[Host.TOGETHER].told(_together_body),
        Host.REPLICATE: DRAWING[Host.REPLICATE].told(_replicate_body),
        Host.WAVESPEED: Speaker(
            lambda model_id: f"/wavespeed/api/v3/{model_id}",
            _wavespeed_body,
            wavespeed_prediction,
            queue=Queue(
                WAVESPEED_TASK,
                lambda name: f"/wavespeed/api/v3/predictions/{name.removeprefix('wavespeed/')}/result",
                wavespeed_prediction,
            ),
        ),
    }
)
