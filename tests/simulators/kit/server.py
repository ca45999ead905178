"""A server of HTTP/1.1 that runs in a thread or alone, and can name the connection a request came over."""

import asyncio
import socket
import sys
import threading
from collections.abc import MutableMapping
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST: Final = "127.0.0.1"
Peer = tuple[str, int]
STOP_GRACE_S: Final = 1
STOP_MAX_S: Final = 5.0
BACKLOG: Final = 256


class Connections:
    """The open connections by the client's address, so that an answer can cut its own."""

    def __init__(self) -> None:
        self.open: MutableMapping[Peer, asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """uvicorn's own protocol that also writes down its transport here."""
        opened = self.open

        class Noted(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                opened[self._peer(transport)] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                opened.pop(self._peer(self.transport), None)
                super().connection_lost(exc)

            @staticmethod
            def _peer(transport: asyncio.Transport) -> Peer:
                host, port = transport.get_extra_info("peername")[:2]
                return str(host), int(port)

        return Noted

    def of(self, scope: Scope) -> asyncio.Transport:
        """The connection that this request came over."""
        host, port = scope["client"]
        return self.open[host, port]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one."""
    # The protocol is named so that asyncio knows TCP and switches Nagle's delay (40 ms an answer) off.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen(BACKLOG)
    sock.settimeout(0)
    return sock


def config(app: ASGIApp, protocol: type[H11Protocol]) -> uvicorn.Config:
    """A quiet HTTP/1.1 server that waits a second at most for unfinished answers when it is told to stop."""
    return uvicorn.Config(
        app,
        http=protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_GRACE_S,
    )


class Announcing(uvicorn.Server):
    """Prints one line when it answers."""

    def __init__(self, settings: uvicorn.Config, line: str) -> None:
        super().__init__(settings)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        sys.stdout.write(self._line + "\n")
        sys.stdout.flush()


class InThread:
    """Runs a server in a thread with a loop of its own, so that it outlives a test's loop."""

    def __init__(self, settings: uvicorn.Config, sock: socket.socket) -> None:
        self._server = uvicorn.Server(settings)
        self._sock = sock
        self._thread = threading.Thread(target=self._server.run, args=([sock],), name="simulator", daemon=True)

    def start(self) -> Self:
        """The socket already listens: requests wait until the loop turns."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and give back the port."""
        self._server.should_exit = True
        self._thread.join(STOP_MAX_S)
        self._sock.close()
