"""What really happens on the wire to requests that no well-behaved client sends: never a 5xx, never a hang."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from libs.common.http.limits import Limits
from libs.common.http.server import OwnedServer, server_config
from tests.contracts.http.served import LIMITS, Reply, Served, parse, read_all, serve
from tests.unit.http.house import build_house

HOST = b"Host: x\r\n"
ASK = b"POST /api/ask HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
BODY = b'{"prompt": "a lighthouse"}'
CLOSE = b"Connection: close\r\n"


def _get(path: bytes, headers: bytes = CLOSE, method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n"


def _ask(headers: bytes, body: bytes = BODY) -> bytes:
    return ASK + headers + b"\r\n" + body


def _length(size: int) -> bytes:
    return b"Content-Length: %d\r\n" % size


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One server for all rows."""
    with serve() as served:
        yield served


CHUNKED = b"Transfer-Encoding: chunked\r\n"
MANY = b"".join(b"X-%d: 1\r\n" % n for n in range(500))
ROWS: list[tuple[str, bytes, list[tuple[int, str | None]]]] = [
    ("a good request", _ask(CLOSE + _length(26)), [(200, None)]),
    ("chunks", _ask(CLOSE + CHUNKED, b"1a\r\n" + BODY + b"\r\n0\r\n\r\n"), [(200, None)]),
    ("two different lengths", _ask(_length(26) + _length(25)), [(400, "malformed_request")]),
    ("the same length twice", _ask(_length(26) + _length(26)), [(400, "malformed_request")]),
    ("a list of lengths", _ask(b"Content-Length: 26, 26\r\n"), [(400, "malformed_request")]),
    ("length and chunks", _ask(_length(26) + CHUNKED), [(400, "malformed_request")]),
    ("chunks and length", _ask(CHUNKED + _length(26)), [(400, "malformed_request")]),
    ("negative length", _ask(b"Content-Length: -1\r\n"), [(400, "malformed_request")]),
    ("signed length", _ask(b"Content-Length: +26\r\n"), [(400, "malformed_request")]),
    ("length of 2^64", _ask(b"Content-Length: 18446744073709551616\r\n"), [(400, "malformed_request")]),
    ("no length at all", _ask(CLOSE), [(422, "invalid_input")]),
    ("length too small", _ask(_length(25)), [(400, "malformed_json")]),
    ("length too large", _ask(_length(27)), [(408, "body_timeout")]),
    ("odd transfer coding", _ask(b"Transfer-Encoding: xchunked\r\n"), [(400, "malformed_request")]),
    ("broken chunk size", _ask(CHUNKED, b"zz\r\n" + BODY), [(400, "malformed_request")]),
    ("negative chunk size", _ask(CHUNKED, b"-1\r\n" + BODY), [(400, "malformed_request")]),
    ("gzip", _ask(CLOSE + _length(2) + b"Content-Encoding: gzip\r\n", b"\x1f\x8b"), [(415, "unsupported_media_type")]),
    ("500 headers", _get(b"/api/search", MANY), [(431, "headers_too_large")]),
    ("64 KiB header", _get(b"/api/search", b"Cookie: " + b"c" * 65_536 + b"\r\n"), [(431, "headers_too_large")]),
    ("endless header", b"GET / HTTP/1.1\r\nCookie: " + b"c" * 500_000, [(431, "headers_too_large")]),
    ("NUL in a header", _get(b"/api/search", b"X-A: a\x00b\r\n"), [(400, "malformed_request")]),
    ("header without a name", _get(b"/api/search", b": a\r\n"), [(400, "malformed_request")]),
    ("space before the colon", _get(b"/api/search", b"X-A : a\r\n"), [(400, "malformed_request")]),
    ("folded header", _get(b"/api/search", b"X-A: a\r\n b\r\n"), [(400, "malformed_request")]),
    ("9 KiB path", _get(b"/" + b"a" * 9_000), [(414, "url_too_long")]),
    ("endless URL", b"GET /" + b"a" * 500_000, [(414, "url_too_long")]),
    ("%00 in the path", _get(b"/api/search%00"), [(400, "malformed_path")]),
    ("raw NUL in the path", _get(b"/api/\x00search"), [(400, "malformed_request")]),
    ("double slash", _get(b"//api/search"), [(404, "not_found")]),
    ("dots", _get(b"/api/%2e%2e/api/search"), [(404, "not_found")]),
    ("bad percent", _get(b"/api/%zz"), [(404, "not_found")]),
    ("no UTF-8 in the path", _get(b"/api/%ff"), [(404, "not_found")]),
    ("TRACE", _get(b"/api/search", method=b"TRACE"), [(405, "method_not_allowed")]),
    ("PROPFIND", _get(b"/api/search", method=b"PROPFIND"), [(405, "method_not_allowed")]),
    ("POST on a GET route", _get(b"/api/search", method=b"POST"), [(405, "method_not_allowed")]),
    ("a method of nobody", _get(b"/api/search", method=b"BREW-IT"), [(400, "malformed_request")]),
    ("CONNECT", _get(b"example.com:443", method=b"CONNECT"), [(400, "malformed_request")]),
    ("asterisk", _get(b"*", method=b"OPTIONS"), [(404, "not_found")]),
    ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [(400, "malformed_request")]),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [(400, "malformed_request")]),
    ("HTTP/3.7", b"GET / HTTP/3.7\r\n\r\n", [(400, "malformed_request")]),
    ("key in the URL", _get(b"/api/search?api_key=ist_live_x"), [(400, "key_in_url")]),
    ("websocket", _get(b"/api/search", b"Upgrade: websocket\r\nConnection: Upgrade, close\r\n"), [(200, None)]),
]


@pytest.mark.parametrize(("sent", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_raw_request_gets_its_answer(server: Served, sent: bytes, expected: list[tuple[int, str | None]]) -> None:
    replies = server.say(sent)
    assert [(reply.status, reply.code()) for reply in replies] == expected
    assert all("application/problem+json" in reply.head for reply in replies if reply.status >= 400)
    assert not any("server:" in reply.head.lower() for reply in replies)


def test_405_names_the_methods_on_the_wire(server: Served) -> None:
    (reply,) = server.say(_get(b"/api/search", method=b"TRACE"))
    assert "allow: GET" in reply.head


def _timed(server: Served, first: bytes, drip: bytes, every_s: float) -> tuple[float, list[Reply]]:
    """Send `first`, then one byte at a time until the server answers or closes."""
    start = time.monotonic()
    with server.connect() as peer:
        peer.sendall(first)
        peer.settimeout(every_s)
        data = b""
        for byte in drip:
            try:
                data = peer.recv(65_536)
                break
            except TimeoutError:
                peer.sendall(bytes([byte]))
        took = time.monotonic() - start
        peer.settimeout(10)
        return took, parse(data + read_all(peer))


SLOW = [
    ("body byte by byte", _ask(_length(1_000), b""), LIMITS.body_timeout_s, [(408, "body_timeout")]),
    ("chunk byte by byte", _ask(CHUNKED, b"3e8\r\n"), LIMITS.body_timeout_s, [(408, "body_timeout")]),
    ("headers byte by byte", b"GET / HTTP/1.1\r\nX-A: ", LIMITS.headers_timeout_s, [(408, "headers_timeout")]),
    ("URL byte by byte", b"GET /", LIMITS.headers_timeout_s, [(408, "headers_timeout")]),
    ("method byte by byte", b"GE", LIMITS.headers_timeout_s, None),
]


@pytest.mark.parametrize(("first", "limit_s", "expected"), [row[1:] for row in SLOW], ids=[row[0] for row in SLOW])
def test_a_slow_sender_is_let_go(
    server: Served, first: bytes, limit_s: float, expected: list[tuple[int, str]] | None
) -> None:
    took, replies = _timed(server, first, b"a" * 200, 0.05)
    assert expected is None or [(reply.status, reply.code()) for reply in replies] == expected
    assert limit_s * 0.9 < took < limit_s + 3 or expected is None


@pytest.mark.parametrize("first", [b"", b"\r\n"], ids=["nothing", "empty lines"])
def test_a_connection_without_a_request_is_closed_without_an_answer(server: Served, first: bytes) -> None:
    with server.connect() as peer:
        peer.sendall(first)
        assert read_all(peer) == b""


def test_empty_lines_after_an_answer_do_not_hold_the_connection(server: Served) -> None:
    with server.connect() as peer:
        peer.sendall(_get(b"/api/search", b""))
        assert peer.recv(65_536).startswith(b"HTTP/1.1 200")
        peer.sendall(b"\r\n")
        assert read_all(peer) == b""


def test_a_large_body_is_refused_by_its_length_before_it_is_sent(server: Served) -> None:
    with server.connect() as peer:
        peer.sendall(_ask(_length(10_000_000) + b"Expect: 100-continue\r\n", b""))
        head = peer.recv(65_536)
    (reply,) = parse(head)
    assert (reply.status, reply.code()) == (413, "body_too_large")


def test_a_sender_that_goes_on_after_the_refusal_can_read_it_and_is_then_let_go(server: Served) -> None:
    with server.connect() as peer:
        peer.sendall(_ask(_length(4_000_000), b"x" * 2_000_000))
        replies = parse(read_all(peer))
    assert [(reply.status, reply.code()) for reply in replies] == [(413, "body_too_large")]


def test_a_refused_body_that_ends_leaves_the_connection_usable(server: Served) -> None:
    with server.connect() as peer:
        peer.sendall(_ask(_length(200_000), b"x" * 200_000) + _get(b"/api/search"))
        replies = parse(read_all(peer))
    assert [reply.status for reply in replies] == [413, 200]


def test_a_peer_that_leaves_in_the_middle_of_its_body_disturbs_nobody(server: Served) -> None:
    with server.connect() as peer:
        peer.sendall(_ask(_length(1_000)))
    assert server.say(_get(b"/api/search"))[0].status == 200


def test_trailers_do_not_become_headers(server: Served) -> None:
    sent = _ask(CLOSE + CHUNKED, b"1a\r\n" + BODY + b"\r\n0\r\nContent-Encoding: gzip\r\n\r\n")
    assert [reply.status for reply in server.say(sent)] == [200]


def test_rubbish_after_a_request_does_not_take_its_answer_away(server: Served) -> None:
    replies = server.say(_get(b"/slow", b"") + b"}}}} rubbish\r\n\r\n")
    assert [reply.status for reply in replies] == [200]


def test_requests_sent_ahead_are_answered_in_order(server: Served) -> None:
    replies = server.say(_get(b"/slow", b"") + _get(b"/nowhere", b"") + _get(b"/api/search"))
    assert [reply.status for reply in replies] == [200, 404, 200]


def test_requests_beyond_the_cap_hear_when_to_come_back() -> None:
    with serve(Limits(connections_max=3, keep_alive_s=1, headers_timeout_s=3)) as busy:
        waiting: list[socket.socket] = [busy.connect() for _ in range(3)]
        try:
            (reply,) = busy.say(_get(b"/api/search"))
        finally:
            for peer in waiting:
                peer.close()
    assert (reply.status, reply.code()) == (503, "overloaded")
    assert "retry-after: 1" in reply.head


def test_a_running_request_is_finished_when_the_server_stops() -> None:
    with serve() as stopping:
        peer = stopping.connect()
        peer.sendall(_get(b"/slow", b""))
        time.sleep(0.1)  # let it start; it takes half a second
    with peer:
        assert parse(read_all(peer))[0].status == 200


def _handlers() -> list[object]:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


async def _handlers_while_serving() -> list[object]:
    server = OwnedServer(server_config(build_house(LIMITS), "127.0.0.1", 0, LIMITS))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 — uvicorn tells of its start by a flag only
            await asyncio.sleep(0.01)
        found = _handlers()
        server.should_exit = True
    return found


def test_the_server_leaves_the_signals_of_its_process_alone() -> None:
    # On the main thread, the only one where a server could take them.
    async def compared() -> bool:
        before = _handlers()
        return await _handlers_while_serving() == before

    assert asyncio.run(compared())
