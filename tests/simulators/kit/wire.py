"""The wire below HTTP: answers that break off, and clients that leave."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.simulators.kit.server import Connections

HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
"""What a machine between us and the vendor answers in its place."""
OVERSIZE_PIECES: Final = 51
PIECE_BYTES: Final = 1024 * 1024


class Cut(Response):
    """Closes the connection (RST) without a word."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut, then wait until the server has seen it, for otherwise it would answer 500."""
        self._connections.of(scope).abort()
        await _gone(receive)


class Truncated(Response):
    """Promises the whole body, sends the first half, and closes the connection."""

    def __init__(self, whole: Response, connections: Connections) -> None:
        super().__init__()
        self._whole = whole
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the true headers, half of the bytes, then end the stream."""
        body = bytes(self._whole.body)
        await send({"type": "http.response.start", "status": 200, "headers": self._whole.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        self._connections.of(scope).close()
        await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def left_within(request: Request, seconds: float) -> bool:
    """Wait so long; whether the client left meanwhile. The request's body must have been read before."""
    try:
        async with asyncio.timeout(seconds):
            await _gone(request.receive)
    except TimeoutError:
        return False
    return True


def bad_gateway() -> Response:
    """502 from a machine in between."""
    return Response(HTML, 502, media_type="text/html")


def redirect(location: str) -> Response:
    """302; see `Vendor.trap_url` for a place where nobody may go."""
    return Response(None, 302, {"location": location})


def oversize(first: bytes, headers: Mapping[str, str], media_type: str) -> Response:
    """200 with these bytes and 51 MiB of nothing after them."""
    return StreamingResponse(_endless(first), 200, headers, media_type)


async def _endless(first: bytes) -> AsyncIterator[bytes]:
    yield first
    for _ in range(OVERSIZE_PIECES):
        yield bytes(PIECE_BYTES)
