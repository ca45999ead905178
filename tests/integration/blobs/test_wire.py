"""One server that does what it is told: answers, keeps quiet, breaks off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from libs.common.blobs import wire
from libs.common.blobs.wire import Answer, Wire, WireError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MAX_BYTES = 1 << 20


@dataclass
class Script:
    """What the server does with its first, second, … request; and what it has seen."""

    answers: list[bytes | None]
    """None breaks the connection off."""
    serving: list["asyncio.Task[None] | None"] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self.serving)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.serving.append(asyncio.current_task())
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    return
                writer.write(answer)
                if b"Connection: close" in answer:
                    return
            await reader.read()
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def _told(*answers: bytes | None) -> AsyncIterator[tuple[Script, Wire]]:
    script = Script(list(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    asked = Wire("127.0.0.1", port, tls=False, answer_max_bytes=MAX_BYTES)
    try:
        yield script, asked
    finally:
        asked.close()
        server.close()
        await asyncio.gather(*filter(None, script.serving), return_exceptions=True)  # we may have broken off


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with _told(OK, OK) as (script, asked):
        assert await asked.request("PUT", "/a", {"Host": "x"}, b"one") == Answer(200, b"ok")
        assert await asked.request("PUT", "/b", {"Host": "x"}, b"two") == Answer(200, b"ok")

    assert script.connections == 1
    assert script.bodies == [b"one", b"two"]
    assert script.heads[0].startswith(b"PUT /a HTTP/1.1\r\nHost: x\r\n")


async def test_a_long_body_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000
    async with _told(OK) as (script, asked):
        await asked.request("PUT", "/", {}, body)

    assert script.bodies == [body]


@pytest.mark.parametrize(
    "again",
    [None, b"HTTP/1.1 503 Slow\r\nContent-Length: 0\r\n\r\n", b"gibberish\r\n\r\n"],
    ids=["gone", "503", "other"],
)
async def test_what_went_wrong_is_tried_again(again: bytes | None) -> None:
    async with _told(again, OK) as (script, asked):
        assert await asked.request("PUT", "/", {}, b"one") == Answer(200, b"ok")

    assert script.bodies == [b"one", b"one"]


async def test_trouble_that_lasts_is_answered_and_a_server_that_breaks_off_raises() -> None:
    busy = b"HTTP/1.1 503 Slow\r\nContent-Length: 4\r\n\r\nbusy"
    async with _told(busy, busy, busy) as (_, asked):
        assert await asked.request("GET", "/", {}) == Answer(503, b"busy")
    async with _told(None, None, None) as (_, asked):
        with pytest.raises(OSError):  # noqa: PT011 -- which one depends on the moment
            await asked.request("GET", "/", {})


async def test_a_server_that_is_silent_for_too_long_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SILENCE_MAX_S", 0.05)
    async with _told(b"", b"", b"") as (script, asked):
        with pytest.raises(TimeoutError):
            await asked.request("GET", "/", {})
    assert script.connections == 3


async def test_a_server_that_closes_is_asked_on_a_new_connection() -> None:
    last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    async with _told(last, OK) as (script, asked):
        for _ in range(2):
            assert (await asked.request("GET", "/", {})).body == b"ok"
    assert script.connections == 2


async def test_an_answer_in_chunks_is_read_and_one_without_a_body_is_not_waited_for() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    told = b"HTTP/1.1 404 Not Found\r\nContent-Length: 200\r\n\r\n"
    async with _told(chunked, told) as (_, asked):
        assert await asked.request("GET", "/", {}) == Answer(200, b"abc")
        assert await asked.request("HEAD", "/", {}) == Answer(404, b"")


async def test_an_answer_above_the_bound_is_refused() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000
    async with _told(long, long, long) as (_, asked):
        with pytest.raises(WireError):
            await asked.request("GET", "/", {})


async def test_no_more_connections_than_places() -> None:
    async with _told(*[OK] * 64) as (script, asked):
        await asyncio.gather(*(asked.request("PUT", "/", {}, b"x") for _ in range(64)))
    assert script.connections <= wire.CONNECTIONS_MAX
