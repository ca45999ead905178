"""HTTP to vendors: one paid POST that knows whether it left us, bounded reads, and reads that may be repeated."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import httpcore
import httpx

from libs.common.errors import AppError
from libs.common.providers.voice import Voice

CONNECT_MAX_S: Final = 10.0
"""The longest wait for a connection: it leaves time for another provider inside the job's deadline."""
CONNECTIONS_MAX: Final = 64
REQUEST_ID_MAX_CHARS: Final = 128
PICTURE_MAX_BYTES: Final = 50 * 1024 * 1024
"""The largest picture that is read; the largest real ones are a few MiB."""
ERROR_BODY_MAX_BYTES: Final = 64 * 1024

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_HEAD_BYTES: Final = 24


def new_client() -> httpx.AsyncClient:
    """A client fit for paid calls: nothing is repeated or redirected, and no connection is used twice.

    A kept connection that the vendor has just closed cannot be told from a lost answer; a fresh one costs
    some 100 ms beside seconds of work.
    """
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=0)
    transport = httpx.AsyncHTTPTransport(verify=_tls(), retries=0, limits=limits, trust_env=False)
    return httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)


@cache
def _tls() -> ssl.SSLContext:
    """What every client checks certificates with. Reading the root certificates takes some 20 ms: once is enough."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form."""

    data: bytes = field(repr=False)
    name: str = "picture.png"
    """Plain letters: it is told as it stands."""
    content_type: str = "image/png"


class PaidPost:
    """One POST that may bill, and the knowledge whether any of its body has left us.

    The whole body has to reach the vendor before it can do anything, so a call that broke off before the first
    piece of body was handed over was certainly not taken; after that nobody can tell.
    """

    def __init__(self, voice: Voice, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        self._voice = voice
        self._url = url
        self._body = body
        self._headers = {**headers, "content-length": str(len(body))}
        self._begun = False
        self._stream: httpcore.AsyncNetworkStream | None = None
        self.request_id: str | None = None
        """The vendor's name for this call, as soon as its headers have come."""

    @classmethod
    def multipart(
        cls,
        voice: Voice,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        files: Sequence[tuple[str, File]] = (),
    ) -> "PaidPost":
        """A form with every field in a part of its own, then the files in their order; a name may come again.

        The body is built whole, for its length is told first, and it is bounded by what vendors take.
        """
        parts: list[tuple[str, tuple[str | None, str | bytes] | tuple[str, bytes, str]]] = [
            *((name, (None, value)) for name, value in form.items()),
            *((name, (file.name, file.data, file.content_type)) for name, file in files),
        ]
        encoded = httpx.Request("POST", url, files=parts)
        return cls(voice, url, encoded.read(), {**headers, "content-type": encoded.headers["content-type"]})

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._begun = True
        yield self._body

    async def send(
        self, client: httpx.AsyncClient, timeout_s: float, *, max_bytes: int
    ) -> tuple[httpx.Response, bytes]:
        """The answer and its body. Raises ProviderBusy when nothing was sent, ProviderSilent when the answer was lost
        or longer than `max_bytes`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._sent(client, timeout_s, max_bytes)
        except TimeoutError as error:
            raise self.broken_off("timeout") from error
        except httpx.RequestError as error:
            raise self.broken_off("connection") from error

    def broken_off(self, reason: str) -> AppError:
        """ProviderSilent for a call that ended without a whole answer, ProviderBusy if nothing was sent."""
        return self.named(self._voice.silent(reason)) if self._begun else self._voice.unreachable(reason)

    def named(self, error: AppError) -> AppError:
        """The error with the vendor's name for this call, when it is known."""
        if self.request_id is not None:
            error.facts["vendor_request_id"] = self.request_id
        return error

    async def _sent(self, client: httpx.AsyncClient, timeout_s: float, max_bytes: int) -> tuple[httpx.Response, bytes]:
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
            body = await read(answer, max_bytes=max_bytes if answer.is_success else ERROR_BODY_MAX_BYTES)
        finally:
            await answer.aclose()
        if body is None and answer.is_success:
            raise self.named(self._voice.silent("too_many_bytes", status=answer.status_code))
        return answer, body or b""

    async def _note_stream(self, event: str, info: Mapping[str, object]) -> None:
        stream = info.get("return_value")
        if event == "connection.connect_tcp.complete" and isinstance(stream, httpcore.AsyncNetworkStream):
            self._stream = stream

    async def _close_unused(self) -> None:
        """httpcore forgets to close a socket whose TLS handshake is cut short; each would stay open for good."""
        if self._stream is not None and not self._begun:
            await self._stream.aclose()


async def get(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], *, timeout_s: float, max_bytes: int
) -> tuple[httpx.Response, bytes]:
    """One GET of something free, which may be repeated. Raises httpx.RequestError or TimeoutError; a body longer than
    `max_bytes` comes back empty."""
    request = client.build_request("GET", url, headers={"accept-encoding": "identity", **headers})
    async with asyncio.timeout(timeout_s):
        answer = await client.send(request, stream=True, follow_redirects=False)
        try:
            return answer, await read(answer, max_bytes=max_bytes) or b""
        finally:
            await answer.aclose()


async def read(answer: httpx.Response, *, max_bytes: int) -> bytes | None:
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
