"""How each host behind Hugging Face's router is asked for a picture, and how its answer is read: one row a host."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface_errors import MODERATED_WORDS
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.wire import PICTURE_MAX_BYTES

Body = dict[str, JsonValue]
W = TypeVar("W")
"""What a host is asked for."""
V = TypeVar("V")
"""What it is asked for besides."""

TASK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
PREDICTIONS_PATH: Final = "/replicate/v1/predictions"
_SEED_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture as it is asked for: every setting already within what the host takes."""

    model_id: str
    """The host's own name of the model."""
    prompt: str
    size_px: facts.PixelSize
    seed: int
    guidance: float | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture itself."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """Where the finished picture is, and the seed that made it if the host says so."""

    url: str
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """The host is at work; the name by which its task is asked for."""

    id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The task is over; what came of it lies at an address of its own."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """The finished picture broke the host's rules."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The host gave up, said so, and does not bill; `moderated` when its rules were the reason."""

    moderated: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An accepted request, and an answer that nobody understands; `reason` is a word for operators."""

    reason: str


UNREADABLE: Final = Unreadable("unreadable_answer")

Done = Picture | Link | Withheld | Failed | Unreadable
"""The host has nothing more to say."""
Answer = Done | Task | Ready


@dataclass(frozen=True, slots=True)
class Queue:
    """How a host is asked for a task by its name. No two hosts' names look alike."""

    name: re.Pattern[str]
    """What a name looks like, so that it may become part of a path."""
    look: Callable[[str], str]
    """The path below the router where the task's state is told."""
    read: Callable[[bytes], Answer]
    """What is told there."""
    result: Callable[[str], str] | None = None
    """The path of what came of it, when that is `Ready`."""
    collect: Callable[[bytes], Answer] | None = None
    """What lies there."""


@dataclass(frozen=True, slots=True)
class Speaker(Generic[W]):
    """One host's language."""

    path: Callable[[str], str]
    """Below the router, from the host's own name of the model."""
    body: Callable[[W], Body]
    read: Callable[[bytes], Answer]
    answer_max_bytes: int = facts.JSON_MAX_BYTES
    headers: Mapping[str, str] = field(default_factory=lambda: {"accept": "application/json"})
    accepted: frozenset[int] = frozenset({200})
    """Status codes of a request that was taken."""
    queue: Queue | None = None
    """Where it works on tasks."""

    def told(self, body: "Callable[[V], Body]") -> "Speaker[V]":
        """The same host, asked for something else at the same address."""
        return Speaker(self.path, body, self.read, self.answer_max_bytes, self.headers, self.accepted, self.queue)


class _Url(BaseModel):
    url: str


class _Fal(BaseModel):
    images: list[_Url]
    # Read with care, never required: an odd value here must not lose a picture that is paid for.
    seed: JsonValue = None
    has_nsfw_concepts: JsonValue = None


class _Item(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Items(BaseModel):
    data: list[_Item]


class _Prediction(BaseModel):
    id: str
    status: str
    output: JsonValue = None
    error: JsonValue = None


def _fal_body(wish: Wish) -> Body:
    width, height = wish.size_px
    return without_none(
        {
            "prompt": wish.prompt,
            "image_size": {"width": width, "height": height},
            **sliders(wish),
            "output_format": "png",
        }
    )


def fal_answer(body: bytes) -> Answer:
    """What fal has made."""
    try:
        told = _Fal.model_validate_json(body)
    except ValidationError:
        return UNREADABLE
    if isinstance(told.has_nsfw_concepts, list) and any(flag is True for flag in told.has_nsfw_concepts):
        return Withheld()
    if not told.images:
        return Unreadable("no_picture")
    return Link(told.images[0].url, _seed(told.seed))


def _hf_body(wish: Wish) -> Body:
    width, height = wish.size_px
    return {"inputs": wish.prompt, "parameters": without_none({"width": width, "height": height, **sliders(wish)})}


def together_body(wish: Wish) -> Body:
    """The fields of a picture from words."""
    width, height = wish.size_px
    return without_none(
        {
            "prompt": wish.prompt,
            "model": wish.model_id,
            "width": width,
            "height": height,
            "seed": wish.seed,
            "steps": wish.steps,
            "guidance_scale": wish.guidance,
            "response_format": "base64",
        }
    )


def _nscale_body(wish: Wish) -> Body:
    width, height = wish.size_px
    return {
        "prompt": wish.prompt,
        "model": wish.model_id,
        "size": f"{width}x{height}",
        "seed": wish.seed,
        "response_format": "b64_json",
    }


def items_answer(body: bytes) -> Answer:
    """Both answer in the form of OpenAI's image API; a link in place of the picture is as good."""
    try:
        told = _Items.model_validate_json(body)
    except ValidationError:
        return UNREADABLE
    first = told.data[0] if told.data else _Item()
    if first.b64_json is None:
        return Link(first.url) if first.url is not None else Unreadable("no_picture")
    try:
        return Picture(base64.b64decode(first.b64_json, validate=True))
    except ValueError:  # not base64, or not even plain letters
        return Unreadable("not_base64")


def replicate_path(model_id: str) -> str:
    """Where a model, or a version of one, is asked."""
    return PREDICTIONS_PATH if ":" in model_id else f"/replicate/v1/models/{model_id}/predictions"


def _replicate_body(wish: Wish) -> Body:
    return replicate_body(wish, nearest_ratio(facts.LIMITS[Host.REPLICATE].ratios, *wish.size_px))


def replicate_body(wish: Wish, ratio: str, **more: JsonValue) -> Body:
    """The fields that all models there read, and those that are named besides."""
    picked: Body = {
        "prompt": wish.prompt,
        **more,
        "aspect_ratio": ratio,
        "seed": wish.seed,
        "num_inference_steps": wish.steps,
        "guidance": wish.guidance,
        "output_format": "png",
        "go_fast": False,  # the fast way forgets the seed
    }
    _, colon, version = wish.model_id.partition(":")
    return {"input": without_none(picked), **({"version": version} if colon else {})}


def prediction(body: bytes) -> Answer:
    """What a prediction says of itself, right after the submit or when it is asked for later."""
    try:
        told = _Prediction.model_validate_json(body)
    except ValidationError:
        return UNREADABLE
    match told.status:
        case "succeeded":
            return _output(told.output)
        case "failed":
            return Failed(moderated=any(word in str(told.error).lower() for word in MODERATED_WORDS))
        case "canceled" | "aborted":
            return Failed()
        case _:
            return Task(told.id) if TASK_ID.fullmatch(told.id) else Unreadable("unreadable_task")


def _output(output: JsonValue) -> Answer:
    first = output[0] if isinstance(output, list) and output else output
    return Link(first) if isinstance(first, str) else Unreadable("no_picture")


def _seed(told: JsonValue) -> int | None:
    known = isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 1 << _SEED_BITS
    return told if known and isinstance(told, int) else None


def sliders(wish: Wish) -> Body:
    """The three settings that most hosts call by the same names."""
    return {"seed": wish.seed, "num_inference_steps": wish.steps, "guidance_scale": wish.guidance}


def without_none(body: Body) -> Body:
    """The fields that say something."""
    return {name: value for name, value in body.items() if value is not None}


PREDICTIONS: Final = Queue(TASK_ID, lambda name: f"{PREDICTIONS_PATH}/{name}", prediction)
"""Replicate's."""
SPEAKERS: Final[Mapping[Host, Speaker[Wish]]] = MappingProxyType(
    {
        Host.FAL: Speaker(lambda model_id: f"/fal-ai/{model_id}", _fal_body, fal_answer),
        Host.HF: Speaker(
            lambda model_id: f"/hf-inference/models/{model_id}",
            _hf_body,
            Picture,
            answer_max_bytes=PICTURE_MAX_BYTES,
            headers={"accept": "image/png"},
        ),
        Host.TOGETHER: Speaker(
            lambda _: "/together/v1/images/generations",
            together_body,
            items_answer,
            answer_max_bytes=facts.BASE64_MAX_BYTES,
        ),
        Host.NSCALE: Speaker(
            lambda _: "/nscale/v1/images/generations",
            _nscale_body,
            items_answer,
            answer_max_bytes=facts.BASE64_MAX_BYTES,
        ),
        Host.REPLICATE: Speaker(
            replicate_path,
            _replicate_body,
            prediction,
            headers={"accept": "application/json", "prefer": "wait"},
            accepted=frozenset({200, 201, 202}),
            queue=PREDICTIONS,
        ),
    }
)
