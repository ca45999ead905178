"""Stability AI's REST v2beta as a provider of pictures."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Final

import httpcore
import httpx
from pydantic import BaseModel, ValidationError

from libs.common.errors import AppError, ProviderRejected, ProviderSilent
from libs.common.ids import AttemptId
from libs.common.providers import stability_errors as errors
from libs.common.providers import stability_facts as facts
from libs.common.providers.base import GenerateAsk, Made, Progress

BODY_MAX_BYTES: Final = 50 * 1024 * 1024
"""The largest picture that is read; the largest real ones are a few MiB."""
CONNECT_MAX_S: Final = 10.0
"""The longest wait for a connection: it leaves time for another provider inside the job's deadline."""
HEALTH_TIMEOUT_S: Final = 10.0
CONNECTIONS_MAX: Final = 32
REQUEST_ID_MAX_CHARS: Final = 128

_CONTENT_TYPES: Final = ("image/png", "image/jpeg", "image/webp")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_HEAD_BYTES: Final = 24
_SEED_DIGITS_MAX: Final = 10
# Raw bytes, not JSON: a third fewer bytes, bounded while they stream, and the verdict and the seed stand in the
# headers, so that a withheld picture is never even read. Uncompressed, so that the bound holds on the wire too.
_WANTED: Final = {"accept": "image/*", "accept-encoding": "identity"}


def new_client() -> httpx.AsyncClient:
    """A client fit for paid calls: nothing is repeated or redirected, and no connection is used twice.

    A kept connection that the vendor has just closed cannot be told from a lost answer; a fresh one costs
    some 100 ms beside seconds of work.
    """
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=0)
    transport = httpx.AsyncHTTPTransport(retries=0, limits=limits, trust_env=False)
    return httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)


class StabilityGenerate:
    """Text to image through ultra, core and the four sd3.5 models; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, api_key: str, base_url: str) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._authorization = f"Bearer {api_key}"

    async def generate(self, ask: GenerateAsk, *, attempt: AttemptId, timeout_s: float, progress: Progress) -> Made:
        """Make one attempt of at most `timeout_s` seconds; the picture is PNG in the vendor's own size.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent. `attempt` is not sent, for
        the vendor has no idempotency key, and `progress` is not told, for the vendor says nothing while it works.
        """
        model = facts.MODELS.get(ask.model)
        if model is None:
            raise _unknown_model(ask.model)
        form, notes = translate(ask, model)
        call = _PaidPost(self._base_url + model.path, form, {**self._headers(), **_WANTED})
        try:
            async with asyncio.timeout(timeout_s):
                answer, data = await call.send(self._client, timeout_s)
        except TimeoutError as error:
            raise call.broken_off("timeout") from error
        except httpx.RequestError as error:
            raise call.broken_off("connection") from error
        return Made(
            data=data,
            seed=_seed(answer, sent=ask.seed),
            notes=notes,
            vendor_request_id=call.request_id,
        )

    async def health(self, *, timeout_s: float = HEALTH_TIMEOUT_S) -> Decimal:
        """Vendor credits left on our account; a free call, so every failure is ProviderBroken or ProviderBusy."""
        request = self._client.build_request("GET", self._base_url + facts.BALANCE_PATH, headers=self._headers())
        try:
            async with asyncio.timeout(timeout_s):
                return await _balance(await self._client.send(request, stream=True, follow_redirects=False))
        except (TimeoutError, httpx.RequestError, ProviderSilent) as error:
            raise errors.unreachable("health") from error

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""

    def _headers(self) -> dict[str, str]:
        return {"authorization": self._authorization}


class _PaidPost:
    """One multipart POST that may bill, and the knowledge whether any of its body has left us.

    The whole form has to reach the vendor before it can do anything, so a call that broke off before the first
    piece of body was handed over was certainly not taken; after that nobody can tell.
    """

    def __init__(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        encoded = httpx.Request("POST", url, files={name: (None, value) for name, value in form.items()})
        self._body = encoded.read()
        self._url = url
        self._headers = {
            **headers,
            "content-type": encoded.headers["content-type"],
            "content-length": str(len(self._body)),
        }
        self._begun = False
        self._stream: httpcore.AsyncNetworkStream | None = None
        self.request_id: str | None = None
        """The vendor's name for this call, as soon as its headers have come."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._begun = True
        yield self._body

    async def send(self, client: httpx.AsyncClient, timeout_s: float) -> tuple[httpx.Response, bytes]:
        """The answer to the one request and the picture in it; raises httpx.RequestError and our own errors."""
        connect_s = min(CONNECT_MAX_S, timeout_s)
        timeout = httpx.Timeout(None, connect=connect_s, pool=connect_s)  # the rest is bounded by the caller
        request = client.build_request(
            "POST",
            self._url,
            headers=self._headers,
            content=self,
            timeout=timeout,
            extensions={"trace": self._note_stream},
        )
        try:
            answer = await client.send(request, stream=True, follow_redirects=False)
        finally:
            await self._close_unused()
        self.request_id = answer.headers.get("x-request-id", "")[:REQUEST_ID_MAX_CHARS] or None
        try:
            return answer, await _picture(answer)
        except AppError as error:
            self._named(error)
            raise
        finally:
            await answer.aclose()

    async def _note_stream(self, event: str, info: Mapping[str, object]) -> None:
        stream = info.get("return_value")
        if event == "connection.connect_tcp.complete" and isinstance(stream, httpcore.AsyncNetworkStream):
            self._stream = stream

    async def _close_unused(self) -> None:
        """httpcore forgets to close a socket whose TLS handshake is cut short; each would stay open for good."""
        if self._stream is not None and not self._begun:
            await self._stream.aclose()

    def broken_off(self, reason: str) -> AppError:
        """ProviderSilent for a call that ended without a whole answer, ProviderBusy if nothing was sent."""
        return self._named(errors.silent(reason)) if self._begun else errors.unreachable(reason)

    def _named(self, error: AppError) -> AppError:
        if self.request_id is not None:
            error.facts["vendor_request_id"] = self.request_id
        return error


def translate(ask: GenerateAsk, model: facts.Model) -> tuple[dict[str, str], tuple[str, ...]]:
    """The vendor's form for one ask, and a sentence for each wish that it cannot carry as it is."""
    form = {
        "prompt": ask.prompt,
        "aspect_ratio": facts.nearest_ratio(ask.width, ask.height),
        "seed": str(ask.seed),
        "output_format": "png",
    }
    notes: list[str] = []
    if model.field_model is not None:
        form |= {"model": model.field_model, "mode": "text-to-image"}
    if ask.negative_prompt:
        form["negative_prompt"] = ask.negative_prompt
    _style(ask, form, notes)
    _guidance(ask, model, form, notes)
    if ask.steps is not None:
        notes.append(f"The number of steps cannot be chosen for {model.name}; it was ignored.")
    return form, tuple(notes)


def _style(ask: GenerateAsk, form: dict[str, str], notes: list[str]) -> None:
    if ask.style_preset is None:
        return
    if ask.style_preset in facts.STYLE_PRESETS:
        form["style_preset"] = ask.style_preset
    else:
        notes.append(f"Stability AI has no style preset «{ask.style_preset}»; none was sent.")


def _guidance(ask: GenerateAsk, model: facts.Model, form: dict[str, str], notes: list[str]) -> None:
    wanted = ask.guidance_scale
    if wanted is None:
        return
    if not model.takes_guidance:
        notes.append(f"Guidance cannot be chosen for {model.name}; it was ignored.")
        return
    sent = min(max(wanted, facts.GUIDANCE_MIN), facts.GUIDANCE_MAX)
    form["cfg_scale"] = f"{sent:g}"
    if sent != wanted:
        notes.append(f"Guidance {wanted:g} is outside what {model.name} takes; {sent:g} was used.")


async def _picture(answer: httpx.Response) -> bytes:
    """The picture of a 200; raises what any other answer stands for.

    A 200 without a usable picture is ProviderSilent: the vendor took the job and has probably billed it, so
    repeating it blindly would pay twice.
    """
    if answer.status_code != httpx.codes.OK:
        body = await _read(answer, max_bytes=errors.ERROR_BODY_MAX_BYTES)
        raise errors.refusal(answer.status_code, body or b"", retry_after=answer.headers.get("retry-after"))
    _check_verdict(answer)
    data = await _read(answer, max_bytes=BODY_MAX_BYTES)
    if data is None:
        raise errors.silent("too_many_bytes", status=200)
    if not is_picture(data):
        raise errors.silent("not_a_picture", status=200)
    return data


def _check_verdict(answer: httpx.Response) -> None:
    finish = answer.headers.get("finish-reason", facts.FINISH_SUCCESS).upper()
    if finish == facts.FINISH_FILTERED:
        raise errors.filtered()
    if finish != facts.FINISH_SUCCESS:
        raise errors.silent("unknown_finish_reason", status=200)
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() not in _CONTENT_TYPES:
        raise errors.silent("wrong_content_type", status=200)


async def _read(answer: httpx.Response, *, max_bytes: int) -> bytes | None:
    """The whole body, or nothing as soon as it is known to be longer than the bound."""
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > max_bytes:
            return None
    return bytes(body)


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a PNG that has pixels, a JPEG or a WebP."""
    head = data[:_HEAD_BYTES]
    if head.startswith(_PNG):
        return len(head) == _HEAD_BYTES and any(head[16:20]) and any(head[20:24])
    return head.startswith(b"\xff\xd8\xff") or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _seed(answer: httpx.Response, *, sent: int) -> int:
    told = answer.headers.get("seed", "")
    readable = told.isascii() and told.isdigit() and len(told) <= _SEED_DIGITS_MAX
    return int(told) if readable else sent


def _unknown_model(name: str) -> ProviderRejected:
    return ProviderRejected(
        f"Stability AI has no model «{name}».", field="model", facts={"vendor": "stability", "billed": False}
    )


class _Balance(BaseModel):
    credits: Decimal


async def _balance(answer: httpx.Response) -> Decimal:
    try:
        body = await _read(answer, max_bytes=errors.ERROR_BODY_MAX_BYTES) or b""
    finally:
        await answer.aclose()
    if answer.status_code != httpx.codes.OK:
        raise errors.refusal(answer.status_code, body, retry_after=answer.headers.get("retry-after"))
    try:
        return _Balance.model_validate_json(body).credits
    except ValidationError as error:
        raise errors.unreadable_account() from error
