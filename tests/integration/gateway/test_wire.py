"""What no HTTP library would send, said to the real gateway over a plain socket, with a key that is right."""

import socket
from typing import Final

import pytest

from tests.contracts.http.served import Reply, parse, read_all
from tests.support.desk import Workspace
from tests.support.house import House

BODY: Final = b'{"prompt":"a lighthouse","provider":"fake","width":64,"height":64}'
LENGTH: Final = b"Content-Length: %d\r\n" % len(BODY)
POST: Final = b"POST /api/image-studio/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET: Final = b"GET /api/image-studio/jobs HTTP/1.1\r\nHost: x\r\n"
ROWS: Final[list[tuple[str, bytes, bytes, int, str]]] = [
    ("H50 length too small", POST + b"Content-Length: 10\r\n", BODY, 400, "malformed_json"),
    ("H50 negative length", POST + b"Content-Length: -1\r\n", BODY, 400, "malformed_request"),
    ("H50 two lengths", POST + LENGTH + b"Content-Length: 5\r\n", BODY, 400, "malformed_request"),
    ("H50 length and chunks", POST + LENGTH + b"Transfer-Encoding: chunked\r\n", BODY, 400, "malformed_request"),
    ("H52 gzip", POST + LENGTH + b"Content-Encoding: gzip\r\n", BODY, 415, "unsupported_media_type"),
    ("H53 500 headers", GET + b"X-A: 1\r\n" * 500, b"", 431, "headers_too_large"),
    ("H53 a header of 64 KiB", GET + b"X-A: " + b"a" * 65_536 + b"\r\n", b"", 431, "headers_too_large"),
    ("H53 NUL in a header", GET + b"X-A: a\x00b\r\n", b"", 400, "malformed_request"),
    ("H54 NUL in the path", b"GET /api/image-studio/jobs/%00 HTTP/1.1\r\nHost: x\r\n", b"", 400, "malformed_path"),
    ("H54 dots in the path", b"GET /api/../../etc/passwd HTTP/1.1\r\nHost: x\r\n", b"", 404, "not_found"),
    ("H55 TRACE", GET.replace(b"GET", b"TRACE"), b"", 405, "method_not_allowed"),
]


def _say(house: House, workspace: Workspace, head: bytes, body: bytes) -> list[Reply]:
    key = f"Authorization: Bearer {workspace.api_key}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", int(house.url.rpartition(":")[2])), timeout=10) as peer:
        peer.sendall(head + key + body)
        return parse(read_all(peer))


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
async def test_a_broken_request_is_refused_and_makes_no_job(
    house: House, shared_workspace: Workspace, row: tuple[str, bytes, bytes, int, str]
) -> None:
    _, head, body, status, code = row
    jobs = "select count(*) from gateway.jobs"
    before = await house.sql(jobs)

    replies = _say(house, shared_workspace, head, body)

    assert [(reply.status, reply.code()) for reply in replies] == [(status, code)]
    assert await house.sql(jobs) == before


async def test_the_same_request_in_order_is_served(house: House, shared_workspace: Workspace) -> None:
    [reply] = _say(house, shared_workspace, POST + LENGTH, BODY)
    assert reply.status == 200
