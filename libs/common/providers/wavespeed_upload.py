"""Getting pictures to WaveSpeed AI.

Every picture field of every model takes an address; some say that they also take the file itself as text. So each
picture is uploaded first, by the way that the vendor documents: one way for all fields, and submits stay small. An
upload is free, may be repeated, and vanishes after seven days.
"""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

from libs.common.errors import AppError, ProviderSilent
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.deadline import Deadline
from libs.common.providers.wavespeed_errors import VOICE
from libs.common.providers.wavespeed_task import ANSWER_MAX_BYTES, Door
from libs.common.providers.wire import read

UPLOADS_MAX: Final = 3
"""Tries at one picture."""
UPLOAD_MAX_S: Final = 40.0
"""One of them: 20 MB at 4 Mbit/s."""
UPLOADS_MAX_S: Final = 90.0
"""All pictures of one attempt: half of what an attempt has, so that the task has the other half."""
LINK_MAX_CHARS: Final = 2_048
_NAME_CHARS: Final = 32


@dataclass(frozen=True, slots=True)
class File:
    """A picture as it is sent."""

    data: bytes = field(repr=False)
    kind: str = "png"
    """png or jpeg."""

    @property
    def name(self) -> str:
        """Tells nothing but what the bytes are."""
        return f"{sha256(self.data).hexdigest()[:_NAME_CHARS]}.{self.kind}"


class _Data(BaseModel):
    download_url: JsonValue = None
    url: JsonValue = None


class _Uploaded(BaseModel):
    data: _Data


async def upload(door: Door, file: File, deadline: Deadline) -> str:
    """The address of the picture at the vendor, after some tries. Nothing is billed whatever happens: raises
    ProviderBusy, ProviderBroken, or ProviderRejected for a picture that is too large for it."""
    failure: AppError = VOICE.unreachable("upload")
    for attempt in range(UPLOADS_MAX):
        if attempt and not await deadline.pause(door.pace.upload_s):
            break
        try:
            answer, body = await _sent(door, file, min(UPLOAD_MAX_S, deadline.left_s))
        except (TimeoutError, httpx.RequestError):
            continue
        link = _link(body) if answer.is_success else None
        if link is not None:
            return link
        failure = door.refused(answer, body)
        if not isinstance(failure, ProviderSilent):
            raise failure
        failure = VOICE.says(VOICE.broken, status=answer.status_code, facts={"reason": "upload"})
    raise failure


async def _sent(door: Door, file: File, timeout_s: float) -> tuple[httpx.Response, bytes]:
    parts = {facts.UPLOAD_FIELD: (file.name, file.data, f"image/{file.kind}")}
    url = door.base_url + facts.UPLOAD_PATH
    request = door.client.build_request("POST", url, headers=door.headers, files=parts, timeout=timeout_s)
    async with asyncio.timeout(timeout_s):
        answer = await door.client.send(request, stream=True, follow_redirects=False)
        try:
            return answer, await read(answer, max_bytes=ANSWER_MAX_BYTES) or b""
        finally:
            await answer.aclose()


def _link(body: bytes) -> str | None:
    try:
        data = _Uploaded.model_validate_json(body).data
    except ValidationError:
        return None
    told = (one for one in (data.download_url, data.url) if isinstance(one, str))
    return next((link for link in told if _is_link(link)), None)


def _is_link(text: str) -> bool:
    return text.isascii() and text.startswith(("https://", "http://")) and len(text) <= LINK_MAX_CHARS
