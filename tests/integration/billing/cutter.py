"""A TCP proxy that can lose the database's next answer: the request commits, the caller never hears of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES: Final = 65_536


@dataclass(slots=True)
class Cutter:
    """`dsn` leads through the proxy. Once armed, the server's next bytes are dropped and both sides are closed."""

    dsn: str
    is_armed: bool = False
    cuts: int = 0

    def arm(self) -> None:
        """Lose the next answer."""
        self.is_armed = True


@asynccontextmanager
async def cutting(dsn: str) -> AsyncIterator[Cutter]:
    """A proxy in front of the database of that DSN (TCP, user and password in front of the host)."""
    parts = urlsplit(dsn)
    cutter = Cutter(dsn)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_forward(reader, far_writer))
                group.create_task(_answer(far_reader, writer, cutter))
        except* OSError:
            pass  # the caller or the database has left: that is what this proxy is for
        finally:
            writer.close()
            far_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    login = parts.netloc.rpartition("@")[0]
    cutter.dsn = urlunsplit(parts._replace(netloc=f"{login}@{host}:{port}"))
    async with server:
        yield cutter


async def _forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK_BYTES):
        sink.write(data)
        await sink.drain()
    sink.close()


async def _answer(source: asyncio.StreamReader, sink: asyncio.StreamWriter, cutter: Cutter) -> None:
    while data := await source.read(CHUNK_BYTES):
        if cutter.is_armed:
            cutter.is_armed = False
            cutter.cuts += 1
            break
        sink.write(data)
        await sink.drain()
    sink.close()
