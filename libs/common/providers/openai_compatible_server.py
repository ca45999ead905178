"""One call to a server of OpenAI's image API, the pictures in its answer, and what each refusal means."""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

from libs.common.egress import Downloads, Forbidden, NotFetched, Origin
from libs.common.errors import AppError, Fact, ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.imaging.decode import BadPicture
from libs.common.providers.base import Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.framing import Frame
from libs.common.providers.voice import Meaning, Voice, seconds_of
from libs.common.providers.wire import PICTURE_MAX_BYTES, File, PaidPost, is_picture

VOICE: Final = Voice("openai_compatible", "Your own server")
MODEL: Final = "self-hosted"
"""Our name for whatever the server runs; its own name comes from the settings."""
ANSWER_MAX_BYTES: Final = PICTURE_MAX_BYTES
"""Of the whole JSON: ten pictures of one megapixel in base64 are half of it."""
RETRY_OTHERWISE_S: Final = 5.0
"""After a refusal for want of time that does not say how long."""

_INLINE: Final = "data:"
_WANTED: Final = {"accept": "application/json", "accept-encoding": "identity"}
Part = tuple[str, File]
"""A part of a form: its name and its file."""


class Server:
    """Where the server is and who we are there; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, base_url: str, api_key: str | None, model: str | None) -> None:
        """`model` is the server's own name for what it is asked to use."""
        self.model = model
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._headers = {**_WANTED, **({"authorization": f"Bearer {api_key}"} if api_key else {})}
        self._downloads = Downloads([Origin.of(base_url)])

    def json(self, path: str, body: Mapping[str, object]) -> PaidPost:
        """A request of one JSON object."""
        headers = {**self._headers, "content-type": "application/json"}
        return PaidPost(VOICE, self._base_url + path, json.dumps(body).encode(), headers)

    def form(self, path: str, fields: Mapping[str, object], files: Sequence[Part]) -> PaidPost:
        """A request of one form: its fields, then its files in their order."""
        texts = {name: str(value) for name, value in fields.items()}
        return PaidPost.multipart(VOICE, self._base_url + path, texts, self._headers, files)

    async def made(
        self, post: PaidPost, deadline: Deadline, *, seed: int, notes: tuple[str, ...], count: int = 1
    ) -> tuple[Made | None, ...]:
        """The asked pictures in the server's own size; None in the place of one that cannot be used.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent.
        """
        answer, data = await post.send(self._client, deadline.left_s, max_bytes=ANSWER_MAX_BYTES)
        try:
            if answer.status_code != httpx.codes.OK:
                raise refusal(answer.status_code, data, retry_after=answer.headers.get("retry-after"))
            pictures = await self._pictures(data, count, deadline)
        except AppError as error:
            raise post.named(error) from None
        extra = {"model": self.model} if self.model else {}
        return tuple(
            None if picture is None else Made(picture, seed + number, notes, post.request_id, dict(extra))
            for number, picture in enumerate(pictures)
        )

    async def framed(
        self, post: PaidPost, deadline: Deadline, frame: Frame | None, *, seed: int, notes: tuple[str, ...]
    ) -> Made | None:
        """The one picture that was asked for, without what lay around it in its frame; None when it cannot be used.

        Raises as `made` does.
        """
        [made] = await self.made(post, deadline, seed=seed, notes=notes)
        if made is None or frame is None:
            return made
        try:
            return replace(made, data=await asyncio.to_thread(frame.taken, made.data))
        except BadPicture as error:
            raise post.named(VOICE.silent(error.error_code, status=200)) from error

    async def aclose(self) -> None:
        """Give back the connections of result links; the client belongs to the caller."""
        await self._downloads.aclose()

    async def _pictures(self, body: bytes, count: int, deadline: Deadline) -> list[bytes | None]:
        """Each in its place, up to the last that can be used: at least one.

        Raises ProviderSilent, for the first, when none can be used: what it took to make them is spent.
        """
        found: list[bytes | None] = []
        lost: list[AppError] = []
        for image in (await asyncio.to_thread(_images_in, body))[:count]:
            try:
                found.append(await self._picture(image, deadline))
            except AppError as error:
                found.append(None)
                lost.append(error)
        if len(lost) == len(found):
            raise lost[0]
        while found[-1] is None:
            found.pop()
        return found

    async def _picture(self, image: "_Image", deadline: Deadline) -> bytes:
        link = image.link
        picture = await self._fetched(link, deadline) if link is not None else await asyncio.to_thread(_decoded, image)
        if not is_picture(picture):
            raise VOICE.silent("not_a_picture", status=200)
        return picture

    async def _fetched(self, url: str, deadline: Deadline) -> bytes:
        try:
            return await self._downloads.fetch(
                urljoin(f"{self._base_url}/", url), max_bytes=PICTURE_MAX_BYTES, timeout_s=deadline.left_s
            )
        except (Forbidden, NotFetched) as error:
            raise VOICE.silent(error.error_code, status=200, billed=True) from error
        except (ValueError, TypeError) as error:  # how the libraries refuse what is no address at all
            raise VOICE.silent("url_malformed", status=200, billed=True) from error


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
_OUR_PICTURES: Final = ("image", "mask", "mask_image", "scale")


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
        return [field for field in (*_OUR_FIELDS, *_OUR_EXTRAS, *_OUR_PICTURES) if field in named]


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
