"""HTTP/1.1 to one server over a few kept connections, on the event loop (docs/adr/0010)."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from httptools import HttpParserError, HttpResponseParser

CONNECTIONS_MAX: Final = 16
CONNECT_TIMEOUT_S: Final = 3.0
SILENCE_MAX_S: Final = 20.0
"""How long the server may neither take bytes of ours nor send any."""
PIECE_BYTES: Final = 256 * 1024
PAUSES_S: Final = (0.0, 0.4)
"""Before the second and the third try."""
TROUBLE: Final = frozenset({500, 502, 503, 504})


class WireError(OSError):
    """The server broke off, or what it sent is no answer that we read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Wire:
    """Requests to one server. Each may be sent more than once, so only what is safe to repeat is asked here."""

    def __init__(self, host: str, port: int, *, tls: bool, answer_max_bytes: int) -> None:
        self._host = host
        self._port = port
        self._tls = ssl.create_default_context() if tls else None
        self._answer_max_bytes = answer_max_bytes
        self._idle: list[_Connection] = []
        self._places = asyncio.Semaphore(CONNECTIONS_MAX)

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """The server's answer. Raises OSError, of which TimeoutError is one, when it is away."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode()
        bodiless = method == "HEAD"
        async with self._places:
            for pause_s in PAUSES_S:
                with contextlib.suppress(OSError):
                    answer = await self._once(head, body, bodiless=bodiless)
                    if answer.status not in TROUBLE:
                        return answer
                await asyncio.sleep(pause_s)
            return await self._once(head, body, bodiless=bodiless)

    def close(self) -> None:
        """End the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    async def _once(self, head: bytes, body: bytes, *, bodiless: bool) -> Answer:
        connection = await self._connection()
        try:
            answer = await connection.exchange(head, body, bodiless=bodiless)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def _connection(self) -> "_Connection":
        while self._idle:
            kept = self._idle.pop()
            if kept.reusable:
                return kept
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, made = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self._answer_max_bytes), self._host, self._port, ssl=self._tls
            )
        return made


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time. The parser calls the methods whose names begin with `on_`."""

    def __init__(self, answer_max_bytes: int) -> None:
        self._answer_max_bytes = answer_max_bytes
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._patience: asyncio.Timeout | None = None
        self._answer: asyncio.Future[Answer] = self._loop.create_future()
        self._parser = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._size = 0
        self._bodiless = False
        self.reusable = False

    async def exchange(self, head: bytes, body: bytes, *, bodiless: bool) -> Answer:
        """Send a request and read its answer. A connection that broke off, or fell silent, raises OSError."""
        self._answer = self._loop.create_future()
        self._parser = HttpResponseParser(self)
        self._pieces, self._size, self._bodiless = [], 0, bodiless
        self.reusable = False
        async with asyncio.timeout(SILENCE_MAX_S) as self._patience:
            self._write(head + body[:PIECE_BYTES])
            for start in range(PIECE_BYTES, len(body), PIECE_BYTES):
                await self._room.wait()
                self._moved()
                self._write(body[start : start + PIECE_BYTES])
            return await self._answer

    def close(self) -> None:
        """End it now: nothing that is still on its way is of use to anybody."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not registered as such

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more can come."""
        self._transport, self.reusable = None, False
        self._room.set()
        self._fail(exc if isinstance(exc, OSError) else WireError("the connection was closed"))

    def pause_writing(self) -> None:
        """The server takes less than we send."""
        self._room.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._room.set()

    def data_received(self, data: bytes) -> None:
        """Read on; bytes that nobody has asked for end the connection."""
        if self._answer.done():
            self.reusable = False
            return
        self._moved()
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(WireError(f"not HTTP: {type(error).__name__}"))

    def on_headers_complete(self) -> None:
        """The answer to HEAD names the length of a body that does not come."""
        if self._bodiless:
            self._finish(reusable=False)

    def on_body(self, body: bytes) -> None:
        """Collect, up to the bound."""
        self._size += len(body)
        if self._size > self._answer_max_bytes:
            self._fail(WireError("the answer is too long"))
        else:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self._finish(reusable=self._parser.should_keep_alive())

    def _finish(self, *, reusable: bool) -> None:
        if not self._answer.done():
            self.reusable = reusable
            self._answer.set_result(Answer(self._parser.get_status_code(), b"".join(self._pieces)))

    def _fail(self, error: OSError) -> None:
        if not self._answer.done():
            self._answer.set_exception(error)
            self._answer.exception()  # seen: an idle connection has nobody who waits for it

    def _moved(self) -> None:
        if self._patience is not None:
            self._patience.reschedule(self._loop.time() + SILENCE_MAX_S)

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            raise WireError("the connection was closed")
        self._transport.write(data)
