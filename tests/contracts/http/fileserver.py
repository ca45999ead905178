"""A server of files that says exactly what it is told to, and remembers who came."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Server:
    """Answers every GET by its path, and counts who came."""

    answer: Callable[[str], bytes]
    port: int = 0
    holds: bool = False
    """Says what it says and then keeps the connection."""
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    served: asyncio.Event = field(default_factory=asyncio.Event)

    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        self.asked.append(path)
        self.heads.append(head)
        with contextlib.suppress(ConnectionError):  # who asked may have heard enough
            writer.write(self.answer(path))
            await writer.drain()
            if self.holds:
                await reader.read()
            writer.close()
            await writer.wait_closed()
        self.served.set()

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(answer: Callable[[str], bytes]) -> AsyncIterator[Server]:
    kept = Server(answer)
    server = await asyncio.start_server(kept.begin, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    async with server:
        yield kept
        if kept.serving:
            await asyncio.wait(kept.serving, timeout=5)


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def moved(where: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode()
