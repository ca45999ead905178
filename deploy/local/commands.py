"""run, up, down, status: what each does and says."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import IO, Final, TypeVar

from deploy.local import ports
from deploy.local.console import Screen
from deploy.local.home import Home, is_locked, read_json, try_lock, write_json
from deploy.local.leftovers import sweep
from deploy.local.logfile import FILE_MAX_BYTES, tail
from deploy.local.process import Child
from deploy.local.settings import ROOT, Settings
from deploy.local.stack import Failed, Run, bring_up
from deploy.local.supervisor import Supervisor

UP_MAX_S: Final = 300.0
DOWN_MAX_S: Final = 90.0  # three stages of stopping
WARDEN_MAX_S: Final = 15.0
POLL_S: Final = 0.1
INTERRUPTED: Final = 130
NOT_RUNNING: Final = 3
T = TypeVar("T")


def run(settings: Settings, *, detached: bool = False) -> int:
    """Start everything and stay until a signal; 0 when it was asked to stop, 1 when it could not start."""
    screen = Screen(quiet=detached)
    home = Home(settings.home)
    home.make()
    lock = try_lock(home.runner_lock)
    if lock is None:
        screen.say(f"Already running (pid {_runner_pid(home)}): `make status` shows it, `make down` stops it.")
        return 1
    with lock:
        if not _wait_until_unlocked(home.warden_lock, WARDEN_MAX_S):
            screen.say("Processes of an earlier run do not end.", "red")
            return 1
        sweep(home)
        if not ports.is_free(settings.port):
            screen.say(f"Port {settings.port} is taken by another program. Choose another: STUDIO_PORT=8081 make run")
            return 1
        return asyncio.run(_serve(settings, home, screen, detached=detached))


async def _serve(settings: Settings, home: Home, screen: Screen, *, detached: bool) -> int:
    def show(child: Child, block: bytes) -> None:
        if child.shown:
            screen.lines(child.name, block)

    asked = asyncio.Event()
    try:
        async with Supervisor(home, on_lines=show, on_event=screen.event) as supervisor:
            _on_signals(asked, supervisor, screen)
            write_json(home.runner, {"pid": os.getpid(), "phase": "starting"})
            summary = await _unless(asked, bring_up(Run(settings, home, screen, supervisor)))
            if summary is not None:
                write_json(home.runner, {"pid": os.getpid(), "phase": "ready", "summary": summary})
                screen.summary(summary)
                if not detached:
                    screen.say("Running. Ctrl-C stops everything.", "bold")
                await asked.wait()
        screen.say("Stopped.")
    except (Failed, BaseExceptionGroup) as error:
        for failure in _failures(error):
            screen.say(str(failure), "red")
        return 1
    finally:
        home.runner.unlink(missing_ok=True)
    return 0


async def _unless(asked: asyncio.Event, work: Coroutine[None, None, T]) -> T | None:
    """The result of the work, or None when a stop is asked for first."""
    working = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(asked.wait())
    await asyncio.wait([working, stop], return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        stop.cancel()
        return working.result()
    working.cancel()
    await asyncio.wait([working])
    return None


def _on_signals(asked: asyncio.Event, supervisor: Supervisor, screen: Screen) -> None:
    def ask() -> None:
        if asked.is_set():
            supervisor.kill()
            os._exit(INTERRUPTED)
        asked.set()
        screen.say("Stopping. Once more to end it at once.", "bold")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ask)


def up(settings: Settings) -> int:
    """Start in the background and return when it is ready; when it fails, show the end of its log."""
    home = Home(settings.home)
    home.make()
    screen = Screen()
    if is_locked(home.runner_lock):
        return _already_up(home, screen)
    log = home.logs / "runner.log"
    if log.exists() and log.stat().st_size > FILE_MAX_BYTES:
        log.unlink()
    log.touch(mode=0o600)
    with log.open("rb+") as output:
        output.seek(0, os.SEEK_END)
        seen = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run", "--detached"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    with log.open("rb") as reader:
        reader.seek(seen)
        return _watch(process, home, reader)


def _watch(process: subprocess.Popen[bytes], home: Home, reader: IO[bytes]) -> int:
    deadline = time.monotonic() + UP_MAX_S
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        state = read_json(home.runner)  # one left by a runner that was killed names another process
        ready = state.get("phase") == "ready" and state.get("pid") == process.pid
        time.sleep(POLL_S)  # its last words are written just after
        sys.stdout.write(reader.read().decode(errors="replace"))
        sys.stdout.flush()
        if ended:
            return process.returncode or 1
        if ready:
            return 0
    process.terminate()
    sys.stderr.write(f"not ready after {UP_MAX_S:.0f} s\n")
    return 1


def _already_up(home: Home, screen: Screen) -> int:
    deadline = time.monotonic() + UP_MAX_S
    while is_locked(home.runner_lock) and time.monotonic() < deadline:
        state = read_json(home.runner)
        summary = state.get("summary")
        if state.get("phase") == "ready" and isinstance(summary, dict):
            screen.say(f"Already running (pid {state['pid']}).")
            screen.summary(summary)
            return 0
        time.sleep(POLL_S)
    screen.say("Another start is under way and did not become ready. The end of its log:", "red")
    screen.say(tail(home.logs / "runner.log", 20))
    return 1


def down(settings: Settings) -> int:
    """Stop everything, whichever way it was started; 0 also when nothing runs."""
    home = Home(settings.home)
    screen = Screen()
    if not home.path.exists() or not is_locked(home.runner_lock):
        if home.path.exists():
            sweep(home)
        screen.say("Nothing is running.")
        return 0
    with screen.steps(), screen.step("stopping"):
        pid = _runner_pid(home)
        if pid is not None:
            _send(pid, signal.SIGTERM)
        if not _wait_until_unlocked(home.runner_lock, DOWN_MAX_S) and pid is not None:
            _send(pid, signal.SIGKILL)
        stopped = _wait_until_unlocked(home.runner_lock, WARDEN_MAX_S)
        stopped = _wait_until_unlocked(home.warden_lock, WARDEN_MAX_S) and stopped
    return 0 if stopped else 1


def status(settings: Settings) -> int:
    """Show the processes; 0 when everything is ready, 3 when it is not running."""
    home = Home(settings.home)
    screen = Screen()
    if not is_locked(home.runner_lock):
        screen.say(f"Not running ({home.path}).")
        return NOT_RUNNING
    state = read_json(home.runner)
    screen.say(f"{state.get('phase', 'starting')} (runner {state.get('pid')}, {home.path})", "bold")
    for name, pid in read_json(home.processes).items():
        screen.say(f"  {name:<20} {pid}")
    summary = state.get("summary")
    if isinstance(summary, dict):
        screen.summary(summary)
    return 0 if state.get("phase") == "ready" else NOT_RUNNING


def _runner_pid(home: Home) -> int | None:
    pid = read_json(home.runner).get("pid")
    return pid if isinstance(pid, int) else None


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait_until_unlocked(lock: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_locked(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _failures(error: BaseException) -> Iterator[Failed]:
    """The failures inside; anything else among them is a bug and is raised again."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _failures(inner)
    elif isinstance(error, Failed):
        yield error
    else:
        raise error
