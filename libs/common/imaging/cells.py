"""The door's side of the process that opens pictures: started at the first need, and again when it is gone."""

import asyncio
import contextlib
import io
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from libs.common.errors import Unavailable
from libs.common.imaging.orders import HELLO, LINE_MAX_BYTES, Bounds

START_MAX_S: Final = 10.0
STOP_MAX_S: Final = 5.0
TRIES: Final = 3
"""To have a child: once more with a new process, when the old one was killed."""
_ROOT: Final = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Line:
    """To one child, which has said hello; and the file that it writes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    target_fd: int


class Cells:
    """Forks a child for every file that is handed in. A child that is no longer wanted is killed."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._process: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def child(self, data: bytes) -> AsyncIterator[Line]:
        """A child with this file before it. It is gone, or is being killed, when the context ends. Raises Unavailable
        when there is none to be had."""
        with contextlib.ExitStack() as files:
            source, target = (files.enter_context(_file()) for _ in range(2))
            await asyncio.to_thread(_fill, source.fileno(), data)
            line = await self._hello(source.fileno(), target.fileno())
            try:
                yield line
            finally:
                line.writer.transport.abort()

    async def aclose(self) -> None:
        """End the process and its children."""
        process, self._process = self._process, None
        if self._control is not None:
            self._control.close()
            self._control = None
        if process is not None:
            try:
                async with asyncio.timeout(STOP_MAX_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _hello(self, source_fd: int, target_fd: int) -> Line:
        for _ in range(TRIES):
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(START_MAX_S):
                    return await self._begun(source_fd, target_fd)
        raise Unavailable("Pictures cannot be opened at the moment.", retry_after_s=START_MAX_S)

    async def _begun(self, source_fd: int, target_fd: int) -> Line:
        control = await self._running()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(control, [b"o"], [theirs.fileno(), source_fd, target_fd])
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=LINE_MAX_BYTES)
        except BaseException:
            ours.close()
            raise
        try:
            await reader.readexactly(len(HELLO))
        except BaseException:
            writer.transport.abort()
            raise
        return Line(reader, writer, target_fd)

    async def _running(self) -> socket.socket:
        async with self._starting:
            if self._control is None or _is_left(self._control):
                await self.aclose()
                self._control, theirs = socket.socketpair()
                with theirs:
                    self._process = await _started(theirs.fileno(), self._bounds)
            return self._control


def _is_left(control: socket.socket) -> bool:
    """Whether nobody is at the other end any more. Nothing is ever said from there."""
    try:
        return control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def _started(control_fd: int, bounds: Bounds) -> asyncio.subprocess.Process:
    """The process has nothing of ours but this socket: no environment, no other file, no terminal."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "libs.common.imaging.cell", *(str(one) for one in (control_fd, *astuple(bounds))),
        cwd=_ROOT, env={"PYTHONPATH": str(_ROOT)}, pass_fds=[control_fd], start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


def _file() -> io.FileIO:
    """A file without a name, in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return io.FileIO(os.memfd_create("picture"), "r+b")
    with tempfile.TemporaryFile() as file:
        return io.FileIO(os.dup(file.fileno()), "r+b")


def _fill(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
