"""The house behind a real uvicorn on a free port, and a socket that says exactly what it is told to."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop

from libs.common.http.limits import Limits
from libs.common.http.server import OwnedServer, server_config
from tests.unit.http.house import build_house

WAIT_S = 10.0  # longer than any shortened limit: reaching it means that the server hangs
LIMITS = Limits(
    body_timeout_s=0.6, body_timeout_max_s=1.0, headers_timeout_s=0.4, linger_s=0.5, connections_max=20, keep_alive_s=1
)


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    port: int

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def say(self, *pieces: bytes) -> "list[Reply]":
        """Send the pieces on one connection, read until the server closes it, and take the answers apart."""
        with self.connect() as peer:
            for piece in pieces:
                peer.sendall(piece)
            return parse(read_all(peer))


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer on a connection."""

    status: int
    head: str
    body: bytes

    def code(self) -> str | None:
        """The problem's code, if the body is a problem."""
        value = json.loads(self.body) if self.body else {}
        found = value.get("code")
        return found if found is None else str(found)


def read_all(peer: socket.socket) -> bytes:
    """Everything until the peer closes; a reset after an answer counts as closing."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := peer.recv(65_536):
            data += chunk
    return data


def parse(data: bytes) -> list[Reply]:
    """The answers in a stream; every one of ours declares its length."""
    replies: list[Reply] = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        text = head.decode()
        length = next((int(v) for k, _, v in map(_header, text.split("\r\n")[1:]) if k == "content-length"), 0)
        replies.append(Reply(int(text.split(" ")[1]), text, rest[:length]))
        data = rest[length:]
    return replies


def _header(line: str) -> tuple[str, str, str]:
    name, _, value = line.partition(":")
    return name.lower(), ":", value.strip()


@contextlib.contextmanager
def serve(limits: Limits = LIMITS) -> Iterator[Served]:
    """Run the house in a thread of its own, and stop it without any signal."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = OwnedServer(server_config(build_house(limits), "127.0.0.1", 0, limits))
    thread = threading.Thread(target=_run, args=(server, listener))
    thread.start()
    try:
        _await_start(server)
        yield Served(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        listener.close()
    assert not thread.is_alive()


def _run(server: OwnedServer, listener: socket.socket) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=[listener]))


def _await_start(server: OwnedServer) -> None:
    deadline = time.monotonic() + WAIT_S
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
