"""Starts child processes, keeps them running, and stops them in reverse order."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy.local.home import Home, write_json
from deploy.local.logfile import LogFile
from deploy.local.process import Child, Stage

BACKOFF_FIRST_S: Final = 0.2
BACKOFF_MAX_S: Final = 5.0
STEADY_AFTER_S: Final = 10.0
READ_BYTES: Final = 64 * 1024
DRAIN_S: Final = 2.0  # a grandchild may hold the pipe open after its parent's end
WARDEN: Final = Path(__file__).with_name("warden.py")

Lines = Callable[[Child, bytes], None]
Event = Callable[[str, str], None]


@dataclass(slots=True)
class Kept:
    """One child and what is known of its present process."""

    child: Child
    log: LogFile
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Owns the children while its `async with` block is open; leaving the block stops them all.

    `on_lines` gets whole lines of a child's output; `on_event` gets the child's name and a sentence.
    """

    def __init__(self, home: Home, *, on_lines: Lines, on_event: Event) -> None:
        self._home = home
        self._on_lines = on_lines
        self._on_event = on_event
        self._kept: dict[str, Kept] = {}
        self._group = asyncio.TaskGroup()
        self._warden: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        write_json(self._home.processes, {})
        self._warden = subprocess.Popen(  # noqa: ASYNC220, S603
            [sys.executable, "-I", "-S", str(WARDEN), str(self._home.processes), str(self._home.warden_lock)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
        await asyncio.to_thread(_watching, self._warden)
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.stop()
        finally:
            self.kill()
            await self._group.__aexit__(kind, error, trace)
            self._dismiss_warden()

    def start(self, child: Child) -> None:
        """Start the child now and again whenever it ends, until it is stopped."""
        kept = Kept(child, LogFile(self._home.logs / f"{child.name}.log"))
        self._kept[child.name] = kept
        kept.task = self._group.create_task(self._keep(kept))

    def pid(self, name: str) -> int | None:
        """The number of the child's process; None between two lives."""
        process = self._kept[name].process
        return None if process is None else process.pid

    def restarts(self, name: str) -> int:
        """How often the child has ended by itself."""
        return self._kept[name].restarts

    async def stop(self) -> None:
        """Stop all children, stage by stage in reverse; those of one stage together."""
        for stage in sorted(Stage, reverse=True):
            async with asyncio.TaskGroup() as group:
                for kept in self._kept.values():
                    if kept.child.stage is stage:
                        group.create_task(self._stop_one(kept))

    def kill(self) -> None:
        """End every child at once, with -9."""
        for kept in self._kept.values():
            kept.stopping.set()
            _signal_group(kept, signal.SIGKILL)

    async def _stop_one(self, kept: Kept) -> None:
        kept.stopping.set()
        if kept.task is None:
            return
        _signal_group(kept, kept.child.stop_signal)
        done, _ = await asyncio.wait([kept.task], timeout=kept.child.grace_s)
        if not done:
            # Expected of a server with a short grace; worth a word for a service.
            if kept.child.shown:
                self._on_event(kept.child.name, f"did not stop within {kept.child.grace_s:.0f} s: killed")
            _signal_group(kept, signal.SIGKILL)
            await asyncio.wait([kept.task])

    async def _keep(self, kept: Kept) -> None:
        loop = asyncio.get_running_loop()
        backoff_s = BACKOFF_FIRST_S
        while not kept.stopping.is_set():
            began = loop.time()
            ending = await self._live(kept)
            if kept.stopping.is_set():
                break
            kept.restarts += 1
            if loop.time() - began >= STEADY_AFTER_S:
                backoff_s = BACKOFF_FIRST_S
            self._on_event(kept.child.name, f"{ending}: starting again in {backoff_s:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(kept.stopping.wait(), backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
        kept.log.close()

    async def _live(self, kept: Kept) -> str:
        """One life of the child, from start to end; returns how it ended."""
        child = kept.child
        try:
            process = await asyncio.create_subprocess_exec(
                *child.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(child.env),
                cwd=child.cwd,
                start_new_session=True,
                user=child.user,
                group=child.group,
                extra_groups=None if child.user is None else (),
            )
        except OSError as error:
            return f"cannot be started ({error})"
        kept.process = process
        self._note_processes()
        if kept.stopping.is_set():  # it was told to stop while it was being born
            _signal_group(kept, child.stop_signal)
        await self._follow(kept, process)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started and left behind
        kept.process = None
        self._note_processes()
        return _ending(process.returncode)

    async def _follow(self, kept: Kept, process: asyncio.subprocess.Process) -> None:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(kept, process))
            await process.wait()
            await asyncio.wait([reading], timeout=DRAIN_S)
            reading.cancel()

    async def _read(self, kept: Kept, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        rest = b""
        while block := await process.stdout.read(READ_BYTES):
            kept.log.write(block)
            lines, newline, rest = (rest + block).rpartition(b"\n")
            if newline:
                self._on_lines(kept.child, lines)
            if len(rest) > READ_BYTES:
                rest = b""

    def _note_processes(self) -> None:
        running = {name: kept.process.pid for name, kept in self._kept.items() if kept.process is not None}
        write_json(self._home.processes, running)

    def _dismiss_warden(self) -> None:
        if self._warden is None:
            return
        self._warden.communicate()  # closes its input, which is its sign to go


def _watching(warden: subprocess.Popen[bytes]) -> None:
    """Return when the warden holds its lock: no child is born before."""
    if warden.stdout is None or not warden.stdout.readline():
        raise RuntimeError("the warden did not start")


def _signal_group(kept: Kept, number: signal.Signals) -> None:
    process = kept.process
    if process is None or process.returncode is not None:
        return
    # A service passes the request to its own children; only the last word goes to the whole group.
    send = os.killpg if number is signal.SIGKILL else os.kill
    with contextlib.suppress(ProcessLookupError):
        send(process.pid, number)


def _ending(code: int | None) -> str:
    if code is None:
        return "ended"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
