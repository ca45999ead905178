"""Any server of OpenAI's image API: the operator's own models (vLLM-Omni, SGLang, LocalAI) or OpenAI itself."""

import asyncio
import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urljoin

import httpx
from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.egress import Downloads, Forbidden, NotFetched, Origin
from libs.common.errors import AppError, Fact, ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.vendors import Tools
from libs.common.providers.voice import Meaning, Voice, seconds_of
from libs.common.providers.wire import PICTURE_MAX_BYTES, PaidPost, is_picture

VOICE: Final = Voice("openai_compatible", "Your own server")
MODEL: Final = "self-hosted"
"""Our name for whatever the server runs; its own name comes from the settings."""
PATH: Final = "/images/generations"
ANSWER_MAX_BYTES: Final = PICTURE_MAX_BYTES
"""Of the whole JSON: ten pictures of one megapixel in base64 are half of it."""
RETRY_OTHERWISE_S: Final = 5.0
"""After a refusal for want of time that does not say how long."""

GUIDANCE: Final = (0.0, 20.0)
STEPS: Final = (1, 150)
SIDE_STEP_PX: Final = 16
SIDE_MIN_PX: Final = 256
SIDE_MAX_PX: Final = 1_536
PIXELS_MIN: Final = 512 * 512
PIXELS_MAX: Final = 1_024 * 1_024
"""What open models are trained on; above it they repeat themselves, and their servers run out of memory."""

_INLINE: Final = "data:"
_JSON: Final = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}
PixelSize = tuple[int, int]
"""Width and height in pixels."""


class Negative(StrEnum):
    """How a server is told what to avoid."""

    FIELD = "field"  # in a field of its own
    BAR = "bar"  # in the prompt, after a vertical bar
    WORDS = "words"  # in the prompt, as a sentence


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one kind of server understands beyond the common fields: the names of its own, or none."""

    negative: Negative = Negative.WORDS
    steps: str | None = None
    guidance: str | None = None
    seed: str | None = None
    same_seed_for_all: bool = False
    """Several pictures of one call get the very same seed, so that they would be the same picture."""
    sizes: tuple[PixelSize, ...] = ()
    """The only sizes it draws; without any, every multiple of 16 within bounds."""
    always: tuple[tuple[str, str], ...] = (("response_format", "b64_json"),)
    """Fields that every request carries."""


_DIFFUSERS: Final = Dialect(Negative.FIELD, "num_inference_steps", "guidance_scale", "seed")
# Source: the servers' own documents and request models, read in autumn 2026.
DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "vllm_omni": _DIFFUSERS,
        "sglang": _DIFFUSERS,
        "localai": Dialect(Negative.BAR, steps="step", seed="seed", same_seed_for_all=True),
        "openai": Dialect(
            sizes=((1024, 1024), (1536, 1024), (1024, 1536)),
            always=(("quality", "medium"), ("output_format", "png")),  # left to itself, a picture may cost 0.2 USD
        ),
    }
)


class Settings(BaseSettings):
    """Where the server is and how it speaks. Without an address the provider is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    openai_compatible_base_url: str | None = None
    """Ends with the version: `http://127.0.0.1:8000/v1`."""
    openai_compatible_api_key: str | None = None
    openai_compatible_image_model: str | None = None
    openai_compatible_dialect: Literal["vllm_omni", "sglang", "localai", "openai"] = "vllm_omni"


def build(tools: Tools) -> "OpenAICompatibleGenerate | None":
    """The provider, when it is set up."""
    settings = Settings()
    if not settings.openai_compatible_base_url:
        return None
    return OpenAICompatibleGenerate(
        tools.client,
        base_url=settings.openai_compatible_base_url,
        api_key=settings.openai_compatible_api_key,
        model=settings.openai_compatible_image_model,
        dialect=DIALECTS[settings.openai_compatible_dialect],
    )


class OpenAICompatibleGenerate:
    """Text to image, several pictures in one call; the caller owns the client."""

    def __init__(
        self, client: httpx.AsyncClient, *, base_url: str, api_key: str | None, model: str | None, dialect: Dialect
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._headers = {**_JSON, **({"authorization": f"Bearer {api_key}"} if api_key else {})}
        self._model = model
        self._dialect = dialect
        self._downloads = Downloads([Origin.of(base_url)])

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made | None, ...]:
        """The asked pictures in the server's own size; None in the place of one that cannot be used.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent.
        """
        if ask.model != MODEL:
            raise VOICE.no_such_model(ask.model)
        ends = asyncio.get_running_loop().time() + call.timeout_s
        body, notes = translate(ask, self._dialect, self._model)
        post = PaidPost(VOICE, self._base_url + PATH, json.dumps(body).encode(), self._headers)
        answer, data = await post.send(self._client, call.timeout_s, max_bytes=ANSWER_MAX_BYTES)
        try:
            if answer.status_code != httpx.codes.OK:
                raise refusal(answer.status_code, data, retry_after=answer.headers.get("retry-after"))
            pictures = await self._pictures(data, ask.count, ends)
        except AppError as error:
            raise post.named(error) from None
        extra = {"model": self._model} if self._model else {}
        return tuple(
            None if picture is None else Made(picture, ask.seed + number, notes, post.request_id, dict(extra))
            for number, picture in enumerate(pictures)
        )

    async def aclose(self) -> None:
        """Give back the connections of result links; the client belongs to the caller."""
        await self._downloads.aclose()

    async def _pictures(self, body: bytes, count: int, ends: float) -> list[bytes | None]:
        """Each in its place, up to the last that can be used: at least one.

        Raises ProviderSilent, for the first, when none can be used: what it took to make them is spent.
        """
        found: list[bytes | None] = []
        lost: list[AppError] = []
        for image in (await asyncio.to_thread(_images_in, body))[:count]:
            try:
                found.append(await self._picture(image, ends))
            except AppError as error:
                found.append(None)
                lost.append(error)
        if len(lost) == len(found):
            raise lost[0]
        while found[-1] is None:
            found.pop()
        return found

    async def _picture(self, image: "_Image", ends: float) -> bytes:
        link = image.link
        picture = await self._fetched(link, ends) if link is not None else await asyncio.to_thread(_decoded, image)
        if not is_picture(picture):
            raise VOICE.silent("not_a_picture", status=200)
        return picture

    async def _fetched(self, url: str, ends: float) -> bytes:
        left_s = max(0.0, ends - asyncio.get_running_loop().time())
        try:
            return await self._downloads.fetch(
                urljoin(f"{self._base_url}/", url), max_bytes=PICTURE_MAX_BYTES, timeout_s=left_s
            )
        except (Forbidden, NotFetched) as error:
            raise VOICE.silent(error.error_code, status=200, billed=True) from error
        except (ValueError, TypeError) as error:  # how the libraries refuse what is no address at all
            raise VOICE.silent("url_malformed", status=200, billed=True) from error


def translate(ask: GenerateAsk, dialect: Dialect, model: str | None) -> tuple[dict[str, object], tuple[str, ...]]:
    """The server's JSON for one ask, and a sentence for each wish that it cannot carry as it is.

    A style preset is not sent and not told of: the prompt carries its words.
    """
    notes: list[str] = []
    width_px, height_px = nearest_size(ask.width, ask.height, dialect.sizes)
    body: dict[str, object] = {
        "prompt": ask.prompt,
        "n": ask.count,
        "size": f"{width_px}x{height_px}",
        **dict(dialect.always),
    }
    if model:
        body["model"] = model
    _negative(ask, dialect, body, notes)
    _seed(ask, dialect, body, notes)
    _slider(ask.guidance_scale, GUIDANCE, dialect.guidance, "Guidance", body, notes)
    _slider(ask.steps, STEPS, dialect.steps, "The number of steps", body, notes)
    return body, tuple(notes)


def nearest_size(width_px: int, height_px: int, only: Sequence[PixelSize] = ()) -> PixelSize:
    """The size to ask for: of the nearest ratio by the distance of logarithms, and then the largest."""
    wanted = math.log(width_px / height_px)
    choices = only or _around(width_px, height_px)
    return min(choices, key=lambda size: (abs(math.log(size[0] / size[1]) - wanted), -size[0] * size[1]))


def _around(width_px: int, height_px: int) -> list[PixelSize]:
    """Multiples of 16 next to the size, brought between half a thousand and a thousand pixels square."""
    pixels = width_px * height_px
    scale = math.sqrt(min(max(pixels, PIXELS_MIN), PIXELS_MAX) / pixels)
    scale = min(scale, SIDE_MAX_PX / max(width_px, height_px))
    widths, heights = (_multiples(side * scale) for side in (width_px, height_px))
    return [(width, height) for width in widths for height in heights if width * height <= PIXELS_MAX]


def _multiples(side: float) -> set[int]:
    steps = side / SIDE_STEP_PX
    return {min(max(whole * SIDE_STEP_PX, SIDE_MIN_PX), SIDE_MAX_PX) for whole in (math.floor(steps), math.ceil(steps))}


def _negative(ask: GenerateAsk, dialect: Dialect, body: dict[str, object], notes: list[str]) -> None:
    if dialect.negative is Negative.BAR:
        body["prompt"] = ask.prompt.replace("|", ",")  # else its own bar would begin what to avoid
    if not ask.negative_prompt:
        return
    if dialect.negative is Negative.FIELD:
        body["negative_prompt"] = ask.negative_prompt
    elif dialect.negative is Negative.BAR:
        body["prompt"] = f"{body['prompt']}|{ask.negative_prompt.replace('|', ',')}"
    else:
        body["prompt"] = f"{ask.prompt}\n\nAvoid: {ask.negative_prompt.rstrip(' .')}."
        notes.append("Your own server has no negative prompt; what to avoid was said in the prompt.")


def _seed(ask: GenerateAsk, dialect: Dialect, body: dict[str, object], notes: list[str]) -> None:
    if dialect.seed is not None and not (dialect.same_seed_for_all and ask.count > 1):
        body[dialect.seed] = ask.seed
    elif dialect.seed is None:
        notes.append("Your own server takes no seed, so its pictures cannot be made again.")
    else:
        notes.append("Your own server draws the seeds of several pictures itself, so these cannot be made again.")


def _slider(
    wanted: float | None,
    span: tuple[float, float],
    field: str | None,
    what: str,
    body: dict[str, object],
    notes: list[str],
) -> None:
    if wanted is None:
        return
    if field is None:
        notes.append(f"{what} cannot be chosen for your own server; it was ignored.")
        return
    body[field] = sent = min(max(wanted, span[0]), span[1])
    if sent != wanted:
        notes.append(f"{what} {wanted:g} is outside what your own server takes; {sent:g} was used.")


class _Image(BaseModel):
    # A server may also tell `file_path`, a place on its own disk: it is not read.
    b64_json: str | None = None
    url: str | None = None

    @property
    def link(self) -> str | None:
        """Where it lies, when the answer does not carry it itself."""
        return None if self.b64_json or not self.url or self.url.startswith(_INLINE) else self.url


class _Answer(BaseModel):
    data: list[_Image]


def _images_in(body: bytes) -> list[_Image]:
    try:
        images = _Answer.model_validate_json(body).data
    except ValidationError as error:
        raise VOICE.silent("unreadable_answer", status=200) from error
    if not images:
        raise VOICE.silent("no_pictures", status=200)
    return images


def _decoded(image: _Image) -> bytes:
    """The bytes that the answer itself carries."""
    text = image.b64_json or image.url or ""
    try:
        return base64.b64decode(text.partition(",")[2] if text.startswith(_INLINE) else text, validate=True)
    except ValueError as error:
        raise VOICE.silent("not_base64", status=200) from error


_GONE: Final = Meaning(ProviderBroken, "model_gone", "Your own server does not have this model; nothing was made.")
_TOO_LARGE: Final = Meaning(ProviderRejected, "provider_rejected", "This request is too large for your own server.")
# An absent code is the row for every other code of that status, and for a body of another form.
MEANINGS: Final[Mapping[tuple[int, str | None], Meaning]] = MappingProxyType(
    {
        (400, None): VOICE.rejected,
        (400, "moderation_blocked"): VOICE.moderated,
        (400, "content_policy_violation"): VOICE.moderated,
        (400, "billing_hard_limit_reached"): VOICE.out_of_credit,
        (401, None): VOICE.bad_key,
        (402, None): VOICE.out_of_credit,
        (403, None): VOICE.bad_key,
        (404, None): _GONE,
        (413, None): _TOO_LARGE,
        (422, None): VOICE.rejected,
        (429, None): VOICE.busy,
        (429, "insufficient_quota"): VOICE.out_of_credit,
    }
)
_OUR_FIELDS: Final = ("prompt", "n", "size", "model", "response_format", "quality", "output_format", "seed", "step")
_OUR_EXTRAS: Final = ("negative_prompt", "num_inference_steps", "guidance_scale")


class _Error(BaseModel):
    code: str | int | None = None
    param: str | None = None


class _Complaint(BaseModel):
    loc: list[str | int] = []


class _Told(BaseModel):
    """Either OpenAI's error object or the `detail` of FastAPI: a text, or one complaint a field."""

    error: _Error | str | None = None
    detail: str | list[_Complaint] | dict[str, JsonValue] | None = None

    @property
    def code(self) -> str | None:
        """OpenAI's name for it."""
        return self.error.code if isinstance(self.error, _Error) and isinstance(self.error.code, str) else None

    @property
    def fields(self) -> list[str]:
        """Those of ours that it complains of."""
        param = self.error.param if isinstance(self.error, _Error) else None
        complaints = self.detail if isinstance(self.detail, list) else []
        named = {param, *(str(one.loc[-1]) for one in complaints if one.loc)}
        return [field for field in (*_OUR_FIELDS, *_OUR_EXTRAS) if field in named]


def refusal(status: int, body: bytes, *, retry_after: str | None) -> AppError:
    """The error that an answer other than 200 stands for; never holds the server's own text."""
    told = _told(body)
    if httpx.codes.is_server_error(status) and told is None:
        # A gateway in between spoke, not the server: the job behind it may still run.
        return VOICE.silent("foreign_error_body", status=status)
    if httpx.codes.is_success(status):
        return VOICE.silent("unexpected_success_status", status=status)
    told = told or _Told()
    meaning = MEANINGS.get((status, told.code)) or MEANINGS.get((status, None)) or VOICE.broken
    if status == httpx.codes.SERVICE_UNAVAILABLE and told.detail is not None:
        meaning = VOICE.busy  # the engine is still loading its model
    wait_s = seconds_of(retry_after, otherwise=RETRY_OTHERWISE_S) if meaning.error is ProviderBusy else None
    facts: dict[str, Fact] = {"refused_fields": told.fields} if told.fields else {}
    if (status, told.code) in MEANINGS and told.code is not None:
        facts["vendor_error"] = told.code
    return VOICE.says(meaning, status=status, facts=facts, retry_after_s=wait_s)


def _told(body: bytes) -> _Told | None:
    try:
        told = _Told.model_validate_json(body)
    except ValidationError:
        return None
    return told if told.error is not None or told.detail is not None else None
