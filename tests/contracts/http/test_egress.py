"""Fetching what somebody else names, against real sockets: what is refused gets no packet."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpcore
import pytest

from libs.common.egress import (
    ADDRESSES_MAX,
    REDIRECTS_MAX,
    Downloads,
    Forbidden,
    NotFetched,
    Origin,
    connect_to_first,
)
from tests.contracts.http.fileserver import moved, ok, serving

PICTURE = b"\x89PNG and so on"


@asynccontextmanager
async def downloads(*trusted: str) -> AsyncIterator[Downloads]:
    made = Downloads([Origin.of(url) for url in trusted])
    yield made
    await made.aclose()


async def test_a_trusted_origin_is_fetched_without_any_credential() -> None:
    async with serving(lambda _: ok(PICTURE)) as server, downloads(server.url) as files:
        assert await files.fetch(f"{server.url}/a.png", max_bytes=100, timeout_s=5) == PICTURE
        assert "authorization" not in server.heads[0].lower()
        assert "cookie" not in server.heads[0].lower()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0", "2130706433", "0x7f000001", "017700000001", "[::1]",
             "[::ffff:7f00:1]", "localhost"]
)  # fmt: skip
async def test_a_private_address_in_any_spelling_gets_no_packet(host: str) -> None:
    async with serving(lambda _: ok(PICTURE)) as server, downloads() as files:
        with pytest.raises((Forbidden, NotFetched)):
            await files.fetch(f"http://{host}:{server.port}/a.png", max_bytes=100, timeout_s=5)
        assert server.asked == []


async def test_a_private_address_on_a_web_port_is_forbidden() -> None:
    async with downloads() as files:
        for url in ("http://127.0.0.1/a", "https://localhost/a", "http://169.254.169.254/latest", "http://[::1]/a"):
            with pytest.raises(Forbidden):
                await files.fetch(url, max_bytes=100, timeout_s=5)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/", "data:,a", "//host/a", "nonsense",
            "http://user:pw@127.0.0.1/", "http://127.0.0.1:99999/", "http:///a", "http://[bad", "http://a..b/c",
            "http://exämple.com/a", "http://" + "a" * 64 + ".com/"],
)  # fmt: skip
async def test_other_forms_are_forbidden(url: str) -> None:
    async with downloads() as files:
        with pytest.raises(Forbidden):
            await files.fetch(url, max_bytes=100, timeout_s=5)


async def test_a_redirect_from_a_trusted_origin_is_checked_like_a_first_address() -> None:
    async with serving(lambda _: ok(PICTURE)) as trap:
        async with serving(lambda _: moved(f"{trap.url}/secret")) as server, downloads(server.url) as files:
            with pytest.raises(Forbidden):
                await files.fetch(f"{server.url}/a.png", max_bytes=100, timeout_s=5)
        assert trap.asked == []


@pytest.mark.parametrize("where", ["http://[bad", "http://ex\u00e4mple.com/", "ftp://127.0.0.1/"])
async def test_a_redirect_to_nonsense_is_forbidden(where: str) -> None:
    answer = f"HTTP/1.1 302 Found\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode("latin-1")
    async with serving(lambda _: answer) as server, downloads(server.url) as files:
        with pytest.raises(Forbidden):
            await files.fetch(f"{server.url}/a.png", max_bytes=100, timeout_s=5)


async def test_a_few_redirects_are_followed_and_more_are_not() -> None:
    def answer(path: str) -> bytes:
        left = int(path.strip("/"))
        return ok(PICTURE) if left == 0 else moved(f"/{left - 1}")

    async with serving(answer) as server, downloads(server.url) as files:
        assert await files.fetch(f"{server.url}/{REDIRECTS_MAX}", max_bytes=100, timeout_s=5) == PICTURE
        with pytest.raises(NotFetched) as refused:
            await files.fetch(f"{server.url}/{REDIRECTS_MAX + 1}", max_bytes=100, timeout_s=5)
        assert refused.value.facts["reason"] == "too_many_redirects"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ok(b"x" * 101), "too_large"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "status"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf", "RemoteProtocolError"),
        (b"this is not HTTP\r\n\r\n", "RemoteProtocolError"),
    ],
)
async def test_what_does_not_come_whole_is_not_fetched(answer: bytes, reason: str) -> None:
    async with serving(lambda _: answer) as server, downloads(server.url) as files:
        with pytest.raises(NotFetched) as failed:
            await files.fetch(f"{server.url}/a.png", max_bytes=100, timeout_s=5)
        assert failed.value.facts["reason"] == reason


async def test_a_server_that_says_nothing_is_left_in_time() -> None:
    async with serving(lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n") as server:
        server.holds = True
        async with downloads(server.url) as files:
            with pytest.raises(NotFetched) as failed:
                await files.fetch(f"{server.url}/a.png", max_bytes=100, timeout_s=0.3)
        assert failed.value.facts["reason"] == "timeout"
        async with asyncio.timeout(5):
            await server.served.wait()  # we have left: it is not kept waiting


async def test_a_name_that_nobody_has_is_not_fetched() -> None:
    async with downloads() as files:
        with pytest.raises(NotFetched):
            await files.fetch("http://nobody.invalid/a.png", max_bytes=100, timeout_s=5)


async def _connected(addresses: list[str], port: int, *, timeout_s: float = 5) -> httpcore.AsyncNetworkStream:
    inner = httpcore.AnyIOBackend()

    async def connect(address: str, left_s: float) -> httpcore.AsyncNetworkStream:
        return await inner.connect_tcp(address, port, left_s)

    return await connect_to_first(addresses, connect, timeout_s=timeout_s)


@contextmanager
def listening() -> Iterator[int]:
    """A port of 127.0.0.1 where connections are taken; its other addresses refuse them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def silent(port: int, address: str) -> Iterator[None]:
    """An address that answers no connection: its queue is full."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind((address, port))
        server.listen(0)
        for queued in (first, second):
            queued.settimeout(0)
            queued.connect_ex((address, port))
        yield


@pytest.mark.parametrize("closed", [1, 2, ADDRESSES_MAX - 1])
async def test_the_next_address_of_a_name_is_tried_when_one_refuses(closed: int) -> None:
    with listening() as port:
        stream = await _connected([*(f"127.0.0.{last}" for last in range(2, 2 + closed)), "127.0.0.1"], port)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        await stream.aclose()


async def test_an_address_that_says_nothing_leaves_time_for_the_next() -> None:
    with listening() as port, silent(port, "127.0.0.2"):
        stream = await _connected(["127.0.0.2", "127.0.0.1"], port, timeout_s=1)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        await stream.aclose()


async def test_all_addresses_together_get_no_more_than_the_time_of_one() -> None:
    with listening() as port, silent(port, "127.0.0.2"):
        started = time.monotonic()
        with pytest.raises(httpcore.ConnectTimeout):
            await _connected(["127.0.0.2"] * 4, port, timeout_s=0.4)
        assert 0.3 < time.monotonic() - started < 2


async def test_no_more_than_a_few_addresses_are_tried() -> None:
    with listening() as port, pytest.raises(httpcore.ConnectError):
        await _connected([*(f"127.0.0.{last}" for last in range(2, 2 + ADDRESSES_MAX)), "127.0.0.1"], port)
